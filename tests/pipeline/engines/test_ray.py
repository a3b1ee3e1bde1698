"""The same build on Ray: one local cluster, the same bytes as inline, and a worker that dies is told."""

from collections.abc import Iterator
from pathlib import Path

import crashing
import pytest
from built import digests, sample_build

from pipeline.engines.ray import Ray
from pipeline.settings import Settings
from pipeline.task import Context, Task

pytest.importorskip("ray")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    monkeypatch.setenv("PYTHONPATH", str(Path(crashing.__file__).parent))
    started = Ray(Context(str(tmp_path), Settings(), "", 1 << 30), 2, crashing.perform)
    yield started
    started.close()


@pytest.mark.filterwarnings("ignore")  # of Ray's own making
def test_the_same_bytes_as_inline(tmp_path: Path) -> None:
    sample_build(tmp_path / "inline")
    sample_build(tmp_path / "ray", engine="ray", workers=2)
    assert digests(tmp_path / "ray") == digests(tmp_path / "inline")


@pytest.mark.filterwarnings("ignore")
def test_a_task_that_ends_its_worker_is_told_and_the_others_go_on(engine: Ray) -> None:
    tasks = [Task("x", "bad", ("die", 0)), *(Task("x", str(number), ("square", number)) for number in range(6))]
    outcomes = {outcome.task.key: outcome for outcome in engine.run(tasks)}
    assert outcomes["bad"].failure == "died"
    assert [outcomes[str(number)].value for number in range(6)] == [0, 1, 4, 9, 16, 25]
