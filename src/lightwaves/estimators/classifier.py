"""The search and a head on what it found, as a classifier: the library's main estimator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    clone,
    is_classifier,
    is_clusterer,
    is_outlier_detector,
    is_regressor,
)
from sklearn.utils.validation import check_is_fitted

from ..banks import Bank
from ..containers.frames import check_order
from ..docstrings import shares
from ..panel import Panel
from ..parallel.comm import bcast
from ..plans.plan import features_of
from ..search.cross_fitting import CrossFit
from ..search.folds import can_judge
from ..search.found import Found
from ..search.merits import mean_and_standard_error
from ..search.roles import draw_cases
from ..selection.products import some_of, winners
from ..validation import as_list, check_bool, check_labels, check_n_jobs, is_missing, shown, warn_caller
from . import judging
from .agreement import Agreed, Given
from .descriptions import OF_CASES, OF_ONE_CASE, SHARED
from .doubts import warn_of_doubts
from .heads import check_of_kind, for_others, in_order, said_by, scores_of
from .judging import N_BASIS, Judges, folds_for
from .kernel import KernelHead
from .learning import Learner, LearnsMixin, available_if, that_count
from .ridge import RidgeHead
from .transformer import LightWaveS
from .weights import (
    Weighed,
    check_class_weight,
    check_sample_weight,
    check_takes_weights,
    weighed,
    weights_among,
    weights_of_classes,
)

OWN_HEADS = (RidgeHead, KernelHead)
FAR = 100.0  # scores of training cases are about 1 away from 0


@shares(SHARED)
class LightWaveSClassifier(LearnsMixin, ClassifierMixin, LightWaveS):
    """LightWaveS with a classifier on its features: the library's main estimator.

    By default it keeps 500 features. With 100, the model is about a third of the size, a prediction takes less time,
    and it is a little less accurate. With 1,500 it is the other way round. The guide has the figures.
    ``selection="mrmr"`` is the search of the paper [1]_.

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
    classifier : scikit-learn classifier or "auto", optional
        Fitted on the features; `lightwaves.estimators.RidgeHead` by default. This is the paper's ridge, with a
        discriminant analysis of its scores where there are more than two classes. With "auto" it competes with
        `lightwaves.estimators.KernelHead`, and that is taken where it errs clearly less on cases that neither
        the search nor the head has seen. With weights, the ``fit`` of a classifier of your own must take
        ``sample_weight``.
    class_weight : dict or "balanced", optional
        How often a case counts by its class, in search and head. "balanced" gives all classes the same weight
        together. A dict maps labels to weights; a class that it does not name has weight 1. Multiplies the
        ``sample_weight`` of `fit`.
    honest : bool, default=True
        Judge the model by cases that its search has not seen. This gives ``honest_score_``, and probabilities that are
        not too sure. With detachment, the search chooses again without a fifth of its cases, a head is fitted on what
        it chooses, and it classifies the cases that were left out. This is done five times, so that each case of the
        search is judged once. Of each class, neighbours are left out together. Of 2,000 cases or more, heads of the
        library judge up to 10,000 cases, not only those of the search; and without `groups` two of the five fifths are
        enough. A head of one's own that fails on a part of the cases has no estimate; a warning says so. With
        mRMR, if 500 cases or more took no part in the search, there are no `groups`, and the head is one of the
        library, these cases judge. Neighbours of theirs may have chosen the features.
        False saves the time. Then the cases that chose the features calibrate the probabilities, which are too sure
        where classes hardly differ; and with fewer than 2,000 cases nothing tells which analysis of the ridge's scores
        is the best one. ``n_features="auto"`` and ``classifier="auto"`` judge in any case.
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
    honest_score_ : float
        The accuracy on training cases, each classified by a model whose search and head have not seen it. Models that
        leave out a fifth of the cases are a little worse than this one, so it is rather too low than too high. With few
        or unequal groups they may leave out much more. Cases count by their weights, `class_weight` included. Only
        where it was found; see `honest`. A class that only one group has counts as wrong: when that group is left out,
        the model does not know the class. Such folds do not calibrate. If fewer than two classes have several groups,
        there is no score. A warning says so.
    honest_standard_error_ : float
        Its standard error. Cases of one group count as one observation.
    honest_proba_ : float64 (n_cases, n_classes)
        The probabilities of each training case by such a model; NaN for a case that was not judged. Only with a head
        that has probabilities, but not with one that derives from a head of the library. `lightwaves.save` does not
        keep it.
    {feature_scores_}
    {selection_path_}
    {candidate_channels_}
    {screening_}
    {screening_errors_}
    {bank_errors_}
    {channels_}
    channel_importances_ : float64 (n_channels,)
        Each channel's share; sums to 1. With a head of the library, of the ``importances_`` of that head; with
        another, as in `LightWaveS`.
    {n_channels_in_}
    {n_features_in_}
    {channel_names_}
    {training_}

    Notes
    -----
    `predict_proba` is calibrated by the scores of cases that the search has not seen; see `honest`, and
    `lightwaves.estimators.RidgeHead`. With another head, it exists where that head has it.

    With detachment, the honest estimate is cross-fitting [2]_. Three steps have seen all cases, as they choose among
    few things: the screening of channels and the choice among lists of banks, both on clear evidence, and the penalty
    of the search, one of three. The page of results has the time of fits with it and without.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379.
    .. [2] V. Chernozhukov et al., "Double/debiased machine learning for treatment and structural parameters", 2018,
       The Econometrics Journal 21, section 3.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> X, y = load_basic_motions("train")
    >>> classifier = LightWaveSClassifier(n_features=100).fit(X, y)
    >>> X_test, y_test = load_basic_motions("test")
    >>> float(classifier.score(X_test, y_test)) > 0.9
    True
    """

    classes_: NDArray[Any]
    classifier_: Any
    _head = "classifier_"
    _calibration = ("temperature_", "floor_")

    def __init__(
        self,
        bank: Bank | Sequence[Bank] | Sequence[Sequence[Bank]] | None = None,
        n_features: int | Literal["auto"] = 500,
        selection: Literal["detach", "mrmr"] = "detach",
        scale: bool = True,
        missing: Literal["error", "interpolate", "zero"] = "error",
        search_cases: int | None = None,
        screen_channels: bool = True,
        search_candidates: int | None = None,
        group_size: int | None = None,
        frugality: float = 0.0,
        classifier: Any = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        honest: bool = True,
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
        self.honest = honest

    @available_if(lambda self: self._learns())
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> LightWaveSClassifier:
        """Learn from new cases: fit the head on all cases so far, and keep the features.

        A model that is not fitted yet is fitted by the first call, which chooses the features. Later calls change the
        head only. Its coefficients are those of a head that gets all cases at once, by sums: the penalty is chosen by
        folds, so the head of the first call may differ a little from that of `fit`. Cases of weight 0 do not count.
        The calibration of probabilities and the honest estimate stay those of the first cases. If new cases are harder
        to tell apart, probabilities are too sure; then fit a new model. The analysis of scores stays, too, if the first
        cases have chosen one. Once there are four times as many cases, or a case of a new class comes, the head learns
        one of its own.

        Parameters
        ----------
        X : as in `fit`
        y : array (n_cases,)
            At the first call, of at least two classes.
        classes : array (n_classes,), optional
            All classes that will ever come, at the first call; by default those in its y. Later calls may leave it out.
        sample_weight : array (n_cases,) or number, optional
            How often each case counts.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If X, y, classes or sample_weight is not as described. If y has a class that is not among `classes`. If
            ``class_weight`` is "balanced", which needs all cases at once. If the model was loaded from a file, or
            fitted by several ranks: then it keeps no sums to add to.

        Warns
        -----
        UserWarning
            If new cases lie so far from the first ones that they outweigh these, in their features or, of a regressor,
            in y. If series are shorter or longer than those before, by more than these differ from each other.

        Notes
        -----
        For this the model keeps the features of its training cases or, of 2,000 cases or more, sums of products: 8
        bytes for each pair of features in each of five folds, 10 MB with 500 features. Pickles hold them;
        `lightwaves.save` does not. A head of one's own learns by its own ``partial_fit``.

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions()
        >>> model = LightWaveSClassifier(n_features=20, random_state=0)
        >>> model = model.partial_fit(X[::2], y[::2])
        >>> model = model.partial_fit(X[1::2], y[1::2])
        >>> float(model.score(X, y)) > 0.9
        True
        """
        if not hasattr(self, "_learner"):  # not even None, which is a head of one's own
            return self._learn_first(X, y, classes, sample_weight)
        check_order(X, y=y, sample_weight=sample_weight)
        panel = self._panel_to_judge(X)
        if classes is not None and not np.array_equal(check_classes(classes), self.classes_):
            known = shown(as_list(self.classes_))
            raise ValueError(f"classes must be those of the first call, {known}, got {shown(classes)}.")
        self._go_on(panel, *self._codes_and_weights(y, panel.n_cases, sample_weight, self.classes_), self.classes_)
        return self

    def _learn_first(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> LightWaveSClassifier:
        """The first call of `partial_fit`."""
        self._refuse_to_go_on()
        self._class_weight_of_parts()
        named = None if classes is None else check_classes(classes)
        if named is not None:  # before the search, which may take minutes
            self._codes_and_weights(y, np.asarray(y).size, sample_weight, named)
        first = self._unfitted()
        if named is not None:  # of which some have no case yet
            first.set_params(class_weight=weights_among(self.class_weight, check_labels(y, np.asarray(y).size, 1)[0]))
        fitted = first.fit(X, y, sample_weight=sample_weight)
        panel, known = fitted._next_panel(X), fitted.classes_ if named is None else named
        codes, weights = fitted._codes_and_weights(y, panel.n_cases, sample_weight, known)
        fitted._learn_anew(*that_count(panel, codes, weights), known)
        fitted._make_room_for(known)
        return self._become(fitted)

    def _codes_and_weights(
        self, y: Any, n_cases: int, sample_weight: Any, known: NDArray[Any]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64] | None]:
        """Labels as indices of known classes, and how often each case counts.

        Cases without weight are as if they were not there: their class need not be known, and is said to be the first.
        """
        class_weight = self._class_weight_of_parts()
        present, codes = check_labels(y, n_cases, least=1)
        labels = present[codes]
        weights = check_sample_weight(sample_weight, n_cases, may_all_be_zero=True)
        if class_weight is not None:
            ignored = [label for label, weight in class_weight.items() if not weight]
            weights = np.ones(n_cases) if weights is None else weights.copy()
            weights[[label in ignored for label in as_list(labels)]] = 0.0
        counts = np.ones(n_cases, bool) if weights is None else weights > 0
        codes = np.zeros(n_cases, np.intp)
        codes[counts] = codes_of(labels[counts], known)
        if class_weight is not None and weights is not None:
            counting = {label: weight for label, weight in class_weight.items() if weight}
            weights *= weights_of_classes(counting, known, codes, weights)[codes]
        return codes, weights

    def _learn_anew(
        self, panel: Panel, codes: NDArray[np.intp], weights: NDArray[np.float64] | None, known: NDArray[Any]
    ) -> None:
        """Fit the head once more, so that it can go on and knows all classes that will come."""
        if hasattr(self.classifier_, "fit_sums") and not hasattr(self.classifier_, "partial_fit"):
            some = draw_cases(codes, N_BASIS, np.random.RandomState(0))
            rows = features_of(self.plan_, panel, cases=some, n_jobs=check_n_jobs(self.n_jobs))
            head = clone(self.classifier_)
            basis = head.basis(rows, codes[some], some_of(weights, some))
            self._teach(Learner(basis, len(known)), panel, codes, weights, known)
        else:
            rows = self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs))
            options = {} if weights is None else {"sample_weight": weights}
            self.classifier_ = clone(self.classifier_).partial_fit(
                for_others(rows), known[codes], classes=known, **options
            )
            self._learner = None

    def _make_room_for(self, known: NDArray[Any]) -> None:
        """Take over all classes that will come; those that no case had yet have no honest chance."""
        before = getattr(self, "honest_proba_", None)
        if before is not None and len(known) > len(self.classes_):
            self.honest_proba_ = np.where(np.isnan(before[:, :1]), np.nan, np.zeros(len(known)))
            self.honest_proba_[:, np.searchsorted(known, self.classes_)] = before
        if len(self.training_.class_counts) < len(known):
            counts = np.zeros(len(known), np.int64)
            counts[np.searchsorted(known, self.classes_)] = self.training_.class_counts
            self.training_ = replace(self.training_, class_counts=counts)
        self.classes_ = known

    def _class_weight_of_parts(self) -> Mapping[Any, float] | None:
        """The weights of classes, where not all cases are there at once: no balance can be found then."""
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' needs all cases at once: give partial_fit a dict, or sample_weight."
            )
        check_class_weight(self.class_weight)
        return self.class_weight

    @shares(OF_CASES)
    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of each case.

        Parameters
        ----------
        {X}

        Returns
        -------
        array (n_cases,)
            Of the labels in `classes_`.

        Raises
        ------
        {raised}

        Warns
        -----
        {warned}

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions("train")
        >>> model = LightWaveSClassifier(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> model.predict(X[:2]).tolist() == y[:2].tolist()
        True
        """
        if self._has_own_head():
            return self.classes_[winners(self.decision_function(X))]
        return said_by(self.classifier_, self._features_for_others(X))

    @shares(OF_ONE_CASE)
    def predict_one(self, x: NDArray[Any], *, check: bool = True) -> Any:
        """The most likely class of one case by the shortest way: for loops over a stream.

        The result is that of `predict`, with the ridge to the bit; with another head, last digits of scores can differ.

        Parameters
        ----------
        {x}
        {check}

        Returns
        -------
        label

        Raises
        ------
        {raised}

        Warns
        -----
        UserWarning
            {warned}

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions("train")
        >>> model = LightWaveSClassifier(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> bool(model.predict_one(X[0]) == model.predict(X[:1])[0])
        True
        """
        features = self._features_of_one(x, check)
        if type(self.classifier_) in OWN_HEADS:
            return self.classes_[winners(self._scores_of_one(features, check))[0]]
        return said_by(self.classifier_, for_others(features[np.newaxis]))[0]

    @available_if(lambda self: self._head_has("decision_function"))
    @shares(OF_ONE_CASE)
    def decision_function_one(self, x: NDArray[Any], *, check: bool = True) -> NDArray[np.float64] | np.float64:
        """The head's score of each class for one case; see `predict_one`.

        Parameters
        ----------
        {x}
        {check}

        Returns
        -------
        float64 for two classes, else float64 (n_classes,)

        Raises
        ------
        {raised}

        Warns
        -----
        UserWarning
            {warned}
        """
        features = self._features_of_one(x, check)
        if type(self.classifier_) in OWN_HEADS:
            return self._scores_of_one(features, check)[0]
        return self._in_order(self.classifier_.decision_function(for_others(features[np.newaxis])))[0]

    @available_if(lambda self: self._head_has("predict_proba"))
    @shares(OF_ONE_CASE)
    def predict_proba_one(self, x: NDArray[Any], *, check: bool = True) -> NDArray[np.float64]:
        """The probability of each class for one case; see `predict_one`.

        Parameters
        ----------
        {x}
        {check}

        Returns
        -------
        float64 (n_classes,)
            In the order of `classes_`.

        Raises
        ------
        {raised}

        Warns
        -----
        UserWarning
            {warned}
        """
        features = self._features_of_one(x, check)
        if type(self.classifier_) in OWN_HEADS:
            return self.classifier_.probabilities(self._scores_of_one(features, check))[0]
        return self._in_order(self.classifier_.predict_proba(for_others(features[np.newaxis])))[0]

    def _scores_of_one(self, features: NDArray[np.float32], check: bool) -> NDArray[np.float64]:
        """The scores of one case by a head of the library."""
        scores = self.classifier_.scores(features[:, np.newaxis], 1)
        if check:
            warn_of_far_windows(scores)
        return scores

    @available_if(lambda self: self._head_has("decision_function"))
    @shares(OF_CASES)
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The head's score of each class; of training cases, scores lie about 1 away from 0.

        Parameters
        ----------
        {X}

        Returns
        -------
        float64 (n_cases,) for two classes, else (n_cases, n_classes)
            In the order of `classes_`; of two classes, above 0 for the second.

        Raises
        ------
        {raised}

        Warns
        -----
        {warned}

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions("train")
        >>> model = LightWaveSClassifier(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> scores = model.decision_function(X[:3])
        >>> scores.shape, bool((model.classes_[scores.argmax(axis=1)] == model.predict(X[:3])).all())
        ((3, 4), True)
        """
        if not self._has_own_head():
            return self._in_order(self.classifier_.decision_function(self._features_for_others(X)))
        panel = self._panel_to_judge(X)
        scores = scores_of(self.classifier_.scores, self.plan_, panel, check_n_jobs(self.n_jobs))
        warn_of_far_scores(scores)
        return scores

    @available_if(lambda self: self._head_has("predict_proba"))
    @shares(OF_CASES)
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class, calibrated where the head is the library's own.

        Parameters
        ----------
        {X}

        Returns
        -------
        float64 (n_cases, n_classes)
            Columns in the order of `classes_`.

        Raises
        ------
        {raised}

        Warns
        -----
        {warned}

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions("train")
        >>> model = LightWaveSClassifier(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> probabilities = model.predict_proba(X[:3])
        >>> probabilities.shape, bool(abs(probabilities.sum(axis=1) - 1).max() < 1e-12)
        ((3, 4), True)
        """
        if self._has_own_head():
            return self.classifier_.probabilities(self.decision_function(X))
        return self._in_order(self.classifier_.predict_proba(self._features_for_others(X)))

    def _in_order(self, said: Any) -> NDArray[np.float64]:
        return in_order(self.classifier_, self.classes_, said)

    def _head_has(self, method: str) -> bool:
        """Whether the head has it; if not, its error says so."""
        head = getattr(self, "classifier_", self.classifier)
        return head is None or isinstance(head, str) or bool(getattr(head, method))

    def _has_own_head(self) -> bool:
        check_is_fitted(self)
        return type(self.classifier_) in OWN_HEADS

    def _check_parameters(self) -> None:
        check_head(self.classifier)
        if isinstance(self.classifier, str) and self.selection != "detach":
            raise ValueError(
                f"classifier='auto' needs selection='detach', not {self.selection!r}, whose estimate on cases left out "
                "decides; or give a head."
            )
        check_class_weight(self.class_weight)
        check_bool(self.honest, "honest")
        super()._check_parameters()

    def _weigh(self, y: Any, n_cases: int, sample_weight: Any) -> Weighed:
        if not self._own_heads() and (sample_weight is not None or self.class_weight is not None):
            check_takes_weights(self.classifier, "classifier")
        return weighed(y, n_cases, sample_weight, self.class_weight)

    def _own_heads(self) -> list[Any]:
        """The library's own heads that are fitted; none where the user gave another."""
        if self.classifier is None:
            return [RidgeHead()]
        return [RidgeHead(), KernelHead()] if isinstance(self.classifier, str) else []

    def _heads(self) -> list[Any]:
        """The heads to fit: the library's own, or the user's."""
        return self._own_heads() or [self.classifier]

    def _cross_fit(self, given: Given) -> CrossFit | None:
        heads = self._heads()
        undecided = self.n_features == "auto" or isinstance(self.classifier, str)
        if self.selection != "detach" or not (self.honest or undecided):
            return None
        if not can_judge(given.codes, given.groups, undecided):
            return None
        fold = folds_for(given, heads) if self.honest else None
        own, few = bool(self._own_heads()), given.n_counting < judging.MANY
        analyses = bool(self.honest) and own and few and len(given.classes) > 2
        return CrossFit(heads, given.groups, given.classes, fold, analyses)

    def _finish(self, found: Found, given: Given, agreed: Agreed) -> None:
        super()._finish(found, given, agreed)
        self.classes_ = given.classes
        head = self._heads()[found.head]
        head = clone(head) if found.analysis is None else head._analysed_by(found.analysis)
        judges = self._fit_head(head, found, given, agreed)
        if self.honest and self.selection == "detach":
            n_judging = None if judges is None else len(judges.cases)
            bcast(agreed.crew.comm, lambda: warn_of_doubts(agreed.panel, given, n_judging))
        if judges is not None:
            self._judge(judges, given)

    def _judge(self, judges: Judges, given: Given) -> None:
        """Calibrate by scores of cases that the search has not seen, and keep how good they are."""
        codes, weights, groups = judges.counted(given)
        head, scores, chances = self.classifier_, judges.scores, judges.chances
        self.honest_score_, self.honest_standard_error_ = mean_and_standard_error(
            scores.argmax(axis=1) == codes, weights, groups
        )
        if type(head) in OWN_HEADS:
            calibrating = judges if given.groups is None else judges.only(judges.knew)
            if len(np.unique(given.codes[calibrating.cases])) < 2:
                calibrating = judges
            codes, weights, _ = calibrating.counted(given)
            head.calibrate(calibrating.scores, codes, weights)
            chances = head.probabilities(scores[:, 1] if scores.shape[1] == 2 else scores)
        elif np.isnan(chances).any():
            return
        self.honest_proba_ = judges.among_all(chances, given)


def codes_of(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.intp]:
    """Labels as indices of known classes, int (n_cases,).

    Raises
    ------
    ValueError
        If one is not known.
    """
    present, codes = np.unique(labels, return_inverse=True)
    if len(present) and (present.dtype.kind in "OU") != (classes.dtype.kind in "OU"):  # NumPy would make all text
        raise ValueError(
            f"y holds labels such as {shown(present[0])}, but the classes are such as {shown(classes[0])}: make all "
            "text, or all numbers."
        )
    unknown = np.setdiff1d(present, classes)
    if len(unknown):
        raise ValueError(
            f"y has the classes {shown(as_list(unknown))}, which are not among {shown(as_list(classes))}: name all "
            "that will come in classes, at the first call."
        )
    return np.searchsorted(classes, present)[codes]


def check_classes(classes: Any) -> NDArray[Any]:
    """The labels of all classes that will ever come, sorted.

    Raises
    ------
    TypeError, ValueError
        If they are no row of labels, or one is missing, or they cannot be sorted together.
    """
    is_row = isinstance(classes, Iterable) and not isinstance(classes, str) and getattr(classes, "ndim", 1) == 1
    listed = list(classes) if is_row else []
    if not is_row or any(np.ndim(label) for label in listed):
        raise ValueError(f"classes must be a list of labels, got {shown(classes)}.")
    if any(is_missing(label) for label in listed):
        raise ValueError(f"classes has a label that is missing, got {shown(classes)}.")
    if len({isinstance(label, str) for label in listed}) > 1:
        raise TypeError(f"classes mixes text and numbers, got {shown(classes)}: make them all text or all numbers.")
    return np.unique(np.asarray(listed))


def check_head(head: Any) -> None:
    """Make sure that a head is a classifier, before the search.

    Raises
    ------
    TypeError, ValueError
        If it is a class, an estimator of another kind, or a word other than "auto"; or if it is one of the library or
        of scikit-learn, and a parameter of it is not as described.
    """
    if head is None:
        return
    if isinstance(head, str):
        if head != "auto":
            raise ValueError(f"classifier must be None, 'auto' or a scikit-learn classifier, got {shown(head)}.")
        return
    for kind, is_kind in (
        ("a regressor", is_regressor),
        ("a clusterer", is_clusterer),
        ("an outlier detector", is_outlier_detector),
    ):
        if isinstance(head, BaseEstimator) and is_kind(head):
            raise TypeError(f"classifier must be a scikit-learn classifier, got {kind}, {shown(head)}.")
    check_of_kind(head, "classifier", is_classifier, OWN_HEADS)


def warn_of_far_scores(scores: NDArray[np.float64]) -> None:
    """Warn where the features of a case lie so far outside training that its label says little.

    Parameters
    ----------
    scores : float64 (n_cases,) or (n_cases, n_classes)
    """
    farthest = np.abs(scores).reshape(len(scores), -1).max(axis=1, initial=0.0)
    n_far = int(np.count_nonzero(farthest > FAR))
    if n_far:
        case = int(farthest.argmax())
        others = f" So is that of {n_far - 1} other cases." if n_far > 1 else ""
        warn_caller(
            f"The score of case {case} is {farthest[case]:.3g} away from 0, while those of training cases are about 1 "
            f"away.{others} Its features lie far outside training, so its label says little: check sensors and units."
        )


def warn_of_far_windows(scores: NDArray[np.float64]) -> None:
    """`warn_of_far_scores` for cases that come one by one: in words that repeat, so that a log holds them once.

    Parameters
    ----------
    scores : float64 (n_cases,) or (n_cases, n_classes)
    """
    flat = scores.ravel()
    if flat.dot(flat) > FAR**2 and np.abs(flat).max() > FAR:  # the sum of squares takes a third of the time
        warn_caller(
            f"A score is more than {FAR:.0f} away from 0, while those of training cases are about 1 away. The features "
            "lie far outside training, so the label says little: check sensors and units."
        )
