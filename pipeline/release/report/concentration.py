"""How much of a language comes from few places or of few kinds: a concentration index, and traces of two kinds of text.

Small languages on the web are often a translation of scripture and a copy of an encyclopaedia, and a model trained on
them speaks like these. What is told here is a lower bound: a place by its name, a text by citations that it is full of.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["religious", "encyclopaedic"]
KINDS: tuple[Kind, ...] = ("religious", "encyclopaedic")

NAMES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "religious": (
            *("bible", "biblia", "biblica", "gospel", "scripture", "quran", "koran", "tanzil", "hadith", "torah"),
            *("jw.org", "churchofjesuschrist.org", "vatican.va", "wordproject.org", "islamqa", "al-islam.org"),
            *("tipitaka", "suttacentral", "sacred-texts", "desiringgod", "watchtower"),
        ),
        "encyclopaedic": (
            *("wikipedia", "wikimedia", "encyclopedia", "encyclopaedia", "enciclopedia", "wikiwand", "britannica"),
            *("baike.baidu", "dbpedia", "wiki-dump", "wikidump"),
        ),
    }
)
"""A host or a source with one of these in its name holds text of the kind."""

MARKS: Mapping[Kind, tuple[str, int, float]] = MappingProxyType(
    {"religious": ("verse_marks", 5, 0.02), "encyclopaedic": ("note_marks", 5, 0.02)}
)
"""The signal that is a trace of the kind, and how many a document of it has at least: in all, and a word. A verse has
about 25 words, and a text that says the hour of the day now and then stays below."""


@lru_cache(1 << 16)
def kind_of(place: str) -> int:
    """The number in KINDS of what a host or source is by its name, or -1."""
    name = place.lower()
    return next((number for number, kind in enumerate(KINDS) if any(part in name for part in NAMES[kind])), -1)


def by_marks(words: npt.NDArray[Any], marks: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.int8]:
    """Of documents (n,) the number in KINDS of what their citations make them, or -1; ``marks`` are signals by name."""
    found = np.full(len(words), -1, np.int8)
    for number in reversed(range(len(KINDS))):
        signal, least, a_word = MARKS[KINDS[number]]
        if signal in marks:
            found[(marks[signal] >= least) & (marks[signal] >= a_word * words)] = number
    return found


def herfindahl(amounts: Iterable[float]) -> float:
    """The sum of squared shares: 1 where all is from one place, 1/n where n places give the same; 0 where nothing is.

    1 divided by it is the number of equal places that would be as concentrated (Hirschman 1945, Herfindahl 1950).
    """
    values = np.fromiter(amounts, np.float64)
    total = values.sum()
    return float(((values / total) ** 2).sum()) if total > 0 else 0.0
