"""One pass over the bytes of an HTML page: its tree, and its blocks of text.

The rules are those of the HTML standard as far as the text and its place in the tree depend on them: elements that have
no content or no markup in them, end tags left out, comments, references to characters, drawings and formulas. Left out
are the moving of text out of tables and the reopening of formatting elements, neither of which changes a text.
"""

# ruff: noqa: SIM109 (Numba compiles "in" anew for each tuple, which takes longer than the function it is in)

from typing import cast

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, inner, kernel
from pipeline.extract import elements as el
from pipeline.extract.elements import number
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
)

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Longs = npt.NDArray[np.uint64]
States = npt.NDArray[np.int32]

_SLOTS = el.SLOTS
_CLASS, _ID, _ROLE, _ITEMPROP, _STYLE = (number(name) for name in ("class", "id", "role", "itemprop", "style"))
_UNSEEN_NAME, _ARIA = number("hidden"), number("aria-hidden")
_REL, _LICENCE, _TEMPLATE, _SHADOW = (number(name) for name in ("rel", "license", "template", "shadowrootmode"))
_P, _LI, _DT, _DD, _A, _BR = (number(name) for name in ("p", "li", "dt", "dd", "a", "br"))
_TD, _TH, _TR, _TABLE, _BUTTON, _SCRIPT = (number(name) for name in ("td", "th", "tr", "table", "button", "script"))
_OPTION, _ADDRESS, _DIV, _OL, _UL = (number(name) for name in ("option", "address", "div", "ol", "ul"))
_TBODY, _THEAD, _TFOOT, _CAPTION = (number(name) for name in ("tbody", "thead", "tfoot", "caption"))
_TITLE, _OTHER_TITLE, _RT, _RP, _PLAIN = (number(name) for name in ("title", "desc", "rt", "rp", "plaintext"))
_LONGEST_HINT = 600  # bytes of an attribute that are looked at
_HASH = 0x7FFFFFFFFFFF
_ENTITY_SLOTS = 8192
_LONGEST_NAME = 33
_LONGEST_BARE = 6
_EACH = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)
_BLOCK = el.BLOCK
_BEARS, _SHOWN = 1 << 61, 1 << 62  # beside the hints: the tag names a licence; a template that browsers show
_LESS, _MORE = cast(int, np.int64(60)), cast(int, np.int64(62))
# No literals, for which kernels would be compiled apart.
_NONE, _ONE, _INLINE = cast(int, np.int64(0)), cast(int, np.int64(1)), cast(int, np.int64(el.INLINE))


@inner
def find(page: Bytes, longs: Longs, i: int, n: int, wanted: int) -> int:
    """Where the byte ``wanted`` is next, from ``i`` on; ``n`` where it is not."""
    while i < n and i & 7:
        if page[np.uintp(i)] == wanted:
            return i
        i += 1
    pattern = np.uint64(wanted) * _EACH
    while i + 8 <= n:
        x = longs[np.uintp(i >> 3)] ^ pattern
        if (x - _EACH) & ~x & _TOPS:
            break
        i += 8
    while i < n and page[np.uintp(i)] != wanted:
        i += 1
    return i


@inline
def is_letter(c: int) -> bool:
    """An ASCII letter, which is what a tag's name begins with."""
    return 97 <= (c | 32) <= 122


@inline
def is_space(c: int) -> bool:
    """Tab, line feed, form feed, carriage return or blank."""
    return c == 32 or c == 10 or c == 9 or c == 13 or c == 12


@inner
def read_name(page: Bytes, i: int, n: int) -> tuple[int, int]:
    """The number of the name that begins at ``i``, in small letters, and where it ends."""
    name = 0
    while i < n:
        c = int(page[np.uintp(i)])
        if is_space(c) or c == 47 or c == 62:
            break
        if 65 <= c <= 90:
            c += 32
        name = (name * 257 + c) & _HASH
        i += 1
    return name, i


@inner
def row_of(name: int, slots: Ints) -> int:
    """The row of an element's name; 0 where it has none."""
    slot = name % _SLOTS
    while slots[slot, 0] >= 0:
        if slots[slot, 0] == name:
            return int(slots[slot, 1])
        slot = (slot + 1) % _SLOTS
    return 0


