"""Which times of which channels a feature was made of: the way back from a statistic to the series.

One driver serves the outputs of all plans with kernels. An output is computed as their own loops compute it, to the
bit, so that a value above a bias there is above it here. Then a feature less its reference is laid on the times of the
output, see ``lay``, and from each of these on the taps that pushed it to where it stands, see ``pushes`` and
``hand_back``.
``lightwaves/inspection/attribution.py`` makes the tables.
"""

from __future__ import annotations

import numpy as np

from .jit import loop, part
from .lanes import N_LANES, absolute, first, load, maximum, select, splat, store, tally, total, whole_vectors, widen

# The kinds of outputs: of `PooledPlan`, of `KernelPlan` in its two levels, of `RocketPlan`.
POOLED, FIRST, SECOND, ROCKET = range(4)
# The statistics of all of these. LONGEST has no value below its bias, LONGEST_ABOVE only values above it, and is a
# share of all.
PPV, LONGEST, MEAN_POSITIVE, MEAN_INDEX, MEAN_EXCESS, MEAN_ABS, MAX, MAX_ABS, MIN_ABS, LONGEST_ABOVE = range(10)
# The columns of the table of outputs: its kind; its members (from, to); whether of their differences; the dilation;
# its taps (from, to) in the table of weights, those of one member after those of another where they differ; whether
# each member has its own; whether the mean of the taps is of no account; how many times are left out at either end; and
# its features (from, to).
KIND, MEMBERS, MEMBERS_END, DIFFERENCES, DILATION, FIRST_TAP, N_TAPS, OWN_TAPS, CENTRED, SKIPPED = range(10)
ROWS, ROWS_END = 10, 11
# Those of the table of features: the statistic, the window in sixteenths, its number, and its row for each member.
STATISTIC, BEGIN, END, FEATURE, PARTS = range(5)
SIXTEENTHS = 16
ZERO, ONE, NINE = np.int64(0), np.int64(1), np.int64(9)  # parts are compiled anew for each plain number, not for these


@part
def nine(series, pad, offsets, order, n_taps, n, z):
    """Twice the sum of three taps, less the others if there are nine, in the order of ``convolve_second``."""
    two = np.float32(2)
    a, b, c = series[pad + offsets[order[0]] :], series[pad + offsets[order[1]] :], series[pad + offsets[order[2]] :]
    for t in range(n):
        z[t] = two * (a[t] + b[t] + c[t])
    if n_taps == 9:
        a, b = series[pad + offsets[order[3]] :], series[pad + offsets[order[4]] :]
        c, d = series[pad + offsets[order[5]] :], series[pad + offsets[order[6]] :]
        e, f = series[pad + offsets[order[7]] :], series[pad + offsets[order[8]] :]
        for t in range(n):
            z[t] -= (a[t] + b[t] + c[t]) + (d[t] + e[t] + f[t])


@part
def add_taps(series, pad, offsets, weights, n_members, n_taps, bias, n, z):
    """The bias, and then each tap of each member times its weight, in the order of ``apply_rocket``."""
    for t in range(n):
        z[t] = bias
    for m in range(n_members):
        for k in range(n_taps):
            weight, of_tap = weights[m * n_taps + k], series[m, pad + offsets[k] :]
            for t in range(n):
                z[t] += weight * of_tap[t]


@part
def nine_less_mean(series, pad, offsets, order, n, z):
    """Three taps less a third of all nine, in the order of ``convolve_first``."""
    third = np.float32(1.0 / 3.0)
    a, b, c = series[pad + offsets[order[0]] :], series[pad + offsets[order[1]] :], series[pad + offsets[order[2]] :]
    x0, x1, x2 = series[pad + offsets[0] :], series[pad + offsets[1] :], series[pad + offsets[2] :]
    x3, x4, x5 = series[pad + offsets[3] :], series[pad + offsets[4] :], series[pad + offsets[5] :]
    x6, x7, x8 = series[pad + offsets[6] :], series[pad + offsets[7] :], series[pad + offsets[8] :]
    for t in range(n):
        low, middle, high = x0[t] + x1[t] + x2[t], x3[t] + x4[t] + x5[t], x6[t] + x7[t] + x8[t]
        z[t] = (a[t] + b[t] + c[t]) - (middle + ((low - middle) + (high - middle)) * third)


