"""The main text of documentation pages, by a rule for each family of them: gold for scripts that no article set has."""

from lxml import html as lxml_html

RULES: dict[str, tuple[str, tuple[str, ...]]] = {
    # Where the text is, and what in it is none, as XPath.
    "libreoffice-help": ("//div[@id='DisplayArea']", ()),
    "gnome-help": ("//article", ("links", "trails")),
    "developers-reference": ("//div[@role='main']", ("headerlink",)),
}
DOCBOOK = (
    "//body",
    ("navheader", "navfooter", "docnav", "toc", "list-of-figures", "list-of-tables", "list-of-examples", "reportbug"),
)
"""The other families are DocBook's own style sheets'."""
_IDS = ("banner", "title", "footer")  # what debian-handbook puts around them
_LITTLE = 200
_UNREAD = "script style template noscript select textarea button svg iframe"
_BREAKS = frozenset(
    "p div li dt dd td th tr table h1 h2 h3 h4 h5 h6 pre blockquote br section article ul ol dl caption header".split()  # noqa: SIM905
)


def main_text(family: str, page: bytes) -> str:
    """The main text of a page of this family, a block a line.

    Links to other pages are none, but of a page that has little else they are what it is for.
    """
    where, without = RULES.get(family, DOCBOOK)
    text = _text(family, page, where, without)
    return text if len(text) >= _LITTLE or "links" not in without else _text(family, page, where, ("trails",))


def _text(family: str, page: bytes, where: str, without: tuple[str, ...]) -> str:
    tree = lxml_html.document_fromstring(page.decode("utf-8", "replace").encode("utf-8"), parser=_parser())
    found = tree.xpath(where)
    if not found:
        return ""
    root = found[0]
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            element.drop_tree()
            continue
        names = (element.get("class") or "").split()
        if element is not root and (
            any(name in without for name in names)
            or (family not in RULES and element.get("id") in _IDS)
            or element.tag in _UNREAD.split()
        ):
            element.drop_tree()
        elif element.tag in _BREAKS:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
    return "\n".join(line for line in (" ".join(part.split()) for part in root.text_content().split("\n")) if line)


def _parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8")
