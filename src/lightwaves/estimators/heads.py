"""What the library's heads have in common: scores that are linear in features, and calibrated probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ..loops.lanes import whole_vectors
from ..loops.statistics import combine
from ..panel import Panel
from ..plans import Plan
from ..selection.calibration import calibration, probabilities
from ..selection.discriminant import Analyses, Discriminant, dealt
from ..selection.products import total_weight, winners
from ..selection.sums import Basis, Sums, best_penalty
from ..validation import shown, warn_caller
from .doubts import warn_of_classes
from .weights import Weighed, mean_and_deviation, weighed

SCORED = 1 << 14  # cases whose features are in memory together
COARSE = 32.0  # of the smallest steps of float32: a feature of a smaller range loses what tells cases apart
CONSTANT = 2.0**-40  # of its size: a smaller range is one of rounding

Self = TypeVar("Self", bound="LeftOutHead")
Told = Callable[[NDArray[np.float32], int], NDArray[np.float64]]


class LaidOut(BaseEstimator):
    """A head that holds what it has learnt a second time, as its loops read it; pickles hold it once."""

    read_by_loops: tuple[str, ...] = ()  # the arrays that `for_loops` reads

    def for_loops(self) -> Any:
        """What the loops read, made of what has been learnt."""
        raise NotImplementedError

    def lay_out(self) -> Any:
        """Keep what the loops read. Nobody can write into what it was made of, as predictions would not follow."""
        learnt = [np.array(getattr(self, name)) for name in self.read_by_loops]
        for name, array in zip(self.read_by_loops, learnt, strict=True):
            array.setflags(write=False)
            setattr(self, name, array)
        self._laid_out = learnt, self.for_loops()
        return self._laid_out[1]

    @property
    def layout(self) -> Any:
        """What the loops read; made anew where an array has been replaced."""
        if "_laid_out" not in vars(self):  # of a pickle
            return self.lay_out()
        learnt, layout = self._laid_out
        replaced = any(
            getattr(self, name) is not of_name for name, of_name in zip(self.read_by_loops, learnt, strict=True)
        )
        return self.lay_out() if replaced else layout

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_laid_out"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take all but what the loops read, which they believe: a state may come from a file."""
        super().__setstate__({name: value for name, value in state.items() if name != "_laid_out"})


