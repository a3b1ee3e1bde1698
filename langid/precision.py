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
* **The mix** follows from the right answers, ``true[t] = answered[t] precision[t] / C[t, t]``, and the leaks from the
  mix: around until nothing moves.

The interval is that of a beta variable with this mean and this variance, plus that of drawing so few documents. No
randomness. Nothing is read here.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from langid.label import system
from langid.relatives import group_of
from manifests.errors import Stop

VERSION = 2

INTERVAL = 0.9
PRESENCE = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
"""Shapes tried for what is known beforehand of the right answers: near 0, most labels have next to none."""
PRESENCE_USUAL = 0.3
UNTESTED = 0.002
"""That of labels without labelled text, whose answers do not tell: they are as many where all of them are mistakes."""
ENOUGH = 30
"""Tested sentences from which on a label is one of the better known, whose presence is judged apart."""
DOUBT = 2.5
"""The corpus is another sample of text than the tested one: cells vary so many times more than in equal samples."""
STRANGE = 0.01
"""Share of the corpus in languages that the model does not know, all those of the table together."""
LEAN = 2.0
"""Sentences that the usual rate of mistakes weighs as much as."""
LEAN_SHARED = 3.0
"""Mistakes that the rate of the next wider circle weighs as much as."""
MOST_OF_ONE = 10.0
"""Sentences (or mistakes) of one label that count for its circle, at most: a big language is not all of a script."""
SEEN_LEAST = 0.5
"""What a label that nothing was ever mistaken for counts, as mistakes, among those of its script."""
MET = 5.0
"""Mistakes of a kind from which on its rate is known; with fewer it may as well be next to nothing."""
USUAL_MISTAKES, USUAL_KINDS = 15.0, 4.0
"""Few mistakes lean on so many of so many kinds."""
KIN = 0.3
"""Share of unseen mistakes that fall on kin, where a label has any."""
MIRROR = 2.0
"""What a mistake in the other direction tells of kin, against one in this direction."""
RELATIVE = 0.02
"""What being in one group of relatives tells, as a share of text that is mistaken."""
SECOND = 3.0
"""What the kin of kin count, against kin."""
TOGETHER = 0.25
"""Correlation of the estimates of labels of one decade: they share the mix and the smoothing."""
NODES = 7
PLACES, FINE_PLACES = 49, 161
"""Of sums between 0 and 1, where a label is split and where an interval is drawn."""
ROUNDS = 60
STILL = 1e-4
"""A round that moves no precision by more than this is the last."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Confusions:
    """How often labelled text was answered with which label: ``counts[k]`` of ``truths[k]`` with ``answers[k]``."""

    sources: tuple[str, ...]
    truths: tuple[str, ...]
    answers: tuple[str, ...]
    counts: Floats

    @staticmethod
    def of(rows: Iterable[tuple[str, str, str, float]]) -> "Confusions":
        """From (source, true label, answer, count); equal ones are added up."""
        total: dict[tuple[str, str, str], float] = {}
        for source, truth, answer, count in rows:
            total[source, truth, answer] = total.get((source, truth, answer), 0.0) + count
        kept = sorted(key for key, count in total.items() if count > 0)
        counts = np.array([total[key] for key in kept], np.float64)
        sources, truths, answers = zip(*kept, strict=True) if kept else ((), (), ())
        return Confusions(sources, truths, answers, counts)

    @staticmethod
    def parse(text: str) -> "Confusions":
        """From tab-separated lines under the header ``source label answer count``. Raises Stop where it is not that."""
        lines = text.splitlines()
        if not lines or lines[0].split("\t") != ["source", "label", "answer", "count"]:
            raise Stop("A confusion table begins with the columns source, label, answer, count", "Make it anew")
        rows = []
        for number, line in enumerate(lines[1:], 2):
            fields = line.split("\t")
            if len(fields) != 4 or not fields[3].isdecimal():
                raise Stop(f"Line {number} of a confusion table is not a row of one: {line[:80]!r}", "Make it anew")
            rows.append((fields[0], fields[1], fields[2], float(fields[3])))
        return Confusions.of(rows)


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


def estimate(confusions: Confusions, answered: Mapping[str, int], final: Mapping[str, str] | None = None) -> Estimate:
    """The expected precision of every label in ``answered`` (label -> documents).

    ``final`` names labels that are published under another (``hrv_Latn`` -> ``hbs_Latn``); the estimate is then of the
    published ones, and a document is right where its true label is published under the same name.
    """
    answered = {label: int(count) for label, count in sorted(answered.items()) if count > 0}
    if not answered:
        return Estimate({}, {})
    table = _Table.of(confusions, answered)
    mix, presence = _mix(table)
    names = final or {}
    published = sorted({names.get(label, label) for label in (*table.truths, *table.answers)})
    number = {label: index for index, label in enumerate(published)}
    of_truth = np.array([number[names.get(label, label)] for label in table.truths], np.int64)
    of_answer = np.array([number[names.get(label, label)] for label in table.answers], np.int64)

    given = _sums(of_answer, table.answered, len(published))
    weight = mix + 1e-9
    shape = _sums(of_truth, weight * presence, len(published)) / _sums(of_truth, weight, len(published))
    mean, variance = _right(given, table.leak(mix, of_truth, of_answer, len(published)), shape)
    base = _sums(of_truth, mix, len(published)) / mix.sum()
    tested = _sums(of_truth, table.tested, len(published))
    there = np.flatnonzero(given > 0)
    low, high = _interval(mean, variance, given)
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
        low, high = _interval(pooled, spread, given[mine].sum(keepdims=True))
        decades[exponent] = Decade(
            labels=tuple(published[index] for index in mine),
            answered=int(given[mine].sum()),
            precision=round(float(pooled[0]), 4),
            interval=(round(float(low[0]), 4), round(float(high[0]), 4)),
        )
    return Estimate(labels, decades)


def _sums(keys: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values of each key below ``size``."""
    return np.asarray(np.bincount(keys, values, size), np.float64)


