"""The lines and paragraphs of a text: how they begin and end, how long they are, which repeat."""

from typing import Any

import numpy as np

from filters.characters import (
    CHARS_SO_FAR,
    CURLY_SO_FAR,
    END,
    NEXT,
    SENTENCES_SO_FAR,
    WORDS_SO_FAR,
    Bytes,
    Counts,
    Hashes,
    Tables,
)
from filters.ngrams import KEY_BITS, met_before, shift_for
from filters.phrases import JAVASCRIPT, JAVASCRIPT_PHRASE, LOREM_IPSUM, LOREM_IPSUM_PHRASE, contains, policy
from langid.blocks import SIZE, among, low, within
from langid.kernel import inline, inner
from langid.rows import load8, ones
from langid.unicode import (
    BULLET,
    CATEGORY_MASK,
    CLASS_MASK,
    CLASS_SHIFT,
    CLOSER,
    DECIMAL,
    LAST_NUMBER,
    LAST_PUNCTUATION,
    SENTENCE_END,
    SPACE,
    TERMINAL,
    Index,
    Values,
    decode,
    properties,
)

# Columns of what is counted here. LINES are those of str.splitlines(), HARD those between line feeds, blank ones left
# out, RUNS those between runs of line feeds (an empty one before the first and after the last), as datatrove has them.
LINES, BULLET_LINES, ELLIPSIS_LINES, BLANK_LINES = range(4)
HARD_LINES, TERMINAL_LINES, SHORT_LINES, REPEATED_LINE_CHARS, LINE_CHARS = range(4, 9)
RUNS, REPEATED_RUNS, REPEATED_RUN_CHARS = range(9, 12)
PARAGRAPHS, REPEATED_PARAGRAPHS, REPEATED_PARAGRAPH_CHARS = range(12, 15)
C4_LINES, C4_SENTENCES, LOREM_IPSUM_LINES, CURLY_LINES, JAVASCRIPT_LINES, POLICY_LINES = range(15, 21)
NUMBERED_LINES, LIST_LINES, TABLE_LINES = range(21, 24)
COLUMNS = 24

SHORT = 30
"""A line of at most so many code points is short (FineWeb)."""
C4_WORDS, C4_WORD_LENGTH = 3, 1000
"""C4 drops lines of fewer words, or with a longer word."""
CELLS, CELL = 3, 12
"""A row of a table has so many cells at least, of so many code points at most on average, what parts them counted."""

FACTOR = np.uint64(0x9FB21C651E98DF25)
SEEDS = np.array([0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89], np.uint64)
FOLD = np.uint64(29)

STOP, ELLIPSIS, DOT_BULLET, HYPHEN, OPEN, CLOSE = 46, 0x2026, 0x2022, 45, 91, 93


@inner
def digest(data: Bytes, start: int, stop: int) -> np.uint64:
    """A 64-bit hash of bytes, in two lanes so that multiplications overlap; 8 bytes may be read behind ``stop``."""
    a, b = SEEDS[0], SEEDS[1]
    i: Any = np.int64(start)
    while i + 16 <= stop:
        a = (a ^ load8(data, i)) * FACTOR
        b = (b ^ load8(data, i + 8)) * FACTOR
        a ^= a >> FOLD
        b ^= b >> FOLD
        i += 16
    if i + 8 <= stop:
        a = (a ^ load8(data, i)) * FACTOR
        a ^= a >> FOLD
        i += 8
    if i < stop:
        b = (b ^ (load8(data, i) & low(8 * (stop - i)))) * FACTOR
        b ^= b >> FOLD
    a = ((a ^ b) * FACTOR) ^ np.uint64(stop - start)
    a = (a ^ (a >> FOLD)) * FACTOR
    mixed: np.uint64 = a ^ (a >> FOLD)
    return mixed


@inline
def before(data: Bytes, start: int, i: int) -> int:
    """Where the code point that ends at byte ``i`` > ``start`` begins."""
    i -= 1
    while i > start and data[i] & 0xC0 == 0x80:
        i -= 1
    return i


@inner
def strip_left(data: Bytes, start: int, stop: int, index: Index, values: Values) -> int:
    """Where the text begins once white space is left out, ``stop`` if there is nothing else."""
    while start < stop:
        code_point, following = decode(data, start, stop)
        if properties(index, values, code_point) >> CLASS_SHIFT & CLASS_MASK != SPACE:
            break
        start = following
    return start


@inner
def strip_right(data: Bytes, start: int, stop: int, index: Index, values: Values) -> int:
    """Where the text ends once white space is left out, ``start`` if there is nothing else."""
    while stop > start:
        i = before(data, start, stop)
        code_point, _ = decode(data, i, stop)
        if properties(index, values, code_point) >> CLASS_SHIFT & CLASS_MASK != SPACE:
            break
        stop = i
    return stop


