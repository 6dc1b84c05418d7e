"""Nine taps over signed sums of channels, pooled against biases and over windows of time.

In two layouts, which give the same bits. *By cases*: row t of a buffer holds time t of 16 cases, so that no sum crosses
a lane. *By times*: a buffer holds one series, and a vector 16 neighbouring times. What is pooled is exact, but for
sums of values, which are taken in the same order in both; see ``added``.

A convolution is linear, so the channels that a kernel reads are added first. The taps are added as in level 2 of
``loops.wavelet``: a constant stretch gives exactly 0.
"""

from __future__ import annotations

import numpy as np

from .jit import loop, step
from .lanes import (
    N_LANES,
    absolute,
    as_float,
    ascend,
    first,
    largest,
    last,
    load,
    maximum,
    select,
    splat,
    store,
    tally,
    total,
    whole_vectors,
    widen,
)
from .wavelet import convolve_second, pack_by_cases, pack_by_times

# The columns of the table of outputs: whether a new series is formed first, of which members (from, to), whether
# of its differences, how many times are left out at either end, which windows of the output are pooled (from, to),
# what they span together, in sixteenths, and nine taps.
FORMS, MEMBERS, MEMBERS_END, DIFFERENCES, SKIPPED, WINDOWS, WINDOWS_END, SPAN, SPAN_END, TAPS = range(10)
# Those of the table of windows: from where to where, in sixteenths of the output; the biases of which only the share
# is wanted, four at a time; those of which more is wanted; and where the mean absolute value goes.
BEGIN, END, SHARES, SHARES_END, WHOLES, WHOLES_END, MEAN_ABS = range(7)
SIXTEENTHS = 16
STRETCH = 1 << 15  # times whose sum an int32 holds; by cases, series are shorter
PPV, LONGEST, MEAN_POSITIVE, MEAN_INDEX, MEAN_EXCESS = range(5)


@step
def form_series(work, members, signs, begin, end, differences, ends, shortest, n_timepoints, start):
    """Add up some packed channels by their signs, or the differences of that, one row a time, 0 behind the end."""
    zeros = splat(np.float32(0))
    for t in range(n_timepoints):
        row = t * N_LANES
        values = load(work, members[begin] + row) * splat(signs[begin])
        for m in range(begin + 1, end):
            values = values + load(work, members[m] + row) * splat(signs[m])
        store(work, start + row, values)
    if differences:
        for t in range(n_timepoints - 1):
            row = start + t * N_LANES
            values = load(work, row + N_LANES) - load(work, row)
            if t >= shortest - 1:
                values = select(ends > splat(np.int32(t + 1)), values, zeros)
            store(work, row, values)
        store(work, start + (n_timepoints - 1) * N_LANES, zeros)


@step
def window(n_outputs, skipped, begin, end):
    """From where to where an output is pooled: some sixteenths of it, after a part at either end is left out."""
    first = skipped if n_outputs > 2 * skipped else 0  # an output too short to leave anything out is pooled whole
    n_left = n_outputs - 2 * first
    return first + n_left * begin // SIXTEENTHS, first + (n_left * end + SIXTEENTHS - 1) // SIXTEENTHS


@step
def windows(lengths, differences, skipped, begin, end, starts, stops):
    """`window` for each lane, and the times between which some lane, and those between which every lane, is in it."""
    earliest, safe, safe_end, latest = np.int64(1 << 40), np.int64(0), np.int64(1 << 40), np.int64(0)
    for lane in range(N_LANES):
        start, stop = window(np.int64(lengths[lane]) - differences, skipped, begin, end)
        starts[lane], stops[lane] = start, stop
        earliest, safe = min(earliest, start), max(safe, start)
        safe_end, latest = min(safe_end, stop), max(latest, stop)
    return earliest, safe, safe_end, latest


@step
def pooled(values, begins, ends, time):
    """``values`` at times that are pooled, NaN outside: no comparison with it is true."""
    nothing = splat(np.float32(np.nan))
    values = select(ends > splat(np.int32(time)), values, nothing)
    return select(begins > splat(np.int32(time)), nothing, values)


