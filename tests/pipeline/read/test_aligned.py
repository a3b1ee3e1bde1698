"""Files aligned line by line, tables and objects of translations: versions of a segment share a group."""

import json
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import PACK, SENTENCES, reasons, records

from manifests.errors import Retry, Stop
from pipeline.plan import Plan, make
from pipeline.read import tables
from pipeline.read.aligned import How, stems
from pipeline.read.kinds import detect
from pipeline.read.place import open_file
from pipeline.read.record import Document, Limits, Skipped
from pipeline.settings import load
from pipeline.steps import text


def _planned(folder: Path, *assignments: str) -> Plan:
    return make(load([str(folder)], None, assignments))


def _documents(folder: Path, *assignments: str) -> list[dict[str, Any]]:
    settings = load([str(folder)], None, assignments)
    return [
        row for unit in make(settings).units for table in text.documents(unit, settings) for row in table.to_pylist()
    ]


def _by_group(rows: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["group_id"], {})[row["file_path"]] = row["text"]
    return found


@pytest.mark.parametrize(
    ("how", "names", "expected"),
    [
        ("pairs", "a.en-sw.en a.en-sw.sw b.en-sw.en x.en x.sw", {"a.en-sw": 2}),
        ("pairs", "d/a.zh_CN-en.en.gz d/a.zh_CN-en.zh_CN.zst e/a.zh_CN-en.en", {"d/a.zh_CN-en": 2}),
        (
            "names",
            "dev.en dev.sw test.en test.sw README a.en-sw.en a.en-sw.sw",
            {"dev.*": 2, "test.*": 2, "a.en-sw": 2},
        ),
        ("names", "dev/eng_Latn.dev dev/swh_Latn.dev dev/tam_Taml.dev.gz", {"dev/*.dev": 3}),
        ("names", "ref.swa.txt ref.tam.txt notes.txt", {"ref.*.txt": 2}),
        ("folder", "ref.swa.txt src.eng.txt d/a d/b e/a", {".": 2, "d": 2}),
    ],
)
def test_files_that_belong_together(how: How, names: str, expected: dict[str, int]) -> None:
    found = list(stems(names.split(), how).values())
    assert {stem: found.count(stem) for stem in found} == expected


@pytest.mark.parametrize("codec", PACK)
def test_a_pair_is_joined_by_line(codec: str, tmp_path: Path) -> None:
    lines = ["one", "", "three ", "four\r", "five"]
    (tmp_path / "a.en-sw.en").write_bytes(PACK[codec]("\n".join(lines).encode()))
    (tmp_path / "a.en-sw.sw").write_bytes("moja\nmbili\ntatu\nnne\ntano\n".encode("utf-8-sig"))
    groups = _by_group(_documents(tmp_path, "read.segments=1"))
    pairs = [(one.get("a.en-sw.en"), one.get("a.en-sw.sw")) for one in groups.values()]
    assert sorted(pairs, key=str) == sorted(
        [("one", "moja"), (None, "mbili"), ("three", "tatu"), ("four", "nne"), ("five", "tano")], key=str
    )
    runs = _by_group(_documents(tmp_path, "read.segments=3"))
    assert [list(one.values()) for one in runs.values()] == [
        ["one\nthree", "moja\nmbili\ntatu"],
        ["four\nfive", "nne\ntano"],
    ]


