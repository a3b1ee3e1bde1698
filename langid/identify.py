"""Which language a document is in: the vote of its passages, each answered by a fastText model.

A passage is answered among the labels of its own script alone, so a label never wins against the letters of the text.
Votes are weighed by letters. Code, data and tables of numbers are ``zxx_*`` whatever the votes say, and keep the score
and the languages told. The columns are those of ``manifests.schema.IDENTITY``.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute

from langid import code, han
from langid.arbitrate import RELATIVES, Arbiter
from langid.arbitrate import read as read_relatives
from langid.calibrate import calibrated, checked
from langid.hidden import Cache
from langid.kernel import buffers, inner, kernel
from langid.label import NOTHING, harmonise, system
from langid.mixed import Mixed, seconds
from langid.model import Floats, Ints, load
from langid.narrow import narrowed
from langid.passages import SHORT_DOCUMENT, Passages, passages
from langid.predict import Longs, Predictor, predictor
from langid.relatives import group_of
from langid.rows import get, put
from langid.script import COUNT, NAMES, letters, number, shares
from langid.second import VOTER, Second
from langid.second import read as read_second
from manifests.errors import Stop
from manifests.schema import IDENTITY

VERSION = 14

CARD = "card.json"
"""Beside a model file: what the model is; in ``form`` how it wants its text (``letters`` or ``plain``), in
``temperature`` by how much its passages are too sure of themselves (1: not at all), in ``calibration`` what the score
of a document is worth."""

TOP, TOP_LEAST, STEPS = 10, 0.01, 10_000
"""At most so many languages are told of a document, each with a share above this, in so many steps."""

GLANCE, LOOK = 60, 300
"""Letters read of each quarter of a long document: few at first, more where that leaves a doubt."""
SURE = 0.8
SURE_SHORT = 0.95  # of a document that is read whole at a glance: no second look will show more of it
"""A doubt is a score under this, or a passage in another language. Only then are the labels asked about that the model
has from word lists alone, and the second voter: they are many, and slow, and seldom right where the others are sure."""

FURTHER = (300, 900, 1 << 30)
"""The score of a model that is not calibrated says little. There so many letters of each quarter are read after the
glance, then so many more, as long as the rest of the text may well have another answer: the lead of the best label over
the second is held against its standard error, from how far the leads of single passages lie apart, ..."""
ERRORS, UNLIKE, NO_DOUBT = 2.5, 0.05, 0.8
"""... so many of which it must have, or so much in all. A few passages are taken to lie so far apart at least. What is
left unread counts: where that is little, a small lead is enough. Of 9,092 documents 99.8 % have the answer of the whole
text with a model of 524 labels, and 99.5 % with lid.176, which knows the languages of half of them."""
CLEAR = 0.2
"""Where such a model has more labels to ask about, or a second voter, a doubt is a passage in another language and a
lead under this; then all of it is read again."""

RIVAL = 0.04
"""A document is asked about a second language where one that is no relative of the first has this share of votes,"""
PAIR = 0.5
"""and where both, with the first one's relatives, have this: votes of a text in no known language scatter over many."""

BATCH_BYTES = 4 << 20  # of text at a time
BATCH_PASSAGES = 512  # whose probabilities are held at a time


def beside(model: Path) -> list[Path]:
    """Files that change what a model answers, where they lie beside it."""
    return [model.with_name(name) for name in (CARD, VOTER, RELATIVES)]


