"""What scores are worth, case by case and in the mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..selection.calibration import effective_number


def merits(scores: NDArray[np.float64], y: NDArray[Any], weights: NDArray[np.float64] | None = None) -> NDArray[Any]:
    """What scores, (..., n_cases, n_classes), are worth for each case; see `CrossFitted.merits`."""
    if y.dtype.kind != "f":
        return scores.argmax(axis=-1) == y
    variance = np.average((y - np.average(y, weights=weights)) ** 2, weights=weights)
    return 1.0 - (scores[..., 0] - y) ** 2 / variance


def n_scores(y: NDArray[Any]) -> int:
    """How many scores a case has: one for each class, or one number."""
    return 1 if y.dtype.kind == "f" else int(y.max()) + 1


def rough_mean_and_error(values: NDArray[np.float64], weights: NDArray[np.float64] | None) -> tuple[float, float]:
    """A weighted mean over cases, and its standard error where there are many."""
    parts = np.ones(len(values)) if weights is None else weights
    parts = parts / parts.sum()
    mean = float(parts @ values)
    return mean, float(np.sqrt(((parts * (values - mean)) ** 2).sum()))


def mean_and_standard_error(
    right: NDArray[Any],
    weights: NDArray[np.float64] | None = None,
    groups: NDArray[np.intp] | None = None,
    y: NDArray[Any] | None = None,
    perfect: float = 1.0,
) -> tuple[float, float]:
    """A mean over cases and its standard error.

    Cases of one group count as one observation, observations of uneven weights as fewer (`effective_number`).

    Parameters
    ----------
    right : bool or float (n_cases,)
    weights : float64 (n_cases,), optional
    groups : int (n_cases,), optional
    y : float64 (n_cases,), optional
        The true numbers, where `right` are merits of a regression. The unit of merits is the variance of y, which is
        known from these cases only. So the mean is a ratio, and its error is that of its linear form.
    perfect : float, default=1.0
        The mean without any error: 0 where `right` are differences of merits.

    Returns
    -------
    mean, standard_error : float
    """
    parts = np.ones(len(right)) if weights is None else weights
    parts = parts / parts.sum()
    mean = float(np.average(right, weights=weights))
    deviations = parts * (right - mean)
    if y is not None:
        squares = (y - np.average(y, weights=weights)) ** 2
        deviations += parts * (perfect - mean) * (squares / np.average(squares, weights=weights) - 1)
    n_known = effective_number(parts)
    if groups is not None:
        group = np.unique(groups, return_inverse=True)[1]
        deviations, parts = (np.bincount(group, of_cases).astype(np.float64) for of_cases in (deviations, parts))
        n_known = min(n_known, float(len(parts)))
    n_observations = effective_number(parts)
    small = n_observations / max(n_observations - 1, 1)  # a mean of few observations lies nearer to them than the truth
    standard_error = float(np.sqrt(small * (deviations**2).sum()))
    if right.dtype == bool:  # of a share, not less than if half of one more case had been the other way
        half = 0.5 / (n_known + 1)
        standard_error = max(standard_error, float(np.sqrt(half * (1 - half) / n_known)))
    elif y is not None:  # of R2, not less than what it costs that also the mean of y is known from these cases only
        standard_error = max(standard_error, abs(perfect - mean) / n_known)
    return mean, standard_error
