"""Makes the two files of the shipped sample out of its texts, the same bytes each time.

    python -m pipeline.sample.build

A web archive with pages in many charsets, and JSON lines with the rest of the documents and the planted bad ones.
"""

import gzip
import html
import json
import struct
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from manifests.languages import of
from pipeline.sample import planted
from pipeline.sample.prose import Prose, documents

CHARSETS = {
    "bul_Cyrl-1": ("windows-1251", "header"),
    "cmn_Hani-2": ("gb18030", "meta"),
    "ell_Grek-1": ("iso-8859-7", "header"),
    "heb_Hebr-1": ("windows-1255", "meta"),
    "hun_Latn-2": ("iso-8859-2", "header"),
    "jpn_Jpan-2": ("shift_jis", "meta"),
    "kor_Hang-2": ("euc-kr", "header"),
    "rus_Cyrl-2": ("windows-1251", "meta"),
    "tha_Thai-1": ("tis-620", "header"),
    "ukr_Cyrl-2": ("koi8-u", "header"),
}
"""Pages that are not UTF-8, and where they say so."""

HOSTS = ("diary.example", "village-post.example", "slow-letters.example")

PAGE = """<!DOCTYPE html>
<html lang="{tag}">
<head>{meta}<title>{title}</title></head>
<body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/archive">Archive</a></li>\
<li><a href="/contact">Contact</a></li></ul></nav></header>
<main><article>
<h1>{title}</h1>
{body}
</article></main>
<footer><p><a href="/imprint">Imprint</a> · <a href="/privacy">Privacy</a></p></footer>
</body>
</html>
"""


def in_archive(document: Prose, place: int) -> bool:
    """Second documents and every third of the first ones come as web pages, the others as JSON lines."""
    return document.name in CHARSETS or document.number == 2 or (document.number == 1 and place % 3 == 0)


def split(prose: tuple[Prose, ...]) -> tuple[list[Prose], list[Prose]]:
    """The documents of the archive and those of the JSON lines, without those that are shipped garbled alone."""
    prose = tuple(document for document in prose if document.name not in planted.ONLY_GARBLED)
    labels = sorted({document.label for document in prose})
    pages = [document for document in prose if in_archive(document, labels.index(document.label))]
    return pages, [document for document in prose if document not in pages]


def page(document: Prose) -> tuple[bytes, str]:
    """The bytes of a page and its Content-Type."""
    charset, said = CHARSETS.get(document.name, ("utf-8", "both"))
    meta = "" if said == "header" else f'<meta charset="{charset}">'
    body = "\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in document.paragraphs)
    filled = PAGE.format(tag=of(document.label).bcp47, meta=meta, title=html.escape(document.title), body=body)
    header = "text/html" if said == "meta" else f"text/html; charset={charset}"
    return filled.encode(charset, "xmlcharrefreplace"), header


def record(kind: str, url: str, minute: int, content_type: str, block: bytes) -> bytes:
    """One WARC record as a gzip member."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {url} {minute}")
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{name}>",
        f"WARC-Date: 2026-03-01T{10 + minute // 60:02d}:{minute % 60:02d}:00Z",
        *([f"WARC-Target-URI: {url}"] if url else []),
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block)}",
    ]
    return gzip.compress("\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n", mtime=0)


def response(url: str, minute: int, status: str, headers: dict[str, str], body: bytes) -> bytes:
    """A response as a server sent it."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    block = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return record("response", url, minute, "application/http; msgtype=response", block)


def chunked(body: bytes, step: int = 700) -> bytes:
    """``body`` in the chunks of HTTP/1.1."""
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


def picture() -> bytes:
    """A PNG of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def archive(pages: list[Prose]) -> bytes:
    """The WARC file: a member a record, and besides the pages what else a crawl brings home."""
    members = [record("warcinfo", "", 0, "application/warc-fields", b"software: corpus sample\r\nformat: WARC/1.1\r\n")]
    for minute, document in enumerate(pages, start=1):
        url = f"https://{HOSTS[minute % 3]}/{document.name}"
        body, content_type = page(document)
        headers = {"Content-Type": content_type}
        if minute % 7 == 0:
            headers["Transfer-Encoding"], body = "chunked", chunked(body)
        elif minute % 7 == 3:
            headers["Content-Encoding"], body = "gzip", gzip.compress(body, mtime=0)
        if minute == 1:
            request = f"GET /{document.name} HTTP/1.1\r\nHost: {HOSTS[1]}\r\n\r\n".encode()
            members.append(record("request", url, minute, "application/http; msgtype=request", request))
        members.append(response(url, minute, "200 OK", headers, body))
    host, at = f"https://{HOSTS[0]}", len(pages) + 1
    as_html = {"Content-Type": "text/html; charset=utf-8"}
    menu = "".join(f'<li><a href="/{n}">{line}</a></li>' for n, line in enumerate(planted.MENU.splitlines()))
    gone = b"<html><head><title>Not found</title></head><body><h1>404</h1><p>There is no such page.</p></body></html>"
    members += [
        response(f"{host}/lost", at, "404 Not Found", as_html, gone),
        response(f"{host}/old", at + 1, "301 Moved Permanently", {"Location": f"{host}/", **as_html}, b""),
        response(f"{host}/pixel.png", at + 2, "200 OK", {"Content-Type": "image/png"}, picture()),
        response(f"{host}/", at + 3, "200 OK", as_html, f"<html><body><ul>{menu}</ul></body></html>".encode()),
        response(f"{host}/empty", at + 4, "200 OK", as_html, b""),
        response(
            f"{host}/note.txt", at + 5, "200 OK", {"Content-Type": "text/plain; charset=utf-8"}, planted.LETTER.encode()
        ),
    ]
    return b"".join(members)


def lines(prose: tuple[Prose, ...], rest: list[Prose]) -> Iterator[str]:
    """The JSON lines: good documents, then the planted ones, then lines that give no document."""
    good = [(document.name, document.text) for document in rest]
    bad = [(f"planted/{name}", text) for name, text in planted.documents({d.name: d for d in prose})]
    for place, (name, text) in enumerate(good + bad):
        url = f"https://{HOSTS[place % 3]}/text/{name}"
        yield json.dumps({"id": name, "url": url, "date": "2026-02-14", "text": text}, ensure_ascii=False)
    yield json.dumps({"id": "planted/no-text", "url": f"https://{HOSTS[0]}/text/none", "title": "Only a title"})
    yield json.dumps({"id": "planted/empty-text", "text": ""})
    yield json.dumps({"id": "planted/text-is-a-number", "text": 42})
    yield '{"id": "planted/broken", "text": "This line ends too so'


def build() -> dict[str, bytes]:
    """The shipped files by name."""
    prose = documents()
    pages, rest = split(prose)
    text = "".join(f"{line}\n" for line in lines(prose, rest))
    return {
        "pages.warc.gz": archive(pages),
        "documents.jsonl.zst": zstandard.ZstdCompressor(level=19, write_checksum=True).compress(text.encode()),
    }


def main() -> None:
    folder = Path(__file__).parent / "shipped"
    folder.mkdir(exist_ok=True)
    for name, data in build().items():
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
