"""Signatures: compile time, and rate by script.

    python tests/bench/minhash.py [compile] [rate]     (nothing named: both)

Rates are bytes of text over CPU time of the one thread that runs, best of several runs, on the data pack's docs.jsonl
(34 MB, 530 labels); a peer runs on a part of the same texts. Clustering is measured by cluster.py, what is found by
planted.py.
"""

import io
import json
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import zstandard
from datasketch import MinHash

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from parts import cold_compile, run
from shared import SHARED

from dedup.minhash import sign
from dedup.recipe import Recipe

COMPILE = """
import time, numba, numpy as np, pyarrow as pa
numba.njit(lambda x: x + 1)(1)
from dedup import canonical, cluster, minhash, normal
from dedup.recipe import Recipe
def took(name, call):
    begin = time.process_time(); call(); print(f"  {name:10} {time.process_time() - begin:5.2f} s")
    return time.process_time() - begin
docs, values = np.arange(40), np.zeros((40, 128), np.uint16)
yes, none = np.ones(40, bool), np.zeros((40, 1))
begin = time.process_time()
took("tables", lambda: (normal.table(), minhash.steps()))
took("sign", lambda: minhash.sign(pa.array(["a b c d e f"]), Recipe()))
took("normal", lambda: normal.normal("a"))
ones = np.ones((40, 2), np.uint64)
took("cluster", lambda: cluster.components(cluster.links(ones, values, ones[:, 0], Recipe()), 40))
took("canonical", lambda: canonical.choose(docs * 0, yes, none, values, 0.75, 1))
print(f"  {'together':10} {time.process_time() - begin:5.2f} s")
"""


def documents(name: str) -> list[dict[str, str]]:
    """Documents of the data pack in id order, NFC."""
    assert SHARED is not None, "needs the data pack"
    with (SHARED / "docs" / name).open("rb") as raw:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        rows = sorted(map(json.loads, stream), key=lambda row: str(row["id"]))
    for row in rows:
        row["text"] = unicodedata.normalize("NFC", row["text"])
    return rows


def best(call: Callable[[], object], runs: int = 5) -> float:
    """The least CPU seconds of this thread."""
    took = []
    for _ in range(runs):
        begin = time.thread_time()
        call()
        took.append(time.thread_time() - begin)
    return min(took)


def rate() -> None:
    """MB/s of signatures: of all texts at several numbers of permutations, by script, and of datasketch."""
    rows = documents("docs.jsonl.zst")
    texts = pa.array([row["text"] for row in rows], pa.string())
    size = len(texts.buffers()[2]) / 1e6
    print(f"signatures, {size:.1f} MB, {len(rows)} documents, one core")
    for permutations in (128, 112, 64):
        recipe = Recipe(permutations=permutations, bands=permutations // 8)
        sign(texts.slice(0, 10), recipe)
        took = best(lambda recipe=recipe: sign(texts, recipe))  # type: ignore[misc]
        print(f"  {permutations:4} permutations {size / took:6.0f} MB/s")
    for script in ("Latn", "Cyrl", "Arab", "Deva", "Ethi", "Hani", "Jpan", "Thai", "Mymr", "Tibt"):
        part = pa.array([row["text"] for row in rows if row["label"].endswith(script)], pa.string())
        some = len(part.buffers()[2]) / 1e6
        took = best(lambda part=part: sign(part, Recipe()))  # type: ignore[misc]
        print(f"  {script} {some:6.2f} MB      {some / took:6.0f} MB/s")

    some_texts = [row["text"] for row in rows[::200]]

    def peer() -> None:
        for text in some_texts:
            words = text.split()
            sketch = MinHash(num_perm=112)
            sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])

    some = sum(len(text.encode()) for text in some_texts) / 1e6
    print(f"  datasketch {some:.1f} MB   {some / best(peer, 1):6.1f} MB/s (112 permutations, words by split())")


if __name__ == "__main__":
    run(__doc__, {"compile": lambda: cold_compile(COMPILE), "rate": rate})