@step
def added(work, z, times, begins, ends, bias, absolutes):
    """The sum of the pooled values' absolutes, or of what exceeds the bias, in each lane.

    In sixteen parts, by the time modulo 16, which are then added halves to halves: the order that one series in the
    lanes of a vector gives by itself, see ``added_of_one``.
    """
    begin, safe_begin, safe_end, end = times
    nothing, bias = splat(np.float32(0)), splat(bias)
    first_part, second_part = nothing, nothing
    for remainder in range(4):
        s0, s4, s8, s12 = nothing, nothing, nothing, nothing
        for start in range(begin - begin % N_LANES + remainder, end, N_LANES):
            s0 = s0 + addend(work, z, begins, ends, bias, absolutes, start, safe_begin, safe_end, end)
            s4 = s4 + addend(work, z, begins, ends, bias, absolutes, start + 4, safe_begin, safe_end, end)
            s8 = s8 + addend(work, z, begins, ends, bias, absolutes, start + 8, safe_begin, safe_end, end)
            s12 = s12 + addend(work, z, begins, ends, bias, absolutes, start + 12, safe_begin, safe_end, end)
        part = (s0 + s8) + (s4 + s12)
        if remainder == 0:
            first_part = part
        elif remainder == 1:
            second_part = part
        elif remainder == 2:
            first_part = first_part + part
        else:
            second_part = second_part + part
    return first_part + second_part


@step
def addend(work, z, begins, ends, bias, absolutes, time, safe_begin, safe_end, end):
    """What one time adds to ``added``: 0 where it is not pooled."""
    nothing = splat(np.float32(0))
    values = nothing
    if time < end:
        values = load(work, z + time * N_LANES)
        values = absolute(values) if absolutes else select(values > bias, values - bias, nothing)
        if time < safe_begin or time >= safe_end:
            values = select(ends > splat(np.int32(time)), values, nothing)
            values = select(begins > splat(np.int32(time)), nothing, values)
    return values


@step
def four_shares(work, z, times, begins, ends, biases, j):
    """How many pooled values exceed each of four biases, in each lane."""
    begin, safe_begin, safe_end, end = times
    one = splat(np.int32(1))
    b0, b1, b2, b3 = splat(biases[j]), splat(biases[j + 1]), splat(biases[j + 2]), splat(biases[j + 3])
    n0, n1, n2, n3 = splat(np.int32(0)), splat(np.int32(0)), splat(np.int32(0)), splat(np.int32(0))
    for t in range(begin, end):
        values = load(work, z + t * N_LANES)
        if t < safe_begin or t >= safe_end:
            values = pooled(values, begins, ends, t)
        n0 = select(values > b0, n0 + one, n0)
        n1 = select(values > b1, n1 + one, n1)
        n2 = select(values > b2, n2 + one, n2)
        n3 = select(values > b3, n3 + one, n3)
    return n0, n1, n2, n3


@step
def counted(work, z, times, begins, ends, bias):
    """How many pooled values are above a bias, in each lane, and the sum of their times."""
    begin, safe_begin, safe_end, end = times
    bias, zero, one = splat(bias), splat(np.int32(0)), splat(np.int32(1))
    count, at = zero, zero
    for t in range(begin, end):
        values = load(work, z + t * N_LANES)
        if t < safe_begin or t >= safe_end:
            values = pooled(values, begins, ends, t)
        above = values > bias
        count = select(above, count + one, count)
        at = select(above, at + splat(np.int32(t)), at)
    return count, at


@step
def stretched(work, z, times, begins, ends, bias):
    """The longest way from one pooled value below a bias to the next, in each lane.

    The first and the last pooled time count as borders.
    """
    begin, safe_begin, safe_end, end = times
    bias, zero, one = splat(bias), splat(np.int32(0)), splat(np.int32(1))
    gap, longest = zero, zero
    for t in range(begin, end):
        values = load(work, z + t * N_LANES)
        if t < safe_begin or t >= safe_end:
            inside = select(begins > splat(np.int32(t)), zero, select(ends > splat(np.int32(t)), one, zero)) > zero
            values = pooled(values, begins, ends, t)
            longest = select(inside, maximum(gap, longest), longest)
            gap = select(inside, select(bias > values, one, gap + one), gap)
        else:
            longest = maximum(gap, longest)
            gap = select(bias > values, one, gap + one)
    return longest


