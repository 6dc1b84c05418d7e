"""How the loops of the package are compiled: the one place that says so.

No flag of ``fastmath``: NaN marks what stands behind the end of a series, and a sum keeps its order, so that
every machine computes the same bits. No loop holds the GIL, so threads can share the work.
"""

from __future__ import annotations

from numba import njit

FLAGS = {"nogil": True, "error_model": "numpy"}


def loop(function):
    """Compile a function that Python calls, and keep the result on disk.

    Where no directory can be written to (a read-only installation without a home), it is compiled again in
    each process.
    """
    try:
        return njit(cache=True, **FLAGS)(function)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        return njit(**FLAGS)(function)


def step(function):
    """Compile a part of a loop, always inlined: passing arrays costs more than many a part computes."""
    return njit(forceinline=True, **FLAGS)(function)
