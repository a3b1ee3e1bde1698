"""Limits from reference documents, and what a label is held to: the reading and printing side of ``filters.derive``.

A reference is read, identified and measured by the very steps of a build; nothing is decided or written of it.
"""

import functools
import math
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filters import derive as deriving
from filters import rules, stopwords
from filters.decide import verdicts
from filters.derive import Derived
from filters.stopwords import StopWords
from langid.label import harmonise
from manifests import evidence, limits
from manifests.errors import Stop
from manifests.evidence import Evidence
from manifests.languages import word_kind
from manifests.limits import KNOWN
from pipeline import build, settings
from pipeline.progress import Reporter
from pipeline.rows import id_array
from pipeline.settings import Settings
from pipeline.steps.decide import final_labels, harmony_of, numeric_columns
from pipeline.store import Store

MOST = 20_000
"""Documents of a label that are looked at: those of the smallest ids, which is as good as drawn by lot."""

ENOUGH_WORDS = 300_000
"""Words of a label and source that stop words are told from."""

_LABEL = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


@dataclass(frozen=True, slots=True)
class Reference:
    """Documents to learn from, in the order of their ids: signals, and labels as told and as identified."""

    columns: dict[str, npt.NDArray[np.float32]]
    labels: npt.NDArray[Any]
    identified: npt.NDArray[Any]
    given: npt.NDArray[np.bool_]
    """Whether the source names the language, in a form that is known."""
    source_ids: npt.NDArray[Any]
    """The records' own ids, None where they have none."""
    ids: npt.NDArray[Any]
    """Ours, bytes."""

    def take(self, rows: npt.NDArray[Any]) -> "Reference":
        """The documents of these rows (numbers or a mask)."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        others = (self.labels, self.identified, self.given, self.source_ids, self.ids)
        return Reference(columns, *(values[rows] for values in others))


def settings_of(sources: Sequence[str], label_field: str | None, assignments: Iterable[str] = ()) -> Settings:
    """Settings that read the reference; the label travels where a build has the name of a dump."""
    told = [*assignments, *([f"read.fields.dump={label_field}"] if label_field else [])]
    return settings.load(sources, None, told)


def read(
    asked: Settings,
    work: Path,
    labelled: bool,
    engine: str = "local",
    workers: int | None = None,
    reporter: Reporter | None = None,
) -> Reference:
    """Measure the documents of the sources in the folder ``work``; a text that was met before counts once.

    With ``labelled`` the label of a document is what its source says, where that names a language.
    """
    parts, aside = build.annotate(asked, work, engine, workers, reporter=reporter)
    if aside:
        raise Stop(f"{aside[0].unit} could not be read: {aside[0].said.strip().splitlines()[-1]}", "Leave it out.", 1)
    store, harmony = Store(work.absolute()), harmony_of(asked)
    found: Reference | None = None
    seen = np.zeros((0, 4), np.uint64)
    for part in parts:
        table = store.read_table(f"index/signals/{part}.parquet")
        notes = store.read_table(f"work/notes/{part}.parquet", ["dump", "source_id"])
        exact = id_array(store.read_table(f"index/signatures/{part}.parquet", ["exact_hash"])["exact_hash"])
        identified = np.array(final_labels(table["raw_label"].combine_chunks(), harmony).to_pylist(), object)
        said = notes["dump"].to_pylist() if labelled else [None] * len(identified)
        names = [_label(name) for name in said]
        given = np.array([bool(known) for known in names], np.bool_)
        labels = np.array(
            [own if not known or own in known else known[0] for own, known in zip(identified, names, strict=True)],
            object,
        )
        columns = {name: values.astype(np.float32) for name, values in numeric_columns(table).items()}
        source_ids, ids = (np.array(column.to_pylist(), object) for column in (notes["source_id"], table["id"]))
        mine = Reference(columns, labels, identified, given, source_ids, ids)
        keys = np.concatenate([id_array(table["id"]), exact], axis=1)
        found = mine if found is None else _joined(found, mine)
        found, seen = _sampled(found, np.concatenate([seen, keys]))
    if found is None or not len(found.labels):
        raise Stop("The reference has no documents.", "Give sources with text: corpus limits derive --help")
    return found


def _label(said: str | None) -> tuple[str, ...]:
    """The labels that a source's word for a language may stand for, the usual one first; none where it is no word."""
    names = harmonise(said) if said else ()
    return names if names and _LABEL.fullmatch(names[0]) else ()


def _joined(one: Reference, two: Reference) -> Reference:
    columns = {name: np.concatenate([values, two.columns[name]]) for name, values in one.columns.items()}
    return Reference(
        columns,
        np.concatenate([one.labels, two.labels]),
        np.concatenate([one.identified, two.identified]),
        np.concatenate([one.given, two.given]),
        np.concatenate([one.source_ids, two.source_ids]),
        np.concatenate([one.ids, two.ids]),
    )


def _sampled(found: Reference, keys: npt.NDArray[np.uint64]) -> tuple[Reference, npt.NDArray[np.uint64]]:
    """The MOST documents of each label that have the smallest ids, of each text the first, in the order of ids.

    ``keys`` are id and digest of the normal form, (n, 4).
    """
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    _, first = np.unique(keys[order][:, 2:], axis=0, return_index=True)
    order = order[np.sort(first)]
    _, of_label = np.unique(found.labels[order].astype(str), return_inverse=True)
    by_label = np.argsort(of_label, kind="stable")
    starts = np.searchsorted(of_label[by_label], np.arange(of_label.max(initial=0) + 1))
    rank = np.empty(len(order), np.int64)
    rank[by_label] = np.arange(len(order)) - starts[of_label[by_label]]
    order = order[rank < MOST]
    return found.take(order), keys[order]