@inline
def ends_in_dots(data: Bytes, start: int, stop: int) -> bool:
    """Whether "..." stands at the end."""
    return stop - start >= 3 and data[stop - 1] == STOP and data[stop - 2] == STOP and data[stop - 3] == STOP


@inner
def ends_sentence(data: Bytes, start: int, stop: int, index: Index, values: Values) -> bool:
    """Whether the text ends with a sign that ends sentences, quotes and brackets behind it left out."""
    while stop > start:
        i = before(data, start, stop)
        code_point, _ = decode(data, i, stop)
        value = properties(index, values, code_point)
        if not value & CLOSER:
            return value & SENTENCE_END > 0
        stop = i
    return False


@inner
def without_citation(data: Bytes, start: int, stop: int, index: Index, values: Values) -> int:
    """Where the text ends once "[12]", "[edit]" and "[citation needed]" at its end are left out (C4)."""
    while stop > start and data[stop - 1] == CLOSE:
        i = stop - 1
        while i > start:
            j = before(data, start, i)
            code_point, _ = decode(data, j, stop)
            if properties(index, values, code_point) & CATEGORY_MASK != DECIMAL:
                break
            i = j
        if i == start or data[i - 1] != OPEN:
            i = stop - 1
            if _stands_before(data, start, i, EDIT):
                i -= len(EDIT)
            elif _stands_before(data, start, i, CITATION_NEEDED):
                i -= len(CITATION_NEEDED)
            else:
                break
            i += 1
        stop = i - 1
    return stop


EDIT = np.frombuffer(b"[edit", np.uint8)
CITATION_NEEDED = np.frombuffer(b"[citation needed", np.uint8)


@inner
def _stands_before(data: Bytes, start: int, stop: int, words: Bytes) -> bool:
    if stop - start < len(words):
        return False
    for k in range(len(words)):  # noqa: SIM110 - Numba has no all()
        if data[stop - len(words) + k] != words[k]:
            return False
    return True


@inner
def _has_long_word(offsets: Counts, first: int, last: int) -> bool:
    for k in range(first, last):  # noqa: SIM110
        if offsets[k + 1] - offsets[k] > C4_WORD_LENGTH:
            return True
    return False


@inner
def visible_lines(
    data: Bytes,
    start: int,
    lines: Counts,
    n_lines: int,
    offsets: Counts,
    long_words: bool,
    hinted: int,
    tables: Tables,
    by_space: bool,
    row: Counts,
) -> None:
    """What Gopher and C4 ask of lines as ``str.splitlines()`` cuts them, white space at both ends left out.

    With whitespace words the signs are those of the published rules: "•" and "-" begin a list item, and C4's
    sentences end with . ? ! or a straight quote. Otherwise those of any script.
    """
    index, values = tables.blocks, tables.values
    words = sentences = curly = 0
    for k in range(n_lines):
        stop = lines[k, END]
        after = lines[k, NEXT]
        words_here = lines[k, WORDS_SO_FAR] - words
        sentences_here = lines[k, SENTENCES_SO_FAR] - sentences
        curly_here = lines[k, CURLY_SO_FAR] > curly
        words, sentences, curly = lines[k, WORDS_SO_FAR], lines[k, SENTENCES_SO_FAR], lines[k, CURLY_SO_FAR]
        if k == n_lines - 1 and stop == start:
            break  # nothing follows the last break
        first = strip_left(data, start, stop, index, values)
        last = strip_right(data, first, stop, index, values)
        start = after
        row[LINES] += 1
        if first == last:
            row[BLANK_LINES] += 1
            continue
        code_point, _ = decode(data, first, last)
        if by_space:
            row[BULLET_LINES] += code_point in (DOT_BULLET, HYPHEN)
        else:
            row[BULLET_LINES] += properties(index, values, code_point) & BULLET > 0
        row[NUMBERED_LINES] += properties(index, values, code_point) & CATEGORY_MASK == DECIMAL
        final, _ = decode(data, before(data, first, last), last)
        dots = ends_in_dots(data, first, last)
        row[ELLIPSIS_LINES] += dots or final == ELLIPSIS
        javascript = hinted & JAVASCRIPT != 0 and contains(data, first, last, JAVASCRIPT_PHRASE)
        about_policy = policy(data, first, last, hinted)
        row[JAVASCRIPT_LINES] += javascript
        row[POLICY_LINES] += about_policy

        if words_here < C4_WORDS:
            continue
        if long_words and _has_long_word(offsets, words - words_here, words):
            continue
        end = without_citation(data, first, last, index, values)
        if ends_in_dots(data, first, end):
            continue
        if by_space:
            if end == first or data[end - 1] not in (STOP, 63, 33, 34, 39):
                continue
        elif not ends_sentence(data, first, end, index, values):
            continue
        if hinted & LOREM_IPSUM != 0 and contains(data, first, last, LOREM_IPSUM_PHRASE):
            row[LOREM_IPSUM_LINES] += 1
        elif not javascript:
            if curly_here:
                row[CURLY_LINES] += 1
            elif not about_policy:
                row[C4_LINES] += 1
                row[C4_SENTENCES] += max(1, sentences_here)