@inner
def hints(page: Bytes, i: int, stop: int, after: States, found: Ints) -> tuple[int, int]:
    """The hints in an attribute's value, and a hash of its letters."""
    state = int(after[0, 26])
    mask = 0
    look = 0
    before = 26
    small = False
    for j in range(i, min(stop, i + _LONGEST_HINT)):
        c = int(page[np.uintp(j)])
        symbol = (c | 32) - 97
        if not 0 <= symbol < 26:
            symbol = 26
            if before == 26:
                continue
        elif c < 97 and small:
            state = int(after[np.uintp(state), np.uintp(26)])
            mask |= found[np.uintp(state)]
        small = c >= 97
        state = int(after[np.uintp(state), np.uintp(symbol)])
        mask |= found[np.uintp(state)]
        before = symbol
        look = (look * 31 + symbol + 1) & _HASH
    if before != 26:
        mask |= found[after[np.uintp(state), np.uintp(26)]]
    return mask, look


@inner
def has_word(page: Bytes, i: int, stop: int, wanted: int) -> bool:
    """Whether a word of an attribute's value is the one of this number, in capitals or not."""
    while i < stop:
        word, i = read_name(page, i, stop)
        if word == wanted:
            return True
        i += 1
    return False


@inner
def attributes(page: Bytes, longs: Longs, i: int, n: int, after: States, found: Ints) -> tuple[int, int, int, bool]:
    """Where a start tag ends whose name ended at ``i``; its hints, its look, and whether it ends itself."""
    mask = 0
    look = 0
    closed = False
    while i < n:
        c = int(page[np.uintp(i)])
        if c == 62:
            return i + 1, mask, look, closed
        if is_space(c) or c == 47:
            closed = c == 47
            i += 1
            continue
        closed = False
        name = 0
        first = True
        while i < n:
            c = int(page[np.uintp(i)])
            if c == 62 or c == 47 or is_space(c) or (c == 61 and not first):
                break
            if 65 <= c <= 90:
                c += 32
            name = (name * 257 + c) & _HASH
            first = False
            i += 1
        if name == _UNSEEN_NAME:
            mask |= UNSEEN
        j = i
        while j < n and is_space(int(page[np.uintp(j)])):
            j += 1
        if j >= n or page[np.uintp(j)] != 61:
            continue
        i = j + 1
        while i < n and is_space(int(page[np.uintp(i)])):
            i += 1
        start = i
        if i < n and (page[np.uintp(i)] == 34 or page[np.uintp(i)] == 39):
            start = i + 1
            stop = find(page, longs, start, n, int(page[np.uintp(i)]))
            i = min(stop + 1, n)
        else:
            while i < n and page[np.uintp(i)] != 62 and not is_space(int(page[np.uintp(i)])):
                i += 1
            stop = i
        if name == _CLASS or name == _ID or name == _ROLE or name == _ITEMPROP:
            more, hashed = hints(page, start, stop, after, found)
            mask |= more
            if name == _CLASS:
                look = hashed
        elif name == _STYLE:
            more, hashed = hints(page, start, stop, after, found)
            mask |= more & UNSEEN
        elif name == _ARIA and stop - start == 4:
            mask |= UNSEEN
        elif name == _REL and has_word(page, start, stop, _LICENCE):
            mask |= _BEARS
        elif name == _SHADOW:
            mask |= _SHOWN
    return n, mask, look, closed


@inline
def put(text: Bytes, out: int, point: int) -> int:
    """Write a code point as UTF-8; where the next one goes."""
    if point < 0x80:
        text[np.uintp(out)] = point
        return out + 1
    if point < 0x800:
        text[np.uintp(out)] = 0xC0 | point >> 6
        text[np.uintp(out + 1)] = 0x80 | point & 0x3F
        return out + 2
    if point < 0x10000:
        text[np.uintp(out)] = 0xE0 | point >> 12
        text[np.uintp(out + 1)] = 0x80 | point >> 6 & 0x3F
        text[np.uintp(out + 2)] = 0x80 | point & 0x3F
        return out + 3
    text[np.uintp(out)] = 0xF0 | point >> 18
    text[np.uintp(out + 1)] = 0x80 | point >> 12 & 0x3F
    text[np.uintp(out + 2)] = 0x80 | point >> 6 & 0x3F
    text[np.uintp(out + 3)] = 0x80 | point & 0x3F
    return out + 4


