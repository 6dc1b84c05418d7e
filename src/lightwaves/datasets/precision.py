"""Whether series lose anything as float32."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLURRED = 0.01  # of a change: a larger error of rounding would be seen
BLOCK = 1 << 20  # values looked at together


def float32_is_enough(values: NDArray[np.float64], lengths: NDArray[np.intp], n_channels: int) -> bool:
    """Whether rounding to float32 is small beside what happens in the series.

    In every channel of every case, the largest error must be below 1 % of the median change from one time point to the
    next (the lower one of two); and in every channel, the largest error of the cases' first values below 1 % of the
    median change from one case to the next. Time points without a change do not count. Where the first values are all
    the same, the error must be below .01.

    Parameters
    ----------
    values : float64 (n_values,)
        Case after case, in each channel after channel. NaN is left out.
    lengths : int (n_cases,)
        The number of time points of each case, at least 1.
    n_channels : int
    """
    ends = np.cumsum(np.repeat(lengths, n_channels))  # of series
    starts = np.concatenate([[0], ends[:-1]])
    first = values[starts].reshape(-1, n_channels).T
    if _blurs(first.ravel(), np.arange(n_channels) * len(lengths), otherwise=BLURRED):
        return False
    done = 0
    while done < len(ends):
        stop = max(done + 1, int(np.searchsorted(ends, starts[done] + BLOCK)))
        if _blurs(values[starts[done] : ends[stop - 1]], starts[done:stop] - starts[done]):
            return False
        done = stop
    return True


def _blurs(values: NDArray[np.float64], starts: NDArray[np.intp], otherwise: float = np.inf) -> bool:
    """Whether float32 blurs one of the series that begin at `starts`; `otherwise` is the limit without a change."""
    with np.errstate(over="ignore"):
        error = np.fmax.reduceat(np.abs(values - values.astype(np.float32)), starts)
        change = np.abs(np.diff(values, prepend=np.nan))
    change[starts] = np.nan
    changes = change > 0
    lost = changes & (BLURRED * change < np.repeat(error, np.diff(starts, append=len(values))))
    n_changes, n_lost = (np.add.reduceat(which, starts, dtype=np.intp) for which in (changes, lost))
    blurred = np.where(n_changes > 0, 2 * n_lost >= n_changes, error > otherwise)
    return bool(blurred.any())
