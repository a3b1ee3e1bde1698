"""Signals are held to a slow count in plain Python, and to what a reader would count by hand."""

import hashlib
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import slow_signals
from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import signals
from filters.signals import HORIZON, SIGNALS, VERSION, measure

TEXTS = {
    "eng_Latn": "The river rose in the night. “We must go,” she said; they went!\n\n- bread\n- salt\n- The river",
    "vie_Latn": "Mùa mưa năm ấy đến sớm. Nước sông dâng cao, người làng dọn lên đồi…\nTrẻ con thì vui lắm!",
    "yor_Latn": "Ọjà náà kún fún ènìyàn. Ẹ káàárọ̀, ìyá! Ṣé ẹ fẹ́ ra ẹ̀wà? Bẹ́ẹ̀ ni.",
    "tur_Latn": "İSTANBUL'da ılık bir sabah. Iğdır uzakta… Çocuklar top oynuyor; kim kazanır?",
    "rus_Cyrl": "— Кто там? — спросил дед.\n— Это я, — сказала Аня. Дом стоял у реки, и река шумела всю ночь.",
    "ell_Grek": "Το σπίτι ήταν παλιό· η πόρτα έτριζε. Ποιος μένει εδώ; Κανείς.",
    "arb_Arab": "كان البيت قديمًا، وكانت النافذة مفتوحة. هل عاد الأبُ من السوق؟ نعم، عاد!",
    "pes_Arab": "باران می\u200cبارید و کوچه خلوت بود. آیا کسی می\u200cآید؟",
    "heb_Hebr": "צה״ל הודיע הבוקר. שָׁלוֹם לְכֻלָּם, אמר המורה.",
    "hin_Deva": "गाँव के पास एक नदी बहती थी। बच्चे वहाँ खेलते थे। क्या तुम आओगे?",
    "ben_Beng": "নদীর ধারে একটি গ্রাম ছিল। সেখানে অনেক গাছ ছিল।",
    "tam_Taml": "மழை பெய்தது. குழந்தைகள் வீட்டில் இருந்தனர்.",
    "tha_Thai": "ฝนตกหนักทั้งคืน แม่น้ำเอ่อล้น เด็กๆ ไม่ได้ไปโรงเรียน ฝนตกหนักทั้งคืน",
    "lao_Laoo": "ຝົນຕົກໜັກ ເດັກນ້ອຍຢູ່ເຮືອນ",
    "khm_Khmr": "ភ្លៀងធ្លាក់ខ្លាំងណាស់។ ក្មេងៗនៅផ្ទះ។",
    "mya_Mymr": "မိုးရွာနေသည်။ ကလေးများ အိမ်မှာရှိသည်။ ကက္ကူ",
    "bod_Tibt": "ཆར་པ་བབས། ཕྲུ་གུ་རྣམས་ཁྱིམ་ན་ཡོད།",
    "amh_Ethi": "ዝናብ ዘነበ። ልጆቹ ቤት ናቸው፤ እናት ምግብ ሠራች።",
    "cmn_Hani": "昨夜下了大雨。孩子们在家里，妈妈做饭。雨下了一整天！",
    "jpn_Jpan": "昨夜は大雨だった。子どもたちは家にいて、テレビを見ていた。「明日は？」",
    "kor_Hang": "밤새 비가 내렸다. 아이들은 집에 있었다. 내일은 갤까?",
    "kat_Geor": "წვიმა მოდიოდა მთელი ღამე. ბავშვები სახლში იყვნენ.",
    "zgh_Tfng": "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ. ⴰⵎⴰⵏ ⴷ ⵓⵙⵎⵎⵉⴷ.",
    "fuv_Adlm": "𞤀𞤁𞤂𞤃 𞤼𞤢𞤯𞤢. 𞤲𞤣𞤭𞤴𞤢𞤥",
    "jav_Java": "ꦧꦱꦗꦮꦏ꧀ꦱꦫ꧉ ꦲꦏ꧀ꦱꦫ",
    "und_Zyyy": "😂😂 👩\u200d👩\u200d👧 1\ufe0f\u20e3 €5 © \ufffd\ufffd \x00\x07 http://a.b/c?d={e} WWW.x.y #tag ##",
}
LISTS = {
    "eng_Latn": ("the", "AND", "at"),
    "tur_Latn": ("bir", "ıstanbul'da"),
    "rus_Cyrl": ("и", "у", "это"),
    "tha_Thai": ("ก",),
}
KINDS = ("orthographic", "whitespace")