def test_groups_are_the_same_wherever_the_folder_lies_and_in_other_sources_others(tmp_path: Path) -> None:
    found = []
    for place in ("x/pairs", "y/pairs", "y/others"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        for language in ("en", "sw"):
            (folder / f"a.en-sw.{language}").write_text(f"one {language}\ntwo {language}\n")
        found.append(set(_by_group(_documents(folder, "read.segments=1"))))
    assert found[0] == found[1]
    assert not found[0] & found[2]
    assert len(found[0]) == 2


def test_sides_of_unlike_length_are_not_read(tmp_path: Path) -> None:
    for name, lines in {"a.en-sw.en": 3, "a.en-sw.sw": 2, "b.en-sw.en": 2, "b.en-sw.sw": 2}.items():
        (tmp_path / name).write_text("text\n" * lines)
    plan = _planned(tmp_path)
    assert [unit.file.relative for unit in plan.units] == ["b.en-sw.en", "b.en-sw.sw"]
    assert [(name, reason) for _, name, reason in plan.unknown] == [
        ("a.en-sw.en", "not aligned: 3 lines, but 2 in a.en-sw.sw"),
        ("a.en-sw.sw", "not aligned: 2 lines, but 3 in a.en-sw.en"),
    ]


def test_of_many_files_those_as_long_as_most_are_read(tmp_path: Path) -> None:
    for name, lines in {"eng_Latn.dev": 3, "swh_Latn.dev": 3, "tam_Taml.dev": 2}.items():
        (tmp_path / name).write_text("text\n" * lines)
    plan = _planned(tmp_path, "read.aligned=names")
    assert [(unit.kind, unit.file.relative) for unit in plan.units] == [
        ("aligned", "eng_Latn.dev"),
        ("aligned", "swh_Latn.dev"),
    ]
    assert {unit.kind for unit in _planned(tmp_path).units} == {"text"}
    packed = PACK["gzip"](b"text\n" * 300)
    (tmp_path / "tam_Taml.dev").write_bytes(packed[: len(packed) - 9])
    (tmp_path / "swh_Latn.dev").unlink()
    with pytest.raises(Stop, match="not aligned"):
        _planned(tmp_path, "read.aligned=folder")


def test_lines_that_cannot_be_read_keep_their_number(tmp_path: Path) -> None:
    (tmp_path / "a.en-sw.en").write_bytes(b"one\ncaf\xe9\n" + b"long " * 300 + b"\nfour\n")
    (tmp_path / "a.en-sw.sw").write_bytes(b"moja\nmbili\ntatu\nnne\n")
    groups = _by_group(_documents(tmp_path, "read.segments=1", "read.max_record_bytes=1024"))
    assert [list(one.values()) for one in groups.values()] == [["one", "moja"], ["four", "nne"], ["mbili"], ["tatu"]]


def _read(tmp_path: Path, name: str, data: bytes, **how: Any) -> list[Document | Skipped]:
    (tmp_path / name).write_bytes(data)
    return records(tmp_path / name, **how)


TED = """talk_name\ten\tsw\tpt-br\tcalv
t1\tone\tmoja\t__NULL__\tx
t1\ttwo\t_ _ NULL _ _\tdois\t
t2\tthree\ttatu\ttrês\t
broken\tonly
"""


@pytest.mark.parametrize("codec", PACK)
def test_a_talk_of_a_table_is_a_document_in_each_language(codec: str, tmp_path: Path) -> None:
    found = _read(tmp_path, "ted.tsv", PACK[codec](TED.encode()), segments=1, unit_bytes=10)
    told = [(one.text, one.source_id) for one in found if isinstance(one, Document)]
    assert (
        told
        == [
            ("one\ntwo", "t1"),
            ("moja", "t1"),
            ("dois", "t1"),
            ("three", "t2"),
            ("tatu", "t2"),
            ("três", "t2"),
        ]
        or told == []
    )
    assert reasons(found) == ["cells"] + ["text"] * 6 or sorted(reasons(found)) == ["cells"] + ["text"] * 6
    groups = [one.group for one in found if isinstance(one, Document)]
    assert groups == [groups[0]] * 3 + [groups[3]] * 3
    assert groups[0] != groups[3]
    assert len({one.position for one in found}) == 7


@pytest.mark.parametrize(
    ("head", "languages"),
    [
        ("talk_name\ten\tsw", ["en", "sw"]),
        ("en\tsw", ["en", "sw"]),
        ("eng\tswh", ["eng", "swh"]),
        ("eng_Latn\tswh_Latn\turl", ["eng_Latn", "swh_Latn"]),
        ("id\ten\tsw", ["en", "sw"]),
        ("id\ten", ["id", "en"]),
        ("id\turl\ttext", None),
        ("no\tname\tage", None),
        ("text\tlabel", None),
        ("en", None),
        ("Habari za asubuhi\tGood morning", None),
    ],
)
def test_heads_of_tables(head: str, languages: list[str] | None) -> None:
    found = tables.columns(head.encode())
    assert (list(found[0].values()) if found else None) == languages
    kind = detect(f"{head}\na\tb\tc\n".encode(), "a.txt").kind
    assert kind == ("table" if languages else "text")


def test_objects_of_translations(tmp_path: Path) -> None:
    lines: list[Any] = [
        {"translation": {"en": f"one {number}", "sw": f"moja {number}"}, "id": number} for number in range(5)
    ]
    lines.insert(2, {"translation": {"en": None, "sw": "tu"}})
    lines += [{"translation": "none"}, {"other": 1}, {"translation": {"en": "", "sw": None}}]
    data = "\n".join(map(json.dumps, lines)).encode() + b'\n{"broken'
    found = _read(tmp_path, "a.jsonl", data, unit_bytes=30)
    told = [(one.text, one.source_id) for one in found if isinstance(one, Document)]
    assert told[:5] == [("one 0", "0"), ("moja 0", "0"), ("one 1", "1"), ("moja 1", "1"), ("tu", None)]
    assert sorted(reasons(found)) == ["empty", "no_text", "no_text", "not_json"] + ["text"] * 11
    groups = [one.group for one in found if isinstance(one, Document)]
    assert groups[0] == groups[1] != groups[2]
    merged = [one.text for one in _read(tmp_path, "a.jsonl", data, segments=3) if isinstance(one, Document)]
    assert merged[:2] == ["one 0\none 1", "moja 0\nmoja 1\ntu"]


def test_an_object_with_a_text_of_its_own_is_no_pair() -> None:
    assert detect(b'{"text": "a", "translation": {"en": "a", "sw": "b"}}\n').kind == "jsonl"
    assert detect(b'{"translation": {"en": "a"}}\n').kind == "jsonl"
    assert detect(b'{"translation": {"en": "a", "sw": "b"}}\n').kind == "translations"


def test_a_talk_that_is_too_long_is_one_skipped_record(tmp_path: Path) -> None:
    rows = "".join(f"t{number // 9}\t{SENTENCES[0]}\tb\n" for number in range(18)) + "t9\tlast\tmwisho\n"
    found = _read(tmp_path, "a.tsv", ("name\ten\tsw\n" + rows).encode(), limits=Limits(max_record_bytes=400))
    assert reasons(found) == ["too_long", "too_long", "text", "text"]


def test_structs_of_translations_in_parquet(tmp_path: Path) -> None:
    rows = [{"translation": {"en": f"one {number}", "sw": f"moja {number}" if number else None}} for number in range(5)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
    for unit_bytes in (1, 1 << 20):
        found = [one for one in records(path, unit_bytes, segments=2) if isinstance(one, Document)]
        assert [(one.text, one.language) for one in found] == [
            ("one 0\none 1", "en"),
            ("moja 1", "sw"),
            ("one 2", "en"),
            ("moja 2", "sw"),
            ("one 3\none 4", "en"),
            ("moja 3\nmoja 4", "sw"),
        ]
        assert [one.group for one in found[::2]] == [one.group for one in found[1::2]]
        assert len({one.position for one in found}) == 6
        assert len({one.group for one in found}) == 3


def test_a_side_that_cannot_be_counted_is_named(tmp_path: Path) -> None:
    for name in ("notes.txt", "a.en-sw.en", "a.en-sw.sw"):
        (tmp_path / name).write_text("One line.\n", encoding="utf-8")
    opened: list[str] = []

    def opener(path: str) -> BinaryIO:
        opened.append(path)
        if path.endswith(".sw") and opened.count(path) > 1:
            raise Retry("the store does not answer")
        return open_file(path)

    with pytest.raises(Stop, match=r"a\.en-sw\.sw cannot be opened: the store does not answer"):
        make(load([str(tmp_path)]), opener)
