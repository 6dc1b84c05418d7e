"""The choice of the search on any feature matrix."""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..containers.frames import check_order, n_index_levels
from ..docstrings import shares
from ..parallel.crew import Crew
from ..search.cross_fitting import AllCandidates, CrossFit
from ..search.folds import can_judge
from ..search.honest_choice import judged_by_folds, unjudged
from ..search.search import SHORTLIST
from ..selection.detachment import Detached, detach, first_ridge
from ..selection.products import some_of
from ..selection.relevance import anova_f, best, class_starts, mrmr, spare_rows
from ..validation import check_case_groups, check_choice, check_int, check_n_features
from .descriptions import SHARED
from .doubts import warn_of_classes
from .ridge import RidgeHead
from .transformer import SELECTIONS
from .weights import Weighed, warn_of_units, weighed

ROUNDED = 64 * np.finfo(np.float64).eps  # of its largest value: a column that deviates by no more is constant


@shares({name: SHARED[name] for name in ("n_features", "selection_path_")})
class FeatureSelector(SelectorMixin, BaseEstimator):
    """The choice of `LightWaveS` on any feature matrix: ANOVA, then mRMR, or detachment.

    mRMR is the default here, as it needs nothing but a few sums over many cases; detachment is the more accurate.

    Parameters
    ----------
    {n_features}
    n_candidates : int, optional
        How many of the features with the largest F to choose from; by default ``3 * n_features`` with mRMR, all
        with detachment.
    method : {"mrmr", "detach"}, default="mrmr"
        How features are chosen: by relevance and redundancy, or by dropping the smallest coefficients of a ridge.

    Attributes
    ----------
    scores_ : float64 (n_features_in,)
        The F statistic of each feature.
    ranking_ : int64 (n_kept,)
        The kept features, with mRMR in the order in which they were chosen, with detachment by the size of their
        coefficients.
    {selection_path_}
    classes_ : array (n_classes,)
    n_features_in_ : int

    See Also
    --------
    LightWaveS : The same choice among the features of a bank.

    References
    ----------
    .. [1] G. Uribarri, F. Barone, A. Ansuini, E. Fransén, "Detach-ROCKET: Sequential feature selection for time
       series classification with random convolutional kernels", 2023, arXiv:2309.14518.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import FeatureSelector
    >>> Z = np.random.default_rng(0).standard_normal((60, 30))
    >>> FeatureSelector(n_features=5).fit(Z, Z[:, 3] > 0).ranking_[0].item()
    3
    """

    scores_: NDArray[np.float64]
    ranking_: NDArray[np.int64]
    selection_path_: NDArray[Any]
    classes_: NDArray[Any]

    def __init__(
        self,
        n_features: int | Literal["auto"] = 500,
        n_candidates: int | None = None,
        method: Literal["mrmr", "detach"] = "mrmr",
    ) -> None:
        self.n_features = n_features
        self.n_candidates = n_candidates
        self.method = method

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> FeatureSelector:
        """Choose the features.

        Parameters
        ----------
        X : array (n_cases, n_features_in)
        y : array (n_cases,)
            At least two classes.
        sample_weight : array (n_cases,) or number, optional
            How often each case counts: one of weight 2 as two equal cases, one of weight 0 as if it were not there.
        groups : array (n_cases,), optional
            To which group each case belongs. With "auto", cases of one group are left out together.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, X, y, sample_weight or groups is not as described.

        Warns
        -----
        UserWarning
            If X has fewer columns than n_features; all are kept. If weights have a mean far from 1. If there are more
            classes than half of the number of cases. If a class is called as a missing label is, or two classes read
            alike.
        """
        n_features, n_candidates = self._check_parameters()
        if n_index_levels(X):  # else X names no cases; and of dask, nobody may know yet how many there are
            check_order(X, y=y, sample_weight=sample_weight, groups=groups)
        fitted = copy(self)
        X = validate_data(fitted, X, dtype=np.float64, ensure_min_samples=2)
        counting = weighed(y, len(X), sample_weight)
        groups = check_case_groups(groups, len(X))
        warn_of_units(counting.weights, sample_weight is not None)
        warn_of_classes(counting.classes, len(counting.codes))
        if counting.cases is not None:
            X, groups = X[counting.cases], some_of(groups, counting.cases)
        if n_features == "auto":
            can_judge(counting.codes, groups, needed=True)
        rows, cases = by_class(X, counting)
        scores = anova_f(rows, cases.starts, cases.weights)
        shortlist = best(scores, np.arange(len(rows) - 1), n_candidates or len(rows) - 1)
        if n_features != "auto" and len(shortlist) < int(n_features):
            warnings.warn(f"n_features={n_features}, but X has only {len(shortlist)}; all are kept.", stacklevel=2)
        if self.method == "mrmr":
            fitted.__dict__.pop("selection_path_", None)  # of an earlier fit
            n_chosen = min(int(n_features), len(shortlist))
            some = rows[[*shortlist, -1]]
            fitted.ranking_ = shortlist[mrmr(some, len(X), scores[shortlist], n_chosen, weights=cases.weights)]
        else:
            shortlist = np.sort(shortlist)
            left = detached(rows, shortlist, cases, n_features, groups, counting.classes)
            fitted.ranking_ = shortlist[left.chosen[np.argsort(-left.importances, kind="stable")]]
            fitted.selection_path_ = left.path
        fitted.classes_, fitted.scores_ = counting.classes, scores
        self.__dict__ = fitted.__dict__  # at the very end, so that a fit which fails changes nothing
        return self

    def _check_parameters(self) -> tuple[int | str, int | None]:
        """How many features to keep, and how many to choose from; None of all."""
        check_choice(self.method, "method", SELECTIONS)
        n_features = check_n_features(self.n_features, self.method, "method")
        n_least = 1 if n_features == "auto" else int(n_features)
        if self.n_candidates is not None:
            check_int(self.n_candidates, "n_candidates", n_least)
        return n_features, self.n_candidates or (SHORTLIST * n_least if self.method == "mrmr" else None)

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(len(self.scores_), dtype=bool)
        mask[self.ranking_] = True
        return mask


