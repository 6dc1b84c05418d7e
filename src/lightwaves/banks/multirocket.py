"""MultiRocket: four statistics of MiniRocket's outputs, on the series and on its first differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..docstrings import shares
from ..loops.pooling import SIXTEENTHS
from ..panel import Panel
from ..plans import pooled
from ..plans.kernels import KERNELS
from ..plans.pooled import PooledPlan
from .bank import SHARED, Bank, of_series
from .biases import PooledCandidates
from .minirocket import MiniRocket, draw_outputs

STATISTICS = pooled.STATISTICS[:4]
PER_BIAS = 2 * len(STATISTICS)  # features: on the series and on its differences


@shares(SHARED)
class MultiRocket(MiniRocket):
    """MultiRocket's transform [1]_: four statistics for each output and bias, also of first differences.

    Outputs and biases are drawn as in `MiniRocket`, once for the series and once for its first differences. The
    statistics are:

    - ppv: the proportion of values above the bias;
    - longest: the longest stretch without a value below the bias;
    - mean_positive: the mean of the values above the bias, plus the bias; 0 if there are none;
    - mean_index: the mean of the times of these values; -1 if there are none.

    Parameters
    ----------
    n_features : int, default=50_000
        The number of features. It is rounded down to a multiple of 672, and is at least 672: 84 kernels, times four
        statistics, for the series and for its differences.
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
    MiniRocket : ppv alone, so a fifth of the features, in a fraction of the time.

    Notes
    -----
    With the same channels, dilations and biases of its kernels, the features are those of aeon's MultiRocket, in the
    same order: series before differences, then statistic, dilation, kernel and bias. The same ``random_state`` draws
    others than aeon's. In aeon, differences have the channels that were drawn for the series; here, channels are drawn
    for both. Three details are those of the authors' code:

    - longest counts from one value below the bias to the next. The first and the last time are borders. It is not
      divided by the length.
    - mean_positive has the bias added, not subtracted.
    - In differences, the four left taps of a kernel stand one time further right.

    Series may have any length. If all taps of a kernel are inside a series at no time, the output is
    pooled over all times.

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
        n_features: int = 50_000,
        max_dilations_per_kernel: int = 32,
        random_state: int | np.random.RandomState | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(n_features, max_dilations_per_kernel, random_state, channel_names, n_jobs)

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> PooledCandidates:
        """Draw all features; see `Bank.candidates`."""
        rng = self._generator(random_state)
        n_biases = max(int(self.n_features) // PER_BIAS, len(KERNELS))
        halves = [
            draw_outputs(panel, n_biases, int(self.max_dilations_per_kernel), half, rng) for half in (False, True)
        ]
        all_rows: dict[str, list[NDArray[Any]]] = {name: [] for name in ("output", "nth", "quantile", "statistic")}
        first_output = 0
        for rows, outputs, _ in halves:
            for name, values in rows.items():
                all_rows[name].append(np.tile(values + (first_output if name == "output" else 0), len(STATISTICS)))
            all_rows["statistic"].append(np.repeat(np.arange(len(STATISTICS), dtype=np.int32), len(rows["output"])))
            first_output += len(outputs["kernel"])
        joined: dict[str, Any] = {name: np.concatenate(parts) for name, parts in all_rows.items()}
        joined |= {name: np.concatenate([outputs[name] for _, outputs, _ in halves]) for name in halves[0][1]}
        quantile, n_rows = joined.pop("quantile"), len(joined["output"])
        plan = PooledPlan(
            **joined,
            bias=np.zeros(n_rows, np.float32),
            begin=np.zeros(n_rows, np.int32),
            end=np.full(n_rows, SIXTEENTHS, np.int32),
            **of_series(panel, shift, scale),
        )
        case = np.concatenate([case for _, _, case in halves])
        return PooledCandidates(plan, quantile, case, panel, everywhere=True)

    def share(self, part: float) -> Bank:
        """A bank with a part of the features; see `Bank.share`."""
        return self._with("n_features", part, PER_BIAS * len(KERNELS))
