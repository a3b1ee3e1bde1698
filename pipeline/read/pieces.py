"""A unit as decompressed pieces, each with its place: the one layer that knows of codecs, borders and damage.

A unit is given as a range of raw offsets that fall anywhere. It starts at the first sound boundary in its range and
ends at the first one at or after its end, whoever asks: so units tile the file, whatever their size. A boundary is
sound where frames go on from it, checksums and all, for longer than a compressed file could lie unaltered inside ours.
"""

from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from pipeline.read.codec import CODECS, Codec, dictionary, skippable
from pipeline.read.raw import BLOCK, Raw
from pipeline.read.record import Position

PIECE = 256 << 10
"""Decompressed bytes gathered before a piece is handed on."""

SEARCH = 16 << 20
"""Compressed bytes searched for a second frame: a file whose first frame is longer is read in one go."""

_BACK = 1 << 20
"""How far before the place where decoding failed the next good frame is looked for, at most."""


class Piece(NamedTuple):
    """``data`` starts at ``inner`` in the decompressed frame at raw offset ``frame``; pieces never cross frames."""

    frame: int
    inner: int
    data: bytes
    border: bool = False
    """A mark without data: the unit ends here. What follows serves only to finish what began before it."""
    damage: str = ""
    """A mark without data: here the stream is broken, and why. What follows is not joined to what came before."""
    doubtful: bool = False
    """The last data before damage, which no checksum vouches for."""


Begins = Callable[[bytes], bool]
"""Whether the head of a decompressed frame can be where a unit starts."""


def anywhere(head: bytes) -> bool:
    """Lines may start or end anywhere: every frame is a fit border."""
    return True


def pieces(raw: Raw, codec: str, start: int, end: int, begins: Begins = anywhere) -> Iterator[Piece]:
    """Pieces of the unit ``[start, end)``, then a border mark, then what follows for as long as it is asked for."""
    if codec == "none":
        return _plain(raw, start, end)
    return _Framed(raw, CODECS[codec], begins).pieces(start, end)


def has_border(raw: Raw, codec: str, begins: Begins = anywhere) -> bool:
    """Whether a compressed file seems to have frames to be cut at: a second one starts within its first bytes."""
    return _Framed(raw, CODECS[codec], begins).boundary(1, SEARCH) is not None


def place(piece: Piece, offset: int, plain: bool) -> Position:
    """Position of the byte at ``offset`` of a piece."""
    return Position(piece.frame + offset, 0) if plain else Position(piece.frame, piece.inner + offset)


def _plain(raw: Raw, start: int, end: int) -> Iterator[Piece]:
    raw.start(start)
    offset = start
    while offset < raw.size:
        if offset == end:
            raw.stop(end)
            yield Piece(offset, 0, b"", border=True)
        data = raw.at(offset, min(BLOCK, end - offset) if offset < end else BLOCK)
        if not data:
            break
        yield Piece(offset, 0, data)
        offset += len(data)
    raw.stop(min(offset, end))


