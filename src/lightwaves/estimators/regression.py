"""Heads of a regressor: the ridge, and what all have, intervals by the errors on cases that they have not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..parallel.threads import one_blas_thread
from ..search.passes import Numbers
from ..selection.calibration import effective_number
from ..selection.sums import Basis, Grid, Sums
from ..validation import check_number, warn_caller
from .heads import LeftOutHead, LinearScores
from .ridge import SMALLEST
from .weights import Weighed, weighed_numbers

ALPHAS = np.logspace(-3, 3, 10)
BEYOND = 0.5  # of the range of the training cases: how far predictions may lie outside
N_QUANTILES = 200  # of the errors, from 0 to 1 in equal steps


class IntervalHead(RegressorMixin, LeftOutHead):
    """A regressor with intervals, whose widths are quantiles of errors on cases that it has not seen.

    See `LeftOutHead`; `_fit` of a subclass calls `keep_bounds`.
    """

    _weigh = staticmethod(weighed_numbers)
    bounds_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    importances_: NDArray[np.float64]

    def keep_bounds(self, values: NDArray[np.float64]) -> None:
        """Predictions end half of the range of the training cases beyond either end of it."""
        self.bounds_ = np.array([values.min(), values.max()]) + BEYOND * np.ptp(values) * np.array([-1, 1])

    def calibrate(self, scores: NDArray[np.float64], y: Any, weights: NDArray[np.float64] | None = None) -> None:
        """Take the errors from cases whose predictions are those of a model that has not seen them.

        Parameters
        ----------
        scores : float64 (n_cases, 1)
            What was predicted.
        y : float64 (n_cases,)
        weights : float64 (n_cases,), optional
        """
        errors = np.abs(y - scores[:, 0])
        order = np.argsort(errors)
        counted = np.ones(len(errors)) if weights is None else weights[order]
        until = np.cumsum(counted)
        wanted = np.arange(N_QUANTILES + 1) / N_QUANTILES * (until[-1] + until[-1] / effective_number(counted))
        at = np.minimum(np.searchsorted(until, wanted * (1 - 1e-12)), len(errors) - 1)
        self.errors_ = errors[order][at]
        self.spread_ = float(np.sqrt(np.average(errors**2, weights=weights)))

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The most likely value.

        Parameters
        ----------
        X : array (n_cases, n_features)

        Returns
        -------
        float64 (n_cases,)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return self.bounded(self.scores(np.ascontiguousarray(X.T), len(X)))

    def sensitivities(self) -> NDArray[np.float64]:
        """By how much predictions move with each feature, (n_features,), whichever way."""
        raise NotImplementedError

    def far_off(self, rows: NDArray[np.float32], n_cases: int) -> NDArray[np.float64]:
        """How far features lie from the means of training, relative to cases of training.

        It is the mean distance over the features, each weighted by its importance. For cases of training it is about 1.

        Parameters
        ----------
        rows : float32 (>= n_features, >= n_cases)
            Row j is feature j.
        n_cases : int

        Returns
        -------
        float64 (n_cases,)
        """
        usual = self.importances_.sum()
        if not usual:
            return np.zeros(n_cases)
        distances = np.abs(rows[: len(self.mean_), :n_cases] - self.mean_[:, np.newaxis])
        return self.sensitivities() @ distances / usual

    def bounded(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """What `predict` makes of scores."""
        return np.clip(scores, *self.bounds_)

    def predict_interval(self, X: Any, level: float = 0.9) -> NDArray[np.float64]:
        """Where the value lies with a given probability.

        Parameters
        ----------
        X : array (n_cases, n_features)
        level : float, default=0.9
            The probability, above 0 and below 1.

        Returns
        -------
        float64 (n_cases, 2)
            Lower and upper end.

        Raises
        ------
        TypeError, ValueError
            If level is no such number.
        """
        check_is_fitted(self)
        width, predicted = self.half_width(level), self.predict(X)
        return np.column_stack([predicted - width, predicted + width])

    def half_width(self, level: float, warn: bool = True) -> float:
        """Half of the width of an interval of that probability.

        Parameters
        ----------
        level : float
        warn : bool, default=True
            Whether to say that errors are too few for it.

        Returns
        -------
        float

        Raises
        ------
        TypeError, ValueError
            If level is no number between 0 and 1.

        Warns
        -----
        UserWarning
            If there are too few errors for that level: of n of them, the largest holds n / (n + 1) of new cases. And
            above 0.995: finer quantiles are not kept, so the largest error is taken.
        """
        check_number(level, "level")
        if not 0 < level < 1:
            raise ValueError(f"level must be above 0 and below 1, got {level}.")
        first = int(np.argmax(self.errors_ == self.errors_[-1])) / N_QUANTILES  # (n - 1) / (n + 1), or just above
        most = min((1 + first) / 2, 1 - 1 / N_QUANTILES)
        if level > most:
            if warn:
                warn_caller(
                    f"level={level} asks for more than the errors can tell: intervals are as wide as the largest error "
                    f"on cases left out, which holds about {most:.3g} of new cases. Take a smaller level"
                    + ("." if most == 1 - 1 / N_QUANTILES else ", or fit on more cases.")
                )
            return float(self.errors_[-1])
        return float(np.interp(level, np.arange(N_QUANTILES + 1) / N_QUANTILES, self.errors_))


class RegressionHead(LinearScores, IntervalHead):
    """Ridge regression on standardised features, with intervals.

    Parameters
    ----------
    alpha : float, optional
        The penalty for each case, on features of unit variance; by default the best of ten from 1e-3 to 1e3, by
        leave-one-out.

    Attributes
    ----------
    alpha_ : float
        The penalty taken, for all cases together.
    coef_ : float64 (1, n_features)
        For features as they come.
    intercept_ : float64 (1,)
    mean_ : float64 (n_features,)
        Of each feature over the training cases.
    importances_ : float64 (n_features,)
        Absolute coefficient of each feature at unit variance.
    bounds_ : float64 (2,)
        The least and the largest prediction: half of the range of the training cases beyond either end of it.
    spread_ : float
        The root of the mean squared error on cases left out.
    errors_ : float64 (201,)
        Quantiles of the absolute errors on cases left out, for the probabilities 0, 0.005, ... 1.
    n_features_in_ : int

    Notes
    -----
    Predictions stay within `bounds_`: a feature that hardly varies over the training cases may do anything on another
    case, and a linear model would follow it anywhere.

    An interval holds the true value with the given probability if new cases are like those left out: it is as wide as
    that quantile of their absolute errors, of n cases that of (n + 1) / n times the probability [1]_. Cases of uneven
    weights count as fewer in n: five that weigh as much as 495 others count with these as 20.

    References
    ----------
    .. [1] V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World", 2005, section 2.2 (conformal
       prediction).

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.estimators import RegressionHead
    >>> Z = np.random.default_rng(0).standard_normal((60, 5))
    >>> head = RegressionHead().fit(Z, Z[:, 0] + 0.1 * Z[:, 1])
    >>> head.predict_interval(Z[:1], 0.8).shape
    (1, 2)
    """

    def __init__(self, alpha: float | None = None) -> None:
        self.alpha = alpha

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError, ValueError
            If `alpha` is not a finite number of 0 or more.
        """
        penalties(self.alpha, ALPHAS)

    def basis(self, rows: NDArray[np.float32], y: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Basis:
        """What sums over many cases shall be of; see `lightwaves.estimators.RidgeHead.basis`."""
        return Basis(Grid.of(rows, weights), penalties(self.alpha, ALPHAS))

    def fit_sums(self, sums: Sums, basis: Basis, numbers: Numbers) -> float:
        """Fit by sums over the cases, but for the intervals.

        Parameters
        ----------
        sums : Sums
            Its target are the numbers of the cases, standardised.
        basis : Basis
        numbers : Numbers
            What is known of them.

        Returns
        -------
        float
            The penalty, for each case.
        """
        penalty = self._from_sums(sums, basis)
        self.keep_bounds(np.array([numbers.least, numbers.largest]))
        self._scale = mean, deviation = numbers.mean, numbers.deviation
        self.coef_, self.importances_ = self.coef_ * deviation, self.importances_ * deviation
        self.intercept_ = self.intercept_ * deviation + mean
        self.lay_out()
        return penalty

    def sensitivities(self) -> NDArray[np.float64]:
        """See `IntervalHead`."""
        return np.abs(self.coef_[0])

    def of_outputs(self, scores: NDArray[np.float64], fold: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """Scores of a ridge by sums, (n_cases, 1), as `calibrate` takes them."""
        mean, deviation = self._scale
        return self.bounded(mean + deviation * scores)

    @one_blas_thread()
    def _fit(self, X: NDArray[np.float32], counting: Weighed) -> NDArray[np.float64]:
        left_out, _ = self._from_cases(X, counting.y, penalties(self.alpha, ALPHAS), counting)
        self.keep_bounds(counting.y)
        self.lay_out()
        return np.clip(left_out, *self.bounds_)


def penalties(alpha: float | None, usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """The penalties for each case to choose among: the usual ones, unless one is given.

    Raises
    ------
    TypeError, ValueError
        If it is not a number of 0 or more.
    """
    return usual if alpha is None else np.array([max(check_number(alpha, "alpha"), SMALLEST)])
