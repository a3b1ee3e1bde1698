"""Lines that pages of a host share are cut, whole, and nothing else is."""

import random

import numpy as np
import pyarrow as pa
import pytest

from filters.boilerplate import Cut, Lines, cut, host_keys, lines, shared
from filters.urls import host

MENUS = {
    "vie": "Trang chủ | Giới thiệu | Liên hệ",
    "arb": "الرئيسية | من نحن | اتصل بنا",
    "hin": "मुख्य पृष्ठ | हमारे बारे में",
    "tha": "หน้าแรก | เกี่ยวกับเรา",
    "amh": "መነሻ ገጽ | ስለ እኛ",
    "jpn": "ホーム | 会社概要 | お問い合わせ",
    "bod": "གཙོ་ངོས། ང་ཚོའི་སྐོར།",
}


def cleaned(pages: list[tuple[str, str]], least: int = 3) -> Cut:
    texts = pa.array([text for _, text in pages], pa.string())
    hosts = host_keys(url for url, _ in pages)
    return cut(texts, hosts, shared(lines(texts, hosts).least(least), least))


def story(number: int) -> str:
    return "\n".join(f"Sentence {number}.{line} of a story that nobody else here has told." for line in range(6))


@pytest.mark.parametrize("menu", MENUS.values(), ids=MENUS)
def test_a_menu_and_a_footer_go_and_the_story_stays(menu: str) -> None:
    pages = [(f"https://news.example/{n}", f"{menu}\n\n{story(n)}\n\n© 2024 {menu}") for n in range(3)]
    found = cleaned(pages)
    assert found.texts.to_pylist() == [story(n) for n in range(3)]
    assert found.lines.tolist() == [2, 2, 2]
    assert found.chars.tolist() == [2 * len(menu) + 7] * 3


def test_two_pages_are_too_few_and_other_hosts_do_not_count() -> None:
    pages = [(f"https://{site}.example/{n}", f"Home\n{story(n)}{site}") for site in "abc" for n in range(2)]
    assert cleaned(pages).texts.to_pylist() == [text for _, text in pages]


def test_a_page_met_three_times_is_a_copy_and_stays_whole() -> None:
    pages = [(f"https://a.example/?ref={n}", story(1)) for n in range(5)]
    pages += [(f"https://a.example/print{n}", story(1) + f"\nPrinted from {n}.") for n in range(3)]
    assert cleaned(pages).texts.to_pylist() == [text for _, text in pages]


def test_exact_copies_count_once() -> None:
    pages = [("https://a.example/1", f"Home\n{story(1)}")] * 3 + [("https://a.example/2", f"Home\n{story(2)}")]
    assert cleaned(pages).lines.tolist() == [0, 0, 0, 0]


def test_a_short_answer_in_the_midst_of_a_text_stays() -> None:
    pages = [(f"https://a.example/{n}", f"Menu\n{story(n)}\n— No.\n{story(n + 9)}") for n in range(4)]
    assert cleaned(pages).texts.to_pylist() == [text.removeprefix("Menu\n") for _, text in pages]


def test_documents_without_a_host_are_left_alone() -> None:
    texts = pa.array([f"Home\n{story(n)}" for n in range(4)], pa.string())
    assert not len(lines(texts, host_keys([None, "", "file", "mailto:a@b.example"])).keys)
    assert cleaned([("", text) for text in texts.to_pylist()]).lines.tolist() == [0] * 4


def test_empty_lines_are_kept_where_they_part_what_stays() -> None:
    pages = [(f"https://a.example/{n}", f"Menu\n\nA {story(n)}\n\nB {story(n + 9)}\nShare\nPrint") for n in range(3)]
    assert cleaned(pages).texts[0].as_py() == f"A {story(0)}\n\nB {story(9)}"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.Example.org:8080/a?b", "example.org"),
        ("http://user:secret@example.org/", "example.org"),
        ("https://example.org.", "example.org"),
        ("http://[2001:DB8::1]:80/x", "[2001:db8::1]"),
        ("https://пример.рф/статья", "пример.рф"),
        ("https://example.org?x=http://b.example/", "example.org"),
        ("no url", ""),
        ("://", ""),
    ],
)
def test_hosts(url: str, name: str) -> None:
    assert host(url) == name


def test_how_lines_are_gathered_shows_nowhere() -> None:
    """Sketches of pieces, joined, tell the same frames as the counts of all documents."""
    draw = random.Random(5)  # noqa: S311
    words = [f"line {n}" for n in range(12)]
    pages = [(f"https://{draw.choice('ab')}.example/", "\n".join(draw.sample(words, 4))) for _ in range(60)]
    seen: dict[tuple[str, str], set[str]] = {}
    for url, text in pages:
        for line in text.split("\n"):
            seen.setdefault((url, line), set()).add(text)
    for least in (2, 5, 16):
        expected = sum(len(texts) >= least for texts in seen.values())
        pieces = []
        for start in range(0, 60, 7):
            some = pages[start : start + 7]
            hosts = host_keys(url for url, _ in some)
            pieces.append(lines(pa.array([text for _, text in some], pa.string()), hosts).least(16))
        assert len(shared(Lines.of(pieces).least(least), least)) == expected
    assert not len(shared(Lines.of([]), 3))


def test_random_cuts_keep_every_other_line() -> None:
    draw = random.Random(7)  # noqa: S311
    for _ in range(200):
        rows = [draw.choice(["", "menu", "long menu line " * 4, "own one", "own two", " own"]) for _ in range(9)]
        text = "\n".join(rows).strip("\n")
        texts = pa.array([text], pa.string())
        hosts = np.ones(1, np.uint64)
        frame = np.unique(lines(pa.array(["menu\n" + "long menu line " * 4], pa.string()), hosts).keys)
        found = cut(texts, hosts, frame)
        kept = [line for line in found.texts[0].as_py().split("\n") if line.strip()]
        was = [line for line in text.split("\n") if line.strip()]
        assert [line for line in kept if "menu" not in line] == [line for line in was if "menu" not in line]
        assert len(was) - len(kept) == found.lines[0]
        assert "\n\n\n" not in found.texts[0].as_py() or "\n\n\n" in text
