"""What the files of a site say of one of its pages: robots.txt, tdmrep.json and ai.txt, whoever fetched them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from pipeline.consent.refusals import AiTxt, Refusal, Tdmrep
from pipeline.consent.robots import LARGEST, Robots

ROBOTS, TDMREP, AI_TXT = "/robots.txt", "/.well-known/tdmrep.json", "/ai.txt"
FILES: Mapping[str, str] = MappingProxyType({ROBOTS: "robots.txt", TDMREP: "tdmrep.json", AI_TXT: "ai.txt"})
"""Where the files lie that speak for a site, and what refusals call them."""

_PORTS = {"http": ":80", "https": ":443"}


def file_of(url: str) -> str:
    """Which of FILES a URL is of; empty for a page."""
    if not url.endswith((".txt", ".json")):
        return ""
    parts = _split(url)
    return FILES.get(parts.path, "") if parts and not parts.query else ""


def site_of(url: str) -> str:
    """The site that a URL belongs to: host and, where it is none of the usual, port; empty where it names none.

    What a site says under one scheme it says under the other.
    """
    parts = _split(url)
    if parts is None:
        return ""
    name = parts.netloc.rpartition("@")[2].lower()
    return name.removesuffix(_PORTS.get(parts.scheme, "\0")).rstrip(".")


def namesake(site: str) -> str:
    """The same site with ``www.`` before it, or without."""
    return site.removeprefix("www.") if site.startswith("www.") else f"www.{site}"


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


def text_of(body: bytes) -> str:
    """A file of lines, as far as it is read."""
    return body[:LARGEST].decode("utf-8-sig", "replace")


def is_json(body: bytes) -> bool:
    """Many sites answer any question with a page: that is no such file."""
    return body.lstrip()[:1] in (b"[", b"{")


def is_plain(body: bytes) -> bool:
    """As ``is_json``, of a file of lines."""
    return bool(body.strip()) and body.lstrip()[:1] != b"<"


class Site:
    """The files of a site, by the names of FILES; one that is not there, or is no such file, says nothing.

    robots.txt is asked for ``agents`` where it names them, and for the ``crawler``; an empty name is nobody.
    """

    def __init__(self, files: Mapping[str, bytes], crawler: str, agents: Sequence[str]) -> None:
        self._agents = agents
        robots, tdmrep, ai_txt = (files.get(name, b"") for name in FILES.values())
        self._robots = Robots(text_of(robots), crawler, agents) if is_plain(robots) else None
        self._tdmrep = Tdmrep(tdmrep) if is_json(tdmrep) else None
        self._ai_txt = AiTxt(text_of(ai_txt), agents) if is_plain(ai_txt) else None

    def refusing(self, url: str) -> str:
        """The file that says no to a page being learnt from; empty where none does."""
        robots = self._robots
        parts = _split(url)
        if robots is not None and (robots.refusing(url) or (parts and robots.refused_use(parts.path))):
            return FILES[ROBOTS]
        return next((refusal.where for refusal in self._others(parts)), "")

    def refusals(self, url: str) -> list[Refusal]:
        """Every no, with the line that says so."""
        found = []
        parts = _split(url)
        if self._robots is not None:
            verdict = self._robots.verdict(url)
            if not verdict.allowed:
                found.append(Refusal(FILES[ROBOTS], f"{verdict.rule}, for {verdict.agent}"))
            if parts and (line := self._robots.refused_use(parts.path)):
                found.append(Refusal(FILES[ROBOTS], line))
        return found + self._others(parts)

    def _others(self, parts: SplitResult | None) -> list[Refusal]:
        if parts is None:
            return []
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        told = [one.said(path).refusals for one in (self._tdmrep, self._ai_txt) if one is not None]
        return [refusal for several in told for refusal in several]
