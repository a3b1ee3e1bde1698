"""A web of loopback addresses, all served by one thread pool, that keeps a log of who asked for what and when."""

import contextlib
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self


class Asked(NamedTuple):
    """A request: when it came, to which host, for what."""

    at: float
    host: str
    path: str


class Answer(NamedTuple):
    """What is sent: ``raw`` in place of everything, where it is given."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    raw: bytes = b""


class Web:
    """Serves ``answer(host, path, times asked before)`` on 127.0.0.1 to .9, one port."""

    def __init__(self, answer: Callable[[str, str, int], Answer]) -> None:
        self.log: list[Asked] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                at = time.time()
                host = self.headers["Host"].partition(":")[0]
                before = sum(1 for one in web.log if (one.host, one.path) == (host, self.path))
                web.log.append(Asked(at, host, self.path))
                told = answer(host, self.path, before)
                time.sleep(told.seconds)
                with contextlib.suppress(ConnectionError):  # who has waited long enough is gone
                    self.send(told)

            def send(self, told: Answer) -> None:
                if told.raw:
                    self.wfile.write(told.raw)
                    self.close_connection = True
                    return
                self.send_response(told.status)
                self.send_header("Content-Type", told.kind)
                self.send_header("Content-Length", str(len(told.body)))
                for name, value in told.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(told.body)

            def log_message(self, *told: object) -> None:
                """Nothing."""

        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler)]
        self.port = self._servers[0].server_address[1]
        self._servers += [ThreadingHTTPServer((f"127.0.0.{number}", self.port), Handler) for number in range(2, 10)]
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The URL of a path."""
        return f"http://{host}:{self.port}{path}"

    def asked(self, host: str = "127.0.0.1") -> list[str]:
        """Paths that a host was asked for, in order."""
        return [one.path for one in self.log if one.host == host]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
