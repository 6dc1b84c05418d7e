"""The plan of MiniRocket, MultiRocket and Prism: statistics of outputs on signed sums of channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..entries import INT32, INT64, Array, entry
from ..loops.lanes import N_LANES, whole_vectors
from ..loops.pooling import FORMS, PPV, SIXTEENTHS, apply_pooled, apply_pooled_by_times
from ..sharing import cached_property
from .kernels import KERNELS, TAP_ORDER
from .lanes import LanesPlan, Layout
from .plan import LONGEST, Plan
from .ragged import check_shared, copies, ragged, ragged_starts, within

STATISTICS = ("ppv", "longest", "mean_positive", "mean_index", "mean_excess", "mean_abs")
COUNTING = [STATISTICS.index(name) for name in ("longest", "mean_index")]  # time points
N_ABOVE = 5  # so many of them tell what is above a bias, the last what all values are
N_KERNELS = 2 * len(KERNELS)


@dataclass(frozen=True, eq=False, kw_only=True)
class PooledPlan(LanesPlan):
    """Features of MiniRocket, MultiRocket and Prism, with one row for each. Row j computes column j.

    A series is a signed sum of channels, or its first differences. An output is the result of a kernel on such a
    series. A feature is a statistic of an output, over all times that are pooled, or over a window of them.

    Attributes
    ----------
    output : int32 (n_features,)
        The output of a feature: an index into the arrays (n_outputs,) below.
    nth : int32 (n_features,)
        The number of its bias among those that were drawn for outputs of the same name.
    bias : float32 (n_features,)
        The bias.
    statistic : int32 (n_features,)
        The statistic: an index into ``lightwaves.plans.pooled.STATISTICS``. ``ppv`` is the proportion of values above
        the bias. ``longest`` is the largest distance between two neighbouring times with a value below the
        bias; the first and the last time count as such. ``mean_positive`` is the mean of the values above the
        bias, plus the bias. ``mean_index`` is the mean of their times, counted from the first time that is
        pooled. ``mean_excess`` is the mean over all values of what exceeds the bias. ``mean_abs`` is the mean
        absolute value, and does not depend on the bias.
    begin, end : int32 (n_features,)
        The window, in sixteenths of the times that are pooled. 0 and 16 mean all of them.
    differences : int32 (n_outputs,)
        1 if the series is that of first differences, else 0.
    kernel : int32 (n_outputs,)
        The kernel. 0 to 83 are those of ``lightwaves.plans.kernels.KERNELS``, with weights of 2 at the positions that
        they name, and -1 elsewhere. They do not see the baseline of a series. 84 to 167 have 0 instead of -1, and see
        it.
    dilation : int32 (n_outputs,)
        The distance between neighbouring taps, in time points.
    padded : int32 (n_outputs,)
        0 if only times are pooled at which all taps are inside the series, else 1.
    n_members : int32 (n_outputs,)
        The number of channels in the sum.
    member : int32 (sum of n_members,)
        These channels, output by output.
    sign : int32 (sum of n_members,)
        1 if a channel is added, -1 if it is subtracted.
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.
    """

    output: NDArray[np.int32] = entry(Array(np.int32, "n_features", below="n_outputs"))
    nth: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=INT32))
    bias: NDArray[np.float32] = entry(Array(np.float32, "n_features"))
    statistic: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(STATISTICS) - 1))
    begin: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=SIXTEENTHS - 1))
    end: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=1, most=SIXTEENTHS))
    differences: NDArray[np.int32] = entry(Array(np.int32, "n_outputs", least=0, most=1))
    kernel: NDArray[np.int32] = entry(Array(np.int32, "n_outputs", least=0, most=N_KERNELS - 1))
    dilation: NDArray[np.int32] = entry(Array(np.int32, "n_outputs", least=1, most=LONGEST))
    padded: NDArray[np.int32] = entry(Array(np.int32, "n_outputs", least=0, most=1))
    n_members: NDArray[np.int32] = entry(Array(np.int32, "n_outputs", least=1, most=INT32))
    member: NDArray[np.int32] = entry(Array(np.int32, "n_members_in_all", below="n_channels"))
    sign: NDArray[np.int32] = entry(Array(np.int32, "n_members_in_all", least=-1, most=1))

    ROWS: ClassVar[tuple[str, ...]] = ("output", "nth", "bias", "statistic", "begin", "end")
    CHANNEL: ClassVar[str] = "member"
    OUTPUTS: ClassVar[tuple[str, ...]] = ("differences", "kernel", "dilation", "padded", "n_members")

    @property
    def counts_time_points(self) -> bool:
        """Whether a feature is a longest stretch or a mean index."""
        return bool(np.isin(self.statistic, COUNTING).any())

    def _of_rows(self, rows: Any) -> PooledPlan:
        chosen = {name: getattr(self, name)[rows] for name in self.ROWS}
        used, chosen["output"] = np.unique(chosen["output"], return_inverse=True)
        chosen["output"] = chosen["output"].astype(np.int32)
        chosen |= {name: getattr(self, name)[used] for name in self.OUTPUTS}
        members = within(self.n_members, used)
        return replace(self, **chosen, member=self.member[members], sign=self.sign[members])

    def joined(self, others: Sequence[Plan]) -> PooledPlan:
        """One plan of this and others of its kind; see `Plan.joined`."""
        plans: Any = (self, *others)
        names = (*self.ROWS, *self.OUTPUTS, "member", "sign")
        tables: dict[str, Any] = {name: np.concatenate([getattr(plan, name) for plan in plans]) for name in names}
        tables["output"] += ragged_starts(plans, "output", "kernel")
        return replace(self, **tables)

    def check(self) -> None:
        """Make sure that the arrays fit together; see `Plan.check`."""
        super().check()
        if sum(self.n_members.tolist()) != len(self.member):
            raise ValueError("n_members must say of how many channels each output is: all that member names")
        check_shared("channels", self.n_members, self.output)
        if not self.sign.all():
            raise ValueError("sign must be 1 or -1")
        if not (self.begin < self.end).all():
            raise ValueError("a window must end after it begins")
        n_windows, n_nth = len(self.kernel) * (SIXTEENTHS + 1) ** 2, int(self.nth.max(initial=0)) + 1
        if max(len(self), n_windows * len(STATISTICS)) * len(self) * n_nth > INT64:  # `_tables` counts so far
            raise ValueError(f"nth must be smaller for so many features, but holds {n_nth - 1}")
        order = np.lexsort((self.nth, self.output))
        output, nth, bias = self.output[order], self.nth[order], self.bias[order]
        if ((output[1:] == output[:-1]) & (nth[1:] == nth[:-1]) & (bias[1:] != bias[:-1])).any():
            raise ValueError("rows with equal output and nth must have equal bias")

    @property
    def reads(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The channels that each feature reads; see `Plan.reads`."""
        channel = self.member[within(self.n_members, self.output)]
        return ragged(self.n_members, self.output), channel.astype(np.intp)

    @cached_property
    def channels(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        return np.unique(self.member[within(self.n_members, np.unique(self.output))]).astype(np.intp)

    def feature_names(self) -> list[str]:
        """Names of the features, such as ``ch0-ch3_diff_k037_d4_b2_ppv_t4to8``.

        A name has the channels that are added or subtracted, ``diff`` for first differences, the positions of the
        kernel's three weights of 2 (after ``k``, or after ``low`` if the other weights are 0), the dilation, the number
        of the bias, the statistic, and the window in sixteenths, unless it is the whole series.
        """
        names = self.names_in_features
        of_outputs = []
        for end, n, *what in zip(
            np.cumsum(self.n_members), self.n_members, self.differences, self.kernel, self.dilation, strict=True
        ):
            differences, kernel, dilation = what
            signed = [f"{'-' if self.sign[m] < 0 else '+'}{names[self.member[m]]}" for m in range(end - n, end)]
            weights = "".join(map(str, KERNELS[kernel % len(KERNELS)]))
            of_outputs.append(
                f"{''.join(signed).removeprefix('+')}{'_diff' if differences else ''}"
                f"_{'low' if kernel >= len(KERNELS) else 'k'}{weights}_d{dilation}"
            )
        return [
            f"{of_outputs[o]}_b{n}_{STATISTICS[s]}{'' if (begin, end) == (0, SIXTEENTHS) else f'_t{begin}to{end}'}"
            for o, n, s, begin, end in zip(self.output, self.nth, self.statistic, self.begin, self.end, strict=True)
        ]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The output of each feature, and the multiply-adds of each output; see `Plan.convolutions`.

        An output costs nine for each time of its windows, or three if the kernel has only three weights. In addition it
        costs one at all times for each channel after the first, and one for differences.
        """
        used, which = np.unique(self.output, return_inverse=True)
        n_times, begin, end = n_timepoints - self.differences, *self._spans
        n_times = n_times - np.where((self.padded == 0) & (n_times > 8 * self.dilation), 8 * self.dilation, 0)
        n_times = np.maximum(n_times, 1)
        n_pooled = -(-n_times * end // SIXTEENTHS) - n_times * begin // SIXTEENTHS
        n_taps = np.where(self.kernel < len(KERNELS), 9, 3)
        return which, (n_pooled * n_taps + n_timepoints * (self.n_members - 1.0 + self.differences))[used]

    @property
    def of_outputs(self) -> list[NDArray[np.intp]]:
        """Where the channels of each output stand in `member` and `sign`."""
        return np.split(np.arange(len(self.member)), np.cumsum(self.n_members)[:-1])

    @property
    def _spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The begin and end of what is needed of each output, in sixteenths."""
        begin, end = np.full(len(self.kernel), SIXTEENTHS), np.zeros(len(self.kernel), np.int64)
        np.minimum.at(begin, self.output, self.begin)
        np.maximum.at(end, self.output, self.end)
        return begin, end

    def _lay_out(self, n_timepoints: int, by_cases: bool) -> Layout:
        return self[np.arange(len(self))]._lay_out_all(n_timepoints, by_cases)  # without outputs that no row names

    def _lay_out_all(self, n_timepoints: int, by_cases: bool) -> Layout:
        """Where everything stands while the plan is computed, and the tables that the loops run down.

        Of a plan whose outputs are all named by a row: a channel that no row reads has no place.
        """
        stride = N_LANES if by_cases else 1
        size = whole_vectors(n_timepoints * stride)  # of a series: the last vector stays 0 behind its end
        padding = min(4 * int(self.dilation.max(initial=1)), n_timepoints) * stride
        packed = N_LANES * N_LANES  # before it is room to turn 16 x 16 values
        series = packed + len(self.channels) * size + padding
        z = series + size + padding + N_LANES
        zeros = z + size + N_LANES  # what a tap without weight reads
        places = np.array([packed, series, z, len(self), size], np.int64)
        low = self.kernel >= len(KERNELS)
        taps = (np.arange(9) - 4) * self.dilation[:, np.newaxis]
        taps[:, :4] += self.differences[:, np.newaxis]  # as the authors of MultiRocket have it
        taps = np.clip(taps, -n_timepoints, n_timepoints) * stride + series
        taps = np.take_along_axis(taps, TAP_ORDER[self.kernel % len(KERNELS)], axis=1)
        taps[low, 3:] = zeros
        members = (packed + np.searchsorted(self.channels, self.member) * size).astype(np.int64)
        tables: tuple[NDArray[Any], ...] = (places, members, self.sign.astype(np.float32), *self._tables(taps))
        lengths = np.array([n_timepoints], np.int32)
        loop = apply_pooled if by_cases else apply_pooled_by_times
        return Layout(loop, tables, lengths, len(self), zeros + (size if low.any() else 0) + N_LANES)

    def _tables(self, taps: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Tables of the outputs, of their windows, and of the biases of these, with the rows that they fill.

        The windows of one output are neighbours, and so are the biases of one window. A feature that is wanted twice is
        computed twice.
        """
        nobody, above = len(self), self.statistic < N_ABOVE
        nth = np.where(above, self.nth, 0)
        n_nth, n_borders = int(nth.max(initial=0)) + 1, SIXTEENTHS + 1
        place = (self.output.astype(np.int64) * n_borders + self.begin) * n_borders + self.end
        copy = copies((place * n_nth + nth) * len(STATISTICS) + self.statistic)
        n_copies = int(copy.max(initial=0)) + 1
        window, of_window = np.unique(place * n_copies + np.where(above, 0, copy), return_inverse=True)

        rows = np.flatnonzero(above)
        biased, of_biased = np.unique(
            (of_window[rows] * n_nth + nth[rows]) * n_copies + copy[rows], return_inverse=True
        )
        to = np.full((len(biased), N_ABOVE), nobody, np.int64)
        to[of_biased, self.statistic[rows]] = rows
        bias = np.empty(len(biased), np.float32)
        bias[of_biased] = self.bias[rows]
        only_share = (to[:, PPV + 1 :] == nobody).all(axis=1)
        with_share, with_more = (
            np.bincount(biased[kind] // (n_copies * n_nth), minlength=len(window)) for kind in (only_share, ~only_share)
        )
        room = -(-with_share // 4) * 4
        shares, wholes = np.cumsum(room), np.cumsum(with_more)
        biases, share_rows = np.full(room.sum(), np.inf, np.float32), np.full(room.sum(), nobody, np.int64)
        at = np.arange(with_share.sum()) + np.repeat(shares - room - (np.cumsum(with_share) - with_share), with_share)
        biases[at], share_rows[at] = bias[only_share], to[only_share, PPV]

        mean_abs = np.full(len(window), nobody)
        mean_abs[of_window[~above]] = np.flatnonzero(~above)
        pieces = np.column_stack(
            [
                window // (n_copies * n_borders) % n_borders, window // n_copies % n_borders,
                shares - room, shares, wholes - with_more, wholes, mean_abs,
            ]
        )  # fmt: skip

        n_windows = np.bincount(window // (n_copies * n_borders**2), minlength=len(self.kernel))
        return self._outputs(n_windows, taps), pieces, biases, share_rows, bias[~only_share], to[~only_share]

    def _outputs(self, n_windows: NDArray[np.intp], taps: NDArray[np.int64]) -> NDArray[np.int64]:
        """The table of the outputs, with the number of windows of each; those of one series follow each other."""
        windows_end = np.cumsum(n_windows)
        ends, changes = np.cumsum(self.n_members), np.ones(len(self.kernel), bool)
        series = [
            (d, self.member[end - n : end].tobytes(), self.sign[end - n : end].tobytes())
            for d, end, n in zip(self.differences, ends, self.n_members, strict=True)
        ]
        order = sorted(range(len(series)), key=series.__getitem__)
        changes[1:] = [series[before] != series[after] for before, after in pairwise(order)]
        outputs = np.column_stack(
            [
                ends, ends - self.n_members, ends, self.differences, np.where(self.padded, 0, 4 * self.dilation),
                windows_end - n_windows, windows_end, *self._spans, taps,
            ]
        ).astype(np.int64)[order]  # fmt: skip
        outputs[:, FORMS] = changes
        return outputs
