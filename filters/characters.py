"""One pass over the code points of a text: what they are, the words they make, and where its lines end."""

import functools
import itertools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filters import lookalikes
from langid import unicode
from langid.kernel import inline, part
from langid.segment import OUTSIDE, SPACED, advance, joins
from langid.unicode import (
    CATEGORY_MASK,
    CLASS_MASK,
    CLASS_SHIFT,
    CLOSER,
    CONTROL,
    DIGIT,
    EMOJI,
    JOINER,
    LAST_LETTER,
    LAST_MARK,
    LAST_NUMBER,
    LAST_PUNCTUATION,
    LAST_SYMBOL,
    LETTER,
    LINE_BREAK,
    MARK,
    OTHER,
    REPLACEMENT,
    SENTENCE_END,
    SPACE,
    SYMBOLIC,
    UPPERCASE,
    decode,
    lower,
    properties,
)

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]

# Columns of what this pass counts; the lanes of a tally come first and in this order.
LETTERS, MARKS, NUMBERS, PUNCTUATION, SYMBOLS, CAPITALS, PICTURES, SPACES = range(8)
CHARS, BYTES, REPEATED, REPLACED, CONTROLS = range(8, 13)
WORDS, PLAIN_WORDS, PLAIN_CHARS, ALPHA_WORDS, LONGEST_WORD = range(13, 18)
NUMBER_SIGNS, ELLIPSES, CURLY, LINKS, NEWLINES, SENTENCES = range(18, 24)
WORDS_SEEN, CHARS_SEEN, WORDS_TOLD = range(24, 27)
MIXED_WORDS = 27
COLUMNS = 28

# Columns of a word: where its bytes begin, its code points, and all their property bits together.
BEGIN, LENGTH, BITS = range(3)

# Columns of a line: where it ends, where the next begins, and the running counts at its end.
END, NEXT, CHARS_SO_FAR, WORDS_SO_FAR, SENTENCES_SO_FAR, CURLY_SO_FAR = range(6)
LINE_COLUMNS = 6

# Bits that the measures' own copy of the properties adds; those of filters/lookalikes.py come behind.
ALPHA_BIT, PLAIN_BIT = 25, 26
ALPHA, PLAIN = 1 << ALPHA_BIT, 1 << PLAIN_BIT
LATIN, SCRIPTS_BIT, SCRIPTS_MASK = lookalikes.LATIN, lookalikes.FIRST_BIT, lookalikes.MASK

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x9FB21C651E98DF25)

LANE_FULL, RUN = 254, 127
"""Lanes are emptied when there may be no room in one for another run, or for a run and a space after it."""
BLANK = np.uint64(1) << np.uint64(8 * SPACES)
ONE, LANE, LOW = np.uint64(1), np.uint64(8), np.uint64(0xFF)

CLOSERS = 16
"""So many signs are looked at behind a full stop."""
FULL_STOP, SOLIDUS, COLON, NUMBER_SIGN, CURLY_BRACKET, ELLIPSIS = 46, 47, 58, 35, 123, 0x2026


class Tables(NamedTuple):
    """What a code point is and counts as.

    ``tallies`` has eight 8-bit lanes with 1 in each that applies; ``ascii`` (256,) those of the bytes that are
    ASCII letters or digits, and 0 for all others.
    """

    blocks: npt.NDArray[np.uint16]
    values: npt.NDArray[np.uint32]
    tallies: npt.NDArray[np.uint64]
    lower_index: npt.NDArray[np.uint16]
    lower_shifts: npt.NDArray[np.int32]
    ascii: npt.NDArray[np.uint64]


