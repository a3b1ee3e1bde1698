"""What each published document weighs in a mixture: its length in every unit, and what ties it to others.

One pass over the text of a shard, kept under ``sample/sizes`` beside the shard's digest, so that another mixture of the
same build reads no text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from filters.urls import host
from manifests.errors import Stop
from pipeline.progress import Reporter
from pipeline.rows import binary_ids
from pipeline.store import Store

UNITS = ("documents", "characters", "bytes", "tokens")
"""In what sizes are counted; tokens are those of a tokenizer that is given."""
BATCH_ROWS = 1024
VERSION = 2

SIZES = pa.schema(
    [
        pa.field("id", pa.binary(16), nullable=False),
        pa.field("tie", pa.binary(16), nullable=False),
        pa.field("bytes", pa.int32(), nullable=False),
        pa.field("characters", pa.int32(), nullable=False),
        pa.field("tokens", pa.int32()),
        pa.field("source", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("host", pa.dictionary(pa.int32(), pa.string())),
        pa.field("weight", pa.float32(), nullable=False),
        pa.field("grouped", pa.bool_(), nullable=False),
    ]
)
"""In the order of the shard. ``tie`` is the group of a version of a text in several languages, which is ``grouped``;
else the cluster, or the id of a document in none: what shares it is never divided.
``weight`` is the document's rehydration weight, 1 where it has none."""

Count = Callable[[list[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A file of the library tokenizers (tokenizer.json), and the digest that names it."""

    path: Path
    digest: str

    @classmethod
    def at(cls, path: Path) -> "Tokenizer":
        """The tokenizer in this file."""
        try:
            told = path.read_bytes()
        except OSError as error:
            raise Stop(f"{path} cannot be read: {error.strerror}.", "Give the tokenizer.json of a tokenizer.") from None
        return cls(path, xxhash.xxh3_128_hexdigest(told))

    def count(self) -> Count:
        """A function from texts to their numbers of tokens, without special ones."""
        try:
            from tokenizers import Tokenizer as Loaded
        except ModuleNotFoundError:
            raise Stop("Counting tokens needs the package tokenizers.", "pip install 'corpus-build[tokens]'") from None
        try:
            loaded = Loaded.from_file(str(self.path))
        except Exception as error:  # the library raises nothing more exact
            raise Stop(f"{self.path} is no tokenizer: {error}.", "Give a tokenizer.json.") from None
        return lambda texts: [len(told.ids) for told in loaded.encode_batch(texts, add_special_tokens=False)]


def place(shard: Mapping[str, Any], tokenizer: str | None) -> str:
    """Where the sizes of a shard lie; another text or a tokenizer of another digest has another place."""
    counted = f"-{tokenizer[:12]}" if tokenizer else ""
    return (
        f"sample/sizes/{shard['file'].removesuffix('.parquet')}-{VERSION}-{shard['row_digest'][:12]}{counted}.parquet"
    )


def measure(
    store: Store, shards: Sequence[dict[str, Any]], tokenizer: Tokenizer | None, told: Reporter, workers: int
) -> list[str]:
    """Places of the sizes of these shards, of the manifest; those that are not there yet are made."""
    places = [place(shard, tokenizer.digest if tokenizer else None) for shard in shards]
    missing = [(shard, where) for shard, where in zip(shards, places, strict=True) if not store.exists(where)]
    count = tokenizer.count() if tokenizer and missing else None
    told.start("sizes", len(missing), sum(shard["text_bytes"] for shard, _ in missing), len(shards) - len(missing))
    with ThreadPoolExecutor(workers) as pool:
        for cost in pool.map(lambda one: _measure(store, one[0], one[1], count), missing):
            told.advance(cost)
    return places


def _measure(store: Store, shard: dict[str, Any], where: str, count: Count | None) -> int:
    with (
        store.parquet(shard["file"], memory_map=True) as file,
        store.aside(where) as draft,
        pq.ParquetWriter(draft, SIZES, compression="zstd", store_schema=True) as writer,
    ):
        wanted = [
            name
            for name in ("id", "text", "source", "url", "cluster_id", "group_id", "upsampling_weight")
            if name in file.schema_arrow.names
        ]
        for group in _groups(file, wanted):
            writer.write_table(_sized(group, count))
    return int(shard["text_bytes"])


def _groups(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.Table]:
    """Some thousand rows at a time."""
    held: list[pa.RecordBatch] = []
    for batch in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
        held.append(batch)
        if len(held) == 16:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _sized(rows: pa.Table, count: Count | None) -> pa.Table:
    texts = rows["text"]
    ids = binary_ids(rows["id"])
    ties = pc.coalesce(binary_ids(rows["cluster_id"]), ids) if "cluster_id" in rows.column_names else ids
    groups = rows["group_id"] if "group_id" in rows.column_names else pa.nulls(rows.num_rows, pa.string())
    ties = pc.coalesce(_hashed(groups), ties)
    weights = (
        pc.fill_null(rows["upsampling_weight"], 1.0)
        if "upsampling_weight" in rows.column_names
        else pa.array(np.ones(rows.num_rows, np.float32))
    )
    tokens = pa.array(count(texts.to_pylist()), pa.int32()) if count else pa.nulls(rows.num_rows, pa.int32())
    hosts = [host(url) or None if url else None for url in rows["url"].to_pylist()]
    return pa.table(
        {
            "id": ids,
            "tie": ties,
            "bytes": pc.binary_length(texts).cast(pa.int32()),
            "characters": pc.utf8_length(texts).cast(pa.int32()),
            "tokens": tokens,
            "source": rows["source"].combine_chunks().dictionary_encode(),
            "host": pa.array(hosts, pa.string()).dictionary_encode(),
            "weight": weights,
            "grouped": groups.is_valid(),
        },
        schema=SIZES,
    )


def _hashed(groups: pa.ChunkedArray | pa.Array) -> pa.Array:
    """What ties the documents of each group, which may have any name; null of those that have none."""
    flat = groups.combine_chunks() if isinstance(groups, pa.ChunkedArray) else groups
    coded = flat.dictionary_encode()
    names = [xxhash.xxh3_128_digest(f"group {name}".encode()) for name in coded.dictionary.to_pylist()]
    return pa.array(names, pa.binary(16)).take(coded.indices)
