"""Morlet scattering: a bank of kymatio's coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..docstrings import shares
from ..panel import Panel
from ..plans.morlet import LARGEST_J, LARGEST_Q, STATISTICS, ScatteringPlan, frontend, meta
from ..validation import check_bool, check_int
from .bank import SHARED, Bank, of_series


@shares(SHARED)
class MorletScattering(Bank):
    """Scattering with Morlet wavelets, computed by kymatio [2]_, with each path pooled over time.

    In order 1, each channel is convolved with complex Morlet wavelets of many frequencies, and the modulus is taken. In
    order 2, the result is convolved with longer wavelets, one for each octave, and the modulus is taken again. Each
    chain of wavelets is a path. The path of order 0 is the series itself. The outputs are smoothed over ``2**J`` time
    points. Three statistics are read off each path: mean, max and min over time. Nothing is random, and nothing is
    learnt from data. This bank needs kymatio: ``pip install 'lightwaves[scattering]'``.

    Parameters
    ----------
    J : int, optional
        The longest wavelets cover about ``2**J`` time points, and so does the smoothing; from 1 to 16. The default is
        ``floor(log2(n)) - 2`` for n time points of the longest training series, but at least 1 and at most 8. For n
        from 8 to 2047, ``2**J`` is then between an eighth and a quarter of the series. So at least four smoothed values
        are pooled.
    Q : int, default=8
        The number of wavelets for each octave in order 1, from 1 to 64. Many wavelets distinguish close frequencies.
        Few wavelets are shorter, and follow quick changes.
    order : int, default=2
        The highest order that is computed: 1 or 2.
    average : bool, default=True
        False leaves out the smoothing. Then the modulus of each path, and the series itself, are pooled as they are.
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
    WaveletScattering : The bank of LightWaveS, with short real kernels.

    Notes
    -----
    A bank does not standardise; see `Bank`. Give it standardised series, or use `LightWaveS`. Columns are in
    the order channel, path, statistic. Paths are in the order of kymatio's ``meta()``.

    A name such as ``ch3_S2_j0_xi0.3357_j2_xi0.02187_max`` has the channel, the order, two numbers for the wavelet of
    each order, and the statistic. The numbers are those of ``meta()``, rounded to four digits: ``j`` (the output is
    subsampled by ``2**j``) and ``xi`` (the centre frequency in cycles per time point).

    Series may have any length. A series shorter than ``2**J`` is mirrored at both ends up to that length, as kymatio
    mirrors every series beyond its ends. Only the time points of a case itself count. So cases of equal length are
    computed together, with filters for that length. Many different lengths are slow. J is that of `fit` for all
    lengths.

    kymatio computes all paths of a channel together. A plan of few features saves the channels that it does not read.
    It saves order 2 if it reads nothing of it. It does not save single paths.

    Extremes are pooled instead of a standard deviation, because they say more where there are few time points.

    References
    ----------
    .. [1] J. Andén, S. Mallat, "Deep Scattering Spectrum", IEEE Transactions on Signal Processing 62(16), 2014,
       arXiv:1304.6763.
    .. [2] M. Andreux, T. Angles, G. Exarchakis, et al., "Kymatio: Scattering Transforms in Python", Journal of
       Machine Learning Research 21(60), 2020, arXiv:1812.11214.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import MorletScattering
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 50))
    >>> bank = MorletScattering(J=3, Q=2).fit(X)
    >>> bank.transform(X).shape
    (4, 72)
    >>> bank.get_feature_names_out()[[0, 4, -1]].tolist()
    ['ch0_S0_mean', 'ch0_S1_j0_xi0.35_max', 'ch1_S2_j0_xi0.1237_j1_xi0.04375_min']
    """

    def __init__(
        self,
        J: int | None = None,
        Q: int = 8,
        order: int = 2,
        average: bool = True,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.J = J
        self.Q = Q
        self.order = order
        self.average = average
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Check the parameters, and that kymatio is installed.

        Raises
        ------
        TypeError
            If J, Q or order is not an int, or average is not a bool.
        ValueError
            If J, Q or order is too small or too large.
        ImportError
            If kymatio is not installed.
        """
        for name, largest in (("J", LARGEST_J), ("Q", LARGEST_Q), ("order", 2)):
            value = getattr(self, name)
            if not (name == "J" and value is None) and check_int(value, name, 1) > largest:
                raise ValueError(f"{name} must be at most {largest}, got {value}.")
        check_bool(self.average, "average")
        frontend()

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> ScatteringPlan:
        """Offer all features; see `Bank.candidates`. Nothing is drawn."""
        J = default_J(panel.n_timepoints) if self.J is None else int(self.J)
        n_paths = len(meta(J, int(self.Q), int(self.order))["order"])
        rows: Any = np.indices((panel.n_channels, n_paths, len(STATISTICS)), np.int32).reshape(3, -1)
        return ScatteringPlan(
            **dict(zip(ScatteringPlan.ROWS, rows, strict=True)),
            J=J,
            Q=int(self.Q),
            order=int(self.order),
            average=bool(self.average),
            n_paths=n_paths,
            **of_series(panel, shift, scale),
        )


def default_J(n_timepoints: int) -> int:
    """The default J for the length n of the longest training series: floor(log2(n)) - 2, from 1 to 8."""
    return max(1, min(n_timepoints.bit_length() - 3, 8))
