"""How far a build is: a live line with time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

QUIET_SECONDS = 15.0
"""Time between two plain lines of one phase."""


class Reporter(Protocol):
    """What a build tells of its progress."""

    def start(self, phase: str, tasks: int, cost: int, done: int) -> None:
        """A phase begins: tasks to do, their cost together, and how many earlier runs did."""

    def advance(self, cost: int) -> None:
        """A task of this cost has ended."""

    def say(self, text: str) -> None:
        """Something people should know."""

    def close(self) -> None:
        """The build has ended."""


class Silent:
    """Says nothing."""

    def start(self, phase: str, tasks: int, cost: int, done: int) -> None:
        """Nothing."""

    def advance(self, cost: int) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Lines:
    """Plain lines for logs: at the start and end of a phase, and now and then between."""

    def __init__(
        self, write: Callable[[str], object] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write or (lambda text: print(text, file=sys.stderr, flush=True))
        self._clock = clock
        self._phase, self._tasks, self._cost = "", 0, 0
        self._ended, self._spent, self._began, self._told = 0, 0, 0.0, 0.0

    def start(self, phase: str, tasks: int, cost: int, done: int) -> None:
        self._phase, self._tasks, self._cost = phase, tasks, max(1, cost)
        self._ended, self._spent = 0, 0
        self._began = self._told = self._clock()
        if tasks:
            self._write(f"{phase}: {tasks} tasks" + (f", {done} done before" if done else ""))

    def advance(self, cost: int) -> None:
        self._ended += 1
        self._spent += cost
        now = self._clock()
        if self._ended == self._tasks:
            self._write(f"{self._phase}: done in {now - self._began:.1f} s")
        elif now - self._told >= QUIET_SECONDS:
            self._told = now
            left = (now - self._began) * (self._cost - self._spent) / max(1, self._spent)
            self._write(f"{self._phase}: {self._ended}/{self._tasks}, about {left:.0f} s left")

    def say(self, text: str) -> None:
        self._write(text)

    def close(self) -> None:
        """Nothing to end."""


class Live:
    """A bar a phase, with time spent and time left."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(),
            TextColumn("{task.fields[ended]}/{task.fields[tasks]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._bars.start()
        self._now: TaskID | None = None

    def start(self, phase: str, tasks: int, cost: int, done: int) -> None:
        if tasks:
            self._now = self._bars.add_task(phase, total=max(1, cost), ended=0, tasks=tasks)

    def advance(self, cost: int) -> None:
        if self._now is not None:
            ended = self._bars.tasks[self._bars.task_ids.index(self._now)].fields["ended"]
            self._bars.update(self._now, advance=max(1, cost), ended=ended + 1)

    def say(self, text: str) -> None:
        self._bars.console.print(text, highlight=False, markup=False)

    def close(self) -> None:
        self._bars.stop()

    def __enter__(self) -> "Live":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def reporter(console: Console) -> Reporter:
    """A live display on a terminal, plain lines elsewhere."""
    return Live(console) if console.is_terminal else Lines()
