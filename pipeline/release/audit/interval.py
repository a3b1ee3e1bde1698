"""What a filled sheet comes to: the share in the language with its interval, and how far people agree."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson(share: float, count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's interval (1927) of a share seen in ``count`` documents, which may be a fraction."""
    if count <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def stratified(sizes: Sequence[int], answers: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The share over all strata, and how many documents of a simple sample would tell it as well.

    ``sizes`` are documents of each stratum, ``answers`` the share in the language, 0 to 1, of each document read of it.
    Strata are weighed by their documents; one that nobody read counts for nothing. The number is Kish's (1965),
    1 / sum(W^2 / n): that of all documents where each stratum is read in proportion.
    """
    read = [(size, told) for size, told in zip(sizes, answers, strict=True) if told]
    total = sum(size for size, _ in read)
    if not total:
        return 0.0, 0.0
    share = sum(size / total * sum(told) / len(told) for size, told in read)
    count = 1 / sum((size / total) ** 2 / len(told) for size, told in read)
    return min(1.0, max(0.0, share)), count


def agreement(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """How often two people said the same; None where they read nothing both."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one) if one else None


def kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Cohen's kappa (1960): agreement beyond chance; None where chance alone makes them agree always, or nothing is."""
    seen = agreement(one, other)
    if seen is None:
        return None
    first, second, total = Counter(one), Counter(other), len(one)
    chance = sum(first[answer] * second[answer] for answer in first) / total**2
    return None if chance >= 1 else (seen - chance) / (1 - chance)
