"""A recipe is checked at the door, and two of them are never mixed."""

import numpy as np
import pytest
from datasketch.lsh import _optimal_param

from dedup.recipe import Recipe, best_bands
from manifests.errors import Stop


def test_the_default_recipe_has_the_digest_that_stored_signatures_carry() -> None:
    assert Recipe().digest() == "5a20de31f9349a8c5f533256ba09e34ef727c032241e3c18c63e6b650d8cdb62"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"algorithm": "simhash"}, "expected one of: minhash32-1"),
        ({"unit": "letter"}, "expected one of: word, char"),
        ({"bands": 20, "rows": 8}, "160 permutations"),
        ({"permutations": 120}, "multiple of 16"),
        ({"permutations": 0}, "16 to 1024"),
        ({"shingle": 0}, "1 to 64"),
        ({"rows": True}, "whole number"),
        ({"seed": -1}, "dedup.seed"),
        ({"threshold": 0.0}, "dedup.threshold"),
        ({"threshold": 75.0}, "dedup.threshold"),
        ({"threshold": float("nan")}, "dedup.threshold"),
    ],
)
def test_a_recipe_that_cannot_be_made_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(Stop, match=says):
        Recipe(**fields)  # type: ignore[arg-type]


def test_signatures_of_two_recipes_are_not_compared_and_both_are_named() -> None:
    ours, theirs = Recipe(), Recipe(shingle=3, seed=7)
    with pytest.raises(Stop) as caught:
        ours.check_same(theirs)
    for part in (ours.digest()[:12], theirs.digest()[:12], "shingle 5 and 3", "seed 1 and 7"):
        assert part in caught.value.found
    assert caught.value.mend


def test_the_threshold_and_bands_are_held_against_signatures_and_do_not_enter_them() -> None:
    strict = Recipe(threshold=0.9, bands=5, rows=25)
    strict.check_same(Recipe())
    assert strict.digest() == Recipe().digest()
    assert strict != Recipe()


@pytest.mark.parametrize(("jaccard", "chance"), [(0.5, 0.053), (0.7, 0.565), (0.8, 0.924), (0.9, 1.0)])
def test_fourteen_bands_of_eight_find_what_is_published_of_them(jaccard: float, chance: float) -> None:
    assert Recipe(bands=14, rows=8).match_probability(jaccard) == pytest.approx(chance, abs=5e-4)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.62, 0.7, 0.75, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("permutations", [32, 128, 256])
def test_bands_and_rows_for_a_threshold_are_those_of_datasketch(threshold: float, permutations: int) -> None:
    assert best_bands(threshold, permutations) == _optimal_param(threshold, permutations, 0.5, 0.5)


@pytest.mark.parametrize("jaccard", [0.6, 0.75, 0.85])
def test_the_chance_of_being_found_is_that_of_values_drawn_a_hundred_thousand_times(jaccard: float) -> None:
    recipe = Recipe(bands=10, rows=7)
    agree = np.random.default_rng(1).random((100_000, 128)) < jaccard
    shares = agree[:, :70].reshape(-1, 10, 7).all(axis=2).any(axis=1)
    assert recipe.match_probability(jaccard) == pytest.approx(shares.mean(), abs=0.006)
    alike = agree.sum(axis=1) >= 96
    assert recipe.found_probability(jaccard) == pytest.approx((shares & alike).mean(), abs=0.006)


def test_what_is_stored_gives_the_recipe_again_and_nothing_else_is_taken_for_one() -> None:
    recipe = Recipe(shingle=20, unit="char", seed=3, threshold=0.9)
    Recipe.read(recipe.stored()).check_same(recipe)
    with pytest.raises(Stop, match="unit char and word"):
        Recipe.read(recipe.stored()).check_same(Recipe())
    for strange in (b"", b"[1]", b'{"colour": "red"}'):
        with pytest.raises(Stop, match="not know the recipe"):
            Recipe.read(strange)


def test_the_default_finds_what_is_promised_with_fewer_keys_than_fineweb2() -> None:
    recipe, theirs = Recipe(), Recipe(bands=14, rows=8)
    assert recipe.bands < theirs.bands
    assert recipe.found_probability(0.85) >= 0.98
    for jaccard in (0.7, 0.75, 0.8):
        assert recipe.found_probability(jaccard) > theirs.found_probability(jaccard)
    assert recipe.found_probability(0.65) < 0.01
