"""Every limit of every language can fire: a document made for it is removed by it."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa

from filters.rules import Rule, named
from filters.signals import measure
from filters.stopwords import load as stop_words
from langid.label import system
from langid.unicode import describe, script
from manifests import limits
from manifests.languages import languages, word_kind

Words = list[str]


def _lines(words: Words, size: int = 10) -> list[str]:
    return [" ".join(words[start : start + size]) for start in range(0, len(words), size)]


def _repeated(words: Words) -> str:
    return "\n".join([" ".join(words[:10])] * 10)


def _few(words: Words) -> str:
    return " ".join(word + " " + words[0] + " " + words[1] for word in words[:1] * 60)


FAULTS: dict[str, Callable[[Words], str]] = {
    "min_words": lambda words: words[0],
    "min_word_length": lambda words: " ".join(word[0] for word in words),
    "max_word_length": lambda words: " ".join("".join(words[start : start + 12]) for start in range(0, 100, 12)),
    "max_hash_ratio": lambda words: " # ".join(words),
    "max_ellipsis_ratio": lambda words: "... ".join(words),
    "max_bullet_line_share": lambda words: "\n".join(f"• {line}" for line in _lines(words)),
    "max_ellipsis_line_share": lambda words: "\n".join(f"{line}..." for line in _lines(words)),
    "min_alpha_word_share": lambda words: " ".join(str(number) for number in range(100, 400)),
    "min_stop_words": lambda words: " ".join(words),
    "max_dup_line_share": _repeated,
    "max_repeated_line_char_share": _repeated,
    **{f"max_top_{n}_gram_share": _few for n in (2, 3, 4)},
    **{f"max_dup_{n}_gram_share": _repeated for n in range(5, 11)},
    "max_newline_ratio": lambda words: "\n".join(word[0] for word in words),
    "max_digit_share": lambda words: " ".join(str(number) for number in range(100, 400)),
    "max_symbol_share": lambda words: " ★ ".join(words),
    "max_replacement_share": lambda words: " \ufffd".join(words),
    "max_lorem_ipsum_lines": lambda words: " ".join(words) + ".\nLorem ipsum dolor sit amet, consectetur elit.",
    "max_mixed_script_words": lambda words: " ".join("pаypаl" for _ in words),
    "max_danger_share": lambda words: " ".join(f"({{{number}}}/{number})" for number in range(100, 400)),
    "max_keyword_share": lambda words: " ".join(words[:2] * 60),
    "min_word_entropy": lambda words: " ".join(words[:2] * 60),
    "max_compressibility": lambda words: " ".join(words[:2] * 200),
    "max_glued_symbol_ratio": lambda words: "$".join(word[0] for word in words),
    "max_list_line_share": lambda words: "\n".join(words),
    "max_table_line_share": lambda words: "\n".join("\t".join(line.split()) for line in _lines(words, 5)),
    "max_word_novelty": lambda words: " ".join(words),
}
"""A text with the fault that a limit is about, made of words of any script. Limits on what identification says, or on
what nobody but the user measures, have none: there a value stands for the document."""


@cache
def _letters() -> dict[str, list[str]]:
    """Letters of each script: up to thirty that stand alone."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for code in range(0x41, 0x20000):
        if unicodedata.category(chr(code)) not in {"Ll", "Lo"}:
            continue
        name = script(describe(chr(code)))
        if len(found[name]) < 30:
            found[name].append(chr(code))
    return found


def _words(name: str) -> Words:
    """A hundred and fifty different words of two to four letters."""
    letters = _letters().get({"Jpan": "Hira"}.get(name, name)) or _letters()["Latn"]
    count = len(letters)
    found = (
        "".join(letters[(seed * step + step * step) % count] for step in range(1, 3 + seed % 3)) + letters[seed % count]
        for seed in range(1, 2000)
    )
    return list(dict.fromkeys(found))[:150]


def _trips(rule: Rule, value: float, limit: float) -> bool:
    return not bool(rule.keep_if(np.array([value], np.float32), np.array([limit], np.float32))[0])


def test_every_limit_of_every_language_removes_a_document_made_for_it() -> None:
    rules = [rule for rule in named("default") if rule.limit in FAULTS]
    by_script: defaultdict[str, list[str]] = defaultdict(list)
    for language in languages():
        by_script[system(language.label)].append(language.label)
    held, tried, inert = limits.load(), 0, []
    lists = stop_words()
    for name, labels in sorted(by_script.items()):
        words = _words(name)
        texts = pa.array([FAULTS[rule.limit](words) for rule in rules], pa.string())
        listed = next((label for label in labels if label in lists), labels[0])
        measured = measure(texts, [listed] * len(rules), stopwords=lists)
        for row, rule in enumerate(rules):
            value = float(measured[rule.signal][row])
            for label in labels:
                limit = held.of(label).get(rule.limit)
                if limit is None or rule.words not in (None, word_kind(label)):
                    continue
                if rule.limit == "min_stop_words" and listed not in lists:
                    continue
                tried += 1
                if not _trips(rule, value, limit):
                    inert.append((label, rule.limit, limit, value))
    assert not inert, inert[:10]
    assert tried > 20_000


def test_every_other_limit_can_be_passed_by_a_value_that_its_signal_can_have() -> None:
    others = [rule for rule in named("default") if rule.limit not in FAULTS]
    held = limits.load()
    seen = set()
    for language in languages():
        of = held.of(language.label)
        for rule in others:
            if rule.limit not in of or (rule.limit, of[rule.limit]) in seen:
                continue
            seen.add((rule.limit, of[rule.limit]))
            known = limits.KNOWN[rule.limit]
            extreme = known.low if known.least else min(known.high, 1e9)
            assert _trips(rule, extreme, of[rule.limit]), (language.label, rule.limit)
    assert {"min_language_score", "min_script_share", "max_mixed_share"} <= {name for name, _ in seen}
