"""Mixes of labelled sentences at skewed base rates, half of the sentences for the confusion table, half for the mix."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from shared import SHARED

from langid.confusions import Confusions
from langid.evaluate import Sentence, sentences
from langid.identify import Identifier
from langid.scores import BINS, bins
from pipeline.models import locate

UNSEEN = frozenset({"asp", "masakhane-news"})
"""Sources that the built-in model has not learnt from."""

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Answers:
    """Of each sentence: source, true label, answer, and the bin of its score."""

    sources: Texts
    labels: Texts
    answers: Texts
    places: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Answers":
        return Answers(self.sources[rows], self.labels[rows], self.answers[rows], self.places[rows])

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        return np.not_equal(self.labels, self.answers)

    def confusions(self) -> Confusions:
        counts: dict[tuple[str, str, str], list[int]] = {}
        keys = zip(self.sources.tolist(), self.labels.tolist(), self.answers.tolist(), strict=True)
        for key, place in zip(keys, self.places.tolist(), strict=True):
            counts.setdefault(key, [0] * BINS)[place] += 1
        return Confusions.of((*key, float(sum(row)), row) for key, row in counts.items())


@dataclass(frozen=True, eq=False)
class Mix:
    """A corpus drawn from the one half, and the confusions of the other."""

    confusions: Confusions
    answered: dict[str, int]
    seen: dict[str, list[int]]
    """Documents of each answer by bin of their score."""
    precision: dict[str, float]
    """True precision of each answered label."""
    documents: dict[str, int]
    """Of each true label."""
    table: Answers
    source: Answers

    def tested(self, true: int, confused: int) -> list[str]:
        """Answered labels with at least so many sentences, and so many wrongly given it, in the table's half."""
        sentences_of = Counter(self.table.labels.tolist())
        given = Counter(self.table.answers[self.table.wrong].tolist())
        return sorted(one for one in self.answered if sentences_of[one] >= true and given[one] >= confused)


def identified(rows: list[Sentence], identifier: Identifier | None = None) -> Answers:
    """Asks the built-in model, or another."""
    model = identifier or Identifier.load(locate("builtin"))
    said = model.identify(pa.array([row.text for row in rows], pa.string()))
    return Answers(
        np.array([row.source for row in rows]),
        np.array([row.label for row in rows]),
        np.array(said["raw_label"]),
        bins(said["language_score"].to_numpy()),
    )


def joined(parts: list[Answers]) -> Answers:
    """All answers of several models."""
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Answers(*(np.concatenate(column) for column in columns))


@cache
def unseen() -> Answers:
    """Answers to the sentences of unseen sources: every third of those that are there to learn from."""
    assert SHARED is not None
    rows = [row for row in sentences(SHARED / "lid" / "train.tsv.zst") if row.source in UNSEEN]
    return identified(rows[::3])


def halves(answers: Answers, seed: int) -> tuple[Answers, Answers]:
    """Cut at random."""
    first = np.random.default_rng(seed).random(len(answers.labels)) < 0.5
    return answers.take(first), answers.take(~first)


def mixed(table: Answers, source: Answers, seed: int, size: int = 200_000, strange: float = 0.0) -> Mix:
    """``size`` documents of ``source``, a language of rank r as often as 1 / r; ``strange`` is the share of those
    in languages that are never answered rightly."""
    draws = np.random.default_rng(seed + 1000)
    labels = np.unique(source.labels)
    known = np.isin(labels, np.unique(table.answers[~table.wrong]))
    if not strange:
        labels, known = labels[known], known[known]
    share = 1.0 / (1.0 + draws.permutation(len(labels)))
    share[known] *= (1 - strange) / share[known].sum()
    if strange:
        share[~known] *= strange / share[~known].sum()
    counts = draws.multinomial(size, share)
    rows = [
        draws.choice(np.flatnonzero(source.labels == one), count) for one, count in zip(labels, counts, strict=True)
    ]
    corpus = source.take(np.concatenate(rows))
    answered = Counter(corpus.answers.tolist())
    right = Counter(corpus.answers[~corpus.wrong].tolist())
    return Mix(
        confusions=table.confusions(),
        answered=dict(answered),
        seen={label: row.tolist() for label, row in _by_bin(corpus).items()},
        precision={one: right[one] / count for one, count in answered.items()},
        documents=dict(zip(labels.tolist(), counts.tolist(), strict=True)),
        table=table,
        source=source,
    )


def _by_bin(corpus: Answers) -> dict[str, npt.NDArray[np.int64]]:
    names, number = np.unique(corpus.answers, return_inverse=True)
    counts = np.bincount(number * BINS + corpus.places, minlength=len(names) * BINS).reshape(-1, BINS)
    return dict(zip(names.tolist(), counts, strict=True))
