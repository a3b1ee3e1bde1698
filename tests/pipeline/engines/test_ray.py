"""The same build on Ray: one local cluster, the same bytes as inline, and a worker that dies is told."""

from collections.abc import Iterator
from pathlib import Path

import crashing
import pytest
from built import digests, sample_build

from manifests.errors import Stop
from pipeline.engines import ray as engine_of
from pipeline.engines.ray import Ray
from pipeline.settings import Settings
from pipeline.steps import cluster
from pipeline.store import Store
from pipeline.task import Context, Outcome, Task

pytest.importorskip("ray")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    monkeypatch.setenv("PYTHONPATH", str(Path(crashing.__file__).parent))
    started = Ray(Context(str(tmp_path), Settings(), "", 1 << 30), 2, crashing.perform)
    yield started
    started.close()


@pytest.mark.filterwarnings("ignore")  # of Ray's own making
def test_the_same_bytes_as_inline(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tasks enough for both workers in the stages of clustering too."""
    monkeypatch.setattr(cluster, "LEAST", 50)
    sample_build(tmp_path / "ray", "plan.unit_bytes=65536", engine="ray", workers=2)
    assert digests(tmp_path / "ray") == digests(built)
    assert len(cluster.planned(Store(tmp_path / "ray")).blocks) > 1


@pytest.mark.filterwarnings("ignore")
def test_a_task_that_ends_its_worker_is_told_and_the_others_go_on(engine: Ray) -> None:
    tasks = [Task("x", "bad", ("die", 0)), *(Task("x", str(number), ("square", number)) for number in range(6))]
    outcomes = {outcome.task.key: outcome for outcome in engine.run(tasks)}
    assert outcomes["bad"].failure == "died"
    assert [outcomes[str(number)].value for number in range(6)] == [0, 1, 4, 9, 16, 25]


@pytest.mark.filterwarnings("ignore")
def test_a_task_that_ended_its_worker_asks_for_twice_the_memory_while_a_node_has_it(engine: Ray) -> None:
    task = Task("x", "bad", ("die", 0))
    assert engine.need(task) == 1 << 30
    for asked in (2 << 30, 2 << 30):  # the local node has what two workers may take
        list(engine.run([task]))
        assert engine.need(task) == asked
    list(engine.run([Task("x", "bad", ("square", 2))]))
    assert engine.need(task) == 1 << 30, "forgotten once it was done"


def test_what_travels_to_nodes_is_our_packages_and_no_secret() -> None:
    told = engine_of.environment({"NUMBA_CACHE_DIR": "/k", "AWS_SECRET_ACCESS_KEY": "no", "HOME": "/root"})
    assert told["env_vars"] == {"NUMBA_CACHE_DIR": "/k"}
    assert [Path(place).name for place in told["py_modules"]] == list(engine_of.PACKAGES)
    assert all((Path(place) / "__init__.py").exists() for place in told["py_modules"])
    assert "py_modules" not in engine_of.environment({"RAY_JOB_CONFIG_JSON_ENV_VAR": "{}"})


def test_a_cluster_that_does_not_answer_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        @staticmethod
        def init(**_: object) -> None:
            raise ConnectionError("nobody there")

    with pytest.raises(Stop, match="No Ray cluster answers at gone:1"):
        engine_of._begin(Absent, Context(str(tmp_path), Settings(), "", 1), None, "gone:1")


def test_a_model_of_the_package_is_found_where_the_node_has_it(tmp_path: Path) -> None:
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_of, "execute", lambda context, task: seen.append(context.model) or Outcome(task))
        engine_of._at_home(Context(str(tmp_path), Settings(), "/of/the/driver/model.ftz", 1), Task("x", "x", None))
        elsewhere = Settings(lid=str(tmp_path / "none.bin"))
        lost = engine_of._at_home(Context(str(tmp_path), elsewhere, "/gone", 1), Task("x", "x", None))
    assert Path(seen[0]).name == "model.ftz"
    assert Path(seen[0]).exists()
    assert (lost.failure, len(seen)) == ("stop", 1), "where it is nowhere, that is told"