def one(text: str, label: str = "und_Zyyy", words: str = "orthographic", lists: Any = None) -> dict[str, Any]:
    """The signals of one text as plain numbers."""
    return {name: column[0].item() for name, column in measure(pa.array([text]), [label], words, lists).items()}  # type: ignore[arg-type]


def same(text: str, words: str, listed: tuple[str, ...] | None = None) -> None:
    """The compiled pass and the slow count agree on every signal."""
    found = one(text, "x", words, None if listed is None else {"x": listed})
    wanted = slow_signals.measure(text, words, listed)
    kinds = {signal.name: signal.dtype for signal in SIGNALS}
    rounded = {name: float(np.float32(value)) if kinds[name] == "float32" else value for name, value in wanted.items()}
    assert {name: (found[name], value) for name, value in rounded.items() if found[name] != value} == {}


@pytest.mark.parametrize("words", KINDS)
@pytest.mark.parametrize("label", TEXTS)
def test_texts_of_every_script_measure_as_counted_slowly(label: str, words: str) -> None:
    text = TEXTS[label]
    same(text, words, LISTS.get(label))
    same(f"{text}\n\n{text}\n{text[::2]}\r\n\r\n{text} {text}\n\n", words, LISTS.get(label))


_PIECES = (
    'a b B ab . ... … 。 ! ? " ” ) - • – # { } [12] [edit] é e\u0301 Ä İ ก เ า ้ ကျ ္ က 日 本 かな カ ー 한국 ሰላም ། न म ्'
    " 1 12 3.14 ' ’ 😂 👍🏽 \ufffd \x00 \x7f www.x http://a བ ྄ 𞤀 lorem JavaScript cookies"
)
_PHRASES = ["lorem ipsum", "use of cookies", "privacy policy.", "[citation needed]"]
_DOUBLES = "pрοΟьεῖӕæᎪոⲟꓮµΩ"
ODD = [*_PIECES.split(" "), *_DOUBLES, *_PHRASES, " ", " ", "\n", "\n", "\n\n", "\r\n", "\r", "\t"]
ODD += [
    "a@b",
    "<p>",
    "</",
    "&nbsp;",
    "&#8",
    "&lt;",
    "{{",
    "${x}",
    "%s",
    "12:30",
    "[7]",
    "[123]",
    "(1879",
    "=",
    "+",
    "|",
]
ODD += ["\t", ";", ",", "  ", "   ", "A", "Aa", "a=b", "€", "★"]
ODD += ["\u2028", "\x85", "\x1f", "\u3000", "\u00a0", "\u200d", "\u200c", "  "]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(ODD), max_size=60).map("".join), st.sampled_from(KINDS))
def test_odd_texts_measure_as_counted_slowly(text: str, words: str) -> None:
    same(text, words, ("a", "É", "ab", "3.14"))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["a", "b", "aa", " ", " ", "\n", "\n\n", "ก", "日"]), max_size=200).map("".join))
def test_repetitive_texts_measure_as_counted_slowly(text: str) -> None:
    same(text, "orthographic")


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_any_text_measures_as_counted_slowly(text: str, words: str) -> None:
    same(text, words)


def test_columns_are_those_of_the_table() -> None:
    found = measure(pa.array(["a b", ""]), ["x", "y"])
    assert {name: str(column.dtype) for name, column in found.items()} == {s.name: s.dtype for s in SIGNALS}
    assert all(len(column) == 2 for column in found.values())
    assert len({signal.name for signal in SIGNALS}) == len(SIGNALS)


@pytest.mark.parametrize("words", KINDS)
@pytest.mark.parametrize("text", ["", " ", "\n", "\n\n \r\n", "...", "\u200b", "\u0301"])
def test_texts_without_words_have_numbers_too(text: str, words: str) -> None:
    found = one(text, words=words)
    assert all(np.isfinite(value) for value in found.values())
    assert found["stop_words"] == -1
    if not text.split():
        assert found["words"] == found["word_length"] == found["top_2_gram_share"] == found["newline_ratio"] == 0


