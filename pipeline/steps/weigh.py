"""The limits that keep the best share of each label's documents: quality is counted part by part, then added up.

Counted are the documents that nothing else removes or sets apart, in the bins of ``filters.quality``, whose
numbers do not depend on how documents lie in parts. Copies are found later, so they count.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters import decide, quality, rules
from pipeline.settings import Settings, digest
from pipeline.steps.decide import KEPT_BEST, barred, columns_of, final_labels, harmony_of, limits_of
from pipeline.store import Store
from pipeline.task import Context

VERSION = 3

Numbers = npt.NDArray[np.int64]


def fingerprint(judging: str, notes: str) -> str:
    """Changes with the notes of a part and with whatever else its documents are judged by."""
    return digest("weigh", VERSION, quality.VERSION, judging, notes)


def run(context: Context, store: Store, work: tuple[str, str]) -> dict[str, Any]:
    """Count the documents of a part by final label and bin of quality."""
    part, wanted = work
    store.remove(f"work/weigh/{part}.json")  # an older marker must not outlive the file it speaks of
    settings = context.settings
    table = store.read_table(f"index/signals/{part}.parquet")
    labels = final_labels(table["raw_label"].combine_chunks(), harmony_of(settings))
    columns = columns_of(store, settings, part, table)
    others = [rule for rule in rules.named(settings.rules) if rule.signal != quality.SIGNAL]
    found = decide.verdicts(columns, labels, limits_of(settings), others)
    kept = (found.rule < 0) & (found.doubt < 0)
    kept &= barred(store, settings, table, columns) == 0
    codes = labels.indices.to_numpy(zero_copy_only=False)[kept].astype(np.int64)
    keys, counts = np.unique(codes * quality.BINS + quality.bins(columns[quality.SIGNAL][kept]), return_counts=True)
    named = pa.DictionaryArray.from_arrays(pa.array((keys // quality.BINS).astype(np.int32)), labels.dictionary)
    store.write_table(
        f"work/weigh/{part}.parquet", pa.table({"label": named, "bin": keys % quality.BINS, "count": counts}), level=1
    )
    marker = {"fingerprint": wanted}
    store.write_json(f"work/weigh/{part}.json", marker)
    return marker


def limits(store: Store, settings: Settings, parts: Iterable[str]) -> str:
    """Add up what was counted, and keep the limit of each label for the judges; what changes with any of them."""
    share = settings.quality.keep_share
    if share is None:
        store.remove(KEPT_BEST)
        return ""
    totals: dict[str, tuple[Numbers, Numbers]] = {}
    for part in parts:
        table = store.read_table(f"work/weigh/{part}.parquet")
        labels = table["label"].combine_chunks()
        places = labels.indices.to_numpy(zero_copy_only=False)
        for code, label in enumerate(labels.dictionary.to_pylist()):
            mine = tuple(table[name].to_numpy()[places == code] for name in ("bin", "count"))
            totals[label] = _added(totals[label], mine) if label in totals else mine
    told = {label: quality.limit(*total, share) for label, total in sorted(totals.items()) if len(total[0])}
    store.write_json(KEPT_BEST, told, indent=1)
    return digest("limits", told)


def _added(one: tuple[Numbers, Numbers], other: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers]:
    """Bins, each once, with the counts of both."""
    numbers, place = np.unique(np.concatenate([one[0], other[0]]), return_inverse=True)
    counts = np.zeros(len(numbers), np.int64)
    np.add.at(counts, place, np.concatenate([one[1], other[1]]))
    return numbers, counts
