from langid.evaluate import FEW, Sentence
from langid.extracts import LONG, MOST, SENTENCES, USES, extracts


def rows(
    count: int, text: str = "一二三四五六七八九十", label: str = "cmn_Hani", source: str = "udhr"
) -> list[Sentence]:
    return [Sentence(label, source, f"{number} {text}") for number in range(count)]


def parts(given: list[Sentence]) -> list[list[str]]:
    return [one.text.split("\n") for one in given]


def test_many_sentences_are_joined_in_order_and_each_serves_once() -> None:
    found = parts(extracts(rows(SENTENCES * FEW)))
    assert {len(one) for one in found} == {SENTENCES}
    assert [line for one in found for line in one] == [row.text for row in rows(SENTENCES * FEW)]


def test_a_text_that_is_long_enough_takes_no_further_sentence() -> None:
    found = parts(extracts(rows(200, "a" * (LONG // 2))))
    assert {len(one) for one in found} == {2}


def test_few_sentences_serve_more_than_once_so_that_there_are_enough_tests() -> None:
    found = parts(extracts(rows(FEW + 10)))
    assert len(found) >= FEW
    assert max(sum(row.text in one for one in found) for row in rows(FEW + 10)) <= USES
    assert min(len(one) for one in found[:FEW]) > 1


def test_very_few_stay_single_and_very_many_are_a_sample() -> None:
    assert extracts(rows(7)) == rows(7)
    found = extracts(rows(10 * MOST * SENTENCES))
    assert len(found) == len(set(found)) == MOST


def test_labels_and_sources_are_not_joined() -> None:
    mixed = [
        one for pair in zip(rows(240), rows(240, "a", "fra_Latn"), rows(240, source="asp"), strict=True) for one in pair
    ]
    found = extracts(mixed)
    assert {(one.label, one.source) for one in found} == {
        ("cmn_Hani", "udhr"),
        ("cmn_Hani", "asp"),
        ("fra_Latn", "udhr"),
    }
    assert all(("一" in one.text) == (one.label == "cmn_Hani") for one in found)
