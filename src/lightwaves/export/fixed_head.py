"""Linear heads as C that computes with integers, and what calibration must be like for any head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..entries import INT32
from ..estimators.kernel_regression import KernelRegressionHead
from ..estimators.regression import RegressionHead
from ..estimators.ridge import RidgeHead
from ..selection.products import winners
from .head import Head
from .text import numbers, part, rows

MOST_FACTOR = 2**16 - 1  # of a feature
HARDLY_ANY = 0.001  # of the answers to calibration may be lost by coefficients of 8 bits
NEAR = 0.1  # of a regressor's own error: so far a number may move, for which its error grows by half a percent
NOTHING = 1e-6  # of the range of numbers
UNUSUAL = 10.0  # scores are those of other series than the model was fitted on
ALIKE = (0.2, 5.0)  # times their deviations in training: so much the usual feature of calibration varies
Agree = Callable[[NDArray[np.float64]], NDArray[np.bool_]]  # tells which cases get Python's answer


class Sums(NamedTuple):
    """How large the integers of a head become."""

    coefficient_type: str
    coefficient: int
    type: str
    total: int


BYTE = Sums("int8_t", 2**7 - 1, "int32_t", 2**31 - 1)
SHORT = Sums("int16_t", 2**15 - 1, "int64_t", 2**47 - 1)  # what a feature adds is a product of 32 bits


class Seen(NamedTuple):
    """The features of the series of calibration, in the order in which C computes them.

    Attributes
    ----------
    values : int64 (n_features, n_cases)
        The integers that C makes of them.
    sizes : float64 (n_features,)
        What the integers of each feature count in.
    features : float64 (n_features, n_cases)
        As Python has them.
    """

    values: NDArray[np.int64]
    sizes: NDArray[np.float64]
    features: NDArray[np.float64]


def fixed_ridge(head: RidgeHead, order: list[int], seen: Seen) -> Head:
    """The C of a linear head of classes, in integers; calibration is held to `same_classes`.

    Parameters
    ----------
    head : RidgeHead
    order : list of int
        The columns of the features, as they come.
    seen : Seen
    """
    coefficients = head.coef_[:, order].T
    scores = coefficients.T @ seen.features + head.intercept_[:, np.newaxis]
    return in_integers(coefficients, scores, seen, same_classes(scores))


def fixed_regression(head: RegressionHead, order: list[int], seen: Seen) -> Head:
    """The C of a linear head of numbers, in integers; calibration is held to `check_features` and `same_numbers`."""
    coefficients = head.coef_[:, order].T
    check_features(seen.features, head.importances_[order], np.abs(coefficients[:, 0]))
    scores = coefficients.T @ seen.features + head.intercept_[:, np.newaxis]
    agree, offset = same_numbers(head, scores[0]), float(scores.mean())
    of_sums = in_integers(coefficients, scores - offset, seen, lambda found: agree(found[0] + offset))
    return replace(of_sums, offset=offset)


def in_integers(coefficients: NDArray[np.float64], scores: NDArray[np.float64], seen: Seen, agrees: Agree) -> Head:
    """The C of a linear head, in integers.

    A coefficient is an integer times a number for each feature. The feature is multiplied by that number, so that one
    addition for each sum is left. What a feature can add is bounded, by twice as much as in calibration or more, so
    that no sum overflows. Coefficients have 8 bits if that changes hardly any answer to calibration, else 16.

    Parameters
    ----------
    coefficients : float64 (n_features, n_sums)
    scores : float64 (n_sums, n_cases)
        Those of calibration, in Python.
    seen : Seen
    agrees : function
        Tells of scores which cases get the answer that they get in Python.
    """
    made = [tables_of(coefficients, scores, seen, sums) for sums in (BYTE, SHORT)]
    which, n_agree = fewest_bits([np.ldexp(sums_of(tables, seen.values), -tables.bits) for tables in made], agrees)
    tables = made[which]
    n_features, n_sums = coefficients.shape
    source = part(
        "fixed_head.c",
        {
            "feature_most": tables.most,
            "n_features": n_features,
            "n_sums": n_sums,
            "features": rows(
                zip(tables.mean.tolist(), tables.factors.tolist(), tables.shifts.tolist(), strict=True),
            ),
            "t_coefficient": tables.sums.coefficient_type,
            "coefficients": rows(tables.coefficients.tolist()),
            "intercepts": numbers(tables.intercepts),
        },
    )
    score = 2.0**-tables.bits
    return Head(source, n_sums, tables.sums.type, score, n_agree=n_agree, n_cases=scores.shape[1])


def fewest_bits(
    found: list[NDArray[np.float64]],
    agrees: Agree,
    enough: bool = True,
) -> tuple[int, int]:
    """Which of some scores to take, and to how many cases of calibration they give Python's answer.

    Parameters
    ----------
    found : list of float64 (n_sums, n_cases)
        The scores with 8 bits, and with 16: they are taken if that gives more than a few cases the right answer.
    agrees : function
        Tells of scores which cases get the answer that they get in Python.
    enough : bool, default=True
        Whether 8 bits may be enough.
    """
    n_agree = [int(agrees(scores).sum()) for scores in found]
    which = 0 if enough and n_agree[-1] - n_agree[0] <= HARDLY_ANY * found[0].shape[1] else len(found) - 1
    return which, n_agree[which]


def same_classes(scores: NDArray[np.float64]) -> Agree:
    """What tells of scores in integers which cases get the class that Python gives; see `check_scores` for errors."""
    check_scores(scores)
    expected = winners(scores.T)
    check_classes(expected, max(2, len(scores)))
    return lambda found: winners(found.T) == expected


def same_numbers(head: RegressionHead | KernelRegressionHead, numbers: NDArray[np.float64]) -> Agree:
    """What tells which numbers are near those that Python predicts, once all are held within the bounds."""
    check_numbers(numbers, head.bounds_)
    expected, near = head.bounded(numbers), max(NEAR * head.spread_, NOTHING * np.ptp(head.bounds_))
    return lambda found: np.abs(head.bounded(found) - expected) <= near


class Tables(NamedTuple):
    """A linear head in integers: a feature less its mean, times a factor over two to the power of a shift, bounded."""

    sums: Sums
    bits: int
    most: int
    mean: NDArray[np.int64]
    factors: NDArray[np.int64]
    shifts: NDArray[np.int64]
    coefficients: NDArray[np.int64]
    intercepts: NDArray[np.int64]


def tables_of(coefficients: NDArray[np.float64], scores: NDArray[np.float64], seen: Seen, sums: Sums) -> Tables:
    """The tables for coefficients (n_features, n_sums) that give scores (n_sums, n_cases)."""
    values, sizes, _ = seen
    mean = np.rint(values.mean(axis=1))
    varying = (values - mean[:, np.newaxis]) * sizes[:, np.newaxis]
    intercepts = (scores - coefficients.T @ varying).mean(axis=1)
    largest = np.maximum(np.abs(coefficients).max(axis=1), 1e-300)
    shares = coefficients / largest[:, np.newaxis]
    most = min(INT32, sums.total // 2 // (sums.coefficient * len(sizes)))  # half is left to the intercepts
    adds = float((largest * (np.abs(varying).max(axis=1) + sizes)).max())  # the most that a feature has added
    bits = int(
        min(
            np.floor(np.log2(most * sums.coefficient / (2.0 * adds))),
            np.floor(np.log2(sums.total / 2 / max(1e-300, np.abs(intercepts).max()))),
            np.floor(np.log2(MOST_FACTOR * sums.coefficient / float((largest * sizes).max()))),
        )
    )
    factors, shifts = as_shifted(largest / sums.coefficient * sizes * 2.0**bits)
    return Tables(
        sums,
        bits,
        most,
        mean.astype(np.int64),
        factors,
        shifts,
        np.rint(shares * sums.coefficient).astype(np.int64),
        np.rint(intercepts * 2.0**bits).astype(np.int64),
    )


def sums_of(tables: Tables, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sums (n_sums, n_cases) that C forms of the integers of features (n_features, n_cases)."""
    less_mean = values - tables.mean[:, np.newaxis]
    scaled = (less_mean * tables.factors[:, np.newaxis]) >> tables.shifts[:, np.newaxis]
    scaled = np.clip(scaled, -tables.most, tables.most)
    return tables.coefficients.T @ scaled + tables.intercepts[:, np.newaxis]


