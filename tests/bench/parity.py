"""Every document of the data pack in a spaced script, judged by our rules and datatrove's; differences are listed.

    python tests/bench/parity.py [--every N]

Both see whitespace words and the same limits; stop words are ours, in both.
"""

import argparse
import io
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import oracle
from shared import SHARED

from filters.stopwords import load
from manifests.languages import word_kind

BATCH = 500


def documents(every: int) -> list[dict[str, Any]]:
    """One in ``every`` documents in a spaced script."""
    if SHARED is None:
        raise SystemExit("parity needs the data pack: set CORPUS_SHARED_DATA to its folder")
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8", newline="\n")
        read = (json.loads(line) for number, line in enumerate(lines) if number % every == 0)
        return [one for one in read if word_kind(one["label"]) == "spaced" and one["text"].split()]


def main() -> None:
    """Print agreement by family, what is removed, and every document that is judged otherwise."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--every", type=int, default=1, help="judge one document in so many")
    chosen = documents(arguments.parse_args().every)
    begin = time.perf_counter()
    for family in oracle.FAMILIES:
        found: list[oracle.Pair] = []
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            texts, labels = [one["text"] for one in batch], [one["label"] for one in batch]
            found += oracle.pairs(family, texts, labels, load())
        total = len(found)
        verdicts = sum((pair.ours == "") == (pair.theirs == "") for pair in found) / total
        reasons = sum(pair.ours == pair.theirs for pair in found) / total
        print(f"{family}: {total} documents, same verdict {verdicts:.4%}, same reason {reasons:.4%}")
        removed = Counter(pair.theirs for pair in found if pair.theirs)
        print("   removed:", ", ".join(f"{name} {count}" for name, count in removed.most_common()))
        for one, pair in zip(chosen, found, strict=True):
            if pair.ours != pair.theirs:
                print(f"   {one['id']} {one['label']}: ours {pair.ours or 'kept'}, theirs {pair.theirs or 'kept'}")
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
