"""Mean, deviation and extremes of channels, block by block, where cases are too many to be looked at together.

What each case adds up to is rounded to whole numbers of a small grain, and those are summed without rounding: neither
blocks nor ranks change a bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from threading import Lock
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..panel.held import HeldCases, HeldChannels
from ..panel.stored import StoredPanel
from ..parallel.comm import SerialComm, allgather
from ..parallel.crew import Crew
from ..parallel.threads import share_out
from .fill_values import (
    DISTANT,
    MOST,
    N_LOOKED_AT,
    FillValue,
    Measured,
    evenly,
    is_far,
    lost_within,
    share_of,
    stands_for_nothing,
    usual_distance,
)
from .gathering import gathered

MANY_VALUES = 1 << 26  # of X: more are measured block by block
BLOCK = 1 << 20  # values of X in a block
N_SHOWN = 1000  # cases that show about which level values lie
GRAIN = 2.0**-24  # of a deviation
SMALLEST = 1.0 / float(np.finfo(np.float32).max)  # deviation of a channel: what it is divided by, float32 must hold
UNSQUARED = 1e-150  # the squares of such values are lost in float64


def by_blocks(panel: Panel) -> bool:
    """Whether all ranks together measure a panel block by block."""
    return are_many(panel, panel.kind if isinstance(panel, HeldCases) else type(panel))


def own_by_blocks(panel: Panel) -> TypeGuard[HeldChannels]:
    """Whether this rank measures the channels that it holds block by block."""
    return isinstance(panel, HeldChannels) and len(panel.numbers) > 0 and are_many(panel, type(panel.source))


def are_many(panel: Panel, kind: type[Panel]) -> bool:
    """Whether the values of a panel of that kind are too many to be looked at together."""
    if kind is StoredPanel:
        return True
    if kind is not Panel or (panel.dtype.kind in "iu" and panel.dtype.itemsize > 4) or panel.dtype.itemsize > 8:
        return False
    return panel.n_cases * panel.n_channels * panel.n_timepoints > MANY_VALUES


@dataclass(frozen=True)
class Moments:
    """What some cases hold of each channel, in whole numbers.

    Attributes
    ----------
    count, sums, squares : object (n_channels,) of int
        How many values there are, times the weights of their cases; and the sums of these values and of their squares,
        less a level, in deviations. All in grains.
    least, most : float64 (n_channels,)
        Of the values.
    n_least, n_most : int64 (n_channels,)
        How often they stand there.
    """

    count: NDArray[Any]
    sums: NDArray[Any]
    squares: NDArray[Any]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    n_least: NDArray[np.int64]
    n_most: NDArray[np.int64]

    def __add__(self, other: Moments) -> Moments:
        least, most = np.fmin(self.least, other.least), np.fmax(self.most, other.most)
        n_least = self.n_least * (self.least == least) + other.n_least * (other.least == least)
        n_most = self.n_most * (self.most == most) + other.n_most * (other.most == most)
        sums = self.count + other.count, self.sums + other.sums, self.squares + other.squares
        return Moments(*sums, least, most, n_least, n_most)


def moments_by_blocks(panel: Panel, crew: Crew, weights: NDArray[np.float64] | None = None) -> Measured:
    """What `lightwaves.search.moments.moments` needs to know of each channel.

    Parameters
    ----------
    panel : Panel
    crew : Crew
        Whose ranks share the cases.
    weights : float64 (n_cases,), optional
    """
    shown, looked_at = evenly(panel.n_cases, N_SHOWN), evenly(panel.n_cases, N_LOOKED_AT)
    both = np.union1d(shown, looked_at)
    few = gathered(panel, crew.comm, both)
    within = few.some_cases(np.searchsorted(both, looked_at))
    level, unit, usual = about(few.some_cases(np.searchsorted(both, shown)))
    weights = None if weights is None else weights / weights.mean()  # however small, they keep their digits

    total = totals(panel, crew, weights, level, unit)
    narrow = (total.least < total.most) & (total.most - total.least < unit)  # where all that were shown are equal
    if narrow.any():
        level, unit = np.where(narrow, total.least, level), np.where(narrow, total.most - total.least, unit)
        total = totals(panel, crew, weights, level, unit)
    counted, sums, squares = (numbers.astype(np.float64) for numbers in (total.count, total.sums, total.squares))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / counted
        variance = squares / counted - mean**2
    deviation = np.where(total.least == total.most, 0.0, np.sqrt(np.maximum(variance, 0.0)) * unit)
    mean = np.where(total.least == total.most, total.least, level + mean * unit)
    farthest = np.maximum(total.most - mean, mean - total.least)
    n_times = np.where(total.most - mean >= mean - total.least, total.n_most, total.n_least)
    with np.errstate(invalid="ignore", divide="ignore"):
        carries = share_of(farthest, deviation, n_times, counted * GRAIN) > MOST / 2
        carries |= weights is not None  # these change the deviation, but a large weight is no value
        far = is_far(farthest, deviation, usual) & (carries | (farthest > DISTANT * usual))
    suspects = [value for c in np.flatnonzero(far) if (value := fill_value(panel, crew, int(c), total, mean))]
    parts = (lost_within(within, channels, deviation[channels], suspects) for channels in stretches(within))
    return Measured(mean, deviation, suspects, list(chain.from_iterable(parts)))


def totals(
    panel: Panel, crew: Crew, weights: NDArray[np.float64] | None, level: NDArray[np.float64], unit: NDArray[np.float64]
) -> Moments:
    """The sums over all cases, which ranks share; for level and unit, see `about`."""
    lock, added_up = Lock(), list[Moments]()

    def measure(block: slice) -> None:
        values, so_far = own_values(panel, block, np.arange(panel.n_channels)), added_up[:1]
        found = moments_of_block(values, level, unit, None if weights is None else weights[block], so_far)
        with lock:
            added_up[:] = [reduce(Moments.__add__, added_up, found)]

    def of_mine() -> list[Moments]:
        of_my_blocks(panel, crew, measure)
        return added_up

    return reduce(Moments.__add__, chain(*allgather(crew.comm, of_mine)))


def moments_of_held(
    panel: HeldChannels, crew: Crew, weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.intp], Measured]:
    """The numbers of the channels that this rank holds, and what `moments_by_blocks` returns of them."""
    alone, numbers = replace(crew, comm=SerialComm(), held=None), panel.numbers
    mean, deviation, found, lost = moments_by_blocks(panel.source, alone, weights)
    found = [value._replace(channel=int(numbers[value.channel])) for value in found]
    return numbers, Measured(mean, deviation, found, [(int(numbers[channel]), size) for channel, size in lost])


def about(panel: Panel) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """About where values of each channel lie, and how far from there; and their `usual_distance`."""
    everything, lengths = slice(0, panel.n_cases), np.full(panel.n_cases, panel.n_timepoints, np.int32)
    level, unit, usual = np.empty((3, panel.n_channels))
    for channels in stretches(panel):
        some = own_values(panel, everything, channels)
        level[channels], unit[channels] = middle_of(some)
        usual[channels] = usual_distance(some, lengths)
    return level, unit, usual


def stretches(panel: Panel) -> list[NDArray[np.intp]]:
    """Neighbouring channels, as many as can be looked at together in all cases of a panel."""
    step = max(1, BLOCK // (panel.n_cases * panel.n_timepoints))
    return [np.arange(some.start, some.stop) for some in blocks_of(0, panel.n_channels, step)]


def middle_of(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """About where values of each channel lie, and how far from there: any numbers that are near do."""
    flat = values.transpose(1, 0, 2).reshape(values.shape[1], -1)
    present = ~np.isnan(flat)
    count = present.sum(axis=1).clip(1)
    level = np.where(present, flat, 0.0).sum(axis=1) / count
    unit = np.sqrt((np.where(present, flat - level[:, np.newaxis], 0.0) ** 2).sum(axis=1) / count)
    return level, np.where(unit > 0, unit, np.maximum(np.abs(level), 1.0))


def own_values(panel: Panel, block: slice, channels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Some values of neighbours, float64 (n_cases, n_some, n_timepoints), NaN behind the end of a case."""
    values = panel.raw(block, channels).astype(np.float64)
    lengths = panel.lengths[block]
    if (lengths < values.shape[2]).any():
        behind = np.arange(values.shape[2]) >= lengths[:, np.newaxis]
        values[np.broadcast_to(behind[:, np.newaxis], values.shape)] = np.nan
    return values