@step
def tap_places(outputs, o):
    """Where the nine taps of an output stand at the first time."""
    return (
        outputs[o, TAPS], outputs[o, TAPS + 1], outputs[o, TAPS + 2], outputs[o, TAPS + 3], outputs[o, TAPS + 4],
        outputs[o, TAPS + 5], outputs[o, TAPS + 6], outputs[o, TAPS + 7], outputs[o, TAPS + 8],
    )  # fmt: skip


# --- one series ---------------------------------------------------------------------------------------------


@step
def form_one_series(work, members, signs, begin, end, differences, length, n_timepoints, start):
    """As ``form_series``, for one case."""
    for t in range(0, n_timepoints, N_LANES):
        values = load(work, members[begin] + t) * splat(signs[begin])
        for m in range(begin + 1, end):
            values = values + load(work, members[m] + t) * splat(signs[m])
        store(work, start + t, values)
    if differences:
        for t in range(0, length, N_LANES):
            store(work, start + t, load(work, start + t + 1) - load(work, start + t))
        work[start + length - 1] = 0


@step
def alive(work, z, time, end):
    """16 values of an output, NaN from the end on."""
    values = load(work, z + time)
    if time > end - N_LANES:
        values = select(first(end - time), values, splat(np.float32(np.nan)))
    return values


@step
def count_above(work, z, begin, end, bias):
    """How many values from begin to end exceed a bias."""
    count, low = 0, splat(bias)
    for t in range(begin, end, N_LANES):
        count += tally(alive(work, z, t, end) > low)
    return count


@step
def counted_of_one(work, z, begin, end, bias, lanes):
    """What ``counted`` finds, of one case."""
    count, at, low = 0, np.int64(0), splat(bias)
    for start in range(begin, end, STRETCH):
        n_before, nearby = count, splat(np.int32(0))
        for t in range(start, min(start + STRETCH, end), N_LANES):
            above = alive(work, z, t, end) > low
            count += tally(above)
            nearby = select(above, nearby + lanes + splat(np.int32(t - start)), nearby)
        at += np.int64(total(nearby)) + np.int64(count - n_before) * start
    return count, at


@step
def stretched_of_one(work, z, begin, end, bias, lanes):
    """What ``stretched`` finds, of one case."""
    zero, one, low = splat(np.int32(0)), splat(np.int32(1)), splat(bias)
    longest, barrier = zero, zero
    for t in range(begin, end, N_LANES):
        time = lanes + splat(np.int32(t - begin))
        latest = maximum(ascend(select(low > alive(work, z, t, end), time, zero)), barrier)
        longest = maximum(longest, select(first(end - 1 - t), time + one - latest, zero))
        barrier = last(latest)
    return largest(longest)


@step
def added_of_one(work, z, begin, end, bias, absolutes):
    """What ``added`` finds, of one case."""
    nothing, low = splat(np.float32(0)), splat(bias)
    summed = nothing
    for t in range(begin - begin % N_LANES, end, N_LANES):
        values = load(work, z + t)
        values = absolute(values) if absolutes else select(values > low, values - low, nothing)
        if t > end - N_LANES:
            values = select(first(end - t), values, nothing)
        if t < begin:
            values = select(first(begin - t), nothing, values)
        summed = summed + values
    return total(summed)


# --- the drivers --------------------------------------------------------------------------------------------


