"""Reports for tests: of a build, and of one so large that only its counts exist."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from manifests import languages
from pipeline.progress import Silent
from pipeline.release.report import facts, page
from pipeline.release.report.facts import Facts
from pipeline.release.report.samples import Sample
from pipeline.release.verify import manifest_of
from pipeline.store import Store

TEXTS = {
    "Arab": "كان يا ما كان، في قديم الزمان، رجل يعيش في قرية صغيرة قرب النهر. ",
    "Mong": "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ ᠪᠢᠴᠢᠭ᠌ ᠤᠨ ᠵᠠᠭᠠᠰᠢᠶᠠᠨ ᠤ ᠨᠢᠭᠡ ᠬᠡᠰᠡᠭ᠃ ",
    "Hebr": "לפני שנים רבות חי איש בכפר קטן ליד הנהר. ",
    "Deva": "बहुत समय पहले नदी के पास एक छोटे से गाँव में एक आदमी रहता था। ",
    "Hani": "很久以前，河边的小村子里住着一个人。",
}
"""A sentence in scripts that are set otherwise than from left to right in words; Latin for others."""
LATIN = "A long time ago there lived a man in a small village by the river. "


def gathered(out: Path) -> Facts:
    """What the report tells of a build."""
    return facts.gather(Store(out), manifest_of(out), Silent())


def render(told: Facts) -> str:
    """The page of it."""
    return page.render(told)


def large(count: int = 2000) -> Facts:
    """A build of so many languages, with sizes over six orders of magnitude, made of counts alone."""
    names = [language.label for language in languages.languages()][:count]
    rules = {
        "few_words": "quality",
        "top_2_gram": "quality",
        "uncertain_language": "identity",
        "near_duplicate": "duplicate",
    }
    sizes = {name: max(1, int(2e7 / (rank + 1) ** 2.1)) for rank, name in enumerate(names)}
    counts = {
        name: {
            "kept": size,
            **{rule: size // (7 + number) for number, rule in enumerate(rules) if size // (7 + number)},
        }
        for name, size in sizes.items()
    }
    manifest: dict[str, Any] = {
        "settings": {"sources": [{"path": "crawl", "name": "crawl"}], "lid_floor": 0.7},
        "settings_digest": "0" * 32,
        "limits_digest": "0" * 32,
        "schema_version": 4,
        "versions": {"python": "3.12"},
        "model": {"name": "builtin", "sha256": "0" * 64, "licence": "Apache-2.0"},
        "rules": rules,
        "counts": {"crawl": counts},
        "reading": {"crawl": {"records": 9, "documents": 9, "repaired": 0, "skipped": {"no_text": 1000}}},
        "labels": {
            name: {
                "folder": "data/unverified" if number % 5 == 4 else "data",
                "answered": sizes[name],
                "expected_precision": 1 - (number % 50) / 60,
                "precision_interval": [0.2, 1.0],
                "supported": True,
            }
            for number, name in enumerate(names)
        },
        "shards": [
            {
                "file": f"{'data/unverified' if number % 5 == 4 else 'data'}/{name}/S000-00000.parquet",
                "label": name,
                "rows": size,
                "bytes": size * 900,
                "text_bytes": size * 2500,
            }
            for number, (name, size) in enumerate(sizes.items())
        ],
    }
    found = facts.gather(Store(Path("/nowhere/large")), manifest, Silent())
    labels = [{**one, **_columns(one, number)} for number, one in enumerate(found.labels)]
    return replace(found, labels=labels, samples=_samples(names, list(rules)))


def _columns(one: dict[str, Any], number: int) -> dict[str, Any]:
    """Such numbers as the columns of a build would tell."""
    hosts = [(f"site-{one['label'].lower().replace('_', '-')}-{host}.example", 0.3 / (host + 1)) for host in range(5)]
    return {
        "median": 1500,
        "score": 0.97,
        "index": 0.02 + 0.98 * (number % 37) / 36,
        "largest": hosts[0],
        "places": 40,
        "asked": 400,
        "hosts": hosts,
        "with_host": 0.8,
        "sources": [("crawl", 1.0)],
        "religious": (number % 11) / 11,
        "encyclopaedic": 0.1,
    }


def _samples(names: Sequence[str], rules: Sequence[str]) -> list[Sample]:
    drawn = []
    for number, name in enumerate(names):
        text = TEXTS.get(name.rpartition("_")[2], LATIN) * 5
        for place, rule in enumerate(("kept", "kept", "kept", "kept", *rules)):
            key = f"{number * 16 + place:032x}"[::-1]
            value = None if rule == "kept" else 0.31
            drawn.append(Sample(name, rule, key, "site.example", value, value and 0.2, 5000, text[:190]))
    return drawn
