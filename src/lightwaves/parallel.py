"""Sharing independent work between threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


_libraries = cache(ThreadpoolController)  # those that are loaded by then; to look takes milliseconds
_lock = Lock()
_alone: list[Any] = []  # the limit in force, once for each `one_blas_thread` that is open


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Linear algebra on one thread while this is open in any thread, so that its last bits are always the same."""
    with _lock:
        _alone.append(_alone[0] if _alone else _libraries().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            limit = _alone.pop()
            if not _alone:
                limit.restore_original_limits()


def share_out(work: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> list[Result]:
    """Do some work on every item, in threads where that can help: no loop holds the GIL."""
    items = list(items)
    if n_jobs == 1 or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(n_jobs, len(items))) as pool:
        return list(pool.map(work, items))
