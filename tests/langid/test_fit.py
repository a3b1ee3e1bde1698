from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from tiny_models import SENTENCES

from langid.fit import END, Shape, fit, save
from langid.identify import Identifier
from langid.lessons import written
from langid.model import load
from langid.predict import predict, predictor

SHAPE = Shape(dim=8, bucket=2000, epochs=40, word_least=2)
LABELS = [label for label, texts in SENTENCES.items() for _ in texts]
TEXTS = written([text for texts in SENTENCES.values() for text in texts])


def test_what_was_learnt_is_answered(tmp_path: Path) -> None:
    fitted = fit(LABELS, TEXTS, SHAPE)
    assert fitted.words[-1] == END
    assert fitted.table.shape == (len(fitted.words) + 2000, 8)
    save(fitted, tmp_path / "model.ftz")
    (tmp_path / "card.json").write_text('{"form": "letters"}')
    identifier = Identifier.load(tmp_path / "model.ftz")
    said = identifier.identify(pa.array(TEXTS, pa.string()))["raw_label"].to_pylist()
    assert sum(a == b for a, b in zip(said, LABELS, strict=True)) >= len(LABELS) - 1


def test_the_file_says_what_the_weights_say(tmp_path: Path) -> None:
    fitted = fit(LABELS, TEXTS, SHAPE)
    save(fitted, tmp_path / "model.ftz")
    model = load(tmp_path / "model.ftz")
    assert set(model.labels) == set(LABELS)
    asked = predictor(model, np.array([model.labels.index(label) for label in fitted.labels], np.int32))
    rows = {word.encode(): fitted.table[k] for k, word in enumerate(fitted.words)}
    words = [model.words[a:b].tobytes() for a, b in zip(model.word_starts[:-1], model.word_starts[1:], strict=True)]
    read = model.table.reshape(-1, 8)[: len(words)].astype(np.float32) * model.scale
    wanted = np.stack([rows[word] for word in words])
    assert np.abs(read - wanted).mean() < 0.25 * np.abs(wanted).mean()  # a byte for two values
    assert predict(asked, pa.array(TEXTS, pa.string())).shape == (len(TEXTS), len(fitted.labels))


def test_the_same_lines_give_the_same_weights() -> None:
    one, two = (fit(LABELS, TEXTS, SHAPE) for _ in range(2))
    assert np.array_equal(one.table, two.table)
    assert np.array_equal(one.output, two.output)
    other = fit(LABELS, TEXTS, Shape(dim=8, bucket=2000, epochs=40, word_least=2, seed=1))
    assert not np.array_equal(one.table, other.table)


def test_a_label_alone_in_its_writing_system_needs_no_learning() -> None:
    fitted = fit(["tha_Thai", "fra_Latn", "deu_Latn"] * 5, ["ไทย", "oui bien", "ja gut"] * 5, SHAPE)
    assert not fitted.output[list(fitted.labels).index("tha_Thai")].any()
    assert fitted.output[list(fitted.labels).index("fra_Latn")].any()


def test_late_labels_change_nothing_among_the_others() -> None:
    late = {"luo_Latn": ["ng'ato achiel nowuok", "odhi e chiro gokinyi"] * 3, "got_Goth": ["𐌰𐍄𐍄𐌰 𐌿𐌽𐍃𐌰𐍂"] * 3}
    labels = LABELS + [label for label, texts in late.items() for _ in texts]
    texts = TEXTS + [text for some in late.values() for text in some]
    shape = replace(SHAPE, word_least=100)  # so that no word has a row of its own
    alone, both = fit(LABELS, TEXTS, shape), fit(labels, texts, shape, late)
    assert np.array_equal(both.table, alone.table)
    rows = [both.labels.index(label) for label in alone.labels]
    assert np.array_equal(both.output[rows], alone.output)
    assert both.output[both.labels.index("luo_Latn")].any()
