"""Scrapy at work for one partition: a spider that is handed a request whenever a host may be asked.

Scrapy schedules, downloads and calls back; the frontier decides what it is given. A request is handed over when its
host may be asked, so Scrapy's own queues hold only what is due, and a kill loses nothing of them. It is run as a
process of its own, ``python -m pipeline.crawl.engine FOLDER NUMBER``: when whoever began it is gone (its standard
input ends), it finishes what is under way, asks nothing more, and ends.
"""

import heapq
import logging
import os
import select
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.internet.defer import CancelledError
from twisted.web.client import ResponseFailed

from manifests.errors import Skip
from pipeline.consent import robots
from pipeline.consent.robots import REDIRECTS
from pipeline.consent.site import ROBOTS
from pipeline.crawl import canonical, delay, folder
from pipeline.crawl.addresses import refused_url
from pipeline.crawl.archive import Exchange
from pipeline.crawl.document import MOST_RATIO
from pipeline.crawl.frontier import ASKED, FAILED, Found, Host, Policy
from pipeline.crawl.partition import MOVED, Partition, Refused
from pipeline.crawl.policies import origin_of
from pipeline.read import http

TICK_SECONDS = 0.5
"""How often other partitions and the wish to stop are looked for."""

IDLE_SECONDS = 1.5
"""A partition with nothing to do for so long ends; it is begun again when others have links for it."""

TOLD_SECONDS = 2.0
COUNTED_SECONDS = 15.0
"""How often a partition says how it stands, and how often it counts what waits, which takes a while."""

EXPECTED = (Refused, OSError, ResponseFailed, CancelledError)
"""What may go wrong with a fetch."""

MOST_FAILURES = 8
"""Answers in a row that were none, after which a host is left alone until the next run."""


