"""How many pages and bytes all partitions together may still fetch: one small file that they share."""

import sqlite3
from pathlib import Path


class Budget:
    """At most ``pages`` and about ``size`` bytes over all runs of a crawl; None for as many as there are."""

    def __init__(self, path: Path, pages: int | None, size: int | None) -> None:
        self._pages = pages
        self._size = size
        self._db: sqlite3.Connection | None = None
        if pages is not None or size is not None:
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._db.executescript("pragma journal_mode=wal; pragma synchronous=normal;")
            self._db.execute("create table if not exists spent (id integer primary key, pages integer, bytes integer)")
            self._db.execute("insert or ignore into spent values (0, 0, 0)")

    def take(self) -> bool:
        """Take a page, where one is left."""
        if self._db is None:
            return True
        done = self._db.execute(
            "update spent set pages = pages + 1 where (? is null or pages < ?) and (? is null or bytes < ?)",
            (self._pages, self._pages, self._size, self._size),
        )
        return done.rowcount == 1

    def give_back(self) -> None:
        """A page that was taken did not come."""
        if self._db is not None:
            self._db.execute("update spent set pages = pages - 1")

    def spend(self, size: int) -> None:
        """So many bytes came."""
        if self._db is not None:
            self._db.execute("update spent set bytes = bytes + ?", (size,))
