"""What arrays and numbers that come from outside must be: type, sizes and range, each said in one line.

Sizes have names, such as ``n_features``: arrays that share a size must agree on it. Whatever is summed or multiplied is
a Python int, so nothing wraps.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST, LARGEST = math.ulp(0.0), float(np.finfo(np.float64).max)
INT32, INT64 = 2**31 - 1, 2**63 - 1


@dataclass(frozen=True, init=False)
class Array:
    """An array.

    Parameters
    ----------
    dtype : dtype
        Exactly that one; of a structured one, all columns have the same range.
    *sizes : str or int
        One for each dimension.
    least, most : int or float, optional
        The range of its numbers, which are finite unless `most` is infinite. Texts hold characters, bools are bools.
    nan : bool, default=False
        Whether NaN is allowed, too.
    below : str, optional
        The name of a size, for an array of indices: they are from 0 to that size less one.
    ascending : bool, default=False
        Whether no number may be smaller than the one before.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.entries import Array
    >>> channel = Array(np.int32, "n_features", below="n_channels")
    >>> channel.check("channel", np.int32([0, 1, 7]), {"n_features": 3, "n_channels": 6})
    Traceback (most recent call last):
    ...
    ValueError: channel must be from 0 to 5, but holds 7
    """

    dtype: np.dtype[Any]
    sizes: tuple[str | int, ...]
    least: float
    most: float
    nan: bool
    below: str | None
    ascending: bool

    def __init__(
        self,
        dtype: Any,
        *sizes: str | int,
        least: float = -LARGEST,
        most: float = LARGEST,
        nan: bool = False,
        below: str | None = None,
        ascending: bool = False,
    ):
        least = 0 if below else least
        self.__dict__.update(dtype=np.dtype(dtype), sizes=sizes, least=least, most=most, nan=nan)
        self.__dict__.update(below=below, ascending=ascending)

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape that it has with such sizes."""
        return tuple(sizes[size] if isinstance(size, str) else size for size in self.sizes)

    def check(self, name: str, array: Any, sizes: Mapping[str, int]) -> None:
        """Raise a ValueError for an array of another dtype, shape or range."""
        shape = self.shape(sizes)
        if not isinstance(array, np.ndarray) or array.dtype != self.dtype or array.shape != shape:
            seen = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"{name} must be an array {self.dtype} {shape}, but is {seen}")
        most = self.most if self.below is None else sizes[self.below] - 1
        for values in columns(array):
            check_range(name, values, self.least, most, self.nan)
        if self.ascending and (array[1:] < array[:-1]).any():
            raise ValueError(f"{name} must ascend, but does not")


@dataclass(frozen=True)
class Number:
    """An int, a float or a bool, as JSON knows them.

    Parameters
    ----------
    kind : type
        Exactly that one: True is no int, 1 no float.
    least, most : int or float, optional
    """

    kind: type[int] | type[float] | type[bool]
    least: float = -LARGEST
    most: float = LARGEST

    def check(self, name: str, value: Any, sizes: Mapping[str, int]) -> None:
        """Raise a ValueError for a value of another type, or out of range; NumPy's are taken for Python's."""
        value = value.item() if isinstance(value, np.generic) else value
        if type(value) is not self.kind or not self.least <= value <= self.most:
            limits = "" if self.kind is bool else f" from {self.least} to {self.most}"
            raise ValueError(f"{name} must be {self.kind.__name__}{limits}, but is {value!r}")


Entry = Array | Number


def entry(what: Entry) -> Any:
    """A field of a dataclass that says what it must be; see `entries_of`."""
    return field(metadata={"entry": what})


def entries_of(kind: type) -> dict[str, Entry]:
    """What the fields of a dataclass must be, of those that say it."""
    return {f.name: f.metadata["entry"] for f in fields(kind) if "entry" in f.metadata}


def arrays_of(entries: Mapping[str, Entry]) -> dict[str, Array]:
    """Those of some entries that are arrays."""
    return {name: what for name, what in entries.items() if isinstance(what, Array)}


def numbers_of(entries: Mapping[str, Entry]) -> dict[str, Number]:
    """Those of some entries that are numbers."""
    return {name: what for name, what in entries.items() if isinstance(what, Number)}


def names_of_sizes(entries: Mapping[str, Entry]) -> set[str]:
    """The sizes that some entries have."""
    return {size for what in arrays_of(entries).values() for size in what.sizes if isinstance(size, str)}


def sizes_of(entries: Mapping[str, Entry], values: Mapping[str, Any]) -> dict[str, int]:
    """The sizes that some arrays have; of arrays that do not agree, those of the first."""
    sizes: dict[str, int] = {}
    for name, what in arrays_of(entries).items():
        shape = np.shape(values[name])
        if len(shape) != len(what.sizes):
            raise ValueError(f"{name} must have {len(what.sizes)} dimensions, but has {len(shape)}")
        for size, n in zip(what.sizes, shape, strict=True):
            if isinstance(size, str):
                sizes.setdefault(size, n)
    return sizes


def check_entries(entries: Mapping[str, Entry], values: Mapping[str, Any]) -> None:
    """Make sure that some values are what their entries say, and agree on all sizes.

    Raises
    ------
    ValueError
        That names the first which is not.
    """
    sizes = sizes_of(entries, values)
    for name, what in entries.items():
        what.check(name, values[name], sizes)


def columns(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The array itself; of a structured one, each of its columns."""
    if array.dtype.names is None:
        yield array
    else:
        yield from (array[name] for name in array.dtype.names)


def check_range(name: str, values: NDArray[Any], least: float, most: float, nan: bool = False) -> None:
    """Raise a ValueError where a number is outside, or a text or a bool is none."""
    if values.dtype.kind == "b":
        values, least, most = values.view(np.uint8), 0, 1
    elif values.dtype.kind == "U":
        name, least, most = f"characters of {name}", 0, sys.maxunicode
        values = np.ascontiguousarray(values).view(np.uint32)
    elif nan:
        values = values[~np.isnan(values)]
    if values.size:
        low, high = values.min().item(), values.max().item()
        if not (least <= low and high <= most):  # as NaN is not
            wanted = "finite" if (least, most) == (-LARGEST, LARGEST) else f"from {least} to {most}"
            raise ValueError(f"{name} must be {wanted}, but holds {high if least <= low else low}")
