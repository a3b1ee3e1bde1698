"""Verdicts from columns alone: rules part by part, then the canonical of each cluster, then both joined.

judge   each part: the first rule a document fails, and what sets it apart        work/judge/PART
stand   each block of parts: which of its clustered documents rules keep, and their quality
elect   each file of clusters: which member stays for the others                 work/elect/NUMBER
settle  each block of parts: the final label and verdict of every document        index/verdicts/PART

Parts are in the order of what the model answered; the final label is made of that by ``manifests.harmonise``, so rows
of one label may lie in several places of a part.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from dedup import canonical
from dedup.bands import Keys
from filters import decide, rules
from manifests import harmonise, licences, limits
from manifests.harmonise import Harmony
from manifests.limits import Limits
from pipeline.rows import id_array
from pipeline.settings import Settings, digest
from pipeline.steps import decontaminate, heed, hosts, sites
from pipeline.steps.cluster import CLUSTERS, planned, values_of, write_sorted
from pipeline.steps.components import MEMBERS
from pipeline.steps.notes import recipe
from pipeline.steps.spilled import Spilled
from pipeline.store import Store
from pipeline.task import Context

VERSION = 11
KEPT = "kept"
TAKEN_DOWN = "takedown"
OUT_OF_SCOPE = "not_in_langs"
UNLICENSED = "licence"
BARS = (TAKEN_DOWN, UNLICENSED, *heed.RULES.values())
"""Why a document may not be taken, however good it is, in the order asked."""
EXACT, NEAR = "exact_duplicate", "near_duplicate"
ELECT, ELECTED = "work/elect", "work/elect.json"
TEXTLESS = frozenset({"scope", "consent", "takedown", "safety"})
"""Kinds of rules whose removed documents leave no text in the ledger."""
KEPT_BEST = "index/quality.json"
"""Limits of quality by label, as ``weigh`` tells them."""
FOLDERS = PUBLISHED, APART, LEDGER = ("data", "data/unverified", "removed")
"""Where documents go in OUT, a folder a label in each: apart are those that were kept with a doubt."""


def folders(verdicts: pa.Table) -> npt.NDArray[np.int64]:
    """Where the documents of these final verdicts go, by their own merits: for each an index into FOLDERS."""
    rules = verdicts["rule"].combine_chunks()
    of_rule = np.array([FOLDERS.index(PUBLISHED if name == KEPT else LEDGER) for name in names_in(rules)], np.int64)
    return np.where(verdicts["doubt"].is_valid().to_numpy(), FOLDERS.index(APART), of_rule[codes_of(rules)])


def names_in(column: pa.DictionaryArray) -> list[str]:
    """The names of a column."""
    names: list[str] = column.dictionary.to_pylist()
    return names


def codes_of(column: pa.DictionaryArray) -> npt.NDArray[np.int32]:
    """For each row of a column without nulls an index into its names."""
    codes: npt.NDArray[np.int32] = column.indices.to_numpy(zero_copy_only=False)
    return codes


def limits_of(settings: Settings) -> Limits:
    """The shipped limits, under the user's file, under single settings."""
    return limits.load(settings.limits, settings.filters, settings.rules)


def limits_in(store: Store, settings: Settings, best: Mapping[str, float] | None = None) -> Limits:
    """``limits_of``, and those that keep the ``best`` share of each label, where such are asked for: by label, as this
    build told them unless told.
    """
    held = limits_of(settings)
    if settings.quality.keep_share is None:
        return held
    return held.raised("min_quality", best or store.read_json(KEPT_BEST) or {})


def harmony_of(settings: Settings) -> Harmony:
    """How answers of the model become labels: the shipped map, under the user's, merged where asked."""
    return harmonise.load(settings.harmonise, settings.merge_macro)


def final_labels(answers: pa.DictionaryArray, harmony: Harmony) -> pa.DictionaryArray:
    """The label of each document, from what the model answered."""
    final = [harmony.of(name) for name in names_in(answers)]
    known = sorted(set(final))
    number = {name: code for code, name in enumerate(known)}
    codes = np.array([number[name] for name in final], np.int32)[codes_of(answers)]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(known, pa.string()))


def wanted(settings: Settings) -> frozenset[str] | None:
    """The labels asked for, or None for all."""
    return None if settings.langs == ("all",) else frozenset(settings.langs)


def rule_names(settings: Settings) -> dict[str, str]:
    """Every rule that may remove a document under these settings, in the order decided, with its kind."""
    chosen = {rule.name: rule.kind for rule in rules.named(settings.rules)}
    return {
        TAKEN_DOWN: "takedown",
        UNLICENSED: "consent",
        **dict.fromkeys(heed.RULES.values(), "consent"),
        OUT_OF_SCOPE: "scope",
        **chosen,
        EXACT: "duplicate",
        NEAR: "duplicate",
    }


