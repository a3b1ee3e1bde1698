"""The texts of many JSON strings at once, into Arrow: no Python string is made of any of them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.kernel import inline, kernel

Bytes = npt.NDArray[np.uint8]
Ends = npt.NDArray[np.int32]


@kernel
def _unescape(starts: Ends, data: Bytes, ends: Ends, out: Bytes, unsure: Bytes) -> None:
    """Text of each string to ``out``; ``unsure`` where nothing in it is plainly no white space.

    Indices are unsigned: signed ones are looked at for a count from the end, which keeps loops from being vectorised.
    """
    slash = np.uint8(0x5C)
    o = np.int64(0)
    ends[0] = 0
    for row in range(len(starts) - 1):
        i, stop = np.int64(starts[row]) + 1, np.int64(starts[row + 1]) - 1
        begun = o
        while i < stop:
            j = i
            while j + 32 <= stop:
                found = np.uint8(0)
                for k in range(32):
                    found |= np.uint8(data[np.uint64(j + k)] == slash)
                if found:
                    break
                j += 32
            while j < stop and data[np.uint64(j)] != slash:
                j += 1
            for k in range(j - i):
                out[np.uint64(o + k)] = data[np.uint64(i + k)]
            o += j - i
            i = j + 2
            if j >= stop:
                break
            code = np.int64(data[j + 1])
            if code != 0x75:
                if code == 0x6E:
                    code = np.int64(0x0A)
                elif code == 0x74:
                    code = np.int64(0x09)
                elif code == 0x72:
                    code = np.int64(0x0D)
                elif code == 0x62:
                    code = np.int64(0x08)
                elif code == 0x66:
                    code = np.int64(0x0C)
                out[o] = code
                o += 1
                continue
            code = np.int64(0)
            pair = False
            while True:
                half = np.int64(0)
                for k in range(4):
                    digit = np.int64(data[i + k])
                    half = half << 4 | (digit & 0xF) + (9 if digit > 0x39 else 0)
                i += 4
                if pair:
                    code = 0x10000 + (code & 0x3FF) * 0x400 + (half & 0x3FF)
                    break
                code = half
                if code >> 10 != 0x36:
                    break
                pair = True
                i += 2
            size = 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
            for k in range(size - 1, 0, -1):
                out[o + k] = 0x80 | code & 0x3F
                code >>= 6
            out[o] = code if size == 1 else (0xF00 >> size) & 0xFF | code
            o += size
        ends[row + 1] = o
        unsure[row] = 1
        for k in range(begun, o):
            byte = np.int64(out[k])
            # Spaces outside ASCII begin with C2, E1 9A, E2 80, E2 81 or E3 80.
            after = np.int64(out[k + 1]) if k + 1 < o else 0
            if byte == 0xE1:
                sure = after != 0x9A
            elif byte == 0xE2:
                sure = after != 0x80 and after != 0x81
            elif byte == 0xE3:
                sure = after != 0x80
            else:
                sure = 0x20 < byte < 0x80 or byte > 0xC2
            if sure:
                unsure[row] = 0
                break


@inline
def _wrong(byte: np.uint8, one: np.uint8, two: np.uint8, three: np.uint8) -> np.uint8:
    """Other than 0 where a byte cannot stand in UTF-8 after the three before it, of which ``one`` is the nearest."""
    awaited = (one >= np.uint8(0xC0)) | (two >= np.uint8(0xE0)) | (three >= np.uint8(0xF0))
    follows = (byte >= np.uint8(0x80)) & (byte < np.uint8(0xC0))
    never = (byte == np.uint8(0xC0)) | (byte == np.uint8(0xC1)) | (byte >= np.uint8(0xF5))
    low = (one == np.uint8(0xE0)) & (byte < np.uint8(0xA0)) | (one == np.uint8(0xF0)) & (byte < np.uint8(0x90))
    high = (one == np.uint8(0xED)) & (byte >= np.uint8(0xA0)) | (one == np.uint8(0xF4)) & (byte >= np.uint8(0x90))
    return np.uint8((awaited != follows) | never | low | high)


@kernel
def is_sound(ends: Ends, data: Bytes) -> bool:
    """Whether all strings are UTF-8: as one text, of which none begins within a character.

    Each byte is held against the three before it, without a branch, so that many are looked at at a time: Arrow's own
    look takes four times as long.
    """
    n = np.int64(ends[-1])
    wrong = np.uint8(0)
    for i in range(3, n):
        byte, one = data[np.uint64(i)], data[np.uint64(i - 1)]
        wrong = np.uint8(wrong | _wrong(byte, one, data[np.uint64(i - 2)], data[np.uint64(i - 3)]))
    near = np.zeros(9, np.uint8)  # both ends, with zeros beyond them
    for edge in (0, n):
        for k in range(9):
            near[k] = data[edge + k - 3] if 0 <= edge + k - 3 < n else np.uint8(0)
        for k in range(3, 6):
            wrong = np.uint8(wrong | _wrong(near[k], near[k - 1], near[k - 2], near[k - 3]))
    for row in range(len(ends) - 1):
        if ends[row] < n and data[ends[row]] & 0xC0 == 0x80:
            return False
    return bool(wrong == 0)


def unescape(strings: Sequence[memoryview]) -> tuple[pa.StringArray, list[int]]:
    """Texts of JSON strings in their quotation marks, whose escapes were found right, and the rows that need a look.

    These are the empty, those of nothing but white space, and those that are not UTF-8.
    """
    starts = np.zeros(len(strings) + 1, np.int32)
    np.cumsum([len(string) for string in strings], out=starts[1:])
    data = np.frombuffer(bytearray().join(strings), np.uint8)
    ends, out, unsure = np.empty_like(starts), np.empty(len(data), np.uint8), np.zeros(len(strings), np.uint8)
    _unescape(starts, data, ends, out, unsure)
    texts = pa.StringArray.from_buffers(len(strings), pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]]))
    odd = {row for row in np.flatnonzero(unsure).tolist() if not _has_letters(texts[row])}
    if not is_sound(ends, out):
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            odd.update(row for row in range(len(texts)) if not _is_utf8(texts[row]))
    return texts, sorted(odd)


def _has_letters(text: pa.StringScalar) -> bool:
    told = text.as_buffer().to_pybytes().decode("utf-8", "replace")
    return bool(told) and not told.isspace()


def _is_utf8(text: pa.StringScalar) -> bool:
    try:
        text.as_buffer().to_pybytes().decode()
    except UnicodeDecodeError:
        return False
    return True