def _mix(table: "_Table") -> tuple[Floats, Floats]:
    """Documents in each true label, and the shape of what is known beforehand of right answers."""
    alone = np.arange(len(table.truths))
    of_answer = np.searchsorted(np.array(table.truths), np.array(table.answers))
    known = table.own >= 0
    strange = np.flatnonzero(~known)
    given = _sums(of_answer, table.answered, len(alone))
    precision = np.ones(len(alone))
    mix = np.zeros(len(alone))
    presence = np.where(table.tested > 0, PRESENCE_USUAL, UNTESTED)
    classes = [table.tested >= ENOUGH, (table.tested > 0) & (table.tested < ENOUGH)]
    for round_ in range(ROUNDS):
        mix[known] = (given * precision)[known] / (1.0 - table.lost[known])
        if len(strange):
            mix[strange] = STRANGE * given.sum() / len(strange)
        before = precision
        leak = table.leak(mix, alone, of_answer, len(alone))
        if round_ % 5 == 0 and round_ <= 20:
            for one in classes:
                mine = known & one
                presence[mine] = _presence(given[mine], leak.of(mine)) if mine.any() else PRESENCE[0]
        now, _ = _right(given, leak, presence)
        precision = (now + before) / 2
        if np.abs(precision - before).max() < STILL:
            break
    return mix, presence


def _presence(given: Floats, leak: "_Leak") -> float:
    """Of the shapes of PRESENCE the one under which the answers are likeliest."""
    scale = max(given.sum() / 10, 1.0)
    right = np.array(PRESENCE)
    likely = np.maximum(leak.likelihoods(np.maximum(given, 0.5), right), -50.0)  # none is fewer than one
    told = likely.sum(axis=0) - len(given) * (_lgamma(right) + right * math.log(scale))
    told -= 2.0 * np.log(right / PRESENCE_USUAL) ** 2  # a few labels alone do not tell
    return PRESENCE[int(told.argmax())]