@inner
def reference(page: Bytes, i: int, n: int, entities: Ints, windows: Ints) -> tuple[int, int, int]:
    """The one or two code points of the reference whose ``&`` is at ``i``, and where it ends; ``i`` if it is none."""
    j = i + 1
    if j < n and page[j] == 35:
        j += 1
        base = 10
        if j < n and page[j] | 32 == 120:
            base = 16
            j += 1
        value = 0
        digits = 0
        while j < n:
            c = int(page[j])
            digit = c - 48 if 48 <= c <= 57 else (c | 32) - 87 if base == 16 and 97 <= (c | 32) <= 102 else -1
            if digit < 0:
                break
            value = min(value * base + digit, 0x110000)
            digits += 1
            j += 1
        if not digits:
            return 0, 0, i
        if j < n and page[j] == 59:
            j += 1
        if value == 0 or value > 0x10FFFF or 0xD800 <= value < 0xE000:
            value = 0xFFFD
        elif 128 <= value < 160:
            value = int(windows[value - 128])
        return value, 0, j
    name = 0
    first = 0
    second = 0
    end = i
    while j < n and j - i <= _LONGEST_NAME:
        c = int(page[j])
        if not (is_letter(c) or 48 <= c <= 57 or c == 59):
            break
        name = (name * 257 + c) & _HASH
        j += 1
        if c == 59 or j - i - 1 <= _LONGEST_BARE:
            slot = name % _ENTITY_SLOTS
            while entities[slot, 0] >= 0:
                if entities[slot, 0] == name:
                    first, second, end = int(entities[slot, 1]), int(entities[slot, 2]), j
                    break
                slot = (slot + 1) % _ENTITY_SLOTS
        if c == 59:
            break
    return first, second, end


@inner
def flush(state: Ints, text: Bytes, blocks: Ints) -> None:
    """End the open block, if there is one, without the blanks at its end."""
    if state[OPEN]:
        block = state[BLOCKS] - 1
        start = blocks[block, START]
        out = state[OUT]
        while out > start and text[out - 1] <= 32:
            out -= 1
        state[OUT] = out
        blocks[block, END] = out
        blocks[block, TEXTUAL] = out - start
        if out == start:
            state[BLOCKS] -= 1
        state[OPEN] = 0
    state[SPACE] = 0


@inner
def begin(state: Ints, stack: Ints, nodes: Ints, blocks: Ints) -> bool:
    """Begin a block in the innermost open element; False where there is no room."""
    block = state[BLOCKS]
    if block >= len(blocks):
        state[FULL] = 1
        return False
    top = stack[state[DEPTH] - 1, NODE]
    blocks[block, START] = state[OUT]
    blocks[block, END] = state[OUT]
    blocks[block, TOP] = top
    blocks[block, BASE] = nodes[top, NEAREST]
    blocks[block, LINKS] = 1 if state[IN_LINK] else 0
    blocks[block, LINKED] = 0
    blocks[block, STRONGS] = 0
    blocks[block, BREAKS] = 0
    blocks[block, PICTURES] = state[SEEN_PICTURES]
    blocks[block, TEXTUAL] = 0
    state[SEEN_PICTURES] = 0
    state[BLOCKS] = block + 1
    state[OPEN] = 1
    state[SPACE] = 0
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
        c = int(page[np.uintp(i)])
        first = c
        second = 0
        end = i + 1
        if c == 60:
            d = int(page[np.uintp(i + 1)]) if i + 1 < n else 0
            if is_letter(d) or d == 33 or d == 47 or d == 63:
                break
        elif c == 38:
            first, second, end = reference(page, i, n, entities, windows)
            if end == i:
                first, end = 38, i + 1
        if is_space(first) or (c == 38 and first == 160) or (c == 0xC2 and page[np.uintp(i + 1)] == 0xA0):
            i = end + (c == 0xC2)
            if opened and state[IN_PRE]:
                text[np.uintp(out)] = 10 if first == 13 or first == 12 else 32 if first >= 128 else first
                out += first != 13 or page[np.uintp(i)] != 10
            elif space == 0:
                space = 1
            continue
        if not opened:
            state[OUT] = out
            if not begin(state, stack, nodes, blocks):
                return n
            opened = 1
            space = 0
            before = out
        elif space:
            text[np.uintp(out)] = 10 if space == 2 else 32
            out += 1
            space = 0
        if c == 38:
            out = put(text, out, first)
            if second:
                out = put(text, out, second)
        elif c:
            text[np.uintp(out)] = c
            out += 1
        i = end
    if out >= room:
        state[FULL] = 1
        i = n
    if opened:
        block = state[BLOCKS] - 1
        if state[IN_LINK]:
            blocks[block, LINKED] += out - before
        if state[IN_STRONG]:
            blocks[block, STRONGS] += out - before
    state[OUT] = out
    state[SPACE] = space
    return i


