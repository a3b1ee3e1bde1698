"""All that the report tells of a build, as plain values: from the manifest, the columns, and the limits in force."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from filters.rules import RULES
from langid.confusions import Confusions
from manifests import evidence, languages
from manifests.errors import Stop
from manifests.limits import KNOWN, Limits
from pipeline.driver import TIMES
from pipeline.models import locate
from pipeline.progress import Reporter
from pipeline.release.record import removes_copies
from pipeline.release.report import columns, samples, scripts
from pipeline.release.report.columns import Columns, median
from pipeline.release.report.concentration import KINDS, herfindahl
from pipeline.release.report.samples import Sample
from pipeline.settings import Settings
from pipeline.steps import heed
from pipeline.steps.decide import APART, limits_in
from pipeline.steps.trust import CONFUSIONS
from pipeline.store import Store

TOP = 5
"""Hosts, sources and confusions that are named of a language."""
TOP_HOSTS = 40
UNITS = {"text": "bytes read", "notes": "bytes of text", "judge": "documents", "settle": "documents"}
"""What the cost of a phase counts, where that is something to reckon with."""
STEPS = {
    "scope": "in languages asked for",
    "takedown": "not taken down",
    "consent": "with consent",
    "safety": "from safe sites",
    "identity": "in a certain language",
    "quality": "of good quality",
    "evaluation": "in no evaluation set",
    "duplicate": "without copies: kept",
}
"""What is left after the rules of each kind."""
COPIES_TOO = "kept, copies too"
"""The last of them where no document goes for another."""
VERDICTS = {
    "not_in_langs": "in a language that was not asked for",
    "licence": "under a licence that was not asked for",
    **heed.MEANINGS,
    "exact_duplicate": "the same normal form as a document that stays",
    "near_duplicate": "estimated Jaccard similarity with a document that stays",
}

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page and its charts are made of."""

    name: str
    manifest: Mapping[str, Any]
    totals: Values
    steps: list[Values]
    """From what was read to what is kept: name, documents left, and what was taken away."""
    skipped: dict[str, int]
    rules: list[Values]
    """By what they removed, the most first."""
    labels: list[Values]
    """By kept documents, the most first."""
    sources: list[Values]
    hosts: list[Values]
    times: list[Values]
    limits: Values
    columns: Columns | None
    samples: list[Sample]


def gather(store: Store, manifest: Mapping[str, Any], told: Reporter) -> Facts:
    """Read what the build left; what is gone is left out."""
    settings = Settings.model_validate(manifest["settings"])
    removed: dict[str, Counter[str]] = defaultdict(Counter)
    for of_source in manifest["counts"].values():
        for label, rules in of_source.items():
            removed[label].update(rules)
    kept = {label: rules.pop("kept", 0) for label, rules in removed.items()}
    found = columns.read(store, kept, told)
    drawn = samples.draw(store, manifest["shards"], settings.pii == "mask", told)
    held = limits_in(store, settings, manifest.get("asked", {}).get("min_quality"))
    sets, limits = _limits(held, sorted(removed), settings)
    labels = _labels(manifest, kept, removed, sets, found, _confused(settings))
    steps, skipped = _steps(manifest, removed, kept)
    return Facts(
        name=store.title,
        manifest=manifest,
        totals=_totals(manifest, labels, skipped),
        steps=steps,
        skipped=skipped,
        rules=_rules(manifest, removed, held),
        labels=labels,
        sources=_sources(manifest, found),
        hosts=_hosts(found),
        times=_times(store),
        limits=limits,
        columns=found,
        samples=drawn,
    )


def _totals(manifest: Mapping[str, Any], labels: Sequence[Values], skipped: Mapping[str, int]) -> Values:
    data = [shard for shard in manifest["shards"] if shard["file"].startswith("data/")]
    documents = sum(one["documents"] for one in labels)
    return {
        "records": documents + sum(skipped.values()),
        "documents": documents,
        "kept": sum(one["kept"] for one in labels),
        "labels": sum(one["kept"] > 0 for one in labels),
        "scripts": len({one["script"] for one in labels if one["kept"]}),
        "unverified": sum(one["apart"] for one in labels),
        "text": sum(shard["text_bytes"] for shard in data),
        "bytes": sum(shard["bytes"] for shard in data),
        "files": len(data),
        "sources": len(manifest["reading"]),
        "personal": sum(sum(kinds.values()) for kinds in manifest.get("personal_data", {}).values()),
        "lines_cut": sum(one["lines"] for one in manifest.get("boilerplate", {}).values()),
    }


