"""JSON lines, and JSON files that hold one array or one object."""

import json
import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
import pyarrow.compute as pc

from pipeline.read.lines import lines
from pipeline.read.pieces import Piece
from pipeline.read.record import Document, Documents, Fields, Limits, Position, Skipped
from pipeline.read.unescape import unescape

_TOGETHER, _MOST_TOGETHER = 1 << 20, 1 << 12
"""Bytes of lines, and lines, whose texts are taken out together."""
_QUOTE = ord('"')
_NAMES_SEEN = 60
"""How many field names are gathered for the warning that a source has no usable record."""


def read_lines(
    pieces: Iterator[Piece], plain: bool, first: bool, fields: Fields, limits: Limits, seen: dict[str, None]
) -> Iterator[Document | Documents | Skipped]:
    """One document a line. ``seen`` gathers the names of the fields of records without a usable text."""
    decode, values = _fast(fields)
    waiting: list[_Line | Document | Skipped] = []
    held = 0
    for line in lines(pieces, plain, first, limits.max_record_bytes):
        if held > _TOGETHER or len(waiting) >= _MOST_TOGETHER:
            yield from _together(waiting, fields, seen)
            waiting, held = [], 0
        if isinstance(line, Skipped):
            waiting.append(line)
            continue
        position, data = line
        held += len(data)
        try:
            found = values(decode(data))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if not data.isspace():
                waiting.append(_slow(position, data, fields, seen))
            continue
        if isinstance(found[0], msgspec.Raw):
            text = memoryview(found[0])
            waiting.append(
                _Line(data, text, _about(position, found)) if text[0] == _QUOTE else _slow(position, data, fields, seen)
            )
        else:
            waiting.append(_document(position, found, fields))
    yield from _together(waiting, fields, seen)


def with_line_feeds(found: Iterator[Document | Documents | Skipped]) -> Iterator[Document | Documents | Skipped]:
    """The same, with a line feed for each backslash and n of a text."""
    for one in found:
        if isinstance(one, Documents):
            one.texts = pc.replace_substring(one.texts, "\\n", "\n")
        elif isinstance(one, Document) and one.text:
            one.text = one.text.replace("\\n", "\n")
        yield one


class _Line(NamedTuple):
    """A line, its text as it stands there, and what else is known of the document."""

    data: bytes
    text: memoryview
    document: Document


def _together(
    waiting: list[_Line | Document | Skipped], fields: Fields, seen: dict[str, None]
) -> Iterator[Document | Documents | Skipped]:
    """What waited, in its order, with the texts of lines taken out of them all at once."""
    found = [one for one in waiting if isinstance(one, _Line)]
    texts, odd = unescape([line.text for line in found])
    documents = Documents([line.document for line in found], texts)
    if found and len(found) == len(waiting) and not odd:
        yield documents
        return
    strange = set(odd)
    row = start = 0
    for one in waiting:
        if isinstance(one, _Line):
            row += 1
            if row - 1 not in strange:
                continue
        stop = row - isinstance(one, _Line)
        if stop > start:
            yield documents.part(start, stop)
        start = row
        yield _odd(one, fields, seen) if isinstance(one, _Line) else one
    if row > start:
        yield documents.part(start, row)


def _odd(line: _Line, fields: Fields, seen: dict[str, None]) -> Document | Skipped:
    """A line whose text is blank, or not UTF-8."""
    try:
        msgspec.json.decode(line.text, type=str)
    except UnicodeDecodeError:
        return _slow(line.document.position, line.data, fields, seen)
    return Skipped(line.document.position, "empty", f"field {fields.text!r} holds nothing")


def read_whole(
    pieces: Iterator[Piece], fields: Fields, limits: Limits, seen: dict[str, None]
) -> Iterator[Document | Skipped]:
    """A file that is one JSON array of documents, or one document. Position: the place in the array."""
    parts: list[bytes] = []
    held = 0
    for piece in pieces:
        if piece.damage:
            yield Skipped(Position(0, 0), "damaged", piece.damage)
            return
        parts.append(piece.data)
        held += len(piece.data)
        if held > limits.max_record_bytes:
            found = f"one JSON value of more than {limits.max_record_bytes} bytes"
            yield Skipped(Position(0, 0), "too_long", f"{found}: make JSON lines of it, as with jq -c '.[]'")
            return
    try:
        value = _loads(b"".join(parts))
    except (ValueError, RecursionError) as error:
        yield Skipped(Position(0, 0), "not_json", _short(error))
        return
    for index, record in enumerate(value if isinstance(value, list) else [value]):
        yield _judge(Position(0, index), record, fields, seen)


