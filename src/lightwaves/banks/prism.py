"""Prism: many views of few outputs, of signed sums of channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..loops.pooling import SIXTEENTHS
from ..panel import Panel
from ..plans.layout import KERNELS
from ..plans.plan import copies, ragged
from ..plans.pooled import STATISTICS, PooledPlan
from ..validation import check_int, check_share
from .bank import Bank, generator
from .biases import PooledCandidates
from .minirocket import GOLDEN, MOST_CHANNELS
from .rocket import draw_channels

# What is read off each output, as statistics and the numbers of their biases.
READ = (
    ("ppv", 0), ("ppv", 1), ("ppv", 2), ("ppv", 3), ("mean_excess", 0), ("mean_index", 1), ("longest", 2),
    ("mean_abs", 0),
)  # fmt: skip
N_BIASES = 4
# Halves, quarters and eighths of a series, also shifted by half their length, in sixteenths.
WINDOWS = tuple(
    tuple((begin, begin + size) for begin in range(0, SIXTEENTHS - size + 1, size // 2)) for size in (8, 4, 2)
)


class Prism(Bank):
    """Many views of few outputs: signed sums of channels, with and without their level, pooled in several ways.

    A series is the sum of up to nine channels drawn at random, each added or taken away, or the first differences of
    that. A kernel is one of MiniRocket's 84, or the three weights of 2 of one alone: that sees the level of a series,
    to which the whole kernel is blind. Eight features are read off each output: the share of values above each of
    four biases (ppv), the mean of what exceeds the first (mean_excess), the mean time of the values above the second
    (mean_index), the longest stretch without a value below the third (longest), and the mean absolute value
    (mean_abs). Biases are quantiles of the output on a training case drawn at random. Every second output or so is
    pooled only where no tap lies outside the series.

    Parameters
    ----------
    n_features : int, default=10_000
        How many features, rounded down to a multiple of 8, but at least 8.
    differences : float, default=0.2
        The share of the outputs that are of first differences.
    low : float, default=0.25
        The share of the outputs whose kernel is three weights alone.
    windows : float, default=0
        The share of the outputs that are pooled within a window only: a half, a quarter or an eighth of the series,
        at multiples of half their length. For data where it matters when something happens.
    random_state : int, RandomState or None, default=None
        Draws channels, kernels and training cases. Within a search, None leaves that to the search's own random_state.
    channel_names : sequence of str, optional
        Names of the channels, for the names of the features; within `LightWaveS`, its own count.
    n_jobs : int, optional
        Threads, in joblib's convention; within `LightWaveS`, its own count. The result does not depend on it.

    Attributes
    ----------
    plan_ : PooledPlan
        All features; row j computes column j.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

    See Also
    --------
    MiniRocket, MultiRocket : The banks that this one grew out of.
    Rocket : Random kernels; its features and these complete each other.

    Notes
    -----
    Columns stand output by output. Dilations are drawn on a logarithmic scale up to a quarter of the longest series.
    Series may be of any length from 1 to 65,535; a window of a short series has at least one time.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt, G. I. Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform for Time
       Series Classification", 2021, arXiv:2012.08791, section 3 (kernels, biases, padding).
    .. [2] C. W. Tan, A. Dempster, C. Bergmeir, G. I. Webb, "MultiRocket: Multiple pooling operators and
       transformations for fast and effective time series classification", 2022, arXiv:2102.00457, section 3
       (statistics, differences).

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import Prism
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> bank = Prism(n_features=500, windows=0.5, random_state=0).fit(X)
    >>> bank.transform(X).shape
    (4, 496)
    """

    def __init__(
        self,
        n_features=10_000,
        differences=0.2,
        low=0.25,
        windows=0.0,
        random_state=None,
        channel_names=None,
        n_jobs=None,
    ):
        self.n_features = n_features
        self.differences = differences
        self.low = low
        self.windows = windows
        self.random_state = random_state
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Raise an error for parameters that make no sense.

        Raises
        ------
        TypeError
            If n_features is not an int, or a share not a number.
        ValueError
            If n_features is below 1, a share is not from 0 to 1, or random_state is not one.
        """
        check_int(self.n_features, "n_features", 1)
        for name in ("differences", "low", "windows"):
            check_share(getattr(self, name), name)
        check_random_state(self.random_state)

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> PooledCandidates:
        """All features, drawn for such series; see `Bank.candidates` and `draw`."""
        rng = random_state if self.random_state is None else generator(self.random_state)
        n = max(1, int(self.n_features) // len(READ))
        n_members = (2 ** rng.uniform(0, np.log2(min(panel.n_channels, MOST_CHANNELS) + 1), n)).astype(np.int32)
        return self.draw(panel, shift, scale, n_members, draw_channels(rng, n_members, panel.n_channels), rng)

    def share(self, part: float) -> Bank:
        """A bank that offers about so large a part as many candidates; see `Bank.share`."""
        return self._with("n_features", part, len(READ))

    def draw(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        n_members: NDArray[np.int32],
        member: NDArray[np.int32],
        rng: np.random.RandomState,
    ) -> PooledCandidates:
        """Features of given sums of channels: all but these is drawn.

        Parameters
        ----------
        panel : Panel
            Training series.
        shift, scale : float64 (n_channels,)
        n_members : int32 (n_outputs,)
            How many channels are added up for each output.
        member : int32 (sum of n_members,)
            Those channels, output by output.
        rng : RandomState

        Returns
        -------
        PooledCandidates
            Eight features of each output, output by output.

        Raises
        ------
        ValueError
            If series are longer than 65,535 time points.
        """
        n = len(n_members)
        begin, end = draw_windows(rng, n, self.windows)
        low = rng.random_sample(n) < self.low
        longest = np.log2(max((panel.n_timepoints - 1) / 4, 1))
        outputs: dict[str, NDArray[np.int32]] = {
            "differences": (rng.random_sample(n) < self.differences).astype(np.int32),
            "kernel": (rng.randint(len(KERNELS), size=n) + len(KERNELS) * low).astype(np.int32),
            "dilation": (2 ** rng.uniform(0, longest, n)).astype(np.int32),
            "padded": rng.randint(2, size=n).astype(np.int32),
            "n_members": n_members,
            "member": member,
            "sign": 2 * rng.randint(2, size=len(member)).astype(np.int32) - 1,
        }
        case = rng.randint(panel.n_cases, size=n)
        quantiles = (np.arange(1, n * N_BIASES + 1) * GOLDEN % 1).reshape(n, N_BIASES)
        nth = np.array([number for _, number in READ], np.int32)
        statistic = np.array([STATISTICS.index(name) for name, _ in READ], np.int32)
        plan = PooledPlan(
            output=np.repeat(np.arange(n, dtype=np.int32), len(READ)),
            nth=np.tile(nth, n) + N_BIASES * np.repeat(twins(outputs, begin, end), len(READ)),
            bias=np.zeros(n * len(READ), np.float32),
            statistic=np.tile(statistic, n),
            begin=np.repeat(begin, len(READ)),
            end=np.repeat(end, len(READ)),
            **outputs,
            shift=shift,
            scale=scale,
            n_timepoints=panel.n_timepoints,
            channel_names=panel.channel_names,
        )
        return PooledCandidates(plan, quantiles[:, nth].reshape(-1), case, panel, everywhere=False)


def twins(outputs: dict[str, NDArray[np.int32]], begin: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.int32]:
    """How many outputs of the same name stand before each: short series of one channel have few different ones."""
    n_members = outputs["n_members"]
    signed = np.full((len(begin), MOST_CHANNELS), -1, np.int64)
    nth = np.arange(len(outputs["member"])) - np.repeat(np.cumsum(n_members) - n_members, n_members)
    signed[ragged(n_members, np.arange(len(begin))), nth] = 2 * outputs["member"] + (outputs["sign"] > 0)
    what = np.column_stack([outputs[name] for name in ("differences", "kernel", "dilation")] + [begin, end, signed])
    return copies(np.unique(what, axis=0, return_inverse=True)[1].reshape(-1)).astype(np.int32)


def draw_windows(rng: np.random.RandomState, n: int, share: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """From where to where n outputs are pooled, in sixteenths: a share of them in a window, the others whole."""
    begin, end = np.zeros(n, np.int32), np.full(n, SIXTEENTHS, np.int32)
    for o in np.flatnonzero(rng.random_sample(n) < share):
        of_size = WINDOWS[rng.randint(len(WINDOWS))]
        begin[o], end[o] = of_size[rng.randint(len(of_size))]
    return begin, end
