"""Weights of cases and of classes: checked, multiplied, and handed to a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing
from sklearn.utils.validation import has_fit_parameter

from ..search.folds import bins_of
from ..validation import as_list, as_reals, check_labels, check_number, check_numbers, shown, warn_caller

LEAST = 1e-300  # of the largest weight: sums of squares times less are 0
MOST = 1e12  # cases that all may count as together: with more, a ridge's equations are solved to no precision
TRACE = 1e-9  # of its mean: a column that varies by less counts as constant
FEW, MANY = 0.1, 30.0  # a mean weight outside is remarked upon
N_COMPARED = 10  # of fewer cases nobody can say that a number is far from the others
FAR = 10.0  # deviations of the others: how far from their mean a number is remarked upon


@dataclass(frozen=True)
class Weighed:
    """The labels and weights of the cases that count.

    Attributes
    ----------
    classes : array (n_classes,)
    codes : int (n_counting,)
        The class of each case, as its index in `classes`.
    weights : float64 (n_counting,), or None
        How often each counts, above 0; None where all count once.
    cases : int (n_counting,), or None
        Which cases count; None where all do.
    values : float64 (n_counting,), or None
        The numbers that a regression shall predict; classes are then the numbers of bins of it.
    """

    classes: NDArray[Any]
    codes: NDArray[np.intp]
    weights: NDArray[np.float64] | None
    cases: NDArray[np.intp] | None
    values: NDArray[np.float64] | None = None

    @property
    def y(self) -> NDArray[Any]:
        """What is to be learnt: numbers, or classes as 0, 1, ..."""
        return self.codes if self.values is None else self.values


def weighed(y: Any, n_cases: int, sample_weight: Any = None, class_weight: Any = None) -> Weighed:
    """Check labels and weights, and take out cases without weight.

    Parameters
    ----------
    y : array (n_cases,)
    n_cases : int
    sample_weight : array (n_cases,) or number, optional
    class_weight : dict or "balanced", optional
        Multiplies `sample_weight`; see `weights_of_classes`.

    Returns
    -------
    Weighed

    Raises
    ------
    TypeError, ValueError
        If labels or weights are not as described, or if fewer than two classes have any weight.
    """
    classes, codes = check_labels(y, n_cases)
    weights = check_sample_weight(sample_weight, n_cases)
    if weights is None and class_weight is None:
        return Weighed(classes, codes, None, None)
    weights = np.ones(n_cases) if weights is None else weights
    if class_weight is not None:
        weights = weights * weights_of_classes(class_weight, classes, codes, weights)[codes]
    check_size(weights)
    cases = np.flatnonzero(weights)
    present = np.unique(codes[cases])
    if len(present) < 2:
        seen = f"only one class, {shown(classes[present[0]])}, has cases" if len(present) else "no class has a case"
        raise ValueError(f"{seen} of weight above zero; a classifier needs at least two.")
    if len(cases) == n_cases:
        return Weighed(classes, codes, None if (weights == 1).all() else weights, None)
    codes, weights = np.searchsorted(present, codes[cases]), weights[cases]
    return Weighed(classes[present], codes, None if (weights == 1).all() else weights, cases)


def check_size(weights: NDArray[np.float64]) -> None:
    """Raise a ValueError for weights with which no ridge can be solved: they are too large together, or vanish."""
    if weights.sum() > MOST:
        raise ValueError(
            f"the weights of the cases add up to more than {MOST:.0e}, with which a ridge cannot be solved: the "
            f"largest is {weights.max():.3g}. A case of weight 2 counts as two cases: divide them, so that their mean "
            "is about 1."
        )
    if 0 < weights.max() < LEAST:
        raise ValueError(
            f"the largest weight of a case is {weights.max():.3g}, which no sum can hold: multiply them, so that "
            "their mean is about 1."
        )


def weighed_numbers(y: Any, n_cases: int, sample_weight: Any = None) -> Weighed:
    """Check numbers that a regression shall predict, and weights; take out cases without weight.

    Parameters
    ----------
    y : array (n_cases,)
    n_cases : int
    sample_weight : array (n_cases,) or number, optional

    Returns
    -------
    Weighed
        With ten bins of equal size as classes, or fewer where cases are few.

    Raises
    ------
    TypeError, ValueError
        If numbers or weights are not as described, or if those of the cases that count are all equal.
    """
    values = check_numbers(y, n_cases)
    weights = check_sample_weight(sample_weight, n_cases)
    cases = None
    if weights is not None:
        check_size(weights)
        if not weights.all():
            cases = np.flatnonzero(weights)
            values, weights = values[cases], weights[cases]
        weights = None if (weights == 1).all() else weights
    if len(values) < 2:
        raise ValueError("y has one sample only (n_samples=1); a regression needs at least two.")
    if (values == values[0]).all():
        raise ValueError(f"y has only one value, {values[0]:g}: there is nothing to predict.")
    bins, codes = np.unique(bins_of(values), return_inverse=True)
    return Weighed(np.arange(len(bins)), codes.astype(np.intp), weights, cases, values)


def check_sample_weight(sample_weight: Any, n_cases: int, may_all_be_zero: bool = False) -> NDArray[np.float64] | None:
    """Weights of cases as numbers; one number is the weight of each case, None stays None.

    Raises
    ------
    TypeError
        If they are not real numbers.
    ValueError
        If they are of another number or shape, NaN, infinite or negative; or all zero, unless that may be.
    """
    if sample_weight is None:
        return None
    if np.ma.is_masked(sample_weight):
        raise ValueError("sample_weight has masked values: give a weight for each case, 0 for those that do not count.")
    try:
        weights = as_reals(sample_weight)
    except ValueError:  # ragged
        weights = None
    if weights is None:
        raise TypeError(f"sample_weight must be real numbers, got {shown(sample_weight)}.") from None
    if weights.ndim == 0:
        weights = np.full(n_cases, float(weights))
    if weights.shape != (n_cases,):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but X has {n_cases} cases: give one weight for each."
        )
    for wrong, what in ((~np.isfinite(weights), "not finite"), (weights < 0, "negative")):
        for case in np.flatnonzero(wrong)[:1]:
            raise ValueError(f"sample_weight is {what} for case {case}: {weights[case]:g}.")
    if not (may_all_be_zero or weights.any()):
        raise ValueError("sample_weight is zero for all cases: some need a weight above 0.")
    return weights


def check_class_weight(class_weight: Any) -> None:
    """Make sure that weights of classes are None, "balanced" or a dict of numbers.

    Raises
    ------
    TypeError, ValueError
        If they are not.
    """
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return
    if not isinstance(class_weight, Mapping):
        kind = ValueError if isinstance(class_weight, str) else TypeError
        raise kind(f"class_weight must be None, 'balanced' or a dict, got {shown(class_weight)}.")
    for label, weight in class_weight.items():
        check_number(weight, f"class_weight[{shown(label)}]")


def weights_of_classes(
    class_weight: Any, classes: NDArray[Any], codes: NDArray[np.intp], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weight of each class, as scikit-learn's ``compute_class_weight`` defines it.

    Parameters
    ----------
    class_weight : dict or "balanced"
        "balanced" gives all classes that have cases of some weight the same share of the weight of all cases. A class
        that a dict does not name has weight 1.
    classes : array (n_classes,)
    codes : int (n_cases,)
    weights : float64 (n_cases,)
        Of the cases.

    Returns
    -------
    float64 (n_classes,)

    Raises
    ------
    ValueError
        If a dict names labels that are no classes, and leaves out classes.
    """
    if isinstance(class_weight, str):
        totals = np.bincount(codes, weights, minlength=len(classes))
        with np.errstate(divide="ignore"):
            return np.where(totals > 0, totals.sum() / (np.count_nonzero(totals) * totals), 0.0)
    labels, named, given = as_list(classes), list(class_weight), list(class_weight.values())
    missing, unknown = [k for k in labels if k not in named], [k for k in named if k not in labels]
    if missing and unknown:
        raise ValueError(f"class_weight names {shown(unknown)}, which are no labels of y: it has {shown(labels)}.")
    return np.array([float(given[named.index(k)]) if k in named else 1.0 for k in labels])  # equal dates hash apart


