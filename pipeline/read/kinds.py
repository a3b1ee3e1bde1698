"""What kind of file it is, told by its content, and what reads each kind."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import msgspec

from pipeline.read import aligned, jsonl, mediawiki, page, parquet, tables, text, tmx, warc
from pipeline.read.codec import codec_of, expanded
from pipeline.read.pieces import Piece, anywhere, pieces
from pipeline.read.place import File
from pipeline.read.raw import Raw
from pipeline.read.record import Document, Documents, Fields, Limits, Skipped, TextUnit
from pipeline.read.versions import Segment, gather

HEAD = 64 << 10
"""Bytes of a file that tell its kind."""
BINARY = "binary data"
"""The reason of what is no text."""


def head_bytes(codec: str) -> int:
    """The same of a codec: a block of bz2, of up to 900,000 bytes, gives nothing before it is whole."""
    return 1 << 20 if codec == "bz2" else HEAD


def head_of(stream: BinaryIO) -> bytes:
    """Bytes of a file that tell its kind."""
    head = stream.read(HEAD)
    return head + stream.read(head_bytes(codec_of(head)) - HEAD) if len(head) == HEAD else head


@dataclass(frozen=True, slots=True)
class Kind:
    """``kind`` is a key of KINDS, or None where the content is none of them, and ``reason`` says why."""

    kind: str | None
    codec: str = "none"
    """none, or a key of CODECS."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader is asked for: a range of a file, and how to take it."""

    file: File
    codec: str
    start: int
    end: int
    fields: Fields
    limits: Limits
    text_unit: TextUnit
    namespaces: frozenset[int] = frozenset({0})
    segments: int = 1
    """Of parallel text, how many segments that follow one another are a document."""

    @property
    def plain(self) -> bool:
        """True where the file is not compressed."""
        return self.codec == "none"


Records = Iterator[Document | Documents | Skipped]
Reader = Callable[[BinaryIO, Asked, dict[str, None]], tuple[Records, Callable[[], str]]]
"""Takes an open file, what is asked, and where to gather field names; gives the records and what tells the digest."""


