"""Ranks as threads of one process: what needs no mpiexec."""

import importlib
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor


class Threads:
    """Ranks as threads of one process; a rank that never comes breaks the barrier instead of the test run."""

    def __init__(self, rank, size, barrier, places):
        self.rank, self.size, self._barrier, self._places = rank, size, barrier, places

    def allgather(self, sendobj):
        """Everybody's object, once all have come."""
        self._places[self.rank] = sendobj
        self._barrier.wait(60)
        everybody = list(self._places)
        self._barrier.wait(60)
        return everybody

    def gather(self, sendobj, root=0):
        """The same, for the root only."""
        everybody = self.allgather(sendobj)
        return everybody if self.rank == root else None

    def bcast(self, obj, root=0):
        """The root's object."""
        return self.allgather(obj if self.rank == root else None)[root]

    def Reduce(self, sendbuf, recvbuf, *, root=0):
        """The sum, in the order of the ranks, for the root only."""
        everybody = self.allgather(sendbuf.copy())
        if self.rank == root:
            recvbuf[...] = 0
            for theirs in everybody:
                recvbuf += theirs


def on_ranks(size, work):
    """What every rank returns or raises."""
    barrier, places = threading.Barrier(size), [None] * size

    def attempt(rank):
        try:
            return work(Threads(rank, size, barrier, places))
        except Exception as error:
            return error

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(attempt, range(size)))


def fail_in(monkeypatch, target, turn):
    """A function or method fails in one of its calls, counted from 0, of whichever rank it is."""
    path, _, name = f"lightwaves.{target}".rpartition(".")
    module, _, owner = path.rpartition(".")
    holder = getattr(importlib.import_module(module), owner) if owner[0].isupper() else importlib.import_module(path)
    work, turns = getattr(holder, name), itertools.count()

    def failing(*arguments, **options):
        if next(turns) == turn:
            raise MemoryError("too much")
        return work(*arguments, **options)

    monkeypatch.setattr(holder, name, failing)
