"""Whole de-duplication, ours, datatrove's and text-dedup's, on the same text with planted duplicates:

    python tests/bench/duplicates.py FOLDER [--megabytes 500] [--theirs 20] [--text-dedup PYTHON] [--rounds 3]

JSON lines in, signatures, clusters, and the documents that stay out, with 2 workers each. The text is that of corpus.py
with planted duplicates: one document in ten is copied with one word in a hundred changed, one in twenty as it is.
Nothing is identified or judged on any side. Ours hands tasks to the workers of a build: they read with its readers,
sign, cluster and elect with its steps, and write as its store does. The others have as many megabytes as they can do.
datatrove runs its four stages as its example does, with words cut at white space, which is kind to it. text-dedup runs
its command for MinHash with as many permutations and bands, in an interpreter of its own:

    python -m venv FOLDER/venv; FOLDER/venv/bin/pip install text-dedup==0.4.0

All take turns in each round, so that whatever else the machine does disturbs all. What it takes to start is apart, as
datatrove's workers are copies of a process that has imported everything. Writes of ours wait for the disk, those of the
others do not: ``--scratch /dev/shm`` leaves the disk out.
"""

import argparse
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pyarrow as pa
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
import corpus
from dedup_tasks import perform
from signed import clustered, driver_of

from pipeline.engines.local import Local
from pipeline.settings import load
from pipeline.store import Store
from pipeline.task import Context, Task

MEMORY = 1 << 30
BANDS, ROWS, SHINGLE = 14, 8, 5
"""The others' recipe, that of FineWeb2."""