@dataclass(frozen=True, eq=False)
class Identifier:
    """A loaded model.

    ``answers`` are its labels, sorted; a column of the predictor stands for answer ``answer_of[column]``, and columns
    ``low[s]:high[s]`` are those of writing system ``s``, of which ``low[s]:middle[s]`` were learnt from sentences.
    """

    predictor: Predictor
    letters_only: bool
    answers: tuple[str, ...]
    answer_of: Ints
    low: Ints
    middle: Ints
    high: Ints
    groups: Ints
    """Answers of the same number are close relatives."""
    line: Sequence[tuple[float, float]]
    """From a document's score to the chance that the answer is right (langid.calibrate); empty where it is unknown."""
    second: Second | None
    """Asked where the model is unsure; in the file ``second.tsv`` beside it, where there is one."""
    arbiter: Arbiter | None
    """Tells close relatives apart; from the file ``relatives.tsv`` beside the model, where there is one."""
    cache: Cache
    """Kept from call to call; what is in it shows in no answer. So one thread at a time may ask."""

    @staticmethod
    def load(path: Path) -> "Identifier":
        """The model at ``path``. Raises Stop where the file or the card beside it is damaged."""
        model = narrowed(load(path), path)
        form, temperature, line, listed = _card(path.with_name(CARD))
        # (writing system, from a word list, label, class): a class with several scripts may answer in each
        classes = []
        for index, name in enumerate(model.labels):
            for label in harmonise(name):
                if (home := number(system(label))) >= 0:
                    classes.append((home, label in listed, label, index))
        classes.sort()
        if not classes:
            raise Stop(f"{path.name} has no class that names a language", "corpus models list")
        answers = sorted({label for _, _, label, _ in classes})
        place = {label: index for index, label in enumerate(answers)}
        homes = np.array([2 * home + late for home, late, _, _ in classes])
        low, middle, high = (np.searchsorted(homes, 2 * np.arange(COUNT) + k).astype(np.int32) for k in range(3))
        asked = predictor(model, np.array([index for *_, index in classes], np.int32), temperature)
        return Identifier(
            predictor=asked,
            letters_only=form == "letters",
            answers=tuple(answers),
            answer_of=np.array([place[label] for *_, label, _ in classes], np.int32),
            low=low,
            middle=np.where(middle > low, middle, high),
            high=high,
            groups=np.unique([group_of(label) for label in answers], return_inverse=True)[1].astype(np.int32),
            line=line,
            second=read_second(path.with_name(VOTER), [label for *_, label, _ in classes]),
            arbiter=read_relatives(path.with_name(RELATIVES), answers),
            cache=asked.cache(),
        )

    def identify(self, texts: pa.StringArray) -> pa.Table:
        """One row a text, in order, of schema IDENTITY. ``texts`` is a pa.string() array without nulls."""
        if not len(texts):
            return IDENTITY.empty_table()
        offsets, _ = buffers(texts)
        parts = []
        first = 0
        while first < len(texts):
            # At least one document a time, however long.
            last = int(np.searchsorted(offsets, int(offsets[first]) + BATCH_BYTES, "right")) - 1
            last = min(len(texts), max(first + 1, last))
            parts.append(self._answer(texts.slice(first, last - first)))
            first = last
        return pa.concat_tables(parts).combine_chunks()

    def _answer(self, texts: pa.StringArray) -> pa.Table:
        counts = letters(texts)
        main, _ = shares(counts)
        if self.line:
            vote = self._vote(texts, GLANCE, closely=False)
            long = np.diff(buffers(texts)[0]) > SHORT_DOCUMENT
            doubted = np.flatnonzero((vote.score < np.where(long, SURE, SURE_SHORT)) | (vote.purity < 1))
        else:
            vote = self._vote_until_sure(texts, counts.sum(axis=1))
            doubted = np.flatnonzero(self._has_more & (vote.purity < 1) & (vote.lead < CLEAR))
        if len(doubted):
            zone_letters = LOOK if self.line else FURTHER[-1]
            vote.put(doubted, self._vote(texts.take(pa.array(doubted)), zone_letters, closely=True))
        mixed = Mixed.none(len(texts))
        near = self.groups[vote.top] == self.groups[vote.best][:, None]
        rival = (vote.top_share * ~near).max(axis=1)
        asked = (rival >= RIVAL) & (rival + (vote.top_share * near).sum(axis=1) >= PAIR)
        # Votes of a model that is not calibrated scatter more: there some passage must be in another language.
        split = np.flatnonzero(asked & ((vote.purity < 1) | bool(self.line)))
        if len(split):
            mixed.put(split, self._mixture(texts.take(pa.array(split)), vote.best[split]))
        settled = vote.best
        if self.arbiter:
            settled = self.arbiter.settle(texts, vote.best, vote.top, vote.top_share)
            # Where a label was wrong, lines of its rivals are the same mistake and no second language.
            kin = self.arbiter.group_of[mixed.second] == self.arbiter.group_of[settled]
            mixed.put(np.flatnonzero((settled != vote.best) & (mixed.second >= 0) & kin), Mixed.none(1))
        words = self._words
        formal = code.is_code(*buffers(texts)).astype(bool)
        known = (settled >= 0) & ~formal
        said = np.where(known, settled, len(self.answers) + main + COUNT * formal)
        _, share = shares(counts, np.where(known, words.systems[settled], main))
        return pa.table(
            [
                words.labels.take(pa.array(said)),
                pa.array(calibrated(vote.score, self.line), pa.float32()),
                words.told(vote.top, vote.top_share),
                pa.array(vote.purity, pa.float32()),
                words.scripts.take(pa.array(main)),
                pa.array(share, pa.float32()),
                han.variants(texts, main),
                words.labels.take(pa.array(mixed.second, mask=mixed.second < 0)),
                pa.array(mixed.share, pa.float32()),
            ],
            schema=IDENTITY,
        )

    @cached_property
    def _words(self) -> "_Words":
        return _Words.of(self.answers)

    def _answered(
        self, found: Passages, closely: bool, second: Second | None = None
    ) -> Iterator[tuple[slice, Ints, Ints, Floats]]:
        """Passages some at a time, those of a document together: which, their first and last column, probabilities."""
        low, high = self.low[found.systems], (self.high if closely else self.middle)[found.systems]
        hidden = self.predictor.hidden(found.data, found.starts, found.stops, self.cache)
        together = np.bincount(found.documents)[found.documents]
        first = 0
        while first < len(found.documents):
            last = min(first + BATCH_PASSAGES, len(found.documents))
            last = int(np.searchsorted(found.documents, found.documents[last - 1], "right"))
            part = slice(first, last)
            likely = self.predictor.probabilities(hidden[part], low[part], high[part])
            if second:
                places = found.starts[part], found.stops[part], together[part]
                second.weigh(likely, low[part], high[part], found.data, *places)
            yield part, low[part], high[part], likely
            first = last

    def _vote(self, texts: pa.StringArray, zone_letters: int, closely: bool) -> "_Vote":
        vote = _Vote.none(len(texts))
        sums = np.zeros(len(self.answers), np.float64)
        found = passages(*buffers(texts), self.letters_only, zone_letters, to_be_followed=not self.line)
        for part, low, high, probabilities in self._answered(found, closely, self.second if closely else None):
            heard = _Heard(found.documents[part], found.letters[part], low, high, probabilities)
            vote.count(heard, self.answer_of, sums, errors=False)
        return vote

    @cached_property
    def _has_more(self) -> bool:
        """Whether a closer look asks about more labels, or a second voter."""
        return self.second is not None or bool((self.middle < self.high).any())

    def _vote_until_sure(self, texts: pa.StringArray, written: Longs) -> "_Vote":
        """The vote of as many passages as it takes; texts have ``written`` letters. Passages are answered once."""
        vote = _Vote.none(len(texts))
        sums = np.zeros(len(self.answers), np.float64)
        found = passages(*buffers(texts), self.letters_only, GLANCE)
        heard = self._heard(found)
        vote.count(heard, self.answer_of, sums, errors=True)
        long = np.diff(buffers(texts)[0]) > SHORT_DOCUMENT
        latest, asked = vote.of(np.flatnonzero(long)), np.flatnonzero(long)
        for step, more in enumerate(FURTHER):
            doubted = np.flatnonzero(latest.doubted(written[asked]))
            if not len(doubted):
                break
            asked = asked[doubted]
            offsets, data = buffers(texts.take(pa.array(asked)))
            if step == 0:  # passages of so few letters would tell against those that are cut where it is best
                found = passages(offsets, data, self.letters_only, more, to_be_followed=True)
                heard = self._heard(found)
            else:
                found = passages(offsets, data, self.letters_only, more, to_be_followed=True, rest=found.rest[doubted])
                heard = heard.of(doubted).followed(self._heard(found))
            latest = _Vote.none(len(asked))
            latest.count(heard, self.answer_of, sums, errors=True)
            vote.put(asked, latest)
        return vote

    def _heard(self, found: Passages) -> "_Heard":
        """What the model says of passages, all at once."""
        low, high = self.low[found.systems], self.middle[found.systems]
        hidden = self.predictor.hidden(found.data, found.starts, found.stops, self.cache)
        return _Heard(found.documents, found.letters, low, high, self.predictor.probabilities(hidden, low, high))

    def _mixture(self, texts: pa.StringArray, best: Ints) -> "Mixed":
        mixed = Mixed.none(len(texts))
        evidence, spoken = np.zeros((2, len(self.answers)), np.float64)
        found = passages(*buffers(texts), self.letters_only, LOOK, 0)
        for part, low, high, probabilities in self._answered(found, closely=True):
            seconds(
                found.documents[part],
                found.letters[part],
                low,
                high,
                probabilities,
                self.answer_of,
                self.groups,
                np.ascontiguousarray(best),
                mixed.second,
                mixed.share,
                evidence,
                spoken,
            )
        return mixed


