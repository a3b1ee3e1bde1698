"""What a build is doing, in one small file: for the next run, if this one is lost, and for who asks how far it is.

work/state/now.json is written before a task starts, so even a driver that dies with it leaves what was under way. The
next run counts that as a loss of each of them; a task that ends in any way starts its count anew.
"""

import contextlib
import os
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from pipeline.settings import scrubbed
from pipeline.store import Store
from pipeline.task import Outcome, Task

NOW = "work/state/now.json"
LOST = 3
"""Drivers lost with a task under way, after which it is done with no other beside it."""
SLOW = 0.005
"""Seconds of the quickest of some writes, from which on storage counts as slow and is written once in PACE seconds."""
PACE = 1.0
TOLD = 20
"""Failures of which is told what was said, the last ones."""


def _name(task: Task) -> str:
    return f"{task.step} {task.key}"


class State:
    """Keeps the file; one a run."""

    def __init__(
        self,
        store: Store,
        engine: str = "",
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        before = store.read_json(NOW) or {}
        self._store, self._clock, self._timer = store, clock, timer
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
        self._written = 0.0
        self._costs: deque[float] = deque([0.0], maxlen=8)

    def phase(self, name: str, tasks: int, cost: int, done: int, workers: int) -> None:
        """A phase begins, as reporters are told it."""
        told = {"phase": name, "workers": workers, "tasks": tasks, "done_before": done, "cost": cost}
        self._phases.append({**told, "ended": 0, "spent": 0, "began": self._clock(), "seconds": 0.0})
        self._under_way.clear()

    def begin(self, task: Task, alone: bool = False) -> None:
        """A task is about to start."""
        self._under_way[_name(task)] = self._clock()
        self._alone = _name(task) if alone else ""
        self._write(slowly=True)

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
        self._under_way.clear()
        self._write(ended=scrubbed(ended))

    def _write(self, slowly: bool = False, ended: str = "") -> None:
        now = self._timer()
        if slowly and min(self._costs) > SLOW and now - self._written < PACE:
            return
        told = {
            "run": self._run,
            "updated": self._clock(),
            "ended": ended,
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
        self._written = self._timer()
        self._costs.append(self._written - now)
