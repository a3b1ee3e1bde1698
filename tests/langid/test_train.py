import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from tiny_models import SENTENCES

from langid.confusions import Confusions
from langid.evaluate import Answer
from langid.fit import Shape
from langid.identify import Identifier
from langid.lessons import Mixture
from langid.model import load
from langid.predict import predict, predictor
from langid.scores import bins
from langid.train import BARRED, SOURCES, UNTRAINED, Recipe, calibration, confusions, train
from manifests.errors import Stop

QUICK = Recipe(
    Shape(dim=8, bucket=2000, epochs=12, word_least=1), Mixture(plenty=40, word_lines=20, weak_lines=20), second=False
)


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
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"model.ftz", "card.json", "confusions.tsv", "README.md"}


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


def test_a_label_of_words_alone_is_told_and_weak(data: Path, tmp_path: Path) -> None:
    listed = [("luo_Latn", word) for word in ["ng'ato", "odhi", "gokinyi", "achiel", "nowuok"]]
    listed += [("gan_Hani", "人人")]
    text = "label\trank\tword\n" + "".join(f"{label}\t{k}\t{word}\n" for k, (label, word) in enumerate(listed))
    (data / "words.tsv").write_text(text, "utf-8")
    card = train(data, tmp_path / "out", replace(QUICK, mixture=Mixture(plenty=40, word_lines=20, weak_lines=400)))
    assert card["labels"]["luo_Latn"]["words"] == 5
    assert card["labels"]["luo_Latn"]["train"] == 0
    assert card["labels"]["luo_Latn"]["held_out"] == 2  # of a source that was barred from training
    assert not any(row["supported"] for row in card["labels"].values())  # three sentences tell nothing
    assert "gan_Hani" not in card["labels"]
    model = load(tmp_path / "out" / "model.ftz")
    (answer,) = predict(predictor(model), pa.array(["achiel odhi gokinyi"], pa.string())).argmax(axis=1)
    assert model.labels[answer] == "luo_Latn"


def test_a_source_is_judged_by_a_model_without_it(data: Path, tmp_path: Path) -> None:
    for name in ("train", "dev"):
        with (data / f"{name}.tsv").open("a", encoding="utf-8") as file:
            file.writelines(f"{label}\tpratham\t{texts[0]}\n" for label, texts in SENTENCES.items())
            file.write("luo_Latn\tpratham\tng'ato achiel nowuok odhi e chiro\n")
    card = train(data, tmp_path / "out", QUICK, apart=[["pratham"], ["elsewhere"]])
    assert set(card["unseen"]) == {"all", "asp", "pratham", "words alone"}
    assert card["unseen"]["pratham"]["labels"] == len(SENTENCES)  # the one it alone has is not asked for
    assert card["unseen"]["pratham"]["accuracy"] > 0.8
    rows = [line.split("\t") for line in (tmp_path / "out" / "confusions.tsv").read_text("utf-8").splitlines()]
    assert rows[0] == ["source", "label", "answer", "count", "scores"]
    assert {row[0] for row in rows[1:]} == {"asp", "pratham"}
    assert sum(int(row[3]) for row in rows[1:]) == 2 * len(SENTENCES) + 2


def test_confusions_of_labels_that_no_other_source_has_are_told_apart() -> None:
    unseen = [Answer("fra_Latn", "pratham", "fra_Latn", 0.9), Answer("fra_Latn", "pratham", "oci_Latn", 0.4)]
    own = [Answer("fra_Latn", "udhr", "fra_Latn", 0.9), Answer("oci_Latn", "udhr", "fra_Latn", 0.6)]
    found = Confusions.parse(confusions(unseen, own, [(0.0, 0.0), (0.4, 0.1), (1.0, 1.0)]))
    assert found.sources == ("pratham", "pratham", "seen:udhr")
    assert found.truths == ("fra_Latn", "fra_Latn", "oci_Latn")
    assert found.answers == ("fra_Latn", "oci_Latn", "fra_Latn")
    assert found.counts.tolist() == [1.0, 1.0, 1.0]
    # 0.9, 0.4 and 0.6 are worth 0.85, 0.1 and 0.4.
    assert found.scores.argmax(axis=1).tolist() == bins([0.85, 0.1, 0.4]).tolist()


def test_sources_count_alike_in_the_calibration() -> None:
    unseen = [Answer("a_Latn", "one", "a_Latn", 0.5)] * 30 + [Answer("a_Latn", "two", "b_Latn", 0.5)] * 10
    assert dict(calibration(unseen))[0.5] == 0.5


def test_training_twice_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    digests = [train(data, tmp_path / name, QUICK)["sha256"] for name in ("one", "two")]
    assert digests[0] == digests[1]


def test_data_without_a_known_source_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="No sentence"):
        train(data, tmp_path / "out", QUICK, sources=["elsewhere"])
    with pytest.raises(Stop, match=r"no train\.tsv"):
        train(tmp_path / "nowhere", tmp_path / "out", QUICK)
