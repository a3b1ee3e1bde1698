"""Personal data in text: where e-mail and public IP addresses stand, and text with a mark in their place.

A pass over bytes finds what is shaped like an address; the few such places are judged one by one. Addresses that name
nobody's machine (private, reserved, documentation) are left, and so are numbers that only look like an address:
versions, sections, parts of longer numbers. E-mail addresses at reserved domains such as example.com are found like any
other: people who hide theirs write it so.
"""

import functools
import ipaddress
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from langid.kernel import buffers, kernel
from langid.unicode import CATEGORY_MASK, LAST_MARK, LAST_NUMBER, describe, script

VERSION = 1


class Kind(NamedTuple):
    """A kind of personal data: its name and what stands in its place in masked text."""

    name: str
    mark: str


KINDS = (Kind("email", "<email>"), Kind("ip", "<ip>"))
"""By the number that ``find`` gives."""

EMAIL, IP = 0, 1

TYPE = pa.list_(pa.field("item", pa.uint32(), nullable=False))
"""What ``find`` gives for a text."""

PUBLIC = ("0.0.0.0/0", "2000::/3")
"""Blocks of IPv4 and IPv6 in which addresses are given out, but for these:"""

RESERVED = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",  # multicast, 240.0.0.0/4 and the broadcast address
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
)
"""Nobody's on the public internet: private, loopback, documentation, protocols (IANA special-purpose registries)."""

MOST_LOCAL, MOST_DOMAIN = 64, 255
"""Longest parts of an e-mail address, in bytes (RFC 5321)."""

_LOCAL = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._%+-]*\Z")
_LABEL = rb"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(
    rb"(?![0-9]x\.)"  # icon@2x.png is a file
    rb"(?:%b\.)+(?:xn--%b|[A-Za-z]{2,63})(?![A-Za-z0-9])" % (_LABEL, _LABEL)
)

_OCTET = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(
    rb"(?<![A-Za-z0-9_])(?<![0-9]\.)(?<![A-Za-z]-)"
    rb"(?!(?:[0-9]\.){3}[0-9](?![0-9]))"  # 1.2.3.4 numbers a section or a version far more often than a machine
    rb"(?:%b\.){3}%b"
    rb"(?![A-Za-z0-9_])(?!\.[0-9])(?![+~][A-Za-z0-9])"
    rb"(?!-(?![0-9]{1,3}\.[0-9])[A-Za-z0-9])" % (_OCTET, _OCTET)  # a version's revision, but not a range's other end
)
_IPV6 = re.compile(rb"(?<![A-Za-z0-9_:.])[0-9A-Fa-f:]{4,39}[0-9A-Fa-f](?![A-Za-z0-9_])(?!:[0-9A-Fa-f])")

Data = npt.NDArray[np.uint8]
Found = npt.NDArray[np.int64]

_DIGIT, _LETTER, _HEX, _SIGN, _FOREIGN, _HYPHEN, _JOINER = 1, 2, 4, 8, 16, 32, 64
_WORD = _DIGIT | _LETTER | _FOREIGN
_SIX = 2  # in the pass, IPv6 is a kind of its own


@functools.cache
def _roles() -> Data:
    """What each byte may be in an address, as bits."""
    roles = np.zeros(256, np.uint8)
    roles[0x80:] = _FOREIGN
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    named = (("0123456789", _DIGIT), (letters, _LETTER), ("0123456789ABCDEFabcdef", _HEX))
    for characters, role in (*named, ("@.:", _SIGN), ("-", _HYPHEN), ("._%+-", _JOINER)):
        for character in characters:
            roles[ord(character)] |= role
    return roles


@kernel
def _shaped(offsets: npt.NDArray[np.int32], data: Data, roles: Data, found: Found) -> int:
    """Write (document, byte, kind) of what is shaped like an address: the byte of an @, or the first of a number.

    Returns how many there are, which may be more than ``found``, shape (m, 3), holds.
    """
    n = 0
    for document in range(len(offsets) - 1):
        first, stop = np.int64(offsets[document]), np.int64(offsets[document + 1])
        for i in range(first + 1, stop - 1):
            byte = data[i]
            if not roles[byte] & _SIGN:
                continue
            before, after = roles[data[i - 1]], roles[data[i + 1]]
            at = i
            kind = -1
            if byte == 0x40:
                if before & (_WORD | _JOINER) and after & _WORD:
                    k = i + 1
                    while k < stop and roles[data[k]] & (_WORD | _HYPHEN):
                        k += 1
                    if k + 1 < stop and data[k] == 0x2E and roles[data[k + 1]] & _WORD:
                        kind = EMAIL
            elif byte == 0x2E:
                if before & after & _DIGIT:
                    while at > first and roles[data[at - 1]] & _DIGIT and at > i - 4:
                        at -= 1
                    dots = 0
                    k = i
                    while k + 1 < stop and data[k] == 0x2E and roles[data[k + 1]] & _DIGIT and dots < 3:
                        dots += 1
                        k += 2
                        while k < stop and roles[data[k]] & _DIGIT and k < i + 12:
                            k += 1
                    if dots == 3 and (at == first or data[at - 1] != 0x2E):
                        kind = IP
            elif i >= first + 4 and before & _HEX and (after & _HEX or data[i + 1] == 0x3A):
                at = i - 4
                if data[at] == 0x32 or data[at] == 0x33:
                    kind = _SIX
            if kind >= 0:
                if n < len(found):
                    found[n, 0] = document
                    found[n, 1] = at - first
                    found[n, 2] = kind
                n += 1
    return n


