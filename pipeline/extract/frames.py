"""How a worker and its extracting child talk: length-prefixed bytes over pipes.

A batch is the number of bytes that follow, then each page as a head, the name of its way and its bytes; the child reads
a batch whole before it answers, so that neither waits for the other to read. An answer is a head, what is said, and
text.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

LENGTH = struct.Struct("<I")
_PAGE = struct.Struct("<BI")
ANSWER = struct.Struct("<BII")

READY, TEXT, SKIPPED, FAILED = range(4)
"""The extractor is imported; the page's text, and as JSON what it says of itself; there is none, and the reason is
said, with details; the extractor raised, with what."""


class Answer(NamedTuple):
    """``status`` is one of those above."""

    status: int
    said: str
    text: str


def batch(pages: Iterable[tuple[str, bytes]]) -> bytes:
    """The bytes of one batch. The way of a page is a key of MEDIA, or empty for HTML."""
    parts = [part for way, page in pages for part in (_PAGE.pack(len(way), len(page)), way.encode("ascii"), page)]
    body = b"".join(parts)
    return LENGTH.pack(len(body)) + body


def pages(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The pages of a batch without its leading length, each with its way."""
    i = 0
    while i < len(body):
        name, length = _PAGE.unpack_from(body, i)
        i += _PAGE.size + name
        yield body[i - name : i].decode("ascii"), body[i : i + length]
        i += length


def answer(status: int, text: str, said: str = "") -> bytes:
    """The bytes of one answer; a lone surrogate becomes a question mark."""
    first, second = said.encode("utf-8", "replace"), text.encode("utf-8", "replace")
    return ANSWER.pack(status, len(first), len(second)) + first + second
