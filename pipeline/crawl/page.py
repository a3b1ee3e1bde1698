"""What a crawler takes from a page: links, what it says of itself, its words. No tree is built: none is too deep."""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from pipeline.crawl.canonical import joined
from pipeline.extract.charset import decode

MOST_LINKS = 5_000
"""Links of a page that are looked at."""

LICENCE_PLACES = re.compile(
    r"https?://(?:www\.)?(?:creativecommons\.org/(?:licenses|publicdomain)/|gnu\.org/licenses/)\S*"
)

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|textarea|xmp|svg)\b.*?(?:</\1\b|\Z)", re.DOTALL | re.IGNORECASE
)
_START = re.compile(r"<([!/?a-zA-Z][a-zA-Z0-9]*)")
_REST = re.compile(r"((?>[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+)>")
_TELLING = frozenset({"a", "area", "link", "meta", "base", "html", "iframe", "frame"})
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+")
_REFRESH = re.compile(r"^\s*([\d.]*)\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)


class Link(NamedTuple):
    """``url`` is canonical; ``tongue`` what hreflang says, ``words`` the text of the link, at most 200 characters."""

    url: str
    tongue: str = ""
    words: str = ""


class Seen(NamedTuple):
    """A page as the crawler sees it. ``links`` are those that may be followed, as far as each says of itself."""

    html: str
    words: str
    links: tuple[Link, ...]
    metas: tuple[tuple[str, str], ...]
    tongue: str
    licence: str
    canonical: str


def see(body: bytes, charset: str | None, url: str) -> Seen:
    """Take apart an HTML page that was found at ``url``."""
    html = decode(body, charset)[0]
    bare = _HIDDEN.sub(" ", html)
    links: dict[str, Link] = {}
    metas: list[tuple[str, str]] = []
    base, tongue, licence, canonical = url, "", "", ""
    at = 0
    pieces: list[str] = []
    for tag, rest, start, end in _tags(bare):
        pieces.append(bare[at:start])
        at = end
        if tag not in _TELLING:
            continue
        told = attributes(rest)
        where = told.get("href") or told.get("src") or ""
        relations = told.get("rel", "").lower().split()
        if tag == "meta":
            name = told.get("name") or told.get("http-equiv") or told.get("property") or ""
            metas.append((name, told.get("content", "")[:2000]))
            if name.lower() == "refresh" and (moved := _REFRESH.match(told.get("content", ""))):
                _add(links, base, moved[2], "", "", relations)
        elif tag == "html":
            tongue = tongue or told.get("lang") or told.get("xml:lang") or ""
        elif tag == "base":
            base = joined(url, where) or base if base == url else base
        elif "license" in relations and where:
            licence = licence or joined(base, where)
        elif tag == "link":
            if "canonical" in relations:
                canonical = canonical or joined(base, where)
            elif {"alternate", "next", "prev", "contents", "index"} & set(relations):
                _add(links, base, where, told.get("hreflang", ""), "", relations)
        elif len(links) < MOST_LINKS:
            stop = bare.find("<", end, end + 200)
            words = bare[end : stop if stop >= 0 else end + 200] if tag == "a" else ""
            _add(links, base, where, told.get("hreflang") or told.get("lang") or "", words, relations)
    if not licence and (named := LICENCE_PLACES.search(bare)):
        licence = named[0].rstrip("\"'<>).,")[:200]
    return Seen(
        html,
        unescape(" ".join([*pieces, bare[at:]])),
        tuple(links.values()),
        tuple(metas),
        tongue.strip()[:40],
        licence[:200],
        canonical,
    )


def _tags(html: str) -> Iterator[tuple[str, str, int, int]]:
    """(name in lower case, what follows it, start, end) of each tag. One that never ends hides all the rest, as in
    browsers: so no place is read twice."""
    at = 0
    while start := _START.search(html, at):
        rest = _REST.match(html, start.end())
        if rest is None:
            return
        at = rest.end()
        yield start[1].lower(), rest[1], start.start(), at


def _add(links: dict[str, Link], base: str, where: str, tongue: str, words: str, relations: list[str]) -> None:
    if not where or where.startswith(("#", "mailto:", "javascript:", "data:", "tel:")) or "nofollow" in relations:
        return
    url = joined(base, where)
    if not url:
        return
    before = links.get(url)
    if before is None or (tongue and not before.tongue):
        links[url] = Link(
            url, tongue.strip().lower()[:20], " ".join(unescape(words).split()) or (before.words if before else "")
        )


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a start tag: names in lower case, the first of each, character references resolved."""
    found: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(tag):
        found.setdefault(one[1].lower(), unescape(one[2] or one[3] or one[4] or ""))
    return found


def feed_links(body: bytes, url: str) -> Iterator[str]:
    """The entries of a feed (RSS, Atom, RDF), as canonical URLs."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(body, parser)
    if root is None:
        return
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag.rpartition("}")[2] != "link":
            continue
        if element.get("rel", "alternate") not in ("alternate", "next", "self", "via"):
            continue
        if found := joined(url, (element.get("href") or element.text or "").strip()):
            yield found


def is_feed(head: bytes) -> bool:
    """Whether a document that begins so is a feed."""
    return re.search(rb"<(?:rss|feed|rdf:RDF)[\s>]", head[:2000]) is not None


def is_sitemap(head: bytes) -> bool:
    """Whether a document that begins so is a sitemap or an index of sitemaps."""
    return re.search(rb"<(?:[a-z0-9]+:)?(?:urlset|sitemapindex)[\s>]", head[:2000]) is not None
