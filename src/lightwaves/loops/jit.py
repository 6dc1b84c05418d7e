"""How the loops of the package are compiled: the one place that says so.

No flag of ``fastmath``: NaN marks what stands behind the end of a series, and a sum keeps its order, so that
every machine computes the same bits. No loop holds the GIL, so threads can share the work.
"""

from __future__ import annotations

from numba import config, njit

from .cache import cache_of, keeping_signals, letting_go

FLAGS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}  # nobody calls a loop from C


def loop(function):
    """Compile a function that Python calls, and keep the result on disk."""
    compiled = njit(**FLAGS)(function)
    if not config.DISABLE_JIT:
        compiled._cache = cache_of(function)
        compiled._compiler.compile = keeping_signals(compiled._compiler.compile)
        compiled.compile = letting_go(compiled.compile, compiled._cache)
    return compiled


def step(function):
    """Compile a small part of a loop, always inlined: passing arrays costs more than many a part computes.

    It must not make arrays. So nobody counts references to those it is given, which would take longer than its work.
    Loops alone call it. It has no door for Python, which would hold a copy of the part, and take long to compile.
    """
    return part(function, forceinline=True)


def part(function, **options):
    """Compile a large part of a loop: once, for all places that call it. In all else it is as a step."""
    return njit(_nrt=False, no_cpython_wrapper=True, **FLAGS, **options)(function)
