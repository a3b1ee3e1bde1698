"""Runs of words shared with evaluation sets: found in any script and any spelling that the normal form folds."""

import random
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from datatrove.data import Document
from datatrove.pipeline.decont.n_grams import NGramsDecontConfig, NGramsDecontFilter
from datatrove.utils.hashing import create_hash_func
from datatrove.utils.text import ngrams, simplify_text
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import overlap
from dedup.overlap import CLUSTERS, LEAST, WORDS, Found, find, runs_of, sought
from langid import segment

QUESTIONS = {
    "English": "Which of the two rivers that meet below the old town carries more water in the dry season, and why?",
    "Vietnamese": "Khi mặt trời lặn sau dãy núi phía tây, người dân làng thường làm gì trước khi bữa cơm tối bắt đầu?",
    "Yoruba": "Kí ni ìyá àgbà sọ fún àwọn ọmọ kékeré nígbà tí wọ́n padà dé láti oko ní ìrọ̀lẹ́ ọjọ́ Àìkú?",
    "Arabic": "ما هو السبب الذي جعل سكان القرية القديمة يتركون بيوتهم قرب النهر وينتقلون إلى الجبل في فصل الشتاء؟",
    "Devanagari": "गाँव के पुराने कुएँ का पानी बरसात के बाद मीठा क्यों हो जाता है और गर्मी में खारा क्यों रहता है?",
    "Tamil": "பழைய கோயிலின் அருகே உள்ள குளத்தில் மழைக்காலத்தில் தாமரை பூக்கள் ஏன் மலர்கின்றன என்று தாத்தா பேரனிடம் மெதுவாக சொன்னது என்ன?",
    "Ethiopic": "በጥንት ዘመን የነበሩ ሰዎች ከተራራው በታች ያለውን ወንዝ ለምን ትልቁ እናት ብለው ይጠሩት ነበር ብሎ መምህሩ ተማሪዎቹን ዛሬ ጠየቀ?",
    "Korean": "할머니가 시장에서 사 온 물고기를 강가에 다시 놓아준 까닭은 무엇이며 마을 사람들은 왜 함께 웃었는가?",
    "Thai": "ทำไมชาวบ้านริมแม่น้ำจึงเลิกปลูกข้าวในฤดูฝนแล้วหันไปเลี้ยงปลาแทน",
    "Khmer": "ហេតុអ្វីបានជាអ្នកភូមិនៅក្បែរទន្លេឈប់ដាំស្រូវនៅរដូវវស្សាហើយចិញ្ចឹមត្រីជំនួសវិញ",
    "Burmese": "မြစ်ကမ်းနားမှာနေတဲ့ရွာသားတွေဟာမိုးရာသီမှာစပါးမစိုက်တော့ဘဲဘာကြောင့်ငါးမွေးကြသလဲ",
    "Tibetan": "གཙང་པོའི་འགྲམ་ལ་སྡོད་པའི་གྲོང་པ་ཚོས་དབྱར་ཁ་འབྲས་མ་བཏབ་པར་ཉ་གསོ་བའི་རྒྱུ་མཚན་གང་ཡིན་ནམ་ཞེས་དགེ་རྒན་གྱིས་དྲིས།",
    "Han": "河边的村民为什么不再在雨季种稻子而改为养鱼并且把多余的鱼送到山上的集市去卖",
    "Japanese": "川のそばに住む村の人たちはなぜ雨の季節に米を作るのをやめて魚を育てるようになったのですか",
    "mixed": "Ordinateur の電源を入れる前に в инструкции написано что нужно проверить dans la boîte avant tout",
}
"""Our own questions, each of more words than a run."""


def _found(document: str, *questions: str, words: int = WORDS) -> list[str]:
    """Pieces of the document that are runs of the questions."""
    told = find(pa.array([document]), sought(runs_of(pa.array(questions), words)))
    raw = document.encode()
    return [raw[start:end].decode() for start, end in zip(told.starts.tolist(), told.ends.tolist(), strict=True)]


@pytest.mark.parametrize("script", QUESTIONS)
def test_a_question_is_found_within_a_page_and_as_it_stands_there(script: str) -> None:
    question = QUESTIONS[script]
    others = [text for name, text in QUESTIONS.items() if name != script]
    page = "\n".join([*others[:7], question, *others[7:]])
    length = runs_of(pa.array([question])).lengths.tolist()
    words = len(segment.words(question))
    assert length == [WORDS if length[0] < 2 * WORDS else 2 * WORDS]
    pieces = _found(page, question)
    assert len(pieces) == words - length[0] + 1
    assert all(piece in question for piece in pieces)
    assert [len(segment.words(piece)) for piece in pieces] == length * len(pieces)
    assert question.startswith(pieces[0])
    assert _found("\n".join(others), question) == []


