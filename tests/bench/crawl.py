"""A crawl of real pages served by nginx, judged by nginx's own log; and how fast a crawl is.

``site`` serves Debian's documentation in many languages (folders of HTML, such as /usr/share/doc/debian-handbook/html,
that each hold a folder a language), each package on a loopback host of its own, with robots.txt, sitemap, redirects,
and a host of traps: a calendar, sessions, endless pages, 429, slow answers, broken encodings, gzip bombs. The crawl is
killed outright again and again, and run to its end; then the log must say that everything allowed was fetched once,
nothing disallowed ever, and no pause was cut short; warcio and FastWARC must read every record.

``speed`` crawls pages of 200 loopback hosts without a delay, and prints pages a second (also of processor time) and
memory.

    python tests/bench/crawl.py site --docs FOLDER... [--per 20] [--kills 10] [--nginx PATH] [--keep OUT]
    python tests/bench/crawl.py speed [--pages 500] [--hosts 200] [--nginx PATH] [--workers 2]
"""

import argparse
import contextlib
import gzip
import html
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from fastwarc.warc import ArchiveIterator as FastIterator  # noqa: E402
from warcio.archiveiterator import ArchiveIterator  # noqa: E402
from webs import Answer, Web  # noqa: E402

PORT = 8399
TRAPS = "127.0.0.9"
ROBOTS = "User-agent: *\nDisallow: /private/\nAllow: /private/but-this.html\nSitemap: /sitemap.xml\n"


class Line(NamedTuple):
    """A line of the log: ``began`` and ``ended`` in seconds since 1970."""

    began: float
    ended: float
    host: str
    status: int
    path: str


@contextlib.contextmanager
def nginx(binary: str, folder: Path, servers: str) -> Iterator[Path]:
    """Nginx with these servers; gives the path of its log."""
    log = folder / "access.log"
    (folder / "nginx.conf").write_text(
        f"worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;\n"
        "events { worker_connections 2048; }\nhttp {\n types { text/html html; text/xml xml; text/plain txt; }\n"
        f" log_format t '$msec $request_time $host $status $request_uri'; access_log {log} t;\n"
        f" client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;\n"
        f" uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"{servers}\n}}\n",
        encoding="utf-8",
    )
    with subprocess.Popen([binary, "-p", str(folder), "-c", str(folder / "nginx.conf")]) as process:
        time.sleep(1)
        try:
            yield log
        finally:
            process.terminate()


def lines(log: Path) -> list[Line]:
    """The log as it is so far."""
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        ended, took, host, status, path = line.split(" ", 4)
        found.append(Line(float(ended) - float(took), float(ended), host, int(status), path))
    return found


def lay(docs: list[Path], per: int, folder: Path) -> dict[str, set[str]]:
    """Copy ``per`` pages a language of each folder of documentation; the paths that a crawl must fetch, by host."""
    expected: dict[str, set[str]] = {}
    for number, source in enumerate(docs):
        host = f"127.0.0.{2 + number}"
        place = folder / host
        paths = set()
        for tongue in sorted(one for one in source.iterdir() if one.is_dir()):
            pages = sorted(tongue.rglob("*.html"))[:per]
            for page in pages:
                path = f"/{tongue.name}/{page.relative_to(tongue)}"
                (place / path[1:]).parent.mkdir(parents=True, exist_ok=True)
                (place / path[1:]).write_bytes(page.read_bytes())
                paths.add(path)
        for path in ("/private/secret.html", "/private/but-this.html", "/moved-here.html"):
            (place / path[1:]).parent.mkdir(exist_ok=True)
            (place / path[1:]).write_text(f"<p>{path}", encoding="utf-8")
        half = sorted(paths)[::2]
        links = [*half, "/private/secret.html", "/private/but-this.html", "/moved", f"http://{TRAPS}:{PORT}/"]
        listed = "".join(f"<a href='{html.escape(path)}'>x</a>\n" for path in links)
        (place / "index.html").write_text(f"<html><body>{listed}</body></html>", encoding="utf-8")
        (place / "robots.txt").write_text(ROBOTS, encoding="utf-8")
        entries = "".join(
            f"<url><loc>http://{host}:{PORT}{html.escape(path)}</loc></url>" for path in sorted(paths)[1::2]
        )
        (place / "sitemap.xml").write_text(f"<urlset>{entries}</urlset>", encoding="utf-8")
        expected[host] = {
            *paths,
            "/",
            "/private/but-this.html",
            "/moved",
            "/moved-here.html",
            "/robots.txt",
            "/sitemap.xml",
        }
    return expected


