"""Sixty-four bytes of UTF-8 looked at together, each question one 64-bit mask: bit k tells of the byte k places on.

Most text is ASCII letters and spaces, and loops that go from byte to byte wait at every end of a word, which no
processor foresees. A mask is asked where the run ends instead. They are written as LLVM vectors of thirty-two bytes,
which every processor has or is given.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from langid.kernel import inline

SIZE = 64
"""Bytes of a block."""
ROOM = SIZE + 8
"""Kernels read so many bytes behind the end of a text, a block from the last on and more: give them texts by
``with_room``."""

ALL, ONE = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(1)

_LEADS = np.array([0, 0, 0x3080, 0xE2080, 0x3C82080], np.uint64)
"""What the marks of lead and continuation bytes add up to in a code point of so many bytes."""
_SIX, _TWELVE, _EIGHTEEN = np.uint64(6), np.uint64(12), np.uint64(18)
_BYTE, _TWO_BYTES, _THREE_BYTES, _LOW = np.uint64(8), np.uint64(16), np.uint64(24), np.uint64(0xFF)
_HIGHEST = np.uint64(0x10FFFF)

_i8, _i64 = ir.IntType(8), ir.IntType(64)
HALF = SIZE // 2
_half = ir.VectorType(_i8, HALF)
"""Vectors of half a block: those of a whole one make some processors run slower for a while."""


def with_room(
    starts: npt.NDArray[np.int32], data: npt.NDArray[np.uint8]
) -> Iterator[tuple[slice, npt.NDArray[np.int32], npt.NDArray[np.uint8]]]:
    """Texts in one or two parts (which, their starts, their bytes), so that ROOM bytes may be read behind any end.

    The part of the last few texts is a copy.
    """
    texts = len(starts) - 1
    some = int(np.searchsorted(starts[1:], len(data) - ROOM, "right"))
    if some:
        yield slice(0, some), starts[: some + 1], data
    if some < texts:
        begin, end = int(starts[some]), int(starts[-1])
        room = np.zeros(end - begin + ROOM, np.uint8)
        room[: end - begin] = data[begin:end]
        yield slice(some, texts), starts[some:] - starts[some], room


def _same(value: int) -> Any:
    return ir.Constant(_half, [value] * HALF)


def _load(builder: Any, base: Any, index: Any, number: int) -> Any:
    """One half of the block at ``index``."""
    place = builder.gep(base, [builder.add(index, _i64(number * HALF))])
    return builder.load(builder.bitcast(place, _half.as_pointer()), align=1)


def _mask(builder: Any, halves: list[Any]) -> Any:
    """One 64-bit number of two halves of answers."""
    low, high = (builder.zext(builder.bitcast(half, ir.IntType(HALF)), _i64) for half in halves)
    return builder.or_(low, builder.shl(high, _i64(HALF)))


def among(*ranges: tuple[str, str]) -> Any:
    """An intrinsic ``(data, index)``: the mask of those of SIZE bytes that are in one of ``ranges``, ends included."""

    def typed(typing: Any, data: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            base = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            halves = []
            for number in range(2):
                here = _load(builder, base, arguments[1], number)
                answers = ir.Constant(ir.VectorType(ir.IntType(1), HALF), None)
                for begin, end in ranges:
                    count = ord(end) - ord(begin) + 1
                    from_first = builder.sub(here, _same(ord(begin)))
                    one = builder.icmp_unsigned("<", from_first, _same(count))
                    answers = builder.or_(answers, one)
                halves.append(answers)
            return _mask(builder, halves)

        return types.uint64(data, types.int64), generate

    return intrinsic(typed)


@intrinsic  # type: ignore[untyped-decorator]
def alike(typing: Any, data: Any, index: Any, other: Any) -> Any:
    """The mask of those of SIZE bytes from ``data[index]`` on that are like those from ``data[other]`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        halves = [[_load(builder, base, index, number) for index in arguments[1:]] for number in range(2)]
        return _mask(builder, [builder.icmp_unsigned("==", *half) for half in halves])

    return types.uint64(data, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def kinds(typing: Any, data: Any, index: Any) -> Any:
    """Masks of the SIZE bytes from ``data[index]`` on: where code points begin, letters and capitals of ASCII, digits,
    U+0020, and signs: those of , - " : ; ( ), which mean nothing but themselves."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, arguments[0]).data

        def half(number: int) -> list[Any]:
            here = _load(builder, base, arguments[1], number)

            def among(first: int, count: int, what: Any = here) -> Any:
                return builder.icmp_unsigned("<", builder.sub(what, _same(first)), _same(count))

            signs = builder.icmp_unsigned("==", here, _same(ord('"')))
            for first in "(,:":
                signs = builder.or_(signs, among(ord(first), 2))
            return [
                builder.icmp_signed(">", here, _same(0xBF - 0x100)),  # all but 10xxxxxx
                among(ord("a"), 26, builder.or_(here, _same(0x20))),
                among(ord("A"), 26),
                among(ord("0"), 10),
                builder.icmp_unsigned("==", here, _same(ord(" "))),
                signs,
            ]

        masks = [_mask(builder, list(both)) for both in zip(half(0), half(1), strict=True)]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 6)(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def first(typing: Any, mask: Any) -> Any:
    """The place of the lowest bit that is set, 64 if none is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def last(typing: Any, mask: Any) -> Any:
    """The place of the highest bit that is set; one must be."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.sub(_i64(SIZE - 1), builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1)))

    return types.int64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def planes(typing: Any, marks: Any) -> Any:
    """Eight masks of SIZE bytes, the first of their lowest bits; the bytes are 0 from then on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        halves = [_load(builder, base, _i64(0), number) for number in range(2)]
        for number in range(2):
            place = builder.bitcast(builder.gep(base, [_i64(number * HALF)]), _half.as_pointer())
            builder.store(_same(0), place, align=1)
        masks = []
        for bit in range(8):
            of_bit = [builder.and_(half, _same(1 << bit)) for half in halves]
            masks.append(_mask(builder, [builder.icmp_unsigned("!=", half, _same(0)) for half in of_bit]))
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 8)(marks), generate


@intrinsic  # type: ignore[untyped-decorator]
def _load_big(typing: Any, data: Any, index: Any) -> Any:
    """Eight bytes from ``data[index]`` on, the first highest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(base, [arguments[1]]), _i64.as_pointer())
        return builder.bswap(builder.load(place, align=1))

    return types.uint64(data, types.int64), generate


@inline
def low(count: int) -> np.uint64:
    """A mask of the lowest ``count`` (1 to 64) bits."""
    return ALL >> np.uint64(64 - count)


@inline
def within(count: int) -> np.uint64:
    """A mask of the lowest ``count`` bits, of none for less than one and of all from 64 on."""
    return ALL >> np.uint64(64 - min(count, 64)) if count > 0 else np.uint64(0)


@inline
def decode_known(data: npt.NDArray[np.uint8], i: int, length: int) -> np.uint64:
    """The code point of ``length`` bytes at byte ``i``, without a branch; of what is no UTF-8, any code point."""
    length = min(length, 4)
    raw = _load_big(data, i) >> np.uint64(64 - 8 * length)
    code_point = (raw & _LOW) + ((raw >> _BYTE & _LOW) << _SIX) + ((raw >> _TWO_BYTES & _LOW) << _TWELVE)
    code_point += ((raw >> _THREE_BYTES) << _EIGHTEEN) - _LEADS[np.uint64(length)]
    return min(code_point, _HIGHEST)
