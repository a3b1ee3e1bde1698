"""Licences: identifiers of SPDX, what each lets people do, and what the Hugging Face hub calls it.

The table is licences.tsv; a new licence is a line in it. A kind says what the licence asks of those who pass a text on,
in few words; it is no legal advice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from manifests.errors import Stop

Kind = Literal["permissive", "share-alike", "non-commercial", "no-derivatives", "unknown"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""From what asks for the least: naming the author at most; the same licence for what is made of it; no trade; no
changes. Unknown is what no line of the table tells, and what has no licence at all."""

_CREATIVE = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|publicdomain/(zero|mark)/1\.0)")
_ADDRESSES = (
    (re.compile(r"(?:[a-z]+\.)?creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?!\.?\d)"), "cc-{}-{}"),
    (re.compile(r"(?:[a-z]+\.)?creativecommons\.org/publicdomain/zero/(1\.0)(?!\.?\d)"), "cc0-{}"),
    (re.compile(r"(?:[a-z]+\.)?creativecommons\.org/publicdomain/mark/(1\.0)(?!\.?\d)"), "cc-pdm-{}"),
    (re.compile(r"(?:www\.)?gnu\.org/licenses/(?:old-licenses/)?(a?gpl|lgpl)-(\d\.\d)(?!\.?\d)"), "{}-{}"),
    (re.compile(r"(?:www\.)?gnu\.org/licenses/(?:old-licenses/)?(fdl)-(\d\.\d)(?!\.?\d)"), "g{}-{}"),
    (re.compile(r"(?:www\.)?(apache)\.org/licenses/license-(2\.0)(?!\.?\d)"), "{}-{}"),
    (re.compile(r"(?:www\.)?opensource\.org/licen[cs]es?/([\w.-]+)/?$"), "{}"),
    (re.compile(r"(?:www\.)?spdx\.org/licenses/([\w.-]+?)(?:\.html|\.json)?/?$"), "{}"),
)
"""Where licences lie, without scheme, and what is called by the place."""
_TAILS = re.compile(r"-(?:only|or-later|unported|international|generic|licen[cs]e|deed)$")


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence."""

    spdx: str
    kind: Kind
    hub: str
    """Identifier on the hub, or empty where it has none."""
    name: str
    aka: tuple[str, ...]
    """Other ways to write it, as ``_plain`` does."""


@cache
def licences() -> dict[str, Licence]:
    """All licences of the table by SPDX identifier."""
    lines = (files("manifests") / "licences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {one.spdx: one for one in map(_parse, lines)}


def _parse(line: str) -> Licence:
    spdx, kind, hub, name, aka = line.split("\t")
    (known,) = (one for one in KINDS if one == kind)
    return Licence(spdx, known, hub, name, tuple(filter(None, aka.split(";"))))


def _plain(text: str) -> str:
    """Small letters and digits, with one hyphen for whatever stands between them."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


@cache
def _names() -> dict[str, Licence]:
    found: dict[str, Licence] = {}
    for one in licences().values():
        found |= dict.fromkeys(map(_plain, (one.spdx, one.name, *one.aka)), one)
    for one in licences().values():
        if one.hub:  # the hub tells some versions not apart
            found.setdefault(_plain(one.hub), one)
    return found


@cache
def find(text: str) -> Licence | None:
    """The licence that a text names: an identifier in any case, a name, or an address of Creative Commons."""
    if told := _CREATIVE.search(text.casefold()):
        parts, version, public = told.groups()
        text = f"cc-{parts}-{version}" if parts else {"zero": "cc0-1.0", "mark": "cc-pdm-1.0"}[public]
    return _named(text)


def linked(address: str | None) -> str | None:
    """The SPDX identifier of the licence that lies at an address; None where it is not one of the known places.

    A name is no address, and a place within a query of another is none of it. Answers are not kept: pages link to
    anything.
    """
    place = re.sub(r"^(?:https?:)?//", "", (address or "").strip().casefold())
    if place == (address or "").strip().casefold():
        return None
    for known, name in _ADDRESSES:
        if told := known.match(place):
            found = _named(name.format(*told.groups()))
            return found.spdx if found else None
    return None


def _named(text: str) -> Licence | None:
    plain = _plain(text)
    while plain not in _names() and _TAILS.search(plain):
        plain = _TAILS.sub("", plain)
    return _names().get(plain)


def called(text: str | None) -> str:
    """The SPDX identifier of what a document bears; as it stands where no licence is known by it, or empty."""
    if text is None or not text.strip():
        return ""
    found = find(text)
    return found.spdx if found else " ".join(text.split())


def kind_of(text: str | None) -> Kind:
    """What the licence of a document lets people do."""
    found = find(text) if text else None
    return found.kind if found else "unknown"


def checked(names: Iterable[str], borne: Iterable[str] = ()) -> tuple[str, ...]:
    """Kinds, and licences as ``called``, that these names stand for; Stop lists the nearest to a name that none has.

    ``borne`` are licences of declared sources, which may be asked for though the table does not have them.
    """
    known = {called(text) for text in borne}
    told = []
    for name in names:
        one = name.strip().casefold() if name.strip().casefold() in KINDS else called(name)
        if one not in KINDS and one not in licences() and one not in known:
            near = get_close_matches(_plain(name), [*KINDS, *_names()], 3)
            shown = ", ".join(dict.fromkeys(_names()[one].spdx if one in _names() else one for one in near))
            raise Stop(
                f"No licence is called {name!r}.",
                f"{f'Nearest: {shown}. ' if shown else ''}Give kinds ({', '.join(KINDS)}) or identifiers of SPDX.",
            )
        told.append(one)
    return tuple(sorted(set(told)))


def within(text: str | None, asked: Iterable[str]) -> bool:
    """True where the licence of a document, or its kind, is asked for."""
    wanted = set(asked)
    return called(text) in wanted or kind_of(text) in wanted
