"""How many of its label's stop words a text has: lists as small hash tables, one look-up for every different word."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.characters import BEGIN, BITS, STOP, Bytes, Hashes, Tables, Words
from filters.hashes import hash_bytes, lower_hash
from filters.ngrams import SPREAD, Numbers
from langid.blocks import ONE
from langid.kernel import inner
from langid.rows import ones
from langid.unicode import UPPERCASE, lowercase

SLOTS_BITS = 8
"""A table has at least 256 slots: most words are told from the listed by one empty slot."""


def hash_of(word: str, by_space: bool) -> int:
    """The hash of a word as ``hash_word`` makes it, in simple lower case unless words are those of ``str.split()``."""
    if not by_space:
        index, shifts = lowercase()
        word = "".join(chr(ord(c) + int(shifts[int(index[ord(c) >> 7]) << 7 | ord(c) & 127])) for c in word)
    return hash_bytes(word.encode())


@functools.lru_cache(4096)
def _table(words: tuple[str, ...], by_space: bool) -> npt.NDArray[np.uint64]:
    """Hashes of the words in open addressing, 0 where a slot is free; at most a quarter of the slots are taken."""
    hashes = sorted({hash_of(word, by_space) for word in words})
    bits = max(SLOTS_BITS, (4 * len(hashes)).bit_length())
    slots = np.zeros(1 << bits, np.uint64)
    for value in hashes:
        slot = (value * int(SPREAD) % (1 << 64)) >> (64 - bits)
        while slots[slot]:
            slot = (slot + 1) & (1 << bits) - 1
        slots[slot] = value
    return slots


def tables_of(
    labels: Sequence[str], stopwords: Mapping[str, Sequence[str]] | None, by_space: bool
) -> tuple[Numbers, Hashes, Numbers]:
    """Number of each text's table (-1: its label has no list), all tables in a row, and where each begins."""
    known: dict[str, int] = {}
    tables: list[npt.NDArray[np.uint64]] = []
    which = np.full(len(labels), -1, np.int32)
    for text, label in enumerate(labels):
        if stopwords is None or label not in stopwords:
            continue
        if label not in known:
            known[label] = len(known)
            tables.append(_table(tuple(stopwords[label]), by_space))
        which[text] = known[label]
    begins = np.cumsum([0, *map(len, tables)], dtype=np.int32)
    return which, np.concatenate([*tables, np.zeros(0, np.uint64)]), begins


@inner
def stop_words_met(
    data: Bytes,
    tables: Tables,
    by_space: bool,
    hashes: Hashes,
    words: Words,
    distinct: int,
    firsts: Numbers,
    listed: Hashes,
    begin: int,
    end: int,
    met: Numbers,
    text: int,
) -> int:
    """How many of the hashes in ``listed[begin:end]`` are among the words; ``met`` remembers by text number.

    ``firsts`` has the places of the ``distinct`` words.
    """
    last = np.uint64(end - begin - 1)
    shift = np.uint64(64 - ones(last))
    first = np.uint64(begin)
    number = np.int32(text)
    found: Any = np.int64(0)
    for k in range(distinct):
        place = np.uint64(firsts[k])
        key = hashes[place]
        if words[BITS, place] & UPPERCASE and not by_space:
            key = lower_hash(data, words[BEGIN, place], words[STOP, place], tables.lower_index, tables.lower_shifts)
        slot = (key * SPREAD) >> shift
        while (listed[first + slot] ^ key) * listed[first + slot]:  # a product, as in ``number_words``
            slot = (slot + ONE) & last
        is_listed = listed[first + slot] == key
        before = met[first + slot]
        found += is_listed & (before != number)
        met[first + slot] = number if is_listed else before
    return int(found)
