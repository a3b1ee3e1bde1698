"""What rows say, told apart from how a library lays them out: the same rows give the same digest for ever."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash


def runs(values: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """First row, and row after the last, of each run of equal values; empty values have none."""
    borders = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return list(pairwise(borders)) if len(values) else []


def row_digest(table: pa.Table) -> str:
    """xxh128 of the values of every column in order: which are null, then lengths and bytes, or the plain numbers."""
    hashing = xxhash.xxh3_128()
    for name, column in zip(table.column_names, table.columns, strict=True):
        hashing.update(name.encode())
        _add(hashing, column.chunk(0) if column.num_chunks == 1 else column.combine_chunks())
    return hashing.hexdigest()


def _add(hashing: "xxhash.xxh3_128", values: pa.Array) -> None:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    text = pa.types.is_string(values.type) or pa.types.is_binary(values.type)
    width = values.type.byte_width if pa.types.is_fixed_size_binary(values.type) else 0
    if values.null_count:  # what lies under a null is not a value
        hashing.update(np.packbits(values.is_null().to_numpy(zero_copy_only=False)).tobytes())
        empty = bytes(width) if width else (b"" if pa.types.is_binary(values.type) else "") if text else 0
        values = pc.fill_null(values, pa.scalar(empty, values.type))
    else:
        hashing.update(bytes(-(-len(values) // 8)))
    if text:
        offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
        hashing.update(np.diff(offsets).astype("<i4").tobytes())
        data = values.buffers()[2]
        if data is not None and len(values):
            hashing.update(memoryview(data)[offsets[0] : offsets[-1]])
    elif width:
        hashing.update(memoryview(values.buffers()[1])[values.offset * width : (values.offset + len(values)) * width])
    else:
        hashing.update(np.ascontiguousarray(values.to_numpy(zero_copy_only=False)).tobytes())
