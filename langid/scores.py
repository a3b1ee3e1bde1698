"""What the scores of a label's documents tell of how many of them are in it.

Answers that are right have other scores than answers that are wrong, and how other was counted on labelled text. The
scores of a label's documents are a mixture of the two; each share of right ones is more or less likely to have made
them. This asks neither how much there is of each language nor what is mistaken for what, and so it knows what the
confusion table does not: the documents at hand.

Documents are not as alike as draws from one bag, nor are tested texts: both count for fewer than they are.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EDGES = (0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
"""Scores that part one bin from the next."""
BINS = len(EDGES) + 1

LEAN = 5.0
"""Tested texts of a label that what is usual weighs as much as."""
USUAL_MOST = 30.0
"""Tested texts of one label that count for what is usual, at most."""
MOST = 200.0
"""Documents of a label that count, at most."""


def bins(scores: npt.ArrayLike) -> Ints:
    """The bin of each score, int64."""
    return np.searchsorted(EDGES, np.asarray(scores, np.float64), side="right")


def likelihood(right: Floats, wrong: Floats, seen: Floats, shares: Floats) -> Floats:
    """Log likelihood that of the documents of each label (row) each of ``shares`` is right, from tested texts with the
    label by bin, ``right`` and ``wrong``, and documents by bin, ``seen``; 0 for labels without right texts or
    documents."""
    known = (right.sum(axis=1) > 0) & (seen.sum(axis=1) > 0)
    count = np.maximum(seen.sum(axis=1), 1.0)
    worth = 1 / (1 / count + 1 / MOST + 0.5 / (right.sum(axis=1) + LEAN) + 0.5 / (wrong.sum(axis=1) + LEAN))
    found = np.zeros((len(seen), len(shares)))
    true, false = _usual(right)[known], _usual(wrong)[known]
    for score in range(BINS):
        part = (seen[:, score] / count * worth)[known, None]
        found[known] += part * np.log(true[:, score, None] * shares + false[:, score, None] * (1 - shares))
    return found


def passing(right: Floats, wrong: Floats, seen: Floats, stay: Floats) -> tuple[Floats, Floats]:
    """Which part of the right and of the wrong documents of each label (row) stays, where ``stay`` of those ``seen`` do
    by bin, from tested texts with the label by bin; all of both for labels without right texts."""
    known = right.sum(axis=1) > 0
    share = np.divide(stay, seen, out=np.ones_like(seen), where=seen > 0)
    stays = ((_usual(tested) * share).sum(axis=1) for tested in (right, wrong))
    true, false = (np.where(known, part, 1.0) for part in stays)
    return true, false


def _usual(tested: Floats) -> Floats:
    """Shares of bins of each label, few texts leaning on what is usual."""
    size = tested.sum(axis=1, keepdims=True)
    usual = (tested * np.minimum(1.0, USUAL_MOST / np.maximum(size, 1.0))).sum(axis=0) + 0.5
    return np.asarray((tested + LEAN * usual / usual.sum()) / (size + LEAN), np.float64)