@functools.cache
def tables() -> Tables:
    """The Unicode tables in the form that ``scan`` reads."""
    index, values = unicode.table()
    category = values & CATEGORY_MASK
    borders = (0, LAST_LETTER, LAST_MARK, LAST_NUMBER, LAST_PUNCTUATION, LAST_SYMBOL)
    lanes = [(category > low) & (category <= high) for low, high in itertools.pairwise(borders)]
    lanes += [values & UPPERCASE > 0, values & EMOJI > 0, values >> CLASS_SHIFT & CLASS_MASK == SPACE]
    tallies = np.zeros(len(values), np.uint64)
    for lane, applies in enumerate(lanes):
        tallies |= applies.astype(np.uint64) << np.uint64(8 * lane)
    own = values | np.where(lanes[0], ALPHA, 0).astype(np.uint32)
    own |= np.where(values & SYMBOLIC, 0, PLAIN).astype(np.uint32)
    own |= lookalikes.bits(index, values)
    kind = values[:128] >> CLASS_SHIFT & CLASS_MASK
    ascii = np.zeros(256, np.uint64)
    ascii[:128] = np.where((kind == LETTER) | (kind == DIGIT), tallies[:128], 0)
    return Tables(index, own, tallies, *unicode.lowercase(), ascii)


@inline
def _bits_of(union: np.uint64) -> Any:
    """Property bits of a word from the lanes that its letters and digits have, as far as they are asked for."""
    letters, capitals = union >> np.uint64(8 * LETTERS), union >> np.uint64(8 * CAPITALS)
    bits: Any = PLAIN | np.int64(letters & ONE) * (ALPHA | LATIN) | np.int64(capitals & ONE) * UPPERCASE
    return bits


@inline
def _empty(tally: np.uint64, row: Counts) -> None:
    for lane in range(8):
        row[lane] += np.int64(tally & LOW)
        tally >>= LANE


@part
def lower_hash(data: Bytes, start: int, stop_chars: int, stop: int, tables: Tables) -> np.uint64:
    """The hash of the word of ``stop_chars`` code points at byte ``start``, in lower case."""
    word = SEED
    i: Any = np.int64(start)
    for _ in range(stop_chars):
        code_point, i = decode(data, i, stop)
        word = (word ^ np.uint64(lower(tables.lower_index, tables.lower_shifts, code_point))) * PRIME
    return word


