"""Write what is published and what was removed: the only later reader of text, by row ranges, in id order.

A piece is one file: a label's data or ledger, or a range of its ids where one file would be too large. What a piece
holds, and how it is cut, follows from the rows alone, never from the units that they came in.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from filters import privacy
from manifests import schema
from pipeline.rows import row_digest, runs
from pipeline.settings import Settings, digest
from pipeline.steps.decide import KEPT, TEXTLESS, rule_names
from pipeline.steps.notes import id_array
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
SNAPSHOT = "S000"
WINDOW_BYTES = 32 << 20
"""Text written as one row group; also what bounds memory."""
TASK_BYTES = 256 << 20
"""Text that one task writes at most, about."""
FILE_BYTES = 256 << 10
"""What opening, digesting and closing a file costs, as text that could be written in that time."""
_DISTINCT = frozenset({"text", "id", "url", "source_id", "canonical_id"})
"""Columns whose values hardly repeat: a dictionary would only be built to be thrown away."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file to write: ids from ``number`` / ``of`` of all ids up to the next."""

    folder: str
    """data or removed"""
    label: str
    number: int
    of: int
    fingerprint: str

    @property
    def file(self) -> str:
        """Where it lies in OUT."""
        return f"{self.folder}/{self.label}/{SNAPSHOT}-{self.number:05d}.parquet"

    @property
    def marker(self) -> str:
        """Where its marker lies."""
        return f"work/emit/{self.folder}/{self.label}/{self.number:05d}.json"


@dataclass(frozen=True, slots=True)
class Work:
    """Pieces to write one after another, and where the rows of their labels lie: (part, first row, row after)."""

    pieces: tuple[Piece, ...]
    rows: Mapping[str, tuple[tuple[str, int, int], ...]] = field(repr=False)


@dataclass(slots=True)
class _Label:
    rows: list[tuple[str, int, int]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=lambda: [0, 0])
    removed: list[int] = field(default_factory=lambda: [0, 0])


def _gather(settled: Mapping[str, Mapping[str, Any]]) -> dict[str, _Label]:
    labels: dict[str, _Label] = {}
    for part in sorted(settled):
        for name, told in settled[part]["labels"].items():
            label = labels.setdefault(name, _Label())
            label.rows.append((part, *told["rows"]))
            label.digests.append(told["digest"])
            for mine, theirs in ((label.kept, told["kept"]), (label.removed, told["removed"])):
                mine[0] += theirs[0]
                mine[1] += theirs[1]
    return labels


