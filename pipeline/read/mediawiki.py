"""Dumps of MediaWiki in its XML export format (0.10, 0.11): pages cut out by their tags, each parsed alone.

No declaration of a document is ever seen by the parser, so there are no entities but those of XML itself, and what it
holds is one page. Schema: https://www.mediawiki.org/xml/export-0.11.xsd
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit
from xml.parsers import expat

import msgspec

from pipeline.extract.wikipage import PAGE, WikiPage
from pipeline.read.pieces import Piece, place
from pipeline.read.record import Document, Limits, Page, Position, Skipped

OPEN, CLOSE = b"<page>", b"</page>"
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<mediawiki[\s>]")
_SITEINFO = re.compile(rb"<siteinfo>.*?</siteinfo>", re.DOTALL)
_DATE = re.compile(r"(?<!\d)(20\d{6})(?!\d)")
_DEEPEST = 16
_FILE, _MEDIA, _CATEGORY = 6, -2, 14

PROJECTS = frozenset(
    f"{name}.org"
    for name in ("wikipedia", "wiktionary", "wikibooks", "wikiquote", "wikisource", "wikiversity", "wikivoyage")
)
"""Wikis of Wikimedia whose text is under one licence: CC BY-SA, 4.0 since the terms of use of 7 June 2023."""
CHANGED = "20230607"


def begins(content: bytes) -> bool:
    """True of the beginning of a dump."""
    return bool(_BEGINS.match(content))


@dataclass(frozen=True, slots=True)
class Site:
    """What a dump says of its wiki."""

    dbname: str = ""
    base: str = ""
    """Address of the main page."""
    namespaces: dict[int, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The wiki's code, of Wikimedia's projects in one language: ``sw``."""
        code, _, project = (urlsplit(self.base).hostname or "").partition(".")
        return code if project in PROJECTS and code != "www" else ""

    def url(self, title: str) -> str | None:
        """Address of a page: beside the main page."""
        root, slash, _ = self.base.partition("/wiki/")
        if not slash:
            root, slash, _ = self.base.rpartition("/")
        return f"{root}{slash}{quote(title.replace(' ', '_'), safe=';@$!*(),/~:')}" if slash else None

    def licence(self, date: str) -> str | None:
        """Of the dump of that day (YYYYMMDD, or nothing where it is not known)."""
        if ".".join((urlsplit(self.base).hostname or "").rsplit(".", 2)[-2:]) not in PROJECTS:
            return None
        return "CC-BY-SA-3.0" if date and date < CHANGED else "CC-BY-SA-4.0"


def site_of(head: bytes) -> Site:
    """What the head of a dump says of its wiki; nothing where it says nothing."""
    found = _SITEINFO.search(head)
    if found is None:
        return Site()
    told = _Told()
    try:
        told.parse(found[0])
    except expat.ExpatError:
        return Site()
    return Site(told.values.get("dbname", ""), told.values.get("base", ""), told.namespaces)


