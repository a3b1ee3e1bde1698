"""What share of the documents that were given a label are in it: an estimate for the corpus at hand.

A model that is right 99 times in 100 is wrong most of the time about a rare language in a sea of its relative. What
counts is how much there is of each language, which nobody knows, and how often each is taken for another, which was
counted on labelled text: the confusion table. The answers of a corpus are its true mix seen through the confusions::

    answered[a] = true[a] C[a, a] + leak[a]        leak[a] = sum over t != a of true[t] C[t, a]

with ``true[t]`` the documents in t, and ``C[t, a]`` the share of text in t that is answered with a. The precision of a
is ``1 - leak[a] / answered[a]``. (Inverting C is the textbook way, as in Richardson 1972, D'Agostini 1995, and Saerens,
Latinne and Decaestecker 2002. It fails here: most cells of C rest on no mistake at all, and a cell that is not known
to 1 in 100,000 decides about a rare label. So what is not known is kept as a distribution.)

* **C is smoothed**, as a mistake not met in 1,000 sentences may still be met in a million documents. How often a
  language is mistaken leans on how difficult its sources were, and on its script and relatives. What it is mistaken for
  leans on its kin (found from the table) and on what is often said wrongly in its script; how far, follows from how
  varied the mistakes of the language are (the Ewens sampling formula: n mistakes show about k log(1 + n / k) kinds).
  Each cell is a beta times a Dirichlet variable, and has a mean and a variance.
* **The leak** into a label is two gamma variables with the mean and variance of sums of cells, each times the documents
  in that language: of mistakes that were met in tests, and of all others, which are mostly nothing and sometimes a lot.
* **What the answers say**: leak and right answers add up to what was answered. Right answers are a gamma variable too,
  whose shape is the one under which the answers are likeliest (one for labels that were tested well, one for those that
  were tested little): in a corpus where most labels are next to absent, a few documents with one of them are most
  likely not in it. Labels that were never tested are taken for absent unless nothing else can explain the answers.
* **What stays**: documents with low scores may be set apart, and those that stay are right more often than all that
  were answered, as far as wrong answers have lower scores. The precision told is that of the documents that stay.
* **The mix** follows from the right answers, ``true[t] = answered[t] precision[t] / C[t, t]``, and the leaks from the
  mix: around until nothing moves.

The interval is that of a beta variable with this mean and this variance, plus that of drawing so few documents. No
randomness. Nothing is read here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langid import scores
from langid.confusions import Confusions, Smoothed, sums
from langid.leak import Leak, grid, lgamma
from langid.scores import BINS

VERSION = 4

INTERVAL = 0.9
PRESENCE = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
"""Shapes tried for what is known beforehand of the right answers: near 0, most labels have next to none."""
PRESENCE_USUAL = 0.3
UNTESTED = 0.002
"""That of labels without labelled text, whose answers do not tell: they are as many where all of them are mistakes."""
ENOUGH = 30
"""Tested sentences from which on a label is one of the better known, whose presence is judged apart."""
STRANGE = 0.01
"""Share of the corpus in languages that the model does not know, all those of the table together."""
APART = 2.0
"""How much text of other sources differs from that of the table, in log odds of precision: with this, intervals hold
nine times in ten on sources that the table is made without."""
BEFORE = 0.25
"""How much of that the leak is doubted by before scores are weighed: with more, scores alone decide, and flatter."""
RECALL_LEAST = 0.35
"""Of a language that is answered rightly less often than this, the few right answers do not tell how much there is: a
handful of mistakes would stand for a thousand documents, which took the label that is said instead."""
TOGETHER = 0.25
"""Correlation of the estimates of labels of one decade: they share the mix and the smoothing."""
PLACES = 161
"""Of shares between 0 and 1, where what is known of a precision is weighed."""
ROUNDS = 60
STILL = 1e-4
"""A round that moves no precision by more than this is the last."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one label. Shares are between 0 and 1."""

    answered: int
    """Documents that were given the label."""
    base_rate: float
    """Share of the corpus that is truly in it."""
    precision: float
    interval: tuple[float, float]
    tested: int
    """Labelled texts of this label in the confusion table."""


@dataclass(frozen=True, slots=True)
class Decade:
    """The labels of one decade of the share of documents given them (-3: from 0.001 to 0.01), as if they were one."""

    labels: tuple[str, ...]
    answered: int
    precision: float
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Estimate:
    """``labels`` by name, those answered at least once; ``decades`` by exponent."""

    labels: Mapping[str, Expected]
    decades: Mapping[int, Decade]


