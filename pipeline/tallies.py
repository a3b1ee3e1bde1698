"""Tallies that add up, and those of many parts added as they come: what a driver keeps grows with labels, not parts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from langid.scores import BINS
from pipeline.steps import rehydrate


def summed(many: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Tallies in tallies, added up name by name, in the order of names."""
    total: dict[str, Any] = {}
    for one in many:
        for name, value in one.items():
            before = total.get(name)
            if isinstance(value, Mapping):
                total[name] = summed([before or {}, value])
            elif isinstance(value, Sequence):
                total[name] = [a + b for a, b in zip(before or [0] * len(value), value, strict=True)]
            else:
                total[name] = (before or 0) + value
    return dict(sorted(total.items()))


class Scores:
    """Documents by what the model answered and by bin of ``langid.scores``."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._counts: npt.NDArray[np.int64] = np.zeros((64, BINS), np.int64)

    def add(self, told: Mapping[str, Sequence[int]]) -> None:
        """Add those of a part."""
        if not told:
            return
        rows = [self._rows.setdefault(name, len(self._rows)) for name in told]
        if len(self._rows) > len(self._counts):
            more = np.zeros((2 * len(self._rows), BINS), np.int64)
            more[: len(self._counts)] = self._counts
            self._counts = more
        self._counts[rows] += np.array(list(told.values()), np.int64)

    def told(self) -> dict[str, list[int]]:
        """As markers have them."""
        return {name: self._counts[row].tolist() for name, row in sorted(self._rows.items())}


@dataclass(slots=True)
class Noted:
    """What is known of notes parts: of each what the next steps ask for, of all together what the record tells."""

    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By part: fingerprint, rows and bytes."""
    answered: Counter[str] = field(default_factory=Counter)
    scores: Scores = field(default_factory=Scores)
    cut: dict[str, Any] = field(default_factory=dict)
    repeats: dict[str, Any] = field(default_factory=dict)
    pii: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Any] = field(default_factory=dict)

    def add(self, part: str, marker: Mapping[str, Any]) -> None:
        """Take in the marker of a part, as ``notes.state`` gives it."""
        self.parts[part] = {name: marker[name] for name in ("fingerprint", "rows", "bytes")}
        self.answered.update({label: stop - start for label, (start, stop, *_) in marker["labels"].items()})
        self.scores.add(marker["scores"])
        for name in ("cut", "repeats", "pii", "declared"):
            if marker[name]:
                setattr(self, name, summed([getattr(self, name), marker[name]]))


@dataclass(slots=True)
class Settled:
    """What is known of settled blocks of parts, all together."""

    fingerprints: dict[str, str]
    """By part."""
    folders: dict[str, Any] = field(default_factory=dict)
    """Of each label: documents and bytes of text by folder."""
    digests: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each label: a digest of its verdicts and their text in each block that has some."""
    sums: dict[str, Any] = field(default_factory=dict)
    scores: Scores = field(default_factory=Scores)
    sizes: rehydrate.Counts = field(default_factory=dict)

    def add(self, block: str, marker: Mapping[str, Any]) -> None:
        """Take in the marker of a block."""
        for label, told in marker["digests"].items():
            self.digests.setdefault(label, {})[block] = told
        self.folders = summed([self.folders, marker["folders"]])
        self.sums = summed([self.sums, marker["sums"]])
        self.scores.add(marker["published"])
        self.sizes = rehydrate.added([self.sizes, marker["sizes"]])
