"""The algebra of detachment: ridges on standardised features, of which some can be taken away again.

While features outnumber cases, a ridge is solved in its dual, by the Gram matrix: the products of the cases, from which
dropped features are subtracted. Then it is solved in its primal, by the products of the features.

Features are standardised and rounded to multiples of 2**-12, coarser where there are very many. So every entry of
either matrix is a sum of integers that float64 holds exactly. Such sums have no order: neither the number of threads
nor the way in which parts are added changes a bit, and what has been subtracted leaves no trace.

Cases may have weights. Those stand in the equations of the dual, not in the Gram matrix, whose sums stay exact. In the
primal, products are weighted, and so rounded; but one process has them alone, in the order of the features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymv, dsyr2

from ..parallel.threads import in_team
from ..sharing import cached_property
from .tiles import Factor, add_products, tiles_of

# Times the number of candidates, the mean eigenvalue of their products: leave-one-out alone often ends far below, at
# penalties whose coefficients say little about what may be dropped.
PENALTIES = np.array([0.3, 1.0, 3.0])
GRAIN = 12  # features are multiples of 2**-GRAIN
BITS = 24  # of duals and importances
CHUNK = 512  # features whose products are added up at once
TOGETHER = 1 << 16  # values that are widened to float64 at once
# Without weights, none of n values of unit variance is above the root of n. With weights, one of little weight may be.
# It is cut off at so many times that.
FARTHEST = 4


@dataclass(frozen=True)
class Targets:
    """What a ridge shall predict.

    Attributes
    ----------
    codes : int (n_cases,), or None
        Classes as 0, 1, ...; None of numbers.
    values : float64 (n_cases, n_outputs)
        1 for a case's own class, -1 for the others; of two classes the second. Of numbers: themselves, in units of
        their deviation.
    weights : float64 (n_cases,), or None
        How often each case counts; None where all count once.
    """

    codes: NDArray[np.intp] | None
    values: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, y: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Targets:
        """Those of some classes, int (n_cases,), or of some numbers, float64 (n_cases,)."""
        if y.dtype.kind == "f":
            deviation = np.sqrt(np.average((y - np.average(y, weights=weights)) ** 2, weights=weights))
            centred = y - np.average(y, weights=weights)
            return cls(None, (centred / (deviation or 1.0))[:, np.newaxis], weights)
        classes, codes = np.unique(y, return_inverse=True)
        return cls(codes, targets_of(codes, len(classes)), weights)

    @cached_property
    def centred(self) -> NDArray[np.float64]:
        """The values less their means, float64 (n_cases, n_outputs)."""
        return self.values - np.average(self.values, axis=0, weights=self.weights)

    def accuracy(self, left_out: NDArray[np.float64]) -> float:
        """The share of cases that their left-out scores, float64 (n_cases, n_outputs), classify rightly.

        Of numbers, the coefficient of determination.
        """
        if self.codes is None:
            return 1.0 - float(np.average(self.errors(left_out), weights=self.weights))
        return float(np.average(winners(left_out) == self.codes, weights=self.weights))

    @cached_property
    def variances(self) -> NDArray[np.float64]:
        """Those of the values, float64 (n_outputs,)."""
        return np.average(self.centred**2, axis=0, weights=self.weights)

    def error(self, left_out: NDArray[np.float64]) -> float:
        """The mean squared error of left-out scores, float64 (n_cases, n_outputs)."""
        squared = (self.values - left_out) ** 2
        return float(squared.mean() if self.weights is None else np.average(squared.mean(axis=1), weights=self.weights))

    def errors(self, left_out: NDArray[np.float64]) -> NDArray[np.float64]:
        """The squared error of each case, (n_cases,): the mean over the outputs, each in units of its variance."""
        return ((self.values - left_out) ** 2 / self.variances).mean(axis=1)

    def importances(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of absolute coefficients, (n_features, n_outputs), over the outputs.

        Each is in units of its output's deviation, so that a rare class counts like any other.
        """
        return (np.abs(coefficients) / np.sqrt(self.variances)).mean(axis=1)


