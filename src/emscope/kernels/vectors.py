"""Vectors of eight float32 or four float64 numbers, for loops that the compiler does not turn into them.

Each operation is a function that plain Python runs with NumPy. In compiled code it is one or a few
instructions, which become part of the kernel: nothing is called. The compiler splits vectors where the
processor's are shorter.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, models, register_model, type_callable

from emscope.columns import Array

SINGLES = 8
"""Numbers in a vector of float32."""

DOUBLES = 4
"""Numbers in a vector of float64."""


class _Vector(types.Type):
    """What the compiler knows a vector as."""

    def __init__(self, size: int, element: Any) -> None:
        self.size, self.element = size, element
        super().__init__(name=f"vector({size}, {element})")


class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _Vector) -> None:
        element = ir.FloatType() if kind.element == types.float32 else ir.DoubleType()
        super().__init__(manager, kind, ir.VectorType(element, kind.size))


register_model(_Vector)(_Model)
_SINGLES, _DOUBLES = _Vector(SINGLES, types.float32), _Vector(DOUBLES, types.float64)


def pointer(array: Array) -> Array:
    """Return the numbers of an array in one line; compiled, its place in memory, which keeps nothing alive.

    So it is for arrays that the caller of a kernel holds. Numbers are read and written through it without
    counting references, which takes longer than they do, and places are not negative.
    """
    return array.reshape(-1)


def singles(number: float) -> Array:
    """Return a vector of one float32 number."""
    return np.full(SINGLES, number, np.float32)


def doubles(number: float) -> Array:
    """Return a vector of one float64 number."""
    return np.full(DOUBLES, number, np.float64)


def repeat_single(numbers: Array, at: int) -> Array:
    """Return a vector of one of a line of float32 numbers."""
    return np.full(SINGLES, numbers[at], np.float32)


def load_singles(numbers: Array, at: int) -> Array:
    """Return eight numbers of a line of float32 from a place on."""
    return numbers[at : at + SINGLES].copy()


def load_doubles(numbers: Array, at: int) -> Array:
    """Return four numbers of a line of float32 or float64 from a place on."""
    return numbers[at : at + DOUBLES].astype(np.float64)


def store(numbers: Array, at: int, vector: Array) -> None:
    """Write a vector into a line of numbers of its type."""
    numbers[at : at + len(vector)] = vector


def store_columns(
    numbers: Array, at: int, step: int,
    a: Array, b: Array, c: Array, d: Array, e: Array, f: Array, g: Array, h: Array,
) -> None:  # fmt: skip
    """Write eight float64 vectors as the columns of four lines of float32, which begin a step apart."""
    for lane, line in enumerate(np.array([a, b, c, d, e, f, g, h]).T):
        numbers[at + lane * step : at + lane * step + SINGLES] = line


def add(a: Array, b: Array) -> Array:
    """Return a + b."""
    return a + b


def subtract(a: Array, b: Array) -> Array:
    """Return a - b."""
    return a - b


def multiply(a: Array, b: Array) -> Array:
    """Return a b."""
    return a * b


def multiply_add(a: Array, b: Array, c: Array) -> Array:
    """Return a b + c, rounded once where the processor can."""
    return a * b + c


def where_less(a: Array, b: Array, one: Array, other: Array) -> Array:
    """Return one where a < b, and the other elsewhere."""
    return np.where(a < b, one, other)


def lanes_less(a: Array, b: Array) -> int:
    """Return a number whose bits tell where a < b, the lowest for the first of eight float32 numbers."""
    return int((a < b) @ (1 << np.arange(SINGLES)))


def lowest_lane(lanes: int) -> int:
    """Return the place of the lowest bit of a number that is not 0."""
    return (lanes & -lanes).bit_length() - 1


def smaller(a: Array, b: Array) -> Array:
    """Return the smaller of two finite or infinite numbers."""
    return where_less(a, b, a, b)


def larger(a: Array, b: Array) -> Array:
    """Return the larger of two finite or infinite numbers."""
    return where_less(a, b, b, a)


def total(a: Array) -> float:
    """Return the sum of four float64 numbers, first and third, second and fourth, and both."""
    return float((a[0] + a[2]) + (a[1] + a[3]))


def _place(context: Any, builder: Any, line: Any, at_kind: Any, at: Any) -> Any:
    """Return a pointer to a number in a line of numbers."""
    return builder.gep(line, [context.cast(builder, at, at_kind, types.intp)], inbounds=True)


def _vector_pointer(builder: Any, place: Any, element: Any, size: int) -> Any:
    kind = ir.FloatType() if element == types.float32 else ir.DoubleType()
    return builder.bitcast(place, ir.VectorType(kind, size).as_pointer())


def _is_line(kind: Any, element: Any = None) -> bool:
    return isinstance(kind, types.CPointer) and element in (None, kind.dtype)


def _compile_elementwise(function: Any, emit: Any) -> None:
    """Make a function of vectors of one type known to the compiler."""

    def typing(context: Any) -> Any:
        def typer(*given: Any) -> Any:
            vectors = isinstance(given[0], _Vector) and all(kind == given[0] for kind in given)
            return given[0] if vectors else None

        typer.pysig = parameters  # type: ignore[attr-defined]
        return typer

    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        return emit(builder, *values)

    parameters = inspect.signature(function)
    type_callable(function)(typing)
    for vector in (_SINGLES, _DOUBLES):
        lower_builtin(function, *(vector,) * len(parameters.parameters))(lower)


def _fuse(builder: Any, a: Any, b: Any, c: Any) -> Any:
    name = f"llvm.fmuladd.v{a.type.count}f{32 if a.type.element == ir.FloatType() else 64}"
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(a.type, [a.type] * 3), name)
    return builder.call(function, [a, b, c])


def _where_less(builder: Any, a: Any, b: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", a, b), one, other)


_compile_elementwise(add, lambda builder, a, b: builder.fadd(a, b))
_compile_elementwise(subtract, lambda builder, a, b: builder.fsub(a, b))
_compile_elementwise(multiply, lambda builder, a, b: builder.fmul(a, b))
_compile_elementwise(multiply_add, _fuse)
_compile_elementwise(where_less, _where_less)
_compile_elementwise(smaller, lambda builder, a, b: _where_less(builder, a, b, a, b))
_compile_elementwise(larger, lambda builder, a, b: _where_less(builder, a, b, b, a))


def _compile_lanes_less() -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        lanes = builder.bitcast(builder.fcmp_ordered("<", *values), ir.IntType(SINGLES))
        return builder.zext(lanes, context.get_value_type(types.intp))

    def typer(a: Any, b: Any) -> Any:
        return types.intp if a == b == _SINGLES else None

    type_callable(lanes_less)(lambda context: typer)
    lower_builtin(lanes_less, _SINGLES, _SINGLES)(lower)


def _compile_lowest_lane() -> None:
    type_callable(lowest_lane)(
        lambda context: lambda lanes: types.intp if isinstance(lanes, types.Integer) else None
    )
    lower_builtin(lowest_lane, types.intp)(
        lambda context, builder, typed, values: builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))
    )


def _repeated(builder: Any, number: Any, size: int) -> Any:
    integer, nothing = ir.IntType(32), ir.Constant(ir.VectorType(number.type, size), ir.Undefined)
    lane = builder.insert_element(nothing, number, ir.Constant(integer, 0))
    return builder.shuffle_vector(lane, nothing, ir.Constant(ir.VectorType(integer, size), [0] * size))


def _shuffled(builder: Any, a: Any, b: Any, order: Iterable[int]) -> Any:
    lanes = list(order)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(a, b, mask)


def _compile_fill(function: Any, vector: Any) -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        number = context.cast(builder, values[0], typed.args[0], vector.element)
        return _repeated(builder, number, vector.size)

    type_callable(function)(
        lambda context: lambda number: vector if isinstance(number, types.Number) else None
    )
    lower_builtin(function, types.Number)(lower)


def _compile_load(function: Any, vector: Any) -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        line, at = typed.args
        number = _place(context, builder, values[0], at, values[1])
        place = _vector_pointer(builder, number, line.dtype, vector.size)
        loaded = builder.load(place, align=line.dtype.bitwidth // 8)
        same = line.dtype == vector.element
        return loaded if same else builder.fpext(loaded, context.get_value_type(vector))

    type_callable(function)(lambda context: lambda numbers, at: vector if _is_line(numbers) else None)
    lower_builtin(function, types.CPointer, types.Integer)(lower)


def _compile_repeat() -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        place = _place(context, builder, values[0], typed.args[1], values[1])
        return _repeated(builder, builder.load(place), SINGLES)

    type_callable(repeat_single)(
        lambda context: lambda numbers, at: _SINGLES if _is_line(numbers, types.float32) else None
    )
    lower_builtin(repeat_single, types.CPointer, types.Integer)(lower)


def _compile_store() -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        line, at, vector = typed.args
        number = _place(context, builder, values[0], at, values[1])
        place = _vector_pointer(builder, number, line.dtype, vector.size)
        builder.store(values[2], place, align=line.dtype.bitwidth // 8)
        return context.get_dummy_value()

    def typer(numbers: Any, at: Any, vector: Any) -> Any:
        return types.none if _is_line(numbers, vector.element) else None

    type_callable(store)(lambda context: typer)
    for vector in (_SINGLES, _DOUBLES):
        lower_builtin(store, types.CPointer, types.Integer, vector)(lower)


def _compile_store_columns() -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        line, at, step, *vectors = values
        narrow = ir.VectorType(ir.FloatType(), DOUBLES)
        rows = [builder.fptrunc(vector, narrow) for vector in vectors]
        joined = [_shuffled(builder, a, b, range(8)) for a, b in zip(rows[:4], rows[4:], strict=True)]
        low = [_shuffled(builder, a, b, (0, 8, 1, 9, 4, 12, 5, 13)) for a, b in (joined[:2], joined[2:])]
        high = [_shuffled(builder, a, b, (2, 10, 3, 11, 6, 14, 7, 15)) for a, b in (joined[:2], joined[2:])]
        place = _place(context, builder, line, typed.args[1], at)
        for pair in (low, high):
            for order in ((0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)):
                column = _shuffled(builder, pair[0], pair[1], order)
                builder.store(column, _vector_pointer(builder, place, types.float32, SINGLES), align=4)
                place = builder.gep(place, [context.cast(builder, step, typed.args[2], types.intp)])
        return context.get_dummy_value()

    def typer(
        numbers: Any, at: Any, step: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any
    ) -> Any:
        return types.none if _is_line(numbers, types.float32) else None

    type_callable(store_columns)(lambda context: typer)
    lower_builtin(store_columns, types.CPointer, types.Integer, types.Integer, *(_DOUBLES,) * SINGLES)(lower)


def _compile_total() -> None:
    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        lanes = [
            builder.extract_element(values[0], ir.Constant(ir.IntType(32), lane)) for lane in range(DOUBLES)
        ]
        return builder.fadd(builder.fadd(lanes[0], lanes[2]), builder.fadd(lanes[1], lanes[3]))

    type_callable(total)(lambda context: lambda a: types.float64 if a == _DOUBLES else None)
    lower_builtin(total, _DOUBLES)(lower)


def _compile_pointer() -> None:
    def typer(array: Any) -> Any:
        lies_in_a_line = isinstance(array, types.Array) and array.layout == "C"
        return types.CPointer(array.dtype) if lies_in_a_line else None

    def lower(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        return context.make_array(typed.args[0])(context, builder, values[0]).data

    type_callable(pointer)(lambda context: typer)
    lower_builtin(pointer, types.Array)(lower)


_compile_pointer()
_compile_lanes_less()
_compile_lowest_lane()
_compile_fill(singles, _SINGLES)
_compile_fill(doubles, _DOUBLES)
_compile_load(load_singles, _SINGLES)
_compile_load(load_doubles, _DOUBLES)
_compile_repeat()
_compile_store()
_compile_store_columns()
_compile_total()
