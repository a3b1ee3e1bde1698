"""Paragraphs of earlier documents are cut in a build, however the work is cut; who does not ask for it gets none."""

import json
from pathlib import Path

import pyarrow as pa
from built import digests, rows, sample_build

from pipeline.release import verify
from pipeline.sample import shipped

TEXTS = Path(shipped.__file__).parent / "texts"


def _documents() -> tuple[list[dict[str, str]], str]:
    """Documents of our own prose, each with a paragraph of its own and most with one that all of them share."""
    lines = [line for line in (TEXTS / "eng_Latn.txt").read_text("utf-8").splitlines() if len(line.split()) > 12]
    prose = " ".join(lines).split()
    shared = " ".join(prose[:40])
    own = [" ".join(prose[40 + 25 * k : 40 + 25 * k + 120]) for k in range(12)]
    return [{"id": str(k), "text": f"{one}\n{shared}" if k % 4 else one} for k, one in enumerate(own)], shared


def _write(path: Path, documents: list[dict[str, str]]) -> str:
    path.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    return str(path)


def _folders(out: Path) -> list[str]:
    return [folder for folder in ("data", "removed") if list((out / folder).rglob("*.parquet"))]


def _all(out: Path) -> pa.Table:
    names = ["id", "source_id", "text"]
    return pa.concat_tables([rows(out, folder).select(names) for folder in _folders(out)]).sort_by("id")


def test_a_paragraph_stays_in_the_first_document_alone(tmp_path: Path) -> None:
    documents, shared = _documents()
    source = _write(tmp_path / "in.jsonl", documents)
    out = tmp_path / "out"
    sample_build(out, "dedup.threshold=0.9", sources=[source])
    plain = digests(out)
    before = _all(out).to_pylist()
    assert sum(shared in one["text"] for one in before) == 9
    report = sample_build(out, "dedup.threshold=0.9", "dedup.paragraphs=20", sources=[source])
    assert {"list", "repeat", "notes"} <= report.ran.keys()
    assert not {"text", "count"} & report.ran.keys()
    after = _all(out).to_pylist()
    holders = [one["id"] for one in before if shared in one["text"]]
    assert [one["id"] for one in after if shared in one["text"]] == holders[:1]
    for old, new in zip(before, after, strict=True):
        assert new["text"] == (old["text"] if old["id"] not in holders[1:] else old["text"].removesuffix(f"\n{shared}"))
    data = rows(out, "data")
    cut = dict(zip(data["id"].to_pylist(), data["paragraph_chars_cut"].to_pylist(), strict=True))
    assert {name for name, chars in cut.items() if chars} == {*cut} & {*holders[1:]} != set()
    assert {chars for chars in cut.values() if chars} == {len(shared)}
    told = json.loads((out / "manifest.json").read_text())["paragraphs"]
    assert told == {"in.jsonl": {"documents": 8, "paragraphs": 8, "chars": 8 * len(shared)}}
    assert verify.run(out)[1] == []
    assert not sample_build(out, "dedup.threshold=0.9", "dedup.paragraphs=20", sources=[source]).ran

    sample_build(out, "dedup.threshold=0.9", sources=[source])
    assert digests(out) == plain
    assert json.loads((out / "manifest.json").read_text())["paragraphs"] == {}
    assert not [*out.glob("work/repeats/*"), *out.glob("work/paragraphs/*")]


def test_how_the_work_is_cut_makes_no_difference(tmp_path: Path) -> None:
    documents, _ = _documents()
    source = _write(tmp_path / "in.jsonl", documents * 40)
    told = []
    for name, small in (("whole", []), ("apart", ["plan.unit_bytes=65536"])):
        out = tmp_path / name
        sample_build(out, "dedup.paragraphs=20", "dedup.enabled=false", *small, sources=[source])
        assert (len(list((out / "work" / "text").glob("*.parquet"))) > 1) == (name == "apart")
        told.append(digests(out))
    assert told[0] == told[1]
