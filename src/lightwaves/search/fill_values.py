"""What wipes a channel out when it is scaled: fill values, such as 1e15 or -9999, and cases that lie far apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel

FAR = 5  # standard deviations from the mean: a value that is nearer is not suspected
DISTANT = 200.0  # times the usual distance of values: what is nearer is not suspected
MOST = 0.5  # of the variance
LEAST_MARK = 90.0  # -99 may stand for nothing in a channel that is 0 elsewhere; a single 1 is an event
APART = 0.5  # of its distance from the mean lies between a fill value and all others
FEW = 20  # values, of which nobody can say what is usual
LOST = 5e-6  # of the deviation: some hundred times what float32 rounds by
N_LOOKED_AT = 32  # cases
N_SAMPLED = 500  # values
AT_ONCE = 1 << 18  # values whose distance from the mean is taken together


class FillValue(NamedTuple):
    """A value that carries most of a channel's variance."""

    channel: int
    value: float
    share: float  # of the variance
    n_times: int  # how often the channel has it
    case: int  # where it first stands
    time: int


class Measured(NamedTuple):
    """What is known of the values of some channels.

    Attributes
    ----------
    mean, deviation : float64 (n_channels,)
        NaN of a channel without any value.
    fill_values : list of FillValue
        See `fill_values`.
    lost : list of (int, float)
        See `lost_within`.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    fill_values: list[FillValue]
    lost: list[tuple[int, float]]


def fill_values(
    panel: Panel, channels: NDArray[np.intp], mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> list[FillValue]:
    """The channels in which one value carries more than half of the variance.

    It lies more than five standard deviations from the mean or, where many values are that one, more than two hundred
    times as far as most values lie from each other, and without it the channel varies less than a hundredth. All places
    count together at which a channel has it. No other value is near it, as near the end of a sensor's range; and the
    channel is none of two values, as one that counts rare events.

    Parameters
    ----------
    panel : Panel
    channels : int (n_some,)
    mean, deviation : float64 (n_some,)
        Of those channels.

    Returns
    -------
    list of FillValue
    """
    block, lengths = panel.to_measure(channels)
    high, low = np.fmax.reduce(block, axis=(0, 2)), np.fmin.reduce(block, axis=(0, 2))  # NaN is passed over
    farthest = np.maximum(high - mean, mean - low)
    found = [
        _fill_value(block[:, i], lengths, int(channels[i]), float(mean[i]), float(deviation[i]))
        for i in np.flatnonzero(is_far(farthest, deviation, usual_distance(block, lengths)))
    ]
    values = [value for value in found if value is not None]
    if len(lengths) == panel.n_cases:
        return values
    ends = np.cumsum(panel.lengths, dtype=np.int64)  # the cases stand one after the other
    case = [int(np.searchsorted(ends, value.time, side="right")) for value in values]
    starts = [int(ends[i] - panel.lengths[i]) for i in case]
    return [v._replace(case=i, time=v.time - start) for v, i, start in zip(values, case, starts, strict=True)]


def is_far(
    farthest: NDArray[np.float64], deviation: NDArray[np.float64], usual: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which channels have a value so far from their mean that it is worth a second look.

    Parameters
    ----------
    farthest, deviation : float64 (n_channels,)
    usual : float64 (n_channels,)
        See `usual_distance`.
    """
    return ((farthest > FAR * deviation) | (farthest > DISTANT * usual)) & (deviation > 0)


def stands_for_nothing(
    distance: float,
    deviation: float,
    n_times: int,
    n_others: int,
    others_differ: bool,
    deviation_of_others: float,
    nearest: float,
) -> bool:
    """Whether a value that a channel has so many times carries most of its variance, so that it is no measurement.

    Parameters
    ----------
    distance : float
        From the mean.
    deviation : float
        Of the channel.
    n_times, n_others : int
    others_differ : bool
        Whether the channel has more than two values.
    deviation_of_others : float
    nearest : float
        Its distance from the nearest other value. A sensor at the end of its range comes from others near by.
    """
    if share_of(distance, deviation, n_times, n_times + n_others) <= MOST or n_others < FEW:
        return False
    if not others_differ and (n_times > 1 or distance < LEAST_MARK):  # it counts rare events
        return False
    if nearest < APART * distance:
        return False
    return distance > FAR * deviation or deviation_of_others <= deviation / DISTANT * 2


def share_of(distance: Any, deviation: Any, n_times: Any, n_values: Any) -> Any:
    """The share of the variance that values carry which lie so far from the mean."""
    return n_times * distance**2 / (n_values * deviation**2)


