"""Tables of readings, as loggers and databases write them, made into series."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..containers.arrays import is_of, real
from ..containers.frames import columns_of, is_frame, keys_of, times_of, values_of
from ..containers.long import (
    IS_TOO_LONG,
    check_even,
    check_once,
    gaps_of,
    keys,
    places_of,
    put,
    split,
    times,
    too_long,
    turns_of,
    warn_of_counting,
    warn_of_still,
)
from ..validation import check_number, shown, warn_caller
from .lengths import warn_of_odd

MOST_PER_ROW = 100  # time points that a step may make of one reading, and values that channels may make of it
ALWAYS_MADE = 1 << 25  # values that channels may make of a table, however few rows it has
OF_PANDAS = ("Unnamed:", "__index_level_")  # how it begins the names of an index in files of text, and in .parquet
DAY = np.timedelta64(24, "h")
SEVERAL, ROWS = 2, 2  # cases in stretches, at least, and rows of a stretch on average: fewer are interleaved
NAME_SENSORS = "name those of sensors: channels=[...]."
TO_EVEN_STEPS = (
    "Pass step=... to put the readings onto even steps, with NaN where there is none; or, where only their order "
    "counts, sort the table and pass time=None."
)


class Names(NamedTuple):
    """What the axes of X stand for.

    Attributes
    ----------
    cases : array (n_cases,)
        The key of each case; tuples where several columns are the key.
    channels : tuple of str
        For the parameter `channel_names` of the estimators.
    """

    cases: NDArray[Any]
    channels: tuple[str, ...]


class Readings(NamedTuple):
    """The values of one channel, and where they go."""

    values: NDArray[Any]
    rows: NDArray[np.intp] | slice


def from_table(
    table: Any,
    *,
    case: str | Sequence[str],
    time: str | None,
    label: str | None = None,
    channels: str | Sequence[str] | None = None,
    value: str | None = None,
    step: Any = None,
) -> tuple[NDArray[Any] | list[NDArray[Any]], NDArray[Any] | None, Names]:
    """Make series of a table with a row for each reading.

    Parameters
    ----------
    table : DataFrame of pandas or polars
        Rows in any order.
    case : str or list of str
        The column that says which case a row belongs to, or several that say so together.
    time : str or None
        The column of its time: numbers, dates or spans of time. None takes the rows of a case in their order.
    label : str, optional
        The column of the class, which must be the same in all rows of a case.
    channels : list of str, optional
        The columns of values, a channel each. By default all columns that nothing else names; they must hold numbers.
        With `value`, the one column that says which channel a row belongs to; channels then stand in the order of
        their names.
    value : str, optional
        The column of values, of a table that has a row for each case, time and channel.
    step : number or timedelta, optional
        Put the readings onto even steps of time: numbers for times that are numbers, ``numpy.timedelta64`` or
        ``datetime.timedelta`` for dates. The steps of a case begin at its first time. Each value is the mean of the
        readings that lie within half a step of it, and NaN where there is none. A reading in the middle between two
        steps belongs to the later one.

    Returns
    -------
    X : array (n_cases, n_channels, n_timepoints), or list of arrays (n_channels, n_timepoints_i) for unequal lengths
        In the common dtype of the columns; float64 with `step`. Cases stand in the order in which the table first
        names them, times ascend. Missing values are NaN; see the parameter ``missing`` of `LightWaveSClassifier`.
    y : array (n_cases,), or None without `label`
    names : Names
        ``names.cases`` and ``names.channels``.

    Raises
    ------
    TypeError
        If the table is no frame, or an argument or a column is not of its kind.
    ValueError
        If a column does not exist, or holds text where numbers should be; if a case, time or label is missing, or a
        case has two labels; and, without `step`, if a case has two rows of one time, or if two neighbouring times lie
        less than half or more than one and a half times as far apart as most do in the table (its median), so that
        readings are missing.

    Warns
    -----
    UserWarning
        If `channels` is None, and a column that is taken for a channel differs between cases, but varies in none; or
        if it only ascends, or only descends, in each case, as times and row numbers do. If, without `step`, at most
        one case in ten has another length, and all others have one length: rows may be lost. If, without `time`, the
        rows of at least half of the cases, and of at least two, stand in several stretches of two rows or more on
        average: they may be of several cases with one key. If, with `step`, times are spans below 24 hours, and a case
        has none for more than 12: they may be times of a day, and the case pass midnight.

    See Also
    --------
    lightwaves.windows : Cut long series into pieces.

    Notes
    -----
    A table with a row for each case and a column for each time point is X as it is: pass ``table[columns]`` to the
    estimators, or a mapping from channel names to such tables.

    Examples
    --------
    >>> import pandas as pd
    >>> from lightwaves import from_table
    >>> log = pd.DataFrame({
    ...     "trial": ["a", "a", "a", "b", "b"], "second": [2, 0, 1, 0, 1],
    ...     "speed": [.3, .1, .2, .5, .6], "gait": ["walk", "walk", "walk", "run", "run"],
    ... })
    >>> X, y, names = from_table(log, case="trial", time="second", label="gait")
    >>> [x.tolist() for x in X], y.tolist(), names.channels
    ([[[0.1, 0.2, 0.3]], [[0.5, 0.6]]], ['walk', 'run'], ('speed',))
    """
    _check_arguments(table, case, time, label, channels, value, step)
    columns = Columns(table)
    cases, code = _cases(columns, case)
    when = np.arange(len(code)) if time is None else times(columns.times(time), f"time column {time!r}")
    y = None if label is None else _labels(columns, label, cases, code)
    used = [*_listed(case), time, label]
    readings = _a_column_each(columns, used, channels) if value is None else _a_row_each(columns, str(channels), value)
    if step is None:
        place, lengths = places_of(code, when, len(cases))
        _check_channels(len(readings), lengths, len(code), channels, value)
        what_to_do = "Drop all but one, or pass step=... to average them."
        for rows in [slice(None)] if value is None else [of_channel.rows for of_channel in readings.values()]:
            check_once(place[rows], code[rows], when[rows], cases, what_to_do)
        if time is not None:
            check_even(code, when, lambda case: f"case {shown(cases[case])}", TO_EVEN_STEPS)
        series = [put(given.values, place[given.rows], int(lengths.sum())) for given in readings.values()]
    else:
        warn_of_midnight(code, when, cases)
        place, lengths = _even_places(code, when, cases, step)
        _check_channels(len(readings), lengths, len(code), channels, value)
        series = [_averaged(given.values, place[given.rows], int(lengths.sum())) for given in readings.values()]
    if len(cases) > 1 and (lengths == 1).all():
        raise ValueError(
            f"each of the {len(cases)} cases has one time point only. If the table has a row for each case and a "
            "column for each time point, pass its columns to the estimator as they are."
        )
    if channels is None:
        starts = np.cumsum(lengths) - lengths
        least, most = (np.array([of.reduceat(of_all, starts) for of_all in series]) for of in (np.fmin, np.fmax))
        warn_of_still(least, most, tuple(readings), NAME_SENSORS)
        pairs = gaps_of(code, when)[0].T
        turns = np.transpose([turns_of(*of_channel.values[pairs]) for of_channel in readings.values()])
        is_time = "say time=...; else " if time is None else ""
        warn_of_counting(turns, tuple(readings), f"{is_time}{NAME_SENSORS}")
    if time is None:
        warn_of_stretches(code, len(cases))
    if step is None:
        warn_of_odd(lengths, lambda case: f"case {shown(cases[case])}", "rows were")
    X = split(np.stack(series), lengths)
    equal = (lengths == lengths[0]).all()
    return np.stack(X) if equal else X, y, Names(cases, tuple(readings))


def warn_of_midnight(code: NDArray[np.intp], when: NDArray[Any], cases: NDArray[Any]) -> None:
    """Warn of a case that has nothing for more than half a day, as times of a day look where it passes midnight.

    Parameters
    ----------
    code : int (n_rows,)
        The case of each row.
    when : array (n_rows,)
        Times of a day are spans since midnight.
    cases : array (n_cases,)
        Their keys.
    """
    if when.dtype.kind != "m" or when.min() < 0 * DAY or when.max() >= DAY:
        return
    pairs, gaps = gaps_of(code, when)
    for before, after in pairs[gaps > DAY / 2][:1]:
        warn_caller(
            f"the times of case {shown(cases[code[before]])} go from {shown(when[before])} to {shown(when[after])}. If "
            "these are times of a day, and the case passes midnight, its end stands before its beginning: add the date."
        )


def warn_of_stretches(code: NDArray[np.intp], n_cases: int) -> None:
    """Warn of cases whose rows stand in several stretches, as in two logs that both count their cases from 1.

    Parameters
    ----------
    code : int (n_rows,)
        The case of each row.
    n_cases : int
    """
    begins = np.append(True, code[1:] != code[:-1])
    n_stretches = np.bincount(code[begins], minlength=n_cases)
    apart = n_stretches > 1
    n_rows = np.bincount(code, minlength=n_cases)[apart].sum()
    if apart.sum() >= max(SEVERAL, n_cases / 2) and n_rows >= ROWS * n_stretches[apart].sum():
        warn_caller(
            f"the rows of {apart.sum()} of {n_cases} cases stand in several stretches, and each case joins its own. If "
            "these are several logs that call their cases alike, let the name of the log be part of the key: "
            'case=["log", "run"]. If they belong together, name the column of times, or sort the table by case.'
        )


class Columns:
    """The columns of a table by their names."""

    def __init__(self, table: Any):
        self.labels = list(table.columns)
        self._places: dict[Any, list[int]] = {}
        for place, label in enumerate(self.labels):
            self._places.setdefault(label, []).append(place)
        self.index_names = list(getattr(getattr(table, "index", None), "names", []))
        self._columns = columns_of(table)

    def values(self, name: str) -> NDArray[Any]:
        """The values of a column."""
        return values_of(self._one(name))

    def _one(self, name: str) -> Any:
        """A column.

        Raises
        ------
        ValueError
            If there is none of that name, or several.
        """
        places = self._places.get(name, []) if isinstance(name, Hashable) else []
        if len(places) != 1:
            if name in self.index_names:
                seen = "it is in the index: call .reset_index() first"
            else:
                seen = "there are several" if places else f"there are {self.labels}"
            raise ValueError(f"the table needs one column {name!r}, but {seen}.")
        return self._columns[places[0]]

    def times(self, name: str) -> NDArray[Any]:
        """The values of a column of times."""
        return times_of(self._one(name))

    def keys(self, name: str) -> NDArray[Any]:
        """The values of a column that says what something is called."""
        return keys_of(self._one(name))

    def numbers(self, name: str) -> NDArray[Any]:
        """The values of a column of numbers."""
        return real(self.values(name), f"column {name!r}")


def _check_arguments(table: Any, case: Any, time: Any, label: Any, channels: Any, value: Any, step: Any) -> None:
    if is_of(table, "polars", "LazyFrame"):
        raise TypeError("table is a LazyFrame: call .collect() first.")
    if not is_frame(table):
        package, name = type(table).__module__.partition(".")[0], type(table).__name__
        kind = name if package == "builtins" else f"{package}.{name}"  # other packages have a DataFrame, too
        raise TypeError(f"table must be a DataFrame of pandas or polars, got {kind}.")
    if not len(table):
        raise ValueError("the table has no rows.")
    for name, column in (("time", time), ("label", label), ("value", value)):
        if not isinstance(column, Hashable):
            raise TypeError(f"{name} must be the name of a column, got an object of type {type(column).__name__}.")
    if case is None or not isinstance(case, Hashable | list) or not _listed(case):
        raise TypeError(f"case must be the name of a column, or a list of such names, got {type(case).__name__}.")
    if value is None and isinstance(channels, str):
        raise TypeError(
            f"channels must be a list of columns, such as [{channels!r}]. If this column names the channels, say too "
            "in which column their values are: value=..."
        )
    if value is not None and (not isinstance(channels, str) or time is None):
        raise TypeError("value needs channels, the one column that names the channel of each row, and time.")
    if step is not None and time is None:
        raise TypeError("step needs time, the column of times.")


def _listed(case: Any) -> list[Any]:
    """The columns that say which case a row belongs to."""
    return list(case) if isinstance(case, list | tuple) else [case]


def _cases(columns: Columns, case: str | Sequence[str]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The keys of the cases, and the case of each row."""
    parts = [keys(columns.keys(name), f"case column {name!r}") for name in _listed(case)]
    if len(parts) == 1:
        return parts[0]
    together, code = parts[0]
    for values, of_part in parts[1:]:
        together, code = keys(code * len(values) + of_part, "case")  # numbered anew, so below the square of the rows
    a_row = np.empty(len(together), np.intp)
    a_row[code] = np.arange(len(code))
    cases = np.empty(len(together), object)
    for i, of_parts in enumerate(zip(*(of_part[a_row] for _, of_part in parts), strict=True)):
        cases[i] = tuple(_key(values, number) for (values, _), number in zip(parts, of_parts, strict=True))
    return cases, code