def weights_among(class_weight: Any, classes: NDArray[Any]) -> Any:
    """Weights of classes; of a dict those of some classes only, as fewer may be left than it names."""
    if not isinstance(class_weight, Mapping):
        return class_weight
    known = as_list(classes)
    return {label: weight for label, weight in class_weight.items() if label in known}


def mean_and_deviation(
    X: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Those of each column; the deviation of a constant one is 0, although rounding may have left a trace."""
    mean = np.average(X, axis=0, weights=weights)
    deviation = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weights))
    return mean, np.where(deviation <= TRACE * np.abs(mean), 0.0, deviation)


def warn_of_units(weights: NDArray[np.float64] | None, of_cases: bool) -> None:
    """Warn where weights count cases as next to nothing, as those that add up to 1 do, or as very many.

    Parameters
    ----------
    weights : float64 (n_counting,), or None
    of_cases : bool
        Whether cases have weights of their own; those of classes may be large, as scikit-learn's users write them.
    """
    if weights is None:
        return
    if of_cases and weights.mean() > MANY:
        warn_caller(
            f"the weights of the cases have a mean of {weights.mean():.2g}. A case of weight 2 counts as two cases, so "
            f"all {len(weights)} cases count as {weights.sum():.2g}, and penalties hardly count. If each was seen so "
            "often, all is well; else divide the weights, so that their mean is about 1."
        )
    if weights.mean() < FEW:
        warn_caller(
            f"the weights of the cases have a mean of {weights.mean():.2g}. A case of weight 2 counts as two cases, so "
            f"all {len(weights)} cases count as {weights.sum():.2g}: multiply the weights, so that their mean is about "
            "1."
        )


def warn_of_far_number(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None, cases: NDArray[np.intp] | None
) -> None:
    """Warn where one number that a regression shall predict, of one case or a few, hides all others.

    Without it more than half of the variance is gone, and it is far from the others as well: where cases are few, or
    one has much weight, half of the variance is nothing unusual. Where all others are equal, it is what there is to
    learn.

    Parameters
    ----------
    values : float64 (n_counting,)
    weights : float64 (n_counting,), or None
    cases : int (n_counting,), or None
        Their numbers among those that were given; None where all count.
    """
    if len(values) < N_COMPARED:
        return
    unit = np.ptp(values)  # so that no square overflows
    counted = np.ones(len(values)) if weights is None else weights
    squares = counted * ((values - np.average(values, weights=counted)) / unit) ** 2
    far = int(np.argmax(squares))
    alike = values == values[far]
    others, of_others, n_alike = values[~alike] / unit, counted[~alike], int(alike.sum())
    if len(others) < N_COMPARED - 1:
        return
    mean, deviation = mean_and_deviation(others, of_others)
    share = 1 - of_others.sum() * deviation**2 / squares.sum()
    if deviation and share > 0.5 and abs(values[far] / unit - mean) > FAR * deviation:
        first = int(np.argmax(alike)) if cases is None else cases[np.argmax(alike)]
        more = f", and of {n_alike - 1} more," if n_alike > 1 else ""
        warn_caller(
            f"y of case {first}{more} is {values[far]:g}, while the others are about {mean * unit:.3g} +- "
            f"{deviation * unit:.2g}. This number alone makes {share:.0%} of the variance, so the differences between "
            "the others hardly count. If it is a mistake, correct it, or leave it out. If it is right, learn the "
            "logarithm or the rank of y."
        )


def check_takes_weights(head: Any, kind: str) -> None:
    """Make sure that a head, a "classifier" or a "regressor", can be given weights in its ``fit``, before the search.

    Raises
    ------
    ValueError
        If it cannot; the message says what to do.
    sklearn.exceptions.UnsetMetadataPassedError
        If nobody has said of one of its parts whether it takes them.
    """
    if not _takes_weights(head):
        example = {"classifier": "LogisticRegression", "regressor": "Ridge"}[kind]
        raise ValueError(
            f"class_weight and sample_weight need a {kind} that takes sample_weight in fit, and {shown(head)} does "
            "not, as far as can be seen. For a pipeline, say of each step whether it takes it: "
            "set_config(enable_metadata_routing=True), and for example "
            f"make_pipeline(StandardScaler().set_fit_request(sample_weight=True), {example}().set_fit_request("
            "sample_weight=True))."
        )
    if not has_fit_parameter(head, "sample_weight") and get_config()["enable_metadata_routing"]:
        process_routing(head, "fit", sample_weight=[1.0])  # raises what `fit` would raise after the search


def _takes_weights(head: Any) -> bool:
    """Whether a head can be given weights, and so can all parts that it hands them on to."""
    from sklearn.compose import TransformedTargetRegressor  # imports for which others need not wait
    from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
    from sklearn.model_selection._search import BaseSearchCV

    if get_config()["enable_metadata_routing"]:
        return has_fit_parameter(head, "sample_weight") or _routes_weights(head)
    if isinstance(head, VotingClassifier | VotingRegressor | StackingClassifier | StackingRegressor):
        parts = [part for _, part in head.estimators if part != "drop"] + [getattr(head, "final_estimator", None)]
    elif isinstance(head, BaseSearchCV):
        parts = [head.estimator]
    elif isinstance(head, TransformedTargetRegressor):
        parts = [head.regressor]
    else:
        return has_fit_parameter(head, "sample_weight")
    return all(part is None or _takes_weights(part) for part in parts)  # by default, parts are such that do


def _routes_weights(head: Any) -> bool:
    """Whether a pipeline or the like is set up to hand sample_weight on."""
    if not hasattr(head, "get_metadata_routing"):
        return False
    return bool(get_routing_for_object(head).consumes("fit", ["sample_weight"]))
