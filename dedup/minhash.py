"""Signatures: one pass over a text gives its exact hash and its MinHash values; band keys follow from those.

A text is brought to its normal form (dedup/normal.py) and cut into words (langid/segment.py, applied to the normal
form, so that texts of equal normal form have equal shingles), or into characters, a space among them where the normal
form has one. A shingle is a run of such units; the hash of a shingle goes
through 128 permutations x -> a*x + b mod 2^32 with odd a, and the smallest result of each is kept (Broder 1997).
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import normal
from dedup.estimate import Values
from dedup.recipe import Recipe
from langid.kernel import buffers, inline, kernel
from langid.segment import BEGINS, ENDED, OUTSIDE, SHIFT, SPACE_AFTER, STEP, steps
from manifests.errors import Stop

Hashes = npt.NDArray[np.uint64]
Shingles = npt.NDArray[np.uint32]

BLOCK = 512
"""Words that wait to be permuted together: few enough for the nearest cache, many enough to pay for the loop."""

# Odd 64-bit constants of xxHash64 and splitmix64.
K1, K2 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F
M1, M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Signatures(NamedTuple):
    """What is known of each text of a batch.

    ``exact`` (n, 2): 128-bit hash of the normal form, 0 where no word is left: such a text is never a duplicate.
    ``values`` (n, permutations): low 16 bits of the MinHash values.
    """

    exact: Hashes
    values: Values


def sign(texts: pa.StringArray, recipe: Recipe) -> Signatures:
    """Signatures of NFC texts, each of its own text alone."""
    if recipe.normal_form != normal.VERSION:
        raise Stop(
            f"dedup: the recipe asks for normal form {recipe.normal_form}, this version makes {normal.VERSION}",
            mend="build into a new folder, or use the version that made the index",
        )
    starts, data = buffers(texts)
    n = len(starts) - 1
    exact = np.empty((n, 2), np.uint64)
    values = np.empty((n, recipe.permutations), np.uint16)
    drawn = permutations(recipe.seed, recipe.permutations)
    by_word = recipe.unit == "word"
    _sign(starts, data, *normal.table(), steps(), *drawn, by_word, recipe.shingle, exact, values)
    return Signatures(exact, values)


@cache
def permutations(seed: int, count: int) -> tuple[Shingles, Shingles]:
    """Odd multipliers and additions (count,), drawn in turn from the splitmix64 stream of the seed."""
    state = np.uint64(seed) + np.arange(1, 2 * count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(M1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(M2)
    drawn = ((state ^ (state >> np.uint64(31))) >> np.uint64(32)).astype(np.uint32)
    return drawn[0::2] | np.uint32(1), drawn[1::2].copy()


@inline
def mixed(x: np.uint64) -> np.uint64:
    """Every bit of 64 depends on every other (the finaliser of splitmix64)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(M1)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(M2)
    return x ^ (x >> np.uint64(31))


@inline
def chained(total: np.uint64, x: np.unsignedinteger[Any]) -> np.uint64:
    """The hash of a sequence one member on."""
    return ((total << np.uint64(29) | total >> np.uint64(35)) ^ np.uint64(x)) * np.uint64(K1)