@loop
def apply_pooled(
    x, lengths, channels, standard, places, members, signs, outputs, pieces, biases, share_rows, whole_biases,
    whole_rows, work, out, width,
):  # fmt: skip
    """Compute shares above biases, and what else is pooled, of 16 cases of x at a time.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
        What stands behind a case's end does not matter.
    lengths : int32 (n_cases,)
    channels : int64 (n_channels_read,)
        Which channels of x are read; all else counts among these.
    standard : float32 (n_channels_read, 3)
        See ``standardised`` of the wavelet loops.
    places : int64 (5,)
        Where in ``work`` the channels are packed, where the sum of some begins, and the outputs; which row of
        ``out`` nobody reads; and how much room a channel takes.
    members : int64 (n_members,)
        Where the packed channels of each sum begin.
    signs : float32 (n_members,)
        1 or -1.
    outputs : int64 (n_outputs, 18)
        See FORMS and the following.
    pieces : int64 (n_windows, 7)
        See BEGIN and the following.
    biases : float32 (n_shares,)
        Four by four; what fills up four is infinite.
    share_rows : int64 (n_shares,)
        Where each share goes.
    whole_biases : float32 (n_wholes,)
    whole_rows : int64 (n_wholes, 5)
        Where the statistics go: share, stretch, mean of the values and of the times above the bias, and the mean of
        what exceeds it.
    work : float32
        Zero on entry around the sum.
    out : float32 ((n_features + 1) * width,)
        Row j is feature j, ``width`` at least n_cases rounded up to 16. What is not wanted goes to the last row.
    """
    n_timepoints = x.shape[2]
    packed, series, z, nowhere = places[0], places[1], places[2], places[3]
    length, starts, stops = np.empty(N_LANES, np.int32), np.empty(N_LANES, np.int32), np.empty(N_LANES, np.int32)
    for case in range(0, x.shape[0], N_LANES):
        shortest = n_timepoints
        for lane in range(N_LANES):
            one = np.int64(lengths[case + lane]) if case + lane < x.shape[0] else n_timepoints
            length[lane] = one
            shortest = min(shortest, one)
        n_own = load(length, 0)
        for c in range(channels.size):
            following = channels[min(c + 1, channels.size - 1)]
            start = packed + c * places[4]
            pack_by_cases(x, case, channels[c], following, standard, c, n_own, shortest, work, start)
        for o in range(outputs.shape[0]):
            differences, skipped = outputs[o, DIFFERENCES], outputs[o, SKIPPED]
            if outputs[o, FORMS]:
                form_series(
                    work, members, signs, outputs[o, MEMBERS], outputs[o, MEMBERS_END], differences, n_own, shortest,
                    n_timepoints, series,
                )  # fmt: skip
            taps = tap_places(outputs, o)
            times = windows(length, differences, skipped, outputs[o, SPAN], outputs[o, SPAN_END], starts, stops)
            for i in range(times[0] * N_LANES, times[3] * N_LANES, N_LANES):
                store(work, z + i, convolve_second(work, taps, i))
            for w in range(outputs[o, WINDOWS], outputs[o, WINDOWS_END]):
                times = windows(length, differences, skipped, pieces[w, BEGIN], pieces[w, END], starts, stops)
                begins, ends = load(starts, 0), load(stops, 0)
                n_pooled = as_float(maximum(ends - begins, splat(np.int32(1))))
                for j in range(pieces[w, SHARES], pieces[w, SHARES_END], 4):
                    n0, n1, n2, n3 = four_shares(work, z, times, begins, ends, biases, j)
                    store(out, share_rows[j] * width + case, as_float(n0) / n_pooled)
                    store(out, share_rows[j + 1] * width + case, as_float(n1) / n_pooled)
                    store(out, share_rows[j + 2] * width + case, as_float(n2) / n_pooled)
                    store(out, share_rows[j + 3] * width + case, as_float(n3) / n_pooled)
                for j in range(pieces[w, WHOLES], pieces[w, WHOLES_END]):
                    bias = whole_biases[j]
                    count, excess, divisor = splat(np.int32(0)), splat(np.float32(0)), n_pooled
                    if (
                        whole_rows[j, PPV] != nowhere
                        or whole_rows[j, MEAN_POSITIVE] != nowhere
                        or whole_rows[j, MEAN_INDEX] != nowhere
                    ):
                        count, at = counted(work, z, times, begins, ends, bias)
                        divisor = as_float(maximum(count, splat(np.int32(1))))
                        index = as_float(at) / divisor - as_float(begins)
                        index = select(splat(np.int32(1)) > count, splat(np.float32(-1)), index)
                        store(out, whole_rows[j, PPV] * width + case, as_float(count) / n_pooled)
                        store(out, whole_rows[j, MEAN_INDEX] * width + case, index)
                    if whole_rows[j, LONGEST] != nowhere:
                        longest = stretched(work, z, times, begins, ends, bias)
                        store(out, whole_rows[j, LONGEST] * width + case, as_float(longest))
                    if whole_rows[j, MEAN_POSITIVE] != nowhere or whole_rows[j, MEAN_EXCESS] != nowhere:
                        excess = added(work, z, times, begins, ends, bias, False)
                        mean = excess / divisor + splat(bias) + splat(bias)
                        mean = select(splat(np.int32(1)) > count, splat(np.float32(0)), mean)
                        store(out, whole_rows[j, MEAN_POSITIVE] * width + case, mean)
                        store(out, whole_rows[j, MEAN_EXCESS] * width + case, excess / n_pooled)
                if pieces[w, MEAN_ABS] != nowhere:
                    absolutes = added(work, z, times, begins, ends, np.float32(0), True)
                    store(out, pieces[w, MEAN_ABS] * width + case, absolutes / n_pooled)


