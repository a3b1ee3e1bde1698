"""Lines that the pages of a host share: menus, cookie notices, footers. Told by counting, and cut before all else.

A line is known by a 64-bit key of its host and its bytes, white space at its ends left out. Of each document every
line counts once, and of documents that are alike to the byte one counts. What is cut is lines only, whole ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from filters.lines import FACTOR, FOLD, digest
from filters.urls import host
from langid.kernel import buffers, inline, kernel

VERSION = 1

NO_HOST = 0
"""Of a document that was not found on a host: its lines are neither counted nor cut."""

ALONE = 40
"""A line of fewer code points that stands alone in the midst of a text is left there: "No." is said on many pages."""

LINE_FEED, SPACE, TAB, CONTINUED = 0x0A, 0x20, 0x09, 0x80
KEEP, DROP = 0, 1

Keys = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]


def host_keys(urls: Iterable[str | None]) -> Keys:
    """A number for the host of each URL, NO_HOST where there is none."""
    known: dict[str, int] = {"": NO_HOST}
    found = []
    for url in urls:
        name = host(url) if url else ""
        if name not in known:
            known[name] = xxhash.xxh3_64_intdigest(name.encode()) | 1
        found.append(known[name])
    return np.array(found, np.uint64)


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """Which lines stand in which documents: ``keys[i]`` in the document whose text has the hash ``documents[i]``."""

    keys: Keys
    documents: Keys

    def least(self, most: int) -> "Lines":
        """In order of keys, each pair once, and of each key only the ``most`` least documents.

        So many are enough to tell whether a key stands in as many, also of those of several Lines put together.
        """
        order = np.lexsort((self.documents, self.keys))
        keys, documents = self.keys[order], self.documents[order]
        fresh = np.ones(len(keys), np.bool_)
        fresh[1:] = (keys[1:] != keys[:-1]) | (documents[1:] != documents[:-1])
        keys, documents = keys[fresh], documents[fresh]
        if len(keys) > most:
            few = np.ones(len(keys), np.bool_)
            few[most:] = keys[most:] != keys[:-most]
            keys, documents = keys[few], documents[few]
        return Lines(keys, documents)

    @staticmethod
    def of(many: Iterable["Lines"]) -> "Lines":
        """All of them, one after another."""
        told = list(many)
        nothing = np.zeros(0, np.uint64)
        return Lines(
            np.concatenate([nothing, *(one.keys for one in told)]),
            np.concatenate([nothing, *(one.documents for one in told)]),
        )


def lines(texts: pa.StringArray, hosts: Keys) -> Lines:
    """Every line that is not blank of the texts that have a host."""
    offsets, data = buffers(texts)
    most = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == LINE_FEED)) + len(texts)
    keys, documents = np.empty(most, np.uint64), np.empty(most, np.uint64)
    found = _lines(offsets, data, hosts, keys, documents)
    return Lines(keys[:found], documents[:found])


def shared(found: Lines, least: int) -> Keys:
    """Keys that stand in at least so many documents, sorted; ``found`` is as ``Lines.least`` gives it."""
    keys = found.keys
    if len(keys) < least:
        return keys[:0]
    return np.unique(keys[: len(keys) - least + 1][keys[: len(keys) - least + 1] == keys[least - 1 :]])


@dataclass(frozen=True, eq=False, slots=True)
class Cut:
    """Texts without the lines of their host's frame, and how many lines and code points that took off each."""

    texts: pa.StringArray
    lines: npt.NDArray[np.int32]
    chars: npt.NDArray[np.int32]


def cut(texts: pa.StringArray, hosts: Keys, frame: Keys) -> Cut:
    """Cut the lines whose keys are in ``frame`` (sorted).

    A short line in the midst of a text stays unless another beside it goes. A document that would lose more than half
    of its code points is a copy of a page and no frame: it stays whole.
    """
    everywhere = Lines(frame, np.zeros(len(frame), np.uint64))
    return cut_all(texts, hosts, everywhere, np.ones(len(texts), np.uint64), 0.5, ALONE)


