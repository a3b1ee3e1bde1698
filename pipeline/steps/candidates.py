"""Which documents are to be compared: the first half of clustering, by keys alone (see ``cluster``)."""

from typing import Any

import numpy as np
import pyarrow as pa

from dedup import bands, cluster
from dedup.recipe import Recipe
from langid import relatives
from pipeline.rows import id_array
from pipeline.steps.cluster import WORK, numbers, planned, values_of, write_sorted
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
    tables = [
        store.read_range(f"{WORK}/keys/{block:05d}.parquet", "key", low, high) for block in range(len(made.blocks))
    ]
    keys, order, docs = (
        np.concatenate([numbers(table, column) for table in tables]) for column in ("key", "order", "number")
    )
    del tables
    found = cluster.candidates(keys, order, docs)
    write_sorted(store, f"{WORK}/links/copies-{number:05d}.parquet", {"pair": found.copies})
    write_sorted(store, f"{WORK}/pairs/{number:05d}.parquet", {"pair": found.near})
    return {"pairs": len(found.near), "copies": len(found.copies)}