def moments_of_block(
    values: NDArray[np.float64],
    level: NDArray[np.float64],
    unit: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    so_far: list[Moments],
) -> Moments:
    """The sums over some cases; extremes are counted only where those so far are not more extreme."""
    least, most = np.fmin.reduce(values, axis=(0, 2)), np.fmax.reduce(values, axis=(0, 2))
    n_least, n_most = np.zeros((2, len(least)), np.int64)
    for c in range(len(least)):
        if not so_far or not least[c] > so_far[0].least[c]:
            n_least[c] = np.count_nonzero(values[:, c] == least[c])
        if not so_far or not most[c] < so_far[0].most[c]:
            n_most[c] = np.count_nonzero(values[:, c] == most[c])
    values = (values - level[:, np.newaxis]) / unit[:, np.newaxis]
    gaps = np.isnan(values)
    present = values.shape[2] - gaps.sum(axis=2) if gaps.any() else np.full(values.shape[:2], values.shape[2])
    values = np.where(gaps, 0.0, values) if gaps.any() else values
    of_cases = np.stack([present, values.sum(axis=2), np.einsum("ijk,ijk->ij", values, values)])
    if weights is not None:
        of_cases *= weights[:, np.newaxis]
    count, sums, squares = (exact_sum(numbers) for numbers in np.rint(of_cases / GRAIN))
    return Moments(count, sums, squares, least, most, n_least, n_most)


