"""What the search needs of a communicator, and how ranks work together without waiting for one that has failed."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..validation import shown

Kind = TypeVar("Kind", bound=BaseException)


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

    def gather(self, sendobj: Any, root: int = 0) -> list[Any] | None:
        """The same, for the root only."""

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """The root's object."""

    def Reduce(self, sendbuf: Any, recvbuf: Any, *, root: int = 0) -> None:
        """Write the sum of everybody's array into one of the root's."""


class SerialComm:
    """A communicator of one process."""

    rank = 0
    size = 1

    def allgather(self, sendobj: Any) -> list[Any]:
        """The object alone."""
        return [sendobj]

    def gather(self, sendobj: Any, root: int = 0) -> list[Any]:
        """The object alone."""
        return [sendobj]

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """The object itself."""
        return obj

    def Reduce(self, sendbuf: Any, recvbuf: Any, *, root: int = 0) -> None:
        """Copy."""
        recvbuf[...] = sendbuf


def check_comm(comm: Any) -> Comm:
    """A communicator.

    Raises
    ------
    TypeError
        If it is something else, or an intercommunicator.
    """
    if not all(hasattr(comm, name) for name in ("rank", "size", "allgather", "gather", "bcast", "Reduce")):
        raise TypeError(f"comm must be a communicator, such as mpi4py.MPI.COMM_WORLD, got {shown(comm)}.")
    if getattr(comm, "is_inter", False):  # in which both groups would wait for what the other has to say
        raise TypeError("comm is an intercommunicator: pass that of all processes of both groups, comm.Merge().")
    return comm


class Counted:
    """A communicator that counts what goes through another: `fit` takes it in the other's place.

    Parameters
    ----------
    comm : communicator
        Such as ``mpi4py.MPI.COMM_WORLD``.

    Attributes
    ----------
    n_collectives : int
        How many calls there were.
    n_bytes : int
        What this rank put into them: the size of its pickled object or its array. Of a broadcast only the root puts
        something in.
    calls : list of (str, int)
        The name of each call, and its bytes.

    Examples
    --------
    >>> from lightwaves.parallel.comm import Counted, SerialComm
    >>> comm = Counted(SerialComm())
    >>> comm.allgather("x"), comm.n_collectives
    (['x'], 1)
    """

    def __init__(self, comm: Comm):
        self.comm = comm
        self.rank, self.size = comm.rank, comm.size
        self.calls: list[tuple[str, int]] = []

    @property
    def n_collectives(self) -> int:
        """How many calls there were."""
        return len(self.calls)

    @property
    def n_bytes(self) -> int:
        """What this rank put into them."""
        return sum(n_bytes for _, n_bytes in self.calls)

    def _count(self, name: str, obj: Any, sends: bool = True) -> None:
        self.calls.append((name, len(pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)) if sends else 0))

    def allgather(self, sendobj: Any) -> list[Any]:
        """Everybody's object, in the order of the ranks."""
        self._count("allgather", sendobj)
        return self.comm.allgather(sendobj)

    def gather(self, sendobj: Any, root: int = 0) -> list[Any] | None:
        """The same, for the root only."""
        self._count("gather", sendobj)
        return self.comm.gather(sendobj, root)

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """The root's object."""
        self._count("bcast", obj, self.rank == root)
        return self.comm.bcast(obj, root)

    def Reduce(self, sendbuf: Any, recvbuf: Any, *, root: int = 0) -> None:
        """Write the sum of everybody's array into one of the root's."""
        self.calls.append(("Reduce", sendbuf.nbytes))
        self.comm.Reduce(sendbuf, recvbuf, root=root)


@dataclass(frozen=True)
class Failure:
    """What other ranks learn of one that failed."""

    message: str
    of_another: bool = False


def attempt(work: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """The result of some work, or the failure that others are told of; and the error itself."""
    try:
        return work(), None
    except (Exception, SystemExit) as error:  # the others would wait for a rank that ends
        if getattr(error, "of_another_rank", False):
            return Failure(str(error), of_another=True), error
        return Failure(f"{type(error).__name__}: {error}"), error


def failed_elsewhere(message: str) -> RuntimeError:
    """The error for a rank that learns of another's, which the message names."""
    error = RuntimeError(message)
    error.of_another_rank = True  # type: ignore[attr-defined]
    return known(error)


def known(error: Kind) -> Kind:
    """The error, with a mark that no rank is left waiting for the one that raises it."""
    error.is_known = True  # type: ignore[attr-defined]
    return error


def is_known(error: BaseException | None) -> bool:
    """Whether all ranks raise an error together, as `allgather` has them do; also where it was said in other words."""
    return error is not None and (hasattr(error, "is_known") or is_known(error.__context__))


def pickled(work: Callable[[], Any]) -> Callable[[], bytes]:
    """Some work, with what can go wrong on the way to other ranks: that its result cannot be pickled."""
    return lambda: pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)


