"""Who stays for whom: the canonical of each cluster member, and the canonicals of the rest.

In a cluster the kept members are taken in order of quality, then of id. Each is held against the canonicals before
it, in that order: the first whose own estimated Jaccard with it reaches the threshold is its canonical, and it is
removed; if none does, it stays and is a canonical itself. So nobody is removed for a text that he is only linked to by
a chain of others.

Members that an earlier snapshot has published cannot be taken back: they stay, however alike they are, and go before
all others. A new member that is like several of them is removed for the one that it is most like.

Versions of one text in two languages are never held against each other: close relatives write much alike, and whoever
has a text in both wants both.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from dedup.bands import Docs, Keys
from dedup.estimate import Values, agreement, agreements, jaccard
from langid.kernel import inline, kernel

VERSION = 2

Flags = npt.NDArray[np.bool_]

LARGE = 2048
"""Members from which on a cluster looks its canonicals up instead of trying all of them."""

LOOKUPS, ROWS = 16, 3
"""Lookup tables of a large cluster, and the values that make a key: a pair of estimate 0.75 shares one of the keys but
for 2 in 10,000, one of 0.9 always."""

FULL = 64
"""Canonicals kept under one lookup key, so that a member costs at most LOOKUPS * FULL comparisons."""


PIECE = 1 << 12
"""Members whose values are looked at together; no result depends on it."""


class Signed(Protocol):
    """Values (n, permutations) that give some of their rows when asked: an array, or what need not be in memory."""

    @property
    def shape(self) -> tuple[int, ...]:
        """How many there are, and of how many values."""

    def __getitem__(self, rows: Docs, /) -> Values:
        """The values (m, permutations) of the documents ``rows`` (m,)."""


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
    quality: npt.NDArray[np.floating],
    values: Signed,
    threshold: float,
    large: int = LARGE,
    published: npt.NDArray[np.bool_] | None = None,
    versions: Keys | None = None,
) -> Choice:
    """The canonical of each of ``n`` members, given in id order.

    ``cluster`` (n,) numbers each member's cluster; ``kept`` (n,) is False for those that rules have removed, which
    take no part here; ``quality`` (n, keys) is compared key by key, larger is better, NaN worst; ``values``
    (n, permutations) are the low 16 bits of the MinHash values. Members of a cluster of one stay. ``published`` (n,)
    is True for those that are published already, kept or not: each stays, and a new member that reaches the threshold
    with some of them is removed for the one of highest estimate, the better of equals; no others are asked then.
    ``versions`` (n, 2) are the group of each as a number, 0 for none, and its language: members of one group in
    different languages are not compared.

    In clusters of ``large`` members (LARGE at most) and more, a member is only held against the canonicals that share a
    key of ROWS values with it, FULL a key at most, so that time stays linear; one that would match past that stays.
    """
    large = min(large, LARGE)
    fixed = np.zeros(len(cluster), np.bool_) if published is None else np.ascontiguousarray(published, np.bool_)
    of = np.zeros((len(cluster), 2), np.uint64) if versions is None else versions
    order = _ordered(cluster, kept | fixed, fixed, np.atleast_2d(np.asarray(quality).T).T)
    grouped = cluster[order]
    borders = np.flatnonzero(grouped[1:] != grouped[:-1]) + 1
    starts = np.concatenate([[0], borders, [len(order)]]) if len(order) else np.zeros(1, np.int64)
    del grouped
    width = values.shape[1]
    needed = agreement(threshold, width)
    canonical = np.full(len(cluster), -1, np.int64)
    estimate = np.zeros(len(cluster), np.float32)
    compared = 0
    for first, after in _pieces(np.diff(starts), large):
        rows = order[starts[first] : starts[after]]
        chosen, agreed = np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64)
        if len(rows) >= large and after == first + 1:
            compared += _look_up(rows, fixed, of, values, needed, chosen, agreed)
        else:
            mine = starts[first : after + 1] - starts[first]
            held = np.ascontiguousarray(values[rows])
            compared += _try_all(mine, fixed[rows], of[rows], held, needed, chosen, agreed)
        lost = np.flatnonzero(chosen >= 0)
        canonical[rows[lost]] = rows[chosen[lost]]
        estimate[rows[lost]] = jaccard(agreed[lost], width)
    return Choice(canonical, estimate, int(compared))


def _ordered(cluster: Docs, there: Flags, fixed: Flags, quality: npt.NDArray[np.floating]) -> Docs:
    """Those members that are ``there``, cluster by cluster, the published first, then the best."""
    members = np.flatnonzero(there)
    # lexsort takes the last key first; members are in id order already, and it is stable.
    keys = [-quality[members, k] for k in reversed(range(quality.shape[1]))]
    order: Docs = members[np.lexsort([*keys, ~fixed[members], cluster[members]])]
    return order


def _pieces(sizes: Docs, large: int) -> list[tuple[int, int]]:
    """First and after the last of clusters that are chosen together: a large one alone, of others PIECE members."""
    found, first, held = [], 0, 0
    for number, size in enumerate(sizes.tolist()):
        if held and (size >= large or held >= PIECE):
            found.append((first, number))
            first, held = number, 0
        held += size
        if size >= large:
            found.append((first, number + 1))
            first, held = number + 1, 0
    return [*found, (first, len(sizes))] if held else found


@inline
def _apart(versions: Keys, one: int, other: int) -> bool:
    """Whether two members are versions of one text in different languages."""
    if versions[one, 0] == 0 or versions[one, 0] != versions[other, 0]:
        return False
    return bool(versions[one, 1] != versions[other, 1])


@kernel
def _try_all(
    starts: Docs, fixed: Flags, versions: Keys, values: Values, needed: int, chosen: Docs, agreed: Docs
) -> int:
    """Of clusters one after another, members in order: hold each against all that stay."""
    compared = 0
    staying = np.empty(LARGE, np.int64)
    for group in range(len(starts) - 1):
        count = 0
        for member in range(starts[group], starts[group + 1]):
            if not fixed[member]:
                most = needed - 1
                for k in range(count):
                    other = staying[k]
                    if not fixed[other] and chosen[member] >= 0:
                        break  # the published come first, and one of them is alike
                    if _apart(versions, member, other):
                        continue
                    compared += 1
                    alike = agreements(values, member, values, other)
                    if alike > most:
                        most = alike
                        chosen[member] = other
                        agreed[member] = alike
                        if not fixed[other]:
                            break
            if chosen[member] < 0:
                staying[count] = member
                count += 1
    return compared


def _look_up(rows: Docs, fixed: Flags, versions: Keys, values: Signed, needed: int, chosen: Docs, agreed: Docs) -> int:
    """As ``_try_all`` for one cluster: only what stays is kept at hand, and found by its lookup keys."""
    staying: Docs = np.zeros(0, np.int64)
    held, tried = np.zeros((0, values.shape[1]), np.uint16), np.zeros(0, np.int64)
    published, count = np.zeros(0, np.bool_), 0
    slots = np.zeros(1 << 12, np.uint64)
    of = np.ascontiguousarray(versions[rows])
    compared = 0
    for start in range(0, len(rows), PIECE):
        here = rows[start : start + PIECE]
        most = count + len(here)
        if most > len(held):
            wider = max(most, 2 * len(held))
            columns = (held, published, tried, staying)
            held, published, tried, staying = (_grown(column, count, wider) for column in columns)
        if 2 * LOOKUPS * most > len(slots):
            slots = np.zeros(1 << (4 * LOOKUPS * most).bit_length(), np.uint64)
            _enter(slots, held, 0, count)
        mine, flags = np.ascontiguousarray(values[here]), fixed[here]
        done, count = _meet(
            mine, flags, of, start, needed, slots, held, published, tried, staying, count, chosen, agreed
        )
        compared += done
    return compared


def _grown(column: npt.NDArray[Any], count: int, wider: int) -> npt.NDArray[Any]:
    """As many rows as asked for, of which the first ``count`` are as they were."""
    found = np.empty((wider, *column.shape[1:]), column.dtype)
    found[:count] = column[:count]
    return found


@inline
def _lookup_key(values: Values, member: int, lookup: int) -> np.uint64:
    key = np.uint64(lookup + 1)
    for row in range(lookup * ROWS, lookup * ROWS + ROWS):
        key = (key ^ np.uint64(values[member, row])) * np.uint64(0x9E3779B185EBCA87)
        key ^= key >> np.uint64(29)
    return key


@kernel
def _enter(slots: Keys, held: Values, first: int, after: int) -> None:
    """Enter canonicals under their lookup keys, but for those that FULL better ones have.

    A slot holds the upper half of a key and, plus one, the number of a canonical. Slots are probed in line and nothing
    is taken out, so the canonicals of a key are met in the order they came: best quality first.
    """
    last = np.uint64(len(slots) - 1)
    low = np.uint64(0xFFFFFFFF)
    for place in range(first, after):
        for lookup in range(LOOKUPS):
            key = _lookup_key(held, place, lookup)
            slot = key & last
            seen = 0
            while slots[slot] != 0 and seen < FULL:
                if slots[slot] & ~low == key & ~low:
                    seen += 1
                slot = (slot + np.uint64(1)) & last
            if seen < FULL:
                slots[slot] = (key & ~low) | np.uint64(place + 1)


@kernel
def _meet(
    values: Values,
    fixed: Flags,
    versions: Keys,
    start: int,
    needed: int,
    slots: Keys,
    held: Values,
    published: Flags,
    tried: Docs,
    staying: Docs,
    count: int,
    chosen: Docs,
    agreed: Docs,
) -> tuple[int, int]:
    """Hold members against those that stay, of which there were ``count``; comparisons, and how many stay now.

    ``values`` and ``fixed`` are of the members from ``start`` on, ``versions`` of all, ``held`` and ``published`` of
    the members ``staying``; ``tried`` says for whom each of these was last compared.
    """
    last = np.uint64(len(slots) - 1)
    low = np.uint64(0xFFFFFFFF)
    compared = 0
    for i in range(len(values)):
        member = np.int64(start + i)
        none = np.int64(1) << np.int64(62)
        best = none
        most: Any = np.int64(needed)
        for lookup in range(LOOKUPS if not fixed[i] else 0):
            key = _lookup_key(values, i, lookup)
            slot = key & last
            seen = 0
            while slots[slot] != 0 and seen < FULL:
                if slots[slot] & ~low == key & ~low:
                    seen += 1
                    place = np.int64(slots[slot] & low) - 1
                    if tried[place] != member and (place < best or published[place]):
                        tried[place] = member
                        if _apart(versions, int(member), int(staying[place])):
                            slot = (slot + np.uint64(1)) & last
                            continue
                        compared += 1
                        alike = agreements(values, i, held, int(place))
                        if not published[place]:
                            if alike >= needed:
                                best = place
                                agreed[member] = alike
                        elif alike > most or (alike == most and place < best):
                            most = alike
                            best = place
                            agreed[member] = alike
                slot = (slot + np.uint64(1)) & last
        if best < none:
            chosen[member] = staying[best]
            continue
        held[count] = values[i]
        published[count], staying[count], tried[count] = fixed[i], member, -1
        _enter(slots, held, count, count + 1)
        count += 1
    return compared, count