@loop
def apply_pooled_by_times(
    x, lengths, channels, standard, places, members, signs, outputs, pieces, biases, share_rows, whole_biases,
    whole_rows, work, out, width,
):  # fmt: skip
    """Compute the same of the cases of x one by one; for the arguments see ``apply_pooled``."""
    packed, series, z, nowhere = places[0], places[1], places[2], places[3]
    index = np.empty(N_LANES, np.int32)
    for lane in range(N_LANES):
        index[lane] = lane
    lanes = load(index, 0)
    for case in range(x.shape[0]):
        length = np.int64(lengths[case])
        for c in range(channels.size):
            pack_by_times(x, case, channels[c], standard, c, length, work, packed + c * places[4])
        for o in range(outputs.shape[0]):
            differences, skipped = outputs[o, DIFFERENCES], outputs[o, SKIPPED]
            if outputs[o, FORMS]:
                form_one_series(
                    work, members, signs, outputs[o, MEMBERS], outputs[o, MEMBERS_END], differences, length,
                    x.shape[2], series,
                )  # fmt: skip
            n_outputs, taps = length - differences, tap_places(outputs, o)
            begin, end = window(n_outputs, skipped, outputs[o, SPAN], outputs[o, SPAN_END])
            for t in range(begin, end, N_LANES):
                store(work, z + t, convolve_second(work, taps, t))
            for w in range(outputs[o, WINDOWS], outputs[o, WINDOWS_END]):
                begin, end = window(n_outputs, skipped, pieces[w, BEGIN], pieces[w, END])
                n_pooled = np.float32(max(end - begin, 1))
                for j in range(pieces[w, SHARES], pieces[w, SHARES_END]):
                    if share_rows[j] != nowhere:
                        count = count_above(work, z, begin, end, biases[j])
                        out[share_rows[j] * width + case] = np.float32(count) / n_pooled
                for j in range(pieces[w, WHOLES], pieces[w, WHOLES_END]):
                    bias, count = whole_biases[j], 0
                    if (
                        whole_rows[j, PPV] != nowhere
                        or whole_rows[j, MEAN_POSITIVE] != nowhere
                        or whole_rows[j, MEAN_INDEX] != nowhere
                    ):
                        count, at = counted_of_one(work, z, begin, end, bias, lanes)
                        index_of = np.float32(at) / np.float32(max(count, 1)) - np.float32(begin)
                        out[whole_rows[j, PPV] * width + case] = np.float32(count) / n_pooled
                        out[whole_rows[j, MEAN_INDEX] * width + case] = index_of if count > 0 else np.float32(-1)
                    if whole_rows[j, LONGEST] != nowhere:
                        longest = stretched_of_one(work, z, begin, end, bias, lanes)
                        out[whole_rows[j, LONGEST] * width + case] = np.float32(longest)
                    if whole_rows[j, MEAN_POSITIVE] != nowhere or whole_rows[j, MEAN_EXCESS] != nowhere:
                        excess = added_of_one(work, z, begin, end, bias, False)
                        mean = excess / np.float32(max(count, 1)) + bias + bias
                        out[whole_rows[j, MEAN_POSITIVE] * width + case] = mean if count > 0 else np.float32(0)
                        out[whole_rows[j, MEAN_EXCESS] * width + case] = excess / n_pooled
                if pieces[w, MEAN_ABS] != nowhere:
                    absolutes = added_of_one(work, z, begin, end, np.float32(0), True)
                    out[pieces[w, MEAN_ABS] * width + case] = absolutes / n_pooled


