"""Speed of repair and privacy on one core, on real documents by script: python tests/bench/repair.py [--megabytes 8]

``needs`` is the pass alone; ``repair`` on clean text is the pass and nothing else, as clean text is not copied; ``as
found`` are the documents as they come. Rates are UTF-8 bytes over CPU time of the thread, the best of several runs, so
that a busy machine distorts them little. Peer: ftfy.fix_encoding and unicodedata on the same text.
"""

import argparse
import json
import platform
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import ftfy
import numpy as np
import pyarrow as pa
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import SHARED

from filters import privacy
from filters.needs import needs, table
from filters.repair import REPAIRS, repair
from langid.kernel import buffers

CHOSEN = {
    "English": "eng_Latn",
    "Vietnamese": "vie_Latn",
    "Yoruba": "yor_Latn",
    **{
        script: f"_{script}"
        for script in ["Latn", "Cyrl", "Grek", "Arab", "Deva", "Taml", "Thai", "Mymr", "Ethi", "Hani", "Hang"]
    },
    "all": "",
}
"""Name of a set of documents, and how their labels end or what they are."""


def documents() -> list[dict[str, str]]:
    """The clean documents of the data pack."""
    if SHARED is None:
        raise SystemExit("needs the multilingual data pack (set CORPUS_SHARED_DATA to its folder)")
    with zstandard.open(SHARED / "docs" / "docs.jsonl.zst", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rate(texts: pa.StringArray, work: Callable[[], object], runs: int = 7) -> float:
    """Megabytes a second of the best run."""
    offsets, _ = buffers(texts)
    best = float("inf")
    for _ in range(runs):
        start = time.thread_time()
        work()
        best = min(best, time.thread_time() - start)
    return float(offsets[-1] - offsets[0]) / best / 1e6


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=8, help="text of each set, repeated up to it")
    size = parser.parse_args().megabytes * 1e6
    start = time.process_time()
    table()
    built = time.process_time()
    repair(["a  b"])
    privacy.find(pa.array(["a"]))
    print(platform.processor() or platform.machine(), "Python", platform.python_version())
    print(f"table {built - start:.2f} s, kernels (cold or from the cache) {time.process_time() - built:.2f} s")

    texts = defaultdict(list)
    for document in documents():
        for name, label in CHOSEN.items():
            if label in document["label"]:
                texts[name].append(document["text"])
    print(f"{'MB/s':12}{'needs':>8}{'clean':>8}{'as found':>10}{'privacy':>9}  of the documents, needed")
    for name, found in texts.items():
        times = max(1, int(size / sum(len(text.encode()) for text in found)))
        came = pa.array(found * times)
        fixed = repair(came)
        clean = came.filter(pa.array(fixed.repairs == 0))
        offsets, data = buffers(came)
        out = np.zeros(len(came), np.uint8)
        rates = (
            rate(came, lambda o=offsets, d=data, m=out: needs(o, d, *table(), m)),
            rate(clean, lambda texts=clean: repair(texts)),
            rate(came, lambda texts=came: repair(texts), runs=3),
            rate(came, lambda texts=came: privacy.find(texts)),
        )
        shares = ", ".join(
            f"{repaired} {np.mean(fixed.repairs & bit > 0):.1%}"
            for repaired, bit in REPAIRS.items()
            if (fixed.repairs & bit).any()
        )
        print(f"{name:12}{rates[0]:8.0f}{rates[1]:8.0f}{rates[2]:10.0f}{rates[3]:9.0f}  {shares}")

    some = texts["all"][::20]
    peers = (
        ("ftfy.fix_encoding", ftfy.fix_encoding),
        ("unicodedata NFC", lambda text: unicodedata.normalize("NFC", text)),
    )
    for name, peer in peers:
        print(f"{name:20}{rate(pa.array(some), lambda peer=peer: [peer(text) for text in some], runs=2):8.0f} MB/s")


if __name__ == "__main__":
    main()
