"""MiniRocket: shares of values above biases that are quantiles of training outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..loops.pooling import PPV, SIXTEENTHS
from ..panel import Panel
from ..plans.layout import KERNELS
from ..plans.pooled import PooledPlan
from ..validation import check_int
from .bank import Bank, generator
from .biases import PooledCandidates

MOST_CHANNELS = 9  # that a kernel adds up
GOLDEN = (np.sqrt(5) + 1) / 2  # its multiples, modulo 1, are spread evenly


class MiniRocket(Bank):
    """MiniRocket's transform: for each of many biases, the share of a convolution's values above it.

    The 84 kernels have nine taps, three of weight 2 and six of weight -1; each is applied at several dilations, to
    the sum of a few channels drawn at random. Biases are quantiles of its output on a training case drawn at random.
    Every second kernel is pooled only where no tap lies outside the series, the others everywhere, with zeros
    outside.

    Parameters
    ----------
    n_features : int, default=10_000
        How many features, rounded down to a multiple of 84, but at least 84.
    max_dilations_per_kernel : int, default=32
        At most so many dilations, spread evenly on a logarithmic scale up to an eighth of the longest series.
    random_state : int, RandomState or None, default=None
        Draws channels and training cases. Within a search, None leaves that to the search's own random_state.
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
    MultiRocket : Four statistics of each output, and first differences too.

    Notes
    -----
    With equal parameters the features are those of aeon's MiniRocket, in the same order. Series may be of any
    length, from 1 on; where one is too short to leave any time at which no tap lies outside, it is pooled
    everywhere. A bank does not standardise; where channels differ in scale, `LightWaveS`, which does, weighs them
    alike.

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
        n_features=10_000,
        max_dilations_per_kernel=32,
        random_state=None,
        channel_names=None,
        n_jobs=None,
    ):
        self.n_features = n_features
        self.max_dilations_per_kernel = max_dilations_per_kernel
        self.random_state = random_state
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Raise an error for parameters that make no sense.

        Raises
        ------
        TypeError
            If n_features or max_dilations_per_kernel is not an int.
        ValueError
            If one of them is below 1, or random_state is none.
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
        """All features, drawn for such series; see `Bank.candidates`."""
        if self.random_state is not None:
            random_state = generator(self.random_state)
        rows, outputs, case = draw_outputs(
            panel, int(self.n_features), int(self.max_dilations_per_kernel), False, random_state
        )
        n_rows = len(rows["output"])
        plan = PooledPlan(
            output=rows["output"],
            nth=rows["nth"],
            bias=np.zeros(n_rows, np.float32),
            statistic=np.full(n_rows, PPV, np.int32),
            begin=np.zeros(n_rows, np.int32),
            end=np.full(n_rows, SIXTEENTHS, np.int32),
            **outputs,
            shift=shift,
            scale=scale,
            n_timepoints=panel.n_timepoints,
            channel_names=panel.channel_names,
        )
        return PooledCandidates(plan, rows["quantile"], case, panel, everywhere=True)

    def share(self, part: float) -> Bank:
        """A bank that offers about so large a part as many candidates; see `Bank.share`."""
        return self._with("n_features", part, len(KERNELS))


def spread_dilations(n_timepoints: int, n_biases: int, most: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Dilations up to an eighth of the length, and how many of a kernel's biases each gets.

    Parameters
    ----------
    n_timepoints : int
    n_biases : int
        Of each kernel.
    most : int
        At most so many dilations.

    Returns
    -------
    dilations : int32 (n_dilations,)
    counts : int64 (n_dilations,)
        They add up to n_biases.
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
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]], NDArray[np.intp]]:
    """Draw outputs, and which quantiles are the biases of each: all of a `PooledPlan` but its statistics and series.

    Parameters
    ----------
    panel : Panel
        Training series; their values do not matter.
    n_features : int
        How many biases, over all outputs.
    max_dilations : int
    differences : bool
        Of first differences.
    random_state : RandomState

    Returns
    -------
    rows : dict of arrays (n_biases,)
        For each bias its output, its number among those of the output, and its quantile.
    outputs : dict of arrays
    case : int (n_outputs,)
        The training case that biases are quantiles of.
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
