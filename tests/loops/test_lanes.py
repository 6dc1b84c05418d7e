"""Vectors of 16: compiled, each operation does what its NumPy definition does."""

import operator
import subprocess
import sys

import numpy as np
import pytest
from numba import TypingError, config, njit

from lightwaves.loops.lanes import (
    N_LANES,
    absolute,
    as_float,
    ascend,
    evens,
    first,
    largest,
    last,
    load,
    maximum,
    minimum,
    prefetch,
    select,
    smallest,
    splat,
    store,
    total,
    transpose,
    twice_less,
    widen,
)

rng = np.random.default_rng(0)
FLOATS = [np.float32, np.float64]
NUMBERS = [*FLOATS, np.int32]
ONE, ZERO, FOUR = np.float32(1), np.float32(0), np.int32(4)


def values(dtype, *, nan=False):
    """Two vectors of both signs, with equal, zero and, if wanted, NaN lanes among them."""
    a, b = (rng.normal(0, 50, N_LANES).astype(dtype) for _ in range(2))
    b[[1, 5]], a[[2, 3]], b[3] = a[[1, 5]], 0, 0
    if nan:
        a[[6, 8]], b[[7, 8]] = np.nan, np.nan
    return a, b


def agrees(work, *arrays, dtype=None):
    """Run the same function as Python, on the definitions, and compiled."""
    expected, found = (np.zeros(N_LANES, dtype or arrays[0].dtype) for _ in range(2))
    with np.errstate(all="ignore"):
        work(*arrays, expected)
        njit(error_model="numpy")(work)(*arrays, found)
    np.testing.assert_array_equal(found, expected)
    return expected


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv, maximum, minimum])
def test_two_float_vectors_combine_as_defined(operation, dtype):
    agrees(lambda a, b, out: store(out, 0, operation(load(a, 0), load(b, 0))), *values(dtype, nan=True))


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, maximum, minimum])
def test_two_integer_vectors_combine_as_defined(operation):
    a, b = values(np.int32)
    agrees(lambda a, b, out: store(out, 0, as_float(operation(load(a, 0), load(b, 0)))), a, b, dtype=np.float32)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("comparison", [operator.gt, operator.lt])
def test_comparisons_make_masks_that_are_not_set_where_either_is_nan(comparison, dtype):
    a, b = values(dtype, nan=dtype != np.int32)
    mask = agrees(
        lambda a, b, out: store(out, 0, select(comparison(load(a, 0), load(b, 0)), splat(ONE), splat(ZERO))),
        a, b, dtype=np.float32,
    )  # fmt: skip
    assert 0 < mask.sum() < N_LANES
    assert not mask[np.isnan(a) | np.isnan(b)].any()


