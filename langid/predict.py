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
from langid.rows import BESIDE, LANES, as_bits, as_float, get, products, put

PUSH = 3 << 22
FAINT = 16.0  # exp(-16) is 1e-7: what lies so far under the best answer is taken as nought
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictor:
    """A model with its output turned for the kernels.

    ``weights`` is float32 (blocks, dim, 16), flat, a block for sixteen columns, zeros after the last: in a softmax or
    one-versus-all model a column is ``columns[j]``, an index into ``model.labels`` (columns may repeat a label or leave
    one out); in a hierarchical one it is an inner node of the tree.
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
            turns = np.zeros((len(hidden), len(model.left)), np.float32)
            every = np.zeros(len(hidden), np.int32)
            _multiply(
                hidden.reshape(-1),
                self.weights,
                np.arange(len(hidden), dtype=np.int64),
                every,
                every + np.int32(len(model.left)),
                len(model.left),
                turns.reshape(-1),
            )
            _tree(turns, model.left, model.right, self.columns, low, high, found)
        else:
            order = np.lexsort((high, low))
            _multiply(hidden.reshape(-1), self.weights, order, low, high, len(self.columns), found.reshape(-1))
            _flat(low, high, model.loss == SOFTMAX, found)
        return found


def predictor(model: Model, columns: Ints | None = None, temperature: float = 1.0) -> Predictor:
    """``model`` ready to answer for ``columns`` (indices of its labels; by default each label once, in its order).

    Above 1, ``temperature`` makes it less sure of itself: sums are divided by it before probabilities are made of them.
    """
    if columns is None:
        columns = np.arange(len(model.labels), dtype=np.int32)
    rows = model.output[: len(model.left)] if model.loss == HIERARCHICAL else model.output[columns]
    blocks = -(-len(rows) // LANES)
    turned = np.zeros((blocks * LANES, model.dim), np.float32)
    turned[: len(rows)] = rows / np.float32(temperature)
    inside_out = turned.reshape(blocks, LANES, model.dim).transpose(0, 2, 1)
    return Predictor(model, columns.astype(np.int32), np.ascontiguousarray(inside_out).reshape(-1))


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


@inline
def _exp(x: np.float32) -> np.float32:
    """e to the power of x, -87 < x < 87, within 2e-7 of itself: plain steps, so that loops of it run wide."""
    # Added to so large a number, what is left of it in the last bits is the nearest whole one.
    pushed = np.float32(x * np.float32(1.44269504) + np.float32(PUSH))
    whole = np.float32(pushed - np.float32(PUSH))
    r = x - whole * np.float32(0.693359375) - whole * np.float32(-2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    return np.float32(p * as_float(np.int32(np.int32(as_bits(pushed) + np.int32(127)) << np.int32(23))))


@kernel
def _multiply(hidden: Floats, blocks: Floats, order: Longs, low: Ints, high: Ints, width: int, found: Floats) -> None:
    """Sums of the columns low[i]:high[i] for each vector i of the flat ``hidden``, into the flat ``found``.

    ``order`` brings together vectors that ask for the same columns: four at a time share what is read of ``blocks``.
    A sum runs over the dimensions in their order, whoever its neighbours are.
    """
    dim = len(hidden) // max(1, len(order))
    edge = np.empty(BESIDE * LANES, np.float32)
    places = np.empty(len(order) + BESIDE, np.int64)
    homes = np.empty(BESIDE, np.int64)
    s = 0
    while s < len(order):
        begin = s
        first, last = int(low[order[s]]), int(high[order[s]])
        while s < len(order) and low[order[s]] == first and high[order[s]] == last:
            places[s] = order[s] * dim
            s += 1
        if first >= last:
            continue
        for j in range(BESIDE):  # the last four may be fewer
            places[s + j] = places[s - 1]
        for block in range(first // LANES, (last + LANES - 1) // LANES):
            column = block * LANES
            for four in range(begin, s, BESIDE):
                if column >= first and column + LANES <= last:
                    for j in range(BESIDE):
                        homes[j] = order[min(four + j, s - 1)] * width + column
                    products(blocks, column * dim, dim, hidden, places, four, found, homes)
                else:
                    for j in range(BESIDE):
                        homes[j] = j * LANES
                    products(blocks, column * dim, dim, hidden, places, four, edge, homes)
                    for j in range(min(BESIDE, s - four)):
                        home = order[four + j] * width
                        for k in range(max(column, first), min(column + LANES, last)):
                            found[home + k] = edge[homes[j] + k - column]


@kernel
def _flat(low: Ints, high: Ints, softmax: bool, found: Floats) -> None:
    for s in range(len(found)):
        first, last = np.int64(low[s]), np.int64(high[s])
        if first >= last:
            continue
        row = found[s, first:last]
        if softmax:
            # Four chains each, which need not wait for one another.
            whole = len(row) & ~3
            a = b = c = d = row[0]
            for k in range(0, whole, 4):
                a, b, c, d = max(a, row[k]), max(b, row[k + 1]), max(c, row[k + 2]), max(d, row[k + 3])
            top = max(max(a, b), max(c, d))
            for k in range(whole, len(row)):
                top = max(top, row[k])
            for k in range(len(row)):
                below = min(top - row[k], np.float32(FAINT))
                row[k] = _exp(-below) if below < np.float32(FAINT) else np.float32(0)
            a = b = c = d = np.float32(0)
            for k in range(0, whole, 4):
                a, b, c, d = a + row[k], b + row[k + 1], c + row[k + 2], d + row[k + 3]
            total = (a + b) + (c + d)
            for k in range(whole, len(row)):
                total += row[k]
            share = np.float32(1) / total
            for k in range(len(row)):
                row[k] *= share
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
def _tree(turns: Floats, left: Ints, right: Ints, columns: Ints, low: Ints, high: Ints, found: Floats) -> None:
    """Reach of the columns low[i]:high[i] from the root, sixteen vectors side by side."""
    labels = len(left) + 1
    reach = np.empty((2 * labels - 1) * LANES, np.float32)
    turned = np.zeros(len(left) * LANES, np.float32)
    reach[(2 * labels - 2) * LANES :] = 1.0
    here, down, up = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    little, one = np.float32(1e-5), np.float32(1)
    for begin in range(0, len(turns), LANES):
        some = min(LANES, len(turns) - begin)
        for j in range(some):
            row = turns[begin + j]
            for inner in range(len(left)):
                put(turned, inner * LANES + j, get(row, inner))
        for k in range(len(turned)):
            x = turned[k]  # min and max would keep the loop from running wide
            x = x if x < np.float32(80) else np.float32(80)
            x = x if x > np.float32(-80) else np.float32(-80)
            turned[k] = one / (one + _exp(-x))
        for inner in range(len(left) - 1, -1, -1):  # parents have higher numbers than children
            home, p = (labels + inner) * LANES, inner * LANES
            first, second = np.int64(left[inner]) * LANES, np.int64(right[inner]) * LANES
            for j in range(LANES):
                here[j] = get(reach, home + j)
            for j in range(LANES):
                # fastText adds 1e-5 to each factor before it takes the logarithm.
                down[j] = here[j] * (one - get(turned, p + j) + little)
                up[j] = here[j] * (get(turned, p + j) + little)
            for j in range(LANES):
                put(reach, first + j, down[j])
            for j in range(LANES):
                put(reach, second + j, up[j])
        for j in range(some):
            for k in range(np.int64(low[begin + j]), np.int64(high[begin + j])):
                found[begin + j, k] = min(one, get(reach, np.int64(columns[k]) * LANES + j))
