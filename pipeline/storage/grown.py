"""Files that only grow, where files cannot: they are kept here and now and then written whole."""

import threading
import time
from collections.abc import Callable

OFTEN = 10.0
"""Seconds between two writings, at least; more where a file has grown large."""
PACE = 1 << 20
"""Bytes for which another second is waited."""


class Grown:
    """Lines by file. What was not written when this process dies is lost: the last seconds."""

    def __init__(self, get: Callable[[str], bytes | None], put: Callable[[str, bytes], None]) -> None:
        self._get, self._put = get, put
        self._files: dict[str, bytearray] = {}
        self._late: dict[str, float] = {}
        """When a file is to be written that has lines which are not."""
        self._door = threading.Lock()
        self._one = threading.Lock()

    def add(self, name: str, lines: str) -> None:
        """Add to a file, which may be there from an earlier run."""
        with self._door:
            known = name in self._files
        before = b"" if known else self._get(name) or b""
        with self._door:
            held = self._files.setdefault(name, bytearray(before))
            held += lines.encode()
            self._late.setdefault(name, time.monotonic() + max(OFTEN, len(held) / PACE))

    def flush_now_and_then(self) -> None:
        """Write the files whose time has come."""
        self.flush(time.monotonic())

    def flush(self, now: float = float("inf")) -> None:
        """Write all that is not written."""
        with self._one:
            with self._door:
                names = [name for name, time_ in self._late.items() if time_ <= now]
                told = {name: bytes(self._files[name]) for name in names}
                for name in names:
                    del self._late[name]
            for name, data in told.items():
                self._put(name, data)
