"""Which list has the place of a document."""

import random

import numpy as np
import oracle
import pytest

from filters.urls import LONGEST_HOST, SIGNALS, List, entry, keys, listed, names

NONE = keys([])


def _hits(url: str | None, entries: str, allowed: str = "") -> float:
    lists = [List("listed", keys(entries.encode().splitlines()))]
    return float(listed([url], lists, keys(allowed.encode().splitlines()))["listed_list"][0])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("bad.example", "bad.example"),
        ("  WWW.Bad.Example \r\n", "bad.example"),
        ("0.0.0.0 bad.example # said so in May", "bad.example"),
        ("||ads.bad.example^", "ads.bad.example"),
        ("*.bad.example", "bad.example"),
        ("bad.example/people/kim", "bad.example/people/kim"),
        ("https://bad.example/people/kim/", "bad.example/people/kim"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("# a comment", ""),
        ("! another", ""),
        ("", ""),
        ("com", ""),
    ],
)
def test_lines_of_every_kind_of_list_are_read(line: str, found: str) -> None:
    assert entry(line) == found
    assert keys([line.encode()]).tolist() == (keys([found.encode()]).tolist() if found else [])


def test_the_most_exact_name_of_a_url_is_first() -> None:
    assert names("https://kim@www.Shop.Bad.Example:8443/a/b.html?x=1#top") == [
        "shop.bad.example/a/b.html?x=1",
        "shop.bad.example/a/b.html",
        "shop.bad.example/a",
        "shop.bad.example",
        "bad.example",
    ]
    assert names("http://192.0.2.7/a") == ["192.0.2.7/a", "192.0.2.7"]
    assert names("no url") == names("mailto:a@bad.example") == names("http:///a") == []
    assert names("http://" + "a." * LONGEST_HOST + "example/") == []


@pytest.mark.parametrize(
    ("url", "entries", "hit"),
    [
        ("http://bad.example/", "bad.example", True),
        ("http://a.b.bad.example/x?y=z", "bad.example", True),
        ("http://notbad.example/", "bad.example", False),
        ("http://bad.example.org/", "bad.example", False),
        ("http://example.org/bad.example", "bad.example", False),
        ("http://example/", "bad.example", False),
        ("https://host.example/kim/photos", "host.example/kim", True),
        ("https://host.example/kimberley", "host.example/kim", False),
        ("https://host.example/", "host.example/kim", False),
        ("https://host.example/show?id=3", "host.example/show?id=3", True),
        ("https://host.example/show?id=34", "host.example/show?id=3", False),
        ("https://bücher.example/a", "xn--bcher-kva.example", True),
        ("http://bad.example./a", "bad.example", True),
    ],
)
def test_an_entry_is_a_host_with_all_below_it_or_the_beginning_of_a_path(url: str, entries: str, hit: bool) -> None:
    assert _hits(url, entries) == float(hit)


def test_of_a_list_and_an_exception_the_more_exact_one_counts_and_the_exception_of_equals() -> None:
    assert _hits("http://good.bad.example/", "bad.example", "good.bad.example") == 0
    assert _hits("http://bad.good.example/", "bad.good.example", "good.example") == 1
    assert _hits("http://bad.example/", "bad.example", "bad.example") == 0
    assert _hits("http://bad.example/kim/a", "bad.example/kim", "bad.example") == 1


def test_each_category_names_its_first_list_that_has_the_place() -> None:
    lists = [
        List("gambling", keys([b"dice.example"])),
        List("adult", keys([b"bare.example"])),
        List("gambling", keys([b"cards.example", b"dice.example"])),
    ]
    found = listed(["http://cards.example", "http://dice.example", "http://bare.example", None, "x"], lists, NONE)
    assert set(found) == {SIGNALS["adult"], SIGNALS["gambling"]}
    assert np.array_equal(found["gambling_list"], [3, 1, 0, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(found["adult_list"], [0, 0, 2, np.nan, np.nan], equal_nan=True)
    assert found["adult_list"].dtype == np.float32


@pytest.mark.filterwarnings("ignore:The 'registered_domain' property:DeprecationWarning")
def test_datatrove_says_the_same_of_hosts_registered_domains_and_whole_urls() -> None:
    draw = random.Random(7)  # noqa: S311
    letters = "abc"
    domains = [f"{a}{b}.{top}" for a in letters for b in letters for top in ("com", "co.uk", "org", "net.pl")]
    hosts = [*domains, *(f"{sub}.{domain}" for sub in ("m", "shop") for domain in domains)]
    urls = [f"https://{host}{path}" for host in hosts for path in ("", "/", "/a/b.html", "/a?x=1")]
    entries = draw.sample(domains, 9) + draw.sample(hosts, 12)
    addresses = [url for url in draw.sample(urls, 40) if url.endswith(("html", "x=1"))]
    told = oracle.listed_by_datatrove(urls, entries, addresses)
    lists = [List("listed", keys(line.encode() for line in [*entries, *addresses]))]
    ours = listed(urls, lists, NONE)["listed_list"] > 0
    assert 0.1 < np.mean(told) < 0.9
    assert ours.tolist() == told