@inner
def pop(depth: int, state: Ints, stack: Ints, nodes: Ints, text: Bytes, blocks: Ints) -> None:
    """Close elements until ``depth`` are open."""
    for k in range(state[DEPTH] - 1, depth - 1, -1):
        flags = stack[k, FLAGS]
        count(nodes[stack[k, NODE], KIND], flags, stack[k, NAME], -_ONE, state)
        if flags & _BLOCK:
            flush(state, text, blocks)
    state[DEPTH] = depth


@inner
def count(kind: int, flags: int, name: int, one: int, state: Ints) -> None:
    """Add ``one`` to the counts of what is open; a formatting element without its name was closed before."""
    if kind == el.LINK:
        if name >= 0:
            state[IN_LINK] += one
    elif kind == el.STRONG:
        if name >= 0:
            state[IN_STRONG] += one
    elif kind == el.P:
        state[IN_P] += one
    elif kind == el.PRE:
        state[IN_PRE] += one
    elif kind == el.TABLE:
        state[IN_TABLE] += one
    if flags & el.HIDDEN:
        state[IN_HIDDEN] += one
    if flags & el.FOREIGN:
        state[IN_FOREIGN] += one


@inline
def self_closing(name: int) -> bool:
    """Elements of which one ends the one before."""
    return name == _OPTION or name == _RT or name == _RP


@inner
def implied(name: int, kind: int, flags: int, state: Ints, stack: Ints, nodes: Ints, text: Bytes, blocks: Ints) -> bool:
    """Close what the start tag of ``name`` closes; False where the tag is to be ignored."""
    depth = state[DEPTH]
    if flags & el.TABLE_PART:
        if not state[IN_TABLE]:
            return bool(state[IN_HIDDEN])
        k = depth - 1
        keep = depth
        cell = kind == el.CELL or kind == el.CAPTION
        while k > 0 and stack[k, NAME] != _TABLE:
            above = nodes[stack[k, NODE], KIND]
            if above == el.CELL or above == el.CAPTION:
                keep = k
            elif above == el.ROW and not cell and (stack[k, NAME] == _TR or name != _TR):
                keep = k  # a row ends a row; a group of rows ends both
            k -= 1
        if keep < depth:
            pop(keep, state, stack, nodes, text, blocks)
        return True
    if flags & el.ENDS_P and state[IN_P]:
        state[STEPS] += depth
        k = depth - 1
        while k > 0 and stack[k, NAME] != _P and not stack[k, FLAGS] & el.SCOPE and stack[k, NAME] != _BUTTON:
            k -= 1
        if k > 0 and stack[k, NAME] == _P:
            pop(k, state, stack, nodes, text, blocks)
            depth = k
    if flags & el.HEADING and depth > 1 and stack[depth - 1, FLAGS] & el.HEADING:
        pop(depth - 1, state, stack, nodes, text, blocks)
    elif kind == el.LI or kind == el.TERM:
        state[STEPS] += depth
        k = depth - 1
        while k > 0:
            above = stack[k, NAME]
            if (kind == el.LI and above == _LI) or (kind == el.TERM and (above == _DT or above == _DD)):
                pop(k, state, stack, nodes, text, blocks)
                break
            if stack[k, FLAGS] & _BLOCK and above != _ADDRESS and above != _DIV and above != _P:
                break
            k -= 1
    elif self_closing(name) and self_closing(stack[depth - 1, NAME]):
        pop(depth - 1, state, stack, nodes, text, blocks)
    elif name == _A and state[IN_LINK]:
        close_formatting(name, state, stack, nodes, text, blocks)
    elif name == _BUTTON:
        k = depth - 1
        while k > 0 and stack[k, NAME] != _BUTTON and not stack[k, FLAGS] & el.SCOPE:
            k -= 1
        if k > 0 and stack[k, NAME] == _BUTTON:
            pop(k, state, stack, nodes, text, blocks)
    return True


