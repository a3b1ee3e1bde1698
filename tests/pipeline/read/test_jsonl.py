"""JSON lines: what is a document, why the rest is not, and inputs made to break a reader."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard
from archives import PACK, SENTENCES, document, jsonl, reasons, records, units

from pipeline.read.record import Document, Fields, Limits, Position, Skipped


def _read(tmp_path: Path, data: bytes, **how: Any) -> list[Document | Skipped]:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    return records(path, **how)


def _texts(found: list[Document | Skipped]) -> list[str | None]:
    return [record.text for record in found if isinstance(record, Document)]


@pytest.mark.parametrize("codec", PACK)
def test_lines_become_documents(codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.jsonl.{codec}"
    path.write_bytes(PACK[codec](jsonl({"text": text, "id": number} for number, text in enumerate(SENTENCES))))
    found = records(path)
    assert _texts(found) == list(SENTENCES)
    assert found[3] == Document(found[3].position, SENTENCES[3], source_id="3")


def test_a_position_is_the_offset_of_the_line(tmp_path: Path) -> None:
    data = jsonl(document(number) for number in range(5))
    offsets = [0, *(at + 1 for at, byte in enumerate(data) if byte == 10)][:-1]
    assert [record.position for record in _read(tmp_path, data)] == [Position(offset, 0) for offset in offsets]


def test_fields_have_the_names_that_are_asked_for_also_inside_others(tmp_path: Path) -> None:
    record = {
        "body": {"content": "ọ̀rọ̀", "lang": "yo"},
        "meta": {"url": "http://a.test", "n": {"date": "2024"}},
        "key": 12,
        "crawl": "c1",
        "rights": "CC0-1.0",
        "work": 3.5,
    }
    fields = Fields("body.content", "key", "meta.url", "meta.n.date", "crawl", "rights", "work")
    (found,) = _read(tmp_path, jsonl([record]), fields=fields)
    expected = Document(Position(0, 0), "ọ̀rọ̀", None, "12", "http://a.test", "2024", "c1", "CC0-1.0", "3.5")
    assert found == expected
    for odd in ({"body": "x"}, {"body": {"content": 3}}, {"body": {"content": "x"}, "meta": [1]}, {"body": None}):
        (found,) = _read(tmp_path, jsonl([odd]), fields=fields)
        assert reasons([found]) == [
            "text" if "meta" in odd else "text_type" if odd == {"body": {"content": 3}} else "no_text"
        ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"text": "a"', "not_json"),
        (b"words", "not_json"),
        (b'{"text": "a"} x', "not_json"),
        (b"[" * 200_000, "not_json"),
        (b'{"text": "a", "x": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", "not_json"),
        (b'["text"]', "not_object"),
        (b"17", "not_object"),
        (b"null", "not_object"),
        (b"{}", "no_text"),
        (b'{"text": null}', "no_text"),
        (b'{"Text": "a"}', "no_text"),
        (b'{"text": 5}', "text_type"),
        (b'{"text": ["a"]}', "text_type"),
        (b'{"text": ""}', "empty"),
        (b'{"text": " \\n\\t\\u3000"}', "empty"),
    ],
)
def test_what_is_no_document_has_its_reason(line: bytes, expected: str, tmp_path: Path) -> None:
    data = jsonl([document(1)]) + line + b"\n" + jsonl([document(2)])
    assert reasons(_read(tmp_path, data)) == ["text", expected, "text"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'\xef\xbb\xbf{"text": "mark"}', "mark"),
        (b'{"text": "bad \xff byte"}', "bad \ufffd byte"),
        (b'{"text": "cut \xe0\xa4"}', "cut \ufffd"),
        (b'{"text": "nul \x00 and \x01"}', "nul \x00 and \x01"),
        (b'{"text": "lone \\ud83d half"}', "lone \ufffd half"),
        (b'{"text": "pair \\ud83d\\ude00"}', "pair 😀"),
        (b'{"text": "NaN", "score": NaN}', "NaN"),
        (b'{"text": "crlf"}\r', "crlf"),
        (b'{"text": "one", "text": "two"}', "two"),
        (b'{"text": "ids", "id": {"$oid": "5"}, "url": ["x"], "date": true}', "ids"),
    ],
)
def test_unusual_lines_are_taken(line: bytes, text: str, tmp_path: Path) -> None:
    # The first line is for the file to be told: a lone odd line may be no JSON lines at all.
    found = _read(tmp_path, jsonl([document(1)]) + line + b"\n")
    assert _texts(found)[1:] == [text]
    assert text.encode()
    if text == "ids":
        assert found[1] == Document(found[1].position, "ids")


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    assert (
        reasons(_read(tmp_path, b"\n\n" + jsonl([document(1)]) + b"  \n\r\n\t\n" + jsonl([document(2)])))
        == ["text"] * 2
    )


def test_names_of_fields_are_told_where_no_text_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl([{"content": "x", "meta": {"lang": "yo"}}, {"content": "y", "n": 1}]))
    (unit,) = units(path)
    assert reasons(unit) == ["no_text", "no_text"]
    assert unit.fields_seen == ("content", "meta", "meta.lang", "n")


def test_a_line_of_300_mb_is_passed_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    packer = zstandard.ZstdCompressor().compressobj()
    parts = [jsonl([document(1)]), b'{"text": "', *[b"x" * (50 << 20)] * 6, b'"}\n', jsonl([document(2)])]
    path.write_bytes(b"".join(map(packer.compress, parts)) + packer.flush())
    del parts
    tracemalloc.start()
    found = records(path, limits=Limits(max_record_bytes=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reasons(found) == ["text", "too_long", "text"]
    assert found[1].position == Position(0, len(jsonl([document(1)])))
    assert peak < 150 << 20


def test_a_gigabyte_of_zeros_is_passed_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as packer:
        packer.write(jsonl([document(1)]))
        for _ in range(16):
            packer.write(bytes(64 << 20))
        packer.write(b"\n" + jsonl([document(2)]))
    tracemalloc.start()
    found = reasons(records(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == ["text", "too_long", "text"]
    assert peak < 150 << 20


@pytest.mark.parametrize("codec", ["gzip", "zstd", "lz4", "bz2", "xz"])
def test_a_cut_stream_gives_what_was_read_and_tells_the_damage(codec: str, tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"{number} {number**77}"}).encode() + b"\n" for number in range(10_000)]
    path = tmp_path / f"a.jsonl.{codec}"
    packed = PACK[codec](b"".join(lines))
    path.write_bytes(packed[: len(packed) * 2 // 3])
    found = records(path)
    assert reasons(found)[-1] == "damaged"
    assert set(reasons(found)[:-1]) == {"text"}
    assert 4000 < len(found) < 8000
    assert _texts(found) == [json.loads(line)["text"] for line in lines[: len(found) - 1]]


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_no_line_of_a_changed_frame_is_kept(codec: str, tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"{number} {number**77}"}).encode() + b"\n" for number in range(1000)]
    frames = [PACK[codec](b"".join(lines[at : at + 100])) for at in range(0, 1000, 100)]
    path = tmp_path / f"a.jsonl.{codec}"
    good = {json.loads(line)["text"] for line in lines}
    for at in range(0, len(frames[4]), 301):
        bad = bytearray(frames[4])
        bad[at] ^= 0xFF
        path.write_bytes(b"".join([*frames[:4], bytes(bad), *frames[5:]]))
        found = records(path)
        assert "damaged" in reasons(found)
        assert set(_texts(found)) <= good
        assert len(set(_texts(found))) >= 1000 - 102


def test_a_file_that_is_one_array(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    values: list[Any] = [document(1), {"text": ""}, 5, document(2)]
    for indent in (None, 2):
        path.write_text(json.dumps(values, indent=indent, ensure_ascii=False))
        found = records(path)
        assert reasons(found) == ["text", "empty", "not_object", "text"]
        assert [record.position for record in found] == [(0, 0), (0, 1), (0, 2), (0, 3)]
        assert len(units(path, 10)) == 1
    path.write_text(json.dumps(document(3), indent=1))
    assert _texts(records(path)) == [document(3)["text"]]


def test_a_large_or_broken_array_tells_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([document(number) for number in range(50)]))
    (found,) = records(path, limits=Limits(max_record_bytes=2000))
    assert isinstance(found, Skipped)
    assert found.reason == "too_long"
    assert "jq -c" in found.detail
    path.write_text(json.dumps([document(number) for number in range(50)])[:-30])
    assert reasons(records(path)) == ["not_json"]
    path.write_text("[{" + '"a":[' * 100_000)
    assert reasons(records(path)) == ["not_json"]
