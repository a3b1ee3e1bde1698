"""The numbers that signals are held against: limits.toml (chosen by hand), under derived.toml (learnt from text),
under a user's file, under single settings.

    [default]            every label
    [words.clustered]    labels whose script does not space words; [words.spaced] the others
    [script.Hani]        labels of one script
    [family.Niger-Congo_Latn]  labels of one family, as languages.tsv names it, in one script
    [label.swh_Latn]     one label

A later table wins over an earlier one, and all that a user says over all that is shipped. ``false`` in place
of a number switches a limit off: its rule then abstains. A limit that can never remove a document is refused.
"""

import difflib
import functools
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from manifests import languages, names
from manifests.errors import Stop

PUBLISHED = "published"
"""The table of limits.toml that holds the limits of named rule sets, as their authors published them."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit by name. ``min_`` is the least that a kept document may have, ``max_`` the most.

    ``low`` and ``high`` are the least and the most that its signal can be: a limit beyond is no limit.
    """

    name: str
    low: float
    high: float
    meaning: str

    @property
    def least(self) -> bool:
        """Whether documents below the limit are removed, rather than those above."""
        return self.name.startswith("min_")


ANY = math.inf

LIMITS = (
    Limit("max_adult_list", 0, ANY, "number of the list of adult sites that has its place, or 0"),
    Limit("max_malware_list", 0, ANY, "number of the list of harmful sites that has its place, or 0"),
    Limit("max_gambling_list", 0, ANY, "number of the list of gambling sites that has its place, or 0"),
    Limit("max_listed_list", 0, ANY, "number of the other list of sites that has its place, or 0"),
    Limit("max_banned", 0, ANY, "places where a banned word or phrase stands"),
    Limit("max_evaluation_runs", 0, ANY, "different runs of words of evaluation sets"),
    Limit("min_determined", 0, 1, "1 where the label names a language, 0 for und_* and zxx_*"),
    Limit("min_language_score", 0, 1, "confidence of the label"),
    Limit("min_script_share", 0, 1, "letters in the label's script, of all letters"),
    Limit("max_mixed_share", 0, 1, "letters in a second language, of all letters looked at"),
    Limit("min_purity", 0, 1, "letters in passages that agree with the label, of all letters looked at"),
    Limit("min_host_agreement", 0, 1, "text answered as this one is, of all other text of its host"),
    Limit("min_host_score", 0, 1, "mean confidence of the labels of its host's other documents"),
    Limit("min_words", 0, ANY, "words"),
    Limit("max_words", 0, ANY, "words"),
    Limit("min_word_length", 0, 100, "characters a word"),
    Limit("max_word_length", 0, 100, "characters a word"),
    Limit("max_hash_ratio", 0, ANY, "hash signs a word"),
    Limit("max_ellipsis_ratio", 0, ANY, "ellipses a word"),
    Limit("max_bullet_line_share", 0, 1, "lines that begin with a bullet, of all lines"),
    Limit("max_ellipsis_line_share", 0, 1, "lines that end with an ellipsis, of all lines"),
    Limit("min_alpha_word_share", 0, 1, "words with a letter, of all words"),
    Limit("min_stop_words", 0, ANY, "different stop words of the label"),
    Limit("max_dup_paragraph_share", 0, 1, "paragraphs met before, of all paragraphs"),
    Limit("max_dup_paragraph_char_share", 0, 1, "characters in paragraphs met before, of all"),
    Limit("max_dup_line_share", 0, 1, "lines met before, of all lines"),
    Limit("max_dup_line_char_share", 0, 1, "characters in lines met before, of all"),
    *(Limit(f"max_top_{n}_gram_share", 0, 1, f"characters in the most frequent {n} words, of all") for n in (2, 3, 4)),
    *(Limit(f"max_dup_{n}_gram_share", 0, 1, f"characters in {n} words met before, of all") for n in range(5, 11)),
    Limit("min_terminal_line_share", 0, 1, "lines that end a sentence, of all lines with text"),
    Limit("max_short_line_share", 0, 1, "lines of at most 30 characters, of all lines with text"),
    Limit("max_repeated_line_char_share", 0, 1, "characters in lines met before, of all but line feeds"),
    Limit("max_newline_ratio", 0, ANY, "line feeds a word"),
    Limit("min_c4_sentences", 0, ANY, "sentences in the lines that C4 keeps"),
    Limit("max_curly_lines", 0, ANY, "lines with a curly bracket, of those that C4 keeps but for it"),
    Limit("max_lorem_ipsum_lines", 0, ANY, "lines with filler text, of those that C4 keeps but for it"),
    Limit("max_digit_share", 0, 1, "digits, of all characters"),
    Limit("max_replacement_share", 0, 1, "U+FFFD, of all characters"),
    Limit("max_mixed_script_words", 0, 1, "words in letters of scripts that look alike, of all words"),
    Limit("max_word_novelty", 0, 1, "bits a word, of those that as many different words have"),
    Limit("max_cased_word_share", 0, 1, "words with a capital or no letter, of all words if they are twelve"),
    Limit("max_danger_share", 0, 1, "0-9 { } + / ( ) >, of all characters"),
    Limit("max_longest_word", 0, ANY, "characters of the longest word"),
    Limit("max_javascript_lines", 0, ANY, "lines that say JavaScript"),
    Limit("max_policy_lines", 0, ANY, "lines about terms of use, privacy or cookies"),
    Limit("max_keyword_share", 0, 1, "words in runs of sixteen, each among the ten before it, of all words"),
    Limit("min_word_entropy", 0, 21, "bits a word"),
    Limit("max_compressibility", 0, 1, "words behind the same word as before, of all words"),
    Limit("max_symbol_share", 0, 1, "symbols, of all characters"),
    Limit("max_glued_symbol_ratio", 0, ANY, "symbols between letters, a word"),
    Limit("max_list_line_share", 0, 1, "lines of at most 30 characters that end in no punctuation, of all with text"),
    Limit("max_table_line_share", 0, 1, "lines of three short cells and more, of all lines with text"),
    Limit("min_quality", 0, 1, "probability that a quality model gives its label"),
)
"""Every limit that a rule may name, in the order of the rules."""

