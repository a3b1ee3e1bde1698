"""Where pages in the wanted languages are: expected of a link before it is followed, from what its likes were.

Of each host it is counted how many pages of a kind were read and how many of them were wanted. Kinds are: what wanted
(or other) pages link to, the folders of a URL, the language that a URL or link names, and the words of a link (a menu
of languages has the same on every page). The expectation is naive Bayes: the odds of what such pages link to, times the
odds of every other kind over those of the host. A kind that says no more than the host does changes nothing.

A link that is expected to lead elsewhere is put off, not dropped: when its host has nothing better, or its kind proves
better than thought, it is looked at again.
"""

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from langid.relatives import group_of
from manifests.errors import Stop
from manifests.names import resolve

LINKED_FROM = {"wanted": 0.85, "other": 0.15, "unknown": 0.5}
"""Chance that a page of an unknown host is wanted, by the page that links to it."""

DECLARED = 4.5
"""Weight, in log odds, of a language that a link or URL names: it goes as pages so named are read."""

FOLLOWED = 0.5
"""Expected chance from which on a link is followed."""

MISSES = 1
"""Links of a host that may be tried against expectation, and one more for each ``MISSES_PER`` wanted pages."""
MISSES_PER = 100

SURE_SCORE = 0.3
"""A language that is told with less leaves a page unknown."""

FEWEST_LETTERS = 60
"""A page with less text is unknown: it leads on as the one before it did."""

_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_PARAMETERS = frozenset({"lang", "language", "hl", "locale", "l", "lng", "setlang", "uselang"})


class Tally(NamedTuple):
    """Pages of a kind that were read, and those of them that were wanted."""

    read: int = 0
    wanted: int = 0


class Kinds(NamedTuple):
    """What a link is counted under, and what it declares: 1 a wanted language, -1 another, 0 none."""

    linked_from: str
    names: tuple[str, ...]
    declared: int


class Wanted:
    """Which languages are looked for. A close relative counts too: the model may take one for the other."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = frozenset(labels)
        self._groups = {group_of(label) for label in labels}

    def judge(self, label: str, score: float, letters: int) -> str:
        """``wanted``, ``other`` or ``unknown``."""
        if letters < FEWEST_LETTERS or score < SURE_SCORE or label.startswith(("zxx", "und")):
            return "unknown"
        return "wanted" if group_of(label) in self._groups else "other"

    def declared(self, *names: str) -> int:
        """What names of languages declare: the first that is one decides."""
        for name in names:
            if labels := named(name):
                return 1 if any(group_of(label) in self._groups for label in labels) else -1
        return 0


@lru_cache(4096)
def named(code: str) -> tuple[str, ...]:
    """The labels that a code of a language in a URL or hreflang means; none where it is no such code."""
    told = code.strip().lower().replace("_", "-")
    if not _CODE.fullmatch(told):
        return ()
    for form in (told, told.partition("-")[0]):
        try:
            return tuple(resolve(form))
        except Stop:
            continue
    return ()


@lru_cache(1 << 14)
def marks(url: str) -> tuple[str, ...]:
    """Words of a URL where languages are named: ``/sw/``, ``?lang=sw``, ``sw.example.org``, ``page.sw.html``."""
    parts = urlsplit(url)
    found = []
    for part in parts.query.split("&"):
        name, _, value = part.partition("=")
        if name.lower() in _PARAMETERS and _CODE.fullmatch(value):
            found.append(value.lower())
    *folders, last = parts.path.split("/")
    found += [folder.lower() for folder in folders[1:] if _CODE.fullmatch(folder) and len(folder) <= 11]
    found += [piece.lower() for piece in last.split(".")[1:-1] if _CODE.fullmatch(piece)]
    first, dot, _ = (parts.hostname or "").partition(".")
    if dot and _CODE.fullmatch(first) and len(first) <= 7 and first != "www":
        found.append(first)
    return tuple(found)


def kinds(wanted: Wanted, url: str, tongue: str, words: str, linked_from: str) -> Kinds:
    """What a link is counted under: the fewest things that tell one language of a site from another."""
    parts = urlsplit(url)
    folders = parts.path.split("/")[1:-1]
    names = [f"folder {'/'.join(folders[:depth])}" for depth in (1, 2) if len(folders) >= depth]
    codes = [mark for mark in marks(url) if named(mark)]
    names += [f"mark {code}" for code in codes[:2]]
    if tongue:
        names.append(f"tongue {tongue}")
    told = words.strip().lower()
    if told and len(told) <= 24 and not any(character.isdigit() for character in told):
        names.append(f"words {told}")
    return Kinds(linked_from, tuple(dict.fromkeys(names)), wanted.declared(tongue, *codes))


def expected(link: Kinds, tally: Callable[[str], Tally]) -> float:
    """The chance that a link leads to a wanted page; ``tally`` tells what is known of a kind on its host.

    The kind ``""`` is the whole host, and ``from wanted`` what its wanted pages link to.
    """
    host = tally("")
    rate = (host.wanted + 1) / (host.read + 2)
    seen = tally(f"from {link.linked_from}")
    chance = (seen.wanted + 2 * LINKED_FROM[link.linked_from]) / (seen.read + 2)
    found_by = {name: tally(name) for name in link.names}
    tried = sum(found.read for name, found in found_by.items() if name.startswith(("mark ", "tongue ")))
    odds = _logit(chance) + DECLARED * link.declared / (1 + tried)
    for found in found_by.values():
        if found.read:
            odds += _logit((found.wanted + rate) / (found.read + 1)) - _logit(rate)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def may_try(host: Tally) -> bool:
    """Whether a host may be tried once more against expectation."""
    return host.read - host.wanted < MISSES + host.wanted // MISSES_PER


def _logit(chance: float) -> float:
    bound = min(max(chance, 0.02), 0.98)
    return math.log(bound / (1 - bound))
