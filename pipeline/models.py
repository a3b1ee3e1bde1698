"""Finds, fetches and checks the files of language models. Nothing is fetched unless ``get`` is called."""

import hashlib
import http.client
import importlib.metadata
import importlib.resources
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from manifests.errors import Stop
from manifests.models import KnownModel, model, models

CHUNK = 1 << 20
TIMEOUT = 60.0
"""Seconds without a byte after which a download is given up."""

MOST = 20 << 30
"""Bytes of the largest model that is fetched."""


@dataclass(frozen=True)
class Found:
    """What ``corpus models list`` says of a model: ``path`` is None where the file is not here."""

    model: KnownModel
    path: Path | None


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where fetched models lie: CORPUS_MODELS, else ``corpus/models`` in the user's data folder."""
    if chosen := environ.get("CORPUS_MODELS"):
        return Path(chosen).expanduser()
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path("~/.local/share").expanduser()) / "corpus" / "models"


def locate(name_or_path: str) -> Path:
    """The file of a known model, or of the model at a path. Raises Stop with the command that brings it."""
    if name_or_path in models():
        known = model(name_or_path)
        if path := _place(known):
            return path
        raise Stop(f"The language model {known.name} is not here", known.mend)
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    if os.sep in name_or_path or path.suffix in (".bin", ".ftz"):
        raise Stop(f"No language model at {path}", "Give the path of a fastText model, or a name: corpus models list")
    model(name_or_path)
    return path


def listing() -> list[Found]:
    """Every known model, and where its file is."""
    return [Found(known, _place(known)) for known in models().values()]


def digest(path: Path) -> str:
    """sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(name: str) -> Path:
    """The file of a known model, once its bytes are seen to be the right ones. Raises Stop where they are not."""
    known, path = model(name), locate(name)
    expected = known.sha256 or _recorded(path)
    if expected and (found := digest(path)) != expected:
        raise _changed(known, path, found, expected)
    return path


def get(name: str, progress: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """Fetch a known model where it is not here yet, and return its path.

    The first fetch of a model whose digest is not known records it beside the file; a later one must match.
    ``progress`` is told bytes done and bytes in all (0: not said). Raises Stop where there is no network, or the bytes
    are not the right ones.
    """
    known = model(name)
    if not known.fetched:
        return verify(name)
    place = folder() / known.name / known.file
    if place.is_file():
        return verify(name)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(
            f"Models cannot be kept in {place.parent}: {error.strerror}", "Set CORPUS_MODELS to a folder of your own"
        ) from error
    beside = place.with_name(f".{place.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        found = _fetch(known.place, beside, progress)
        expected = known.sha256 or _recorded(place)
        if expected and found != expected:
            raise _changed(known, place, found, expected)
        if not expected:
            _record(place, found)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
    return place


def _place(known: KnownModel) -> Path | None:
    """Where the file of a model is, or None."""
    kind, _, rest = known.place.partition(":")
    if kind == "package":
        package, _, inside = rest.partition("/")
        path = Path(str(importlib.resources.files(package))) / inside
    elif kind == "wheel":
        distribution, _, name = rest.partition(":")
        try:
            listed = importlib.metadata.files(distribution) or []
        except importlib.metadata.PackageNotFoundError:
            return None
        path = next((Path(str(file.locate())) for file in listed if file.name == name), Path())
    else:
        path = folder() / known.name / known.file
    return path if path.is_file() else None


def _fetch(url: str, place: Path, progress: Callable[[int, int], None]) -> str:
    """Write what ``url`` holds to ``place``; its sha256."""
    seen = hashlib.sha256()
    with _reached(url), urllib.request.urlopen(url, timeout=TIMEOUT) as answer, place.open("wb") as file:  # noqa: S310
        total = int(answer.headers.get("Content-Length") or 0)
        done = 0
        for chunk in _chunks(answer):
            done += len(chunk)
            if done > MOST:
                raise Stop(f"{url} is larger than {MOST:,} bytes", "Fetch it by hand and give its path")
            seen.update(chunk)
            file.write(chunk)
            progress(done, total)
        if total and done != total:
            raise Stop(f"{url} broke off after {done:,} of {total:,} bytes", "Try again")
        file.flush()
        os.fsync(file.fileno())
    return seen.hexdigest()


def _chunks(answer: IO[bytes]) -> Iterator[bytes]:
    while chunk := answer.read(CHUNK):
        yield chunk


@contextmanager
def _reached(url: str) -> Iterator[None]:
    mend = "Try again with a network, or fetch the file elsewhere and give its path: --lid PATH"
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise Stop(f"{url} answers {error.code} {error.reason}", mend) from error
    except urllib.error.URLError as error:
        raise Stop(f"{url} cannot be reached: {error.reason}", mend) from error
    except http.client.HTTPException as error:
        raise Stop(f"{url} broke off: {error!r}", mend) from error
    except OSError as error:
        raise Stop(f"{url} could not be fetched: {error.strerror or error}", mend) from error


def _digest_file(place: Path) -> Path:
    return place.with_name(f"{place.name}.sha256")


def _recorded(place: Path) -> str:
    """The digest that the first fetch left beside the file, or nothing."""
    try:
        return _digest_file(place).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _record(place: Path, found: str) -> None:
    beside = _digest_file(place).with_suffix(f".{os.getpid()}")
    beside.write_text(f"{found}\n", encoding="ascii")
    beside.replace(_digest_file(place))


def _changed(known: KnownModel, place: Path, found: str, expected: str) -> Stop:
    return Stop(
        f"The model {known.name} is not the one that is known: sha256 {found}, expected {expected}",
        f"Delete {place}, and {_digest_file(place).name} beside it if you mean to take the new one"
        if known.fetched
        else known.mend,
    )
