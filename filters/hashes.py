"""Hashes of words by their UTF-8 bytes, eight at a time: nothing is kept of them but which words are alike."""

from typing import Any

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, inner
from langid.rows import load8
from langid.unicode import Index, Shifts, decode, lower

Bytes = npt.NDArray[np.uint8]

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x9FB21C651E98DF25)
FOLD = np.uint64(32)

CHUNK = 8
"""Bytes that are hashed at a time. Two chunks always are, 0 where a word has no bytes, so that most take no branch."""

_FIRST = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(17)], np.uint64)
_SECOND = np.array([(1 << 8 * max(n - 8, 0)) - 1 for n in range(17)], np.uint64)
"""What of two chunks belongs to a word of n bytes."""

_EACH = 0x0101010101010101
_TOPS, _TO_A, _BEYOND_Z = (np.uint64(_EACH * byte) for byte in (0x80, 0x80 - ord("A"), 0x7F - ord("Z")))


@inline
def _with(value: np.uint64, chunk: np.uint64) -> np.uint64:
    value = (value ^ chunk) * PRIME
    return value ^ (value >> FOLD)


@inline
def hash_word(data: Bytes, start: int, stop: int) -> np.uint64:
    """A 64-bit hash of bytes; 16 bytes may be read behind ``stop``."""
    length: Any = np.int64(stop) - np.int64(start)
    i: Any = np.int64(start)
    some = np.uint64(min(length, 2 * CHUNK))
    value = _with(SEED, load8(data, i) & _FIRST[some])
    value = _with(value, load8(data, i + CHUNK) & _SECOND[some])
    left: Any = length - 2 * CHUNK
    while left > 0:
        i += CHUNK
        value = _with(value, load8(data, i + CHUNK) & _FIRST[np.uint64(min(left, CHUNK))])
        left -= CHUNK
    return value ^ np.uint64(length)


def hash_bytes(word: bytes) -> int:
    """As ``hash_word``, in plain Python."""
    value = int(SEED)
    for i in range(0, max(len(word), 2 * CHUNK), CHUNK):
        value = (value ^ int.from_bytes(word[i : i + CHUNK], "little")) * int(PRIME) % (1 << 64)
        value ^= value >> int(FOLD)
    return value ^ len(word)


@inline
def _lower(chunk: np.uint64) -> np.uint64:
    """Eight bytes of ASCII in lower case: what lies from A to Z gets its sixth bit."""
    capital = (chunk + _TO_A) & ~(chunk + _BEYOND_Z) & _TOPS
    return chunk | capital >> np.uint64(2)


@inner
def lower_hash(data: Bytes, start: int, stop: int, index: Index, shifts: Shifts) -> np.uint64:
    """The hash of the word in bytes ``start`` to ``stop``, each code point in its simple lower case.

    16 bytes may be read behind ``stop``.
    """
    value = SEED
    if stop - start <= 2 * CHUNK:
        some = np.uint64(stop - start)
        one = load8(data, start) & _FIRST[some]
        two = load8(data, start + CHUNK) & _SECOND[some]
        if not (one | two) & _TOPS:
            return _with(_with(value, _lower(one)), _lower(two)) ^ some
    chunk, filled = np.uint64(0), np.uint64(0)
    length: Any = np.int64(0)
    i: Any = np.int64(start)
    while i < stop:
        code_point, i = decode(data, i, stop)
        left = lower(index, shifts, code_point)
        size = 1 if left < 0x80 else 2 if left < 0x800 else 3 if left < 0x10000 else 4
        for k in range(size - 1, -1, -1):
            byte = left >> 6 * k & 0x3F | 0x80
            if k == size - 1:
                byte = left if size == 1 else (left >> 6 * k) | (0xF00 >> size) & 0xFF
            chunk |= np.uint64(byte) << filled
            filled += np.uint64(8)
            length += 1
            if filled == np.uint64(64):
                value = _with(value, chunk)
                chunk, filled = np.uint64(0), np.uint64(0)
    if length % CHUNK or length == 0:
        value = _with(value, chunk)
    if length <= CHUNK:
        value = _with(value, np.uint64(0))
    return value ^ np.uint64(length)