def check_classes(expected: NDArray[np.intp], n_classes: int) -> None:
    """Make sure that calibration shows what a model tells apart.

    Raises
    ------
    ValueError
        If half of the classes or more are given to none of its series.
    """
    n_given = len(np.unique(expected))
    if n_given <= n_classes // 2:
        raise ValueError(
            f"calibration holds too little: the model gives {n_given} of {n_classes} classes to its {len(expected)} "
            "series. Take series of all classes from training, in the same units, or a model that tells more apart."
        )


def check_scores(scores: NDArray[np.float64]) -> None:
    """Make sure that calibration looks like training, where the scores of classes are about -1 and 1.

    Raises
    ------
    ValueError
        If it does not.
    """
    usual = float(np.median(np.abs(scores).max(axis=0)))
    if not usual <= UNUSUAL:
        raise ValueError(
            f"calibration does not resemble the series that the model was fitted on: its scores are about {usual:.3g}, "
            "where 1 is usual. Take series from training, in the same units."
        )


def check_features(features: NDArray[np.float64], importances: NDArray[np.float64], sizes: NDArray[np.float64]) -> None:
    """Make sure that features vary in calibration about as they do in training.

    Parameters
    ----------
    features : float64 (n_features, n_cases)
    importances : float64 (n_features,)
        The sizes of coefficients of features at the unit variance that they have in training.
    sizes : float64 (n_features,)
        Those of the features as they come.

    Raises
    ------
    ValueError
        If they do not.
    """
    counting = (sizes > 0) & (importances > 0)
    if not counting.any():
        return
    usual = float(np.median(features.std(axis=1)[counting] * sizes[counting] / importances[counting]))
    if not ALIKE[0] <= usual <= ALIKE[1]:
        raise ValueError(
            f"calibration does not resemble the series that the model was fitted on: among its {features.shape[1]} "
            f"series, features vary {usual:.3g} times as much as in training. Take many series from training, in the "
            "same units."
        )


def check_numbers(scores: NDArray[np.float64], bounds: NDArray[np.float64]) -> None:
    """Make sure that a regressor predicts of calibration numbers like those of training.

    Raises
    ------
    ValueError
        If most of them are beyond the bounds of its predictions.
    """
    n_outside = int(np.sum((scores < bounds[0]) | (scores > bounds[1])))
    if 2 * n_outside > len(scores):
        raise ValueError(
            f"calibration does not resemble the series that the model was fitted on: for {n_outside} of its "
            f"{len(scores)} series, the number ends beyond {bounds[0]:.3g} and {bounds[1]:.3g}, which no prediction "
            "leaves. Take series from training, in the same units."
        )


def as_shifted(numbers_of: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of at most ``MOST_FACTOR`` as integers of 16 bits over a power of two."""
    mantissas, exponents = np.frexp(numbers_of)
    shifts = 16 - exponents
    integers = np.rint(mantissas * 2.0**16).astype(np.int64)
    integers, shifts = np.where(shifts > 62, 0, integers), np.minimum(shifts, 62)
    return np.minimum(integers, MOST_FACTOR), np.maximum(shifts, 0)
