"""How a model trained without a source does on it, beside lid.176 and CLD2 on the languages that each knows, and how it
tells close relatives apart there.

    python tests/bench/unseen.py DATA lingua-testdata tldr-pages
    python tests/bench/unseen.py DATA scripture --keep FOLDER
    python tests/bench/unseen.py DATA asp masakhane-news --relatives counts.tsv

DATA has train.tsv.zst, dev.tsv.zst and words.tsv.zst; the sources named are left out together, ``scripture`` being all
that are. Sources that the built-in model was never trained on are asked of it as it is shipped. With ``--keep`` the
model lies in FOLDER afterwards, and one that lies there already is asked instead of training it anew. Training takes
some three minutes and 2 GB.

The rule of the comparison: only sentences whose label the model learnt from other sources, and which the peer knows,
are asked of both. A peer's code is read as any label that it may stand for (``langid.label``: CLD2's ``sr`` is right
for Serbian in either script, ``no`` is Bokmål, ``zh-Hant`` is ``cmn_Hani``); ours must name the very label, out of all
that it knows. Macro F1 is over the labels of those sentences. A peer that is not installed is left out, with the
reason.
"""

import argparse
import csv
import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from langid.arbitrate import COLUMNS, RELATIVES
from langid.arbitrate_build import GROUPS, lists
from langid.evaluate import Answer, Report, Sentence, report, sentences
from langid.identify import Identifier
from langid.label import harmonise
from langid.lessons import SCRIPTURE, at_most, distinctive
from langid.second import NONE, answer
from langid.train import MISLABELLED, MODEL, SOURCES, UNTRAINED, Recipe, trained
from manifests.errors import Stop
from pipeline.models import locate

ALSO = 150
"""Sentences of a label that close relatives are told apart in, besides those held out: the model saw neither."""

Asked = Callable[[Sequence[Sentence]], Sequence[str]]
"""Labels that a model gives to sentences."""


def main(data: Path, named: Sequence[str], keep: Path | None, counts: Path | None) -> None:
    left_out = [source for name in named for source in (sorted(SCRIPTURE) if name == "scripture" else [name])]
    held_out = [row for row in sentences(data / "dev.tsv.zst") if (row.source, row.label) not in MISLABELLED]
    learning = [row for row in sentences(data / "train.tsv.zst") if (row.source, row.label) not in MISLABELLED]
    ours, learnt = _model(learning, data / "words.tsv.zst", left_out, keep)
    peers = list(_peers())
    print("| unseen source | asked of | sentences | labels | accuracy | of the peer | macro F1 | of the peer |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    told = []
    for source in left_out:
        asked = [row for row in held_out if row.source == source and row.label in learnt]
        if not asked:
            print(f"| {source} | the model learnt no sentence of its labels | 0 | | | | | |")
            continue
        mine = dict(zip(asked, _said(ours)(asked), strict=True))
        print(_row(source, "all", asked, list(mine.values()), None))
        for name, known, peer in peers:
            if both := [row for row in asked if row.label in known]:
                print(_row(source, name, both, [mine[row] for row in both], peer(both)), flush=True)
        also = [row for row in learning if row.source == source and row.label in learnt]
        told += list(_relatives(ours, source, [*asked, *at_most(ALSO, also)]))
    for row in told:
        print(*row, sep="\t")
    if counts:
        lines = [("group", "label", "source", "texts", "argmax", "arbitrated"), *told]
        counts.write_text("".join("\t".join(map(str, row)) + "\n" for row in lines), "utf-8")


def _row(source: str, name: str, rows: Sequence[Sentence], said: Sequence[str], peer: Sequence[str] | None) -> str:
    found, other = _report(rows, said), _report(rows, peer) if peer is not None else None
    cells = [source, name, str(found.rows), str(len(found.labels)), f"{found.accuracy:.4f}"]
    cells += [f"{other.accuracy:.4f}" if other else "", f"{found.macro_f1:.4f}"]
    return "| " + " | ".join([*cells, f"{other.macro_f1:.4f}" if other else ""]) + " |"


def _report(rows: Sequence[Sentence], said: Sequence[str]) -> Report:
    return report([Answer(row.label, row.source, label, 1.0) for row, label in zip(rows, said, strict=True)])


def _relatives(ours: Identifier, source: str, rows: Sequence[Sentence]) -> Iterator[tuple[str | int, ...]]:
    """Group, label, source, sentences, how many are right by the model alone, and with arbitration."""
    for group, members in GROUPS.items():
        inside = [row for row in rows if row.label in members]
        both = [_said(asked)(inside) for asked in (dataclasses.replace(ours, arbiter=None), ours)] if inside else []
        for label in members:
            at = [number for number, row in enumerate(inside) if row.label == label]
            if at:
                yield group, label, source, len(at), *(sum(said[number] == label for number in at) for said in both)


def _peers() -> Iterator[tuple[str, set[str], Asked]]:
    """Name, labels it knows, and what it says."""
    try:
        other = Identifier.load(locate("lid176"))
        yield "lid.176", set(other.answers), _said(other)
    except Stop as error:
        print(f"lid.176 is left out: {error.found}")
    try:
        import pycld2
    except ImportError as error:
        print(f"CLD2 is left out: {error}")
        return
    names = dict(pycld2.LANGUAGES)
    known = {label for name in pycld2.DETECTED_LANGUAGES if name in names for label in harmonise(names[name])}
    yield "CLD2", known, _cld2


def _model(
    learning: Sequence[Sentence], listed: Path, left_out: Sequence[str], keep: Path | None
) -> tuple[Identifier, set[str]]:
    """The model without these sources, and the labels that it learnt from sentences."""
    rows = [row for row in learning if row.source in SOURCES and row.source not in left_out]
    rows = [row for row in rows if row.label not in UNTRAINED]
    learnt = {row.label for row in rows}
    if not set(left_out) & set(SOURCES):
        return Identifier.load(locate("builtin")), learnt
    words = distinctive(listed, but=UNTRAINED)
    with tempfile.TemporaryDirectory() as scratch:
        place = keep or Path(scratch)
        if not (place / MODEL).is_file():
            place.mkdir(parents=True, exist_ok=True)
            trained(rows, words, place, Recipe())
        with (place / RELATIVES).open("w", encoding="utf-8", newline="") as file:
            made = [(group, label, " ".join(own)) for group, label, own in lists(words, rows)]
            csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n").writerows(
                [COLUMNS, *made]
            )
        return Identifier.load(place / MODEL), learnt


def _said(identifier: Identifier) -> Asked:
    return lambda rows: identifier.identify(pa.array([row.text for row in rows], pa.string()))["raw_label"].to_pylist()


def _cld2(rows: Sequence[Sentence]) -> Sequence[str]:
    said = []
    for row in rows:
        code = answer(row.text.encode())
        meant = harmonise(code) if code != NONE else ("und",)
        said.append(row.label if row.label in meant else meant[0])
    return said


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--relatives", type=Path)
    given = parser.parse_args()
    main(given.data, given.sources, given.keep, given.relatives)
