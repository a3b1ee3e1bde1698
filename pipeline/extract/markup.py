"""One pass over the bytes of an HTML page: its tree, and its blocks of text.

The rules are those of the HTML standard as far as the text and its place in the tree depend on them: elements that have
no content or no markup in them, end tags left out, comments, references to characters, drawings and formulas. Left out
are the moving of text out of tables and the reopening of formatting elements, neither of which changes a text.
"""

# The shape of this code is that which compiles fastest: short functions for what is done often, few branches, tables
# instead of lists of cases, and no literals as arguments, for each of which Numba compiles a function anew.

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from pipeline.extract.elements import (
    ALONE,
    BLOCK,
    BREAK,
    COUNTED,
    ENDS_P,
    FOREIGN,
    FOREIGN_END,
    FORMAT,
    GRID,
    HEADING,
    HIDDEN,
    INLINE,
    LINK,
    NOTED,
    PICTURE,
    PRESSED,
    RAW,
    SCOPE,
    TABLE_PART,
    TERMS,
    TITLE,
    UNNODED,
    VOID,
    number,
)
from pipeline.extract.elements import SLOTS as _SLOTS
from pipeline.extract.hints import UNSEEN
from pipeline.extract.rows import (
    BASE,
    BLOCKS,
    BREAKS,
    DEPTH,
    END,
    EVENT_END,
    EVENT_KIND,
    EVENT_START,
    EVENT_STOP,
    EVENTS,
    FLAGS,
    FULL,
    IN_FOREIGN,
    IN_HIDDEN,
    IN_LINK,
    IN_P,
    IN_PRE,
    IN_STRONG,
    IN_TABLE,
    KIND,
    KINDS,
    LINKED,
    LINKS,
    LOOK,
    MAX_STEPS,
    NAME,
    NEAREST,
    NODE,
    NODES,
    OPEN,
    OUT,
    OWN,
    PARENT,
    PATH,
    PICTURES,
    SEEN_PICTURES,
    SPACE,
    START,
    STEPS,
    STRONGS,
    TEXTUAL,
    TOP,
    WORDS,
    constant,
)

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Longs = npt.NDArray[np.uint64]
States = npt.NDArray[np.int32]

_CLASS, _ID, _ROLE, _ITEMPROP, _STYLE = (number(name) for name in ("class", "id", "role", "itemprop", "style"))
_UNSEEN_NAME, _ARIA = number("hidden"), number("aria-hidden")
_SCRIPT = number("script")
_REL, _LICENCE, _SHADOW = number("rel"), constant(number("license")), number("shadowrootmode")
_LONGEST_HINT = 600  # bytes of an attribute that are looked at
_HASH = 0x7FFFFFFFFFFF
_ENTITY_SLOTS = 8192
_LONGEST_NAME = 33
_LONGEST_BARE = 6
_EACH = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)


_NONE, _ONE = constant(0), constant(1)
_LESS, _MORE, _EQUALS, _NOWHERE = constant(60), constant(62), constant(61), constant(-1)
_P, _BR = constant(number("p")), constant(number("br"))
# Bytes as numbers, the first highest.
_DASHES, _DASH_MORE, _BANG_DASHES, _DASHES_BANG, _BRACKETS = 0x2D2D, 0x2D3E, 0x212D2D, 0x2D2D21, 0x5D5D
_CDATA = int.from_bytes(b"![CDATA[")
_BEARS, _SHOWN = 1 << 61, 1 << 62  # beside the hints: the tag names a licence; a template that browsers show
_TWO, _THREE, _EIGHT = constant(2), constant(3), constant(8)


def _small() -> npt.NDArray[np.int64]:
    small = np.arange(256)
    small[65:91] += 32
    small[[9, 10, 12, 13, 32, 47, 62]] = -1
    return small


def _digits() -> npt.NDArray[np.int64]:
    digits = np.full(256, 99)
    for digit in range(16):
        digits[[ord(f"{digit:x}"), ord(f"{digit:X}")]] = digit
    return digits


