"""Heads as C: one function for each kind of head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimators.ridge import RidgeHead
from .fixed import Units
from .text import integer_type, numbers, part, rows

MOST, MOST_BYTE = 2**31 - 1, 127  # of integer coefficients


@dataclass(frozen=True)
class Head:
    """A head as C.

    Attributes
    ----------
    source : str
        Tables, and the function that adds a feature.
    n_sums : int
        How many sums it forms: one for two classes.
    score : float
        What a sum is multiplied by to be a score.
    temperature, floor : float
        Probabilities are ``(1 - floor) * softmax(temperature * scores) + floor / n_classes``.
    """

    source: str
    n_sums: int
    score: float
    temperature: float
    floor: float


def check_head(head: Any) -> None:
    """Make sure that a head can be written.

    Raises
    ------
    TypeError
        If there is no C for it.
    """
    if type(head) not in WRITERS:
        kinds = ", ".join(kind.__name__ for kind in WRITERS)
        raise TypeError(
            f"there is no C for the head {type(head).__name__}: possible are {kinds}. Fit the model with "
            "classifier=None."
        )


def head_of(head: Any, order: list[int], sizes: list[float] | None = None, units: Units | None = None) -> Head:
    """The C of a head that has been checked.

    Parameters
    ----------
    head : classifier
    order : list of int
        The columns of the features, as they come.
    sizes : list of float, optional
        What the integers of each feature count in.
    units : Units, optional
        With them, C computes with integers.

    Returns
    -------
    Head
    """
    if sizes is None or units is None:
        return WRITERS[type(head)](head, order)
    return FIXED[type(head)](head, order, np.array(sizes), units)


def ridge(head: RidgeHead, order: list[int]) -> Head:
    """The C of a linear head."""
    coefficients, steps = as_integers(head.coef_[:, order].T)
    distinct, step_of = np.unique(steps, return_inverse=True)
    n_features, n_sums = coefficients.shape
    source = part(
        "head.c",
        {
            "n_features": n_features,
            "n_sums": n_sums,
            "coefficients": rows(coefficients.tolist()),
            "t_step": integer_type([len(distinct)]),
            "step_of": numbers(step_of.tolist()),
            "n_steps": len(distinct),
            "steps": numbers(distinct),
            "intercepts": numbers(head.intercept_),
        },
    )
    return Head(source, n_sums, 1.0, *calibration(head))


def fixed_ridge(head: RidgeHead, order: list[int], sizes: NDArray[np.float64], units: Units) -> Head:
    """The C of a linear head, in integers.

    A coefficient is an integer of 8 bits, times a number for each feature. The feature is multiplied by that number, so
    that one addition for each class is left. What a feature can add is bounded such that no sum can overflow: twice as
    much as in calibration or more.
    """
    coefficients = head.coef_[:, order].T
    largest = np.maximum(np.abs(coefficients).max(axis=1), 1e-300)
    integers = np.rint(coefficients / largest[:, np.newaxis] * MOST_BYTE).astype(np.int64)
    mean = np.rint(units.mean[order] / sizes)
    most = (MOST // 2) // (MOST_BYTE * len(order))  # of a feature, so that half of 31 bits are left to the intercept
    adds = float((largest * (units.spread[order] + sizes)).max())  # the most that a feature has added
    bits = int(np.floor(np.log2(most * MOST_BYTE / (2.0 * max(adds, 1e-12)))))
    intercepts = head.intercept_ + coefficients.T @ (mean * sizes)
    bits = min(bits, int(np.floor(np.log2((MOST // 2) / max(1e-12, np.abs(intercepts).max())))))
    factors, shifts = as_shifted(largest / MOST_BYTE * sizes * 2.0**bits)
    n_features, n_sums = coefficients.shape
    source = part(
        "fixed_head.c",
        {
            "feature_most": most,
            "n_features": n_features,
            "n_sums": n_sums,
            "t_factor": integer_type(factors),
            "features": rows(zip(mean.astype(np.int64).tolist(), factors.tolist(), shifts.tolist(), strict=True)),
            "t_coefficient": "int8_t",
            "coefficients": rows(integers.tolist()),
            "intercepts": numbers(np.rint(intercepts * 2.0**bits).astype(np.int64)),
        },
    )
    return Head(source, n_sums, 2.0**-bits, *calibration(head))


def as_shifted(numbers_of: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers as integers of 16 bits over a power of two."""
    mantissas, exponents = np.frexp(numbers_of)
    shifts = 16 - exponents
    integers = np.rint(mantissas * 2.0**16).astype(np.int64)
    integers, shifts = np.where(shifts > 62, 0, integers), np.minimum(shifts, 62)
    too_large = shifts < 0
    return np.where(too_large, 2**16 - 1, np.minimum(integers, 2**16 - 1)), np.maximum(shifts, 0)


def calibration(head: Any) -> tuple[float, float]:
    """Temperature and floor of a head's probabilities."""
    return float(head.temperature_), float(getattr(head, "floor_", 0.0))


def as_integers(coefficients: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Coefficients as integers of 32 bits, times a power of two for each feature.

    They err by 2**-32 of the largest one of a feature: 256 times less than float32 does.

    Parameters
    ----------
    coefficients : float64 (n_features, n_sums)

    Returns
    -------
    integers : int64 (n_features, n_sums)
    steps : float64 (n_features,)
    """
    largest = np.abs(coefficients).max(axis=1)
    exponents = np.frexp(np.where(largest > 0, largest, 1.0))[1] - 31
    integers = np.rint(np.ldexp(coefficients, -exponents[:, np.newaxis])).astype(np.int64)
    return np.clip(integers, -MOST, MOST), np.ldexp(1.0, exponents)


WRITERS = {RidgeHead: ridge}
FIXED = {RidgeHead: fixed_ridge}
