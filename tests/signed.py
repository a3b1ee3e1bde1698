"""Builds that hold signatures alone: documents as the notes step would have left them, clustered by the real steps."""

import threading
from pathlib import Path

from signed_parts import Documents, parts_of, put

from pipeline import build
from pipeline.driver import Driver
from pipeline.engines import choice
from pipeline.engines.choice import Engine
from pipeline.progress import Silent
from pipeline.settings import Settings, load
from pipeline.state import State
from pipeline.steps import cluster, decide
from pipeline.store import Store
from pipeline.task import Context, Task

__all__ = ["Documents", "clustered", "driver_of", "found", "parts_of", "put", "settings_of", "told"]


def found(
    out: Path, parts: dict[str, dict[str, object]], memory: int, engine: str = "inline", workers: int = 1
) -> tuple[dict[str, object], dict[str, float]]:
    """Cluster and elect as a build does, with ``memory`` bytes a worker; what is told, and seconds by phase."""
    context = Context(str(out), load(["none"]), "", memory)
    hired = choice.start(engine, context, workers)
    try:
        driver = driver_of(Store(out), hired)
        return clustered(driver, parts, context), driver.seconds
    finally:
        hired.close()


def driver_of(store: Store, hired: Engine) -> Driver:
    """What hands tasks to an engine, and tells nobody."""
    return Driver(store, lambda: hired, Silent(), threading.Event(), [], State(store))


def clustered(driver: Driver, parts: dict[str, dict[str, object]], context: Context) -> dict[str, object]:
    """Cluster and elect; what is told."""
    done = build._cluster(driver, context.settings, parts, context)
    blocks = range(len(cluster.planned(driver.store).blocks))
    driver.store.remove(decide.ELECT)
    driver.run("elect", [Task("stand", f"{block:05d}", (block, 0)) for block in blocks])
    files = enumerate(done["files"])
    driver.run("elect", [Task("elect", f"{number:05d}", (number, *span)) for number, span in files])
    return done


def told(out: Path, of: dict[bytes, int]) -> dict[int, tuple[int, int, int]]:
    """By document, numbered as ``of`` numbers ids: its cluster's first id, how many it has, and its canonical or -1."""
    store = Store(out)
    result = {}
    for number, name in enumerate(cluster.files(store)):
        members = store.read_table(name)
        elected = store.read_table(f"{decide.ELECT}/{number:05d}.parquet")
        place = dict(zip(elected["place"].to_pylist(), elected["canonical_id"].to_pylist(), strict=True))
        for row in members.to_pylist():
            canonical = place[row["place"]]
            result[of[row["id"]]] = (of[row["cluster_id"]], row["cluster_size"], of[canonical] if canonical else -1)
    return result


def settings_of(*assignments: str) -> Settings:
    """Settings without sources."""
    return load(["none"], None, assignments)
