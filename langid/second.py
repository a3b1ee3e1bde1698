"""A second voter: where the model is unsure of a passage, CLD2 is asked, and believed as far as it has been right.

CLD2 knows some 180 languages, and names one of them for texts of all others too. How often it says what of each label
is counted on training sentences; its answer then counts by Bayes' rule, and "not one of its languages" needs no case of
its own. What is likely before any text is read counts too: its languages are those of most pages, and labels that have
little evidence must be clearer than others before they win.
"""

import csv
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from langid.kernel import kernel
from langid.label import harmonise, system
from langid.model import Bytes, Floats
from langid.predict import Longs
from langid.relatives import group_of
from langid.rows import get
from manifests.errors import Stop

UNSURE = 0.95
"""A passage whose best label has less than this is asked about."""
DOUBT = 5.0
"""Counts are taken together with so many of what is expected before any."""
LIKELY = 0.9
"""Expected share of its own code for a language that CLD2 knows."""
STRAY = 0.15
"""Of its answers so many are taken to be what it answers to any text: on sources that were not counted it is wrong more
often, above all on a few words with foreign ones between, and no answer of its alone shall decide."""
STRANGE, KIN = 0.2, 0.7
"""A document in a language that CLD2 does not know is so likely beside one that it knows: they are those of most pages.
In one that is a close relative of such a language it is likelier, for CLD2 says the same of both. Of a document with
several passages each bears its part."""
NONE = "un"
TOGETHER = 32  # passages weighed at a time, which stay in the processor's caches

VOTER = "second.tsv"
"""Beside a model file: what CLD2 answered to texts of each label."""

COLUMNS = ("label", "answer", "count", "weight")


@dataclass(frozen=True, eq=False)
class Second:
    """``factors[codes[c], j]`` is what column j is multiplied with where CLD2 says c, and ``factors[-1, j]`` where it
    says what it never said when it was counted; ``before[j]`` is how likely a document of column j is
    before any is read."""

    codes: Mapping[str, int]
    factors: Floats
    before: Floats

    def weigh(
        self,
        probabilities: Floats,
        low: npt.NDArray[np.int32],
        high: npt.NDArray[np.int32],
        data: Bytes,
        starts: Longs,
        stops: Longs,
        together: Longs,
    ) -> int:
        """Change ``probabilities`` (passages, columns) of unsure passages in place, each a softmax over columns
        low[i]:high[i], the text of passage i being data[starts[i]:stops[i]], one of ``together[i]`` of its document;
        how many were asked about."""
        asked = np.flatnonzero(_unsure(probabilities, low, high))
        said = [answer(data[start:stop].tobytes()) for start, stop in zip(starts[asked], stops[asked], strict=True)]
        codes = np.array([self.codes.get(code, -1) for code in said], np.int64)
        sizes, of_size = np.unique(together[asked], return_inverse=True)
        before = (self.before ** (1 / sizes)[:, None]).astype(np.float32)
        for first in range(0, len(asked), TOGETHER):
            some = slice(first, first + TOGETHER)
            # Columns outside low[i]:high[i] are nought, and stay so.
            weighed = probabilities[asked[some]]
            weighed *= self.factors[codes[some]]
            weighed *= before[of_size[some]]
            weighed /= weighed.sum(axis=1, keepdims=True)
            probabilities[asked[some]] = weighed
        return len(asked)


