"""Verdicts from columns alone: rules part by part, then the canonical of each cluster, then both joined.

judge   each part: the first rule a document fails, with value and limit          work/judge/PART
elect   all clusters: which member stays for the others                          work/elect
settle  each part: the final verdict of every document, and tallies              index/verdicts/PART
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from dedup import canonical
from filters import decide, rules
from manifests import limits
from manifests.limits import Limits
from pipeline.rows import runs
from pipeline.settings import Settings, digest
from pipeline.steps.cluster import values_of
from pipeline.steps.notes import id_array, recipe
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
KEPT = "kept"
OUT_OF_SCOPE = "not_in_langs"
EXACT, NEAR = "exact_duplicate", "near_duplicate"
TEXTLESS = frozenset({"scope", "consent", "takedown", "safety"})
"""Kinds of rules whose removed documents leave no text in the ledger."""


def limits_of(settings: Settings) -> Limits:
    """The shipped limits, under the user's file, under single settings."""
    return limits.load(settings.limits, settings.filters, settings.rules)


def wanted(settings: Settings) -> frozenset[str] | None:
    """The labels asked for, or None for all."""
    return None if settings.langs == ("all",) else frozenset(settings.langs)


def rule_names(settings: Settings) -> dict[str, str]:
    """Every rule that may remove a document under these settings, in the order decided, with its kind."""
    chosen = {rule.name: rule.kind for rule in rules.named(settings.rules)}
    return {OUT_OF_SCOPE: "scope", **chosen, EXACT: "duplicate", NEAR: "duplicate"}


def judging(settings: Settings) -> str:
    """Changes with the rules, the limits and the languages asked for; made once a build: it reads limit files."""
    return digest(
        ["judge", VERSION, decide.VERSION, sorted(settings.langs), settings.words],
        [settings.rules, rules.digest(settings.rules), limits_of(settings).digest()],
    )


def elect_fingerprint(judged: list[str], clusters: str) -> str:
    """Changes with any verdict and with the clusters."""
    return digest("elect", VERSION, canonical.VERSION, sorted(judged), clusters)


def _columns(table: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """Signals and what identification measured, by name, as rules ask for them."""
    names = {name: name.removeprefix("signal.") for name in table.column_names}
    numeric = [
        name
        for name in table.column_names
        if pa.types.is_floating(table[name].type) or pa.types.is_integer(table[name].type)
    ]
    return {names[name]: table[name].to_numpy() for name in numeric}


def run_judge(context: Context, store: Store, work: tuple[str, str]) -> dict[str, Any]:
    """Hold every document of a part against the rules."""
    part, fingerprint = work
    store.remove(f"work/judge/{part}.json")  # an older marker must not outlive the file it speaks of
    settings = context.settings
    table = pq.read_table(store.path(f"index/signals/{part}.parquet"), use_threads=False)
    labels = table["raw_label"].to_pylist()
    chosen = rules.named(settings.rules)
    found = decide.verdicts(_columns(table), labels, limits_of(settings), chosen)
    names = np.array([KEPT, OUT_OF_SCOPE, *(rule.name for rule in chosen)], object)
    codes = np.where(found.rule < 0, 0, found.rule.astype(np.int64) + 2)
    value, limit = found.value.astype(np.float32), found.limit.astype(np.float32)
    asked = wanted(settings)
    if asked is not None:
        outside = np.array([label not in asked for label in labels], np.bool_)
        codes[outside] = 1
        value[outside] = limit[outside] = np.nan
    rule = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string()))
    columns = {"rule": rule, "value": _maybe(value, codes > 0), "limit": _maybe(limit, codes > 0)}
    store.write_table(f"work/judge/{part}.parquet", pa.table(columns), level=1)
    marker = {"fingerprint": fingerprint}
    store.write_json(f"work/judge/{part}.json", marker)
    return marker


def _maybe(values: npt.NDArray[np.float32], there: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.float32(), mask=~there | np.isnan(values))


