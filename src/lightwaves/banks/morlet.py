"""Morlet scattering: a bank of kymatio's coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plans.scattering import LARGEST_J, LARGEST_Q, STATISTICS, ScatteringPlan, frontend, meta
from ..validation import check_bool, check_int
from .bank import Bank


class MorletScattering(Bank):
    """Scattering with Morlet wavelets, by kymatio, each path pooled over time.

    Each channel is convolved with complex Morlet wavelets of many frequencies, and the modulus is taken (order 1);
    that is convolved with longer wavelets, one to an octave, and the modulus taken again (order 2). Each chain of
    wavelets is a path; the path of order 0 is the series itself. The outputs are smoothed over ``2**J`` time points,
    and three statistics are read off each path: mean, max and min over time. Nothing is random and nothing is learnt.
    It needs kymatio: ``pip install 'lightwaves[scattering]'``.

    Parameters
    ----------
    J : int, optional
        The longest wavelets span about ``2**J`` time points, and so does the smoothing; from 1 to 16. By default
        ``floor(log2(n)) - 2`` for n time points of the longest training series, but from 1 to 8: for n from 8 to 2047
        that is a quarter of the series or less, down to an eighth, so that four smoothed values or more are pooled.
    Q : int, default=8
        Wavelets to an octave in order 1, from 1 to 64. Many tell close frequencies apart, few are shorter and
        follow quick changes.
    order : int, default=2
        1 or 2: the highest order that is computed.
    average : bool, default=True
        False leaves out the smoothing: the modulus of each path, and the series itself, are pooled as they are.
    channel_names : sequence of str, optional
        Names of the channels, for the names of the features; within `LightWaveS`, its own count.
    n_jobs : int, optional
        Threads, in joblib's convention; within `LightWaveS`, its own count. The result does not depend on it.

    Attributes
    ----------
    plan_ : ScatteringPlan
        All features; row j computes column j.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

    See Also
    --------
    WaveletScattering : The bank of LightWaveS, with short real kernels.

    Notes
    -----
    A bank does not standardise; give it standardised series or use `LightWaveS`, which does. Columns stand in the
    order channel, path, statistic; the paths in the order of kymatio's ``meta()``. A name such as
    ``ch3_S2_j0_xi0.3357_j2_xi0.02187_max`` gives the channel, the order, and for the wavelet of each order its ``j``
    (its output is thinned out by ``2**j``) and ``xi`` (its centre frequency in cycles per time point) as in
    ``meta()``, rounded to four digits, and the statistic.

    Series may be of any length. One shorter than ``2**J`` is mirrored at both ends up to that length, as kymatio
    mirrors every series beyond its ends. Only a case's own time points count, so cases of equal length are computed
    together, with filters made for that length; many different lengths are slow. J remains that of `fit`.

    kymatio computes all paths of a channel together. A plan of few features saves the channels that it does not
    read, and order 2 where it reads none of it, but no single paths.

    With few time points per window the extremes say more than a standard deviation does, so those are pooled.

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

    def __init__(self, J=None, Q=8, order=2, average=True, channel_names=None, n_jobs=None):
        self.J = J
        self.Q = Q
        self.order = order
        self.average = average
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def check(self) -> None:
        """Raise an error for parameters that make no sense, and where kymatio is missing.

        Raises
        ------
        TypeError
            If J, Q or order is something else than an int, or average than a bool.
        ValueError
            If one of them is too small or too large.
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
        """All features; see `Bank.candidates`. Nothing is drawn."""
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
            shift=shift,
            scale=scale,
            n_timepoints=panel.n_timepoints,
            channel_names=panel.channel_names,
        )


def default_J(n_timepoints: int) -> int:
    """J where none is given and the longest training series has that length: floor(log2(n)) - 2, from 1 to 8."""
    return max(1, min(n_timepoints.bit_length() - 3, 8))
