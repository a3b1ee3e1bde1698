"""A PDF to its text, or why it has none: encrypted, damaged, scanned, or in fonts that do not tell their characters."""

import contextlib
import ctypes
import re
from typing import Any

import pypdfium2.raw as pdfium

from manifests.errors import Skip
from pipeline.extract.about import About, clean
from pipeline.extract.pdf.glyphs import glyphs
from pipeline.extract.pdf.lines import Line, lines
from pipeline.extract.pdf.paragraphs import paragraphs

FEW = 50
"""Characters a page, below which a document that shows pictures is a scan."""
UNREADABLE = 0.1
"""Share of characters that no font tells, from which on a document cannot be read."""
MOST_BROKEN = 50
"""Pages that cannot be loaded, one after another, after which a document is given up."""

_FILE_NAME = re.compile(
    r"\.(?:docx?|indd|qxd|pdf|rtf|odt|tex|dvi|pptx?|xlsx?|pmd|p65)\b|^Microsoft \w+ -|^untitled", re.I
)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")


def text(body: bytes) -> tuple[str, About]:
    """The text of a PDF and its metadata. Raises Skip: ``encrypted`` ``damaged`` ``scanned`` ``unreadable``."""
    pdfium.FPDF_InitLibrary()
    held = ctypes.create_string_buffer(body, len(body))
    document = pdfium.FPDF_LoadMemDocument64(held, len(body), None)
    if not document:
        code = pdfium.FPDF_GetLastError()
        if code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Skip("encrypted", "a password is needed")
        raise Skip("damaged", "no PDF that can be opened")
    try:
        return _text(document), _about(document)
    finally:
        pdfium.FPDF_CloseDocument(document)


def _text(document: Any) -> str:
    pages: list[list[Line]] = []
    shown = unsure = pictures = broken = 0
    for number in range(pdfium.FPDF_GetPageCount(document)):
        with _loaded(document, number) as (page, text_page):
            if not page:
                broken += 1
                if broken == MOST_BROKEN and not shown:
                    raise Skip("damaged", "its pages cannot be loaded")
                continue
            found = glyphs(page, text_page)
            drawn = [glyph for glyph in found if not glyph.text.isspace()]
            shown += len(drawn)
            unsure += sum(not glyph.sure or bool(_PRIVATE.search(glyph.text)) for glyph in drawn)
            if len(drawn) < FEW:
                pictures += _has_picture(page)
            pages.append(lines(found))
    if not pages:
        raise Skip("damaged", "no page can be loaded")
    if shown < FEW * len(pages) and pictures * 2 >= len(pages):
        raise Skip("scanned", f"{shown} characters on {len(pages)} pages, and pictures")
    if unsure > UNREADABLE * shown:
        raise Skip("unreadable", f"no font tells {unsure / shown:.0%} of {shown} characters")
    return "\n".join(paragraphs(pages))


@contextlib.contextmanager
def _loaded(document: Any, number: int) -> Any:
    page = pdfium.FPDF_LoadPage(document, number)
    text_page = pdfium.FPDFText_LoadPage(page) if page else None
    try:
        yield (page, text_page) if text_page else (None, None)
    finally:
        if text_page:
            pdfium.FPDFText_ClosePage(text_page)
        if page:
            pdfium.FPDF_ClosePage(page)


def _has_picture(page: Any) -> bool:
    """Whether a page shows a picture, alone or in a form."""
    kinds = {
        pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, place))
        for place in range(min(pdfium.FPDFPage_CountObjects(page), 1000))
    }
    return not kinds.isdisjoint({pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM})


def _about(document: Any) -> About:
    title, author = _metadata(document, b"Title"), _metadata(document, b"Author")
    size = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    raw = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium.FPDFCatalog_GetLanguage(document, raw, size)
    return About(
        title=None if title is None or _FILE_NAME.search(title) else title,
        author=author,
        lang=clean(_decoded(bytes(raw))),
    )


def _metadata(document: Any, name: bytes) -> str | None:
    size = min(pdfium.FPDF_GetMetaText(document, name, None, 0), 1 << 16)
    raw = ctypes.create_string_buffer(size)
    pdfium.FPDF_GetMetaText(document, name, raw, size)
    return clean(_decoded(raw.raw))


def _decoded(raw: bytes) -> str:
    return raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").partition("\0")[0]
