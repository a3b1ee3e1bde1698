"""Pages found under two labels: clusters whose members differ in the label, counted by pair of labels.

Of labels of one group of relatives these are near-duplicates or copies, of others exact copies alone, for these are the
only ones that are sought across groups. Many of a pair say that the labels are hard to tell apart, or that one of them
is noise of the other.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from langid import relatives
from pipeline.rows import id_array
from pipeline.settings import digest
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
FOLDER = "work/crossings"

Counts = dict[str, dict[str, dict[str, int]]]
"""By pair of labels, in the order of the alphabet: clusters with both, and documents of each in them."""


def marker_of(clusters: str) -> str:
    """Where is told what a file of clusters holds."""
    return f"{FOLDER}/{clusters.replace('/', '-').removesuffix('.parquet')}.json"


def fingerprint(settled: Iterable[str], clusters: str) -> str:
    """Changes with any verdict and with the clusters."""
    return digest("crossings", VERSION, sorted(settled), clusters)


def run(context: Context, store: Store, work: tuple[str, list[str], str]) -> dict[str, Any]:
    """Count the clusters of a file, in which no cluster is cut; ``parts`` are the names that places count through."""
    name, parts, wanted = work
    members = store.read_table(name, ["cluster_id", "place"])
    places = members["place"].to_numpy()
    ids = id_array(members["cluster_id"])
    labels = np.zeros(len(places), np.int64)
    known: dict[str, int] = {}
    of_part = places >> 32
    for part in np.unique(of_part).tolist():
        mine = of_part == part
        told = store.read_table(f"index/verdicts/{parts[part]}.parquet", ["label"])["label"].combine_chunks()
        codes = np.array([known.setdefault(label, len(known)) for label in told.dictionary.to_pylist()], np.int64)
        labels[mine] = codes[told.indices.to_numpy(zero_copy_only=False)[places[mine] & 0xFFFFFFFF]]
    marker = {"fingerprint": wanted, "crossings": _counted(ids, labels, list(known))}
    store.write_json(marker_of(name), marker)
    return marker


def _counted(ids: Any, labels: Any, names: list[str]) -> Counts:
    """Of clusters, named by ``ids`` (n, 2), with the labels (n,) of their documents as indices into ``names``."""
    _, clusters = np.unique(ids, axis=0, return_inverse=True)
    keys, counts = np.unique(clusters.reshape(-1).astype(np.int64) << 32 | labels, return_counts=True)
    of = keys >> 32
    mixed = np.flatnonzero(np.isin(of, of[1:][of[1:] == of[:-1]]))
    found: dict[int, list[tuple[str, int]]] = {}
    for cluster, label, count in zip(
        of[mixed].tolist(), (keys[mixed] & 0xFFFFFFFF).tolist(), counts[mixed].tolist(), strict=True
    ):
        found.setdefault(cluster, []).append((names[label], count))
    told: Counts = {}
    for members in found.values():
        for (one, ones), (other, others) in combinations(sorted(members), 2):
            pair = told.setdefault(one, {}).setdefault(other, {"clusters": 0, "first": 0, "second": 0})
            pair["clusters"] += 1
            pair["first"] += ones
            pair["second"] += others
    return told


def told(markers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As the manifest has it, the pairs with most clusters first."""
    total: dict[tuple[str, str], list[int]] = {}
    for marker in markers:
        for one, others in marker["crossings"].items():
            for other, pair in others.items():
                mine = total.setdefault((one, other), [0, 0, 0])
                total[one, other] = [a + b for a, b in zip(mine, pair.values(), strict=True)]
    return [
        {
            "labels": list(pair),
            "kind": "near" if len({relatives.group_of(label) for label in pair}) == 1 else "exact",
            "clusters": numbers[0],
            "documents": numbers[1:],
        }
        for pair, numbers in sorted(total.items(), key=lambda one: (-one[1][0], one[0]))
    ]
