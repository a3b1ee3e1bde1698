"""Duplicates of known kinds in five thousand real documents, in 457 labels: found, and nobody else removed."""

import functools
import io
import json
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from jaccard import Shingles, jaccard, shingles
from shared import SHARED, needs_shared

from dedup.canonical import Choice, choose
from dedup.cluster import components, links
from dedup.minhash import sign
from dedup.recipe import Recipe

pytestmark = needs_shared


class Noisy:
    """The documents in id order, their clusters, and the choice among them, all in one group."""

    def __init__(self) -> None:
        assert SHARED is not None
        with (SHARED / "docs" / "noisy.jsonl.zst").open("rb") as raw:
            stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
            self.rows: list[dict[str, Any]] = sorted(map(json.loads, stream), key=lambda row: str(row["id"]))
        self.texts = [unicodedata.normalize("NFC", row["text"]) for row in self.rows]
        recipe = Recipe()
        n = len(self.rows)
        signed = sign(pa.array(self.texts, pa.string()), recipe)
        pairs = links(signed.exact, signed.values, np.zeros(n, np.uint64), recipe)
        self.clusters = components(pairs, n)
        everyone, alike = np.ones(n, np.bool_), np.zeros((n, 1))
        self.choice: Choice = choose(self.clusters, everyone, alike, signed.values, recipe.threshold)
        self.originals = {row["cluster"]: i for i, row in enumerate(self.rows) if row["noise"] == "clean"}
        self.shingles = functools.cache(lambda i: shingles(self.texts[i]))

    def found(self, noise: str) -> float:
        """Share of the documents of a noise that are in one cluster with their original."""
        pairs = [(i, self.originals[row["cluster"]]) for i, row in enumerate(self.rows) if row["noise"] == noise]
        assert len(pairs) >= 60
        return float(np.mean([self.clusters[i] == self.clusters[original] for i, original in pairs]))

    def jaccard(self, i: int, j: int) -> float:
        left: Shingles = self.shingles(i)
        return jaccard(left, self.shingles(j))


@pytest.fixture(scope="module")
def noisy() -> Noisy:
    return Noisy()


@pytest.mark.parametrize(("noise", "share"), [("exact_dup", 1.0), ("format_variant", 0.95), ("near_dup_01", 0.97)])
def test_copies_are_found(noisy: Noisy, noise: str, share: float) -> None:
    assert noisy.found(noise) >= share


@pytest.mark.parametrize("noise", ["near_dup_10", "near_dup_20", "near_dup_30"])
def test_what_is_mostly_another_text_is_no_duplicate(noisy: Noisy, noise: str) -> None:
    assert noisy.found(noise) == 0.0


def test_nobody_is_removed_for_a_text_he_is_not_like(noisy: Noisy) -> None:
    removed = np.flatnonzero(noisy.choice.canonical >= 0)
    assert len(removed) > 500
    errors = []
    for i in removed.tolist():
        canonical = int(noisy.choice.canonical[i])
        if "mixed_language" in (noisy.rows[i]["noise"], noisy.rows[canonical]["noise"]):
            continue
        true = noisy.jaccard(i, canonical)
        assert true >= 0.6, (noisy.rows[i]["id"], noisy.rows[canonical]["id"], true)
        errors.append(abs(true - float(noisy.choice.estimate[i])))
    assert np.mean(errors) < 0.04


def test_every_removed_one_has_a_canonical_of_its_cluster_that_stays(noisy: Noisy) -> None:
    removed = np.flatnonzero(noisy.choice.canonical >= 0)
    canonical = noisy.choice.canonical[removed]
    assert np.all(noisy.choice.canonical[canonical] == -1)
    assert np.array_equal(noisy.clusters[canonical], noisy.clusters[removed])
    assert np.all(noisy.choice.estimate[removed] >= Recipe().threshold)
