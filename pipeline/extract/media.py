"""Media types that become text by a way of their own: a row each."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from pipeline.extract.wikipage import PAGE

if TYPE_CHECKING:
    from pipeline.extract.about import About

Conversion: TypeAlias = "str | tuple[str, About]"
"""Text, or text and what the document says of itself."""

Convert = Callable[[Any], Conversion]
"""What a row names. It raises ``Skip`` where there is no text and says why: ``encrypted``, ``damaged`` and the like."""


class Media(NamedTuple):
    """``function`` is ``module:name`` of a ``Convert``, imported in the extracting child alone (child.py).

    ``takes`` is what it is given: the body, or the text that the body decodes to (charset.py). A body of more than
    ``max_bytes`` does not reach it, and none is cut, for half a file is none.
    """

    function: str
    takes: Literal["text", "bytes"]
    max_bytes: int


_SUBTITLES = Media("pipeline.extract.subtitles:text", "text", max_bytes=10 << 20)

_PDF = Media("pipeline.extract.pdf.document:text", "bytes", max_bytes=256 << 20)
_EPUB = Media("pipeline.extract.epub:text", "bytes", max_bytes=256 << 20)

MEDIA: Mapping[str, Media] = {
    "application/pdf": _PDF,
    "application/x-pdf": _PDF,
    "application/epub+zip": _EPUB,
    "application/x-subrip": _SUBTITLES,
    "text/srt": _SUBTITLES,
    "text/vtt": _SUBTITLES,
    "text/x-wiki": Media("pipeline.extract.wikitext:text", "text", max_bytes=10 << 20),
    PAGE: Media("pipeline.extract.wikitext:page", "bytes", max_bytes=20 << 20),
}
"""By media type; HTML goes through extractors.py, and plain text is text already."""
