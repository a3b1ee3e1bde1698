"""Verdicts: columns of signals held against limits, rule after rule; the first that fails is why a document goes.

Rules that set apart remove nothing: a document that fails one is in doubt, and kept apart if no other removes it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.rules import Floats, Rule
from manifests.errors import Stop
from manifests.languages import word_kind
from manifests.limits import Limits

VERSION = 2

Columns = Mapping[str, npt.NDArray[Any]]
"""Signals by name, an entry a document."""

Outcome = Literal["kept", "removed", "abstained", "set apart"]


class Verdicts(NamedTuple):
    """What became of each document, shape (n,): the first rule failed, with what was measured and what was held."""

    rule: npt.NDArray[np.int16]
    """Index into the rules asked, or -1 where the document is kept."""
    value: Floats
    """NaN where kept, unless apart."""
    limit: Floats
    doubt: npt.NDArray[np.int16]
    """Index of the rule that sets the document apart, or -1. Also of what is removed."""


class Held(NamedTuple):
    """One document held against one rule. It abstains where value or limit is NaN, or the rule is for other scripts,
    or for documents whose language is sure, or in doubt."""

    rule: str
    value: float
    limit: float
    outcome: Outcome


def verdicts(
    columns: Columns, labels: Sequence[str] | pa.DictionaryArray, limits: Limits, rules: Sequence[Rule]
) -> Verdicts:
    """Hold every document against every rule.

    Values and limits are compared as float32, the width in which signals are stored: a share of exactly 3 in 10 passes
    a limit of 0.3. A rule whose signal is in no column is a Stop.
    """
    encoded = labels if isinstance(labels, pa.DictionaryArray) else pa.array(labels, pa.string()).dictionary_encode()
    names, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)
    alike, of_name = _alike(names, limits)
    of_document = of_name[codes]
    found = Verdicts(
        np.full(len(codes), -1, np.int16),
        np.full(len(codes), np.nan, np.float32),
        np.full(len(codes), np.nan, np.float32),
        np.full(len(codes), -1, np.int16),
    )
    for number, rule in sorted(enumerate(rules), key=lambda pair: not pair[1].apart):
        found_limits = np.array([_limit(rule, name, held) for name, held in alike], np.float32)
        if np.isnan(found_limits).all():
            continue
        limit, value = found_limits[of_document], _values(rule, columns, names, codes)
        fails = ~rule.keep_if(value, limit) & ~np.isnan(value) & ~np.isnan(limit)
        failed = found.doubt if rule.apart else found.rule
        fails &= failed < 0
        if rule.asked_of != "all":
            fails &= (found.doubt >= 0) == (rule.asked_of == "doubtful")
        failed[fails] = number
        found.value[fails] = value[fails]
        found.limit[fails] = limit[fails]
    return found


def explain(signals: Mapping[str, float], label: str, limits: Limits, rules: Sequence[Rule]) -> list[Held]:
    """One document held against every rule, failed or not, in the order decided."""
    columns = {name: np.array([value], np.float32) for name, value in signals.items()}
    told = []
    doubtful = bool(verdicts(columns, [label], limits, [rule for rule in rules if rule.apart]).doubt[0] >= 0)
    for rule in rules:
        limit = np.array([_limit(rule, label, limits.of(label))], np.float32)
        value = _values(rule, columns, [label], np.zeros(1, np.int64))
        outcome: Outcome = "abstained"
        asked = rule.asked_of == "all" or (rule.asked_of == "doubtful") == doubtful
        if asked and not np.isnan(limit[0]) and not np.isnan(value[0]):
            failed: Outcome = "set apart" if rule.apart else "removed"
            outcome = "kept" if rule.keep_if(value, limit)[0] else failed
        told.append(Held(rule.name, float(value[0]), float(limit[0]), outcome))
    return told


def determined(label: str) -> bool:
    """Whether a label names a language: not ``und_*``, what no model knows, nor ``zxx_*``, what is no language."""
    return not label.startswith(("und_", "zxx_"))


def _alike(names: Sequence[str], limits: Limits) -> tuple[list[tuple[str, Mapping[str, float]]], npt.NDArray[np.int64]]:
    """One label of each kind that is held to the same limits, with these, and the number of the kind of each name."""
    kinds: dict[tuple[int, str], int] = {}
    alike: list[tuple[str, Mapping[str, float]]] = []
    of_name = np.zeros(len(names), np.int64)
    every = [limits.of(name) for name in names]  # all alive together, so that none takes the identity of another
    for place, (name, held) in enumerate(zip(names, every, strict=True)):
        of_name[place] = kinds.setdefault((id(held), word_kind(name)), len(kinds))
        if len(kinds) > len(alike):
            alike.append((name, held))
    return alike, of_name


def _limit(rule: Rule, label: str, limits: Mapping[str, float]) -> float:
    if rule.words is not None and rule.words != word_kind(label):
        return np.nan
    return limits.get(rule.limit, np.nan)


def _values(rule: Rule, columns: Columns, names: Sequence[str], codes: npt.NDArray[Any]) -> Floats:
    """The signal of a rule as float32, NaN where it is negative: there it could not be measured.

    The one signal that is no column is what the label itself says.
    """
    if rule.signal == "determined":
        told: Floats = np.array([determined(name) for name in names], np.float32)[codes]
        return told
    if rule.optional and rule.signal not in columns:
        return np.full(len(codes), np.nan, np.float32)
    try:
        values = np.asarray(columns[rule.signal], np.float32)
    except KeyError:
        raise Stop(
            f"The rule {rule.name} asks for the signal {rule.signal}, which was not measured.",
            "Build again into a new folder, or choose rules that do without it: --set rules=NAME",
        ) from None
    measured: Floats = np.where(values < 0, np.float32(np.nan), values)
    return measured
