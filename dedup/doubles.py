"""Which documents are like one of a few that must have no double anywhere.

Clusters are made of pairs that share a band, which near-duplicates at the threshold fail to do one time in five, and
within a group of languages alone. That costs a copy left in; in a test set it would cost the test. So the few are
looked up by more and shorter bands, whatever the language, and an estimate counts that lies somewhat below the
threshold: of pairs whose true Jaccard reaches it, fewer than one in a million is missed.
"""

import math

import numpy as np
import numpy.typing as npt

from dedup import bands
from dedup.bands import Docs, Keys
from dedup.estimate import Values, agreement, agreements
from dedup.recipe import Recipe
from langid.kernel import kernel

VERSION = 1

ERRORS = 5.0
"""How many standard errors below the threshold an estimate still counts: one pair in 3.5 million lies lower."""
MISSED = 1e-9
"""Chance that a pair at the threshold shares no band, at most."""
SIEVE = 24
"""Bits of a key by which most documents are told at once to share none."""

Ranks = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]


def short_bands(threshold: float, permutations: int) -> tuple[int, int]:
    """Bands and rows: as many rows as leave a pair at the threshold without a band in common with chance MISSED."""
    for rows in range(permutations, 1, -1):
        if (1 - threshold**rows) ** (permutations // rows) <= MISSED:
            return permutations // rows, rows
    return permutations, 1


def least_agreement(threshold: float, permutations: int) -> int:
    """The fewest agreeing values of a pair that counts as doubles."""
    error = math.sqrt(threshold * (1 - threshold) / permutations)
    return max(1, agreement(max(0.0, threshold - ERRORS * error), permutations))


class Few:
    """Documents (n,) that are to have no double, ``values`` (n, permutations) and ``exact`` (n, 2) as the index has
    them. ``ranks`` (n,) above 0 say whose doubles go: each loses those of lower rank.
    """

    def __init__(self, exact: Keys, values: Values, ranks: Ranks, recipe: Recipe) -> None:
        there = ~bands.empty(exact)  # a text without a word is like nothing
        self._values, self._ranks = np.ascontiguousarray(values[there]), np.ascontiguousarray(ranks[there])
        self._bands = short_bands(recipe.threshold, recipe.permutations)
        self._needed = least_agreement(recipe.threshold, recipe.permutations)
        flat = self._keys_of(self._values).ravel()
        order = np.argsort(flat, kind="stable")
        self._keys, self._docs = flat[order], order // self._bands[0]
        self._sieve = np.zeros(1 << SIEVE, np.bool_)
        self._sieve[flat >> np.uint64(64 - SIEVE)] = True

    def doubles(self, values: Values, ranks: Ranks) -> Flags:
        """Which of some documents (m,) are like one of the few of a higher rank."""
        found = np.zeros(len(values), np.bool_)
        if len(self._keys) and len(values):
            held = np.ascontiguousarray(values)
            few = (self._keys, self._docs, self._values, self._ranks, self._sieve)
            _mark(self._keys_of(held), held, np.ascontiguousarray(ranks), *few, self._needed, found)
        return found

    def _keys_of(self, values: Values) -> Keys:
        return bands.keys(values, *self._bands, np.zeros(len(values), np.uint64))


@kernel
def _mark(
    keys: Keys,
    values: Values,
    ranks: Ranks,
    few_keys: Keys,
    few_docs: Docs,
    few_values: Values,
    few_ranks: Ranks,
    sieve: Flags,
    needed: int,
    found: Flags,
) -> None:
    shift = np.uint64(64 - SIEVE)
    for i in range(len(values)):
        for band in range(keys.shape[1]):
            key = keys[i, band]
            if found[i] or not sieve[key >> shift]:
                continue
            at = np.searchsorted(few_keys, key)
            while at < len(few_keys) and few_keys[at] == key:
                other = few_docs[at]
                if few_ranks[other] > ranks[i] and agreements(values, i, few_values, other) >= needed:
                    found[i] = True
                    break
                at += 1