_parting, _spaces = among(("\t", "\t"), ("|", "|"), (";", ";"), (",", ",")), among((" ", " "))


@inner
def separators(data: Bytes, start: int, stop: int) -> int:
    """What may part cells: tabs, bars, semicolons, commas, and runs of spaces; no space may be the last byte."""
    found: Any = np.int64(0)
    for begin in range(start, stop, SIZE):
        i: Any = np.int64(begin)
        runs_end = _spaces(data, i) & _spaces(data, i + 1) & ~_spaces(data, i + 2)
        found += np.int64(ones((_parting(data, i) | runs_end) & within(min(stop - i, SIZE))))
    return int(found)


@inner
def hard_lines(
    data: Bytes,
    start: int,
    lines: Counts,
    n_lines: int,
    tables: Tables,
    by_space: bool,
    table: Hashes,
    row: Counts,
) -> None:
    """What Gopher and FineWeb ask of what lies between line feeds; ``table`` is for work."""
    index, values = tables.blocks, tables.values
    stop = lines[n_lines - 1, END]
    body = strip_left(data, start, stop, index, values)
    body_stop = strip_right(data, body, stop, index, values)
    if stop > start:
        empty = (1 if data[start] == 10 else 0) + (1 if data[stop - 1] == 10 else 0)
        row[RUNS] += empty
        row[REPEATED_RUNS] += empty == 2
    shift = shift_for(2 * n_lines)  # of lines and of paragraphs
    table[: 1 << (KEY_BITS - shift)] = 0
    chars = 0
    began = False  # inside a paragraph
    paragraph = np.uint64(0)
    paragraph_chars = 0
    for k in range(n_lines):
        if k < n_lines - 1 and data[lines[k, NEXT] - 1] != 10:
            continue
        closing = k == n_lines - 1
        end = lines[k, END] if closing else lines[k, NEXT] - 1
        length = lines[k, CHARS_SO_FAR] - chars - (0 if closing else 1)
        chars = lines[k, CHARS_SO_FAR]
        whole = np.uint64(0)
        if end > start:
            row[RUNS] += 1
            row[LINE_CHARS] += length
            whole = digest(data, start, end)
            met = met_before(table, whole, shift)
            if met:
                row[REPEATED_RUNS] += 1
                row[REPEATED_RUN_CHARS] += length
            last = strip_right(data, start, end, index, values)
            if last > start:
                row[HARD_LINES] += 1
                row[SHORT_LINES] += length <= SHORT
                if length <= SHORT:
                    about, _ = decode(data, before(data, start, last), last)
                    category = properties(index, values, about) & CATEGORY_MASK
                    row[LIST_LINES] += category <= LAST_NUMBER or category > LAST_PUNCTUATION
                cells = 1 + separators(data, start, last)
                row[TABLE_LINES] += cells >= CELLS and length <= CELL * cells
                row[REPEATED_LINE_CHARS] += length if met else 0
                if by_space:
                    final, _ = decode(data, before(data, start, end), end)
                    row[TERMINAL_LINES] += properties(index, values, final) & TERMINAL > 0
                else:
                    row[TERMINAL_LINES] += ends_sentence(data, start, last, index, values)
        low, high = max(start, body), min(end, body_stop)
        inside = start < body_stop and end > body
        if inside and high > low:
            if high - low < end - start:  # the first or the last line, cut
                whole = digest(data, low, high)
                length = 0
                for i in range(low, high):
                    length += data[i] & 0xC0 != 0x80
            paragraph = ((paragraph if began else SEEDS[3]) ^ whole) * FACTOR
            paragraph ^= paragraph >> FOLD
            paragraph_chars += length + (1 if began else 0)
            began = True
        if began and (end == start or end >= body_stop):
            row[PARAGRAPHS] += 1
            if met_before(table, paragraph, shift):
                row[REPEATED_PARAGRAPHS] += 1
                row[REPEATED_PARAGRAPH_CHARS] += paragraph_chars
            began = False
            paragraph_chars = 0
        start = end + 1
