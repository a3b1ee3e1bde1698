"""Which repairs each document needs: one pass over its bytes, so that clean text is never copied or decoded.

Two answers are exact (CONTROL and SPACES: filters/tidy.py will change the text). The other three are suspicions that
Python settles, document by document: NFC (a sequence that may not be composed), MOJIBAKE (signs of UTF-8 read as
another encoding) and REPLACEMENT (bytes that are not UTF-8).
"""

import functools
import unicodedata
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.mojibake import FAMILIES, byte_of
from langid.kernel import kernel

NFC, CONTROL, MOJIBAKE, SPACES, REPLACEMENT = 1, 2, 4, 8, 16
"""Bits of a repair mask."""

# What a code point is to the pass, packed in 32 bits. Bits 0-11 are its roles in mojibake, each for three families of
# encodings: begins a sequence of two, of three, of four, continues one. Bits 24-31 are the combining class of a mark.
# Text of which no character has a bit of LOOK is clean.
DROP, LINE, SPACE, THIN = 1 << 12, 1 << 13, 1 << 14, 1 << 15
MARK, SECOND, ODD, UNSPACED = 1 << 16, 1 << 17, 1 << 18, 1 << 19
COMBINING = 24
CONTINUES, FAMILY = 9, 3
LOOK = DROP | LINE | SPACE | THIN | MARK | SECOND | ODD | 7 << CONTINUES

TABLE_END = 0x30000
"""Code points from here on have no row: none of them composes."""

DROPPED = (
    range(0x09),
    range(0x0E, 0x20),
    range(0x7F, 0x85),
    range(0x86, 0xA0),
    (0xAD,),  # soft hyphen
    range(0x202A, 0x202F),  # bidi embeddings and overrides: they come from markup and are cut apart from their ends
    range(0x2060, 0x2070),  # word joiner, invisible operators, bidi isolates, deprecated shaping controls
    (0xFEFF,),  # byte order mark
    range(0xFFF9, 0xFFFC),  # interlinear annotation
    range(0xFDD0, 0xFDF0),  # not characters
    (0xFFFE, 0xFFFF, 0x1FFFE, 0x1FFFF, 0x2FFFE, 0x2FFFF),
)
"""Characters that are no text. Kept, as scripts need them: joiners, direction marks (U+200E, U+200F, U+061C), variation
selectors, fillers, U+034F, U+180E."""

LINES = (0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029)
"""Line ends, which become a line feed: LF, VT, FF, CR (with LF or alone), NEL, Unicode's ends of line and paragraph."""

WHITE = (0x09, 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
"""Tab and spaces (category Zs)."""

THIN_SPACE = 0x200B
"""Zero-width space: it parts words where a script writes no spaces, and is litter everywhere else."""

UNSPACED_BLOCKS = (
    range(0x0E00, 0x10A0),  # Thai, Lao, Tibetan, Burmese
    range(0x1780, 0x1800),  # Khmer
    range(0x1950, 0x1AB0),  # Tai Le, New Tai Lue, Buginese, Tai Tham
    range(0x1B00, 0x1BC0),  # Balinese, Sundanese
    range(0xA980, 0xAAE0),  # Javanese, Burmese, Cham, Tai Viet
)
"""Where a zero-width space that follows is kept."""

JAMO = (range(0x1161, 0x1176), range(0x11A8, 0x11C3))
"""Vowels and final consonants of Hangul that may compose with what precedes: rare, so Python is asked."""

_DECOMPOSING = (
    range(0xC0, 0x3400),
    range(0xA000, 0xAC00),
    range(0xD7A4, 0xD800),
    range(0xF900, 0x17000),
    range(0x1B000, 0x20000),
    range(0x2F800, 0x2FA20),
)
"""Blocks in which characters decompose or combine; the rest is ideographs, syllables and private use."""

Flags = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.int64]
Data = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]
Number = int | np.int64


class Table(NamedTuple):
    """Packed flags of code points, shape (TABLE_END,), and the pairs that NFC changes, sorted, as first << 21 | second.

    These are the pairs that compose, and those of a letter with a mark and another mark that goes below the first.
    """

    flags: Flags
    pairs: Pairs


