"""Pages become texts or reasons; an extractor that spins, crashes or swallows memory costs one page."""

import concurrent.futures
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from manifests.errors import Skip, Stop
from pipeline.extract.extraction import Extracted, Extraction
from pipeline.extract.extractors import EXTRACTORS, Extractor, extractor
from pipeline.read.record import Page

STORY = {
    "vi": "Buổi sáng, ngư dân quay về bờ và lũ trẻ giúp họ gỡ lưới. Nước rất lạnh nhưng ai cũng cười vui vẻ.",
    "am": "ጠዋት ዓሣ አጥማጆች ወደ ባሕር ዳርቻ ተመለሱ፤ ልጆቹም መረቦቹን በመዘርጋት ረዷቸው። ውኃው ቀዝቃዛ ነበር፤ ነገር ግን ሁሉም ሳቁ።",
    "km": "នៅពេលព្រឹក អ្នកនេសាទបានត្រឡប់មកច្រាំងវិញ ហើយក្មេងៗបានជួយពួកគេរៀបសំណាញ់។ ទឹកត្រជាក់ តែគ្រប់គ្នាសើច។",
    "ta": "காலையில் மீனவர்கள் கரைக்குத் திரும்பினர், குழந்தைகள் வலைகளை விரிக்க உதவினர். நீர் குளிர்ந்திருந்தது.",
    "zh": "早上渔民们回到了岸边，孩子们帮他们整理渔网。水很冷，但是大家都笑了，因为今天的鱼比昨天多。",
    "ar": "في الصباح عاد الصيادون إلى الشاطئ وساعدهم الأطفال في ترتيب الشباك. كان الماء باردا لكن الجميع ضحكوا.",
}
MENU = "".join(f'<li><a href="/{word}">{word}</a></li>' for word in ("Home", "News", "Shop", "Contact"))


