"""Sharing independent work between threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import joblib

Item = TypeVar("Item")
Result = TypeVar("Result")


def share_out(work: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> list[Result]:
    """Do some work on every item, in threads where there are more than one: no loop holds the GIL."""
    items = list(items)
    if n_jobs == 1 or len(items) < 2:
        return [work(item) for item in items]
    return joblib.Parallel(n_jobs=n_jobs, prefer="threads")(joblib.delayed(work)(item) for item in items)