@loop
def convolve_each(
    room, n_timepoints, standard, signs, member_ends, lengths, differences, taps, whole, begins, stops, out
):
    """Outputs of kernels, each over the signed sum of some channels of one case.

    Parameters
    ----------
    room : float32 (n_members * n_timepoints + 16,)
        The channels of each output in turn. What stands behind a case's end does not matter.
    n_timepoints : int
    standard : float32 (n_members, 3)
        See ``standardised`` of the wavelet loops.
    signs : float32 (n_members,)
        1 or -1.
    member_ends : int64 (n_outputs,)
        Where the channels of each output end.
    lengths : int64 (n_outputs,)
        Of its case; may be 0.
    differences : int64 (n_outputs,)
        1 where the differences of the sum are taken.
    taps : int64 (n_outputs, 9)
        Tap times dilation: of the three with weight 2, then of the others.
    whole : bool (n_outputs,)
        Whether the other six have weight -1, or 0.
    begins, stops : int64 (n_outputs,)
        Which times of the output are wanted.
    out : float64 (n_outputs, width)
        Written to, and NaN up to the next multiple of 16; the width a multiple of 16, and no less than any is wanted.
    """
    wide = whole_vectors(n_timepoints)
    work, flat, width = np.zeros(wide + taps.max() + 2 * N_LANES), out.reshape(out.size), out.shape[1]
    nothing, behind = splat(0.0), splat(np.nan)
    begin = 0
    for o in range(member_ends.size):
        n, start = lengths[o], 0
        for k in range(9):
            start = max(start, taps[o, k] // 2)
        for t in range(0, start, N_LANES):
            store(work, t, nothing)
            store(work, start + wide + t, nothing)
        store(work, 2 * start + wide, nothing)
        for t in range(0, wide, N_LANES):
            summed = nothing
            for m in range(begin, member_ends[o]):
                values = load(room, m * n_timepoints + t)
                values = (values - splat(standard[m, 0])) - splat(standard[m, 1])
                values = values * splat(standard[m, 2]) * splat(signs[m])
                summed = widen(values) if m == begin else summed + widen(values)
            store(work, start + t, select(first(n - t), summed, nothing))
        if differences[o]:
            for t in range(0, n, N_LANES):
                values = load(work, start + t + 1) - load(work, start + t)
                store(work, start + t, select(first(n - 1 - t), values, nothing))
        for t in range(begins[o], stops[o], N_LANES):
            values = load(work, t + taps[o, 0]) + load(work, t + taps[o, 1]) + load(work, t + taps[o, 2])
            values = values + values
            if whole[o]:
                values = values - (load(work, t + taps[o, 3]) + load(work, t + taps[o, 4]) + load(work, t + taps[o, 5]))
                values = values - (load(work, t + taps[o, 6]) + load(work, t + taps[o, 7]) + load(work, t + taps[o, 8]))
            store(flat, o * width + t - begins[o], select(first(stops[o] - t), values, behind))
        begin = member_ends[o]
