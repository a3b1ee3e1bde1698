"""Reads fastText supervised models: ``.bin`` (dense, memory-mapped) and ``.ftz`` (quantised, with or without ``qout``).

The layout follows fastText's own ``saveModel`` (file version 12; 11 is accepted as fastText accepts it). Every size
that the file states is held against what the file has left before it is used: a damaged or hostile file ends in a Stop.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, kernel
from langid.rows import get
from manifests.errors import Stop

MAGIC = 793712314
HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL = 1, 2, 3, 4
SUPERVISED = 3
PREFIX = "__label__"
END = b"</s>"

LINE = 64  # bytes that memory moves at a time
ABOUT = 9  # bytes that the dictionary tells of an entry, behind its text and a nought
CENTROIDS = 256  # fastText quantises to one byte a part
UNBUILT = 10**15  # what fastText gives a node of its tree before it has counted it
MOST_DIMENSIONS, MOST_LETTERS, MOST_WORDS_A_GRAM = 4096, 256, 16
MOST_UNPACKED = 4 << 30  # bytes that a quantised matrix may grow to

Bytes = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Table = npt.NDArray[np.float32] | npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Model:
    """A model as the kernels of langid/predict.py read it.

    ``table`` is the input matrix, flat, of shape (words + n-grams) * dim, to be multiplied by ``scale``: float32 as it
    lies in a mapped file (not always aligned, shared between processes), or int16 unpacked from a quantised file.
    ``output`` is float32 (rows, dim): one row a label, or an inner node of the tree where ``loss`` is HIERARCHICAL.
    ``left`` and ``right`` are the children of the tree's inner nodes (empty otherwise); numbers below ``len(labels)``
    are labels, others are inner nodes + ``len(labels)``.
    ``words`` are the dictionary's words one after another, cut at ``word_starts``; ``slots`` is their hash
    table: a word's hash above, one more than its number below, nought where there is none.
    ``pruned`` is -1 where no n-gram was pruned, else the number that were kept, whose rows are in the order of their
    numbers. Then ``kept`` has a uint64 for each 32 of the ``bucket`` n-grams: below, a bit for each that was kept, and
    above, how many were kept before these.
    """

    labels: tuple[str, ...]
    dim: int
    bucket: int
    shortest: int
    longest: int
    word_grams: int
    loss: int
    words: Bytes
    word_starts: Longs
    slots: Keys
    end_word: int
    pruned: int
    kept: Keys
    table: Table
    scale: float
    output: Floats
    left: Ints
    right: Ints
    quantised: bool

    @property
    def word_count(self) -> int:
        return len(self.word_starts) - 1


class _Reader:
    """A cursor over the file that never reads past its end."""

    def __init__(self, data: mmap.mmap, name: str) -> None:
        self.data, self.name, self.place = data, name, 0

    def bad(self, what: str) -> Stop:
        return Stop(
            f"{self.name} is not a whole fastText model: {what} (at byte {self.place:,} of {len(self.data):,})",
            "Fetch or train it again: corpus models get NAME, or corpus langid train DATA --out DIR",
        )

    def take(self, size: int, what: str) -> int:
        """Start of the next ``size`` bytes, which are there."""
        if size < 0 or size > len(self.data) - self.place:
            raise self.bad(f"{what} would need {size:,} bytes")
        start = self.place
        self.place += size
        return start

    def numbers(self, layout: str, what: str) -> tuple[int, ...]:
        start = self.take(struct.calcsize("<" + layout), what)
        return struct.unpack_from("<" + layout, self.data, start)

    def flag(self, what: str) -> bool:
        (value,) = self.numbers("B", what)
        if value > 1:
            raise self.bad(f"{what} is {value}, neither yes nor no")
        return bool(value)

    def bytes(self, size: int, what: str) -> Bytes:
        start = self.take(size, what)
        return np.frombuffer(self.data, np.uint8, size, start)

    def floats(self, size: int, what: str) -> Floats:
        # A copy: aligned, and apart from the mapped pages.
        return np.frombuffer(self.bytes(4 * size, what).tobytes(), np.float32).copy()


def load(path: Path) -> Model:
    """The model at ``path``. Raises Stop where it is missing, damaged, or not a supervised fastText model."""
    try:
        with path.open("rb") as file:
            return _read(_mapped(file, path.name), path.name)
    except OSError as error:
        raise Stop(f"No model can be read at {path}: {error.strerror or error}", "corpus models list") from error


def _mapped(file: BinaryIO, name: str) -> mmap.mmap:
    try:
        # Copy-on-write: the pages stay shared, and NumPy sees one kind of (writable) array, so kernels compile once.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except ValueError as error:  # an empty file cannot be mapped
        raise Stop(f"{name} is empty, not a fastText model", "corpus models list") from error


def _read(data: mmap.mmap, name: str) -> Model:
    reader = _Reader(data, name)
    magic, version = reader.numbers("ii", "the header")
    if magic != MAGIC:
        raise reader.bad("it does not begin as one")
    if version not in (11, 12):
        raise reader.bad(f"file version {version}, known are 11 and 12")
    dim, _, _, _, _, grams, loss, kind, bucket, shortest, longest, _, _ = reader.numbers("12id", "the settings")
    if kind != SUPERVISED:
        raise reader.bad("it holds word vectors, not a classifier")
    if version == 11:
        longest = 0  # as fastText does: those models had no use for n-grams of letters
    if not 1 <= dim <= MOST_DIMENSIONS or bucket < 0 or loss not in (HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL):
        raise reader.bad(f"settings out of range (dim {dim}, bucket {bucket}, loss {loss})")
    if not (0 <= shortest <= MOST_LETTERS and 0 <= longest <= MOST_LETTERS and grams <= MOST_WORDS_A_GRAM):
        raise reader.bad(f"n-grams out of range (minn {shortest}, maxn {longest}, wordNgrams {grams})")
    if bucket == 0 and (longest > 0 or grams > 1):
        raise reader.bad("it uses n-grams but has no bucket for them")

    dictionary = _dictionary(reader)
    labels, pruned, count = dictionary.labels, dictionary.pruned, len(dictionary.starts) - 1
    if pruned >= 0 and bucket > MOST_UNPACKED // 4:
        raise reader.bad(f"a bucket of {bucket:,}")
    kept, order = _kept(reader, dictionary.pairs, pruned, bucket)

    quantised = reader.flag("the mark of quantised input")
    if pruned >= 0 and not quantised:
        raise reader.bad("pruned n-grams in a model that is not quantised")
    rows = count + (bucket if pruned < 0 else pruned)
    if quantised:
        matrix = _quantised(reader, rows, dim, "the input")
        table, scale = _whole_numbers(
            reader, matrix, np.concatenate([np.arange(rows if pruned < 0 else count), count + order])
        )
    else:
        table = np.frombuffer(data, np.float32, rows * dim, _dense(reader, rows, dim, "the input"))
        scale = 1.0
    packed = reader.flag("the mark of quantised output")
    if packed and quantised:
        output = _quantised(reader, len(labels), dim, "the output").unpacked()
    else:
        start = _dense(reader, len(labels), dim, "the output")
        output = np.frombuffer(data[start : start + 4 * len(labels) * dim], np.float32).reshape(-1, dim).copy()
    if not np.isfinite(output).all():
        raise reader.bad("its output matrix holds numbers that are not finite")

    left = right = np.zeros(0, np.int32)
    if loss == HIERARCHICAL:
        left, right = _tree(dictionary.counts)
    return Model(
        labels=labels,
        dim=dim,
        bucket=bucket,
        shortest=shortest,
        longest=longest,
        word_grams=grams,
        loss=loss,
        words=dictionary.words,
        word_starts=dictionary.starts,
        slots=dictionary.slots,
        end_word=dictionary.end_word,
        pruned=pruned,
        kept=kept,
        table=table,
        scale=scale,
        output=output,
        left=left,
        right=right,
        quantised=quantised,
    )


@dataclass(frozen=True, eq=False)
class _Dictionary:
    """What Model has of it; ``counts`` says how often each label was seen, ``pairs`` which n-grams were kept, and
    their rows among the n-grams."""

    words: Bytes
    starts: Longs
    slots: Keys
    end_word: int
    labels: tuple[str, ...]
    counts: list[int]
    pruned: int
    pairs: Ints


def _dictionary(reader: _Reader) -> _Dictionary:
    size, word_count, label_count, _, pruned = reader.numbers("iiiqq", "the dictionary's header")
    if word_count < 0 or label_count < 1 or size != word_count + label_count or pruned < -1:
        raise reader.bad(f"a dictionary of {size} entries, {word_count} words and {label_count} labels")
    if size * (1 + ABOUT) > len(reader.data) - reader.place:
        raise reader.bad(f"a dictionary of {size:,} entries")
    data = np.frombuffer(reader.data, np.uint8)
    # Each entry is a text, a nought, how often it was seen (eight bytes), and whether it is a label (one).
    bounds = np.empty(2 * size, np.int64)
    whole = _find_entries(data, reader.place, bounds)
    begins, ends = bounds[::2], bounds[1::2]
    if whole < size:
        reader.place = int(begins[whole])
        raise reader.bad("an entry of the dictionary has no end")
    if (odd := np.flatnonzero(data[ends + ABOUT] != (np.arange(size) >= word_count))).size:
        reader.place = int(begins[odd[0]])
        raise reader.bad("words and labels are not in order")
    labels: list[str] = []
    counts: list[int] = []
    for begin, end in bounds[2 * word_count :].reshape(-1, 2).tolist():
        labels.append(reader.data[begin:end].decode("utf-8", "backslashreplace").removeprefix(PREFIX))
        (count,) = struct.unpack_from("<q", reader.data, end + 1)
        counts.append(count)
        if not 0 <= count < UNBUILT:
            reader.place = begin
            raise reader.bad(f"a label that was seen {count} times")
    if len(set(labels)) != len(labels):
        raise reader.bad("two labels of one name")
    reader.place = int(ends[-1]) + 1 + ABOUT
    start = reader.take(8 * max(0, pruned), "the list of kept n-grams")
    pairs = np.frombuffer(reader.data[start : start + 8 * max(0, pruned)], np.int32).reshape(-1, 2)

    starts = np.zeros(word_count + 1, np.int64)
    np.cumsum((ends - begins)[:word_count], out=starts[1:])
    words = np.zeros(int(starts[-1]) + 1, np.uint8)
    slots = np.zeros(1 << max(1, 2 * word_count - 1).bit_length(), np.uint64)
    end_word = _take_words(data, bounds, np.frombuffer(bytearray(END), np.uint8), words, starts, slots)
    return _Dictionary(words, starts, slots, int(end_word), tuple(labels), counts, pruned, pairs)


def _kept(reader: _Reader, pairs: Ints, pruned: int, bucket: int) -> tuple[Keys, Ints]:
    """Which n-grams were kept, as Model tells it, and the row of each in the file; nothing where none was pruned."""
    if pruned < 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    if ((pairs < 0) | (pairs >= np.array([max(bucket, 1), max(pruned, 1)]))).any():
        raise reader.bad("its list of kept n-grams points outside the matrix")
    row = np.full(-(-bucket // 32) * 32, -1, np.int32)
    row[pairs[:, 0]] = pairs[:, 1]
    bits = np.packbits(row >= 0, bitorder="little").view("<u4").astype(np.uint64)
    before = np.cumsum(np.bitwise_count(bits), dtype=np.uint64) - np.bitwise_count(bits)
    return bits | before << np.uint64(32), row[row >= 0]


def _shape(reader: _Reader, rows: int, dim: int, what: str) -> None:
    found = reader.numbers("qq", f"the size of {what}")
    if found != (rows, dim):
        raise reader.bad(f"{what} is {found[0]:,} x {found[1]:,}, its dictionary and settings say {rows:,} x {dim:,}")


def _dense(reader: _Reader, rows: int, dim: int, what: str) -> int:
    """Where the float32 matrix begins."""
    _shape(reader, rows, dim, what)
    return reader.take(4 * rows * dim, what)


@dataclass(frozen=True, eq=False)
class _Quantised:
    """A product-quantised matrix: ``codes`` (rows, parts); ``centroids`` flat, (256, width) a part one after another;
    ``norms`` (rows,) that rows are multiplied by, ones where the file has none."""

    codes: Bytes
    centroids: Floats
    width: int
    dim: int
    norms: Floats

    def tables(self) -> Iterator[Floats]:
        """Centroids of each part, (256, width); the last may be narrower."""
        for column in range(0, self.dim, self.width):
            width = min(self.width, self.dim - column)
            place = CENTROIDS * column
            yield self.centroids[place : place + CENTROIDS * width].reshape(CENTROIDS, width)

    def unpacked(self) -> Floats:
        """The matrix, float32 (rows, dim)."""
        parts = [table[self.codes[:, part]] for part, table in enumerate(self.tables())]
        return np.concatenate(parts, axis=1) * self.norms[:, None]


def _quantised(reader: _Reader, rows: int, dim: int, what: str) -> _Quantised:
    by_norm = reader.flag(f"the mark of norms in {what}")
    _shape(reader, rows, dim, what)
    (size,) = reader.numbers("i", f"the codes of {what}")
    parts = -(-size // rows) if rows else 0
    if size < 0 or parts * rows != size or not 0 <= parts <= dim or 4 * rows * dim > MOST_UNPACKED:
        raise reader.bad(f"{size:,} codes for {rows:,} rows of {what}")
    codes = reader.bytes(size, f"the codes of {what}").reshape(rows, parts)
    centroids, width = _quantiser(reader, dim, what)
    if rows and -(-dim // width) != parts:
        raise reader.bad(f"{what} has {parts} codes a row and a quantiser of {-(-dim // width)}")
    norms = np.ones(rows, np.float32)
    if by_norm:
        norm_codes = reader.bytes(rows, f"the norms of {what}")
        norms = _quantiser(reader, 1, f"the norms of {what}")[0][norm_codes]
    return _Quantised(codes, centroids, width, dim, norms)


def lined(size: int) -> Bytes:
    """So many bytes of zeros that begin where a line of memory begins, so that rows lie across as few as can be."""
    room = np.zeros(size + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    return room[first : first + size]


def _whole_numbers(reader: _Reader, matrix: _Quantised, order: Longs) -> tuple[Table, float]:
    """Rows of a matrix in this ``order`` as int16, and the scale that gives them back.

    Half the bytes, so that a row of 32 is one line of memory: prediction waits for little else. A step is 1/32767 of
    the largest value, far finer than those of the quantised file.
    """
    norms = matrix.norms[order]
    reach = np.concatenate([np.abs(table).max(axis=1) for table in matrix.tables()])
    largest = float(_largest(matrix.codes, order, norms, reach))
    if not np.isfinite(largest):
        raise reader.bad("its input matrix holds numbers that are not finite")
    scale = largest / 32767 or 1.0
    table = lined(2 * len(order) * matrix.dim).view(np.int16)
    _unpack(matrix.codes, order, norms, matrix.centroids, matrix.width, matrix.dim, np.float32(scale), table)
    return table, scale


def _quantiser(reader: _Reader, dim: int, what: str) -> tuple[Floats, int]:
    """Centroids of a product quantiser, and the width of its parts; the last part has what is left of ``dim``."""
    stated, parts, width, last = reader.numbers("4i", f"the quantiser of {what}")
    whole = stated == dim and parts >= 1 and width >= 1 and 1 <= last <= width
    if not whole or (parts - 1) * width + last != dim:
        raise reader.bad(f"the quantiser of {what} has {parts} parts of {width} for {stated} dimensions")
    return reader.floats(CENTROIDS * dim, f"the quantiser of {what}"), width


def _tree(counts: list[int]) -> tuple[Ints, Ints]:
    """Children of the inner nodes of fastText's Huffman tree (labels come in falling order of count)."""
    leaves = len(counts)
    count = counts + [UNBUILT] * (leaves - 1)
    left, right = np.zeros(leaves - 1, np.int32), np.zeros(leaves - 1, np.int32)
    leaf, node = leaves - 1, leaves
    for inner in range(leaves, 2 * leaves - 1):
        pair = []
        for _ in range(2):
            if leaf >= 0 and count[leaf] < count[node]:
                pair.append(leaf)
                leaf -= 1
            else:
                pair.append(node)
                node += 1
        left[inner - leaves], right[inner - leaves] = pair
        count[inner] = count[pair[0]] + count[pair[1]]
    return left, right


