"""The pass over bytes that finds what is shaped like personal data: few places, which are then judged one by one."""

import functools

import numpy as np
import numpy.typing as npt

from filters.personal.digits import lows
from langid.kernel import inner, kernel

AT, FOUR, SIX, NUMBER, CODE = range(5)
"""Shapes: a mail address at its @, IPv4 and IPv6 at their first digit, a number of many digits at its first, and two
letters with digits and more behind them, as an IBAN has, at the first letter."""

LEAST_DIGITS = 7
"""Digits of the shortest telephone number."""
LEAST_CODE = 15
"""Letters and digits of the shortest IBAN."""
BLOCK = 4096
"""Bytes that are marked before they are looked at."""
MOST_SIGNS = 3
"""Signs between two digits of one number: ") - " is one such."""

Data = npt.NDArray[np.uint8]
Found = npt.NDArray[np.int64]

_DIGIT, _LETTER, _HEX, _FOREIGN, _HYPHEN, _JOINER = 1, 2, 4, 8, 16, 32
_WORD = _DIGIT | _LETTER | _FOREIGN


@functools.cache
def roles() -> Data:
    """What each byte may be in personal data, as bits."""
    table = np.zeros(256, np.uint8)
    table[0x80:] = _FOREIGN
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    named = (("0123456789", _DIGIT), (letters, _LETTER), ("0123456789ABCDEFabcdef", _HEX))
    for characters, role in (*named, ("-", _HYPHEN), ("._%+-", _JOINER)):
        for character in characters:
            table[ord(character)] |= role
    return table


@inner
def _digit(data: Data, i: int, stop: int, zeros: Data) -> int:
    """Bytes of the digit at ``i``; 0 where none is."""
    byte = np.int64(data[i])
    if byte < 0x80:
        return 1 if 0x30 <= byte <= 0x39 else 0
    if byte < 0xE0:
        return 2 if i + 1 < stop and 0 <= np.int64(data[i + 1]) - np.int64(zeros[byte, 64]) < 10 else 0
    if i + 2 < stop and 0 <= np.int64(data[i + 2]) - np.int64(zeros[byte, data[i + 1] & 63]) < 10:
        return 3
    return 0


@inner
def _sign(data: Data, i: int, stop: int) -> int:
    """Bytes of the sign between digits at ``i``; 0 where none is. Which signs, ``digits.BETWEEN`` and its likes say."""
    byte = data[i]
    if byte < 0x80:
        return 1 if byte == 0x20 or byte == 0x28 or byte == 0x29 or 0x2D <= byte <= 0x2F else 0
    if byte == 0xC2 and i + 1 < stop:
        return 2 if data[i + 1] == 0xA0 or data[i + 1] == 0xAD else 0
    if i + 2 >= stop:
        return 0
    second, third = data[i + 1], data[i + 2]
    if byte == 0xE2:
        if second == 0x80:
            return 3 if 0x82 <= third <= 0x8A or 0x90 <= third <= 0x95 or third == 0xAF else 0
        return 3 if second == 0x88 and third == 0x92 else 0
    if byte == 0xE3:
        return 3 if (second == 0x80 and third == 0x80) or (second == 0x83 and third == 0xBC) else 0
    if byte == 0xEF and second == 0xBC:
        return 3 if 0x88 <= third <= 0x89 or 0x8D <= third <= 0x8F else 0
    return 0


@inner
def _run(data: Data, i: int, stop: int, zeros: Data) -> tuple[int, int]:
    """Where the run of digits and signs that begins at ``i`` ends, and how many digits are in it."""
    digits = signs = 0
    end = i
    while i < stop:
        size = _digit(data, i, stop, zeros)
        if size:
            digits += 1
            signs = 0
            i += size
            end = i
        else:
            size = _sign(data, i, stop)
            signs += 1
            if not size or signs > MOST_SIGNS:
                break
            i += size
    return end, digits


@inner
def _code(data: Data, i: int, stop: int, kinds: Data, zeros: Data) -> int:
    """Letters and digits from ``i`` on, with single spaces or hyphens between them, counted up to LEAST_CODE."""
    count = 0
    while i < stop and count < LEAST_CODE:
        size = 1 if kinds[data[i]] & _LETTER else _digit(data, i, stop, zeros)
        if size:
            count += 1
            i += size
        elif (data[i] == 0x20 or data[i] == 0x2D) and i + 1 < stop:
            i += 1
            if not (kinds[data[i]] & _LETTER or _digit(data, i, stop, zeros)):
                break
        else:
            break
    return count


