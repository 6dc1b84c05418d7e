"""Frames of pandas and polars, by what they offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..validation import check_as_many, count_of, shown, warn_caller
from .arrays import holds_values, is_of, real
from .stored import are_files, stays_stored, stored

PACKAGES = ("pandas", "polars")
WIDE = ("Int128", "UInt128")  # of polars
NESTED = ("List", "Array", "Struct")  # of polars
OF_CELLS = ("object", "List", "Array", "list", "large_list", "fixed_size_list")  # of pandas, polars and arrow
NOT_A_TIME = int(np.iinfo(np.int64).min)  # as NumPy keeps it


def is_frame(x: Any) -> bool:
    """Whether something is a data frame of pandas or polars."""
    return any(is_of(x, package, "DataFrame") for package in PACKAGES)


def is_column(x: Any) -> bool:
    """Whether something is a series of pandas or polars: one column."""
    return any(is_of(x, package, "Series") for package in PACKAGES)


def columns_of(frame: Any) -> list[Any]:
    """The columns, in their order."""
    if hasattr(frame, "get_columns"):
        return frame.get_columns()
    return [frame.iloc[:, i] for i in range(frame.shape[1])]


def n_index_levels(frame: Any) -> int:
    """How many keys each row has beside its values; frames of polars have none."""
    return getattr(getattr(frame, "index", None), "nlevels", 0)


def check_order(X: Any, **of_cases: Any) -> None:
    """Make sure that what is given for each case, by its name, does not name the cases of X otherwise.

    For series in files, make sure of their number, too: to read them may take minutes.

    Names are those of an index. Where each row is a case, an index may count from 0, as pandas makes it by itself. It
    names no case, so another order of the same numbers is only suspicious.

    Raises
    ------
    ValueError
        If one has an index of the same names in another order, or of texts of which some but not all are the same. If
        one has another length than series in files, or one value for each key of a mapping.

    Warns
    -----
    UserWarning
        If one has the same numbers as X in another order, and one of the two counts from 0.
    """
    if are_files(X) or stays_stored(X):
        n_cases = len(stored(X, "X"))
        for name, column in of_cases.items():
            check_as_many(n_cases, count_of(column), name)
    if isinstance(X, Mapping):
        _check_keys(X, of_cases)
    cases = _index_of_cases(X)
    if cases is None:
        return
    to_reorder = "X.index.get_level_values(0).unique()" if n_index_levels(X) == 2 else "X.index"
    if isinstance(X, Mapping):
        to_reorder = "the index that X has"
    elif isinstance(X, list | tuple):
        to_reorder = "[x.index[0][0] for x in X]"
    for name, column in of_cases.items():
        index = column.index if n_index_levels(column) == 1 else cases
        if len(cases) != len(index) or cases.equals(index) or list(cases) == list(index):
            continue
        try:
            named, others = set(cases), set(index)
        except TypeError:  # names of a kind that can be changed
            continue
        what_to_do = f"say {name}.loc[{to_reorder}], or {name}.to_numpy() if it has the order of X."
        if named == others and n_index_levels(X) != 2 and (counts(cases) or counts(index)):
            warn_caller(
                f"the index of {name} has the numbers of that of X in another order, and is not used: {what_to_do}"
            )
        elif named == others:
            raise ValueError(f"the index of {name} names the cases of X in another order: {what_to_do}")
        elif named & others and all(isinstance(case, str) for case in named | others):
            raise ValueError(
                f"the index of {name} names other cases than that of X: one of the two lacks "
                f"{shown(min(named ^ others))}. Take the same cases for both, or say {name}.to_numpy() if it has the "
                "order of X."
            )


def _check_keys(X: Mapping[Any, Any], of_cases: dict[str, Any]) -> None:
    """Raise a ValueError where there is one label, or the like, for each key of a mapping, and not for each row."""
    shapes = [(len(rows),) if isinstance(rows, list | tuple) else getattr(rows, "shape", ()) for rows in X.values()]
    n_rows = {shape[0] for shape in shapes if shape and isinstance(shape[0], int)}  # of dask, it may not be known
    for name, column in of_cases.items():
        if count_of(column) == len(X) and n_rows and len(X) not in n_rows:
            raise ValueError(
                f"X is a mapping from names of channels to their values, but {name} has one value for each key. If the "
                "keys are cases, pass list(X.values())."
            )


def _index_of_cases(X: Any) -> Any:
    """What names the cases of X, if anything does."""
    if isinstance(X, Mapping):
        return next((column.index for column in X.values() if n_index_levels(column) == 1), None)
    if isinstance(X, list | tuple):
        return _index_of_list(X)
    if n_index_levels(X) == 1:
        return X.index
    return X.index.get_level_values(0).unique() if n_index_levels(X) == 2 else None


def _index_of_list(X: Sequence[Any]) -> Any:
    """The case that each frame of a list has as the first key of all its rows, as ``groupby`` leaves them; or None."""
    if not (len(X) and all(is_frame(x) and n_index_levels(x) == 2 and len(x) for x in X)):
        return None
    if any((x.index.codes[0] != x.index.codes[0][0]).any() for x in X):
        return None
    first = [x.index[:1].get_level_values(0) for x in X]
    cases = first[0].append(first[1:])
    return cases if cases.is_unique else None


def counts(index: Any) -> bool:
    """Whether an index is what pandas makes by itself."""
    return index.dtype.kind in "iu" and np.array_equal(index, np.arange(len(index)))


def are_text(labels: Sequence[Any]) -> bool:
    """Whether labels of columns are text, or rows of text, as of several levels."""
    return all(isinstance(label, str) for label in labels) or all(isinstance(label, tuple) for label in labels)


def names_among(labels: Sequence[Any]) -> tuple[str, ...] | None:
    """The labels of columns that are channels, or keys, as names; None where they but count from 0, as of themselves.

    Raises
    ------
    ValueError
        If they are the numbers from 0 on in another order, so that places would say something else than they. If they
        are neither all text nor all numbers.
    """
    if all(isinstance(label, str) for label in labels):
        return tuple(map(str, labels))
    if are_text(labels):
        joined = tuple("_".join(str(part) for part in label if part != "") for label in labels)
        return joined if len(set(joined)) == len(set(labels)) else tuple(map(str, labels))
    if not all(isinstance(label, Real) for label in labels):
        raise ValueError(
            f"the columns, or keys, of X are {shown(list(labels))}, which are neither all text nor all numbers: call "
            "them by text, as frame.rename(columns=str) does."
        )
    if set(labels) != set(range(len(labels))):
        return tuple(map(str, (int(label) if label == label // 1 else float(label) for label in labels)))
    if not ascend(labels):
        raise ValueError(
            f"the columns of X are the numbers {shown(list(labels))}, which count the channels, but do not ascend: "
            "sort the columns, or call them by text, as frame.rename(columns=str) does."
        )
    return None


def ascend(labels: Sequence[Any]) -> bool:
    """Whether each label is larger than the one before.

    Raises
    ------
    TypeError
        If two of them cannot be compared.
    """
    return all(earlier < later for earlier, later in pairwise(labels))


def values_of(column: Any) -> NDArray[Any]:
    """The values of a column, or of an index, as NumPy holds them.

    Dates of a time zone become those of UTC, and periods their begin. Where a value is missing among ints that pandas
    can hold so, all become floats.

    Raises
    ------
    ValueError
        If NumPy has no such values: integers of 128 bits, or several values in a row.
    """
    dtype = column.dtype
    of_polars = str(dtype).split("(")[0]
    if of_polars in WIDE:
        raise ValueError(
            f"column {column.name!r} has integers of 128 bits: cast it, as .cast(polars.Float64) does; names, by "
            ".cast(polars.String)."
        )
    if of_polars in NESTED:
        raise ValueError(f"column {column.name!r} has several values in each row: make a column of each of them.")
    if type(dtype).__name__ == "PeriodDtype":
        return getattr(column, "dt", column).to_timestamp().to_numpy()
    if zone_of(dtype) is not None:  # of pandas; polars does so by itself
        return column.to_numpy(dtype="datetime64[ns]")
    if getattr(dtype, "kind", "O") in "fiub" and hasattr(dtype, "numpy_dtype"):
        if not column.isna().any():
            return column.to_numpy(dtype=dtype.numpy_dtype)
        return column.to_numpy(dtype=dtype.numpy_dtype if dtype.kind == "f" else np.float64, na_value=np.nan)
    return column.to_numpy()


def zone_of(dtype: Any) -> Any:
    """The time zone of a dtype of pandas, also of one that is arrow's; None if it has none."""
    return getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None)


