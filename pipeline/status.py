"""How far a build is, read from its folder on any machine; the same as metrics that Prometheus takes.

What is read is the one small file of ``pipeline.state``, which the driver writes as it goes.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from manifests.errors import Stop
from pipeline.state import HEARTBEAT, NOW
from pipeline.store import Store

SILENT = 4 * HEARTBEAT
"""Seconds without a word after which a driver that has not ended is taken for lost."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the run: tasks and their cost, in all and done, over how many seconds."""

    name: str
    workers: int
    tasks: int
    ended: int
    done_before: int
    cost: int
    spent: int
    seconds: float

    @property
    def rate(self) -> float:
        """Cost a second: bytes where tasks are counted in bytes, documents where in documents."""
        return self.spent / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float | None:
        """Seconds to its end at this rate; None where nothing can be told yet."""
        if self.ended >= self.tasks:
            return 0.0
        return (self.cost - self.spent) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class Status:
    """What a run has told last."""

    doing: str
    """``running``, ``lost`` where a driver that has not ended is silent, or how it ended."""
    host: str
    pid: int
    engine: str
    began: float
    """Seconds since 1970"""
    silent: float
    """Seconds since the last word"""
    phases: list[Phase]
    under_way: dict[str, float]
    """Seconds that each task has been under way"""
    failures: dict[str, int]
    """By step and kind"""
    told: list[dict[str, Any]] = field(repr=False)
    """What the last ones said"""
    aside: list[str]
    """Tasks that were given up in this run"""


def read(store: Store, now: float | None = None) -> Status:
    """What the folder tells; Stop where no build has begun in it."""
    told = store.read_json(NOW)
    if told is None:
        raise Stop(f"No build has begun in {store.name}.", "Name the --out of one: corpus status OUT")
    at = time.time() if now is None else now
    silent = max(0.0, at - told["updated"])
    running = "lost" if silent > SILENT else "running"
    run = told["run"]
    phases = [
        Phase(
            one["phase"],
            one["workers"],
            one["tasks"],
            one["ended"],
            one["done_before"],
            one["cost"],
            one["spent"],
            one["seconds"],
        )
        for one in told["phases"]
    ]
    return Status(
        told["ended"] or running,
        run["host"],
        run["pid"],
        run["engine"],
        run["began"],
        silent,
        phases,
        {name: max(0.0, at - since) for name, since in told["under_way"].items()},
        told["failures"],
        told["told"],
        told["aside"],
    )


def prometheus(status: Status) -> str:
    """The exposition format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats."""
    states = ("running", "lost", "done")
    longest = max(status.under_way.values(), default=0)
    state = status.doing if status.doing in states else "failed"
    return "".join(
        _family(name, kind, about, rows)
        for name, kind, about, rows in (
            ("state", "gauge", "1 for what the build is doing", [({"state": state}, 1)]),
            ("began_seconds", "gauge", "When the run began, since 1970", [({}, status.began)]),
            ("silent_seconds", "gauge", "Time since the driver's last word", [({}, status.silent)]),
            ("tasks", "gauge", "Tasks of a phase in this run", _of(status.phases, "tasks")),
            ("tasks_done", "gauge", "Tasks of a phase that have ended", _of(status.phases, "ended")),
            ("tasks_done_before", "gauge", "What earlier runs did of a phase", _of(status.phases, "done_before")),
            ("cost", "gauge", "Cost of the tasks of a phase: bytes or documents", _of(status.phases, "cost")),
            ("cost_done", "gauge", "Cost of those that have ended", _of(status.phases, "spent")),
            ("phase_seconds", "gauge", "Time of a phase so far", _of(status.phases, "seconds")),
            ("workers", "gauge", "Workers of a phase", _of(status.phases, "workers")),
            ("under_way", "gauge", "Tasks handed out", [({}, len(status.under_way))]),
            (
                "longest_task_seconds",
                "gauge",
                "Of the one out longest",
                [({}, longest)],
            ),
            ("set_aside", "gauge", "Tasks that were given up", [({}, len(status.aside))]),
            (
                "failures_total",
                "counter",
                "Tasks that failed, by step and kind; most are tried again",
                [
                    (dict(zip(("step", "kind"), name.split(" ", 1), strict=True)), count)
                    for name, count in sorted(status.failures.items())
                ],
            ),
        )
    )


def _of(phases: Iterable[Phase], name: str) -> Iterator[tuple[dict[str, str], float]]:
    """A number of each phase, the runs of one name together."""
    total: dict[str, float] = {}
    for phase in phases:
        value = getattr(phase, name)
        total[phase.name] = value if name == "workers" else total.get(phase.name, 0) + value
    return (({"phase": phase}, value) for phase, value in total.items())


def _family(name: str, kind: str, about: str, rows: Iterable[tuple[dict[str, str], float]]) -> str:
    lines = [f"# HELP corpus_{name} {about}", f"# TYPE corpus_{name} {kind}"]
    for labels, value in rows:
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"corpus_{name}{{{told}}} {value:.15g}" if told else f"corpus_{name} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
