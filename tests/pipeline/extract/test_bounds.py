"""Elements and depth are counted as a parser would find them, and hostile pages cost no more than others."""

import time

import pytest
from lxml import html as lxml_html

from manifests.errors import Skip
from pipeline.extract.bounds import MAX_BYTES, check_size, check_tree, measure


@pytest.mark.parametrize(
    ("page", "nodes", "depth"),
    [
        ("", 0, 0),
        ("no markup, 1 < 2 and 3 > 2", 0, 0),
        ("<html><body><div><p>a</p></div></body></html>", 4, 4),
        ("<DIV><Div><dIV></div></DIV></div>", 3, 3),
        ("<p>a<p>b<p>c", 3, 1),
        ("<ul><li>a<li>b<li>c</ul>", 4, 2),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", 5, 4),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", 5, 2),
        ("<table><tbody><tr><td>a<td>b<tr><td>c</table>", 7, 4),
        ("<select><option>a<option>b</select>", 3, 2),
        ("<div><br><img src=a><hr><input></div>", 5, 1),
        ("<a title='<b><b><b>' href=\"<i>\">x</a>", 1, 1),
        ("<!-- <div><div> --><p>x</p><!-- never closed <div>", 1, 1),
        ("<script>if (a<b) { document.write('<div><div></div>') }</script><p>x</p>", 2, 1),
        ("<style>a>b{}</style><style><p></style>", 2, 1),
        ("<!doctype html><?php echo '<b>' ?><p>x", 1, 1),
        ("<div><b>unclosed</div><div>", 3, 2),
        ("<table><tr><td><div></table><p>", 5, 4),
        ("<svg><path d=a /><path d=b /><g><path /></g></svg><div/><p>", 7, 2),
        ("</div></p></html>", 0, 0),
        ("<div", 1, 1),
        ("<", 0, 0),
        ("文字<p>文字</p>", 1, 1),
    ],
)
def test_counts(page: str, nodes: int, depth: int) -> None:
    assert measure(page.encode())[:2] == (nodes, depth)


@pytest.mark.parametrize(
    ("page", "attributes"),
    [
        ("<p>", 0),
        ("<p a b=1 c='x y z' d = \"1 2\" e=/a/b />", 5),
        ("<a href=http://x/y?z=1&q=2 id=b>", 2),
        ("<p a=1><p a=1 b=2><p>", 2),
        ("</p a b c>", 0),
        ("<p a" + " b" * 999 + ">", 1000),
    ],
)
def test_counts_attributes(page: str, attributes: int) -> None:
    assert measure(page.encode()).attributes == attributes


def test_agrees_with_a_parser() -> None:
    """On a page with all its tags, elements and depth are lxml's."""
    rows = "".join(f"<tr><td>{i}<td><b>x</b><br>y" for i in range(50))
    page = (
        "<html><head><meta charset=utf-8><title>t</title><link rel=a></head><body><div id=a><ul>"
        + "<li>one<p>two</p>" * 30
        + f"</ul><table><tbody>{rows}</tbody></table></div><p>end</p></body></html>"
    )
    tree = lxml_html.document_fromstring(page)
    elements = list(tree.iter("*"))
    depth = max(sum(1 for _ in element.iterancestors()) + 1 for element in elements)
    assert measure(page.encode())[:2] == (len(elements), depth)


def test_the_reason_says_which_bound() -> None:
    check_size(b"x" * MAX_BYTES)
    check_tree(b"<p>x</p>" * 10, max_nodes=10, max_depth=1)
    for refuse, reason in (
        (lambda: check_size(b"x" * (MAX_BYTES + 1)), "too_large"),
        (lambda: check_tree(b"<p>x</p>" * 11, max_nodes=10, max_depth=1), "too_many_nodes"),
        (lambda: check_tree(b"<p" + b" a" * 300 + b">", max_nodes=10, max_depth=1), "too_many_nodes"),
        (lambda: check_tree(b"<i><i>", max_nodes=10, max_depth=1), "too_deep"),
    ):
        with pytest.raises(Skip) as skip:
            refuse()
        assert skip.value.reason == reason


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 2_000_000,
        b"<a b='" * 1_600_000,
        b"<!--" * 2_500_000,
        b"<script>" * 1_250_000,
        b"<" * 10_000_000,
        b"<b>" * 1000 + b"</i>" * 1_000_000,
        b"<dd><li>" * 1_000_000,
        b"<div><table></div>" * 500_000,
    ],
    ids=lambda page: page[:12].decode(),
)
def test_hostile_pages_cost_little(page: bytes) -> None:
    """A quadratic scan of these would take minutes."""
    measure(b"")
    start = time.process_time()
    assert measure(page, 1024).depth <= 1024
    assert time.process_time() - start < 8
