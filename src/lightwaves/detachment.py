"""Choosing features by detachment: fit a ridge on all, drop those with the smallest coefficients, repeat.

After Uribarri, Barone, Ansuini, Fransén, "Detach-ROCKET: Sequential feature selection for time series
classification with random convolutional kernels", 2023, arXiv:2309.14518. While features outnumber cases the
ridge is solved in its dual, by the Gram matrix of the cases, from which dropped features are subtracted; then
by the products of the features.

Features are standardised and rounded to multiples of 2**-12, coarser where there are very many, so that every
entry of either matrix is a sum of integers that float64 holds exactly. Such sums have no order: neither the number
of threads nor the way in which parts are added changes a bit, and what has been subtracted leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.linalg.lapack import dpotrf, dpotri

from .parallel import one_blas_thread

PENALTIES = np.array([0.3, 1.0, 3.0])  # times the number of candidates, for features of unit variance
DROPPED = 0.1  # the share of the features that go in each round
SHRINKING = 0.25  # the penalty follows the number of features left to this power
CONVOLUTIONS, FEW_CONVOLUTIONS = 0.26, 130  # for each feature: while there are more, and not few, whole ones go
FEWEST = 10  # where "auto" stops looking
GRAIN = 12  # features are multiples of 2**-GRAIN
BITS = 24  # of duals and importances
CHUNK = 512  # features widened to float64 at once
PATH = np.dtype([("n_features", np.int64), ("score", np.float64)])


@dataclass(frozen=True)
class Detached:
    """What is left.

    Attributes
    ----------
    chosen : int64 (n_kept,)
        Ascending.
    importances : float64 (n_kept,)
        Mean over the classes of each feature's absolute coefficient, at unit variance, in a ridge on the kept; each
        class in units of the deviation of its targets, so that a rare one counts like any other.
    penalty : float
        Of the first ridge.
    path : structured array (n_rounds,) with the fields n_features and score
        How many features were left in each round, and the accuracy of the ridge on them, each case classified by a
        ridge that was fitted without it.
    """

    chosen: NDArray[np.int64]
    importances: NDArray[np.float64]
    penalty: float
    path: NDArray[Any]


@dataclass(frozen=True)
class Field:
    """Candidates before any is dropped, and how well a ridge on all of them does.

    Attributes
    ----------
    products : Products
    codes : int (n_cases,)
        Classes as 0, 1, ...
    targets : float64 (n_cases, n_outputs)
        1 for a case's own class, -1 for the others; of two classes the second.
    penalty : float
    error : float
        Mean squared leave-one-out error of the ridge.
    """

    products: Products
    codes: NDArray[np.intp]
    targets: NDArray[np.float64]
    penalty: float
    error: float


@one_blas_thread()
def survey(rows: NDArray[np.float32], n_cases: int, y: NDArray[np.intp]) -> Field:
    """Fit a ridge on all candidates.

    Parameters
    ----------
    rows : float32 (n_candidates + 1, width)
        Row j is feature j; see `lightwaves.selection.spare_rows`. Overwritten.
    n_cases : int
    y : int (n_cases,)
        Classes.

    Returns
    -------
    Field

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    grain = standardise(rows, n_cases)
    classes, codes = np.unique(y, return_inverse=True)
    of_class = np.arange(1, 2) if len(classes) == 2 else np.arange(len(classes))
    targets = np.where(codes[:, np.newaxis] == of_class, 1.0, -1.0)
    products = Products(rows[:-1, :n_cases], np.arange(len(rows) - 1), grain)
    if not np.isfinite(products.matrix).all():
        raise ValueError("A feature is not finite: values of X are too large. Let scale=True standardise the channels.")
    return Field(products, codes, targets, *products.best_penalty(targets))


@one_blas_thread()
def detach(
    field: Field,
    n_features: int | str,
    *,
    frugality: float = 0.0,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
) -> Detached:
    """Drop features until n_features are left, a tenth in each round, or whole convolutions.

    Parameters
    ----------
    field : Field
        Used up.
    n_features : int or "auto"
        "auto" is the smallest number of the path whose error is within one standard error of the least.
    frugality : float, default=0
        Coefficients are compared after division by the feature's share of its convolution's cost to this power.
    convolutions : (int (n_candidates,), float64 (n_convolutions,)), optional
        Which convolution each feature is read off, and what each costs; see `lightwaves.plans.Plan.convolutions`.
        Where it is given, features that share one are preferred, and frugality counts.

    Returns
    -------
    Detached
    """
    products, targets = field.products, field.targets
    left, n_cases = products.left, products.n_cases
    n_candidates, deviation = len(left), targets.std(axis=0)  # in units of which a rare class counts like any other
    fewest = min(FEWEST, len(left)) if n_features == "auto" else min(int(n_features), len(left))
    rounds, path = [], []
    while True:
        penalty = field.penalty * (len(left) / n_candidates) ** SHRINKING
        coefficients, left_out = products.ridge(targets, penalty)
        importances = rounded((np.abs(coefficients) / deviation).mean(axis=1))
        path.append((len(left), (winner(left_out) == field.codes).mean()))
        rounds.append((left, importances))
        if len(left) <= fewest:
            break
        n_kept = max(fewest, min(len(left) - 1, int(len(left) * (1 - DROPPED))))
        kept = strongest(left, importances, n_kept, convolutions, frugality)
        dropped, left = left[~kept], left[kept]
        products.drop(dropped, left)
    table = np.array(path, PATH)
    last = smallest_good(table, n_cases) if n_features == "auto" else len(rounds) - 1
    return Detached(*rounds[last], field.penalty, table)


