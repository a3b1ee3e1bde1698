"""How well an identifier knows its labels: scores by label, script and source on labelled sentences."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv

from langid.identify import Identifier
from manifests.errors import Stop

FEW = 30
"""Held-out sentences under which a label's score is hardly more than a guess."""


class Sentence(NamedTuple):
    """One line of a labelled file: columns label, source, text."""

    label: str
    source: str
    text: str


@dataclass(frozen=True)
class Score:
    """Of one label: sentences that are in it, and how many of those answered with it are."""

    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Report:
    """What ``evaluate`` found. ``confused`` counts (true label, answer) pairs, most frequent first."""

    rows: int
    accuracy: float
    macro_f1: float
    macro_f1_tested: float
    """Over labels with at least FEW sentences."""
    labels: Mapping[str, Score]
    scripts: Mapping[str, float]
    """Macro F1 of the labels of each script."""
    sources: Mapping[str, float]
    """Accuracy by source."""
    confused: Sequence[tuple[str, str, int]]


def sentences(path: Path) -> Iterator[Sentence]:
    """Rows of a TSV file with header (``.zst`` and ``.gz`` are unpacked). Raises Stop where columns are missing."""
    try:
        table = pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(Sentence._fields, pa.string()), strings_can_be_null=False
            ),
        )
    except (OSError, pa.ArrowInvalid) as error:
        raise Stop(f"{path} cannot be read: {error}", "Give a TSV file with columns label, source, text") from error
    if missing := [name for name in Sentence._fields if name not in table.column_names]:
        raise Stop(
            f"{path} has no column {', '.join(missing)}; it has {', '.join(table.column_names)}",
            "Give a TSV file with columns label, source, text",
        )
    columns = [table[name].to_pylist() for name in Sentence._fields]
    return (Sentence(*row) for row in zip(*columns, strict=True))


def scores(truth: Sequence[str], said: Sequence[str]) -> dict[str, Score]:
    """Precision, recall and F1 of every label of ``truth``, by label; those that are only ever said have none."""
    found = Counter(right for right, answer in zip(truth, said, strict=True) if right == answer)
    wanted, given = Counter(truth), Counter(said)
    return {
        label: Score(
            rows=wanted[label],
            precision=found[label] / given[label] if given[label] else 0.0,
            recall=found[label] / wanted[label],
            f1=2 * found[label] / (wanted[label] + given[label]),
        )
        for label in sorted(wanted)
    }


def evaluate(identifier: Identifier, held_out: Iterable[Sentence]) -> Report:
    """Identify each sentence as a document of its own, and compare."""
    rows = list(held_out)
    if not rows:
        raise Stop("There is nothing to evaluate on", "Give labelled sentences of labels that the model knows")
    answers = identifier.identify(pa.array([row.text for row in rows], pa.string()))["raw_label"].to_pylist()
    truth = [row.label for row in rows]
    labels = scores(truth, answers)
    scripts: dict[str, list[float]] = {}
    for label, one in labels.items():
        scripts.setdefault(label.rpartition("_")[2], []).append(one.f1)
    by_source: dict[str, list[bool]] = {}
    for row, answer in zip(rows, answers, strict=True):
        by_source.setdefault(row.source, []).append(row.label == answer)
    confused = Counter(pair for pair in zip(truth, answers, strict=True) if pair[0] != pair[1])
    return Report(
        rows=len(rows),
        accuracy=sum(right == answer for right, answer in zip(truth, answers, strict=True)) / len(rows),
        macro_f1=_mean([one.f1 for one in labels.values()]),
        macro_f1_tested=_mean([one.f1 for one in labels.values() if one.rows >= FEW]),
        labels=labels,
        scripts={script: _mean(values) for script, values in sorted(scripts.items())},
        sources={source: _mean([float(hit) for hit in hits]) for source, hits in sorted(by_source.items())},
        confused=[(*pair, count) for pair, count in sorted(confused.items(), key=lambda item: (-item[1], item[0]))],
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
