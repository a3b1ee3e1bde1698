"""Builds that hold signatures alone: documents as the notes step would have left them, clustered by the real steps."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.recipe import Recipe
from pipeline import build
from pipeline.driver import Driver
from pipeline.engines import choice
from pipeline.engines.choice import Engine
from pipeline.progress import Silent
from pipeline.settings import Settings, load
from pipeline.state import State
from pipeline.steps import cluster, decide
from pipeline.steps.notes import RECIPE, binary
from pipeline.store import Store
from pipeline.task import Context, Task


class Documents(NamedTuple):
    """``ids`` (n, 16) bytes, ``exact`` (n, 2), ``values`` (n, 128), ``labels`` and ``chars`` (n,)."""

    ids: np.ndarray
    exact: np.ndarray
    values: np.ndarray
    labels: np.ndarray
    chars: np.ndarray

    def at(self, rows: np.ndarray) -> "Documents":
        return Documents(*(column[rows] for column in self))


def put(store: Store, part: str, documents: Documents) -> dict[str, object]:
    """Write a part, all of whose documents rules keep; what its marker would say."""
    n = len(documents.ids)
    store.write_table(
        f"index/signatures/{part}.parquet",
        pa.table(
            {
                "id": binary(documents.ids),
                "exact_hash": binary(documents.exact),
                "signature": binary(documents.values),
            },
            metadata={RECIPE: Recipe().stored()},
        ),
        level=1,
    )
    store.write_table(
        f"index/signals/{part}.parquet",
        pa.table(
            {
                "raw_label": pa.array(documents.labels.tolist(), pa.string()).dictionary_encode(),
                "purity": pa.array(np.ones(n, np.float32)),
                "signal.chars": pa.array(documents.chars.astype(np.float32)),
            }
        ),
        level=1,
    )
    rule = pa.array(["kept"] * n, pa.string()).dictionary_encode()
    judged = pa.table({"rule": rule, "doubt": pa.array([None] * n, pa.string()).dictionary_encode()})
    store.write_table(f"work/judge/{part}.parquet", judged, level=1)
    return {"fingerprint": part, "rows": n}


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


def parts_of(documents: Documents, size: int) -> Iterator[tuple[str, Documents]]:
    """Documents cut into parts, with names."""
    for number, first in enumerate(range(0, len(documents.ids), size)):
        yield f"{number:05d}", documents.at(np.arange(first, min(first + size, len(documents.ids))))


def settings_of(*assignments: str) -> Settings:
    """Settings without sources."""
    return load(["none"], None, assignments)
