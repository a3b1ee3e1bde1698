"""Taken down for good: no trace in OUT, not even after further builds, and counts that still add up."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from built import digests, rows, rules, sample_build
from drawn import PLAIN, text, write
from typer.testing import CliRunner

from manifests.errors import Stop
from pipeline.cli import app
from pipeline.read.record import Position
from pipeline.release import explain, takedown, verify
from pipeline.sample import shipped
from pipeline.steps.text import Tally
from pipeline.storage.disk import Disk
from pipeline.store import Store


def said(out: Path) -> dict[str, str]:
    """All that the files of OUT say, unpacked, by name; hidden ones too."""
    found = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        raw = path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".parquet":
            for column in pq.read_table(path).columns:
                raw += "\n".join(str(value) for value in column.to_pylist())
        found[str(path.relative_to(out))] = raw
    return found


def traces(out: Path, *texts: str) -> list[str]:
    """Files of OUT that hold twenty letters in a row of any of the texts."""
    asked = [needle for text in texts for needle in needles(text)]
    return [name for name, told in said(out).items() if any(needle in told for needle in asked)]


def lines(place: Path, *found: str) -> Path:
    place.write_text("\n".join(found) + "\n", "utf-8")
    return place


def alone(out: Path, folder: str = "data") -> list[dict[str, Any]]:
    """Documents of which no other says a word: not even the sample's shared paragraphs."""
    every = [row for name in ("data", "removed") for row in rows(out, name).to_pylist() if row["text"]]
    whole = "\0".join(row["text"] for row in every)
    return [
        row
        for row in rows(out, folder).to_pylist()
        if row["text"] and len(row["text"]) > 200 and all(whole.count(needle) == 1 for needle in needles(row["text"]))
    ]


def needles(text: str) -> list[str]:
    """Twenty letters in a row, from all over a text."""
    return [text[start : start + 20] for start in range(0, len(text) - 20, 40)]


def holds(out: Path, *texts: str) -> None:
    """Nothing of the texts is in OUT, and OUT is as its manifest says."""
    assert traces(out, *texts) == []
    assert verify.run(out)[1] == []


def test_no_trace_is_left_and_no_later_build_brings_it_back(mine: Path) -> None:
    by_id, by_url = alone(mine)[0], next(row for row in alone(mine)[1:] if row["url"])
    removed = alone(mine, "removed")[0]
    before = digests(mine)
    assert traces(mine, by_id["text"])
    done = takedown.run(mine, [by_id["id"], removed["id"], "0" * 32], [by_url["url"].replace("https", "http") + "#top"])
    assert (done.documents["data"], done.documents["removed"], done.unknown) == (2, 1, 1)
    texts = [by_id["text"], by_url["text"], removed["text"]]
    holds(mine, *texts)
    assert rules(mine)["takedown"] == 3
    after = digests(mine)
    touched = {name.split("/")[-2] for name in {*before, *after} if before.get(name) != after.get(name)}
    gone = {row["id"]: row for row in rows(mine, "removed").to_pylist() if row["rule"] == "takedown"}
    assert set(gone) == {by_id["id"], by_url["id"], removed["id"]}
    assert all(row["text"] is row["url"] is row["source_id"] is None for row in gone.values())
    assert touched == {Path(name).parent.name for name in after if gone.keys() & ids(mine / name)}
    assert explain.run(mine, by_id["id"]).verdict == "takedown"
    sample_build(mine)
    holds(mine, *texts)
    assert sample_build(mine).ran == {}
    shutil.rmtree(mine / "work")
    sample_build(mine)
    holds(mine, *texts)
    assert rules(mine)["takedown"] == 3
    assert not {*gone} & {*rows(mine, "data")["id"].to_pylist()}


def ids(file: Path) -> set[str]:
    return {*pq.read_table(file, columns=["id"])["id"].to_pylist()}


