"""What the text of a block is like, counted over its characters: the same for every script, without lists of words."""

import functools

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
    table,
)
from pipeline.extract.elements import TITLE_KIND
from pipeline.extract.rows import BLOCKS, END, EVENT_END, EVENT_KIND, EVENT_STOP, EVENTS, START, columns

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Natures = npt.NDArray[np.int32]

(
    WEIGHT, POINTS, WORDS_IN, ENDINGS, COMMAS, DIGITS, CAPITALS, SIGNS, FIRST, LAST, TITLED, LETTERS_IN, SAME,
) = columns(13)  # fmt: skip
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
_LAST_BLANK = 25  # category; those that follow have no width
_EDGES = {
    _CAPITAL: CAPITAL_EDGE,
    _LETTER: LETTER_EDGE,
    _DIGIT: DIGIT_EDGE,
    _ENDING: ENDING_EDGE,
    _COLON: COLON_EDGE,
    _COMMA: COMMA_EDGE,
    _SIGN: SIGN_EDGE,
}
# No literals, for which kernels would be compiled apart.
_ZERO, _ONE = columns(2)
_OTHER = _ONE << 12  # nature of a code point that nobody looked up


@functools.cache
def natures(points: int) -> npt.NDArray[np.int32]:
    """What each code point below ``points`` is: flags, from bit 12 its weight as a part of a text, from bit 16 the kind
    of character that it is at an edge."""
    index, values = table()
    every = np.arange(points)
    found = values[index[every >> 7].astype(np.int64) << 7 | every & 127]
    category = found & CATEGORY_MASK
    script = found >> SCRIPT_SHIFT & SCRIPT_MASK
    letter = (category > 0) & (category <= LAST_LETTER)
    wide = letter & np.isin(script, (_HANI, _YIII))
    syllable = letter & np.isin(script, (_HANG, _HIRA, _KANA, _BOPO))
    sign = (category <= LAST_NUMBER) | (category > LAST_PUNCTUATION) | np.isin(every, (0x7C, 0xBB, 0xAB))
    flags = np.select(
        [
            np.isin(every, (0x2C, 0x3B, 0x3001, 0xFF0C, 0x60C, 0x104A)),
            np.isin(every, (0x3A, 0xFF1A)),
            found & SENTENCE_END != 0,
            (category == 0) | (category > LAST_SYMBOL),
            wide | syllable & (script != _HANG),
            letter & ~syllable & (found & UPPERCASE != 0),
            category <= LAST_MARK,
            category == DECIMAL,
            sign,
        ],
        [_COMMA, _COLON, _ENDING, _SPACE, _LETTER | _WIDE, _LETTER | _CAPITAL, _LETTER, _DIGIT, _SIGN],
        0,
    )
    weights = np.where(flags & _LETTER, np.select([wide, syllable], [_HAN_WEIGHT, _SYLLABLE_WEIGHT], 1), 1)
    weights[(flags == _SPACE) & (category > _LAST_BLANK)] = 0
    edges = np.select([flags & flag != 0 for flag in _EDGES], list(_EDGES.values()), NO_EDGE)
    every_nature: Natures = (flags | weights << 12 | edges << 16).astype(np.int32)
    return every_nature


@inner
def tell(data: Bytes, start: int, stop: int, natures: Natures, bits: Bytes, own: int, row: Ints) -> None:
    """Measure ``data[start:stop]`` into ``row``; where ``own``, its words become those of the title."""
    i = start
    known = len(natures)
    word = weight = points = same = words = letters = digits = capitals = endings = commas = signs = titled = _ZERO
    inside = first = last = _ZERO
    while i < stop:
        point, i = decode(data, i, stop)
        nature = _OTHER
        if point < known:
            nature = int(natures[point])
        weight += nature >> 12 & 15
        points += 1
        same = (same * 1000003 + point) & 0x7FFFFFFFFFFF
        wide = nature >> 8 & 1
        letter = nature >> 3 & 1
        digit = nature >> 4 & 1
        written = letter | digit
        letters += letter
        digits += digit
        capitals += nature >> 5 & 1
        endings += nature & 1
        commas += nature >> 1 & 1
        signs += nature >> 2 & 1
        if written:
            word = (word * 31 + (point | 32)) & 0x7FFFFFFF
            words += 1 - inside | wide
            inside = _ONE
        if inside and (not written or wide or i >= stop):
            bit = (word * 0x9E3779B1 >> 13) & (TITLE_BITS - 1)
            if own:
                bits[bit] = 1
            titled += bits[bit]
            word = inside = _ZERO
        edge = nature >> 16
        if edge:
            last = edge
            if not first:
                first = edge
    row[WEIGHT] = weight
    row[POINTS] = points
    row[WORDS_IN] = words
    row[ENDINGS] = endings
    row[COMMAS] = commas
    row[DIGITS] = digits
    row[CAPITALS] = capitals
    row[SIGNS] = signs
    row[FIRST] = first
    row[LAST] = last
    row[TITLED] = titled
    row[LETTERS_IN] = letters
    row[SAME] = same


@kernel
def measure(
    page: Bytes, text: Bytes, state: Ints, blocks: Ints, events: Ints, natures: Natures, bits: Bytes,
    out: Ints,
) -> None:  # fmt: skip
    """Fill a row of ``out``, (blocks, MEASURES), for each block; ``bits``, (TITLE_BITS,), is for the title's words."""
    for k in range(len(bits)):
        bits[k] = 0
    for event in range(state[EVENTS]):
        if events[event, EVENT_KIND] == TITLE_KIND:
            tell(page, events[event, EVENT_END], events[event, EVENT_STOP], natures, bits, _ONE, out[_ZERO])
            break
    for block in range(state[BLOCKS]):
        tell(text, blocks[block, START], blocks[block, END], natures, bits, _ZERO, out[block])
