"""Traces of what is not running text: mail addresses, markup, forms not filled in, verse numbers, notes, code."""

from typing import Any

import numpy as np
import numpy.typing as npt

from langid.blocks import ONE, SIZE, among, first, within
from langid.kernel import inline, inner
from langid.rows import ones

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]

# Columns of what is counted here: places where such a trace begins, by bytes of ASCII.
MAILS, MARKUP, PLACEHOLDERS, VERSES, NOTES, DANGER, COLUMNS = range(7)

_dangers = among(("/", "9"), ("(", ")"), ("+", "+"), (">", ">"), ("{", "{"), ("}", "}"))
_suspects = among(("%", "&"), ("(", "("), (":", "<"), ("@", "@"), ("[", "["), ("{", "{"))
"""Of every trace but danger a byte that is seldom met: its first, or its second of those that have a letter first."""


@inline
def _digit(byte: Any) -> Any:
    return (byte >= 48) & (byte <= 57)


@inline
def _letter(byte: Any) -> Any:
    return (byte | 32 >= 97) & (byte | 32 <= 122)


@inline
def _mail(a: Any, b: Any, c: Any) -> Any:
    """x@x: letters, digits or what is beyond ASCII at both sides."""
    before = _letter(a) | _digit(a) | (a >= 128)
    return before & (b == 64) & (_letter(c) | _digit(c) | (c >= 128))


@inline
def _markup(a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """<x </ <! and &#0 &nb &amp; &lt; &gt; &qu."""
    tag = (a == 60) & (_letter(b) | (b == 47) | (b == 33))
    named = ((b == 110) & (c == 98)) | ((b == 113) & (c == 117)) | ((b == 97) & (c == 109) & (d == 112) & (e == 59))
    entity = named | ((b == 35) & _digit(c)) | (((b == 108) | (b == 103)) & (c == 116) & (d == 59))
    return tag | ((a == 38) & entity)


@inline
def _placeholder(a: Any, b: Any) -> Any:
    """{{ and ${ and <%"""
    return ((b == 123) & ((a == 123) | (a == 36))) | ((a == 60) & (b == 37))


@inline
def _printed(a: Any, b: Any, c: Any) -> Any:
    """%s and %d with no letter behind."""
    return (a == 37) & ((b == 115) | (b == 100)) & ~_letter(c)


@inline
def _verse(a: Any, b: Any, c: Any) -> Any:
    """0:0, as chapters and verses are cited."""
    return _digit(a) & (b == 58) & _digit(c)


@inline
def _note(a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """[0] [00] [000] and (1000 to (2999, as encyclopaedias have notes and years of lives."""
    closed = (c == 93) | (_digit(c) & ((d == 93) | (_digit(d) & (e == 93))))
    year = (a == 40) & ((b == 49) | (b == 50)) & _digit(c) & _digit(d) & _digit(e)
    return ((a == 91) & _digit(b) & closed) | year


@inner
def traces(data: Bytes, start: int, stop: int, row: Counts) -> None:
    """Add the traces in bytes ``start`` to ``stop`` to ``row`` (COLUMNS,).

    The first and the last bytes are read as if white space came before and behind them.
    """
    blank = np.uint8(32)
    for begin in range(start, stop, SIZE):
        i: Any = np.int64(begin)
        here = within(min(stop - i, SIZE))
        row[DANGER] += np.int64(ones(_dangers(data, i) & here))
        suspects = _suspects(data, i) & here
        while suspects:
            k: Any = i + first(suspects)
            suspects &= suspects - ONE
            left = stop - k
            before = data[k - 1] if k > start else blank
            a = data[k]
            b = data[k + 1] if left > 1 else blank
            c = data[k + 2] if left > 2 else blank
            d = data[k + 3] if left > 3 else blank
            e = data[k + 4] if left > 4 else blank
            row[MAILS] += _mail(before, a, b)
            row[MARKUP] += _markup(a, b, c, d, e)
            row[PLACEHOLDERS] += _placeholder(before, a)
            row[PLACEHOLDERS] += _printed(a, b, c)
            row[VERSES] += _verse(before, a, b)
            row[NOTES] += _note(a, b, c, d, e)
