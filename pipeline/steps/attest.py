"""What the other documents of a host say of one: how much of their text is in its language, and how sure that is.

A document does not bear witness for itself, nor does one that is in no language. Sums are of whole numbers, so that it
makes no difference in which order documents come or how they lie in parts.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.decide import determined
from pipeline.settings import digest
from pipeline.steps import count, hosts
from pipeline.steps.hosts import UNKNOWN
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
LEAST = 5
"""Other documents in a language that a host must have for anything to be said by it."""
SCORES = 1 << 16
"""Scores are added up in steps of so fine a part."""
EMPTY = pa.table(
    {
        "row": pa.array([], pa.uint32()),
        "host_documents": pa.array([], pa.int32()),
        "host_agreement": pa.array([], pa.float32()),
        "host_score": pa.array([], pa.float32()),
    }
)
"""Documents of the host, this one among them; share of the text of the others that is answered as this one is; their
mean score."""

Numbers = npt.NDArray[np.int64]


def fingerprint(witnesses: Mapping[str, object], parts: Iterable[str]) -> str:
    """Changes with any document of the parts that bear witness, and with which are told."""
    return digest("attest", VERSION, sorted(witnesses.items()), sorted(parts))


def run(context: Context, store: Store, work: tuple[int, int, list[str], list[str]]) -> dict[str, list[int]]:
    """Ask all documents of a range of hosts of each other; those of ``parts`` are told, by part."""
    number, of, witnesses, parts = work
    span = count.span(number, of)
    names = ["key", "row", *hosts.SAID]
    tables = [store.read_range(f"{hosts.VISITED}/{part}.parquet", "key", *span, names) for part in witnesses]
    sizes = [table.num_rows for table in tables]
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    told = _told(table)
    ends = np.cumsum([0, *sizes]).tolist()
    wanted = frozenset(parts)
    found = {
        part: told.slice(start, stop - start).sort_by("row")
        for part, start, stop in zip(witnesses, ends[:-1], ends[1:], strict=True)
        if part in wanted
    }
    return hosts.write(store, hosts.ATTESTED, number, found, EMPTY)


def _told(table: pa.Table) -> pa.Table:
    """As EMPTY, row for row."""
    labels = table["raw_label"].combine_chunks()
    codes = labels.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    speaks = np.array([determined(name) for name in labels.dictionary.to_pylist()], np.bool_)[codes]
    _, host = np.unique(table["key"].to_numpy(), return_inverse=True)
    weight = np.where(speaks, table["text_bytes"].to_numpy().astype(np.int64), 0)
    score = np.where(speaks, np.rint(table["language_score"].to_numpy() * SCORES), 0).astype(np.int64)
    _, tongue = np.unique(host * max(1, len(labels.dictionary)) + codes, return_inverse=True)
    others = _sums(host, speaks.astype(np.int64)) - speaks
    text = _sums(host, weight) - weight
    known = speaks & (others >= LEAST) & (text > 0)
    agreement = np.where(known, (_sums(tongue, weight) - weight) / np.maximum(text, 1), UNKNOWN)
    mean = np.where(known, (_sums(host, score) - score) / np.maximum(others, 1) / SCORES, UNKNOWN)
    return pa.table(
        [table["row"], _sums(host, np.ones_like(codes)).astype(np.int32), agreement, mean], schema=EMPTY.schema
    )


def _sums(group: Numbers, values: Numbers) -> Numbers:
    """Of each row the sum of its group. The groups are numbered from 0 on."""
    total = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.add.at(total, group, values)
    found: Numbers = total[group]
    return found
