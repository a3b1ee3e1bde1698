"""Evaluation sets in a corpus: which documents hold runs of words of them, and which of their texts are found.

index/evaluations/runs.npz    hashes of the runs of the sets and which texts have them: no text of any set
index/evaluations/sets.json   which sets there are, in order: for the workers, ``explain`` and the manifest
index/overlap/PART            documents of a part that hold some: row, place of the first, which runs

A set is read by the readers of the build when the build begins. Documents are asked part by part, from the text that
is published, in a step of its own: another set asks again, and measures nothing else anew.
"""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import overlap
from dedup.overlap import Found, Runs, Sought
from manifests.errors import Stop
from pipeline import plan as planning
from pipeline.settings import Settings, digest, without_secrets
from pipeline.steps import text
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
SIGNAL = "evaluation_runs"
"""Different runs of evaluation sets that a document holds."""
RUNS, TOLD = "index/evaluations/runs.npz", "index/evaluations/sets.json"
FOLDER = "index/overlap"
MATCH = ["evaluation_set", "match_start", "match_end"]
"""What verdicts have of it."""
SCHEMA = pa.schema(
    [
        pa.field("row", pa.uint32(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("set", pa.int32(), nullable=False),
        pa.field("runs", pa.list_(pa.int64()), nullable=False),
    ]
)
"""A document that holds runs: its row in the part; where the first lies in its text, in bytes of UTF-8, and the set
it is of; all of them, as indices into the runs."""


def asked(settings: Settings) -> bool:
    """Whether there are evaluation sets."""
    return bool(settings.decontaminate.sources)


def prepare(store: Store, settings: Settings) -> str:
    """Read the sets that are asked for, unless they are the ones that lie here. What is given changes with any run."""
    if not asked(settings):
        store.remove("index/evaluations")
        store.sweep(FOLDER, lambda name: False)
        return ""
    told = settings.decontaminate
    alone = {"segments": 1}  # a text of a set is what is found, or not
    sources = tuple(source.model_copy(update=alone) for source in told.sources)
    made = planning.make(settings.model_copy(update={"sources": sources}))
    files = [[unit.key, unit.file.size, unit.file.version] for unit in made.units]
    fields = [source.model_dump(mode="json", exclude={"path"}) for source in told.sources]
    wanted = digest(
        "sets", VERSION, overlap.version(), text.VERSION, told.words, files, fields, settings.read.text, alone
    )
    known = store.read_json(TOLD)
    if known is not None and known["files"] == wanted and store.exists(RUNS):
        return str(known["digest"])
    texts, sets = _read(settings, made)
    runs = overlap.runs_of(texts, told.words)
    names = [source.name for source in told.sources]
    found = digest(VERSION, overlap.version(), names, *(_hash(column) for column in (*runs, sets)))
    with store.aside(RUNS) as draft, draft.open("wb") as stream:
        np.savez(stream, sets=sets, **runs._asdict())
    count = np.bincount(sets, minlength=len(names)).tolist()
    each = [
        {"name": source.name, "path": without_secrets(source.path), "texts": texts}
        for source, texts in zip(told.sources, count, strict=True)
    ]
    store.write_json(TOLD, {"files": wanted, "digest": found, "runs": len(runs.keys), "sets": each}, indent=1)
    return found


def _hash(column: npt.NDArray[Any]) -> str:
    return digest(np.ascontiguousarray(column).tobytes().hex())


def _read(settings: Settings, made: planning.Plan) -> tuple[pa.StringArray, npt.NDArray[np.int64]]:
    """All texts of the sets, and of each the number of its set."""
    numbers = {source.name: number for number, source in enumerate(settings.decontaminate.sources)}
    texts: list[pa.Array] = [pa.array([], pa.string())]
    sets: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for unit in made.units:
        for table in text.documents(unit, settings):
            texts += table["text"].chunks
            sets.append(np.full(table.num_rows, numbers[unit.source.name]))
    owner = np.concatenate(sets)
    for source, number in numbers.items():
        if not (owner == number).any():
            raise Stop(
                f"The evaluation set {source} has no text.",
                "Name the field that holds it: [[decontaminate.sources]] path = ... fields = { text = ... }",
            )
    return pa.concat_arrays(texts), owner


@functools.lru_cache(maxsize=1)
def _sought(path: Path, _digest: str) -> tuple[Sought, npt.NDArray[np.int64]]:
    """The runs as documents are asked for them, and the set of each evaluation text."""
    with np.load(path) as kept:
        runs = Runs(**{name: kept[name] for name in Runs._fields})
        return overlap.sought(runs), kept["sets"]


def fingerprint(sets: str, notes: str) -> str:
    """Changes with the sets, as ``prepare`` names them, and with the notes of a part."""
    return digest("overlap", VERSION, sets, notes)


def run(context: Context, store: Store, work: tuple[str, str, str]) -> dict[str, Any]:
    """Ask the documents of a part for the runs of the sets."""
    part, sets, wanted = work
    store.remove(f"work/overlap/{part}.json")  # an older marker must not outlive the file it speaks of
    sought, owners = _sought(store.at_hand(RUNS), sets)
    tables = []
    row = 0
    with store.parquet(f"work/notes/{part}.parquet") as file:
        for group in range(file.num_row_groups):
            texts = file.read_row_group(group, ["text"], use_threads=False)["text"].combine_chunks()
            tables.append(_table(overlap.find(texts, sought), row, sought.runs, owners))
            row += len(texts)
    table = pa.concat_tables([SCHEMA.empty_table(), *tables])
    store.write_table(f"{FOLDER}/{part}.parquet", table, level=1)
    marker = {"fingerprint": wanted, "documents": table.num_rows}
    store.write_json(f"work/overlap/{part}.json", marker)
    return marker


def _table(found: Found, row: int, runs: Runs, owners: npt.NDArray[np.int64]) -> pa.Table:
    order = np.lexsort((found.ends, found.starts, found.documents))
    rows: dict[int, list[Any]] = {}
    for at in order.tolist():
        document, run = int(found.documents[at]), int(found.runs[at])
        if document not in rows:
            first = int(owners[runs.texts[runs.starts[run] : runs.starts[run + 1]]].min())
            rows[document] = [row + document, int(found.starts[at]), int(found.ends[at]), first, set()]
        rows[document][4].add(run)
    columns = zip(*((*one[:4], sorted(one[4])) for one in rows.values()), strict=True) if rows else [()] * 5
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def columns(store: Store, settings: Settings, part: str, rows: int) -> dict[str, npt.NDArray[np.float32]]:
    """The column SIGNAL of a part of so many rows, where documents are to be removed for it."""
    if not asked(settings) or settings.decontaminate.action != "remove":
        return {}
    found = store.read_table(f"{FOLDER}/{part}.parquet", ["row", "runs"])
    column = np.zeros(rows, np.float32)
    column[found["row"].to_numpy()] = [len(runs) for runs in found["runs"].to_pylist()]
    return {SIGNAL: column}


def matches(store: Store, settings: Settings, part: str, rows: int) -> dict[str, pa.Array]:
    """Of each document of a part the set it holds something of, and where, as verdicts have them; null for most."""
    at = np.full(rows, -1, np.int64)
    table, names = SCHEMA.empty_table(), [""]
    if asked(settings):
        table = store.read_table(f"{FOLDER}/{part}.parquet")
        at[table["row"].to_numpy()] = np.arange(table.num_rows)
        names = [source.name for source in settings.decontaminate.sources]
    taken = table.select(["set", "start", "end"]).take(pa.array(at, mask=at < 0)).combine_chunks()
    sets = pa.DictionaryArray.from_arrays(taken["set"].combine_chunks(), pa.array(names, pa.string()))
    return dict(zip(MATCH, (sets, taken["start"], taken["end"]), strict=True))


def counted(table: pa.Table, kept: str) -> dict[str, dict[str, list[int]]]:
    """By set and label, documents of a part that hold something of it, and how many of them go, for whatever reason."""
    told: dict[str, dict[str, list[int]]] = {}
    found = table.select(["evaluation_set", "label", "rule"]).filter(table["evaluation_set"].is_valid())
    for one in found.to_pylist():
        mine = told.setdefault(one["evaluation_set"], {}).setdefault(one["label"], [0, 0])
        mine[0] += 1
        mine[1] += one["rule"] != kept
    return told


def told_of(
    store: Store, settings: Settings, parts: Iterable[str], counts: Mapping[str, Mapping[str, list[int]]]
) -> dict[str, Any]:
    """As the manifest has it: of each set its texts, those found, and documents by label; ``counts`` as ``counted``."""
    if not asked(settings):
        return {}
    known = store.read_json(TOLD) or {}
    sought, owners = _sought(store.at_hand(RUNS), known["digest"])
    held: set[int] = set()
    for part in parts:
        runs = store.read_table(f"{FOLDER}/{part}.parquet", ["runs"])["runs"].combine_chunks()
        held.update(runs.flatten().unique().to_pylist())
    runs = sought.runs
    texts = np.unique(
        np.concatenate([runs.texts[:0], *(runs.texts[runs.starts[k] : runs.starts[k + 1]] for k in held)])
    )
    found = np.bincount(owners[texts], minlength=len(known["sets"])).tolist()
    return {
        "runs": known["runs"],
        "digest": known["digest"],
        "sets": [
            {
                **one,
                "found": number,
                "labels": {
                    label: dict(zip(("documents", "removed"), told, strict=True))
                    for label, told in sorted(counts.get(one["name"], {}).items())
                },
            }
            for one, number in zip(known["sets"], found, strict=True)
        ],
    }
