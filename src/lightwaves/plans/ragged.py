"""Tables whose rows have unequal lengths, as one row behind the other and a number of entries for each."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What all rows together may name: so many entries, and so many times as many as a plan has of rows and entries.
SOME, TIMES = 1 << 22, 64


def copies(what: NDArray[np.int64]) -> NDArray[np.intp]:
    """The number of equal values before each value: 0 for the first, 1 for the second, and so on."""
    order, place, copy = np.argsort(what, kind="stable"), np.arange(len(what)), np.empty(len(what), np.intp)
    new = np.diff(what[order], prepend=-1) != 0
    copy[order] = place - np.maximum.accumulate(np.where(new, place, 0))
    return copy


def ragged(counts: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.intp]:
    """The owner of each entry, for some rows of a table whose rows have unequal lengths.

    The result has 0 for each entry of row ``rows[0]``, then 1 for each entry of row ``rows[1]``, and so on.
    """
    return np.repeat(np.arange(len(rows)), counts[rows])


def ragged_starts(plans: Sequence[Any], rows: str, entries: str) -> NDArray[np.int32]:
    """The number to add to each row of each plan, when their tables of entries are concatenated."""
    n_entries = [len(getattr(plan, entries)) for plan in plans]
    n_rows = [len(getattr(plan, rows)) for plan in plans]
    return np.repeat(np.cumsum(n_entries) - n_entries, n_rows).astype(np.int32)


def check_shared(what: str, counts: NDArray[Any], rows: NDArray[Any]) -> None:
    """Make sure that rows which share entries do not name far more of them than a plan holds.

    Else a small file could take any room and time: both grow with the number of rows times that of entries.

    Parameters
    ----------
    what : str
        What the entries are called.
    counts : int (n_shared,)
        How many entries each has that can be named.
    rows : int (n_rows,)
        Which of these each row names.

    Raises
    ------
    ValueError
        If they do.
    """
    n_entries, n_named = counts.tolist(), np.bincount(rows, minlength=len(counts)).tolist()
    n_in_all, most = sum(map(mul, n_entries, n_named)), SOME + TIMES * (sum(n_entries) + len(rows))
    if n_in_all > most:
        raise ValueError(f"all features together must read at most {most} {what}, but read {n_in_all}")


def within(counts: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.intp]:
    """The places of the entries of some rows, in a table whose rows have unequal lengths and are concatenated."""
    n_taken = counts[rows]
    starts = (np.cumsum(counts) - counts)[rows]
    return np.arange(n_taken.sum()) + np.repeat(starts - (np.cumsum(n_taken) - n_taken), n_taken)
