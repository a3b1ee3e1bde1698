"""How signatures are made: stored with every one of them, because signatures of two recipes cannot be compared."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields

from dedup import normal
from manifests.errors import Stop

ALGORITHM = "minhash32-1"
"""Name and version of the arithmetic in ``minhash``: raised when the same recipe would give other values."""

ALGORITHMS = (ALGORITHM,)
UNITS = ("word",)

_DECISIONS = frozenset({"threshold"})
# A threshold is held against signatures, it does not enter them: changing it must not read text again.


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that two signatures must share to be comparable, and the threshold that they are held against."""

    algorithm: str = ALGORITHM
    seed: int = 1
    """Start of the splitmix64 stream that the permutations are drawn from."""
    permutations: int = 128
    """MinHash values a document, 32 bits each; the low 16 bits of every one are kept for verification."""
    bands: int = 14
    rows: int = 8
    """Two documents are candidates when all rows of one band agree."""
    shingle: int = 5
    """Units in a shingle; a shorter text is one shingle."""
    unit: str = "word"
    """What a shingle is made of: words as langid.segment cuts them, in the normal form."""
    normal_form: int = normal.VERSION
    threshold: float = 0.75
    """Estimated Jaccard from which two documents count as near-duplicates."""

    def __post_init__(self) -> None:
        _known("algorithm", self.algorithm, ALGORITHMS)
        _known("unit", self.unit, UNITS)
        _within("seed", self.seed, 0, 2**64 - 1)
        _within("permutations", self.permutations, 16, 1024)
        _within("bands", self.bands, 1, 256)
        _within("rows", self.rows, 1, 64)
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
        """SHA-256 (hex) of what the signatures depend on: every field but the threshold."""
        stored = {name: value for name, value in asdict(self).items() if name not in _DECISIONS}
        return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()

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


def _known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Stop(f"dedup.{name} is {value!r}, expected one of: {', '.join(known)}")


def _within(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Stop(f"dedup.{name} is {value!r}, expected a whole number from {low} to {high}")
