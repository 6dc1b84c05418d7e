"""Sharing independent work between threads, or over the processes of a joblib backend."""

from __future__ import annotations

import os
import pickle
import platform
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pickle import PicklingError
from threading import Lock, local
from typing import Any, TypeVar

import joblib
import numpy as np
from joblib.parallel import get_active_backend
from threadpoolctl import ThreadpoolController

from ..sharing import cached_property, in_forks
from ..validation import first_line

MOST_THREADS = 1024  # are started at once, whatever a file says of n_jobs
FEW = 1 << 19  # values that one thread has looked at or copied before another one is started

Item = TypeVar("Item")
Result = TypeVar("Result")


class Own(local):
    """What a thread has for itself."""

    n_alone = 0  # how many `one_blas_thread` it has open


_libraries = cache(ThreadpoolController)  # those that are loaded by then; to look takes milliseconds
_lock = Lock()
_others: ContextVar[tuple[ThreadPoolExecutor, int] | None] = ContextVar("others", default=None)  # of the caller's team
_own, _n_alone = Own(), 0  # the second: how many all threads have open
_before: list[tuple[Any, int]] = []  # the libraries, each with the number of threads that it had before the first


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Linear algebra on one thread while this is open in any thread, so that its last bits are always the same."""
    global _n_alone
    is_counted = False
    try:
        with _lock:
            _n_alone, _own.n_alone, is_counted = _n_alone + 1, _own.n_alone + 1, True  # now an interrupt may come
            if _n_alone == 1:
                _before[:] = [(a, a.num_threads) for a in _libraries().lib_controllers if a.user_api == "blas"]
                for library, _ in _before:
                    _set_threads(library, 1)
        yield
    finally:
        if is_counted:
            with _lock:
                _n_alone, _own.n_alone = _n_alone - 1, _own.n_alone - 1
                if not _n_alone:
                    for library, n_threads in _before:
                        _set_threads(library, n_threads)


@in_forks
def _without_other_threads() -> None:
    """Do for linear algebra what threads would do at their end that are not here: none of them is left."""
    global _lock, _n_alone
    _lock, n_before, _n_alone = Lock(), _n_alone, _own.n_alone
    if n_before and not _n_alone:
        for library, n_threads in _before:
            _set_threads(library, n_threads)


@contextmanager
def team(n_threads: int) -> Iterator[None]:
    """Let `in_team` share work between so many threads, while this is open in the calling thread."""
    if n_threads == 1:
        with one_blas_thread():
            yield
        return
    n_others = min(n_threads, MOST_THREADS) - 1
    with one_blas_thread(), ThreadPoolExecutor(n_others) as pool:
        before = _others.set((pool, n_others))
        try:
            yield
        finally:
            _others.reset(before)


def in_team(work: Callable[[Item], Any], items: Iterable[Item]) -> None:
    """Do some work on every item, by the calling thread and the others of its `team`; by itself without one."""
    others = _others.get()
    if others is None:
        for item in items:
            work(item)
    else:
        _together(work, items, *others)


def _together(work: Callable[[Item], Any], items: Iterable[Item], pool: ThreadPoolExecutor, n_others: int) -> None:
    """Do some work on every item, by the calling thread and up to so many others of a pool.

    Where no further thread can be started, as in a container that has all it may have, or while Python ends, those that
    are there do the work. After an error no item is begun. Of several errors that of the first item is raised, which is
    the one that a single thread would meet: all items before it were begun.
    """
    waiting, failed = deque(enumerate(items)), dict[int, BaseException]()

    def take_part() -> None:
        while waiting:
            try:
                number, item = waiting.popleft()
            except IndexError:  # another has taken the last
                return
            try:
                work(item)
            except BaseException as error:
                failed[number] = error
                waiting.clear()

    def begin(part: Future[None]) -> None:
        if part.set_running_or_notify_cancel():
            try:
                take_part()
            finally:
                part.set_result(None)

    parts: list[Future[None]] = []  # not the pool's: what it has no thread for stays in its queue, and may begin later
    before = _others.set(None)  # whoever takes part works by itself
    try:
        with suppress(RuntimeError):  # no thread can be started
            for _ in range(min(n_others, len(waiting) - 1)):
                parts.append(Future())
                pool.submit(begin, parts[-1])
        take_part()
    finally:
        _others.reset(before)
        waiting.clear()  # after an interrupt, too
        wait([part for part in parts if not part.cancel()])
    try:
        if failed:
            raise failed[min(failed)]
    finally:
        failed.clear()  # which the error's own traceback refers to


def _set_threads(library: Any, n_threads: int) -> None:
    """Set how many threads a library of linear algebra uses, whichever thread asks.

    In its newer versions, threadpoolctl lets one thread at a time decide that for OpenBLAS. What others set does
    nothing, without a word. But here the last to leave need not be the first that came, and the limit is for all.
    """
    getattr(library, "_real_set_num_threads", library.set_num_threads)(n_threads)


def share_out(work: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> list[Result]:
    """Do some work on every item, in threads where that can help: no loop holds the GIL."""
    items = list(items)
    n_others = min(n_jobs, len(items), MOST_THREADS) - 1
    if n_others < 1:
        return [work(item) for item in items]
    found: dict[int, Result] = {}
    with ThreadPoolExecutor(n_others) as pool:
        _together(lambda number: found.__setitem__(number, work(items[number])), range(len(items)), pool, n_others)
    return [found[number] for number in range(len(items))]


def even_slices(n_items: int, n_jobs: int, n_values: int) -> list[slice]:
    """The numbers of items, one slice for each thread that can be started; one in all for few values."""
    step = max(1, -(-n_items // (min(n_jobs, MOST_THREADS) if n_values > FEW else 1)))
    return [slice(first, min(first + step, n_items)) for first in range(0, n_items, step)]


def spans_processes() -> bool:
    """Whether a surrounding ``joblib.parallel_config`` names a backend whose workers share no memory."""
    backend, _ = get_active_backend(prefer="threads")
    return not getattr(backend, "supports_sharedmem", False)


def spread(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    n_jobs: int,
    keep: Callable[[Item, Result], None],
    *,
    in_teams: bool = False,
) -> None:
    """Do some work on every item, in threads or, where one is configured, over a joblib backend such as dask.

    Parameters
    ----------
    work : function
        Which can be pickled, with all that it needs, for a backend.
    items : iterable
    n_jobs : int
    keep : function of an item and its result
        Called as soon as a result is there, in this process.
    in_teams : bool, default=False
        Whether the work can use a `team`. Then each of the last items, which are fewer than the threads, has one.
    """
    items = list(items)
    if not items or not spans_processes():
        n_last = len(items) % n_jobs if in_teams else 0

        def do(item: Item) -> None:
            keep(item, work(item))

        def do_in_team(item: Item) -> None:
            with team(n_jobs // n_last):
                do(item)

        share_out(do, items[: len(items) - n_last], n_jobs)
        share_out(do_in_team, items[len(items) - n_last :], n_jobs)
        return
    backend, _ = get_active_backend(prefer="threads")
    as_they_come = getattr(backend, "supports_return_generator", False)
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered" if as_they_come else "list")
    task = Parcel(work) if hasattr(backend, "client") else Task(work)
    sent = getattr(backend, "data_futures", {})  # joblib's list of what dask's workers have
    if hasattr(backend, "client"):
        sent[id(task)] = backend.client.scatter(task, broadcast=True, hash=False)
    try:
        for number, result in parallel(joblib.delayed(run)(task, number, item) for number, item in enumerate(items)):
            keep(items[number], result)
    except (PicklingError, TypeError, AttributeError) as error:
        if "pickle" not in str(error):
            raise
        raise TypeError(
            "the work cannot be sent to the processes of the joblib backend, which needs pickles. An array of HDF5 "
            "cannot be sent, a list of files can; functions and classes of a bank or a head must stand at the top of a "
            f"module. {first_line(error)}"
        ) from error
    finally:
        sent.pop(id(task), None)


class Task:
    """Work on its way to other processes; said to be of some size, so that Ray keeps it instead of sending it anew."""

    def __init__(self, work: Callable[[Any], Any]):
        self.work = work

    def __sizeof__(self) -> int:
        return 2000


class Parcel:
    """Work on its way to dask's workers, which unpack it when they begin.

    dask unpacks what a worker receives before any piece begins, and where that fails, as for a bank that a worker
    cannot import, joblib waits for ever; so what it receives is bytes. Their number is what dask reckons with when it
    deals tasks and frees memory.
    """

    def __init__(self, work: Callable[[Any], Any]):
        from cloudpickle import dumps  # of dask

        buffers: list[pickle.PickleBuffer] = []
        content = dumps(work, protocol=5, buffer_callback=buffers.append)
        self.parts: list[Any] = [np.frombuffer(part, np.uint8) for part in (content, *(b.raw() for b in buffers))]

    def __sizeof__(self) -> int:
        return 2000 + sum(part.nbytes for part in self.parts)

    @cached_property
    def work(self) -> Callable[[Any], Any]:
        """Unpacked."""
        return pickle.loads(self.parts[0], buffers=self.parts[1:])


def run(task: Task | Parcel, number: int, item: Any) -> tuple[int, Any]:
    """Do some work on an item, there: its number and the result."""
    return number, task.work(item)


def whereabouts() -> tuple[str, tuple[int, ...]]:
    """The machine that this process is on, and the cores that it may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = tuple(sorted(affinity(0))) if affinity else tuple(range(os.cpu_count() or 1))
    return platform.node(), cores[: joblib.cpu_count()]  # of a container, no more than its share


def threads_here(n_jobs: int | None, everybody: list[tuple[str, tuple[int, ...]]], rank: int) -> int:
    """How many threads a rank starts: as many as it is told, or its part of the machine's cores.

    Parameters
    ----------
    n_jobs : int, optional
        In joblib's convention. A number is a number; -1 is all cores that ranks on this machine may use, divided by
        their number, -2 one fewer of these, and so on; None is 1, or what a parallel_config says.
    everybody : list
        The `whereabouts` of all ranks.
    rank : int
        Whose threads are counted.

    Returns
    -------
    int
        At least 1.
    """
    if n_jobs is None:
        n_jobs = get_active_backend()[1] or 1
    if n_jobs > 0:
        return int(n_jobs)
    here = [cores for machine, cores in everybody if machine == everybody[rank][0]]
    part = len(set().union(*here)) // len(here)
    return max(1, min(part, len(everybody[rank][1])) + 1 + int(n_jobs))
