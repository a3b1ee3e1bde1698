"""Arbitration is applied only where it tells close relatives better than the model alone, on sources not trained on."""

import csv
import dataclasses
from collections import Counter
from pathlib import Path

import pytest

import langid
from langid.arbitrate import RELATIVES
from langid.arbitrate_build import GROUPS
from langid.evaluate import answers, sentences
from langid.identify import Identifier
from langid.train import BARRED
from tests.shared import SHARED, needs_shared

BUILTIN = Path(langid.__file__).parent / "builtin"

MEASURED = Path(__file__).parent / "relatives.tsv"
"""What tests/bench/unseen.py --relatives counts: of texts of a label in a source that the model was not trained on, how
many are answered rightly without arbitration and with it."""


def _measured() -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    with MEASURED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            assert row["label"] in GROUPS[row["group"]]
            counts = found.setdefault(row["group"], Counter())
            counts.update({name: int(row[name]) for name in ("texts", "argmax", "arbitrated")})
    return found


def test_every_group_that_ships_was_measured_and_gained() -> None:
    with (BUILTIN / RELATIVES).open(encoding="utf-8", newline="") as file:
        csv.field_size_limit(1 << 24)
        shipped = {row["group"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    measured = _measured()
    assert shipped == measured.keys() == GROUPS.keys()
    for group, counts in measured.items():
        assert counts["texts"] >= 500, group
        assert counts["texts"] >= counts["arbitrated"] > counts["argmax"], group


@needs_shared
@pytest.mark.parametrize("group", ["nguni", "rwanda"])
def test_the_builtin_model_gains_on_sources_that_it_was_never_trained_on(group: str) -> None:
    assert SHARED is not None
    rows = [row for row in sentences(SHARED / "lid" / "dev.tsv.zst") if row.source in BARRED]
    rows = [row for row in rows if row.label in GROUPS[group]]
    identifier = Identifier.load(BUILTIN / "model.ftz")
    right = [
        sum(one.label == one.answer for one in answers(asked, rows))
        for asked in (dataclasses.replace(identifier, arbiter=None), identifier)
    ]
    assert len(rows) >= 200
    assert right[1] > right[0]
