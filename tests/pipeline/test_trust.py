"""Labels that are likely to be wrong are set apart, and stay where they were published."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from built import sample_build
from datasets import load_dataset
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.models import locate
from pipeline.release import explain, verify
from pipeline.sample import shipped
from pipeline.settings import load
from pipeline.steps import trust
from pipeline.store import Store

HEAD = "source\tlabel\tanswer\tcount\n"
SURE = "own\tswh_Latn\tswh_Latn\t1000\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's documents as anybody's, so that no label is exempt."""
    folder = tmp_path_factory.mktemp("trust")
    shutil.copy(shipped.paths()[0], folder / "docs.jsonl.zst")
    sample_build(folder / "out", sources=[str(folder / "docs.jsonl.zst")])
    return folder


def manifest(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return told


def folders(out: Path) -> dict[str, str]:
    """Where the documents of each label lie, but for those that are set apart themselves."""
    found = {(path.parent.name, str(path.parent.parent.relative_to(out))) for path in out.glob("data/**/*.parquet")}
    told = manifest(out)
    doubted = {label for labels in told["doubted"].values() for label in labels}
    alone = {label for label in doubted if told["labels"][label]["folder"] == trust.VERIFIED}
    return dict(sorted(found - {(label, trust.UNVERIFIED) for label in alone}))


def again(folder: Path, *assignments: str, **how: Any) -> Any:
    return sample_build(folder / "out", *assignments, sources=[str(folder / "docs.jsonl.zst")], **how)


@pytest.fixture
def mine(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "mine")
    return tmp_path / "mine"


def test_the_manifest_tells_of_every_label(built: Path) -> None:
    told = manifest(built / "out")["labels"]
    assert {label for source in manifest(built / "out")["counts"].values() for label in source} == set(told)
    for label, folder in folders(built / "out").items():
        assert told[label]["folder"] == folder
        low, high = told[label]["precision_interval"]
        assert 0.0 <= low <= high <= 1.0
        assert 0.0 <= told[label]["expected_precision"] <= 1.0


def test_a_document_of_doubtful_language_is_kept_and_set_apart(built: Path) -> None:
    out = built / "out"
    told = manifest(out)
    assert verify.run(out)[1] == []
    alone = [
        (label, count)
        for labels in told["doubted"].values()
        for label, doubts in labels.items()
        for count in doubts.values()
        if told["labels"][label]["folder"] == trust.VERIFIED
    ]
    assert alone
    for label, count in alone:
        rows = [row for path in (out / trust.UNVERIFIED / label).iterdir() for row in read(path)]
        assert len(rows) == count
        assert all(row["language_score"] < 0.3 for row in rows)
        found = explain.run(out, rows[0]["id"])
        assert (found.verdict, found.doubt, found.folder) == ("kept", "uncertain_language", trust.UNVERIFIED)
        assert {held.rule: held.outcome for held in found.rules}["uncertain_language"] == "set apart"
    published = [row for path in out.glob("data/*_*/*.parquet") for row in read(path)]
    assert min(row["language_score"] for row in published) >= 0.3


def test_another_limit_of_doubt_moves_documents_and_reads_no_source(mine: Path) -> None:
    report = again(mine, "filters.min_language_score=0.6")
    assert not {"text", "count", "notes", "cluster"} & set(report.ran)
    assert verify.run(mine / "out")[1] == []
    published = [row for path in (mine / "out").glob("data/*_*/*.parquet") for row in read(path)]
    assert min(row["language_score"] for row in published) >= 0.6


def test_a_label_of_which_all_is_in_doubt_is_not_yet_published(mine: Path) -> None:
    out = mine / "out"
    label = next(label for label, folder in folders(out).items() if folder == trust.VERIFIED)
    (out / trust.MEMORY).unlink()
    again(mine, f"filters.{label}.min_language_score=0.99999")
    assert label not in json.loads((out / trust.MEMORY).read_text())["folders"]
    assert not (out / "data" / label).exists()
    assert verify.run(out)[1] == []


def read(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def test_the_shipped_sample_is_exempt(tmp_path: Path, built: Path) -> None:
    store = Store(tmp_path)
    settings = load(shipped.paths(), None, ("lid_floor=1.0",))
    trusts = trust.decide(store, settings, locate("builtin"), {"swh_Latn": 10, "abk_Cyrl": 1}, {})
    assert {one.folder for one in trusts.values()} == {trust.VERIFIED}
    anybody = load([str(built / "docs.jsonl.zst")], None, ("lid_floor=1.0",))
    trusts = trust.decide(store, anybody, locate("builtin"), {"swh_Latn": 10, "abk_Cyrl": 1}, {})
    assert trust.UNVERIFIED in {one.folder for one in trusts.values()}


def test_another_floor_moves_labels_and_reads_no_source(mine: Path, built: Path) -> None:
    before = folders(mine / "out")
    assert "data" in before.values()
    told = manifest(mine / "out")["labels"]
    floor = sorted(told[label]["expected_precision"] for label in before)[len(before) // 2] + 1e-6
    report = again(mine, f"lid_floor={floor}")
    assert set(report.ran) <= {"emit"}
    after = folders(mine / "out")
    assert set(after) == set(before)
    low = {label for label in before if told[label]["expected_precision"] < floor}
    assert {label for label, folder in after.items() if folder == trust.UNVERIFIED} >= low
    _, problems = verify.run(mine / "out")
    assert problems == []
    label = sorted(low)[0]
    (file,) = (mine / "out" / "data" / "unverified" / label).iterdir()
    rows = load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(mine / "cache"))
    assert explain.run(mine / "out", rows["id"][0]).verdict == "kept"
    published = load_dataset(
        "parquet",
        data_files=str(mine / "out" / "data" / "*" / "*.parquet"),
        split="train",
        cache_dir=str(mine / "cache"),
    )
    assert not set(published["id"]) & set(rows["id"])


def test_a_published_label_keeps_its_folder_until_rebuilt(mine: Path) -> None:
    out = mine / "out"
    before = folders(out)
    label = next(label for label, folder in before.items() if folder == trust.VERIFIED)
    place = out / trust.MEMORY
    memory = json.loads(place.read_text())
    memory["folders"][label] = trust.UNVERIFIED
    place.write_text(json.dumps(memory))
    again(mine)
    assert folders(out) == before | {label: trust.UNVERIFIED}
    assert verify.run(out)[1] == []
    done = CliRunner().invoke(app, ["rebuild", str(out), "--engine", "inline"])
    assert done.exit_code == 0, done.output
    assert folders(out) == before
    assert verify.run(out)[1] == []


def model(folder: Path, card: dict[str, Any] | None = None, confusions: str | None = None) -> Path:
    place = folder / "model.bin"
    place.write_bytes(b"model")
    if card is not None:
        (folder / "card.json").write_text(json.dumps(card))
    if confusions is not None:
        (folder / "confusions.tsv").write_text(confusions)
    return place


def test_a_weak_label_is_set_apart_whatever_its_precision(tmp_path: Path) -> None:
    card = {"form": "plain", "labels": {"swh_Latn": {"supported": True}, "zul_Latn": {"supported": False}}}
    place = model(tmp_path, card)
    found = trust.decide(Store(tmp_path), load(["x"]), place, {"swh_Latn": 5, "zul_Latn": 5, "yor_Latn": 5}, {})
    assert {label: (one.folder, one.supported) for label, one in found.items()} == {
        "swh_Latn": (trust.VERIFIED, True),
        "zul_Latn": (trust.UNVERIFIED, False),
        "yor_Latn": (trust.VERIFIED, None),
    }
    assert found["swh_Latn"].expected_precision is None


def test_a_rare_label_in_a_sea_of_its_relative_is_set_apart(tmp_path: Path) -> None:
    rows = "own\txho_Latn\txho_Latn\t900\nown\txho_Latn\tzul_Latn\t100\nown\tzul_Latn\tzul_Latn\t1000\n"
    place = model(tmp_path, confusions=HEAD + rows)
    sea = trust.decide(Store(tmp_path), load(["x"]), place, {"xho_Latn": 90_000, "zul_Latn": 10_500}, {})
    assert (sea["xho_Latn"].folder, sea["zul_Latn"].folder) == (trust.VERIFIED, trust.UNVERIFIED)
    even = trust.decide(Store(tmp_path), load(["x"]), place, {"xho_Latn": 9_000, "zul_Latn": 11_000}, {})
    assert even["zul_Latn"].folder == trust.VERIFIED


def test_a_folder_that_the_manifest_does_not_tell_is_a_problem(mine: Path) -> None:
    place = mine / "out" / "manifest.json"
    told = manifest(mine / "out")
    label, folder = next(iter(folders(mine / "out").items()))
    other = trust.UNVERIFIED if folder == trust.VERIFIED else trust.VERIFIED
    told["labels"][label]["folder"] = other
    place.write_text(json.dumps(told))
    (problem,) = verify.run(mine / "out")[1]
    assert f"is not in {other}/{label}" in problem
    del told["labels"][label]
    place.write_text(json.dumps(told))
    (problem,) = verify.run(mine / "out")[1]
    assert f"is of {label}, of which" in problem
