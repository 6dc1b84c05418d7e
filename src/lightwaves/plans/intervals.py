"""The plan of statistics of intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..entries import Array, entry
from ..loops.intervals import DIFFERENCES, MAGNITUDES, QUANTILE, apply_intervals
from .plan import FLOAT32, Plan, Runner

REPRESENTATIONS = ("series", "diff", "spectrum")
STATISTICS = ("mean", "slope", "deviation", "quantile")
MOST_DEPTHS = 8


class Layout(NamedTuple):
    """The tables that ``apply_intervals`` reads, and the channels whose spectra it wants, among those that are read."""

    series: NDArray[np.int64]
    intervals: NDArray[np.int64]
    rows: NDArray[np.int64]
    quantiles: NDArray[np.float64]
    of_spectra: NDArray[np.intp]


@dataclass(frozen=True, eq=False, kw_only=True)
class IntervalPlan(Plan):
    """Statistics of intervals, with one row for each. Row j computes column j.

    A series of n time points has n values, max(n - 1, 1) first differences, and n // 2 + 1 magnitudes. These are those
    of its discrete Fourier transform, divided by the root of n, and then their square roots. Magnitudes of less than
    ``2**-22`` of the largest are rounding errors, and count as 0. The only difference of one time point is 0.

    Of m such values, interval i at depth d has those from ``m * i // 2**(d + 1)`` on, before
    ``m * (i + 2) // 2**(d + 1)``, but at least one. So even numbers cut a series into ``2**d`` parts, and odd numbers
    are intervals between these, shifted by half their length.

    Attributes
    ----------
    channel : int32 (n_features,)
        The channel.
    representation : int32 (n_features,)
        What is looked at: an index into ``lightwaves.plans.intervals.REPRESENTATIONS``.
    depth : int32 (n_features,)
        An interval of depth d has one of ``2**d`` equal parts of the values.
    number : int32 (n_features,)
        The number of the interval, in steps of half its length, from 0 to ``2**(depth + 1) - 2``.
    statistic : int32 (n_features,)
        The statistic: an index into ``lightwaves.plans.intervals.STATISTICS``. The slope is the rise of the line of
        least squares from the first value of the interval to the last; 0 for one value.
    quantile : float64 (n_features,)
        Which quantile, from 0 to 1; other statistics do not read it. Between two values, it lies on a straight line.
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.
    """

    channel: NDArray[np.int32] = entry(Array(np.int32, "n_features", below="n_channels"))
    representation: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(REPRESENTATIONS) - 1))
    depth: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=MOST_DEPTHS - 1))
    number: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=2**MOST_DEPTHS - 2))
    statistic: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(STATISTICS) - 1))
    quantile: NDArray[np.float64] = entry(Array(np.float64, "n_features", least=0, most=1))

    ROWS: ClassVar[tuple[str, ...]] = ("channel", "representation", "depth", "number", "statistic", "quantile")

    def check(self) -> None:
        """Make sure that there are such intervals; see `Plan.check`."""
        super().check()
        if (self.number > 2 ** (self.depth + 1) - 2).any():
            raise ValueError("number must be from 0 to 2**(depth + 1) - 2")

    def feature_names(self) -> list[str]:
        """Names of the features, such as ``ch3_diff_t4to6of16_q0.333`` and ``ch0_spectrum_f0to2of2_mean``.

        A name has the channel, what is looked at, the interval of time or of frequencies, and the statistic.
        """
        names = self.names_in_features
        return [
            f"{names[c]}_{REPRESENTATIONS[r]}_{'f' if r == MAGNITUDES else 't'}{i}to{i + 2}of{2 ** (d + 1)}"
            f"_{f'q{q:.3g}' if s == QUANTILE else STATISTICS[s]}"
            for c, r, d, i, s, q in zip(*(getattr(self, name).tolist() for name in self.ROWS), strict=True)
        ]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The interval of each feature, and the number of values that it looks at.

        All statistics of an interval count as one convolution. An interval of a spectrum looks at its magnitudes, and
        at all time points, which they depend on.
        """
        what = np.stack([self.channel, self.representation, self.depth, self.number])
        (_, representation, depth, number), which = np.unique(what, axis=1, return_inverse=True)
        in_all = n_values(n_timepoints)[representation]
        n_steps = 2 ** (depth.astype(np.int64) + 1)
        seen = np.maximum(in_all * (number + 2) // n_steps - in_all * number // n_steps, 1)
        return which.reshape(-1), (seen + n_timepoints * (representation == MAGNITUDES)).astype(np.float64)

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """The compiled function; see `Plan.runner`."""
        return partial(run, self.laid_out((), self._lay_out))

    def _lay_out(self) -> Layout:
        """Put the features in the order of the loop: by series, then by interval."""
        slot = np.searchsorted(self.channels, self.channel)
        order = np.lexsort((self.number, self.depth, self.representation, slot))
        of_interval = np.stack([slot, self.representation, self.depth + 1, self.number])[:, order].astype(np.int64)
        of_series = of_interval[:2]
        series, intervals = firsts(of_series), firsts(of_interval)
        is_quantile = (self.statistic == QUANTILE)[order]
        spectral = of_series[1, series] == MAGNITUDES
        of_spectra = of_series[0, series][spectral]
        return Layout(
            series=np.column_stack([
                *of_series[:, series], np.where(spectral, np.cumsum(spectral) - 1, 0),
                *borders(np.searchsorted(intervals, series), len(intervals)),
            ]).astype(np.int64),
            intervals=np.column_stack([
                of_interval[3, intervals], 2 ** of_interval[2, intervals],
                any_of(~is_quantile, intervals), any_of(is_quantile, intervals), *borders(intervals, len(self)),
            ]).astype(np.int64),
            rows=np.column_stack([self.statistic[order], order]).astype(np.int64),
            quantiles=self.quantile[order],
            of_spectra=of_spectra.astype(np.intp),
        )  # fmt: skip


def n_values(n_timepoints: int) -> NDArray[np.int64]:
    """How many values there are of each representation."""
    counts = np.full(len(REPRESENTATIONS), n_timepoints, np.int64)
    counts[DIFFERENCES], counts[MAGNITUDES] = max(n_timepoints - 1, 1), n_timepoints // 2 + 1
    return counts


def firsts(keys: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where new columns begin among equal neighbours."""
    return np.flatnonzero(np.r_[True, (np.diff(keys, axis=1) != 0).any(axis=0)][: keys.shape[1]])


def borders(starts: NDArray[np.intp], end: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The begin and the end of stretches that stand side by side."""
    return starts, np.r_[starts[1:], end][: len(starts)]


def any_of(wanted: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether any row of each stretch is wanted."""
    return np.logical_or.reduceat(wanted, starts) if len(starts) else wanted


def run(
    layout: Layout,
    x: NDArray[np.float32],
    lengths: NDArray[np.int32],
    channels: NDArray[np.intp],
    standard: NDArray[np.float32],
    out: NDArray[np.float32],
    width: int,
) -> None:
    """Compute a layout's features of the cases in x; see ``apply_intervals``."""
    spectra = transforms(x, lengths, channels[layout.of_spectra], standard[layout.of_spectra])
    values, room = np.empty(x.shape[2], FLOAT32), np.empty(2 * x.shape[2], FLOAT32)
    apply_intervals(x, lengths, channels, standard, spectra, *layout[:4], values, room, out, width)


def transforms(
    x: NDArray[np.float32], lengths: NDArray[np.int32], channels: NDArray[np.intp], standard: NDArray[np.float32]
) -> NDArray[np.complex128]:
    """The Fourier transforms of some channels, standardised, (n_cases, n_spectra, n_timepoints // 2 + 1).

    numpy transforms each series by itself, so the bits do not depend on how many there are.
    """
    spectra = np.zeros((len(x), len(channels), x.shape[2] // 2 + 1), np.complex128)
    if not len(channels):
        return spectra
    large, small, factor = standard.T[..., np.newaxis]
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is found later, and named
        for length in np.unique(lengths):
            cases = np.flatnonzero(lengths == length)
            series = ((x[cases[:, np.newaxis], channels, :length] - large) - small) * factor
            spectra[cases, :, : length // 2 + 1] = np.fft.rfft(series.astype(np.float64))
    return spectra