KNOWN: Mapping[str, Limit] = MappingProxyType({limit.name: limit for limit in LIMITS})

DEFAULT = "default"

CHOSEN, LEARNT = "limits.toml", "derived.toml"
"""The shipped files: what is chosen by hand, and over it what ``corpus limits derive`` learnt from text."""

WORD_KINDS = ("spaced", "clustered")

_WELL_FORMED = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")

Table = Mapping[str, float | bool]


@dataclass(frozen=True)
class Layer:
    """One file's or one command line's limits: for all labels, by word kind, by script, by family, by label."""

    place: str
    """The file; ``filters`` for single settings; the name of a limit that was raised."""
    default: Table
    words: Mapping[str, Table]
    script: Mapping[str, Table]
    family: Mapping[str, Table]
    label: Mapping[str, Table]

    def tables(self, kind: str, script: str, family: str, label: str) -> Iterator[tuple[str, Table]]:
        """The tables that speak of such a label, with their names, widest first."""
        yield "default", self.default
        for group, name in (("words", kind), ("script", script), ("family", family), ("label", label)):
            if name in getattr(self, group):
                yield f"{group}.{name}", getattr(self, group)[name]


class Said(NamedTuple):
    """What a label is held to, and where that is said."""

    value: float | bool
    """False where the limit is switched off."""
    place: str
    """The file, or ``filters``."""
    table: str
    """``default``, ``words.clustered``, ``script.Hani``, ``family.Niger-Congo_Latn`` or ``label.swh_Latn``."""


