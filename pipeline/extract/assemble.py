"""From the probabilities of a page's blocks to its text, and how sure one may be of it."""

from typing import cast

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from pipeline.extract import elements as el
from pipeline.extract.measures import WEIGHT
from pipeline.extract.rows import BASE, BLOCKS, END, KIND, LINKED, NEAREST, PARENT, START

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_CUTS = (0.5, 0.3, 0.15)
CUTS = np.array(_CUTS, np.float32)
LITTLE = 250
"""A page of less text than this, in letters of an alphabet, is cut at the next lower probability."""
_SHORT_CELL = 160
_LONG_HEADING = 400
_SECTION = 80  # bytes that a section's first block has at least
_NO_HEADING = np.float32(0.03)  # a probability below which what looks like a section's heading is none
_NOWHERE = cast(int, np.int64(-1))


@inner
def kept_weight(state: Ints, measures: Ints, p: Floats, cut: float) -> int:
    """Weight of the blocks whose probability reaches ``cut``."""
    total = 0
    for block in range(state[BLOCKS]):
        if p[block] >= cut:
            total += measures[block, WEIGHT]
    return total


@inner
def item_of(base: int, nodes: Ints) -> int:
    """The list item that a block stands in, right in it or in a paragraph of it; -1 where it stands in none."""
    if nodes[base, KIND] == el.LI:
        return base
    parent = nodes[nodes[base, PARENT], NEAREST]
    return int(parent) if nodes[parent, KIND] == el.LI else -1


@inner
def cell_of(base: int, nodes: Ints) -> int:
    """The cell that a block stands in, right in it or in a paragraph of it; -1 where it stands in none."""
    if nodes[base, KIND] == el.CELL:
        return base
    parent = nodes[nodes[base, PARENT], NEAREST]
    return int(parent) if nodes[parent, KIND] == el.CELL else -1


@inner
def same_row(one: int, other: int, nodes: Ints) -> bool:
    """Whether two nodes are in different cells of one row."""
    cell, next_cell = cell_of(one, nodes), cell_of(other, nodes)
    return cell >= 0 and next_cell >= 0 and cell != next_cell and nodes[cell, PARENT] == nodes[next_cell, PARENT]


@inner
def lift_headings(state: Ints, nodes: Ints, blocks: Ints, p: Floats, cut: float) -> None:
    """Raise to ``cut`` the headings of sections within the kept text: before a kept block of some length, or before
    another such heading. The model knows them badly, as the pages it was taught with leave most of them out."""
    first = 0
    while first < state[BLOCKS] and p[first] < cut:
        first += 1
    for block in range(state[BLOCKS] - 2, first, -1):
        kind = nodes[blocks[block, BASE], KIND]
        size = blocks[block, END] - blocks[block, START]
        if (kind != el.H2 and kind != el.H3) or p[block] >= cut or p[block] < _NO_HEADING:
            continue
        if size > _LONG_HEADING or 2 * blocks[block, LINKED] > size or p[block + 1] < cut:
            continue
        kind = nodes[blocks[block + 1, BASE], KIND]
        if blocks[block + 1, END] - blocks[block + 1, START] >= _SECTION or kind == el.H2 or kind == el.H3:
            p[block] = cut


@kernel
def assemble(
    state: Ints, nodes: Ints, blocks: Ints, measures: Ints, text: Bytes, p: Floats, cuts: Floats, out: Bytes
) -> tuple[int, float, float]:
    """Write the kept blocks into ``out``: bytes written, confidence (0 to 1), and the probability that was asked for.

    Confidence is 1 less the share of the expected text that is in doubt, and half less where next to nothing is kept.
    """
    cut = float(cuts[0])
    for k in range(len(cuts)):
        cut = float(cuts[k])
        if kept_weight(state, measures, p, cut) >= LITTLE:
            break
    size = 0
    doubt = 0.0
    expected = 0.0
    kept = 0
    before = _NOWHERE
    item = _NOWHERE
    for block in range(state[BLOCKS]):
        weight = measures[block, WEIGHT]
        doubt += weight * min(p[block], 1 - p[block])
        expected += weight * p[block]
    lift_headings(state, nodes, blocks, p, cut)
    length = 0
    for block in range(state[BLOCKS]):
        if p[block] < cut:
            continue
        start, end, base = blocks[block, START], blocks[block, END], blocks[block, BASE]
        if before >= 0:
            if min(length, end - start) < _SHORT_CELL and same_row(before, base, nodes):
                out[size] = 32
                out[size + 1] = 124
                out[size + 2] = 32
                size += 3
            else:
                out[size] = 10
                size += 1
        inside = item_of(base, nodes)
        if inside >= 0 and inside != item:
            out[size] = 45
            out[size + 1] = 32
            size += 2
        item = inside
        before = base
        length = end - start
        for k in range(start, end):
            out[size] = text[k]
            size += 1
        kept += measures[block, WEIGHT]
    confidence = 1.0 - doubt / expected if expected > 0 else 0.0
    if kept < 200:
        confidence -= 0.5
    return size, max(confidence, 0.0), cut
