"""Hashes of words are the same from a kernel, from plain Python, and from other letters of the same lower case."""

from typing import Any

import numpy as np
import pytest

from filters.hashes import hash_bytes, hash_word, lower_hash
from langid.kernel import kernel
from langid.unicode import lowercase

WORDS = (
    *("", "a", "Stone", "Sixteen-letters!", "seventeen letters", "@AZ[`az{", "Z@[{~A\x7f", "x" * 40),
    *("ÑANDÚ", "река", "ИЗБА", "漢字", "𞤀𞤁𞤂"),
)


@kernel
def _hash(data: Any, start: int, stop: int) -> Any:
    return hash_word(data, start, stop)


@kernel
def _lower(data: Any, start: int, stop: int, index: Any, shifts: Any) -> Any:
    return lower_hash(data, start, stop, index, shifts)


@pytest.mark.parametrize("word", WORDS)
def test_a_hash_is_of_the_bytes_alone(word: str) -> None:
    raw = word.encode()
    for before, after in ((b"", b"\x00" * 16), (b"yz", b"more text stands here")):
        data = np.frombuffer(before + raw + after, np.uint8).copy()
        assert _hash(data, len(before), len(before) + len(raw)) == hash_bytes(raw)
        small = "".join(c.lower() for c in word).encode()
        assert _lower(data, len(before), len(before) + len(raw), *lowercase()) == hash_bytes(small)


def test_lower_case_may_take_other_bytes() -> None:
    for word in ("ȺB", "İSTANBUL", "\u1e9e", "K\u212a"):
        index, shifts = lowercase()
        small = "".join(chr(ord(c) + int(shifts[int(index[ord(c) >> 7]) << 7 | ord(c) & 127])) for c in word)
        data = np.frombuffer(word.encode() + bytes(16), np.uint8).copy()
        assert small != word
        assert _lower(data, 0, len(word.encode()), index, shifts) == hash_bytes(small.encode())


def test_hashes_differ() -> None:
    words = {bytes([a, b]) for a in range(256) for b in range(256)} | {b"a" * n for n in range(40)} | {bytes(9)}
    assert len({hash_bytes(word) for word in words}) == len(words)
