"""How often a document is worth repeating, told from how many copies it had: FineWeb2's rehydration.

Rules remove pages with no copies, and pages with very many, more often than those between. The rate of a size is the
share of its clusters that rules remove. Sizes with a rate at or above that of their label weigh 1, the size with the
lowest weighs ``most``, and between them weights are linear (Penedo et al. 2025, FineWeb2, section 5); then they are
smoothed over five sizes, the two at either end left as they are, and rounded. One thing is ours: a size only weighs
more than 1 where its rate is below the label's beyond doubt, for in a label of a few hundred documents the curve is
noise.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

VERSION = 1

LEAST_CLUSTERS = 30
"""From the first size with fewer clusters on, all sizes are one: the tail."""
WINDOW = 5
"""Sizes that a weight is smoothed over."""

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Curve(NamedTuple):
    """What is known of the cluster sizes of a label, an entry a size (n,); the last one may be the tail."""

    sizes: Numbers
    """Least size of each."""
    clusters: Floats
    rates: Floats
    """Share of the clusters that rules remove."""
    rate: float
    """That of the whole label."""


def curve(sizes: Numbers, documents: Numbers, removed: Numbers) -> Curve:
    """The curve of a label: its sizes in rising order, and of each, documents and how many of them rules remove.

    All documents of a cluster count, as if any one of them had been kept for the rules to judge; they are no evidence
    beyond that of one document, so ``documents / sizes`` is what counts. A label's share of a cluster counts so far.
    """
    clusters = documents / sizes
    lost = removed / sizes
    few = np.flatnonzero(clusters < LEAST_CLUSTERS)
    tail = int(few[0]) if len(few) else len(sizes)
    if tail < len(sizes):
        clusters = np.append(clusters[:tail], clusters[tail:].sum())
        lost = np.append(lost[:tail], lost[tail:].sum())
        sizes = sizes[: tail + 1]
    return Curve(sizes, clusters, lost / clusters, float(lost.sum() / clusters.sum()))


def upper(rates: Floats, count: Floats, confidence: float) -> Floats:
    """The end above of Wilson's interval for rates seen in so many, at a confidence that holds for all at once."""
    z = NormalDist().inv_cdf(1 - (1 - confidence) / (2 * len(rates)))
    middle = rates + z * z / (2 * count)
    spread = z * np.sqrt(rates * (1 - rates) / count + z * z / (4 * count * count))
    bound: Floats = (middle + spread) / (1 + z * z / count)
    return bound


def weights(found: Curve, most: int, confidence: float) -> dict[int, int]:
    """Weights of a label: each holds from its size up to the next that is named. With a confidence of 0, as FineWeb2.

    So {1: 1, 2: 3, 5: 10, 40: 1} has documents of clusters of 2, 3 and 4 repeated three times.
    """
    told = found.rates < found.rate
    if confidence > 0:
        told &= upper(found.rates, found.clusters, confidence) < found.rate
    raw = np.ones(len(found.rates))
    if told.any():
        low = found.rates[told].min()
        raw[told] += (most - 1) * (found.rates[told] - found.rate) / (low - found.rate)
    smooth = raw.copy()
    edge = WINDOW // 2
    if len(raw) > 2 * edge:
        smooth[edge:-edge] = np.convolve(raw, np.full(WINDOW, 1 / WINDOW), "valid")
    if confidence > 0:
        smooth[~told] = 1
    repeats = np.rint(smooth).astype(np.int64)
    first = np.append(True, repeats[1:] != repeats[:-1])
    return dict(zip([1, *found.sizes[first][1:].tolist()], repeats[first].tolist(), strict=True))


def of(sizes: npt.NDArray[np.signedinteger], told: Mapping[int, int]) -> npt.NDArray[np.float32]:
    """The weight of documents of clusters of these sizes (n,): 1 where nothing is told of one."""
    limits = np.array([0, *sorted(told)], np.int64)
    values = np.array([1, *(told[size] for size in sorted(told))], np.float32)
    found: npt.NDArray[np.float32] = values[np.searchsorted(limits, sizes, side="right") - 1]
    return found
