"""A head whose scores are not linear in the features: a ridge on the features and on likenesses to some cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, eigh, solve_triangular

from ..parallel.threads import one_blas_thread
from ..selection.discriminant import Analyses, Discriminant
from ..selection.products import Targets, total_weight
from ..selection.sums import Basis, Grid, Sums, best_penalty, score_sums
from ..sharing import cached_property
from ..validation import check_int
from .heads import CalibratedHead, LaidOut
from .weights import Weighed, mean_and_deviation

ALIKE = 1e-9  # of a feature's variance: squared distances of equal cases are less, by rounding
WIDTHS = (0.5, 1.0, 2.0)  # of the kernel's exponent at the median squared distance of two cases
PENALTIES = np.logspace(-4, 1, 11)
LINEAR = 0.5  # what the linear kernel counts, beside 1 for the other, for two cases of unit variance
N_TUNED = 600  # cases that width and penalty are chosen on
JITTER = 1e-6  # on the diagonal of the landmarks' kernel, which equal cases leave singular
N_SLOPES = 200  # cases whose gradients say how much each feature counts


class Landmarks(NamedTuple):
    """Cases at unit variance, ready to compare others with them.

    Attributes
    ----------
    points : float64 (n_landmarks, n_features)
    squares : float64 (n_landmarks,)
        Of their lengths.
    """

    points: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, cases: NDArray[Any]) -> Landmarks:
        """Some cases, (n_landmarks, n_features), as landmarks."""
        points = np.asarray(cases, np.float64)
        return cls(points, (points**2).sum(axis=1))

    def squared_distances(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of cases, (n_cases, n_features), to each landmark: float64 (n_cases, n_landmarks)."""
        squares = (standard**2).sum(axis=1)[:, np.newaxis] + self.squares
        return np.maximum(squares - 2 * standard @ self.points.T, 0.0)

    def likenesses(self, standard: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """Of cases, (n_cases, n_features), to each landmark: float64 (n_cases, n_landmarks)."""
        with np.errstate(under="ignore"):  # a case far away is not like a landmark at all
            return np.exp(-width * self.squared_distances(standard))


class LandmarkHead(LaidOut):
    """A head that compares cases with `landmarks_`."""

    landmarks_: NDArray[np.float32]
    width_: float
    read_by_loops = ("landmarks_",)

    def for_loops(self) -> Landmarks:
        """The landmarks as cases are compared with them."""
        if not np.isfinite(self.landmarks_).all():
            raise ValueError("landmarks_ must be finite.")
        return Landmarks.of(self.landmarks_)

    def _likenesses(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """To each landmark: float64 (n_cases, n_landmarks_kept)."""
        return self.layout.likenesses(standard, self.width_)

    def _bent(self, standard: NDArray[np.float64], pulls: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much what landmarks add, (n_cases, n_landmarks_kept), rises with each feature at unit variance."""
        return 2 * self.width_ * (pulls @ self.layout.points - pulls.sum(axis=1, keepdims=True) * standard)


class KernelHead(LandmarkHead, CalibratedHead):
    """Kernel ridge classification by landmarks, with a linear part and calibrated probabilities.

    Scores are linear in the features, at unit variance, and in Gaussian likenesses to some training cases, the
    landmarks (Nyström's approximation [1]_). It pays where cases are many and classes bend: compare
    ``LightWaveSClassifier(classifier="auto")``, which takes it only where it errs clearly less.

    Parameters
    ----------
    n_landmarks : int, default=500
        At most so many, drawn class by class, always in the same way.

    Attributes
    ----------
    classes_ : array (n_classes,)
    landmarks_ : float32 (n_landmarks_kept, n_features)
        As features are compared with them: less `mean_`, and divided by `deviation_`.
    weights_ : float64 (n_landmarks_kept, n_outputs)
        Of the likenesses; one output for two classes, else one for each.
    coef_ : float64 (n_outputs, n_features)
        The linear part, for features as they come.
    intercept_ : float64 (n_outputs,)
    mean_ : float64 (n_features,)
        Of each feature over the training cases.
    deviation_ : float64 (n_features,)
        Of each feature over the training cases, or over those that came first where there are many; 1 where it is 0.
    width_ : float
        Likenesses are ``exp(-width_ * squared distance)`` of features at unit variance.
    alpha_ : float
        The penalty.
    importances_ : float64 (n_features,)
        The mean size of each feature's slope at unit variance, over some training cases.
    temperature_, floor_ : float
        As for `lightwaves.estimators.RidgeHead`.
    n_features_in_ : int

    Notes
    -----
    Width and penalty are those of the smallest leave-one-out error of a kernel ridge on at most 600 of the cases. The
    model holds ``n_landmarks * (n_features + n_outputs)`` numbers more than the linear head.

    References
    ----------
    .. [1] C. Williams, M. Seeger, "Using the Nyström Method to Speed Up Kernel Machines", 2000, NIPS 13, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.estimators import KernelHead
    >>> Z = np.random.default_rng(0).standard_normal((300, 2)).astype(np.float32)
    >>> ring = (Z**2).sum(axis=1) > 1.4
    >>> float(KernelHead().fit(Z[:200], ring[:200]).score(Z[200:], ring[200:])) > 0.9
    True
    """

    weights_: NDArray[np.float64]
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]

    def __init__(self, n_landmarks: int = 500) -> None:
        self.n_landmarks = n_landmarks

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError, ValueError
            If `n_landmarks` is not an int of at least 1.
        """
        check_int(self.n_landmarks, "n_landmarks", 1)

    @one_blas_thread()
    def basis(self, rows: NDArray[np.float32], y: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Basis:
        """What sums over many cases shall be of: likenesses to landmarks among some of them, and the features.

        Parameters
        ----------
        rows : float32 (n_features, n_cases)
            Row j is feature j.
        y : int (n_cases,)
            Classes as 0, 1, ...
        weights : float64 (n_cases,), optional
        """
        self.check()
        _, penalty = self._look(rows.T, y, weights)
        lift = Lift(self.landmarks_, self.width_, self.mean_, self.deviation_)
        grid = Grid.of(lift(rows), weights)
        # Penalties near the one that a few cases have chosen: more cases bear a smaller one.
        return Basis(grid, penalty * np.logspace(-2, 0.5, 6), lift, 1.0 / grid.deviation)

    def fit_sums(self, sums: Sums, basis: Basis, classes: NDArray[Any]) -> float:
        """Fit by sums over the cases, but for the calibration; see `RidgeHead.fit_sums`."""
        assert isinstance(basis.lift, Lift)
        lift, grid = basis.lift, basis.grid
        penalty, ridge = best_penalty(sums, basis.penalties, basis.units), sums.of_all()
        solution = ridge.coefficients(penalty, basis.units)
        lifted = solution[:-1] / grid.deviation[:, np.newaxis]
        self.landmarks_, self.width_ = lift.landmarks, lift.width
        self.mean_, self.deviation_ = lift.mean, lift.deviation
        self.alpha_, self.classes_, self.n_features_in_ = penalty * ridge.count, classes, len(lift.mean)
        self._keep(lifted, solution[-1] - grid.mean @ lifted, lift)
        self._centre((grid.mean + grid.deviation * ridge.mean[: sums.n_features])[-self.n_features_in_ :] / lift.part)
        if sums.n_outputs > 1:
            self.discriminate(lambda: Analyses.of(score_sums(sums, penalty, basis.units)))
        step = max(1, len(self.landmarks_) // N_SLOPES)  # so that some are of each class, where cases are sorted
        some = self.landmarks_[::step]
        self.importances_ = self._slopes(some.astype(np.float64))
        return penalty

    def _look(
        self, X: NDArray[Any], codes: NDArray[np.intp], weights: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64], float]:
        """Choose width and landmarks; the features at unit variance, and the penalty for each case."""
        self.mean_, self.deviation_ = mean_and_deviation(X.astype(np.float64), weights)
        self.deviation_[self.deviation_ == 0] = 1.0
        standard, rng = (X - self.mean_) / self.deviation_, np.random.RandomState(0)
        self.width_, penalty = tuned(standard, Targets.of(codes, weights), drawn(codes, N_TUNED, rng))
        self.landmarks_ = standard[drawn(codes, int(self.n_landmarks), rng)].astype(np.float32)
        return standard, penalty

    @one_blas_thread()
    def _fit(self, X: NDArray[np.float32], counting: Weighed) -> NDArray[np.float64]:
        standard, penalty = self._look(X, counting.codes, counting.weights)
        self.alpha_ = float(penalty * total_weight(counting.weights, len(X)))
        targets = Targets.of(counting.codes, counting.weights)
        left_out, fitted = self._solve(standard, targets)
        told = self.discriminate_left_out(left_out, fitted, targets.values, counting)
        rng = np.random.RandomState(0)
        self.classes_ = counting.classes
        self.importances_ = self._slopes(standard[drawn(counting.codes, N_SLOPES, rng)])
        return told

    def _follow(self, discriminant: Discriminant) -> None:
        self.weights_ = np.ascontiguousarray(self.weights_ @ discriminant.slopes)
        self.coef_ = discriminant.slopes.T @ self.coef_
        self.intercept_ = discriminant(self.intercept_)

    def _solve(
        self, standard: NDArray[np.float64], targets: Targets
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the ridge; returns what it says of each case, fitted without it, and with it, (n_cases, n_outputs)."""
        lift = Lift(self.landmarks_, self.width_, self.mean_, self.deviation_)
        features = lift.of_standard(standard)
        weights = np.ones(len(standard)) if targets.weights is None else targets.weights
        means = np.average(features, axis=0, weights=weights)
        features -= means
        scaled = features * np.sqrt(weights)[:, np.newaxis]
        products = scaled.T @ scaled
        products[np.diag_indices_from(products)] += self.alpha_
        factor = cholesky(products, lower=True)
        half = solve_triangular(factor, scaled.T, lower=True)
        right = np.sqrt(weights)[:, np.newaxis] * targets.centred
        solution = solve_triangular(factor, half @ right, lower=True, trans="T")
        leverages = (half**2).sum(axis=0) + weights / weights.sum()
        own = targets.centred - features @ solution
        residuals = own / np.maximum(1.0 - leverages, 1e-9)[:, np.newaxis]

        self._keep(solution, np.average(targets.values, axis=0, weights=weights) - means @ solution, lift)
        return targets.values - residuals, targets.values - own

    def _keep(self, solution: NDArray[np.float64], centre: NDArray[np.float64], lift: Lift) -> None:
        """Write a ridge on lifted features, (n_lifted, n_outputs) and (n_outputs,), as weights and coefficients."""
        self.weights_, linear = lift.lowered(solution)
        self.coef_ = linear.T / self.deviation_
        self.intercept_ = centre - self.coef_ @ self.mean_
        self.lay_out()

    def _centre(self, mean: NDArray[np.float64]) -> None:
        """Count features from their mean over all cases; until now they were counted from that over the first ones."""
        self.mean_ = self.mean_ + self.deviation_ * mean
        self.landmarks_ = (self.landmarks_ - mean).astype(np.float32)
        self.lay_out()

    def gradient(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much each score rises with each feature.

        Parameters
        ----------
        X : float64 (n_cases, n_features)

        Returns
        -------
        float64 (n_cases, n_outputs, n_features)
        """
        return self._gradient((X - self.mean_) / self.deviation_) / self.deviation_

    def _gradient(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same at unit variance."""
        slopes = np.empty((len(standard), *self.coef_.shape))
        for output, of_output in enumerate(self._slopes_of_outputs(standard)):
            slopes[:, output] = of_output
        return slopes

    def _slopes_of_outputs(self, standard: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Of one output after the other, as of many all together take much room: (n_cases, n_features)."""
        likenesses = self._likenesses(standard)
        for linear, weights in zip(self.coef_ * self.deviation_, self.weights_.T, strict=True):
            yield linear + self._bent(standard, likenesses * weights)

    def _slopes(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean absolute slope of each feature over some cases and all outputs, at unit variance."""
        return np.mean([np.abs(slopes).mean(axis=0) for slopes in self._slopes_of_outputs(standard)], axis=0)

    @one_blas_thread()  # of one case, more would wait for each other longer than it takes
    def scores(self, rows: NDArray[np.float32], n_cases: int) -> NDArray[np.float64]:
        """What `decision_function` returns, of features as plans compute them.

        Parameters
        ----------
        rows : float32 (>= n_features, >= n_cases)
            Row j is feature j.
        n_cases : int

        Returns
        -------
        float64 (n_cases,) for two classes, else (n_cases, n_classes)
        """
        features = rows[: len(self.mean_), :n_cases].T.astype(np.float64)
        standard = (features - self.mean_) / self.deviation_
        out = self.intercept_ + features @ self.coef_.T + self._likenesses(standard) @ self.weights_
        return out[:, 0] if len(self.intercept_) == 1 else out


@dataclass(frozen=True)
class Lift:
    """Features for which a kernel ridge by landmarks is a linear ridge.

    Attributes
    ----------
    landmarks : float32 (n_landmarks, n_features)
    width : float
    mean, deviation : float64 (n_features,)
        See `KernelHead`.
    """

    landmarks: NDArray[np.float32]
    width: float
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @cached_property
    def root(self) -> NDArray[np.float64]:
        """The lower factor of the landmarks' own kernel."""
        landmarks = Landmarks.of(self.landmarks)
        own = landmarks.likenesses(landmarks.points, self.width)
        own[np.diag_indices_from(own)] += JITTER
        return cholesky(own, lower=True)

    @property
    def part(self) -> float:
        """What features at unit variance are multiplied by."""
        return float(np.sqrt(LINEAR / len(self.mean)))

    def of_standard(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of features at unit variance, (n_cases, n_features): float64 (n_cases, n_landmarks + n_features)."""
        likenesses = Landmarks.of(self.landmarks).likenesses(standard, self.width)
        alike = solve_triangular(self.root, likenesses.T, lower=True).T
        return np.hstack([alike, self.part * standard])

    def lowered(self, solution: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coefficients of lifted features as the weights of likenesses, and coefficients at unit variance."""
        n_landmarks = len(self.landmarks)
        weights = solve_triangular(self.root, solution[:n_landmarks], lower=True, trans="T")
        # As `load` reads them: the order of their sums is that of the memory.
        return np.ascontiguousarray(weights), self.part * solution[n_landmarks:]

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Of features as they come, (n_features, n_cases): float64 (n_landmarks + n_features, n_cases)."""
        return self.of_standard((rows.T - self.mean) / self.deviation).T


def tuned(standard: NDArray[np.float64], targets: Targets, some: NDArray[np.intp]) -> tuple[float, float]:
    """The width, and the penalty for each case, of the smallest leave-one-out error of a kernel ridge on some cases."""
    cases, values = standard[some], targets.values[some]
    weights = np.ones(len(some)) if targets.weights is None else targets.weights[some] / targets.weights[some].mean()
    roots, n_cases = np.sqrt(weights)[:, np.newaxis], len(some)
    distances = Landmarks.of(cases).squared_distances(cases)
    typical = typical_distance(distances, cases.shape[1])
    linear = LINEAR / cases.shape[1] * (cases @ cases.T)
    centred = (values - np.average(values, axis=0, weights=weights)) * roots
    best = (np.inf, 1.0 / typical, float(PENALTIES[-1]) / n_cases)
    for width in WIDTHS:
        kernel = np.exp(-width / typical * distances) + linear
        means = kernel @ weights / weights.sum()
        kernel += means @ weights / weights.sum() - means[:, np.newaxis] - means
        values_of, vectors = eigh(kernel * roots * roots.T)
        projected = vectors.T @ centred
        for penalty in PENALTIES.tolist():
            shrunk = 1.0 / (np.maximum(values_of, 0.0) + penalty)
            solution = vectors @ (shrunk[:, np.newaxis] * projected)
            diagonal = (vectors**2) @ shrunk - weights / weights.sum() / penalty
            left_out = solution / np.maximum(diagonal, 1e-12)[:, np.newaxis]
            error = float((left_out**2).sum() / weights.sum())
            if error < best[0]:
                best = (error, width / typical, penalty / n_cases)
    return best[1], best[2]


def typical_distance(distances: NDArray[np.float64], n_features: int) -> float:
    """The median of squared distances between cases, without those that are nothing but rounding if these are most.

    Parameters
    ----------
    distances : float64 (n_cases, n_cases)
        At unit variance of each feature.
    n_features : int
    """
    between = distances[~np.eye(len(distances), dtype=bool)]
    least = ALIKE * n_features
    if len(between) and np.median(between) <= least:
        between = between[between > least]
    return float(np.median(between)) if len(between) else 1.0


def drawn(codes: NDArray[np.intp], n_drawn: int, rng: np.random.RandomState) -> NDArray[np.intp]:
    """At most so many cases, ascending, each class by its share."""
    if len(codes) <= n_drawn:
        return np.arange(len(codes))
    shuffled = rng.permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    return np.sort(by_class[np.arange(n_drawn, dtype=np.int64) * len(codes) // n_drawn])
