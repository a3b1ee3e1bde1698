"""Small files in the layouts of existing corpora: every text, date and address comes out, and the language declared."""

import json
import lzma
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import PACK, SENTENCES, jsonl

from manifests.errors import Stop
from pipeline import plan
from pipeline.settings import load
from pipeline.steps.text import documents

TEXT = "\n".join(SENTENCES[:4])
OSCAR = {
    "content": TEXT,
    "warc_headers": {"warc-record-id": "<urn:uuid:1>", "warc-target-uri": "http://a.test/", "warc-date": "2022-01-02"},
    "metadata": {"identification": {"label": "als", "prob": 0.9}, "annotation": None},
}


def read(folder: Path, name: str, content: bytes, *told: str) -> list[dict[str, Any]]:
    """The documents of one file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    settings = load([str(folder)], None, told)
    made = plan.make(settings)
    return [row for unit in made.units for table in documents(unit, settings) for row in table.to_pylist()]


def test_oscar(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "als_meta/als_part_1.jsonl.zst", PACK["zstd"](jsonl([OSCAR])), "read.layout=oscar")
    assert (found["text"], found["source_id"]) == (TEXT, "<urn:uuid:1>")
    assert (found["url"], found["date"], found["page_language"]) == ("http://a.test/", "2022-01-02", "oscar:als")


def test_line_feeds_that_were_written_in_two_letters(tmp_path: Path) -> None:
    lines = jsonl([{"text": TEXT.replace("\n", "\\n")}, {"text": "one line"}])
    lines += json.dumps({"text": "\ud800 odd\\nline"}).encode()
    found = read(tmp_path, "yo/yo_clean_0000.jsonl.gz", PACK["gzip"](lines), "read.layout=madlad")
    assert [row["text"] for row in found] == [TEXT, "one line", "\ufffd odd\nline"]
    assert {row["page_language"] for row in found} == {"madlad:yo"}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_documents_between_blank_lines(ends: str, tmp_path: Path) -> None:
    blocks = ["\n".join(SENTENCES[at : at + 3]) for at in range(0, 12, 3)]
    content = lzma.compress(("\n\n".join(blocks) + "\n\n\n" + TEXT).replace("\n", ends).encode(), preset=0)
    found = read(tmp_path, "zh-Hant.txt.xz", content, "read.layout=cc100", "plan.unit_bytes=65536")
    assert [row["text"] for row in found] == [*blocks, TEXT]
    assert len({row["id"] for row in found}) == 5
    assert {row["page_language"] for row in found} == {"cc100:zh-Hant"}


def test_a_block_in_utf_16_and_one_that_is_too_long(tmp_path: Path) -> None:
    found = read(tmp_path / "wide", "sw.txt", ("one\ntwo\n\nthree").encode("utf-16"), "read.text=block")
    assert [row["text"] for row in found] == ["one\ntwo", "three"]
    long = "\n".join(["a line"] * 400) + "\n\nshort\n"
    found = read(tmp_path / "long", "sw.txt", long.encode(), "read.text=block", "read.max_record_bytes=1024")
    assert [row["text"] for row in found] == ["short"]


def test_hplt_and_tables(tmp_path: Path) -> None:
    line = {"text": TEXT, "u": "http://b.test/", "ts": "2021-03-04T05:06:07Z", "collection": "cc40", "id": "x1"}
    (found,) = read(tmp_path / "hplt", "swh_Latn_1.jsonl", jsonl([line]), "read.layout=hplt")
    assert (found["url"], found["dump"], found["page_language"]) == ("http://b.test/", "cc40", "hplt:swh_Latn")
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": [TEXT], "timestamp": ["2020"], "url": ["http://c.test/"]}), path)
    content = path.read_bytes()
    (found,) = read(tmp_path / "cx", "als/als_part_00000.parquet", content, "read.layout=culturax")
    assert (found["date"], found["page_language"]) == ("2020", "oscar:als")


def test_a_field_told_by_name_comes_before_the_layout(tmp_path: Path) -> None:
    record = {**OSCAR, "clean": "other text"}
    told = ("read.layout=oscar", "read.fields.text=clean")
    (found,) = read(tmp_path, "a.jsonl", json.dumps(record).encode(), *told)
    assert (found["text"], found["url"]) == ("other text", "http://a.test/")


def test_a_layout_of_one_source_and_one_that_nobody_knows(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[[sources]]\npath = "a"\nlayout = "oscar"\n[[sources]]\npath = "b"\n')
    assert [source.layout for source in load([], config).sources] == ["oscar", None]
    config.write_text('[[sources]]\npath = "a"\nlayout = "oskar"\n')
    with pytest.raises(Stop, match="oskar"):
        load([], config)