BOMB = gzip.compress(bytes(64 << 20), 9)


def trap(host: str, path: str, before: int) -> Answer:
    """A host of traps."""
    told = path.partition("?")[0]
    name, _, rest = told.strip("/").partition("/")
    words = f"<p>{name} says the same"
    if path == "/":
        names = ("calendar/1", "session?q=a", "endless/1", "busy", "slow", "odd", "bomb", "private/x", "a/b/a/b/a/b/x")
        return Answer("".join(f"<a href='/{one}'>x</a>" for one in names).encode())
    if name == "robots.txt":
        return Answer(ROBOTS.encode(), kind="text/plain")
    if name == "calendar":
        return Answer(f"{words}<a href='/calendar/{int(rest) + 1}'>next</a>".encode())
    if name == "endless":  # always something new: only depth ends it
        draw = random.Random(path)  # noqa: S311
        new = " ".join("".join(draw.choices("abcdefghij", k=6)) for _ in range(50))
        return Answer(f"<p>{new}<a href='/endless/{int(rest) + 1}'>next</a>".encode())
    if name == "session":
        draw = random.Random(path)  # noqa: S311
        further = "".join(f"<a href='/session?q={draw.getrandbits(64):016x}a'>x</a>" for _ in range(3))
        return Answer(f"{words}{further}<a href='/session?q=a&PHPSESSID={draw.getrandbits(32)}'>x</a>".encode())
    if name == "busy":
        return Answer(status=429, headers=(("Retry-After", "1"),)) if before < 2 else Answer(words.encode())
    if name == "slow":
        return Answer(words.encode(), seconds=2.0)
    if name == "odd":
        return Answer("хабар".encode("koi8-r") + b"\xff\x00\xfe", kind="text/html; charset=x-unknown")
    if name == "bomb":
        return Answer(BOMB, headers=(("Content-Encoding", "gzip"),))
    return Answer(status=404)


def check(log: list[Line], expected: dict[str, set[str]], delay: float) -> list[str]:
    """What nginx saw that it should not have, or has not seen."""
    wrong = []
    asked = Counter((one.host, one.path) for one in log)
    for host, paths in expected.items():
        wrong += [f"{asked[host, path]} times {host}{path}" for path in sorted(paths) if asked[host, path] != 1]
    wrong += [f"disallowed: {one}" for one in log if one.path.startswith("/private/") and "but-this" not in one.path]
    again = {place for place, count in asked.items() if count > 1 and place[1] != "/busy"}
    wrong += [f"{asked[place]} times {place}" for place in sorted(again)]
    by_host: dict[str, list[Line]] = {}
    for one in sorted(log):
        by_host.setdefault(one.host, []).append(one)
    shortest = min(later.began - one.ended for many in by_host.values() for one, later in pairwise(many))
    print(f"shortest pause between an answer and the next request: {shortest:.3f} s, asked for {delay}")
    if shortest < delay - 0.002:  # nginx's clock ticks by the millisecond
        wrong.append(f"a pause of {shortest:.3f} s")
    return wrong


