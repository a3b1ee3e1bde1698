"""What an answer holds: a page, plain text, a list of links (sitemap or feed), or what is kept as it is."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lxml import etree
from scrapy.utils.sitemap import Sitemap

from manifests.errors import Skip
from pipeline.crawl import page
from pipeline.crawl.archive import Exchange
from pipeline.crawl.canonical import joined
from pipeline.crawl.page import Link
from pipeline.read import http

LARGEST_LIST = 50 << 20
"""Bytes of a sitemap, as its standard has it."""

MOST_ENTRIES = 50_000

MOST_RATIO = 20
"""A body that grows more often than this, beyond the largest page, is a bomb."""

KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/vnd.wap.xhtml+xml": "html",
    "": "html",
    "text/plain": "text",
    "text/xml": "list",
    "application/xml": "list",
    "application/rss+xml": "list",
    "application/atom+xml": "list",
    "application/rdf+xml": "list",
    "application/gzip": "list",
    "application/x-gzip": "list",
    "application/octet-stream": "list",
    "application/pdf": "other",
    "application/epub+zip": "other",
}
"""Media types that are fetched to the end."""


class Document(NamedTuple):
    """``kind``: html, text, list or other. ``words`` is all text, menus too; ``html`` the page as text."""

    kind: str
    links: tuple[Link, ...] = ()
    metas: tuple[tuple[str, str], ...] = ()
    html: str = ""
    words: str = ""
    tongue: str = ""
    licence: str = ""


def document(exchange: Exchange, url: str, headers: Iterable[tuple[str, str]], largest: int) -> Document:
    """What came from ``url``. Raises Skip for what cannot be unpacked or is of no kind that is kept."""
    told = {name.lower(): value for name, value in headers}
    media, charset = http.media_type(told.get("content-type", ""))
    kind = KINDS.get(media)
    if kind is None:
        raise Skip("type", media[:60])
    body = http.content(http.parse(exchange.response), LARGEST_LIST if kind == "list" else largest, MOST_RATIO)
    if kind == "other":
        return Document("other")
    if body.startswith(b"\x1f\x8b") and kind in ("list", "text"):
        body, kind = _unpacked(body), "list"
    head = body[:2000]
    if kind != "text" and (page.is_sitemap(head) or page.is_feed(head)):
        return Document("list", tuple(Link(found) for found in _listed(body, url)))
    if kind == "list":
        if b"<html" not in head.lower():
            raise Skip("type", f"{media} that is no sitemap and no feed")
        kind = "html"
    if kind == "text":
        text = body.decode("utf-8", "replace")
        if page.is_sitemap(head):
            return Document("list", tuple(Link(found) for found in _listed(body, url)))
        return Document("text", words=text)
    seen = page.see(body, charset, url)
    return Document("html", seen.links, seen.metas, seen.html, seen.words, seen.tongue, seen.licence)


def _listed(body: bytes, url: str) -> Iterator[str]:
    """URLs of a sitemap (with the translations that it names) or feed."""
    try:
        if page.is_feed(body[:2000]):
            yield from page.feed_links(body, url)
            return
        for entry in islice(Sitemap(body), MOST_ENTRIES):
            for where in (entry["loc"], *entry.get("alternate", ())):
                if found := joined(url, where):
                    yield found
    except (etree.XMLSyntaxError, StopIteration):
        return  # as far as it goes


def _unpacked(body: bytes) -> bytes:
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = stream.decompress(body, LARGEST_LIST)
    except zlib.error:
        raise Skip("encoding", "a gzip file that is none") from None
    if stream.unconsumed_tail and len(found) > MOST_RATIO * len(body):
        raise Skip("bomb", f"{len(body)} bytes grow to more than {LARGEST_LIST}")
    return found
