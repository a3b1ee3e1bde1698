"""Which scripts a text is written in, by counting its letters.

Scripts are told by a number, an index into ``langid.unicode.SCRIPTS``. A writing system may join several: Japanese
(``Jpan``) is Hira + Kana + Hani, Korean (``Hang``) is Hang + Hani, Chinese (``Hani``, also Hans and Hant) is Hani +
Bopo. Common and inherited letters (Zyyy, Zinh) belong to none and are not counted.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.kernel import buffers, inline, kernel, part
from langid.label import SYSTEMS
from langid.rows import load8, ones
from langid.unicode import (
    CATEGORY_MASK,
    LAST_LETTER,
    SCRIPT_MASK,
    SCRIPT_SHIFT,
    SCRIPTS,
    Index,
    Values,
    decode,
    properties,
    table,
)

COUNT = len(SCRIPTS)
COMMON, INHERITED, UNKNOWN = 0, 1, 2
HAN, HANGUL, HIRAGANA, KATAKANA, BOPOMOFO = (SCRIPTS.index(code) for code in ("Hani", "Hang", "Hira", "Kana", "Bopo"))
JAPANESE = HIRAGANA
"""Japanese as a writing system goes by the number of Hira."""

NAMES: tuple[str, ...] = tuple("Jpan" if code == "Hira" else code for code in SCRIPTS)
"""ISO 15924 code of each writing system."""

MIXED_HAN = 0.1
"""Share of kana (or Hangul) among East Asian letters from which a text is Japanese (or Korean) rather than Chinese."""

LATIN = SCRIPTS.index("Latn")
_EACH = 0x0101010101010101  # of eight bytes
_HIGH, _CASE, _FROM_A, _BEYOND_Z = (np.uint64(_EACH * byte) for byte in (0x80, 0x20, 0x80 - 0x61, 0x80 - 0x7B))

Counts = npt.NDArray[np.int32]


def number(script: str) -> int:
    """Number of a writing system (``Latn``, ``Jpan``, ``Hans``); -1 where Unicode has no such script."""
    code = SYSTEMS.get(script, script)
    return NAMES.index(code) if code in NAMES else -1


@inline
def letter_script(value: int) -> int:
    """Script number of a packed Unicode value where it is a letter of a script, else 0 (COMMON)."""
    if 1 <= value & CATEGORY_MASK <= LAST_LETTER:
        script = value >> SCRIPT_SHIFT & SCRIPT_MASK
        if script > UNKNOWN:
            return script
    return 0


@inline
def held(counts: Counts, system: int) -> int:
    """Letters that belong to a writing system."""
    if system < 0:
        return 0
    if system == JAPANESE:
        return int(counts[HIRAGANA]) + int(counts[KATAKANA]) + int(counts[HAN])
    if system == HANGUL:
        return int(counts[HANGUL]) + int(counts[HAN])
    if system == HAN:
        return int(counts[HAN]) + int(counts[BOPOMOFO])
    return int(counts[system])


@part
def dominant(counts: Counts) -> int:
    """The writing system with most letters; of equals the first in order of code; 0 where there is no letter."""
    best = 0
    most = 0
    for script in range(UNKNOWN + 1, len(counts)):
        if counts[script] > most:
            most = int(counts[script])
            best = script
    han, hangul = int(counts[HAN]), int(counts[HANGUL])
    kana = int(counts[HIRAGANA]) + int(counts[KATAKANA])
    east = han + hangul + kana + int(counts[BOPOMOFO])
    if east > 0 and east >= most:
        if kana > hangul and kana >= MIXED_HAN * east:
            return JAPANESE
        if hangul > 0 and hangul >= MIXED_HAN * east:
            return HANGUL
        if han + int(counts[BOPOMOFO]) >= most:
            return HAN
    return best


@kernel
def _letters(
    offsets: npt.NDArray[np.int32],
    data: npt.NDArray[np.uint8],
    index: Index,
    values: Values,
    counts: npt.NDArray[np.int32],
) -> None:
    for document in range(len(offsets) - 1):
        row = counts[document]
        i = int(offsets[document])
        stop = int(offsets[document + 1])
        latin = np.uint64(0)
        while i < stop:
            if i + 8 <= stop:
                eight = load8(data, i)
                if eight & _HIGH == np.uint64(0):
                    # Bytes from "a" on carry into the high bit, and so do those beyond "z", which are taken off.
                    small = eight | _CASE
                    latin += ones((small + _FROM_A) & ~(small + _BEYOND_Z) & _HIGH)
                    i += 8
                    continue
            code_point, i = decode(data, i, stop)
            script = letter_script(properties(index, values, code_point))
            if script > 0:
                row[script] += 1
        row[LATIN] += np.int32(latin)


@kernel
def _shares(
    counts: npt.NDArray[np.int32],
    systems: npt.NDArray[np.int32],
    main: npt.NDArray[np.int32],
    shares: npt.NDArray[np.float32],
) -> None:
    for document in range(len(counts)):
        row = counts[document]
        letters = 0
        for script in range(UNKNOWN + 1, len(row)):
            letters += int(row[script])
        main[document] = dominant(row)
        if letters > 0:
            system = int(systems[document]) if systems[document] >= 0 else int(main[document])
            shares[document] = np.float32(held(row, system) / letters)


def letters(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """Letters of each script, shape (documents, len(SCRIPTS))."""
    counts = np.zeros((len(texts), COUNT), np.int32)
    if len(texts):
        offsets, data = buffers(texts)
        _letters(offsets, data, *table(), counts)
    return counts


def shares(
    counts: npt.NDArray[np.int32], systems: npt.NDArray[np.int32] | None = None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Dominant writing system of each row of ``letters``, and the share of letters that ``systems`` hold (where that is
    -1 or not given, the dominant one). Both are 0 where a text has no letter."""
    main = np.zeros(len(counts), np.int32)
    found = np.zeros(len(counts), np.float32)
    if len(counts):
        asked = np.full(len(counts), -1, np.int32) if systems is None else systems.astype(np.int32, copy=False)
        _shares(counts, asked, main, found)
    return main, found
