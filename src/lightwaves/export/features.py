"""Features of one kind as C: what all kinds have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LANES = 16  # times that C works on together


@dataclass(frozen=True)
class Features:
    """Some features of a plan as C, in the order in which they are computed.

    Attributes
    ----------
    source : str
        Tables and functions.
    call : str
        The function that computes all.
    order : list of int
        Their rows in the plan.
    padding : int
        How many zeros must stand before and behind each channel.
    room : int
        How many values are needed to work in.
    sizes : list of float
        What the integers of each feature count in.
    values : int64 (n_features, n_cases)
        The integers that C makes of the series of calibration.
    biases : float64 (n_biases, 3)
        Biases in units of their outputs, each with the lowest and the highest of these in calibration.

    The last three are of no use where C computes with real numbers.
    """

    source: str
    call: str
    order: list[int]
    padding: int
    room: int
    sizes: list[float] = field(default_factory=list)
    values: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    biases: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))


def whole(n: int) -> int:
    """The number n rounded up to whole vectors."""
    return -(-n // LANES) * LANES


def within(dilation: NDArray[np.int32], n_timepoints: int) -> NDArray[np.int64]:
    """Dilations, those that leave a single tap inside the series made no longer than that takes."""
    return np.minimum(dilation.astype(np.int64), n_timepoints + 1)
