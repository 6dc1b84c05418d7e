"""Whatever series come in, read as one array of cases, channels and time points."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..validation import shown, warn_caller
from .arrays import TIMES, check_axes, check_length, has_axes, holds_values, real
from .frames import (
    are_text,
    ascend,
    columns_of,
    columns_of_cells,
    counts,
    is_column,
    is_frame,
    n_index_levels,
    names_among,
    numbers,
    table_of,
    values_of,
)
from .long import are_days, check_even, check_once, keys, places_of, put, split, times
from .stored import are_files, first_of, stays_stored, stored

WASTE = 2.0  # padded, series may take so many times their own size
OF_SKTIME = "__index__"  # how polars' frames of sktime begin the names of the columns that are keys
TO_EVEN_STEPS = (
    "Call lightwaves.from_table(X.reset_index(), case=..., time=..., step=...) to put the rows onto even steps; or, "
    "where only their order counts, number the rows of each case: X.groupby(level=0).cumcount()."
)
BY_THEIR_ORDER = (
    "Call .resample(...) to put the rows onto even steps; or, where only their order counts, .reset_index(drop=True)."
)
NUMBERED = re.compile(r"(\D*)(\d+(?:\.\d+)?)")  # such as t10
FROM_TABLE = "If each row is one reading, call lightwaves.from_table(X, case=..., time=...)."


class Contents(NamedTuple):
    """What a container holds.

    Attributes
    ----------
    values : array (n_cases, n_channels, n_timepoints), or list of arrays (n_channels, n_timepoints_i)
        In the common dtype of what was given; the array itself where one was given. Very unequal series are a list.
    lengths : int32 (n_cases,)
    names : tuple, or None
        What the container calls its channels.
    """

    values: NDArray[Any] | list[NDArray[Any]]
    lengths: NDArray[np.int32]
    names: tuple[Any, ...] | None = None

    @property
    def cases(self) -> list[NDArray[Any]]:
        """Each case, (n_channels, n_own_timepoints), without what may stand behind it."""
        return [x[:, :n_timepoints] for x, n_timepoints in zip(self.values, self.lengths, strict=True)]


def contents(X: Any, name: str = "X", may_lack: str | None = None) -> Contents:
    """Read series.

    Parameters
    ----------
    X : array, list, mapping or frame
        As `lightwaves.panel.as_panel` describes it.
    name : str, default="X"
        What error messages call it.
    may_lack : {"channels", "cases"}, optional
        What an array may have none of.

    Returns
    -------
    Contents

    Raises
    ------
    TypeError
        If the values are no real numbers.
    ValueError
        If the shape is wrong, or nothing is there; the message says what was seen and what to do.
    """
    if is_frame(X):
        return _of_frame(X, name)
    if isinstance(X, Mapping) and not issparse(X):
        return _of_mapping(X, name)
    if are_files(X) or stays_stored(X):
        X = stored(X, name).whole()
    if isinstance(X, str | bytes | PathLike):
        raise TypeError(f"{name} is no series, but {shown(X)}: to read files of NumPy, pass a list of their paths.")
    if type(X).__name__.endswith("GroupBy"):
        raise TypeError(f"{name} is grouped: pass [case[channels] for _, case in {name}], with a list of columns.")
    cells = _cells_of_objects(X)
    if cells is not None:
        return _of_cells(cells, range(len(cells)), name)
    if is_column(X) or (isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1):
        X = list(X) if any(map(has_axes, X)) else X
    if isinstance(X, list | tuple) and holds_cases(X):
        return _of_list(X, name, may_lack)
    return _of_array(X, name, may_lack)


def holds_cases(X: Sequence[Any]) -> bool:
    """Whether a list holds cases, as arrays or as lists of rows; else it is a table of numbers."""
    if any(map(has_axes, X)):
        return True
    return len(X) > 0 and all(
        isinstance(x, list | tuple) and len(x) > 0 and (isinstance(x[0], list | tuple) or has_axes(x[0])) for x in X
    )


def is_flat(X: Any) -> bool:
    """Whether X is one channel as a table: an array, a data frame, or rows of numbers."""
    if are_files(X):
        return first_of(X).ndim == 2
    if is_frame(X):
        return not _is_long(X) and not columns_of_cells(X)
    if hasattr(X, "shape"):
        return len(X.shape) == 2 and _cells_of_objects(X) is None
    return isinstance(X, list | tuple) and not holds_cases(X)


def names_in(X: Any) -> bool:
    """Whether a container names its channels."""
    labels = labels_in(X)
    return labels is not None and names_among(labels) is not None


def counts_channels(X: Any) -> bool:
    """Whether the columns of a frame, or of frames, or the keys of a mapping, are channels that are numbered from 0."""
    labels = labels_in(X)
    return labels is not None and names_among(labels) is None


def labels_in(X: Any) -> list[Any] | None:
    """The labels of the columns of a frame, or of frames, where these are channels; or the keys of a mapping."""
    if isinstance(X, Mapping) and not issparse(X):
        return list(X)
    if is_frame(X):
        return None if is_flat(X) else [label for label in X.columns if not _is_key(label)]
    if isinstance(X, list | tuple) and len(X) > 0 and is_frame(X[0]) and all(map(is_frame, X)):
        labels = list(X[0].columns)
        return labels if are_text(labels) or _rows_are_times(X, "X") else None
    return None


# --- arrays and lists -----------------------------------------------------------------------------------------------


def _of_array(X: Any, name: str, may_lack: str | None = None) -> Contents:
    if is_column(X) and n_index_levels(X) > 1:
        raise ValueError(f"{name} is one column with two keys for each row: pass {name}.to_frame().")
    values = real(X, name)
    if values.ndim and values.shape[0] == 0 and not (may_lack == "cases" and values.ndim > 1):
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
            f"(n_cases, n_timepoints) for one channel. Reshape your data of shape {values.shape}: x[np.newaxis] makes "
            "one case a panel."
        )
    for axis, what in ((1, "channel(s)"), (2, "time point(s)")):
        if values.shape[axis] == 0 and not (axis == 1 and may_lack == "channels"):
            raise ValueError(f"{name} has shape {values.shape}: 0 {what}; a minimum of 1 is required.")
    check_length(values.shape[2], name)
    return Contents(values, np.full(values.shape[0], values.shape[2], np.int32))


def _of_list(X: Sequence[Any], name: str, may_lack: str | None = None) -> Contents:
    if any(map(is_frame, {type(x): x for x in X}.values())):
        return _of_frames(X, name)
    check_channels(X, name)
    cases = [_case(x, f"{name}[{i}]") for i, x in enumerate(X)]
    for i, x in enumerate(cases):
        if x.ndim != 2:
            row = "[x]" if is_column(X[i]) else "x[np.newaxis]"
            remedy = f"; for one channel pass [{row} for x in {name}]" if x.ndim == 1 else ""
            raise ValueError(f"{name}[{i}] has shape {x.shape}; each case must be (n_channels, n_timepoints){remedy}.")
        if x.shape[0] != cases[0].shape[0]:
            raise ValueError(_other_channels(cases, i, name))
        if (x.shape[0] == 0 and may_lack != "channels") or x.shape[1] == 0:
            raise ValueError(
                f"{name}[{i}] has shape {x.shape}; a minimum of 1 channel and 1 time point is required. "
                "Leave this case out, of y too."
            )
        check_length(x.shape[1], f"{name}[{i}]")
    return Contents(*stacked(cases))


def check_channels(X: Sequence[Any], name: str) -> None:
    """`check_indexes` of the channels of all cases that are lists of columns."""
    places = [(i, c, channel) for i, x in enumerate(X) if isinstance(x, list | tuple) for c, channel in enumerate(x)]
    columns = [place for place in places if is_column(place[2])]
    called = [f"{name}[{i}][{c}]" for i, c, _ in columns]
    check_indexes([channel for *_, channel in columns], called.__getitem__, lambda n: columns[n][0])


def _case(x: Any, name: str) -> NDArray[Any]:
    """One case of a list: an array, or its channels one after the other."""
    if type(x) is np.ndarray and x.dtype != object:
        return real(x, name)
    check_axes(x, name, ("channel", "time"))
    if is_column(x):
        return real(x.to_numpy(), name)
    channels = x.tolist() if isinstance(x, np.ndarray) and x.dtype == object and x.ndim == 1 else x
    if isinstance(channels, list | tuple) and channels and all(map(has_axes, channels)):
        return _one_length([real(channel, f"{name}[{c}]") for c, channel in enumerate(channels)], name)
    return real(x, name)


def _one_length(channels: list[NDArray[Any]], name: str, labels: Sequence[Any] | None = None) -> NDArray[Any]:
    """The channels of one case as its rows."""
    labels = range(len(channels)) if labels is None else labels
    for label, channel in zip(labels, channels, strict=True):
        if channel.shape != channels[0].shape:
            raise ValueError(
                f"{name}: channel {shown(label)} has shape {channel.shape}, but channel {shown(labels[0])} "
                f"{channels[0].shape}. All channels of a case need the same length: cut them, or put NaN where one has "
                'no values and say missing="interpolate".'
            )
    return np.stack(channels)


def _other_channels(cases: list[NDArray[Any]], i: int, name: str) -> str:
    seen = (
        f"{name}[{i}] has {cases[i].shape[0]} channels but {name}[0] has {cases[0].shape[0]}, in arrays of shape "
        f"{cases[i].shape} and {cases[0].shape}; all cases need the same channels."
    )
    if all(x.ndim == 2 and x.shape[1] == cases[0].shape[1] for x in cases):
        return f"{seen} If the rows are time points, pass [x.T for x in {name}]."
    return seen


def stacked(cases: list[NDArray[Any]]) -> tuple[NDArray[Any] | list[NDArray[Any]], NDArray[np.int32]]:
    """Cases (n_channels, n_timepoints_i) in one array of their common dtype, with zeros behind shorter ones.

    Where they would take more than twice their own size, they remain in a list.
    """
    lengths = np.array([x.shape[1] for x in cases], dtype=np.int32)
    dtype = np.result_type(*{x.dtype.newbyteorder("=") for x in cases})
    if is_uneven(lengths):
        return [x.astype(dtype, copy=False) for x in cases], lengths
    values = np.zeros((len(cases), cases[0].shape[0], int(lengths.max())), dtype)
    for case, x in zip(values, cases, strict=True):
        case[:, : x.shape[1]] = x
    return values, lengths


def is_uneven(lengths: NDArray[np.int32]) -> bool:
    """Whether series of these lengths, padded to the longest, would take more than twice their own size."""
    return bool(len(lengths) * int(lengths.max()) > WASTE * lengths.sum(dtype=np.int64))


# --- cells that hold series -----------------------------------------------------------------------------------------


def _cells_of_objects(X: Any) -> list[list[Any]] | None:
    """The columns of a table of objects, each of which is a series; None if X is no such table."""
    if isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 2 and X.size and holds_values(X[0, 0]):
        return [list(column) for column in X.T]
    return None


def _of_cells(columns: Sequence[Sequence[Any]], labels: Sequence[Any], name: str) -> Contents:
    """Series of which each cell holds one channel of one case."""

    def called(number: int) -> str:
        return f"channel {shown(labels[number % len(labels)])} of case {number // len(labels)} of {name}"

    of_rows = [cell for row in zip(*columns, strict=True) for cell in row]
    check_indexes(of_rows, called, lambda number: number // len(labels))
    cases = []
    for i, row in enumerate(zip(*columns, strict=True)):
        channels = []
        for c, cell in enumerate(row):
            what = called(i * len(labels) + c)
            channel = real(cell.to_numpy() if is_column(cell) else cell, what)
            if channel.ndim != 1 or not len(channel):
                raise ValueError(f"{what} has shape {channel.shape}; each cell must hold a row of values.")
            channels.append(channel)
        cases.append(_one_length(channels, f"case {i} of {name}", labels))
    return Contents(*stacked(cases))


def check_indexes(
    series: Sequence[Any], called: Callable[[int], str], case_of: Callable[[int], int] | None = None
) -> None:
    """Make sure that times in the own indexes of frames or columns ascend, at steps that are even in all of them.

    Parameters
    ----------
    series : sequence of frames, columns, or anything else, which has no times
    called : function of a number
        What the error calls one of them.
    case_of : function of a number, optional
        The case that one of them is a channel of. Channels of a case must begin together.

    Raises
    ------
    ValueError
        Naming the first that does not.
    """
    found: dict[str, list[tuple[int, NDArray[Any]]]] = {}
    for number, one in enumerate(series):
        index = getattr(one, "index", None)
        if not (getattr(index, "is_monotonic_increasing", True) and getattr(index, "is_unique", True)):
            raise ValueError(
                f"the index of {called(number)} does not ascend: call .sort_index() or .reset_index(drop=True)."
            )
        when = _times_of(index)
        if when is not None:
            when = times(when, f"the index of {called(number)}")
            found.setdefault(when.dtype.kind, []).append((number, when))
    for of_kind in found.values():
        code = np.repeat([number for number, _ in of_kind], [len(when) for _, when in of_kind])
        check_even(code, np.concatenate([when for _, when in of_kind]), called, BY_THEIR_ORDER)
        if case_of is not None:
            check_beginnings(of_kind, called, case_of)


def check_beginnings(
    found: list[tuple[int, NDArray[Any]]], called: Callable[[int], str], case_of: Callable[[int], int]
) -> None:
    """Raise a ValueError where channels of a case begin more than half a step apart."""
    firsts: dict[int, tuple[int, Any]] = {}
    for number, when in found:
        first, begin = firsts.setdefault(case_of(number), (number, when[0]))
        if len(when) > 1 and abs(when[0] - begin) > (when[-1] - when[0]) / (2 * (len(when) - 1)):
            raise ValueError(
                f"{called(number)} begins at {shown(when[0])}, but {called(first)} at {shown(begin)}: all channels of "
                "a case need the same times. Cut them to what they have in common; or, where only the order counts, "
                "call .reset_index(drop=True)."
            )


def _times_of(index: Any) -> NDArray[Any] | None:
    """The times that an index holds, in its last level; None if it holds none: whole numbers may only count rows."""
    if not hasattr(index, "dtype"):
        return None
    when = values_of(index.get_level_values(-1) if getattr(index, "nlevels", 1) > 1 else index)
    return when if when.dtype.kind in "fmM" or are_days(when) else None


def _of_mapping(X: Mapping[Any, Any], name: str) -> Contents:
    if not X:
        raise ValueError(f"{name} is an empty mapping; expected channel names and arrays (n_cases, n_timepoints).")
    if any(_holds_series(channel) for channel in X.values()):
        n_cases = {key: len(channel) for key, channel in X.items()}
        if len(set(n_cases.values())) > 1:
            raise ValueError(f"the channels of {name} have different numbers of cases: {n_cases}.")
        check_rows(X, name)
        return _of_cells(list(X.values()), list(X), name)._replace(names=names_among(list(X)))
    for key, channel in X.items():
        if is_frame(channel) and _is_long(channel) and len(channel.columns) - sum(map(_is_key, channel.columns)) == 1:
            raise ValueError(
                f"{name}[{key!r}] has two keys for each row, but a row of a channel is a case: pass one frame with a "
                f"column for each channel, such as pandas.concat(list({name}.values()), axis=1)."
            )
    check_rows(X, name)
    check_times(X, name)
    for key, channel in X.items():
        check_axes(channel, f"{name}[{key!r}]", ("case", "time"))
    arrays = {
        key: _times_in_columns(channel, f"{name}[{key!r}]") if is_frame(channel) else real(channel, f"{name}[{key!r}]")
        for key, channel in X.items()
    }
    first = next(iter(arrays.values()))
    for key, array in arrays.items():
        if array.ndim != 2 or array.shape != first.shape:
            here = "; give each channel a name of its own"
            if first.ndim == 2:
                here = f", here {first.shape}"
            elif array.ndim == 1:
                here = f". If it is one case, pass numpy.stack(list({name}.values()))[numpy.newaxis]"
            raise ValueError(
                f"{name}[{key!r}] has shape {array.shape}; every channel must be (n_cases, n_timepoints){here}."
            )
    return _of_array(np.stack(list(arrays.values()), axis=1), name)._replace(names=names_among(list(X)))


def _holds_series(channel: Any) -> bool:
    """Whether the cases of a channel are a list of arrays, or of lists that are not equally long."""
    cells = list(channel) if isinstance(channel, list | tuple) or is_column(channel) else []
    return any(map(has_axes, cells)) or len({len(cell) for cell in cells if hasattr(cell, "__len__")}) > 1


# --- frames ---------------------------------------------------------------------------------------------------------


def _is_key(label: Any) -> bool:
    return isinstance(label, str) and label.startswith(OF_SKTIME)


def _is_long(frame: Any) -> bool:
    """Whether the rows of a frame are readings: with two index levels, or what stands for them in polars."""
    return n_index_levels(frame) > 1 or any(map(_is_key, frame.columns))


def _of_frame(frame: Any, name: str) -> Contents:
    if _is_long(frame):
        return _of_long_frame(frame, name)
    nested, labels = columns_of_cells(frame), list(frame.columns)
    if not nested:
        try:
            return _of_array(_times_in_columns(frame, name), name)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{error} {FROM_TABLE}") from error
    if len(nested) < len(labels):
        other = next(label for place, label in enumerate(labels) if place not in nested)
        raise ValueError(
            f"{name} holds a series in each cell of {len(nested)} of its columns, but single values in column "
            f"{shown(other)}: drop it."
        )
    return _of_cells(list(nested.values()), labels, name)._replace(names=names_among(labels))


def _times_in_columns(frame: Any, name: str) -> NDArray[Any]:
    """One channel of cases that are rows. Where columns are called by numbers or dates, these must ascend as times do.

    Raises
    ------
    ValueError
        If they do not, or are neither text, numbers nor dates.
    """
    labels = list(frame.columns)
    warn_of_sorted_text(labels, name)
    if any(isinstance(label, tuple) for label in labels):
        raise ValueError(
            f"the columns of {name} have several levels, such as {shown(labels[0])}, but a table of one channel has "
            f"times as columns. Of several channels, pass a mapping, such as {{str(c): {name}[c] for c in "
            f"{name}.columns.unique(0)}} where their names are the first level."
        )
    if not all(isinstance(label, str) for label in labels):
        try:
            in_order = ascend(labels)
        except TypeError as error:
            raise ValueError(
                f"the columns of {name} are called {shown(labels)}, which are neither all text, all numbers nor all "
                "dates: call them by text, as frame.rename(columns=str) does."
            ) from error
        if not in_order:
            raise ValueError(
                f"the columns of {name} are times, but their names, {shown(labels)}, do not ascend: sort them; or, if "
                "they are in order, call them by text, as frame.rename(columns=str) does."
            )
    return table_of(frame, name)


def warn_of_sorted_text(labels: Sequence[Any], name: str) -> None:
    """Warn of times that are called by text whose numbers do not ascend, as t1, t10, t2 in the order of text."""
    found = [NUMBERED.fullmatch(label) if isinstance(label, str) else None for label in labels]
    if len({of_one[1] if of_one else None for of_one in found}) != 1 or None in found:
        return
    times_told = [float(of_one[2]) for of_one in found if of_one]
    for place in np.flatnonzero(np.diff(times_told) <= 0)[:1]:
        warn_caller(
            f"the columns of {name} are times, but the numbers in their names do not ascend: "
            f"{shown(labels[place + 1])} stands behind {shown(labels[place])}. Sort the columns; or, if they are in "
            f"order, pass {name}.to_numpy()."
        )


def check_rows(X: Mapping[Any, Any], name: str) -> None:
    """Raise a ValueError where frames or columns, each a channel, name their rows, the cases, differently.

    An index that counts from 0 names no case. Numbers or texts without any in common may be names of other things.
    """
    indexes = {key: channel.index for key, channel in X.items() if n_index_levels(channel) == 1}
    for key, index in indexes.items():
        first, names = next(iter(indexes.items()))
        if len(index) != len(names) or index.equals(names):
            continue
        named, others = set(names), set(index)
        if named == others:
            raise ValueError(
                f"the index of {name}[{key!r}] names the cases of {name}[{first!r}] in another order: call "
                f".loc[{name}[{first!r}].index]."
            )
        if named & others and not counts(names) and not counts(index):
            lacking = next(case for case in names if case not in others)
            raise ValueError(
                f"the index of {name}[{key!r}] names other cases than that of {name}[{first!r}]: it lacks "
                f"{shown(lacking)}. Take the same cases for all channels, or call .reset_index(drop=True) if they "
                "have the same order."
            )


def check_times(X: Mapping[Any, Any], name: str) -> None:
    """Raise a ValueError where frames, each a channel, have other times as names of their columns.

    Text may name the channel too, and whole numbers may only count.
    """
    of_times = {key: list(channel.columns) for key, channel in X.items() if is_frame(channel)}
    of_times = {key: labels for key, labels in of_times.items() if not all(isinstance(x, str | int) for x in labels)}
    for key, labels in of_times.items():
        first, times_of_first = next(iter(of_times.items()))
        for mine, others in zip(labels, times_of_first, strict=False):
            if mine != others:
                raise ValueError(
                    f"the columns of {name}[{key!r}] are other times than those of {name}[{first!r}], such as "
                    f"{shown(mine)} in place of {shown(others)}: all channels of a case need the same times."
                )


def _of_long_frame(frame: Any, name: str) -> Contents:
    """Rows by case and time, as sktime's frames with two index levels."""
    labels, columns = list(frame.columns), columns_of(frame)
    if n_index_levels(frame) > 1:
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        first, *others = (str(label).lower() for label in frame.index.names)
        if first in TIMES and not {*others} & TIMES:
            raise ValueError(
                f"the index levels of {name} are named {shown(list(frame.index.names))}, but the case must come first: "
                f"pass {name}.swaplevel().sort_index()."
            )
    else:
        levels = [column for label, column in zip(labels, columns, strict=True) if _is_key(label)]
        columns = [column for label, column in zip(labels, columns, strict=True) if not _is_key(label)]
        labels = [label for label in labels if not _is_key(label)]
    if len(levels) != 2:
        raise ValueError(
            f"{name} has {len(levels)} keys for each row; two are needed, which say case and time. {FROM_TABLE}"
        )
    cases, code = keys(values_of(levels[0]), f"the first key of {name}, the case,")
    time = times(values_of(levels[1]), f"the second key of {name}, the time,")
    if not len(cases) or not labels:
        raise ValueError(f"{name} has shape {frame.shape}; a minimum of 1 sample(s) and 1 channel is required.")
    if len(cases) == len(code):
        raise ValueError(
            f"{name} has two keys for each row, which are read as case and time, but each of its {len(code)} cases has "
            "one row only. If a row is a case and a column a time point, pass X.reset_index(drop=True)."
        )
    place, lengths = places_of(code, time, len(cases))
    check_once(place, code, time, cases, f"Drop or average them. {FROM_TABLE}")
    check_even(code, time, lambda case: f"case {shown(cases[case])}", TO_EVEN_STEPS)
    try:
        columns = [
            numbers(column, f"column {label!r} of {name}") for label, column in zip(labels, columns, strict=True)
        ]
    except (TypeError, ValueError) as error:
        raise type(error)(f"{error} Drop the columns that are no channels.") from error
    series = np.stack([put(column, place, len(place)) for column in columns])
    return Contents(*stacked(split(series, lengths)), names_among(labels))


