"""SHA-256 of the files of the index, in index/checksums.json: what verify holds them against.

It is no part of the manifest: how clusters lie in files follows from memory and workers, and the manifest does not.
"""

from collections.abc import Iterator, Set
from pathlib import PurePosixPath

from pipeline.store import Store

PLACE = "index/checksums.json"
OF_PARTS = ("index/signals", "index/signatures", "index/verdicts")
FOLDERS = (*OF_PARTS, "index/clusters", "index/exclusions", "index/snapshots", "index/units")


def _files(store: Store) -> list[str]:
    return [name for folder in FOLDERS for name in store.files(folder)]


def write(store: Store, sealed: Set[str] = frozenset()) -> None:
    """Tell of all files as they are; of the parts ``sealed``, which were not touched, what was told before holds."""
    before = store.read_json(PLACE) or {}
    told = {}
    for name in _files(store):
        place = PurePosixPath(name)
        holds = str(place.parent) in OF_PARTS and place.stem in sealed and name in before
        told[name] = before[name] if holds else store.sha256(name)
    store.write_json(PLACE, told)


def problems(store: Store) -> Iterator[str]:
    """Files that are not as they were told, or not there."""
    told = store.read_json(PLACE)
    if not isinstance(told, dict):
        yield f"{PLACE} is missing or damaged: the next build or takedown writes it"
        return
    there = set(_files(store))
    for name in sorted(told.keys() | there):
        if name not in there:
            yield f"{name} is missing"
        elif name not in told:
            yield f"{name} is not in {PLACE}"
        elif store.sha256(name) != told[name]:
            yield f"{name} has other bytes than {PLACE} says (sha256)"
