"""Texts taken out of many lines at once, against the same lines taken one by one."""

import json

import msgspec
import numpy as np
from archives import SENTENCES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.read import jsonl
from pipeline.read.pieces import Piece
from pipeline.read.record import Document, Documents, Fields, Limits, Position, Skipped
from pipeline.read.unescape import is_sound, unescape

ESCAPES = (
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\udc00",
    "\\n",
    '\\"',
    "\\\\",
    "\\/",
    "\\b\\f\\r\\t",
    "\\x",
    "é",
    "\x01",
)
CHARACTERS = ("\u3000", " ", "\x85", "\u1680", "ខ្មែរ", "の", "\u2003", "😀", "x" * 40, "", '"', "\\u12", "\\u0000")
TEXTS = st.lists(st.sampled_from(ESCAPES + CHARACTERS) | st.text(max_size=5), max_size=12).map("".join)
LINES = st.one_of(
    TEXTS.map(lambda text: f'{{"text":"{text}","id":7}}'.encode(errors="replace")),
    st.tuples(TEXTS, TEXTS).map(lambda two: f'{{"text":"{two[0]}","text": "{two[1]}" }}'.encode(errors="replace")),
    st.binary(max_size=8).map(lambda odd: b'{"text":"a' + odd + b'","url":"u"}'),
    st.binary(max_size=8).map(lambda odd: b'{"text":"a","other":"' + odd + b'"}'),
    st.binary(max_size=8).map(lambda odd: b'{"text":' + odd + b"}"),
    st.sampled_from(
        (b"", b" ", b"{}", b'{"text":null}', b'{"text":["a"]}', b'{"text":5,"text":"x"}', b'{"id":"only"}')
    ),
    st.binary(max_size=20),
)


def _one_by_one(lines: list[bytes], fields: Fields) -> list[Document | Skipped]:
    """As lines were read before they were read together."""
    shape = msgspec.defstruct("Shape", [("text", str), *((name, object, None) for name in ("id", "url", "date"))])
    records, offset = [], 0
    for data in lines:
        position = Position(offset, 0)
        offset += len(data) + 1
        if not data:
            continue
        try:
            line = msgspec.json.decode(data, type=shape)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if not data.isspace():
                records.append(jsonl._slow(position, data, fields, {}))
            continue
        found = tuple(getattr(line, name) for name in ("text", "id", "url", "date"))
        records.append(jsonl._document(position, (*found, *[None] * 4), fields))
    return records


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES.filter(lambda line: b"\n" not in line), max_size=12))
@example([b'{"text":"a"}', b'{"text":" \\u3000"}', b'{"text":"\xff"}', b'{"text":"b"}', b"x", b'{"text":"c"}'])
@example([b'{"text":"\xe1\x9a\x80"}', b'{"text":"\\u1680a"}', b'{"text":"\xe1"}'])
def test_lines_together_give_what_they_give_one_by_one(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    found: list[Document | Skipped] = []
    for some in jsonl.read_lines(iter([Piece(0, 0, data)]), True, True, Fields(), Limits(), {}):
        if isinstance(some, Documents):
            some.texts.validate(full=True)
            found += some.singly()
        else:
            found.append(some)
    assert found == _one_by_one(lines, Fields())


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=100) | st.sampled_from(SENTENCES)))
def test_what_python_writes_is_read_again(texts: list[str]) -> None:
    for plain in (False, True):
        strings = [memoryview(json.dumps(text, ensure_ascii=plain).encode()) for text in texts]
        found, odd = unescape(strings)
        assert found.to_pylist() == texts
        assert odd == [row for row, text in enumerate(texts) if not text or text.isspace()]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


EDGES = [chr(c).encode() for c in (0x41, 0x80, 0x7FF, 0x800, 0xFFF, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x10FFFF)]
BYTES = [bytes([b]) for b in (0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF)]


@settings(max_examples=600)
@given(st.lists(st.lists(st.sampled_from(EDGES * 3 + BYTES), max_size=6).map(b"".join), min_size=1, max_size=3))
@example([b"\xed\xa0\x80"])
@example([b"\xf0\x90\x80", b"\x80"])
@example([b"abc\xc3"])
@example([b"\xe2\x82\xac", b"", b"\xf4\x8f\xbf\xbf"])
def test_what_is_utf8_is_told_as_python_tells_it(strings: list[bytes]) -> None:
    ends = np.cumsum([0, *map(len, strings)]).astype(np.int32)
    data = np.frombuffer(bytearray().join(strings) + bytearray(b"\x80"), np.uint8)  # what lies beyond does not count
    assert is_sound(ends, data) == all(map(_is_utf8, strings))
