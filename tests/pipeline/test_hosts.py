"""What the other documents of a host say of one: columns for rules, the same however work is cut, without text."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from archives import jsonl
from built import rows, sample_build

from pipeline.release import explain, verify
from pipeline.steps import attest
from pipeline.store import Store

TEXTS = Path(__file__).resolve().parents[2] / "pipeline" / "sample" / "texts"


def told(*documents: tuple[int, str, int, float]) -> dict[str, list[float]]:
    """Of documents told as key of the host, answer, bytes and score: what the others say of each."""
    key, label, size, score = zip(*documents, strict=True)
    table = pa.table(
        {
            "key": pa.array(key, pa.uint64()),
            "row": pa.array(range(len(key)), pa.uint32()),
            "raw_label": pa.array(label).dictionary_encode(),
            "language_score": pa.array(score, pa.float32()),
            "text_bytes": pa.array(size, pa.uint32()),
        }
    )
    return attest._told(table).to_pydict()


def test_a_document_is_held_against_the_text_of_the_others() -> None:
    of_host = [(7, "swh_Latn", 100, 1.0)] * 6
    found = told(*of_host, (7, "eng_Latn", 400, 0.25), (9, "yor_Latn", 50, 0.5))
    assert found["host_documents"] == [7] * 7 + [1]
    assert found["host_agreement"] == pytest.approx([500 / 900] * 6 + [0.0, -1])
    assert found["host_score"] == pytest.approx([5.25 / 6] * 6 + [1.0, -1], abs=1e-4)


def test_few_documents_and_those_in_no_language_bear_no_witness() -> None:
    assert told(*[(7, "swh_Latn", 100, 1.0)] * 5)["host_agreement"] == [-1] * 5
    found = told(*[(7, "swh_Latn", 100, 1.0)] * 6, *[(7, "zxx_Latn", 900, 0.1), (7, "und_Zzzz", 900, 0.1)])
    assert found["host_agreement"] == [1] * 6 + [-1] * 2
    assert found["host_documents"] == [8] * 8
    assert told(*[(7, "swh_Latn", 0, 1.0)] * 6)["host_agreement"] == [-1] * 6


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host of stories in English, one of them in Afrikaans; a host of one page; a text from nowhere."""
    lines = {name: (TEXTS / f"{name}_Latn.txt").read_text("utf-8").splitlines() for name in ("eng", "afr", "yor")}
    english = [" ".join(lines["eng"][start : start + 2]) for start in range(0, 12, 2)]
    documents = [{"text": text, "url": f"http://www.host.test/{number}"} for number, text in enumerate(english)]
    documents.append({"text": "\n".join(lines["afr"]), "url": "https://host.test/af"})
    documents.append({"text": "\n".join(lines["yor"]), "url": "https://one.test/"})
    documents.append({"text": "\n".join(lines["yor"][:2])})
    place = tmp_path_factory.mktemp("hosts") / "in.jsonl"
    place.write_bytes(jsonl(documents))
    return place


def by_place(out: Path) -> dict[str | None, explain.Explanation]:
    every = [
        row
        for folder in ("data", "removed")
        if any((out / folder).rglob("*.parquet"))
        for row in rows(out, folder).to_pylist()
    ]
    return {row["url"]: explain.run(out, row["id"]) for row in every}


def test_hosts_are_columns_for_rules_that_are_off_until_asked_for(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sample_build(out, "dedup.enabled=false", sources=[str(source)])
    found = by_place(out)
    strange, usual = found["https://host.test/af"], found["http://www.host.test/0"]
    assert strange.signals["host_documents"] == 7
    assert strange.signals["host_agreement"] == 0
    assert 0.5 < usual.signals["host_agreement"] < 1
    assert strange.signals["host_score"] > 0.5
    assert found["https://one.test/"].signals["host_agreement"] == -1
    assert found[None].signals["host_documents"] == 0
    assert {held.outcome for one in found.values() for held in one.rules if held.rule == "strange_to_host"} == {
        "abstained"
    }

    ran = sample_build(out, "dedup.enabled=false", "filters.min_host_agreement=0.1", sources=[str(source)]).ran
    assert not set(ran) & {"text", "count", "notes", "visit", "attest", "place"}
    assert verify.run(out)[1] == []
    held = {url: {one.rule: one.outcome for one in told.rules} for url, told in by_place(out).items()}
    assert held["https://host.test/af"]["strange_to_host"] == "set apart"
    assert held["http://www.host.test/0"]["strange_to_host"] == "kept"
    assert held["https://one.test/"]["strange_to_host"] == held[None]["strange_to_host"] == "abstained"


def test_earlier_snapshots_bear_witness_and_cuts_make_no_difference(source: Path, tmp_path: Path) -> None:
    records = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    (tmp_path / "a.jsonl").write_bytes(jsonl(records[:6]))
    (tmp_path / "b.jsonl").write_bytes(jsonl(records[6:]))
    sample_build(tmp_path / "out", sources=[str(tmp_path / "a.jsonl")])
    sample_build(tmp_path / "out", sources=[str(tmp_path / "b.jsonl")])
    late = by_place(tmp_path / "out")["https://host.test/af"].signals
    assert (late["host_documents"], late["host_agreement"]) == (7, 0)

    store = Store(tmp_path / "out")
    parts = sorted({Path(name).stem for name in store.files("work/hosts") if name.endswith(".parquet")})
    whole = _found(store, 1, parts)
    assert whole == _found(store, 7, parts)
    assert sum(rows for _, rows, _ in whole) == 8


def _found(store: Store, of: int, parts: list[str]) -> list[tuple[str, int, int]]:
    """What ranges say of parts, so many of them: by part, rows and what names them."""
    sums: dict[str, list[int]] = {part: [0, 0] for part in parts}
    for number in range(of):
        for part, (start, stop, total) in attest.run(None, store, (number, of, parts, parts)).items():  # type: ignore[arg-type]
            sums[part] = [sums[part][0] + stop - start, (sums[part][1] + total) % 2**64]
    return [(part, *told) for part, told in sums.items()]