def _paths(fields: Fields) -> list[list[str]]:
    """Steps to text, id, url, date, dump, licence, group and language; none where a part has no field."""
    return [name.split(".") if name else [] for name in fields.parts]


def _fast(fields: Fields) -> tuple[Callable[[bytes], Any], Callable[[Any], tuple[Any, ...]]]:
    """A decoder of just the fields asked for, passing over the others, and what takes their values from its result."""
    paths = _paths(fields)
    names: dict[str, str] = {}
    for path in paths:
        if path:
            names.setdefault(path[0], f"field{len(names)}")
    nested = {path[0] for path in paths if len(path) > 1}
    # The text comes first, for it is required: a line without it goes the slow way, which says what is wrong. It stays
    # as it stands, where nothing else is taken from it.
    text = Any if paths[0][0] in nested else str if paths[0] in paths[1:] else msgspec.Raw
    members = [(name, text) if step == paths[0][0] else (name, Any, None) for step, name in names.items()]
    shape = msgspec.defstruct(
        "Line", members, namespace={"absent": None}, rename={name: step for step, name in names.items()}
    )
    decode = msgspec.json.Decoder(shape).decode
    if not nested:
        return decode, operator.attrgetter(*(names[path[0]] if path else "absent" for path in paths))
    ways = [(names[path[0]], path[1:]) if path else ("absent", []) for path in paths]
    return decode, lambda line: tuple(_walk(getattr(line, name), rest) for name, rest in ways)


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _slow(position: Position, data: bytes, fields: Fields, seen: dict[str, None]) -> Document | Skipped:
    """What the fast way refused: what is only unusual becomes a document, and what is wrong gets its reason."""
    try:
        value = _loads(data)
    except (ValueError, RecursionError) as error:
        return Skipped(position, "not_json", _short(error))
    return _judge(position, value, fields, seen)


def _loads(data: bytes) -> Any:
    """JSON as it is found: bad bytes and lone surrogates become U+FFFD, bare control characters are let through."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if "\\ud" in text.lower():
        return _whole_characters(json.loads(text, strict=False))
    return json.loads(text, strict=False)


def _whole_characters(value: Any) -> Any:
    """``value`` with lone surrogates, which UTF-8 cannot hold, replaced by U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole_characters(name): _whole_characters(inner) for name, inner in value.items()}
    return [_whole_characters(inner) for inner in value] if isinstance(value, list) else value


def _judge(position: Position, value: Any, fields: Fields, seen: dict[str, None]) -> Document | Skipped:
    if not isinstance(value, dict):
        return Skipped(position, "not_object", f"a JSON {type(value).__name__}, not an object")
    found = tuple(_walk(value, path) if path else None for path in _paths(fields))
    judged = _document(position, found, fields)
    if isinstance(judged, Skipped):
        _gather(value, seen)
    return judged


def _document(position: Position, found: tuple[Any, ...], fields: Fields) -> Document | Skipped:
    text = found[0]
    if type(text) is not str:
        if text is None:
            return Skipped(position, "no_text", f"no field {fields.text!r}")
        return Skipped(position, "text_type", f"field {fields.text!r} holds {type(text).__name__}, not a string")
    if not text or text.isspace():
        return Skipped(position, "empty", f"field {fields.text!r} holds nothing")
    return replace(_about(position, found), text=text)


def _about(position: Position, found: tuple[Any, ...]) -> Document:
    """The document without its text."""
    _, identity, url, date, dump, licence, group, language = found
    return Document(  # most records have one or two of these, and a call costs more than the question
        position,
        None,
        None,
        None if identity is None else _string(identity),
        None if url is None else _string(url),
        None if date is None else _string(date),
        None if dump is None else _string(dump),
        None if licence is None else _string(licence),
        None if group is None else _string(group),
        None if language is None else _string(language),
    )


def _string(value: Any) -> str | None:
    """A string or number as a string; nothing of what is neither."""
    if type(value) is str:
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _gather(value: dict[str, Any], seen: dict[str, None]) -> None:
    for name, inner in value.items():
        if len(seen) >= _NAMES_SEEN:
            return
        seen.setdefault(name)
        if isinstance(inner, dict):
            for below in list(inner)[:_NAMES_SEEN]:
                seen.setdefault(f"{name}.{below}")


def _short(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
