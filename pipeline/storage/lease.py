"""A lock that expires: for places where no system frees it when its holder dies.

The holder writes it anew every BEAT seconds. Who finds one watches it, by its own clock alone: one that changes is
held, and the watcher is refused; one that stays as it is for as long as TTL is taken over. What the place itself says
of the lock's age, by its own clock, may shorten the watching, never below SURE. Whoever finds that it was taken from
him (he was stopped for longer than TTL) writes nothing any more.

Each write replaces what was seen and nothing else, where the place can do that. Where it cannot, a write is followed
by a pause and a look: of several who wrote, the last one stays, and a holder who is overwritten later learns it at his
next beat. Tasks of both write the same bytes under the same names, so that nothing is lost even then.
"""

import getpass
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from manifests.errors import Retry, Stop

TTL = 60.0
BEAT = 10.0
SURE = 25.0
"""Seconds: no lock is taken over that was not seen to stay as it is for so long."""
LOOK = 1.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lock as it lies there."""

    data: bytes
    mark: str
    """Changes with it."""
    age: float | None
    """Seconds since it was written, where the place tells both times by clocks of its own."""


class Cell(Protocol):
    """One file that several may want to write."""

    def see(self) -> Seen | None:
        """What it holds."""

    def swap(self, data: bytes, before: str | None) -> str | None:
        """Replace what has the mark ``before`` (None: no file); the new mark, or None where it is another by now."""


class Lease:
    """A lock that is held."""

    def __init__(self, name: str, lost: threading.Event) -> None:
        self._name = name
        self._lost = lost

    def check(self) -> None:
        """Stop where it was taken from us."""
        if self._lost.is_set():
            raise Stop(
                f"Another build has taken over {self._name}, for this one was not heard of for {TTL:.0f} seconds.",
                "Wait for it, then run the same command again: it goes on from there.",
                1,
            )


def _told(seen: Seen) -> dict[str, Any]:
    try:
        found = json.loads(seen.data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _await(cell: Cell, name: str, say: Callable[[str], None]) -> str | None:
    """Wait until nobody holds the cell; the mark that is to be replaced. Stop where somebody does."""
    seen = cell.see()
    if seen is None or _told(seen).get("released"):
        return None if seen is None else seen.mark
    told = _told(seen)
    holder = f"{told.get('who', 'somebody')} since {told.get('since', '?')}"
    left = max(TTL - (seen.age or 0.0), SURE)
    ends = time.monotonic() + left
    say(f"{name} is locked by {holder}; it is taken over if nothing is heard of it for {left:.0f} seconds")
    while time.monotonic() < ends:
        time.sleep(LOOK)
        now = cell.see()
        if now is None or _told(now).get("released"):
            return None if now is None else now.mark
        if now.mark != seen.mark:
            raise Stop(
                f"Another build is writing to {name}: {holder}.", "Wait for it, or choose another --out.", 1
            ) from None
    return seen.mark


@contextmanager
def held(cell: Cell, name: str, say: Callable[[str], None], beat: Callable[[], None]) -> Iterator[Lease]:
    """Hold the cell; ``beat`` is called with every beat."""
    about = {
        "token": secrets.token_hex(8),
        "who": f"{_user()}@{socket.gethostname()}, process {os.getpid()}",
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }

    def data(count: int, **more: bool) -> bytes:
        return json.dumps({**about, "beat": count, **more}).encode()

    mark = None
    while mark is None:
        mark = cell.swap(data(0), _await(cell, name, say))
    lost, over = threading.Event(), threading.Event()
    marks = [mark]

    def beating() -> None:
        while not over.wait(BEAT):
            try:
                now = cell.swap(data(len(marks)), marks[-1])
                if now is None:
                    lost.set()
                    return
                marks.append(now)
                beat()
            except (Retry, Stop, OSError):
                continue  # it does not answer: nobody else can take it meanwhile

    thread = threading.Thread(target=beating, name="corpus-lease", daemon=True)
    thread.start()
    try:
        yield Lease(name, lost)
    finally:
        over.set()
        thread.join()
        if not lost.is_set():
            cell.swap(data(len(marks), released=True), marks[-1])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # containers run as users that have no name
        return str(os.getuid())