def plan(settled: Mapping[str, Mapping[str, Any]], settings: Settings) -> tuple[list[Piece], dict[str, _Label]]:
    """Every file of the result in the order of labels, and what is known of each label."""
    labels = _gather(settled)
    told = [VERSION, schema.VERSION, privacy.VERSION, settings.pii, settings.output.shard_bytes]
    textless = sorted(name for name, kind in rule_names(settings).items() if kind in TEXTLESS)
    pieces = []
    for name in sorted(labels):
        label = labels[name]
        fingerprint = digest("emit", told, textless, label.digests)
        for folder, (count, size) in (("data", label.kept), ("removed", label.removed)):
            of = max(1, -(-size // settings.output.shard_bytes)) if count else 0
            pieces += [Piece(folder, name, number, of, fingerprint) for number in range(of)]
    return pieces, labels


def works(pieces: list[Piece], labels: Mapping[str, _Label], workers: int) -> Iterator[tuple[Work, int]]:
    """The pieces in tasks of equal size, as many as workers or a multiple, with the bytes of each.

    Which piece is in which task shows nowhere in the result; few tasks read each row group few times.
    """
    sizes = [FILE_BYTES + _bytes(piece, labels[piece.label]) for piece in pieces]
    rounds = max(1, -(-sum(sizes) // (workers * TASK_BYTES)))
    share = -(-sum(sizes) // (workers * rounds))
    batch: list[Piece] = []
    held = before = 0
    for piece, size in zip(pieces, sizes, strict=True):
        batch.append(piece)
        held += size
        if before + held >= share * (before // share + 1):
            yield _work(batch, labels), held
            before += held
            batch, held = [], 0
    if batch:
        yield _work(batch, labels), held


def _bytes(piece: Piece, label: _Label) -> int:
    return (label.kept if piece.folder == "data" else label.removed)[1] // piece.of


def _work(batch: list[Piece], labels: Mapping[str, _Label]) -> Work:
    return Work(tuple(batch), {piece.label: tuple(labels[piece.label].rows) for piece in batch})


class _Reader:
    """Row groups and verdicts of parts, the last used kept as far as memory allows."""

    def __init__(self, store: Store, budget: int) -> None:
        self._store = store
        self._budget = budget
        self._held: OrderedDict[tuple[str, int], pa.Table] = OrderedDict()
        self._size = 0
        self._starts: dict[str, npt.NDArray[np.int64]] = {}

    def verdicts(self, part: str) -> pa.Table:
        """Final verdicts of a part, a row a document."""
        return self._get(
            (part, -1), lambda: pq.read_table(self._store.path(f"index/verdicts/{part}.parquet"), use_threads=False)
        )

    def rows(self, part: str, rows: npt.NDArray[np.int64]) -> pa.Table:
        """The documents in these rows of a part; ``rows`` ascends."""
        starts = self._group_starts(part)
        groups = np.searchsorted(starts, rows, side="right") - 1
        tables = []
        for group in np.unique(groups).tolist():
            table = self._get((part, group), lambda group=group: self._group(part, group))
            tables.append(table.take(pa.array(rows[groups == group] - starts[group])))
        return pa.concat_tables(tables)

    def _file(self, part: str) -> pq.ParquetFile:
        return pq.ParquetFile(self._store.path(f"work/notes/{part}.parquet"))

    def _group(self, part: str, group: int) -> pa.Table:
        with self._file(part) as file:
            return file.read_row_group(group, use_threads=False).combine_chunks()

    def _group_starts(self, part: str) -> npt.NDArray[np.int64]:
        if part not in self._starts:
            with self._file(part) as file:
                sizes = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
            self._starts[part] = np.cumsum([0, *sizes])[:-1]
        return self._starts[part]

    def _get(self, key: tuple[str, int], read: Any) -> pa.Table:
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        table = self._held[key] = read()
        self._size += table.nbytes
        while self._size > self._budget and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self._size -= gone.nbytes
        return table


def hex_ids(ids: pa.ChunkedArray | pa.Array) -> pa.Array:
    """16-byte ids as 32 hexadecimal digits; null stays null."""
    flat = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    filled = flat.fill_null(bytes(16)) if flat.null_count else flat
    raw = memoryview(filled.buffers()[1])[filled.offset * 16 : (filled.offset + len(filled)) * 16] if len(flat) else b""
    offsets = np.arange(0, 32 * len(flat) + 1, 32, dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(flat), pa.py_buffer(offsets), pa.py_buffer(bytes(raw).hex().encode()))
    return pc.if_else(flat.is_valid(), texts, None) if flat.null_count else texts


@dataclass(frozen=True, slots=True)
class _Rows:
    """Documents of the pieces of a task in the order they are written: by piece, then by id."""

    parts: list[str]
    piece: npt.NDArray[np.int64]
    where: npt.NDArray[np.int64]
    """(n, 2): index of the part, row in it"""
    verdicts: pa.Table


def _collect(reader: _Reader, work: Work) -> _Rows:
    """Find the rows of all pieces: each part is gone through once."""
    ranges: dict[str, list[tuple[str, int, int]]] = {}
    for label, lies in work.rows.items():
        for part, start, stop in lies:
            ranges.setdefault(part, []).append((label, start, stop))
    of_label: dict[str, list[tuple[int, Piece]]] = {}
    for number, piece in enumerate(work.pieces):
        of_label.setdefault(piece.label, []).append((number, piece))
    parts = sorted(ranges)
    tables, pieces, places = [], [], []
    for index, part in enumerate(parts):
        table = reader.verdicts(part)
        kept = pc.equal(table["rule"].combine_chunks().dictionary_decode(), KEPT).to_numpy(zero_copy_only=False)
        top = id_array(table["id"])[:, 0]
        chosen = np.full(table.num_rows, -1, np.int64)
        for label, start, stop in ranges[part]:
            for which, piece in of_label[label]:
                low, high = (piece.number << 64) // piece.of, ((piece.number + 1) << 64) // piece.of - 1
                mine = kept[start:stop] == (piece.folder == "data")
                if piece.of > 1:
                    mine &= (top[start:stop] >= np.uint64(low)) & (top[start:stop] <= np.uint64(high))
                chosen[start:stop][mine] = which
        rows = np.flatnonzero(chosen >= 0)
        tables.append(table.take(pa.array(rows)).drop_columns(["source", "label"]))
        pieces.append(chosen[rows])
        places.append(np.stack([np.full(len(rows), index), rows], axis=1))
    joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    piece_of, where = np.concatenate(pieces), np.concatenate(places)
    halves = id_array(joined["id"])
    order = np.lexsort((halves[:, 1], halves[:, 0], piece_of))
    return _Rows(parts, piece_of[order], where[order], joined.take(pa.array(order)).combine_chunks())


def _documents(reader: _Reader, parts: list[str], where: npt.NDArray[np.int64]) -> pa.Table:
    """Documents at the given places, in that order."""
    order = np.lexsort((where[:, 1], where[:, 0]))
    sorted_ = where[order]
    tables = [
        reader.rows(parts[index], sorted_[sorted_[:, 0] == index, 1]) for index in np.unique(where[:, 0]).tolist()
    ]
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_tables(tables).take(pa.array(back)).combine_chunks()


def _texts(documents: pa.Table, settings: Settings) -> pa.Array:
    texts = documents["text"].combine_chunks()
    return privacy.mask(texts, documents["pii"].combine_chunks()) if settings.pii == "mask" else texts


def _data(label: str, documents: pa.Table, verdicts: pa.Table, settings: Settings) -> pa.Table:
    count = documents.num_rows
    language, _, script = label.partition("_")
    told: dict[str, Any] = {
        "text": _texts(documents, settings),
        "id": hex_ids(documents["id"]),
        "language": pa.repeat(pa.scalar(language), count),
        "language_script": pa.repeat(pa.scalar(script), count),
        "minhash_cluster_size": verdicts["cluster_size"],
        "schema_version": pa.repeat(pa.scalar(schema.VERSION, pa.int16()), count),
        "cluster_id": hex_ids(verdicts["cluster_id"]),
        "upsampling_weight": pa.nulls(count, pa.float32()),
    }
    columns = [told[name] if name in told else documents[name] for name in schema.DATA.names]
    return pa.table(columns, names=schema.DATA.names).cast(schema.DATA)


def _removed(_label: str, documents: pa.Table, verdicts: pa.Table, settings: Settings) -> pa.Table:
    rule = verdicts["rule"].combine_chunks().dictionary_decode()
    textless = [name for name, kind in rule_names(settings).items() if kind in TEXTLESS]
    hidden = pc.is_in(rule, pa.array(textless, pa.string()))
    told: dict[str, Any] = {
        "id": hex_ids(documents["id"]),
        "text": pc.if_else(hidden, pa.scalar(None, pa.string()), _texts(documents, settings)),
        "rule": rule,
        "value": verdicts["value"],
        "limit": verdicts["limit"],
        "cluster_id": hex_ids(verdicts["cluster_id"]),
        "canonical_id": hex_ids(verdicts["canonical_id"]),
    }
    columns = [told[name] if name in told else documents[name] for name in schema.REMOVED.names]
    return pa.table(columns, names=schema.REMOVED.names).cast(schema.REMOVED)


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
    """Windows in order, gathered into batches of about WINDOW_BYTES that are read together."""
    batch: list[_Window] = []
    held = 0
    for first, after in runs(rows.piece):
        for start, stop in _windows(sizes[first:after]):
            window = _Window(int(rows.piece[first]), first + start, first + stop, first + stop == after)
            batch.append(window)
            held += int(sizes[window.start : window.stop].sum())
            if held >= WINDOW_BYTES:
                yield batch
                batch, held = [], 0
    if batch:
        yield batch


class _Shard:
    """A file being written beside its place, and what its marker will say."""

    def __init__(self, store: Store, piece: Piece) -> None:
        out = schema.DATA if piece.folder == "data" else schema.REMOVED
        self._piece = piece
        self._draft = store.draft(piece.file)
        self._digests: list[str] = []
        self._rows = self._text = 0
        self._writer = pq.ParquetWriter(
            self._draft,
            out,
            compression="zstd",
            compression_level=3,
            use_dictionary=[name for name in out.names if name not in _DISTINCT],
            use_content_defined_chunking=True,
        )

    def write(self, table: pa.Table, text: int) -> None:
        self._digests.append(row_digest(table))
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._rows += table.num_rows
        self._text += text

    def close(self) -> dict[str, Any]:
        self._writer.close()
        with self._draft.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return _marker(self._piece) | {
            "rows": self._rows,
            "text_bytes": self._text,
            "bytes": self._draft.stat().st_size,
            "sha256": sha256,
            "row_digest": digest(self._digests),
        }


def _marker(piece: Piece) -> dict[str, Any]:
    return {"fingerprint": piece.fingerprint, "file": piece.file, "label": piece.label, "of": piece.of, "rows": 0}


def run(context: Context, store: Store, work: Work) -> dict[str, Any]:
    """Write the pieces of a task; their markers follow when all of them are on disk."""
    reader = _Reader(store, context.memory // 8)
    rows = _collect(reader, work)
    sizes = rows.verdicts["text_bytes"].to_numpy().astype(np.int64)
    markers = {number: _marker(piece) for number, piece in enumerate(work.pieces)}
    shard: _Shard | None = None
    written = []
    for batch in _cut(rows, sizes):
        start, stop = batch[0].start, batch[-1].stop
        documents = _documents(reader, rows.parts, rows.where[start:stop])
        for window in batch:
            piece = work.pieces[window.piece]
            mine = rows.verdicts.slice(window.start, window.stop - window.start)
            found = documents.slice(window.start - start, window.stop - window.start)
            row_of = _data if piece.folder == "data" else _removed
            shard = shard or _Shard(store, piece)
            table = row_of(
                piece.label, found.combine_chunks(), mine.combine_chunks(), context.settings
            ).combine_chunks()
            shard.write(table, int(sizes[window.start : window.stop].sum()))
            if window.last:
                markers[window.piece] = shard.close()
                written.append(piece.file)
                shard = None
    for piece in work.pieces:
        store.remove(piece.marker)  # an older marker must not outlive the file it speaks of
    store.publish(written)
    for piece in work.pieces:
        if piece.file not in written:
            store.remove(piece.file)  # no id falls into it any more
    for number, marker in markers.items():
        store.write_json(work.pieces[number].marker, marker)
    return {"pieces": len(work.pieces)}


def is_done(store: Store, piece: Piece) -> bool:
    """True where the piece lies there as its marker says."""
    marker = store.read_json(piece.marker)
    if marker is None or marker["fingerprint"] != piece.fingerprint or marker["of"] != piece.of:
        return False
    if not marker["rows"]:
        return True
    place = store.path(piece.file)
    return place.is_file() and place.stat().st_size == marker["bytes"]
