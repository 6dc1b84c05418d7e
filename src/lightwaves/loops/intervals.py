"""Statistics of intervals of series, of their differences and of their spectra.

One case and one series at a time: its values stand in a row, and each interval is a stretch of that row. Sums are
float64 and keep their order. About their mean, values of a constant stretch are exactly 0, and so are its slope and its
deviation.
"""

from __future__ import annotations

import numpy as np

from .jit import loop, step

# The columns of the tables. A series: where its channel stands among those that are read, what is looked at of it,
# where its spectrum stands, and its intervals. An interval: its number in half steps, in how many of these a series is
# cut, what is wanted of it, and its rows. A row: the statistic, and the feature it is.
SLOT, REPRESENTATION, SPECTRUM, FIRST_INTERVAL, LAST_INTERVAL = range(5)
NUMBER, N_STEPS, WANTS_MOMENTS, WANTS_ORDER, FIRST_ROW, LAST_ROW = range(6)
STATISTIC, TO = range(2)

SERIES, DIFFERENCES, MAGNITUDES = range(3)
MEAN, SLOPE, DEVIATION, QUANTILE = range(4)
ROUNDING = 2.0**-44  # powers that are so small beside the largest: a constant series must have no noise
RUN = 4  # so many values are sorted by insertion, and more by merging


@step
def power(z):
    """The square of a magnitude."""
    return z.real * z.real + z.imag * z.imag


@step
def represent(representation, x, case, channel, length, standard, slot, spectra, spectrum, values):
    """Write what is looked at of a series to ``values``, and return how much that is, at least 1."""
    if representation == MAGNITUDES:
        n_values, largest = length // 2 + 1, 0.0
        for k in range(n_values):
            largest = max(largest, power(spectra[case, spectrum, k]))
        for k in range(n_values):
            own = power(spectra[case, spectrum, k])
            values[k] = np.float32(0) if own <= largest * ROUNDING else np.float32(np.sqrt(np.sqrt(own / length)))
        return n_values
    large, small, factor = standard[slot, 0], standard[slot, 1], standard[slot, 2]
    for t in range(length):
        values[t] = ((x[case, channel, t] - large) - small) * factor
    if representation == SERIES:
        return length
    for t in range(length - 1):
        values[t] = values[t + 1] - values[t]
    if length == 1:  # which has no differences: nothing changes
        values[0] = np.float32(0)
    return max(length - 1, 1)


@step
def merge(room, source, target, begin, middle, end):
    """Two sorted stretches, side by side behind ``source``, as one sorted stretch behind ``target``."""
    left, right, place = source + begin, source + middle, target + begin
    while left < source + middle and right < source + end:
        a, b = room[left], room[right]
        is_left = a <= b  # no branch follows from it: which value is next, no processor could guess
        room[place] = a if is_left else b
        left += np.int64(is_left)
        right += 1 - np.int64(is_left)
        place += 1
    for rest in range(left, source + middle):
        room[place + rest - left] = room[rest]
    place += source + middle - left
    for rest in range(right, source + end):
        room[place + rest - right] = room[rest]


@step
def ascending(values, begin, end, room):
    """Put the values of an interval in ascending order, into one half of the room; where it begins is returned."""
    n_values = end - begin
    for first in range(0, n_values, RUN):
        for i in range(first, min(first + RUN, n_values)):
            value, place = values[begin + i], i
            while place > first and room[place - 1] > value:
                room[place] = room[place - 1]
                place -= 1
            room[place] = value
    size, source, target = RUN, 0, room.size // 2
    while size < n_values:
        for first in range(0, n_values, 2 * size):
            middle, last = min(first + size, n_values), min(first + 2 * size, n_values)
            merge(room, source, target, first, middle, last)
        source, target = target, source
        size *= 2
    return source


@step
def moments(values, begin, end):
    """The mean, the rise of the line of least squares from the first value to the last, and the deviation."""
    n_values = end - begin
    total = 0.0
    for t in range(begin, end):
        total += np.float64(values[t])
    mean = total / n_values
    rise, squares, middle = 0.0, 0.0, (n_values - 1) / 2
    for t in range(begin, end):
        gap = np.float64(values[t]) - mean
        rise += (t - begin - middle) * gap
        squares += gap * gap
    return mean, 12.0 * rise / (np.float64(n_values) * (n_values + 1)), np.sqrt(squares / n_values)


@step
def quantile_of(room, ordered, n_values, quantile):
    """A quantile of values in ascending order behind ``ordered``, on the line between its two neighbours."""
    place = quantile * (n_values - 1)
    below = np.int64(place)
    low, high = np.float64(room[ordered + below]), np.float64(room[ordered + min(below + 1, n_values - 1)])
    return low + (high - low) * (place - below)


@loop
def apply_intervals(
    x, lengths, channels, standard, spectra, series, intervals, rows, quantiles, values, room, out, width
):
    """Compute the features of one case after the other.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
        What stands behind a case's end does not matter.
    lengths : int32 (n_cases,)
    channels : int64 (n_channels_read,)
        Which channels of x are read.
    standard : float32 (n_channels_read, 3)
        See ``lightwaves.loops.wavelet.standardised``.
    spectra : complex128 (n_cases, n_spectra, n_timepoints // 2 + 1)
        The Fourier transforms of standardised series. What stands behind those of a shorter case does not matter.
    series : int64 (n_series, 5)
        See SLOT.
    intervals : int64 (n_intervals, 6)
        See NUMBER.
    rows : int64 (n_features, 2)
        See STATISTIC.
    quantiles : float64 (n_features,)
        From 0 to 1.
    values : float32 (>= n_timepoints,)
    room : float32 (>= 2 * n_timepoints,)
    out : float32 (n_features * width,)
        Row j is feature j, ``width`` at least n_cases.
    """
    for case in range(x.shape[0]):
        length = np.int64(lengths[case])
        for s in range(series.shape[0]):
            slot = series[s, SLOT]
            n_values = represent(
                series[s, REPRESENTATION], x, case, channels[slot], length, standard, slot, spectra,
                series[s, SPECTRUM], values,
            )  # fmt: skip
            for i in range(series[s, FIRST_INTERVAL], series[s, LAST_INTERVAL]):
                begin = n_values * intervals[i, NUMBER] // intervals[i, N_STEPS]
                end = max(n_values * (intervals[i, NUMBER] + 2) // intervals[i, N_STEPS], begin + 1)
                mean, slope, deviation, ordered = 0.0, 0.0, 0.0, 0
                if intervals[i, WANTS_MOMENTS]:
                    mean, slope, deviation = moments(values, begin, end)
                if intervals[i, WANTS_ORDER]:
                    ordered = ascending(values, begin, end, room)
                for j in range(intervals[i, FIRST_ROW], intervals[i, LAST_ROW]):
                    statistic, place = rows[j, STATISTIC], rows[j, TO] * width + case
                    if statistic == MEAN:
                        out[place] = np.float32(mean)
                    elif statistic == SLOPE:
                        out[place] = np.float32(slope)
                    elif statistic == DEVIATION:
                        out[place] = np.float32(deviation)
                    else:
                        out[place] = np.float32(quantile_of(room, ordered, end - begin, quantiles[j]))