@dataclass(frozen=True, eq=False)
class _Words:
    """What columns of answers are made of: ``labels`` has each answer, then for each script what its texts of no known
    language are called, then what code in it is; ``systems`` is the writing system of each answer."""

    labels: pa.StringArray
    systems: Ints
    scripts: pa.StringArray
    keys: pa.StringArray
    """Each answer as the key of a JSON object."""
    values: pa.StringArray
    """Shares in steps of ``1 / STEPS``."""

    @staticmethod
    def of(answers: Sequence[str]) -> "_Words":
        unknown = [f"und_{name}" if script else NOTHING for script, name in enumerate(NAMES)]
        return _Words(
            labels=pa.array([*answers, *unknown, *map(code.label, NAMES)], pa.string()),
            systems=np.array([number(system(label)) for label in answers], np.int32),
            scripts=pa.array(["Zzzz", *NAMES[1:]], pa.string()),
            keys=pa.array([f"{json.dumps(label)}: " for label in answers], pa.string()),
            values=pa.array([repr(step / STEPS) for step in range(STEPS + 1)], pa.string()),
        )

    def told(self, top: Ints, share: Floats) -> pa.StringArray:
        """``{"eng_Latn": 0.93, "sco_Latn": 0.05}`` of each row: in falling order, equals by label."""
        there = top >= 0
        steps = np.rint(share[there].astype(np.float64) * STEPS).astype(np.int32)
        pairs = compute.binary_join_element_wise(
            self.keys.take(pa.array(top[there])), self.values.take(pa.array(steps)), ""
        )
        stops = np.concatenate([np.zeros(1, np.int32), there.sum(axis=1).cumsum(dtype=np.int32)])
        rows = compute.binary_join(pa.ListArray.from_arrays(pa.array(stops), pairs), ", ")
        return compute.binary_join_element_wise("{", rows, "}", "")


