"""One table says what each code point is, whatever the Python; text decodes as Python decodes it."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langid import unicode as u

EVERY = range(0x110000)


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """The packed value of every code point."""
    index, values = u.table()
    return values.reshape(-1, 128)[index].reshape(-1)


def test_code_points_of_two_bytes_lie_first_and_in_order() -> None:
    index, _ = u.table()
    assert index[: 0x800 >> 7].tolist() == list(range(0x800 >> 7))


def test_categories_are_those_of_python_but_for_later_corrections(values: np.ndarray) -> None:
    ours = [u.CATEGORIES[value] for value in (values & u.CATEGORY_MASK).tolist()]
    theirs = [unicodedata.category(chr(code_point)) for code_point in EVERY]
    changed = [hex(c) for c in EVERY if theirs[c] != "Cn" and ours[c] != theirs[c]]
    assert len(changed) <= 4, changed


def test_space_is_what_python_splits_at(values: np.ndarray) -> None:
    classes = values >> u.CLASS_SHIFT & u.CLASS_MASK
    assert np.flatnonzero(classes == u.SPACE).tolist() == [c for c in EVERY if chr(c).isspace()]


def test_lines_break_where_python_breaks_them(values: np.ndarray) -> None:
    ours = np.flatnonzero(values & u.LINE_BREAK).tolist()
    assert ours == [c for c in EVERY if len(f"a{chr(c)}b".splitlines()) == 2]


def test_letters_and_capitals_are_those_of_the_category(values: np.ndarray) -> None:
    category = values & u.CATEGORY_MASK
    assert (values[(values & u.UPPERCASE) > 0] & u.CATEGORY_MASK).max() == u.CATEGORIES.index("Lt")
    assert u.CATEGORIES[1 : u.LAST_LETTER + 1] == ("Lu", "Ll", "Lt", "Lm", "Lo")
    assert (category[[ord(c) for c in "aÉнक日한ʻ"]] <= u.LAST_LETTER).all()


def test_lowercase_is_pythons_where_that_is_one_character() -> None:
    index, shifts = u.lowercase()
    flat = shifts.reshape(-1, 128)[index].reshape(-1)
    wrong = [
        hex(c)
        for c in EVERY
        if len(chr(c).lower()) == 1 and unicodedata.category(chr(c)) != "Cn" and c + int(flat[c]) != ord(chr(c).lower())
    ]
    assert wrong == []
    assert ord("İ") + int(flat[ord("İ")]) == ord("i")
    assert 0x10D50 + int(flat[0x10D50]) == 0x10D70  # Garay, younger than the Python of 2024


def test_scripts_are_iso_codes_in_order() -> None:
    assert u.SCRIPTS[:3] == ("Zyyy", "Zinh", "Zzzz")
    assert list(u.SCRIPTS[3:]) == sorted(set(u.SCRIPTS[3:]))
    assert len(u.SCRIPTS) <= u.SCRIPT_MASK + 1


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("aÅế", "Latn"),
        ("юѣ", "Cyrl"),
        ("ωἄ", "Grek"),
        ("جچ", "Arab"),
        ("अक", "Deva"),
        ("த", "Taml"),
        ("ไก", "Thai"),
        ("ខ", "Khmr"),
        ("မ", "Mymr"),
        ("བ", "Tibt"),
        ("ሰ", "Ethi"),
        ("漢〇々", "Hani"),
        ("かゝ", "Hira"),
        ("カｶ", "Kana"),
        ("한ᄒ", "Hang"),
        ("ⵣ", "Tfng"),
        ("𞤀", "Adlm"),
        ("ꦗ", "Java"),
        ("ߒ", "Nkoo"),
        ("ᐃ", "Cans"),
        ("\u0301\u200d", "Zinh"),
        ("1 .ーʻ", "Zyyy"),
        ("\u0378\ue000", "Zzzz"),
    ],
)
def test_scripts(text: str, script: str) -> None:
    assert {u.script(u.describe(character)) for character in text} == {script}


@pytest.mark.parametrize(
    ("flag", "yes", "no"),
    [
        (u.SENTENCE_END, ".!?。！？।॥။۔؟።།…๛៕", "a,;:،、་ー-"),
        (u.TERMINAL, ".!?。！？।॥။۔؟።៖", "…།,:"),
        (u.EMOJI, "😂❤🏽🇧✈", "©™‼#1a"),
        (u.BULLET, "-–•◦●·*", "—a1."),
        (u.CLOSER, "\"')”’»」）", "(«.a"),
        (u.SYMBOLIC, ".,-—»（\x00\x85।", "a§•€ \n\t"),
    ],
)
def test_flags(flag: int, yes: str, no: str) -> None:
    assert [c for c in yes if not u.describe(c) & flag] == []
    assert [c for c in no if u.describe(c) & flag] == []


@settings(deadline=None)
@given(st.text())
def test_text_decodes_as_python_has_it(text: str) -> None:
    assert u.code_points(text.encode()) == [ord(character) for character in text]


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_decode_to_code_points(raw: bytes) -> None:
    found = u.code_points(raw)
    assert all(0 <= code_point < 0x110000 for code_point in found)
    assert len(found) >= len(raw) / 4


@pytest.mark.parametrize("character", ["é", "क", "日", "𞤀"])
def test_a_cut_sequence_is_a_replacement_character_and_stops_in_time(character: str) -> None:
    for kept in range(1, len(character.encode())):
        found = u.code_points(b"a" + character.encode()[:kept])
        assert found == [ord("a"), *[u.REPLACEMENT] * kept]


def test_values_beyond_unicode_are_replacement_characters() -> None:
    assert u.code_points(b"\xf4\x90\x80\x80")[0] == u.REPLACEMENT
    assert u.code_points(b"\xff\xc0\xc1") == [u.REPLACEMENT] * 3


def test_the_shipped_table_is_what_its_script_makes() -> None:
    pytest.importorskip("regex")
    from langid import unicode_build

    if not unicode_build.knows_version():
        pytest.skip(f"the regex package here does not know Unicode {u.UNICODE_VERSION}")
    for name, array in unicode_build.build().items():
        np.testing.assert_array_equal(u._arrays()[name], array, err_msg=name)
