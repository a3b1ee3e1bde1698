"""How signatures are made: stored with every one of them, because signatures of two recipes cannot be compared."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup import normal
from dedup.estimate import agreement
from manifests.errors import Stop

ALGORITHM = "minhash32-1"
"""Name and version of the arithmetic in ``minhash``: raised when the same recipe would give other values."""

ALGORITHMS = (ALGORITHM,)
UNITS = ("word", "char")

_DECISIONS = frozenset({"threshold", "bands", "rows"})
# What is asked of signatures does not enter them: changing it must not read text again.


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that two signatures must share to be comparable, and the threshold that they are held against."""

    algorithm: str = ALGORITHM
    seed: int = 1
    """Start of the splitmix64 stream that the permutations are drawn from."""
    permutations: int = 128
    """MinHash values a document, 32 bits each; the low 16 bits of every one are kept for verification."""
    bands: int = 9
    rows: int = 6
    """Two documents are candidates when all rows of one band agree."""
    shingle: int = 5
    """Units in a shingle; a shorter text is one shingle."""
    unit: str = "word"
    """What a shingle is made of, in the normal form: words as langid.segment cuts them, or characters."""
    normal_form: int = normal.VERSION
    threshold: float = 0.75
    """Estimated Jaccard from which two documents count as near-duplicates."""

    def __post_init__(self) -> None:
        _known("algorithm", self.algorithm, ALGORITHMS)
        _known("unit", self.unit, UNITS)
        _within("seed", self.seed, 0, 2**64 - 1)
        _within("permutations", self.permutations, 16, 1024)
        _within("bands", self.bands, 1, 256)
        _within("rows", self.rows, 1, 256)
        _within("shingle", self.shingle, 1, 64)
        if self.bands * self.rows > self.permutations:
            raise Stop(
                f"dedup: {self.bands} bands of {self.rows} rows need {self.bands * self.rows} permutations, "
                f"the recipe has {self.permutations}",
                mend="lower dedup.bands or dedup.rows, or raise dedup.permutations",
            )
        if self.permutations % 16:
            raise Stop(
                f"dedup.permutations is {self.permutations}, expected a multiple of 16",
                mend="set dedup.permutations=128",
            )
        if not 0.0 < self.threshold <= 1.0:
            raise Stop(
                f"dedup.threshold is {self.threshold}, expected a Jaccard similarity above 0 and at most 1",
                mend="set dedup.threshold=0.75",
            )

    def digest(self) -> str:
        """SHA-256 (hex) of what the signatures depend on: every field but bands, rows and threshold."""
        return hashlib.sha256(self.stored()).hexdigest()

    def stored(self) -> bytes:
        """What is put beside signatures: all that they depend on."""
        return json.dumps(self._lasting(), sort_keys=True).encode()

    @classmethod
    def read(cls, stored: bytes) -> "Recipe":
        """The recipe beside stored signatures; Stop where this version cannot know it."""
        try:
            return cls(**json.loads(stored))
        except (ValueError, TypeError):
            raise Stop(
                f"this version does not know the recipe that signatures were made with: {stored!r}",
                mend="build into a new folder, or use the version that made the index",
            ) from None

    def _lasting(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in _DECISIONS}

    def check_same(self, other: "Recipe") -> None:
        """Raise Stop, naming both, where signatures of the two recipes cannot be compared."""
        different = [
            f"{field.name} {getattr(self, field.name)} and {getattr(other, field.name)}"
            for field in fields(self)
            if field.name not in _DECISIONS and getattr(self, field.name) != getattr(other, field.name)
        ]
        if different:
            raise Stop(
                f"signatures of two recipes cannot be compared: {self.digest()[:12]} and {other.digest()[:12]} "
                f"differ in {', '.join(different)}",
                mend="build into a new folder, or set the recipe of the existing index",
            )

    def match_probability(self, jaccard: float) -> float:
        """Chance that two documents of this Jaccard similarity share a band: 1 - (1 - s^rows)^bands."""
        return float(1.0 - (1.0 - jaccard**self.rows) ** self.bands)

    def found_probability(self, jaccard: float) -> float:
        """Chance that they share a band and that their estimate reaches the threshold too.

        The two lean on the same values: of each band it is counted how many rows agree, apart for all of them.
        """
        row = _binomial(self.rows, jaccard)
        no_band, some_band = np.ones(1), np.zeros(1)  # by how many values agree
        some = np.where(np.arange(self.rows + 1) == self.rows, row, 0.0)
        for _ in range(self.bands):
            some_band = np.convolve(some_band, row) + np.convolve(no_band, some)
            no_band = np.convolve(no_band, row - some)
        agreeing = np.convolve(some_band, _binomial(self.permutations - self.bands * self.rows, jaccard))
        return float(agreeing[agreement(self.threshold, self.permutations) :].sum())


def _binomial(n: int, chance: float) -> npt.NDArray[np.float64]:
    """The probabilities of 0 to n successes."""
    found = np.ones(1)
    for _ in range(n):
        found = np.convolve(found, [1.0 - chance, chance])
    return found


def best_bands(threshold: float, permutations: int) -> tuple[int, int]:
    """Bands and rows with the least sum of false positives and false negatives at a threshold.

    As datasketch's MinHashLSH picks them with equal weights (its ``_optimal_param``; Leskovec, Rajaraman and Ullman,
    Mining of Massive Datasets, section 3.4): the integral of the chance of a match below the threshold and of a miss
    above it. The first of equals, by bands, then rows.
    """
    # Polynomials of degree bands * rows, which so many nodes integrate exactly.
    nodes, weights = np.polynomial.legendre.leggauss(permutations // 2 + 1)
    below, above = (nodes + 1) / 2 * threshold, threshold + (nodes + 1) / 2 * (1 - threshold)
    least, best = math.inf, (1, 1)
    for bands in range(1, permutations + 1):
        rows = np.arange(1, permutations // bands + 1)[:, None]
        positive = (1 - (1 - below**rows) ** bands) @ weights * threshold / 2
        negative = (1 - above**rows) ** bands @ weights * (1 - threshold) / 2
        wrong = positive + negative
        at = int(wrong.argmin())
        if wrong[at] < least - 1e-12:
            least, best = float(wrong[at]), (bands, at + 1)
    return best


def _known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Stop(f"dedup.{name} is {value!r}, expected one of: {', '.join(known)}")


def _within(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Stop(f"dedup.{name} is {value!r}, expected a whole number from {low} to {high}")