def _changing(parts: dict[int, tuple[int, int]]) -> set[tuple[int, int]]:
    """The pairs of Table, from what each character is composed of."""
    seconds: dict[int, set[int]] = {}
    for first, second in parts.values():
        seconds.setdefault(first, set()).add(second)
    pairs = set(parts.values())
    for code_point, (first, second) in parts.items():
        last, base = unicodedata.combining(chr(second)), first
        while last:
            below = (mark for mark in seconds.get(base, ()) if unicodedata.combining(chr(mark)) < last)
            pairs.update((code_point, mark) for mark in below)
            if base not in parts:
                break
            base = parts[base][0]
    return pairs


@functools.cache
def decomposing() -> list[int]:
    """Code points that have a canonical decomposition, but syllables of Hangul."""
    found = []
    for block in _DECOMPOSING:
        for start in range(block.start, block.stop, 64):
            some = range(start, min(start + 64, block.stop))
            if not unicodedata.is_normalized("NFD", " ".join(map(chr, some))):  # most runs hold none
                found += [code_point for code_point in some if not unicodedata.is_normalized("NFD", chr(code_point))]
    return found


@functools.cache
def table() -> Table:
    """The table, made from ``unicodedata`` and the codecs at first use (20 ms)."""
    flags = np.zeros(TABLE_END, np.uint32)
    for blocks, flag in ((DROPPED, DROP), (UNSPACED_BLOCKS, UNSPACED), (JAMO, ODD)):
        for block in blocks:
            flags[list(block)] |= flag
    flags[list(LINES)] |= LINE
    flags[list(WHITE)] |= SPACE
    flags[THIN_SPACE] |= THIN
    for block in _DECOMPOSING:
        orders = np.fromiter(map(unicodedata.combining, map(chr, block)), np.uint32, len(block))
        flags[block.start : block.stop] |= orders << COMBINING
    parts: dict[int, tuple[int, int]] = {}
    for code_point in decomposing():
        character = chr(code_point)
        if unicodedata.normalize("NFC", character) != character:
            flags[code_point] |= ODD
        else:
            first, second = unicodedata.decomposition(character).split()
            parts[code_point] = int(first, 16), int(second, 16)
    flags[flags >> COMBINING > 0] |= MARK
    flags[[second for _, second in parts.values()]] |= SECOND
    for number, family in enumerate(FAMILIES):
        for code_point, byte in byte_of(family).items():
            if byte not in (0xC0, 0xC1) and byte < 0xF5:
                role = 9 if byte < 0xC0 else 0 if byte < 0xE0 else 3 if byte < 0xF0 else 6
                flags[code_point] |= 1 << role + number
    return Table(flags, np.array([first << 21 | second for first, second in sorted(_changing(parts))], np.int64))


# What the text ends with so far, when it comes to white space.
_TEXT, _SPACE, _TAB, _LINE, _LINES, _START = 0, 1, 2, 3, 4, 5


