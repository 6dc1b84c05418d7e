"""Values as loops read them: float32, less what would drown in rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..entries import INT64
from ..loops.narrowing import narrow

EXACT_INTEGERS = 2.0**52  # up to here float64 holds every integer, and every half
FAR = 1000.0  # deviations


def plain(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Values as loops read them: in C order, and writeable, since numba compiles anew for others; a copy if need be."""
    if values.flags.writeable:
        return np.ascontiguousarray(values, dtype)
    return np.array(values, dtype, order="C")


def exceeds_float64(values: NDArray[Any]) -> bool:
    """Whether float64 cannot hold all values as they are."""
    if values.dtype.kind == "f":
        return values.dtype.itemsize > 8
    return values.dtype.itemsize > 4 and bool(values.size) and max(-int(values.min()), int(values.max())) > 2**53


def difference(values: NDArray[Any], base: NDArray[Any]) -> NDArray[Any]:
    """Values less a number of their own dtype for each channel: exactly, where 64 bits hold all such differences."""
    if values.dtype.kind == "f":
        return values - base[:, np.newaxis]
    if values.size and farthest_apart(values, base) > INT64:
        return values.astype(np.float64) - base.astype(np.float64)[:, np.newaxis]
    # unsigned integers wrap around; read as signed ones, differences that fit into 64 bits are right
    return (values.astype(np.uint64) - base.astype(np.uint64)[:, np.newaxis]).view(np.int64)


def farthest_apart(values: NDArray[Any], base: NDArray[Any]) -> int:
    """How far a value may be from a base, whichever they are."""
    low, high, least, most = (int(extreme) for extreme in (values.min(), values.max(), base.min(), base.max()))
    return max(high - least, most - low)


def held_by_float32(dtype: np.dtype[Any]) -> bool:
    """Whether float32 holds all values of a dtype."""
    return bool(np.can_cast(dtype, np.float32))


def far_levels(mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is subtracted of each channel even where channels are not standardised: a mean that is far from 0.

    Where the mean is more than 1,000 deviations from 0, sums in float32 would lose what varies.

    Parameters
    ----------
    mean, deviation : float64 (n_channels,)

    Returns
    -------
    float64 (n_channels,)
        The mean, or 0.
    """
    return np.where((deviation > 0) & (np.abs(mean) > FAR * deviation), mean, 0.0)


def narrowed(block: NDArray[Any], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """Series less a number for each channel, subtracted in their own precision, as float32.

    Parameters
    ----------
    block : array (n_cases, n_channels, n_timepoints) of any real dtype
    shift : float64 (n_channels,)

    Returns
    -------
    float32 (n_cases, n_channels, n_timepoints), C order
    """
    if block.dtype.kind in "iu" and block.dtype.itemsize == 8 and np.abs(shift).max(initial=0) >= EXACT_INTEGERS:
        limits = np.iinfo(block.dtype)
        base = np.array([min(max(round(s), limits.min), limits.max) for s in shift.tolist()], block.dtype)
        block, shift = difference(block, base), shift - base.astype(np.float64)
    elif block.dtype.kind == "f" and block.dtype.itemsize > 8:
        block, shift = block - shift[:, np.newaxis], np.zeros(len(shift))
    out = np.empty(block.shape, np.float32)
    with np.errstate(over="ignore"):
        narrow(plain(block, np.float64), shift, out)
    return out