def planted(place: Path) -> Path:
    """The same files with copies in the file after the next, made once."""
    result = place.with_name(f"{place.name}-planted")
    if (result / "done").exists():
        return result
    shutil.rmtree(result, ignore_errors=True)
    result.mkdir()
    draw = random.Random(1)  # noqa: S311
    copies: list[dict[str, str]] = []
    for file in sorted(place.glob("*.jsonl.zst")):
        with zstandard.open(result / file.name, "wt", encoding="utf-8") as out:
            later: list[dict[str, str]] = []
            for line in lines(file):
                row = json.loads(line)
                out.write(line)
                chance = draw.random()
                if chance < 0.15:
                    words = row["text"].split(" ")
                    for at in draw.sample(range(len(words)), len(words) // 100) if chance < 0.1 else ():
                        words[at] = draw.choice(words)
                    later.append({**row, "id": f"{row['id']}-copy", "text": " ".join(words)})
            for row in copies:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            copies = later
    (result / "done").write_text("")
    return result


def lines(file: Path) -> Iterator[str]:
    """The lines of a compressed file."""
    with zstandard.open(file, "rt", encoding="utf-8") as stream:
        yield from stream


class Run(NamedTuple):
    """Megabytes of text, documents that stay, seconds, those of the start before, and what else there is to say."""

    size: float
    stay: int
    seconds: float
    start: float = 0.0
    said: str = ""

    @property
    def rate(self) -> float:
        """Megabytes a second."""
        return self.size / self.seconds

    def __str__(self) -> str:
        started = f", and {self.start:.1f} s to start" if self.start else ""
        return (
            f"{self.size:.0f} MB, {self.stay:,} stay: {self.seconds:.1f} s{started} = {self.rate:.2f} MB/s{self.said}"
        )


def ours(place: Path, out: Path, workers: int) -> Run:
    """The real steps, by the workers of a build."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    files = {file.name[:2]: file for file in sorted(place.glob("*.jsonl.zst"))}
    context = Context(str(out), load(["none"]), "", MEMORY)
    crew = Local(context, workers, perform)
    driver = driver_of(Store(out), crew)
    driver.run("start", [Task("start", str(number), None) for number in range(workers)])
    begin = time.perf_counter()
    told = driver.run("sign", [Task("sign", name, (str(file), name)) for name, file in files.items()])
    parts: dict[str, dict[str, object]] = {name: {"fingerprint": name, "rows": told[name][0]} for name in files}
    done = clustered(driver, parts, context)
    kept = driver.run("result", [Task("result", name, (name, number)) for number, name in enumerate(parts)])
    seconds = time.perf_counter() - begin
    crew.close()
    start = driver.seconds.pop("start")
    phases = ", ".join(f"{phase} {took:.1f}" for phase, took in driver.seconds.items())
    said = f" ({sum(n for n, _ in told.values()):,} documents, {done['clusters']:,} clusters; {phases})"
    size = sum(size for _, size in told.values()) / 1e6
    return Run(size, sum(kept.values()), seconds, start, said)


def datatrove(place: Path, out: Path, workers: int) -> Run:
    """Its four stages."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig
    from peer import Split

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("datatrove.") and hasattr(module, "load_word_tokenizer"):
            module.load_word_tokenizer = lambda _: Split()  # type: ignore[attr-defined]
    shutil.rmtree(out, ignore_errors=True)
    config = MinhashConfig(
        hash_config=HashConfig(precision=64, hash_fc="sha1"),
        num_buckets=BANDS,
        hashes_per_bucket=ROWS,
        n_grams=SHINGLE,
    )
    signatures, buckets, removed = (str(out / name) for name in ("signatures", "buckets", "removed"))
    reader = JsonlReader(str(place), glob_pattern="*.jsonl.zst", compression="zstd")
    stages = [
        ([reader, MinhashDedupSignature(signatures, config=config, language="eng")], 16),
        ([MinhashDedupBuckets(signatures, buckets, config=config)], BANDS),
        ([MinhashDedupCluster(buckets, removed, config=config)], 1),
        ([reader, MinhashDedupFilter(removed), JsonlWriter(str(out / "result"))], 16),
    ]
    begin = time.perf_counter()
    for number, (pipeline, tasks) in enumerate(stages):
        logs = str(out / f"logs-{number}")
        LocalPipelineExecutor(
            pipeline=pipeline, tasks=tasks, workers=workers, logging_dir=logs, start_method="fork"
        ).run()
    seconds = time.perf_counter() - begin
    stay = sum(gzip.decompress(file.read_bytes()).count(b"\n") for file in (out / "result").glob("*.jsonl.gz"))
    return Run(text_size(place), stay, seconds)


def text_dedup(place: Path, out: Path, workers: int, python: Path) -> Run:
    """Its command for MinHash, by its own clock; kind to it: xxh3, which is faster than its default SHA-1."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    told = {
        "path": "json", "data_files": place / "*.jsonl.zst", "split": "train", "column": "text",
        "cache_dir": out / "cache", "output": out / "result", "num_proc": workers, "hash_func": "xxh3",
        "ngram": SHINGLE, "min_length": 1, "num_perm": BANDS * ROWS, "b": BANDS, "r": ROWS,
    }  # fmt: skip
    command = [
        str(python),
        "-m",
        "text_dedup.minhash",
        *(str(word) for name in told for word in (f"--{name}", told[name])),
    ]
    begin = time.perf_counter()
    wide = {**os.environ, "COLUMNS": "200"}  # else it breaks the line that is sought below
    ran = subprocess.run(command, check=True, cwd=out, env=wide, capture_output=True, text=True)
    whole = time.perf_counter() - begin
    total = re.search(r"Total +: ([0-9.]+)s", ran.stdout + ran.stderr)
    assert total, "text-dedup told no time"
    seconds = float(total[1])
    stay = json.loads((out / "result" / "state.json").read_text())["_data_files"]
    rows = sum(pa.ipc.open_stream(out / "result" / file["filename"]).read_all().num_rows for file in stay)
    return Run(text_size(place), rows, seconds, whole - seconds)


@cache
def text_size(place: Path) -> float:
    """Megabytes of text below ``place``."""
    return sum(len(json.loads(line)["text"].encode()) for file in place.glob("*.zst") for line in lines(file)) / 1e6


def main() -> None:
    """All in turn, round by round, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--theirs", type=int, default=20, help="megabytes for the others; 0 leaves them out")
    parser.add_argument("--text-dedup", type=Path, metavar="PYTHON", help="an interpreter that has text-dedup")
    parser.add_argument("--scratch", type=Path, help="where all write, FOLDER unless told")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    told = parser.parse_args()
    scratch = (told.scratch or told.folder) / "duplicates"
    whole = planted(corpus.make(told.megabytes, told.folder))
    runs: dict[str, Callable[[], Run]] = {"ours": lambda: ours(whole, scratch / "ours", told.workers)}
    if told.theirs:
        some = planted(corpus.make(told.theirs, told.folder))
        runs["datatrove"] = lambda: datatrove(some, scratch / "datatrove", told.workers)
        if told.text_dedup:
            runs["text-dedup"] = lambda: text_dedup(some, scratch / "text-dedup", told.workers, told.text_dedup)
    found: dict[str, list[Run]] = {name: [] for name in runs}
    for _ in range(told.rounds):
        for name, run in runs.items():
            found[name].append(run())
            print(f"{name}: {found[name][-1]}", flush=True)
    rates = {name: median(one.rate for one in of) for name, of in found.items()}
    for name, rate in rates.items():
        print(
            f"{name}: median {rate:.2f} MB/s" + ("" if name == "ours" else f", ours {rates['ours'] / rate:.1f} times")
        )
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
