"""What a fastText model says of a text: the same sums as fastText, as kernels over bytes.

A segment is a byte range; its words are cut where fastText cuts them, at ASCII white space. A word's vectors are summed
once and kept in a bounded cache; since each word's sum and each segment's sum are taken in a fixed order, a segment's
answer does not depend on what else is in the batch.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.kernel import buffers, inline, kernel, part
from langid.model import HIERARCHICAL, SOFTMAX, Bytes, Floats, Ints, Model, Table, find_word, fnv, lined

CACHE_BYTES = 8 << 20  # of summed vectors
KEY = 32  # bytes of a cached word, the first its length: longer ones are clauses of scripts without spaces
END_HASH = 3617362777  # FNV-1a of "</s>"
PREFIX_HASH = 713211737  # of "__label__"
FAINT = 16.0  # exp(-16) is 1e-7: what lies so far under the best answer is taken as nought

Longs = npt.NDArray[np.int64]

# Order of the numbers that kernels take in one array.
DIM, BUCKET, SHORTEST, LONGEST, GRAMS, END_WORD, PRUNED, WORDS = range(8)


@dataclass(frozen=True, eq=False)
class Cache:
    """Summed vectors of words: each place holds the word itself (``keys``), how many rows it is of, and their sum."""

    keys: Bytes
    sizes: Ints
    vectors: Floats


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
        dim = self.model.dim
        places = 1 << max(4, (CACHE_BYTES // (4 * dim)).bit_length() - 1)
        return Cache(lined(places * KEY), np.zeros(places, np.int32), lined(4 * places * dim).view(np.float32))

    def hidden(self, data: Bytes, starts: Longs, stops: Longs, cache: Cache | None = None) -> Floats:
        """Mean of the vectors of each segment ``data[starts[i]:stops[i]]``, float32 (segments, dim)."""
        model = self.model
        cache = cache or self.cache()
        mean = np.zeros((len(starts), model.dim), np.float32)
        if not len(starts):
            return mean
        numbers = np.array(
            [
                model.dim,
                model.bucket,
                model.shortest,
                model.longest,
                model.word_grams,
                model.end_word,
                model.pruned,
                model.word_count,
            ],
            np.int64,
        )
        _hidden(
            data,
            starts,
            stops,
            model.table,
            model.words,
            model.word_starts,
            model.slots,
            model.kept,
            numbers,
            model.scale,
            cache.keys,
            cache.sizes,
            cache.vectors,
            mean,
        )
        return mean

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
    hidden = predictor.hidden(data.copy(), places[:-1].copy(), places[1:].copy())
    low = np.zeros(len(hidden), np.int32)
    return predictor.probabilities(hidden, low, np.full(len(hidden), len(predictor.columns), np.int32))


@part
def _subwords(data: Bytes, start: int, stop: int, numbers: Longs, kept: Ints, ids: Longs, found: int) -> int:
    """Rows of the letter n-grams of ``<word>``, into ``ids`` after the first ``found``; how many there are then.

    A letter is a UTF-8 sequence.
    """
    for i in range(start - 1, stop + 1):
        if start <= i < stop and data[i] & 0xC0 == 0x80:
            continue
        h = np.uint32(2166136261)
        j = i
        letters = 0
        while j <= stop and letters < numbers[LONGEST]:
            # The brackets that fastText puts round a word are read as if they stood there.
            byte = np.uint8(60) if j < start else np.uint8(62) if j == stop else data[j]
            h = np.uint32(np.uint32(h ^ np.uint32(np.int8(byte))) * np.uint32(16777619))
            j += 1
            while start < j < stop and data[j] & 0xC0 == 0x80:
                h = np.uint32(np.uint32(h ^ np.uint32(np.int8(data[j]))) * np.uint32(16777619))
                j += 1
            letters += 1
            if letters < numbers[SHORTEST] or (letters == 1 and (i < start or j > stop)):
                continue
            row = _gram_row(int(np.int64(h) % numbers[BUCKET]), numbers, kept)
            if row >= 0:
                ids[found] = row
                found += 1
    return found


@inline
def _gram_row(gram: int, numbers: Longs, kept: Ints) -> int:
    """Row of an n-gram, or -1 where it was pruned."""
    if numbers[PRUNED] < 0:
        return int(numbers[WORDS]) + gram
    if kept[gram] < 0:
        return -1
    return int(numbers[WORDS]) + int(kept[gram])


@inline
def _add_rows(ids: Longs, count: int, table: Table, dim: int, spare: Floats, total: Floats) -> None:
    near = np.float32(0)
    for k in range(count):
        # Touched before they are added, so that the memory fetches many rows at a time: the table is far larger than
        # a core's cache, and this loop has room to run ahead where the next has none.
        near += np.float32(table[ids[k] * dim])
    spare[0] = near
    for k in range(count):
        _add(table, ids[k] * dim, dim, total)


@inline
def _add(table: Table, first: int, dim: int, total: Floats) -> None:
    row = table[first : first + dim]
    for d in range(dim):
        total[d] += np.float32(row[d])


@part
def _word_grams(hashes: Ints, count: int, numbers: Longs, kept: Ints, ids: Longs) -> int:
    """Rows of the n-grams of words, into ``ids``; how many."""
    found = 0
    for i in range(count):
        h = np.uint64(np.int64(hashes[i]))
        last = i + numbers[GRAMS]
        for j in range(i + 1, last if last < count else count):
            h = h * np.uint64(116049371) + np.uint64(np.int64(hashes[j]))
            row = _gram_row(int(np.int64(h % np.uint64(numbers[BUCKET]))), numbers, kept)
            if row >= 0:
                ids[found] = row
                found += 1
    return found


@inline
def _is_cached(data: Bytes, start: int, stop: int, keys: Bytes, slot: int) -> bool:
    key = keys[slot * KEY : slot * KEY + KEY]
    if np.int64(key[0]) != stop - start:
        return False
    for i in range(stop - start):  # noqa: SIM110
        if key[1 + i] != data[start + i]:
            return False
    return True


@part
def _keep(
    data: Bytes, start: int, stop: int, keys: Bytes, slot: int, vectors: Floats, dim: int, word_sum: Floats
) -> None:
    key = keys[slot * KEY : slot * KEY + KEY]
    key[0] = np.uint8(stop - start)
    for i in range(stop - start):
        key[1 + i] = data[start + i]
    vector = vectors[slot * dim : slot * dim + dim]
    for d in range(dim):
        vector[d] = word_sum[d]


@kernel
def _hidden(
    data: Bytes,
    starts: Longs,
    stops: Longs,
    table: Table,
    words: Bytes,
    word_starts: Longs,
    slots: Ints,
    kept: Ints,
    numbers: Longs,
    scale: float,
    keys: Bytes,
    sizes: Ints,
    vectors: Floats,
    mean: Floats,
) -> None:
    dim = numbers[DIM]
    size = np.int64(0)
    for s in range(len(starts)):
        if stops[s] - starts[s] > size:
            size = stops[s] - starts[s]
    # A word's n-grams at most, or those of a text's words.
    ids = np.empty((size + 2) * (numbers[LONGEST] + numbers[GRAMS]) + 2, np.int64)
    hashes = np.empty(size + 2 if numbers[GRAMS] > 1 else 2, np.int32)
    word_sum = np.empty(dim, np.float32)
    spare = np.empty(1, np.float32)
    for s in range(len(starts)):
        total = mean[s]
        i, stop = starts[s], stops[s]
        count = np.int64(0)
        tokens = 0
        while i < stop:
            if data[i] == 32 or 9 <= data[i] <= 13 or data[i] == 0:
                i += 1
                continue
            first = i
            while i < stop and not (data[i] == 32 or 9 <= data[i] <= 13 or data[i] == 0):
                i += 1
            h = fnv(data, first, i)
            slot = (h ^ h >> 15) & len(sizes) - 1
            if i - first < KEY and _is_cached(data, first, i, keys, slot):
                _add(vectors, slot * dim, dim, total)
                count += np.int64(sizes[slot])
            else:
                word = find_word(data, first, i, h, words, word_starts, slots)
                if word < 0 and i - first >= 9 and data[first] == 95 and fnv(data, first, first + 9) == PREFIX_HASH:
                    continue  # a word that begins with __label__ is no text to fastText
                if word >= 0 and word == numbers[END_WORD]:
                    break
                found = 0
                if word >= 0:
                    ids[0] = word
                    found += 1
                found = _subwords(data, first, i, numbers, kept, ids, found)
                for d in range(dim):
                    word_sum[d] = np.float32(0)
                _add_rows(ids, found, table, dim, spare, word_sum)
                _add(word_sum, 0, dim, total)
                count += found
                if i - first < KEY:
                    sizes[slot] = found
                    _keep(data, first, i, keys, slot, vectors, dim, word_sum)
            if numbers[GRAMS] > 1:
                hashes[tokens] = np.int32(h)
            tokens += 1
        found = 0
        if numbers[GRAMS] > 1:
            # fastText also counts the end of the line as a word here.
            hashes[tokens] = np.int32(END_HASH)
            found = _word_grams(hashes, tokens + 1, numbers, kept, ids)
        if numbers[END_WORD] >= 0:
            ids[found] = numbers[END_WORD]
            found += 1
        _add_rows(ids, found, table, dim, spare, total)
        count += found
        if count > 0:
            share = np.float32(scale / count)
            for d in range(dim):
                total[d] *= share


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
