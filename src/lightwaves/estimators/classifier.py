"""The search and a head on what it found, as a classifier: the library's main estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..docstrings import shares
from ..parallel.comm import gather_and_bcast
from ..search.search import Found
from ..search.shares import part_of, put_together
from ..validation import check_n_jobs
from .agreement import Agreed, Given
from .ridge import RidgeHead, winners
from .transformer import SHARED, LightWaveS


@shares(SHARED)
class LightWaveSClassifier(ClassifierMixin, LightWaveS):
    """LightWaveS with a classifier on its features: the library's main estimator.

    As it stands it is the most accurate configuration known with 500 features. With 100 it is several times cheaper to
    run and a little less accurate, with 1,500 the other way round; docs/guide.md has the figures.
    ``selection="mrmr"`` is the classifier of the paper [1]_.

    Parameters
    ----------
    {bank}
    {n_features}
    {selection}
    {scale}
    {missing}
    {search_cases}
    {screen_channels}
    {search_candidates}
    {group_size}
    {frugality}
    classifier : scikit-learn classifier, optional
        Fitted on the features; `lightwaves.estimators.ridge.RidgeHead`, the paper's ridge, by default.
    {channel_names}
    {n_jobs}
    {random_state}
    {verbose}

    Attributes
    ----------
    plan_ : Plan
        The features; row j computes column j.
    classifier_ : classifier
        The fitted head.
    classes_ : array (n_classes,)
    {feature_scores_}
    {selection_path_}
    {candidate_channels_}
    {bank_errors_}
    {channels_}
    channel_importances_ : float64 (n_channels,)
        Each channel's share; sums to 1. With the ridge head, of the absolute coefficients at unit variance;
        with another, as in `LightWaveS`.
    {n_channels_in_}
    {n_features_in_}

    Notes
    -----
    `predict_proba` is calibrated by temperature scaling on leave-one-out scores; see
    `lightwaves.estimators.ridge.RidgeHead`. With another head, it exists where that head has it.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> X, y = load_basic_motions("train")
    >>> classifier = LightWaveSClassifier(n_features=100).fit(X, y)
    >>> X_test, y_test = load_basic_motions("test")
    >>> float(classifier.score(X_test, y_test)) > 0.9
    True
    """

    def __init__(
        self,
        bank=None,
        n_features=500,
        selection="detach",
        scale=True,
        missing="error",
        search_cases=1500,
        screen_channels=True,
        search_candidates=None,
        group_size=None,
        frugality=0.0,
        classifier=None,
        channel_names=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            bank=bank,
            n_features=n_features,
            selection=selection,
            scale=scale,
            missing=missing,
            search_cases=search_cases,
            screen_channels=screen_channels,
            search_candidates=search_candidates,
            group_size=group_size,
            frugality=frugality,
            channel_names=channel_names,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.classifier = classifier

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of each case.

        Parameters
        ----------
        X : as in `fit`, with the same channels; the lengths may differ

        Returns
        -------
        array (n_cases,)
        """
        if self._has_ridge():
            return self.classes_[winners(self.decision_function(X))]
        return self.classifier_.predict(self.transform(X))

    def predict_one(self, x: NDArray[np.float32]) -> Any:
        """The most likely class of one case by the shortest way: for loops over a stream.

        The same result as `predict`, without its checks: a wrong shape fails somewhere below or, with more
        channels than in `fit`, not at all.

        Parameters
        ----------
        x : float32 (n_channels, n_timepoints), finite, or with NaN where the parameter `missing` fills gaps

        Returns
        -------
        label
        """
        features = self.plan_.apply_one(x if self.missing == "error" else self._without_gaps(x))
        if self._has_ridge():
            return self.classes_[winners(self.classifier_.scores(features[:, np.newaxis], 1))[0]]
        return self.classifier_.predict(features[np.newaxis])[0]

    @available_if(lambda self: self._head_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The head's score of each class.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        float64 (n_cases,) for two classes, else (n_cases, n_classes)
        """
        panel = self._next_panel(X)
        n_jobs = check_n_jobs(self.n_jobs)
        if self._has_ridge():
            return self.classifier_.scores(self.plan_.finite_rows(panel, n_jobs=n_jobs), panel.n_cases)
        return self.classifier_.decision_function(self.plan_.apply(panel, n_jobs=n_jobs))

    @available_if(lambda self: self._head_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class, calibrated with the ridge head; see Notes.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        float64 (n_cases, n_classes)
            Columns in the order of `classes_`.
        """
        if self._has_ridge():
            return self.classifier_.probabilities(self.decision_function(X))
        return self.classifier_.predict_proba(self.transform(X))

    def _head_has(self, method: str) -> bool:
        head = getattr(self, "classifier_", self.classifier)
        return head is None or hasattr(head, method)

    def _has_ridge(self) -> bool:
        check_is_fitted(self)
        return type(self.classifier_) is RidgeHead

    def _check_parameters(self) -> None:
        if self.classifier is not None and not (
            hasattr(self.classifier, "fit") and hasattr(self.classifier, "predict")
        ):
            raise TypeError(f"classifier must be None or a scikit-learn classifier, got {self.classifier!r}.")
        super()._check_parameters()

    def _finish(self, found: Found, given: Given, agreed: Agreed) -> None:
        super()._finish(found, given, agreed)
        self.classes_, crew = given.classes, agreed.crew
        panel = agreed.panel.filled(self.missing, self.plan_.shift)

        def fit_head(parts: list[Any]) -> Any:
            head = RidgeHead() if self.classifier is None else clone(self.classifier)
            return head.fit(put_together(parts, crew).T, given.classes[given.codes])

        self.classifier_ = gather_and_bcast(crew.comm, lambda: part_of(self.plan_, panel, crew), fit_head)
        if type(self.classifier_) is RidgeHead:
            self._weights = self.classifier_.importances_
