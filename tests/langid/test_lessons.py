from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import SENTENCES

from langid.evaluate import Sentence
from langid.lessons import Mixture, distinctive, lines
from manifests.errors import Stop

QUICK = Mixture(plenty=40, word_lines=6, weak_lines=3)


def test_lines_do_not_depend_on_the_order_of_the_rows() -> None:
    rows = [Sentence(label, "udhr", text) for label, texts in SENTENCES.items() for text in texts]
    assert lines(rows, {}, QUICK) == lines(rows[::-1], {}, QUICK)
    assert lines(rows, {}, QUICK) != lines(rows, {}, replace(QUICK, seed=1))


def test_few_sentences_are_topped_up_with_parts_of_them() -> None:
    text = "the cat sat on the mat and looked at the rain for a long while"
    made = lines([Sentence("eng_Latn", "udhr", text)], {}, QUICK)
    assert len(made) == 1 + min(round(40**0.5), QUICK.most_copies) - 1
    assert all(line in text for _, line in made)
    assert ("eng_Latn", text) in made


def test_scripture_does_not_drown_the_rest() -> None:
    rows = [Sentence("eng_Latn", "udhr", f"common sentence number {'i' * n} here") for n in range(20)]
    rows += [Sentence("eng_Latn", "osis-bibles", f"and it came to pass {'x' * n} saith") for n in range(400)]
    made = lines(rows, {}, replace(QUICK, scripture=30, plenty=0, windows=0.0))
    assert sum("it came to pass" in line for _, line in made) == 30
    assert sum("common sentence" in line for _, line in made) == 20


def test_words_are_drawn_into_lines_of_their_label() -> None:
    rows = [Sentence("eng_Latn", "udhr", "a whole sentence of it")]
    words = {"eng_Latn": ["through", "enough"], "tha_Thai": ["ที่", "และ"], "yor_Latn": ["ọmọ", "àwọn"]}
    made = lines(rows, words, replace(QUICK, plenty=0, windows=0.0))
    drawn = [line for label, line in made if label == "eng_Latn" and "sentence" not in line]
    assert len(drawn) == QUICK.word_lines
    assert {word for line in drawn for word in line.split()} == {"through", "enough"}
    thai = [line for label, line in made if label == "tha_Thai"]
    assert len(thai) == QUICK.weak_lines
    assert not any(" " in line for line in thai)
    assert sum(label == "yor_Latn" for label, _ in made) == QUICK.weak_lines


def test_word_lists_are_read_in_order_of_rank_as_the_model_sees_words(tmp_path: Path) -> None:
    place = tmp_path / "words.tsv"
    rows = [("vie_Latn", 2, "NGƯỜI"), ("vie_Latn", 1, "những"), ("vie_Latn", 3, "123"), ("nob_Latn", 1, "null")]
    place.write_text("label\trank\tword\n" + "".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows), "utf-8")
    assert distinctive(place) == {"vie_Latn": ["những", "người"], "nob_Latn": ["null"]}
    assert distinctive(place, but=["vie_Latn"]) == {"nob_Latn": ["null"]}


def test_a_word_list_without_its_columns_is_told(tmp_path: Path) -> None:
    place = tmp_path / "words.tsv"
    place.write_text("label\tword\nfra_Latn\toui\n", "utf-8")
    with pytest.raises(Stop, match="columns label, rank, word"):
        distinctive(place)
    with pytest.raises(Stop, match="cannot be read"):
        distinctive(tmp_path / "missing.tsv")