def times_of(column: Any) -> NDArray[Any]:
    """The values of a column of times.

    Times of a day of polars become spans since midnight: as Python's own, they would lose their nanoseconds.

    Raises
    ------
    ValueError
        If NumPy has no such values.
    """
    if str(column.dtype) != "Time":
        return values_of(column)
    return column.to_physical().fill_null(NOT_A_TIME).to_numpy().view("m8[ns]")


def keys_of(column: Any) -> NDArray[Any]:
    """The values of a column that says what something is called.

    Times of a zone become text, which says the time there: in UTC, a key could be of another day.

    Raises
    ------
    ValueError
        If NumPy has no such values.
    """
    if zone_of(column.dtype) is None and getattr(column.dtype, "time_zone", None) is None:
        return values_of(column)
    if getattr(column.dtype, "time_zone", None) is not None:  # of polars, whose Python values have no nanoseconds
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.f%:z").to_numpy()
    return np.array([None if when != when else when.isoformat() for when in column.to_list()], object)


def numbers(column: Any, what: str) -> NDArray[Any]:
    """The values of a column in their own dtype.

    Raises
    ------
    TypeError, ValueError
        If they are no real numbers.
    """
    return real(values_of(column), what)


def table_of(frame: Any, name: str) -> NDArray[Any]:
    """All values of a frame, a row each, in the dtype that holds them all.

    Raises
    ------
    TypeError, ValueError
        If a column holds no real numbers.
    """
    if frame.shape[1] == 0:
        return np.empty(frame.shape)
    if not any(str(dtype) in WIDE for dtype in frame.dtypes):
        values = frame.to_numpy()
        if values.dtype.kind in "fiub":
            return values
    columns = zip(frame.columns, columns_of(frame), strict=True)
    return np.stack([numbers(column, f"column {label!r} of {name}") for label, column in columns], axis=1)


def columns_of_cells(frame: Any) -> dict[int, list[Any]]:
    """The columns that hold a series in each cell, by their places."""
    kinds = [str(dtype).split("(")[0].split("<")[0] for dtype in frame.dtypes]
    places = [place for place, kind in enumerate(kinds) if kind in OF_CELLS]
    columns = columns_of(frame) if places else []
    cells = {place: columns[place].to_list() for place in places}
    return {place: of_column for place, of_column in cells.items() if _hold_series(of_column)}


def _hold_series(cells: list[Any]) -> bool:
    return holds_values(next((cell for cell in cells if cell is not None), None))
