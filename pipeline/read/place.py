"""Where input lies: the files of a source on disk or behind a URL, and opening one of them."""

import glob
import io
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from manifests.errors import Retry, Stop
from pipeline.storage import address

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_GLOB = re.compile(r"[*?\[]")

EXTRAS: Mapping[str, str] = {
    "hf": "hub",
    "http": "http",
    "https": "http",
}
"""Extra of this package that brings what a URL scheme needs; for others fsspec's own sentence is passed on."""

_HUB, _CARD = "hf://", "README.md"
"""The scheme of the hub, and the page about a dataset, which is none of its documents."""
_HUB_MEND = "Check name and revision; what is private or gated needs HF_TOKEN in the environment."

_VERSIONS = ("ETag", "etag", "blob_id", "md5", "md5Hash", "mtime", "LastModified", "last_modified", "created")
"""What stores call that which changes with the content, best first."""


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
    """Files of a file, folder, glob or URL, sorted by relative path; hidden ones below a folder are left out.

    The root of a glob is its longest folder without a wildcard. Links are followed, each folder once, so that loops
    end. Raises Stop where nothing is found, a store does not answer, or what reads the URL is not installed.
    """
    if source.startswith("file://"):
        source = source.removeprefix("file://")
    if _spoken(source):
        found = _listed(source)
    else:
        found = _remote(source, storage_options or {}) if _SCHEME.match(source) else _local(source)
    if not found:
        hub = source.lower().startswith(_HUB)
        raise Stop(
            f"No files at {source}.", _HUB_MEND if hub else "Check the path; hidden files below a folder are not read."
        )
    return sorted(found, key=lambda file: file.relative)


def open_file(path: str, storage_options: Mapping[str, Any] | None = None) -> BinaryIO:
    """A seekable binary stream of the file. Faults of a store raise Retry, those of a disk OSError."""
    if not _SCHEME.match(path):
        return cast(BinaryIO, Path(path).open("rb", buffering=0))
    if _spoken(path):
        from pipeline.storage.sources import opened_file

        return cast(BinaryIO, _Remote(path, lambda: opened_file(path)))
    system, inner = _system(path, storage_options or {})
    return cast(BinaryIO, _Remote(path, lambda: system.open(inner, "rb")))


def _spoken(source: str) -> bool:
    """True of what lies where builds may lie too."""
    if not _SCHEME.match(source):
        return False
    from pipeline.storage.sources import SPOKEN

    return address.scheme(source) in SPOKEN


