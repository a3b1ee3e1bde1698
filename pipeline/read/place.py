"""Where input lies: the files of a source on disk or behind a URL, and opening one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO


@dataclass(frozen=True, slots=True)
class File:
    """One file of a source."""

    path: str
    """Absolute path or URL: what ``open_file`` takes."""
    relative: str
    """Path below the root of the source, with ``/``; the name of the file where the source is that file."""
    size: int
    version: str
    """ETag where the store gives one, else the time of the last change in nanoseconds: changes when the file does."""


def list_files(source: str, storage_options: Mapping[str, Any] | None = None) -> list[File]:
    """Files of a file, folder, glob or URL, sorted by relative path."""
    raise NotImplementedError


def open_file(path: str, storage_options: Mapping[str, Any] | None = None) -> BinaryIO:
    """A seekable binary stream of the file."""
    raise NotImplementedError