def raise_if_failed(outcomes: list[Any], error: BaseException | None = None) -> list[Any]:
    """The outcomes, if no rank has failed; else this rank's own error, or one that names a rank and its error."""
    if error is not None:
        raise known(error)
    for rank, outcome in enumerate(outcomes):
        if isinstance(outcome, Failure):
            raise failed_elsewhere(f"rank {rank} failed: {outcome.message}")
    return outcomes


def allgather(comm: Comm, work: Callable[[], Any]) -> list[Any]:
    """Everybody's result of some work, in the order of the ranks.

    Raises
    ------
    Exception
        On every rank, if the work fails on one: the rank's own error where it failed, else a RuntimeError that names
        the rank and its error. So nobody waits for a rank that will not come.
    """
    if comm.size == 1:
        return [work()]
    outcome, error = attempt(pickled(work))
    return [pickle.loads(result) for result in raise_if_failed(comm.allgather(outcome), error)]


def all_ranks(comm: Comm, work: Callable[[], Any]) -> Any:
    """The rank's own result of some work that all do; errors as in `allgather`."""
    if comm.size == 1:
        return work()
    outcome, error = attempt(work)
    raise_if_failed(comm.allgather(outcome if error else None), error)
    return outcome


def gather_and_bcast(comm: Comm, offer: Callable[[], Any], work: Callable[[list[Any]], Any]) -> Any:
    """What the first rank makes of what all offer, in the order of the ranks; errors as in `allgather`."""
    if comm.size == 1:
        return work([offer()])
    offered, error = attempt(pickled(offer))
    offers = comm.gather(offered)
    return _bcast(comm, lambda: work([pickle.loads(part) for part in raise_if_failed(offers or [], error)]), 0, error)


def bcast(comm: Comm, work: Callable[[], Any], root: int = 0) -> Any:
    """The result of some work that one rank does for all; errors as in `allgather`."""
    if comm.size == 1:
        return work()
    return _bcast(comm, work, root)


def gather(comm: Comm, offer: Callable[[], Any], work: Callable[[list[Any]], Any]) -> Any:
    """What the first rank makes of what all offer, there alone; None on others. Errors as in `allgather`."""
    made: list[Any] = []
    gather_and_bcast(comm, offer, lambda offers: made.append(work(offers)))
    return made[0] if made else None


def _bcast(comm: Comm, work: Callable[[], Any], root: int, error: BaseException | None = None) -> Any:
    result = None
    if comm.rank == root:
        result, failed = attempt(pickled(work))
        error = error or failed
    result = comm.bcast(result, root)
    if error is not None:
        raise known(error)
    if isinstance(result, Failure):
        raise failed_elsewhere(result.message if result.of_another else f"rank {root} failed: {result.message}")
    return pickle.loads(result)


def reduce(
    comm: Comm, mine: NDArray[np.float64], work: Callable[[], Any], root: int
) -> tuple[NDArray[np.float64] | None, BaseException | None]:
    """The sum of everybody's array, on one rank.

    Parameters
    ----------
    comm : Comm
    mine : float64 (size + 1,)
        What this rank adds, once the work is done; the last element tells the root of failures.
    work : function
        Fills or changes it.
    root : int

    Returns
    -------
    total : float64 (size,), or None
        On the root, unless the work has failed on some rank; with one rank, a view of `mine`.
    error : BaseException, or None
        With which it failed on this rank. Only the root can know of others': before anybody uses what has become of
        the total, something that ranks do together must raise it, so that all do.
    """
    if comm.size == 1:
        work()
        return mine[:-1], None
    _, error = attempt(work)
    mine[-1] = error is not None
    total = np.empty_like(mine) if comm.rank == root else None
    comm.Reduce(mine, total, root=root)
    return (None if total is None or total[-1] else total[:-1]), error


def digest(*arrays: Any) -> str:
    """A fingerprint of arrays and plain values, the same on every machine of one byte order."""
    sha = hashlib.sha256()
    for array in arrays:
        array = np.asarray(array)
        sha.update(f"{array.dtype.str}{array.shape}".encode())
        sha.update(repr(array.tolist()).encode() if array.dtype == object else np.ascontiguousarray(array).data)
    return sha.hexdigest()


def require_same(everybody: list[dict[str, Any]]) -> None:
    """Make sure that all ranks hold the same facts.

    Parameters
    ----------
    everybody : list of dict
        The facts of each rank, by their names.

    Raises
    ------
    ValueError
        Naming the first fact that differs and a rank that differs from rank 0.
    """
    for name, first in everybody[0].items():
        for rank, theirs in enumerate(everybody):
            if theirs.get(name) != first:
                seen = f"rank 0 has {first}, rank {rank} has {theirs.get(name)}"
                raise known(ValueError(f"All ranks must be given the same {name}: {seen}."))
