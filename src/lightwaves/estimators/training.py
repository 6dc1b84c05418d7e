"""What a model remembers of its training data: how many cases there were, and how long."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .._version import __version__


@dataclass(eq=False)
class Training:
    """What a fit was given, in a few numbers; nothing of the series themselves.

    Attributes
    ----------
    n_cases : int
        The number of cases that counted: those of weight 0 do not.
    shortest, longest : int
        The time points of the shortest and of the longest case.
    class_counts : int64 (n_classes,)
        The number of cases of each class.
    version : str
        The version of lightwaves.
    """

    n_cases: int = 1
    shortest: int = 1
    longest: int = 1
    class_counts: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    version: str = __version__

    @classmethod
    def of(cls, lengths: NDArray[np.int32], codes: NDArray[np.intp], n_classes: int) -> Training:
        """The summary of cases of these lengths and classes."""
        counts = np.bincount(codes, minlength=n_classes).astype(np.int64)
        return cls(len(lengths), int(lengths.min()), int(lengths.max()), counts)

    def with_more(self, lengths: NDArray[np.int32], n_cases: int, class_counts: NDArray[np.int64]) -> Training:
        """The summary when cases of these lengths have come, and there are so many in all, and of each class."""
        shortest, longest = min(self.shortest, int(lengths.min())), max(self.longest, int(lengths.max()))
        return Training(n_cases, shortest, longest, class_counts.astype(np.int64), self.version)
