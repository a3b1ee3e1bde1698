"""Plain text: one document a file, one a line, or one between blank lines."""

from collections.abc import Iterator

from pipeline.read.lines import lines
from pipeline.read.pieces import Piece, place
from pipeline.read.record import Document, Limits, Page, Position, Skipped, TextUnit

WIDE = (b"\xff\xfe", b"\xfe\xff")
"""Marks of UTF-16, whose line feeds are no single bytes: such a file is never cut."""


def read_text(
    pieces: Iterator[Piece], plain: bool, first: bool, limits: Limits, unit: TextUnit, wide: bool
) -> Iterator[Document | Skipped]:
    """Documents of a text file. ``wide`` is true where the file is UTF-16."""
    if unit == "file" or wide:
        yield from _whole(pieces, plain, limits, unit)
        return
    if unit == "block":
        yield from _blocks(lines(pieces, plain, first, limits.max_record_bytes, blank=True), limits)
        return
    for line in lines(pieces, plain, first, limits.max_record_bytes):
        yield line if isinstance(line, Skipped) else _document(line[0], line[1].rstrip(b"\r"))


def _blocks(found: Iterator[tuple[Position, bytes] | Skipped], limits: Limits) -> Iterator[Document | Skipped]:
    """Lines that follow one another without a blank one; a line that cannot be had tells that itself."""
    block: list[bytes] = []
    began = Position(0, 0)
    held = 0
    for line in found:
        if isinstance(line, Skipped):
            yield line
            continue
        position, data = line
        if data.strip():
            began = began if held else position
            held += len(data) + 1
            if held <= limits.max_record_bytes:
                block.append(data.rstrip(b"\r"))
            else:
                block.clear()
        elif held:
            yield _block(began, block, held)
            block, held = [], 0
    if held:
        yield _block(began, block, held)


def _block(began: Position, block: list[bytes], held: int) -> Document | Skipped:
    return _document(began, b"\n".join(block)) if block else Skipped(began, "too_long", f"{held} bytes, no blank line")


def _whole(pieces: Iterator[Piece], plain: bool, limits: Limits, unit: TextUnit) -> Iterator[Document | Skipped]:
    data, broken = gathered(pieces, plain, limits)
    if data is None:
        said = ": if each line is a document, set read.text=line"
        yield from (Skipped(one.position, one.reason, one.detail + said) for one in broken)
        return
    if unit == "file":
        if data or not broken:
            yield _document(Position(0, 0), data)
    else:
        offset = 0
        text = data.decode("utf-16", "replace")
        mark = "\n" if unit == "line" else "\n\n"
        for line in (text if unit == "line" else text.replace("\r\n", "\n")).split(mark):
            if line.strip("\r\n\ufeff"):
                yield _judged(Position(0, offset), line.strip("\r\n\ufeff"))
            offset += 2 * len(line) + 2 * len(mark)
    yield from broken


def gathered(pieces: Iterator[Piece], plain: bool, limits: Limits) -> tuple[bytes | None, list[Skipped]]:
    """A file's content as far as it is whole, and its damage; None where it is too long to be one record."""
    parts: list[bytes] = []
    held = 0
    for piece in pieces:
        if piece.damage:
            return b"".join(parts), [Skipped(place(piece, 0, plain), "damaged", piece.damage)]
        if piece.doubtful:
            continue
        parts.append(piece.data)
        held += len(piece.data)
        if held > limits.max_record_bytes:
            return None, [Skipped(Position(0, 0), "too_long", f"a file of more than {limits.max_record_bytes} bytes")]
    return b"".join(parts), []


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
