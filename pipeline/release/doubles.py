"""Documents that are like one held out, though in no cluster with it: they are left out of every split.

Most near-duplicates of what is held out are held out with it, as they are of its cluster. Some are not: they missed
each other by chance, or were answered in two languages that are not compared. The signatures in ``index/`` tell them.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.doubles import Few, Ranks
from dedup.recipe import Recipe
from manifests.errors import Stop
from pipeline.progress import Reporter
from pipeline.steps.cluster import values_of
from pipeline.steps.decide import KEPT
from pipeline.store import Store

SIGNATURES = "index/signatures"
PIECE = 1 << 18
"""Held-out documents that are looked for at a time: with their keys they take half a kilobyte each."""

Ids = npt.NDArray[np.bytes_]


def names(ids: pa.ChunkedArray | pa.Array) -> Ids:
    """A column of ids as 16 bytes each, in whose order they sort."""
    flat = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    raw = np.frombuffer(flat.buffers()[1] or b"", np.uint8)[flat.offset * 16 : (flat.offset + len(flat)) * 16]
    return raw.view("S16")


def of(store: Store, held: Ids, ranks: Ranks, recipe: Recipe, told: Reporter, workers: int) -> Ids:
    """Kept documents that are like one of ``held`` (n,) of a higher rank, in order; ``ranks`` (n,) are above 0, and
    whatever is not held has rank 0.
    """
    parts = [Path(file).stem for file in store.files(SIGNATURES)]
    order = np.argsort(held)
    held, ranks = held[order], ranks[order]
    pieces = [slice(start, start + PIECE) for start in range(0, len(held), PIECE)]
    told.start("held out", 2 * len(pieces) * len(parts), 2 * len(pieces) * len(parts), 0)
    found: list[Ids] = []
    with ThreadPoolExecutor(workers) as pool:
        for piece in pieces:
            few = _signed(store, parts, held[piece], ranks[piece], recipe, pool, told)
            for some in pool.map(lambda part, few=few: _doubles(store, part, few, held, ranks), parts):
                found.append(some)
                told.advance(1)
    return np.unique(np.concatenate(found)) if found else np.zeros(0, "S16")


def _signed(
    store: Store,
    parts: Sequence[str],
    held: Ids,
    ranks: Ranks,
    recipe: Recipe,
    pool: ThreadPoolExecutor,
    told: Reporter,
) -> Few:
    """These documents with their signatures, of all parts."""
    exact, values = np.zeros((len(held), 2), np.uint64), np.zeros((len(held), recipe.permutations), np.uint16)
    count = 0
    for place, table in pool.map(lambda part: _rows_of(store, part, held), parts):
        exact[place], values[place] = _exact(table), values_of(table["signature"])
        count += len(place)
        told.advance(1)
    if count < len(held):
        raise Stop(
            f"Of {len(held):,} documents to hold out, {store.name}/{SIGNATURES} has {count:,}: what is like the others "
            "cannot be told.",
            "Hold out nothing (--held-out 0), or build again: index/ is part of a build.",
            1,
        )
    return Few(exact, values, ranks, recipe)


def _rows_of(store: Store, part: str, held: Ids) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """Which of ``held`` a part has, and their rows."""
    table = store.read_table(f"{SIGNATURES}/{part}.parquet", ["id", "exact_hash", "signature"])
    place, there = _places(held, names(table["id"]))
    return place[there], table.filter(pa.array(there))


def _doubles(store: Store, part: str, few: Few, held: Ids, ranks: Ranks) -> Ids:
    table = store.read_table(f"{SIGNATURES}/{part}.parquet", ["id", "signature"])
    ids = names(table["id"])
    place, there = _places(held, ids)
    mine = np.where(there, ranks[place], 0).astype(np.int8)
    marked = few.doubles(values_of(table["signature"]), mine)
    rules = store.read_table(f"index/verdicts/{part}.parquet", ["rule"])["rule"]
    kept = pc.equal(rules.cast(pa.string()), KEPT).combine_chunks().to_numpy(zero_copy_only=False)
    found: Ids = ids[marked & kept]
    return found


def among(ids: Ids, some: Ids) -> npt.NDArray[np.bool_]:
    """Which of ``ids`` (n,) are ``some``, which are in order."""
    return _places(some, ids)[1]


def _places(held: Ids, ids: Ids) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Where ``ids`` (m,) stand in ``held``, which is in order, and which of them do."""
    if not len(held):
        return np.zeros(len(ids), np.int64), np.zeros(len(ids), np.bool_)
    place = np.minimum(np.searchsorted(held, ids), len(held) - 1)
    return place, held[place] == ids


def _exact(table: pa.Table) -> npt.NDArray[np.uint64]:
    column = table["exact_hash"].combine_chunks()
    raw = np.frombuffer(column.buffers()[1] or b"", np.uint64)[2 * column.offset : 2 * (column.offset + len(column))]
    return raw.reshape(-1, 2)


def write(store: Store, place: str, ids: Ids) -> None:
    """Write ids where ``read`` finds them."""
    column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(ids.tobytes())])
    store.write_table(place, pa.table({"id": column}))


def read(store: Store, place: str) -> Ids:
    """Ids that were written; Stop where they are gone."""
    if not store.exists(place):
        raise Stop(f"{store.name}/{place} is gone.", f"corpus sample {store.name}", 1)
    return names(store.read_table(place, ["id"])["id"])
