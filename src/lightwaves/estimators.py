"""The estimators: they validate, call and store."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .banks import WaveletScattering
from .comm import Comm, SerialComm, agree, together
from .panel import Panel
from .ridge import RidgeHead, winners
from .search import SHORTLIST, search
from .selection import anova_f, best, class_starts, mrmr, spare_rows
from .series import SeriesMixin
from .validation import check_bool, check_choice, check_int, check_labels, check_n_jobs

SELECTIONS = ("mrmr",)


class LightWaveS(SeriesMixin, TransformerMixin, BaseEstimator):
    """The features of a bank that tell classes apart, a few hundred out of tens of thousands or millions.

    Every candidate of the bank is scored by ANOVA; the best ``3 * n_features`` go through mRMR, which keeps
    n_features of them, and only those are computed from then on.

    Parameters
    ----------
    bank : WaveletScattering, optional
        The candidates; ``WaveletScattering()``, as in the paper, by default.
    n_features : int, default=500
        How many to keep.
    selection : {"mrmr"}, default="mrmr"
        How they are chosen.
    scale : bool, default=True
        Standardise each channel by its mean and standard deviation over training cases and time.
    search_cases : int, default=1500
        At most so many training cases, each class by its share, take part in the choice.
    channel_names : sequence of str, optional
        Names of the channels, for feature names, plots and reports.
    n_jobs : int, optional
        Threads, in joblib's convention. No result depends on it.
    random_state : int, RandomState or None, default=None
        Draws the cases of the search, where there are more than `search_cases`; None draws others each time,
        and leaves NumPy's global state alone.
    verbose : int, default=0
        1 prints what the search does.

    Attributes
    ----------
    plan_ : KernelPlan
        The features; row j computes column j. A record that needs neither the estimator nor its training data.
    feature_scores_ : float64 (n_features_kept,)
        The F statistic of each feature; infinite for one that separates the classes perfectly.
    channels_ : int (n_channels_used,)
        The channels that are read, ascending.
    channel_importances_ : float64 (n_channels,)
        Each channel's share of the variance that the features explain, by ANOVA; sums to 1.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> X, y = load_basic_motions("train")
    >>> LightWaveS(n_features=20).fit_transform(X, y).shape
    (40, 20)
    """

    def __init__(
        self,
        bank=None,
        n_features=500,
        selection="mrmr",
        scale=True,
        search_cases=1500,
        channel_names=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.bank = bank
        self.n_features = n_features
        self.selection = selection
        self.scale = scale
        self.search_cases = search_cases
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X: Any, y: Any, *, comm: Comm | None = None) -> LightWaveS:
        """Choose the features.

        Parameters
        ----------
        X : array, list or mapping
            (n_cases, n_channels, n_timepoints), or (n_cases, n_timepoints) for one channel, of any real dtype; a
            list of arrays (n_channels, n_timepoints_i) for unequal lengths; or a mapping from channel names to
            arrays (n_cases, n_timepoints).
        y : array (n_cases,)
            At least two classes.
        comm : communicator, optional
            Such as ``mpi4py.MPI.COMM_WORLD``: its ranks, all given the same arguments, share the search and
            end with the same plan, which is also that of one process.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, X or y is not as described; the message says what was seen.

        Warns
        -----
        UserWarning
            If the bank has fewer candidates than n_features; all are kept.
        """
        return self._fit(X, y, comm)

    def fit_transform(self, X: Any, y: Any = None, *, comm: Comm | None = None) -> NDArray[np.float32]:
        """Choose the features and compute them; see `fit` and `transform`."""
        return self.fit(X, y, comm=comm).transform(X)

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the chosen features.

        Parameters
        ----------
        X : as in `fit`, with the same channels; the lengths may differ

        Returns
        -------
        float32 (n_cases, n_features_kept)
            Column j is row j of `plan_`.
        """
        return self.plan_.apply(self._next_panel(X), n_jobs=check_n_jobs(self.n_jobs))

    @property
    def channels_(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        check_is_fitted(self)
        return self.plan_.channels

    @property
    def channel_importances_(self) -> NDArray[np.float64]:
        """Each channel's share of what the features contribute; sums to 1."""
        check_is_fitted(self)
        sums = np.bincount(self.plan_.channel, self._weights, minlength=self.plan_.n_channels)
        return sums / sums.sum() if sums.sum() > 0 else np.full(len(sums), 1.0 / len(sums))

    def _fit(self, X: Any, y: Any, comm: Comm | None) -> LightWaveS:
        """Fit a clone and take over its state at the very end, so that an interrupted fit changes nothing."""
        comm = SerialComm() if comm is None else comm
        fitted = clone(self)
        panel, codes = together(comm, lambda: fitted._prepare(X, y))
        agree(comm, classes=fitted._classes.tolist())
        fitted.plan_, fitted.feature_scores_ = search(
            WaveletScattering() if self.bank is None else self.bank,
            panel,
            codes,
            n_features=int(self.n_features),
            scale=bool(self.scale),
            search_cases=int(self.search_cases),
            random_state=_generator(self.random_state),
            n_jobs=check_n_jobs(self.n_jobs),
            comm=comm,
            verbose=int(self.verbose),
        )
        fitted._finish(panel, codes)
        for name in [name for name in vars(self) if _is_state(name)]:
            delattr(self, name)
        self.__dict__.update({name: value for name, value in vars(fitted).items() if _is_state(name)})
        return self

    def _prepare(self, X: Any, y: Any) -> tuple[Panel, NDArray[np.intp]]:
        """Every check, before any work."""
        if self.bank is not None:
            if isinstance(self.bank, type) or not hasattr(self.bank, "block"):
                raise TypeError(f"bank must be None or a bank such as WaveletScattering(), got {self.bank!r}.")
            self.bank.check()
        check_int(self.n_features, "n_features", 1)
        check_choice(self.selection, "selection", SELECTIONS)
        check_bool(self.scale, "scale")
        check_int(self.search_cases, "search_cases", 2)
        check_int(self.verbose, "verbose", 0)
        check_n_jobs(self.n_jobs)
        check_random_state(self.random_state)
        panel = self._fit_panel(X)
        self._classes, codes = check_labels(y, panel.n_cases)
        return panel, codes

    def _finish(self, panel: Panel, codes: NDArray[np.intp]) -> None:
        """What follows the search: here, how much of each feature's variance the classes explain."""
        n_cases, n_classes = min(len(codes), int(self.search_cases)), len(self._classes)
        explained = np.minimum(self.feature_scores_, 1e12) * (n_classes - 1)
        self._weights = explained / (explained + max(1, n_cases - n_classes))


def _generator(random_state: Any) -> np.random.RandomState:
    """A generator, never NumPy's global one."""
    return np.random.RandomState() if random_state is None else check_random_state(random_state)


def _is_state(name: str) -> bool:
    """Whether an attribute is what a fit leaves; others are parameters, or set by whoever uses the estimator."""
    return name in ("_classes", "_fitted_2d", "_weights") or (name.endswith("_") and not name.startswith("_"))


class LightWaveSClassifier(ClassifierMixin, LightWaveS):
    """LightWaveS with a classifier on its features: the library's main estimator.

    Parameters
    ----------
    bank : WaveletScattering, optional
        The candidates; ``WaveletScattering()``, as in the paper, by default.
    n_features : int, default=500
        How many features to keep; 1500 is the paper's wide variant.
    selection : {"mrmr"}, default="mrmr"
        How they are chosen.
    scale : bool, default=True
        Standardise each channel by its mean and standard deviation over training cases and time.
    search_cases : int, default=1500
        At most so many training cases, each class by its share, take part in the choice. The classifier is
        fitted on all.
    classifier : scikit-learn classifier, optional
        Fitted on the features; `lightwaves.ridge.RidgeHead`, the paper's ridge, by default.
    channel_names : sequence of str, optional
        Names of the channels, for feature names, plots and reports.
    n_jobs : int, optional
        Threads, in joblib's convention. No result depends on it.
    random_state : int, RandomState or None, default=None
        Draws the cases of the search, where there are more than `search_cases`; None draws others each time,
        and leaves NumPy's global state alone.
    verbose : int, default=0
        1 prints what the search does.

    Attributes
    ----------
    plan_ : KernelPlan
        The features; row j computes column j.
    classifier_ : classifier
        The fitted head.
    classes_ : array (n_classes,)
    feature_scores_ : float64 (n_features_kept,)
        The F statistic of each feature; infinite for one that separates the classes perfectly.
    channels_ : int (n_channels_used,)
        The channels that are read, ascending.
    channel_importances_ : float64 (n_channels,)
        Each channel's share; sums to 1. With the ridge head, of the absolute coefficients at unit variance;
        with another, of the variance that the features explain.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

    Notes
    -----
    `predict_proba` is calibrated by temperature scaling on leave-one-out scores; see
    `lightwaves.ridge.RidgeHead`. With another head, it exists where that head has it.

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
        selection="mrmr",
        scale=True,
        search_cases=1500,
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
            search_cases=search_cases,
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
        x : float32 (n_channels, n_timepoints), finite

        Returns
        -------
        label
        """
        features = self.plan_.apply_one(x)
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
            return self.classifier_.scores(self.plan_.rows(panel, n_jobs=n_jobs), panel.n_cases)
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

    def _prepare(self, X: Any, y: Any) -> tuple[Panel, NDArray[np.intp]]:
        if self.classifier is not None and not (
            hasattr(self.classifier, "fit") and hasattr(self.classifier, "predict")
        ):
            raise TypeError(f"classifier must be None or a scikit-learn classifier, got {self.classifier!r}.")
        return super()._prepare(X, y)

    def _finish(self, panel: Panel, codes: NDArray[np.intp]) -> None:
        super()._finish(panel, codes)
        self.classes_ = self._classes
        features = self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs))
        head = RidgeHead() if self.classifier is None else clone(self.classifier)
        self.classifier_ = head.fit(features, self.classes_[codes])
        if type(head) is RidgeHead:
            self._weights = head.importances_


