"""Heads as C that computes with real numbers: one function for each kind of head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..estimators.kernel import KernelHead, Landmarks
from ..estimators.kernel_regression import FARTHEST, KernelRegressionHead
from ..estimators.regression import RegressionHead
from ..estimators.ridge import RidgeHead
from .features import whole
from .text import integer_type, number, numbers, part, rows

MOST = 2**31 - 1  # of an integer coefficient, where C computes with real numbers
MUCH = 300.0  # added to a score of about 1: the roundings of float32 would move it by 3e-6


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
    n_compared : int, optional
        How many values it keeps of the features, to find likenesses.
    compared : str, optional
        Their type.
    n_agree, n_cases : int, optional
        How many cases of calibration get the answer in integers that they get in Python, and of how many.
    offset : float, optional
        What is added to a score at last, as it would cost integers digits.
    """

    source: str
    n_sums: int
    sum: str
    score: float
    n_compared: int = 0
    compared: str = "float"
    n_agree: int = 0
    n_cases: int = 0
    offset: float = 0.0


def ridge(head: RidgeHead | RegressionHead, order: list[int]) -> Head:
    """The C of a linear head."""
    coefficients = head.coef_[:, order].T
    kept, steps = as_integers(coefficients)
    mean = head.mean_[order, np.newaxis] if hasattr(head, "mean_") else 0.0  # not kept in files before format 5
    # What rounding loses is much of a feature that is large, hardly varies, and counts.
    lost = (coefficients - kept * steps[:, np.newaxis]) * mean
    source = linear(coefficients, head.intercept_ + lost.sum(axis=0))
    return Head(source, len(head.intercept_), "double", 1.0)


def linear(
    coefficients: NDArray[np.float64], intercepts: NDArray[np.float64], exact: bool = False, **slots: str
) -> str:
    """The C of sums that are linear in what is added, with coefficients (n_added, n_sums), exact or of 32 bits."""
    n_added, n_sums = coefficients.shape
    kept, steps = (coefficients, np.ones(n_added)) if exact else as_integers(coefficients)
    distinct, step_of = np.unique(steps, return_inverse=True)
    values = {
        "count_in": "model_count_in",
        "value": "float",
        "n_added": n_added,
        "n_sums": n_sums,
        "t_coefficient": "double" if exact else "int32_t",
        "coefficients": rows(kept.tolist()),
        "t_step": integer_type([len(distinct)]),
        "step_of": numbers(step_of.tolist()),
        "n_steps": len(distinct),
        "steps": numbers(distinct),
        "intercepts": numbers(intercepts),
    }
    return part("head.c", values | slots, ["exact" if exact else "rounded", *["likenesses"] * bool(slots)])


def kernel(head: KernelHead, order: list[int]) -> Head:
    """The C of a kernel head, whose linear part is of features as they come."""
    coefficients = np.vstack([head.coef_[:, order].T, head.weights_])
    return compared(head, order, coefficients, head.intercept_, "(double)value")


def kernel_regression(head: KernelRegressionHead, order: list[int]) -> Head:
    """The C of a kernel ridge of numbers: its linear part is of features at unit variance, cut off."""
    coefficients = np.concatenate([head.coef_[order], head.weights_])[:, np.newaxis]
    return compared(head, order, coefficients, np.array([head.intercept_]), "standard", ("cut_off",))


def compared(
    head: KernelHead | KernelRegressionHead,
    order: list[int],
    coefficients: NDArray[np.float64],
    intercepts: NDArray[np.float64],
    added: str,
    kinds: tuple[str, ...] = (),
) -> Head:
    """The C of a head that compares features with landmarks: a linear one, to which likenesses are features as others.

    Parameters
    ----------
    head : KernelHead or KernelRegressionHead
    order : list of int
        The columns of the features, as they come.
    coefficients : float64 (n_features + n_landmarks, n_sums)
    intercepts : float64 (n_sums,)
    added : str
        What the linear part is of, as C.
    kinds : tuple of str, optional
        Of the blocks of the part.

    Returns
    -------
    Head
    """
    nearly_cancel = most_added(head) >= MUCH
    source = linear(coefficients, intercepts, exact=nearly_cancel, count_in="head_add", value="double")
    n_landmarks, n_features = head.landmarks_.shape
    landmarks = np.zeros((n_landmarks, whole(n_features)), np.float32)
    landmarks[:, :n_features] = head.landmarks_[:, order]
    precision = "double" if nearly_cancel else "float"
    source += part(
        "likenesses.c",
        {
            "n_features": n_features,
            "n_landmarks": n_landmarks,
            "n_compared": landmarks.shape[1],
            "standard": rows(zip(head.mean_[order], 1 / head.deviation_[order], strict=True)),
            "landmarks": numbers(landmarks.reshape(-1)),
            "farthest": number(FARTHEST),
            "added": added,
            "width": number(head.width_),
            "compared": precision,
            "exp": "exp" if nearly_cancel else "expf",
        },
        kinds,
    )
    return Head(source, len(intercepts), "double", 1.0, n_compared=landmarks.shape[1], compared=precision)


def most_added(head: KernelHead | KernelRegressionHead) -> float:
    """The sum of the sizes of all likenesses times their weights, for the landmark where it is largest.

    It is much more than a score, which is about 1, where likenesses cancel; then their roundings count as much more.
    """
    landmarks = Landmarks.of(head.landmarks_)
    likenesses = landmarks.likenesses(landmarks.points, head.width_)
    return float((likenesses @ np.abs(head.weights_)).max())


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
