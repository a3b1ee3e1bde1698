"""Signals: compile time, rate by script and kind of words, and datatrove's filters on a part of the same texts.

    python tests/bench/signals.py [compile] [rate] [peer]     (nothing named: all of them)

Rates are bytes of text over CPU time of the one thread that runs, best of several runs, on the data pack's docs.jsonl
(34 MB, 530 labels), with the stop words of every label.
"""

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import oracle
from parts import cold_compile, run
from shared import SHARED

from filters.signals import measure
from filters.stopwords import load

COMPILE = """
import time, numba, pyarrow as pa
numba.njit(lambda x: x + 1)(1)
from filters.signals import measure
begin = time.process_time()
measure(pa.array(["a b c"]), ["eng_Latn"])
print(f"  {time.process_time() - begin:.1f} s")
"""
SCRIPTS = ("Latn", "Cyrl", "Arab", "Deva", "Ethi", "Hani", "Jpan", "Thai", "Mymr", "Tibt")


def documents() -> tuple[list[str], list[str]]:
    """Texts and labels of the data pack."""
    if SHARED is None:
        raise SystemExit("the benchmark needs the data pack: set CORPUS_SHARED_DATA to its folder")
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        rows = [json.loads(line) for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def rate(texts: list[str], labels: list[str], call: Callable[[pa.StringArray, list[str]], object], runs: int) -> str:
    """Size and best rate of a call on texts."""
    array = pa.array(texts, pa.string())
    size = len(array.buffers()[2]) / 1e6
    took = []
    for _ in range(runs):
        begin = time.thread_time()
        call(array, labels)
        took.append(time.thread_time() - begin)
    return f"{size:6.2f} MB {size / min(took):7.1f} MB/s"


def by_script() -> None:
    """Rates of all texts in both kinds of words, and of single scripts."""
    texts, labels = documents()
    lists = load()
    print("signals, one core")
    for words in ("orthographic", "whitespace"):
        print(f"  {words:12}", rate(texts, labels, lambda a, b, w=words: measure(a, b, w, lists), 7))  # type: ignore[misc]
    for script in SCRIPTS:
        chosen = [row for row, label in enumerate(labels) if label.endswith(script)]
        some, their_labels = [texts[row] for row in chosen], [labels[row] for row in chosen]
        print(f"  {script:12}", rate(some, their_labels, lambda a, b: measure(a, b, stopwords=lists), 7))


def peer() -> None:
    """datatrove's Gopher and FineWeb filters on one document in fifty, with words by split()."""
    texts, labels = documents()
    some, their_labels = texts[::50], labels[::50]
    lists = load()

    def judge(array: pa.StringArray, labels: list[str]) -> None:
        for family in oracle.FAMILIES:
            for text, label in zip(array.to_pylist(), labels, strict=True):
                oracle.theirs(family, text, lists.get(label))

    print("peer, the same words")
    print("  datatrove   ", rate(some, their_labels, judge, 1))
    print("  ours        ", rate(some, their_labels, lambda a, b: measure(a, b, "whitespace", lists), 3))


if __name__ == "__main__":
    run(__doc__, {"compile": lambda: cold_compile(COMPILE), "rate": by_script, "peer": peer})
