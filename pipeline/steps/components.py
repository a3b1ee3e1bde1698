"""Which candidates are alike, and what they make up together: the second half of clustering (see ``cluster``)."""

from typing import Any

import numpy as np
import pyarrow as pa

from dedup import cluster
from pipeline.rows import id_array, runs
from pipeline.steps.cluster import (
    CLUSTERS,
    GROUP_ROWS,
    MEMBER_BYTES,
    SCHEMA,
    WORK,
    distinct,
    numbers,
    planned,
    shares,
    values_at,
    values_of,
    write_sorted,
)
from pipeline.steps.notes import binary, recipe
from pipeline.store import Store
from pipeline.task import Context

MEMBERS = f"{WORK}/members"


def run_send(context: Context, store: Store, block: int) -> dict[str, Any]:
    """Write the pairs that documents of a block lead, by member, and the leaders' signatures, once for each block that
    has members of theirs.
    """
    made = planned(store)
    borders = made.borders()
    low, high = borders[block] << 32, (borders[block + 1] << 32) - 1
    pairs = distinct(
        numbers(store.read_range(f"{WORK}/pairs/{number:05d}.parquet", "pair", low, high), "pair")
        for number in range(made.ranges)
    )
    leader, member = cluster.unpack(pairs)
    write_sorted(store, f"{WORK}/asked/{block:05d}.parquet", {"pair": np.sort(cluster.pack(member, leader))})
    to = np.unique(cluster.pack(np.searchsorted(np.array(borders), member, side="right") - 1, leader))
    leaders = np.unique(leader)
    told = values_at(store, made, block, leaders)
    at = np.searchsorted(leaders, cluster.unpack(to)[1])
    write_sorted(store, f"{WORK}/sent/{block:05d}.parquet", {"to": to, "signature": binary(told[at])})
    return {"pairs": len(pairs), "sent": len(to)}


def run_compare(context: Context, store: Store, block: int) -> dict[str, Any]:
    """Hold the documents of a block against the leaders that others have sent; write what joins those alike."""
    made = planned(store)
    borders = made.borders()
    own = values_at(store, made, block)
    threshold = recipe(context.settings.dedup).threshold
    joined, compared = [np.zeros(0, np.uint64)], 0
    for other in range(len(made.blocks)):
        low, high = borders[block] << 32, (borders[block + 1] << 32) - 1
        asked = numbers(store.read_range(f"{WORK}/asked/{other:05d}.parquet", "pair", low, high), "pair")
        if not len(asked):
            continue
        member, leader = cluster.unpack(asked)
        sent = store.read_range(f"{WORK}/sent/{other:05d}.parquet", "to", block << 32, ((block + 1) << 32) - 1)
        at = np.searchsorted(cluster.unpack(numbers(sent, "to"))[1], leader)
        alike = cluster.alike(values_of(sent["signature"]), at, own, member - borders[block], threshold)
        compared += len(asked)
        joined.append(cluster.forest(asked[alike]))
    forest = cluster.forest(np.concatenate(joined))
    write_sorted(store, f"{WORK}/links/{block:05d}.parquet", {"pair": forest})
    return {"compared": compared, "joined": len(forest)}


