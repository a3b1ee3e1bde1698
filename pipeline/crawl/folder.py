"""The folder of a crawl, and what processes tell each other there.

crawl.json                    settings, seeds and name: a crawl goes on as it was begun
warc/  evidence/              archives (archive.py)
hosts.tsv                     every host with its pages, bytes, language and why it was left
state/frontier-000.sqlite     a file a partition; budget.sqlite is shared
state/exchange/               links on their way from partition to partition
state/status-000.json         what a partition says of itself, now and then
state/stop                    there while a stop is wished for
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import Stop
from manifests.languages import of
from pipeline.crawl.scope import Scope
from pipeline.crawl.seeds import Seed
from pipeline.crawl.settings import Crawl

TOLD = "crawl.json"


@dataclass(frozen=True, slots=True)
class Laid:
    """What crawl.json holds."""

    crawl: Crawl
    seeds: tuple[Seed, ...]
    name: str

    def scope(self) -> Scope:
        """Which URLs belong to the crawl."""
        return Scope(self.crawl.scope, [seed.url for seed in self.seeds])


def lay(place: Path, crawl: Crawl, seeds: Iterable[Seed]) -> Laid:
    """Begin a crawl in ``place``, or go on with the one there: under other settings and with more seeds, if so told.

    The number of partitions stays what it was, for hosts were shared out by it.
    """
    for folder in ("state", "warc", "evidence"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    before = read(place) if (place / TOLD).exists() else None
    name = before.name if before else time.strftime("crawl-%Y%m%d%H%M%S", time.gmtime())
    if before:
        crawl = crawl.model_copy(update={"partitions": before.crawl.partitions})
    known = {seed.url: seed for seed in (*(before.seeds if before else ()), *seeds)}
    if not known:
        raise Stop("No seeds.", "Name URLs, or files with a URL a line: corpus crawl https://example.org/ seeds.txt")
    wanted = {label for seed in known.values() for label in seed.labels}
    if wanted:
        crawl = crawl.model_copy(update={"langs": tuple(sorted({*crawl.langs, *wanted}))})
    laid = Laid(crawl, tuple(known.values()), name)
    told = {"name": name, "crawl": crawl.model_dump(), "seeds": [[seed.url, list(seed.labels)] for seed in laid.seeds]}
    _write(place / TOLD, json.dumps(told, indent=1, ensure_ascii=False))
    return laid


def read(place: Path) -> Laid:
    """The crawl in ``place``."""
    told = json.loads((place / TOLD).read_text(encoding="utf-8"))
    seeds = tuple(Seed(url, tuple(labels)) for url, labels in told["seeds"])
    return Laid(Crawl.model_validate(told["crawl"]), seeds, told["name"])


def lock(place: Path, name: str, wait: bool = True) -> int:
    """Hold a lock as long as the file descriptor that is given is open. Raises BlockingIOError rather than wait."""
    descriptor = os.open(place / "state" / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def stop_wish(place: Path) -> Callable[[], bool]:
    """Tells whether a stop is wished for."""
    return (place / "state" / "stop").exists


def wish_stop(place: Path, wished: bool) -> None:
    """Wish for a stop, or no more."""
    path = place / "state" / "stop"
    if wished:
        path.touch()
    else:
        path.unlink(missing_ok=True)


def write_status(place: Path, number: int, told: dict[str, Any]) -> None:
    """What a partition says of itself."""
    _write(place / "state" / f"status-{number:03d}.json", json.dumps(told))


def statuses(place: Path) -> list[dict[str, Any]]:
    """What the partitions last said."""
    found = []
    for path in sorted((place / "state").glob("status-*.json")):
        with contextlib.suppress(OSError, ValueError):
            found.append(json.loads(path.read_text(encoding="utf-8")))
    return found


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def tags(labels: Iterable[str]) -> list[str]:
    """Tags of languages as HTTP writes them."""
    return list(dict.fromkeys(of(label).bcp47.partition("-")[0] for label in labels))
