"""What a file on this machine holds, in a short name."""

import functools
from pathlib import Path

import xxhash


def file_digest(path: Path) -> str:
    """xxh128 of a file, read again only where its size or time of change is another; nothing of one that is not."""
    if not path.is_file():
        return ""
    stat = path.stat()
    return _read_digest(path, stat.st_size, stat.st_mtime_ns)


@functools.cache
def _read_digest(path: Path, size: int, changed: int) -> str:
    hashing = xxhash.xxh3_128()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            hashing.update(piece)
    return hashing.hexdigest()
