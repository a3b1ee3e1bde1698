"""What a snapshot is made of: what went in, under which settings, what came out, and counts that add up."""

import platform
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests import layouts, schema
from manifests.models import models
from pipeline import asked, snapshots
from pipeline.models import digest as sha256_of
from pipeline.plan import Plan
from pipeline.settings import Settings, digest, scrubbed, without_secrets
from pipeline.steps import decontaminate, rehydrate, repeats, sites
from pipeline.steps.decide import KEPT_BEST, harmony_of, limits_in, rule_names
from pipeline.steps.trust import Trust
from pipeline.store import Store
from pipeline.tallies import Noted, Settled

LIBRARIES = ("corpus-build", "ftfy", "fastwarc", "numba", "numpy", "pyarrow", "resiliparse", "trafilatura", "zstandard")
"""Whose versions may show in the bytes of the result."""

Counts = dict[str, dict[str, dict[str, int]]]
"""Documents by source, label, and rule or ``kept``."""


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def added(many: Iterable[Mapping[str, Any]]) -> Counts:
    """The sum of per-part counts."""
    total: Counts = defaultdict(lambda: defaultdict(Counter))
    for counts in many:
        for source, labels in counts.items():
            for label, rules in labels.items():
                for rule, count in rules.items():
                    total[source][label][rule] += count
    return {
        source: {label: dict(sorted(rules.items())) for label, rules in sorted(labels.items())}
        for source, labels in sorted(total.items())
    }


def _model(name: str, path: str) -> dict[str, str]:
    known = models().get(name)
    licence = known.licence if known else "not known: a model given by its path"
    return {"name": name if known else Path(path).name, "sha256": sha256_of(Path(path)), "licence": licence}


