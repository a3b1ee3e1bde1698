"""Evaluation sets in a build: what holds some of their text goes, or is named; another set asks again and no more."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from built import digests, rows, rules, sample_build

from manifests.errors import Stop
from pipeline.release import explain, verify
from pipeline.settings import load

LABELS = ("vie_Latn", "yor_Latn", "arb_Arab", "hin_Deva", "tam_Taml", "tha_Thai", "khm_Khmr", "mya_Mymr", "bod_Tibt")
LABELS += ("amh_Ethi", "cmn_Hani", "jpn_Jpan", "kor_Hang", "eng_Latn")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plain") / "out"
    sample_build(out)
    return out


def _write(path: Path, texts: list[str], field: str = "text") -> Path:
    path.write_text("".join(json.dumps({field: text}) + "\n" for text in texts), encoding="utf-8")
    return path


def _of(out: Path, label: str) -> dict[str, Any]:
    """A published document of a label."""
    return dict(pq.read_table(out / "data" / label).sort_by("id").slice(0, 1).to_pylist()[0])


def _piece(text: str) -> str:
    """A line or so from within a text, in other case and spacing."""
    return text[len(text) // 3 : len(text) // 3 + 160].upper().replace(" ", "  ")


def test_pieces_of_published_documents_are_found_in_every_script(plain: Path, tmp_path: Path) -> None:
    before = digests(plain)
    there = [label for label in LABELS if (plain / "data" / label).is_dir()]
    assert len(there) >= 12
    chosen = {label: _of(plain, label) for label in there}
    path = _write(tmp_path / "exam.jsonl", [_piece(one["text"]) for one in chosen.values()])
    report = sample_build(plain, f"decontaminate={path}")
    assert {"overlap", "judge", "settle", "emit"} <= report.ran.keys()
    assert not {"text", "count", "notes", "cluster"} & report.ran.keys()
    removed = rows(plain, "removed").filter(pc.field("rule") == "evaluation_set")
    told = {one["id"]: one for one in removed.to_pylist()}
    assert {one["id"] for one in chosen.values()} <= told.keys()
    for one in chosen.values():
        mine = told[one["id"]]
        assert mine["evaluation_set"] == "exam.jsonl"
        assert mine["evaluation_match"] in mine["text"] == one["text"]
        assert mine["value"] > mine["limit"] == 0
    (exam,) = json.loads((plain / "manifest.json").read_text())["evaluations"]["sets"]
    assert (exam["name"], exam["texts"], exam["found"]) == ("exam.jsonl", len(there), len(there))
    assert set(there) <= exam["labels"].keys()
    assert all(one["documents"] == one["removed"] >= 1 for one in exam["labels"].values())
    assert verify.run(plain)[1] == []
    explained = explain.run(plain, chosen[there[0]]["id"])
    held = {one.rule: one for one in explained.rules}["evaluation_set"]
    assert (held.outcome, held.limit) == ("removed", 0)
    assert held.value == told[chosen[there[0]]["id"]]["value"]

    report = sample_build(plain, f"decontaminate.sources={path}", "decontaminate.action=flag")
    assert "overlap" not in report.ran
    data = rows(plain, "data")
    flagged = data.filter(pc.is_valid(data["evaluation_set"]))
    assert {one["id"] for one in chosen.values()} <= set(flagged["id"].to_pylist())
    assert all(one["evaluation_match"] in one["text"] for one in flagged.to_pylist())
    assert "evaluation_set" not in rules(plain)
    assert verify.run(plain)[1] == []

    other = tmp_path / "other"
    other.mkdir()
    _write(other / "exam.jsonl", ["Nobody in the sample says this, and it is long enough to be sought in texts."])
    report = sample_build(plain, f"decontaminate={other / 'exam.jsonl'}")
    assert "overlap" in report.ran
    assert not {"text", "count", "notes", "cluster", "forest"} & report.ran.keys()
    assert digests(plain) == before
    assert not sample_build(plain, f"decontaminate={other / 'exam.jsonl'}").ran
    sample_build(plain)
    assert digests(plain) == before
    assert not (plain / "index" / "evaluations").exists()
    assert list((plain / "index" / "overlap").glob("*")) == []


def test_sets_of_any_kind_that_a_build_reads_told_apart_by_name(plain: Path, tmp_path: Path) -> None:
    english, swahili = _of(plain, "eng_Latn"), _of(plain, "swh_Latn")
    pq.write_table(pa.table({"question": [_piece(english["text"])]}), tmp_path / "a.parquet")
    (tmp_path / "b.txt").write_text(_piece(swahili["text"]), encoding="utf-8")
    config = tmp_path / "corpus.toml"
    config.write_text(
        f'[[decontaminate.sources]]\npath = "{tmp_path}/a.parquet"\nname = "reading"\n'
        'fields = { text = "question" }\n'
        f'[[decontaminate.sources]]\npath = "{tmp_path}/b.txt"\n'
    )
    from pipeline import build
    from pipeline.sample import shipped

    out = tmp_path / "out"
    build.run(load(shipped.paths(), config, langs=["eng", "swh"]), out, engine="inline")
    found = {one["id"]: one["evaluation_set"] for one in rows(out, "removed").to_pylist() if one["evaluation_set"]}
    assert found[english["id"]] == "reading"
    assert found[swahili["id"]] == "b.txt"
    sets = json.loads((out / "manifest.json").read_text())["evaluations"]["sets"]
    assert [(one["name"], one["texts"], one["found"]) for one in sets] == [("reading", 1, 1), ("b.txt", 1, 1)]
    assert verify.run(out)[1] == []


def test_personal_data_in_what_is_found_is_masked(tmp_path: Path) -> None:
    from pipeline.sample import shipped  # for its prose alone

    said = "Whoever wants to know more may write to asha@mlima.example before the end of the month and ask for her"
    place = sorted((Path(shipped.__file__).parent / "texts").glob("eng_Latn*"))[0]
    prose = place.read_text(encoding="utf-8")[:1500]
    source = _write(tmp_path / "in.jsonl", [f"{prose}\n\n{said}."])
    exam = _write(tmp_path / "exam.jsonl", [said])
    for action, folder in (("remove", "removed"), ("flag", "data")):
        out = tmp_path / action
        sample_build(out, f"decontaminate.sources={exam}", f"decontaminate.action={action}", sources=[str(source)])
        (one,) = rows(out, folder).to_pylist()
        assert one["evaluation_match"] in one["text"]
        assert "<email>" in one["evaluation_match"]
        assert "asha" not in json.dumps(one)


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (["decontaminate=/nowhere/exam.jsonl"], "/nowhere/exam.jsonl"),
        (["decontaminate.sources=a/x.jsonl,b/x.jsonl"], "Two evaluation sets are named 'x.jsonl'"),
        (["decontaminate.words=1"], "greater than or equal to 2"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, assignments: list[str], said: str) -> None:
    with pytest.raises(Stop, match=said):
        sample_build(tmp_path / "out", *assignments, langs=["swh"])


def test_a_set_without_the_field_is_told(tmp_path: Path) -> None:
    exam = _write(tmp_path / "exam.jsonl", ["a b c"], field="question")
    with pytest.raises(Stop, match=r"The evaluation set exam.jsonl has no text"):
        sample_build(tmp_path / "out", f"decontaminate={exam}", langs=["swh"])