class Limits:
    """All limits of a build."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers
        self._of: dict[tuple[str, str, str, str], Mapping[str, float]] = {}

    def of(self, label: str) -> Mapping[str, float]:
        """The limits of one label, by name; a limit that is switched off is not there.

        Labels of one word kind, script and family without a table of their own are all given the same mapping.
        """
        key = self._key(label)
        if key not in self._of:
            said = self._said(key)
            self._of[key] = MappingProxyType(
                {name: float(said[name].value) for name in KNOWN if name in said and said[name].value is not False}
            )
        return self._of[key]

    def said(self, label: str) -> Mapping[str, Said]:
        """The limits of one label with the tables that they come from, those switched off among them."""
        return self._said(self._key(label))

    def _key(self, label: str) -> tuple[str, str, str, str]:
        own = label if any(label in layer.label for layer in self.layers) else ""
        family = family_of(label)
        if not any(family in layer.family for layer in self.layers):
            family = ""
        return languages.word_kind(label), label.rpartition("_")[2], family, own

    def _said(self, key: tuple[str, str, str, str]) -> Mapping[str, Said]:
        return {
            name: Said(value, layer.place, table)
            for layer in self.layers
            for table, values in layer.tables(*key)
            for name, value in values.items()
        }

    def raised(self, name: str, least: Mapping[str, float]) -> "Limits":
        """These limits, and for each label in ``least`` at least that value of the limit ``name``, a ``min_``."""
        label = {label: {name: max(value, self.of(label).get(name, value))} for label, value in least.items()}
        return Limits((*self.layers, Layer(name, {}, {}, {}, {}, label)))

    def digest(self, label: str | None = None) -> str:
        """Names all limits, or those of one label: equal digests, equal verdicts on equal columns."""
        told: object
        if label is None:
            told = [[layer.default, layer.words, layer.script, layer.family, layer.label] for layer in self.layers]
        else:
            told = dict(self.of(label))
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def load(file: str | None = None, told: Mapping[str, Any] | None = None, rules: str = DEFAULT) -> Limits:
    """The shipped limits of the rule set ``rules``, under those of a TOML file, under those of ``told``.

    ``told`` is {limit: number or false}, and {a language, a script or a word kind: {limit: ...}}.
    Stop names an unknown limit or language with the nearest, and a limit that cannot fire with the reason.
    """
    layers = list(_shipped(rules))
    if file is not None:
        layers.append(_layer(_read(file), file))
    if told:
        layers.append(_told(told))
    return Limits(tuple(layers))


@functools.cache
def _shipped(rules: str) -> tuple[Layer, ...]:
    tree = tomllib.loads((files("manifests") / CHOSEN).read_text(encoding="utf-8"))
    published = tree.pop(PUBLISHED)
    if rules in published:
        return (_layer(published[rules], CHOSEN),)
    learnt = tomllib.loads((files("manifests") / LEARNT).read_text(encoding="utf-8"))
    return _layer(tree, CHOSEN), _layer(learnt, LEARNT)


def family_of(label: str) -> str:
    """The family of a language in its script, as tables name it (``Turkic_Cyrl``); empty where it is not known."""
    family = languages.of(label).family
    return f"{family}_{label.rpartition('_')[2]}" if family else ""


def _read(file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise Stop(f"Cannot read the limits of {file}: {error.strerror}.", "Check the path.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Stop(
            f"{file} is not TOML: {error}.", "Mend the file; limits.toml of the package shows the form."
        ) from None


def _layer(tree: Mapping[str, Any], place: str) -> Layer:
    odd = sorted(set(tree) - {"default", "words", "script", "family", "label"})
    if odd:
        raise Stop(
            f"{place}: [{odd[0]}] is no table of limits.",
            "Tables are [default], [words.KIND], [script.SCRIPT], [family.FAMILY_SCRIPT] and [label.LABEL].",
        )
    words, scripts, families, labels = (
        _tables(tree.get(group, {}), place) for group in ("words", "script", "family", "label")
    )
    if odd := sorted(set(words) - set(WORD_KINDS)):
        raise Stop(f"{place}: no kind of words is named {odd[0]!r}.", f"Kinds are {' and '.join(WORD_KINDS)}.")
    if odd := sorted(set(scripts) - _scripts()):
        near = difflib.get_close_matches(odd[0], _scripts(), n=4, cutoff=0.4) or sorted(_scripts())
        raise Stop(f"{place}: no label has the script {odd[0]!r}.", f"Nearest: {', '.join(near)}.")
    if odd := sorted(set(families) - _families()):
        near = difflib.get_close_matches(odd[0], _families(), n=4, cutoff=0.4) or ["Indo-European_Latn"]
        raise Stop(f"{place}: no label is of the family {odd[0]!r}.", f"Nearest: {', '.join(near)}.")
    return Layer(
        place,
        _checked(tree.get("default", {}), place),
        words,
        scripts,
        families,
        {label: table for name, table in labels.items() for label in _labels(name)},
    )


@functools.cache
def _scripts() -> frozenset[str]:
    return frozenset(language.script for language in languages.languages()) | languages.CLUSTERED


@functools.cache
def _families() -> frozenset[str]:
    return frozenset(family_of(language.label) for language in languages.languages()) - {""}


def _told(told: Mapping[str, Any]) -> Layer:
    """Single settings: groups are word kinds, scripts or labels; what stands alone is for all labels."""
    groups = {name: value for name, value in told.items() if isinstance(value, Mapping)}
    tree = {
        "default": {name: value for name, value in told.items() if name not in groups},
        "words": {name: value for name, value in groups.items() if name in WORD_KINDS},
        "script": {name: value for name, value in groups.items() if name in _scripts()},
        "label": {name: value for name, value in groups.items() if name not in _scripts() | set(WORD_KINDS)},
    }
    return _layer(tree, "filters")


def _tables(tree: Any, place: str) -> dict[str, Table]:
    if not isinstance(tree, Mapping):
        raise Stop(
            f"{place}: found {tree!r} where tables of limits are expected.",
            "Write [words.clustered] or [label.LABEL].",
        )
    return {name: _checked(table, f"{place}, {name}") for name, table in tree.items()}


def _labels(name: str) -> tuple[str, ...]:
    """The labels that a table is for: also ``und_Thai`` and the like, which no list of languages has."""
    if _WELL_FORMED.fullmatch(name) and name[:3] in {"und", "zxx", "mul", "mis"}:
        return (name,)
    members = names.meanings(f"{names.MACRO}:{name}")
    # Published under its macro language, a document is held to that label's limits.
    return (name, *members[names.MACRO]) if members else names.resolve(name)


def _checked(table: Any, place: str) -> Table:
    if not isinstance(table, Mapping):
        raise Stop(
            f"{place}: found {table!r} where a table of limits is expected.",
            "Write NAME = NUMBER under [default].",
        )
    return {name: _value(name, value, place) for name, value in table.items()}


def _value(name: str, value: Any, place: str) -> float | bool:
    """A number that can fire, or False."""
    limit = KNOWN.get(name)
    if limit is None:
        near = difflib.get_close_matches(name, KNOWN, n=4, cutoff=0.4) or list(KNOWN)
        raise Stop(f"{place}: no limit is named {name!r}.", f"Nearest: {', '.join(near)}.")
    if value is False:
        return False
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Stop(
            f"{place}: {name} = {value!r} is not a number.",
            f"Write a number, or {name} = false to switch it off.",
        )
    if reason := inert(limit, value):
        raise Stop(f"{place}: {name} = {value:g} {reason}.", f"Write {name} = false to switch the limit off.")
    return float(value)


def inert(limit: Limit, value: float) -> str:
    """Why a value is no limit on any text, or an empty string."""
    what = f"{limit.meaning} is between {limit.low:g} and {limit.high:g}"
    if (value <= limit.low) if limit.least else (value >= limit.high):
        return f"can never remove a document: {what}"
    if (value > limit.high) if limit.least else (value < limit.low):
        return f"would remove every document: {what}"
    return ""
