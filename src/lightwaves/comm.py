"""What the search needs of a communicator, and the one that stands in for none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np


class Comm(Protocol):
    """The part of mpi4py's communicators that the library uses."""

    @property
    def rank(self) -> int:
        """Which process this is."""

    @property
    def size(self) -> int:
        """How many there are."""

    def allgather(self, sendobj: Any) -> list[Any]:
        """Everybody's object, in the order of the ranks."""

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """The root's object."""


class SerialComm:
    """A communicator of one process."""

    rank = 0
    size = 1

    def allgather(self, sendobj: Any) -> list[Any]:
        """The object alone."""
        return [sendobj]

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """The object itself."""
        return obj


def together(comm: Comm, work: Callable[[], Any]) -> Any:
    """Do some work on every rank; if it fails on one, raise on all, so that nobody waits for ever.

    Raises
    ------
    Exception
        The rank's own error where it failed, else a RuntimeError that names the rank and its error.
    """
    if comm.size == 1:
        return work()
    result, error = None, None
    try:
        result = work()
    except Exception as raised:
        error = raised
    messages = comm.allgather(None if error is None else f"{type(error).__name__}: {error}")
    if error is not None:
        raise error
    for rank, message in enumerate(messages):
        if message is not None:
            raise RuntimeError(f"rank {rank} failed: {message}")
    return result


def digest(*arrays: Any) -> str:
    """A fingerprint of arrays and plain values, the same on every machine of one byte order."""
    sha = hashlib.sha256()
    for array in arrays:
        array = np.asarray(array)
        sha.update(f"{array.dtype.str}{array.shape}".encode())
        sha.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())
    return sha.hexdigest()


def agree(comm: Comm, **facts: Any) -> None:
    """Make sure that all ranks hold the same facts.

    Raises
    ------
    ValueError
        On every rank, naming the first fact that differs and a rank that differs from rank 0.
    """
    if comm.size == 1:
        return
    everybody = comm.allgather(facts)
    for name in facts:
        for rank, theirs in enumerate(everybody):
            if theirs[name] != everybody[0][name]:
                raise ValueError(
                    f"All ranks must be given the same {name}: rank 0 has {everybody[0][name]}, "
                    f"rank {rank} has {theirs[name]}."
                )
