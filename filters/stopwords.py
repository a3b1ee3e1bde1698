"""Stop words from labelled sentences: frequent in every source of a label, and enough of them in any text.

    zstd -dc train.tsv.zst | python -m filters.stopwords > manifests/stopwords.tsv

reads lines of label, source, text (with a header line) and writes the shipped table. ``corpus limits derive
--stop-words`` makes one of any reference.
"""

import hashlib
import math
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from langid.segment import words
from manifests.errors import Stop
from manifests.languages import word_kind

SOURCES = (
    "bible-corpus",
    "debian-ddtp",
    "global-asp",
    "global-pb",
    "lingua-testdata",
    "open-bibles",
    "osis-bibles",
    "pratham",
    "tldr-pages",
    "udhr",
)
"""Sources whose terms let a list of their most frequent words be shipped."""

HEADER = """\
# Stop words, made by filters/stopwords.py; lists of frequent words, no text of the sources is kept.
# Sources and their terms: bible-corpus (CC0 compilation), debian-ddtp (Debian package descriptions, volunteer
# translations), global-asp and global-pb (CC BY 4.0, or CC BY-NC where a story says so), lingua-testdata
# (Apache-2.0 repository), open-bibles and osis-bibles (public domain as stated or by age), pratham
# (CC BY 4.0), tldr-pages (CC BY 4.0), udhr (Universal Declaration of Human Rights, United Nations).
"""

COLUMNS = ["label", "sources", "evidence", "words"]

FEW, MANY = 8, 40
"""A list has this many words at least and at most."""

COMMON = 0.006
"""Share of a source's words that a stop word should make up (geometric mean over the sources)."""

WINDOW, WANTED = 50, 2
"""The shortest text that is judged, in words, and the number of different stop words it should hold."""

REACHED, REFUSED = 0.985, 0.965
"""Share of windows with enough stop words at which a list is long enough, and under which there is none: a
rule that would remove one good short document in thirty tells nothing."""

EVIDENCE = 500
"""Words without which there is no list; also what a source needs to have a say where a label has several."""

THIN, COVERAGE = 3000, 0.40
"""With fewer words of evidence, nearly always one declaration of rights, frequent words are partly its topic;
only a language whose list covers this share of all words (few endings, many particles) shows others too."""


@cache
def load() -> Mapping[str, tuple[str, ...]]:
    """Label -> its stop words in lower case, most frequent first. A label without a row has none."""
    return parse(_shipped())


@cache
def digest() -> str:
    """Names the shipped lists."""
    return hashlib.sha256(_shipped().encode()).hexdigest()


@cache
def laid_over(text: str) -> Mapping[str, tuple[str, ...]]:
    """The shipped lists under those of a user's table: a label that it has has no other."""
    return MappingProxyType({**load(), **parse(text)})


def _shipped() -> str:
    return (files("manifests") / "stopwords.tsv").read_text(encoding="utf-8")


def parse(text: str) -> Mapping[str, tuple[str, ...]]:
    """The lists of a stopwords.tsv: # comments, a header, then label, sources, evidence, stop words."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    if not rows or rows[0] != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise Stop(
            f"Stop words are a table of {', '.join(COLUMNS)}.", "Make it by corpus limits derive --stop-words OUT"
        )
    return MappingProxyType({label: tuple(listed.split(" ")) for label, _, _, listed in rows[1:]})


@dataclass(frozen=True, slots=True)
class StopWords:
    """The list of one label, most frequent first, with what it rests on."""

    words: tuple[str, ...]
    sources: tuple[str, ...]
    evidence: int


def derive(
    sentences: Iterable[tuple[str, str, Sequence[str]]], sources: Collection[str] | None = SOURCES
) -> dict[str, StopWords]:
    """Stop words of each label from (label, source, words of a sentence in lower case).

    Only ``sources`` have a say; all where these are None. Labels of clustered scripts, with too little text, or whose
    lists would fail good text get none.
    """
    texts: defaultdict[str, defaultdict[str, list[Sequence[str]]]] = defaultdict(lambda: defaultdict(list))
    for label, source, line in sentences:
        if (sources is None or source in sources) and word_kind(label) == "spaced":
            texts[label][source].append(line)
    found = ((label, _of_label(label, texts[label])) for label in sorted(texts))
    return {label: stop for label, stop in found if stop is not None}


def _of_label(label: str, sources: Mapping[str, list[Sequence[str]]]) -> StopWords | None:
    sizes = {source: sum(map(len, lines)) for source, lines in sorted(sources.items())}
    evidence = sum(sizes.values())
    if evidence < EVIDENCE:
        return None
    heard = {source: size for source, size in sizes.items() if size >= EVIDENCE} or sizes
    ranked = _ranked(label, sources, heard)
    spoken = [word for source in heard for line in sources[source] for word in line]
    windows = [set(spoken[start : start + WINDOW]) for start in range(0, len(spoken) - WINDOW + 1, WINDOW)]

    length = max(FEW, sum(share >= COMMON for share, _ in ranked[:MANY]))
    chosen = [word for _, word in ranked[:length]]
    while (passed := _passed(chosen, windows)) < REACHED and len(chosen) < min(MANY, len(ranked)):
        chosen = [word for _, word in ranked[: len(chosen) + 4]][:MANY]
    if passed < REFUSED or len(chosen) < FEW:
        return None
    counts = Counter(spoken)
    if evidence < THIN and sum(counts[word] for word in chosen) < COVERAGE * len(spoken):
        return None
    return StopWords(tuple(chosen), tuple(heard), evidence)


def _ranked(
    label: str, sources: Mapping[str, list[Sequence[str]]], sizes: Mapping[str, int]
) -> list[tuple[float, str]]:
    """(share, word) by falling share: the geometric mean over sources keeps the topic of any one out."""
    counts = {source: Counter(word for line in sources[source] for word in line) for source in sizes}
    spread = Counter(word for source in sizes for line in sources[source] for word in set(line))
    latin = label.endswith("_Latn")
    ranked = []
    for word, lines in spread.items():
        if lines < 5 or not _is_word(word) or (word.isascii() and not latin):
            continue
        logs = [math.log(counts[source][word] / sizes[source] + 0.2 / sizes[source]) for source in sizes]
        ranked.append((math.exp(math.fsum(logs) / len(logs)), word))
    return sorted(ranked, key=lambda pair: (-pair[0], pair[1]))


def _is_word(word: str) -> bool:
    kinds = {unicodedata.category(char)[0] for char in word}
    return "L" in kinds and "N" not in kinds


def _passed(chosen: Iterable[str], windows: Sequence[set[str]]) -> float:
    stop = frozenset(chosen)
    return sum(len(stop & window) >= WANTED for window in windows) / max(1, len(windows))


def render(lists: Mapping[str, StopWords], head: str = HEADER) -> str:
    """The text of stopwords.tsv; the lines of ``head`` begin with #."""
    lines = [
        "\t".join((label, ",".join(stop.sources), str(stop.evidence), " ".join(stop.words)))
        for label, stop in sorted(lists.items())
    ]
    return head + "\t".join(COLUMNS) + "\n" + "".join(f"{line}\n" for line in lines)


def _sentences(lines: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    for line in lines:
        label, source, text = line.rstrip("\n").split("\t")
        yield label, source, split(text)


def split(text: str) -> list[str]:
    """Words as the signals count them, in simple lower case: one character for one, in any context."""
    return words("".join(char.lower()[0] for char in text))


if __name__ == "__main__":
    next(sys.stdin)
    sys.stdout.write(render(derive(_sentences(sys.stdin))))
