"""What is kept of a crawl on disk: which page is next, what was learnt, and archives that end where they were kept."""

import os
import time

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from pipeline.consent.site import AI_TXT, ROBOTS, TDMREP
from pipeline.crawl import folder
from pipeline.crawl.archive import Archive, Exchange
from pipeline.crawl.budget import Budget
from pipeline.crawl.exchange import Exchanges, packed, waiting
from pipeline.crawl.frontier import ASKED, FAILED, FETCHED, Found, Frontier, Policy
from pipeline.crawl.policies import Policies
from pipeline.crawl.seeds import Seed
from pipeline.crawl.settings import load

NOW = 1_800_000_000.0


@pytest.fixture
def frontier(tmp_path):
    made = Frontier(tmp_path / "frontier.sqlite")
    yield made
    made.close()


def test_a_page_is_taken_once_and_the_nearest_comes_first(frontier):
    frontier.add([Found("http://a.example/deep", 3, ""), Found("http://a.example/", 0, "")])
    assert frontier.add([Found("https://a.example/", 1, "")]) == []  # the same page by its key
    host = frontier.host("a.example")
    assert [page.url for page in frontier.chosen(host, NOW)] == ["http://a.example/", "http://a.example/deep"]


def test_pages_asked_for_when_killed_come_again_and_those_fetched_do_not(tmp_path):
    frontier = Frontier(tmp_path / "f.sqlite")
    frontier.add([Found(f"http://a.example/{name}", 0, "") for name in "abc"])
    host = frontier.host("a.example")
    one, two, three = frontier.chosen(host, NOW)
    frontier.mark(one, FETCHED)
    frontier.mark(two, ASKED)
    frontier.mark(three, FAILED, "status 404")
    frontier.commit()
    again = Frontier(tmp_path / "f.sqlite")  # the first was never closed
    assert again.interrupted() == 1
    assert [page.url for page in again.chosen(again.host("a.example"), NOW)] == ["http://a.example/b"]
    assert again.tallies() == {"failed: status 404": 1}
    again.close()
    frontier.close()


def test_what_is_learnt_of_kinds_shapes_and_texts(frontier):
    host = frontier.host("a.example")
    frontier.count_kinds(host, ["", "mark sw"], True)
    frontier.count_kinds(host, ["", "mark en"], False)
    assert (frontier.kind(host, ""), frontier.kind(host, "mark sw"), frontier.kind(host, "x")) == (
        (2, 1),
        (1, 1),
        (0, 0),
    )
    frontier.count_shape(host, "/0", False)
    frontier.count_shape(host, "/0", True)
    assert frontier.shape(host, "/0") == (2, 1)
    assert frontier.is_new(host, b"x" * 16)
    assert not frontier.is_new(host, b"x" * 16)
    assert frontier.is_new(frontier.host("b.example"), b"x" * 16)


def test_links_reach_their_partition_once(tmp_path):
    ours, theirs = Frontier(tmp_path / "0.sqlite"), Frontier(tmp_path / "1.sqlite")
    link = Found("http://b.example/", 2, "http://a.example/", linked_from="wanted", tongue="sw", words="hujambo")
    ours.hand_over(1, [packed(link)])
    sender, receiver = Exchanges(tmp_path / "x", 0, ours), Exchanges(tmp_path / "x", 1, theirs)
    sender.send()
    assert waiting(tmp_path / "x") == {1}
    for path, links in receiver.received():
        assert links == [link]
        path.unlink()
    sender.send()
    assert waiting(tmp_path / "x") == set()
    ours.close()
    theirs.close()


def test_a_budget_is_shared_and_outlives_a_run(tmp_path):
    one, other = Budget(tmp_path / "b", 3, None), Budget(tmp_path / "b", 3, None)
    assert [one.take(), other.take(), one.take(), other.take()] == [True, True, True, False]
    one.give_back()
    assert Budget(tmp_path / "b", 3, None).take()
    sized = Budget(tmp_path / "s", None, 100)
    assert sized.take()
    sized.spend(100)
    assert not sized.take()
    assert Budget(tmp_path / "none", None, None).take()


def response(body: bytes, url: str = "http://a.example/", **more: str) -> Exchange:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Odd:  kept as  it is\r\n\r\n"
    return Exchange(
        url, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", head + body, "192.0.2.1", NOW, NOW + 0.25, **more
    )


