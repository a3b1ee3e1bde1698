"""Draw a large mixture of a synthetic build: time, memory, and how near every shard comes to the shares.

    python tests/bench/mixture.py /tmp/mixture --gigabytes 10 --labels 300

Sizes of languages span five orders of magnitude. Documents are random words of a language's own, so that nothing is
read from anywhere.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.progress import Lines
from pipeline.release import materialise, mixture
from pipeline.release.mixture import Recipe
from pipeline.store import Store

GROUP_ROWS = 4096


def build(out: Path, labels: int, total: float) -> None:
    """A folder as builds leave it: one shard a label, of sizes that together are about ``total`` bytes."""
    chance = np.random.default_rng(1)
    sizes = np.geomspace(1, 1e5, labels)
    sizes *= total / sizes.sum()
    shards = []
    for number, size in enumerate(sizes.tolist()):
        label = f"{number:03d}_Latn"
        words = np.array(["".join(map(chr, 97 + chance.integers(0, 26, chance.integers(2, 10)))) for _ in range(5000)])
        place = out / f"data/{label}/S000-00000.parquet"
        place.parent.mkdir(parents=True)
        lengths = chance.lognormal(7.0, 1.0, max(1, round(size / 1800))).clip(40, 60_000).astype(int)
        texts = [" ".join(words[chance.integers(0, 5000, max(5, length // 6))]) for length in lengths]
        ids = np.sort(np.frombuffer(chance.bytes(16 * len(texts)), "S16"))
        table = pa.table(
            {
                "text": texts,
                "id": [one.ljust(16, b"\0").hex() for one in ids.tolist()],
                "url": pa.nulls(len(texts), pa.string()),
                "language": [label[:3]] * len(texts),
                "language_script": ["Latn"] * len(texts),
                "source": ["synthetic"] * len(texts),
                "licence": pa.nulls(len(texts), pa.string()),
            }
        )
        repeating = ["language", "language_script", "source"]  # as shards are written
        pq.write_table(
            table, place, row_group_size=GROUP_ROWS, compression="zstd", compression_level=1, use_dictionary=repeating
        )
        shards.append(
            {
                "file": str(place.relative_to(out)),
                "label": label,
                "rows": len(texts),
                "row_digest": f"{number:032x}",
                "text_bytes": pc.sum(pc.binary_length(table["text"])).as_py(),
            }
        )
    manifest = {"settings": {}, "settings_digest": "", "counts": {}, "shards": shards, "snapshots": []}
    (out / "manifest.json").write_text(json.dumps(manifest))


def worst(folder: Path, shares: dict[str, float]) -> tuple[float, float]:
    """Of all shards and labels, the largest distance of a share in points, and in standard errors."""
    points, errors = 0.0, 0.0
    for place in sorted(folder.glob("train-*.parquet")):
        table = pq.read_table(place, columns=["label", "text"])
        sizes = pa.table({"label": table["label"], "bytes": pc.binary_length(table["text"])})
        told = sizes.group_by("label").aggregate([("bytes", "sum"), ("bytes", "mean"), ("bytes", "stddev")]).to_pydict()
        total = sum(told["bytes_sum"])
        found = {label: amount / total for label, amount in zip(told["label"], told["bytes_sum"], strict=True)}
        mean = pc.mean(sizes["bytes"]).as_py()
        spread = mean * (1 + (pc.stddev(sizes["bytes"]).as_py() / mean) ** 2)
        for label, share in shares.items():
            away = abs(found.get(label, 0.0) - share)
            points = max(points, 100 * away)
            errors = max(errors, away / np.sqrt(share * (1 - share) * spread / total))
    return points, errors


def main() -> None:
    """Build where nothing is, then draw."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("folder", type=Path)
    told.add_argument("--gigabytes", type=float, default=1.0)
    told.add_argument("--labels", type=int, default=300)
    asked = told.parse_args()
    out = asked.folder / f"build-{asked.labels}"
    if not (out / "manifest.json").exists():
        build(out, asked.labels, 4e8)
    store = Store(out)
    began = time.perf_counter()
    found = mixture.plan(
        store, json.loads((out / "manifest.json").read_bytes()), Recipe(budget=asked.gigabytes * 1e9), None, Lines(), 2
    )
    mixture.write(store, found)
    print(f"planned in {time.perf_counter() - began:.1f} s")
    drawn = asked.folder / f"drawn-{asked.labels}-{asked.gigabytes:g}"
    began = time.perf_counter()
    counts = materialise.run(store, found, drawn, Lines())
    took = time.perf_counter() - began
    rate = asked.gigabytes * 1e3 / took
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{counts['train']:,} documents of {asked.gigabytes:g} GB in {took:.0f} s: {rate:.0f} MB/s")
    print(f"most memory {peak:.2f} GB")
    points, errors = worst(drawn, {name: label.share for name, label in found.labels.items()})
    print(f"largest distance of a share in a shard: {points:.2f} points, {errors:.2f} standard errors")


if __name__ == "__main__":
    main()
