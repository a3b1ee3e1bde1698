"""Traces of what is not running text: mail addresses, markup, forms not filled in, verse numbers, notes, code."""

from typing import Any

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, inner

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]

# Columns of what is counted here: places where such a trace begins, by bytes of ASCII.
MAILS, MARKUP, PLACEHOLDERS, VERSES, NOTES, DANGER, COLUMNS = range(7)

REACH = 5
"""Bytes of which a trace is told."""
BLOCK = 128


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
def _placeholder(a: Any, b: Any, c: Any) -> Any:
    """{{ and ${ and <% and %s %d with no letter behind."""
    printed = (a == 37) & ((b == 115) | (b == 100)) & ~_letter(c)
    return ((b == 123) & ((a == 123) | (a == 36))) | ((a == 60) & (b == 37)) | printed


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


@inline
def _danger(a: Any) -> Any:
    """0-9 { } + / ( ) >"""
    return ((a >= 47) & (a <= 57)) | (a == 123) | (a == 125) | (a == 43) | (a == 40) | (a == 41) | (a == 62)


@inner
def traces(data: Bytes, start: int, stop: int, row: Counts) -> None:
    """Add the traces in bytes ``start`` to ``stop`` to ``row`` (COLUMNS,).

    A loop without branches, so that it is vectorised; the last bytes are read as if white space came behind them.
    """
    text = data[start:stop]
    whole = max(len(text) - REACH + 1, 0)
    for begin in range(0, whole, BLOCK):
        block = text[begin : min(begin + BLOCK, whole) + REACH - 1]
        # small, so that a vector holds many
        mails = markup = placeholders = verses = notes = danger = np.uint8(0)
        for i in range(len(block) - REACH + 1):
            a, b, c, d, e = block[i], block[i + 1], block[i + 2], block[i + 3], block[i + 4]
            mails = np.uint8(mails + _mail(a, b, c))
            markup = np.uint8(markup + _markup(a, b, c, d, e))
            placeholders = np.uint8(placeholders + _placeholder(a, b, c))
            verses = np.uint8(verses + _verse(a, b, c))
            notes = np.uint8(notes + _note(a, b, c, d, e))
            danger = np.uint8(danger + _danger(a))
        row[MAILS] += np.int64(mails)
        row[MARKUP] += np.int64(markup)
        row[PLACEHOLDERS] += np.int64(placeholders)
        row[VERSES] += np.int64(verses)
        row[NOTES] += np.int64(notes)
        row[DANGER] += np.int64(danger)
    for i in range(whole, len(text)):
        left = len(text) - i
        blank = np.uint8(32)
        a = text[i]
        b = text[i + 1] if left > 1 else blank
        c = text[i + 2] if left > 2 else blank
        d = text[i + 3] if left > 3 else blank
        row[MAILS] += _mail(a, b, c)
        row[MARKUP] += _markup(a, b, c, d, blank)
        row[PLACEHOLDERS] += _placeholder(a, b, c)
        row[VERSES] += _verse(a, b, c)
        row[NOTES] += _note(a, b, c, d, blank)
        row[DANGER] += _danger(a)
