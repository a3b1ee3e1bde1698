"""Whatever a build lies in, it can do the same with it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manifests.errors import Stop
from pipeline.storage import scratch
from pipeline.store import Store

TABLE = pa.table({"key": pa.array(range(1000), pa.uint64()), "text": [f"text {number}" for number in range(1000)]})


def test_values_and_tables_come_back(place: Path | str) -> None:
    store = Store(place)
    assert store.read_json("work/a.json") is None
    assert not store.exists("work/a.json")
    store.write_json("work/a.json", {"ữ": [1, None]})
    store.write_json("work/a.json", {"ữ": [2, None]})
    assert store.read_json("work/a.json") == {"ữ": [2, None]}
    store.write_table("index/t.parquet", TABLE, row_group_rows=100)
    assert store.read_table("index/t.parquet").equals(TABLE)
    assert store.read_table("index/t.parquet", ["text"]).equals(TABLE.select(["text"]))
    assert store.read_range("index/t.parquet", "key", 150, 449).equals(TABLE.slice(150, 300))
    assert store.read_where("index/t.parquet", [("key", "=", 7)], ["text"])["text"].to_pylist() == ["text 7"]
    with store.parquet("index/t.parquet") as file:
        assert file.num_row_groups == 10
    assert store.size("index/t.parquet") == len(store.read_bytes("index/t.parquet") or b"")
    assert store.size("index/none.parquet") is None
    assert store.sizes(["index/t.parquet", "index/none.parquet"])["index/none.parquet"] is None
    assert store.there(["work/a.json", "index/t.parquet", "index/none.parquet"]) == {"work/a.json", "index/t.parquet"}
    assert store.read_jsons(["work/a.json", "work/b.json"]) == {"work/a.json": {"ữ": [2, None]}, "work/b.json": None}
    with pytest.raises(FileNotFoundError):
        store.read_table("index/none.parquet")


def test_what_goes_wrong_while_it_is_written_leaves_nothing(place: Path | str) -> None:
    store = Store(place)

    def write() -> None:
        with store.writer("data/x.parquet", TABLE.schema) as writer:
            writer.write_table(TABLE)
            assert not store.exists("data/x.parquet")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert store.files("data") == []


def test_drafts_appear_together_and_are_gone_here(place: Path | str) -> None:
    store = Store(place)
    names = [f"data/l{number}/S000-00000.parquet" for number in range(20)]
    for name in names:
        pq.write_table(TABLE, store.draft(name))
    assert not store.there(names)
    store.publish(names)
    assert store.files("data") == sorted(names)
    assert {store.sha256(name) for name in names} == {store.sha256(names[0])}
    assert not [path for path in scratch.folder().rglob("*.parquet") if "S000" in path.name]


def test_files_and_folders_go(place: Path | str) -> None:
    store = Store(place)
    for name in ("work/a/1.json", "work/a/2.json", "work/ab/1.json", "work/b.json"):
        store.write_json(name, 1)
    store.remove("work/none.json")
    store.remove("work/none")
    store.remove("work/b.json")
    assert store.sweep("work", lambda name: not name.endswith("2.json")) == 1
    store.remove("work/a")
    assert store.files("work") == ["work/ab/1.json"]


def test_files_that_grow_keep_what_an_earlier_run_wrote(place: Path | str) -> None:
    for run in range(2):
        store = Store(place)
        with store.lock():
            for line in range(3):
                store.append("index/times.jsonl", f"{run} {line}")
    assert Store(place).read_lines("index/times.jsonl") == ["0 0", "0 1", "0 2", "1 0", "1 1", "1 2"]


def test_a_copy_at_hand_is_of_what_lies_there_now(place: Path | str) -> None:
    store = Store(place)
    store.write_json("index/a.json", 1)
    assert store.at_hand("index/a.json").read_bytes() == b"1\n"
    store.write_json("index/a.json", 22)
    assert store.at_hand("index/a.json").read_bytes() == b"22\n"


@pytest.mark.parametrize("name", ["../x.json", "/etc/x.json", "data/../../x.json"])
def test_names_that_lead_out_are_refused(place: Path | str, name: str) -> None:
    for ask in (Store(place).read_json, Store(place).remove, Store(place).draft, Store(place).at_hand):
        with pytest.raises(Stop, match="leads out"):
            ask(name)


def test_a_place_that_nothing_can_be_written_to_is_refused() -> None:
    with pytest.raises(Stop, match="cannot lie at https"):
        Store("https://example.org/out")
    with pytest.raises(Stop, match="cannot be opened"):
        Store("nonsense://x/out")
