"""Arrays of real numbers, whoever made them: NumPy, torch, JAX, and what else NumPy can read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..validation import MOST, READ_COMMAS, has_decimal_comma, shown

TIMES = {"time", "times", "timepoint", "timepoints", "time_point", "timestamp", "date", "datetime", "t"}
AXES = {  # what the axes of xarray may be called, if there is no doubt what they are
    "case": {"case", "cases", "instance", "instances", "trial", "trials"},
    "channel": {"channel", "channels", "sensor", "sensors"},
    "time": TIMES,
}


def is_of(x: Any, package: str, name: str) -> bool:
    """Whether an object is of a package's class, or of one that derives from it, without importing the package."""
    return (package, name) in _classes_of(cast(Any, type(x)))


@lru_cache(maxsize=1000)
def _classes_of(own: Any) -> frozenset[tuple[str, str]]:
    """The packages and names of a class and of all that it derives from."""
    return frozenset((kind.__module__.split(".")[0], kind.__name__) for kind in own.__mro__)


def has_axes(x: Any) -> bool:
    """Whether something is an array, a tensor or a frame, and no single number."""
    return len(getattr(x, "shape", ())) > 0


def check_length(n_timepoints: int, name: str) -> None:
    """Raise a ValueError for a series of more time points than can be counted."""
    if n_timepoints > MOST:
        raise ValueError(f"{name} has {n_timepoints} time points; at most {MOST} are read: cut it into cases.")


def holds_values(x: Any) -> bool:
    """Whether something is a series: an array, a tensor, a column or a list."""
    return has_axes(x) or isinstance(x, list | tuple)


def check_axes(x: Any, name: str, axes: tuple[str, ...]) -> None:
    """Make sure that the axes of an array of xarray are in order, as far as their names tell what they are.

    Parameters
    ----------
    x : DataArray, or anything else, whose axes have no names
    name : str
        What error messages call it.
    axes : tuple of str
        Which of `AXES` each should be, if there are so many.

    Raises
    ------
    ValueError
        If one is clearly another.
    """
    dims = tuple(map(str, x.dims)) if is_of(x, "xarray", "DataArray") else ()
    found = [next((axis for axis, called in AXES.items() if dim.lower() in called), None) for dim in dims]
    if len(dims) != len(axes) or all(axis in (None, own) for axis, own in zip(found, axes, strict=True)):
        return
    known = {axis: dim for axis, dim in zip(found, dims, strict=True) if axis is not None}
    others = (dim for axis, dim in zip(found, dims, strict=True) if axis is None)
    what_to_do = "bring it into the form (case, channel, time)"
    if set(known) <= set(axes) and len(known) == len(found) - found.count(None):
        in_order = ", ".join(repr(known.get(axis) or next(others)) for axis in axes)
        what_to_do = f"call {name}.transpose({in_order})"
    raise ValueError(f"{name} has the axes {shown(dims)}, but is read as ({', '.join(axes)}): {what_to_do}.")


def real(array: Any, name: str) -> NDArray[Any]:
    """An array as NumPy sees it, of its own dtype; read by value where it holds Python numbers.

    Parameters
    ----------
    array : array-like
        Tensors of torch are read as ``detach().cpu()`` gives them. The short floats that NumPy does not have, such as
        bfloat16, become float32, which holds each of their values.
    name : str
        What error messages call it.

    Returns
    -------
    array of floats, ints or bools
        The array itself where it is one.

    Raises
    ------
    TypeError
        If the values are no real numbers, or lie in a form that NumPy does not read.
    ValueError
        If the array is ragged, masked, complex or holds text.
    """
    if type(array) is np.ndarray and array.dtype.kind in "fiub":
        return array
    if issparse(array):
        raise TypeError(f"{name} is a sparse matrix, but sparse input is not supported: convert it with .toarray().")
    if np.ma.is_masked(array):
        raise ValueError(f"{name} has masked values: make them NaN with .astype(float).filled(numpy.nan).")
    if is_of(array, "polars", "LazyFrame"):
        raise TypeError(f"{name} is a LazyFrame: call .collect() first.")
    if is_of(array, "torch", "Tensor"):
        array = _of_tensor(array, name)
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise ValueError(f"{name} is ragged: its rows differ in length or depth.") from error
    if array.dtype.kind == "V" and array.dtype.names is None and np.can_cast(array.dtype, np.float32):
        array = array.astype(np.float32)  # of JAX
    if array.dtype == object and array.ndim == 0 and array.item() is not None:
        way = f"numpy.from_dlpack({name})" if hasattr(array.item(), "__dlpack__") else f"an array, or list({name})"
        raise TypeError(
            f"{name} holds values that are not real numbers, or holds them in a form that cannot be read: it is of "
            f"type {type(array.item()).__name__}. Pass {way}."
        )
    if array.dtype == object:
        array = _of_objects(array, name)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {array.dtype}; pass real numbers.")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype}, but real numbers are needed: convert with astype(float).")
    return array


def _of_tensor(tensor: Any, name: str) -> NDArray[Any]:
    try:
        if tensor.is_floating_point() and tensor.element_size() < 4:
            tensor = tensor.float()
        return tensor.numpy(force=True)
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise TypeError(
            f"{name} is a tensor that NumPy cannot read ({error}): convert it to a dense tensor of floats."
        ) from error


def _of_objects(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Python numbers: as int64 where all are ints that fit, else as float64."""
    text = next((value for value in array.flat if isinstance(value, str | bytes)), None)
    if text is not None:
        number = next(filter(has_decimal_comma, array.flat), None)
        way = "convert it with astype(float)" if number is None else READ_COMMAS
        raise ValueError(f"{name} holds values that are not real numbers: text, such as {number or text!r}; {way}.")
    if all(isinstance(value, int) for value in array.flat):
        try:
            return array.astype(np.int64)
        except OverflowError:
            pass
    try:
        return array.astype(np.float64)
    except OverflowError as error:
        raise ValueError(f"{name} holds values that are not real numbers: {error}.") from error
    except (TypeError, ValueError) as error:
        if any(map(holds_values, array.flat)):
            raise ValueError(
                f"{name} holds values that are not real numbers: each cell of its shape {array.shape} has a series, as "
                "of variable length. It must be rectangular, (n_cases, n_channels, n_timepoints). For cases of unequal "
                "lengths, pass a list of arrays (n_channels, n_timepoints_i)."
            ) from error
        said = str(error).removesuffix(".")
        raise type(error)(f"{name} holds values that are not real numbers: {said}.") from error
