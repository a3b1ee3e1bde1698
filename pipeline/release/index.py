"""Does index/ hold what the manifest says: every part of every snapshot, its verdicts, its clusters, and no text."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.recipe import Recipe
from manifests.errors import Stop
from pipeline import exclusions, snapshots
from pipeline.release import checksums
from pipeline.release.record import Counts, added
from pipeline.rows import id_array
from pipeline.snapshots import Record
from pipeline.steps import cluster
from pipeline.steps.decide import TAKEN_DOWN, tally
from pipeline.store import Store

Problems = Iterator[str]
JOURNAL = "index/takedown.json"

FOLDERS = ("signals", "signatures", "verdicts")
"""What each part has in index/."""


def problems(store: Store, manifest: dict[str, Any]) -> Problems:
    """What is wrong with the index, in words."""
    records = snapshots.read(store)
    if [one["name"] for one in manifest["snapshots"]] != [record["name"] for record in records]:
        yield "index/snapshots tells of other snapshots than the manifest"
        return
    if store.exists(JOURNAL):
        yield "a takedown was begun and is not finished: the next one or the next build goes on with it"
    if (begun := store.read_json(snapshots.OPEN)) is not None:
        yield f"snapshot {begun['snapshot']} was begun and is not finished"
    yield from checksums.problems(store)
    yield from _recipes(records)
    ids: list[pa.Array] = []
    for record in records:
        tallies = []
        for part, told in record["parts"].items():
            try:
                found, mine, tally = _part(store, part, told)
            except (OSError, pa.ArrowException, KeyError) as error:
                yield f"index: part {part} cannot be read: {error}"
                return
            yield from found
            ids.append(mine)
            tallies.append(tally)
        yield from _counts(record, added(tallies))
    known = {part for record in records for part in record["parts"]}
    for folder in FOLDERS:
        for name in store.files(f"index/{folder}"):
            if Path(name).stem not in known:
                yield f"{name} is of no snapshot"
    every = pa.concat_arrays(ids) if ids else pa.array([], pa.binary(16))
    if every.null_count or pc.count_distinct(every).as_py() != len(every):
        yield "index: an id occurs more than once"
    files = cluster.files(store)
    if not files and records[-1]["clusters"]:
        yield "index/clusters is missing"
    members = [store.read_table(file, ["cluster_id", "id", "cluster_size"]) for file in files]
    if members:
        yield from _clusters(pa.concat_tables(members), every)


def _recipes(records: Iterable[Record]) -> Problems:
    first, *others = [Recipe(**record["recipe"]) for record in records]
    for record, other in zip(list(records)[1:], others, strict=True):
        try:
            first.check_same(other)
        except Stop as stop:
            yield f"snapshot {record['name']}: {stop.found}"


def _part(store: Store, part: str, told: dict[str, Any]) -> tuple[list[str], pa.Array, Counts]:
    """Problems of one part, its ids, and its documents by source, label and rule."""
    found = []
    ids: dict[str, npt.NDArray[np.uint64]] = {}
    for folder in FOLDERS:
        name = f"index/{folder}/{part}.parquet"
        with store.parquet(name) as file:
            if "text" in file.schema_arrow.names:
                found.append(f"{name} holds text")
            rows = file.metadata.num_rows
            if rows != told["rows"]:
                found.append(f"{name} has {rows} rows, the snapshot says {told['rows']}")
            ids[folder] = id_array(file.read(["id"])["id"])
    for folder, mine in ids.items():
        if not np.array_equal(mine, ids["signals"]):
            found.append(f"index/{folder}/{part}.parquet is of other documents than index/signals/{part}.parquet")
    verdicts = store.read_table(f"index/verdicts/{part}.parquet", ["id", "source", "label", "rule"]).combine_chunks()
    listed = verdicts.filter(pc.is_in(verdicts["id"], exclusions.load(store).ids))
    if pc.any(pc.not_equal(listed["rule"].cast(pa.string()), TAKEN_DOWN)).as_py():
        found.append(f"index/verdicts/{part}.parquet has documents that were taken down")
    return found, pa.concat_arrays(verdicts["id"].chunks), tally(verdicts)


def _counts(record: Record, found: Counts) -> Problems:
    if found != record["counts"]:
        different = [
            f"{source} / {label}"
            for source in sorted({*found, *record["counts"]})
            for label in sorted({*found.get(source, {}), *record["counts"].get(source, {})})
            if found.get(source, {}).get(label) != record["counts"].get(source, {}).get(label)
        ]
        yield f"snapshot {record['name']}: the index has other counts than the manifest: {', '.join(different[:3])}"


def _clusters(members: pa.Table, ids: pa.Array) -> Problems:
    """Members are documents of the index, once each, and clusters are as large as they say."""
    if pc.count_distinct(members["id"]).as_py() != members.num_rows:
        yield "index/clusters has a document more than once"
    if members.num_rows and not pc.all(pc.is_in(members["id"], ids)).as_py():
        yield "index/clusters has documents that no part has"
    _, place, count = np.unique(id_array(members["cluster_id"]), axis=0, return_inverse=True, return_counts=True)
    if not np.array_equal(count[place.reshape(-1)], members["cluster_size"].to_numpy()):
        yield "index/clusters tells of clusters of another size than they have"