def estimate(
    confusions: Confusions,
    answered: Mapping[str, int],
    final: Mapping[str, str] | None = None,
    seen: Mapping[str, Sequence[int]] | None = None,
    stay: Mapping[str, Sequence[int]] | None = None,
    apart: float = APART,
) -> Estimate:
    """The expected precision of every label in ``answered`` (label -> documents).

    ``seen`` is how many documents of a label have a score in each bin of ``langid.scores``, as far as that is known;
    ``stay`` how many of these are published, on which precision is told (all unless told);
    ``apart`` how unlike the texts of the table and those of the corpus are. ``final`` names
    labels that are published under another (``hrv_Latn`` -> ``hbs_Latn``); the estimate is then of the
    published ones, and a document is right where its true label is published under the same name.
    """
    answered = {label: int(count) for label, count in sorted(answered.items()) if count > 0}
    if not answered:
        return Estimate({}, {})
    table = Smoothed.of(confusions, answered)
    told = _likely(_binned(confusions, table.truths, {}, seen or {}))
    mix, presence = _mix(table, told, apart)
    names = final or {}
    published = sorted({names.get(label, label) for label in (*table.truths, *table.answers)})
    number = {label: index for index, label in enumerate(published)}
    of_truth = np.array([number[names.get(label, label)] for label in table.truths], np.int64)
    of_answer = np.array([number[names.get(label, label)] for label in table.answers], np.int64)

    given = sums(of_answer, table.answered, len(published))
    weight = mix + 1e-9
    shape = sums(of_truth, weight * presence, len(published)) / sums(of_truth, weight, len(published))
    binned = _binned(confusions, published, names, seen or {})
    leak = table.leak(mix, of_truth, of_answer, len(published))
    mean, variance = _right(given, leak, shape, _likely(binned), apart)
    left = given
    if seen and stay is not None:
        of_stay = _by_bin(published, names, stay)
        some = of_stay.any(axis=1)  # of what is not published at all, the precision is that of all
        true, false = (np.where(some, part, 1.0) for part in scores.passing(*binned, of_stay))
        whole = mean * true + (1 - mean) * false
        mean, variance = mean * true / whole, variance * (true * false / whole**2) ** 2
        left = np.where(some, of_stay.sum(axis=1), given)
    base = sums(of_truth, mix, len(published)) / mix.sum()
    tested = sums(of_truth, table.tested, len(published))
    there = np.flatnonzero(given > 0)
    low, high = _interval(mean, variance, left, apart)
    labels = {
        published[index]: Expected(
            answered=int(given[index]),
            base_rate=round(float(base[index]), 9),
            precision=round(float(mean[index]), 4),
            interval=(round(float(low[index]), 4), round(float(high[index]), 4)),
            tested=int(tested[index]),
        )
        for index in there
    }
    # By what was answered: the estimated rate of a label that is hardly there is anything from 0 to that.
    decade = np.floor(np.log10(np.maximum(given / given.sum(), 1e-12))).astype(np.int64)
    decades = {}
    for exponent in np.unique(decade[there]).tolist():
        mine = there[decade[there] == exponent]
        part = given[mine] / given[mine].sum()
        pooled = np.array([(part * mean[mine]).sum()])
        apart, alike = (part**2 * variance[mine]).sum(), (part * np.sqrt(variance[mine])).sum() ** 2
        spread = np.array([(1 - TOGETHER) * apart + TOGETHER * alike])
        low, high = _interval(pooled, spread, given[mine].sum(keepdims=True), apart)
        decades[exponent] = Decade(
            labels=tuple(published[index] for index in mine),
            answered=int(given[mine].sum()),
            precision=round(float(pooled[0]), 4),
            interval=(round(float(low[0]), 4), round(float(high[0]), 4)),
        )
    return Estimate(labels, decades)


def _mix(table: Smoothed, told: Floats, apart: float) -> tuple[Floats, Floats]:
    """Documents in each true label, and the shape of what is known beforehand of right answers."""
    alone = np.arange(len(table.truths))
    of_answer = np.searchsorted(np.array(table.truths), np.array(table.answers))
    known = table.own >= 0
    strange = np.flatnonzero(~known)
    given = sums(of_answer, table.answered, len(alone))
    precision = np.ones(len(alone))
    mix = np.zeros(len(alone))
    recall = np.maximum(1.0 - table.lost, RECALL_LEAST)
    presence = np.where(table.tested > 0, PRESENCE_USUAL, UNTESTED)
    classes = [table.tested >= ENOUGH, (table.tested > 0) & (table.tested < ENOUGH)]
    for round_ in range(ROUNDS):
        mix[known] = (given * precision / recall)[known]
        if len(strange):
            mix[strange] = STRANGE * given.sum() / len(strange)
        before = precision
        leak = table.leak(mix, alone, of_answer, len(alone))
        if round_ % 5 == 0 and round_ <= 20:
            for one in classes:
                mine = known & one
                presence[mine] = _presence(given[mine], leak.of(mine)) if mine.any() else PRESENCE[0]
        now, _ = _right(given, leak, presence, told, apart)
        precision = (now + before) / 2
        if np.abs(precision - before).max() < STILL:
            break
    return mix, presence


