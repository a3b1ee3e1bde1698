"""What each code point is, for kernels: category, word class, script and a few flags in one 32-bit value.

The table is that of Unicode 18.0.0 and ships as ``unicode.npz`` (made by ``langid/unicode_build.py``), so
results do not change with the Python that runs them. A value is laid out as

    bits 0-4   general category      bits 9-16  script, an index into SCRIPTS
    bits 5-8   word class            bits 17-   flags, UPPERCASE to CLOSER
"""

import functools
import importlib.resources
from typing import Any

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, kernel

UNICODE_VERSION = "18.0.0"

CATEGORIES = tuple(
    """
    Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co
    """.split()  # noqa: SIM905
)
"""Categories by number: letters are 1-5, marks 6-8, numbers 9-11, punctuation 12-18, symbols 19-22."""

LAST_LETTER, LAST_MARK, LAST_NUMBER, LAST_PUNCTUATION, LAST_SYMBOL = 5, 8, 11, 18, 22
DECIMAL, CONTROL, FORMAT = 9, 26, 27

# Word classes: how a code point takes part in a word (langid/segment.py).
OTHER, SPACE, LETTER, MARK, DIGIT, JOINER, CLUSTER, PREFIX, STACKER, KANA = range(10)

CATEGORY_MASK = 0x1F
CLASS_SHIFT, CLASS_MASK = 5, 0xF
SCRIPT_SHIFT, SCRIPT_MASK = 9, 0xFF

UPPERCASE = 1 << 17  # Lu or Lt
SENTENCE_END = 1 << 18  # ends a sentence, in any script: TERMINAL, and shad, ellipsis, Thai and Coptic signs
TERMINAL = 1 << 19  # Unicode's Sentence_Terminal and the three Khmer signs that FineWeb adds
EMOJI = 1 << 20  # pictographs, skin tones and regional indicators; not the old text signs such as © or ™
BULLET = 1 << 21  # what list items begin with, hyphens included
LINE_BREAK = 1 << 22  # where Python's str.splitlines() cuts
SYMBOLIC = 1 << 23  # a word of these alone is not a word for Gopher's rules (the set of CCNet and datatrove)
CLOSER = 1 << 24  # quotes and brackets that may follow the end of a sentence

SCRIPTS: tuple[str, ...] = tuple(
    """
    Zyyy Zinh Zzzz Adlm Aghb Ahom Arab Armi Armn Avst Bali Bamu Bass Batk Beng Berf Bhks Bopo Brah Brai
    Bugi Buhd Cakm Cans Cari Cham Cher Chrs Copt Cpmn Cprt Cyrl Deva Diak Dogr Dsrt Dupl Egyp Elba Elym
    Ethi Gara Geor Glag Gong Gonm Goth Gran Grek Gujr Gukh Guru Hang Hani Hano Hatr Hebr Hira Hluw Hmng
    Hmnp Hung Ital Java Jurc Kali Kana Kawi Khar Khmr Khoj Kits Knda Krai Kthi Lana Laoo Latn Lepc Limb
    Lina Linb Lisu Lyci Lydi Mahj Maka Mand Mani Marc Medf Mend Merc Mero Mlym Modi Mong Mroo Mtei Mult
    Mymr Nagm Nand Narb Nbat Newa Nkoo Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Pcun Perm
    Phag Phli Phlp Phnx Plrd Prti Rjng Rohg Runr Samr Sarb Saur Seal Sgnw Shaw Shrd Sidd Sidt Sind Sinh
    Sogd Sogo Sora Soyo Sund Sunu Sylo Syrc Tagb Takr Tale Talu Taml Tang Tavt Tayo Telu Tfng Tglg Thaa
    Thai Tibt Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Vith Wara Wcho Xpeo Xsux Yezi Yiii Zanb
    """.split()  # noqa: SIM905
)
"""ISO 15924 codes by script number: 0 common, 1 inherited, 2 unknown, then in order of code."""

REPLACEMENT = 0xFFFD

Index = npt.NDArray[np.uint16]
Values = npt.NDArray[np.uint32]
Shifts = npt.NDArray[np.int32]


