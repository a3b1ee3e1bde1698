"""Runs of words that documents share with evaluation sets: found by a rolling hash, then compared as they are spelt.

Words are those that signatures are made of: of the normal form (dedup/normal.py), cut by langid.segment, so in scripts
that do not space words a cluster is a word. An evaluation text gives every run of ``words`` of its words (13 unless
told; GPT-3, Brown et al. 2020, appendix C), and twice as many where most are clusters, for a cluster is a half to a
third of a word. A shorter text is one run; one of fewer than 8 words (16 clusters) says too little to stand within a
text, and is only found where it is all of a document.

Of a run there are kept a 64-bit polynomial of its words, and a BLAKE2b of their spelling: no text. A pass over
documents asks whether the last 8 words may end a run, by a bit map and then by their hashes; where they do, whether a
run of any length ends there; and what is found is spelt out and compared.
"""

import hashlib
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import normal
from dedup.minhash import BLOCK, K1, K2, Hashes, mixed, read_words
from langid import segment
from langid.kernel import buffers, inline, kernel
from langid.segment import BEGINS, SHIFT, steps
from langid.unicode import CLUSTER, KANA, PREFIX

VERSION = 1

WORDS = 13
LEAST = 8
"""A shorter text is sought as a whole document only."""
CLUSTERS = 2
"""So many clusters count as one word."""
LONGEST = 128
"""Words, or clusters, of the longest run."""
SPARSE = 16
"""Bits of the map for each end of a run, at least."""

WHOLE = 0xD6E8FEB86659FD93
"""In the keys of texts that are sought as whole documents only."""

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]


class Runs(NamedTuple):
    """The runs of some evaluation texts: each once, in order of ``keys``.

    ``keys`` (n,) hashes of words and length; ``checks`` (n,) of spelling; ``starts`` (n + 1,) where in ``texts`` the
    numbers of those evaluation texts lie that have it; ``lengths`` (m,) of runs that are sought within documents;
    ``tails`` (k,) hashes of the last words of these, as many as ``tail`` (1,) says.
    """

    keys: Hashes
    checks: Hashes
    starts: Numbers
    texts: Numbers
    lengths: Numbers
    tails: Hashes
    tail: Numbers


class Spelt(NamedTuple):
    """The words of a text: code points of the normal form, where in them each ends, and where it lies in the text."""

    codes: Codes
    """A 0 stands after each word."""
    ends: Numbers
    """After that."""
    spans: Numbers
    """(n, 2) UTF-8 byte offsets."""
    clusters: int
    """Words that are clusters."""


class Found(NamedTuple):
    """Runs found in documents, in the order of documents and places."""

    documents: Numbers
    runs: Numbers
    """Index into ``Runs.keys``"""
    starts: Numbers
    ends: Numbers
    """UTF-8 byte offsets in the document"""


def runs_of(texts: pa.StringArray, words: int = WORDS) -> Runs:
    """The runs of evaluation texts (NFC), which are numbered as they come."""
    keys: list[Hashes] = []
    checks: list[Hashes] = []
    tail = min(LEAST, words)
    tails: list[Hashes] = [np.zeros(0, np.uint64)]
    owners: list[Numbers] = []
    lengths: set[int] = set()
    offsets, data = buffers(texts)
    for number in range(len(texts)):
        told = spelt(data, int(offsets[number]), int(offsets[number + 1]))
        count = len(told.ends)
        if not count:
            continue
        weight = CLUSTERS if 2 * told.clusters > count else 1
        length = min(words * weight, count)
        hashes = np.empty(count, np.uint64)
        _hash_spelt(told.codes, told.ends, hashes)
        if length >= tail * weight:
            lengths.add(length)
            tails.append(np.empty(count - length + 1, np.uint64))
            _hash_runs(hashes[length - tail :], tail, tails[-1])
        keys.append(np.empty(count - length + 1, np.uint64))
        _hash_runs(hashes, length, keys[-1])
        if length < tail * weight:
            keys[-1] ^= np.uint64(WHOLE)
        checks.append(np.array([check(told, at, length) for at in range(count - length + 1)], np.uint64))
        owners.append(np.full(count - length + 1, number))
    none = np.zeros(0, np.uint64)
    every, spelling = np.concatenate([none, *keys]), np.concatenate([none, *checks])
    owner = np.concatenate([np.zeros(0, np.int64), *owners])
    order = np.lexsort((owner, spelling, every))
    every, spelling, owner = every[order], spelling[order], owner[order]
    first = np.append(True, (every[1:] != every[:-1]) | (spelling[1:] != spelling[:-1]))[: len(every)]
    starts = np.append(np.flatnonzero(first), len(every))
    found = np.array(sorted(lengths), np.int64)
    return Runs(every[first], spelling[first], starts, owner, found, np.unique(np.concatenate(tails)), np.array([tail]))


