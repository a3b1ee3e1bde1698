"""Quality and speed of every extractor, through the same path as a build: decode, bounds, child process.

    python tests/bench/extract.py [--docs N]

F1 is that of the article-extraction-benchmark: overlap of 4-grams of words with the gold text, precision and recall
averaged over pages. ``direct/s`` is the same library called on the decoded articles in this very process: what the path
costs beside it. Documentation pages show what is left of the text in other scripts: how many pages yield any.
"""

import argparse
import importlib
import io
import json
import logging
import platform
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import SHARED

from pipeline.extract.charset import decode
from pipeline.extract.extraction import Extracted, Extraction
from pipeline.extract.extractors import EXTRACTORS, Extractor
from pipeline.read.record import Page

_WORD = re.compile(r"\w+")
_BATCH = 64


def pages(pattern: str) -> Iterator[tuple[str, Page]]:
    """Address and page of every response in the archives that match."""
    assert SHARED is not None
    for path in sorted((SHARED / "web").glob(pattern)):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
                media = (record.http_content_type or "text/html").lower()
                page = Page(record.reader.read(), record.http_charset, media)
                yield record.headers.get("WARC-Target-URI") or "", page


def lines(name: str) -> list[dict[str, str]]:
    """The records of a compressed JSON lines file."""
    assert SHARED is not None
    with (SHARED / "web" / name).open("rb") as file:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8")
        return [json.loads(line) for line in text]


def grams(text: str) -> Counter[tuple[str, ...]]:
    """4-grams of words; a shorter text is one gram."""
    words = _WORD.findall(text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


def score(found: dict[str, str], gold: dict[str, str]) -> tuple[float, float, float]:
    """F1, precision and recall as averages over pages, the F1 of the averages."""
    precision, recall = [], []
    for url, truth in gold.items():
        ours, theirs = grams(found.get(url, "")), grams(truth)
        common = (ours & theirs).total()
        if ours:
            precision.append(common / ours.total())
        if theirs:
            recall.append(common / theirs.total())
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    return 2 * p * r / (p + r), p, r


def run(engine: str, given: list[tuple[str, Page]]) -> tuple[dict[str, str], Counter[str], float]:
    """Text by address, reasons of skips, and seconds without the child's start."""
    found: dict[str, str] = {}
    skipped: Counter[str] = Counter()
    with Extraction(engine) as extraction:
        extraction.extract([Page(b"<html><body><p>warm</p></body></html>", None, "text/html")])
        start = time.perf_counter()
        for i in range(0, len(given), _BATCH):
            some = given[i : i + _BATCH]
            for (url, _), result in zip(some, extraction.extract([page for _, page in some]), strict=True):
                if isinstance(result, Extracted):
                    found[url] = result.text
                else:
                    skipped[result.reason] += 1
        return found, skipped, time.perf_counter() - start


def direct(row: Extractor, given: list[tuple[str, Page]]) -> float:
    """Seconds of the extractor alone, without bounds, pipes and process."""
    module, _, name = row.function.partition(":")
    function = getattr(importlib.import_module(module), name)
    texts = [decode(page.body, page.charset)[0] for _, page in given]
    function(texts[0])
    start = time.perf_counter()
    for text in texts:
        function(text)
    return time.perf_counter() - start


def main() -> None:
    """Print one table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--docs", type=int, default=600, help="documentation pages, spread over all languages")
    wanted = arguments.parse_args().docs
    if SHARED is None:
        sys.exit("The data pack is not there: set CORPUS_SHARED_DATA to its folder.")

    logging.disable(logging.CRITICAL)
    gold = {row["url"]: row["gold_text"] for row in lines("article-benchmark.gold.jsonl.zst")}
    articles = list(pages("article-benchmark-*.warc.gz"))
    mixed = list(pages("trafilatura-eval-*.warc.gz"))
    label = {row["url"]: row["label"] or "mixed" for row in lines("docs.manifest.jsonl.zst")}
    documents = list(pages("docs-*.warc.gz"))
    documents = documents[:: max(1, len(documents) // wanted)]

    print(f"{platform.machine()}, Python {platform.python_version()}")
    print(
        f"{'extractor':12} {'F1':>6} {'P':>6} {'R':>6}"
        f" {'articles/s':>11} {'direct/s':>9} {'all/s':>7} {'docs/s':>7}  skipped"
    )
    for row in EXTRACTORS:
        found, skipped, seconds = run(row.name, articles)
        f1, p, r = score(found, gold)
        _, skipped_mixed, seconds_mixed = run(row.name, mixed)
        found_docs, skipped_docs, seconds_docs = run(row.name, documents)
        rates = len(articles) / seconds, (len(articles) + len(mixed)) / (seconds + seconds_mixed)
        skips = dict(skipped + skipped_mixed + skipped_docs)
        print(
            f"{row.name:12} {f1:6.3f} {p:6.3f} {r:6.3f} {rates[0]:11.0f}"
            f" {len(articles) / direct(row, articles):9.0f} {rates[1]:7.0f}"
            f" {len(documents) / seconds_docs:7.0f}  {skips}"
        )
        by_script: dict[str, list[int]] = defaultdict(list)
        for url, _ in documents:
            by_script[label.get(url, "mixed").rpartition("_")[2]].append(len(found_docs.get(url, "")))
        shares = (
            f"{script} {sum(map(bool, sizes))}/{len(sizes)} ({sum(sizes) // len(sizes)})"
            for script, sizes in sorted(by_script.items())
        )
        print("  pages with text (mean characters): " + ", ".join(shares))


if __name__ == "__main__":
    main()
