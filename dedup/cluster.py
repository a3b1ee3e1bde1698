"""Clusters: runs of equal keys give candidates, candidates are verified, verified pairs are joined.

Documents are rows of one long array, 0 to 2**32 - 1, and a pair of them is one number: the first << 32 | the second.
Nothing here depends on how documents are numbered, nor on how keys or pairs were cut into ranges: a run of equal keys
always lies in one range, and who leads it follows from what the documents say.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup import bands
from dedup.bands import Docs, Keys
from dedup.estimate import Values, agreeing, agreement
from dedup.recipe import Recipe
from langid.kernel import kernel

VERSION = 2

Pairs = npt.NDArray[np.uint64]
Parents = npt.NDArray[np.uint32]
LOW = np.uint64(0xFFFFFFFF)
HIGH = np.uint64(32)


class Candidates(NamedTuple):
    """``near`` (m,): pairs that are to be verified, leader first. ``copies`` (k,): exact copies, to be joined as is.
    Both ascend and hold no pair twice.
    """

    near: Pairs
    copies: Pairs


def pack(first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]) -> Pairs:
    """Pairs (m,) of documents (m,)."""
    return first.astype(np.uint64) << HIGH | second.astype(np.uint64)


def unpack(pairs: Pairs) -> tuple[Docs, Docs]:
    """The first and the second documents (m,) of pairs (m,)."""
    return (pairs >> HIGH).astype(np.int64), (pairs & LOW).astype(np.int64)


def entries(exact: Keys, keys: Keys, salts: Keys) -> tuple[Keys, Docs]:
    """What documents (n,) put into the runs: keys (m,) and the documents (m,) that carry them.

    ``exact`` (n, 2), ``keys`` (n, bands), ``salts`` (n,) of their groups. One key is that of the whole normal form,
    across groups: a copy is a copy whatever label it was given. Of copies within a group only the first has bands,
    as they would meet the same neighbours; texts without a word take no part.
    """
    there = np.flatnonzero(exact.any(axis=1))
    order = there[np.lexsort((there, salts[there], exact[there, 1], exact[there, 0]))]
    told = np.stack([exact[order, 0], exact[order, 1], salts[order]], axis=1)
    first = np.ones(len(order), np.bool_)
    first[1:] = (told[1:] != told[:-1]).any(axis=1)
    banded = order[first]
    return np.concatenate([keys[banded].ravel(), exact[there, 0]]), np.concatenate(
        [np.repeat(banded, keys.shape[1]), there]
    )


def candidates(keys: Keys, order: Keys, docs: npt.NDArray[np.uint32]) -> Candidates:
    """Pairs among the documents of each run of equal keys; all (m,), in any order, of whole ranges of keys.

    ``order`` is the first half of the documents' exact hash: chance, but the same wherever a text stands, and where it
    is the key itself the run is one of exact copies. In other runs the two texts of least order lead, and each
    document is to be held against both: so many pairs at most as twice the entries, however skewed a band is. A pair
    that is not alike with the leaders of one run has its other bands.
    """
    by_key = np.argsort(keys)
    ordered = keys[by_key]
    same = np.zeros(len(keys) + 1, np.bool_)
    same[1:-1] = ordered[1:] == ordered[:-1]
    shared = same[1:] | same[:-1]
    by_key = by_key[shared]
    near = np.empty(2 * len(by_key), np.uint64)
    copies = np.empty(len(by_key), np.uint64)
    counts = _pair(ordered[shared], order[by_key], docs[by_key], near, copies)
    return Candidates(np.unique(near[: counts[0]]), np.unique(copies[: counts[1]]))


def alike(left: Values, i: Docs, right: Values, j: Docs, threshold: float) -> npt.NDArray[np.bool_]:
    """True (m,) where rows ``i`` and ``j`` of two arrays of signatures reach the threshold."""
    reached: npt.NDArray[np.bool_] = agreeing(left, i, right, j) >= agreement(threshold, left.shape[1])
    return reached


def links(exact: Keys, values: Values, salts: Keys, recipe: Recipe) -> Pairs:
    """All that joins documents (n,), in memory: exact copies, and candidates that reach the recipe's threshold."""
    keys, docs = entries(exact, bands.keys(values, recipe.bands, recipe.rows, salts), salts)
    found = candidates(keys, exact[docs, 0], docs.astype(np.uint32))
    leader, member = unpack(found.near)
    return np.concatenate([found.near[alike(values, leader, values, member, recipe.threshold)], found.copies])


def alone(n: int) -> Parents:
    """Every document 0 to ``n`` - 1 in a cluster of its own: what ``unite`` starts from."""
    if n > 2**32:
        raise ValueError(f"at most 2**32 documents are clustered at once, not {n}")
    return np.arange(n, dtype=np.uint32)


def unite(parents: Parents, pairs: Pairs) -> None:
    """Join the clusters of each pair, in place."""
    _unite(pairs, parents)


def roots(parents: Parents) -> Parents:
    """The cluster (n,) of each document: the smallest document of it. In place."""
    _flatten(parents)
    return parents


def components(pairs: Pairs, n: int) -> Docs:
    """The cluster (n,) of each document 0 to ``n`` - 1: the smallest document that pairs (m,) connect it with."""
    parents = alone(n)
    unite(parents, pairs)
    return roots(parents).astype(np.int64)


def forest(pairs: Pairs) -> Pairs:
    """As few pairs as connect the same documents, ascending: what a task passes on.

    Forests are joined by taking the forest of all their pairs, in any grouping and order.
    """
    members, places = np.unique(np.concatenate(unpack(pairs)), return_inverse=True)
    found = components(pack(*np.split(places.reshape(-1), 2)), len(members))
    joined = np.flatnonzero(found != np.arange(len(members)))
    return np.sort(pack(members[found[joined]], members[joined]))


@kernel
def _pair(keys: Keys, order: Keys, docs: npt.NDArray[np.uint32], near: Pairs, copies: Pairs) -> tuple[int, int]:
    found = 0
    same = 0
    start = 0
    while start < len(keys):
        first = start
        end = start
        while end < len(keys) and keys[end] == keys[start]:
            if order[end] < order[first] or (order[end] == order[first] and docs[end] < docs[first]):
                first = end
            end += 1
        leader = np.uint64(docs[first])
        if keys[start] == order[start]:
            for i in range(start, end):
                if i != first:
                    copies[same] = leader << HIGH | np.uint64(docs[i])
                    same += 1
            start = end
            continue
        second = -1
        for i in range(start, end):
            if order[i] != order[first]:
                near[found] = leader << HIGH | np.uint64(docs[i])
                found += 1
                if second < 0 or order[i] < order[second] or (order[i] == order[second] and docs[i] < docs[second]):
                    second = i
        if second >= 0:
            leader = np.uint64(docs[second])
            for i in range(start, end):
                if order[i] != order[first] and order[i] != order[second]:
                    near[found] = leader << HIGH | np.uint64(docs[i])
                    found += 1
        start = end
    return found, same


@kernel
def _unite(pairs: Pairs, parents: Parents) -> None:
    for i in range(len(pairs)):
        a = np.uint32(pairs[i] >> HIGH)
        b = np.uint32(pairs[i] & LOW)
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


@kernel
def _flatten(parents: Parents) -> None:
    for i in range(len(parents)):
        # Parents are smaller than their children, so they are final by the time a child is reached.
        parents[i] = parents[parents[i]]