class FeatureSelector(SelectorMixin, BaseEstimator):
    """ANOVA, then mRMR, on any feature matrix.

    Parameters
    ----------
    n_features : int, default=500
        How many features to keep.
    n_candidates : int, optional
        How many of the features with the largest F go into mRMR; ``3 * n_features`` by default.
    method : {"mrmr"}, default="mrmr"
        How features are chosen.

    Attributes
    ----------
    scores_ : float64 (n_features_in_,)
        The F statistic of each feature.
    ranking_ : int64 (n_kept,)
        The kept features in the order in which they were chosen.
    classes_ : array (n_classes,)
    n_features_in_ : int

    See Also
    --------
    LightWaveS : The same choice, without ever holding all candidates.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import FeatureSelector
    >>> Z = np.random.default_rng(0).standard_normal((60, 30))
    >>> FeatureSelector(n_features=5).fit(Z, Z[:, 3] > 0).ranking_[0].item()
    3
    """

    def __init__(self, n_features=500, n_candidates=None, method="mrmr"):
        self.n_features = n_features
        self.n_candidates = n_candidates
        self.method = method

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def fit(self, X: Any, y: Any) -> FeatureSelector:
        """Choose the features.

        Parameters
        ----------
        X : array (n_cases, n_features_in)
        y : array (n_cases,)
            At least two classes.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, X or y is not as described.

        Warns
        -----
        UserWarning
            If X has fewer columns than n_features; all are kept.
        """
        n_features = check_int(self.n_features, "n_features", 1)
        n_candidates = SHORTLIST * n_features
        if self.n_candidates is not None:
            n_candidates = check_int(self.n_candidates, "n_candidates", n_features)
        check_choice(self.method, "method", SELECTIONS)
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        classes, codes = check_labels(y, len(X))

        order, starts = class_starts(codes)
        deviation = X.std(axis=0)
        rows = spare_rows(X.shape[1], len(X))  # F and r are blind to shift and scale, float32 is not
        rows[:-1, : len(X)] = ((X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0))[order].T
        scores = anova_f(rows, starts)
        shortlist = best(scores, np.arange(len(scores)), n_candidates)
        if len(shortlist) < n_features:
            warnings.warn(f"n_features={n_features}, but X has only {len(shortlist)}; all are kept.", stacklevel=2)
        chosen = mrmr(rows[[*shortlist, -1]], len(X), scores[shortlist], min(n_features, len(shortlist)))
        self.classes_ = classes
        self.scores_ = scores
        self.ranking_ = shortlist[chosen]
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(len(self.scores_), dtype=bool)
        mask[self.ranking_] = True
        return mask
