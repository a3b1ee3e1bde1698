"""Signatures that do not fit a worker: in a temporary file, of which only what is asked for is in memory."""

import mmap
import os
import tempfile

import numpy as np
import numpy.typing as npt

from dedup.estimate import Values

STEP = 1 << 12
"""Rows that are touched before the pages they lie in are given back."""


class Spilled:
    """Values (n, width) that are put and given by rows. The file has no name and goes with the object."""

    def __init__(self, rows: int, width: int) -> None:
        self.shape = (rows, width)
        with tempfile.TemporaryFile() as file:
            size = max(1, rows * width * 2)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # a full disk is an error here, and would be a crash later
            else:
                file.truncate(size)
            self._map = mmap.mmap(file.fileno(), size)
        self._values = np.frombuffer(self._map, np.uint16, rows * width).reshape(self.shape)

    def __setitem__(self, rows: npt.NDArray[np.int64], values: Values) -> None:
        for start in range(0, len(rows), STEP):
            self._values[rows[start : start + STEP]] = values[start : start + STEP]
            self._give_back()

    def __getitem__(self, rows: npt.NDArray[np.int64], /) -> Values:
        found = np.empty((len(rows), self.shape[1]), np.uint16)
        for start in range(0, len(rows), STEP):
            found[start : start + STEP] = self._values[rows[start : start + STEP]]
            self._give_back()
        return found

    def _give_back(self) -> None:
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)  # of a file that is shared: what was written stays written
