"""Signals that a build asks for: banned words and quality, and the limits that keep the best share."""

import json
import math
from collections import defaultdict
from pathlib import Path

import fasttext
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from built import digests, rows, rules, sample_build

from manifests.errors import Stop
from pipeline.release import explain, verify
from pipeline.sample import shipped


def _model(folder: Path) -> Path:
    """A classifier of long words against short ones, which says something of every text."""
    lines = [f"__label__positive {'long' * n} words {'here' * n}" for n in range(1, 40)]
    lines += [f"__label__negative {'ab'[n % 2]} cd {n} e f" for n in range(1, 40)]
    data = folder / "lines.txt"
    data.write_text("\n".join(lines) + "\n", "utf-8")
    model = fasttext.train_supervised(str(data), thread=1, verbose=0, dim=4, bucket=500, minn=2, maxn=3, epoch=3)
    model.save_model(str(folder / "quality.bin"))
    return folder / "quality.bin"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("asked")
    model = _model(folder)
    sample_build(folder / "out", f"quality.model={model}")
    return folder / "out", model


def _signals(out: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(place) for place in sorted((out / "index" / "signals").glob("*.parquet"))])


def test_quality_is_a_column_and_nothing_is_removed_for_it_unless_told(built: tuple[Path, Path]) -> None:
    quality = _signals(built[0])["signal.quality"]
    assert quality.type == pa.float32()
    assert quality.null_count == 0
    assert 0 <= pc.min(quality).as_py() < pc.max(quality).as_py() <= 1
    assert "low_quality" not in rules(built[0])


def test_the_best_share_of_each_label_stays_and_only_verdicts_are_made_anew(built: tuple[Path, Path]) -> None:
    out, model = built
    before = rows(out, "data").num_rows
    # documents in doubt are not counted, and verdicts do not tell which of the removed these are: here none is
    asked = (f"quality.model={model}", "filters.min_language_score=false")
    report = sample_build(out, *asked, "quality.keep_share=0.5")
    assert {"weigh", "judge", "emit"} <= report.ran.keys()
    assert not {"text", "count", "notes", "spread"} & report.ran.keys()
    told = json.loads((out / "manifest.json").read_text())["asked"]
    assert told["quality"]["label"] == "positive"
    assert told["keep_share"] == 0.5
    removed = rows(out, "removed").filter(pc.field("rule") == "low_quality")
    assert 0 < removed.num_rows < before
    assert set(removed["limit"].to_pylist()) <= set(told["min_quality"].values())
    assert all(
        value < limit for value, limit in zip(*removed.select(["value", "limit"]).to_pydict().values(), strict=True)
    )
    assert verify.run(out)[1] == []
    held = {one.rule: one for one in explain.run(out, removed["id"][0].as_py()).rules}["low_quality"]
    assert (held.outcome, held.limit) == ("removed", removed["limit"][0].as_py())

    quality: dict[str, list[bool]] = defaultdict(list)
    verdicts = pa.concat_tables(
        [pq.read_table(place) for place in sorted((out / "index" / "verdicts").glob("*.parquet"))]
    ).to_pylist()
    for one in verdicts:
        if one["rule"] in {"kept", "exact_duplicate", "near_duplicate", "low_quality"}:
            quality[one["label"]].append(one["rule"] != "low_quality")
    assert all(sum(kept) >= math.ceil(len(kept) / 2) for kept in quality.values())

    assert "weigh" not in sample_build(out, *asked, "quality.keep_share=0.25").ran
    assert rows(out, "data").num_rows < before - removed.num_rows
    sample_build(out, f"quality.model={model}")
    assert rows(out, "data").num_rows == before
    assert not (out / "index" / "quality.json").exists()


def test_the_share_is_the_same_however_the_work_is_cut(built: tuple[Path, Path], tmp_path: Path) -> None:
    asked = (f"quality.model={built[1]}", "quality.keep_share=0.5")
    sample_build(built[0], *asked)
    sample_build(tmp_path / "cut", *asked, f"plan.unit_bytes={64 << 10}")
    assert digests(tmp_path / "cut") == digests(built[0])


def test_banned_words_remove_by_language_and_leave_no_text(tmp_path: Path) -> None:
    source = next(path for path in shipped.paths() if "jsonl" in path)
    sample_build(tmp_path / "out", sources=[source])
    kept = rows(tmp_path / "out", "data")
    label = max(sorted(set(kept["raw_label"].to_pylist())), key=kept["raw_label"].to_pylist().count)
    text = kept.filter(pc.field("raw_label") == label)["text"][0].as_py()
    word = max(text.split(), key=len).strip(".,;:!?")
    (tmp_path / "words.txt").write_text(f"{word.upper()}\n\n", "utf-8")
    sample_build(tmp_path / "out", f"banned.files.{label}={tmp_path / 'words.txt'}", sources=[source])
    removed = rows(tmp_path / "out", "removed").filter(pc.field("rule") == "banned_words")
    assert removed.num_rows
    assert removed["text"].null_count == removed.num_rows
    measured = _signals(tmp_path / "out")
    others = measured.filter(pc.field("raw_label") != label)["signal.banned"]
    assert set(others.to_pylist()) == {-1}


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("quality.model=nowhere.bin", "No quality model at nowhere.bin"),
        ("quality.keep_share=0.1", "asks for a model"),
        ("filters.min_quality=0.5", "asks for a model"),
        ("banned.files.swh=nowhere.txt", "nowhere.txt cannot be read"),
        ("urls.lists=nowhere", "No list of sites at nowhere"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_read(tmp_path: Path, assignment: str, said: str) -> None:
    with pytest.raises(Stop, match=said):
        sample_build(tmp_path / "out", assignment)
    assert not (tmp_path / "out" / "work" / "text").exists()
