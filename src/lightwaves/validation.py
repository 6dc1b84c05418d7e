"""Checks of parameters and labels that every estimator shares."""

from __future__ import annotations

import multiprocessing
import numbers
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from .sharing import in_forks

MOST_SHOWN = 100  # characters of a value in a message
LONGEST_LINE = 500  # characters of another library's error
MOST = 2**31 - 1  # of anything that is counted
DECIMAL_COMMA = re.compile(r"\s*[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?\s*")
READ_COMMAS = "if its comma marks decimals, read the file by pandas.read_csv(path, decimal=',')"
NOT_NUMBERS = (bool, np.bool_, np.timedelta64)  # though Python, or NumPy, registers them as such

LARGEST_TARGET = 1e100
SMALLEST_SPREAD = 1e-100  # between targets of a regressor: squares of much less are 0

WITHIN = ("lightwaves", "contextlib")  # whose decorators stand between functions of the package
_filters = RLock()


@in_forks
def _renew() -> None:
    global _filters
    _filters = RLock()


def shown(value: Any) -> str:
    """A value as messages show it: in one line, cut short, NumPy's numbers as plain ones, spans of time in seconds."""
    text = " ".join(_plain(value).split())
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} ..."


def _plain(value: Any) -> str:
    if isinstance(value, np.timedelta64):
        return f"{value / np.timedelta64(1, 's'):g} s"
    if isinstance(value, np.datetime64):
        return str(value)
    if type(value) in (list, tuple):
        inside = ", ".join(map(_plain, value[:MOST_SHOWN]))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    return repr(value.item() if isinstance(value, np.generic) else value)


def has_decimal_comma(value: Any) -> bool:
    """Whether a value is the text of a number whose decimals may stand behind a comma."""
    return isinstance(value, str) and DECIMAL_COMMA.fullmatch(value) is not None


def first_line(error: BaseException) -> str:
    """The first line of what another library's error says, cut to what can be read."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."


def warn_caller(message: str) -> None:
    """Warn, naming the line outside of this package that called it."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in WITHIN:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


@contextmanager
def own_filters() -> Iterator[None]:
    """Let filters of warnings be changed while this is open; afterwards they are as before.

    They belong to the whole process: of two threads that change them at once, the last would leave those of the first.
    """
    with _filters, warnings.catch_warnings():
        yield


@contextmanager
def kept_filters() -> Iterator[None]:
    """Put the filters of warnings back at the end, whatever threads of another library have made of them.

    Others may have `own_filters` meanwhile: they are waited for at the beginning and at the end only.
    """
    kept = warnings.catch_warnings()
    with _filters:
        kept.__enter__()
    try:
        yield
    finally:
        with _filters:
            kept.__exit__(None, None, None)


def check_int(value: Any, name: str, minimum: int, most: int = MOST) -> int:
    """An int of at least the minimum, and by default of 32 bits.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is too small or too large.
    """
    if isinstance(value, NOT_NUMBERS) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an int, got {shown(value)} of type {type(value).__name__}.")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {shown(value)}.")
    if int(value) > most:
        raise ValueError(f"{name} must be at most {most}, got {shown(value)}.")
    return int(value)


def check_memory(n_bytes: int, what: str, remedy: str) -> None:
    """Make sure that the machine can hold something: else the system would end the process without a word.

    Raises
    ------
    ValueError
        If it would take more memory than the machine has.
    """
    there = memory_of_machine()
    if there is not None and n_bytes > there:
        raise ValueError(f"{what} would take {n_bytes / 1e9:.0f} GB, and this machine has {there / 1e9:.0f}: {remedy}.")


