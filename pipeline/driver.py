"""Runs the tasks of one phase after another on an engine: tries again what may pass, gives up what never will."""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from manifests.errors import Interrupted, Stop
from pipeline.engines.choice import Engine
from pipeline.progress import Reporter
from pipeline.state import LOST, State
from pipeline.store import Store
from pipeline.task import Outcome, Task

DEATHS = 3
"""A task that ends its worker so many times is set aside; the last time it is alone."""
LOSSES = 20
"""A task whose machine goes away under it is begun again so often: machines of the spot market do that."""
TRIES = 4
"""Tries at a task that storage or network let down."""
PAUSE = 0.5
"""Seconds before a second try at a task that storage let down; doubled with each."""
TIMES = "index/times.jsonl"
"""How long each phase of each run took: seconds on the clock, tasks, their cost, and how many workers there were.

Cost is bytes of input for text, bytes of text for notes, documents for judge and settle.
"""


@dataclass(slots=True)
class Aside:
    """A task that was given up, and why."""

    step: str
    key: str
    said: str
    source: str = ""
    unit: str = ""
    """Source name and relative path of the file, joined with a slash."""


def full(said: object) -> Stop:
    """What ends a build that has no room to write."""
    return Stop(f"The disk is full: {said}.", "Make room, then run the same command again: it goes on from here.", 1)


class _Queue:
    """Tasks to draw, each recorded as it is drawn; unlike a generator it may be refilled and drawn from again."""

    def __init__(self, tasks: Iterable[Task], stopped: threading.Event, state: State, alone: bool = False) -> None:
        self.tasks = deque(tasks)
        self._stopped, self._state, self._alone = stopped, state, alone

    def __iter__(self) -> Iterator[Task]:
        return self

    def __next__(self) -> Task:
        if self._stopped.is_set() or not self.tasks:
            raise StopIteration
        task = self.tasks.popleft()
        self._state.begin(task, self._alone)
        return task


@dataclass(slots=True)
class Driver:
    """Runs tasks and remembers how they ended."""

    store: Store
    engine: Callable[[], Engine]
    reporter: Reporter
    stopped: threading.Event
    signal: list[int]
    state: State
    aside: list[Aside] = field(default_factory=list)
    ran: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    begin: Callable[[], None] = lambda: None
    """Called before any task is."""

    def run(
        self,
        phase: str,
        tasks: Iterable[Task],
        done: int = 0,
        may_set_aside: bool = False,
        take: Callable[[str, Any], None] | None = None,
    ) -> dict[str, Any]:
        """Values of the tasks by key; a task that is set aside has none.

        Values that would be too many to hold are given to ``take``, by key, as they come.
        """
        asked = sorted(tasks, key=lambda task: (-task.cost, task.key))
        began, cost = time.monotonic(), sum(task.cost for task in asked)
        self.reporter.start(phase, len(asked), cost, done)
        values: dict[str, Any] = {}
        keep = take or values.__setitem__
        if asked:
            self.begin()
            self.state.phase(phase, len(asked), cost, done, self.engine().workers)
            self._run(asked, keep, may_set_aside)
            seconds = round(time.monotonic() - began, 3)
            self.seconds[phase] = round(self.seconds.get(phase, 0.0) + seconds, 3)
            self._time({"phase": phase, "seconds": seconds, "tasks": len(asked), "cost": cost})
        if self.stopped.is_set():
            raise Interrupted(self.signal[0])
        return values

    def _run(self, tasks: list[Task], take: Callable[[str, Any], None], may_set_aside: bool) -> None:
        """Tasks side by side; then, one by one, those that workers or drivers died of."""
        hopeless = [task for task in tasks if self.state.given_up(task)]
        suspect = [task for task in tasks if self.state.lost(task) >= LOST and task not in hopeless]
        for task in hopeless:
            lost = self.state.given_up(task)
            self._give_up(
                Outcome(
                    task,
                    failure="died",
                    said=f"{lost} drivers in a row were lost with it under way, the last with nothing else",
                ),
                may_set_aside,
            )
        failures: Counter[tuple[str, str]] = Counter()
        strange = {task.key for task in (*hopeless, *suspect)}
        queue = _Queue((task for task in tasks if task.key not in strange), self.stopped, self.state)
        self._drain(queue, take, failures, may_set_aside, suspect)
        while suspect and not self.stopped.is_set():
            queue = _Queue([suspect.pop(0)], self.stopped, self.state, alone=True)
            self._drain(queue, take, failures, may_set_aside, suspect)

    def _drain(
        self,
        queue: _Queue,
        take: Callable[[str, Any], None],
        failures: Counter[tuple[str, str]],
        may_set_aside: bool,
        suspect: list[Task],
    ) -> None:
        """Run a queue to its end; tasks that a worker died of twice go to ``suspect``."""
        for outcome in self.engine().run(queue):
            task = outcome.task
            self.state.end(outcome)
            if not outcome.failure:
                take(task.key, outcome.value)
                self.ran[task.step] += 1
                self.reporter.advance(task.cost)
                continue
            if outcome.failure == "full":
                raise full(outcome.said)
            failures[task.key, outcome.failure] += 1
            count = failures[task.key, outcome.failure]
            if outcome.failure == "retry" and count < TRIES:
                time.sleep(PAUSE * 2**count)
                queue.tasks.append(task)
            elif outcome.failure == "lost" and count < LOSSES:
                queue.tasks.append(task)
            elif outcome.failure == "died" and count < DEATHS:
                (suspect if count == DEATHS - 1 else queue.tasks).append(task)
            else:
                self._give_up(outcome, may_set_aside)

    def _give_up(self, outcome: Outcome, may_set_aside: bool) -> None:
        """Set a task aside, or end the build where nothing can stand in for it."""
        task = outcome.task
        self.state.set_aside(task)
        if not may_set_aside or outcome.failure == "stop":
            raise Stop(outcome.said, outcome.mend, outcome.code if outcome.failure == "stop" else 1)
        self.aside.append(Aside(task.step, task.key, outcome.said))
        self.reporter.say(f"set aside: {task.step} {task.key}: {outcome.said.strip().splitlines()[-1]}")
        self.reporter.advance(task.cost)

    def _time(self, told: dict[str, Any]) -> None:
        """Add a line to the record of times."""
        self.store.append(TIMES, json.dumps({**told, "workers": self.engine().workers}))
