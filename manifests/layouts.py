"""Corpora whose files are laid out in ways of their own: where a record holds its text, and what labels mean there.

The table is ``layouts.toml``.
"""

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files as shipped
from typing import Literal

from manifests.errors import Stop
from manifests.names import MACRO, SYSTEMS, Labels, meanings


@dataclass(frozen=True)
class Layout:
    """One row of the table; an empty string is the absence of what it would name."""

    name: str
    about: str
    files: str
    documents: Literal["field", "block"] = "field"
    """What holds a document: a field of a record, or lines between blank ones."""
    text: str = ""
    id: str = ""
    url: str = ""
    date: str = ""
    dump: str = ""
    language: str = ""
    escaped: bool = False
    """A backslash and n in the text stand for a line feed."""
    path: str = ""
    names: str = ""

    def declared(self, relative: str) -> str | None:
        """What the corpus calls the language of a file, with its system: ``cc100:zh-Hant``."""
        found = re.search(self.path, relative) if self.path else None
        return self.tag(next(filter(None, found.groups()), None)) if found else None

    def tag(self, name: str | None) -> str | None:
        """The corpus's name of a language with its system."""
        return tag(name, self.names)


def tag(name: str | None, system: str = "") -> str | None:
    """What a corpus declares, told from what a page says by its colon; without a system, what everybody means."""
    return name if not name or ":" in name else f"{system}:{name}"


@cache
def layouts() -> dict[str, Layout]:
    """All layouts by name, in the order of the table."""
    text = (shipped("manifests") / "layouts.toml").read_text(encoding="utf-8")
    return {name: Layout(name=name, **row) for name, row in tomllib.loads(text).items()}


def layout(name: str) -> Layout:
    """The layout of that name; Stop lists those there are."""
    known = layouts()
    if name not in known:
        raise Stop(f"No layout is called {name!r}.", f"Known: {', '.join(known)}; fields can be named one by one, too.")
    return known[name]


def fitting(seen: set[str]) -> list[str]:
    """Layouts whose field of the text is among those that records have, those with most of their fields there first."""
    parts = [part.name for part in fields(Layout) if part.name in {"text", "id", "url", "date", "dump", "language"}]
    counts = {
        name: sum(getattr(row, part) in seen for part in parts) for name, row in layouts().items() if row.text in seen
    }
    return sorted((name for name in counts), key=lambda name: -counts[name])


@lru_cache(1 << 14)  # pages declare what they like
def labels(declared: str) -> Labels:
    """The labels that a declared language may mean, none where nobody knows it; ``SYSTEM:NAME`` is that system's."""
    system, _, name = declared.partition(":")
    bare = name if not system or system in SYSTEMS else declared
    for query in (declared if system else bare, bare, f"{MACRO}:{bare}"):
        if found := meanings(query):
            return tuple(sorted({label for several in found.values() for label in several}))
    return ()
