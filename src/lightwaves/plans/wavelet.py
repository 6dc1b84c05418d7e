"""The plan of wavelet scattering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..entries import Array, entry
from .kernels import KERNELS
from .lanes import LanesPlan, Layout
from .plan import LONGEST
from .wavelet_layout import lay_out

STATISTICS = ("ppv", "max_abs", "lspv", "min_abs")


@dataclass(frozen=True, eq=False, kw_only=True)
class KernelPlan(LanesPlan):
    """Features of wavelet scattering, with one row for each. Row j computes column j.

    Attributes
    ----------
    channel : int32 (n_features,)
        The channel.
    kernel : int32 (n_features,)
        The kernel: an index into ``lightwaves.plans.kernels.KERNELS``.
    dilation : int32 (n_features,)
        The distance between neighbouring taps, in time points.
    level : int32 (n_features,)
        1 if the kernel is applied once, 2 if it is applied twice.
    statistic : int32 (n_features,)
        The statistic: an index into ``lightwaves.plans.wavelet.STATISTICS``.
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.
    """

    channel: NDArray[np.int32] = entry(Array(np.int32, "n_features", below="n_channels"))
    kernel: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(KERNELS) - 1))
    dilation: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=1, most=LONGEST))
    level: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=1, most=2))
    statistic: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(STATISTICS) - 1))

    ROWS: ClassVar[tuple[str, ...]] = ("channel", "kernel", "dilation", "level", "statistic")

    @property
    def counts_time_points(self) -> bool:
        """Whether a feature is a longest stretch."""
        return bool((self.statistic == STATISTICS.index("lspv")).any())

    def feature_names(self) -> list[str]:
        """Names of the features, such as ``ch3_k037_d4_L2_max_abs``.

        A name has the channel, the positions of the kernel's three weights of 2, the dilation, the level and the
        statistic.
        """
        names = self.names_in_features
        return [
            f"{names[c]}_k{''.join(map(str, KERNELS[k]))}_d{d}_L{level}_{STATISTICS[s]}"
            for c, k, d, level, s in zip(*(getattr(self, name).tolist() for name in self.ROWS), strict=True)
        ]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The convolution of each feature, and the cost of each; see `Plan.convolutions`.

        A convolution of level 2 costs two of half the length: its own, and every second value of level 1. If a feature
        of level 1 needs the latter anyway, only its own counts.
        """
        rows = np.stack([self.channel, self.kernel, self.dilation, self.level])
        outputs, which = np.unique(rows, axis=1, return_inverse=True)
        half, taps, second = (n_timepoints + 1) // 2, 9.0, outputs[3] == 2
        # The outputs are sorted, so what level 2 is computed from stands just before it, if it is there.
        shared = np.r_[False, (outputs[:3, 1:] == outputs[:3, :-1]).all(axis=0)] & second
        return which.reshape(-1), np.where(second, taps * half * np.where(shared, 1, 2), taps * n_timepoints)

    def costs_alone(self, n_timepoints: int) -> NDArray[np.float64]:
        """The multiply-adds of each feature if it were the only one. On level 2, both convolutions count."""
        return 9.0 * np.where(self.level == 2, 2 * ((n_timepoints + 1) // 2), n_timepoints)

    def _lay_out(self, n_timepoints: int, by_cases: bool) -> Layout:
        slot = np.searchsorted(self.channels, self.channel)
        return lay_out(slot, self.kernel, self.dilation, self.level, self.statistic, n_timepoints, by_cases)
