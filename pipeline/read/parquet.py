"""Parquet: row groups in batches of bounded size, and only the columns that a document needs."""

import datetime
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from pipeline.read.record import Document, Fields, Limits, Position, Skipped
from pipeline.read.tables import TRANSLATION, translated
from pipeline.read.versions import Segment, gather

_BATCH_BYTES = 16 << 20
_BATCH_ROWS = 4096
_VERSIONS = 16
"""Bits of a position that number the versions of a row."""


class Digested(io.RawIOBase):
    """Passes a file through, digesting what is read in the order it is read: the order is that of the columns."""

    def __init__(self, handle: BinaryIO) -> None:
        super().__init__()
        self._handle = handle
        self._hash = xxhash.xxh3_128()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        position: int = self._handle.seek(offset, whence)
        return position

    def tell(self) -> int:
        position: int = self._handle.tell()
        return position

    def read(self, size: int = -1) -> bytes:
        data = self._handle.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        """xxh3 (128 bits, hex) of what was read so far."""
        return self._hash.hexdigest()


def opened(handle: BinaryIO | io.RawIOBase) -> pq.ParquetFile:
    """The file, read in one thread and without reading ahead, so that what is read is the same each time."""
    return pq.ParquetFile(handle, pre_buffer=False, memory_map=False)


def broken(error: Exception) -> bool:
    """True for bad content; storage that fails has an error number, and is another matter."""
    return isinstance(error, pa.ArrowException) or getattr(error, "errno", None) is None


def read_parquet(
    handle: Digested, start: int, end: int, fields: Fields, limits: Limits, seen: dict[str, None], segments: int = 1
) -> Iterator[Document | Skipped]:
    """Documents of the row groups ``[start, end)``, one a row; of translations, ``segments`` rows to one."""
    try:
        file = opened(handle)
    except (pa.ArrowException, OSError) as error:
        if not broken(error):
            raise
        yield Skipped(Position(start, 0), "damaged", str(error)[:120])
        return
    leaves = [file.schema.column(number).path for number in range(len(file.schema))]
    parts = fields.parts
    wanted = [name if name in leaves else None for name in parts]
    if wanted[0] is None and any(leaf.startswith(f"{TRANSLATION}.") for leaf in leaves):
        for group in range(start, min(end, file.num_row_groups)):
            found = _segments(file, group, [wanted[parts.index(name)] for name in (fields.id, fields.group)])
            yield from gather(found, segments, limits.max_record_bytes)
        return
    if wanted[0] is None:
        seen.update(dict.fromkeys(leaves[:60]))
    for group in range(start, min(end, file.num_row_groups)):
        rows = file.metadata.row_group(group).num_rows
        if wanted[0] is None:
            for row in range(rows):
                yield Skipped(Position(group, row), "no_text", f"no column {fields.text!r}")
            continue
        row = 0
        try:
            for batch in file.iter_batches(
                batch_size=_batch_rows(file, group),
                row_groups=[group],
                columns=[name for name in dict.fromkeys(wanted) if name],
                use_threads=False,
            ):
                columns = [_values(batch, name) for name in wanted]
                for values in zip(*columns, strict=True):
                    yield _document(Position(group, row), values, fields, limits)
                    row += 1
        except (pa.ArrowException, OSError) as error:
            if not broken(error):
                raise
            yield Skipped(Position(group, row), "damaged", str(error)[:120])


def _segments(file: pq.ParquetFile, group: int, named: list[str | None]) -> Iterator[Segment | Skipped]:
    """The rows of a group whose texts lie in a struct, by language; columns are ``named`` that hold id and talk."""
    row = 0
    try:
        for batch in file.iter_batches(
            batch_size=_batch_rows(file, group),
            row_groups=[group],
            columns=[TRANSLATION, *filter(None, named)],
            use_threads=False,
        ):
            for found, *told in zip(*(_values(batch, name) for name in (TRANSLATION, *named)), strict=True):
                yield translated(Position(group, row << _VERSIONS), found, told)
                row += 1
    except (pa.ArrowException, OSError) as error:
        if not broken(error):
            raise
        yield Skipped(Position(group, row << _VERSIONS), "damaged", str(error)[:120])


def _batch_rows(file: pq.ParquetFile, group: int) -> int:
    about = file.metadata.row_group(group)
    each: int = max(1, about.total_byte_size // max(1, about.num_rows))
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // each))


def _values(batch: pa.RecordBatch, name: str | None) -> list[Any]:
    """Values of a column as Python has them; ``a.b`` is the field ``b`` of the struct ``a``."""
    if name is None:
        return [None] * batch.num_rows
    first, *rest = [name] if name in batch.schema.names else name.split(".")
    column = batch.column(first)
    if rest:
        column = pc.struct_field(column, rest)
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:  # a string column that holds other bytes than its type promises
        values = column.cast(pa.large_binary()).to_pylist()
    return values


def _document(position: Position, values: tuple[Any, ...], fields: Fields, limits: Limits) -> Document | Skipped:
    text = _text(values[0])
    if text is None:
        if values[0] is None:
            return Skipped(position, "no_text", f"column {fields.text!r} is null here")
        kind = type(values[0]).__name__
        return Skipped(position, "text_type", f"column {fields.text!r} holds {kind}, not a string")
    if not text or text.isspace():
        return Skipped(position, "empty", f"column {fields.text!r} holds nothing")
    if len(text) > limits.max_record_bytes:
        return Skipped(position, "too_long", f"a text of {len(text)} characters")
    identity, url, date, dump, licence, group, language = (_string(value) or None for value in values[1:])
    return Document(position, text, None, identity, url, date, dump, licence, group, language)


def _text(value: Any) -> str | None:
    """Text of a string or binary value, None for what is neither."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def _string(value: Any) -> str | None:
    """Anything with one plain value as a string: numbers as Python writes them, times in ISO 8601."""
    if value is None or isinstance(value, list | dict | bool):
        return None
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return _text(value) if isinstance(value, str | bytes) else str(value)
