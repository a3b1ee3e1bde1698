"""The languages: each label that a model, limit or folder may bear, its names, how its script parts words.

A label is an ISO 639-3 code and an ISO 15924 script (``swh_Latn``). The table is languages.tsv, made by
languages_build.py; a new language is a line in it.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

COLUMNS = (
    *("label", "name", "iso639_1", "bcp47", "macro", "script", "words", "family", "aka"),
    *("iso639_2b", "iso639_2t", "glottocode"),
)
"""The columns of languages.tsv, in order."""

MACRO_COLUMNS = ("code", "name", "iso639_1", "iso639_2b", "iso639_2t", "glottocode")
"""The columns of macros.tsv, in order."""

_CLUSTERED = """
    Ahom Bali Batk Bopo Bugi Cham Hanb Hani Hans Hant Hira Hrkt Java Jpan Jurc Kana Kawi Khmr Kits Lana Laoo
    Maka Mymr Nshu Phag Rjng Seal Tale Talu Tang Tavt Tayo Thai Tibt Yiii
"""
CLUSTERED = frozenset(_CLUSTERED.split())
"""Scripts that do not put a space between words: there a word is an orthographic cluster."""

SCRIPTS_OF = {"Hans": "Hani", "Hant": "Hani", "Hrkt": "Jpan", "Kana": "Jpan", "Hira": "Jpan", "Kore": "Hang"}
"""Scripts of BCP-47 tags that labels write otherwise."""


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
    iso639_2b: str = ""
    """Bibliographic three-letter code (``ger``), or empty."""
    iso639_2t: str = ""
    """Terminological three-letter code (``deu``), or empty."""
    glottocode: str = ""
    """Of the language in Glottolog (``swah1253``), or empty."""

    @property
    def code(self) -> str:
        """The ISO 639-3 code."""
        return self.label.partition("_")[0]


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro language of ISO 639-3: several individual languages that some treat as one."""

    code: str
    name: str
    iso639_1: str
    iso639_2b: str
    iso639_2t: str
    glottocode: str


def word_kind(label_or_script: str) -> str:
    """How words are told apart in this script: ``spaced``, or ``clustered`` where no space parts them."""
    return "clustered" if label_or_script.rpartition("_")[2] in CLUSTERED else "spaced"


@cache
def languages() -> tuple[Language, ...]:
    """All rows of the table, by label."""
    lines = (files("manifests") / "languages.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines[1:])


def _parse(line: str) -> Language:
    label, name, iso639_1, bcp47, macro, script, words, family, aka, *codes = line.split("\t")
    names = tuple(aka.split(";")) if aka else ()
    return Language(label, name, iso639_1, bcp47, macro, script, words, family, names, *codes)


@cache
def macros() -> dict[str, Macro]:
    """The macro languages that languages of the table are members of, by code."""
    lines = (files("manifests") / "macros.tsv").read_text(encoding="utf-8").splitlines()
    return {macro.code: macro for macro in (Macro(*line.split("\t")) for line in lines[1:])}


@cache
def _by_label() -> dict[str, Language]:
    return {language.label: language for language in languages()}


def of(label: str) -> Language:
    """The row of ``label``; for a macro language, or one that only somebody's own model knows, a bare row."""
    known = _by_label().get(label)
    if known:
        return known
    code, _, script = label.partition("_")
    macro = macros().get(code)
    name, short = (macro.name, macro.iso639_1) if macro else (code, "")
    tag = short or code
    bcp47 = f"{tag}-{script}" if script else tag
    return Language(label, name, short, bcp47, "", script, word_kind(label), "", ())
