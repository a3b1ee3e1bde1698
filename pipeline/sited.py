"""Drives what is told of documents by their hosts: parts put in the order of hosts, ranges asked, parts told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.driver import Driver
from pipeline.settings import Settings
from pipeline.snapshots import Caught
from pipeline.steps import attest, count, heed, hosts
from pipeline.steps.count import Frame
from pipeline.task import Context, Task

Visited = dict[str, tuple[int, str]]
"""By part: documents in the order of their hosts, and what names them."""


def captures(units: Mapping[str, Mapping[str, Any]]) -> dict[str, Caught]:
    """Of each file of captures: how many, their bytes, and what names its content."""
    return {name: (*sizes, unit["fingerprint"]) for unit in units.values() for name, sizes in unit["captures"].items()}


def run(
    driver: Driver,
    settings: Settings,
    parts: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
    caught: Mapping[str, Caught],
    context: Context,
) -> dict[str, str]:
    """Of each part of which something is known by its hosts, what names that.

    Documents of parts ``known`` from snapshots before, with ``caught`` of all of them, bear witness too.
    """
    store = driver.store
    visited = _visited(driver, parts)
    found = {
        hosts.ATTESTED: _attested(driver, visited, _visited(driver, known), context),
        hosts.HEEDED: _heeded(driver, settings, visited, caught, context),
    }
    placed: dict[str, str] = {}
    tasks = []
    for part, marker in parts.items():
        frames = {folder: of[part] for folder, of in found.items() if part in of}
        if not frames:
            continue
        placed[part] = hosts.placing(marker["fingerprint"], frames)
        told = store.read_json(f"work/place/{part}.json") or {}
        if told.get("fingerprint") != placed[part] or not store.exists(f"{hosts.PLACED}/{part}.parquet"):
            tasks.append(Task("place", part, (part, placed[part], marker["rows"], frames), marker["rows"]))
    driver.run("hosts", tasks)
    store.sweep(hosts.PLACED, lambda name: Path(name).stem not in parts or Path(name).stem in placed)
    return placed


def _attested(driver: Driver, visited: Visited, known: Visited, context: Context) -> dict[str, Frame]:
    """Where it is told of the documents of each part what the others of their hosts are like."""
    told = {part: of for part, of in {**known, **visited}.items() if of[0]}
    if not any(rows for rows, _ in visited.values()):
        driver.store.remove(hosts.ATTESTED)
        return {}
    of = -(-sum(rows for rows, _ in told.values()) * hosts.ROW_BYTES // (context.memory // 8))
    wanted = attest.fingerprint(told, visited)
    return _ranges(driver, "attest", hosts.ATTESTED, wanted, of, (sorted(told), sorted(visited)))


def _heeded(
    driver: Driver,
    settings: Settings,
    visited: Visited,
    caught: Mapping[str, Caught],
    context: Context,
) -> dict[str, Frame]:
    """Where those documents of each part are told of that the files of their sites refuse."""
    if not caught or not heed.asked(settings):
        driver.store.remove(hosts.HEEDED)
        return {}
    rows = sum(rows for rows, _ in visited.values())
    size = rows * hosts.ROW_BYTES + sum(size for _, size, _ in caught.values())
    wanted = heed.fingerprint(
        settings,
        {part: told for part, (_, told) in visited.items()},
        {name: told for name, (*_, told) in caught.items()},
    )
    names, files = [part for part, (rows, _) in visited.items() if rows], sorted(caught)
    return _ranges(driver, "heed", hosts.HEEDED, wanted, -(-size // (context.memory // 8)), (names, files))


def _visited(driver: Driver, parts: Mapping[str, Mapping[str, Any]]) -> Visited:
    """Of each part: documents in the order of their hosts, and what names them."""
    store = driver.store
    wanted = {part: hosts.fingerprint(marker["fingerprint"]) for part, marker in parts.items()}
    markers = {part: store.read_json(f"{hosts.VISITED}/{part}.json") or {} for part in wanted}
    late = [
        part
        for part, marker in markers.items()
        if marker.get("fingerprint") != wanted[part]
        or (marker["rows"] and not store.exists(f"{hosts.VISITED}/{part}.parquet"))
    ]
    markers |= driver.run("hosts", [Task("visit", part, (part, wanted[part]), parts[part]["rows"]) for part in late])
    return {part: (marker["rows"], wanted[part]) for part, marker in sorted(markers.items())}


def _ranges(driver: Driver, step: str, folder: str, wanted: str, of: int, work: tuple[Any, ...]) -> dict[str, Frame]:
    """Run a step over each range of keys, unless its files are there; where each part's share of them lies."""
    store, marker = driver.store, f"{folder}/done.json"
    done = store.read_json(marker) or {}
    if done.get("fingerprint") != wanted or not count.there(store, done["of"], folder):
        store.remove(marker)  # it would speak of files that are about to change
        of = max(1, of)
        tasks = [Task(step, f"{number:05d}", (number, of, *work)) for number in range(of)]
        done = {"fingerprint": wanted, "of": of, "counted": driver.run("hosts", tasks)}
        store.write_json(marker, done)
        store.sweep(folder, lambda name: name == marker or int(Path(name).stem) < of)
    return count.frames(done["counted"])
