"""Ridges from sums over cases, for more cases than fit into memory: each is looked at once, and forgotten.

A case becomes a column of whole numbers: its features, standardised by means and deviations that are known before, and
rounded to multiples of 2**-11; a 1, for the intercept; and its targets. All are multiplied by the root of the case's
weight before they are rounded. The sums of their products are whole numbers that float64 holds exactly. So the sums
have no order: whoever adds up which cases, in blocks of whatever size, comes to the same bits.

Cases are dealt into folds, and each fold has its own sums. The sums of all folds but one are those of a ridge that has
not seen that fold; and what that ridge makes of the fold can be told from the fold's sums alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..parallel.threads import one_blas_thread
from ..sharing import cached_property
from .discriminant import ScoreSums
from .products import targets_of
from .tiles import Factor

GRAIN = 11  # whole numbers are multiples of 2**-GRAIN deviations
FARTHEST = 64.0  # deviations: values beyond are cut off
EXACT = 2.0**53  # up to here float64 holds every integer
CONSTANT = 1e-9  # a smaller part of the deviation that was expected is none


@dataclass(frozen=True)
class Grid:
    """How features become whole numbers.

    Attributes
    ----------
    mean : float64 (n_features,)
    deviation : float64 (n_features,)
        Above 0. Neither has to be exact: what is added up is standardised again.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Grid:
        """The grid for features like these, (n_features, n_cases); 1 is the deviation of a constant one."""
        mean, deviation = mean_and_deviation_of_rows(rows, weights)
        return cls(mean, np.where(deviation > CONSTANT * np.abs(mean), deviation, 1.0))

    def whole(self, rows: NDArray[Any], roots: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Features, (n_features, n_cases), as whole numbers.

        Parameters
        ----------
        rows : float32 or float64 (n_features, n_cases)
        roots : float64 (n_cases,), optional
            The root of each case's weight.
        """
        numbers = np.subtract(rows, self.mean[:, np.newaxis], dtype=np.float64)
        numbers *= (2.0**GRAIN / self.deviation)[:, np.newaxis]
        limit = FARTHEST * 2.0**GRAIN
        np.clip(numbers, -limit, limit, out=numbers)
        if roots is not None:
            numbers *= roots
        return np.rint(numbers, out=numbers)


@dataclass(frozen=True)
class Basis:
    """What a ridge by sums is fitted on.

    Attributes
    ----------
    grid : Grid
    penalties : float64 (n_penalties,)
        Those that compete, for each case.
    lift : function, or None
        Makes other features, float64 (n_lifted, n_cases), of features, float32 (n_features, n_cases).
    units : float64 (n_lifted,), or None
        See `SummedRidge.coefficients`.
    """

    grid: Grid
    penalties: NDArray[np.float64]
    lift: Callable[[NDArray[np.float32]], NDArray[np.float64]] | None = None
    units: NDArray[np.float64] | None = None

    @property
    def n_features(self) -> int:
        """How many features the ridge has."""
        return len(self.grid.mean)

    def whole(self, rows: NDArray[np.float32], roots: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """What is added up of features, (n_features, n_cases); see `Grid.whole`."""
        return self.grid.whole(rows if self.lift is None else self.lift(rows), roots)

    def numbers(
        self, rows: NDArray[np.float32], y: NDArray[Any], n_classes: int, roots: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """All numbers of some cases, (n_numbers, n_cases), as `Sums.add` takes them; see `targets_of` for y."""
        return np.vstack([self.whole(rows, roots), whole_targets(targets_of(y, n_classes), roots)])

    def cut_off(self, numbers: NDArray[np.float64], roots: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
        """Which cases have a feature that was cut off, as it is far from those of the grid; of what `numbers` gave.

        Not those of so small a weight that even this counts as less than one deviation.
        """
        limit = np.full(numbers.shape[1], FARTHEST) if roots is None else FARTHEST * roots
        at_limit = np.abs(numbers[: self.n_features]) >= np.rint(2.0**GRAIN * limit)
        return np.asarray(at_limit.any(axis=0) & (limit >= 1.0))

    def scores(self, rows: NDArray[np.float32], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a ridge with such coefficients says of features: float64 (n_cases, n_outputs)."""
        numbers = rows if self.lift is None else self.lift(rows)
        standard = (numbers - self.grid.mean[:, np.newaxis]) / self.grid.deviation[:, np.newaxis]
        return standard.T @ coefficients[:-1] + coefficients[-1]


def mean_and_deviation_of_rows(
    rows: NDArray[Any], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each row over the cases, (n_rows, n_cases), which count by their weights."""
    wide = np.asarray(rows, np.float64)
    if weights is None:
        return wide.mean(axis=1), wide.std(axis=1)
    mean = np.average(wide, axis=1, weights=weights)
    return mean, np.sqrt(np.average((wide - mean[:, np.newaxis]) ** 2, axis=1, weights=weights))


def n_targets(n_classes: int) -> int:
    """How many targets a case has."""
    return n_classes if n_classes > 2 else 1


def whole_targets(values: NDArray[np.float64], roots: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """The 1 of the intercept, and targets, (n_cases, n_outputs), as whole numbers: (1 + n_outputs, n_cases)."""
    numbers = np.vstack([np.ones(len(values)), values.T])
    return np.rint(2.0**GRAIN * (numbers if roots is None else numbers * roots))


class Sums:
    """Sums of the products of whole numbers, fold by fold.

    Parameters
    ----------
    n_folds : int
    n_features : int
    n_outputs : int

    Attributes
    ----------
    products : float64 (n_folds, n_numbers, n_numbers)
        Whole numbers. A case has n_features numbers, then the 1 of the intercept, then n_outputs targets.
    """

    def __init__(self, n_folds: int, n_features: int, n_outputs: int):
        self.n_features, self.n_outputs = n_features, n_outputs
        n_numbers = n_features + 1 + n_outputs
        self.products = np.zeros((n_folds, n_numbers, n_numbers))

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return len(self.products)

    def add(self, numbers: NDArray[np.float64], fold: NDArray[np.intp] | None = None) -> None:
        """Add some cases.

        Parameters
        ----------
        numbers : float64 (n_numbers, n_cases)
            Whole numbers; see `Grid.whole` and `whole_targets`.
        fold : int (n_cases,), optional
            Of which fold each case is; the first by default.
        """
        for number in [0] if fold is None else np.unique(fold).tolist():
            some = numbers if fold is None else numbers[:, fold == number]
            self.products[number] += some @ some.T  # threads work meanwhile, as they would not with BLAS by SciPy

    def merge(self, products: NDArray[np.float64]) -> None:
        """Add the products that somebody else has added up.

        Raises
        ------
        OverflowError
            If there are so many cases that sums would no longer be exact.
        """
        self.products += products
        self.check()

    def check(self) -> None:
        """Raise an OverflowError if sums are too large to be exact; none is larger than those of squares."""
        if not np.einsum("fii->fi", self.products).max(initial=0.0) < EXACT:  # as NaN is not, either
            raise OverflowError("there are too many cases, or weights are too large, for sums that are exact.")

    def of_all(self) -> SummedRidge:
        """The ridge on all folds."""
        return SummedRidge(self.products.sum(axis=0), self.n_features)

    def without(self, fold: int) -> SummedRidge:
        """The ridge on all folds but one."""
        return SummedRidge(self.products.sum(axis=0) - self.products[fold], self.n_features)

    def present(self) -> list[int]:
        """The folds that have cases, if others have some too."""
        counts = self.products[:, self.n_features, self.n_features]
        folds = np.flatnonzero(counts).tolist()
        return folds if len(folds) > 1 else []


class SummedRidge:
    """A ridge with an intercept, by the sums of products over its cases.

    Parameters
    ----------
    products : float64 (n_numbers, n_numbers)
        See `Sums`.
    n_features : int
    """

    def __init__(self, products: NDArray[np.float64], n_features: int):
        self._products, self.n_features = products, n_features

    @property
    def class_counts(self) -> NDArray[np.float64]:
        """The weight of the cases of each of more than two classes."""
        one = self.n_features
        return (self._products[one, one] + self._products[one, one + 1 :]) / 2.0 / 4.0**GRAIN

    @property
    def count(self) -> float:
        """The weight of all cases."""
        return float(self._products[self.n_features, self.n_features]) / 4.0**GRAIN

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Of each number but the 1, less what the grid takes for it, float64 (n_features + n_outputs,)."""
        one = self.n_features
        return np.delete(self._products[one], one) / self._products[one, one]

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """Of the features and the targets, float64 (n_features + n_outputs, n_features + n_outputs)."""
        one = self.n_features
        rest = np.delete(np.delete(self._products, one, axis=0), one, axis=1)
        return rest / self._products[one, one] - np.outer(self.mean, self.mean)

    @cached_property
    def deviation(self) -> NDArray[np.float64]:
        """Of each feature, in units of the grid's; infinite for a constant one."""
        variance = np.diag(self.covariance)[: self.n_features]
        return np.where(variance > 4.0**-GRAIN * CONSTANT, np.sqrt(np.maximum(variance, 0.0)), np.inf)

    @one_blas_thread()
    def coefficients(self, penalty: float, units: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Those of the features in units of the grid's deviations, and the intercept.

        Parameters
        ----------
        penalty : float
            For each case.
        units : float64 (n_features,), optional
            The penalty is on coefficients of features divided by these; by default, by their deviations.

        Returns
        -------
        float64 (n_features + 1, n_outputs)
        """
        n_features, units = self.n_features, self.deviation if units is None else units
        matrix = self.covariance[:n_features, :n_features] / units / units[:, np.newaxis]
        right = self.covariance[:n_features, n_features:] / units[:, np.newaxis]
        solution = Factor(matrix, penalty).solve(right) / units[:, np.newaxis]
        return np.vstack([solution, self.intercept(solution)])

    def intercept(self, slopes: NDArray[np.float64]) -> NDArray[np.float64]:
        """With which such coefficients of the features, (n_features, n_outputs), are right in the mean."""
        return self.mean[self.n_features :] - self.mean[: self.n_features] @ slopes

    def score_sums(self, coefficients: NDArray[np.float64]) -> ScoreSums:
        """The sums of a ridge's scores of these cases, of more than two classes."""
        one = self.n_features
        own, target, products = slice(None, one + 1), slice(one + 1, None), self._products / 4.0**GRAIN
        of_class = (products[own, one, np.newaxis] + products[own, target]) / 2.0  # as targets are 1 and -1
        squares = coefficients.T @ products[own, own] @ coefficients
        return ScoreSums(self.class_counts, of_class.T @ coefficients, squares)

    def squared_error(self, coefficients: NDArray[np.float64]) -> float:
        """The squared error of a ridge's scores of these cases, summed over cases and outputs."""
        own, target = slice(None, self.n_features + 1), slice(self.n_features + 1, None)
        products = self._products
        twice = 2.0 * (products[own, target] * coefficients).sum()
        fitted = (coefficients * (products[own, own] @ coefficients)).sum()
        return float(np.trace(products[target, target]) - twice + fitted) / 4.0**GRAIN


def score_sums(sums: Sums, penalty: float, units: NDArray[np.float64] | None = None) -> dict[int, ScoreSums]:
    """What ridges say of each fold that they have not seen.

    Of a fold that has all cases of a class, it is what the ridge on all says, which knows that class. Where there is
    one fold, it stands for all; its number is then -1.

    Parameters
    ----------
    sums : Sums
        Of more than two classes.
    penalty, units : as for `SummedRidge.coefficients`
    """
    folds, everyone, of_fold = sums.present(), sums.of_all(), {}
    own = everyone.coefficients(penalty, units)
    if not folds:
        return {-1: everyone.score_sums(own)}
    for f in folds:
        fold, others = SummedRidge(sums.products[f], sums.n_features), sums.without(f)
        coefficients = own
        if not ((others.class_counts <= 0) & (fold.class_counts > 0)).any():
            coefficients = others.coefficients(penalty, units)
            coefficients[-1] = everyone.intercept(coefficients[:-1])  # that of others would tell the fold's classes
        of_fold[f] = fold.score_sums(coefficients)
    return of_fold


def best_penalty(sums: Sums, penalties: NDArray[np.float64], units: NDArray[np.float64] | None = None) -> float:
    """The penalty, for each case, of the smallest squared error on folds that are left out.

    Parameters
    ----------
    sums : Sums
    penalties : float64 (n_penalties,)
        Ascending. The errors are taken to have one valley: the search for its bottom begins in the middle.
    units : as for `SummedRidge.coefficients`

    Returns
    -------
    float
    """
    folds = sums.present()
    if len(penalties) == 1 or not folds:
        return float(penalties[len(penalties) // 2])
    ridges = [(sums.without(f), SummedRidge(sums.products[f], sums.n_features)) for f in folds]
    known: dict[int, float] = {}

    def error(at: int) -> float:
        if at not in known:
            known[at] = sum(
                left_out.squared_error(others.coefficients(penalties[at], units)) for others, left_out in ridges
            )
        return known[at]

    at = len(penalties) // 2
    while True:
        near = [i for i in (at - 1, at + 1) if 0 <= i < len(penalties)]
        better = min(near, key=error)
        if error(better) >= error(at):
            return float(penalties[at])
        at = better