def columns_of(store: Store, settings: Settings, part: str, table: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """All that rules may ask for of the documents of a part, given its table of index/signals."""
    found = numeric_columns(table) | sites.columns(store, settings, table["url"]) | hosts.columns(store, part)
    return found | decontaminate.columns(store, settings, part, table.num_rows)


def judging(settings: Settings, listed: str) -> str:
    """Changes with the rules, limits, lists of sites, languages asked for and the map of labels.

    ``listed`` is what ``sites.prepare`` gave. Made once a build: it reads files.
    """
    return digest(
        ["judge", VERSION, decide.VERSION, sorted(settings.langs), settings.words, settings.licences],
        heed.judging(settings),
        [settings.rules, rules.digest(settings.rules), limits_of(settings).digest(), harmony_of(settings).digest()],
        listed,
    )


def elect_fingerprint(settings: Settings, judged: list[str], clusters: str) -> str:
    """Changes with any verdict, with the clusters, and with whether any document goes for them."""
    return digest("elect", VERSION, canonical.VERSION, settings.dedup.enabled, sorted(judged), clusters)


def numeric_columns(table: pa.Table) -> dict[str, npt.NDArray[Any]]:
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
    table = store.read_table(f"index/signals/{part}.parquet")
    answers, harmony = table["raw_label"].combine_chunks(), harmony_of(settings)
    chosen = rules.named(settings.rules)
    columns = columns_of(store, settings, part, table)
    found = decide.verdicts(columns, final_labels(answers, harmony), limits_in(store, settings), chosen)
    others = [KEPT, *BARS, OUT_OF_SCOPE]
    names = np.array([*others, *(rule.name for rule in chosen)], object)
    codes = np.where(found.rule < 0, 0, found.rule.astype(np.int64) + len(others))
    value, limit = found.value.astype(np.float32), found.limit.astype(np.float32)
    asked = wanted(settings)
    if asked is not None:
        # Whoever asks for a language means what is answered so, and what is published so.
        strange = [asked.isdisjoint(harmony.names(name)) for name in names_in(answers)]
        outside = np.array(strange, np.bool_)[codes_of(answers)]
        codes[outside] = others.index(OUT_OF_SCOPE)
        value[outside] = limit[outside] = np.nan
    closed = barred(store, settings, table, columns)
    codes = np.where(closed > 0, closed, codes)
    value[closed > 0] = limit[closed > 0] = np.nan
    rule = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string()))
    doubted = (codes == 0) & (found.doubt >= 0)
    why = pa.DictionaryArray.from_arrays(pa.array(found.doubt.astype(np.int32), mask=~doubted), names_of(chosen))
    spoken = (codes > 0) | doubted
    told = {"rule": rule, "doubt": why, "value": _maybe(value, spoken), "limit": _maybe(limit, spoken)}
    store.write_table(f"work/judge/{part}.parquet", pa.table(told), level=1)
    marker = {"fingerprint": fingerprint}
    store.write_json(f"work/judge/{part}.json", marker)
    return marker


def barred(
    store: Store, settings: Settings, table: pa.Table, columns: Mapping[str, npt.NDArray[Any]]
) -> npt.NDArray[np.int64]:
    """Of each document the first of BARS that holds, counted from 1, whatever it is like; 0 where none does.

    ``columns`` are those of ``columns_of``.
    """
    refused = heed.refused(store, settings, table, columns).astype(np.int64)
    found = np.where(refused > 0, refused + BARS.index(UNLICENSED) + 1, 0)
    found[~_licensed(settings, table)] = BARS.index(UNLICENSED) + 1
    found[table["taken_down"].to_numpy() > 0] = BARS.index(TAKEN_DOWN) + 1
    return found


def _licensed(settings: Settings, table: pa.Table) -> npt.NDArray[np.bool_]:
    """Which documents bear a licence that is asked for."""
    if settings.licences == ("all",):
        return np.ones(table.num_rows, np.bool_)
    column = licence_of(table)
    names: list[str | None] = [*column.dictionary.to_pylist(), None]
    fine = np.array([licences.within(name, settings.licences) for name in names], np.bool_)
    found: npt.NDArray[np.bool_] = fine[column.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)]
    return found


def licence_of(table: pa.Table) -> pa.DictionaryArray:
    """The column, of which older parts have none."""
    there = "licence" in table.column_names
    column = table["licence"].combine_chunks() if there else pa.nulls(table.num_rows, pa.string())
    return column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()


def names_of(chosen: Iterable[rules.Rule]) -> pa.StringArray:
    """The names of rules, by number."""
    return pa.array([rule.name for rule in chosen], pa.string())


