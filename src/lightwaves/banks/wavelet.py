"""Wavelet scattering: the bank of LightWaveS."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..docstrings import shares
from ..panel import Panel
from ..plans.kernels import KERNELS
from ..plans.plan import LONGEST
from ..plans.wavelet import STATISTICS, KernelPlan
from ..validation import check_int, shown
from .bank import SHARED, Bank, of_series
from .candidates import Candidates


@shares(SHARED)
class WaveletScattering(Bank):
    """Wavelet scattering with MiniRocket's 84 kernels: the bank of LightWaveS [1]_.

    Each channel is convolved with 84 kernels [2]_ of nine taps: three of weight 2 and six of weight -1. The dilations
    are 1, 2, 4, and so on. Outside a series, values are 0. The output z is divided by ``dilation ** 1.5``. Four
    statistics are read off z:

    - ppv: the proportion of z > 0;
    - max_abs: the largest abs(z);
    - lspv: the longest run of z > 0, divided by the length;
    - min_abs: the smallest abs(z).

    Level 2 takes every second value of abs(z), applies the same kernel to it, and reads off the same statistics.
    Nothing is random, and nothing is learnt from data.

    Parameters
    ----------
    levels : tuple of int, default=(1, 2)
        The levels: ``(1,)``, ``(2,)`` and ``(1, 2)`` are L1, L2 and L1L2 of the paper.
    max_dilation : int, default=32
        The dilations are the powers of 2 from 1 to this number.
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
    LightWaveS : Chooses the few features that matter.

    Notes
    -----
    A bank does not standardise; see `Bank`. Give it standardised series, or use `LightWaveS`. Columns are in
    the order channel, kernel, dilation, level, statistic.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379, section 3.
    .. [2] A. Dempster, D. F. Schmidt, G. I. Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform
       for Time Series Classification", 2021, arXiv:2012.08791, section 3.1 (the kernels).

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import WaveletScattering
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> WaveletScattering(levels=(1,)).fit_transform(X).shape
    (4, 4032)
    """

    def __init__(
        self,
        levels: Sequence[int] = (1, 2),
        max_dilation: int = 32,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.levels = levels
        self.max_dilation = max_dilation
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError
            If levels is not a sequence of ints, or max_dilation is not an int.
        ValueError
            If a level is unknown or appears twice, or max_dilation is below 1 or longer than any series.
        """
        if isinstance(self.levels, str | numbers.Number) or not isinstance(self.levels, Iterable):
            raise TypeError(f"levels must be a tuple of 1 and 2, such as (1, 2), got {shown(self.levels)}.")
        levels = tuple(self.levels)
        for level in levels:
            check_int(level, "a level", 1)
        if not levels or len(set(levels)) < len(levels) or max(levels) > 2:
            raise ValueError(f"levels must name 1, 2 or both, each once, got {shown(self.levels)}.")
        if check_int(self.max_dilation, "max_dilation", 1) > LONGEST:
            raise ValueError(f"max_dilation must be at most {LONGEST}, got {shown(self.max_dilation)}.")

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> WaveletCandidates:
        """Offer all features; see `Bank.candidates`. Nothing is drawn."""
        return WaveletCandidates(
            levels=tuple(sorted(self.levels)),
            n_dilations=int(self.max_dilation).bit_length(),
            **of_series(panel, shift, scale),
        )


@dataclass(frozen=True)
class WaveletCandidates(Candidates):
    """All features of wavelet scattering, for series of some channels. A block is one channel and one dilation.

    Ids count channel, kernel, dilation, level and statistic. The statistic changes fastest.
    """

    levels: tuple[int, ...]
    n_dilations: int
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    n_timepoints: int
    channel_names: tuple[str, ...] | None

    def __len__(self) -> int:
        return math.prod(self._shape)

    @property
    def _shape(self) -> tuple[int, ...]:
        return (len(self.shift), len(KERNELS), self.n_dilations, len(self.levels), len(STATISTICS))

    @property
    def n_blocks(self) -> int:
        """The number of blocks: one for each channel and dilation."""
        return len(self.shift) * self.n_dilations

    def block(self, number: int) -> tuple[NDArray[np.int64], KernelPlan]:
        """The ids of one block, and its plan. The blocks of one dilation share their layouts."""
        channel, dilation = divmod(number, self.n_dilations)
        ids, first = _one_block(self.levels, self.n_dilations, dilation)
        plan = replace(first, **self._series, channel=np.full(len(first), channel, np.int32))
        plan.__dict__.update(layouts=first.layouts, channels=np.array([channel]))
        return ids + channel * math.prod(self._shape[1:]), plan

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        channel, dilation = divmod(number, self.n_dilations)
        return _one_block(self.levels, self.n_dilations, dilation)[0] + channel * math.prod(self._shape[1:])

    def plan(self, ids: NDArray[np.int64]) -> KernelPlan:
        """The plan of the candidates with these ids."""
        channel, kernel, dilation, level, statistic = np.unravel_index(ids, self._shape)
        return KernelPlan(
            channel=channel.astype(np.int32),
            kernel=kernel.astype(np.int32),
            dilation=2 ** dilation.astype(np.int32),
            level=np.array(self.levels, np.int32)[level],
            statistic=statistic.astype(np.int32),
            **self._series,
        )

    @property
    def _series(self) -> dict[str, Any]:
        names = ("shift", "scale", "n_timepoints", "channel_names")
        return {name: getattr(self, name) for name in names}


@lru_cache(maxsize=64)
def _one_block(levels: tuple[int, ...], n_dilations: int, which: int) -> tuple[NDArray[np.int64], KernelPlan]:
    """The ids of the first channel and one dilation, and their plan, which keeps its layouts."""
    shape = (len(KERNELS), n_dilations, len(levels), len(STATISTICS))
    kernel, dilation, level, statistic = (index[:, which].ravel().astype(np.int32) for index in np.indices(shape))
    plan = KernelPlan(
        channel=np.zeros(kernel.size, np.int32),
        kernel=kernel,
        dilation=2**dilation,
        level=np.array(levels, np.int32)[level],
        statistic=statistic,
        shift=np.zeros(1),
        scale=np.ones(1),
        n_timepoints=0,
    )
    return np.ravel_multi_index((kernel, dilation, level, statistic), shape).astype(np.int64), plan
