"""Letters by which a word gives away that it mixes scripts that look alike, as one bit a script.

Only letters that pass for one of another script count. Orthographies borrow the others: Kikuyu, Kabyle and Lobi are
typed with Greek ῖ, ε and ι, Kanuri with Cyrillic ә, Ossetian with Latin æ, Chuvash with ă; units and formulas take μ
and Δ. Han, kana, Hangul and Bopomofo mix by nature and have no bit.
"""

import numpy as np
import numpy.typing as npt

from langid.unicode import CATEGORY_MASK, LAST_LETTER, SCRIPT_MASK, SCRIPT_SHIFT, SCRIPTS, Index, Values

FIRST_BIT = 27
LATIN, CYRILLIC, GREEK, OTHER = (1 << FIRST_BIT + k for k in range(4))
"""Bits beside the properties of a code point; OTHER is any of the rarer scripts."""
MASK = 0xF

OTHERS = ("Armn", "Cher", "Copt", "Lisu")

LOOKING_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧκνορτυχΆΈΉΊΌΎόύϋ"
"""Greek letters that pass for Latin or Cyrillic ones, without those that serve as letters of Latin orthographies or as
signs of mathematics."""

BORROWED_CYRILLIC = "ӘәӨөӔӕЬьЗзЧчЁёӠӡԐԑ"
"""Cyrillic letters that Latin orthographies have, or had, among theirs."""


def bits(index: Index, values: Values) -> Values:
    """The bit of each value of the Unicode table, 0 for most. Latin letters are those of ASCII alone."""
    category, script = values & CATEGORY_MASK, values >> SCRIPT_SHIFT & SCRIPT_MASK
    letter = (category > 0) & (category <= LAST_LETTER)
    found = np.zeros(len(values), np.uint32)
    found[:128][letter[:128]] = LATIN
    found[letter & (script == SCRIPTS.index("Cyrl"))] = CYRILLIC
    found[_places(index, BORROWED_CYRILLIC)] = 0
    found[_places(index, LOOKING_GREEK)] = GREEK
    found[letter & np.isin(script, [SCRIPTS.index(code) for code in OTHERS])] = OTHER
    return found


def _places(index: Index, letters: str) -> npt.NDArray[np.int64]:
    return np.array([int(index[ord(letter) >> 7]) << 7 | ord(letter) & 127 for letter in letters], np.int64)