def memory_of_machine() -> int | None:
    """Its bytes, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # as on Windows
        return None


def check_number(value: Any, name: str) -> float:
    """A finite number of at least 0.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is below 0, infinite or NaN.
    """
    if isinstance(value, NOT_NUMBERS) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {shown(value)} of type {type(value).__name__}.")
    if not 0 <= float(value) < float("inf"):
        raise ValueError(f"{name} must be finite and at least 0, got {shown(value)}.")
    return float(value)


def check_parts(estimator: Any, params: Mapping[str, Any]) -> None:
    """Make sure that parts whose parameters are set, as by ``bank__levels``, have parameters.

    Raises
    ------
    ValueError
        If one is None, a word or a list.
    """
    known = estimator.get_params(deep=False)
    for name in params:
        part, nested, _ = name.partition("__")
        value = params.get(part, known.get(part))
        if nested and part in known and not hasattr(value, "set_params"):
            raise ValueError(
                f"{name} is a parameter of {part}, but {part} is {shown(value)}, which has none: set {part} to an "
                f"object that has it; or let a search choose among several such objects for {part}."
            )


def check_share(value: Any, name: str) -> float:
    """A number from 0 to 1.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is not from 0 to 1.
    """
    if isinstance(value, numbers.Real) and not 0 <= float(value) <= 1:
        raise ValueError(f"{name} must be from 0 to 1, got {shown(value)}.")
    return check_number(value, name)


def check_n_features(value: Any, selection: str, name: str = "selection") -> int | str:
    """An int of at least 1, or "auto" where features are chosen by detachment.

    Raises
    ------
    TypeError
        If it is neither an int nor "auto".
    ValueError
        If it is below 1, or "auto" with another selection.
    """
    if isinstance(value, str):
        if value != "auto":
            raise ValueError(f"n_features must be an int or 'auto', got {shown(value)}.")
        if selection != "detach":
            raise ValueError(f"n_features='auto' needs {name}='detach', not {selection!r}; or give a number.")
        return value
    return check_int(value, "n_features", 1)


def check_bool(value: Any, name: str) -> bool:
    """True or False.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {shown(value)} of type {type(value).__name__}.")
    return bool(value)


