"""What the text of a block is like, counted over its characters: the same for every script, without lists of words."""

# ruff: noqa: SIM109 (Numba compiles "in" anew for each tuple, which takes longer than the function it is in)

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from langid.unicode import (
    CATEGORY_MASK,
    DECIMAL,
    LAST_LETTER,
    LAST_MARK,
    LAST_NUMBER,
    LAST_PUNCTUATION,
    LAST_SYMBOL,
    SCRIPT_MASK,
    SCRIPT_SHIFT,
    SCRIPTS,
    SENTENCE_END,
    UPPERCASE,
    decode,
)
from pipeline.extract.elements import TITLE_KIND
from pipeline.extract.rows import BLOCKS, END, EVENT_END, EVENT_KIND, EVENT_STOP, EVENTS, START

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

WEIGHT, POINTS, WORDS_IN, ENDINGS, COMMAS, DIGITS, CAPITALS, SIGNS, FIRST, LAST, TITLED, LETTERS_IN, SAME = range(13)
MEASURES = 13
"""Length, in letters of an alphabet; code points; words; ends of sentences; commas and the like; digits; capitals;
symbols; the kinds of the first and last character; words that the page's title has; letters, marks; a hash."""

# Kinds of a character at an edge.
NO_EDGE, CAPITAL_EDGE, LETTER_EDGE, DIGIT_EDGE, ENDING_EDGE, COLON_EDGE, COMMA_EDGE, SIGN_EDGE = range(8)

_ENDING, _COMMA, _SIGN, _LETTER, _DIGIT, _CAPITAL, _SPACE, _COLON, _WIDE = 1, 2, 4, 8, 16, 32, 64, 128, 256
_HANI, _HIRA, _KANA, _HANG = (SCRIPTS.index(script) for script in ("Hani", "Hira", "Kana", "Hang"))
_YIII, _BOPO = SCRIPTS.index("Yiii"), SCRIPTS.index("Bopo")
_HAN_WEIGHT, _SYLLABLE_WEIGHT = 3, 2
"""A Han character says about as much as three letters, a syllable of Hangul or kana as two."""
TITLE_BITS = 1024


@inner
def nature(point: int, index: npt.NDArray[np.uint16], values: npt.NDArray[np.uint32]) -> tuple[int, int]:
    """Flags of a code point, and its weight as a part of a text."""
    if point == 0x2C or point == 0x3B or point == 0x3001 or point == 0xFF0C or point == 0x60C or point == 0x104A:
        return _COMMA, 1
    if point == 0x3A or point == 0xFF1A:
        return _COLON, 1
    found = int(values[np.int64(index[point >> 7]) << 7 | point & 127])
    category = found & CATEGORY_MASK
    if found & SENTENCE_END:
        return _ENDING, 1
    if category == 0 or category > LAST_SYMBOL:
        return _SPACE, 0 if category > 25 else 1
    if category <= LAST_MARK:
        if category > LAST_LETTER:
            return _LETTER, 1
        script = found >> SCRIPT_SHIFT & SCRIPT_MASK
        if script == _HANI or script == _YIII:
            return _LETTER | _WIDE, _HAN_WEIGHT
        if script == _HANG or script == _HIRA or script == _KANA or script == _BOPO:
            return _LETTER | (0 if script == _HANG else _WIDE), _SYLLABLE_WEIGHT
        return (_LETTER | _CAPITAL, 1) if found & UPPERCASE else (_LETTER, 1)
    if category == DECIMAL:
        return _DIGIT, 1
    if category <= LAST_NUMBER or category > LAST_PUNCTUATION or point == 0x7C or point == 0xBB or point == 0xAB:
        return _SIGN, 1
    return 0, 1


@inner
def edge(flags: int) -> int:
    """The kind of a character at the edge of a block."""
    if flags & _CAPITAL:
        return CAPITAL_EDGE
    if flags & _LETTER:
        return LETTER_EDGE
    if flags & _DIGIT:
        return DIGIT_EDGE
    if flags & _ENDING:
        return ENDING_EDGE
    if flags & _COLON:
        return COLON_EDGE
    if flags & _COMMA:
        return COMMA_EDGE
    return SIGN_EDGE if flags & _SIGN else NO_EDGE


@kernel
def natures(index: npt.NDArray[np.uint16], values: npt.NDArray[np.uint32], out: npt.NDArray[np.int16]) -> None:
    """Flags and weight of each code point below ``len(out)``, as ``weight << 12 | flags``."""
    for point in range(len(out)):
        flags, weight = nature(point, index, values)
        out[point] = weight << 12 | flags


@inner
def tell(
    data: Bytes,
    start: int,
    stop: int,
    natures: npt.NDArray[np.int16],
    bits: npt.NDArray[np.uint8],
    add: bool,
    row: Ints,
) -> None:
    """Measure ``data[start:stop]`` into ``row``; with ``add``, its words become those of the title."""
    for k in range(len(row)):
        row[k] = 0
    i = start
    word = 0
    inside = False
    first = 0
    last = 0
    while i < stop:
        point, i = decode(data, i, stop)
        both = int(natures[point]) if point < len(natures) else 1 << 12
        flags = both & 0xFFF
        row[WEIGHT] += both >> 12
        row[POINTS] += 1
        row[SAME] = (row[SAME] * 1000003 + point) & 0x7FFFFFFFFFFF
        if flags & (_LETTER | _DIGIT):
            word = (word * 31 + (point | 32)) & 0x7FFFFFFF
            row[WORDS_IN] += not inside or flags & _WIDE != 0
            inside = True
            row[LETTERS_IN] += flags & _LETTER != 0
            row[DIGITS] += flags & _DIGIT != 0
            row[CAPITALS] += flags & _CAPITAL != 0
        else:
            row[ENDINGS] += flags & _ENDING
            row[COMMAS] += flags & _COMMA != 0
            row[SIGNS] += flags & _SIGN != 0
        if inside and (i >= stop or not flags & (_LETTER | _DIGIT) or flags & _WIDE):
            bit = (word * 0x9E3779B1 >> 13) & (TITLE_BITS - 1)
            if add:
                bits[bit] = 1
            else:
                row[TITLED] += bits[bit]
            word = 0
            inside = False
        if flags and flags != _SPACE:
            if not first:
                first = flags
            last = flags
    row[FIRST] = edge(first)
    row[LAST] = edge(last)


@kernel
def measure(
    page: Bytes, text: Bytes, state: Ints, blocks: Ints, events: Ints, natures: npt.NDArray[np.int16],
    bits: npt.NDArray[np.uint8], out: Ints,
) -> None:  # fmt: skip
    """Fill a row of ``out``, (blocks, MEASURES), for each block; ``bits``, (TITLE_BITS,), is for the title's words."""
    for k in range(len(bits)):
        bits[k] = 0
    for event in range(state[EVENTS]):
        if events[event, EVENT_KIND] == TITLE_KIND:
            tell(page, events[event, EVENT_END], events[event, EVENT_STOP], natures, bits, True, out[0])
            break
    for block in range(state[BLOCKS]):
        tell(text, blocks[block, START], blocks[block, END], natures, bits, False, out[block])
