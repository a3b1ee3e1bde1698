"""What is taken from pages, seeds and lists, also from hostile ones."""

import gzip
import time

import pytest

from manifests.errors import Skip, Stop
from pipeline.crawl.archive import Exchange
from pipeline.crawl.document import document
from pipeline.crawl.page import see
from pipeline.crawl.seeds import gather
from pipeline.crawl.settings import load

URL = "http://x.example/d/"


def links(html: str) -> list[str]:
    return [link.url.removeprefix("http://x.example") for link in see(html.encode(), None, URL).links]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<a href=a>x</a>", ["/d/a"]),
        ("<A HREF='/a?x=1&amp;y=2'>x</A>", ["/a?x=1&y=2"]),
        ('<a title="1 > 0" href="a">x</a>', ["/d/a"]),
        ("<base href=/e/><a href=a>", ["/e/a"]),
        ("<a href=a rel='external nofollow'>", []),
        ("<!-- <a href=a> --><script>'<a href=b>'</script><a href=c>", ["/d/c"]),
        ("<a href=javascript:x()><a href=mailto:a@b.c><a href='#x'><a name=y>", []),
        ("<a href=a><a href=a#b><a href=./a>", ["/d/a"]),
        ("<link rel=next href=2><link rel=stylesheet href=s>", ["/d/2"]),
        ("<meta http-equiv=Refresh content='0; URL=/new'>", ["/new"]),
        ("<iframe src=f></iframe><area href=g>", ["/d/f", "/d/g"]),
        ("<a href='  /a\n/b '>", ["/a/b"]),
        ("<a href=/хабар>", ["/%D1%85%D0%B0%D0%B1%D0%B0%D1%80"]),
        ("<a href='http://[::1'><a href=''>", []),
        ("<a href='unended", []),
    ],
)
def test_links(html, found):
    assert links(html) == found


def test_what_a_page_says_of_itself():
    html = (
        "<html lang=sw><meta name=robots content='noai'><link rel=license href='https://creativecommons.org/licenses/by/4.0/'>"
        "<link rel=alternate hreflang=EN href=en><body><a href=b> Habari&nbsp;za <b>leo</b></a> &amp; kesho"
    )
    seen = see(html.encode(), None, URL)
    assert seen.tongue == "sw"
    assert seen.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert ("robots", "noai") in seen.metas
    assert [(link.tongue, link.words) for link in seen.links] == [("en", ""), ("", "Habari za")]
    assert seen.words.split() == ["Habari", "za", "leo", "&", "kesho"]


def test_text_is_read_in_its_encoding():
    assert see("<p>Привет, мир, это страница".encode("cp1251"), "windows-1251", URL).words.split()[0] == "Привет,"


@pytest.mark.parametrize(
    "piece", ["<", "<a ", '<a href="', "<a x='", "<!--", "<script", '<a a="b" ', "&#", "<a href=a>"]
)
def test_a_hostile_page_takes_no_longer_than_its_length(piece):
    def took(count: int) -> float:
        began = time.process_time()
        see(piece.encode() * count, None, URL)
        return time.process_time() - began

    took(1_000)
    assert took(40_000) < 40 * max(took(4_000), 0.005)


def exchange(body: bytes, **headers: str) -> tuple[Exchange, str, list[tuple[str, str]]]:
    told = [(name.replace("_", "-"), value) for name, value in headers.items()]
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in told) + b"\r\n"
    return Exchange(URL, b"", head + body, "", 0.0, 0.0), URL, told


def test_sitemaps_and_feeds_are_lists():
    sitemap = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:x="http://www.w3.org/1999/xhtml">'
    sitemap += b'<url><loc> http://x.example/1 </loc><x:link rel="alternate" hreflang="sw" href="http://x.example/sw/1"/></url>'
    sitemap += b"<url><loc>/2</loc></url></urlset>"
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/3"/></entry></feed>'
    rss = b"<rss><channel><item><link>http://x.example/4</link></item></channel></rss>"
    for body, found in ((sitemap, ["1", "sw/1", "2"]), (atom, ["3"]), (rss, ["4"])):
        seen = document(*exchange(body, content_type="application/xml"), 1 << 20)
        assert (seen.kind, [link.url.removeprefix("http://x.example/") for link in seen.links]) == ("list", found)


def test_entities_of_a_list_are_not_expanded():
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><link>/&b;</link></rss>'
    assert all(len(link.url) < 60 for link in document(*exchange(bomb, content_type="text/xml"), 1 << 20).links)


def test_bombs_and_strange_kinds_are_told():
    bomb = gzip.compress(bytes(60 << 20))
    with pytest.raises(Skip, match="bomb"):
        document(*exchange(bomb, content_type="text/html", content_encoding="gzip"), 8 << 20)
    with pytest.raises(Skip, match="bomb"):
        document(*exchange(bomb, content_type="application/gzip"), 1 << 20)
    with pytest.raises(Skip, match="type"):
        document(*exchange(b"x", content_type="image/png"), 1 << 20)


def test_seeds(tmp_path):
    listed = tmp_path / "seeds.txt"
    listed.write_text("# mine\nhttp://a.example/\tsw\n\nhttp://b.example#x\nhttp://a.example\tyor\n", encoding="utf-8")
    table = tmp_path / "seeds.toml"
    table.write_text('[amh_Ethi]\nurls = ["https://c.example/"]\n', encoding="utf-8")
    found = {seed.url: seed.labels for seed in gather(["https://d.example/", str(listed), str(table)], False)}
    assert found["http://a.example/"] == ("swh_Latn", "yor_Latn") or set(found["http://a.example/"]) >= {"yor_Latn"}
    assert found["http://b.example/"] == ()
    assert found["https://c.example/"] == ("amh_Ethi",)
    assert found["https://d.example/"] == ()


@pytest.mark.parametrize("told", ["http://127.0.0.1/", "ftp://a.example/", "/no/such/file", "http://"])
def test_seeds_that_cannot_be_asked_for_are_told(told):
    with pytest.raises(Stop):
        gather([told], False)


@pytest.mark.parametrize(
    ("told", "match"),
    [
        ({}, "No contact"),
        ({"contact": "me"}, "no contact"),
        ({"contact": "me@example.org", "agent": "my bot"}, "no name for a crawler"),
        ({"contact": "me@example.org", "scope": "world"}, "No scope named 'world'"),
        ({"contact": "me@example.org", "langs": ("nonsensish",)}, "No language"),
        ({"contact": "me@example.org", "delay": -1.0}, "delay"),
    ],
)
def test_settings_that_are_wrong_are_told(told, match):
    with pytest.raises(Stop, match=match):
        load(**told)


def test_the_user_agent_names_the_contact():
    assert load(contact="me@example.org").user_agent == "corpus-crawler/0.1 (+mailto:me@example.org)"
    assert load(contact="https://example.org/bot").user_agent == "corpus-crawler/0.1 (+https://example.org/bot)"
