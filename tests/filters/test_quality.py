"""What a classifier says of a text, and the limit that keeps the best share."""

import math
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pytest
import tiny_models

from filters.quality import BINS, Classifier, auc, bins, edge, limit
from langid import model
from manifests.errors import Stop


@pytest.fixture(scope="module")
def values() -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    draw = np.random.default_rng(3)
    even, low = draw.random(20000), draw.random(20000) ** 20
    ends = [0, 1, 0.5, 0.49999997, 0.99999994, 1e-40]
    return np.sort(np.concatenate([even, low, 1 - low, ends]).astype(np.float32))


@pytest.mark.parametrize("settings", [{}, {"wordNgrams": 2}, {"loss": "ova"}, {"minn": 0, "maxn": 0}])
def test_fasttext_gives_the_same_probability(tmp_path: Path, settings: dict[str, object]) -> None:
    path = tiny_models.train(tmp_path, **settings)
    theirs = fasttext.load_model(str(path))
    texts = [*tiny_models.TEXTS, "\n".join(tiny_models.TEXTS[:6]), " ".join(tiny_models.TEXTS * 40)]
    asked = Classifier.of(model.load(path), "yor_Latn")
    found = asked.score(pa.array(texts, pa.string()))
    for text, score in zip(texts, found.tolist(), strict=True):
        pairs = theirs.f.predict(text.replace("\n", " ") + "\n", -1, 0.0, "strict")
        told = {label: probability for probability, label in pairs}
        assert score == pytest.approx(min(1.0, told.get("__label__yor_Latn", 0.0)), abs=2e-4), text[:40]
    assert asked.score(pa.array(texts[::-1], pa.string())).tolist() == found.tolist()[::-1]


def test_a_label_that_the_model_has_not_is_told_with_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="yor_Latn"):
        Classifier.of(model.load(tiny_models.train(tmp_path)), "positive")


def test_a_bin_is_all_from_its_edge_to_the_next(values: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> None:
    numbers = bins(values)
    assert (np.diff(numbers) >= 0).all()
    assert 0 <= numbers.min() <= numbers.max() < BINS
    edges = np.array([edge(number) for number in numbers.tolist()], np.float32)
    assert (edges <= values).all()
    assert bins(edges).tolist() == numbers.tolist()
    assert (bins(np.nextafter(edges[edges > 0], np.float32(-1))) < numbers[edges > 0]).all()


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 1.0])
def test_the_limit_keeps_at_least_the_share_and_no_bin_more(
    values: "np.ndarray[tuple[int], np.dtype[np.float32]]", share: float
) -> None:
    numbers = bins(values)
    found = np.float32(limit(numbers, np.ones(len(numbers), np.int64), share))
    kept = (values >= found).sum()
    assert kept >= share * len(values)
    assert (numbers > bins(found.reshape(1))[0]).sum() < share * len(values)
    ones, counts = np.unique(numbers[::2], return_counts=True)
    more, others = np.unique(numbers[1::2], return_counts=True)
    assert found == np.float32(limit(np.concatenate([more, ones]), np.concatenate([others, counts]), share))


def test_of_a_few_documents_at_least_one_stays() -> None:
    for few in ([0.7], [0.2, 0.3, 0.9], [0.0, 0.0]):
        quality = np.array(few, np.float32)
        found = limit(bins(quality), np.ones(len(few), np.int64), 0.1)
        assert (quality >= np.float32(found)).sum() == max(1, math.ceil(0.1 * len(few)) if max(few) else len(few))


def test_auc_is_how_often_the_good_one_is_above_the_bad_one() -> None:
    draw = np.random.default_rng(5)
    good, bad = (np.round(draw.normal(mean, 1, 200), 1).astype(np.float32) for mean in (0.7, 0.0))
    pairs = np.sign(good[:, None].astype(float) - bad[None, :]) / 2 + 0.5
    assert auc(good, bad) == pytest.approx(pairs.mean())
    assert auc(good[:3] + 9, bad) == 1
    assert auc(bad, bad) == 0.5
