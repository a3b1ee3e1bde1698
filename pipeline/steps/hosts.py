"""What is known of a document by the host it was found on, told from columns alone: no text is read.

visit   each part: its documents in the order of the keys of their hosts               work/hosts/PART
heed    each range of keys: which documents the files of their sites refuse            work/heed/NUMBER
attest  each range of keys: what the other documents of a host are like                work/attest/NUMBER
place   each part: what was found in all ranges, row by row                            index/hosts/PART

A range is what fits a worker. Of hosts, the columns of the index are asked; of sites, the captures beside it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from filters.urls import host
from pipeline.settings import digest
from pipeline.steps import count
from pipeline.steps.captures import key_of
from pipeline.steps.count import Frame
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
VISITED, PLACED, HEEDED, ATTESTED = "work/hosts", "index/hosts", "work/heed", "work/attest"
GROUP_ROWS = 1 << 13
ROW_BYTES = 400
"""Memory that a document takes at most while its range is at work: most of it is its URL."""
UNKNOWN = -1
"""Stands for a number that could not be told: rules abstain where a signal is negative."""

SAID = ("raw_label", "language_score", "text_bytes")
"""What a document says of its host."""


def fingerprint(notes: str) -> str:
    """Changes with the notes of a part."""
    return digest("visit", VERSION, notes)


def run_visit(context: Context, store: Store, work: tuple[str, str]) -> dict[str, Any]:
    """Put the documents of a part that have a host in the order of its key."""
    part, wanted = work
    store.remove(f"{VISITED}/{part}.json")  # an older marker must not outlive the file it speaks of
    about = store.read_table(f"index/signals/{part}.parquet", ["url", *SAID]).combine_chunks()
    urls = about["url"].to_pylist()
    known: dict[str, int] = {}
    keys = np.zeros(len(urls), np.uint64)
    rows = [row for row, url in enumerate(urls) if url]
    for row in rows:
        name = host(urls[row])
        if name not in known:
            known[name] = key_of(name) if name else 0
        keys[row] = known[name]
    order = np.lexsort((np.arange(len(urls)), keys))
    order = order[keys[order] > 0]
    if len(order):
        told = {name: column.take(order) for name, column in zip(about.column_names, about.columns, strict=True)}
        table = pa.table({"key": keys[order], "row": order.astype(np.uint32), **told})
        store.write_table(f"{VISITED}/{part}.parquet", table, row_group_rows=GROUP_ROWS, level=1)
    else:
        store.remove(f"{VISITED}/{part}.parquet")
    marker = {"fingerprint": wanted, "rows": len(order)}
    store.write_json(f"{VISITED}/{part}.json", marker)
    return marker


def write(
    store: Store, folder: str, number: int, found: Mapping[str, pa.Table], like: pa.Table
) -> dict[str, list[int]]:
    """Keep what was found of a range, the tables of parts one after another; by part where, as ``count.frames`` asks.

    ``like`` is such a table without rows.
    """
    tables = {part: table.combine_chunks() for part, table in found.items() if table.num_rows}
    store.write_table(
        f"{folder}/{number:05d}.parquet", pa.concat_tables([like, *tables.values()]), row_group_rows=count.GROUP_ROWS
    )
    told: dict[str, list[int]] = {}
    start = 0
    for part, table in tables.items():
        told[part] = [start, start + table.num_rows, _sum(table)]
        start += table.num_rows
    return told


def _sum(table: pa.Table) -> int:
    """The sum of numbers for each row: however rows are cut into ranges, it names them."""
    values = [np.ascontiguousarray(column.to_numpy()) for column in table.columns]
    said = np.concatenate([one.view(np.uint8).reshape(table.num_rows, -1) for one in values], axis=1)
    return sum(xxhash.xxh3_64_intdigest(row.tobytes()) for row in said) % 2**64


def placing(notes: str, frames: Mapping[str, Frame]) -> str:
    """Changes with the notes of a part and whatever was found of it, by folder."""
    return digest("place", VERSION, notes, {folder: frame.sum for folder, frame in frames.items()})


def run_place(context: Context, store: Store, work: tuple[str, str, int, Mapping[str, Frame]]) -> dict[str, Any]:
    """Join what ranges found of a part of so many rows. Of which nothing was found has 0 where things are counted, and
    UNKNOWN where they are measured.
    """
    part, wanted, rows, frames = work
    store.remove(f"work/place/{part}.json")  # an older marker must not outlive the file it speaks of
    columns: dict[str, npt.NDArray[Any]] = {}
    for folder, frame in frames.items():
        for place in frame.pieces:
            table = count.piece(store, folder, *place)
            at = table["row"].to_numpy()
            for name in table.column_names[1:]:
                values = table[name].to_numpy()
                nothing = UNKNOWN if values.dtype.kind == "f" else 0
                columns.setdefault(name, np.full(rows, nothing, values.dtype))[at] = values
    store.write_table(f"{PLACED}/{part}.parquet", pa.table(columns))
    marker = {"fingerprint": wanted}
    store.write_json(f"work/place/{part}.json", marker)
    return marker


def columns(store: Store, part: str) -> dict[str, npt.NDArray[Any]]:
    """What is known of the documents of a part by their hosts, by name; nothing where they have none."""
    name = f"{PLACED}/{part}.parquet"
    if not store.exists(name):
        return {}
    table = store.read_table(name)
    return {column: table[column].to_numpy() for column in table.column_names}
