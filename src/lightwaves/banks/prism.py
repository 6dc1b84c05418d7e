"""Prism: many features of few outputs, of signed sums of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..docstrings import shares
from ..loops.pooling import SIXTEENTHS
from ..panel import Panel
from ..plans.kernels import KERNELS
from ..plans.pooled import STATISTICS, PooledPlan
from ..plans.ragged import copies, ragged
from ..validation import check_int, check_share
from .bank import SHARED, Bank, of_series
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


@shares(SHARED)
class Prism(Bank):
    """Many features of few outputs: signed sums of channels, two forms of kernels, and several statistics.

    This bank is the library's own. It is made for detachment, because features of one output share its convolution.

    - A series is the sum of up to nine channels drawn at random, each with a random sign. Some outputs use its first
      differences.
    - A kernel is one of MiniRocket's 84 [1]_. Some outputs use only its three weights of 2. Such a kernel sees the
      baseline of a series. A whole kernel does not, because its weights sum to zero.
    - Four biases are quantiles of the output on one training case, which is drawn at random.
    - About half of the outputs are pooled only where all taps are inside the series.

    Eight features are read off each output:

    - ppv: the proportion of values above a bias, for each of the four biases;
    - mean_excess: the mean over all values of what exceeds the first bias;
    - mean_index: the mean time of the values above the second bias; -1 if there are none;
    - longest: the largest distance between two neighbouring times with a value below the third bias; the first and
      the last time count as such times too;
    - mean_abs: the mean absolute value.

    Parameters
    ----------
    n_features : int, default=10_000
        The number of features. It is rounded down to a multiple of 8, and is at least 8.
    differences : float, default=0.2
        The share of outputs that use first differences, from 0 to 1.
    low : float, default=0.25
        The share of outputs whose kernel has three weights only, from 0 to 1.
    windows : float, default=0
        The share of outputs that are pooled in a window only, from 0 to 1. A window is a half, a quarter or an eighth
        of the series. Windows begin at multiples of half their length. Use this where it matters when something
        happens.
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
    MiniRocket, MultiRocket : The banks from which this one was developed.
    Rocket : Random kernels, whose features complement these.

    Notes
    -----
    Columns are in the order of the outputs, with the eight features of an output together. Dilations are drawn on a
    logarithmic scale, from 1 to a quarter of the longest training series. The page "How LightWaveS
    works" has all formulas.

    Series may have any length. A window of a short series has at least one time. Of a series of one time point, what is
    read off first differences is 0, and mean_index -1.

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
        n_features: int = 10_000,
        differences: float = 0.2,
        low: float = 0.25,
        windows: float = 0.0,
        random_state: int | np.random.RandomState | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_features = n_features
        self.differences = differences
        self.low = low
        self.windows = windows
        self.random_state = random_state
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError
            If n_features is not an int, or a share is not a number.
        ValueError
            If n_features is below 1, a share is not from 0 to 1, or random_state is not valid.
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
        """Draw all features; see `Bank.candidates` and `draw`."""
        rng = self._generator(random_state)
        n = max(1, int(self.n_features) // len(READ))
        n_members = (2 ** rng.uniform(0, np.log2(min(panel.n_channels, MOST_CHANNELS) + 1), n)).astype(np.int32)
        return self.draw(panel, shift, scale, n_members, draw_channels(rng, n_members, panel.n_channels), rng)

    def share(self, part: float) -> Bank:
        """A bank with a part of the features; see `Bank.share`."""
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
        """Draw features of given sums of channels.

        Parameters
        ----------
        panel : Panel
            The training series.
        shift, scale : float64 (n_channels,)
            How each channel is standardised; see `Bank.candidates`.
        n_members : int32 (n_outputs,)
            The number of channels in the sum of each output.
        member : int32 (sum of n_members,)
            These channels, output by output. Their signs and everything else are drawn.
        rng : RandomState

        Returns
        -------
        PooledCandidates
            Eight features of each output, output by output.
        """
        n = len(n_members)
        begin, end = draw_windows(rng, n, self.windows)
        low = rng.random_sample(n) < self.low
        longest = np.log2(max((panel.n_timepoints - 1) / 4, 1))
        outputs: dict[str, Any] = {
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
            **of_series(panel, shift, scale),
        )
        return PooledCandidates(plan, quantiles[:, nth].reshape(-1), case, panel, everywhere=False)


def twins(outputs: dict[str, NDArray[np.int32]], begin: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.int32]:
    """For each output, the number of outputs before it that would have the same name.

    Short series of one channel have few different outputs, so there are such cases.
    """
    n_members = outputs["n_members"]
    signed = np.full((len(begin), MOST_CHANNELS), -1, np.int64)
    nth = np.arange(len(outputs["member"])) - np.repeat(np.cumsum(n_members) - n_members, n_members)
    signed[ragged(n_members, np.arange(len(begin))), nth] = 2 * outputs["member"] + (outputs["sign"] > 0)
    what = np.column_stack([outputs[name] for name in ("differences", "kernel", "dilation")] + [begin, end, signed])
    return copies(np.unique(what, axis=0, return_inverse=True)[1].reshape(-1)).astype(np.int32)


def draw_windows(rng: np.random.RandomState, n: int, share: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Draw the begin and end of what is pooled of n outputs, in sixteenths: a share in a window, the others whole."""
    begin, end = np.zeros(n, np.int32), np.full(n, SIXTEENTHS, np.int32)
    for o in np.flatnonzero(rng.random_sample(n) < share):
        of_size = WINDOWS[rng.randint(len(WINDOWS))]
        begin[o], end[o] = of_size[rng.randint(len(of_size))]
    return begin, end
