"""The algebra of detachment: ridges on standardised features, of which some can be taken away again.

While features outnumber cases, a ridge is solved in its dual, by the Gram matrix: the products of the cases, from which
dropped features are subtracted. Then it is solved in its primal, by the products of the features.

Features are standardised and rounded to multiples of 2**-12, coarser where there are very many. So every entry of
either matrix is a sum of integers that float64 holds exactly. Such sums have no order: neither the number of threads
nor the way in which parts are added changes a bit, and what has been subtracted leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymv, dsyr2
from scipy.linalg.lapack import dpotrf, dpotrs, dsfrk, dtfttr, dtrtri

# Times the number of candidates, the mean eigenvalue of their products: leave-one-out alone often ends far below, at
# penalties whose coefficients say little about what may be dropped.
PENALTIES = np.array([0.3, 1.0, 3.0])
GRAIN = 12  # features are multiples of 2**-GRAIN
BITS = 24  # of duals and importances
CHUNK = 512  # features widened to float64 at once


@dataclass(frozen=True)
class Targets:
    """What a ridge shall predict.

    Attributes
    ----------
    codes : int (n_cases,)
        Classes as 0, 1, ...
    values : float64 (n_cases, n_outputs)
        1 for a case's own class, -1 for the others; of two classes the second.
    """

    codes: NDArray[np.intp]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, y: NDArray[np.intp]) -> Targets:
        """Those of some classes, int (n_cases,)."""
        classes, codes = np.unique(y, return_inverse=True)
        of_class = np.arange(1, 2) if len(classes) == 2 else np.arange(len(classes))
        return cls(codes, np.where(codes[:, np.newaxis] == of_class, 1.0, -1.0))

    @property
    def centred(self) -> NDArray[np.float64]:
        """The values less their means, float64 (n_cases, n_outputs)."""
        return self.values - self.values.mean(axis=0)

    def accuracy(self, left_out: NDArray[np.float64]) -> float:
        """The share of cases that their left-out scores, float64 (n_cases, n_outputs), classify rightly."""
        return float((winner(left_out) == self.codes).mean())

    def importances(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of absolute coefficients, (n_features, n_outputs), over the outputs.

        Each is in units of its output's deviation, so that a rare class counts like any other.
        """
        return (np.abs(coefficients) / self.values.std(axis=0)).mean(axis=1)


