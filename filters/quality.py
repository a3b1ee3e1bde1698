"""How good a text is to a classifier: the probability of one label of a fastText model, over the whole text.

And the limit that keeps the best share of a label's documents, told from counts that may be added up in any order.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.hidden import BEYOND, Cache
from langid.kernel import buffers
from langid.model import Model
from langid.predict import Predictor, predictor
from manifests.errors import Stop

VERSION = 1

SIGNAL = "quality"
"""Between 0 and 1, float32."""

DROPPED_BITS = 15
"""Of a float32: what is left of its fraction is 8 bits, so a bin is as wide as 1/256 of its distance from 0 or 1."""
HALF = int(np.float32(0.5).view(np.int32)) >> DROPPED_BITS
BINS = 2 * HALF
"""Bins of quality: HALF below a half, finer towards 0, and as many above, finer towards 1."""

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Classifier:
    """A fastText model asked for the probability of one of its labels."""

    asked: Predictor
    column: int
    cache: Cache = field(repr=False)

    @classmethod
    def of(cls, model: Model, label: str) -> "Classifier":
        """Stop lists the model's labels where ``label`` is none of them."""
        if label not in model.labels:
            shown = ", ".join(model.labels[:20])
            raise Stop(
                f"The quality model has no label {label!r}; it has {shown}.",
                "Name one of them: --set quality.label=NAME",
            )
        asked = predictor(model)
        return cls(asked, model.labels.index(label), asked.cache())

    def score(self, texts: pa.StringArray) -> Floats:
        """Quality of each text, float32 (n,): as fastText answers the text with its line ends read as spaces."""
        offsets, data = buffers(texts)
        if not len(texts):
            return np.zeros(0, np.float32)
        places = offsets.astype(np.int64)
        data = np.concatenate([data, np.zeros(BEYOND, np.uint8)])
        hidden = self.asked.hidden(data, places[:-1].copy(), places[1:].copy(), self.cache)
        every = np.full(len(hidden), len(self.asked.columns), np.int32)
        found = self.asked.probabilities(hidden, np.zeros(len(hidden), np.int32), every)
        scores: Floats = np.clip(found[:, self.column], np.float32(0), np.float32(1))
        return scores


def bins(quality: Floats) -> npt.NDArray[np.int64]:
    """The bin of each value: those of better values are higher. What is above a half is told by its distance from 1."""
    near = np.where(quality < 0.5, quality, np.float32(1) - quality).astype(np.float32)
    number = np.minimum(near.view(np.int32) >> DROPPED_BITS, HALF - 1).astype(np.int64)
    told: Counts = np.where(quality < 0.5, number, BINS - 1 - number)
    return told


def edge(number: int) -> float:
    """The least float32 of a bin: the lower limit that keeps this bin and all above it."""
    if number <= HALF:
        return float(np.int32(number << DROPPED_BITS).view(np.float32))
    exact = 1.0 - float(np.int32(((BINS - number) << DROPPED_BITS) - 1).view(np.float32))
    rounded = np.float32(exact)
    return float(rounded if float(rounded) >= exact else np.nextafter(rounded, np.float32(1)))


def limit(numbers: Counts, counts: Counts, share: float) -> float:
    """The highest edge of a bin at or above which at least ``share`` of the documents lie.

    ``counts[i]`` documents are in bin ``numbers[i]``; a bin may be told of several times.
    """
    total = np.bincount(numbers, counts, BINS)
    above = np.cumsum(total[::-1])[::-1]
    least = math.ceil(share * above[0] - 1e-9)  # three of thirty, not four, at a share of a tenth
    return edge(int(np.flatnonzero(above >= least)[-1]))


def auc(good: Floats, bad: Floats) -> float:
    """Area under the ROC curve: how often a good text has the higher value than a bad one, a draw counting half."""
    values, ranks = np.unique(np.concatenate([good, bad]), return_inverse=True)
    of_good = np.bincount(ranks[: len(good)], minlength=len(values))
    of_bad = np.bincount(ranks[len(good) :], minlength=len(values))
    below = np.cumsum(of_bad) - of_bad
    return float((of_good * (below + of_bad / 2)).sum() / (len(good) * len(bad)))
