"""What of a file a build knows already, told document by document."""

import json
from pathlib import Path
from typing import Any

import pytest
from built import rows, sample_build
from drawn import PLAIN, WORDS, text, write
from typer.testing import CliRunner

from manifests.errors import Stop
from pipeline import query
from pipeline.cli import app
from pipeline.release import takedown


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two snapshots in four scripts, with a copy that was removed."""
    folder = tmp_path_factory.mktemp("query")
    first = write(folder / "first.jsonl", [text(language, 1) for language in WORDS])
    second = write(folder / "second.jsonl", [text(language, 2) for language in WORDS] + [text("swh", 1, 1)])
    sample_build(folder / "out", *PLAIN, sources=[first])
    sample_build(folder / "out", *PLAIN, sources=[second])
    return folder / "out"


def asked(file: str, index: Path, batch: int = query.BATCH) -> dict[str, dict[str, Any]]:
    told = [json.loads(line) for line in query.run(file, index, batch)]
    return {one["source_id"].rpartition("-")[2]: one for one in told}


@pytest.mark.parametrize("batch", [1, query.BATCH])
def test_copies_near_copies_and_what_is_new(index: Path, tmp_path: Path, batch: int) -> None:
    texts = [
        text("swh", 1),
        text("yor", 2, 2),
        text("tha", 9),
        text("amh", 2).replace(".", " !"),
        text("tha", 1, 1),
        "!",
    ]
    found = asked(write(tmp_path / "new.jsonl", texts), index, batch)
    assert [found[str(number)]["known"] for number in range(6)] == ["exact", "near", "no", "exact", "near", "no"]
    names = dict(zip(*(rows(index, "data")[name].to_pylist() for name in ("id", "source_id")), strict=True))
    assert [names.get(found[str(number)]["known_id"]) for number in range(5)] == [
        "first-0",
        "second-1",
        None,
        "second-3",
        "first-2",
    ]
    assert found["0"]["jaccard"] == 1.0
    assert 0.75 <= found["1"]["jaccard"] < 1.0
    assert {found[str(number)]["verdict"] for number in (0, 1, 3, 4)} == {"kept"}
    assert found["1"]["label"] == found["1"]["known_label"] == "yor_Latn"


def test_what_was_removed_is_known_and_what_was_taken_down_is_told(index: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.jsonl", [text("swh", 1, 1)])
    assert asked(new, index)["0"]["verdict"] == "near_duplicate"
    takedown.run(index, [rows(index, "removed")["id"][0].as_py()])
    found = asked(new, index)["0"]
    assert found["taken_down"]
    assert (found["known"], found["verdict"]) == ("near", "kept")


def test_the_command_and_a_folder_without_an_index(index: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.jsonl", [text("swh", 7)])
    done = CliRunner().invoke(app, ["dedup", "query", new, "--index", str(index)])
    assert json.loads(done.stdout)["known"] == "no"
    with pytest.raises(Stop, match="holds no index"):
        list(query.run(new, tmp_path))
