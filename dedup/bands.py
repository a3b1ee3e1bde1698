"""Band keys as the clustering reads them: salted by group, flat, and cut into partitions by hash range."""

import hashlib
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

VERSION = 1

Keys = npt.NDArray[np.uint64]
Docs = npt.NDArray[np.int64]


class Entries(NamedTuple):
    """Band keys and the documents that carry them, both of shape (m,)."""

    keys: Keys
    docs: Docs


@cache
def group_salt(group: str) -> np.uint64:
    """The salt of an arbitration group: of its name alone, so that it never depends on which groups a build has."""
    return np.uint64(int.from_bytes(hashlib.blake2b(group.encode(), digest_size=8).digest(), "little"))


def salted(bands: Keys, salts: Keys) -> Keys:
    """Band keys (n, bands) that only agree within a group; ``salts`` (n,) come from ``group_salt``.

    Two documents of different groups then never share a key, so one sort serves all groups at once.
    """
    keys = bands ^ salts[:, None]
    # The finaliser of splitmix64: the partition is read from the high bits, which must depend on the salt too.
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def entries(keys: Keys, docs: Docs, taking_part: npt.NDArray[np.bool_]) -> Entries:
    """Flatten keys (n, bands) of documents (n,); those that do not take part (empty, exact copies) are left out."""
    chosen = np.flatnonzero(taking_part)
    return Entries(keys[chosen].ravel(), np.repeat(docs[chosen], keys.shape[1]))


def partition(keys: Keys, parts: int) -> npt.NDArray[np.int64]:
    """The partition, 0 to ``parts`` - 1, of each key: equal ranges of the hash, so equal keys always meet."""
    if not 0 < parts <= 2**32:
        raise ValueError(f"keys are cut into 1 to 2**32 partitions, not {parts}")
    return (((keys >> np.uint64(32)) * np.uint64(parts)) >> np.uint64(32)).astype(np.int64)
