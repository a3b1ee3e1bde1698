"""Where the kept text of each label is from, as ``corpus report`` told it from the index: kept for the card."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.release.mixture import build_digest
from pipeline.store import Store

PLACE = "index/origins.json"
TOLD = ("asked", "places", "index", "largest", "with_host", "religious", "encyclopaedic")
"""Of each label: documents asked, hosts (or sources), their concentration index, the largest with its share of the
text, and the shares of text that names a host, that is religious, and that is of an encyclopaedia."""


def write(store: Store, manifest: Mapping[str, Any], labels: Iterable[Mapping[str, Any]]) -> None:
    """Keep what is told of labels of a build; those of which nothing is known are left out."""
    told = {one["label"]: {name: one[name] for name in TOLD} for one in labels if one.get("places")}
    store.write_json(PLACE, {"build": build_digest(manifest["shards"]), "labels": told}, indent=1)


def read(store: Store, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What was told by label; nothing where another version of the build was looked at."""
    told = store.read_json(PLACE) or {}
    found: dict[str, Any] = told["labels"] if told.get("build") == build_digest(manifest["shards"]) else {}
    return found
