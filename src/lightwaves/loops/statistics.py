"""Sums over cases: moments of channels, scores of features, and their linear combination.

All sums are float64 and run in one fixed order, 16 lanes at a time, so that neither the number of threads
nor the machine changes a bit of a score, and with it the choice of a feature.
"""

from __future__ import annotations

import numpy as np

from .jit import loop
from .lanes import N_LANES, first, load, select, splat, store, total, widen

TILE = 32
ROUNDED = 1e-6  # of the mean: sums of equal values are rounded by less


@loop
def channel_moments(x, lengths, begin, mean, deviation, weights):
    """Mean and standard deviation of some channels over cases and time, in two passes.

    A channel whose values are all equal has exactly this mean, and a deviation of 0.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
    lengths : int32 (n_cases,)
    begin : int
        The first of them.
    mean, deviation : float64 (n_measured,)
        Written to; as many channels are measured as there is room for.
    weights : float64 (n_cases,), or None
        How often each case counts.
    """
    n_cases, n_channels, n_timepoints = x.shape
    n_measured = len(mean)
    zeros = splat(0.0)
    flat, tail = x.reshape(x.size), np.empty(N_LANES)
    sums = np.empty(n_measured * N_LANES)
    n_values = 0.0
    for case in range(n_cases):
        n_values += lengths[case] if weights is None else lengths[case] * weights[case]
    for channel in range(n_measured):
        # weighted sums of equal values are rounded: about the first of them, they are 0
        mean[channel] = 0.0 if weights is None else x[0, begin + channel, 0]
    for squared in range(2):
        for i in range(sums.size):
            sums[i] = 0.0
        for case in range(n_cases):  # x is read in the order in which it lies
            for channel in range(n_measured):
                start = (case * n_channels + begin + channel) * n_timepoints
                centre, before = splat(mean[channel]), load(sums, channel * N_LANES)
                summed = before if weights is None else zeros
                for t in range(0, lengths[case], N_LANES):
                    n_left = lengths[case] - t
                    if n_left >= N_LANES:
                        values = widen(load(flat, start + t)) - centre
                        summed = summed + (values * values if squared else values)
                    else:
                        for i in range(n_left):
                            tail[i] = flat[start + t + i]
                        values = select(first(n_left), load(tail, 0) - centre, zeros)
                        summed = summed + (values * values if squared else values)
                if weights is not None:
                    summed = before + summed * splat(weights[case])
                store(sums, channel * N_LANES, summed)
        for channel in range(n_measured):
            result = total(load(sums, channel * N_LANES)) / n_values
            if squared:
                deviation[channel] = np.sqrt(result)
            else:
                mean[channel] += result
    for channel in range(n_measured):
        if 0.0 < deviation[channel] < ROUNDED * abs(mean[channel]):
            value, alike = x[0, begin + channel, 0], True
            for case in range(n_cases):
                for t in range(lengths[case]):
                    alike = alike and x[case, begin + channel, t] == value
                if not alike:
                    break
            if alike:
                mean[channel], deviation[channel] = value, 0.0


