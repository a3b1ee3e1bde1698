"""What a page of a PDF shows, in the order in which it is drawn: characters, or the text that stands for some of them.

PDFium reads the page and its fonts. Its own text is not used: it leaves letters of Arabic that are drawn one by one in
their order on paper, and repeats the text that a writer gave for a group of shapes (ActualText).
"""

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

_LINE_END_HYPHEN = 2
"""What PDFium makes of a hyphen at the end of a line."""
_MOST_CHARACTERS = 500_000
"""Of a page: nobody reads more."""
_MOST_OBJECTS = 200_000
_DEEPEST = 8
"""Forms within forms."""
_LONGEST_TEXT = 1 << 14
"""Bytes of the text that stands for a group."""


class Glyph(NamedTuple):
    """``text`` at a place, in points from the lower left corner; ``y`` is that of the baseline.

    ``sure`` is false where the font does not tell which character it is.
    """

    text: str
    left: float
    right: float
    y: float
    height: float
    sure: bool


class _Group(NamedTuple):
    """Shapes that a text stands for: which group it is, the text, and where one of its objects lies."""

    mark: int
    text: str
    left: float
    right: float


def glyphs(page: Any, text_page: Any) -> list[Glyph]:
    """The glyphs of a loaded page, with spaces as its writer set them."""
    stated = dict(_stated(page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, 0))
    spans: dict[int, tuple[float, float]] = {}
    for part in stated.values():
        left, right = spans.get(part.mark, (part.left, part.right))
        spans[part.mark] = min(left, part.left), max(right, part.right)
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    found: list[Glyph] = []
    seen: set[int] = set()
    for place in range(min(pdfium.FPDFText_CountChars(text_page), _MOST_CHARACTERS)):
        if pdfium.FPDFText_IsGenerated(text_page, place) == 1:
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text_page, place, box):
            continue
        pdfium.FPDFText_GetCharOrigin(text_page, place, x, y)
        left, right, height = box.left, box.right, box.top - box.bottom
        group = stated.get(_address(pdfium.FPDFText_GetTextObject(text_page, place))) if stated else None
        if group is not None:
            if group.mark not in seen:
                seen.add(group.mark)
                found.append(Glyph(group.text, *spans[group.mark], y.value, height, True))
            continue
        code = pdfium.FPDFText_GetUnicode(text_page, place)
        if code == _LINE_END_HYPHEN and pdfium.FPDFText_IsHyphen(text_page, place) == 1:
            code = ord("-")
        sure = code not in (0, 0xFFFD) and pdfium.FPDFText_HasUnicodeMapError(text_page, place) != 1
        text = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        found.append(Glyph(text, left, right, y.value, height, sure))
    return found


def _stated(holder: Any, count: Any, get: Any, depth: int) -> Iterator[tuple[int, _Group]]:
    """For each text object that belongs to a group with a text of its own: its place in that group."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for place in range(min(count(holder), _MOST_OBJECTS)):
        one = get(holder, place)
        kind = pdfium.FPDFPageObj_GetType(one)
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            yield from _stated(one, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, depth + 1)
        if kind != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        for number in range(pdfium.FPDFPageObj_CountMarks(one)):
            mark = pdfium.FPDFPageObj_GetMark(one, number)
            if (said := _actual_text(mark)) is not None:
                pdfium.FPDFPageObj_GetBounds(one, left, bottom, right, top)
                yield _address(one), _Group(_address(mark), said, left.value, right.value)
                break


def _actual_text(mark: Any) -> str | None:
    if pdfium.FPDFPageObjMark_CountParams(mark) <= 0:
        return None
    size = ctypes.c_ulong()
    if not pdfium.FPDFPageObjMark_GetParamBlobValue(mark, b"ActualText", None, 0, size):
        return None
    if size.value > _LONGEST_TEXT:
        return None
    raw = (ctypes.c_ubyte * size.value)()
    pdfium.FPDFPageObjMark_GetParamBlobValue(mark, b"ActualText", raw, size.value, size)
    said = bytes(raw)
    if said.startswith(b"\xfe\xff"):
        return said[2:].decode("utf-16-be", "replace")
    return said.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
