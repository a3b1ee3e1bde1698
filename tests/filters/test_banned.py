"""How often texts say what their language's list bans."""

import pyarrow as pa
import pytest

from filters.banned import EVERY, NO_LIST, count, of

LISTS = of(
    {
        "eng_Latn": ["sludge", "green goo", "C++", "sludge pump"],
        "yor_Latn": ["Ẹ̀gbin"],
        "tha_Thai": ["โคลน"],
        "jpn_Jpan": ["ヘドロ"],
        "rus_Cyrl": ["Грязь"],
        EVERY: ["xqx"],
    }
)


@pytest.mark.parametrize(
    ("text", "label", "found"),
    [
        ("The sludge, and SLUDGE again: sludge", "eng_Latn", 3),
        ("sludgy sludges and presludge sludgé", "eng_Latn", 0),
        ("a green goo; a green  goo; green\ngoo", "eng_Latn", 1),
        ("C++ and c++11 or (C++)", "eng_Latn", 3),
        ("a sludge pump is one place", "eng_Latn", 1),
        ("ẹ̀gbin ni ẸGBIN", "yor_Latn", 1),
        ("น้ำโคลนมาก", "tha_Thai", 1),
        ("それはヘドロだ", "jpn_Jpan", 1),
        ("ГРЯЗЬ и грязью", "rus_Cyrl", 1),
        ("sludge", "rus_Cyrl", 0),
        ("xqx", "rus_Cyrl", 1),
        ("xqx sludge", "fra_Latn", 1),
        ("", "eng_Latn", 0),
    ],
)
def test_whole_words_where_words_are_spaced_and_any_place_elsewhere(text: str, label: str, found: int) -> None:
    assert count(pa.array([text], pa.string()), [label], LISTS).tolist() == [found]


def test_a_language_without_a_list_is_not_measured_and_texts_do_not_touch_one_another() -> None:
    only = of({"eng_Latn": ["sludge"]})
    texts = pa.array(["say slud", "ge", "sludge", "sludge"], pa.string())
    assert count(texts, ["eng_Latn", "eng_Latn", "eng_Latn", "fra_Latn"], only).tolist() == [0, 0, 1, NO_LIST]
    assert count(texts.slice(2), ["eng_Latn", "fra_Latn"], only).tolist() == [1, NO_LIST]


def test_long_lists_are_searched_as_short_ones() -> None:
    words = [f"w{number:x}z" for number in range(20000)]
    long = of({"eng_Latn": words})
    text = "w0z w1fz w1f w4e1fz w4e20z zw2z"
    assert count(pa.array([text], pa.string()), ["eng_Latn"], long).tolist() == [3]
