"""The plan: the chosen features, and all that is needed to compute them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .loops.lanes import N_LANES
from .loops.wavelet import (
    DILATION,
    EVERYTHING,
    EXTREMES,
    HALVED,
    HIGHEST,
    LOWEST,
    LSPV,
    MAX_ABS,
    MEAN,
    MIN_ABS,
    OUT_1,
    PACK,
    PPV,
    ROW_SIZE,
    RUNS,
    SECOND,
    SHARE,
    TAPS_1,
    TAPS_2,
    apply_by_cases,
    apply_by_times,
)
from .panel import Panel
from .parallel import share_out

KERNELS = tuple(combinations(range(9), 3))  # where the three weights of 2 stand among six of -1
STATISTICS = ("ppv", "max_abs", "lspv", "min_abs")
FLOAT32 = np.dtype(np.float32)
ROW_FIELDS = ("channel", "kernel", "dilation", "level", "statistic")

FEW_CASES = 3  # fewer than this, and a vector of 16 cases would be too empty to pay
LONG_SERIES = 4096  # from here on 16 series at once do not fit into the caches
BLOCK = 1 << 20  # values of X taken at a time
AHEAD = 8  # for one case, level 2 is read so many kernels later than written: past the store buffer
ARENA = {True: 1 << 14, False: 1 << 16}  # floats of series and means held at once, by cases or by times


class Layout(NamedTuple):
    """A plan for series of one length, as the tables that ``apply_by_cases`` and ``apply_by_times`` run down."""

    by_cases: bool
    tables: tuple[Any, ...]  # size, second_size, steps, packs, means, rows, scales
    lengths: NDArray[np.int32]  # of one case
    work_size: int


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
        step = _whole(max(1, most))

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
        out = np.empty(len(self) + 1, np.float32)
        if len(self):
            if not is_plain(x):
                x = np.array(x, np.float32, order="C")
            layout = self.layout(x.shape[1], False)
            run(layout, x[np.newaxis], layout.lengths, *self._series, out, 1)
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
        if key not in self._layouts:
            if len(self._layouts) >= 64:
                self._layouts.clear()
            slot = np.searchsorted(self.channels, self.channel)
            self._layouts[key] = lay_out(slot, self.kernel, self.dilation, self.level, self.statistic, *key)
        return self._layouts[key]


def is_plain(x: NDArray[Any]) -> bool:
    """Whether the loops can read an array as it is; others would make numba compile them once more."""
    return x.dtype == FLOAT32 and x.flags.carray


def standardisation(shift: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shift and scale as the loops take them: the shift in two float32 parts, and one over the scale."""
    large = shift.astype(np.float32)
    factor = np.minimum(1.0 / scale, np.finfo(np.float32).max)
    return np.column_stack([large, shift - large, factor]).astype(np.float32)


