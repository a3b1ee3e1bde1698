"""Small files of every kind that is read, written by hand so that a test can say what must come out of them."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import lz4.frame
import zstandard

from pipeline.read.cut import cut
from pipeline.read.kinds import HEAD, detect
from pipeline.read.place import list_files
from pipeline.read.reader import Reading, read
from pipeline.read.record import Document, Fields, Limits, Skipped, TextUnit

Record = Document | Skipped

PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lambda data: lz4.frame.compress(data, content_checksum=True),
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
}
"""One frame of each codec."""

SENTENCES = (
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
    "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì dọ́gba.",
    "كل طفل في القرية يعرف طريق النهر، ولا أحد يذهب إليه وحده بعد الغروب.",
    "नदी के किनारे बैठकर बूढ़ा मछुआरा अपने जाल की मरम्मत करता रहा।",
    "மழை நின்ற பிறகு குழந்தைகள் தெருவில் காகிதக் கப்பல்கள் விட்டனர்.",
    "ตลาดเช้าเปิดตั้งแต่ตีห้า และแม่ค้าก็จำชื่อลูกค้าได้ทุกคน",
    "ផ្សារពេលព្រឹកបើកតាំងពីម៉ោងប្រាំ ហើយអ្នកលក់ស្គាល់អតិថិជនគ្រប់គ្នា។",
    "မိုးရွာပြီးနောက် ကလေးများသည် လမ်းပေါ်တွင် စက္ကူလှေများ လွှတ်ကြသည်။",
    "ཆར་པ་ཆད་རྗེས་བྱིས་པ་ཚོས་ལམ་ཁར་ཤོག་བུའི་གྲུ་གཟིངས་བཏང་།",
    "ከዝናቡ በኋላ ልጆቹ በመንገድ ላይ የወረቀት ጀልባዎችን ለቀቁ።",
    "雨停以后，孩子们在街上放纸船，老人坐在门口看。",
    "雨がやむと、子どもたちは通りで紙の舟を流した。",
    "비가 그치자 아이들은 길에서 종이배를 띄웠다.",
    "Nadat die reën opgehou het, het die kinders papierbootjies in die straat laat vaar.",
)


def warc(kind: str, block: bytes, number: int = 0, /, **fields: str) -> bytes:
    """A WARC record; ``content_length`` and others can be given false."""
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC-Date": "2024-02-29T12:00:00Z",
        "Content-Length": str(len(block)),
    }
    head.update({name.replace("_", "-").title(): value for name, value in fields.items()})
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return b"WARC/1.1\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"


def http(body: bytes, status: str = "200 OK", content_type: str = "text/html; charset=utf-8", *more: str) -> bytes:
    """An HTTP response as an archive holds it."""
    head = [f"HTTP/1.1 {status}", *([f"Content-Type: {content_type}"] if content_type else []), *more]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def response(number: int, body: bytes, *args: str) -> bytes:
    """A record of an HTTP response."""
    return warc("response", http(body, *args), number, warc_target_uri=f"http://site.test/{number}")


def page(number: int, sentences: int = 5) -> bytes:
    """An HTML page that differs from every other."""
    lines = [f"<p>{number}.{line} {SENTENCES[(number + line) % len(SENTENCES)]}</p>" for line in range(sentences)]
    return f"<html><body>{''.join(lines)}</body></html>".encode()


def jsonl(records: Iterable[Any]) -> bytes:
    """One line of JSON for each record."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def document(number: int, sentences: int = 4) -> dict[str, Any]:
    """A record of JSON lines that differs from every other."""
    text = " ".join(SENTENCES[(number * 3 + line) % len(SENTENCES)] for line in range(sentences))
    return {"id": f"d{number}", "text": f"{number} {text}", "url": f"http://site.test/{number}"}


def records(
    path: Path,
    unit_bytes: int = 1 << 30,
    fields: Fields = Fields(),  # noqa: B008
    limits: Limits = Limits(),  # noqa: B008
    text_unit: TextUnit = "file",
    segments: int = 1,
) -> list[Record]:
    """Every record of a file that is cut into units of this size."""
    return [record for unit in units(path, unit_bytes, fields, limits, text_unit, segments) for record in unit]


def units(
    path: Path,
    unit_bytes: int = 1 << 30,
    fields: Fields = Fields(),  # noqa: B008
    limits: Limits = Limits(),  # noqa: B008
    text_unit: TextUnit = "file",
    segments: int = 1,
) -> list[Reading]:
    """A file of one of the known kinds, as units to be read."""
    (file,) = list_files(str(path))
    told = detect(path.read_bytes()[:HEAD], path.name)
    assert told.kind, told.reason
    ranges = cut(file, told.kind, told.codec, unit_bytes, text_unit=text_unit)
    return [
        read(file, told.kind, told.codec, start, end, fields, limits, text_unit, segments=segments)
        for start, end in ranges
    ]


def reasons(found: Iterable[Record]) -> list[str]:
    """The reason of each skipped record, ``text`` or ``page`` for each document."""
    return [
        record.reason if isinstance(record, Skipped) else "page" if record.text is None else "text" for record in found
    ]