def test_copies_go_with_what_they_are_copies_of(mine: Path) -> None:
    copy = next(row for row in rows(mine, "removed").to_pylist() if row["rule"] == "exact_duplicate")
    done = takedown.run(mine, [copy["canonical_id"]])
    assert done.copies >= 1
    gone = {row["id"] for row in rows(mine, "removed").to_pylist() if row["rule"] == "takedown"}
    assert gone >= {copy["id"], copy["canonical_id"]}
    assert traces(mine, copy["text"]) == [] or copy["cluster_id"]
    assert verify.run(mine)[1] == []


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two snapshots of pages on three hosts, one of them below another."""
    pages = {
        "one.jsonl": [
            ("a.example/x", text("swh", 1)),
            ("b.example/x", text("yor", 2)),
            ("c.a.example/", text("tha", 3)),
        ],
        "two.jsonl": [("www.a.example/y?z=1", text("amh", 4)), ("b.example/y/", text("swh", 5))],
    }
    for name, found in pages.items():
        told = [json.dumps({"text": one, "url": f"https://{url}", "id": url}) for url, one in found]
        lines(tmp_path / name, *told)
        sample_build(tmp_path / "out", *PLAIN, sources=[str(tmp_path / name)])
    return tmp_path / "out"


def test_hosts_of_all_snapshots_without_work_and_a_copy_from_elsewhere(two: Path, tmp_path: Path) -> None:
    shutil.rmtree(two / "work")
    before = {row["id"]: row for row in rows(two, "data").to_pylist()}
    takedown.run(two, hosts=["a.example"])
    gone = {row["id"] for row in rows(two, "removed").to_pylist()}
    texts = [before[one]["text"] for one in gone]
    assert len(gone) == 3
    holds(two, *texts)
    assert not any("a.example" in told for told in said(two).values())
    other = write(tmp_path / "three.jsonl", [text("swh", 1).upper(), text("tha", 30)], url="https://d.example/")
    sample_build(two, *PLAIN, sources=[other])
    assert [row["rule"] for row in rows(two, "removed").to_pylist()] == ["takedown"] * 4
    assert traces(two, text("swh", 1).upper()) == []
    holds(two, *texts)
    told = json.loads((two / "manifest.json").read_text())
    assert told["takedowns"] == [{"ids": 3, "urls": 0, "hosts": 1, "contents": 3}]
    assert sum(count["kept"] for labels in told["counts"].values() for count in labels.values() if "kept" in count) == 3
    assert sum(told["licences"].values()) == 3


def test_what_was_published_with_marks_in_place_of_persons_is_known_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    letter = text("swh", 1) + " Niandikie asha@mfano.org au piga +255 713 555 012 jioni."
    sample_build(out, *PLAIN, sources=[write(tmp_path / "one.jsonl", [letter, text("yor", 2)])])
    published = next(row for row in rows(out, "data").to_pylist() if row["text"].startswith(letter[:40]))
    assert published["text"] != letter
    takedown.run(out, [published["id"]])
    again = write(tmp_path / "two.jsonl", [published["text"], letter, text("tha", 3)])
    sample_build(out, *PLAIN, sources=[again])
    assert len(rows(out, "data")) == 2
    assert [row["rule"] for row in rows(out, "removed").to_pylist()] == ["takedown"] * 3
    holds(out, published["text"], letter)


def test_what_is_told_of_skipped_records_names_no_page(two: Path) -> None:
    tally = Tally()
    tally.skip(Position(3, 7), "not_200", "404 https://a.example/secret?x=1")
    tally.skip(Position(3, 8), "not_200", "https://a.example/secret?x=2")
    assert tally.places == {"not_200": ["3+7: 404", "3+8"]}
    store = Store(two)  # as builds left it that told URLs
    units = store.read_table("index/units/S000.parquet")
    places = pa.array([["3+7: 404 https://a.example/secret?x=1"]] * units.num_rows, units.schema.field("places").type)
    store.write_table(
        "index/units/S000.parquet", units.set_column(units.schema.get_field_index("places"), "places", places)
    )
    marker = store.files("work/text")[-1]
    told = store.read_json(marker) or {}
    store.write_json(
        marker, told | {"tally": told["tally"] | {"places": {"not_200": ["3+9: https://a.example/secret"]}}}
    )
    takedown.run(two, urls=["https://a.example/secret?x=1"])
    assert not any("secret" in one for one in said(two).values())
    assert store.read_table("index/units/S000.parquet")["places"][0].as_py() == ["3+7: 404"]
    assert verify.run(two)[1] == []


def test_a_second_takedown_and_one_that_finds_nothing(two: Path) -> None:
    takedown.run(two, urls=["b.example/y"])
    again = takedown.run(two, urls=["http://b.example/y"])
    assert not again.documents
    takedown.run(two, hosts=["b.example"])
    assert rules(two)["takedown"] == 2
    assert verify.run(two)[1] == []


@pytest.mark.parametrize("fall_at", [1, 2, 3, 4, 6, 8, 11, 13])
def test_killed_at_any_write_and_finished_by_whatever_comes_next(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fall_at: int
) -> None:
    straight = Path(shutil.copytree(two, tmp_path / "straight"))
    takedown.run(straight, hosts=["a.example"])
    count = 0
    place_draft = Disk.draft

    def fall(disk: Disk, name: str) -> Path:
        nonlocal count
        count += 1
        if count == fall_at:
            raise SystemExit("power is gone")
        return place_draft(disk, name)

    monkeypatch.setattr(Disk, "draft", fall)
    with pytest.raises(SystemExit):
        takedown.run(two, hosts=["a.example"])
    monkeypatch.undo()
    if fall_at % 2:
        takedown.run(two, hosts=["a.example"])
    else:
        sample_build(two, *PLAIN, sources=[str(tmp_path / "two.jsonl")])
        takedown.run(two, hosts=["a.example"])
    assert rules(two)["takedown"] == 3
    if fall_at % 2:
        assert digests(two) == digests(straight)
    assert verify.run(two)[1] == []


def test_the_command_reads_files_and_tells_what_is_wrong(two: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    place = lines(tmp_path / "urls.txt", "", "https://b.example/x")
    done = run(app, ["takedown", str(two), "--urls", str(place)])
    assert done.exit_code == 0
    assert "1" in done.stdout.splitlines()[0]
    with pytest.raises(Stop, match="is not an id"):
        takedown.run(two, ids=["swh"])
    with pytest.raises(Stop, match="is not a host"):
        takedown.run(two, hosts=["b.example/x"])
    with pytest.raises(Stop, match="Nothing to take down"):
        takedown.run(two)
    with pytest.raises(Stop, match="cannot be read"):
        run(app, ["takedown", str(two), "--ids", str(tmp_path / "none.txt")], catch_exceptions=False)


def test_nothing_of_the_sample_changes_where_nothing_is_listed(mine: Path, built: Path) -> None:
    takedown.run(mine, hosts=["nowhere.example"])
    assert digests(mine) == digests(built)
    sample_build(mine, sources=shipped.paths())
    assert digests(mine) == digests(built)
