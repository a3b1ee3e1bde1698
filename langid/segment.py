"""Words as every measure counts them: one state machine over word classes, for texts of any script.

Orthographic words are runs of letters, marks and digits, with apostrophes and joiners inside; hyphens break.
In scripts that do not space words a word is a cluster: a base letter with what is written on, under, before
or stacked to it, a Han character, or two kana. Whitespace words are those of ``str.split()``.
"""

from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid import unicode
from langid.kernel import buffers, inline, kernel
from langid.unicode import (
    CLASS_MASK,
    CLASS_SHIFT,
    CLUSTER,
    DIGIT,
    JOINER,
    KANA,
    LETTER,
    MARK,
    OTHER,
    PREFIX,
    SPACE,
    STACKER,
    Index,
    Values,
    decode,
    properties,
)

VERSION = 1

Words = Literal["orthographic", "whitespace"]

# States: where a word stands after a code point. STACKED awaits the base letter that completes the cluster.
OUTSIDE, SPACED, CLUSTERED, STACKED, KANA_ONCE, KANA_TWICE = range(6)


def whitespace(words: Words) -> bool:
    """Whether the named kind of words is that of ``str.split()``; an unknown name is an error."""
    if words not in get_args(Words):
        raise ValueError(f"words must be one of {', '.join(get_args(Words))}, not {words!r}")
    return words == "whitespace"


@inline
def advance(word_class: int, state: int) -> tuple[int, bool]:
    """The state after a code point, and whether the code point begins a word.

    It is inside a word if and only if the new state is not OUTSIDE. A JOINER left unresolved (see ``step``)
    breaks.
    """
    if word_class in (LETTER, DIGIT):
        return SPACED, state != SPACED
    if word_class in (SPACE, OTHER, JOINER):
        return OUTSIDE, False
    if word_class == MARK:
        return CLUSTERED if state == STACKED else state, False  # a mark after nothing is no word
    if word_class == CLUSTER:
        return CLUSTERED, state != STACKED
    if word_class == KANA:
        return (KANA_TWICE, False) if state == KANA_ONCE else (KANA_ONCE, True)
    if word_class == PREFIX:
        return STACKED, True
    return STACKED if state == CLUSTERED else state, False  # STACKER


# A packed step of the word machine: the next state, as a shift, and what happens, in ten bits.
STEP, SHIFT = 10, 0x3F
BEGINS, ENDED, SPACE_AFTER = 6, 7, 8


@cache
def steps() -> npt.NDArray[np.uint64]:
    """``advance`` as one number a word class (16,): ten bits for each state it may be in.

    So that a step is one shift by the state and one mask, with no branch to guess: words of natural text are of
    lengths that no processor foresees.
    """
    plain = advance.py_func  # type: ignore[attr-defined]  # for so few calls compiled code would take long to load
    found = [0] * 16
    for word_class in range(KANA + 1):
        for state in range(KANA_TWICE + 1):
            after, begins = plain(word_class, state)
            ended = state != OUTSIDE and (begins or after == OUTSIDE)
            step = after * STEP | begins << BEGINS | ended << ENDED | (after == OUTSIDE) << SPACE_AFTER
            found[word_class] |= int(step) << state * STEP
    return np.array(found, np.uint64)


@inline
def joins(data: npt.NDArray[np.uint8], i: int, stop: int, index: Index, values: Values, state: int) -> bool:
    """Whether a joiner met in ``state`` lies inside a word; ``i`` is where the next code point begins."""
    if state == OUTSIDE or i >= stop:
        return False
    code_point, _ = decode(data, i, stop)
    word_class = properties(index, values, code_point) >> CLASS_SHIFT & CLASS_MASK
    if word_class in (MARK, STACKER):
        return True
    return state == SPACED and word_class in (LETTER, DIGIT)


@inline
def step(
    data: npt.NDArray[np.uint8],
    i: int,
    stop: int,
    index: Index,
    values: Values,
    state: int,
    by_space: bool,
) -> tuple[int, int, int, int, bool]:
    """One code point: (code point, packed properties, where the next begins, state, begins a word)."""
    code_point, following = decode(data, i, stop)
    value = properties(index, values, code_point)
    word_class = value >> CLASS_SHIFT & CLASS_MASK
    if by_space:
        word_class = SPACE if word_class == SPACE else LETTER
    elif word_class == JOINER and joins(data, following, stop, index, values, state):
        word_class = MARK
    after, begins = advance(word_class, state)
    return code_point, value, following, after, begins


@kernel
def _spans(
    data: npt.NDArray[np.uint8], start: int, stop: int, index: Index, values: Values, by_space: bool
) -> npt.NDArray[np.int64]:
    spans = np.empty((stop - start, 2), np.int64)
    n = 0
    state = OUTSIDE
    i = start
    while i < stop:
        _, _, following, state, begins = step(data, i, stop, index, values, state, by_space)
        if begins:
            spans[n, 0] = i
            n += 1
        if state != OUTSIDE:
            spans[n - 1, 1] = following
        i = following
    return spans[:n]


def words(text: str, words: Words = "orthographic") -> list[str]:
    """The words of a text, by the state machine that all measures use: for tests and for looking."""
    by_space = whitespace(words)
    starts, data = buffers(pa.array([text], pa.string()))
    spans = _spans(data, int(starts[0]), int(starts[1]), *unicode.table(), by_space)
    raw = text.encode()
    return [raw[start:stop].decode() for start, stop in spans.tolist()]
