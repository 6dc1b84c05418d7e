"""Series that stay where they are: arrays of HDF5, zarr or dask, and files of NumPy, read some cases at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numpy_files import mapped
from .arrays import check_axes, check_length, real

READ_AHEAD = 1 << 24  # bytes that are read together, so that no chunk is unpacked again for each block
DASK = "__dask_graph__"  # what arrays have that dask computes, those of xarray too
MOST_OPEN = 100  # files at a time; systems allow 256 and more
GAP = 16  # cases: neighbours that are no farther apart are read together


class Stored:
    """Cases that are read when they are asked for.

    Parameters
    ----------
    source : array-like
        With ``shape``, ``dtype`` and slices along the first axis that NumPy can read.
    name : str
        What error messages call it.

    Attributes
    ----------
    shape : tuple of int
        (n_cases, n_channels, n_timepoints)
    dtype : dtype
    """

    def __init__(self, source: Any, name: str = "X"):
        shape = tuple(int(n) for n in source.shape)
        self._flat, self.name = len(shape) == 2, name
        self.shape = (shape[0], 1, shape[1]) if self._flat else shape
        self.source, self.dtype = source, np.dtype(source.dtype)
        # A source need not stand several threads, as one that has a file and a place in it does not. But what dask
        # computes in a task lets other tasks begin: if these waited here for a lock, all would wait for ever.
        self._one_at_a_time: AbstractContextManager[Any] = nullcontext() if hasattr(source, DASK) else Lock()
        self._kept = 0, np.empty((0, *self.shape[1:]), self.dtype)  # from which case on, and what was read last

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """How many bytes all cases take."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    def __getitem__(self, cases: slice) -> NDArray[Any]:
        """Some neighbours, (n_taken, n_channels, n_timepoints)."""
        first, end, step = cases.indices(len(self))
        if step != 1:
            raise IndexError("neighbours only")
        with self._one_at_a_time:  # who reads the same chunk next need not unpack it again
            start, known = self._kept
            if not start <= first <= end <= start + len(known):
                until = min(first + max(end - first, self.n_at_once), len(self))
                start, known = self._kept = first, self._read(first, until)
            return known[first - start : end - start]

    def whole(self) -> NDArray[Any]:
        """All of it, in as many dimensions as the source has."""
        block = self._read(0, len(self))
        return block[:, 0] if self._flat else block

    @property
    def n_at_once(self) -> int:
        """How many cases are read together."""
        return max(1, READ_AHEAD * len(self) // max(1, self.nbytes))

    def some(self, cases: NDArray[np.intp]) -> NDArray[Any]:
        """Any cases, in the order in which they are asked for."""
        out = np.empty((len(cases), *self.shape[1:]), self.dtype)
        order = np.argsort(cases, kind="stable")
        apart = (np.diff(cases[order]) > GAP) | (np.diff(cases[order] // self.n_at_once) > 0)
        for run in np.split(order, np.flatnonzero(apart) + 1):
            if len(run):
                first = int(cases[run[0]])
                with self._one_at_a_time:
                    block = self._read(first, int(cases[run[-1]]) + 1)
                out[run] = block[cases[run] - first]
        return out

    def _read(self, first: int, end: int) -> NDArray[Any]:
        block = real(self._taken(first, end), self.name)
        rounded = block.dtype.kind == self.dtype.kind == "f" and self.dtype.itemsize >= 4
        if not rounded and not np.can_cast(block.dtype, self.dtype):
            raise TypeError(
                f"{self.name} has dtype {self.dtype}, but gives {block.dtype} where cases {first} to {end - 1} are "
                "asked for: values would be lost."
            )
        if self._flat:
            block = block[:, np.newaxis]
        if block.shape != (end - first, *self.shape[1:]):
            raise ValueError(
                f"{self.name} has shape {self.shape}, but gives an array {block.shape} where cases {first} to "
                f"{end - 1} are asked for: it ends early, or slices of it are not along the cases."
            )
        return np.ascontiguousarray(block, self.dtype)

    def _taken(self, first: int, end: int) -> NDArray[Any]:
        """What the source gives, whose own errors do not say which cases were asked for."""
        try:
            block = self.source[first:end]
            return block if np.ma.isMaskedArray(block) else np.asarray(block)
        except MemoryError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise OSError(f"{self.name}: cases {first} to {end - 1} cannot be read. {what}") from error

    def place(self, case: int) -> str:
        """Where a case lies, in words, if its number does not say it."""
        place = getattr(self.source, "place", None)
        return "" if place is None else f" ({place(case)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.name)


class Chosen(Stored):
    """Some cases of others that are read when they are asked for.

    Parameters
    ----------
    among : Stored
    which : int (n_cases,)
    """

    def __init__(self, among: Stored, which: NDArray[np.intp]):
        super().__init__(among.source, among.name)
        self.among, self.which, self.shape = among, which, (len(which), *self.shape[1:])

    def _read(self, first: int, end: int) -> NDArray[Any]:
        return self.among.some(self.which[first:end])

    def place(self, case: int) -> str:
        """Where a case lies, in words, if its number among the others does not say it."""
        return self.among.place(int(self.which[case]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.among, self.which)


class Files:
    """Files of NumPy, one after the other, as if they were one array.

    Parameters
    ----------
    paths : sequence of str or path
        Files ``.npy``, whose arrays differ in the number of cases only.
    name : str
        What error messages call it.

    Raises
    ------
    ValueError
        If a file cannot be read, or holds another kind of array than the first.
    """

    def __init__(self, paths: Sequence[Any], name: str = "X"):
        self.paths = places = [os.path.abspath(path) for path in paths]
        # Each that is open takes a descriptor, and there are few: what keeps them must not keep itself alive.
        self._open = lru_cache(MOST_OPEN)(lambda number: opened(places[number], name))
        first, sizes, self._written = self._part(0), [], list[tuple[int, int]]()
        if first.ndim not in (2, 3):
            raise ValueError(
                f"{name}: {self.paths[0]} holds {first.dtype} {first.shape}, but files hold series, (n_cases, "
                "n_channels, n_timepoints), or (n_cases, n_timepoints) of one channel."
            )
        for number, path in enumerate(self.paths):
            part = self._part(number)
            if part.shape[1:] != first.shape[1:] or part.dtype != first.dtype:
                raise ValueError(
                    f"{name}: {path} holds {part.dtype} {part.shape}, but {self.paths[0]} {first.dtype} {first.shape}: "
                    "files must differ in the number of cases only, (n_cases, n_channels, n_timepoints)."
                )
            sizes.append(len(part))
            self._written.append(written(path))
        self.ends, self._sizes = np.cumsum(sizes), np.array(sizes)
        self._starts = self.ends - self._sizes
        self.shape, self.dtype = (int(self.ends[-1]), *first.shape[1:]), first.dtype

    def _part(self, number: int) -> NDArray[Any]:
        """The array of a file, which must be what it was if it was open before."""
        part = self._open(number)
        if hasattr(self, "shape") and (part.shape, part.dtype) != ((self._sizes[number], *self.shape[1:]), self.dtype):
            raise OSError(f"{self.paths[number]} has changed since it was read first")
        return part

    def _read(self, number: int, first: int, end: int) -> NDArray[Any]:
        """Some cases of a file, copied: to read a file where it is mapped ends the process if it is cut off meanwhile.

        Arrays in Fortran's order are still read there.
        """
        part = self._part(number)
        if not (isinstance(part, np.memmap) and part.flags.c_contiguous):
            self._compare(number, written(self.paths[number]))
            return part[first:end]
        n_values = (end - first) * (part.size // max(1, len(part)))
        with open(self.paths[number], "rb") as file:
            file.seek(part.offset + first * part.nbytes // max(1, len(part)))
            values, when = np.fromfile(file, part.dtype, n_values), written(file.fileno())
        if len(values) < n_values:
            raise OSError(f"{self.paths[number]} has changed since it was read first: it ends early")
        self._compare(number, when)
        return values.reshape(end - first, *part.shape[1:])

    def _compare(self, number: int, when: tuple[int, int]) -> None:
        """Raise an error if a file was written since it was opened first."""
        if when != self._written[number]:
            raise OSError(f"{self.paths[number]} has changed since it was read first: it was written again")

    def __getitem__(self, cases: slice) -> NDArray[Any]:
        first, end, _ = cases.indices(self.shape[0])
        among = int(np.searchsorted(self.ends, first, side="right")), int(np.searchsorted(self._starts, end))
        starts, ends = (of_all[slice(*among)].tolist() for of_all in (self._starts, self.ends))
        taken = [
            self._read(number, max(first - start, 0), min(end, stop) - start)
            for number, (start, stop) in enumerate(zip(starts, ends, strict=True), among[0])
        ]
        return taken[0] if len(taken) == 1 else np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *taken])

    def place(self, case: int) -> str:
        """Which file a case is in, and where."""
        number = int(np.searchsorted(self.ends, case, side="right"))
        return f"case {case - int(self._starts[number])} of {self.paths[number]}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.paths,)


def written(file: str | int) -> tuple[int, int]:
    """When a file, by its path or its descriptor, was written last, and how large it is since."""
    found = os.stat(file)
    return found.st_mtime_ns, found.st_size


def opened(path: str, name: str = "X") -> NDArray[Any]:
    """The array of a file of NumPy, which is read when it is looked at.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    try:
        return mapped(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"{name}: {path} cannot be read as a file of NumPy, .npy: {error}.") from error


def first_of(paths: Sequence[Any]) -> NDArray[Any]:
    """The array of the first of some files."""
    return opened(os.fspath(paths[0]))


def are_files(X: Any) -> bool:
    """Whether X is a list of paths."""
    return isinstance(X, list | tuple) and bool(X) and all(isinstance(x, str | os.PathLike) for x in X)


def stays_stored(X: Any) -> bool:
    """Whether X is an array that NumPy does not hold: with a shape, a dtype and slices, but no memory of its own.

    Raises
    ------
    ValueError
        If it cannot say: of a file that is closed.
    """
    try:
        is_array = all(hasattr(X, name) for name in ("shape", "dtype", "__getitem__"))
    except Exception as error:  # of any kind but AttributeError
        raise ValueError(f"an array of {type(X).__module__} cannot be read. Is its file closed? {error}") from error
    return (
        not isinstance(X, np.ndarray | np.generic)
        and is_array
        and not any(hasattr(X, name) for name in ("__dlpack__", "__array_interface__", "iloc", "toarray"))
        and isinstance(X.shape, tuple | list)
        and len(X.shape) in (2, 3)
    )


def stored(X: Any, name: str) -> Stored:
    """Series that stay where they are.

    Raises
    ------
    TypeError, ValueError
        If they are no real numbers, or of a size that nobody knows.
    """
    source = Files(X, name) if are_files(X) else X
    check_axes(source, name, ("case", "channel", "time") if len(source.shape) == 3 else ("case", "time"))
    if not all(isinstance(n, int | np.integer) for n in source.shape):
        raise ValueError(
            f"{name} has shape {source.shape}: its size is not known. Call compute_chunk_sizes() of a dask array."
        )
    real(np.empty(0, source.dtype), name)
    check_length(int(source.shape[-1]), name)
    return Stored(source, name)
