"""A large model's table as whole numbers of two bytes, kept in the user's cache folder and mapped by every process.

Prediction with a large table waits for memory, so half the bytes are nearly half the time, and pages of 2 MB, of which
the processor finds more by heart, are less again. The copy is made at a model's first use, written aside and renamed;
where none can be kept, each process turns the table for itself, and answers are the same.
"""

import contextlib
import dataclasses
import fcntl
import logging
import mmap
import shutil
import struct
import sys
import tempfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xxhash

from langid.kernel import cache_folder
from langid.model import LINE, Model, lined

LARGE = 64 << 20
"""Bytes of a table that is worth a copy; smaller ones lie in the processor's caches anyway."""
STEPS = 32767
"""The largest value is as many steps: a step is far less than what a sum of several values is sure of."""

_MAGIC = b"corpus narrow 2\n"
_HEAD = struct.Struct("<16sqd")  # magic, number of values, scale; then zeros up to a line of memory
_PART = 8 << 20  # bytes turned at a time; parts that begin and end at pages of 2 MB are kept in such pages


def narrowed(model: Model, path: Path) -> Model:
    """``model``, read from ``path``, with an int16 table where it has a large one of float32 (all of it finite)."""
    if model.quantised or model.table.nbytes < LARGE:
        return model
    try:
        data = _kept(model, path)
    except (OSError, ValueError) as error:
        logging.getLogger("corpus").warning("no narrow copy of %s is kept: %r", path.name, error)
        data = None
    if data is None:
        scale = _scale(model)
        if not scale:
            return model
        data = lined(LINE + 2 * model.table.size)
        at = 0
        for part in _parts(model, scale):
            data[at : at + len(part)] = part
            at += len(part)
    _, _, scale = _HEAD.unpack(data[: _HEAD.size].tobytes())
    return dataclasses.replace(model, table=np.frombuffer(data, np.int16, model.table.size, LINE), scale=scale)


def _kept(model: Model, path: Path) -> npt.NDArray[np.uint8] | None:
    """The copy that is kept of ``model``, made now if it is not there; None where none can be."""
    log = logging.getLogger("corpus")
    folder = cache_folder("models")
    if folder is None:
        log.warning("no folder for a narrow copy of %s: each process holds one of its own", path.name)
        return None
    place = Path(folder) / f"{_digest(path, Path(folder))}.int16"
    if not place.exists() and not _write(model, place):
        return None
    with place.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    magic, values, _ = _HEAD.unpack_from(data) if len(data) > LINE else (b"", 0, 0.0)
    if magic != _MAGIC or values != model.table.size or len(data) != LINE + 2 * values:
        log.warning("%s is not what it should be and is not read: delete it", place)
        return None
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # pages of the usual size say the same
            data.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(data, np.uint8)


def _digest(path: Path, folder: Path) -> str:
    """XXH3-128 of the whole file; it is kept beside the copies for as long as the file is not written to."""
    about = path.stat()
    seen = repr((about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
    note = folder / f"{xxhash.xxh3_128_hexdigest(seen.encode())}.digest"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if len(digest := note.read_text("ascii")) == 32:
            return digest
    hashing = xxhash.xxh3_128()
    with path.open("rb") as file:
        while part := file.read(_PART):
            hashing.update(part)
    with _aside(note) as file:
        file.write(hashing.hexdigest().encode())
    return hashing.hexdigest()


@contextlib.contextmanager
def _aside(place: Path) -> Iterator[FileIO]:
    """A file that is renamed to ``place`` when all of it is written."""
    handle, aside = tempfile.mkstemp(dir=place.parent, prefix=place.name)
    try:
        with FileIO(handle, "w") as file:
            yield file
        Path(aside).replace(place)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _write(model: Model, place: Path) -> bool:
    """Whether ``place`` is there now. Processes that come meanwhile wait for the one that writes."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            return True
        scale = _scale(model)
        if not scale or shutil.disk_usage(place.parent).free < 2 * (LINE + 2 * model.table.size):
            return False
        with _aside(place) as file:
            for part in _parts(model, scale):
                while len(part):
                    part = part[file.write(part.data) :]
        return True


def _scale(model: Model) -> float:
    """What a step is worth; 0 where the table holds numbers that are not finite."""
    largest = 0.0
    for start in range(0, model.table.size, _PART):
        part = model.table[start : start + _PART]
        largest = max(largest, float(part.max()), -float(part.min()))
        if not np.isfinite(largest):
            return 0.0
    return largest / STEPS or 1.0


def _parts(model: Model, scale: float) -> Iterator[npt.NDArray[np.uint8]]:
    """The copy's bytes, head first, all parts but the last of ``_PART`` bytes."""
    head = _HEAD.pack(_MAGIC, model.table.size, scale).ljust(LINE, b"\0")
    start = 0
    while start < model.table.size or head:
        stop = start + (_PART - len(head)) // 2
        steps = model.table[start:stop] / np.float32(scale)
        part = np.rint(steps, out=steps).astype(np.int16).view(np.uint8)
        yield np.concatenate([np.frombuffer(head, np.uint8), part]) if head else part
        head, start = b"", stop