class _Told:
    """What one element of a dump holds: values by the path of their elements below it; of several, the last."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.namespaces: dict[int, str] = {}
        self.redirect = False
        self._path: list[str] = []
        self._parts: list[str] = []
        self._key = ""

    def parse(self, data: bytes) -> None:
        """Raises ExpatError where the element is not well formed, or too deep."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._parts.append
        parser.Parse(data, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise expat.ExpatError("elements in elements")
        self._path.append(name)
        self._parts.clear()
        if name == "redirect":
            self.redirect = True
        elif name == "revision":  # only the last one of a page's history counts
            self.values = {key: value for key, value in self.values.items() if not key.startswith("revision.")}
        elif name == "namespace":
            self._key = attributes.get("key", "")

    def _end(self, name: str) -> None:
        if name == "namespace" and re.fullmatch(r"-?\d{1,6}", self._key):
            self.namespaces[int(self._key)] = "".join(self._parts)
        self.values[".".join(self._path[1:])] = "".join(self._parts)
        self._path.pop()
        self._parts.clear()


def read_dump(
    pieces: Iterable[Piece], plain: bool, site: Site, name: str, namespaces: frozenset[int], limits: Limits
) -> Iterator[Document | Skipped]:
    """The pages that begin in a unit. ``name`` is the file's, which may tell the dump's date."""
    found = _DATE.search(name)
    date = found[1] if found else ""
    about = Document(
        Position(0, 0),
        dump="-".join(filter(None, (site.dbname, date))) or None,
        licence=site.licence(date),
        language=f"wikipedia:{site.language}" if site.language else None,
    )
    for one in _pages(pieces, plain, limits.max_record_bytes):
        yield one if isinstance(one, Skipped) else _document(*one, site, about, namespaces)


def _document(
    position: Position, data: bytes, site: Site, about: Document, namespaces: frozenset[int]
) -> Document | Skipped:
    told = _Told()
    try:
        told.parse(data)
    except expat.ExpatError as error:
        return Skipped(position, "not_well_formed", str(error)[:120])
    said = told.values
    namespace = said.get("ns", "0")
    if told.redirect:
        return Skipped(position, "redirect")
    if not namespace.isdecimal() or int(namespace) not in namespaces:
        return Skipped(position, "namespace", f"namespace {namespace[:12]}")
    if (model := said.get("revision.model", "wikitext")) != "wikitext":
        return Skipped(position, "not_wikitext", model[:40])
    text = said.get("revision.text", "")
    if not text or text.isspace():
        return Skipped(position, "empty", "no text in the last revision")
    title = said.get("title", "")
    names = site.namespaces
    wiki = WikiPage(
        text,
        title,
        [names[number] for number in (_FILE, _MEDIA) if number in names],
        [names[_CATEGORY]] if _CATEGORY in names else [],
        site.language,
    )
    return Document(
        position,
        page=Page(msgspec.json.encode(wiki), "utf-8", PAGE),
        source_id=said.get("id"),
        url=site.url(title) if title else None,
        date=said.get("revision.timestamp"),
        dump=about.dump,
        licence=about.licence,
        language=about.language,
    )


def _pages(pieces: Iterable[Piece], plain: bool, most: int) -> Iterator[tuple[Position, bytes] | Skipped]:
    """The pages whose tag begins in the unit, each whole; of one that is too long no more than ``most`` is held."""
    held = bytearray()  # a page from its tag on, or what may be the beginning of a tag
    before = Position(0, 0)  # where the piece before ended
    begun: Position | None = None  # of the page at hand
    dropped = scanned = 0
    ending = doubtful = False
    for piece in pieces:
        if piece.border:
            if not held:
                return
            ending = True
            continue
        if piece.damage:
            yield Skipped(begun or place(piece, 0, plain), "damaged", piece.damage)
            if ending:
                return
            held, begun, dropped, doubtful = bytearray(), None, 0, False
            continue
        doubtful = doubtful or piece.doubtful
        seam = len(held)
        held += piece.data
        start = at = 0
        while True:
            if begun is None:
                start = held.find(OPEN, at)
                if ending and not 0 <= start < seam:
                    return
                if start < 0:
                    start = len(held) - _begun(held)
                    break
                begun = _where(start - seam, piece, before, plain)
                scanned = start + len(OPEN)
            end = held.find(CLOSE, scanned)
            if (again := held.find(OPEN, scanned, end if end >= 0 else len(held))) >= 0:
                yield Skipped(begun, "not_well_formed", "another page begins before its end")
                begun, dropped, at = None, 0, again
                continue
            if end < 0:
                break
            at = end + len(CLOSE)
            length = dropped + at - start
            if length > most:
                yield Skipped(begun, "too_long", f"a page of {length} bytes")
            elif doubtful:
                yield Skipped(begun, "damaged", "in the part that no checksum vouches for")
            else:
                yield begun, bytes(held[start:at])
            begun, dropped = None, 0
        before = place(piece, len(piece.data), plain)
        del held[:start]
        if begun is not None:
            if dropped + len(held) > most:
                dropped += len(held) - len(CLOSE)
                del held[: -len(CLOSE)]
            scanned = max(0 if dropped else len(OPEN), len(held) - len(CLOSE))
    if begun is not None:
        yield Skipped(begun, "damaged", "the page does not end")


def _begun(held: bytearray) -> int:
    """How many of the last bytes may be the beginning of a page's tag."""
    return next((size for size in range(len(OPEN) - 1, 0, -1) if held.endswith(OPEN[:size])), 0)


def _where(offset: int, piece: Piece, before: Position, plain: bool) -> Position:
    """Place of the byte at ``offset`` of a piece; a negative one is so far before its beginning."""
    if offset >= 0:
        return place(piece, offset, plain)
    return Position(before.frame + offset, 0) if plain else Position(before.frame, before.inner + offset)
