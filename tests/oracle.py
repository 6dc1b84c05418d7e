"""What the compiled loops compute, slowly and obviously: a twin of the same name for each of them.

The twins take plain arguments instead of layout tables, feature matrices (n_cases, n_features) instead of padded
rows, and calculate in float64. Float32 errs, and above all on whether an output exceeds what it all but equals, so
the twins that compute features also give the least and the most that it may find.
"""

import math
from itertools import combinations, groupby

import numpy as np

KERNELS = list(combinations(range(9), 3))  # where the three weights of 2 stand among six of -1
ROUNDING = 16 * np.finfo(np.float32).eps  # of a sum of nine taps, relative to the sum of their absolute values


# --- the wavelet features -----------------------------------------------------------------------------------


def convolve(x, weights, dilation):
    """Nine taps, ``dilation`` apart, the middle one at each time; zero padded, so as long as x; then scaled."""
    padded = np.pad(np.asarray(x, np.float64), 4 * dilation)
    return sum(w * padded[k * dilation :][: len(x)] for k, w in enumerate(weights)) / dilation**1.5


def scattering(x, kernel, dilation, level):
    """The output of a level, and by how much float32 may miss each of its values."""
    weights = np.where(np.isin(np.arange(9), KERNELS[kernel]), 2, -1)
    z, doubt = convolve(x, weights, dilation), ROUNDING * convolve(np.abs(x), np.abs(weights), dilation)
    if level == 1:
        return z, doubt
    y, doubt = np.abs(z)[::2], doubt[::2]
    return convolve(y, weights, dilation), convolve(ROUNDING * y + doubt, np.abs(weights), dilation)


def ppv(z, doubt=0):
    """The share of positive values."""
    return (z > -doubt).mean()


def max_abs(z, doubt=0):
    """The largest absolute value."""
    return (np.abs(z) + doubt).max()


def lspv(z, doubt=0):
    """The longest run of positive values, also one that reaches the end, as a share."""
    return max((len(list(run)) for positive, run in groupby(z > -doubt) if positive), default=0) / len(z)


def min_abs(z, doubt=0):
    """The smallest absolute value."""
    return (np.abs(z) + doubt).min()


STATISTICS = (ppv, max_abs, lspv, min_abs)


def apply_by_cases(x, lengths, channel, kernel, dilation, level, statistic, shift, scale, doubtful=0):
    """Feature j of each case, from row j of the plan's arrays.

    ``doubtful=1`` takes each output as large as float32 may find it, ``doubtful=-1`` as small: between these
    the loop must be.
    """
    z = np.empty((len(x), len(channel)))
    for i, (series, length) in enumerate(zip(x, lengths, strict=True)):
        outputs = {}
        for j, row in enumerate(zip(channel, kernel, dilation, level, strict=True)):
            if row not in outputs:
                c = row[0]
                outputs[row] = scattering((series[c, :length] - shift[c]) / scale[c], *row[1:])
            values, doubt = outputs[row]
            z[i, j] = STATISTICS[statistic[j]](values, doubtful * doubt)
    return z


def apply_by_times(*arguments, **options):
    """The same features: the layouts differ in memory, not in what they compute."""
    return apply_by_cases(*arguments, **options)


# --- Rocket's features --------------------------------------------------------------------------------------


def rocket(x, channels, weights, dilation, bias):
    """The output of a kernel at all times of a series, (n_channels, n_timepoints); zero padded."""
    n_timepoints, reach = x.shape[1], weights.shape[1] // 2 * dilation
    z = np.full(n_timepoints, np.float64(bias))
    for c, taps in zip(channels, weights, strict=True):
        padded = np.pad(np.asarray(x[c], np.float64), reach)
        z += sum(w * padded[k * dilation :][:n_timepoints] for k, w in enumerate(taps))
    return z


