"""Bring the rows of each file of the result together where parts are many: sorted by file and id, merged in levels.

A file of the result takes rows of every part. To fetch them from each part again for each file costs parts x files. So
a few parts at a time are read once and written sorted (work/sorted/0-NUMBER); a file's rows then lie together in each.
Where there are more of these than one task should read from, they are merged in the same order, FAN of them into one,
cut in ranges (work/sorted/LEVEL-NUMBER-RANGE): every level reads and writes each row once, and few levels do.

The order is that of a key: number of the file << KEY_BITS | the uppermost bits of the id, then the id.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.rows import id_array, runs
from pipeline.steps.decide import FOLDERS, codes_of, folders, names_in
from pipeline.steps.decontaminate import MATCH
from pipeline.steps.merge import Reader
from pipeline.steps.notes import ROW_GROUP_BYTES
from pipeline.steps.settle import VERDICTS
from pipeline.steps.shard import needed
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
SORTED = "work/sorted"
PLAN = f"{SORTED}/plan.json"
KEY_BITS = 20
GROUP_BYTES = 1 << 20
"""Text of a row group: what is read for the rows at its borders, and not wanted, is no more than this a file."""
SHARE = 8
"""Of the memory of a worker, this part is held as rows at a time."""
ROW_BYTES = 512
"""What a row takes beside its text."""
FAN_BYTES = 4 << 20
"""Of one file, what a task reads at a time at least: it reads from as many files as fit its memory with that."""
LEAST_FAN = 8
CACHE_SHARE = 32
"""Of the memory of a worker, this part holds row groups of parts that were read."""

COLUMNS = ["id", "rule", "doubt", "value", "limit", "cluster_id", "cluster_size", "canonical_id", "text_bytes", *MATCH]
"""What is asked of verdicts."""
ENCODED = ("rule", "doubt", "evaluation_set")
"""Those of them that are dictionaries."""
PREFIX = "verdict."

Ids = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Target:
    """A file of the result as rows find it: its label, folders that it takes rows of, and which of how many it is."""

    label: str
    holds: tuple[str, ...]
    number: int
    of: int


class Targets:
    """To which file a document belongs: by its label, its folder, and where there are several, its id."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._labels = {label: number for number, label in enumerate(dict.fromkeys(one.label for one in targets))}
        slots = len(FOLDERS) * len(self._labels)
        self._of = np.zeros(slots, np.uint64)
        for one in targets:
            for slot in self._slots(one):
                self._of[slot] = one.of
        self._first = np.cumsum(np.concatenate([[0], self._of])).astype(np.int64)
        self._numbers = np.full(self._first[-1], -1, np.int64)
        for number, one in enumerate(targets):
            for slot in self._slots(one):
                self._numbers[self._first[slot] + one.number] = number

    def _slots(self, target: Target) -> list[int]:
        at = self._labels[target.label] * len(FOLDERS)
        return [at + FOLDERS.index(folder) for folder in target.holds]

    def of(self, verdicts: pa.Table) -> Numbers:
        """Numbers of files, -1 for none: of documents with their final verdicts, which have label and id."""
        labels = verdicts["label"].combine_chunks()
        known = np.array([self._labels.get(name, -1) for name in names_in(labels)], np.int64)
        label = known[codes_of(labels)] if len(labels) else np.zeros(0, np.int64)
        found = np.full(len(label), -1, np.int64)
        rows = np.flatnonzero(label >= 0)
        slots = label[rows] * len(FOLDERS) + folders(verdicts)[rows]
        there = self._of[slots] > 0
        rows, slots = rows[there], slots[there]
        number = _nth(id_array(verdicts["id"])[rows, 0], self._of[slots])
        found[rows] = self._numbers[self._first[slots] + number]
        return found


def _nth(ids: Ids, of: Ids) -> Numbers:
    """In which of ``of`` (< 2**32) equal ranges each upper half of an id lies: n from n * 2**64 // of on."""
    half = np.uint64(32)
    low = (ids & np.uint64(0xFFFFFFFF)) * of + (of - np.uint64(1))
    return np.asarray(((ids >> half) * of + (low >> half)) >> half, np.int64)


