"""Tasks on this machine: inline, or in processes started afresh that end when their driver does."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType

from pipeline.absent import without_pandas, without_scipy
from pipeline.task import Context, Outcome, Perform, Task, execute


class Inline:
    """Tasks one by one in this very process: for tests and for debugging."""

    workers = 1

    def __init__(self, context: Context, perform: Perform = execute) -> None:
        self._context = context
        self._perform = perform

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Outcomes in the order of the tasks."""
        for task in tasks:
            yield self._perform(self._context, task)

    def close(self) -> None:
        """Nothing to end."""


def _leave_with(parent: BaseProcess) -> None:
    """End this process at once when its driver is gone, whatever it is doing."""
    wait([parent.sentinel])
    os._exit(1)


def _serve(context: Context, perform: Perform, pipe: Connection) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they may reach the whole group; the driver decides what they mean
    without_pandas()
    without_scipy()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if task is None:
            sys.stdout.flush()
            os._exit(0)  # to take a worker's memory apart piece by piece would keep everybody waiting
        pipe.send(perform(context, task))


@contextlib.contextmanager
def _no_script(perform: Perform) -> Iterator[None]:
    """While a process is started: it shall not import the script that runs here, unless its work is defined there.

    That script needs what workers do not (for the command, what parses and paints), and may lack a guard.
    """
    script = sys.modules["__main__"]
    if getattr(perform, "__module__", "__main__") != "__main__":
        sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


class _Worker:
    """A process and the task it holds."""

    def __init__(self, context: Context, perform: Perform) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(context, perform, theirs), name="corpus-worker")
        with _no_script(perform):
            self.process.start()
        theirs.close()
        self.task: Task | None = None

    def give(self, task: Task) -> None:
        self.task = task
        with contextlib.suppress(OSError):  # it died while idle: its pipe then reads as ended, and take() says so
            self.pipe.send(task)

    def take(self) -> Outcome:
        """The outcome of the task held; a worker that died gives one that says so."""
        task, self.task = self.task, None
        if task is None:
            raise RuntimeError("a worker without a task was asked for its outcome")
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):  # it may have died while it told its outcome
            self.process.join()
            return Outcome(task, failure="died", said=f"its worker ended with code {self.process.exitcode}")
        return outcome

    def tell(self) -> None:
        """There is nothing more to do."""
        with contextlib.suppress(OSError, ValueError):
            self.pipe.send(None)

    def end(self, grace: float) -> None:
        """Wait for the process so many seconds, then kill it."""
        self.process.join(grace)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


class Local:
    """A fixed number of worker processes; one that dies is replaced and its task is told as died."""

    def __init__(self, context: Context, workers: int, perform: Perform = execute) -> None:
        self.workers = workers
        self._context = context
        self._perform = perform
        self._crew: list[_Worker] = []

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Outcomes as they come; a task is only drawn when a worker is free for it."""
        queue = iter(tasks)
        idle = list(self._crew)
        busy: list[_Worker] = []
        while True:
            while len(busy) < self.workers and (task := next(queue, None)) is not None:
                worker = self._ready(idle)
                worker.give(task)
                busy.append(worker)
            if not busy:
                return
            ready = wait([worker.pipe for worker in busy])
            for worker in [worker for worker in busy if worker.pipe in ready]:
                outcome = worker.take()
                busy.remove(worker)
                if outcome.failure == "died":
                    self._crew.remove(worker)
                    worker.end(0)
                else:
                    idle.append(worker)
                yield outcome

    def _ready(self, idle: list[_Worker]) -> _Worker:
        while idle:
            worker = idle.pop()
            if worker.process.is_alive():
                return worker
            self._crew.remove(worker)
            worker.end(0)
        worker = _Worker(self._context, self._perform)
        self._crew.append(worker)
        return worker

    def close(self) -> None:
        """End every worker; one that is in the middle of a task is killed after a moment."""
        for worker in self._crew:
            worker.tell()
        for worker in self._crew:
            worker.end(0.0 if worker.task else 10.0)
        self._crew.clear()
