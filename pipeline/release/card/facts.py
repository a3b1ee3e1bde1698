"""What a card tells of, gathered from the manifest and from what was made of a build since."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manifests import languages, licences
from manifests.languages import Language
from pipeline.release import origins
from pipeline.store import Store

SUFFIXES = {"data": "", "data/unverified": "_unverified", "removed": "_removed"}
"""What follows the label in the name of a config, by the folder of its files."""


@dataclass(slots=True)
class Published:
    """The files of one label in one folder: a config of the dataset."""

    label: str
    folder: str
    documents: int = 0
    text_bytes: int = 0

    @property
    def language(self) -> Language:
        """The row of its label."""
        return languages.of(self.label)

    @property
    def config(self) -> str:
        """The name to load it by."""
        return f"{self.label}{SUFFIXES[self.folder]}"

    @property
    def pattern(self) -> str:
        """Its files."""
        return f"{self.folder}/{self.label}/*.parquet"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the card is made of."""

    name: str
    """How people call the dataset."""
    place: str
    """What it is loaded by: an id on the hub or a path."""
    manifest: Mapping[str, Any]
    published: list[Published]
    """By label: first what is verified, then the others."""
    removed: list[Published]
    """The ledger, where it is published."""
    audits: list[dict[str, Any]] = field(default_factory=list)
    mixture: Mapping[str, Any] | None = None
    report: bool = False
    origins: Mapping[str, Any] = field(default_factory=dict)
    """By label where its text is from, where the report was made."""

    @property
    def documents(self) -> int:
        """All that are published."""
        return sum(one.documents for one in self.published)

    @property
    def licences(self) -> dict[str, int]:
        """Documents by licence, most first; those without one under an empty name.

        A manifest that does not count them tells only what its sources declare.
        """
        told: Mapping[str, Any] = self.manifest.get("licences") or {}
        if told:
            return dict(sorted(told.items(), key=lambda item: (-item[1], item[0])))
        sources = [told["settings"]["sources"] for told in self.manifest.get("snapshots", [self.manifest])]
        declared = {one["name"]: licences.called(one["licence"]) for many in sources for one in many}
        found: Counter[str] = Counter()
        for source, labels in self.manifest["counts"].items():
            found[declared.get(source, "")] += sum(rules.get("kept", 0) for rules in labels.values())
        return {name: count for name, count in found.most_common() if count}

    def by_source(self) -> dict[str, Counter[str]]:
        """Kept documents of each label by source."""
        found: dict[str, Counter[str]] = {}
        for source, labels in self.manifest["counts"].items():
            for label, rules in labels.items():
                if rules.get("kept"):
                    found.setdefault(label, Counter())[source] += rules["kept"]
        return found


def folder_of(file: str, label: str) -> str:
    """The folder that the folder of a label lies in: ``data/unverified`` of data/unverified/abs_Latn/S000.parquet."""
    return file.rpartition("/")[0].removesuffix(f"/{label}")


def gather(
    store: Store, manifest: Mapping[str, Any], name: str = "", place: str = "", with_removed: bool = False
) -> Facts:
    """The facts of a finished build."""
    found: dict[tuple[str, str], Published] = {}
    for shard in manifest["shards"]:
        folder = folder_of(shard["file"], shard["label"])
        one = found.setdefault((folder, shard["label"]), Published(shard["label"], folder))
        one.documents += shard["rows"]
        one.text_bytes += shard["text_bytes"]
    by_label = [found[key] for key in sorted(found)]
    audits = [store.read_json(file) for file in store.files("audits") if Path(file).parent.name == "audits"]
    return Facts(
        name=name or store.title,
        place=place or store.title,
        manifest=manifest,
        published=[one for one in by_label if one.folder != "removed"],
        removed=[one for one in by_label if one.folder == "removed"] if with_removed else [],
        audits=[told for told in audits if told],
        mixture=store.read_json("sample/mixture.json"),
        report=store.exists("report.html"),
        origins=origins.read(store, manifest),
    )
