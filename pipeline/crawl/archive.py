"""WARC 1.1 files of a partition: pages with what allowed them, and apart from them what else was fetched.

    warc/NAME-P000-00000.warc.gz          request, response or revisit, and metadata of every page
    evidence/NAME-P000-00000.warc.gz      robots.txt and its like, redirects, errors, and why pages were not kept

A build reads the first. Records are a gzip member each. What was written after the last commit of the frontier is cut
off when a crawl goes on.
"""

import base64
import hashlib
import io
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from pipeline.crawl.frontier import Frontier
from pipeline.read import http

CONFORMS = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


class Exchange(NamedTuple):
    """A request and its answer, byte for byte, as they went over the wire (under TLS: as they went into it).

    ``began`` and ``ended`` are seconds since 1970; ``cut``: empty, or why the answer is not whole (``length``,
    ``time``, ``disconnect``), as WARC-Truncated has it.
    """

    url: str
    request: bytes
    response: bytes
    address: str
    began: float
    ended: float
    cut: str = ""


def date(moment: float) -> str:
    """A time as WARC 1.1 writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def record_id() -> str:
    """A name for a record that no other has."""
    return f"<urn:uuid:{uuid.uuid4()}>"


TYPES = {
    "request": "application/http; msgtype=request",
    "response": "application/http; msgtype=response",
    "metadata": "application/warc-fields",
}


def _record(kind: str, url: str, when: str, block: bytes, fields: Iterable[tuple[str, str]]) -> ArcWarcRecord:
    """A record of these very bytes: warcio would take an HTTP head apart and write it anew."""
    told = [("WARC-Type", kind), ("WARC-Target-URI", url), ("WARC-Date", when), *fields]
    if not any(name == "WARC-Record-ID" for name, _ in told):
        told.insert(1, ("WARC-Record-ID", record_id()))
    head = StatusAndHeaders("", told, protocol="WARC/1.1")
    return ArcWarcRecord("warc", kind, head, io.BytesIO(block), None, TYPES[kind], len(block))


def _digest(payload: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()}"


def _fields(told: Iterable[tuple[str, str]]) -> bytes:
    lines = (f"{name}: {' '.join(str(value).split())}\r\n" for name, value in told if value != "")
    return "".join(lines).encode("utf-8", "replace")


class Archive:
    """Writes exchanges to files of their kind in ``folder``; ``information`` is what each file says of itself."""

    def __init__(
        self, folder: Path, name: str, information: Mapping[str, str], frontier: Frontier, largest: int
    ) -> None:
        self._name = name
        self._information = dict(information)
        self._frontier = frontier
        self._largest = largest
        self._folders = {kind: folder / kind for kind in ("warc", "evidence")}
        self._open: dict[str, tuple[IO[bytes], WARCWriter, int, str]] = {}
        for kind, place in self._folders.items():
            place.mkdir(parents=True, exist_ok=True)
            self._cut(kind)

    def _path(self, kind: str, number: int) -> Path:
        return self._folders[kind] / f"{self._name}-{number:05d}.warc.gz"

    def _cut(self, kind: str) -> None:
        """Drop what was written after the frontier was last kept."""
        number, size = self._frontier.place(kind)
        for path in sorted(self._folders[kind].glob(f"{self._name}-*.warc.gz")):
            if path > self._path(kind, number) or not size:
                path.unlink()
        if size:
            with self._path(kind, number).open("r+b") as stream:
                stream.truncate(size)

    def page(self, exchange: Exchange, told: Iterable[tuple[str, str]]) -> str:
        """Archive a page with what is told of it, and give its record's name; a payload that is there is a revisit."""
        return self._exchange("warc", exchange, told, revisits=True)

    def other(self, exchange: Exchange, told: Iterable[tuple[str, str]] = ()) -> str:
        """Archive what is no page."""
        return self._exchange("evidence", exchange, told, revisits=False)

    def note(self, url: str, moment: float, told: Iterable[tuple[str, str]]) -> None:
        """Archive why a page was not kept, without it."""
        writer, information = self._writer("evidence")
        fields = [("WARC-Warcinfo-ID", information)]
        writer.write_record(_record("metadata", url, date(moment), _fields(told), fields))
        self._keep("evidence")

    def _exchange(self, kind: str, exchange: Exchange, told: Iterable[tuple[str, str]], revisits: bool) -> str:
        writer, information = self._writer(kind)
        name, when = record_id(), date(exchange.began)
        fields = [("WARC-Record-ID", name), ("WARC-Warcinfo-ID", information)]
        if exchange.address:
            fields.append(("WARC-IP-Address", exchange.address))
        if exchange.cut:
            fields.append(("WARC-Truncated", exchange.cut))
        end = http.head_end(exchange.response, 0)
        payload = exchange.response[end[1] :] if end else b""
        digest = _digest(payload)
        whole = revisits and payload and not exchange.cut
        before = self._frontier.payload(digest) if whole else None
        if before:
            refers_to, first, original = before
            head = StatusAndHeadersParser(["HTTP/1.0", "HTTP/1.1"], verify=False).parse(io.BytesIO(exchange.response))
            told_of = {**dict(fields), "WARC-Refers-To": original, "WARC-Date": when}
            record = writer.create_revisit_record(
                exchange.url, digest, refers_to, first, http_headers=head, warc_headers_dict=told_of
            )
        else:
            fields.append(("WARC-Payload-Digest", digest))
            record = _record("response", exchange.url, when, exchange.response, fields)
            if whole:
                self._frontier.keep_payload(digest, exchange.url, when, name)
        writer.write_record(record)
        concurrent = [("WARC-Concurrent-To", name), ("WARC-Warcinfo-ID", information)]
        if exchange.request:
            asked = [*concurrent, ("WARC-Payload-Digest", _digest(b""))]  # of what follows the head: nothing
            writer.write_record(_record("request", exchange.url, when, exchange.request, asked))
        facts = [("fetchTimeMs", str(round(1000 * (exchange.ended - exchange.began)))), *told]
        writer.write_record(_record("metadata", exchange.url, when, _fields(facts), concurrent))
        self._keep(kind)
        return name

    def _writer(self, kind: str) -> tuple[WARCWriter, str]:
        """What writes records of a kind, and the name of the record that describes its file."""
        number, size = self._frontier.place(kind)
        if kind in self._open and size >= self._largest:
            self._open.pop(kind)[0].close()
            number, size = number + 1, 0
        if kind not in self._open:
            path = self._path(kind, number)
            stream = path.open("ab")
            writer = WARCWriter(stream, gzip=True, warc_version="1.1")
            # Made of the file's name, so that a crawl that goes on knows it again.
            information = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind}/{path.name}')}>"
            if not size:
                record = writer.create_warcinfo_record(path.name, self._information)
                record.rec_headers.replace_header("WARC-Record-ID", information)
                writer.write_record(record)
            self._open[kind] = (stream, writer, number, information)
        _, writer, _, information = self._open[kind]
        return writer, information

    def _keep(self, kind: str) -> None:
        stream, _, number, _ = self._open[kind]
        stream.flush()
        self._frontier.keep_place(kind, number, stream.tell())

    def close(self) -> None:
        """End the files."""
        for stream, *_ in self._open.values():
            stream.close()
        self._open.clear()