@functools.cache
def _arrays() -> dict[str, npt.NDArray[Any]]:
    place = importlib.resources.files("langid") / "unicode.npz"
    with place.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for array in arrays.values():
        array.setflags(write=True)  # Numba compiles read-only arrays apart; the cache is ours alone
    return arrays


def table() -> tuple[Index, Values]:
    """Properties of every code point: block numbers of its runs of 128, (8704,), and values by block.

    Loaded once from the shipped file.
    """
    arrays = _arrays()
    return arrays["index"], arrays["values"]


def lowercase() -> tuple[Index, Shifts]:
    """What to add to a code point to get its simple (one to one) lowercase, laid out as ``table`` is."""
    arrays = _arrays()
    return arrays["lower_index"], arrays["lower_shifts"]


@inline
def decode(data: npt.NDArray[np.uint8], i: int, stop: int) -> tuple[int, int]:
    """The code point at byte ``i`` < ``stop`` and where the next begins, never past ``stop``.

    A byte that begins no whole sequence counts as U+FFFD and is one byte long; continuation bytes are not
    checked, as Arrow strings are valid UTF-8 and a wrong one must only not crash.
    """
    lead = data[np.uintp(i)] & 0xFF  # signed from here on: Numba makes floats of mixed signs
    # Unsigned indices spare Numba's look whether they count from the end.
    if lead < 0x80:
        return lead, i + 1
    if lead < 0xC2:
        return REPLACEMENT, i + 1
    if lead < 0xE0:
        if i + 2 <= stop:
            return (lead & 0x1F) << 6 | data[np.uintp(i + 1)] & 0x3F, i + 2
    elif lead < 0xF0:
        if i + 3 <= stop:
            return (lead & 0xF) << 12 | (data[np.uintp(i + 1)] & 0x3F) << 6 | data[np.uintp(i + 2)] & 0x3F, i + 3
    elif lead < 0xF5 and i + 4 <= stop:
        high = (lead & 0x7) << 18 | (data[np.uintp(i + 1)] & 0x3F) << 12
        code_point = high | (data[np.uintp(i + 2)] & 0x3F) << 6 | data[np.uintp(i + 3)] & 0x3F
        if code_point <= 0x10FFFF:
            return code_point, i + 4
    return REPLACEMENT, i + 1


@inline
def properties(index: Index, values: Values, code_point: int) -> int:
    """The packed value of a code point (0 to 0x10FFFF)."""
    if code_point < 128:
        value: int = values[code_point] & 0xFFFFFFFF  # block 0 comes first
        return value
    other: int = values[(index[code_point >> 7] & 0xFFFF) << 7 | code_point & 127] & 0xFFFFFFFF
    return other


@inline
def lower(index: Index, shifts: Shifts, code_point: int) -> int:
    """The simple lowercase of a code point."""
    return code_point + int(shifts[(index[code_point >> 7] & 0xFFFF) << 7 | code_point & 127])


def category(value: int) -> str:
    """General category of a packed value, as Unicode writes it."""
    return CATEGORIES[value & CATEGORY_MASK]


def script(value: int) -> str:
    """ISO 15924 code of a packed value."""
    return SCRIPTS[value >> SCRIPT_SHIFT & SCRIPT_MASK]


def describe(character: str) -> int:
    """The packed value of one character, for Python code that asks seldom."""
    index, values = table()
    return int(values[int(index[ord(character) >> 7]) << 7 | ord(character) & 127])


@kernel
def _code_points(data: npt.NDArray[np.uint8], start: int, stop: int) -> npt.NDArray[np.int64]:
    found = np.empty(stop - start, np.int64)
    n = 0
    i = start
    while i < stop:
        code_point, i = decode(data, i, stop)
        found[n] = code_point
        n += 1
    return found[:n]


def code_points(text: bytes) -> list[int]:
    """Code points of UTF-8 as kernels see them; what is broken is U+FFFD."""
    data = np.frombuffer(text, np.uint8).copy() if text else np.zeros(0, np.uint8)
    return [int(code_point) for code_point in _code_points(data, 0, len(data))]