def article(text: str, lang: str = "en") -> str:
    """A page with a menu, a story in three paragraphs, and a footer."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>The story</title></head><body>'
        f'<nav class="menu"><ul>{MENU}</ul></nav><article><h1>{text.split()[0]}</h1>'
        f"<p>{text}</p><p>{text[::1]} {text}</p><p>{text} 1</p></article>"
        f'<footer class="footer">All rights reserved</footer><script>track("x")</script></body></html>'
    )


def page(html: str | bytes, media: str = "text/html", charset: str | None = None) -> Page:
    return Page(html if isinstance(html, bytes) else html.encode(), charset, media)


def reason(result: Extracted | Skip) -> str:
    assert isinstance(result, Skip), result
    return result.reason


def text(result: Extracted | Skip) -> str:
    assert isinstance(result, Extracted), result
    return result.text


@pytest.fixture(scope="module", params=[row.name for row in EXTRACTORS])
def extraction(request: pytest.FixtureRequest) -> Iterator[Extraction]:
    with Extraction(request.param) as running:
        yield running


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extractor:
    """An extractor that does to a page what the page says."""
    (tmp_path / "odd_extractor.py").write_text(
        textwrap.dedent(
            """
            import os, signal, time
            seen = 0
            def extract(html):
                global seen
                seen += 1
                if "spin" in html:
                    while True: pass
                if "sleep" in html: time.sleep(600)
                if "crash" in html: os.kill(os.getpid(), signal.SIGSEGV)
                if "leave" in html: os._exit(3)
                if "swallow" in html: return "x" * (8 << 30)
                if "second" in html and seen > 2: os.kill(os.getpid(), signal.SIGKILL)
                if "raise" in html: raise RecursionError("too far down")
                if "print" in html: print("to standard output" * 1000)
                if "pid" in html: return str(os.getpid())
                if "large" in html: return "ж" * 5_000_000
                return html.upper()
            """
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return Extractor("odd", "odd_extractor:extract", max_nodes=1000, max_depth=100)


@pytest.mark.parametrize("lang", STORY)
def test_the_story_stays_and_the_menu_goes(extraction: Extraction, lang: str) -> None:
    (found,) = extraction.extract([page(article(STORY[lang], lang))])
    assert text(found).count(STORY[lang]) >= 3
    assert "Contact" not in text(found)
    assert "track" not in text(found)


def test_results_stand_in_the_order_of_the_pages(extraction: Extraction) -> None:
    pages = [
        page(article(STORY["zh"])),
        page("just text", "text/plain"),
        page("<i>" * 2000),
        page(article(STORY["ar"]).encode("cp1256"), charset="windows-1256"),
        page(""),
        page(b"x" * (10 * 1024 * 1024 + 1)),
        page("<html><body><script>x</script></body></html>"),
        page("<p>" * 300_001),
        page(article(STORY["ta"])),
    ]
    found = extraction.extract(pages)
    assert STORY["zh"] in text(found[0])
    assert found[1] == Extracted("just text", "utf-8", 0)
    assert STORY["ar"] in text(found[3])
    assert isinstance(found[3], Extracted)
    assert found[3].encoding == "windows-1256"
    assert STORY["ta"] in text(found[8])
    assert [reason(found[i]) for i in (2, 4, 5, 6, 7)] == [
        "too_deep",
        "no_text",
        "too_large",
        "no_text",
        "too_many_nodes",
    ]


def test_a_result_does_not_depend_on_other_pages(extraction: Extraction) -> None:
    """Repeats of a page and of its sentences are no reason to drop them, and neither is what came before."""
    pages = [page(article(story, lang)) for lang, story in STORY.items()]
    alone = [extraction.extract([one])[0] for one in pages]
    together = extraction.extract(pages * 5)
    assert together == alone * 5
    assert extraction.extract(pages[::-1]) == alone[::-1]


def test_tables_stay_and_comments_go(extraction: Extraction) -> None:
    boats = "".join(f"<tr><td>Mwangaza {i}</td><td>forty baskets of fish and {i} crabs</td></tr>" for i in range(1, 7))
    table = f"<table><tr><th>Boat</th><th>Catch</th></tr>{boats}</table>"
    comments = '<div id="comments" class="comments"><p>First! A remark of a reader who liked it very much.</p></div>'
    story = article(STORY["vi"]).replace("</article>", table + "</article>" + comments)
    (found,) = extraction.extract([page(story)])
    assert "forty baskets" in text(found)
    assert "remark of a reader" not in text(found)


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 100_000,
        "<div><span>" * 60 + "x",
        "<p>unclosed <b>tags <i>everywhere <table><tr><td>" * 40,
        "\0".join(article(STORY["km"])),
        "<html>\0\0<body>" + "\0" * 1000 + "<p>text</p>",
        "<p " + " ".join(f"a{i}=1" for i in range(30_000)) + ">x</p>",
        "<p>" + "&amp;" * 100_000,
        "<p>&#xD800;&#0;&#x110000;&#99999999999999999999;</p>",
        "<p>\ufffe\uffff\x01\x02\x1b</p><![CDATA[ ]]><?xml ?><!ELEMENT>",
        "<" * 200_000,
        "<a b=\"'" * 30_000,
    ],
    ids=range(11),
)
def test_hostile_pages_leave_the_next_page_whole(extraction: Extraction, hostile: str) -> None:
    after = page(article(STORY["km"]))
    found = extraction.extract([page(hostile), after])
    assert STORY["km"] in text(found[1])
    assert isinstance(found[0], Extracted) or found[0].reason in ("too_deep", "no_text", "too_many_nodes")


def test_entities_do_not_expand(extraction: Extraction) -> None:
    lols = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    outside = '<!ENTITY file SYSTEM "file:///etc/passwd">'
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{lols}{outside}]><html><body>'
        f"<article><p>{STORY['vi']} &l9; &file;</p></article></body></html>"
    )
    (found,) = extraction.extract([page(bomb, "application/xhtml+xml")])
    assert isinstance(found, Extracted) or found.reason == "no_text"
    if isinstance(found, Extracted):
        assert len(found.text) < 2000
        assert "root:" not in found.text
        assert "lollol" not in found.text


@pytest.mark.parametrize(
    ("media", "body", "html"),
    [
        ("text/plain", "1 < 2 and <b>this</b> is text", False),
        ("text/plain", "  <!DOCTYPE html><html><body>", True),
        ("", "<div>anything", True),
        ("", "words alone", False),
        ("application/xhtml+xml", "words", True),
        ("text/markdown", "# <b>Title</b>", False),
    ],
)
def test_only_markup_is_extracted(odd: Extractor, media: str, body: str, html: bool) -> None:
    with Extraction(odd) as extraction:
        (found,) = extraction.extract([page(body, media)])
    assert text(found) == (body.upper().strip() if html else body)


def test_plain_text_needs_no_child() -> None:
    with Extraction(Extractor("absent", "no_such_module:none", 1, 1)) as extraction:
        found = extraction.extract([page("ጤና ይስጥልኝ", "text/plain"), page(" \n", "text/plain")])
    assert found[0] == Extracted("ጤና ይስጥልኝ", "utf-8", 0)
    assert reason(found[1]) == "no_text"


def test_an_extractor_that_cannot_start_stops_the_build() -> None:
    """Else every page of the build would be skipped, one by one."""
    extraction = Extraction(Extractor("absent", "no_such_module:none", 1, 1))
    with pytest.raises(Stop, match="no_such_module"):
        extraction.extract([page("<p>x")])


def test_an_unknown_engine_lists_the_known() -> None:
    with pytest.raises(Stop, match="trafilatura, kernel, resiliparse"):
        extractor("boilerpipe")


def test_a_page_that_spins_is_killed(odd: Extractor) -> None:
    with Extraction(odd, cpu_seconds=0.5) as extraction:
        (before,) = extraction.extract([page("<p>pid")])
        found = extraction.extract([page("<p>a"), page("<p>spin"), page("<p>b"), page("<p>pid")])
    assert [text(found[0]), reason(found[1]), text(found[2])] == ["<P>A", "extract_timeout", "<P>B"]
    assert "0.5 s" in found[1].detail  # type: ignore[union-attr]
    assert text(found[3]) != text(before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(text(before)), 0)


def test_a_page_that_waits_is_killed(odd: Extractor) -> None:
    with Extraction(odd, wall_seconds=0.5) as extraction:
        found = extraction.extract([page("<p>sleep"), page("<p>b")])
    assert [reason(found[0]), text(found[1])] == ["extract_timeout", "<P>B"]


@pytest.mark.parametrize(
    ("bad", "detail"), [("crash", "SIGSEGV"), ("leave", "status 3"), ("swallow", "status 71")], ids=lambda x: x[:5]
)
def test_a_page_that_ends_its_process_costs_itself(odd: Extractor, bad: str, detail: str) -> None:
    with Extraction(odd, memory_bytes=2 << 30) as extraction:
        found = extraction.extract([page("<p>a"), page(f"<p>{bad}"), page(f"<p>{bad}"), page("<p>b")])
    assert [reason(one) for one in found[1:3]] == ["extract_died", "extract_died"]
    assert detail in found[1].detail  # type: ignore[union-attr]
    assert [text(found[0]), text(found[3])] == ["<P>A", "<P>B"]


def test_a_page_does_not_die_of_the_pages_before_it(odd: Extractor) -> None:
    """Whose fault a death was is told by trying the page alone."""
    pages = [page(f"<p>second {i}") for i in range(5)]
    with Extraction(odd) as extraction:
        assert [text(one) for one in extraction.extract(pages)] == [f"<P>SECOND {i}" for i in range(5)]


def test_an_error_is_the_page_s_reason(odd: Extractor) -> None:
    with Extraction(odd) as extraction:
        found = extraction.extract([page("<p>raise"), page("<p>print"), page("<p>b")])
    assert (reason(found[0]), found[0].detail) == ("extract_failed", "RecursionError: too far down")  # type: ignore[union-attr]
    assert [text(found[1]), text(found[2])] == ["<P>PRINT", "<P>B"]


SUBTITLES = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>{}</i>\r\n\r\n"


@pytest.mark.parametrize("lang", STORY)
def test_a_media_type_goes_its_own_way_in_any_encoding(odd: Extractor, lang: str) -> None:
    """Among pages, in their order."""
    srt = SUBTITLES.format(STORY[lang])
    with Extraction(odd) as extraction:
        found = extraction.extract(
            [
                page("<p>a"),
                page(srt, "application/x-subrip"),
                page("<p>b"),
                page(srt.encode("utf-16"), "text/vtt"),
                page(srt.encode("utf-8-sig"), "text/srt"),
            ]
        )
    assert [text(one) for one in found] == ["<P>A", STORY[lang], "<P>B", STORY[lang], STORY[lang]]
    assert found[1] == Extracted(STORY[lang], "utf-8", 0)


def test_what_a_row_refuses_has_its_reason(odd: Extractor) -> None:
    with Extraction(odd) as extraction:
        found = extraction.extract(
            [page("no times", "text/srt"), page(b"x" * ((10 << 20) + 1), "text/vtt"), page("<p>b")]
        )
    assert [reason(one) for one in found[:2]] == ["damaged", "too_large"]
    assert found[0].detail == "no caption with a time"  # type: ignore[union-attr]
    assert text(found[2]) == "<P>B"


@pytest.mark.parametrize(
    "hostile", ["<" * 9_000_000, "[" * 3_000_000, "{\\a" * 2_000_000, "(" * 9_000_000, "&lt;" * 2_000_000]
)
def test_long_lines_of_captions_take_no_long_time(hostile: str) -> None:
    with Extraction(cpu_seconds=20) as extraction:
        (found,) = extraction.extract([page("00:01 --> 00:02\n" + hostile, "text/vtt")])
    assert isinstance(found, Extracted) or found.reason == "no_text"


def test_large_pages_and_answers_pass_the_pipes(odd: Extractor) -> None:
    pages = [page("<p>" + "word " * 1_000_000), page("<p>large"), page("<p>" + "x" * 9_000_000)] * 2
    with Extraction(odd) as extraction:
        sizes = [len(text(one)) for one in extraction.extract(pages)]
    assert sizes == [5_000_002, 5_000_000, 9_000_003] * 2


def test_a_killed_child_is_replaced(odd: Extractor) -> None:
    with Extraction(odd) as extraction:
        (first,) = extraction.extract([page("<p>pid")])
        os.kill(int(text(first)), signal.SIGKILL)
        (second,) = extraction.extract([page("<p>pid")])
        assert text(first) != text(second)


def _gone(pid: int, seconds: float = 10) -> bool:
    """Whether the process ends in time; a zombie that nobody has waited for has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "spinning"])
