"""The plan of Rocket's features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import mul
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..entries import INT32, Array, entry
from ..loops.lanes import N_LANES
from ..loops.rocket import (
    FIRST_TAP,
    LAST_TAP,
    MAX_TO,
    N_AHEAD,
    N_TIMES,
    PADDED,
    PPV_TO,
    REACH,
    ROW_SIZE,
    STRIDE,
    WANTS_MAX,
    WANTS_PPV,
    apply_rocket_by_cases,
    apply_rocket_by_times,
)
from ..sharing import cached_property
from .plan import FLOAT32, LONGEST, Plan, Runner, aligned, check_room
from .ragged import check_shared, copies, ragged, ragged_starts, within

STATISTICS = ("ppv", "max")

LARGEST_WEIGHT = 1e4  # of any tap: of standardised series, sums stay far within float32
FEW_CASES = 8  # fewer than this, and a vector of 16 cases would be too empty to pay
LARGE_CASE = 1 << 18  # values of a case from which on 16 cases at once do not fit into the caches


class Layout(NamedTuple):
    """A plan for series of one length: the tables that both loops of Rocket read."""

    tables: tuple[NDArray[Any], ...]  # starts, rows, bias, place, weight
    lengths: NDArray[np.int32]  # of one case
    size: int  # of one case, with all padding


@dataclass(frozen=True, eq=False, kw_only=True)
class RocketPlan(Plan):
    """Features of random kernels, with one row for each. Row j computes column j.

    The output of a kernel at time t is its bias, plus the sum over its channels c and taps k of
    ``weight[c, k] * x[c, t + (k - length // 2) * dilation]``. Outside the series, x is 0. A padded kernel is pooled at
    all times. Any other kernel is pooled where all taps are inside the series, or at all times if the series is too
    short for that.

    Attributes
    ----------
    kernel : int32 (n_features,)
        The kernel of a feature: an index into the arrays (n_kernels,) below.
    statistic : int32 (n_features,)
        The statistic: an index into ``lightwaves.plans.rocket.STATISTICS``.
    number : int32 (n_kernels,)
        The number of a kernel among those that were drawn. It appears in the names of the features.
    length : int32 (n_kernels,)
        The number of taps for each channel, which is odd.
    dilation : int32 (n_kernels,)
        The distance between neighbouring taps, in time points.
    padded : bool (n_kernels,)
        Whether the kernel uses zero padding.
    bias : float32 (n_kernels,)
        The bias, which is added to the output.
    n_inputs : int32 (n_kernels,)
        The number of channels that a kernel reads.
    channel : int32 (sum of n_inputs,)
        These channels, kernel by kernel.
    weight : float32 (sum of n_inputs * length,)
        The weights, kernel by kernel and channel by channel.
    shift, scale, n_timepoints, channel_names
        See `lightwaves.plans.Plan`.

    Notes
    -----
    ``plan[rows]`` holds only the kernels that its rows name.
    """

    kernel: NDArray[np.int32] = entry(Array(np.int32, "n_features", below="n_kernels"))
    statistic: NDArray[np.int32] = entry(Array(np.int32, "n_features", least=0, most=len(STATISTICS) - 1))
    number: NDArray[np.int32] = entry(Array(np.int32, "n_kernels", least=0, most=INT32))
    length: NDArray[np.int32] = entry(Array(np.int32, "n_kernels", least=1, most=INT32))
    dilation: NDArray[np.int32] = entry(Array(np.int32, "n_kernels", least=1, most=LONGEST))
    padded: NDArray[np.bool_] = entry(Array(np.bool_, "n_kernels"))
    bias: NDArray[np.float32] = entry(Array(np.float32, "n_kernels"))
    n_inputs: NDArray[np.int32] = entry(Array(np.int32, "n_kernels", least=1, most=INT32))
    channel: NDArray[np.int32] = entry(Array(np.int32, "n_inputs_in_all", below="n_channels"))
    weight: NDArray[np.float32] = entry(Array(np.float32, "n_taps", least=-LARGEST_WEIGHT, most=LARGEST_WEIGHT))

    ROWS: ClassVar[tuple[str, ...]] = ("kernel", "statistic")
    KERNELS: ClassVar[tuple[str, ...]] = ("number", "length", "dilation", "padded", "bias", "n_inputs")

    @property
    def counts_time_points(self) -> bool:
        """No feature does: they are proportions and maxima."""
        return False

    def _of_rows(self, rows: Any) -> RocketPlan:
        used, kernel = np.unique(self.kernel[rows], return_inverse=True)
        return replace(
            self,
            kernel=kernel.reshape(-1).astype(np.int32),
            statistic=self.statistic[rows],
            channel=self.channel[within(self.n_inputs, used)],
            weight=self.weight[within(self.n_taps, used)],
            **{name: getattr(self, name)[used] for name in self.KERNELS},
        )

    def joined(self, others: Sequence[Plan]) -> RocketPlan:
        """One plan of this and others of its kind; see `Plan.joined`."""
        plans: Any = (self, *others)
        names = (*self.ROWS, *self.KERNELS, "channel", "weight")
        tables: dict[str, Any] = {name: np.concatenate([getattr(plan, name) for plan in plans]) for name in names}
        tables["kernel"] += ragged_starts(plans, "kernel", "number")
        return replace(self, **tables)

    def check(self) -> None:
        """Make sure that the arrays fit together; see `Plan.check`."""
        super().check()
        if not (self.length % 2).all():
            raise ValueError("length must be odd")
        lengths, n_inputs = self.length.tolist(), self.n_inputs.tolist()
        for name, n_wanted in (("channel", sum(n_inputs)), ("weight", sum(map(mul, n_inputs, lengths)))):
            if len(getattr(self, name)) != n_wanted:
                raise ValueError(f"{name} must have {n_wanted} entries for these kernels")
        check_shared("weights", self.n_taps, self.kernel)

    def feature_names(self) -> list[str]:
        """Names of the features, such as ``ch0+ch3_r00042_ppv``.

        A name has the channels that the kernel reads, the number of the kernel, and the statistic.
        """
        names = self.names_in_features
        channels = self.channels_of_kernels
        heads = [
            f"{'+'.join(names[c] for c in some)}_r{number:05d}"
            for some, number in zip(channels, self.number.tolist(), strict=False)
        ]
        return [f"{heads[k]}_{STATISTICS[s]}" for k, s in zip(self.kernel.tolist(), self.statistic, strict=True)]

    @property
    def reads(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The channels that each feature reads; see `Plan.reads`."""
        channel = self.channel[within(self.n_inputs, self.kernel)]
        return ragged(self.n_inputs, self.kernel), channel.astype(np.intp)

    @cached_property
    def channels(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        return np.unique(self.channel[within(self.n_inputs, np.unique(self.kernel))]).astype(np.intp)

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The kernel of each feature, and the cost of each kernel: its taps, times the number of times pooled."""
        used, which = np.unique(self.kernel, return_inverse=True)
        n_lost = 2 * self.reach[used]
        n_pooled = np.where(self.padded[used] | (n_lost >= n_timepoints), n_timepoints, n_timepoints - n_lost)
        return which.reshape(-1), (self.n_taps[used] * n_pooled).astype(np.float64)

    def compute_one(
        self, x: NDArray[np.float32], channels: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The features of one case that has been checked; see `Plan.compute_one`."""
        layout = self.layouts.get((x.shape[2],)) or self.layout(x.shape[2])
        out, work = np.empty(self.kernel.size + 1, FLOAT32), np.zeros(layout.size + N_AHEAD - 1, FLOAT32)
        apply_rocket_by_times(x, layout.lengths, channels, standard, *layout.tables, work, out, 1)
        return out[:-1]

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """The function for the faster of the two loops; see `Plan.runner`."""
        layout = self.layout(n_timepoints)
        return partial(run, layout, n_cases >= FEW_CASES and layout.size < LARGE_CASE)

    def layout(self, n_timepoints: int) -> Layout:
        """The plan laid out for series of that length; kept for the next time."""
        return self.laid_out((n_timepoints,), partial(lay_out, self))

    @cached_property
    def n_taps(self) -> NDArray[np.int64]:
        """The number of weights of each kernel."""
        return self.n_inputs.astype(np.int64) * self.length

    @cached_property
    def reach(self) -> NDArray[np.int64]:
        """The distance of each kernel's outer taps from the middle one, in time points."""
        return (self.length // 2).astype(np.int64) * self.dilation

    @property
    def channels_of_kernels(self) -> list[NDArray[np.int32]]:
        """The channels that each kernel reads."""
        return np.split(self.channel, np.cumsum(self.n_inputs)[:-1])

    @property
    def weights_of_kernels(self) -> list[NDArray[np.float32]]:
        """The weights of each kernel, channel by channel."""
        return np.split(self.weight, np.cumsum(self.n_taps)[:-1])


def run(
    layout: Layout,
    by_cases: bool,
    x: NDArray[np.float32],
    lengths: NDArray[np.int32],
    channels: NDArray[np.intp],
    standard: NDArray[np.float32],
    out: NDArray[np.float32],
    width: int,
) -> None:
    """Compute a layout's features of the cases in x; see ``apply_rocket_by_cases``."""
    if by_cases:
        work = aligned((layout.size + N_TIMES) * N_LANES)
        apply_rocket_by_cases(x, lengths, channels, standard, *layout.tables, work, out, width)
    else:
        work = np.zeros(layout.size + N_AHEAD - 1, FLOAT32)
        apply_rocket_by_times(x, lengths, channels, standard, *layout.tables, work, out, width)


def lay_out(plan: RocketPlan, n_timepoints: int) -> Layout:
    """Make the tables for the loops: the place of each channel, and what to compute of each kernel.

    A feature that a plan has twice is computed twice. The padding between two channels serves both.

    Parameters
    ----------
    plan : RocketPlan
    n_timepoints : int

    Returns
    -------
    Layout
    """
    plan = plan[np.arange(len(plan))]  # without kernels that no row names
    kernel, to = _outputs(plan.kernel, plan.statistic)
    reach = np.minimum(plan.reach, n_timepoints)
    padding = int(reach.max(initial=0))
    size = N_LANES + padding + len(plan.channels) * (n_timepoints + padding)
    check_room(size + N_AHEAD, n_timepoints)
    starts = N_LANES + padding + np.arange(len(plan.channels)) * (n_timepoints + padding)

    input_of_tap = _each(np.repeat(plan.length, plan.n_inputs))
    kernel_of_tap = _each(plan.n_taps)
    length, dilation = plan.length[kernel_of_tap], plan.dilation[kernel_of_tap].astype(np.int64)
    nth = (np.arange(len(plan.weight)) - _starts(plan.n_taps)[kernel_of_tap]) % length
    # A tap that lies outside the series at all times is moved to where it just does.
    offset = np.clip((nth - length // 2) * dilation, -n_timepoints, n_timepoints)
    place = starts[np.searchsorted(plan.channels, plan.channel)][input_of_tap] + offset

    rows = np.empty((len(kernel), ROW_SIZE), np.int32)
    rows[:, FIRST_TAP] = _starts(plan.n_taps)[kernel]
    rows[:, LAST_TAP] = rows[:, FIRST_TAP] + plan.n_taps[kernel]
    rows[:, REACH], rows[:, PADDED] = reach[kernel], plan.padded[kernel]
    ahead = np.minimum(plan.dilation, n_timepoints)[kernel]
    rows[:, STRIDE] = np.maximum(1, (ahead + N_TIMES // 2) // N_TIMES) * N_TIMES
    rows[:, [WANTS_PPV, WANTS_MAX]], rows[:, [PPV_TO, MAX_TO]] = to >= 0, to
    return Layout(
        tables=(
            starts,
            rows,
            plan.bias[kernel].astype(np.float32) + np.float32(0),  # no bias is -0, so no output is
            place.astype(np.int32),
            plan.weight.astype(np.float32),
        ),
        lengths=np.array([n_timepoints], np.int32),
        size=size,
    )


def _outputs(kernel: NDArray[np.int32], statistic: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The outputs to compute, as their kernels, and the column of each of their statistics, or -1."""
    what = kernel.astype(np.int64) * len(STATISTICS) + statistic
    copy = copies(what)
    n_copies = int(copy.max(initial=0)) + 1
    outputs, output = np.unique(kernel.astype(np.int64) * n_copies + copy, return_inverse=True)
    to = np.full((len(outputs), len(STATISTICS)), -1)
    to[output, statistic] = np.arange(len(what))
    return outputs // n_copies, to


def _starts(counts: NDArray[Any]) -> NDArray[np.int64]:
    """The begin of each stretch, for concatenated stretches of these lengths."""
    return np.cumsum(counts, dtype=np.int64) - counts


def _each(counts: NDArray[Any]) -> NDArray[np.intp]:
    """The stretch of each entry, for concatenated stretches of these lengths."""
    return np.repeat(np.arange(len(counts)), counts)