def exact_sum(numbers: NDArray[np.float64]) -> NDArray[Any]:
    """The sum of whole numbers, (n_cases, n_channels), over the cases: object (n_channels,) of int."""
    if np.abs(numbers).sum(axis=0).max(initial=0.0) < 2.0**53:
        return np.array([int(total) for total in numbers.sum(axis=0)], object)
    return np.array([sum(map(int, column)) for column in numbers.T.tolist()], object)


def of_blocks(panel: Panel, crew: Crew, measure: Callable[[slice], Any]) -> list[Any]:
    """Something of each block of cases, which ranks share; on all of them."""
    of_ranks = allgather(crew.comm, lambda: of_my_blocks(panel, crew, measure))
    return [found for of_rank in of_ranks for found in of_rank]


def of_my_blocks(panel: Panel, crew: Crew, measure: Callable[[slice], Any]) -> list[Any]:
    """Something of each block of cases that this rank looks at: of its own where it holds some, else of its share."""
    step = max(1, BLOCK // (panel.n_channels * panel.n_timepoints))
    if isinstance(panel, HeldCases):
        return share_out(measure, blocks_of(panel.first, panel.end, step), crew.n_threads)
    blocks = blocks_of(0, panel.n_cases, step)
    mine = np.array_split(np.arange(len(blocks)), crew.comm.size)[crew.comm.rank]
    return share_out(measure, [blocks[number] for number in mine], crew.n_threads)


def blocks_of(first: int, end: int, step: int) -> list[slice]:
    """The numbers from the first on, in blocks of so many."""
    return [slice(start, min(start + step, end)) for start in range(first, end, step)]


def deviation_of(n_values: int, sum_of_gaps: float, sum_of_squares: float) -> float:
    """The standard deviation of values by what they differ from some number."""
    n_values = max(n_values, 1)
    return float(np.sqrt(max(sum_of_squares / n_values - (sum_of_gaps / n_values) ** 2, 0.0)))


class Told(NamedTuple):
    """What a block tells of a value, and of all others of its channel."""

    n_times: int
    n_others: int
    least: float  # of the others
    most: float
    offset: float  # the sum of what the others differ from the mean
    squares: float
    first: tuple[int, int] | None  # case and time of the value


def fill_value(panel: Panel, crew: Crew, channel: int, total: Moments, mean: NDArray[np.float64]) -> FillValue | None:
    """The value farthest from the mean of a channel, if it carries most of the variance; by a second look."""
    high = total.most[channel] - mean[channel] >= mean[channel] - total.least[channel]
    value = float(total.most[channel] if high else total.least[channel])

    def look(block: slice) -> Told:
        values = panel.raw(block, np.array([channel]))[:, 0].astype(np.float64)
        own = (np.arange(values.shape[1]) < panel.lengths[block, np.newaxis]) & ~np.isnan(values)
        like_it = own & (values == value)
        others = values[own & ~like_it]
        place = np.argwhere(like_it)[0] if like_it.any() else None
        first = None if place is None else (block.start + int(place[0]), int(place[1]))
        ends = float(others.min(initial=np.inf)), float(others.max(initial=-np.inf))
        gaps = others - mean[channel]
        return Told(int(like_it.sum()), len(others), *ends, float(gaps.sum()), float((gaps**2).sum()), first)

    found: list[Told] = of_blocks(panel, crew, look)
    n_times, n_others = sum(told.n_times for told in found), sum(told.n_others for told in found)
    least, most = min(told.least for told in found), max(told.most for told in found)
    offset, squares = sum(told.offset for told in found), sum(told.squares for told in found)
    of_others = deviation_of(n_others, offset, squares)
    gap = value - mean[channel]  # from a mean by weights: without them it lies elsewhere
    offset, squares, n_values = offset + n_times * gap, squares + n_times * gap**2, n_times + n_others
    distance, of_all = abs(gap - offset / n_values), deviation_of(n_values, offset, squares)
    nearest = value - most if high else least - value
    if not stands_for_nothing(distance, of_all, n_times, n_others, least < most, of_others, nearest):
        return None
    share = float(share_of(distance, of_all, n_times, n_values))
    case, time = next(told.first for told in found if told.first is not None)
    return FillValue(channel, value, min(share, 1.0), n_times, case, time)


def check_units(mean: NDArray[np.float64], spread: NDArray[np.float64], names: tuple[str, ...] | None) -> None:
    """Raise a ValueError for a channel whose values are so small that float32 does not hold them.

    The squares of the smallest are 0 in float64, too. So a channel that seems constant is looked at by its mean.
    """
    tiny = (mean != 0) & (np.abs(mean) < UNSQUARED)
    for channel in np.flatnonzero((spread < SMALLEST) & ((spread > 0) | tiny))[:1]:
        name, size = names[channel] if names else channel, spread[channel] or abs(mean[channel])
        raise ValueError(
            f"channel {name} of X varies by about {size:.0e}, which is too small for float32: multiply it, by "
            f"{10.0 ** -np.floor(np.log10(max(size, 1e-300))):.0e} for example."
        )
