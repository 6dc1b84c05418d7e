"""The wavelet features: nine taps, zero padding, two levels, four statistics.

One driver serves two layouts, which give the same bits. *By cases*: row t of a buffer holds time t of 16
cases, so that no sum ever crosses a lane; best for many cases. *By times*: a buffer holds one series and a
vector 16 neighbouring times; best for one case or for long series. A tap is a position in the padded
buffers, so that the convolutions and most of the pooling serve both; ``plan.py`` lays the buffers out.

The sums are grouped so that a constant stretch gives exactly 0; float32 noise would otherwise decide what
is positive:

- level 1: ``z / 3 = (a + b + c) - mean``, with the mean of the three groups of three taps formed once for
  all 84 kernels and in float64, which gives back g for three groups of g;
- level 2: ``z = 2 (a + b + c) - ((d + e + f) + (g + h + k))``, where doubling is exact.

NaN stands behind the end of a series: no comparison with it is true, so no statistic counts it.
"""

from __future__ import annotations

import numpy as np

from .jit import loop, step
from .lanes import (
    N_LANES,
    absolute,
    as_float,
    ascend,
    evens,
    largest,
    last,
    load,
    maximum,
    minimum,
    narrow,
    select,
    smallest,
    splat,
    store,
    total,
    transpose,
    widen,
)

# What a step of a layout does with its rows.
PACK, MEAN, EVERYTHING, SHARE, RUNS, EXTREMES = range(6)
SECOND = 8  # added to SHARE, RUNS, EXTREMES: of level 2

# The columns of a row: four positions that level 1 reads, nine that level 2 reads, where the halved absolute
# values go in between, the dilation, and where the statistics of either level go.
TAPS_1, TAPS_2, HALVED, DILATION, OUT_1, OUT_2, ROW_SIZE = 0, 4, 13, 14, 15, 19, 23
PPV, MAX_ABS, LSPV, MIN_ABS = range(4)


@step
def first_taps(rows, j):
    """Where level 1 reads: three taps of weight 2 and the mean."""
    return rows[j, 0], rows[j, 1], rows[j, 2], rows[j, 3]


@step
def second_taps(rows, j):
    """Where level 2 reads: three taps of weight 2, then six of weight -1."""
    return (
        rows[j, 4], rows[j, 5], rows[j, 6], rows[j, 7], rows[j, 8], rows[j, 9], rows[j, 10], rows[j, 11], rows[j, 12]
    )  # fmt: skip


@step
def convolve_first(work, taps, i):
    """16 values of level 1, divided by 3."""
    a, b, c, mean = taps
    return load(work, a + i) + load(work, b + i) + load(work, c + i) - load(work, mean + i)


@step
def convolve_second(work, taps, i):
    """16 values of level 2."""
    a, b, c, d, e, f, g, h, k = taps
    twice = load(work, a + i) + load(work, b + i) + load(work, c + i)
    once = load(work, d + i) + load(work, e + i) + load(work, f + i)
    more = load(work, g + i) + load(work, h + i) + load(work, k + i)
    return (twice + twice) - (once + more)


@step
def tap_mean(work, means, j, size):
    """A third of the sum of the nine taps, shared by all kernels of one channel and dilation."""
    place, third = means[j, 0], splat(1.0 / 3.0)
    a, b, c = means[j, 1], means[j, 2], means[j, 3]
    d, e, f = means[j, 4], means[j, 5], means[j, 6]
    g, h, k = means[j, 7], means[j, 8], means[j, 9]
    for i in range(0, size, N_LANES):
        low = load(work, a + i) + load(work, b + i) + load(work, c + i)
        middle = load(work, d + i) + load(work, e + i) + load(work, f + i)
        high = load(work, g + i) + load(work, h + i) + load(work, k + i)
        store(work, place + i, narrow((widen(low) + widen(middle) + widen(high)) * third))


# --- the statistics -----------------------------------------------------------------------------------------


@step
def alive(values, ends, time, others):
    """``values`` at times before the ends, ``others`` behind them."""
    return select(ends > splat(np.int32(time)), values, splat(np.float32(others)))


@step
def count_on(values, run, longest, count):
    """One more time in the run lengths and counts of positive values."""
    zero, one = splat(np.int32(0)), splat(np.int32(1))
    positive = values > splat(np.float32(0))
    run = select(positive, run + one, zero)
    return run, maximum(run, longest), select(positive, count + one, count)


