"""What pyarrow or fsspec can write to: GCS, Azure, HDFS, and any other of fsspec.

A file is sent under another name, below work/aside, looked at, and moved to its place: some of these stores show a file
while it is being written.
"""

import contextlib
import hashlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from manifests.errors import Stop
from pipeline.storage import address, again, lease, scratch
from pipeline.storage.grown import Grown
from pipeline.storage.lease import Lease, Seen

NATIVE = {"gs", "gcs", "abfs", "abfss", "hdfs", "viewfs"}
"""Schemes that pyarrow speaks itself."""
ASIDE = "work/aside"
SENT = 8
SETTLE = 5.0
"""Seconds until a lock that was written is looked at: others who wrote it meanwhile show."""
PIECE = 8 << 20
Answer = TypeVar("Answer")


class Foreign:
    """A build in a store of which only the common things are known."""

    hands = 16
    how: ClassVar[dict[str, Any]] = {"pre_buffer": True}

    def __init__(self, url: str) -> None:
        self.name = url
        self._system, top = opened(url)
        self._top = top.rstrip("/")
        self._run = secrets.token_hex(6)
        self._grown = Grown(self.get, self.put)

    def _at(self, name: str) -> str:
        return f"{self._top}/{name}" if name else self._top

    def path(self, name: str) -> Path:
        """Nothing lies here."""
        raise Stop(
            f"This needs a build in a folder of this machine, and {self.name} is none.",
            "Copy it to a folder first (without work/), then ask for that.",
        )

    def at_hand(self, name: str) -> Path:
        """A copy on this machine."""
        about = self._about(name)
        if about is None:
            raise FileNotFoundError(f"{self.name}/{name}")

        def fetch(draft: Path) -> None:
            draft.write_bytes(self.get(name) or b"")

        return scratch.copy(f"{self.name}/{name} {about.size} {about.mtime_ns}", fetch)

    def source(self, name: str) -> Any:
        """An open file, which is read by ranges."""
        return self._system.open_input_file(self._at(name))

    def patient(self, read: Callable[[], Answer]) -> Answer:
        """Read, and again after a pause."""
        return patient(read)

    def draft(self, name: str) -> Path:
        """A file in the scratch of this machine."""
        draft = scratch.folder() / hashlib.sha256(self.name.encode()).hexdigest()[:12] / name
        draft.parent.mkdir(parents=True, exist_ok=True)
        return draft

    def drop(self, name: str) -> None:
        """Remove the draft here."""
        self.draft(name).unlink(missing_ok=True)

    def publish(self, names: Iterable[str]) -> None:
        """Send the drafts of these names, some at a time."""
        with ThreadPoolExecutor(SENT) as pool:
            list(pool.map(self._send, names))

    def _send(self, name: str) -> None:
        draft = self.draft(name)
        with draft.open("rb") as stream:
            self._write(name, lambda sink: shutil.copyfileobj(stream, sink, PIECE), draft.stat().st_size, stream.seek)
        draft.unlink()

    def put(self, name: str, data: bytes) -> None:
        """Write a small file."""
        self._write(name, lambda sink: sink.write(data), len(data))

    def _write(
        self, name: str, fill: Callable[[Any], Any], size: int, back: Callable[[int], Any] = lambda at: None
    ) -> None:
        aside = f"{ASIDE}/{self._run}-{secrets.token_hex(6)}"

        def ask() -> None:
            back(0)
            self._folder(self._at(aside))
            with self._system.open_output_stream(self._at(aside)) as sink:
                fill(sink)
            about = self._about(aside)
            if about is None or about.size != size:
                raise OSError(f"{self.name}/{name} did not arrive whole")
            self._folder(self._at(name))
            self._move(self._at(aside), self._at(name))

        patient(ask)

    def _folder(self, path: str) -> None:
        """Make the folder of a file, in stores that have folders."""
        if self._system.type_name in {"gcs", "abfs"}:
            return
        self._system.create_dir(path.rpartition("/")[0], recursive=True)

    def _move(self, path: str, place: str) -> None:
        if self._system.type_name == "hdfs":  # it moves nothing over what is there
            with contextlib.suppress(FileNotFoundError):
                self._system.delete_file(place)
        try:
            self._system.move(path, place)
        except NotImplementedError:  # a store without folders: it copies, as a whole
            self._system.copy_file(path, place)
            self._system.delete_file(path)

    def get(self, name: str) -> bytes | None:
        """All bytes of a file."""

        def ask() -> bytes | None:
            try:
                with self._system.open_input_file(self._at(name)) as stream:
                    data: bytes = stream.read()
            except FileNotFoundError:
                return None
            return data

        return patient(ask)

    def _about(self, name: str) -> Any:
        from pyarrow import fs

        found = patient(lambda: self._system.get_file_info(self._at(name)))
        return None if found.type == fs.FileType.NotFound else found

    def size(self, name: str) -> int | None:
        """Bytes of a file."""
        found = self._about(name)
        return None if found is None else int(found.size or 0)

    def remove(self, name: str) -> None:
        """Take a file away, or all below what has no ending."""
        if Path(name).suffix:
            with contextlib.suppress(FileNotFoundError):
                patient(lambda: self._system.delete_file(self._at(name)))
        else:
            with contextlib.suppress(FileNotFoundError):
                patient(lambda: self._system.delete_dir(self._at(name)))

    def files(self, folder: str) -> Iterator[str]:
        """Names below a folder."""
        from pyarrow import fs

        asked = fs.FileSelector(self._at(folder), allow_not_found=True, recursive=True)
        for one in patient(lambda: self._system.get_file_info(asked)):
            if one.type == fs.FileType.File:
                yield one.path.removeprefix(f"{self._top}/")

    def sweep(self, folder: str, wanted: Callable[[str], bool]) -> int:
        """Remove files that are not wanted."""
        unwanted = [name for name in self.files(folder) if not wanted(name)]
        with ThreadPoolExecutor(self.hands) as pool:
            list(pool.map(lambda name: patient(lambda: self._system.delete_file(self._at(name))), unwanted))
        return len(unwanted)

    def clean(self) -> int:
        """Remove what killed runs were sending."""
        return self.sweep(ASIDE, lambda name: False)

    def append(self, name: str, lines: str) -> None:
        """Add lines, which are sent together."""
        self._grown.add(name, lines)

    def flush(self) -> None:
        """Send the lines."""
        self._grown.flush()

    @contextlib.contextmanager
    def lock(self, name: str, say: Callable[[str], None]) -> Iterator[Lease]:
        """Hold the place by a file that is written anew every few seconds."""
        with lease.held(_Cell(self, name), self.name, say, self._grown.flush_now_and_then) as found:
            yield found


