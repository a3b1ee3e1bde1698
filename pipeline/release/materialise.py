"""Write the documents of a mixture out: shards in which every language has its share, for those who read files."""

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from manifests.errors import Stop
from pipeline.progress import Reporter
from pipeline.release import sample
from pipeline.release.heldout import SPLITS
from pipeline.release.mixture import Mixture
from pipeline.release.sample import Document
from pipeline.store import Store

SHARD_BYTES = 256 << 20
"""Text in a shard, about."""
GROUP_BYTES = 8 << 20
"""Text in a row group: what is held at a time."""

DRAWN = pa.schema(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("language_script", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("licence", pa.string()),
        pa.field("label", pa.string(), nullable=False),
    ]
)
_REPEATING = ["language", "language_script", "source", "licence", "label"]

Write = Callable[[list[Document]], object]


@contextlib.contextmanager
def _parquet(place: Path) -> Iterator[Write]:
    with pq.ParquetWriter(place, DRAWN, compression="zstd", use_dictionary=_REPEATING, store_schema=True) as writer:
        yield lambda documents: writer.write_table(pa.Table.from_pylist(documents, DRAWN))


@contextlib.contextmanager
def _jsonl(place: Path) -> Iterator[Write]:
    with place.open("wb") as stream, zstandard.ZstdCompressor(level=3).stream_writer(stream) as packed:

        def write(documents: list[Document]) -> None:
            lines = [json.dumps(document, ensure_ascii=False, sort_keys=True) for document in documents]
            packed.write(("\n".join(lines) + "\n").encode())

        yield write


FORMS: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {"parquet": _parquet, "jsonl.zst": _jsonl}
"""How a shard is written, by the ending of its name."""


def run(
    store: Store, mixture: Mixture, to: Path, told: Reporter, form: str = "parquet", shard_bytes: int = SHARD_BYTES
) -> dict[str, int]:
    """Write each split that holds documents to ``to/SPLIT-00000.FORM`` and on; count the documents of each."""
    opened = FORMS.get(form)
    if opened is None:
        raise Stop(f"Shards are not written as {form!r}.", f"Choose of {', '.join(FORMS)}.")
    if any(any(to.glob(f"{split}-*")) for split in SPLITS):
        raise Stop(f"{to} holds shards already.", "Choose another folder, or empty it.")
    target = Store(to)
    counts: dict[str, int] = {}
    for split, expected in _expected(mixture).items():
        told.start(split, expected, expected, 0)
        counts[split] = 0
        groups = _groups(sample.draw(store, mixture, split))
        for number, shard in enumerate(_shards(groups, shard_bytes)):
            with target.aside(f"{split}-{number:05d}.{form}") as draft, opened(draft) as write:
                for documents in shard:
                    write(documents)
                    counts[split] += len(documents)
                    for _ in documents:
                        told.advance(1)
    return counts


def _expected(mixture: Mixture) -> dict[str, int]:
    """Documents of each split that holds any."""
    found = {"train": sum(label.draws for label in mixture.labels.values())}
    for split in SPLITS[1:]:
        found[split] = sum(label.held_out.get(split, 0) for label in mixture.labels.values())
    return {split: count for split, count in found.items() if count}


def _groups(documents: Iterator[Document]) -> Iterator[tuple[int, list[Document]]]:
    """Documents that make a row group together, and the bytes of their text."""
    held: list[Document] = []
    size = 0
    for document in documents:
        held.append(document)
        size += len(document["text"].encode())
        if size >= GROUP_BYTES:
            yield size, held
            held, size = [], 0
    if held:
        yield size, held


def _shards(groups: Iterator[tuple[int, list[Document]]], shard_bytes: int) -> Iterator[Iterator[list[Document]]]:
    """Row groups that make a shard together; each shard must be read to its end before the next is asked for."""

    def shard(first: tuple[int, list[Document]]) -> Iterator[list[Document]]:
        left = shard_bytes
        for size, documents in itertools.chain([first], groups):
            yield documents
            left -= size
            if left < GROUP_BYTES // 2:
                return

    for first in groups:
        yield shard(first)
