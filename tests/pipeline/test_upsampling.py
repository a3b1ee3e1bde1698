"""Weights of a build: a column of what is published, a line a label in the manifest."""

import io
import json
from pathlib import Path

import pyarrow.compute as pc
import zstandard
from built import digests, rows, sample_build
from shared import SHARED, needs_shared

from pipeline.release import verify


def test_a_small_corpus_has_no_evidence_for_weights(tmp_path: Path) -> None:
    sample_build(tmp_path)
    data = rows(tmp_path, "data")
    assert data["upsampling_weight"].unique().to_pylist() == [1.0]
    told = json.loads((tmp_path / "manifest.json").read_text())["upsampling"]
    assert {f"{a}_{b}" for a, b in zip(*data.select(["language", "language_script"]).columns, strict=True)} <= set(told)
    assert all(one["weights"] == {"1": 1} for one in told.values())
    assert not sample_build(tmp_path).ran


def test_without_duplicates_nothing_is_told(tmp_path: Path) -> None:
    sample_build(tmp_path, "dedup.enabled=false", langs=["swh"])
    assert rows(tmp_path, "data")["upsampling_weight"].null_count == rows(tmp_path, "data").num_rows
    assert json.loads((tmp_path / "manifest.json").read_text())["upsampling"] == {}


@needs_shared
def test_real_documents_with_copies_that_rules_keep_weigh_more(tmp_path: Path) -> None:
    """Four in five single documents are cut to a line, which is too few words; those with a copy are whole."""
    assert SHARED is not None
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), encoding="utf-8")
        found = [one["text"] for one in map(json.loads, lines) if one["label"] == "swh_Latn"]
    whole = [text[:3000] for text in found if len(text.split()) > 120]
    assert len(whole) >= 90
    several, single = whole[:40], whole[40:]
    short = [text[at : at + 150] for text in single for at in (0, 600)]
    with (tmp_path / "in.jsonl").open("w", encoding="utf-8") as out:
        for text in [*several, *several, *single[: len(short) // 4], *short]:
            out.write(json.dumps({"text": text}) + "\n")
    out_folder = tmp_path / "out"
    sample_build(out_folder, sources=[str(tmp_path / "in.jsonl")])
    told = json.loads((out_folder / "manifest.json").read_text())["upsampling"]["swh_Latn"]
    assert told["weights"] == {"1": 1, "2": 10}
    assert 0.3 < told["removal_rate"] < 0.8
    data = rows(out_folder, "data").filter(pc.field("language") == "swh")
    of_two = pc.equal(data["minhash_cluster_size"], 2)
    assert pc.equal(data["upsampling_weight"], pc.if_else(of_two, 10.0, 1.0)).to_pylist() == [True] * data.num_rows
    assert pc.sum(of_two).as_py() >= 35
    assert verify.run(out_folder)[1] == []

    before = digests(out_folder)
    report = sample_build(out_folder, "rehydrate.max_repeats=3", sources=[str(tmp_path / "in.jsonl")])
    assert report.ran.keys() == {"emit"}
    after = digests(out_folder)
    assert [name for name in before if before[name] != after[name]] == ["data/swh_Latn/S000-00000.parquet"]
    assert pc.max(rows(out_folder, "data")["upsampling_weight"]).as_py() == 3
