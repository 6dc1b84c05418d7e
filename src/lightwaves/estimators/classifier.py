"""The search and a head on what it found, as a classifier: the library's main estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_clusterer, is_outlier_detector, is_regressor
from sklearn.utils.validation import check_is_fitted

from ..banks import Bank
from ..docstrings import shares
from ..panel import MISSING
from ..parallel.comm import gather_and_bcast
from ..plans.plan import case_of
from ..search.search import Found
from ..search.shares import part_of, put_together
from ..validation import check_choice, check_n_jobs, shown
from .agreement import Agreed, Given
from .ridge import RidgeHead, winners
from .transformer import SHARED, LightWaveS
from .weights import Weighed, check_class_weight, check_takes_weights, weighed

if TYPE_CHECKING:  # scikit-learn's hides what it decorates from type checkers
    Method = TypeVar("Method")

    def available_if(check: Callable[[Any], bool]) -> Callable[[Method], Method]:
        """See scikit-learn."""
        raise NotImplementedError

else:
    from sklearn.utils.metaestimators import available_if


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
        Fitted on the features; `lightwaves.estimators.ridge.RidgeHead`, the paper's ridge, by default. With weights,
        its ``fit`` must take ``sample_weight``.
    class_weight : dict or "balanced", optional
        How often a case counts by its class, in search and head. "balanced" gives all classes the same weight
        together. A dict maps labels to weights; a class that it does not name has weight 1. Multiplies the
        ``sample_weight`` of `fit`.
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
    {screening_}
    {screening_errors_}
    {bank_errors_}
    {channels_}
    channel_importances_ : float64 (n_channels,)
        Each channel's share; sums to 1. With the ridge head, of the absolute coefficients at unit variance;
        with another, as in `LightWaveS`.
    {n_channels_in_}
    {n_features_in_}
    {training_}

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
        bank: Bank | Sequence[Bank] | Sequence[Sequence[Bank]] | None = None,
        n_features: int | Literal["auto"] = 500,
        selection: Literal["detach", "mrmr"] = "detach",
        scale: bool = True,
        missing: Literal["error", "interpolate", "zero"] = "error",
        search_cases: int = 1500,
        screen_channels: bool = True,
        search_candidates: int | None = None,
        group_size: int | None = None,
        frugality: float = 0.0,
        classifier: Any = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
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
        self.class_weight = class_weight

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
        return self.classifier_.predict(self._features(X))

    def predict_one(self, x: NDArray[Any], *, check: bool = True) -> Any:
        """The most likely class of one case by the shortest way: for loops over a stream.

        The result is that of `predict`, to the bit.

        Parameters
        ----------
        x : array (n_channels, n_timepoints) of any real dtype
            Fastest as float32 in C order.
        check : bool, default=True
            Whether to look for values that are not finite, in the channels that are read. Shape and dtype are checked
            in any case, in a tenth of a microsecond.

        Returns
        -------
        label

        Raises
        ------
        TypeError
            If x is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, no time points, or a value that is not finite.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """
        features = self._features_of_one(x, check)
        if type(self.classifier_) is RidgeHead:
            return self.classes_[winners(self.classifier_.scores(features[:, np.newaxis], 1))[0]]
        return self.classifier_.predict(features[np.newaxis])[0]

    @available_if(lambda self: self._head_has("decision_function"))
    def decision_function_one(self, x: NDArray[Any], *, check: bool = True) -> NDArray[np.float64] | np.float64:
        """The head's score of each class for one case; see `predict_one`.

        Parameters
        ----------
        x : array (n_channels, n_timepoints) of any real dtype
            Fastest as float32 in C order.
        check : bool, default=True
            Whether to look for values that are not finite, in the channels that are read. Shape and dtype are checked
            in any case, in a tenth of a microsecond.

        Returns
        -------
        float64 for two classes, else float64 (n_classes,)

        Raises
        ------
        TypeError
            If x is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, no time points, or a value that is not finite.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """
        features = self._features_of_one(x, check)
        if type(self.classifier_) is RidgeHead:
            return self.classifier_.scores(features[:, np.newaxis], 1)[0]
        return self.classifier_.decision_function(features[np.newaxis])[0]

    @available_if(lambda self: self._head_has("predict_proba"))
    def predict_proba_one(self, x: NDArray[Any], *, check: bool = True) -> NDArray[np.float64]:
        """The probability of each class for one case; see `predict_one`.

        Parameters
        ----------
        x : array (n_channels, n_timepoints) of any real dtype
            Fastest as float32 in C order.
        check : bool, default=True
            Whether to look for values that are not finite, in the channels that are read. Shape and dtype are checked
            in any case, in a tenth of a microsecond.

        Returns
        -------
        float64 (n_classes,)
            In the order of `classes_`.

        Raises
        ------
        TypeError
            If x is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, no time points, or a value that is not finite.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """
        features = self._features_of_one(x, check)
        if type(self.classifier_) is RidgeHead:
            return self.classifier_.probabilities(self.classifier_.scores(features[:, np.newaxis], 1))[0]
        return self.classifier_.predict_proba(features[np.newaxis])[0]

    def _features_of_one(self, x: NDArray[Any], check: bool) -> NDArray[np.float32]:
        try:
            plan = self.plan_
        except AttributeError:
            check_is_fitted(self)
            raise
        if self.missing != "error":
            check_choice(self.missing, "missing", MISSING)
            x = self._without_gaps(case_of(x, plan.n_channels))
        return plan.apply_one(x, check=check)

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
        if not self._has_ridge():
            return self.classifier_.decision_function(self._features(X))
        panel = self._next_panel(X)
        return self.classifier_.scores(self.plan_.finite_rows(panel, n_jobs=check_n_jobs(self.n_jobs)), panel.n_cases)

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
        return self.classifier_.predict_proba(self._features(X))

    def _features(self, X: Any) -> NDArray[np.float32]:
        """What the head was fitted on: `transform` without the container that ``set_output`` asks for."""
        return self.plan_.apply(self._next_panel(X), n_jobs=check_n_jobs(self.n_jobs))

    def _head_has(self, method: str) -> bool:
        head = getattr(self, "classifier_", self.classifier)
        return head is None or hasattr(head, method)

    def _has_ridge(self) -> bool:
        check_is_fitted(self)
        return type(self.classifier_) is RidgeHead

    def _check_parameters(self) -> None:
        check_head(self.classifier)
        check_class_weight(self.class_weight)
        super()._check_parameters()

    def _weigh(self, y: Any, n_cases: int, sample_weight: Any) -> Weighed:
        if self.classifier is not None and (sample_weight is not None or self.class_weight is not None):
            check_takes_weights(self.classifier)
        return weighed(y, n_cases, sample_weight, self.class_weight)

    def _finish(self, found: Found, given: Given, agreed: Agreed) -> None:
        super()._finish(found, given, agreed)
        self.classes_, crew = given.classes, agreed.crew
        panel = agreed.panel.filled(self.missing, self.plan_.shift)

        def fit_head(parts: list[Any]) -> Any:
            head = RidgeHead() if self.classifier is None else clone(self.classifier)
            options = {} if given.weights is None else {"sample_weight": given.weights}
            return head.fit(put_together(parts, crew).T, given.classes[given.codes], **options)

        with crew.progress.stage("fitting the classifier"):
            self.classifier_ = gather_and_bcast(crew.comm, lambda: part_of(self.plan_, panel, crew), fit_head)
        if type(self.classifier_) is RidgeHead:
            self._weights = self.classifier_.importances_


def check_head(head: Any) -> None:
    """Make sure that a head is a classifier, before the search.

    Raises
    ------
    TypeError
        If it is a class, or an estimator of another kind.
    """
    if head is None:
        return
    if isinstance(head, type):
        raise TypeError(f"classifier must be an estimator, got the class {head.__name__}: pass {head.__name__}().")
    for kind, is_kind in (
        ("a regressor", is_regressor),
        ("a clusterer", is_clusterer),
        ("an outlier detector", is_outlier_detector),
    ):
        if isinstance(head, BaseEstimator) and is_kind(head):
            raise TypeError(f"classifier must be a scikit-learn classifier, got {kind}, {shown(head)}.")
    for method in ("fit", "predict"):
        if not hasattr(head, method):
            raise TypeError(
                f"classifier must be None or a scikit-learn classifier, got {shown(head)}, which has no {method}."
            )