def apply_rocket_by_cases(
    x, lengths, kernel, statistic, length, dilation, padded, bias, n_inputs, channel, weight, shift, scale, doubtful=0
):
    """Feature j of each case, from the arrays of a plan; for ``doubtful`` see ``apply_by_cases``."""
    channels = np.split(channel, np.cumsum(n_inputs)[:-1])
    weights = np.split(np.asarray(weight, np.float64), np.cumsum(n_inputs * length)[:-1])
    z = np.empty((len(x), len(kernel)))
    for i, (series, end) in enumerate(zip(x, lengths, strict=True)):
        series = (series[:, :end] - shift[:, np.newaxis]) / scale[:, np.newaxis]
        for j, (k, s) in enumerate(zip(kernel, statistic, strict=True)):
            taps, reach = weights[k].reshape(n_inputs[k], length[k]), length[k] // 2 * dilation[k]
            values = rocket(series, channels[k], taps, dilation[k], bias[k])
            rounding = (taps.size / 2 + 4) * np.finfo(np.float32).eps  # at most half an eps for each addition
            doubt = rounding * rocket(np.abs(series), channels[k], np.abs(taps), dilation[k], np.abs(bias[k]))
            if not padded[k] and end > 2 * reach:
                values, doubt = (of_all[reach : end - reach] for of_all in (values, doubt))
            z[i, j] = ppv(values, doubtful * doubt) if s == 0 else (values + doubtful * doubt).max()
    return z


def apply_rocket_by_times(*arguments, **options):
    """The same features, as above."""
    return apply_rocket_by_cases(*arguments, **options)


# --- the features of MiniRocket, MultiRocket and Prism ------------------------------------------------------


def nine_taps(x, weights, dilation, later):
    """Nine taps around each time, zero padded; the left four stand so many times further right."""
    padded = np.pad(np.asarray(x, np.float64), 4 * dilation)
    starts = [k * dilation + (later if k < 4 else 0) for k in range(9)]
    return sum(w * padded[start:][: len(x)] for w, start in zip(weights, starts, strict=True))


def multirocket(x, signs, differences, kernel, dilation, padded):
    """An output at all times that are pooled, from the series of some channels; and how far float32 may miss it.

    Kernels 84 to 167 are the same again, with 0 where the others have -1.
    """
    series, size = np.sum(x * np.reshape(signs, (-1, 1)), axis=0), np.sum(np.abs(x), axis=0)
    if differences:
        series, size = series[1:] - series[:-1], size[1:] + size[:-1]
    weights = np.where(np.isin(np.arange(9), KERNELS[kernel % 84]), 2, -1 if kernel < 84 else 0)
    z = nine_taps(series, weights, dilation, differences)
    doubt = ROUNDING * nine_taps(size, np.abs(weights), dilation, differences)
    if padded or len(z) <= 8 * dilation:
        return z, doubt
    return z[4 * dilation : -4 * dilation], doubt[4 * dilation : -4 * dilation]


def window(values, begin, end):
    """Those from one sixteenth to another; a value that the border cuts is in."""
    return values[int(np.floor(len(values) * begin / 16)) : int(np.ceil(len(values) * end / 16))]


def share_above(z, doubt, bias):
    """The share of values above the bias; 0 of no values."""
    return (z > bias - doubt).sum() / max(1, len(z))


def longest(z, doubt, bias):
    """The longest way from one value below the bias to the next; the first and the last time are borders too."""
    return max(0, *np.diff([0, *np.flatnonzero(z < bias - doubt), len(z) - 1]))


def mean_above(values, z, doubt, bias, none):
    """The mean of some values where z is above the bias, or what stands for none.

    Some of those where z is in doubt may be left out: as many as make the mean small, or large for doubt above 0.
    """
    unsure = np.abs(z - bias) < np.abs(doubt)
    sure, sign = values[(z > bias) & ~unsure], np.sign(np.sum(doubt))
    rest = sorted(values[unsure], reverse=bool(sign > 0))
    means = [np.mean([*sure, *rest[:n]]) if len(sure) + n else none for n in range(len(rest) + 1)]
    return max(means) if sign > 0 else min(means)