def records(out: Path) -> str:
    """Read every record twice; how many there were."""
    kinds: Counter[str] = Counter()
    fast = 0
    for path in sorted(out.glob("*/*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                record.content_stream().read()
                kinds[record.rec_type] += 1
        with path.open("rb") as stream:
            fast += sum(1 for one in FastIterator(stream) if one.reader.read() is not None)
    return f"warcio read {kinds.total()} records ({dict(kinds)}), FastWARC {fast}"


def command(out: Path, seeds: list[str], workers: int, *more: str) -> list[str]:
    """A crawl's command."""
    told = [sys.executable, "-m", "pipeline.cli", "crawl", *seeds, "--out", str(out), "--allow-private"]
    return [*told, "--contact", "bench@example.org", "--workers", str(workers), *more]


def site(told: argparse.Namespace) -> None:
    """Crawl documentation and traps, killed again and again."""
    with tempfile.TemporaryDirectory() as place, Web(trap) as traps:
        folder = Path(place)
        expected = lay(told.docs, told.per, folder)
        servers = "".join(
            f" server {{ listen {host}:{PORT}; server_name {host}; root {folder}/{host};"
            " location = /moved { return 301 /moved-here.html; } }\n"
            for host in expected
        )
        servers += (
            f" server {{ listen {TRAPS}:{PORT}; server_name {TRAPS}; location / {{ proxy_buffering off;"
            f" proxy_set_header Host {TRAPS}; proxy_pass http://127.0.0.1:{traps.port}; }} }}\n"
        )
        out = told.keep or folder / "out"
        # The pages link to the real web, too: only these hosts are asked.
        seeds = [f"http://{host}:{PORT}/" for host in (*expected, TRAPS)]
        more = ("--delay", str(told.delay), "--patience", "0.5", "--timeout", "10")
        with nginx(told.nginx, folder, servers) as log:
            began = time.monotonic()
            for number in range(told.kills):
                before = len(lines(log))
                with subprocess.Popen(command(out, seeds, told.workers, *more), stderr=subprocess.DEVNULL) as process:
                    while len(lines(log)) < before + told.after and process.poll() is None:
                        time.sleep(0.1)
                    process.send_signal(signal.SIGKILL)
                print(f"kill {number + 1} after {len(lines(log)) - before} requests", flush=True)
            done = subprocess.run(command(out, seeds, told.workers, *more), check=True, capture_output=True, text=True)
            print(done.stdout)
            seen = lines(log)
        print(f"{len(seen)} requests in {time.monotonic() - began:.0f} s, {sum(map(len, expected.values()))} expected")
        print(f"in traps: {Counter(one.path.split('/')[1].partition('?')[0] for one in seen if one.host == TRAPS)}")
        wrong = check(seen, expected, told.delay)
        print(records(out))
        print("\n".join(["WRONG", *wrong[:40]]) if wrong else "all as it should be")
        sys.exit(bool(wrong))


def speed(told: argparse.Namespace) -> None:
    """Crawl as fast as it goes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        site = folder / "site"
        site.mkdir()
        draw = random.Random(1)  # noqa: S311
        texts = [
            line for path in (ROOT / "pipeline/sample/texts").glob("*.txt") for line in path.read_text().splitlines()
        ]
        (site / "robots.txt").write_text("User-agent: *\nDisallow: /no/\nCrawl-delay: 0\n", encoding="utf-8")
        for number in range(told.pages):
            near = [number * 2 + 1, number * 2 + 2, *draw.sample(range(told.pages), 12)]
            links = "".join(f"<a href='/p{one}.html'>page</a> " for one in near if one < told.pages)
            body = "".join(f"<p>{draw.choice(texts)}</p>" for _ in range(24))
            (site / f"p{number}.html").write_text(
                f"<html><body>HOST {number}{body}{links}</body></html>", encoding="utf-8"
            )
        servers = f" server {{ listen {PORT}; root {site}; sub_filter HOST $host; }}\n"
        seeds = folder / "seeds.txt"
        names = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(told.hosts)]
        seeds.write_text("".join(f"http://{name}:{PORT}/p0.html\n" for name in names), encoding="utf-8")
        out = folder / "out"
        with nginx(told.nginx, folder, servers) as log:
            began = time.monotonic()
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            with subprocess.Popen(
                command(out, [str(seeds)], told.workers, "--delay", "0"), stderr=sys.stderr
            ) as process:
                while process.poll() is None:
                    time.sleep(5)
                    memory(out, began)
            seconds = time.monotonic() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
            count = sum(one.status == 200 and one.path.startswith("/p") for one in lines(log))
        print(f"{count} pages of {told.pages * told.hosts} in {seconds:.1f} s: {count / seconds:.0f} a second;")
        print(f"{spent:.1f} s of processor: {count / spent:.0f} pages for each of them")


def memory(out: Path, began: float) -> None:
    """Print what the partitions hold."""
    held = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"pipeline.crawl.engine\0{out}".encode() in path.read_bytes():
                pages = int((path.parent / "statm").read_text().split()[1])
                held.append(pages * os.sysconf("SC_PAGESIZE") / 1e6)
    print(f"{time.monotonic() - began:.0f} s: partitions hold {', '.join(f'{one:.0f}' for one in held)} MB", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = asked.add_subparsers(required=True)
    one = kinds.add_parser("site")
    one.add_argument("--docs", type=Path, nargs="+", required=True)
    one.add_argument("--per", type=int, default=20, help="pages of each language")
    one.add_argument("--kills", type=int, default=10)
    one.add_argument("--after", type=int, default=30, help="requests between two kills")
    one.add_argument("--delay", type=float, default=0.05)
    one.add_argument("--keep", type=Path, help="where the crawl is left for a build")
    one.set_defaults(run=site)
    other = kinds.add_parser("speed")
    other.add_argument("--pages", type=int, default=500, help="pages of each host")
    other.add_argument("--hosts", type=int, default=200)
    other.set_defaults(run=speed)
    for kind in (one, other):
        kind.add_argument("--nginx", default="nginx")
        kind.add_argument("--workers", type=int, default=2)
    told = asked.parse_args()
    told.run(told)


if __name__ == "__main__":
    main()
