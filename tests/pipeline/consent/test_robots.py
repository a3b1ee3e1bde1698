"""robots.txt by RFC 9309, and where Protego is kinder to those who write it."""

import pytest

from pipeline.consent.robots import Robots, groups, meaning, token

ME = "corpus-crawler"

CASES: list[tuple[str, str, bool]] = [
    # nothing said
    ("", "/", True),
    ("# nothing\n\n", "/a", True),
    ("Disallow: /", "/a", True),  # a rule for nobody
    ("<html><body>404</body></html>", "/a", True),
    # groups for all
    ("User-agent: *\nDisallow: /", "/", False),
    ("User-agent: *\nDisallow: /", "/robots.txt", True),  # implicitly allowed
    ("User-agent: *\nDisallow:", "/a", True),
    ("User-agent: *\nAllow: /", "/a", True),
    ("User-agent: *\nDisallow: /a", "/a", False),
    ("User-agent: *\nDisallow: /a", "/abc", False),
    ("User-agent: *\nDisallow: /a", "/a/b?c", False),
    ("User-agent: *\nDisallow: /a", "/b/a", True),
    ("User-agent: *\nDisallow: /a/", "/a", True),
    ("User-agent: *\nDisallow: /a/", "/a/", False),
    ("User-agent: *\nDisallow: /A", "/a", True),  # paths mind their case
    ("USER-AGENT: *\nDISALLOW: /a", "/a", False),  # fields do not
    ("user-agent:*\ndisallow:/a", "/a", False),
    ("  User-agent : *  \n\tDisallow : /a\t", "/a", False),
    ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
    ("User-agent: *\rDisallow: /a\r", "/a", False),
    ("User-agent: * # all\nDisallow: /a # this", "/a", False),
    ("User-agent: *\n\n\nDisallow: /a", "/a", False),  # blank lines end no group
    ("User-agent: *\nNonsense: x\nDisallow: /a", "/a", False),
    ("User-agent: *\nSitemap: http://x/s.xml\nDisallow: /a", "/a", False),
    # whose group
    (f"User-agent: {ME}\nDisallow: /", "/a", False),
    (f"User-agent: {ME.upper()}\nDisallow: /", "/a", False),
    ("User-agent: otherbot\nDisallow: /", "/a", True),
    (f"User-agent: *\nDisallow: /\n\nUser-agent: {ME}\nDisallow: /b", "/a", True),
    (f"User-agent: *\nDisallow: /\n\nUser-agent: {ME}\nDisallow: /b", "/b", False),
    (f"User-agent: {ME}\nDisallow: /b\n\nUser-agent: *\nDisallow: /", "/a", True),
    (f"User-agent: {ME}\nDisallow:\n\nUser-agent: *\nDisallow: /", "/a", True),
    (f"User-agent: otherbot\nUser-agent: {ME}\nDisallow: /a", "/a", False),
    (f"User-agent: {ME}\nUser-agent: otherbot\nDisallow: /a", "/a", False),
    (f"User-agent: {ME}\nDisallow: /a\n\nUser-agent: {ME}\nDisallow: /b", "/b", False),  # groups are merged
    (f"User-agent: {ME}\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: {ME}\nDisallow: /b", "/a", False),
    ("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/a", False),
    ("User-agent: corpus\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/a", False),  # a shorter form of the name
    ("User-agent: crawler\nDisallow: /a", "/a", True),  # a part from its middle is another's name
    (f"User-agent: {ME}-news\nDisallow: /a", "/a", True),  # a longer one, too
    (f"User-agent: {ME}\nCrawl-delay: 5\n\nUser-agent: *\nDisallow: /a", "/a", True),  # a group without rules
    # the longest match decides, and of two alike the one that allows
    ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
    ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", True),
    ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", False),
    ("User-agent: *\nAllow: /\nDisallow: /a", "/a", False),
    ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
    ("User-agent: *\nAllow: /$\nDisallow: /", "/", True),
    ("User-agent: *\nAllow: /$\nDisallow: /", "/a", False),
    ("User-agent: *\nAllow: /page\nDisallow: /*.html", "/page.html", False),
    (
        "User-agent: *\nDisallow: /example/page/\nAllow: /example/page/disallowed.gif",
        "/example/page/disallowed.gif",
        True,
    ),
    # * and $
    ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
    ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", True),
    ("User-agent: *\nDisallow: /*.pdf", "/a/b.pdf?x", False),
    ("User-agent: *\nDisallow: /a*b", "/aXXb", False),
    ("User-agent: *\nDisallow: /a*b", "/ab", False),
    ("User-agent: *\nDisallow: /a*b", "/aXX", True),
    ("User-agent: *\nDisallow: /*/private/", "/x/y/private/z", False),
    ("User-agent: *\nDisallow: /*?", "/a?b", False),
    ("User-agent: *\nDisallow: /*?", "/a", True),
    ("User-agent: *\nDisallow: /a$", "/a", False),
    ("User-agent: *\nDisallow: /a$", "/ab", True),
    ("User-agent: *\nDisallow: *", "/a", False),
    ("User-agent: *\nDisallow: /a**b", "/a-b", False),
    # escapes
    ("User-agent: *\nDisallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", False),
    ("User-agent: *\nDisallow: /foo/bar/%E3%83%84", "/foo/bar/ツ", False),
    ("User-agent: *\nDisallow: /foo/bar/%62%61%7A", "/foo/bar/baz", False),
    ("User-agent: *\nDisallow: /a%3cd.html", "/a%3Cd.html", False),
    ("User-agent: *\nDisallow: /a%2fb", "/a/b", True),  # an escaped slash is no slash
    ("User-agent: *\nDisallow: /~joe/", "/%7Ejoe/", False),
    # kinder than the RFC
    ("User agent: *\nDisalow: /a", "/a", False),
    ("User-agent *\nDisallow /a", "/a", False),
    ("User-agent: *\nAllow: /a/index.html\nDisallow: /a", "/a/", True),
    # beyond the RFC: names that stand for training are obeyed where they are named
    ("User-agent: GPTBot\nDisallow: /a", "/a", False),
    ("User-agent: CCBot\nDisallow: /", "/a", False),
    (f"User-agent: Google-Extended\nDisallow: /a\n\nUser-agent: {ME}\nAllow: /", "/a", False),
    ("User-agent: GPTBot\nAllow: /\n\nUser-agent: *\nDisallow: /a", "/a", False),
    ("User-agent: Googlebot\nDisallow: /", "/a", True),
]


