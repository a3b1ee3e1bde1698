"""Text that is no language: source code, data formats, dumps and tables of numbers.

Language comes in runs of words with spaces between; code has few of those and many signs. Up to four pieces of a
document are looked at, and of most documents only how many signs and digits there are.
"""

import functools

import numpy as np
import numpy.typing as npt

from langid.kernel import kernel, part

ZONES, ZONE_BYTES = 4, 1024
"""A document longer than all zones is looked at in so many places."""

LEAST_INK = 60
"""Characters other than white space: of fewer nothing is said."""

LEAST_SUSPECT = 0.025
"""Signs and digits, of the bytes looked at: with fewer a text is not looked into."""

RUN = 4
"""So many words with spaces between are prose."""

NUMBERS, NUMBERS_PROSE = 0.4, 0.3
"""Digits, of characters, from which a text is a table of numbers, where no more of its characters are in prose."""

SIGNS, SIGNS_PROSE = 0.04, 0.15
"""A text is code from a share of signs in its characters that is the greater, the more of its letters are prose:
``SIGNS + SIGNS_PROSE * prose``."""

Bytes = npt.NDArray[np.uint8]

# Kinds of bytes. A word is of letters, digits and what stands inside; a soft sign may stand at either end of it.
SOFT, BLANK, LINE, SMALL, CAPITAL, DIGIT, HARD, HIGH, MORE, INSIDE, END, OPEN, QUOTE = range(13)

# What is counted.
INK, LETTERS, PROSE, DIGITS, HARD_SIGNS, TURNS = range(6)


@functools.cache
def _kinds() -> Bytes:
    kinds = np.full(256, SOFT, np.uint8)
    kinds[:33] = BLANK
    kinds[10] = LINE
    kinds[ord("a") : ord("z") + 1] = SMALL
    kinds[ord("A") : ord("Z") + 1] = CAPITAL
    kinds[ord("0") : ord("9") + 1] = DIGIT
    for sign in "{}[]<>=_\\|&$#@*+^~`":
        kinds[ord(sign)] = HARD
    kinds[ord("'")] = kinds[ord("-")] = INSIDE
    kinds[ord(";")] = END
    kinds[ord("(")] = OPEN
    kinds[ord('"')] = QUOTE
    kinds[128:192] = MORE
    kinds[192:] = HIGH
    return kinds


@part
def _suspect(data: Bytes, start: int, stop: int, kinds: Bytes) -> int:
    """Signs of code and digits in these bytes."""
    found = 0
    for i in range(start, stop):
        kind = kinds[data[np.uintp(i)]]
        found += (kind == DIGIT) | (kind == HARD) | (kind >= END)
    return found


@part
def _count(data: Bytes, start: int, stop: int, kinds: Bytes, counts: npt.NDArray[np.int64]) -> None:
    """Add what bytes ``start`` to ``stop`` hold to ``counts``."""
    words = letters = 0  # of the run
    here = high = 0  # letters of this word, and those beyond ASCII
    touching = False  # a sign stands right behind a word
    before = LINE
    for i in range(start, stop + 1):
        kind = int(kinds[data[i]]) if i < stop else LINE
        if kind == MORE:
            continue
        sign = kind
        if kind == HIGH:
            lead, second = data[i], data[i + 1] if i + 1 < stop else 0
            mark = lead == 0xC2 or (lead == 0xE2 and second < 0xB0) or (lead == 0xE3 and second == 0x80)
            if mark or (lead == 0xEF and second >= 0xB8) or (lead == 0xF0 and second == 0x9F):
                sign = SOFT
        counts[INK] += sign > LINE or sign == SOFT
        if sign == END:
            sign = HARD if i + 1 >= stop or kinds[data[i + 1]] != BLANK else SOFT
        elif sign == OPEN:
            sign = HARD if SMALL <= before <= DIGIT else SOFT
        elif sign == QUOTE:
            # "key": "value", and not a word in quotes
            after = data[i + 1] if i + 1 < stop else 0
            counts[HARD_SIGNS] += before == HARD or after in (58, 44, 93, 125)  # : , ] }
            sign = SOFT
        if sign in (SMALL, CAPITAL, HIGH):
            if touching:  # a.b: no space behind the sign
                counts[HARD_SIGNS] += 1
                if words >= RUN:
                    counts[PROSE] += letters
                words = letters = 0
                touching = False
            here += 1
            high += sign == HIGH
            counts[LETTERS] += 1
            counts[TURNS] += (sign == CAPITAL and before == SMALL) or (sign != HIGH and before == DIGIT)
        elif sign == DIGIT:
            counts[DIGITS] += 1
            counts[TURNS] += before in (SMALL, CAPITAL)
        elif sign == INSIDE:
            pass
        else:
            if here:
                words += 1 + (high >> 2)
                letters += here
                here = high = 0
                touching = sign == SOFT and kind != HIGH
            elif sign == BLANK:
                touching = False
            if sign in (HARD, LINE):
                if words >= RUN:
                    counts[PROSE] += letters
                words = letters = 0
                touching = False
            if sign == HARD and (before != HARD or data[i] != data[i - 1]):
                counts[HARD_SIGNS] += 1
        before = sign


@kernel
def _features(
    offsets: npt.NDArray[np.int32], data: Bytes, kinds: Bytes, least: float, counts: npt.NDArray[np.int64]
) -> None:
    for document in range(len(offsets) - 1):
        first, last = int(offsets[document]), int(offsets[document + 1])
        zones = 1 if last - first <= ZONES * ZONE_BYTES else ZONES
        suspect = seen = 0
        for zone in range(zones):
            start = first + (last - first) * zone // zones
            stop = last if zones == 1 else start + ZONE_BYTES
            suspect += _suspect(data, start, stop, kinds)
            seen += stop - start
        if suspect < least * seen:
            continue
        for zone in range(zones):
            start = first + (last - first) * zone // zones
            stop = last if zones == 1 else start + ZONE_BYTES
            _count(data, start, stop, kinds, counts[document])


def label(script: str) -> str:
    """The label of code with letters of this script: one of the three that models have for no language."""
    return f"zxx_{script}" if script in ("Arab", "Latn") else "zxx_Zzzz"


def features(offsets: npt.NDArray[np.int32], data: Bytes) -> npt.NDArray[np.int64]:
    """Counts of each document, (documents, 6): characters, letters, letters in prose, digits, signs, turns of case.

    All are 0 where there are few signs and digits."""
    counts = np.zeros((len(offsets) - 1, 6), np.int64)
    _features(offsets, data, _kinds(), LEAST_SUSPECT, counts)
    return counts


def is_code(offsets: npt.NDArray[np.int32], data: Bytes) -> npt.NDArray[np.bool_]:
    """Whether each of the UTF-8 documents ``data[offsets[i]:offsets[i + 1]]`` is code, data or numbers."""
    counts = features(offsets, data)
    ink = np.maximum(counts[:, INK], 1)
    prose = counts[:, PROSE] / np.maximum(counts[:, LETTERS], 1)
    signs = (counts[:, HARD_SIGNS] + counts[:, TURNS]) / ink
    numbers = (counts[:, DIGITS] >= NUMBERS * ink) & (counts[:, PROSE] <= NUMBERS_PROSE * ink)
    found: npt.NDArray[np.bool_] = (counts[:, INK] >= LEAST_INK) & (numbers | (signs >= SIGNS + SIGNS_PROSE * prose))
    return found
