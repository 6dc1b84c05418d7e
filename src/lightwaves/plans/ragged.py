"""Tables whose rows have unequal lengths, as one row behind the other and a number of entries for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def within(counts: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.intp]:
    """The places of the entries of some rows, in a table whose rows have unequal lengths and are concatenated."""
    n_taken = counts[rows]
    starts = (np.cumsum(counts) - counts)[rows]
    return np.arange(n_taken.sum()) + np.repeat(starts - (np.cumsum(n_taken) - n_taken), n_taken)
