"""Features of a window that moves along a stream: what a step changes, and nothing else.

An output at one time is the sum of those taps that stand inside the window. Which these are depends on how far the time
is from the ends of the window, so a window falls into *zones*, in each of which all outputs have the same taps. When
the window moves by one time, an output changes only where it passes from one zone into the next: once for each zone.
All other outputs are *kept*, in a line for each kernel, in the order of time.

- Counts of values above a bias, the sums of their times, and sums of values move by what enters, leaves and changes.
- A largest value is looked for again only after it has left or has changed.
- The longest stretch is read off a second line, which says for each time how far it is from the last value below the
  bias; and only after the stretch that was the longest has begun to leave, or has been divided.

Outputs are computed in the order in which the loops of ``pooling`` and ``rocket`` compute them, and so to the bit;
whole numbers are exact; sums are held in float64, where those loops add in float32.
"""

from __future__ import annotations

import numpy as np

from .jit import loop, step
from .lanes import (
    N_LANES,
    absolute,
    first,
    largest,
    load,
    maximum,
    minimum,
    select,
    splat,
    store,
    tally,
    total,
    twice_less,
    widen,
)

# The columns of the tables. Of lines: of which line this one has the differences, or -1; its members (from, to).
DIFFERENCE_OF, MEMBERS, MEMBERS_END = range(3)
# Of outputs: whether the nine taps are those of ``pooling``; where the kept line begins; zones, windows (from, to).
NINE, KEPT, ZONES, ZONES_END, WINDOWS, WINDOWS_END = range(6)
# Of zones: the places of the window that it covers, counted from the window's first time, and its taps (from, to).
BEGIN, END, TAPS, TAPS_END = range(4)
# Of windows of the output: from where to where (as BEGIN, END), which zones end inside it, counted from the first of
# the output; its levels (from, to), those of which only the share is wanted first; where the mean absolute value and
# the largest value go; and the output.
INNER, INNER_END, LEVELS, SHARES_END, LEVELS_END, MEAN_ABS, HIGHEST, OUTPUT = range(2, 10)
# Of levels: where the statistics go, and the line of stretches, or -1.
PPV, LONGEST, MEAN_POSITIVE, MEAN_INDEX, MEAN_EXCESS, STRETCHES = range(6)
# The state of a level: in whole numbers, and in float64. And that of a window.
COUNT, TIMES, LENGTH, SINCE = range(4)
EXCESS, MOST_EXCESS = range(2)
ABSOLUTES, MOST_ABSOLUTES, HIGH, IS_LOST = range(4)
AT_ONCE = 8  # outputs: what is written down of one has arrived when it is read as a vector
SHRUNK = 1024.0  # a sum that is so many times smaller than it was is added up again: rounding stays far below float32's


@loop
def append(x, begin, end, channels, standard, lines, member, sign, size, series, at):
    """Standardise some times of a chunk, and put signed sums of channels, or differences of these, behind the lines.

    Parameters
    ----------
    x : float32 (1, n_channels, n_times)
    begin, end : int
        Which times of x.
    channels : int64 (n_channels_read,)
    standard : float32 (n_channels_read, 3)
        See ``standardised`` of the wavelet loops.
    lines : int64 (n_lines, 3)
        See DIFFERENCE_OF. A line comes behind that of which it has the differences.
    member : int64 (n_members,)
        Among the channels that are read.
    sign : float32 (n_members,)
        1 or -1.
    size : int
        Of a line.
    series : float32 (>= n_lines * size,)
        Written to.
    at : int
        The place in the lines of the first time.
    """
    for n in range(lines.shape[0]):
        start = n * size + at
        if lines[n, DIFFERENCE_OF] >= 0:
            of = lines[n, DIFFERENCE_OF] * size + at
            for t in range(0 if at > 0 else 1, end - begin):  # a difference is known once the later time is there
                series[start + t - 1] = series[of + t] - series[of + t - 1]
            continue
        line = series[start : start + end - begin]
        for m in range(lines[n, MEMBERS], lines[n, MEMBERS_END]):
            c = member[m]
            row = x[0, channels[c], begin:end]
            large, small, factor = standard[c, 0], standard[c, 1], standard[c, 2]
            for t in range(line.size):
                value = ((row[t] - large) - small) * factor * sign[m]
                line[t] = value if m == lines[n, MEMBERS] else line[t] + value


# --- outputs ------------------------------------------------------------------------------------------------


