"""The files that speak for a site, each fetched once a day, before all else: robots.txt, tdmrep.json, ai.txt."""

from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.consent.agents import TRAINING
from pipeline.consent.refusals import AiTxt, Refusal, Said, Tdmrep
from pipeline.consent.robots import LIFETIME, Robots, Verdict, meaning
from pipeline.consent.site import AI_TXT, ROBOTS, TDMREP, is_json, is_plain, text_of
from pipeline.crawl.frontier import Frontier, Policy

AGAIN_SECONDS = 600.0
"""After this long, a file that could not be fetched is tried once more."""

REMEMBERED = 1_000
"""Sites whose files are kept parsed."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the files of one origin say; None where it has no such file, or none that could be read."""

    robots: Robots | None
    closed: str
    """Why nothing may be fetched; empty where the rules say."""
    tdmrep: Tdmrep | None
    ai_txt: AiTxt | None
    policy: Policy


class Policies:
    """The files of all sites of a partition; what was fetched is kept in the frontier, so a restart fetches no more."""

    def __init__(self, frontier: Frontier, agent: str, training: bool) -> None:
        self._frontier = frontier
        self._agent = agent
        self._also = TRAINING if training else ()
        self.agents = (agent, *self._also)
        self._sites: OrderedDict[str, Site] = OrderedDict()

    def wanting(self, origin: str, now: float) -> str:
        """The file of a site that is to be fetched next; empty where all are here and fresh."""
        known = self._sites.get(origin)
        if known is not None and now - known.policy.fetched < LIFETIME:
            self._sites.move_to_end(origin)
            return ""
        told = self._frontier.policy(origin, ROBOTS)
        if told is None or _stale(told, now):
            return ROBOTS
        site = self._read(origin, told)
        if site.closed:
            return ""
        for file in (TDMREP, AI_TXT):
            # What robots.txt forbids is not fetched, nor is this.
            if site.robots is not None and not site.robots.verdict(f"{origin}{file}").allowed:
                continue
            other = self._frontier.policy(origin, file)
            if other is None or _stale(other, now):
                return file
        # Only what is whole is remembered.
        self._sites[origin] = self._read(origin, told)
        while len(self._sites) > REMEMBERED:
            self._sites.popitem(last=False)
        return ""

    def keep(self, origin: str, file: str, policy: Policy) -> None:
        """A file was fetched, or was not to be had."""
        self._frontier.keep_policy(origin, file, policy)
        self._sites.pop(origin, None)

    def site(self, origin: str) -> Site:
        """What the files of a site say."""
        known = self._sites.get(origin)
        if known is not None:
            return known
        told = self._frontier.policy(origin, ROBOTS)
        return self._read(origin, told) if told else Site(None, "no robots.txt yet", None, None, _NONE)

    def delay(self, origin: str) -> float:
        """Seconds between two requests that robots.txt asks for, as far as it is known; 0 where it asks for none."""
        site = self.site(origin)
        return site.robots.delay if site.robots is not None else 0.0

    def verdict(self, url: str) -> tuple[Verdict, Policy]:
        """Whether robots.txt allows a URL, and the file that says so."""
        site = self.site(origin_of(url))
        if site.closed:
            return Verdict(False, self._agent, site.closed), site.policy
        if site.robots is None:
            return Verdict(True, self._agent, f"no rules: status {site.policy.status}"), site.policy
        verdict = site.robots.verdict(url)
        return (verdict if verdict.rule else verdict._replace(rule="no rule matches")), site.policy

    def said(self, url: str) -> Said:
        """What the files of a site say of a URL being kept."""
        site = self.site(origin_of(url))
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        said = Said()
        if site.robots is not None and self._also and (line := site.robots.refused_use(parts.path)):
            said += Said((Refusal("robots.txt", line),))
        if site.tdmrep is not None:
            said += site.tdmrep.said(path)
        if site.ai_txt is not None:
            said += site.ai_txt.said(path)
        return said

    def _read(self, origin: str, told: Policy) -> Site:
        means = meaning(told.status)
        if means in ("closed", "later"):
            return Site(
                None, f"robots.txt: {f'status {told.status}' if told.status else 'no answer'}", None, None, told
            )
        rules = Robots(text_of(told.body), self._agent, self._also) if means == "rules" else None
        tdmrep, ai_txt = self._frontier.policy(origin, TDMREP), self._frontier.policy(origin, AI_TXT)
        for one, name in ((tdmrep, "tdmrep.json"), (ai_txt, "ai.txt")):
            if one is not None and meaning(one.status) == "later":
                return Site(rules, f"{name}: {f'status {one.status}' if one.status else 'no answer'}", None, None, told)
        return Site(
            rules,
            "",
            Tdmrep(_there(tdmrep)) if is_json(_there(tdmrep)) else None,
            AiTxt(text_of(_there(ai_txt)), self.agents) if is_plain(_there(ai_txt)) else None,
            told,
        )


_NONE = Policy(0, b"", "", 0.0, "")


def origin_of(url: str) -> str:
    """The origin of a canonical URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _stale(policy: Policy, now: float) -> bool:
    age = now - policy.fetched
    return age > LIFETIME or (age > AGAIN_SECONDS and meaning(policy.status) == "later")


def _there(policy: Policy | None) -> bytes:
    """The body of a file that was answered with."""
    return policy.body if policy is not None and 200 <= policy.status < 300 else b""
