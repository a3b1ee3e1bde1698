"""Makes unicode.npz: ``python -m langid.unicode_build``.

Needs a ``regex`` package that knows Unicode 18.0.0; nothing else does, so it is no dependency.
"""

import sys
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
import regex

from langid import unicode as u

# Scripts written without spaces between words: each base letter begins a word of its own. They are those of
# Unicode's line breaking classes SA and ID, and of AK and AS where living texts run on.
CLUSTERED = tuple(
    """
    Ahom Bali Batk Bugi Cham Hani Java Jurc Kawi Khmr Kits Lana Laoo Maka Mymr Nshu Phag Rjng Seal Tale Talu
    Tang Tavt Tayo Thai Tibt Yiii
    """.split()  # noqa: SIM905
)

# Inside a word only. Apostrophes and what stands for them; middle dot (Catalan, and Greek as NFC writes it);
# Hebrew geresh and gershayim; hyphenation point. Hyphens break: whether compounds take one is mere habit.
JOINERS = "'’‘＇·\u0387\u05f3\u05f4\u2027"

# Zero-width space marks word borders in Khmer, Thai and Burmese, so it is the one invisible sign that breaks.
ZERO_WIDTH_SPACE = "\u200b"

# An em dash begins a line of speech in many languages, so it is none.
BULLETS = "-–*+•◦‣⁃∙●○■□▪▫◆◇►▶▸▹➢➤✓✔✗✘❖⁌⁍·・※→"

# Beyond Unicode's Sentence_Terminal: Tibetan shads, ellipses, Thai and Coptic signs.
MORE_SENTENCE_ENDS = "།༎༏༐༑༔…⋯๚๛⳾"
FINEWEB_TERMINALS = "៖៙៚"

CLOSERS = "\"'`´”’»›」』】〕〉》）］｝″"

LINE_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"

# Python's str.isspace(): Zs, and what is of bidirectional class WS, B or S.
SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"

# The marks that CCNet's text normalisation blanks, and C0 and C1 controls; datatrove adds sentence terminals.
# U+FF11, a digit, is in the published set and stays for parity.
SYMBOLIC_MARKS = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»"
SYMBOLIC_CONTROLS = (*range(9), 11, 12, *range(13, 32), *range(127, 160))

EVERY = "".join(map(chr, range(0x110000)))


def members(character_class: str) -> set[int]:
    """Code points that a ``regex`` character class matches."""
    return {c for run in regex.finditer(f"{character_class}+", EVERY) for c in range(*run.span())}


def signs(text: str) -> set[int]:
    """Code points of a literal list of characters."""
    return {ord(character) for character in text}


def numbered(names: tuple[str, ...], pattern: str) -> npt.NDArray[np.uint32]:
    """For each code point the number of the one name whose class it is in."""
    found = np.zeros(0x110000, np.uint32)
    for number, name in enumerate(names):
        found[sorted(members(pattern % name))] = number
    return found


