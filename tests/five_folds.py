"""What becomes of clean documents under limits learnt without them: five folds of whole stories and chapters."""

import io
import json
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard
from shared import SHARED

from filters import derive as deriving
from filters import repair, signals, stopwords
from filters.decide import verdicts
from filters.rules import named
from manifests import limits
from pipeline import limits as reading
from pipeline.limits import Reference

FOLDS = 5
Row = dict[str, Any]


class Judged(NamedTuple):
    """A clean document: its true label, the one identified, and the rules that remove it or set it apart ("": none)."""

    label: str
    identified: str
    removed: str
    apart: str

    @property
    def script(self) -> str:
        """That of its true label."""
        return self.label.rpartition("_")[2]

    @property
    def published(self) -> bool:
        """Whether it is neither removed nor apart."""
        return not self.removed and not self.apart


def documents(name: str) -> list[Row]:
    """The rows of a file of documents."""
    assert SHARED is not None
    with (SHARED / "docs" / name).open("rb") as raw:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        return [msgspec.json.decode(line) for line in stream]


def folds(groups: list[str]) -> npt.NDArray[np.int64]:
    """The fold of each document: versions of one text in other languages are in the same."""
    return np.array([zlib.crc32(group.encode()) % FOLDS for group in groups])


def reference(rows: list[Row]) -> Reference:
    """Documents to learn limits from, measured under their true labels; that these are theirs is not asked."""
    labels = np.array([row["label"] for row in rows], object)
    texts = repair.repair([row["text"] for row in rows]).texts
    measured = signals.measure(texts, labels.tolist(), stopwords=stopwords.load())
    columns = {name: np.asarray(values, np.float32) for name, values in measured.items()}
    columns |= {name: np.ones(len(rows), np.float32) for name in ("language_score", "script_share")}
    columns["mixed_share"] = np.zeros(len(rows), np.float32)
    names = np.array([row["id"] for row in rows], object)
    return Reference(columns, labels, labels, np.ones(len(rows), np.bool_), names, names)


def judged(place: Path) -> list[Judged]:
    """Every clean document, held to limits that were learnt from the four folds that it is not in."""
    real = documents("docs.jsonl.zst")
    whole, of_real = reference(real), folds([row["group"] for row in real])
    group = {row["id"]: row["group"] for row in real}
    noisy = {row["id"]: row for row in documents("noisy.jsonl.zst") if row["noise"] == "clean"}
    (place / "clean.jsonl").write_text("\n".join(json.dumps(row) for row in noisy.values()))
    asked = reading.settings_of([str(place / "clean.jsonl")], "label")
    clean = reading.read(asked, place / "work", True, engine="inline")
    of_clean = folds([group[noisy[name]["origin_id"]] for name in clean.source_ids])
    removed, apart = (np.full(len(clean.labels), -1, np.int64) for _ in range(2))
    for fold in range(FOLDS):
        learnt = place / f"{fold}.toml"
        learnt.write_text(deriving.render(reading.derive(whole.take(of_real != fold)), []))
        mine = clean.take(of_clean == fold)
        found = verdicts(mine.columns, mine.identified.tolist(), limits.load(str(learnt)), named("default"))
        removed[of_clean == fold], apart[of_clean == fold] = found.rule, found.doubt
    names = [*(rule.name for rule in named("default")), ""]
    return [
        Judged(label, identified, names[one], names[two])
        for label, identified, one, two in zip(clean.labels, clean.identified, removed, apart, strict=True)
    ]
