"""Few cases of another length than all others, which may come of a file that was cut or damaged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..validation import warn_caller

FEW_ODD = 10  # as many cases as one of another length, at least


def warn_of_odd(lengths: NDArray[np.integer], called: Callable[[int], str], lost: str) -> None:
    """Warn of the few cases that alone have another length, where nobody has said that cases may have.

    Parameters
    ----------
    lengths : int (n_cases,)
        Time points of each case.
    called : function of a case's number
        What the warning calls a case.
    lost : str
        What may have been lost, and how it reads before "lost": "a value was".
    """
    found, n_of_each = np.unique(lengths, return_counts=True)
    usual, n_usual = int(found[n_of_each.argmax()]), int(n_of_each.max())
    odd = np.flatnonzero(lengths != usual)
    if 0 < FEW_ODD * len(odd) <= len(lengths):
        first = int(odd[0])
        warn_caller(
            f"{called(first)}: {lengths[first]} time points, but {usual} in {n_usual} of {len(lengths)} cases. If "
            f"{lost} lost, correct it; if the series have these lengths, all is well."
        )
