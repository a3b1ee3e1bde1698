"""Tasks on Ray: the only file that imports it. Paths travel, not batches; storage is where results are exchanged."""

import importlib.util
import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from manifests.errors import Stop
from pipeline.models import locate
from pipeline.task import Context, Outcome, Perform, Task, execute

AHEAD = 2
"""Tasks handed to Ray for each processor: one that runs and one that waits, so that none idles. What waits is also what
tells an autoscaler to grow: a cluster may double until it has what it may have."""
COUNTED = 5.0
"""Seconds after which the processors of the cluster are counted again."""
PACKAGES = ("pipeline", "langid", "filters", "dedup", "manifests")
"""What is sent to the nodes of a cluster, so that all run the code of the driver."""
KEPT = ("NUMBA_CACHE_DIR", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION")
"""Settings of the environment that workers need too and that are no secrets: each node has its own credentials."""


class Ray:
    """Plain remote tasks on the cluster that RAY_ADDRESS names, or on a local Ray that ends with the build.

    A task asks for one processor and the memory that it may take; one that ended its worker asks for twice as much.
    """

    def __init__(self, context: Context, workers: int | None, perform: Perform = execute) -> None:
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError:
            raise Stop("Ray is not installed.", "pip install ray") from None
        self._ray: Any = ray
        self._ours = not ray.is_initialized()
        address = os.environ.get("RAY_ADDRESS")
        if self._ours:
            _begin(ray, context, workers, address)
        self._asked = workers
        self._counted = -COUNTED
        self.workers = 1
        self._count()
        self._memory = context.memory
        self._largest = int(
            max((node["Resources"].get("memory", 0) for node in self._ray.nodes() if node["Alive"]), default=0)
        )
        self._context = ray.put(context)
        self._execute = ray.remote(num_cpus=1, max_retries=0)(_at_home if perform is execute else perform)
        self._deaths: Counter[str] = Counter()
        exceptions = ray.exceptions
        self._away = (exceptions.NodeDiedError, exceptions.LocalRayletDiedError, exceptions.ObjectLostError)

    def _count(self) -> None:
        """As many workers as were asked for, else as there are processors now: nodes come and go."""
        if self._asked is not None:
            self.workers = self._asked
        elif time.monotonic() - self._counted >= COUNTED:
            self._counted = time.monotonic()
            self.workers = max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Outcomes as they come; no more than a few tasks a processor are under way."""
        queue = iter(tasks)
        under_way: dict[Any, Task] = {}
        while True:
            self._count()
            while len(under_way) < AHEAD * self.workers and (task := next(queue, None)) is not None:
                under_way[self._execute.options(memory=self.need(task)).remote(self._context, task)] = task
            if not under_way:
                return
            ready, _ = self._ray.wait(list(under_way), num_returns=1, timeout=COUNTED)
            for reference in ready:
                yield self._outcome(reference, under_way.pop(reference))

    def need(self, task: Task) -> int:
        """Bytes that a task asks for: what is declared, twice as much for each worker it ended, if a node has them."""
        return max(0, min(self._memory << self._deaths[task.key], self._largest))

    def _outcome(self, reference: Any, task: Task) -> Outcome:
        try:
            outcome: Outcome = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            said = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            if isinstance(error, self._away):
                return Outcome(task, failure="lost", said=said)
            self._deaths[task.key] += 1
            return Outcome(task, failure="died", said=said)
        self._deaths.pop(task.key, None)
        return outcome

    def close(self) -> None:
        """Leave the cluster; a local Ray is ended."""
        if self._ours:
            self._ray.shutdown()


def _begin(ray: Any, context: Context, workers: int | None, address: str | None) -> None:
    """Join the cluster, and send it our code; or begin a Ray of our own, which has the memory that is declared."""
    how: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "_skip_env_hook": True}
    if address:
        try:
            ray.init(address=address, runtime_env=environment(os.environ), **how)
        except (ConnectionError, ValueError) as error:
            raise Stop(f"No Ray cluster answers at {address}: {error}", "Start one with: ray start --head", 1) from None
    else:
        hands = workers or os.cpu_count() or 1
        ray.init(num_cpus=workers, include_dashboard=False, _memory=hands * context.memory, **how)


def environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """What nodes need beside our dependencies: our packages, unless a job of Ray brought them, and some settings."""
    told: dict[str, Any] = {"env_vars": {name: variables[name] for name in KEPT if name in variables}}
    if "RAY_JOB_CONFIG_JSON_ENV_VAR" not in variables:
        found = [importlib.util.find_spec(name) for name in PACKAGES]
        told["py_modules"] = [str(Path(spec.origin).parent) for spec in found if spec is not None and spec.origin]
    return told


def _at_home(context: Context, task: Task) -> Outcome:
    """Run a task on a node where packages, and the models in them, may lie elsewhere than on the driver's."""
    if not Path(context.model).exists():
        try:
            context = replace(context, model=str(locate(context.settings.lid)))
        except Stop as stop:
            return Outcome(task, failure="stop", said=stop.found, mend=stop.mend, code=stop.code)
    return execute(context, task)
