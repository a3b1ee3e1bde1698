"""How a model trained without a source does on it, beside lid.176 and CLD2 on the languages that each knows.

    python tests/bench/unseen.py DATA lingua-testdata tldr-pages

DATA has train.tsv.zst, dev.tsv.zst and words.tsv.zst; the sources named are left out together. Sources that the
built-in model was never trained on are asked of it as it is shipped.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pycld2

from langid.evaluate import Sentence, answers, report, sentences
from langid.identify import Identifier
from langid.label import harmonise
from langid.lessons import distinctive
from langid.second import answer
from langid.train import SOURCES, UNTRAINED, Recipe, trained
from pipeline.models import locate


def main(data: Path, left_out: Sequence[str]) -> None:
    held_out = list(sentences(data / "dev.tsv.zst"))
    if set(left_out) & set(SOURCES):
        rows = [row for row in sentences(data / "train.tsv.zst") if row.source in SOURCES]
        rows = [row for row in rows if row.source not in left_out and row.label not in UNTRAINED]
        words = distinctive(data / "words.tsv.zst", but=UNTRAINED)
        with tempfile.TemporaryDirectory() as scratch:
            ours = trained(rows, words, Path(scratch), Recipe())
    else:
        ours = Identifier.load(locate("builtin"))
    other = Identifier.load(locate("lid176"))
    names = dict(pycld2.LANGUAGES)
    cld2 = {label for name in pycld2.DETECTED_LANGUAGES if name in names for label in harmonise(names[name])}
    for source in left_out:
        asked = [row for row in held_out if row.source == source and row.label in ours.answers]
        print(f"{source}: ours on all its labels {_share(asked, _ours(ours)):.4f}", end="")
        for name, known, peer in (("lid.176", set(other.answers), _ours(other)), ("CLD2", cld2, _cld2)):
            both = [row for row in asked if row.label in known]
            print(
                f"; on {len(both)} that {name} knows {_share(both, _ours(ours)):.4f}, {name} {_share(both, peer):.4f}",
                end="",
            )
        print(f"; macro F1 {report(answers(ours, asked)).macro_f1:.4f}")


def _share(rows: Sequence[Sentence], said: Callable[[Sequence[Sentence]], Sequence[bool]]) -> float:
    return sum(said(rows)) / len(rows) if rows else 0.0


def _ours(identifier: Identifier) -> Callable[[Sequence[Sentence]], Sequence[bool]]:
    def right(rows: Sequence[Sentence]) -> Sequence[bool]:
        said = identifier.identify(pa.array([row.text for row in rows], pa.string()))["raw_label"].to_pylist()
        return [row.label == label for row, label in zip(rows, said, strict=True)]

    return right


def _cld2(rows: Sequence[Sentence]) -> Sequence[bool]:
    return [row.label in harmonise(answer(row.text.encode())) for row in rows]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
