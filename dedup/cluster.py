"""Clusters: runs of equal keys give candidates, candidates are verified, verified pairs are joined.

Documents are numbered in id order, so that "smallest number" means "smallest id". Nothing here depends on the order
of the rows it is given, nor on how keys were cut into partitions: a run of equal keys always lies in one partition.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.bands import Docs, Keys
from dedup.estimate import Values, agreement, agreements
from langid.kernel import kernel

Pairs = npt.NDArray[np.int64]

SMALL_RUN = 32
"""Runs of up to so many documents are compared pair by pair; larger ones with their leaders alone."""

LEADERS = 64
"""Leaders of a large run: the comparisons of a document in one run never exceed this number."""


class Edges(NamedTuple):
    """Verified pairs (m, 2), smaller document first, and how many comparisons they took."""

    pairs: Pairs
    compared: int


def edges(keys: Keys, docs: Docs, values: Values, threshold: float) -> Edges:
    """Verified near-duplicates among documents that share a key.

    ``keys`` and ``docs`` (m,) are one or more whole partitions in any order; ``values`` (n, permutations) holds the
    low 16 bits of the MinHash values of document ``d`` in row ``d``. Pairs only span what is alike: a pair whose
    members an earlier pair of the run already joins is left out, so there are fewer pairs than entries. In a run of
    more than SMALL_RUN documents each is held against the leaders met so far, in id order, and joins the first that
    is alike or becomes a leader itself; past LEADERS leaders it is left to its other bands.
    """
    runs = _runs(keys, docs)
    run_docs = (runs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    pairs = np.empty((len(runs), 2), np.int64)
    needed = agreement(threshold, values.shape[1])
    found, compared = _link(runs >> np.uint64(32), run_docs, np.ascontiguousarray(values), needed, pairs)
    return Edges(pairs[:found], compared)


def exact_edges(exact: Keys, docs: Docs, taking_part: npt.NDArray[np.bool_]) -> Pairs:
    """Pairs (m, 2) of each exact copy with the smallest document of equal normal form; ``exact`` is (n, 2).

    A band of its own, across all groups: a copy is a copy whatever label it was given. Empty normal forms must not
    take part.
    """
    chosen = np.flatnonzero(taking_part)
    first = _first_of_equal((docs[chosen], exact[chosen, 1], exact[chosen, 0]))
    leader = docs[chosen][first]
    copy = docs[chosen]
    different = leader != copy
    return np.stack([leader[different], copy[different]], axis=1)


def distinct(exact: Keys, salts: Keys, docs: Docs, taking_part: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """True (n,) for the smallest document of each exact normal form within a group: only these need their bands.

    Within a group, because a copy that was given another group has other neighbours there.
    """
    chosen = np.flatnonzero(taking_part)
    first = _first_of_equal((docs[chosen], salts[chosen], exact[chosen, 1], exact[chosen, 0]))
    result = np.zeros(len(docs), np.bool_)
    result[chosen[first == np.arange(len(chosen))]] = True
    return result


def components(pairs: Pairs, n: int) -> Docs:
    """The cluster (n,) of each document 0 to n - 1: the smallest document that pairs (m, 2) connect it with."""
    parents = np.arange(n, dtype=np.int64)
    _unite(np.ascontiguousarray(pairs, np.int64).reshape(-1, 2), parents)
    return parents


def forest(pairs: Pairs) -> Pairs:
    """As few pairs (m, 2) as connect the same documents, whatever their numbers: what a partition passes on.

    Forests of partitions are joined by taking the forest of all their pairs, in any grouping and order.
    """
    members, places = np.unique(pairs, return_inverse=True)
    roots = components(places.reshape(-1, 2), len(members))
    joined = roots != np.arange(len(members))
    return np.stack([members[roots[joined]], members[joined]], axis=1).astype(np.int64, copy=False)


def _runs(keys: Keys, docs: Docs) -> Keys:
    """The entries whose key occurs more than once, in (key, document) order: number of the run << 32 | document."""
    if len(docs) and not 0 <= docs.min() <= docs.max() < 2**32:
        raise ValueError(f"documents are rows of one array, 0 to 2**32 - 1, not {docs.min()} to {docs.max()}")
    order = np.argsort(keys)
    ordered = keys[order]
    shared = np.zeros(len(keys), np.bool_)
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = ordered[1:] != ordered[:-1]
    shared[1:] = ~starts[1:]
    shared[:-1] |= shared[1:]
    run = np.cumsum(starts[shared], dtype=np.uint64)
    # One sort of plain numbers is several times as fast as a sort by two columns.
    return np.sort(run << np.uint64(32) | docs[order[shared]].astype(np.uint64))


def _first_of_equal(columns: tuple[npt.NDArray[Any], ...]) -> npt.NDArray[np.int64]:
    """For each row, the row that comes first among those equal in all columns but the leading one (the order)."""
    order = np.lexsort(columns)
    starts = np.ones(len(order), np.bool_)
    if len(order):
        starts[1:] = False
        for column in columns[1:]:
            ordered = column[order]
            starts[1:] |= ordered[1:] != ordered[:-1]
    first = np.empty(len(order), np.int64)
    first[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    return first


@kernel
def _link(runs: Keys, docs: Docs, values: Values, needed: int, pairs: Pairs) -> tuple[int, int]:
    found = 0
    compared = 0
    leaders = np.empty(LEADERS, np.int64)
    joined = np.empty(SMALL_RUN, np.int64)
    start = 0
    while start < len(runs):
        end = start + 1
        while end < len(runs) and runs[end] == runs[start]:
            end += 1
        size = end - start
        if size <= SMALL_RUN:
            for i in range(size):
                joined[i] = i
            for i in range(1, size):
                for j in range(i):
                    if joined[i] == joined[j]:
                        continue
                    compared += 1
                    if agreements(values, docs[start + i], docs[start + j]) >= needed:
                        pairs[found, 0] = docs[start + j]
                        pairs[found, 1] = docs[start + i]
                        found += 1
                        low = min(joined[i], joined[j])
                        high = max(joined[i], joined[j])
                        for k in range(i + 1):
                            if joined[k] == high:
                                joined[k] = low
        else:
            count = 0
            for i in range(start, end):
                doc = docs[i]
                alike = False
                for k in range(count):
                    if leaders[k] == doc:  # the same document twice in a run is no pair
                        alike = True
                        break
                    compared += 1
                    if agreements(values, doc, leaders[k]) >= needed:
                        pairs[found, 0] = leaders[k]
                        pairs[found, 1] = doc
                        found += 1
                        alike = True
                        break
                if not alike and count < LEADERS:
                    leaders[count] = doc
                    count += 1
        start = end
    return found, compared


@kernel
def _unite(pairs: Pairs, parents: Docs) -> None:
    for i in range(len(pairs)):
        a = pairs[i, 0]
        b = pairs[i, 1]
        while parents[a] != a:
            parents[a] = parents[parents[a]]
            a = parents[a]
        while parents[b] != b:
            parents[b] = parents[parents[b]]
            b = parents[b]
        # The smaller root wins, so a root is always the smallest of its component, in whatever order pairs come.
        if a < b:
            parents[b] = a
        elif b < a:
            parents[a] = b
    for i in range(len(parents)):
        # Parents are smaller than their children, so they are final by the time a child is reached.
        parents[i] = parents[parents[i]]
