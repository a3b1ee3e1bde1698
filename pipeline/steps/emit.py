"""Write what is published and what was removed: the only later reader of text, by row ranges, in id order.

A piece is one file: a label's data or ledger, or a range of its ids where one file would be too large. What a piece
holds, and how it is cut, follows from the rows alone, never from the units that they came in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import rehydrate
from filters import privacy
from manifests import schema
from pipeline.rows import id_array, runs
from pipeline.settings import Settings, digest
from pipeline.steps import decontaminate
from pipeline.steps.decide import APART, FOLDERS, LEDGER, PUBLISHED, folders
from pipeline.steps.merge import Reader
from pipeline.steps.shard import Shard, Sheet, needed, textless
from pipeline.store import Store
from pipeline.task import Context

VERSION = 6
WINDOW_BYTES = 16 << 20
"""Text written as one row group at most."""
BATCH_BYTES = 4 << 20
"""Text of small row groups that is fetched together; what more a row group has is fetched with it."""
TASK_BYTES = 256 << 20
"""Text that one task writes at most, about."""
FILE_BYTES = 256 << 10
"""What opening, digesting and closing a file costs, as text that could be written in that time."""
MARKERS, ALL_MARKERS = "work/emit", "work/emit.json"
"""Where a task puts the markers of its pieces, and where they lie once all tasks are done."""
CACHE_SHARE = 32
"""Of the memory of a worker, this part holds row groups that were read."""


Markers = dict[str, dict[str, Any]]
"""By file: what it was made from and what it holds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file to write: ids from ``number`` / ``of`` of all ids up to the next."""

    folder: str
    """One of FOLDERS, in which it lies"""
    label: str
    number: int
    of: int
    fingerprint: str
    holds: tuple[str, ...]
    """Documents of which FOLDERS it takes: where a label is set apart, also those that were in no doubt themselves"""
    snapshot: str
    weights: Mapping[int, int] = field(default_factory=dict, repr=False)
    """How often to repeat documents of clusters of a size, from each size named on; empty where nothing is told"""

    @property
    def file(self) -> str:
        """Where it lies in OUT."""
        return f"{self.folder}/{self.label}/{self.snapshot}-{self.number:05d}.parquet"


@dataclass(frozen=True, slots=True)
class Work:
    """Pieces to write one after another, and where the rows of their labels lie: (part, first row, row after)."""

    number: int
    pieces: tuple[Piece, ...]
    rows: Mapping[str, tuple[tuple[str, int, int], ...]] = field(repr=False)


@dataclass(slots=True)
class _Label:
    rows: list[tuple[str, int, int]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    folders: dict[str, list[int]] = field(default_factory=lambda: {folder: [0, 0] for folder in FOLDERS})
    """Documents and bytes of text by folder."""


def _gather(settled: Mapping[str, Mapping[str, Any]]) -> dict[str, _Label]:
    labels: dict[str, _Label] = {}
    for part in sorted(settled):
        for name, told in settled[part]["labels"].items():
            label = labels.setdefault(name, _Label())
            label.rows += [(part, start, stop) for start, stop in told["rows"]]
            label.digests.append(told["digest"])
            for folder, (count, size) in told["folders"].items():
                label.folders[folder][0] += count
                label.folders[folder][1] += size
    return labels


def plan(
    settled: Mapping[str, Mapping[str, Any]],
    settings: Settings,
    roots: Mapping[str, str],
    weights: Mapping[str, Mapping[int, int]],
    snapshot: str,
) -> tuple[list[Piece], dict[str, _Label]]:
    """Every file of the snapshot in the order of labels, and what is known of each label.

    ``roots`` says of labels in which folder their data lies, ``weights`` how often their documents are worth repeating.
    """
    labels = _gather(settled)
    told = [VERSION, schema.VERSION, privacy.VERSION, settings.pii, settings.output.shard_bytes]
    hidden = textless(settings)
    pieces = []
    for name in sorted(labels):
        label = labels[name]
        repeats = weights.get(name, {})
        for folder, holds in _HOLDING[roots.get(name, PUBLISHED)].items():
            count, size = (sum(of) for of in zip(*(label.folders[held] for held in holds), strict=True))
            of = max(1, -(-size // settings.output.shard_bytes)) if count else 0
            mine = {} if folder == LEDGER else repeats
            weighed = digest("weighed", rehydrate.VERSION, list(mine.items()))
            fingerprint = digest("emit", told, hidden, holds, label.digests, weighed)
            pieces += [Piece(folder, name, number, of, fingerprint, holds, snapshot, mine) for number in range(of)]
    return pieces, labels


_HOLDING: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    PUBLISHED: {folder: (folder,) for folder in FOLDERS},
    APART: {APART: (PUBLISHED, APART), LEDGER: (LEDGER,)},
}
"""By the folder of a label: its files' folders, and what they hold."""


