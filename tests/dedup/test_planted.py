"""Copies of known similarity are found as often as theory says, and nobody is removed for a text unlike his own."""

import numpy as np
import pyarrow as pa
import pytest
from jaccard import LABELS, edited, jaccard, pseudo_text, shingles

from dedup import bands
from dedup.canonical import choose
from dedup.cluster import components, links
from dedup.estimate import between
from dedup.minhash import Signatures, sign
from dedup.recipe import Recipe

RECIPE = Recipe()
RATES = (0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05)


class Planted:
    """Originals and copies in turn, in every language of the sample, with their true similarity."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        true = []
        for number, label in enumerate(LABELS * 3):
            for rate in RATES:
                text = pseudo_text(label, 240, number)
                self.texts += [" ".join(text), " ".join(edited(text, rate, number))]
                true.append(jaccard(shingles(self.texts[-2]), shingles(self.texts[-1])))
        self.true = np.array(true)
        self.signed: Signatures = sign(pa.array(self.texts, pa.string()), RECIPE)


@pytest.fixture(scope="module")
def planted() -> Planted:
    return Planted()


def test_pairs_are_found_as_often_as_theory_says_and_nearly_all_from_85_up(planted: Planted) -> None:
    values = planted.signed.values
    keys = bands.keys(values, RECIPE.bands, RECIPE.rows, np.zeros(len(values), np.uint64))
    shared = (keys[0::2] == keys[1::2]).any(axis=1)
    found = shared & (between(values[0::2], values[1::2]) >= RECIPE.threshold)
    chance = np.array([RECIPE.found_probability(float(true)) for true in planted.true])
    for low, high in ((0.6, 0.7), (0.7, 0.75), (0.75, 0.8), (0.8, 0.85), (0.85, 0.9), (0.9, 1.01)):
        mine = (planted.true >= low) & (planted.true < high)
        assert mine.sum() >= 100, (low, high)
        error = 3.5 * np.sqrt((chance * (1 - chance))[mine].sum()) / mine.sum()
        assert abs(found[mine].mean() - chance[mine].mean()) <= error + 0.002, (low, high)
        assert low < 0.85 or found[mine].mean() >= 0.98


def test_nobody_is_removed_for_a_text_that_is_not_like_his(planted: Planted) -> None:
    exact, values = planted.signed
    n = len(values)
    clusters = components(links(exact, values, np.zeros(n, np.uint64), RECIPE), n)
    choice = choose(clusters, np.ones(n, np.bool_), np.zeros((n, 1)), values, RECIPE.threshold)
    removed = np.flatnonzero(choice.canonical >= 0)
    assert len(removed) > n / 4
    sets = [shingles(text) for text in planted.texts]
    true = np.array([jaccard(sets[i], sets[choice.canonical[i]]) for i in removed])
    assert np.mean(true < 0.65) <= 0.01
    assert np.mean(np.abs(true - choice.estimate[removed])) < 0.03
