"""How often labelled text of each language was answered with which label, and what that tells of pairs never met.

A mistake not met in 1,000 sentences may still be met in a million documents, so the table is smoothed. How often a
language is mistaken leans on how difficult its sources were, and on its script and relatives. What it is mistaken for
leans on its kin (found from the table) and on what is often said wrongly in its script; how far, follows from how
varied the mistakes of the language are (the Ewens sampling formula: n mistakes show about k log(1 + n / k) kinds). Each
cell is a beta times a Dirichlet variable, and has a mean and a variance.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langid.label import system
from langid.leak import Leak
from langid.relatives import group_of
from langid.scores import BINS
from manifests.errors import Stop

COLUMNS = ("source", "label", "answer", "count", "scores")

DOUBT = 1.0
"""Cells vary so many times more than in equal samples of one text."""
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

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Confusions:
    """How often labelled text was answered with which label: ``counts[k]`` of ``truths[k]`` with ``answers[k]``, and
    how many of those with a score in each bin of ``langid.scores`` (``scores[k]``; zeros where that is not known)."""

    sources: tuple[str, ...]
    truths: tuple[str, ...]
    answers: tuple[str, ...]
    counts: Floats
    scores: Floats

    @staticmethod
    def of(rows: Iterable[tuple[str, str, str, float] | tuple[str, str, str, float, Sequence[int]]]) -> "Confusions":
        """From (source, true label, answer, count) and, where known, the counts by bin; equal ones are added up."""
        total: dict[tuple[str, str, str], Floats] = {}
        for source, truth, answer, count, *bins in rows:
            row = total.setdefault((source, truth, answer), np.zeros(1 + BINS))
            row += np.concatenate([[count], bins[0] if bins else np.zeros(BINS)])
        kept = sorted(key for key, row in total.items() if row[0] > 0)
        values = np.array([total[key] for key in kept], np.float64).reshape(-1, 1 + BINS)
        sources, truths, answers = zip(*kept, strict=True) if kept else ((), (), ())
        return Confusions(sources, truths, answers, values[:, 0], values[:, 1:])

    @staticmethod
    @functools.lru_cache(2)  # the table of one model, build after build
    def parse(text: str) -> "Confusions":
        """From tab-separated lines under the header ``source label answer count``, with or without ``scores``: BINS
        counts with spaces between. Raises Stop where it is not that."""
        lines = text.splitlines()
        head = tuple(lines[0].split("\t")) if lines else ()
        if head not in (COLUMNS[:4], COLUMNS):
            raise Stop(f"A confusion table begins with the columns {', '.join(COLUMNS[:4])}", "Make it anew")
        rows = []
        for number, line in enumerate(lines[1:], 2):
            fields = line.split("\t")
            told = [text.split(" ") for text in fields[3:]]
            if (
                len(fields) != len(head)
                or [len(one) for one in told] != [1, BINS][: len(told)]
                or not all(one.isdecimal() for some in told for one in some)
            ):
                raise Stop(f"Line {number} of a confusion table is not a row of one: {line[:80]!r}", "Make it anew")
            bins = [int(one) for one in told[1]] if len(told) > 1 else [0] * BINS
            rows.append((fields[0], fields[1], fields[2], float(fields[3]), bins))
        return Confusions.of(rows)

    def text(self) -> str:
        """What ``parse`` reads."""
        lines = ["\t".join(COLUMNS)]
        for *key, count, bins in zip(
            self.sources, self.truths, self.answers, self.counts.tolist(), self.scores.tolist(), strict=True
        ):
            lines.append("\t".join([*key, f"{count:.0f}", " ".join(f"{one:.0f}" for one in bins)]))
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, eq=False)
class Smoothed:
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
    def of(confusions: Confusions, answered: Mapping[str, int]) -> "Smoothed":
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
        tested = sums(truth, counts, len(truths))
        wrong = sums(truth[~hit], counts[~hit], len(truths))
        known = own >= 0
        rate = _rates(truths, own, source, truth, counts, hit)
        lost = np.where(known, (wrong + LEAN * rate) / (tested + LEAN), 1.0)
        lost_variance = np.where(known, DOUBT * lost * (1 - lost) / (tested + LEAN + 1), 0.0)

        pairs, inverse = np.unique(truth[~hit] * len(answers) + answer[~hit], return_inverse=True)
        truth, answer = pairs // len(answers), pairs % len(answers)
        counts = sums(inverse.reshape(-1), counts[~hit], len(pairs))
        # Each true label counts for so many mistakes at most.
        damped = counts * np.minimum(1.0, MOST_OF_ONE / np.maximum(wrong[truth], 1.0))
        at_home = script_of_truth[truth] == script_of_answer[answer]
        sink = SEEN_LEAST + sums(answer[at_home], damped[at_home], len(answers))
        sink /= sums(script_of_answer, sink, len(scripts))[script_of_answer]

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
        met = sums(inverse, np.concatenate([counts, np.zeros(len(kin_weight))]), len(pairs))
        weight = met + sums(inverse, np.concatenate([np.zeros(len(counts)), kin_weight]), len(pairs))
        total = wrong + variety
        squared = lost**2 + lost_variance

        part = weight / total[cell_truth]
        part_squared = part**2 + DOUBT * part * (1 - part) / (total[cell_truth] + 1)
        mean = lost[cell_truth] * part
        share = on_sinks / total
        return Smoothed(
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

    def leak(self, mix: Floats, of_truth: Ints, of_answer: Ints, count: int) -> Leak:
        """Documents that are wrongly given each published label under this mix."""
        wrong = of_truth[self.cell_truth] != of_answer[self.cell_answer]
        met, unmet = wrong & self.cell_met, wrong & ~self.cell_met

        def total(chosen: npt.NDArray[np.bool_], values: Floats, power: int) -> Floats:
            into = of_answer[self.cell_answer[chosen]]
            return sums(into, mix[self.cell_truth[chosen]] ** power * values[chosen], count)

        def fallen(values: Floats) -> Floats:
            """What falls from the script of an answer, without what comes from labels published under its name."""
            every: Floats = sums(self.script_of_truth, values, self.scripts)[self.script_of_answer]
            key = of_truth * self.scripts + self.script_of_truth
            same = sums(key, values, count * self.scripts)
            mine: Floats = same[of_answer * self.scripts + self.script_of_answer]
            return every - mine

        once = fallen(mix**2 * self.fallen_once) * self.sink
        twice = fallen(mix**2 * self.fallen_twice) * self.sink**2
        rare = total(unmet, self.cell_mean, 1) + sums(of_answer, fallen(mix * self.fallen) * self.sink, count)
        rare_variance = total(unmet, self.cell_variance, 2) + sums(of_answer, once + twice, count)
        mean = total(met, self.cell_mean, 1)
        return Leak(
            mean=mean,
            variance=total(met, self.cell_variance, 2) + mean,
            rare=np.maximum(rare, 1e-9),
            rare_variance=np.maximum(rare_variance, 0.0) + np.maximum(rare, 1e-9),
        )


def sums(keys: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values of each key below ``size``."""
    return np.asarray(np.bincount(keys, values, size), np.float64)


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
    total = sums(inverse, counts, len(pairs))
    wrong = sums(inverse, np.where(hit, 0.0, counts), len(pairs))
    weight = np.where(own[of_label] >= 0, np.minimum(1.0, MOST_OF_ONE / np.maximum(total, 1.0)), 0.0)
    rate_all = ((wrong * weight).sum() + 1.0) / ((total * weight).sum() + 10.0)
    rate = sums(of_source, wrong * weight, size) + LEAN * rate_all
    rate /= sums(of_source, total * weight, size) + LEAN
    tested = sums(of_label, total, len(truths))
    usual = sums(of_label, total * rate[of_source], len(truths)) + LEAN * rate_all
    usual /= tested + LEAN
    for circle in ([system(label) for label in truths], [group_of(label) for label in truths]):
        _, member = np.unique(np.array(circle), return_inverse=True)
        member = member.reshape(-1)
        met = sums(member[of_label], wrong * weight, int(member.max()) + 1)
        foreseen = sums(member[of_label], total * weight * usual[of_label], int(member.max()) + 1)
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
    near /= sums(rows, near, size)[rows] + 0.01
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
    much = near > 1e-3 * sums(rows, near, size)[rows]
    rows, others, near = rows[much], others[much], near[much]
    return rows, own[others], near / sums(rows, near, size)[rows]


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
    return pairs // size, pairs % size, sums(inverse.reshape(-1), values[apart], len(pairs))
