"""The only writer: files appear whole or not at all, and a marker beside them says what they were made from."""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manifests.errors import Stop

_ASIDE = re.compile(r"^\..*\.[0-9a-f]{12}\.aside$")
_TOPS = ("work", "index", "data", "removed")


class Store:
    """A build's folder. Every write goes beside its place under a name of its own, is synced, then renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._run = secrets.token_hex(6)

    def path(self, name: str) -> Path:
        """Where ``name`` lies; a name that leaves the folder is refused."""
        if ".." in name.split("/") or name.startswith("/"):
            raise Stop(
                f"{name!r} leads out of {self.root}.", "Source names and labels may not hold '..' or start with '/'."
            )
        return Path(f"{self.root}/{name}")

    def draft(self, name: str) -> Path:
        """A path beside the place of ``name`` to write to; it appears there with ``publish``."""
        draft = self._draft(name)
        draft.parent.mkdir(parents=True, exist_ok=True)
        return draft

    def _draft(self, name: str) -> Path:
        folder, _, last = name.rpartition("/")
        return self.path(f"{folder}/.{last}.{self._run}.aside" if folder else f".{last}.{self._run}.aside")

    def publish(self, names: Iterable[str]) -> None:
        """Sync the drafts of these names, many at a time, then rename each into its place."""
        drafts = {self._draft(name): self.path(name) for name in names}
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(_sync, drafts))
        for draft, place in drafts.items():
            draft.replace(place)

    @contextlib.contextmanager
    def aside(self, name: str) -> Iterator[Path]:
        """A path to write to; on leaving without an error it takes the place of ``name``."""
        draft = self.draft(name)
        try:
            yield draft
            _sync(draft)
            draft.replace(self.path(name))
        finally:
            draft.unlink(missing_ok=True)

    def write_json(self, name: str, value: Any, indent: int | None = None) -> None:
        """Write plain values as JSON; with an indent, so that people can read and diff it.

        Not synced: a marker lost with the power only means that its work is done again, and what it speaks of was
        synced before it is written.
        """
        told = msgspec.json.encode(value, order="sorted")
        if indent is not None:
            told = msgspec.json.format(told, indent=indent)
        draft = self.draft(name)
        with draft.open("wb", buffering=0) as stream:
            stream.write(told + b"\n")
        draft.replace(self.path(name))

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

    def read_table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """A whole Parquet file, or these columns of it, read by this thread alone."""
        with pq.ParquetFile(self.path(name)) as file:
            return file.read(columns, use_threads=False)

    def read_range(self, name: str, column: str, low: int, high: int, columns: list[str] | None = None) -> pa.Table:
        """Rows with low <= column <= high of a file that is sorted by ``column``; other row groups are not read.

        ``columns``, where only some are wanted, must name ``column`` too.
        """
        with pq.ParquetFile(self.path(name)) as file:
            place = file.schema_arrow.get_field_index(column)
            groups = []
            for group in range(file.num_row_groups):
                told = file.metadata.row_group(group).column(place).statistics
                if told is None or not told.has_min_max or (told.max >= low and told.min <= high):
                    groups.append(group)
            found = file.read_row_groups(groups, columns, use_threads=False)
        values = found[column].to_numpy()
        first = np.searchsorted(values, values.dtype.type(low))
        after = np.searchsorted(values, values.dtype.type(high), "right")
        return found.slice(first, after - first)

    def read_json(self, name: str) -> Any | None:
        """The values of a JSON file, or None where there is none (or only a piece of one)."""
        try:
            return msgspec.json.decode(self.path(name).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValueError, msgspec.DecodeError):
            return None

    def exists(self, name: str) -> bool:
        """True where the file is there."""
        return self.path(name).exists()

    def size(self, name: str) -> int | None:
        """Bytes of a file, or None where there is none."""
        try:
            return self.path(name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, name: str) -> None:
        """Take a file or folder away; nothing happens where there is none."""
        place = self.path(name)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    def files(self, folder: str) -> list[str]:
        """Names of all files below ``folder``, sorted."""
        return sorted(f"{where}/{name}" for where, names in self._walk(folder) for name in names)

    def _walk(self, folder: str) -> Iterator[tuple[str, list[str]]]:
        """Each folder at and below ``folder``, the inmost first, with the files in it."""
        for where, _, names in os.walk(self.path(folder), topdown=False):
            yield where.removeprefix(f"{self.root}/"), names

    def sweep(self, folder: str, wanted: Callable[[str], bool]) -> int:
        """Remove every file below ``folder`` that is not wanted, then the folders left empty; count the files."""
        gone = 0
        for where, names in self._walk(folder):
            unwanted = [name for name in names if not wanted(f"{where}/{name}")]
            for name in unwanted:
                self.path(f"{where}/{name}").unlink()
            gone += len(unwanted)
            if len(unwanted) == len(names) and where != folder:
                with contextlib.suppress(OSError):  # it holds a folder that stays
                    self.path(where).rmdir()
        return gone

    def sweep_drafts(self) -> int:
        """Remove what a killed run was writing."""
        below = [f"{where}/{name}" for top in _TOPS for where, names in self._walk(top) for name in names]
        beside = [place.name for place in self.root.glob(".*")]
        drafts = [name for name in [*below, *beside] if _ASIDE.match(name.rpartition("/")[2])]
        for draft in drafts:
            self.path(draft).unlink(missing_ok=True)
        return len(drafts)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one driver; a second one is refused. The system frees it when the driver dies."""
        place = self.path("work/lock")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            opened = place.open("a+")
        except OSError as error:
            raise Stop(
                f"Nothing can be written to {self.root}: {error.strerror}.",
                "Choose another --out, or grant permission.",
            ) from None
        with opened as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Stop(
                    f"Another build is writing to {self.root}.", "Wait for it, or choose another --out.", 1
                ) from None
            yield


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
