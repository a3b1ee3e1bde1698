"""Estimated Jaccard similarity: the share of MinHash values that agree, by their low 16 bits.

Of two different values the low bits agree by chance once in 2^16 (b-bit minwise hashing, Li and König 2010). Taking
those off would change an estimate by 0.000004 where its error is 0.04, yet put 96 of 128 just under a threshold of
0.75; so they are left in.
"""

import math

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, kernel

Values = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.int64]


def jaccard(agreeing: int | npt.NDArray[np.int64], permutations: int) -> npt.NDArray[np.float64]:
    """Estimated Jaccard of documents that agree in so many of their values."""
    return np.asarray(agreeing, np.float64) / permutations


def agreement(threshold: float, permutations: int) -> int:
    """The smallest number of agreeing values whose estimate reaches the threshold."""
    return math.ceil(threshold * permutations - 1e-9)


def between(left: Values, right: Values) -> npt.NDArray[np.float64]:
    """Estimated Jaccard (n,) of the documents in the same rows of two (n, permutations) arrays."""
    return jaccard((left == right).sum(axis=1, dtype=np.int64), left.shape[1])


@inline
def agreements(left: Values, i: int, right: Values, j: int) -> int:
    """In how many columns two rows agree. A 16-bit count lets the compiler compare a whole register at a time."""
    count = np.uint16(0)
    for k in range(left.shape[1]):
        count = np.uint16(count + np.uint16(left[i, k] == right[j, k]))
    return int(count)


@kernel
def agreeing(left: Values, i: Rows, right: Values, j: Rows) -> Rows:
    """In how many columns the rows ``i`` (n,) of one array and ``j`` (n,) of another agree."""
    found = np.empty(len(i), np.int64)
    for k in range(len(i)):
        found[k] = agreements(left, i[k], right, j[k])
    return found
