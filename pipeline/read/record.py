"""What a reader hands over: a document, or a record that gives none and why; and what bounds and steers the reading."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import pyarrow as pa

TextUnit = Literal["file", "line", "block"]
"""What a document of plain text is; a block is what stands between blank lines."""


class Position(NamedTuple):
    """Where a record starts: unique in its file, and the same however the file is cut into units.

    ``frame`` is the offset in the file of the compressed frame (or gzip member) where the record starts, the byte
    offset of the record where the file is not compressed, and the row group of a Parquet file. ``inner`` is the offset
    in the decompressed frame, or the row in the row group.
    """

    frame: int
    inner: int


@dataclass(slots=True)
class Page:
    """A response that still needs its text extracted: bytes freed of transfer and content encoding."""

    body: bytes
    charset: str | None
    """As the HTTP header names it, lower case; None where it does not."""
    content_type: str
    """Media type without parameters, lower case; empty where the response names none."""
    consent: tuple[tuple[str, str], ...] = ()
    """Headers, lower-case name and value, by which the response speaks of being kept and learnt from."""


@dataclass(slots=True)
class Document:
    """A usable record: either ``text`` or ``page`` is there."""

    position: Position
    text: str | None = None
    page: Page | None = None
    source_id: str | None = None
    url: str | None = None
    date: str | None = None
    dump: str | None = None
    licence: str | None = None
    group_id: str | None = None
    """What the record itself says that ties it to others."""
    language: str | None = None
    """What the corpus says, in its own name for it."""
    group: Position | None = None
    """Of a version of a text in several languages: where the first segment starts, the same in all versions."""


@dataclass(slots=True)
class Documents:
    """Documents that follow one another, with their texts apart: those of ``each`` are None, and ``texts`` has them."""

    each: list[Document]
    texts: pa.StringArray

    def part(self, start: int, stop: int) -> "Documents":
        """The documents of these rows; nothing is copied."""
        return Documents(self.each[start:stop], self.texts.slice(start, stop - start))

    def singly(self) -> Iterator[Document]:
        """Each with its text."""
        for document, text in zip(self.each, self.texts.to_pylist(), strict=True):
            yield replace(document, text=text)


@dataclass(frozen=True, slots=True)
class Capture:
    """A file that speaks for a site, as an archive holds it; its body is empty where the site has none."""

    url: str
    file: str
    """robots.txt, tdmrep.json or ai.txt"""
    date: str
    """When it was fetched, as the record has it"""
    body: bytes


@dataclass(slots=True)
class Skipped:
    """A record that gives no document: ``reason`` is a short machine-readable name, ``detail`` is for people."""

    position: Position
    reason: str
    detail: str = ""
    capture: Capture | None = None
    """What it is instead, where it is no document by its nature"""


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields that hold each part of a document in JSON lines and Parquet; ``a.b`` is ``b`` inside ``a``."""

    text: str = "text"
    id: str = "id"
    url: str = "url"
    date: str = "date"
    dump: str | None = None
    licence: str | None = None
    group: str | None = None
    language: str | None = None
    escaped: bool = False
    """A backslash and n in the text stand for a line feed."""

    @property
    def parts(self) -> tuple[str | None, ...]:
        """The names in one order, that of the text first."""
        return (self.text, self.id, self.url, self.date, self.dump, self.licence, self.group, self.language)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in bytes on what one record may take, so that no input exhausts memory."""

    max_record_bytes: int = 64 << 20
    """A record longer than this, decompressed, is skipped as ``too_long`` and never held in memory."""
    max_page_bytes: int = 10 << 20
    """A page whose decoded body is longer is cut here, as browsers and crawlers do."""
    max_ratio: int = 1024
    """A compressed body that grows by more than this factor is skipped as ``bomb``."""