def works(pieces: list[Piece], labels: Mapping[str, _Label], workers: int) -> Iterator[tuple[Work, int]]:
    """The pieces in tasks of equal size, as many as workers or a multiple, with the bytes of each.

    Which piece is in which task shows nowhere in the result; few tasks read each row group few times.
    """
    sizes = [FILE_BYTES + _bytes(piece, labels[piece.label]) for piece in pieces]
    rounds = max(1, -(-(sum(sizes) - FILE_BYTES * len(pieces)) // (workers * TASK_BYTES)))
    share = -(-sum(sizes) // (workers * rounds))
    batch: list[Piece] = []
    held = before = number = 0
    for piece, size in zip(pieces, sizes, strict=True):
        batch.append(piece)
        held += size
        if before + held >= share * (before // share + 1):
            yield _work(number, batch, labels), held
            before += held
            number += 1
            batch, held = [], 0
    if batch:
        yield _work(number, batch, labels), held


def _bytes(piece: Piece, label: _Label) -> int:
    return sum(label.folders[folder][1] for folder in piece.holds) // piece.of


def _work(number: int, batch: list[Piece], labels: Mapping[str, _Label]) -> Work:
    return Work(number, tuple(batch), {piece.label: tuple(labels[piece.label].rows) for piece in batch})


@dataclass(frozen=True, slots=True)
class _Rows:
    """Documents of the pieces of a task in the order they are written: by piece, then by id."""

    parts: list[str]
    piece: npt.NDArray[np.int64]
    where: npt.NDArray[np.int64]
    """(n, 2): index of the part, row in it"""
    verdicts: pa.Table


class _Places:
    """To which piece of a task a document belongs: by its label, its folder, and where there are several, its id."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self.labels = {label: number for number, label in enumerate(dict.fromkeys(piece.label for piece in pieces))}
        self._only = np.full(len(FOLDERS) * len(self.labels), -1, np.int64)
        self._ranges: dict[int, list[tuple[int, Piece]]] = {}
        for number, piece in enumerate(pieces):
            for folder in piece.holds:
                slot = self.labels[piece.label] * len(FOLDERS) + FOLDERS.index(folder)
                if piece.of == 1:
                    self._only[slot] = number
                else:
                    self._ranges.setdefault(slot, []).append((number, piece))

    def of(
        self, labels: npt.NDArray[np.int64], went: npt.NDArray[np.int64], ids: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.int64]:
        """Numbers of pieces, -1 for none: of labels by number (-1: none of this task), folders, upper halves of ids."""
        slots = labels * len(FOLDERS) + went
        found = np.where(labels >= 0, self._only[slots], -1)
        for slot, ranges in self._ranges.items():
            rows = np.flatnonzero((slots == slot) & (labels >= 0))
            for number, piece in ranges:
                low, high = (piece.number << 64) // piece.of, ((piece.number + 1) << 64) // piece.of - 1
                found[rows[(ids[rows] >= np.uint64(low)) & (ids[rows] <= np.uint64(high))]] = number
        return found


def _collect(store: Store, work: Work) -> _Rows:
    """Find the rows of all pieces: each part is gone through once."""
    places = _Places(work.pieces)
    ranges: dict[str, list[tuple[int, int, int]]] = {}
    for label, lies in work.rows.items():
        for part, start, stop in lies:
            ranges.setdefault(part, []).append((places.labels[label], start, stop))
    parts = sorted(ranges)
    tables, pieces, where = [], [], []
    for index, part in enumerate(parts):
        table = store.read_table(f"index/verdicts/{part}.parquet", _VERDICTS)
        labels = np.full(table.num_rows, -1, np.int64)
        for number, start, stop in ranges[part]:
            labels[start:stop] = number
        found = places.of(labels, folders(table), id_array(table["id"])[:, 0])
        rows = np.flatnonzero(found >= 0)
        tables.append(table.take(pa.array(rows)))
        pieces.append(found[rows])
        where.append(np.stack([np.full(len(rows), index), rows], axis=1))
    joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    piece_of = np.concatenate(pieces)
    halves = id_array(joined["id"])
    order = np.lexsort((halves[:, 1], halves[:, 0], piece_of))
    verdicts = joined.take(pa.array(order)).combine_chunks()
    weights = _weights(work.pieces, piece_of[order], verdicts["cluster_size"].to_numpy())
    return _Rows(
        parts, piece_of[order], np.concatenate(where)[order], verdicts.append_column("upsampling_weight", weights)
    )


def _weights(pieces: tuple[Piece, ...], piece: npt.NDArray[np.int64], sizes: npt.NDArray[np.int32]) -> pa.Array:
    """How often to repeat each document, in order of pieces; null where its piece says nothing."""
    found = np.full(len(piece), np.nan, np.float32)
    for start, stop in runs(piece):
        if told := pieces[piece[start]].weights:
            found[start:stop] = rehydrate.of(sizes[start:stop], told)
    return pa.array(found, pa.float32(), mask=np.isnan(found))


_VERDICTS = ["id", "rule", "doubt", "value", "limit", "cluster_id", "cluster_size", "canonical_id", "text_bytes"]
_VERDICTS += decontaminate.MATCH


def _windows(sizes: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Rows of a piece that are written as one row group: cut by the piece's own text, never by who shares its task."""
    return runs(np.cumsum(sizes) // WINDOW_BYTES)


@dataclass(frozen=True, slots=True)
class _Window:
    """Rows ``start`` to ``stop`` of a task: a row group of a piece."""

    piece: int
    start: int
    stop: int
    last: bool


def _cut(rows: _Rows, sizes: npt.NDArray[np.int64]) -> Iterator[list[_Window]]:
    """Windows in order, gathered into batches of about BATCH_BYTES that are read together."""
    batch: list[_Window] = []
    held = 0
    for first, after in runs(rows.piece):
        for start, stop in _windows(sizes[first:after]):
            window = _Window(int(rows.piece[first]), first + start, first + stop, first + stop == after)
            batch.append(window)
            held += int(sizes[window.start : window.stop].sum())
            if held >= BATCH_BYTES:
                yield batch
                batch, held = [], 0
    if batch:
        yield batch


def _sheets(
    reader: Reader, rows: _Rows, batch: list[_Window], pieces: tuple[Piece, ...], settings: Settings
) -> Iterator[tuple[Sheet, list[_Window]]]:
    """The rows of a batch, a sheet a folder, with the windows that follow one another in it."""
    mine = [[window for window in batch if pieces[window.piece].folder == folder] for folder in FOLDERS]
    chosen = [np.concatenate([np.arange(0), *(np.arange(one.start, one.stop) for one in windows)]) for windows in mine]
    documents = reader.documents(rows.parts, rows.where[np.concatenate(chosen)])
    names = [piece.label for piece in pieces]
    done = 0
    for folder, windows, taken in zip(FOLDERS, mine, chosen, strict=True):
        if windows:
            labels = pa.DictionaryArray.from_arrays(pa.array(rows.piece[taken]), names)
            found, verdicts = documents.slice(done, len(taken)), rows.verdicts.take(pa.array(taken))
            yield Sheet.of(folder, found, verdicts, labels, settings), windows
        done += len(taken)


def _write(context: Context, store: Store, work: Work) -> dict[int, dict[str, Any]]:
    """Write the drafts of all pieces that have rows; what became of each, by its number."""
    reader = Reader(store, context.memory // CACHE_SHARE, needed(context.settings))
    rows = _collect(store, work)
    sizes = rows.verdicts["text_bytes"].to_numpy().astype(np.int64)
    under_way: dict[int, Shard] = {}
    written: dict[int, dict[str, Any]] = {}
    for batch in _cut(rows, sizes):
        for sheet, windows in _sheets(reader, rows, batch, work.pieces, context.settings):
            start = 0
            for window in windows:
                piece = work.pieces[window.piece]
                shard = under_way.pop(window.piece, None) or Shard(store, piece.folder, piece.file)
                stop = start + window.stop - window.start
                shard.write(sheet, start, stop, int(sizes[window.start : window.stop].sum()))
                if window.last:
                    written[window.piece] = shard.close()
                else:
                    under_way[window.piece] = shard
                start = stop
    return written


def run(context: Context, store: Store, work: Work) -> None:
    """Write the pieces of a task; their markers follow, in one file, when all of them are on disk."""
    written = _write(context, store, work)
    store.publish(work.pieces[number].file for number in written)
    for number, piece in enumerate(work.pieces):
        if number not in written:
            store.remove(piece.file)  # no id falls into it any more
    markers = {piece.file: _marker(piece) | written.get(number, {}) for number, piece in enumerate(work.pieces)}
    store.write_json(f"{MARKERS}/{work.number:05d}.json", markers)


def _marker(piece: Piece) -> dict[str, Any]:
    return {"fingerprint": piece.fingerprint, "file": piece.file, "label": piece.label, "of": piece.of, "rows": 0}


def done(store: Store, pieces: list[Piece]) -> Markers:
    """Markers of the pieces that lie there as these say. All others are forgotten: none may outlive its file.

    Tasks write a file of markers each, so what a killed build was told lies in several files: they become one.
    """
    names = store.files(MARKERS)
    found: Markers = {}
    for name in (ALL_MARKERS, *names):
        found |= store.read_json(name) or {}
    kept = {piece.file: found[piece.file] for piece in pieces if _is_done(store, piece, found.get(piece.file))}
    if names or kept != found:
        store.write_json(ALL_MARKERS, kept)
        store.remove(MARKERS)
    return kept


def _is_done(store: Store, piece: Piece, marker: dict[str, Any] | None) -> bool:
    if marker is None or marker["fingerprint"] != piece.fingerprint or marker["of"] != piece.of:
        return False
    return not marker["rows"] or store.size(piece.file) == marker["bytes"]
