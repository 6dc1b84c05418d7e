"""The search and a head on what it found, as a regressor: a number in place of a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone, is_regressor
from sklearn.utils.validation import check_is_fitted

from ..banks import Bank
from ..containers.frames import check_order
from ..docstrings import shares
from ..parallel.comm import bcast
from ..search.cross_fitting import CrossFit
from ..search.found import Found
from ..search.merits import mean_and_standard_error, merits
from ..validation import check_bool, check_n_jobs, check_numbers, shown, warn_caller
from .agreement import Agreed, Given
from .descriptions import OF_CASES, OF_ONE_CASE, SHARED
from .doubts import warn_of_doubts
from .heads import check_of_kind, for_others, said_by, scores_of
from .judging import Judges, folds_for
from .kernel_regression import KernelRegressionHead
from .learning import LearnsMixin, available_if
from .regression import RegressionHead
from .transformer import LightWaveS
from .weights import Weighed, check_sample_weight, check_takes_weights, weighed_numbers

OWN_HEADS = (RegressionHead, KernelRegressionHead)
MOST_AT_ONCE = 20_000  # cases whose likenesses to landmarks are in memory together
FAR = 100.0  # of training cases, the mean distance of the features from their means is about 1 deviation
PENALTIES = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0)  # for each case, at unit variance
STRONG = 0.1  # the same for a kernel ridge, where leave-one-out trusts the features too much


@shares(SHARED)
class LightWaveSRegressor(LearnsMixin, RegressorMixin, LightWaveS):
    """LightWaveS with a regression on its features: predicts a number from series.

    The search is that of `LightWaveSClassifier`, with the number as the target of its ridges. Where a search needs
    classes, to draw cases evenly, to screen channels and for ``selection="mrmr"``, it takes ten bins of the number.

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
    regressor : scikit-learn regressor, optional
        Fitted on the features. By default, ridges of several penalties compete, see
        `lightwaves.estimators.RegressionHead`, and with them
        `lightwaves.estimators.KernelRegressionHead`, a kernel ridge, unless there are more than 20,000 cases. That is
        taken which errs least on cases that neither the search nor the head has seen; without detachment, or with
        ``honest=False`` and a number as n_features, a ridge. ``RegressionHead()`` is always a ridge.
    honest : bool, default=True
        Judge the model by cases that its search has not seen: with detachment, and with mRMR where enough cases took no
        part in the search; see `LightWaveSClassifier`. The widths of intervals, and ``return_std`` of `predict`, come
        from their errors. False takes errors of the cases that chose the features, which are too small: leave-one-out
        errors, or, of 2,000 cases or more, those of ridges without a fifth of the cases. ``n_features="auto"`` judges
        in any case.
    {channel_names}
    {n_jobs}
    {random_state}
    {verbose}

    Attributes
    ----------
    plan_ : Plan
        The features; row j computes column j.
    regressor_ : regressor
        The fitted head.
    honest_score_ : float
        The coefficient of determination on training cases, each predicted by a model whose search and head have not
        seen it.
    honest_standard_error_ : float
        Its standard error. Cases of one group count as one observation.
    honest_prediction_ : float64 (n_cases,)
        What such models predict of each training case; NaN for a case that was not judged.
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
    ``selection_path_["score"]`` and ``honest_score`` are coefficients of determination.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import LightWaveSRegressor
    >>> X = np.random.default_rng(0).standard_normal((80, 2, 50)).cumsum(axis=2)
    >>> y = X[:, 0].max(axis=1) - X[:, 0].min(axis=1)
    >>> model = LightWaveSRegressor(n_features=50, random_state=0).fit(X[:60], y[:60])
    >>> model.predict_interval(X[60:]).shape
    (20, 2)
    """

    regressor_: Any
    _head = "regressor_"
    _calibration = ("errors_", "spread_")

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
        regressor: Any = None,
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
        self.regressor = regressor
        self.honest = honest

    @available_if(lambda self: self._learns())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> LightWaveSRegressor:
        """Learn from new cases: fit the head on all cases so far, and keep the features.

        A model that is not fitted yet is fitted by the first call, which chooses the features. Its head is a ridge,
        unless `regressor` is another head that can learn. Later calls change the head only. Its coefficients are those
        of a ridge that gets all cases at once. The widths of intervals and the honest estimate stay those of the first
        cases. If new cases are harder to predict, intervals are too narrow; then fit a new model.

        Parameters
        ----------
        X : as in `fit`
        y : array (n_cases,)
            At the first call, of at least two values.
        sample_weight : array (n_cases,) or number, optional
            How often each case counts.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If X, y or sample_weight is not as described. If a number is more than 10,000 deviations away from the first
            ones. If `fit` has chosen a kernel ridge, which cannot learn from new cases. If the model was loaded from a
            file, or fitted by several ranks: then it keeps no sums to add to.

        Warns
        -----
        UserWarning
            If new cases lie so far from the first ones that they outweigh these, in their features or, of a regressor,
            in y. If series are shorter or longer than those before, by more than these differ from each other.

        Notes
        -----
        The model keeps what that of `LightWaveSClassifier.partial_fit` keeps. A head of one's own learns by its own
        ``partial_fit``.

        Examples
        --------
        >>> import numpy as np
        >>> from lightwaves import LightWaveSRegressor
        >>> X = np.random.default_rng(0).standard_normal((200, 2, 50)).cumsum(axis=2)
        >>> y = np.ptp(X[:, 0], axis=1)
        >>> model = LightWaveSRegressor(n_features=30, random_state=0).partial_fit(X[:50], y[:50])
        >>> before = model.score(X[150:], y[150:])
        >>> bool(model.partial_fit(X[50:150], y[50:150]).score(X[150:], y[150:]) > before)
        True
        """
        if not hasattr(self, "_learner"):  # not even None, which is a head of one's own
            return self._learn_first(X, y, sample_weight)
        check_order(X, y=y, sample_weight=sample_weight)
        panel = self._panel_to_judge(X)
        values = check_numbers(y, panel.n_cases)
        self._go_on(panel, values, check_sample_weight(sample_weight, panel.n_cases, may_all_be_zero=True))
        return self

    def _learn_first(self, X: Any, y: Any, sample_weight: Any) -> LightWaveSRegressor:
        """The first call of `partial_fit`."""
        if hasattr(self, "regressor_") and type(self.regressor_) is KernelRegressionHead:
            raise ValueError(
                "this model has chosen a kernel ridge, which cannot learn from new cases: fit it with "
                "regressor=RegressionHead(), or begin with partial_fit."
            )
        self._refuse_to_go_on()
        first = self._unfitted()
        if self.regressor is None:
            first.set_params(regressor=RegressionHead())
        return self._become(first.fit(X, y, sample_weight=sample_weight))

    @shares(OF_CASES)
    def predict(self, X: Any, return_std: bool = False) -> Any:
        """The number that each case has.

        Parameters
        ----------
        {X}
        return_std : bool, default=False
            Whether to return, too, how far predictions lie from the truth: the root of the mean squared error on cases
            left out, which is the same for all cases.

        Returns
        -------
        float64 (n_cases,)
            With return_std, a pair of two such arrays.

        Raises
        ------
        {raised}
        ValueError
            If return_std is asked of a head of one's own.

        Warns
        -----
        {warned}

        Examples
        --------
        >>> import numpy as np
        >>> from lightwaves import LightWaveSRegressor
        >>> X = np.random.default_rng(0).standard_normal((60, 2, 50)).cumsum(axis=2)
        >>> y = np.ptp(X[:, 0], axis=1)
        >>> model = LightWaveSRegressor(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> predicted, error = model.predict(X[:2], return_std=True)
        >>> predicted.shape, error.shape
        ((2,), (2,))
        """
        check_is_fitted(self)
        return_std = check_bool(return_std, "return_std")
        if not self._has_own_head():
            if return_std:
                raise ValueError(f"{shown(self.regressor_)} does not know its errors: use the default regressor.")
            return said_by(self.regressor_, self._features_for_others(X)).astype(np.float64)
        panel = self._panel_to_judge(X)
        scores, far_off = scores_of(self._scores_and_distances, self.plan_, panel, check_n_jobs(self.n_jobs)).T
        warn_of_far_features(far_off)
        predicted = self.regressor_.bounded(scores)
        return (predicted, np.full(len(predicted), self.regressor_.spread_)) if return_std else predicted

    def _scores_and_distances(self, rows: NDArray[np.float32], n_cases: int) -> NDArray[np.float64]:
        """What the head says of features, and how far these lie from those of training, (n_cases, 2)."""
        head = self.regressor_
        return np.column_stack([head.scores(rows, n_cases), head.far_off(rows, n_cases)])

    @shares(OF_ONE_CASE)
    def predict_one(self, x: NDArray[Any], *, check: bool = True) -> float:
        """The number of one case by the shortest way: for loops over a stream.

        Parameters
        ----------
        {x}
        {check}

        Returns
        -------
        float
            What `predict` returns of this case: with a ridge of the library to the bit. A kernel ridge sums in another
            order where `predict` has several cases, and so does a head of one's own, so that last digits differ.

        Raises
        ------
        {raised}

        Warns
        -----
        UserWarning
            {warned}

        Examples
        --------
        >>> import numpy as np
        >>> from lightwaves import LightWaveSRegressor
        >>> X = np.random.default_rng(0).standard_normal((60, 2, 50)).cumsum(axis=2)
        >>> y = np.ptp(X[:, 0], axis=1)
        >>> model = LightWaveSRegressor(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> bool(model.predict_one(X[0]) == model.predict(X[:1])[0])
        True
        """
        features = self._features_of_one(x, check)
        if self._has_own_head():
            row = features[:, np.newaxis]
            if check:
                warn_of_far_features_of_one(self.regressor_.far_off(row, 1))
            return float(self.regressor_.bounded(self.regressor_.scores(row, 1))[0])
        return float(said_by(self.regressor_, for_others(features[np.newaxis]))[0])

    @available_if(lambda self: self._has_intervals())
    @shares(OF_CASES)
    def predict_interval(self, X: Any, level: float = 0.9) -> NDArray[np.float64]:
        """Where the number of each case lies, with a given probability.

        Parameters
        ----------
        {X}
        level : float, default=0.9
            The probability, above 0 and below 1. Above 0.995, or what the largest of n errors holds, about n / (n + 1),
            intervals are as wide as the largest error on cases left out; a warning says so.

        Returns
        -------
        float64 (n_cases, 2)
            Lower and upper end; see `lightwaves.estimators.RegressionHead`.

        Raises
        ------
        {raised}
        ValueError
            If level is not between 0 and 1.

        Warns
        -----
        {warned}

        Examples
        --------
        >>> import numpy as np
        >>> from lightwaves import LightWaveSRegressor
        >>> X = np.random.default_rng(0).standard_normal((60, 2, 50)).cumsum(axis=2)
        >>> y = np.ptp(X[:, 0], axis=1)
        >>> model = LightWaveSRegressor(n_features=20, search_candidates=500, random_state=0).fit(X, y)
        >>> low, high = model.predict_interval(X[:1], level=0.8)[0]
        >>> bool(low < model.predict(X[:1])[0] < high)
        True
        """
        check_is_fitted(self)
        width, predicted = self.regressor_.half_width(level), self.predict(X)
        return np.column_stack([predicted - width, predicted + width])

    def _has_intervals(self) -> bool:
        """True, or an error that says why not."""
        head = type(getattr(self, "regressor_", self.regressor))
        if head not in (*OWN_HEADS, type(None), str):
            raise AttributeError(f"{head.__name__} gives no intervals: the heads of this library do.")
        return True

    def _has_own_head(self) -> bool:
        return type(self.regressor_) in OWN_HEADS

    def _check_parameters(self) -> None:
        check_regressor(self.regressor)
        check_bool(self.honest, "honest")
        super()._check_parameters()

    def _weigh(self, y: Any, n_cases: int, sample_weight: Any) -> Weighed:
        if self.regressor is not None and sample_weight is not None:
            check_takes_weights(self.regressor, "regressor")
        return weighed_numbers(y, n_cases, sample_weight)

    def _targets(self, y: Any, n_cases: int) -> NDArray[np.float64]:
        return check_numbers(y, n_cases)

    def _cross_fit(self, given: Given) -> CrossFit | None:
        if self.selection != "detach" or not (self.honest or self.n_features == "auto"):
            return None
        heads = self._heads(given)
        return CrossFit(heads, given.groups, fold=folds_for(given, heads) if self.honest else None)

    def _heads(self, given: Given) -> list[Any]:
        """Those that compete: of several penalties, as the leave-one-out error is not honest."""
        if self.regressor is not None:
            return [self.regressor]
        kernels = [KernelRegressionHead(), KernelRegressionHead(STRONG)] if given.n_counting <= MOST_AT_ONCE else []
        return [*(RegressionHead(alpha) for alpha in PENALTIES), *kernels]

    def _head_for(self, found: Found, given: Given) -> Any:
        """The one that errs least on cases left out; where none were, a ridge whose penalty all cases choose."""
        if self.regressor is None and found.judged is None:
            return RegressionHead()
        return clone(self._heads(given)[found.head])

    def _finish(self, found: Found, given: Given, agreed: Agreed) -> None:
        super()._finish(found, given, agreed)
        judges = self._fit_head(self._head_for(found, given), found, given, agreed)
        if judges is not None:
            bcast(agreed.crew.comm, lambda: warn_of_doubts(agreed.panel, given, len(judges.cases)))
            self._judge(judges, given)

    def _judge(self, judges: Judges, given: Given) -> None:
        """Take intervals from cases that the search has not seen, and keep how good predictions of them are."""
        values, weights, groups = judges.counted(given)
        if (values == values[0]).all():
            warn_caller(
                f"The {len(values)} cases that judge all have the number {values[0]:g}. So there is no honest_score_, "
                "and intervals are those of such cases only: too few cases have other numbers."
            )
        else:
            merit = merits(judges.scores, values, weights)
            self.honest_score_, self.honest_standard_error_ = mean_and_standard_error(merit, weights, groups, values)
        if self._has_own_head():
            self.regressor_.calibrate(judges.scores, values, weights)
        self.honest_prediction_ = judges.among_all(judges.scores[:, 0], given)


def warn_of_far_features(far_off: NDArray[np.float64]) -> None:
    """Warn where the features of a case lie so far outside training that its number says little.

    Parameters
    ----------
    far_off : float64 (n_cases,)
        See `IntervalHead.far_off`.
    """
    n_far = int(np.count_nonzero(far_off > FAR))
    if n_far:
        case = int(far_off.argmax())
        others = f" So are those of {n_far - 1} other cases." if n_far > 1 else ""
        warn_caller(
            f"The features of case {case} are {far_off[case]:.3g} times as far from the mean of training as those of "
            f"training cases are.{others} So its number says little: check sensors and units."
        )


def warn_of_far_features_of_one(far_off: NDArray[np.float64]) -> None:
    """`warn_of_far_features` for cases that come one by one: in words that repeat, so that a log holds them once."""
    if far_off.max() > FAR:
        warn_caller(
            f"Features are more than {FAR:.0f} times as far from the mean of training as those of training cases are. "
            "So the number says little: check sensors and units."
        )


def check_regressor(head: Any) -> None:
    """Make sure that a head is a regressor, before the search.

    Raises
    ------
    TypeError, ValueError
        If it is a class, or an estimator of another kind; or if it is one of the library or of scikit-learn, and a
        parameter of it is not as described.
    """
    if head is None:
        return
    if isinstance(head, str) and head == "auto":
        raise TypeError("regressor='auto' is not needed: with None, the default, ridges and kernel ridges compete.")
    if isinstance(head, BaseEstimator) and not is_regressor(head):
        raise TypeError(f"regressor must be a scikit-learn regressor, got {shown(head)}.")
    check_of_kind(head, "regressor", is_regressor, OWN_HEADS)
