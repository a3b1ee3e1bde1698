import numpy as np
import pytest

from langid.calibrate import calibrated, calibration_error, checked, fit_line
from manifests.errors import Stop


def _answers(count: int = 4000) -> tuple[list[float], list[bool]]:
    """Scores of a model that is too sure: right only in four of five of what it says."""
    scores = [(k + 0.5) / count for k in range(count)]
    return scores, [(k * 7919 % count) / count < 0.8 * score for k, score in enumerate(scores)]


def test_a_model_too_sure_of_itself_is_mended() -> None:
    scores, right = _answers()
    line = fit_line(scores, right)
    mended = calibrated(np.array(scores, np.float32), line)
    assert calibration_error(scores, right) > 0.08
    assert calibration_error(mended.tolist(), right) < 0.015
    assert mended.max() < 0.85


def test_order_is_kept() -> None:
    scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] * 9
    line = fit_line(scores, [score in (0.1, 0.7, 0.8) for score in scores])
    mended = calibrated(np.linspace(0, 1, 101, dtype=np.float32), line)
    assert (np.diff(mended) >= 0).all()
    assert mended.dtype == np.float32
    assert ((mended >= 0) & (mended <= 1)).all()
    assert checked([list(point) for point in line], "card.json") == line


def test_answers_count_by_their_weight() -> None:
    line = fit_line([0.5, 0.5], [True, False], [3.0, 1.0])
    assert dict(line)[0.5] == 0.75


def test_without_answers_scores_stay() -> None:
    scores = np.array([0.25, 1.0], np.float32)
    assert fit_line([], []) == []
    assert calibrated(scores, []).tolist() == [0.25, 1.0]
    assert calibration_error([], []) == 0.0


def test_error_of_a_small_case() -> None:
    assert calibration_error([0.95, 0.95, 0.05, 0.05], [True, False, False, False]) == pytest.approx((0.9 + 0.1) / 4)


@pytest.mark.parametrize("line", [5, [1, 2], [[0, 0], [0, 1]], [[0, 0.5], [1, 0.4]], [[0, 0], [1, 2]], [["a", "b"]]])
def test_a_damaged_line_is_told(line: object) -> None:
    with pytest.raises(Stop, match="calibration"):
        checked(line, "card.json")