@pytest.mark.parametrize(("operation", "better"), [(maximum, np.fmax), (minimum, np.fmin)])
def test_maximum_and_minimum_give_the_second_where_either_is_nan(operation, better):
    a, b = values(np.float32, nan=True)
    found = agrees(lambda a, b, out: store(out, 0, operation(load(a, 0), load(b, 0))), a, b)
    nan = np.isnan(a) | np.isnan(b)
    np.testing.assert_array_equal(found, np.where(nan, b, better(a, b)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_select_and_splat(dtype):
    zero = dtype(0)
    agrees(lambda a, b, out: store(out, 0, select(load(a, 0) > splat(zero), load(a, 0), load(b, 0))), *values(dtype))


@pytest.mark.parametrize(
    "work",
    [
        lambda a, b, out: store(out, 0, absolute(load(a, 0))),
        lambda a, b, out: store(out, 0, twice_less(load(a, 0), load(b, 0))),
        lambda a, b, out: store(out, 0, evens(load(a, 0), load(b, 0))),
    ],
    ids=["absolute", "twice_less", "evens"],
)
def test_operations_of_float32(work):
    agrees(work, *values(np.float32, nan=True))


def test_float32_is_widened_without_rounding():
    work = lambda a, b, out: store(out, 0, widen(load(a, 0)) * widen(load(b, 0)))  # noqa: E731
    agrees(work, *values(np.float32, nan=True), dtype=np.float64)


def test_twice_less_rounds_as_two_operations_do():
    a, b = (rng.normal(0, 10.0**power, N_LANES).astype(np.float32) for power in (0, 3))
    found = agrees(lambda a, b, out: store(out, 0, twice_less(load(a, 0), load(b, 0))), a, b)
    np.testing.assert_array_equal(found, np.float32(2) * a - b)


@pytest.mark.parametrize(
    "work",
    [
        lambda a, out: store(out, 0, as_float(select(load(a, 0) > splat(FOUR), load(a, 0), splat(FOUR)))),
        lambda a, out: store(out, 0, as_float(ascend(load(a, 0)))),
        lambda a, out: store(out, 0, as_float(last(load(a, 0)))),
        lambda a, out: store(out, 0, as_float(splat(total(load(a, 0))))),
        lambda a, out: store(out, 0, as_float(splat(largest(load(a, 0))))),
    ],
    ids=["select and splat", "ascend", "last", "total", "largest"],
)
def test_operations_of_int32(work):
    agrees(work, values(np.int32)[0], dtype=np.float32)
    agrees(work, -np.arange(1, N_LANES + 1, dtype=np.int32), dtype=np.float32)


def test_large_integers_become_the_nearest_float32():
    a = rng.integers(-(2**31), 2**31, N_LANES).astype(np.int32)
    agrees(lambda a, out: store(out, 0, as_float(load(a, 0))), a, dtype=np.float32)


def test_a_total_adds_halves_to_halves():
    a = rng.normal(0, 1, N_LANES) * 10.0 ** rng.integers(-8, 8, N_LANES)
    found = agrees(lambda a, out: store(out, 0, splat(total(load(a, 0)))), a)
    while len(a) > 1:
        a = a[: len(a) // 2] + a[len(a) // 2 :]
    assert (found == a[0]).all()


@pytest.mark.parametrize(("operation", "extreme"), [(largest, np.max), (smallest, np.min)])
def test_extremes_of_float32(operation, extreme):
    a = values(np.float32)[0]
    assert (agrees(lambda a, out: store(out, 0, splat(operation(load(a, 0)))), a) == extreme(a)).all()


def test_the_mask_of_the_first_lanes_holds_none_below_one_and_all_from_16_on():
    counts = np.array([-(2**31), -1, 0, 1, 2, 15, 16, 17, 1000, 2**31 - 1])

    def work(counts, out):
        for i in range(counts.size):
            store(out, i * 16, select(first(counts[i]), splat(ONE), splat(ZERO)))

    expected, found = np.full((2, counts.size * N_LANES), np.nan, np.float32)
    work(counts, expected)
    njit(work)(counts, found)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(expected.reshape(-1, N_LANES).sum(axis=1), counts.clip(0, N_LANES))


def test_vectors_are_read_and_written_at_any_place():
    a = rng.normal(size=40).astype(np.float32)

    def work(a, out):
        prefetch(a, 3)
        store(out, 1, load(a, 3))

    expected, found = np.zeros((2, 20), np.float32)
    work(a, expected)
    njit(work)(a, found)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found, [0, *a[3:19], 0, 0, 0])


def test_transpose_turns_16_times_16_values_on_their_diagonal():
    a = np.arange(300, dtype=np.float32)

    def work(a, out):
        transpose(a, 5, out, 9)

    expected, found = np.full((2, 300), -1, np.float32)
    work(a, expected)
    njit(work)(a, found)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found[9:265].reshape(16, 16), a[5:261].reshape(16, 16).T)
    assert (found[:9] == -1).all()
    assert (found[265:] == -1).all()


@pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled")
def test_calls_that_have_no_definition_do_not_compile():
    with pytest.raises(TypingError):
        njit(lambda a: absolute(load(a, 0)))(np.zeros(N_LANES))


OUTSIDE = """
import numpy as np
from numba import njit
from lightwaves.loops.lanes import load, prefetch, store, transpose

def read(a, i): store(a, 0, load(a, i))
def write(a, i): store(a, i, load(a, 0))
def turn_from(a, i): transpose(a, i, a, 0)
def turn_to(a, i): transpose(a, 0, a, i)
def fetch(a, i): prefetch(a, i)

for function, size, room in (read, 20, 16), (write, 20, 16), (turn_from, 300, 256), (turn_to, 300, 256), (fetch, 9, 1):
    compiled, a = njit(function), np.zeros(size, np.float32)
    for inside in 0, size - room:
        compiled(a, inside)
    for outside in -1, size - room + 1, 2**40, -2**40:
        try:
            compiled(a, outside)
        except IndexError:
            continue
        raise SystemExit(f"{function.__name__}({outside}) went outside")
"""


@pytest.mark.slow
def test_nothing_is_read_or_written_outside_an_array_where_bounds_are_checked(with_checks):
    result = subprocess.run([sys.executable, "-c", OUTSIDE], env=with_checks, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