@inner
def close_formatting(name: int, state: Ints, stack: Ints, nodes: Ints, text: Bytes, blocks: Ints) -> None:
    """Close the innermost open formatting element of this name; blocks inside it stay open."""
    k = state[DEPTH] - 1
    crossed = False
    while k > 0 and stack[k, NAME] != name:
        if stack[k, FLAGS] & el.SCOPE:
            state[STEPS] += state[DEPTH] - k
            return
        crossed = crossed or stack[k, FLAGS] & _BLOCK != 0
        k -= 1
    state[STEPS] += state[DEPTH] - k
    if k <= 0:
        return
    if crossed:
        count(nodes[stack[k, NODE], KIND], _NONE, _ONE, -_ONE, state)
        stack[k, NAME] = -1
    else:
        pop(k, state, stack, nodes, text, blocks)


@inner
def end_tag(name: int, kind: int, flags: int, state: Ints, stack: Ints, nodes: Ints, text: Bytes, blocks: Ints) -> None:
    """Close what the end tag of ``name`` closes."""
    k = state[DEPTH] - 1
    if flags & el.FORMAT:
        close_formatting(name, state, stack, nodes, text, blocks)
        return
    heading = flags & el.HEADING
    part = flags & (el.TABLE_PART | el.SCOPE)
    state[STEPS] += k  # at most; a page that has not many does not come near the cap
    while k > 0 and stack[k, NAME] != name and not (heading and stack[k, FLAGS] & el.HEADING):
        above = stack[k, FLAGS]
        if above & el.SCOPE and (not part or (stack[k, NAME] == _TABLE and name != _TABLE)):
            k = 0
            break
        if not flags & (_BLOCK | el.SCOPE | el.HIDDEN | el.FOREIGN) and above & _BLOCK:
            k = 0
            break
        if kind == el.LI and (stack[k, NAME] == _OL or stack[k, NAME] == _UL):
            k = 0
            break
        k -= 1
    if k > 0:
        pop(k, state, stack, nodes, text, blocks)
    elif name == _P:
        flush(state, text, blocks)


@inner
def push(name: int, kind: int, flags: int, mask: int, look: int, state: Ints, stack: Ints, nodes: Ints) -> None:
    """A node in the innermost open element, itself open unless it is void."""
    node = state[NODES]
    if node >= len(nodes):
        state[FULL] = 1
        return
    parent = stack[state[DEPTH] - 1, NODE]
    nodes[node, PARENT] = parent
    nodes[node, KIND] = kind
    nodes[node, OWN] = mask
    nodes[node, KINDS] = nodes[parent, KINDS] | 1 << kind
    nodes[node, WORDS] = nodes[parent, WORDS] | mask
    nodes[node, PATH] = nodes[parent, PATH]
    nodes[node, LOOK] = look
    nodes[node, NEAREST] = nodes[parent, NEAREST]
    if flags & _BLOCK:
        nodes[node, NEAREST] = node
        nodes[node, PATH] = (nodes[parent, PATH] * 1000003 + name) & _HASH
    state[NODES] = node + 1
    depth = state[DEPTH]
    if not flags & el.VOID and depth < len(stack):
        stack[depth, NAME] = name
        stack[depth, NODE] = node
        stack[depth, FLAGS] = flags
        state[DEPTH] = depth + 1
        count(kind, flags, _ONE, _ONE, state)


