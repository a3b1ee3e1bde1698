"""How much of each language a mixture draws: one formula, of which the named strategies are settings.

Weights are sizes to the power of alpha. The budget is poured out in proportion to them, and what a language may not
take (more than its cap, or more passes over its text than asked) goes to the others in proportion: for bounds u and
weights w the amounts are min(c w, u), with the one level c at which they fill the budget. With equal weights and
u = epochs x size this is UniMax (Chung et al. 2023), with alpha = .3 and no bounds the sampling of XLM-R and mT5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from manifests.errors import Stop

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a name stands for where nothing else is asked."""

    about: str
    alpha: float
    epochs: float | None = None
    """Most passes over a language."""
    scale: float | None = None
    """The smallest language is drawn so many times, and the budget is what follows from that."""


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        "temperature": Strategy("shares as sizes to the power of alpha", 0.3),
        "unimax": Strategy("equal amounts, but at most so many passes over a language", 0.0, epochs=4.0),
        "flat": Strategy("equal amounts", 0.0),
        "proportional": Strategy("shares as sizes", 1.0),
        "anchored": Strategy(
            "temperature, with the budget at which the smallest is drawn `scale` times", 0.3, scale=1.0
        ),
    }
)
"""By name. ``anchored`` is Glot500's: count = scale x smallest size x share / share of the smallest."""


def fill(weights: Numbers, budget: float, most: Numbers) -> Numbers:
    """Amounts min(c w, most) that add up to the budget, or ``most`` where even that does not reach it.

    Weights and bounds (n,) are not negative; what has no weight gets nothing.
    """
    amounts = np.zeros(len(weights))
    some = np.flatnonzero((weights > 0) & (most > 0))
    if not len(some) or budget <= 0:
        return amounts
    w, u = weights[some], most[some]
    if budget >= u.sum():
        amounts[some] = u
        return amounts
    order = np.argsort(u / w, kind="stable")  # who is full first as the level rises
    w, u = w[order], u[order]
    before = np.concatenate([[0.0], np.cumsum(u)[:-1]])
    after = np.cumsum(w[::-1])[::-1]
    full = before + after * (u / w) < budget  # at the level that fills this one, all together still leave some
    first = int(np.flatnonzero(~full)[0])
    level = (budget - before[first]) / after[first]
    amounts[some[order]] = np.minimum(level * w, u)
    return amounts


def amounts(
    sizes: Numbers,
    alpha: float,
    budget: float,
    epochs: float | None = None,
    max_share: float | None = None,
) -> Numbers:
    """What to draw of each language, in the unit of ``sizes`` (n,).

    ``epochs`` bounds the passes over a language, ``max_share`` its part of the budget. Where the bounds leave no room
    for the budget the sum is smaller. A cap that so few languages cannot keep to is an error.
    """
    present = sizes > 0
    languages = int(np.count_nonzero(present))
    if max_share is not None and max_share * languages < 1 - 1e-9:
        raise Stop(
            f"{languages} languages cannot each stay at or below a share of {max_share:g}.",
            f"Ask for a cap of at least {1 / max(1, languages):.3g}, or leave it out.",
        )
    weights = np.zeros(len(sizes))
    # relative to the largest, so that no power of a large size loses digits
    weights[present] = (sizes[present] / sizes.max()) ** alpha
    most = np.full(len(sizes), np.inf)
    if epochs is not None:
        most = np.minimum(most, epochs * sizes)
    if max_share is not None:
        most = np.minimum(most, max_share * budget)
    return fill(weights, budget, most)


def anchored(sizes: Numbers, alpha: float, scale: float) -> float:
    """The budget at which the smallest language is drawn ``scale`` times (Glot500, section 3.2)."""
    present = sizes[sizes > 0]
    return float(scale * present.min() * ((present / present.min()) ** alpha).sum()) if len(present) else 0.0


def capped(sizes: Numbers, share: float) -> Numbers:
    """The part (n,) of each source or host to take, such that none is more than ``share`` of what is taken.

    As much as possible is taken. Where there are fewer than 1 / share of them no part but nothing could keep to it:
    then all is taken, since a language with a single source would vanish.
    """
    rates = np.ones(len(sizes))
    order = np.argsort(-sizes, kind="stable")
    falling = sizes[order]
    rests = np.cumsum(falling[::-1])[::-1]  # from the smallest, which a large one would swallow
    for taken, size in enumerate(falling.tolist()):
        room = 1.0 - taken * share
        if room <= 1e-12:
            return np.ones(len(sizes))
        total = float(rests[taken]) / room  # with the first ``taken`` at their cap
        if size <= share * total * (1 + 1e-12):
            rates[order[:taken]] = share * total / falling[:taken]
            return rates
    return np.ones(len(sizes))