def _presence(given: Floats, leak: Leak) -> float:
    """Of the shapes of PRESENCE the one under which the answers are likeliest."""
    scale = max(given.sum() / 10, 1.0)
    right = np.array(PRESENCE)
    likely = np.maximum(leak.likelihoods(np.maximum(given, 0.5), right), -50.0)  # none is fewer than one
    told = likely.sum(axis=0) - len(given) * (lgamma(right) + right * math.log(scale))
    told -= 2.0 * np.log(right / PRESENCE_USUAL) ** 2  # a few labels alone do not tell
    return PRESENCE[int(told.argmax())]


def _right(given: Floats, leak: Leak, presence: Floats, told: Floats, apart: float) -> tuple[Floats, Floats]:
    """Mean and variance of the share of ``given`` documents that did not leak in, by the leak and by what is ``told``
    of each share by scores."""
    some = given > 0
    mean, spread = np.ones(len(given)), np.zeros(len(given))
    leaked, square = leak.of(some).splits(given[some], presence[some])
    mean[some] = 1.0 - leaked
    spread[some] = np.maximum(square - leaked**2, 0.0)
    spread += (BEFORE * apart * mean * (1.0 - mean)) ** 2
    both = some & told.any(axis=1)
    density = _beta(mean[both], spread[both]) + told[both]
    weight = np.exp(density - density.max(axis=1, keepdims=True)) * grid(PLACES)[3]
    weight /= weight.sum(axis=1, keepdims=True)
    z = grid(PLACES)[0]
    mean[both] = weight @ z
    spread[both] = np.maximum(weight @ z**2 - mean[both] ** 2, 0.0)
    return mean, spread


def _by_bin(labels: list[str], names: Mapping[str, str], seen: Mapping[str, Sequence[int]]) -> Floats:
    """Documents of each label (row) by bin of their score."""
    place = {label: index for index, label in enumerate(labels)}
    found = np.zeros((len(labels), BINS))
    for label, row in seen.items():
        found[place[names.get(label, label)]] += row
    return found


def _binned(
    confusions: Confusions, labels: list[str], names: Mapping[str, str], seen: Mapping[str, Sequence[int]]
) -> tuple[Floats, Floats, Floats]:
    """Of each label (row) by bin of their score: tested texts told rightly and wrongly, and documents seen."""
    place = {label: index for index, label in enumerate(labels)}
    right, wrong = np.zeros((2, len(labels), BINS))
    truth = np.array([place[names.get(label, label)] for label in confusions.truths], np.int64)
    answer = np.array([place[names.get(label, label)] for label in confusions.answers], np.int64)
    hit = truth == answer
    np.add.at(right, answer[hit], confusions.scores[hit])
    np.add.at(wrong, answer[~hit], confusions.scores[~hit])
    return right, wrong, _by_bin(labels, names, seen)


def _likely(binned: tuple[Floats, Floats, Floats]) -> Floats:
    """Log likelihood of each share of right documents (column) of each label (row), by the scores of the documents."""
    return scores.likelihood(*binned, grid(PLACES)[0])


def _beta(mean: Floats, variance: Floats) -> Floats:
    """Log density, but for a constant, of the beta variable of each mean and variance (row) at each place of the grid,
    by the logarithm of the odds."""
    inside = np.clip(mean, 1e-6, 1 - 1e-6)
    whole = inside * (1 - inside)
    size = whole / np.clip(variance, whole * 1e-9, whole * 0.999) - 1.0
    _, log_z, log_rest, _ = grid(PLACES)
    return np.asarray((inside * size)[:, None] * log_z + ((1 - inside) * size)[:, None] * log_rest, np.float64)


def _interval(mean: Floats, variance: Floats, count: Floats, apart: float) -> tuple[Floats, Floats]:
    """The INTERVAL of a beta variable of this mean and variance, seen on ``count`` documents, and ``apart`` more of log
    odds on both sides: rounded outwards."""
    count = np.maximum(count, 1.0)
    whole = mean * (1 - mean)
    density = _beta(mean, variance + (whole - variance) / count)
    z, _, _, step = grid(PLACES)
    weight = np.exp(density - density.max(axis=1, keepdims=True)) * step
    below = np.cumsum(weight, axis=1)
    below /= below[:, -1:]
    low = z[(below < (1 - INTERVAL) / 2).sum(axis=1)]
    high = z[np.minimum((below < (1 + INTERVAL) / 2).sum(axis=1), len(z) - 1)]
    low, high = _moved(low, -apart), _moved(high, apart)
    return np.floor(low * count + 1e-6) / count, np.ceil(high * count - 1e-6) / count


def _moved(share: Floats, odds: float) -> Floats:
    """A share whose log odds are so much more."""
    times = math.exp(odds)
    return share * times / (1.0 - share + share * times)
