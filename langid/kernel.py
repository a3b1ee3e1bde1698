"""Compiled passes over text: one decorator, one cache folder, and the view of Arrow text that kernels read."""

import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _writable(folder: Path) -> bool:
    """True where ``folder`` is ours alone and takes a file: a compiled cache is code, so nobody else may write it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = folder.stat()
        if about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _sources() -> str:
    """Names the sources of all kernels: Numba only watches the file of a function, not those of what it calls."""
    hashing = hashlib.blake2b(digest_size=8)
    root = Path(__file__).resolve().parents[1]
    hashing.update(str(root).encode())  # Numba keeps the code of each place apart
    for package in ("langid", "filters", "dedup", "pipeline"):
        for place in sorted((root / package).rglob("*.py")):
            source = place.read_bytes()
            # Steps, readers and the like change more often than kernels, and no kernel takes its constants from them.
            if package != "pipeline" or b"@kernel" in source:
                hashing.update(source)
    return hashing.hexdigest()


def cache_folder(what: str) -> str | None:
    """The first usable of the user cache and a temporary folder, for ``kernels`` or for ``models``."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 (raises nothing without a home)
    for folder in (Path(home) / "corpus" / what, Path(tempfile.gettempdir()) / f"corpus-{what}-{os.getuid()}"):
        if folder.is_absolute() and _writable(folder):
            return str(folder)
    return None


def _kernel_folder() -> str | None:
    """In NUMBA_CACHE_DIR, or else where ``cache_folder`` says: one for these sources."""
    folder = os.environ.get("NUMBA_CACHE_DIR") or cache_folder("kernels")
    return str(Path(folder) / _sources()) if folder else None


CACHE = _kernel_folder()
if CACHE is None:
    logging.getLogger("corpus").warning(
        "no writable folder for compiled kernels: each process compiles them anew (set NUMBA_CACHE_DIR)"
    )
else:
    numba.config.CACHE_DIR = CACHE


def kernel(function: Kernel) -> Kernel:
    """Compile ``function`` with Numba: no Python objects, no GIL, cached on disk, IEEE order of operations kept."""
    compiled: Kernel = numba.njit(nogil=True, cache=CACHE is not None, boundscheck=None)(function)
    return compiled


def inline(function: Kernel) -> Kernel:
    """Compile a small function that kernels call in their inner loops; it must not allocate.

    Without Numba's runtime it counts no references: with it, each call cost some ten nanoseconds an array argument.
    """
    compiled: Kernel = numba.njit(nogil=True, forceinline=True, _nrt=False, cache=CACHE is not None)(function)
    return compiled


def part(function: Kernel) -> Kernel:
    """Compile a large function that a kernel calls once a document: as ``inline``, but not put into its callers."""
    compiled: Kernel = numba.njit(nogil=True, _nrt=False, cache=CACHE is not None)(function)
    return compiled


def inner(function: Kernel) -> Kernel:
    """As ``part``, for kernels alone: no door for Python, which takes long to compile. A call from there crashes."""
    compiled: Kernel = numba.njit(
        nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, cache=CACHE is not None
    )(function)
    return compiled


def buffers(texts: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Offsets (n + 1) and UTF-8 bytes of a string array without nulls, as kernels read them."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if texts.null_count:
        raise ValueError("kernels read text without nulls: fill them first")
    if not pa.types.is_string(texts.type):
        raise TypeError(f"kernels read pa.string() arrays, not {texts.type}")
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return _writable_view(starts), _writable_view(np.frombuffer(data or b"", np.uint8))


def _writable_view(values: Any) -> Any:
    """The array itself; a copy where Arrow lent memory that may not be written, which would compile kernels anew."""
    return values if values.flags.writeable else values.copy()
