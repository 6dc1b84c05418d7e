"""The layout of a plan of wavelet scattering: the tables that its loops read.

The loops know nothing of channels, kernels and levels. They read at positions of one work array, and write to rows of
another. This module computes these positions, once for each plan and each length of series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES, whole_vectors
from ..loops.wavelet import (
    DILATION,
    EVERYTHING,
    EXTREMES,
    HALVED,
    HIGHEST,
    LOWEST,
    LSPV,
    MAX_ABS,
    MEAN,
    MIN_ABS,
    OUT_1,
    PACK,
    PPV,
    ROW_SIZE,
    RUNS,
    SECOND,
    SHARE,
    TAPS_1,
    TAPS_2,
    apply_by_cases,
    apply_by_times,
)
from .kernels import KERNELS, TAP_ORDER
from .lanes import Layout
from .plan import check_room
from .ragged import copies

AHEAD = 8  # for one case, so many kernels of level 2 are prepared before the first is computed
ARENA = {True: 1 << 14, False: 1 << 16}  # floats of series and means held at once, by cases or by times


def lay_out(
    slot: NDArray[np.intp],
    kernel: NDArray[np.int32],
    dilation: NDArray[np.int32],
    level: NDArray[np.int32],
    statistic: NDArray[np.int32],
    n_timepoints: int,
    by_cases: bool,
) -> Layout:
    """Give each series, mean and output a place in the work array, and put the work in order.

    Parameters
    ----------
    slot, kernel, dilation, level, statistic : int arrays (n_features,)
        As in `lightwaves.plans.wavelet.KernelPlan`. `slot` is the number of the channel among those that are read.
    n_timepoints : int
    by_cases : bool
        Whether the lanes of a vector hold 16 cases. If not, they hold 16 times of one case.

    Returns
    -------
    Layout
    """
    loop, lengths = apply_by_cases if by_cases else apply_by_times, np.array([n_timepoints], np.int32)
    if not len(slot):
        steps, packs, means = (np.empty((0, n), np.int64) for n in (3, 6, 10))
        rows, scales = np.empty((0, ROW_SIZE), np.int32), np.empty((0, 2), np.float32)
        return Layout(loop, (0, 0, steps, packs, means, rows, scales), lengths, 0, 0)
    dilations, of_dilation = np.unique(dilation, return_inverse=True)
    groups, of_group = np.unique(slot * len(dilations) + of_dilation, return_inverse=True)
    outputs, to = _outputs(of_group, kernel, level, statistic)
    group, kernel_of_output = np.divmod(outputs, len(KERNELS))
    channels, dilation_of_group = np.divmod(groups, len(dilations))

    sizes = Sizes.of(n_timepoints, 4 * int(dilations.max()), by_cases)
    batch, nth_series, nth_mean = _deal(channels, sizes)
    begin = sizes.arena + nth_series * sizes.series
    start = begin + sizes.padding
    mean = sizes.arena + (nth_series.max() + 1) * sizes.series + nth_mean * sizes.mean
    work_size = int(mean.max()) + sizes.mean + 3 * N_LANES
    check_room(work_size, n_timepoints)
    first, second = _taps(dilations, n_timepoints, sizes.stride), _taps(dilations, sizes.n_second, sizes.stride)
    means = np.column_stack([mean, start[:, np.newaxis] + first[dilation_of_group]])
    opens = np.flatnonzero(np.diff(batch, prepend=-1) | np.diff(channels, prepend=-1))
    evens = begin + sizes.packed
    packs = np.column_stack([channels, start, begin, 0 * begin + sizes.packed, evens, evens + sizes.half])[opens]

    kind, output = _wishes(to, len(slot), by_cases)
    order = np.lexsort((output, kind, batch[group[output]]))
    kind, output = kind[order], output[order]
    group, taps = group[output], TAP_ORDER[kernel_of_output[output]]
    steps, nth_halved = _steps(kind, batch[group], batch, batch[opens], by_cases)

    rows = np.empty((len(output), ROW_SIZE), np.int32)
    rows[:, TAPS_1 : TAPS_1 + 3] = np.take_along_axis(means[group, 1:], taps[:, :3], axis=1)
    rows[:, TAPS_1 + 3] = mean[group]
    rows[:, HALVED] = sizes.halved + nth_halved * sizes.y + sizes.second_padding
    rows[:, TAPS_2 : TAPS_2 + 9] = rows[:, [HALVED]] + np.take_along_axis(
        second[dilation_of_group[group]], taps, axis=1
    )
    rows[:, DILATION] = dilation_of_group[group]
    rows[:, OUT_1:] = to[output]
    if not by_cases:  # what only level 2 wants is computed from every second value of the series and the mean
        halves, begins = np.flatnonzero(kind > SECOND), begin[group, np.newaxis]
        at, odd = np.divmod(rows[:, TAPS_1 : TAPS_1 + 3] - begins, 2)
        rows[halves, TAPS_1 : TAPS_1 + 3] = (begins + sizes.packed + odd * sizes.half + at)[halves]
        rows[halves, TAPS_1 + 3] += sizes.first

    root = dilations * np.sqrt(dilations.astype(np.float64))
    scales = np.column_stack([3.0 / root, 3.0 / root**2]).astype(np.float32)
    return Layout(
        loop=loop,
        tables=(sizes.first, sizes.second, steps, packs.astype(np.int64), means.astype(np.int64), rows, scales),
        lengths=lengths,
        n_features=len(slot),
        work_size=work_size,
    )


@dataclass(frozen=True)
class Sizes:
    """The sizes of things in the work array, in floats, and where its parts begin."""

    stride: int  # from one time to the next
    n_second: int  # outputs of level 2
    first: int  # an output of level 1
    second: int  # an output of level 2
    padding: int  # on either side of a series
    second_padding: int  # on either side of what level 2 reads
    packed: int  # a series with its padding
    half: int  # every second value of that; none by cases
    series: int  # all that one series takes
    mean: int  # all that one mean takes
    y: int  # what level 2 reads of one output
    halved: int  # where that begins; before it is room to turn 16 x 16 values
    arena: int  # where the series begin, and behind them the means
    budget: int  # how much of them to hold at once

    @classmethod
    def of(cls, n_timepoints: int, widest: int, by_cases: bool) -> Sizes:
        """The sizes for series of one length. Taps reach at most `widest` time points to either side."""
        stride = N_LANES if by_cases else 1
        n_second = (n_timepoints + 1) // 2
        first, second = whole_vectors(n_timepoints * stride), whole_vectors(n_second * stride)
        padding, second_padding = min(widest, n_timepoints) * stride, min(widest, n_second) * stride
        packed = 2 * whole_vectors((first + 2 * padding + N_LANES + 1) // 2)
        half = 0 if by_cases else packed // 2 + N_LANES
        y = second + whole_vectors(2 * second_padding) + N_LANES
        halved = N_LANES * N_LANES
        return cls(
            stride=stride,
            n_second=n_second,
            first=first,
            second=second,
            padding=padding,
            second_padding=second_padding,
            packed=packed,
            half=half,
            series=packed + 2 * half,
            mean=first if by_cases else first + second + N_LANES,
            y=y,
            halved=halved,
            arena=halved + (1 if by_cases else AHEAD) * y,
            budget=ARENA[by_cases],
        )


def _outputs(
    group: NDArray[np.intp], kernel: NDArray[np.int32], level: NDArray[np.int32], statistic: NDArray[np.int32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The distinct outputs, as group and kernel in one number, and the column of each of their statistics.

    A statistic that no feature needs goes to column n_features. If a plan has a feature twice, its output is computed
    twice.
    """
    copy = copies(((group * len(KERNELS) + kernel) * 2 + level) * 4 + statistic)
    n_copies = copy.max() + 1
    outputs, of_output = np.unique((group * len(KERNELS) + kernel) * n_copies + copy, return_inverse=True)
    to = np.full((len(outputs), 8), len(group))
    to[of_output, (level - 1) * 4 + statistic] = np.arange(len(group))
    return outputs // n_copies, to


