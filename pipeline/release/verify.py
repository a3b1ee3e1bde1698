"""Is OUT what its manifest says: checksums, schemas, unique ids, folders of labels, and counts that add up."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from manifests import schema
from manifests.errors import Stop
from pipeline.release import index
from pipeline.rows import row_digest
from pipeline.settings import digest
from pipeline.steps.decide import APART, PUBLISHED
from pipeline.store import Store
from pipeline.tallies import summed

Problems = Iterator[str]


def manifest_of(out: Path | str) -> dict[str, Any]:
    """The manifest of a finished build."""
    store = Store(out)
    place = store.at("manifest.json")
    found = store.read_bytes("manifest.json")
    if found is None:
        raise Stop(
            f"{out} holds no manifest.json: no build, or one that has not ended.", f"corpus build ... --out {out}", 1
        )
    try:
        manifest: dict[str, Any] = json.loads(found)
    except json.JSONDecodeError as error:
        raise Stop(f"{place} is damaged: {error}.", "Run the build again: it writes the manifest anew.", 1) from None
    if not isinstance(manifest, dict) or not {"settings", "settings_digest", "shards", "snapshots"} <= set(manifest):
        raise Stop(f"{place} is not the manifest of a build.", "Run the build again: it writes the manifest anew.", 1)
    return manifest


def _shard(
    store: Store, shard: dict[str, Any], counts: Counter[tuple[str, str, str]]
) -> tuple[list[str], npt.NDArray[Any]]:
    """Problems of one file, and its ids; its rows are added to the counts."""
    name = shard["file"]
    none = np.zeros(0, "S32")
    if not store.exists(name):
        return [f"{name} is missing"], none
    if store.sha256(name) != shard["sha256"]:
        return [f"{name} has other bytes than the manifest says (sha256)"], none
    published = name.startswith("data/")
    problems, digests, ids = [], [], []
    with store.parquet(name) as file:
        expected = list(schema.DATA if published else schema.REMOVED)[: len(file.schema_arrow)]  # or an older file
        if not file.schema_arrow.equals(pa.schema(expected)):
            problems.append(f"{name} has other columns than schema version {schema.VERSION}")
        if file.metadata.num_rows != shard["rows"]:
            problems.append(f"{name} has {file.metadata.num_rows} rows, the manifest says {shard['rows']}")
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            digests.append(row_digest(table.combine_chunks()))
            ids.append(table["id"].to_numpy().astype("S32"))
            rules = ["kept"] * table.num_rows if published else table["rule"].to_pylist()
            counts.update(zip(table["source"].to_pylist(), [shard["label"]] * table.num_rows, rules, strict=True))
    if digest(digests) != shard["row_digest"]:
        problems.append(f"{name} has other rows than the manifest says")
    found = np.concatenate(ids) if ids else none
    if (found[1:] <= found[:-1]).any():
        problems.append(f"{name} is not in the order of ids")
    return problems, found


def _counts(manifest: dict[str, Any], found: Counter[tuple[str, str, str]]) -> Problems:
    told = Counter(
        {
            (source, label, rule): count
            for source, labels in manifest["counts"].items()
            for label, rules in labels.items()
            for rule, count in rules.items()
        }
    )
    for key in sorted(set(told) | set(found)):
        if told[key] != found[key]:
            yield f"{' / '.join(key)}: {found[key]} documents in the files, {told[key]} in the manifest"
    for name in ("counts", "reading"):
        if summed(one[name] for one in manifest["snapshots"]) != manifest[name]:
            yield f"the {name} of the snapshots do not add up to those of the manifest"
    aside = {one["source"] for one in manifest["set_aside"]}
    for source, reading in manifest["reading"].items():
        skipped = sum(reading["skipped"].values())
        if reading["records"] != reading["documents"] + skipped:
            yield f"{source}: {reading['records']} records are not {reading['documents']} documents + {skipped} skipped"
        decided = sum(count for (name, _, _), count in told.items() if name == source)
        if decided != reading["documents"] and source not in aside:
            yield f"{source}: {reading['documents']} documents read, {decided} kept or removed"


def _apart(manifest: dict[str, Any]) -> Problems:
    """Of labels that are published, as many documents are set apart as the manifest counts."""
    told: Counter[str] = Counter()
    for labels in manifest.get("doubted", {}).values():
        told.update({label: sum(doubts.values()) for label, doubts in labels.items()})
    found: Counter[str] = Counter()
    for shard in manifest["shards"]:
        if shard["file"].startswith(f"{APART}/"):
            found[shard["label"]] += shard["rows"]
    for label in sorted(set(told) | set(found)):
        if manifest["labels"][label]["folder"] == PUBLISHED and told[label] != found[label]:
            yield f"{label}: {found[label]} documents are set apart, the manifest says {told[label]}"


def _strays(store: Store, manifest: dict[str, Any]) -> Problems:
    told = {shard["file"] for shard in manifest["shards"]}
    for folder in ("data", "removed"):
        for name in store.files(folder):
            if name not in told:
                yield f"{name} is not in the manifest"


def _folders(manifest: dict[str, Any]) -> Problems:
    """Every label has the one folder that the manifest tells of, but for documents that are set apart themselves."""
    told = manifest.get("labels", {})
    doubted = {label for labels in manifest.get("doubted", {}).values() for label in labels}
    for shard in manifest["shards"]:
        name, label = shard["file"], shard["label"]
        if not name.startswith("data/"):
            continue
        if label not in told:
            yield f"{name} is of {label}, of which the manifest's labels do not tell"
        elif label in doubted and name.startswith(f"{APART}/{label}/"):
            continue
        elif not name.startswith(f"{told[label]['folder']}/{label}/"):
            yield f"{name} is not in {told[label]['folder']}/{label}, where the manifest's labels have it"


def run(out: Path | str) -> tuple[dict[str, Any], list[str]]:
    """The manifest and every problem found."""
    manifest, store = manifest_of(out), Store(out)
    counts: Counter[tuple[str, str, str]] = Counter()
    problems: list[str] = []
    ids = []
    for shard in manifest["shards"]:
        try:
            found, mine = _shard(store, shard, counts)
        except (OSError, pa.ArrowException) as error:
            found, mine = [f"{shard['file']} cannot be read: {error}"], np.zeros(0, "S32")
        problems += found
        ids.append(mine)
    every = np.sort(np.concatenate(ids)) if ids else np.zeros(0, "S32")
    twice = every[1:][every[1:] == every[:-1]]
    if len(twice):
        problems.append(f"{len(twice)} ids occur more than once, first {twice[0].decode()}")
    for told in (manifest, *manifest["snapshots"]):
        if digest(told["settings"]) != told["settings_digest"]:
            problems.append(f"the settings of {told.get('name', 'the manifest')} do not give their settings_digest")
    problems += _strays(store, manifest)
    problems += _folders(manifest)
    problems += [*_counts(manifest, counts), *_apart(manifest)] if not problems else []
    problems += index.problems(store, manifest)
    return manifest, problems