@dataclass(frozen=True, slots=True)
class Sort:
    """Parts to be read and written sorted."""

    file: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """Files whose rows from key ``low`` to ``high`` are to become one file."""

    file: str
    files: tuple[str, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are brought together."""

    targets: tuple[tuple[str, str, Target], ...]
    """Name and fingerprint of each file of the result, in order"""
    groups: tuple[tuple[str, ...], ...]
    """Parts that are sorted together"""
    fan: int
    ranges: tuple[int, ...]
    """Keys at which ranges of the first merged level begin, and one after the last; higher levels have the same."""

    def levels(self) -> list[dict[str, Sort | Merge]]:
        """By file, what is to be done; each level reads what the one before wrote, the last is read from."""
        level: dict[str, Sort | Merge] = {}
        for number, parts in enumerate(self.groups):
            level[f"{SORTED}/0-{number:05d}.parquet"] = Sort(f"{SORTED}/0-{number:05d}.parquet", parts)
        found = [level]
        spans = [(0, self.ranges[-1] - 1)]
        runs_of = [[file] for file in level]  # files of each run, a range each
        while len(runs_of) > self.fan:
            level, merged = {}, []
            finer = list(zip(self.ranges[:-1], (key - 1 for key in self.ranges[1:]), strict=True))
            for number in range(0, len(runs_of), self.fan):
                some = runs_of[number : number + self.fan]
                mine = []
                for at, (low, high) in enumerate(finer):
                    file = f"{SORTED}/{len(found)}-{number // self.fan:05d}-{at:05d}.parquet"
                    files = tuple(run[0 if len(spans) == 1 else at] for run in some)
                    level[file] = Merge(file, files, low, high)
                    mine.append(file)
                merged.append(mine)
            found.append(level)
            runs_of, spans = merged, finer
        return found

    def numbers(self) -> dict[str, int]:
        """By name, the number of each file of the result."""
        return {name: number for number, (name, *_) in enumerate(self.targets)}


def sources(level: Mapping[str, Sort | Merge], low: int, high: int) -> tuple[str, ...]:
    """The files of a level that hold keys from ``low`` to ``high``."""
    return tuple(
        file for file, work in level.items() if isinstance(work, Sort) or (work.low <= high and work.high >= low)
    )


def key_of(number: int) -> int:
    """The first key of a file of the result."""
    return number << KEY_BITS


def many(parts: int, memory: int) -> bool:
    """True where a worker could not hold a row group of each part: without an exchange it would read them over and
    over.
    """
    return parts > memory // CACHE_SHARE // ROW_GROUP_BYTES


def prepare(
    store: Store,
    wanted: Sequence[tuple[str, str, Target, int]],
    parts: Mapping[str, tuple[int, int]],
    memory: int,
) -> Plan:
    """The plan for files with name, fingerprint, what they take and bytes, from parts with rows and bytes.

    What an earlier run sorted is taken up again where it holds all that is wanted: fingerprints name the rows.
    """
    found = _read(store)
    have = {(name, fingerprint) for name, fingerprint, _ in found.targets} if found else set()
    if found and all((name, fingerprint) in have for name, fingerprint, *_ in wanted):
        return found
    store.remove(SORTED)
    most = memory // SHARE
    groups: list[list[str]] = []
    held = most
    for part, (rows, size) in parts.items():
        weight = size + rows * ROW_BYTES
        if held + weight > most or not groups:
            groups.append([])
            held = 0
        groups[-1].append(part)
        held += weight
    fan = max(LEAST_FAN, most // FAN_BYTES)
    targets = tuple((name, fingerprint, target) for name, fingerprint, target, _ in wanted)
    ranges = _ranges([size for *_, size in wanted], fan)
    made = Plan(targets, tuple(map(tuple, groups)), fan, ranges)
    plain = [[name, told, one.label, list(one.holds), one.number, one.of] for name, told, one in targets]
    told = {"version": VERSION, "targets": plain, "groups": groups, "fan": fan, "ranges": list(ranges)}
    store.write_json(PLAN, told)
    return made


def _ranges(sizes: Sequence[int], count: int) -> tuple[int, ...]:
    """Keys that cut files of these sizes into ``count`` ranges of about the same size."""
    reach = np.cumsum(np.array(sizes, np.float64) + 1)
    before = np.concatenate([[0.0], reach[:-1]])
    borders = [0]
    for goal in reach[-1] * np.arange(1, count) / count:
        number = int(np.searchsorted(reach, goal, side="right"))
        within = (goal - before[number]) / (reach[number] - before[number])
        borders.append(key_of(number) + int(within * (1 << KEY_BITS)))
    return tuple(sorted({*borders, key_of(len(sizes))}))


def _read(store: Store) -> Plan | None:
    told = store.read_json(PLAN)
    if told is None or told["version"] != VERSION:
        return None
    targets = tuple(
        (name, fingerprint, Target(label, tuple(holds), number, of))
        for name, fingerprint, label, holds, number, of in told["targets"]
    )
    return Plan(targets, tuple(map(tuple, told["groups"])), told["fan"], tuple(told["ranges"]))


def run_sort(context: Context, store: Store, work: Sort) -> None:
    """Write the rows of some parts that any file wants, with all that files are made of, in the order of keys."""
    plan = _read(store)
    if plan is None:
        raise FileNotFoundError(PLAN)
    targets = Targets([target for *_, target in plan.targets])
    reader = Reader(store, context.memory // CACHE_SHARE, needed(context.settings))
    tables = []
    for part in work.parts:
        verdicts = store.read_table(f"{VERDICTS}/{part}.parquet", [*COLUMNS, "label"])
        number = targets.of(verdicts)
        rows = np.flatnonzero(number >= 0)
        if not len(rows):
            continue
        documents = reader.documents([part], np.stack([np.zeros_like(rows), rows], axis=1))
        taken = verdicts.take(pa.array(rows))
        told = {PREFIX + name: taken[name].cast(pa.string()) if name in ENCODED else taken[name] for name in COLUMNS}
        top = (id_array(taken["id"])[:, 0] >> np.uint64(64 - KEY_BITS)).astype(np.int64)
        key = number[rows] << KEY_BITS | top
        columns = dict(zip(documents.column_names, documents.columns, strict=True))
        tables.append(pa.table({"key": key, **columns, **told}))
    _write(store, work.file, [pa.concat_tables(tables)] if tables else [])


def in_order(table: pa.Table) -> pa.Table:
    """Rows by file, then by id."""
    whole = table.combine_chunks()
    ids = id_array(whole["id"])
    return whole.take(pa.array(np.lexsort((ids[:, 1], ids[:, 0], whole["key"].to_numpy() >> KEY_BITS))))


def _write(store: Store, file: str, tables: Iterable[pa.Table]) -> None:
    """Write tables one after another, each put in order."""
    with contextlib.ExitStack() as stack:
        writer = None
        for table in map(in_order, tables):
            writer = writer or stack.enter_context(store.writer(file, table.schema))
            sizes = table[f"{PREFIX}text_bytes"].to_numpy().astype(np.int64) + ROW_BYTES
            for start, stop in runs(np.cumsum(sizes) // GROUP_BYTES):
                writer.write_table(table.slice(start, stop - start), row_group_size=stop - start)
        if writer is None:
            store.write_table(file, pa.table({"key": pa.array([], pa.int64())}))


def run_merge(context: Context, store: Store, work: Merge) -> None:
    """Write the rows of a range of keys of several files as one."""
    _write(store, work.file, read(store, work.files, work.low, work.high, context.memory))


def read(store: Store, files: Sequence[str], low: int, high: int, memory: int) -> Iterator[pa.Table]:
    """The rows with keys from ``low`` to ``high`` of several files, some keys at a time, as many as fit the memory."""
    for first, last in _spans(store, files, low, high, memory // SHARE):
        found = [store.read_range(file, "key", first, last) for file in files]
        some = [table for table in found if table.num_rows]
        if some:
            yield pa.concat_tables(some)


def _spans(store: Store, files: Sequence[str], low: int, high: int, most: int) -> list[tuple[int, int]]:
    """Ranges of keys of which about ``most`` bytes are to be read, as the row groups of the files tell."""
    groups = [store.groups(file, "key") for file in files]
    ends, sizes = (np.concatenate(column) for column in zip(*((last, size) for _, last, size in groups), strict=True))
    begins = np.concatenate([first for first, _, _ in groups])
    mine = (ends >= low) & (begins <= high)
    order = np.argsort(ends[mine])
    reach = np.cumsum(sizes[mine][order])
    spans = []
    for _, stop in runs(reach // most):
        last = min(high, int(ends[mine][order][stop - 1]))
        if last >= low:
            spans.append((low, last))
            low = last + 1
    if spans:
        spans[-1] = (spans[-1][0], high)
    return spans
