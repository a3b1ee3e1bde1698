"""Which of some documents an index knows: it goes by in pieces, and each document remembers its best match so far."""

import numpy as np
import numpy.typing as npt

from dedup import bands
from dedup.bands import Docs, Keys
from dedup.estimate import Values, agreeing, agreement, jaccard
from dedup.recipe import Recipe

VERSION = 1

RUN = 16
"""Documents of a piece that are held against what is asked for each key they share: of a million copies of one page the
first tell as much as all."""

Pairs = npt.NDArray[np.int64]


class Asked:
    """Documents (n,) that are asked about, and of each the best match so far.

    ``match`` (n,) is the number of a known document, -1 for none; ``same`` (n,) says whether the normal form is the
    same. Of several that are equally alike, one that is published goes first, then the smallest id.
    """

    def __init__(self, exact: Keys, values: Values, salts: Keys, recipe: Recipe) -> None:
        """``exact`` (n, 2), ``values`` (n, permutations) and ``salts`` (n,) of the groups, as the index has them."""
        self._exact, self._values, self._recipe = exact, np.ascontiguousarray(values), recipe
        flat = self._band_keys(exact, values, salts)
        order = np.argsort(flat, kind="stable")
        self._keys, self._docs = flat[order], order // recipe.bands
        self._by_exact = np.lexsort((exact[:, 1], exact[:, 0]))
        n = len(exact)
        self.match = np.full(n, -1, np.int64)
        self.same = np.zeros(n, np.bool_)
        self._alike = np.zeros(n, np.int64)
        self._rank = np.full((n, 3), np.iinfo(np.uint64).max, np.uint64)

    def jaccard(self) -> npt.NDArray[np.float64]:
        """Estimated Jaccard (n,) with the match; 0 where there is none."""
        return np.where(self.same, 1.0, jaccard(self._alike, self._values.shape[1]))

    def meet(
        self, ids: Keys, exact: Keys, values: Values, salts: Keys, published: npt.NDArray[np.bool_], first: int
    ) -> None:
        """Hold a piece of the index, m documents numbered from ``first`` on, against what is asked.

        ``ids`` (m, 2) and ``published`` (m,) decide between equals.
        """
        copies, near = self._copies(exact), self._near(exact, values, salts)
        asked, known = np.concatenate([copies, near]).T.copy()
        same = np.arange(len(asked)) < len(copies)
        alike = agreeing(self._values, asked, np.ascontiguousarray(values), known)
        enough = same | (alike >= agreement(self._recipe.threshold, self._values.shape[1]))
        asked, known, same, alike = asked[enough], known[enough], same[enough], alike[enough]
        rank = np.stack([(~published[known]).astype(np.uint64), *ids[known].T], axis=1)
        document = np.concatenate([np.arange(len(self.match)), asked])
        same = np.concatenate([self.same, same])
        alike = np.concatenate([self._alike, alike])
        rank = np.concatenate([self._rank, rank])
        match = np.concatenate([self.match, known + first])
        order = np.lexsort((*rank.T[::-1], -alike, ~same, document))
        best = order[np.searchsorted(document[order], np.arange(len(self.match)))]
        self.same, self._alike, self._rank, self.match = same[best], alike[best], rank[best], match[best]

    def _band_keys(self, exact: Keys, values: Values, salts: Keys) -> Keys:
        """Keys of all bands, document after document; 0 where no word is left."""
        keys = bands.keys(values, self._recipe.bands, self._recipe.rows, salts)
        keys[bands.empty(exact)] = 0
        return keys.ravel()

    def _copies(self, exact: Keys) -> Pairs:
        """Pairs (k, 2) of asked and known documents with the same normal form."""
        mine = self._exact[self._by_exact, 0]
        low = np.searchsorted(mine, exact[:, 0], "left")
        high = np.searchsorted(mine, exact[:, 0], "right")
        known = np.flatnonzero((high > low) & ~bands.empty(exact))
        pairs = _spread(known, low[known], high[known], self._by_exact)
        same: Pairs = pairs[(self._exact[pairs[:, 0]] == exact[pairs[:, 1]]).all(axis=1)]
        return same

    def _near(self, exact: Keys, values: Values, salts: Keys) -> Pairs:
        """Pairs (k, 2) of asked and known documents that share the key of a band, each once."""
        flat = self._band_keys(exact, values, salts)
        low = np.searchsorted(self._keys, flat, "left")
        high = np.searchsorted(self._keys, flat, "right")
        hits = np.flatnonzero((high > low) & (flat > 0))
        hits = hits[_first_of_each(flat[hits], RUN)]
        pairs = _spread(hits // self._recipe.bands, low[hits], high[hits], self._docs)
        return np.unique(pairs, axis=0)


def _first_of_each(keys: Keys, most: int) -> Docs:
    """Places of the first entries of each key, ``most`` at most, in order."""
    order = np.argsort(keys, kind="stable")
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = keys[order][1:] != keys[order][:-1]
    first = np.flatnonzero(starts)
    run = np.repeat(first, np.diff(np.append(first, len(keys))))
    return np.sort(order[np.arange(len(keys)) - run < most])


def _spread(known: Docs, low: Docs, high: Docs, docs: Docs) -> Pairs:
    """Pairs (k, 2): every one of ``docs`` from ``low`` to ``high`` with the ``known`` document of that range."""
    counts = high - low
    before = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.repeat(low, counts) + np.arange(int(counts.sum())) - before
    return np.stack([docs[place], np.repeat(known, counts)], axis=1).astype(np.int64)
