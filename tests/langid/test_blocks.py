"""Masks of sixty-four bytes are held to the same questions asked byte by byte."""

import itertools
from typing import Any

import numpy as np
import pytest

from langid.blocks import ROOM, SIZE, alike, among, decode_known, first, kinds, last, planes, with_room, within
from langid.kernel import kernel

QUESTIONS: tuple[Any, ...] = (
    lambda byte: byte & 0xC0 != 0x80,
    lambda byte: byte < 128 and chr(byte).isalpha(),
    lambda byte: byte < 128 and chr(byte).isupper(),
    lambda byte: byte < 128 and chr(byte).isdigit(),
    lambda byte: byte == 32,
    lambda byte: byte < 128 and chr(byte) in ',-":;()',
)


@kernel
def _kinds(data: Any, index: int) -> Any:
    return kinds(data, index)


_marked = among(("\x00", "\t"), ("|", "|"), ("\x80", "\xff"))


@kernel
def _among(data: Any, index: int) -> Any:
    return _marked(data, index)


@kernel
def _alike(data: Any, index: int, other: int) -> Any:
    return alike(data, index, other)


@kernel
def _planes(marks: Any) -> Any:
    return planes(marks)


@kernel
def _last(mask: Any) -> Any:
    return last(mask)


@kernel
def _within(count: int) -> Any:
    return within(count)


@kernel
def _code_point(data: Any, length: int) -> Any:
    start: Any = np.int64(0)
    return decode_known(data, start, length)


@kernel
def _first(mask: Any) -> Any:
    return first(mask)


def test_masks_tell_of_every_byte() -> None:
    data = np.arange(256, dtype=np.uint8)
    for index in (0, 1, 64, 100, 192):
        here = data[index : index + SIZE].tolist()
        wanted = tuple(sum(int(asks(byte)) << k for k, byte in enumerate(here)) for asks in QUESTIONS)
        assert _kinds(data, index) == wanted


def test_masks_tell_of_ranges() -> None:
    data = np.arange(256, dtype=np.uint8)
    for index in (0, 1, 64, 100, 192):
        here = data[index : index + SIZE].tolist()
        wanted = sum((byte <= 9 or byte == 124 or byte >= 128) << k for k, byte in enumerate(here))
        assert _among(data, index) == wanted


def test_masks_tell_of_bytes_that_are_alike() -> None:
    data = np.random.default_rng(3).integers(0, 3, 3 * SIZE).astype(np.uint8)
    for index, other in ((0, 0), (0, 1), (5, 70)):
        pairs = zip(data[index:].tolist(), data[other : other + SIZE].tolist(), strict=False)
        assert _alike(data, index, other) == sum((one == two) << k for k, (one, two) in enumerate(pairs))


def test_planes_are_the_bits_of_bytes_and_leave_none() -> None:
    marks = np.random.default_rng(4).integers(0, 256, SIZE).astype(np.uint8)
    wanted = tuple(sum((byte >> bit & 1) << k for k, byte in enumerate(marks.tolist())) for bit in range(8))
    assert _planes(marks) == wanted
    assert not marks.any()


def test_the_last_bit_that_is_set_and_the_lowest_bits() -> None:
    assert [_last(np.uint64(mask)) for mask in (1, 8, 12, (1 << 64) - 1)] == [0, 3, 3, 63]
    assert [_within(count) for count in (-5, 0, 1, 63, 64, 200)] == [0, 0, 1, (1 << 63) - 1, *[(1 << 64) - 1] * 2]


def test_the_first_bit_that_is_set() -> None:
    assert [_first(np.uint64(mask)) for mask in (0, 1, 8, 12, 1 << 63)] == [64, 0, 3, 2, 63]


@pytest.mark.parametrize("character", "\x00a\x7f\x80é\u07ff\u0800क漢\ud7ff\uffff\U00010000😀\U0010ffff")
def test_code_points_of_known_length(character: str) -> None:
    raw = character.encode()
    data = np.frombuffer(raw + b"\xff" * SIZE, np.uint8).copy()
    assert _code_point(data, len(raw)) == ord(character)


def test_what_is_no_text_is_still_within_unicode() -> None:
    data = np.full(SIZE, 0xFF, np.uint8)
    assert all(_code_point(data, length) <= 0x10FFFF for length in range(1, 9))


@pytest.mark.parametrize("behind", [0, 1, 63, 64, 200])
def test_every_text_has_room_behind_it(behind: int) -> None:
    texts = [b"", b"one", b"two " * 40, b"three", b""]
    starts = np.cumsum([3, *map(len, texts)], dtype=np.int32)
    data = np.frombuffer(b"xxx" + b"".join(texts) + b"y" * behind, np.uint8).copy()
    found: list[bytes] = []
    for some, begins, room in with_room(starts, data):
        assert some.start == len(found)
        assert begins[-1] + ROOM <= len(room)
        found += [room[a:b].tobytes() for a, b in itertools.pairwise(begins)]
        assert some.stop == len(found)
    assert found == texts
