"""What HTML says of each element, as far as the main text of a page needs it: numbers, flags and kinds for kernels."""

import functools

import numpy as np
import numpy.typing as npt

from pipeline.extract.rows import IN_LINK, IN_P, IN_PRE, IN_STRONG, IN_TABLE, NOTHING, columns, constant

# Flags. Kernels take no literals, for each of which a function is compiled apart.
(
    VOID,  # has no content
    RAW,  # its content is no markup
    TITLE,  # its content is text with entities and no tags
    BLOCK,  # begins and ends a block of text
    ENDS_P,  # its start tag ends an open paragraph
    HIDDEN,  # what stands in it is not read as text
    SCOPE,  # end tags do not reach out of it
    FORMAT,  # inline, and may be closed out of order
    HEADING,
    TABLE_PART,  # stands in a table alone
    FOREIGN,  # XML inside HTML
    FOREIGN_END,  # its start tag ends a drawing or formula
    NOTED,  # a place of the source worth remembering
    UNNODED,  # no node of the tree
    ALONE,  # ends another such element that was begun right before
    PRESSED,  # paragraphs outside are not ended in it
    SPECIAL,  # a block out of which items of lists are not ended
    LISTS,
    TERMS,
    GRID,  # a table; in it
    CELLS,
    LINES,
    GROUPS,  # of lines
) = [constant(1 << column) for column in range(23)]  # fmt: skip
COUNTED = constant(24)  # bits above: the column of the state in which such open elements are counted

# Kinds: what an element is to the reader. Ancestors are a bit mask of these.
(
    ROOT, P, DIV, SECTION, ARTICLE, MAIN, ASIDE, NAV, HEADER, FOOTER, FORM, LIST, LI, TERM, TABLE, ROW, CELL,
    QUOTE, PRE, FIGURE, CAPTION, ADDRESS, H1, H2, H3, LINK, STRONG, CODE, BUTTON, BREAK, INLINE, OTHER,
    HEAD_ITEM, PICTURE, TIME, DETAILS, FRAME, SCRIPT_KIND, TITLE_KIND, META_KIND, LINK_KIND, HTML_KIND,
) = columns(42)  # fmt: skip

_PARAGRAPH = BLOCK | ENDS_P | FOREIGN_END

ELEMENTS: tuple[tuple[str, int, int], ...] = (
    ("p", P, _PARAGRAPH),
    ("div center", DIV, _PARAGRAPH),
    ("section hgroup search", SECTION, BLOCK | ENDS_P),
    ("article", ARTICLE, BLOCK | ENDS_P),
    ("main", MAIN, BLOCK | ENDS_P),
    ("aside", ASIDE, BLOCK | ENDS_P),
    ("nav", NAV, BLOCK | ENDS_P),
    ("header", HEADER, BLOCK | ENDS_P),
    ("footer", FOOTER, BLOCK | ENDS_P),
    ("form fieldset legend", FORM, BLOCK | ENDS_P),
    ("ul ol", LIST, _PARAGRAPH | LISTS),
    ("menu dir dl", LIST, _PARAGRAPH),
    ("li", LI, _PARAGRAPH),
    ("dt dd", TERM, _PARAGRAPH | TERMS),
    ("table", TABLE, _PARAGRAPH | SCOPE | GRID),
    ("tr", ROW, BLOCK | TABLE_PART | LINES),
    ("thead tbody tfoot colgroup", ROW, BLOCK | TABLE_PART | GROUPS),
    ("td th", CELL, BLOCK | TABLE_PART | SCOPE | CELLS),
    ("caption", CAPTION, BLOCK | TABLE_PART | SCOPE | CELLS),
    ("col", OTHER, VOID | TABLE_PART),
    ("blockquote", QUOTE, _PARAGRAPH),
    ("pre listing", PRE, _PARAGRAPH),
    ("figure", FIGURE, BLOCK | ENDS_P),
    ("figcaption", CAPTION, BLOCK | ENDS_P | CELLS),
    ("address", ADDRESS, BLOCK | ENDS_P),
    ("details summary dialog", DETAILS, BLOCK | ENDS_P),
    ("h1", H1, _PARAGRAPH | HEADING),
    ("h2", H2, _PARAGRAPH | HEADING),
    ("h3 h4 h5 h6", H3, _PARAGRAPH | HEADING),
    ("hr", OTHER, VOID | _PARAGRAPH),
    ("a", LINK, FORMAT),
    ("b strong", STRONG, FORMAT | FOREIGN_END),
    ("i em big small s strike u tt nobr font", INLINE, FORMAT | FOREIGN_END),
    ("span sub sup var ruby mark q abbr cite dfn ins del kbd samp data rb rtc", INLINE, FOREIGN_END),
    ("code", CODE, FORMAT | FOREIGN_END),
    ("time", TIME, NOTED),
    ("rp rt", INLINE, HIDDEN | ALONE),
    ("br", BREAK, VOID | FOREIGN_END),
    ("wbr", INLINE, VOID),
    ("img embed", PICTURE, VOID | FOREIGN_END),
    ("area base bgsound basefont frame keygen param source track input", OTHER, VOID),
    ("meta", META_KIND, VOID | NOTED),
    ("link", LINK_KIND, VOID | NOTED),
    ("html", HTML_KIND, NOTED | UNNODED),
    ("head body frameset plaintext", ROOT, UNNODED),
    ("title", TITLE_KIND, TITLE | HIDDEN | NOTED),
    ("textarea", FORM, TITLE | HIDDEN),
    ("script", SCRIPT_KIND, RAW | HIDDEN | NOTED),
    ("style xmp noembed noframes", HEAD_ITEM, RAW | HIDDEN),
    ("iframe", FRAME, RAW | HIDDEN),
    ("noscript", FRAME, HIDDEN),
    ("template", FRAME, HIDDEN | SCOPE),
    ("object applet marquee", FRAME, SCOPE),
    ("video audio canvas", PICTURE, HIDDEN),
    ("picture", PICTURE, 0),
    ("select optgroup datalist", FORM, HIDDEN),
    ("option", FORM, HIDDEN | ALONE),
    ("button", BUTTON, HIDDEN | PRESSED),
    ("svg", PICTURE, FOREIGN | HIDDEN),
    ("math", INLINE, FOREIGN),
    ("annotation annotation-xml", INLINE, HIDDEN),
)
"""Names of elements, what they are and what the parser does with them; any other is inline."""

