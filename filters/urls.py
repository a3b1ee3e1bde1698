"""Hosts and URLs that are on a list: of adult content, malware, gambling, or whatever its owner wants left out.

An entry is a host, which stands for every host below it too, or a host with the beginning of a path. A list is kept as
sorted 64-bit keys, eight bytes an entry. Nothing of a text is asked, so that another list re-decides without it.
"""

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import xxhash

VERSION = 1

Keys = npt.NDArray[np.uint64]
Category = Literal["adult", "malware", "gambling", "listed"]

SIGNALS: Mapping[Category, str] = MappingProxyType({category: f"{category}_list" for category in get_args(Category)})
"""What is measured, by category: the number of the first list that has the place, counted from 1; 0 where none has."""

NAMES: Mapping[str, Category] = MappingProxyType(
    {
        "adult": "adult",
        "mixed_adult": "adult",
        "porn": "adult",
        "malware": "malware",
        "phishing": "malware",
        "cryptojacking": "malware",
        "gambling": "gambling",
        "arjel": "gambling",
    }
)
"""Lists by their name at UT1 (University of Toulouse) and elsewhere; any other name is ``listed``."""

FOLDERS = 32
"""Folders of a path that an entry may name."""

LONGEST_HOST = 253
"""Letters of a host name; a longer one is none."""

_PLAIN = re.compile(rb"(?!www\.)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+").fullmatch
_NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 (where hosts files send what they block)


def host(url: str) -> str:
    """The host that a URL names, in lower case, without user, port and leading ``www.``; empty where it names none."""
    _, mark, rest = url.partition("://")
    if not mark:
        return ""
    place = rest.replace("\\", "/").partition("/")[0].partition("?")[0].partition("#")[0]
    name = unquote(place.rpartition("@")[2]).lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".").removeprefix("www.")


def _ascii(name: str) -> str:
    """A host in the letters of the network: of bücher.example xn--bcher-kva.example."""
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _tail(url: str) -> str:
    """Path and query of a URL, without fragment and slashes at the end; empty where there is nothing of these."""
    rest = url.partition("://")[2].replace("\\", "/").partition("#")[0]
    ends = [place for place in (rest.find("/"), rest.find("?")) if place >= 0]
    return rest[min(ends) :].rstrip("/") if ends else ""


def entry(line: str) -> str:
    """The host, or host and path, that a line of a list names; empty where it names none.

    Lists of hosts, hosts files (``0.0.0.0 bad.example``) and host lines of ad blockers (``||bad.example^``) are read.
    A name without a dot is none: it would be all of a top-level domain.
    """
    words = line.split()
    if not words or words[0][0] in "#!;":
        return ""
    found = words[1] if words[0] in _NOWHERE and len(words) > 1 else words[0]
    found = found.removeprefix("||").removesuffix("^").removeprefix("*.").lstrip(".")
    url = found if "://" in found else f"http://{found}"
    name = _ascii(host(url))
    return name + _tail(url) if "." in name or name.startswith("[") else ""


def keys(lines: Iterable[bytes]) -> Keys:
    """The entries of a list, as sorted keys."""
    key, found = xxhash.xxh3_64_intdigest, array("Q")
    for line in lines:
        name = line.rstrip()
        if not _PLAIN(name):
            name = entry(line.decode("utf-8", "replace")).encode()
        if name:
            found.append(key(name))
    return np.unique(np.frombuffer(found, np.uint64))


def names(url: str) -> list[str]:
    """What an entry may name a URL by, the most exact first: with path and query, folders, its host, those above."""
    name = _ascii(host(url))
    if not name or len(name) > LONGEST_HOST:
        return []
    found = []
    if tail := _tail(url):
        path = tail.partition("?")[0].rstrip("/")
        found = [name + tail] if path != tail else []
        ends = [place for place, sign in enumerate(path) if sign == "/" and place][:FOLDERS]
        found += [name + path[:end] for end in [len(path), *reversed(ends)] if end]
    found.append(name)
    if name.replace(".", "").isdigit():
        return found  # above an address there is nothing
    while "." in (name := name.partition(".")[2]):
        found.append(name)
    return found


@dataclass(frozen=True, slots=True)
class List:
    """A list, and what it is of."""

    category: Category
    keys: Keys


def listed(urls: Sequence[str | None], lists: Sequence[List], excepted: Keys) -> dict[str, npt.NDArray[np.float32]]:
    """The columns of SIGNALS that some list is of, for documents found at ``urls``; NaN where no place is known.

    Where a list and the exceptions both name a place, the more exact entry counts, and of equals the exception.
    """
    columns = {SIGNALS[one.category]: np.full(len(urls), np.nan, np.float32) for one in lists}
    owners: list[int] = []
    ranks: list[int] = []
    asked: list[int] = []
    for number, url in enumerate(urls):
        told = names(url) if url else []
        owners += [number] * len(told)
        ranks += range(len(told))
        asked += [xxhash.xxh3_64_intdigest(name.encode()) for name in told]
    owner, rank, key = np.array(owners, np.int64), np.array(ranks, np.int64), np.array(asked, np.uint64)
    placed = np.zeros(len(urls), np.bool_)
    placed[owner] = True
    allowed = _first(key, owner, rank, excepted, len(urls))
    for number, one in enumerate(lists, 1):
        column = columns[SIGNALS[one.category]]
        column[placed & np.isnan(column)] = 0
        on = _first(key, owner, rank, one.keys, len(urls)) < allowed
        column[on & (column == 0)] = number
    return columns


def _first(
    key: Keys, owner: npt.NDArray[np.int64], rank: npt.NDArray[np.int64], known: Keys, count: int
) -> npt.NDArray[np.int64]:
    """How exact the most exact name of each URL is that a list has; the largest number where it has none."""
    best = np.full(count, np.iinfo(np.int64).max, np.int64)
    if len(known) and len(key):
        place = np.minimum(np.searchsorted(known, key), len(known) - 1)
        hit = known[place] == key
        np.minimum.at(best, owner[hit], rank[hit])
    return best