class Gram:
    """The features that are left, by the products of the cases: a ridge in its dual.

    The sum over the features stands in LAPACK's rectangular full packed form: one triangle, to which features are
    added at full speed.

    Parameters
    ----------
    rows : float32 (n_features, n_cases)
        Standardised features, in whole numbers of units.
    unit : float
    left : int64 (n_features,)
        Which candidates they are, ascending.
    packed : float64 (n_cases * (n_cases + 1) / 2,), optional
        Zeros to add the products to; made by default.

    Attributes
    ----------
    left : int64 (n_left,)
        Which candidates are left.
    kept : int64 (n_left,)
        In which of the rows they are.
    packed : float64 (n_cases * (n_cases + 1) / 2,)
        The products over those.
    """

    def __init__(
        self,
        rows: NDArray[np.float32],
        unit: float,
        left: NDArray[np.int64],
        packed: NDArray[np.float64] | None = None,
    ):
        self.rows, self.unit, self.left = rows, unit, left
        self.kept, self.n_cases = np.arange(len(rows)), rows.shape[1]
        self.packed = np.zeros(self.n_cases * (self.n_cases + 1) // 2) if packed is None else packed
        self._add(self.kept, 1.0)

    def _add(self, which: NDArray[np.intp], factor: float) -> None:
        """Add the products over some of the rows, or take them away."""
        for _, values in chunks(self.rows, which):
            self.packed[:] = dsfrk(self.n_cases, len(values), factor, values.T, 1.0, self.packed, overwrite_c=True)

    def subtract(self, dropped: NDArray[np.bool_]) -> None:
        """Go on without some of those that are left."""
        gone, self.kept, self.left = self.kept[dropped], self.kept[~dropped], self.left[~dropped]
        self._add(gone, -1.0)

    def without(self, dropped: NDArray[np.bool_]) -> Gram | Covariance:
        """Go on without some of those that are left: in the primal, where they no longer outnumber the cases."""
        if np.count_nonzero(~dropped) <= self.n_cases:
            return Covariance(self.rows[self.kept[~dropped]], self.unit, self.left[~dropped])
        self.subtract(dropped)
        return self

    def best_penalty(self, targets: Targets) -> tuple[float, float]:
        """What `least_error` says."""
        return best_dual_penalty(centred_products(self.packed, self.n_cases, self.unit), len(self.left), targets)

    def fit(self, targets: Targets, penalty: float) -> tuple[NDArray[np.float64], float]:
        """Fit a ridge with an intercept.

        Returns
        -------
        importances : float64 (n_left,)
            See `Targets.importances`; rounded.
        accuracy : float
            Of scores that leave each case out.
        """
        ridge = Dual(centred_products(self.packed, self.n_cases, self.unit), targets, penalty)
        importances = targets.importances(self.coefficients(*in_steps(ridge.duals)))
        return rounded(importances), targets.accuracy(ridge.left_out())

    def coefficients(self, duals: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        """The coefficients of a ridge, (n_left, n_outputs): exact sums, as its duals are whole numbers of a step."""
        result = np.empty((len(self.kept), duals.shape[1]))
        for some, values in chunks(self.rows, self.kept):
            result[some] = values @ duals
        return result * (step * self.unit)


def centred_products(packed: NDArray[np.float64], n_cases: int, unit: float) -> NDArray[np.float64]:
    """The products of centred features, an upper triangle: rounding has left their means not quite 0."""
    matrix, _ = dtfttr(n_cases, packed * unit**2)
    ones = np.ones(n_cases)
    means = dsymv(1 / n_cases, matrix, ones)
    return dsyr2(-1.0, ones, means - means.mean() / 2, a=matrix, overwrite_a=True)


def best_dual_penalty(centred: NDArray[np.float64], n_left: int, targets: Targets) -> tuple[float, float]:
    """What `least_error` says of ridges in their dual, with these products of the cases."""
    check_finite(centred)

    def left_out(penalty: float) -> NDArray[np.float64]:
        return Dual(centred.copy(order="F"), targets, penalty).left_out()

    return least_error(left_out, n_left, targets)


class Dual:
    """A ridge with an intercept, solved in its dual.

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
        self._factor = cholesky(centred, penalty)
        self.duals, _ = dpotrs(self._factor, targets.centred)

    def left_out(self) -> NDArray[np.float64]:
        """The score of each case by a ridge fitted without it, float64 (n_cases, n_outputs).

        It takes as long as the rest of the fit.
        """
        root, _ = dtrtri(self._factor)
        diagonal = np.einsum("ij,ij->i", root, root)
        return self.targets.values - self.duals / (diagonal - 1 / (self.penalty * len(root)))[:, np.newaxis]


class Covariance:
    """The features that are left, by their own products: a ridge in its primal.

    Parameters
    ----------
    rows : float32 (n_left, n_cases)
        In whole numbers of units.
    unit : float
    left : int (n_left,)
        Which candidates they are, ascending.
    """

    def __init__(self, rows: NDArray[np.float32], unit: float, left: NDArray[np.intp]):
        self.rows, self.unit, self.left = rows, unit, left
        widened = rows.astype(np.float64)
        self.matrix = widened @ widened.T

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
        series = self._series()
        root, _ = dtrtri(cholesky(self._centred(), penalty))
        coefficients = root @ (root.T @ (series @ targets.centred))
        leverage = ((root.T @ series) ** 2).sum(axis=0) + 1 / self.rows.shape[1]
        residuals = (targets.centred - series.T @ coefficients) / (1 - leverage)[:, np.newaxis]
        return coefficients, targets.values - residuals

    def fit(self, targets: Targets, penalty: float) -> tuple[NDArray[np.float64], float]:
        """Fit a ridge with an intercept; see `Gram.fit`."""
        coefficients, left_out = self.ridge(targets, penalty)
        return rounded(targets.importances(coefficients)), targets.accuracy(left_out)

    def _series(self) -> NDArray[np.float64]:
        """The features, centred, in units of their deviation."""
        series = self.rows.astype(np.float64) * self.unit
        return series - series.mean(axis=1, keepdims=True)

    def _centred(self) -> NDArray[np.float64]:
        """The products of centred features."""
        sums = self.rows.sum(axis=1, dtype=np.float64)
        return (self.matrix - np.outer(sums, sums) / self.rows.shape[1]) * self.unit**2


def prepared(rows: NDArray[np.float32], n_cases: int, n_candidates: int) -> tuple[NDArray[np.float32], float]:
    """Standardise features in place.

    Parameters
    ----------
    rows : float32 (n_features + 1, width)
        See `lightwaves.selection.relevance.spare_rows`. Overwritten.
    n_cases : int
    n_candidates : int
        How many features there are in all, here and elsewhere.

    Returns
    -------
    rows : float32 (n_features, n_cases)
        In whole numbers of units.
    unit : float
    """
    grain = grain_for(n_candidates, n_cases)
    with np.errstate(invalid="ignore", over="ignore"):
        standardise(rows, n_cases, grain)
    return rows[:-1, :n_cases], 2.0**-grain


def ridge_of(rows: NDArray[np.float32], n_cases: int) -> Gram | Covariance:
    """A ridge on features that are not standardised yet, in its dual or its primal, whichever is smaller.

    Parameters
    ----------
    rows : float32 (n_features + 1, width)
        See `lightwaves.selection.relevance.spare_rows`. Overwritten.
    n_cases : int
    """
    n_candidates = len(rows) - 1
    ready, unit = prepared(rows, n_cases, n_candidates)
    kind = Gram if n_candidates > n_cases else Covariance
    return kind(ready, unit, np.arange(n_candidates))


def grain_for(n_candidates: int, n_cases: int) -> int:
    """The grain is 2 to the power of minus this: small enough for precision, large enough for exact sums.

    A sum of squares over all candidates and cases stays below 2**53.
    """
    return min(GRAIN, int((53 - np.log2(max(n_candidates, 1) * n_cases)) // 2))


def standardise(rows: NDArray[np.float32], n_cases: int, grain: int) -> None:
    """Centre each feature, scale it to unit variance, and round it to a whole number of grains, in place."""
    n_features = len(rows) - 1
    for start in range(0, n_features, CHUNK):
        values = rows[start : min(start + CHUNK, n_features), :n_cases].astype(np.float64)
        values -= values.mean(axis=1, keepdims=True)
        deviation = np.sqrt((values**2).mean(axis=1, keepdims=True))
        before = rows[start : start + len(values), :n_cases]
        deviation[deviation <= 1e-7 * np.abs(before).max(axis=1, keepdims=True)] = np.inf  # constant but for rounding
        before[:] = np.rint(values * (2.0**grain / deviation))


def check_finite(matrix: NDArray[np.float64]) -> None:
    """Raise a ValueError if a feature was not finite."""
    if not np.isfinite(matrix).all():
        raise ValueError("A feature is not finite: values of X are too large. Let scale=True standardise the channels.")


def least_error(left_out: Callable[[float], NDArray[np.float64]], n_left: int, targets: Targets) -> tuple[float, float]:
    """The penalty with the smallest mean squared leave-one-out error, and that error; see `PENALTIES`."""
    penalties = (PENALTIES * n_left).tolist()
    errors = [float(((targets.values - left_out(penalty)) ** 2).mean()) for penalty in penalties]
    return penalties[int(np.argmin(errors))], min(errors)


def winner(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class with the highest score; of one score, the second class where it is positive."""
    return (scores[:, 0] > 0).astype(np.intp) if scores.shape[1] == 1 else scores.argmax(axis=1)


def rounded(importances: NDArray[np.float64]) -> NDArray[np.float64]:
    """To 24 bits of the largest, so that what only rounding tells apart is equal."""
    step = 2.0 ** (np.ceil(np.log2(importances.max() or 1.0)) - BITS)
    return np.rint(importances / step) * step


def chunks(rows: NDArray[np.float32], which: NDArray[np.intp]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Some rows widened to float64, some at a time."""
    for start in range(0, len(which), CHUNK):
        yield slice(start, start + CHUNK), rows[which[start : start + CHUNK]].astype(np.float64)


def in_steps(duals: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Duals rounded to 24 bits, as whole numbers of a step; and the step."""
    step = 2.0 ** (np.ceil(np.log2(np.abs(duals).max() or 1.0)) - BITS)
    return np.rint((duals - duals.mean(axis=0)) / step), float(step)


def cholesky(matrix: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """The upper factor of a symmetric matrix with a penalty on its diagonal; the matrix may be overwritten."""
    matrix[np.diag_indices_from(matrix)] += penalty
    factor, failed = dpotrf(matrix, clean=True, overwrite_a=True)
    if failed:
        raise np.linalg.LinAlgError("the ridge could not be solved: its matrix is not positive definite")
    return factor
