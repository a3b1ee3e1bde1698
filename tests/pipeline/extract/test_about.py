"""What a page says of itself, and where that is better than what it shows."""

import json
from pathlib import Path

import pytest
from archives import response, warc

from manifests import licences
from manifests.errors import Skip, Stop
from pipeline.extract.about import About, about
from pipeline.extract.extraction import FULLER, Extracted, Extraction
from pipeline.extract.rows import NODES
from pipeline.extract.workspace import Workspace
from pipeline.pages import run
from pipeline.read.record import Page

BY, SHARE = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/"


def told(page: str) -> About:
    work = Workspace()
    body = page.encode()
    work.scan(body)
    return about(body, work.state, work.events)


def only(page: str, engine: str = "kernel") -> Extracted | Skip:
    with Extraction(engine, mode="fast") as extraction:
        (found,) = extraction.extract([Page(page.encode(), None, "text/html")])
    return found


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        (f'<p>x <a class="b" rel="nofollow License" href="{BY}">CC</a></p>', BY),
        (f"<a rel=license href='{BY}'><img></a><a rel=license href='{BY}'>CC</a>", BY),
        (f"<a rel=license href='{BY}'>one picture</a><a rel=license href='{SHARE}'>another</a>", None),
        (f"<link rel=license href='{SHARE}'><a rel=license href='{BY}'>a picture</a>", SHARE),
        (f"<a rel=sublicense href='{BY}'>x</a><a href='{BY}'>license</a>", None),
        ("<a rel=license>no place</a>", None),
    ],
)
def test_links_that_bear_a_licence(markup: str, wanted: str | None) -> None:
    assert told(markup).licence == wanted


def test_a_link_that_bears_a_licence_is_a_link_to_the_model_as_any_other() -> None:
    work, other = Workspace(), Workspace()
    for one, relation in ((work, b"license"), (other, b"licenze")):
        one.scan(b"<p class=main><a rel=%s class=meta href=/>x</a> y</p>" % relation)
    assert work.nodes[: work.state[NODES]].tolist() == other.nodes[: other.state[NODES]].tolist()


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/de/", "CC-BY-NC-SA-3.0"),
        ("//creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
        ("https://www.gnu.org/licenses/old-licenses/fdl-1.2.html", "GFDL-1.2"),
        ("https://opensource.org/license/mit/", "MIT"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("https://evil.example/?u=https://creativecommons.org/licenses/by/4.0/", None),
        ("https://creativecommons.org.evil.example/licenses/by/4.0/", None),
        ("https://creativecommons.org/licenses/by/9.9/", None),
        ("/creativecommons.org/licenses/by/4.0/", None),
        ("CC-BY-4.0", None),
        ("", None),
        (None, None),
    ],
)
def test_known_places_of_licences(address: str | None, wanted: str | None) -> None:
    assert licences.linked(address) == wanted


def test_values_are_bounded_and_hold_what_utf_8_can() -> None:
    page = f"<title>{'x' * 3000}</title><meta name=author content='{'y ' * 900}z'>"
    page += "".join(f"<link rel=alternate hreflang=l{n} href=/{n}>" for n in range(300))
    said = told(page)
    assert said.title is None
    assert said.author is not None
    assert len(said.alternates) == 200


SHOWN = "The fishers came back to the shore early, and the children helped them. " * 2
WHOLE = "\n".join(f"{n}. அந்த ஆண்டில் மழை தாமதமாக வந்தது, ஆனாலும் விவசாயிகள் விதைத்தனர்." for n in range(12))


def scripted(body: str) -> str:
    linked = json.dumps({"@type": "NewsArticle", "articleBody": body})
    return f"<body><script type=application/ld+json>{linked}</script><article><p>{SHOWN}</p></article>"


@pytest.mark.parametrize("written", [WHOLE, "".join(f"<p>{line}</p>" for line in WHOLE.split("\n"))])
def test_an_article_that_a_script_would_show_is_the_text(written: str) -> None:
    found = only(scripted(written))
    assert isinstance(found, Extracted)
    assert found.text == WHOLE
    escaped = only(scripted(written.replace("<", "&lt;").replace(">", "&gt;")))
    assert isinstance(escaped, Extracted)
    assert escaped.text == WHOLE


def test_a_page_that_shows_its_article_is_its_text() -> None:
    found = only(scripted(SHOWN * (FULLER - 1)))
    assert isinstance(found, Extracted)
    assert found.text == SHOWN.strip()


def test_templates_that_browsers_show_are_text() -> None:
    work = Workspace()
    work.scan(
        b"<p>a</p><template><p>b</p></template><div><template shadowrootmode=open><p>c</p></template><p>d</p></div>"
    )
    assert work.texts() == ["a", "c", "d"]


def test_every_engine_tells_what_the_page_says() -> None:
    found = only(f"<html lang=ta><title>t</title><article><p>{SHOWN}</p></article>", "resiliparse")
    assert isinstance(found, Extracted)
    assert found.confidence is None
    assert found.about == About(title="t", lang="ta")


def test_a_page_that_is_too_large_in_utf_8_is_passed() -> None:
    body = b"<p>" + "слово ".encode("windows-1251") * ((9 << 20) // 6) + b"</p>"
    with Extraction("kernel") as extraction:
        (found,) = extraction.extract([Page(body, "windows-1251", "text/html")])
    assert isinstance(found, Skip)
    assert found.reason == "too_large"


def test_the_command_tells_what_a_build_would_have(tmp_path: Path) -> None:
    records = [
        warc("warcinfo", b"isPartOf: x\r\n"),
        response(1, scripted(WHOLE).encode()),
        response(2, b"User-agent: *\nDisallow: /", "200 OK", "text/plain"),
        response(3, b"gone", "404 Not Found"),
        response(4, b"<p>" + "слово ".encode("windows-1251") * ((9 << 20) // 6), "200 OK", "text/html; charset=cp1251"),
    ]
    (tmp_path / "pages.warc").write_bytes(b"".join(records))
    one, two, three, four = run(str(tmp_path / "pages.warc"))
    assert one["text"] == WHOLE
    assert two["text"] == "User-agent: *\nDisallow: /"
    assert (three["skipped"], three["detail"][:3]) == ("not_200", "404")
    assert four["skipped"] == "too_large"


@pytest.mark.parametrize("content", [b'{"text": "a < b"}\n{"text": "c"}', b"\x89PNG\r\n\x1a\n", b"PAR1", b"plain text"])
def test_what_is_no_page_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Stop, match="is no page"):
        list(run(str(tmp_path / "x")))
