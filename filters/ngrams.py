"""Repeated word n-grams of a text, found from the word up: an n-gram can only repeat where both its parts do.

Words get numbers, repeated pairs of neighbouring numbers get numbers, and so on: the list of places shrinks with
every level, and two n-grams are the same if and only if their words are (by 64-bit hashes of the words).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.characters import Bytes, Counts, Hashes
from langid.blocks import ALL, ONE
from langid.kernel import inline, inner

Numbers = npt.NDArray[np.int32]

TOP = (2, 3, 4)
"""Sizes of which the characters of the most frequent n-gram are counted."""
DUPLICATE = (5, 6, 7, 8, 9, 10)
"""Sizes of which the characters of repeated n-grams are counted."""

# Columns of what is counted here.
DISTINCT, TOP_FIRST, DUPLICATE_FIRST = 0, 1, 4
MET_PAIRS, ENTROPY, KEYWORDS, COLUMNS = range(10, 14)

NEAR, RUN = 10, 16
"""A run of keywords is so many words and more, each of which is one of the ten before it. Among 9,092 real documents of
530 labels nearly none has one; the refrain of a song may."""

BIT = 1 << 20
"""Entropy is counted in these parts of a bit."""
FEW = 256
_WEIGHTS = np.array([0, *(int(n * math.log2(n) * BIT + 0.5) for n in range(1, FEW))], np.int64)

SPREAD = np.uint64(0x9E3779B97F4A7C15)
KEY_BITS = 64
SIGN = KEY_BITS - 1
"""So far right a number is -1 if it was negative and 0 if not."""
SKETCH_BITS = 18
"""A sketch has so many bits of a hash at most: 2**18 bytes stay near the processor."""
NUMBER_BITS, NUMBER = np.uint64(21), np.uint64((1 << 21) - 1)
TAG = np.uint64((1 << KEY_BITS - 21) - 1)
"""Tables tell hashes apart by these bits and by the slot, of which there are the more the more hashes there are."""


@inline
def shift_for(n: int) -> int:
    """How far to shift a spread hash right, so that ``n`` keys fill at most half of the table."""
    bits = 3
    while 1 << bits < 2 * n:
        bits += 1
    return KEY_BITS - bits


@inline
def slot_of(table: Hashes, slot: np.uint64, tag: np.uint64, last: np.uint64) -> np.uint64:
    """Where ``tag`` is, or would be put, from ``slot`` on: a slot holds a tag above the number of its owner and one.

    The product is 0 where the slot is free or the tag's own: one branch that is seldom taken, where two questions
    would be two, the first of which nothing foresees. Indices are unsigned, here and below, which spares a look
    whether they count from the end.
    """
    while (table[slot] >> NUMBER_BITS ^ tag) * (table[slot] & NUMBER):
        slot = (slot + ONE) & last
    return slot


@inline
def met_before(table: Hashes, key: np.uint64, shift: int) -> bool:
    """Whether ``key`` was met before in a table cleared for it; from now on it was."""
    spread = key * SPREAD
    tag = spread & TAG
    slot = slot_of(table, spread >> np.uint64(shift), tag, ALL >> np.uint64(shift))
    met: bool = table[slot] != 0
    table[slot] = tag << NUMBER_BITS | ONE
    return met


@inner
def number_words(
    hashes: Hashes,
    n: int,
    table: Hashes,
    numbers: Numbers,
    times: Numbers,
    firsts: Numbers,
    lasts: Numbers,
    row: Counts,
) -> int:
    """Number the words in order of first use, count each, and return how many are distinct.

    ``firsts`` (n + 1,) gets the place of the first use of each, ``lasts`` (n,) of the last. Counted into ``row``:
    those that are distinct, and those in runs of keywords.
    """
    shift = np.uint64(shift_for(n))
    last_slot = ALL >> shift
    table[: np.int64(last_slot) + 1] = 0
    times[:n] = 0
    distinct: Any = np.int64(0)
    run: Any = np.int64(0)
    keywords: Any = np.int64(0)
    for i in range(n):
        spread = hashes[i] * SPREAD
        tag = spread & TAG
        slot = slot_of(table, spread >> shift, tag, last_slot)
        known = np.int64(table[slot] & NUMBER) - 1
        fresh = known < 0
        number = np.uint64(distinct if fresh else known)
        table[slot] = tag << NUMBER_BITS | (number + ONE)
        firsts[np.uint64(distinct)] = i  # counts only if the word is fresh
        distinct += fresh
        numbers[i] = np.int32(number)
        times[number] += 1
        far = (known | np.int64(lasts[number]) + NEAR - i) >> SIGN  # a number, -1 or 0, and no branch
        lasts[number] = i
        run = (run + 1) & ~far
        if run >= RUN:
            keywords += RUN if run == RUN else 1
    row[DISTINCT] = distinct
    row[KEYWORDS] = keywords
    return int(distinct)


@inner
def entropy(n: int, distinct: int, times: Numbers) -> int:
    """Shannon's entropy of ``n`` words of which each of ``distinct`` comes so many times, in parts of a bit a word:
    log2 n - (sum of t log2 t) / n."""
    if n == 0:
        return 0
    weight: Any = np.int64(0)
    for k in range(distinct):
        t = np.int64(times[k])
        weight += _WEIGHTS[t] if t < FEW else np.int64(t * math.log2(t) * BIT + 0.5)
    return int(math.log2(n) * BIT - weight / n + 0.5)


@inner
def repeated_grams(
    n_words: int,
    offsets: Counts,
    found: Hashes,
    sketch: Bytes,
    pairs: Hashes,
    numbers: Numbers,
    times: Numbers,
    places: Numbers,
    row: Counts,
) -> None:
    """Characters of the top 2- to 4-gram and of repeated 5- to 10-grams, into ``row``.

    The most frequent n-gram is the first of those with most uses; its characters are those of its words and of
    single spaces between, times its uses. A repeated n-gram is one that was met before; once met the text is read
    on behind it, so that no character counts twice, and the characters are those of its words. Both as the Gopher
    filters do (arXiv:2112.11446, table A1; datatrove). Pairs met before are counted as they are.

    ``pairs`` is a hash table from two numbers to one, 21 bits each, so there are at most 2**21 - 1 words. ``found``
    (words,) and ``sketch`` (2**SKETCH_BITS,) are for work.
    """
    m: Any = np.int64(0)
    for i in range(n_words):
        number = np.uint64(numbers[i])
        places[np.uint64(m)] = i
        numbers[np.uint64(m)] = np.int32(number)
        m += times[number] > 1
    for size in range(2, 11):
        repeats = _neighbours(m, numbers, places, found)
        if size == 2:
            repeats = _not_alone(repeats, places, found, sketch)
        shift = np.uint64(shift_for(repeats))
        last = ALL >> shift
        pairs[: np.int64(last) + 1] = 0
        times[:repeats] = 0
        fresh: Any = 0
        for k in range(repeats):
            key = found[k]
            slot = slot_of(pairs, (key * SPREAD) >> shift, key, last)
            known = np.int64(pairs[slot] & NUMBER) - 1
            number = np.uint64(fresh if known < 0 else known)  # and no branch, which nothing could foresee
            pairs[slot] = key << NUMBER_BITS | (number + ONE)
            fresh += known < 0
            times[number] += 1
            numbers[k] = np.int32(number)
        m = np.int64(0)
        most = 1
        first = 0
        for k in range(repeats):
            number = np.uint64(numbers[k])
            uses = times[number]
            if uses > most:
                most = uses
                first = places[k]
            places[np.uint64(m)] = places[k]
            numbers[np.uint64(m)] = np.int32(number)
            m += uses > 1
        if size == 2:
            row[MET_PAIRS] = repeats - fresh
        if size <= 4:
            if n_words >= size:
                row[TOP_FIRST + size - 2] = (offsets[first + size] - offsets[first] + size - 1) * most
        else:
            row[DUPLICATE_FIRST + size - 5] = _met_again(size, m, offsets, numbers, times, places)


@inline
def _neighbours(m: int, numbers: Numbers, places: Numbers, found: Hashes) -> Any:
    """Put the pairs of neighbours among ``m`` first in ``found`` and ``places``; how many they are."""
    pairs: Any = np.int64(0)
    for k in range(m - 1):
        found[np.uint64(pairs)] = np.uint64(numbers[k]) << NUMBER_BITS | np.uint64(numbers[k + 1])
        near = places[k + 1] == places[k] + 1
        places[np.uint64(pairs)] = places[k]
        pairs += near
    return pairs


@inline
def _not_alone(pairs: int, places: Numbers, found: Hashes, sketch: Bytes) -> Any:
    """Put those of ``pairs`` that may come twice first in ``found`` and ``places``; how many they are.

    Most pairs of words come once. They are told by a sketch, a byte for many pairs, which stays near the processor
    when a table of them all would not; of a text of usual length one in ten is kept though it comes once.
    """
    shift = np.uint64(max(shift_for(pairs) - 1, KEY_BITS - SKETCH_BITS))
    sketch[: 1 << (KEY_BITS - np.int64(shift))] = 0
    for k in range(pairs):
        slot = (found[k] * SPREAD) >> shift
        sketch[slot] |= sketch[slot] << 1 & 2 | 1
    kept: Any = np.int64(0)
    for k in range(pairs):
        found[np.uint64(kept)] = found[k]
        places[np.uint64(kept)] = places[k]
        kept += np.int64(sketch[(found[k] * SPREAD) >> shift] >> 1)
    return kept


@inline
def _met_again(size: int, m: int, offsets: Counts, numbers: Numbers, times: Numbers, places: Numbers) -> int:
    characters = 0
    free = 0
    for k in range(m):
        place = places[k]
        if place < free:
            continue
        if times[numbers[k]] < 0:
            characters += offsets[place + size] - offsets[place]
            free = place + size
        else:
            times[numbers[k]] = -1
    return characters