def _of_frames(X: Sequence[Any], name: str) -> Contents:
    """A list of frames, each a case: rows are times where columns have names, or by what all cases have alike."""
    for i, frame in enumerate(X):
        if not is_frame(frame):
            raise TypeError(f"{name}[{i}] is of type {type(frame).__name__}, but other cases are data frames.")
    check_indexes(X, lambda i: f"{name}[{i}]")
    labels = list(X[0].columns)
    if not are_text(labels) and not _rows_are_times(X, name):
        return _of_list([_times_in_columns(frame, f"{name}[{i}]") for i, frame in enumerate(X)], name)
    names, cases = names_among(labels), []
    for i, frame in enumerate(X):
        if set(frame.columns) != set(labels) or frame.shape[1] != len(labels):
            raise ValueError(
                f"{name}[{i}] has the columns {list(frame.columns)}, but {name}[0] {labels}: the columns of a frame "
                "are channels, its rows are times, and all cases need the same channels."
            )
        ordered = frame if list(frame.columns) == labels else frame[labels]
        cases.append(table_of(ordered, f"{name}[{i}]").T)
    return _of_list(cases, name)._replace(names=names)


def _rows_are_times(X: Sequence[Any], name: str) -> bool:
    """Whether the rows of frames without names are times, as in sktime, and not channels, as in aeon.

    They are where their index holds times, else where all cases have the same number of columns, but not of rows.
    """
    if getattr(getattr(getattr(X[0], "index", None), "dtype", None), "kind", "i") in "fmM":
        return True
    n_rows, n_columns = ({frame.shape[axis] for frame in X} for axis in (0, 1))
    if n_columns == {1} or (len(n_columns) == 1 and len(n_rows) > 1):
        return True
    if n_rows == {1} or (len(n_rows) == 1 and len(n_columns) > 1):
        return False
    raise ValueError(
        f"{name} is a list of frames whose columns have no names, or numbers, {name}[0] of shape {X[0].shape}: rows "
        "may be times or channels. "
        f"Pass [x.to_numpy().T for x in {name}] if they are times, [x.to_numpy() for x in {name}] if they are channels."
    )
