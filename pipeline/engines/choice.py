"""The table of engines."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from manifests.errors import Stop
from pipeline.engines.local import Inline, Local
from pipeline.engines.ray import Ray
from pipeline.task import Context, Outcome, Perform, Task, execute


class Engine(Protocol):
    """Runs tasks and tells how each ended, in any order. Tasks are drawn late, so a run may be stopped between them."""

    workers: int

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Outcomes of all tasks."""

    def close(self) -> None:
        """End what was started."""


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


ENGINES: dict[str, Callable[[Context, int | None, Perform], Engine]] = {
    "local": lambda context, workers, perform: Local(context, workers or cores(), perform),
    "ray": Ray,
    "inline": lambda context, _, perform: Inline(context, perform),
}


def start(name: str, context: Context, workers: int | None, perform: Perform = execute) -> Engine:
    """The engine of that name, for tasks that ``perform`` does; Stop lists the known ones."""
    if name not in ENGINES:
        raise Stop(f"No engine named {name!r}.", f"Engines: {', '.join(ENGINES)}.")
    return ENGINES[name](context, workers, perform)
