"""Paths and URLs as users give them."""

import os
import re
from pathlib import Path

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(place: Path | str) -> bool:
    """True of what has a scheme; ``file://`` is a path said in other words."""
    return isinstance(place, str) and bool(_SCHEME.match(place)) and not place.startswith("file://")


def scheme(url: str) -> str:
    """The letters before ``://``, small."""
    return url.partition("://")[0].lower()


def place(root: Path | str) -> Path | str:
    """A path, or a URL without a slash at its end."""
    if is_url(root):
        return str(root).rstrip("/")
    return Path(str(root).removeprefix("file://"))


def absolute(root: Path | str) -> str:
    """What means the same place wherever it is read on this machine; a URL means it everywhere."""
    found = place(root)
    return found if isinstance(found, str) else os.path.abspath(found)  # noqa: PTH100, as ".." is to go too


def within(inner: str, outer: str) -> bool:
    """True where one URL is the other or lies below it."""
    return f"{inner.rstrip('/')}/".startswith(f"{outer.rstrip('/')}/")
