"""One pass over the code points of a text: what they are, the words they make, and where its lines end."""

import functools
import itertools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filters import lookalikes
from filters.hashes import hash_word
from langid import unicode
from langid.blocks import ALL, ONE, SIZE, alike, among, decode_known, first, kinds, last, low, planes, within
from langid.kernel import inline, inner
from langid.rows import ones
from langid.segment import BEGINS, ENDED, OUTSIDE, SHIFT, SPACED, STEP, joins, steps
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
    SCRIPT_MASK,
    SCRIPT_SHIFT,
    SENTENCE_END,
    SPACE,
    SYMBOLIC,
    UPPERCASE,
    decode,
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
MIXED_WORDS, CASED_WORDS, GLUED = 27, 28, 29
COLUMNS = 30

LIST_CASE = 12
"""Of fewer words it is not asked whether they are capitalised (GlotCC)."""

# Rows of words: where the bytes of each begin and end, its code points, and all their property bits together.
BEGIN, STOP, LENGTH, BITS = range(4)
WORD_ROWS = 4

# Columns of a line: where it ends, where the next begins, and the running counts at its end.
END, NEXT, CHARS_SO_FAR, WORDS_SO_FAR, SENTENCES_SO_FAR, CURLY_SO_FAR = range(6)
LINE_COLUMNS = 6

# Bits that the measures' own copy of the properties adds, ACTS instead of the script; those of filters/lookalikes.py
# come behind.
ACTS = 1 << SCRIPT_SHIFT
"""Such a code point ends a line, may join, or is a sign that counts for something."""
ALPHA_BIT, PLAIN_BIT, UPPERCASE_BIT = 25, 26, UPPERCASE.bit_length() - 1
ALPHA, PLAIN = 1 << ALPHA_BIT, 1 << PLAIN_BIT
LATIN, SCRIPTS_BIT, SCRIPTS_MASK = lookalikes.LATIN, lookalikes.FIRST_BIT, lookalikes.MASK

BEYOND, LOOKS_BIT = 1 << 8, 9
"""Behind the planes of a block: a code point that makes words of another kind, and its script where some look alike."""

LANE_BLOCKS = 3
"""Lanes are emptied after so many blocks: they hold 255, and each code point counts for one."""
TWO_BYTES, THREE_BYTES = np.uint64(0xC0), np.uint64(0xE0)
"""From these bytes on code points have so many."""
LANE, LOW = np.uint64(8), np.uint64(0xFF)

CLOSERS = 16
"""So many signs are looked at behind a full stop."""
FULL_STOP, SOLIDUS, COLON, NUMBER_SIGN, CURLY_BRACKET, ELLIPSIS = 46, 47, 58, 35, 123, 0x2026


class Tables(NamedTuple):
    """What a code point is and counts as.

    ``tallies`` has eight 8-bit lanes with 1 in each that applies; ``marks`` what a block is told by, for orthographic
    words and behind it for whitespace words; ``steps`` (16,) is the word machine.
    """

    blocks: npt.NDArray[np.uint16]
    values: npt.NDArray[np.uint32]
    tallies: npt.NDArray[np.uint64]
    marks: npt.NDArray[np.uint16]
    lower_index: npt.NDArray[np.uint16]
    lower_shifts: npt.NDArray[np.int32]
    steps: npt.NDArray[np.uint64]


