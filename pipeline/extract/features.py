"""What a block of text looks like to the first ensemble: itself, its elements, its place, its likes and its company."""

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from pipeline.extract import elements as el
from pipeline.extract.hints import NAMES
from pipeline.extract.measures import (
    CAPITALS,
    COMMAS,
    DIGITS,
    ENDING_EDGE,
    ENDINGS,
    FIRST,
    LAST,
    LETTERS_IN,
    POINTS,
    SAME,
    SIGNS,
    TITLED,
    WEIGHT,
    WORDS_IN,
)
from pipeline.extract.rows import (
    BASE,
    BLOCKS,
    BREAKS,
    KIND,
    KINDS,
    LINKED,
    LINKS,
    LOOK,
    NODES,
    OWN,
    PARENT,
    PATH,
    PICTURES,
    STRONGS,
    TEXTUAL,
    TOP,
    WORDS,
    columns,
    constant,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_ABOVE = (
    el.ARTICLE, el.MAIN, el.SECTION, el.ASIDE, el.NAV, el.HEADER, el.FOOTER, el.FORM, el.LIST, el.LI, el.TERM, el.TABLE,
    el.QUOTE, el.PRE, el.FIGURE, el.CAPTION, el.ADDRESS, el.DETAILS, el.LINK, el.STRONG, el.TIME, el.CODE,
)  # fmt: skip
_ABOVE_NAMES = (  # noqa: SIM905
    "article main section aside nav header footer form list li term table quote pre figure caption address details link"
    " strong time code"
).split()
ABOVE = np.array(_ABOVE, np.int64)

_OWN = (  # noqa: SIM905
    "weight words link_share links endings commas digits capitals signs word_length ends_sentence first last breaks"
    " strong pictures titled copies copy"
).split()
_PLACE = "kind top_kind level paragraph item depth index place before after_h1 from_h1 left from_comment".split()  # noqa: SIM905
_LIKES = tuple(f"{like}_{what}" for like in ("path", "look") for what in ("share", "count", "mean", "links"))
_SIDES = (-2, -1, 1, 2)
_COMPANY = tuple(f"{what}_{side:+d}" for side in _SIDES for what in ("weight", "links", "kind", "ends"))
_CONTAINER = (  # noqa: SIM905
    "parent_share parent_links parent_blocks parent_mean grand_share grand_links grand_blocks grand_mean parent_score"
    " grand_score best_inside best_up best_down best_share page_weight page_blocks page_links"
).split()

FEATURES = (
    *_OWN,
    *_PLACE,
    *_LIKES,
    *_COMPANY,
    *_CONTAINER,
    *(f"in_{name}" for name in _ABOVE_NAMES),
    *(f"near_{name}" for name in NAMES),
    *(f"any_{name}" for name in NAMES),
)
"""The columns that ``fill`` writes."""

_AT_PLACE = constant(len(_OWN))
_AT_LIKES = constant(_AT_PLACE + len(_PLACE))
_AT_COMPANY = constant(_AT_LIKES + len(_LIKES))
_AT_CONTAINER = constant(_AT_COMPANY + len(_COMPANY))
_AT_ABOVE = constant(_AT_CONTAINER + len(_CONTAINER))
_AT_NEAR = constant(_AT_ABOVE + len(_ABOVE))
_AT_ANY = constant(_AT_NEAR + len(NAMES))
_HINTS = constant(len(NAMES))
_COMMENT = NAMES.index("comment")

# Sums over a node and all in it.
SUM_WEIGHT, SUM_LINKED, SUM_BLOCKS, SCORE = columns(4)
SUMS = 4
# Sums over blocks that are alike.
_, LIKE_WEIGHT, LIKE_LINKED, LIKE_COUNT = columns(4)
LIKES = 4
LIKE_SLOTS = 1 << 18

_NONE, _ONE = columns(2)


@inner
def linked(block: int, blocks: Ints, measures: Ints) -> float:
    """The weight of a block's links."""
    return float(measures[block, WEIGHT] * blocks[block, LINKED] / max(blocks[block, TEXTUAL], _ONE))


@inner
def gather(state: Ints, nodes: Ints, blocks: Ints, measures: Ints, sums: Floats) -> None:
    """Sums of weight, links and blocks by node, and how much prose stands right below it."""
    for node in range(state[NODES]):
        sums[node, SUM_WEIGHT] = 0
        sums[node, SUM_LINKED] = 0
        sums[node, SUM_BLOCKS] = 0
        sums[node, SCORE] = 0
    for block in range(state[BLOCKS]):
        base = blocks[block, BASE]
        weight = measures[block, WEIGHT]
        inside = linked(block, blocks, measures)
        sums[base, SUM_WEIGHT] += weight
        sums[base, SUM_LINKED] += inside
        sums[base, SUM_BLOCKS] += 1
        if weight >= 40 and inside < weight / 2:
            good = weight - inside
            parent = nodes[base, PARENT]
            sums[base, SCORE] += good / 2
            sums[parent, SCORE] += good
            sums[nodes[parent, PARENT], SCORE] += good / 2
    for node in range(state[NODES] - 1, 0, -1):
        parent = nodes[node, PARENT]
        for column in range(3):
            sums[parent, column] += sums[node, column]


@inner
def slot_of(key: int, likes: Floats, keys: Ints, mask: int) -> int:
    """Where the sums of ``key`` are, or go."""
    slot = (key * 0x9E3779B1 >> 7) & mask
    while keys[slot] >= 0 and keys[slot] != key:
        slot = (slot + 1) & mask
    if keys[slot] < 0:
        keys[slot] = key
        for k in range(likes.shape[1]):
            likes[slot, k] = 0
    return int(slot)


@inner
def keys_of(block: int, nodes: Ints, blocks: Ints) -> tuple[int, int]:
    """What blocks of the same tags share, and what those of the same tags and classes."""
    base = blocks[block, BASE]
    path = int(nodes[base, PATH])
    parent = nodes[base, PARENT]
    look = (nodes[base, LOOK] * 31 + nodes[parent, LOOK] * 17) & 0xFFFFFFFFFFF
    return path * 4, int((path * 7 + look * 131) & 0x7FFFFFFFFFFF) * 4 + 1


@inner
def group(state: Ints, nodes: Ints, blocks: Ints, measures: Ints, keys: Ints, likes: Floats, slots: Ints) -> None:
    """Sums over blocks of the same tags, of the same tags and classes, and of the same text.

    ``slots``, (blocks, 4), says where; and the how manieth of its text a block is.
    """
    count = state[BLOCKS]
    size = 64
    while size < 8 * count:
        size *= 2
    for k in range(size):
        keys[k] = -1
    for block in range(count):
        path, look = keys_of(block, nodes, blocks)
        inside = linked(block, blocks, measures)
        same = int(measures[block, SAME]) * 4 + 2
        for which in range(3):
            slot = slot_of(path if which == 0 else look if which == 1 else same, likes, keys, size - 1)
            slots[block, which] = slot
            likes[slot, LIKE_WEIGHT] += measures[block, WEIGHT]
            likes[slot, LIKE_LINKED] += inside
            likes[slot, LIKE_COUNT] += 1
        slots[block, 3] = np.int64(likes[slots[block, 2], LIKE_COUNT])


@inner
def own(block: int, blocks: Ints, measures: Ints, row: Floats) -> None:
    """The block itself."""
    m = measures[block]
    points = max(m[POINTS], _ONE)
    words = max(m[WORDS_IN], _ONE)
    row[0] = np.log2(1.0 + m[WEIGHT])
    row[1] = m[WORDS_IN]
    row[2] = blocks[block, LINKED] / max(blocks[block, TEXTUAL], _ONE)
    row[3] = blocks[block, LINKS]
    row[4] = m[ENDINGS] / words
    row[5] = m[COMMAS] / words
    row[6] = m[DIGITS] / points
    row[7] = m[CAPITALS] / max(m[LETTERS_IN], _ONE)
    row[8] = m[SIGNS] / points
    row[9] = m[LETTERS_IN] / words
    row[10] = m[LAST] == ENDING_EDGE
    row[11] = m[FIRST]
    row[12] = m[LAST]
    row[13] = blocks[block, BREAKS]
    row[14] = blocks[block, STRONGS] / max(blocks[block, TEXTUAL], _ONE)
    row[15] = min(blocks[block, PICTURES], 5 * _ONE)
    row[16] = m[TITLED] / words


@inner
def above(block: int, nodes: Ints, blocks: Ints, kinds: Ints, row: Floats) -> None:
    """The elements around the block, and what their attributes say."""
    top = blocks[block, TOP]
    base = blocks[block, BASE]
    parent = nodes[base, PARENT]
    grand = nodes[parent, PARENT]
    near = nodes[top, OWN] | nodes[base, OWN] | nodes[parent, OWN] | nodes[grand, OWN]
    every = nodes[top, WORDS]
    inside = nodes[top, KINDS]
    for k in range(len(kinds)):
        row[_AT_ABOVE + k] = inside >> kinds[k] & 1
    for k in range(_HINTS):
        row[_AT_NEAR + k] = near >> k & 1
        row[_AT_ANY + k] = every >> k & 1
    kind = nodes[base, KIND]
    row[_AT_PLACE] = kind
    row[_AT_PLACE + 1] = nodes[top, KIND]
    row[_AT_PLACE + 2] = kind - el.H1 + 1 if el.H1 <= kind <= el.H3 else 0
    row[_AT_PLACE + 3] = kind == el.P
    row[_AT_PLACE + 4] = kind == el.LI
    depth = 0
    while base > 0:
        depth += 1
        base = nodes[base, PARENT]
    row[_AT_PLACE + 5] = depth


@inner
def shares(at: int, weight: float, inside: float, count: float, total: float, row: Floats) -> None:
    """Four columns from sums: share of the page, links, blocks, mean weight."""
    row[at] = weight / total
    row[at + 1] = inside / max(weight, 1.0)
    row[at + 2] = count
    row[at + 3] = weight / max(count, 1.0)


@inner
def company(block: int, count: int, table: Floats) -> None:
    """The blocks before and after."""
    at = _AT_COMPANY
    for k in range(4):
        other = block + k - 2 + (k >= 2)
        if 0 <= other < count:
            table[block, at] = table[other, 0]
            table[block, at + 1] = table[other, 2]
            table[block, at + 2] = table[other, _AT_PLACE]
            table[block, at + 3] = table[other, 10]
        else:
            table[block, at] = -1
            table[block, at + 1] = -1
            table[block, at + 2] = -1
            table[block, at + 3] = -1
        at += 4


@inner
def best_node(state: Ints, sums: Floats, nodes: Ints, marks: npt.NDArray[np.int32]) -> int:
    """The node with the most prose right below it; ``marks`` becomes the number of steps from it up to each above."""
    best = 0
    for node in range(1, state[NODES]):
        if sums[node, SCORE] > sums[best, SCORE]:
            best = node
    for node in range(state[NODES]):
        marks[node] = -1
    steps = 0
    node = best
    while node > 0:
        marks[node] = steps
        steps += 1
        node = nodes[node, PARENT]
    marks[0] = steps
    return best


@inner
def container(
    block: int, best: int, total: float, nodes: Ints, blocks: Ints, sums: Floats, marks: npt.NDArray[np.int32],
    row: Floats,
) -> None:  # fmt: skip
    """What the block stands in, and how far that is from where most of the prose is."""
    at = _AT_CONTAINER
    base = blocks[block, BASE]
    parent = nodes[base, PARENT]
    grand = nodes[parent, PARENT]
    shares(at, sums[parent, SUM_WEIGHT], sums[parent, SUM_LINKED], sums[parent, SUM_BLOCKS], total, row)
    shares(at + 4, sums[grand, SUM_WEIGHT], sums[grand, SUM_LINKED], sums[grand, SUM_BLOCKS], total, row)
    most = max(float(sums[best, SCORE]), 1.0)
    row[at + 8] = sums[parent, SCORE] / most
    row[at + 9] = sums[grand, SCORE] / most
    up = 0
    node = base
    while marks[node] < 0:
        node = nodes[node, PARENT]
        up += 1
    row[at + 10] = marks[node] == 0
    row[at + 11] = up
    row[at + 12] = marks[node]
    row[at + 13] = sums[best, SUM_WEIGHT] / total


@kernel
def fill(
    state: Ints, nodes: Ints, blocks: Ints, measures: Ints, kinds: Ints, sums: Floats, marks: npt.NDArray[np.int32],
    keys: Ints, likes: Floats, slots: Ints, table: Floats,
) -> None:  # fmt: skip
    """Write the features of each block into its row of ``table``, (blocks, at least len(FEATURES))."""
    count = state[BLOCKS]
    gather(state, nodes, blocks, measures, sums)
    group(state, nodes, blocks, measures, keys, likes, slots)
    best = best_node(state, sums, nodes, marks)
    total = max(float(sums[0, SUM_WEIGHT]), 1.0)
    before = 0.0
    first = count
    comment = count
    for block in range(count):
        own(block, blocks, measures, table[block])
        above(block, nodes, blocks, kinds, table[block])
        container(block, best, total, nodes, blocks, sums, marks, table[block])
        if first == count and table[block, _AT_PLACE + 2] == 1:
            first = block
        if comment == count and nodes[blocks[block, TOP], WORDS] >> _COMMENT & 1:
            comment = block
    for block in range(count):
        row = table[block]
        row[_AT_PLACE + 6] = block
        row[_AT_PLACE + 7] = block / count
        row[_AT_PLACE + 8] = before / total
        row[_AT_PLACE + 9] = block >= first
        row[_AT_PLACE + 10] = max(-50.0, min(block - first, 200.0)) if first < count else -100.0
        row[_AT_PLACE + 11] = count - block
        row[_AT_PLACE + 12] = block - comment if comment < count else -1000.0
        row[17] = likes[slots[block, 2], LIKE_COUNT]
        row[18] = slots[block, 3]
        before += measures[block, WEIGHT]
        for which in range(2):
            like = likes[slots[block, which]]
            at = _AT_LIKES + 4 * which
            row[at] = like[LIKE_WEIGHT] / total
            row[at + 1] = like[LIKE_COUNT]
            row[at + 2] = like[LIKE_WEIGHT] / like[LIKE_COUNT]
            row[at + 3] = like[LIKE_LINKED] / max(float(like[LIKE_WEIGHT]), 1.0)
        row[_AT_CONTAINER + 14] = np.log2(1.0 + total)
        row[_AT_CONTAINER + 15] = count
        row[_AT_CONTAINER + 16] = sums[0, SUM_LINKED] / total
        company(block, count, table)