def run(
    layout: Layout,
    x: NDArray[np.float32],
    lengths: NDArray[np.int32],
    channels: NDArray[np.intp],
    standard: NDArray[np.float32],
    out: NDArray[np.float32],
    width: int,
) -> None:
    """Compute a layout's features of the cases in x; see ``apply_by_cases``."""
    if layout.by_cases:
        work = np.zeros(layout.work_size + N_LANES, np.float32)
        work = work[-work.ctypes.data % (4 * N_LANES) // 4 :]  # a row that straddles two cache lines costs double
        apply_by_cases(x, lengths, channels, standard, *layout.tables, work, out, width)
    else:
        work = np.zeros(layout.work_size, np.float32)
        apply_by_times(x, lengths, channels, standard, *layout.tables, work, out, width)


def lay_out(
    slot: NDArray[np.intp],
    kernel: NDArray[np.int32],
    dilation: NDArray[np.int32],
    level: NDArray[np.int32],
    statistic: NDArray[np.int32],
    n_timepoints: int,
    by_cases: bool,
) -> Layout:
    """Give every series, mean and convolution its place, and order the work.

    Series and means are dealt into batches that fit into the arena, since memory near the processor is
    small; within a batch the rows stand by what they want, so that no branch in the loops is a surprise.

    Parameters
    ----------
    slot, kernel, dilation, level, statistic : int arrays (n_features,)
        As in `KernelPlan`, with channels counted among those that are read.
    n_timepoints : int
    by_cases : bool
        16 cases in the lanes of a vector, or 16 times of one case.
    """
    stride = N_LANES if by_cases else 1
    dilations, of_dilation = np.unique(dilation, return_inverse=True)
    groups, of_group = np.unique(slot * len(dilations) + of_dilation, return_inverse=True)
    copy = _copies(np.stack([of_group, kernel, level, statistic]))
    n_copies = int(copy.max(initial=0)) + 1
    outputs, of_output = np.unique((of_group * len(KERNELS) + kernel) * n_copies + copy, return_inverse=True)
    outputs //= n_copies
    to = np.full((len(outputs), 8), len(slot))
    to[of_output, (level - 1) * 4 + statistic] = np.arange(len(slot))

    widest = 4 * int(dilations.max(initial=1))
    n_second = (n_timepoints + 1) // 2
    padding, second_padding = min(widest, n_timepoints), min(widest, n_second)
    size, second_size = _whole(n_timepoints * stride), _whole(n_second * stride)
    packed_size = 2 * _whole((size + 2 * padding * stride + N_LANES + 1) // 2)
    half_size = 0 if by_cases else packed_size // 2 + N_LANES  # by times, every second value stands apart as well
    series_size = packed_size + 2 * half_size
    mean_size = size if by_cases else size + second_size + N_LANES
    y_size = second_size + _whole(2 * second_padding * stride) + N_LANES
    ahead = 1 if by_cases else AHEAD
    halved = N_LANES * N_LANES  # before it, room to turn 16 x 16 values
    arena = halved + ahead * y_size

    taps = (np.arange(9) - 4) * dilations[:, np.newaxis]
    first = np.clip(taps, -n_timepoints, n_timepoints) * stride
    second = np.clip(taps, -n_second, n_second) * stride

    n_dilations = max(1, len(dilations))
    channels, of_dilation = np.divmod(groups, n_dilations)
    batch, pack, nth = _deal(channels, mean_size, series_size, ARENA[by_cases])
    n_packs = int(pack.max(initial=0)) + 1  # the places of the series stay the same, so their padding stays 0
    begin = arena + pack * series_size
    series = begin + padding * stride
    mean = arena + n_packs * series_size + nth * mean_size
    means = np.column_stack([mean, series[:, np.newaxis] + first[of_dilation]])
    opens = np.flatnonzero(np.diff(batch * (len(groups) + 1) + pack, prepend=-1))
    half = begin + packed_size
    packs = np.column_stack([channels, series, begin, begin * 0 + packed_size, half, half + half_size])[opens]

    group, kernel_of = np.divmod(outputs, len(KERNELS))
    d = of_dilation[group]
    order = np.array([(*k, *(t for t in range(9) if t not in k)) for k in KERNELS]).reshape(-1, 9)[kernel_of]
    rows = np.empty((len(outputs), ROW_SIZE), np.int64)
    rows[:, TAPS_1 : TAPS_1 + 3] = np.take_along_axis(means[group, 1:], order[:, :3], axis=1)
    rows[:, TAPS_1 + 3] = mean[group]
    rows[:, TAPS_2 : TAPS_2 + 9] = np.take_along_axis(second[d], order, axis=1)
    rows[:, HALVED] = halved + second_padding * stride
    rows[:, DILATION] = d
    rows[:, OUT_1:] = to

    wanted = to < len(slot)
    everything = wanted.all(axis=1) & by_cases
    kinds, members = [np.full(everything.sum(), EVERYTHING)], [np.flatnonzero(everything)]
    for base, has in ((0, wanted[:, :4]), (SECOND, wanted[:, 4:])):
        runs, high, low = has[:, LSPV], has[:, MAX_ABS], has[:, MIN_ABS]
        for kind, chosen in (
            (SHARE, has[:, PPV] & ~runs),
            (RUNS, runs),
            (EXTREMES, high & low),
            (HIGHEST, high & ~low),
            (LOWEST, low & ~high),
        ):
            member = np.flatnonzero(chosen & ~everything)
            kinds.append(np.full(len(member), base + kind))
            members.append(member)
    of_kind, member = np.concatenate(kinds), np.concatenate(members)
    sequence = np.lexsort((member, of_kind, batch[group[member]]))
    of_kind, member = of_kind[sequence], member[sequence]
    rows = rows[member]
    if not by_cases:
        halves, begins = of_kind > SECOND, begin[group[member], np.newaxis]
        at, odd = np.divmod(rows[:, TAPS_1 : TAPS_1 + 3] - begins, 2)
        rows[halves, TAPS_1 : TAPS_1 + 3] = (begins + packed_size + odd * half_size + at)[halves]
        rows[halves, TAPS_1 + 3] += size

    steps = []
    of_row = batch[group[member]]
    for b in range(int(batch.max(initial=-1)) + 1):
        steps.append((PACK, *np.searchsorted(batch[opens], (b, b + 1))))
        steps.append((MEAN, *np.searchsorted(batch, (b, b + 1))))
        for k in np.unique(of_kind[of_row == b]):
            start, stop = np.searchsorted(of_row * 32 + of_kind, (b * 32 + k, b * 32 + k + 1))
            chunk = ahead if k > SECOND else stop - start
            steps.extend((k, at, min(at + chunk, stop)) for at in range(start, stop, chunk))
            if k > SECOND:
                rows[start:stop, HALVED] += np.arange(stop - start) % ahead * y_size
    rows[:, TAPS_2 : TAPS_2 + 9] += rows[:, [HALVED]]

    root = dilations * np.sqrt(dilations.astype(np.float64))
    return Layout(
        by_cases=by_cases,
        tables=(
            size,
            second_size,
            np.array(steps, np.int64).reshape(-1, 3),
            np.ascontiguousarray(packs, np.int64),
            np.ascontiguousarray(means, np.int64),
            rows,
            np.column_stack([3.0 / root, 3.0 / root**2]).astype(np.float32),
        ),
        lengths=np.array([n_timepoints], np.int32),
        work_size=arena + n_packs * series_size + (int(nth.max(initial=0)) + 1) * mean_size + 3 * N_LANES,
    )


def _copies(columns: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many of the columns before it each column equals: 0 for all, unless a plan names a feature twice."""
    order = np.lexsort((np.arange(columns.shape[1]), *columns))
    new = np.ones(columns.shape[1], bool)
    new[1:] = (np.diff(columns[:, order], axis=1) != 0).any(axis=0)
    place = np.arange(columns.shape[1])
    copies = np.empty(columns.shape[1], np.intp)
    copies[order] = place - np.maximum.accumulate(np.where(new, place, 0))
    return copies


def _whole(n: int) -> int:
    """The size of as many whole vectors as n values need."""
    return -(-n // N_LANES) * N_LANES


def _deal(
    channels: NDArray[np.intp], mean_size: int, series_size: int, budget: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Deal groups of convolutions, sorted by channel, into batches of limited size.

    Returns
    -------
    batch, pack, nth : int (n_groups,)
        Which batch each group belongs to, which of its series it reads, and the how manieth it is there.
    """
    places = []
    batch, pack, nth, last = 0, -1, -1, -1
    for channel in channels.tolist():
        pack, nth = pack + (channel != last), nth + 1
        if nth > 0 and (pack + 1) * series_size + (nth + 1) * mean_size > budget:
            batch, pack, nth = batch + 1, 0, 0
        places.append((batch, pack, nth))
        last = channel
    table = np.array(places, np.intp).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]
