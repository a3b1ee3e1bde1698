"""What --set pii= does to published text, to the ledger, and to the manifest."""

import json
from pathlib import Path
from typing import Any

import pytest
from built import rows, sample_build

from pipeline.release import verify

TEXTS = Path(__file__).resolve().parents[2] / "pipeline" / "sample" / "texts"
PLANTED = "Đây là अमृता: anna@mail.example, 91.99.84.202, tel. 020 7946 0018, (202) 555-0138."
MASKED = "Đây là अमृता: <email>, <ip>, tel. <phone>, <phone>."
SPANS = ["anna@mail.example", "91.99.84.202", "020 7946 0018", "(202) 555-0138"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document twice, so that one of them goes to the ledger."""
    path = tmp_path_factory.mktemp("source") / "pages.jsonl"
    text = f"{(TEXTS / 'eng_Latn.txt').read_text(encoding='utf-8')}\n{PLANTED}"
    path.write_text((json.dumps({"text": text}) + "\n") * 2, encoding="utf-8")
    return path


def built(source: Path, out: Path, pii: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    report = sample_build(out, "rules=none", f"pii={pii}", sources=[str(source)])
    assert verify.run(out)[1] == []
    kept, removed = (rows(out, folder).to_pylist() for folder in ("data", "removed"))
    assert (len(kept), len(removed)) == (1, 1)
    return kept, removed, report.manifest


def test_marks_stand_for_personal_data(source: Path, tmp_path: Path) -> None:
    kept, removed, manifest = built(source, tmp_path / "out", "mask")
    assert all(MASKED in row["text"] for row in [*kept, *removed])
    assert {row["pii"] for row in kept} == {None}
    assert manifest["personal_data"] == {"pages.jsonl": {"email": 2, "ip": 2, "phone": 4}}


def test_places_are_told_in_a_column_instead_and_the_ledger_stays_masked(source: Path, tmp_path: Path) -> None:
    kept, removed, manifest = built(source, tmp_path / "out", "annotate")
    for row in kept:
        assert PLANTED in row["text"]
        assert [row["text"][span["start"] : span["end"]] for span in row["pii"]] == SPANS
        assert [span["kind"] for span in row["pii"]] == ["email", "ip", "phone", "phone"]
    assert all(MASKED in row["text"] for row in removed)
    assert manifest["personal_data"] == {"pages.jsonl": {"email": 2, "ip": 2, "phone": 4}}


def test_all_is_kept_where_asked(source: Path, tmp_path: Path) -> None:
    kept, removed, _ = built(source, tmp_path / "out", "keep")
    assert all(PLANTED in row["text"] for row in [*kept, *removed])
    assert {row["pii"] for row in kept} == {None}


def test_another_answer_writes_anew_and_reads_nothing_again(source: Path, tmp_path: Path) -> None:
    built(source, tmp_path / "out", "mask")
    report = sample_build(tmp_path / "out", "rules=none", "pii=annotate", sources=[str(source)])
    assert not {"text", "notes"} & {step for step, count in report.ran.items() if count}
    assert all(PLANTED in row["text"] for row in rows(tmp_path / "out", "data").to_pylist())
