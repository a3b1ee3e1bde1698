"""What the columns of a build say, in one pass over ``index/``: scores, lengths, clusters, where each language is from.

No text is read. Memory is that of one part and of the counts: of each label at most QUOTA documents, chosen by their
ids, tell of hosts and kinds of text.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.urls import host
from pipeline.progress import Reporter
from pipeline.release import chance
from pipeline.release.report.concentration import KINDS, MARKS, by_marks, kind_of
from pipeline.rows import id_array
from pipeline.steps.decide import KEPT, TAKEN_DOWN
from pipeline.store import Store

QUOTA = 1_000_000
"""Documents of all labels together whose hosts are asked."""
LEAST = 400
"""Of each label at least so many are."""
SCORES = 20
"""Bins of a score, between 0 and 1."""
DECADE = 5
"""Bins of a length, each decade; those of 1 to 10^8 code points."""
LENGTHS = 8 * DECADE
CLUSTERS = (1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025)
"""Least size of a cluster in each bin."""

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
_SIGNALS = ("words", "chars", *(signal for signal, _, _ in MARKS.values()))


@dataclass(slots=True)
class Origins:
    """Where the kept documents of a label are from, told from those asked; amounts are bytes of text."""

    asked: int = 0
    text: float = 0.0
    with_host: float = 0.0
    places: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By host; what names none by its source, with a colon before it."""
    kinds: Floats = field(default_factory=lambda: np.zeros(len(KINDS)))


@dataclass(slots=True)
class Columns:
    """Counts over all documents; the first axis of pairs is kept, removed."""

    scores: Counts = field(default_factory=lambda: np.zeros((2, SCORES), np.int64))
    lengths: Counts = field(default_factory=lambda: np.zeros((2, LENGTHS), np.int64))
    clusters: Floats = field(default_factory=lambda: np.zeros(len(CLUSTERS)))
    """Clusters by bin of their size; a document without near-duplicates is one of one."""
    in_clusters: Counts = field(default_factory=lambda: np.zeros(len(CLUSTERS), np.int64))
    """Documents by bin of the size of their cluster."""
    label_lengths: dict[str, Counts] = field(default_factory=lambda: defaultdict(lambda: np.zeros(LENGTHS, np.int64)))
    """Kept documents of a label by length."""
    label_scores: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """The sum over kept documents."""
    label_sources: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    """Bytes of kept text, by label and source."""
    origins: dict[str, Origins] = field(default_factory=lambda: defaultdict(Origins))
    documents: int = 0

    def hosts(self) -> dict[str, dict[str, float]]:
        """Bytes of kept text by host and label: estimates where labels were sampled."""
        found: dict[str, dict[str, float]] = {}
        for label, origins in self.origins.items():
            for place, size in origins.places.items():
                if not place.startswith(":"):
                    found.setdefault(place, {})[label] = size
        return found


