"""MiniRocket: the proportion of an output's values above biases, which are quantiles of training outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..docstrings import shares
from ..loops.pooling import PPV, SIXTEENTHS
from ..panel import Panel
from ..plans.kernels import KERNELS
from ..plans.pooled import PooledPlan
from ..validation import check_int
from .bank import SHARED, Bank, of_series
from .biases import PooledCandidates

MOST_CHANNELS = 9  # that a kernel adds up
GOLDEN = (np.sqrt(5) + 1) / 2  # its multiples, modulo 1, are spread evenly


@shares(SHARED)
class MiniRocket(Bank):
    """MiniRocket's transform [1]_: the proportion of an output's values above a bias (ppv), for many biases.

    The 84 kernels have nine taps: three of weight 2 and six of weight -1. Each kernel is applied at several dilations,
    to the sum of a few channels drawn at random. The biases are quantiles of its output on one training case, which is
    also drawn at random. Outside a series, values are 0. Half of the outputs are pooled over all times. The other half
    are pooled only where all taps are inside the series.

    Parameters
    ----------
    n_features : int, default=10_000
        The number of features. It is rounded down to a multiple of 84, and is at least 84.
    {max_dilations_per_kernel}
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
    MultiRocket : Four statistics of each output, also of first differences.

    Notes
    -----
    With the same channels, dilations and biases of its kernels, the features are those of aeon's MiniRocket, in the
    same order. The same ``random_state`` draws others than aeon's.

    Series may have any length. If all taps of a kernel are inside a series at no time, the output is
    pooled over all times.

    A bank does not standardise; see `Bank`. Where channels differ in scale, use `LightWaveS`, which does.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt, G. I. Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform
       for Time Series Classification", 2021, arXiv:2012.08791, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import MiniRocket
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> MiniRocket(n_features=500, random_state=0).fit_transform(X).shape
    (4, 420)
    """

    def __init__(
        self,
        n_features: int = 10_000,
        max_dilations_per_kernel: int = 32,
        random_state: int | np.random.RandomState | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_features = n_features
        self.max_dilations_per_kernel = max_dilations_per_kernel
        self.random_state = random_state
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError
            If n_features or max_dilations_per_kernel is not an int.
        ValueError
            If n_features or max_dilations_per_kernel is below 1, or random_state is not valid.
        """
        check_int(self.n_features, "n_features", 1)
        check_int(self.max_dilations_per_kernel, "max_dilations_per_kernel", 1)
        check_random_state(self.random_state)

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> PooledCandidates:
        """Draw all features; see `Bank.candidates`."""
        rng = self._generator(random_state)
        rows, outputs, case = draw_outputs(panel, int(self.n_features), int(self.max_dilations_per_kernel), False, rng)
        n_rows = len(rows["output"])
        plan = PooledPlan(
            output=rows["output"],
            nth=rows["nth"],
            bias=np.zeros(n_rows, np.float32),
            statistic=np.full(n_rows, PPV, np.int32),
            begin=np.zeros(n_rows, np.int32),
            end=np.full(n_rows, SIXTEENTHS, np.int32),
            **outputs,
            **of_series(panel, shift, scale),
        )
        return PooledCandidates(plan, rows["quantile"], case, panel, everywhere=True)

    def share(self, part: float) -> Bank:
        """A bank with a part of the features; see `Bank.share`."""
        return self._with("n_features", part, len(KERNELS))


def spread_dilations(n_timepoints: int, n_biases: int, most: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Dilations up to an eighth of the length, and the number of biases for each.

    Parameters
    ----------
    n_timepoints : int
    n_biases : int
        The number of biases of each kernel.
    most : int
        The largest number of dilations.

    Returns
    -------
    dilations : int32 (n_dilations,)
        Ascending.
    counts : int64 (n_dilations,)
        The number of biases for each dilation. Their sum is n_biases.
    """
    n_steps = min(n_biases, most)
    highest = np.log2(max(n_timepoints - 1, 8) / 8)
    dilations, counts = np.unique(np.logspace(0, highest, n_steps, base=2).astype(np.int32), return_counts=True)
    counts = (counts * (n_biases / n_steps)).astype(np.int64)
    left = n_biases - counts.sum()
    counts += left // len(counts) + (np.arange(len(counts)) < left % len(counts))
    return dilations, counts


def draw_outputs(
    panel: Panel, n_features: int, max_dilations: int, differences: bool, random_state: np.random.RandomState
) -> tuple[dict[str, NDArray[Any]], dict[str, Any], NDArray[np.intp]]:
    """Draw outputs, and the quantiles that are their biases.

    Parameters
    ----------
    panel : Panel
        The training series. Their values do not matter here.
    n_features : int
        The number of biases, over all outputs.
    max_dilations : int
        The largest number of dilations.
    differences : bool
        Whether the outputs are those of first differences.
    random_state : RandomState

    Returns
    -------
    rows : dict of arrays (n_biases,)
        For each bias: its output, its number among the biases of that output, and its quantile.
    outputs : dict of arrays
        The arrays of a `PooledPlan` that describe its outputs.
    case : int (n_outputs,)
        The training case on which the quantiles are taken.
    """
    n_kernels, n_channels = len(KERNELS), panel.n_channels
    n_biases = max(1, n_features // n_kernels)
    dilations, counts = spread_dilations(panel.n_timepoints - differences, n_biases, max_dilations)
    n_outputs = n_kernels * len(dilations)
    kernel, of_dilation = np.tile(np.arange(n_kernels), len(dilations)), np.repeat(np.arange(len(dilations)), n_kernels)
    exponents = random_state.uniform(0, np.log2(min(n_channels, MOST_CHANNELS) + 1), n_outputs)
    n_members = (2**exponents).astype(np.int32)
    members = [random_state.choice(n_channels, n, replace=False) for n in n_members]
    cases = random_state.randint(panel.n_cases, size=n_outputs)

    n_drawn = counts[of_dilation]
    output = np.repeat(np.arange(n_outputs, dtype=np.int32), n_drawn)
    rows = {
        "output": output,
        "nth": (np.arange(len(output)) - np.repeat(np.cumsum(n_drawn) - n_drawn, n_drawn)).astype(np.int32),
        "quantile": (np.arange(1, len(output) + 1) * GOLDEN) % 1,
    }
    outputs = {
        "differences": np.full(n_outputs, differences, np.int32),
        "kernel": kernel.astype(np.int32),
        "dilation": dilations[of_dilation],
        "padded": ((of_dilation + kernel) % 2 == 0).astype(np.int32),
        "n_members": n_members,
        "member": np.concatenate(members).astype(np.int32),
        "sign": np.ones(n_members.sum(), np.int32),
    }
    return rows, outputs, cases
