"""How Scrapy fetches here: a handler that connects to checked addresses alone and keeps what went over the wire.

A name is resolved once, all its answers are held against the table of addresses, and the connection is made to the one
that was checked. Requests and answers are recorded byte for byte, below HTTP and above TLS. An answer is cut at a
number of bytes and at a time, whatever it says of its length; nothing is unpacked here.
"""

import socket
import time
from typing import Any

from scrapy.http import Headers, Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet import defer, protocol, threads
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import URI, Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool, ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers as TwistedHeaders
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from pipeline.crawl.addresses import choose
from pipeline.crawl.archive import Exchange
from pipeline.crawl.partition import Refused
from pipeline.crawl.settings import Crawl

RESOLVED_SECONDS = 300.0
"""How long the answer of a name server is used."""

CONNECT_SECONDS = 20.0

LARGEST_HEAD = 256 << 10


_WHOLE = (ResponseDone, PotentialDataLoss)  # the latter: a body that ends with its connection


class _Recorder(ProtocolWrapper):  # type: ignore[misc]
    """A connection that keeps what is sent and received since ``begin``, and ends where that is too much."""

    def __init__(self, factory: Any, wrapped: Any) -> None:
        super().__init__(factory, wrapped)
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.size = 0
        self.limit = 0
        self.cut = ""

    def begin(self, limit: int) -> None:
        self.sent, self.received, self.size, self.limit, self.cut = [], [], 0, limit, ""

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        super().write(data)

    def writeSequence(self, data: Any) -> None:  # noqa: N802
        self.sent.extend(data)
        super().writeSequence(data)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.cut:
            return
        if self.size + len(data) > self.limit:
            self.received.append(data[: self.limit - self.size])
            self.size = self.limit
            self.end("length")
            return
        self.received.append(data)
        self.size += len(data)
        super().dataReceived(data)

    def end(self, why: str) -> None:
        """Break the connection off, for a reason that WARC-Truncated knows."""
        if not self.cut:
            self.cut = why
            self.transport.abortConnection()


class _Recording(WrappingFactory):  # type: ignore[misc]
    protocol = _Recorder
    noisy = False


class _Endpoint:
    """Connects to the checked address of a URI, and hands the connection's recorder over."""

    def __init__(self, handler: "Handler", uri: URI) -> None:
        self._handler = handler
        self._uri = uri

    def connect(self, factory: Any) -> defer.Deferred[Any]:
        return defer.Deferred.fromCoroutine(self._connected(factory))

    async def _connected(self, factory: Any) -> Any:
        from twisted.internet import reactor

        uri = self._uri
        name = uri.host.decode("ascii")
        address = await self._handler.resolved(name, uri.port)
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        endpoint: Any = kind(reactor, address, uri.port, timeout=CONNECT_SECONDS)
        if uri.scheme == b"https":
            endpoint = wrapClientTLS(self._handler.policy.creatorForNetloc(uri.host, uri.port), endpoint)

        recorder = await endpoint.connect(_Recording(factory))
        self._handler.connected((uri.scheme, uri.host, uri.port), recorder, address)
        return recorder.wrappedProtocol


@implementer(IAgentEndpointFactory)
class _Endpoints:
    def __init__(self, handler: "Handler") -> None:
        self._handler = handler

    def endpointForURI(self, uri: URI) -> _Endpoint:  # noqa: N802
        return _Endpoint(self._handler, uri)


class _Sink(protocol.Protocol):  # type: ignore[misc]
    """Waits for the end of a body; its bytes are kept by the recorder."""

    def __init__(self) -> None:
        self.done: defer.Deferred[Any] = defer.Deferred()

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        if not self.done.called:
            self.done.callback(reason.value)


