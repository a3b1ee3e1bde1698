"""NFC in one pass over bytes: only where a mark, or what may compose, stands, is anything decoded."""

import functools
import re
import unicodedata
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.needs import (
    COMBINING,
    MARK,
    ODD,
    SECOND,
    TABLE_END,
    Data,
    Flags,
    Number,
    Offsets,
    Pairs,
    decomposing,
    table,
)
from langid.kernel import buffers, kernel

MOST = 256
"""Code points from one starter to the next that the kernel takes; heaps beyond are left to Python, like jamo."""
GROWTH = 3
"""NFC makes no text longer than so many times its UTF-8."""

MOST_MARKS, JOINER = 1000, "\u034f"
"""After so many marks in a row, which no script has, a combining grapheme joiner parts them: the way of Unicode's
Stream-Safe Text Format."""

Points = npt.NDArray[np.int32]


class Composition(NamedTuple):
    """Row of each code point in ``starts``, 0 where it does not decompose; row r is ``parts[starts[r]:starts[r + 1]]``.

    ``pairs`` are first << 21 | second, sorted, and ``whole`` what each composes to.
    """

    rows: npt.NDArray[np.uint16]
    starts: Points
    parts: Points
    pairs: Pairs
    whole: Points


@functools.cache
def composition() -> Composition:
    """The tables, made from ``unicodedata`` at first use (10 ms)."""
    rows = np.zeros(TABLE_END, np.uint16)
    starts, parts = [0, 0], []  # type: list[int], list[int]
    pairs: dict[int, int] = {}
    for code_point in decomposing():
        character = chr(code_point)
        parts += map(ord, unicodedata.normalize("NFD", character))
        starts.append(len(parts))
        rows[code_point] = len(starts) - 2
        if unicodedata.normalize("NFC", character) == character:
            first, second = unicodedata.decomposition(character).split()
            pairs[int(first, 16) << 21 | int(second, 16)] = code_point
    keys = sorted(pairs)
    return Composition(
        rows,
        np.array(starts, np.int32),
        np.array(parts, np.int32),
        np.array(keys, np.int64),
        np.array([pairs[key] for key in keys], np.int32),
    )


