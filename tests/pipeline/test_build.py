"""The main job on the shipped sample: every kind of verdict, counts that add up, one result whatever runs it."""

import json
import shutil
from pathlib import Path
from typing import BinaryIO

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from built import digests, rows, rules, sample_build

from manifests import schema
from manifests.errors import Stop
from pipeline import plan
from pipeline.models import locate
from pipeline.plan import record_id
from pipeline.release import explain, verify
from pipeline.sample import shipped
from pipeline.settings import load
from pipeline.steps import notes


def test_forty_labels_are_published_with_every_column(built: Path) -> None:
    labels = sorted(path.name for path in (built / "data").glob("*_*"))
    assert len(labels) >= 40
    assert len({label.split("_")[1] for label in labels}) >= 20
    for path in (built / "data").rglob("*.parquet"):
        assert pq.read_schema(path).equals(schema.DATA)
    for path in (built / "removed").rglob("*.parquet"):
        assert pq.read_schema(path).equals(schema.REMOVED)


def test_a_newcomer_sees_every_kind_of_verdict(built: Path) -> None:
    found = rules(built)
    assert found["exact_duplicate"] >= 1
    assert found["near_duplicate"] >= 2
    assert len(found) >= 7, found


def test_the_build_is_as_its_manifest_says(built: Path) -> None:
    _, problems = verify.run(built)
    assert problems == []


def test_rows_lie_in_id_order_and_ids_are_unique(built: Path) -> None:
    ids = rows(built, "data")["id"].to_pylist() + rows(built, "removed")["id"].to_pylist()
    assert len(ids) == len(set(ids))
    for path in built.glob("data/*/*.parquet"):
        order = pq.read_table(path)["id"].to_pylist()
        assert order == sorted(order)


@pytest.mark.parametrize(
    ("how", "assignments"),
    [
        ({"engine": "local", "workers": 2}, ()),
        ({"engine": "inline"}, ("plan.unit_bytes=65536",)),
    ],
    ids=["two workers", "small units"],
)
def test_the_same_bytes_whatever_runs_it(
    built: Path, tmp_path: Path, how: dict[str, object], assignments: tuple[str, ...]
) -> None:
    sample_build(tmp_path / "other", *assignments, sources=shipped.paths()[::-1], **how)
    assert digests(tmp_path / "other") == digests(built)


