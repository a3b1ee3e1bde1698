"""Reading one unit: a range of a file becomes documents and skipped records, in file order."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

from pipeline.read.place import File, open_file
from pipeline.read.record import Document, Fields, Limits, Skipped


class Reading:
    """Iterable once; afterwards ``digest`` and ``fields_seen`` speak of what was read."""

    fields_seen: tuple[str, ...]
    """Names of the fields that JSON or Parquet records have, for the warning when no record is usable."""

    def __iter__(self) -> Iterator[Document | Skipped]:
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """xxh128 (hex) of the raw bytes of the unit as read."""
        raise NotImplementedError


def read(
    file: File,
    kind: str,
    codec: str,
    start: int,
    end: int,
    fields: Fields = Fields(),  # noqa: B008
    limits: Limits = Limits(),  # noqa: B008
    text_unit: Literal["file", "line"] = "file",
    opener: Callable[[str], BinaryIO] = open_file,
) -> Reading:
    """Read the records that start in ``[start, end)``."""
    raise NotImplementedError