def _named() -> npt.NDArray[np.int64]:
    named = np.zeros(256, np.int64)
    for first, last in (("0", "9"), ("A", "Z"), ("a", "z"), (";", ";")):
        named[ord(first) : ord(last) + 1] = 1
    return named


_SMALL_LETTERS = _small()  # by byte; -1 for those that end a name
_DIGITS = _digits()  # values of digits up to F; 99 for all else
_IN_REFERENCE = _named()  # letters, digits and the semicolon
_SPACES = sum(1 << space for space in (9, 10, 12, 13, 32))


@inner
def at(page: Bytes, i: int) -> int:
    """The byte at ``i``, of which Numba need not ask whether it counts from the end."""
    byte: int = page[np.uintp(i)] & 0xFF  # signed from here on
    return byte


@inner
def add(values: Ints, column: int, more: int) -> None:
    """Add to one of ``values``."""
    values[column] += more


@inner
def peek(page: Bytes, i: int, n: int, size: int) -> int:
    """The bytes from ``i`` on as a number, the first highest; -1 where the page ends before."""
    value = _NONE if i + size <= n else _NOWHERE
    while size > 0 and value >= 0:
        value = value << 8 | at(page, i)
        i += 1
        size -= 1
    return value


@inner
def walk(page: Bytes, i: int, stop: int, wanted: int) -> int:
    """Where the byte ``wanted`` is next, or ``stop``, byte by byte."""
    while i < stop and at(page, i) != wanted:
        i += 1
    return i


@inner
def find(page: Bytes, longs: Longs, i: int, n: int, wanted: int) -> int:
    """Where the byte ``wanted`` is next, from ``i`` on; ``n`` where it is not."""
    i = walk(page, i, min(n, i + 7 & -8), wanted)
    if i & 7:
        return i
    pattern = np.uint64(wanted) * _EACH
    while i + 8 <= n:
        x = longs[np.uintp(i >> 3)] ^ pattern
        if (x - _EACH) & ~x & _TOPS:
            break
        i += 8
    return walk(page, i, n, wanted)


@inner
def is_letter(c: int) -> bool:
    """An ASCII letter, which is what a tag's name begins with."""
    return abs((c | 32) * 2 - 219) <= 25


@inner
def is_space(c: int) -> bool:
    """Tab, line feed, form feed, carriage return or blank."""
    return (_SPACES >> min(c, 63) & 1) != 0


@inner
def skip(page: Bytes, i: int, n: int) -> int:
    """Behind the blanks from ``i`` on."""
    while i < n and is_space(at(page, i)):
        i += 1
    return i


@inner
def read_name(page: Bytes, i: int, n: int, end: int) -> tuple[int, int]:
    """The number of the name that begins at ``i``, in small letters, and where it ends: also at the byte ``end``, if it
    does not begin with it."""
    name = 0
    start = i
    while i < n:
        c = _SMALL_LETTERS[at(page, i)]
        if (c < 0) | (c == end) & (i > start):
            break
        name = (name * 257 + c) & _HASH
        i += 1
    return name, i


@inner
def row_of(name: int, slots: Ints) -> int:
    """The row of an element's name; 0 where it has none."""
    slot = name % _SLOTS
    while slots[slot, _NONE] != name:
        if slots[slot, _NONE] < 0:
            return _NONE
        slot = (slot + 1) % _SLOTS
    return int(slots[slot, _ONE])


@inner
def hints(page: Bytes, i: int, stop: int, after: States, found: Ints) -> tuple[int, int]:
    """The hints in an attribute's value, and a hash of its letters."""
    state = int(after[_NONE, 26])
    mask = 0
    look = 0
    before = 26
    small = False
    for j in range(i, min(stop, i + _LONGEST_HINT)):
        c = at(page, j)
        symbol = (c | 32) - 97
        if not is_letter(c):
            symbol = 26
            if before == 26:
                continue
        elif small and c < 97:
            state = int(after[state, 26])
            mask |= found[state]
        small = c >= 97
        state = int(after[state, symbol])
        mask |= found[state]
        before = symbol
        look = (look * 31 + symbol + 1) & _HASH
    if before != 26:
        mask |= found[after[state, 26]]
    return mask, look