class _Cell:
    """A file that is looked at after it was written: of several who wrote, the last one has it."""

    def __init__(self, storage: Foreign, name: str) -> None:
        self._storage, self._name = storage, name

    def see(self) -> Seen | None:
        data = self._storage.get(self._name)
        return None if data is None else Seen(data, hashlib.sha256(data).hexdigest(), None)

    def swap(self, data: bytes, before: str | None) -> str | None:
        seen = self.see()
        if (seen and seen.mark) != before:
            return None
        self._storage.put(self._name, data)
        mine = hashlib.sha256(data).hexdigest()
        if before is None or b'"beat": 0' in data:  # it was not ours before
            time.sleep(SETTLE)
        seen = self.see()
        return mine if seen is not None and seen.mark == mine else None


def opened(url: str) -> tuple[Any, str]:
    """The filesystem of a URL, as pyarrow has them, and the path in it; credentials come from the environment."""
    from pyarrow import fs

    scheme = address.scheme(url)
    try:
        if scheme in NATIVE:
            system, path = fs.FileSystem.from_uri(url)
            return system, str(path)
        import fsspec

        inner, path = fsspec.core.url_to_fs(url)
        return fs.PyFileSystem(fs.FSSpecHandler(inner)), str(path)
    except ImportError as error:
        raise Stop(f"{scheme}:// needs a package that is not installed.", str(error)) from None
    except Exception as error:  # whatever type the store's client has for it
        raise Stop(f"{url} cannot be opened: {error}", "Check the address, the network and the credentials.") from None


def patient(ask: Callable[[], Answer]) -> Answer:
    """Ask, and again after a pause where the store did not answer; what is not there is told at once."""

    def once() -> Answer:
        try:
            return ask()
        except (FileNotFoundError, NotImplementedError, Stop):
            raise
        except Exception as error:  # whatever type the store's client has for it
            raise again.Busy(f"{type(error).__name__}: {error}"[:500]) from error

    return again.until(once, tries=5)