@inner
def raw_end(page: Bytes, longs: Longs, i: int, n: int, name: int) -> int:
    """Where the end tag begins of the element ``name`` whose content, without markup, begins at ``i``."""
    inside = 0  # of a comment in a script, 1; of a script in that comment, 2
    while True:
        j = find(page, longs, i, n, _LESS)
        if name == _SCRIPT and inside:
            k = find(page, longs, i, j, _MORE)
            while k < j:
                if k >= i + 2 and page[k - 1] == 45 and page[k - 2] == 45:
                    inside = 0
                k = find(page, longs, k + 1, j, _MORE)
        if j >= n:
            return n
        i = j + 1
        if i < n and page[i] == 47:
            found, _ = read_name(page, i + 1, min(n, i + 24))
            if found == name:
                if inside < 2:
                    return j
                inside = 1
        elif name == _SCRIPT and i + 2 < n and page[i] == 33 and page[i + 1] == 45 and page[i + 2] == 45:
            inside = max(inside, 1)
            i += 1  # the dashes may be those of the end as well
        elif inside == 1:
            found, _ = read_name(page, i, min(n, i + 24))
            if found == _SCRIPT:
                inside = 2


@inner
def comment_end(page: Bytes, longs: Longs, i: int, n: int) -> int:
    """Behind the comment, declaration or instruction whose ``<`` is at ``i``."""
    if i + 3 < n and page[i + 1] == 33 and page[i + 2] == 45 and page[i + 3] == 45:
        if i + 4 < n and page[i + 4] == 62:
            return i + 5
        if i + 5 < n and page[i + 4] == 45 and page[i + 5] == 62:
            return i + 6
        j = i + 4
        while True:
            j = find(page, longs, j, n, _MORE)
            if j >= n:
                return n
            if page[j - 1] == 45 and page[j - 2] == 45 and j - 2 >= i + 4:
                return j + 1
            if j - 3 >= i + 4 and page[j - 1] == 33 and page[j - 2] == 45 and page[j - 3] == 45:
                return j + 1
            j += 1
    return min(n, find(page, longs, i + 1, n, _MORE) + 1)


@inner
def cdata_end(page: Bytes, longs: Longs, i: int, n: int) -> int:
    """Behind the section whose content begins at ``i``."""
    while True:
        i = find(page, longs, i, n, _MORE)
        if i >= n:
            return n
        if page[i - 1] == 93 and page[i - 2] == 93:
            return i + 1
        i += 1


@inline
def is_cdata(page: Bytes, i: int, n: int) -> bool:
    """Whether ``<![CDATA[`` stands at ``i``."""
    return (
        i + 8 < n and page[i + 1] == 33 and page[i + 2] == 91 and page[i + 3] == 67 and page[i + 4] == 68
        and page[i + 5] == 65 and page[i + 6] == 84 and page[i + 7] == 65 and page[i + 8] == 91
    )  # fmt: skip