@inner
def has_word(page: Bytes, i: int, stop: int, wanted: int) -> bool:
    """Whether a word of an attribute's value is the one of this number, in capitals or not."""
    word = 0
    while i < stop and word != wanted:
        word, i = read_name(page, i, stop, _NOWHERE)
        i += 1
    return word == wanted


@inner
def attributes(page: Bytes, longs: Longs, i: int, n: int, after: States, found: Ints) -> tuple[int, int, int, bool]:
    """Where a start tag ends whose name ended at ``i``; its hints, its look, and whether it ends itself."""
    mask = 0
    look = 0
    closed = False
    while i < n:
        c = at(page, i)
        if c == 62:
            return i + 1, mask, look, closed
        closed = c == 47
        if closed | is_space(c):
            i += 1
            continue
        name, i = read_name(page, i, n, _EQUALS)
        if name == _UNSEEN_NAME:
            mask |= UNSEEN
        j = skip(page, i, n)
        if j >= n or at(page, j) != 61:
            continue
        i = skip(page, j + 1, n)
        start = i
        c = at(page, i)  # behind the page are zeros
        if (c == 34) | (c == 39):
            start = i + 1
            stop = find(page, longs, start, n, c)
            i = min(stop + 1, n)
        else:
            while i < n and at(page, i) != 62 and not is_space(at(page, i)):
                i += 1
            stop = i
        if (name == _CLASS) | (name == _ID) | (name == _ROLE) | (name == _ITEMPROP) | (name == _STYLE):
            more, hashed = hints(page, start, stop, after, found)
            mask |= more & UNSEEN if name == _STYLE else more
            if name == _CLASS:
                look = hashed
        elif (name == _ARIA) & (stop - start == 4):
            mask |= UNSEEN
        elif name == _REL and has_word(page, start, stop, _LICENCE):
            mask |= _BEARS
        elif name == _SHADOW:
            mask |= _SHOWN
    return n, mask, look, closed


@inner
def put(text: Bytes, out: int, point: int) -> int:
    """Write a code point as UTF-8; where the next one goes."""
    more = (point >= 0x80) + (point >= 0x800) + (point >= 0x10000)
    for k in range(more, 0, -1):
        text[out + k] = 0x80 | point & 0x3F
        point >>= 6
    text[out] = point | (0x7F80 >> more & 0xFF if more else 0)
    return out + more + 1


@inner
def reference(page: Bytes, i: int, n: int, entities: Ints, windows: Ints) -> tuple[int, int, int]:
    """The one or two code points of the reference whose ``&`` is at ``i``, and where it ends; ``i`` if it is none."""
    j = i + 1
    if at(page, j) == 35:
        j += 1
        base = 10
        if at(page, j) | 32 == 120:
            base = 16
            j += 1
        value = 0
        start = j
        while j < n and _DIGITS[at(page, j)] < base:
            value = min(value * base + _DIGITS[at(page, j)], 0x110000)
            j += 1
        if j == start:
            return _NONE, _NONE, i
        if (value == 0) | (value > 0x10FFFF) | (value >> 11 == 27):
            value = 0xFFFD
        elif value >> 5 == 4:
            value = int(windows[value - 128])
        return value, _NONE, j + (at(page, j) == 59)
    name = 0
    first = 0
    second = 0
    end = i
    last = min(n, i + _LONGEST_NAME + 1)
    while j < last:
        c = at(page, j)
        if not _IN_REFERENCE[c]:
            break
        name = (name * 257 + c) & _HASH
        j += 1
        if (c == 59) | (j - i <= _LONGEST_BARE + 1):
            slot = name % _ENTITY_SLOTS
            while entities[slot, _NONE] >= 0:
                if entities[slot, _NONE] == name:
                    first, second, end = entities[slot, _ONE], entities[slot, _TWO], j
                    break
                slot = (slot + 1) % _ENTITY_SLOTS
        if c == 59:
            break
    return first, second, end