class Handler:
    """For http and https; ``spider.crawl`` holds the settings. It is made for one request to a host at a time."""

    lazy = False

    def __init__(self, crawler: Any) -> None:
        from twisted.internet import reactor

        self._settings: Crawl = crawler.spider.crawl
        self.policy = BrowserLikePolicyForHTTPS()
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._pool.maxPersistentPerHost = 1
        self._pool.cachedConnectionTimeout = 4  # before servers close them, so that no request meets a closing door
        self._pool.retryAutomatically = False  # a request that may have arrived is not sent again behind our back
        self._agent = Agent.usingEndpointFactory(reactor, _Endpoints(self), pool=self._pool)
        self._recorders: dict[tuple[bytes, bytes, int], tuple[_Recorder, str]] = {}
        self._starts: dict[tuple[bytes, bytes, int], int] = {}
        self._resolved: dict[str, tuple[float, str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> "Handler":
        return cls(crawler)

    async def resolved(self, name: str, port: int) -> str:
        """The checked address of a name. Raises Refused for one that may not be asked."""
        known = self._resolved.get(name)
        now = time.monotonic()
        if known and now - known[0] < RESOLVED_SECONDS:
            return known[1]
        bare = name.strip("[]")
        found = await threads.deferToThread(socket.getaddrinfo, bare, port, type=socket.SOCK_STREAM)
        try:
            address = choose([str(one[4][0]) for one in found], self._settings.allow_private)
        except PermissionError as error:
            raise Refused(f"{name} {error}") from None
        if address is None:
            raise OSError(f"{name} has no address")
        if len(self._resolved) > 10_000:
            self._resolved.clear()
        self._resolved[name] = (now, address)
        return address

    def connected(self, place: tuple[bytes, bytes, int], recorder: _Recorder, address: str) -> None:
        """A connection was made for a place that is being asked."""
        recorder.begin(self._starts.get(place, LARGEST_HEAD))
        if len(self._recorders) > 4096:
            self._recorders = {at: kept for at, kept in self._recorders.items() if kept[0].connected}
        self._recorders[place] = (recorder, address)

    async def download_request(self, request: Any) -> Response:
        """Fetch; the exchange, byte for byte, is left in ``request.meta["exchange"]``."""
        from twisted.internet import reactor

        uri = URI.fromBytes(request.url.encode("ascii"))
        place = (uri.scheme, uri.host, uri.port)
        limit = self._settings.page_bytes + LARGEST_HEAD
        self._starts[place] = limit
        if place in self._recorders:
            self._recorders[place][0].begin(limit)
        began = time.time()
        headers = TwistedHeaders({name: list(values) for name, values in request.headers.items()})
        asked = self._agent.request(b"GET", request.url.encode("ascii"), headers)

        def late() -> None:
            if place in self._recorders:
                self._recorders[place][0].end("time")
            asked.cancel()

        timer = reactor.callLater(self._settings.timeout, late)
        answer: Any = None
        failure: Exception | None = None
        cut = ""
        try:
            answer = await maybe_deferred_to_future(asked)
            sink = _Sink()
            answer.deliverBody(sink)
            reason = await maybe_deferred_to_future(sink.done)
            if not isinstance(reason, _WHOLE):
                cut = "disconnect"
        except (ResponseFailed, OSError, Refused, defer.CancelledError) as error:
            failure = error
        finally:
            if timer.active():
                timer.cancel()
            self._starts.pop(place, None)
        recorder, address = self._recorders.get(place, (None, ""))
        if recorder is None:
            raise failure or OSError("no connection")
        sent, received = b"".join(recorder.sent), b"".join(recorder.received)
        cut = recorder.cut or cut
        recorder.sent, recorder.received = [], []
        if answer is None or failure is not None or not recorder.connected:
            del self._recorders[place]
        if answer is None:
            raise failure or OSError("no answer")
        request.meta["exchange"] = Exchange(request.url, sent, received, address, began, time.time(), cut)
        told = Headers(dict(answer.headers.getAllRawHeaders()))
        return Response(request.url, status=answer.code, headers=told)

    async def close(self) -> None:
        """Close connections that are kept open."""
        await maybe_deferred_to_future(self._pool.closeCachedConnections())