@kernel
def _compose(
    offsets: Offsets,
    data: Data,
    flags: Flags,
    rows: npt.NDArray[np.uint16],
    starts: Points,
    parts: Points,
    pairs: Pairs,
    whole: Points,
    codes: Points,
    orders: Points,
    ends: Offsets,
    out: Data,
    left: npt.NDArray[np.uint8],
) -> None:
    """NFC of each document to ``out``; those that are marked in ``left`` have nothing there.

    A segment is a character that never joins what precedes it, with all up to the next such: it is decomposed, put in
    order and composed by itself. ``codes`` and ``orders`` are room for one, shape (MOST,).
    """
    o: Number = 0
    ends[0] = 0
    for document in range(len(offsets) - 1):
        first, stop = np.int64(offsets[document]), np.int64(offsets[document + 1])
        i = copied = segment = first
        dirty = False
        while True:
            if not dirty and i < stop and data[i] < 0x80:
                while i < stop and data[i] < 0x80:
                    i += 1
                segment = i - 1
            length: Number = 0
            if i < stop:
                byte = np.int64(data[i])
                length = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                code_point: Number = byte if byte < 0x80 else byte & 0xFF >> length + 1
                for k in range(i + 1, i + length):
                    code_point = code_point << 6 | data[k] & 0x3F
                flag = np.int64(flags[code_point]) if code_point < TABLE_END else 0
                if flag & (MARK | SECOND | ODD):
                    dirty = True
                    i += length
                    continue
            if dirty:
                n = 0
                j = segment
                while j < i and n < MOST:
                    byte = np.int64(data[j])
                    size = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                    code: Number = byte if byte < 0x80 else byte & 0xFF >> size + 1
                    for k in range(j + 1, j + size):
                        code = code << 6 | data[k] & 0x3F
                    j += size
                    row = np.int64(rows[code]) if code < TABLE_END else 0
                    many = 1 if row == 0 else np.int64(starts[row + 1] - starts[row])
                    jamo = row == 0 and code < TABLE_END and flags[code] & ODD != 0
                    if jamo or n + many > MOST:
                        n = MOST + 1
                        break
                    for k in range(many):
                        part = code if row == 0 else np.int64(parts[starts[row] + k])
                        order = np.int64(flags[part] >> COMBINING) if part < TABLE_END else 0
                        at = n
                        while order and at and orders[at - 1] > order:
                            codes[at], orders[at] = codes[at - 1], orders[at - 1]
                            at -= 1
                        codes[at], orders[at] = part, order
                        n += 1
                if n > MOST or j < i:
                    left[document] = 1
                    break
                for k in range(copied, segment):
                    out[o] = data[k]
                    o += 1
                copied = i
                m = 0
                starter = -1
                for k in range(n):
                    code, order = np.int64(codes[k]), np.int64(orders[k])
                    if starter >= 0 and (starter == m - 1 or orders[m - 1] < order):
                        wanted = np.int64(codes[starter]) << 21 | code
                        low, high = 0, len(pairs)
                        while low < high:
                            middle = (low + high) >> 1
                            if pairs[middle] < wanted:
                                low = middle + 1
                            else:
                                high = middle
                        if low < len(pairs) and pairs[low] == wanted:
                            codes[starter] = whole[low]
                            continue
                    if order == 0:
                        starter = m
                    codes[m], orders[m] = code, order
                    m += 1
                for k in range(m):
                    code = np.int64(codes[k])
                    if code < 0x80:
                        out[o] = code
                        o += 1
                        continue
                    size = 2 if code < 0x800 else 3 if code < 0x10000 else 4
                    for later in range(size - 1, 0, -1):
                        out[o + later] = 0x80 | code & 0x3F
                        code >>= 6
                    out[o] = (0xF00 >> size) & 0xFF | code
                    o += size
                dirty = False
            if i >= stop:
                break
            segment = i
            i += length
        if left[document]:
            o = np.int64(ends[document])
        else:
            for k in range(copied, stop):
                out[o] = data[k]
                o += 1
        ends[document + 1] = o


@functools.cache
def _marks() -> str:
    """A class of all marks, as regular expressions write it."""
    marks = np.flatnonzero(table().flags & MARK)
    ranges = np.split(marks, np.flatnonzero(np.diff(marks) > 1) + 1)
    return "[" + "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in ranges) + "]"


def _by_python(text: str) -> str:
    """NFC of the text. Python puts marks in order one by one, so the longest heaps of them are parted first."""
    if re.search(_marks() + "{2}", text[:: MOST_MARKS // 2]):
        text = re.sub(f"{_marks()}{{{MOST_MARKS}}}(?={_marks()})", lambda heap: heap[0] + JOINER, text)
    return unicodedata.normalize("NFC", text)


def compose(texts: pa.StringArray) -> pa.StringArray:
    """NFC of each text, which must be whole UTF-8."""
    offsets, data = buffers(texts)
    ends = np.empty(len(offsets), np.int32)
    out = np.empty(GROWTH * int(offsets[-1] - offsets[0]), np.uint8)
    left = np.zeros(len(texts), np.uint8)
    codes, orders = np.empty(MOST, np.int32), np.empty(MOST, np.int32)
    _compose(offsets, data, table().flags, *composition(), codes, orders, ends, out, left)
    composed = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]].copy()))
    rows = np.flatnonzero(left)
    if not len(rows):
        return composed
    rest = pa.array([_by_python(text) for text in texts.take(pa.array(rows)).to_pylist()], pa.string())
    place = np.arange(len(texts))
    place[rows] = len(texts) + np.arange(len(rows))
    return pa.concat_arrays([composed, rest]).take(pa.array(place))
