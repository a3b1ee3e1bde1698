"""Close relatives told apart by the words that each has to itself.

A listed word is of its language at least 85 times in 100 where it is found at all, so each different one that a
document has multiplies the odds of its language by 85 to 15 against the rivals. The rest is the model's own opinion:
a document in which no such word is found keeps its label.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.kernel import buffers
from langid.passages import passages
from manifests.errors import Stop

RELATIVES = "relatives.tsv"
"""Beside a model file: the words of each language that is told from its relatives, made by langid.arbitrate_build."""

COLUMNS = ("group", "label", "words")

SHARE = 0.85
"""Of a listed word's occurrences, at least so many are in its language: how the lists were made."""
WORTH = math.log(SHARE / (1 - SHARE))
ZONE_LETTERS = 100
"""Read of each quarter of a long document."""
UNTOLD = 0.003
"""Share of votes that every relative has beforehand, so that words may win against a model that rules it out."""

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Group:
    """``words`` says of each word which of ``members`` (numbers of answers) have it, as places in ``members``."""

    members: tuple[int, ...]
    words: Mapping[str, tuple[int, ...]]
    spaced: bool
    """Else words are single characters."""

    def settle(self, shares: Mapping[int, float], text: str) -> int:
        """The member that ``text`` (small letters, single spaces) is in, ``shares`` being the model's; of equals the
        likeliest to the model."""
        scores = [math.log(shares.get(member, 0.0) + UNTOLD) for member in self.members]
        for word in self._found(text):
            for place in self.words[word]:
                scores[place] += WORTH
        best = max(range(len(scores)), key=lambda k: (scores[k], shares.get(self.members[k], 0.0), -k))
        return self.members[best]

    def _found(self, text: str) -> set[str]:
        """Different listed words of ``text``."""
        if self.spaced:
            return self.words.keys() & set(text.split())
        return self.words.keys() & set(text)


@dataclass(frozen=True, eq=False)
class Arbiter:
    """``group_of`` (answers,) is the place in ``groups`` of each answer, -1 for those without rivals."""

    groups: Sequence[Group]
    group_of: Ints

    def settle(self, texts: pa.StringArray, best: Ints, top: Ints, top_share: npt.NDArray[np.float32]) -> Ints:
        """The answers ``best`` (documents,; -1 for none) again, those that have rivals after arbitration. ``top`` and
        ``top_share`` (documents, ranks) are the model's opinion, -1 where it has no more."""
        settled = best.copy()
        rows = np.flatnonzero((best >= 0) & (self.group_of[best] >= 0))
        if len(rows):
            for row, text in zip(rows.tolist(), _read(texts.take(pa.array(rows))), strict=True):
                told = dict(zip(top[row].tolist(), top_share[row].tolist(), strict=True))
                settled[row] = self.groups[self.group_of[best[row]]].settle(told, text)
        return settled


def read(path: Path, answers: Sequence[str]) -> Arbiter | None:
    """The arbiter for a model with ``answers`` (labels), from a TSV file with columns group, label, words (parted by
    spaces); None where there is no such file. Raises Stop where it is damaged."""
    if not path.is_file():
        return None
    place = {label: number for number, label in enumerate(answers)}
    lists: dict[str, dict[str, list[str]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["label"] in place:
                    lists.setdefault(row["group"], {})[row["label"]] = row["words"].split(" ")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise Stop(f"{path} cannot be read as lists of words: {error!r}", "Mend or delete it") from error
    groups: list[Group] = []
    group_of = np.full(len(answers), -1, np.int32)
    for listed in lists.values():
        if len(listed) < 2:
            continue
        words: dict[str, tuple[int, ...]] = {}
        for at, own in enumerate(listed.values()):
            for word in own:
                words[word] = (*words.get(word, ()), at)
        members = tuple(place[label] for label in listed)
        group_of[list(members)] = len(groups)
        groups.append(Group(members, words, spaced=not next(iter(listed)).endswith("_Hani")))
    return Arbiter(groups, group_of)


def _read(texts: pa.StringArray) -> list[str]:
    """Small letters and single spaces: the passages of each text, joined."""
    found = passages(*buffers(texts), letters_only=True, zone_letters=ZONE_LETTERS)
    made = [""] * len(texts)
    for document, start, stop in zip(
        found.documents.tolist(), found.starts.tolist(), found.stops.tolist(), strict=True
    ):
        made[document] += " " + found.data[start:stop].tobytes().decode()
    return made