@functools.cache
def _blocks() -> tuple[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...], ...]:
    return tuple(tuple(map(ipaddress.ip_network, blocks)) for blocks in (PUBLIC, RESERVED))


def _is_public(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    public, reserved = _blocks()
    return any(address in block for block in public) and not any(address in block for block in reserved)


def _number(shape: re.Pattern[bytes], text: bytes, start: int) -> tuple[int, int]:
    """The span of the public IP address of that shape that begins there; else an empty one."""
    matched = shape.match(text, start)
    return matched.span() if matched and _is_public(matched[0].decode()) else (start, start)


def _email(text: bytes, at: int, free: int) -> tuple[int, int]:
    """The span of the e-mail address around the @, its local part beginning at ``free`` or later; else an empty one."""
    before, after = text[max(free, at - MOST_LOCAL) : at], text[at + 1 : at + 1 + MOST_DOMAIN]
    local = _LOCAL.search(before)
    domain = _DOMAIN.match(after)
    start, end = (local.start() if local else len(before)), (domain.end() if domain else 0)
    beside = before[:start][-1:] + (after[end : end + 1] if domain else after)
    if not beside.isascii():
        start, end = _international(before.decode("utf-8", "ignore"), after.decode("utf-8", "ignore"))
        start = len(before) - start
    if start == len(before) or not end:
        return at, at
    return at - len(before) + start, at + 1 + end


def _is_letter(character: str) -> bool:
    return 0 < describe(character) & CATEGORY_MASK <= LAST_MARK


def _script_of(character: str) -> str:
    """The script that a letter or mark is of, kana with Han; "" for what goes with any script."""
    name = script(describe(character)) if _is_letter(character) else ""
    return {"Zyyy": "", "Zinh": "", "Hira": "Hani", "Kana": "Hani"}.get(name, name)


def _run(text: str, joiners: str) -> int:
    """Length of the run, at the beginning, of digits, ``joiners``, and letters and marks of one script."""
    alike = ""
    for k, character in enumerate(text):
        if character not in joiners and not 0 < describe(character) & CATEGORY_MASK <= LAST_NUMBER:
            return k
        of = _script_of(character)
        if of and alike and of != alike:
            return k
        alike = alike or of
    return len(text)


def _international(before: str, after: str) -> tuple[int, int]:
    """Bytes of the local part at the end of ``before``, and of the domain at the beginning of ``after``; 0 for none.

    Each label is of one script, so that an address in a Chinese sentence ends where the Chinese goes on.
    """
    local = before[len(before) - _run(before[::-1], "._%+-") :].lstrip(".%+-")
    domain = labels = start = 0
    while start < len(after):
        length = _run(after[start:], "-")
        label = after[start : start + length]
        letters = next((k for k, character in enumerate(label) if not _is_letter(character)), length)
        top = length if label.lower().startswith("xn--") else letters
        if labels and top >= 2 and label[top : top + 1] in ("", "-"):
            domain = start + top
        labels += 1
        start += length + 1
        if not label.strip("-") or after[start - 1 : start] != ".":
            break
    return len(local.encode()), len(after[:domain].encode())


def find(texts: pa.StringArray) -> pa.ListArray:
    """Personal data of each text: a list of TYPE, flat (start, end, kind) in UTF-8 byte offsets of the text, in order
    and without overlap; ``kind`` counts in KINDS.
    """
    offsets, data = buffers(texts)
    shaped = np.empty((64 + len(data) // 256, 3), np.int64)
    count = _shaped(offsets, data, _roles(), shaped) if len(data) else 0
    if count > len(shaped):
        shaped = np.empty((count, 3), np.int64)
        _shaped(offsets, data, _roles(), shaped)
    spans: list[int] = []
    ends = np.zeros(len(texts) + 1, np.int32)
    now, free, text = -1, 0, b""
    for document, at, kind in shaped[:count].tolist():
        if document != now:
            now, free, text = document, 0, texts[document].as_buffer().to_pybytes()
        if at < free:
            continue
        start, end = _email(text, at, free) if kind == EMAIL else _number(_IPV6 if kind == _SIX else _IPV4, text, at)
        if start < end:
            spans += (start, end, EMAIL if kind == EMAIL else IP)
            ends[document + 1] += 3
            free = end
    np.cumsum(ends, out=ends)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(spans, pa.uint32()), type=TYPE)


def mask(texts: pa.StringArray, pii: pa.ListArray) -> pa.StringArray:
    """The texts with each span of ``pii``, as ``find`` gives them, replaced by the mark of its kind."""
    marks = [kind.mark.encode() for kind in KINDS]
    spans = pii.flatten().to_numpy().reshape(-1, 3).astype(np.int64)
    if not len(spans):
        return texts
    offsets, data = buffers(texts)
    row = np.repeat(np.arange(len(texts)), pc.list_value_length(pii).to_numpy(zero_copy_only=False) // 3)
    starts, ends = offsets[row] + spans[:, 0], offsets[row] + spans[:, 1]
    text = data.data
    masked: list[bytes | memoryview] = []
    free = int(offsets[0])
    for start, end, kind in zip(starts.tolist(), ends.tolist(), spans[:, 2].tolist(), strict=True):
        masked += [text[free:start], marks[kind]]
        free = end
    masked.append(text[free : int(offsets[-1])])
    longer = np.zeros(len(texts), np.int64)
    np.add.at(longer, row, np.array([len(mark) for mark in marks])[spans[:, 2]] - (ends - starts))
    moved = (offsets - offsets[0] + np.concatenate([[0], np.cumsum(longer)])).astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(moved), pa.py_buffer(b"".join(masked)))