def _inputs(made: Plan, units: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    files: dict[tuple[str, str], dict[str, Any]] = {}
    for unit in made.units:
        entry = files.setdefault(
            (unit.source.name, unit.file.relative),
            {
                "source": unit.source.name,
                "file": unit.file.relative,
                "kind": unit.kind,
                "codec": unit.codec,
                "size": unit.file.size,
                "version": unit.file.version,
                "digests": [],
            },
        )
        if unit.key in units:
            entry["digests"].append(units[unit.key]["digest"])
    return list(files.values())


def _reading(made: Plan, units: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each source: records, documents, skipped by reason; records = documents + skipped."""
    told: dict[str, dict[str, Any]] = {}
    for unit in made.units:
        source = told.setdefault(unit.source.name, {"records": 0, "documents": 0, "repaired": 0, "skipped": Counter()})
        if unit.key not in units:
            continue
        tally = units[unit.key]["tally"]
        for name in ("records", "documents", "repaired"):
            source[name] += tally[name]
        source["skipped"].update(tally["skipped"])
    return {
        name: {**source, "skipped": dict(sorted(source["skipped"].items()))} for name, source in sorted(told.items())
    }


def _cut(sums: Mapping[str, list[int]]) -> dict[str, dict[str, int]]:
    """Of each source whose documents lost lines that their host shares: documents, lines and code points."""
    return {source: dict(zip(("documents", "lines", "chars"), of, strict=True)) for source, of in sums.items()}


MOST_ANSWERS = 5


def _declared(sums: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Of each source and language declared: documents, those found to be in it, and what most were found to be."""
    return {
        source: {
            declared: {
                "documents": sum(answers.values()),
                "agreed": sum(count for label, count in answers.items() if label in layouts.labels(declared)),
                "found": dict(sorted(answers.items(), key=lambda one: (-one[1], one[0]))[:MOST_ANSWERS]),
            }
            for declared, answers in of.items()
        }
        for source, of in sums.items()
    }


def _warnings(
    made: Plan, units: Mapping[str, Mapping[str, Any]], reading: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    warnings = [f"{source}/{path} was not read: {reason}" for source, path, reason in made.unknown]
    for name, told in reading.items():
        if told["documents"] or not told["records"]:
            continue
        mine = [units[unit.key] for unit in made.units if unit.source.name == name and unit.key in units]
        fields = sorted({field for unit in mine for field in unit["fields_seen"]})
        reasons = ", ".join(f"{reason}: {count}" for reason, count in told["skipped"].items())
        fits = layouts.fitting(set(fields))
        mend = "name the text with read.fields.text"
        if fits:
            mend += f", or set layout to {' or '.join(fits[:3])}, whose text is in one of them"
        has = f"; its records have the fields {', '.join(fields)}: {mend}" if fields else ""
        warnings.append(f"source {name} gave no document ({reasons}){has}")
    return warnings


def _unit_table(made: Plan, units: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    rows = [
        {
            "unit": unit.key,
            "source": unit.source.name,
            "file": unit.file.relative,
            "start": unit.start,
            "end": unit.end,
            "records": units[unit.key]["tally"]["records"],
            "documents": units[unit.key]["tally"]["documents"],
            "reason": reason,
            "skipped": count,
            "places": units[unit.key]["tally"]["places"].get(reason, []),
        }
        for unit in made.units
        if unit.key in units
        for reason, count in [("", 0), *units[unit.key]["tally"]["skipped"].items()]
    ]
    fields = {name: pa.string() for name in ("unit", "source", "file", "reason")}
    numbers = {name: pa.int64() for name in ("start", "end", "records", "documents", "skipped")}
    return pa.Table.from_pylist(rows, pa.schema({**fields, **numbers, "places": pa.list_(pa.string())}))


def _best(store: Store, settings: Settings) -> dict[str, Any]:
    """The limits that keep the best share of each label, where such are asked for."""
    share = settings.quality.keep_share
    return {} if share is None else {"keep_share": share, "min_quality": store.read_json(KEPT_BEST)}


def of(
    store: Store,
    settings: Settings,
    made: Plan,
    units: Mapping[str, Mapping[str, Any]],
    noted: Noted,
    settled: Settled,
    markers: Iterable[Mapping[str, Any]],
    aside: Iterable[Any],
    model: str,
    trusts: Mapping[str, Trust],
    crossings: list[dict[str, Any]],
    snapshot: str,
) -> snapshots.Record:
    """The record of a finished snapshot; the tallies of its units are written beside it."""
    reading = _reading(made, units)
    told = settings.model_dump(mode="json")
    for source in [*told["sources"], *told["decontaminate"]["sources"]]:
        source["path"] = without_secrets(source["path"])
    store.write_table(f"index/units/{snapshot}.parquet", _unit_table(made, units))
    return {
        "name": snapshot,
        "schema_version": schema.VERSION,
        "settings": told,
        "settings_digest": digest(told),
        "versions": _versions(),
        "model": _model(settings.lid, model),
        "rules": rule_names(settings),
        "limits_digest": limits_in(store, settings).digest(),
        "asked": asked.told_of(settings) | _best(store, settings),
        "sites": sites.told_of(store, settings),
        "labels_digest": harmony_of(settings).digest(),
        "inputs": _inputs(made, units),
        "reading": reading,
        "boilerplate": _cut(noted.cut),
        "paragraphs": repeats.told(noted.repeats),
        "personal_data": noted.pii,
        "declared": _declared(noted.declared),
        "counts": settled.sums.get("counts", {}),
        "licences": settled.sums.get("licences", {}),
        "doubted": settled.sums.get("doubted", {}),
        "evaluations": decontaminate.told_of(store, settings, noted.parts, settled.sums.get("evaluations", {})),
        "crossings": crossings,
        "upsampling": rehydrate.told_of(store),
        "labels": {label: trust.told() for label, trust in trusts.items()},
        "set_aside": [
            {"step": one.step, "task": one.key, "source": one.source, "unit": one.unit, "said": scrubbed(one.said)}
            for one in aside
        ],
        "warnings": _warnings(made, units, reading),
        "shards": [
            {name: value for name, value in marker.items() if name not in {"fingerprint", "of"}}
            for marker in markers
            if marker["rows"]
        ],
        "recipe": snapshots.recipe_of(settings),
        "comparable": snapshots.comparable(),
        "answered": dict(sorted(noted.answered.items())),
        "scored": noted.scores.told(),
        "published": settled.scores.told(),
        "parts": {
            part: {
                "rows": marker["rows"],
                "fingerprint": marker["fingerprint"],
                "settled": settled.fingerprints[part],
            }
            for part, marker in noted.parts.items()
        },
    }


def removes_copies(manifest: Mapping[str, Any]) -> bool:
    """Whether the build removes near-duplicates, or only tells which they are."""
    return bool(manifest["settings"].get("dedup", {}).get("enabled", True))
