"""EPUB to text: the chapters in reading order, a block a line, and what the package says of the book."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from html.entities import html5
from urllib.parse import unquote

from lxml import etree, html

from manifests.errors import Skip
from pipeline.extract.about import About, clean, day
from pipeline.extract.charset import decode
from pipeline.extract.subtitles import joined

MOST_FILES = 20_000
MOST_CHAPTER = 16 << 20
"""Bytes of one unpacked file that is read; pictures and fonts are not."""
MOST_TEXT = 256 << 20
"""Bytes of all of them."""
MOST_RATIO = 200
"""A chapter that unpacks to more than a megabyte and this many times its size is a bomb: markup packs to a tenth."""

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Methods that hide fonts alone."""
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")

_ASIDE = frozenset("cover toc landmarks page-list loi lot loa lov pagebreak noteref backlink".split())  # noqa: SIM905
"""Values of epub:type (and of references in the guide of EPUB 2) of what is no text of the book."""
_TYPE = "{http://www.idpf.org/2007/ops}type"
_UNREAD = frozenset("head script style template svg math nav rt rp iframe audio video object".split())  # noqa: SIM905
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rb rbc rtc ruby s samp small"  # noqa: SIM905
    " span strike strong sub sup time tt u var wbr img".split()
)
_CELLS = frozenset(("td", "th"))

