"""What pages and sites say of being kept: every way to say no is heard, and nothing else is taken for one."""

import json

import pytest

from pipeline.consent.refusals import AiTxt, Tdmrep, of_headers, of_metas

ME = ("corpus-crawler", "gptbot")
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("value", "kept", "followed"),
    [
        ("noindex", False, True),
        ("NOINDEX", False, True),
        ("none", False, False),
        ("nofollow", True, False),
        ("noindex, nofollow", False, False),
        ("noarchive", False, True),
        ("noai", False, True),
        ("noimageai", True, True),  # we keep no images
        ("noai, noimageai", False, True),
        ("index, follow", True, True),
        ("all", True, True),
        ("max-snippet: 20", True, True),
        ("nosnippet", True, True),
        ("corpus-crawler: noindex", False, True),
        ("gptbot: noindex", False, True),
        ("googlebot: noindex", True, True),
        ("otherbot: nofollow", True, True),
        ("unavailable_after: 25 Jun 2010 15:00:00 GMT", False, True),
        ("unavailable_after: Friday, 25-Jun-10 15:00:00 GMT", False, True),
        ("unavailable_after: 2090-06-25", True, True),
        ("unavailable_after: 2010-06-25", False, True),
        ("unavailable_after: whenever", False, True),  # somebody wanted an end to it
        ("nofollow, unavailable_after: 2010-06-25", False, False),
        ("", True, True),
    ],
)
def test_header_of_robots(value, kept, followed):
    said = of_headers([("X-Robots-Tag", value)], ME, NOW)
    assert (not said.refusals, said.follow) == (kept, followed)


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("robots", "noindex", False),
        ("ROBOTS", "NoAI", False),
        ("gptbot", "noindex", False),
        ("googlebot", "noindex", True),
        ("tdm-reservation", "1", False),
        ("tdm-reservation", "0", True),
        ("description", "noindex", True),
    ],
)
def test_meta(name, content, kept):
    assert (not of_metas([(name, content)], ME, NOW).refusals) is kept


def test_headers_of_tdm():
    said = of_headers([("TDM-Reservation", "1"), ("tdm-policy", "https://example.org/tdm")], ME, NOW)
    assert said.refusals[0].what == "tdm-reservation: 1"
    assert said.policy == "https://example.org/tdm"
    assert not of_headers([("tdm-reservation", "0")], ME, NOW).refusals


@pytest.mark.parametrize(
    ("rules", "path", "kept"),
    [
        ([{"location": "/", "tdm-reservation": 1}], "/a", False),
        ([{"location": "/", "tdm-reservation": "1"}], "/a", False),
        ([{"location": "/", "tdm-reservation": 0}], "/a", True),
        ([{"location": "/images/*.jpg", "tdm-reservation": 1}], "/a", True),
        ([{"location": "/a*$", "tdm-reservation": 1}], "/ab", False),
        ([{"location": "/open", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}], "/open/x", True),
        ([{"location": "/open", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}], "/shut", False),
        ({"location": "/", "tdm-reservation": 1}, "/a", False),
        ([], "/a", True),
        ([{"where": "/"}], "/a", False),  # somebody tried to say so
        ("1", "/a", False),
    ],
)
def test_tdmrep(rules, path, kept):
    assert (not Tdmrep(json.dumps(rules).encode()).said(path).refusals) is kept


def test_a_broken_tdmrep_reserves_everything():
    assert Tdmrep(b'[{"location": "/", ').said("/a").refusals
    assert Tdmrep(b"[" * 100_000).said("/a").refusals


@pytest.mark.parametrize(
    ("text", "path", "kept"),
    [
        ("User-Agent: *\nDisallow: *.html", "/a.html", False),
        ("User-Agent: *\nDisallow: *.html", "/a", False),  # a page without an ending is HTML
        ("User-Agent: *\nDisallow: *.html", "/a/", False),
        ("User-Agent: *\nDisallow: *.jpg\nAllow: *.html", "/a.html", True),
        ("User-Agent: *\nDisallow: /\nAllow: *.html", "/a.html", True),
        ("User-Agent: *\nDisallow: /", "/a.html", False),
        ("User-Agent: *\nDisallow: /private\nAllow: /", "/private/a", False),
        ("User-Agent: *\nAllow: /", "/a", True),
        ("User-Agent: spawning\nDisallow: /", "/a", True),
        ("User-Agent: corpus-crawler\nDisallow: /", "/a", False),
        ("", "/a", True),
    ],
)
def test_ai_txt(text, path, kept):
    assert (not AiTxt(text, ME).said(path).refusals) is kept


def test_refusals_say_where_and_what():
    said = of_headers([("x-robots-tag", "noai")], ME, NOW) + Tdmrep(b'[{"location":"/","tdm-reservation":1}]').said("/")
    assert [tuple(one) for one in said.refusals] == [("header", "noai"), ("tdmrep.json", "location /")]
