"""What the C of integers makes of series, in NumPy: so its biases are chosen, and it is told how well it does."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..plans.kernels import KERNELS
from ..plans.pooled import N_ABOVE, STATISTICS
from .fixed import Units

NEAR = 16  # units: nine taps of weights up to 2, each rounded by half a unit, move an output by at most 6


class Outputs(NamedTuple):
    """An output of some cases, in integers and as Python computes it, and which of its times are pooled.

    Attributes
    ----------
    integers : int64 (n_cases, n_timepoints)
    reals : float32 (n_cases, n_timepoints)
    begin, end : int64 (n_cases, 1)
    """

    integers: NDArray[np.int64]
    reals: NDArray[np.float32]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which times are pooled."""
        times = np.arange(self.integers.shape[1])
        return (times >= self.begin) & (times < self.end)


def formed(units: Units, members: NDArray[np.int64], differences: int, shift: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """A series of all cases, in integers and as Python computes it.

    Parameters
    ----------
    units : Units
    members : int64 (n_members,)
        Its channels, counted from 1, and below 0 if subtracted.
    differences : int
        1 if it is of differences.
    shift : int
        By how many bits the sum is shifted.

    Returns
    -------
    int64 (n_cases, n_timepoints), float32 (n_cases, n_timepoints)
    """
    slots, signs = np.abs(members) - 1, np.sign(members)
    factors = signs * np.array(units.factors)[slots]
    integers = np.einsum("c,nct->nt", factors, units.integers[:, slots], dtype=np.int64)
    reals = np.zeros(integers.shape, np.float32)
    for slot, sign in zip(slots, signs, strict=True):
        reals += np.float32(sign) * units.series[:, slot]
    if differences:
        integers, reals = (np.diff(series, axis=1, append=series.dtype.type(0)) for series in (integers, reals))
    behind = np.arange(integers.shape[1]) >= units.lengths[:, np.newaxis] - differences
    half = (1 << shift) >> 1
    most = units.width.most_summed
    integers = np.clip((integers + half) >> shift, -most, most)
    return np.where(behind, 0, integers), np.where(behind, np.float32(0), reals)


def convolved(series: NDArray[Any], kernel: int, dilation: int, differences: int) -> NDArray[Any]:
    """The output of a kernel on series (n_cases, n_timepoints), in the order of additions of the loops."""
    twos = KERNELS[kernel % len(KERNELS)]
    order = [*twos, *(k for k in range(9) if k not in twos)]
    a, b, c, *others = (shifted(series, (k - 4) * dilation + (differences if k < 4 else 0)) for k in order)
    high = series.dtype.type(2) * ((a + b) + c)
    if kernel >= len(KERNELS):
        return high
    d, e, f, g, h, k = others
    return high - (((d + e) + f) + ((g + h) + k))


def shifted(series: NDArray[Any], steps: int) -> NDArray[Any]:
    """The values that stand some steps later, with 0 outside."""
    found = np.zeros_like(series)
    n = series.shape[1]
    if abs(steps) < n:
        found[:, max(0, -steps) : n - max(0, steps)] = series[:, max(0, steps) : n + min(0, steps)]
    return found


def bias_in_units(outputs: Outputs, bias: np.float32, bits: int, most: int, at_bias: bool) -> int:
    """The integer that divides an output in integers as the bias divides that of Python.

    It is the bias in units, rounded down, or a number nearby by which more values of calibration are on the right side:
    where sensors give whole numbers, many values equal a bias, and roundings must not tear them apart.

    Parameters
    ----------
    outputs : Outputs
    bias : float32
    bits : int
        An output counts in deviations over ``2**bits``.
    most : int
        The largest value of an output.
    at_bias : bool
        Whether values that equal the bias are on the upper side.

    Returns
    -------
    int
        Values above this are on the upper side.
    """
    first = int(np.floor(np.clip(float(bias) * 2.0**bits, -most - 1, most))) - NEAR
    near = outputs.inside & (np.abs(outputs.integers - (first + NEAR)) <= NEAR)
    if not near.any():
        return min(max(first + NEAR, -most - 1), most)
    places, reals = outputs.integers[near] - first, outputs.reals[near]
    above = reals >= bias if at_bias else reals > bias
    lost, kept = (np.bincount(places[side], minlength=2 * NEAR + 1).cumsum() for side in (above, ~above))
    wrong = lost + (kept[-1] - kept)
    best = np.flatnonzero(wrong == wrong.min())  # the middle of these is farthest from all values
    return min(max(first + int(best[len(best) // 2]), -most - 1), most)


def pooled_values(outputs: Outputs, bias: int, statistic: int) -> NDArray[np.int64]:
    """A statistic of each case, as C computes it.

    Parameters
    ----------
    outputs : Outputs
    bias : int
        In units of the output.
    statistic : int
        An index into ``lightwaves.plans.pooled.STATISTICS``.

    Returns
    -------
    int64 (n_cases,)
    """
    z, inside = outputs.integers, outputs.inside
    begin, end = outputs.begin[:, 0], outputs.end[:, 0]
    n_pooled = np.maximum(end - begin, 1)
    if statistic == N_ABOVE:
        return (np.abs(z) * inside).sum(axis=1) // n_pooled
    above = (z > bias) & inside
    count = above.sum(axis=1)
    some = np.maximum(count, 1)
    name, times = STATISTICS[statistic], np.arange(z.shape[1])
    if name == "ppv":
        return count * 32768 // n_pooled
    if name == "longest":
        below = ~above & inside | (times == outputs.begin) | (times == outputs.end - 1)
        latest = np.maximum.accumulate(np.where(below, times, outputs.begin), axis=1)
        ways = (times[1:] - latest[:, :-1]) * inside[:, 1:]
        return ways.max(axis=1, initial=0)
    if name == "mean_index":
        total = (times * above).sum(axis=1)
        return np.where(count > 0, (total // some - begin) * 256 + total % some * 256 // some, -256)
    excess = ((z - bias) * above).sum(axis=1)
    if name == "mean_positive":
        return np.where(count > 0, excess // some + 2 * bias, 0)
    return excess // n_pooled
