"""The concentration index by hand, and what kind of text a name or citations make of a document."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.release.report.concentration import KINDS, by_marks, herfindahl, kind_of


def test_the_index_of_known_shares() -> None:
    assert herfindahl([5.0]) == 1.0
    assert herfindahl([2.0, 2.0, 2.0, 2.0]) == pytest.approx(0.25)
    assert herfindahl([60.0, 30.0, 10.0]) == pytest.approx(0.36 + 0.09 + 0.01)
    assert herfindahl([]) == herfindahl([0.0, 0.0]) == 0.0


@given(st.lists(st.floats(1e-3, 1e12), min_size=1, max_size=50))
def test_the_index_lies_between_equal_shares_and_one_place(amounts: list[float]) -> None:
    index = herfindahl(amounts)
    assert 1 / len(amounts) - 1e-9 <= index <= 1 + 1e-9
    assert herfindahl([*amounts, 0.0]) == pytest.approx(index)
    assert herfindahl([3 * one for one in amounts]) == pytest.approx(index)


def test_places_are_told_by_their_names() -> None:
    named = {place: kind_of(place) for place in ("sw.wikipedia.org", "www.BIBLE.com", "wol.jw.org", "bbc.com", "")}
    assert [KINDS[kind] if kind >= 0 else "" for kind in named.values()] == [
        "encyclopaedic",
        "religious",
        "religious",
        "",
        "",
    ]


def test_texts_full_of_citations_are_told_and_others_are_not() -> None:
    words = np.array([500, 500, 500, 20, 0], np.int32)
    verses = np.array([25, 9, 0, 4, 0], np.int32)
    notes = np.array([0, 0, 12, 0, 0], np.int32)
    assert by_marks(words, {"verse_marks": verses, "note_marks": notes}).tolist() == [0, -1, 1, -1, -1]
    assert by_marks(words, {}).tolist() == [-1] * 5