@pytest.mark.parametrize(("text", "path", "allowed"), CASES)
def test_rules(text, path, allowed):
    assert Robots(text, ME).verdict(f"http://example.org{path}").allowed is allowed


def test_the_rule_that_decided_is_told_with_its_line():
    text = "User-agent: *\nDisallow: /a\nAllow: /a/b # but this\n\nUser-agent: GPTBot\nDisallow: /c\n"
    robots = Robots(text, ME)
    assert robots.verdict("http://example.org/a/b") == (True, ME, "allow: /a/b (line 3)")
    assert robots.verdict("http://example.org/a/c") == (False, ME, "disallow: /a (line 2)")
    assert robots.verdict("http://example.org/c") == (False, "gptbot", "disallow: /c (line 6)")
    assert robots.verdict("http://example.org/d") == (True, ME, "")


@pytest.mark.parametrize(("text", "path", "allowed"), CASES)
def test_no_rule_is_told_that_says_the_contrary(text, path, allowed):
    rule = Robots(text, ME).verdict(f"http://example.org{path}").rule
    assert not rule or rule.startswith("allow") is allowed


def test_training_names_may_be_ignored():
    assert Robots("User-agent: GPTBot\nDisallow: /", ME, also=()).verdict("http://example.org/a").allowed


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        (f"User-agent: *\nCrawl-delay: 10\n\nUser-agent: {ME}\nCrawl-delay: 3", 3.0),
        (f"User-agent: *\nCrawl-delay: 10\n\nUser-agent: {ME}\nDisallow: /a", 0.0),
        ("User-agent: *\nCrawl-delay: never", 0.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: *\nRequest-rate: 1/20", 20.0),
        ("User-agent: *\nRequest-rate: 6/1m\nCrawl-delay: 2", 10.0),
        ("User-agent: *\nDisallow: /a\n\nUser-agent: ccbot\nCrawl-delay: 7", 7.0),
        ("", 0.0),
    ],
)
def test_delays(text, delay):
    assert Robots(text, ME).delay == delay


@pytest.mark.parametrize(
    ("line", "path", "refused"),
    [
        ("Content-Signal: search=yes, ai-train=no", "/", True),
        ("Content-Signal: search=yes,ai-train=yes", "/", False),
        ("Content-Signal: search=no", "/", False),
        ("Content-Usage: train-ai=n", "/", True),
        ("Content-Usage: /books/ train-ai=n", "/books/1", True),
        ("Content-Usage: /books/ train-ai=n", "/news", False),
        ("Content-Usage: train-ai=y", "/", False),
    ],
)
def test_preferences_about_training(line, path, refused):
    assert bool(Robots(f"User-agent: *\n{line}\nAllow: /", ME).refused_use(path)) is refused


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "rules"),
        (204, "rules"),
        (404, "open"),
        (410, "open"),
        (400, "open"),
        (451, "open"),
        (401, "closed"),
        (403, "closed"),
        (302, "closed"),  # one redirect too many
        (408, "later"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
        (0, "later"),
    ],
)
def test_what_an_answer_means(status, expected):
    assert meaning(status) == expected


def test_sitemaps_and_groups():
    text = "Sitemap: http://example.org/a.xml\nUser-agent: a\nUser-agent: b\nDisallow: /\nSitemap: /b.xml\nAllow: /x"
    assert Robots(text, ME).sitemaps == ("http://example.org/a.xml", "/b.xml")
    assert [(names, [line.number for line in lines]) for names, lines in groups(text)] == [(("a", "b"), [4, 6])]


def test_names_are_tokens_as_the_rfc_has_them():
    assert token("Corpus-Crawler_x") == "corpus-crawler_x"
    assert token("Corpus Crawler") == token("corpus/1.0") == token("") == ""
