"""A large model's table as whole numbers of two bytes, kept in the user's cache folder and mapped by every process.

Prediction with a large table waits for memory, so half the bytes are nearly half the time. The copy is made at a
model's first use, written aside and renamed; where none can be kept, the model's own table is read.
"""

import dataclasses
import fcntl
import hashlib
import logging
import mmap
import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from langid.kernel import cache_folder
from langid.model import LINE, Model

LARGE = 64 << 20
"""Bytes of a table that is worth a copy; smaller ones lie in the processor's caches anyway."""
STEPS = 32767
"""The largest value is as many steps: a step is far less than what a sum of several values is sure of."""

_MAGIC = b"corpus narrow 1\n"
_HEAD = struct.Struct("<16sqd")  # magic, number of values, scale; then zeros up to a line of memory
_VALUES = 4 << 20  # turned at a time
_SAMPLE, _SAMPLES = 1024, 512


def narrowed(model: Model, path: Path) -> Model:
    """``model``, read from ``path``, with an int16 table where it has a large one of float32."""
    if model.quantised or model.table.nbytes < LARGE:
        return model
    folder = cache_folder("models")
    if folder is None:
        return model
    try:
        place = Path(folder) / f"{_name(model, path)}.int16"
        if not place.exists() and not _write(model, place):
            return model
        with place.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as error:
        logging.getLogger("corpus").warning("no narrow copy of %s is kept: %r", path.name, error)
        return model
    magic, values, scale = _HEAD.unpack_from(data) if len(data) > LINE else (b"", 0, 0.0)
    if magic != _MAGIC or values != model.table.size or len(data) != LINE + 2 * values:
        logging.getLogger("corpus").warning("%s is not what it should be and is not read: delete it", place)
        return model
    return dataclasses.replace(model, table=np.frombuffer(data, np.int16, values, LINE), scale=scale)


def _name(model: Model, path: Path) -> str:
    """Of the file's size and time, all of the model but its table, and samples of that: it takes no second to read."""
    about = path.stat()
    hashing = hashlib.sha256(repr((about.st_size, about.st_mtime_ns, model.dim, model.labels)).encode())
    hashing.update(model.words.tobytes())
    hashing.update(model.output.tobytes())
    for start in range(0, model.table.size, max(_SAMPLE, model.table.size // _SAMPLES)):
        hashing.update(model.table[start : start + _SAMPLE].tobytes())
    return hashing.hexdigest()


def _write(model: Model, place: Path) -> bool:
    """Whether ``place`` is there now. Processes that come meanwhile wait for the one that writes."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            return True
        size = LINE + 2 * model.table.size
        if shutil.disk_usage(place.parent).free < 2 * size:
            return False
        starts = range(0, model.table.size, _VALUES)
        largest = 0.0
        for start in starts:
            part = model.table[start : start + _VALUES]
            largest = max(largest, float(part.max()), -float(part.min()))
            if not np.isfinite(largest):
                return False
        scale = largest / STEPS or 1.0
        handle, aside = tempfile.mkstemp(dir=place.parent, prefix=place.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_HEAD.pack(_MAGIC, model.table.size, scale).ljust(LINE, b"\0"))
                for start in starts:
                    values = model.table[start : start + _VALUES] / np.float32(scale)
                    file.write(np.rint(values, out=values).astype(np.int16).tobytes())
            Path(aside).replace(place)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        return True
