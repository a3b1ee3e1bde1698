"""Which documents of a file an index knows already: read, signed, and held against every part of it in turn.

Nothing of the file is kept but what names its documents and their signatures, of BATCH of them at a time; of the index
one part is in memory.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import minhash
from dedup.known import Asked
from dedup.minhash import Signatures
from dedup.recipe import Recipe
from langid.identify import Identifier
from manifests.errors import Stop
from pipeline import exclusions, snapshots
from pipeline import plan as planning
from pipeline.models import locate
from pipeline.rows import id_array
from pipeline.settings import Settings, source_of
from pipeline.steps import text
from pipeline.steps.candidates import salts
from pipeline.steps.cluster import values_of
from pipeline.steps.decide import KEPT, final_labels, harmony_of
from pipeline.store import Store

BATCH = 1 << 16
"""Documents that are held against the index together: it is read once for so many."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Documents that are asked about."""

    about: pa.Table
    """id, source_id, url, label; raw_label; taken_down"""
    signed: Signatures


def run(file: str, out: Path, batch: int = BATCH) -> Iterator[str]:
    """A JSON object a line for each document of a source, in its order.

    ``known`` is exact, near or no. Where it is one of the first, ``known_id`` names the document that is most like it,
    with ``jaccard`` (estimated), its label and its verdict: kept, or the rule that removed it. ``taken_down`` is true
    of documents that a build would leave out, as something like them was taken down.
    """
    store = Store(out.absolute())
    records = snapshots.read(store)
    if not records:
        raise Stop(f"{out} holds no index of a finished build.", f"corpus build ... --out {out}", 1)
    last = records[-1]
    if last["comparable"] != snapshots.comparable():
        raise Stop(f"The index of {out} was made by a version with other signatures.", "Use that version.")
    settings = Settings.model_validate(last["settings"]).model_copy(update={"sources": (source_of(file),)})
    recipe = Recipe(**last["recipe"])
    parts = [(part, told["rows"]) for record in records for part, told in record["parts"].items()]
    for asked in _gathered(_documents(store, settings, recipe), batch):
        found = Asked(asked.signed.exact, asked.signed.values, salts(asked.about["raw_label"]), recipe)
        first = 0
        for part, rows in parts:
            _meet(store, part, first, found)
            first += rows
        yield from _told(store, parts, found, asked.about)


def _documents(store: Store, settings: Settings, recipe: Recipe) -> Iterator[_Batch]:
    """The documents of the source, a few at a time."""
    identifier = Identifier.load(locate(settings.lid))
    harmony, listed = harmony_of(settings), exclusions.load(store)
    for unit in planning.make(settings).units:
        for table in text.documents(unit, settings):
            if not table.num_rows:
                continue
            texts = table["text"].combine_chunks()
            raw = pa.array(identifier.identify(texts)["raw_label"].to_pylist()).dictionary_encode()
            gone = listed.named(table["id"].combine_chunks(), table["url"].to_pylist())
            gone |= listed.copied(exclusions.contents(texts))
            about = {name: table[name] for name in ("id", "source_id", "url")}
            about |= {"raw_label": raw, "label": final_labels(raw, harmony).dictionary_decode()}
            yield _Batch(pa.table({**about, "taken_down": pa.array(gone)}), minhash.sign(texts, recipe))


def _gathered(batches: Iterator[_Batch], most: int) -> Iterator[_Batch]:
    """Batches joined until they hold ``most`` documents."""
    held: list[_Batch] = []
    for one in batches:
        held.append(one)
        if sum(each.about.num_rows for each in held) >= most:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(held: list[_Batch]) -> _Batch:
    signed = Signatures(*(np.concatenate(columns) for columns in zip(*(one.signed for one in held), strict=True)))
    return _Batch(pa.concat_tables([one.about for one in held]).unify_dictionaries().combine_chunks(), signed)


def _meet(store: Store, part: str, first: int, found: Asked) -> None:
    """Hold a part of the index against what is asked."""
    signed = store.read_table(f"index/signatures/{part}.parquet")
    labels = store.read_table(f"index/signals/{part}.parquet", ["raw_label"])["raw_label"]
    kept = _rules(store, part) == KEPT
    # Hashes of the index are bytes in the order of this machine, ids are in the order that they sort by.
    exact = np.frombuffer(signed["exact_hash"].combine_chunks().buffers()[1] or b"", np.uint64).reshape(-1, 2)
    found.meet(id_array(signed["id"]), exact, values_of(signed["signature"]), salts(labels), kept, first)


def _rules(store: Store, part: str) -> npt.NDArray[Any]:
    rules = store.read_table(f"index/verdicts/{part}.parquet", ["rule"])["rule"].combine_chunks()
    names: npt.NDArray[Any] = np.array(rules.dictionary.to_pylist(), object)
    return np.asarray(names[rules.indices.to_numpy(zero_copy_only=False)])


def _told(store: Store, parts: list[tuple[str, int]], found: Asked, about: pa.Table) -> Iterator[str]:
    """A line for each document that was asked about."""
    known: dict[int, dict[str, Any]] = {}
    first = 0
    for part, rows in parts:
        mine = np.unique(found.match[(found.match >= first) & (found.match < first + rows)])
        if len(mine):
            table = store.read_table(f"index/verdicts/{part}.parquet", ["id", "label", "rule"])
            known |= dict(zip(mine.tolist(), table.take(pa.array(mine - first)).to_pylist(), strict=True))
        first += rows
    jaccard = found.jaccard()
    for row, document in enumerate(about.to_pylist()):
        match = known.get(int(found.match[row]))
        told = {
            "id": document["id"].hex(),
            "source_id": document["source_id"],
            "url": document["url"],
            "label": document["label"],
            "known": "no" if match is None else "exact" if found.same[row] else "near",
            "known_id": match["id"].hex() if match else None,
            "jaccard": round(float(jaccard[row]), 4) if match else None,
            "known_label": match["label"] if match else None,
            "verdict": match["rule"] if match else None,
            "taken_down": document["taken_down"],
        }
        yield json.dumps(told, ensure_ascii=False) + "\n"
