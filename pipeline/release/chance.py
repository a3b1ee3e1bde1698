"""Chance without a generator: a number for each document from its id and a seed, the same on every machine."""

import numpy as np
import numpy.typing as npt
import xxhash

Floats = npt.NDArray[np.float64]
Halves = npt.NDArray[np.uint64]


def _mixed(values: Halves) -> Halves:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def uniform(keys: Halves, seed: int, purpose: str) -> Floats:
    """Numbers in [0, 1) for keys (n, 2); another purpose gives numbers that have nothing to do with these."""
    salt = np.uint64(xxhash.xxh64_intdigest(f"{purpose}:{seed}".encode()))
    mixed = _mixed(keys[:, 0] ^ _mixed(keys[:, 1] ^ salt))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
