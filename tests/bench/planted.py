"""What is found of planted duplicates, by true similarity, beside the theory and the peers.

    python tests/bench/planted.py [--noisy] [--pairs 1500] [--peers] [--sweep]

Real documents of many scripts (the data pack's docs.jsonl) are copied with 0.5 to 30 % of their words edited
(substituted, inserted, deleted, a third each); the truth is the Jaccard similarity of their sets of shingles, over the
same words and normal form, counted without a kernel. ``--sweep`` tries numbers of bands and rows; ``--peers`` runs
datatrove's signatures and buckets on the same texts, and text-dedup's rule (its words are those of a pattern of ASCII
and Unicode word characters) with datasketch's permutations. ``--noisy`` plants nothing: it takes every pair of
documents of the data pack's noisy.jsonl with a similarity of .60 or more, but for those of two languages in one text.
"""

import argparse
import io
import json
import random
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from jaccard import jaccard, shingles
from shared import SHARED

from dedup import bands, cluster
from dedup.canonical import choose
from dedup.cluster import components, links
from dedup.estimate import between
from dedup.minhash import sign
from dedup.recipe import Recipe

RANGES = ((0.60, 0.70), (0.70, 0.75), (0.75, 0.80), (0.80, 0.85), (0.85, 0.90), (0.90, 1.01))
RATES = (0.005, 0.01, 0.015, 0.02, 0.0225, 0.025, 0.0275, 0.03, 0.0325, 0.035, 0.04, 0.045, 0.05, 0.06, 0.08, 0.15, 0.3)
SPACELESS = frozenset({"Hani", "Jpan", "Thai", "Khmr", "Laoo", "Mymr", "Tibt"})
A_SCRIPT = 60
"""Documents of one script that are copied at most: else nearly all would be in Latin script."""


class Planted(NamedTuple):
    """``texts``: originals and copies, two after one another; ``true`` and ``script`` (pairs,) of each."""

    texts: list[str]
    true: np.ndarray
    script: list[str]


def documents(name: str) -> list[dict[str, str]]:
    """Documents of the data pack in id order, NFC."""
    assert SHARED is not None, "needs the data pack"
    with (SHARED / "docs" / name).open("rb") as raw:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        rows = sorted(map(json.loads, stream), key=lambda row: str(row["id"]))
    for row in rows:
        row["text"] = unicodedata.normalize("NFC", row["text"])
    return rows


def noisy() -> tuple[list[str], Planted]:
    """The texts of noisy.jsonl that are of one language, and all pairs among them from the lowest range up.

    Every shingle is looked up in every text, so that no pair is overlooked, whatever made it alike.
    """
    rows = [row for row in documents("noisy.jsonl.zst") if row["noise"] != "mixed_language"]
    sets = [shingles(row["text"]) for row in rows]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, found in enumerate(sets):
        for shingle in found:
            holders[shingle].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        shared.update(combinations(numbers, 2))
    texts, true, scripts = [], [], []
    for (i, j), count in sorted(shared.items()):
        similarity = count / (len(sets[i]) + len(sets[j]) - count)
        if similarity >= RANGES[0][0]:
            assert similarity == jaccard(sets[i], sets[j])
            texts += [rows[i]["text"], rows[j]["text"]]
            true.append(similarity)
            scripts.append(rows[i]["label"][-4:])
    return [row["text"] for row in rows], Planted(texts, np.array(true), scripts)


def edited(text: str, rate: float, script: str, draw: random.Random) -> str:
    """A copy with a share of its units edited, by units of the same text; at least one."""
    glue = "" if script in SPACELESS else " "
    units = list(text) if script in SPACELESS else text.split()
    vocabulary = [unit for unit in units if unit.strip()]
    for place in sorted(draw.sample(range(len(units)), max(1, round(rate * len(units)))), reverse=True):
        other = draw.choice(vocabulary)
        units[place : place + 1] = draw.choice(([other], [units[place], other], []))
    return glue.join(units)


