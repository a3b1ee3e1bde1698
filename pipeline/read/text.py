"""Plain text: one document a file, or one a line."""

from collections.abc import Iterator
from typing import Literal

from pipeline.read.lines import lines
from pipeline.read.pieces import Piece, place
from pipeline.read.record import Document, Limits, Page, Position, Skipped

WIDE = (b"\xff\xfe", b"\xfe\xff")
"""Marks of UTF-16, whose line feeds are no single bytes: such a file is never cut."""


def read_text(
    pieces: Iterator[Piece], plain: bool, first: bool, limits: Limits, unit: Literal["file", "line"], wide: bool
) -> Iterator[Document | Skipped]:
    """Documents of a text file. ``wide`` is true where the file is UTF-16."""
    if unit == "file" or wide:
        yield from _whole(pieces, plain, limits, unit)
        return
    for line in lines(pieces, plain, first, limits.max_record_bytes):
        yield line if isinstance(line, Skipped) else _document(line[0], line[1].rstrip(b"\r"))


def _whole(
    pieces: Iterator[Piece], plain: bool, limits: Limits, unit: Literal["file", "line"]
) -> Iterator[Document | Skipped]:
    parts: list[bytes] = []
    held = 0
    broken: list[Skipped] = []
    for piece in pieces:
        if piece.damage:
            broken.append(Skipped(place(piece, 0, plain), "damaged", piece.damage))
            break
        if piece.doubtful:
            continue
        parts.append(piece.data)
        held += len(piece.data)
        if held > limits.max_record_bytes:
            found = f"a text of more than {limits.max_record_bytes} bytes"
            yield Skipped(Position(0, 0), "too_long", f"{found}: if each line is a document, set read.text=line")
            return
    data = b"".join(parts)
    if unit == "file":
        if data or not broken:
            yield _document(Position(0, 0), data)
    else:
        offset = 0
        text = data.decode("utf-16", "replace")
        for line in text.split("\n"):
            if line.strip("\r\ufeff"):
                yield _judged(Position(0, offset), line.strip("\r\ufeff"))
            offset += 2 * len(line) + 2
    yield from broken


def _document(position: Position, data: bytes) -> Document | Skipped:
    """Text where it is UTF-8 or carries a mark; else a page, for extraction tells encodings apart."""
    if data.startswith(WIDE):
        return _judged(position, data.decode("utf-16", "replace"))
    try:
        return _judged(position, data.removeprefix(b"\xef\xbb\xbf").decode())
    except UnicodeDecodeError:
        return Document(position, page=Page(data, None, "text/plain"))


def _judged(position: Position, text: str) -> Document | Skipped:
    if not text or text.isspace():
        return Skipped(position, "empty", "nothing but space")
    return Document(position, text)
