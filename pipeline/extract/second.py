"""What the second ensemble sees beside the features: what the first one thinks of a block's company."""

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from pipeline.extract.features import FEATURES, SCORE, SUM_LINKED, SUM_WEIGHT, best_node
from pipeline.extract.measures import WEIGHT
from pipeline.extract.rows import BASE, BLOCKS, NODES, PARENT, columns, constant

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_SIDES = np.array([-3, -2, -1, 1, 2, 3], np.int64)
_SMOOTHED = (  # noqa: SIM905
    "p p-3 p-2 p-1 p+1 p+2 p+3 around before after parent grand great path look share_before page highest_before"
    " highest_after inside up down since until"
).split()
SECOND = (*FEATURES, *(f"p_{name}" if name != "p" else name for name in _SMOOTHED))
"""The columns of the second ensemble."""

_AT = constant(len(FEATURES))
_REACH, _NEXT = constant(6), constant(1)
_SMALL = 5.0  # weight that a block has beside its own: short ones count, too
_SURELY, _PROSE, _FAR = 0.7, 80, 300
_, LIKE_P, LIKE_OF = columns(3)


@inner
def spread(state: Ints, nodes: Ints, blocks: Ints, measures: Ints, p: Floats, sums: Floats) -> None:
    """Sums over a node and all in it: weight, and weight by probability; and what is right below it."""
    for node in range(state[NODES]):
        sums[node, SUM_WEIGHT] = 0
        sums[node, SUM_LINKED] = 0
        sums[node, SCORE] = 0
    for block in range(state[BLOCKS]):
        base = blocks[block, BASE]
        weight = measures[block, WEIGHT] + _SMALL
        sums[base, SUM_WEIGHT] += weight
        sums[base, SUM_LINKED] += weight * p[block]
        if p[block] > 0.5:
            sums[nodes[base, PARENT], SCORE] += weight * p[block]
    for node in range(state[NODES] - 1, 0, -1):
        parent = nodes[node, PARENT]
        sums[parent, SUM_WEIGHT] += sums[node, SUM_WEIGHT]
        sums[parent, SUM_LINKED] += sums[node, SUM_LINKED]


@inner
def liken(state: Ints, measures: Ints, p: Floats, likes: Floats, slots: Ints) -> None:
    """Sums over blocks that are alike, in the places that ``features.fill`` found."""
    for block in range(state[BLOCKS]):
        for which in range(2):
            likes[slots[block, which], LIKE_OF] = 0
            likes[slots[block, which], LIKE_P] = 0
    for block in range(state[BLOCKS]):
        weight = measures[block, WEIGHT] + _SMALL
        for which in range(2):
            likes[slots[block, which], LIKE_OF] += weight
            likes[slots[block, which], LIKE_P] += weight * p[block]


@inner
def around(block: int, first: int, last: int, count: int, measures: Ints, p: Floats) -> tuple[float, float]:
    """Mean and highest probability of the blocks from ``first`` to ``last`` beside this one."""
    total = 0.0
    weights = 0.0
    highest = 0.0
    for other in range(max(0, block + first), min(count, block + last + 1)):
        if other != block:
            weight = measures[other, WEIGHT] + _SMALL
            total += weight * p[other]
            weights += weight
            highest = max(highest, p[other])
    return (total / weights if weights else -1.0), highest


@inner
def mean(node: int, sums: Floats) -> float:
    """Mean probability of the text in a node."""
    return float(sums[node, SUM_LINKED] / max(sums[node, SUM_WEIGHT], np.float32(1.0)))


@inner
def distances(count: int, measures: Ints, p: Floats, table: Floats) -> None:
    """How many blocks ago the last was that is surely prose, and how many there are until the next."""
    far = np.int64(_FAR)
    since = far
    for block in range(count):
        table[block, _AT + 22] = since
        since = np.int64(0) if p[block] > _SURELY and measures[block, WEIGHT] >= _PROSE else min(since + 1, far)
    until = far
    for block in range(count - 1, -1, -1):
        table[block, _AT + 23] = until
        until = np.int64(0) if p[block] > _SURELY and measures[block, WEIGHT] >= _PROSE else min(until + 1, far)


@kernel
def fill_second(
    state: Ints, nodes: Ints, blocks: Ints, measures: Ints, sides: Ints, p: Floats, sums: Floats,
    marks: npt.NDArray[np.int32], likes: Floats, slots: Ints, table: Floats,
) -> None:  # fmt: skip
    """Write the columns after those of ``features.fill`` into each block's row of ``table``; ``p``: first answers."""
    count = state[BLOCKS]
    spread(state, nodes, blocks, measures, p, sums)
    liken(state, measures, p, likes, slots)
    best_node(state, sums, nodes, marks)
    total = max(float(sums[0, SUM_LINKED]), 1.0)
    before = 0.0
    for block in range(count):
        row = table[block, _AT:]
        row[0] = p[block]
        for k in range(len(sides)):
            other = block + sides[k]
            row[1 + k] = p[other] if 0 <= other < count else -1.0
        row[7], _ = around(block, -_REACH, _REACH, count, measures, p)
        row[8], row[17] = around(block, -_REACH, -_NEXT, count, measures, p)
        row[9], row[18] = around(block, _NEXT, _REACH, count, measures, p)
        base = blocks[block, BASE]
        parent = nodes[base, PARENT]
        grand = nodes[parent, PARENT]
        row[10] = mean(parent, sums)
        row[11] = mean(grand, sums)
        row[12] = mean(nodes[grand, PARENT], sums)
        for which in range(2):
            like = likes[slots[block, which]]
            row[13 + which] = like[LIKE_P] / like[LIKE_OF]
        row[15] = before / total
        row[16] = np.log2(1.0 + total)
        before += (measures[block, WEIGHT] + _SMALL) * p[block]
        up = 0
        node = base
        while marks[node] < 0:
            node = nodes[node, PARENT]
            up += 1
        row[19] = marks[node] == 0
        row[20] = up
        row[21] = marks[node]
    distances(count, measures, p, table)


SIDES = _SIDES