@inner
def flush(state: Ints, text: Bytes, blocks: Ints) -> None:
    """End the open block, if there is one, without the blanks at its end."""
    if state[OPEN]:
        row = blocks[state[BLOCKS] - 1]
        start = row[START]
        out = state[OUT]
        while out > start and text[out - 1] <= 32:
            out -= 1
        state[OUT] = out
        row[END] = out
        row[TEXTUAL] = out - start
        if out == start:
            add(state, BLOCKS, -_ONE)
        state[OPEN] = _NONE
    state[SPACE] = _NONE


@inner
def begin(state: Ints, stack: Ints, nodes: Ints, blocks: Ints) -> bool:
    """Begin a block in the innermost open element; False where there is no room."""
    block = state[BLOCKS]
    if block >= len(blocks):
        state[FULL] = _ONE
        return False
    top = stack[state[DEPTH] - 1, NODE]
    row = blocks[block]
    row[START] = row[END] = state[OUT]
    row[TOP] = top
    row[BASE] = nodes[top, NEAREST]
    row[LINKS] = min(state[IN_LINK], _ONE)
    row[LINKED] = row[STRONGS] = row[BREAKS] = row[TEXTUAL] = _NONE
    row[PICTURES] = state[SEEN_PICTURES]
    state[SEEN_PICTURES] = _NONE
    state[BLOCKS] = block + 1
    state[OPEN] = _ONE
    state[SPACE] = _NONE
    return True


@inner
def copy(
    page: Bytes, i: int, n: int, state: Ints, stack: Ints, nodes: Ints, blocks: Ints, text: Bytes, entities: Ints,
    windows: Ints,
) -> int:  # fmt: skip
    """Take over the text from ``i`` up to the next markup; where that is."""
    out = state[OUT]
    space = state[SPACE]
    opened = state[OPEN]
    before = out
    room = len(text) - 16
    while i < n and out < room:
        c = at(page, i)
        first = c
        second = _NONE
        end = i + 1
        if c == 60:
            d = at(page, end)  # behind the page are zeros
            if is_letter(d) | (d == 33) | (d == 47) | (d == 63):
                break
        elif c == 38:
            first, second, end = reference(page, i, n, entities, windows)
            if end == i:
                first = c
                end = i + 1
            elif first == 160:
                first = 32
        elif c == 0xC2 and at(page, end) == 0xA0:
            first = 32
            end = i + 2
        i = end
        if is_space(first):
            if opened and state[IN_PRE]:
                text[out] = 10 if (first == 13) | (first == 12) else first
                out += (first != 13) | (at(page, i) != 10)
            else:
                space = max(space, _ONE)
            continue
        if not opened:
            state[OUT] = out
            if not begin(state, stack, nodes, blocks):
                return n
            opened = _ONE
            space = _NONE
            before = out
        elif space:
            text[out] = 10 if space == 2 else 32
            out += 1
            space = _NONE
        if c == 38:
            out = put(text, out, first)
            if second:
                out = put(text, out, second)
        elif c:
            text[np.uintp(out)] = c
            out += 1
    if out >= room:
        state[FULL] = _ONE
        i = n
    if opened:
        row = blocks[state[BLOCKS] - 1]
        if state[IN_LINK]:
            add(row, LINKED, out - before)
        if state[IN_STRONG]:
            add(row, STRONGS, out - before)
    state[OUT] = out
    state[SPACE] = space
    return i


@inner
def count(flags: int, name: int, one: int, state: Ints) -> None:
    """Add ``one`` to the counts of what is open; a formatting element without its name was closed before."""
    if name >= 0:
        add(state, flags >> COUNTED, one)
    if flags & (HIDDEN | FOREIGN):
        add(state, IN_HIDDEN, one * min(flags & HIDDEN, _ONE))
        add(state, IN_FOREIGN, one * min(flags & FOREIGN, _ONE))


@inner
def pop(depth: int, state: Ints, stack: Ints, text: Bytes, blocks: Ints) -> None:
    """Close elements until ``depth`` are open."""
    k = state[DEPTH] - 1
    state[DEPTH] = depth
    while k >= depth:
        flags = stack[k, FLAGS]
        count(flags, stack[k, NAME], -_ONE, state)
        if flags & BLOCK:
            flush(state, text, blocks)
        k -= 1


