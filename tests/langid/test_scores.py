import numpy as np

from langid.scores import BINS, EDGES, bins, likelihood

SHARES = np.linspace(0.01, 0.99, 99)


def row(*places: tuple[int, int]) -> list[float]:
    counts = [0.0] * BINS
    for place, count in places:
        counts[place] += count
    return counts


def best(right: list[float], wrong: list[float], seen: list[float]) -> float:
    found = likelihood(np.array([right]), np.array([wrong]), np.array([seen]), SHARES)
    return float(SHARES[found[0].argmax()])


def test_a_score_on_an_edge_is_in_the_bin_above() -> None:
    assert bins([0.0, EDGES[0], EDGES[-1], 1.0]).tolist() == [0, 1, BINS - 1, BINS - 1]


def test_the_likeliest_share_is_that_of_documents_with_the_scores_of_right_answers() -> None:
    right, wrong = row((14, 400)), row((0, 400))
    for share in (0.2, 0.5, 0.9):
        assert abs(best(right, wrong, row((14, round(1000 * share)), (0, round(1000 * (1 - share))))) - share) < 0.05


def test_scores_that_do_not_differ_tell_nothing() -> None:
    same = row((5, 100), (14, 100))
    found = likelihood(np.array([same]), np.array([same]), np.array([row((14, 500))]), SHARES)
    assert np.ptp(found) < 0.1


def test_a_label_that_was_not_tested_or_has_no_documents_is_left_open() -> None:
    right, nothing = np.array([row((14, 50)), row()]), np.array([row(), row()])
    seen = np.array([row(), row((3, 9))])
    assert not likelihood(right, nothing, seen, SHARES).any()
