"""Series of several channels, and parts of them, as the rest of the package sees them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.values import Look
from ..loops.gaps import fill_gaps
from ..loops.statistics import channel_moments
from .precision import difference, exceeds_float64, held_by_float32, narrowed, plain


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
            Ascending.
        weights : float64 (n_cases,), optional
            How often each case counts.

        Returns
        -------
        mean, deviation : float64 (n_measured,)
        """
        if not self.complete:
            return self._moments_of_present(channels, weights)
        mean, deviation = np.empty(len(channels)), np.empty(len(channels))
        places = self.places(channels)
        if self.in_place is not None and (np.diff(places) == 1).all():
            channel_moments(self.in_place, self.lengths, int(places[0]), mean, deviation, weights)
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
            if not values.size:
                continue
            if weights is None:
                row = Panel(values[np.newaxis, np.newaxis], np.array([values.size], np.int32))
                mean[i : i + 1], deviation[i : i + 1] = row.moments(np.array([0]))
                continue
            if len(lengths) < len(weights):  # the cases stand one after the other
                own = np.repeat(weights, self.lengths)[present[0]]
            else:
                own = np.repeat(weights, present.sum(axis=1))
            exact, base = exceeds_float64(values), values[:1]
            centred = difference(values[np.newaxis], base)[0] if exact else values.astype(np.float64) - base
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

    def that_count(self, cases: NDArray[np.intp]) -> Panel:
        """The cases that a fit counts, as if there had never been others; those in files stay there."""
        return self.of_cases(cases).looked_at_anew()

    def looked_at_anew(self) -> Panel:
        """The same series, which are complete if only cases had gaps that are no longer there."""
        if self.complete:
            return self
        look = Look(self.to_look_at, self.lengths, self.channel_names, "X", may_miss=True)
        try:
            return self.looked_at(look.at(0, self.n_cases))
        except ValueError:  # of cases that another rank looks at, which names them by their numbers among all
            return self

    @property
    def to_look_at(self) -> Any:
        """The series, with a shape, a dtype, and slices along the cases."""
        return self.values

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


def neighbours(cases: slice | NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """The same cases as a slice, which copies nothing, where each follows the other."""
    if isinstance(cases, slice) or not len(cases) or cases[-1] - cases[0] != len(cases) - 1:
        return cases
    return slice(int(cases[0]), int(cases[-1]) + 1) if (np.diff(cases) == 1).all() else cases


def has_gaps(rows: NDArray[Any]) -> bool:
    """Whether a value is missing: if not, series stay in their own dtype, as float64 does not hold all of 64 bits."""
    return rows.dtype.kind == "f" and bool(np.isnan(rows).any())


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
