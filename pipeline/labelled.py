"""How well a model knows labelled text: any TSV file, its labels in any model's or corpus's form.

A header may name the columns ``label`` (or lang, language), ``text`` (or sentence) and ``source``; without one the
first column is the label and the last the text, or lines are those of fastText (``__label__swh_Latn text``).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from langid.identify import Identifier
from langid.label import harmonise
from manifests.errors import Stop
from pipeline.predict import Stream, lines

LABEL, TEXT, SOURCE = ("label", "lang", "language"), ("text", "sentence"), ("source",)
PREFIX = "__label__"


@dataclass(frozen=True)
class Score:
    """Of one label. A value that nothing can be said of is None."""

    rows: int
    """Texts that are in it."""
    said: int
    """Texts answered with it."""
    precision: float | None
    recall: float | None
    f1: float | None
    fpr: float | None
    """False positive rate: of the texts in other labels, the share answered with this one."""
    known: bool
    """Whether the model can answer with it at all."""


@dataclass(frozen=True)
class Report:
    """What was found. Means are over the labels of the file, each counting alike."""

    rows: int
    skipped: int
    """Lines without a label or a text."""
    accuracy: float
    macro_f1: float
    macro_f1_known: float | None
    """Over the labels that the model can answer with."""
    macro_fpr: float | None
    labels: dict[str, Score]
    """Those of the file, and those only ever answered."""
    sources: dict[str, float]
    """Accuracy by source, where the file tells it."""
    confused: list[tuple[str, str, int]]
    """True label, answer, texts: most frequent first."""


def evaluate(identifier: Identifier, stream: Stream) -> Report:
    """Identify each text as a document of its own, and compare. Raises Stop where the file has no labelled text."""
    pairs: Counter[tuple[str, str]] = Counter()
    sources: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    rows = _Rows()
    for batch in lines(stream):
        found = [row for line in batch if (row := rows.read(line)) is not None]
        answers = identifier.identify(pa.array([text for _, _, text in found], pa.string()))["raw_label"].to_pylist()
        for (name, source, _), answer in zip(found, answers, strict=True):
            may_be = harmonise(name)
            truth = answer if answer in may_be else may_be[0]
            pairs[truth, answer] += 1
            if source:
                sources[source][truth == answer] += 1
    if not pairs:
        raise Stop(
            "There is no labelled text in the file.",
            "Give a line a text: label, tab, text; or a header that names the columns label and text.",
        )
    return _report(pairs, sources, rows.skipped, frozenset(identifier.answers))


class _Rows:
    """Reads lines in the form that the first of them shows."""

    def __init__(self) -> None:
        self.skipped = 0
        self._columns: tuple[int, int, int | None] | None = None

    def read(self, line: str) -> tuple[str, str, str] | None:
        """Label, source and text of a line; None for a header, and for a line that lacks something."""
        if line.startswith(PREFIX):
            name, _, text = line.removeprefix(PREFIX).replace("\t", " ", 1).partition(" ")
            return self._checked(name, "", text)
        cells = line.split("\t")
        if self._columns is None:
            self._columns = _header(cells)
            if self._columns is not None:
                return None
            self._columns = (0, -1, 1 if len(cells) == 3 else None)
        if len(cells) < 2 or len(cells) <= max(self._columns[:2]):
            return self._checked("", "", "")
        label, place, origin = self._columns
        source = cells[origin] if origin is not None and origin < len(cells) else ""
        return self._checked(cells[label], source, cells[place])

    def _checked(self, name: str, source: str, text: str) -> tuple[str, str, str] | None:
        name = name.strip().removeprefix(PREFIX)
        if not name or not text.strip():
            self.skipped += 1
            return None
        return name, source, text


def _header(cells: Sequence[str]) -> tuple[int, int, int | None] | None:
    names = [cell.strip().casefold().lstrip("\ufeff") for cell in cells]

    def place(of: tuple[str, ...]) -> int | None:
        return next((names.index(name) for name in of if name in names), None)

    label, text = place(LABEL), place(TEXT)
    return None if label is None or text is None else (label, text, place(SOURCE))


def _report(
    pairs: Counter[tuple[str, str]], sources: dict[str, Counter[bool]], skipped: int, known: frozenset[str]
) -> Report:
    total = pairs.total()
    wanted: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for (truth, answer), count in pairs.items():
        wanted[truth] += count
        said[answer] += count
    labels = {}
    for label in sorted({*wanted, *said}):
        right, rows, answered = pairs[label, label], wanted[label], said[label]
        labels[label] = Score(
            rows=rows,
            said=answered,
            precision=right / answered if answered else None,
            recall=right / rows if rows else None,
            f1=2 * right / (rows + answered) if rows else None,
            fpr=(answered - right) / (total - rows) if total > rows else None,
            known=label in known,
        )
    own = [score for score in labels.values() if score.rows]
    wrong = ((truth, answer, count) for (truth, answer), count in pairs.items() if truth != answer)
    return Report(
        rows=total,
        skipped=skipped,
        accuracy=sum(pairs[label, label] for label in wanted) / total,
        macro_f1=_mean(score.f1 for score in own) or 0.0,
        macro_f1_known=_mean(score.f1 for score in own if score.known),
        macro_fpr=_mean(score.fpr for score in own),
        labels=labels,
        sources={source: hits[True] / hits.total() for source, hits in sorted(sources.items())},
        confused=sorted(wrong, key=lambda one: (-one[2], one[:2])),
    )


def _mean(values: Iterator[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
