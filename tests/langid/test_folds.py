from collections import Counter

from langid.evaluate import FEW, Sentence
from langid.folds import FOLDS, folds, scarce


def rows(label: str, count: int, source: str = "udhr") -> list[Sentence]:
    return [Sentence(label, source, f"{label} {source} {number:03}") for number in range(count)]


def test_every_sentence_of_a_scarce_label_is_asked_about_once_by_a_model_that_did_not_learn_it() -> None:
    every = [*rows("yor_Latn", 50), *rows("yor_Latn", 7, "stories"), *rows("vie_Latn", 900)]
    asked: list[Sentence] = []
    for kept, left_out in folds(every, {"yor_Latn"}):
        assert not set(kept) & set(left_out)
        assert Counter(row.label for row in kept)["vie_Latn"] == 900
        assert Counter(row.source for row in left_out if row.label == "yor_Latn")["stories"] in (2, 3)
        asked += left_out
    assert sorted(asked) == sorted(row for row in every if row.label == "yor_Latn")


def test_sentences_that_follow_one_another_are_left_out_together() -> None:
    for turn, (_, left_out) in enumerate(folds(rows("yor_Latn", 30), {"yor_Latn"})):
        assert left_out == rows("yor_Latn", 30)[turn * 10 : turn * 10 + 10]


def test_nothing_is_trained_where_no_label_is_scarce() -> None:
    assert list(folds(rows("vie_Latn", 90), set())) == []
    assert len(list(folds(rows("vie_Latn", 90), {"vie_Latn"}))) == FOLDS
    assert scarce({"vie_Latn", "yor_Latn", "amh_Ethi"}, [*rows("vie_Latn", FEW), *rows("yor_Latn", FEW - 1)]) == {
        "yor_Latn",
        "amh_Ethi",
    }
