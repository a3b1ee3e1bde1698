"""Parquet: types, columns inside others, and files that are damaged."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import SENTENCES, reasons, records, units

from pipeline.read.record import Document, Fields, Limits, Position, Skipped


def _write(tmp_path: Path, table: pa.Table, **how: Any) -> Path:
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, **how)
    return path


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_text_of_any_string_type(kind: pa.DataType, tmp_path: Path) -> None:
    path = _write(tmp_path, pa.table({"text": pa.array(SENTENCES).cast(kind), "other": range(len(SENTENCES))}))
    assert [record.text for record in records(path) if isinstance(record, Document)] == list(SENTENCES)


def test_the_other_fields_become_strings(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": ["one", "two"],
            "id": [7, None],
            "url": [b"http://a.test", b""],
            "date": [datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC), None],
            "meta": [{"dump": "d1", "n": 1}, None],
            "rights": [Decimal("4.0"), None],
        }
    )
    fields = Fields(dump="meta.dump", licence="rights", group="absent")
    assert records(_write(tmp_path, table), fields=fields) == [
        Document(Position(0, 0), "one", None, "7", "http://a.test", "2024-02-29T12:00:00+00:00", "d1", "4.0"),
        Document(Position(0, 1), "two"),
    ]


def test_text_may_lie_in_a_struct(tmp_path: Path) -> None:
    path = _write(tmp_path, pa.table({"doc": [{"text": "ọ̀rọ̀", "n": 1}, {"text": None, "n": 2}, None]}))
    assert reasons(records(path, fields=Fields("doc.text"))) == ["text", "no_text", "no_text"]


def test_rows_that_are_no_documents_have_their_reason(tmp_path: Path) -> None:
    path = _write(tmp_path, pa.table({"text": ["ok", None, "", " \n", "x" * 5000]}))
    found = records(path, limits=Limits(max_record_bytes=4000))
    assert reasons(found) == ["text", "no_text", "empty", "empty", "too_long"]
    assert reasons(records(_write(tmp_path, pa.table({"text": [1, 2]})))) == ["text_type"] * 2


def test_a_missing_column_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = _write(tmp_path, pa.table({"content": ["a", "b"], "meta": [{"x": 1}, {"x": 2}]}))
    (unit,) = units(path)
    assert reasons(unit) == ["no_text", "no_text"]
    assert unit.fields_seen == ("content", "meta.x")


def test_bad_utf8_in_a_string_column_is_replaced(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"ok", b"a\xffb"]).buffers())
    assert [
        record.text for record in records(_write(tmp_path, pa.table({"text": bad}))) if isinstance(record, Document)
    ] == [
        "ok",
        "a\ufffdb",
    ]


def test_a_file_without_rows(tmp_path: Path) -> None:
    assert records(_write(tmp_path, pa.table({"text": pa.array([], pa.string())}))) == []


def test_damage_costs_a_row_group_and_not_the_file(tmp_path: Path) -> None:
    texts = [f"{number} {number**500}" for number in range(400)]
    path = _write(tmp_path, pa.table({"text": texts}), row_group_size=100, compression="zstd", use_dictionary=False)
    data = bytearray(path.read_bytes())
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(0)
    middle = chunk.data_page_offset + chunk.total_compressed_size // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(bytes(data))
    found = records(path)
    assert [record.text for record in found if isinstance(record, Document) and record.position.frame != 1] == [
        *texts[:100],
        *texts[200:],
    ]
    assert [record.position.frame for record in found if isinstance(record, Skipped)] == [1]


@pytest.mark.parametrize("cut", [4, 100, -4, -20])
def test_a_footer_that_cannot_be_read_is_told(cut: int, tmp_path: Path) -> None:
    path = _write(tmp_path, pa.table({"text": list(SENTENCES)}))
    path.write_bytes(path.read_bytes()[:cut])
    assert reasons(records(path)) == ["damaged"]


def test_the_digest_is_the_same_each_time_and_of_what_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path, pa.table({"text": list(SENTENCES), "unread": ["x" * 9] * len(SENTENCES)}))

    def digest() -> str:
        (unit,) = units(path)
        assert len(list(unit)) == len(SENTENCES)
        return unit.digest

    first = digest()
    assert first == digest()
    pq.write_table(pa.table({"text": [*SENTENCES[:-1], "changed"], "unread": ["x" * 9] * len(SENTENCES)}), path)
    assert digest() != first
