"""Whole de-duplication, ours and datatrove's: python tests/bench/duplicates.py FOLDER [--megabytes 500] [--theirs 20]

JSON lines in, signatures, clusters, and the documents that stay out, with 2 workers each. The text is that of corpus.py
with planted duplicates: one document in ten is copied with one word in a hundred changed, one in twenty as it is.
Nothing is identified or judged on either side. Ours reads and signs the files in processes of its own, clusters and
elects with the real stages, and writes Parquet; datatrove runs its four stages as its example does, with words cut at
white space, which is kind to it, on as many megabytes as it can do.
"""

import argparse
import gzip
import io
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
import xxhash
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
import corpus
from signed import Documents, found, put

from dedup.minhash import sign
from dedup.recipe import Recipe
from pipeline.steps import decide
from pipeline.store import Store

READ_BYTES = 64 << 20


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


def signed(work: tuple[str, str, str]) -> tuple[str, int, int]:
    """Read a file and write its text and signatures; name, documents, bytes of text."""
    file, out, name = work
    with zstandard.open(file, "rb") as raw:
        table = pj.read_json(io.BytesIO(raw.read()), pj.ReadOptions(use_threads=False, block_size=READ_BYTES))
    texts = table["text"].combine_chunks()
    both = sign(texts, Recipe())
    n = len(texts)
    ids = b"".join(xxhash.xxh3_128_digest(one.encode()) for one in table["id"].to_pylist())
    labels = np.full(n, "und_Zzzz")
    documents = Documents(
        np.frombuffer(ids, np.uint8).reshape(n, 16), both.exact, both.values, labels, np.ones(n, np.int64)
    )
    put(Store(Path(out)), name, documents)
    pq.write_table(table, f"{out}/{name}.parquet", compression="lz4")
    return name, n, texts.nbytes


def result(work: tuple[str, str, int]) -> int:
    """Write the documents of a file that stay."""
    out, name, number = work
    store = Store(Path(out))
    table = pq.read_table(f"{out}/{name}.parquet")
    elected = decide._elected(store, number)
    lost = elected.filter(elected["canonical_id"].is_valid())["place"].to_numpy() & 0xFFFFFFFF
    stays = np.ones(table.num_rows, np.bool_)
    stays[lost] = False
    pq.write_table(table.filter(pa.array(stays)), f"{out}/result-{name}.parquet", compression="zstd")
    return int(stays.sum())


def ours(place: Path, out: Path, workers: int) -> str:
    """Run all; what to tell."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    files = sorted(place.glob("*.jsonl.zst"))
    begin = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        told = list(pool.map(signed, [(str(file), str(out), file.name[:2]) for file in files]))
        signing = time.perf_counter() - begin
        parts: dict[str, dict[str, object]] = {name: {"fingerprint": name, "rows": n} for name, n, _ in told}
        done, _ = found(out, parts, 1 << 30, "local", workers)
        clustering = time.perf_counter() - begin - signing
        kept = sum(pool.map(result, [(str(out), name, number) for number, name in enumerate(parts)]))
    seconds = time.perf_counter() - begin
    size = sum(size for *_, size in told) / 1e6
    documents = sum(n for _, n, _ in told)
    return (
        f"ours: {size:.0f} MB, {documents:,} documents, {kept:,} stay, {done['clusters']:,} clusters: {seconds:.1f} s ="
        f" {size / seconds:.1f} MB/s (signatures {signing:.1f}, clusters {clustering:.1f},"
        f" result {seconds - signing - clustering:.1f})"
    )


def theirs(place: Path, out: Path, workers: int) -> str:
    """datatrove's four stages; what to tell."""
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
        hash_config=HashConfig(precision=64, hash_fc="sha1"), num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    signatures, buckets, removed = (str(out / name) for name in ("signatures", "buckets", "removed"))
    reader = JsonlReader(str(place), glob_pattern="*.jsonl.zst", compression="zstd")
    stages = [
        ([reader, MinhashDedupSignature(signatures, config=config, language="eng")], 16),
        ([MinhashDedupBuckets(signatures, buckets, config=config)], 14),
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
    size = sum(len(json.loads(line)["text"].encode()) for file in place.glob("*.zst") for line in lines(file)) / 1e6
    stay = sum(gzip.decompress(file.read_bytes()).count(b"\n") for file in (out / "result").glob("*.jsonl.gz"))
    return f"datatrove: {size:.0f} MB, {stay:,} stay: {seconds:.1f} s = {size / seconds:.2f} MB/s"


def main() -> None:
    """Both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--theirs", type=int, default=20, help="megabytes for datatrove; 0 leaves it out")
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    print(ours(planted(corpus.make(told.megabytes, told.folder)), told.folder / "ours", told.workers), flush=True)
    if told.theirs:
        place = planted(corpus.make(told.theirs, told.folder))
        print(theirs(place, told.folder / "theirs", told.workers))


if __name__ == "__main__":
    main()
