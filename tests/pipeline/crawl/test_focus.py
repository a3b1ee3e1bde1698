"""Which links are expected to lead to wanted pages, and how that is learnt host by host."""

from collections import Counter

import pytest

from pipeline.crawl.focus import FOLLOWED, Kinds, Tally, Wanted, expected, kinds, marks, may_try, named

SWAHILI = Wanted(["swh_Latn"])


def known(**tallies: tuple[int, int]):
    told = {name.replace("_", " ").replace("host", ""): Tally(*counts) for name, counts in tallies.items()}
    return lambda name: told.get(name, Tally())


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://x.example/sw/a", ["sw"]),
        ("http://x.example/a?lang=sw", ["sw"]),
        ("http://sw.x.example/a", ["sw"]),
        ("http://x.example/a.sw.html", ["sw"]),
        ("http://x.example/pt-br/a", ["pt-br"]),
        ("http://x.example/habari/a", []),
        ("http://www.x.example/", []),
        ("http://x.example/a?q=sw", []),
    ],
)
def test_marks_of_languages(url, found):
    assert [mark for mark in marks(url) if named(mark)] == found


@pytest.mark.parametrize(
    ("code", "labels"), [("sw", "swh_Latn"), ("pt-br", "por_Latn"), ("zh_TW", "cmn_Hani"), ("index", None), ("q", None)]
)
def test_codes(code, labels):
    assert (labels in named(code)) if labels else not named(code)


def test_what_a_link_declares():
    assert SWAHILI.declared("sw") == 1
    assert SWAHILI.declared("en-GB") == -1
    assert SWAHILI.declared("x-default", "sw") == 1
    assert SWAHILI.declared("") == 0


def test_a_relative_is_wanted_too():
    assert SWAHILI.judge("swc_Latn", 0.9, 500) == "wanted"
    assert SWAHILI.judge("eng_Latn", 0.9, 500) == "other"
    assert SWAHILI.judge("eng_Latn", 0.1, 500) == "unknown"
    assert SWAHILI.judge("eng_Latn", 0.9, 20) == "unknown"
    assert SWAHILI.judge("zxx_Zzzz", 0.9, 500) == "unknown"


def test_without_evidence_the_page_that_links_decides():
    nothing = known()
    assert expected(Kinds("wanted", (), 0), nothing) > FOLLOWED > expected(Kinds("other", (), 0), nothing)
    assert expected(Kinds("other", (), 1), nothing) > FOLLOWED > expected(Kinds("wanted", (), -1), nothing)


def test_a_folder_that_was_wrong_is_left_and_one_that_was_right_is_not():
    seen = known(host=(20, 10), from_wanted=(20, 10), folder_en=(10, 0), folder_a=(10, 10))
    assert expected(Kinds("wanted", ("folder en",), 0), seen) < 0.2
    assert expected(Kinds("other", ("folder a",), 0), seen) > 0.5


def test_a_folder_as_mixed_as_its_host_says_nothing():
    seen = known(host=(100, 50), from_wanted=(50, 45), from_other=(50, 5), folder_p=(100, 50))
    with_folder = expected(Kinds("wanted", ("folder p",), 0), seen)
    assert with_folder == pytest.approx(expected(Kinds("wanted", (), 0), seen), abs=0.02)


def test_evidence_outweighs_a_declaration():
    """A site that calls everything English."""
    seen = known(host=(30, 30), from_wanted=(30, 30), tongue_en=(30, 30))
    assert expected(Kinds("wanted", ("tongue en",), -1), seen) > FOLLOWED


def test_words_of_a_menu_of_languages_are_learnt():
    link = kinds(SWAHILI, "http://x.example/p/17", "", " English ", "wanted")
    assert "words english" in link.names
    tallies: Counter[str] = Counter()
    read: Counter[str] = Counter()
    chances = []
    for _ in range(3):
        chances.append(expected(link, lambda name: Tally(read[name], tallies[name])))
        read.update(["", "from wanted", *link.names])
    for _ in range(20):
        read.update(["", "from wanted"])
        tallies.update(["", "from wanted"])
    assert chances[0] > FOLLOWED
    assert expected(link, lambda name: Tally(read[name], tallies[name])) < FOLLOWED


def test_tries_against_expectation_are_few():
    assert may_try(Tally(0, 0))
    assert not may_try(Tally(1, 0))
    assert not may_try(Tally(100, 99))
    assert may_try(Tally(101, 100))
    assert not may_try(Tally(102, 100))