def _warc(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    raw = Raw(handle, asked.file.size)
    dump = warc.dump_of(expanded(raw.peek(0, HEAD), asked.codec))
    unit = pieces(raw, asked.codec, asked.start, asked.end, warc.begins)
    return warc.read_warc(unit, asked.plain, asked.limits, dump), raw.digest


def _evidence(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    """Archives of what a crawl fetched beside pages: only the files that speak for sites are of use."""
    records, digest = _warc(handle, asked, seen)
    return (Skipped(one.position, "evidence") if isinstance(one, Document) else one for one in records), digest


def _jsonl(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    raw = Raw(handle, asked.file.size)
    unit = pieces(raw, asked.codec, asked.start, asked.end, anywhere)
    found = jsonl.read_lines(unit, asked.plain, asked.start == 0, asked.fields, asked.limits, seen)
    return jsonl.with_line_feeds(found) if asked.fields.escaped else found, raw.digest


def _json(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    raw = Raw(handle, asked.file.size)
    return jsonl.read_whole(pieces(raw, asked.codec, 0, raw.size), asked.fields, asked.limits, seen), raw.digest


def _parquet(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    digested = parquet.Digested(handle)
    found = parquet.read_parquet(digested, asked.start, asked.end, asked.fields, asked.limits, seen, asked.segments)
    return found, digested.digest


def _text(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    raw = Raw(handle, asked.file.size)
    wide = expanded(raw.peek(0, HEAD), asked.codec).startswith(text.WIDE)
    unit = pieces(raw, asked.codec, asked.start, asked.end, anywhere)
    return text.read_text(unit, asked.plain, asked.start == 0, asked.limits, asked.text_unit, wide), raw.digest


def _mediawiki(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
    raw = Raw(handle, asked.file.size)
    site = mediawiki.site_of(expanded(raw.peek(0, head_bytes(asked.codec)), asked.codec))
    unit = pieces(raw, asked.codec, asked.start, asked.end, anywhere)
    name = asked.file.relative.rpartition("/")[2]
    return mediawiki.read_dump(unit, asked.plain, site, name, asked.namespaces, asked.limits), raw.digest


def _page(media: str) -> Reader:
    """Reads a file that is one page of this media type."""

    def read(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
        raw = Raw(handle, asked.file.size)
        return page.read_page(pieces(raw, asked.codec, 0, raw.size), asked.plain, asked.limits, media), raw.digest

    return read


def _parallel(segments: Callable[[Iterator[Piece], Asked], Iterator[Segment | Skipped]]) -> Reader:
    """Reads a whole file of texts in several languages, by what takes its segments."""

    def read(handle: BinaryIO, asked: Asked, seen: dict[str, None]) -> tuple[Records, Callable[[], str]]:
        raw = Raw(handle, asked.file.size)
        found = segments(pieces(raw, asked.codec, 0, raw.size), asked)
        return gather(found, asked.segments, asked.limits.max_record_bytes), raw.digest

    return read


def _tmx(unit: Iterator[Piece], asked: Asked) -> Iterator[Segment | Skipped]:
    return tmx.read_tmx(unit, asked.limits)


def _table(unit: Iterator[Piece], asked: Asked) -> Iterator[Segment | Skipped]:
    return tables.read_table(unit, asked.plain, asked.limits)


def _translations(unit: Iterator[Piece], asked: Asked) -> Iterator[Segment | Skipped]:
    return tables.read_translations(unit, asked.plain, asked.fields, asked.limits)


def _aligned(unit: Iterator[Piece], asked: Asked) -> Iterator[Segment | Skipped]:
    return aligned.read_aligned(unit, asked.plain, asked.limits, aligned.declared(asked.file.relative))


@dataclass(frozen=True, slots=True)
class Way:
    """How files of a kind are read, and where they may be cut into units."""

    read: Reader
    cut: Literal["row groups", "bytes", "whole"]
    begins: Callable[[bytes], bool] = anywhere
    """Of files cut at bytes: whether the head of a decompressed frame can be where a unit starts."""


KINDS: Mapping[str, Way] = {
    "warc": Way(_warc, "bytes", warc.begins),
    "evidence": Way(_evidence, "bytes", warc.begins),
    "jsonl": Way(_jsonl, "bytes"),
    "json": Way(_json, "whole"),
    "parquet": Way(_parquet, "row groups"),
    "mediawiki": Way(_mediawiki, "bytes"),
    "text": Way(_text, "bytes"),
    "pdf": Way(_page("application/pdf"), "whole"),
    "epub": Way(_page("application/epub+zip"), "whole"),
    "subtitles": Way(_page("application/x-subrip"), "whole"),
    "tmx": Way(_parallel(_tmx), "whole"),
    "table": Way(_parallel(_table), "whole"),
    "translations": Way(_parallel(_translations), "whole"),
    "aligned": Way(_parallel(_aligned), "whole"),
}
"""Kinds that are read. WET and WAT files are WARC, and ``evidence`` is what a crawl keeps in such files beside pages;
``json`` is a file that holds one array or one object; ``subtitles`` are SRT and WebVTT. Parallel text is
read whole, for what is a document depends on how many segments came before; of ``aligned`` files the name tells.
"""


_CODECS_BY_NAME = {
    ".gz": "gzip",
    ".gzip": "gzip",
    ".zst": "zstd",
    ".zstd": "zstd",
    ".lz4": "lz4",
    ".bz2": "bz2",
    ".xz": "xz",
}
_CODEC_NAMES = re.compile(r"\.(gz|gzip|zst|zstd|lz4|bz2|xz)$", re.IGNORECASE)
_HEADS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*%PDF-[0-9]"), "pdf"),
    (re.compile(rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", re.DOTALL), "epub"),
    (re.compile(rb"(?:\xef\xbb\xbf)?WEBVTT(?:[ \t\r\n]|\Z)"), "subtitles"),
    (
        re.compile(
            rb"(?:\xef\xbb\xbf)?\s*[0-9]{1,9}[ \t]*\r?\n[ \t]*[0-9]{1,4}:[0-9]{1,2}:[0-9]{1,2}[,.][0-9]{1,3}[ \t]*-->"
        ),
        "subtitles",
    ),
)
"""Contents that begin in a way of their own."""

_NAMES: Mapping[str, re.Pattern[str]] = {
    "warc": re.compile(r"\.(warc|wet|wat)$", re.IGNORECASE),
    "jsonl": re.compile(r"\.(jsonl|ndjson|jsonlines)$", re.IGNORECASE),
    "subtitles": re.compile(r"\.(srt|vtt)$", re.IGNORECASE),
}
"""Names that settle what the head of a damaged file leaves open."""

_FIRST = 4096
"""Bytes of UTF-16 that are decoded to see how it begins."""

_REFUSED_NAMES: Mapping[str, str] = {
    ".csv": "a table: turn it into JSON lines or Parquet",
    ".tsv": "a table: turn it into JSON lines or Parquet",
    ".cdx": "an index of archives, not text",
    ".cdxj": "an index of archives, not text",
}

_REFUSED: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"filedesc://"), "an ARC file: turn it into WARC, for example with warcio recompress"),
    (re.compile(rb"ARROW1|\xff\xff\xff\xff"), "Arrow IPC: turn it into Parquet"),
    (re.compile(rb"PK\x03\x04"), "a ZIP file: unpack it first"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "7z: unpack it, or take what comes in bz2, gzip or xz"),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar file: unpack it first"),
    (re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE), "an HTML page: pages come in WARC files"),
    (re.compile(rb"\s*<(?:\?xml|!doctype|rss|svg)\b", re.IGNORECASE), "an XML file"),
)
"""Contents that have a name but no reader, and the mend."""


def detect(head: bytes, name: str = "") -> Kind:
    """Tell the kind by the first bytes of a file (``HEAD`` of them do).

    ``name`` only settles what the bytes leave open: a damaged head, or a table that would pass for text.
    """
    if not head:
        return Kind(None, reason="empty")
    if head.startswith(b"PAR1"):
        return Kind("parquet")
    codec = codec_of(head)
    content = expanded(head, codec)
    bare = _CODEC_NAMES.sub("", name)
    told = _told(content, codec, bare if codec != "none" else name)
    if told.kind is None and codec == "none" and bare != name and (kind := _by_name(bare)):
        return Kind(kind, _CODECS_BY_NAME[name[len(bare) :].lower()])  # its first frame has lost its head
    return told


def _by_name(bare: str) -> str | None:
    return next((kind for kind, pattern in _NAMES.items() if pattern.search(bare)), None)


def _told(content: bytes, codec: str, bare: str) -> Kind:
    if warc.begins(content):
        return Kind("warc", codec)
    by_name = _by_name(bare)
    if not content.strip():
        if content or not by_name:
            return Kind(None, codec, "nothing but space" if content else f"damaged {codec} data")
        return Kind(by_name, codec)
    if mediawiki.begins(content):
        return Kind("mediawiki", codec)
    if tmx.begins(content):
        return Kind("tmx", codec)
    begins = content[:_FIRST].decode("utf-16", "replace").encode() if content.startswith(text.WIDE) else content
    for pattern, kind in _HEADS:
        if pattern.match(begins):
            return Kind(kind, codec)
    if content.startswith(b"PK\x03\x04") and bare.lower().endswith(".epub"):
        return Kind("epub", codec)
    for pattern, reason in _REFUSED:
        if pattern.match(content):
            return Kind(None, codec, reason)
    if by_name == "warc":
        return Kind("warc", codec)
    if content.startswith(b"PAR1"):
        return Kind(None, codec, "a compressed Parquet file: decompress it, for Parquet is read by offset")
    if json := _json_kind(content):
        return Kind(json, codec)
    if by_name:
        return Kind(by_name, codec)
    if tables.is_table(content):
        return Kind("table", codec)
    for ending, reason in _REFUSED_NAMES.items():
        if bare.lower().endswith(ending):
            return Kind(None, codec, reason)
    return Kind("text", codec) if _is_text(content, bare) else Kind(None, codec, BINARY)


def _json_kind(content: bytes) -> str | None:
    """jsonl where some line at the head is an object; json where an array or an object of many lines starts."""
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if content[:1] == b"{" and _is_object(content.split(b"\n")[0], tables.holds_translations):
        return "translations"
    if content[:1] not in (b"{", b"["):
        # A first line that is no JSON does not make the rest text.
        return "jsonl" if any(_is_object(line) for line in content.splitlines()[1:20]) else None
    if content[:1] == b"[":
        return "json" if content[1:].lstrip()[:1] in (b"{", b"]") else None
    lines = content.split(b"\n")
    if len(lines) == 1 or any(_is_object(line) for line in lines[:20]):
        return "jsonl"
    return "json" if re.match(rb'\{\s*("|\})', content) else None


def _is_object(line: bytes, one: Callable[[dict[str, Any]], bool] = lambda record: True) -> bool:
    line = line.strip()
    if not line.startswith(b"{"):
        return False
    try:
        value: Any = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(value, dict) and one(value)


def _is_text(content: bytes, bare: str) -> bool:
    """UTF-8 or UTF-16 with few control characters; of other encodings only what is called .txt."""
    if content.startswith(text.WIDE):
        decoded = content[: len(content) // 2 * 2].decode("utf-16", "replace")
        return decoded.count("\ufffd") <= len(decoded) // 100 and _controls(decoded) <= len(decoded) // 100
    try:
        decoded = content[:-4].decode() if len(content) > 4 else content.decode()
    except UnicodeDecodeError as error:
        if error.start < len(content) - 8 and not bare.lower().endswith((".txt", ".text")):
            return False
        decoded = content.decode("latin-1")
    return "\0" not in decoded and _controls(decoded) <= len(decoded) // 100


def _controls(decoded: str) -> int:
    return sum(1 for character in decoded[:16384] if character < " " and character not in "\t\n\r\f\v\x1b")