def check_choice(value: Any, name: str, choices: tuple[str, ...]) -> str:
    """One of some words.

    Raises
    ------
    TypeError
        If it is not a string.
    ValueError
        If it is none of these words.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {choices}, got {shown(value)} of type {type(value).__name__}.")
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {shown(value)}.")
    return value


def check_channels(value: Any) -> None:
    """Make sure that channels are numbered: ints from 0 on, ascending.

    Raises
    ------
    TypeError
        If they are not ints.
    ValueError
        If they are not ascending, or one is negative.
    """
    channels = np.asarray(value)
    if channels.ndim != 1 or (channels.size and channels.dtype.kind not in "iu"):
        raise TypeError(f"channels must be a row of ints, got {shown(value)}.")
    if len(channels) and (channels[0] < 0 or (np.diff(channels.astype(np.int64)) <= 0).any()):
        raise ValueError(f"channels must be ascending numbers from 0 on, got {channels.tolist()}.")


def check_numbers(y: Any, n_cases: int) -> NDArray[np.float64]:
    """The numbers that a regression shall predict.

    Raises
    ------
    TypeError
        If they are not real numbers.
    ValueError
        If y is missing, has another length than X, or holds masked values, NaN, infinity or numbers that are too large,
        or too near each other, to be squared.
    """
    y = check_column(y)
    values = as_reals(y)
    if values is None:
        if y.dtype.kind == "m":
            way = "numpy.asarray(y) / numpy.timedelta64(1, 's')"
            raise TypeError(f"y must be real numbers, got spans of time: pass {way}.")
        as_numbers = "for numbers that are text, pass numpy.asarray(y, float)"
        if any(map(has_decimal_comma, y.tolist())):
            as_numbers = READ_COMMAS
        raise TypeError(f"y must be real numbers, got {shown(y)}: for labels, use LightWaveSClassifier; {as_numbers}.")
    check_as_many(n_cases, len(values))
    for case in np.flatnonzero(~np.isfinite(values))[:1]:
        raise ValueError(f"y contains NaN or infinity: case {case}.")
    if np.abs(values).max() > LARGEST_TARGET:
        raise ValueError(f"y holds {np.abs(values).max():.1e}: divide it, so that squared errors can be computed.")
    if len(values) and np.ptp(values) == 0 and (np.asarray(y) != np.asarray(y)[0]).any():
        raise ValueError("y holds numbers so large that float64 cannot tell them apart: subtract the smallest.")
    if len(values) and 0 < np.ptp(values) < SMALLEST_SPREAD:
        raise ValueError(f"y varies by {np.ptp(values):.1e}: multiply it, so that squared errors can be computed.")
    return values


def as_reals(values: Any) -> NDArray[np.float64] | None:
    """Real numbers as float64; None if there is something else among them, such as text that reads like a number."""
    given = np.asarray(values)
    has_text = given.dtype == object and any(isinstance(value, str | bytes) for value in given.flat)
    if has_text or given.dtype.kind not in "fiubO":
        return None
    try:
        return given.astype(np.float64)
    except (TypeError, ValueError):
        return None


def check_case_groups(groups: Any, n_cases: int) -> NDArray[np.intp] | None:
    """Of which group each case is, numbered from 0 in the order in which they come; None stays None.

    So folds, which deal groups by their numbers, do not depend on their names.

    Raises
    ------
    TypeError
        If the names of groups cannot be sorted.
    ValueError
        If there is not one for each case, one is missing, or there is one group only.
    """
    if groups is None:
        return None
    names = check_names_of_groups(groups, n_cases)
    try:
        present, first, numbers = np.unique(names, return_index=True, return_inverse=True)
    except TypeError:
        kinds = sorted({type(name).__name__ for name in names})
        raise TypeError(f"groups mixes the types {', '.join(kinds)}: make them all text or all numbers.") from None
    if len(present) < 2:
        raise ValueError(
            f"groups has only one group, {shown(present[0])}: cases are left out by whole groups, so at least two are "
            "needed. Leave out groups where cases do not belong together."
        )
    return np.argsort(np.argsort(first))[numbers].astype(np.intp)


def check_names_of_groups(groups: Any, n_cases: int) -> NDArray[Any]:
    """The name of each case's group, as an array.

    Raises
    ------
    ValueError
        If there is not one for each case, or one is missing.
    """
    if np.ma.is_masked(groups):
        raise ValueError("groups has masked values: give each case a group.")
    names = np.asarray(as_given(groups))
    if names.shape != (n_cases,):
        raise ValueError(f"groups has shape {names.shape}, but X has {n_cases} cases: give one group for each.")
    missing = [is_missing(name) for name in names.tolist()]
    for case in np.flatnonzero(missing)[:1]:
        raise ValueError(f"groups has no value for case {case}: give each case a group.")
    return names


def is_missing(name: Any) -> bool:
    """Whether it is None, NaN or NA: these are not themselves, or do not know."""
    try:
        return name is None or bool(name != name)
    except TypeError:
        return True


def check_n_jobs(n_jobs: Any) -> int:
    """The number of threads that joblib's convention gives: None is what a parallel_config says, or 1.

    Raises
    ------
    TypeError
        If it is neither None nor an int.
    ValueError
        If it is 0.
    """
    if n_jobs is not None and (isinstance(n_jobs, bool) or not isinstance(n_jobs, numbers.Integral)):
        raise TypeError(f"n_jobs must be None or an int, got {shown(n_jobs)} of type {type(n_jobs).__name__}.")
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 has no meaning: use None or 1 for one thread, -1 for all processors.")
    if multiprocessing.current_process().daemon:  # which may start threads, but no processes
        n_jobs = joblib.parallel.get_active_backend()[1] if n_jobs is None else n_jobs
        with joblib.parallel_config(backend="threading"):
            return int(joblib.effective_n_jobs(n_jobs))
    return int(joblib.effective_n_jobs(n_jobs))


def as_given(y: Any) -> Any:
    """A list of labels as an array of objects, if NumPy would make text of those that are none, such as None or NaN."""
    if not isinstance(y, list | tuple) or not any(isinstance(label, str | bytes) for label in y):
        return y
    kinds = {type(label) for label in y}
    return y if all(issubclass(kind, str | bytes | list | tuple) for kind in kinds) else np.array(y, dtype=object)


def check_column(y: Any) -> NDArray[Any]:
    """What is to be learnt, in one dimension.

    Raises
    ------
    ValueError
        If it is None, has other dimensions, or has masked values.
    """
    if y is None:
        raise ValueError("This estimator requires y to be passed, but the target y is None.")
    check_not_masked(y)
    y = as_given(y)
    column = y.iloc[:, 0] if hasattr(y, "iloc") and np.shape(y)[1:] == (1,) else y
    dtype: Any = getattr(column, "dtype", None)
    if getattr(dtype, "kind", "O") in "iub" and hasattr(dtype, "numpy_dtype") and not column.isna().any():
        y = column.to_numpy(dtype.numpy_dtype)  # nullable ones of pandas, of which scikit-learn would make floats
    elif not isinstance(dtype, np.dtype | None) and np.asarray(column).dtype == bool:
        y = np.asarray(column)  # categories of pandas, and sparse ones, of which it would, too
    try:
        shape = np.asarray(y).shape
        n_dimensions, seen = len(shape), f"shape {shape}"
    except ValueError:
        n_dimensions, seen = 3, "series of several lengths"
    if n_dimensions > 2:
        raise ValueError(
            f"y has {seen}, but one label or number for each case is needed. Is it X? train_test_split(X, y) returns "
            "X_train, X_test, y_train, y_test."
        )
    if getattr(dtype, "kind", "O") == "T":  # text of any length, which scikit-learn does not know
        y = np.asarray(y, dtype=object)
    return column_or_1d(y, warn=True)


def as_list(labels: NDArray[Any]) -> list[Any]:
    """Labels as Python's own, but dates as they are: of nanoseconds, Python has none."""
    return list(labels) if labels.dtype.kind in "mM" else labels.tolist()


