"""What derived limits rest on: a TSV file beside theirs (derived.toml, derived.evidence.tsv), a row a table and limit.

A table that has no row for a limit had nothing to say of it: too few documents.
"""

import functools
import math
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from manifests.errors import Stop

COLUMNS = ("table", "limit", "documents", "quantile", "low", "high", "value", "removed", "note")
"""The columns of the file, in order."""

SUFFIX = ".evidence.tsv"

OTHERS = "*"
"""In place of a limit: all those of which a family or a label says nothing other than what it backs off to."""


class Evidence(NamedTuple):
    """Of one limit, what the documents of one table (``label.swh_Latn``) say."""

    table: str
    limit: str
    documents: int
    quantile: float
    """The value that the declared share of them passes, outliers drawn in."""
    low: float
    high: float
    """Between these the quantile lies with 95 % confidence; infinite where the documents are too few to tell."""
    value: float
    """What the limit became for them; NaN where it was refused."""
    removed: float
    """The share of them that the value removes."""
    note: str
    """Where the limit backed off to, or why it was refused; empty where the documents decided."""


Rows = Mapping[tuple[str, str], Evidence]
"""By table and limit."""


def render(rows: Iterable[Evidence]) -> str:
    """The text of the file."""
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        numbers = (f"{number:.4g}" for number in row[3:8])
        lines.append("\t".join((row.table, row.limit, str(row.documents), *numbers, row.note)))
    return "\n".join(lines) + "\n"


def parse(text: str, place: str) -> Rows:
    """The rows of the file; Stop where it is not in the form."""
    rows = {}
    try:
        for line in text.splitlines()[1:]:
            table, limit, documents, *numbers, note = line.split("\t")
            quantile, low, high, value, removed = map(float, numbers)
            rows[table, limit] = Evidence(table, limit, int(documents), quantile, low, high, value, removed, note)
    except ValueError:
        raise Stop(
            f"{place} is not what corpus limits derive writes.", "Derive the limits again, or remove the file."
        ) from None
    return MappingProxyType(rows)


@functools.cache
def shipped(limits: str) -> Rows:
    """What the shipped limits of this file rest on; nothing for a file that was written by hand."""
    place = files("manifests") / Path(limits).with_suffix(SUFFIX).name
    return parse(place.read_text(encoding="utf-8"), limits) if place.is_file() else MappingProxyType({})


def beside(file: str) -> Rows:
    """What the limits of a user's file rest on; nothing for a file that was written by hand."""
    place = Path(file).with_suffix(SUFFIX)
    return parse(place.read_text(encoding="utf-8"), str(place)) if place.is_file() else MappingProxyType({})


def shown(number: float) -> str:
    """A number of the file for people; nothing for what is not there."""
    return "" if math.isnan(number) else f"{number:,.4g}"
