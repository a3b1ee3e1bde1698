"""What --memory means: driver and workers together."""

import pytest

from manifests.errors import Stop
from pipeline import budget


@pytest.mark.parametrize("memory", [512, 700, 860, 1000, 4000, 64_000])
@pytest.mark.parametrize("workers", [1, 2, 16])
def test_driver_and_workers_fit_together(memory: int, workers: int) -> None:
    hands, share = budget.cut(memory * 10**6, workers)
    assert 1 <= hands <= workers
    assert budget.DRIVER + hands * (budget.LIBRARIES + share) <= memory * 10**6
    assert budget.LIBRARIES + share >= budget.LEAST


def test_little_memory_hires_fewer_workers() -> None:
    assert [budget.cut(memory * 10**6, 4)[0] for memory in (512, 900, 1300, 4000)] == [1, 2, 3, 4]
    assert budget.cut(None, 4) == (4, budget.WORKER)
    with pytest.raises(Stop, match="499 MB of memory are too few"):
        budget.cut(499 * 10**6, 4)
