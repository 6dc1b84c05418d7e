"""How the loops of the package are compiled: the one place that says so.

No flag of ``fastmath``: NaN marks what stands behind the end of a series, and a sum keeps its order, so that
every machine computes the same bits. No loop holds the GIL, so threads can share the work.
"""

from __future__ import annotations

from numba import config, njit

from .cache import cache_of

FLAGS = {"nogil": True, "error_model": "numpy"}


def loop(function):
    """Compile a function that Python calls, and keep the result on disk."""
    compiled = njit(**FLAGS)(function)
    if not config.DISABLE_JIT:
        compiled._cache = cache_of(function)
    return compiled


def step(function):
    """Compile a part of a loop, always inlined: passing arrays costs more than many a part computes."""
    return njit(forceinline=True, **FLAGS)(function)


def inner_step(function):
    """Compile a part of a loop that runs for so short a time that counting references to arrays would take longer.

    It must not make arrays.
    """
    return njit(forceinline=True, _nrt=False, **FLAGS)(function)
