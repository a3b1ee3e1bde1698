"""What a page says of being learnt from, as a column keeps it: a line a header or ``<meta>``, in their own words."""

import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.consent.agents import TRAINING
from pipeline.consent.refusals import Refusal, of_headers, of_metas

HEADERS = ("x-robots-tag", "tdm-reservation")
METAS = frozenset({"robots", "tdm-reservation", *TRAINING})
"""Names of headers and ``<meta>`` elements that speak to those who keep pages."""

_REFUSES = re.compile(r"\b(?:no(?:ai|ml|train|archive|index|ne))\b", re.IGNORECASE)
_LONGEST = 300
_NEVER = float("-inf")


def told(headers: Iterable[tuple[str, str]], metas: Iterable[tuple[str, str]]) -> str | None:
    """Lines such as ``header x-robots-tag: noai``, of what refuses something; None where nothing does."""
    lines = [*_lines("header", HEADERS, headers), *_lines("meta", METAS, metas)]
    return "\n".join(dict.fromkeys(lines)) or None


def _lines(where: str, known: Iterable[str], said: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in said:
        name = name.strip().lower()
        value = " ".join(value.split())[:_LONGEST]
        if name in known and (value == "1" if name == "tdm-reservation" else _REFUSES.search(value)):
            yield f"{where} {name}: {value}"


def refusals(lines: str, agents: Sequence[str], directives: Iterable[str]) -> list[Refusal]:
    """What lines of ``told`` refuse to ``agents``, of the ``directives`` that are heeded. No clock is asked."""
    said = [_LINE.fullmatch(line) for line in lines.splitlines()]
    pairs = [(one[1], (one[2], one[3])) for one in said if one]
    found = of_headers([pair for where, pair in pairs if where == "header"], agents, _NEVER).refusals
    found += of_metas([pair for where, pair in pairs if where == "meta"], agents, _NEVER).refusals
    heeded = {*directives}
    return [one for one in found if one.what.partition(":")[0] in heeded]


_LINE = re.compile(r"(header|meta) ([^:]+): (.*)")
