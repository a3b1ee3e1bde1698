"""How a model trained without a source does on it, beside lid.176 and CLD2 on the languages that each knows.

    python tests/bench/unseen.py DATA lingua-testdata tldr-pages
    python tests/bench/unseen.py DATA scripture --keep FOLDER

DATA has train.tsv.zst, dev.tsv.zst and words.tsv.zst; the sources named are left out together, ``scripture`` being all
that are. Sources that the built-in model was never trained on are asked of it as it is shipped. With ``--keep`` the
model lies in FOLDER afterwards, and one that lies there already is asked instead of training it anew. Training takes
some three minutes and 2 GB.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pycld2

from langid.evaluate import Sentence, evaluate, sentences
from langid.identify import Identifier
from langid.label import harmonise
from langid.lessons import SCRIPTURE, distinctive
from langid.second import answer
from langid.train import MODEL, SOURCES, UNTRAINED, Recipe, trained
from pipeline.models import locate


def main(data: Path, named: Sequence[str], keep: Path | None) -> None:
    left_out = [source for name in named for source in (sorted(SCRIPTURE) if name == "scripture" else [name])]
    held_out = list(sentences(data / "dev.tsv.zst"))
    ours, learnt = _model(data, left_out, keep)
    other = Identifier.load(locate("lid176"))
    names = dict(pycld2.LANGUAGES)
    cld2 = {label for name in pycld2.DETECTED_LANGUAGES if name in names for label in harmonise(names[name])}
    for source in left_out:
        here = [row for row in held_out if row.source == source]
        asked = [row for row in here if row.label in learnt]
        if not asked:
            print(f"{source}: the model learnt no sentence of its labels")
            continue
        found = evaluate(ours, asked)
        print(
            f"{source}: {found.rows} sentences of {len(here)}, in the {len(found.labels)} labels that have sentences "
            f"elsewhere, accuracy {found.accuracy:.4f}, macro F1 {found.macro_f1:.4f}",
            end="",
        )
        for name, known, peer in (("lid.176", set(other.answers), _said(other)), ("CLD2", cld2, _cld2)):
            both = [row for row in asked if row.label in known]
            print(
                f"; on {len(both)} that {name} knows {_share(both, _said(ours)):.4f}, {name} {_share(both, peer):.4f}",
                end="",
            )
        print(flush=True)


def _model(data: Path, left_out: Sequence[str], keep: Path | None) -> tuple[Identifier, set[str]]:
    """The model without these sources, and the labels that it learnt from sentences."""
    rows = [row for row in sentences(data / "train.tsv.zst") if row.source in SOURCES]
    rows = [row for row in rows if row.source not in left_out and row.label not in UNTRAINED]
    learnt = {row.label for row in rows}
    if not set(left_out) & set(SOURCES):
        return Identifier.load(locate("builtin")), learnt
    if keep and (keep / MODEL).is_file():
        return Identifier.load(keep / MODEL), learnt
    words = distinctive(data / "words.tsv.zst", but=UNTRAINED)
    with tempfile.TemporaryDirectory() as scratch:
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        return trained(rows, words, keep or Path(scratch), Recipe()), learnt


def _share(rows: Sequence[Sentence], said: Callable[[Sequence[Sentence]], Sequence[bool]]) -> float:
    return sum(said(rows)) / len(rows) if rows else 0.0


def _said(identifier: Identifier) -> Callable[[Sequence[Sentence]], Sequence[bool]]:
    def right(rows: Sequence[Sentence]) -> Sequence[bool]:
        said = identifier.identify(pa.array([row.text for row in rows], pa.string()))["raw_label"].to_pylist()
        return [row.label == label for row, label in zip(rows, said, strict=True)]

    return right


def _cld2(rows: Sequence[Sentence]) -> Sequence[bool]:
    return [row.label in harmonise(answer(row.text.encode())) for row in rows]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    main(given.data, given.sources, given.keep)