@step
def by_nine(series, place, k, i):
    """16 neighbouring outputs, at place ``i`` of the lines, of the nine taps from the ``k``-th on."""
    twice = load(series, place[k] + i) + load(series, place[k + 1] + i) + load(series, place[k + 2] + i)
    once = load(series, place[k + 3] + i) + load(series, place[k + 4] + i) + load(series, place[k + 5] + i)
    more = load(series, place[k + 6] + i) + load(series, place[k + 7] + i) + load(series, place[k + 8] + i)
    return twice_less(twice, once + more)


@step
def by_weight(series, place, weight, begin, end, offset, i):
    """16 neighbouring outputs, at place ``i`` of the lines, of some taps with weights."""
    values = splat(offset)
    for k in range(np.uint64(begin), np.uint64(end)):  # unsigned: no index is looked at for being negative
        values = values + splat(weight[k]) * load(series, place[k] + i)
    return values


@step
def compute(series, outputs, offsets, zones, place, weight, o, zone, i, target, at):
    """Write 16 neighbouring outputs of one zone, which stand at place ``i`` of the lines.

    Each way stores what it has computed: where two of them give one vector, the compiler keeps it in memory.
    """
    begin, end = zones[zone, TAPS], zones[zone, TAPS_END]
    if outputs[o, NINE]:
        store(target, at, by_nine(series, place, begin, i))
    else:
        store(target, at, by_weight(series, place, weight, begin, end, offsets[o], i))


# --- what a step changes ------------------------------------------------------------------------------------


@step
def more_above(before, now, bias):
    """How many more of some values are above a bias than were."""
    low = splat(bias)
    return tally(now > low) - tally(before > low)


@step
def later_above(before, now, times, bias):
    """By how much the sum of the times of those above a bias has grown."""
    low, zero = splat(bias), splat(np.int32(0))
    return np.int64(total(select(now > low, times, zero) - select(before > low, times, zero)))


@step
def excess_above(before, now, bias):
    """By how much the sum of what exceeds a bias has grown."""
    low, nothing = splat(bias), splat(np.float32(0))
    exceeds, exceeded = select(now > low, now - low, nothing), select(before > low, before - low, nothing)
    return total(widen(exceeds) - widen(exceeded))


@step
def growth_of_absolutes(before, now):
    """By how much the sum of absolute values has grown."""
    nothing = splat(np.float32(0))
    return total(widen(maximum(absolute(now), nothing)) - widen(maximum(absolute(before), nothing)))


@step
def some_pass(before, now, which, bias):
    """Whether some of those in a mask have been below a bias and are no longer, or the other way round."""
    low, zero, one = splat(bias), splat(np.int32(0)), splat(np.int32(1))
    passed = select(which, select(low > now, one, zero) - select(low > before, one, zero), zero)
    return tally(passed > zero) + tally(zero > passed) > 0


@step
def some_reach(before, now, high):
    """Whether some values are or were at least as high, or may be."""
    lowest, high = splat(np.float32(-np.inf)), splat(high)
    return tally(high > maximum(before, lowest)) + tally(high > maximum(now, lowest)) < 2 * N_LANES


@step
def highest(values):
    """The largest of some values."""
    return largest(maximum(values, splat(np.float32(-np.inf))))


@step
def mark(stretches, time, newest, below):
    """Say that the value at a time is below the bias, or is not; up to which border that changes later distances.

    ``stretches`` has for each time, and for the one behind the newest, its distance from the last value below the bias
    that stands before it. A border is a value below the bias, or the newest.
    """
    t, distance = time + 1, 1 if below else stretches[time] + 1
    while t <= newest + 1:
        is_below = t <= newest and stretches[t + 1] == 1
        stretches[t] = distance
        if is_below:
            return t
        t, distance = t + 1, distance + 1
    return newest


@step
def longest_stretch(stretches, start, end, lanes):
    """The longest way from one border to the next, and how far from the start it begins.

    The first and the last time are borders, too. Of several ways of one length it is the last.
    """
    longest, since = splat(np.int32(0)), splat(np.int32(0))
    for t in range(start + 1, end, N_LANES):
        time = lanes + splat(np.int32(t - start))
        far = select(first(end - t), minimum(load(stretches, t), time), splat(np.int32(-1)))
        is_shorter = longest > far
        longest, since = select(is_shorter, longest, far), select(is_shorter, since, time - far)
    length = largest(longest)
    return length, largest(select(splat(np.int32(length)) > longest, splat(np.int32(0)), since))


@step
def highest_of(kept, begin, end):
    """The largest of some kept outputs."""
    high = splat(np.float32(-np.inf))
    for t in range(begin, end, N_LANES):
        high = maximum(select(first(end - t), load(kept, t), splat(np.float32(-np.inf))), high)
    return largest(high)


