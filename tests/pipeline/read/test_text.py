"""Plain text: one document a file or a line, in the encodings that a mark or UTF-8 tells."""

from pathlib import Path
from typing import Any

import pytest
from archives import PACK, SENTENCES, reasons, records, units

from pipeline.read.record import Document, Limits, Page, Position, Skipped

TEXT = "\n".join(SENTENCES)


def _read(tmp_path: Path, data: bytes, name: str = "a.txt", **how: Any) -> list[Document | Skipped]:
    path = tmp_path / name
    path.write_bytes(data)
    return records(path, **how)


@pytest.mark.parametrize("codec", PACK)
def test_a_file_is_a_document_whatever_the_unit_size(codec: str, tmp_path: Path) -> None:
    found = _read(tmp_path, PACK[codec](TEXT.encode()), f"a.txt.{codec}", unit_bytes=10)
    assert found == [Document(Position(0, 0), TEXT)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("unit", ["file", "line"])
def test_encodings_that_are_told_by_a_mark(encoding: str, unit: Any, tmp_path: Path) -> None:
    found = _read(tmp_path, TEXT.encode(encoding), text_unit=unit, unit_bytes=50)
    expected = [TEXT] if unit == "file" else list(SENTENCES)
    assert [record.text for record in found if isinstance(record, Document)] == expected
    assert len({record.position for record in found}) == len(expected)


def test_other_encodings_are_handed_on_as_bytes(tmp_path: Path) -> None:
    data = "Не выходи из комнаты, не совершай ошибку.\n".encode("cp1251") * 3
    assert _read(tmp_path, data) == [Document(Position(0, 0), page=Page(data, None, "text/plain"))]
    assert reasons(_read(tmp_path, data, text_unit="line")) == ["page"] * 3


def test_lines_lose_their_ends_and_blank_ones_do_not_count(tmp_path: Path) -> None:
    found = _read(tmp_path, b"one\r\n\r\n  \ntwo\n\nthree", text_unit="line")
    assert [(record.text, record.position.frame) for record in found if isinstance(record, Document)] == [
        ("one", 0),
        ("two", 10),
        ("three", 15),
    ]


def test_a_text_beyond_the_limit_tells_the_mend(tmp_path: Path) -> None:
    (found,) = _read(tmp_path, TEXT.encode() * 100, limits=Limits(max_record_bytes=1000))
    assert isinstance(found, Skipped)
    assert found.reason == "too_long"
    assert "read.text=line" in found.detail


def test_a_cut_stream_keeps_what_was_read(tmp_path: Path) -> None:
    text = "".join(f"{number**50}\n" for number in range(3000))
    found = _read(tmp_path, PACK["gzip"](text.encode())[:-5000], "a.txt.gz")
    assert reasons(found) == ["text", "damaged"]
    assert isinstance(found[0], Document)
    assert text.startswith(found[0].text or "?")
    assert len({record.position for record in found}) == 2


def test_a_text_file_is_cut_where_lines_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT * 20)
    assert len(units(path, 1000)) == 1
    assert len(units(path, 1000, text_unit="line")) > 10