def run_join(context: Context, store: Store, work: tuple[str, list[str], bool]) -> dict[str, Any]:
    """Join forests into one, which says of each clustered document which is the first of its cluster.

    Takes 4 bytes a document, and reads the forests piece by piece. The last one also tells ``borders``: numbers of
    first documents between which clusters fit a worker.
    """
    name, forests, last = work
    made = planned(store)
    parents = cluster.alone(made.starts[-1])
    for forest in forests:
        with store.parquet(forest) as file:
            for group in range(file.num_row_groups):
                cluster.unite(parents, numbers(file.read_row_group(group, use_threads=False), "pair"))
    roots = cluster.roots(parents)
    members = np.flatnonzero(roots != np.arange(len(roots), dtype=np.uint32))
    if not last:
        write_sorted(store, name, {"pair": cluster.pack(members, roots[members])})
        return {}
    clustered = np.zeros(len(roots), np.bool_)
    clustered[members] = clustered[roots[members]] = True
    members = np.flatnonzero(clustered)
    first = roots[members]
    packed = cluster.pack(members, first)
    first.sort()
    share = -(-len(members) // shares(len(members), made.hands))
    most = max(1, min(context.memory // 2 // MEMBER_BYTES, share))
    borders = np.unique(first[::most]).tolist()
    clusters = int((np.diff(first) > 0).sum()) + bool(len(first))
    told = {"documents": len(members), "clusters": clusters, "first": borders}
    store.write_json(f"{name}.json", told)  # before the file, which says that the task is done
    write_sorted(store, name, {"pair": packed})
    return told


def run_members(context: Context, store: Store, work: tuple[int, str]) -> dict[str, Any]:
    """Write the clustered documents of a block, and their signatures, in the order of their clusters."""
    block, forest = work
    made = planned(store)
    borders = made.borders()
    pairs = store.read_range(forest, "pair", borders[block] << 32, (borders[block + 1] << 32) - 1)
    number, root = cluster.unpack(numbers(pairs, "pair"))
    width = 2 * recipe(context.settings.dedup).permutations
    kinds = pa.schema({"id": pa.binary(16), "exact_hash": pa.binary(16), "signature": pa.binary(width)})
    tables = [kinds.empty_table()]
    for part in range(*made.blocks[block]):
        low, high = np.searchsorted(number, made.starts[part : part + 2])
        if high > low:
            whole = store.read_table(f"index/signatures/{made.parts[part]}.parquet", kinds.names)
            tables.append(whole.cast(kinds).take(pa.array(number[low:high] - made.starts[part])))
    order = np.argsort(root, kind="stable")
    signed = pa.concat_tables(tables).take(pa.array(order))
    told = {"root": root[order].astype(np.uint32), "number": number[order].astype(np.uint32)}
    write_sorted(
        store, f"{MEMBERS}/{block:05d}.parquet", told | dict(zip(signed.column_names, signed.columns, strict=True))
    )
    return {"documents": len(number)}


def run_gather(context: Context, store: Store, work: tuple[int, int, int]) -> dict[str, Any]:
    """Write the clusters whose first documents have the numbers from ``low`` to ``high``, by cluster, then id."""
    number, low, high = work
    made = planned(store)
    tables = [
        store.read_range(f"{MEMBERS}/{block:05d}.parquet", "root", low, high, ["root", "number", "id"])
        for block in range(len(made.blocks))
    ]
    table = pa.concat_tables(tables).combine_chunks()
    ids, root = id_array(table["id"]), numbers(table, "root")
    order = np.lexsort((ids[:, 1], ids[:, 0], root))
    borders = np.array(runs(root[order]), np.int64).reshape(-1, 2)
    sizes = borders[:, 1] - borders[:, 0]
    names = ids[order[borders[:, 0]]]
    by_name = np.lexsort((names[:, 1], names[:, 0]))
    # The rows of each cluster, clusters in the order of their names.
    starts = np.repeat(borders[by_name, 0] - np.cumsum(sizes[by_name]) + sizes[by_name], sizes[by_name])
    rows = order[starts + np.arange(len(order))]
    of = np.repeat(order[borders[by_name, 0]], sizes[by_name])
    told = pa.table(
        {
            "cluster_id": table["id"].take(pa.array(of)),
            "id": table["id"].take(pa.array(rows)),
            "cluster_size": pa.array(np.repeat(sizes[by_name], sizes[by_name]).astype(np.int32)),
            "place": pa.array(made.places(numbers(table, "number")[rows].astype(np.int64))),
        },
        schema=SCHEMA,
    )
    store.write_table(f"{CLUSTERS}/{number:05d}.parquet", told, row_group_rows=GROUP_ROWS, level=1)
    return {"documents": told.num_rows}
