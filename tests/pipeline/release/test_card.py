"""The card: what the hub wants of its front matter, what people read, and that every config it names can be loaded."""

import importlib
import json
import re
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

from manifests import languages
from pipeline.release.card import facts, front, page
from pipeline.release.verify import manifest_of
from pipeline.store import Store

LICENCES = {
    *("apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "bigcode-openrail-m"),
    *("afl-3.0", "artistic-2.0", "bsl-1.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "c-uda"),
    *("cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0"),
    *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0"),
    *("cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-1.0"),
    *("cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2"),
    *("agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "lppl-1.3c"),
    *("ms-pl", "mpl-2.0", "odc-by", "odbl", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense", "zlib"),
    *("pddl", "lgpl-lr", "unknown", "other"),
}
"""What the hub takes for ``license``."""
MAKERS = {"found", "crowdsourced", "expert-generated", "machine-generated", "other"}
CHOICES = {
    "multilinguality": {"monolingual", "multilingual", "translation", "other"},
    "size_categories": {*front.SIZES, *front.LARGE_SIZES, "other"},
    "task_categories": {"text-generation", "fill-mask", "text-classification", "translation", "other"},
    "annotations_creators": {
        "found",
        "crowdsourced",
        "expert-generated",
        "machine-generated",
        "no-annotation",
        "other",
    },
    "language_creators": {"found", "crowdsourced", "expert-generated", "machine-generated", "other"},
}
KNOWN = {*CHOICES, "pretty_name", "language", "language_bcp47", "license", "license_name", "tags", "configs"}


def breaches(data: dict[str, Any]) -> list[str]:
    """What the hub would refuse of a card's metadata."""
    found = [f"unknown key {key}" for key in data.keys() - KNOWN]
    codes = {code for one in languages.languages() for code in (one.iso639_1, one.code) if code}
    found += [f"language {one!r}" for one in data["language"] if one not in codes or one in {"und", "zxx"}]
    found += [f"tag {one!r}" for one in data["language_bcp47"] if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", one)]
    for key, choices in CHOICES.items():
        found += [f"{key} {one!r}" for one in data[key] if one not in choices]
    if data["license"] not in LICENCES:
        found.append(f"license {data['license']!r}")
    if (data["license"] == "other") != ("license_name" in data):
        found.append("license_name goes with license: other")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", data.get("license_name", "a")):
        found.append(f"license_name {data['license_name']!r}")
    names = [one["config_name"] for one in data["configs"]]
    found += [f"config {name!r}" for name in names if names.count(name) > 1 or re.search(r'[<>:/\\|?*"\s]', name)]
    found += [f"{len(names)} defaults" for _ in [0] if sum(one.get("default", False) for one in data["configs"]) > 1]
    for one in data["configs"]:
        for told in one["data_files"]:
            if set(told) != {"split", "path"} or not re.fullmatch(r"\w+(\.\w+)*", told["split"]):
                found.append(f"data_files of {one['config_name']}")
    return found


@pytest.fixture(scope="module")
def hub() -> ModuleType:
    """huggingface_hub, whose import warns on some versions of Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("huggingface_hub")


def told(hub: ModuleType, card: str) -> dict[str, Any]:
    """The metadata of a card as the hub's own library reads it."""
    data: dict[str, Any] = hub.DatasetCard(card).data.to_dict()
    return data


def test_a_build_writes_a_card_that_the_hub_takes(built: Path, hub: ModuleType) -> None:
    data = told(hub, (built / "README.md").read_text(encoding="utf-8"))
    assert breaches(data) == []
    shards = [shard for shard in manifest_of(built)["shards"] if shard["file"].startswith("data/")]
    named = {one["config_name"] for one in data["configs"]}
    apart = [shard["file"].startswith("data/unverified/") for shard in shards]
    ends = {True: "_unverified", False: ""}
    assert named == {"default"} | {s["label"] + ends[far] for s, far in zip(shards, apart, strict=True)}
    assert {"sw", "yo", "zh"} <= set(data["language"])
    assert not {"und", "zxx"} & set(data["language"])
    for one in data["configs"]:
        assert list(built.glob(one["data_files"][0]["path"])), one


def _manifest(built: Path, **changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(manifest_of(built))), **changes}


@pytest.mark.parametrize(
    ("licences", "license", "name"),
    [
        ({"CC-BY-4.0": 9}, "cc-by-4.0", None),
        ({"CC-BY-4.0": 9, "MIT": 3}, "other", "cc-by-4.0-and-mit"),
        ({"CC-BY-4.0": 9, "": 3}, "other", "cc-by-4.0"),
        ({"": 3}, "unknown", None),
        ({"Our <own> rules!": 3}, "other", "our-own-rules"),
        (
            dict.fromkeys(["MIT", "ISC", "CC0-1.0", "GFDL-1.3", "X11"], 1),
            "other",
            "cc0-1.0-and-gfdl-1.3-and-isc-and-others",
        ),
    ],
)
def test_licences_are_named_as_the_hub_names_them(
    built: Path, hub: ModuleType, licences: dict[str, int], license: str, name: str | None
) -> None:
    card = page.text(facts.gather(Store(built), _manifest(built, licences=licences)))
    data = told(hub, card)
    assert breaches(data) == []
    assert (data["license"], data.get("license_name")) == (license, name)


def test_the_rules_of_the_hub_are_held_against_the_card(built: Path, hub: ModuleType) -> None:
    data = told(hub, (built / "README.md").read_text(encoding="utf-8"))
    for change in (
        {"language": ["swa_Latn"]},
        {"license": "CC-BY-4.0"},
        {"license": "other"},
        {"size_categories": ["some"]},
        {"configs": data["configs"] * 2},
        {"colour": "red"},
    ):
        assert breaches({**data, **change}), change


def test_words_that_yaml_reads_otherwise_are_quoted(hub: ModuleType) -> None:
    values = {"language": ["no", "y", "on", "sw"], "pretty_name": 'a: "b" # c\n\\', "license": "1.0", "tags": []}
    data = hub.repocard_data.yaml_dump and importlib.import_module("yaml").safe_load(front.yaml(values))
    assert data == values


def test_numbers_of_documents_are_told_as_the_hub_tells_them() -> None:
    sizes = [front._size(number) for number in (0, 999, 1000, 9_999, 10_000, 10**9, 10**11, 10**12, 10**14)]
    assert sizes == [
        *("n<1K", "n<1K", "1K<n<10K", "1K<n<10K", "10K<n<100K", "1B<n<10B", "100B<n<1T", "n>1T", "n>1T"),
    ]


def test_people_read_counts_that_add_up(built: Path) -> None:
    manifest = manifest_of(built)
    card = (built / "README.md").read_text(encoding="utf-8")
    rules: dict[str, int] = {}
    for labels in manifest["counts"].values():
        for counts in labels.values():
            for rule, count in counts.items():
                rules[rule] = rules.get(rule, 0) + count
    kept = rules.pop("kept")
    assert f"{kept:,} are kept" in card
    shown = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\d,]+) \| [\d.]+% \|$", card, re.MULTILINE))
    assert {name: int(count.replace(",", "")) for name, count in shown.items()} == rules
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\d,]+) \| [\d.]+ [kMG]?B \|", card, re.MULTILINE)
    assert sum(int(count.replace(",", "")) for _, count in rows) == kept


