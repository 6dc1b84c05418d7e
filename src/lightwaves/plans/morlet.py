"""The plan of Morlet scattering: kymatio's coefficients, pooled over time."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..entries import INT32, Array, Number, entry
from ..validation import own_filters
from .plan import FLOAT32, Plan

STATISTICS = ("mean", "max", "min")
LARGEST_J, LARGEST_Q = 16, 64  # whose filters take a gigabyte
LANES = 8  # series are computed in multiples of so many
BLOCK = 1 << 14  # values of series that are computed together
LONG = 32  # times the reach of the longest wavelets: filters of longer series are no wider


@dataclass(frozen=True, eq=False, kw_only=True)
class ScatteringPlan(Plan):
    """Features of Morlet scattering, with one row for each. Row j computes column j.

    Attributes
    ----------
    channel : int32 (n_features,)
        The channel.
    path : int32 (n_features,)
        The path of the scattering, in the order of kymatio's ``meta()``.
    statistic : int32 (n_features,)
        The statistic: an index into ``lightwaves.plans.morlet.STATISTICS``.
    J : int
        The longest wavelets cover about ``2**J`` time points.
    Q : int
        The number of wavelets for each octave in the first order.
    order : int
        The highest order: 1 or 2.
    average : bool
        Whether the coefficients are smoothed over ``2**J`` time points before they are pooled.
    n_paths : int
        The number of paths of such a scattering.
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.
    """

    channel: NDArray[np.int32] = entry(Array(np.int32, "n_features", below="n_channels"))
    path: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=INT32))
    statistic: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(STATISTICS) - 1))
    J: int = entry(Number(int, 1, LARGEST_J))
    Q: int = entry(Number(int, 1, LARGEST_Q))
    order: int = entry(Number(int, 1, 2))
    average: bool = entry(Number(bool))
    n_paths: int = entry(Number(int, 1, INT32))

    ROWS: ClassVar[tuple[str, ...]] = ("channel", "path", "statistic")

    @property
    def counts_time_points(self) -> bool:
        """No feature does: they are means, maxima and minima."""
        return False

    def check(self) -> None:
        """Make sure that there is such a scattering; see `Plan.check`."""
        super().check()
        try:
            n_paths = len(self._meta["order"])
        except ImportError:  # without kymatio a plan can be read, though not computed
            n_paths = self.n_paths
        if self.n_paths != n_paths:
            raise ValueError(f"n_paths must be {n_paths}")
        if len(self) and self.path.max() >= n_paths:
            raise ValueError(f"path must be from 0 to {n_paths - 1}, but holds {self.path.max()}")

    def feature_names(self) -> list[str]:
        """Names of the features, such as ``ch3_S2_j0_xi0.3357_j2_xi0.02187_max``.

        A name has the channel, the order of the path (``S0``, ``S1``, ``S2``), two numbers for the wavelet of each
        order, and the statistic. The numbers are those of kymatio's ``meta()``: ``j`` (the output is subsampled by
        ``2**j``) and ``xi`` (the centre frequency in cycles per time point, to four digits).
        """
        names, paths = self.names_in_features, [f"S{order}" for order in self._meta["order"]]
        for i, (js, xis) in enumerate(zip(self._meta["j"], self._meta["xi"], strict=True)):
            paths[i] += "".join(f"_j{j:.0f}_xi{xi:.4g}" for j, xi in zip(js, xis, strict=True) if not np.isnan(j))
        return [
            f"{names[c]}_{paths[p]}_{STATISTICS[s]}"
            for c, p, s in zip(*(getattr(self, name).tolist() for name in self.ROWS), strict=True)
        ]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The channel of each feature, and an estimate of the multiply-adds of each channel's scattering.

        All paths of a channel are computed together, whether they are read or not. Those of order 2 are computed if
        any of them is read. So a channel counts as one convolution. The estimate takes 2 m log2(m) multiply-adds for a
        Fourier transform of m points, and 2 m for a product with a filter and for a modulus.
        """
        extended = max(n_timepoints, 2**self.J)
        n_padded = float(padded_length(self.J, extended))
        computed = self._meta["order"] <= self._highest_order
        order, j = self._meta["order"][computed], np.nan_to_num(self._meta["j"][computed])
        before = n_padded / 2.0 ** np.where(order == 2, j[:, 0], 0)  # values that a filter is applied to
        after = n_padded / 2.0 ** np.where(order == 0, 0, j.max(axis=1))  # values that it leaves
        smooth = 2 * after + transform(n_padded / 2**self.J) if self.average else 0.0
        goes_on = self.average | (order < self._highest_order)  # is transformed again after the modulus
        wavelet = np.where(order > 0, 2 * before + 2 * after + transform(after) * (1 + goes_on), 0)
        multiply_adds = transform(n_padded) + (wavelet + smooth).sum()
        return np.searchsorted(self.channels, self.channel), np.full(len(self.channels), multiply_adds)

    def compute(self, x: NDArray[np.float32], lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Compute the features of some cases; see `Plan.compute`. Cases of equal length are computed together."""
        slot = np.searchsorted(self.channels, self.channel)
        out = np.empty((len(x), len(self)), FLOAT32)
        for length in np.unique(lengths):
            cases = np.flatnonzero(lengths == length)
            pooled = self.pooled(x[cases, :, :length].reshape(-1, length))
            out[cases] = pooled.reshape(len(cases), x.shape[1], *pooled.shape[1:])[:, slot, self.path, self.statistic]
        return out

    def pooled(self, series: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute all statistics of all paths for some series of one length.

        All steps are computed in float64. Only the result is float32.

        Parameters
        ----------
        series : float32 (n_series, n_timepoints)

        Returns
        -------
        float32 (n_series, n_paths, n_statistics)
        """
        n_series, n_timepoints = series.shape
        missing = max(0, 2**self.J - n_timepoints)
        ends = ((0, 0), (missing // 2, missing - missing // 2))
        compute = scattering(self.J, self.Q, self._highest_order, self.average, n_timepoints + missing)
        # Fourier transforms take several series in the lanes of a vector, and the rest one by one, which may round
        # differently. With full vectors only, the bits of a series cannot depend on how many others there are.
        step = max(1, BLOCK // (n_timepoints + missing) // LANES) * LANES
        done = []
        for start in range(0, n_series, step):
            some = series[start : start + step].astype(np.float64)
            some = np.pad(np.pad(some, ((0, -len(some) % LANES), (0, 0))), ends, mode="reflect")
            with np.errstate(under="ignore"):  # filters become 0 far from their middle
                paths = compute(some)
            done.append(pool(paths) if self.average else np.stack([pool(path["coef"]) for path in paths], axis=1))
        return np.concatenate(done)[:n_series]

    @property
    def _meta(self) -> dict[str, Any]:
        return meta(self.J, self.Q, self.order)

    @property
    def _highest_order(self) -> int:
        """The highest order of the paths that are read, at least 1."""
        n_first = np.count_nonzero(self._meta["order"] < 2)
        return 2 if len(self) and self.path.max() >= n_first else 1


def pool(z: NDArray[np.float64]) -> NDArray[np.float32]:
    """All statistics of coefficients (..., n_times), as the last axis."""
    return np.stack([z.mean(axis=-1), z.max(axis=-1), z.min(axis=-1)], axis=-1).astype(FLOAT32)


def transform(m: Any) -> Any:
    """The multiply-adds of a fast Fourier transform of m points: four for each of its m/2 log2(m) butterflies."""
    return 2 * m * np.log2(m)


def frontend() -> Any:
    """The class of kymatio that scatters with NumPy.

    Raises
    ------
    ImportError
        If kymatio is not installed.
    """
    try:
        # Its import puts filters in front of those of the warnings; leaving the context takes them away again.
        with own_filters():
            # kymatio.numpy, the usual door, also imports what SciPy has dropped (scipy.special.sph_harm).
            from kymatio.scattering1d.frontend.numpy_frontend import ScatteringNumPy1D
    except ImportError as error:
        raise ImportError("MorletScattering needs kymatio: pip install 'lightwaves[scattering]'") from error
    return ScatteringNumPy1D


@lru_cache(maxsize=32)
def scattering(J: int, Q: int, order: int, average: bool, n_timepoints: int) -> Any:
    """The object that computes the scattering of series of one length, at least ``2**J``. It is cached."""
    kind = frontend()
    with short_series():
        return kind(
            J, n_timepoints, Q=Q, T=None if average else 0, max_order=order, out_type="array" if average else "list"
        )


@lru_cache(maxsize=32)
def meta(J: int, Q: int, order: int) -> dict[str, Any]:
    """What kymatio's ``meta()`` says of each path, without the filters: a plan that is only read needs none."""
    frontend()
    from kymatio.scattering1d.frontend.base_frontend import ScatteringBase1D

    without_filters = ScatteringBase1D(J, 2**J, Q=Q, max_order=order)
    with short_series():
        without_filters.build()
    return without_filters.meta()


def padded_length(J: int, n_timepoints: int) -> int:
    """How many points kymatio transforms of a series, of at least ``2**J``, without the filters, which take that room.

    The support of the low-pass filter, on which it depends, is that of any series of some times ``2**J``.
    """
    frontend()
    from kymatio.scattering1d.filter_bank import compute_temporal_support, gauss_1d

    low = gauss_1d(min(n_timepoints, LONG << J), 0.1 / 2**J)
    with short_series():
        support = 3 * compute_temporal_support(low[np.newaxis], criterion_amplitude=1e-3)
    return 2 ** min(math.ceil(math.log2(n_timepoints + 2 * support)), math.floor(math.log2(3 * n_timepoints - 2)))


@contextmanager
def short_series() -> Iterator[None]:
    """Where a series is too short for smoothing not to reach beyond its ends, kymatio warns and mirrors what it can.

    That is what is wanted here. Filters become 0 far from their middle.
    """
    with own_filters(), np.errstate(under="ignore"):
        warnings.filterwarnings("ignore", "Signal support is too small to avoid border effects", UserWarning)
        yield
