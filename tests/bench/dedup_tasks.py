"""What workers do in the bench of whole de-duplication (duplicates.py): a module that they load quickly."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from signed_parts import Documents, put

from dedup.minhash import sign
from dedup.recipe import Recipe
from pipeline.plan import record_id
from pipeline.read.place import list_files
from pipeline.read.reader import Reading, read
from pipeline.read.record import Document
from pipeline.read.record import Documents as DocumentsRead
from pipeline.steps import decide, settle, warm
from pipeline.steps.text import BATCH_BYTES
from pipeline.store import Store
from pipeline.task import Context, Outcome, Task, execute, steps

TEXTS = pa.schema({"id": pa.string(), "text": pa.string()})


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
    files = sum(file.endswith(".parquet") for file in store.files(decide.ELECT))
    elected = settle.elected_of(store, number, number, files)
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


def start(context: Context) -> None:
    """Load what the other tasks need, before the clock runs."""
    steps()
    for kernels in ("repair", "signatures", "clusters"):
        warm.run(context, Store(Path(context.root)), kernels)


OWN: dict[str, Callable[[Store, Any], Any]] = {"sign": signed, "result": result}


def perform(context: Context, task: Task) -> Outcome:
    """A step of a build, or one of this bench."""
    if task.step == "start":
        return Outcome(task, start(context))
    if task.step in OWN:
        return Outcome(task, OWN[task.step](Store(Path(context.root)), task.work))
    return execute(context, task)
