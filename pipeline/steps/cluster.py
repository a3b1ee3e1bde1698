"""Find clusters from band keys alone: partitions of the key space give forests, forests are joined."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dedup import cluster
from pipeline.settings import Settings, digest
from pipeline.steps.notes import id_array, recipe
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
_NONE = pa.table(
    {name: pa.array([], pa.binary(width)) for name, width in {"id": 16, "exact_hash": 16, "signature": 256}.items()}
)
_NO_PAIRS = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.int64())})
KEY_BYTES = 64
"""Memory a key takes at most while its partition is sorted and verified."""


def fingerprint(notes: list[str], settings: Settings) -> str:
    """Changes with any notes part, and with the threshold."""
    return digest(["cluster", VERSION], sorted(notes), recipe(settings.dedup).threshold, settings.dedup.enabled)


def partitions(keys: int, memory: int) -> int:
    """Into how many ranges of the hash the keys are cut so that one fits a sixteenth of a worker's memory."""
    return max(1, -(-keys * KEY_BYTES // (memory // 16)))


def _gather(store: Store, part: str, low: int, high: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Keys in [low, high] of a part and the rows that carry them; row groups outside the range are not read."""
    found = store.read_range(f"index/bands/{part}.parquet", "key", low, high)
    return found["key"].to_numpy(), found["row"].to_numpy().astype(np.int64)


def _shared(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """True for the entries whose key another entry has too."""
    order = np.argsort(keys)
    equal = keys[order][1:] == keys[order][:-1]
    shared = np.zeros(len(keys), np.bool_)
    shared[order[1:][equal]] = True
    shared[order[:-1][equal]] = True
    return shared


def _signatures(store: Store, parts: list[str], places: npt.NDArray[np.int64]) -> pa.Table:
    """Ids, exact hashes and signatures of documents named by part << 32 | row, in that order; ``places`` is sorted."""
    tables = [_NONE]
    of_part = places >> 32
    for number in np.unique(of_part).tolist():
        table = pq.read_table(
            store.path(f"index/signatures/{parts[number]}.parquet"), columns=_NONE.column_names, use_threads=False
        )
        tables.append(table.take(pa.array(places[of_part == number] & 0xFFFFFFFF)).cast(_NONE.schema))
    return pa.concat_tables(tables).combine_chunks()


def values_of(signatures: pa.ChunkedArray) -> npt.NDArray[np.uint16]:
    """A column of signatures as (n, permutations) 16-bit values."""
    flat = signatures.combine_chunks()
    return np.frombuffer(flat.buffers()[1] or b"", np.uint16).reshape(len(flat), flat.type.byte_width // 2)


def _id_order(ids: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    halves = id_array(ids)
    return np.lexsort((halves[:, 1], halves[:, 0]))


def run_partition(context: Context, store: Store, work: tuple[int, int, list[str]]) -> dict[str, Any]:
    """Verified pairs of one range of the key space, as a forest of (part << 32 | row) pairs."""
    number, of, parts = work
    low = -(-(number << 64) // of)
    high = -(-((number + 1) << 64) // of) - 1
    found = [_gather(store, part, low, high) for part in parts]
    keys = np.concatenate([keys for keys, _ in found])
    places = np.concatenate([(index << 32) | rows for index, (_, rows) in enumerate(found)])
    shared = _shared(keys)
    keys, places = keys[shared], places[shared]
    pairs = np.zeros((0, 2), np.int64)
    compared = 0
    if len(keys):
        # Documents are numbered in id order, so that nothing depends on how units and parts were cut.
        members, where = np.unique(places, return_inverse=True)
        signed = _signatures(store, parts, members)
        order = _id_order(signed["id"])
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        edges = cluster.edges(
            keys, rank[where], values_of(signed["signature"])[order], recipe(context.settings.dedup).threshold
        )
        compared = edges.compared
        pairs = members[order][cluster.forest(edges.pairs)] if len(edges.pairs) else pairs
    store.write_table(f"work/cluster/{number:05d}.parquet", pa.table({"a": pairs[:, 0], "b": pairs[:, 1]}), level=1)
    return {"pairs": len(pairs), "compared": compared}


def run_forest(context: Context, store: Store, work: tuple[int, list[str], str]) -> dict[str, Any]:
    """Join the forests of all partitions and write index/clusters: every document that has a near-duplicate.

    Sorted by cluster, then id; with what the choice of a canonical needs, so that it reads nothing else.
    """
    of, parts, wanted = work
    store.remove("work/cluster/done.json")  # an older marker must not outlive the file it speaks of
    tables = [
        pq.read_table(store.path(f"work/cluster/{number:05d}.parquet"), use_threads=False) for number in range(of)
    ]
    edges = pa.concat_tables([_NO_PAIRS, *tables])
    pairs = np.stack([edges["a"].to_numpy(), edges["b"].to_numpy()], axis=1).astype(np.int64)
    members, where = np.unique(pairs, return_inverse=True)
    signed = _signatures(store, parts, members)
    order = _id_order(signed["id"])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    roots = cluster.components(rank[where.reshape(-1, 2)], len(members))
    sizes = np.bincount(roots, minlength=len(members))[roots] if len(roots) else np.zeros(0, np.int64)
    signed = signed.take(pa.array(order))
    table = pa.table(
        {
            "cluster_id": signed["id"].take(pa.array(roots)),
            "id": signed["id"],
            "exact_hash": signed["exact_hash"],
            "signature": signed["signature"],
            "cluster_size": pa.array(sizes.astype(np.int32)),
            "place": pa.array(members[order]),
        }
    )
    table = table.take(pa.array(np.lexsort((np.arange(len(roots)), roots))))
    store.write_table("index/clusters.parquet", table, level=1)
    marker = {
        "fingerprint": wanted,
        "documents": table.num_rows,
        "clusters": int(pc.count_distinct(table["cluster_id"]).as_py()),
    }
    store.write_json("work/cluster/done.json", marker)
    return marker
