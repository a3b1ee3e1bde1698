"""Our verdicts beside those of datatrove's filters, on the same words and the same limits."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
from datatrove.data import Document
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter, URLFilter
from datatrove.utils.word_tokenizers import WordTokenizer

from filters.decide import verdicts
from filters.rules import RULES, Rule
from filters.signals import measure
from manifests import limits

REASONS = {
    "few_words": "gopher_short_doc",
    "many_words": "gopher_long_doc",
    "short_words": "gopher_below_avg_threshold",
    "long_words": "gopher_above_avg_threshold",
    "hashes": "gopher_too_many_hashes",
    "ellipses": "gopher_too_many_ellipsis",
    "bullet_lines": "gopher_too_many_bullets",
    "ellipsis_lines": "gopher_too_many_end_ellipsis",
    "few_alpha_words": "gopher_below_alpha_threshold",
    "few_stop_words": "gopher_enough_stop_words",
    "dup_paragraphs": "dup_para_frac",
    "dup_paragraph_chars": "dup_para_char_frac",
    "dup_lines": "dup_line_frac",
    "dup_line_chars": "dup_line_char_frac",
    **{f"top_{n}_gram": f"top_{n}_gram" for n in (2, 3, 4)},
    **{f"dup_{n}_gram": f"duplicated_{n}_n_grams" for n in range(5, 11)},
    "unended_lines": "line_punct_ratio",
    "short_lines": "short_line_ratio",
    "repeated_lines": "char_dup_ratio",
    "many_lines": "list_ratio",
}
"""What datatrove calls our rules' reasons."""

FINEWEB = {
    "min_terminal_line_share": 0.12,
    "max_short_line_share": 0.67,
    "max_repeated_line_char_share": 0.01,
    "max_newline_ratio": 0.3,
}
"""The defaults of datatrove's FineWeb filter; those of its Gopher filters are the limits of the set ``gopher``."""

FAMILIES = ("gopher_quality", "gopher_repetition", "fineweb")


class _Whitespace(WordTokenizer):  # type: ignore[misc]
    def word_tokenize(self, text: str) -> list[str]:
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        raise NotImplementedError

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError


WHITESPACE = _Whitespace()


class Pair(NamedTuple):
    """The two verdicts of one document: an empty reason where it is kept."""

    ours: str
    theirs: str


def _oracle(family: str, stop_words: Sequence[str] | None) -> Callable[[Document], bool | tuple[bool, str]]:
    found = {
        "gopher_quality": GopherQualityFilter(
            language=WHITESPACE, stop_words=list(stop_words or []), min_stop_words=2 if stop_words else None
        ),
        "gopher_repetition": GopherRepetitionFilter(language=WHITESPACE),
        "fineweb": FineWebQualityFilter(language=WHITESPACE),
    }[family]
    return found.filter  # type: ignore[no-any-return]


def theirs(family: str, text: str, stop_words: Sequence[str] | None) -> str:
    """Why datatrove's filter of that family removes a text, or an empty string."""
    found = _oracle(family, stop_words)(Document(text=text, id="0"))
    return "" if found is True else found[1]  # type: ignore[index]


def ours(family: str, texts: Sequence[str], labels: Sequence[str], lists: Mapping[str, Sequence[str]]) -> list[str]:
    """The same of ours, in datatrove's words."""
    rules: list[Rule] = [rule for rule in RULES if rule.family == family]
    held = limits.load(rules="gopher", told=FINEWEB)
    measured = measure(pa.array(texts, pa.string()), labels, words="whitespace", stopwords=lists)
    found = verdicts(measured, labels, held, rules)
    return [REASONS[rules[code].name] if code >= 0 else "" for code in found.rule]


def pairs(family: str, texts: Sequence[str], labels: Sequence[str], lists: Mapping[str, Sequence[str]]) -> list[Pair]:
    """Both verdicts of every text. datatrove divides by the number of words, so each text must have one."""
    mine = ours(family, texts, labels, lists)
    other = [theirs(family, text, lists.get(label)) for text, label in zip(texts, labels, strict=True)]
    return [Pair(*pair) for pair in zip(mine, other, strict=True)]


def listed_by_datatrove(urls: Sequence[str], domains: Sequence[str], addresses: Sequence[str]) -> list[bool]:
    """Whether datatrove's URL filter removes a document for its place; suffixes are those that tldextract brings."""
    from tldextract import TLDExtract

    told = URLFilter(extra_domains=domains, extra_urls=addresses, use_integrated_lists=False)
    told.tldextractor = TLDExtract(suffix_list_urls=(), cache_dir=None)
    return [told.filter(Document("", str(place), metadata={"url": url})) is not True for place, url in enumerate(urls)]
