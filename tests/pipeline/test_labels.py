"""The final label is a decision: answers are mapped and merged from columns alone, and the answer stays beside it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from built import digests, rules, sample_build

from manifests.errors import Stop
from manifests.harmonise import load
from pipeline.release import explain, verify

DECIDING = {"judge", "stand", "elect", "settle", "crossings", "emit"}


def published(out: Path) -> dict[str, set[str]]:
    """Folder of data/, or of data/unverified/ -> what the model had answered."""
    return {
        path.name: {answer for file in path.iterdir() for answer in pq.read_table(file)["raw_label"].to_pylist()}
        for folder in (out / "data", out / "data/unverified")
        for path in folder.glob("*_*")
    }


def mapped(tmp_path: Path, text: str) -> str:
    place = tmp_path / "map.tsv"
    place.write_text(text, encoding="utf-8")
    return f'harmonise="{place}"'


def test_languages_can_be_published_under_their_macro_language(mine: Path) -> None:
    before = published(mine)
    report = sample_build(mine, "merge_macro=true")
    after = published(mine)
    assert set(report.ran) <= DECIDING
    harmony = load(merge_macro=True)
    assert {name: {harmony.of(answer) for answer in answers} for name, answers in after.items()} == {
        name: {name} for name in after
    }
    assert set.union(*after.values()) == set.union(*before.values())
    assert {"ara_Arab": {"arb_Arab"}, "zho_Hani": {"cmn_Hani"}}.items() <= after.items()
    assert "arb_Arab" not in after
    (file,) = (mine / "data" / "ara_Arab").iterdir()
    table = pq.read_table(file)
    assert set(table["language"].to_pylist()) == {"ara"}
    assert set(table["language_script"].to_pylist()) == {"Arab"}
    (file,) = (mine / "data" / "zho_Hani").iterdir()
    assert set(pq.read_table(file)["han_variant"].to_pylist()) == {"Hans"}
    told = explain.run(mine, table["id"][0].as_py())
    assert (told.label, told.identity["raw_label"], told.verdict) == ("ara_Arab", "arb_Arab", "kept")
    assert verify.run(mine)[1] == []


def test_answers_that_lie_apart_flow_into_one_label_whatever_the_units(mine: Path, tmp_path: Path) -> None:
    ours = mapped(tmp_path, "afr_Latn\tnld_Latn\tclose enough\nswe_Latn\tnld_Latn\tso are they\n")
    plain = digests(mine)
    report = sample_build(mine, ours)
    assert set(report.ran) <= DECIDING
    (file,) = (mine / "data" / "nld_Latn").iterdir()
    table = pq.read_table(file)
    assert set(table["raw_label"].to_pylist()) == {"afr_Latn", "nld_Latn", "swe_Latn"}
    assert table["id"].to_pylist() == sorted(table["id"].to_pylist())
    assert set(table["language"].to_pylist()) == {"nld"}
    assert not (mine / "data" / "swe_Latn").exists()
    assert verify.run(mine)[1] == []
    after = digests(mine)
    changed = {name.split("/")[1] for name in {*plain, *after} if plain.get(name) != after.get(name)}
    assert changed <= {"afr_Latn", "nld_Latn", "swe_Latn"}
    sample_build(tmp_path / "fresh", ours, "plan.unit_bytes=65536")
    assert digests(tmp_path / "fresh") == after
    sample_build(mine)
    assert digests(mine) == plain


def test_a_language_is_asked_for_by_what_is_answered_or_published(mine: Path) -> None:
    sample_build(mine, "merge_macro=true", langs=("arb_Arab", "macro:zho_Hani"))
    assert published(mine) == {"ara_Arab": {"arb_Arab"}, "zho_Hani": {"cmn_Hani"}}


def test_limits_are_those_of_the_final_label(mine: Path) -> None:
    sample_build(mine, "merge_macro=true", "filters.ara_Arab.min_words=100000")
    assert "ara_Arab" not in published(mine)
    (file,) = (mine / "removed" / "ara_Arab").iterdir()
    assert "few_words" in pq.read_table(file)["rule"].to_pylist()


def test_a_label_mapped_to_no_language_is_not_published(mine: Path, tmp_path: Path) -> None:
    before = rules(mine)["undetermined_language"]
    sample_build(mine, mapped(tmp_path, "swe_Latn\tund_Latn\twe do not trust it\n"))
    assert "swe_Latn" not in published(mine)
    assert rules(mine)["undetermined_language"] > before


def test_a_map_that_cannot_be_read_stops_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="does not name two labels"):
        sample_build(tmp_path / "out", mapped(tmp_path, "Swedish\tDutch\n"))
    assert not (tmp_path / "out").exists()
