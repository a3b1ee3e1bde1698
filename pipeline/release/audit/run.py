"""Draw the sample of an audit, and take it back filled.

OUT/audits/LABEL/ holds sheet.html, sheet.csv and plan.json, OUT/audits/LABEL.json what the answers come to.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from manifests.errors import Stop
from manifests.names import resolve
from pipeline.release import chance
from pipeline.release.audit import interval, sheet
from pipeline.release.card import page
from pipeline.release.verify import manifest_of
from pipeline.rows import binary_ids, id_array
from pipeline.store import Store

STRATA = 10
"""Tenths of the documents by score."""
_SHARE = {"yes": 1.0, "no": 0.0, "mixed": 0.0}
"""What an answer says of a document; one who is unsure says nothing."""


def label_of(manifest: Mapping[str, Any], name: str) -> str:
    """The label of the build that a name means."""
    there = {shard["label"] for shard in manifest["shards"] if shard["file"].startswith("data/")}
    found = sorted(there & {name}) or sorted(there & set(resolve(name)))
    if len(found) != 1:
        said = f"means {', '.join(found)}" if found else "is no label that this build publishes"
        raise Stop(f"{name!r} {said}.", "Give one label, as the folders of data/ are named.")
    return str(found[0])


def draw(out: Path | str, name: str, documents: int, seed: int = 1) -> tuple[Path, int]:
    """Write the sheets of a label: where they lie, and how many documents they have. The same seed draws the same."""
    manifest, store = manifest_of(out), Store(out)
    label = label_of(manifest, name)
    place = store.path(f"audits/{label}")  # people look at it: it has to lie on this machine
    shards = [one["file"] for one in manifest["shards"] if one["label"] == label and one["file"].startswith("data/")]
    tables = [store.read_table(file, ["id", "language_score"]) for file in shards]
    about = pa.concat_tables(tables).combine_chunks()
    ids = about["id"].to_pylist()
    luck = chance.uniform(id_array(binary_ids(about["id"])), seed, "audit")
    rows, sizes = _drawn(about["language_score"].to_numpy().astype(np.float64), luck, documents)
    strata = [[ids[row] for row in stratum] for stratum in rows]
    texts = _texts(store, shards, {one for stratum in strata for one in stratum})
    flat = np.concatenate(rows)
    shown = [texts[ids[row]] for row in flat[np.argsort(luck[flat])]]  # that nobody sees the strata
    folder = f"audits/{label}"
    for file, text in (("sheet.html", sheet.page(label, shown)), ("sheet.csv", sheet.table(shown))):
        with store.aside(f"{folder}/{file}") as draft:
            draft.write_text(text, encoding="utf-8", newline="")
    told = {"label": label, "seed": seed, "sizes": sizes, "ids": strata, "build": manifest["settings_digest"]}
    store.write_json(f"{folder}/plan.json", told, indent=1)
    return place, len(flat)


def _drawn(
    scores: npt.NDArray[np.float64], luck: npt.NDArray[np.float64], documents: int
) -> tuple[list[npt.NDArray[np.int64]], list[int]]:
    """Rows drawn of each tenth by score, where chance orders what scores the same, and the documents of each tenth."""
    order = np.lexsort((luck, scores))
    tenths = [part for part in np.array_split(order, min(STRATA, max(1, len(order)))) if len(part)]
    wanted = min(documents, len(order))
    # Of n documents of all N, a tenth of size s gives s n / N, rounded so that the sum is n.
    ends = np.round(np.cumsum([len(part) for part in tenths]) * wanted / len(order)).astype(np.int64)
    counts = np.diff(ends, prepend=0)
    drawn = [part[np.argsort(luck[part] * 1.0)][:count] for part, count in zip(tenths, counts, strict=True)]
    return drawn, [len(part) for part in tenths]


def _texts(store: Store, files: Sequence[str], wanted: set[str]) -> dict[str, dict[str, str]]:
    found = {}
    for name in files:
        with store.parquet(name) as file:
            for batch in file.iter_batches(1024, columns=["id", "url", "text"]):
                for row in batch.to_pylist():
                    if row["id"] in wanted:
                        found[row["id"]] = {**row, "url": row["url"] or ""}
    return found


def take(out: Path | str, name: str, filled: Sequence[Path]) -> dict[str, Any]:
    """Take sheets back that one or two people filled in; store what they come to, and write the card anew."""
    if not 1 <= len(filled) <= 2:
        raise Stop(f"{len(filled)} sheets were given.", "Give that of one person, or those of two.")
    manifest, store = manifest_of(out), Store(out)
    label = label_of(manifest, name)
    plan = store.read_json(f"audits/{label}/plan.json")
    if plan is None:
        raise Stop(f"No sample of {label} was drawn.", f"corpus audit {out} --label {label} --n 200")
    people = [sheet.answers(path) for path in filled]
    known = {one for stratum in plan["ids"] for one in stratum}
    for path, told in zip(filled, people, strict=True):
        if strange := sorted(set(told) - known):
            raise Stop(f"{path} answers of {strange[0]}, which is not in the sample.", "Was another drawn since?")
        if not told:
            raise Stop(f"{path} has no answers.", f"Fill in yes, no, mixed or unsure: {', '.join(sheet.ANSWERS)}.")
    result = told_of(label, plan, people)
    store.write_json(f"audits/{label}.json", result, indent=1)
    page.write(store, manifest)
    return result


def told_of(label: str, plan: Mapping[str, Any], people: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What answers come to: where two people differ, a document counts as half."""
    strata = [[shares for one in stratum if (shares := _shares(one, people))] for stratum in plan["ids"]]
    share, count = interval.stratified(plan["sizes"], [[sum(one) / len(one) for one in told] for told in strata])
    both = sorted(set(people[0]) & set(people[-1])) if len(people) == 2 else []
    first, second = ([told[one] for one in both] for told in (people[0], people[-1]))
    return {
        "label": label,
        "documents": sum(map(len, strata)),
        "people": len(people),
        "share": round(share, 6),
        "interval": [round(end, 6) for end in interval.wilson(share, count)],
        "confidence": interval.CONFIDENCE,
        "both": len(both),
        "agreement": interval.agreement(first, second),
        "kappa": interval.kappa(first, second),
        "unsure": [sum(answer == "unsure" for answer in told.values()) for told in people],
        "build": plan["build"],
    }


def _shares(name: str, people: Sequence[Mapping[str, str]]) -> list[float]:
    return [_SHARE[told[name]] for told in people if told.get(name) in _SHARE]
