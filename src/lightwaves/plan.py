"""The plan: the chosen features, and all that is needed to compute them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import KERNELS, Layout, lay_out, run
from .loops.lanes import N_LANES
from .loops.wavelet import apply_by_times
from .panel import Panel
from .parallel import share_out

STATISTICS = ("ppv", "max_abs", "lspv", "min_abs")
FLOAT32 = np.dtype(np.float32)
ROW_FIELDS = ("channel", "kernel", "dilation", "level", "statistic")

FEW_CASES = 3  # fewer than this, and a vector of 16 cases would be too empty to pay
LONG_SERIES = 4096  # from here on 16 series at once do not fit into the caches
BLOCK = 1 << 20  # values of X taken at a time


@dataclass(frozen=True, eq=False)
class KernelPlan:
    """Features of wavelet scattering, one row each; row j computes column j.

    Attributes
    ----------
    channel, kernel, dilation, level, statistic : int32 (n_features,)
        Which series, which of the 84 kernels (``KERNELS``), how far apart its taps stand, whether it is
        applied once or twice, and what is read off the output (``STATISTICS``).
    shift, scale : float64 (n_channels,)
        Each channel is standardised as ``(x - shift) / scale`` first; 0 and 1 leave it as it is.
    channel_names : tuple of str, or None

    Notes
    -----
    ``plan[rows]`` is a plan of those rows. Plans are equal when all their arrays are.
    """

    channel: NDArray[np.int32]
    kernel: NDArray[np.int32]
    dilation: NDArray[np.int32]
    level: NDArray[np.int32]
    statistic: NDArray[np.int32]
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    channel_names: tuple[str, ...] | None = None
    _layouts: dict[tuple[int, bool], Layout] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.channel)

    def __getitem__(self, rows: Any) -> KernelPlan:
        return replace(self, **{name: getattr(self, name)[rows] for name in ROW_FIELDS})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KernelPlan):
            return NotImplemented
        arrays = (*ROW_FIELDS, "shift", "scale")
        return self.channel_names == other.channel_names and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in arrays
        )

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "_layouts"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in (*state.items(), ("_layouts", {})):
            object.__setattr__(self, name, value)

    def check(self) -> None:
        """Make sure that the arrays fit together; for plans that come from outside.

        Raises
        ------
        ValueError
            If a row names something that does not exist.
        """
        counts = {"channel": self.n_channels, "kernel": len(KERNELS), "statistic": len(STATISTICS)}
        for name in ROW_FIELDS:
            values = getattr(self, name)
            if values.dtype.kind != "i" or values.shape != self.channel.shape or values.ndim != 1:
                raise ValueError(f"{name} must be a row of ints like the others")
        for name, count in counts.items():
            if len(self) and not 0 <= getattr(self, name).min() <= getattr(self, name).max() < count:
                raise ValueError(f"{name} must be from 0 to {count - 1}")
        if not np.isin(self.level, (1, 2)).all() or not (self.dilation > 0).all():
            raise ValueError("level must be 1 or 2, and dilation above 0")
        if self.scale.shape != self.shift.shape or not (np.isfinite(self.shift) & (self.scale > 0)).all():
            raise ValueError("each channel must have a finite shift and a scale above 0")

    @property
    def n_channels(self) -> int:
        """How many channels the series have, used or not."""
        return len(self.shift)

    @cached_property
    def channels(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        return np.unique(self.channel).astype(np.intp)

    def feature_names(self) -> list[str]:
        """Names that say what each feature is, such as ``ch3_k037_d4_L2_max_abs``.

        Channel, positions of the kernel's three weights of 2, dilation, level, statistic.
        """
        names = self.channel_names or [f"ch{i}" for i in range(self.n_channels)]
        return [
            f"{names[c]}_k{''.join(map(str, KERNELS[k]))}_d{d}_L{level}_{STATISTICS[s]}"
            for c, k, d, level, s in zip(*(getattr(self, name).tolist() for name in ROW_FIELDS), strict=True)
        ]

    def apply(self, panel: Panel, *, n_jobs: int = 1) -> NDArray[np.float32]:
        """Compute the features of every case.

        Parameters
        ----------
        panel : Panel
            With the plan's number of channels; only those in `channels` are read.
        n_jobs : int, default=1
            Threads. The result does not depend on it.

        Returns
        -------
        float32 (n_cases, n_features), in Fortran order
        """
        return self.rows(panel, n_jobs=n_jobs)[:-1, : panel.n_cases].T

    def rows(self, panel: Panel, *, n_jobs: int = 1) -> NDArray[np.float32]:
        """The features of `apply` as they are computed: as rows, with a spare one.

        Parameters
        ----------
        panel : Panel
        n_jobs : int, default=1

        Returns
        -------
        float32 (n_features + 1, width)
            The width is n_cases rounded up to 16.
        """
        layout = self.layout_for(panel.n_cases, panel.n_timepoints)
        out = np.empty((len(self) + 1, -(-panel.n_cases // N_LANES) * N_LANES), np.float32)
        channels, standard = self._series
        as_it_is = is_plain(panel.values)
        per_case = panel.n_timepoints * (panel.n_channels if as_it_is else max(1, len(channels)))
        most = min(BLOCK // per_case, -(-panel.n_cases // n_jobs))  # cases in a block: few enough for all threads
        step = -(-max(1, most) // N_LANES) * N_LANES

        def compute(start: int) -> None:
            cases = slice(start, min(start + step, panel.n_cases))
            if as_it_is:
                x, read = panel.values[cases], channels
            else:
                x, read = panel.take(cases, channels), np.arange(len(channels))
            run(layout, x, panel.lengths[cases], read, standard, out.reshape(-1)[start:], out.shape[1])

        if len(self):
            share_out(compute, range(0, panel.n_cases, step), n_jobs)
        return out

    def apply_one(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the features of one case, by the shortest way and with hardly a check.

        Parameters
        ----------
        x : float32 (n_channels, n_timepoints), finite
            Fastest in C order and writeable.

        Returns
        -------
        float32 (n_features,)
        """
        if not is_plain(x):
            x = np.array(x, FLOAT32, order="C")
        layout = self._layouts.get((x.shape[1], False)) or self.layout(x.shape[1], False)
        out, work = np.empty(self.channel.size + 1, FLOAT32), np.zeros(layout.work_size, FLOAT32)
        apply_by_times(x[np.newaxis], layout.lengths, *self._series, *layout.tables, work, out, 1)
        return out[:-1]

    @cached_property
    def _series(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The channels that are read, and how each is standardised."""
        return self.channels, standardisation(self.shift[self.channels], self.scale[self.channels])

    def layout_for(self, n_cases: int, n_timepoints: int) -> Layout:
        """The faster layout for so many series of that length."""
        return self.layout(n_timepoints, n_cases >= FEW_CASES and n_timepoints < LONG_SERIES)

    def layout(self, n_timepoints: int, by_cases: bool) -> Layout:
        """The plan laid out for series of that length; kept for the next time."""
        key = (n_timepoints, by_cases)
        layout = self._layouts.get(key)
        if layout is None:
            if len(self._layouts) >= 64:
                self._layouts.clear()
            slot = np.searchsorted(self.channels, self.channel)
            layout = lay_out(slot, self.kernel, self.dilation, self.level, self.statistic, *key)
            self._layouts[key] = layout
        return layout


def is_plain(x: NDArray[Any]) -> bool:
    """Whether the loops can read an array as it is; others would make numba compile them once more."""
    return x.dtype == FLOAT32 and x.flags.carray


def standardisation(shift: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shift and scale as the loops take them: the shift in two float32 parts, and one over the scale."""
    large = shift.astype(np.float32)
    factor = np.minimum(1.0 / scale, np.finfo(np.float32).max)
    return np.column_stack([large, shift - large, factor]).astype(np.float32)
