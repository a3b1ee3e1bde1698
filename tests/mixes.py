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
from pipeline.models import locate

UNSEEN = frozenset({"asp", "masakhane-news"})
"""Sources that the built-in model has not learnt from."""

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Answers:
    """Of each sentence: source, true label, answer."""

    sources: Texts
    labels: Texts
    answers: Texts

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Answers":
        return Answers(self.sources[rows], self.labels[rows], self.answers[rows])

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        return np.not_equal(self.labels, self.answers)

    def confusions(self) -> Confusions:
        rows = zip(self.sources.tolist(), self.labels.tolist(), self.answers.tolist(), strict=True)
        return Confusions.of((*key, float(count)) for key, count in Counter(rows).items())


@dataclass(frozen=True, eq=False)
class Mix:
    """A corpus drawn from the one half, and the confusions of the other."""

    confusions: Confusions
    answered: dict[str, int]
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


def identified(rows: list[Sentence]) -> Answers:
    said = Identifier.load(locate("builtin")).identify(pa.array([row.text for row in rows], pa.string()))
    return Answers(
        np.array([row.source for row in rows]), np.array([row.label for row in rows]), np.array(said["raw_label"])
    )


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
        precision={one: right[one] / count for one, count in answered.items()},
        documents=dict(zip(labels.tolist(), counts.tolist(), strict=True)),
        table=table,
        source=source,
    )
