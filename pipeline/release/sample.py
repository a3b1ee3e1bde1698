"""Draw a mixture: documents of all its languages, interleaved, in an order that is the same on every machine.

    from pipeline.release.sample import iterate

    for document in iterate("corpus-out"):
        document["text"], document["label"]

Ids are uniform hashes, so a shard in the order of ids is shuffled; shards follow one another in an order drawn for each
pass. Languages take turns by what they still owe: the next document is of the language that is least far in its amount.
"""

import heapq
import resource
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import xxhash

from manifests.errors import Stop
from pipeline.release import mixture as mixing
from pipeline.release import sizes
from pipeline.release.heldout import SPLITS
from pipeline.release.mixture import Label, Mixture
from pipeline.store import Store

COLUMNS = ("text", "id", "language", "language_script", "source", "url", "licence")
SMALL_BYTES = 1 << 16
"""A shard with no more text is held once it is read: languages with so little are read most often."""
BUFFER_BYTES = 1 << 16
"""Read ahead of each open column: columns are not held whole."""
BATCH_ROWS = 32
"""Rows of a language that are held at a time: with thousands of languages open this is what memory goes into."""

Document = dict[str, Any]
Drawn = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Portion:
    """One of several readers that together read everything once: the ``rank``-th of ``of``."""

    rank: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.of:
            raise Stop(f"There is no reader {self.rank} of {self.of}.", "Number readers from 0.")

    def rows(self, count: int) -> tuple[int, int]:
        """The rows of a shard that fall to it: a range of ids."""
        return count * self.rank // self.of, count * (self.rank + 1) // self.of


@dataclass(slots=True)
class _Stream:
    """Documents of one language in the order they are drawn."""

    store: Store
    mixture: Mixture
    name: str
    label: Label
    split: str
    portion: Portion
    columns: Sequence[str]
    held: dict[str, tuple[Drawn, list[tuple[float, Document]]]] = field(default_factory=dict)

    def _draws(self, shard: Mapping[str, Any]) -> tuple[Drawn, Floats]:
        """How often each document of the portion is drawn, and its size."""
        rows = self.mixture.rows(self.store, sizes.place(shard, self.mixture.tokenizer))
        draws = rows.draws(self.label) if self.split == "train" else rows.split(self.label, self.split).astype(np.int64)
        first, after = self.portion.rows(len(draws))
        return draws[first:after], rows.size[first:after]

    def owed(self) -> tuple[float, int]:
        """Size of all that it will give, and the most draws of a document."""
        total, most = 0.0, 0
        for shard in self.label.shards:
            draws, size = self._draws(shard)
            total += float((draws * size).sum())
            most = max(most, int(draws.max(initial=0)))
        return total, most

    def documents(self, passes: int) -> Iterator[tuple[float, Document]]:
        """Each draw: the size, and the document."""
        for number in range(passes):
            for shard in sorted(self.label.shards, key=lambda one: self._turn(one, number)):
                if shard["text_bytes"] <= SMALL_BYTES:
                    draws, documents = self._small(shard)
                    for place in np.flatnonzero(draws > number).tolist():
                        size, document = documents[place]
                        yield size, dict(document)  # the caller may change what it is given
                else:
                    yield from self._shard(shard, *self._draws(shard), number)

    def _small(self, shard: Mapping[str, Any]) -> tuple[Drawn, list[tuple[float, Document]]]:
        """All documents of a shard that fall to the portion, kept for the passes to come."""
        name = shard["file"]
        if name not in self.held:
            draws, size = self._draws(shard)
            self.held[name] = draws, list(self._shard(shard, np.ones_like(draws), size, 0))
        return self.held[name]

    def _turn(self, shard: Mapping[str, Any], number: int) -> int:
        return xxhash.xxh64_intdigest(f"{self.mixture.recipe.seed}:{number}:{shard['file']}".encode())

    def _shard(
        self, shard: Mapping[str, Any], draws: Drawn, size: Floats, number: int
    ) -> Iterator[tuple[float, Document]]:
        """The documents of a shard that are drawn in a pass, read as they are asked for."""
        wanted = draws > number
        if not wanted.any():
            return
        first = self.portion.rows(shard["rows"])[0]
        with self.store.parquet(shard["file"], buffer_size=BUFFER_BYTES) as file:
            begin = 0
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                here = wanted[max(0, begin - first) : max(0, begin + rows - first)]
                if here.any():
                    yield from self._group(file, group, max(0, first - begin), here, size[max(0, begin - first) :])
                begin += rows

    def _group(
        self, file: pq.ParquetFile, group: int, skip: int, wanted: npt.NDArray[np.bool_], size: Floats
    ) -> Iterator[tuple[float, Document]]:
        """Rows of a row group that are wanted; ``wanted`` and ``size`` begin ``skip`` rows into it."""
        at = -skip
        for batch in file.iter_batches(BATCH_ROWS, [group], list(self.columns), use_threads=False):
            low, high = max(0, at), min(at + batch.num_rows, len(wanted))
            places = np.flatnonzero(wanted[low:high]) + low if high > low else np.zeros(0, np.int64)
            if len(places):
                documents = batch.take(places - at).to_pylist()
                for place, document in zip(places.tolist(), documents, strict=True):
                    document["label"] = self.name
                    yield float(size[place]), document
            at += batch.num_rows
            if at >= len(wanted):
                return


