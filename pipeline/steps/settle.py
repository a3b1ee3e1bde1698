"""The final verdicts: rules and clusters joined, some parts at a time, and counted once for all of them.

A block is a few parts, one after another: enough that there are few markers, few enough that they fit any worker. What
the driver keeps of all blocks is as large as their labels, see ``pipeline.tallies``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from langid.scores import BINS, bins
from manifests import licences
from pipeline.rows import id_array, runs
from pipeline.settings import digest
from pipeline.steps import decontaminate, rehydrate
from pipeline.steps.decide import (
    ELECT,
    ELECTED_COLUMNS,
    EXACT,
    FOLDERS,
    KEPT,
    LEDGER,
    NEAR,
    PUBLISHED,
    codes_of,
    doubted,
    final_labels,
    folders,
    harmony_of,
    licence_of,
    names_in,
    rule_names,
    tally,
)
from pipeline.steps.notes import recipe
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
MARKERS = "work/settle"
VERDICTS = "index/verdicts"
PARTS = 64
"""Parts of a block, at most."""
ROWS = 1 << 18
"""Documents of a block, at most, unless one part has more."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a block."""

    number: int
    """By which places count"""
    name: str
    notes: str
    """Fingerprint of its notes"""


@dataclass(frozen=True, slots=True)
class Work:
    """A block to settle."""

    name: str
    parts: tuple[Part, ...]
    fingerprint: str
    elected: int
    """Files of what was elected"""


def blocks(rows: Mapping[str, int]) -> list[list[str]]:
    """The parts, given with their rows, in blocks that follow from these alone."""
    found: list[list[str]] = []
    held = ROWS
    for part, count in rows.items():
        if held + count > ROWS or len(found[-1]) == PARTS:
            found.append([])
            held = 0
        found[-1].append(part)
        held += count
    return found


def run(context: Context, store: Store, work: Work) -> dict[str, Any]:
    """Join rules and clusters into the final verdicts of a block; count them by source, label and rule."""
    store.remove(f"{MARKERS}/{work.name}.json")  # an older marker must not outlive the files it speaks of
    elected = elected_of(store, work.parts[0].number, work.parts[-1].number, work.elected)
    place = elected["place"].to_numpy()
    tables, abouts = [], []
    for part in work.parts:
        low, high = np.searchsorted(place, [part.number << 32, (part.number + 1) << 32])
        about = store.read_table(f"index/signals/{part.name}.parquet", _ABOUT)
        tables.append(_verdicts(context, store, part.name, about, elected.slice(low, high - low)))
        store.write_table(f"{VERDICTS}/{part.name}.parquet", tables[-1], level=1)
        abouts.append(about.select(["raw_label", "language_score", "licence"]))
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    about = pa.concat_tables(abouts).unify_dictionaries().combine_chunks()
    went = folders(table)
    kinds = rule_names(context.settings)
    marker = {
        "fingerprint": work.fingerprint,
        "digests": _digests(table, [(part.notes, one.num_rows) for part, one in zip(work.parts, tables, strict=True)]),
        "folders": _by_folder(table, went),
        "sums": {
            "counts": tally(table),
            "doubted": doubted(table),
            "licences": _by_licence(licence_of(about), went != FOLDERS.index(LEDGER)),
            "evaluations": decontaminate.counted(table, KEPT),
        },
        "published": _by_score(about, went == FOLDERS.index(PUBLISHED)),
        "sizes": rehydrate.counted(table, kinds, (KEPT, EXACT, NEAR)),
    }
    store.write_json(f"{MARKERS}/{work.name}.json", marker)
    return marker


_ABOUT = ["id", "source", "raw_label", "language_score", "text_bytes", "licence"]


def elected_of(store: Store, first: int, last: int, files: int) -> pa.Table:
    """What was elected of the members of clusters in parts of these numbers, by place; of so many files only row groups
    that hold some are read.
    """
    low, high = first << 32, ((last + 1) << 32) - 1
    found = [store.read_range(f"{ELECT}/{number:05d}.parquet", "place", low, high) for number in range(files)]
    table = pa.concat_tables([ELECTED_COLUMNS.empty_table(), *found]).combine_chunks()
    return table.take(pa.array(np.argsort(table["place"].to_numpy()))).combine_chunks()


def _verdicts(context: Context, store: Store, part: str, about: pa.Table, elected: pa.Table) -> pa.Table:
    """The final verdicts of a part."""
    judged = store.read_table(f"work/judge/{part}.parquet")
    rows = elected["place"].to_numpy() & 0xFFFFFFFF
    at = np.full(about.num_rows, -1, np.int64)
    at[rows] = np.arange(len(rows))
    joined = elected.take(pa.array(at, mask=at < 0))
    lost = joined["canonical_id"].is_valid()
    threshold = np.float32(recipe(context.settings.dedup).threshold)
    rule = pc.if_else(lost, joined["rule"], judged["rule"].combine_chunks().dictionary_decode())
    doubt = pc.if_else(lost, None, judged["doubt"].combine_chunks().dictionary_decode())
    return pa.table(
        {
            "id": about["id"],
            "source": about["source"],
            "label": final_labels(about["raw_label"].combine_chunks(), harmony_of(context.settings)),
            "rule": rule.combine_chunks().dictionary_encode(),
            "doubt": doubt.combine_chunks().dictionary_encode(),
            "value": pc.if_else(lost, joined["estimate"], judged["value"]),
            "limit": pc.if_else(lost, pa.scalar(threshold, pa.float32()), judged["limit"]),
            "cluster_id": joined["cluster_id"],
            "cluster_size": pc.fill_null(joined["cluster_size"], 1),
            "canonical_id": joined["canonical_id"],
            "text_bytes": about["text_bytes"],
            **decontaminate.matches(store, context.settings, part, about.num_rows),
        }
    ).combine_chunks()


