"""The normal form that duplicates are sought in: what may differ between two copies of a text, folded away.

Of NFC text, code point by code point:

    letters, marks, numbers    kept, with case, width and the four forms of i folded (folds.tsv, Unicode 18.0.0)
    decimal digits             all one digit: 0
    invisible signs            dropped (joiners, direction marks, variation selectors, soft hyphens)
    harakat, points, tatweel   dropped: Arabic and Hebrew text is written with them or without
    everything else            one space for each run, none at the ends

Every other mark is kept: it tells words apart (Vietnamese má mà, Hindi कल काल, Thai มา ม้า); only a mark with no letter
to sit on is no part of a word and counts as a space.
Numbers that are no decimal digits (½, Ⅳ, ①) stay as they are.
"""

import importlib.resources
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid import unicode
from langid.kernel import buffers, inline, kernel
from langid.segment import OUTSIDE, advance

VERSION = 1
"""Raised whenever any text gets another normal form or other words."""

HARAKAT = ((0x64B, 0x652), (0x670, 0x670), (0x6D6, 0x6DC), (0x6DF, 0x6E4), (0x6E7, 0x6E8), (0x6EA, 0x6ED))
"""Arabic vowel signs, and the reading signs of the Quran. Hamza and madda (U+0653 to U+065F) spell, so they stay."""

TATWEEL = ((0x640, 0x640),)

POINTS = ((0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5), (0x5C7, 0x5C7), (0xFB1E, 0xFB1E))
"""Hebrew vowel points and accents."""

INVISIBLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200C, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Unicode's Default_Ignorable_Code_Point but U+200B, which marks word borders in Khmer, Thai and Burmese."""

DROPPED = HARAKAT + TATWEEL + POINTS + INVISIBLE

# A value of the table: how far the target lies from the code point (bits 0-20, modulo 2^21, so that most blocks are
# alike and stay in the nearest cache), the word class of the target (21-24), and what else there is to do (25-26).
FAR = 0x1FFFFF
CLASS = 21
ACTION = 25
DROP, DOT, MANY = 1, 2, 3
PLAIN = 1 << ACTION  # values below have nothing else to do

DOT_ABOVE = 0x307
SMALL_I = 0x69


Blocks = npt.NDArray[np.uint16]
Mapped = npt.NDArray[np.uint32]


class NormalTable(NamedTuple):
    """Block numbers of runs of 128 code points (8704,), values of the blocks, and what some become several of."""

    blocks: Blocks
    values: Mapped
    several: Mapped


@cache
def table() -> NormalTable:
    """The mapping of every code point: derived once from the shipped properties and folds."""
    index, values = unicode.table()
    properties = values.reshape(-1, 128)[index].ravel()
    category = properties & unicode.CATEGORY_MASK
    word_class = properties >> unicode.CLASS_SHIFT & unicode.CLASS_MASK
    targets = np.arange(0x110000, dtype=np.int64)

    several: list[int] = []
    folds = _folds()
    many = {}
    for code_point, folded in folds.items():
        if len(folded) == 1:
            targets[code_point] = folded[0]
        else:
            many[code_point] = len(several) << 2 | len(folded)
            several += folded
    targets[category[targets] == unicode.DECIMAL] = ord("0")
    kept = (category[targets] > 0) & (category[targets] <= unicode.LAST_NUMBER)
    far = np.where(kept, targets - np.arange(0x110000), 0) & FAR
    classes = np.where(kept, word_class[targets], unicode.SPACE)
    # Variation selectors and the like join words for langid.segment, yet all of them are dropped below.
    mapped = (far | classes << CLASS).astype(np.uint32)
    mapped[DOT_ABOVE] |= DOT << ACTION
    for code_point, place in many.items():
        mapped[code_point] = MANY << ACTION | place
    for first, last in DROPPED:
        mapped[first : last + 1] = DROP << ACTION

    blocks = mapped.reshape(-1, 128)
    numbers: dict[
        bytes, int
    ] = {}  # in order of first use, so block 0 is ASCII, which kernels look up without the index
    places = np.array([numbers.setdefault(block.tobytes(), len(numbers)) for block in blocks], np.uint16)
    return NormalTable(
        places,
        np.frombuffer(b"".join(numbers), np.uint32).copy(),
        np.array([c | int(word_class[c]) << CLASS for c in several], np.uint32),
    )


def _folds() -> dict[int, list[int]]:
    found = {}
    for line in (importlib.resources.files("dedup") / "folds.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code_point, folded = line.split("\t")
            found[int(code_point, 16)] = [int(c, 16) for c in folded.split()]
    return found


@inline
def following(
    data: npt.NDArray[np.uint8],
    i: int,
    stop: int,
    index: Blocks,
    values: Mapped,
    several: Mapped,
    waiting: int,
    previous: int,
) -> tuple[int, int, int, int]:
    """The next code point of the normal form: (code point or -1, word class, next byte, waiting).

    -1 means that nothing comes of this one. ``waiting`` is 0, or says which parts of a code point that became several
    are still to be given: pass it on, and go on until it is 0 and ``i`` is ``stop``. A space comes for every sign that
    becomes one: the caller folds them. ``previous`` is the code point given before.
    """
    if waiting:
        value: Any = np.int64(several[waiting >> 2])  # signed: Numba makes floats of mixed signs
        waiting = waiting + 3 if waiting & 3 > 1 else 0  # one place on, one part fewer
        return value & FAR, value >> CLASS, i, waiting
    code_point: Any = np.int64(data[np.uint64(i)])  # an unsigned place spares the test for a negative one
    after = i + 1
    if code_point < 128:
        value = np.int64(values[np.uint64(code_point)])
    else:
        code_point, after = unicode.decode(data, i, stop)
        value = np.int64(unicode.properties(index, values, code_point))
        if value >= PLAIN:
            action = value >> ACTION
            if action == MANY:
                return -1, 0, after, value & (PLAIN - 1)
            if action == DROP or previous == SMALL_I:  # i with a dot above is how programs lowercase İ
                return -1, 0, after, 0
            value = value & (PLAIN - 1)
    return (code_point + value) & FAR, value >> CLASS, after, 0


@kernel
def _code_points(
    data: npt.NDArray[np.uint8], start: int, stop: int, index: Blocks, values: Mapped, several: Mapped
) -> npt.NDArray[np.uint32]:
    found = np.empty(3 * (stop - start) + 1, np.uint32)
    n = 0
    previous: Any = np.int64(0)
    space = False
    waiting: Any = np.int64(0)
    state: Any = np.int64(OUTSIDE)
    i = start
    while i < stop or waiting:
        code_point, word_class, i, waiting = following(data, i, stop, index, values, several, waiting, previous)
        if code_point < 0:
            continue
        previous = code_point
        state, _ = advance(word_class, state)
        if state == OUTSIDE:
            space = n > 0  # a space, or a mark with nothing to sit on
            continue
        if space:
            found[n] = 32
            n += 1
            space = False
        found[n] = code_point
        n += 1
    return found[:n]


def normal(text: str) -> str:
    """The normal form of NFC text, through the kernel that signatures are made with."""
    starts, data = buffers(pa.array([text], pa.string()))
    code_points = _code_points(data, int(starts[0]), int(starts[1]), *table())
    return code_points.astype("<u4").tobytes().decode("utf-32-le")
