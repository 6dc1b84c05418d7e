"""Wavelet scattering: the bank of LightWaveS."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from ..layout import KERNELS, run
from ..loops.lanes import N_LANES
from ..panel import Panel
from ..plan import STATISTICS, KernelPlan
from ..series import SeriesMixin
from ..validation import check_int, check_n_jobs


class WaveletScattering(SeriesMixin, TransformerMixin, BaseEstimator):
    """All features of wavelet scattering with MiniRocket's 84 kernels, in a fixed order.

    Each channel is convolved with 84 kernels of nine taps (three of weight 2, six of weight -1) at the
    dilations 1, 2, 4, ..., zero padded, and divided by ``dilation ** 1.5``. Four statistics are read off the
    output z: ppv, the share of z > 0; max_abs, the largest abs(z); lspv, the longest run of z > 0, divided by
    the length; min_abs, the smallest abs(z). Level 2 does the same to every second value of abs(z), with the
    same kernel. Nothing is random and nothing is learnt.

    Parameters
    ----------
    levels : tuple of int, default=(1, 2)
        Any of 1 and 2: ``(1,)``, ``(2,)`` and ``(1, 2)`` are L1, L2 and L1L2 of the paper.
    max_dilation : int, default=32
        Dilations are the powers of 2 up to it.
    channel_names : sequence of str, optional
        Names of the channels, for the names of the features.
    n_jobs : int, optional
        Threads, in joblib's convention. The result does not depend on it.

    Attributes
    ----------
    plan_ : KernelPlan
        All features; row j computes column j.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

    See Also
    --------
    LightWaveS : Chooses the few features that matter.

    Notes
    -----
    A bank does not standardise; give it standardised series or use `LightWaveS`, which does. Columns stand in
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

    def __init__(self, levels=(1, 2), max_dilation=32, channel_names=None, n_jobs=None):
        self.levels = levels
        self.max_dilation = max_dilation
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X: Any, y: Any = None) -> WaveletScattering:
        """Note the number of channels; nothing is learnt.

        Parameters
        ----------
        X : array (n_cases, n_channels, n_timepoints), list of arrays (n_channels, n_timepoints_i), or mapping
            See `LightWaveS.fit`.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter or X is not as described.
        """
        self.check()
        check_n_jobs(self.n_jobs)
        panel = self._fit_panel(X)
        n_channels = panel.n_channels
        ids = np.arange(n_channels * self._n_per_channel, dtype=np.int64)
        self.plan_ = self.plan(ids, np.zeros(n_channels), np.ones(n_channels), panel.channel_names)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute all features.

        Parameters
        ----------
        X : as in `fit`, with the same channels; the lengths may differ

        Returns
        -------
        float32 (n_cases, n_features)
            336 features for each channel, dilation and two levels: 84 kernels times 4 statistics a level.
        """
        panel = self._next_panel(X)
        return self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs))

    def check(self) -> None:
        """Raise an error for parameters that make no sense.

        Raises
        ------
        TypeError
            If levels is not a sequence, or holds or max_dilation is something else than an int.
        ValueError
            If a level is unknown or named twice, or max_dilation is below 1.
        """
        if isinstance(self.levels, str | numbers.Number) or not isinstance(self.levels, Iterable):
            raise TypeError(f"levels must be a tuple of 1 and 2, such as (1, 2), got {self.levels!r}.")
        levels = tuple(self.levels)
        for level in levels:
            check_int(level, "a level", 1)
        if not levels or len(set(levels)) < len(levels) or max(levels) > 2:
            raise ValueError(f"levels must name 1, 2 or both, each once, got {self.levels!r}.")
        check_int(self.max_dilation, "max_dilation", 1)

    @property
    def _dilations(self) -> NDArray[np.int32]:
        return 2 ** np.arange(int(self.max_dilation).bit_length(), dtype=np.int32)

    @property
    def _n_per_channel(self) -> int:
        return len(KERNELS) * len(self._dilations) * len(self.levels) * len(STATISTICS)

    def n_blocks(self, n_channels: int) -> int:
        """How many blocks the candidates come in: one for each channel and dilation."""
        return n_channels * len(self._dilations)

    def block(
        self, number: int, panel: Panel, cases: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Compute one block of candidates.

        Parameters
        ----------
        number : int
            From 0 to ``n_blocks - 1``.
        panel : Panel
        cases : int (n_taken_cases,)
            Which cases, in which order.
        standard : float32 (n_channels, 3)
            How each channel is standardised; see `lightwaves.plan.standardisation`.

        Returns
        -------
        ids : int64 (n_candidates,)
        values : float32 (n_candidates + 1, width)
            Row j is candidate ``ids[j]``; see `lightwaves.selection.spare_rows`.
        """
        n_dilations = int(self.max_dilation).bit_length()
        channel, which = divmod(number, n_dilations)
        ids, plan = _one_block(tuple(sorted(self.levels)), n_dilations, which)
        out = np.empty((len(plan) + 1, -(-len(cases) // N_LANES) * N_LANES), np.float32)
        x = panel.take(cases, np.array([channel]))
        layout = plan.layout_for(len(cases), panel.n_timepoints)
        read = np.zeros(1, np.intp)
        run(layout, x, panel.lengths[cases], read, standard[channel : channel + 1], out.reshape(-1), out.shape[1])
        return ids + channel * self._n_per_channel, out

    def plan(
        self,
        ids: NDArray[np.int64],
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        channel_names: tuple[str, ...] | None = None,
    ) -> KernelPlan:
        """The plan that computes the candidates with these ids.

        Parameters
        ----------
        ids : int64 (n_features,)
            Counted through channel, kernel, dilation, level and statistic, the last fastest.
        shift, scale : float64 (n_channels,)
        channel_names : tuple of str, optional

        Returns
        -------
        KernelPlan
        """
        levels = np.array(sorted(self.levels), np.int32)
        shape = (len(shift), len(KERNELS), len(self._dilations), len(levels), len(STATISTICS))
        channel, kernel, dilation, level, statistic = np.unravel_index(ids, shape)
        return KernelPlan(
            channel=channel.astype(np.int32),
            kernel=kernel.astype(np.int32),
            dilation=self._dilations[dilation],
            level=levels[level],
            statistic=statistic.astype(np.int32),
            shift=shift,
            scale=scale,
            channel_names=channel_names,
        )


@lru_cache(maxsize=64)
def _one_block(levels: tuple[int, ...], n_dilations: int, which: int) -> tuple[NDArray[np.int64], KernelPlan]:
    """Ids of the features of the first channel and one dilation, and a plan, which keeps its layouts."""
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
    )
    return np.ravel_multi_index((kernel, dilation, level, statistic), shape).astype(np.int64), plan
