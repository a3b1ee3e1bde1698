"""The manifest of OUT: all of its snapshots together, and each by itself, so that the parts add up to the whole."""

from collections.abc import Mapping, Set
from typing import Any

from pipeline import exclusions, snapshots
from pipeline.release import checksums
from pipeline.release.card import page
from pipeline.snapshots import Record
from pipeline.store import Store
from pipeline.tallies import summed

_SUMS = ("reading", "boilerplate", "personal_data", "counts", "doubted", "licences")
"""What adds up over snapshots."""
_LISTS = ("inputs", "set_aside", "warnings", "shards")
_INNER = frozenset({"name", "recipe", "comparable", "answered", "scored", "published", "parts", "clusters", "captures"})
"""What a record holds for the next snapshot, and the manifest does not tell."""
_ALONE = ("settings", "settings_digest", "versions", "model", "rules", "limits_digest", "asked", "sites", "upsampling")
"""What a snapshot tells of itself beside its sums: the rest is either of files or of all together."""


def manifest(records: list[Record]) -> dict[str, Any]:
    """What manifest.json says of these snapshots. Settings and all that follows from them are the last one's."""
    last = records[-1]
    told = {name: value for name, value in last.items() if name not in _INNER}
    told |= {name: summed(record.get(name, {}) for record in records) for name in _SUMS}
    told |= {name: [one for record in records for one in record[name]] for name in _LISTS}
    told["labels"] = dict(sorted({label: one for record in records for label, one in record["labels"].items()}.items()))
    told["snapshots"] = [
        {
            "name": record["name"],
            **{name: record.get(name, {}) for name in (*_ALONE, *_SUMS)},
            "other_settings": _others(records[number - 1]["settings"], record["settings"]) if number else [],
        }
        for number, record in enumerate(records)
    ]
    return told


def _others(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Settings that a snapshot does not share with the one before, by name."""
    one, other = _flat(before), _flat(after)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _flat(told: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in told.items():
        if above or name != "sources":
            found |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {above + name: value}
    return found


def write(store: Store, sealed: Set[str] = frozenset()) -> dict[str, Any]:
    """Write manifest.json from the records of all snapshots; give what it says.

    Parts that are ``sealed`` have the files in the index that they had when it was last written.
    """
    checksums.write(store, sealed)
    told = manifest(snapshots.read(store)) | {"takedowns": exclusions.told_of(store)}
    page.write(store, told)
    store.write_json("manifest.json", told, indent=1)
    return told
