"""The head of a regressor that is not linear in the features: a ridge on them and on likenesses to some cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from ..parallel.threads import one_blas_thread
from ..validation import check_int
from .kernel import N_SLOPES, WIDTHS, LandmarkHead, Landmarks, Lift, drawn, typical_distance
from .regression import IntervalHead, penalties
from .weights import Weighed, mean_and_deviation

PENALTIES = np.logspace(-5, 1, 13)  # for each case
FARTHEST = 4.0  # deviations: features that lie farther out count as if they lay there
FEWEST, MOST = 500, 1500  # landmarks, unless a number is given
N_TUNED = 3000  # cases that width, penalty and target are chosen on
ROUNDING = 1e-12  # of the largest sum of squares


@dataclass
class Target:
    """What the ridge predicts of a number: the number in units of its deviation, or the root of that.

    Attributes
    ----------
    root : bool
    low, unit : float
        The smallest number of the training cases, and the deviation of all.
    added : float
        The variance of the root's errors, which the square of a mean lacks.
    """

    root: bool = False
    low: float = 0.0
    unit: float = 1.0
    added: float = 0.0

    def of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is to be predicted."""
        scaled = (numbers - self.low) / self.unit
        return np.sqrt(scaled) if self.root else scaled

    def back(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """The numbers that predictions mean."""
        scaled = np.maximum(predicted, 0.0) ** 2 + self.added if self.root else predicted
        return self.low + self.unit * scaled

    def slope(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much these rise with the predictions."""
        return self.unit * (2 * np.maximum(predicted, 0.0) if self.root else np.ones_like(predicted))


class Fitted(NamedTuple):
    """A ridge on likenesses and features, for one width, penalty and target."""

    error: float
    target: Target
    lift: Lift
    penalty: float
    solution: NDArray[np.float64]
    intercept: float
    left_out: NDArray[np.float64]


class KernelRegressionHead(LandmarkHead, IntervalHead):
    """Kernel ridge regression by landmarks, with a linear part and intervals.

    It is the sibling of `lightwaves.estimators.KernelHead`. Features are cut off at four deviations from their
    mean, because few cases have such, and likenesses to landmarks end there. The ridge predicts the number, or the
    root of what the number exceeds the smallest by, whichever errs less.

    Parameters
    ----------
    alpha : float, optional
        The penalty for each case; by default the best of 13 from 1e-5 to 10, by leave-one-out.
    n_landmarks : int, optional
        At most so many, drawn from ten bins of the number, always in the same way. By default a third of the cases,
        but 500 or more and 1,500 or fewer.

    Attributes
    ----------
    landmarks_ : float32 (n_landmarks_kept, n_features)
        At unit variance, cut off.
    weights_ : float64 (n_landmarks_kept,)
        Of the likenesses.
    coef_ : float64 (n_features,)
        The linear part, for features at unit variance.
    intercept_ : float
    mean_, deviation_ : float64 (n_features,)
        Of each feature over the training cases; the deviation of a constant one is 1.
    width_ : float
        Likenesses are ``exp(-width_ * squared distance)``.
    alpha_ : float
        The penalty.
    target_ : Target
        What the ridge predicts.
    importances_ : float64 (n_features,)
        The mean size of each feature's slope at unit variance, over some training cases.
    bounds_, spread_, errors_
        As for `lightwaves.estimators.RegressionHead`.
    n_features_in_ : int

    Notes
    -----
    Width, penalty and target are those of the smallest squared leave-one-out error of this very ridge, in the unit of
    the number, on at most 3,000 of the cases. The mean of the squared errors of a root is added to its square, so that
    predictions are not too small on average [1]_.

    References
    ----------
    .. [1] N. Duan, "Smearing Estimate: A Nonparametric Retransformation Method", 1983, Journal of the American
       Statistical Association 78(383).

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.estimators import KernelRegressionHead
    >>> Z = np.random.default_rng(0).standard_normal((300, 2)).astype(np.float32)
    >>> y = (Z**2).sum(axis=1)
    >>> float(KernelRegressionHead().fit(Z[:200], y[:200]).score(Z[200:], y[200:])) > 0.9
    True
    """

    def __init__(self, alpha: float | None = None, n_landmarks: int | None = None) -> None:
        self.alpha = alpha
        self.n_landmarks = n_landmarks

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError, ValueError
            If `alpha` is not a finite number of 0 or more, or `n_landmarks` not an int of at least 1.
        """
        penalties(self.alpha, PENALTIES)
        if self.n_landmarks is not None:
            check_int(self.n_landmarks, "n_landmarks", 1)

    @one_blas_thread()
    def _fit(self, X: NDArray[np.float32], counting: Weighed) -> NDArray[np.float64]:
        alphas, numbers = penalties(self.alpha, PENALTIES), counting.y
        weights = np.ones(len(numbers)) if counting.weights is None else counting.weights
        self.mean_, self.deviation_ = mean_and_deviation(X.astype(np.float64), counting.weights)
        self.deviation_[self.deviation_ == 0] = 1.0
        self.keep_bounds(numbers)
        standard = self._standard(X)

        rng = np.random.RandomState(0)
        some = drawn(counting.codes, N_TUNED, rng)
        n_landmarks = min(max(len(X) // 3, FEWEST), MOST) if self.n_landmarks is None else int(self.n_landmarks)
        self.landmarks_ = standard[drawn(counting.codes, n_landmarks, rng)].astype(np.float32)
        low, unit = float(numbers.min()), float(numbers.std())
        targets = [Target(False, low, unit), Target(True, low, unit)]
        landmarks = Landmarks.of(self.landmarks_)
        distances = landmarks.squared_distances(landmarks.points)
        typical = typical_distance(distances, self.landmarks_.shape[1])
        lifts = [Lift(self.landmarks_, width / typical, self.mean_, self.deviation_) for width in WIDTHS]
        tuned = [ridge(lift, standard[some], numbers[some], weights[some], targets, alphas) for lift in lifts]
        best = min(tuned, key=lambda fitted: fitted.error)
        if len(some) < len(numbers):
            best = ridge(best.lift, standard, numbers, weights, [best.target], np.array([best.penalty]))
        self._take(best, weights.sum())
        self.importances_ = np.abs(self._gradient(standard[drawn(counting.codes, N_SLOPES, rng)])).mean(axis=0)
        return np.clip(best.left_out[:, np.newaxis], *self.bounds_)

    def _take(self, fitted: Fitted, n_counted: float) -> None:
        """Keep what predicts."""
        self.weights_, self.coef_ = fitted.lift.lowered(fitted.solution)
        self.intercept_, self.width_, self.target_ = fitted.intercept, fitted.lift.width, fitted.target
        self.alpha_ = float(fitted.penalty * n_counted)
        self.lay_out()

    def sensitivities(self) -> NDArray[np.float64]:
        """See `IntervalHead`."""
        return self.importances_ / self.deviation_

    def _standard(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Features at unit variance, cut off."""
        return np.clip((X - self.mean_) / self.deviation_, -FARTHEST, FARTHEST)

    def _pulls(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each landmark adds, (n_cases, n_landmarks_kept)."""
        return self._likenesses(standard) * self.weights_

    def _gradient(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much predictions rise with each feature at unit variance, (n_cases, n_features)."""
        pulls = self._pulls(standard)
        slope = self.target_.slope(self.intercept_ + standard @ self.coef_ + pulls.sum(axis=1))
        return slope[:, np.newaxis] * (self.coef_ + self._bent(standard, pulls))

    def gradient(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much the prediction rises with each feature.

        Parameters
        ----------
        X : float64 (n_cases, n_features)

        Returns
        -------
        float64 (n_cases, 1, n_features)
            0 for a feature that is cut off.
        """
        standard = (X - self.mean_) / self.deviation_
        inside = np.abs(standard) < FARTHEST
        return np.where(inside, self._gradient(self._standard(X)) / self.deviation_, 0.0)[:, np.newaxis]

    @one_blas_thread()  # of one case, more would wait for each other longer than it takes
    def scores(self, rows: NDArray[np.float32], n_cases: int) -> NDArray[np.float64]:
        """What `predict` returns before it is held within the bounds, of features as plans compute them.

        Parameters
        ----------
        rows : float32 (>= n_features, >= n_cases)
            Row j is feature j.
        n_cases : int

        Returns
        -------
        float64 (n_cases,)
        """
        standard = self._standard(rows[: len(self.mean_), :n_cases].T.astype(np.float64))
        return self.target_.back(self.intercept_ + standard @ self.coef_ + self._pulls(standard).sum(axis=1))


def principal(
    scaled: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The directions in which cases, (n_cases, n_lifted), vary, by whichever of two matrices is the smaller one.

    Returns
    -------
    sizes : float64 (n_directions,)
        The sum of squares along each.
    vectors : float64 (n_lifted, n_directions)
    projected : float64 (n_cases, n_directions)
        Where the cases are along them.
    """
    if len(scaled) >= scaled.shape[1]:
        sizes, vectors = eigh(scaled.T @ scaled)
        return sizes, vectors, scaled @ vectors
    sizes, of_cases = eigh(scaled @ scaled.T)
    there = sizes > ROUNDING * max(sizes[-1], 0.0)
    lengths = np.sqrt(sizes[there])
    return sizes[there], scaled.T @ (of_cases[:, there] / lengths), of_cases[:, there] * lengths


def ridge(
    lift: Lift,
    standard: NDArray[np.float64],
    numbers: NDArray[np.float64],
    weights: NDArray[np.float64],
    targets: list[Target],
    penalties: NDArray[np.float64],
) -> Fitted:
    """The ridge on lifted features of the smallest leave-one-out error, of all penalties and targets."""
    features = lift.of_standard(standard)
    means = np.average(features, axis=0, weights=weights)
    features -= means
    roots = np.sqrt(weights)[:, np.newaxis]
    sizes, vectors, projected = principal(features * roots)
    squares = projected**2
    found = None
    for target in targets:
        wanted = target.of(numbers)
        centre = np.average(wanted, weights=weights)
        along = projected.T @ (roots[:, 0] * (wanted - centre))
        for penalty in penalties.tolist():
            shrunk = 1.0 / (np.maximum(sizes, 0.0) + penalty * weights.sum())
            fitted = projected @ (shrunk * along) / roots[:, 0]
            leverages = squares @ shrunk + weights / weights.sum()
            missed = (wanted - centre - fitted) / np.maximum(1.0 - leverages, 1e-9)
            added = float(np.average(missed**2, weights=weights)) if target.root else 0.0
            left_out = replace(target, added=added).back(wanted - missed)
            error = float(np.average((numbers - left_out) ** 2, weights=weights))
            if found is None or error < found.error:
                solution, kept = vectors @ (shrunk * along), replace(target, added=added)
                intercept = float(centre - means @ solution)
                found = Fitted(error, kept, lift, penalty, solution, intercept, left_out)
    assert found is not None
    return found
