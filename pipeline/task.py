"""A piece of work that any engine can run: a step's name, a key, and plain values."""

import errno
import functools
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from manifests.errors import Retry, Stop
from pipeline.settings import Settings
from pipeline.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """What every task of a build shares; it travels to a worker once."""

    root: str
    settings: Settings
    model: str
    """Path of the identification model."""
    memory: int
    """Bytes one worker may use."""


@dataclass(frozen=True, slots=True)
class Task:
    """``step`` names a row of ``STEPS``; ``work`` holds plain values that the step understands."""

    step: str
    key: str
    work: Any = field(repr=False)
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: ``value`` if well, else its kind of end (stop, full, retry, error, died, lost) and why."""

    task: Task
    value: Any = None
    failure: str = ""
    said: str = ""
    mend: str = ""
    code: int = 2
    """Of a stop: what the build exits with."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk without room, or without room for this user."""

Step = Callable[[Context, Store, Any], Any]
Perform = Callable[[Context, Task], Outcome]


@functools.cache
def steps() -> Mapping[str, Step]:
    """Every step a worker can be asked for, by name."""
    from pipeline.steps import (
        attest,
        candidates,
        components,
        count,
        crossings,
        decide,
        decontaminate,
        emit,
        exchange,
        heed,
        hosts,
        notes,
        repeats,
        settle,
        text,
        warm,
        weigh,
    )

    return {
        "warm": warm.run,
        "text": text.run,
        "count": count.run,
        "list": repeats.run_list,
        "repeat": repeats.run,
        "notes": notes.run,
        "spread": candidates.run_spread,
        "pair": candidates.run_pair,
        "send": components.run_send,
        "compare": components.run_compare,
        "join": components.run_join,
        "members": components.run_members,
        "gather": components.run_gather,
        "overlap": decontaminate.run,
        "crossings": crossings.run,
        "visit": hosts.run_visit,
        "heed": heed.run,
        "attest": attest.run,
        "place": hosts.run_place,
        "weigh": weigh.run,
        "judge": decide.run_judge,
        "stand": decide.run_stand,
        "elect": decide.run_elect,
        "settle": settle.run,
        "sort": exchange.run_sort,
        "merge": exchange.run_merge,
        "emit": emit.run,
    }


def execute(context: Context, task: Task) -> Outcome:
    """Run one task in this process; whatever goes wrong becomes an outcome."""
    try:
        return Outcome(task, steps()[task.step](context, Store(context.root), task.work))
    except Stop as stop:
        return Outcome(task, failure="stop", said=stop.found, mend=stop.mend, code=stop.code)
    except (Retry, OSError) as fault:
        if isinstance(fault, OSError) and fault.errno in FULL:
            return Outcome(task, failure="full", said=str(fault))
        return Outcome(task, failure="retry", said=f"{type(fault).__name__}: {fault}")
    except MemoryError as error:  # as if the system had ended the worker: another time there may be more
        return Outcome(task, failure="died", said=f"memory was not enough: {error}")
    except Exception:
        return Outcome(task, failure="error", said=traceback.format_exc())
    finally:
        pa.default_memory_pool().release_unused()  # else a worker holds what its largest task took