def derive(found: Reference, most_removed: float = deriving.MOST_REMOVED) -> Derived:
    """Limits from the documents that the limits which are chosen, not derived, would keep.

    Whether a text is in its label's language is asked only where nobody but identification says which that is.
    """
    learnt = {one.limit for one in deriving.DERIVABLE}
    chosen = [rule for rule in rules.named(limits.DEFAULT) if rule.limit not in learnt]
    about_text = [rule for rule in chosen if rule.kind != "identity"]
    labels, held = found.labels.tolist(), limits.load()
    good = verdicts(found.columns, labels, held, about_text).rule < 0
    all_ = verdicts(found.columns, labels, held, chosen)
    good &= found.given | ((all_.rule < 0) & (all_.doubt < 0))
    kept = found.take(good)
    return deriving.derive(kept.columns, kept.labels.tolist(), kept.identified.tolist(), most_removed)


def stop_words(work: Path, found: Reference) -> dict[str, StopWords]:
    """Stop words of each label from the documents of the reference: what ``read`` measured in the folder ``work``.

    A line is a sentence, and declared sources are what a word must be frequent in; of a label and source, the first
    ENOUGH_WORDS are looked at. Documents whose language is in doubt have no say.
    """
    sure = found.given | (found.columns["language_score"] >= limits.load().of("und_Zzzz")["min_language_score"])
    held = dict(zip(found.ids[sure].tolist(), found.labels[sure].tolist(), strict=True))
    store = Store(work.absolute())
    heard: Counter[tuple[str, str]] = Counter()

    def sentences() -> Iterator[tuple[str, str, list[str]]]:
        for name in store.files("work/notes"):
            if not name.endswith(".parquet"):
                continue
            table = store.read_table(name, ["id", "source", "text"])
            for one, source, text in zip(*(table[column].to_pylist() for column in table.column_names), strict=True):
                label = held.get(one)
                if label is None or heard[label, source] >= ENOUGH_WORDS or word_kind(label) != "spaced":
                    continue
                for line in text.splitlines():
                    words = stopwords.split(line)
                    heard[label, source] += len(words)
                    yield label, source, words

    return stopwords.derive(sentences(), None)


def write(derived: Derived, out: Path, asked: Settings, found: Reference, most_removed: float) -> Path:
    """Write the limits, and beside them what they rest on; returns the place of that."""
    beside = out.with_suffix(evidence.SUFFIX)
    sources = ", ".join(source.name for source in asked.sources)
    labels = len(set(found.labels))
    head = (
        f"Made by corpus limits derive from {sources}: {len(found.labels):,} documents in {labels:,} labels.",
        f"A table without a limit backs off to the wider one; what the numbers rest on is in {beside.name}.",
        f"None demonstrably removes more than {most_removed:g} of the documents of its own table.",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(deriving.render(derived, head), encoding="utf-8")
    beside.write_text(deriving.tsv(derived), encoding="utf-8")
    limits.load(str(out))  # what is written must be what can be read
    return beside


def write_stop_words(lists: Mapping[str, StopWords], out: Path, asked: Settings) -> None:
    """Write the table of stop words."""
    sources = ", ".join(source.name for source in asked.sources)
    text = stopwords.render(lists, f"# Made by corpus limits derive from {sources}.\n")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    stopwords.parse(text)  # what is written must be what can be read


@contextmanager
def work_folder(work: Path | None) -> Iterator[Path]:
    """Where the reference is measured: the folder asked for, or one that goes when the work is done."""
    if work is not None:
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="corpus-limits-") as folder:
        yield Path(folder) / "work"


class Shown(NamedTuple):
    """One limit of a label."""

    limit: str
    meaning: str
    value: float | None
    """None where it is switched off."""
    place: str
    """The file that says it, or ``filters``."""
    table: str
    """The table of the file: what the label backed off to where it is not its own."""
    evidence: Evidence | None
    """What the number rests on; None where it was chosen by hand."""
    own: int
    """Documents of the label itself that were asked, whether or not they decided; 0 where they were too few."""

    @property
    def basis(self) -> str:
        """In a few words, what the number rests on."""
        if self.evidence is None:
            return "chosen"
        if math.isnan(self.evidence.value):
            return self.evidence.note
        return f"{self.evidence.documents:,} documents"


def show(label: str, file: str | None = None) -> list[Shown]:
    """Every limit that a label is held to, in the order of the rules."""
    found = []
    for name, said in sorted(limits.load(file).said(label).items(), key=lambda item: list(KNOWN).index(item[0])):
        rows = _rows(said.place, file)
        value = None if said.value is False else float(said.value)
        basis = rows.get((said.table, name))
        own = rows.get((f"label.{label}", name)) or rows.get((f"label.{label}", evidence.OTHERS))
        documents = own.documents if basis is not None and own is not None else 0
        found.append(Shown(name, KNOWN[name].meaning, value, said.place, said.table, basis, documents))
    return found


@functools.cache
def _rows(place: str, file: str | None) -> evidence.Rows:
    return evidence.beside(place) if place == file else evidence.shipped(place)
