"""Calibration: probabilities from scores, by cases whose scores are those of a model that has not seen them.

After Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599, section 4.2
(temperature scaling), and Platt, "Probabilistic Outputs for Support Vector Machines", 1999, section 2.2 (smoothed
targets).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

MANY = 300  # cases that carry a second parameter
FARTHEST, USUAL = 5.0, 0.9  # scores beyond so many times the size that so many of the cases have are made smaller
WILD = 6.0  # times its price: fewer cases carry it, too, where one of them would else decide all probabilities
LEAST_FLOOR = 1e-6
COLDEST, HOTTEST = -7.0, 7.0  # logarithms of the temperature
HOTTER = np.log(4.0)  # at most, with a floor than without: else no case would be less sure than others


def calibration(
    scores: NDArray[np.float64], codes: NDArray[np.intp], weights: NDArray[np.float64] | None = None
) -> tuple[float, float]:
    """The temperature and the floor of the largest likelihood.

    Targets are smoothed: as if half of one more case had been taken for another class. So no probability is 0 or 1,
    however well the classes separate. Cases of uneven weights count as fewer: as many as the geometric mean of their
    number and of the `effective_number`. The floor is above the least one only where it
    raises the likelihood by more than its price (Schwarz's criterion); for few cases, by six times that.

    No case shall decide for all. So the scores of a case that are farther from 0 than five times what nine of ten cases
    are, are made smaller.

    Parameters
    ----------
    scores : float64 (n_cases, n_classes)
    codes : int (n_cases,)
        Classes as 0, 1, ...
    weights : float64 (n_cases,), optional
        How often each case counts.

    Returns
    -------
    temperature, floor : float
        See `probabilities`.
    """
    n_cases, n_classes = scores.shape
    sizes = np.abs(scores).max(axis=1, keepdims=True)
    farthest = FARTHEST * np.quantile(sizes, USUAL)
    scores = scores * np.divide(farthest, sizes, out=np.ones(sizes.shape), where=(sizes > farthest) & (farthest > 0))
    counted = effective_number(np.ones(n_cases) if weights is None else weights)
    mistaken = 0.5 / (np.sqrt(n_cases * counted) + 1.0)
    targets = np.full(scores.shape, mistaken / (n_classes - 1))
    targets[np.arange(n_cases), codes] = 1.0 - mistaken
    if weights is not None:
        targets *= (counted / weights.sum()) * weights[:, np.newaxis]

    def loss(log_temperature: float, floor: float = 0.0) -> float:
        logs = log_softmax(np.exp(log_temperature) * scores, axis=1)
        if floor:  # also the least one would cap what a mistake costs, and without errors no temperature be too high
            logs = np.logaddexp(np.log1p(-floor) + logs, np.log(floor / n_classes))
        return -float((targets * logs).sum())

    first = minimize_scalar(loss, bounds=(COLDEST, HOTTEST), method="bounded")
    price = 0.5 * np.log(counted) * (1.0 if counted >= MANY else WILD)
    if first.fun > price:
        start = [first.x, np.log(0.01)]
        limits = [(COLDEST, min(first.x + HOTTER, HOTTEST)), (np.log(LEAST_FLOOR), np.log(0.5))]
        both = minimize(lambda at: loss(at[0], np.exp(at[1])), start, bounds=limits, method="Nelder-Mead")
        if first.fun - both.fun > price:
            return float(np.exp(both.x[0])), float(np.exp(both.x[1]))
    return float(np.exp(first.x)), LEAST_FLOOR


def effective_number(weights: NDArray[np.float64]) -> float:
    """How many cases of equal weight say as much as cases of these weights.

    Five cases of a rare class, which together weigh as much as 500 others, count with these as 20 cases. See Kish,
    "Survey Sampling", 1965, section 11.7.
    """
    weights = weights / weights.max()  # so that equal ones are 1 and counted exactly
    return float(weights.sum()) ** 2 / float((weights**2).sum())


def probabilities(scores: NDArray[np.float64], temperature: float, floor: float) -> NDArray[np.float64]:
    """What calibration makes of scores: ``(1 - floor) * softmax(temperature * scores) + floor / n_classes``.

    Parameters
    ----------
    scores : float64 (n_cases, n_classes), or (n_cases,) for two classes
        In the latter case the score of the second; that of the first is its negative.
    temperature, floor : float

    Returns
    -------
    float64 (n_cases, n_classes)
    """
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    with np.errstate(under="ignore"):  # a score far below another has no part but its share of the floor
        return (1.0 - floor) * softmax(temperature * scores, axis=1) + floor / scores.shape[1]
