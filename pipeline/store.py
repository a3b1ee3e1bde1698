"""The only writer: files appear whole or not at all, and a marker beside them says what they were made from."""

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from manifests.errors import Stop
from pipeline.storage.address import is_url
from pipeline.storage.lease import Lease
from pipeline.storage.storage import storage_of

PIECE = 4 << 20
_Asked = TypeVar("_Asked")


class Store:
    """A build: its tables, plain values and lines, by name. Where they lie is for ``pipeline.storage`` to know."""

    def __init__(self, root: Path | str) -> None:
        self._storage = storage_of(root)
        self._lease: Lease | None = None
        self.name = self._storage.name
        """Where it lies, as users know it: a path or a URL."""

    @property
    def root(self) -> Path:
        """The folder, where it is one on this machine; Stop elsewhere."""
        return self._storage.path("")

    @property
    def title(self) -> str:
        """The last part of where it lies."""
        return self.name.rpartition("/")[2] if is_url(self.name) else self.root.resolve().name

    def _named(self, name: str) -> str:
        if ".." in name.split("/") or name.startswith("/"):
            raise Stop(
                f"{name!r} leads out of {self.name}.", "Source names and labels may not hold '..' or start with '/'."
            )
        return name

    def _mine(self, name: str) -> str:
        """A name that is about to be written, by a driver that still holds the lock if it ever did."""
        if self._lease is not None:
            self._lease.check()
        return self._named(name)

    def at(self, name: str) -> str:
        """Where a file lies, for people."""
        return f"{self.name}/{self._named(name)}"

    def path(self, name: str) -> Path:
        """Where ``name`` lies on this machine; a name that leaves the folder is refused, and so is one elsewhere."""
        return self._storage.path(self._named(name))

    def at_hand(self, name: str) -> Path:
        """A file on this machine that holds what ``name`` does, to be read or mapped, and never written to."""
        return self._storage.at_hand(self._named(name))

    def draft(self, name: str) -> Path:
        """A path on this machine to write to; it appears as ``name`` with ``publish``."""
        return self._storage.draft(self._mine(name))

    def publish(self, names: Iterable[str]) -> None:
        """Let the drafts of these names appear, each whole and so that no loss of power takes it away."""
        self._storage.publish([self._mine(name) for name in names])

    @contextlib.contextmanager
    def aside(self, name: str) -> Iterator[Path]:
        """A path to write to; on leaving without an error it takes the place of ``name``."""
        draft = self.draft(name)
        try:
            yield draft
            self._storage.publish([name])
        finally:
            self._storage.drop(name)

    def write_json(self, name: str, value: Any, indent: int | None = None) -> None:
        """Write plain values as JSON; with an indent, so that people can read and diff it."""
        told = msgspec.json.encode(value, order="sorted")
        if indent is not None:
            told = msgspec.json.format(told, indent=indent)
        self._storage.put(self._mine(name), told + b"\n")

    def write_table(self, name: str, table: pa.Table, row_group_rows: int | None = None, level: int = 3) -> None:
        """Write a table as Parquet with zstd; the same table gives the same bytes."""
        with self.aside(name) as draft:
            pq.write_table(
                table.combine_chunks(),
                draft,
                compression="zstd",
                compression_level=level,
                row_group_size=row_group_rows or max(1, table.num_rows),
                use_dictionary=[field.name for field in table.schema if pa.types.is_dictionary(field.type)],
                write_statistics=True,
                store_schema=True,
            )

    @contextlib.contextmanager
    def writer(self, name: str, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
        """What takes the row groups of a Parquet file one by one; on leaving without an error the file is there.

        With lz4, for what is written once and read once or twice and is no output.
        """
        with (
            self.aside(name) as draft,
            pq.ParquetWriter(draft, schema, compression="lz4", use_dictionary=False, store_schema=True) as writer,
        ):
            yield writer

    def parquet(self, name: str, **how: Any) -> pq.ParquetFile:
        """An open Parquet file, of which only what is asked for is read; ``how`` as for ``pq.ParquetFile``."""
        source = self._named(name)
        return self._storage.patient(lambda: pq.ParquetFile(self._storage.source(source), **self._storage.how | how))

    def read_table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """A whole Parquet file, or these columns of it, read by this thread alone."""

        def read() -> pa.Table:
            with self.parquet(name) as file:
                return file.read(columns, use_threads=False)

        return self._storage.patient(read)

    def sha256(self, name: str) -> str:
        """Of the bytes of a file, which are read to their end."""
        source = self._named(name)

        def read() -> str:
            opened, hashing = self._storage.source(source), hashlib.sha256()
            with opened.open("rb") if isinstance(opened, Path) else opened as stream:
                while piece := stream.read(PIECE):
                    hashing.update(piece)
            return hashing.hexdigest()

        return self._storage.patient(read)

    def read_where(self, name: str, filters: list[tuple[str, str, Any]], columns: list[str] | None = None) -> pa.Table:
        """The rows of a Parquet file that these filters leave, as ``pq.read_table`` takes them."""
        source = self._named(name)
        return self._storage.patient(
            lambda: pq.read_table(
                self._storage.source(source), columns=columns, filters=filters, partitioning=None, use_threads=False
            )
        )

    def read_range(self, name: str, column: str, low: int, high: int, columns: list[str] | None = None) -> pa.Table:
        """Rows with low <= column <= high of a file that is sorted by ``column``; other row groups are not read.

        ``columns``, where only some are wanted, must name ``column`` too.
        """

        def read() -> pa.Table:
            with self.parquet(name) as file:
                place = file.schema_arrow.get_field_index(column)
                groups = []
                for group in range(file.num_row_groups):
                    told = file.metadata.row_group(group).column(place).statistics
                    if told is None or not told.has_min_max or (told.max >= low and told.min <= high):
                        groups.append(group)
                return file.read_row_groups(groups, columns, use_threads=False)

        found = self._storage.patient(read)
        values = found[column].to_numpy()
        first = np.searchsorted(values, values.dtype.type(low))
        after = np.searchsorted(values, values.dtype.type(high), "right")
        return found.slice(first, after - first)

    def groups(self, name: str, column: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Of each row group of a file: the least and greatest value of ``column``, and its bytes unpacked."""

        def read() -> list[tuple[Any, Any, int]]:
            with self.parquet(name) as file:
                place = file.schema_arrow.get_field_index(column)
                found = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
                told = [(one.column(place).statistics, one.total_byte_size) for one in found if one.num_rows]
                return [(of.min, of.max, size) for of, size in told]

        told = np.array(self._storage.patient(read), np.int64).reshape(-1, 3)
        return told[:, 0], told[:, 1], told[:, 2]

    def read_bytes(self, name: str) -> bytes | None:
        """All bytes of a file, or None where there is none."""
        return self._storage.get(self._named(name))

    def read_json(self, name: str) -> Any | None:
        """The values of a JSON file, or None where there is none (or only a piece of one)."""
        try:
            found = self.read_bytes(name)
            return None if found is None else msgspec.json.decode(found)
        except (ValueError, msgspec.DecodeError):
            return None

    def read_jsons(self, names: Collection[str]) -> Mapping[str, Any | None]:
        """The values of many JSON files, asked for at the same time where each has to be waited for."""
        return dict(zip(names, self._each(self.read_json, names), strict=True))

    def exists(self, name: str) -> bool:
        """True where the file is there."""
        return self.size(name) is not None

    def there(self, names: Iterable[str]) -> set[str]:
        """Which of these files are there, asked for at the same time where each has to be waited for."""
        asked = list(dict.fromkeys(names))
        return {name for name, found in zip(asked, self._each(self.exists, asked), strict=True) if found}

    def size(self, name: str) -> int | None:
        """Bytes of a file, or None where there is none."""
        return self._storage.size(self._named(name))

    def sizes(self, names: Iterable[str]) -> dict[str, int | None]:
        """Bytes of many files, as ``size`` tells of each."""
        asked = list(dict.fromkeys(names))
        return dict(zip(asked, self._each(self.size, asked), strict=True))

    def _each(self, ask: Callable[[str], _Asked], names: Collection[str]) -> list[_Asked]:
        if self._storage.hands == 1 or len(names) < 2:
            return list(map(ask, names))
        with ThreadPoolExecutor(min(self._storage.hands, len(names))) as pool:
            return list(pool.map(ask, names))

    def remove(self, name: str) -> None:
        """Take a file or folder away; nothing happens where there is none. A name without an ending is a folder."""
        self._storage.remove(self._mine(name))

    def files(self, folder: str) -> list[str]:
        """Names of all files below ``folder``, sorted."""
        return sorted(map(self._named, self._storage.files(folder)))

    def sweep(self, folder: str, wanted: Callable[[str], bool]) -> int:
        """Remove every file below ``folder`` that is not wanted, then the folders left empty; count the files."""
        return self._storage.sweep(self._mine(folder), wanted)

    def sweep_drafts(self) -> int:
        """Remove what a killed run was writing."""
        return self._storage.clean()

    def append(self, name: str, line: str) -> None:
        """Add a line to a file that only grows. Where files cannot grow, lines appear some seconds later."""
        self._storage.append(self._mine(name), line + "\n")

    def read_lines(self, name: str) -> list[str]:
        """The lines of a file that only grows; none where there is no such file."""
        self._storage.flush()
        return (self.read_bytes(name) or b"").decode(errors="replace").splitlines()

    @contextlib.contextmanager
    def lock(self, say: Callable[[str], None] = lambda said: None) -> Iterator[None]:
        """Hold the place for one driver; a second one is refused, and one that died does not hold it for long.

        ``say`` hears of it where that has to be waited for.
        """
        with self._storage.lock("work/lock", say) as self._lease:
            try:
                yield
            finally:
                self._storage.flush()
                self._lease = None
