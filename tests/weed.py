"""A server of S3 for tests: SeaweedFS, and before it a proxy that fails now and then and counts what passes."""

import hashlib
import http.client
import json
import random
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KEY, SECRET = "AKIDTESTTESTTEST", "s3cr3t-Zm9vYmFyYmF6-do-not-tell"
BUCKET = "corpora"


def program() -> str | None:
    """The server's program, where its wheel is installed."""
    return shutil.which("weed")


def _ports(count: int) -> list[int]:
    """Ports that are free now, with those 10,000 above, which SeaweedFS takes too."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(12_000, 30_000)  # noqa: S311
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        found.append(port)
    return found


class Server:
    """A server that keeps its objects in a folder; it may be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        weed = program()
        assert weed
        self.folder = folder
        identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        config = folder / "s3.json"
        config.write_text(json.dumps({"identities": [identity]}))
        master, volume, filer, self._port = _ports(4)
        data = folder / "data"
        data.mkdir()
        told = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}", f"-master.port={master}"]
        told += [f"-volume.port={volume}", f"-filer.port={filer}", "-s3", f"-s3.port={self._port}"]
        told += [f"-s3.config={config}", "-volume.max=200", "-master.volumeSizeLimitMB=256"]
        self._command = [weed, "server", *told, "-s3.port.iceberg=0", "-s3.port.lance=0"]
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = self.folder / "weed.log"
        with log.open("ab") as stream:
            self._running = subprocess.Popen(self._command, stdout=stream, stderr=stream, cwd=self.folder)
        _wait(self._port, self._running, log)

    def kill(self) -> None:
        """Kill it: it would take ten seconds to end by itself."""
        self._running.kill()
        self._running.wait()


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start a server that keeps its objects in a folder; gives its address."""
    made = Server(folder)
    made.start()
    try:
        yield made.url
    finally:
        made.kill()


def _wait(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and running.poll() is None:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as asked:
                asked.request("GET", "/")
                asked.getresponse().read()
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(errors="replace")[-3000:])


class Proxy:
    """Passes requests on as they are; some it answers itself with 503 or 429, or swallows the server's answer."""

    def __init__(self, to: str, seed: int = 1, faults: float = 0.2) -> None:
        self.host = urllib.parse.urlsplit(to).netloc
        self.faults, self.random = faults, random.Random(seed)  # noqa: S311
        self.lock = threading.Lock()
        self.failed: Counter[int] = Counter()
        self.took: Counter[tuple[str, str]] = Counter()
        """How often the server took an object, or a part of one, by path and digest of the bytes."""
        self.bytes = 0
        """That the server took."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def do_any(self) -> None:
                outer.handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_any  # noqa: N815

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients are killed: nobody needs to know."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Serve meanwhile."""
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()

    def handle(self, asked: BaseHTTPRequestHandler) -> None:
        """One request."""
        length = int(asked.headers.get("Content-Length") or 0)
        body = asked.rfile.read(length)
        if len(body) < length:
            asked.close_connection = True
            return  # the client was killed
        with self.lock:
            chance = self.random.random()
        if chance < self.faults * 0.9:
            self._refuse(asked, 503 if chance < self.faults / 2 else 429)
            return
        try:
            status, headers, answer = self._passed(asked, body)
        except (OSError, http.client.HTTPException):  # the server was killed
            self._refuse(asked, 503)
            return
        if asked.command == "PUT" and status == 200:
            path = asked.path.partition("?")[0]
            with self.lock:
                self.took[path, hashlib.md5(body, usedforsecurity=False).hexdigest()] += 1
                self.bytes += len(body)
        if chance < self.faults:
            self._refuse(asked, 500)  # the server did it, but its answer is lost
            return
        asked.send_response(status)
        for name, value in headers:
            if name.lower() not in {"transfer-encoding", "connection", "content-length", "date", "server"}:
                asked.send_header(name, value)
        size = next((value for name, value in headers if name.lower() == "content-length"), str(len(answer)))
        asked.send_header("Content-Length", size if asked.command == "HEAD" else str(len(answer)))
        asked.end_headers()
        asked.wfile.write(answer)

    def _passed(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        onward = http.client.HTTPConnection(self.host, timeout=60)
        onward.putrequest(asked.command, asked.path, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers.items():
            if name.lower() not in {"connection", "expect"}:
                onward.putheader(name, value)
        onward.endheaders(body or None)
        answer = onward.getresponse()
        told = answer.status, answer.getheaders(), answer.read()
        onward.close()
        return told

    def _refuse(self, asked: BaseHTTPRequestHandler, status: int) -> None:
        with self.lock:
            self.failed[status] += 1
        asked.send_response(status)
        asked.send_header("Retry-After", "0.05")
        asked.send_header("Content-Length", "0")
        asked.end_headers()


@contextmanager
def client(endpoint: str) -> Iterator[Any]:
    """A client of the server, without faults."""
    import botocore.config
    import botocore.session

    session = botocore.session.get_session()
    session.set_credentials(KEY, SECRET)
    config = botocore.config.Config(request_checksum_calculation="when_required")
    with closing(session.create_client("s3", region_name="us-east-1", endpoint_url=endpoint, config=config)) as made:
        yield made


def bucket(endpoint: str) -> None:
    """Make the bucket; the server takes a while until it can."""
    with client(endpoint) as asked:
        for left in reversed(range(40)):
            try:
                asked.create_bucket(Bucket=BUCKET)
                return
            except Exception:
                if not left:
                    raise
                time.sleep(0.5)


def environment(url: str) -> dict[str, str]:
    """What a run needs to find the server."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def found_by(patch: Any, url: str) -> None:
    """Let a test of pytest find the server at an address: clients that are kept for another one are forgotten."""
    from pipeline.storage import sources, storage

    for name, value in environment(url).items():
        patch.setenv(name, value)
    storage._elsewhere.cache_clear()
    sources._bucket.cache_clear()