class LinearScores(LaidOut):
    """Scores that are linear in the features: of `coef_` and `intercept_`."""

    read_by_loops = ("coef_", "intercept_")
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    importances_: NDArray[np.float64]
    alpha_: float
    n_features_in_: int

    def _from_sums(self, sums: Sums, basis: Basis) -> float:
        """Fit the coefficients by sums over cases; returns the penalty, for each case."""
        penalty, grid, ridge = best_penalty(sums, basis.penalties), basis.grid, sums.of_all()
        solution = ridge.coefficients(penalty)
        deviation = np.where(np.isfinite(ridge.deviation), ridge.deviation, 0.0)
        self.alpha_, self.n_features_in_ = penalty * ridge.count, basis.n_features
        self.coef_ = (solution[:-1] / grid.deviation[:, np.newaxis]).T
        self.intercept_ = solution[-1] - self.coef_ @ grid.mean
        self.mean_ = grid.mean + grid.deviation * ridge.mean[: basis.n_features]
        self.importances_ = np.abs(solution[:-1] * deviation[:, np.newaxis]).mean(axis=1)
        return penalty

    def _from_cases(
        self, X: NDArray[np.float32], targets: NDArray[np.float64], penalties: NDArray[np.float64], counting: Weighed
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the coefficients, of features at unit variance, with the best of some penalties for each case.

        Returns
        -------
        left_out, fitted : float64 (n_cases, n_outputs)
            What is said of each case by a ridge without it, and by that on all.
        """
        from sklearn.linear_model import RidgeCV  # takes .1 s, which a loaded model need not wait for

        weights = counting.weights
        mean, deviation = mean_and_deviation(X.astype(np.float64), weights)
        deviation[deviation == 0] = np.inf  # a constant column is 0 then, whatever its size
        standard, of_all = (X - mean) / deviation, penalties * total_weight(weights, len(X))
        ridge = RidgeCV(of_all, store_cv_results=True).fit(standard, targets, sample_weight=weights)
        coefficients = np.atleast_2d(ridge.coef_) * np.isfinite(deviation)  # of zeros, rounding may leave a trace
        self.alpha_ = float(ridge.alpha_)
        self.coef_ = coefficients / deviation
        self.intercept_ = np.atleast_1d(ridge.intercept_) - self.coef_ @ mean
        self.mean_ = mean
        self.importances_ = np.abs(coefficients).mean(axis=0)
        fitted = ridge.predict(standard).reshape(len(X), -1)
        return without_each(ridge, of_all, targets.reshape(fitted.shape), fitted, weights), fitted

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
        weights, offsets = self.layout
        n_features = len(weights)
        if (
            rows.dtype != np.float32
            or not rows.flags.c_contiguous
            or not (rows.ndim == 2 and rows.shape[0] >= n_features and rows.shape[1] >= n_cases)
        ):
            raise ValueError(
                f"rows must be float32 in C order, at least {n_features} x {n_cases}; got {rows.dtype} {rows.shape}."
            )
        out = np.empty((n_cases, weights.shape[1]))
        combine(rows.reshape(-1), rows.shape[1], weights, offsets, out)
        return out[:, 0] if len(self.intercept_) == 1 else out[:, : len(self.intercept_)]

    def for_loops(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coefficients as ``combine`` reads them, the outputs side by side in whole vectors."""
        expected = (len(np.atleast_1d(self.intercept_)), self.n_features_in_)
        if self.intercept_.ndim != 1 or self.coef_.shape != expected:
            raise ValueError(f"coef_ has shape {self.coef_.shape}, but {expected} is needed, as intercept_ is.")
        if not (np.isfinite(self.coef_).all() and np.isfinite(self.intercept_).all()):
            raise ValueError("coef_ and intercept_ must be finite.")
        width = whole_vectors(len(self.intercept_))
        weights, offsets = np.zeros((self.coef_.shape[1], width)), np.zeros(width)
        weights[:, : len(self.coef_)] = self.coef_.T
        offsets[: len(self.intercept_)] = self.intercept_
        return weights, offsets


class LeftOutHead(BaseEstimator):
    """A head that knows how far it errs on cases that it has not seen: it fits without each case, too.

    A subclass has `check`, `_weigh`, `_fit`, `calibrate` and `scores`.
    """

    def check(self) -> None:
        """Check the parameters."""
        raise NotImplementedError

    @staticmethod
    def _weigh(y: Any, n_cases: int, sample_weight: Any) -> Weighed:
        """What is to be learnt, and how often each case counts, checked."""
        raise NotImplementedError

    def _fit(self, X: NDArray[np.float32], counting: Weighed) -> NDArray[np.float64]:
        """Fit on the cases that count; returns what is said of each by a fit without it."""
        raise NotImplementedError

    def calibrate(self, scores: NDArray[np.float64], y: NDArray[Any], weights: NDArray[np.float64] | None) -> None:
        """Learn from scores of cases by a model that has not seen them."""
        raise NotImplementedError

    def scores(self, rows: NDArray[np.float32], n_cases: int) -> NDArray[np.float64]:
        """What is said of cases, of features as plans compute them."""
        raise NotImplementedError

    def _checked(self, X: Any, y: Any, sample_weight: Any) -> tuple[NDArray[np.float32], Weighed]:
        """What `_fit` is given."""
        self.check()
        features = self._features(X)
        counting = self._weigh(y, len(features), sample_weight)
        return features if counting.cases is None else features[counting.cases], counting

    def _features(self, X: Any) -> NDArray[np.float32]:
        """Features to fit on, as predictions read them, with a warning of those that float32 is too coarse for."""
        given = validate_data(self, X, dtype=(np.float64, np.float32), ensure_min_samples=2)
        if given.dtype == np.float32:
            return given
        features = check_array(given, dtype=np.float32, estimator=self, input_name="X")
        span, size = np.ptp(given, axis=0), np.abs(given).max(axis=0)
        step = np.spacing(size.astype(np.float32)).astype(np.float64)
        rounded = (features != given).any(axis=0)
        coarse = np.flatnonzero(rounded & (span < COARSE * step) & (span > CONSTANT * size))
        if len(coarse):
            j = coarse[0]
            warn_caller(
                f"Features {shown(coarse.tolist())} of X vary too little beside their size for float32, which heads "
                f"read: feature {j} has a range of {span[j]:g} near {size[j]:g}, where steps are {step[j]:g}. Subtract "
                "the mean first, as StandardScaler does."
            )
        return features

    def fit(self: Self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit what gives scores, and calibrate by scores of each case without it.

        Parameters
        ----------
        X : array (n_cases, n_features)
            Read as float32.
        y : array (n_cases,)
        sample_weight : array (n_cases,) or number, optional
            How often each case counts: one of weight 2 as two equal cases, one of weight 0 as if it were not there.
            But where cases are left out, to choose the penalty, to analyse scores and to calibrate, each is left out
            whole, and a heavy case makes probabilities no surer than one case can.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, X, y or sample_weight is not as described.

        Warns
        -----
        UserWarning
            If a feature varies too little, beside its size, for float32. If there are so many classes that they may be
            numbers to predict. If a class is called as a missing label is, or two classes read alike.
        """
        features, counting = self._checked(X, y, sample_weight)
        if counting.values is None:
            warn_of_classes(counting.classes, len(counting.codes))
        self.calibrate(self._fit(features, counting), counting.y, counting.weights)
        return self

    def fit_left_out(self, X: Any, y: Any, sample_weight: Any = None) -> NDArray[np.float64]:
        """What `fit` does, but for the calibration; returns the scores of each case by a fit without it.

        Returns
        -------
        float64 (n_cases_of_weight, n_classes), or (n_cases_of_weight, 1) of numbers
            The cases whose weight is not 0.
        """
        return self._fit(*self._checked(X, y, sample_weight))


class CalibratedHead(ClassifierMixin, LeftOutHead):
    """A classifier by scores, whose probabilities cases calibrate that it has not seen; see `LeftOutHead`."""

    classes_: NDArray[Any]
    _weigh = staticmethod(weighed)
    _given: Discriminant | None = None  # until it is fitted
    _kept: Discriminant | None = None  # once it is
    _analyses: Analyses

    def _analysed_by(self: Self, discriminant: Discriminant | None) -> Self:
        """The same head, not fitted, whose next fit takes this analysis of scores; by default, it learns one."""
        head: Self = clone(self)
        head._given = discriminant
        return head

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_analyses"}

    def discriminate(self, learn: Callable[[], Analyses]) -> None:
        """Take an analysis of the scores for the scores: what is learnt, if none is given."""
        self._kept, self._given = self._given, None
        self._analyses = learn() if self._kept is None else Analyses(self._kept, {})
        self._follow(self._analyses.of_all)

    def discriminate_left_out(
        self,
        left_out: NDArray[np.float64],
        fitted: NDArray[np.float64],
        targets: NDArray[np.float64],
        counting: Weighed,
    ) -> NDArray[np.float64]:
        """Learn the analysis from what ridges say of cases without them; for the arguments, see `at_one_level`.

        Returns
        -------
        float64 (n_cases, n_classes)
            The score of each case, by an analysis without its part.
        """
        if left_out.shape[1] == 1:
            return self.of_outputs(left_out)
        codes, weights = counting.codes, counting.weights
        scores, part = at_one_level(left_out, fitted, targets, weights), dealt(codes)
        self.discriminate(lambda: Analyses.of_scores(scores, codes, part, weights))
        return self.of_outputs(scores, part)

    def _follow(self, discriminant: Discriminant) -> None:
        """Change the coefficients, so that scores are those of the analysis."""
        raise NotImplementedError

    def calibrate(
        self, scores: NDArray[np.float64], y: NDArray[np.intp], weights: NDArray[np.float64] | None = None
    ) -> None:
        """Choose the temperature and the floor by cases whose scores are those of a model that has not seen them.

        Targets are smoothed, as Platt's are: as if half of one more case had been taken for another class. So no
        probability is 0 or 1, however well the classes separate. The floor is above the least one only where it
        raises the likelihood by more than its price (Schwarz's criterion); for few cases, by six times that.

        Parameters
        ----------
        scores : float64 (n_cases, n_classes)
        y : int (n_cases,)
            Classes as 0, 1, ...
        weights : float64 (n_cases,), optional
        """
        self.temperature_, self.floor_ = calibration(scores, y, weights)

    def of_outputs(self, scores: NDArray[np.float64], fold: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """What the ridge says, (n_cases, n_outputs), as scores of each class.

        Parameters
        ----------
        scores : float64 (n_cases, n_outputs)
        fold : int (n_cases,), optional
            Of which fold each case is, if it is one of those that the head was fitted on.
        """
        if scores.shape[1] == 1:
            return np.column_stack([-scores, scores])
        return self._analyses(scores, fold)

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


def at_one_level(
    left_out: NDArray[np.float64],
    fitted: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Scores of cases by a ridge without each, but with the intercept of all.

    The intercept of a ridge without a case depends on the class of the case, and would tell it.

    A residual on training data is that without the case, times one minus the case's leverage. Of that, its part of all
    weight belongs to the intercept.

    Parameters
    ----------
    left_out, fitted, targets : float64 (n_cases, n_outputs)
        What ridges say of each case without it, what the ridge on all says, and what they should say.
    weights : float64 (n_cases,), optional
    """
    residuals, own = targets - left_out, targets - fitted
    lever = np.divide(residuals, own, out=np.ones(own.shape), where=own != 0)
    part = 1.0 / len(own) if weights is None else (weights / weights.sum())[:, np.newaxis]
    return targets - residuals / (1.0 + part * lever)


def check_of_kind(head: Any, name: str, is_kind: Callable[[Any], bool], own: tuple[type, ...]) -> None:
    """Make sure that a head of some kind, a classifier or a regressor, has its methods, and parameters as described.

    Estimators of scikit-learn check theirs, as their ``fit`` would do after the search. A class that derives from one
    of these may take other parameters, since it may have a ``fit`` of its own.

    Raises
    ------
    TypeError, ValueError
        If it is a class, or lacks a method, or learns several labels or numbers of each case, or a parameter is not as
        described.
    """
    if isinstance(head, type):
        raise TypeError(f"{name} must be an estimator, got the class {head.__name__}: pass {head.__name__}().")
    if isinstance(head, BaseEstimator) and not get_tags(head).target_tags.single_output:
        raise ValueError(
            f"{name} must learn one label or number of each case, but {shown(head)} learns several. To learn several, "
            f"put MultiOutput{name.capitalize()} around the model."
        )
    by_fit = isinstance(head, BaseEstimator) and is_kind(head)  # which gives some of them their methods
    for method in ("fit", "predict"):
        if not hasattr(head, method) and not by_fit:
            raise TypeError(f"{name} must be None or a scikit-learn {name}, got {shown(head)}, which has no {method}.")
    if type(head) in own:
        head.check()
    is_theirs = type(head).__module__.partition(".")[0] == "sklearn"
    if is_theirs and not get_config()["skip_parameter_validation"]:
        head._validate_params()


def for_others(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Features for a head of one's own: of float32, scikit-learn would make float32 of y, and of predictions, too."""
    return features.astype(np.float64)


def said_by(head: Any, features: NDArray[np.float64]) -> NDArray[Any]:
    """What a head of one's own predicts, (n_cases,): of some it is a column."""
    return np.asarray(head.predict(features)).reshape(len(features))


def in_order(head: Any, classes: NDArray[Any], said: Any) -> NDArray[np.float64]:
    """What a head of one's own says of each class, in the order of the model's classes: it may have another.

    Parameters
    ----------
    head : classifier
        A fitted one.
    classes : array (n_classes,)
        Those of the model.
    said : array, list or frame (n_cases, n_classes), or (n_cases,) or (n_cases, 1) of two classes
        Its probabilities or scores.

    Returns
    -------
    float64, like said, but (n_cases,) for (n_cases, 1)
    """
    said = np.asarray(said, np.float64)
    said = said[:, 0] if said.ndim == 2 and said.shape[1] == 1 else said
    own, known = list(getattr(head, "classes_", classes)), list(classes)
    if np.shape(own) != classes.shape or own == known or not all(label in own for label in known):
        return said  # it has the same order, or calls them otherwise
    if said.ndim == 1 or said.shape[1] == 1:
        return -said
    return said[:, [own.index(label) for label in known]]


def scores_of(told: Told, plan: Plan, panel: Panel, n_jobs: int) -> NDArray[np.float64]:
    """What a head says of series: of many, some at a time, so that their features are never all in memory.

    Parameters
    ----------
    told : function
        What is said of features as plans compute them, and of how many cases; such as the `scores` of a head.
    plan : Plan
    panel : Panel
    n_jobs : int

    Returns
    -------
    float64 (n_cases,) or (n_cases, n_outputs)
    """
    n_cases = panel.n_cases
    if n_cases <= SCORED:
        return told(plan.finite_rows(panel, n_jobs=n_jobs), n_cases)
    parts = [np.arange(first, min(first + SCORED, n_cases)) for first in range(0, n_cases, SCORED)]
    return np.concatenate([told(plan.finite_rows(panel, cases=some, n_jobs=n_jobs), len(some)) for some in parts])
