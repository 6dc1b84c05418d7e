"""Long tables: a row for each reading, with a key that says of which case it is and, mostly, one that says when."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..validation import READ_COMMAS, has_decimal_comma, shown, warn_caller

ALWAYS_HELD = 1 << 24  # bytes that texts may take in an array however short they are
HELD_PER_CHARACTER = 100  # and for each of their characters, and each end of one
IS_TOO_LONG = "which is so long, beside the others, that NumPy would need far more room than all: give it a short name."
FEWEST_TURNS = 100  # from one value to the next, before it tells anything that all go up, or down
UNEVEN = 0.5  # of the usual step: two neighbouring times must not be nearer or farther by so much


def keys(column: NDArray[Any], what: str) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The distinct values of a column, in the order in which they first appear, and which of them each row has.

    Parameters
    ----------
    column : array (n_rows,) of numbers, text, dates or objects that can be hashed
    what : str
        What error messages call it.

    Returns
    -------
    values : array (n_values,)
    code : int (n_rows,)

    Raises
    ------
    TypeError
        If a value cannot be hashed, such as a list.
    ValueError
        If a value is missing: None, NaN or NaT. If two read alike, such as 1 and '1'. If a text ends in NUL, or is far
        longer than the others.
    """
    column = np.asarray(column)
    if column.dtype == object:
        values, code, is_absent = _keys_of_objects(column, what)
    else:
        values, first, code = np.unique(column, return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.empty(len(order), np.intp)
        place[order] = np.arange(len(order))
        values, code, is_absent = values[order], place[code.reshape(-1)], column != column
    absent = np.flatnonzero(is_absent)
    if len(absent):
        raise ValueError(
            f"{what} is missing in {len(absent)} rows, first in row {absent[0]}, counted from 0: fill or drop them."
        )
    return values, code


def _keys_of_objects(column: NDArray[Any], what: str) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.bool_]]:
    """What `keys` returns, of objects; and which rows have none."""
    numbers: dict[Any, int] = {}
    try:
        code = np.array([numbers.setdefault(value, len(numbers)) for value in column.tolist()], np.intp)
    except TypeError as error:  # of a list, among others
        raise TypeError(f"{what} holds what is no name ({error}): make a text or a number of each value.") from error
    names = list(numbers)
    present = [name for name in names if not _is_absent(name)]
    values = np.empty(len(names), object)
    values[:] = names
    if all(isinstance(name, str) for name in names):
        ended = next((name for name in names if name.endswith("\0")), None)
        if ended is not None:
            raise ValueError(f"{what} has {shown(ended)}, whose last character, NUL, NumPy would lose: take it off.")
        longest = too_long([len(name) for name in names])
        if longest is not None:
            raise ValueError(f"{what} has {shown(names[longest])}, {IS_TOO_LONG}")
        values = np.array(names)
    if len({str(name) for name in present}) < len(present):
        raise ValueError(
            f"{what} has different values that read alike, such as 1 and '1': make them all text, or all numbers."
        )
    return values, code, np.isin(code, [number for name, number in numbers.items() if _is_absent(name)])


def too_long(lengths: Sequence[int] | NDArray[np.intp]) -> int | None:
    """Which text is too long: an array has room for the longest one at each place, and would be far larger than all.

    Parameters
    ----------
    lengths : sequence of int
        How many characters each text has.

    Returns
    -------
    int or None
        Its place; None if there is none.
    """
    of_all = np.asarray(lengths, np.int64)
    if not len(of_all) or 4 * of_all.max() * len(of_all) <= ALWAYS_HELD + HELD_PER_CHARACTER * (of_all + 1).sum():
        return None
    return int(of_all.argmax())


