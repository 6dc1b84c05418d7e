"""Rocket's features: random kernels that read several channels, and two statistics of each output.

Two layouts give the same bits, as in the wavelet loops. *By cases*: row t of a buffer holds time t of 16 cases;
best for many cases. *By times*: place t of a buffer holds time t of one case, and a vector 16 neighbouring times;
best for few cases or for long series. All channels that are read stand in one buffer, with zeros between them, so
that a tap of any channel is a row or a place counted from the time of the output. ``plans/rocket.py`` lays the
buffer out, the same for both.

Every output is summed in one order, the bias first and then tap by tap, and no multiply-add is fused: the bits
depend neither on the machine nor on the layout nor on the company of a case.
"""

from __future__ import annotations

import numpy as np

from .jit import loop, step
from .lanes import N_LANES, as_float, first, largest, load, maximum, select, splat, store, total
from .wavelet import alive, pack_by_cases, pack_by_times

N_TIMES = 8  # times computed together by cases: as many sums as hide the time that an addition takes
N_AHEAD = 4 * N_LANES  # and by times

# The columns of a row: which taps are the kernel's, how far they reach to one side of the middle one, whether it is
# padded, how far to go ahead in time, which statistics are wanted and where they go.
FIRST_TAP, LAST_TAP, REACH, PADDED, STRIDE, WANTS_PPV, WANTS_MAX, PPV_TO, MAX_TO, ROW_SIZE = range(10)


@step
def convolve(work, place, weight, start, stop, bias, t):
    """The output of a kernel at eight neighbouring times."""
    a = b = c = d = e = f = g = h = splat(bias)
    for k in range(np.uint64(start), np.uint64(stop)):  # unsigned: no index is looked at for being negative
        w, at = splat(weight[k]), (place[k] + t) * N_LANES
        a = a + w * load(work, at)
        b = b + w * load(work, at + N_LANES)
        c = c + w * load(work, at + 2 * N_LANES)
        d = d + w * load(work, at + 3 * N_LANES)
        e = e + w * load(work, at + 4 * N_LANES)
        f = f + w * load(work, at + 5 * N_LANES)
        g = g + w * load(work, at + 6 * N_LANES)
        h = h + w * load(work, at + 7 * N_LANES)
    return a, b, c, d, e, f, g, h


@step
def within(values, begins, ends, t):
    """``values`` in the lanes that pool time t, NaN in the others: no comparison with it is true."""
    return select(begins > splat(np.int32(t)), splat(np.float32(np.nan)), alive(values, ends, t, np.nan))


@step
def all_within(values, begins, ends, t):
    """``within`` of eight neighbouring times."""
    a, b, c, d, e, f, g, h = values
    return (
        within(a, begins, ends, t), within(b, begins, ends, t + 1),
        within(c, begins, ends, t + 2), within(d, begins, ends, t + 3),
        within(e, begins, ends, t + 4), within(f, begins, ends, t + 5),
        within(g, begins, ends, t + 6), within(h, begins, ends, t + 7),
    )  # fmt: skip


@step
def count_on(values, count):
    """``count``, one higher where a value is positive."""
    return select(values > splat(np.float32(0)), count + splat(np.int32(1)), count)


@step
def count_all(values, count):
    """``count`` and how many of eight times are positive."""
    a, b, c, d, e, f, g, h = values
    count = count_on(d, count_on(c, count_on(b, count_on(a, count))))
    return count_on(h, count_on(g, count_on(f, count_on(e, count))))


@step
def highest(values, high):
    """The largest of ``high`` and eight times."""
    a, b, c, d, e, f, g, h = values
    high = maximum(d, maximum(c, maximum(b, maximum(a, high))))
    return maximum(h, maximum(g, maximum(f, maximum(e, high))))