@inner
def _mark(data: Data, start: int, stop: int, marks: Data) -> None:
    """Mark the bytes at which something may begin: @ . : and digits, of scripts in three bytes a few letters too.

    Nothing but comparisons of bytes with constants, so that many bytes are looked at in one instruction.
    """
    for i in range(stop - start):
        a = data[np.uintp(start + i)]
        b = data[np.uintp(start + i + 1)]
        c = data[np.uintp(start + i + 2)]
        ascii = (a >= 0x30) & (a <= 0x3A) | (a == 0x2E) | (a == 0x40)
        two = (
            (a == 0xD9) & (b >= 0xA0) & (b <= 0xA9)
            | (a == 0xDB) & (b >= 0xB0) & (b <= 0xB9)
            | (a == 0xDF) & (b <= 0x89)
        )
        indic = (b >= 0xA5) & (b <= 0xB7) & (c >= 0xA6) & (c <= 0xAF) & ((b & 1) == 1)
        lao = (b >= 0xB9) & (b <= 0xBC) & (c >= 0x90) & (c <= 0xA9)
        east = (b == 0x81) | (b == 0x82) | (b == 0x9F) | (b == 0xA0) | (b >= 0xA5) & (b <= 0xB1)
        three = (a == 0xE0) & (indic | lao) | (a == 0xE1) & east | (a == 0xEA) & (b >= 0x98) & (b <= 0xAF)
        wide = (a == 0xEF) & (b == 0xBC) & (c >= 0x90) & (c <= 0x99)
        marks[np.uintp(i)] = ascii | two | three | wide


@inner
def _shape(data: Data, i: int, first: int, stop: int, walked: int, kinds: Data, zeros: Data) -> tuple[int, int, int]:
    """What is at byte ``i`` of a document: its shape or -1, where it begins, and how far digits were gone through."""
    byte = data[i]
    at = i
    if byte >= 0x80 or kinds[byte] & _DIGIT:
        if i < walked or not _digit(data, i, stop, zeros):
            return -1, at, walked
        end, digits = _run(data, i, stop, zeros)
        if i == first or not (kinds[data[i - 1]] & _LETTER or data[i - 1] == 0x5F):
            return NUMBER if digits >= LEAST_DIGITS else -1, at, end
        at = i - 2
        if at >= first and kinds[data[at]] & _LETTER and (at == first or not kinds[data[at - 1]] & (_DIGIT | _LETTER)):
            return CODE if _code(data, at, stop, kinds, zeros) == LEAST_CODE else -1, at, end
        return -1, at, end
    if i == first or i + 1 >= stop:
        return -1, at, walked
    before, after = kinds[data[i - 1]], kinds[data[i + 1]]
    if byte == 0x40:
        if before & (_WORD | _JOINER) and after & _WORD:
            k = i + 1
            while k < stop and kinds[data[k]] & (_WORD | _HYPHEN):
                k += 1
            if k + 1 < stop and data[k] == 0x2E and kinds[data[k + 1]] & _WORD:
                return AT, at, walked
    elif byte == 0x2E:
        if before & after & _DIGIT:
            while at > first and kinds[data[at - 1]] & _DIGIT and at > i - 4:
                at -= 1
            dots = 0
            k = i
            while k + 1 < stop and data[k] == 0x2E and kinds[data[k + 1]] & _DIGIT and dots < 3:
                dots += 1
                k += 2
                while k < stop and kinds[data[k]] & _DIGIT and k < i + 12:
                    k += 1
            if dots == 3 and (at == first or data[at - 1] != 0x2E):
                return FOUR, at, walked
    elif i >= first + 4 and before & _HEX and (after & _HEX or data[i + 1] == 0x3A):
        at = i - 4
        if data[at] == 0x32 or data[at] == 0x33:
            return SIX, at, walked
    return -1, at, walked


@kernel
def shaped(
    offsets: npt.NDArray[np.int32],
    data: Data,
    kinds: Data,
    zeros: Data,
    marks: Data,
    eights: npt.NDArray[np.uint64],
    found: Found,
) -> int:
    """Write (document, byte, shape) of what is shaped like personal data, in the order in which it ends in sight.

    ``marks`` is room to work in, of BLOCK bytes, and ``eights`` the same room, eight bytes at a time. Returns how many
    there are, which may be more than ``found``, shape (m, 3), holds.
    """
    n = 0
    for document in range(len(offsets) - 1):
        first, stop = offsets[document] + 0, offsets[document + 1] + 0  # as 64 bits
        walked = first
        for block in range(first, stop, BLOCK):
            end = min(block + BLOCK, stop)
            whole = max(block, min(end, len(data) - 2))
            _mark(data, block, whole, marks)
            marks[whole - block : end - block] = 1
            k = end - block
            while k & 7:
                marks[k] = 0
                k += 1
            for eight in range(k >> 3):
                if not eights[eight]:
                    continue
                for j in range(eight << 3, (eight << 3) + 8):
                    if not marks[j]:
                        continue
                    i = block + j
                    shape, at, walked = _shape(data, i, first, stop, walked, kinds, zeros)
                    if shape >= 0:
                        if n < len(found):
                            found[n, 0] = document
                            found[n, 1] = at - first
                            found[n, 2] = shape
                        n += 1
    return n


def find(offsets: npt.NDArray[np.int32], data: Data) -> Found:
    """(document, byte, shape) of what is shaped like personal data, (n, 3)."""
    if not len(data):
        return np.empty((0, 3), np.int64)
    marks = np.zeros(BLOCK, np.uint8)
    found = np.empty((64 + len(data) // 256, 3), np.int64)
    count = shaped(offsets, data, roles(), lows(), marks, marks.view(np.uint64), found)
    if count > len(found):
        found = np.empty((count, 3), np.int64)
        shaped(offsets, data, roles(), lows(), marks, marks.view(np.uint64), found)
    return found[:count]
