"""PDFs become paragraphs as they are read; those without text have their reason."""

import pytest
from archives import SENTENCES
from made import pdf

from manifests.errors import Skip
from pipeline.extract.pdf.document import text
from pipeline.extract.pdf.glyphs import Glyph
from pipeline.extract.pdf.lines import lines


def reason(body: bytes) -> str:
    with pytest.raises(Skip) as skipped:
        text(body)
    return skipped.value.reason


def drawn(visual: str, y: float = 100.0, at: float = 50.0) -> list[Glyph]:
    """Characters as they stand on paper, from left to right; marks without a width."""
    found = []
    for character in visual:
        width = 0.0 if character in "\u064b\u0e48" else 5.0
        found.append(Glyph(character, at - (3 if not width else 0), at + (width or -2), y, 12.0, True))
        at += width
    return found


def read(glyphs: list[Glyph]) -> list[str]:
    return [line.text for line in lines(glyphs)]


@pytest.mark.parametrize("sentence", [one for one in SENTENCES if not "\u0590" <= one[0] <= "\u07ff"])
def test_every_script_comes_back(sentence: str) -> None:
    assert text(pdf([[sentence]]))[0] == sentence


def test_lines_are_joined_to_paragraphs_over_pages_without_what_runs() -> None:
    ends = ["of small silver fish.", "of big brown eels.", "of blue crabs.", "of nothing much."]
    starts = ["A boat", "One man", "The son", "My aunt"]
    lines = [
        [f"{start} went out on the wide lake to fish", "and came back with more than forty baskets", end]
        for start, end in zip(starts, ends, strict=True)
    ]
    pages = [["A BOOK OF BOATS", *[""] * n, *body, "", "", f"{n}"] for n, body in enumerate(lines, 1)]
    assert text(pdf(pages))[0].split("\n") == [" ".join(body) for body in lines]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("the fisher came back in the morn-", "ing and slept all the day", "morning and"),
        ("he went to see the old people of Dar-", "es-Salaam and slept all day", "Dar-es-Salaam"),
        ("he came at last and said a well-", "known thing that is well-known", "well-known thing"),
        ("早上渔民们回到了岸边孩子们帮他们整理渔网", "水很冷但是大家都笑了因为今天的鱼比昨天多", "渔网水很冷"),
    ],
)
def test_words_that_a_line_end_parts(first: str, second: str, wanted: str) -> None:
    assert wanted in text(pdf([[first, second]]))[0]


def test_right_to_left_is_read_as_it_is_spoken() -> None:
    logical = "كان عددهم 1,250 في (دار السلام) سنة 2019"
    visual = "2019 ةنس (مالسلا راد) يف 1,250 مهددع ناك"
    assert read(drawn(visual)) == [logical]
    assert read(drawn(visual[::-1].replace("0521", "1250"))[::-1]) != [logical]
    assert read(drawn("ad\u064bb")) == ["ad\u064bb"]


def test_two_columns_do_not_mix() -> None:
    left = [drawn(f"left{n}", 100 - 14 * n) for n in range(3)]
    right = [drawn(f"right{n}", 100 - 14 * n, 300) for n in range(3)]
    assert read([glyph for line in left + right for glyph in line]) == [
        "left0",
        "left1",
        "left2",
        "right0",
        "right1",
        "right2",
    ]


def test_a_tone_stands_before_sara_am() -> None:
    assert read([*drawn("น"), Glyph("ำ", 55, 60, 100, 12, True), Glyph("้", 53, 55, 100, 12, True)]) == ["น้ำ"]


def test_no_unicode_in_the_fonts() -> None:
    assert reason(pdf([["ab cd ef gh" * 5] * 9], unicode=False)) == "unreadable"
    assert reason(pdf([["\ue001\ue002" * 20] * 9])) == "unreadable"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"%PDF-1.7\n", b"%PDF-1.4\n" + bytes(5000), pdf([["x"]])[:200], b"<html>not one</html>"),
        pdf([["x"]]).replace(b"/Kids [7 0 R]", b"/Kids [2 0 R]"),
    ],
    ids=["empty", "head", "zeros", "cut", "page", "loop"],
)
def test_broken_ones(body: bytes) -> None:
    assert reason(body) == "damaged"


def test_a_password_is_asked_for() -> None:
    key = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /O <"
        + "12" * 32
        + "> /U <"
        + "34" * 32
        + "> /P -44 >> /ID [<11> <11>]"
    )
    assert reason(pdf([["secret"]], encrypt=key)) == "encrypted"


def test_metadata() -> None:
    told = text(pdf([["Habari za asubuhi"]], head="/Title (Habari) /Author (A. Mushi)"))[1]
    assert (told.title, told.author) == ("Habari", "A. Mushi")
    assert text(pdf([["x"]], head="/Title (Microsoft Word - b.doc)"))[1].title is None
