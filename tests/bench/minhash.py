"""Signatures and clusters: compile time, rate by script, what bands find, and clustering at scale.

    python tests/bench/minhash.py [compile] [rate] [bands] [cluster]     (nothing named: all of them)

Rates are bytes of text over CPU time of the one thread that runs, best of several runs, on the data pack's docs.jsonl
(34 MB, 530 labels); a peer runs on a part of the same texts. ``bands`` tries recipes on the data pack's known
duplicates. ``cluster`` makes signatures: groups of ten near-copies, and one page copied a million times.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import zstandard
from datasketch import MinHash

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from jaccard import jaccard, shingles
from shared import SHARED

from dedup import bands
from dedup.canonical import choose
from dedup.cluster import components, edges, exact_edges
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
took("cluster", lambda: cluster.components(cluster.edges(np.zeros(40, np.uint64), docs, values, 0.75).pairs, 40))
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


def cold_compile() -> None:
    """Every kernel of dedup compiled from nothing, in a process and a cache of its own; CPU seconds."""
    with tempfile.TemporaryDirectory() as cache:
        paths = os.pathsep.join([str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", COMPILE], env=environment, check=True, capture_output=True, text=True
        )
        print(f"cold compile, CPU time\n{done.stdout}")


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


def by_bands() -> None:
    """What recipes find of known duplicates, and the least true Jaccard of a removal."""
    rows = documents("noisy.jsonl.zst")
    texts = pa.array([row["text"] for row in rows], pa.string())
    sets = [shingles(row["text"]) for row in rows]
    originals = {row["cluster"]: i for i, row in enumerate(rows) if row["noise"] == "clean"}
    kinds = ("exact_dup", "format_variant", "near_dup_01", "near_dup_05", "near_dup_10")
    pairs = {
        kind: [(i, originals[row["cluster"]]) for i, row in enumerate(rows) if row["noise"] == kind] for kind in kinds
    }
    n = len(rows)
    docs, everyone, alike = np.arange(n), np.ones(n, np.bool_), np.zeros((n, 1))
    print(f"known duplicates, {n} documents\n  bands threshold  {'  '.join(kinds)}  removed  least Jaccard  compared")
    for number, height in ((9, 13), (14, 8), (18, 7), (21, 6), (25, 5)):
        recipe = Recipe(bands=number, rows=height)
        signed = sign(texts, recipe)
        full = ~signed.empty
        for threshold in (0.7, 0.75, 0.8):
            found = edges(*bands.entries(signed.bands, docs, full), signed.values, threshold)
            copies = exact_edges(signed.exact, docs, full)
            clusters = components(np.concatenate([found.pairs, copies]), n)
            choice = choose(clusters, everyone, alike, signed.values, threshold)
            removed = np.flatnonzero(choice.canonical >= 0)
            least = min(jaccard(sets[i], sets[choice.canonical[i]]) for i in removed)
            shares = (np.mean([clusters[i] == clusters[j] for i, j in pairs[kind]]) for kind in kinds)
            print(
                f"  {number:2} x {height:2}  {threshold:8.2f}  {'  '.join(f'{share:11.3f}' for share in shares)}"
                f"  {len(removed):7}  {least:13.3f}  {found.compared:8}"
            )


def clustering() -> None:
    """Edges, components and canonicals of signatures that are made, at growing numbers."""
    recipe = Recipe()
    draw = np.random.default_rng(1)
    print("clustering, CPU seconds")
    for n in (100_000, 300_000, 1_000_000):
        values = np.repeat(draw.integers(0, 2**16, (n // 10, 128), dtype=np.uint16), 10, axis=0)
        for column in range(128):  # near-copies: one value in twenty is another
            other = np.flatnonzero(draw.random(n) < 0.05)
            values[other, column] = draw.integers(0, 2**16, len(other), dtype=np.uint16)
        keys = np.ascontiguousarray(values[:, :112]).view(np.uint64).reshape(n, 14, 2)
        keys = bands.salted(keys[:, :, 0] ^ (keys[:, :, 1] << np.uint64(7)), np.arange(n, dtype=np.uint64) // 10)
        report("groups of ten", n, keys, values, recipe)
    for n in (333_333, 1_000_000):
        values = np.tile(draw.integers(0, 2**16, (1, 128), dtype=np.uint16), (n, 1))
        values[:, 120:] = draw.integers(0, 2**16, (n, 8), dtype=np.uint16)
        report(
            "one page, near-copies", n, np.tile(np.arange(14, dtype=np.uint64) << np.uint64(59), (n, 1)), values, recipe
        )


def report(name: str, n: int, keys: bands.Keys, values: np.ndarray, recipe: Recipe) -> None:
    """Cluster one set of signatures, and say how long each part took."""
    everyone = np.ones(n, np.bool_)
    begin = time.thread_time()
    found = edges(*bands.entries(keys, np.arange(n), everyone), values, recipe.threshold)
    linked = time.thread_time()
    clusters = components(found.pairs, n)
    joined = time.thread_time()
    choice = choose(clusters, everyone, np.zeros((n, 1)), values, recipe.threshold)
    chosen = time.thread_time()
    print(
        f"  {name:22} {n:8}  edges {linked - begin:5.2f}  components {joined - linked:5.2f}"
        f"  choice {chosen - joined:5.2f}"
        f"  compared {found.compared + choice.compared:9}  removed {np.mean(choice.canonical >= 0):.3f}"
    )


PARTS = {"compile": cold_compile, "rate": rate, "bands": by_bands, "cluster": clustering}


def main() -> None:
    """Run the parts named, or all."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure")
    for name in asked.parse_args().parts or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