def strongest(
    left: NDArray[np.intp],
    importances: NDArray[np.float64],
    n_kept: int,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None,
    frugality: float,
) -> NDArray[np.bool_]:
    """Which of the features that are left stay.

    While they are read off more convolutions than they should, whole convolutions go, and a few more features than
    n_kept may stay; then single features. A convolution is worth what its features are worth above the median of all:
    many weak features are no reason to keep it, one strong feature is.
    """
    worth = importances
    if convolutions is not None:
        which, multiply_adds = convolutions[0][left], convolutions[1]
        n_sharing = np.bincount(which, minlength=len(multiply_adds))
        used = np.flatnonzero(n_sharing)
        if frugality:
            worth = importances / (multiply_adds / n_sharing.clip(1))[which] ** frugality
        if len(used) > max(CONVOLUTIONS * n_kept, FEW_CONVOLUTIONS):
            surplus = np.bincount(which, np.maximum(worth - np.median(worth), 0), len(multiply_adds))[used]
            added_up = np.bincount(which, worth, len(multiply_adds))[used]
            order = used[np.lexsort((used, -added_up, -surplus))]
            n_whole = int(np.searchsorted(np.cumsum(n_sharing[order]), n_kept)) + 1
            dropped = order[n_whole:].tolist()
            if not dropped:  # the last has too many features to go: smaller ones that are worth nothing either
                n_spare = len(left) - n_kept
                for convolution in order[np.count_nonzero(surplus) :][::-1].tolist():
                    if n_sharing[convolution] <= n_spare:
                        dropped.append(convolution)
                        n_spare -= n_sharing[convolution]
            if dropped:
                return ~np.isin(which, dropped)
    kept = np.zeros(len(left), bool)
    kept[np.lexsort((left, -worth))[:n_kept]] = True
    return kept


def smallest_good(path: NDArray[Any], n_cases: int) -> int:
    """The round with the fewest features whose score is within one standard error of the best round's."""
    highest = path["score"].max()
    allowed = highest - np.sqrt(highest * (1 - highest) / n_cases)
    return int(np.flatnonzero(path["score"] >= allowed)[-1])