@part
def pushes(series, n_members, pad, offsets, weights, n_taps, own_taps, centred, n, push, before, rise, fall):
    """By how much each tap pushes each time of an output up, or down; and the sums of both.

    A tap pushes by its weight times its value or, where a kernel does not see the baseline, times what its value
    exceeds the mean of the taps by. All pushes add up to the output. A tap outside the series has no part.

    Parameters
    ----------
    series : float32 (n_members, >= pad + n + pad + 16)
    offsets : int64 (n_taps,)
    weights : float32 (n_taps,) or, of all members, (n_members * n_taps,)
    n : int
        The times of the output.
    push : float32
        Written to, from ``before`` on: a row of n, in whole vectors, for each member and tap.
    rise, fall : float32 (>= n, in whole vectors)
        Written to: one over the sum of what pushes up, and of what pushes down; 0 where nothing does.
    """
    wide = whole_vectors(n)
    nothing, one, least = splat(np.float32(0)), splat(np.float32(1)), splat(np.float32(1e-30))
    share = splat(np.float32(1.0 / n_taps))
    for t in range(0, wide, N_LANES):
        store(rise, t, nothing)
        store(fall, t, nothing)
    for m in range(n_members):
        at, row, base = (m * n_taps if own_taps else 0), series[m], np.float32(0)
        if centred:
            size = np.float32(0)
            for k in range(n_taps):
                base += weights[at + k]
                size += abs(weights[at + k])
            base = np.float32(0) if abs(base) < np.float32(1e-6) * size else base / np.float32(n_taps)
        for t in range(0, wide, N_LANES):
            high, low, mean = load(rise, t), load(fall, t), nothing
            if centred:  # about the middle tap, so that a constant stretch pushes nowhere at all
                middle = load(row, pad + offsets[n_taps // 2] + t)
                for k in range(n_taps):
                    mean = mean + (load(row, pad + offsets[k] + t) - middle)
                mean = middle + mean * share
            for k in range(n_taps):
                values = (load(row, pad + offsets[k] + t) - mean) * splat(weights[at + k] - base) + mean * splat(base)
                if t + offsets[k] < 0 or t + N_LANES > min(n, n - offsets[k]):
                    values = select(first(min(n, n - offsets[k]) - t), values, nothing)
                    values = select(first(-offsets[k] - t), nothing, values)
                store(push, before + (m * n_taps + k) * wide + t, values)
                high, low = high + maximum(values, nothing), low + maximum(nothing - values, nothing)
            store(rise, t, high)
            store(fall, t, low)
    for t in range(0, wide, N_LANES):
        high, low = load(rise, t), load(fall, t)
        store(rise, t, select(high > least, one / maximum(high, least), nothing))
        store(fall, t, select(low > least, one / maximum(low, least), nothing))


@part
def longest_stretch(z, begin, end, bias, strictly):
    """Where the longest run of times stands that are not below the bias, or that are above it.

    The first of several. A run of the first kind begins at a value below the bias, or at the first time, and ends
    before the next such value, or before the last time.
    """
    best, best_end, start = 0, begin, begin
    for t in range(begin, end):
        broken = not z[t] > bias if strictly else z[t] < bias
        if strictly:
            if broken:
                start = t + 1
            elif t + 1 - start > best:
                best, best_end = t + 1 - start, t + 1
        else:
            if (broken or t == end - 1) and t - start > best:
                best, best_end = t - start, t
            if broken:
                start = t
    return best_end - best, best_end


@part
def lay(statistic, z, begin, end, bias, reference, value, laid, side):
    """Lay a feature less its reference on the times of its output.

    A share, a mean over all times, or a length is a sum over times, and its reference is taken from all times alike. A
    mean over some times is given to these, or to all alike if there are none, and an extreme to the first time that
    has it.

    Parameters
    ----------
    statistic : int
    z : float32, in whole vectors
    begin, end : int
        The times that are pooled.
    bias : float32
        An output stands high above it; of absolute values, above 0.
    reference, value : float
        Of the feature.
    laid : float32 (>= end, in whole vectors)
        Written to; sums to ``value - reference``, but for rounding; 0 outside the times that are pooled.
    side : float32, as laid
        Written to: 1 where the output stands high, else -1.
    """
    each = 1.0 / (end - begin)
    nothing, one = splat(np.float32(0)), splat(np.float32(1))
    alike, share = splat(np.float32(-reference * each)), splat(np.float32(each))
    by_size = statistic in (MEAN_ABS, MAX_ABS, MIN_ABS)
    level = nothing if by_size else splat(bias)
    count = 0
    for t in range(0, z.size, N_LANES):
        values = load(z, t)
        pooled = select(first(end - t), select(first(begin - t), nothing, one), nothing) > nothing
        above = select(pooled, values - level, nothing) > nothing
        count += tally(above)
        store(side, t, select(values > level, one, nothing - one))
        if statistic == PPV:
            values = select(above, one, nothing)
        elif statistic == MEAN_EXCESS:
            values = select(above, values - level, nothing)
        elif statistic == MEAN_ABS:
            values = absolute(values)
        else:
            values = nothing
        store(laid, t, select(pooled, values * share + alike, nothing))
    if statistic in (LONGEST, LONGEST_ABOVE):
        start, stop = longest_stretch(z, begin, end, bias, statistic == LONGEST_ABOVE)
        for t in range(start, stop):
            laid[t] += each if statistic == LONGEST_ABOVE else 1.0
    elif statistic in (MEAN_POSITIVE, MEAN_INDEX):
        for t in range(begin, end):
            if count == 0:
                laid[t] = (value - reference) * each
            elif side[t] < 0:
                laid[t] = 0
            else:
                of_time = np.float64(z[t]) + bias if statistic == MEAN_POSITIVE else np.float64(t - begin)
                laid[t] = (of_time - reference) / count
    elif statistic in (MAX, MAX_ABS, MIN_ABS):
        best = begin
        for t in range(begin, end):
            if statistic == MAX:
                better = z[t] > z[best]
            elif statistic == MAX_ABS:
                better = abs(z[t]) > abs(z[best])
            else:
                better = abs(z[t]) < abs(z[best])
            best = t if better else best
            laid[t] = 0
        laid[best] = value - reference


@part
def hand_back(
    laid, side, begin, end, n, n_members, n_taps, offsets, push, before, rise, fall, weights, own_taps, given, sides,
    pad, goal,
):  # fmt: skip
    """Hand what lies on the times of an output to the taps that pushed it there, for each member.

    A time that stands high is shared among the taps that push up, by how much they push, any other among those that
    push down. Where none does, all share by how much they push; where none pushes at all, all alike; and where all
    taps with a weight are outside the series, it stays at that time.

    Parameters
    ----------
    laid, side, begin, end
        See ``lay``.
    push, before, rise, fall
        See ``pushes``.
    given, sides : float32 (>= pad + n + pad + 16,)
        Room; what is given is 0 on entry, and again on return.
    goal : float32 (n_members, >= pad + n + 16)
        Written to, from ``pad`` on.
    """
    wide = whole_vectors(n)
    nothing, n_left_out = splat(np.float32(0)), 0
    for t in range(0, wide, N_LANES):
        of_time, sign = load(laid, t), load(side, t)
        factor = select(sign > nothing, load(rise, t), load(fall, t))
        store(given, pad + t, of_time * factor)
        store(sides, pad + t, sign)
        n_left_out += tally(select(factor > nothing, nothing, absolute(of_time)) > nothing)
    for m in range(n_members):
        row, of_member = goal[m], before + m * n_taps * wide
        for t in range(0, wide, N_LANES):
            summed = nothing
            for k in range(n_taps):
                at = t - offsets[k]
                shared = maximum(load(push, of_member + k * wide + at) * load(sides, pad + at), nothing)
                summed = summed + shared * load(given, pad + at)
            store(row, pad + t, summed)
    for t in range(0, wide, N_LANES):
        store(given, pad + t, nothing)
    if n_left_out:
        for t in range(begin, end):
            if (rise[t] if side[t] > 0 else fall[t]) == 0:
                hand_back_one(np.float64(laid[t]), t, n, n_members, n_taps, offsets, push, before, weights, own_taps,
                              pad, goal)  # fmt: skip


@part
def hand_back_one(laid, t, n, n_members, n_taps, offsets, push, before, weights, own_taps, pad, goal):
    """What ``hand_back`` does with a time that nothing pushed to where it stands."""
    wide = whole_vectors(n)
    size, n_inside = 0.0, 0
    for m in range(n_members):
        for k in range(n_taps):
            size += abs(push[before + (m * n_taps + k) * wide + t])
            n_inside += weights[(m * n_taps if own_taps else 0) + k] != 0 and 0 <= t + offsets[k] < n
    for m in range(n_members):
        if n_inside == 0:
            goal[m, pad + t] += laid / n_members
        for k in range(n_taps):
            if 0 <= t + offsets[k] < n:
                if size > 1e-30:
                    share = abs(push[before + (m * n_taps + k) * wide + t]) / size
                else:
                    share = (weights[(m * n_taps if own_taps else 0) + k] != 0) / max(n_inside, 1)
                goal[m, pad + t + offsets[k]] += laid * share


@part
def keep(goal, n_members, pad, n, length, differences, amount, out, part_rows, begin):
    """Write the cells of one feature, of each member, so that they sum to the amount in float64.

    Parameters
    ----------
    goal
        See ``hand_back``.
    n, length : int
        The times that the goal has, and those of the series: one more with differences, which are made by both values.
    out : float64 (n_parts, >= length)
    part_rows : int64
        The row of each member, from ``begin`` on.
    """
    rest = amount
    for m in range(n_members):
        sums, row = splat(0.0), goal[m]
        for t in range(0, n, N_LANES):
            sums = sums + widen(select(first(n - t), load(row, pad + t), splat(np.float32(0))))
        rest -= total(sums)
    rest /= n_members * n
    for m in range(n_members):
        to, row = out[part_rows[begin + m]], goal[m, pad:]
        if differences:
            left = 0.0
            for t in range(n):
                half = (np.float64(row[t]) + rest) / 2
                to[t] = left + half
                left = half
            to[n] = left
        else:
            for t in range(n):
                to[t] = np.float64(row[t]) + rest
        for t in range(length, to.size):
            to[t] = 0.0


@part
def offsets_of(positions, n_taps, dilation, differences, most, offsets):
    """Where the taps stand from the time of the output; one that is outside at all times just is."""
    for k in range(n_taps):
        offset = positions[k] * dilation
        if differences and positions[k] < 0:  # as the authors of MultiRocket have it
            offset += 1
        offsets[k] = min(max(offset, -most), most)


@part
def gather(packed, members, signs, begin, n_members, differences, length, pad, series, summed):
    """The series of the members of an output, or their differences, and the sum of these; with zeros around them."""
    whole_sum = summed[pad : pad + length]
    for t in range(summed.size):
        summed[t] = 0
    for m in range(n_members):
        own, sign, padded = packed[members[begin + m]], signs[begin + m], series[m]
        row = padded[pad : pad + length]
        for t in range(padded.size):
            padded[t] = 0
        for t in range(length):
            row[t] = own[t] * sign
        for t in range(length):
            whole_sum[t] += row[t]
        if differences:
            difference(row, length)
    if differences:
        difference(whole_sum, length)


@part
def difference(row, length):
    """The differences of a series, in its place, with 0 at its end."""
    for t in range(length - 1):
        row[t] = row[t + 1] - row[t]
    row[length - 1] = 0


@loop
def attribute(
    x, lengths, standard, outputs, members, signs, weights, positions, orders, biases, rows, part_rows, reach,
    references, values, out,
):  # fmt: skip
    """Which times of which channels each feature less its reference was made of.

    Parameters
    ----------
    x : float32 (n_cases, n_channels_read, n_timepoints)
        What stands behind a case's end does not matter.
    lengths : int32 (n_cases,)
    standard : float32 (n_channels_read, 3)
        See ``lightwaves.loops.wavelet.standardised``.
    outputs : int64 (n_outputs, 12)
        See KIND and the following.
    members : int64 (n_members_in_all,)
        The channels of each output.
    signs : float32 (n_members_in_all,)
        1 or -1.
    weights : float32 (n_taps_in_all,)
    positions : int64 (n_taps_in_all,)
        Where each tap stands, in dilations from the middle.
    orders : int64 (n_outputs, 9)
        Of nine taps, the three of weight 2 and then the others.
    biases : float32 (n_rows,)
        Of each feature; of ROCKET, what is added to the output.
    rows : int64 (n_rows, 5)
        The features, see STATISTIC and the following.
    part_rows : int64 (n_parts,)
        The row of ``out`` of each member of each feature.
    reach : int
        The distance of the farthest tap from the middle one.
    references : float64 (n_features,)
    values : float64 (n_cases, n_features)
        The features of the cases.
    out : float64 (n_cases, n_parts, n_timepoints)
        Written to.
    """
    n_timepoints = x.shape[2]
    pad = min(reach, n_timepoints) + 1
    most_members = most_taps = 1
    for o in range(outputs.shape[0]):
        most_members = max(most_members, outputs[o, MEMBERS_END] - outputs[o, MEMBERS])
        most_taps = max(most_taps, outputs[o, N_TAPS])
    whole = whole_vectors(n_timepoints)
    wide = 2 * pad + whole + 2 * N_LANES
    before = pad + N_LANES
    packed = np.zeros((x.shape[1], n_timepoints), np.float32)
    series, summed = np.zeros((most_members, wide), np.float32), np.zeros(wide, np.float32)
    halved = np.zeros((1, wide), np.float32)
    z, second_z = np.zeros(whole, np.float32), np.zeros(whole, np.float32)
    laid, side, first_side = np.zeros(whole, np.float32), np.zeros(whole, np.float32), np.zeros(whole, np.float32)
    push = np.zeros(most_members * most_taps * whole + 2 * before, np.float32)
    second_push = np.zeros(most_taps * whole + 2 * before, np.float32)
    rise, fall = np.empty(whole, np.float32), np.empty(whole, np.float32)
    second_rise, second_fall = np.empty(whole, np.float32), np.empty(whole, np.float32)
    given, sides = np.zeros(wide, np.float32), np.zeros(wide, np.float32)
    goal, first_goal = np.zeros((most_members, wide), np.float32), np.zeros((1, wide), np.float32)
    offsets, second_offsets = np.empty(most_taps, np.int64), np.empty(most_taps, np.int64)
    for case in range(x.shape[0]):
        length, parts = np.int64(lengths[case]), out[case]
        for c in range(x.shape[1]):
            shift, low, factor = standard[c, 0], standard[c, 1], standard[c, 2]
            for t in range(length):
                packed[c, t] = ((x[case, c, t] - shift) - low) * factor
        for o in range(outputs.shape[0]):
            kind, begin_members = outputs[o, KIND], outputs[o, MEMBERS]
            n_members, n_taps = outputs[o, MEMBERS_END] - begin_members, outputs[o, N_TAPS]
            differences, centred, own_taps = outputs[o, DIFFERENCES], outputs[o, CENTRED], outputs[o, OWN_TAPS]
            order, taps, places = orders[o], weights[outputs[o, FIRST_TAP] :], positions[outputs[o, FIRST_TAP] :]
            n = length - differences
            offsets_of(places, n_taps, outputs[o, DILATION], differences, n_timepoints, offsets)

            gather(packed, members, signs, begin_members, n_members, differences, length, pad, series, summed)

            # the output, and what pushed it to where it stands
            n_pooled = n
            if n > 0:
                if kind == POOLED:
                    nine(summed, pad, offsets, order, n_taps, n, z)
                elif kind == ROCKET:
                    add_taps(series, pad, offsets, taps, n_members, n_taps, biases[outputs[o, ROWS]], n, z)
                else:
                    nine_less_mean(summed, pad, offsets, order, n, z)
                pushes(series, n_members, pad, offsets, taps, n_taps, own_taps, centred, n, push, before, rise, fall)
                if kind == SECOND:
                    n_pooled = (n + 1) // 2
                    halved[:] = 0
                    for t in range(n_pooled):
                        halved[0, pad + t] = abs(z[2 * t])
                    for t in range(n):
                        first_side[t] = 1 if z[t] > 0 else -1
                    offsets_of(places, NINE, outputs[o, DILATION], ZERO, n_pooled, second_offsets)
                    nine(halved[0], pad, second_offsets, order, NINE, n_pooled, second_z)
                    pushes(halved, ONE, pad, second_offsets, taps, NINE, ZERO, ONE, n_pooled, second_push, before,
                           second_rise, second_fall)  # fmt: skip

            # its features
            skipped = outputs[o, SKIPPED] if n_pooled > 2 * outputs[o, SKIPPED] else 0
            n_left = n_pooled - 2 * skipped
            for r in range(outputs[o, ROWS], outputs[o, ROWS_END]):
                feature = rows[r, FEATURE]
                reference, value = references[feature], values[case, feature]
                begin = skipped + n_left * rows[r, BEGIN] // SIXTEENTHS
                end = skipped + (n_left * rows[r, END] + SIXTEENTHS - 1) // SIXTEENTHS
                bias = biases[r] if kind == POOLED else np.float32(0)
                if end <= begin:  # too short a case for this output: nothing has made the feature but its length
                    for m in range(n_members):
                        goal[m] = 0
                    keep(goal, n_members, pad, length, length, ZERO, value - reference, parts, part_rows,
                         rows[r, PARTS])  # fmt: skip
                    continue
                if kind == SECOND:
                    lay(rows[r, STATISTIC], second_z, begin, end, bias, reference, value, laid, side)
                    hand_back(laid, side, begin, end, n_pooled, ONE, NINE, second_offsets, second_push, before,
                              second_rise, second_fall, taps, ZERO, given, sides, pad, first_goal)  # fmt: skip
                    for t in range(n):  # every second time of level 1
                        laid[t] = 0 if t % 2 else first_goal[0, pad + t // 2]
                    hand_back(laid, first_side, ZERO, n, n, ONE, NINE, offsets, push, before, rise, fall, taps, ZERO,
                              given, sides, pad, goal)  # fmt: skip
                else:
                    lay(rows[r, STATISTIC], z, begin, end, bias, reference, value, laid, side)
                    hand_back(laid, side, begin, end, n, n_members, n_taps, offsets, push, before, rise, fall, taps,
                              own_taps, given, sides, pad, goal)  # fmt: skip
                keep(goal, n_members, pad, n, length, differences, value - reference, parts, part_rows,
                     rows[r, PARTS])  # fmt: skip
