"""Sentences to test a label on that has hardly any held out: each is left out of one training, and asked about then.

Most labels have fifty sentences of one text. A tenth of them says next to nothing of how well the label is answered;
all of them, in turn, say as much as they can.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from langid.evaluate import FEW, Sentence

FOLDS = 3
"""A model that learnt from two thirds of a label's sentences does worse than the final one, so the test is strict."""


def scarce(labels: Collection[str], held_out: Iterable[Sentence]) -> set[str]:
    """Those of ``labels`` that have fewer than FEW of the sentences held out."""
    counts = Counter(row.label for row in held_out)
    return {label for label in labels if counts[label] < FEW}


def folds(rows: Sequence[Sentence], labels: Collection[str]) -> Iterator[tuple[list[Sentence], list[Sentence]]]:
    """FOLDS times what to learn from and what to ask about: of each of ``labels`` and source another part of its rows;
    nothing where there is nothing to ask about.

    A part is rows that follow one another. Where rows are sorted, sentences that begin alike are in the same part, and
    none is answered for the sake of another one's formula.
    """
    size = Counter((row.label, row.source) for row in rows)
    place = Counter[tuple[str, str]]()
    parts = []
    for row in rows:
        key = row.label, row.source
        parts.append(place[key] * FOLDS // size[key] if row.label in labels else -1)
        place[key] += 1
    for turn in range(FOLDS) if labels else ():
        kept = [row for row, part in zip(rows, parts, strict=True) if part != turn]
        yield kept, [row for row, part in zip(rows, parts, strict=True) if part == turn]