@inline
def fnv(data: Bytes, start: int, stop: int) -> int:
    """32-bit FNV-1a as fastText computes it: bytes are signed, so those above 127 also flip the upper bits."""
    h = np.uint32(2166136261)
    for i in range(start, stop):
        h = np.uint32(h ^ np.uint32(np.int8(get(data, i))))
        h = np.uint32(h * np.uint32(16777619))
    return int(np.int64(h))


@inline
def find_word(data: Bytes, start: int, stop: int, h: int, words: Bytes, word_starts: Longs, slots: Keys) -> int:
    """Number of the word ``data[start:stop]`` with hash ``h`` in the dictionary, or -1."""
    mask = len(slots) - 1
    slot = h & mask
    while get(slots, slot) != np.uint64(0):
        entry = get(slots, slot)
        if entry >> np.uint64(32) == np.uint64(h):
            word = int(np.int64(entry & np.uint64(0xFFFFFFFF))) - 1
            first = get(word_starts, word)
            if get(word_starts, word + 1) - first == stop - start:
                k = 0
                while k < stop - start and get(words, first + k) == get(data, start + k):
                    k += 1
                if k == stop - start:
                    return word
        slot = (slot + 1) & mask
    return -1


@kernel
def _find_entries(data: Bytes, place: int, bounds: Longs) -> int:
    """Where each entry's text begins and ends, until ``bounds`` is full or the data ends; how many entries were whole.
    The first that is not has its begin in ``bounds``."""
    for entry in range(len(bounds) // 2):
        bounds[2 * entry] = place
        while place < len(data) and data[place] != 0:
            place += 1
        if place + ABOUT >= len(data):
            return entry
        bounds[2 * entry + 1] = place
        place += 1 + ABOUT
    return len(bounds) // 2


@kernel
def _take_words(data: Bytes, bounds: Longs, sought: Bytes, words: Bytes, word_starts: Longs, slots: Keys) -> int:
    """Copy the words that lie in ``bounds`` of ``data`` and enter them in ``slots``; the number of the one ``sought``,
    or -1."""
    mask = len(slots) - 1
    for word in range(len(word_starts) - 1):
        start, stop = word_starts[word], word_starts[word + 1]
        begin = bounds[2 * word]
        for k in range(stop - start):
            words[start + k] = data[begin + k]
        h = fnv(words, start, stop)
        slot = h & mask
        while slots[slot] != np.uint64(0):
            slot = (slot + 1) & mask
        slots[slot] = np.uint64(h) << np.uint64(32) | np.uint64(word + 1)
    return find_word(sought, 0, len(sought), fnv(sought, 0, len(sought)), words, word_starts, slots)


@kernel
def _largest(codes: Bytes, order: Longs, norms: Floats, reach: Floats) -> float | np.float32:
    """The greatest value of the rows in ``order``, whatever its sign, ``reach`` being that of each centroid; NaN where
    one is not finite."""
    largest = np.float32(0)
    for i in range(len(order)):
        row = order[i]
        most = np.float32(0)
        for part in range(codes.shape[1]):
            value = reach[part * CENTROIDS + codes[row, part]]
            if not value <= most:
                most = value if value < np.float32(np.inf) else np.float32(np.inf)
        value = most * abs(norms[i])
        if not value < np.float32(np.inf):
            return np.nan
        largest = max(largest, value)
    return largest


@kernel
def _unpack(
    codes: Bytes, order: Longs, norms: Floats, centroids: Floats, width: int, dim: int, scale: np.float32, table: Table
) -> None:
    """Rows in ``order``, in steps of ``scale``."""
    values = np.empty(dim, np.float32)
    for i in range(len(order)):
        row = order[i]
        for part in range(codes.shape[1]):
            column = part * width
            wide = min(width, dim - column)
            first = CENTROIDS * column + wide * np.int64(codes[row, part])
            for k in range(wide):
                values[column + k] = centroids[first + k]
        for k in range(dim):
            table[i * dim + k] = np.int16(np.rint(values[k] * norms[i] / scale))
