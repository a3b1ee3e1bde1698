"""The passages of a document that are put to a language model: chosen, cut, and written as the model wants them.

A passage is a run of lines, or a part of a long line, in one writing system. Lines of few letters (menus, numbers) give
none, unless the document has nothing else. Of a long document only some lines are taken: the first of each quarter, up
to as many letters as are asked for. Both rules look at the document alone, so a passage does not depend on the batch.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, kernel, part
from langid.script import COUNT, HAN, HANGUL, JAPANESE, KATAKANA, dominant, letter_script
from langid.unicode import (
    CATEGORY_MASK,
    CLASS_MASK,
    CLASS_SHIFT,
    FORMAT,
    LAST_LETTER,
    LAST_MARK,
    SCRIPT_MASK,
    SCRIPT_SHIFT,
    SPACE,
    UPPERCASE,
    Index,
    Shifts,
    Values,
    decode,
    lower,
    lowercase,
    properties,
    table,
)

ZONES = 4  # of a long document
ZONE_LETTERS = 200  # read of each
SHORT_DOCUMENT = 800  # bytes: read whole
CUT_AFTER = 200  # letters: a long line is cut at the next gap, or after half as many more without one
JOIN_UNDER = 60  # letters: a passage so short takes the next line in
FEWEST = 16  # letters of a line that may vote
FEWEST_DENSE = 6  # where a letter says more: Chinese, Japanese, Korean
SHOUT = 8  # cased letters: so many, four fifths of them capitals, are read as small ones

NEWLINE, APOSTROPHE, QUOTE = 10, 0x27, 0x2019
SMALL_LETTER = 2

LOOSE = 2 * ZONES  # where ``rest`` says whether short lines were taken

NO_GAP, WHITE, INSIDE, BREAK = range(4)  # what lies between two written characters

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Passages:
    """Passages in the order of their documents: ``data[starts[i]:stops[i]]`` is passage i of document ``documents[i]``,
    with ``letters[i]`` letters (of the original text) and most of them in writing system ``systems[i]``.

    ``rest`` (documents, 2 * ZONES + 1) is where reading may go on: bytes from a document's begin at which the first
    passage of each quarter began, then those at which the last ended, then whether short lines were taken, -1 where
    nothing was."""

    data: Bytes
    starts: Longs
    stops: Longs
    documents: Ints
    letters: Ints
    systems: Ints
    rest: Longs


def passages(
    offsets: npt.NDArray[np.int32],
    data: Bytes,
    letters_only: bool,
    zone_letters: int = ZONE_LETTERS,
    join_under: int = JOIN_UNDER,
    to_be_followed: bool = False,
    rest: Longs | None = None,
) -> Passages:
    """Passages of UTF-8 documents ``data[offsets[i]:offsets[i + 1]]``: about ``zone_letters`` a quarter of long ones.

    A passage of fewer than ``join_under`` letters takes the next line in (0: lines stay apart). Reading that is
    ``to_be_followed`` ends where a passage is whole; given the ``rest`` of it, those passages are read that follow.

    With ``letters_only`` (as the built-in model is trained) they are small letters, marks and apostrophes inside words,
    parted by single spaces; else the text as it is, shouting lowered. Either way spaces between Han characters are
    dropped, and so are links, paths and addresses.
    """
    size = int(offsets[-1]) - int(offsets[0])
    most = size // 2 + 8  # a passage is a letter at least, and the next a line or another script away
    # A small letter may take a byte more than its capital, at most three for two.
    written = np.empty(size + size // 2 + 8, np.uint8)
    places = np.empty((most, 2), np.int64)
    facts = np.empty((most, 3), np.int32)
    index, values = table()
    lower_index, shifts = lowercase()
    after = rest is not None
    rest = np.full((len(offsets) - 1, 2 * ZONES + 1), -1, np.int64) if rest is None else rest.copy()
    count = _passages(
        offsets,
        data,
        letters_only,
        zone_letters,
        join_under,
        to_be_followed,
        after,
        rest,
        index,
        values,
        lower_index,
        shifts,
        written,
        places,
        facts,
        np.zeros(COUNT, np.int32),
    )
    columns = [np.ascontiguousarray(facts[:count, k]) for k in range(3)]
    starts, stops = (np.ascontiguousarray(places[:count, k]) for k in range(2))
    return Passages(written, starts, stops, columns[0], columns[1], columns[2], rest)


@part
def _zone_start(data: Bytes, i: int, stop: int) -> int:
    """Where the first line at or after ``i`` begins, or a word near ``i`` where its line goes on to ``stop``."""
    j = i - 1
    while j < stop and data[j] != NEWLINE:
        j += 1
    if j + 1 < stop:
        return j + 1
    for j in range(i, i + 100 if i + 100 < stop else stop):
        if data[j] == 32:
            return j + 1
    while i < stop and data[i] & 0xC0 == 0x80:
        i += 1
    return i


@inline
def _write(code_point: int, out: Bytes, at: int) -> int:
    """UTF-8 of ``code_point`` into ``out``; the next free place."""
    if code_point < 0x80:
        out[at] = np.uint8(code_point)
        return at + 1
    if code_point < 0x800:
        out[at] = np.uint8(0xC0 | code_point >> 6)
    else:
        if code_point < 0x10000:
            out[at] = np.uint8(0xE0 | code_point >> 12)
        else:
            out[at] = np.uint8(0xF0 | code_point >> 18)
            at += 1
            out[at] = np.uint8(0x80 | code_point >> 12 & 0x3F)
        at += 1
        out[at] = np.uint8(0x80 | code_point >> 6 & 0x3F)
    out[at + 1] = np.uint8(0x80 | code_point & 0x3F)
    return at + 2


# What is counted of a piece of text: letters of a script, letters and marks, characters that are not space, capitals,
# letters that have case, and the script of the first letter.
LETTERS, WORDY, INKED, CAPITALS, CASED, FIRST = range(6)


@part
def _piece(
    data: Bytes, i: int, stop: int, cut: int, index: Index, values: Values, counts: Ints, seen: Longs
) -> tuple[int, int]:
    """Measure text from ``i`` to the end of its line, or to a cut at ``cut`` letters: its end, and the next start."""
    for k in range(len(seen)):
        seen[k] = 0
    for k in range(len(counts)):
        counts[k] = 0
    while i < stop:
        before = i
        code_point, i = decode(data, i, stop)
        if code_point == NEWLINE:
            return before, i
        value = properties(index, values, code_point)
        category = value & CATEGORY_MASK
        if 1 <= category <= LAST_LETTER:
            if 2 * seen[LETTERS] >= 3 * cut:
                return before, before
            script = letter_script(value)
            if script > 0:
                if seen[LETTERS] == 0:
                    seen[FIRST] = script
                counts[script] += 1
                seen[LETTERS] += 1
            seen[WORDY] += 1
            seen[INKED] += 1
            if value & UPPERCASE != 0:
                seen[CAPITALS] += 1
                seen[CASED] += 1
            elif category == SMALL_LETTER:
                seen[CASED] += 1
        elif 1 <= category <= LAST_MARK:
            seen[WORDY] += 1
            seen[INKED] += 1
        elif seen[LETTERS] >= cut:
            return i, i
        elif value >> CLASS_SHIFT & CLASS_MASK != SPACE:
            seen[INKED] += 1
    return i, i


@inline
def _is_sign_of_code(byte: int) -> bool:
    """@ / \\ _ = < > { }: a word of ASCII with one of them is a link, path, address or code, not language."""
    return byte == 64 or byte == 47 or byte == 92 or byte == 95 or 60 <= byte <= 62 or byte == 123 or byte == 125


@inline
def _is_apostrophe(code_point: int) -> bool:
    return code_point in (APOSTROPHE, QUOTE)


@part
def _put(
    data: Bytes,
    i: int,
    stop: int,
    letters_only: bool,
    small: bool,
    index: Index,
    values: Values,
    lower_index: Index,
    shifts: Shifts,
    out: Bytes,
    at: int,
) -> int:
    """Write a piece as the model wants it, from ``at``; the next free place (``at`` where nothing was left)."""
    begin = at
    gap = NO_GAP
    after_han = False
    after_letter = False
    token = at  # where the word (between spaces) began, and whether it is ASCII so far
    ascii = True
    skip = False
    while i < stop:
        code_point, i = decode(data, i, stop)
        value = properties(index, values, code_point)
        category = value & CATEGORY_MASK
        if value >> CLASS_SHIFT & CLASS_MASK == SPACE or code_point < 32:
            gap = BREAK if gap == BREAK else WHITE
            token = at
            ascii = True
            skip = False
            after_letter = False
            continue
        if code_point >= 128:
            ascii = False
            skip = False
        elif skip:
            continue
        elif ascii and _is_sign_of_code(code_point):
            at = token
            gap = BREAK
            skip = True
            continue
        is_word = 1 <= category <= LAST_MARK
        if letters_only and not is_word:
            if category == FORMAT:
                continue  # joiners: words keep their letters together with or without
            inside = after_letter and gap == NO_GAP and _is_apostrophe(code_point)
            gap = INSIDE if inside else BREAK
            after_letter = False
            continue
        script = value >> SCRIPT_SHIFT & SCRIPT_MASK
        if gap == INSIDE:
            out[at] = APOSTROPHE
            at += 1
        elif gap != NO_GAP and at > begin and not (gap == WHITE and after_han and script == HAN):
            out[at] = 32
            at += 1
        gap = NO_GAP
        after_han = script == HAN
        after_letter = is_word
        if small and value & UPPERCASE != 0:
            code_point = lower(lower_index, shifts, code_point)
        at = _write(code_point, out, at)
    return at


@kernel
def _passages(
    offsets: npt.NDArray[np.int32],
    data: Bytes,
    letters_only: bool,
    zone_letters: int,
    join_under: int,
    to_be_followed: bool,
    after: bool,
    rest: Longs,
    index: Index,
    values: Values,
    lower_index: Index,
    shifts: Shifts,
    out: Bytes,
    places: npt.NDArray[np.int64],
    facts: npt.NDArray[np.int32],
    counts: Ints,
) -> int:
    made = 0
    at = 0
    seen = np.zeros(6, np.int64)
    for document in range(len(offsets) - 1):
        first, last = int(offsets[document]), int(offsets[document + 1])
        zones = 1 if last - first <= SHORT_DOCUMENT else ZONES
        cut = CUT_AFTER if after or zones == 1 or zone_letters > CUT_AFTER else zone_letters
        begun = made
        place = rest[document]
        for strict in (True, False):
            if made > begun:
                break  # only a document of nothing but short lines is looked at again
            if after and place[LOOSE] != np.int64(not strict):
                continue
            reached = first
            for zone in range(zones):
                i = first + (last - first) * zone // zones
                end = first + (last - first) * (zone + 1) // zones
                limit = last
                if after:
                    i = first + place[ZONES + zone]
                    if zone + 1 < zones:
                        limit = first + place[zone + 1]
                    end = limit
                else:
                    if zone > 0:
                        i = _zone_start(data, i, end)
                        if i < reached:
                            i = reached
                    place[zone] = i - first
                    if to_be_followed and zone + 1 < zones:
                        # Nothing is left out or read twice, whatever more is read.
                        limit = max(i, _zone_start(data, end, first + (last - first) * (zone + 2) // zones))
                        end = limit
                taken = 0
                joins = False
                while i < end and (taken < zone_letters or zones == 1 or (to_be_followed and joins)):
                    stop, following = _piece(data, i, limit, cut, index, values, counts, seen)
                    system = seen[FIRST]
                    if counts[system] != seen[LETTERS] or system in (HAN, HANGUL):
                        system = np.int64(dominant(counts))
                    elif system == KATAKANA:
                        system = np.int64(JAPANESE)
                    sparse = system != HAN and system != JAPANESE and system != HANGUL
                    fewest = 1 if not strict else FEWEST if sparse else FEWEST_DENSE
                    if seen[LETTERS] >= fewest and (not strict or 2 * seen[WORDY] >= seen[INKED]):
                        joins = joins and system == facts[made - 1, 2]
                        start = at
                        if joins:
                            out[at] = 32
                            at += 1
                        shouts = seen[CASED] >= SHOUT and 5 * seen[CAPITALS] >= 4 * seen[CASED]
                        text = at
                        at = _put(
                            data,
                            i,
                            stop,
                            letters_only,
                            letters_only or shouts,
                            index,
                            values,
                            lower_index,
                            shifts,
                            out,
                            at,
                        )
                        if at == text:
                            at = start
                        else:
                            if not joins:
                                places[made, 0] = text
                                facts[made, 0] = document
                                facts[made, 1] = 0
                                facts[made, 2] = system
                                made += 1
                            places[made - 1, 1] = at
                            facts[made - 1, 1] += seen[LETTERS]
                            taken += seen[LETTERS]
                            joins = facts[made - 1, 1] < (join_under if strict else cut)
                    i = following
                place[ZONES + zone] = i - first
                if i > reached:
                    reached = i
            if not after and (made > begun or not strict):
                place[LOOSE] = np.int64(not strict)
    return made