@loop
def anova_f(z, width, starts, out, weights):
    """The F statistic of a one-way analysis of variance for each feature.

    Parameters
    ----------
    z : float32 (>= n_features * width + 16,)
        Row j is feature j; the cases stand sorted by class.
    width : int
    starts : int64 (n_classes + 1,)
        Class k has the cases from ``starts[k]`` to ``starts[k + 1]``, at least one.
    out : float64 (n_features,)
        Written to: 0 for a constant feature, infinity for one that separates the classes perfectly.
    weights : float64 (>= n_cases + 16,), or None
        How often each case counts.
    """
    n_classes = starts.size - 1
    zeros = splat(0.0)
    means, sizes, bases = np.empty(n_classes), np.empty(n_classes), np.empty(n_classes)
    n_cases = 0.0
    for k in range(n_classes):
        sizes[k], bases[k] = starts[k + 1] - starts[k], 0.0
        if weights is not None:
            sizes[k] = 0.0
            for i in range(starts[k], starts[k + 1]):
                sizes[k] += weights[i]
        n_cases += sizes[k]
    for j in range(out.size):
        overall = 0.0
        for k in range(n_classes):
            sums = zeros
            if weights is not None:  # weighted sums of equal values are rounded: about the first of them, they are 0
                bases[k] = z[j * width + starts[k]]
            for i in range(starts[k], starts[k + 1] - N_LANES + 1, N_LANES):
                values = widen(load(z, j * width + i))
                sums = sums + (values if weights is None else (values - splat(bases[k])) * load(weights, i))
            if (starts[k + 1] - starts[k]) % N_LANES:
                i = starts[k + 1] - (starts[k + 1] - starts[k]) % N_LANES
                values = widen(load(z, j * width + i))
                if weights is not None:
                    values = (values - splat(bases[k])) * load(weights, i)
                sums = sums + select(first(starts[k + 1] - i), values, zeros)
            summed = total(sums)
            overall += summed + (bases[k] - bases[0]) * sizes[k]
            means[k] = summed / sizes[k]
        overall /= n_cases
        between, within = 0.0, 0.0
        for k in range(n_classes):
            centre = splat(bases[k] + means[k])
            sums = zeros
            for i in range(starts[k], starts[k + 1] - N_LANES + 1, N_LANES):
                gap = widen(load(z, j * width + i)) - centre
                sums = sums + (gap * gap if weights is None else gap * gap * load(weights, i))
            if (starts[k + 1] - starts[k]) % N_LANES:
                i = starts[k + 1] - (starts[k + 1] - starts[k]) % N_LANES
                gap = widen(load(z, j * width + i)) - centre
                squares = gap * gap if weights is None else gap * gap * load(weights, i)
                sums = sums + select(first(starts[k + 1] - i), squares, zeros)
            within += total(sums)
            between += sizes[k] * (means[k] + (bases[k] - bases[0]) - overall) ** 2
        if between == 0.0:
            out[j] = 0.0
        elif within == 0.0:
            out[j] = np.inf
        else:
            out[j] = (between / (n_classes - 1)) / (within / max(n_cases - n_classes, 1.0))


