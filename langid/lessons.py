"""The lines that a model learns from: sentences balanced over labels and sources, and lines of distinctive words."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.csv

from langid.evaluate import Sentence
from langid.kernel import buffers
from langid.passages import passages
from manifests.errors import Stop
from manifests.languages import word_kind

Item = TypeVar("Item")

SCRIPTURE = frozenset({"bible-corpus", "open-bibles", "osis-bibles"})

LENGTHS = (3, 4, 6, 8, 10, 14)
"""Words of a line of distinctive words."""
LEVEL = 200
"""Word number r of a list is drawn as often as 1 / (r + LEVEL): the first not much more often than the last."""


@dataclass(frozen=True)
class Mixture:
    """What lines are made, and how many.

    A label of few sentences is topped up with windows of them, towards the geometric mean of its number and
    ``plenty`` but at most ``most_copies`` times; every label gets ``windows`` of its number on top, so that short text
    is seen. Scripture is held to as many sentences as a label has of other sources, or ``scripture``. A label with a
    list of distinctive words gets ``word_lines`` lines of them on top of sentences, or ``weak_lines`` where it has no
    sentence: sentences are few and formal, and the words are those of the web.
    """

    plenty: int = 4000
    most_copies: int = 12
    windows: float = 0.5
    scripture: int = 1500
    word_lines: int = 2000
    weak_lines: int = 200
    seed: int = 0


def lines(rows: Iterable[Sentence], words: Mapping[str, Sequence[str]], mixture: Mixture) -> list[tuple[str, str]]:
    """Training lines (label, text as the identifier hands it to the model), shuffled. ``words`` is what ``distinctive``
    gives."""
    random_ = random.Random(mixture.seed)  # noqa: S311
    by_label: dict[str, tuple[list[str], list[str]]] = {}
    ordered = sorted(rows)
    for row, text in zip(ordered, written([row.text for row in ordered]), strict=True):
        if text:
            by_label.setdefault(row.label, ([], []))[row.source in SCRIPTURE].append(text)
    made = []
    for label, (other, scripture) in sorted(by_label.items()):
        _shuffle(scripture, random_)
        real = other + scripture[: max(mixture.scripture, len(other))]
        count = len(real)
        wanted = min(round((count * mixture.plenty) ** 0.5), mixture.most_copies * count)
        extra = max(0, wanted - count) + int(count * mixture.windows)
        # Each sentence in turn as long as copies go round, the rest by lot.
        turns = (
            [real[k % count] for k in range(extra)] if extra > count else [_pick(real, random_) for _ in range(extra)]
        )
        made += [(label, text) for text in real]
        made += [(label, _window(text, word_kind(label) == "spaced", random_)) for text in turns]
    for label, listed in sorted(words.items()):
        count = mixture.word_lines if label in by_label else mixture.weak_lines
        made += [(label, text) for text in _of_words(listed, count, word_kind(label) == "spaced", random_)]
    _shuffle(made, random_)
    return made


def distinctive(path: Path, but: Collection[str] = ()) -> dict[str, list[str]]:
    """Label -> its distinctive words in falling order of frequency, as the identifier writes them, from a TSV file with
    columns label, rank, word; without the labels ``but``. Raises Stop where it cannot be read."""
    try:
        table = pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=["label", "rank", "word"],
                column_types={"label": pa.string(), "rank": pa.int64(), "word": pa.string()},
                strings_can_be_null=False,
            ),
        ).sort_by([("label", "ascending"), ("rank", "ascending"), ("word", "ascending")])
    except (OSError, KeyError, pa.ArrowException) as error:
        raise Stop(f"{path} cannot be read: {error}", "Give a TSV file with columns label, rank, word") from error
    found: dict[str, list[str]] = {}
    for label, word in zip(table["label"].to_pylist(), written(table["word"].to_pylist()), strict=True):
        if word and label not in but:
            found.setdefault(label, []).append(word)
    return found


def questions(
    rows: Iterable[Sentence], words: Mapping[str, Sequence[str]], most: int, seed: int
) -> list[tuple[str, str]]:
    """Texts (label, text as the identifier hands it to a model) to ask another model: at most ``most`` sentences of
    each label and source, and a quarter as many lines of words for labels without sentences."""
    random_ = random.Random(seed)  # noqa: S311
    ordered = sorted(rows)
    _shuffle(ordered, random_)
    chosen = at_most(most, ordered)
    asked = [(row.label, text) for row, text in zip(chosen, written([row.text for row in chosen]), strict=True)]
    have = {row.label for row in ordered}
    for label, listed in sorted(words.items()):
        if label not in have:
            drawn = _of_words(listed, most // 4, word_kind(label) == "spaced", random_)
            asked += [(label, text) for text in drawn]
    return [(label, text) for label, text in asked if text]


def at_most(most: int, rows: Iterable[Sentence]) -> list[Sentence]:
    """The first ``most`` rows of each label and source."""
    counts: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in rows:
        counts[row.label, row.source] += 1
        if counts[row.label, row.source] <= most:
            kept.append(row)
    return kept


def written(texts: Sequence[str]) -> list[str]:
    """Each text as the identifier hands it to the model, its passages joined; empty where nothing is left."""
    offsets, data = buffers(pa.array(texts, pa.string()))
    found = passages(offsets, data, letters_only=True)
    made = [""] * len(texts)
    for document, start, stop in zip(
        found.documents.tolist(), found.starts.tolist(), found.stops.tolist(), strict=True
    ):
        piece = found.data[start:stop].tobytes().decode()
        made[document] = f"{made[document]} {piece}" if made[document] else piece
    return made


def _of_words(words: Sequence[str], count: int, spaced: bool, random_: random.Random) -> list[str]:
    """``count`` lines of words drawn by rank."""
    reach = list(accumulate(1 / (rank + LEVEL) for rank in range(len(words))))
    made = []
    for _ in range(count):
        drawn = random_.choices(words, cum_weights=reach, k=_pick(LENGTHS, random_))
        made.append((" " if spaced else "").join(drawn))
    return made


def _window(text: str, spaced: bool, random_: random.Random) -> str:
    """A few words of ``text`` in a row, or a few letters where words are not spaced."""
    units: Sequence[str] = text.split() if spaced else text
    length = _pick((2, 3, 4, 5, 6, 8, 10, 12) if spaced else (4, 6, 8, 12, 16, 24), random_)
    if len(units) <= length:
        return text
    first = int(random_.random() * (len(units) - length + 1))
    return (" " if spaced else "").join(units[first : first + length]).strip() or text


def _pick(values: Sequence[Item], random_: random.Random) -> Item:
    return values[int(random_.random() * len(values))]


def _shuffle(values: list[Item], random_: random.Random) -> None:
    """In place. Only ``random()`` is promised to give the same numbers in every Python."""
    for last in range(len(values) - 1, 0, -1):
        other = int(random_.random() * (last + 1))
        values[last], values[other] = values[other], values[last]
