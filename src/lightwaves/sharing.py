"""What threads share, also with processes that are forked while they work."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[[], None])


class cached_property(functools.cached_property[Value]):
    """A property that is computed once; by several threads, if they ask for it at once.

    Before Python 3.12, one lock is held while that of Python computes, for all objects of a class. So threads waited
    for each other, though each had an object of its own; and a process that was forked meanwhile, for ever.
    """

    def __init__(self, function: Callable[[Any], Value]):
        super().__init__(function)
        self.lock = nullcontext()


def in_forks(function: Function) -> Function:
    """Let a function be called in each process that is forked.

    It has one thread only. What other threads held as it was forked, nobody there lets go.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=function)
    return function
