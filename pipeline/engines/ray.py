"""Tasks on Ray: the only file that imports it. Paths travel, not batches; storage is where results are exchanged."""

import logging
import os
from collections.abc import Iterable, Iterator
from typing import Any

from manifests.errors import Stop
from pipeline.task import Context, Outcome, Perform, Task, execute

AHEAD = 2
"""Tasks handed to Ray for each worker: one that runs and one that waits, so that no worker idles."""


class Ray:
    """Plain remote tasks on a cluster given by RAY_ADDRESS, or on a local Ray that ends with the build."""

    def __init__(self, context: Context, workers: int | None, perform: Perform = execute) -> None:
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError:
            raise Stop("Ray is not installed.", "pip install ray") from None
        self._ray: Any = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            address = os.environ.get("RAY_ADDRESS")
            ray.init(
                address=address,
                num_cpus=None if address else workers,
                include_dashboard=False if not address else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _skip_env_hook=True,
            )
        self.workers = workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._context = ray.put(context)
        self._execute = ray.remote(num_cpus=1, max_retries=0)(perform)

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Outcomes as they come; no more than a few tasks a worker are under way."""
        queue = iter(tasks)
        under_way: dict[Any, Task] = {}
        while True:
            while len(under_way) < AHEAD * self.workers and (task := next(queue, None)) is not None:
                under_way[self._execute.remote(self._context, task)] = task
            if not under_way:
                return
            ready, _ = self._ray.wait(list(under_way), num_returns=1)
            for reference in ready:
                yield self._outcome(reference, under_way.pop(reference))

    def _outcome(self, reference: Any, task: Task) -> Outcome:
        try:
            outcome: Outcome = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return Outcome(task, failure="died", said=f"{type(error).__name__}: {str(error).splitlines()[0]}")
        return outcome

    def close(self) -> None:
        """Leave the cluster; a local Ray is ended."""
        if self._ours:
            self._ray.shutdown()
