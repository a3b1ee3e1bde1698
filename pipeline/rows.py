"""What rows say, told apart from how a library lays them out: the same rows give the same digest for ever."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash


def row_digest(table: pa.Table) -> str:
    """xxh128 of the values of every column in order: which are null, then lengths and bytes, or the plain numbers."""
    hashing = xxhash.xxh3_128()
    for name, column in zip(table.column_names, table.columns, strict=True):
        hashing.update(name.encode())
        for values in (
            column.chunks if isinstance(column, pa.ChunkedArray) and column.num_chunks == 1 else [_one(column)]
        ):
            _add(hashing, values)
    return hashing.hexdigest()


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _add(hashing: "xxhash.xxh3_128", values: pa.Array) -> None:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    hashing.update(np.packbits(values.is_null().to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        if values.null_count:  # what lies under a null is not a value
            values = pc.fill_null(values, pa.scalar("" if pa.types.is_string(values.type) else b"", values.type))
        lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
        hashing.update(lengths.astype("<i4").tobytes())
        offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
        data = values.buffers()[2]
        if data is not None and len(values):
            hashing.update(memoryview(data)[offsets[0] : offsets[-1]])
    elif pa.types.is_fixed_size_binary(values.type):
        width = values.type.byte_width
        filled = values if not values.null_count else pc.fill_null(values, pa.scalar(bytes(width), values.type))
        hashing.update(memoryview(filled.buffers()[1])[filled.offset * width : (filled.offset + len(filled)) * width])
    else:
        filled = values if not values.null_count else pc.fill_null(values, 0)
        hashing.update(np.ascontiguousarray(filled.to_numpy(zero_copy_only=False)).tobytes())