def check(told: Spelt, at: int, length: int) -> int:
    """64 bits of the spelling of ``length`` words from the one at ``at`` on."""
    begin = told.ends[at - 1] if at else 0
    spelling = told.codes[begin : told.ends[at + length - 1]].astype("<u4").tobytes()
    return int.from_bytes(hashlib.blake2b(spelling, digest_size=8).digest(), "little")


def spelt(data: Bytes, start: int, stop: int) -> Spelt:
    """The words of the text that lies between; offsets are counted from ``start``."""
    size = stop - start
    codes, ends = np.empty(4 * size + 1, np.uint32), np.empty(size + 1, np.int64)
    spans = np.empty((size + 1, 2), np.int64)
    points, words, clusters = _spell(data, start, stop, *normal.table(), steps(), codes, ends, spans)
    return Spelt(codes[:points], ends[:words], spans[:words] - start, clusters)


class Sought(NamedTuple):
    """Runs as the pass over documents asks for them."""

    runs: Runs
    bits: Hashes
    shift: int
    powers: Hashes


def sought(runs: Runs) -> Sought:
    """Prepare runs for many passes."""
    size = max(16, int(np.ceil(np.log2(SPARSE * max(1, len(runs.tails))))))
    bits = np.zeros(1 << (size - 6), np.uint64)
    place = runs.tails >> np.uint64(64 - size)
    np.bitwise_or.at(bits, (place >> np.uint64(6)).astype(np.int64), np.uint64(1) << (place & np.uint64(63)))
    powers = np.array([pow(K1, int(length), 1 << 64) for length in runs.lengths], np.uint64)
    return Sought(runs, bits, 64 - size, powers)


def find(texts: pa.StringArray, wanted: Sought) -> Found:
    """Every run that stands in the texts, each place once for each run."""
    offsets, data = buffers(texts)
    room = 1 << 12
    while True:
        hits = np.empty((room, 4), np.int64)
        count = _scan(
            offsets,
            data,
            *normal.table(),
            steps(),
            wanted.runs.lengths,
            wanted.powers,
            wanted.bits,
            wanted.shift,
            wanted.runs.tails,
            int(wanted.runs.tail[0]),
            np.uint64(pow(K1, int(wanted.runs.tail[0]), 1 << 64)),
            wanted.runs.keys,
            hits,
        )
        if count <= room:
            return _compared(offsets, data, hits[:count], wanted.runs)
        room = count


def _compared(offsets: npt.NDArray[np.int32], data: Bytes, hits: Numbers, runs: Runs) -> Found:
    """The hits that are spelt as the run is. A hit: document, index of its last word, words, first run of its key."""
    found = []
    told, document = spelt(data, 0, 0), -1
    for mine, last, length, first in hits.tolist():
        if mine != document:
            document = mine
            told = spelt(data, int(offsets[mine]), int(offsets[mine + 1]))
        at = last - length + 1
        spelling = check(told, at, length)
        place = first
        while place < len(runs.keys) and runs.keys[place] == runs.keys[first]:
            if int(runs.checks[place]) == spelling:
                found.append((mine, place, int(told.spans[at, 0]), int(told.spans[last, 1])))
            place += 1
    columns = np.array(found, np.int64).reshape(-1, 4)
    return Found(*columns.T)


@inline
def _key(total: np.uint64, length: int) -> np.uint64:
    """Of a run, from the polynomial of its words, which is spread evenly, as their hashes are."""
    return total + np.uint64(length) * np.uint64(K2)


@kernel
def _hash_spelt(codes: Codes, ends: Numbers, hashes: Hashes) -> None:
    """Hashes of words as ``read_words`` makes them."""
    i: Any = np.int64(0)
    for word in range(len(ends)):
        total = np.uint64(0)
        while i < ends[word] - 1:
            total = total * np.uint64(K1) + np.uint64(codes[i])
            i += 1
        i += 1
        hashes[word] = mixed((total << np.uint64(1)) >> np.uint64(1))


@kernel
def _hash_runs(hashes: Hashes, length: int, keys: Hashes) -> None:
    """Keys of all runs of ``length`` words."""
    for at in range(len(hashes) - length + 1):
        total = np.uint64(0)
        for word in range(at, at + length):
            total = total * np.uint64(K1) + hashes[word]
        keys[at] = _key(total, length)