def test_scripts_that_do_not_space_words_are_held_to_twice_as_many() -> None:
    doubled = {name for name, text in QUESTIONS.items() if runs_of(pa.array([text])).lengths.tolist() == [26]}
    assert doubled == {"Thai", "Khmer", "Burmese", "Tibetan", "Han", "Japanese"}


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("The answer that you seek lies in chapter 12 of the old green book, page 34.",
         "THE ANSWER that you\nseek (lies) in Chapter 99 of the old—green book: page 10…"),
        ("كتب الطالب رسالة طويلة إلى صديقه القديم في المدينة البعيدة يخبره عن أحوال أهله",
         "كَتَبَ الطَّالِبُ رِسَالَةً طويلة إلى صديقه القـــديم في المدينة البعيدة يخبره عن أحوال أهله"),
        ("ＡＢＣ　１２３ wide and narrow letters are the same to whoever only reads them aloud",
         "abc 456 wide and narrow letters are the same to whoever only reads them aloud"),
    ],
)  # fmt: skip
def test_what_the_normal_form_folds_makes_no_difference(question: str, page: str) -> None:
    assert _found(f"Before. {page} After.", question)


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("má mà mả mã mạ ma là những từ khác nhau", "ma ma ma ma ma ma la nhung tu khac nhau"),
        ("one two three four five six seven eight nine ten eleven twelve thirteen",
         "one two three four five six, seven eight nine ten eleven twelve fourteen thirteen"),
    ],
)  # fmt: skip
def test_other_marks_or_another_word_are_no_match(question: str, page: str) -> None:
    assert _found(question, question)
    assert _found(page, question) == []


def test_a_short_question_is_one_run_and_a_very_short_one_is_sought_whole() -> None:
    eight = "who was the first king of that country"
    assert runs_of(pa.array([eight])).lengths.tolist() == [LEAST]
    assert _found(f"We ask: {eight.title()}? Nobody knows.", eight) == [eight.title()]
    seven = "who was the first king of it"
    assert runs_of(pa.array([seven])).lengths.tolist() == []
    assert _found(f"We ask: {seven}? Nobody knows.", seven) == []
    assert _found(f" {seven.upper()}? ", seven) == [seven.upper()]
    fifteen = "村民为什么不再在雨季种稻子呢吗"
    assert len(segment.words(fifteen)) == LEAST * CLUSTERS - 1
    assert _found(f"他问{fifteen}没人知道", fifteen) == []
    assert _found(f"{fifteen}。", fifteen) == [fifteen]
    assert _found(f"他问：{fifteen}啊，没人知道", f"{fifteen}啊") == [f"{fifteen}啊"]


def test_a_text_sought_whole_is_not_found_within_documents_for_the_length_of_another() -> None:
    spaced, clusters = "one two three four five six seven eight nine", "那一年河水涨得很"
    long = f"老人说从前没有这样的事可是{clusters}高大家都往山上跑去了"
    assert len(segment.words(clusters)) == len(segment.words(spaced)) - 1 == LEAST
    questions = (spaced, " ".join(spaced.split()[:8]), clusters, long)
    assert _found(clusters, *questions) == [clusters]
    assert _found(f"他说{clusters}高", *questions) == []
    assert _found(f"他说{clusters}", *questions, f"他们都说那时候啊真的是这样的呢你看{clusters}") == []


def test_texts_without_words_are_nothing() -> None:
    runs = runs_of(pa.array(["", "?! —", "\u0301"]))
    assert len(runs.keys) == len(runs.texts) == 0
    assert len(find(pa.array(["", "a b c", "—"]), sought(runs)).runs) == 0
    assert len(find(pa.array([], pa.string()), sought(runs)).runs) == 0


def test_runs_name_all_texts_that_have_them() -> None:
    runs = runs_of(pa.array(["a b c d", "x a b c", "q r s"]), words=3)
    told = find(pa.array(["none here", "so a b c it is"]), sought(runs))
    (run,) = told.runs.tolist()
    assert told.documents.tolist() == [1]
    assert runs.texts[runs.starts[run] : runs.starts[run + 1]].tolist() == [0, 1]
    assert len(runs.keys) == 4  # abc, bcd, xab, qrs


def test_equal_hashes_of_other_words_are_no_match() -> None:
    """A run whose spelling is another's is refused though its hash is found."""
    text = QUESTIONS["English"]
    runs = runs_of(pa.array([text]))
    assert len(find(pa.array([text]), sought(runs)).runs) == len(runs.keys)
    forged = runs._replace(checks=runs.checks + np.uint64(1))
    assert len(find(pa.array([text]), sought(forged)).runs) == 0


