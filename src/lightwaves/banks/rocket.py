"""Rocket: random convolutional kernels over several channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..docstrings import shares
from ..panel import Panel
from ..plans.rocket import STATISTICS, RocketPlan
from ..validation import check_int
from .bank import SHARED, Bank, of_series

LENGTHS = (7, 9, 11)


@shares(SHARED)
class Rocket(Bank):
    """Rocket's random kernels [1]_, each with two features: the proportion of positive values, and the maximum.

    Each kernel reads some channels, which are drawn with it. It has 7, 9 or 11 taps for each of them. The weights are
    normal, and centred for each channel. The bias is uniform from -1 to 1. The dilation is log-uniform from 1 to the
    largest that fits into the longest training series. Half of the kernels use zero padding. Two features are read off
    the output z: ppv, the proportion of z > 0, and max, the largest z.

    Parameters
    ----------
    n_kernels : int, default=10_000
        The number of kernels. Each gives two features.
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
    LightWaveS : Chooses the few features that matter.
    WaveletScattering : Features of which nothing is random.

    Notes
    -----
    Columns are in the order kernel, statistic. `fit` uses only the number of channels and the length of the longest
    series, which limits the dilations.

    The biases suit series with mean 0 and standard deviation 1, but a bank does not standardise; see `Bank`.
    `LightWaveS` with ``scale=True`` does, for each channel over the training cases. aeon's Rocket standardises each
    channel of each series alone. With ``normalise=False`` it does not, and then equal kernels give equal features.

    Series may differ in length. Each is pooled over its own time. If a series is too short for a kernel without
    padding, the kernel is used with padding.

    References
    ----------
    .. [1] A. Dempster, F. Petitjean, G. I. Webb, "ROCKET: Exceptionally fast and accurate time series
       classification using random convolutional kernels", 2020, arXiv:1910.13051.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import Rocket
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> bank = Rocket(n_kernels=100, random_state=0).fit(X)
    >>> bank.transform(X).shape
    (4, 200)
    """

    def __init__(
        self,
        n_kernels: int = 10_000,
        random_state: int | np.random.RandomState | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_kernels = n_kernels
        self.random_state = random_state
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError
            If n_kernels is not an int.
        ValueError
            If n_kernels is below 1, or random_state is not valid.
        """
        check_int(self.n_kernels, "n_kernels", 1)
        check_random_state(self.random_state)

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> RocketPlan:
        """Draw all features; see `Bank.candidates`."""
        rng = self._generator(random_state)
        n, n_channels = int(self.n_kernels), panel.n_channels
        length = rng.choice(LENGTHS, n)
        limit = np.minimum(length, n_channels)
        n_inputs = np.minimum(2 ** (rng.random_sample(n) * np.log2(limit + 1)), limit).astype(np.int32)
        widest = np.log2(np.maximum((panel.n_timepoints - 1) / (length - 1), 1))
        dilation = (2 ** (rng.random_sample(n) * widest)).astype(np.int32)
        channel = draw_channels(rng, n_inputs, n_channels)
        per_channel = np.repeat(length, n_inputs)
        weight = rng.standard_normal(per_channel.sum())
        means = np.add.reduceat(weight, np.cumsum(per_channel) - per_channel) / per_channel
        return RocketPlan(
            kernel=np.repeat(np.arange(n, dtype=np.int32), len(STATISTICS)),
            statistic=np.tile(np.arange(len(STATISTICS), dtype=np.int32), n),
            number=np.arange(n, dtype=np.int32),
            length=length.astype(np.int32),
            dilation=dilation,
            padded=rng.random_sample(n) < 0.5,
            bias=rng.uniform(-1, 1, n).astype(np.float32),
            n_inputs=n_inputs,
            channel=channel,
            weight=(weight - np.repeat(means, per_channel)).astype(np.float32),
            **of_series(panel, shift, scale),
        )

    def share(self, part: float) -> Bank:
        """A bank with a part of the kernels; see `Bank.share`."""
        return self._with("n_kernels", part, 1)


def draw_channels(rng: np.random.RandomState, n_drawn: NDArray[np.int32], n_channels: int) -> NDArray[np.int32]:
    """Draw distinct channels for each kernel. All subsets of one size are equally likely.

    Parameters
    ----------
    rng : RandomState
    n_drawn : int32 (n_kernels,)
        The number of channels for each kernel, at most n_channels.
    n_channels : int

    Returns
    -------
    int32 (sum of n_drawn,)
        The channels, kernel by kernel. Those of one kernel ascend.
    """
    most = int(n_drawn.max())
    # The next channel is one of those left, counted without the ones taken; then these are counted in, from below.
    taken = np.full((len(n_drawn), most), n_channels)
    for i in range(most):
        channel = (rng.random_sample(len(n_drawn)) * (n_channels - i)).astype(np.int64)
        for earlier in taken.T[:i]:
            channel += channel >= earlier
        taken[:, i] = np.where(i < n_drawn, channel, n_channels)
        taken[:, : i + 1].sort(axis=1)
    return taken[taken < n_channels].astype(np.int32)
