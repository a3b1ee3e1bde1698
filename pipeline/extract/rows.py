"""The columns of the tables that the passes over a page share: its nodes, its open elements, its blocks of text."""

from typing import cast

import numpy as np


def constant(value: int) -> int:
    """A number for kernels: literals take longer to compile, and a function that is given some, once for each."""
    return cast(int, np.int64(value))


def columns(count: int) -> list[int]:
    """The numbers of so many columns, for kernels."""
    return [constant(column) for column in range(count)]


# Nodes, in order of their start tags; node 0 is the body.
PARENT, KIND, OWN, KINDS, WORDS, PATH, LOOK, NEAREST = columns(8)
NODE_COLUMNS = 8
"""Parent's node; kind of element; hints of its own attributes; kinds and hints of it and all above it (bit masks);
hash of the tags down to it; hash of its class; the nearest node, itself included, that ends blocks."""

# Open elements.
NAME, NODE, FLAGS = columns(3)
STACK_COLUMNS = 3

# Blocks of text.
START, END, TOP, BASE, LINKS, LINKED, STRONGS, BREAKS, PICTURES, TEXTUAL = columns(10)
BLOCK_COLUMNS = 10
"""First byte and the one after the last, in the text; the node in which it begins; the nearest that ends blocks; links
begun in it; bytes in links; bytes in bold; line breaks; pictures since the block before; bytes in all."""

# What a pass knows at a moment.
(
    NOTHING, OUT, NODES, BLOCKS, DEPTH, OPEN, SPACE, IN_LINK, IN_STRONG, IN_HIDDEN, IN_PRE, IN_P, IN_TABLE, IN_FOREIGN,
    EVENTS, SEEN_PICTURES, FULL, STEPS,
) = columns(18)  # fmt: skip
STATES = 18
"""What nobody asks for; bytes of text; nodes; blocks; open elements; whether a block is open; the space that waits (1
blank, 2 line break); open links, bold, hidden, preformatted elements, paragraphs, tables, drawings; events; pictures;
if a cap was hit; open elements looked at to find what a tag closes."""

# Events: places of the source that say something about the page.
EVENT_KIND, EVENT_START, EVENT_END, EVENT_STOP = columns(4)
EVENT_COLUMNS = 4
"""Kind of element; its start tag's first byte, the byte after the tag, and the byte after its content."""

MAX_NODES = 300_000
MAX_BLOCKS = 60_000
MAX_DEPTH = 1023
MAX_EVENTS = 4096
MAX_STEPS = 100_000_000  # end tags of nothing, in deep elements, take some thousands of times as many as real pages do