@part
def scan(
    data: Bytes,
    start: int,
    stop: int,
    tables: Tables,
    by_space: bool,
    hashes: Hashes,
    words: Words,
    lines: Counts,
    row: Counts,
) -> tuple[int, int]:
    """Count the text in bytes ``start`` to ``stop`` into ``row`` (COLUMNS,); returns its words and lines.

    Written: ``hashes`` (words,); ``words`` (words, 3), the byte where each begins, its code points, and every
    property bit that one of them has; ``lines`` (lines, LINE_COLUMNS), those of ``str.splitlines()`` and one for what
    follows the last break, empty or not.
    """
    index, values, tallies, ascii = tables.blocks, tables.values, tables.tallies, tables.ascii
    state: Any = np.int64(OUTSIDE)  # not a literal, for which Numba compiles what it calls once more
    n_words = n_lines = chars = 0
    row[WORDS_TOLD] = 0
    word = SEED
    begin = first = seen = 0
    tally = np.uint64(0)
    left = LANE_FULL
    i = start
    while i < stop:
        byte = data[i]
        if byte < 128:
            # Most text is Latin letters, digits and single spaces: they pass here, with little to do for each.
            if state == OUTSIDE and ascii[byte]:
                state = np.int64(SPACED)
                word = SEED
                begin, first, seen = i, chars, 0
            if state == SPACED:
                here = i
                limit = min(stop, i + RUN)
                union = np.uint64(0)
                while i < limit:
                    byte = data[i]
                    lanes = ascii[byte]
                    if not lanes:
                        break
                    tally += lanes
                    union |= lanes
                    word = (word ^ byte) * PRIME
                    i += 1
                if i > here:
                    chars += i - here
                    left -= i - here
                    seen |= _bits_of(union)
                    if left < RUN:
                        _empty(tally, row)
                        tally = np.uint64(0)
                        left = LANE_FULL
                    if i == limit:
                        continue
                if byte == 32:
                    hashes[n_words] = word
                    words[n_words, BEGIN] = begin
                    words[n_words, LENGTH] = chars - first
                    words[n_words, BITS] = seen
                    n_words += 1
                    state = np.int64(OUTSIDE)
                    tally += BLANK
                    chars += 1
                    left -= 1
                    i += 1
                    continue

        code_point, following = decode(data, i, stop)
        slot = code_point if code_point < 128 else (index[code_point >> 7] & 0xFFFF) << 7 | code_point & 127
        value = values[slot] & 0xFFFFFFFF
        tally += tallies[slot]
        left -= 1
        if left < RUN:
            _empty(tally, row)
            tally = np.uint64(0)
            left = LANE_FULL
        kind = value >> CLASS_SHIFT & CLASS_MASK
        if state == SPACED and LETTER <= kind <= DIGIT:
            word = (word ^ np.uint64(code_point)) * PRIME
            seen |= value
            chars += 1
            i = following
            continue
        if kind == SPACE:
            after, begins = OUTSIDE, False
        elif by_space or kind == LETTER:
            after, begins = SPACED, state != SPACED
        else:
            word_class = kind
            if kind == JOINER and joins(data, following, stop, index, values, state):
                word_class = MARK
            after, begins = advance(word_class, state)
        if state != OUTSIDE and (begins or after == OUTSIDE):
            hashes[n_words] = word
            words[n_words, BEGIN] = begin
            words[n_words, LENGTH] = chars - first
            words[n_words, BITS] = seen
            n_words += 1
        if begins:
            word = SEED
            begin, first, seen = i, chars, 0
        word = (word ^ np.uint64(code_point)) * PRIME
        seen |= value
        state = after
        chars += 1

        if kind == OTHER:
            so_far = n_words + (state != OUTSIDE) - begins
            _sign(data, start, i, following, stop, tables, code_point, value, so_far, row)
        elif value & LINE_BREAK:
            n_lines = _break_line(data, start, i, following, chars, n_words, n_lines, lines, row)
        i = following

    if state != OUTSIDE:
        hashes[n_words] = word
        words[n_words, BEGIN] = begin
        words[n_words, LENGTH] = chars - first
        words[n_words, BITS] = seen
        n_words += 1
    n_lines = _break_line(data, start, stop, stop, chars, n_words, n_lines, lines, row)
    _empty(tally, row)
    row[CHARS] += chars
    row[BYTES] += stop - start
    return n_words, n_lines


@part
def _break_line(
    data: Bytes, start: int, i: int, following: int, chars: int, n_words: int, n_lines: int, lines: Counts, row: Counts
) -> int:
    """Write the line that ends at byte ``i``; returns how many lines there are."""
    line_feed = following > i and data[i] == 10
    if line_feed:
        row[NEWLINES] += 1
    if line_feed and i > start and data[i - 1] == 13:
        n_lines -= 1  # \r\n is one break
    else:
        lines[n_lines, END] = i
        lines[n_lines, WORDS_SO_FAR] = n_words
        lines[n_lines, SENTENCES_SO_FAR] = row[SENTENCES]
        lines[n_lines, CURLY_SO_FAR] = row[CURLY]
    lines[n_lines, NEXT] = following
    lines[n_lines, CHARS_SO_FAR] = chars
    return n_lines + 1