def _right(given: Floats, leak: "_Leak", presence: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the share of ``given`` documents that did not leak in."""
    some = given > 0
    mean, spread = np.ones(len(given)), np.zeros(len(given))
    leaked, square = leak.of(some).splits(given[some], presence[some])
    mean[some] = 1.0 - leaked
    spread[some] = np.maximum(square - leaked**2, 0.0)
    return mean, spread


def _interval(mean: Floats, variance: Floats, count: Floats) -> tuple[Floats, Floats]:
    """The INTERVAL of a beta variable of this mean and variance, seen on ``count`` documents: rounded outwards."""
    count = np.maximum(count, 1.0)
    inside = np.clip(mean, 1e-6, 1 - 1e-6)
    whole = inside * (1 - inside)
    total = np.clip(variance + (whole - variance) / count, whole * 1e-9, whole * 0.999)
    size = whole / total - 1.0
    z, log_z, log_rest, step = _grid(FINE_PLACES)
    density = (inside * size)[:, None] * log_z + ((1 - inside) * size)[:, None] * log_rest
    weight = np.exp(density - density.max(axis=1, keepdims=True)) * step
    below = np.cumsum(weight, axis=1)
    below /= below[:, -1:]
    low = z[(below < (1 - INTERVAL) / 2).sum(axis=1)]
    high = z[np.minimum((below < (1 + INTERVAL) / 2).sum(axis=1), len(z) - 1)]
    return np.floor(low * count + 1e-6) / count, np.ceil(high * count - 1e-6) / count


@cache
def _grid(places: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Places between 0 and 1 for sums, the logarithms of them and of what is left to 1, and the log odds from one to
    the next."""
    even = np.linspace(-1.0, 1.0, places)
    x = 300.0 * np.sinh(6.0 * even) / np.sinh(6.0)
    return 1.0 / (1.0 + np.exp(-x)), -np.logaddexp(0.0, -x), -np.logaddexp(0.0, x), np.gradient(x)


@cache
def _nodes(count: int) -> tuple[Floats, Floats]:
    """Of Gauss and Hermite, for a normal variable of variance 1: nodes, and the logarithms of their weights."""
    nodes, weights = np.polynomial.hermite.hermgauss(count)
    return nodes * math.sqrt(2.0), np.log(weights / weights.sum())


@dataclass(frozen=True, eq=False)
class _Table:
    """The confusion table over all labels that matter, smoothed: C as cells, and what falls on a script's usual sinks.

    ``cell_*`` are cells off the diagonal; ``sink`` is each answer's part in the unseen mistakes of its script, of which
    each true label makes ``fallen`` (mean), the variance being ``fallen_once * sink + fallen_twice * sink ** 2``.
    """

    truths: list[str]
    answers: list[str]
    answered: Floats
    tested: Floats
    own: Ints
    """The answer that is right for each true label, or -1 where the model has none."""
    lost: Floats
    """Share of the text of each true label that is answered wrongly."""
    script_of_truth: Ints
    script_of_answer: Ints
    scripts: int
    cell_truth: Ints
    cell_answer: Ints
    cell_mean: Floats
    cell_variance: Floats
    cell_met: npt.NDArray[np.bool_]
    """Whether the mistake was met in tests often enough for its rate to be known."""
    sink: Floats
    fallen: Floats
    fallen_once: Floats
    fallen_twice: Floats

    @staticmethod
    def of(confusions: Confusions, answered: Mapping[str, int]) -> "_Table":
        answers = sorted({*confusions.answers, *answered})
        truths = sorted({*confusions.truths, *answers})
        place = {label: index for index, label in enumerate(answers)}
        row = {label: index for index, label in enumerate(truths)}
        own = np.array([place.get(label, -1) for label in truths], np.int64)
        scripts = {name: index for index, name in enumerate(sorted({system(label) for label in truths}))}
        script_of_truth = np.array([scripts[system(label)] for label in truths], np.int64)
        script_of_answer = np.array([scripts[system(label)] for label in answers], np.int64)

        truth = np.array([row[label] for label in confusions.truths], np.int64)
        answer = np.array([place[label] for label in confusions.answers], np.int64)
        counts = confusions.counts
        _, source = np.unique(np.array(confusions.sources), return_inverse=True)
        hit = own[truth] == answer
        tested = _sums(truth, counts, len(truths))
        wrong = _sums(truth[~hit], counts[~hit], len(truths))
        known = own >= 0
        rate = _rates(truths, own, source, truth, counts, hit)
        lost = np.where(known, (wrong + LEAN * rate) / (tested + LEAN), 1.0)
        lost_variance = np.where(known, DOUBT * lost * (1 - lost) / (tested + LEAN + 1), 0.0)

        pairs, inverse = np.unique(truth[~hit] * len(answers) + answer[~hit], return_inverse=True)
        truth, answer = pairs // len(answers), pairs % len(answers)
        counts = _sums(inverse.reshape(-1), counts[~hit], len(pairs))
        # Each true label counts for so many mistakes at most.
        damped = counts * np.minimum(1.0, MOST_OF_ONE / np.maximum(wrong[truth], 1.0))
        at_home = script_of_truth[truth] == script_of_answer[answer]
        sink = SEEN_LEAST + _sums(answer[at_home], damped[at_home], len(answers))
        sink /= _sums(script_of_answer, sink, len(scripts))[script_of_answer]

        variety = _variety(wrong, np.bincount(truth, minlength=len(truths)).astype(np.float64))
        kin_truth, kin_answer, kin_weight = _kin(truths, own, len(answers), truth, answer, counts, tested)
        on_kin = np.where(np.bincount(kin_truth, minlength=len(truths)) > 0, variety * KIN, 0.0)
        on_sinks = variety - on_kin
        kin_weight = kin_weight * on_kin[kin_truth]
        pairs, inverse = np.unique(
            np.concatenate([truth, kin_truth]) * len(answers) + np.concatenate([answer, kin_answer]),
            return_inverse=True,
        )
        cell_truth, cell_answer = pairs // len(answers), pairs % len(answers)
        inverse = inverse.reshape(-1)
        met = _sums(inverse, np.concatenate([counts, np.zeros(len(kin_weight))]), len(pairs))
        weight = met + _sums(inverse, np.concatenate([np.zeros(len(counts)), kin_weight]), len(pairs))
        total = wrong + variety
        squared = lost**2 + lost_variance

        part = weight / total[cell_truth]
        part_squared = part**2 + DOUBT * part * (1 - part) / (total[cell_truth] + 1)
        mean = lost[cell_truth] * part
        share = on_sinks / total
        return _Table(
            truths=truths,
            answers=answers,
            answered=np.array([answered.get(label, 0) for label in answers], np.float64),
            tested=tested,
            own=own,
            lost=lost,
            script_of_truth=script_of_truth,
            script_of_answer=script_of_answer,
            scripts=len(scripts),
            cell_truth=cell_truth,
            cell_answer=cell_answer,
            cell_mean=mean,
            cell_variance=squared[cell_truth] * part_squared - mean**2,
            cell_met=met >= MET,
            sink=sink,
            fallen=lost * share,
            fallen_once=squared * DOUBT * share / (total + 1),
            fallen_twice=squared * share**2 * np.maximum(1 - DOUBT / (total + 1), 0.0) - (lost * share) ** 2,
        )

    def leak(self, mix: Floats, of_truth: Ints, of_answer: Ints, count: int) -> "_Leak":
        """Documents that are wrongly given each published label under this mix."""
        apart = of_truth[self.cell_truth] != of_answer[self.cell_answer]
        met, unmet = apart & self.cell_met, apart & ~self.cell_met

        def total(chosen: npt.NDArray[np.bool_], values: Floats, power: int) -> Floats:
            into = of_answer[self.cell_answer[chosen]]
            return _sums(into, mix[self.cell_truth[chosen]] ** power * values[chosen], count)

        def fallen(values: Floats) -> Floats:
            """What falls from the script of an answer, without what comes from labels published under its name."""
            every: Floats = _sums(self.script_of_truth, values, self.scripts)[self.script_of_answer]
            key = of_truth * self.scripts + self.script_of_truth
            same = _sums(key, values, count * self.scripts)
            mine: Floats = same[of_answer * self.scripts + self.script_of_answer]
            return every - mine

        once = fallen(mix**2 * self.fallen_once) * self.sink
        twice = fallen(mix**2 * self.fallen_twice) * self.sink**2
        rare = total(unmet, self.cell_mean, 1) + _sums(of_answer, fallen(mix * self.fallen) * self.sink, count)
        rare_variance = total(unmet, self.cell_variance, 2) + _sums(of_answer, once + twice, count)
        mean = total(met, self.cell_mean, 1)
        return _Leak(
            mean=mean,
            variance=total(met, self.cell_variance, 2) + mean,
            rare=np.maximum(rare, 1e-9),
            rare_variance=np.maximum(rare_variance, 0.0) + np.maximum(rare, 1e-9),
        )


@dataclass(frozen=True, eq=False)
class _Leak:
    """Documents that are wrongly given each label: by mistakes that were met in tests, and by those that were not."""

    mean: Floats
    variance: Floats
    rare: Floats
    rare_variance: Floats

    def splits(self, given: Floats, presence: Floats) -> tuple[Floats, Floats]:
        """How ``given`` documents split: mean and mean square of the share that leaked in."""
        found = np.zeros((2, len(given)))
        for some in self._kinds():
            found[:, some] = self.of(some)._splits(given[some], presence[some])
        return found[0], found[1]

    def likelihoods(self, given: Floats, presence: Floats) -> Floats:
        """Log likelihood of ``given`` documents of each label (row) for each shape of right answers (column)."""
        found = np.zeros((len(given), len(presence)))
        for some in self._kinds():
            found[some] = self.of(some)._likelihoods(given[some], presence)
        return found

    def _kinds(self) -> list[npt.NDArray[np.bool_]]:
        """Labels that mistakes were met for, and the others, for which all nodes are the same."""
        return [kind for kind in (self.mean > 0, self.mean <= 0) if kind.any()]

    def _splits(self, given: Floats, presence: Floats) -> tuple[Floats, Floats]:
        cut = self._cut(given)
        z, _, log_rest, _ = _grid(PLACES)
        weight = cut.weight * np.exp(presence[:, None] * log_rest)
        whole, once, twice = np.moveaxis(weight @ np.stack([np.ones(len(z)), z, z**2], axis=1), 2, 0)
        likely = cut.likely(whole, presence)
        part = np.exp(likely - likely.max(axis=0))
        part /= part.sum(axis=0)
        met = np.minimum(cut.met / given, 1.0)
        rest = np.where(cut.fits, cut.rest / given, 0.0)
        mean = (part * (met + rest * once / whole)).sum(axis=0)
        square = (part * (met**2 + 2 * met * rest * once / whole + rest**2 * twice / whole)).sum(axis=0)
        return mean, square

    def _likelihoods(self, given: Floats, presence: Floats) -> Floats:
        cut = self._cut(given)
        _, _, log_rest, _ = _grid(PLACES)
        whole = cut.weight @ np.exp(log_rest[:, None] * presence)
        likely = np.stack([cut.likely(whole[:, :, place], one) for place, one in enumerate(presence.tolist())], axis=2)
        best = likely.max(axis=0)
        return np.asarray(best + np.log(np.exp(likely - best).sum(axis=0)), np.float64)

    def _cut(self, given: Floats) -> "_Cut":
        nodes, log_weights = _nodes(NODES if (self.mean > 0).any() else 1)
        steady = np.maximum(self.mean**2 / np.maximum(self.variance, 1e-300), 1e-3)
        met = np.maximum(1 - 1 / (9 * steady) + nodes[:, None] / (3 * np.sqrt(steady)), 0.0) ** 3 * self.mean
        scale = self.rare_variance / self.rare
        rare = self.rare / scale
        rest = given - met
        fits = rest > 0
        rest = np.maximum(rest, 1e-3)
        z, log_z, _, step = _grid(PLACES)
        density = (rare[:, None] * log_z)[None] - (rest / scale)[:, :, None] * z
        top = density.max(axis=2)
        density -= top[:, :, None]
        weight = np.exp(density, out=density)
        weight *= step
        base = (rare - 1) * np.log(rest) + top - rare * np.log(scale) - _lgamma(rare) + log_weights[:, None]
        return _Cut(met, rest, fits, weight, base, -1e9 + np.log(rest) - met / np.maximum(given, 1e-3))

    def of(self, chosen: npt.NDArray[np.bool_]) -> "_Leak":
        """That of some labels."""
        return _Leak(self.mean[chosen], self.variance[chosen], self.rare[chosen], self.rare_variance[chosen])


@dataclass(frozen=True, eq=False)
class _Cut:
    """The documents of labels (columns) cut in two: mistakes that were met, at each node (row) of their gamma
    distribution (as the cube of a normal variable: Wilson and Hilferty 1931), and the ``rest``, which splits into unmet
    mistakes and right answers. ``weight`` is what each share of the former counts, but for the shape of the latter."""

    met: Floats
    rest: Floats
    fits: npt.NDArray[np.bool_]
    weight: Floats
    base: Floats
    unfit: Floats
    """Where more leaks in than was given at all nodes, all of it leaked in; the least node is the least wrong."""

    def likely(self, whole: Floats, presence: Floats | float) -> Floats:
        """Log likelihood of each node, whose weights add up to ``whole`` with right answers of this shape."""
        return np.asarray(np.where(self.fits, self.base + presence * np.log(self.rest) + np.log(whole), self.unfit))


def _lgamma(values: Floats) -> Floats:
    return np.array([math.lgamma(value) for value in values.tolist()])


def _rates(
    truths: list[str], own: Ints, source: Ints, truth: Ints, counts: Floats, hit: npt.NDArray[np.bool_]
) -> Floats:
    """The rate of mistakes that each label leans on: what its sources are like, times what its kind is like in them.

    Sources differ more than languages do. So a source has a rate; a script, and a group of relatives in it, are so many
    times better or worse than the sources that they were tested on.
    """
    size = int(source.max()) + 1 if len(source) else 0
    pairs, inverse = np.unique(source * len(truths) + truth, return_inverse=True)
    inverse = inverse.reshape(-1)
    of_source, of_label = pairs // len(truths), pairs % len(truths)
    total = _sums(inverse, counts, len(pairs))
    wrong = _sums(inverse, np.where(hit, 0.0, counts), len(pairs))
    weight = np.where(own[of_label] >= 0, np.minimum(1.0, MOST_OF_ONE / np.maximum(total, 1.0)), 0.0)
    rate_all = ((wrong * weight).sum() + 1.0) / ((total * weight).sum() + 10.0)
    rate = _sums(of_source, wrong * weight, size) + LEAN * rate_all
    rate /= _sums(of_source, total * weight, size) + LEAN
    tested = _sums(of_label, total, len(truths))
    usual = _sums(of_label, total * rate[of_source], len(truths)) + LEAN * rate_all
    usual /= tested + LEAN
    for circle in ([system(label) for label in truths], [group_of(label) for label in truths]):
        _, member = np.unique(np.array(circle), return_inverse=True)
        member = member.reshape(-1)
        met = _sums(member[of_label], wrong * weight, int(member.max()) + 1)
        foreseen = _sums(member[of_label], total * weight * usual[of_label], int(member.max()) + 1)
        times = (met + LEAN_SHARED) / (foreseen + LEAN_SHARED)
        usual = np.minimum(usual * times[member], 0.9)
    return np.asarray(usual, np.float64)


def _variety(wrong: Floats, kinds: Floats) -> Floats:
    """k for which n mistakes of so many kinds are usual: ``kinds = k log(1 + n / k)``."""
    wrong, kinds = wrong + USUAL_MISTAKES, kinds + USUAL_KINDS
    low, high = np.full(len(wrong), 0.5), np.full(len(wrong), 1e4)
    for _ in range(40):
        middle = np.sqrt(low * high)
        more = middle * np.log1p(wrong / middle) < kinds
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.asarray(np.sqrt(low * high), np.float64)


def _kin(
    truths: list[str], own: Ints, answers: int, truth: Ints, answer: Ints, counts: Floats, tested: Floats
) -> tuple[Ints, Ints, Floats]:
    """Cells that mistakes are likely to fall on, met or not, and their weights, which add up to 1 for a true label.

    Kin are the labels that it is mistaken for, those that are mistaken for it, its relatives, and the kin of those.
    """
    size = len(truths)
    row_of = np.zeros(answers, np.int64)
    row_of[own[own >= 0]] = np.flatnonzero(own >= 0)
    other = row_of[answer]
    share = counts / np.maximum(tested[truth], 20.0)
    one, two = _relatives(truths)
    rows, others, near = _added(
        size,
        np.concatenate([truth, other, one]),
        np.concatenate([other, truth, two]),
        np.concatenate([share, MIRROR * share, np.full(len(one), RELATIVE)]),
    )
    near /= _sums(rows, near, size)[rows] + 0.01
    # The kin of kin: each pair goes on to the pairs of its other label.
    begin = np.searchsorted(rows, np.arange(size + 1))
    count = (begin[1:] - begin[:-1])[others]
    first = np.repeat(np.arange(len(rows)), count)
    second = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count) + begin[others[first]]
    rows, others, near = _added(
        size,
        np.concatenate([rows, rows[first]]),
        np.concatenate([others, others[second]]),
        np.concatenate([near, SECOND * near[first] * near[second]]),
    )
    known = own[others] >= 0
    rows, others, near = rows[known], others[known], near[known]
    much = near > 1e-3 * _sums(rows, near, size)[rows]
    rows, others, near = rows[much], others[much], near[much]
    return rows, own[others], near / _sums(rows, near, size)[rows]


def _relatives(truths: list[str]) -> tuple[Ints, Ints]:
    """All ordered pairs of labels of one group."""
    groups: dict[str, list[int]] = {}
    for place, label in enumerate(truths):
        groups.setdefault(group_of(label), []).append(place)
    pairs = [(one, two) for group in groups.values() for one in group for two in group if one != two]
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _added(size: int, rows: Ints, others: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    """Different pairs of different labels in order, with the values of equal ones added up."""
    apart = rows != others
    pairs, inverse = np.unique((rows * size + others)[apart], return_inverse=True)
    return pairs // size, pairs % size, _sums(inverse.reshape(-1), values[apart], len(pairs))
