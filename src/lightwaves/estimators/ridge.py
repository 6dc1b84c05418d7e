"""The ridge head of the paper, its penalty's scale mended, its scores analysed and its probabilities calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..parallel.threads import one_blas_thread
from ..selection.discriminant import Analyses, Discriminant
from ..selection.products import targets_of
from ..selection.sums import Basis, Grid, Sums, score_sums
from ..validation import as_reals, shown
from .heads import CalibratedHead, LinearScores
from .weights import Weighed

SMALLEST = 1e-12  # a penalty of 0 would leave equal features undecided


class RidgeHead(LinearScores, CalibratedHead):
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
    Of more than two classes, scores are those of a linear discriminant analysis of the ridge's scores [3]_; the page on
    how it works has the details. So a class that lies between others, such as the middle one of three grades, is told,
    which a ridge for each class hides [4]_. `coef_` and `intercept_` are of these scores.
    The head learns the analysis from its training cases. `lightwaves.LightWaveSClassifier` tries two others, by default
    and with fewer than 2,000 cases: one of cases that the search has not seen, and none. It gives the head one of these
    if cases left out then get likelier probabilities. A head that is passed to it is taken as it is.

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
    .. [3] T. Hastie, A. Buja, R. Tibshirani, "Penalized Discriminant Analysis", 1995, The Annals of Statistics 23.
    .. [4] T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2009, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.estimators import RidgeHead
    >>> Z = np.random.default_rng(0).standard_normal((60, 5))
    >>> head = RidgeHead().fit(Z, Z[:, 0] > 0)
    >>> head.predict_proba(Z[:1]).shape
    (1, 2)
    """

    floor_: float = 0.0  # as of a model that an earlier version has saved

    def __init__(self, alphas: Sequence[float] | NDArray[np.float64] | None = None) -> None:
        self.alphas = alphas

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        ValueError
            If `alphas` are not finite numbers above 0.
        """
        self._alphas()

    def _alphas(self) -> NDArray[np.float64]:
        try:
            alphas = np.logspace(-3, 3, 10) if self.alphas is None else as_reals(self.alphas)
        except ValueError:  # ragged
            alphas = None
        if alphas is None or alphas.ndim != 1 or not len(alphas) or not ((alphas > 0) & (alphas < np.inf)).all():
            raise ValueError(f"alphas must be a list of finite numbers above 0, got {shown(self.alphas)}.")
        return alphas

    def basis(self, rows: NDArray[np.float32], y: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Basis:
        """What sums over many cases shall be of, as features of some of these show.

        Parameters
        ----------
        rows : float32 (n_features, n_cases)
            Row j is feature j.
        y : ignored
            Present for heads that need it.
        weights : float64 (n_cases,), optional
        """
        return Basis(Grid.of(rows, weights), np.maximum(np.sort(self._alphas()), SMALLEST))

    def fit_sums(self, sums: Sums, basis: Basis, classes: NDArray[Any]) -> float:
        """Fit by sums over the cases, but for the calibration.

        The penalty is that of the smallest squared error on folds that are left out.

        Parameters
        ----------
        sums : Sums
        basis : Basis
            What they are of.
        classes : array (n_classes,)

        Returns
        -------
        float
            The penalty, for each case.
        """
        penalty = self._from_sums(sums, basis)
        self.classes_ = classes
        if sums.n_outputs > 1:
            self.discriminate(lambda: Analyses.of(score_sums(sums, penalty)))
        self.lay_out()
        return penalty

    def _follow(self, discriminant: Discriminant) -> None:
        sizes = np.abs(self.coef_).mean(axis=0)
        self.coef_ = discriminant.slopes.T @ self.coef_
        self.intercept_ = discriminant(self.intercept_)
        now = np.abs(self.coef_).mean(axis=0)
        self.importances_ = self.importances_ * np.divide(now, sizes, out=np.zeros_like(now), where=sizes > 0)

    @one_blas_thread()
    def _fit(self, X: NDArray[np.float32], counting: Weighed) -> NDArray[np.float64]:
        targets = targets_of(counting.codes, len(counting.classes))
        self.classes_ = counting.classes
        left_out, fitted = self._from_cases(X, targets, self._alphas(), counting)
        told = self.discriminate_left_out(left_out, fitted, targets, counting)
        self.lay_out()
        return told
