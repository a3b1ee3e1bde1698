"""How well an identifier knows its labels: scores by label, script and source on labelled sentences."""

import math
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


class Answer(NamedTuple):
    """What was answered to a sentence of ``label``, with which score."""

    label: str
    source: str
    answer: str
    score: float


def answers(identifier: Identifier, held_out: Iterable[Sentence]) -> list[Answer]:
    """Identify each sentence as a document of its own. Raises Stop where there is none."""
    rows = list(held_out)
    if not rows:
        raise Stop("There is nothing to evaluate on", "Give labelled sentences of labels that the model knows")
    said = identifier.identify(pa.array([row.text for row in rows], pa.string()))
    given = zip(rows, said["raw_label"].to_pylist(), said["language_score"].to_pylist(), strict=True)
    return [Answer(row.label, row.source, answer, score) for row, answer, score in given]


def evaluate(identifier: Identifier, held_out: Iterable[Sentence]) -> Report:
    """Identify each sentence as a document of its own, and compare."""
    return report(answers(identifier, held_out))


def report(given: Sequence[Answer]) -> Report:
    """Compare answers with the truth; there is at least one."""
    truth, said = [one.label for one in given], [one.answer for one in given]
    labels = scores(truth, said)
    scripts: dict[str, list[float]] = {}
    for label, one in labels.items():
        scripts.setdefault(label.rpartition("_")[2], []).append(one.f1)
    by_source: dict[str, list[bool]] = {}
    for answer in given:
        by_source.setdefault(answer.source, []).append(answer.label == answer.answer)
    confused = Counter(pair for pair in zip(truth, said, strict=True) if pair[0] != pair[1])
    return Report(
        rows=len(given),
        accuracy=sum(one.label == one.answer for one in given) / len(given),
        macro_f1=_mean([one.f1 for one in labels.values()]),
        macro_f1_tested=_mean([one.f1 for one in labels.values() if one.rows >= FEW]),
        labels=labels,
        scripts={script: _mean(values) for script, values in sorted(scripts.items())},
        sources={source: _mean([float(hit) for hit in hits]) for source, hits in sorted(by_source.items())},
        confused=[(*pair, count) for pair, count in sorted(confused.items(), key=lambda item: (-item[1], item[0]))],
    )


NINETY = 1.2816
"""Standard deviations above which a tenth of a normal distribution lies."""


def lower_bound(score: Score) -> float:
    """What F1 is with a chance of 90 % at least.

    F1 is 2 J / (1 + J), where J is the share of hits among hits, misses and false answers; of that share the lower
    Wilson bound is taken (Wilson 1927, Probable inference).
    """
    hits = score.recall * score.rows
    if not hits:
        return 0.0
    cases = score.rows + hits / score.precision - hits
    share = hits / cases
    spread = NINETY * math.sqrt(share * (1 - share) / cases + (NINETY / (2 * cases)) ** 2)
    least = (share + NINETY**2 / (2 * cases) - spread) / (1 + NINETY**2 / cases)
    return 2 * least / (1 + least)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
