"""Long series cut into windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..containers.cases import contents, is_flat
from ..containers.frames import check_order
from ..validation import as_given, check_choice, check_int, check_memory, check_not_masked


def windows(
    X: Any, length: int, hop: int | None = None, *, y: Any = None, short: str = "error"
) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[np.intp]]:
    """Cut series into windows of equal length.

    Parameters
    ----------
    X : array (n_cases, n_channels, n_timepoints), list of arrays, or whatever else `LightWaveS` takes
        But no table of one channel, which could be one recording. Names of channels are not kept, only their order:
        give them to the estimator as ``channel_names``.
    length : int
        The time points of a window.
    hop : int, optional
        How many time points after the beginning of one window the next one begins. The default is `length`, so that
        windows do not overlap.
    y : array (n_cases,), optional
        The label of each case, which all its windows get.
    short : {"error", "drop"}, default="error"
        With "error", a case that is shorter than a window raises a ValueError. With "drop", it has no window.

    Returns
    -------
    X : array (n_windows, n_channels, length)
        In the dtype of what was given. The windows of a case come one after the other, from its first time point on.
        Time points at the end of a case that fill no window are left out.
    y : array (n_windows,), or None without `y`
    case : int (n_windows,)
        Which case each window is cut from. Windows of one case resemble each other: give these numbers as ``groups``
        to scikit-learn's splitters, so that no case is on both sides of a split.

    Raises
    ------
    TypeError
        If length or hop is no int.
    ValueError
        If one of them is below 1, X is a table, a case is too short, y has another length than X, or the windows would
        take more memory than the machine has.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import windows
    >>> X, y, case = windows([np.arange(7)[np.newaxis], np.arange(4)[np.newaxis]], length=4, hop=2, y=["a", "b"])
    >>> X[:, 0].tolist(), y.tolist(), case.tolist()
    ([[0, 1, 2, 3], [2, 3, 4, 5], [0, 1, 2, 3]], ['a', 'a', 'b'], [0, 0, 1])
    """
    length = check_int(length, "length", 1)
    hop = length if hop is None else check_int(hop, "hop", 1)
    check_choice(short, "short", ("error", "drop"))
    check_order(X, y=y)
    given = contents(X)
    if is_flat(X):
        raise ValueError(
            f"X has shape {np.shape(X)}, which can be one recording of several channels, or many of one. Pass "
            "numpy.asarray(X)[numpy.newaxis] for one whose rows are channels, numpy.asarray(X).T[numpy.newaxis] for "
            "one whose rows are times, numpy.asarray(X)[:, numpy.newaxis] for many of one channel."
        )
    lengths = given.lengths.astype(np.int64)
    n_windows = np.maximum((lengths - length) // min(hop, int(lengths.max()) + 1) + 1, 0)
    too_short = np.flatnonzero(n_windows == 0)
    if len(too_short) and (short == "error" or not n_windows.any()):
        others = f", and {len(too_short) - 1} other cases are too short" if len(too_short) > 1 else ""
        remedy = ', or short="drop" to leave them out' if n_windows.any() else ""
        if not n_windows.any() and given.values[0].shape[0] >= length:
            remedy = ". If the axes of a case are (n_timepoints, n_channels), swap them first"
        raise ValueError(
            f"case {too_short[0]} has {given.lengths[too_short[0]]} time points, fewer than length={length}{others}. "
            f"Choose a smaller length{remedy}."
        )
    if y is not None:
        check_not_masked(y)
        y = np.asarray(as_given(y))
        if y.ndim != 1 or len(y) != len(n_windows):
            raise ValueError(f"y has shape {y.shape}, but X has {len(n_windows)} cases: one label for each is needed.")
    n_all, n_channels, dtype = int(n_windows.sum()), given.values[0].shape[0], given.values[0].dtype
    n_bytes = n_all * n_channels * length * dtype.itemsize
    check_memory(n_bytes, f"{n_all} windows", "take a larger hop, or cut some cases at a time")
    case = np.repeat(np.arange(len(n_windows)), n_windows)
    if isinstance(given.values, np.ndarray):
        every = _windows_of(given.values, length, hop)
        cut = np.ascontiguousarray(every[np.arange(every.shape[1]) < n_windows[:, np.newaxis]])
    else:
        cut, end = np.empty((n_all, n_channels, length), dtype), 0
        for x, n in zip(given.values, n_windows, strict=True):
            if n:
                cut[end : end + n] = _windows_of(x, length, hop)
                end += n
    return cut, None if y is None else y[case], case


def _windows_of(x: NDArray[Any], length: int, hop: int) -> NDArray[Any]:
    """All windows of series, (..., n_channels, n_timepoints): a view (..., n_windows, n_channels, length)."""
    return np.moveaxis(sliding_window_view(x, length, axis=-1)[..., ::hop, :], -2, -3)
