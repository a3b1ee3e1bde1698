"""WARC records: responses and resources with text become pages, conversions (WET) texts; damage is told and passed."""

import re
from collections.abc import Callable, Iterator, Mapping

from manifests.errors import Skip
from pipeline.consent.robots import LARGEST, meaning
from pipeline.consent.site import file_of
from pipeline.extract.media import MEDIA
from pipeline.read import http
from pipeline.read.pieces import Piece, place
from pipeline.read.record import Capture, Document, Limits, Page, Position, Skipped

_NEXT = re.compile(rb"(?<=\n)WARC/[01]\.[0-9]+\r?\n")
_SWALLOWED = re.compile(rb"\n\r?\nWARC/[01]\.[0-9]+\r?\n")
_LONGEST_MARK = 16
_MARK = b"WARC/"

TEXTS = frozenset(
    {"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml", "text/plain", "text/markdown"}
)
"""Media types whose pages are worth something also where they are cut."""

PAGES = TEXTS | MEDIA.keys()
"""Media types that become pages."""


FIELDS = http.fields(
    "warc-type",
    "warc-record-id",
    "warc-target-uri",
    "warc-date",
    "warc-identified-payload-type",
    "warc-truncated",
    "content-type",
    "content-length",
)
"""Takes from a record's head the fields that are read here."""


def begins(head: bytes) -> bool:
    """Whether a frame that decompresses to ``head`` starts with a record."""
    return head.startswith(_MARK) or head.lstrip(b"\r\n").startswith(_MARK)


def read_warc(pieces: Iterator[Piece], plain: bool, limits: Limits, dump: str | None) -> Iterator[Document | Skipped]:
    """One document or skipped record for each record, and one skipped for each damaged stretch."""
    piece = next(pieces, None)
    while piece is not None and not piece.border:
        if piece.damage:
            yield Skipped(place(piece, 0, plain), "damaged", piece.damage)
            piece = next(pieces, None)
            continue
        run = _Run(piece, pieces, plain)
        yield from _records(run, plain, limits, dump)
        piece = run.left


def dump_of(head: bytes) -> str | None:
    """Name of the crawl, from the ``isPartOf`` of a first record that describes the file."""
    end = http.head_end(head, 0)
    if not end or FIELDS(head[: end[0]]).get("warc-type") != "warcinfo":
        return None
    block = head[end[1] :]
    after = http.head_end(block, 0)
    return http.fields("ispartof")(block[: after[0]] if after else block).get("ispartof") or None


