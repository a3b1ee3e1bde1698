import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langid.script import HAN, JAPANESE, NAMES, letters, number, shares
from langid.unicode import SCRIPTS


def told(text: str, label_script: str | None = None) -> tuple[str, float]:
    counts = letters(pa.array([text], pa.string()))
    systems = None if label_script is None else letters(pa.array([""], pa.string()))[:, 0] + number(label_script)
    main, share = shares(counts, systems)
    return NAMES[main[0]], round(float(share[0]), 3)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Tất cả mọi người", "Latn"),
        ("Gbogbo ènìyàn ni a bí ní òmìnira", "Latn"),
        ("الحرية والمساواة", "Arab"),
        ("सभी मनुष्य", "Deva"),
        ("மனிதர்கள்", "Taml"),
        ("มนุษย์ทั้งหลาย", "Thai"),
        ("មនុស្សទាំងអស់", "Khmr"),
        ("လူတိုင်းသည်", "Mymr"),
        ("འགྲོ་བ་མི", "Tibt"),
        ("የሰው ልጅ", "Ethi"),
        ("人人生而自由", "Hani"),
        ("すべての人間は生まれながらにして自由", "Jpan"),
        ("カタカナ", "Jpan"),
        ("모든 인간은", "Hang"),
        ("韓國의 憲法은 民主主義를", "Hang"),
        ("注音ㄓㄨˋ", "Hani"),
        ("ⵉⵎⴷⴰⵏⵏ", "Tfng"),
        ("ᱚᱞ ᱪᱤᱠᱤ", "Olck"),
        ("𞤢𞤣𞤤𞤢𞤥", "Adlm"),
    ],
)
def test_the_script_of_a_text(text: str, script: str) -> None:
    assert told(text)[0] == script


def test_a_chinese_text_with_a_few_kana_stays_chinese() -> None:
    assert told("人" * 95 + "の" * 5)[0] == "Hani"
    assert told("人" * 80 + "の" * 20)[0] == "Jpan"


def test_digits_marks_and_signs_are_no_letters() -> None:
    assert told("12345 !?% ۱۲۳ … 😀") == ("Zyyy", 0.0)
    assert told("abc 12345 !!") == ("Latn", 1.0)
    assert told("a\u0301b\u0301") == ("Latn", 1.0)


def test_the_share_is_that_of_the_labels_script() -> None:
    assert told("abcдежз", "Cyrl") == ("Cyrl", 0.571)
    assert told("abcдежз", "Latn") == ("Cyrl", 0.429)
    assert told("日本のabcd", "Jpan") == ("Latn", 0.429)
    assert told("漢字한글", "Kore") == ("Hang", 1.0)
    assert told("漢字", "Hans") == told("漢字", "Hant") == ("Hani", 1.0)


def test_a_tie_goes_to_the_first_in_order() -> None:
    assert told("абab")[0] == "Cyrl"


def test_numbers_of_scripts() -> None:
    assert number("Jpan") == number("Hira") == number("Kana") == JAPANESE
    assert number("Hant") == HAN
    assert number("Kore") == SCRIPTS.index("Hang")
    assert number("Zsym") == -1


def test_no_text() -> None:
    assert letters(pa.array([], pa.string())).shape == (0, len(SCRIPTS))
    main, share = shares(letters(pa.array([""], pa.string())))
    assert (main[0], share[0]) == (0, 0.0)


@given(
    text=st.text(st.one_of(st.characters(max_codepoint=0x7F), st.sampled_from("éß中ыक𞤢\u0301")), max_size=40)
    | st.text(max_size=40)
)
def test_letters_are_counted_together_as_one_by_one(text: str) -> None:
    together = letters(pa.array(["", text, "ab"], pa.string()))
    assert (together[1] == letters(pa.array([*text, ""], pa.string())).sum(axis=0)).all()
    assert together.sum(axis=1)[0] == 0
    assert together.sum(axis=1)[2] == 2
