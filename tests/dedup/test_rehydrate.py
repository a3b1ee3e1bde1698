"""Weights by cluster size: an example worked by hand, and what holds for every curve."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import rehydrate
from dedup.rehydrate import Curve

MANY = 10**9


def _curve(rates: list[float], clusters: float = MANY, rate: float = 0.5) -> Curve:
    told = np.array(rates)
    return Curve(np.arange(1, len(told) + 1), np.full(len(told), clusters), told, rate)


def test_an_example_worked_by_hand() -> None:
    """Rates .6 .5 .4 .3 .2 .1 .35 .45 .7 under a label's .5, most 9: a point of rate below is worth 20 repeats.

    Linear: 1 1 3 5 7 9 4 2 1. Smoothed: 1 1 (1+1+3+5+7)/5=3.4 (1+3+5+7+9)/5=5 5.6 5.4 4.6, then 2 1 as they are.
    The seventh is a mean too: (7+9+4+2+1)/5 = 4.6. Rounded: 1 1 3 5 6 5 5 2 1.
    """
    found = rehydrate.weights(_curve([0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.35, 0.45, 0.7]), most=9, confidence=0.95)
    assert found == {1: 1, 3: 3, 4: 5, 5: 6, 6: 5, 8: 2, 9: 1}
    assert rehydrate.of(np.array([1, 2, 3, 5, 6, 7, 8, 9, 5000]), found).tolist() == [1, 1, 3, 6, 5, 5, 2, 1, 1]


def test_documents_of_a_cluster_are_no_more_evidence_than_one() -> None:
    found = rehydrate.curve(np.array([1, 4]), np.array([600, 400]), np.array([300, 40]))
    assert found.clusters.tolist() == [600, 100]
    assert found.rates.tolist() == [0.5, 0.1]
    assert found.rate == (300 + 10) / 700


def test_sizes_of_few_clusters_are_one() -> None:
    found = rehydrate.curve(
        np.array([1, 2, 3, 7, 50]), np.array([900, 80, 60, 210, 100]), np.array([90, 8, 6, 21, 100])
    )
    assert found.sizes.tolist() == [1, 2, 3]  # 20 clusters of three, then 30 of seven and two of fifty
    assert found.clusters.tolist() == [900, 40, 52]
    assert found.rates.tolist() == [0.1, 0.1, (2 + 3 + 2) / 52]


def test_a_curve_of_noise_weighs_nothing() -> None:
    """Labels whose rules remove by chance: FineWeb2's rule repeats documents of each, ours of one in forty at most."""
    draw = np.random.default_rng(7)
    sizes = np.arange(1, 13)
    documents = sizes * np.array([4000, 900, 400, 200, 120, 90, 70, 50, 40, 35, 30, 30])
    ours = theirs = 0
    for _ in range(400):
        removed = draw.binomial(documents // sizes, 0.6) * sizes
        found = rehydrate.curve(sizes, documents, removed)
        ours += max(rehydrate.weights(found, 10, 0.95).values()) > 1
        theirs += max(rehydrate.weights(found, 10, 0).values()) > 1
    assert theirs > 390
    assert ours <= 14


def test_a_label_of_one_size_or_none_removed_weighs_one() -> None:
    assert rehydrate.weights(rehydrate.curve(np.array([1]), np.array([5000]), np.array([2000])), 10, 0.95) == {1: 1}
    none = rehydrate.curve(np.array([1, 2, 9]), np.array([5000, 200, 900]), np.array([0, 0, 0]))
    assert rehydrate.weights(none, 10, 0.95) == {1: 1}
    assert rehydrate.of(np.array([1, 2, 9]), {}).tolist() == [1, 1, 1]


RATES = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=40)


@given(RATES, st.floats(0.01, 0.99), st.integers(2, 12), st.sampled_from([0, 0.5, 0.95]), st.integers(1, 10**6))
@settings(max_examples=300, deadline=None)
def test_weights_lie_between_one_and_most(
    rates: list[float], rate: float, most: int, confidence: float, clusters: int
) -> None:
    found = rehydrate.weights(_curve(rates, clusters, rate), most, confidence)
    assert next(iter(found)) == 1
    assert list(found) == sorted(found)
    assert all(1 <= value <= most for value in found.values())


@given(RATES, st.floats(0.01, 0.99), st.integers(30, 10**6))
@settings(max_examples=300, deadline=None)
def test_only_sizes_below_their_label_beyond_doubt_weigh_more(rates: list[float], rate: float, clusters: int) -> None:
    made = _curve(rates, clusters, rate)
    weights = rehydrate.of(made.sizes, rehydrate.weights(made, 10, 0.95))
    bound = rehydrate.upper(made.rates, made.clusters, 0.95)
    assert (bound >= made.rates - 1e-12).all()
    assert (weights[bound >= rate] == 1).all()


@given(RATES, st.floats(0.01, 0.99))
@settings(max_examples=300, deadline=None)
def test_the_lowest_rate_of_a_short_curve_weighs_most(rates: list[float], rate: float) -> None:
    made = _curve(rates[:4], MANY, rate)  # too short to be smoothed
    weights = rehydrate.of(made.sizes, rehydrate.weights(made, 10, 0))
    if made.rates.min() < rate:
        assert weights[int(made.rates.argmin())] == 10
    order = np.argsort(made.rates)
    assert (np.diff(weights[order]) <= 0).all()


@given(RATES, st.floats(0.01, 0.99))
@settings(max_examples=200, deadline=None)
def test_with_evidence_enough_the_rule_is_that_of_fineweb2(rates: list[float], rate: float) -> None:
    """Sizes apart from the label's rate by a hundredth or more, which 10^9 clusters each put beyond doubt."""
    apart = [one for one in rates if abs(one - rate) > 0.01] or [1.0]
    made = _curve(apart, MANY, rate)
    ours = rehydrate.of(made.sizes, rehydrate.weights(made, 10, 0.95))
    theirs = rehydrate.of(made.sizes, rehydrate.weights(made, 10, 0))
    below = made.rates < rate
    assert (ours[below] == theirs[below]).all()