@inner
def innermost(name: int, also: int, walls: int, state: Ints, stack: Ints) -> tuple[int, int]:
    """The place of the innermost open element of a name, or with one of the flags ``also``, not seen through elements
    with one of the flags ``walls``, 0 or less if there is none; and all flags of the elements passed over."""
    k = state[DEPTH] - 1
    add(state, STEPS, k)  # at most; a page that has not many does not come near the cap
    seen = _NONE
    while k > 0 and stack[k, NAME] != name:
        flags = stack[k, FLAGS]
        if flags & also:
            break
        seen |= flags
        k = _NOWHERE if flags & walls else k - 1
    return k, seen


@inner
def close(name: int, also: int, walls: int, state: Ints, stack: Ints, text: Bytes, blocks: Ints) -> bool:
    """Close the innermost such element (see ``innermost``) and all in it; whether there is one."""
    k, _ = innermost(name, also, walls, state, stack)
    if k > 0:
        pop(k, state, stack, text, blocks)
    return k > 0


@inner
def close_formatting(name: int, state: Ints, stack: Ints, text: Bytes, blocks: Ints) -> None:
    """Close the innermost open formatting element of this name; blocks inside it stay open."""
    k, crossed = innermost(name, _NONE, SCOPE, state, stack)
    if k > 0:
        if crossed & BLOCK:
            add(state, stack[k, FLAGS] >> COUNTED, -_ONE)
            stack[k, NAME] = _NOWHERE
        else:
            pop(k, state, stack, text, blocks)


@inner
def implied(name: int, kind: int, flags: int, ends: int, state: Ints, stack: Ints, text: Bytes, blocks: Ints) -> bool:
    """Close what the start tag of ``name`` closes; False where the tag is to be ignored."""
    if flags & TABLE_PART:
        if not state[IN_TABLE]:
            return bool(state[IN_HIDDEN])
        keep = state[DEPTH]
        k = keep - 1
        while k > 0 and not stack[k, FLAGS] & GRID:
            if stack[k, FLAGS] & ends:
                keep = k
            k -= 1
        pop(keep, state, stack, text, blocks)
        return True
    if flags & ENDS_P and state[IN_P]:
        close(_P, _NONE, SCOPE | PRESSED, state, stack, text, blocks)
    if flags & stack[state[DEPTH] - 1, FLAGS] & (HEADING | ALONE):
        pop(state[DEPTH] - 1, state, stack, text, blocks)
    elif ends:
        close(name, flags & TERMS, ends, state, stack, text, blocks)
    elif kind == LINK and state[IN_LINK]:
        close_formatting(name, state, stack, text, blocks)
    return True


@inner
def push(name: int, kind: int, flags: int, mask: int, look: int, state: Ints, stack: Ints, nodes: Ints) -> None:
    """A node in the innermost open element, itself open unless it is void."""
    node = state[NODES]
    if node >= len(nodes):
        state[FULL] = _ONE
        return
    depth = state[DEPTH]
    parent = stack[depth - 1, NODE]
    row = nodes[node]
    above = nodes[parent]
    row[PARENT] = parent
    row[KIND] = kind
    row[OWN] = mask
    row[KINDS] = above[KINDS] | _ONE << kind
    row[WORDS] = above[WORDS] | mask
    row[PATH] = above[PATH]
    row[LOOK] = look
    row[NEAREST] = above[NEAREST]
    if flags & BLOCK:
        row[NEAREST] = node
        row[PATH] = (above[PATH] * 1000003 + name) & _HASH
    state[NODES] = node + 1
    if not flags & VOID and depth < len(stack):
        open_one = stack[depth]
        open_one[NAME] = name
        open_one[NODE] = node
        open_one[FLAGS] = flags
        state[DEPTH] = depth + 1
        count(flags, _ONE, _ONE, state)