def test_a_second_run_does_nothing(mine: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*.parquet") if path.parent.name != "units"}
    report = sample_build(mine)
    assert report.ran == {}
    assert before == {path: path.stat().st_mtime_ns for path in mine.rglob("*.parquet") if path.parent.name != "units"}


def test_a_changed_file_beside_the_model_identifies_anew(tmp_path: Path) -> None:
    shutil.copytree(locate("builtin").parent, tmp_path / "model")
    model = str(next((tmp_path / "model").glob("*.ftz")))
    out, sources = tmp_path / "out", shipped.paths()[:1]
    sample_build(out, sources=sources, lid=model)
    assert sample_build(out, sources=sources, lid=model).ran == {}
    place = tmp_path / "model" / "card.json"
    card = json.loads(place.read_text("utf-8"))
    place.write_text(json.dumps(card | {"temperature": card["temperature"] * 2}), "utf-8")
    report = sample_build(out, sources=sources, lid=model)
    assert "text" not in report.ran
    assert report.ran["notes"]
    sample_build(tmp_path / "fresh", sources=sources, lid=model)
    assert digests(tmp_path / "fresh") == digests(out)


def test_a_changed_limit_decides_anew_without_reading_text(mine: Path, tmp_path: Path) -> None:
    language = "swh_Latn"
    before = digests(mine)
    report = sample_build(mine, f"filters.{language}.min_words=100000")
    assert set(report.ran) <= {"judge", "stand", "elect", "settle", "crossings", "emit"}
    after = digests(mine)
    touched = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert touched
    assert {name.split("/")[1] for name in touched} == {language}
    sample_build(tmp_path / "fresh", f"filters.{language}.min_words=100000")
    assert digests(tmp_path / "fresh") == after
    assert verify.run(mine)[1] == []


def test_other_languages_are_left_out_and_counted(mine: Path) -> None:
    report = sample_build(mine, langs=("swh_Latn", "tha_Thai"))
    assert sorted(path.name for path in (mine / "data").iterdir()) == ["swh_Latn", "tha_Thai"]
    assert rules(mine)["not_in_langs"] > 40
    removed = rows(mine, "removed")
    texts = dict(zip(removed["rule"].to_pylist(), removed["text"].to_pylist(), strict=True))
    assert texts["not_in_langs"] is None
    assert set(report.ran) <= {"judge", "stand", "elect", "settle", "crossings", "emit"}
    assert verify.run(mine)[1] == []


def test_near_duplicates_can_be_kept(mine: Path) -> None:
    before = rules(mine)
    report = sample_build(mine, "dedup.enabled=false")
    assert set(report.ran) == {"elect", "settle", "crossings", "emit"}
    assert not {"exact_duplicate", "near_duplicate"} & set(rules(mine))
    kept = rows(mine, "data").filter(pc.field("minhash_cluster_size") > 1)
    assert kept.num_rows > before["exact_duplicate"] + before["near_duplicate"] > 0
    assert kept["cluster_id"].null_count == 0
    assert "near-duplicates are left in" in (mine / "README.md").read_text("utf-8")
    assert verify.run(mine)[1] == []


def test_personal_data_is_masked_in_data_and_ledger(built: Path) -> None:
    for folder in ("data", "removed"):
        texts = "\n".join(text for text in rows(built, folder)["text"].to_pylist() if text)
        assert "@" not in texts or not any("@" in word and "." in word.split("@")[1] for word in texts.split())


def test_every_document_can_be_explained_even_when_work_is_gone(mine: Path) -> None:
    shutil.rmtree(mine / "work")
    removed = rows(mine, "removed").to_pylist()
    for row in [removed[0], *(one for one in removed if one["rule"] == "near_duplicate")][:4]:
        found = explain.run(mine, row["id"])
        assert found.verdict == row["rule"]
        if row["canonical_id"]:
            assert found.canonical_id == row["canonical_id"]
            assert (row["canonical_id"], "kept") in found.members
        else:
            held = {one.rule: one for one in found.rules}
            assert held[row["rule"]].outcome == "removed"
    kept = explain.run(mine, rows(mine, "data")["id"][0].as_py())
    assert kept.verdict == "kept"
    assert not any(one.outcome == "removed" for one in kept.rules)


def test_verify_finds_what_was_tampered_with(mine: Path) -> None:
    shards = sorted((mine / "data").rglob("*.parquet"))
    data = bytearray(shards[0].read_bytes())
    data[len(data) // 2] ^= 1
    shards[0].write_bytes(data)
    shards[1].unlink()
    shutil.copy(shards[2], shards[2].with_name("S000-00009.parquet"))
    problems = "\n".join(verify.run(mine)[1])
    assert "sha256" in problems
    assert "is missing" in problems
    assert "is not in the manifest" in problems


def test_verify_finds_counts_that_do_not_add_up(mine: Path) -> None:
    manifest = json.loads((mine / "manifest.json").read_text())
    source = next(iter(manifest["counts"]))
    label = next(iter(manifest["counts"][source]))
    manifest["counts"][source][label]["kept"] = manifest["counts"][source][label].get("kept", 0) + 1
    (mine / "manifest.json").write_text(json.dumps(manifest))
    problems = verify.run(mine)[1]
    assert any("in the manifest" in problem for problem in problems)
    assert any("kept or removed" in problem for problem in problems)


def test_text_parts_may_be_dropped_once_noted(tmp_path: Path, built: Path) -> None:
    out = tmp_path / "out"
    sample_build(out, "work.keep=notes")
    assert not list((out / "work" / "text").glob("*.parquet"))
    assert digests(out) == digests(built)
    report = sample_build(out, "work.keep=notes", "filters.min_words=60")
    assert "text" not in report.ran
    with pytest.raises(Stop, match="are gone"):
        sample_build(out, "work.keep=notes", "dedup.shingle=3")


def test_a_source_without_usable_records_names_the_fields_it_has(tmp_path: Path) -> None:
    source = tmp_path / "docs.jsonl"
    source.write_text('{"body": "some text", "key": 1}\n' * 3)
    report = sample_build(tmp_path / "out", sources=[str(source)])
    assert any("body" in warning and "read.fields.text" in warning for warning in report.manifest["warnings"])
    assert report.manifest["reading"]["docs.jsonl"]["documents"] == 0
    assert verify.run(tmp_path / "out")[1] == []
    again = sample_build(tmp_path / "out", "read.fields.text=body", sources=[str(source)])
    assert again.manifest["reading"]["docs.jsonl"]["documents"] == 3


def test_a_corpus_s_own_labels_are_held_against_what_is_found(tmp_path: Path) -> None:
    source = tmp_path / "docs.jsonl"
    told = {
        "iw": "ሁሉም ሰዎች ነጻና እኩል ሆነው ይወለዳሉ፤ መብትና ክብርም አላቸው።",
        "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι.",
    }
    lines = [{"content": text, "metadata": {"identification": {"label": label}}} for label, text in told.items()]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    blind = sample_build(tmp_path / "out", sources=[str(source)])
    assert any("set layout to oscar" in warning for warning in blind.manifest["warnings"])
    seen = sample_build(tmp_path / "out", "read.layout=oscar", sources=[str(source)]).manifest["declared"]["docs.jsonl"]
    assert seen == {
        "oscar:el": {"documents": 1, "agreed": 1, "found": {"ell_Grek": 1}},
        "oscar:iw": {"documents": 1, "agreed": 0, "found": {"amh_Ethi": 1}},
    }


def test_a_file_in_two_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jsonl").write_text('{"text": "x"}\n')
    with pytest.raises(Stop, match="belongs to two sources"):
        sample_build(tmp_path / "out", sources=[str(tmp_path / "a"), str(tmp_path / "a" / "x.jsonl")])


def test_moving_a_source_keeps_its_ids(tmp_path: Path) -> None:
    places = [tmp_path / "here" / "src", tmp_path / "there" / "deep" / "src"]
    found = []
    for place in places:
        place.mkdir(parents=True)
        for path in shipped.paths():
            shutil.copy(path, place)
        sample_build(place.parent / "out", sources=[str(place)])
        found.append(digests(place.parent / "out"))
    assert found[0] == found[1]


def test_files_that_no_build_wrote_are_never_swept(tmp_path: Path) -> None:
    source = tmp_path / "docs.jsonl"
    source.write_text('{"text": "x"}\n')
    own = tmp_path / "out" / "data" / "notes.txt"
    own.parent.mkdir(parents=True)
    own.write_text("a user's own file")
    with pytest.raises(Stop, match="no build wrote"):
        sample_build(tmp_path / "out", sources=[str(source)])
    assert own.exists()


def test_the_result_and_the_sources_do_not_lie_in_each_other(tmp_path: Path) -> None:
    source = tmp_path / "out" / "data" / "docs.jsonl"
    source.parent.mkdir(parents=True)
    source.write_text('{"text": "x"}\n')
    with pytest.raises(Stop, match="lies in"):
        sample_build(tmp_path / "out", sources=[str(source)])
    with pytest.raises(Stop, match="lies in"):
        sample_build(tmp_path / "out" / "data" / "built", sources=[str(source.parent)])
    assert source.exists()


def test_a_shard_that_no_id_falls_into_any_more_is_gone(tmp_path: Path) -> None:
    texts = [" ".join(f"word{one}x{number} and then" for number in range(3000)) for one in range(2)]
    lines = [json.dumps({"text": text}) + "\n" for text in texts]
    names = (f"docs{number}.jsonl" for number in range(1000))
    places = (0, len(lines[0]))
    name = next(name for name in names if all(record_id(name, name, place, 0)[0] >= 128 for place in places))
    source = tmp_path / name
    source.write_text("".join(lines))
    sample_build(tmp_path / "out", sources=[str(source)])
    sample_build(tmp_path / "out", "output.shard_bytes=65536", sources=[str(source)])
    assert verify.run(tmp_path / "out")[1] == []
    sample_build(tmp_path / "fresh", "output.shard_bytes=65536", sources=[str(source)])
    assert digests(tmp_path / "out") == digests(tmp_path / "fresh")
    assert not list((tmp_path / "out").rglob("S000-00000.parquet"))


def test_a_text_part_that_is_gone_is_read_again(mine: Path, built: Path) -> None:
    part = sorted((mine / "work" / "text").glob("*.parquet"))[0]
    part.unlink()
    (mine / "work" / "notes" / f"{part.stem}.json").unlink()
    assert sample_build(mine).ran["text"] == 1
    assert digests(mine) == digests(built)


def test_counts_add_up_when_a_notes_part_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("no luck at https://user:key@host.example/file?sig=key")

    source = tmp_path / "docs.jsonl"
    source.write_text('{"text": "x"}\n' * 3)
    monkeypatch.setattr(notes, "_write_notes", fall)
    report = sample_build(tmp_path / "out", sources=[*shipped.paths()[:1], str(source)])
    assert {aside.step for aside in report.aside} == {"notes"}
    assert {aside.source for aside in report.aside} == set(report.manifest["reading"])
    assert verify.run(tmp_path / "out")[1] == []
    assert "key@" not in (tmp_path / "out" / "manifest.json").read_text()
    assert "sig=" not in (tmp_path / "out" / "manifest.json").read_text()
    monkeypatch.undo()
    again = sample_build(tmp_path / "out", sources=[*shipped.paths()[:1], str(source)])
    assert again.aside == []
    assert "text" not in again.ran


def test_what_a_user_gets_wrong_is_told_and_no_traceback(tmp_path: Path) -> None:
    source = tmp_path / "docs.jsonl"
    source.write_text('{"text": "x"}\n')
    with pytest.raises(Stop, match="Nothing can be written"):
        sample_build(source)
    with pytest.raises(Stop, match="no manifest"):
        verify.run(source)
    with pytest.raises(Stop, match="too few"):
        sample_build(tmp_path / "out", sources=[str(source)], memory=1)
    settings = load([str(source)])

    def closed(path: str) -> BinaryIO:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(Stop, match="cannot be opened"):
        plan.make(settings, closed)


def test_a_file_reached_by_two_ways_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jsonl").write_text('{"text": "x"}\n')
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(Stop, match="belongs to two sources"):
        sample_build(tmp_path / "out", sources=[str(tmp_path / "a"), str(tmp_path / "b")])
