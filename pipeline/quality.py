"""Trains a classifier of quality from good and bad documents, and tells how well it parts those it has not seen."""

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash

from filters.quality import Classifier, auc
from langid import model
from langid.fit import Shape, fit, save
from manifests.errors import Stop
from pipeline import plan
from pipeline.models import digest as sha256_of
from pipeline.settings import load, without_secrets
from pipeline.steps import text

POSITIVE, NEGATIVE = "positive", "negative"
MODEL, CARD, README = "model.bin", "card.json", "README.md"
LETTERS = 4000
"""Of a document, that many characters from its start are learnt from."""
LEAST = 50
"""Documents of either kind without which nothing can be learnt, nor told."""
HELD_OUT = 10
"""One document in so many is not learnt from."""
SHAPE = Shape(dim=32, bucket=1 << 18, shortest=2, longest=4, word_least=5, epochs=3, rate=0.3)
_TOGETHER = "_Zyyy"
"""Ends both labels while they are learnt: ``fit`` only tells labels of one script apart."""

Sample = dict[int, str]
"""Texts by their hash, in its order."""


def train(positive: str, negative: str, out: Path, documents: int, assignments: Iterable[str] = ()) -> dict[str, Any]:
    """Learn from at most ``documents`` of each source, write model and card to ``out``, and return the card.

    The same documents give the same model, however they lie in files: a sample is of the smallest hashes of texts, and
    copies count once. A text that is in both is in neither.
    """
    good, bad = (_sample(source, documents, list(assignments)) for source in (positive, negative))
    both = good.keys() & bad.keys()
    rows = sorted(
        (key, label, found[key]) for label, found in ((POSITIVE, good), (NEGATIVE, bad)) for key in found.keys() - both
    )
    for label, source in ((POSITIVE, positive), (NEGATIVE, negative)):
        count = sum(1 for _, name, _ in rows if name == label)
        if count < LEAST:
            raise Stop(f"{source} has {count} documents to learn from.", f"Give at least {LEAST} of each kind.")
    learnt = [row for row in rows if row[0] % HELD_OUT]
    fitted = fit([label + _TOGETHER for _, label, _ in learnt], [said for *_, said in learnt], SHAPE)
    out.mkdir(parents=True, exist_ok=True)
    save(
        replace(fitted, labels=[label.removesuffix(_TOGETHER) for label in fitted.labels]), out / MODEL, quantised=False
    )

    asked = Classifier.of(model.load(out / MODEL), POSITIVE)
    held = {
        label: asked.score(pa.array([said for key, name, said in rows if name == label and not key % HELD_OUT]))
        for label in (POSITIVE, NEGATIVE)
    }
    if not all(map(len, held.values())):
        raise Stop("No document is left to measure with.", f"Give at least {LEAST} of each kind.")
    card = {
        "sha256": sha256_of(out / MODEL),
        "sources": {POSITIVE: without_secrets(positive), NEGATIVE: without_secrets(negative)},
        "learnt": {label: sum(1 for _, name, _ in learnt if name == label) for label in held},
        "held_out": {label: len(scores) for label, scores in held.items()},
        "in_both": len(both),
        "auc": round(auc(held[POSITIVE], held[NEGATIVE]), 4),
        "quantiles": {label: _quantiles(scores) for label, scores in held.items()},
        "letters": LETTERS,
        "shape": asdict(SHAPE),
    }
    (out / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    (out / README).write_text(_readme(card), "utf-8")
    return card


def _sample(source: str, most: int, assignments: Sequence[str]) -> Sample:
    """The texts of the smallest hashes; of a heap of negated hashes the largest goes first."""
    heap: list[tuple[int, str]] = []
    known: set[int] = set()
    for said in _texts(source, assignments):
        key = xxhash.xxh3_64_intdigest(said.encode())
        if key in known or not said:
            continue
        known.add(key)
        if len(heap) < most:
            heapq.heappush(heap, (-key, said))
        else:
            known.discard(-heapq.heappushpop(heap, (-key, said))[0])
    return {-key: said for key, said in sorted(heap, reverse=True)}


def _texts(source: str, assignments: Sequence[str]) -> Iterator[str]:
    """The beginnings of the texts of a source, in one line each."""
    settings = load([source], None, assignments)
    for unit in plan.make(settings).units:
        for table in text.documents(unit, settings):
            for said in table["text"].to_pylist():
                yield " ".join(said[:LETTERS].split())


def _quantiles(scores: Any) -> list[float]:
    """What a tenth, a quarter, a half, three quarters and nine tenths are not above."""
    return [round(float(value), 4) for value in np.quantile(scores, [0.1, 0.25, 0.5, 0.75, 0.9])]


def _readme(card: dict[str, Any]) -> str:
    learnt, held, spread = card["learnt"], card["held_out"], card["quantiles"]
    rows = [
        f"| {label} | `{card['sources'][label]}` | {learnt[label]:,} | {held[label]:,} | {spread[label]} |"
        for label in held
    ]
    return "\n".join(
        [
            "# A classifier of quality",
            "",
            f"A fastText model; `{POSITIVE}` is its label for good documents. Use it with",
            f"`corpus build ... --set quality.model={MODEL} --set quality.keep_share=0.1`.",
            "",
            "| label | source | learnt from | held out | scores: 0.1, 0.25, 0.5, 0.75, 0.9 quantile |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"Area under the ROC curve on what was held out (one in {HELD_OUT}, by hash): **{card['auc']}**. Copies",
            "were left out, near-copies were not: where the sources have many, the figure flatters. It tells how well",
            "the two sources are told apart, which is quality only as far as they differ in nothing else.",
            "",
        ]
    )
