"""Checked input: a set of multivariate series as the rest of the package sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .containers.cases import WASTE, Contents, contents, is_uneven
from .containers.stored import Stored, are_files, stays_stored, stored
from .containers.values import Look
from .loops.gaps import fill_gaps
from .loops.narrowing import narrow
from .loops.statistics import channel_moments

EXACT_INTEGERS = 2.0**52  # up to here float64 holds every integer, and every half
FAR = 1000.0  # deviations
AT_ONCE = 1 << 26  # bytes: series in files that take less are read whole
MISSING = ("error", "interpolate", "zero")


@dataclass(frozen=True)
class Panel:
    """Series of several channels, in the array that the user gave wherever that is possible.

    Nothing is copied until a block is taken, so a memory-mapped file larger than memory works.

    Attributes
    ----------
    values : array (n_cases, n_channels, n_timepoints) of any real dtype and memory layout
        What stands behind a case's end never matters.
    lengths : int32 (n_cases,)
        The number of time points of each case.
    channel_names : tuple of str, or None
    complete : bool
        Whether no value is missing; False where nobody has looked.
    """

    values: NDArray[Any]
    lengths: NDArray[np.int32]
    channel_names: tuple[str, ...] | None = None
    complete: bool = True

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return int(self.values.shape[0])

    @property
    def n_channels(self) -> int:
        """How many channels each case has."""
        return int(self.values.shape[1])

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case."""
        return int(self.values.shape[2])

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the values are stored as."""
        return self.values.dtype

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels as they are stored; a view where that is possible.

        Parameters
        ----------
        cases : slice or int array
        channels : int array, ascending

        Returns
        -------
        array (n_taken_cases, n_taken_channels, n_timepoints)
            What stands behind a case's end does not matter.
        """
        cases = neighbours(cases)
        if isinstance(cases, slice):
            return self.values[cases] if len(channels) == self.n_channels else self.values[cases, channels]
        return self.values[cases[:, np.newaxis], channels]

    def take(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some cases and channels as a float32 array in C order; a view only where nothing has to change.

        Parameters
        ----------
        cases : slice or int array
        channels : int array, ascending

        Returns
        -------
        float32 (n_taken_cases, n_taken_channels, n_timepoints), writeable
        """
        return plain(self.raw(cases, channels), np.float32)

    def centred(
        self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp], shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], bool]:
        """Some cases and channels as float32, for loops that standardise them.

        Parameters
        ----------
        cases : slice or int array
        channels : int array, ascending
        shift : float64 (n_taken_channels,)
            What is subtracted of each channel before anything is rounded, where float32 does not hold the values.

        Returns
        -------
        values : float32 (n_taken_cases, n_taken_channels, n_timepoints), C order, writeable
        less_shift : bool
            Whether the shift has been subtracted.
        """
        if held_by_float32(self.dtype) or not shift.any():
            return self.take(cases, channels), False
        return narrowed(self.raw(cases, channels), shift), True

    def pairs(
        self, case: NDArray[np.intp], channel: NDArray[np.intp], shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], bool]:
        """One channel of each of some cases; see `centred`.

        Parameters
        ----------
        case, channel : int (n_pairs,)
        shift : float64 (n_pairs,)

        Returns
        -------
        values : float32 (n_pairs, n_timepoints)
            At least as long as the longest of these cases.
        less_shift : bool
        """
        block = self.raw_pairs(case, channel)
        if held_by_float32(self.dtype) or not shift.any():
            return plain(block, np.float32), False
        return narrowed(block[np.newaxis], shift)[0], True

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases as they are stored, (n_pairs, n_timepoints)."""
        return self.stored[case, self.places(channel)]

    def moments(
        self, channels: NDArray[np.intp], weights: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of some channels over all cases and times that have a value.

        The deviation of a constant channel is 0; both are NaN for one without any value.

        Parameters
        ----------
        channels : int (n_measured,)
            Neighbours, ascending.
        weights : float64 (n_cases,), optional
            How often each case counts.

        Returns
        -------
        mean, deviation : float64 (n_measured,)
        """
        if not self.complete:
            return self._moments_of_present(channels, weights)
        mean, deviation = np.empty(len(channels)), np.empty(len(channels))
        if self.in_place is not None:
            channel_moments(self.in_place, self.lengths, int(self.places(channels)[0]), mean, deviation, weights)
            return mean, deviation
        values, lengths = self.to_measure(channels)
        base = np.zeros(len(channels), self.dtype)
        if held_by_float32(self.dtype):
            values = plain(values, np.float32)
        else:
            if exceeds_float64(values):
                base = values[0, :, 0]
                values = difference(values, base)
            values = plain(values, np.float64)
        if weights is not None and len(lengths) < len(weights):  # the cases stand one after the other
            of_times, first = np.repeat(weights, self.lengths), values[0, :, :1].astype(np.float64)
            mean = first[:, 0] + np.average(values[0] - first, axis=1, weights=of_times)
            deviation = np.sqrt(np.average((values[0] - mean[:, np.newaxis]) ** 2, axis=1, weights=of_times))
        else:
            channel_moments(values, lengths, 0, mean, deviation, weights)
        return base.astype(np.float64) + mean, deviation

    def _moments_of_present(
        self, channels: NDArray[np.intp], weights: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`moments` over the values that are there, channel by channel: these stand in a row, as if of one case."""
        mean, deviation = np.full(len(channels), np.nan), np.full(len(channels), np.nan)
        for i in range(len(channels)):
            block, lengths = self.to_measure(channels[i : i + 1])
            present = np.arange(block.shape[2]) < lengths[:, np.newaxis]
            present &= ~np.isnan(block[:, 0]) if block.dtype.kind == "f" else True
            values = block[:, 0][present]
            if values.size:
                row = Panel(values[np.newaxis, np.newaxis], np.array([values.size], np.int32))
                if weights is None:
                    mean[i : i + 1], deviation[i : i + 1] = row.moments(np.array([0]))
                else:
                    in_a_row = len(lengths) < len(weights)  # the cases stand one after the other
                    of_times = np.repeat(weights, self.lengths) if in_a_row else weights
                    own = of_times[present[0]] if in_a_row else np.repeat(weights, present.sum(axis=1))
                    exact = exceeds_float64(values)
                    centred = difference(values, values[:1]) if exact else values.astype(np.float64) - values[0]
                    offset = np.average(centred, weights=own)
                    mean[i] = float(values[0]) + offset
                    deviation[i] = np.sqrt(np.average((centred - offset) ** 2, weights=own))
        return mean, deviation

    def to_measure(self, channels: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Some channels of all cases, and the lengths of these."""
        return self.raw(slice(None), channels), self.lengths

    @property
    def in_place(self) -> NDArray[np.float32] | None:
        """The array that loops may read as it is, its channels at their `places`; None where there is none."""
        stored = self.stored
        return stored if stored.dtype == np.float32 and stored.flags.carray else None

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length, which are worked on together; [None] where all are."""
        return [None]

    def some_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only, whose numbers are their places among them; nothing is copied before it is taken."""
        return SomeCases(self, cases)

    def only(self, channels: NDArray[np.intp]) -> Panel:
        """The same series with some channels only; nothing is copied before it is taken."""
        return SomeChannels(self, channels)

    def filled(self, missing: str, values: NDArray[np.float64]) -> Panel:
        """The same series without gaps; they are filled whenever a block is taken, each case by itself.

        Parameters
        ----------
        missing : {"error", "interpolate", "zero"}
            "zero" puts the channel's value where one is missing; "interpolate" draws a straight line between the
            neighbours in time, goes on with the nearest value at the ends, and puts the channel's value where a case
            has none in that channel. "error" leaves all as it is.
        values : float64 (n_channels,)
            Those values: what standardising brings to 0.

        Returns
        -------
        Panel
            This one, where nothing is missing.
        """
        return self if self.complete or missing == "error" else Filled(self, missing, values)

    def looked_at(self, complete: bool) -> Panel:
        """The same series, of which it is known whether no value is missing."""
        same = copy(self)
        vars(same)["complete"] = complete
        return same

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only, as if there had never been others; a copy."""
        lengths = self.lengths[cases]
        return Panel(self.values[cases, :, : int(lengths.max())], lengths, self.channel_names, self.complete)

    @property
    def stored(self) -> NDArray[Any]:
        """The array that the values lie in, the channels at their `places`."""
        return self.values

    def places(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where some channels lie in `stored`."""
        return channels


class View(Panel):
    """The series of another panel, seen in another way.

    Parameters
    ----------
    source : Panel
        Whose series these are.
    **state
        What the view has besides, or has otherwise than its source.
    """

    source: Panel

    def __init__(self, source: Panel, **state: Any):
        alike = {name: getattr(source, name) for name in ("lengths", "channel_names", "complete")}
        self.__dict__.update(alike | state, source=source)

    @property
    def values(self) -> NDArray[Any]:
        """All that is seen: for what cannot work on some of it at a time."""
        return self.raw(slice(None), np.arange(self.n_channels))

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return self.source.n_cases

    @property
    def n_channels(self) -> int:
        """How many channels each case has."""
        return self.source.n_channels

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case of the source."""
        return self.source.n_timepoints

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the values are stored as."""
        return self.source.dtype

    @property
    def in_place(self) -> NDArray[np.float32] | None:
        """The array that loops may read as it is; see `Panel.in_place`."""
        return None

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length; see `Panel.by_length`."""
        return self.source.by_length()


class ChannelsView(View):
    """A view that gives channels other numbers than its source; `own` says which."""

    def own(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of some channels in the source."""
        raise NotImplementedError

    @property
    def stored(self) -> NDArray[Any]:
        """The array that the values lie in."""
        return self.source.stored

    def places(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where some channels lie in it."""
        return self.source.places(self.own(channels))

    @property
    def in_place(self) -> NDArray[np.float32] | None:
        """The array that loops may read as it is; see `Panel.in_place`."""
        return self.source.in_place

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels; see `Panel.raw`."""
        return self.source.raw(cases, self.own(channels))

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases; see `Panel.raw_pairs`."""
        return self.source.raw_pairs(case, self.own(channel))

    def to_measure(self, channels: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Some channels of all cases; see `Panel.to_measure`."""
        return self.source.to_measure(self.own(channels))


class SomeChannels(ChannelsView):
    """Some channels of a panel.

    Parameters
    ----------
    source : Panel
    shown : int (n_channels,)
        Ascending.
    """

    shown: NDArray[np.intp]

    def __init__(self, source: Panel, shown: NDArray[np.intp]):
        names = source.channel_names
        super().__init__(source, shown=shown, channel_names=None if names is None else tuple(names[c] for c in shown))

    @property
    def n_channels(self) -> int:
        """How many channels are shown."""
        return len(self.shown)

    def own(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of some of the channels that are shown."""
        return self.shown[channels]


class SomeCases(View):
    """Some cases of a panel.

    Parameters
    ----------
    source : Panel
    which : int (n_cases,)
    """

    which: NDArray[np.intp]

    def __init__(self, source: Panel, which: NDArray[np.intp]):
        super().__init__(source, which=which, lengths=source.lengths[which])

    @property
    def n_cases(self) -> int:
        """How many cases these are."""
        return len(self.which)

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some of these cases; see `Panel.raw`."""
        return self.source.raw(self.which[cases], channels)

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some of these cases; see `Panel.raw_pairs`."""
        return self.source.raw_pairs(self.which[case], channel)

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length; see `Panel.by_length`."""
        groups = self.source.by_length()
        if groups[0] is None:
            return [None]
        own = [np.flatnonzero(np.isin(self.which, group)) for group in groups if group is not None]
        return [group for group in own if len(group)]

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some of these; see `Panel.of_cases`."""
        return self.source.of_cases(self.which[cases])


class HeldChannels(ChannelsView):
    """Series of many channels, of which only some are here; the others are as if they were, until they are read.

    Parameters
    ----------
    source : Panel
        The channels that are here.
    numbers : int (n_held,)
        Which they are among all, ascending.
    n_in_all : int
        How many there are in all.
    channel_names : tuple of str, or None
        Of all channels.
    """

    numbers: NDArray[np.intp]
    n_in_all: int

    def __init__(
        self, source: Panel, numbers: NDArray[np.intp], n_in_all: int, channel_names: tuple[str, ...] | None = None
    ):
        super().__init__(source, numbers=numbers, n_in_all=n_in_all, channel_names=channel_names)

    @property
    def n_channels(self) -> int:
        """How many channels there are in all."""
        return self.n_in_all

    @property
    def values(self) -> NDArray[Any]:
        """Of all channels, if they are all here."""
        if len(self.numbers) == self.n_in_all:
            return self.source.values
        raise ValueError(f"only {len(self.numbers)} of {self.n_channels} channels are here")

    def own(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of some channels among those that are here.

        Raises
        ------
        LookupError
            If one of them is not here.
        """
        places = np.searchsorted(self.numbers, channels)
        if not np.isin(channels, self.numbers).all():
            elsewhere = sorted(set(np.asarray(channels).tolist()) - set(self.numbers.tolist()))
            raise LookupError(f"channel {elsewhere[0]} is not here, but with another rank")
        return places

    def filled(self, missing: str, values: NDArray[np.float64]) -> Panel:
        """The same series without gaps; see `Panel.filled`."""
        return self._of(self.source.filled(missing, values[self.numbers]))

    def some_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.some_cases`."""
        return self._of(self.source.some_cases(cases))

    def _of(self, source: Panel) -> Panel:
        """The same channels of another panel."""
        if source is self.source:
            return self
        return HeldChannels(source, self.numbers, self.n_in_all, self.channel_names)


class HeldCases(View):
    """Series of many cases, of which only some are here; the others are as if they were, until they are read.

    Parameters
    ----------
    source : Panel
        The cases that are here, neighbours among all; there may be none.
    rank : int
        Whose they are.
    starts : int (n_ranks,)
        The number, among all cases, of the first of each rank: all stand in the order of the ranks.
    lengths : int32 (n_cases,)
        Of all cases.
    kind : type
        The class of panel that one process would have, which held all cases.
    """

    rank: int
    starts: NDArray[np.intp]
    kind: type[Panel]

    def __init__(
        self, source: Panel, rank: int, starts: NDArray[np.intp], lengths: NDArray[np.int32], kind: type[Panel]
    ):
        super().__init__(source, rank=rank, starts=starts, lengths=lengths, kind=kind)

    @property
    def values(self) -> NDArray[Any]:
        """Of all cases, if they are all here."""
        if self.source.n_cases == self.n_cases:
            return self.source.values
        raise ValueError(f"only {self.source.n_cases} of {self.n_cases} cases are here")

    @property
    def n_cases(self) -> int:
        """How many cases there are in all."""
        return len(self.lengths)

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case, of all."""
        return int(self.lengths.max())

    @property
    def first(self) -> int:
        """The number of the first case that is here."""
        return int(self.starts[self.rank])

    @property
    def end(self) -> int:
        """One behind the number of the last case that is here."""
        return self.first + self.source.n_cases

    def are_here(self, cases: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of some cases are here."""
        return (cases >= self.first) & (cases < self.end)

    def own(self, cases: slice | NDArray[np.intp]) -> slice | NDArray[np.intp]:
        """The numbers of some cases among those that are here.

        Raises
        ------
        LookupError
            If one of them is not here.
        """
        if isinstance(cases, slice):
            start, stop, _ = cases.indices(self.n_cases)
            ends = np.array([start, stop - 1] if stop > start else [], np.intp)
            own: slice | NDArray[np.intp] = slice(start - self.first, stop - self.first)
        else:
            ends, own = cases, cases - self.first
        for case in ends[~self.are_here(ends)][:1]:
            raise LookupError(f"case {case} is not here, but with another rank")
        return own if len(ends) else slice(0, 0)

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some of the cases that are here, as long as the longest of them, or longer; see `Panel.raw`."""
        return self.source.raw(self.own(cases), channels)

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases that are here; see `Panel.raw_pairs`."""
        return self.source.raw_pairs(np.arange(self.source.n_cases)[self.own(case)], channel)

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """All cases together; see `Panel.by_length`."""
        return [None]

    def filled(self, missing: str, values: NDArray[np.float64]) -> Panel:
        """The same series without gaps; see `Panel.filled`."""
        source = self.source.filled(missing, values)
        return self if source is self.source else HeldCases(source, self.rank, self.starts, self.lengths, self.kind)

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.of_cases`."""
        here = self.are_here(cases)
        source = self.source.of_cases(cases[here] - self.first) if here.any() else no_cases(self.source)
        starts, kind = np.searchsorted(cases, self.starts), Panel if self.kind is StoredPanel else self.kind
        return HeldCases(source, self.rank, starts, self.lengths[cases], kind)


def no_cases(like: Panel, dtype: Any = None) -> Panel:
    """A panel without cases, but for that, and for a dtype that is given, like another."""
    values = np.empty((0, like.n_channels, 1), like.dtype if dtype is None else dtype)
    return Panel(values, np.empty(0, np.int32), like.channel_names, like.complete)


class StoredPanel(Panel):
    """Series that stay in files, or wherever else they are, until a block of cases is taken.

    Parameters
    ----------
    series : Stored
    channel_names : tuple of str, or None
    complete : bool, default=False
        Whether no value is missing.
    """

    series: Stored

    def __init__(self, series: Stored, channel_names: tuple[str, ...] | None = None, complete: bool = False):
        lengths = np.full(len(series), series.shape[2], np.int32)
        self.__dict__.update(series=series, lengths=lengths, channel_names=channel_names, complete=complete)

    @property
    def values(self) -> Any:
        """The series where they are: with a shape, a dtype, and slices along the cases."""
        return self.series

    @property
    def in_place(self) -> None:
        """No loop can read them where they are."""
        return None

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels; see `Panel.raw`."""
        cases = neighbours(cases)
        block = self.series[cases] if isinstance(cases, slice) else self.series.some(cases)
        return block if len(channels) == self.n_channels else block[:, channels]

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases; see `Panel.raw_pairs`."""
        cases, place = np.unique(case, return_inverse=True)
        return self.series.some(cases)[place, channel]

    def some_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only, in memory."""
        return self.of_cases(cases)

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.of_cases`."""
        return Panel(self.series.some(cases), self.lengths[cases], self.channel_names, self.complete)


class RaggedPanel(Panel):
    """Series of very unequal lengths, each in an array of its own: so memory follows the sum of their lengths.

    Parameters
    ----------
    series : list of arrays (n_channels, n_timepoints_i)
        Of one dtype.
    channel_names : tuple of str, or None
    """

    series: list[NDArray[Any]]

    def __init__(self, series: list[NDArray[Any]], channel_names: tuple[str, ...] | None = None):
        lengths = np.array([x.shape[1] for x in series], np.int32)
        self.__dict__.update(series=series, lengths=lengths, channel_names=channel_names, complete=True)

    @property
    def values(self) -> NDArray[Any]:
        """All series, padded to the longest: for what cannot work on some at a time."""
        return self.raw(slice(None), np.arange(self.n_channels))

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return len(self.series)

    @property
    def n_channels(self) -> int:
        """How many channels each case has."""
        return int(self.series[0].shape[0])

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case."""
        return int(self.lengths.max())

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the values are stored as."""
        return self.series[0].dtype

    @property
    def in_place(self) -> None:
        """There is no one array."""
        return None

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels, as long as the longest of these cases; see `Panel.raw`."""
        taken = np.arange(self.n_cases)[cases]
        out = np.zeros((len(taken), len(channels), int(self.lengths[taken].max(initial=1))), self.dtype)
        for row, case in zip(out, taken.tolist(), strict=True):
            row[:, : self.lengths[case]] = self.series[case][channels]
        return out

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases, as long as the longest of them; see `Panel.raw_pairs`."""
        block = np.zeros((len(case), int(self.lengths[case].max(initial=1))), self.dtype)
        for row, i, c in zip(block, case.tolist(), channel.tolist(), strict=True):
            row[: self.lengths[i]] = self.series[i][c]
        return block

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of an array that would hold all of them."""
        return self.n_cases, self.n_channels, self.n_timepoints

    def __getitem__(self, cases: slice) -> NDArray[Any]:
        """Some cases, as long as the longest of these."""
        return self.raw(cases, np.arange(self.n_channels))

    def to_measure(self, channels: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Some channels of all cases, one after the other, as if they were one; see `Panel.moments`."""
        joined = np.concatenate([x[channels] for x in self.series], axis=1)
        return joined[np.newaxis], np.array([joined.shape[1]], np.int32)

    @cached_property
    def _groups(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length, the longest first: padded, a group is at most twice as large as its series."""
        order = np.argsort(-self.lengths.astype(np.int64), kind="stable")
        groups, begin, own = [], 0, 0
        for end, case in enumerate(order.tolist()):
            longest = int(self.lengths[order[begin]])
            own += int(self.lengths[case])
            if longest * (end + 1 - begin) > WASTE * own:
                groups.append(order[begin:end])
                begin, own = end, int(self.lengths[case])
        return [np.sort(group) for group in (*groups, order[begin:])]

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length; see `Panel.by_length`."""
        return self._groups

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.of_cases`."""
        some = RaggedPanel([self.series[case] for case in cases.tolist()], self.channel_names)
        return some.looked_at(self.complete)


def neighbours(cases: slice | NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """The same cases as a slice, which copies nothing, where each follows the other."""
    if isinstance(cases, slice) or not len(cases) or cases[-1] - cases[0] != len(cases) - 1:
        return cases
    return slice(int(cases[0]), int(cases[-1]) + 1) if (np.diff(cases) == 1).all() else cases


def plain(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Values as loops read them: in C order, and writeable, since numba compiles anew for others; a copy if need be."""
    if values.flags.writeable:
        return np.ascontiguousarray(values, dtype)
    return np.array(values, dtype, order="C")


def exceeds_float64(values: NDArray[Any]) -> bool:
    """Whether float64 cannot hold all values as they are."""
    if values.dtype.kind == "f":
        return values.dtype.itemsize > 8
    return values.dtype.itemsize > 4 and bool(values.size) and max(-int(values.min()), int(values.max())) > 2**53


def difference(values: NDArray[Any], base: NDArray[Any]) -> NDArray[Any]:
    """Values less a number of their own dtype for each channel, exactly."""
    if values.dtype.kind == "f":
        return values - base[:, np.newaxis]
    # unsigned integers wrap around; read as signed ones, differences that fit into 64 bits are right
    return (values.astype(np.uint64) - base.astype(np.uint64)[:, np.newaxis]).view(np.int64)


def held_by_float32(dtype: np.dtype[Any]) -> bool:
    """Whether float32 holds all values of a dtype."""
    return bool(np.can_cast(dtype, np.float32))


def far_levels(mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is subtracted of each channel even where channels are not standardised: a mean that is far from 0.

    Where the mean is more than 1,000 deviations from 0, sums in float32 would lose what varies.

    Parameters
    ----------
    mean, deviation : float64 (n_channels,)

    Returns
    -------
    float64 (n_channels,)
        The mean, or 0.
    """
    return np.where((deviation > 0) & (np.abs(mean) > FAR * deviation), mean, 0.0)


def narrowed(block: NDArray[Any], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """Series less a number for each channel, subtracted in their own precision, as float32.

    Parameters
    ----------
    block : array (n_cases, n_channels, n_timepoints) of any real dtype
    shift : float64 (n_channels,)

    Returns
    -------
    float32 (n_cases, n_channels, n_timepoints), C order
    """
    if block.dtype.kind in "iu" and block.dtype.itemsize == 8 and np.abs(shift).max(initial=0) >= EXACT_INTEGERS:
        limits = np.iinfo(block.dtype)
        base = np.array([min(max(round(s), limits.min), limits.max) for s in shift.tolist()], block.dtype)
        block, shift = difference(block, base), shift - base.astype(np.float64)
    elif block.dtype.kind == "f" and block.dtype.itemsize > 8:
        block, shift = block - shift[:, np.newaxis], np.zeros(len(shift))
    out = np.empty(block.shape, np.float32)
    with np.errstate(over="ignore"):
        narrow(plain(block, np.float64), shift, out)
    return out


class Filled(View):
    """Series with gaps, as if these were filled; see `Panel.filled`.

    Parameters
    ----------
    source : Panel
    missing : {"interpolate", "zero"}
    fill : float64 (n_channels,)
        What stands for a missing value where no neighbours do.
    """

    missing: str
    fill: NDArray[np.float64]

    def __init__(self, source: Panel, missing: str, fill: NDArray[np.float64]):
        super().__init__(source, missing=missing, fill=fill, complete=True)

    @property
    def dtype(self) -> np.dtype[Any]:
        """What values are once gaps are filled."""
        return np.dtype(np.float64)

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels without gaps; see `Panel.raw`."""
        block = self.source.raw(cases, channels)
        n_cases, n_channels, n_timepoints = block.shape
        lengths, fill = np.repeat(self.lengths[cases], n_channels), np.tile(self.fill[channels], n_cases)
        return without_gaps(block.reshape(-1, n_timepoints), lengths, self.missing, fill).reshape(block.shape)

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """Pairs without gaps; see `Panel.raw_pairs`."""
        rows = self.source.raw_pairs(case, channel)
        return without_gaps(rows, self.lengths[case], self.missing, self.fill[channel])

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.of_cases`."""
        return Filled(self.source.of_cases(cases), self.missing, self.fill)


def without_gaps(
    rows: NDArray[Any], lengths: NDArray[np.int32], missing: str, fill: NDArray[np.float64]
) -> NDArray[Any]:
    """A copy of series whose gaps are filled, a row each, such as the channels of one case; see `Panel.filled`.

    Parameters
    ----------
    rows : array (n_rows, n_timepoints)
    lengths : int32 (n_rows,)
        How many time points of each row are its own.
    missing : {"interpolate", "zero"}
    fill : float64 (n_rows,)
        What stands for a missing value where no neighbours do.

    Returns
    -------
    float64 (n_rows, n_timepoints), C order
    """
    filled = np.array(rows, np.float64, order="C")
    fill_gaps(filled, lengths, fill, missing == "interpolate")
    return filled


def as_panel(
    X: Any,
    *,
    channel_names: Sequence[str] | None = None,
    name: str = "X",
    share: tuple[int, int] = (0, 1),
    may_lack: str | None = None,
    missing: str = "error",
) -> Panel:
    """Check series and bring them into one form.

    Parameters
    ----------
    X : array, list, mapping or frame
        Values of any real dtype, in any memory layout, which may be read-only. They are kept in their own dtype, those
        of a list in the common one.

        - An array or tensor (n_cases, n_channels, n_timepoints), or (n_cases, n_timepoints) of one channel.
        - A list of arrays or tensors (n_channels, n_timepoints_i), or an array of such objects.
        - An array of h5py, zarr or dask, or anything else with ``shape``, ``dtype`` and slices along the cases; or a
          list of paths of files ``.npy``, whose cases follow each other. Blocks of cases are read when they are needed.
        - A mapping from channel names to arrays (n_cases, n_timepoints), or to lists of series.
        - A frame of pandas or polars, of one channel: a row for each case and a column for each time point.
        - A frame of pandas with two index levels, case and time, and a column for each channel, which sktime calls
          pd-multiindex; its frames of polars too. Cases stand in the order in which they first appear.
        - A list of frames: of each case a column for each channel and a row for each time point.
        - A frame, or an array of objects, with a series in each cell: a row for each case, a column for each channel.
    channel_names : sequence of str, optional
        Names of the channels. Mappings, and frames whose columns are channels and have names, bring their own: these
        must then be the same, in any order.
    name : str, default="X"
        What error messages call the input.
    share, missing
        See `looked_at`.
    may_lack : {"channels", "cases"}, optional
        What an array may have none of.

    Returns
    -------
    Panel

    Raises
    ------
    TypeError
        If the values are not real numbers.
    ValueError
        If the shape is wrong, nothing is there, or a value cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> panel = as_panel([np.zeros((2, 5)), np.ones((2, 3))])
    >>> panel.n_cases, panel.n_channels, panel.n_timepoints, panel.lengths.tolist()
    (2, 2, 5, [5, 3])
    """
    panel = panel_of(X, channel_names, name, may_lack)
    return looked_at(panel, name, share=share, missing=missing)


def panel_of(X: Any, channel_names: Sequence[str] | None = None, name: str = "X", may_lack: str | None = None) -> Panel:
    """Series in one form, at whose values nobody has looked yet; see `as_panel`."""
    if are_files(X) or stays_stored(X):
        series = stored(X, name)
        if series.nbytes > AT_ONCE:
            return StoredPanel(series, names_of(channel_names, series.shape[1]))
        X = series.whole()
    values, lengths, names = _in_order(contents(X, name, may_lack), channel_names, name)
    if isinstance(values, list):
        return RaggedPanel(values, names_of(names, values[0].shape[0])).looked_at(complete=False)
    return Panel(values, lengths, names_of(names, values.shape[1]), complete=False)


def kind_of_panel(lengths: NDArray[np.int32], n_channels: int, dtype: np.dtype[Any], in_files: bool) -> type[Panel]:
    """The class of panel that `panel_of` makes of series of these lengths, by whether they are in files."""
    if in_files and len(lengths) * n_channels * int(lengths.max()) * dtype.itemsize > AT_ONCE:
        return StoredPanel
    return RaggedPanel if is_uneven(lengths) else Panel


def looked_at(
    panel: Panel,
    name: str = "X",
    *,
    share: tuple[int, int] = (0, 1),
    missing: str = "error",
    read: NDArray[np.intp] | None = None,
    standard: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> Panel:
    """The same series, if their values can be used.

    Parameters
    ----------
    panel : Panel
    name : str, default="X"
        What error messages call it.
    share : (int, int), default=(0, 1)
        With (i, n), look at part i of n of the cases only.
    missing : {"error", "interpolate", "zero"}, default="error"
        Whether a value may be NaN; if so, `Panel.filled` does the rest.
    read : int (n_read,), optional
        The channels to look at; the others may hold anything. All by default.
    standard : (shift, scale), optional
        How channels, float64 (n_channels,), will be standardised.

    Returns
    -------
    Panel

    Raises
    ------
    ValueError
        If a value is NaN or infinite, larger than float32 can hold (3.4e38), or, once standardised, larger than 1e37;
        naming case, channel and time point.
    """
    may_miss, n_cases = missing != "error", panel.n_cases
    values: Any = panel if isinstance(panel, RaggedPanel) else panel.values
    look = Look(values, panel.lengths, panel.channel_names, name, may_miss, read, standard)
    first, end = (n_cases * part // share[1] for part in (share[0], share[0] + 1))
    complete = look.at(first, end) and share[1] == 1
    return panel.looked_at(complete or not may_miss)


def look_again(panel: Panel, channels: NDArray[np.intp]) -> None:
    """Raise the error of `looked_at` for some channels of all cases, of which moments are not finite."""
    whole = panel.source if isinstance(panel, HeldChannels) else panel
    read = panel.own(channels) if isinstance(panel, HeldChannels) else channels
    values: Any = whole if isinstance(whole, RaggedPanel) else whole.values
    look = Look(values, panel.lengths, whole.channel_names, "X", not panel.complete, read)
    look.at(0, panel.n_cases)


def _in_order(
    given: Contents, channel_names: Sequence[str] | None, name: str
) -> tuple[NDArray[Any] | list[NDArray[Any]], NDArray[np.int32], Any]:
    """The contents with their channels in the order of the names that are expected, and those names."""
    if given.names is None:
        return given.values, given.lengths, channel_names
    own = list(given.names)
    wanted = own if channel_names is None else list(channel_names)
    twice = sorted({str(channel) for channel in own if own.count(channel) > 1})
    if twice:
        raise ValueError(
            f"channel_names must differ from each other, but {name} has {twice[0]} twice: leave one of them out."
        )
    if set(wanted) != set(own):
        raise ValueError(
            f"The channel names of {name} should match those seen before: "
            f"unknown {sorted(map(str, set(own) - set(wanted)))}, missing {sorted(map(str, set(wanted) - set(own)))}."
        )
    places = [own.index(channel) for channel in wanted]
    if wanted == own:
        values = given.values
    elif isinstance(given.values, list):
        values = [x[places] for x in given.values]
    else:
        values = given.values[:, places]
    return values, given.lengths, wanted


def names_of(channel_names: Sequence[str] | None, n_channels: int) -> tuple[str, ...] | None:
    """Names of channels, checked: one for each, all different."""
    if channel_names is None:
        return None
    if (
        isinstance(channel_names, str)
        or not isinstance(channel_names, Iterable)
        or not all(isinstance(name, str) for name in channel_names)
    ):
        raise TypeError(f"channel_names must be a sequence of strings, got {channel_names!r}.")
    names = tuple(str(name) for name in channel_names)
    if len(names) != n_channels:
        raise ValueError(f"channel_names has {len(names)} names, but X has {n_channels} channels.")
    if len(set(names)) != len(names):
        raise ValueError("channel_names must differ from each other.")
    return names
