"""A classifier of quality is trained from two sources, measured on what it has not seen, and used in a build."""

import json
import random
from pathlib import Path

import fasttext
import pytest

from manifests.errors import Stop
from pipeline.quality import train

GOOD = ["kitabu", "mwalimu", "historia", "hisabati", "sayansi", "somo", "mada", "utafiti", "nadharia", "mfano", "nyota"]
BAD = ["nunua", "sasa", "bei", "punguzo", "ofa", "bure", "bonyeza", "hapa", "zawadi", "shinda", "pesa", "haraka"]
BOTH = ["na", "ya", "kwa", "ni", "katika", "wa", "la", "hii", "kila", "pia"]


def _write(path: Path, words: list[str], seed: int, documents: int = 200) -> Path:
    draw = random.Random(seed)  # noqa: S311
    with path.open("w") as stream:
        for _ in range(documents):
            said = " ".join(draw.choice(words if draw.random() < 0.3 else BOTH) for _ in range(40))
            stream.write(json.dumps({"text": said}) + "\n")
    return path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sources")
    return _write(folder / "good.jsonl", GOOD, 1), _write(folder / "bad.jsonl", BAD, 2)


def test_it_tells_unseen_documents_apart_and_says_how_well(sources: tuple[Path, Path], tmp_path: Path) -> None:
    card = train(*map(str, sources), tmp_path / "model", 150)
    assert card["auc"] > 0.95
    assert sum(card["learnt"].values()) + sum(card["held_out"].values()) == 300
    assert min(card["held_out"].values()) > 5
    assert str(card["auc"]) in (tmp_path / "model" / "README.md").read_text()
    assert json.loads((tmp_path / "model" / "card.json").read_text()) == card
    theirs = fasttext.load_model(str(tmp_path / "model" / "model.bin"))
    assert sorted(theirs.labels) == ["__label__negative", "__label__positive"]


def test_the_same_documents_in_other_files_give_the_same_model(sources: tuple[Path, Path], tmp_path: Path) -> None:
    first = train(*map(str, sources), tmp_path / "first", 150)
    lines = sources[0].read_text().splitlines()
    (tmp_path / "good").mkdir()
    for number, some in enumerate((lines[120:], lines[:120], lines[:30])):
        (tmp_path / "good" / f"{number}.jsonl").write_text("\n".join(some[::-1]) + "\n")
    again = train(str(tmp_path / "good"), str(sources[1]), tmp_path / "again", 150)
    assert {**again, "sources": ""} == {**first, "sources": ""}
    assert (tmp_path / "again" / "model.bin").read_bytes() == (tmp_path / "first" / "model.bin").read_bytes()


def test_sources_that_cannot_be_told_apart_are_measured_as_such(tmp_path: Path) -> None:
    one, other = _write(tmp_path / "a.jsonl", BOTH, 3, 400), _write(tmp_path / "b.jsonl", BOTH, 4, 400)
    assert 0.3 < train(str(one), str(other), tmp_path / "model", 400)["auc"] < 0.7


def test_too_little_to_learn_from_is_said(sources: tuple[Path, Path], tmp_path: Path) -> None:
    few = _write(tmp_path / "few.jsonl", GOOD, 5, 12)
    with pytest.raises(Stop, match="12 documents"):
        train(str(few), str(sources[1]), tmp_path / "model", 150)
    with pytest.raises(Stop, match="0 documents"):
        train(str(sources[0]), str(sources[0]), tmp_path / "model", 150)
