"""Heads as C: one function for each kind of head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..estimators.ridge import RidgeHead, winners
from .fixed import Units
from .text import integer_type, numbers, part, rows

MOST = 2**31 - 1  # of an integer coefficient, where C computes with real numbers
MOST_FACTOR = 2**16 - 1  # of a feature
HARDLY_ANY = 0.001  # of the labels of calibration may change by coefficients of 8 bits


class Sums(NamedTuple):
    """How large the integers of a head become."""

    coefficient_type: str
    coefficient: int
    type: str
    total: int


BYTE = Sums("int8_t", 2**7 - 1, "int32_t", 2**31 - 1)
SHORT = Sums("int16_t", 2**15 - 1, "int64_t", 2**47 - 1)  # what a feature adds is a product of 32 bits


@dataclass(frozen=True)
class Head:
    """A head as C.

    Attributes
    ----------
    source : str
        Tables, and the function that adds a feature.
    n_sums : int
        How many sums it forms: one for two classes.
    sum : str
        Their type.
    score : float
        What a sum is multiplied by to be a score.
    temperature, floor : float
        Probabilities are ``(1 - floor) * softmax(temperature * scores) + floor / n_classes``.
    """

    source: str
    n_sums: int
    sum: str
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
    return Head(source, n_sums, "double", 1.0, *calibration(head))


def fixed_ridge(head: RidgeHead, order: list[int], sizes: NDArray[np.float64], units: Units) -> Head:
    """The C of a linear head, in integers.

    A coefficient is an integer times a number for each feature. The feature is multiplied by that number, so that one
    addition for each class is left. What a feature can add is bounded, by twice as much as in calibration or more, so
    that no sum overflows. Coefficients have 8 bits if that changes hardly any label of calibration, else 16.
    """
    coefficients, features = head.coef_[:, order].T, units.features[order]
    mean = np.rint(features.mean(axis=1) / sizes)
    features = features - (mean * sizes)[:, np.newaxis]
    intercepts = head.intercept_ + coefficients.T @ (mean * sizes)
    largest = np.maximum(np.abs(coefficients).max(axis=1), 1e-300)
    shares = coefficients / largest[:, np.newaxis]
    wrong = np.rint(shares * BYTE.coefficient) / BYTE.coefficient - shares
    wrong = (wrong * largest[:, np.newaxis]).T @ features
    scores = coefficients.T @ features + intercepts[:, np.newaxis]
    differ = np.mean(classes(scores + wrong) != classes(scores))
    sums = BYTE if differ <= HARDLY_ANY else SHORT
    most = sums.total // 2 // (sums.coefficient * len(order))  # half is left to the intercepts
    adds = float((largest * (np.abs(features).max(axis=1) + sizes)).max())  # the most that a feature has added
    bits = int(
        min(
            np.floor(np.log2(most * sums.coefficient / (2.0 * adds))),
            np.floor(np.log2(sums.total / 2 / max(1e-12, np.abs(intercepts).max()))),
            np.floor(np.log2(MOST_FACTOR * sums.coefficient / float((largest * sizes).max()))),
        )
    )
    factors, shifts = as_shifted(largest / sums.coefficient * sizes * 2.0**bits)
    n_features, n_sums = coefficients.shape
    source = part(
        "fixed_head.c",
        {
            "feature_most": most,
            "n_features": n_features,
            "n_sums": n_sums,
            "features": rows(zip(mean.astype(np.int64).tolist(), factors.tolist(), shifts.tolist(), strict=True)),
            "t_coefficient": sums.coefficient_type,
            "coefficients": rows(np.rint(shares * sums.coefficient).astype(np.int64).tolist()),
            "intercepts": numbers(np.rint(intercepts * 2.0**bits).astype(np.int64)),
        },
    )
    return Head(source, n_sums, sums.type, 2.0**-bits, *calibration(head))


def classes(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class of each case, from sums (n_sums, n_cases)."""
    return winners(scores[0] if len(scores) == 1 else scores.T)


def as_shifted(numbers_of: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of at most ``MOST_FACTOR`` as integers of 16 bits over a power of two."""
    mantissas, exponents = np.frexp(numbers_of)
    shifts = 16 - exponents
    integers = np.rint(mantissas * 2.0**16).astype(np.int64)
    integers, shifts = np.where(shifts > 62, 0, integers), np.minimum(shifts, 62)
    return np.minimum(integers, MOST_FACTOR), np.maximum(shifts, 0)


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
