"""A file that is one page: a PDF, an EPUB, subtitles. Extraction makes text of it."""

from collections.abc import Iterator

from pipeline.read.pieces import Piece
from pipeline.read.record import Document, Limits, Page, Position, Skipped
from pipeline.read.text import gathered


def read_page(pieces: Iterator[Piece], plain: bool, limits: Limits, media: str) -> Iterator[Document | Skipped]:
    """The page of a file of this media type, or why there is none."""
    body, broken = gathered(pieces, plain, limits)
    if body:
        yield Document(Position(0, 0), page=Page(body, None, media))
    yield from broken
