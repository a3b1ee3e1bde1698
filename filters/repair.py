"""Text as it should have come: composed (NFC), without control characters, mojibake read again, white space folded.

One pass says what each document needs (filters/needs.py); those that need nothing, nearly all, keep their bytes. The
rest is mended in rounds, mojibake first, as every other repair would spoil it, until a document needs nothing more. So
to repair a text again changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters import mojibake
from filters.compose import compose
from filters.needs import CONTROL, MOJIBAKE, NFC, REPLACEMENT, SPACES, needs, table
from filters.tidy import tidy
from langid.kernel import buffers

VERSION = 1

REPAIRS = {"nfc": NFC, "control": CONTROL, "mojibake": MOJIBAKE, "spaces": SPACES, "replacement": REPLACEMENT}
"""Bits of ``Repaired.repairs`` by name."""

ROUNDS = 16
"""A safety net: real text needs three, text nested by malice a few more."""


class Repaired(NamedTuple):
    """Repaired texts, and for each what was done to it: bits of REPAIRS, uint8, shape (n,)."""

    texts: pa.StringArray
    repairs: npt.NDArray[np.uint8]


def _needs(texts: pa.StringArray) -> npt.NDArray[np.uint8]:
    offsets, data = buffers(texts)
    found = np.zeros(len(texts), np.uint8)
    if data.size:
        needs(offsets, data, *table(), found)
    return found


def _arrow(texts: Sequence[str]) -> tuple[pa.StringArray, npt.NDArray[np.uint8]]:
    """Arrow texts, and which had lone surrogates: UTF-8 cannot hold them; pairs are joined, others become U+FFFD."""
    repairs = np.zeros(len(texts), np.uint8)
    try:
        return pa.array(texts, pa.string()), repairs
    except UnicodeEncodeError:
        whole = [text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") for text in texts]
        repairs[[new != old for new, old in zip(whole, texts, strict=True)]] = REPLACEMENT
        return pa.array(whole, pa.string()), repairs


def _by(mend: Callable[[str], str]) -> Callable[[pa.StringArray], pa.StringArray]:
    """A repair of one text, for the few documents that need it, as one of an array."""

    def mended(texts: pa.StringArray) -> pa.StringArray:
        stored = texts.cast(pa.binary()).to_pylist()
        return _arrow([mend(text.decode("utf-8", "replace")) for text in stored])[0]

    return mended


STEPS: tuple[tuple[int, Callable[[pa.StringArray], pa.StringArray]], ...] = (
    (REPLACEMENT, _by(str)),
    (MOJIBAKE, _by(mojibake.mend)),
    (CONTROL | SPACES, tidy),
    (NFC, compose),
)
"""What mends what, in this order; the first step that changes a document ends its round."""


def repair(texts: Sequence[str] | pa.StringArray) -> Repaired:
    """Repair each text by itself; where none needs it, the texts are those that came, not copied.

    Lone surrogates and bytes that are not UTF-8 become U+FFFD.
    """
    if isinstance(texts, pa.Array):
        repairs = np.zeros(len(texts), np.uint8)
    else:
        texts, repairs = _arrow(texts)
    pieces, held = [texts], len(texts)
    place = np.arange(len(texts))  # of each document's text, counted through the pieces
    rows, now = np.arange(len(texts)), texts
    for _ in range(ROUNDS):
        needed = _needs(now)
        changed_rows, changed_texts = [], []
        for bits, step in STEPS:
            asked = np.flatnonzero(needed & bits)
            if not len(asked):
                continue
            before = now.take(pa.array(asked))
            after = step(before)
            differs = pc.not_equal(before.cast(pa.binary()), after.cast(pa.binary()))
            changed = asked[differs.to_numpy(zero_copy_only=False)]
            repairs[rows[changed]] |= needed[changed] & bits
            needed[changed] = 0
            changed_rows.append(rows[changed])
            changed_texts.append(after.filter(differs))
        if not changed_rows or not sum(map(len, changed_rows)):
            break
        rows, now = np.concatenate(changed_rows), pa.concat_arrays(changed_texts)
        place[rows] = held + np.arange(len(rows))
        pieces.append(now)
        held += len(rows)
    if len(pieces) > 1:
        texts = pa.concat_arrays(pieces).take(pa.array(place))
    return Repaired(texts, repairs)
