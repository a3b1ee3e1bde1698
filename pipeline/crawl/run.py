"""A whole crawl: partitions are begun by an engine, begun again while others have links for them, and summed up."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from manifests.errors import Interrupted, Stop
from pipeline.crawl import exchange, folder
from pipeline.crawl.frontier import Frontier
from pipeline.crawl.seeds import Seed
from pipeline.crawl.settings import Crawl
from pipeline.engines import choice
from pipeline.settings import Settings
from pipeline.task import Context, Outcome, Task

NEEDED = ("scrapy", "warcio")
TOLD_SECONDS = 5.0
MOST_DEATHS = 3


@dataclass(slots=True)
class Report:
    """What a crawl came to, over all its runs."""

    tallies: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    hosts: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """What was said by partitions that did not end well."""


def run(
    crawl: Crawl,
    seeds: list[Seed],
    place: Path,
    engine: str,
    workers: int | None,
    say: Callable[[str], None],
) -> Report:
    """Crawl into ``place`` until nothing is left, the budget is spent, or a signal asks for the end (Interrupted)."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Stop(
            f"Crawling needs {' and '.join(missing)}, which are not installed.", "pip install 'corpus-build[crawl]'"
        )
    laid = folder.lay(place, crawl, seeds)
    try:
        descriptor = folder.lock(place, "crawl", wait=False)
    except BlockingIOError:
        raise Stop(f"Another crawl is at work in {place}.", "Wait for it, or give another --out.") from None
    folder.wish_stop(place, False)
    caught: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        caught.append(number)
        folder.wish_stop(place, True)
        say("stopping: what is under way is finished")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    ended = threading.Event()
    teller = threading.Thread(target=_tell, args=(place, laid.crawl.pages, say, ended), daemon=True)
    teller.start()
    try:
        failed = _rounds(place, laid.crawl.partitions, engine, workers, caught)
    finally:
        ended.set()
        teller.join()
        for number, handler in before.items():
            signal.signal(number, handler)
        folder.wish_stop(place, False)
    report = summed(place, laid.crawl.partitions)
    report.failed = failed
    _write_hosts(place, report.hosts)
    os.close(descriptor)
    if caught:
        raise Interrupted(caught[0])
    return report


def _rounds(place: Path, partitions: int, engine: str, workers: int | None, caught: list[int]) -> list[str]:
    context = Context(str(place.absolute()), Settings(), "", 0)
    crew = choice.start(engine, context, workers or min(partitions, choice.cores()), perform)
    deaths: Counter[int] = Counter()
    failed: list[str] = []
    try:
        due = set(range(partitions))
        while due and not caught:
            again: set[int] = set()
            for outcome in crew.run(Task("crawl", f"{number:03d}", number) for number in sorted(due)):
                if not outcome.failure:
                    continue
                number = outcome.task.work
                deaths[number] += 1
                if deaths[number] < MOST_DEATHS and not caught:
                    again.add(number)
                else:
                    failed.append(f"partition {number}: {outcome.said}")
            due = again | {
                number for number in exchange.waiting(place / "state" / "exchange") if deaths[number] < MOST_DEATHS
            }
    finally:
        crew.close()
    return failed


def perform(context: Context, task: Task) -> Outcome:
    """Crawl one partition in a process of its own. Should this one be killed, it still finishes what is under way."""
    command = [sys.executable, "-m", "pipeline.crawl.engine", context.root, str(task.work)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
        code = process.wait()
    if code:
        lines = said.strip().splitlines()[-12:]
        return Outcome(task, failure="error", said="\n".join(lines) or f"ended with code {code}")
    return Outcome(task, value=None)


def _tell(place: Path, pages: int | None, say: Callable[[str], None], ended: threading.Event) -> None:
    """Say now and then how far the crawl is."""
    began = time.monotonic()
    first: int | None = None
    while not ended.wait(TOLD_SECONDS):
        told = folder.statuses(place)
        if not told:
            continue
        done = sum(one["pages"] for one in told)
        first = done if first is None else first
        rate = (done - first) / max(1e-9, time.monotonic() - began)
        waiting = sum(one["waiting"] for one in told)
        line = f"{done:,} pages, {sum(one['bytes'] for one in told) / 1e6:,.0f} MB, {rate:.1f} pages/s, "
        line += f"{sum(one['hosts'] for one in told):,} hosts, {waiting:,} pages known and waiting"
        left = min(waiting, pages - done) if pages is not None else waiting
        if rate > 0 and left > 0:
            line += f", at least {_duration(left / rate)} left"
        say(line)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def summed(place: Path, partitions: int) -> Report:
    """What the frontiers of all partitions hold."""
    report = Report()
    for number in range(partitions):
        path = place / "state" / f"frontier-{number:03d}.sqlite"
        if not path.exists():
            continue
        frontier = Frontier(path)
        report.tallies.update(frontier.tallies())
        report.states.update(frontier.states())
        report.hosts += frontier.hosts()
        frontier.close()
    report.hosts.sort(key=lambda host: (-host["pages"], host["host"]))
    return report


def _write_hosts(place: Path, hosts: list[dict[str, Any]]) -> None:
    names = ("host", "pages", "bytes", "delay", "label", "label_share", "wanted_share", "closed")
    lines = ["\t".join(names)]
    for host in hosts:
        cells = [host[name] for name in names]
        lines.append(
            "\t".join("" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in cells)
        )
    (place / "hosts.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