def winner(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class with the highest score; of one score, the second class where it is positive."""
    return (scores[:, 0] > 0).astype(np.intp) if scores.shape[1] == 1 else scores.argmax(axis=1)


def rounded(importances: NDArray[np.float64]) -> NDArray[np.float64]:
    """To 24 bits of the largest, so that what only rounding tells apart is equal."""
    step = 2.0 ** (np.ceil(np.log2(importances.max() or 1.0)) - BITS)
    return np.rint(importances / step) * step


def standardise(rows: NDArray[np.float32], n_cases: int) -> int:
    """Centre each feature, scale it to unit variance, and round it to a whole number of grains, in place.

    Returns
    -------
    int
        The grain is 2 to the power of minus this: small enough for precision, large enough that a sum of squares
        over all features and cases stays below 2**53.
    """
    n_features = len(rows) - 1
    grain = min(GRAIN, int((53 - np.log2(max(n_features, 1) * n_cases)) // 2))
    for start in range(0, n_features, CHUNK):
        values = rows[start : min(start + CHUNK, n_features), :n_cases].astype(np.float64)
        values -= values.mean(axis=1, keepdims=True)
        deviation = np.sqrt((values**2).mean(axis=1, keepdims=True))
        before = rows[start : start + len(values), :n_cases]
        deviation[deviation <= 1e-7 * np.abs(before).max(axis=1, keepdims=True)] = np.inf  # constant but for rounding
        before[:] = np.rint(values * (2.0**grain / deviation))
    return grain


class Products:
    """The features that are left, and either the products of the cases or those of the features.

    Parameters
    ----------
    rows : float32 (n_candidates, n_cases)
        Whole numbers of grains.
    left : int (n_left,)
    grain : int
    """

    def __init__(self, rows: NDArray[np.float32], left: NDArray[np.intp], grain: int):
        self.rows, self.left, self.unit = rows, left, 2.0**-grain
        self.n_cases = rows.shape[1]
        self.dual = len(left) > self.n_cases
        self.matrix = self._gram(left) if self.dual else self._covariance()

    def _chunks(self, which: NDArray[np.intp]):
        """Features widened to float64, some at a time."""
        for start in range(0, len(which), CHUNK):
            yield slice(start, start + CHUNK), self.rows[which[start : start + CHUNK]].astype(np.float64)

    def _gram(self, which: NDArray[np.intp]) -> NDArray[np.float64]:
        gram = np.zeros((self.n_cases, self.n_cases))
        for _, values in self._chunks(which):
            gram += values.T @ values
        return gram

    def _covariance(self) -> NDArray[np.float64]:
        everything = self.rows[self.left].astype(np.float64)
        return everything @ everything.T

    def drop(self, dropped: NDArray[np.intp], left: NDArray[np.intp]) -> None:
        """Go on without some features."""
        if not self.dual:
            kept = np.searchsorted(self.left, left)
            self.matrix = self.matrix[np.ix_(kept, kept)]
        self.left = left
        if self.dual:
            self.dual = len(left) > self.n_cases
            self.matrix = self.matrix - self._gram(dropped) if self.dual else self._covariance()

    def best_penalty(self, targets: NDArray[np.float64]) -> tuple[float, float]:
        """The penalty with the smallest mean squared leave-one-out error, and that error.

        The choice is among some around the number of features, the mean eigenvalue of the products: leave-one-out
        alone often ends far below, at penalties whose coefficients say little about what may be dropped.
        """
        penalties = PENALTIES * len(self.left)
        values, vectors = eigh(self._centred() * self.unit**2)
        values = np.maximum(values, 0)
        errors = []
        if self.dual:
            projected = vectors.T @ (targets - targets.mean(axis=0))
            for penalty in penalties:
                duals = vectors @ (projected / (values + penalty)[:, np.newaxis])
                diagonal = vectors**2 @ (1 / (values + penalty)) - 1 / (penalty * self.n_cases)
                errors.append(((duals / diagonal[:, np.newaxis]) ** 2).mean())
        else:
            scores = self._series().T @ vectors
            projected = scores.T @ (targets - targets.mean(axis=0))
            for penalty in penalties:
                fitted = scores @ (projected / (values + penalty)[:, np.newaxis])
                leverage = scores**2 @ (1 / (values + penalty)) + 1 / self.n_cases
                residuals = (targets - targets.mean(axis=0) - fitted) / (1 - leverage)[:, np.newaxis]
                errors.append((residuals**2).mean())
        return float(penalties[int(np.argmin(errors))]), float(min(errors))

    def ridge(self, targets: NDArray[np.float64], penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit a ridge with an intercept.

        Returns
        -------
        coefficients : float64 (n_left, n_outputs)
        left_out : float64 (n_cases, n_outputs)
            The score of each case by a ridge fitted without it.
        """
        centred = targets - targets.mean(axis=0)
        inverse = self._centred() * self.unit**2
        inverse[np.diag_indices_from(inverse)] += penalty
        inverse = inverted(inverse)
        if self.dual:
            duals = inverse @ centred
            residuals = duals / (np.diag(inverse) - 1 / (penalty * self.n_cases))[:, np.newaxis]
            return self._coefficients(duals), targets - residuals
        series = self._series()
        coefficients = inverse @ (series @ centred)
        leverage = np.einsum("ji,ji->i", series, inverse @ series) + 1 / self.n_cases
        residuals = (centred - series.T @ coefficients) / (1 - leverage)[:, np.newaxis]
        return coefficients, targets - residuals

    def _series(self) -> NDArray[np.float64]:
        """The features that are left, centred, in units of their deviation."""
        series = self.rows[self.left].astype(np.float64) * self.unit
        return series - series.mean(axis=1, keepdims=True)

    def _coefficients(self, duals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coefficients of the features; the duals are rounded to 24 bits, so that these sums too are exact."""
        largest = np.abs(duals).max() or 1.0
        step = 2.0 ** (np.ceil(np.log2(largest)) - BITS)
        duals = np.rint((duals - duals.mean(axis=0)) / step)
        result = np.empty((len(self.left), duals.shape[1]))
        for some, values in self._chunks(self.left):
            result[some] = values @ duals
        return result * (step * self.unit)

    def _centred(self) -> NDArray[np.float64]:
        """The products of centred features: rounding has left their means not quite 0."""
        if not self.dual:
            sums = np.concatenate([values.sum(axis=1) for _, values in self._chunks(self.left)])
            return self.matrix - np.outer(sums, sums) / self.n_cases
        means = self.matrix.mean(axis=0)
        return self.matrix - means - means[:, np.newaxis] + means.mean()


def inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a symmetric positive definite matrix."""
    factor, failed = dpotrf(matrix)
    if not failed:
        inverse, failed = dpotri(factor)
    if failed:
        raise np.linalg.LinAlgError("the ridge could not be solved: a feature is not finite")
    upper = np.triu(inverse)
    return upper + np.triu(inverse, 1).T
