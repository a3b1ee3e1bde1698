import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from tiny_models import SENTENCES

from langid.evaluate import Sentence
from langid.identify import Identifier
from langid.train import BARRED, SOURCES, UNTRAINED, Recipe, lines, train
from manifests.errors import Stop

QUICK = Recipe(dim=8, bucket=2000, epochs=12, word_least=1, plenty=40)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [(label, "udhr", text) for label, texts in SENTENCES.items() for text in texts]
    rows += [("luo_Latn", "asp", "ng'ato achiel nowuok odhi e chiro gokinyi")]
    rows += [("gan_Hani", "udhr", "人人生而自由在尊严和权利上一律平等")]
    for name in ("train", "dev"):
        text = "label\tsource\ttext\n" + "".join("\t".join(row) + "\n" for row in rows)
        (folder / f"{name}.tsv").write_text(text, "utf-8")
    return folder


def test_a_model_is_trained_and_read_back(data: Path, tmp_path: Path) -> None:
    card = train(data, tmp_path / "out", QUICK)
    identifier = Identifier.load(tmp_path / "out" / "model.ftz")
    assert identifier.letters_only
    assert set(identifier.answers) == set(SENTENCES)
    texts = pa.array([texts[1].upper() for texts in SENTENCES.values()], pa.string())
    right = [a == b for a, b in zip(identifier.identify(texts)["raw_label"].to_pylist(), SENTENCES, strict=True)]
    assert sum(right) >= len(right) - 1
    assert card == json.loads((tmp_path / "out" / "card.json").read_text("utf-8"))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model.ftz", "card.json", "README.md"}


def test_sources_that_may_not_be_shipped_are_left_out(data: Path, tmp_path: Path) -> None:
    card = train(data, tmp_path / "out", QUICK)
    assert set(card["sources"]) == {"udhr"}
    assert "luo_Latn" not in card["labels"]
    assert "gan_Hani" not in card["labels"]
    assert not set(SOURCES) & set(BARRED)


def test_the_card_says_what_the_model_is(data: Path, tmp_path: Path) -> None:
    card = train(data, tmp_path / "out", QUICK)
    page = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert card["sha256"] in page
    for word in (*SENTENCES, *BARRED, *UNTRAINED, "udhr", "precision", "accuracy"):
        assert word in page


def test_training_twice_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    digests = [train(data, tmp_path / name, QUICK)["sha256"] for name in ("one", "two")]
    assert digests[0] == digests[1]


def test_lines_do_not_depend_on_the_order_of_the_rows() -> None:
    rows = [Sentence(label, "udhr", text) for label, texts in SENTENCES.items() for text in texts]
    assert lines(rows, QUICK) == lines(rows[::-1], QUICK)
    assert lines(rows, QUICK) != lines(rows, replace(QUICK, seed=1))


def test_few_sentences_are_topped_up_with_parts_of_them() -> None:
    text = "the cat sat on the mat and looked at the rain for a long while"
    made = lines([Sentence("eng_Latn", "udhr", text)], QUICK)
    assert len(made) == 1 + min(round(40**0.5), QUICK.most_copies) - 1
    assert all(line in text for _, line in made)
    assert ("eng_Latn", text) in made


def test_scripture_does_not_drown_the_rest() -> None:
    rows = [Sentence("eng_Latn", "udhr", f"common sentence number {'i' * n} here") for n in range(20)]
    rows += [Sentence("eng_Latn", "osis-bibles", f"and it came to pass {'x' * n} saith") for n in range(400)]
    made = lines(rows, replace(QUICK, scripture=30, plenty=0, windows=0.0))
    assert sum("it came to pass" in line for _, line in made) == 30
    assert sum("common sentence" in line for _, line in made) == 20


def test_data_without_a_known_source_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="No sentence"):
        train(data, tmp_path / "out", QUICK, sources=["elsewhere"])
    with pytest.raises(Stop, match=r"no train\.tsv"):
        train(tmp_path / "nowhere", tmp_path / "out", QUICK)