@kernel
def _unsure(probabilities: Floats, low: npt.NDArray[np.int32], high: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Passages with several columns, none of which has ``UNSURE``."""
    unsure = np.zeros(len(low), np.bool_)
    for i in range(len(low)):
        first, last = np.int64(low[i]), np.int64(high[i])
        k = first
        while k < last and get(probabilities[i], k) < np.float32(UNSURE):
            k += 1
        unsure[i] = k == last and last - first > 1
    return unsure


def answer(text: bytes) -> str:
    """CLD2's code for a UTF-8 text, ``un`` where it names none."""
    import pycld2

    try:
        return str(pycld2.detect(text, isPlainText=True, bestEffort=True)[2][0][1])
    except pycld2.error:
        return NONE


def version() -> str:
    """Of the CLD2 that is installed; nothing where there is none."""
    try:
        return metadata.version("pycld2")
    except metadata.PackageNotFoundError:
        return ""


def count(texts: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How often CLD2 gave which answer to texts of which label; ``texts`` are (label, text as the model reads it)."""
    return Counter((label, answer(text.encode())) for label, text in texts)


def write(path: Path, counts: Mapping[tuple[str, str], int], weights: Mapping[str, float]) -> None:
    """``weights`` is how likely each label is beforehand (1 where it is not named)."""
    rows = [(*pair, number, f"{weights.get(pair[0], 1.0):g}") for pair, number in sorted(counts.items())]
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in (COLUMNS, *rows)), "utf-8")


def read(path: Path, columns: Sequence[str]) -> Second | None:
    """The voter for a predictor with ``columns`` (labels); None where there is no such file, or no CLD2 here. Raises
    Stop where the file is damaged."""
    if not path.is_file():
        return None
    if find_spec("pycld2") is None:
        logging.getLogger("corpus").warning("pycld2 is not installed: languages are identified without a second voter")
        return None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = filter(None, csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        told = dict(zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True))
        counts, weights = ([float(value) for value in told[name]] for name in COLUMNS[2:])
        if not all(1 <= count < np.inf for count in counts):
            raise ValueError("a count that is none")
        return _voter(told["label"], told["answer"], counts, weights, columns)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise Stop(f"{path} cannot be read as counts of answers: {error!r}", "Mend or delete it") from error


def _voter(
    labels: Sequence[str],
    answers: Sequence[str],
    counts: Sequence[float],
    weights: Sequence[float],
    columns: Sequence[str],
) -> Second:
    """The voter from the columns of its file."""
    codes = {code: at for at, code in enumerate(sorted(set(answers)))}
    place = {label: at for at, label in enumerate(dict.fromkeys(labels))}
    weight = dict(zip(labels, weights, strict=True))
    seen = np.zeros((len(place) + 1, len(codes)))  # the last for labels that were never counted
    np.add.at(seen, ([place[label] for label in labels], [codes[code] for code in answers]), counts)

    named: dict[str, list[int]] = {}
    for code, at in codes.items():
        for label in harmonise(code) if code != NONE else ():
            named.setdefault(label, []).append(at)

    # What is said of languages that CLD2 does not know, by writing system; of a system without any, nothing is known.
    systems = {name: at for at, name in enumerate(sorted({system(label) for label in (*place, *columns)}))}
    strange = [label for label in place if label not in named]
    homes = np.array([systems[system(label)] for label in strange], np.int64)
    shares = seen[[place[label] for label in strange]]
    strangers = np.full((len(systems), len(codes)), 0.1)
    np.add.at(strangers, homes, shares / shares.sum(axis=1, keepdims=True))
    strangers[np.setdiff1d(np.arange(len(systems)), homes)] = 1

    expected = (strangers / strangers.sum(axis=1, keepdims=True))[[systems[system(label)] for label in columns]]
    for row, label in zip(expected, columns, strict=True):
        if mine := named.get(label):
            row *= 1 - LIKELY
            row[mine] += LIKELY / len(mine)
    expected = DOUBT * expected + seen[[place.get(label, -1) for label in columns]]
    expected /= expected.sum(axis=1, keepdims=True)
    said = seen[[place[label] for label in named if label in place]].sum(axis=0)
    if said.any():
        expected = (1 - STRAY) * expected + STRAY * said / said.sum()
    likely = np.array([weight.get(label, 1.0) for label in columns])[:, None]
    factors = np.concatenate([likely * expected, likely], axis=1)
    kin = {group_of(label) for label in named}
    before = [1 if label in named else KIN if group_of(label) in kin else STRANGE for label in columns]
    return Second(codes, np.ascontiguousarray(factors.T, np.float32), np.array(before, np.float32))
