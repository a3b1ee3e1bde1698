"""Documents of many parts, fetched in the order they are written in: each row group is read once or few times."""

from collections import OrderedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.rows import runs
from pipeline.store import Store


class Reader:
    """Row groups of parts with text, some columns of them; the last used are kept, as many as ``budget`` bytes hold."""

    def __init__(self, store: Store, budget: int, columns: list[str]) -> None:
        self._store = store
        self._budget = budget
        self._columns = columns
        self._held: OrderedDict[tuple[str, int], pa.Table] = OrderedDict()
        self._size = 0
        self._starts: dict[str, npt.NDArray[np.int64]] = {}
        self._footers: dict[str, pq.FileMetaData] = {}

    def documents(self, parts: list[str], where: npt.NDArray[np.int64]) -> pa.Table:
        """The documents at ``where``, (n, 2): index of the part, row in it; in that order, in one chunk."""
        order = np.lexsort((where[:, 1], where[:, 0]))
        tables = []
        for start, stop in runs(where[order, 0]):
            part = parts[where[order[start], 0]]
            tables += self._rows(part, where[order[start:stop], 1])
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_tables(tables).take(pa.array(back)).combine_chunks()

    def _rows(self, part: str, rows: npt.NDArray[np.int64]) -> list[pa.Table]:
        """The documents in these rows of a part, a table a row group; ``rows`` ascends.

        They are copied: a slice would keep its whole row group in memory for as long as it is waited for others.
        """
        starts = self._group_starts(part)
        groups = np.searchsorted(starts, rows, side="right") - 1
        return [
            self._group(part, int(groups[start])).take(pa.array(rows[start:stop] - starts[groups[start]]))
            for start, stop in runs(groups)
        ]

    def _group_starts(self, part: str) -> npt.NDArray[np.int64]:
        if part not in self._starts:
            with self._store.parquet(_name(part)) as file:
                footer = self._footers[part] = file.metadata
            sizes = [footer.row_group(index).num_rows for index in range(footer.num_row_groups)]
            self._starts[part] = np.cumsum([0, *sizes])[:-1]
        return self._starts[part]

    def _group(self, part: str, group: int) -> pa.Table:
        key = (part, group)
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        with self._store.parquet(_name(part), metadata=self._footers[part]) as file:
            table = file.read_row_group(group, self._columns, use_threads=False).combine_chunks()
        self._held[key] = table
        self._size += table.nbytes
        while self._size > self._budget and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self._size -= gone.nbytes
        return table


def _name(part: str) -> str:
    return f"work/notes/{part}.parquet"
