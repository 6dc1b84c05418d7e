"""Checked input: a set of multivariate series as the rest of the package sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

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
        if isinstance(cases, slice):
            block = self.values[cases] if len(channels) == self.n_channels else self.values[cases, channels]
        else:
            block = self.values[cases[:, np.newaxis], channels]
        if block.flags.writeable:
            return np.ascontiguousarray(block, dtype=np.float32)
        return np.array(block, dtype=np.float32, order="C")

    def only(self, channels: NDArray[np.intp]) -> Panel:
        """The same series with some channels only; nothing is copied before it is taken."""
        return SomeChannels(self, channels)

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

    def take(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some cases, and some of the channels that are shown; see `Panel.take`."""
        return self.whole.take(cases, self.shown[channels])


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

    def take(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some cases, and some of the channels that are here; see `Panel.take`."""
        return self.held.take(cases, self.places(channels))


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
        values, lengths = _of_list(X, name, may_be_empty)
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


def _of_list(X: Sequence[Any], name: str, may_be_empty: bool = False) -> tuple[NDArray[Any], NDArray[np.int32]]:
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
    lengths = np.array([x.shape[1] for x in cases], dtype=np.int32)
    dtype = np.float32 if all(np.can_cast(x.dtype, np.float32) for x in cases) else np.float64
    values = np.zeros((len(cases), cases[0].shape[0], int(lengths.max())), dtype=dtype)
    for case, x in zip(values, cases, strict=True):
        case[:, : x.shape[1]] = x
    return values, lengths


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
    if panel.values.dtype.kind in "iub":
        return
    per_case = max(1, panel.n_channels * panel.n_timepoints)
    step = max(1, CHUNK // per_case)
    equal = bool((panel.lengths == panel.n_timepoints).all())
    first, end = (panel.n_cases * part // share[1] for part in (share[0], share[0] + 1))
    for start in range(first, end, step):
        block = panel.values[start : min(start + step, end)]
        with np.errstate(over="ignore"):
            fine = np.isfinite(block if block.dtype == np.float32 else block.astype(np.float32))
        if not equal:
            lengths = panel.lengths[start : start + len(block), np.newaxis, np.newaxis]
            fine |= np.arange(panel.n_timepoints) >= lengths
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
