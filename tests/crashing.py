"""Work that ends its own process, fails, or passes: what engines and drivers are tested with."""

import os
import signal
import time
from pathlib import Path

from pipeline.task import Context, Outcome, Task


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
