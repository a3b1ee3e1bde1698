"""How often documents are worth repeating, by label and cluster size: counted by parts, then told for each label.

Markers of ``settle`` hold the counts; index/weights.json what they come to, which emission puts into the column
``upsampling_weight``. Only rules of quality count: what identity, lists or languages not asked for remove was never
in question, and copies are judged as if each had been the one that stays.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from dedup import rehydrate
from pipeline.settings import Settings
from pipeline.store import Store

VERSION = 1
TOLD = "index/weights.json"

Counts = dict[str, list[list[int]]]
"""By label, sizes of clusters in rising order: size, documents, and how many of them rules of quality remove."""


def counted(table: pa.Table, kinds: Mapping[str, str], passed: Iterable[str]) -> Counts:
    """Count the documents of some parts, given their verdicts, the kinds of rules, and verdicts that are no rule's."""
    rule, label = table["rule"].combine_chunks(), table["label"].combine_chunks()
    kept = set(passed)
    names = rule.dictionary.to_pylist()
    judged = np.array([name in kept or kinds.get(name) == "quality" for name in names], np.bool_)
    lost = np.array([name not in kept for name in names], np.bool_)
    rules = rule.indices.to_numpy(zero_copy_only=False)
    base = judged[rules]
    labels = label.indices.to_numpy(zero_copy_only=False)[base].astype(np.int64)
    sizes = table["cluster_size"].to_numpy()[base].astype(np.int64)
    pairs, place = np.unique(labels << 32 | sizes, return_inverse=True)
    documents = np.bincount(place, minlength=len(pairs))
    removed = np.bincount(place[lost[rules[base]]], minlength=len(pairs))
    told: Counts = {}
    known = label.dictionary.to_pylist()
    for pair, *numbers in zip(pairs.tolist(), documents.tolist(), removed.tolist(), strict=True):
        told.setdefault(known[pair >> 32], []).append([pair & 0xFFFFFFFF, *numbers])
    return told


def decide(store: Store, settings: Settings, counts: Counts) -> dict[str, dict[int, int]]:
    """The weights of each label by cluster size, told in OUT as well; none where duplicates stay in."""
    if not settings.dedup.enabled:
        store.remove(TOLD)
        return {}
    told: dict[str, dict[str, Any]] = {}
    weights = {}
    for label, rows in sorted(counts.items()):
        sizes, documents, removed = np.array(rows, np.int64).T
        curve = rehydrate.curve(sizes, documents, removed)
        weights[label] = rehydrate.weights(curve, settings.rehydrate.max_repeats, settings.rehydrate.confidence)
        told[label] = {
            "removal_rate": round(curve.rate, 6),
            "weights": {str(size): weight for size, weight in weights[label].items()},
            "sizes": curve.sizes.tolist(),
            "clusters": [round(count, 3) for count in curve.clusters.tolist()],
            "removal_rates": [round(rate, 6) for rate in curve.rates.tolist()],
        }
    store.write_json(TOLD, told, indent=1)
    return weights


def added(counts: Iterable[Counts]) -> Counts:
    """The sum of such counts, sizes in rising order."""
    found: dict[str, dict[int, list[int]]] = {}
    for part in counts:
        for label, rows in part.items():
            mine = found.setdefault(label, {})
            for size, documents, removed in rows:
                held = mine.setdefault(size, [0, 0])
                held[0] += documents
                held[1] += removed
    return {label: [[size, *mine[size]] for size in sorted(mine)] for label, mine in found.items()}


def told_of(store: Store) -> dict[str, Any]:
    """The weights as the manifest has them: of each label its removal rate, and weights from a cluster size on."""
    told = store.read_json(TOLD) or {}
    return {label: {name: one[name] for name in ("removal_rate", "weights")} for label, one in told.items()}