@inline
def hash_words(
    words: Hashes, first: int, count: int, plain: np.uint64, spaced: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """Mix the raw words from ``first`` on in place, and take them into the two hashes of the whole text.

    Bit 0 of a raw word says whether a space (or the text) ends there: that counts for the exact hash, not for shingles.
    """
    for i in range(first, count):
        raw = words[i]
        words[i] = mixed(raw >> np.uint64(1))
        plain = chained(plain, words[i])
        spaced = chained(spaced, raw)
    return plain, spaced


@inline
def hash_shingles(words: Hashes, count: int, length: int, shingles: Shingles) -> int:
    """Hashes of all runs of ``length`` words; fewer words are one shingle. How many there are.

    A rolling polynomial modulo 2^64, mixed: the same run hashes alike wherever it stands.
    """
    power = np.uint64(1)
    for _ in range(length):
        power *= np.uint64(K1)
    total = np.uint64(0)
    for i in range(min(count, length)):
        total = total * np.uint64(K1) + words[i]
    n = 0
    if count > 0:
        shingles[0] = np.uint32(mixed(total) >> np.uint64(32))
        n = 1
    for i in range(length, count):
        total = total * np.uint64(K1) + (words[i] - words[i - length] * power)
        shingles[n] = np.uint32(mixed(total) >> np.uint64(32))
        n += 1
    return n


@kernel
def lower_minima(shingles: Shingles, n: int, multipliers: Shingles, additions: Shingles, minima: Shingles) -> None:
    """Permute shingles and keep the smallest results: four at a time, so that each load serves four."""
    i = 0
    while i + 4 <= n:
        s0 = shingles[i]
        s1 = shingles[i + 1]
        s2 = shingles[i + 2]
        s3 = shingles[i + 3]
        for k in range(len(minima)):
            a = multipliers[k]
            b = additions[k]
            low = min(np.uint32(np.uint32(a * s0) + b), np.uint32(np.uint32(a * s1) + b))
            high = min(np.uint32(np.uint32(a * s2) + b), np.uint32(np.uint32(a * s3) + b))
            minima[k] = min(minima[k], min(low, high))
        i += 4
    while i < n:
        s0 = shingles[i]
        for k in range(len(minima)):
            minima[k] = min(minima[k], np.uint32(np.uint32(multipliers[k] * s0) + additions[k]))
        i += 1


@kernel  # a function of its own: within the larger one its state would not fit the registers
def read_words(
    data: npt.NDArray[np.uint8],
    i: int,
    stop: int,
    index: normal.Blocks,
    table: normal.Mapped,
    several: normal.Mapped,
    steps: Hashes,
    words: Hashes,
    count: int,
    state: np.uint64,
    word: np.uint64,
    previous: int,
    waiting: int,
) -> tuple[int, int, np.uint64, np.uint64, int, int]:
    """Read on until ``words`` holds BLOCK of them or the text ends; the last word may still be open.

    A raw word is a polynomial of its code points and, in bit 0, whether a space ends it.
    """
    while count < BLOCK and (i < stop or waiting):
        code_point, word_class, i, waiting = normal.following(data, i, stop, index, table, several, waiting, previous)
        if code_point < 0:
            continue
        previous = code_point
        step = steps[np.uint64(word_class)] >> state
        words[np.uint64(count)] = word << np.uint64(1) | step >> np.uint64(SPACE_AFTER) & np.uint64(1)
        ended: Any = np.int64(step >> np.uint64(ENDED) & np.uint64(1))
        count += ended
        state = step & np.uint64(SHIFT)
        word = (word & ((step >> np.uint64(BEGINS) & np.uint64(1)) - np.uint64(1))) * np.uint64(K1)
        word += np.uint64(code_point)
    return count, i, state, word, previous, waiting


@kernel
def read_characters(
    data: npt.NDArray[np.uint8],
    i: int,
    stop: int,
    index: normal.Blocks,
    table: normal.Mapped,
    several: normal.Mapped,
    steps: Hashes,
    units: Hashes,
    count: int,
    state: np.uint64,
    word: np.uint64,
    previous: int,
    waiting: int,
) -> tuple[int, int, np.uint64, np.uint64, int, int]:
    """As ``read_words``, but each character of the normal form is a unit, and one space where words are apart.

    ``word`` is 0 before the first character, then 1, and 2 once a space was met.
    """
    while count < BLOCK - 1 and (i < stop or waiting):
        code_point, word_class, i, waiting = normal.following(data, i, stop, index, table, several, waiting, previous)
        if code_point < 0:
            continue
        previous = code_point
        state = steps[np.uint64(word_class)] >> state & np.uint64(SHIFT)
        if state == np.uint64(OUTSIDE * STEP):
            if word:
                word = np.uint64(2)
            continue
        if word == 2:
            units[np.uint64(count)] = np.uint64(32 << 1)
            count += 1
        word = np.uint64(1)
        units[np.uint64(count)] = np.uint64(code_point) << np.uint64(1)
        count += 1
    return count, i, state, word, previous, waiting


@kernel
def _sign(
    starts: npt.NDArray[np.int32],
    data: npt.NDArray[np.uint8],
    index: normal.Blocks,
    table: normal.Mapped,
    several: normal.Mapped,
    steps: Hashes,
    multipliers: Shingles,
    additions: Shingles,
    by_word: bool,
    length: int,
    exact: Hashes,
    values: Values,
) -> None:
    words = np.empty(BLOCK + 1, np.uint64)
    shingles = np.empty(BLOCK + 1, np.uint32)
    minima = np.empty(len(multipliers), np.uint32)
    for text in range(len(starts) - 1):
        minima[:] = np.uint32(0xFFFFFFFF)
        plain = np.uint64(0)
        spaced = np.uint64(0)
        kept: Any = np.int64(0)  # words that wait from the block before: they begin further shingles
        total = 0  # words that blocks have taken
        state = np.uint64(OUTSIDE * STEP)
        word = np.uint64(0)
        previous: Any = np.int64(0)
        waiting: Any = np.int64(0)
        i: Any = np.int64(starts[text])
        stop: Any = np.int64(starts[text + 1])
        while True:
            if by_word:
                count, i, state, word, previous, waiting = read_words(
                    data, i, stop, index, table, several, steps, words, kept, state, word, previous, waiting
                )
            else:
                count, i, state, word, previous, waiting = read_characters(
                    data, i, stop, index, table, several, steps, words, kept, state, word, previous, waiting
                )
            at_end = i >= stop and waiting == 0
            if by_word and at_end and state != np.uint64(OUTSIDE * STEP):
                words[count] = word << np.uint64(1) | np.uint64(1)
                count += 1
            plain, spaced = hash_words(words, kept, count, plain, spaced)
            total += count - kept
            if count >= length or total < length:
                n = hash_shingles(words, count, length, shingles)
                lower_minima(shingles, n, multipliers, additions, minima)
            if at_end:
                break
            kept = min(length - 1, count)
            for k in range(kept):
                words[k] = words[count - kept + k]
        # Both are 0 if and only if nothing was taken in, as mixed(0) is 0.
        exact[text, 0] = mixed(plain ^ np.uint64(total))
        exact[text, 1] = mixed(spaced ^ np.uint64(total))
        for k in range(len(minima)):
            values[text, k] = np.uint16(minima[k] & np.uint32(0xFFFF))
