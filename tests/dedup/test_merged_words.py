"""Which words the normal form takes for one, by language: those apart by case, width and the like, never by marks."""

import io
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pytest
import zstandard
from jaccard import LABELS, TEXTS
from shared import SHARED, needs_shared

from dedup import normal as module
from dedup.normal import normal
from langid.segment import words

A_TEXT = 1500
"""Characters of a document that are looked at."""


def dropped(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in module.DROPPED)


def plainly(word: str) -> str:
    """What may be taken for one by its letters alone: nothing here looks at a mark but those that are to be dropped."""
    kept = "".join("'" if unicodedata.category(c)[0] in "PS" else c for c in word if not dropped(c))
    narrow = "".join(
        unicodedata.normalize("NFKC", c) if unicodedata.decomposition(c)[:3] in ("<wi", "<na") else c for c in kept
    )
    one_i = "".join("i" if c in "Iıİi" else c for c in narrow)
    folded = unicodedata.normalize("NFD", one_i.casefold()).replace("i\u0307", "i")
    digits = "".join("0" if unicodedata.category(c) == "Nd" else c for c in folded)
    return unicodedata.normalize("NFC", digits)


def cause(left: str, right: str) -> str:
    """By what two words of one normal form differ."""
    if plainly(left) != plainly(right):
        return "marks"
    for name, form in (
        ("dropped signs", lambda word: "".join(c for c in word if not dropped(c))),
        ("case", str.casefold),
        ("apostrophes", lambda word: "".join("'" if unicodedata.category(c)[0] in "PS" else c for c in word)),
        ("digits", lambda word: "".join("0" if unicodedata.category(c) == "Nd" else c for c in word)),
    ):
        if form(left) == form(right):
            return name
    return "several of these"


def merged(texts: Iterable[str]) -> tuple[int, Counter[str], list[tuple[str, str]]]:
    """How many word types there are, how many of them another one stands for, by cause; those that marks tell apart."""
    types = sorted({word for text in texts for word in words(unicodedata.normalize("NFC", text))})
    joined = normal(" ".join(types)).split(" ")
    forms = joined if len(joined) == len(types) else [normal(word) for word in types]
    first: dict[str, str] = {}
    causes: Counter[str] = Counter()
    wrong = []
    for word, form in zip(types, forms, strict=True):
        if form and first.setdefault(form, word) != word:
            why = cause(first[form], word)
            causes[why] += 1
            if why == "marks":
                wrong.append((first[form], word))
    return len(types), causes, wrong


@pytest.mark.parametrize("label", LABELS)
def test_no_two_words_of_a_language_are_one_for_their_marks(label: str) -> None:
    text = (TEXTS / f"{label}.txt").read_text("utf-8")
    count, causes, wrong = merged([text, text.upper()])
    assert count > 50
    assert wrong == [], causes


def documents() -> Iterator[tuple[str, str]]:
    assert SHARED is not None
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw)):
            row = json.loads(line)
            yield row["label"], row["text"][:A_TEXT]


@needs_shared
def test_no_two_words_of_five_hundred_languages_are_one_for_their_marks() -> None:
    texts = defaultdict(list)
    for label, text in documents():
        texts[label].append(text)
    assert len(texts) > 500
    told = {label: merged(mine) for label, mine in sorted(texts.items())}
    assert {label: wrong for label, (*_, wrong) in told.items() if wrong} == {}
    types = sum(count for count, *_ in told.values())
    causes = sum((causes for _, causes, _ in told.values()), Counter())
    print(f"{types} word types of {len(told)} languages; merged: {dict(causes)}")
    assert types > 200_000
    assert causes["case"] > 10_000
    assert sum(causes.values()) - causes["case"] < 0.01 * types


def test_harakat_points_and_tatweel_are_the_only_marks_that_do_not_tell_words_apart() -> None:
    pairs = ("má mà", "कल काल", "มา ม้า", "བ བི", "ក កា", "တ တီ", "কর কার", "u ú", "s ş", "ọ o", "ሀ ሁ", "가 각")
    for pair in pairs:
        assert merged([pair])[:2] == (2, Counter())
    for pair in ("كتب كَتَبَ", "שלום שָׁלוֹם", "عربی عربـی"):
        assert merged([pair]) == (2, Counter({"dropped signs": 1}), [])