class _Run:
    """Decompressed bytes that hang together: up to damage, a border, or a frame that starts a record."""

    def __init__(self, first: Piece, pieces: Iterator[Piece], plain: bool) -> None:
        self.buffer = first.data
        self.at = 0
        self.doubtful = first.doubtful
        self.left: Piece | None = None
        """The piece that ended the run."""
        self._pieces = pieces
        self._plain = plain
        self._marks = [(0, first)]
        self._done = False

    def more(self) -> bool:
        """Lengthen the buffer by a piece, dropping what is behind; False where the run ends."""
        piece = self._next()
        if piece is None:
            return False
        rest = self.buffer[self.at :]
        marks = [(offset - self.at, mark) for offset, mark in self._marks]
        while len(marks) > 1 and marks[1][0] <= 0:
            del marks[0]
        self._marks = [*marks, (len(rest), piece)]
        self.buffer = rest + piece.data if rest else piece.data
        self.at = 0
        return True

    def _next(self) -> Piece | None:
        if self._done:
            return None
        piece = next(self._pieces, None)
        fresh = piece is not None and not self._plain and piece.inner == 0 and begins(piece.data)
        if piece is None or piece.border or piece.damage or fresh:
            self.left, self._done = piece, True
            return None
        self.doubtful = self.doubtful or piece.doubtful
        return piece

    def here(self) -> tuple[list[tuple[int, Piece]], int]:
        """Where the buffer stands, for ``position``: most places are never asked for."""
        return self._marks, self.at

    def position(self, here: tuple[list[tuple[int, Piece]], int]) -> Position:
        """Position of a place in the buffer as it was."""
        marks, at = here
        offset, piece = marks[0] if len(marks) == 1 else next(mark for mark in reversed(marks) if mark[0] <= at)
        return place(piece, at - offset, self._plain)

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes, fewer at the end of the run."""
        if length <= len(self.buffer) - self.at:
            self.at += length
            return self.buffer[self.at - length : self.at]
        parts = [self.buffer[self.at :]]
        length -= len(parts[0])
        while length > 0 and (piece := self._next()):
            self._marks = [(0, piece)]
            self.buffer = piece.data
            self.at = min(length, len(piece.data))
            parts.append(piece.data[: self.at])
            length -= self.at
        if length > 0:
            self.at = len(self.buffer)
        return b"".join(parts)

    def back(self, data: bytes, start: Position) -> None:
        """Put ``data``, which was taken from ``start`` on, in front again."""
        offset, current = next(mark for mark in reversed(self._marks) if mark[0] <= self.at)
        by = self.at - offset
        current = (
            current._replace(frame=current.frame + by) if self._plain else current._replace(inner=current.inner + by)
        )
        later = [(mark[0] - self.at + len(data), mark[1]) for mark in self._marks if mark[0] > self.at]
        self._marks = [(0, Piece(start.frame, start.inner, b"")), (len(data), current), *later]
        self.buffer = data + self.buffer[self.at :]
        self.at = 0

    def skip(self, length: int) -> bool:
        """Pass ``length`` bytes without holding them; False where the run ends before."""
        while length > len(self.buffer) - self.at:
            length -= len(self.buffer) - self.at
            self.at = len(self.buffer)
            if not self.more():
                return False
        self.at += length
        return True

    def line_end(self) -> bool:
        """True where a line ends here, or the run does."""
        return (self.at == len(self.buffer) and not self.more()) or self.buffer[self.at] in b"\r\n"

    def blank(self) -> bool:
        """Pass line ends; False where the run ends with them."""
        while True:
            rest = self.buffer[self.at : self.at + 64]
            self.at += len(rest) - len(rest.lstrip(b"\r\n"))
            if rest.lstrip(b"\r\n"):
                return True
            if self.at == len(self.buffer) and not self.more():
                return False

    def head(self) -> bytes | None:
        """The next record's head, None (and nothing passed) where none ends in reach."""
        while True:
            found = http.head_end(self.buffer, self.at)
            if found:
                head = self.buffer[self.at : found[0]]
                self.at = found[1]
                return head
            if len(self.buffer) - self.at >= http.MAX_HEAD or not self.more():
                return None

    def starts(self) -> bool:
        """True where a record starts here."""
        while len(self.buffer) - self.at < len(_MARK) and self.more():
            pass
        return self.buffer.startswith(_MARK, self.at)

    def seek(self) -> bool:
        """Go on to the next line that starts a record; False where there is none."""
        while True:
            found = _NEXT.search(self.buffer, self.at)
            if found:
                self.at = found.start()
                return True
            # A mark may lie across two pieces, and the line end before it must stay in sight.
            self.at = max(self.at - 1, len(self.buffer) - _LONGEST_MARK, 0)
            if not self.more():
                return False


def _records(run: _Run, plain: bool, limits: Limits, dump: str | None) -> Iterator[Document | Skipped]:
    while run.blank():
        position = run.position(run.here())
        if not run.starts():
            yield Skipped(position, "damaged", "no record starts here")
            run.at += 1
            if not run.seek():
                return
            continue
        head = run.head()
        if head is None:
            yield Skipped(position, "damaged", "a record head without an end")
            run.at += 1
            if not run.seek():
                return
            continue
        fields = FIELDS(head)
        stated = fields.get("content-length", "")
        if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
            yield Skipped(position, "damaged", f"content length {stated[:40]!r}")
            if not run.seek():
                return
            continue
        length = int(stated)
        if length > limits.max_record_bytes:
            whole = run.skip(length)
            detail = f"a record of {length} bytes" if whole else f"ends before its {length} bytes"
            yield Skipped(position, "too_long" if whole else "damaged", detail)
            continue
        before = run.here()
        block = run.take(length)
        trouble = _trouble(run, block, length)
        if not trouble:
            yield _judge(position, fields, block, limits, dump)
            continue
        yield Skipped(position, "damaged", trouble)
        start = run.position(before)
        # A length that is too large has swallowed the start of what follows: look for it in the block.
        swallowed = _SWALLOWED.search(block)
        offset = swallowed.start() if swallowed else max(0, len(block) - _LONGEST_MARK)
        run.back(
            block[offset:], Position(start.frame + offset, 0) if plain else start._replace(inner=start.inner + offset)
        )
        if not run.seek():
            return


def _trouble(run: _Run, block: bytes, length: int) -> str:
    """What is wrong with the record that was just read, if anything."""
    if len(block) < length:
        return f"ends after {len(block)} of {length} bytes"
    ended = run.line_end()
    # A line end may stand there by chance, where the length is wrong; what was swallowed then tells.
    if run.blank() and not run.starts() and not (ended and not _SWALLOWED.search(block)):
        return "content length is wrong: no record follows"
    return "in the part that no checksum vouches for" if run.doubtful else ""


