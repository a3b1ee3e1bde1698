"""What a page says about itself, from places that the pass over it remembered: title, language, date, author and so on.

Nothing is guessed: what is not said in so many words is None.
"""

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.consent.page import METAS
from pipeline.extract import elements as el
from pipeline.extract.rows import EVENT_END, EVENT_KIND, EVENT_START, EVENT_STOP, EVENTS

_ATTRIBUTE = re.compile(rb"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_DATE = re.compile(r"\s*(\d{4})(?:-(\d\d)-(\d\d)|/(\d\d)/(\d\d)|(\d\d)(\d\d))(?!\d)")
_LONGEST = 1 << 20  # bytes of a script that are read
_DEEPEST = 20
_MOST = 10_000  # values of JSON that are looked at
_LONGEST_VALUE = 2000  # characters: what is longer is no title, name or address
_MOST_ALTERNATES = 200
_MOST_CONSENT = 20

# Names of meta elements, the better first.
_TITLES = ("og:title", "twitter:title", "dc.title", "citation_title", "headline")
_DATES = (  # noqa: SIM905
    "article:published_time og:article:published_time datepublished og:published_time dc.date.issued dcterms.created"
    " dc.date.created citation_publication_date parsely-pub-date sailthru.date publishdate pubdate publish_date"
    " article.published dcterms.date dc.date date"
).split()
_AUTHORS = ("author", "article:author", "dc.creator", "citation_author", "parsely-author", "sailthru.author", "byl")
_SITES = ("og:site_name", "application-name", "dc.publisher", "al:android:app_name")
_LICENCES = ("license", "dc.rights", "dcterms.license")
_ARTICLES = ("Article", "NewsArticle", "BlogPosting", "Report", "ScholarlyArticle", "WebPage")


_NAMED = frozenset(name.encode() for name in (*_TITLES, *_DATES, *_AUTHORS, *_SITES, *_LICENCES, "og:url", *METAS))
_SAYS = re.compile(rb"""(?:name|property|itemprop)\s*=\s*["']?\s*([^"'\s>&]+&?)""")


def _worth(kind: int, tag: bytes) -> bool:
    """Whether a tag may say something: most of a page's are style sheets, icons and the like."""
    if kind == el.META_KIND:
        return any(name in _NAMED or name.endswith(b"&") for name in _SAYS.findall(tag.lower()))
    if kind == el.LINK_KIND:
        tag = tag.lower()
        return b"canonical" in tag or b"hreflang" in tag or b"license" in tag or b"&" in tag
    if kind == el.TIME:
        tag = tag.lower()
        return b"pubdate" in tag or b"datepublished" in tag
    return kind != el.SCRIPT_KIND or b"json" in tag.lower() or b"&" in tag


class About(NamedTuple):
    """``date``: publication, as YYYY-MM-DD. ``alternates``: addresses by language. ``body``: the text in JSON-LD."""

    title: str | None = None
    lang: str | None = None
    canonical: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    robots: str | None = None
    date: str | None = None
    author: str | None = None
    site: str | None = None
    licence: str | None = None
    body: str | None = None
    consent: tuple[tuple[str, str], ...] = ()
    """``<meta>`` elements, name and content, that say who may keep the page and learn from it"""


def about(page: bytes, state: npt.NDArray[np.int64], events: npt.NDArray[np.int64]) -> About:
    """What a page in UTF-8 says of itself; ``state`` and ``events`` are what ``markup.scan`` left of it."""
    metas: dict[str, str] = {}
    links: dict[str, str] = {}
    alternates: list[tuple[str, str]] = []
    consent: list[tuple[str, str]] = []
    linked: list[dict[str, Any]] = []
    marked: set[str] = set()
    title = lang = time = None
    for event in events[: state[EVENTS]].tolist():
        kind = event[EVENT_KIND]
        tag = page[event[EVENT_START] : event[EVENT_END]]
        if not _worth(kind, tag):
            continue
        if kind == el.TITLE_KIND:
            title = title or clean(_text(page[event[EVENT_END] : event[EVENT_STOP]]))
            continue
        told = _attributes(tag)
        if kind == el.META_KIND:
            name = told.get("property") or told.get("name") or told.get("itemprop") or ""
            name = name.strip().lower()
            metas.setdefault(name, told.get("content", ""))
            if name in METAS and len(consent) < _MOST_CONSENT:
                consent.append((name, told.get("content", "")))
        elif kind == el.LINK_KIND:
            for relation in told.get("rel", "").lower().split():
                if relation == "alternate" and len(alternates) < _MOST_ALTERNATES:
                    language, place = clean(told.get("hreflang")), clean(told.get("href"))
                    alternates += [(language, place)] if language and place else []
                links.setdefault(relation, told.get("href", ""))
        elif kind == el.LINK:
            marked.add(clean(told.get("href")) or "")
        elif kind == el.HTML_KIND:
            lang = lang or clean(told.get("lang") or told.get("xml:lang"))
        elif kind == el.TIME:
            if told.get("itemprop", "").lower() == "datepublished" or "pubdate" in told:
                time = time or day(told.get("datetime"))
        elif "ld+json" in told.get("type", "").lower():
            linked += _objects(page[event[EVENT_END] : min(event[EVENT_STOP], event[EVENT_END] + _LONGEST)])
    linked.sort(key=lambda found: _type(found) not in _ARTICLES)
    return About(
        title=_first(metas, _TITLES) or title,
        lang=lang,
        canonical=clean(links.get("canonical")) or clean(metas.get("og:url")),
        alternates=tuple(alternates),
        robots=clean(metas.get("robots")),
        date=next(filter(None, (day(metas.get(name)) for name in _DATES)), None)
        or next(filter(None, (day(one.get("datePublished")) for one in linked)), None)
        or time,
        author=_named(linked, "author") or _person(_first(metas, _AUTHORS)),
        site=_first(metas, _SITES) or _named(linked, "publisher"),
        # Pictures and quotations bear licences of their own: links that differ say nothing of the page.
        licence=clean(links.get("license"))
        or (next(iter(marked)) if len(marked) == 1 else None)
        or _first(metas, _LICENCES)
        or _string(linked, "license"),
        consent=tuple(consent),
        body=next(filter(None, (_body(one.get("articleBody")) for one in linked)), None),
    )


def _text(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"))


def _attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a start tag, the first of a name."""
    found: dict[str, str] = {}
    begin = re.match(rb"<[^\s/>]+", tag)
    for match in _ATTRIBUTE.finditer(tag, begin.end() if begin else 0):
        found.setdefault(match[1].decode("utf-8", "replace").lower(), _text(match[2] or match[3] or match[4] or b""))
    return found


def clean(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    text = " ".join(text[: 4 * _LONGEST_VALUE].split())
    return text if 0 < len(text) <= _LONGEST_VALUE else None


def _body(text: Any) -> str | None:
    """An article as JSON-LD has it; some write its markup, or that as references once more."""
    return unescape(text).strip() or None if isinstance(text, str) else None


def _first(metas: dict[str, str], names: Iterable[str]) -> str | None:
    return next(filter(None, (clean(metas.get(name)) for name in names)), None)


def _person(name: str | None) -> str | None:
    """A name; not the address of a profile."""
    return None if name is None or "://" in name else name


def day(text: Any) -> str | None:
    """The day that a date begins with, where it is one."""
    if not isinstance(text, str) or not (match := _DATE.match(text)):
        return None
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return datetime.date(year, month, day).isoformat() if 1990 <= year < 2100 else None
    except ValueError:
        return None


def _objects(script: bytes) -> Iterator[dict[str, Any]]:
    """All objects of a script of JSON-LD, outer ones first."""
    try:
        waiting: list[tuple[Any, int]] = [(json.loads(script.decode("utf-8", "replace"), strict=False), 0)]
    except (ValueError, RecursionError):
        return
    for count, (value, depth) in enumerate(waiting):
        if count >= _MOST:
            return
        if isinstance(value, dict):
            yield value
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if depth < _DEEPEST:
            waiting.extend((one, depth + 1) for one in inside if isinstance(one, (dict, list)))


def _type(found: dict[str, Any]) -> str:
    said = found.get("@type")
    return str(said[0] if isinstance(said, list) and said else said)


def _string(linked: list[dict[str, Any]], name: str) -> str | None:
    return next(filter(None, (clean(one.get(name)) for one in linked)), None)


def _named(linked: list[dict[str, Any]], name: str) -> str | None:
    """The name of a person or organisation, or their names."""
    for one in linked:
        said = one.get(name)
        several = said if isinstance(said, list) else [said]
        names = [clean(who.get("name") if isinstance(who, dict) else who) for who in several]
        if found := "; ".join(filter(None, map(_person, names))):
            return found
    return None
