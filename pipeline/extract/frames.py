"""How a worker and its extracting child talk: length-prefixed bytes over pipes.

A batch is the number of bytes that follow, then each page as its length and its bytes; the child reads a batch whole
before it answers, so that neither waits for the other to read. An answer is a status, a length and UTF-8 text.
"""

import struct
from collections.abc import Iterable, Iterator

LENGTH = struct.Struct("<I")
ANSWER = struct.Struct("<BI")

READY, TEXT, FAILED = range(3)
"""The extractor is imported; the page's text; the extractor raised, with what."""


def batch(pages: Iterable[bytes]) -> bytes:
    """The bytes of one batch."""
    body = b"".join(part for page in pages for part in (LENGTH.pack(len(page)), page))
    return LENGTH.pack(len(body)) + body


def pages(body: bytes) -> Iterator[bytes]:
    """The pages of a batch without its leading length."""
    i = 0
    while i < len(body):
        (length,) = LENGTH.unpack_from(body, i)
        i += LENGTH.size
        yield body[i : i + length]
        i += length


def answer(status: int, text: str) -> bytes:
    """The bytes of one answer; a lone surrogate in ``text`` becomes a question mark."""
    body = text.encode("utf-8", "replace")
    return ANSWER.pack(status, len(body)) + body
