"""Checked input: a set of multivariate series as the rest of the package sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .containers.cases import Contents, contents
from .containers.values import Look
from .loops.gaps import fill_gaps

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
        block = self.block(cases, channels)
        if block.flags.writeable:
            return np.ascontiguousarray(block, dtype=np.float32)
        return np.array(block, dtype=np.float32, order="C")

    def block(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """What `take` takes, in its own dtype, and a view where nothing has to change."""
        if isinstance(cases, slice):
            return self.values[cases] if len(channels) == self.n_channels else self.values[cases, channels]
        return self.values[cases[:, np.newaxis], channels]

    def each(self, cases: NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of one case for each pair of numbers, (n_pairs, n_timepoints), in its own dtype."""
        return self.stored[cases, self.places(channels)]

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

    @property
    def readable(self) -> bool:
        """Whether loops find the series in `stored` as they are: nothing has to be filled in."""
        return True

    @property
    def stored(self) -> NDArray[Any]:
        """The array that the values lie in, the channels at their `places`."""
        return self.values

    def places(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where some channels lie in `stored`."""
        return channels


class SomeChannels(Panel):
    """Some channels of a panel.

    Parameters
    ----------
    whole : Panel
    shown : int (n_channels,)
        Ascending.
    """

    whole: Panel
    shown: NDArray[np.intp]

    def __init__(self, whole: Panel, shown: NDArray[np.intp]):
        names = whole.channel_names
        state = {
            "whole": whole,
            "shown": shown,
            "lengths": whole.lengths,
            "channel_names": None if names is None else tuple(names[c] for c in shown),
            "complete": whole.complete,
        }
        self.__dict__.update(state)

    @property
    def values(self) -> NDArray[Any]:
        """A copy of what is shown; `take` copies no more than it returns."""
        return self.stored[:, self.places(np.arange(self.n_channels))]

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return self.whole.n_cases

    @property
    def n_channels(self) -> int:
        """How many channels are shown."""
        return len(self.shown)

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case."""
        return self.whole.n_timepoints

    @property
    def stored(self) -> NDArray[Any]:
        """The array that the values lie in."""
        return self.whole.stored

    def places(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where some of the channels that are shown lie in it."""
        return self.whole.places(self.shown[channels])

    def take(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some cases, and some of the channels that are shown; see `Panel.take`."""
        return self.whole.take(cases, self.shown[channels])

    def block(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """The same in its own dtype; see `Panel.block`."""
        return self.whole.block(cases, self.shown[channels])

    def each(self, cases: NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Pairs of a case and one of the channels that are shown; see `Panel.each`."""
        return self.whole.each(cases, self.shown[channels])

    @property
    def readable(self) -> bool:
        """Whether loops find the series in `stored` as they are."""
        return self.whole.readable


class HeldChannels(Panel):
    """Series of many channels, of which only some are here; the others are as if they were, until they are read.

    Parameters
    ----------
    held : Panel
        The channels that are here.
    numbers : int (n_held,)
        Which they are among all, ascending.
    n_in_all : int
        How many there are in all.
    channel_names : tuple of str, or None
        Of all channels.
    """

    held: Panel
    numbers: NDArray[np.intp]
    n_in_all: int

    def __init__(
        self, held: Panel, numbers: NDArray[np.intp], n_in_all: int, channel_names: tuple[str, ...] | None = None
    ):
        state = {"held": held, "numbers": numbers, "n_in_all": n_in_all}
        self.__dict__.update(state, lengths=held.lengths, channel_names=channel_names, complete=held.complete)

    @property
    def n_channels(self) -> int:
        """How many channels there are in all."""
        return self.n_in_all

    @property
    def values(self) -> NDArray[Any]:
        """Of all channels, if they are all here."""
        if len(self.numbers) == self.n_in_all:
            return self.held.values
        raise ValueError(f"only {len(self.numbers)} of {self.n_channels} channels are here")

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return self.held.n_cases

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case."""
        return self.held.n_timepoints

    @property
    def stored(self) -> NDArray[Any]:
        """The array that the channels that are here lie in."""
        return self.held.stored

    def places(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where some channels lie in it.

        Raises
        ------
        LookupError
            If one of them is not here.
        """
        return self.held.places(self._own(channels))

    def _own(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of some channels among those that are here."""
        places = np.searchsorted(self.numbers, channels)
        if not np.isin(channels, self.numbers).all():
            elsewhere = sorted(set(np.asarray(channels).tolist()) - set(self.numbers.tolist()))
            raise LookupError(f"channel {elsewhere[0]} is not here, but with another rank")
        return places

    def take(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some cases, and some of the channels that are here; see `Panel.take`."""
        return self.held.take(cases, self._own(channels))

    def block(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """The same in its own dtype; see `Panel.block`."""
        return self.held.block(cases, self._own(channels))

    def each(self, cases: NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Pairs of a case and one of the channels that are here; see `Panel.each`."""
        return self.held.each(cases, self._own(channels))

    def filled(self, missing: str, values: NDArray[np.float64]) -> Panel:
        """The same series without gaps; see `Panel.filled`."""
        held = self.held.filled(missing, values[self.numbers])
        return self if held is self.held else HeldChannels(held, self.numbers, self.n_in_all, self.channel_names)

    @property
    def readable(self) -> bool:
        """Whether loops find the series in `stored` as they are."""
        return self.held.readable


class Filled(Panel):
    """Series with gaps, as if these were filled; see `Panel.filled`.

    Parameters
    ----------
    whole : Panel
    missing : {"interpolate", "zero"}
    fill : float64 (n_channels,)
        What stands for a missing value where no neighbours do.
    """

    whole: Panel
    missing: str
    fill: NDArray[np.float64]

    def __init__(self, whole: Panel, missing: str, fill: NDArray[np.float64]):
        state = {"whole": whole, "missing": missing, "fill": fill, "values": whole.values}
        self.__dict__.update(state, lengths=whole.lengths, channel_names=whole.channel_names, complete=True)

    def block(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels without gaps; see `Panel.block`."""
        block = self.whole.block(cases, channels)
        n_cases, n_channels, n_timepoints = block.shape
        lengths, fill = np.repeat(self.lengths[cases], n_channels), np.tile(self.fill[channels], n_cases)
        return without_gaps(block.reshape(-1, n_timepoints), lengths, self.missing, fill).reshape(block.shape)

    def each(self, cases: NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Pairs without gaps; see `Panel.each`."""
        rows = self.whole.each(cases, channels)
        return without_gaps(rows, self.lengths[cases], self.missing, self.fill[channels])

    @property
    def readable(self) -> bool:
        """Not to be read by loops as it lies."""
        return False


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
    float32 (n_rows, n_timepoints) of float32, else float64; C order
    """
    filled = np.array(rows, np.float32 if rows.dtype.newbyteorder("=") == np.float32 else np.float64, order="C")
    fill_gaps(filled, lengths, fill, missing == "interpolate")
    return filled


def as_panel(
    X: Any,
    *,
    channel_names: Sequence[str] | None = None,
    name: str = "X",
    share: tuple[int, int] = (0, 1),
    may_be_empty: bool = False,
    missing: str = "error",
    standard: tuple[Any, Any] | None = None,
) -> Panel:
    """Check series and bring them into one form.

    Parameters
    ----------
    X : array, list, mapping or frame
        Values of any real dtype, in any memory layout, which may be read-only. They are kept in their own dtype, those
        of a list in the common one.

        - An array or tensor (n_cases, n_channels, n_timepoints), or (n_cases, n_timepoints) of one channel.
        - A list of arrays or tensors (n_channels, n_timepoints_i), or an array of such objects.
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
    share, missing, standard
        See `looked_at`.
    may_be_empty : bool, default=False
        Whether an array may have no channels.

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
    panel = panel_of(X, channel_names, name, may_be_empty)
    return looked_at(panel, name, share=share, missing=missing, standard=standard)


def panel_of(X: Any, channel_names: Sequence[str] | None = None, name: str = "X", may_be_empty: bool = False) -> Panel:
    """Series in one form, at whose values nobody has looked yet; see `as_panel`."""
    values, lengths, names = _in_order(contents(X, name, may_be_empty), channel_names, name)
    return Panel(values, lengths, names_of(names, values.shape[1]), complete=False)


def looked_at(
    panel: Panel,
    name: str = "X",
    *,
    share: tuple[int, int] = (0, 1),
    missing: str = "error",
    read: NDArray[np.intp] | None = None,
    standard: tuple[Any, Any] | None = None,
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
        How channels, (n_channels,) or all alike, will be standardised.

    Returns
    -------
    Panel

    Raises
    ------
    ValueError
        If a value is NaN or infinite, larger than float32 can hold (3.4e38), or, once standardised, larger than 1e30;
        naming case, channel and time point.
    """
    may_miss, n_cases = missing != "error", panel.n_cases
    look = Look(panel.values, panel.lengths, panel.channel_names, name, may_miss, read, standard)
    first, end = (n_cases * part // share[1] for part in (share[0], share[0] + 1))
    complete = look.at(first, end) and share[1] == 1
    return replace(panel, complete=complete or not may_miss)


def _in_order(
    given: Contents, channel_names: Sequence[str] | None, name: str
) -> tuple[NDArray[Any], NDArray[np.int32], Any]:
    """The contents with their channels in the order of the names that are expected, and those names."""
    if given.names is None:
        return given.values, given.lengths, channel_names
    own = list(given.names)
    wanted = own if channel_names is None else list(channel_names)
    if set(wanted) != set(own):
        raise ValueError(
            f"The channel names of {name} should match those seen before: "
            f"unknown {sorted(map(str, set(own) - set(wanted)))}, missing {sorted(map(str, set(wanted) - set(own)))}."
        )
    values = given.values if wanted == own else given.values[:, [own.index(channel) for channel in wanted]]
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
