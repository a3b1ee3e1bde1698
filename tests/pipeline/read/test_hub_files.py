"""Datasets of the hub as sources, through its own library and a server that speaks like it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from archives import PACK, document, jsonl
from hub import TOKEN, Hub

from manifests.errors import Stop
from pipeline import plan
from pipeline.read.place import File
from pipeline.settings import load
from pipeline.steps.text import documents

DATASET = "hf://datasets/people/corpus"

LINES = [document(number) for number in range(30)]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub().running() as running:
        running.repos["people/corpus"] = False
        running.files = {
            "README.md": (b"# A card, and no document", False),
            ".gitattributes": (b"* text", False),
            "data/sw/a.jsonl": (jsonl(LINES[:10]), False),
            "data/yo/b.jsonl.gz": (PACK["gzip"](jsonl(LINES[10:])), True),
        }
        yield running


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Says where the hub is."""

    def at(url: str) -> None:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        resolved = url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", resolved)
        monkeypatch.setenv("HF_TOKEN", TOKEN)

    return at


def read(source: str) -> tuple[list[File], list[dict[str, Any]]]:
    """The files of a source, and the documents in them."""
    settings = load([source])
    made = plan.make(settings)
    rows = [row for unit in made.units for table in documents(unit, settings) for row in table.to_pylist()]
    return list(made.files.values()), rows


def test_a_dataset_is_read_by_ranges_at_the_commit_that_its_revision_is(hub: Hub, told: Callable[[str], None]) -> None:
    told(hub.url)
    files, rows = read(DATASET)
    texts = [row["text"] for row in rows]
    assert texts == [one["text"] for one in LINES]
    commit = f"{DATASET}@{'0' * 40}"
    assert [(file.path, file.relative) for file in files] == [
        (f"{commit}/data/sw/a.jsonl", "data/sw/a.jsonl"),
        (f"{commit}/data/yo/b.jsonl.gz", "data/yo/b.jsonl.gz"),
    ]
    assert [row["text"] for row in read(f"{DATASET}/data/sw")[1]] == texts[:10]
    (matched,), rows = read(f"{DATASET}@main/data/*/b.jsonl.gz")
    assert [row["text"] for row in rows] == texts[10:]
    assert len(matched.version) == 40
    assert matched.version == files[1].version != files[0].version
    assert hub.ranges
    assert hub.strangers == 0
    assert TOKEN not in repr(files) + repr(rows)


@pytest.mark.parametrize("source", [f"{DATASET}@gone", "hf://datasets/people/no", f"{DATASET}/data/none"])
def test_what_is_not_there_or_may_not_be_seen_is_told_with_the_mend(
    source: str, hub: Hub, told: Callable[[str], None]
) -> None:
    told(hub.url)
    with pytest.raises(Stop, match="No files at hf://") as stop:
        read(source)
    assert "HF_TOKEN" in stop.value.mend
    assert TOKEN not in str(stop.value)


def test_a_hub_that_does_not_answer_stops_the_build_with_the_mend(told: Callable[[str], None]) -> None:
    with Hub().running() as running:
        told(running.url)
    with pytest.raises(Stop, match="hf://datasets/people/corpus cannot be listed") as stop:
        read(DATASET)
    assert TOKEN not in str(stop.value)
