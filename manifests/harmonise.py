"""The label a document is published under: what the model answered, put right by a map, perhaps merged.

The map is harmonise.tsv (label as answered, label to publish, reason); a user's own file is laid over it. Only columns
are needed, so a change of the map decides anew and reads no text. Where labels are merged, a language is published
under its macro language of ISO 639-3, in the same script (``arz_Arab`` -> ``ara_Arab``); a line of the user's map is
the last word, so ``ind_Latn  ind_Latn`` keeps Indonesian out of Malay.
"""

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from manifests.errors import Stop
from manifests.languages import of

COLUMNS = ("raw_label", "label", "reason")
"""The columns of harmonise.tsv and of a user's map, in order."""

_MEND = f"A line is {', '.join(COLUMNS)}, with tabs between: ajp_Arab, apc_Arab, the code was retired"
_LABEL = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


@dataclass(frozen=True)
class Harmony:
    """How answers become labels."""

    shipped: Mapping[str, str]
    own: Mapping[str, str]
    """The user's lines."""
    merge_macro: bool = False

    def of(self, raw: str) -> str:
        """The final label of an answer."""
        return self.names(raw)[-1]

    def names(self, raw: str) -> tuple[str, ...]:
        """The answer, what the map makes of it, and the final label: whoever asks for one of them means it."""
        if raw in self.own:
            return raw, self.own[raw]
        label = self.shipped.get(raw, raw)
        return (raw, label, macro_label(label)) if self.merge_macro else (raw, label)

    def digest(self) -> str:
        """Changes with any line and with merging."""
        told = (sorted(self.shipped.items()), sorted(self.own.items()), self.merge_macro)
        return hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()


def macro_label(label: str) -> str:
    """The label of the macro language in the same script, or the label itself where the language has none."""
    language = of(label)
    return f"{language.macro}_{language.script}" if language.macro else label


def load(own: str | None = None, merge_macro: bool = False) -> Harmony:
    """The shipped map, a user's file (a path) over it. Raises Stop where a line cannot be read or contradicts."""
    shipped = _shipped()
    if own is None:
        return Harmony(shipped, {}, merge_macro)
    try:
        lines = Path(own).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"Cannot read the map {own}: {error}.", "Check the setting harmonise.") from None
    return Harmony(shipped, _lines(lines, own), merge_macro)


@functools.cache
def _shipped() -> Mapping[str, str]:
    text = (files("manifests") / "harmonise.tsv").read_text(encoding="utf-8")
    return MappingProxyType(_lines(text.splitlines(), "harmonise.tsv"))


def _lines(lines: Iterable[str], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or tuple(cells) == COLUMNS:
            continue
        if len(cells) not in (2, 3) or not all(_LABEL.fullmatch(cell) for cell in cells[:2]):
            raise Stop(f"{name}, line {number}: {line.strip()!r} does not name two labels.", _MEND)
        raw, label = cells[:2]
        if found.get(raw, label) != label:
            raise Stop(f"{name}, line {number}: {raw} is {found[raw]} in another line.", "Keep one of them.")
        found[raw] = label
    for raw, label in found.items():
        if found.get(label, label) != label:
            raise Stop(
                f"{name}: {raw} becomes {label}, which becomes {found[label]}.",
                f"The map is gone through once: let {raw} become {found[label]}, or drop a line.",
            )
    return found
