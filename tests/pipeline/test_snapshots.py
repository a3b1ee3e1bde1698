"""Further sources on a finished build: what is published stays, what is new is held against it, none is read twice."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from built import digests, rows, sample_build
from drawn import PLAIN, WORDS, text, write

from manifests.errors import Stop
from pipeline import build
from pipeline.release import explain, verify
from pipeline.sample import shipped
from pipeline.steps import cluster
from pipeline.store import Store


def ids_of(out: Path, folder: str) -> dict[str, str]:
    """Ids by the record's own id."""
    found = rows(out, folder)
    return dict(zip(found["source_id"].to_pylist(), found["id"].to_pylist(), strict=True))


def everything(out: Path) -> dict[str, str]:
    """Digests of all that a build says: what is published, the ledger, the manifest and the state of the clusters."""
    told = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in ("manifest.json",)}
    return digests(out) | told


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources in four scripts: the second has near-copies of what the first has, and of its own."""
    folder = tmp_path_factory.mktemp("halves")
    first, second = [], []
    for seed, language in enumerate(WORDS):
        first += [text(language, seed), text(language, seed, 2), text(language, seed + 10)]
        second += [text(language, seed, 1), text(language, seed + 10), text(language, seed + 20)]
        second += [text(language, seed + 20, edits) for edits in (1, 2)]
    write(folder / "first.jsonl", first)
    write(folder / "second.jsonl", second)
    sample_build(folder / "begun", *PLAIN, sources=[str(folder / "first.jsonl")])
    sample_build(folder / "fresh", *PLAIN, sources=[str(folder / f"{name}.jsonl") for name in ("first", "second")])
    shutil.copytree(folder / "begun", folder / "added")
    shutil.rmtree(folder / "added" / "work")
    (folder / "first.jsonl").rename(folder / "away")
    sample_build(folder / "added", *PLAIN, sources=[str(folder / "second.jsonl")])
    (folder / "away").rename(folder / "first.jsonl")
    return folder


@pytest.fixture
def begun(halves: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(halves / "begun", tmp_path / "out"))


@pytest.fixture
def added(halves: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(halves / "added", tmp_path / "added"))


def stays(begun: Path, added: Path, fresh: Path) -> None:
    """Of each cluster of all data: if it has published members exactly these stay, else the one of a fresh build."""
    published, kept, alone = (set(rows(out, "data")["id"].to_pylist()) for out in (begun, added, fresh))
    store = Store(added)
    members = pa.concat_tables([store.read_table(name) for name in cluster.files(store)])
    together: dict[bytes, set[str]] = {}
    for name, member in zip(members["cluster_id"].to_pylist(), members["id"].to_pylist(), strict=True):
        together.setdefault(name, set()).add(member.hex())
    assert together
    for alike in together.values():
        assert kept & alike == (published & alike or alone & alike)
    inside = set.union(*together.values())
    assert kept - inside == alone - inside


def test_what_is_published_stays_and_new_copies_of_it_go(halves: Path) -> None:
    stays(halves / "begun", halves / "added", halves / "fresh")
    before, after = digests(halves / "begun"), digests(halves / "added")
    assert before.items() <= after.items()
    assert {Path(name).name for name in after.keys() - before.keys()} == {"S001-00000.parquet"}
    assert verify.run(halves / "added")[1] == []


def test_the_shipped_sample_in_two_snapshots(built: Path, tmp_path: Path) -> None:
    sources = [shutil.copy(path, tmp_path) for path in shipped.paths()]
    sample_build(tmp_path / "out", sources=sources[1:])
    shutil.copytree(tmp_path / "out", tmp_path / "begun")
    shutil.rmtree(tmp_path / "out" / "work")
    Path(sources[1]).unlink()
    sample_build(tmp_path / "out", sources=sources[:1])
    assert digests(tmp_path / "begun").items() <= digests(tmp_path / "out").items()
    stays(tmp_path / "begun", tmp_path / "out", built)
    assert verify.run(tmp_path / "out")[1] == []


def test_the_ledger_names_the_published_document_and_clusters_are_told_as_they_are_now(halves: Path) -> None:
    out = halves / "added"
    kept, removed = ids_of(out, "data"), ids_of(out, "removed")
    canonical = dict(zip(*(rows(out, "removed")[name].to_pylist() for name in ("id", "canonical_id")), strict=True))
    assert canonical[removed["second-0"]] in {kept.get("first-0"), kept.get("first-1")}
    sizes = {row["id"]: row["minhash_cluster_size"] for row in rows(out, "data").to_pylist()}
    published = canonical[removed["second-0"]]
    assert sizes[published] == 2  # as of its snapshot
    shutil.copytree(out, halves / "told")
    shutil.rmtree(halves / "told" / "work")
    found = explain.run(halves / "told", published)
    assert found.cluster_size == 3
    assert (removed["second-0"], "near_duplicate") in found.members


def test_a_second_run_does_nothing(added: Path, halves: Path) -> None:
    before = everything(added)
    sources = [str(halves / f"{name}.jsonl") for name in ("first", "second")]
    assert sample_build(added, *PLAIN, sources=sources[1:]).ran == {}
    assert sample_build(added, *PLAIN, sources=sources).ran == {}
    assert everything(added) == before


def test_two_workers_give_the_same_bytes_from_both_sources(begun: Path, halves: Path) -> None:
    sources = [str(halves / f"{name}.jsonl") for name in ("second", "first")]
    sample_build(begun, *PLAIN, sources=sources, engine="local", workers=2)
    assert digests(begun) == digests(halves / "added")


@pytest.mark.parametrize(
    "name",
    [
        "work/text/",
        "work/notes/",
        "work/cluster/done.json",
        "work/settle/",
        "work/emit/",
        "index/snapshots/",
        "manifest",
    ],
)
def test_killed_while_a_snapshot_is_added(
    begun: Path, halves: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_json = Store.write_json

    def fall(store: Store, place: str, value: object, indent: int | None = None) -> None:
        if place.startswith(name):
            raise SystemExit("power is gone")
        write_json(store, place, value, indent)

    monkeypatch.setattr(Store, "write_json", fall)
    with pytest.raises(SystemExit):
        sample_build(begun, *PLAIN, sources=[str(halves / "second.jsonl")])
    monkeypatch.undo()
    sample_build(begun, *PLAIN, sources=[str(halves / "second.jsonl")])
    assert everything(begun) == everything(halves / "added")
    assert verify.run(begun)[1] == []


def test_other_settings_decide_the_new_documents_alone(begun: Path, halves: Path) -> None:
    report = sample_build(begun, *PLAIN, sources=[str(halves / "second.jsonl")], langs=("swh_Latn",))
    before, after = digests(halves / "begun"), digests(begun)
    assert before.items() <= after.items()
    assert report.manifest["snapshots"][1]["other_settings"] == ["langs"]
    assert {name.split("/")[1] for name in after if name.startswith("data/") and "S001" in name} == {"swh_Latn"}
    assert verify.run(begun)[1] == []
    thai = next(row for row in rows(begun, "removed").to_pylist() if row["rule"] == "not_in_langs")
    assert explain.run(begun, thai["id"]).verdict == "not_in_langs"


def test_tallies_of_the_snapshots_add_up(halves: Path) -> None:
    manifest = json.loads((halves / "added" / "manifest.json").read_text())
    assert [one["name"] for one in manifest["snapshots"]] == ["S000", "S001"]
    assert [list(one["reading"]) for one in manifest["snapshots"]] == [["first.jsonl"], ["second.jsonl"]]
    assert set(manifest["reading"]) == {"first.jsonl", "second.jsonl"}
    assert len(manifest["inputs"]) == 2


@pytest.mark.parametrize("afresh", [False, True])
def test_a_published_label_keeps_its_folder(begun: Path, halves: Path, afresh: bool) -> None:
    floor = "lid_floor=0.0" if (begun / "data" / "unverified").exists() else "lid_floor=1.0"
    before = digests(begun)
    report = sample_build(begun, *PLAIN, floor, sources=[str(halves / "second.jsonl")], afresh=afresh)
    assert before.items() <= digests(begun).items()
    labels = {Path(name).parent.name for name in before if name.startswith("data/")}
    told = json.loads((halves / "begun" / "manifest.json").read_text())["labels"]
    assert all(report.manifest["labels"][label]["folder"] == told[label]["folder"] for label in labels)
    assert verify.run(begun)[1] == []


def test_what_cannot_be_meant_is_told(begun: Path, added: Path, halves: Path, tmp_path: Path) -> None:
    first, second = (str(halves / f"{name}.jsonl") for name in ("first", "second"))
    with pytest.raises(Stop, match=r"second\.jsonl.* of snapshot S001 is not asked for"):
        sample_build(added, *PLAIN, sources=[first])
    with pytest.raises(Stop, match="signatures of two recipes"):
        sample_build(added, *PLAIN, "dedup.shingle=3", sources=[second])
    other = write(tmp_path / "elsewhere" / "second.jsonl", [text("swh", 77)])
    with pytest.raises(Stop, match="would share ids"):
        sample_build(added, *PLAIN, sources=[other])
    with pytest.raises(Stop, match="are in S000 already"):
        sample_build(added, *PLAIN, sources=[first], replace=True)
    assert verify.run(added)[1] == []


def test_nothing_is_added_to_a_snapshot_that_is_half_decided(
    begun: Path, halves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise SystemExit("power is gone")

    first, second = (str(halves / f"{name}.jsonl") for name in ("first", "second"))
    monkeypatch.setattr(build.record, "of", fall)
    with pytest.raises(SystemExit):
        sample_build(begun, *PLAIN, sources=[first], langs=("swh_Latn",))
    monkeypatch.undo()
    with pytest.raises(Stop, match="is not finished"):
        sample_build(begun, *PLAIN, sources=[second])
    sample_build(begun, *PLAIN, sources=[first])
    assert digests(begun) == digests(halves / "begun")
    sample_build(begun, *PLAIN, sources=[second])
    assert digests(begun) == digests(halves / "added")


def test_sources_may_take_the_place_of_the_last_snapshot(added: Path, halves: Path, tmp_path: Path) -> None:
    third = write(tmp_path / "third.jsonl", [text("swh", 0, 1), text("yor", 50)])
    sample_build(added, *PLAIN, sources=[third], replace=True)
    manifest, problems = verify.run(added)
    assert problems == []
    assert [one["name"] for one in manifest["snapshots"]] == ["S000", "S001"]
    assert set(manifest["reading"]) == {"first.jsonl", "third.jsonl"}
    assert digests(halves / "begun").items() <= digests(added).items()


def test_new_files_of_a_folder_are_a_snapshot(tmp_path: Path) -> None:
    folder = tmp_path / "crawl"
    write(folder / "one.jsonl", [text("swh", 1)])
    out = tmp_path / "out"
    sample_build(out, *PLAIN, sources=[str(folder)])
    before = digests(out)
    write(folder / "two.jsonl", [text("swh", 1, 1), text("yor", 1)])
    sample_build(out, *PLAIN, sources=[str(folder)])
    assert before.items() <= digests(out).items()
    assert set(ids_of(out, "data")) == {"one-0", "two-1"}
    assert sample_build(out, *PLAIN, sources=[str(folder)]).ran == {}
    assert verify.run(out)[1] == []


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cannot be read": lambda out: next((out / "index" / "signatures").glob("*.parquet")).unlink(),
    "clusters is missing": lambda out: shutil.rmtree(out / "index" / "clusters"),
    "other documents than": lambda out: shutil.copy(*sorted((out / "index" / "signatures").glob("*.parquet"))[:2]),
    "is of no snapshot": lambda out: shutil.copy(
        next((out / "index" / "signals").glob("*.parquet")), out / "index" / "signals" / "stray.parquet"
    ),
    "units/S000.parquet has other bytes": lambda out: (out / "index" / "units" / "S000.parquet").write_bytes(b"x"),
    "units/S001.parquet is missing": lambda out: (out / "index" / "units" / "S001.parquet").unlink(),
    "checksums.json is missing": lambda out: (out / "index" / "checksums.json").unlink(),
    "tells of other snapshots": lambda out: (out / "index" / "snapshots" / "S001.json").unlink(),
}


@pytest.mark.parametrize("said", DAMAGE)
def test_verify_looks_into_the_index(added: Path, said: str) -> None:
    DAMAGE[said](added)
    assert any(said in problem for problem in verify.run(added)[1])