def _maybe(values: npt.NDArray[np.float32], there: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.float32(), mask=~there | np.isnan(values))


_QUALITY = ("sure", "purity", "chars")
"""What makes one document of a cluster better than another, the first that differs."""


_VERSIONS = ("group", "language")
"""Of a version of a text in several languages, its group and its language as numbers; zeros of any other document."""
_ABOUT = ["purity", "signal.chars", "raw_label", "group_id"]


def versions_of(about: pa.Table, harmony: Harmony) -> Keys:
    """(n, 2) numbers for the group and the final label of documents, given what was measured of them."""
    found = np.zeros((about.num_rows, 2), np.uint64)
    if "group_id" not in about.column_names:  # noted before there were groups
        return found
    groups = about["group_id"].combine_chunks()
    rows = np.flatnonzero(groups.is_valid())
    found[rows, 0] = [xxhash.xxh3_64_intdigest(name.encode()) or 1 for name in groups.take(pa.array(rows)).to_pylist()]
    labels = final_labels(about["raw_label"].combine_chunks(), harmony)
    found[:, 1] = np.array([xxhash.xxh3_64_intdigest(name.encode()) for name in names_in(labels)], np.uint64)[
        codes_of(labels)
    ]
    return found


def run_stand(context: Context, store: Store, work: tuple[int, int]) -> dict[str, Any]:
    """Write how the clustered documents of a block stand: whether rules keep them, whether they are published already,
    and their quality.

    Row by row as they lie in the members of the block. Of the first ``known`` parts snapshots before have decided all.
    """
    block, known = work
    made, harmony = planned(store), harmony_of(context.settings)
    members = store.read_table(f"{MEMBERS}/{block:05d}.parquet", ["root", "number"])
    number = members["number"].to_numpy().astype(np.int64)
    kept, published = np.zeros(len(number), np.bool_), np.zeros(len(number), np.bool_)
    quality = np.zeros((len(number), 3), np.float64)
    versions = np.zeros((len(number), 2), np.uint64)
    for part in range(*made.blocks[block]):
        mine = np.flatnonzero((number >= made.starts[part]) & (number < made.starts[part + 1]))
        if not len(mine):
            continue
        rows = pa.array(number[mine] - made.starts[part])
        name = made.parts[part]
        folder = "index/verdicts" if part < known else "work/judge"
        judged = store.read_table(f"{folder}/{name}.parquet", ["rule", "doubt"])
        rule = judged["rule"].combine_chunks()
        kept[mine] = np.array([name == KEPT for name in names_in(rule)], np.bool_)[codes_of(rule.take(rows))]
        published[mine] = kept[mine] & (part < known)
        about = store.read_table(f"index/signals/{name}.parquet", _ABOUT).take(rows)
        sure = judged["doubt"].combine_chunks().take(rows).is_null().to_numpy(zero_copy_only=False)
        quality[mine] = np.stack([sure, about["purity"].to_numpy(), about["signal.chars"].to_numpy()], axis=1)
        versions[mine] = versions_of(about, harmony)
    flags = {"kept": kept, "published": published}
    write_sorted(
        store,
        f"work/stand/{block:05d}.parquet",
        {
            "root": members["root"],
            **flags,
            **{name: quality[:, key] for key, name in enumerate(_QUALITY)},
            **{name: versions[:, key] for key, name in enumerate(_VERSIONS)},
        },
    )
    return {"kept": int(kept.sum())}


def run_elect(context: Context, store: Store, work: tuple[int, int, int]) -> dict[str, Any]:
    """Choose what stays of each cluster of a file: what snapshots before have published, else of the documents that
    rules keep, one in no doubt, the purest, longest, of smallest id. All of them, where no document goes for another.

    Takes about 180 bytes a member; their signatures are in memory only where all fit half of a worker's.
    """
    number, low, high = work
    file = f"{CLUSTERS}/{number:05d}.parquet"
    places = store.read_table(file, ["place"])["place"].to_numpy()
    choice, same = _chosen(context, store, file, low, high) if context.settings.dedup.enabled else _all_of(len(places))
    lost = choice.canonical >= 0
    rule = np.where(same, 1, np.where(lost, 2, 0)).astype(np.int32)
    by_place = np.argsort(places)
    members = store.read_table(file, ["cluster_id", "id", "cluster_size"]).combine_chunks()
    with store.writer(f"{ELECT}/{number:05d}.parquet", ELECTED_COLUMNS) as writer:
        for start in range(0, len(places), ELECTED_ROWS):
            rows = by_place[start : start + ELECTED_ROWS]
            mine = members.take(pa.array(rows))
            told = {
                "place": pa.array(places[rows]),
                "cluster_id": mine["cluster_id"],
                "cluster_size": mine["cluster_size"],
                "rule": pa.array([KEPT, EXACT, NEAR]).take(pa.array(rule[rows])),
                "canonical_id": members["id"].take(pa.array(choice.canonical[rows], mask=~lost[rows])),
                "estimate": pa.array(choice.estimate[rows]),
            }
            writer.write_table(pa.table(told, schema=ELECTED_COLUMNS))
    return {"removed": int(lost.sum()), "compared": choice.compared}


