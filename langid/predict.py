"""What a fastText model says of a text: the same sums as fastText, as kernels over bytes.

A segment is a byte range; its words are cut where fastText cuts them, at ASCII white space. A word's vectors are summed
once and kept in a bounded cache; since each word's sum and each segment's sum are taken in a fixed order, a segment's
answer does not depend on what else is in the batch.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.hidden import BEYOND, Cache, means, new_cache
from langid.kernel import buffers, inline, kernel
from langid.model import HIERARCHICAL, SOFTMAX, Bytes, Floats, Ints, Model

FAINT = 16.0  # exp(-16) is 1e-7: what lies so far under the best answer is taken as nought

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictor:
    """A model with its output turned for the kernels.

    ``weights`` is float32 (dim, columns): in a softmax or one-versus-all model a column is ``columns[j]``, an index
    into ``model.labels`` (columns may repeat a label or leave one out); in a hierarchical one the tree's inner nodes.
    """

    model: Model
    columns: Ints
    weights: Floats

    def cache(self) -> Cache:
        """An empty cache, to hand from call to call of ``hidden``."""
        return new_cache(self.model)

    def hidden(self, data: Bytes, starts: Longs, stops: Longs, cache: Cache | None = None) -> Floats:
        """Mean of the vectors of each segment ``data[starts[i]:stops[i]]``, float32 (segments, dim)."""
        return means(self.model, data, starts, stops, cache or self.cache())

    def probabilities(self, hidden: Floats, low: Ints, high: Ints) -> Floats:
        """Probability of each column, float32 (segments, columns); of segment i only columns low[i]:high[i] are told.

        A softmax is taken over these columns alone: the rest is ruled out beforehand. Hierarchical and one-versus-all
        answers are those of the whole model.
        """
        model = self.model
        found = np.zeros((len(hidden), len(self.columns)), np.float32)
        if not len(hidden):
            return found
        if model.loss == HIERARCHICAL:
            _tree(hidden, self.weights, model.left, model.right, self.columns, found)
        else:
            _flat(hidden, self.weights, low, high, model.loss == SOFTMAX, found)
        return found


def predictor(model: Model, columns: Ints | None = None, temperature: float = 1.0) -> Predictor:
    """``model`` ready to answer for ``columns`` (indices of its labels; by default each label once, in its order).

    Above 1, ``temperature`` makes it less sure of itself: sums are divided by it before probabilities are made of them.
    """
    if columns is None:
        columns = np.arange(len(model.labels), dtype=np.int32)
    rows = model.output[: len(model.left)] if model.loss == HIERARCHICAL else model.output[columns]
    return Predictor(model, columns.astype(np.int32), np.ascontiguousarray(rows.T) / np.float32(temperature))


def predict(predictor: Predictor, texts: pa.StringArray) -> Floats:
    """Probabilities of each text as it is (its line ends read as spaces), float32 (texts, columns)."""
    offsets, data = buffers(texts)
    if not len(texts):
        return np.zeros((0, len(predictor.columns)), np.float32)
    places = offsets.astype(np.int64)
    data = np.concatenate([data, np.zeros(BEYOND, np.uint8)])
    hidden = predictor.hidden(data, places[:-1].copy(), places[1:].copy())
    low = np.zeros(len(hidden), np.int32)
    return predictor.probabilities(hidden, low, np.full(len(hidden), len(predictor.columns), np.int32))


@kernel
def _flat(hidden: Floats, weights: Floats, low: Ints, high: Ints, softmax: bool, found: Floats) -> None:
    for s in range(len(hidden)):
        first, last = np.int64(low[s]), np.int64(high[s])
        if first >= last:
            continue
        row = found[s, first:last]
        for d in range(len(weights)):
            # Labels inside, dimensions outside: each label's sum keeps its order, and the loop still runs wide.
            h = hidden[s, d]
            column = weights[d, first:last]
            for k in range(len(row)):
                row[k] += h * column[k]
        if softmax:
            top = row[0]
            for k in range(len(row)):
                top = max(top, row[k])
            total = np.float32(0)
            for k in range(len(row)):
                below = top - row[k]
                row[k] = np.exp(-below) if below < FAINT else np.float32(0)
                total += row[k]
            for k in range(len(row)):
                row[k] /= total
        else:
            for k in range(len(row)):
                row[k] = _table_sigmoid(row[k])


@inline
def _table_sigmoid(x: float) -> float:
    """fastText reads this sigmoid from 512 steps between -8 and 8, and its answers show the steps."""
    if x < -8.0:
        return 0.0
    if x > 8.0:
        return 1.0
    step = np.floor((x + np.float32(8)) * np.float32(32))
    return float(1.0 / (1.0 + np.exp(-(step / 32.0 - 8.0))))


@kernel
def _tree(hidden: Floats, weights: Floats, left: Ints, right: Ints, columns: Ints, found: Floats) -> None:
    labels = len(left) + 1
    turns = np.empty(len(left), np.float32)
    reach = np.empty(2 * labels - 1, np.float64)
    for s in range(len(hidden)):
        for k in range(len(turns)):
            turns[k] = np.float32(0)
        for d in range(len(weights)):
            h = hidden[s, d]
            for k in range(len(turns)):
                turns[k] += h * weights[d, k]
        reach[2 * labels - 2] = 1.0
        for inner in range(len(left) - 1, -1, -1):  # parents have higher numbers than children
            p = np.float64(1.0) / (np.float64(1.0) + np.exp(np.float64(-turns[inner])))
            # fastText adds 1e-5 to each factor before it takes the logarithm.
            reach[left[inner]] = reach[labels + inner] * (1.0 - p + 1e-5)
            reach[right[inner]] = reach[labels + inner] * (p + 1e-5)
        for k in range(len(columns)):
            found[s, k] = np.float32(min(1.0, reach[columns[k]]))
