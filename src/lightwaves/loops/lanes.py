"""Sixteen numbers at once: the vector type in which the compiled loops are written.

The functions below are plain NumPy, and that is what runs where numba is switched off (coverage,
debugging). In compiled code a vector is one LLVM value and each function one or two instructions; LLVM
spreads it over as many registers as the processor has to, so the arithmetic is the same on every machine:
no sum is reordered, and nothing is fused whose rounding that would change.
"""

from __future__ import annotations

import operator

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import lower_builtin, models, register_jitable, register_model, type_callable

N_LANES = 16
INDEX = np.arange(N_LANES)


@register_jitable
def whole_vectors(n: int) -> int:
    """The number n rounded up to whole vectors."""
    return -(-n // N_LANES) * N_LANES


# --- what each operation means ------------------------------------------------------------------------------


def load(array, start):
    """The 16 values of a float32, float64 or int32 array from ``start`` on."""
    return array[start : start + N_LANES].copy()


def store(array, start, values):
    """Write 16 values into a float32 or float64 array from ``start`` on."""
    array[start : start + N_LANES] = values


def splat(value):
    """One float32, float64 or int32 value in all lanes."""
    return np.full(N_LANES, value)


def select(mask, values, others):
    """``values`` where the mask is set, ``others`` elsewhere."""
    return np.where(mask, values, others)


def maximum(values, others):
    """The larger of two, lane by lane; ``others`` where either is NaN."""
    return np.where(values > others, values, others)


def minimum(values, others):
    """The smaller of two, lane by lane; ``others`` where either is NaN."""
    return np.where(values < others, values, others)


def absolute(values):
    """Absolute values."""
    return np.abs(values)


def twice_less(values, others):
    """``2 * values - others``."""
    return values + values - others


def widen(values):
    """float32 or float64 to float64."""
    return values.astype(np.float64)


def as_float(values):
    """int32 to the nearest float32."""
    return values.astype(np.float32)


def first(count):
    """A mask of the first ``count`` lanes: none below one, all from 16 on."""
    return count > INDEX


def tally(mask):
    """How many lanes of a mask are set."""
    return int(mask.sum())


def ascend(values):
    """In each lane the largest int32 value up to it."""
    return np.maximum.accumulate(values)


def last(values):
    """The last of int32 lanes in all of them."""
    return np.full(N_LANES, values[-1])


def evens(values, others):
    """Lanes 0, 2, 4, ... of two vectors set side by side."""
    return np.concatenate((values[::2], others[::2]))


def total(values):
    """The sum of the lanes, halves added to halves."""
    while len(values) > 1:
        values = values[: len(values) // 2] + values[len(values) // 2 :]
    return values[0]


def largest(values):
    """The largest of float32 or int32 lanes."""
    return values.max()


def smallest(values):
    """The smallest of float32 lanes."""
    return values.min()


def prefetch(array, start):
    """Ask for the value at ``start`` to be brought near, where the processor can."""


def transpose(array, start, target, place):
    """Write the 16 x 16 values from ``start`` on, turned on their diagonal, into a second array."""
    size = N_LANES * N_LANES
    target[place : place + size] = array[start : start + size].reshape(N_LANES, N_LANES).T.ravel()


# --- how each is compiled -----------------------------------------------------------------------------------


class Lanes(types.Type):
    """The type of 16 elements of one scalar type; of ``boolean``, a mask."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


BIT, INT32, INT64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
ELEMENT = {types.boolean: BIT, types.int32: INT32, types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
MASK, I32, F32, F64 = (Lanes(scalar) for scalar in ELEMENT)


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """One LLVM vector."""

    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, vector(ELEMENT[fe_type.dtype]))


def vector(element):
    """The LLVM type of 16 such elements."""
    return ir.VectorType(element, N_LANES)


class Signatures(dict):
    """The argument types that one function takes, each with the type of its result."""

    def result(self, *arguments):
        """The type of the result, or None where no signature fits."""
        for wanted, result in self.items():
            if len(wanted) == len(arguments) and all(
                isinstance(a, w) if isinstance(w, type) else a == w for w, a in zip(wanted, arguments, strict=True)
            ):
                return result
        return None


SIGNATURES: dict[object, Signatures] = {}


def typer(signatures, n_arguments):
    """Make what numba asks for the type of a result: a function of exactly as many arguments."""
    if n_arguments == 1:
        return lambda context: lambda a: signatures.result(a)
    if n_arguments == 2:
        return lambda context: lambda a, b: signatures.result(a, b)
    if n_arguments == 3:
        return lambda context: lambda a, b, c: signatures.result(a, b, c)
    return lambda context: lambda a, b, c, d: signatures.result(a, b, c, d)


def compiles(function, result, *arguments):
    """Register the decorated writer of LLVM code as ``function`` for arguments of these types."""

    def register(write):
        if function not in SIGNATURES:
            SIGNATURES[function] = Signatures()
            type_callable(function)(typer(SIGNATURES[function], len(arguments)))
        SIGNATURES[function][arguments] = result

        def lower(context, builder, signature, values):
            return write(Writer(context, builder, signature.args), *values)

        lower_builtin(function, *arguments)(lower)
        return write

    return register


class Writer:
    """What the writers below share: numba's context, the LLVM builder and the types of the arguments."""

    def __init__(self, context, builder, types_):
        self.context, self.builder, self.types = context, builder, types_

    def broadcast(self, value):
        """A scalar in all lanes."""
        undefined = ir.Constant(vector(value.type), ir.Undefined)
        one = self.builder.insert_element(undefined, value, INT32(0))
        return self.builder.shuffle_vector(one, undefined, ir.Constant(vector(INT32), [0] * N_LANES))

    def shuffle(self, values, others, lanes):
        """The named lanes of two vectors set side by side."""
        return self.builder.shuffle_vector(values, others, ir.Constant(ir.VectorType(INT32, len(lanes)), lanes))

    def compare(self, kind, sign, a, b):
        """A mask; false where either is NaN."""
        return self.builder.icmp_signed(sign, a, b) if kind == I32 else self.builder.fcmp_ordered(sign, a, b)

    def fold(self, values, combine):
        """One scalar of all lanes, halves combined with halves."""
        width = N_LANES
        while width > 1:
            width //= 2
            low, high = list(range(width)), list(range(width, 2 * width))
            values = combine(self.shuffle(values, values, low), self.shuffle(values, values, high))
        return self.builder.extract_element(values, INT32(0))

    def extreme(self, kind, sign):
        """The combination that keeps the larger (``>``) or smaller (``<``) of two."""
        return lambda a, b: self.builder.select(self.compare(kind, sign, a, b), a, b)

    def pointer(self, which, array, start, length=N_LANES):
        """Where ``array[start]`` lies, as a vector's address; checked under NUMBA_BOUNDSCHECK."""
        context, builder, kind = self.context, self.builder, self.types[which]
        start = context.cast(builder, start, self.types[which + 1], types.intp)
        record = context.make_array(kind)(context, builder, array)
        if config.BOUNDSCHECK:
            behind = builder.add(start, INT64(length))
            outside = builder.or_(
                builder.icmp_signed("<", start, INT64(0)), builder.icmp_signed(">", behind, record.nitems)
            )
            with builder.if_then(outside, likely=False):
                context.call_conv.return_user_exc(builder, IndexError, ("a vector reaches outside its array",))
        address = builder.gep(record.data, [start])
        return builder.bitcast(address, vector(ELEMENT[kind.dtype]).as_pointer())


@compiles(load, F32, types.Array(types.float32, 1, "C"), types.Integer)
@compiles(load, F64, types.Array(types.float64, 1, "C"), types.Integer)
@compiles(load, I32, types.Array(types.int32, 1, "C"), types.Integer)
def _load(w, array, start):
    return w.builder.load(w.pointer(0, array, start), align=4)


@compiles(store, types.none, types.Array(types.float32, 1, "C"), types.Integer, F32)
@compiles(store, types.none, types.Array(types.float64, 1, "C"), types.Integer, F64)
def _store(w, array, start, values):
    w.builder.store(values, w.pointer(0, array, start), align=4)
    return w.context.get_dummy_value()


@compiles(transpose, types.none, *[types.Array(types.float32, 1, "C"), types.Integer] * 2)
def _transpose(w, array, start, target, place):
    size = N_LANES * N_LANES
    source, goal = w.pointer(0, array, start, size), w.pointer(2, target, place, size)
    rows = [w.builder.load(w.builder.gep(source, [INT64(i)]), align=4) for i in range(N_LANES)]

    def both(a, b, low, high):
        return w.shuffle(a, b, low), w.shuffle(a, b, high)

    # Interleave numbers of neighbouring rows, then pairs of numbers, then quarters of a vector, twice: every
    # shuffle stays within quarters or moves whole ones, which processors do faster than any other.
    quarters = range(0, N_LANES, 4)
    single = [[q + i for q in quarters for i in (a, 16 + a, a + 1, 17 + a)] for a in (0, 2)]
    double = [[q + i for q in quarters for i in (a, a + 1, 16 + a, 17 + a)] for a in (0, 2)]
    whole = [[q + i for q in (a, a + 8, a + 16, a + 24) for i in range(4)] for a in (0, 4)]
    pairs = [both(rows[i], rows[i + 1], *single) for i in range(0, N_LANES, 2)]
    fours = [
        [half for side in (0, 1) for half in both(pairs[g][side], pairs[g + 1][side], *double)] for g in (0, 2, 4, 6)
    ]
    upper = [both(fours[0][k], fours[1][k], *whole) for k in range(4)]
    lower = [both(fours[2][k], fours[3][k], *whole) for k in range(4)]
    rows = [w.shuffle(upper[k][odd], lower[k][odd], whole[far]) for far in (0, 1) for odd in (0, 1) for k in range(4)]
    for i, row in enumerate(rows):
        w.builder.store(row, w.builder.gep(goal, [INT64(i)]), align=4)
    return w.context.get_dummy_value()


@compiles(prefetch, types.none, types.Array(types.float32, 1, "C"), types.Integer)
def _prefetch(w, array, start):
    address = w.builder.bitcast(w.pointer(0, array, start, 1), ir.IntType(8).as_pointer())
    kind = ir.FunctionType(ir.VoidType(), [address.type, INT32, INT32, INT32])
    function = w.builder.module.declare_intrinsic("llvm.prefetch.p0", (), kind)
    w.builder.call(function, [address, INT32(0), INT32(3), INT32(1)])  # for reading, as near as can be, data
    return w.context.get_dummy_value()


def _register_arithmetic(kind, of_kind):
    scalar = kind.dtype
    compiles(splat, kind, scalar)(lambda w, value: w.broadcast(value))
    compiles(select, kind, MASK, kind, kind)(lambda w, mask, a, b: w.builder.select(mask, a, b))
    for function, name in (
        (operator.add, "add"),
        (operator.sub, "sub"),
        (operator.mul, "mul"),
        (operator.truediv, "div"),
    ):
        if kind != I32 or name != "div":
            compiles(function, kind, kind, kind)(lambda w, a, b, name=of_kind + name: getattr(w.builder, name)(a, b))
    for function, sign in ((operator.gt, ">"), (operator.lt, "<")):
        compiles(function, MASK, kind, kind)(lambda w, a, b, sign=sign: w.compare(kind, sign, a, b))
    for function, sign in ((maximum, ">"), (minimum, "<")):
        compiles(function, kind, kind, kind)(
            lambda w, a, b, sign=sign: w.builder.select(w.compare(kind, sign, a, b), a, b)
        )


for _kind, _of_kind in ((I32, ""), (F32, "f"), (F64, "f")):
    _register_arithmetic(_kind, _of_kind)


@compiles(absolute, F32, F32)
def _absolute(w, values):
    kind = ir.FunctionType(values.type, [values.type])
    fabs = w.builder.module.declare_intrinsic(f"llvm.fabs.v{N_LANES}f32", (), kind)
    return w.builder.call(fabs, [values])


@compiles(twice_less, F32, F32, F32)
def _twice_less(w, values, others):
    # Doubling is exact, so the processor may fuse the two operations: rounding is the same either way.
    two = ir.Constant(values.type, [2.0] * N_LANES)
    return w.builder.fsub(w.builder.fmul(values, two, flags=("contract",)), others, flags=("contract",))


compiles(widen, F64, F64)(lambda w, values: values)
compiles(widen, F64, F32)(lambda w, values: w.builder.fpext(values, vector(ELEMENT[types.float64])))
compiles(as_float, F32, I32)(lambda w, values: w.builder.sitofp(values, vector(ELEMENT[types.float32])))
compiles(evens, F32, F32, F32)(lambda w, a, b: w.shuffle(a, b, list(range(0, 2 * N_LANES, 2))))
compiles(total, types.float64, F64)(lambda w, values: w.fold(values, w.builder.fadd))
compiles(total, types.float32, F32)(lambda w, values: w.fold(values, w.builder.fadd))
compiles(total, types.int32, I32)(lambda w, values: w.fold(values, w.builder.add))
compiles(largest, types.float32, F32)(lambda w, values: w.fold(values, w.extreme(F32, ">")))
compiles(largest, types.int32, I32)(lambda w, values: w.fold(values, w.extreme(I32, ">")))
compiles(smallest, types.float32, F32)(lambda w, values: w.fold(values, w.extreme(F32, "<")))


@compiles(tally, types.int64, MASK)
def _tally(w, mask):
    bits = w.builder.bitcast(mask, ir.IntType(N_LANES))
    return w.builder.zext(w.builder.ctpop(bits), ir.IntType(64))


@compiles(first, MASK, types.Integer)
def _first(w, count):
    count = w.broadcast(w.context.cast(w.builder, count, w.types[0], types.int32))
    return w.builder.icmp_signed("<", ir.Constant(vector(INT32), list(range(N_LANES))), count)


@compiles(ascend, I32, I32)
def _ascend(w, values):
    lowest = ir.Constant(vector(INT32), [-(2**31)] * N_LANES)
    for distance in (1, 2, 4, 8):
        behind = w.shuffle(lowest, values, list(range(N_LANES - distance, 2 * N_LANES - distance)))
        values = w.builder.select(w.builder.icmp_signed(">", behind, values), behind, values)
    return values


compiles(last, I32, I32)(lambda w, values: w.shuffle(values, values, [N_LANES - 1] * N_LANES))
