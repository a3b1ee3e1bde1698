"""Memory of a process and all that it has started, as a user's machine has to give it: private pages and a share of
those held in common (PSS of /proc/PID/smaps_rollup). Linux alone tells it.
"""

import contextlib
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PAUSE = 0.03
"""Seconds between two looks."""


class Peak:
    """``together``: the most bytes that all had at one look. ``each``: of one process alone, by its id."""

    def __init__(self) -> None:
        self.together = 0
        self.each: dict[int, int] = {}


def family(of: int) -> list[int]:
    """A process and its descendants."""
    children = defaultdict(list)
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                # The name of a program stands in brackets and may hold spaces.
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                children[parent].append(int(place.name))
    found, ahead = [], [of]
    while ahead:
        found.append(ahead.pop())
        ahead += children[found[-1]]
    return found


def resident(process: int) -> int:
    """Bytes of one process; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


@contextlib.contextmanager
def watched(process: int | None = None) -> Iterator[Peak]:
    """Meanwhile a thread looks, at this process and its descendants unless told another."""
    peak, ended = Peak(), threading.Event()

    def look() -> None:
        while not ended.is_set():
            now = {one: resident(one) for one in family(process or os.getpid())}
            peak.together = max(peak.together, sum(now.values()))
            for one, held in now.items():
                peak.each[one] = max(peak.each.get(one, 0), held)
            time.sleep(PAUSE)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
