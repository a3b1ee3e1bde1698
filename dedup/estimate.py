"""Estimated Jaccard similarity from the low 16 bits of MinHash values (b-bit minwise hashing, Li and König 2010)."""

import math

import numpy as np
import numpy.typing as npt

from langid.kernel import inline

Values = npt.NDArray[np.uint16]

CHANCE = 2.0**-16
"""How often the low 16 bits of two different MinHash values agree."""


def jaccard(agreeing: int | npt.NDArray[np.int64], permutations: int) -> npt.NDArray[np.float64]:
    """Estimated Jaccard of documents that agree in so many of their values, without the agreements of chance."""
    share = np.asarray(agreeing, np.float64) / permutations
    return np.clip((share - CHANCE) / (1.0 - CHANCE), 0.0, 1.0)


def agreement(threshold: float, permutations: int) -> int:
    """The smallest number of agreeing values whose estimate reaches the threshold."""
    exact = (threshold * (1.0 - CHANCE) + CHANCE) * permutations
    return min(permutations, math.ceil(exact - 1e-9))


def between(left: Values, right: Values) -> npt.NDArray[np.float64]:
    """Estimated Jaccard (n,) of the documents in the same rows of two (n, permutations) arrays."""
    return jaccard((left == right).sum(axis=1, dtype=np.int64), left.shape[1])


@inline
def agreements(values: Values, i: int, j: int) -> int:
    """In how many columns two rows agree. A 16-bit count lets the compiler compare a whole register at a time."""
    count = np.uint16(0)
    for k in range(values.shape[1]):
        count = np.uint16(count + np.uint16(values[i, k] == values[j, k]))
    return int(count)
