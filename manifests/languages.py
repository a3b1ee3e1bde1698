"""The languages: each label that a model, limit or folder may bear, its names, how its script parts words.

A label is an ISO 639-3 code and an ISO 15924 script (``swh_Latn``). The table is languages.tsv, made by
languages_build.py; a new language is a line in it.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from manifests.errors import Stop

COLUMNS = ("label", "name", "iso639_1", "bcp47", "macro", "script", "words", "family", "aka")
"""The columns of languages.tsv, in order."""

_CLUSTERED = """
    Ahom Bali Batk Bopo Bugi Cham Hanb Hani Hans Hant Hira Hrkt Java Jpan Jurc Kana Kawi Khmr Kits Lana Laoo
    Maka Mymr Nshu Phag Rjng Seal Tale Talu Tang Tavt Tayo Thai Tibt Yiii
"""
CLUSTERED = frozenset(_CLUSTERED.split())
"""Scripts that do not put a space between words: there a word is an orthographic cluster."""

SCRIPTS_OF = {"Hans": "Hani", "Hant": "Hani", "Hrkt": "Jpan", "Kana": "Jpan", "Hira": "Jpan", "Kore": "Hang"}
"""Scripts of BCP-47 tags that labels write otherwise."""


OLD_CODES = {
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "mo": "ro",
    "no": "nor",
    "sh": "hbs",
    "tgl": "fil",
    "tl": "fil",
}
"""Codes still met in older corpora and models, and what names the same languages here."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language in one script."""

    label: str
    name: str
    """English reference name of ISO 639-3."""
    iso639_1: str
    """Two-letter code, or empty; a macro language's for the member it commonly means (``sw`` for swh)."""
    bcp47: str
    """Canonical tag; the script only where it is not the usual one of the language."""
    macro: str
    """ISO 639-3 code of the macro language, or empty."""
    script: str
    words: str
    """``spaced`` or ``clustered``."""
    family: str
    aka: tuple[str, ...]
    """Further English names; no other language has them."""

    @property
    def code(self) -> str:
        """The ISO 639-3 code."""
        return self.label.partition("_")[0]


def word_kind(label_or_script: str) -> str:
    """How words are told apart in this script: ``spaced``, or ``clustered`` where no space parts them."""
    return "clustered" if label_or_script.rpartition("_")[2] in CLUSTERED else "spaced"


@cache
def languages() -> tuple[Language, ...]:
    """All rows of the table, by label."""
    lines = (files("manifests") / "languages.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines[1:])


def _parse(line: str) -> Language:
    label, name, iso639_1, bcp47, macro, script, words, family, aka = line.split("\t")
    names = tuple(aka.split(";")) if aka else ()
    return Language(label, name, iso639_1, bcp47, macro, script, words, family, names)


@cache
def _by_label() -> dict[str, Language]:
    return {language.label: language for language in languages()}


def of(label: str) -> Language:
    """The row of ``label``; for one that only somebody's own model knows, a bare row made from its parts."""
    known = _by_label().get(label)
    if known:
        return known
    code, _, script = label.partition("_")
    return Language(label, code, "", f"{code}-{script}" if script else code, "", script, word_kind(label), "", ())


@cache
def _exact() -> dict[str, tuple[str, ...]]:
    """Case-folded label, code, tag or name -> labels. Where two kinds of name clash, the first one wins."""
    table: dict[str, tuple[str, ...]] = {}
    for kind in (_labels, _codes, _tags, _names, _other_names, _macros):
        found: dict[str, list[str]] = {}
        for key, label in kind():
            found.setdefault(key.casefold(), []).append(label)
        for key, labels in found.items():
            table.setdefault(key, tuple(dict.fromkeys(labels)))
    for old, new in OLD_CODES.items():
        table.setdefault(old, table[new])
    return table


def _labels() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.label, language.label
        yield language.label.replace("_", "-"), language.label


def _codes() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.code, language.label
        if language.iso639_1:
            yield language.iso639_1, language.label


def _tags() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.bcp47, language.label
        subtag = language.bcp47.partition("-")[0]
        yield f"{subtag}-{language.script}", language.label
        for written, script in SCRIPTS_OF.items():
            if script == language.script:
                yield f"{subtag}-{written}", language.label


def _names() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.name, language.label


def _other_names() -> Iterator[tuple[str, str]]:
    for language in languages():
        for name in language.aka:
            yield name, language.label


def _macros() -> Iterator[tuple[str, str]]:
    for language in languages():
        if language.macro:
            yield language.macro, language.label


def resolve(query: str) -> tuple[str, ...]:
    """The labels that ``query`` names exactly, in any case: a label, an ISO 639 code (all scripts of the
    language; all members of a macro language's three letters), a BCP-47 tag, or an English name.

    Stop lists the nearest names when nothing has that name.
    """
    labels = _exact().get(query.strip().casefold())
    if labels:
        return labels
    near = nearest(query)
    hint = f"Nearest: {', '.join(near)}." if near else "Nothing is near it."
    raise Stop(f"No language is named {query!r}.", f"{hint} `corpus languages QUERY` searches all of them.")


def nearest(query: str, count: int = 5) -> list[str]:
    """Labels with names whose spelling is closest to ``query``, best first, as ``swh_Latn (Swahili)``."""
    keys = difflib.get_close_matches(query.strip().casefold(), _exact(), n=4 * count, cutoff=0.6)
    labels = dict.fromkeys(label for key in keys for label in _exact()[key])
    return [f"{label} ({of(label).name})" for label in list(labels)[:count]]


def find(query: str) -> list[Language]:
    """Languages with ``query`` in their label, tag, names, macro language or family; exact hits first."""
    wanted = query.strip().casefold()
    exact = _exact().get(wanted, ())
    hits = [of(label) for label in exact]
    rest = (language for language in languages() if language.label not in exact)
    return hits + [language for language in rest if any(wanted in text for text in _searched(language))]


def _searched(language: Language) -> Iterator[str]:
    yield from (language.label.casefold(), language.bcp47.casefold(), language.name.casefold())
    yield from (language.macro, language.family.casefold())
    yield from (name.casefold() for name in language.aka)
