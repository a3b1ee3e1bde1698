"""Dumps of wikis in many languages, made of known texts: how much of each comes out again, and how fast.

    python tests/bench/wikis.py [--languages 40] [--articles 5] [--peer FOLDER]

Documents of the data pack become articles (tests/wikis.py puts the markup around their lines), and these a dump a
language: plain, bz2 of one stream and of many, gzip and xz by turns. Each is read as a build reads it, child and all.
``chars`` is twice the characters that match, in order, over those of both texts, blanks counted as one. Beside ours
stand the bare libraries on the same wikitext, and with ``--peer`` WikiExtractor (pip install --target FOLDER
wikiextractor) on the same dumps. MB are of wikitext; seconds those of
the processor for what runs in this process alone.
"""

import argparse
import bz2
import difflib
import gzip
import json
import lzma
import os
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mwparserfromhell
import zstandard
from shared import SHARED
from wikis import FOOT, NAMES, Article, dump, head, marked, page

from manifests.languages import of
from pipeline import plan
from pipeline.extract.wikipage import WikiPage
from pipeline.extract.wikitext import convert
from pipeline.settings import load
from pipeline.steps import text as step
from pipeline.steps.text import documents

LONGEST, MOST = 400, 14
"""Characters of a line, and lines of an article."""


def many(articles: list[Article], wiki: str) -> bytes:
    """A dump of several streams, as Wikimedia packs them."""
    pages = ["".join(page(one, number) for number, one in enumerate(articles, 1))]
    return b"".join(bz2.compress(part.encode()) for part in [head(wiki), *pages, FOOT])


PACKINGS: dict[str, Callable[[list[Article], str], bytes]] = {
    ".xml": dump,
    ".xml.bz2": lambda articles, wiki: bz2.compress(dump(articles, wiki)),
    "-multistream.xml.bz2": many,
    ".xml.gz": lambda articles, wiki: gzip.compress(dump(articles, wiki)),
    ".xml.xz": lambda articles, wiki: lzma.compress(dump(articles, wiki), preset=1),
}


def texts(languages: int, articles: int) -> dict[str, list[list[str]]]:
    """Lines of documents, by label: scripts by turns."""
    assert SHARED is not None, "needs the data pack"
    found: dict[str, dict[str, list[list[str]]]] = defaultdict(lambda: defaultdict(list))
    with zstandard.open(SHARED / "docs" / "docs.jsonl.zst", "rt", encoding="utf-8") as stream:
        for line in stream:
            told = json.loads(line)
            lines = [" ".join(line.split()) for line in told["text"].split("\n")]
            lines = [line for line in lines if 20 <= len(line) <= LONGEST and not set(line) & set("[]{}|<>&=_*#~")]
            if len(set(lines)) >= 4:
                found[told["label"].partition("_")[2]][told["label"]].append(list(dict.fromkeys(lines))[:MOST])
    each = {script: iter(sorted(labels.items(), key=lambda one: -len(one[1]))) for script, labels in found.items()}
    chosen: dict[str, list[list[str]]] = {}
    while each and len(chosen) < languages:
        for script in sorted(each):
            if (one := next(each[script], None)) is None:
                del each[script]
            elif len(chosen) < languages and len(one[1]) >= 2:
                chosen[one[0]] = one[1][:articles]
    return chosen


def alike(found: str, wanted: str) -> float:
    """Twice what matches over both."""
    one, other = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (found, wanted))
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 2 * sum(block.size for block in blocks) / max(1, len(one) + len(other))


def ours(path: Path) -> dict[str, str]:
    """What a build has of a dump: texts by title."""
    settings = load([str(path)])
    tables = (table for unit in plan.make(settings).units for table in documents(unit, settings))
    return {row["title"]: row["text"] for table in tables for row in table.to_pylist()}


def _processors() -> float:
    """Seconds that this process and its children that have ended took."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def whole(articles: list[Article], peer: str | None, times: int = 12) -> None:
    """Print MB of wikitext a second of processors, children's too, for a dump of all; what a small one takes apart."""
    some = [one._replace(title=f"{one.title} {number}") for number in range(times) for one in articles]
    size = sum(len(one.wikitext.encode()) for one in some[len(articles) :]) / 1e6
    ways: dict[str, Callable[[Path], object]] = {"ours, a build's reading": ours}
    if peer:
        ways["WikiExtractor, 1 process"] = lambda path: extractor(peer, path)
    with tempfile.TemporaryDirectory() as folder:
        for name, call in ways.items():
            took = []
            for part in (some[: len(articles)], some, some[: len(articles)]):  # the first loads what is compiled
                path = Path(folder) / "swwiki-20240101.xml"
                path.write_bytes(dump(part))
                start = _processors()
                call(path)
                step._extraction.cache_clear()  # its child ends, and is counted
                took.append(_processors() - start)
            print(f"{name:32} {size / (took[1] - took[2]):6.2f} MB/s, start-up {took[2]:.1f} s")


