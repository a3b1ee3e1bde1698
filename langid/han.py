"""Whether Chinese is written in simplified (Hans) or traditional (Hant) characters.

The evidence is characters that only one of the two writes: han.txt, made by han_build.py from OpenCC's tables
(Apache-2.0). A text in which they are few, or which writes both, is called neither. What is answered counts towards
``langid.identify.VERSION``.
"""

import functools
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.kernel import buffers, kernel
from langid.script import HAN, letters, shares
from langid.unicode import decode

VARIANTS = ("Hans", "Hant")

LEAST = 2
"""Characters of evidence that are needed."""

SHARE = 0.8
"""Share of the evidence that has to agree: traditional text of the web has strays of the other kind, and converted
text keeps a few characters that the converter did not know."""

Kinds = npt.NDArray[np.uint8]


@functools.cache
def _kinds() -> Kinds:
    """By code point: 0 evidence of nothing, else the number of the variant plus one."""
    lines = (files("langid") / "han.txt").read_text(encoding="utf-8").splitlines()
    alone = dict(line.split("\t") for line in lines)
    kinds = np.zeros(max(map(ord, "".join(alone.values()))) + 1, np.uint8)
    for number, name in enumerate(VARIANTS, 1):
        kinds[[ord(character) for character in alone[name]]] = number
    return kinds


@kernel
def _count(
    offsets: npt.NDArray[np.int32],
    data: npt.NDArray[np.uint8],
    chinese: npt.NDArray[np.bool_],
    kinds: Kinds,
    counts: npt.NDArray[np.int32],
) -> None:
    for document in range(len(chinese)):
        if not chinese[document]:
            continue
        i = int(offsets[document])
        stop = int(offsets[document + 1])
        while i < stop:
            if data[i] < 0xE3:  # no Han character begins with a smaller byte
                i += 1
                continue
            code_point, i = decode(data, i, stop)
            if code_point < len(kinds) and kinds[code_point] > 0:
                counts[document, kinds[code_point] - 1] += 1


def evidence(texts: pa.StringArray, systems: npt.NDArray[np.int32] | None = None) -> npt.NDArray[np.int32]:
    """Characters that only simplified and only traditional Chinese writes, shape (documents, 2).

    ``systems`` are the numbers of the dominant writing systems (``langid.script``), counted here unless given; where
    that is not Han (Japanese, Korean), nothing is counted.
    """
    counts = np.zeros((len(texts), len(VARIANTS)), np.int32)
    if len(texts):
        main = shares(letters(texts))[0] if systems is None else systems
        if (main == HAN).any():
            _count(*buffers(texts), main == HAN, _kinds(), counts)
    return counts


def variants(texts: pa.StringArray, systems: npt.NDArray[np.int32] | None = None) -> pa.StringArray:
    """``Hans``, ``Hant`` or null of each text: null where it is not Chinese, or the evidence is thin or divided."""
    counts = evidence(texts, systems)
    total = counts.sum(axis=1)
    best = counts.argmax(axis=1)
    sure = (total >= LEAST) & (counts.max(axis=1, initial=0) >= SHARE * total)
    return pa.array(VARIANTS, pa.string()).take(pa.array(best, pa.int64(), mask=~sure))
