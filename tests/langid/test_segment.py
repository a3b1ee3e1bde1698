"""What a word is, script by script."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langid import unicode as u
from langid.segment import words

WORDS = {
    "English": ("Don't stop—the co-op’s ‘quoted’ 3.14!", ["Don't", "stop", "the", "co", "op’s", "quoted", "3", "14"]),
    "trailing apostrophes": ("dogs' 'tis rock 'n' roll", ["dogs", "tis", "rock", "n", "roll"]),
    "French": ("L’été, aujourd'hui.", ["L’été", "aujourd'hui"]),
    "Catalan": ("col·lecció · fi", ["col·lecció", "fi"]),
    "Uzbek": ("o‘zbek maʼno", ["o‘zbek", "maʼno"]),
    "Hawaiian": ("ʻokina Hawaiʻi", ["ʻokina", "Hawaiʻi"]),
    "Vietnamese": ("Tôi là người Việt.", ["Tôi", "là", "người", "Việt"]),
    "Vietnamese, decomposed": ("nguo\u031b\u0300i", ["nguo\u031b\u0300i"]),
    "Yoruba": ("Ọjọ́ dára, ẹ káàárọ̀", ["Ọjọ́", "dára", "ẹ", "káàárọ̀"]),
    "Greek": ("Τι; λέξη· ἄλλη", ["Τι", "λέξη", "ἄλλη"]),
    "Russian": ("Кто-то по́мнит №5", ["Кто", "то", "по́мнит", "5"]),
    "Arabic": ("السَّلامُ عليكم، ٢٠٢٤", ["السَّلامُ", "عليكم", "٢٠٢٤"]),
    "Persian": ("می\u200cخواهم کتاب‌ها", ["می\u200cخواهم", "کتاب‌ها"]),
    "Hebrew": ("צה״ל ג׳ירפה שָׁלוֹם", ["צה״ל", "ג׳ירפה", "שָׁלוֹם"]),
    "Hindi": ("नमस्ते दुनिया। क्\u200dषत्रिय", ["नमस्ते", "दुनिया", "क्\u200dषत्रिय"]),
    "Tamil": ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
    "Sinhala": ("ශ්\u200dරී ලංකා", ["ශ්\u200dරී", "ලංකා"]),
    "Amharic": ("ሰላም፡ለዓለም። ፳፻", ["ሰላም", "ለዓለም", "፳፻"]),
    "Korean": ("한국어 문장입니다.", ["한국어", "문장입니다"]),
    "Georgian": ("საქართველო—თბილისი", ["საქართველო", "თბილისი"]),
    "Mongolian": ("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ\u180b", ["ᠮᠣᠩᠭᠣᠯ", "ᠪᠢᠴᠢᠭ"]),
    "Chinese": ("我们123是Hello世界。", ["我", "们", "123", "是", "Hello", "世", "界"]),
    "Japanese": ("カタカナとひらがな、データ々", ["カタ", "カナ", "とひ", "らが", "な", "デー", "タ", "々"]),
    "Japanese, voiced apart": ("ｶﾞｷﾞｸﾞ か\u3099き", ["ｶﾞｷﾞ", "ｸﾞ", "か\u3099き"]),
    "Thai": ("เก่งมากๆ น้ำ ไทย๑๒", ["เก่", "ง", "มา", "ก", "ๆ", "น้ำ", "ไท", "ย", "๑๒"]),
    "Lao": ("ເຂົ້າໃຈ ພາສາ", ["ເຂົ້າ", "ໃຈ", "ພາ", "ສາ"]),
    "Khmer": ("ភាសាខ្មែរ ស្ត្រី\u200bទៅ", ["ភា", "សា", "ខ្មែ", "រ", "ស្ត្រី", "ទៅ"]),
    "Burmese": ("မြန်မာ ကက္ကူ။", ["မြ", "န်", "မာ", "က", "က္ကူ"]),
    "Tibetan": ("བསྒྲུབས་བོད།", ["བ", "སྒྲུ", "བ", "ས", "བོ", "ད"]),
    "Javanese": ("ꦧꦱꦗꦮꦏ꧀ꦱꦫ", ["ꦧ", "ꦱ", "ꦗ", "ꦮ", "ꦏ꧀ꦱ", "ꦫ"]),
    "Balinese": ("ᬩᬲᬩᬮᬶᬓ᭄ᬱ", ["ᬩ", "ᬲ", "ᬩ", "ᬮᬶ", "ᬓ᭄ᬱ"]),
    "Tai Tham": ("ᩃ᩶ᩣ᩠ᨶᨶᩣ", ["ᩃ᩶ᩣ᩠ᨶ", "ᨶᩣ"]),
    "Tai Viet": ("ꪼꪕ ꪀꪱ", ["ꪼꪕ", "ꪀꪱ"]),
    "Yi": ("ꆈꌠꉙ", ["ꆈ", "ꌠ", "ꉙ"]),
    "emoji": ("👩\u200d👩\u200d👧 ok ❤\ufe0f 1\ufe0f\u20e3 ✊🏽", ["ok", "1\ufe0f\u20e3"]),
    "marks alone": ("\u0301 ◌\u0e48 \u200d", []),
    "nothing": ("", []),
    "signs": ("… -- *** 。", []),
    "underscore and slash": ("a_b a/b a.b@c", ["a", "b", "a", "b", "a", "b", "c"]),
    "numbers": ("1'000 2,5 ½ x² Ⅷ", ["1'000", "2", "5", "½", "x²", "Ⅷ"]),
    "mixed": ("iPhone手机ไทยok", ["iPhone", "手", "机", "ไท", "ย", "ok"]),
    "joiner at a border": ("a'日 日'a 日\u200d日", ["a", "日", "日", "a", "日", "日"]),
}


@pytest.mark.parametrize("name", WORDS)
def test_words(name: str) -> None:
    text, expected = WORDS[name]
    assert words(text) == expected


@settings(deadline=None)
@given(st.text())
def test_whitespace_words_are_those_of_str_split(text: str) -> None:
    assert words(text, "whitespace") == text.split()


def test_an_unknown_kind_of_words_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(ValueError, match="orthographic, whitespace, not 'spacy'"):
        words("a", "spacy")  # type: ignore[arg-type]


ODD = "aZé'’-. \n1२नम्ि日々かーカไกา้ຂ་བྲ္ကမ់្\u200d\u200c\u0301😂"


@settings(deadline=None)
@given(st.text(st.sampled_from(ODD)))
def test_words_are_parts_of_the_text_in_order_each_with_something_to_read(text: str) -> None:
    position = 0
    for word in words(text):
        position = text.index(word, position) + len(word)
        first = u.describe(word[0]) >> u.CLASS_SHIFT & u.CLASS_MASK
        assert first in (u.LETTER, u.DIGIT, u.CLUSTER, u.PREFIX, u.KANA)
        assert not any(c.isspace() for c in word)


@settings(deadline=None)
@given(st.text(st.sampled_from(ODD)), st.text(st.sampled_from(ODD)))
def test_white_space_parts_words_whatever_stands_around_it(before: str, after: str) -> None:
    assert words(f"{before} {after}") == words(before) + words(after)


@settings(deadline=None)
@given(st.text(st.sampled_from(ODD)))
def test_nothing_that_is_written_is_left_out(text: str) -> None:
    inside = "".join(words(text))
    for character in text:
        if u.describe(character) >> u.CLASS_SHIFT & u.CLASS_MASK in (u.LETTER, u.DIGIT, u.CLUSTER, u.PREFIX, u.KANA):
            assert text.count(character) == inside.count(character)
