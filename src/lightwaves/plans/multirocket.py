"""The plan of MiniRocket and MultiRocket: shares above biases and their like, of sums of channels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES
from ..loops.multirocket import OUTPUT_SIZE, PPV, TAPS, apply_multirocket, apply_multirocket_by_times
from .layout import KERNELS, TAP_ORDER
from .plan import FLOAT32, Plan, Runner, copies, is_plain, ragged, within

STATISTICS = ("ppv", "longest", "mean_positive", "mean_index")
FEW_CASES = 3  # fewer than this, and a vector of 16 cases would be too empty to pay
LONG_SERIES = 4096  # from here on 16 series at once do not fit into the caches
LONGEST_SERIES = 65_535  # the sum of all its times still is an int32


class Layout(NamedTuple):
    """A plan for series of one length, as the tables that the loops run down."""

    by_cases: bool
    tables: tuple[NDArray[Any], ...]
    lengths: NDArray[np.int32]  # of one case
    work_size: int


@dataclass(frozen=True, eq=False, kw_only=True)
class MultiRocketPlan(Plan):
    """Features of MiniRocket and MultiRocket, one row each; row j computes column j.

    Attributes
    ----------
    output : int32 (n_features,)
        Which of the outputs below a feature is read off.
    nth : int32 (n_features,)
        The number of its bias among those that were drawn for the output.
    bias : float32 (n_features,)
    statistic : int32 (n_features,)
        What is read off (``STATISTICS``): the share of values above the bias, the longest stretch without one
        below it, the mean of the values above it plus the bias, and the mean of their times.
    differences : int32 (n_outputs,)
        1 where the series is that of first differences.
    kernel, dilation : int32 (n_outputs,)
        Which of the 84 kernels (``KERNELS``), and how far apart its taps stand.
    padded : int32 (n_outputs,)
        0 where only times are pooled at which no tap lies outside the series.
    n_members : int32 (n_outputs,)
        How many channels are added up.
    member : int32 (sum of n_members,)
        Those channels, output by output.
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.
    """

    output: NDArray[np.int32]
    nth: NDArray[np.int32]
    bias: NDArray[np.float32]
    statistic: NDArray[np.int32]
    differences: NDArray[np.int32]
    kernel: NDArray[np.int32]
    dilation: NDArray[np.int32]
    padded: NDArray[np.int32]
    n_members: NDArray[np.int32]
    member: NDArray[np.int32]

    layouts: dict[tuple[int, bool], Layout] = field(default_factory=dict, init=False, repr=False)

    ROWS: ClassVar[tuple[str, ...]] = ("output", "nth", "bias", "statistic")
    OUTPUTS: ClassVar[tuple[str, ...]] = ("differences", "kernel", "dilation", "padded", "n_members")

    def __getitem__(self, rows: Any) -> MultiRocketPlan:
        chosen = {name: getattr(self, name)[rows] for name in self.ROWS}
        used, chosen["output"] = np.unique(chosen["output"], return_inverse=True)
        chosen["output"] = chosen["output"].astype(np.int32)
        chosen |= {name: getattr(self, name)[used] for name in self.OUTPUTS}
        return replace(self, **chosen, member=self.member[within(self.n_members, used)])

    def check(self) -> None:
        """Make sure that the arrays fit together; for plans that come from outside.

        Raises
        ------
        ValueError
            If a row names something that does not exist.
        """
        for name in self.OUTPUTS:
            if getattr(self, name).shape != self.kernel.shape or getattr(self, name).dtype.kind != "i":
                raise ValueError(f"{name} must have an int for each output")
        if not (self.n_members > 0).all() or self.n_members.sum() != len(self.member):
            raise ValueError("each output must have channels, and member must name them all")
        if self.nth.dtype.kind != "i" or (self.nth < 0).any() or self.member.dtype.kind != "i":
            raise ValueError("nth and member must be ints from 0 on")
        counts = {
            "output": len(self.kernel),
            "kernel": len(KERNELS),
            "statistic": len(STATISTICS),
            "differences": 2,
            "padded": 2,
        }
        for name, count in counts.items():
            values = getattr(self, name)
            if values.dtype.kind != "i" or (len(values) and not 0 <= values.min() <= values.max() < count):
                raise ValueError(f"{name} must be from 0 to {count - 1}")
        if not (self.dilation > 0).all() or not np.isfinite(self.bias).all():
            raise ValueError("dilation must be above 0, and bias finite")
        super().check()
        drawn = np.unique(np.column_stack([self.output, self.nth]), axis=0)
        if len(drawn) < len(np.unique(np.column_stack([self.output, self.nth, self.bias]), axis=0)):
            raise ValueError("rows with equal output and nth must have equal bias")

    @property
    def reads(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which feature reads which channel, as pairs."""
        channel = self.member[within(self.n_members, self.output)]
        return ragged(self.n_members, self.output), channel.astype(np.intp)

    def feature_names(self) -> list[str]:
        """Names that say what each feature is, such as ``ch0+ch3_diff_k037_d4_b2_ppv``.

        Channels that are added, ``diff`` for first differences, positions of the kernel's three weights of 2,
        dilation, number of the bias, statistic.
        """
        names = self.names_of_channels
        ends = np.cumsum(self.n_members)
        of_outputs = [
            f"{'+'.join(names[c] for c in self.member[end - n : end])}{'_diff' if differences else ''}"
            f"_k{''.join(map(str, KERNELS[k]))}_d{d}"
            for end, n, differences, k, d in zip(
                ends, self.n_members, self.differences, self.kernel, self.dilation, strict=True
            )
        ]
        return [
            f"{of_outputs[o]}_b{n}_{STATISTICS[s]}"
            for o, n, s in zip(self.output, self.nth, self.statistic, strict=True)
        ]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Which output each feature is read off, and what each costs: nine taps, and an addition for each channel."""
        used, which = np.unique(self.output, return_inverse=True)
        n_outputs = np.maximum(n_timepoints - self.differences - 8 * self.dilation * (self.padded == 0), 1)[used]
        return which, n_outputs * (9.0 + (self.n_members - 1 + self.differences)[used])

    def apply_one(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the features of one case, by the shortest way and with hardly a check; see `Plan.apply_one`."""
        if not is_plain(x):
            x = np.array(x, FLOAT32, order="C")
        layout = self.layouts.get((x.shape[1], False)) or self.layout(x.shape[1], False)
        out, work = np.empty(len(self) + 1, FLOAT32), np.zeros(layout.work_size, FLOAT32)
        if len(self):
            apply_multirocket_by_times(x[np.newaxis], layout.lengths, *self._series, *layout.tables, work, out, 1)
        return out[:-1]

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """The faster layout for so many series of that length; see `Plan.runner`."""
        return partial(run, self.layout(n_timepoints, n_cases >= FEW_CASES and n_timepoints < LONG_SERIES))

    def layout(self, n_timepoints: int, by_cases: bool) -> Layout:
        """The plan laid out for series of that length; kept for the next time."""
        key = (n_timepoints, by_cases)
        if key not in self.layouts:
            check_length(n_timepoints)
            if len(self.layouts) >= 64:
                self.layouts.clear()
            self.layouts[key] = self._lay_out(n_timepoints, by_cases)
        return self.layouts[key]

    def _lay_out(self, n_timepoints: int, by_cases: bool) -> Layout:
        """Where everything stands while the plan is computed, and the tables that the loops run down."""
        stride = N_LANES if by_cases else 1
        size = -(-n_timepoints * stride // N_LANES) * N_LANES  # in whole vectors, which stay 0 behind the end
        padding = min(4 * int(self.dilation.max(initial=1)), n_timepoints) * stride
        packed = N_LANES * N_LANES  # before it is room to turn 16 x 16 values
        series = packed + len(self.channels) * size + padding
        z = series + size + padding + N_LANES
        places = np.array([packed, series, z, len(self), size], np.int64)
        lengths = np.array([n_timepoints], np.int32)

        taps = (np.arange(9) - 4) * self.dilation[:, np.newaxis]
        taps[:, :4] += self.differences[:, np.newaxis]  # as the authors' code and aeon's have it
        taps = np.clip(taps, -n_timepoints, n_timepoints) * stride + series
        members = packed + np.searchsorted(self.channels, self.member) * size
        ends = np.cumsum(self.n_members)

        # Biases of one output side by side; a feature that is wanted twice is computed twice.
        n_outputs, n_nth = len(self.kernel), int(self.nth.max(initial=0)) + 1
        drawn = self.output.astype(np.int64) * n_nth + self.nth
        wanted = drawn * len(STATISTICS) + self.statistic
        copy = copies(wanted)
        n_copies = int(copy.max(initial=0)) + 1
        pairs, of_pair = np.unique(drawn * n_copies + copy, return_inverse=True)
        to = np.full((len(pairs), len(STATISTICS)), len(self), np.int64)
        to[of_pair, self.statistic] = np.arange(len(self))
        bias = np.empty(len(pairs), np.float32)
        bias[of_pair] = self.bias

        of_output = pairs // (n_copies * n_nth)
        only_share = (to[:, 1:] == len(self)).all(axis=1)
        n_shares = np.bincount(of_output[only_share], minlength=n_outputs)
        n_wholes = np.bincount(of_output[~only_share], minlength=n_outputs)
        room = -(-n_shares // 4) * 4
        start = np.cumsum(room) - room
        biases = np.full(room.sum(), np.inf, np.float32)
        share_rows = np.full(room.sum(), len(self), np.int64)
        nth_share = np.arange(n_shares.sum()) - np.repeat(np.cumsum(n_shares) - n_shares, n_shares)
        at = np.repeat(start, n_shares) + nth_share
        biases[at], share_rows[at] = bias[only_share], to[only_share, PPV]

        table = np.zeros((n_outputs, OUTPUT_SIZE), np.int64)
        table[:, TAPS:] = np.take_along_axis(taps, TAP_ORDER[self.kernel], axis=1)
        whole_end = np.cumsum(n_wholes)
        skipped = np.where(self.padded, 0, 4 * self.dilation)
        table[:, 1:TAPS] = np.column_stack(
            [
                ends - self.n_members, ends, self.differences, skipped,
                start, start + room, whole_end - n_wholes, whole_end,
            ]
        )  # fmt: skip
        series_of = [
            (int(d), self.member[end - n : end].tobytes())
            for d, end, n in zip(self.differences, ends, self.n_members, strict=True)
        ]
        table[:, 0] = [i == 0 or series_of[i] != series_of[i - 1] for i in range(n_outputs)]
        tables = (places, members.astype(np.int64), table, biases, share_rows, bias[~only_share], to[~only_share])
        return Layout(by_cases, tables, lengths, z + size + N_LANES)


def run(
    layout: Layout,
    x: NDArray[np.float32],
    lengths: NDArray[np.int32],
    channels: NDArray[np.intp],
    standard: NDArray[np.float32],
    out: NDArray[np.float32],
    width: int,
) -> None:
    """Compute a layout's features of the cases in x; see ``apply_multirocket``."""
    work = np.zeros(layout.work_size + N_LANES, np.float32)
    work = work[-work.ctypes.data % (4 * N_LANES) // 4 :]  # a row that straddles two cache lines costs double
    apply = apply_multirocket if layout.by_cases else apply_multirocket_by_times
    apply(x, lengths, channels, standard, *layout.tables, work, out, width)


def check_length(n_timepoints: int) -> None:
    """Raise a ValueError for series that are too long."""
    if n_timepoints > LONGEST_SERIES:
        raise ValueError(f"X has {n_timepoints} time points; MiniRocket and MultiRocket take at most {LONGEST_SERIES}.")
