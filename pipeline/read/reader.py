"""Reading one unit: a range of a file becomes documents and skipped records, in file order."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from pipeline.read.kinds import KINDS, Asked
from pipeline.read.place import File, open_file
from pipeline.read.record import Document, Documents, Fields, Limits, Skipped, TextUnit


class Reading:
    """The records of one unit, once; ``digest`` and ``fields_seen`` speak of what was read so far."""

    def __init__(self, asked: Asked, kind: str, opener: Callable[[str], BinaryIO]) -> None:
        self._asked = asked
        self._kind = kind
        self._opener = opener
        self._seen: dict[str, None] = {}
        self._digest: Callable[[], str] = str

    def __iter__(self) -> Iterator[Document | Skipped]:
        for records in self.together():
            if isinstance(records, Documents):
                yield from records.singly()
            else:
                yield records

    def together(self) -> Iterator[Document | Documents | Skipped]:
        """The same, where the reader has them with many documents at a time, and no Python string for their texts."""
        with self._opener(self._asked.file.path) as handle:
            records, self._digest = KINDS[self._kind].read(handle, self._asked, self._seen)
            try:
                yield from records
            finally:
                found = self._digest()
                self._digest = lambda: found  # what was read is not held on to

    @property
    def digest(self) -> str:
        """xxh3, 128 bits (hex), of the raw bytes of the unit as far as it was read."""
        return self._digest()

    @property
    def fields_seen(self) -> tuple[str, ...]:
        """Names of the fields that JSON or Parquet records without a usable text have."""
        return tuple(self._seen)


def read(
    file: File,
    kind: str,
    codec: str,
    start: int,
    end: int,
    fields: Fields = Fields(),  # noqa: B008
    limits: Limits = Limits(),  # noqa: B008
    text_unit: TextUnit = "file",
    namespaces: frozenset[int] = frozenset({0}),
    segments: int = 1,
    opener: Callable[[str], BinaryIO] = open_file,
) -> Reading:
    """The records of the unit ``[start, end)``, a range made by ``cut``: each record of a file is in one unit.

    A file that ends early, or is damaged, gives what can be read and a ``Skipped`` for each damaged place. Storage
    that fails raises OSError or Retry.
    """
    return Reading(Asked(file, codec, start, end, fields, limits, text_unit, namespaces, segments), kind, opener)
