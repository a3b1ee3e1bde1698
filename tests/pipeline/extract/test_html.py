"""Extraction leaves the spelling of every script as it was."""

from collections.abc import Callable

import pytest

from pipeline.extract.html import resiliparse_main_content, trafilatura_precision

SPELLINGS = [
    pytest.param("نامه‌های کتاب‌فروشی می‌رسند و خانه‌ها روشن می‌شوند", id="Persian, non-joiner"),
    pytest.param("ශ්‍රී ලංකාවේ ප්‍රධාන මාර්ගය", id="Sinhala, joiner"),
    pytest.param("അവന്‍ പറഞ്ഞു, ഞാന്‍ വരാം", id="Malayalam, joiner"),
    pytest.param("ᠬᠠᠭᠠᠨ ᠤ ᠦᠭᠡ᠎ᠡ", id="Mongolian, vowel separator"),
    pytest.param("སྐད་ཡིག་དང་རིག་གནས།", id="Tibetan"),
    pytest.param("ọjọ́ ìsinmi ni ẹ̀gbẹ́ wa", id="Yoruba, marks"),
    pytest.param("👩‍🌾 und 👨‍👩‍👧 im Garten", id="pictographs, joined"),
]


def _page(text: str) -> str:
    paragraphs = "".join(f"<p>{text} {number}. {text}.</p>" for number in range(8))
    return f"<html><body><article>{paragraphs}</article></body></html>"


@pytest.mark.parametrize("extract", [trafilatura_precision, resiliparse_main_content])
@pytest.mark.parametrize("text", SPELLINGS)
def test_what_spelling_needs_is_kept(extract: Callable[[str], str], text: str) -> None:
    lines = [line for line in extract(_page(text)).splitlines() if line]
    assert lines == [f"{text} {number}. {text}." for number in range(8)]


@pytest.mark.parametrize("written", ["&zwnj;", "&#8204;", "&#x200C;"])
def test_a_joiner_written_as_an_entity_is_one(written: str) -> None:
    assert trafilatura_precision(_page(f"می{written}رسند")).splitlines()[0].startswith("می\u200cرسند")
    assert trafilatura_precision(_page("ශ්&zwj;රී")).splitlines()[0].startswith("ශ්\u200dරී")