def _key(values: NDArray[Any], number: int) -> Any:
    """One of the values as Python's own; dates and spans of time stay what they are."""
    return values[number] if values.dtype.kind in "mM" else values[number : number + 1].tolist()[0]


def _labels(columns: Columns, label: str, cases: NDArray[Any], code: NDArray[np.intp]) -> NDArray[Any]:
    """The label of each case."""
    labels, of_row = keys(columns.keys(label), f"label column {label!r}")
    of_case = np.empty(len(cases), np.intp)
    of_case[code] = of_row
    other = np.flatnonzero(of_case[code] != of_row)
    if len(other):
        row = other[0]
        raise ValueError(
            f"case {shown(cases[code[row]])} has several labels, such as {shown(labels[of_row[row]])} and "
            f"{shown(labels[of_case[code[row]]])}: a case needs one. If labels change over time, make a case of each "
            "stretch of equal labels."
        )
    if labels.dtype.kind == "U":
        longest = too_long(np.char.str_len(labels)[of_case])
        if longest is not None:
            raise ValueError(f"label column {label!r} has {shown(labels[of_case[longest]])}, {IS_TOO_LONG}")
    return labels[of_case]


def _a_column_each(columns: Columns, used: list[Any], channels: Any) -> dict[str, Readings]:
    """The readings of a table with a column for each channel."""
    names = [name for name in columns.labels if name not in used] if channels is None else list(channels)
    if not names:
        raise ValueError(f"no column is left for the channels among {columns.labels}.")
    readings = {}
    for name in names:
        if channels is None and (not isinstance(name, str) or name.startswith(OF_PANDAS) or not name):
            raise ValueError(
                f"column {shown(name)} has no name of its own, so it may hold row numbers: drop it, or name the "
                "channels: channels=[...]."
            )
        try:
            readings[str(name)] = Readings(columns.numbers(name), slice(None))
        except (TypeError, ValueError) as error:
            if channels is not None:
                raise
            raise type(error)(f"{error} If it is no channel, name those that are: channels=[...].") from error
    if len(readings) < len(names):
        raise ValueError(f"channels names a column twice: {names}.")
    return readings


