"""Local workers: tasks are done wherever they run, one that dies is told and replaced, none outlives its driver."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import crashing
import pytest

from manifests.errors import Stop
from pipeline.engines import choice
from pipeline.engines.local import Inline, Local
from pipeline.settings import Settings
from pipeline.task import Context, Task

TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(str(tmp_path), Settings(), "", 1 << 30)


def squares(count: int) -> list[Task]:
    return [Task("square", str(number), ("square", number)) for number in range(count)]


@pytest.mark.parametrize("workers", [1, 3])
def test_every_task_is_done_once(context: Context, workers: int) -> None:
    engine = Local(context, workers, crashing.perform)
    try:
        outcomes = list(engine.run(squares(20)))
    finally:
        engine.close()
    assert sorted(outcome.value for outcome in outcomes) == [number * number for number in range(20)]


def test_inline_gives_the_same_in_order(context: Context) -> None:
    outcomes = Inline(context, crashing.perform).run(squares(5))
    assert [outcome.value for outcome in outcomes] == [0, 1, 4, 9, 16]


def test_a_worker_that_dies_is_told_and_the_others_go_on(context: Context) -> None:
    engine = Local(context, 2, crashing.perform)
    try:
        outcomes = {outcome.task.key: outcome for outcome in engine.run([Task("x", "bad", ("die", 0)), *squares(6)])}
        again = list(engine.run(squares(2)))
    finally:
        engine.close()
    assert outcomes["bad"].failure == "died"
    assert "-9" in outcomes["bad"].said
    assert [outcomes[str(number)].value for number in range(6)] == [0, 1, 4, 9, 16, 25]
    assert len(again) == 2


def test_tasks_are_drawn_only_when_a_worker_is_free(context: Context) -> None:
    drawn = []

    def tasks() -> object:
        for task in squares(10):
            drawn.append(task.key)
            yield task

    engine = Local(context, 2, crashing.perform)
    try:
        next(engine.run(tasks()))  # type: ignore[arg-type]
    finally:
        engine.close()
    assert len(drawn) <= 3


def test_workers_end_when_their_driver_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys; sys.path.insert(0, {str(TESTS)!r})
if __name__ == "__main__":
    import crashing
    from pipeline.engines.local import Local
    from pipeline.settings import Settings
    from pipeline.task import Context, Task
    engine = Local(Context({str(tmp_path)!r}, Settings(), "", 1), 2, crashing.perform)
    list(engine.run([Task("x", str(n), ("sleep", 600)) for n in range(2)]))
"""
    script = tmp_path / "driver.py"
    script.write_text(program)
    driver = subprocess.Popen([sys.executable, str(script)])
    workers: list[int] = []
    for _ in range(300):
        workers = [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]
        if len(workers) == 2:
            break
        time.sleep(0.1)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert len(workers) == 2
    for _ in range(100):
        if not any(alive(pid) for pid in workers):
            return
        time.sleep(0.1)
    pytest.fail("a worker outlived its driver")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_an_unknown_engine_lists_the_known_ones(context: Context) -> None:
    with pytest.raises(Stop, match="No engine named 'slurm'") as caught:
        choice.start("slurm", context, None)
    assert "local, ray, inline" in caught.value.mend
