"""Checked input: a set of multivariate series as the rest of the package sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from .loops.narrowing import narrow
from .loops.statistics import channel_moments

EXACT_INTEGERS = 2.0**52  # up to here float64 holds every integer, and every half
FAR = 1000.0  # deviations
WASTE = 2.0  # padded, series may take so many times their own size
CHUNK = 1 << 20  # values looked at together when input is checked


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
    """

    values: NDArray[Any]
    lengths: NDArray[np.int32]
    channel_names: tuple[str, ...] | None = None

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
        block = self.stored[case, self.places(channel)]
        if held_by_float32(self.dtype) or not shift.any():
            return plain(block, np.float32), False
        return narrowed(block[np.newaxis], shift)[0], True

    def moments(
        self, channels: NDArray[np.intp], weights: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of some channels over all cases and times; that of a constant one is 0.

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

    def only(self, channels: NDArray[np.intp]) -> Panel:
        """The same series with some channels only; nothing is copied before it is taken."""
        return SomeChannels(self, channels)

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only, as if there had never been others; a copy."""
        lengths = self.lengths[cases]
        return Panel(self.values[cases, :, : int(lengths.max())], lengths, self.channel_names)

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

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the values are stored as."""
        return self.whole.dtype

    @property
    def in_place(self) -> NDArray[np.float32] | None:
        """The array that loops may read as it is; see `Panel.in_place`."""
        return self.whole.in_place

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases, and some of the channels that are shown; see `Panel.raw`."""
        return self.whole.raw(cases, self.shown[channels])

    def pairs(
        self, case: NDArray[np.intp], channel: NDArray[np.intp], shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], bool]:
        """One channel of each of some cases; see `Panel.pairs`."""
        return self.whole.pairs(case, self.shown[channel], shift)

    def to_measure(self, channels: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Some of the channels that are shown; see `Panel.to_measure`."""
        return self.whole.to_measure(self.shown[channels])

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length; see `Panel.by_length`."""
        return self.whole.by_length()


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
        self.__dict__.update(state, lengths=held.lengths, channel_names=channel_names)

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
        places = np.searchsorted(self.numbers, channels)
        if not np.isin(channels, self.numbers).all():
            elsewhere = sorted(set(np.asarray(channels).tolist()) - set(self.numbers.tolist()))
            raise LookupError(f"channel {elsewhere[0]} is not here, but with another rank")
        return places

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the values are stored as."""
        return self.held.dtype

    @property
    def in_place(self) -> NDArray[np.float32] | None:
        """The array that loops may read as it is; see `Panel.in_place`."""
        return self.held.in_place

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases, and some of the channels that are here; see `Panel.raw`."""
        return self.held.raw(cases, self.places(channels))

    def pairs(
        self, case: NDArray[np.intp], channel: NDArray[np.intp], shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], bool]:
        """One channel of each of some cases; see `Panel.pairs`."""
        return self.held.pairs(case, self.places(channel), shift)

    def to_measure(self, channels: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Some of the channels that are here; see `Panel.to_measure`."""
        return self.held.to_measure(self.places(channels))

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length; see `Panel.by_length`."""
        return self.held.by_length()


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
        self.__dict__.update(series=series, lengths=lengths, channel_names=channel_names)

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

    def pairs(
        self, case: NDArray[np.intp], channel: NDArray[np.intp], shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], bool]:
        """One channel of each of some cases, as long as the longest of them; see `Panel.pairs`."""
        block = np.zeros((len(case), int(self.lengths[case].max(initial=1))), self.dtype)
        for row, i, c in zip(block, case.tolist(), channel.tolist(), strict=True):
            row[: self.lengths[i]] = self.series[i][c]
        if held_by_float32(self.dtype) or not shift.any():
            return block.astype(np.float32), False
        return narrowed(block[np.newaxis], shift)[0], True

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
        return RaggedPanel([self.series[case] for case in cases.tolist()], self.channel_names)


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


def as_panel(
    X: Any,
    *,
    channel_names: Sequence[str] | None = None,
    name: str = "X",
    share: tuple[int, int] = (0, 1),
    may_be_empty: bool = False,
) -> Panel:
    """Check series and bring them into one form.

    Parameters
    ----------
    X : array, list or mapping
        An array (n_cases, n_channels, n_timepoints); an array (n_cases, n_timepoints) of one channel; a list
        of arrays (n_channels, n_timepoints_i) for unequal lengths; or a mapping from channel names to arrays
        (n_cases, n_timepoints). Any real dtype; arrays in any memory layout, read-only ones too.
    channel_names : sequence of str, optional
        Names of the channels; a mapping brings its own.
    name : str, default="X"
        What error messages call the input.
    share : (int, int), default=(0, 1)
        With (i, n), look for values that are not finite in part i of n of the cases only.
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
        If the shape is wrong, nothing is there, or a value is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> panel = as_panel([np.zeros((2, 5)), np.ones((2, 3))])
    >>> panel.n_cases, panel.n_channels, panel.n_timepoints, panel.lengths.tolist()
    (2, 2, 5, [5, 3])
    """
    if isinstance(X, Mapping) and not issparse(X):
        values, lengths, channel_names = _of_mapping(X, channel_names, name)
    elif isinstance(X, list | tuple) and holds_cases(X):
        cases = _cases_of_list(X, name, may_be_empty)
        lengths = np.array([x.shape[1] for x in cases], dtype=np.int32)
        if len(cases) * int(lengths.max()) > WASTE * lengths.sum(dtype=np.int64):
            panel: Panel = RaggedPanel(cases, names_of(channel_names, cases[0].shape[0]))
            _check_finite(panel, name, share)
            return panel
        values = _padded(cases, lengths)
    else:
        values, lengths = _of_array(X, name, may_be_empty)
    names = names_of(channel_names, values.shape[1])
    panel = Panel(values, lengths, names)
    _check_finite(panel, name, share)
    return panel


def unpad(X: NDArray[Any]) -> list[NDArray[Any]]:
    """Cut the NaN that some archives put behind the end of shorter series.

    Parameters
    ----------
    X : float array (n_cases, n_channels, n_timepoints)
        A time at which all channels are NaN, and all times after it, is padding.

    Returns
    -------
    list of arrays (n_channels, n_timepoints_i)
        What `LightWaveS` takes for series of unequal length.

    Examples
    --------
    >>> import numpy as np
    >>> [x.shape for x in unpad(np.array([[[1.0, 2.0, np.nan]], [[1.0, 2.0, 3.0]]]))]
    [(1, 2), (1, 3)]
    """
    X = np.asarray(X)
    if X.ndim != 3:
        raise ValueError(f"X has {X.ndim} dimensions; unpad needs (n_cases, n_channels, n_timepoints).")
    present = ~np.isnan(X).all(axis=1)
    lengths = np.where(present.any(axis=1), X.shape[2] - present[:, ::-1].argmax(axis=1), 0)
    return [x[:, :length] for x, length in zip(X, lengths, strict=True)]


def holds_cases(X: Sequence[Any]) -> bool:
    """Whether a list holds cases, as arrays or as lists of rows; else it is a table of numbers."""
    if any((isinstance(x, np.ndarray) and x.ndim) or issparse(x) for x in X):
        return True
    return all(isinstance(x, list | tuple) and x and isinstance(x[0], list | tuple) for x in X) and len(X) > 0


def _real(array: Any, name: str) -> NDArray[Any]:
    """The array itself where it is real, converted where it holds real Python numbers; else an error."""
    if issparse(array):
        raise TypeError(f"{name} is a sparse matrix, but sparse input is not supported: convert it with .toarray().")
    if np.ma.is_masked(array):
        raise ValueError(f"{name} has masked values: impute them and pass a plain array.")
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise ValueError(f"{name} is ragged: its rows differ in length or depth.") from error
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except OverflowError as error:
            raise ValueError(f"{name} holds values that are not real numbers: {error}") from error
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name} holds values that are not real numbers: {error}") from error
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {array.dtype}; pass real numbers.")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype}, but real numbers are needed: convert with astype(float).")
    return array


def _of_array(X: Any, name: str, may_be_empty: bool = False) -> tuple[NDArray[Any], NDArray[np.int32]]:
    values = _real(X, name)
    if values.ndim and values.shape[0] == 0:
        raise ValueError(f"{name} has shape {values.shape}: 0 sample(s): no cases; a minimum of 1 is required.")
    if values.ndim == 2:
        if values.shape[1] == 0:
            raise ValueError(
                f"Found array with 0 feature(s) (shape={values.shape}) while a minimum of 1 is required: "
                f"{name} has no time points."
            )
        values = values[:, np.newaxis, :]
    if values.ndim != 3:
        raise ValueError(
            f"{name} has {values.ndim} dimension(s); expected (n_cases, n_channels, n_timepoints), or "
            "(n_cases, n_timepoints) for one channel. Reshape your data: x[np.newaxis] makes one case a panel."
        )
    for axis, what in ((1, "channel(s)"), (2, "time point(s)")):
        if values.shape[axis] == 0 and not (axis == 1 and may_be_empty):
            raise ValueError(f"{name} has shape {values.shape}: 0 {what}; a minimum of 1 is required.")
    return values, np.full(values.shape[0], values.shape[2], np.int32)


def _cases_of_list(X: Sequence[Any], name: str, may_be_empty: bool = False) -> list[NDArray[Any]]:
    """The series of a list, checked, as arrays of one dtype that holds the values of all."""
    cases = [_real(x, f"{name}[{i}]") for i, x in enumerate(X)]
    for i, x in enumerate(cases):
        if x.ndim != 2:
            raise ValueError(f"{name}[{i}] has shape {x.shape}; each case must be (n_channels, n_timepoints).")
        if x.shape[0] != cases[0].shape[0]:
            raise ValueError(
                f"{name}[{i}] has {x.shape[0]} channels but {name}[0] has {cases[0].shape[0]}; "
                "all cases need the same channels."
            )
        if (x.shape[0] == 0 and not may_be_empty) or x.shape[1] == 0:
            raise ValueError(f"{name}[{i}] has shape {x.shape}; a minimum of 1 channel and 1 time point is required.")
    dtypes = {x.dtype for x in cases}
    if all(held_by_float32(dtype) for dtype in dtypes):
        dtype: np.dtype[Any] = np.dtype(np.float32)
    else:
        dtype = np.result_type(*dtypes)
    return [x.astype(dtype, copy=False) for x in cases]


def _padded(cases: list[NDArray[Any]], lengths: NDArray[np.int32]) -> NDArray[Any]:
    """Series in one array, 0 behind their ends."""
    values = np.zeros((len(cases), cases[0].shape[0], int(lengths.max())), cases[0].dtype)
    for row, x in zip(values, cases, strict=True):
        row[:, : x.shape[1]] = x
    return values


def _of_mapping(
    X: Mapping[Any, Any], channel_names: Sequence[str] | None, name: str
) -> tuple[NDArray[Any], NDArray[np.int32], Sequence[str]]:
    if not X:
        raise ValueError(f"{name} is an empty mapping; expected channel names and arrays (n_cases, n_timepoints).")
    wanted = list(X) if channel_names is None else list(channel_names)
    if set(wanted) != set(X):
        raise ValueError(
            f"The channel names of {name} should match those seen before: "
            f"unknown {sorted(map(str, set(X) - set(wanted)))}, missing {sorted(map(str, set(wanted) - set(X)))}."
        )
    arrays = [_real(X[key], f"{name}[{key!r}]") for key in wanted]
    for key, array in zip(wanted, arrays, strict=True):
        if array.ndim != 2 or array.shape != arrays[0].shape:
            raise ValueError(
                f"{name}[{key!r}] has shape {array.shape}; every channel must be (n_cases, n_timepoints), "
                f"here {arrays[0].shape}."
            )
    values, lengths = _of_array(np.stack(arrays, axis=1), name)
    return values, lengths, wanted


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


def _check_finite(panel: Panel, name: str, share: tuple[int, int]) -> None:
    """An error that names the first case and channel with a value that float32 cannot hold."""
    if panel.dtype.kind in "iub":
        return
    per_case = max(1, panel.n_channels * panel.n_timepoints)
    step = max(1, CHUNK // per_case)
    equal, channels = bool((panel.lengths == panel.n_timepoints).all()), np.arange(panel.n_channels)
    first, end = (panel.n_cases * part // share[1] for part in (share[0], share[0] + 1))
    for start in range(first, end, step):
        block = panel.raw(slice(start, min(start + step, end)), channels)
        with np.errstate(over="ignore"):
            fine = np.isfinite(block if block.dtype == np.float32 else block.astype(np.float32))
        if not equal:
            lengths = panel.lengths[start : start + len(block), np.newaxis, np.newaxis]
            fine |= np.arange(block.shape[2]) >= lengths
        if fine.all():
            continue
        case, channel, time = (int(i) for i in np.argwhere(~fine)[0])
        value = block[case, channel, time]
        what = "NaN" if np.isnan(value) else "infinity" if np.isinf(value) else f"{value:g}, too large for float32"
        channel_name = panel.channel_names[channel] if panel.channel_names else channel
        hint = " Impute it, or, if it pads shorter series, pass lightwaves.unpad(X)." if np.isnan(value) else ""
        raise ValueError(
            f"{name} contains {what}: case {start + case}, channel {channel_name}, time point {time}.{hint}"
        )
