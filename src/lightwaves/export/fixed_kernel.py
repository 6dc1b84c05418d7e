"""Kernel heads as C that computes with integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..estimators.kernel import KernelHead, Landmarks
from ..estimators.kernel_regression import FARTHEST, KernelRegressionHead
from .features import whole
from .fixed_head import MOST_FACTOR, Agree, Seen, as_shifted, check_features, fewest_bits, same_classes, same_numbers
from .head import Head
from .text import numbers, part, rows

ONE_BITS = 12  # a feature counts in deviations over two to the power of this
FARTHEST_OUT = 64.0  # deviations: what lies farther out is cut off
LIKENESS_BITS = 24  # a likeness of 1 is two to the power of this
FRACTION_BITS = 16  # of an exponent
POWER_BITS = 6  # so many powers of two between 1 / 2 and 1 are in a table; it is linear between them
COEFFICIENT = 2**15 - 1
SUM_BITS = 61  # what a sum may grow to
MOST_CENTRE = 2**30
MOST_COMPARED = 2**14  # features: of more, squared distances in 16 bits could leave no room for what they are times
STEADY = 0.005  # of the usual lead of a label: so far 8 bits may move it
SMALLEST = 1e-300  # stands for a largest value of 0


class Grains(NamedTuple):
    """What features and landmarks are compared in.

    Attributes
    ----------
    type : str
    bits : int
        They count in deviations over two to the power of this.
    most : int
        The largest value; what is larger is taken as this.
    """

    type: str
    bits: int
    most: int


BYTE = Grains("int8_t", 4, 2**7 - 1)
SHORT = Grains("int16_t", 9, 2**15 - 1)


@dataclass(frozen=True)
class Bent:
    """What a kernel head of either kind says of features at unit variance.

    Attributes
    ----------
    mean, deviation : float64 (n_features,)
    farthest : float
        Deviations at which features are cut off.
    landmarks : float64 (n_landmarks, n_features)
    width : float
    coefficients : float64 (n_features + n_landmarks, n_sums)
        Of features at unit variance, and of likenesses.
    intercepts : float64 (n_sums,)
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    farthest: float
    landmarks: NDArray[np.float64]
    width: float
    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of features as they come, (n_features, n_cases): float64 (n_sums, n_cases)."""
        standard = np.clip((features.T - self.mean) / self.deviation, -self.farthest, self.farthest)
        likenesses = Landmarks.of(self.landmarks).likenesses(standard, self.width)
        return (np.hstack([standard, likenesses]) @ self.coefficients + self.intercepts).T


def fixed_kernel(head: KernelHead, order: list[int], seen: Seen) -> Head:
    """The C of a kernel head of classes, in integers; see `fixed_ridge`."""
    linear, mean, deviation = head.coef_[:, order].T, head.mean_[order], head.deviation_[order]
    bent = Bent(
        mean,
        deviation,
        np.inf,
        head.landmarks_[:, order].astype(np.float64),
        head.width_,
        np.vstack([linear * deviation[:, np.newaxis], head.weights_]),
        head.intercept_ + mean @ linear,
    )
    scores = bent.scores(seen.features)
    return bent_in_integers(bent, scores, seen, same_classes(scores), steady)


def fixed_kernel_regression(head: KernelRegressionHead, order: list[int], seen: Seen) -> Head:
    """The C of a kernel head of numbers, in integers; see `fixed_regression`."""
    bent = Bent(
        head.mean_[order],
        head.deviation_[order],
        FARTHEST,
        head.landmarks_[:, order].astype(np.float64),
        head.width_,
        np.concatenate([head.coef_[order], head.weights_])[:, np.newaxis],
        np.array([head.intercept_]),
    )
    check_features(seen.features, head.importances_[order], head.sensitivities()[order])
    predicted = bent.scores(seen.features)
    back = head.target_.back
    agree = same_numbers(head, back(predicted[0]))
    return bent_in_integers(bent, predicted, seen, lambda found: agree(back(found[0])))


def bent_in_integers(
    bent: Bent,
    scores: NDArray[np.float64],
    seen: Seen,
    agrees: Agree,
    steady: Callable[[NDArray[np.float64], NDArray[np.float64]], bool] = lambda few, many: True,
) -> Head:
    """The C of a kernel head, in integers.

    A feature at unit variance is an integer. It is added to the sums, times coefficients of 16 bits. It is kept in
    coarser units, to be compared with the landmarks: in 8 bits if these are steady, and that changes hardly any answer
    to calibration, else in 16.

    Parameters
    ----------
    bent : Bent
    scores : float64 (n_sums, n_cases)
        Those of calibration, in Python.
    seen : Seen
    agrees : function
        Tells of scores which cases get the answer that they get in Python.
    steady : function, optional
        Tells of scores with 8 bits and with 16 whether they are nearly the same.
    """
    some = (BYTE, SHORT) if len(seen.sizes) <= MOST_COMPARED else (BYTE,)
    made = [Tables.of(bent, scores, seen, grains) for grains in some]
    found = [np.ldexp(tables.sums(seen.values), -tables.bits) for tables in made]
    which, n_agree = fewest_bits(found, agrees, steady(found[0], found[-1]))
    tables = made[which]
    grains, n_sums = tables.grains, len(scores)
    n_landmarks, n_features = tables.landmarks.shape
    landmarks = np.zeros((n_landmarks, whole(n_features)), np.int64)
    landmarks[:, :n_features] = tables.landmarks
    source = part(
        "fixed_likenesses.c",
        {
            "ones": 2**ONE_BITS,
            "cut_off": tables.cut_off,
            "n_features": n_features,
            "features": rows(
                zip(tables.centres.tolist(), tables.factors.tolist(), tables.shifts.tolist(), strict=True),
            ),
            "compared": grains.type,
            "grains": 2**grains.bits,
            "grain_shift": ONE_BITS - grains.bits,
            "most": grains.most,
            "n_landmarks": n_landmarks,
            "n_compared": landmarks.shape[1],
            "landmarks": numbers(landmarks.reshape(-1).tolist()),
            "n_added": n_features + n_landmarks,
            "n_sums": n_sums,
            "coefficients": rows(tables.coefficients.tolist()),
            "intercepts": numbers(tables.intercepts.tolist()),
            "n_powers": 2**POWER_BITS,
            "likeness_bits": LIKENESS_BITS,
            "powers": numbers(POWERS.tolist()),
            "power_step": 2 ** (FRACTION_BITS - POWER_BITS),
            "distance": "int32_t" if landmarks.shape[1] * (2 * grains.most) ** 2 < 2**31 else "int64_t",
            "nearness": tables.nearness,
            "nearness_shift": tables.nearness_shift,
            "feature_unit": tables.feature_unit,
            "likeness_unit": tables.likeness_unit,
        },
    )
    return Head(
        source,
        n_sums,
        "int64_t",
        2.0**-tables.bits,
        n_compared=landmarks.shape[1],
        compared=grains.type,
        n_agree=n_agree,
        n_cases=scores.shape[1],
    )


POWERS = np.rint(np.ldexp(2.0 ** (-np.arange(2**POWER_BITS + 1) / 2**POWER_BITS), LIKENESS_BITS)).astype(np.int64)


@dataclass(frozen=True)
class Tables:
    """A kernel head in integers.

    Attributes
    ----------
    grains : Grains
    cut_off : int
        The largest value of a feature at unit variance.
    factors, shifts, centres : int64 (n_features,)
        They bring a feature to unit variance: it is multiplied, shifted, and less its centre.
    landmarks : int64 (n_landmarks, n_features)
    nearness, nearness_shift : int
        They make of a squared distance how often a likeness of 1 is halved.
    coefficients : int64 (n_features + n_landmarks, n_sums)
    feature_unit, likeness_unit : int
        What features and likenesses are multiplied by before coefficients, so that both count in one unit.
    intercepts : int64 (n_sums,)
    bits : int
        Sums count in scores over two to the power of this.
    """

    grains: Grains
    cut_off: int
    factors: NDArray[np.int64]
    shifts: NDArray[np.int64]
    centres: NDArray[np.int64]
    landmarks: NDArray[np.int64]
    nearness: int
    nearness_shift: int
    coefficients: NDArray[np.int64]
    feature_unit: int
    likeness_unit: int
    intercepts: NDArray[np.int64]
    bits: int

    @classmethod
    def of(cls, bent: Bent, scores: NDArray[np.float64], seen: Seen, grains: Grains) -> Tables:
        """The tables of a head for integers of features, compared in some grains; see `bent_in_integers`."""
        values, sizes, features = seen
        # A feature that hardly varied beside what its integers count in is held to what fits; calibration tells if it
        # matters.
        most = np.minimum(MOST_FACTOR, MOST_CENTRE / np.maximum(np.abs(values).max(axis=1), 1))
        factors, shifts = as_shifted(np.minimum(np.ldexp(sizes / bent.deviation, ONE_BITS), most))
        standard = np.ldexp((features.mean(axis=1) - bent.mean) / bent.deviation, ONE_BITS)
        scaled = (values * factors[:, np.newaxis]) >> shifts[:, np.newaxis]
        centres = np.clip(np.rint(scaled.mean(axis=1) - standard), -MOST_CENTRE, MOST_CENTRE).astype(np.int64)
        farthest = min(bent.farthest, FARTHEST_OUT)
        landmarks = np.clip(np.rint(np.ldexp(bent.landmarks, grains.bits)), -grains.most, grains.most).astype(np.int64)
        nearness, nearness_shift = as_shifted(np.ldexp([bent.width * np.log2(np.e)], FRACTION_BITS - 2 * grains.bits))

        n_features, sizes_of = len(sizes), np.abs(bent.coefficients)
        of_features, of_likenesses = sizes_of[:n_features], sizes_of[n_features:]
        largest = 2 * (farthest * of_features.sum(axis=0) + of_likenesses.sum(axis=0)).max() + np.abs(scores).max()
        bits = SUM_BITS - int(np.ceil(np.log2(max(largest, SMALLEST))))
        first = min(bits_of(of_features), bits - ONE_BITS)
        last = min(bits_of(of_likenesses), bits - LIKENESS_BITS)
        counted = np.repeat([first, last], [n_features, len(landmarks)])
        tables = cls(
            grains,
            round(farthest * 2**ONE_BITS),
            factors,
            shifts,
            centres,
            landmarks,
            int(nearness[0]),
            int(nearness_shift[0]),
            np.rint(np.ldexp(bent.coefficients, counted[:, np.newaxis])).astype(np.int64),
            2 ** (bits - ONE_BITS - first),
            2 ** (bits - LIKENESS_BITS - last),
            np.zeros(len(scores), np.int64),
            bits,
        )
        # The usual case, not the mean of all: one far out is cut off here, and not in Python.
        lacking = np.median(np.ldexp(scores, bits) - tables.sums(values), axis=1)
        intercepts = np.rint(lacking).astype(np.int64)
        return replace(tables, intercepts=intercepts)

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sums (n_sums, n_cases) that C forms of the integers of features (n_features, n_cases)."""
        scaled = (values * self.factors[:, np.newaxis]) >> self.shifts[:, np.newaxis]
        standard = np.clip(scaled - self.centres[:, np.newaxis], -self.cut_off, self.cut_off)
        added = np.vstack([standard * self.feature_unit, self.likenesses(standard) * self.likeness_unit])
        return self.coefficients.T @ added + self.intercepts[:, np.newaxis]

    def likenesses(self, standard: NDArray[np.int64]) -> NDArray[np.int64]:
        """To each landmark, (n_landmarks, n_cases), of features at unit variance, (n_features, n_cases)."""
        shift, most = ONE_BITS - self.grains.bits, self.grains.most
        compared = np.clip((standard + (1 << shift) // 2) >> shift, -most, most).T
        # All numbers are integers below 2**53.
        distances = Landmarks.of(self.landmarks).squared_distances(compared.astype(np.float64)).T.astype(np.int64)
        exponents = (distances * self.nearness) >> self.nearness_shift
        fractions, step = exponents & (2**FRACTION_BITS - 1), 2 ** (FRACTION_BITS - POWER_BITS)
        high, low = POWERS[fractions // step], POWERS[fractions // step + 1]
        found = (high - (high - low) * (fractions % step) // step) >> np.minimum(exponents >> FRACTION_BITS, 62)
        return np.where(exponents >> FRACTION_BITS < LIKENESS_BITS, found, 0)


def steady(few: NDArray[np.float64], many: NDArray[np.float64]) -> bool:
    """Whether 8 bits hardly move by how much labels lead.

    Calibration holds landmarks, which lead by far. So labels do not tell how many of other cases would change.

    Parameters
    ----------
    few, many : float64 (n_sums, n_cases)
        Scores of classes with 8 bits, and with 16.
    """
    moved = leads(few) - leads(many)
    return bool(np.median(np.abs(moved)) <= STEADY * np.median(leads(many)))


def leads(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the best score of each case exceeds the next one."""
    of_classes = np.vstack([-scores, scores]) if len(scores) == 1 else scores
    next_one, best = np.partition(of_classes, -2, axis=0)[-2:]
    return np.asarray(best - next_one)


def bits_of(coefficients: NDArray[np.float64]) -> int:
    """The power of two that brings the largest of some coefficients to 15 bits."""
    return int(np.floor(np.log2(COEFFICIENT / max(coefficients.max(initial=0.0), SMALLEST))))
