"""Translation memories (TMX 1.1 to 1.4): units of translation as they are passed, one at a time, and no DTD ever read.

Most units are plain: a few tags and a text in each language. These are told apart by counting their tags. Others, with
markup in the text, are parsed alone; what is no XML costs that unit and no other.
"""

import codecs
import functools
import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeline.read.pieces import Piece
from pipeline.read.record import Limits, Position, Skipped
from pipeline.read.versions import Segment, one_line

_BEGINS = re.compile(
    r"\ufeff?\s*(?>(?:<\?xml[^>]*\?>|<!--(?>.*?-->)|<!DOCTYPE\s+tmx\b[^>\[]*(?:\[(?>.*?\]))?\s*>)\s*)*<tmx[\s>]",
    re.DOTALL,
)
_ENCODING = re.compile(rb"\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_OPEN = re.compile(rb"<tu[\s>]")
_VERSION = re.compile(
    rb"<tuv\b[^<>]*?\b(?:xml:)?lang\s*=\s*[\"']([^\"'<>]*)[\"'][^<>]*>\s*"
    rb"(?:<(?:prop|note)\b[^<>]*>[^<]*</(?:prop|note)>\s*)*"
    rb"<seg>([^<]*)</seg>\s*</tuv>"
)
_INLINE = re.compile(rb"<(bpt|ept|ph|it|ut)\b[^<>]*(?:/>|>[^<]*</\1>)|</?hi\b[^<>]*>")
_ID = re.compile(rb"<tu\b[^<>]*?\btuid\s*=\s*[\"']([^\"'<>]*)[\"']")
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&")
_KNOWN = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_CODE = frozenset({"bpt", "ept", "ph", "it", "ut", "sub"})
"""Elements within a text that hold markup of the original, or of its own text what stands elsewhere: they are left out,
and the text after them stays. ``hi`` marks text."""
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Bad(Exception):
    """A unit that is no XML, or none of TMX."""


def begins(content: bytes) -> bool:
    """Whether a file starts as TMX does, in UTF-8 or UTF-16 or what else its first line names."""
    if b"tmx" not in content and b"t\0m\0x" not in content:
        return False
    encoding = encoding_of(content)
    return bool(_BEGINS.match(content[: len(content) // 4 * 4].decode(encoding, "replace")))


def encoding_of(head: bytes) -> str:
    """The encoding of an XML file, as its first bytes tell it; utf-8 where they name none that is known."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    told = _ENCODING.match(head.removeprefix(codecs.BOM_UTF8))
    name = told[1].decode().lower() if told else "utf-8"
    try:
        return "utf-8" if name.startswith("utf-16") or "a<".encode(name) != b"a<" else codecs.lookup(name).name
    except (LookupError, UnicodeError):
        return "utf-8"


def read_tmx(pieces: Iterator[Piece], limits: Limits) -> Iterator[Segment | Skipped]:
    """A segment a unit; its position is the offset in the decompressed file, as UTF-8."""
    for unit in _units(pieces, limits.max_record_bytes):
        if isinstance(unit, Skipped):
            yield unit
            continue
        position = Position(unit.offset, 0)
        try:
            name, versions = _plain(unit.data) or _parsed(unit.data)
        except (Bad, UnicodeDecodeError) as error:
            yield Skipped(position, "bad_xml", str(error)[:120])
            continue
        if versions:
            yield Segment(position, position, versions, None, name)
        else:
            yield Skipped(position, "empty", "no version has a text")


class _Unit(NamedTuple):
    offset: int
    data: bytes


def _utf8(pieces: Iterator[Piece]) -> Iterator[bytes | Skipped]:
    """The file as UTF-8, and where it is damaged."""
    decoder: Any = None
    first = True
    for piece in pieces:
        if piece.damage:
            yield Skipped(Position(piece.frame, piece.inner), "damaged", piece.damage)
            continue
        if piece.doubtful:
            continue
        data = piece.data
        if first and data:
            first = False
            if (encoding := encoding_of(data)) != "utf-8":
                decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield data if decoder is None else decoder.decode(data).encode("utf-8", "replace")


def _units(pieces: Iterator[Piece], most: int) -> Iterator[_Unit | Skipped]:
    """From each opening tag to its closing one."""
    held, base = b"", 0  # what is held starts at base
    searched = 0  # no closing tag of the unit that is held begins before
    lost = False  # in a unit that is too long
    for data in _utf8(pieces):
        if isinstance(data, Skipped):
            if _OPEN.match(held):
                yield Skipped(Position(base, 0), "cut_off", "the file is damaged before the unit ends")
            base += len(held)
            held, searched, lost = b"", 0, False
            yield data
            continue
        held += data
        at = 0
        while True:
            start = _opening(held, at)
            if start < 0:
                at = max(at, _rest(held, at))
                break
            close = held.find(b"</tu>", max(start, searched))
            if close < 0:
                at = start
                break
            last = _last_opening(held, start, close)
            if last > start:
                yield Skipped(Position(base + start, 0), "bad_xml", "another unit begins before it ends")
            if close + 5 - last > most:
                yield _too_long(base + last, most)
            else:
                yield _Unit(base + last, held[last : close + 5])
            at, searched, lost = close + 5, 0, False
        searched = max(at, len(held) - 4) - at
        held = held[at:]
        base += at
        if len(held) > most:
            if not lost:
                yield _too_long(base, most)
            base += len(held) - 8
            held, searched, lost = held[-8:], 0, True
    if _OPEN.match(held):
        yield Skipped(Position(base, 0), "cut_off", "the file ends before the unit does")


def _too_long(offset: int, most: int) -> Skipped:
    return Skipped(Position(offset, 0), "too_long", f"a unit of more than {most} bytes")


def _opening(held: bytes, at: int) -> int:
    """Where the next unit begins, beyond comments; -1 where none does, or a comment does not end."""
    while (start := held.find(b"<tu", at)) >= 0:
        comment = held.find(b"<!--", at, start)
        if comment >= 0:
            end = held.find(b"-->", comment + 4)
            if end < 0:
                return -1
            at = end + 3
        elif held[start + 3 : start + 4] in (b">", b" ", b"\n", b"\r", b"\t"):
            return start
        else:
            at = start + 3
    return -1


def _rest(held: bytes, at: int) -> int:
    """From where on what is held may still begin a unit, or a comment that does not end."""
    comment = held.find(b"<!--", at)
    if comment >= 0 and held.find(b"-->", comment + 4) < 0:
        return comment
    return len(held) - 4


def _last_opening(held: bytes, start: int, close: int) -> int:
    """Of the openings before a closing tag the last: a unit has none in it."""
    inside = start + 3
    if held.find(b"<tu>", inside, close) < 0 and held.find(b"<tu ", inside, close) < 0:
        return start
    return max(found.start() for found in _OPEN.finditer(held, start, close))


Versions = list[tuple[int, str, str]]


def _plain(data: bytes) -> tuple[str | None, Versions] | None:
    """Name and versions of a unit with no markup in its texts but what simply encloses code; None for any other."""
    found = _VERSION.findall(data)
    others = data.count(b"<") - 2 - 4 * len(found)
    if others and others != 2 * (data.count(b"<prop") + data.count(b"<note")):
        bare = _INLINE.sub(b"", data)
        return None if len(bare) == len(data) else _plain(bare)
    told = _ID.match(data) if data[:4] != b"<tu>" else None
    versions = []
    for number, (language, text) in enumerate(found):
        if line := one_line(_unescaped(text)):
            versions.append((number, language.decode(), line))
    return (html.unescape(told[1].decode()) or None) if told else None, versions


def _unescaped(data: bytes) -> str:
    text = data.decode()
    return _ENTITY.sub(_meant, text) if "&" in text else text


def _meant(found: re.Match[str]) -> str:
    if name := found[1]:
        return _KNOWN[name]
    number = int(found[2]) if found[2] else int(found[3], 16) if found[3] else 0
    if not 0 < number < 0x110000 or 0xD800 <= number < 0xE000:
        raise Bad(f"no entity of XML: {found.string[found.start() : found.start() + 20]!r}")
    return chr(number)


def _parsed(data: bytes) -> tuple[str | None, Versions]:
    """As ``_plain``, by a parser that is given nothing but the unit."""
    from lxml import etree  # few units need it, and most builds read none

    try:
        unit = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise Bad(str(error)) from None
    versions = []
    for number, version in enumerate(unit.iterchildren("tuv")):
        language = version.get(_LANG) or version.get("lang") or ""
        segment = version.find("seg")
        text = one_line("".join(_said(segment))) if segment is not None else ""
        if text:
            versions.append((number, language, text))
    return unit.get("tuid") or None, versions


@functools.cache
def _parser() -> Any:
    from lxml import etree

    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


def _said(element: Any) -> Iterator[str]:
    """What an element says, without what stands in elements of code."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _CODE:
            yield from _said(child)
        yield child.tail or ""
