"""How much a page is for a parser, counted on its bytes before one sees it: elements, and how deep they nest."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, kernel
from manifests.errors import Skip

MAX_BYTES = 10 << 20
MAX_ATTRIBUTES = 256
"""Of one element: parsers compare each with all others, so that 30,000 take them ten seconds."""


class Size(NamedTuple):
    """Start tags, the greatest depth of open elements, and the most attributes of one element."""

    nodes: int
    depth: int
    attributes: int


def _name(text: str) -> int:
    """The number by which kernels know an element's name."""
    number = 0
    for character in text.encode():
        number = (number * 257 + character) & 0x7FFFFFFFFFFF
    return number


_VOID = np.array(
    [
        _name(name)
        for name in (
            *("area", "base", "br", "col", "embed", "frame", "hr", "img", "input"),
            *("keygen", "link", "meta", "param", "source", "track", "wbr"),
        )
    ],
    np.int64,
)
_SCRIPT, _STYLE, _SVG, _MATH = (_name(name) for name in ("script", "style", "svg", "math"))
_P, _LI, _DT, _DD, _OPTION = (_name(name) for name in ("p", "li", "dt", "dd", "option"))
_TR, _TD, _TH, _TABLE = (_name(name) for name in ("tr", "td", "th", "table"))
_THEAD, _TBODY, _TFOOT = (_name(name) for name in ("thead", "tbody", "tfoot"))

# Elements whose end tag may be left out, by what ends them.
_NONE, _PARAGRAPH, _ITEM, _TERM, _CHOICE, _CELL, _ROW, _SECTION, _GRID = range(9)


def check_size(body: bytes) -> None:
    """Raise ``Skip("too_large")`` for a body of more than ``MAX_BYTES``, before anything reads it."""
    if len(body) > MAX_BYTES:
        raise Skip("too_large", f"{len(body)} bytes, at most {MAX_BYTES} are read")


def check_tree(page: bytes, max_nodes: int, max_depth: int) -> None:
    """Raise ``Skip`` with ``too_many_nodes`` or ``too_deep`` for HTML (in UTF-8) that no parser should get."""
    nodes, depth, attributes = measure(page, max_depth + 1)
    if depth > max_depth:
        raise Skip("too_deep", f"elements nest deeper than {max_depth}")
    if nodes > max_nodes:
        raise Skip("too_many_nodes", f"{nodes} elements, at most {max_nodes} are parsed")
    if attributes > MAX_ATTRIBUTES:
        raise Skip("too_many_nodes", f"an element of {attributes} attributes, at most {MAX_ATTRIBUTES} are parsed")


def measure(page: bytes, deepest: int = 4096) -> Size:
    """Count ``page``, with HTML's rules for left-out end tags.

    The scan ends where elements are ``deepest`` deep: what comes after is not counted.
    """
    nodes, depth, most = _scan(np.frombuffer(page, np.uint8), np.zeros(deepest, np.int64), _VOID)
    return Size(int(nodes), int(depth), int(most))


@inline
def _group(name: int) -> int:
    if name == _P:
        return _PARAGRAPH
    if name == _LI:
        return _ITEM
    if name in (_DT, _DD):
        return _TERM
    if name == _OPTION:
        return _CHOICE
    if name in (_TD, _TH):
        return _CELL
    if name == _TR:
        return _ROW
    if name in (_THEAD, _TBODY, _TFOOT):
        return _SECTION
    if name == _TABLE:
        return _GRID
    return _NONE


@inline
def _after_markup(page: npt.NDArray[np.uint8], i: int) -> tuple[int, int]:
    """Where a tag ends whose name ended at ``i``, behind its ``>``, quoted values passed over; and its attributes."""
    n = len(page)
    attributes = 0
    state = 0  # 0 between attributes, 1 in a name, 2 behind an equals sign, 3 in a bare value
    while i < n:
        c = page[i]
        if c == 62:
            return i + 1, attributes
        if state == 2 and (c == 34 or c == 39):
            i += 1
            while i < n and page[i] != c:
                i += 1
            state = 0
        elif state >= 2:
            if c > 32:
                state = 3
            elif state == 3:
                state = 0
        elif c == 61:
            state = 2
        elif c <= 32 or c == 47:
            state = 0
        elif state == 0:
            state = 1
            attributes += 1
        i += 1
    return n, attributes


@inline
def _read_name(page: npt.NDArray[np.uint8], i: int) -> tuple[int, int]:
    """The number of the name that begins at ``i``, and where it ends."""
    name = 0
    while i < len(page):
        c = int(page[i])
        if c <= 32 or c == 47 or c == 62:
            break
        if 65 <= c <= 90:
            c += 32
        name = (name * 257 + c) & 0x7FFFFFFFFFFF
        i += 1
    return name, i


@kernel
def _scan(
    page: npt.NDArray[np.uint8], stack: npt.NDArray[np.int64], void: npt.NDArray[np.int64]
) -> tuple[int, int, int]:
    n = len(page)
    nodes = 0
    depth = 0
    deepest = 0
    most = 0
    foreign = n  # depth outside the open drawing or formula, where elements may end themselves; n where none is open
    i = 0
    raw = 0  # name of the open script or style, whose content is no markup
    while i + 1 < n and depth < len(stack):
        if page[i] != 60:
            i += 1
            continue
        c = page[i + 1] | 32
        if page[i + 1] == 47:
            name, end = _read_name(page, i + 2)
            if raw:
                if name == raw:
                    raw = 0
                    depth -= 1
                    i, _ = _after_markup(page, end)
                else:
                    i += 2
                continue
            # Out of the nearest such element, but not out of the table cell it stands in.
            part_of_table = _group(name) >= _CELL
            k = depth - 1
            while k >= 0 and stack[k] != name:
                if not part_of_table and (stack[k] == _TD or stack[k] == _TH or stack[k] == _TABLE):
                    k = -1
                k -= 1
            if k >= 0:
                depth = k
            if depth <= foreign:
                foreign = n
            i, _ = _after_markup(page, end)
        elif raw:
            i += 1
        elif 97 <= c <= 122:
            name, end = _read_name(page, i + 1)
            i, attributes = _after_markup(page, end)
            most = max(most, attributes)
            nodes += 1
            empty = False
            for k in range(len(void)):
                if void[k] == name:
                    empty = True
                    break
            if not empty and not (depth > foreign and page[i - 2] == 47):
                group = _group(name)
                if group != _NONE and depth and stack[depth - 1] == _P:
                    depth -= 1
                least = _CELL if group >= _CELL else group
                while group != _NONE and group != _GRID and depth and least <= _group(stack[depth - 1]) <= group:
                    depth -= 1
                stack[depth] = name
                depth += 1
                deepest = max(deepest, depth)
                if name in (_SCRIPT, _STYLE):
                    raw = name
                elif foreign == n and name in (_SVG, _MATH):
                    foreign = depth - 1
        elif page[i + 1] == 33 and i + 3 < n and page[i + 2] == 45 and page[i + 3] == 45:
            i += 4
            while i + 2 < n and not (page[i] == 45 and page[i + 1] == 45 and page[i + 2] == 62):
                i += 1
            i += 3
        elif page[i + 1] == 33 or page[i + 1] == 63:
            i, _ = _after_markup(page, i + 2)
        else:
            i += 1
    return nodes, deepest, most