def _a_row_each(columns: Columns, channels: str, value: str) -> dict[str, Readings]:
    """The readings of a table with a row for each channel."""
    names, of_row = keys(columns.keys(channels), f"channel column {channels!r}")
    values = columns.numbers(value)
    by_channel = np.split(np.argsort(of_row, kind="stable"), np.cumsum(np.bincount(of_row))[:-1])
    rows = {str(name): of_channel for name, of_channel in zip(names, by_channel, strict=True)}
    return {name: Readings(values[rows[name]], rows[name]) for name in sorted(rows)}


def _check_channels(n_channels: int, lengths: NDArray[np.intp], n_rows: int, channels: Any, value: Any) -> None:
    """Make sure that rows, each of one channel, fill at least a hundredth of the values that they make."""
    n_values = n_channels * int(lengths.sum())
    if value is not None and n_values > max(ALWAYS_MADE, MOST_PER_ROW * n_rows):
        raise ValueError(
            f"column {channels!r} names {n_channels} channels, which makes {n_values} values of {n_rows} rows: does "
            "another column say which channel a row belongs to? If it is right, the channels hardly share any times: "
            "pass step=..., or a longer one, which puts them together."
        )


def _even_places(
    code: NDArray[np.intp], when: NDArray[Any], cases: NDArray[Any], step: Any
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each row stands among even steps of time; see `lightwaves.containers.long.places_of`."""
    step = _checked_step(step, when)
    order = np.lexsort((when, code))
    first = order[np.searchsorted(code[order], np.arange(len(cases)))]
    nth = np.floor((when - when[first][code]) / step + 0.5)
    n_steps = np.zeros(len(cases))
    np.maximum.at(n_steps, code, nth + 1)
    as_one = len(cases) > 1 and n_steps.max() == 1 and (when != when[first][code]).any()
    if n_steps.sum() > MOST_PER_ROW * len(code) or as_one:
        raise ValueError(
            f"step={shown(step)} makes {n_steps.sum():.6g} time points of {len(code)} rows: is it in the unit of the "
            f"time column? Most rows are {shown(np.median(gaps_of(code, when)[1]))} apart."
        )
    lengths = n_steps.astype(np.intp)
    return (np.cumsum(lengths) - lengths)[code] + nth.astype(np.intp), lengths


def _checked_step(step: Any, when: NDArray[Any]) -> Any:
    if when.dtype.kind not in "mM":
        if isinstance(step, datetime.timedelta | np.timedelta64):
            raise TypeError(f"step must be a number, as the times are numbers, got {shown(step)}.")
        if check_number(step, "step") == 0:
            raise ValueError("step must be above 0.")
        return step
    if isinstance(step, datetime.timedelta):
        step = step.to_timedelta64() if hasattr(step, "to_timedelta64") else np.timedelta64(step)
    if not isinstance(step, np.timedelta64) or np.datetime_data(step)[0] in ("Y", "M", "generic"):
        raise TypeError(
            f"step must be a span of time, as the times are dates, such as numpy.timedelta64(1, 's'), got {step!r}."
        )
    if not step > np.zeros((), step.dtype):
        raise ValueError(f"step must be above 0, got {step}.")
    return step


def _averaged(values: NDArray[Any], place: NDArray[np.intp], n_places: int) -> NDArray[np.float64]:
    """The mean of the values at each place, as far as they are there; NaN where none is."""
    values = values.astype(np.float64)
    present = ~np.isnan(values)
    counts = np.bincount(place[present], minlength=n_places)
    sums = np.bincount(place[present], weights=values[present], minlength=n_places)
    return np.divide(sums, counts, out=np.full(n_places, np.nan), where=counts > 0)