@inner
def raw_end(page: Bytes, longs: Longs, i: int, n: int, name: int) -> int:
    """Where the end tag begins of the element ``name`` whose content, without markup, begins at ``i``."""
    inside = 0  # of a comment in a script, 1; of a script in that comment, 2
    script = name == _SCRIPT
    while True:
        j = find(page, longs, i, n, _LESS)
        if script and inside:
            k = find(page, longs, i, j, _MORE)
            while k < j:
                if k >= i + 2 and peek(page, k - 2, n, _TWO) == _DASHES:
                    inside = 0
                k = find(page, longs, k + 1, j, _MORE)
        if j >= n:
            return n
        i = j + 1
        slash = at(page, i) == 47
        if slash | (inside == 1):
            found, _ = read_name(page, i + slash, min(n, i + 24), _NOWHERE)
            if not slash:
                inside += found == _SCRIPT
            elif found == name:
                if inside < 2:
                    return j
                inside = 1
        if script and peek(page, i, n, _THREE) == _BANG_DASHES:
            inside = max(inside, 1)
            i += 1  # the dashes may be those of the end as well


@inner
def comment_end(page: Bytes, longs: Longs, i: int, n: int) -> int:
    """Behind the comment, declaration or instruction whose ``<`` is at ``i``."""
    if peek(page, i + 1, n, _THREE) != _BANG_DASHES:
        return min(n, find(page, longs, i + 1, n, _MORE) + 1)
    i += 4
    if at(page, i) == 62:
        return i + 1
    if peek(page, i, n, _TWO) == _DASH_MORE:
        return i + 2
    j = i
    while True:
        j = find(page, longs, j, n, _MORE)
        if j >= n:
            return n
        if (j >= i + 2 and peek(page, j - 2, n, _TWO) == _DASHES) or (
            j >= i + 3 and peek(page, j - 3, n, _THREE) == _DASHES_BANG
        ):
            return j + 1
        j += 1


@inner
def cdata_end(page: Bytes, longs: Longs, i: int, n: int) -> int:
    """Behind the section whose content begins at ``i``."""
    while True:
        i = find(page, longs, i, n, _MORE)
        if i >= n:
            return n
        i += 1
        if peek(page, i - 3, n, _TWO) == _BRACKETS:
            return i


@inner
def leave_foreign(state: Ints, stack: Ints, text: Bytes, blocks: Ints) -> None:
    """Close the open drawings and formulas and all in them."""
    k = _ONE
    while k < state[DEPTH] and not stack[k, FLAGS] & FOREIGN:
        k += 1
    pop(k, state, stack, text, blocks)


@inner
def record(events: Ints, state: Ints, kind: int, start: int, end: int) -> None:
    """Remember a place of the source, while there is room; the last place is overwritten then."""
    k = state[EVENTS]
    if k < len(events) - 1:
        state[EVENTS] = k + 1
    row = events[k]
    row[EVENT_KIND] = kind
    row[EVENT_START] = start
    row[EVENT_END] = row[EVENT_STOP] = end


@inner
def break_line(state: Ints, text: Bytes, blocks: Ints) -> None:
    """A break in the open block, if there is one; a second one ends it."""
    if state[OPEN]:
        if state[SPACE] == 2 and not state[IN_PRE]:
            flush(state, text, blocks)
        else:
            add(blocks[state[BLOCKS] - 1], BREAKS, _ONE)
            state[SPACE] = _TWO