@loop
def unit_rows(z, width, n_cases, unit, weights):
    """Features centred and divided by their norm; a constant one stays 0.

    Parameters
    ----------
    z : float32 (>= n_features * width + 16,)
        Row j is feature j.
    width, n_cases : int
    unit : float64 (n_rows, size), on a cache line's border
        Zeros, to be written to: at least three rows more than features, n_cases rounded up to 16.
    weights : float64 (>= size,), or None
        How often each case counts: values are multiplied by the root of that, so that products add up to correlations.
    """
    size = unit.shape[1]
    n_counted = float(n_cases)
    if weights is not None:
        n_counted, roots = 0.0, np.sqrt(weights)
        for i in range(n_cases):
            n_counted += weights[i]
    flat = unit.reshape(unit.size)
    zeros = splat(0.0)
    base = 0.0
    for j in range((z.size - N_LANES) // width):
        sums = zeros
        if weights is not None:  # as in ``anova_f``
            base = np.float64(z[j * width])
        for i in range(0, size, N_LANES):
            values = widen(load(z, j * width + i))
            if weights is not None:
                values = (values - splat(base)) * load(weights, i)
            sums = sums + select(first(n_cases - i), values, zeros)
        centre = splat(base + total(sums) / n_counted)
        sums = zeros
        for i in range(0, size, N_LANES):
            gap = widen(load(z, j * width + i)) - centre
            if weights is not None:
                gap = gap * load(roots, i)
            gap = select(first(n_cases - i), gap, zeros)
            store(flat, j * size + i, gap)
            sums = sums + gap * gap
        norm = np.sqrt(total(sums))
        if norm > 0.0:
            for i in range(0, size, N_LANES):
                store(flat, j * size + i, load(flat, j * size + i) / splat(norm))


@loop
def overlaps(unit, begin, end, overlap):
    """Absolute correlations of some features with all before them and themselves.

    Parameters
    ----------
    unit : float64 (>= n_features + 3, size)
        See ``unit_rows``.
    begin, end : int
        Which features; begin a multiple of TILE.
    overlap : float32 (n_features + 3, n_features + 3)
        Written to below its diagonal; what else is written there means nothing.
    """
    n_features, size = overlap.shape[0] - 3, unit.shape[1]
    flat = unit.reshape(unit.size)
    zeros = splat(0.0)
    for first_b in range(0, end, TILE):  # tiles of rows that stay near the processor while they meet
        for a in range(begin, end, 4):  # each value read serves several products
            for b in range(first_b, min(first_b + TILE, a + 4, n_features), 2):
                s0, s1, s2, s3, s4, s5, s6, s7 = zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros
                at, to = a * size, b * size
                for i in range(0, size, N_LANES):
                    even, odd = load(flat, to + i), load(flat, to + size + i)
                    row = load(flat, at + i)
                    s0, s1 = s0 + row * even, s1 + row * odd
                    row = load(flat, at + size + i)
                    s2, s3 = s2 + row * even, s3 + row * odd
                    row = load(flat, at + 2 * size + i)
                    s4, s5 = s4 + row * even, s5 + row * odd
                    row = load(flat, at + 3 * size + i)
                    s6, s7 = s6 + row * even, s7 + row * odd
                overlap[a, b], overlap[a, b + 1] = abs(total(s0)), abs(total(s1))
                overlap[a + 1, b], overlap[a + 1, b + 1] = abs(total(s2)), abs(total(s3))
                overlap[a + 2, b], overlap[a + 2, b + 1] = abs(total(s4)), abs(total(s5))
                overlap[a + 3, b], overlap[a + 3, b + 1] = abs(total(s6)), abs(total(s7))


@loop
def mrmr(relevance, overlap, chosen):
    """Choose features by largest relevance over mean absolute correlation with those chosen before.

    Parameters
    ----------
    relevance : float64 (n_features,)
        Finite and not negative. The first choice is the most relevant feature; ties go to the first.
    overlap : float32 (>= n_features, >= n_features)
        Absolute correlations, as ``overlaps`` writes them; filled above its diagonal here.
    chosen : int64 (n_chosen,)
        Written to, in the order of choice.
    """
    n_features = relevance.size
    for first_a in range(0, n_features, TILE):  # tile by tile, as columns of a large matrix are far apart
        for first_b in range(first_a, n_features, TILE):
            for a in range(first_a, min(first_a + TILE, n_features)):
                for b in range(max(first_b, a + 1), min(first_b + TILE, n_features)):
                    overlap[a, b] = overlap[b, a]
    redundancy = np.empty(n_features)  # summed; NaN once chosen, which beats nothing
    for j in range(n_features):
        redundancy[j] = 0.0
    for n in range(chosen.size):
        best, best_score = -1, -1.0
        for j in range(n_features):
            if redundancy[j] >= 0.0:
                score = relevance[j] if n == 0 else relevance[j] * n / max(redundancy[j], 1e-12)
                if score > best_score:
                    best, best_score = j, score
        chosen[n] = best
        redundancy[best] = np.nan
        for j in range(n_features):
            redundancy[j] += overlap[best, j]


@loop
def combine(z, width, coefficients, intercepts, out):
    """``out = z.T @ coefficients + intercepts``, each sum in the order of the features.

    Parameters
    ----------
    z : float32 (>= n_features * width,)
        Row j is feature j.
    width : int
    coefficients : float64 (n_features, n_columns)
        The columns a multiple of 16.
    intercepts : float64 (n_columns,)
    out : float64 (n_cases, n_columns)
        Written to.
    """
    n_features, n_columns = coefficients.shape
    flat, goal = coefficients.reshape(coefficients.size), out.reshape(out.size)
    for case in range(out.shape[0]):
        for column in range(0, n_columns, N_LANES):
            sums = load(intercepts, column)
            for j in range(n_features):
                sums = sums + splat(np.float64(z[j * width + case])) * load(flat, j * n_columns + column)
            store(goal, case * n_columns + column, sums)
