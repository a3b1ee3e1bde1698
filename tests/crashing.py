"""Work that ends its own process, fails, or passes: what engines and drivers are tested with."""

import os
import resource
import signal
import time
from pathlib import Path

from pipeline.task import Context, Outcome, Task, execute


def perform(context: Context, task: Task) -> Outcome:
    """Do what ``task.work`` says: square, die, die until a file has three lines, sleep, or refuse."""
    kind, value = task.work
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "die at first":
        tries = Path(context.root) / task.key
        seen = tries.read_text() if tries.exists() else ""
        tries.write_text(seen + "x")
        if len(seen) < value:
            os.kill(os.getpid(), signal.SIGKILL)
    if kind == "sleep":
        (Path(context.root) / f"pid-{os.getpid()}").touch()
        time.sleep(value)
    if kind == "refuse":
        return Outcome(task, failure="stop", said="no", mend="say please")
    return Outcome(task, value * value)


def faulty(context: Context, task: Task) -> Outcome:
    """Do a real task, unless a file beside OUT says that its source is poison or that memory is scarce for it."""
    told = Path(context.root).parent
    source = getattr(getattr(task.work, "file", None), "relative", "")
    if source and (told / f"poison-{source}").exists():
        os.kill(os.getpid(), signal.SIGSEGV)
    if source and (told / f"scarce-{source}").exists():
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (16 << 20), before[1]))
        try:
            return execute(context, task)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
    return execute(context, task)
