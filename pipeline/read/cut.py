"""Cutting files into units that can be read apart from one another."""

from collections.abc import Callable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.read import http, parquet, text, warc
from pipeline.read.codec import expanded, sample
from pipeline.read.kinds import KINDS
from pipeline.read.pieces import has_border
from pipeline.read.place import File, open_file
from pipeline.read.raw import Raw
from pipeline.read.record import TextUnit

SAMPLE = 1 << 20
"""Bytes of a compressed file from which its ratio is estimated."""


def cut(
    file: File,
    kind: str,
    codec: str,
    unit_bytes: int = 64 << 20,
    opener: Callable[[str], BinaryIO] = open_file,
    text_unit: TextUnit = "file",
) -> list[tuple[int, int]]:
    """Ranges ``(start, end)`` that cover the file, each of about ``unit_bytes`` uncompressed.

    They are row groups of a Parquet file and byte offsets of others; where these fall inside a line or a frame, the
    readers of the two units agree on whose it is. What cannot be cut is one range: a text that is one document or
    divided by blank lines, JSON that is one value, a compressed file of one frame.
    """
    whole = [(0, file.size)]
    way = KINDS[kind]
    if way.cut == "row groups":
        with opener(file.path) as handle:
            return _row_groups(handle, unit_bytes)
    if way.cut == "whole" or (kind == "text" and text_unit != "line"):
        return whole
    if codec == "none" and file.size <= unit_bytes:
        return whole
    with opener(file.path) as handle:
        raw = Raw(handle, file.size)
        if kind == "text" and expanded(raw.peek(0, 4096), codec).startswith(text.WIDE):
            return whole
        if codec == "none":
            step = unit_bytes
            if kind == "warc":
                return _records(raw, unit_bytes)
        else:
            content, taken = sample(raw.peek(0, SAMPLE), codec, 8 << 20)
            step = max(1, int(unit_bytes * taken / max(1, len(content))))
            if file.size <= step or not has_border(raw, codec, way.begins):
                return whole
    starts = range(0, file.size, step)
    return [(start, min(start + step, file.size)) for start in starts]


def _records(raw: Raw, unit_bytes: int) -> list[tuple[int, int]]:
    """Cut an uncompressed WARC file where records start, going from head to head.

    Nothing less tells a record from one that lies inside another. It ends at the first thing that is not as it should
    be: the rest, with its damage, is one unit.
    """
    starts = [0]
    at = 0
    while (head := raw.peek(at, http.MAX_HEAD if at == 0 else 4096)).startswith(b"WARC/"):
        if at - starts[-1] >= unit_bytes:
            starts.append(at)
        end = http.head_end(head, 0)
        length = warc.FIELDS(head[: end[0]]).get("content-length", "") if end else ""
        if end is None or not (length.isascii() and length.isdigit()):
            break
        at += end[1] + int(length)
        blank = raw.peek(at, 64)
        at += len(blank) - len(blank.lstrip(b"\r\n"))
    return list(zip(starts, [*starts[1:], raw.size], strict=True))


def _row_groups(handle: BinaryIO, unit_bytes: int) -> list[tuple[int, int]]:
    """Runs of row groups; a file whose footer cannot be read is one run, so that its reader tells the damage."""
    try:
        metadata = pq.ParquetFile(handle).metadata
    except (pa.ArrowException, OSError) as error:
        if not parquet.broken(error):
            raise
        return [(0, 1)]
    ranges: list[tuple[int, int]] = []
    start, held = 0, 0
    for group in range(metadata.num_row_groups):
        size = metadata.row_group(group).total_byte_size
        if held and held + size > unit_bytes:
            ranges.append((start, group))
            start, held = group, 0
        held += size
    return [*ranges, (start, metadata.num_row_groups)]