def _all_of(n: int) -> tuple[canonical.Choice, npt.NDArray[np.bool_]]:
    """As ``_chosen``, where every one of ``n`` members stays."""
    return canonical.Choice(np.full(n, -1, np.int64), np.zeros(n, np.float32), 0), np.zeros(n, np.bool_)


def _chosen(
    context: Context, store: Store, file: str, low: int, high: int
) -> tuple[canonical.Choice, npt.NDArray[np.bool_]]:
    """For whom each member goes, and which are exact copies of that one; the clusters have roots from ``low`` to
    ``high``.
    """
    made = planned(store)
    used = recipe(context.settings.dedup)
    members = store.read_table(file, ["cluster_id", "place"])
    n = members.num_rows
    # Members lie in (cluster, id) order, so the number of a row is the order of its id within the cluster.
    names = id_array(members["cluster_id"])
    cluster = np.cumsum(np.concatenate([[False], (names[1:] != names[:-1]).any(axis=1)])[:n], dtype=np.int64)
    places = members["place"].to_numpy()
    del members, names
    by_place = np.argsort(places)
    kept, published = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    exact, quality = np.zeros((n, 2), np.uint64), np.zeros((n, 3), np.float32)
    versions = np.zeros((n, 2), np.uint64)
    aside = 2 * n * used.permutations > context.memory // 2
    values = Spilled(n, used.permutations) if aside else np.zeros((n, used.permutations), np.uint16)
    for block in range(len(made.blocks)):
        signed = store.read_range(
            f"{MEMBERS}/{block:05d}.parquet", "root", low, high, ["root", "number", "exact_hash", "signature"]
        )
        if not signed.num_rows:
            continue
        found = made.places(signed["number"].to_numpy().astype(np.int64))
        at = by_place[np.searchsorted(places, found, sorter=by_place)]
        values[at], exact[at] = values_of(signed["signature"]), id_array(signed["exact_hash"])
        stand = store.read_range(f"work/stand/{block:05d}.parquet", "root", low, high)
        kept[at], published[at] = stand["kept"].to_numpy(), stand["published"].to_numpy()
        quality[at] = np.stack([stand[name].to_numpy() for name in _QUALITY], axis=1)
        versions[at] = np.stack([stand[name].to_numpy() for name in _VERSIONS], axis=1)
        del signed, stand
    pa.default_memory_pool().release_unused()
    choice = canonical.choose(cluster, kept, quality, values, used.threshold, published=published, versions=versions)
    lost = choice.canonical >= 0
    same = lost & (exact == exact[np.where(lost, choice.canonical, 0)]).all(axis=1) if n else lost
    return choice, same


ELECTED_ROWS = 1 << 14
"""Rows of a row group of what was elected: a part reads those that hold documents of its own."""
ELECTED_COLUMNS = pa.schema(
    {
        "place": pa.int64(),
        "cluster_id": pa.binary(16),
        "cluster_size": pa.int32(),
        "rule": pa.string(),
        "canonical_id": pa.binary(16),
        "estimate": pa.float32(),
    }
)


def doubted(table: pa.Table) -> dict[str, dict[str, dict[str, int]]]:
    """Documents that are set apart by source, label and what sets them apart; the table has rules and doubts."""
    return tally(table.filter(pa.array(folders(table) == FOLDERS.index(APART))).combine_chunks(), "doubt")


def tally(table: pa.Table, why: str = "rule") -> dict[str, dict[str, dict[str, int]]]:
    """Documents by source, label and rule (or kept), or by what sets them apart."""
    columns = [table[name].combine_chunks() for name in ("source", "label", why)]
    names = [names_in(column) for column in columns]
    shape = [max(1, len(known)) for known in names]
    found = np.bincount(np.ravel_multi_index([codes_of(column) for column in columns], shape))
    counts: dict[str, dict[str, dict[str, int]]] = {}
    there = np.flatnonzero(found)
    for count, *place in zip(
        found[there].tolist(), *(at.tolist() for at in np.unravel_index(there, shape)), strict=True
    ):
        source, label, rule = (known[at] for known, at in zip(names, place, strict=True))
        counts.setdefault(source, {}).setdefault(label, {})[rule] = count
    return counts