def cut_all(texts: pa.StringArray, hosts: Keys, frame: Lines, documents: Keys, most: float, alone: int) -> Cut:
    """Cut the lines of ``frame``, whose keys are sorted and each there once, from all documents but its own.

    Documents go by the numbers ``documents``. A line of fewer than ``alone`` code points in the midst of a text stays
    unless another beside it goes; a document that would lose more than the share ``most`` stays whole.
    """
    offsets, data = buffers(texts)
    gone = np.zeros((2, len(texts)), np.int32)
    if not len(frame.keys) or not len(texts):
        return Cut(texts, gone[0], gone[1])
    ends = np.empty(len(offsets), np.int32)
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    widest = 1 + int(np.diff(offsets).max())
    told = np.empty((widest, 4), np.int64)
    _cut(offsets, data, hosts, frame.keys, frame.documents, documents, most, alone, ends, out, gone, told)
    kept = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]]))
    return Cut(kept, gone[0], gone[1])


@inline
def key_of(data: Bytes, start: int, stop: int, host: np.uint64) -> np.uint64:
    """Of the line between; 0 where it is blank."""
    while start < stop and (data[start] == SPACE or data[start] == TAB):
        start += 1
    while stop > start and (data[stop - 1] == SPACE or data[stop - 1] == TAB):
        stop -= 1
    if start == stop:
        return np.uint64(0)
    mixed = (digest(data, start, stop) ^ host) * FACTOR
    return (mixed ^ (mixed >> FOLD)) | np.uint64(1)


@inline
def line_end(data: Bytes, start: int, stop: int) -> int:
    while start < stop and data[start] != LINE_FEED:
        start += 1
    return start


@kernel
def _lines(offsets: Offsets, data: Bytes, hosts: Keys, keys: Keys, documents: Keys) -> int:
    found = 0
    for document in range(len(offsets) - 1):
        if hosts[document] == NO_HOST:
            continue
        i, stop = int(offsets[document]), int(offsets[document + 1])
        whole = digest(data, i, stop)
        while i < stop:
            end = line_end(data, i, stop)
            key = key_of(data, i, end, hosts[document])
            if key:
                keys[found] = key
                documents[found] = whole
                found += 1
            i = end + 1
    return found


@inline
def _goes(key: np.uint64, frame: Keys, owners: Keys, document: np.uint64) -> bool:
    low, high = 0, len(frame)
    while low < high:
        middle = (low + high) >> 1
        if frame[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low < len(frame) and frame[low] == key and owners[low] != document


@kernel
def _cut(
    offsets: Offsets,
    data: Bytes,
    hosts: Keys,
    frame: Keys,
    owners: Keys,
    documents: Keys,
    most: float,
    alone: int,
    ends: Offsets,
    out: Bytes,
    gone: npt.NDArray[np.int32],
    told: npt.NDArray[np.int64],
) -> None:
    """``told`` holds the lines of a document: where each begins and ends, its code points, whether it is kept."""
    at = 0
    ends[0] = 0
    for document in range(len(offsets) - 1):
        first, stop = int(offsets[document]), int(offsets[document + 1])
        count = dropped = lost = total = 0
        if hosts[document] != NO_HOST:
            i = first
            while i < stop:
                end = line_end(data, i, stop)
                key = key_of(data, i, end, hosts[document])
                if key:
                    points = 0
                    for k in range(i, end):
                        points += data[k] & 0xC0 != CONTINUED
                    told[count, 0], told[count, 1], told[count, 2] = i, end, points
                    told[count, 3] = DROP if _goes(key, frame, owners, documents[document]) else KEEP
                    total += points
                    count += 1
                i = end + 1
            for line in range(count):
                if told[line, 3] == DROP:
                    amid = 0 < line < count - 1 and told[line - 1, 3] == KEEP and told[line + 1, 3] == KEEP
                    if amid and told[line, 2] < alone:
                        told[line, 3] = KEEP
                    else:
                        dropped += 1
                        lost += told[line, 2]
        if not dropped or lost > most * total:
            for k in range(first, stop):
                out[at] = data[k]
                at += 1
            ends[document + 1] = at
            continue
        gone[0, document], gone[1, document] = dropped, lost
        begun = at
        last = first
        for line in range(count):
            begin, end = told[line, 0], told[line, 1]
            if told[line, 3] == KEEP:
                if at > begun:
                    out[at] = LINE_FEED
                    at += 1
                    if begin > last + 1:  # an empty line before it, or one before what was cut there
                        out[at] = LINE_FEED
                        at += 1
                for k in range(begin, end):
                    out[at] = data[k]
                    at += 1
                last = end
            elif begin == last + 1:
                last = end  # no empty line where none was: what follows moves up
        ends[document + 1] = at
