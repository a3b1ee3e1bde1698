"""From the probabilities of a page's blocks to its text, and how sure one may be of it."""

from typing import cast

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from pipeline.extract import elements as el
from pipeline.extract.measures import WEIGHT
from pipeline.extract.rows import BASE, BLOCKS, END, KIND, NEAREST, PARENT, START

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_CUTS = (0.5, 0.3, 0.15)
CUTS = np.array(_CUTS, np.float32)
LITTLE = 250
"""A page of less text than this, in letters of an alphabet, is cut at the next lower probability."""
_SHORT_CELL = 160
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
def same_row(one: int, other: int, nodes: Ints) -> bool:
    """Whether two nodes are cells of one row."""
    return (
        one != other
        and nodes[one, KIND] == el.CELL
        and nodes[other, KIND] == el.CELL
        and nodes[one, PARENT] == nodes[other, PARENT]
    )


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
        if p[block] < cut:
            continue
        start, end, base = blocks[block, START], blocks[block, END], blocks[block, BASE]
        if before >= 0:
            if same_row(before, base, nodes) and end - start < _SHORT_CELL:
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
        for k in range(start, end):
            out[size] = text[k]
            size += 1
        kept += weight
    confidence = 1.0 - doubt / expected if expected > 0 else 0.0
    if kept < 200:
        confidence -= 0.5
    return size, max(confidence, 0.0), cut
