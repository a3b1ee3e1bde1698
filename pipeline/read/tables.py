"""Tables with a language a column, and JSON lines with an object of translations: a record is one segment, n ways.

talk_name <tab> en <tab> sw                       Qi et al.'s TED talks, and their like; no quotes
{"translation": {"en": "...", "sw": "..."}}       as WMT and OPUS-100 lie on the Hugging Face hub
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pipeline.read.aligned import is_language
from pipeline.read.lines import lines
from pipeline.read.pieces import Piece
from pipeline.read.record import Fields, Limits, Position, Skipped
from pipeline.read.versions import Segment, one_line

NULL = frozenset({"", "__NULL__", "_ _ NULL _ _"})
"""Cells that hold no text."""
TRANSLATION = "translation"
_HEADS = frozenset({"url", "src", "tgt", "ref", "key", "doc", "num"})
"""Heads of other columns that are codes of some language too."""
_DOUBTFUL = re.compile(r"id|no|[a-z]{3}", re.IGNORECASE)
"""Codes that are words of heads as well: two columns must be named otherwise, or all be languages."""


def columns(head: bytes) -> tuple[dict[int, str], int | None] | None:
    """Columns that are languages, by number, and the first of the others, which names the talk; None for no table.

    ``head`` is the first line of a file.
    """
    try:
        cells = [cell.strip() for cell in head.removeprefix(b"\xef\xbb\xbf").decode().split("\t")]
    except UnicodeDecodeError:
        return None
    if len(cells) < 2:
        return None
    found = {at: cell for at, cell in enumerate(cells) if cell.lower() not in _HEADS and is_language(cell)}
    if cells[0].lower() == "id" and len(found) > 2:
        del found[0]  # Indonesian elsewhere
    others = [at for at in range(len(cells)) if at not in found]
    sure = sum(not _DOUBTFUL.fullmatch(cell) for cell in found.values())
    if len(found) < 2 or (sure < 2 and others):
        return None
    return found, others[0] if others else None


def is_table(content: bytes) -> bool:
    """Whether a file starts with the head of such a table."""
    head, feed, _ = content.partition(b"\n")
    return bool(feed) and b"\t" in head and columns(head.rstrip(b"\r")) is not None


def read_table(pieces: Iterator[Piece], plain: bool, limits: Limits) -> Iterator[Segment | Skipped]:
    """A segment a row."""
    width, languages, talk = 0, {}, None  # type: int, dict[int, str], int | None
    for line in lines(pieces, plain, True, limits.max_record_bytes):
        if isinstance(line, Skipped):
            yield line
            continue
        position, data = line
        if not width:
            width = data.count(b"\t") + 1
            languages, talk = columns(data.rstrip(b"\r")) or ({}, None)
            continue
        cells = data.decode("utf-8", "replace").rstrip("\r").split("\t")
        if len(cells) != width:
            yield Skipped(position, "cells", f"{len(cells)} cells where the head has {width}")
            continue
        versions = [
            (at, language, text) for at, language in languages.items() if (text := one_line(cells[at])) not in NULL
        ]
        yield _segment(position, versions, cells[talk] or None if talk is not None else None, None)


def holds_translations(record: Any) -> bool:
    """Whether a JSON object holds translations, and no text beside them."""
    if not isinstance(record, dict) or "text" in record:
        return False
    found = record.get(TRANSLATION)
    return isinstance(found, dict) and len(found) > 1 and all(isinstance(one, str | None) for one in found.values())


def read_translations(
    pieces: Iterator[Piece], plain: bool, fields: Fields, limits: Limits
) -> Iterator[Segment | Skipped]:
    """A segment a line; what ``fields`` call the group names the talk."""
    asked = (fields.id, fields.group or "")
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for line in lines(pieces, plain, True, limits.max_record_bytes):
        if isinstance(line, Skipped):
            yield line
            continue
        position, data = line
        if data.isspace():
            continue
        try:
            record = decode(data.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield Skipped(position, "not_json", str(error)[:120])
            continue
        yield translated(position, record.get(TRANSLATION), [record.get(name) for name in asked])


def translated(position: Position, found: Any, named: Sequence[Any]) -> Segment | Skipped:
    """The segment of an object of translations; ``named`` are its id and its talk."""
    if not isinstance(found, dict) or not all(isinstance(one, str | None) for one in found.values()):
        return Skipped(position, "no_text", f"no object of texts in the field {TRANSLATION!r}")
    versions = [
        (at, language, text)
        for at, (language, given) in enumerate(found.items())
        if given and (text := one_line(given)) not in NULL
    ]
    name, talk = (None if one is None or isinstance(one, dict | list) else str(one) for one in named)
    return _segment(position, versions, talk, name)


def _segment(
    position: Position, versions: list[tuple[int, str, str]], talk: str | None, name: str | None
) -> Segment | Skipped:
    if not versions:
        return Skipped(position, "empty", "no version has a text")
    return Segment(position, position, versions, talk, name)
