"""The shards of a snapshot, of which documents are taken out: only files that hold some are written anew."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manifests import schema
from pipeline.snapshots import Record
from pipeline.steps.decide import TAKEN_DOWN
from pipeline.steps.shard import Shard, Sheet, hex_ids
from pipeline.store import Store

_KEPT = ("id", "source", "file_path")
"""What the ledger still tells of a document that was taken down."""


class Shelf:
    """The files of one snapshot in data/ and removed/."""

    def __init__(self, store: Store, record: Record) -> None:
        self._store = store
        self._name = record["name"]
        self._shards: dict[str, dict[str, Any]] = {shard["file"]: shard for shard in record["shards"]}

    def touched(self, verdicts: pa.Table) -> dict[str, int]:
        """The files that hold any of these documents, with the bytes of text that each loses."""
        found = {}
        sizes = pa.table({"id": hex_ids(verdicts["id"]), "text_bytes": verdicts["text_bytes"]})
        labels = set(verdicts["label"].to_pylist())
        for file, shard in self._shards.items():
            if shard["label"] in labels:
                mine = sizes.filter(pc.is_in(sizes["id"], self._store.read_table(file, ["id"])["id"]))
                if mine.num_rows:
                    found[file] = int(pc.sum(mine["text_bytes"]).as_py())
        return found

    def texts(self, ids: pa.Array, files: Iterable[str]) -> Iterator[pa.StringArray]:
        """What these documents say in these files, where they say anything: masked, unlike in the work."""
        names = hex_ids(ids)
        for file in files:
            for table in self._groups(file):
                mine = table.filter(pc.is_in(table["id"], names))["text"].combine_chunks()
                if len(mine):
                    yield mine.fill_null("")

    def without(self, ids: pa.Array, lost: Mapping[str, int]) -> list[dict[str, Any]]:
        """Write the files of ``lost`` anew, without these documents; the ledger keeps a row of each, without text.

        What is left in the ledger comes first, so that nothing is lost where this ends in between. Gives what the
        record says of all shards.
        """
        names = hex_ids(ids)
        stones: dict[str, list[pa.Table]] = defaultdict(list)
        labels = {self._label(file) for file in lost}
        for file in sorted(lost):
            if file.startswith("data/") and self._store.exists(file):
                table = self._store.read_table(file, list(_KEPT))
                stones[self._label(file)].append(table.filter(pc.is_in(table["id"], names)))
        ledgers = [file for label in sorted(labels) for file in self._ledgers(label, stones)]
        told = dict(self._shards)
        for file in ledgers:
            told[file] = self._written(file, lost, self._ledger(file, names, stones))
        for file in sorted(lost):
            if file.startswith("data/"):
                told.pop(file)
                if self._store.exists(file) and (marker := self._written(file, lost, self._data(file, names))):
                    told[file] = marker
        return [told[file] for file in sorted(told)]

    def _label(self, file: str) -> str:
        return PurePosixPath(file).parts[-2]

    def _ledgers(self, label: str, stones: Mapping[str, list[pa.Table]]) -> list[str]:
        """The ledger of a label: its files in order; one that is yet to be written where there is none."""
        there = [name for name in self._store.files(f"removed/{label}") if f"/{self._name}-" in name]
        return there or ([f"removed/{label}/{self._name}-00000.parquet"] if stones[label] else [])

    def _data(self, file: str, names: pa.Array) -> Iterator[pa.Table]:
        for table in self._groups(file):
            yield table.filter(pc.invert(pc.is_in(table["id"], names)))

    def _groups(self, file: str) -> Iterator[pa.Table]:
        with self._store.parquet(file) as opened:
            for group in range(opened.num_row_groups):
                yield opened.read_row_group(group, use_threads=False)

    def _ledger(self, file: str, names: pa.Array, stones: Mapping[str, list[pa.Table]]) -> Iterator[pa.Table]:
        """The rows of a ledger file in id order, with those that come to it, and without what they said."""
        coming = self._coming(file, stones)
        groups = self._groups(file) if self._store.exists(file) else iter([schema.REMOVED.empty_table()])
        before = next(groups)
        for after in groups:
            here = pc.less(coming["id"], after["id"][0])
            yield _joined(before, coming.filter(here), names)
            coming, before = coming.filter(pc.invert(here)), after
        yield _joined(before, coming, names)

    def _coming(self, file: str, stones: Mapping[str, list[pa.Table]]) -> pa.Table:
        """What comes to this file of a label's ledger, of which each file has a range of ids."""
        label = self._label(file)
        found = pa.concat_tables([schema.REMOVED.empty_table().select(_KEPT), *stones[label]])
        files = self._ledgers(label, stones)
        there = [self._store.read_table(one, ["id"])["id"] if self._store.exists(one) else found["id"] for one in files]
        place = np.searchsorted([ids[0].as_py() for ids in there[1:]], found["id"].to_pylist(), "right")
        mine = pa.array(place == files.index(file))
        if self._store.exists(file):
            mine = pc.and_(mine, pc.invert(pc.is_in(found["id"], there[files.index(file)]).combine_chunks()))
        return found.filter(mine).sort_by("id")

    def _written(self, file: str, lost: Mapping[str, int], tables: Iterator[pa.Table]) -> dict[str, Any]:
        """Write a file of these row groups; what the record says of it, nothing where no row is left."""
        folder = "data" if file.startswith("data/") else "removed"
        shard = None
        for table in tables:
            if table.num_rows:
                shard = shard or Shard(self._store, folder, file)
                shard.write(Sheet(table), 0, table.num_rows, 0)
        if shard is None:
            self._store.remove(file)
            return {}
        told = shard.close()
        self._store.publish([file])
        before = self._shards.get(file, {}).get("text_bytes", 0)
        return {"file": file, "label": self._label(file), **told, "text_bytes": before - lost.get(file, 0)}


def _joined(ledger: pa.Table, coming: pa.Table, names: pa.Array) -> pa.Table:
    """Rows of the ledger and rows that come to it, in id order; those of ``names`` have lost what they said.

    A ledger of an older schema gets the columns that it lacks.
    """
    for _, field in _fields()[ledger.num_columns :]:
        ledger = ledger.append_column(field, pa.nulls(ledger.num_rows, field.type))
    count = coming.num_rows
    columns = {name: coming[name] if name in _KEPT else pa.nulls(count, field.type) for name, field in _fields()}
    columns["language_score"] = pa.array([0.0] * count, pa.float32())
    columns["rule"] = pa.array([TAKEN_DOWN] * count, pa.string())
    table = pa.concat_tables([ledger, pa.table(columns, schema=schema.REMOVED)]).combine_chunks()
    gone = pc.is_in(table["id"], names)
    for number, (name, field) in enumerate(_fields()):
        if name not in _KEPT:
            value = {"language_score": 0.0, "rule": TAKEN_DOWN}.get(name)
            table = table.set_column(number, field, pc.if_else(gone, pa.scalar(value, field.type), table[name]))
    return table.sort_by("id")


def _fields() -> list[tuple[str, pa.Field]]:
    return [(field.name, field) for field in schema.REMOVED]