def _is_absent(value: Any) -> bool:
    """Whether an object stands for nothing: None, NaN, NaT or pandas' NA, which compares to nothing."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or bool(value != value)


def times(column: NDArray[Any], what: str) -> NDArray[Any]:
    """When each row was read, as numbers that can be compared and subtracted.

    Parameters
    ----------
    column : array (n_rows,) of numbers, decimals, dates, spans of time or times of day
    what : str

    Returns
    -------
    int64, uint64, float64, datetime64 or timedelta64 (n_rows,)

    Raises
    ------
    TypeError
        If it is something else, such as text.
    ValueError
        If a time is missing or infinite, or whole numbers lie 2^63 or more apart.
    """
    column = np.asarray(column)
    if column.dtype == object and len(column) and all(type(time) is datetime.time for time in column.tolist()):
        column = np.array([since_midnight(time) for time in column.tolist()], "m8[us]")
    if are_days(column):
        column = column.astype("M8[D]")
    if column.dtype == object and {type(time) for time in column.tolist()} in ({Decimal}, {Decimal, type(None)}):
        column = column.astype(np.float64)
    if column.dtype.kind not in "iufmM":
        number = next(filter(has_decimal_comma, column.tolist()), None)
        if number is not None:
            raise TypeError(f"{what} holds text, such as {number!r}, but numbers or dates are needed: {READ_COMMAS}.")
        raise TypeError(
            f"{what} has dtype {column.dtype}, but numbers or dates are needed: convert text, and times of several "
            "zones, with pandas.to_datetime(..., utc=True), or with str.to_datetime of polars."
        )
    if column.dtype.kind == "f":
        column = column.astype(np.float64)
        absent = ~np.isfinite(column)
    else:
        absent = np.isnat(column) if column.dtype.kind in "mM" else np.zeros(len(column), bool)
    if absent.any():
        raise ValueError(
            f"{what} is missing or infinite in {absent.sum()} rows, first in row {absent.argmax()}, counted from 0: "
            "fill or drop these rows."
        )
    if column.dtype.kind in "iu" and len(column) and int(column.max()) - int(column.min()) >= 2**63:
        raise ValueError(
            f"{what} goes from {shown(column.min())} to {shown(column.max())}, which is too far for times: "
            "drop the rows that were not read at any time."
        )
    return column.astype({"i": np.int64, "u": np.uint64}.get(column.dtype.kind, column.dtype))


def are_days(column: NDArray[Any]) -> bool:
    """Whether values are dates of the standard library."""
    return column.dtype == object and len(column) > 0 and all(type(day) is datetime.date for day in column.tolist())


def since_midnight(time: datetime.time) -> int:
    """Microseconds of a day that have passed."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 10**6 + time.microsecond