_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,2000}(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_KEPT = ("amp", "lt", "gt", "quot", "apos")
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


def text(body: bytes) -> tuple[str, About]:
    """The text of a book and its metadata. Raises Skip with ``damaged``, ``encrypted``, ``bomb`` or ``too_large``."""
    try:
        book = _Book(zipfile.ZipFile(io.BytesIO(body)))
    except _BROKEN as error:
        raise Skip("damaged", f"no ZIP file: {error}"[:200]) from None
    package = book.package()
    chapters = list(book.chapters(package))
    if not chapters:
        raise Skip("damaged", "no chapter can be read")
    return "\n".join(filter(None, chapters)), _about(package)


class _Book:
    """The files of a book, of which no more is unpacked than the bounds allow."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._files = {info.filename: info for info in packed.infolist()}
        self._left = MOST_TEXT
        self._base = ""
        if len(self._files) > MOST_FILES:
            raise Skip("too_large", f"{len(self._files)} files, at most {MOST_FILES} are read")

    def read(self, name: str) -> bytes | None:
        """A file; None where there is none, or a damaged one."""
        info = self._files.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise Skip("encrypted", "the ZIP file has a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return None
        most = min(MOST_CHAPTER, self._left)
        try:
            with self._packed.open(info) as stream:
                found = stream.read(most + 1)
        except _BROKEN:
            return None
        if len(found) > 1 << 20 and len(found) > MOST_RATIO * max(1, info.compress_size):
            raise Skip("bomb", f"{info.compress_size} bytes grow to {len(found)} and more")
        if len(found) > most:
            raise Skip("too_large", f"chapters of more than {most} bytes")
        self._left -= len(found)
        return found

    def package(self) -> etree._Element:
        """The root of the package document."""
        container = self._xml(_CONTAINER)
        stated = [] if container is None else container.xpath("//*[local-name()='rootfile']/@full-path")
        for name in (*stated, *(name for name in self._files if name.endswith(".opf"))):
            if (package := self._xml(str(name))) is not None:
                self._base = posixpath.dirname(str(name))
                return package
        raise Skip("damaged", "no package document")

    def chapters(self, package: etree._Element) -> Iterator[str]:
        """The text of each document of the spine, in reading order, those left out that are no text of the book."""
        items = {item.get("id"): item for item in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
        guide = package.xpath("//*[local-name()='guide']/*[local-name()='reference']")
        aside = {self._path(one.get("href")) for one in guide if (one.get("type") or "").lower() in _ASIDE}
        hidden = self._encrypted()
        for reference in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']"):
            item = items.get(reference.get("idref"))
            if item is None or item.get("media-type") not in _CHAPTERS or reference.get("linear") == "no":
                continue
            path = self._path(item.get("href"))
            if path in aside or "nav" in (item.get("properties") or "").split():
                continue
            if path in hidden:
                raise Skip("encrypted", "its chapters are protected")
            if (body := self.read(path)) is not None:
                yield chapter(body)

    def _path(self, href: str | None) -> str:
        return posixpath.normpath(posixpath.join(self._base, unquote((href or "").partition("#")[0])))

    def _encrypted(self) -> set[str]:
        stated = self._xml(_ENCRYPTION)
        if stated is None:
            return set()
        found = set()
        for data in stated.xpath("//*[local-name()='EncryptedData']"):
            methods = data.xpath("./*[local-name()='EncryptionMethod']/@Algorithm")
            if not set(methods) & set(_FONTS):
                found |= {unquote(str(uri)) for uri in data.xpath(".//*[local-name()='CipherReference']/@URI")}
        return found

    def _xml(self, name: str) -> etree._Element | None:
        body = self.read(name)
        return None if body is None else _parsed(body, recover=True)


def _parsed(body: bytes, recover: bool = False) -> etree._Element | None:
    """The root of an XML document without its DTD, so that there are no entities but those of HTML; None if broken."""
    source = _DOCTYPE.sub("", _DECLARATION.sub("", decode(body, None)[0]), count=1)
    source = _REFERENCE.sub(lambda found: found[0] if found[1] in _KEPT else html5.get(f"{found[1]};", ""), source)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=recover, remove_pis=True
    )
    try:
        return etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def chapter(body: bytes) -> str:
    """The text of one XHTML document, a block a line; empty where it is a cover or a table of contents."""
    root = _parsed(body)
    if root is None:  # not well formed: as a browser would read it
        source = decode(body, None)[0].encode("utf-8", "replace")
        try:
            root = html.document_fromstring(source, parser=html.HTMLParser(encoding="utf-8"))
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return ""
    bodies = [element for element in root.iter() if _name(element) == "body"]
    top = bodies[0] if bodies else root
    lines: list[str] = []
    line: list[str] = []

    def end() -> None:
        if said := _said("".join(line)):
            lines.append(said)
        line.clear()

    # Start and end of elements, without recursion: books nest as deep as they like.
    waiting: list[tuple[etree._Element, bool]] = [(top, True)]
    while waiting:
        element, starts = waiting.pop()
        name = _name(element)
        block = bool(name) and name not in _INLINE and name not in _CELLS
        if not starts:
            if block:
                end()
        elif name and not _left_out(element, name):
            if block:
                end()
            elif name in _CELLS:
                line.append(" ")
            line.append(element.text or "")
            waiting.append((element, False))
            waiting += [(child, True) for child in reversed(element)]
            continue
        if element is not top:
            line.append(element.tail or "")
    end()
    return "\n".join(lines)


def _name(element: etree._Element) -> str:
    """The local name; empty for comments and the like."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _left_out(element: etree._Element, name: str) -> bool:
    kinds = (element.get(_TYPE) or element.get("epub:type") or "").lower().split()
    return name in _UNREAD or not _ASIDE.isdisjoint(kinds) or element.get("hidden") is not None


def _said(line: str) -> str:
    """A line with its space folded, and none where a script has none and the source just went on in a new line."""
    line = line.replace("\u00ad", "").strip()
    if "\n" not in line:
        return _SPACE.sub(" ", line)
    said = ""
    for part in line.split("\n"):
        said = joined(said, _SPACE.sub(" ", part).strip())
    return said


def _about(package: etree._Element) -> About:
    def values(name: str) -> list[str]:
        found = package.xpath(f"//*[local-name()='metadata']//*[local-name()='{name}']")
        return list(filter(None, (clean("".join(one.itertext())) for one in found)))

    def first(name: str) -> str | None:
        return next(iter(values(name)), None)

    return About(
        title=first("title"),
        lang=first("language"),
        date=day(first("date")),
        author="; ".join(values("creator")) or None,
        site=first("publisher"),
        licence=first("license") or first("rights"),
    )
