"""Makes a score mean what it says: of answers scored 0.9, nine in ten are right.

A model is surer of itself than it should be on text unlike what it learnt from. How much is measured on sources that it
was not trained on, and kept in its card as a rising broken line, which a score is read off.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from manifests.errors import Stop

Doubles = npt.NDArray[np.float64]

POINTS = 12
"""Of the line, at most; each stands for as many answers as the next."""


def calibrated(scores: npt.NDArray[np.float32], line: Sequence[Sequence[float]]) -> npt.NDArray[np.float32]:
    """Probability that each answer is right, float32, by ``line``, points (score, probability) in rising order; scores
    as they are where the line is empty. Larger scores never become smaller ones."""
    if not line:
        return scores
    points = np.array(line, np.float64)
    return np.interp(scores.astype(np.float64), points[:, 0], points[:, 1]).astype(np.float32)


def checked(line: object, place: str) -> list[tuple[float, float]]:
    """A line as read from the card at ``place``. Raises Stop where it is none."""
    try:
        points = [(float(x), float(y)) for x, y in line]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise Stop(f"{place} has a calibration that is no list of points", "Mend or delete it") from error
    rises = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(points))
    if not rises or any(not (0 <= x <= 1 and 0 <= y <= 1) for x, y in points):
        raise Stop(f"{place} has a calibration that does not rise from 0 to 1", "Mend or delete it")
    return points


def fit_line(
    scores: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> list[tuple[float, float]]:
    """The rising line nearest to what was ``right`` at each score (pooled adjacent violators over equal shares of the
    answers), from score 0 to 1. Empty without scores. ``weights`` is what each answer counts for, by default one."""
    if not len(scores):
        return []
    x, place = np.unique(np.asarray(scores, np.float64), return_inverse=True)
    given = np.ones(len(scores)) if weights is None else np.asarray(weights, np.float64)
    w = np.bincount(place, given)
    y = np.bincount(place, given * np.asarray(right, np.float64))
    # Equal scores are never parted: those about whose middle an answer lies go with it.
    part = ((np.cumsum(w) - w / 2) / w.sum() * POINTS).astype(np.int64)
    blocks: list[list[float]] = []  # weight, sum of weight * score, sum of weight * right
    for number in np.unique(part):
        inside = part == number
        blocks.append([float(w[inside].sum()), float((w * x)[inside].sum()), float(y[inside].sum())])
        while len(blocks) > 1 and blocks[-2][2] / blocks[-2][0] >= blocks[-1][2] / blocks[-1][0]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    points = [(round(s / n, 4), round(r / n, 4)) for n, s, r in blocks]
    if points[0][0] > 0:
        # Below the least score there is little to measure: straight on to nothing.
        points.insert(0, (0.0, 0.0))
    if points[-1][0] < 1:
        points.append((1.0, points[-1][1]))
    return [p for k, p in enumerate(points) if k == 0 or p[0] > points[k - 1][0]]


def calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Expected calibration error: mean distance of score and share right over ``bins`` equal parts of 0 to 1, weighed
    by answers (Guo et al. 2017, On calibration of modern neural networks)."""
    if not len(scores):
        return 0.0
    x, y = np.asarray(scores, np.float64), np.asarray(right, np.float64)
    part = np.minimum((x * bins).astype(np.int64), bins - 1)
    gap: Doubles = np.abs(np.bincount(part, x - y, minlength=bins))
    return float(gap.sum() / len(x))