@step
def count_above(kept, begin, end, bias):
    """How many of some kept outputs are above a bias."""
    count, low, nothing = 0, splat(bias), splat(np.float32(np.nan))
    for t in range(begin, end, N_LANES):
        count += tally(select(first(end - t), load(kept, t), nothing) > low)
    return count


@step
def sum_above(kept, begin, end, bias):
    """The sum of what exceeds a bias."""
    summed, low, nothing = splat(np.float64(0)), splat(bias), splat(np.float32(0))
    for t in range(begin, end, N_LANES):
        values = load(kept, t)
        summed = summed + widen(select(first(end - t), select(values > low, values - low, nothing), nothing))
    return total(summed)


@step
def sum_of_absolutes(kept, begin, end):
    """The sum of absolute values."""
    summed, nothing = splat(np.float64(0)), splat(np.float32(0))
    for t in range(begin, end, N_LANES):
        summed = summed + widen(select(first(end - t), absolute(load(kept, t)), nothing))
    return total(summed)


# --- the drivers --------------------------------------------------------------------------------------------


@loop
def prime(
    series, start, outputs, offsets, zones, place, weight, windows, levels, biases, kept, stretches, counts, sums,
    of_windows,
):  # fmt: skip
    """Compute all outputs of the window that begins at place ``start`` of the lines, and all that ``move`` keeps.

    Parameters
    ----------
    series : float32
        The lines; see ``append``.
    start : int
    outputs : int64 (n_outputs, 6)
        See NINE.
    offsets : float32 (n_outputs,)
        What is added to the sum of the taps, where there are not nine of weight 2 and -1.
    zones : int64 (n_zones, 4)
        See BEGIN. The zones of an output are neighbours in time.
    place : int64 (n_taps,)
        What each tap reads is this far from the place of the output in the lines.
    weight : float32 (n_taps,)
    windows : int64 (n_windows, 10)
        See INNER.
    levels : int64 (n_levels, 6)
        See PPV.
    biases : float32 (n_levels,)
    kept : float32
        Written to: the outputs, from place KEPT + start on.
    stretches : int32
        Written to.
    counts : int64 (n_levels, 4)
        Written to.
    sums : float64 (n_levels, 2)
        Written to.
    of_windows : float64 (n_windows, 4)
        Written to.
    """
    for o in range(outputs.shape[0]):
        line = outputs[o, KEPT] + start
        for zone in range(outputs[o, ZONES], outputs[o, ZONES_END]):
            for i in range(zones[zone, BEGIN], zones[zone, END], N_LANES):
                compute(series, outputs, offsets, zones, place, weight, o, zone, start + i, kept, line + i)
        for w in range(outputs[o, WINDOWS], outputs[o, WINDOWS_END]):
            begin, end = line + windows[w, BEGIN], line + windows[w, END]
            if windows[w, MEAN_ABS] >= 0:
                of_windows[w, ABSOLUTES] = of_windows[w, MOST_ABSOLUTES] = sum_of_absolutes(kept, begin, end)
            if windows[w, HIGHEST] >= 0:
                of_windows[w, HIGH], of_windows[w, IS_LOST] = highest_of(kept, begin, end), 0
            for j in range(windows[w, LEVELS], windows[w, SHARES_END]):
                counts[j, COUNT] = count_above(kept, begin, end, biases[j])
            for j in range(windows[w, SHARES_END], windows[w, LEVELS_END]):
                count, times = np.int64(0), np.int64(0)
                for t in range(begin, end):
                    above = np.int64(kept[t] > biases[j])
                    count += above
                    times += above * (t - outputs[o, KEPT])
                counts[j, COUNT], counts[j, TIMES] = count, times
                if levels[j, MEAN_POSITIVE] >= 0 or levels[j, MEAN_EXCESS] >= 0:
                    sums[j, EXCESS] = sums[j, MOST_EXCESS] = sum_above(kept, begin, end, biases[j])
                if levels[j, STRETCHES] >= 0:
                    distance, to = np.int32(0), levels[j, STRETCHES] - outputs[o, KEPT]
                    for t in range(begin, end):
                        stretches[to + t] = distance
                        distance = np.int32(1) if kept[t] < biases[j] else distance + np.int32(1)
                    stretches[to + end], counts[j, SINCE] = distance, -1


