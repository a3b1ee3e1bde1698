"""The whole job on five thousand documents of known noise: duplicates, mojibake, personal data, against the truth."""

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from built import rows, sample_build
from shared import SHARED, needs_shared
from splits import across

from dedup.normal import normal
from filters import privacy, repair
from langid.segment import words
from pipeline.release import verify

pytestmark = needs_shared
Row = dict[str, Any]


def documents(name: str) -> list[Row]:
    assert SHARED is not None
    with (SHARED / "docs" / name).open("rb") as raw:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        return [msgspec.json.decode(line) for line in stream]


def clean(text: str) -> str:
    """The text as the build should have it: repaired, and masked like what is written."""
    texts = repair.repair([text]).texts
    return str(privacy.mask(texts, privacy.find(texts))[0].as_py())


@pytest.fixture(scope="module")
def noisy() -> list[Row]:
    return documents("noisy.jsonl.zst")


def sources() -> list[str]:
    assert SHARED is not None
    return [str(SHARED / "docs" / "noisy.jsonl.zst")]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("noisy") / "out"
    sample_build(out, sources=sources(), engine="local", workers=2)
    assert verify.run(out)[1] == []
    return out


@pytest.fixture(scope="module")
def result(out: Path) -> dict[str, Row]:
    """What became of each document, by its own id."""
    found = [{**row, "rule": "kept", "canonical_id": None} for row in rows(out, "data").to_pylist()]
    found += rows(out, "removed").to_pylist()
    return {row["source_id"]: row for row in found}


def share_with_original(noisy: list[Row], result: dict[str, Row], noise: str) -> tuple[float, int]:
    """How many documents of this noise are in one cluster with their original, of how many."""
    original = {row["cluster"]: row["id"] for row in noisy if row["relation"] == "self" and row["noise"] == "clean"}
    asked = [row for row in noisy if row["noise"] == noise]
    met = [
        result[row["id"]]["cluster_id"] is not None
        and result[row["id"]]["cluster_id"] == result[original[row["cluster"]]]["cluster_id"]
        for row in asked
    ]
    return sum(met) / len(met), len(met)


@pytest.mark.parametrize(("noise", "least"), [("exact_dup", 1.0), ("format_variant", 0.95), ("near_dup_01", 0.97)])
def test_copies_are_in_one_cluster_with_their_original(
    noisy: list[Row], result: dict[str, Row], noise: str, least: float
) -> None:
    share, count = share_with_original(noisy, result, noise)
    print(f"{noise}: {share:.4f} of {count}")
    assert count > 50
    assert share >= least


def shingles(text: str) -> set[tuple[str, ...]]:
    found = words(normal(repair.repair([text]).texts[0].as_py()))
    return {tuple(found[start : start + 5]) for start in range(max(1, len(found) - 4))}


def test_nothing_is_removed_for_a_document_unlike_it(noisy: list[Row], result: dict[str, Row]) -> None:
    text = {row["id"]: row["text"] for row in noisy}
    noise = {row["id"]: row["noise"] for row in noisy}
    own = {row["id"]: name for name, row in result.items()}
    least, pairs = 1.0, 0
    for name, row in result.items():
        if row["canonical_id"] is None:
            continue
        other = own[row["canonical_id"]]
        if "mixed_language" in {noise[name], noise[other]}:
            continue
        one, two = shingles(text[name]), shingles(text[other])
        least = min(least, len(one & two) / len(one | two))
        pairs += 1
    print(f"least true Jaccard of {pairs} removed documents with their canonical: {least:.3f}")
    assert pairs > 500
    assert least >= 0.6


def test_mojibake_is_read_again(noisy: list[Row], result: dict[str, Row]) -> None:
    original = {row["id"]: row["text"] for row in documents("docs.jsonl.zst")}
    asked = [row for row in noisy if row["noise"] == "mojibake"]
    mended = [result[row["id"]]["text"] == clean(original[row["origin_id"]]) for row in asked]
    print(f"mojibake mended: {sum(mended) / len(mended):.4f} of {len(mended)}")
    assert sum(mended) / len(mended) >= 0.9


def test_personal_data_is_masked_and_addresses_of_nobody_are_not(noisy: list[Row], result: dict[str, Row]) -> None:
    masked: dict[str, list[bool]] = {}
    for row in noisy:
        for start, end, kind in row["params"].get("spans", ()) if row["noise"] == "pii" else ():
            text = result[row["id"]]["text"]
            masked.setdefault(kind, []).append(row["text"][start:end] not in text)
    shares = {kind: sum(told) / len(told) for kind, told in masked.items()}
    print({kind: f"{share:.4f} of {len(masked[kind])}" for kind, share in shares.items()})
    assert shares["email"] >= 0.98
    assert shares["ip"] >= 0.98
    assert shares["phone"] >= 0.98
    assert shares["ip_reserved"] == 0
    assert shares["ip_private"] == 0


def test_ids_are_those_of_the_records(noisy: list[Row], result: dict[str, Row]) -> None:
    assert set(result) == {row["id"] for row in noisy}
    assert len({row["id"] for row in result.values()}) == len(result)
    assert all(Path(row["file_path"]).name == "noisy.jsonl.zst" for row in result.values())


def test_no_near_duplicate_that_is_kept_crosses_a_split(result: dict[str, Row], out: Path) -> None:
    """Last of all, as it decides anew: ``result`` was read before."""
    ran = sample_build(out, "dedup.enabled=false", sources=sources()).ran
    assert set(ran) == {"elect", "settle", "crossings", "emit"}
    kept = rows(out, "data").select(["id", "text", "minhash_cluster_size"]).to_pylist()
    removed = sum(row["rule"] in {"exact_duplicate", "near_duplicate"} for row in result.values())
    assert len(kept) == sum(row["rule"] == "kept" for row in result.values()) + removed
    splits, alone = across(out, [row["text"] for row in kept], [row["id"] for row in kept])
    print(f"pairs across splits: {splits} of {sum(row['minhash_cluster_size'] > 1 for row in kept)} in clusters")
    print(f"by clusters alone: {alone}")
    assert splits == 0
    assert alone > 0, "clusters alone would do, and nothing is shown"
