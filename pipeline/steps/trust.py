"""Which labels are published in data/ and which are set apart in data/unverified/: from tallies alone, no text.

A label is set apart where the share of its documents that are truly in it is expected to be below ``lid_floor``
(``langid.precision``), or where the model's card calls it weak. Of a label that is published, documents whose own
language is in doubt are set apart (``steps.decide``), so what is expected is the precision of the others.

A label that was published once stays where it is, however the estimate moves as a corpus grows; another floor, another
model, or ``corpus rebuild`` decides anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langid import precision
from langid.confusions import Confusions
from langid.scores import BINS
from langid.support import supported
from manifests.errors import Stop
from manifests.harmonise import Harmony
from pipeline.files import file_digest
from pipeline.sample import shipped
from pipeline.settings import Settings, digest
from pipeline.steps.decide import APART, PUBLISHED, harmony_of
from pipeline.store import Store

VERSION = 3
VERIFIED, UNVERIFIED = PUBLISHED, APART
CONFUSIONS = "confusions.tsv"
"""Beside a model file: how often it answers text of which label with which."""
MEMORY = "index/labels.json"
"""Where each label was published."""
ESTIMATE = "work/precision.json"


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known of a label, and the folder that follows from it."""

    folder: str
    expected_precision: float | None
    """None where the model has no confusion table."""
    precision_interval: tuple[float, float] | None
    supported: bool | None
    """None where the model's card does not say."""
    answered: int

    def told(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "folder": self.folder,
            "answered": self.answered,
            "expected_precision": self.expected_precision,
            "precision_interval": list(self.precision_interval) if self.precision_interval else None,
            "supported": self.supported,
        }


def added(many: Iterable[Mapping[str, Sequence[int]]]) -> dict[str, list[int]]:
    """The sum of such tallies."""
    total: dict[str, list[int]] = {}
    for rows in many:
        for label, row in rows.items():
            total[label] = [one + other for one, other in zip(total.get(label, [0] * BINS), row, strict=True)]
    return total


def decide(
    store: Store,
    settings: Settings,
    model: Path,
    answers: Mapping[str, int],
    scores: Mapping[str, Sequence[int]],
    stay: Mapping[str, Sequence[int]] | None = None,
    before: Mapping[str, str] | None = None,
) -> dict[str, Trust]:
    """Of every final label: what is expected of it, and where it is published.

    ``scores`` are of all documents, ``stay`` of those published in no doubt; without, all are. Labels that
    snapshots ``before`` have published stay in their folders, whatever the floor and the model.
    """
    harmony = harmony_of(settings)
    finals = {raw: harmony.of(raw) for raw in sorted(answers)}
    estimates = _estimates(store, model, answers, scores, scores if stay is None else stay, harmony)
    known = supported(model)
    remembered = _remembered(store, settings, model) | dict(before or {})
    exempt = bool(settings.sources) and {source.path for source in settings.sources} <= set(shipped.paths())
    total: Counter[str] = Counter()
    backing: Counter[str] = Counter()  # documents under an answer that is supported, less those under one that is not
    for raw, label in finals.items():
        total[label] += answers[raw]
        if raw in known:
            backing[label] += answers[raw] if known[raw] else -answers[raw]
    trusts = {}
    for label in sorted(total):
        backed = backing[label] >= 0 if label in backing else None
        expected, interval = estimates.get(label, (None, None))
        low = expected is not None and expected < settings.lid_floor
        folder = UNVERIFIED if (low or backed is False) and not exempt else VERIFIED
        trusts[label] = Trust(remembered.get(label, folder), expected, interval, backed, total[label])
    return trusts


def remember(store: Store, settings: Settings, model: Path, trusts: Mapping[str, Trust], published: set[str]) -> None:
    """Record where labels that have documents are published; those of earlier builds are kept."""
    folders = _remembered(store, settings, model)
    folders |= {label: trust.folder for label, trust in trusts.items() if label in published}
    store.write_json(MEMORY, {"grounds": _grounds(settings, model), "folders": dict(sorted(folders.items()))}, indent=1)


def forget(store: Store) -> None:
    """Drop the record, so that the next build decides where every label goes."""
    store.remove(MEMORY)


def _grounds(settings: Settings, model: Path) -> str:
    return digest("trust", VERSION, settings.lid_floor, file_digest(model))


def _remembered(store: Store, settings: Settings, model: Path) -> dict[str, str]:
    found = store.read_json(MEMORY) or {}
    if found.get("grounds") != _grounds(settings, model):
        return {}
    return dict(found["folders"])


def _estimates(
    store: Store,
    model: Path,
    answers: Mapping[str, int],
    scores: Mapping[str, Sequence[int]],
    stay: Mapping[str, Sequence[int]],
    harmony: Harmony,
) -> dict[str, tuple[float, tuple[float, float]]]:
    place = model.with_name(CONFUSIONS)
    if not place.is_file():
        return {}
    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"{place} cannot be read: {error}", "Mend or delete it") from error
    fingerprint = digest(
        "precision",
        precision.VERSION,
        file_digest(place),
        harmony.digest(),
        sorted(answers.items()),
        sorted(scores.items()),
        sorted(stay.items()),
    )
    found = store.read_json(ESTIMATE) or {}
    if found.get("fingerprint") != fingerprint:
        confusions = Confusions.parse(text)
        final = {raw: harmony.of(raw) for raw in sorted({*answers, *confusions.truths, *confusions.answers})}
        labels = precision.estimate(confusions, answers, final, scores, stay).labels
        told = {label: [one.precision, *one.interval] for label, one in labels.items()}
        found = {"fingerprint": fingerprint, "labels": told}
        store.write_json(ESTIMATE, found)
    return {label: (expected, (low, high)) for label, (expected, low, high) in found["labels"].items()}
