"""The memory in which pages are read, one after the other: as large as the caps allow, used as far as a page goes."""

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.extract import assemble, elements, entities, features, hints, markup, measures, rows, second
from pipeline.extract.bounds import MAX_BYTES
from pipeline.extract.trees import Trees, predict

_PADDING = 64
_POINTS = 0x20000  # code points whose nature is known


@functools.cache
def _tables() -> tuple[npt.NDArray[Any], ...]:
    slots, kinds = elements.table()
    after, found = hints.automaton()
    return slots, kinds, entities.table(), entities.windows(), after, found


class Workspace:
    """Arrays that kernels fill (rows.py says with what), one page at a time; a process needs one a thread.

    The system gives memory only for what is touched. After ``scan`` come ``first`` and ``second``, then ``text``.
    """

    def __init__(self) -> None:
        self._longs = np.empty((MAX_BYTES + _PADDING) // 8, np.uint64)
        self._page = self._longs.view(np.uint8)
        self.state = np.zeros(rows.STATES, np.int64)
        self._stack = np.empty((rows.MAX_DEPTH, rows.STACK_COLUMNS), np.int64)
        self.nodes = np.empty((rows.MAX_NODES, rows.NODE_COLUMNS), np.int64)
        self.blocks = np.empty((rows.MAX_BLOCKS, rows.BLOCK_COLUMNS), np.int64)
        self.events = np.empty((rows.MAX_EVENTS, rows.EVENT_COLUMNS), np.int64)
        self._text = np.empty(MAX_BYTES + (MAX_BYTES >> 2) + _PADDING, np.uint8)  # 5 bytes of a reference may become 6
        self._out = np.empty(len(self._text) + 8 * rows.MAX_BLOCKS, np.uint8)
        self._title = np.zeros(measures.TITLE_BITS, np.uint8)
        self.measures = np.empty((rows.MAX_BLOCKS, measures.MEASURES), np.int64)
        self._sums = np.empty((rows.MAX_NODES, features.SUMS), np.float32)
        self._marks = np.empty(rows.MAX_NODES, np.int32)
        self._keys = np.empty(features.LIKE_SLOTS * 2, np.int64)
        self._likes = np.empty((features.LIKE_SLOTS * 2, features.LIKES), np.float32)
        self._slots = np.empty((rows.MAX_BLOCKS, 4), np.int64)
        self.table = np.empty((rows.MAX_BLOCKS, len(second.SECOND)), np.float32)
        self.p = np.empty(rows.MAX_BLOCKS, np.float32)

    @property
    def count(self) -> int:
        """How many blocks the page has."""
        return int(self.state[rows.BLOCKS])

    @property
    def full(self) -> bool:
        """Whether the page reached a cap."""
        return bool(self.state[rows.FULL])

    def scan(self, page: bytes) -> None:
        """Read a page of at most ``MAX_BYTES``, in UTF-8: its tree and its blocks."""
        n = len(page)
        self._page[:n] = np.frombuffer(page, np.uint8)
        self._page[n : n + 8] = 0
        markup.scan(
            *(self._page, self._longs, n, self.state, self._stack, self.nodes, self.blocks, self.events, self._text),
            *_tables(),
        )

    def first(self) -> None:
        """Write the features of each block into ``table``."""
        measures.measure(
            *(
                self._page,
                self._text,
                self.state,
                self.blocks,
                self.events,
                measures.natures(_POINTS),
                self._title,
                self.measures,
            )
        )
        features.fill(
            *(self.state, self.nodes, self.blocks, self.measures, features.ABOVE, self._sums, self._marks, self._keys),
            *(self._likes, self._slots, self.table),
        )

    def second(self) -> None:
        """Write into ``table`` what the first answers in ``p`` say of each block's company."""
        second.fill_second(
            *(self.state, self.nodes, self.blocks, self.measures, second.SIDES, self.p, self._sums, self._marks),
            *(self._likes, self._slots, self.table),
        )

    def likes(self) -> npt.NDArray[np.int64]:
        """A number for each block, the same for those of the same tags and classes."""
        return self._slots[: self.count, 1].copy()

    def answer(self, trees: Trees) -> None:
        """Write each block's probability into ``p``."""
        predict(self.table, self.count, *trees, self.p)

    def texts(self) -> list[str]:
        """The text of each block."""
        raw = self._text[: self.state[rows.OUT]].tobytes()
        places = self.blocks[: self.count, : rows.END + 1].tolist()
        return [raw[start:end].decode("utf-8", "replace") for start, end in places]

    def text(self) -> tuple[str, float, float]:
        """The main text by the probabilities in ``p``, confidence in it (0 to 1), and the least probability kept."""
        size, confidence, cut = assemble.assemble(
            *(self.state, self.nodes, self.blocks, self.measures, self._text, self.p, assemble.CUTS, self._out)
        )
        return self._out[:size].tobytes().decode("utf-8", "replace"), confidence, cut
