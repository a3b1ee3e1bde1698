"""What rows say, told apart from how a library lays them out: the same rows give the same digest for ever."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from manifests.errors import Stop


def runs(values: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """First row, and row after the last, of each run of equal values; empty values have none."""
    borders = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return list(pairwise(borders)) if len(values) else []


def id_array(ids: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.uint64]:
    """The ids of a column as (n, 2) unsigned halves, most significant first: their order is the order of the ids."""
    flat = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    raw = np.frombuffer(flat.buffers()[1], np.uint8) if len(flat) else np.zeros(0, np.uint8)
    return raw[flat.offset * 16 : (flat.offset + len(flat)) * 16].view(">u8").astype(np.uint64).reshape(-1, 2)


def binary_ids(ids: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Ids of 32 hexadecimal digits as 16 bytes; null stays null."""
    flat = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    raw = bytes.fromhex("".join(pc.fill_null(flat, "0" * 32).to_pylist()))
    if len(raw) != 16 * len(flat):
        raise ValueError("ids are of 32 hexadecimal digits each")
    found = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(flat), [None, pa.py_buffer(raw)])
    return pc.if_else(flat.is_valid(), found, None) if flat.null_count else found


def id_of(text: str) -> bytes:
    """The 16 bytes of an id as people write it; Stop where it is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise Stop(
            f"{text!r} is not an id.", "Ids are 32 hexadecimal digits, as in the id column of data/ and removed/."
        )
    return found


def row_digest(table: pa.Table) -> str:
    """xxh128 of the values of every column in order: which are null, then lengths and bytes, or the plain numbers."""
    return Digests(table).of(0, table.num_rows)


class Digests:
    """Row digests of ranges of one table: what Arrow is asked for, it is asked once and not for each range."""

    def __init__(self, table: pa.Table) -> None:
        self._columns = [
            (name.encode(), _Column(column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()))
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]

    def of(self, start: int, stop: int) -> str:
        """The row digest of a table of the rows ``start`` to ``stop`` alone."""
        hashing = xxhash.xxh3_128()
        for name, column in self._columns:
            hashing.update(name)
            column.add(hashing, start, stop)
        return hashing.hexdigest()


class _Column:
    """The values of a column as bytes, where each begins, and which are null."""

    def __init__(self, values: pa.Array) -> None:
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        self._nulls: npt.NDArray[np.bool_] | None = None
        self._lengths: npt.NDArray[np.int32] | None = None
        self._inner: list[_Column] = []
        if pa.types.is_list(values.type):
            self._add_list(values)
            return
        if values.null_count:  # what lies under a null is not a value
            self._nulls = values.is_null().to_numpy(zero_copy_only=False)
            values = pc.fill_null(values, pa.scalar(_empty(values.type), values.type))
        first, after = values.offset, values.offset + len(values)
        if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
            self._offsets = np.frombuffer(values.buffers()[1], np.int32)[first : after + 1]
            self._lengths = np.diff(self._offsets).astype("<i4", copy=False)
            self._bytes = memoryview(values.buffers()[2] or b"")
        elif pa.types.is_fixed_size_binary(values.type):
            self._width = values.type.byte_width
            self._bytes = memoryview(values.buffers()[1] or b"")[first * self._width : after * self._width]
        else:
            numbers = np.ascontiguousarray(values.to_numpy(zero_copy_only=False))
            self._width = numbers.itemsize
            self._bytes = numbers.view(np.uint8).data

    def _add_list(self, values: pa.ListArray) -> None:
        """Lists of structs without nulls: the values of each field, one after another. A null list holds nothing."""
        if values.null_count:
            self._nulls = values.is_null().to_numpy(zero_copy_only=False)
        self._offsets = values.offsets.to_numpy()
        self._lengths = np.diff(self._offsets).astype("<i4", copy=False)
        self._inner = [_Column(field) for field in values.values.flatten()]

    def add(self, hashing: "xxhash.xxh3_128", start: int, stop: int) -> None:
        """Which values of these rows are null, then their lengths where they differ, then their bytes."""
        if self._nulls is None:
            hashing.update(bytes(-(-(stop - start) // 8)))
        else:
            hashing.update(np.packbits(self._nulls[start:stop]).data)
        if self._lengths is None:
            hashing.update(self._bytes[start * self._width : stop * self._width])
        elif stop > start:
            hashing.update(self._lengths[start:stop].data)
            for inner in self._inner:
                inner.add(hashing, int(self._offsets[start]), int(self._offsets[stop]))
            if not self._inner:
                hashing.update(self._bytes[int(self._offsets[start]) : int(self._offsets[stop])])


def _empty(kind: pa.DataType) -> Any:
    if pa.types.is_fixed_size_binary(kind):
        return bytes(kind.byte_width)
    return b"" if pa.types.is_binary(kind) else "" if pa.types.is_string(kind) else 0
