"""A recipe is checked at the door, and two of them are never mixed."""

import pytest

from dedup.recipe import Recipe
from manifests.errors import Stop


def test_the_default_recipe_has_the_digest_that_stored_signatures_carry() -> None:
    assert Recipe().digest() == "1e36dd115b4fe537838cba53c20c6d8e53e024e57b272bde10410b0546a66392"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"algorithm": "simhash"}, "expected one of: minhash32-1"),
        ({"unit": "char"}, "expected one of: word"),
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


def test_the_threshold_is_held_against_signatures_and_does_not_enter_them() -> None:
    strict = Recipe(threshold=0.9)
    strict.check_same(Recipe())
    assert strict.digest() == Recipe().digest()
    assert strict != Recipe()


@pytest.mark.parametrize(("jaccard", "chance"), [(0.5, 0.053), (0.7, 0.565), (0.8, 0.924), (0.9, 1.0)])
def test_fourteen_bands_of_eight_find_what_is_published_of_them(jaccard: float, chance: float) -> None:
    assert Recipe().match_probability(jaccard) == pytest.approx(chance, abs=5e-4)
