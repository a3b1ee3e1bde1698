"""Count over all documents which lines the pages of a host share, so that notes can cut them: keys alone, no text.

Beside each text part lie its lines (work/lines/PART: key, document). The key space is cut into ranges that fit a
worker; a task finds the keys of its range that stand in enough documents, and writes them once for each part that has
them (work/frames/NUMBER: key, parts one after another). A part's frame is its pieces of all ranges.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from filters import boilerplate
from filters.boilerplate import Keys, Lines
from pipeline.settings import Settings, digest
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
MOST = 16
"""Documents of a line that a part tells of: as many as ``boilerplate.min_documents`` may ask for."""
LINE_BYTES = 64
"""Memory a line takes at most while its range is counted."""
GROUP_ROWS = 1 << 16
LINES, FRAMES = "work/lines", "work/frames"
DONE = "work/frames/done.json"


def lines(table: pa.Table) -> Lines:
    """Lines of the documents of a table of schema TEXT_PART that were found on a host."""
    urls = table["url"]
    if urls.null_count == len(urls):
        return Lines.of([])
    return boilerplate.lines(table["text"].combine_chunks(), boilerplate.host_keys(urls.to_pylist())).least(MOST)


def write(store: Store, part: str, found: Iterable[Lines], folder: str = LINES, most: int = MOST) -> int:
    """Put the lines of a text part beside it; how many there are. No file where there are none."""
    told = Lines.of(found).least(most)
    if len(told.keys):
        table = pa.table({"key": told.keys, "document": told.documents})
        store.write_table(f"{folder}/{part}.parquet", table, row_group_rows=GROUP_ROWS, level=1)
    else:
        store.remove(f"{folder}/{part}.parquet")
    return len(told.keys)


def fingerprint(texts: Mapping[str, str], settings: Settings) -> str:
    """Changes with any text part, given by name with the fingerprint of its unit, and with what counts as a frame."""
    return digest(["count", VERSION, boilerplate.VERSION], sorted(texts.items()), settings.boilerplate.min_documents)


def partitions(rows: int, memory: int) -> int:
    """Into how many ranges the keys are cut so that one fits a sixteenth of a worker's memory."""
    return -(-rows * LINE_BYTES // (memory // 16))


def there(store: Store, of: int, folder: str = FRAMES) -> bool:
    """True where every range was counted."""
    return len(store.there(f"{folder}/{number:05d}.parquet" for number in range(of))) == of


def span(number: int, of: int) -> tuple[int, int]:
    """The least and the greatest key of the ``number``-th of so many ranges."""
    return -(-(number << 64) // of), -(-((number + 1) << 64) // of) - 1


def in_range(store: Store, part: str, number: int, of: int, folder: str = LINES) -> Lines:
    """Lines of a part in the ``number``-th of so many ranges of keys; row groups outside of it are not read."""
    low, high = span(number, of)
    found = store.read_range(f"{folder}/{part}.parquet", "key", low, high)
    return Lines(found["key"].to_numpy(), found["document"].to_numpy())


def run(context: Context, store: Store, work: tuple[int, int, list[str]]) -> dict[str, list[int]]:
    """Find the frames of one range of keys; by part, where they lie and what they are, as [first, after, sum].

    Keys are hashes, so their sum names them, however the ranges are cut.
    """
    number, of, parts = work
    found = [in_range(store, part, number, of) for part in parts]
    least = context.settings.boilerplate.min_documents
    frame = boilerplate.shared(Lines.of(found).least(least), least)
    mine = [_both(frame, np.unique(one.keys)) for one in found]
    keys = np.concatenate([frame[:0], *mine])
    store.write_table(f"work/frames/{number:05d}.parquet", pa.table({"key": keys}), row_group_rows=GROUP_ROWS, level=1)
    ends = np.cumsum([0, *map(len, mine)]).tolist()
    return {
        part: [start, stop, int(keys[start:stop].sum())]
        for part, start, stop in zip(parts, ends[:-1], ends[1:], strict=True)
        if stop > start
    }


def _both(frame: Keys, keys: Keys) -> Keys:
    """What is in both; each is sorted, without repeats."""
    if not len(frame):
        return frame
    places = np.minimum(np.searchsorted(frame, keys), len(frame) - 1)
    both: Keys = keys[frame[places] == keys]
    return both


@dataclass(frozen=True, slots=True)
class Frame:
    """The lines that are to be cut from a text part."""

    pieces: tuple[tuple[int, int, int], ...] = ()
    """Where their keys lie: number of the range, first row, row after the last."""
    sum: int = 0
    """Names the keys."""

    def keys(self, store: Store) -> Keys:
        """Sorted."""
        pieces = (piece(store, FRAMES, *place)["key"].to_numpy() for place in self.pieces)
        return np.concatenate([np.zeros(0, np.uint64), *pieces])


def frames(counted: Mapping[str, Mapping[str, list[int]]]) -> dict[str, Frame]:
    """Of each part that has one; from what ``run`` said of each range, by number."""
    found: dict[str, Frame] = {}
    for number, told in sorted(counted.items()):
        for part, (start, stop, total) in told.items():
            before = found.get(part, Frame())
            found[part] = Frame((*before.pieces, (int(number), start, stop)), (before.sum + total) % 2**64)
    return found


def piece(store: Store, folder: str, number: int, start: int, stop: int) -> pa.Table:
    """Rows of what was counted of a range."""
    with store.parquet(f"{folder}/{number:05d}.parquet") as file:
        first, last = start // GROUP_ROWS, (stop - 1) // GROUP_ROWS
        table = file.read_row_groups(list(range(first, last + 1)), use_threads=False)
    return table.slice(start - first * GROUP_ROWS, stop - start)