def plant(pairs: int, seed: int = 1) -> Planted:
    """Pairs until each range of similarity has so many, of as many scripts as there are, the same for ever."""
    draw = random.Random(seed)  # noqa: S311
    by_script: dict[str, list[dict[str, str]]] = defaultdict(list)
    rows = documents("docs.jsonl.zst")
    for row in rows:
        row["text"] = row["text"][:4000]
    rows = [row for row in rows if len(row["text"]) >= 600]  # long enough that an edit changes little
    draw.shuffle(rows)
    for row in rows:
        if len(by_script[row["label"][-4:]]) < A_SCRIPT:
            by_script[row["label"][-4:]].append(row)
    originals = [row for script in sorted(by_script) for row in by_script[script]]
    sets = {row["id"]: shingles(row["text"]) for row in originals}
    texts, true, scripts = [], [], []
    counts = [0] * len(RANGES)
    while min(counts) < pairs:
        row = draw.choice(originals)
        script = row["label"][-4:]
        copy = edited(row["text"], draw.choice(RATES), script, draw)
        similarity = jaccard(sets[row["id"]], shingles(copy))
        at = next((i for i, (low, high) in enumerate(RANGES) if low <= similarity < high), None)
        if at is None or counts[at] >= pairs:
            continue
        counts[at] += 1
        texts += [row["text"], copy]
        true.append(similarity)
        scripts.append(script)
    return Planted(texts, np.array(true), scripts)


def spans(true: np.ndarray) -> list[np.ndarray]:
    """The pairs of each range."""
    return [np.flatnonzero((true >= low) & (true < high)) for low, high in RANGES]


def found_by(values: np.ndarray, recipe: Recipe) -> np.ndarray:
    """True for each pair that shares a band and whose estimate reaches the threshold: each pair as if alone."""
    keys = bands.keys(values, recipe.bands, recipe.rows, np.zeros(len(values), np.uint64))
    shared = (keys[0::2] == keys[1::2]).any(axis=1)
    return shared & (between(values[0::2], values[1::2]) >= recipe.threshold)


def _mean(found: np.ndarray) -> float:
    return float(found.mean()) if len(found) else float("nan")


def show(name: str, found: np.ndarray, planted: Planted, recipe: Recipe | None = None) -> None:
    """A row of rates; with a recipe, what its theory expects of these very pairs below it."""
    mine = spans(planted.true)
    print(f"  {name:28}" + "".join(f"  {found[at].mean() if len(at) else float('nan'):9.4f}" for at in mine))
    if recipe is not None:
        grid = np.linspace(0.55, 1, 91)
        chance = np.interp(planted.true, grid, [recipe.found_probability(float(s)) for s in grid])
        print(f"  {'  theory':28}" + "".join(f"  {chance[at].mean() if len(at) else float('nan'):9.4f}" for at in mine))


def removals(values: np.ndarray, exact: np.ndarray, texts: list[str], recipe: Recipe) -> None:
    """Who is removed for whom where all documents are in one corpus, and how like they truly are."""
    n = len(values)
    clusters = components(links(exact, values, np.zeros(n, np.uint64), recipe), n)
    choice = choose(clusters, np.ones(n, np.bool_), np.zeros((n, 1)), values, recipe.threshold)
    removed = np.flatnonzero(choice.canonical >= 0)
    draw = np.random.default_rng(1).choice(removed, min(4000, len(removed)), replace=False)
    true = np.array([jaccard(shingles(texts[i]), shingles(texts[choice.canonical[i]])) for i in draw])
    error = np.abs(true - choice.estimate[draw])
    print(
        f"  removed {len(removed)} of {n}, all in one corpus; of {len(draw)} of them {np.mean(true < 0.65):.4f} are"
        f" under .65 with their canonical, the least is {true.min():.3f}; mean error of the estimate {error.mean():.4f}"
    )


def errors(values: np.ndarray, planted: Planted) -> None:
    """Mean absolute error of the estimate by script, and what theory expects."""
    estimate = between(values[0::2], values[1::2])
    scripts = np.array(planted.script)
    told = []
    for script, count in Counter(planted.script).most_common():
        at = scripts == script
        told.append((script, count, float(np.abs(estimate - planted.true)[at].mean())))
    theory = np.sqrt(2 / np.pi * planted.true * (1 - planted.true) / values.shape[1]).mean()
    worst = max((one for one in told if one[1] >= 30), key=lambda one: one[2])
    print(
        f"  {len(told)} scripts; mean absolute error {np.abs(estimate - planted.true).mean():.4f}, theory {theory:.4f};"
        f" most {worst[2]:.4f} ({worst[0]}, {worst[1]} pairs)"
    )