def test_no_texts_give_empty_columns() -> None:
    assert all(column.shape == (0,) for column in measure(pa.array([], pa.string()), []).values())


def test_a_value_depends_on_its_text_and_label_alone() -> None:
    labels = list(TEXTS)
    together = measure(pa.array(list(TEXTS.values())), labels, stopwords=LISTS)
    for row, label in enumerate(labels):
        alone = measure(pa.array([TEXTS[label]]), [label], stopwords=LISTS)
        assert {name: column[row] for name, column in together.items()} == {n: c[0] for n, c in alone.items()}
    backwards = measure(pa.array(list(TEXTS.values())[::-1]), labels[::-1], stopwords=LISTS)
    sliced = measure(pa.array(["x", *TEXTS.values(), "y"])[1:-1], labels, stopwords=LISTS)
    for name, column in together.items():
        np.testing.assert_array_equal(column, backwards[name][::-1])
        np.testing.assert_array_equal(column, sliced[name])


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("Тhe rіver rose in thе night", 3),  # Cyrillic Т, і, е
        ("Дом cтоял у рeки", 2),  # Latin c, e
        ("Tο σπίτι ήταν παλιό", 1),  # Latin T
        ("Տունը hին էր", 1),  # Latin h
        ("Wi-Fi-роутер и USB-кабель, HTML5, 5GHz", 0),  # hyphens part words
        ("10 µm, 5 μg, ΔT, π-mesons, β2 and α1", 0),
        ("nῖ mῦtumia, mε yεla, kәska wὸle ɣef tmeddurt", 0),  # Kikuyu, Farefare, Kanuri, Ewe, Kabyle
        ("сæрибар çĕнĕ сöстöг", 0),  # Ossetian, Chuvash, Komi
        ("日本のNHKテレビ한국KBS방송", 0),
    ],
)
def test_words_that_mix_scripts_that_look_alike(text: str, mixed: int) -> None:
    found = one(text)
    assert round(found["mixed_script_words"] * found["words"]) == mixed


def test_stop_words_are_compared_in_lower_case_or_as_they_stand() -> None:
    lists = {"eng_Latn": ("the", "and", "of"), "tur_Latn": ("ılık", "İSTANBUL")}
    assert one("The cat AND the dog", "eng_Latn", lists=lists)["stop_words"] == 2
    assert one("The cat AND the dog", "eng_Latn", "whitespace", lists)["stop_words"] == 1
    assert one("istanbul Ilık", "tur_Latn", lists=lists)["stop_words"] == 1
    assert one("the cat", "deu_Latn", lists=lists)["stop_words"] == -1
    assert one("the cat", "eng_Latn", lists={"eng_Latn": ()})["stop_words"] == 0


def test_gopher_counts_by_hand() -> None:
    found = one("- one # two ...\n• three… four ##\nfive 12 !? six", words="whitespace")
    assert (found["words"], found["plain_words"]) == (13, 8)
    assert found["hash_ratio"] == pytest.approx(3 / 13)
    assert found["ellipsis_ratio"] == pytest.approx(2 / 13)
    assert found["bullet_line_share"] == pytest.approx(2 / 3)
    assert found["ellipsis_line_share"] == pytest.approx(1 / 3)
    assert found["alpha_word_share"] == pytest.approx(6 / 13)
    assert found["word_length"] == pytest.approx((3 + 3 + 6 + 4 + 4 + 2 + 3 + 1) / 8, abs=0.3)


def test_ngrams_by_hand() -> None:
    found = one("ab cd ab cd ab")
    assert found["top_2_gram_share"] == pytest.approx(2 * 5 / 14)  # "ab cd", twice
    assert found["top_3_gram_share"] == pytest.approx(2 * 8 / 14)  # "ab cd ab", twice, the overlap counted
    assert found["top_4_gram_share"] == pytest.approx(11 / 14)  # each once: the first
    assert found["dup_5_gram_share"] == 0
    text = "a b c d e f a b c d e f a b c d e"
    assert one(text)["dup_5_gram_share"] == pytest.approx(10 / len(text))  # met again twice, without overlap
    assert one(text)["dup_6_gram_share"] == pytest.approx(6 / len(text))
    assert one("one two")["top_3_gram_share"] == 0


