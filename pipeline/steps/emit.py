"""Write what is published and what was removed: the only later reader of text, by row ranges, in id order.

A piece is one file: a label's data or ledger, or a range of its ids where one file would be too large. What a piece
holds, and how it is cut, follows from the rows alone, never from the units that they came in, nor from the way that
they took: straight from the parts, or where parts are many, brought together by ``exchange``.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import rehydrate
from filters import privacy
from manifests import schema
from pipeline.rows import id_array, runs
from pipeline.settings import Settings, digest
from pipeline.steps import exchange
from pipeline.steps.decide import APART, FOLDERS, LEDGER, PUBLISHED
from pipeline.steps.exchange import CACHE_SHARE, Target, Targets
from pipeline.steps.merge import Reader
from pipeline.steps.settle import VERDICTS
from pipeline.steps.shard import Shard, Sheet, needed, textless
from pipeline.store import Store
from pipeline.tallies import Settled
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
    weights: Mapping[int, int] = field(default_factory=dict, repr=False, compare=False)
    """How often to repeat documents of clusters of a size, from each size named on; empty where nothing is told"""

    @property
    def file(self) -> str:
        """Where it lies in OUT."""
        return f"{self.folder}/{self.label}/{self.snapshot}-{self.number:05d}.parquet"

    @property
    def target(self) -> Target:
        """Which documents it takes."""
        return Target(self.label, self.holds, self.number, self.of)


@dataclass(frozen=True, slots=True)
class Work:
    """Pieces to write one after another, and where their rows are: straight in parts, or sorted in files."""

    number: int
    pieces: tuple[Piece, ...]
    parts: tuple[str, ...] = field(repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)
    numbers: tuple[int, ...] = ()
    """Of the pieces, as the plan of the exchange counts them."""


def plan(
    settled: Settled,
    settings: Settings,
    roots: Mapping[str, str],
    weights: Mapping[str, Mapping[int, int]],
    snapshot: str,
) -> dict[Piece, int]:
    """Every file of the snapshot in the order of labels, with the bytes of text it is about to hold.

    ``roots`` says of labels in which folder their data lies, ``weights`` how often their documents are worth repeating.
    """
    told = [VERSION, schema.VERSION, privacy.VERSION, settings.pii, settings.output.shard_bytes]
    hidden = textless(settings)
    pieces = {}
    for name in sorted(settled.folders):
        digests = [told for _, told in sorted(settled.digests[name].items())]
        repeats = weights.get(name, {})
        for folder, holds in _HOLDING[roots.get(name, PUBLISHED)].items():
            count, size = (sum(of) for of in zip(*(settled.folders[name][held] for held in holds), strict=True))
            of = max(1, -(-size // settings.output.shard_bytes)) if count else 0
            mine = {} if folder == LEDGER else repeats
            weighed = digest("weighed", rehydrate.VERSION, list(mine.items()))
            fingerprint = digest("emit", told, hidden, holds, digests, weighed)
            for number in range(of):
                pieces[Piece(folder, name, number, of, fingerprint, holds, snapshot, mine)] = size // of
    return pieces


_HOLDING: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    PUBLISHED: {folder: (folder,) for folder in FOLDERS},
    APART: {APART: (PUBLISHED, APART), LEDGER: (LEDGER,)},
}
"""By the folder of a label: its files' folders, and what they hold."""


