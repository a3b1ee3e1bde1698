"""What a page or its site says of being kept and learnt from, beside robots.txt: directives, headers and files.

    X-Robots-Tag, <meta name=robots>     noindex, none, nofollow, noarchive, noai, noimageai, unavailable_after
    TDM-Reservation, <meta name=tdm-reservation>, /.well-known/tdmrep.json     text and data mining is reserved
    /ai.txt     what Spawning's files disallow, by path or by kind of file

Each is text in, refusals out. A refusal names where it was said and in which words: that is the evidence which is kept,
in place of the page.
"""

import fnmatch
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from pipeline.consent.robots import groups

EFFECTS: dict[str, tuple[str, ...]] = {
    "noindex": ("keep",),
    "none": ("keep", "follow"),
    "nofollow": ("follow",),
    "noarchive": ("keep",),
    "noai": ("keep",),
    "noml": ("keep",),
    "notrain": ("keep",),
    "noimageai": (),
}
"""What a directive forbids: to keep the page's text, or to follow its links. Of images we keep none."""

_SCOPED = re.compile(r"^\s*([A-Za-z][\w.-]*)\s*:\s*(.*)$")
_VALUED = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


class Refusal(NamedTuple):
    """``where`` it was said (``header``, ``meta``, ``tdmrep.json``, ``ai.txt``, ``robots.txt``), and ``what``."""

    where: str
    what: str


class Said(NamedTuple):
    """What a page asks for: refusals to be kept, whether its links may be followed, and where TDM terms stand."""

    refusals: tuple[Refusal, ...] = ()
    follow: bool = True
    policy: str = ""

    def __add__(self, other: object) -> "Said":
        if not isinstance(other, Said):
            return NotImplemented
        return Said(self.refusals + other.refusals, self.follow and other.follow, self.policy or other.policy)


def of_headers(headers: Iterable[tuple[str, str]], agents: Iterable[str], now: float) -> Said:
    """What the headers of an answer say to crawlers named ``agents`` (lower case); ``now`` in seconds since 1970."""
    said = Said()
    names = {*agents, "robots"}
    for name, value in headers:
        if name.lower() == "x-robots-tag":
            scoped = _SCOPED.match(value)
            if scoped and scoped[1].lower() not in _VALUED:
                if scoped[1].lower() not in names:
                    continue
                value = scoped[2]
            said += directives("header", value, now)
        elif name.lower() == "tdm-reservation":
            said += _reserved("header", value)
        elif name.lower() == "tdm-policy":
            said += Said(policy=value.strip()[:500])
    return said


def of_metas(metas: Iterable[tuple[str, str]], agents: Iterable[str], now: float) -> Said:
    """What the ``<meta>`` elements of a page say, told as (name, content)."""
    said = Said()
    names = {*agents, "robots"}
    for name, content in metas:
        told = name.strip().lower()
        if told in names:
            said += directives("meta", content, now)
        elif told == "tdm-reservation":
            said += _reserved("meta", content)
        elif told == "tdm-policy":
            said += Said(policy=content.strip()[:500])
    return said


def directives(where: str, value: str, now: float) -> Said:
    """What a list of directives forbids. A date in ``unavailable_after`` that cannot be read has passed."""
    refusals = []
    follow = True
    # A date may hold a comma, so this directive takes all that is left.
    value, mark, after = _parted(value)
    if mark and _passed(after, now):
        refusals.append(Refusal(where, f"unavailable_after: {after.strip()[:60]}"))
    for word in re.split(r"[,;\s]+", value.lower()):
        effects = EFFECTS.get(word, ())
        if "keep" in effects:
            refusals.append(Refusal(where, word))
        follow = follow and "follow" not in effects
    return Said(tuple(refusals), follow)


def _parted(value: str) -> tuple[str, str, str]:
    found = re.search(r"unavailable_after\s*:", value, re.IGNORECASE)
    return (value[: found.start()], found[0], value[found.end() :]) if found else (value, "", "")


def _passed(date: str, now: float) -> bool:
    told = date.strip()
    try:
        if re.match(r"\d{4}-\d\d-\d\d", told):
            read = datetime.fromisoformat(told.split(",")[0].strip())
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() <= now
        return parsedate_to_datetime(told).timestamp() <= now
    except (TypeError, ValueError, IndexError, OverflowError):
        return True


def _reserved(where: str, value: str) -> Said:
    return Said((Refusal(where, f"tdm-reservation: {value.strip()[:20]}"),)) if value.strip() == "1" else Said()


class Tdmrep:
    """The rules of a /.well-known/tdmrep.json: of those whose pattern matches a path, the first counts.

    A file that is no JSON, or not in the form of the specification, reserves everything: somebody tried to say so.
    """

    def __init__(self, body: bytes) -> None:
        self.rules: list[tuple[str, bool, str]] = []
        try:
            told: Any = json.loads(body)
            for rule in told if isinstance(told, list) else [told]:
                reserved = str(rule["tdm-reservation"]).strip() == "1"
                self.rules.append((str(rule["location"]), reserved, str(rule.get("tdm-policy") or "")))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.rules = [("/", True, "")]

    def said(self, path: str) -> Said:
        """What the file says of a path (with its query)."""
        for location, reserved, policy in self.rules:
            if _matches(location, path):
                if not reserved:
                    return Said(policy=policy)
                return Said((Refusal("tdmrep.json", f"location {location[:200]}"),), policy=policy)
        return Said()


def _matches(location: str, path: str) -> bool:
    """As robots.txt does it: a prefix, in which * stands for anything and $ for the end. Nothing is read twice."""
    first, *rest = location.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    last = rest.pop() if rest and location.endswith("$") else None
    at = len(first)
    for part in rest:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if last is not None:
        return len(path) - len(last) >= at and path.endswith(last)
    return not location.endswith("$") or at == len(path)


class AiTxt:
    """The rules of an /ai.txt: groups of user agents as in robots.txt, with paths or patterns such as ``*.txt``.

    A page without an ending counts as ``.html``. Allow goes before Disallow where both match equally closely.
    """

    def __init__(self, text: str, agents: Iterable[str]) -> None:
        names = {*agents, "*"}
        self.rules = [
            (line.field == "allow", line.value, line.number)
            for told, lines in groups(text)
            if names & set(told)
            for line in lines
            if line.field in ("allow", "disallow") and line.value
        ]

    def said(self, path: str) -> Said:
        """What the file says of a path."""
        bare = path.partition("?")[0]
        last = bare.rpartition("/")[2]
        named = bare if "." in last else f"{bare}{'index' if not last else ''}.html"
        # A kind of file speaks more closely than the whole site; of paths the longest does.
        found = [
            (len(value) if value.startswith("/") else 1 << 16, allows, value, number)
            for allows, value, number in self.rules
            if (_matches(value, path) if value.startswith("/") else fnmatch.fnmatchcase(named.lower(), value.lower()))
        ]
        if not found:
            return Said()
        _, allows, value, number = max(found)
        return Said() if allows else Said((Refusal("ai.txt", f"disallow: {value[:200]} (line {number})"),))
