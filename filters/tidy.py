"""Control characters out, line ends and runs of spaces folded: text to shorter text, byte by byte."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.needs import DROP, LINE, SPACE, TABLE_END, THIN, UNSPACED, Data, Flags, Number, Offsets, table
from langid.kernel import buffers, kernel

MOST_LINES = 2
"""Line feeds that may follow one another: one empty line."""


@kernel
def _tidy(offsets: Offsets, data: Data, flags: Flags, ends: Offsets, out: npt.NDArray[np.uint8]) -> None:
    o: Number = 0
    ends[0] = 0
    for document in range(len(offsets) - 1):
        first, stop = np.int64(offsets[document]), np.int64(offsets[document + 1])
        start = o
        shown: Number = o  # end of the last character that is seen
        kept: Number = o  # end of the last one that is no space or tab
        lines = 0
        space: Number = -1  # what the run of spaces at the end of ``out`` is made of, and where it begins
        space_from: Number = 0
        i = first
        while i < stop:
            byte = np.int64(data[i])
            if byte > 0x20 and byte < 0x7F:
                out[o] = byte
                o += 1
                i += 1
                shown = kept = o
                lines = 0
                space = -1
                continue
            code_point: Number = byte
            length: Number = 1
            if byte >= 0xC0:
                length = min(2 if byte < 0xE0 else 3 if byte < 0xF0 else 4, stop - i)
                code_point = byte & 0xFF >> length + 1
                for k in range(i + 1, i + length):
                    code_point = code_point << 6 | data[k] & 0x3F
            flag = np.int64(flags[code_point]) if code_point < TABLE_END else 0
            if flag & THIN and i >= first + 3 and data[i - 3] & 0xF0 == 0xE0:
                before = (data[i - 3] & 0xF) << 12 | (data[i - 2] & 0x3F) << 6 | data[i - 1] & 0x3F
                flag = 0 if flags[before] & UNSPACED else flag
            copied = length
            if flag & (DROP | THIN):
                copied = 0
            elif flag & LINE:
                copied = 0
                if byte != 0x0D or i + 1 == stop or data[i + 1] != 0x0A:
                    o = kept
                    space = -1
                    if shown > start and lines < MOST_LINES:
                        out[o] = 0x0A
                        o += 1
                        lines += 1
                    kept = o
            elif flag & SPACE:
                if byte == 0x09:
                    space = -1
                elif space < 0:
                    space, space_from = code_point, o
                else:
                    if space != code_point:  # unlike spaces in a run become a plain one
                        out[space_from] = space = 0x20
                        o = space_from + 1
                    copied = 0
                if shown == start:
                    copied, space = 0, -1
            for k in range(copied):
                out[o + k] = data[i + k]
            o += copied
            i += length
            if copied and flag & SPACE == 0:
                shown = kept = o
                lines = 0
                space = -1
        o = shown
        ends[document + 1] = o


def tidy(texts: pa.StringArray) -> pa.StringArray:
    """Each text without the characters that are no text, with \\n for every line end and at most two of them in a row,
    one space for a run of spaces (the same one where all are alike), none at the end of a line or of the text.
    """
    offsets, data = buffers(texts)
    ends = np.empty(len(offsets), np.int32)
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    _tidy(offsets, data, table().flags, ends, out)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]]))