@loop
def move(
    series, start, n_steps, first_told, hop, ends, outputs, offsets, zones, place, weight, windows, levels, biases,
    kept, stretches, counts, sums, of_windows, out, width,
):  # fmt: skip
    """Move the window on, one time after the other, and write the features of every ``hop``-th window.

    Parameters
    ----------
    series, outputs, offsets, zones, place, weight, windows, levels, biases
        See ``prime``.
    start : int
        Where the window begins after the first step.
    n_steps : int
    first_told : int
        After how many further steps features are written for the first time.
    hop : int
        After how many further steps they are written again.
    ends : int32 (n_zones + 16,)
        The last place of each zone.
    kept, stretches, counts, sums, of_windows
        As ``prime`` left them; written to.
    out : float32 (n_rows * width,)
        Row j is feature j; the windows stand beside each other.
    width : int
    """
    fresh = np.empty(AT_ONCE * N_LANES * N_LANES, np.float32)
    old, new = np.empty((AT_ONCE + 1) * N_LANES, np.float32), np.empty((AT_ONCE + 1) * N_LANES, np.float32)
    numbers, columns = np.empty(N_LANES, np.int32), np.full(n_steps, -1)
    for lane in range(N_LANES):
        numbers[lane] = lane
    for t in range(first_told, n_steps, hop):
        columns[t] = (t - first_told) // hop
    lanes, nothing = load(numbers, 0), splat(np.float32(np.nan))
    for first_output in range(0, outputs.shape[0], AT_ONCE):
        n_outputs = min(AT_ONCE, outputs.shape[0] - first_output)
        for block in range(0, n_steps, N_LANES):
            for o in range(first_output, first_output + n_outputs):
                to = (o - first_output) * N_LANES
                for zone in range(outputs[o, ZONES], outputs[o, ZONES_END]):
                    at = (to + zone - outputs[o, ZONES]) * N_LANES
                    i = start + block + ends[zone]
                    compute(series, outputs, offsets, zones, place, weight, o, zone, i, fresh, at)
            for lane in range(min(N_LANES, n_steps - block)):
                now, column = start + block + lane, columns[block + lane]
                for o in range(first_output, first_output + n_outputs):
                    first_zone, line, to = outputs[o, ZONES], outputs[o, KEPT] + now, (o - first_output) * N_LANES
                    for z in range(outputs[o, ZONES_END] - first_zone):
                        t, value = line + ends[first_zone + z], fresh[(to + z) * N_LANES + lane]
                        old[to + z], new[to + z] = kept[t], value
                        kept[t] = value
                for w in range(outputs[first_output, WINDOWS], outputs[first_output + n_outputs - 1, WINDOWS_END]):
                    o = windows[w, OUTPUT]
                    line, to, first_zone = outputs[o, KEPT] + now, (o - first_output) * N_LANES, outputs[o, ZONES]
                    inner, inner_end = windows[w, INNER], windows[w, INNER_END]
                    begin, end = line + windows[w, BEGIN], line + windows[w, END]
                    leaves, enters = kept[begin - 1], kept[end - 1]
                    if inner > 0 and ends[first_zone + inner - 1] == windows[w, BEGIN] - 1:
                        leaves = old[to + inner - 1]  # it has just passed into another zone, too
                    changed, and_ends = first(inner_end - inner), first(inner_end + 1 - inner)
                    before = select(changed, load(old, to + inner), select(and_ends, splat(leaves), nothing))
                    after = select(changed, load(new, to + inner), select(and_ends, splat(enters), nothing))
                    n_pooled = np.float32(end - begin)
                    if windows[w, MEAN_ABS] >= 0:
                        of_windows[w, ABSOLUTES] += growth_of_absolutes(before, after)
                        if of_windows[w, ABSOLUTES] * SHRUNK < of_windows[w, MOST_ABSOLUTES]:
                            of_windows[w, ABSOLUTES] = of_windows[w, MOST_ABSOLUTES] = sum_of_absolutes(
                                kept, begin, end
                            )
                        of_windows[w, MOST_ABSOLUTES] = max(of_windows[w, MOST_ABSOLUTES], of_windows[w, ABSOLUTES])
                        if column >= 0:
                            mean = np.float32(of_windows[w, ABSOLUTES]) / n_pooled
                            out[windows[w, MEAN_ABS] * width + column] = mean
                    if windows[w, HIGHEST] >= 0:
                        high = np.float32(of_windows[w, HIGH])
                        if some_reach(before, after, high):
                            risen = highest(after)
                            of_windows[w, HIGH], of_windows[w, IS_LOST] = max(risen, high), np.float64(risen < high)
                        if column >= 0:
                            if of_windows[w, IS_LOST] > 0:
                                of_windows[w, HIGH], of_windows[w, IS_LOST] = highest_of(kept, begin, end), 0
                            out[windows[w, HIGHEST] * width + column] = of_windows[w, HIGH]
                    for j in range(windows[w, LEVELS], windows[w, SHARES_END]):
                        count = counts[j, COUNT] + more_above(before, after, biases[j])
                        counts[j, COUNT] = count
                        if column >= 0:
                            out[levels[j, PPV] * width + column] = np.float32(count) / n_pooled
                    for j in range(windows[w, SHARES_END], windows[w, LEVELS_END]):
                        bias = biases[j]
                        counts[j, COUNT] += more_above(before, after, bias)
                        if levels[j, MEAN_INDEX] >= 0:
                            old_ends = load(ends, first_zone + inner)
                            times = select(first(inner_end - inner), old_ends, splat(np.int32(0)))
                            grown = later_above(before, after, times, bias) + now * more_above(before, after, bias)
                            grown += np.int64(enters > bias) * (windows[w, END] - 1)
                            counts[j, TIMES] += grown - np.int64(leaves > bias) * (windows[w, BEGIN] - 1)
                        if levels[j, MEAN_POSITIVE] >= 0 or levels[j, MEAN_EXCESS] >= 0:
                            sums[j, EXCESS] += excess_above(before, after, bias)
                            if sums[j, EXCESS] * SHRUNK < sums[j, MOST_EXCESS]:
                                sums[j, EXCESS] = sums[j, MOST_EXCESS] = sum_above(kept, begin, end, bias)
                            sums[j, MOST_EXCESS] = max(sums[j, MOST_EXCESS], sums[j, EXCESS])
                        if levels[j, STRETCHES] >= 0:
                            own = levels[j, STRETCHES] + now
                            newest = own + windows[w, END] - 1
                            stretches[newest + 1] = 1 if enters < bias else stretches[newest] + 1
                            if some_pass(before, after, changed, bias):
                                for z in range(inner, inner_end):
                                    below, time = new[to + z] < bias, own + ends[first_zone + z]
                                    if below != (old[to + z] < bias):
                                        border = mark(stretches, time, newest, below)
                                        length = min(np.int64(stretches[border]), border - own - windows[w, BEGIN])
                                        since = counts[j, SINCE] + levels[j, STRETCHES]
                                        if below and since < time and time < since + counts[j, LENGTH]:
                                            counts[j, SINCE] = -1  # it divides the longest stretch
                                        elif not below and counts[j, SINCE] >= 0 and length >= counts[j, LENGTH]:
                                            counts[j, LENGTH] = length
                                            counts[j, SINCE] = border - levels[j, STRETCHES] - length
                            length = min(np.int64(stretches[newest]), end - 1 - begin)
                            if counts[j, SINCE] < now + windows[w, BEGIN]:
                                counts[j, SINCE] = -1
                            elif length >= counts[j, LENGTH]:
                                counts[j, LENGTH], counts[j, SINCE] = length, now + windows[w, END] - 1 - length
                        if column >= 0:
                            count = counts[j, COUNT]
                            n_above, excess = np.float32(max(count, 1)), np.float32(sums[j, EXCESS])
                            if levels[j, PPV] >= 0:
                                out[levels[j, PPV] * width + column] = np.float32(count) / n_pooled
                            if levels[j, MEAN_INDEX] >= 0:
                                at = np.float32(counts[j, TIMES] - now * count) / n_above
                                index = at - np.float32(windows[w, BEGIN])
                                out[levels[j, MEAN_INDEX] * width + column] = index if count > 0 else np.float32(-1)
                            if levels[j, MEAN_POSITIVE] >= 0:
                                mean = excess / n_above + bias + bias
                                out[levels[j, MEAN_POSITIVE] * width + column] = mean if count > 0 else np.float32(0)
                            if levels[j, MEAN_EXCESS] >= 0:
                                out[levels[j, MEAN_EXCESS] * width + column] = excess / n_pooled
                            if levels[j, LONGEST] >= 0:
                                if counts[j, SINCE] < 0:
                                    own = levels[j, STRETCHES] + now
                                    begins, stops = own + windows[w, BEGIN], own + windows[w, END]
                                    length, since = longest_stretch(stretches, begins, stops, lanes)
                                    counts[j, LENGTH], counts[j, SINCE] = length, now + windows[w, BEGIN] + since
                                out[levels[j, LONGEST] * width + column] = np.float32(counts[j, LENGTH])
