"""robots.txt as RFC 9309 has it: what an answer means, what the file allows, and which line of it says so.

Protego decides; the line is found for the record. Where the RFC leaves a choice, and where it is open and the site may
have meant otherwise, the answer is no:

    2xx             the rules of the file, of its first 512 KiB
    404, 410        no rules: everything is allowed
    401, 403        nothing is allowed: a site that shuts out the question wants no robots (the RFC would allow all)
    other 4xx       no rules, as the RFC says; but 408 and 429 are an answer that is still to come
    5xx, no answer  nothing is allowed, and it is asked again later
    redirects       up to five are followed, to other hosts too; more, or one to nowhere: nothing is allowed

Besides the crawler's own name, names that stand for the training of models are obeyed where the file has groups of
them.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from protego import Protego

from pipeline.consent.agents import TRAINING

LARGEST = 512 << 10
"""Bytes of the file that are read; the RFC asks for at least 500 KiB."""

LIFETIME = 86_400.0
"""Seconds until it is fetched again, as the RFC has it."""

REDIRECTS = 5

Meaning = Literal["rules", "open", "closed", "later"]
"""What an answer to /robots.txt means; ``later``: closed until it is asked again."""

_FIELD = re.compile(r"^\s*([A-Za-z][A-Za-z -]*?)\s*:\s*(.*?)\s*$")
_TOKEN = re.compile(r"[a-z_-]+")


def meaning(status: int) -> Meaning:
    """What an answer of this status means; 0 is no answer. Redirects are followed before this is asked."""
    if 200 <= status < 300:
        return "rules"
    if status in (408, 425, 429) or status >= 500 or status == 0:
        return "later"
    if status in (401, 403) or status < 400:
        return "closed"
    return "open"


class Verdict(NamedTuple):
    """Whether a URL may be fetched, by whose group, and by which line; the line is empty where none speaks of it."""

    allowed: bool
    agent: str
    rule: str


class Line(NamedTuple):
    """A line of a group: its number from 1 on, the field in lower case, and the value."""

    number: int
    field: str
    value: str


class Robots:
    """The rules of one file for a crawler named ``agent``: the token of its product, such as ``corpus-crawler``, or *
    for whom no name is meant for; nobody where it is empty.
    """

    def __init__(self, text: str, agent: str, also: Sequence[str] = TRAINING) -> None:
        self._rules = Protego.parse(text)
        self._groups = list(groups(text))
        self._agent = agent
        named = {name for names, _ in self._groups for name in names}
        self._asked = [*(name for name in also if name in named), *([agent] if agent else [])]
        self._matchers: dict[str, Protego] = {}

    def refusing(self, url: str) -> str:
        """The first name whose group says no to ``url``; empty where it may be fetched. No line is looked for."""
        return next((agent for agent in self._asked if not self._rules.can_fetch(url, agent)), "")

    def verdict(self, url: str) -> Verdict:
        """Whether ``url`` may be fetched: the answer of the first name that says no, else of the crawler's own."""
        if agent := self.refusing(url):
            return Verdict(False, agent, self._deciding(url, agent, False))
        return Verdict(True, self._agent, self._deciding(url, self._agent, True))

    @cached_property
    def delay(self) -> float:
        """Seconds between two requests that are asked for; 0 where none are."""
        asked = [0.0]
        for agent in self._asked:
            asked.append(self._rules.crawl_delay(agent) or 0.0)
            if rate := self._rules.request_rate(agent):
                asked.append(rate.seconds / rate.requests)
        return max(asked)

    @cached_property
    def sitemaps(self) -> tuple[str, ...]:
        """Sitemaps that are named, as they are written."""
        return tuple(dict.fromkeys(self._rules.sitemaps))

    def refused_use(self, path: str) -> str:
        """The line by which training on ``path`` is refused (Content-Signal, Content-Usage); empty where none is."""
        for line in self._uses:
            if _refuses(line.value, path):
                return f"{line.field}: {line.value} (line {line.number})"
        return ""

    @cached_property
    def _uses(self) -> list[Line]:
        """Lines that say what pages may be used for."""
        every = (line for agent in self._asked for line in self._lines(agent))
        return [line for line in every if line.field in ("content-signal", "content-usage")]

    def _lines(self, agent: str) -> list[Line]:
        """The lines of the groups that speak to ``agent``: those of its best name, else those for all."""
        speaking = {name for names, _ in self._groups for name in names if name != "*" and agent.startswith(name)}
        chosen = max(speaking, key=len, default="*")
        return [line for names, lines in self._groups if chosen in names for line in lines]

    def _deciding(self, url: str, agent: str, allowed: bool) -> str:
        """The longest rule that matches and says what was decided, with its line; found by asking one at a time."""
        best: Line | None = None
        for line in self._lines(agent):
            if line.field != ("allow" if allowed else "disallow") or not line.value:
                continue
            if (best is None or len(line.value) > len(best.value)) and self._matches(line.value, url):
                best = line
        return f"{best.field}: {best.value} (line {best.number})" if best else ""

    def _matches(self, pattern: str, url: str) -> bool:
        matcher = self._matchers.get(pattern)
        if matcher is None:
            matcher = self._matchers[pattern] = Protego.parse(f"User-agent: *\nDisallow: {pattern}")
        return not matcher.can_fetch(url, "*")


def groups(text: str) -> Iterator[tuple[tuple[str, ...], list[Line]]]:
    """The groups of a file: the names they speak to, in lower case, and their lines."""
    names: list[str] = []
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        found = _FIELD.match(raw.partition("#")[0])
        if not found:
            continue
        field = found[1].lower()
        if field in ("sitemap", "host"):
            continue
        if field in ("user-agent", "useragent", "user agent"):
            if lines:
                yield tuple(names), lines
                names, lines = [], []
            names.append(found[2].lower())
        elif names:
            lines.append(Line(number, field, found[2]))
    if names:
        yield tuple(names), lines


def _refuses(value: str, path: str) -> bool:
    """Whether a preference says no to training on ``path``: ``ai-train=no``, ``/books/ train-ai=n``."""
    words = value.lower().replace(",", " ").split()
    if words and words[0].startswith("/") and not path.lower().startswith(words.pop(0)):
        return False
    told = dict(word.split("=", 1) for word in words if "=" in word)
    return any(told.get(name) in ("n", "no") for name in ("ai-train", "train-ai", "train-genai", "ai", "bots"))


def token(name: str) -> str:
    """The product token of a crawler's name, in lower case; empty where the RFC allows none such."""
    told = name.strip().lower()
    return told if _TOKEN.fullmatch(told) else ""
