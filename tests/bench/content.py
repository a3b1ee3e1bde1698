"""Our kernels' main text on pages of sites that the model was not trained on, beside the libraries, on the same pages.

    python tests/bench/content.py [--docs N] [--texts FILE]

AEB: precision and recall of 4-grams of words on whole articles, averaged over pages. Pieces: of the pieces that must be
kept or left out, F1 as trafilatura's evaluation counts it, blanks alike. Five folds by domain; each page is read by the
model of the other four. The time of a mode is our own for all pages, the median of three rounds, and the library's
for those that it is asked for. Documentation pages: characters' 6-grams by script, with the model of articles alone, so
that no family of them was in training; ``--docs 0`` leaves them out. ``--texts`` keeps every text for looking at.
"""

import argparse
import json
import logging
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.extract import score
from bench.manuals import main_text
from shared import SHARED

from pipeline.extract.content import Content, Reader
from pipeline.extract.extractors import SURE, Mode
from pipeline.extract.html import (
    resiliparse_main_content,
    trafilatura_alone,
    trafilatura_default,
    trafilatura_precision,
)
from pipeline.extract.lessons import Lesson, lessons, pages, plain, rows_of
from pipeline.extract.train import held_out, see
from pipeline.extract.workspace import Workspace

PEERS = {
    "precision": trafilatura_precision,
    "default": trafilatura_default,
    "alone": trafilatura_alone,
    "resiliparse": resiliparse_main_content,
}
"""trafilatura as FineWeb2 sets it, by default, and without the extractors it compares itself with; resiliparse."""
FALL_BACK: dict[Mode, str] = {"fast": "alone", "balanced": "alone", "quality": "precision"}
"""What our modes go on to."""
_MARK = re.compile(r"^(?:- |[|]| [|] )|[|]$| [|] ", re.MULTILINE)


def pieces_score(found: dict[str, str], known: list[Lesson]) -> tuple[float, float, float]:
    """F1, precision and recall of pieces."""
    kept = lost = wrong = 0
    for lesson in known:
        text = plain(found[lesson.url])
        inside = sum(plain(piece) in text for piece in lesson.pieces)
        kept += inside
        lost += len(lesson.pieces) - inside
        wrong += sum(plain(piece) in text for piece in lesson.strangers)
    p, r = kept / (kept + wrong), kept / (kept + lost)
    return 2 * p * r / (p + r), p, r


def shares(found: str, gold: str) -> tuple[float, float]:
    """Precision and recall of 6-grams of characters that are not blank; marks of list items and cells are none."""
    ours, theirs = (
        Counter(text[i : i + 6] for i in range(max(1, len(text) - 5)))
        for text in ("".join(_MARK.sub("", found).split()), "".join(gold.split()))
    )
    common = (ours & theirs).total()
    return common / max(1, ours.total()), common / max(1, theirs.total())


def articles(kept: dict[str, dict[str, str]]) -> None:
    """The table of both kinds of gold."""
    assert SHARED is not None
    work = Workspace()
    seen = [see(lesson, work) for lesson in lessons(SHARED / "web")]
    read: dict[str, Content] = {}
    for model, inside in held_out(seen, work):
        reader = Reader(model)
        read |= {page.lesson.url: reader.read(page.lesson.page) for page in inside}
    texts: dict[str, dict[str, str]] = {}
    rates: dict[str, float] = {}
    seconds: dict[str, dict[str, float]] = {}
    for name, function in PEERS.items():
        texts[name], seconds[name] = {}, {}
        function("<html><body><p>warm</p></body></html>")
        for page in seen:
            start = time.process_time()
            texts[name][page.lesson.url] = function(page.lesson.page.decode("utf-8", "replace"))
            seconds[name][page.lesson.url] = time.process_time() - start
        rates[name] = len(seen) / sum(seconds[name].values())
    reader = Reader()
    reader.read(b"<p>warm</p>")
    rounds = []
    for _ in range(3):
        start = time.process_time()
        for page in seen:
            reader.read(page.lesson.page)
        rounds.append(time.process_time() - start)
    for mode, least in SURE.items():
        asked = {url for url, content in read.items() if content.confidence < least}
        fall_back = FALL_BACK[mode]
        other = texts[fall_back]
        texts[mode] = {url: (url in asked and other[url]) or content.text for url, content in read.items()}
        rates[mode] = len(seen) / (sorted(rounds)[1] + sum(seconds[fall_back][url] for url in asked))
        print(f"{mode}: {fall_back} is asked for {len(asked)} of {len(seen)} pages")
    order = sorted(content.confidence for content in read.values())
    print(
        "confidence by share of pages:", {q: round(order[int(len(order) * q / 100)], 3) for q in (1, 2, 5, 9, 13, 20)}
    )
    whole = {page.lesson.url: page.lesson.text or "" for page in seen if page.whole}
    print(f"{'':12} {'AEB F1':>7} {'P':>6} {'R':>6}  {'pieces':>7} {'P':>6} {'R':>6} {'pages/s':>8}")
    for name, found in texts.items():
        one, two = score(found, whole), pieces_score(found, [page.lesson for page in seen if not page.whole])
        line = f"{name:12} {one[0]:7.4f} {one[1]:6.3f} {one[2]:6.3f}  {two[0]:7.4f} {two[1]:6.3f} {two[2]:6.3f}"
        print(f"{line} {rates[name]:8.0f}")
    kept |= texts


def documentation(wanted: int, kept: dict[str, dict[str, str]]) -> None:
    """The table of scripts."""
    assert SHARED is not None
    told = {row["url"]: row for row in rows_of(SHARED / "web" / "docs.manifest.jsonl.zst")}
    # Every page of the rarer scripts, and of the others as many as come to the number asked for.
    sizes = Counter((row["label"] or "mixed")[-5:].lstrip("_") for row in told.values())
    most = wanted // len(sizes)
    readers = {"kernel": Reader()}
    sums: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    turn: Counter[str] = Counter()
    for archive in sorted((SHARED / "web").glob("docs-*.warc.gz")):
        for url, page in pages(archive):
            if url not in told:
                continue
            script = (told[url]["label"] or "mixed")[-5:].lstrip("_")
            turn[script] += 1
            if turn[script] % max(1, sizes[script] // most):
                continue
            gold = main_text(told[url]["package_family"], page)
            found = readers["kernel"].read(page)
            sums[script, "kernel"].append(shares(found.text, gold))
            other = trafilatura_precision(page.decode("utf-8", "replace"))
            sums[script, "trafilatura"].append(shares(other, gold))
            kept.setdefault("documentation", {})[url] = found.text
    for name in ("kernel", "trafilatura"):
        every = [pair for (_, who), pairs in sums.items() if who == name for pair in pairs]
        sums["all", name] = every
        line = []
        for (script, who), pairs in sorted(sums.items()):
            if who == name:
                p, r = (sum(pair[k] for pair in pairs) / len(pairs) for k in (0, 1))
                line.append(f"{script} {p:.3f}/{r:.3f} ({len(pairs)})")
        print(f"{name}: " + ", ".join(line))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=600)
    parser.add_argument("--no-articles", action="store_true")
    parser.add_argument("--texts", type=Path)
    told = parser.parse_args()
    if SHARED is None:
        sys.exit("The data pack is not there: set CORPUS_SHARED_DATA to its folder.")
    logging.disable(logging.CRITICAL)
    kept: dict[str, dict[str, str]] = {}
    if not told.no_articles:
        articles(kept)
    if told.docs:
        documentation(told.docs, kept)
    if told.texts:
        told.texts.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
