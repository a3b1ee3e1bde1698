import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langid.kernel import buffers
from langid.passages import FEWEST, SHORT_DOCUMENT, ZONE_LETTERS, ZONES, passages
from langid.script import NAMES


def of(*texts: str, letters_only: bool = True) -> list[tuple[int, str, int, str]]:
    """(document, passage, letters, script) of each passage."""
    found = passages(*buffers(pa.array(texts, pa.string())), letters_only)
    return [
        (document, found.data[start:stop].tobytes().decode(), letters, NAMES[system])
        for document, start, stop, letters, system in zip(
            found.documents.tolist(),
            found.starts.tolist(),
            found.stops.tolist(),
            found.letters.tolist(),
            found.systems.tolist(),
            strict=True,
        )
    ]


def written(text: str, letters_only: bool = True) -> str:
    return " | ".join(passage for _, passage, _, _ in of(text, letters_only=letters_only))


def test_letters_alone_are_small_and_singly_spaced() -> None:
    assert written("Đi   NHÀ, rồi... về 24/7 (ÓLỌ́GBÒ)!") == "đi nhà rồi về ólọ́gbò"


def test_apostrophes_stay_inside_words() -> None:
    assert written("'Tis Hawai’i, don't rock 'n' roll'") == "tis hawai'i don't rock n roll"


def test_joiners_do_not_part_words() -> None:
    assert written("می\u200cخواهم به خانه بروم و کتاب بخوانم") == "میخواهم به خانه بروم و کتاب بخوانم"
    assert written("Donau\u00addampfschifffahrt") == "donaudampfschifffahrt"


def test_spaces_between_han_characters_are_dropped() -> None:
    assert written("人 人 生 而 自 由 ， 在 尊 严") == "人人生而自由 在尊严"
    assert written("人 人 生 而 自 由 abc 在 尊 严", letters_only=False) == "人人生而自由 abc 在尊严"


def test_plain_text_is_left_as_it_is_unless_it_shouts() -> None:
    assert written("The Cat, aged 7, sat: on A mat!", letters_only=False) == "The Cat, aged 7, sat: on A mat!"
    assert written("THE CAT, AGED 7, SAT ON A MAT!", letters_only=False) == "the cat, aged 7, sat on a mat!"


def test_links_paths_and_addresses_are_no_language() -> None:
    text = "see https://example.org/a/b?c=d or write to someone@example.org about /etc/hosts please"
    assert written(text) == "see or write to about please"
    assert written(text, letters_only=False) == "see or write to about please"


def test_lines_of_few_letters_do_not_vote_beside_others() -> None:
    text = "Home\nNews\n12 345 678\nSport\nThe committee met on Tuesday to discuss the plan.\n© 2024\n"
    assert written(text) == "the committee met on tuesday to discuss the plan"


def test_a_document_of_short_lines_alone_is_read_as_one() -> None:
    assert written("Home\nNews\nSport\n") == "home news sport"
    assert of("12 34\n--\n") == []


def test_a_few_han_characters_are_enough() -> None:
    assert [row[3] for row in of("猫坐在垫子上\nmenu")] == ["Hani"]


def test_neighbouring_short_lines_are_one_passage_unless_scripts_differ() -> None:
    lines = "the cat sat on the mat\nand looked at the rain"
    assert len(of(lines)) == 1
    assert [row[3] for row in of(lines + "\nкошка сидела на коврике")] == ["Latn", "Cyrl"]


def test_a_long_line_is_cut() -> None:
    found = of("word " * 150)
    assert len(found) > 1
    assert all(letters <= 300 for _, _, letters, _ in found)
    assert " ".join(row[1] for row in found) == ("word " * 150).strip()
    assert all(letters <= 300 for _, _, letters, _ in of("字" * 1000))


def test_a_short_document_is_read_whole() -> None:
    text = "abcdefghij klmnop\n" * (SHORT_DOCUMENT // 18)
    assert sum(row[2] for row in of(text)) == 16 * (SHORT_DOCUMENT // 18)


def test_a_long_document_is_sampled_from_all_its_quarters() -> None:
    quarters = ["alpha", "beta", "gamma", "delta"]
    text = "".join(f"this line is of {word} and no other\n" * 200 for word in quarters)
    found = of(text)
    for word in quarters:
        assert any(word in row[1] for row in found)
    assert sum(row[2] for row in found) < ZONES * (ZONE_LETTERS + 60)


def test_a_long_document_of_one_line_is_sampled_without_repeats() -> None:
    text = " ".join(
        f"w{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyzabcd'[n // 100 % 10]}" for n in range(1000)
    )
    words = " ".join(row[1] for row in of(text)).split()
    assert len(set(words)) == len(words)


def test_passages_do_not_depend_on_the_neighbours() -> None:
    texts = ["the cat sat on the mat", "", "кошка сидела на коврике", "x" * 5000, "字 字 字 字 字 字 字"]
    together = of(*texts)
    alone = [(n, *row[1:]) for n, text in enumerate(texts) for row in of(text)]
    assert together == alone


def test_a_slice_is_read_at_its_place() -> None:
    texts = pa.array(["the cat sat on the mat", "кошка сидела на коврике и смотрела"], pa.string())
    found = passages(*buffers(texts.slice(1)), True)
    assert found.data[found.starts[0] : found.stops[0]].tobytes().decode() == "кошка сидела на коврике и смотрела"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=400), max_size=4), st.booleans())
def test_any_text_gives_valid_passages(texts: list[str], letters_only: bool) -> None:
    for document, passage, letters, script in of(*texts, letters_only=letters_only):
        assert passage == passage.strip(" ")
        assert passage
        assert "\n" not in passage
        assert 0 < letters <= len(texts[document])
        assert script in NAMES


def test_capitals_that_grow_when_small_find_room() -> None:
    # Ⱥ is two bytes and its small letter three.
    assert written("Ⱥ" * FEWEST * 10) == "ⱥ" * FEWEST * 10


@pytest.mark.parametrize("letters_only", [True, False])
def test_reading_on_gives_the_passages_of_the_whole(letters_only: bool) -> None:
    line = "We walked home along the river in the evening, and nobody spoke until the lamps were lit. "
    texts = [
        "\n".join(line * (1 + k % 4) + str(k) for k in range(40)),  # lines of several lengths
        line * 60,  # one line
        "\n".join([line, "Вечером мы шли домой вдоль реки, и никто не говорил.", "Contact", line[:30]] * 12),
        "\n".join(["Home", "News"] * 200),  # nothing but short lines
        line,
        "",
    ]
    offsets, data = buffers(pa.array(texts, pa.string()))

    def told(steps: list[int]) -> list[tuple[int, int, bytes]]:
        rest, seen = None, []
        for step in steps:
            found = passages(offsets, data, letters_only, step, to_be_followed=True, rest=rest)
            rest = found.rest
            places = zip(found.documents, found.letters, found.starts, found.stops, strict=True)
            seen += [(int(d), int(n), found.data[i:j].tobytes()) for d, n, i, j in places]
        return sorted(seen)

    whole = told([1 << 30])
    assert len(whole) > 40
    assert told([250, 1 << 30]) == whole
    assert told([300, 300, 1 << 30, 300]) == whole