@kernel
def needs(offsets: Offsets, data: Data, flags: Flags, pairs: Pairs, found: npt.NDArray[np.uint8]) -> None:
    """Write the repair mask of each document into ``found``, shape (n,).

    Only white space, marks, and characters that may continue a sequence of mojibake cost more than a look at the table:
    they look back at what stands before them. Decoding and search are written out, as a call that takes arrays counts
    references to them and is slower than all else here.
    """
    for document in range(len(offsets) - 1):
        first, stop = np.int64(offsets[document]), np.int64(offsets[document + 1])
        mask: Number = 0
        gap = _START
        line = first
        cyrillic: Number = 0  # sequences of mojibake on this line
        central: Number = 0
        i = first
        while i < stop:
            byte = np.int64(data[i])
            if byte >= 0x20 and byte < 0x7F:
                spaced = gap in (_SPACE, _START)
                doubled = False
                while byte >= 0x20 and byte < 0x7F:  # no branch on what is in it: a space comes when it likes
                    doubled |= spaced & (byte == 0x20)
                    spaced = byte == 0x20
                    i += 1
                    if i == stop:
                        break
                    byte = np.int64(data[i])
                gap = _SPACE if spaced else _TEXT
                mask |= SPACES if doubled else 0
                continue
            code_point: Number = byte
            length = 1
            if byte >= 0xE0 and byte < 0xF0 and i + 2 < stop:
                second, third = data[i + 1] ^ 0x80, data[i + 2] ^ 0x80
                code_point = (byte & 0xF) << 12 | second << 6 | third
                length = 3 if second | third < 0x40 and code_point >= 0x800 and code_point >> 11 != 0x1B else 0
            elif byte >= 0xC2 and byte < 0xE0 and i + 1 < stop:
                second = data[i + 1] ^ 0x80
                code_point = (byte & 0x1F) << 6 | second
                length = 2 if second < 0x40 else 0
            elif byte >= 0xF0 and i + 3 < stop:
                second, third, fourth = data[i + 1] ^ 0x80, data[i + 2] ^ 0x80, data[i + 3] ^ 0x80
                code_point = (byte & 0xF) << 18 | second << 12 | third << 6 | fourth
                length = 4 if second | third | fourth < 0x40 and code_point >= 0x10000 and code_point < 0x110000 else 0
            elif byte >= 0x80:
                length = 0
            if length == 0:
                mask |= REPLACEMENT
                i += 1
                continue
            flag = np.int64(flags[code_point]) if code_point < TABLE_END else 0
            if flag & LOOK == 0:
                gap = _TEXT
                i += length
                continue

            if flag & LINE:
                mask |= CONTROL * (code_point != 0x0A)
                if code_point != 0x0D or i + 1 == stop or data[i + 1] != 0x0A:
                    mask |= SPACES * (gap not in (_TEXT, _LINE))
                    gap = _LINES if gap == _LINE else _LINE
                    line, cyrillic, central = i, 0, 0
            elif flag & SPACE:
                tab = code_point == 0x09
                mask |= SPACES * (gap == _START or (gap == _SPACE and not tab))
                gap = _TAB if tab else _SPACE
            elif flag & DROP:
                mask |= CONTROL | MOJIBAKE * (0x80 <= code_point < 0xA0)
            elif flag & THIN == 0:
                gap = _TEXT
            mask |= NFC * (flag & ODD != 0)

            # Look back, one character after the other, for as long as this one has something to ask.
            order = flag >> COMBINING
            continues = flag >> CONTINUES & 7
            composing = flag & (MARK | SECOND) != 0
            thin = flag & THIN != 0
            before: Number = 0
            steps = 0
            back = i
            while (continues or composing or thin) and back > first and mask & REPLACEMENT == 0:
                after = back
                back -= 1
                while data[back] & 0xC0 == 0x80:
                    back -= 1
                nearer = before
                before = np.int64(data[back])
                if before >= 0x80:
                    before &= 0x7F >> after - back
                    for k in range(back + 1, after):
                        before = before << 6 | data[k] & 0x3F
                past = np.int64(flags[before]) if before < TABLE_END else 0
                if thin:
                    thin = False
                    mask |= CONTROL * (past & UNSPACED == 0)
                    gap = _TEXT if past & UNSPACED else gap
                hits = continues & past >> FAMILY * steps
                if hits:
                    cyrillic += hits >> 1 & 1
                    central += hits >> 2 & 1
                    # In a line of the other families' text the sequences must be dense; the half of a dash or quotation
                    # mark read as Windows-1251, U+0432 U+0402, is sure even among good Cyrillic.
                    dense = (cyrillic >= 4 or central >= 2) and (cyrillic + central) * 64 > i - line
                    mask |= MOJIBAKE * (hits & 1 or dense or (steps == 1 and before == 0x432 and nearer == 0x402))
                continues = continues & past >> CONTINUES if steps < 2 else 0
                if composing:
                    past_order = past >> COMBINING
                    composing = False
                    if past & MARK:
                        # Marks stand in the order of their classes; one hides the starter from others of its class.
                        mask |= NFC * (0 < order < past_order)
                        composing = flag & SECOND != 0 and past_order < order
                    elif flag & SECOND:
                        wanted = before << 21 | code_point
                        low, high = 0, len(pairs)
                        while low < high:
                            middle = (low + high) >> 1
                            if pairs[middle] < wanted:
                                low = middle + 1
                            else:
                                high = middle
                        mask |= NFC * (low < len(pairs) and pairs[low] == wanted)
                steps += 1
            mask |= CONTROL * thin
            i += length
        mask |= SPACES * (stop > first and gap != _TEXT)
        found[document] = mask
