"""Room on this machine for what is on its way to or from a place elsewhere. TMPDIR says where.

Each process has a folder of its own, which it holds locked; folders of processes that died are removed by the next
one. Copies of what lies elsewhere are shared by the processes of a user.
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

KEPT = 86_400.0
"""Seconds that a copy is kept which nobody asks for."""


@functools.cache
def _top() -> Path:
    """One folder for the processes of this user; nobody else may look into it, or have made it."""
    top = Path(tempfile.gettempdir()) / f"corpus-{os.getuid()}"
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = top.lstat()
    if about.st_uid != os.getuid() or about.st_mode & 0o077 or top.is_symlink():
        return Path(tempfile.mkdtemp(prefix="corpus-"))
    return top


@functools.cache
def _held() -> tuple[Path, IO[str]]:
    """The folder of this process, and the lock that says that it lives."""
    top = _top()
    mine = top / f"run-{secrets.token_hex(6)}"
    with (top / "lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)  # so that nobody takes a folder for a dead one that is just made
        sweep(top)
        mine.mkdir(mode=0o700)
        handle = (mine / "held").open("w")
        fcntl.flock(handle, fcntl.LOCK_EX)
    atexit.register(handle.close)
    return mine, handle


def sweep(top: Path) -> None:
    """Remove the folders of processes that died."""
    for other in top.glob("run-*"):
        if _is_dead(other):
            shutil.rmtree(other, ignore_errors=True)


def _is_dead(folder: Path) -> bool:
    try:
        with (folder / "held").open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def folder() -> Path:
    """Of this process, for files under way; it is there until the next process after its death."""
    return _held()[0]


def copy(key: str, fetch: Callable[[Path], None]) -> Path:
    """The copy that ``key`` names, fetched unless it is there; it is not written to."""
    top = _top() / "copies"
    top.mkdir(mode=0o700, exist_ok=True)
    place = top / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not place.exists():
        for other in top.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if other.stat().st_mtime < time.time() - KEPT:
                    other.unlink()
        draft = folder() / f"copy-{secrets.token_hex(6)}"
        try:
            fetch(draft)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.utime(place)
    return place
