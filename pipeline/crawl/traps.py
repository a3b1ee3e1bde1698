"""Places that have no end: told by the look of a URL, and by pages of one shape that say the same again and again."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

DEEPEST_PATH = 20
MOST_PARAMETERS = 8
MOST_REPEATS = 3

ENOUGH = 12
"""Pages of a shape before it is judged."""

REPEATED = 0.6
"""Share of them without anything new from which on the shape is left."""

_NUMBER = re.compile(r"\d+")
_HEX = re.compile(r"(?<![0-9a-zA-Z])(?=[0-9a-f]*\d)(?=[0-9]*[a-f])[0-9a-f]{8,}(?![0-9a-zA-Z])", re.IGNORECASE)
_RANDOM = re.compile(r"(?<![0-9a-zA-Z])(?=[0-9A-Za-z]*\d)(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{16,}(?![0-9a-zA-Z])")


def looks_endless(url: str) -> str:
    """Why a URL looks like one of a loop; empty where it does not.

    A folder that comes again three times (``/a/a/a``, ``/a/b/a/b/a/b``), very many folders, or very many parameters.
    """
    parts = urlsplit(url)
    folders = [part for part in parts.path.split("/") if part]
    if len(folders) > DEEPEST_PATH:
        return f"{len(folders)} folders deep"
    for length in range(1, len(folders) // MOST_REPEATS + 1):
        for start in range(len(folders) - MOST_REPEATS * length + 1):
            block = folders[start : start + length]
            if folders[start : start + MOST_REPEATS * length] == block * MOST_REPEATS:
                return f"{'/'.join(block)[:60]} comes {MOST_REPEATS} times"
    parameters = parts.query.count("&") + 1 if parts.query else 0
    if parameters > MOST_PARAMETERS:
        return f"{parameters} parameters"
    names = [part.partition("=")[0] for part in parts.query.split("&")]
    if len(names) - len(set(names)) >= MOST_REPEATS:
        return "a parameter comes again"
    return ""


def shape(url: str) -> str:
    """The URL with what counts and what is drawn by lot left out: numbers, long hexadecimal and mixed words."""
    parts = urlsplit(url)
    told = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return _NUMBER.sub("0", _RANDOM.sub("*", _HEX.sub("*", told)))[:300]


class Tally(NamedTuple):
    """Pages of one shape on a host: how many were read, and how many of them said nothing new."""

    read: int = 0
    repeated: int = 0

    def endless(self) -> bool:
        """Whether more of the kind are not worth asking for."""
        return self.read >= ENOUGH and self.repeated >= REPEATED * self.read


def folded(text: str) -> str:
    """A text without what a machine counts in it: equal for two days of a calendar."""
    return " ".join(_NUMBER.sub("0", text).lower().split())