def read(store: Store, kept: Mapping[str, int], told: Reporter) -> Columns | None:
    """Go through ``index/``; ``kept`` is the published documents of each label. None where the index is gone."""
    parts = [name for name in store.files("index/verdicts") if name.endswith(".parquet")]
    parts = [name.rpartition("/")[2] for name in parts]
    if not parts or not all(store.exists(f"index/signals/{part}") for part in parts):
        return None
    quota = max(LEAST, QUOTA // max(1, len(kept)))
    rates = {label: min(1.0, quota / count) for label, count in kept.items() if count}
    found = Columns()
    told.start("columns", len(parts), len(parts), 0)
    for part in parts:
        _add(store, part, rates, found)
        told.advance(1)
    return found


def _add(store: Store, part: str, rates: Mapping[str, float], found: Columns) -> None:
    verdicts = store.read_table(
        f"index/verdicts/{part}", ["id", "source", "label", "rule", "cluster_size", "text_bytes"]
    ).combine_chunks()
    if not verdicts.num_rows:
        return
    with store.parquet(f"index/signals/{part}") as file:
        names = file.schema_arrow.names
    wanted = [name for name in ("url", "language_score", *(f"signal.{name}" for name in _SIGNALS)) if name in names]
    signals = store.read_table(f"index/signals/{part}", wanted)
    numbers = {name.removeprefix("signal."): signals[name].to_numpy() for name in signals.column_names if name != "url"}
    rules = verdicts["rule"].combine_chunks().cast(pa.string())
    kept = pc.equal(rules, KEPT).to_numpy(zero_copy_only=False)
    removed = ~kept & pc.not_equal(rules, TAKEN_DOWN).to_numpy(zero_copy_only=False)  # of which nothing is known
    found.documents += len(kept)
    score_bins = np.clip((numbers["language_score"] * SCORES).astype(np.int64), 0, SCORES - 1)
    chars = np.maximum(numbers["chars"], 1)
    length_bins = np.clip((np.log10(chars) * DECADE).astype(np.int64), 0, LENGTHS - 1)
    for row, mask in enumerate((kept, removed)):
        found.scores[row] += np.bincount(score_bins[mask], minlength=SCORES)
        found.lengths[row] += np.bincount(length_bins[mask], minlength=LENGTHS)
    sizes = np.maximum(verdicts["cluster_size"].to_numpy(), 1)
    of_size = np.searchsorted(np.array(CLUSTERS), sizes, "right") - 1
    found.clusters += np.bincount(of_size, 1.0 / sizes, minlength=len(CLUSTERS))
    found.in_clusters += np.bincount(of_size, minlength=len(CLUSTERS))
    _add_kept(verdicts, signals, numbers, np.flatnonzero(kept), length_bins, rates, found)


def _add_kept(
    verdicts: pa.Table,
    signals: pa.Table,
    numbers: Mapping[str, npt.NDArray[np.float32]],
    rows: npt.NDArray[np.int64],
    length_bins: npt.NDArray[np.int64],
    rates: Mapping[str, float],
    found: Columns,
) -> None:
    """Per label, of the kept rows."""
    labels, label_of = _coded(verdicts["label"])
    sources, source_of = _coded(verdicts["source"])
    size = verdicts["text_bytes"].to_numpy().astype(np.float64)
    label_of = label_of[rows]
    lengths = np.bincount(label_of * LENGTHS + length_bins[rows], minlength=len(labels) * LENGTHS)
    scores = np.bincount(label_of, numbers["language_score"][rows], minlength=len(labels))
    by_source = np.bincount(
        label_of * len(sources) + source_of[rows], size[rows], minlength=len(labels) * len(sources)
    ).reshape(len(labels), -1)
    for code in np.unique(label_of).tolist():
        name = labels[code]
        found.label_lengths[name] += lengths[code * LENGTHS : (code + 1) * LENGTHS]
        found.label_scores[name] += float(scores[code])
        for source in np.flatnonzero(by_source[code]).tolist():
            found.label_sources[name][sources[source]] += float(by_source[code, source])
    rate = np.array([rates.get(name, 1.0) for name in labels])[label_of]
    halves = id_array(verdicts["id"])[rows]
    asked = chance.uniform(halves, 1, "report") < rate
    rows, label_of, rate = rows[asked], label_of[asked], rate[asked]
    words = numbers["words"][rows] if "words" in numbers else np.ones(len(rows))
    marks = {name: numbers[name][rows] for name, _, _ in MARKS.values() if name in numbers}
    kinds = by_marks(words, marks).tolist()
    urls = signals["url"].take(pa.array(rows)).to_pylist() if "url" in signals.column_names else [None] * len(rows)
    amounts = (size[rows] / rate).tolist()
    _add_origins(
        [labels[code] for code in label_of], [sources[code] for code in source_of[rows]], urls, amounts, kinds, found
    )


def _add_origins(
    labels: Sequence[str],
    sources: Sequence[str],
    urls: Sequence[str | None],
    amounts: Sequence[float],
    kinds: Sequence[int],
    found: Columns,
) -> None:
    for label, source, url, amount, kind in zip(labels, sources, urls, amounts, kinds, strict=True):
        one = found.origins[label]
        place = host(url) if url else ""
        one.asked += 1
        one.text += amount
        one.with_host += amount if place else 0.0
        one.places[place or f":{source}"] += amount
        if kind < 0:
            kind = max(kind_of(place), kind_of(source)) if place else kind_of(source)
        if kind >= 0:
            one.kinds[kind] += amount


def _coded(column: pa.ChunkedArray) -> tuple[list[str], Codes]:
    """The different values of a column, and which each row has."""
    coded = column.combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)


def median(lengths: Counts) -> float:
    """The middle length of documents counted by bin, to the precision of a bin; 0 where there are none."""
    total = int(lengths.sum())
    if not total:
        return 0.0
    middle = int(np.searchsorted(np.cumsum(lengths), (total + 1) // 2))
    return float(10 ** ((middle + 0.5) / DECADE))
