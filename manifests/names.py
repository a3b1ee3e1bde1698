"""What people call a language, and the labels it has: codes, tags, names, and the labels of other corpora and models.

Any of them may be given where a language is asked for. systems.tsv lists the names that a corpus or model has for its
languages; a name written ``SYSTEM:NAME`` (``flores:est_Latn``) is that system's, and ``macro:NAME`` is the macro
language of ISO 639-3. A name that means different languages to different systems is answered with the choices.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from manifests.errors import Stop
from manifests.harmonise import load
from manifests.languages import SCRIPTS_OF, Language, languages, macros, of

SYSTEMS = ("flores", "nllb", "hplt", "cc100", "madlad", "mc4", "oscar", "wikipedia", "glotlid")
"""Corpora and models whose names are known. NLLB's are those of FLORES, GlotLID's are our labels, OSCAR's those of
lid.176; of the last five only what others would misunderstand is listed."""

MACRO, NAME = "macro", "name"
"""Who says what a name means, where it is no system: the registry of macro languages; a name cut short."""

COLUMNS = ("system", "name", "labels")
"""The columns of systems.tsv, in order; ``labels`` with spaces between."""

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

_REGION = re.compile(r"([a-z]{2,3}(?:-[a-z]{4})?)-(?:[a-z]{2}|[0-9]{3})")
"""A tag with a country or region, which says nothing of the label: ``pt-BR``."""

Labels = tuple[str, ...]


def _key(name: str) -> str:
    """Case, and whether parts are joined with a hyphen or an underscore, do not matter."""
    return name.strip().casefold().replace("_", "-")


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Labels]:
    found: dict[str, list[str]] = {}
    for name, label in pairs:
        found.setdefault(_key(name), []).append(label)
    return {name: tuple(dict.fromkeys(labels)) for name, labels in found.items()}


@cache
def _exact() -> dict[str, Labels]:
    """Names with one meaning. Where two kinds of name clash, the first one wins."""
    table: dict[str, Labels] = {}
    for kind in (_labels, _codes, _tags, _names, _other_names, _further_codes, _macro_codes):
        for name, labels in _gathered(kind()).items():
            table.setdefault(name, labels)
    for old, new in OLD_CODES.items():
        table.setdefault(old, table[new])
    return table


def _labels() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.label, language.label


def _codes() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.code, language.label
        if language.iso639_1:
            yield language.iso639_1, language.label


def _tags() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.bcp47, language.label
        subtag = language.bcp47.partition("-")[0]
        written = [old for old, script in SCRIPTS_OF.items() if script == language.script]
        for script in (language.script, *written):
            yield f"{subtag}-{script}", language.label
            yield f"{language.code}-{script}", language.label


def _names() -> Iterator[tuple[str, str]]:
    for language in languages():
        yield language.name, language.label


def _other_names() -> Iterator[tuple[str, str]]:
    for language in languages():
        for name in language.aka:
            yield name, language.label


def _further_codes() -> Iterator[tuple[str, str]]:
    for language in languages():
        for code in (language.iso639_2b, language.iso639_2t, language.glottocode):
            if code:
                yield code, language.label
    for joined, label in load().shipped.items():
        yield joined, label
        yield joined.partition("_")[0], label


def _macro_codes() -> Iterator[tuple[str, str]]:
    for language in languages():
        if language.macro:
            macro = macros()[language.macro]
            for name in (macro.code, macro.name, macro.iso639_1, macro.iso639_2b, macro.glottocode):
                if name:
                    yield name, language.label


@cache
def _said() -> dict[str, dict[str, Labels]]:
    """Name -> who uses it -> the labels it has there: names that not everybody understands alike."""
    table: dict[str, dict[str, Labels]] = {}
    for who, pairs in ((MACRO, _macro_labels()), (NAME, _unqualified())):
        for name, labels in _gathered(pairs).items():
            table.setdefault(name, {})[who] = labels
    for system, names in systems().items():
        for name, labels in names.items():
            table.setdefault(_key(name), {})[system] = labels
    return table


def _unqualified() -> Iterator[tuple[str, str]]:
    """``Mono`` for Mono (USA) and Mono (Cameroon)."""
    for language in languages():
        if (bare := re.sub(r" \([^)]*\)$", "", language.name)) != language.name:
            yield bare, language.label


def _macro_labels() -> Iterator[tuple[str, str]]:
    for language in languages():
        if language.macro:
            yield f"{language.macro}-{language.script}", language.label


@cache
def systems() -> dict[str, dict[str, Labels]]:
    """System -> name there -> labels."""
    found: dict[str, dict[str, Labels]] = {}
    for line in (files("manifests") / "systems.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        system, name, labels = line.split("\t")
        found.setdefault(system, {})[name] = tuple(labels.split())
    found["nllb"] = found["flores"]
    return found


def known_as(label: str) -> dict[str, Labels]:
    """What each system that has it calls the language of ``label``: ``{"cc100": ("sw",), ...}``."""
    found = {system: tuple(n for n, labels in names.items() if label in labels) for system, names in systems().items()}
    return {system: names for system, names in found.items() if names}


def meanings(query: str) -> dict[str, Labels]:
    """What ``query`` may mean: who says so -> labels. One entry where it is clear, none where nobody uses the name."""
    system, colon, name = query.strip().partition(":")
    system = _key(system)
    if colon and (system in SYSTEMS or system == MACRO):
        said = _said().get(_key(name), {})
        if system in said:
            return {system: said[system]}
        known = _exact().get(_key(name)) if system != MACRO else None
        return {system: known} if known else {}
    key = _key(query)
    if labels := _exact().get(key):
        return {"": labels}
    if key not in _said() and (regional := _REGION.fullmatch(key)):
        return meanings(regional[1])
    found: dict[str, Labels] = {}
    for who, labels in _said().get(key, {}).items():
        if set(labels) not in map(set, found.values()):
            found[who] = labels
    return found


def resolve(query: str) -> Labels:
    """The labels that ``query`` names, in any case: a label, an ISO 639 code (all scripts of the language; all members
    of a macro language's three letters), a BCP-47 tag, a Glottocode, an English name, or a name of another corpus.

    Stop lists the choices where it means several things, and the nearest names where nothing has that name.
    """
    found = meanings(query)
    languages_of = {of(label).code: of(label).name for label in found.get(NAME, ())}
    if len(languages_of) > 1:
        choices = [f"{code} ({name})" for code, name in languages_of.items()]
        raise Stop(f"{query!r} is the name of several languages.", f"Choose {' or '.join(choices)}.")
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        choices = [f"{who}:{query.strip()} for {', '.join(labels)}" for who, labels in found.items()]
        raise Stop(f"{query!r} does not mean the same to all.", f"Choose {'; or '.join(choices)}.")
    near = nearest(query)
    hint = f"Nearest: {', '.join(near)}." if near else "Nothing is near it."
    raise Stop(f"No language is named {query!r}.", f"{hint} `corpus languages QUERY` searches all of them.")


def nearest(query: str, count: int = 5) -> list[str]:
    """Labels with names whose spelling is closest to ``query``, best first, as ``swh_Latn (Swahili)``."""
    known = {**_said_labels(), **_exact()}
    keys = difflib.get_close_matches(_key(query), known, n=4 * count, cutoff=0.6)
    labels = dict.fromkeys(label for key in keys for label in known[key])
    return [f"{label} ({of(label).name})" for label in list(labels)[:count]]


def _said_labels() -> dict[str, Labels]:
    return {name: tuple(label for labels in said.values() for label in labels) for name, said in _said().items()}


def find(query: str) -> list[Language]:
    """Languages with ``query`` in their label, tag, codes, names, macro language or family; exact hits first."""
    wanted = _key(query)
    exact = dict.fromkeys(label for labels in meanings(query).values() for label in labels)
    hits = [of(label) for label in exact]
    rest = (language for language in languages() if language.label not in exact)
    return hits + [language for language in rest if any(wanted in _key(text) for text in _searched(language))]


def _searched(language: Language) -> Iterator[str]:
    yield from (language.label, language.bcp47, language.name, language.family, language.glottocode)
    yield language.macro
    if language.macro:
        yield macros()[language.macro].name
    yield from language.aka
