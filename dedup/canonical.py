"""Who stays for whom: the canonical of each cluster member, and the canonicals of the rest.

In a cluster the kept members are taken in order of quality, then of id. Each is held against the canonicals before
it, in that order: the first whose own estimated Jaccard with it reaches the threshold is its canonical, and it is
removed; if none does, it stays and is a canonical itself. So nobody is removed for a text that he is only linked to by
a chain of others.

Members that an earlier snapshot has published cannot be taken back: they stay, however alike they are, and go before
all others. A new member that is like several of them is removed for the one that it is most like.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.bands import Docs, Keys
from dedup.estimate import Values, agreeing, agreement, agreements, jaccard
from langid.kernel import inline, kernel

VERSION = 1

Flags = npt.NDArray[np.bool_]

LARGE = 2048
"""Members from which on a cluster looks its canonicals up instead of trying all of them."""

LOOKUPS, ROWS = 16, 3
"""Lookup tables of a large cluster, and the values that make a key: a pair of estimate 0.75 shares one of the keys but
for 2 in 10,000, one of 0.9 always."""

FULL = 64
"""Canonicals kept under one lookup key, so that a member costs at most LOOKUPS * FULL comparisons."""


class Choice(NamedTuple):
    """``canonical`` (n,): for whom a member is removed, -1 where it stays. ``estimate`` (n,): Jaccard with that one.
    ``compared``: how many comparisons it took.
    """

    canonical: Docs
    estimate: npt.NDArray[np.float32]
    compared: int


def choose(
    cluster: Docs,
    kept: npt.NDArray[np.bool_],
    quality: npt.NDArray[np.float64],
    values: Values,
    threshold: float,
    large: int = LARGE,
    published: npt.NDArray[np.bool_] | None = None,
) -> Choice:
    """The canonical of each of ``n`` members, given in id order.

    ``cluster`` (n,) numbers each member's cluster; ``kept`` (n,) is False for those that rules have removed, which
    take no part here; ``quality`` (n, keys) is compared key by key, larger is better, NaN worst; ``values``
    (n, permutations) are the low 16 bits of the MinHash values. Members of a cluster of one stay. ``published`` (n,)
    is True for those that are published already, kept or not: each stays, and a new member that reaches the threshold
    with some of them is removed for the one of highest estimate, the better of equals; no others are asked then.

    In clusters of ``large`` members (LARGE at most) and more, a member is only held against the canonicals that share a
    key of ROWS values with it, FULL a key at most, so that time stays linear; one that would match past that stays.
    """
    large = min(large, LARGE)
    fixed = np.zeros(len(cluster), np.bool_) if published is None else np.ascontiguousarray(published, np.bool_)
    members = np.flatnonzero(kept | fixed)
    canonical = np.full(len(cluster), -1, np.int64)
    estimate = np.zeros(len(cluster), np.float32)
    keys = np.atleast_2d(np.asarray(quality, np.float64).T).T[members]
    # lexsort takes the last key first; members are in id order already, and it is stable.
    order = members[
        np.lexsort([*(-keys[:, k] for k in reversed(range(keys.shape[1]))), ~fixed[members], cluster[members]])
    ]
    grouped = cluster[order]
    borders = np.flatnonzero(grouped[1:] != grouped[:-1]) + 1
    starts = np.concatenate([[0], borders, [len(order)]]) if len(order) else np.zeros(1, np.int64)
    needed = agreement(threshold, values.shape[1])
    values = np.ascontiguousarray(values)
    sizes = np.diff(starts)
    small = sizes < large
    compared = _try_all(order, starts[:-1][small], starts[1:][small], fixed, values, needed, canonical)
    for start, stop in zip(starts[:-1][~small], starts[1:][~small], strict=True):
        compared += _look_up(order[start:stop], fixed, values, needed, canonical)
    removed = np.flatnonzero(canonical >= 0)
    alike = agreeing(values, removed, values, canonical[removed])
    estimate[removed] = jaccard(alike, values.shape[1])
    return Choice(canonical, estimate, int(compared))


@kernel
def _try_all(order: Docs, starts: Docs, stops: Docs, fixed: Flags, values: Values, needed: int, canonical: Docs) -> int:
    compared = 0
    staying = np.empty(LARGE, np.int64)
    for group in range(len(starts)):
        count = 0
        for i in range(starts[group], stops[group]):
            member = order[i]
            if not fixed[member]:
                most = needed - 1
                for k in range(count):
                    other = staying[k]
                    if not fixed[other] and canonical[member] >= 0:
                        break  # the published come first, and one of them is alike
                    compared += 1
                    alike = agreements(values, member, values, other)
                    if alike > most:
                        most = alike
                        canonical[member] = other
                        if not fixed[other]:
                            break
            if canonical[member] < 0:
                staying[count] = member
                count += 1
    return compared


@inline
def _lookup_key(values: Values, member: int, lookup: int) -> np.uint64:
    key = np.uint64(lookup + 1)
    for row in range(lookup * ROWS, lookup * ROWS + ROWS):
        key = (key ^ np.uint64(values[member, row])) * np.uint64(0x9E3779B185EBCA87)
        key ^= key >> np.uint64(29)
    return key


@kernel
def _put(slots: Keys, values: Values, member: int, place: int) -> int:
    """Enter a canonical under its lookup keys, but for those that FULL better ones have; into how many slots."""
    last = np.uint64(len(slots) - 1)
    low = np.uint64(0xFFFFFFFF)
    entered = 0
    for lookup in range(LOOKUPS):
        key = _lookup_key(values, member, lookup)
        slot = key & last
        seen = 0
        while slots[slot] != 0 and seen < FULL:
            if slots[slot] & ~low == key & ~low:
                seen += 1
            slot = (slot + np.uint64(1)) & last
        if seen < FULL:
            slots[slot] = (key & ~low) | np.uint64(place + 1)
            entered += 1
    return entered


@kernel
def _look_up(order: Docs, fixed: Flags, values: Values, needed: int, canonical: Docs) -> int:
    """As ``_try_all`` for one cluster, with one open-addressed table for all lookups.

    A slot holds the upper half of a key and, plus one, a canonical's place in ``order``. Slots are probed in line and
    nothing is taken out, so the canonicals of a key are met in the order they came: best quality first. The table grows
    with the canonicals, which are few where all members are copies.
    """
    compared = 0
    slots = np.zeros(1 << 12, np.uint64)
    last = np.uint64(len(slots) - 1)
    filled = 0
    low = np.uint64(0xFFFFFFFF)
    tried_for = np.full(len(order), -1, np.int32)
    for i in range(len(order)):
        member = order[i]
        best = np.int64(len(order))
        most: Any = np.int64(needed)
        for lookup in range(LOOKUPS if not fixed[member] else 0):
            key = _lookup_key(values, member, lookup)
            slot = key & last
            seen = 0
            while slots[slot] != 0 and seen < FULL:
                if slots[slot] & ~low == key & ~low:
                    seen += 1
                    place = np.int64(slots[slot] & low) - 1
                    if tried_for[place] != i and (place < best or fixed[order[place]]):
                        tried_for[place] = i
                        compared += 1
                        alike = agreements(values, member, values, order[place])
                        if not fixed[order[place]]:
                            if alike >= needed:
                                best = place
                        elif alike > most or (alike == most and place < best):
                            most = alike
                            best = place
                slot = (slot + np.uint64(1)) & last
        if best < len(order):
            canonical[member] = order[best]
            continue
        if 2 * (filled + LOOKUPS) > len(slots):
            slots = np.zeros(4 * len(slots), np.uint64)
            last = np.uint64(len(slots) - 1)
            filled = 0
            for before in range(i):
                if canonical[order[before]] < 0:
                    filled += _put(slots, values, order[before], before)
        filled += _put(slots, values, member, i)
    return compared
