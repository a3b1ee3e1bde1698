"""What one partition knows and decides: which page of a host is next, and what becomes of what came."""

import time
from collections.abc import Iterable
from pathlib import Path

import xxhash

from manifests.errors import Skip
from pipeline.consent import refusals, robots
from pipeline.crawl import canonical, delay, focus, scope, traps
from pipeline.crawl.addresses import refused_url
from pipeline.crawl.archive import Archive, Exchange, date
from pipeline.crawl.budget import Budget
from pipeline.crawl.document import Document, document
from pipeline.crawl.exchange import Exchanges, packed
from pipeline.crawl.frontier import FAILED, FETCHED, PUT_OFF, REFUSED, WAITING, Found, Frontier, Host, Page
from pipeline.crawl.page import Link
from pipeline.crawl.policies import Policies, origin_of
from pipeline.crawl.settings import VERSION, Crawl
from pipeline.crawl.tongue import Tongue, Tongues

MOST_REDIRECTS = 5

MOVED = frozenset({301, 302, 303, 307, 308})

AT_ONCE = 2_000
"""Pages that are looked at before others get their turn: those that may not be fetched are many at times."""


class Refused(Exception):
    """An address that is not asked."""


class Partition:
    """Partition ``number`` of a crawl in ``folder``; ``name`` begins the names of its archives."""

    def __init__(self, number: int, crawl: Crawl, belongs: scope.Scope, folder: Path, name: str) -> None:
        self.number = number
        self.crawl = crawl
        self.touched: list[Host] = []
        """Hosts that have got pages since this was last emptied."""
        self.frontier = Frontier(folder / "state" / f"frontier-{number:03d}.sqlite")
        self.policies = Policies(self.frontier, crawl.agent, crawl.training)
        self.budget = Budget(folder / "state" / "budget.sqlite", crawl.pages, crawl.size)
        self.exchanges = Exchanges(folder / "state" / "exchange", number, self.frontier)
        self.wanted = focus.Wanted(crawl.langs) if crawl.langs else None
        self.tongues = Tongues(crawl.lid) if crawl.langs else None
        self._scope = belongs
        information = {
            "software": f"{crawl.agent}/{VERSION}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "operator": crawl.contact,
            "http-header-user-agent": crawl.user_agent,
            "robots": "obeyed: RFC 9309; closed where robots.txt cannot be had",
            "isPartOf": name,
        }
        self.archive = Archive(folder, f"{name}-P{number:03d}", information, self.frontier, crawl.warc_bytes)

    # what a host is asked next

    def choose(self, host: Host, now: float) -> tuple[Page, str] | None:
        """The next page of a host, and the file of its site that must be fetched before it (or none).

        None where the host has nothing to be asked now; pages that may not be fetched are marked on the way.
        """
        looked_at = 0
        while looked_at < AT_ONCE:
            some = list(self.frontier.chosen(host, now))
            if not some:
                return self._against_expectation(host, now)
            looked_at += len(some)
            for page in some:
                if why := self._not_wanted(host, page):
                    self.frontier.mark(page, REFUSED, why)
                    continue
                if file := self.policies.wanting(origin_of(page.url), now):
                    return page, file
                if not self._allowed(host, page):
                    if host.closed:
                        return None
                    continue
                if self.wanted is not None and (chance := self._expected(host, page)) < focus.FOLLOWED:
                    self.frontier.mark(page, PUT_OFF, score=chance)
                    continue
                return page, ""
        return None

    def _against_expectation(self, host: Host, now: float) -> tuple[Page, str] | None:
        """Of pages that were put off, the best, where it is good enough by now or its host may be tried once more."""
        if self.wanted is None:
            return None
        judged = [(self._expected(host, page), page) for page in self.frontier.chosen(host, now, PUT_OFF)]
        for chance, page in sorted(judged, key=lambda one: (-one[0], one[1].id)):
            if chance < focus.FOLLOWED and not focus.may_try(self.frontier.kind(host, "")):
                return None
            if why := self._not_wanted(host, page):
                self.frontier.mark(page, REFUSED, why)
                continue
            if file := self.policies.wanting(origin_of(page.url), now):
                return page, file
            if self._allowed(host, page):
                return page, ""
            if host.closed:
                return None
        return None

    def _not_wanted(self, host: Host, page: Page) -> str:
        if host.pages >= self.crawl.host_pages:
            return "enough pages of the host"
        return "more of the same" if self.frontier.shape(host, traps.shape(page.url)).endless() else ""

    def _allowed(self, host: Host, page: Page) -> bool:
        """Whether robots.txt allows a page; where it could not be had, the host is closed and its pages wait."""
        verdict, told = self.policies.verdict(page.url)
        if verdict.allowed:
            return True
        site = self.policies.site(origin_of(page.url))
        if site.closed and (robots.meaning(told.status) == "later" or site.robots is not None):
            host.closed = site.closed
            self.frontier.keep_host(host)
        else:
            self.frontier.mark(page, REFUSED, "robots.txt")
        return False

    def _expected(self, host: Host, page: Page) -> float:
        return focus.expected(self._kinds(page), lambda name: self.frontier.kind(host, name))

    def _kinds(self, page: Page) -> focus.Kinds:
        assert self.wanted is not None  # noqa: S101
        return focus.kinds(self.wanted, page.url, page.tongue, page.words, page.linked_from or "wanted")

    # what came

    def landed(self, host: Host, page: Page, exchange: Exchange, status: int, headers: list[tuple[str, str]]) -> None:
        """Judge and archive the answer to a page."""
        size = len(exchange.response)
        self.frontier.count("bytes", size)
        self.budget.spend(size)
        self.frontier.count("answers")
        told = self._evidence(page)
        if status in MOVED:
            self.archive.other(exchange, told)
            self._redirected(page, dict(headers).get("location", ""))
        elif 200 <= status < 300:
            self._came(host, page, exchange, headers, told)
        else:
            self.archive.other(exchange, told)
            if status >= 500 or status in (408, 429):
                self._again(page, f"status {status}", status not in delay.STOP_STATUSES)
            else:
                self.frontier.mark(page, FAILED, f"status {status}")
        self.frontier.keep_host(host, size)

    def _again(self, page: Page, why: str, tried: bool = True) -> None:
        if page.tries + tried < self.crawl.tries:
            self.frontier.mark(page, WAITING, why, tried=tried)
        else:
            self.frontier.mark(page, FAILED, why)
        self.budget.give_back()

    def failed(self, page: Page, error: BaseException) -> None:
        """No answer came to a page."""
        if isinstance(error, Refused):
            self.frontier.mark(page, REFUSED, "address")
            self.archive.note(page.url, time.time(), [("refused", str(error))])
            self.budget.give_back()
        else:
            self._again(page, f"no answer: {type(error).__name__}")

    def _redirected(self, page: Page, location: str) -> None:
        self.budget.give_back()
        target = canonical.joined(page.url, location) if location else ""
        if not target or page.hops >= MOST_REDIRECTS:
            self.frontier.mark(page, FAILED, "too many redirects" if target else "a redirect to nowhere")
        elif target != page.url and canonical.key(target) == canonical.key(page.url):
            self.frontier.moved(page, target)
        else:
            self.frontier.mark(page, FETCHED, "redirect")
            self.frontier.count("redirects")
            link = Found(target, page.depth, page.url, page.hops + 1, page.linked_from, page.tongue, page.words)
            self.found([link])

    def _came(
        self, host: Host, page: Page, exchange: Exchange, headers: list[tuple[str, str]], told: list[tuple[str, str]]
    ) -> None:
        try:
            seen = document(exchange, page.url, headers, self.crawl.page_bytes)
        except Skip as skip:
            self.frontier.mark(page, FAILED, skip.reason)
            self.archive.note(page.url, exchange.began, [*told, ("failed", str(skip))])
            self.budget.give_back()
            return
        if seen.kind == "list":
            self.frontier.mark(page, FETCHED, "list")
            self.frontier.count("lists")
            self.budget.give_back()
            self.archive.other(exchange, told)
            self._lead_on(page, seen.links, page.linked_from or "wanted")
            return
        said = refusals.of_headers(headers, self.policies.agents, exchange.began) + self.policies.said(page.url)
        said += refusals.of_metas(seen.metas, self.policies.agents, exchange.began)
        linked_from = self._learn(host, page, seen, told)
        if said.refusals:
            why = said.refusals[0]
            self.frontier.mark(page, REFUSED, f"{why.where}: {why.what.partition(':')[0][:40]}")
            refused = [("refused", f"{one.where}: {one.what}") for one in said.refusals]
            self.archive.note(page.url, exchange.began, [*told, *refused, ("tdm-policy", said.policy)])
        else:
            self.frontier.mark(page, FETCHED)
            self.frontier.count("pages")
            host.pages += 1
            told += [("tdm-policy", said.policy), ("licence", seen.licence), ("html-lang", seen.tongue)]
            self.archive.page(exchange, told)
        if said.follow and not self._repeats(host, page, seen):
            self._lead_on(page, seen.links, linked_from)

    def _evidence(self, page: Page) -> list[tuple[str, str]]:
        verdict, policy = self.policies.verdict(page.url)
        told = [("via", page.via), ("hopsFromSeed", str(page.depth)), ("robots-agent", verdict.agent)]
        told += [("robots-rule", verdict.rule), ("robots-url", policy.url), ("robots-record", policy.record)]
        return [*told, ("robots-fetched", date(policy.fetched)), ("robots-status", str(policy.status))]

    def _learn(self, host: Host, page: Page, seen: Document, told: list[tuple[str, str]]) -> str:
        """Tell the language of a page where languages are wanted; what its links are linked from."""
        if self.tongues is None or self.wanted is None:
            return ""
        if seen.kind == "html":
            tongue = self.tongues.of_html(seen.html)
        elif seen.kind == "text":
            tongue = self.tongues.of_text(seen.words)
        else:
            tongue = Tongue("", 0.0, 0)
        found = self.wanted.judge(tongue.label, tongue.score, tongue.letters)
        told += [("language", tongue.label), ("language-score", f"{tongue.score:.4f}"), ("language-judged", found)]
        if found == "unknown":
            return page.linked_from or "wanted"
        kinds = self._kinds(page)
        names = ("", f"from {kinds.linked_from}", *kinds.names)
        self.frontier.count_kinds(host, names, found == "wanted")
        self.frontier.count_label(host, tongue.label)
        self.frontier.count(found)
        return found

    def _repeats(self, host: Host, page: Page, seen: Document) -> bool:
        """Whether a page says nothing new and is of a kind that has no end."""
        if seen.kind == "other":
            return False
        digest = xxhash.xxh3_128_digest(traps.folded(seen.words).encode("utf-8", "replace"))
        new = self.frontier.is_new(host, digest)
        shape = traps.shape(page.url)
        self.frontier.count_shape(host, shape, not new)
        return not new and self.frontier.shape(host, shape).endless()

    def _lead_on(self, page: Page, links: Iterable[Link], linked_from: str) -> None:
        depth = page.depth + 1
        if depth > self.crawl.depth:
            self.frontier.count("links too deep")
            return
        self.found([Found(one.url, depth, page.url, 0, linked_from, one.tongue, one.words) for one in links])

    def found(self, links: Iterable[Found]) -> list[Host]:
        """Take links that belong to the crawl: those of other partitions are handed over."""
        ours: list[Found] = []
        others: dict[int, list[str]] = {}
        for link in links:
            if link.url not in self._scope or not scope.may_be_page(link.url):
                continue
            if why := traps.looks_endless(link.url) or refused_url(link.url, self.crawl.allow_private):
                self.frontier.count(f"links not taken: {why}"[:80])
                continue
            where = canonical.partition(canonical.host(link.url), self.crawl.partitions)
            if where == self.number:
                ours.append(link)
            else:
                others.setdefault(where, []).append(packed(link))
        for where, many in others.items():
            self.frontier.hand_over(where, many)
        touched = self.frontier.add(ours)
        self.touched.extend(touched)
        return touched