def _steps(
    manifest: Mapping[str, Any], removed: Mapping[str, Counter[str]], kept: Mapping[str, int]
) -> tuple[list[Values], dict[str, int]]:
    """The funnel, in the order in which verdicts are decided."""
    skipped: Counter[str] = Counter()
    for source in manifest["reading"].values():
        skipped.update(source["skipped"])
    documents = sum(kept.values()) + sum(sum(rules.values()) for rules in removed.values())
    kinds = _kinds(manifest)
    by_kind: Counter[str] = Counter()
    for rules in removed.values():
        for rule, count in rules.items():
            by_kind[kinds.get(rule, "quality")] += count
    steps = [
        {"name": "records read", "left": documents + sum(skipped.values()), "gone": 0},
        {"name": "with text", "left": documents, "gone": sum(skipped.values())},
    ]
    left = documents
    for kind, name in STEPS.items():
        if by_kind[kind] or kind in ("identity", "quality", "duplicate"):
            left -= by_kind[kind]
            stays = kind == "duplicate" and not by_kind[kind] and not removes_copies(manifest)
            steps.append({"name": COPIES_TOO if stays else name, "left": left, "gone": by_kind[kind]})
    if apart := sum(_apart(manifest).values()):
        steps.append({"name": "verified", "left": left - apart, "gone": apart})
    return steps, dict(skipped.most_common())