def mean_positive(z, doubt, bias):
    """The mean of the values above the bias, plus the bias; 0 where there are none."""
    of_sum = np.sign(doubt) * np.finfo(np.float32).eps * (len(z) * np.abs(z) + np.abs(bias))
    return mean_above(z + bias + doubt + of_sum, z, doubt, bias, 0.0)


def mean_index(z, doubt, bias):
    """The mean of the times at which values are above the bias, counted from the first one pooled; -1 of none."""
    return mean_above(np.arange(len(z)), z, doubt, bias, -1.0)


def rounding_of_mean(values, doubt):
    """By how much float32 may miss the mean of values that it adds one after the other."""
    return np.sign(np.sum(doubt)) * np.finfo(np.float32).eps * np.sum(np.abs(values))


def mean_excess(z, doubt, bias):
    """The mean over all values of what exceeds the bias; 0 of no values.

    The loop takes the biases from the sum of the values, and both may be far larger than what remains.
    """
    if len(z) == 0:
        return 0.0
    return np.maximum(z + doubt - bias, 0).mean() + rounding_of_mean([*z, 2 * bias], doubt)


def mean_abs(z, doubt, bias):
    """The mean absolute value, whatever the bias; 0 of no values."""
    return (np.abs(z) + doubt).mean() + rounding_of_mean(z, doubt) if len(z) else 0.0


POOLED = (share_above, longest, mean_positive, mean_index, mean_excess, mean_abs)


def apply_pooled(
    x, lengths, output, bias, statistic, begin, end, differences, kernel, dilation, padded, n_members, member, sign,
    shift, scale, doubtful=0,
):  # fmt: skip
    """Feature j of each case, from the arrays of a plan; for ``doubtful`` see ``apply_by_cases``."""
    members, signs = (np.split(table, np.cumsum(n_members)[:-1]) for table in (member, sign))
    z = np.empty((len(x), len(output)))
    for i, (series, length) in enumerate(zip(x, lengths, strict=True)):
        series = (series[:, :length] - shift[:, np.newaxis]) / scale[:, np.newaxis]
        outputs = {
            o: multirocket(series[members[o]], signs[o], differences[o], kernel[o], dilation[o], padded[o])
            for o in np.unique(output)
        }
        rows = zip(output, np.asarray(bias, np.float64), statistic, begin, end, strict=True)
        for j, (o, b, s, first, last) in enumerate(rows):
            values, doubt = (window(of_all, first, last) for of_all in outputs[o])
            z[i, j] = POOLED[s](values, doubtful * doubt, b)
    return z


def convolve_each(series, signs, differences, kernel, dilation, begin, stop):
    """Some times of one kernel's output over the signed sum of standardised channels, (n_members, length)."""
    summed = (np.asarray(signs)[:, np.newaxis] * np.asarray(series, np.float64)).sum(axis=0)
    summed = np.diff(summed) if differences else summed
    weights = np.where(np.isin(np.arange(9), KERNELS[kernel % 84]), 2, -1 if kernel < 84 else 0)
    whole = convolve(summed if len(summed) else [0.0], weights, dilation) * dilation**1.5
    return whole[begin:stop]


def apply_pooled_by_times(*arguments, **options):
    """The same features: the layouts differ in memory, not in what they compute."""
    return apply_pooled(*arguments, **options)


# --- the features of intervals ------------------------------------------------------------------------------


