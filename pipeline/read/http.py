"""HTTP responses as archives hold them: head, transfer encoding and content encoding, all taken with patience."""

import io
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import zstandard
from fastwarc.stream_io import BrotliReader

from manifests.errors import Skip
from pipeline.read.codec import MAX_WINDOW

_STATUS = re.compile(rb"HTTP/[0-9.]+[ \t]+([0-9]{3})")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\n]*)?\r?\n")
_CONSENT = re.compile(rb"^(x-robots-tag|tdm-reservation)[ \t]*:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)

MAX_HEAD = 64 << 10
"""A head longer than this is no head."""


@dataclass(frozen=True, slots=True)
class Response:
    """``status`` is 0 where there is no status line; ``headers`` are those that tell how to read the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    consent: tuple[tuple[str, str], ...] = ()
    """Headers, lower-case name and value, that say who may keep the page and learn from it."""


def parse(block: bytes) -> Response:
    """Take a response apart. Without a status line, the whole block is the body."""
    found = _STATUS.match(block)
    if not found:
        return Response(0, {}, block)
    end = head_end(block, 0)
    head, body = (block[: end[0]], block[end[1] :]) if end else (block[:MAX_HEAD], b"")
    return Response(int(found[1]), _FIELDS(head), body, _consent(head))


def _consent(head: bytes) -> tuple[tuple[str, str], ...]:
    found = _CONSENT.findall(head)
    return tuple((name.decode().lower(), value.decode("latin-1").strip()) for name, value in found)


def fields(*names: str) -> Callable[[bytes], dict[str, str]]:
    """What takes header lines of these lower-case names from a head: the first of each, folded lines joined."""
    wanted = "|".join(map(re.escape, names))
    line = re.compile(
        rf"^({wanted})[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)", re.IGNORECASE | re.MULTILINE | re.ASCII
    )

    def take(head: bytes) -> dict[str, str]:
        try:
            text = head.decode()
        except UnicodeDecodeError:
            text = head.decode("latin-1")
        return {name.lower(): " ".join(value.split("\n")).strip() for name, value in reversed(line.findall(text))}

    return take


def head_end(buffer: bytes, start: int) -> tuple[int, int] | None:
    """Where the head that begins at ``start`` ends, and where its body begins; None where no blank line is in reach."""
    stop = start + MAX_HEAD
    usual = buffer.find(b"\n\r\n", start, stop)
    bare = buffer.find(b"\n\n", start, usual + 1 if usual >= 0 else stop)
    if bare >= 0:
        return bare, bare + 2
    return (usual, usual + 3) if usual >= 0 else None


_FIELDS = fields("content-type", "content-encoding", "transfer-encoding")


def media_type(content_type: str) -> tuple[str, str | None]:
    """Media type without parameters, and the charset where one is named; both lower case."""
    charset = _CHARSET.search(content_type)
    return content_type.partition(";")[0].partition(",")[0].strip().lower(), charset[1].lower() if charset else None


def content(response: Response, limit: int, max_ratio: int) -> bytes:
    """The body freed of transfer and content encoding, cut at ``limit`` bytes.

    Archives often hold bodies already decoded under headers that say otherwise: what is not encoded as it claims is
    taken as it is. Raises Skip ``bomb`` for a body that grows beyond ``limit`` and more than ``max_ratio`` times, and
    ``encoding`` for an encoding that is unknown or broken from the start.
    """
    body = response.body
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        body = dechunk(body)
    names = [name.strip().lower() for name in response.headers.get("content-encoding", "").split(",")]
    for name in reversed([name for name in names if name not in ("", "identity", "none", "binary", "utf-8")]):
        decode = ENCODINGS.get(name)
        if decode is None:
            raise Skip("encoding", f"content encoding {name[:40]!r}")
        packed = len(body)
        body = decode(body, limit + 1)
        if len(body) > limit and len(body) > max_ratio * packed:
            raise Skip("bomb", f"{packed} bytes grow to more than {limit}")
    return body[:limit]


def dechunk(body: bytes) -> bytes:
    """``body`` without its chunk heads, or as it is where it has none; a broken chunk ends it."""
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[found.end() : found.end() + size])
        at = found.end() + size
        while body[at : at + 1] in (b"\r", b"\n"):
            at += 1
    if not parts:
        return body
    # Chunks that stop making sense half-way: what lies beyond is text all the same, and worth more than a cut page.
    return b"".join(parts) + body[at:]


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    """All members of a gzip body, or a zlib or raw deflate stream, as far as it goes and up to ``limit``."""
    parts: list[bytes] = []
    size = 0
    while body and size < limit:
        stream = zlib.decompressobj(window)
        try:
            part = stream.decompress(body, limit - size)
        except zlib.error:
            break
        parts.append(part)
        size += len(part)
        if not stream.eof:
            break
        body = stream.unused_data
    return b"".join(parts)


def _gzip(body: bytes, limit: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body[:limit]
    return _got("gzip", _inflate(body, limit, zlib.MAX_WBITS | 16))


def _deflate(body: bytes, limit: int) -> bytes:
    """zlib as the standard says, raw deflate as servers do."""
    return _got(
        "deflate",
        _inflate(body, limit, zlib.MAX_WBITS) or _inflate(body, limit, -zlib.MAX_WBITS) or _unpacked(body, limit),
    )


def _brotli(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    stream = BrotliReader(io.BytesIO(body))
    try:
        while size < limit and (part := stream.read(min(1 << 16, limit - size))):
            parts.append(part)
            size += len(part)
    except (OSError, ValueError):
        pass  # as far as it goes
    return _got("br", b"".join(parts) or _unpacked(body, limit))


def _zstd(body: bytes, limit: int) -> bytes:
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body[:limit]
    parts: list[bytes] = []
    size = 0
    stream = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(body, read_across_frames=True)
    try:
        while size < limit and (part := stream.read(min(1 << 16, limit - size))):
            parts.append(part)
            size += len(part)
    except zstandard.ZstdError:
        pass  # as far as it goes
    return _got("zstd", b"".join(parts))


def _unpacked(body: bytes, limit: int) -> bytes:
    """A body that was already decoded: it begins as text does."""
    return body[:limit] if body[:256].lstrip()[:1] == b"<" else b""


def _got(name: str, body: bytes) -> bytes:
    if not body:
        raise Skip("encoding", f"nothing can be decoded from a {name} body")
    return body


ENCODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
"""Content encodings by name: each decodes at most so many bytes."""
