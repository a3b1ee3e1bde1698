"""What is like one of a few is told whatever band it misses, and what is not, or ranks as high, is not."""

import numpy as np
import pytest

from dedup.bands import Keys
from dedup.doubles import Few, least_agreement, short_bands
from dedup.recipe import Recipe

RECIPE = Recipe()
N = 4000


def signed(jaccard: float, seed: int = 1) -> tuple[Keys, np.ndarray, np.ndarray]:
    """Exact hashes and signatures of documents, and signatures of others as alike as that, row by row."""
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 2**16, (N, RECIPE.permutations), dtype=np.uint16)
    others = np.where(draw.random(values.shape) < jaccard, values, draw.integers(0, 2**16, values.shape, np.uint16))
    return draw.integers(1, 2**63, (N, 2), dtype=np.uint64), values, others


def ranks(value: int) -> np.ndarray:
    return np.full(N, value, np.int8)


@pytest.mark.parametrize("jaccard", [0.75, 0.8, 0.95, 1.0])
def test_no_pair_that_reaches_the_threshold_is_missed(jaccard: float) -> None:
    exact, values, others = signed(jaccard)
    assert Few(exact, values, ranks(1), RECIPE).doubles(others, ranks(0)).all()


def test_pairs_far_below_it_are_none() -> None:
    exact, values, others = signed(0.35)
    assert not Few(exact, values, ranks(1), RECIPE).doubles(others, ranks(0)).any()


def test_a_double_is_lost_by_the_lower_rank_alone() -> None:
    exact, values, others = signed(0.9)
    few = Few(exact, values, ranks(1), RECIPE)
    assert few.doubles(others, ranks(0)).all()
    assert not few.doubles(others, ranks(1)).any()
    assert not few.doubles(values, ranks(1)).any()
    assert not few.doubles(others, ranks(2)).any()


def test_texts_without_a_word_are_like_nothing() -> None:
    exact, values, _ = signed(1.0)
    exact[:], values[:] = 0, 65535
    assert not Few(exact, values, ranks(1), RECIPE).doubles(values, ranks(0)).any()
    assert not Few(exact[:0], values[:0], ranks(1)[:0], RECIPE).doubles(values, ranks(0)).any()


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.6, 0.75, 0.9, 0.99])
def test_bands_hardly_miss_a_pair_at_the_threshold(threshold: float) -> None:
    number, rows = short_bands(threshold, 128)
    assert number * rows <= 128
    assert (1 - threshold**rows) ** number < 1e-9
    assert 0 < least_agreement(threshold, 128) < threshold * 128