def test_clusters_are_the_words_of_scripts_without_spaces() -> None:
    text = "我爱你我爱你我爱你"
    assert one(text)["words"] == 9
    assert one(text)["dup_5_gram_share"] == pytest.approx(5 / 9)
    assert one(text, words="whitespace")["words"] == 1


def test_lines_and_paragraphs_by_hand() -> None:
    found = one("same\nother\nsame\n\npara one.\n\nlast\n\npara one.")
    assert found["dup_line_share"] == pytest.approx(2 / 6)
    assert found["dup_paragraph_share"] == pytest.approx(1 / 4)
    assert found["repeated_line_char_share"] == pytest.approx(13 / 35)
    assert found["terminal_line_share"] == pytest.approx(2 / 6)
    assert found["blank_line_share"] == pytest.approx(3 / 9)
    assert found["paragraphs"] == 4
    assert one("a\nb\n\nb\na")["dup_paragraph_share"] == 0


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("He said “so.”", 1),
        ("(Yes!) ", 1),
        ("དེ་ཡིན།", 1),
        ("नमस्ते।", 1),
        ("你好。」", 1),
        ("ሰላም።", 1),
        ("no end", 0),
        ("a,", 0),
    ],
)
def test_a_line_may_end_in_any_script_and_before_a_quote(line: str, ends: int) -> None:
    assert one(line)["terminal_line_share"] == ends


def test_sentences_by_hand() -> None:
    assert one("Mr X paid 3.14 at x.example. Why?! “Well.” Hm... 你好。再见！")["sentences"] == 6
    assert one("... . . ! ?")["sentences"] == 0


def test_traces_of_page_machinery() -> None:
    found = one(
        "Enable JAVASCRIPT now.\nWe use cookies.\nOur Privacy Policy applies.\nfunction() { return }\nplain text here."
    )
    assert (found["javascript_lines"], found["policy_lines"], found["curly_brackets"]) == (1, 2, 1)
    assert (found["c4_lines"], found["curly_lines"]) == (1, 0)
    assert one("so { it is said.\nLorem Ipsum dolor sit.")["curly_lines"] == 1
    assert one("so { it is said.\nLorem Ipsum dolor sit.")["lorem_ipsum_lines"] == 1
    assert one("see http://a.example and www.b.example, https://www.c.example")["links"] == 3


def test_repeated_characters_of_any_width() -> None:
    assert one("aab")["repeated_char_share"] == pytest.approx(1 / 3)
    for character in "aй日😂":
        assert one(character * 400)["repeated_char_share"] == pytest.approx(399 / 400)


def _c4(text: str) -> tuple[bool, bool, int]:
    """What datatrove's C4 filter says, sentences apart: lorem ipsum or a curly bracket, and the lines it keeps."""
    document = Document(text=text, id="0")
    said = C4QualityFilter(min_num_sentences=-1).filter(document)
    stopped = said is not True and said[1] in ("lorem_ipsum", "curly_bracket")
    return stopped, said is True, len(document.text.split("\n")) if document.text else 0


C4_PIECES = [
    "Some words here",
    " and",
    " more",
    ".",
    "!",
    "...",
    "[3]",
    "[edit]",
    '"',
    "\n",
    "\r\n",
    " lorem ipsum",
    " Javascript",
    " {",
]
C4_PIECES += [" terms of use", " cookie policy", " ", "x" * 1001, "é।", "\u2028"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(C4_PIECES), min_size=1, max_size=40).map("".join))
def test_c4_keeps_the_lines_that_datatrove_keeps(text: str) -> None:
    found = one(text, words="whitespace")
    stopped, kept, lines = _c4(text)
    assert stopped == (found["lorem_ipsum_lines"] + found["curly_lines"] > 0)
    if kept:
        assert found["c4_lines"] == lines


