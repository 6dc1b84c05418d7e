"""MultiRocket: four statistics of MiniRocket's outputs, on the series and on its first differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..loops.pooling import SIXTEENTHS
from ..panel import Panel
from ..plans import pooled
from ..plans.layout import KERNELS
from ..plans.pooled import PooledPlan
from .bank import Bank, generator
from .biases import PooledCandidates
from .minirocket import MiniRocket, draw_outputs

STATISTICS = pooled.STATISTICS[:4]
PER_BIAS = 2 * len(STATISTICS)  # features: on the series and on its differences


class MultiRocket(MiniRocket):
    """MultiRocket's transform: four statistics of each output and bias, also of first differences.

    Outputs and biases are drawn as `MiniRocket` draws them, once for the series and once for its first
    differences. The statistics are ppv, the share of values above the bias; longest, the longest stretch without a
    value below it; mean_positive, the mean of the values above it, plus the bias, 0 where there are none; and
    mean_index, the mean of their times, -1 where there are none.

    Parameters
    ----------
    n_features : int, default=50_000
        How many features, rounded down to a multiple of 672, but at least 672: 84 kernels, four statistics, and
        the series or its differences.
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
    MiniRocket : The shares alone: a fifth of the features, in about a third of the time.

    Notes
    -----
    With equal parameters the features are those of aeon's MultiRocket, in the same order: the series before its
    differences, then statistic, dilation, kernel and bias. That holds for three details of the authors' code too:
    longest counts from one value below the bias to the next, with the first and the last time as borders, and is not
    divided by the length; the mean of values has the bias added to it, not taken from it; and in differences, the
    four left taps of a kernel stand one time further right.

    Series may be of any length from 1 to 65,535; where one is too short to leave any time at which no tap lies
    outside, it is pooled everywhere.

    References
    ----------
    .. [1] C. W. Tan, A. Dempster, C. Bergmeir, G. I. Webb, "MultiRocket: Multiple pooling operators and
       transformations for fast and effective time series classification", 2022, arXiv:2102.00457, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import MultiRocket
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> MultiRocket(n_features=2000, random_state=0).fit_transform(X).shape
    (4, 1344)
    """

    def __init__(
        self,
        n_features=50_000,
        max_dilations_per_kernel=32,
        random_state=None,
        channel_names=None,
        n_jobs=None,
    ):
        super().__init__(n_features, max_dilations_per_kernel, random_state, channel_names, n_jobs)

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
        n_biases = max(int(self.n_features) // PER_BIAS, len(KERNELS))
        halves = [
            draw_outputs(panel, n_biases, int(self.max_dilations_per_kernel), half, random_state)
            for half in (False, True)
        ]
        all_rows: dict[str, list[NDArray[Any]]] = {name: [] for name in ("output", "nth", "quantile", "statistic")}
        first_output = 0
        for rows, outputs, _ in halves:
            for name, values in rows.items():
                all_rows[name].append(np.tile(values + (first_output if name == "output" else 0), len(STATISTICS)))
            all_rows["statistic"].append(np.repeat(np.arange(len(STATISTICS), dtype=np.int32), len(rows["output"])))
            first_output += len(outputs["kernel"])
        joined = {name: np.concatenate(parts) for name, parts in all_rows.items()}
        quantile, n_rows = joined.pop("quantile"), len(joined["output"])
        plan = PooledPlan(
            **joined,
            bias=np.zeros(n_rows, np.float32),
            begin=np.zeros(n_rows, np.int32),
            end=np.full(n_rows, SIXTEENTHS, np.int32),
            **{name: np.concatenate([outputs[name] for _, outputs, _ in halves]) for name in halves[0][1]},
            shift=shift,
            scale=scale,
            n_timepoints=panel.n_timepoints,
            channel_names=panel.channel_names,
        )
        case = np.concatenate([case for _, _, case in halves])
        return PooledCandidates(plan, quantile, case, panel, everywhere=True)

    def share(self, part: float) -> Bank:
        """A bank that offers about so large a part as many candidates; see `Bank.share`."""
        return self._with("n_features", part, PER_BIAS * len(KERNELS))
