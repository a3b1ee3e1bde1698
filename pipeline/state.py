"""What a build is doing, in one small file: for the next run, if this one is lost, and for who asks how far it is.

work/state/now.json is written as tasks start, so even a driver that dies with them leaves what was under way. The
next run counts that as a loss of each of them; a task that ends in any way starts its count anew.
"""

import contextlib
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from pipeline.settings import scrubbed
from pipeline.store import Store
from pipeline.task import Outcome, Task

NOW = "work/state/now.json"
LOST = 3
"""Drivers lost with a task under way, after which it is done with no other beside it."""
PACE = 0.1
"""Seconds between two writes, at least: what comes sooner is gathered and written by then."""
SHARE = 20
"""A write that takes long is followed by a pause of so many times as long."""
HEARTBEAT = 30.0
"""Seconds after which it is written again though nothing has changed: a driver that is silent is lost."""
TOLD = 20
"""Failures of which is told what was said, the last ones."""


def _name(task: Task) -> str:
    return f"{task.step} {task.key}"


class State:
    """Keeps the file; one a run. With a ``pace`` of 0 all is written at once."""

    def __init__(
        self,
        store: Store,
        engine: str = "",
        clock: Callable[[], float] = time.time,
        pace: float = PACE,
    ) -> None:
        before = store.read_json(NOW) or {}
        self._store, self._clock, self._pace = store, clock, pace
        self._lost: Counter[str] = Counter(before.get("lost", {}))
        self._given_up: dict[str, int] = {}
        for name in before.get("under_way", {}):
            self._lost[name] += 1
            if name == before.get("alone"):
                self._given_up[name] = self._lost[name]
        self._under_way: dict[str, float] = {}
        self._alone = ""
        self._run = {"host": socket.gethostname(), "pid": os.getpid(), "engine": engine, "began": clock()}
        self._phases: list[dict[str, Any]] = []
        self._failures: Counter[str] = Counter()
        self._told: list[dict[str, Any]] = []
        self._aside: list[str] = []
        self._ended = ""
        self._next = 0.0
        self._late: threading.Timer | None = None
        self._soon = False
        self._busy = threading.RLock()

    def phase(self, name: str, tasks: int, cost: int, done: int, workers: int) -> None:
        """A phase begins, as reporters are told it."""
        told = {"phase": name, "workers": workers, "tasks": tasks, "done_before": done, "cost": cost}
        self._phases.append({**told, "ended": 0, "spent": 0, "began": self._clock(), "seconds": 0.0})
        self._under_way.clear()

    def begin(self, task: Task, alone: bool = False) -> None:
        """A task is about to start."""
        self._under_way[_name(task)] = self._clock()
        self._alone = _name(task) if alone else ""
        self._write()

    def end(self, outcome: Outcome) -> None:
        """A task has ended, well or not."""
        name = _name(outcome.task)
        self._under_way.pop(name, None)
        self._lost.pop(name, None)
        phase = self._phases[-1]
        phase["seconds"] = round(self._clock() - phase["began"], 3)
        if not outcome.failure:
            phase["ended"] += 1
            phase["spent"] += outcome.task.cost
            self._write()
            return
        self._failures[f"{outcome.task.step} {outcome.failure}"] += 1
        told = {"at": self._clock(), "task": name, "failure": outcome.failure, "said": scrubbed(outcome.said)[-500:]}
        self._told = [*self._told, told][-TOLD:]
        self._write()

    def lost(self, task: Task) -> int:
        """How many drivers in a row were lost with this task under way."""
        return self._lost[_name(task)]

    def given_up(self, task: Task) -> int:
        """The same, of a task with which a driver was lost though nothing else was under way; else 0."""
        return self._given_up.get(_name(task), 0)

    def set_aside(self, task: Task) -> None:
        """A task was given up for this run; the next one may try it again."""
        self._lost.pop(_name(task), None)
        self._given_up.pop(_name(task), None)
        self._aside.append(_name(task))
        self._phases[-1]["ended"] += 1
        self._phases[-1]["spent"] += task.cost
        self._write()

    def close(self, ended: str) -> None:
        """The run has ended so: ``done``, ``stopped`` or what stopped it. Nothing under way counts as lost then."""
        with self._busy:
            if self._late is not None:
                self._late.cancel()
                self._late = None
            self._under_way.clear()
            self._ended = scrubbed(ended)
            self._put()

    def _write(self) -> None:
        """Write now, or by the time that is due where one was written just before."""
        with self._busy:
            wait = self._next - time.monotonic()
            if wait <= 0:
                self._put()
            elif not self._soon:
                self._in(wait)
                self._soon = True

    def _in(self, seconds: float) -> None:
        """Write once more after so long, whatever happens until then."""
        if self._late is not None:
            self._late.cancel()
        self._late = threading.Timer(seconds, self._due)
        self._late.daemon = True
        self._late.start()

    def _due(self) -> None:
        with self._busy:
            if self._late is not None:
                self._put()

    def _put(self) -> None:
        with self._busy:
            self._soon = False
            began = time.monotonic()
            told = {
                "run": self._run,
                "updated": self._clock(),
                "ended": self._ended,
                "phases": self._phases,
                "under_way": self._under_way,
                "alone": self._alone,
                "lost": self._lost,
                "failures": self._failures,
                "told": self._told,
                "aside": self._aside,
            }
            with contextlib.suppress(OSError):  # where nothing can be written, the work itself says so, and why
                self._store.write_json(NOW, told)
            ended = time.monotonic()
            self._next = ended + max(self._pace, SHARE * (ended - began)) if self._pace else 0.0
            if self._pace and not self._ended:
                self._in(HEARTBEAT)
