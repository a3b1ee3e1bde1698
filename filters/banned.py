"""Banned words and phrases, by language: how often a text says one, in small or capital letters (after C4).

In languages that space their words an entry counts where it stands as whole words, in others wherever it stands. The
entries of a language are a tree of bytes, walked from every place where one may begin.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from langid.kernel import buffers, inline, kernel
from langid.unicode import CLASS_MASK, CLASS_SHIFT, DIGIT, LETTER, MARK, Index, Values, decode, properties, table
from manifests.languages import word_kind

VERSION = 1

SIGNAL = "banned"
"""Places of a text where a banned entry begins; NO_LIST where its language has no list."""
NO_LIST = -1
EVERY = "all"
"""The entries of every language."""
LONGEST = 1000
"""Bytes of an entry; what is longer is cut, and so found by its beginning."""

ENDS, ENDS_IN_WORD = 1, 2
_SPREAD = np.uint64(0x9E3779B97F4A7C15)

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False, slots=True)
class Banned:
    """Trees of entries. Node 0 is nowhere; ``roots[tree, byte]`` is where a tree goes on after its first byte.

    The other steps are in open addressing: ``steps[slot]`` is node << 8 | byte, ``after[slot]`` the node it leads to.
    """

    trees: Mapping[str, int]
    roots: Ints
    steps: Keys
    after: Ints
    marks: Bytes
    """Of each node: whether an entry ends there, and in a letter."""


def _folded(entry: str) -> bytes:
    told: str = pc.utf8_lower(pa.scalar(unicodedata.normalize("NFC", entry.strip()))).as_py()
    return told.encode()[:LONGEST]


def _in_word(text: bytes) -> bool:
    """Whether the last code point is of a kind that words are made of."""
    last = text.decode("utf-8", "replace")[-1]
    return unicodedata.category(last)[0] in "LMN"


def of(entries: Mapping[str, Sequence[str]]) -> Banned:
    """Trees of the entries of each label; those of EVERY belong to each, and to labels without a list."""
    edges: dict[int, int] = {}
    marks = bytearray(1)
    roots = np.zeros((len(entries), 256), np.int32)
    for tree, label in enumerate(entries):
        first: dict[int, int] = {}
        for entry in {_folded(entry) for name in {label, EVERY} for entry in entries.get(name, ())} - {b""}:
            node = 0
            for byte in entry:
                found = edges if node else first
                node = found.setdefault(node << 8 | byte, len(marks))
                if node == len(marks):
                    marks.append(0)
            marks[node] = ENDS | ENDS_IN_WORD * _in_word(entry)
        roots[tree, list(first)] = list(first.values())
    bits = max(4, (2 * len(edges)).bit_length())
    steps, after = np.zeros(1 << bits, np.uint64), np.zeros(1 << bits, np.int32)
    for key, node in edges.items():
        slot = key * int(_SPREAD) % (1 << 64) >> (64 - bits)
        while steps[slot]:
            slot = (slot + 1) & (1 << bits) - 1
        steps[slot], after[slot] = key, node
    return Banned(
        {label: tree for tree, label in enumerate(entries)}, roots, steps, after, np.frombuffer(marks, np.uint8)
    )


def count(texts: pa.StringArray, labels: Sequence[str], banned: Banned) -> Ints:
    """How many places of each text begin a banned entry, int32; NO_LIST where its label has no list."""
    rest = banned.trees.get(EVERY, -1)
    trees = np.array([banned.trees.get(label, rest) for label in labels], np.int32)
    whole = np.array([word_kind(label) == "spaced" for label in labels], np.bool_)
    offsets, data = buffers(pc.utf8_lower(texts))
    found = np.full(len(texts), NO_LIST, np.int32)
    _count(offsets, data, trees, whole, banned.roots, banned.steps, banned.after, banned.marks, *table(), found)
    return found


@inline
def _word(data: Bytes, i: int, stop: int, index: Index, values: Values) -> bool:
    """Whether the code point at ``i`` is of a kind that spaced words are made of."""
    code_point, _ = decode(data, i, stop)
    word_class = properties(index, values, code_point) >> CLASS_SHIFT & CLASS_MASK
    return bool(word_class in (LETTER, DIGIT, MARK))


@kernel
def _count(
    offsets: Ints,
    data: Bytes,
    trees: Ints,
    whole: npt.NDArray[np.bool_],
    roots: Ints,
    steps: Keys,
    after: Ints,
    marks: Bytes,
    index: Index,
    values: Values,
    found: Ints,
) -> None:
    last = len(steps) - 1
    shift = 64
    while 1 << (64 - shift) <= last:
        shift -= 1
    for text in range(len(offsets) - 1):
        if trees[text] < 0:
            continue
        tree = roots[trees[text]]
        stop = int(offsets[text + 1])
        count = 0
        before = False
        for i in range(int(offsets[text]), stop):
            if data[i] & 0xC0 == 0x80:
                continue
            inside = whole[text] and _word(data, i, stop, index, values)
            node = tree[data[i]]
            if node and not (before and inside):
                j = i + 1
                while node:
                    mark = marks[node]
                    if mark and (j == stop or data[j] & 0xC0 != 0x80):
                        within = whole[text] and mark & ENDS_IN_WORD and j < stop
                        if not (within and _word(data, j, stop, index, values)):
                            count += 1
                            break
                    if j == stop:
                        break
                    key = np.uint64(node) << np.uint64(8) | np.uint64(data[j])
                    slot = np.int64((key * _SPREAD) >> np.uint64(shift))
                    while steps[slot] and steps[slot] != key:
                        slot = (slot + 1) & last
                    node = after[slot] if steps[slot] else np.int32(0)
                    j += 1
            before = inside
        found[text] = count
