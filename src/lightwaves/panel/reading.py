"""Whatever a user gives, checked and brought into one form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.cases import Contents, contents, is_uneven
from ..containers.stored import are_files, stays_stored, stored
from ..containers.values import Look
from ..validation import shown, warn_caller
from .held import HeldChannels
from .panel import Panel
from .ragged import RaggedPanel
from .stored import StoredPanel

AT_ONCE = 1 << 26  # bytes: series in files that take less are read whole
MISSING = ("error", "interpolate", "zero")


def as_panel(
    X: Any,
    *,
    channel_names: Sequence[str] | None = None,
    name: str = "X",
    share: tuple[int, int] = (0, 1),
    may_lack: str | None = None,
    missing: str = "error",
    raw: bool = False,
    doubt: bool = False,
    called: tuple[str, ...] | None = None,
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
    raw : bool, default=False
        Whether values will be computed with as they are, and not be standardised.
    may_lack : {"channels", "cases"}, optional
        What an array may have none of.
    doubt : bool, default=False
        Whether to warn of cases that are 0 throughout.
    called : tuple of str, optional
        What error messages call channels that have no names.

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
    as_they_are = (np.zeros(panel.n_channels), np.ones(panel.n_channels))
    standard = as_they_are if raw and panel.dtype.kind == "f" else None
    return looked_at(
        panel,
        name,
        share=share,
        missing=missing,
        standard=standard,
        channel_names=called,
        doubt=doubt,
        place=place_in(X, name),
    )


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


def place_in(X: Any, name: str = "X") -> Callable[[int], str] | None:
    """What says where a case of X lies: in which of several files, opened once more; None where its number says it."""
    return (lambda case: stored(X, name).place(case)) if are_files(X) else None


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
    channel_names: tuple[str, ...] | None = None,
    doubt: bool = False,
    place: Callable[[int], str] | None = None,
) -> Panel:
    """The same series, if their values can be used.

    Parameters
    ----------
    panel : Panel
    name : str, default="X"
        What error messages call it.
    share : (int, int), default=(0, 1)
        With (i, n), look at part i of n of the cases only: whether no value is missing is said of these.
    missing : {"error", "interpolate", "zero"}, default="error"
        Whether a value may be NaN; if so, `Panel.filled` does the rest.
    read : int (n_read,), optional
        The channels to look at; the others may hold anything. All by default.
    standard : (shift, scale), optional
        How channels, float64 (n_channels,), will be standardised.
    channel_names : tuple of str, optional
        What error messages call channels that have no names.
    doubt : bool, default=False
        See `as_panel`.
    place : function, optional
        See `place_in`.

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
    names = panel.channel_names or channel_names
    look = Look(panel.to_look_at, panel.lengths, names, name, may_miss, read, standard, place, doubt)
    first, end = (n_cases * part // share[1] for part in (share[0], share[0] + 1))
    complete = look.at(first, end)
    if len(look.blank) and (len(look.blank) < end - first or isinstance(panel, StoredPanel)):
        warn_caller(
            f"{len(look.blank)} of {end - first} cases are 0 in all channels at all times, first case {look.blank[0]}. "
            "So look parts of a file that were never written, and sensors that are off: leave such cases out, unless 0 "
            "is what was measured."
        )
    return panel.looked_at(complete or not may_miss)


def look_again(panel: Panel, channels: NDArray[np.intp]) -> None:
    """Raise the error of `looked_at` for some channels of all cases, of which moments are not finite."""
    whole = panel.source if isinstance(panel, HeldChannels) else panel
    read = panel.own(channels) if isinstance(panel, HeldChannels) else channels
    look = Look(whole.to_look_at, panel.lengths, whole.channel_names, "X", not panel.complete, read)
    look.at(0, panel.n_cases)


def _in_order(
    given: Contents, channel_names: Sequence[str] | None, name: str
) -> tuple[NDArray[Any] | list[NDArray[Any]], NDArray[np.int32], Any]:
    """The contents with their channels in the order of the names that are expected, and those names."""
    if given.names is None:
        return given.values, given.lengths, channel_names
    own = list(given.names)
    if channel_names is not None:
        check_names(channel_names)
    wanted = own if channel_names is None else list(channel_names)
    twice = sorted(str(channel) for channel, n in Counter(own).items() if n > 1)
    if twice:
        raise ValueError(
            f"channel_names must differ from each other, but {name} has {twice[0]} twice: leave one of them out."
        )
    if set(wanted) != set(own):
        unknown, missing = (sorted(map(str, some)) for some in (set(own) - set(wanted), set(wanted) - set(own)))
        raise ValueError(
            f"The channel names of {name} should match those seen before: unknown {shown(unknown)}, missing "
            f"{shown(missing)}."
        )
    place_of = {channel: place for place, channel in enumerate(own)}
    places = [place_of[channel] for channel in wanted]
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
    check_names(channel_names)
    names = tuple(str(name) for name in channel_names)
    if len(names) != n_channels:
        raise ValueError(f"channel_names has {len(names)} names, but X has {n_channels} channels.")
    twice = next((name for name, n in Counter(names).items() if n > 1), None)
    if twice is not None:
        raise ValueError(f"channel_names must differ from each other, but {shown(twice)} stands there several times.")
    return names


def check_names(channel_names: Any) -> None:
    """Raise a TypeError for names of channels that are no sequence of strings: a set, say, has them in any order."""
    if (
        isinstance(channel_names, str)
        or not (isinstance(channel_names, Iterable) and hasattr(channel_names, "__getitem__"))
        or not all(isinstance(name, str) for name in channel_names)
    ):
        raise TypeError(f"channel_names must be a sequence of strings, got {channel_names!r}.")