def places_of(code: NDArray[np.intp], time: NDArray[Any], n_cases: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each row stands among the time points of all cases, one case after the other.

    Parameters
    ----------
    code : int (n_rows,)
        The case of each row.
    time : array (n_rows,)
        Rows of one case and one time stand at one place.
    n_cases : int

    Returns
    -------
    place : int (n_rows,)
    lengths : int (n_cases,)
        How many places each case has.
    """
    order = np.lexsort((time, code))
    code, time = code[order], time[order]
    new = np.ones(len(order), bool)
    new[1:] = (code[1:] != code[:-1]) | (time[1:] != time[:-1])
    place = np.empty(len(order), np.intp)
    place[order] = np.cumsum(new) - 1
    return place, np.bincount(code[new], minlength=n_cases)


def gaps_of(code: NDArray[np.intp], time: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """How far the different times of each case lie apart.

    Returns
    -------
    rows : int (n_gaps, 2)
        A row of the earlier and one of the later time, case by case.
    gaps : array (n_gaps,)
        Their differences.
    """
    order = np.lexsort((time, code))
    pairs = np.column_stack([order[:-1], order[1:]])
    pairs = pairs[(code[pairs[:, 0]] == code[pairs[:, 1]]) & (time[pairs[:, 0]] != time[pairs[:, 1]])]
    return pairs, time[pairs[:, 1]] - time[pairs[:, 0]]


def check_once(
    place: NDArray[np.intp], code: NDArray[np.intp], time: NDArray[Any], cases: NDArray[Any], what_to_do: str
) -> None:
    """Make sure that no two rows stand at one place.

    Raises
    ------
    ValueError
        Naming the case and time of the first that do.
    """
    counts = np.bincount(place)
    if counts.max() > 1:
        row = np.argmax(place == np.argmax(counts > 1))
        n_others = (counts > 1).sum() - 1
        raise ValueError(
            f"case {shown(cases[code[row]])} has {counts[place[row]]} rows for time {shown(time[row])}"
            f"{f', and {n_others} other times have several' if n_others else ''}. {what_to_do}"
        )


def check_even(code: NDArray[np.intp], time: NDArray[Any], called: Callable[[int], str], what_to_do: str) -> None:
    """Make sure that the times of each case are about as far apart as most are in all cases.

    Parameters
    ----------
    code : int (n_rows,)
        The case of each row.
    time : array (n_rows,)
    called : function of a case's number
        What the error calls a case.
    what_to_do : str

    Raises
    ------
    ValueError
        Naming the case and the times of the first step that is half as long as most, or less; or half as long again, or
        more.
    """
    rows, gaps = gaps_of(code, time)
    if not len(gaps):
        return
    usual = np.sort(gaps)[(len(gaps) - 1) // 2]  # the median, but never between two sampling rates
    uneven = np.flatnonzero(np.abs(gaps / usual - 1) >= UNEVEN)
    if len(uneven):
        before, after = rows[uneven[0]]
        elsewhere = f", and {len(uneven) - 1} others are uneven too" if len(uneven) > 1 else ""
        raise ValueError(
            f"the times of {called(int(code[before]))} go from {shown(time[before])} to {shown(time[after])}, but most "
            f"steps are {shown(usual)}{elsewhere}. {what_to_do}"
        )


def warn_of_still(least: NDArray[Any], most: NDArray[Any], names: Sequence[Any], what_to_do: str) -> None:
    """Warn of channels that no case varies in, though the cases differ: such a column says something else of a case.

    Parameters
    ----------
    least, most : arrays (n_channels, n_cases)
        The smallest and the largest value of each channel in each case.
    names : sequence
        Of the channels.
    what_to_do : str
        If they are no sensors.
    """
    is_still = (least == most).all(axis=1) & (least != least[:, :1]).any(axis=1)
    still = [names[channel] for channel in np.flatnonzero(is_still).tolist()]
    if still:
        warn_caller(
            f"the columns {shown(still)} are taken for channels, but no case varies in them. If they say something "
            f"else of a case, {what_to_do}"
        )


def turns_of(earlier: NDArray[Any], later: NDArray[Any]) -> NDArray[np.intp]:
    """How often values rise, fall and stay, (3, ...), along the last axis; with NaN, none of these."""
    return np.array([way(earlier, later).sum(axis=-1) for way in (np.less, np.greater, np.equal)])


def warn_of_counting(turns: NDArray[np.intp], names: Sequence[Any], what_to_do: str) -> None:
    """Warn of channels that only ascend, or only descend, in each case: when a case was read can tell its class.

    Parameters
    ----------
    turns : int (3, n_channels)
        How often each channel rises, falls and stays from one time of a case to the next.
    names : sequence
        Of the channels.
    what_to_do : str
        If they are no sensors.
    """
    rises, falls, stays = turns
    counts = (stays == 0) & (np.minimum(rises, falls) == 0) & (rises + falls >= FEWEST_TURNS)
    counting = [names[channel] for channel in np.flatnonzero(counts).tolist()]
    if counting:
        warn_caller(
            f"the columns {shown(counting)} are taken for channels, but only ascend, or only descend, in each case, as "
            f"times and row numbers do. If they are such, {what_to_do}"
        )


def put(values: NDArray[Any], place: NDArray[np.intp], n_places: int) -> NDArray[Any]:
    """Values at their places, each at its own; NaN among floats at those that remain."""
    out = np.empty(n_places, values.dtype) if len(place) == n_places else np.full(n_places, np.nan)
    out[place] = values
    return out


def split(series: NDArray[Any], lengths: NDArray[np.intp]) -> list[NDArray[Any]]:
    """Channels, (n_channels, n_places), as one array (n_channels, n_timepoints_i) for each case."""
    return [np.ascontiguousarray(x) for x in np.split(series, np.cumsum(lengths)[:-1], axis=1)]