def works(sizes: Mapping[Piece, int], parts: tuple[str, ...], workers: int) -> Iterator[tuple[Work, int]]:
    """The pieces, given with their bytes, in tasks of equal size, as many as workers or a multiple, with the size of
    each.

    Which piece is in which task shows nowhere in the result; few tasks read each row group few times.
    """
    whole = sum(sizes.values())
    rounds = max(1, -(-whole // (workers * TASK_BYTES)))
    share = -(-(whole + FILE_BYTES * len(sizes)) // (workers * rounds))
    batch: list[Piece] = []
    held = before = number = 0
    for piece, size in sizes.items():
        batch.append(piece)
        held += FILE_BYTES + size
        if before + held >= share * (before // share + 1):
            yield Work(number, tuple(batch), parts), held
            before += held
            number += 1
            batch, held = [], 0
    if batch:
        yield Work(number, tuple(batch), parts), held


def sorted_works(made: exchange.Plan, works: Iterator[tuple[Work, int]]) -> Iterator[tuple[Work, int]]:
    """The same tasks, to read from what was sorted."""
    numbers, levels = made.numbers(), made.levels()
    for work, size in works:
        mine = tuple(numbers[piece.file] for piece in work.pieces)
        low, high = exchange.key_of(min(mine)), exchange.key_of(max(mine) + 1) - 1
        yield replace(work, parts=(), files=exchange.sources(levels[-1], low, high), numbers=mine), size


@dataclass(frozen=True, slots=True)
class _Window:
    """Rows ``start`` to ``stop`` of a batch: a row group of a piece."""

    piece: int
    start: int
    stop: int
    last: bool


@dataclass(frozen=True, slots=True)
class _Batch:
    """Documents and verdicts, row by row, of windows that follow one another."""

    documents: pa.Table
    verdicts: pa.Table
    windows: list[_Window]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Documents of the pieces of a task in the order they are written: by piece, then by id."""

    parts: list[str]
    piece: npt.NDArray[np.int64]
    where: npt.NDArray[np.int64]
    """(n, 2): index of the part, row in it"""
    verdicts: pa.Table


def _collect(store: Store, work: Work) -> _Rows:
    """Find the rows of all pieces: each part is gone through once."""
    targets = Targets([piece.target for piece in work.pieces])
    tables, pieces, where = [], [], []
    for index, part in enumerate(work.parts):
        table = store.read_table(f"{VERDICTS}/{part}.parquet", [*exchange.COLUMNS, "label"])
        found = targets.of(table)
        rows = np.flatnonzero(found >= 0)
        tables.append(table.select(exchange.COLUMNS).take(pa.array(rows)))
        pieces.append(found[rows])
        where.append(np.stack([np.full(len(rows), index), rows], axis=1))
    joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    piece_of = np.concatenate(pieces)
    halves = id_array(joined["id"])
    order = np.lexsort((halves[:, 1], halves[:, 0], piece_of))
    verdicts = joined.take(pa.array(order)).combine_chunks()
    return _Rows(list(work.parts), piece_of[order], np.concatenate(where)[order], verdicts)


def _straight(context: Context, store: Store, work: Work) -> Iterator[_Batch]:
    """Batches with documents fetched from the parts."""
    reader = Reader(store, context.memory // CACHE_SHARE, needed(context.settings))
    rows = _collect(store, work)
    sizes = rows.verdicts["text_bytes"].to_numpy().astype(np.int64)
    windows = [
        _Window(int(rows.piece[first]), first + start, first + stop, first + stop == after)
        for first, after in runs(rows.piece)
        for start, stop in _cut(sizes[first:after])
    ]
    for mine, start, stop in _batches(windows, sizes):
        documents = reader.documents(rows.parts, rows.where[start:stop])
        yield _Batch(documents, rows.verdicts.slice(start, stop - start), mine)


def _gathered(context: Context, store: Store, work: Work) -> Iterator[_Batch]:
    """Batches with documents as the exchange has sorted them: some keys at a time, without what is done already."""
    at = {number: index for index, number in enumerate(work.numbers)}
    low, high = exchange.key_of(min(at)), exchange.key_of(max(at) + 1) - 1
    rest: pa.Table | None = None
    before = 0  # text of the piece that rest is of, ahead of rest
    for table in exchange.read(store, work.files, low, high, context.memory):
        joined = exchange.in_order(table)
        whole = (pa.concat_tables([rest, joined]) if rest is not None else joined).combine_chunks()
        rest, before = yield from _whole(whole, at, before, False)
    if rest is not None:
        yield from _whole(rest, at, before, True)


def _whole(
    table: pa.Table, at: Mapping[int, int], before: int, end: bool
) -> Generator[_Batch, None, tuple[pa.Table | None, int]]:
    """The windows that end within the table; what is left of the last one, and the text of its piece ahead of that."""
    sizes = table[f"{exchange.PREFIX}text_bytes"].to_numpy().astype(np.int64)
    number = table["key"].to_numpy() >> exchange.KEY_BITS
    windows = []
    left, ahead = None, 0
    for first, after in runs(number):
        base = 0 if first else before
        final = after == len(number) and not end
        spans = _cut(sizes[first:after], base)
        for start, stop in spans[:-1] if final else spans:
            windows.append(_Window(int(number[first]), first + start, first + stop, first + stop == after))
        if final:
            start = first + spans[-1][0]
            left, ahead = table.slice(start), base + int(sizes[first:start].sum())
    mine = [replace(window, piece=at[window.piece]) for window in windows if window.piece in at]
    for some, start, stop in _batches(mine, sizes):
        rows = table.take(pa.array(np.arange(start, stop)))
        names = [name for name in rows.column_names if name.startswith(exchange.PREFIX)]
        verdicts = rows.select(names).rename_columns([name.removeprefix(exchange.PREFIX) for name in names])
        for name in exchange.ENCODED:
            place = verdicts.column_names.index(name)
            verdicts = verdicts.set_column(place, name, verdicts[name].combine_chunks().dictionary_encode())
        yield _Batch(rows.drop_columns(names), verdicts, some)
    return left, ahead


def _cut(sizes: npt.NDArray[np.int64], before: int = 0) -> list[tuple[int, int]]:
    """Rows of a piece that are written as one row group: cut by the piece's own text, never by who shares its task.

    Of the piece, so many bytes of text lie ``before`` these.
    """
    return runs((before + np.cumsum(sizes)) // WINDOW_BYTES)


def _batches(windows: list[_Window], sizes: npt.NDArray[np.int64]) -> Iterator[tuple[list[_Window], int, int]]:
    """Windows that follow one another, about BATCH_BYTES of text together, counted from the first row of the batch;
    and the rows that they are.
    """
    batch: list[_Window] = []
    held = 0
    for window in windows:
        if batch and (held >= BATCH_BYTES or window.start != batch[-1].stop):
            yield _placed(batch)
            batch, held = [], 0
        batch.append(window)
        held += int(sizes[window.start : window.stop].sum())
    if batch:
        yield _placed(batch)


def _placed(batch: list[_Window]) -> tuple[list[_Window], int, int]:
    first = batch[0].start
    moved = [replace(window, start=window.start - first, stop=window.stop - first) for window in batch]
    return moved, first, batch[-1].stop


def _sheets(
    batch: _Batch, pieces: tuple[Piece, ...], labels: pa.Array, settings: Settings
) -> Iterator[tuple[Sheet, list[_Window]]]:
    """The rows of a batch, a sheet a folder, with the windows that follow one another in it."""
    number = np.repeat([one.piece for one in batch.windows], [one.stop - one.start for one in batch.windows])
    verdicts = batch.verdicts.append_column(
        "upsampling_weight", _weights(pieces, number, batch.verdicts["cluster_size"].to_numpy())
    )
    for folder in FOLDERS:
        windows = [window for window in batch.windows if pieces[window.piece].folder == folder]
        if not windows:
            continue
        rows = np.concatenate([np.arange(one.start, one.stop) for one in windows])
        whole = len(windows) == len(batch.windows)
        found, said = ((table if whole else table.take(pa.array(rows))) for table in (batch.documents, verdicts))
        yield (
            Sheet.of(folder, found, said, pa.DictionaryArray.from_arrays(pa.array(number[rows]), labels), settings),
            windows,
        )


def _weights(pieces: tuple[Piece, ...], piece: npt.NDArray[np.int64], sizes: npt.NDArray[np.int32]) -> pa.Array:
    """How often to repeat each document, in order of pieces; null where its piece says nothing."""
    found = np.full(len(piece), np.nan, np.float32)
    for start, stop in runs(piece):
        if told := pieces[piece[start]].weights:
            found[start:stop] = rehydrate.of(sizes[start:stop], told)
    return pa.array(found, pa.float32(), mask=np.isnan(found))


def _write(context: Context, store: Store, work: Work) -> dict[int, dict[str, Any]]:
    """Write the drafts of all pieces that have rows; what became of each, by its number."""
    labels = pa.array([piece.label for piece in work.pieces], pa.string())
    under_way: dict[int, Shard] = {}
    written: dict[int, dict[str, Any]] = {}
    for batch in (_gathered if work.files else _straight)(context, store, work):
        sizes = batch.verdicts["text_bytes"].to_numpy().astype(np.int64)
        for sheet, windows in _sheets(batch, work.pieces, labels, context.settings):
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


def done(store: Store, pieces: Iterable[Piece]) -> Markers:
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