def test_the_child_of_a_killed_worker_ends(odd: Extractor, busy: bool) -> None:
    worker = (
        "import sys\n"
        "from pipeline.extract.extraction import Extraction\n"
        "from pipeline.extract.extractors import Extractor\n"
        "from pipeline.read.record import Page\n"
        f"extraction = Extraction(Extractor('odd', {odd.function!r}, 9, 9))\n"
        "print(extraction.extract([Page(b'<p>pid', None, 'text/html')])[0].text, flush=True)\n"
        f"extraction.extract([Page(b'<p>spin', None, 'text/html')]) if {busy} else sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", worker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert not _gone(child, 0.2)
        process.kill()
        assert _gone(child)


def _extract_in_worker(engine: str, html: bytes) -> str:
    with Extraction(engine) as extraction:
        return text(extraction.extract([Page(html, None, "text/html")])[0])


def test_works_in_a_spawned_daemonic_worker() -> None:
    """A daemonic process may have no multiprocessing children; a subprocess it may have."""
    html = article(STORY["am"]).encode()
    context = multiprocessing.get_context("spawn")
    parent, child = context.Pipe()
    process = context.Process(target=_daemon, args=(child, html), daemon=True)
    process.start()
    assert parent.poll(60)
    assert STORY["am"] in parent.recv()
    process.join()
    parent.close()
    child.close()


def _daemon(answer: "multiprocessing.connection.Connection", html: bytes) -> None:
    answer.send(_extract_in_worker("resiliparse", html))
    answer.close()


def test_one_extraction_a_thread_works() -> None:
    html = article(STORY["ta"]).encode()
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        assert STORY["ta"] in threads.submit(_extract_in_worker, "resiliparse", html).result(60)


def test_quality_asks_trafilatura_with_its_rescuers_and_balanced_alone() -> None:
    assert extractor("kernel", "quality").function.endswith(":trafilatura_precision")
    assert extractor("kernel", "balanced").function.endswith(":trafilatura_alone")
    assert extractor("resiliparse", "quality") == extractor("resiliparse")