def test_foreign_words_do_nothing_to_the_page(built: Path) -> None:
    manifest = _manifest(built)
    name = "<script>alert(1)</script> | `x` [a](b)\n# no"
    source = next(iter(manifest["reading"]))
    manifest["reading"][name] = manifest["reading"].pop(source)
    manifest["counts"][name] = manifest["counts"].pop(source)
    card = page.text(facts.gather(Store(built), manifest, name=name))
    text = card.split("\n---\n", 1)[1].split("```bibtex")[0]
    assert "<script" not in text
    assert "\n# no" not in text
    assert "[a](b)" not in text


def test_unverified_and_removed_labels_are_configs_of_their_own(mine: Path, hub: ModuleType) -> None:
    manifest = manifest_of(mine)
    shard = next(shard for shard in manifest["shards"] if shard["file"].startswith("data/swh_Latn/"))
    shard["file"] = shard["file"].replace("data/", "data/unverified/")
    data = told(hub, page.text(facts.gather(Store(mine), manifest, with_removed=True)))
    assert breaches(data) == []
    paths = {one["config_name"]: one["data_files"][0]["path"] for one in data["configs"]}
    assert paths["swh_Latn_unverified"] == "data/unverified/swh_Latn/*.parquet"
    assert "swh_Latn" not in paths
    assert paths["eng_Latn_removed"] == "removed/eng_Latn/*.parquet"


def test_datasets_loads_every_config(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        datasets = importlib.import_module("datasets")
        names = datasets.get_dataset_config_names(str(built))
        expected = {"default": sum(pq.read_metadata(path).num_rows for path in built.glob("data/*/*.parquet"))}
        for folder, suffix in (("data", ""), ("data/unverified", "_unverified")):
            for path in built.glob(f"{folder}/*_*"):
                expected[path.name + suffix] = sum(pq.read_metadata(one).num_rows for one in path.glob("*.parquet"))
        assert set(names) == set(expected)
        for name in names[:: len(names) // 12]:  # each takes as long as all of the test before
            found = datasets.load_dataset_builder(str(built), name).config.data_files["train"]
            assert sum(pq.read_metadata(path).num_rows for path in found) == expected[name], name
        whole = datasets.load_dataset(str(built), split="train", cache_dir=str(tmp_path))
        assert len(whole) == expected["default"]
        one = datasets.load_dataset(str(built), "swh_Latn", split="train", cache_dir=str(tmp_path))
        assert len(one) == expected["swh_Latn"]
        assert set(one["language"]) == {"swh"}
