"""What belongs to a crawl, and what is one of the places without end."""

import pytest

from pipeline.crawl.scope import Scope, may_be_page
from pipeline.crawl.traps import Tally, folded, looks_endless, shape

SEEDS = ["https://www.bbc.co.uk/swahili/index.html", "http://example.org:8080/"]


@pytest.mark.parametrize(
    ("url", "kinds"),
    [
        ("https://www.bbc.co.uk/swahili/habari", "host domain prefix any"),
        ("http://bbc.co.uk/swahili/a/b", "host domain prefix any"),
        ("https://www.bbc.co.uk/news", "host domain any"),
        ("https://www.bbc.co.uk/swahilia", "host domain any"),
        ("https://sport.bbc.co.uk/swahili/", "domain any"),
        ("https://example.co.uk/swahili/", "any"),
        ("http://example.org/", "host domain prefix any"),
        ("http://notexample.org/", "any"),
        ("http://example.org.evil.example/", "any"),
    ],
)
def test_scope(url, kinds):
    assert [kind for kind in ("host", "domain", "prefix", "any") if url in Scope(kind, SEEDS)] == kinds.split()


def test_addresses_have_no_domain_but_themselves():
    assert "http://10.0.0.1/" not in Scope("domain", ["http://10.0.0.2/"])


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://x.example/", True),
        ("http://x.example/a.html", True),
        ("http://x.example/a.php?b=c.jpg", True),
        ("http://x.example/a.JPG", False),
        ("http://x.example/a.tar.gz", False),
        ("http://x.example/jpg", True),
        ("http://x.example/.png", True),
        ("http://x.example/sitemap.xml.gz", True),
        ("http://x.example/v1.2", True),
    ],
)
def test_endings(url, may):
    assert may_be_page(url) is may


@pytest.mark.parametrize(
    ("path", "endless"),
    [
        ("/a/b/c", False),
        ("/a/a", False),
        ("/a/a/a", True),
        ("/x/a/b/a/b/a/b/y", True),
        ("/2024/2024/01", False),
        ("/" + "/".join(f"d{number}" for number in range(25)), True),
        ("/?" + "&".join(f"p{number}=1" for number in range(9)), True),
        ("/?a=1&a=2&a=3&a=4", True),
        ("/?a=1&a=2", False),
    ],
)
def test_urls_that_look_endless(path, endless):
    assert bool(looks_endless(f"http://x.example{path}")) is endless


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/cal/2024/05?d=1", "/cal/2031/12?d=31", True),
        ("/s/0123456789abcdef/x", "/s/fedcba9876543210/x", True),
        ("/s/Zx81kQ92mmP0aXyQ", "/s/aB3dE5fG7hI9jK1lM", True),
        ("/habari/dunia", "/habari/michezo", False),
        ("/a1", "/b1", False),
    ],
)
def test_shapes(one, other, same):
    assert (shape(f"http://x.example{one}") == shape(f"http://y.example{other}")) is same


@pytest.mark.parametrize(
    ("read", "repeated", "endless"),
    [(11, 11, False), (12, 12, True), (12, 7, False), (100, 60, True), (100, 59, False), (0, 0, False)],
)
def test_a_shape_is_left_when_it_says_the_same(read, repeated, endless):
    assert Tally(read, repeated).endless() is endless


def test_two_days_of_a_calendar_say_the_same():
    assert folded("Mei 3, 2024:  hakuna") == folded("mei 17, 2031: hakuna\n")
    assert folded("Mei 3") != folded("Juni 3")