@inner
def leave_foreign(state: Ints, stack: Ints, nodes: Ints, text: Bytes, blocks: Ints) -> None:
    """Close the open drawings and formulas and all in them."""
    k = 1
    while k < state[DEPTH] and not stack[k, FLAGS] & el.FOREIGN:
        k += 1
    pop(k, state, stack, nodes, text, blocks)


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

    ``page`` has at least 8 bytes more, and ``longs`` is the same memory.
    """
    i = n - n
    for k in range(len(state)):
        state[k] = 0
    for k in range(nodes.shape[1]):
        nodes[0, k] = 0
    for k in range(stack.shape[1]):
        stack[0, k] = 0
    stack[0, NAME] = -1
    stack[0, FLAGS] = el.SCOPE
    state[NODES] = 1
    state[DEPTH] = 1
    while i < n and not state[FULL]:
        if state[STEPS] > MAX_STEPS:
            state[FULL] = 1
            break
        if page[i] != 60 or i + 1 >= n:
            if state[IN_HIDDEN]:
                i = find(page, longs, i + 1, n, _LESS)
                continue
            i = copy(page, i, n, state, stack, nodes, blocks, text, entities, windows)
            continue
        d = int(page[i + 1])
        at = i
        if d == 33 or d == 63:
            if state[IN_FOREIGN] and is_cdata(page, i, n):
                i = cdata_end(page, longs, i + 9, n)
            else:
                i = comment_end(page, longs, i, n)
            continue
        if d == 47:
            if i + 2 >= n or not is_letter(int(page[i + 2])):
                i = comment_end(page, longs, i, n)
                continue
            name, j = read_name(page, i + 2, n)
            i, mask, look, closed = attributes(page, longs, j, n, after, found)
            if name != _BR:
                row = row_of(name, slots)
                end_tag(name, int(rows[row, 1]), int(rows[row, 0]), state, stack, nodes, text, blocks)
                continue
        elif is_letter(d):
            name, j = read_name(page, i + 1, n)
            i, mask, look, closed = attributes(page, longs, j, n, after, found)
            if i >= n and page[n - 1] != 62:
                break  # a tag that the end of the page cuts off is none
        elif state[IN_HIDDEN]:
            i += 1
            continue
        else:
            i = copy(page, i, n, state, stack, nodes, blocks, text, entities, windows)
            continue
        row = row_of(name, slots)
        flags = int(rows[row, 0])
        kind = int(rows[row, 1])
        i = element(
            page, longs, n, at, i, name, kind, flags, mask, look, closed, state, stack, nodes, blocks, events, text
        )
    pop(_ONE, state, stack, nodes, text, blocks)
    flush(state, text, blocks)


@inner
def element(
    page: Bytes, longs: Longs, n: int, at: int, i: int, name: int, kind: int, flags: int, mask: int, look: int,
    closed: bool, state: Ints, stack: Ints, nodes: Ints, blocks: Ints, events: Ints, text: Bytes,
) -> int:  # fmt: skip
    """Take in a start tag from ``at`` to ``i``; where to go on."""
    bears, shown = mask & _BEARS, mask & _SHOWN
    mask &= _BEARS - 1
    if state[IN_FOREIGN]:
        if flags & el.FOREIGN_END:
            leave_foreign(state, stack, nodes, text, blocks)
        else:
            if not closed:
                push(name, _INLINE, flags & (el.FOREIGN | el.HIDDEN), _NONE, _NONE, state, stack, nodes)
            return i
    if name == _PLAIN:
        return i
    if kind == el.ROOT or kind == el.HTML_KIND:
        if kind == el.HTML_KIND:
            record(events, state, kind, at, i, i)
        return i
    if name == _TEMPLATE and shown:
        flags &= ~el.HIDDEN
    if kind >= el.SCRIPT_KIND or kind == el.TIME or (kind == el.LINK and bears):
        record(events, state, kind, at, i, i)
    if not implied(name, kind, flags, state, stack, nodes, text, blocks):
        return i
    if flags & _BLOCK:
        flush(state, text, blocks)
    elif kind == el.BREAK:
        if state[OPEN]:
            if state[SPACE] == 2 and not state[IN_PRE]:
                flush(state, text, blocks)
            else:
                blocks[state[BLOCKS] - 1, BREAKS] += 1
                state[SPACE] = 2
        return i
    elif kind == el.PICTURE:
        state[SEEN_PICTURES] += 1
    elif kind == el.LINK and state[OPEN]:
        blocks[state[BLOCKS] - 1, LINKS] += 1
    if flags & (el.RAW | el.TITLE):
        stop = raw_end(page, longs, i, n, name)
        if kind == el.TITLE_KIND or kind == el.SCRIPT_KIND:
            events[max(state[EVENTS] - 1, 0), EVENT_STOP] = stop
        return int(stop)
    if flags & el.FOREIGN and closed:
        return i
    push(name, kind, flags, mask, look, state, stack, nodes)
    return i


@inner
def record(events: Ints, state: Ints, kind: int, start: int, end: int, stop: int) -> None:
    """Remember a place of the source, while there is room; the last place is overwritten then."""
    k = state[EVENTS]
    if k < len(events) - 1:
        state[EVENTS] = k + 1
    events[k, EVENT_KIND] = kind
    events[k, EVENT_START] = start
    events[k, EVENT_END] = end
    events[k, EVENT_STOP] = stop