def usual_distance(block: NDArray[Any], lengths: NDArray[np.int32]) -> NDArray[np.float64]:
    """How far most values of each channel lie from its median, by some of them; NaN where all are equal."""
    found = np.full(block.shape[1], np.nan)
    ends = np.cumsum(lengths, dtype=np.int64)
    places = np.arange(0, ends[-1], max(1, ends[-1] // N_SAMPLED))  # in all series, one after the other
    case = np.searchsorted(ends, places, side="right")
    time = places - (ends[case] - lengths[case])
    for i in range(block.shape[1]):
        values = block[case, i, time].astype(np.float64)
        values = values[~np.isnan(values)]
        if len(values):
            distance = np.median(np.abs(values - np.median(values)))
            found[i] = distance if distance > 0 else np.nan
    return found


def _fill_value(
    x: NDArray[Any], lengths: NDArray[np.int32], channel: int, mean: float, deviation: float
) -> FillValue | None:
    """The value farthest from the mean of a channel, (n_cases, n_timepoints), if it carries most of the variance."""
    own = (np.arange(x.shape[1]) < lengths[:, np.newaxis]) & (x == x)
    case, time, far = _farthest(x, own, mean)
    like_it = own & (x == x[case, time])
    n_times, n_values = int(like_it.sum()), int(own.sum())
    share = min(float(share_of(far, deviation, n_times, n_values)), 1.0)
    if share <= MOST:  # as nearly always: what follows takes room for many numbers of each value
        return None
    others = x[own & ~like_it]
    differ = len(others) > 0 and bool((others != others[0]).any())
    gaps = np.abs(others.astype(np.float64) - float(x[case, time]))
    of_others, nearest = others.astype(np.float64).std(), float(gaps.min(initial=np.inf))
    if not stands_for_nothing(far, deviation, n_times, len(others), differ, of_others, nearest):
        return None
    return FillValue(channel, float(x[case, time]), share, n_times, case, time)


def _farthest(x: NDArray[Any], own: NDArray[np.bool_], mean: float) -> tuple[int, int, float]:
    """Case, time and distance of the first own value that is farthest from the mean, a few cases at a time."""
    case, time, far = 0, 0, -1.0
    step = max(1, AT_ONCE // x.shape[1])
    for start in range(0, len(x), step):
        some = slice(start, start + step)
        distance = np.where(own[some], np.abs(x[some].astype(np.float64) - mean), 0.0)
        i, j = np.unravel_index(np.argmax(distance), distance.shape)
        if distance[i, j] > far:
            case, time, far = start + int(i), int(j), float(distance[i, j])
    return case, time, far


def in_words(first: FillValue, n_channels: int, names: tuple[str, ...] | None) -> str:
    """What to tell of so many channels with such a value, of which this is the first."""
    more = f", and {first.n_times - 1} more of this channel are" if first.n_times > 1 else ""
    elsewhere = f" So it is in {n_channels - 1} other channels." if n_channels > 1 else ""
    return (
        f"A value of X carries {first.share:.0%} of the variance of its channel: case {first.case}, channel "
        f"{names[first.channel] if names else first.channel}, time point {first.time} is {first.value:g}{more}. Beside "
        f"it all others are nearly equal.{elsewhere} If it stands for a missing value, put NaN there and say "
        'missing="interpolate".'
    )


def lost_within(
    panel: Panel, channels: NDArray[np.intp], deviation: NDArray[np.float64], suspects: Sequence[FillValue] = ()
) -> list[tuple[int, float]]:
    """The channels that vary so little within cases, beside what lies between cases, that float32 loses it.

    Counters that go on from case to case are such. Some cases, spread evenly, are looked at.

    Parameters
    ----------
    panel : Panel
    channels : int (n_some,)
    deviation : float64 (n_some,)
        Of those channels, over all cases.
    suspects : sequence of FillValue, optional
        Their channels are left out.

    Returns
    -------
    list of (int, float)
        The channel, and the deviation within cases as a share of that over all.
    """
    cases = evenly(panel.n_cases, N_LOOKED_AT)
    block = panel.raw(cases, channels)
    if block.dtype.itemsize < 8:  # whose differences may be too large for them
        block = block.astype(np.float64)
    own = np.arange(block.shape[2]) < panel.lengths[cases, np.newaxis, np.newaxis]
    first = block[:, :, :1]
    from_first = np.where(block >= first, block - first, first - block).astype(np.float64)  # unsigned values too
    squares = np.where(own & np.isfinite(from_first), from_first, 0.0) ** 2
    within = np.median(np.sqrt(squares.sum(axis=2) / own.sum(axis=2)), axis=0)
    lost = (within > 0) & (within < LOST * deviation) & ~np.isin(channels, [value.channel for value in suspects])
    return [(int(channels[i]), float(within[i] / deviation[i])) for i in np.flatnonzero(lost)]


def evenly(n_cases: int, n_wanted: int) -> NDArray[np.intp]:
    """At most so many cases, spread evenly over all from the first to the last."""
    return np.unique(np.linspace(0, n_cases - 1, n_wanted).astype(np.intp))


def lost_in_words(first: tuple[int, float], n_channels: int, names: tuple[str, ...] | None) -> str:
    """What to tell of so many channels that vary too little within cases, of which this is the first."""
    channel, share = first
    elsewhere = f" So it is in {n_channels - 1} other channels." if n_channels > 1 else ""
    return (
        f"Channel {names[channel] if names else channel} of X varies within a case by {share:.0e} of what it varies "
        f"over all cases: features, which are float32, lose that.{elsewhere} If what happens within a case matters, "
        "subtract each case's own mean or first value, or take differences (numpy.diff) first."
    )
