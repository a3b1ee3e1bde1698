"""Which documents are set aside for validation and test: whole clusters, so that no text has its double in training.

A document's number is drawn from its tie (its cluster, or itself), so near-duplicates go together, whichever label each
is published under. Borders are set once for an arbitration group, within which clusters are found; and once for all
documents that are versions of a text in several languages, whose tie is their group, so that no split has a translation
of what another holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SPLITS = ("train", "validation", "test")
VERSIONS = "versions"
"""The name of the borders of documents that have a group."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is set aside: a share of each group's documents, at most so many, for validation and as much for test."""

    share: float = 0.0
    documents: int = 10_000


@dataclass(frozen=True, slots=True)
class Borders:
    """Numbers below ``test`` are test, those from there to ``validation`` are validation, the others train."""

    test: float = 0.0
    validation: float = 0.0

    def of(self, numbers: Floats, split: str) -> npt.NDArray[np.bool_]:
        """Which of the documents with these numbers are in a split."""
        if split == "test":
            return numbers < self.test
        if split == "validation":
            return (numbers >= self.test) & (numbers < self.validation)
        return numbers >= self.validation


def borders(parts: Iterable[Floats], documents: int, asked: Asked) -> Borders:
    """Borders for a group of so many documents, whose numbers come in parts; only the least of them are held.

    Neither split holds more documents than asked: a cluster that would cross a border stays on its far side.
    """
    quota = min(int(asked.share * documents), asked.documents)
    if quota == 0:
        return Borders()
    least = np.zeros(0)
    for numbers in parts:
        least = np.concatenate([least, numbers])
        if len(least) > 2 * quota + 1:
            least = np.partition(least, 2 * quota)[: 2 * quota + 1]
    least = np.append(np.sort(least), 1.0)
    test = float(least[quota])
    from_there = int(np.searchsorted(least, test))
    return Borders(test, float(least[min(from_there + quota, len(least) - 1)]))


def told(found: Mapping[str, Borders]) -> dict[str, list[float]]:
    """Borders by group, as JSON has them."""
    return {group: [one.test, one.validation] for group, one in sorted(found.items()) if one.validation > 0}
