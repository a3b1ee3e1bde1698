"""How many near-duplicates lie in two splits of a build, by the slow truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaccard import alike, shingles

from dedup.recipe import Recipe
from pipeline.progress import Silent
from pipeline.release import mixture
from pipeline.release.heldout import SPLITS, Asked
from pipeline.release.sample import draw
from pipeline.release.verify import manifest_of
from pipeline.store import Store


def across(out: Path, texts: list[str], ids: list[str]) -> tuple[int, int]:
    """Pairs of the documents that are near-duplicates and in two splits: of a mixture, and were it made by clusters
    alone.
    """
    store = Store(out)
    asked = mixture.Recipe(strategy="proportional", unverified=True, held_out=Asked(0.1))
    mixture.write(store, mixture.plan(store, manifest_of(out), asked, None, Silent()))
    found = mixture.read(store)
    pairs = list(alike([shingles(text) for text in texts], Recipe().threshold))
    counts = []
    for one in (found, replace(found, doubles=np.zeros(0, "S16"))):
        where = {document["id"]: split for split in SPLITS for document in draw(store, one, split, columns=["id"])}
        assert set(where) <= set(ids)
        assert set(where.values()) == set(SPLITS)
        placed = [(where.get(ids[left]), where.get(ids[right])) for left, right in pairs]
        counts.append(sum(left != right and left is not None and right is not None for left, right in placed))
    return counts[0], counts[1]
