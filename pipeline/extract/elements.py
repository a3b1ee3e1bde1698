"""What HTML says of each element, as far as the main text of a page needs it: numbers, flags and kinds for kernels."""

import functools

import numpy as np
import numpy.typing as npt

VOID = 1  # has no content
RAW = 2  # its content is no markup
TITLE = 4  # its content is text with entities and no tags
BLOCK = 8  # begins and ends a block of text
ENDS_P = 16  # its start tag ends an open paragraph
HIDDEN = 32  # what stands in it is not read as text
SCOPE = 64  # end tags do not reach out of it
FORMAT = 128  # inline, and may be closed out of order
HEADING = 256
TABLE_PART = 512  # stands in a table alone
FOREIGN = 1024  # XML inside HTML
FOREIGN_END = 2048  # its start tag ends a drawing or formula

# Kinds: what an element is to the reader. Ancestors are a bit mask of these.
(
    ROOT, P, DIV, SECTION, ARTICLE, MAIN, ASIDE, NAV, HEADER, FOOTER, FORM, LIST, LI, TERM, TABLE, ROW, CELL,
    QUOTE, PRE, FIGURE, CAPTION, ADDRESS, H1, H2, H3, LINK, STRONG, CODE, BUTTON, BREAK, INLINE, OTHER,
    HEAD_ITEM, PICTURE, TIME, DETAILS, FRAME, SCRIPT_KIND, TITLE_KIND, META_KIND, LINK_KIND, HTML_KIND,
) = range(42)  # fmt: skip

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
    ("ul ol menu dir dl", LIST, _PARAGRAPH),
    ("li", LI, _PARAGRAPH),
    ("dt dd", TERM, _PARAGRAPH),
    ("table", TABLE, _PARAGRAPH | SCOPE),
    ("tr", ROW, BLOCK | TABLE_PART),
    ("thead tbody tfoot colgroup", ROW, BLOCK | TABLE_PART),
    ("td th", CELL, BLOCK | TABLE_PART | SCOPE),
    ("caption", CAPTION, BLOCK | TABLE_PART | SCOPE),
    ("col", OTHER, VOID | TABLE_PART),
    ("blockquote", QUOTE, _PARAGRAPH),
    ("pre listing", PRE, _PARAGRAPH),
    ("figure", FIGURE, BLOCK | ENDS_P),
    ("figcaption", CAPTION, BLOCK | ENDS_P),
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
    ("time", TIME, 0),
    ("rp", INLINE, HIDDEN),
    ("rt", INLINE, HIDDEN),
    ("br", BREAK, VOID | FOREIGN_END),
    ("wbr", INLINE, VOID),
    ("img embed", PICTURE, VOID | FOREIGN_END),
    ("area base bgsound basefont frame keygen param source track input", OTHER, VOID),
    ("meta", META_KIND, VOID),
    ("link", LINK_KIND, VOID),
    ("html", HTML_KIND, 0),
    ("head body frameset", ROOT, 0),
    ("title", TITLE_KIND, TITLE | HIDDEN),
    ("textarea", FORM, TITLE | HIDDEN),
    ("script", SCRIPT_KIND, RAW | HIDDEN),
    ("style xmp noembed noframes", HEAD_ITEM, RAW | HIDDEN),
    ("iframe", FRAME, RAW | HIDDEN),
    ("noscript", FRAME, HIDDEN),
    ("template", FRAME, HIDDEN | SCOPE),
    ("object applet marquee", FRAME, SCOPE),
    ("video audio canvas", PICTURE, HIDDEN),
    ("picture", PICTURE, 0),
    ("select optgroup option datalist", FORM, HIDDEN),
    ("button", BUTTON, HIDDEN),
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


@functools.cache
def table() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number of an element's name and its row, by open addressing, (SLOTS, 2); flags and kind by row, (rows, 2)."""
    slots = np.full((SLOTS, 2), -1, np.int64)
    rows = [(0, OTHER)]
    for names, kind, flags in ELEMENTS:
        for name in names.split():
            value = number(name)
            slot = value % SLOTS
            while slots[slot, 0] >= 0:
                slot = (slot + 1) % SLOTS
            slots[slot] = value, len(rows)
            rows.append((flags, kind))
    return slots, np.array(rows, np.int64)