@dataclass(frozen=True, eq=False)
class _Heard:
    """Passages in the order of their ``documents``, their letters, their first and last column, and the
    ``probabilities`` (passages, columns) of these."""

    documents: Ints
    letters: Ints
    low: Ints
    high: Ints
    probabilities: Floats

    def of(self, documents: Longs) -> "_Heard":
        """The passages of these documents alone, which are in order; they become documents 0, 1, 2, ..."""
        place = np.full(self.documents[-1] + 1 if len(self.documents) else 0, -1, np.int32)
        place[documents] = np.arange(len(documents), dtype=np.int32)
        kept = np.flatnonzero(place[self.documents] >= 0)
        return _Heard(place[self.documents[kept]], *(values[kept] for values in list(vars(self).values())[1:]))

    def followed(self, other: "_Heard") -> "_Heard":
        """Each document's passages and then those that the other has of it."""
        order = np.argsort(np.concatenate([self.documents, other.documents]), kind="stable")
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return _Heard(*(np.concatenate(pair)[order] for pair in pairs))


@dataclass(frozen=True, eq=False)
class _Vote:
    """Of each document: ``lead`` is the share of the best label above that of the second, ``error`` the square of its
    standard error, from how far passages lie apart, and ``read`` the letters of all of them."""

    best: Ints
    score: Floats
    purity: Floats
    top: npt.NDArray[np.int32]
    top_share: npt.NDArray[np.float32]
    read: Floats
    error: Floats

    @staticmethod
    def none(documents: int) -> "_Vote":
        return _Vote(
            best=np.full(documents, -1, np.int32),
            score=np.zeros(documents, np.float32),
            purity=np.zeros(documents, np.float32),
            top=np.full((documents, TOP), -1, np.int32),
            top_share=np.zeros((documents, TOP), np.float32),
            read=np.zeros(documents, np.float32),
            error=np.zeros(documents, np.float32),
        )

    @property
    def lead(self) -> Floats:
        return self.top_share[:, 0] - self.top_share[:, 1]

    def count(self, heard: _Heard, answer_of: Ints, sums: npt.NDArray[np.float64], errors: bool) -> None:
        """Write the rows of the documents heard of; ``sums`` (answers,) are zeros, for work, and are left so.
        ``read`` and ``error`` are written where ``errors`` are asked for."""
        _count(
            heard.documents,
            heard.letters,
            heard.low,
            heard.high,
            heard.probabilities,
            answer_of,
            sums,
            self.best,
            self.score,
            self.purity,
            self.top,
            self.top_share,
            self.read,
            self.error,
            errors,
        )

    def doubted(self, written: Longs) -> npt.NDArray[np.bool_]:
        """Whether the rest of a document of so many letters may well change its best label."""
        left = np.maximum(written - self.read, 0)
        unread = left / np.maximum(written, 1)
        unsure = self.lead.astype(np.float64) ** 2 < ERRORS**2 * self.error * unread
        return np.asarray(unsure & (self.lead * self.read <= left), np.bool_)

    def of(self, rows: Longs) -> "_Vote":
        """These rows alone."""
        return _Vote(*(values[rows] for values in vars(self).values()))

    def put(self, rows: npt.NDArray[np.int64], other: "_Vote") -> None:
        """Take the other's answers for these rows."""
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            mine[rows] = theirs


