"""The store: files appear whole or not at all, and nothing leaves the folder."""

from pathlib import Path

import pyarrow as pa
import pytest

from manifests.errors import Stop
from pipeline.store import Store


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write() -> None:
        with store.aside("data/x") as draft:
            draft.write_text("half")
            assert not store.exists("data/x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert store.files("data") == []
    store.write_json("data/x", {"a": 1})
    assert store.read_json("data/x") == {"a": 1}


def test_drafts_of_a_killed_run_are_swept_and_others_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_json("work/keep.json", 1)
    (tmp_path / "work" / ".keep.json.0123456789ab.aside").write_text("half")
    (tmp_path / ".manifest.json.0123456789ab.aside").write_text("half")
    (tmp_path / ".mine").write_text("a user's own file")
    assert Store(tmp_path).sweep_drafts() == 2
    assert store.read_json("work/keep.json") == 1
    assert (tmp_path / ".mine").exists()


def test_sweeping_removes_the_unwanted_and_the_folders_left_empty(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("data/a/1", "data/a/2", "data/b/1"):
        store.write_json(name, 1)
    assert store.sweep("data", {"data/a/2"}.__contains__) == 2
    assert store.files("data") == ["data/a/2"]
    assert not (tmp_path / "data" / "b").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "data/../../x"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stop, match="leads out"):
        Store(tmp_path).write_json(name, 1)


def test_a_second_driver_is_refused_while_the_first_holds_the_folder(tmp_path: Path) -> None:
    with Store(tmp_path).lock(), pytest.raises(Stop, match="Another build"), Store(tmp_path).lock():
        pass
    with Store(tmp_path).lock():
        pass


def test_the_same_table_gives_the_same_bytes_however_it_is_chunked(tmp_path: Path) -> None:
    whole = pa.table({"text": ["ba", "chữ", "ஒன்று"], "n": pa.array([1, None, 3], pa.int32())})
    chunked = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    store = Store(tmp_path)
    store.write_table("a", whole)
    store.write_table("b", chunked)
    assert store.path("a").read_bytes() == store.path("b").read_bytes()
