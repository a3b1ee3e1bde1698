"""A folder on this machine, or one that is mounted: memory maps, renames and fsync."""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from manifests.errors import Stop

_ASIDE = re.compile(r"^\..*\.[0-9a-f]{12}\.aside$")
_TOPS = ("work", "index", "data", "removed")
Answer = TypeVar("Answer")


class Disk:
    """Every write goes beside its place under a name of its own, is synced, then renamed."""

    hands = 1
    how: ClassVar[dict[str, Any]] = {}

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)
        self._run = secrets.token_hex(6)

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return Path(f"{self.root}/{name}")

    at_hand = source = path

    def patient(self, read: Callable[[], Answer]) -> Answer:
        """A disk answers or fails."""
        return read()

    def _draft(self, name: str) -> Path:
        folder, _, last = name.rpartition("/")
        return self.path(f"{folder}/.{last}.{self._run}.aside" if folder else f".{last}.{self._run}.aside")

    def draft(self, name: str) -> Path:
        """A path beside the place of ``name``."""
        draft = self._draft(name)
        draft.parent.mkdir(parents=True, exist_ok=True)
        return draft

    def publish(self, names: Iterable[str]) -> None:
        """Sync the drafts of these names, many at a time, then rename each into its place."""
        drafts = {self._draft(name): self.path(name) for name in names}
        if len(drafts) == 1:
            _sync(*drafts)
        else:
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(_sync, drafts))
        for draft, place in drafts.items():
            draft.replace(place)

    def drop(self, name: str) -> None:
        """Remove the draft."""
        self._draft(name).unlink(missing_ok=True)

    def put(self, name: str, data: bytes) -> None:
        """Write a small file, not synced: a marker lost with the power only means that its work is done again, and
        what it speaks of was synced before it is written.
        """
        draft = self.draft(name)
        with draft.open("wb", buffering=0) as stream:
            stream.write(data)
        draft.replace(self.path(name))

    def get(self, name: str) -> bytes | None:
        """All bytes of a file."""
        try:
            return self.path(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def size(self, name: str) -> int | None:
        """Bytes of a file."""
        try:
            return self.path(name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, name: str) -> None:
        """Take a file or folder away."""
        place = self.path(name)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    def files(self, folder: str) -> Iterator[str]:
        """All files below a folder."""
        return (f"{where}/{name}" for where, names in self._walk(folder) for name in names)

    def _walk(self, folder: str) -> Iterator[tuple[str, list[str]]]:
        """Each folder at and below ``folder``, the inmost first, with the files in it."""
        for where, _, names in os.walk(self.path(folder), topdown=False):
            yield where.removeprefix(f"{self.root}/"), names

    def sweep(self, folder: str, wanted: Callable[[str], bool]) -> int:
        """Remove files that are not wanted, then the folders left empty."""
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

    def clean(self) -> int:
        """Remove the drafts of all runs."""
        below = [name for top in _TOPS for name in self.files(top)]
        beside = [place.name for place in self.root.glob(".*")]
        drafts = [name for name in [*below, *beside] if _ASIDE.match(name.rpartition("/")[2])]
        for draft in drafts:
            self.path(draft).unlink(missing_ok=True)
        return len(drafts)

    def append(self, name: str, lines: str) -> None:
        """Add lines to a file."""
        place = self.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8") as stream:
            stream.write(lines)

    def flush(self) -> None:
        """All is there."""

    @contextlib.contextmanager
    def lock(self, name: str, say: Callable[[str], None]) -> Iterator[None]:
        """Hold the folder; the system frees it when the driver dies."""
        place = self.path(name)
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
