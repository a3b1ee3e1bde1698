"""corpus status: what the folder of a build tells while it runs, after it ended, and once its driver is lost."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from manifests.errors import Stop
from pipeline import status
from pipeline.cli import app
from pipeline.state import State
from pipeline.store import Store
from pipeline.task import Outcome, Task


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two of three units are read, one failed twice at storage, one is under way."""
    now = iter(range(1000, 2000, 10))
    state = State(Store(tmp_path), "ray", clock=lambda: float(next(now)), pace=0)
    state.phase("text", 3, 300, 7, 4)
    for key in "ab":
        task = Task("text", key, None, 100)
        state.begin(task)
        state.end(Outcome(task, failure="retry", said='503 "slow" from s3://user:key@bucket/x'))
        state.begin(task)
        state.end(Outcome(task, {}))
    state.begin(Task("text", "c", None, 100))
    return Store(tmp_path)


def test_a_build_under_way_tells_rate_time_left_and_failures(store: Store) -> None:
    last = status.read(store, 0).phases[-1]
    assert (last.tasks, last.ended, last.done_before, last.workers) == (3, 2, 7, 4)
    assert last.rate == pytest.approx(200 / last.seconds)
    assert last.left == pytest.approx(last.seconds / 2)
    told = store.read_json("work/state/now.json") or {}
    found = status.read(store, told["updated"] + 5)
    assert (found.doing, found.silent) == ("running", 5)
    assert list(found.under_way) == ["text c"]
    assert found.failures == {"text retry": 2}
    assert "key@" not in str(found.told), "what is told is without secrets"
    assert status.read(store, told["updated"] + 500).doing == "lost"


def test_a_finished_build_says_so(store: Store) -> None:
    state = State(store, "local", pace=0)
    state.close("done")
    assert status.read(store).doing == "done"


def test_the_command_tells_the_same(store: Store) -> None:
    run = CliRunner().invoke(app, ["status", str(store.root)])
    assert run.exit_code == 0, run.output
    assert re.search(r"text +│ 2/3 +│ 7 +│ 4 ", run.output)
    assert re.search(r"failed +2  text retry", run.output)


SAMPLE = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+]+)')


def test_metrics_are_as_prometheus_takes_them(store: Store) -> None:
    run = CliRunner().invoke(app, ["status", str(store.root), "--prometheus"])
    assert run.exit_code == 0, run.output
    typed: set[str] = set()
    for line in run.output.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert kind in {"gauge", "counter"}
            assert name not in typed, "a family is told once"
            typed.add(name)
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert re.split(r"[{ ]", line)[0] in typed
    assert 'corpus_tasks_done{phase="text"} 2\n' in run.output
    assert 'corpus_failures_total{step="text",kind="retry"} 2\n' in run.output
    assert run.output.endswith("\n")


def test_a_folder_without_a_build_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="No build has begun"):
        status.read(Store(tmp_path))
