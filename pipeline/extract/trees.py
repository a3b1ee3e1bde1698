"""Boosted trees as flat arrays: what training leaves and reading pages uses."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, kernel

Floats = npt.NDArray[np.float32]


class Trees(NamedTuple):
    """An ensemble whose sum is the log odds.

    ``feature``, (nodes,): the column that a node asks for, -1 in a leaf. ``cut``: the greatest value that goes left; in
    a leaf, what it adds. ``child``: the left one; the right one follows it. ``roots``, (trees,): first nodes.
    """

    feature: npt.NDArray[np.int16]
    cut: Floats
    child: npt.NDArray[np.int32]
    roots: npt.NDArray[np.int32]


@inline
def odds(
    row: Floats, feature: npt.NDArray[np.int16], cut: Floats, child: npt.NDArray[np.int32], roots: npt.NDArray[np.int32]
) -> float:
    """Log odds of one row of features."""
    total = np.float32(0.0)
    for tree in range(len(roots)):
        node = np.int64(roots[np.uintp(tree)])
        wanted = np.int64(feature[np.uintp(node)])
        while wanted >= 0:
            node = np.int64(child[np.uintp(node)]) + (row[np.uintp(wanted)] > cut[np.uintp(node)])
            wanted = np.int64(feature[np.uintp(node)])
        total += cut[np.uintp(node)]
    return float(total)


@kernel
def predict(
    table: Floats, count: int, feature: npt.NDArray[np.int16], cut: Floats, child: npt.NDArray[np.int32],
    roots: npt.NDArray[np.int32], out: Floats,
) -> None:  # fmt: skip
    """The probability of each of the first ``count`` rows of ``table``."""
    for row in range(count):
        out[row] = 1.0 / (1.0 + np.exp(-odds(table[row], feature, cut, child, roots)))