def _deal(channels: NDArray[np.intp], sizes: Sizes) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Deal groups of outputs, sorted by channel, into batches whose series and means fit into the arena.

    Returns
    -------
    batch, nth_series, nth_mean : int (n_groups,)
        The batch of each group, and the series and the mean of the batch that the group reads. The places of the
        series are the same in every batch. So the zeros around them stay 0.
    """
    places = []
    batch, series, mean, last = 0, -1, -1, -1
    for channel in channels.tolist():
        series, mean = series + (channel != last), mean + 1
        if mean > 0 and (series + 1) * sizes.series + (mean + 1) * sizes.mean > sizes.budget:
            batch, series, mean = batch + 1, 0, 0
        places.append((batch, series, mean))
        last = channel
    table = np.array(places, np.intp)
    return table[:, 0], table[:, 1], table[:, 2]


def _taps(dilations: NDArray[np.int32], n_timepoints: int, stride: int) -> NDArray[np.int64]:
    """The distances of the nine taps from the middle one, (n_dilations, 9).

    A tap that is outside the series at all times is moved closer, to where it is just outside. So the padding is never
    longer than the series.
    """
    return np.clip((np.arange(9) - 4) * dilations[:, np.newaxis], -n_timepoints, n_timepoints) * stride


def _wishes(to: NDArray[np.intp], nowhere: int, by_cases: bool) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The statistics that are needed of each output, as pairs of a kind of step and an output."""
    wanted = to != nowhere
    everything = wanted.all(axis=1) & by_cases
    wishes = [(EVERYTHING, everything)]
    for base, has in ((0, wanted[:, :4]), (SECOND, wanted[:, 4:])):
        runs, high, low = has[:, LSPV], has[:, MAX_ABS], has[:, MIN_ABS]
        wishes += [
            (base + SHARE, has[:, PPV] & ~runs & ~everything),
            (base + RUNS, runs & ~everything),
            (base + EXTREMES, high & low & ~everything),
            (base + HIGHEST, high & ~low & ~everything),
            (base + LOWEST, low & ~high & ~everything),
        ]
    kinds = np.concatenate([np.full(chosen.sum(), kind) for kind, chosen in wishes])
    return kinds, np.concatenate([np.flatnonzero(chosen) for _, chosen in wishes])


def _steps(
    kind: NDArray[np.intp],
    batch_of_row: NDArray[np.intp],
    batch_of_mean: NDArray[np.intp],
    batch_of_pack: NDArray[np.intp],
    by_cases: bool,
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Steps of one kind each, batch by batch, and the place of each row for what level 2 reads."""
    ahead = 1 if by_cases else AHEAD
    steps: list[tuple[int, int, int]] = []
    room = np.zeros(len(kind), np.intp)
    for batch in range(batch_of_mean[-1] + 1):
        for what, of_batch in ((PACK, batch_of_pack), (MEAN, batch_of_mean)):
            start, stop = np.searchsorted(of_batch, (batch, batch + 1))
            steps.append((what, start, stop))
        begin, end = np.searchsorted(batch_of_row, (batch, batch + 1))
        for what in np.unique(kind[begin:end]):
            start, stop = begin + np.searchsorted(kind[begin:end], (what, what + 1))
            at_once = ahead if what > SECOND else stop - start
            steps.extend((what, at, min(at + at_once, stop)) for at in range(start, stop, at_once))
            if what > SECOND:
                room[start:stop] = np.arange(stop - start) % ahead
    return np.array(steps, np.int64), room
