"""Clustering of made signatures, by the real stages and workers: time, memory, and what was found.

    python tests/bench/cluster.py --documents 1000000 3000000 10000000 [--kind mixed|tens|page] [--memory 2GB]

``mixed``: half of the documents in clusters of ten, half alone, and one in fifty an exact copy. ``tens``: all in
clusters of ten. ``page``: near-copies of one page with hashes of their own, all under one key in most bands, and one
cluster. A near-copy has every twentieth value of its own. ``--memory`` is for driver and workers together, and so is
the peak: private pages and a share of those in common.
"""

import argparse
import hashlib
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from resident import watched
from signed import Documents, found, put

from pipeline import budget
from pipeline.settings import size
from pipeline.steps import cluster, decide
from pipeline.store import Store

PART = 25_000
LABEL = np.array(["eng_Latn"])


def documents(kind: str, number: int, n: int) -> Documents:
    """Part ``number`` of ``n`` documents in all; clusters are within a part or, every second one, across two."""
    draw = np.random.default_rng([number, 1])
    rows = min(PART, n - number * PART)
    ids = draw.integers(0, 256, (rows, 16), dtype=np.uint8)
    values = draw.integers(0, 2**16, (rows, 128), dtype=np.uint16)
    exact = draw.integers(1, 2**63, (rows, 2), dtype=np.uint64)
    at = np.arange(rows)
    if kind == "page":
        page = np.random.default_rng(7).integers(0, 2**16, 104, dtype=np.uint16)
        values[:, :104] = page
    else:
        clustered = at if kind == "tens" else np.flatnonzero(at < rows // 2)
        # Half of each cluster lies in the next part but one: parts are made alone, so both draw the same originals.
        pair, side = number // 2, number % 2
        originals = np.random.default_rng([pair, 2]).integers(0, 2**16, (PART // 5, 128), dtype=np.uint16)
        of = originals[clustered // 5]
        assert side in (0, 1)
        own = draw.random((len(clustered), 128)) < 0.05
        values[clustered] = np.where(own, values[clustered], of)
    if kind == "mixed":
        copies = at[-rows // 50 :]
        values[copies], exact[copies] = values[: len(copies)], exact[: len(copies)]
    return Documents(ids, exact, values, LABEL[np.zeros(rows, int)], np.ones(rows, np.int64))


def digest(store: Store) -> tuple[str, int, int, int]:
    """Names what was found, however it lies in files; clustered documents, clusters, and the removed."""
    removed = rows = clusters = 0
    total = 0
    for number, name in enumerate(cluster.files(store)):
        table = store.read_table(name, ["cluster_id", "id", "cluster_size", "place"]).sort_by("place")
        elected = store.read_table(f"{decide.ELECT}/{number:05d}.parquet", ["place", "canonical_id"])
        assert elected["place"].equals(table["place"])
        rows += table.num_rows
        clusters += pc.count_distinct(table["cluster_id"]).as_py()
        removed += table.num_rows - elected["canonical_id"].null_count
        columns = [*table.select(["cluster_id", "id"]).columns, pc.fill_null(elected["canonical_id"], bytes(16))]
        told = b"".join(column.combine_chunks().buffers()[1].to_pybytes()[: 16 * table.num_rows] for column in columns)
        lines = np.frombuffer(told, np.uint8).reshape(3, -1, 16).transpose(1, 0, 2).reshape(table.num_rows, 48)
        # A sum does not depend on the order of rows, nor on the files they lie in.
        words = np.ascontiguousarray(lines).view(np.uint64)
        weights = np.array([0x9E3779B185EBCA87 * (2 * k + 1) % 2**64 for k in range(words.shape[1])], np.uint64)
        hashed = (words * weights).sum(axis=1, dtype=np.uint64)
        hashed = (hashed ^ (hashed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
        total = (total + int(hashed.sum(dtype=np.uint64))) % 2**64
    return hashlib.sha256(str(total).encode()).hexdigest()[:12], rows, clusters, removed


def run(kind: str, n: int, memory: int, workers: int, folder: Path) -> None:
    """Make, cluster, tell."""
    store = Store(folder / f"{kind}-{n}")
    parts = {}
    for number in range(-(-n // PART)):
        name = f"{number:05d}"
        if store.exists(f"index/signatures/{name}.parquet"):
            parts[name] = {"fingerprint": name, "rows": min(PART, n - number * PART)}
        else:
            parts[name] = put(store, name, documents(kind, number, n))
    store.remove("work/cluster")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    hands, share = budget.cut(memory, workers)
    with watched() as peak:
        _, phases = found(store.root, parts, share, "local", hands)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    name, rows, clusters, removed = digest(store)
    print(
        f"  {kind:6} {n:>10,} {memory / 1e9:5.2f} GB {hands} workers {wall:7.1f} s  CPU {cpu:7.1f} s"
        f"  {cpu / n * 1e6:6.1f} s a million  peak {peak.together / 1e9:5.3f} GB  clustered {rows:,} in {clusters:,},"
        f" removed {removed:,}  {name}  {phases}",
        flush=True,
    )


def main() -> None:
    """Run each number of documents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--kind", choices=["mixed", "tens", "page"], default="mixed")
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep what is made here, for another run")
    told = parser.parse_args()
    pa.set_cpu_count(1)
    folder = told.folder or Path(tempfile.mkdtemp())
    try:
        for n in told.documents:
            run(told.kind, n, size(told.memory), told.workers, folder)
    finally:
        if told.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