def test_long_texts_are_counted_whole_and_their_repetition_at_the_start() -> None:
    half = " ".join(f"w{number}" for number in range(HORIZON // 6))
    text = f"{half}\n{half}"
    assert len(text) > 2 * HORIZON
    found = one(text)
    assert found["words"] == len(text.split())
    assert found["chars"] == found["bytes"] == len(text)
    assert found["letter_share"] == pytest.approx(text.count("w") / len(text))
    assert found["dup_5_gram_share"] == 0  # what repeats lies beyond
    assert one("ก" * HORIZON)["words"] == HORIZON
    lines = "one line and no more.\n" * (HORIZON // 10)
    assert one(lines)["repeated_line_char_share"] > 0.999
    assert one(lines)["newline_ratio"] == pytest.approx(1 / 5)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(ValueError, match="one label a text"):
        measure(pa.array(["a"]), [])
    with pytest.raises(ValueError, match="orthographic, whitespace"):
        one("a", words="spacy")


def test_markup_mail_and_forms_are_told_by_their_beginnings() -> None:
    found = one("Andikia a.b@c.example au ጴጥሮስ@ቤት. <p>Habari</p> &nbsp;&#8211; x < y & z {{name}} ${n} %s 100%")
    assert (found["mails"], found["markup"], found["placeholders"]) == (2, 4, 3)
    found = one("इस बात को 3:16 और 1:1 में देखो [12] (1879 – 1955) [x] (19)")
    assert (found["verse_marks"], found["note_marks"]) == (2, 2)


@pytest.mark.parametrize("word", ["casino", "дом", "घर", "ቤት", "ꦲ", "집"])
def test_runs_of_keywords(word: str) -> None:
    other = f"{word}{word}"
    run = f"{word} {other} {word} {word} {other} " * 8
    assert one(run)["keyword_share"] > 0.9
    assert one(run)["word_entropy"] < 1.5
    once = " ".join(f"{word}{letter}" for letter in "abcdefghijklmnopq")
    assert one(f"{once} {once}")["keyword_share"] == 0  # what comes back comes back later
    assert one(f"{once} {once}")["compressibility"] > 0.4


def test_words_that_all_differ_have_all_the_bits_that_they_can() -> None:
    once = "mvua njia kisima daraja barua mlango samaki shamba"
    assert one(once)["word_novelty"] == pytest.approx(1)
    assert one(f"{once} {once}")["word_novelty"] == pytest.approx(3 / 4)  # 8 different words, 16 would have 4 bits
    assert one("mvua mvua mvua mvua")["word_novelty"] == 0
    assert one("mvua")["word_novelty"] == one("")["word_novelty"] == 0


def test_lists_and_tables() -> None:
    assert one("Nyumbani\nKuhusu sisi\nWasiliana nasi\nHabari zote za leo.")["list_line_share"] == 0.75
    table = "सेब | 12 | 3.50\nकेला;7;2.10\nआम\t9\t4.00\nदूध  3  8"
    assert one(table)["table_line_share"] == 1
    assert one("Alinunua mkate, chumvi, na sukari nyingi sokoni Jumatatu, halafu akarudi.")["table_line_share"] == 0
    assert one("昨夜下了大雨，孩子们在家里，妈妈做饭。")["table_line_share"] == 0


def test_symbols_in_words() -> None:
    assert one("ma★ji ba$ridi नम☆स्ते 1+1 = 2 € 5")["glued_symbol_ratio"] * one("ma★ji ba$ridi नम☆स्ते 1+1 = 2 € 5")[
        "words"
    ] == pytest.approx(3)
    assert one("Tom & Ann ❤ a+ (c) ©")["glued_symbol_ratio"] == 0


GOLDEN = {1: "19e376510b9c2dbd", 2: "0c707a522c46b38a", 3: "5042f161af8d41fa", 4: "905fc86956f00cc5"}


def test_what_is_measured_changes_with_the_version_only() -> None:
    made = hashlib.sha256()
    for words in KINDS:
        for name, column in measure(pa.array(list(TEXTS.values())), list(TEXTS), words, LISTS).items():  # type: ignore[arg-type]
            made.update(name.encode() + column.tobytes())
    assert made.hexdigest()[:16] == GOLDEN.get(VERSION), (
        "a new signal or another value needs a new VERSION in filters/signals.py"
    )


def test_every_signal_tells_its_unit_and_source() -> None:
    assert all(signal.unit and signal.source for signal in SIGNALS)
    assert all(re.fullmatch(r"[a-z0-9_]+", signal.name) for signal in SIGNALS)
    assert signals.NO_LIST == -1
