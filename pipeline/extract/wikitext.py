"""Wikitext to text: what a reader sees of a page, without what templates, tables, notes and navigation make of it.

What needs no parser goes first, by patterns, for it is most of a page: notes, templates from the innermost out, plain
links. mwparserfromhell takes the rest apart. Templates are not expanded, for that takes a wiki: the few that only wrap
text are known by name. Marks of the C0 range, which a dump cannot hold, stand for what lines are until the end.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from typing import Any, NamedTuple

import msgspec
import mwparserfromhell
from mwparserfromhell import nodes

from manifests.errors import Skip
from manifests.languages import languages
from manifests.names import systems
from pipeline.extract.about import About
from pipeline.extract.wikipage import WikiPage

ITEM, HEADING, CITED, GONE, QUOTE, BREAK, LESS, HELD = map(chr, range(1, 9))
"""An item of a list begins; a heading, whose level follows; a link to elsewhere; something was here that is left out;
an apostrophe that is none of the markup; the line ends here; a sign that begins no tag; around the number of
what is set aside, as it is no markup."""
_MARKS = re.compile("[\0-\x08]")

_FILES = {"file", "image", "media"}
_CATEGORIES = {"category"}
_FILE = re.compile(
    r"\.(?:jpe?g|png|svg|gif|tiff?|webp|xcf|og[agv]|opus|oga|web[mp]|mp[34g]|mpe?g|wav|flac|mid|djvu|pdf|stl)\s*$", re.I
)

_WRAPS = {
    "abbr": 1,
    "abbreviation": 1,
    "big": 1,
    "blockquote": 1,
    "center": 1,
    "color": 2,
    "cquote": 1,
    "em": 1,
    "ill": 1,
    "interlanguage link": 1,
    "lang": 2,
    "langx": 2,
    "linktext": 1,
    "nihongo": 1,
    "nobr": 1,
    "nobreak": 1,
    "nobold": 1,
    "noitalic": 1,
    "nowrap": 1,
    "poemquote": 1,
    "quote": 1,
    "sc": 1,
    "sic": 1,
    "small": 1,
    "smallcaps": 1,
    "strong": 1,
    "tooltip": 1,
    "translit": 2,
    "transl": 2,
    "u": 1,
    "val": 1,
}
"""Templates, by their names in most wikis, that show one of their arguments: which."""

_STANDS_FOR = {
    "!": "|",
    "=": "=",
    "'": QUOTE,
    "''": QUOTE * 2,
    "·": " · ",
    "•": " • ",
    "–": " – ",
    "dash": " – ",
    "mdash": "—",
    "nbsp": " ",
    "ndash": "–",
    "snd": " – ",
    "spaced ndash": " – ",
    "spnd": " – ",
}
_TITLE = {"PAGENAME", "FULLPAGENAME", "BASEPAGENAME", "SUBPAGENAME"}
_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "formatnum": str,
    "lc": str.lower,
    "uc": str.upper,
    "lcfirst": str,
    "ucfirst": str,
}
_UNITS = {"convert", "cvt"}

_LITERAL = ("nowiki", "pre", "math", "chem", "ce")
_WHOLE = (
    *_LITERAL,
    "ref",
    "gallery",
    "timeline",
    "score",
    "graph",
    "imagemap",
    "hiero",
    "templatedata",
    "syntaxhighlight",
    "source",
    "includeonly",
    "categorytree",
    "inputbox",
    "mapframe",
    "maplink",
    "templatestyles",
)
"""Elements whose content is no wikitext, or is left out whatever it is."""
_DROPPED = frozenset({"references", "table", "tr", "td", "th", "caption", "section", "style", "script", "indicator"})
_BLOCKS = frozenset({"div", "p", "blockquote", "center", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_ITEMS = frozenset({"li", "dt", "dd"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.I)
_LOOSE = re.compile(
    r"</?(?:div|span|ref|references|small|big|center|font|br|sup|sub|table|tr|td|th|p|b|i|u|s|em|strong|li|ul|ol"
    r"|nowiki|noinclude|onlyinclude|includeonly|gallery|blockquote|poem)\b[^<>\n]{0,300}>",
    re.I,
)
_MAGIC = re.compile(r"__([^\W_](?:\w{0,60}[^\W_])?)__")
_VARIANT = re.compile(r"-\{(?!\{)([^{}]*)\}-")
_RULE = re.compile(r"\s*(?:[^;=]*=>)?\s*([a-z]{2,3}(?:-[a-z]+)*)\s*:(.*)", re.DOTALL)
_FLAGS = re.compile(r"\s*(?:[AHTDRNS+-]|[a-z]{2,3}(?:-[a-z]+)*)(?:\s*;\s*(?:[AHTDRNS+-]|[a-z]{2,3}(?:-[a-z]+)*))*\s*$")
VARIANTS = frozenset({"ban", "crh", "gan", "iu", "kk", "ku", "mni", "sh", "shi", "sr", "tg", "tly", "uz", "zgh", "zh"})
"""Wikis whose pages are shown in several scripts."""

_HOLLOW = re.compile(rf"[ \t]*[(\[（][\s,;:،、，；]*{GONE}[\s,;:،、，；{GONE}]*[)\]）]")
_SPACED = re.compile(rf"[ \t]+{GONE}+[ \t]*(?=[,.;:!?)،。、，．：；！？）।])")
_SPACES = re.compile(r"[ \t\u00a0]+")
_WIDE = re.compile(r"[\u1000-\u109f\u0e00-\u0eff\u0f00-\u0fff\u1780-\u17ff\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")
_HARD = 8
"""Steps of nested variants."""


def text(wikitext: str) -> tuple[str, About]:
    """Text of wikitext whose wiki is not known."""
    return convert(WikiPage(wikitext)), About()


def page(body: bytes) -> tuple[str, About]:
    """Text and title of a page of a dump. Skip ``no_text`` where nothing is left."""
    try:
        found = msgspec.json.decode(body, type=WikiPage)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Skip("damaged", str(error)[:120]) from error
    return convert(found), About(title=found.title or None)


def convert(source: WikiPage) -> str:
    """The text of a page: paragraphs, items of lists and headings, a line each."""
    held: list[str] = []
    wikitext = _noted(_MARKS.sub("", source.text), held)
    if "-{" in wikitext and (not source.language or source.language in VARIANTS):
        wikitext = _one_variant(wikitext)
    wiki = _Wiki(
        source.title,
        frozenset(_FILES | set(map(_name, source.files))),
        frozenset(_CATEGORIES | set(map(_name, source.categories))),
    )
    wikitext = _PLAIN_LINK.sub(_plain_link, _LIST.sub(ITEM, _without_tables(_without_templates(wikitext, wiki))))
    parts: list[str] = []
    _walk(mwparserfromhell.parse(wikitext, skip_style_tags=True), wiki, parts)
    lines = _ASIDE.sub(lambda found: held[int(found[1])], "\n".join(_lines("".join(parts)))).split("\n")
    return "\n".join(line for line in lines if line and not line.isspace())


_LIST = re.compile(r"^[*#:]+", re.MULTILINE)
_PLAIN_LINK = re.compile(r"\[\[([^\[\]{}|:\n<>&]+)(?:\|([^\[\]{}\n<>]*))?\]\]")
_ASIDE = re.compile(rf"{HELD}(\d+){HELD}")


def _plain_link(found: re.Match[str]) -> str:
    return ((found[2] or "").strip() and found[2]) or found[1].strip().replace("_", " ")


class _Wiki(NamedTuple):
    title: str
    files: frozenset[str]
    categories: frozenset[str]


def _name(name: str) -> str:
    return name.replace("_", " ").strip().casefold()


def _noted(wikitext: str, held: list[str]) -> str:
    """Without comments, notes and the like, which may hold anything; what is no wikitext is set aside in ``held``.

    A tag without an end is none.
    """
    parts: list[str] = []
    open_ended: set[str] = set()
    at = 0
    for found in _NOTE.finditer(wikitext):
        if found.start() < at:
            continue
        parts.append(wikitext[at : found.start()])
        at = found.end()
        if (name := (found[1] or "").lower()) == "":
            end = wikitext.find("-->", at)
            at = end + 3 if end >= 0 else len(wikitext)
            continue
        said = ""
        if not found[0].endswith("/>"):
            close = None if name in open_ended else _CLOSE[name].search(wikitext, at)
            if close is None:
                open_ended.add(name)
                continue
            said = wikitext[at : close.start()]
            at = close.end()
        if name in _LITERAL:
            parts.append(f"{HELD}{len(held)}{HELD}")
            held.append(said.strip("\n") if name == "pre" else " ".join(said.split()))
            if "&" in said:
                held[-1] = unescape(held[-1])
        else:
            parts.append(GONE)
    parts.append(wikitext[at:])
    return "".join(parts)


_CLOSE = {name: re.compile(rf"</{name}\s*>", re.I) for name in _WHOLE}
_NOTE = re.compile(rf"<!--|<({'|'.join(_WHOLE)})(?:\s[^<>]*)?/?>", re.I)


def _without_templates(wikitext: str, wiki: "_Wiki") -> str:
    """With what stands for each template in its place, from the innermost out."""
    for _ in range(_DEEPEST):
        wikitext = _ARGUMENT.sub(lambda found: found[1] or "", wikitext)
        wikitext, changed = _INNERMOST.subn(lambda found: _shown(found[1], wiki), wikitext)
        if not changed:
            break
    return wikitext


def _without_tables(wikitext: str) -> str:
    """Without tables that end; one that does not is left as it is."""
    if "{|" not in wikitext:
        return wikitext
    kept: list[str] = []
    begun: list[int] = []  # how much was kept where each table that is open began
    for line in wikitext.split("\n"):
        bare = line.lstrip(" \t:")
        if bare.startswith("{|"):
            begun.append(len(kept))
        kept.append(line)
        if begun and bare.startswith("|}") and not bare.startswith("|}}"):
            del kept[begun.pop() :]
            kept.append(bare[2:])
    return "\n".join(kept)


_DEEPEST = 40
_ARGUMENT = re.compile(r"\{\{\{[^{}|]*(?:\|([^{}]*))?\}\}\}")
_INNERMOST = re.compile(r"\{\{([^{}]*(?:(?:\{(?!\{)|\}(?!\}))[^{}]*)*)\}\}")
_BAR = re.compile(r"\|(?![^\[\]]*\]\])")


def _shown(template: str, wiki: "_Wiki") -> str:
    """The wikitext that stands for a template in which there are no others."""
    name, *given = _BAR.split(template)
    name = name.strip()
    if not given:
        if name in _STANDS_FOR:
            return _STANDS_FOR[name]
        if name in _TITLE:
            return wiki.title
    function, colon, value = name.partition(":")
    if colon and (shape := _FUNCTIONS.get(function.strip().lower())):
        return shape(value.strip())
    name = _name(name)
    which = 1 if name.startswith("lang-") else _WRAPS.get(name)
    if which is None and name not in _UNITS:
        return GONE
    told: dict[str, str] = {}
    place = 0
    for one in given:
        key, equals, value = one.partition("=")
        if equals and not set(key) & set("<[{"):
            told[key.strip()] = value.strip()
        else:
            place += 1
            told[str(place)] = one
    if name in _UNITS:
        return f"{told.get('1', '').strip()} {told.get('2', '').strip()}"
    return told.get(str(which), GONE)


def _one_variant(wikitext: str) -> str:
    """The first of the variants of each passage that has some."""
    for _ in range(_HARD):
        wikitext, changed = _VARIANT.subn(_chosen, wikitext)
        if not changed:
            break
    return wikitext


def _chosen(found: re.Match[str]) -> str:
    flags, bar, said = found[1].partition("|")
    if not bar or not _FLAGS.match(flags):
        flags, said = "", found[1]
    told = {flag.strip() for flag in flags.split(";")}
    if told & {"H", "T", "N", "-"}:
        return ""
    if "R" in told:
        return said
    rules = [match for rule in said.split(";") if (match := _RULE.fullmatch(rule))]
    return rules[0][2].strip() if rules else said


def _walk(code: Any, wiki: _Wiki, parts: list[str]) -> None:
    for node in code.nodes:
        kind = type(node)
        if kind is nodes.Text:
            parts.append(node.value)
        elif kind is nodes.Wikilink:
            _link(node, wiki, parts)
        elif kind is nodes.Template:
            parts.append(GONE)  # its braces are at odds with those around it
        elif kind is nodes.Tag:
            _tag(node, wiki, parts)
        elif kind is nodes.ExternalLink:
            parts.append(CITED)
            if node.title is not None:
                _walk(node.title, wiki, parts)
            elif not node.brackets:
                parts.append(str(node.url))
            else:
                parts.append(GONE)
        elif kind is nodes.HTMLEntity:
            parts.append(_entity(node))
        elif kind is nodes.Heading:
            parts.append(f"\n{HEADING}{node.level}")
            _walk(node.title, wiki, parts)
            parts.append("\n")
        elif kind is nodes.Argument and node.default is not None:
            _walk(node.default, wiki, parts)


def _link(node: Any, wiki: _Wiki, parts: list[str]) -> None:
    title = str(node.title).strip()
    shown = node.text
    if title.startswith(":"):
        title = title[1:]
    elif ":" in title:
        prefix = _name(title.partition(":")[0])
        if prefix in wiki.files or prefix in wiki.categories or _FILE.search(title):
            parts.append(GONE)
            return
        if shown is None and prefix == title.partition(":")[0] and prefix in _codes():
            return
    if shown is None or not str(shown).strip():
        parts.append(title.replace("_", " "))
    else:
        _walk(shown, wiki, parts)


@cache
def _codes() -> frozenset[str]:
    """Prefixes that lead to the same page in another language."""
    found = {code for language in languages() for code in (language.iso639_1, language.code) if code}
    return frozenset(found | systems()["wikipedia"].keys())


def _tag(node: Any, wiki: _Wiki, parts: list[str]) -> None:
    name = str(node.tag).strip().lower()
    if name in _ITEMS:
        if node.contents:
            parts.append(f"{BREAK}{ITEM}")
            _walk(node.contents, wiki, parts)
            parts.append(BREAK)
        else:
            parts.append(BREAK + ITEM if name == "dd" and parts and parts[-1][-1:] not in ("", "\n", ITEM) else ITEM)
    elif name == "br":
        parts.append(BREAK)
    elif name in _DROPPED or any(
        attribute.name == "style" and _HIDDEN.search(str(attribute.value)) for attribute in node.attributes
    ):
        parts.append(GONE)
    elif node.contents is not None:
        inner: list[str] = []
        _walk(node.contents, wiki, inner)
        if name == "poem":
            parts += [BREAK, "".join(inner).strip().replace("\n", BREAK), BREAK]
        elif name in _BLOCKS:
            parts += ["\n\n", *inner, "\n\n"]
        else:
            parts += inner


def _entity(node: Any) -> str:
    try:
        found = str(node.normalize())
    except (ValueError, OverflowError):
        return str(node)
    return " " if found == "\u00a0" else "" if _MARKS.match(found) else _literal(found)


def _literal(said: str) -> str:
    """What is no markup, though it looks like it."""
    return said.replace("'", QUOTE).replace("<", LESS)


def _lines(marked: str) -> Iterator[str]:
    """Lines of text from text with marks."""
    marked = _HOLLOW.sub("", _LOOSE.sub("", marked))
    marked = _SPACED.sub("", marked)
    sections: list[tuple[int, str, list[str]]] = [(0, "", [])]
    for line in _joined(_MAGIC.sub(_magic, marked)):
        if line.startswith(HEADING):
            sections.append((int(line[1]), line[2:], []))
        else:
            sections[-1][2].append(line)
    bodies = [[] if _cited(lines) else [said for line in lines if (said := _plain(line))] for _, _, lines in sections]
    for at, (level, heading, _) in enumerate(sections):
        below = next((n for n in range(at + 1, len(sections)) if sections[n][0] <= level), len(sections))
        if at and any(bodies[at:below]) and (said := _plain(heading)):
            yield said
        yield from bodies[at]


def _magic(found: re.Match[str]) -> str:
    return GONE if found[1] == found[1].upper() else found[0]


def _joined(marked: str) -> Iterator[str]:
    """Lines as they are shown: those of a paragraph joined."""
    held = ""
    for line in marked.split("\n"):
        bare = line.strip(f" \t{GONE}{CITED}")
        apart = not bare or bare[0] in (ITEM, HEADING) or line.startswith((" ", "{|", "|", "!"))
        if held and (apart or not bare):
            yield from held.split(BREAK)
            held = ""
        if not bare:
            continue
        if apart:
            if not bare.startswith(("{|", "|}", "|-", "|", "}}")):
                yield from bare.split(BREAK)
        elif held:
            held += ("" if _WIDE.match(held[-1]) and _WIDE.match(bare) else " ") + line.strip()
        else:
            held = line.strip()
    if held:
        yield from held.split(BREAK)


def _cited(lines: list[str]) -> bool:
    """Whether a section is nothing but a list of works and links."""
    items = [line for line in lines if line.strip(f" {GONE}")]
    return bool(items) and all(_WORK.match(line) or (line.startswith(ITEM) and not _plain(line)) for line in items)


_WORK = re.compile(rf"{ITEM}+[\s'\"«“„]*[{CITED}{GONE}]")
"""An item that begins with a link to elsewhere, or with what a template makes."""


def _plain(line: str) -> str:
    line = "\n".join(map(unquoted, line.split("\n")))
    line = line.replace(ITEM, "").replace(CITED, "").replace(GONE, "").replace(QUOTE, "'").replace(LESS, "<")
    return _SPACES.sub(" ", line).strip()


_RUN = re.compile(r"'{2,}")


def unquoted(line: str) -> str:
    """A line without the apostrophes of bold and italics, those of its words kept, as MediaWiki tells them apart."""
    if "''" not in line:
        return line
    runs = [(found.start(), len(found[0])) for found in _RUN.finditer(line)]
    # Four are an apostrophe and bold; of more than five the first ones are apostrophes.
    marks = [3 if length == 4 else min(length, 5) for _, length in runs]
    bold = sum(mark in (3, 5) for mark in marks)
    italic = sum(mark in (2, 5) for mark in marks)
    if bold % 2 and italic % 2 and (which := _apostrophe(line, runs, marks)) is not None:
        marks[which] = 2
    parts: list[str] = []
    at = 0
    for (start, length), mark in zip(runs, marks, strict=True):
        parts += [line[at:start], "'" * (length - mark)]
        at = start + length
    return "".join([*parts, line[at:]])


def _apostrophe(line: str, runs: list[tuple[int, int]], marks: list[int]) -> int | None:
    """Which three are an apostrophe and italics: after a word of one letter, else after a longer one, else a space."""
    best: tuple[int, int] | None = None
    for number, ((start, length), mark) in enumerate(zip(runs, marks, strict=True)):
        if mark == 3:
            before = line[max(0, start + length - 5) : start + length - 3]
            rank = 2 if before[-1:] == " " else 0 if before[:1] == " " and len(before) == 2 else 1
            if best is None or rank < best[0]:
                best = rank, number
    return best[1] if best else None