@loop
def apply_rocket_by_cases(x, lengths, channels, standard, starts, rows, bias, place, weight, work, out, width):
    """Compute the features of 16 cases of x at a time.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
        What stands behind a case's end does not matter.
    lengths : int32 (n_cases,)
    channels : int64 (n_channels_read,)
        Which channels of x are read.
    standard : float32 (n_channels_read, 3)
        See ``lightwaves.loops.wavelet.standardised``.
    starts : int64 (n_channels_read,)
        The row of ``work`` with the first time of each channel.
    rows : int32 (n_kernels, 9)
        See ROW_SIZE.
    bias : float32 (n_kernels,)
    place : int32 (n_taps,)
        The row of ``work`` that each tap reads at time 0.
    weight : float32 (n_taps,)
    work : float32
        16 rows of room, then the channels; 0 on entry wherever padding stands. Behind the last row that a tap
        reads there are 7 more.
    out : float32 (n_rows * width,)
        Row j is feature j, ``width`` at least n_cases rounded up to 16.
    """
    length = np.empty(N_LANES, np.int32)
    for case in range(0, x.shape[0], N_LANES):
        shortest = longest = np.int64(lengths[case])
        for lane in range(N_LANES):
            one = np.int64(lengths[min(case + lane, x.shape[0] - 1)])
            length[lane] = one
            shortest, longest = min(shortest, one), max(longest, one)
        ends = load(length, 0)
        for slot in range(starts.shape[0]):
            following = channels[min(slot + 1, starts.shape[0] - 1)]
            start = starts[slot] * N_LANES
            pack_by_cases(x, case, channels[slot], following, standard, slot, ends, shortest, work, start)
        for j in range(rows.shape[0]):
            # A case that leaves nothing to an unpadded kernel is pooled as if the kernel were padded.
            reach = np.int64(0) if rows[j, PADDED] else np.int64(rows[j, REACH])
            begins = select(ends > splat(np.int32(2 * reach)), splat(np.int32(reach)), splat(np.int32(0)))
            stops = ends - begins
            fits, nobody_fits = shortest > 2 * reach, longest <= 2 * reach
            begin, end = (reach, longest - reach) if fits else (np.int64(0), longest)
            safe_end = shortest - reach if fits else shortest if nobody_fits else np.int64(0)
            count, high = splat(np.int32(0)), splat(np.float32(-np.inf))
            # About a dilation ahead, most taps stand where others just stood: what these read is still near.
            stride = np.int64(rows[j, STRIDE])
            for nearest in range(begin, min(begin + stride, end), N_TIMES):
                for t in range(nearest, end, stride):
                    values = convolve(work, place, weight, rows[j, FIRST_TAP], rows[j, LAST_TAP], bias[j], t)
                    if t + N_TIMES > safe_end:
                        values = all_within(values, begins, stops, t)
                    if rows[j, WANTS_PPV]:
                        count = count_all(values, count)
                    if rows[j, WANTS_MAX]:
                        high = highest(values, high)
            if rows[j, WANTS_PPV]:
                store(out, rows[j, PPV_TO] * width + case, as_float(count) / as_float(stops - begins))
            if rows[j, WANTS_MAX]:
                store(out, rows[j, MAX_TO] * width + case, high)


@step
def convolve_32(work, place, weight, start, stop, bias, t):
    """The output of a kernel at 32 times."""
    a = b = splat(bias)
    for k in range(np.uint64(start), np.uint64(stop)):
        w, at = splat(weight[k]), place[k] + t
        a = a + w * load(work, at)
        b = b + w * load(work, at + N_LANES)
    return a, b


@step
def convolve_64(work, place, weight, start, stop, bias, t):
    """The output of a kernel at 64 times."""
    a = b = c = d = splat(bias)
    for k in range(np.uint64(start), np.uint64(stop)):
        w, at = splat(weight[k]), place[k] + t
        a = a + w * load(work, at)
        b = b + w * load(work, at + N_LANES)
        c = c + w * load(work, at + 2 * N_LANES)
        d = d + w * load(work, at + 3 * N_LANES)
    return a, b, c, d


@step
def before(values, n_left):
    """The first ``n_left`` values, NaN in the other lanes."""
    return select(first(n_left), values, splat(np.float32(np.nan)))


@loop
def apply_rocket_by_times(x, lengths, channels, standard, starts, rows, bias, place, weight, work, out, width):
    """Compute the features of one case of x at a time, to the same bits.

    Parameters
    ----------
    x, lengths, channels, standard, starts, rows, bias, place, weight, out, width
        See ``apply_rocket_by_cases``; a row of ``work`` there is a place in it here. The stride is of no use: one
        case lies near.
    work : float32
        16 places of room, then the channels; 0 on entry wherever padding stands. Behind the last place that a tap
        reads there are 63 more.
    """
    for case in range(x.shape[0]):
        length = np.int64(lengths[case])
        for slot in range(starts.shape[0]):
            pack_by_times(x, case, channels[slot], standard, slot, length, work, starts[slot])
        for j in range(rows.shape[0]):
            reach = np.int64(0) if rows[j, PADDED] else np.int64(rows[j, REACH])
            begin = reach if length > 2 * reach else np.int64(0)
            end = length - begin
            count, high = splat(np.int32(0)), splat(np.float32(-np.inf))
            for t in range(begin, end, N_AHEAD):
                n_left = end - t
                if n_left > 2 * N_LANES:
                    a, b, c, d = convolve_64(work, place, weight, rows[j, FIRST_TAP], rows[j, LAST_TAP], bias[j], t)
                    if n_left < N_AHEAD:
                        c, d = before(c, n_left - 2 * N_LANES), before(d, n_left - 3 * N_LANES)
                    count, high = count_on(d, count_on(c, count)), maximum(d, maximum(c, high))
                else:
                    a, b = convolve_32(work, place, weight, rows[j, FIRST_TAP], rows[j, LAST_TAP], bias[j], t)
                    a, b = before(a, n_left), before(b, n_left - N_LANES)
                count, high = count_on(b, count_on(a, count)), maximum(b, maximum(a, high))
            if rows[j, WANTS_PPV]:
                out[rows[j, PPV_TO] * width + case] = np.float32(total(count)) / np.float32(end - begin)
            if rows[j, WANTS_MAX]:
                out[rows[j, MAX_TO] * width + case] = largest(high)