OTHER_ELEMENT = 0
SLOTS = 1024


def number(name: str) -> int:
    """The number by which kernels know a name of letters."""
    value = 0
    for character in name.encode():
        value = (value * 257 + character) & 0x7FFFFFFFFFFF
    return value


_COUNTERS = {LINK: IN_LINK, STRONG: IN_STRONG, P: IN_P, PRE: IN_PRE, TABLE: IN_TABLE}


def _walls(name: str, kind: int, flags: int) -> int:
    """Flags of the elements out of which the end tag of an element does not reach."""
    walls = 0
    if not flags & (TABLE_PART | SCOPE):
        walls |= SCOPE
    elif name != "table":
        walls |= GRID
    if not flags & (BLOCK | SCOPE | HIDDEN | FOREIGN):
        walls |= BLOCK
    return walls | LISTS if kind == LI else walls


def _ends(kind: int, flags: int) -> int:
    """For parts of tables the flags of the parts that its start tag ends; for others whose start tag ends one of their
    own, the flags of the elements out of which it does not reach; else 0."""
    if flags & TABLE_PART:
        if kind in (CELL, CAPTION):
            return CELLS
        return CELLS | LINES if flags & LINES else CELLS | LINES | GROUPS
    if kind in (LI, TERM):
        return SPECIAL
    return SCOPE if flags & PRESSED else 0


@functools.cache
def table() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number of an element's name and its row, by open addressing, (SLOTS, 2); and by row, (rows, 4), its flags with
    the column in which it is counted, its kind, ``_walls`` and ``_ends``."""
    slots = np.full((SLOTS, 2), -1, np.int64)
    rows = [(0, OTHER, _walls("", OTHER, 0), 0)]
    for names, kind, flags in ELEMENTS:
        for name in names.split():
            value = number(name)
            slot = value % SLOTS
            while slots[slot, 0] >= 0:
                slot = (slot + 1) % SLOTS
            slots[slot] = value, len(rows)
            every = flags | (SPECIAL if flags & BLOCK and name not in ("p", "div", "address") else 0)
            every |= _COUNTERS.get(kind, NOTHING) << COUNTED
            rows.append((every, kind, _walls(name, kind, flags), _ends(kind, flags)))
    return slots, np.array(rows, np.int64)
