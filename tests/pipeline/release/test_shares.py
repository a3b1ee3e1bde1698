"""Amounts of a mixture against the formulas as their papers write them, and what must hold for any sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import Stop
from pipeline.release import shares

LANGUAGES = 10 ** np.random.default_rng(7).uniform(3, 10, 2000)
"""Sizes of 2,000 languages over seven orders of magnitude."""

sizes = st.lists(st.floats(1.0, 1e12), min_size=1, max_size=60).map(np.array)


def unimax(found: np.ndarray, budget: float, epochs: float) -> np.ndarray:
    """As the paper has it (Chung et al. 2023, algorithm 1): from the smallest, an equal part of what is left."""
    amounts = np.zeros(len(found))
    left = budget
    order = np.argsort(found)
    for place, language in enumerate(order.tolist()):
        part = left / (len(found) - place)
        amounts[language] = min(part, epochs * found[language])
        left -= amounts[language]
    return amounts


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.7, 1.0])
def test_temperature_is_a_power_of_the_sizes(alpha: float) -> None:
    powers = LANGUAGES**alpha
    amounts = shares.amounts(LANGUAGES, alpha, 1e12)
    np.testing.assert_allclose(amounts, 1e12 * powers / powers.sum(), rtol=1e-9)


@pytest.mark.parametrize("budget", [1e6, 1e9, 1e11, 1e12, 1e13])
@pytest.mark.parametrize("epochs", [1.0, 4.0])
def test_equal_weights_with_a_cap_on_epochs_are_unimax(budget: float, epochs: float) -> None:
    amounts = shares.amounts(LANGUAGES, 0.0, budget, epochs)
    np.testing.assert_allclose(amounts, unimax(LANGUAGES, budget, epochs), rtol=1e-9)


def test_temperature_by_hand() -> None:
    # 1000^.3 = 7.943, 100^.3 = 3.981, 10^.3 = 1.995: of 13.919 together
    amounts = shares.amounts(np.array([1000.0, 100.0, 10.0]), 0.3, 1110.0)
    np.testing.assert_allclose(amounts, [633.43, 317.47, 159.11], rtol=1e-4)


def test_unimax_by_hand() -> None:
    # 900 among three: 10 may take 40 of its 300, 100 its part of the 860 left, up to 400; the last has the rest
    amounts = shares.amounts(np.array([1000.0, 100.0, 10.0]), 0.0, 900.0, epochs=4.0)
    np.testing.assert_allclose(amounts, [460.0, 400.0, 40.0])


def test_the_smallest_anchors_the_budget_by_hand() -> None:
    # Glot500: count = scale x smallest x share / smallest share: 2 x 10 x (7.943, 3.981, 1.995) / 1.995
    found = np.array([1000.0, 100.0, 10.0])
    amounts = shares.amounts(found, 0.3, shares.anchored(found, 0.3, 2.0))
    np.testing.assert_allclose(amounts, [79.62, 39.905, 20.0], rtol=1e-4)


@given(sizes, st.floats(0.0, 1.0), st.floats(1.0, 1e13), st.floats(0.1, 10.0), st.floats(0.0, 1.0))
def test_bounds_hold_and_the_budget_is_spent_where_they_leave_room(
    found: np.ndarray, alpha: float, budget: float, epochs: float, above: float
) -> None:
    max_share = min(1.0, (1 + above) / len(found))
    amounts = shares.amounts(found, alpha, budget, epochs, max_share)
    most = np.minimum(epochs * found, max_share * budget)
    assert (amounts >= 0).all()
    assert (amounts <= most * (1 + 1e-9)).all()
    assert amounts.sum() == pytest.approx(min(budget, most.sum()), rel=1e-9)
    order = np.argsort(found)
    assert (np.diff(amounts[order]) >= -1e-9 * amounts.max()).all()  # the larger language never gets less
    # who is below its bound has its weight's part: the same level for all of them
    free = amounts < most * (1 - 1e-9)
    level = amounts[free] / (found[free] / found.max()) ** alpha
    np.testing.assert_allclose(level, level[:1].repeat(len(level)), rtol=1e-6)


@given(sizes, st.floats(0.0, 1.0), st.randoms(use_true_random=False))
def test_the_order_of_languages_changes_nothing(found: np.ndarray, alpha: float, chance: object) -> None:
    order = np.random.default_rng(chance.randrange(2**32)).permutation(len(found))  # type: ignore[attr-defined]
    amounts = shares.amounts(found, alpha, found.sum(), 2.0)
    np.testing.assert_allclose(shares.amounts(found[order], alpha, found.sum(), 2.0), amounts[order], rtol=1e-9)


def test_languages_without_text_get_nothing() -> None:
    assert shares.amounts(np.array([0.0, 5.0]), 0.0, 10.0).tolist() == [0.0, 10.0]


def test_a_cap_that_nobody_can_keep_to_is_refused() -> None:
    with pytest.raises(Stop, match="2 languages cannot each stay"):
        shares.amounts(np.array([1.0, 2.0]), 0.3, 1.0, max_share=0.4)


@given(sizes, st.floats(0.02, 1.0))
def test_no_source_gives_more_than_its_share_and_no_more_is_lost_than_must_be(found: np.ndarray, share: float) -> None:
    rates = shares.capped(found, share)
    taken = rates * found
    assert ((rates > 0) & (rates <= 1 + 1e-12)).all()
    if (rates < 1).any():
        assert (taken <= share * taken.sum() * (1 + 1e-6)).all()
        # those that lost something stand at the cap, so a little more of any would break it
        np.testing.assert_allclose(taken[rates < 1], share * taken.sum(), rtol=1e-6)
    elif found.max() > share * found.sum() * (1 + 1e-9):
        assert len(found) * share <= 1 + 1e-9  # so few that no part could keep to the cap


def test_caps_by_hand() -> None:
    # 60, 20, 20 at .4: x <= .4 (x + 40), so 26.67 of the 60
    np.testing.assert_allclose(shares.capped(np.array([60.0, 20.0, 20.0]), 0.4), [26.6667 / 60, 1, 1], rtol=1e-4)
    np.testing.assert_allclose(shares.capped(np.array([60.0]), 0.4), [1.0])