def records(tmp_path, kind="warc"):
    found = []
    for path in sorted((tmp_path / kind).glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                record.content_stream().read()
            stream.seek(0)
            for record in ArchiveIterator(stream, no_record_parse=True):
                told = dict(record.rec_headers.headers)
                found.append((record.rec_type, told, record.content_stream().read()))
    return found


def test_archives_hold_what_went_over_the_wire_and_repeats_as_revisits(tmp_path, frontier):
    archive = Archive(tmp_path, "c-P000", {"software": "x"}, frontier, 1 << 20)
    archive.page(response(b"<p>hujambo"), [("robots-rule", "allow: / (line 2)"), ("empty", "")])
    archive.page(response(b"<p>hujambo", "http://a.example/again"), [])
    archive.page(response(b"<p>cut", cut="length"), [])
    archive.close()
    found = records(tmp_path)
    assert [kind for kind, *_ in found] == [
        *("warcinfo", "response", "request", "metadata"),
        *("revisit", "request", "metadata", "response", "request", "metadata"),
    ]
    assert found[1][2] == response(b"<p>hujambo").response
    assert found[1][1]["WARC-IP-Address"] == "192.0.2.1"
    assert found[3][1]["WARC-Concurrent-To"] == found[1][1]["WARC-Record-ID"]
    assert found[3][2] == b"fetchTimeMs: 250\r\nrobots-rule: allow: / (line 2)\r\n"
    assert found[4][1]["WARC-Refers-To"] == found[1][1]["WARC-Record-ID"]
    assert found[4][1]["WARC-Refers-To-Target-URI"] == "http://a.example/"
    assert found[7][1]["WARC-Truncated"] == "length"
    with next((tmp_path / "warc").iterdir()).open("rb") as stream:
        fast = [(one.record_type, one.verify_block_digest()) for one in FastIterator(stream, parse_http=False)]
    assert len(fast) == 10
    assert all(fine for kind, fine in fast if kind != WarcRecordType.revisit)


def test_what_was_written_after_the_last_commit_is_cut_off(tmp_path):
    frontier = Frontier(tmp_path / "f.sqlite")
    archive = Archive(tmp_path, "c-P000", {}, frontier, 1 << 20)
    archive.page(response(b"one"), [])
    frontier.commit()
    archive.page(response(b"two", "http://a.example/2"), [])
    frontier._db.close()  # as a kill does: nothing more is committed
    archive.close()
    again = Frontier(tmp_path / "f.sqlite")
    archive = Archive(tmp_path, "c-P000", {}, again, 1 << 20)
    archive.page(response(b"three", "http://a.example/3"), [])
    archive.close()
    urls = [told["WARC-Target-URI"] for kind, told, _ in records(tmp_path) if kind == "response"]
    assert urls == ["http://a.example/", "http://a.example/3"]
    again.close()


def test_a_full_archive_is_followed_by_another(tmp_path, frontier):
    archive = Archive(tmp_path, "c-P000", {}, frontier, 1)
    for name in "abc":
        archive.page(response(name.encode(), f"http://a.example/{name}"), [])
    archive.close()
    assert len(list((tmp_path / "warc").iterdir())) == 3
    assert [kind for kind, *_ in records(tmp_path)].count("warcinfo") == 3


def test_policies_are_fetched_in_turn_and_kept(tmp_path, frontier):
    site, now = "http://a.example", time.time()
    policies = Policies(frontier, "corpus-crawler", True)
    assert policies.wanting(site, now) == ROBOTS
    assert not policies.verdict(f"{site}/")[0].allowed  # closed until it is known
    policies.keep(site, ROBOTS, Policy(200, b"User-agent: *\nDisallow: /no\nDisallow: /ai.txt\n", site, now, "<r>"))
    assert policies.wanting(site, now) == TDMREP
    policies.keep(site, TDMREP, Policy(200, b'[{"location": "/kept", "tdm-reservation": 1}]', site, now, ""))
    assert policies.wanting(site, now) == ""  # robots.txt forbids /ai.txt
    assert policies.verdict(f"{site}/a")[0].allowed
    assert policies.said(f"{site}/kept").refusals
    again = Policies(frontier, "corpus-crawler", True)
    assert again.wanting(site, now) == ""
    assert not again.verdict(f"{site}/no")[0].allowed
    assert again.wanting(site, now + 90_000) == ROBOTS  # a day later


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, False), (503, False), (0, False)])
def test_without_robots_txt_it_depends_why(frontier, status, allowed):
    policies = Policies(frontier, "corpus-crawler", True)
    policies.keep("http://a.example", ROBOTS, Policy(status, b"", "", NOW, ""))
    assert policies.verdict("http://a.example/")[0].allowed is allowed


def test_a_site_whose_opt_out_cannot_be_had_is_closed(frontier):
    policies = Policies(frontier, "corpus-crawler", True)
    policies.keep("http://a.example", ROBOTS, Policy(404, b"", "", NOW, ""))
    policies.keep("http://a.example", TDMREP, Policy(500, b"", "", NOW, ""))
    policies.keep("http://a.example", AI_TXT, Policy(404, b"", "", NOW, ""))
    assert policies.wanting("http://a.example", NOW) == ""
    assert not policies.verdict("http://a.example/")[0].allowed


def test_a_page_in_place_of_a_file_is_no_such_file(frontier):
    policies = Policies(frontier, "corpus-crawler", True)
    for file in (ROBOTS, TDMREP, AI_TXT):
        policies.keep("http://a.example", file, Policy(200, b"<html>User-agent: *\nDisallow: /", "", NOW, ""))
    assert not policies.said("http://a.example/").refusals


def test_a_crawl_goes_on_as_it_was_begun(tmp_path):
    crawl = load(contact="me@example.org", partitions=3)
    first = folder.lay(tmp_path, crawl, [Seed("http://a.example/")])
    second = folder.lay(
        tmp_path, crawl.model_copy(update={"partitions": 8, "pages": 5}), [Seed("http://b.example/", ("swh_Latn",))]
    )
    assert (second.name, second.crawl.partitions, second.crawl.pages) == (first.name, 3, 5)
    assert [seed.url for seed in second.seeds] == ["http://a.example/", "http://b.example/"]
    assert second.crawl.langs == ("swh_Latn",)
    assert folder.read(tmp_path) == second
    descriptor = folder.lock(tmp_path, "crawl", wait=False)
    with pytest.raises(BlockingIOError):
        folder.lock(tmp_path, "crawl", wait=False)
    os.close(descriptor)