def targets_of(y: NDArray[Any], n_classes: int) -> NDArray[np.float64]:
    """Targets of some cases, (n_cases, n_outputs): numbers as they are; of classes, 0, 1, ..., 1 for the own, else -1.

    Two classes have one output. Of numbers, n_classes is 0.
    """
    if not n_classes:
        return y[:, np.newaxis]
    return np.where(y[:, np.newaxis] == np.arange(n_classes)[1 if n_classes == 2 else 0 :], 1.0, -1.0)


class Gram:
    """The features that are left, by the products of the cases: a ridge in its dual.

    Parameters
    ----------
    rows : float32 (n_features, n_cases)
        Standardised features, in whole numbers of units.
    unit : float
    left : int64 (n_features,)
        Which candidates they are, ascending.
    weights : float64 (n_cases,), optional
        Those of the targets. The products here do not depend on them; those of `Covariance` do.

    Attributes
    ----------
    left : int64 (n_left,)
        Which candidates are left.
    kept : int64 (n_left,)
        In which of the rows they are.
    total : float64 (n_cases, n_cases)
        The products over those; what is above the diagonal does not count.
    """

    def __init__(
        self,
        rows: NDArray[np.float32],
        unit: float,
        left: NDArray[np.int64],
        weights: NDArray[np.float64] | None = None,
    ):
        self.rows, self.unit, self.left, self.weights = rows, unit, left, weights
        self.kept, self.n_cases = np.arange(len(rows)), rows.shape[1]
        self.total = np.zeros((self.n_cases, self.n_cases))
        self._add(self.kept, np.add)

    def _add(self, which: NDArray[np.intp], add: np.ufunc) -> None:
        """Add the products over some of the rows, or take them away."""
        for start in range(0, len(which), CHUNK):
            add_products(self.total, self.rows[which[start : start + CHUNK]], add)

    def subtract(self, dropped: NDArray[np.bool_]) -> None:
        """Go on without some of those that are left."""
        gone, self.kept, self.left = self.kept[dropped], self.kept[~dropped], self.left[~dropped]
        self._add(gone, np.subtract)

    def without(self, dropped: NDArray[np.bool_]) -> Gram | Covariance:
        """Go on without some of those that are left: in the primal, where they no longer outnumber the cases."""
        if np.count_nonzero(~dropped) <= self.n_cases:
            return Covariance(self.rows[self.kept[~dropped]], self.unit, self.left[~dropped], self.weights)
        self.subtract(dropped)
        return self

    def best_penalty(self, targets: Targets) -> tuple[float, float]:
        """What `least_error` says."""
        return best_dual_penalty(self._centred(), len(self.left), targets)

    def errors(self, targets: Targets, penalty: float) -> NDArray[np.float64]:
        """What `dual_errors` says."""
        return dual_errors(self._centred(), targets, penalty)

    def fit(self, targets: Targets, penalty: float, scored: bool = True) -> tuple[NDArray[np.float64], float]:
        """Fit a ridge with an intercept.

        Parameters
        ----------
        targets : Targets
        penalty : float
        scored : bool, default=True
            Whether to find out how accurate it is, which is half of the work.

        Returns
        -------
        importances : float64 (n_left,)
            See `Targets.importances`; rounded.
        accuracy : float
            Of scores that leave each case out; NaN where nobody asks.
        """
        ridge = Dual(self._centred(), targets, penalty)
        importances = targets.importances(self.coefficients(*in_steps(ridge.duals)))
        return rounded(importances), targets.accuracy(ridge.left_out()) if scored else np.nan

    def coefficients(self, duals: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        """The coefficients of a ridge, (n_left, n_outputs): exact sums, as its duals are whole numbers of a step."""
        result = np.empty((len(self.kept), duals.shape[1]))

        def compute(some: slice) -> None:
            result[some] = self.rows[self.kept[some]].astype(np.float64) @ duals

        in_team(compute, few_at_once(len(result), self.n_cases))
        return result * (step * self.unit)

    def _centred(self) -> NDArray[np.float64]:
        return centred_products(self.total, self.unit, self.weights)


def centred_products(
    total: NDArray[np.float64], unit: float, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """The products of centred features, an upper triangle: rounding has left their means not quite 0."""
    matrix = np.zeros(total.shape)

    def scale(tile: slice) -> None:
        np.multiply(total[tile, : tile.stop], unit**2, out=matrix[tile, : tile.stop])

    in_team(scale, tiles_of(len(total)))
    ones = np.ones(len(total))
    means = dsymv(1 / total_weight(weights, len(total)), matrix.T, ones if weights is None else weights)
    return dsyr2(-1.0, ones, means - np.average(means, weights=weights) / 2, a=matrix.T, overwrite_a=True)


def best_dual_penalty(centred: NDArray[np.float64], n_left: int, targets: Targets) -> tuple[float, float]:
    """What `least_error` says of ridges in their dual, with these products of the cases."""
    check_finite(centred)

    def left_out(penalty: float) -> NDArray[np.float64]:
        return Dual(centred.copy(order="F"), targets, penalty).left_out()

    return least_error(left_out, n_left, targets)


def dual_errors(centred: NDArray[np.float64], targets: Targets, penalty: float) -> NDArray[np.float64]:
    """The leave-one-out error of each case, (n_cases,), by a ridge in its dual; the products are overwritten."""
    check_finite(centred)
    return targets.errors(Dual(centred, targets, penalty).left_out())


class Dual:
    """A ridge with an intercept, solved in its dual.

    With weights w and W = diag(w), it solves (W^1/2 K W^1/2 + penalty) u = W^1/2 t, and the duals are W^1/2 u.

    Parameters
    ----------
    centred : float64 (n_cases, n_cases)
        Products of the cases over centred features; what is below the diagonal does not count. Overwritten.
    targets : Targets
    penalty : float

    Attributes
    ----------
    duals : float64 (n_cases, n_outputs)
    """

    def __init__(self, centred: NDArray[np.float64], targets: Targets, penalty: float):
        self.targets, self.penalty = targets, penalty
        right, self._roots = targets.centred, np.ones((1, 1))
        if targets.weights is not None:
            self._roots = np.sqrt(targets.weights)[:, np.newaxis]
            centred *= self._roots * self._roots.T
            right = right * self._roots
        self._factor = Factor(centred.T, penalty)
        self._solution = self._factor.solve(right)
        self.duals = self._solution * self._roots

    def left_out(self) -> NDArray[np.float64]:
        """The score of each case by a ridge fitted without it, float64 (n_cases, n_outputs).

        It takes as long as the rest of the fit.
        """
        diagonal = self._factor.inverse_diagonal[:, np.newaxis]
        counted = total_weight(self.targets.weights, len(diagonal))
        return self.targets.values - self._solution / (
            self._roots * (diagonal - self._roots**2 / (self.penalty * counted))
        )


class Covariance:
    """The features that are left, by their own products: a ridge in its primal.

    Parameters
    ----------
    rows : float32 (n_left, n_cases)
        In whole numbers of units.
    unit : float
    left : int (n_left,)
        Which candidates they are, ascending.
    weights : float64 (n_cases,), optional
        Those of the targets.

    Attributes
    ----------
    matrix : float64 (n_left, n_left)
        Their products; what is above the diagonal does not count.
    """

    def __init__(
        self,
        rows: NDArray[np.float32],
        unit: float,
        left: NDArray[np.intp],
        weights: NDArray[np.float64] | None = None,
    ):
        self.rows, self.unit, self.left, self.weights = rows, unit, left, weights
        weighted = rows if weights is None else rows * np.sqrt(weights)
        self.matrix = np.zeros((len(rows), len(rows)))
        add_products(self.matrix, weighted.T)

    def without(self, dropped: NDArray[np.bool_]) -> Covariance:
        """Go on without some of those that are left."""
        self.matrix = self.matrix[np.ix_(~dropped, ~dropped)]
        self.rows, self.left = self.rows[~dropped], self.left[~dropped]
        return self

    def best_penalty(self, targets: Targets) -> tuple[float, float]:
        """What `least_error` says."""
        check_finite(self.matrix)
        return least_error(lambda penalty: self.ridge(targets, penalty)[1], len(self.left), targets)

    def ridge(self, targets: Targets, penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit a ridge with an intercept.

        Returns
        -------
        coefficients : float64 (n_left, n_outputs)
        left_out : float64 (n_cases, n_outputs)
            The score of each case by a ridge fitted without it.
        """
        series, factor = self._series(), Factor(self._centred(), penalty)
        weighted = series if self.weights is None else series * self.weights
        coefficients = factor.solve(weighted @ targets.centred)
        leverage = factor.leverages(series) + 1 / self._counted
        if self.weights is not None:
            leverage *= self.weights
        residuals = (targets.centred - series.T @ coefficients) / (1 - leverage)[:, np.newaxis]
        return coefficients, targets.values - residuals

    def errors(self, targets: Targets, penalty: float) -> NDArray[np.float64]:
        """The leave-one-out error of each case, (n_cases,)."""
        check_finite(self.matrix)
        return targets.errors(self.ridge(targets, penalty)[1])

    def fit(self, targets: Targets, penalty: float, scored: bool = True) -> tuple[NDArray[np.float64], float]:
        """Fit a ridge with an intercept; see `Gram.fit`. Its accuracy comes with it."""
        coefficients, left_out = self.ridge(targets, penalty)
        return rounded(targets.importances(coefficients)), targets.accuracy(left_out)

    def _series(self) -> NDArray[np.float64]:
        """The features, centred, in units of their deviation."""
        series = np.empty(self.rows.shape)

        def centre(some: slice) -> None:
            values = self.rows[some].astype(np.float64) * self.unit
            series[some] = values - np.average(values, axis=1, weights=self.weights, keepdims=True)

        in_team(centre, few_at_once(len(series), self.rows.shape[1]))
        return series

    @property
    def _counted(self) -> float:
        return total_weight(self.weights, self.rows.shape[1])

    def _centred(self) -> NDArray[np.float64]:
        """The products of centred features, a lower triangle."""
        rows = self.rows if self.weights is None else self.rows * self.weights
        sums, centred = rows.sum(axis=1, dtype=np.float64), np.zeros(self.matrix.shape)

        def centre(tile: slice) -> None:
            moved = self.matrix[tile, : tile.stop] - np.outer(sums[tile], sums[: tile.stop]) / self._counted
            np.multiply(moved, self.unit**2, out=centred[tile, : tile.stop])

        in_team(centre, tiles_of(len(sums)))
        return centred


def prepared(
    rows: NDArray[np.float32], n_cases: int, n_candidates: int, weights: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float32], float]:
    """Standardise features in place.

    Parameters
    ----------
    rows : float32 (n_features + 1, width)
        See `lightwaves.selection.relevance.spare_rows`. Overwritten.
    n_cases : int
    n_candidates : int
        How many features there are in all, here and elsewhere.
    weights : float64 (n_cases,), optional
        How often each case counts.

    Returns
    -------
    rows : float32 (n_features, n_cases)
        In whole numbers of units.
    unit : float
    """
    grain = grain_for(n_candidates, n_cases * (1 if weights is None else FARTHEST**2))
    standardise(rows, n_cases, grain, weights)
    return rows[:-1, :n_cases], 2.0**-grain


def ridge_of(rows: NDArray[np.float32], n_cases: int, weights: NDArray[np.float64] | None = None) -> Gram | Covariance:
    """A ridge on features that are not standardised yet, in its dual or its primal, whichever is smaller.

    Parameters
    ----------
    rows : float32 (n_features + 1, width)
        See `lightwaves.selection.relevance.spare_rows`. Overwritten.
    n_cases : int
    weights : float64 (n_cases,), optional
        How often each case counts.
    """
    n_candidates = len(rows) - 1
    ready, unit = prepared(rows, n_cases, n_candidates, weights)
    kind = Gram if n_candidates > n_cases else Covariance
    return kind(ready, unit, np.arange(n_candidates), weights=weights)


def grain_for(n_candidates: int, n_cases: int) -> int:
    """The grain is 2 to the power of minus this: small enough for precision, large enough for exact sums.

    A sum of squares over all candidates and cases stays below 2**53.
    """
    return min(GRAIN, int((53 - np.log2(max(n_candidates, 1) * n_cases)) // 2))


def standardise(
    rows: NDArray[np.float32], n_cases: int, grain: int, weights: NDArray[np.float64] | None = None
) -> None:
    """Centre each feature, scale it to unit variance, and round it to a whole number of grains, in place."""
    n_features, farthest = len(rows) - 1, FARTHEST * np.sqrt(n_cases)

    @np.errstate(invalid="ignore", over="ignore")  # which holds for one thread
    def standard(some: slice) -> None:
        values = rows[some, :n_cases].astype(np.float64)
        if weights is None:
            size = np.abs(values).max(axis=1, keepdims=True)
        else:  # the largest may be of next to no weight
            size = np.sqrt(np.average(values**2, axis=1, weights=weights, keepdims=True))
        values -= np.average(values, axis=1, weights=weights, keepdims=True)
        deviation = np.sqrt(np.average(values**2, axis=1, weights=weights, keepdims=True))
        deviation[deviation <= 1e-7 * size] = np.inf  # constant but for rounding
        if weights is not None:
            np.clip(values, -farthest * deviation, farthest * deviation, out=values)
        rows[some, :n_cases] = np.rint(values * (2.0**grain / deviation))

    in_team(standard, few_at_once(n_features, n_cases))


def few_at_once(n_features: int, n_cases: int) -> list[slice]:
    """The rows of features, so many at a time that their values in float64 stay in a core's own cache."""
    step = max(1, TOGETHER // n_cases)
    return [slice(start, min(start + step, n_features)) for start in range(0, n_features, step)]


def some_of(numbers: NDArray[Any] | None, which: Any) -> NDArray[Any] | None:
    """Those of some cases, of weights or the like, if there are any."""
    return None if numbers is None else numbers[which]


def total_weight(weights: NDArray[np.float64] | None, n_cases: int) -> float:
    """How often all cases count together."""
    return n_cases if weights is None else float(weights.sum())


def check_finite(matrix: NDArray[np.float64]) -> None:
    """Raise a ValueError if a feature was not finite."""
    if not np.isfinite(matrix).all():
        raise ValueError("A feature is not finite: values of X are too large. Let scale=True standardise the channels.")


def least_error(left_out: Callable[[float], NDArray[np.float64]], n_left: int, targets: Targets) -> tuple[float, float]:
    """The penalty with the smallest mean squared leave-one-out error, and that error; see `PENALTIES`."""
    penalties = (PENALTIES * n_left).tolist()
    errors = [targets.error(left_out(penalty)) for penalty in penalties]
    return penalties[int(np.argmin(errors))], min(errors)


def winners(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class of each case with the highest score; of one score, the second class where it is positive."""
    if scores.ndim == 1 or scores.shape[1] == 1:
        return (scores.reshape(-1) > 0).astype(np.intp)
    return scores.argmax(axis=1)


def rounded(importances: NDArray[np.float64]) -> NDArray[np.float64]:
    """To 24 bits of the largest, so that what only rounding tells apart is equal."""
    step = 2.0 ** (np.ceil(np.log2(importances.max() or 1.0)) - BITS)
    return np.rint(importances / step) * step


def in_steps(duals: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Duals rounded to 24 bits, as whole numbers of a step; and the step."""
    step = 2.0 ** (np.ceil(np.log2(np.abs(duals).max() or 1.0)) - BITS)
    return np.rint((duals - duals.mean(axis=0)) / step), float(step)
