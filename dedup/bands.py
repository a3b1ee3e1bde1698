"""Band keys: made from stored signatures whenever they are needed, salted by group, and cut into ranges of their hash.

A key is a hash of the low 16 bits of a band's values, which the signature holds: with it alone an index can be
appended to, asked, or held against another threshold. Rows that differ agree in those bits once in 65,536.
"""

import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt

from dedup.estimate import Values
from dedup.minhash import chained, mixed
from langid.kernel import kernel

VERSION = 2

Keys = npt.NDArray[np.uint64]
Docs = npt.NDArray[np.int64]


@cache
def group_salt(group: str) -> np.uint64:
    """The salt of an arbitration group: of its name alone, so that it never depends on which groups a build has."""
    return np.uint64(int.from_bytes(hashlib.blake2b(group.encode(), digest_size=8).digest(), "little"))


def keys(values: Values, bands: int, rows: int, salts: Keys) -> Keys:
    """The keys (n, bands) of signatures (n, permutations): equal where all rows of a band and the salts (n,) are.

    Two documents of different groups (``group_salt``) never share a key, so one sort serves all groups at once.
    """
    found = np.empty((len(values), bands), np.uint64)
    _keys(np.ascontiguousarray(values), rows, np.ascontiguousarray(salts, np.uint64), found)
    return found


def empty(exact: Keys) -> npt.NDArray[np.bool_]:
    """True (n,) where an exact hash (n, 2) is that of a text without a word: it is no copy of anything."""
    return np.asarray(~exact.any(axis=1), np.bool_)


def span(number: int, of: int) -> tuple[int, int]:
    """First and last key of range ``number`` of ``of``: equal ranges of the hash, so equal keys always meet."""
    if not 0 <= number < of <= 2**32:
        raise ValueError(f"keys are cut into 1 to 2**32 ranges, not {of}; {number} is none of them")
    return -(-(number << 64) // of), -(-((number + 1) << 64) // of) - 1


@kernel
def _keys(values: Values, rows: int, salts: Keys, found: Keys) -> None:
    for i in range(found.shape[0]):
        for band in range(found.shape[1]):
            key = salts[i] + np.uint64(band + 1)
            for k in range(band * rows, band * rows + rows):
                key = chained(key, values[i, k])
            found[i, band] = mixed(key)
