"""NFC by the kernel is NFC by Python, whatever stands beside what."""

import random
import unicodedata

import numpy as np
import pyarrow as pa
import pytest

from filters.compose import MOST, compose
from filters.needs import COMBINING, SECOND, decomposing, table

CORNERS = {
    "empty": "",
    "mark first": "\u0301a",
    "blocked by the same class": "a\u0315\u0300\u05ae\u0300b",
    "below before above": "e\u0302\u0323",
    "starter that decomposes into marks": "\u0f71\u0f73\u0f81",
    "left apart": "\u0958\ufb2c\U0001d160",
    "vowel in two parts": "\u0bc6\u0bbe \u09c7\u09be \u0dd9\u0dcf\u0dca",
    "jamo": "a\u0301 \u1112\u1161\u11ab \uac00\u11a8 \u1100\u0300\u1161",
    "heap at the bound": "a" + "\u0323" * (MOST - 1) + "e\u0301",
    "heap beyond the bound": "a" + "\u0323" * MOST + "e\u0301",
    "last of the table and beyond": "\U0002fa1d\u0301\U00030000\u0301\U0010ffff",
    "clean before, between and after": "plain é a\u0301 文字 o\u0308 end",
}


@pytest.mark.parametrize("corner", CORNERS)
def test_corners(corner: str) -> None:
    assert compose(pa.array([CORNERS[corner]])).to_pylist() == [unicodedata.normalize("NFC", CORNERS[corner])]


def test_any_mixture_is_composed_as_python_does() -> None:
    flags = table().flags
    pools: list[list[int]] = [
        np.flatnonzero(flags >> COMBINING).tolist(),
        decomposing(),
        np.flatnonzero(flags & SECOND).tolist(),
        list(range(0x20, 0x7F)),
        [0x4E00, 0xAC00, 0xAC01, 0x1F600, 0x20000, 0x10FFFF],
    ]
    drawn = random.Random(7)  # noqa: S311
    texts = ["".join(chr(drawn.choice(drawn.choice(pools))) for _ in range(drawn.randrange(12))) for _ in range(20_000)]
    wanted = [unicodedata.normalize("NFC", text) for text in texts]
    assert compose(pa.array(texts)).to_pylist() == wanted
    assert sum(new != old for new, old in zip(wanted, texts, strict=True)) > 10_000


def test_slices_are_composed_like_whole_arrays() -> None:
    texts = pa.array(["skipped", *CORNERS.values()])
    assert compose(texts.slice(1)).to_pylist() == compose(pa.array(list(CORNERS.values()))).to_pylist()