def check_not_masked(y: Any) -> None:
    """Raise a ValueError for labels, or numbers, that are masked: what lies under a mask would be taken for them."""
    if np.ma.is_masked(y):
        raise ValueError("y has masked values: leave out the cases for which it has none.")


def first_missing(y: NDArray[Any]) -> int | None:
    """The first case without a label, if there is one; numbers and text have one always."""
    if y.dtype.kind in "mM":
        missing = np.isnat(y)
    elif y.dtype.kind == "O":
        missing = np.array([is_missing(label) for label in y], bool)
    else:
        return None
    return int(missing.argmax()) if missing.any() else None


def check_present(y: Any) -> NDArray[Any]:
    """Labels in one dimension, none of them missing.

    Raises
    ------
    ValueError
        If they have other dimensions, or a case has none.
    """
    y = check_column(y)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(f"y contains NaN or infinity: case {int(np.argmin(np.isfinite(y)))}.")
    case = first_missing(y)
    if case is not None:
        raise ValueError(f"y has no label for case {case}: leave out cases without a label, or give each one.")
    return y


def count_of(y: Any) -> int | None:
    """How many labels there are, if that is known before they are looked at, as it need not be of dask."""
    shape: Any = (len(y),) if isinstance(y, list | tuple) else getattr(y, "shape", None)
    is_known = isinstance(shape, tuple) and len(shape) == 1 and isinstance(shape[0], int)
    return shape[0] if is_known else None


def check_as_many(n_cases: int, n_labels: int | None, name: str = "y") -> None:
    """Raise a ValueError where y, or something else, has another length than X, if that is known."""
    if n_labels not in (n_cases, None):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {n_cases} cases, {name} has {n_labels}."
        )


def check_labels(y: Any, n_cases: int, least: int = 2) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The classes, sorted, and each case's index among them.

    Raises
    ------
    TypeError
        If y holds labels of types that cannot be sorted together.
    ValueError
        If y is missing, continuous, of another length than X, has no label for a case, or has fewer classes than
        `least`.
    """
    y = check_present(y)
    try:
        classes, codes = np.unique(y, return_inverse=True)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(f"y mixes labels of the types {', '.join(kinds)}: make them all text or all numbers.") from None
    try:
        check_classification_targets(np.repeat(classes, 2))  # of few cases each, it warns of numbers, also in folds
    except ValueError as error:
        if y.dtype.kind == "O":
            dtypes = {"bool": bool | np.bool_, "int": numbers.Integral, "float": numbers.Real}
            held_by = (name for name, kind in dtypes.items() if all(isinstance(label, kind) for label in y))
            raise ValueError(
                f"Unknown label type: objects of the type {type(y[0]).__name__}. Make y an array of numbers or text, "
                f"such as y.astype({next(held_by, 'str')})."
            ) from error
        raise ValueError(f"{error} For numbers, use LightWaveSRegressor.") from error
    check_as_many(n_cases, len(y))
    if len(classes) < least:
        raise ValueError(f"y has only one class, {shown(classes[0])}; a classifier needs at least two.")
    return classes, codes.astype(np.intp)
