"""Documents of licences that are not asked for are removed by a decision, counted, and leave no text."""

import json
from pathlib import Path

import pytest
from built import rows, rules, sample_build

from manifests.errors import Stop
from pipeline.release.card import facts, front
from pipeline.release.verify import run as verify
from pipeline.settings import load
from pipeline.store import Store

TEXTS = (
    "The ferry leaves the harbour at dawn and carries letters, flour and lamp oil to the islands in the north.",
    "A smith in the upper village mends ploughs in spring and teaches his daughters to draw wire in the winter.",
    "When the river rose, the people of the mill carried their books to the loft and waited there for two days.",
    "Bees came to the orchard late that year, and the old woman said that the apples would be few and very sweet.",
)
LICENCES = ("CC-BY-4.0", "https://creativecommons.org/licenses/by-nc/4.0/", None, "House rules")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Four documents of four licences, each of several lines."""
    place = tmp_path / "letters.jsonl"
    lines = []
    for number, (text, licence) in enumerate(zip(TEXTS, LICENCES, strict=True)):
        others = " ".join(text.split()[::-1]).capitalize()
        told = {"id": str(number), "text": f"{text}\n{others}.", "license": licence}
        lines.append(json.dumps({name: value for name, value in told.items() if value is not None}))
    place.write_text("\n".join(lines))
    return place


def test_a_build_of_some_licences_decides_from_columns(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plain = ("rules=none", "lid_floor=0", "dedup.enabled=false")
    every = sample_build(out, *plain, sources=[str(source)])
    assert every.manifest["licences"] == {"": 1, "CC-BY-4.0": 1, "CC-BY-NC-4.0": 1, "House rules": 1}
    some = sample_build(out, *plain, "licences=permissive", sources=[str(source)])
    assert not {"text", "notes", "count"} & set(some.ran)
    assert some.manifest["licences"] == {"CC-BY-4.0": 1}
    assert rows(out, "data")["licence"].to_pylist() == ["CC-BY-4.0"]
    assert rules(out) == {"licence": 3}
    assert rows(out, "removed")["text"].to_pylist() == [None] * 3
    assert verify(out)[1] == []
    told = front.front(facts.gather(Store(out), some.manifest))
    assert told["license"] == "cc-by-4.0"
    more = sample_build(out, *plain, "licences=CC-BY-NC-4.0,unknown", sources=[str(source)])
    assert more.manifest["licences"] == {"": 1, "CC-BY-NC-4.0": 1, "House rules": 1}


def test_what_is_asked_for_is_checked_at_the_door(tmp_path: Path) -> None:
    config = tmp_path / "corpus.toml"
    config.write_text('[[sources]]\npath = "x"\nlicence = "House rules"\nterms = "ask first"\n')
    assert load([], config, licences=("House rules", "mit")).licences == ("House rules", "MIT")
    with pytest.raises(Stop, match=r"Nearest: .*MIT"):
        load([], config, licences=("MITT",))
    with pytest.raises(Stop, match="No licence is asked for"):
        load([], config, licences=())
