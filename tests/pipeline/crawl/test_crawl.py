"""Whole crawls of a loopback web: what was asked for stands in its log, what was kept in the archives."""

import gzip
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from webs import Answer, Web

from pipeline.crawl import run as crawling
from pipeline.crawl.seeds import gather
from pipeline.crawl.settings import load

DELAY = 0.1


def page(*links: str, words: str = "", head: str = "") -> Answer:
    body = "".join(f"<a href='{link}'>{link}</a> " for link in links)
    return Answer(f"<html><head>{head}</head><body><p>{words}</p>{body}</body></html>".encode())


def pages(out: Path, kind: str = "warc") -> dict[str, str]:
    """URLs of responses and revisits with what is told of them; every record is read whole, digests and all."""
    told: dict[str, str] = {}
    count = 0
    for path in sorted((out / kind).glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                body = record.content_stream().read()
                url = record.rec_headers.get_header("WARC-Target-URI")
                count += 1
                if record.rec_type == "metadata":
                    told[url] = body.decode()
        with path.open("rb") as stream:
            count -= sum(1 for _ in FastIterator(stream))
    assert count == 0
    return told


def crawl(web: Web, seeds: list[str], out: Path, **settings: object) -> crawling.Report:
    told = {"contact": "me@example.org", "delay": DELAY, "patience": 0.2, "allow_private": True, "timeout": 2.0}
    asked = load(**(told | settings))
    return crawling.run(asked, gather([web.url(seed) for seed in seeds], True), out, "local", 2, lambda text: None)


def test_manners(tmp_path):
    """One site with everything in it, over two partitions and three hosts."""
    bomb = gzip.compress(bytes(16 << 20))
    here = Web(lambda host, path, before: site(host, path, before))

    def site(host: str, path: str, before: int) -> Answer:
        if host == "127.0.0.2":
            return {
                "/robots.txt": Answer(status=503),
                "/": page("/never"),
            }.get(path, Answer(status=404))
        if host == "127.0.0.3":
            return {
                "/robots.txt": Answer(status=301, headers=(("Location", here.url("/their-robots", "127.0.0.1")),)),
                "/x": page("/y", here.url("/from-3")),
                "/y": page(words="y"),
            }.get(path, Answer(status=404))
        if host == "127.0.0.4":  # in the other partition
            return {"/z": page(here.url("/from-4"))}.get(path, Answer(status=404))
        if path.startswith("/cal/"):
            _, _, year, month = path.split("/")
            following = f"/cal/{int(year) + int(month) // 12}/{int(month) % 12 + 1}"
            return page(following, words="no events this month")
        fixed = {
            "/robots.txt": Answer(
                b"User-agent: *\nDisallow: /no/\nAllow: /no/but\nSitemap: /map.xml\n\n"
                b"User-agent: GPTBot\nDisallow: /gpt\n",
                kind="text/plain",
            ),
            "/their-robots": Answer(b"User-agent: *\nDisallow: /z", kind="text/plain"),
            "/.well-known/tdmrep.json": Answer(
                b'[{"location": "/reserved", "tdm-reservation": 1}]', kind="application/json"
            ),
            "/ai.txt": Answer(b"User-Agent: *\nDisallow: /aitxt", kind="text/plain"),
            "/map.xml": Answer(
                b"<urlset><url><loc>" + here.url("/mapped").encode() + b"</loc></url></urlset>", kind="text/xml"
            ),
            "/": page(
                *(
                    "/no/way",
                    "/no/but",
                    "/gpt/x",
                    "/old",
                    "/gone",
                    "/busy",
                    "/broken",
                    "/slow",
                    "/noai",
                    "/header",
                    "/reserved",
                ),
                *(
                    "/aitxt",
                    "/packed",
                    "/bomb",
                    "/odd",
                    "/cut",
                    "/same-1",
                    "/same-2",
                    "/picture.png",
                    "/picture",
                    "/feed",
                ),
                *("/never-ends", "/cal/2000/1", "/a?PHPSESSID=1", "/a?PHPSESSID=2", "/A/../a", "/refuse"),
                *(
                    here.url("/", "127.0.0.2"),
                    here.url("/x", "127.0.0.3"),
                    here.url("/z", "127.0.0.4"),
                    "file:///etc/passwd",
                    "http://0x7f.1:22@x/",
                ),
            ),
            "/old": Answer(status=302, headers=(("Location", "/new"),)),
            "/new": page(words="moved here"),
            "/noai": page("/after-noai", head="<meta name=robots content='noai, nofollow'>", words="noai"),
            "/header": page("/after-header", words="noindex")._replace(headers=(("X-Robots-Tag", "noindex"),)),
            "/reserved": page(words="reserved"),
            "/aitxt": page(words="aitxt"),
            "/packed": Answer(gzip.compress(b"<p>packed"), headers=(("Content-Encoding", "gzip"),)),
            "/bomb": Answer(bomb, headers=(("Content-Encoding", "gzip"),)),
            "/odd": Answer("<p>хабар".encode("cp1251") + b"\xff\xfe\x00", kind="text/html; charset=nonsense"),
            "/cut": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n<p>cut"),
            "/picture": Answer(b"x" * 100, kind="image/png"),
            "/feed": Answer(
                b"<rss><channel><item><link>/fed</link></item></channel></rss>", kind="application/rss+xml"
            ),
            "/refuse": page("/not-this")._replace(body=b"<a rel=nofollow href=/not-this>x</a>"),
        }
        if path in fixed:
            return fixed[path]
        if path == "/busy":
            return Answer(status=429, headers=(("Retry-After", "1"),)) if before < 2 else page(words="busy no more")
        if path == "/broken":
            return Answer(status=500) if before < 1 else page(words="mended")
        if path == "/slow":
            return page(words="slow")._replace(seconds=0.4)
        if path == "/never-ends":
            return page(words="too late")._replace(seconds=3)
        if path in ("/gone", "/picture.png"):
            return Answer(status=404)
        return page("/", words="all the same" if path.startswith("/same") else path)

    with here:
        report = crawl(here, ["/"], tmp_path, scope="any", partitions=2, page_bytes=1 << 20, tries=2)
    assert report.failed == []
    asked = Counter(here.asked())
    once = [
        "/",
        "/new",
        "/no/but",
        "/noai",
        "/packed",
        "/bomb",
        "/odd",
        "/slow",
        "/same-1",
        "/same-2",
        "/mapped",
        "/fed",
        "/a",
    ]
    once += [
        "/from-3",
        "/robots.txt",
        "/ai.txt",
        "/.well-known/tdmrep.json",
        "/map.xml",
        "/feed",
        "/header",
        "/old",
        "/after-header",
    ]
    assert {path: asked[path] for path in once} == dict.fromkeys(once, 1)
    assert asked["/busy"] == 3
    assert asked["/broken"] == 2
    never = ["/no/way", "/gpt/x", "/after-noai", "/not-this", "/picture.png", "/z"]
    assert not any(asked[path] for path in never)
    assert 12 <= sum(asked[path] for path in asked if path.startswith("/cal/")) <= 14
    assert set(here.asked("127.0.0.2")) == {"/robots.txt"}  # it could not be had: nothing is asked for
    assert here.asked("127.0.0.3").count("/y") == here.asked("127.0.0.4").count("/z") == asked["/from-4"] == 1

    kept = pages(tmp_path)
    paths = {url.removeprefix(here.url("")): told for url, told in kept.items() if url.startswith(here.url("/"))}
    assert {"/", "/new", "/no/but", "/packed", "/odd", "/slow", "/mapped", "/fed", "/busy", "/broken", "/cut"} <= set(
        paths
    )
    assert not {"/noai", "/header", "/reserved", "/aitxt", "/bomb", "/picture", "/old", "/gone", "/robots.txt"} & set(
        paths
    )
    assert "robots-rule: allow: /no/but (line 3)" in paths["/no/but"]
    assert "robots-record: <urn:uuid:" in paths["/no/but"]
    aside = pages(tmp_path, "evidence")
    for path, why in (
        ("/noai", "meta: noai"),
        ("/header", "header: noindex"),
        ("/reserved", "tdmrep.json: location /reserved"),
    ):
        assert f"refused: {why}" in aside[here.url(path)]
    assert "refused: ai.txt: disallow: /aitxt" in aside[here.url("/aitxt")]
    assert "failed: bomb" in aside[here.url("/bomb")]
    assert here.url("/robots.txt") in aside
    assert next(host for host in report.hosts if host["host"] == "127.0.0.2")["closed"] == "robots.txt: status 503"

    times: dict[str, list[float]] = {}
    for one in here.log:
        times.setdefault(one.host, []).append(one.at)
    for many in times.values():
        assert (
            min(after - before for before, after in pairwise(many)) >= 0.8 * DELAY
        )  # the server's clock stands still now and then


def test_a_killed_crawl_goes_on_without_asking_again(tmp_path):
    """Killed outright, then stopped by a signal, then run to its end."""
    with Web(lambda host, path, before: links(path)) as here:
        command = [
            sys.executable,
            "-m",
            "pipeline.cli",
            "crawl",
            here.url("/0"),
            "--out",
            str(tmp_path),
            "--delay",
            "0.02",
        ]
        command += ["--contact", "me@example.org", "--allow-private", "--workers", "1"]
        for number in (signal.SIGKILL, signal.SIGTERM):
            before = len(here.log)
            with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
                deadline = time.monotonic() + 60
                while len(here.log) < before + 12 and time.monotonic() < deadline:
                    time.sleep(0.01)
                os.kill(process.pid, number)
                process.wait()
                assert process.returncode in (-signal.SIGKILL, 128 + signal.SIGTERM)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    asked = Counter(here.asked())
    assert asked == dict.fromkeys(
        [*(f"/{number}" for number in range(60)), "/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"], 1
    )
    assert len(pages(tmp_path)) == 60
    assert "pages                60" in done.stdout
    assert "asked again" not in done.stdout


def links(path: str) -> Answer:
    if not path[1:].isdigit():
        return Answer(status=404)
    number = int(path[1:])
    return page(
        *(f"/{one}" for one in (2 * number + 1, 2 * number + 2) if one < 60),
        words=f"page {chr(97 + number % 26)} {path}",
    )


def test_a_name_that_leads_inwards_is_not_asked(tmp_path):
    """The resolver answers with a loopback address: no connection is made, not even for robots.txt."""
    with Web(lambda host, path, before: page()) as here:
        script = (
            "import socket, sys\n"
            "asked = socket.getaddrinfo\n"
            "socket.getaddrinfo = lambda host, *rest, **more: asked('127.0.0.1', *rest, **more)\n"
            "from pathlib import Path\n"
            "from pipeline.crawl import engine, folder\n"
            "from pipeline.crawl.seeds import Seed\n"
            "from pipeline.crawl.settings import load\n"
            f"seed = Seed('http://inwards.example:{here.port}/')\n"
            "crawl = load(contact='me@example.org', delay=0.0, patience=0.1)\n"
            "folder.lay(Path(sys.argv[1]), crawl, [seed])\n"
            "engine.run(Path(sys.argv[1]), 0)\n"
        )
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, stdin=subprocess.PIPE, timeout=60)
        assert here.log == []
    report = crawling.summed(tmp_path, 1)
    assert report.tallies["pages"] == 0
    assert "resolves to 127.0.0.1 (loopback)" in "".join(pages(tmp_path, "evidence").values())
