"""Vector steps that Numba has no words for: rows of a table summed in registers, memory asked for ahead,
values read and written without a look at whether the index is negative.

They are written as LLVM instructions on vectors of sixteen, which every processor has or is given. Each lane's sum is
taken in the order of the rows, so a sum is the same on all of them.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16

_i8, _i32, _i64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Address of ``array[index]``, unchecked."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [index])


@intrinsic  # type: ignore[untyped-decorator]
def get(typing: Any, array: Any, index: Any) -> Any:
    """``array[index]``, which must be there: NumPy's meaning of an index under nought takes steps in inner loops."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(context, builder, signature.args[0], *arguments))

    return array.dtype(array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def put(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """``array[index] = value``, as ``get``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index, value = arguments
        builder.store(value, _place(context, builder, signature.args[0], array, index))
        return context.get_dummy_value()

    return types.void(array, types.int64, array.dtype), generate


@intrinsic  # type: ignore[untyped-decorator]
def load8(typing: Any, data: Any, index: Any) -> Any:
    """Eight bytes from ``data[index]`` on, the first lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(place, _i64.as_pointer()), align=1)

    return types.uint64(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def ones(typing: Any, bits: Any) -> Any:
    """How many bits of a uint64 are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask for the line of memory of ``array[index]``, to be read soon."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.bitcast(_place(context, builder, signature.args[0], *arguments), _i8.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [_i8.as_pointer(), _i32, _i32, _i32])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(ask, [place, _i32(0), _i32(3), _i32(1)])  # to read, into all caches, as data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


def _summing(kept: bool, tiles: tuple[int, ...]) -> Any:
    """Rows summed into ``total[at:][:width]``, on top of what it held (``kept``) or not; ``tiles`` vectors each."""

    def typed(typing: Any, table: Any, rows: Any, first: Any, last: Any, width: Any, total: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            table, rows, first, last, width, total, at = arguments
            kinds = signature.args
            read = context.get_data_type(kinds[0].dtype)
            held = context.get_data_type(kinds[5].dtype)
            done = cgutils.alloca_once_value(builder, _i64(0))

            def block(vectors: int, lanes: int) -> None:
                size = vectors * lanes
                wide = ir.VectorType(held, lanes) if lanes > 1 else held
                narrow = ir.VectorType(read, lanes) if lanes > 1 else read
                sums = [cgutils.alloca_once(builder, wide) for _ in range(vectors)]
                again = builder.append_basic_block()
                body = builder.append_basic_block()
                beyond = builder.append_basic_block()
                builder.branch(again)
                builder.position_at_end(again)
                start = builder.load(done)
                builder.cbranch(builder.icmp_signed("<=", builder.add(start, _i64(size)), width), body, beyond)
                builder.position_at_end(body)
                home = _place(context, builder, kinds[5], total, builder.add(at, start))

                def part(place: Any, kind: Any, number: int) -> Any:
                    return builder.bitcast(builder.gep(place, [_i64(number * lanes)]), kind.as_pointer())

                for number, one in enumerate(sums):
                    begin = builder.load(part(home, wide, number), align=4) if kept else ir.Constant(wide, None)
                    builder.store(begin, one)
                with cgutils.for_range_slice(builder, first, last, _i64(1), intp=_i64) as (k, _):
                    row = builder.load(_place(context, builder, kinds[1], rows, k))
                    there = builder.add(builder.mul(builder.sext(row, _i64), width), start)
                    place = _place(context, builder, kinds[0], table, there)
                    for number, one in enumerate(sums):
                        value = builder.load(part(place, narrow, number), align=1)
                        if isinstance(held, ir.FloatType):
                            added = builder.fadd(builder.load(one), value)
                        else:
                            value = builder.sext(value, wide) if read != held else value
                            added = builder.add(builder.load(one), value)
                        builder.store(added, one)
                for number, one in enumerate(sums):
                    builder.store(builder.load(one), part(home, wide, number), align=4)
                builder.store(builder.add(start, _i64(size)), done)
                builder.branch(again)
                builder.position_at_end(beyond)

            for vectors in tiles:
                block(vectors, LANES)
            block(1, 1)
            return context.get_dummy_value()

        return types.void(table, rows, types.int64, types.int64, types.int64, total, types.int64), generate

    return typed


sum_rows = intrinsic(_summing(kept=False, tiles=(8, 2, 1)))
"""``sum_rows(table, rows, first, last, width, total, at)``: the sum of rows ``rows[first:last]`` of the flat ``table``,
each of ``width`` values, becomes ``total[at : at + width]``. int16 is summed as int32."""

add_rows = intrinsic(_summing(kept=True, tiles=(8, 1)))
"""As ``sum_rows``, on top of what ``total`` holds."""

BESIDE = 4  # vectors that ``products`` multiplies at a time


@intrinsic  # type: ignore[untyped-decorator]
def products(
    typing: Any, block: Any, start: Any, size: Any, left: Any, places: Any, at: Any, total: Any, homes: Any
) -> Any:
    """Four vectors times sixteen columns: sums over d of ``left[places[at + j] + d] * block[start + 16 * d + lane]``,
    ``size`` terms in order, become ``total[homes[j] + lane]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block, start, size, left, places, at, total, homes = arguments
        kinds = signature.args
        wide = ir.VectorType(ir.FloatType(), LANES)
        sums = [cgutils.alloca_once_value(builder, ir.Constant(wide, None)) for _ in range(BESIDE)]
        begins = []
        for j in range(BESIDE):
            place = builder.load(_place(context, builder, kinds[4], places, builder.add(at, _i64(j))))
            begins.append(_place(context, builder, kinds[3], left, place))
        with cgutils.for_range(builder, size, intp=_i64) as loop:
            there = builder.add(start, builder.mul(loop.index, _i64(LANES)))
            place = _place(context, builder, kinds[0], block, there)
            columns = builder.load(builder.bitcast(place, wide.as_pointer()), align=4)
            for begin, kept in zip(begins, sums, strict=True):
                value = builder.load(builder.gep(begin, [loop.index]))
                spread = builder.insert_element(ir.Constant(wide, ir.Undefined), value, _i32(0))
                spread = builder.shuffle_vector(spread, spread, ir.Constant(ir.VectorType(_i32, LANES), [0] * LANES))
                builder.store(builder.fadd(builder.load(kept), builder.fmul(spread, columns)), kept)
        for j, kept in enumerate(sums):
            home = builder.load(_place(context, builder, kinds[7], homes, _i64(j)))
            place = _place(context, builder, kinds[6], total, home)
            builder.store(builder.load(kept), builder.bitcast(place, wide.as_pointer()), align=4)
        return context.get_dummy_value()

    number = types.int64
    return types.void(block, number, number, left, places, number, total, homes), generate


@intrinsic  # type: ignore[untyped-decorator]
def as_float(typing: Any, bits: Any) -> Any:
    """The float32 that has the bits of an int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@intrinsic  # type: ignore[untyped-decorator]
def as_bits(typing: Any, value: Any) -> Any:
    """The bits of a float32 as an int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _i32)

    return types.int32(types.float32), generate