@functools.cache
def tables() -> Tables:
    """The Unicode tables in the form that ``scan`` reads."""
    index, values = unicode.table()
    category = values & CATEGORY_MASK
    word_class = values >> CLASS_SHIFT & CLASS_MASK
    borders = (0, LAST_LETTER, LAST_MARK, LAST_NUMBER, LAST_PUNCTUATION, LAST_SYMBOL)
    lanes = [(category > low) & (category <= high) for low, high in itertools.pairwise(borders)]
    lanes += [values & UPPERCASE > 0, values & EMOJI > 0, word_class == SPACE]
    tallies = np.zeros(len(values), np.uint64)
    for lane, applies in enumerate(lanes):
        tallies |= applies.astype(np.uint64) << np.uint64(8 * lane)
    acts = (values & (SENTENCE_END | LINE_BREAK) > 0) | (word_class == JOINER)
    acts |= (category == CONTROL) & (word_class == OTHER)
    acts |= lanes[4]
    for sign in (SOLIDUS, NUMBER_SIGN, CURLY_BRACKET, REPLACEMENT):
        acts[int(index[sign >> 7]) << 7 | sign & 127] = True
    own = values & np.uint32(~(SCRIPT_MASK << SCRIPT_SHIFT) & 0xFFFFFFFF)
    own |= np.where(acts, ACTS, 0).astype(np.uint32)
    own |= np.where(lanes[0], ALPHA, 0).astype(np.uint32)
    own |= np.where(values & SYMBOLIC, 0, PLAIN).astype(np.uint32)
    own |= lookalikes.bits(index, values)
    marks = np.concatenate([_marks(own, by_space) for by_space in (False, True)])
    return Tables(index, own, tallies, marks, *unicode.lowercase(), steps())


def _marks(own: npt.NDArray[np.uint32], by_space: bool) -> npt.NDArray[np.uint16]:
    """What ``scan`` asks of a code point whose properties are ``own``: the planes of a block, then BEYOND."""
    word_class = own >> CLASS_SHIFT & CLASS_MASK
    look = (own >> SCRIPTS_BIT & SCRIPTS_MASK).astype(np.uint16)
    spaced = np.isin(word_class, (LETTER, DIGIT))
    known = spaced | np.isin(word_class, (SPACE, OTHER, MARK, JOINER))
    nothing = np.zeros(len(own), bool)
    asked = (
        word_class != SPACE if by_space else spaced,
        nothing if by_space else word_class == MARK,
        nothing if by_space else word_class == JOINER,
        own & ALPHA > 0,
        own & PLAIN > 0,
        own & UPPERCASE > 0,
        look > 0,
        (own & ACTS > 0) & (word_class != JOINER),
        nothing if by_space else ~known,
    )
    marks = look << np.uint16(LOOKS_BIT)
    for bit, applies in enumerate(asked):
        marks |= applies.astype(np.uint16) << np.uint16(bit)
    return marks


@inline
def _empty(tally: np.uint64, row: Counts) -> None:
    for lane in range(8):
        row[lane] += np.int64(tally & LOW)
        tally >>= LANE


@inline
def _bits_of(alpha: np.uint64, plain: np.uint64, upper: np.uint64, latin: np.uint64, looks: Any) -> Any:
    """Property bits, as far as they are asked for, of what is given as masks."""
    bits = (alpha != 0) * ALPHA | (plain != 0) * PLAIN | (upper != 0) * UPPERCASE | (latin != 0) * LATIN
    return np.int64(bits) | looks


