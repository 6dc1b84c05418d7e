"""The wavelet features: nine taps, zero padding, two levels, four statistics.

One driver serves two layouts, which give the same bits. *By cases*: row t of a buffer holds time t of 16
cases, so that no sum ever crosses a lane; best for many cases. *By times*: a buffer holds one series and a
vector 16 neighbouring times; best for one case or for long series. A tap is a position in the padded
buffers, so that the convolutions and most of the pooling serve both; ``plans/wavelet_layout.py`` lays the buffers out.

The sums are grouped so that a constant stretch gives exactly 0; float32 noise would otherwise decide what
is positive:

- level 1: ``z / 3 = (a + b + c) - mean``, with the mean of the three groups of three taps formed once for
  all 84 kernels as ``g + ((f - g) + (h - g)) / 3``, which gives back g for three equal groups;
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
    prefetch,
    select,
    smallest,
    splat,
    store,
    total,
    transpose,
    twice_less,
)

# What a step of a layout does with its rows.
PACK, MEAN, EVERYTHING, SHARE, RUNS, EXTREMES, HIGHEST, LOWEST = range(8)
SECOND = 8  # added to the last five: of level 2

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
    return twice_less(twice, once + more)


@step
def tap_mean(work, means, j, size):
    """A third of the sum of the nine taps, shared by all kernels of one channel and dilation."""
    place, third = means[j, 0], splat(np.float32(1.0 / 3.0))
    a, b, c = means[j, 1], means[j, 2], means[j, 3]
    d, e, f = means[j, 4], means[j, 5], means[j, 6]
    g, h, k = means[j, 7], means[j, 8], means[j, 9]
    for i in range(0, size, N_LANES):
        low = load(work, a + i) + load(work, b + i) + load(work, c + i)
        middle = load(work, d + i) + load(work, e + i) + load(work, f + i)
        high = load(work, g + i) + load(work, h + i) + load(work, k + i)
        store(work, place + i, middle + ((low - middle) + (high - middle)) * third)


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
    if kind >= EXTREMES:
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
    if kind >= EXTREMES:
        high, low = extremes(convolve, work, taps, size, 1, safe, ends)
        if kind != LOWEST:
            out[rows[j, to + MAX_ABS] * width + case] = largest(high) * scale
        if kind != HIGHEST:
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
def halve_by_times(work, taps, second_size, ends, y):
    """As ``halve_by_cases``, for one series; the taps point into every second value of x and of the mean."""
    for i in range(0, second_size, N_LANES):
        store(work, y + i, alive(absolute(convolve_first(work, taps, i)), ends, i, 0))


@step
def every_second(work, start, size, goal):
    """Copy the values at ``start``, ``start + 2``, ... to where they stand side by side."""
    for i in range(0, size, 2 * N_LANES):
        store(work, goal + i // 2, evens(load(work, start + i), load(work, start + i + N_LANES)))


# --- the series ---------------------------------------------------------------------------------------------


@step
def standardised(values, standard, slot):
    """``(values - shift) * factor``, with the shift in two parts so that a large one costs no precision."""
    return ((values - splat(standard[slot, 0])) - splat(standard[slot, 1])) * splat(standard[slot, 2])


@step
def pack_by_cases(x, case, channel, following, standard, slot, lengths, shortest, work, start):
    """Standardise one channel of up to 16 cases, one row for each time, 0 behind the end of a series.

    Meanwhile the channel that comes next is fetched: where few channels of many are read, waiting for memory
    would take longer than all that is computed.
    """
    n_timepoints = x.shape[2]
    n_filled = min(N_LANES, x.shape[0] - case)
    zeros = splat(np.float32(0))
    if n_timepoints >= N_LANES:
        flat = x.reshape(x.size)
        for lane in range(n_filled, N_LANES):
            store(work, lane * N_LANES, zeros)
        for begin in range(0, n_timepoints, N_LANES):
            t = min(begin, n_timepoints - N_LANES)
            for lane in range(n_filled):
                first_channel = (case + lane) * x.shape[1]
                prefetch(flat, (first_channel + following) * n_timepoints + t)
                values = load(flat, (first_channel + channel) * n_timepoints + t)
                store(work, lane * N_LANES, standardised(values, standard, slot))
            transpose(work, 0, work, start + t * N_LANES)
    else:
        for t in range(n_timepoints):
            store(work, start + t * N_LANES, zeros)
            for lane in range(n_filled):
                work[start + t * N_LANES + lane] = x[case + lane, channel, t]
            row = start + t * N_LANES
            store(work, row, standardised(load(work, row), standard, slot))
    for t in range(shortest, n_timepoints):
        row = start + t * N_LANES
        store(work, row, alive(load(work, row), lengths, t, 0))


@step
def pack_by_times(x, case, channel, standard, slot, length, work, start):
    """Standardise one channel of one case; what stands behind its end has been 0 and stays so."""
    n_timepoints = x.shape[2]
    if n_timepoints >= N_LANES:
        flat = x.reshape(x.size)
        row = (case * x.shape[1] + channel) * n_timepoints
        for begin in range(0, n_timepoints, N_LANES):
            t = min(begin, n_timepoints - N_LANES)
            store(work, start + t, standardised(load(flat, row + t), standard, slot))
    else:
        for t in range(n_timepoints):
            work[t] = x[case, channel, t]
        store(work, 0, standardised(load(work, 0), standard, slot))
        for t in range(n_timepoints):
            work[start + t] = work[t]
    for t in range(length, n_timepoints):
        work[start + t] = 0


# --- the drivers --------------------------------------------------------------------------------------------


@loop
def apply_by_cases(
    x, lengths, channels, standard, size, second_size, steps, packs, means, rows, scales, work, out, width
):
    """Run a layout over 16 cases of x at a time.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
        What stands behind a case's end does not matter.
    lengths : int32 (n_cases,)
    channels : int64 (n_channels_read,)
        Which channels of x are read; all else counts among these.
    standard : float32 (n_channels_read, 3)
        See ``standardised``.
    size, second_size : int
        Of an output of level 1 and of level 2.
    steps : int64 (n_steps, 3)
        What to do, and with which rows (from, to) of the table that this needs.
    packs : int64 (n_packs, 6)
        Channel, where its first time goes, where its padding begins, how much there is of all that, and, by
        times only, where every second value of it goes, from the first and from the second on.
    means : int64 (n_means, 10)
        Where the mean goes, and the nine taps of the first time. By times, every second value of it follows.
    rows : int32 (n_rows, 23)
        See ROW_SIZE. A statistic that is not wanted goes to a last row of ``out`` that nobody reads.
    scales : float32 (n_dilations, 2)
        Factors of the absolute values of both levels.
    work : float32
        Zero on entry wherever padding stands.
    out : float32 ((n_features + 1) * width,)
        Row j is feature j, ``width`` at least n_cases rounded up to 16.
    """
    n_timepoints = x.shape[2]
    length, second_length = np.empty(N_LANES, np.int32), np.empty(N_LANES, np.int32)
    for case in range(0, x.shape[0], N_LANES):
        shortest = n_timepoints
        for lane in range(N_LANES):
            one = np.int64(lengths[case + lane]) if case + lane < x.shape[0] else n_timepoints
            length[lane], second_length[lane] = one, (one + 1) // 2
            shortest = min(shortest, one)
        safe, second_safe = shortest * N_LANES, (shortest + 1) // 2 * N_LANES
        ends, second_ends = load(length, 0), load(second_length, 0)
        for s in range(steps.shape[0]):
            kind, start, stop = steps[s, 0], steps[s, 1], steps[s, 2]
            if kind == PACK:
                for j in range(start, stop):
                    slot = packs[j, 0]
                    following = channels[packs[min(j + 1, packs.shape[0] - 1), 0]]
                    pack_by_cases(x, case, channels[slot], following, standard, slot, ends, shortest, work, packs[j, 1])
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
def apply_by_times(
    x, lengths, channels, standard, size, second_size, steps, packs, means, rows, scales, work, out, width
):
    """Run a layout over the cases of x one by one; for the arguments see ``apply_by_cases``."""
    lanes = np.empty(N_LANES, np.int32)
    for lane in range(N_LANES):
        lanes[lane] = lane
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
                    slot = packs[j, 0]
                    pack_by_times(x, case, channels[slot], standard, slot, length, work, packs[j, 1])
                    # Level 2 only needs every second output of level 1, so its taps read every second value of the
                    # padded series, from the first or from the second on.
                    every_second(work, packs[j, 2], packs[j, 3], packs[j, 4])
                    every_second(work, packs[j, 2] + 1, packs[j, 3], packs[j, 5])
            elif kind == MEAN:
                for j in range(start, stop):
                    tap_mean(work, means, j, size)
                    every_second(work, means[j, 0], size, means[j, 0] + size)
            elif kind < SECOND:
                for j in range(start, stop):
                    pool_by_times(
                        kind, convolve_first, work, first_taps(rows, j), size, safe, ends, times, length,
                        scales[rows[j, DILATION], 0], rows, j, OUT_1, out, width, case,
                    )  # fmt: skip
            else:
                for j in range(start, stop):
                    halve_by_times(work, first_taps(rows, j), second_size, second_ends, rows[j, HALVED])
                for j in range(start, stop):
                    pool_by_times(
                        kind - SECOND, convolve_second, work, second_taps(rows, j), second_size, second_safe,
                        second_ends, times, second_length,
                        scales[rows[j, DILATION], 1], rows, j, OUT_2, out, width, case,
                    )  # fmt: skip