def _kinds(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The rules that any snapshot was held to, with their kinds, in the order of the last one."""
    rules = [manifest["rules"], *(one["rules"] for one in manifest.get("snapshots", []))]
    return {rule: kind for kinds in rules for rule, kind in kinds.items()}


def _apart(manifest: Mapping[str, Any]) -> Counter[str]:
    """Documents of each label that are kept, but set apart."""
    apart: Counter[str] = Counter()
    for shard in manifest["shards"]:
        if shard["file"].startswith(f"{APART}/"):
            apart[shard["label"]] += shard["rows"]
    return apart


def _rules(manifest: Mapping[str, Any], removed: Mapping[str, Counter[str]], held: Limits) -> list[Values]:
    doubted: Counter[str] = Counter()
    for labels in manifest.get("doubted", {}).values():
        for rules in labels.values():
            doubted.update(rules)
    by_rule: Counter[str] = Counter()
    in_labels: Counter[str] = Counter()
    for rules in removed.values():
        by_rule.update(rules)
        in_labels.update(rules.keys())
    table = {rule.name: rule for rule in RULES}
    spaced, clustered = held.of("und_Latn"), held.of("und_Thai")
    found = []
    for name, kind in _kinds(manifest).items():
        rule = table.get(name)
        limit = rule.limit if rule else ""
        found.append(
            {
                "name": name,
                "kind": kind,
                "removed": by_rule[name],
                "doubted": doubted[name],
                "labels": in_labels[name],
                "meaning": KNOWN[limit].meaning if rule else VERDICTS.get(name, ""),
                "limit": limit,
                "spaced": None if rule and rule.words == "clustered" else spaced.get(limit),
                "clustered": None if rule and rule.words == "spaced" else clustered.get(limit),
                "source": rule.source if rule else "",
            }
        )
    return sorted(found, key=lambda one: (-one["removed"], one["name"]))


def _labels(
    manifest: Mapping[str, Any],
    kept: Mapping[str, int],
    removed: Mapping[str, Counter[str]],
    sets: Mapping[str, int],
    found: Columns | None,
    confused: Mapping[str, list[tuple[str, str, int, int]]],
) -> list[Values]:
    text: Counter[str] = Counter()
    apart = _apart(manifest)
    for shard in manifest["shards"]:
        if shard["file"].startswith("data/"):
            text[shard["label"]] += shard["text_bytes"]
    labels = []
    for label in removed:
        language, trust = languages.of(label), manifest.get("labels", {}).get(label, {})
        labels.append(
            {
                "label": label,
                "name": language.name,
                "tag": language.bcp47,
                "also": " ".join(filter(None, (language.iso639_1, language.macro, *language.aka))),
                "script": label.rpartition("_")[2],
                "documents": kept[label] + sum(removed[label].values()),
                "kept": kept[label],
                "text": text[label],
                "apart": apart[label],
                "unverified": 0 < kept[label] <= apart[label],
                "expected": trust.get("expected_precision"),
                "interval": trust.get("precision_interval"),
                "supported": trust.get("supported"),
                "rules": dict(removed[label].most_common()),
                "limits": sets[label],
                "confused": confused.get(label, [])[:TOP],
                **(_of_columns(found, label, kept[label]) if found and kept[label] else {}),
            }
        )
    return sorted(labels, key=lambda one: (-one["kept"], -one["documents"], one["label"]))


def _of_columns(found: Columns, label: str, kept: int) -> Values:
    """What the columns tell of a label's kept documents; shares are of bytes of text."""
    origins, sources = found.origins[label], found.label_sources[label]
    total = origins.text or 1.0
    hosts = {place: size for place, size in origins.places.items() if not place.startswith(":")}
    return {
        "median": round(median(found.label_lengths[label])),
        "score": round(found.label_scores[label] / kept, 3),
        "index": round(herfindahl(origins.places.values()), 4),
        "largest": max(_shares(origins.places, total), key=lambda place: place[1], default=None),
        "places": len(origins.places),
        "asked": origins.asked,
        "hosts": _shares(hosts, total),
        "with_host": round(origins.with_host / total, 4),
        "sources": _shares(sources, sum(sources.values()) or 1.0),
        **{kind: round(float(size) / total, 4) for kind, size in zip(KINDS, origins.kinds, strict=True)},
    }


def _shares(amounts: Mapping[str, float], total: float) -> list[tuple[str, float]]:
    largest = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return [(name[:100], round(size / total, 4)) for name, size in largest]


def _confused(settings: Settings) -> dict[str, list[tuple[str, str, int, int]]]:
    """Of each label the languages whose labelled text was answered with it: (label, name, times, of how many)."""
    try:
        table = Confusions.parse(locate(settings.lid).with_name(CONFUSIONS).read_text(encoding="utf-8"))
    except (OSError, Stop):
        return {}
    pairs: Counter[tuple[str, str]] = Counter()
    tested: Counter[str] = Counter()
    for truth, answer, count in zip(table.truths, table.answers, table.counts.tolist(), strict=True):
        pairs[answer, truth] += int(count)
        tested[truth] += int(count)
    found = defaultdict(list)
    for (answer, truth), count in pairs.most_common():
        if answer != truth:
            found[answer].append((truth, languages.of(truth).name, count, tested[truth]))
    return dict(found)


def _limits(held: Limits, labels: Sequence[str], settings: Settings) -> tuple[dict[str, int], Values]:
    """The limits of every label: entries that labels share, sets of entries, and the set of each label."""
    entries: dict[tuple[Any, ...], int] = {}
    sets: dict[tuple[int, ...], int] = {}
    of_label = {}
    used = {rule.limit for rule in RULES}
    rests: dict[str, evidence.Rows] = {}
    for label in labels:
        mine = []
        for limit, said in held.said(label).items():
            if limit not in used:
                continue
            value = None if said.value is False else float(said.value)
            if said.place not in rests:
                rests[said.place] = _rests(said.place, settings)
            row = rests[said.place].get((said.table, limit))
            key = (limit, value, said.place, said.table, _basis(row))
            mine.append(entries.setdefault(key, len(entries)))
        of_label[label] = sets.setdefault(tuple(sorted(mine)), len(sets))
    return of_label, {"entries": [list(one) for one in entries], "sets": [list(one) for one in sets]}


def _rests(place: str, settings: Settings) -> evidence.Rows:
    try:
        return evidence.beside(place) if place == settings.limits else evidence.shipped(place)
    except (OSError, Stop):
        return {}


def _basis(row: evidence.Evidence | None) -> str:
    if row is None:
        return "chosen"
    if math.isnan(row.value):
        return row.note
    interval = f", {evidence.shown(row.low)} to {evidence.shown(row.high)}" if math.isfinite(row.low + row.high) else ""
    return f"{row.documents:,} documents{interval}"


def _sources(manifest: Mapping[str, Any], found: Columns | None) -> list[Values]:
    asked = [*(one["settings"] for one in manifest.get("snapshots", [])), manifest["settings"]]
    licences = {one["name"]: one.get("licence") for settings in asked for one in settings["sources"]}
    text: Counter[str] = Counter()
    for by_source in found.label_sources.values() if found else ():
        for name, size in by_source.items():
            text[name] += int(size)
    sources = []
    for name, reading in manifest["reading"].items():
        rules = list(manifest["counts"].get(name, {}).values())
        sources.append(
            {
                "name": name,
                "licence": licences.get(name),
                "records": reading["records"],
                "documents": reading["documents"],
                "kept": sum(one.get("kept", 0) for one in rules),
                "labels": sum(one.get("kept", 0) > 0 for one in rules),
                "text": text[name],
            }
        )
    return sorted(sources, key=lambda one: (-one["kept"], one["name"]))


def _hosts(found: Columns | None) -> list[Values]:
    if found is None:
        return []
    largest = sorted(found.hosts().items(), key=lambda item: (-sum(item[1].values()), item[0]))[:TOP_HOSTS]
    told = []
    for name, labels in largest:
        label, most = max(labels.items(), key=lambda pair: (pair[1], pair[0]))
        text = sum(labels.values())
        told.append(
            {
                "name": name[:100],
                "text": round(text),
                "labels": len(labels),
                "label": label,
                "share": most / text if text else 1.0,
            }
        )
    return told


def _times(store: Store) -> list[Values]:
    """Phases in the order they first ran, with what all runs spent on them."""
    found: dict[str, Values] = {}
    for line in store.read_lines(TIMES):
        told = json.loads(line)
        one = found.setdefault(
            told["phase"],
            {"name": told["phase"], "seconds": 0.0, "tasks": 0, "cost": 0, "unit": UNITS.get(told["phase"])},
        )
        for key in ("seconds", "tasks", "cost"):
            one[key] += told[key]
        one["workers"] = told["workers"]
    return list(found.values())


def shown_samples(facts: Facts) -> list[list[Any]]:
    """Samples as rows, without the names of their fields: label, rule, id, place, value, limit, length, text."""
    return [list(asdict(one).values()) for one in facts.samples]


def script_names(facts: Facts) -> dict[str, str]:
    """Names of the scripts that labels have."""
    return {one["script"]: scripts.name_of(one["script"]) for one in facts.labels}