class Crawling(Spider):
    """Asks the hosts of a partition in turn, each one thing at a time."""

    name = "corpus"

    def __init__(self, partition: Partition, stop: Any, tell: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.partition = partition
        self.crawl = partition.crawl
        self._stop = stop
        self._tell = tell
        self._queue: list[tuple[float, int, Host]] = []
        self._active = 0
        self._idle_since = time.monotonic()
        self._told = 0.0
        self._stopping = ""
        self._turning: Any = None
        self._ended = False

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> "Crawling":
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._wait, signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy asks for the first requests: there are none yet, the first turn is."""
        for host in self.partition.frontier.open_hosts():
            self._enqueue(host)
        self._turn()
        self._tick()
        return
        yield

    def _wait(self) -> None:
        if not self._ended:
            raise DontCloseSpider

    # whose turn it is

    def _enqueue(self, host: Host) -> None:
        if not host.queued and not host.busy and not host.closed:
            host.queued = True
            heapq.heappush(self._queue, (host.due, host.id, host))

    def _turn(self) -> None:
        """Ask every host that may be asked now."""
        if self._turning is not None and self._turning.active():
            self._turning.cancel()
        now = time.time()
        while self._queue and not self._stopping and self._active < self.crawl.hosts and self._queue[0][0] <= now:
            _, _, host = heapq.heappop(self._queue)
            host.queued = False
            if host.due > now:
                self._enqueue(host)
            elif not host.busy:  # else it comes again when it has answered
                self._ask(host, now)
        self.partition.frontier.commit()
        if self._queue and not self._stopping:
            pause = max(0.0, min(self._queue[0][0] - time.time(), TICK_SECONDS))
            self._turning = _later(pause, self._turn)

    def _tick(self) -> None:
        """Look for links of other partitions, for the wish to stop, and for the end."""
        work = self.partition
        for path, links in work.exchanges.received():
            work.found(links)
            work.frontier.commit()
            path.unlink()
        work.exchanges.send()
        self._enqueue_touched()
        if not self._stopping and self._stop():
            self._stopping = "stopped"
        now = time.monotonic()
        if self._active or (self._queue and not self._stopping):
            self._idle_since = now
        if now - self._told >= TOLD_SECONDS:
            self._told = now
            self._tell(self._active, len(self._queue))
        if not self._active and (self._stopping or now - self._idle_since >= IDLE_SECONDS):
            self._end()
            return
        self._turn()
        _later(TICK_SECONDS, self._tick)

    def _end(self) -> None:
        from scrapy.utils.defer import deferred_from_coro

        self._ended = True
        self.partition.exchanges.send()
        self._tell(0, 0)
        deferred_from_coro(self.crawler.engine.close_spider_async(reason=self._stopping or "finished"))

    def _enqueue_touched(self) -> None:
        for host in self.partition.touched:
            self._enqueue(host)
        self.partition.touched.clear()

    def _ask(self, host: Host, now: float) -> None:
        """Hand over the next request of a host, where it has one."""
        work = self.partition
        chosen = work.choose(host, now)
        if chosen is None:
            due = None if host.closed else work.frontier.next_due(host)
            if due is None:
                work.frontier.forget_host(host)
                return
            host.due = max(host.due, due)
            self._enqueue(host)
            return
        page, file = chosen
        if file:
            origin = origin_of(page.url)
            self._send(host, f"{origin}{file}", {"policy": (origin, file, 0)})
            return
        if not work.budget.take():
            self._stopping = "budget"
            return
        work.frontier.mark(page, ASKED)
        self._send(host, page.url, {"page": page})

    def _send(self, host: Host, url: str, what: dict[str, Any]) -> None:
        host.busy = True
        self._active += 1
        # Should all be killed now, the host is still left alone for as long as it was to be.
        host.due = time.time() + max(host.delay, self.crawl.delay)
        self.partition.frontier.keep_host(host)
        self.partition.frontier.commit()
        meta = {"host": host, "download_slot": canonical.host(url), **what}
        self.crawler.engine.crawl(
            Request(url, callback=self._landed, errback=self._failed, dont_filter=True, meta=meta)
        )

    # what came

    def _landed(self, response: Response) -> None:
        meta = response.meta
        headers = [
            (name.decode("latin-1").lower(), value.decode("utf-8", "replace"))
            for name, values in response.headers.items()
            for value in values
        ]
        self._settle(meta, meta["exchange"], response.status, headers, None)

    def _failed(self, failure: Any) -> None:
        if not failure.check(*EXPECTED):
            logging.getLogger(__name__).error("fetching made trouble: %s", failure.getTraceback())
        self._settle(failure.request.meta, None, 0, [], failure.value)

    def _settle(
        self,
        meta: dict[str, Any],
        exchange: Exchange | None,
        status: int,
        headers: list[tuple[str, str]],
        error: BaseException | None,
    ) -> None:
        host: Host = meta["host"]
        self._active -= 1
        host.busy = False
        other: Host | None = meta.get("other")
        if other is not None:
            other.busy = False
            other.due = time.time() + max(other.delay, self.crawl.delay)
            self._enqueue(other)
        try:
            refused = isinstance(error, Refused)
            origin = meta["policy"][0] if "policy" in meta else origin_of(meta["page"].url)
            self._pace(host, origin, exchange, 404 if refused else status, dict(headers).get("retry-after"))
            if "policy" in meta:
                if self._policy(host, meta, exchange, status, headers, error):
                    return
            elif exchange is not None:
                self.partition.landed(host, meta["page"], exchange, status, headers)
            else:
                self.partition.failed(meta["page"], error or OSError())
        except Exception as trouble:
            logging.getLogger(__name__).exception("a page made trouble")
            if "page" in meta:
                self.partition.frontier.mark(meta["page"], FAILED, f"our fault: {type(trouble).__name__}")
        finally:
            self.partition.frontier.keep_host(host)
            self.partition.frontier.commit()
        self._enqueue_touched()
        self._enqueue(host)
        self._turn()

    def _pace(self, host: Host, origin: str, exchange: Exchange | None, status: int, retry_after: str | None) -> None:
        """When the host may be asked again."""
        now = time.time()
        troubled = status in delay.STOP_STATUSES or status == 0 or status >= 500
        host.failures = host.failures + 1 if troubled else 0
        crawl = self.crawl
        least = max(crawl.delay, self.partition.policies.delay(origin))
        latency = exchange.ended - exchange.began if exchange else 0.0
        asked = delay.retry_after(retry_after, now)
        wait = delay.after_answer(
            max(host.delay, least), latency, status, asked, host.failures, least, crawl.most_delay, crawl.patience
        )
        host.delay, host.due = wait.delay, now + wait.pause
        if host.failures >= MOST_FAILURES:
            host.closed = f"{host.failures} failures in a row"
        elif wait.pause > delay.LONGEST_WAIT:
            host.closed = f"asks for {wait.pause:.0f} seconds"

    def _policy(
        self,
        host: Host,
        meta: dict[str, Any],
        exchange: Exchange | None,
        status: int,
        headers: list[tuple[str, str]],
        error: BaseException | None,
    ) -> bool:
        """Keep a file that speaks for a site; True where a redirect of it is followed."""
        origin, file, hops = meta["policy"]
        work, now = self.partition, time.time()
        record, body, url = "", b"", f"{origin}{file}"
        if exchange is not None:
            url = exchange.url
            record = work.archive.other(exchange, [("for", origin)])
            if status in MOVED:
                target = canonical.joined(exchange.url, dict(headers).get("location", ""))
                if target and hops < REDIRECTS and not refused_url(target, self.crawl.allow_private):
                    self._follow(host, target, (origin, file, hops + 1))
                    return True
            try:
                body = http.content(http.parse(exchange.response), 2 * robots.LARGEST, MOST_RATIO)[: robots.LARGEST]
            except Skip:
                status = 0 if status < 400 else status
        if isinstance(error, Refused):
            status = 403  # an address that may not be asked is as good as a site that shuts everybody out
            work.archive.note(url, now, [("refused", str(error))])
        if robots.meaning(status) == "later" and host.failures < self.crawl.tries:
            return False  # it is asked for again at the host's next turn
        work.policies.keep(origin, file, Policy(status, body, url, now, record))
        host.due = max(host.due, now + work.policies.delay(origin))
        if file == ROBOTS and self.crawl.sitemaps and robots.meaning(status) == "rules":
            told = work.policies.site(origin).robots
            for where in told.sitemaps if told else ():
                if found := canonical.joined(url, where):
                    work.found([Found(found, 0, url)])
        return False

    def _follow(self, host: Host, url: str, policy: tuple[str, str, int]) -> None:
        host.busy = True
        self._active += 1  # until it is sent, so that nobody takes the host for idle
        work = self.partition
        name = canonical.host(url)
        ours = canonical.partition(name, self.crawl.partitions) == work.number
        other = work.frontier.host(name) if ours and name != host.name else None

        def send() -> None:
            # A host that is sent to by another's robots.txt is asked in its turn as ever.
            now = time.time()
            if other is not None and (other.busy or other.due > now):
                _later(max(0.01, min(1.0, other.due - now)), send)
                return
            self._active -= 1
            if other is not None:
                other.busy = True
            self._send(host, url, {"policy": policy, "other": other})

        _later(max(0.0, host.due - time.time()), send)


def _later(seconds: float, call: Callable[[], None]) -> Any:
    """Call after so many seconds. The reactor is imported late: Scrapy chooses it."""
    from twisted.internet import reactor

    return reactor.callLater(seconds, call)


SETTINGS: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {
        "http": "pipeline.crawl.fetch.Handler",
        "https": "pipeline.crawl.fetch.Handler",
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    # Redirects, errors, robots.txt, retries and encodings are ours: each answer is archived as it came, each redirect
    # goes the way of a link. Cookies would make a visitor of the crawler, proxies would undo the pinning of addresses.
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "RETRY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "COMPRESSION_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "ROBOTSTXT_OBEY": False,
    "REFERER_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "MEMUSAGE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_TIMEOUT": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
    "LOG_LEVEL": "WARNING",
    "REACTOR_THREADPOOL_MAXSIZE": 32,
    "SPIDER_MIDDLEWARES": {
        "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
        "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    },
}
"""What of Scrapy is used, and what is not."""


def run(place: Path, number: int) -> None:
    """Crawl a partition until it has nothing to do, is told to stop, or its parent is gone."""
    laid = folder.read(place)
    crawl = laid.crawl
    lock = folder.lock(place, f"partition-{number:03d}")
    work = Partition(number, crawl, laid.scope(), place, laid.name)
    work.frontier.reopen()
    if again := work.frontier.interrupted():
        work.frontier.count("asked again after a kill", again)
    work.found(
        Found(seed.url, 0, "", linked_from="wanted" if crawl.langs else "")
        for seed in laid.seeds
        if canonical.partition(canonical.host(seed.url), crawl.partitions) == number
    )
    work.frontier.commit()
    process = CrawlerProcess(
        {
            **SETTINGS,
            "USER_AGENT": crawl.user_agent,
            "DEFAULT_REQUEST_HEADERS": headers(laid),
            "CONCURRENT_REQUESTS": 2 * crawl.hosts,
            "LOG_FILE": str(place / "state" / f"partition-{number:03d}.log"),
        }
    )
    stop = folder.stop_wish(place)
    counted = (-60.0, 0)

    def tell(active: int, hosts: int) -> None:
        nonlocal counted
        now = time.monotonic()
        if now - counted[0] > COUNTED_SECONDS or not active:
            counted = (now, work.frontier.states().get("waiting", 0))
        told = work.frontier.tallies()
        status = {"pages": told.get("pages", 0), "bytes": told.get("bytes", 0), "answers": told.get("answers", 0)}
        folder.write_status(place, number, {**status, "waiting": counted[1], "hosts": active + hosts})

    process.crawl(Crawling, partition=work, stop=lambda: stop() or orphaned(), tell=tell)
    process.start(stop_after_crawl=True, install_signal_handlers=False)
    work.archive.close()
    work.frontier.close()
    os.close(lock)


def orphaned() -> bool:
    """Whether whoever began this process is gone: its standard input has ended."""
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready) and not os.read(sys.stdin.fileno(), 1)


def headers(laid: folder.Laid) -> dict[str, str]:
    """What every request says beside its user agent."""
    told = {
        "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.8,*/*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    if laid.crawl.langs:
        told["Accept-Language"] = ", ".join([*folder.tags(laid.crawl.langs), "*;q=0.3"])
    if "@" in laid.crawl.contact:
        told["From"] = laid.crawl.contact.removeprefix("mailto:")
    return told


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))
