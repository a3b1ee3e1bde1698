"""Documents of two languages: which line speaks for which, and whether the second is more than a doubt about the first.

A line speaks for another language by as much as the model finds it likelier there than in the document's own, and never
for a close relative of that one: there the model itself is in doubt.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langid.kernel import inner, kernel
from langid.model import Floats, Ints

LEAST_SHARE = 0.07
"""Of the letters looked at must be in the second language, and in the first, for a document to be mixed."""
LEAST_EVIDENCE = 3.0
"""Of each language against the other: natural logarithm of how much likelier its lines are in it, all together, ..."""
LEAST_A_LINE = 2.5
"""... and a line, on average: lines of an unknown language, or of unlisted relatives, are only somewhat likelier."""
FAINT = 0.01  # no line is taken for less likely than this: models are surer than they are right

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mixed:
    """Of each document the second language (number of an answer, -1 where there is none) and its share of letters."""

    second: Ints
    share: Floats

    @staticmethod
    def none(documents: int) -> "Mixed":
        """No document is mixed."""
        return Mixed(np.full(documents, -1, np.int32), np.zeros(documents, np.float32))

    def put(self, rows: npt.NDArray[np.int64], other: "Mixed") -> None:
        """Take the other's answers for these rows."""
        self.second[rows], self.share[rows] = other.second, other.share


@inner
def _line(
    probabilities: Floats, line: int, first: int, last: int, answer_of: Ints, groups: Ints, group: int
) -> tuple[int, float, float, float]:
    """The likeliest answer of a line (-1: none), its probability, that of all answers of ``group``, and that of all."""
    winner = -1
    most = mine = mass = 0.0
    for k in range(first, last):
        p = np.float64(probabilities[line, k])
        mass += p
        if groups[answer_of[k]] == group:
            mine += p
        if p > most:
            most = p
            winner = int(answer_of[k])
    return winner, most, mine, mass


@kernel
def seconds(
    documents: Ints,
    letters: Ints,
    low: Ints,
    high: Ints,
    probabilities: Floats,
    answer_of: Ints,
    groups: Ints,
    best: Ints,
    second: Ints,
    share: Floats,
    evidence: Doubles,
    spoken: Doubles,
) -> None:
    """Write the second language of each document (an answer, or -1) to ``second``, its share of letters to ``share``.

    Lines are as in ``langid.passages``; those of one document lie together. ``probabilities`` (lines, columns);
    ``groups`` (answers,) says which answers are close relatives; ``best`` (documents,) is the language of each.
    ``evidence`` and ``spoken`` (answers,) are zeros, for work, and are left so.
    """
    s = 0
    while s < len(documents):
        document = documents[s]
        begin = s
        group = groups[best[document]]
        total = own = 0.0
        while s < len(documents) and documents[s] == document:
            weight = np.float64(letters[s])
            total += weight
            first, last = int(low[s]), int(high[s])
            winner, most, mine, mass = _line(probabilities, s, first, last, answer_of, groups, group)
            if winner >= 0 and mass > 0.0:
                if groups[winner] == group:
                    own += weight
                else:
                    spoken[winner] += weight
                    evidence[winner] += np.log(max(most / mass, FAINT) / max(mine / mass, FAINT))
            s += 1
        leader = -1
        for line in range(begin, s):
            for k in range(np.int64(low[line]), np.int64(high[line])):
                answer = int(answer_of[k])
                if evidence[answer] > 0.0 and (leader < 0 or evidence[answer] > evidence[leader]):
                    leader = answer
        least = LEAST_SHARE * total
        if leader >= 0 and spoken[leader] >= least and own >= least and evidence[leader] >= LEAST_EVIDENCE:
            against = evidence[leader]
            theirs = ours = 0
            kept = 0.0
            for line in range(begin, s):
                first, last = int(low[line]), int(high[line])
                winner, _, mine, mass = _line(probabilities, line, first, last, answer_of, groups, group)
                if winner == leader:
                    theirs += 1
                elif winner >= 0 and groups[winner] == group:
                    ours += 1
                    other = 0.0
                    for k in range(first, last):
                        if answer_of[k] == leader:
                            other += np.float64(probabilities[line, k])
                    kept += np.log(max(mine / mass, FAINT) / max(other / mass, FAINT))
            if kept >= LEAST_EVIDENCE and kept >= LEAST_A_LINE * ours and against >= LEAST_A_LINE * theirs:
                second[document] = leader
                share[document] = np.float32(spoken[leader] / total)
        for line in range(begin, s):
            for k in range(np.int64(low[line]), np.int64(high[line])):
                evidence[answer_of[k]] = 0.0
                spoken[answer_of[k]] = 0.0