def represent(x, representation):
    """The series itself, its first differences, or the roots of its Fourier magnitudes, by their definition."""
    n = len(x)
    if representation == 0:
        return x
    if representation == 1:
        return np.diff(x) if n > 1 else np.zeros(1)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(n // 2 + 1), np.arange(n)) / n)
    magnitudes = np.abs(waves @ x) / np.sqrt(n)
    return np.sqrt(np.where(magnitudes > 2**-22 * magnitudes.max(), magnitudes, 0))


def interval_of(values, depth, number):
    """The values of an interval: two neighbours of ``2**(depth + 1)`` parts, but at least one value."""
    n_parts = 2 ** (depth + 1)
    begin, end = math.floor(len(values) * number / n_parts), math.floor(len(values) * (number + 2) / n_parts)
    return values[begin : max(end, begin + 1)]


def slope(values):
    """How far the line of least squares rises from the first value to the last."""
    if len(values) == 1:
        return 0.0
    return np.polyfit(np.linspace(0, 1, len(values)), values, 1)[0]


def apply_intervals(x, lengths, channel, representation, depth, number, statistic, quantile, shift, scale):
    """Feature j of each case, from row j of the plan's arrays."""
    z = np.empty((len(x), len(channel)))
    for i, (series, length) in enumerate(zip(x, lengths, strict=True)):
        for j, (c, s) in enumerate(zip(channel, statistic, strict=True)):
            values = represent((series[c, :length].astype(np.float64) - shift[c]) / scale[c], representation[j])
            values = interval_of(values, depth[j], number[j])
            z[i, j] = (np.mean, slope, np.std, lambda v, q=quantile[j]: np.quantile(v, q))[s](values)
    return z


# --- a window that moves -------------------------------------------------------------------------------------


def append(x, members, signs, differences, shift, scale):
    """A line of a stream: the signed sum of some standardised channels, or its first differences."""
    standard = (np.asarray(x, np.float64) - np.reshape(shift, (-1, 1))) / np.reshape(scale, (-1, 1))
    summed = sum(sign * standard[member] for member, sign in zip(members, signs, strict=True))
    return np.diff(summed) if differences else summed


def prime(line, taps, begin, end):
    """Some outputs of a window, as sums of those taps (offset, weight) that are inside it."""
    n = len(line)
    return np.array([sum(w * line[t + o] for o, w in taps if 0 <= t + o < n) for t in range(begin, end)])


def move(apply, x, n_timepoints, hop, *arguments, **options):
    """The features of every hop-th window of a stream, (n_windows, n_features): each window is a case of its own."""
    starts = range(0, x.shape[1] - n_timepoints + 1, hop)
    windows = [x[np.newaxis, :, start : start + n_timepoints] for start in starts]
    return np.concatenate([apply(window, [n_timepoints], *arguments, **options) for window in windows])


# --- the sums over cases ------------------------------------------------------------------------------------


def mean_of(values, weights):
    """The weighted mean."""
    return (values * weights).sum() / weights.sum()


def channel_moments(x, lengths, weights=None):
    """Mean and standard deviation of each channel over all cases and times."""
    weights = np.repeat(np.ones(len(x)) if weights is None else weights, lengths)
    together = np.concatenate([case[:, :length] for case, length in zip(x, lengths, strict=True)], axis=1)
    together = together.astype(np.float64)
    means = np.array([mean_of(values, weights) for values in together])
    squares = (together - means[:, np.newaxis]) ** 2
    return means, np.sqrt([mean_of(values, weights) for values in squares])


def anova_f(z, y, weights=None):
    """Variance between the classes over that within them; 0 for a constant feature, infinite for a perfect one."""
    scores, weights = [], np.ones(len(y)) if weights is None else weights
    for feature in np.asarray(z, np.float64).T:
        groups = [feature[y == k] for k in np.unique(y)]
        sizes = [weights[y == k] for k in np.unique(y)]
        means, overall = [mean_of(g, w) for g, w in zip(groups, sizes, strict=True)], mean_of(feature, weights)
        between = sum(w.sum() * (m - overall) ** 2 for w, m in zip(sizes, means, strict=True))
        between /= max(1, len(groups) - 1)
        within = sum((w * (g - m) ** 2).sum() for g, w, m in zip(groups, sizes, means, strict=True))
        within /= max(1, weights.sum() - len(groups))
        constant, perfect = np.ptp(feature) == 0, all(np.ptp(g) == 0 for g in groups)
        scores.append(0.0 if constant or len(groups) == 1 else np.inf if perfect else between / within)
    return np.array(scores)


def correlation(a, b):
    """The absolute value of Pearson's r; 0 where one of the two is constant."""
    a, b = a - a.mean(), b - b.mean()
    return abs((a * b).sum()) / np.sqrt((a * a).sum() * (b * b).sum()) if a.any() and b.any() else 0.0


def unit_rows(z, weights=None):
    """Features as rows, centred and divided by their norm; a constant one is 0."""
    features, weights = np.asarray(z, np.float64).T, np.ones(len(z)) if weights is None else weights
    gaps = np.array([(f - mean_of(f, weights)) * (np.ptp(f) > 0) for f in features]) * np.sqrt(weights)
    norms = np.sqrt((gaps**2).sum(axis=1, keepdims=True))
    return np.divide(gaps, norms, out=np.zeros_like(gaps), where=norms > 0)


def overlaps(z):
    """The absolute correlation of each feature with each."""
    n_features = np.shape(z)[1]
    return np.array([[correlation(z[:, a], z[:, b]) for b in range(n_features)] for a in range(n_features)])


def mrmr(z, relevance, n_chosen):
    """The most relevant feature, then always the largest relevance over mean correlation; ties to the first."""
    z, chosen = np.asarray(z, np.float64), []
    for _ in range(n_chosen):
        scores = np.full(len(relevance), -1.0)
        for j in set(range(len(relevance))) - set(chosen):
            correlations = [correlation(z[:, j], z[:, i]) for i in chosen]
            scores[j] = relevance[j] / max(np.mean(correlations), 1e-12) if chosen else relevance[j]
        chosen.append(int(scores.argmax()))
    return chosen


def combine(z, coefficients, intercepts):
    """The linear combinations of the features."""
    return np.asarray(z, np.float64) @ coefficients + intercepts


def narrow(values, shift):
    """Series less a number for each channel, as float32; see the loop for which values are taken from in two steps."""
    out = np.empty(np.shape(values), np.float32)
    for case, of_case in enumerate(values):
        for channel, row in enumerate(of_case):
            large = np.float32(shift[channel])
            small = np.float32(shift[channel] - float(large))
            for t, value in enumerate(row):
                if float(np.float32(value)) == value:
                    out[case, channel, t] = np.float32(np.float32(np.float32(value) - large) - small)
                else:
                    out[case, channel, t] = np.float32(float(value) - float(shift[channel]))
    return out


def all_usable(x, channels, standard, most):
    """Whether all values of some channels are finite, and once standardised not too large."""
    for case in x:
        for channel, (large, small, factor) in zip(channels, standard, strict=True):
            for value in case[channel]:
                with np.errstate(all="ignore"):
                    standardised = ((np.float32(value) - large) - small) * factor
                if math.isnan(standardised) or abs(standardised) > most:
                    return False
    return True


def fill_gaps(x, lengths, values, interpolate):
    """Rows without NaN within their lengths."""
    filled = x.astype(np.float64)
    for row, length, value in zip(filled, lengths, values, strict=True):
        own = row[:length]
        times, there = np.arange(length), ~np.isnan(own)
        if interpolate and there.any():
            own[~there] = np.interp(times[~there], times[there], own[there])
        else:
            own[~there] = value
    return filled


# --- the way back from features to series -------------------------------------------------------------------


def shares_of_taps(series, weights, offsets, centred):
    """How much each tap of each member pushes each time of an output up: (n_members, n_taps, n), 0 outside."""
    n = series.shape[1]
    push, inside = np.zeros((len(series), len(offsets), n)), np.zeros((len(offsets), n), bool)
    for t in range(n):
        for m, row in enumerate(series):
            read = np.array([row[t + o] if 0 <= t + o < n else 0.0 for o in offsets])
            mean, base = (read.mean(), weights[m].mean()) if centred else (0.0, 0.0)
            base = 0.0 if abs(base) < 1e-6 * np.abs(weights[m]).mean() else base
            push[m, :, t] = (weights[m] - base) * (read - mean) + base * mean
        inside[:, t] = [0 <= t + o < n for o in offsets]
    return push * inside, inside & np.array([any(weights[:, k] != 0) for k in range(len(offsets))])[:, np.newaxis]


def lay(statistic, z, bias, reference, value):
    """A feature less its reference on the times of a window of an output, and whether these stand high."""
    n, gained = len(z), value - reference
    high = z > (0 if statistic in ("mean_abs", "max_abs", "min_abs") else bias)
    if statistic == "ppv":
        return (high - reference) / n, high
    if statistic == "mean_excess":
        return (np.maximum(z - bias, 0) - reference) / n, high
    if statistic == "mean_abs":
        return (np.abs(z) - reference) / n, high
    if statistic == "longest":
        borders = [0, *np.flatnonzero(z < bias), n - 1]
        start = borders[int(np.argmax(np.diff(borders)))]
        return ((np.arange(n) >= start) & (np.arange(n) < start + value)) - reference / n, high
    if statistic == "lspv":
        runs = [list(run) for positive, run in groupby(range(n), key=lambda t: z[t] > 0) if positive]
        best = max(runs, key=len, default=[])
        return (np.isin(np.arange(n), best) - reference) / n, high
    if statistic in ("mean_positive", "mean_index"):
        if not high.any():
            return np.full(n, gained / n), high
        of_time = z + bias if statistic == "mean_positive" else np.arange(n)
        return np.where(high, of_time - reference, 0) / high.sum(), high
    best = {"max": np.argmax(z), "max_abs": np.argmax(np.abs(z)), "min_abs": np.argmin(np.abs(z))}[statistic]
    return np.where(np.arange(n) == best, gained, 0.0), high


def hand_back(laid, high, push, inside, offsets):
    """What lies on the times of an output, on the times of its members, (n_members, n)."""
    goal = np.zeros((len(push), len(laid)))
    for t, amount in enumerate(laid):
        shares = np.maximum(push[:, :, t] if high[t] else -push[:, :, t], 0)
        if not shares.any():
            shares = np.abs(push[:, :, t])
        if not shares.any():
            shares = np.broadcast_to(1.0 * inside[:, t], shares.shape)
        if not shares.any():
            goal[:, t] += amount / len(goal)
            continue
        for m, k in np.argwhere(shares):
            goal[m, t + offsets[k]] += amount * shares[m, k] / shares.sum()
    return goal


def attribute(members, weights, dilation, statistic, reference, value, *, bias=0.0, differences=False, centred=True,
              added=0.0, skipped=0, begin=0, end=16, level=1):  # fmt: skip
    """The cells of each member, (n_members, n_timepoints), that a feature less its reference was made of.

    The members are standardised and have their signs; the weights are (n_members, n_taps).
    """
    series = np.diff(members) if differences else members
    n = series.shape[1]
    half = weights.shape[1] // 2
    offsets = [(k - half) * dilation + (differences and k < half) for k in range(weights.shape[1])]
    if n == 0:
        return np.full(members.shape, (value - reference) / members.size)
    push, inside = shares_of_taps(series, weights, offsets, centred)
    z = np.full(n, added)
    for t in range(n):
        for row, taps in zip(series, weights, strict=True):
            z[t] += sum(w * row[t + o] for w, o in zip(taps, offsets, strict=True) if 0 <= t + o < n)
    first = z
    if level == 2:
        y = np.abs(z[np.newaxis, ::2])
        z = np.array([sum(w * y[0, t + o] for w, o in zip(weights[0], offsets, strict=True) if 0 <= t + o < y.size)
                      for t in range(y.size)])  # fmt: skip
    skipped = skipped if len(z) > 2 * skipped else 0
    pooled = np.arange(len(z))[skipped : len(z) - skipped]
    pooled = window(pooled, begin, end)
    laid, high = np.zeros(len(z)), np.zeros(len(z), bool)
    laid[pooled], high[pooled] = lay(statistic, z[pooled], bias, reference, value)
    if level == 2:
        of_second = hand_back(laid, high, *shares_of_taps(y, weights, offsets, True), offsets)[0]
        laid, high = np.zeros(n), first > 0
        laid[::2] = of_second
    goal = hand_back(laid, high, push, inside, offsets)
    goal += (value - reference - goal.sum()) / goal.size
    if differences:
        return (np.pad(goal, ((0, 0), (0, 1))) + np.pad(goal, ((0, 0), (1, 0)))) / 2
    return goal
