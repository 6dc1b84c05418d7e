"""Seconds: one thread in every library, works in turn, and a process on each core."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from time import perf_counter

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def one_thread(pinned: bool) -> None:
    """Start this program anew if need be, so that every library finds one thread, and maybe one core, at its import."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
    pin = pinned and len(cores) > 1
    if pin or any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.environ.update(ONE_THREAD)
        if pin:
            os.sched_setaffinity(0, {min(cores)})
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv])


def interleaved(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each piece of work, the pieces in turn, so that a drift of the machine meets all."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            started = perf_counter()
            work()
            times[name].append(perf_counter() - started)
    return times


def median_of(work: Callable[[], object], repeats: int) -> float:
    """Median seconds of one piece of work."""
    return statistics.median(interleaved({"": work}, repeats)[""])


def on_every_core(work: Callable, tasks: Iterable, is_large: Callable[..., bool] = lambda task: False) -> Iterator:
    """What the work makes of each task, as soon as it is there; each core has a process, which takes the next task.

    Of large tasks, whose memory the machine has once only, one at a time is worked on.
    """
    context = multiprocessing.get_context("spawn")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    free = context.Queue()
    for core in cores:
        free.put(core)
    with ProcessPoolExecutor(
        len(cores), mp_context=context, initializer=_begin, initargs=(free, context.Lock())
    ) as pool:
        try:
            for done in as_completed([pool.submit(_do, work, task, is_large(task)) for task in tasks]):
                yield done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin(free, lock) -> None:
    global _memory
    core, _memory = free.get(), lock
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def _do(work: Callable, task, is_large: bool):
    with _memory if is_large else nullcontext():
        return work(task)
