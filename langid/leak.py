"""Documents that are wrongly given a label, as a distribution, and how the documents given it split by that.

The leak into a label is two gamma variables with the mean and variance of sums of cells of the confusion table, each
times the documents in that language: of mistakes that were met in tests, and of all others, which are mostly nothing
and sometimes a lot. Leak and right answers add up to what was answered.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

NODES = 7
PLACES = 49
"""Of sums between 0 and 1, where a label is split."""

Floats = npt.NDArray[np.float64]


@cache
def grid(places: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Places between 0 and 1 for sums, the logarithms of them and of what is left to 1, and the log odds from one to
    the next."""
    even = np.linspace(-1.0, 1.0, places)
    x = 300.0 * np.sinh(6.0 * even) / np.sinh(6.0)
    return 1.0 / (1.0 + np.exp(-x)), -np.logaddexp(0.0, -x), -np.logaddexp(0.0, x), np.gradient(x)


@cache
def _nodes(count: int) -> tuple[Floats, Floats]:
    """Of Gauss and Hermite, for a normal variable of variance 1: nodes, and the logarithms of their weights."""
    nodes, weights = np.polynomial.hermite.hermgauss(count)
    return nodes * math.sqrt(2.0), np.log(weights / weights.sum())


@dataclass(frozen=True, eq=False)
class Leak:
    """Documents that are wrongly given each label: by mistakes that were met in tests, and by those that were not."""

    mean: Floats
    variance: Floats
    rare: Floats
    rare_variance: Floats

    def splits(self, given: Floats, presence: Floats) -> tuple[Floats, Floats]:
        """How ``given`` documents split: mean and mean square of the share that leaked in."""
        found = np.zeros((2, len(given)))
        for some in self._kinds():
            found[:, some] = self.of(some)._splits(given[some], presence[some])
        return found[0], found[1]

    def likelihoods(self, given: Floats, presence: Floats) -> Floats:
        """Log likelihood of ``given`` documents of each label (row) for each shape of right answers (column)."""
        found = np.zeros((len(given), len(presence)))
        for some in self._kinds():
            found[some] = self.of(some)._likelihoods(given[some], presence)
        return found

    def _kinds(self) -> list[npt.NDArray[np.bool_]]:
        """Labels that mistakes were met for, and the others, for which all nodes are the same."""
        return [kind for kind in (self.mean > 0, self.mean <= 0) if kind.any()]

    def _splits(self, given: Floats, presence: Floats) -> tuple[Floats, Floats]:
        cut = self._cut(given)
        z, _, log_rest, _ = grid(PLACES)
        weight = cut.weight * np.exp(presence[:, None] * log_rest)
        whole, once, twice = np.moveaxis(weight @ np.stack([np.ones(len(z)), z, z**2], axis=1), 2, 0)
        likely = cut.likely(whole, presence)
        part = np.exp(likely - likely.max(axis=0))
        part /= part.sum(axis=0)
        met = np.minimum(cut.met / given, 1.0)
        rest = np.where(cut.fits, cut.rest / given, 0.0)
        mean = (part * (met + rest * once / whole)).sum(axis=0)
        square = (part * (met**2 + 2 * met * rest * once / whole + rest**2 * twice / whole)).sum(axis=0)
        return mean, square

    def _likelihoods(self, given: Floats, presence: Floats) -> Floats:
        cut = self._cut(given)
        _, _, log_rest, _ = grid(PLACES)
        whole = cut.weight @ np.exp(log_rest[:, None] * presence)
        likely = np.stack([cut.likely(whole[:, :, place], one) for place, one in enumerate(presence.tolist())], axis=2)
        best = likely.max(axis=0)
        return np.asarray(best + np.log(np.exp(likely - best).sum(axis=0)), np.float64)

    def _cut(self, given: Floats) -> "_Cut":
        nodes, log_weights = _nodes(NODES if (self.mean > 0).any() else 1)
        steady = np.maximum(self.mean**2 / np.maximum(self.variance, 1e-300), 1e-3)
        met = np.maximum(1 - 1 / (9 * steady) + nodes[:, None] / (3 * np.sqrt(steady)), 0.0) ** 3 * self.mean
        scale = self.rare_variance / self.rare
        rare = self.rare / scale
        rest = given - met
        fits = rest > 0
        rest = np.maximum(rest, 1e-3)
        z, log_z, _, step = grid(PLACES)
        density = (rare[:, None] * log_z)[None] - (rest / scale)[:, :, None] * z
        top = density.max(axis=2)
        density -= top[:, :, None]
        weight = np.exp(density, out=density)
        weight *= step
        base = (rare - 1) * np.log(rest) + top - rare * np.log(scale) - lgamma(rare) + log_weights[:, None]
        return _Cut(met, rest, fits, weight, base, -1e9 + np.log(rest) - met / np.maximum(given, 1e-3))

    def of(self, chosen: npt.NDArray[np.bool_]) -> "Leak":
        """That of some labels."""
        return Leak(self.mean[chosen], self.variance[chosen], self.rare[chosen], self.rare_variance[chosen])


@dataclass(frozen=True, eq=False)
class _Cut:
    """The documents of labels (columns) cut in two: mistakes that were met, at each node (row) of their gamma
    distribution (as the cube of a normal variable: Wilson and Hilferty 1931), and the ``rest``, which splits into unmet
    mistakes and right answers. ``weight`` is what each share of the former counts, but for the shape of the latter."""

    met: Floats
    rest: Floats
    fits: npt.NDArray[np.bool_]
    weight: Floats
    base: Floats
    unfit: Floats
    """Where more leaks in than was given at all nodes, all of it leaked in; the least node is the least wrong."""

    def likely(self, whole: Floats, presence: Floats | float) -> Floats:
        """Log likelihood of each node, whose weights add up to ``whole`` with right answers of this shape."""
        return np.asarray(np.where(self.fits, self.base + presence * np.log(self.rest) + np.log(whole), self.unfit))


def lgamma(values: Floats) -> Floats:
    return np.array([math.lgamma(value) for value in values.tolist()])
