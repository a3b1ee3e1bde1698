"""Decimal digits of every script, and the signs written between them, read as their ASCII likes."""

import functools
import string

import numpy as np
import numpy.typing as npt

ZEROS = "0٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪐᭐᮰᱐꘠꣐꤀꧐꩐꯰０"
"""Zero of each script whose digits stand in a row of ten, in the Basic Multilingual Plane.

Where two rows share all bytes of UTF-8 but the last, the one in wider use."""

SIGNS = {
    " ": "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000",
    "-": "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\u30fc",
    "(": "（",
    ")": "）",
    "+": "＋",
    ".": "．",
    "/": "／",
    ":": "：",
    "@": "＠",
}
"""What is read as each sign: spaces of any width, hyphens and dashes, the forms of East Asian typesetting."""

BETWEEN = " -.()/"
"""Signs between the digits of one number. Those unlike them (commas, tabs, line ends) part two numbers."""


@functools.cache
def _plain() -> dict[int, str]:
    digits = {ord(zero) + value: str(value) for zero in ZEROS for value in range(10)}
    wide = {0xFEE0 + ord(letter): letter for letter in string.ascii_letters}
    return digits | wide | {ord(other): sign for sign, others in SIGNS.items() for other in others}


def plain(text: str) -> str:
    """The text with digits, signs and wide letters read as ASCII, code point for code point."""
    return text if text.isascii() else text.translate(_plain())


@functools.cache
def lows() -> npt.NDArray[np.uint8]:
    """The last byte of zero in UTF-8, by its first and the low six bits of its second; 255 where no digits are.

    Of digits of two bytes, by the first byte and 64.
    """
    table = np.full((256, 128), 255, np.uint8)
    for zero in ZEROS[1:]:
        raw = zero.encode()
        table[raw[0], raw[1] & 63 if len(raw) == 3 else 64] = raw[-1]
    return table
