"""The best match of what is asked, whatever the pieces the index comes in."""

import numpy as np

from dedup.bands import Keys
from dedup.known import Asked
from dedup.recipe import Recipe

RECIPE = Recipe()


def made(count: int, seed: int) -> tuple[Keys, np.ndarray, Keys]:
    chance = np.random.default_rng(seed)
    values = chance.integers(0, 1 << 16, (count, RECIPE.permutations)).astype(np.uint16)
    return chance.integers(1, 1 << 63, (count, 2)).astype(np.uint64), values, np.zeros(count, np.uint64)


def test_the_same_answer_from_one_piece_and_from_many() -> None:
    exact, values, salts = made(300, 1)
    asked_exact, asked_values, asked_salts = made(60, 2)
    asked_exact[:20] = exact[:20]
    asked_values[20:40] = values[20:40]
    asked_values[20:40, :13] = 7  # 115 of 128 agree
    ids = np.stack([np.arange(300), np.arange(300)], axis=1).astype(np.uint64)
    answers = []
    for size in (300, 37):
        asked = Asked(asked_exact, asked_values, asked_salts, RECIPE)
        for first in range(0, 300, size):
            piece = slice(first, first + size)
            published = np.ones(len(exact[piece]), np.bool_)
            asked.meet(ids[piece], exact[piece], values[piece], salts[piece], published, first)
        assert asked.match.tolist() == [*range(40), *[-1] * 20]
        assert asked.same.tolist() == [True] * 20 + [False] * 40
        assert np.allclose(asked.jaccard()[20:40], 115 / 128)
        answers.append(asked.match.tolist())
    assert answers[0] == answers[1]


def test_of_equals_a_published_one_then_the_smallest_id() -> None:
    exact, values, salts = made(1, 3)
    four = np.repeat(exact, 4, axis=0), np.repeat(values, 4, axis=0), np.zeros(4, np.uint64)
    ids = np.array([[0, 1], [0, 4], [0, 3], [0, 9]], np.uint64)
    for published, best in (([False, True, True, True], 2), ([False] * 4, 0)):
        asked = Asked(exact, values, salts, RECIPE)
        asked.meet(ids, *four, np.array(published), 0)
        assert asked.match.tolist() == [best]


def test_a_text_without_a_word_is_like_nothing() -> None:
    exact, values, salts = made(3, 4)
    exact[:] = 0
    asked = Asked(exact, values, salts, RECIPE)
    asked.meet(np.zeros((3, 2), np.uint64), exact, values, salts, np.ones(3, np.bool_), 0)
    assert asked.match.tolist() == [-1, -1, -1]


def test_a_million_copies_of_a_page_are_no_million_comparisons() -> None:
    exact, values, salts = made(1, 5)
    many = 200_000
    others = np.arange(1, 2 * many + 1, dtype=np.uint64).reshape(many, 2)
    asked = Asked(exact, values, salts, RECIPE)
    known = np.repeat(values, many, axis=0)
    assert len(asked._near(others, known, np.zeros(many, np.uint64))) <= 16 * RECIPE.bands
