"""Filling gaps: values for what is missing between those that are there."""

from __future__ import annotations

import numpy as np

from .jit import loop


@loop
def fill_gaps(x, lengths, values, interpolate):
    """Put numbers where NaN stands, within the length of each row.

    Parameters
    ----------
    x : float32 or float64 (n_rows, n_timepoints), C order
        Written to.
    lengths : int32 (n_rows,)
        At most n_timepoints each.
    values : float64 (n_rows,)
        What stands for a missing value, or, if gaps are interpolated, for all of a row that has no value.
    interpolate : bool
        Whether a gap is filled along a straight line between its neighbours; at the ends, by the nearest value.
    """
    for row in range(x.shape[0]):
        last = -1  # where the last value is that was there
        for t in range(lengths[row]):
            if np.isnan(x[row, t]):
                if not interpolate:
                    x[row, t] = values[row]
                continue
            if interpolate and t > last + 1:
                right = np.float64(x[row, t])
                left = right if last < 0 else np.float64(x[row, last])
                for gap in range(last + 1, t):
                    share = (gap - last) / (t - last)
                    x[row, gap] = left + (right - left) * share
            last = t
        if interpolate:
            for t in range(last + 1, lengths[row]):
                x[row, t] = values[row] if last < 0 else x[row, last]
