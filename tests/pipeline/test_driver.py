"""The driver: what is tried again, what is set aside, and what a lost driver leaves to the next one."""

import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from manifests.errors import Stop
from pipeline import driver as driving
from pipeline import state as stating
from pipeline import task as working
from pipeline.driver import DEATHS, Driver
from pipeline.engines.local import Inline
from pipeline.progress import Silent
from pipeline.settings import Settings
from pipeline.state import LOST, NOW, State
from pipeline.store import Store
from pipeline.task import Outcome, Task


class Engine:
    """Does tasks one by one as ``ends`` says of their keys; the driver is lost with one that is ``fatal``."""

    workers = 2

    def __init__(self, ends: dict[str, str], fatal: str = "") -> None:
        self.ends, self.fatal = ends, fatal
        self.runs: list[list[str]] = []

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        self.runs.append([])
        for task in tasks:
            self.runs[-1].append(task.key)
            if task.key == self.fatal:
                raise SystemExit("the driver is gone")
            yield Outcome(task, failure=self.ends.get(task.key, ""), said="so it ended")

    def close(self) -> None:
        """Nothing to end."""


def drive(store: Store, engine: Engine, keys: str = "abc", may_set_aside: bool = True) -> Driver:
    driver = Driver(store, lambda: engine, Silent(), threading.Event(), [], State(store, pace=0))
    driver.run("text", [Task("text", key, key) for key in keys], may_set_aside=may_set_aside)
    driver.state.close("done")
    return driver


def test_a_task_that_kills_its_workers_has_its_last_try_alone_and_is_set_aside(tmp_path: Path) -> None:
    engine = Engine({"a": "died"})
    driver = drive(Store(tmp_path), engine)
    assert engine.runs == [["a", "b", "c", "a"], ["a"]]
    assert [one.key for one in driver.aside] == ["a"]
    assert sum(run.count("a") for run in engine.runs) == DEATHS


def test_a_task_that_kills_drivers_is_done_alone_then_set_aside_then_tried_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for lost in range(LOST):
        engine = Engine({}, fatal="b")
        with pytest.raises(SystemExit):
            drive(store, engine)
        assert engine.runs[0][-1] == "b", lost
    alone = Engine({}, fatal="b")
    with pytest.raises(SystemExit):
        drive(store, alone)
    assert alone.runs == [["a", "c"], ["b"]], "the others are done first, then the suspect by itself"
    after = Engine({}, fatal="b")
    driver = drive(store, after)
    assert after.runs == [["a", "c"]]
    assert [(one.key, one.said) for one in driver.aside] == [
        ("b", f"{LOST + 1} drivers in a row were lost with it under way, the last with nothing else")
    ]
    healed = Engine({})
    assert not drive(store, healed).aside
    assert healed.runs == [["a", "b", "c"]], "the next run tries it again"


def test_a_loss_is_forgotten_once_the_task_has_ended_and_none_where_the_driver_left_by_itself(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    with pytest.raises(SystemExit):
        drive(store, Engine({}, fatal="b"))
    assert State(store).lost(Task("text", "b", "b")) == 1
    drive(store, Engine({}))
    assert State(store).lost(Task("text", "b", "b")) == 0
    left = State(store)
    left.phase("text", 1, 1, 0, 1)
    left.begin(Task("text", "b", "b"))
    left.close("stopped by signal 2")
    assert State(store).lost(Task("text", "b", "b")) == 0


def test_a_machine_that_goes_away_is_not_held_against_its_tasks(tmp_path: Path) -> None:
    engine = Engine({"a": "lost"})
    driver = drive(Store(tmp_path), engine)
    assert [run.count("a") for run in engine.runs] == [driving.LOSSES]
    assert [one.key for one in driver.aside] == ["a"]


def test_where_nothing_can_stand_in_for_a_task_the_build_ends(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="so it ended"):
        drive(Store(tmp_path), Engine({"a": "error"}), may_set_aside=False)


def test_a_build_that_a_worker_stops_ends_with_the_code_that_the_worker_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise Stop("The store is closed.", "Open it.", 1)

    monkeypatch.setattr(working, "steps", lambda: {"text": closed})
    engine = Inline(working.Context(str(tmp_path), Settings(), "", 0))
    store = Store(tmp_path)
    driver = Driver(store, lambda: engine, Silent(), threading.Event(), [], State(store, pace=0))
    with pytest.raises(Stop, match="The store is closed") as stopped:
        driver.run("text", [Task("text", "a", "a")])
    assert stopped.value.code == 1


def test_storage_that_lets_a_task_down_is_asked_again_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(driving.time, "sleep", slept.append)
    engine = Engine({"a": "retry"})
    assert [one.key for one in drive(Store(tmp_path), engine).aside] == ["a"]
    assert engine.runs[0].count("a") == driving.TRIES
    assert slept == [1.0, 2.0, 4.0]


def test_a_full_disk_ends_the_build_at_once(tmp_path: Path) -> None:
    engine = Engine({"a": "full"})
    with pytest.raises(Stop, match=r"disk is full.*so it ended"):
        drive(Store(tmp_path), engine)
    assert engine.runs == [["a"]]


def test_what_comes_in_a_hurry_is_gathered_and_still_written(tmp_path: Path) -> None:
    class Counted(Store):
        written = 0

        def write_json(self, name: str, value: object, indent: int | None = None) -> None:
            self.written += name == NOW
            super().write_json(name, value, indent)

    store = Counted(tmp_path)
    state = State(store, pace=0.2)
    state.phase("text", 50, 50, 0, 1)
    for number in range(50):
        state.begin(Task("text", str(number), 0))
    assert store.written == 1
    for _ in range(100):
        if len((store.read_json(NOW) or {})["under_way"]) == 50:
            break
        time.sleep(0.1)
    else:
        pytest.fail("what was under way is not told")
    assert store.written == 2


def test_a_driver_that_waits_is_heard_of_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stating, "HEARTBEAT", 0.05)
    store = Store(tmp_path)
    state = State(store, pace=0.01)
    state.phase("text", 1, 1, 0, 1)
    state.begin(Task("text", "a", None))
    told = (store.read_json(NOW) or {})["updated"]
    for _ in range(100):
        if (store.read_json(NOW) or {})["updated"] > told:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the driver is not heard of")
    state.close("done")
    told = (store.read_json(NOW) or {})["updated"]
    time.sleep(0.3)
    assert (store.read_json(NOW) or {})["updated"] == told, "what has ended says no more"
