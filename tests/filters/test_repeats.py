"""Paragraphs of several documents: which count, which document keeps them, and what is left of the others."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.boilerplate import Lines
from filters.repeats import cut, firsts, paragraphs

LONG = {
    "Vietnamese": "Mùa mưa năm ấy nước sông dâng cao đến tận bậc thềm của ngôi chùa cũ",
    "Yoruba": "Ní ọdún náà òjò rọ̀ púpọ̀ débi pé odò kún dé ẹnu ọ̀nà ilé wa",
    "Arabic": "في تلك السنة ارتفع ماء النهر حتى بلغ عتبة المسجد القديم في قريتنا الصغيرة",
    "Devanagari": "उस साल नदी का पानी इतना बढ़ा कि पुराने मंदिर की सीढ़ियों तक पहुँच गया",
    "Tamil": "அந்த ஆண்டு ஆற்றின் நீர் உயர்ந்து பழைய கோயிலின் படிகள் வரை வந்து சேர்ந்தது என்று சொன்னார்கள்",
    "Thai": "ปีนั้นน้ำในแม่น้ำขึ้นสูงจนถึงบันไดวัดเก่าของหมู่บ้าน",
    "Khmer": "ឆ្នាំនោះទឹកទន្លេឡើងខ្ពស់រហូតដល់ជណ្តើរវត្តចាស់នៃភូមិយើង",
    "Burmese": "ထိုနှစ်ကမြစ်ရေသည်ရွာကဘုရားကျောင်းဟောင်း၏လှေကားထစ်အထိတက်လာသည်",
    "Tibetan": "ལོ་དེར་གཙང་པོའི་ཆུ་དགོན་པ་རྙིང་པའི་ཐེམ་སྐས་བར་དུ་རྒྱས་པ་རེད་ཅེས་རྒན་པོས་བཤད།",
    "Ethiopic": "በዚያ ዓመት የወንዙ ውኃ እስከ አሮጌው ቤተ ክርስቲያን ደረጃ ድረስ ከፍ ብሎ ነበር ይላሉ",
    "Han": "那一年河水涨得很高一直漫到村里那座老庙的台阶上大家都说从来没见过",
    "Japanese": "その年は川の水がとても高くなり村の古い寺の石段まで来たと祖母は言った",
    "Korean": "그 해에는 강물이 아주 높이 불어나서 마을의 오래된 절 돌계단까지 올라왔다고 했다",
}


def _cut(texts: list[str], ids: list[int], words: int = 10, most: float = 0.75) -> list[str]:
    made = pa.array(texts, pa.string())
    documents = np.array(ids, np.uint64)
    told = cut(made, documents, firsts(paragraphs(made, documents, words).least(2)), most)
    return list(told.texts.to_pylist())


@pytest.mark.parametrize("script", LONG)
def test_a_paragraph_stays_in_the_document_of_least_id(script: str) -> None:
    said = LONG[script]
    others = [text for name, text in LONG.items() if name != script]
    texts = [f"{others[0]}\n{said}\n{others[1]}", f"{said}  \n{others[2]}\n{others[3]}", f"{others[4]}\n\n\t{said}"]
    assert _cut(texts, [7, 3, 9]) == [f"{others[0]}\n{others[1]}", texts[1], others[4]]
    assert _cut(texts, [3, 7, 9]) == [texts[0], f"{others[2]}\n{others[3]}", others[4]]


def test_counts_of_what_was_cut() -> None:
    said = LONG["Thai"]
    made, documents = pa.array([f"{said}\nab", f"{said}\ncd\nef\n{said}"]), np.array([1, 2], np.uint64)
    told = cut(made, documents, firsts(paragraphs(made, documents, 10).least(2)), 0.99)
    assert told.texts.to_pylist() == [f"{said}\nab", "cd\nef"]
    assert told.lines.tolist() == [0, 2]
    assert told.chars.tolist() == [0, 2 * len(said)]


def test_a_paragraph_of_few_words_is_none_and_two_clusters_count_as_a_word() -> None:
    nine, ten = "one two three four five six seven eight nine", "one two three four five six seven eight nine ten"
    nineteen = "那一年河水涨得很高一直漫到村里那座老"
    assert len(nineteen) == 18
    for line, gone in ((nine, False), (ten, True), (nineteen, False), (f"{nineteen}庙的", True)):
        texts = [f"a first text\n{line}", f"{line}\n{LONG['Korean']}"]
        assert _cut(texts, [1, 2])[1] == (LONG["Korean"] if gone else texts[1])


def test_one_document_alone_and_copies_are_left_whole() -> None:
    said, other = LONG["Arabic"], LONG["Korean"]
    twice = f"{said}\n{said}\n{other}"
    assert _cut([twice], [5]) == [twice]
    assert _cut([twice, twice], [5, 6]) == [twice, twice]
    near = f"{said}\n{said}\n{said}\n{said}\n{other} 2"
    assert _cut([twice, near], [5, 6]) == [twice, near]  # 0.79 of it would go
    assert _cut([twice, near], [5, 6], most=0.9) == [twice, f"{other} 2"]


def test_texts_without_anything_are_left() -> None:
    assert _cut(["", "\n\n", " "], [1, 2, 3]) == ["", "\n\n", " "]
    assert _cut([], []) == []


LINES = st.lists(st.sampled_from([*LONG.values(), "short", ""]), max_size=8).map("\n".join)


@given(st.lists(LINES, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_every_paragraph_stays_somewhere_and_the_order_of_documents_makes_no_difference(
    texts: list[str], draw: "st.random.Random"
) -> None:
    ids = list(range(10, 10 + len(texts)))
    left = _cut(texts, ids, most=1)
    there = {line for text in texts for line in text.split("\n")}
    assert {line for text in left for line in text.split("\n")} | {""} == there | {""}
    for line in LONG.values():
        holders = [number for number, text in enumerate(left) if line in text.split("\n")]
        assert holders == [number for number, text in enumerate(texts) if line in text.split("\n")][:1]
    order = list(range(len(texts)))
    draw.shuffle(order)
    again = _cut([texts[place] for place in order], [ids[place] for place in order], most=1)
    assert [again[order.index(place)] for place in range(len(texts))] == left


def test_what_is_told_of_parts_apart_is_what_is_told_of_all() -> None:
    texts = [f"{one}\n{other}" for one, other in zip(LONG.values(), [*list(LONG.values())[1:], "x"], strict=True)]
    documents = np.arange(len(texts), dtype=np.uint64)
    whole = firsts(paragraphs(pa.array(texts), documents, 10).least(2))
    apart = [paragraphs(pa.array(texts[k : k + 3]), documents[k : k + 3], 10).least(2) for k in range(0, len(texts), 3)]
    joined = firsts(Lines.of(apart).least(2))
    assert joined.keys.tolist() == whole.keys.tolist()
    assert joined.documents.tolist() == whole.documents.tolist()
    assert len(whole.keys) == len(texts) - 1
