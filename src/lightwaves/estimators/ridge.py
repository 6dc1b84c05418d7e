"""The ridge head of the paper, with its penalty's scale mended and its probabilities calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import RidgeClassifierCV
from sklearn.utils.validation import check_is_fitted, validate_data

from ..loops.lanes import N_LANES
from ..loops.statistics import combine
from ..parallel.threads import one_blas_thread
from ..selection.calibration import calibration, probabilities
from ..validation import shown
from .weights import Weighed, mean_and_deviation, weighed


class LinearScores(BaseEstimator):
    """Scores that are linear in the features: of `coef_` and `intercept_`."""

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]

    def scores(self, rows: NDArray[np.float32], n_cases: int) -> NDArray[np.float64]:
        """What `decision_function` returns, or `predict` of a regressor, of features as plans compute them.

        Parameters
        ----------
        rows : float32 (>= n_features, >= n_cases), C order
            Row j is feature j.
        n_cases : int

        Returns
        -------
        float64 (n_cases,) for two classes, else (n_cases, n_classes)

        Raises
        ------
        ValueError
            If rows is not as described.
        """
        n_features = len(self._weights)
        if (
            rows.dtype != np.float32
            or not rows.flags.c_contiguous
            or not (rows.ndim == 2 and rows.shape[0] >= n_features and rows.shape[1] >= n_cases)
        ):
            raise ValueError(
                f"rows must be float32 in C order, at least {n_features} x {n_cases}; got {rows.dtype} {rows.shape}."
            )
        out = np.empty((n_cases, self._weights.shape[1]))
        combine(rows.reshape(-1), rows.shape[1], self._weights, self._offsets, out)
        return out[:, 0] if len(self.intercept_) == 1 else out[:, : len(self.intercept_)]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "coef_"):
            self.lay_out()  # anew, since a memory-mapped pickle's arrays cannot be written to

    def lay_out(self) -> None:
        """Coefficients as ``combine`` reads them, the outputs side by side in whole vectors."""
        width = -(-len(self.intercept_) // N_LANES) * N_LANES
        self._weights = np.zeros((self.coef_.shape[1], width))
        self._weights[:, : len(self.coef_)] = self.coef_.T
        self._offsets = np.zeros(width)
        self._offsets[: len(self.intercept_)] = self.intercept_


class RidgeHead(ClassifierMixin, LinearScores):
    """Ridge classification on standardised features, with calibrated probabilities.

    Features are centred and divided by their standard deviation; then `RidgeClassifierCV` picks its penalty by
    leave-one-out among ``alphas * n_cases``. The authors of LightWaveS used the same alphas on features of
    unit *norm*, which for unit variance is that product.

    Parameters
    ----------
    alphas : sequence of float, optional
        Penalties for features of unit norm; ten from 1e-3 to 1e3 by default.

    Attributes
    ----------
    classes_ : array (n_classes,)
    alpha_ : float
        The penalty chosen, on features of unit variance.
    coef_ : float64 (n_outputs, n_features)
        For features as they come; one output for two classes, else one for each.
    intercept_ : float64 (n_outputs,)
    mean_ : float64 (n_features,)
        Of each feature over the training cases.
    importances_ : float64 (n_features,)
        Mean absolute coefficient of each feature at unit variance.
    temperature_ : float
        What scores are multiplied by before the softmax.
    floor_ : float
        The part of the probability that all classes share equally.
    n_features_in_ : int

    Notes
    -----
    Probabilities are ``(1 - floor_) * softmax(temperature_ * scores) + floor_ / n_classes``. Both numbers give the
    scores of cases that were left out the largest likelihood [1]_; see `calibrate`. `fit` takes the leave-one-out
    scores of its training cases. Where the features were chosen by the same cases, these are too good, and so the
    probabilities too sure; `lightwaves.LightWaveSClassifier` then calibrates again, with scores of cases that the
    search has not seen.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", 2017,
       arXiv:1706.04599, section 4.2 (temperature scaling).
    .. [2] J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999, section 2.2 (smoothed targets).

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.estimators.ridge import RidgeHead
    >>> Z = np.random.default_rng(0).standard_normal((60, 5))
    >>> head = RidgeHead().fit(Z, Z[:, 0] > 0)
    >>> head.predict_proba(Z[:1]).shape
    (1, 2)
    """

    floor_: float = 0.0  # as of a model that an earlier version has saved

    def __init__(self, alphas: Sequence[float] | NDArray[np.float64] | None = None) -> None:
        self.alphas = alphas

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RidgeHead:
        """Fit the coefficients and the temperature.

        Parameters
        ----------
        X : array (n_cases, n_features)
        y : array (n_cases,)
        sample_weight : array (n_cases,) or number, optional
            How often each case counts: one of weight 2 as two equal cases, one of weight 0 as if it were not there.
            But where cases are left out, to choose the penalty and the temperature, each is left out whole.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If an alpha is not above 0, or X, y or sample_weight is not as described.
        """
        left_out, counting = self._fit(X, y, sample_weight)
        self.calibrate(left_out, counting.codes, counting.weights)
        return self

    def fit_left_out(self, X: Any, y: Any, sample_weight: Any = None) -> NDArray[np.float64]:
        """What `fit` does, but for the calibration; returns the scores of each case by a ridge fitted without it.

        Returns
        -------
        float64 (n_cases_of_weight, n_classes)
            The cases whose weight is not 0.
        """
        return self._fit(X, y, sample_weight)[0]

    @one_blas_thread()
    def _fit(self, X: Any, y: Any, sample_weight: Any) -> tuple[NDArray[np.float64], Weighed]:
        alphas = np.logspace(-3, 3, 10) if self.alphas is None else np.asarray(self.alphas, dtype=float)
        if alphas.ndim != 1 or not len(alphas) or not (alphas > 0).all():
            raise ValueError(f"alphas must be numbers above 0, got {shown(self.alphas)}.")
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        counting = weighed(y, len(X), sample_weight)
        codes, weights = counting.codes, counting.weights
        if counting.cases is not None:
            X = X[counting.cases]

        mean, deviation = mean_and_deviation(X, weights)
        deviation[deviation == 0] = 1.0
        standard = (X - mean) / deviation
        penalties = alphas * (len(X) if weights is None else weights.sum())
        ridge = RidgeClassifierCV(penalties, store_cv_results=True).fit(standard, codes, sample_weight=weights)
        coefficients = np.atleast_2d(ridge.coef_)

        self.classes_ = counting.classes
        self.alpha_ = float(ridge.alpha_)
        self.coef_ = coefficients / deviation
        self.intercept_ = np.atleast_1d(ridge.intercept_) - self.coef_ @ mean
        self.mean_ = mean
        self.importances_ = np.abs(coefficients).mean(axis=0)
        left_out = _left_out(ridge, penalties, standard, codes, weights)
        self.lay_out()
        return left_out, counting

    def calibrate(
        self, scores: NDArray[np.float64], codes: NDArray[np.intp], weights: NDArray[np.float64] | None = None
    ) -> None:
        """Choose the temperature and the floor by cases whose scores are those of a model that has not seen them.

        Targets are smoothed, as Platt's are: as if half of one more case had been taken for another class. So no
        probability is 0 or 1, however well the classes separate. The floor is above the least one only where there are
        many cases, and where it raises the likelihood by more than its price (Schwarz's criterion).

        Parameters
        ----------
        scores : float64 (n_cases, n_classes)
        codes : int (n_cases,)
            Classes as 0, 1, ...
        weights : float64 (n_cases,), optional
        """
        self.temperature_, self.floor_ = calibration(scores, codes, weights)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Scores.

        Parameters
        ----------
        X : array (n_cases, n_features)

        Returns
        -------
        float64 (n_cases,) for two classes, else (n_cases, n_classes)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return self.scores(np.ascontiguousarray(X.T), len(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """The class with the highest score.

        Parameters
        ----------
        X : array (n_cases, n_features)

        Returns
        -------
        array (n_cases,)
        """
        scores = self.decision_function(X)
        return self.classes_[winners(scores)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Calibrated probabilities; see Notes.

        Parameters
        ----------
        X : array (n_cases, n_features)

        Returns
        -------
        float64 (n_cases, n_classes)
            Rows sum to 1; none is 0 or 1.
        """
        return self.probabilities(self.decision_function(X))

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """What `predict_proba` makes of scores."""
        return probabilities(scores, self.temperature_, self.floor_)


def winners(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The index of the class with the highest score."""
    return (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)


def _left_out(
    ridge: RidgeClassifierCV,
    alphas: NDArray[np.float64],
    X: NDArray[np.float64],
    codes: NDArray[np.intp],
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Each training case's scores by a ridge that was fitted without it, (n_cases, n_classes).

    See `without_each`.
    """
    targets = np.where(codes[:, np.newaxis] == np.arange(int(codes.max()) + 1), 1.0, -1.0)
    scores = ridge.decision_function(X)
    if scores.ndim == 1:
        targets, scores = targets[:, 1:], scores[:, np.newaxis]
    left_out = without_each(ridge, alphas, targets, scores, weights)
    return np.column_stack([-left_out, left_out]) if left_out.shape[1] == 1 else left_out


def without_each(
    ridge: Any,
    alphas: NDArray[np.float64],
    targets: NDArray[np.float64],
    fitted: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What a ridge of scikit-learn says of each training case that it is fitted without, (n_cases, n_outputs).

    It keeps squared leave-one-out residuals, times the weights; a residual has the sign of that on the training data,
    which it is divided by one minus the case's leverage.
    """
    at = int(np.argmin(np.abs(alphas - ridge.alpha_)))
    squared = ridge.cv_results_[..., at].reshape(fitted.shape)
    if weights is not None:
        squared = squared / weights[:, np.newaxis]
    return targets - np.sign(targets - fitted) * np.sqrt(squared)