def _of_members(
    store: Store, parts: list[str], places: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """For the documents at ``places`` (part << 32 | row): whether rules keep them, and (purity, characters)."""
    kept = np.zeros(len(places), np.bool_)
    quality = np.zeros((len(places), 2), np.float64)
    of_part = places >> 32
    for number in np.unique(of_part).tolist():
        mine = of_part == number
        rows = pa.array(places[mine] & 0xFFFFFFFF)
        rule = pq.read_table(store.path(f"work/judge/{parts[number]}.parquet"), columns=["rule"], use_threads=False)[
            "rule"
        ]
        kept[mine] = pc.equal(rule.combine_chunks().dictionary_decode(), KEPT).take(rows).to_numpy(zero_copy_only=False)
        about = pq.read_table(
            store.path(f"index/signals/{parts[number]}.parquet"), columns=["purity", "signal.chars"], use_threads=False
        ).take(rows)
        quality[mine] = np.stack([about["purity"].to_numpy(), about["signal.chars"].to_numpy()], axis=1)
    return kept, quality


def run_elect(context: Context, store: Store, work: tuple[list[str], str]) -> dict[str, Any]:
    """Choose what stays of each cluster: of the documents that rules keep, the purest, longest, of smallest id."""
    parts, fingerprint = work
    store.remove("work/elect.json")  # an older marker must not outlive the file it speaks of
    used = recipe(context.settings.dedup)
    members = pq.read_table(store.path("index/clusters.parquet"), use_threads=False)
    places = members["place"].to_numpy()
    kept, quality = _of_members(store, parts, places)
    values = values_of(members["signature"])
    _, cluster = np.unique(id_array(members["cluster_id"]), axis=0, return_inverse=True)
    # Members lie in (cluster, id) order, so the number of a row is the order of its id within the cluster.
    choice = canonical.choose(cluster.astype(np.int64).reshape(-1), kept, quality, values, used.threshold)
    lost = choice.canonical >= 0
    exact = id_array(members["exact_hash"])
    stays = np.where(lost, choice.canonical, 0)
    same = lost & (exact == exact[stays]).all(axis=1) if len(places) else lost
    rule = np.where(same, EXACT, np.where(lost, NEAR, KEPT))
    order = np.argsort(places)
    table = pa.table(
        {
            "place": pa.array(places),
            "cluster_id": members["cluster_id"],
            "cluster_size": members["cluster_size"],
            "rule": pa.array(rule.tolist(), pa.string()),
            "canonical_id": pa.array(
                [
                    value if gone else None
                    for value, gone in zip(members["id"].take(pa.array(stays)).to_pylist(), lost, strict=True)
                ],
                pa.binary(16),
            ),
            "estimate": pa.array(choice.estimate.astype(np.float32)),
        }
    ).take(pa.array(order))
    store.write_table("work/elect.parquet", table, row_group_rows=1 << 16, level=1)
    marker = {"fingerprint": fingerprint, "removed": int(lost.sum())}
    store.write_json("work/elect.json", marker)
    return marker


def run_settle(context: Context, store: Store, work: tuple[int, str, str, str]) -> dict[str, Any]:
    """Join rules and clusters into the final verdicts of a part; count them by source, label and rule."""
    number, part, notes, fingerprint = work
    store.remove(f"work/settle/{part}.json")  # an older marker must not outlive the file it speaks of
    about = pq.read_table(
        store.path(f"index/signals/{part}.parquet"),
        columns=["id", "source", "raw_label", "text_bytes"],
        use_threads=False,
    )
    judged = pq.read_table(store.path(f"work/judge/{part}.parquet"), use_threads=False)
    elected = pq.read_table(
        store.path("work/elect.parquet"),
        filters=[("place", ">=", number << 32), ("place", "<", (number + 1) << 32)],
        use_threads=False,
    )
    rows = elected["place"].to_numpy() & 0xFFFFFFFF
    at = np.full(about.num_rows, -1, np.int64)
    at[rows] = np.arange(len(rows))
    where = pa.array(at, mask=at < 0)
    joined = elected.take(where)
    lost = joined["canonical_id"].is_valid()
    threshold = np.float32(recipe(context.settings.dedup).threshold)
    rule = pc.if_else(lost, joined["rule"], judged["rule"].combine_chunks().dictionary_decode())
    table = pa.table(
        {
            "id": about["id"],
            "source": about["source"],
            "label": about["raw_label"],
            "rule": rule.combine_chunks().dictionary_encode(),
            "value": pc.if_else(lost, joined["estimate"], judged["value"]),
            "limit": pc.if_else(lost, pa.scalar(threshold, pa.float32()), judged["limit"]),
            "cluster_id": joined["cluster_id"],
            "cluster_size": pc.fill_null(joined["cluster_size"], 1),
            "canonical_id": joined["canonical_id"],
            "text_bytes": about["text_bytes"],
        }
    ).combine_chunks()
    store.write_table(f"index/verdicts/{part}.parquet", table, level=1)
    marker = {"fingerprint": fingerprint, "labels": _by_label(table, notes), "counts": _counts(table)}
    store.write_json(f"work/settle/{part}.json", marker)
    return marker


def _counts(table: pa.Table) -> dict[str, dict[str, dict[str, int]]]:
    """Documents by source, label and rule (or kept)."""
    found = table.select(["source", "label", "rule"]).group_by(["source", "label", "rule"])
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for row in found.aggregate([([], "count_all")]).to_pylist():
        counts.setdefault(row["source"], {}).setdefault(row["label"], {})[row["rule"]] = row["count_all"]
    return counts


def _row_bytes(table: pa.Table) -> npt.NDArray[np.uint8]:
    """What is decided of each document as one row of bytes, so that a label's rows are digested in one piece."""
    rule = table["rule"].combine_chunks()
    names = np.array([int(digest(name)[:16], 16) for name in rule.dictionary.to_pylist()], np.uint64)
    columns = [
        np.ascontiguousarray(id_array(table["id"])),
        names[rule.indices.to_numpy(zero_copy_only=False)],
        *(_filled(table[name], pa.scalar(0, table[name].type)) for name in ("value", "limit")),
        *(table[name].to_numpy() for name in ("cluster_size", "text_bytes")),
        *(id_array(pc.fill_null(table[name], bytes(16))) for name in ("cluster_id", "canonical_id")),
        *(table[name].is_null().to_numpy() for name in ("value", "limit", "cluster_id", "canonical_id")),
    ]
    return np.concatenate(
        [np.ascontiguousarray(column).view(np.uint8).reshape(len(rule), -1) for column in columns], axis=1
    )


def _filled(column: pa.ChunkedArray, value: pa.Scalar) -> npt.NDArray[Any]:
    return np.asarray(pc.fill_null(column, value).to_numpy())


def _by_label(table: pa.Table, notes: str) -> dict[str, dict[str, Any]]:
    """Of each label: its rows, bytes kept and removed, and a digest of its verdicts and of the text they speak of."""
    if not table.num_rows:
        return {}
    labels = table["label"].combine_chunks()
    names = labels.dictionary.to_pylist()
    codes = labels.indices.to_numpy(zero_copy_only=False)
    kept = pc.equal(table["rule"].combine_chunks().dictionary_decode(), KEPT).to_numpy(zero_copy_only=False)
    sizes = table["text_bytes"].to_numpy().astype(np.int64)
    said = _row_bytes(table)
    told = {}
    for start, stop in runs(codes):
        mine, bytes_ = kept[start:stop], sizes[start:stop]
        told[names[codes[start]]] = {
            "rows": [start, stop],
            "kept": [int(mine.sum()), int(bytes_[mine].sum())],
            "removed": [int((~mine).sum()), int(bytes_[~mine].sum())],
            "digest": digest(notes, xxhash.xxh3_128_hexdigest(said[start:stop].tobytes())),
        }
    return told