@inner
def scan(
    data: Bytes,
    start: int,
    stop: int,
    tables: Tables,
    by_space: bool,
    words: Words,
    lines: Counts,
    marks: Bytes,
    row: Counts,
) -> tuple[int, int]:
    """Count the text in bytes ``start`` to ``stop`` into ``row`` (COLUMNS,); returns its words and lines.

    Written: ``words`` (WORD_ROWS, words + 1), with the property bits that ``tell_words`` asks for of every code
    point of the word; ``lines`` (lines, LINE_COLUMNS), those of ``str.splitlines()`` and one for what follows the last
    break, empty or not. ``marks`` (SIZE,), zeros, is for work.
    Blocks in scripts that space their words are told by masks: letters, digits, spaces and plain signs of ASCII all
    together, all else by a look-up a code point. Other blocks go code point by code point through the word machine.
    """
    index, values, tallies, machine = tables.blocks, tables.values, tables.tallies, tables.steps
    word_begins, word_stops, word_lengths, word_bits = words[BEGIN], words[STOP], words[LENGTH], words[BITS]
    own = np.uint64(len(values) if by_space else 0)
    inside = np.uint64(SPACED * STEP)
    outside = np.uint64(OUTSIDE * STEP)
    state = outside
    row[WORDS_TOLD] = 0
    n_words: Any = np.int64(0)
    n_lines = 0
    chars: Any = np.int64(0)
    begin: Any = np.int64(0)
    at_first: Any = np.int64(0)
    seen: Any = np.int64(0)
    tally = np.uint64(0)
    blocks = 0
    i: Any = np.int64(start)
    while i < stop:
        if blocks == LANE_BLOCKS:
            blocks = 0
            _empty(tally, row)
            tally = np.uint64(0)
        blocks += 1
        ahead, letters, capitals, digits, spaces, signs = kinds(data, i)
        if stop - i < SIZE:
            size = np.uint64(stop - i)
            ahead = (ahead & ((ONE << size) - ONE)) | ONE << size
        # Where the last code point ends is for the next block to tell.
        at = max(last(ahead | ONE), 1)
        span = low(at)
        leads = ahead & span
        alnum = (letters | digits) & span
        simple = (alnum | spaces | signs) & span
        odd = leads & ~simple

        spaced: Any = state <= inside
        found = np.uint64(0)
        if spaced and odd:
            sums = np.uint64(0)
            rest = odd
            while rest:
                place = np.uint64(first(rest))
                rest &= rest - ONE
                here_byte: Any = i + np.int64(place)
                slot = np.uint64(data[here_byte])
                if slot < THREE_BYTES:  # most often; the first blocks of the tables are in order
                    two = (slot & np.uint64(0x1F)) << np.uint64(6) | np.uint64(data[here_byte + 1]) & np.uint64(0x3F)
                    slot = two if slot >= TWO_BYTES else slot
                else:
                    code_point = decode_known(data, here_byte, 1 + first(ahead >> place >> ONE))
                    slot = np.uint64(index[code_point >> np.uint64(7)]) << np.uint64(7) | code_point & np.uint64(127)
                mark = np.uint64(tables.marks[own + slot])
                marks[place] = mark
                sums += tallies[slot]
                found |= mark
                if mark & np.uint64(BEYOND):
                    break
            looks = found >> np.uint64(LOOKS_BIT)
            spaced = not (found & np.uint64(BEYOND) or looks & (looks - ONE))
            if spaced:
                tally += sums
        spacing, joined, joiners, alpha, plain, upper, look, acts = planes(marks)

        if spaced:
            letters &= span
            capitals &= span
            row[LETTERS] += np.int64(ones(letters))
            row[CAPITALS] += np.int64(ones(capitals))
            row[NUMBERS] += np.int64(ones(digits & span))
            row[SPACES] += np.int64(ones(spaces & span))
            row[PUNCTUATION] += np.int64(ones(signs & span))
            spacing |= simple & ~spaces if by_space else alnum
            goes_on = joined | (span & ~ahead)  # behind a byte of a word, a byte of that word
            while joiners:
                place = np.uint64(first(joiners))
                joiners &= joiners - ONE
                after = np.uint64(first(ahead & (ALL << place << ONE)))
                if after < np.uint64(at):
                    goes_on |= ((spacing | joined) >> after & ONE) << place
                elif joins(data, i + at, stop, index, values, SPACED):
                    goes_on |= ONE << place
            carried = ONE if state == inside else np.uint64(0)
            attached = (spacing << ONE | carried) & goes_on
            of_words = spacing | (goes_on & ~(attached + goes_on))
            behind = of_words << ONE | carried
            begins = of_words & ~behind
            ends = behind & ~of_words & span
            alpha |= letters
            plain |= alnum
            upper |= capitals
            looking = np.int64(found >> np.uint64(LOOKS_BIT)) << SCRIPTS_BIT
            words_before = n_words + np.int64(carried)

            fresh = begins | ONE << np.uint64(SIZE - 1)  # where no word begins: for what is asked behind the last
            place = np.uint64(0)
            if not carried:
                place = np.uint64(first(fresh))
                fresh &= fresh - ONE
                begin = i + np.int64(place)
                at_first = chars + np.int64(ones(leads & ((ONE << place) - ONE)))
                seen = np.int64(0)
            while ends:
                end = np.uint64(first(ends))
                ends &= ends - ONE
                until = (ONE << end) - ONE
                word = until & (ALL << place)
                word_begins[np.uint64(n_words)] = begin
                word_stops[np.uint64(n_words)] = i + np.int64(end)
                word_lengths[np.uint64(n_words)] = chars + np.int64(ones(leads & until)) - at_first
                word_bits[np.uint64(n_words)] = seen | _bits_of(
                    alpha & word, plain & word, upper & word, letters & word, looking if look & word else 0
                )
                n_words += 1
                place = np.uint64(first(fresh))
                fresh &= fresh - ONE
                begin = i + np.int64(place)
                at_first = chars + np.int64(ones(leads & ((ONE << place) - ONE)))
                seen = np.int64(0)
            word = span & (ALL << place)
            seen |= _bits_of(alpha & word, plain & word, upper & word, letters & word, looking if look & word else 0)
            state = inside if of_words >> np.uint64(at - 1) & ONE else outside

            while acts:
                place = np.uint64(first(acts))
                acts &= acts - ONE
                here_byte = i + np.int64(place)
                following = i + first(ahead & (ALL << place << ONE))
                code_point = decode_known(data, here_byte, following - here_byte)
                slot = np.uint64(index[code_point >> np.uint64(7)]) << np.uint64(7) | code_point & np.uint64(127)
                until = (ONE << place) - ONE
                about: Any = np.int64(values[slot])
                sign: Any = np.int64(code_point)
                so_far = words_before + np.int64(ones(begins & until))
                met = chars + np.int64(ones(leads & until)) + 1
                n_lines = _act(
                    data, start, here_byte, following, stop, tables, sign, about, so_far, met, n_lines, lines, row
                )
            chars += np.int64(ones(leads))
            i += at
            continue

        while leads:
            place = np.uint64(first(leads))
            leads &= leads - ONE
            here_byte = i + np.int64(place)
            following = i + first(ahead & (ALL << place << ONE))
            code_point = decode_known(data, here_byte, following - here_byte)
            slot = np.uint64(index[code_point >> np.uint64(7)]) << np.uint64(7) | code_point & np.uint64(127)
            value: Any = np.int64(values[slot])
            tally += tallies[slot]
            kind = value >> CLASS_SHIFT & CLASS_MASK
            word_class: Any = kind
            if by_space:
                word_class = SPACE if kind == SPACE else LETTER
            elif kind == JOINER and joins(data, following, stop, index, values, int(state) // STEP):
                word_class = MARK
            step = machine[np.uint64(word_class)] >> state
            word_begins[np.uint64(n_words)] = begin  # counts only if the word has ended
            word_stops[np.uint64(n_words)] = here_byte
            word_lengths[np.uint64(n_words)] = chars - at_first
            word_bits[np.uint64(n_words)] = seen
            n_words += np.int64(step >> np.uint64(ENDED) & ONE)
            began = step >> np.uint64(BEGINS) & ONE
            begin = here_byte if began else begin
            at_first = chars if began else at_first
            seen = value if began else seen | value
            state = step & np.uint64(SHIFT)
            chars += 1
            if value & ACTS:
                sign = np.int64(code_point)
                so_far = n_words + (state != outside) - np.int64(began)
                n_lines = _act(
                    data, start, here_byte, following, stop, tables, sign, value, so_far, chars, n_lines, lines, row
                )
        i += at

    word_begins[np.uint64(n_words)] = begin
    word_stops[np.uint64(n_words)] = stop
    word_lengths[np.uint64(n_words)] = chars - at_first
    word_bits[np.uint64(n_words)] = seen
    n_words += state != outside
    n_lines = _break_line(data, start, stop, stop, chars, n_words, n_lines, lines, row)
    _empty(tally, row)
    row[CHARS] += chars
    row[BYTES] += stop - start
    return n_words, n_lines


@inner
def _act(
    data: Bytes,
    start: int,
    i: int,
    following: int,
    stop: int,
    tables: Tables,
    code_point: int,
    value: int,
    words_so_far: int,
    chars: int,
    n_lines: int,
    lines: Counts,
    row: Counts,
) -> int:
    """Let the code point at byte ``i`` end a line or count as a sign; returns how many lines there are."""
    if value >> CLASS_SHIFT & CLASS_MASK == OTHER:
        _sign(data, start, i, following, stop, tables, code_point, value, words_so_far, row)
    elif value & LINE_BREAK:
        return _break_line(data, start, i, following, chars, words_so_far, n_lines, lines, row)
    return n_lines


@inner
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


@inner
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
    elif value & CATEGORY_MASK > LAST_PUNCTUATION and following < stop and i > start:
        j = i - 1
        while j > start and data[j] & 0xC0 == 0x80:
            j -= 1
        before, _ = decode(data, j, stop)
        after, _ = decode(data, following, stop)
        before = properties(tables.blocks, tables.values, before) & CATEGORY_MASK
        after = properties(tables.blocks, tables.values, after) & CATEGORY_MASK
        row[GLUED] += 0 < before <= LAST_MARK and 0 < after <= LAST_MARK


@inner
def tell_words(data: Bytes, words: Words, n_words: int, hashes: Hashes, offsets: Counts, row: Counts) -> None:
    """Count what ``scan`` wrote of words.

    ``hashes`` (words,) gets theirs, ``offsets`` (words + 1,) the code points in words before each.
    """
    begins, stops, lengths = words[BEGIN], words[STOP], words[LENGTH]
    offset: Any = np.int64(0)
    for k in range(n_words):
        hashes[k] = hash_word(data, begins[k], stops[k])
        offsets[k] = offset
        offset += lengths[k]
    offsets[n_words] = offset
    plain, plain_chars, alpha, mixed, cased, longest = _tally(words, n_words)
    row[WORDS] += n_words
    row[PLAIN_WORDS] += plain
    row[PLAIN_CHARS] += plain_chars
    row[ALPHA_WORDS] += alpha
    row[MIXED_WORDS] += mixed
    row[CASED_WORDS] += cased
    row[LONGEST_WORD] = max(row[LONGEST_WORD], longest)


@inline
def _tally(words: Words, n_words: int) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Plain words and their code points, words with a letter, of mixed scripts, cased, and the longest.

    A loop without branches and in numbers of 32 bits, so that it is vectorised.
    """
    lengths, all_bits = words[LENGTH], words[BITS]
    plain = plain_chars = alpha = mixed = cased = longest = np.int32(0)
    one = np.int32(1)
    for k in range(n_words):
        length, bits = lengths[k], all_bits[k]
        is_plain = bits >> np.int32(PLAIN_BIT) & one
        is_alpha = bits >> np.int32(ALPHA_BIT) & one
        scripts = bits >> np.int32(SCRIPTS_BIT) & np.int32(SCRIPTS_MASK)
        plain = np.int32(plain + is_plain)
        plain_chars = np.int32(plain_chars + (length & -is_plain))
        alpha = np.int32(alpha + is_alpha)
        cased = np.int32(cased + (bits >> np.int32(UPPERCASE_BIT) & one | is_plain & ~is_alpha))
        mixed = np.int32(mixed + np.int32(scripts & (scripts - one) != 0))
        longest = max(longest, length)
    return plain, plain_chars, alpha, mixed, cased, longest


_seen, _beyond_ascii = among(("!", "\x7f")), among(("\x80", "\xff"))
_leads_two, _leads_three, _leads_four = among(("\xc0", "\xdf")), among(("\xe0", "\xef")), among(("\xf0", "\xf7"))
REPEAT_STEP = SIZE - 3
"""Beginnings that are told of at a time, by masks of all bytes of a block."""


@inner
def repeated_chars(data: Bytes, start: int, stop: int) -> int:
    """How many code points are like the one before, white space and controls of ASCII left out.

    A code point is like the one before if its bytes are: a run of bytes that are like those one code point on.
    """
    found: Any = np.int64(0)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for begin in range(start, stop, REPEAT_STEP):
        i: Any = np.int64(begin)
        left = min(stop - i, 2 * SIZE)
        step = low(REPEAT_STEP)
        repeated = alike(data, i, i + 1) & _seen(data, i) & within(left - 1)
        if _beyond_ascii(data, i):
            run = alike(data, i, i + 2)
            repeated |= run & run >> one & _leads_two(data, i) & within(left - 3)
            run = alike(data, i, i + 3)
            repeated |= run & run >> one & run >> two & _leads_three(data, i) & within(left - 5)
            run = alike(data, i, i + 4)
            repeated |= run & run >> one & run >> two & run >> three & _leads_four(data, i) & within(left - 7)
        found += np.int64(ones(repeated & step))
    return int(found)
