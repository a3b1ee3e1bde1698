"""Addresses in text: e-mail in any script, IPv4 and IPv6 that name a machine on the public internet."""

import functools
import ipaddress
import re

from filters.personal.place import Place
from langid.unicode import CATEGORY_MASK, LAST_MARK, LAST_NUMBER, describe, script

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


def _ip(shape: re.Pattern[bytes], text: bytes, start: int) -> tuple[int, int]:
    """The span of the public IP address of that shape that begins there; else an empty one."""
    matched = shape.match(text, start)
    return matched.span() if matched and _is_public(matched[0].decode()) else (start, start)


def email(text: bytes, at: int, free: int) -> tuple[int, int]:
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


def four(text: bytes, at: int) -> tuple[int, int]:
    """The span of the public IPv4 address that begins at the byte; else an empty one."""
    return _ip(_IPV4, text, at)


def six(text: bytes, at: int) -> tuple[int, int]:
    """The span of the public IPv6 address that begins at the byte; else an empty one."""
    return _ip(_IPV6, text, at)


def four_in_other_digits(place: Place) -> int:
    """Characters of the public IPv4 address at the place, in digits other than ASCII; 0 for none."""
    if place.raw_after[:1].isascii():
        return 0
    start, end = four((place.before + place.after).encode("ascii", "replace"), len(place.before))
    return end - start
