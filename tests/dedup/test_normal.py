"""What two copies of a text may differ in, and what they may not."""

import importlib
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaccard import LABELS, TEXTS

from dedup import normal as module
from dedup.normal import normal
from langid import unicode
from langid.segment import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Hello,\tWORLD!\n\n", "hello world"),
        ("Straße STRASSE", "strasse strasse"),
        ("İstanbul istanbul ISTANBUL ıstanbul i̇stanbul", "istanbul istanbul istanbul istanbul istanbul"),
        ("ΟΔΟΣ οδός Ὀδυσσεύς", "οδοσ οδόσ ὀδυσσεύσ"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("ｶﾞｷﾞ", normal("ガギ")),
        ("1,234.50 ١٢٣ १२३ ๑๒๓ １２３", "0 000 00 000 000 000 000"),
        ("½ Ⅳ ① x²", "½ ⅳ ① x²"),
        ("الْعَرَبِيَّةُ كـــتاب", "العربية كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("don't don’t", "don t don t"),
        ("co\u00adoperate zero\u200bwidth می\u200cخواهم", "cooperate zero width میخواهم"),
        ("❤️ 👍🏽 → ©", ""),
        ("ﬁn oﬀ", "fin off"),
        ("ἀ̓ \u0301 b", normal("ἀ̓ b")),
        ("", ""),
        (" \n\t", ""),
        ("?!…。、", ""),
    ],
)
def test_the_normal_form_of(text: str, expected: str) -> None:
    assert normal(text) == expected


@pytest.mark.parametrize(
    "different",
    [
        "ma má mà mả mã mạ mâ mă",  # Vietnamese
        "ọkọ́ ọkọ̀ ọ̀kọ̀ oko òkò",  # Yoruba
        "कल काल कुल कूल कलि कली कॅल कं कः क्ल",  # Hindi
        "มา ม้า ม่า ม๊า มี มึ มุ",  # Thai
        "က ကာ ကိ ကီ ကု က် ကံ က့ ကး",  # Burmese
        "ཀ ཀི ཀུ ཀེ ཀོ ཀྱ རྐ",  # Tibetan
        "ក កា កិ កុ ក់ ក៍ ក្ក",  # Khmer
        "க கா கி கீ க்",  # Tamil
        "か が カ ガ は ば ぱ",  # Japanese
        "ሀ ሁ ሂ ሃ",  # Amharic
        "ا آ أ إ ی ي ک ك ه ة",  # Arabic letters that other normalisers merge
        "е ё и й і ї",  # Cyrillic
        "n ñ o ö ő ø s š ş c ç č",
    ],
)
def test_words_that_differ_in_a_mark_or_letter_stay_different(different: str) -> None:
    forms = [normal(unicodedata.normalize("NFC", word)) for word in different.split()]
    assert len(set(forms)) == len(forms)
    assert all(forms)


@pytest.mark.parametrize("label", LABELS)
def test_no_two_words_of_a_real_text_are_merged_by_more_than_case(label: str) -> None:
    text = unicodedata.normalize("NFC", (TEXTS / f"{label}.txt").read_text("utf-8"))
    lowered = {word.lower() for word in words(text) if not any(c.isdigit() for c in word)}
    merged = len(lowered) - len({normal(word) for word in lowered})
    # Arabic harakat and joiners, and ß, aside; a normal form that strips marks merges a fifth in some of these.
    assert merged <= 0.005 * len(lowered)


def test_case_folds_whatever_the_letter_and_however_its_capital_is_composed() -> None:
    known = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Lu", "Ll", "Lt")]
    known = [c for c in known if unicodedata.normalize("NFC", c) == c]
    assert len(known) > 3500
    for c in known:
        for other in (c.upper(), c.lower(), c.casefold()):
            assert normal(unicodedata.normalize("NFC", other)) == normal(c), f"U+{ord(c):04X}"


def test_every_decimal_digit_is_one_digit() -> None:
    digits = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) == "Nd"]
    assert {normal(digit) for digit in digits} == {"0"}


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_a_normal_form_is_its_own(text: str) -> None:
    once = normal(text)
    assert normal(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text(), st.text())
@settings(max_examples=200, deadline=None)
def test_a_text_is_empty_if_and_only_if_it_has_no_word(left: str, right: str) -> None:
    assert (normal(left) == "") == (words(normal(left)) == [])
    joined = [part for part in (normal(left), normal(right)) if part]
    assert normal(f"{left} {right}") == " ".join(joined)


def test_the_table_covers_unicode_and_never_yields_a_joiner() -> None:
    blocks, values, several = module.table()
    assert blocks.shape == (0x110000 >> 7,)
    flat = values.reshape(-1, 128)[blocks].ravel()
    assert flat[ord("a")] & module.FAR == 0
    classes = flat[flat < module.PLAIN] >> module.CLASS
    assert unicode.JOINER not in classes
    assert unicode.OTHER not in classes
    assert np.all(several >> module.CLASS != unicode.JOINER)


def test_the_shipped_folds_are_what_the_script_derives() -> None:
    regex = pytest.importorskip("regex")
    if not regex.match(r"\p{Script=Seal}", "\U0003d000"):
        pytest.skip("this regex package does not know Unicode 18.0")
    build = importlib.import_module("dedup.normal_build")
    derived = list(build.lines())
    assert "\n".join(derived) + "\n" == (TEXTS.parents[2] / "dedup" / "folds.tsv").read_text("utf-8")
