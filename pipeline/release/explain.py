"""Why one document went where it went: every rule with value, limit and outcome, and its cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import decide, rules
from filters.decide import Held
from manifests.errors import Stop
from pipeline import snapshots
from pipeline.release.verify import manifest_of
from pipeline.rows import id_of
from pipeline.settings import Settings
from pipeline.steps import cluster, decontaminate, heed, hosts, sites
from pipeline.steps.decide import APART, KEPT, LEDGER, limits_in
from pipeline.store import Store

VERDICTS = "index/verdicts"
SHOWN = 20
"""Members of a cluster, and versions of a text, that are listed."""

IDENTITY = ("raw_label", "language_score", "purity", "script", "script_share", "mixed_share")
"""What is shown of identification."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one document."""

    id: str
    label: str
    source: str
    verdict: str
    doubt: str | None
    """The rule that sets the document apart, where it is kept so"""
    folder: str
    """Where in OUT it lies"""
    value: float | None
    limit: float | None
    identity: dict[str, Any]
    signals: dict[str, float]
    rules: list[Held]
    cluster_id: str | None
    cluster_size: int
    canonical_id: str | None
    refusals: list[str]
    """Every no to its being learnt from, in the words in which it was said, and where"""
    members: list[tuple[str, str]]
    """(id, verdict) of the cluster's documents, the first ones"""
    group_id: str | None
    """What it shares with versions of it in other languages"""
    versions: list[tuple[str, str, str]]
    """(id, label, verdict) of the other documents of the group, the first ones"""


def _parts(store: Store) -> list[str]:
    return [name for name in store.files(VERDICTS) if name.endswith(".parquet")]


def _find(store: Store, name: bytes) -> tuple[str, int]:
    parts = _parts(store)
    for part in parts:
        ids = store.read_table(part, ["id"])["id"].combine_chunks()
        row = pc.index(ids, pa.scalar(name, pa.binary(16))).as_py()
        if row >= 0:
            return Path(part).stem, row
    if not parts:
        raise Stop(
            f"{store.at('index')} is gone, which holds what was measured.", "Run the build again: it makes it anew.", 1
        )
    raise Stop(
        f"No document with the id {name.hex()} in {store.name}.",
        "Ids are in the id column of data/ and removed/; skipped records have none (see index/units).",
        1,
    )


def _verdicts_of(store: Store, ids: list[bytes]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    wanted = pa.array(ids, pa.binary(16))
    for part in _parts(store):
        table = store.read_table(part, ["id", "rule"])
        mine = table.filter(pc.is_in(table["id"], wanted))
        found |= dict(zip(mine["id"].to_pylist(), mine["rule"].to_pylist(), strict=True))
    return found


def _versions(store: Store, group: str, name: bytes) -> list[tuple[str, str, str]]:
    """Other documents of a group, in the order of their labels."""
    found: list[tuple[str, str, str]] = []
    for part in _parts(store):
        about = store.read_table(f"index/signals/{Path(part).name}", ["group_id"])
        if "group_id" not in about.column_names:  # noted before there were groups
            continue
        rows = np.flatnonzero(pc.equal(about["group_id"], group).fill_null(False))
        if len(rows):
            told = store.read_table(part, ["id", "label", "rule"]).take(pa.array(rows)).to_pylist()
            found += [(one["id"].hex(), one["label"], one["rule"]) for one in told if one["id"] != name]
    return sorted(found, key=lambda one: (one[1], one[0]))[:SHOWN]


def _folder(manifest: dict[str, Any], verdict: dict[str, Any]) -> str:
    if verdict["rule"] != KEPT:
        return LEDGER
    return APART if verdict["doubt"] else str(manifest["labels"][verdict["label"]]["folder"])


def run(out: Path | str, name: str) -> Explanation:
    """Explain the document of this id (32 hexadecimal digits)."""
    manifest = manifest_of(out)
    store = Store(out)
    wanted = id_of(name.strip())
    part, row = _find(store, wanted)
    snapshot = next(one for one in snapshots.read(store) if part in one["parts"])
    settings = Settings.model_validate(snapshot["settings"])
    verdict = store.read_table(f"{VERDICTS}/{part}.parquet").slice(row, 1).to_pylist()[0]
    about = store.read_table(f"index/signals/{part}.parquet").slice(row, 1).to_pylist()[0]
    signals = {key.removeprefix("signal."): value for key, value in about.items() if isinstance(value, int | float)}
    listed = sites.columns(store, settings, pa.array([about["url"]], pa.string()), snapshot["sites"])
    signals |= {name: float(column[0]) for name, column in listed.items()}
    if store.exists(f"{decontaminate.FOLDER}/{part}.parquet"):
        overlaps = decontaminate.columns(store, settings, part, snapshot["parts"][part]["rows"])
        signals |= {name: float(column[row]) for name, column in overlaps.items()}
    by_host = hosts.columns(store, part)
    signals |= {name: float(column[row]) for name, column in by_host.items() if name != heed.COLUMN}
    said = heed.words(store, settings, about["url"], about.get("consent"), snapshot.get("captures", {}))
    limits = limits_in(store, settings, snapshot["asked"].get("min_quality"))
    held = decide.explain(signals, verdict["label"], limits, rules.named(settings.rules))
    name_of = cluster.cluster_of(store, wanted)
    others = cluster.rows_of(store, name_of)["id"].to_pylist() if name_of else []
    members: list[tuple[str, str]] = []
    if others:
        ids = sorted({*others[:SHOWN], wanted, *filter(None, [verdict["canonical_id"]])})
        told = _verdicts_of(store, ids)
        members = [(one.hex(), told.get(one, "?")) for one in ids]
    return Explanation(
        id=wanted.hex(),
        label=verdict["label"],
        source=verdict["source"],
        verdict=verdict["rule"],
        doubt=verdict["doubt"],
        folder=_folder(manifest, verdict),
        value=verdict["value"],
        limit=verdict["limit"],
        identity={key: about[key] for key in IDENTITY},
        signals=signals,
        rules=held,
        cluster_id=name_of.hex() if name_of else None,
        cluster_size=max(1, len(others)),
        canonical_id=verdict["canonical_id"].hex() if verdict["canonical_id"] else None,
        refusals=[f"{one.where}: {one.what}" for one in said],
        members=members,
        group_id=about.get("group_id"),
        versions=_versions(store, about["group_id"], wanted) if about.get("group_id") else [],
    )
