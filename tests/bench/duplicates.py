"""Whole de-duplication, ours, datatrove's and text-dedup's, on the same text with planted duplicates:

    python tests/bench/duplicates.py FOLDER [--megabytes 500] [--theirs 20] [--text-dedup PYTHON] [--rounds 3]

JSON lines in, signatures, clusters, and the documents that stay out, with 2 workers each. The text is that of corpus.py
with planted duplicates: one document in ten is copied with one word in a hundred changed, one in twenty as it is.
Nothing is identified or judged on any side. Ours hands tasks to the workers of a build: they read with its readers,
sign, cluster and elect with its steps, and write as its store does. The others have as many megabytes as they can do.
datatrove runs its four stages as its example does, with words cut at white space, which is kind to it. text-dedup runs
its command for MinHash with as many permutations and bands, in an interpreter of its own:

    python -m venv FOLDER/venv; FOLDER/venv/bin/pip install text-dedup==0.4.0

All take turns in each round, so that whatever else the machine does disturbs all; seconds of processors are told too.
Writes of ours wait for the disk, those of the others do not: ``--scratch /dev/shm`` leaves the disk out.
"""

import argparse
import gzip
import json
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
import corpus
from signed import Documents, clustered, driver_of, put

from dedup.minhash import sign
from dedup.recipe import Recipe
from pipeline.engines.local import Local
from pipeline.plan import record_id
from pipeline.read.place import list_files
from pipeline.read.reader import Reading, read
from pipeline.read.record import Document
from pipeline.read.record import Documents as DocumentsRead
from pipeline.settings import load
from pipeline.steps import decide
from pipeline.steps.text import BATCH_BYTES
from pipeline.store import Store
from pipeline.task import Context, Outcome, Task, execute

MEMORY = 1 << 30
BANDS, ROWS, SHINGLE = 14, 8, 5
"""The others' recipe, that of FineWeb2."""
TEXTS = pa.schema({"id": pa.string(), "text": pa.string()})


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


def signed(store: Store, work: tuple[str, str]) -> tuple[int, int]:
    """Read a file and write its texts and signatures; documents, bytes of text."""
    place, name = work
    file = list_files(place)[0]
    ids: list[bytes] = []
    exact, values = [], []
    size = 0
    with store.writer(f"work/text/{name}.parquet", TEXTS) as writer:
        for documents in batches(read(file, "jsonl", "zstd", 0, file.size)):
            texts = documents.texts
            both = sign(texts, Recipe())
            exact.append(both.exact)
            values.append(both.values)
            ids += [record_id("bench", file.relative, *document.position) for document in documents.each]
            told = [document.source_id for document in documents.each]
            writer.write_table(pa.table([pa.array(told, pa.string()), texts], schema=TEXTS))
            size += texts.nbytes
    n = len(ids)
    columns = np.frombuffer(b"".join(ids), np.uint8).reshape(n, 16), np.concatenate(exact), np.concatenate(values)
    put(store, name, Documents(*columns, np.full(n, "und_Zzzz"), np.ones(n, np.int64)))
    return n, size


def batches(reading: Reading) -> Iterator[DocumentsRead]:
    """Documents as the reader gives them, about BATCH_BYTES at a time."""
    each: list[Document] = []
    texts: list[pa.StringArray] = []
    for records in reading.together():
        assert isinstance(records, DocumentsRead), "the bench makes no records that cannot be read"
        each += records.each
        texts.append(records.texts)
        if sum(one.nbytes for one in texts) >= BATCH_BYTES:
            yield DocumentsRead(each, pa.concat_arrays(texts))
            each, texts = [], []
    if each:
        yield DocumentsRead(each, pa.concat_arrays(texts))


def result(store: Store, work: tuple[str, int]) -> int:
    """Write the documents of a file that stay."""
    name, number = work
    elected = decide._elected(store, number)
    stays = elected["canonical_id"].is_null().to_numpy(zero_copy_only=False)
    lost = elected["place"].to_numpy()[~stays] & 0xFFFFFFFF
    kept = before = 0
    with (
        pq.ParquetFile(store.path(f"work/text/{name}.parquet")) as texts,
        store.aside(f"data/{name}.parquet") as draft,
        pq.ParquetWriter(draft, TEXTS, compression="zstd", use_dictionary=False) as writer,
    ):
        for group in range(texts.num_row_groups):
            table = texts.read_row_group(group, use_threads=False)
            keep = np.ones(table.num_rows, np.bool_)
            here = lost[(lost >= before) & (lost < before + table.num_rows)]
            keep[here - before] = False
            writer.write_table(table.filter(pa.array(keep)))
            kept += int(keep.sum())
            before += table.num_rows
    return kept