def iterate(
    out: str | Path,
    split: str = "train",
    rank: int = 0,
    of: int = 1,
    columns: Sequence[str] = COLUMNS,
    labels: Sequence[str] | None = None,
) -> Iterator[Document]:
    """Documents of the mixture of a build (or of a mixture file of it), each as often as it is drawn.

    ``of`` readers with ranks 0 to of - 1 together give all of them; any language can be read alone. The splits
    validation and test hold each document once. A build that has changed since is an error.
    """
    if split not in SPLITS:
        raise Stop(f"There is no split {split!r}.", f"Choose of {', '.join(SPLITS)}.")
    store, mixture = mixing.of_build(out)
    return draw(store, mixture, split, Portion(rank, of), columns, labels)


def draw(
    store: Store,
    mixture: Mixture,
    split: str = "train",
    portion: Portion | None = None,
    columns: Sequence[str] = COLUMNS,
    labels: Sequence[str] | None = None,
) -> Iterator[Document]:
    """The documents of a mixture; ``iterate`` for a folder."""
    _check(store, mixture)
    wanted = mixture.labels if labels is None else {name: mixture.labels[name] for name in labels}
    _allow_files(len(wanted))
    streams = [
        _Stream(store, mixture, name, label, split, portion or Portion(), columns) for name, label in wanted.items()
    ]
    waiting: list[tuple[float, int, float, Document]] = []
    owed: list[float] = []
    sources: list[Iterator[tuple[float, Document]]] = []
    given = [0.0] * len(streams)
    for number, stream in enumerate(streams):
        total, passes = stream.owed()
        owed.append(total)
        sources.append(stream.documents(passes))
        _next(waiting, sources, given, owed, number)
    while waiting:
        _, number, size, document = heapq.heappop(waiting)
        given[number] += size
        yield document
        _next(waiting, sources, given, owed, number)


def _next(
    waiting: list[tuple[float, int, float, Document]],
    sources: list[Iterator[tuple[float, Document]]],
    given: list[float],
    owed: list[float],
    number: int,
) -> None:
    """Put the next document of a language in the queue, at the point of its amount where its middle falls."""
    for size, document in sources[number]:
        heapq.heappush(
            waiting, ((given[number] + size / 2) / owed[number] if owed[number] else 0.0, number, size, document)
        )
        return


def _check(store: Store, mixture: Mixture) -> None:
    manifest = store.read_json("manifest.json")
    there = {shard["file"]: shard["row_digest"] for shard in (manifest or {}).get("shards", ())}
    for label in mixture.labels.values():
        for shard in label.shards:
            if there.get(shard["file"]) != shard["row_digest"]:
                raise Stop(
                    f"{store.name} has changed since its mixture was made: {shard['file']} is another.",
                    f"corpus sample {store.name}",
                    1,
                )
            if not store.exists(sizes.place(shard, mixture.tokenizer)):
                raise Stop(f"The sizes of {shard['file']} are gone.", f"corpus sample {store.name}", 1)


def _allow_files(labels: int) -> None:
    """Every language has one file open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = labels + 256
    if soft != resource.RLIM_INFINITY and soft < need:
        if hard != resource.RLIM_INFINITY and hard < need:
            raise Stop(f"{labels} languages need {need} open files, {hard} are allowed.", f"ulimit -n {need}", 1)
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, hard))
