"""Files of a source: folders, globs, links and URLs."""

import dataclasses
import io
import os
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import document, jsonl

from manifests.errors import Retry, Stop
from pipeline.read import place
from pipeline.read.cut import cut
from pipeline.read.place import list_files, open_file
from pipeline.read.reader import read


def _tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def _relative(source: str | Path) -> list[str]:
    return [file.relative for file in list_files(str(source))]


def test_a_file_is_named_by_its_name(tmp_path: Path) -> None:
    _tree(tmp_path, "b/a.txt")
    (file,) = list_files(str(tmp_path / "b" / "a.txt"))
    assert (file.relative, file.size) == ("a.txt", 7)
    assert file.version == str((tmp_path / "b" / "a.txt").stat().st_mtime_ns)
    with open_file(file.path) as handle:
        handle.seek(2)
        assert handle.read() == b"a.txt"


def test_a_folder_gives_its_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    _tree(tmp_path, "b.txt", "a/c.txt", "a/b/d.txt", "a-b.txt", ".git/x", "a/.hidden", ".x.txt")
    assert _relative(tmp_path) == ["a-b.txt", "a/b/d.txt", "a/c.txt", "b.txt"]


def test_moving_a_folder_keeps_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tree(tmp_path, "one/a/b.txt")
    before = _relative(tmp_path / "one")
    (tmp_path / "one").rename(tmp_path / "two")
    assert _relative(tmp_path / "two") == before
    monkeypatch.chdir(tmp_path / "two")
    assert _relative(".") == before
    assert list_files("a/b.txt")[0].path == str(tmp_path / "two" / "a" / "b.txt")


def test_a_glob_is_relative_to_its_longest_fixed_folder(tmp_path: Path) -> None:
    _tree(tmp_path, "x/a1/b.txt", "x/a2/c/b.txt", "x/z/b.txt", "x/a1/b.md", "x/.h/b.txt")
    assert _relative(tmp_path / "x" / "a*" / "*.txt") == ["a1/b.txt"]
    assert _relative(tmp_path / "x" / "**" / "*.txt") == ["a1/b.txt", "a2/c/b.txt", "z/b.txt"]
    assert _relative(tmp_path / "x" / "a?") == ["a1/b.md", "a1/b.txt", "a2/c/b.txt"]


def test_a_name_that_looks_like_a_glob_is_a_name(tmp_path: Path) -> None:
    _tree(tmp_path, "a[1].txt", "a1.txt")
    assert _relative(tmp_path / "a[1].txt") == ["a[1].txt"]


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    _tree(tmp_path, "blobs/1", "source/a/x.txt")
    (tmp_path / "source" / "linked.txt").symlink_to(tmp_path / "blobs" / "1")
    (tmp_path / "source" / "a" / "up").symlink_to(tmp_path / "source")
    (tmp_path / "source" / "outside").symlink_to(tmp_path / "blobs")
    (tmp_path / "source" / "broken.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "source" / "self").symlink_to(tmp_path / "source" / "self")
    assert _relative(tmp_path / "source") == ["a/x.txt", "linked.txt", "outside/1"]
    assert _relative(tmp_path / "source" / "**" / "*.txt") == ["a/x.txt", "linked.txt"]


def test_pipes_are_no_files(tmp_path: Path) -> None:
    _tree(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")
    assert _relative(tmp_path) == ["a.txt"]
    with pytest.raises(Stop, match="neither a file nor a folder"):
        list_files(str(tmp_path / "pipe"))


@pytest.mark.parametrize("name", ["absent.txt", "empty", "*.warc", "memory://absent-folder/x"])
def test_nothing_found_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Stop, match="No files at"):
        list_files(name if "://" in name else str(tmp_path / name))


def test_urls_go_through_the_store_that_they_name(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    data = jsonl(document(number) for number in range(50))
    for name in ("b.jsonl", "a/c.jsonl", "a/.hidden", ".tmp/x.jsonl"):
        store.pipe(f"/test-place/{name}", data)
    files = list_files("memory://test-place")
    assert [file.relative for file in files] == ["a/c.jsonl", "b.jsonl"]
    assert _relative("memory://test-place/*/*.jsonl") == ["a/c.jsonl"]
    (only,) = list_files("memory://test-place/b.jsonl")
    assert (only.relative, only.size) == ("b.jsonl", len(data))
    whole = list(read(only, "jsonl", "none", 0, only.size))
    parts = [list(read(only, "jsonl", "none", start, end)) for start, end in cut(only, "jsonl", "none", 1000)]
    assert len(parts) > 5
    assert [record for part in parts for record in part] == whole
    store.rm("/test-place", recursive=True)


def test_file_urls_are_paths(tmp_path: Path) -> None:
    _tree(tmp_path, "a.txt")
    assert list_files(f"file://{tmp_path}/a.txt") == list_files(str(tmp_path / "a.txt"))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(url: str) -> None:
        raise ImportError("Install huggingface_hub to access the hub")

    monkeypatch.setattr(fsspec.core, "url_to_fs", absent)
    with pytest.raises(Stop, match="pip install 'corpus-build\\[hub\\]'"):
        list_files("hf://datasets/a/b")


def test_a_store_that_does_not_answer_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its faults have types of its own, and are no damage of the file."""
    store = fsspec.filesystem("memory")
    path = io.BytesIO()
    pq.write_table(pa.table({"text": ["a"] * 100}), path)
    store.pipe("/test-faults/a.parquet", path.getvalue())
    store.pipe("/test-faults/a.jsonl", jsonl(document(number) for number in range(5)))
    files = list_files("memory://test-faults")

    def fails(*_: object) -> bytes:
        raise OSError("connection reset")

    monkeypatch.setattr(type(store.open("/test-faults/a.jsonl")), "read", fails)
    for file, kind in zip(files, ("jsonl", "parquet"), strict=True):
        with pytest.raises(Retry, match="connection reset"):
            list(read(file, kind, "none", 0, 1))
    monkeypatch.undo()
    store.rm("/test-faults", recursive=True)


def test_a_file_that_is_shorter_than_planned_is_tried_again(tmp_path: Path) -> None:
    _tree(tmp_path, "a.jsonl")
    (file,) = list_files(str(tmp_path / "a.jsonl"))
    with pytest.raises(Retry, match="before it should"):
        list(read(dataclasses.replace(file, size=file.size + 10), "jsonl", "none", 0, file.size + 10))


def test_an_unknown_scheme_is_an_error() -> None:
    with pytest.raises(Stop, match="cannot be read"):
        list_files("gopher-x://a/b")


def test_a_key_that_leads_out_of_its_source_is_refused() -> None:
    store = fsspec.filesystem("memory")
    store.store["/test-out/../x.txt"] = store.store.get("/none")
    file = place._of_entry
    with pytest.raises(Stop, match="out of its own source"):
        file(store, "/test-out", "/test-out/../x.txt", {"size": 1})
    del store.store["/test-out/../x.txt"]