OWN: dict[str, Callable[[Store, Any], Any]] = {"sign": signed, "result": result}


def perform(context: Context, task: Task) -> Outcome:
    """A step of a build, or one of this bench."""
    if task.step in OWN:
        return Outcome(task, OWN[task.step](Store(Path(context.root)), task.work))
    return execute(context, task)


class Run(NamedTuple):
    """Megabytes of text, documents that stay, seconds on the clock and of processors, and what else there is to say."""

    size: float
    stay: int
    wall: float
    cpu: float
    said: str = ""

    def __str__(self) -> str:
        return (
            f"{self.size:.0f} MB, {self.stay:,} stay: {self.wall:.1f} s = {self.size / self.wall:.2f} MB/s;"
            f" processors {self.cpu:.1f} s = {self.size / self.cpu:.2f} MB/s{self.said}"
        )


def spent() -> float:
    """Seconds of processors that this process and its ended children have taken."""
    told = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in told)


def ours(place: Path, out: Path, workers: int) -> Run:
    """The real steps, by the workers of a build."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    files = {file.name[:2]: file for file in sorted(place.glob("*.jsonl.zst"))}
    context = Context(str(out), load(["none"]), "", MEMORY)
    begin, before = time.perf_counter(), spent()
    crew = Local(context, workers, perform)
    driver = driver_of(Store(out), crew)
    told = driver.run("sign", [Task("sign", name, (str(file), name)) for name, file in files.items()])
    parts: dict[str, dict[str, object]] = {name: {"fingerprint": name, "rows": told[name][0]} for name in files}
    done = clustered(driver, parts, context)
    kept = driver.run("result", [Task("result", name, (name, number)) for number, name in enumerate(parts)])
    crew.close()
    seconds, processors = time.perf_counter() - begin, spent() - before
    phases = ", ".join(f"{phase} {took:.1f}" for phase, took in driver.seconds.items())
    said = f" ({sum(n for n, _ in told.values()):,} documents, {done['clusters']:,} clusters; {phases})"
    size = sum(size for _, size in told.values()) / 1e6
    return Run(size, sum(kept.values()), seconds, processors, said)


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
    begin, before = time.perf_counter(), spent()
    for number, (pipeline, tasks) in enumerate(stages):
        logs = str(out / f"logs-{number}")
        LocalPipelineExecutor(
            pipeline=pipeline, tasks=tasks, workers=workers, logging_dir=logs, start_method="fork"
        ).run()
    seconds, processors = time.perf_counter() - begin, spent() - before
    stay = sum(gzip.decompress(file.read_bytes()).count(b"\n") for file in (out / "result").glob("*.jsonl.gz"))
    return Run(text_size(place), stay, seconds, processors)


def text_dedup(place: Path, out: Path, workers: int, python: Path) -> Run:
    """Its command for MinHash, start included; kind to it: xxh3, which is faster than its default SHA-1."""
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
    begin, before = time.perf_counter(), spent()
    subprocess.run(command, check=True, cwd=out, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, processors = time.perf_counter() - begin, spent() - before
    stay = json.loads((out / "result" / "state.json").read_text())["_data_files"]
    rows = sum(pa.ipc.open_stream(out / "result" / file["filename"]).read_all().num_rows for file in stay)
    return Run(text_size(place), rows, seconds, processors)


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
    rates = {
        name: (median(one.size / one.wall for one in of), median(one.size / one.cpu for one in of))
        for name, of in found.items()
    }
    for name, (wall, cpu) in rates.items():
        times = (
            ""
            if name == "ours"
            else f": ours {rates['ours'][0] / wall:.1f} x, by processors {rates['ours'][1] / cpu:.1f} x"
        )
        print(f"{name}: median {wall:.2f} MB/s, {cpu:.2f} MB a second of processors{times}")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
