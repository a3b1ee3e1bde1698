"""What every place that a build can lie in is able to do, and which one an address means.

Files appear whole or not at all, in all of them. A folder renames a file that was written beside its place and synced.
Elsewhere a file is written to the scratch of this machine first and then sent as a whole; a marker follows when it
lies there. Nothing is ever appended to or changed in part, and names are known from markers: folders are listed only
to find what does not belong to a build any more.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from manifests.errors import Stop
from pipeline.storage import address
from pipeline.storage.disk import Disk
from pipeline.storage.lease import Lease

Answer = TypeVar("Answer")


class Storage(Protocol):
    """The files of one build. Names are relative, with ``/``, and were looked at before: none leads outside."""

    name: str
    """As users know it: a path, or a URL."""

    @property
    def hands(self) -> int:
        """How many files it is good to ask for at a time."""

    @property
    def how(self) -> dict[str, Any]:
        """What Parquet files are best opened with."""

    def path(self, name: str) -> Path:
        """Where a file lies on this machine; Stop where it does not."""

    def at_hand(self, name: str) -> Path:
        """A file on this machine with these bytes, to be read only; fetched once where it lies elsewhere."""

    def source(self, name: str) -> Any:
        """What a Parquet file is read from, by ranges. FileNotFoundError where there is none."""

    def patient(self, read: Callable[[], Answer]) -> Answer:
        """Read, and again where the place did not answer."""

    def draft(self, name: str) -> Path:
        """A path on this machine to write to; the file appears with ``publish``."""

    def publish(self, names: Iterable[str]) -> None:
        """Let the drafts of these names appear, each whole."""

    def drop(self, name: str) -> None:
        """Forget a draft, where there is one."""

    def put(self, name: str, data: bytes) -> None:
        """Write a small file."""

    def get(self, name: str) -> bytes | None:
        """All bytes of a file, or None where there is none."""

    def size(self, name: str) -> int | None:
        """Bytes of a file, or None where there is none."""

    def remove(self, name: str) -> None:
        """Take a file or folder away; nothing happens where there is none. A name without an ending is a folder."""

    def files(self, folder: str) -> Iterator[str]:
        """All files below a folder, in any order."""

    def sweep(self, folder: str, wanted: Callable[[str], bool]) -> int:
        """Remove every file below a folder that is not wanted; count them."""

    def clean(self) -> int:
        """Remove what killed runs were writing; count it."""

    def append(self, name: str, lines: str) -> None:
        """Add lines to a file that only grows: at once, or, where files cannot grow, with ``flush``."""

    def flush(self) -> None:
        """Let appear what was added."""

    def lock(self, name: str, say: Callable[[str], None]) -> AbstractContextManager[Lease | None]:
        """Hold the place for one driver; Stop where another does."""


def storage_of(root: Path | str) -> Storage:
    """The storage that an address means; Stop where nothing can be written to such a one."""
    found = address.place(root)
    return _elsewhere(found) if isinstance(found, str) else Disk(found)


@functools.cache
def _elsewhere(url: str) -> Storage:
    """One for the life of a process: it keeps its connections."""
    scheme = address.scheme(url)
    if scheme in {"s3", "s3a"}:
        from pipeline.storage.s3 import S3

        return S3(url)
    if scheme in {"http", "https", "hf"}:
        mend = f"Build elsewhere, then corpus publish OUT --to {url}" if scheme == "hf" else "Give a folder or s3://..."
        raise Stop(f"A build cannot lie at {url}.", mend)
    from pipeline.storage.foreign import Foreign

    return Foreign(url)
