"""Blocks of text are those that a browser's parser would find, in its order."""

from collections import Counter

import pytest
from bench.extract import pages
from resiliparse.parse.html import HTMLTree
from shared import needs_shared

from pipeline.extract import rows
from pipeline.extract.charset import decode
from pipeline.extract.workspace import Workspace

UNREAD = (
    "script style template noscript select textarea button svg iframe title xmp noembed noframes video audio canvas"
    " datalist rp rt optgroup option annotation annotation-xml head"
)


@pytest.fixture(scope="module")
def work() -> Workspace:
    return Workspace()


def blocks(work: Workspace, html: str) -> list[str]:
    work.scan(html.encode())
    return work.texts()


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("", []),
        ("<", ["<"]),
        ("<div", []),
        ("plain  text\n of\ttwo lines ", ["plain text of two lines"]),
        ("1 < 2 and 3 > 2", ["1 < 2 and 3 > 2"]),
        ("<p>a<p>b<p>c", ["a", "b", "c"]),
        ("<p>a <b>bold</b>, <i>more</i>.</p>", ["a bold, more."]),
        ("<div>before<p>in</p>after</div>", ["before", "in", "after"]),
        ("<ul><li>a<li>b<ul><li>c</ul>d</ul>", ["a", "b", "c", "d"]),
        ("<dl><dt>a<dd>b<dt>c</dl>", ["a", "b", "c"]),
        ("<table><tr><td>a<td>b<tr><th>c</table>d", ["a", "b", "c", "d"]),
        ("a<br>b<br/>c<br><br>d</br>e", ["a\nb\nc", "d\ne"]),
        ("<pre>a\n  b\r\nc</pre>", ["a\n  b\nc"]),
        ("<p>a&amp;b &lt;c&gt; &copy; &#233;&#xE9;&eacute;", ["a&b <c> © ééé"]),
        ("<p>&notit; &amp &#150; &nope; &", ["¬it; & – &nope; &"]),
        ("<p>x&nbsp;y\u00a0z</p>", ["x y z"]),
        ("<p>x&zwnj;y&#8205;z</p>", ["x\u200cy\u200dz"]),
        ("<!-- <p>no</p> -->a<!-->b<!--->c<!-- - -- > --!>d<![CDATA[e]]>f<?php g ?>h", ["abcdfh"]),
        ("<script>if (a<b) x('</p>')</script>a<style>p{}</style>b", ["ab"]),
        ("<script><!-- <script> </script> --></script>a", ["a"]),
        ("<script><!-- </script>a<script>//--></script>b", ["ab"]),
        ("<title>no</title><textarea><p>no</textarea>a<title>no", ["a"]),
        ("<svg><title>no</title><path/><text>no</text></svg>a", ["a"]),
        ("<svg><p>a", ["a"]),
        ("<math><mi>x</mi><annotation>no</annotation></math> is", ["x is"]),
        ("<svg><![CDATA[ <p>no ]]></svg>a", ["a"]),
        ("<select><option>no<option>no</select><button>no</button>a<noscript>no</noscript>", ["a"]),
        ("<template><p>no</p></template>a", ["a"]),
        ("<a href='x>y' title=\"<p>\">a</a>", ["a"]),
        ("<p class=>a</p><p/>b<P CLASS = x >c", ["a", "b", "c"]),
        ("<b>a<p>b</b>c</p>d", ["a", "bc", "d"]),
        ("<a>a<a>b</a>c", ["abc"]),
        ("<h1>a<h2>b</h1>c", ["a", "b", "c"]),
        ("<button>no<p>no</button>a", ["a"]),
        ("<table><td>a<table><td>b</table>c</table>d", ["a", "b", "c", "d"]),
        ("</div></p></span>a</html>b", ["ab"]),
        ("<td>a<tr>b", ["ab"]),
        ("<p>ខ្មែរ<p>தமிழ்<p>العربية<p>文字", ["ខ្មែរ", "தமிழ்", "العربية", "文字"]),
    ],
)  # fmt: skip
def test_blocks(work: Workspace, html: str, wanted: list[str]) -> None:
    assert blocks(work, html) == wanted


def test_links_and_bold_are_counted(work: Workspace) -> None:
    work.scan(b"<p>ab<a href=x>cde</a>f<b>gh</b></p><a><p>ij</p></a><p>k")
    got = work.blocks[: work.count, [rows.LINKS, rows.LINKED, rows.STRONGS, rows.TEXTUAL]].tolist()
    assert got == [[1, 3, 2, 8], [1, 2, 0, 2], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    "html", ["<p>" * 300_001, "<p>x" * 60_001, "<i>" + "<div>" * 1000 + "</b></x>" * 150_000], ids=range(3)
)
def test_a_page_over_a_cap_says_so(work: Workspace, html: str) -> None:
    work.scan(html.encode())
    assert work.full
    work.scan(b"<p>x")
    assert not work.full


def test_deep_elements_are_flat_and_their_text_stays(work: Workspace) -> None:
    assert blocks(work, "<div>" * 5000 + "deep" + "</div>" * 5000 + "after") == ["deep", "after"]


def lexbor(html: str) -> str:
    """The text of a page as its tree has it."""
    tree = HTMLTree.parse(html)
    if tree.body is None:
        return ""
    for element in tree.body.query_selector_all(", ".join(UNREAD.split())):
        if element.parent is not None:
            element.decompose()
    return tree.body.text or ""


def letters(text: str) -> Counter[str]:
    """5-grams of what is not blank."""
    text = "".join(text.replace("\u00a0", " ").split())
    return Counter(text[i : i + 5] for i in range(len(text)))


@needs_shared
@pytest.mark.parametrize(("archives", "step"), [("article-benchmark-*.warc.gz", 2), ("trafilatura-eval-*.warc.gz", 6)])
def test_the_text_is_that_of_a_browser_s_parser(work: Workspace, archives: str, step: int) -> None:
    """Within 2 % on 99 % of real pages."""
    differ = []
    chosen = list(pages(archives))[::step]
    for url, page in chosen:
        html, _, _ = decode(page.body, page.charset)
        ours, theirs = letters("".join(blocks(work, html))), letters(lexbor(html))
        if ((ours - theirs).total() + (theirs - ours).total()) > 0.02 * 2 * max(1, theirs.total()):
            differ.append(url)
    assert len(differ) <= 0.01 * len(chosen), differ
