"""Compressed streams: how each codec marks a frame, and a decoder of one frame that never gives more than asked."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

import lz4.frame
import zstandard
from isal import igzip_lib


class Decoder(Protocol):
    """Decompresses one frame (a gzip member, a zstd or lz4 frame, a bz2 or xz stream), then has ``eof`` set."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool:
        """False while output is held back because of the limit: ask again with no data."""

    @property
    def unused_data(self) -> bytes | None:
        """What was fed beyond the end of the frame."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Zstd:
    """zstandard's decoder with the manners of bz2's.

    It takes no limit, and four bytes of a bomb may give 128 KB. So it is fed to the end of one block at a time, which
    never gives more than that; where a block ends is told by its first three bytes.
    """

    __slots__ = ("_at", "_held", "_least", "_safe", "_stream")

    def __init__(self, dictionary: zstandard.ZstdCompressionDict | None) -> None:
        opened = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=MAX_WINDOW)
        self._stream = opened.decompressobj(write_size=128 << 10)
        self._held = b""
        self._at = 0  # what is held before has been fed
        self._safe = 0  # bytes from there that may be fed at once; with 0 the head of the frame or a block is next
        self._least = 5  # bytes of that head which tell how far it goes

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not self._stream.eof and len(self._held) - self._at < (1 if self._safe else self._least)

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data + self._held[self._at :]

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if data:
            self._held = self._held[self._at :] + data
            self._at = 0
        out = b""
        while not out and not self._stream.eof and not self.needs_input:
            if not self._safe:
                self._safe = self._span()
            part = self._held[self._at : self._at + self._safe]
            self._at += len(part)
            self._safe -= len(part)
            out = self._stream.decompress(part)
        return out

    def _span(self) -> int:
        """Length of the head of the frame, or of the next block, with all that follows where it is the last."""
        if self._least == 5:
            self._least = 3
            told = self._held[self._at + 4]
            single = told >> 5 & 1
            return 6 - single + (0, 1, 2, 4)[told & 3] + (single, 2, 4, 8)[told >> 6]
        head = int.from_bytes(self._held[self._at : self._at + 3], "little")
        if head & 1:
            return 1 << 62
        return 3 + (1 if head >> 1 & 3 == 1 else head >> 3)  # a block of one repeated byte holds it once


MAX_WINDOW = 1 << 27
"""What asks for more memory than this (zstd's ``--long`` beyond 27, a dictionary of xz) is refused: workers have a
budget."""


@dataclass(frozen=True, slots=True)
class Codec:
    """``feed`` is how many bytes a decoder gets at a time; ``verbatim`` how far a file can lie unaltered in another.

    A page that is itself a compressed archive does not compress further, so it can stand byte for byte in a stored
    block. A frame seen inside it is not one of ours: only where frames go on for longer than the largest stored block
    is a boundary to be trusted.
    """

    name: str
    magic: bytes
    feed: int
    verbatim: int
    errors: tuple[type[Exception], ...]
    decoder: Callable[[zstandard.ZstdCompressionDict | None], Decoder]

    def starts(self, head: bytes) -> bool:
        """True where ``head`` (18 bytes do) can be the start of a frame."""
        if not head.startswith(self.magic):
            return False
        if self.name == "gzip":
            return len(head) < 4 or head[3] < 0x20
        if self.name == "xz":
            return head[6:7] in (b"", b"\0") and (
                len(head) < 12 or head[8:12] == zlib.crc32(head[6:8]).to_bytes(4, "little")
            )
        if self.name == "bz2":
            return len(head) < 10 or (head[3:4] in b"123456789" and head[4:10] == _BZ2_BLOCK)
        return True


def _gzip() -> Decoder:
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)  # twice as fast as zlib


def _xz() -> Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW)


_BZ2_BLOCK = b"\x31\x41\x59\x26\x53\x59"

CODECS: dict[str, Codec] = {
    codec.name: codec
    for codec in (
        Codec(
            "gzip", b"\x1f\x8b\x08", 16 << 10, 64 << 10, (cast(type[Exception], igzip_lib.error),), lambda _: _gzip()
        ),
        Codec("zstd", b"\x28\xb5\x2f\xfd", 16 << 10, 128 << 10, (zstandard.ZstdError,), _Zstd),
        Codec(
            "lz4",
            b"\x04\x22\x4d\x18",
            64 << 10,
            4 << 20,
            (RuntimeError,),
            lambda _: cast(Decoder, lz4.frame.LZ4FrameDecompressor()),
        ),
        Codec("bz2", b"BZh", 64 << 10, 1 << 10, (OSError, ValueError), lambda _: bz2.BZ2Decompressor()),
        Codec("xz", b"\xfd7zXZ\0", 16 << 10, 64 << 10, (lzma.LZMAError,), lambda _: _xz()),
    )
}
"""The codecs that are read. ``none`` is absence from the table."""

HEAD_OUT = 256 << 10
"""Decompressed bytes that are enough to tell what a file holds."""

_DICTIONARY = b"\x5d\x2a\x4d\x18"


def skippable(head: bytes) -> int:
    """Length of the skippable frame (of zstd and lz4) that ``head`` starts with, or 0."""
    if len(head) >= 8 and head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return 8 + int.from_bytes(head[4:8], "little")
    return 0


def dictionary(head: bytes) -> zstandard.ZstdCompressionDict | None:
    """The dictionary that a .warc.zst file carries in a first skippable frame, itself compressed or not."""
    if not head.startswith(_DICTIONARY):
        return None
    body = head[8 : skippable(head)]
    if body.startswith(CODECS["zstd"].magic):
        try:
            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=16 << 20)
        except zstandard.ZstdError:
            return None
    return zstandard.ZstdCompressionDict(body)


def codec_of(head: bytes) -> str:
    """Name of the codec of a file that starts with ``head``, ``none`` where it is not compressed."""
    at = 0
    while length := skippable(head[at : at + 8]):
        at += length
    if at >= len(head) > 0:
        return "zstd"  # only frames to be passed over, which lz4 has too, but hardly ever
    return next((name for name, codec in CODECS.items() if codec.starts(head[at : at + 18])), "none")


def expanded(head: bytes, codec: str, most: int = HEAD_OUT) -> bytes:
    """What ``head`` decompresses to, as far as it goes, about ``most`` bytes of it."""
    return sample(head, codec, most)[0]


def sample(head: bytes, codec: str, most: int = HEAD_OUT) -> tuple[bytes, int]:
    """What the start of a file decompresses to, about ``most`` bytes of it, and how many of its bytes that took."""
    if codec == "none":
        return head[:most], min(len(head), most)
    row = CODECS[codec]
    shared = dictionary(head) if codec == "zstd" else None
    parts: list[bytes] = []
    size = at = 0
    decoder = None
    while size < most and at < len(head):
        if decoder is None or decoder.eof:
            if length := skippable(head[at : at + 8]):
                at += length
                continue
            if not row.starts(head[at : at + 18]):
                break
            decoder = row.decoder(shared)
        data = head[at : at + row.feed] if decoder.needs_input else b""
        at += len(data)
        try:
            part = decoder.decompress(data, most)
        except row.errors:
            break
        parts.append(part)
        size += len(part)
        if decoder.eof:
            at -= len(decoder.unused_data or b"")
    return b"".join(parts), at
