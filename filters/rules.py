"""The rules: which signal is held against which limit, in the order decided, and the named sets of them.

A new rule on a signal that exists is one row here and one row in manifests/limits.py.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from manifests.errors import Stop

Floats = npt.NDArray[np.float32]
Keeps = Callable[[Floats, Floats], npt.NDArray[np.bool_]]
Family = Literal[
    "lists",
    "identity",
    "gopher_quality",
    "gopher_repetition",
    "fineweb",
    "c4",
    "glotcc",
    "spam",
    "structure",
    "noise",
    "quality",
]
Words = Literal["spaced", "clustered"]
Kind = Literal["quality", "identity", "evaluation", "consent", "takedown", "safety"]
Asked = Literal["all", "sure", "doubtful"]


def at_least(value: Floats, limit: Floats) -> npt.NDArray[np.bool_]:
    """Kept where the value reaches the limit."""
    return value >= limit


def at_most(value: Floats, limit: Floats) -> npt.NDArray[np.bool_]:
    """Kept where the value does not pass the limit."""
    return value <= limit


@dataclass(frozen=True, slots=True)
class Rule:
    """A document that does not keep to it is removed. Where value or limit is missing, the rule abstains."""

    name: str
    """Why a document was removed, as the ledger says it."""
    family: Family
    signal: str
    keep_if: Keeps
    limit: str
    source: str
    words: Words | None = None
    """The kind of words that the rule has something to say of; None for both."""
    kind: Kind = "quality"
    """The ledger keeps no text of what consent, takedown or safety removed."""
    optional: bool = False
    """Its signal is only measured where somebody asks for it, and it abstains where it was not."""
    apart: bool = False
    """It removes nothing: a document that fails it is in doubt, and what is kept of these is set apart."""
    asked_of: Asked = "all"
    """Only of documents that no rule which sets apart has doubted, or only of those that one has."""


GOPHER = "Gopher (Rae et al. 2021, appendix A1)"
FINEWEB = "FineWeb (Penedo et al. 2024)"
C4 = "C4 (Raffel et al. 2020)"
GLOTCC = "GlotCC (Kargaran et al. 2024)"
FINEWEB2_HQ = "FineWeb2-HQ (Messmer et al. 2025)"
GPT3 = "GPT-3 (Brown et al. 2020)"
OURS = "this project"
UT1 = "UT1 (University of Toulouse)"

RULES = (
    Rule("adult_site", "lists", "adult_list", at_most, "max_adult_list", UT1, kind="safety", optional=True),
    Rule("malware_site", "lists", "malware_list", at_most, "max_malware_list", UT1, kind="safety", optional=True),
    Rule("gambling_site", "lists", "gambling_list", at_most, "max_gambling_list", UT1, kind="safety", optional=True),
    Rule("listed_site", "lists", "listed_list", at_most, "max_listed_list", UT1, kind="safety", optional=True),
    Rule("banned_words", "lists", "banned", at_most, "max_banned", C4, kind="safety", optional=True),
    Rule(
        "evaluation_set",
        "lists",
        "evaluation_runs",
        at_most,
        "max_evaluation_runs",
        GPT3,
        kind="evaluation",
        optional=True,
    ),
    Rule("undetermined_language", "identity", "determined", at_least, "min_determined", OURS, kind="identity"),
    Rule(
        "uncertain_language",
        "identity",
        "language_score",
        at_least,
        "min_language_score",
        FINEWEB,
        kind="identity",
        apart=True,
    ),
    Rule("foreign_script", "identity", "script_share", at_least, "min_script_share", GLOTCC, kind="identity"),
    Rule("mixed_language", "identity", "mixed_share", at_most, "max_mixed_share", OURS, kind="identity"),
    Rule("few_lines_agree", "identity", "purity", at_least, "min_purity", GLOTCC, kind="identity"),
    Rule(
        "strange_to_host",
        "identity",
        "host_agreement",
        at_least,
        "min_host_agreement",
        OURS,
        kind="identity",
        optional=True,
        apart=True,
    ),
    Rule(
        "doubtful_host",
        "identity",
        "host_score",
        at_least,
        "min_host_score",
        OURS,
        kind="identity",
        optional=True,
        apart=True,
    ),
    Rule("few_words", "gopher_quality", "plain_words", at_least, "min_words", GOPHER),
    Rule("many_words", "gopher_quality", "plain_words", at_most, "max_words", GOPHER),
    Rule("short_words", "gopher_quality", "word_length", at_least, "min_word_length", GOPHER, "spaced"),
    Rule("long_words", "gopher_quality", "word_length", at_most, "max_word_length", GOPHER, "spaced"),
    Rule("hashes", "gopher_quality", "hash_ratio", at_most, "max_hash_ratio", GOPHER),
    Rule("ellipses", "gopher_quality", "ellipsis_ratio", at_most, "max_ellipsis_ratio", GOPHER),
    Rule("bullet_lines", "gopher_quality", "bullet_line_share", at_most, "max_bullet_line_share", GOPHER),
    Rule("ellipsis_lines", "gopher_quality", "ellipsis_line_share", at_most, "max_ellipsis_line_share", GOPHER),
    Rule("few_alpha_words", "gopher_quality", "alpha_word_share", at_least, "min_alpha_word_share", GOPHER),
    # Of a document that is likely to be in another language, this one's stop words say nothing.
    Rule(
        "few_stop_words", "gopher_quality", "stop_words", at_least, "min_stop_words", GOPHER, "spaced", asked_of="sure"
    ),
    Rule("dup_paragraphs", "gopher_repetition", "dup_paragraph_share", at_most, "max_dup_paragraph_share", GOPHER),
    Rule(
        "dup_paragraph_chars",
        "gopher_repetition",
        "dup_paragraph_char_share",
        at_most,
        "max_dup_paragraph_char_share",
        GOPHER,
    ),
    Rule("dup_lines", "gopher_repetition", "dup_line_share", at_most, "max_dup_line_share", GOPHER),
    Rule("dup_line_chars", "gopher_repetition", "dup_line_char_share", at_most, "max_dup_line_char_share", GOPHER),
    Rule("top_2_gram", "gopher_repetition", "top_2_gram_share", at_most, "max_top_2_gram_share", GOPHER),
    Rule("top_3_gram", "gopher_repetition", "top_3_gram_share", at_most, "max_top_3_gram_share", GOPHER),
    Rule("top_4_gram", "gopher_repetition", "top_4_gram_share", at_most, "max_top_4_gram_share", GOPHER),
    Rule("dup_5_gram", "gopher_repetition", "dup_5_gram_share", at_most, "max_dup_5_gram_share", GOPHER),
    Rule("dup_6_gram", "gopher_repetition", "dup_6_gram_share", at_most, "max_dup_6_gram_share", GOPHER),
    Rule("dup_7_gram", "gopher_repetition", "dup_7_gram_share", at_most, "max_dup_7_gram_share", GOPHER),
    Rule("dup_8_gram", "gopher_repetition", "dup_8_gram_share", at_most, "max_dup_8_gram_share", GOPHER),
    Rule("dup_9_gram", "gopher_repetition", "dup_9_gram_share", at_most, "max_dup_9_gram_share", GOPHER),
    Rule("dup_10_gram", "gopher_repetition", "dup_10_gram_share", at_most, "max_dup_10_gram_share", GOPHER),
    Rule("unended_lines", "fineweb", "terminal_line_share", at_least, "min_terminal_line_share", FINEWEB),
    Rule("short_lines", "fineweb", "short_line_share", at_most, "max_short_line_share", FINEWEB),
    Rule("repeated_lines", "fineweb", "repeated_line_char_share", at_most, "max_repeated_line_char_share", FINEWEB),
    Rule("many_lines", "fineweb", "newline_ratio", at_most, "max_newline_ratio", FINEWEB),
    Rule("curly_brackets", "c4", "curly_lines", at_most, "max_curly_lines", C4),
    Rule("lorem_ipsum", "c4", "lorem_ipsum_lines", at_most, "max_lorem_ipsum_lines", C4),
    Rule("few_sentences", "c4", "c4_sentences", at_least, "min_c4_sentences", C4),
    Rule("digits", "noise", "digit_share", at_most, "max_digit_share", OURS),
    Rule("replacement_chars", "noise", "replacement_share", at_most, "max_replacement_share", OURS),
    Rule("mixed_script_words", "noise", "mixed_script_words", at_most, "max_mixed_script_words", OURS),
    # A language that the model does not know says its words again; letters in any order do not.
    Rule("no_words_again", "noise", "word_novelty", at_most, "max_word_novelty", OURS, "spaced", asked_of="doubtful"),
    Rule("list_case", "glotcc", "cased_word_share", at_most, "max_cased_word_share", GLOTCC),
    Rule("danger_chars", "glotcc", "danger_share", at_most, "max_danger_share", GLOTCC),
    Rule("overlong_word", "glotcc", "longest_word", at_most, "max_longest_word", GLOTCC),
    Rule("javascript", "glotcc", "javascript_lines", at_most, "max_javascript_lines", GLOTCC),
    Rule("policy_phrases", "glotcc", "policy_lines", at_most, "max_policy_lines", GLOTCC),
    Rule("keyword_runs", "spam", "keyword_share", at_most, "max_keyword_share", OURS),
    Rule("few_different_words", "spam", "word_entropy", at_least, "min_word_entropy", OURS),
    Rule("compressible", "spam", "compressibility", at_most, "max_compressibility", OURS),
    Rule("symbols", "spam", "symbol_share", at_most, "max_symbol_share", OURS),
    Rule("glued_symbols", "spam", "glued_symbol_ratio", at_most, "max_glued_symbol_ratio", OURS),
    Rule("list_lines", "structure", "list_line_share", at_most, "max_list_line_share", OURS),
    Rule("table_lines", "structure", "table_line_share", at_most, "max_table_line_share", OURS),
    Rule("low_quality", "quality", "quality", at_least, "min_quality", FINEWEB2_HQ, optional=True),
)
"""Every rule, in the order decided: those first that leave no text in the ledger."""


def _of(*families: Family, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return tuple(rule.name for rule in RULES if rule.family in families and rule.name not in without)


_NOT_IN_FINEWEB2 = frozenset({"dup_paragraphs", "dup_paragraph_chars", "dup_line_chars", "short_lines"})

SETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "default": tuple(rule.name for rule in RULES),
        "fineweb2": (
            "undetermined_language",
            "uncertain_language",
            *_of("lists", "gopher_quality", "gopher_repetition", "fineweb", "quality", without=_NOT_IN_FINEWEB2),
        ),
        "gopher": ("undetermined_language", *_of("lists", "gopher_quality", "gopher_repetition", "quality")),
        "c4": ("undetermined_language", *_of("lists", "c4", "quality")),
        "glotcc": (
            "undetermined_language",
            "foreign_script",
            "few_lines_agree",
            *("top_2_gram", "top_3_gram", "top_4_gram", "lorem_ipsum", "curly_brackets"),
            *_of("lists", "glotcc", "quality"),
        ),
        "sentences": _of("identity", "lists", "noise", "quality"),
        "none": (),
    }
)
"""The rules of each named set. The default has all of them, so that a limit that is only set by a user is obeyed; those
without a shipped limit abstain. ``sentences`` are those of them that ask nothing of a document's length or make, for
parallel text. The others bring the limits that their authors published."""


def named(name: str) -> tuple[Rule, ...]:
    """The rules of a set, in the order decided. Stop lists the sets there are."""
    if name not in SETS:
        raise Stop(f"No set of rules is named {name!r}.", f"Sets are {', '.join(SETS)}: --set rules=NAME")
    return tuple(rule for rule in RULES if rule.name in SETS[name])


def digest(name: str) -> str:
    """Names the rules of a set: equal digests and equal limits, equal verdicts on equal columns."""
    told = [
        [rule.name, rule.signal, rule.keep_if.__name__, rule.limit, rule.words, rule.kind, rule.apart, rule.asked_of]
        for rule in named(name)
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
