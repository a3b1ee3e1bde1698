"""Take documents out of OUT for good: out of shards, ledger, index and work, and onto the list that builds obey.

index/takedown.json tells of one that is under way: which list is to be applied, and which files of the result it
touches. It comes before the list, the list before any change; every file is changed whole and may be changed again,
so that a takedown that was killed is finished by the next one, or by the next build.

Of a document that was taken down, the ledger keeps a row without text and URL, under the rule ``takedown``: so that
documents are still what was kept and what was removed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manifests.errors import Stop
from pipeline import exclusions, snapshots
from pipeline.exclusions import Exclusions
from pipeline.release import joined
from pipeline.release.index import JOURNAL
from pipeline.release.record import added
from pipeline.release.shelf import Shelf
from pipeline.release.verify import manifest_of
from pipeline.snapshots import Record
from pipeline.steps import cluster, hosts
from pipeline.steps.decide import KEPT, TAKEN_DOWN, doubted, tally
from pipeline.steps.settle import licensed
from pipeline.steps.text import quiet
from pipeline.storage.address import absolute
from pipeline.store import Store
from pipeline.tallies import summed

_ID = pa.binary(16)
KEPT_COLUMNS = frozenset({"id", "source", "label", "raw_label"})
"""What the index still tells of a document that was taken down."""
DRAWN = ("report.html", "sample")
"""What shows texts of OUT or tells of their places, and can be made again."""
TALLIED = ["source", "label", "rule", "doubt"]
NOTHING = bytes(16)
"""The hash of a normal form of which nothing is left: it is a copy of nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a takedown did."""

    documents: Counter[str]
    """Documents that were taken down, by where they were: data, removed."""
    copies: int
    """Of these, such as were not asked for and have the same text as one that was."""
    unknown: int
    """Ids that OUT does not hold; builds will obey them all the same."""


def run(out: Path | str, ids: Iterable[str] = (), urls: Iterable[str] = (), hosts: Iterable[str] = ()) -> Done:
    """Take down the documents of these ids, of these URLs, and of these hosts and all below them."""
    asked = exclusions.asked(ids, urls, hosts)
    if not asked:
        raise Stop("Nothing to take down is named.", "corpus takedown OUT --ids FILE, a line each; or --urls, --hosts")
    store = Store(absolute(out))
    if not store.exists(JOURNAL):  # one that was killed has no manifest, and is finished first
        manifest_of(out)
    with store.lock():
        store.sweep_drafts()
        finish(store)
        if (begun := store.read_json(snapshots.OPEN)) is not None:
            raise Stop(
                f"Snapshot {begun['snapshot']} of {out} is being built and is not finished.",
                "Run its build to the end first; it may be stopped after that.",
                1,
            )
        return _take(store, asked)


def finish(store: Store) -> None:
    """Go on with a takedown that was killed; nothing happens where there is none. The store must be locked."""
    begun = store.read_json(JOURNAL)
    if begun is None:
        return
    if begun["name"] in exclusions.names(store):
        _apply(store, begun)
    store.remove(JOURNAL)  # where there is no list, nothing was changed yet


def _take(store: Store, asked: list[tuple[str, bytes]]) -> Done:
    records = snapshots.read(store)
    parts = [part for record in records for part in record["parts"]]
    wanted = exclusions.of(asked)
    mine = _found(store, parts, wanted)
    texts = _contents(store, parts, mine)
    every = _found(store, parts, exclusions.of([*(("id", name) for name in mine.to_pylist()), *texts]))
    wanted_ids = {name for kind, name in asked if kind == "id"}
    unknown = wanted_ids - set(mine.to_pylist())
    name = f"{len(exclusions.names(store)):05d}"
    told, went = {}, Counter[str]()
    masked: set[bytes] = set()  # whoever feeds in what was published has the text with its marks
    for record in records:
        verdicts = _verdicts(store, record, every)
        went.update("data" if rule == KEPT else "removed" for rule in verdicts["rule"].to_pylist())
        shelf = Shelf(store, record)
        told[record["name"]] = shelf.touched(verdicts)
        for said in shelf.texts(every, told[record["name"]]):
            masked.update(exclusions.contents(said).drop_null().to_pylist())
    texts = _listed(masked.union(one for _, one in texts))
    store.write_json(JOURNAL, {"name": name, "files": told, "documents": len(every)})
    exclusions.write(store, name, [*asked, *(("id", one) for one in every.to_pylist()), *texts])
    finish(store)
    return Done(went, len(every) - len(mine), len(unknown))


def _found(store: Store, parts: Iterable[str], wanted: Exclusions) -> pa.Array:
    """Ids of the documents of the index that are listed and not yet taken down."""
    found = [pa.array([], _ID)]
    for part in parts:
        table = store.read_table(f"index/signals/{part}.parquet", ["id", "url", "taken_down"]).combine_chunks()
        ids = _flat(table["id"])
        listed = wanted.named(ids, table["url"].to_pylist()) & (table["taken_down"].to_numpy() == 0)
        if len(wanted.contents):
            exact = _flat(store.read_table(f"index/signatures/{part}.parquet", ["exact_hash"])["exact_hash"])
            listed |= wanted.copied(exact) & (table["taken_down"].to_numpy() == 0)
        found.append(ids.filter(pa.array(listed)))
    return pa.concat_arrays(found)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pa.array([], _ID), *column.chunks])


def _contents(store: Store, parts: Iterable[str], ids: pa.Array) -> list[tuple[str, bytes]]:
    """Hashes of what these documents say, both as found and without the frame of their site; of no empty text."""
    found: set[bytes] = set()
    for part in parts:
        table = store.read_table(f"index/signatures/{part}.parquet", ["id", "exact_hash"])
        here = pc.is_in(table["id"], ids)
        if not pc.any(here).as_py():
            continue
        found.update(table["exact_hash"].filter(here).to_pylist())
        text = f"work/text/{part}.parquet"
        if store.exists(text):
            with store.parquet(text) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group, ["id", "text"], use_threads=False)
                    texts = table.filter(pc.is_in(table["id"], ids))["text"].combine_chunks()
                    found.update(exclusions.contents(texts).drop_null().to_pylist() if len(texts) else ())
    return _listed(found)


def _listed(contents: set[bytes]) -> list[tuple[str, bytes]]:
    return [("content", one) for one in sorted(contents - {NOTHING})]


def _verdicts(store: Store, record: Record, ids: pa.Array) -> pa.Table:
    """What is decided of these documents of a snapshot: id, label, rule, bytes of text."""
    columns = ["id", "label", "rule", "text_bytes"]
    tables = []
    for part in record["parts"]:
        table = store.read_table(f"index/verdicts/{part}.parquet", columns)
        mine = table.filter(pc.is_in(table["id"], ids))
        for number, name in ((1, "label"), (2, "rule")):
            mine = mine.set_column(number, name, mine[name].cast(pa.string()))
        tables.append(mine)
    return pa.concat_tables(tables) if tables else pa.table({name: [] for name in columns})


def _apply(store: Store, begun: dict[str, Any]) -> None:
    """Blank in every file what the list names by id. To do it twice is to do it once."""
    store.remove("manifest.json")  # it would speak of files that are about to change
    for name in DRAWN:
        store.remove(name)
    ids = exclusions.one(store, begun["name"]).ids
    for folder in ("work/text", "work/notes"):
        for name in store.files(folder):
            if name.endswith(".parquet") and _holds(store, name, ids):
                exclusions.empty(store, name, ids)
    _silence(store)
    untouched: set[str] = set()
    for record in snapshots.read(store):
        touched = [part for part in record["parts"] if _holds(store, f"index/signals/{part}.parquet", ids)]
        untouched |= record["parts"].keys() - set(touched)
        if touched and all(begun["name"] in record["parts"][part].get("taken", []) for part in touched):
            continue  # its record is written last: all of it was done before a kill
        changed = {part: _blank_part(store, part, record["parts"][part], ids, begun["name"]) for part in touched}
        shards = Shelf(store, record).without(ids, begun["files"].get(record["name"], {}))
        tables = [store.read_table(f"index/verdicts/{part}.parquet", TALLIED) for part in record["parts"]]
        counts, doubts = (added(count(table.combine_chunks()) for table in tables) for count in (tally, doubted))
        told = {"parts": record["parts"] | changed, "shards": shards, "counts": counts, "doubted": doubts}
        licences = summed(licensed(store, part) for part in record["parts"])
        snapshots.write(store, {**record, **told, "licences": licences})
    _blank_clusters(store, ids)
    joined.write(store, untouched)


def _silence(store: Store) -> None:
    """Of records that were skipped leave places alone: older builds told their URLs beside."""
    for name in store.files("index/units"):
        table = store.read_table(name)
        places = [[quiet(one) for one in many or ()] for many in table["places"].to_pylist()]
        if places != table["places"].to_pylist():
            number = table.schema.get_field_index("places")
            field = table.schema.field(number)
            store.write_table(name, table.set_column(number, field, pa.array(places, field.type)))
    for name in store.files("work/text"):
        marker = store.read_json(name) if name.endswith(".json") else None
        if marker is not None:
            told = {why: [quiet(one) for one in many] for why, many in marker["tally"]["places"].items()}
            if told != marker["tally"]["places"]:
                store.write_json(name, marker | {"tally": marker["tally"] | {"places": told}})


def _holds(store: Store, name: str, ids: pa.Array) -> bool:
    column = store.read_table(name, ["id"])["id"]
    return bool(len(column) and pc.any(pc.is_in(column, ids)).as_py())


def _blank_part(store: Store, part: str, told: dict[str, Any], ids: pa.Array, name: str) -> dict[str, Any]:
    """Take documents out of the index of a part; what its record says of it then."""
    table = store.read_table(f"index/signals/{part}.parquet")
    gone = pc.is_in(table["id"], ids).combine_chunks()
    store.write_table(f"index/signals/{part}.parquet", _blanked(table, gone, {"taken_down": 1}))
    signed = store.read_table(f"index/signatures/{part}.parquet")
    store.write_table(f"index/signatures/{part}.parquet", _blanked(signed, gone, {}), level=1)
    decided = store.read_table(f"index/verdicts/{part}.parquet")
    told_of = {"rule": TAKEN_DOWN, "cluster_size": 1, "value": None, "limit": None}
    told_of |= {"cluster_id": None, "canonical_id": None, "match_start": None, "match_end": None}
    store.write_table(f"index/verdicts/{part}.parquet", _blanked(decided, gone, told_of), level=1)
    for ending in ("json", "parquet"):  # it has places of documents, and is made anew
        store.remove(f"{hosts.VISITED}/{part}.{ending}")
    marker = store.read_json(f"work/notes/{part}.json")
    taken = sorted({*(marker or {}).get("taken", []), name})
    if marker is not None:
        store.write_json(f"work/notes/{part}.json", marker | {"taken": taken})
    before = [one for one in told.get("taken", []) if one != name]
    return told | {"taken": [*before, name]}


def _blanked(table: pa.Table, gone: pa.Array, told: Mapping[str, Any]) -> pa.Table:
    """A table of the index in which these documents have lost what they say: ``told`` stands there, else nothing."""
    for number, field in enumerate(table.schema):
        if field.name in KEPT_COLUMNS:
            continue
        encoded = pa.types.is_dictionary(field.type)
        plain = table[field.name].cast(field.type.value_type) if encoded else table[field.name]
        value = pa.scalar(told[field.name] if field.name in told else _nothing(plain.type), plain.type)
        column = pc.if_else(gone, value, plain).combine_chunks()
        table = table.set_column(number, field.name, column.dictionary_encode() if encoded else column)
    return table.combine_chunks()


def _nothing(kind: pa.DataType) -> Any:
    """What stands in a column for a document of which nothing is known."""
    if pa.types.is_fixed_size_binary(kind):
        return bytes(kind.byte_width)
    return 0 if pa.types.is_floating(kind) or pa.types.is_integer(kind) else None


def _blank_clusters(store: Store, ids: pa.Array) -> None:
    """Take documents out of the clusters; one that is left alone is in none."""
    for file in cluster.files(store):
        table = store.read_table(file)
        left = table.filter(pc.invert(pc.is_in(table["id"], ids))).combine_chunks()
        if left.num_rows == table.num_rows:
            continue
        known = left["cluster_id"].combine_chunks().dictionary_encode()
        codes = known.indices.to_numpy(zero_copy_only=False)
        sizes = np.bincount(codes, minlength=len(known.dictionary))[codes].astype(np.int32)
        place = left.column_names.index("cluster_size")
        left = left.set_column(place, left.schema.field(place), pa.array(sizes))
        store.write_table(file, left.filter(pa.array(sizes > 1)), level=1)
