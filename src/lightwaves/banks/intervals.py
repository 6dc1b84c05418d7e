"""Intervals: quantiles, means, slopes and deviations of parts of series, of differences and of spectra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..docstrings import shares
from ..loops.intervals import QUANTILE
from ..panel import Panel
from ..plans.intervals import MOST_DEPTHS, REPRESENTATIONS, IntervalPlan
from ..validation import check_int, shown
from .bank import SHARED, Bank, of_series
from .candidates import Candidates, draw

MOST_QUANTILES = 16
LEAST_VALUES = 4  # of an interval of the longest training series


@shares(SHARED)
class Intervals(Bank):
    """Quantiles, means, slopes and deviations of intervals of single channels, after QUANT [1]_.

    - A channel is looked at in three ways: its series, its first differences, and the square roots of the magnitudes
      of its Fourier transform. Before that, these are divided by the root of the number of time points.
    - Each of these is cut into halves, quarters, eighths and so on. Between two neighbours there is one more interval,
      shifted by half its length. The whole is an interval, too.
    - Of each interval these are features: some quantiles, the mean, the standard deviation, and the slope. The slope is
      the rise of the line of least squares from the first value to the last.

    Nothing is drawn, unless there is a number of features.

    Parameters
    ----------
    depth : int, default=6
        The number of depths, from 1 to 8. At the first, the interval is the whole; each further one halves the
        intervals. Depths at which the longest training series would have fewer than four values in an interval are
        left out.
    quantiles : int, default=4
        The number of quantiles of each interval, from 0 to 16. They are evenly spaced from the smallest value to the
        largest. One quantile is the median.
    n_features : int, optional
        The number of features, which are drawn at random. By default all are used. If there are fewer, all are used.
    {random_state}
    {channel_names}
    {n_jobs}

    Attributes
    ----------
    {plan_}
    {n_channels_in_}
    {n_features_in_}
    {channel_names_}

    See Also
    --------
    Prism : Pools outputs of kernels in such intervals with ``windows``.

    Notes
    -----
    A bank does not standardise; see `Bank`. Give it standardised series, or use `LightWaveS`. Columns are in
    the order channel, series or differences or spectrum, depth, interval, statistic. With the defaults, and series of
    at least 128 time points, there are 2,520 for each channel.

    Series may have any length. Intervals are parts of each case's own length, and have at least one value. Quantiles
    are interpolated linearly, as numpy does by default. The slope of one value is 0, and so is the only difference of
    a series of one time point.

    QUANT uses no roots, means, slopes and deviations; with roots, a linear classifier is more accurate, because few
    magnitudes are large. It uses second differences too, and more quantiles of longer intervals,
    and it subtracts the mean of the interval from every second quantile.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt, G. I. Webb, "QUANT: A Minimalist Interval Method for Time Series Classification",
       2024, arXiv:2308.00928, section 3 (intervals, representations, quantiles).

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import Intervals
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> bank = Intervals(depth=3).fit(X)
    >>> bank.transform(X).shape
    (4, 462)
    >>> bank.get_feature_names_out()[[0, 4, -1]].tolist()
    ['ch0_series_t0to2of2_mean', 'ch0_series_t0to2of2_q0.333', 'ch1_spectrum_f6to8of8_q1']
    """

    def __init__(
        self,
        depth: int = 6,
        quantiles: int = 4,
        n_features: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.depth = depth
        self.quantiles = quantiles
        self.n_features = n_features
        self.random_state = random_state
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError
            If depth, quantiles or n_features is not an int.
        ValueError
            If one of them is too small or too large, or random_state is not valid.
        """
        for name, least, most in (("depth", 1, MOST_DEPTHS), ("quantiles", 0, MOST_QUANTILES)):
            if check_int(getattr(self, name), name, least) > most:
                raise ValueError(f"{name} must be at most {most}, got {shown(getattr(self, name))}.")
        if self.n_features is not None:
            check_int(self.n_features, "n_features", 1)
        check_random_state(self.random_state)

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> Candidates:
        """Offer all features, or as many as were asked for; see `Bank.candidates`."""
        offered = IntervalCandidates(
            n_depths=n_depths(panel.n_timepoints, int(self.depth)),
            n_quantiles=int(self.quantiles),
            **of_series(panel, shift, scale),
        )
        if self.n_features is None:
            return offered
        return draw(offered, int(self.n_features), self._generator(random_state))

    def share(self, part: float) -> Bank:
        """A bank with a part of the features, if their number was asked for; see `Bank.share`."""
        return self if self.n_features is None else self._with("n_features", part, 1)


def n_depths(n_timepoints: int, most: int) -> int:
    """How many depths leave at least four values to each interval of a series; at least 1."""
    return max(1, min(most, (n_timepoints // LEAST_VALUES).bit_length()))


@dataclass(frozen=True)
class IntervalCandidates(Candidates):
    """All features of intervals, for series of some channels. A block is one representation of one channel.

    Ids count channel, representation, depth, interval and statistic. The statistic changes fastest.
    """

    n_depths: int
    n_quantiles: int
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    n_timepoints: int
    channel_names: tuple[str, ...] | None

    def __len__(self) -> int:
        return self.n_blocks * len(self._rows[0])

    @property
    def n_blocks(self) -> int:
        """The number of blocks: one for each channel and representation."""
        return len(self.shift) * len(REPRESENTATIONS)

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        size = len(self._rows[0])
        return np.arange(number * size, (number + 1) * size)

    def plan(self, ids: NDArray[np.int64]) -> IntervalPlan:
        """The plan of the candidates with these ids."""
        block, row = np.divmod(ids, len(self._rows[0]))
        channel, representation = np.divmod(block, len(REPRESENTATIONS))
        depth, number, statistic, quantile = (values[row] for values in self._rows)
        return IntervalPlan(
            channel=channel.astype(np.int32),
            representation=representation.astype(np.int32),
            depth=depth,
            number=number,
            statistic=statistic,
            quantile=quantile,
            shift=self.shift,
            scale=self.scale,
            n_timepoints=self.n_timepoints,
            channel_names=self.channel_names,
        )

    @property
    def _rows(self) -> tuple[NDArray[Any], ...]:
        return rows_of_one(self.n_depths, self.n_quantiles)


@lru_cache(maxsize=64)
def rows_of_one(n_depths: int, n_quantiles: int) -> tuple[NDArray[Any], ...]:
    """Depth, number, statistic and quantile of all features of one representation of one channel."""
    depth = np.repeat(np.arange(n_depths), 2 ** np.arange(1, n_depths + 1) - 1)
    number = np.concatenate([np.arange(2 ** (d + 1) - 1) for d in range(n_depths)])
    quantiles = np.linspace(0, 1, n_quantiles) if n_quantiles != 1 else np.array([0.5])
    statistic = np.r_[np.arange(QUANTILE), np.full(n_quantiles, QUANTILE)]
    of_each = len(statistic)
    return (
        np.repeat(depth, of_each).astype(np.int32),
        np.repeat(number, of_each).astype(np.int32),
        np.tile(statistic, len(depth)).astype(np.int32),
        np.tile(np.r_[np.zeros(QUANTILE), quantiles], len(depth)),
    )
