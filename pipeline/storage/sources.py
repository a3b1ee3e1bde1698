"""Input that lies where builds may lie too: what there is below a URL, and one file of it, read by ranges."""

import functools
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.storage import address
from pipeline.storage.aws import Aws
from pipeline.storage.foreign import NATIVE, opened
from pipeline.storage.foreign import patient as asked_again
from pipeline.storage.s3 import reading

SPOKEN = NATIVE | {"s3", "s3a"}
"""Schemes that need nothing but pyarrow, and for S3 botocore; fsspec knows others."""
AHEAD = 8 << 20
"""Bytes that are read at once of a file which is read from its beginning to its end."""
FIRST = 256 << 10


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as its store lists it."""

    url: str
    size: int
    version: str


@functools.cache
def _bucket(name: str) -> tuple[Aws, Any]:
    """One client for a bucket, and what reads from it; for the life of the process."""
    aws = Aws(f"s3://{name}", 16)
    return aws, reading(aws)


@functools.cache
def _system(url: str) -> tuple[Any, str]:
    return opened(url)


def listed(url: str) -> list[Entry]:
    """The file of this URL, or else all files below it."""
    return list(_objects(url) if address.scheme(url) in {"s3", "s3a"} else _files(url))


def _objects(url: str) -> Iterator[Entry]:
    scheme, _, path = url.partition("://")
    name, _, key = path.rstrip("/").partition("/")
    aws, _ = _bucket(name)
    only = aws.pages("list_objects_v2", "Contents", Prefix=key, MaxKeys=1) if key else []
    alone = [one for one in only[:1] if one["Key"] == key]
    for one in alone or aws.pages("list_objects_v2", "Contents", Prefix=f"{key}/" if key else ""):
        if not one["Key"].endswith("/"):  # what some tools put there for a folder
            yield Entry(f"{scheme}://{name}/{one['Key']}", int(one["Size"]), one["ETag"].strip('"'))


def _files(url: str) -> Iterator[Entry]:
    from pyarrow import fs

    system, path = _system(url)
    base = url.removesuffix(path.rstrip("/")) if url.endswith(path.rstrip("/")) else f"{address.scheme(url)}://"
    only = asked_again(lambda: system.get_file_info(path))
    found = [only]
    if only.type == fs.FileType.Directory:
        found = asked_again(lambda: system.get_file_info(fs.FileSelector(path, recursive=True)))
    for one in found:
        if one.type == fs.FileType.File:
            yield Entry(base + one.path, int(one.size), str(one.mtime_ns or one.size))


def opened_file(url: str) -> io.RawIOBase:
    """A stream of a file."""
    scheme, _, path = url.partition("://")
    if scheme.lower() in {"s3", "s3a"}:
        _, system = _bucket(path.partition("/")[0])
    else:
        system, path = _system(url)
    return Ranges(system.open_input_file(path))


class Ranges(io.RawIOBase):
    """Reads by ranges: the one that is asked for, and more of it the longer it goes straight on."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source
        self._size = int(source.size())
        self._at = self._start = 0
        self._held = b""
        self._ahead = FIRST

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere; nothing is asked for."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, fewer at the end of the file alone."""
        left = max(0, self._size - self._at)
        size = left if size is None or size < 0 else min(size, left)
        inside = self._at - self._start
        if not 0 <= inside <= inside + size <= len(self._held):
            on = inside == len(self._held) or 0 <= inside < len(self._held)
            self._ahead = min(2 * self._ahead, AHEAD) if on else FIRST
            self._held = self._source.read_at(max(size, min(self._ahead, left)), self._at)
            self._start, inside = self._at, 0
        data = self._held[inside : inside + size]
        self._at += len(data)
        return data

    def close(self) -> None:
        """Let go of the file."""
        if not self.closed:
            self._source.close()
        super().close()