@dataclass(frozen=True)
class ByClass:
    """Cases in the order of their classes.

    Attributes
    ----------
    order : int (n_cases,)
        Which of the given cases these are.
    starts : int (n_classes + 1,)
        Where each class begins.
    codes : int (n_cases,)
    weights : float64 (n_cases,), or None
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    codes: NDArray[np.intp]
    weights: NDArray[np.float64] | None


def standardised(column: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """A column at mean 0 and variance 1, whatever its unit; zeros if it varies by no more than rounding.

    It is multiplied by a power of two first, which loses nothing, as squares of its values may overflow or vanish.
    """
    column = np.ldexp(column, -np.frexp(np.abs(column).max())[1])
    column = column - column[0]  # where all are about the same, their differences are exact, and sums of them are not
    column -= np.average(column, weights=weights)
    deviation = np.sqrt(np.average(column**2, weights=weights))
    return column / deviation if deviation > ROUNDED else np.zeros(len(column))


def by_class(X: NDArray[np.float64], counting: Weighed) -> tuple[NDArray[np.float32], ByClass]:
    """The features as rows, and their cases."""
    order, starts = class_starts(counting.codes)
    rows = spare_rows(X.shape[1], len(X))  # F, r and ridge are blind to shift and scale, float32 is not
    for j in range(X.shape[1]):
        rows[j, : len(X)] = standardised(X[:, j], counting.weights)[order]
    return rows, ByClass(order, starts, counting.codes[order], some_of(counting.weights, order))


def detached(
    rows: NDArray[np.float32],
    shortlist: NDArray[np.intp],
    cases: ByClass,
    n_features: int | str,
    groups: NDArray[np.intp] | None,
    classes: NDArray[Any],
) -> Detached:
    """What detachment leaves of a shortlist; with "auto", as many features as cases that were left out ask for.

    These took no part in the shortlist, either, by which they are judged.
    """
    n_cases, codes = len(cases.order), cases.codes
    n_first = len(shortlist) if len(shortlist) < len(rows) - 1 else None
    some = rows if n_first is None else rows[[*shortlist, -1]]
    left = detach(first_ridge(some, n_cases, codes, cases.weights), n_features)
    if n_features != "auto":
        return replace(left, path=unjudged(left.path))
    of_all = cases.order, codes, cases.weights, left.penalty
    everything = AllCandidates(rows[:-1, :n_cases], *of_all, n_first=n_first)
    return judged_by_folds(left, everything, n_features, CrossFit([RidgeHead()], groups, classes), Crew()).left
