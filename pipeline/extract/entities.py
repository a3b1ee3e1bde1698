"""HTML's named characters, from Python's own list, as kernels look them up."""

import functools
from html.entities import html5

import numpy as np
import numpy.typing as npt

from pipeline.extract.elements import number

SLOTS = 8192
LONGEST = max(map(len, html5))
LONGEST_BARE = max(len(name) for name in html5 if not name.endswith(";"))

_WINDOWS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"


@functools.cache
def table() -> npt.NDArray[np.int64]:
    """Number of a name with its semicolon if it has one, first and second code point, (SLOTS, 3)."""
    slots = np.full((SLOTS, 3), -1, np.int64)
    for name, value in sorted(html5.items()):
        key = number(name)
        slot = key % SLOTS
        while slots[slot, 0] >= 0:
            slot = (slot + 1) % SLOTS
        slots[slot] = key, ord(value[0]), ord(value[1]) if len(value) > 1 else 0
    return slots


@functools.cache
def windows() -> npt.NDArray[np.int64]:
    """What the numbers 128 to 159 stand for, (32,)."""
    return np.array([ord(character) for character in _WINDOWS], np.int64)
