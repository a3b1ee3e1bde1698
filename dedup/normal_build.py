"""Makes folds.tsv: ``python -m dedup.normal_build``, with the ``regex`` package of Unicode 18.0.0 (no dependency else).

The file lists the code points that become others: by full case folding, by folding halfwidth and fullwidth forms, and
by the one form of i. Everything else of the normal form follows from general categories (dedup/normal.py).
"""

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import regex
from regex import _regex, _regex_core

from langid.unicode import UNICODE_VERSION

FULL_FOLDING = _regex_core.FULL_CASE_FOLDING | _regex_core.UNICODE

# Capital I belongs to i and to dotless ı, capital İ to i: one form for all four, as no text says which it meant.
ONE_I = {"I": "i", "İ": "i", "ı": "i"}

SURROGATES = range(0xD800, 0xE000)


def narrowed(character: str) -> str:
    """The ordinary form of a halfwidth or fullwidth character."""
    kind, _, code_points = unicodedata.decomposition(character).partition(" ")
    return "".join(chr(int(c, 16)) for c in code_points.split()) if kind in ("<wide>", "<narrow>") else character


def voiced(character: str) -> str:
    """Katakana with a voicing mark taken apart: in halfwidth text the mark is a character of its own."""
    parts = unicodedata.normalize("NFD", character)
    return parts if parts[1:] in ("\u3099", "\u309a") and "\u30a0" <= character <= "\u30ff" else character


def case_folded(character: str) -> str:
    """Full case folding, composed as NFC text has it.

    Where the composed form is the character itself (ΐ, ǰ, ᾶ ...), its capital has no composed form: NFC text then holds
    the capital and its last mark apart, and so must the folded form.
    """
    if character in ONE_I:
        return ONE_I[character]
    folded: str = _regex.fold_case(FULL_FOLDING, character)
    composed = unicodedata.normalize("NFC", folded)
    if composed == character != folded:
        return unicodedata.normalize("NFC", folded[:-1]) + folded[-1]
    return composed


def fold(character: str) -> str:
    """What a character becomes, once nothing changes any more."""
    text = character
    while (folded := "".join(voiced(case_folded(narrowed(c))) for c in text)) != text:
        text = folded
    return text


def lines() -> Iterator[str]:
    """The file, line by line."""
    yield f"# Unicode {UNICODE_VERSION}: code point, and what it becomes by case and width folding"
    for code_point in range(0x110000):
        character = chr(code_point)
        if code_point in SURROGATES or unicodedata.normalize("NFC", character) != character:
            continue  # never in NFC text
        if (folded := fold(character)) != character:
            yield f"{code_point:04X}\t{' '.join(f'{ord(c):04X}' for c in folded)}"


def main() -> None:
    """Write folds.tsv beside this file."""
    if not regex.match(r"\p{Script=Seal}", "\U0003d000"):
        sys.exit("this regex package does not know Unicode 18.0: pip install 'regex>=2026.11'")
    place = Path(__file__).with_name("folds.tsv")
    place.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    print(f"{place}: {place.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
