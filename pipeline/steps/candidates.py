"""Which documents are to be compared: the first half of clustering, by keys alone (see ``cluster``)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import bands, cluster
from dedup.recipe import Recipe
from langid import relatives
from pipeline.rows import id_array
from pipeline.steps.cluster import ENTRY_BYTES, WORK, distinct, numbers, planned, values_of, write_sorted
from pipeline.steps.notes import RECIPE, recipe
from pipeline.store import Store
from pipeline.task import Context


def run_spread(context: Context, store: Store, block: int) -> dict[str, Any]:
    """Write the keys of a block's documents in order; of copies within the block and a group, the first has bands."""
    made = planned(store)
    used = recipe(context.settings.dedup)
    first, after = made.blocks[block]
    parts = made.parts[first:after]
    exact, keys, salts = [], [], []
    for part in parts:
        table = store.read_table(f"index/signatures/{part}.parquet", ["exact_hash", "signature"])
        used.check_same(Recipe.read((table.schema.metadata or {}).get(RECIPE.encode(), b"{}")))
        scopes = _scopes(store, part, context.settings.dedup.scope)
        salts.append(_salts(store, part) ^ scopes)
        told = id_array(table["exact_hash"])
        # A text without a word stays one: it is no copy within its scope either.
        exact.append(np.where(bands.empty(told)[:, None], np.uint64(0), told ^ scopes.reshape(-1, 1)))
        keys.append(bands.keys(values_of(table["signature"]), used.bands, used.rows, salts[-1]))
    hashes = np.concatenate(exact)
    found, docs = cluster.entries(hashes, np.concatenate(keys), np.concatenate(salts))
    order = np.argsort(found)
    found, docs = found[order], docs[order]
    write_sorted(
        store,
        f"{WORK}/keys/{block:05d}.parquet",
        {"key": found, "order": hashes[docs, 0], "number": (docs + made.starts[first]).astype(np.uint32)},
    )
    return {"keys": len(found)}


def _salts(store: Store, part: str) -> bands.Keys:
    return salts(store.read_table(f"index/signals/{part}.parquet", ["raw_label"])["raw_label"])


def salts(labels: pa.ChunkedArray) -> bands.Keys:
    """The salt of the group of each document, of which ``labels`` (dictionary-encoded) are what the model answered."""
    told = labels.combine_chunks()
    known = [bands.group_salt(relatives.group_of(label)) for label in told.dictionary.to_pylist()]
    found: bands.Keys = np.array(known, np.uint64)[told.indices.to_numpy(zero_copy_only=False)]
    return found


def _scopes(store: Store, part: str, scope: str) -> bands.Keys:
    """A number for the source or dump of each document of a part, within which alone it is compared; else one 0."""
    if scope == "global":
        return np.zeros(1, np.uint64)
    told = store.read_table(f"index/signals/{part}.parquet", [scope])[scope].combine_chunks()
    known = [bands.group_salt(f"{scope} {name}") for name in told.dictionary.to_pylist()]
    codes = told.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    scopes: bands.Keys = np.array([*known, bands.group_salt(scope)], np.uint64)[codes]
    return scopes


def run_pair(context: Context, store: Store, number: int) -> dict[str, Any]:
    """Write the candidate pairs of a range of keys, and its exact copies."""
    made = planned(store)
    low, high = bands.span(number, made.ranges)
    most = max(2, context.memory // 2 // ENTRY_BYTES)
    tables = []
    for block in range(len(made.blocks)):
        tables.append(store.read_range(_keys(block), "key", low, high))
        if sum(table.num_rows for table in tables) > most + most // 2:
            break
    else:
        found = cluster.candidates(*(_joined(tables, column) for column in ("key", "order", "number")))
        return _paired(store, number, found.near, [found.copies])
    del tables  # keys that very many documents share: too many for a worker at once
    copies: list[cluster.Pairs] = []

    def near() -> Iterator[cluster.Pairs]:
        for found in _by_pieces(store, len(made.blocks), low, high, most):
            copies.append(found.copies)
            yield found.near

    return _paired(store, number, distinct(near()), copies)


def _paired(store: Store, number: int, near: cluster.Pairs, copies: list[cluster.Pairs]) -> dict[str, Any]:
    same = np.unique(np.concatenate(copies)) if len(copies) != 1 else copies[0]
    write_sorted(store, f"{WORK}/links/copies-{number:05d}.parquet", {"pair": same})
    write_sorted(store, f"{WORK}/pairs/{number:05d}.parquet", {"pair": near})
    return {"pairs": len(near), "copies": len(same)}


def _keys(block: int) -> str:
    return f"{WORK}/keys/{block:05d}.parquet"


def _joined(tables: list[pa.Table], column: str) -> Any:
    return np.concatenate([numbers(table, column) for table in tables])


def _by_pieces(store: Store, blocks: int, low: int, high: int, most: int) -> Iterator[cluster.Candidates]:
    """The candidates of a range of keys, cut between keys so that ``most`` entries are in memory; those of a key that
    more documents share than that come block by block.
    """
    keys, counts = _counted(store, blocks, low, high)
    reached = np.cumsum([0, *counts])
    spans = []
    start = 0
    while start < len(keys):
        stop = max(start + 1, int(np.searchsorted(reached, reached[start] + most, "right")) - 1)
        spans.append((int(keys[start]), int(keys[stop - 1]), int(reached[stop] - reached[start])))
        start = stop
    del keys, counts, reached
    for first, last, entries in spans:
        if entries > most:
            yield from _of_key(store, blocks, first)
        else:
            tables = [store.read_range(_keys(block), "key", first, last) for block in range(blocks)]
            yield cluster.candidates(*(_joined(tables, column) for column in ("key", "order", "number")))


def _counted(store: Store, blocks: int, low: int, high: int) -> tuple[bands.Keys, npt.NDArray[np.int64]]:
    """The keys of a range, ascending, and how many entries have each."""
    told = []
    for block in range(blocks):
        mine = numbers(store.read_range(_keys(block), "key", low, high, ["key"]), "key")
        told.append(np.unique(mine, return_counts=True))
    keys, counts = (np.concatenate(column) for column in zip(*told, strict=True))
    every, of = np.unique(keys, return_inverse=True)
    return every, np.bincount(of.reshape(-1), counts, len(every)).astype(np.int64)


def _of_key(store: Store, blocks: int, key: int) -> Iterator[cluster.Candidates]:
    """The candidates of one key: with the two that lead all, the documents of each block find what all would."""
    none = store.read_range(_keys(0), "key", key, key).slice(0, 0)
    leaders = none
    for block in range(blocks):
        leaders = _leading(pa.concat_tables([leaders, store.read_range(_keys(block), "key", key, key)]))
    led = leaders["number"].combine_chunks()
    for block in range(blocks):
        mine = store.read_range(_keys(block), "key", key, key)
        mine = pa.concat_tables([leaders, mine.filter(pc.invert(pc.is_in(mine["number"], led)))])
        yield cluster.candidates(*(numbers(mine, column) for column in ("key", "order", "number")))


def _leading(entries: pa.Table) -> pa.Table:
    """Of the entries of one key, the first and the first of another order: as ``cluster.candidates`` has them lead."""
    order, number = numbers(entries, "order"), numbers(entries, "number")
    by = np.lexsort((number, order))
    second = np.searchsorted(order[by], order[by[:1]], "right")
    return entries.take(pa.array([*by[:1], *by[second[second < len(by)]]], pa.int64()))
