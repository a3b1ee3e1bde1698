"""Mutated and hostile pages through the kernels with bounds checking on: no error, none slow, memory flat.

    python tests/bench/hostile.py [--count N] [--seed S]

Seeds are the pages of the tests of markup and, where the data pack is, beginnings of real pages.
"""

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ["NUMBA_BOUNDSCHECK"] = "1"
os.environ["NUMBA_CACHE_DIR"] = os.environ.get("HOSTILE_CACHE", tempfile.mkdtemp())
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import SHARED

from manifests.errors import Skip
from pipeline.extract.content import Reader
from pipeline.extract.elements import ELEMENTS
from pipeline.extract.lessons import pages

TAGS = [name for names, _, _ in ELEMENTS for name in names.split()]
PIECES = [
    *(f"<{tag}>" for tag in TAGS),
    *(f"</{tag}>" for tag in TAGS),
    *("<!--", "-->", "--!>", "<![CDATA[", "]]>", "<?", "<!", "</", "<", ">", "&", "&#", "&#x", "&#xFFFFFFFF;", "&amp"),
    *("'", '"', "=", "/", "/>", " class=", ' id="comment ad nav"', " style='display:none'", " hidden", "\0", "\n"),
    *("текст ", "文字", "ខ្មែរ", "தமிழ்.", "a", " ", "\u00a0", "\U0001f600", "\ufeff", "A sentence, of some words. " * 4),
]
RAW = [piece.encode() for piece in PIECES] + [b"\xff", b"\xc2", b"\xe0\x80", b"\xf0\x9f", b"\xed\xa0\x80"]

HOSTILE = [
    *(b"</i>", b"</li>", b"</x>"),
    *(b"<", b"<a", b"<a>", b"&", b"&#", b"&amp", b"<!--", b"<!-", b"</", b"</p>", b"<p>", b"<b>", b"<b><p>", b"<a><p>"),
    *(b"<i", b"<p ", b"<p a", b"<p a=", b'<p a="', b"<p class=ad ", b"<table>", b"<table><tr><td>", b"<td>", b"<li>"),
    *(b"<script>", b"<script><!--", b"<script></scrip", b"<title>", b"<svg>", b"<svg><p>", b"<math>", b"<button>x"),
    *(
        b"<div>",
        b"<div>x",
        b"<p>x",
        b"<br>x",
        b"<h1>",
        b"<ul><li>",
        b"<select><option>",
        b"<template>",
        b"]]>",
        b"<pre>x",
    ),
    *(
        b"x ",
        "字".encode(),
        b"<p>x</p><div></b>",
        b"<div></i></b></a></p>",
        b"<a href=x>y</a>",
        b"<img>",
        b"<time>x",
        b"\0",
    ),
]


def mutate(page: bytes, chance: random.Random) -> bytes:
    """Cut, double, swap, flip and insert, a few times."""
    body = bytearray(page)
    for _ in range(chance.randint(1, 12)):
        i, j = sorted((chance.randint(0, len(body)), chance.randint(0, len(body))))
        match chance.randint(0, 5):
            case 0:
                del body[i : min(j, i + 200)]
            case 1:
                body[i:i] = body[i : min(j, i + 400)]
            case 2 if body:
                body[min(i, len(body) - 1)] = chance.randint(0, 255)
            case 3:
                body[i:i] = chance.choice(RAW) * chance.choice([1, 1, 1, 2, 50])
            case 4:
                del body[max(j, 20) :]
            case _:
                body[i:i] = b"".join(chance.choice(RAW) for _ in range(chance.randint(1, 20)))
    return bytes(body[:200_000])


def seeds() -> list[bytes]:
    """Small pages to begin with."""
    made = [b"".join(RAW[k : k + 40]) for k in range(0, len(RAW), 20)]
    if SHARED is not None:
        for archive in sorted((SHARED / "web").glob("*.warc.gz"))[::2]:
            for number, (_, page) in enumerate(pages(archive)):
                if number % 25 == 0:
                    made.append(page[max(0, page.find(b"<body")) :][:6000])
                if number > 1000:
                    break
    return made


def main() -> None:
    """Print how many pages went through, the slowest, and the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    chance = random.Random(told.seed)  # noqa: S311 (it must repeat)
    reader = Reader()
    reader.read(b"<p>warm</p>")
    slowest = 0.0
    for piece in HOSTILE:
        for size in (10 << 20, 60_000 * len(piece)):
            deep = b"<i><li><x>" + b"<div>" * 1010 if piece.startswith(b"</") else b""
            page = (deep + piece * (size // len(piece)))[: 10 << 20]
            start = time.process_time()
            try:
                reader.read(page)
                said = ""
            except Skip as skip:
                said = skip.reason
            took = time.process_time() - start
            slowest = max(slowest, took)
            if took > 0.5:
                print(f"{took:.2f} s: {len(page)} bytes of {piece!r} {said}")
    begun = seeds()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(told.count):
        page = mutate(chance.choice(begun), chance)
        start = time.process_time()
        try:
            reader.read(page)
        except Skip:
            pass
        except Exception:
            Path("hostile.html").write_bytes(page)
            raise
        slowest = max(slowest, time.process_time() - start)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(f"{told.count} mutated pages, slowest {slowest:.2f} s, {more} KB more memory")


if __name__ == "__main__":
    main()