class _Remote(io.RawIOBase):
    """A file of a store, whose faults, of whatever type the store's client has them, become Retry.

    So a connection that breaks is never taken for a file that is damaged.
    """

    def __init__(self, path: str, opened: Callable[[], Any]) -> None:
        super().__init__()
        self._path = path
        self._handle = self._tried(opened)

    def _tried(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            return call(*args)
        except Exception as error:
            raise Retry(f"{self._path}: {type(error).__name__}: {error}") from error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._tried(self._handle.read, size)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        position: int = self._tried(self._handle.seek, offset, whence)
        return position

    def tell(self) -> int:
        position: int = self._handle.tell()
        return position

    def close(self) -> None:
        if not self.closed:
            self._handle.close()
        super().close()


def _local(source: str) -> list[File]:
    top = Path(source).expanduser()
    if not top.exists() and _GLOB.search(source):
        parts = top.absolute().parts
        fixed = next((number for number, part in enumerate(parts) if _GLOB.search(part)), len(parts))
        root = Path(*parts[:fixed])
        seen: set[tuple[int, int]] = set()
        # glob, for pathlib's ** treats links and hidden files differently from one Python to the next
        matches = glob.glob(str(top.absolute()), recursive=True)  # noqa: PTH207
        # A ** that goes round a loop of links meets the same file again and again: the shortest path names it.
        real: dict[str, Path] = {}
        for match in sorted(map(Path, matches), key=lambda path: (len(path.parts), path)):
            for path in _walk(match, seen) if match.is_dir() else [match]:
                real.setdefault(os.path.realpath(path), path)
        return [file for path in real.values() if (file := _regular(path, root))]
    if top.is_dir():
        root = top.absolute()
        return [file for path in _walk(root, set()) if (file := _regular(path, root))]
    if not top.exists():
        return []
    only = _regular(top.absolute(), top.absolute().parent)
    if only is None:
        raise Stop(f"{source} is neither a file nor a folder.", "Name a regular file: pipes and devices end but once.")
    return [only]


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Files below a folder in a fixed order. Each real folder is entered once, so that links may point anywhere."""
    about = folder.stat()
    if (about.st_dev, about.st_ino) in seen:
        return
    seen.add((about.st_dev, about.st_ino))
    try:
        paths = sorted(folder.iterdir())
    except PermissionError:
        raise Stop(f"{folder} may not be read.", "Grant read permission, or leave the folder out.") from None
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, seen)
        else:
            yield path


def _regular(path: Path, root: Path) -> File | None:
    """The file, or None for a broken link, pipe, socket or device."""
    try:
        about = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(about.st_mode):
        return None
    return File(str(path), path.relative_to(root).as_posix(), about.st_size, str(about.st_mtime_ns))


def _listed(source: str) -> list[File]:
    from pipeline.storage.sources import listed

    try:
        top, pattern = source.rstrip("/"), None
        found = listed(top)
        if not found and _GLOB.search(source):
            from fsspec.utils import glob_translate

            pattern = re.compile(glob_translate(source))
            top = source[: _GLOB.search(source).start()].rpartition("/")[0]  # type: ignore[union-attr]
            found = [one for one in listed(top) if pattern.fullmatch(one.url)]
    except (Stop, Retry):
        raise
    except Exception as error:  # whatever type the store's client has for it: nothing was read yet, so nothing is lost
        said = f"{source} cannot be listed: {error}"
        raise Stop(said, "Check the address, the network and the credentials, then run it again.") from error
    if [one.url for one in found] == [top]:
        top = top.rpartition("/")[0]
    files = []
    for one in found:
        relative = one.url.removeprefix(f"{top}/")
        if not set(relative.split("/")).isdisjoint({"..", ".", ""}):
            raise Stop(f"{one.url} points out of its own source.", "Rename the object: its name holds '..' or '//'.")
        if not _hidden(relative):
            files.append(File(one.url, relative, one.size, one.version))
    return files


def _system(url: str, storage_options: Mapping[str, Any]) -> tuple[Any, str]:
    import fsspec  # 50 ms, for URLs alone

    scheme = url.partition("://")[0].lower()
    try:
        system, inner = fsspec.core.url_to_fs(url, **storage_options)
    except ImportError as error:
        extra = EXTRAS.get(scheme)
        mend = f"pip install 'corpus-build[{extra}]'" if extra else str(error)
        raise Stop(f"{scheme}:// needs a package that is not installed.", mend) from None
    except ValueError as error:
        raise Stop(f"{url} cannot be read: {error}", "Use a path, s3://, hf:// or https://.") from None
    except Exception as error:  # whatever type the store's client has for it
        raise Retry(f"{url}: {type(error).__name__}: {error}") from error
    return system, inner


def _remote(source: str, storage_options: Mapping[str, Any]) -> list[File]:
    try:
        system, inner = _system(source, storage_options)
        if source.lower().startswith(_HUB):
            inner = _pinned(system, inner)
        root, entries = _entries(system, inner)
        if source.lower().startswith(_HUB):
            entries.pop(f"{root}/{_CARD}", None)
    except Stop:
        raise
    except FileNotFoundError:  # of the hub also what may not be seen
        return []
    except Exception as error:  # whatever type the store's client has for it: nothing was read yet, so nothing is lost
        found = f"{source} cannot be listed: {error}"
        hub = source.lower().startswith(_HUB)
        mend = _HUB_MEND if hub else "Check the address, the network and the credentials, then run it again."
        raise Stop(found, mend) from error
    return [_of_entry(system, root, path, about) for path, about in entries.items()]


def _pinned(system: Any, inner: str) -> str:
    """A path of the hub at the commit that its revision is now, so that all of a build reads the same."""
    from huggingface_hub import HfApi

    told = system.resolve_path(inner)
    if not hasattr(told, "repo_id"):
        return inner  # a bucket has no revisions
    about = HfApi(endpoint=system.endpoint, token=system.token).repo_info(
        told.repo_id, repo_type=told.repo_type, revision=told.revision
    )
    return f"{told.repo_type}s/{told.repo_id}@{about.sha}/{told.path_in_repo}".rstrip("/")


def _entries(system: Any, inner: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Root and files below it, with what the store says of each."""
    web = "http" in system.protocol or "https" in system.protocol  # a ? begins a query there
    if _GLOB.search(inner) and not web and not system.exists(inner):
        parts = inner.split("/")
        fixed = next(number for number, part in enumerate(parts) if _GLOB.search(part))
        found = system.glob(inner, detail=True)
        root = "/".join(parts[:fixed])
        return root, {
            path: about
            for path, about in found.items()
            if about["type"] == "file" and not _hidden(path.removeprefix(root))
        }
    about = system.info(inner)
    if about["type"] != "directory":
        return inner.rpartition("/")[0], {inner: about}
    below = system.find(inner, detail=True)
    root = inner.rstrip("/")
    return root, {path: about for path, about in below.items() if not _hidden(path[len(root) :])}


def _hidden(relative: str) -> bool:
    return any(part.startswith(".") and part != ".." for part in relative.split("/"))


def _of_entry(system: Any, root: str, path: str, about: Mapping[str, Any]) -> File:
    url = system.unstrip_protocol(path)
    relative = path.removeprefix(root).lstrip("/").partition("?")[0] or path.rpartition("/")[2]
    if ".." in relative.split("/"):
        raise Stop(f"{url} points out of its own source.", "Rename the object: its name holds '..'.")
    size = about.get("size")
    if size is None:
        raise Stop(f"{url} does not tell its size.", "Download it first: units are cut by offset.")
    version = next((str(about[name]) for name in _VERSIONS if about.get(name)), str(size))
    return File(url, relative, int(size), version)
