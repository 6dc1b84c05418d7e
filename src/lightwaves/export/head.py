"""Heads as C: one function for each kind of head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimators.ridge import RidgeHead
from .text import integer_type, numbers, part, rows

MOST = 2**31 - 1  # of an integer coefficient


@dataclass(frozen=True)
class Head:
    """A head as C.

    Attributes
    ----------
    source : str
        Tables, and the function that adds a feature.
    n_sums : int
        How many sums it forms: one for two classes.
    temperature, floor : float
        Probabilities are ``(1 - floor) * softmax(temperature * scores) + floor / n_classes``.
    """

    source: str
    n_sums: int
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


def head_of(head: Any, order: list[int]) -> Head:
    """The C of a head that has been checked.

    Parameters
    ----------
    head : classifier
    order : list of int
        The columns of the features, as they come.

    Returns
    -------
    Head
    """
    return WRITERS[type(head)](head, order)


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
    return Head(source, n_sums, *calibration(head))


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