def _card(place: Path) -> tuple[str, float, Sequence[tuple[float, float]], frozenset[str]]:
    """How the model wants its text, its temperature, its calibration, and its labels that were learnt from word lists
    alone; a model without a card takes text as it is."""
    if not place.is_file():
        return "plain", 1.0, (), frozenset()
    try:
        card = json.loads(place.read_text(encoding="utf-8"))
        form, temperature = str(card["form"]), float(card.get("temperature", 1.0))
        line = card.get("calibration", [])
        listed = frozenset(label for label, told in card.get("labels", {}).items() if told.get("train") == 0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stop(f"{place} cannot be read as a model card: {error!r}", "Mend or delete it") from error
    if form not in ("letters", "plain"):
        raise Stop(f"{place} asks for text in the form {form!r}; known are letters and plain", "Mend or delete it")
    if not 0.1 <= temperature <= 10:
        raise Stop(f"{place} has a temperature of {temperature}; it is between 0.1 and 10", "Mend or delete it")
    return form, temperature, checked(line, str(place)), listed


@inner
def _error(
    begin: int,
    end: int,
    letters: Ints,
    low: Ints,
    high: Ints,
    probabilities: Floats,
    answer_of: Ints,
    leader: int,
    second: int,
    lead: float,
) -> float:
    """Square of the standard error of a document's ``lead``, that of one answer over another, from its passages."""
    total = apart = 0.0
    for p in range(begin, end):
        mass = ahead = 0.0
        for k in range(np.int64(low[p]), np.int64(high[p])):
            probability = np.float64(get(probabilities[p], k))
            mass += probability
            if answer_of[k] == leader:
                ahead += probability
            elif answer_of[k] == second:
                ahead -= probability
        weight = np.float64(letters[p])
        off = weight * ((ahead / mass if mass > 0.0 else 0.0) - lead)
        total += weight
        apart += off * off
    return apart / (total * total) + (UNLIKE / (end - begin)) ** 2


@kernel
def _count(
    documents: Ints,
    letters: Ints,
    low: Ints,
    high: Ints,
    probabilities: Floats,
    answer_of: Ints,
    sums: npt.NDArray[np.float64],
    best: Ints,
    score: Floats,
    purity: Floats,
    top: npt.NDArray[np.int32],
    top_share: npt.NDArray[np.float32],
    read: Floats,
    error: Floats,
    errors: bool,
) -> None:
    winners = np.empty(len(documents), np.int32)
    told = np.empty(probabilities.shape[1], np.int64)
    leading = np.empty(len(sums), np.int64)
    s = 0
    while s < len(documents):
        document = documents[s]
        begin = s
        total = 0.0
        found = 0
        while s < len(documents) and documents[s] == document:
            weight = np.float64(letters[s])
            total += weight
            row = probabilities[s]
            mass = 0.0
            likely = 0
            for k in range(np.int64(low[s]), np.int64(high[s])):  # most are nought
                put(told, likely, k)
                likely += get(row, k) != np.float32(0)
            for j in range(likely):
                mass += np.float64(row[told[j]])
            winners[s] = -1
            most = np.float32(-1)
            if 0.0 < mass < 1e30:
                # What lay outside the script is shared out; a softmax was taken inside it already.
                for j in range(likely):
                    probability = row[told[j]]
                    answer = np.int64(answer_of[told[j]])
                    if sums[answer] == 0.0:
                        leading[found] = answer
                        found += 1
                    sums[answer] += weight * np.float64(probability) / mass
                    if probability > most:
                        most = probability
                        winners[s] = answer
            s += 1
        voted, found = found, 0
        for k in range(voted):
            answer = leading[k]
            if sums[answer] > TOP_LEAST * total:
                leading[found] = answer
                found += 1
            else:
                sums[answer] = 0.0
        for rank in range(TOP):
            leader = -1
            for k in range(found):
                answer = leading[k]
                if sums[answer] == 0.0:
                    continue
                if leader < 0 or sums[answer] > sums[leader] or (sums[answer] == sums[leader] and answer < leader):
                    leader = answer
            if leader < 0:
                break
            top[document, rank] = leader
            top_share[document, rank] = np.float32(sums[leader] / total)
            sums[leader] = 0.0
        for k in range(found):
            sums[leading[k]] = 0.0
        if top[document, 0] >= 0:
            best[document] = top[document, 0]
            score[document] = top_share[document, 0]
            agree = 0.0
            for p in range(begin, s):
                if winners[p] == best[document]:
                    agree += np.float64(letters[p])
            purity[document] = np.float32(agree / total)
            read[document] = np.float32(total)
            lead = np.float64(top_share[document, 0]) - np.float64(top_share[document, 1])
            if errors and lead < NO_DOUBT:
                first, other = int(top[document, 0]), int(top[document, 1])
                error[document] = np.float32(
                    _error(begin, s, letters, low, high, probabilities, answer_of, first, other, lead)
                )