def extractor(folder: str, path: Path) -> dict[str, str]:
    """What WikiExtractor has of it."""
    with tempfile.TemporaryDirectory() as out:
        told = [
            sys.executable,
            "-m",
            "wikiextractor.WikiExtractor",
            str(path),
            "--json",
            "--processes",
            "1",
            "--no-templates",
        ]
        environment = {**os.environ, "PYTHONPATH": folder}
        subprocess.run([*told, "-o", out], env=environment, check=True, capture_output=True)
        lines = (line for file in sorted(Path(out).rglob("wiki_*")) for line in file.read_text().splitlines())
        return {told["title"]: told["text"] for told in map(json.loads, lines)}


def bare(articles: list[Article]) -> Iterator[tuple[str, dict[str, str]]]:
    """What the libraries have without us."""
    yield "mwparserfromhell", {one.title: mwparserfromhell.parse(one.wikitext).strip_code() for one in articles}
    try:
        import wikitextparser
    except ImportError:
        return
    yield "wikitextparser", {one.title: wikitextparser.parse(one.wikitext).plain_text() for one in articles}


def seconds(call: Callable[[], object]) -> float:
    """Of the processor, the least of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def speed(articles: list[Article]) -> None:
    """Print MB of wikitext a second."""
    size = sum(len(one.wikitext.encode()) for one in articles) / 1e6
    pages = [WikiPage(one.wikitext, one.title) for one in articles]
    rows: dict[str, Callable[[], object]] = {
        "ours": lambda: [convert(one) for one in pages],
        "mwparserfromhell, parse": lambda: [mwparserfromhell.parse(one.text, skip_style_tags=True) for one in pages],
        "mwparserfromhell, strip_code": lambda: [mwparserfromhell.parse(one.text).strip_code() for one in pages],
    }
    try:
        import wikitextparser

        rows["wikitextparser, plain_text"] = lambda: [wikitextparser.parse(one.text).plain_text() for one in pages]
    except ImportError:
        pass
    for name, call in rows.items():
        print(f"{name:32} {size / seconds(call):6.2f} MB/s")


def main() -> None:
    """Print a row a language, then speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--languages", type=int, default=40)
    parser.add_argument("--articles", type=int, default=5)
    parser.add_argument("--peer", help="folder with WikiExtractor")
    told = parser.parse_args()
    scores: dict[str, list[float]] = defaultdict(list)
    every: list[Article] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (label, documents_of) in enumerate(texts(told.languages, told.articles).items()):
            language = of(label)
            wiki = language.iso639_1 or language.code
            articles = [marked(lines, 100 * number + at, wiki) for at, lines in enumerate(documents_of)]
            every += articles
            packing = list(PACKINGS)[number % len(PACKINGS)]
            path = Path(folder) / f"{wiki}wiki-20240101-pages-articles{packing}"
            path.write_bytes(PACKINGS[packing](articles, wiki))
            found = {"ours": ours(path), **dict(bare(articles))}
            if told.peer and packing.endswith((".xml", ".bz2")):
                found["WikiExtractor"] = extractor(told.peer, path)
            row = []
            for name, texts_of in found.items():
                by_title = {unicodedata.normalize("NFC", title): said for title, said in texts_of.items()}
                each = [alike(by_title.get(unicodedata.normalize("NFC", one.title), ""), one.text) for one in articles]
                scores[name] += each
                row.append(f"{name} {sum(each) / len(each):.4f}")
            print(f"{label:10} {packing:22} {len(articles)} articles  {'  '.join(row)}", flush=True)
    print()
    for name, values in scores.items():
        print(f"{name:20} mean {sum(values) / len(values):.4f}  least {min(values):.4f}  over {len(values)} articles")
    print(f"\nnames of namespaces other than English: {len(NAMES)} wikis")
    speed(every)
    whole(every, told.peer)


if __name__ == "__main__":
    main()
