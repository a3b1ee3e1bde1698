"""A small Hugging Face hub for tests: one dataset, in memory, through the endpoints that publishing uses."""

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "hf_do-not-tell-qWeRtY"  # noqa: S105


class Hub:
    """What the server holds, and what was asked of it."""

    def __init__(self) -> None:
        self.repos: dict[str, bool] = {}
        """Whether each dataset is private."""
        self.files: dict[str, tuple[bytes, bool]] = {}
        """Content, and whether it lies in large file storage."""
        self.large: dict[str, bytes] = {}
        self.took: Counter[str] = Counter()
        self.commits: list[str] = []
        self.faults: list[tuple[str, int]] = []
        """Parts of paths and the status that the next request with each is answered with, once."""
        self.ranges: list[tuple[int, int]] = []
        """What was asked for of files, first and last byte."""
        self.strangers = 0
        """Requests about datasets without the token."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """One request."""
        path, _, query = path.partition("?")
        for fault in self.faults:
            if fault[0] in path:
                self.faults.remove(fault)
                return fault[1], {"error": "busy"}
        if path == "/api/repos/create":
            told = json.loads(body)
            name = f"{told['organization']}/{told['name']}"
            if name in self.repos:
                return 409, {"error": "exists", "url": f"{self.url}/datasets/{name}"}
            self.repos[name] = bool(told.get("private")) or told.get("visibility") == "private"
            return 200, {"url": f"{self.url}/datasets/{name}", "name": name}
        if path == "/api/validate-yaml":
            return 200, {"warnings": [], "errors": []}
        if path.startswith("/large/"):
            oid = path.rpartition("/")[2]
            if hashlib.sha256(body).hexdigest() != oid:
                return 400, {"error": "digest"}
            self.took[oid] += 1
            self.large[oid] = body
            return 200, {}
        if path.endswith("/info/lfs/objects/batch"):
            return 200, {"transfer": "basic", "objects": [self._large(one) for one in json.loads(body)["objects"]]}
        if not any(f"/datasets/{name}/" in f"{path}/" for name in self.repos):
            return 404, {"error": "Repository not found"}
        if "/tree/" in path:
            below = unquote(path).partition("/tree/")[2].partition("/")[2]
            return 200, list(self._below(f"{below}/" if below else "", "recursive=true" in query.lower()))
        if "/resolve/" in path:
            name = unquote(path).partition("/resolve/")[2].partition("/")[2]
            return (200, self.files[name][0]) if name in self.files else (404, {"error": "Entry not found"})
        if "/revision/" in path:
            wanted = path.rpartition("/")[2]
            known = wanted in {"main", "0" * 40}
            return (200, {"id": "x", "sha": "0" * 40, "siblings": []}) if known else (404, {"error": "Revision"})
        if "/preupload/" in path:
            files = json.loads(body)["files"]
            return 200, {
                "files": [
                    {"path": one["path"], "uploadMode": _mode(one["path"]), "shouldIgnore": False} for one in files
                ]
            }
        if "/commit/" in path:
            return 200, self._commit([json.loads(line) for line in body.splitlines()])
        if path.removeprefix("/api/datasets/") in self.repos:
            return 200, {"id": path.removeprefix("/api/datasets/"), "sha": "0" * 40, "siblings": []}
        return 404, {"error": f"{method} {path}"}

    def _large(self, told: dict[str, Any]) -> dict[str, Any]:
        if told["oid"] in self.large:
            return told
        return {**told, "actions": {"upload": {"href": f"{self.url}/large/{told['oid']}"}}}

    def _below(self, folder: str, deep: bool) -> Iterator[dict[str, Any]]:
        """Files below a folder, or files and folders in it."""
        folders = set()
        for name in sorted(self.files):
            if name.startswith(folder):
                inside, slash, _ = name.removeprefix(folder).partition("/")
                if deep or not slash:
                    yield self._entry(name)
                elif inside not in folders:
                    folders.add(inside)
                    yield {"type": "directory", "path": folder + inside, "oid": "1" * 40, "size": 0}

    def _entry(self, name: str) -> dict[str, Any]:
        content, large = self.files[name]
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        told = {"type": "file", "path": name, "size": len(content), "oid": git}
        if large:
            told["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        return told

    def _commit(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "header":
                    self.commits.append(value["summary"])
                case "file":
                    self.files[value["path"]] = base64.b64decode(value["content"]), False
                case "lfsFile":
                    self.files[value["path"]] = self.large[value["oid"]], True
                case "deletedFile":
                    del self.files[value["path"]]
        return {"commitUrl": f"{self.url}/datasets/{next(iter(self.repos))}/commit/{'0' * 40}", "commitOid": "0" * 40}

    url = ""

    @contextmanager
    def running(self) -> Iterator["Hub"]:
        """Serve meanwhile."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                private = "/datasets/" in self.path or "/repos/" in self.path
                if private and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    outer.strangers += 1
                status, told = outer.answer(self.command, self.path, body)
                answer = told if isinstance(told, bytes) else json.dumps(told).encode()
                if isinstance(told, bytes) and (asked := self.headers.get("Range")):
                    start, _, end = asked.removeprefix("bytes=").partition("-")
                    outer.ranges.append((int(start), int(end)))
                    status, answer = 206, told[int(start) : int(end) + 1]
                self.send_response(status)
                if status in {429, 503}:
                    self.send_header("Retry-After", "0")
                if status == 404:
                    self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_any  # noqa: N815

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _mode(name: str) -> str:
    return "lfs" if name.endswith(".parquet") else "regular"
