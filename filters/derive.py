"""Limits learnt from documents: how far good text goes, for each label that has enough of it to tell.

A limit is held against the quantile that a small declared share of the documents passes. Tables go from wide to
narrow: all labels, a kind of words, a script, a family in a script, a label. Each begins with the limit of the table
above it, and departs from it only as far as its own documents compel: to the nearer end of the 95 % interval of its
own quantile (order statistics, Clopper and Pearson 1934), where the limit above lies outside of it. So few documents
change nothing, many decide alone, and between them nothing has to be weighed. What does not depart backs off.

* Values that lie three times as far from the median as the 97th percentile does are drawn in to there: a reference
  has its own junk, and a limit should not make room for it.
* In tables of several labels a label counts with at most SHARED documents, so that no big one speaks for all.
* A limit is never tighter than ``tight`` nor looser than ``loose``: junk of every language lies beyond.
* A limit that can never fire, or that demonstrably removes more than a declared share of the documents that it was
  learnt from, is refused: it is switched off for that table, and the reason told.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.decide import Columns
from filters.rules import RULES
from manifests import evidence, languages
from manifests.evidence import Evidence
from manifests.limits import KNOWN, family_of, inert

VERSION = 1

FEWEST = 20
"""Documents without which a table has no say."""

ENOUGH = 100
"""Documents with which a kind of words starts at its own quantile: what it counts is no matter of the other kind."""

SHARED = 200
"""Documents that a label counts with in tables of several labels."""

DOUBT = 0.025
"""Chance of being wrong at either end of an interval."""

MOST_REMOVED = 0.03
"""The share of the documents of a table that a limit may remove."""

BACKED_OFF = "backed off to "

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Derivable:
    """A limit that depends on the language, and how it is learnt."""

    limit: str
    tail: float
    """The share of documents that the quantile leaves beyond."""
    tight: float
    """No table is held to a tighter limit."""
    loose: float
    """Nor to a looser one."""
    whole: bool = False
    """Whether the limit is a whole number."""


USUAL = 0.005
"""One in two hundred: some twenty rules, of which many fail together, then remove one or two good ones in a hundred."""

DERIVABLE = (
    Derivable("min_word_length", USUAL, 1.5, 1.2),
    Derivable("max_word_length", USUAL, 18, 25),
    Derivable("max_hash_ratio", USUAL, 0.1, 0.2),
    Derivable("max_ellipsis_ratio", USUAL, 0.1, 0.2),
    Derivable("max_bullet_line_share", USUAL, 0.9, 0.98),
    Derivable("max_ellipsis_line_share", USUAL, 0.5, 0.7),
    Derivable("min_alpha_word_share", USUAL, 0.75, 0.6),
    Derivable("min_stop_words", USUAL, 2, 0, whole=True),
    Derivable("max_dup_line_share", USUAL, 0.25, 0.4),
    *(Derivable(f"max_top_{n}_gram_share", USUAL, 0.18, 0.4) for n in (2, 3, 4)),
    *(Derivable(f"max_dup_{n}_gram_share", USUAL, 0.2 - 0.01 * n, 0.45 - 0.01 * n) for n in range(5, 11)),
    Derivable("max_repeated_line_char_share", USUAL, 0.15, 0.3),
    Derivable("max_newline_ratio", USUAL, 0.15, 0.5),
    Derivable("max_digit_share", USUAL, 0.15, 0.25),
    Derivable("max_danger_share", USUAL, 0.15, 0.25),
    Derivable("max_keyword_share", USUAL, 0.03, 0.1),
    Derivable("min_word_entropy", USUAL, 3.5, 2.5),
    Derivable("max_compressibility", USUAL, 0.8, 0.9),
    Derivable("max_symbol_share", USUAL, 0.05, 0.08),
    Derivable("max_glued_symbol_ratio", USUAL, 0.15, 0.3),
    Derivable("max_list_line_share", USUAL, 0.78, 0.9),
    Derivable("max_table_line_share", USUAL, 0.5, 0.8),
)
"""Every limit that is derived; the others are chosen, because they say what is wanted and not how text is."""

OF_ONE_LABEL = frozenset({"stop_words"})
"""Signals that are measured with the label that was identified: they tell nothing of another."""


@dataclass(frozen=True)
class Derived:
    """Limits by table, in the order of the file, and what every number rests on."""

    tables: Mapping[str, Mapping[str, float | bool]]
    rows: tuple[Evidence, ...]

    @property
    def refused(self) -> list[Evidence]:
        """What became no limit, with the reason."""
        return [row for row in self.rows if math.isnan(row.value)]

    def documents(self, table: str) -> int:
        """The documents that speak in a table."""
        return max((row.documents for row in self.rows if row.table == table), default=0)


def derive(
    columns: Columns,
    labels: Sequence[str],
    identified: Sequence[str] | None = None,
    most_removed: float = MOST_REMOVED,
    derivable: Sequence[Derivable] = DERIVABLE,
) -> Derived:
    """Limits from the signals of documents and their labels.

    ``identified`` are the labels that signals were measured with, where these are others. Rows that share a label
    should come in an order that has nothing to do with their text (that of their ids): the first SHARED count.
    """
    names = np.array(labels, object)
    alike = np.ones(len(names), np.bool_) if identified is None else names == np.array(identified, object)
    places = _places(names)
    found: dict[str, dict[str, float | bool]] = {}
    rows: list[Evidence] = []
    for one in derivable:
        values = _values(one, columns, names, alike)
        kept: dict[str, float] = {}
        for table, above, rows_of in places:
            kept[table] = kept.get(above, math.nan)
            mine = values[rows_of]
            mine = mine[~np.isnan(mine)]
            apart = table.startswith("words.") and len(mine) >= ENOUGH
            row = _decided(one, table, above, mine, math.nan if apart else kept[table], most_removed)
            if row is None:
                continue
            if apart and row.value == kept[table]:
                row = row._replace(note=f"{BACKED_OFF}{above}")
            kept[table] = row.value
            rows.append(row)
            if not row.note:
                found.setdefault(table, {})[one.limit] = row.value
            elif math.isnan(row.value):
                found.setdefault(table, {})[one.limit] = False
    order = {table: place for place, (table, _, _) in enumerate(places)}
    return Derived(
        {table: found[table] for table in sorted(found, key=order.__getitem__)},
        tuple(sorted(rows, key=lambda row: order[row.table])),
    )


def _places(names: npt.NDArray[Any]) -> list[tuple[str, str, npt.NDArray[np.int64]]]:
    """Every table of the labels given, with the one above it and the rows that speak in it, widest first."""
    own = {label: np.flatnonzero(names == label) for label in sorted(set(names.tolist()))}
    shared: dict[str, list[npt.NDArray[np.int64]]] = {}
    above: dict[str, str] = {}
    for label, rows in own.items():
        *chain, _ = chain_of(label)
        for table, wider in zip(chain, ["", *chain], strict=False):
            shared.setdefault(table, []).append(rows[:SHARED])
            above[table] = wider
    depth = ("default", "words", "script", "family")
    wide = sorted(shared, key=lambda table: (depth.index(table.partition(".")[0]), table))
    places = [(table, above[table], np.concatenate(shared[table])) for table in wide]
    return places + [(f"label.{label}", chain_of(label)[-2], rows) for label, rows in own.items()]


def chain_of(label: str) -> list[str]:
    """The tables that a label is held to, widest first, its own last."""
    family = family_of(label)
    return [
        "default",
        f"words.{languages.word_kind(label)}",
        f"script.{label.rpartition('_')[2]}",
        *([f"family.{family}"] if family else []),
        f"label.{label}",
    ]


def _values(one: Derivable, columns: Columns, names: npt.NDArray[Any], alike: npt.NDArray[np.bool_]) -> Doubles:
    """The signal that the limit is held against, NaN where it was not measured or the rule has nothing to say."""
    rule = next(rule for rule in RULES if rule.limit == one.limit)
    values = np.asarray(columns[rule.signal], np.float64)
    missing = values < 0
    if rule.signal in OF_ONE_LABEL:
        missing |= ~alike
    if rule.words is not None:
        other = [name for name in set(names.tolist()) if languages.word_kind(name) != rule.words]
        missing |= np.isin(names, other)
    return np.where(missing, np.nan, values)


def _decided(
    one: Derivable, table: str, above: str, values: Doubles, held: float, most_removed: float
) -> Evidence | None:
    """What the documents of a table make of the limit of the table above (NaN: there is none); None: no say."""
    count = len(values)
    if count < FEWEST:
        return None
    limit = KNOWN[one.limit]
    sign = -1.0 if limit.least else 1.0
    found = interval(_drawn_in(sign * values), one.tail)
    tight, loose = sign * one.tight, sign * one.loose
    start = found.quantile if math.isnan(held) else sign * held
    bounded = min(max(min(max(start, found.low), found.high), tight), loose)
    departs = math.isnan(held) or bounded != sign * held
    value = _rounded(bounded * sign, one, limit.least) if departs else held
    beyond = int(np.count_nonzero(sign * values > sign * value))
    note = "" if departs and value != held else f"{BACKED_OFF}{above}"
    if reason := _refusal(one, value, beyond, count, most_removed):
        value, note = math.nan, reason
    low, high = sorted((sign * found.low, sign * found.high))
    return Evidence(table, one.limit, count, sign * found.quantile, low, high, value, beyond / count, note)


def _refusal(one: Derivable, value: float, beyond: int, count: int, most_removed: float) -> str:
    """Why a value is no limit, or nothing."""
    if reason := inert(KNOWN[one.limit], value):
        return f"refused: {value:g} {reason}"
    if beyond > most_removed * count and chance_of_more(beyond, count, most_removed) <= DOUBT:
        return f"refused: {value:g} would remove {beyond} of {count} documents, more than {most_removed:g}"
    return ""


def _rounded(value: float, one: Derivable, least: bool) -> float:
    """Three digits, or a whole number, to the side that removes less."""
    if value == 0:
        return 0.0
    step = 1.0 if one.whole else 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    steps = round(value / step, 6)
    return round((math.floor(steps) if least else math.ceil(steps)) * step, 9)


@dataclass(frozen=True, slots=True)
class Interval:
    """A quantile and the ends of its 95 % interval; infinite where there are too few values to tell."""

    quantile: float
    low: float
    high: float


def interval(values: Doubles, tail: float) -> Interval:
    """Of the value that a share of ``tail`` passes.

    The number of values beyond the true quantile is binomial, so that the k-th largest value is above it only where
    fewer than k are beyond: its ends are the values at which that chance is DOUBT.
    """
    ranked = np.sort(values)[::-1]
    count = len(ranked)
    most = least = 0
    for most, chance in enumerate(_tails(count, tail)):
        if chance <= DOUBT:
            break
        least = most if chance >= 1 - DOUBT else least
    low = float(ranked[most - 1]) if most <= count else -math.inf
    high = float(ranked[least - 1]) if least else math.inf
    return Interval(float(np.quantile(ranked, 1 - tail, method="hazen")), low, high)


def chance_of_more(hits: int, count: int, share: float) -> float:
    """The chance of at least so many hits in ``count`` trials that each hit with the chance ``share``."""
    for number, chance in enumerate(_tails(count, share)):
        if number == hits:
            return chance
    return 0.0


def _tails(count: int, share: float) -> Iterator[float]:
    """P(X >= k) of a binomial X, for k = 0, 1, ... count + 1."""
    spread = math.log(share) - math.log1p(-share)
    log, left = count * math.log1p(-share), 1.0
    for number in range(count + 2):
        yield max(0.0, left)
        left -= math.exp(log)
        if number < count:
            log += math.log((count - number) / (number + 1)) + spread


def _drawn_in(values: Doubles) -> Doubles:
    """Values with those far above all others drawn in."""
    middle, far = np.quantile(values, (0.5, 0.97))
    drawn: Doubles = np.minimum(values, middle + 3 * (far - middle))
    return drawn


def render(derived: Derived, head: Sequence[str]) -> str:
    """The text of the limits file, with ``head`` as its comment; what was refused is told at its end."""
    lines = [f"# {line}".rstrip() for line in head]
    for table, values in derived.tables.items():
        group, _, name = table.partition(".")
        lines += ["", f"[{group}.{_key(name)}]" if name else f"[{group}]"]
        lines += [f"{limit} = {'false' if value is False else f'{value:.12g}'}" for limit, value in values.items()]
    if derived.refused:
        lines += ["", "# Switched off:", *(f"# {row.table} {row.limit}: {row.note}" for row in derived.refused)]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else f'"{name}"'


def tsv(derived: Derived) -> str:
    """The text of the file of evidence: small also for thousands of labels.

    Of a family or a label it has what departs or was refused, and one row for all that backs off.
    """
    told: list[Evidence] = []
    for table in dict.fromkeys(row.table for row in derived.rows):
        mine = [row for row in derived.rows if row.table == table]
        narrow = table.startswith(("family.", "label."))
        back = [row for row in mine if narrow and row.note.startswith(BACKED_OFF)]
        told += [row for row in mine if row not in back]
        if back:
            nothing = (math.nan, math.nan, math.nan, math.nan, math.nan)
            told.append(Evidence(table, evidence.OTHERS, derived.documents(table), *nothing, back[0].note))
    return evidence.render(told)
