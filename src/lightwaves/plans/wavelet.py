"""The plan of wavelet scattering."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..entries import Array, entry
from ..loops.wavelet import apply_by_times
from .layout import KERNELS, Layout, lay_out, run
from .plan import FLOAT32, LONGEST, Plan, Runner, is_plain

STATISTICS = ("ppv", "max_abs", "lspv", "min_abs")

FEW_CASES = 3  # fewer than this, and a vector of 16 cases would be too empty to pay
LONG_SERIES = 4096  # from here on 16 series at once do not fit into the caches


@dataclass(frozen=True, eq=False, kw_only=True)
class KernelPlan(Plan):
    """Features of wavelet scattering, one row each; row j computes column j.

    Attributes
    ----------
    channel, kernel, dilation, level, statistic : int32 (n_features,)
        Which series, which of the 84 kernels (``KERNELS``), how far apart its taps stand, whether it is
        applied once or twice, and what is read off the output (``STATISTICS``).
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.
    """

    channel: NDArray[np.int32] = entry(Array(np.int32, "n_features", below="n_channels"))
    kernel: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(KERNELS) - 1))
    dilation: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=1, most=LONGEST))
    level: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=1, most=2))
    statistic: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(STATISTICS) - 1))

    ROWS: ClassVar[tuple[str, ...]] = ("channel", "kernel", "dilation", "level", "statistic")

    def feature_names(self) -> list[str]:
        """Names that say what each feature is, such as ``ch3_k037_d4_L2_max_abs``.

        Channel, positions of the kernel's three weights of 2, dilation, level, statistic.
        """
        names = self.names_of_channels
        return [
            f"{names[c]}_k{''.join(map(str, KERNELS[k]))}_d{d}_L{level}_{STATISTICS[s]}"
            for c, k, d, level, s in zip(*(getattr(self, name).tolist() for name in self.ROWS), strict=True)
        ]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Which convolution each feature is read off, and what each costs.

        A convolution of level 2 costs two of half the length, its own and that of every second value of level 1,
        unless features of level 1 need the latter anyway.
        """
        rows = np.stack([self.channel, self.kernel, self.dilation, self.level])
        outputs, which = np.unique(rows, axis=1, return_inverse=True)
        half, taps, second = (n_timepoints + 1) // 2, 9.0, outputs[3] == 2
        # The outputs are sorted, so what level 2 is computed from stands just before it, if it is there.
        shared = np.r_[False, (outputs[:3, 1:] == outputs[:3, :-1]).all(axis=0)] & second
        return which.reshape(-1), np.where(second, taps * half * np.where(shared, 1, 2), taps * n_timepoints)

    def costs_alone(self, n_timepoints: int) -> NDArray[np.float64]:
        """What each feature would cost if it were the only one; of level 2, both its convolutions."""
        return 9.0 * np.where(self.level == 2, 2 * ((n_timepoints + 1) // 2), n_timepoints)

    def apply_one(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the features of one case, by the shortest way and with hardly a check; see `Plan.apply_one`."""
        if not is_plain(x):
            x = np.array(x, FLOAT32, order="C")
        layout = self.layouts.get((x.shape[1], False)) or self.layout(x.shape[1], False)
        out, work = np.empty(self.channel.size + 1, FLOAT32), np.zeros(layout.work_size, FLOAT32)
        apply_by_times(x[np.newaxis], layout.lengths, *self._series, *layout.tables, work, out, 1)
        return out[:-1]

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """The faster layout for so many series of that length; see `Plan.runner`."""
        return partial(run, self.layout(n_timepoints, n_cases >= FEW_CASES and n_timepoints < LONG_SERIES))

    def layout(self, n_timepoints: int, by_cases: bool) -> Layout:
        """The plan laid out for series of that length; kept for the next time."""
        return self.laid_out((n_timepoints, by_cases), self._lay_out)

    def _lay_out(self, n_timepoints: int, by_cases: bool) -> Layout:
        slot = np.searchsorted(self.channels, self.channel)
        return lay_out(slot, self.kernel, self.dilation, self.level, self.statistic, n_timepoints, by_cases)