@step
def share(convolve, work, taps, size, pace, safe, ends):
    """How many values are positive, in each lane."""
    one, nothing = splat(np.int32(1)), splat(np.float32(0))
    count = splat(np.int32(0))
    for i in range(0, size, N_LANES):
        values = convolve(work, taps, i)
        if i >= safe:
            values = alive(values, ends, i // pace, np.nan)
        count = select(values > nothing, count + one, count)
    return count


@step
def extremes(convolve, work, taps, size, pace, safe, ends):
    """The largest and the smallest absolute value, in each lane."""
    high, low = splat(np.float32(0)), splat(np.float32(np.inf))
    for i in range(0, size, N_LANES):
        values = convolve(work, taps, i)
        if i >= safe:
            values = alive(values, ends, i // pace, np.nan)
        values = absolute(values)
        high, low = maximum(values, high), minimum(values, low)
    return high, low


@step
def runs_by_cases(convolve, work, taps, size, safe, ends):
    """The longest run and the number of positive values, in each lane."""
    run, longest, count = splat(np.int32(0)), splat(np.int32(0)), splat(np.int32(0))
    for i in range(0, size, N_LANES):
        values = convolve(work, taps, i)
        if i >= safe:
            values = alive(values, ends, i // N_LANES, np.nan)
        run, longest, count = count_on(values, run, longest, count)
    return longest, count


@step
def runs_by_times(convolve, work, taps, size, safe, ends, times):
    """The longest run up to each lane's times, and the number of positive values, in each lane.

    A run ends where the last value that is not positive stands: the time since then is its length.
    """
    one, nothing = splat(np.int32(1)), splat(np.float32(0))
    barrier, longest, count = splat(np.int32(0)), splat(np.int32(0)), splat(np.int32(0))
    for i in range(0, size, N_LANES):
        values = convolve(work, taps, i)
        if i >= safe:
            values = alive(values, ends, i, np.nan)
        positive = values > nothing
        count = select(positive, count + one, count)
        time = times + splat(np.int32(i + 1))
        latest = maximum(ascend(select(positive, splat(np.int32(0)), time)), barrier)
        longest = maximum(time - latest, longest)
        barrier = last(latest)
    return longest, count


@step
def pool_by_cases(kind, convolve, work, taps, size, safe, ends, scale, rows, j, to, out, width, case):
    """The statistics of one kind, of 16 cases, to the rows of ``out`` that row j names."""
    if kind == EXTREMES:
        high, low = extremes(convolve, work, taps, size, N_LANES, safe, ends)
        store(out, rows[j, to + MAX_ABS] * width + case, high * splat(scale))
        store(out, rows[j, to + MIN_ABS] * width + case, low * splat(scale))
    elif kind == SHARE:
        count = share(convolve, work, taps, size, N_LANES, safe, ends)
        store(out, rows[j, to + PPV] * width + case, as_float(count) / as_float(ends))
    else:
        longest, count = runs_by_cases(convolve, work, taps, size, safe, ends)
        store(out, rows[j, to + PPV] * width + case, as_float(count) / as_float(ends))
        store(out, rows[j, to + LSPV] * width + case, as_float(longest) / as_float(ends))


@step
def pool_by_times(kind, convolve, work, taps, size, safe, ends, times, length, scale, rows, j, to, out, width, case):
    """The statistics of one kind, of one case, to the rows of ``out`` that row j names."""
    if kind == EXTREMES:
        high, low = extremes(convolve, work, taps, size, 1, safe, ends)
        out[rows[j, to + MAX_ABS] * width + case] = largest(high) * scale
        out[rows[j, to + MIN_ABS] * width + case] = smallest(low) * scale
    elif kind == SHARE:
        count = share(convolve, work, taps, size, 1, safe, ends)
        out[rows[j, to + PPV] * width + case] = np.float32(total(count)) / np.float32(length)
    else:
        longest, count = runs_by_times(convolve, work, taps, size, safe, ends, times)
        out[rows[j, to + PPV] * width + case] = np.float32(total(count)) / np.float32(length)
        out[rows[j, to + LSPV] * width + case] = np.float32(largest(longest)) / np.float32(length)


@step
def pool_everything(convolve, work, taps, size, safe, length, scale, rows, j, to, out, width, case, halve, y):
    """All statistics of one level of 16 cases in one pass; ``halve`` also writes what level 2 reads."""
    run, longest, count = splat(np.int32(0)), splat(np.int32(0)), splat(np.int32(0))
    high, low = splat(np.float32(0)), splat(np.float32(np.inf))
    for i in range(0, size, N_LANES):
        values = convolve(work, taps, i)
        if i >= safe:
            values = alive(values, length, i // N_LANES, np.nan)
        run, longest, count = count_on(values, run, longest, count)
        values = absolute(values)
        high, low = maximum(values, high), minimum(values, low)
        if halve and i % (2 * N_LANES) == 0:
            if i >= safe:
                values = maximum(values, splat(np.float32(0)))
            store(work, y + i // 2, values)
    store(out, rows[j, to + PPV] * width + case, as_float(count) / as_float(length))
    store(out, rows[j, to + MAX_ABS] * width + case, high * splat(scale))
    store(out, rows[j, to + LSPV] * width + case, as_float(longest) / as_float(length))
    store(out, rows[j, to + MIN_ABS] * width + case, low * splat(scale))


@step
def halve_by_cases(work, taps, size, safe, ends, y):
    """What level 2 reads: the absolute value of every second time of level 1, 0 behind the end."""
    for i in range(0, size, 2 * N_LANES):
        values = absolute(convolve_first(work, taps, i))
        if i >= safe:
            values = alive(values, ends, i // N_LANES, 0)
        store(work, y + i // 2, values)


@step
def halve_by_times(work, taps, size, ends, y):
    """As ``halve_by_cases``, for one series."""
    for i in range(0, size, 2 * N_LANES):
        values = evens(convolve_first(work, taps, i), convolve_first(work, taps, i + N_LANES))
        store(work, y + i // 2, alive(absolute(values), ends, i // 2, 0))


# --- the series ---------------------------------------------------------------------------------------------


@step
def pack_by_cases(x, case, channel, shift, factor, lengths, shortest, work, start):
    """Standardise one channel of up to 16 cases, one row for each time, 0 behind the end of a series."""
    n_timepoints = x.shape[2]
    n_filled = min(N_LANES, x.shape[0] - case)
    zeros = splat(np.float32(0))
    if n_timepoints >= N_LANES:
        flat = x.reshape(x.size)
        shifts, factors = splat(shift), splat(factor)
        for lane in range(n_filled, N_LANES):
            store(work, lane * N_LANES, zeros)
        for begin in range(0, n_timepoints, N_LANES):
            t = min(begin, n_timepoints - N_LANES)
            for lane in range(n_filled):
                values = load(flat, ((case + lane) * x.shape[1] + channel) * n_timepoints + t)
                store(work, lane * N_LANES, narrow((widen(values) - shifts) * factors))
            transpose(work, 0, work, start + t * N_LANES)
    else:
        for t in range(n_timepoints):
            store(work, start + t * N_LANES, zeros)
            for lane in range(n_filled):
                value = (np.float64(x[case + lane, channel, t]) - shift) * factor
                work[start + t * N_LANES + lane] = np.float32(value)
    for t in range(shortest, n_timepoints):
        row = start + t * N_LANES
        store(work, row, alive(load(work, row), lengths, t, 0))


@step
def pack_by_times(x, case, channel, shift, factor, length, work, start):
    """Standardise one channel of one case; what stands behind its end has been 0 and stays so."""
    n_timepoints = x.shape[2]
    if n_timepoints >= N_LANES:
        flat = x.reshape(x.size)
        shifts, factors = splat(shift), splat(factor)
        row = (case * x.shape[1] + channel) * n_timepoints
        for begin in range(0, n_timepoints, N_LANES):
            t = min(begin, n_timepoints - N_LANES)
            store(work, start + t, narrow((widen(load(flat, row + t)) - shifts) * factors))
    else:
        for t in range(n_timepoints):
            work[start + t] = np.float32((np.float64(x[case, channel, t]) - shift) * factor)
    for t in range(length, n_timepoints):
        work[start + t] = 0


# --- the drivers --------------------------------------------------------------------------------------------


@loop
def apply_by_cases(x, lengths, shift, factor, sizes, steps, packs, means, rows, scales, work, out, width):
    """Run a layout over 16 cases of x at a time.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
        What stands behind a case's end does not matter.
    lengths : int32 (n_cases,)
    shift, factor : float64 (n_channels,)
        A channel is standardised as ``(x - shift) * factor``.
    sizes : int64 (2,)
        Of an output of level 1 and of level 2.
    steps : int64 (n_steps, 3)
        What to do, and with which rows (from, to) of the table that this needs.
    packs : int64 (n_packs, 2)
        Channel, and where its first time goes.
    means : int64 (n_means, 10)
        Where the mean goes, and the nine taps of the first time.
    rows : int64 (n_rows, 23)
        See ROW_SIZE. A statistic that is not wanted goes to a last row of ``out`` that nobody reads.
    scales : float32 (n_dilations, 2)
        Factors of the absolute values of both levels.
    work : float32
        Zero on entry wherever padding stands.
    out : float32 ((n_features + 1) * width,)
        Row j is feature j, ``width`` at least n_cases rounded up to 16.
    """
    size, second_size = sizes[0], sizes[1]
    n_timepoints = x.shape[2]
    length, second_length = np.empty(N_LANES, np.int32), np.empty(N_LANES, np.int32)
    for case in range(0, x.shape[0], N_LANES):
        for lane in range(N_LANES):
            length[lane] = lengths[case + lane] if case + lane < x.shape[0] else n_timepoints
            second_length[lane] = (length[lane] + 1) // 2
        shortest = length.min()
        safe, second_safe = shortest * N_LANES, second_length.min() * N_LANES
        ends, second_ends = load(length, 0), load(second_length, 0)
        for s in range(steps.shape[0]):
            kind, start, stop = steps[s, 0], steps[s, 1], steps[s, 2]
            if kind == PACK:
                for j in range(start, stop):
                    channel = packs[j, 0]
                    pack_by_cases(
                        x, case, channel, shift[channel], factor[channel], ends, shortest, work, packs[j, 1]
                    )
            elif kind == MEAN:
                for j in range(start, stop):
                    tap_mean(work, means, j, size)
            elif kind == EVERYTHING:
                for j in range(start, stop):
                    pool_everything(
                        convolve_first, work, first_taps(rows, j), size, safe, ends, scales[rows[j, DILATION], 0],
                        rows, j, OUT_1, out, width, case, True, rows[j, HALVED],
                    )  # fmt: skip
                    pool_everything(
                        convolve_second, work, second_taps(rows, j), second_size, second_safe, second_ends,
                        scales[rows[j, DILATION], 1], rows, j, OUT_2, out, width, case, False, 0,
                    )  # fmt: skip
            elif kind < SECOND:
                for j in range(start, stop):
                    pool_by_cases(
                        kind, convolve_first, work, first_taps(rows, j), size, safe, ends,
                        scales[rows[j, DILATION], 0], rows, j, OUT_1, out, width, case,
                    )  # fmt: skip
            else:
                for j in range(start, stop):
                    halve_by_cases(work, first_taps(rows, j), size, safe, ends, rows[j, HALVED])
                    pool_by_cases(
                        kind - SECOND, convolve_second, work, second_taps(rows, j), second_size, second_safe,
                        second_ends, scales[rows[j, DILATION], 1], rows, j, OUT_2, out, width, case,
                    )  # fmt: skip


@loop
def apply_by_times(x, lengths, shift, factor, sizes, steps, packs, means, rows, scales, work, out, width):
    """Run a layout over the cases of x one by one; for the arguments see ``apply_by_cases``."""
    size, second_size = sizes[0], sizes[1]
    lanes = np.arange(N_LANES, dtype=np.int32)
    times = load(lanes, 0)
    for case in range(x.shape[0]):
        length = np.int64(lengths[case])
        second_length = (length + 1) // 2
        safe, second_safe = length - N_LANES + 1, second_length - N_LANES + 1
        ends, second_ends = splat(np.int32(length)) - times, splat(np.int32(second_length)) - times
        for s in range(steps.shape[0]):
            kind, start, stop = steps[s, 0], steps[s, 1], steps[s, 2]
            if kind == PACK:
                for j in range(start, stop):
                    channel = packs[j, 0]
                    pack_by_times(x, case, channel, shift[channel], factor[channel], length, work, packs[j, 1])
            elif kind == MEAN:
                for j in range(start, stop):
                    tap_mean(work, means, j, size)
            elif kind < SECOND:
                for j in range(start, stop):
                    pool_by_times(
                        kind, convolve_first, work, first_taps(rows, j), size, safe, ends, times, length,
                        scales[rows[j, DILATION], 0], rows, j, OUT_1, out, width, case,
                    )  # fmt: skip
            else:
                for j in range(start, stop):
                    halve_by_times(work, first_taps(rows, j), size, second_ends, rows[j, HALVED])
                for j in range(start, stop):
                    pool_by_times(
                        kind - SECOND, convolve_second, work, second_taps(rows, j), second_size, second_safe,
                        second_ends, times, second_length,
                        scales[rows[j, DILATION], 1], rows, j, OUT_2, out, width, case,
                    )  # fmt: skip
