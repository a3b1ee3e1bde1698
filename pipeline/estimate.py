"""What a build will take, told before it starts."""

from collections import defaultdict
from dataclasses import dataclass

from pipeline import plan as planning
from pipeline.engines.choice import cores
from pipeline.models import locate
from pipeline.plan import Plan, Unit
from pipeline.settings import Settings
from pipeline.steps import decide

TEXT_PER_BYTE = {
    ("warc", False): 0.10,
    ("warc", True): 0.5,
    ("jsonl", False): 0.9,
    ("jsonl", True): 3.2,
    ("text", False): 1.0,
    ("text", True): 3.2,
    ("parquet", False): 2.0,
}
"""Bytes of text that a byte of a file gives, by kind and whether it is compressed: from trial builds."""
SECONDS_PER_TEXT_BYTE = 1 / 6e6
"""Of one core, for everything after extraction."""
SECONDS_PER_ARCHIVE_BYTE = {False: 1 / 6e6, True: 1 / 0.9e6}
"""Of one core, for extraction of pages: plain and compressed archives."""
DISK_PER_TEXT_BYTE = {"text parts": 0.51, "notes": 0.57, "data": 0.35, "removed": 0.10, "index": 0.25}
"""Bytes on disk for a byte of text, from trial builds; data and removed depend on how much is kept."""


@dataclass(frozen=True, slots=True)
class OfSource:
    """What one source brings."""

    name: str
    files: int
    units: int
    bytes: int
    kinds: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """The plan, time and disk of a build."""

    plan: Plan
    sources: list[OfSource]
    workers: int
    seconds: float
    disk: dict[str, int]


def _ratio(unit: Unit) -> float:
    return TEXT_PER_BYTE.get((unit.kind, unit.codec != "none"), 1.0)


def check(settings: Settings) -> None:
    """Stop where a build with these settings would."""
    locate(settings.lid)
    decide.rule_names(settings)
    decide.limits_of(settings)


def run(settings: Settings, workers: int | None) -> Estimate:
    """Plan the sources and estimate; nothing is written."""
    made = planning.make(settings)
    check(settings)
    files: dict[str, dict[str, Unit]] = defaultdict(dict)
    units: dict[str, int] = defaultdict(int)
    for unit in made.units:
        files[unit.source.name].setdefault(unit.file.relative, unit)
        units[unit.source.name] += 1
    rows, text, seconds = [], 0.0, 0.0
    for name, mine in files.items():
        kinds = ", ".join(
            sorted({unit.kind + ("" if unit.codec == "none" else f" ({unit.codec})") for unit in mine.values()})
        )
        rows.append(OfSource(name, len(mine), units[name], sum(unit.file.size for unit in mine.values()), kinds))
        for unit in mine.values():
            text += unit.file.size * _ratio(unit)
            if unit.kind == "warc":
                seconds += unit.file.size * SECONDS_PER_ARCHIVE_BYTE[unit.codec != "none"]
    hands = workers or cores()
    seconds = (seconds + text * SECONDS_PER_TEXT_BYTE) / hands + 5
    return Estimate(made, rows, hands, seconds, {name: int(text * share) for name, share in DISK_PER_TEXT_BYTE.items()})
