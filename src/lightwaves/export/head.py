"""Heads as C: one function for each kind of head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..estimators.heads import winners
from ..estimators.kernel import KernelHead, Landmarks
from ..estimators.kernel_regression import FARTHEST, KernelRegressionHead
from ..estimators.regression import RegressionHead
from ..estimators.ridge import RidgeHead
from .features import Features, whole
from .fixed import Units
from .text import integer_type, number, numbers, part, rows

MOST = 2**31 - 1  # of an integer coefficient, where C computes with real numbers
MOST_FACTOR = 2**16 - 1  # of a feature
MUCH = 300.0  # added to a score of about 1: the roundings of float32 would move it by 3e-6
HARDLY_ANY = 0.001  # of the answers to calibration may be lost by coefficients of 8 bits
NEAR = 0.1  # of a regressor's own error: so far a number may move, for which its error grows by half a percent
NOTHING = 1e-6  # of the range of numbers
UNUSUAL = 10.0  # scores are those of other series than the model was fitted on
ALIKE = (0.2, 5.0)  # times their deviations in training: so much the usual feature of calibration varies


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


def check_head(head: Any, dtype: str) -> None:
    """Make sure that a head can be written.

    Parameters
    ----------
    head : classifier or regressor
    dtype : {"float32", "int16"}
        What C computes with.

    Raises
    ------
    TypeError
        If there is no C for it.
    """
    if type(head) in (WRITERS if dtype == "float32" else FIXED):
        return
    name = type(head).__name__
    if type(head) in WRITERS:
        others = ", ".join(kind.__name__ for kind in FIXED)
        raise TypeError(f'there is no C of {dtype} for {name}, only for {others}: say dtype="float32".')
    raise TypeError(
        f"there is no C for the head {name}: fit with one of the library's own, such as classifier=None or "
        "regressor=None."
    )


def head_of(head: Any, found: list[Features], units: Units | None = None) -> Head:
    """The C of a head that has been checked.

    Parameters
    ----------
    head : classifier or regressor
    found : list of Features
        In the order in which they are computed.
    units : Units, optional
        With them, C computes with integers.

    Returns
    -------
    Head
    """
    order = [column for features in found for column in features.order]
    if units is None:
        return WRITERS[type(head)](head, order)
    sizes = np.array([size for features in found for size in features.sizes])
    values = np.concatenate([features.values for features in found])
    return FIXED[type(head)](head, sizes, values, units.features[order], order)


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


def fixed_ridge(
    head: RidgeHead,
    sizes: NDArray[np.float64],
    values: NDArray[np.int64],
    features: NDArray[np.float64],
    order: list[int],
) -> Head:
    """The C of a linear head of classes, in integers.

    Parameters
    ----------
    head : RidgeHead
    sizes : float64 (n_features,)
        What the integers of each feature count in.
    values : int64 (n_features, n_cases)
        The integers that C makes of the series of calibration.
    features : float64 (n_features, n_cases)
        Their features in Python.
    order : list of int
        The columns of the features, as they come.

    Raises
    ------
    ValueError
        If the scores of calibration are far from those of training.
    """
    coefficients = head.coef_[:, order].T
    scores = coefficients.T @ features + head.intercept_[:, np.newaxis]
    check_scores(scores)
    expected = classes(scores)
    check_classes(expected, max(2, len(scores)))
    return in_integers(coefficients, scores, values, sizes, lambda found: classes(found) == expected)


def fixed_regression(
    head: RegressionHead,
    sizes: NDArray[np.float64],
    values: NDArray[np.int64],
    features: NDArray[np.float64],
    order: list[int],
) -> Head:
    """The C of a linear head of numbers, in integers.

    Parameters
    ----------
    head : RegressionHead
    sizes, values, features, order : as for `fixed_ridge`

    Raises
    ------
    ValueError
        If features vary much more or much less in calibration than in training, or if numbers are far from those of it.
    """
    coefficients = head.coef_[:, order].T
    check_features(features, head.importances_[order], np.abs(coefficients[:, 0]))
    scores = coefficients.T @ features + head.intercept_[:, np.newaxis]
    check_numbers(scores[0], head.bounds_)
    expected = head.bounded(scores[0])
    near = max(NEAR * head.spread_, NOTHING * np.ptp(head.bounds_))
    offset = float(scores.mean())

    def agrees(sums: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.abs(head.bounded(sums[0] + offset) - expected) <= near

    return replace(in_integers(coefficients, scores - offset, values, sizes, agrees), offset=offset)


def in_integers(
    coefficients: NDArray[np.float64],
    scores: NDArray[np.float64],
    values: NDArray[np.int64],
    sizes: NDArray[np.float64],
    agrees: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
) -> Head:
    """The C of a linear head, in integers.

    A coefficient is an integer times a number for each feature. The feature is multiplied by that number, so that one
    addition for each sum is left. What a feature can add is bounded, by twice as much as in calibration or more, so
    that no sum overflows. Coefficients have 8 bits if that changes hardly any answer to calibration, else 16.

    Parameters
    ----------
    coefficients : float64 (n_features, n_sums)
    scores : float64 (n_sums, n_cases)
        Those of calibration, in Python.
    values, sizes : as for `fixed_ridge`
    agrees : function
        Tells of scores which cases get the answer that they get in Python.
    """
    made = [tables_of(coefficients, scores, values, sizes, sums) for sums in (BYTE, SHORT)]
    eight, sixteen = (int(agrees(np.ldexp(sums_of(tables, values), -tables.bits)).sum()) for tables in made)
    n_cases = scores.shape[1]
    tables = made[0] if sixteen - eight <= HARDLY_ANY * n_cases else made[1]
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
    n_agree = eight if tables is made[0] else sixteen
    score = 2.0**-tables.bits
    return Head(source, n_sums, tables.sums.type, score, n_agree=n_agree, n_cases=n_cases)


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


def tables_of(
    coefficients: NDArray[np.float64],
    scores: NDArray[np.float64],
    values: NDArray[np.int64],
    sizes: NDArray[np.float64],
    sums: Sums,
) -> Tables:
    """The tables for coefficients (n_features, n_sums) that give scores (n_sums, n_cases)."""
    mean = np.rint(values.mean(axis=1))
    varying = (values - mean[:, np.newaxis]) * sizes[:, np.newaxis]
    intercepts = (scores - coefficients.T @ varying).mean(axis=1)
    largest = np.maximum(np.abs(coefficients).max(axis=1), 1e-300)
    shares = coefficients / largest[:, np.newaxis]
    most = sums.total // 2 // (sums.coefficient * len(sizes))  # half is left to the intercepts
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


def classes(scores: NDArray[Any]) -> NDArray[np.intp]:
    """The class of each case, from sums (n_sums, n_cases)."""
    return winners(scores[0] if len(scores) == 1 else scores.T)


def as_shifted(numbers_of: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of at most ``MOST_FACTOR`` as integers of 16 bits over a power of two."""
    mantissas, exponents = np.frexp(numbers_of)
    shifts = 16 - exponents
    integers = np.rint(mantissas * 2.0**16).astype(np.int64)
    integers, shifts = np.where(shifts > 62, 0, integers), np.minimum(shifts, 62)
    return np.minimum(integers, MOST_FACTOR), np.maximum(shifts, 0)


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


WRITERS: dict[type, Callable[[Any, list[int]], Head]] = {
    RidgeHead: ridge,
    KernelHead: kernel,
    RegressionHead: ridge,
    KernelRegressionHead: kernel_regression,
}
FIXED: dict[type, Callable[..., Head]] = {RidgeHead: fixed_ridge, RegressionHead: fixed_regression}