def _judge(
    position: Position, fields: Mapping[str, str], block: bytes, limits: Limits, dump: str | None
) -> Document | Skipped:
    kind = fields.get("warc-type", "").lower()
    take = TYPES.get(kind)
    if take is None:
        reason = kind if kind in ("warcinfo", "request", "metadata", "revisit", "continuation") else "record_type"
        return Skipped(position, reason, fields.get("warc-target-uri", "")[:200])
    url = _url(fields.get("warc-target-uri", ""))
    try:
        if url and (file := file_of(url)):
            body = _policy(kind, block, limits)
            return Skipped(position, file, "", Capture(url, file, fields.get("warc-date", ""), body))
        text, page = take(fields, block, limits)
    except Skip as skip:
        return Skipped(position, skip.reason, f"{skip.detail} {fields.get('warc-target-uri', '')}"[:200].strip())
    return Document(
        position,
        text,
        page,
        fields.get("warc-record-id") or None,
        url,
        fields.get("warc-date") or None,
        dump,
    )


def _policy(kind: str, block: bytes, limits: Limits) -> bytes:
    """A file that speaks for a site; none where the site has none. What it meant to answer may not be known: Skip."""
    if kind != "response":
        return block[:LARGEST]
    response = http.parse(block)
    means = meaning(response.status)
    if means in ("closed", "later"):
        raise Skip("not_200" if response.status else "not_http", str(response.status))
    return http.content(response, LARGEST, limits.max_ratio) if means == "rules" else b""


def _url(target: str) -> str | None:
    """The address without the brackets that wget writes around it, and without bare spaces."""
    return target.strip().removeprefix("<").removesuffix(">").replace(" ", "%20") or None


def _response(fields: Mapping[str, str], block: bytes, limits: Limits) -> tuple[str | None, Page | None]:
    response = http.parse(block)
    if response.status == 0:
        stated = http.media_type(fields.get("content-type", ""))[0]
        if stated not in ("application/http", "") or block[:256].lstrip()[:1] != b"<":
            raise Skip("not_http", stated)
    elif response.status != 200:
        raise Skip("not_200", str(response.status))
    stated, charset = http.media_type(response.headers.get("content-type", ""))
    kind = stated or http.media_type(fields.get("warc-identified-payload-type", ""))[0]
    if kind and kind not in PAGES:
        raise Skip("not_text", kind[:60])
    _whole(fields, kind)
    most = _most(kind, limits)
    body = http.content(response, most + 1, limits.max_ratio)
    if not kind and body[:256].lstrip()[:1] != b"<":
        raise Skip("not_text", "no content type")
    return None, _page(body, charset, kind, most, response.consent)


def _resource(fields: Mapping[str, str], block: bytes, limits: Limits) -> tuple[str | None, Page | None]:
    kind, charset = http.media_type(fields.get("content-type", ""))
    if kind not in PAGES:
        raise Skip("not_text", kind[:60])
    _whole(fields, kind)
    return None, _page(block, charset, kind, _most(kind, limits))


def _conversion(fields: Mapping[str, str], block: bytes, limits: Limits) -> tuple[str | None, Page | None]:
    kind = http.media_type(fields.get("content-type", "text/plain"))[0]
    if kind != "text/plain":
        return _resource(fields, block, limits)
    text = block.decode("utf-8", "replace")
    if not text or text.isspace():
        raise Skip("empty", "nothing but space")
    return text, None


def _most(kind: str, limits: Limits) -> int:
    """Bytes that a page of this media type may have."""
    return MEDIA[kind].max_bytes if kind in MEDIA else limits.max_page_bytes


def _whole(fields: Mapping[str, str], kind: str) -> None:
    """Raise Skip ``truncated`` for what the crawler cut, where a part of it is worth nothing."""
    if kind in MEDIA and fields.get("warc-truncated"):
        raise Skip("truncated", f"{kind}, cut by the crawler: {fields['warc-truncated'][:40]}")


def _page(body: bytes, charset: str | None, kind: str, most: int, consent: tuple[tuple[str, str], ...] = ()) -> Page:
    if not body or body.isspace():
        raise Skip("empty", "no body")
    if len(body) > most and kind in MEDIA:
        raise Skip("too_large", f"{kind} of more than {most} bytes")
    return Page(body[:most], charset, kind, consent)


TYPES: Mapping[str, Callable[[Mapping[str, str], bytes, Limits], tuple[str | None, Page | None]]] = {
    "response": _response,
    "resource": _resource,
    "conversion": _conversion,
}
"""Record types that can hold a document, and what takes it from the record's fields and block."""
