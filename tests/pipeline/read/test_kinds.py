"""Kinds are told by content; the name settles only what the content leaves open."""

import json
from pathlib import Path

import pytest
from archives import PACK, SENTENCES, document, jsonl, page, response
from shared import SHARED, needs_shared

from pipeline.read.codec import CODECS
from pipeline.read.kinds import HEAD, KINDS, detect

LINES = jsonl(document(number) for number in range(40))
TEXT = "\n".join(SENTENCES).encode()


@pytest.mark.parametrize("codec", ["none", *CODECS])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (response(1, page(1)), "warc"),
        (b"\r\n" + response(1, page(1)), "warc"),
        (b"WARC/0.17\r\n", "warc"),
        (LINES, "jsonl"),
        (b"\xef\xbb\xbf\n" + LINES, "jsonl"),
        (b"not json\n" + LINES, "jsonl"),
        (b'{"text": "' + b"a" * 500_000, "jsonl"),
        (b"{}\n", "jsonl"),
        (json.dumps([document(1), document(2)]).encode(), "json"),
        (json.dumps([document(1), document(2)], indent=2).encode(), "json"),
        (json.dumps(document(1), indent=2).encode(), "json"),
        (b"[]", "json"),
        (TEXT, "text"),
        (b"\xef\xbb\xbf" + TEXT, "text"),
        ("ọ̀rọ̀".encode("utf-16"), "text"),
        (b"[1] A footnote and words.\n", "text"),
        (b"{{Infobox}} and words\n", "text"),
        (b"a < b, said <html> the page\n", "text"),
        (TEXT * 100, "text"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "pdf"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zipPK", "epub"),
        (b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHabari\r\n", "subtitles"),
        ("\n\n1\n00:00:01,000 --> 00:00:02,500\nከዝናቡ በኋላ\n".encode("utf-16"), "subtitles"),
        (b"\xef\xbb\xbfWEBVTT - captions\n\nNOTE x\n", "subtitles"),
        (b"1\nThe first chapter --> and the next\n", "text"),
    ],
)
def test_told_by_content(content: bytes, kind: str, codec: str) -> None:
    for name in ("", "file", "x.bin", "x.gz", "x.warc"):
        if name == "x.warc" and kind not in ("warc", "jsonl"):
            continue
        told = detect(PACK[codec](content)[:HEAD], name)
        if name == "x.warc" and kind == "jsonl":
            continue
        assert (told.kind, told.codec) == (kind, codec), name
        assert told.kind in KINDS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (bytes(5000), "binary"),
        (PACK["gzip"](bytes(1 << 20)), "binary"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "binary"),
        (b"  \n \n", "space"),
        (page(1), "HTML page"),
        (b"<!DOCTYPE html>\n<title>x", "HTML page"),
        (PACK["zstd"](page(1)), "HTML page"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"filedesc://x.arc 0.0.0.0 20060930000000 text/plain 77\n", "ARC"),
        (b"PK\x03\x04" + bytes(50), "ZIP"),
        (bytes(257).replace(b"\0", b"a") + b"ustar" + bytes(300), "tar"),
        (PACK["gzip"](b"PAR1" + bytes(100)), "compressed Parquet"),
        (PACK["gzip"](TEXT)[:5], "damaged"),
        (b"caf\xe9 " * 50, "binary"),
    ],
)
def test_what_is_not_read_has_its_reason(content: bytes, reason: str) -> None:
    told = detect(content, "file")
    assert told.kind is None
    assert reason in told.reason


@pytest.mark.parametrize(
    ("content", "name", "kind", "codec"),
    [
        (PACK["gzip"](response(1, page(1)))[20:], "a.warc.gz", "warc", "gzip"),
        (PACK["zstd"](LINES)[20:], "b/a.JSONL.zst", "jsonl", "zstd"),
        (b"junk\n" + response(1, page(1)), "a.warc", "warc", "none"),
        (b"junk\n" * 30, "a.jsonl", "jsonl", "none"),
        (b"caf\xe9 " * 50, "a.txt", "text", "none"),
        (PACK["gzip"](b"caf\xe9 " * 50), "a.txt.gz", "text", "gzip"),
        (b"PAR1" + bytes(8), "a.txt", "parquet", "none"),
        (b"PK\x03\x04" + bytes(50), "b/a.EPUB", "epub", "none"),
        (b"\xc0\xe1\xe2\n00:01 --> \n", "a.srt", "subtitles", "none"),
        (PACK["gzip"](b"Kind: captions\n"), "a.vtt.gz", "subtitles", "gzip"),
    ],
)
def test_a_name_settles_what_is_left_open(content: bytes, name: str, kind: str, codec: str) -> None:
    told = detect(content, name)
    assert (told.kind, told.codec) == (kind, codec)


def test_tables_would_pass_for_text() -> None:
    assert detect(b"label\ttext\nyor_Latn\tbawo\n", "a.tsv").kind is None
    assert detect(PACK["zstd"](b"label,text\nyor_Latn,bawo\n"), "a.csv.zst").kind is None


@needs_shared
def test_published_files_are_told() -> None:
    assert SHARED
    for path in sorted(SHARED.rglob("*.warc*")):
        assert detect(path.read_bytes()[:HEAD], path.name).kind == "warc", path
    for path in sorted(SHARED.rglob("*.jsonl.zst")):
        assert detect(path.read_bytes()[:HEAD], path.name).kind == "jsonl", path
    for path in sorted(SHARED.rglob("*.tsv*")):
        assert detect(path.read_bytes()[:HEAD], path.name).kind is None, path


def test_any_bytes_are_told_without_an_error(tmp_path: Path) -> None:
    for codec in CODECS:
        packed = PACK[codec](LINES)
        for cut in (1, 3, 4, 9, 17, 18, 40, 200):
            detect(packed[:cut], "a")
            detect(packed[:cut] + b"\xff" * 40, "a")
    detect(b"\x5d\x2a\x4d\x18\xff\xff\xff\x7f" + bytes(50), "a.warc.zst")
    detect(b"\x50\x2a\x4d\x18\x00\x00\x00\x00" * 9000, "a.zst")