def _by_score(about: pa.Table, published: npt.NDArray[np.bool_]) -> dict[str, list[int]]:
    """Of each answer of the model: documents that are published in no doubt, by bin of ``langid.scores``."""
    answers = about["raw_label"].combine_chunks()
    keys = codes_of(answers).astype(np.int64) * BINS + bins(about["language_score"].to_numpy())
    counts = np.bincount(keys[published], minlength=len(answers.dictionary) * BINS).reshape(-1, BINS)
    return dict(zip(names_in(answers), counts.tolist(), strict=True))


def _by_licence(column: pa.DictionaryArray, kept: npt.NDArray[np.bool_]) -> dict[str, int]:
    """Documents that are kept by licence, as SPDX calls it; under an empty name those that bear none."""
    names = [licences.called(name) for name in [*column.dictionary.to_pylist(), None]]
    codes = column.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)[kept]
    told: dict[str, int] = {}
    for name, count in zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True):
        if count:
            told[name] = told.get(name, 0) + count
    return told


def licensed(store: Store, part: str) -> dict[str, int]:
    """Documents of a settled part that are kept by licence, as ``_by_licence`` tells them."""
    about = store.read_table(f"index/signals/{part}.parquet", ["id", "licence"])
    went = folders(store.read_table(f"{VERDICTS}/{part}.parquet", ["rule", "doubt"]))
    return _by_licence(licence_of(about), went != FOLDERS.index(LEDGER))


def _by_folder(table: pa.Table, went: npt.NDArray[np.int64]) -> dict[str, dict[str, list[int]]]:
    """Of each label: documents and bytes of text by folder."""
    labels = table["label"].combine_chunks()
    totals = np.zeros((len(labels.dictionary), len(FOLDERS), 2), np.int64)
    sizes = table["text_bytes"].to_numpy().astype(np.int64)
    np.add.at(totals, (codes_of(labels), went), np.stack([np.ones(len(sizes), np.int64), sizes], axis=1))
    return {
        name: dict(zip(FOLDERS, of, strict=True)) for name, of in zip(names_in(labels), totals.tolist(), strict=True)
    }


def _digests(table: pa.Table, parts: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Of each label a digest of its verdicts and their text: it says that the label's files need not be written again.

    ``parts`` are fingerprints of notes, with how many rows each has.
    """
    labels = table["label"].combine_chunks()
    names, codes = names_in(labels), codes_of(labels).astype(np.int64)
    notes, counts = zip(*parts, strict=True)
    part = np.repeat(np.arange(len(notes)), counts)
    said = _row_bytes(table)
    rows, width = said.reshape(-1).data, said.shape[1]
    found: dict[str, Any] = {}
    for start, stop in runs(part * len(names) + codes):
        name = names[codes[start]]
        hashing = found[name] = found.get(name) or xxhash.xxh3_128()
        hashing.update(notes[part[start]].encode())
        hashing.update(rows[start * width : stop * width])
    return {name: hashing.hexdigest() for name, hashing in found.items()}


def _row_bytes(table: pa.Table) -> npt.NDArray[np.uint8]:
    """What is decided of each document as one row of bytes, so that a label's rows are digested in one piece."""
    columns = [
        np.ascontiguousarray(id_array(table["id"])),
        *(_hashes(table[name].combine_chunks()) for name in ("rule", "doubt")),
        *(_filled(table[name], pa.scalar(0, table[name].type)) for name in ("value", "limit")),
        *(table[name].to_numpy() for name in ("cluster_size", "text_bytes")),
        *(id_array(pc.fill_null(table[name], bytes(16))) for name in ("cluster_id", "canonical_id")),
        *(_filled(table[name], pa.scalar(-1, pa.int32())) for name in ("match_start", "match_end")),
        _hashes(table["evaluation_set"].combine_chunks()),
        *(table[name].is_null().to_numpy() for name in ("value", "limit", "cluster_id", "canonical_id")),
    ]
    return np.concatenate(
        [np.ascontiguousarray(column).view(np.uint8).reshape(table.num_rows, -1) for column in columns], axis=1
    )


def _hashes(column: pa.DictionaryArray) -> npt.NDArray[np.uint64]:
    """A number for the name that each row has, 0 where it has none."""
    names = np.array([*(int(digest(name)[:16], 16) for name in names_in(column)), 0], np.uint64)
    found: npt.NDArray[np.uint64] = names[pc.fill_null(column.indices, len(names) - 1).to_numpy(zero_copy_only=False)]
    return found


def _filled(column: pa.ChunkedArray, value: pa.Scalar) -> npt.NDArray[Any]:
    return np.asarray(pc.fill_null(column, value).to_numpy())