class _Framed:
    def __init__(self, raw: Raw, codec: Codec, begins: Begins) -> None:
        self.raw = raw
        self.codec = codec
        self.begins = begins
        self.dictionary = None
        head = raw.peek(0, 18) if codec.name == "zstd" else b""
        if length := skippable(head):
            self.dictionary = dictionary(raw.peek(0, min(length, 16 << 20)))

    def pieces(self, start: int, end: int) -> Iterator[Piece]:
        raw = self.raw
        frame = 0 if start == 0 else self.boundary(start, end)
        if frame is None:
            return
        raw.start(frame)
        within = end < raw.size
        while (frame := self._padding(frame)) < raw.size:
            if within and frame >= end and self.sound(frame):
                within = False
                raw.stop(frame)
                yield Piece(frame, 0, b"", border=True)
            if self.codec.starts(raw.full(frame, 18)):
                after = yield from self._frame(frame)
            else:
                yield Piece(frame, 0, b"", damage=f"no {self.codec.name} frame here")
                after = self._resume(frame + 1)
            if after is None:
                break
            frame = after
        raw.stop(raw.size)

    def boundary(self, start: int, end: int) -> int | None:
        """The first sound boundary in ``[start, end)``."""
        return next((at for at in self._candidates(start, end) if self.sound(at)), None)

    def sound(self, frame: int) -> bool:
        """True where good frames follow one another from here for longer than anything could lie here verbatim."""
        span = self.codec.verbatim + (32 << 10)
        ahead = self.raw.peek(frame, span)
        at = 0
        while at < len(ahead):
            length = skippable(ahead[at : at + 8])
            if length:
                at += length
                continue
            if not ahead[at:].lstrip(b"\0"):
                break
            if not self.codec.starts(ahead[at : at + 18]):
                return False
            decoder = self.codec.decoder(self.dictionary)
            head = b""
            fed = at
            try:
                while not decoder.eof:
                    data = b""
                    if decoder.needs_input:
                        data = ahead[fed : fed + self.codec.feed]
                        fed += len(data)
                        if not data:
                            return True if at else self.begins(head)
                    out = decoder.decompress(data, PIECE)
                    if len(head) < 16:
                        head += out[:16]
            except self.codec.errors:
                return False
            if not at and not self.begins(head):
                return False
            at = fed - len(decoder.unused_data or b"")
        return True

    def _frame(self, frame: int) -> Generator[Piece, None, int | None]:
        """Pieces of one frame. Returns the offset of the next, None where there is none."""
        raw, codec = self.raw, self.codec
        decoder = codec.decoder(self.dictionary)
        at, inner = frame, 0
        parts: list[bytes] = []
        gathered = 0
        trouble, doubtful = "", False
        while not decoder.eof:
            data = b""
            if decoder.needs_input:
                data = raw.at(at, codec.feed)
                if not data:
                    trouble = f"{codec.name} frame ends early"
                    break
                at += len(data)
            try:
                out = decoder.decompress(data, PIECE)
            except codec.errors as error:
                trouble, doubtful = str(error) or type(error).__name__, True
                break
            # One piece is always held back, so that the end of a small frame is given only once its checksum is right.
            if gathered >= PIECE:
                yield Piece(frame, inner, b"".join(parts))
                inner += gathered
                parts, gathered = [], 0
            parts.append(out)
            gathered += len(out)
        data = b"".join(parts)
        if data:
            yield Piece(frame, inner, data, doubtful=doubtful)
        if trouble:
            yield Piece(frame, inner + len(data), b"", damage=trouble)
            return self._resume(max(frame + 1, at - _BACK))
        return at - len(decoder.unused_data or b"")

    def _padding(self, frame: int) -> int:
        """Over skippable frames and zeros, to the next frame or the end of the file."""
        while head := self.raw.full(frame, 18):
            if length := skippable(head):
                frame += length
            elif head[0] == 0:
                block = self.raw.at(frame, BLOCK)
                frame += len(block) - len(block.lstrip(b"\0"))
            else:
                break
        return min(frame, self.raw.size)

    def _resume(self, start: int) -> int | None:
        """Where reading goes on after damage: the first frame from ``start`` whose head can be decompressed."""
        return next((at for at in self._candidates(start, self.raw.size) if self._plausible(at)), None)

    def _plausible(self, frame: int) -> bool:
        decoder = self.codec.decoder(self.dictionary)
        data = self.raw.peek(frame, 32 << 10)
        head = b""
        try:
            at = 0
            while len(head) < 512 and not decoder.eof and (at < len(data) or not decoder.needs_input):
                fed = data[at : at + self.codec.feed] if decoder.needs_input else b""
                at += len(fed)
                head += decoder.decompress(fed, PIECE)
        except self.codec.errors:
            return False
        return self.begins(head)

    def _candidates(self, start: int, end: int) -> Iterator[int]:
        """Offsets in ``[start, end)`` that look like the start of a frame."""
        raw, magic = self.raw, self.codec.magic
        offset = start
        while offset < min(end, raw.size):
            block = raw.full(offset, BLOCK)
            found = block.find(magic)
            while found >= 0 and offset + found < end:
                head = block[found : found + 18]
                if self.codec.starts(head if len(head) == 18 else raw.peek(offset + found, 18)):
                    yield offset + found
                found = block.find(magic, found + 1)
            if len(block) < len(magic):
                return
            offset += len(block) - len(magic) + 1
