"""Cutting files into units that can be read apart from one another."""

from collections.abc import Callable
from typing import BinaryIO

from pipeline.read.place import File, open_file


def cut(
    file: File,
    kind: str,
    codec: str,
    unit_bytes: int = 64 << 20,
    opener: Callable[[str], BinaryIO] = open_file,
) -> list[tuple[int, int]]:
    """Ranges ``(start, end)`` that cover the file: byte offsets, or row groups of a Parquet file."""
    raise NotImplementedError