@inner
def element(
    page: Bytes, longs: Longs, n: int, at_tag: int, i: int, name: int, row: Ints, mask: int, look: int, closed: bool,
    state: Ints, stack: Ints, nodes: Ints, blocks: Ints, events: Ints, text: Bytes,
) -> int:  # fmt: skip
    """Take in a start tag from ``at_tag`` to ``i``; where to go on."""
    flags, kind = row[_NONE], row[_ONE]
    if state[IN_FOREIGN]:
        if not flags & FOREIGN_END:
            if not closed:
                push(name, INLINE, flags & (FOREIGN | HIDDEN), _NONE, _NONE, state, stack, nodes)
            return i
        leave_foreign(state, stack, text, blocks)
    if mask & _SHOWN and flags & SCOPE and flags & HIDDEN:
        flags &= ~HIDDEN
    if flags & NOTED or (kind == LINK and mask & _BEARS):
        record(events, state, kind, at_tag, i)
    if flags & UNNODED or not implied(name, kind, flags, row[_THREE], state, stack, text, blocks):
        return i
    if flags & BLOCK:
        flush(state, text, blocks)
    elif kind == BREAK:
        break_line(state, text, blocks)
        return i
    elif kind == PICTURE:
        add(state, SEEN_PICTURES, _ONE)
    elif kind == LINK and state[OPEN]:
        add(blocks[state[BLOCKS] - 1], LINKS, _ONE)
    if flags & (RAW | TITLE):
        i = raw_end(page, longs, i, n, name)
        if flags & NOTED:
            events[max(state[EVENTS] - 1, _NONE), EVENT_STOP] = i
    elif not (flags & FOREIGN and closed):
        push(name, kind, flags, mask & (_BEARS - 1), look, state, stack, nodes)
    return i


@inner
def end_tag(name: int, row: Ints, state: Ints, stack: Ints, text: Bytes, blocks: Ints) -> None:
    """Close what the end tag of ``name`` closes."""
    flags = row[_NONE]
    if flags & FORMAT:
        close_formatting(name, state, stack, text, blocks)
    elif not close(name, flags & HEADING, row[_TWO], state, stack, text, blocks) and name == _P:
        flush(state, text, blocks)


@inner
def clear(values: Ints) -> None:
    """Fill with zeros."""
    for k in range(len(values)):
        values[k] = 0


@kernel
def scan(
    page: Bytes,
    longs: Longs,
    n: int,
    state: Ints,
    stack: Ints,
    nodes: Ints,
    blocks: Ints,
    events: Ints,
    text: Bytes,
    slots: Ints,
    rows: Ints,
    entities: Ints,
    windows: Ints,
    after: States,
    found: Ints,
) -> None:
    """Fill ``state``, ``nodes``, ``blocks``, ``events`` and ``text`` (rows.py) from the first ``n`` bytes of ``page``.

    ``page`` has at least 8 bytes more, which are 0, and ``longs`` is the same memory.
    """
    i = n - n
    clear(state)
    clear(nodes[_NONE])
    clear(stack[_NONE])
    stack[_NONE, NAME] = _NOWHERE
    stack[_NONE, FLAGS] = SCOPE
    state[NODES] = _ONE
    state[DEPTH] = _ONE
    while i < n and not state[FULL]:
        if state[STEPS] > MAX_STEPS:
            state[FULL] = _ONE
            break
        d = at(page, i + 1)
        if at(page, i) == 60:
            if (d == 33) | (d == 63):
                if state[IN_FOREIGN] and peek(page, i + 1, n, _EIGHT) == _CDATA:
                    i = cdata_end(page, longs, i + 9, n)
                else:
                    i = comment_end(page, longs, i, n)
                continue
            slash = d == 47
            if is_letter(at(page, i + 1 + slash)):
                start = i
                name, j = read_name(page, i + 1 + slash, n, _NOWHERE)
                i, mask, look, closed = attributes(page, longs, j, n, after, found)
                row = rows[row_of(name, slots)]
                if slash and name != _BR:
                    end_tag(name, row, state, stack, text, blocks)
                elif i >= n and page[n - 1] != 62 and not slash:
                    break  # a tag that the end of the page cuts off is none
                else:
                    i = element(
                        page, longs, n, start, i, name, row, mask, look, closed, state, stack, nodes, blocks, events,
                        text,
                    )  # fmt: skip
                continue
            if slash:
                i = comment_end(page, longs, i, n)
                continue
        if state[IN_HIDDEN]:
            i = find(page, longs, i + 1, n, _LESS)
        else:
            i = copy(page, i, n, state, stack, nodes, blocks, text, entities, windows)
    pop(_ONE, state, stack, text, blocks)
    flush(state, text, blocks)