def word_classes(category: npt.NDArray[np.uint32], script: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Word class of each code point; later lines win."""
    found = np.full(0x110000, u.OTHER, np.uint32)
    found[(category > 0) & (category <= u.LAST_LETTER)] = u.LETTER
    found[(category > u.LAST_LETTER) & (category <= u.LAST_MARK)] = u.MARK
    found[(category > u.LAST_MARK) & (category <= u.LAST_NUMBER)] = u.DIGIT

    def put(word_class: int, code_points: set[int]) -> None:
        found[sorted(code_points)] = word_class

    clustered = set(np.flatnonzero(np.isin(script, [u.SCRIPTS.index(code) for code in CLUSTERED])).tolist())
    letters = set(np.flatnonzero(found == u.LETTER).tolist())
    marks = set(np.flatnonzero(found == u.MARK).tolist())
    put(u.CLUSTER, clustered & (letters | signs("〇")))
    # Vowels and tones that are letters by category yet belong to the base before them (Thai, Lao, Tai Le).
    dependent = members(r"\p{InSC=Vowel_Dependent}") | members(r"\p{InSC=Tone_Mark}")
    put(u.MARK, clustered & letters & dependent)
    put(u.PREFIX, clustered & letters & members(r"\p{Logical_Order_Exception}"))
    # A sign that stacks the next consonant under this one. Pure killers (asat, pinthu) do not.
    stackers = members(r"\p{InSC=Invisible_Stacker}") | members(r"\p{InSC=Virama}")
    put(u.STACKER, clustered & marks & stackers)
    kana = members(r"\p{Script=Hira}") | members(r"\p{Script=Kana}") | signs("ーｰ")
    put(u.KANA, kana & letters)
    put(u.MARK, signs("ﾞﾟ"))  # halfwidth voicing marks are letters by category
    formats = members(r"\p{Cf}") | members(r"\p{Variation_Selector}")
    put(u.JOINER, formats | signs(JOINERS))
    put(u.OTHER, signs(ZERO_WIDTH_SPACE))
    put(u.SPACE, members(r"\p{Zs}") | signs(SPACES))
    return found


def flags(category: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The flag bits of each code point."""
    terminal = members(r"\p{Sentence_Terminal}") | signs(FINEWEB_TERMINALS)
    pictographs = members(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]")
    brackets = members(r"[\p{Pe}\p{Pf}]")
    sets = {
        u.UPPERCASE: set(np.flatnonzero(np.isin(category, [1, 3])).tolist()),
        u.TERMINAL: terminal,
        u.SENTENCE_END: terminal | signs(MORE_SENTENCE_ENDS),
        u.EMOJI: {c for c in pictographs if c > 0x2190},
        u.BULLET: signs(BULLETS),
        u.LINE_BREAK: signs(LINE_BREAKS),
        u.SYMBOLIC: signs(SYMBOLIC_MARKS) | set(SYMBOLIC_CONTROLS) | terminal,
        u.CLOSER: brackets | signs(CLOSERS),
    }
    found = np.zeros(0x110000, np.uint32)
    for flag, code_points in sets.items():
        found[sorted(code_points)] |= flag
    return found


def lowercase_shifts() -> npt.NDArray[np.int32]:
    """Distance from each code point to its one-character lowercase, 0 where there is none.

    Python gives the mapping up to its own Unicode version; for a younger capital, ``regex`` finds the small
    letter that matches when case is ignored.
    """
    found = np.zeros(0x110000, np.int32)
    small = members(r"\p{Ll}")
    for code_point in members(r"[\p{Lu}\p{Lt}\p{Nl}\p{So}]"):
        lowered = chr(code_point).lower()
        if len(lowered) == 1 and lowered != chr(code_point):
            found[code_point] = ord(lowered) - code_point
        elif code_point == ord("İ"):
            found[code_point] = ord("i") - code_point
        elif unicodedata.category(chr(code_point)) == "Cn":
            same = regex.compile(regex.escape(chr(code_point)), regex.IGNORECASE)
            others = [c for c in small if same.fullmatch(chr(c))]
            if others:
                found[code_point] = min(others) - code_point
    return found


def two_stage(flat: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.generic]]:
    """Index (8704,) of blocks of 128 and the distinct blocks in order of first use, so block 0 is ASCII."""
    numbers: dict[bytes, int] = {}
    index = np.array([numbers.setdefault(block.tobytes(), len(numbers)) for block in flat.reshape(-1, 128)], np.uint16)
    _, first = np.unique(index, return_index=True)
    return index, flat.reshape(-1, 128)[first].reshape(-1)


def build() -> dict[str, npt.NDArray[np.generic]]:
    """The arrays that unicode.npz holds."""
    category = numbered(u.CATEGORIES, r"\p{gc=%s}")
    script = numbered(u.SCRIPTS, r"\p{Script=%s}")
    classes = word_classes(category, script)
    flat = category | classes << u.CLASS_SHIFT | script << u.SCRIPT_SHIFT | flags(category)
    index, values = two_stage(flat.astype(np.uint32))
    lower_index, lower_shifts = two_stage(lowercase_shifts())
    return {"index": index, "values": values, "lower_index": lower_index, "lower_shifts": lower_shifts}


def knows_version() -> bool:
    """Whether this ``regex`` package has Unicode 18.0.0, which brought the seal script."""
    return bool(regex.match(r"\p{Assigned}", "\U0003d000"))


def main() -> None:
    """Write unicode.npz beside this file."""
    if not knows_version():
        sys.exit("this regex package does not know Unicode 18.0: pip install 'regex>=2026.11'")
    place = Path(__file__).with_name("unicode.npz")
    np.savez_compressed(place, **build())  # type: ignore[arg-type]
    print(f"{place.name}: {place.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