@part
def _sign(
    data: Bytes,
    start: int,
    i: int,
    following: int,
    stop: int,
    tables: Tables,
    code_point: int,
    value: int,
    words_so_far: int,
    row: Counts,
) -> None:
    """Count what the sign at byte ``i`` means: the end of a sentence, a part of a link, ..."""
    if value & SENTENCE_END:
        # A full stop ends a sentence if white space or the end comes after it, quotes and brackets left out.
        ends = words_so_far > row[WORDS_TOLD]
        if code_point == FULL_STOP and ends:
            j = following
            for _ in range(CLOSERS):
                if j == stop:
                    break
                after, j = decode(data, j, stop)
                about = properties(tables.blocks, tables.values, after)
                if about >> CLASS_SHIFT & CLASS_MASK == SPACE:
                    break
                if after != FULL_STOP and not about & CLOSER:
                    ends = False
                    break
        if ends:
            row[SENTENCES] += 1
            row[WORDS_TOLD] = words_so_far
        if code_point == FULL_STOP:
            if i == start or data[i - 1] != FULL_STOP:
                j = i
                while j < stop and data[j] == FULL_STOP:
                    j += 1
                row[ELLIPSES] += (j - i) // 3
            # "www." counts, but not "//www.", which counts by its slashes.
            if i - 3 >= start and data[i - 1] | 32 == 119 and data[i - 2] | 32 == 119 and data[i - 3] | 32 == 119:
                row[LINKS] += i - 4 < start or (data[i - 4] != SOLIDUS and data[i - 4] | 32 != 119)
        elif code_point == ELLIPSIS:
            row[ELLIPSES] += 1
    elif code_point == SOLIDUS:
        row[LINKS] += i - 2 >= start and data[i - 1] == SOLIDUS and data[i - 2] == COLON
    elif code_point == NUMBER_SIGN:
        row[NUMBER_SIGNS] += 1
    elif code_point == CURLY_BRACKET:
        row[CURLY] += 1
    elif code_point == REPLACEMENT:
        row[REPLACED] += 1
    elif value & CATEGORY_MASK == CONTROL:
        row[CONTROLS] += 1


@part
def tell_words(words: Words, n_words: int, offsets: Counts, row: Counts) -> None:
    """Count what ``scan`` wrote of words; ``offsets`` (words + 1,) gets the code points in words before each."""
    plain = plain_chars = alpha = mixed = longest = offset = 0
    for k in range(n_words):
        length, bits = words[k, LENGTH], words[k, BITS]
        offsets[k] = offset
        offset += length
        is_plain = bits >> PLAIN_BIT & 1
        plain += is_plain
        plain_chars += length * is_plain
        alpha += bits >> ALPHA_BIT & 1
        scripts = bits >> SCRIPTS_BIT & SCRIPTS_MASK
        mixed += scripts & scripts - 1 != 0
        longest = max(longest, length)
    offsets[n_words] = offset
    row[WORDS] += n_words
    row[PLAIN_WORDS] += plain
    row[PLAIN_CHARS] += plain_chars
    row[ALPHA_WORDS] += alpha
    row[MIXED_WORDS] += mixed
    row[LONGEST_WORD] = max(row[LONGEST_WORD], longest)


@part
def repeated_chars(data: Bytes, start: int, stop: int) -> int:
    """How many code points are like the one before, white space and controls of ASCII left out.

    A loop without branches, so that it is vectorised: a code point is like the one before if its bytes are.
    """
    text = data[start:stop]
    found = 0
    for begin in range(0, len(text) - 7, 128):
        block = text[begin : begin + 128 + 7]
        here = np.uint8(0)  # small, so that a vector holds many
        for i in range(len(block) - 7):
            a, b, c, d = block[i], block[i + 1], block[i + 2], block[i + 3]
            e, f, g, h = block[i + 4], block[i + 5], block[i + 6], block[i + 7]
            of_one = (a == b) & (a > 32) & (a < 128)
            of_two = (a == c) & (b == d) & (a & 0xE0 == 0xC0)
            of_three = (a == d) & (b == e) & (c == f) & (a & 0xF0 == 0xE0)
            of_four = (a == e) & (b == f) & (c == g) & (d == h) & (a & 0xF8 == 0xF0)
            here = np.uint8(here + (of_one | of_two | of_three | of_four))
        found += int(here)
    for i in range(max(len(text) - 7, 0), len(text)):
        a, left = text[i], len(text) - i
        if left >= 2 and 32 < a < 128:
            found += a == text[i + 1]
        elif left >= 4 and a & 0xE0 == 0xC0:
            found += (a == text[i + 2]) & (text[i + 1] == text[i + 3])
        elif left >= 6 and a & 0xF0 == 0xE0:
            found += (a == text[i + 3]) & (text[i + 1] == text[i + 4]) & (text[i + 2] == text[i + 5])
    return found
