"""All spellings of a URL are one page; what differs stays apart."""

import pytest

from pipeline.crawl.canonical import canonical, joined, key, partition


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTP://EXAMPLE.org:80/A", "http://example.org/A"),
        ("https://example.org:443/", "https://example.org/"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("http://example.org./", "http://example.org/"),
        ("http://example.org/a#b", "http://example.org/a"),
        ("http://example.org/a/./b/../c", "http://example.org/a/c"),
        ("http://example.org/../../a", "http://example.org/a"),
        ("http://example.org/a/..", "http://example.org/"),
        ("http://example.org/%7euser/%e4%bd%a0", "http://example.org/~user/%E4%BD%A0"),
        ("http://example.org/你好?q=世界", "http://example.org/%E4%BD%A0%E5%A5%BD?q=%E4%B8%96%E7%95%8C"),
        ("http://example.org/a%2Fb", "http://example.org/a%2Fb"),
        ("http://example.org/?", "http://example.org/"),
        ("http://example.org/?a=1&&b=2", "http://example.org/?a=1&b=2"),
        ("http://example.org/?b=2&a=1", "http://example.org/?b=2&a=1"),
        ("http://example.org/;jsessionid=0A1B?x=1", "http://example.org/?x=1"),
        ("http://example.org/?x=1&PHPSESSID=abc&utm_source=mail", "http://example.org/?x=1"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://XN--BCHER-KVA.example/", "http://xn--bcher-kva.example/"),
        (" http://example.org/a\n", "http://example.org/a"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("http://example.org/100%", "http://example.org/100%"),
        ("mailto:a@example.org", ""),
        ("http://user@example.org/", ""),
        ("http://[::1", ""),
        ("http://", ""),
        ("http://example.org/" + "a" * 3000, ""),
    ],
)
def test_canonical(url, expected):
    assert canonical(url) == expected
    assert canonical(expected) == expected


def test_references_are_joined():
    assert joined("http://example.org/a/b", "../c?d") == "http://example.org/c?d"
    assert joined("http://example.org/a/b", "//other.example/x") == "http://other.example/x"
    assert joined("http://example.org/a/b", "http://[") == ""


def test_the_key_minds_neither_the_scheme_nor_the_order_of_parameters():
    assert key("http://example.org/?a=1&b=2") == key("https://example.org/?b=2&a=1")
    assert key("http://example.org/a") != key("http://example.org/a/")
    assert key("http://example.org/") != key("http://example.org:8080/")


def test_hosts_are_shared_out_evenly():
    counts = [0] * 4
    for number in range(1000):
        counts[partition(f"host{number}.example", 4)] += 1
    assert min(counts) > 200
