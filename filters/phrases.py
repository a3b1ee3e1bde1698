"""Phrases that tell of page machinery (C4): found in bytes, in small or capital ASCII letters."""

from typing import Any

import numpy as np
import numpy.typing as npt

from langid.kernel import inner

Bytes = npt.NDArray[np.uint8]

LOREM_IPSUM, JAVASCRIPT, COOKIES, PRIVACY, TERMS = 1, 2, 4, 8, 16
"""Bits of a hint: the text may hold such a phrase."""

PHRASES = (
    b"lorem ipsum",
    b"javascript",
    b"terms of use",
    b"privacy policy",
    b"cookie policy",
    b"uses cookies",
    b"use of cookies",
    b"use cookies",
)
_numbers: Any = np.arange(5)  # no literals, for each of which Numba would compile the search once more
LOREM_IPSUM_PHRASE, JAVASCRIPT_PHRASE, TERMS_PHRASE, PRIVACY_PHRASE, FIRST_COOKIE_PHRASE = _numbers

_TEXT = np.frombuffer(b"".join(PHRASES), np.uint8)
_BEGINS = np.cumsum([0, *map(len, PHRASES)])


@inner
def hints(data: Bytes, start: int, stop: int) -> int:
    """Which phrases a text may hold, by a rare part of each; a loop without branches, so that it is vectorised."""
    text = data[start:stop]
    lorem = javascript = cookies = privacy = terms = False
    for i in range(len(text) - 4):
        a, b, c = text[i] | 32, text[i + 1] | 32, text[i + 2] | 32
        d, e = text[i + 3] | 32, text[i + 4] | 32
        lorem |= (a == 109) & (b == 32) & (c == 105) & (d == 112) & (e == 115)  # "m ips"
        javascript |= (a == 118) & (b == 97) & (c == 115) & (d == 99) & (e == 114)  # "vascr"
        cookies |= (a == 111) & (b == 111) & (c == 107) & (d == 105) & (e == 101)  # "ookie"
        privacy |= (a == 118) & (b == 97) & (c == 99) & (d == 121) & (e == 32)  # "vacy "
        terms |= (a == 102) & (b == 32) & (c == 117) & (d == 115) & (e == 101)  # "f use"
    return lorem | javascript << 1 | cookies << 2 | privacy << 3 | terms << 4


@inner
def contains(data: Bytes, start: int, stop: int, phrase: int) -> bool:
    """Whether bytes ``start`` to ``stop`` hold the phrase of that number, small or capital."""
    begin, end = _BEGINS[phrase], _BEGINS[phrase + 1]
    length = end - begin
    first = _TEXT[begin]
    for i in range(start, stop - length + 1):
        if data[i] | 32 == first:
            j = 1
            while j < length and (data[i + j] | 32) == _TEXT[begin + j]:
                j += 1
            if j == length:
                return True
    return False


@inner
def policy(data: Bytes, start: int, stop: int, hinted: int) -> bool:
    """Whether the bytes speak of terms of use, privacy or cookies."""
    if hinted & TERMS and contains(data, start, stop, TERMS_PHRASE):
        return True
    if hinted & PRIVACY and contains(data, start, stop, PRIVACY_PHRASE):
        return True
    if hinted & COOKIES:
        for phrase in range(FIRST_COOKIE_PHRASE, len(PHRASES)):
            if contains(data, start, stop, phrase):
                return True
    return False
