"""A bucket under faults: uploads that break, are cut short or never end, and a server that is busy."""

import fcntl
import io
import itertools
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import weed
import zstandard

from manifests.errors import Stop
from pipeline.release import explain, takedown, verify
from pipeline.sample import shipped
from pipeline.storage import again, scratch
from pipeline.storage.aws import Aws
from pipeline.store import Store

TABLE = pa.table({"noise": [random.Random(1).randbytes(6 << 20)]})  # noqa: S311


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "FIRST", 0.01)


def uploads(endpoint: str) -> list[str]:
    with weed.client(endpoint) as asked:
        return [one["Key"] for one in asked.list_multipart_uploads(Bucket=weed.BUCKET).get("Uploads", [])]


def test_large_files_go_in_parts_and_a_broken_one_leaves_nothing(
    s3: str, weeds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.storage.s3.WHOLE", 100_000)
    monkeypatch.setattr("pipeline.storage.s3.PART", 5 << 20)
    store = Store(s3)
    store.write_table("index/t.parquet", TABLE, level=1)
    assert store.read_table("index/t.parquet").equals(TABLE)
    plain = Aws.once

    def breaks(self: Aws, what: str, told: dict[str, Any], refused: Any = None) -> Any:
        if what == "upload_part" and told["PartNumber"] == 2:
            raise Stop("S3 refuses upload_part")
        return plain(self, what, told, refused)

    monkeypatch.setattr(Aws, "once", breaks)
    with pytest.raises(Stop, match="upload_part"):
        store.write_table("index/u.parquet", TABLE, level=1)
    assert not store.exists("index/u.parquet")
    assert uploads(weeds) == []


def test_uploads_of_killed_runs_are_aborted_by_the_next(s3: str, weeds: str) -> None:
    prefix = s3.removeprefix(f"s3://{weed.BUCKET}/")
    with weed.client(weeds) as asked:
        asked.create_multipart_upload(Bucket=weed.BUCKET, Key=f"{prefix}/data/x.parquet")
        asked.create_multipart_upload(Bucket=weed.BUCKET, Key="elsewhere/y.parquet")
    assert Store(s3).sweep_drafts() == 1
    assert uploads(weeds) == ["elsewhere/y.parquet"]


def test_an_upload_that_was_cut_short_or_damaged_is_refused_and_sent_again(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, spoilt = Aws.once, []

    def spoils(self: Aws, what: str, told: dict[str, Any], refused: Any = None) -> Any:
        if what == "put_object" and len(spoilt) < 2:
            spoilt.append(told["Key"])
            return plain(self, what, {**told, "Body": b"half" if len(spoilt) == 1 else b"other"}, refused)
        return plain(self, what, told, refused)

    monkeypatch.setattr(Aws, "once", spoils)
    store = Store(s3)
    store.write_json("work/a.json", {"whole": True})
    assert len(spoilt) == 2
    assert store.read_json("work/a.json") == {"whole": True}


def test_a_name_that_leads_out_is_refused_where_it_is_listed(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(s3)
    key = f"{store._storage._aws.prefix}data/../../x.parquet"  # type: ignore[attr-defined]
    monkeypatch.setattr(Aws, "pages", lambda *told, **more: [{"Key": key, "Size": 1, "ETag": '"a"'}])
    with pytest.raises(Stop, match="leads out"):
        store.files("data")


def test_scratch_of_dead_processes_is_removed_and_of_living_ones_stays(tmp_path: Path) -> None:
    for name in ("run-dead", "run-young", "run-living"):
        (tmp_path / name).mkdir()
    (tmp_path / "run-dead" / "held").touch()
    with (tmp_path / "run-living" / "held").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        scratch.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run-living"]


def shards(store: Store) -> dict[str, str]:
    return {one["file"]: one["sha256"] for one in (store.read_json("manifest.json") or {})["shards"]}


def some(folder: Path) -> list[Path]:
    """Sources: a few documents of the shipped sample, and its pages."""
    documents, pages = map(Path, shipped.paths())
    few = folder / "few.jsonl"
    folder.mkdir()
    with documents.open("rb") as raw:
        lines = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        few.write_bytes(b"".join(itertools.islice(lines, 30)))
    return [few, Path(shutil.copy(pages, folder))]


def test_a_build_through_faults_is_as_on_this_machine(
    tmp_path: Path, s3: str, weeds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sources and OUT in a bucket, with every twentieth request refused or answered in vain."""
    from built import sample_build

    places = some(tmp_path / "sources")
    with weed.client(weeds) as asked:
        for path in places:
            asked.put_object(Bucket=weed.BUCKET, Key=f"sources/{path.name}", Body=path.read_bytes())
    names = [f"s3://{weed.BUCKET}/sources/{path.name}" for path in places]
    sample_build(tmp_path / "here", "plan.unit_bytes=65536", sources=[str(path) for path in places])
    here = Store(tmp_path / "here")
    with weed.Proxy(weeds, faults=0.05).running() as proxy:
        weed.found_by(monkeypatch, proxy.url)
        sample_build(s3, "plan.unit_bytes=65536", sources=names)
        store = Store(s3)
        told = shards(store)
        assert len(told) > 5
        assert told == shards(here)
        for folder in ("data", "removed", "index", "work"):
            assert set(store.files(folder)) == set(here.files(folder))
        first = store.read_table(next(name for name in sorted(told) if name.startswith("data/")), ["id"])["id"][0]
        assert explain.run(s3, first.as_py()).verdict == "kept"
        again_ = sample_build(s3, "plan.unit_bytes=65536", sources=names)
        assert not again_.ran
        took = takedown.run(s3, ids=[first.as_py()])
        assert took.documents["data"] == 1
        assert proxy.failed.total() > 10
    weed.found_by(monkeypatch, weeds)
    assert verify.run(s3)[1] == []
    assert uploads(weeds) in ([], ["elsewhere/y.parquet"])