def sweep(values: np.ndarray, exact: np.ndarray, planted: Planted) -> None:
    """Every height of a band with the fewest bands that find .98 at .85 by theory: what is found, and what it costs."""
    salts = np.zeros(len(values), np.uint64)
    print("  bands x rows: what is found; pairs compared and CPU seconds where all texts are one corpus")
    for rows in range(3, 12):
        number = next(
            (n for n in range(1, 128 // rows + 1) if Recipe(bands=n, rows=rows).match_probability(0.85) >= 0.98), 0
        )
        if not number:
            continue
        recipe = Recipe(bands=number, rows=rows)
        show(f"{number} x {rows}", found_by(values, recipe), planted)
        keys, docs = cluster.entries(exact, bands.keys(values, number, rows, salts), salts)
        compared = len(cluster.candidates(keys, exact[docs, 0], docs.astype(np.uint32)).near)
        took = min(_seconds(lambda: links(exact, values, salts, recipe)) for _ in range(3))  # noqa: B023
        chances = "  ".join(f"{recipe.match_probability(s) * 1e6:.3g}" for s in (0.05, 0.1, 0.2, 0.3))
        print(
            f"      {number + 1} keys a document, {compared} compared, {took:.3f} s;"
            f" of a million pairs of .05, .1, .2, .3 are compared {chances}"
        )


def _seconds(call: Callable[[], object]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def datatrove_finds(planted: Planted) -> np.ndarray:
    """Pairs that share a bucket of datatrove's 14 x 8 signatures; its words of every language, cut at white space."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.hashing import HashConfig
    from peer import Split

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("datatrove.") and hasattr(module, "load_word_tokenizer"):
            module.load_word_tokenizer = lambda _: Split()  # type: ignore[attr-defined]
    config = MinhashConfig(
        hash_config=HashConfig(precision=64, hash_fc="sha1"), num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    step = MinhashDedupSignature("/tmp/unused", config=config, language="eng")  # noqa: S108
    signed = []
    for number, text in enumerate(planted.texts):
        found = step.get_shingles(Document(text, str(number)).text)
        signed.append(step.get_signature(found) if found.size else None)
    return np.array(
        [
            left is not None and right is not None and any(map(list.__eq__, left, right))
            for left, right in zip(signed[0::2], signed[1::2], strict=True)
        ]
    )


def text_dedup_finds(planted: Planted) -> np.ndarray:
    """Pairs that text-dedup's rule joins at .75: lower-cased words, 5 to a shingle, datasketch's bands."""
    import re

    from datasketch import MinHash
    from datasketch.lsh import _optimal_param

    number, rows = _optimal_param(0.75, 128, 0.5, 0.5)
    split = re.compile(r"\W+", re.UNICODE)
    found = []
    for i in range(0, len(planted.texts), 2):
        sketches = []
        for text in planted.texts[i : i + 2]:
            told = [word for word in split.split(text.lower()) if word]
            sketch = MinHash(num_perm=128)
            sketch.update_batch([" ".join(told[k : k + 5]).encode() for k in range(max(1, len(told) - 4))])
            sketches.append(sketch.hashvalues[: number * rows].reshape(number, rows))
        found.append((sketches[0] == sketches[1]).all(axis=1).any())
    return np.array(found)


def main() -> None:
    """Plant, sign, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1500, help="pairs of each range")
    parser.add_argument("--noisy", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--sweep", action="store_true")
    told = parser.parse_args()
    begin = time.process_time()
    if told.noisy:
        corpus, planted = noisy()
    else:
        planted = plant(told.pairs)
        corpus = planted.texts
    print(
        f"{len(planted.true)} pairs of {len(set(planted.script))} scripts, made in {time.process_time() - begin:.0f} s"
    )
    recipe = Recipe()
    signed = sign(pa.array(planted.texts, pa.string()), recipe)
    print(f"  {'':28}" + "".join(f"  {low:.2f}-{min(high, 1):.2f}" for low, high in RANGES))
    print(f"  {'pairs':28}" + "".join(f"  {len(at):9}" for at in spans(planted.true)))
    show(f"ours, {recipe.bands} x {recipe.rows}", found_by(signed.values, recipe), planted, recipe)
    errors(signed.values, planted)
    every = sign(pa.array(corpus, pa.string()), recipe)
    removals(every.values, every.exact, corpus, recipe)
    if told.sweep:
        sweep(signed.values, signed.exact, planted)
    if told.peers:
        show("datatrove, 14 x 8", datatrove_finds(planted), planted)
        show("text-dedup's rule, 11 x 11", text_dedup_finds(planted), planted)


if __name__ == "__main__":
    main()