@kernel
def _spell(
    data: Bytes,
    start: int,
    stop: int,
    index: normal.Blocks,
    table: normal.Mapped,
    several: normal.Mapped,
    steps: Hashes,
    codes: Codes,
    ends: Numbers,
    spans: Numbers,
) -> tuple[int, int, int]:
    """Code points, words, and words that are clusters."""
    points = 0
    words = 0
    clusters = 0
    state = np.uint64(0)
    previous: Any = np.int64(0)
    waiting: Any = np.int64(0)
    i: Any = np.int64(start)
    at: Any = np.int64(start)
    while i < stop or waiting:
        if not waiting:
            at = i
        code_point, word_class, i, waiting = normal.following(data, i, stop, index, table, several, waiting, previous)
        if code_point < 0:
            continue
        previous = code_point
        step = steps[np.uint64(word_class)] >> state
        state = step & np.uint64(SHIFT)
        if step >> np.uint64(BEGINS) & np.uint64(1):
            if words:
                codes[points] = 0
                points += 1
                ends[words - 1] = points
            spans[words, 0] = at
            words += 1
            clusters += word_class in (CLUSTER, KANA, PREFIX)
        if state != np.uint64(0):
            codes[points] = np.uint32(code_point)
            points += 1
            spans[words - 1, 1] = i
    if words:
        codes[points] = 0
        points += 1
        ends[words - 1] = points
    return points, words, clusters


@inline
def _place(key: np.uint64, keys: Hashes) -> int:
    """Where the key first stands, -1 where it does not."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < len(keys) and keys[low] == key else -1


@kernel
def _scan(
    starts: npt.NDArray[np.int32],
    data: Bytes,
    index: normal.Blocks,
    table: normal.Mapped,
    several: normal.Mapped,
    steps: Hashes,
    lengths: Numbers,
    powers: Hashes,
    bits: Hashes,
    shift: int,
    tails: Hashes,
    tail: int,
    tail_power: np.uint64,
    keys: Hashes,
    hits: Numbers,
) -> int:
    """Fill ``hits`` as far as they go: document, index of the last word, words, first run. How many there are."""
    words = np.empty(BLOCK + 1, np.uint64)
    # Polynomials of all words up to each: LONGEST of those before, then those of a block.
    sums = np.empty(LONGEST + BLOCK + 2, np.uint64)
    found = 0
    for text in range(len(starts) - 1):
        state = np.uint64(0)
        word = np.uint64(0)
        previous: Any = np.int64(0)
        waiting: Any = np.int64(0)
        total: Any = np.int64(0)
        i: Any = np.int64(starts[text])
        stop: Any = np.int64(starts[text + 1])
        running = np.uint64(0)
        for k in range(LONGEST + 1):
            sums[k] = np.uint64(0)
        while True:
            count, i, state, word, previous, waiting = read_words(
                data, i, stop, index, table, several, steps, words, 0, state, word, previous, waiting
            )
            at_end = i >= stop and waiting == 0
            if at_end and state != np.uint64(0):
                words[count] = word << np.uint64(1)
                count += 1
            for k in range(count):
                running = running * np.uint64(K1) + mixed(words[k] >> np.uint64(1))
                sums[LONGEST + 1 + k] = running
            for k in range(max(0, tail - total - 1), count):
                end = _key(sums[LONGEST + 1 + k] - sums[LONGEST + 1 + k - tail] * tail_power, tail)
                bit = end >> np.uint64(shift)
                if not bits[bit >> np.uint64(6)] >> (bit & np.uint64(63)) & np.uint64(1) or _place(end, tails) < 0:
                    continue
                for of in range(len(lengths)):
                    length = lengths[of]
                    if length > total + k + 1:
                        break
                    key = _key(sums[LONGEST + 1 + k] - sums[LONGEST + 1 + k - length] * powers[of], length)
                    place = _place(key, keys)
                    if place >= 0:
                        if found < len(hits):
                            hits[found, 0], hits[found, 1] = text, total + k
                            hits[found, 2], hits[found, 3] = length, place
                        found += 1
            total += count
            if at_end:
                break
            for k in range(LONGEST + 1):
                sums[k] = sums[count + k]
        whole: Any = np.int64(-1)
        if 0 < total < LEAST * CLUSTERS:
            whole = _place(_key(running, total) ^ np.uint64(WHOLE), keys)
        if whole >= 0:
            if found < len(hits):
                hits[found, 0], hits[found, 1] = text, total - 1
                hits[found, 2], hits[found, 3] = total, whole
            found += 1
    return found


@cache
def version() -> list[int]:
    """Changes with whatever changes what is found."""
    return [VERSION, normal.VERSION, segment.VERSION]