def _slowly(documents: list[str], questions: list[str], words: int) -> list[tuple[int, str]]:
    """Documents and the runs in them by comparing words, of texts that are their own normal form, in spaced scripts."""
    wanted = set()
    whole = set()
    for question in questions:
        told = question.split()
        if len(told) >= min(words, LEAST):
            length = min(words, len(told))
            wanted |= {tuple(told[at : at + length]) for at in range(len(told) - length + 1)}
        elif told:
            whole.add(tuple(told))
    found = []
    for number, document in enumerate(documents):
        told = document.split()
        for length in sorted({len(run) for run in wanted}):
            found += [
                (number, " ".join(told[at : at + length]))
                for at in range(len(told) - length + 1)
                if tuple(told[at : at + length]) in wanted
            ]
        if tuple(told) in whole:
            found.append((number, " ".join(told)))
    return found


TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "ka", "ki", "ku"]), max_size=40).map(" ".join), max_size=6)


@given(TEXTS, TEXTS, st.integers(2, 14))
@settings(max_examples=300, deadline=None)
def test_the_pass_finds_what_a_slow_search_finds(documents: list[str], questions: list[str], words: int) -> None:
    told: Found = find(pa.array(documents, pa.string()), sought(runs_of(pa.array(questions, pa.string()), words)))
    found = [
        (number, documents[number][start:end])
        for number, start, end in zip(told.documents.tolist(), told.starts.tolist(), told.ends.tolist(), strict=True)
    ]
    assert sorted(found) == sorted(_slowly(documents, questions, words))


def test_runs_cross_the_blocks_of_the_pass() -> None:
    draw = random.Random(3)  # noqa: S311
    words = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(3000)]
    document = " ".join(words)
    for at in (0, 490, 500, 505, 511, 512, 1016, 1023, 1024, 2987):
        question = " ".join(words[at : at + 13])
        assert _found(document, question) == [question]
    assert len(_found(document, document)) == 3000 - 12
    many = [" ".join(words[at : at + 13]) for at in range(2987)]
    assert len(find(pa.array([document] * 3), sought(runs_of(pa.array(many)))).runs) == 3 * 2987


def test_the_same_documents_as_datatrove_in_english() -> None:
    """datatrove's filter on its own normal form and words parted by space; in plain English words are the same."""
    draw = random.Random(11)  # noqa: S311
    words = sorted(
        {*QUESTIONS["English"].rstrip("?").replace(",", "").lower().split(), "house", "stone", "bird", "song"}
    )
    questions = [" ".join(draw.choices(words, k=draw.randrange(13, 40))) for _ in range(60)]
    documents = []
    for _ in range(300):
        told = draw.choices(words, k=draw.randrange(5, 300))
        if draw.random() < 0.5:
            question = draw.choice(questions).split()
            piece = question[: draw.randrange(9, 20)]
            told[len(told) // 2 : len(told) // 2] = [piece[0].title(), *piece[1:]]
        documents.append(", ".join([" ".join(told[:4]), " ".join(told[4:])]) + ".")
    config = NGramsDecontConfig(n_grams=WORDS)
    theirs = NGramsDecontFilter.__new__(NGramsDecontFilter)  # its constructor asks for a tokenizer that is not here
    theirs.__dict__.update(
        config=config, tokenizer=SimpleNamespace(word_tokenize=str.split), stat_update=lambda *_: None
    )
    hashed = create_hash_func(config.hash_config)
    theirs.hash_func = lambda text: hashed(text.encode())
    theirs._index_hashes = {
        theirs.hash_func(" ".join(run)): "ours"
        for question in questions
        for run in ngrams(simplify_text(question, config.norm_config).split(), WORDS)
    }
    kept = [theirs.filter(Document(text=text, id=str(number))) is True for number, text in enumerate(documents)]
    told = find(pa.array(documents), sought(runs_of(pa.array(questions))))
    hit = np.isin(np.arange(len(documents)), told.documents)
    assert (hit == ~np.array(kept)).all()
    assert 50 < hit.sum() < 150


def test_a_golden_digest_of_what_is_kept_of_runs() -> None:
    """If this fails, raise ``overlap.VERSION``: stored runs no longer match."""
    runs = runs_of(pa.array(list(QUESTIONS.values())))
    assert (overlap.VERSION, int(runs.keys.sum()), int(runs.checks.sum()), len(runs.keys)) == (
        1,
        16785682379790002194,
        11196495265352932683,
        141,
    )
