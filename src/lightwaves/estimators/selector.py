"""The choice of the search on any feature matrix."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..docstrings import shares
from ..search.cross_fitting import CrossFit, best_of, cross_fitted, sizes_of_path, unjudged
from ..search.search import SHORTLIST
from ..selection.detachment import detach, first_ridge
from ..selection.relevance import anova_f, best, class_starts, mrmr, spare_rows
from ..validation import check_case_groups, check_choice, check_int, check_n_features
from .ridge import RidgeHead
from .transformer import SELECTIONS, SHARED
from .weights import mean_and_deviation, warn_of_small, weighed


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
            If X has fewer columns than n_features; all are kept. If weights have a mean far below 1.
        """
        check_choice(self.method, "method", SELECTIONS)
        n_features = check_n_features(self.n_features, self.method, "method")
        n_least = 1 if n_features == "auto" else int(n_features)
        if self.n_candidates is not None:
            check_int(self.n_candidates, "n_candidates", n_least)
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        counting = weighed(y, len(X), sample_weight)
        case_groups = check_case_groups(groups, len(X))
        warn_of_small(counting.weights)
        if counting.cases is not None:
            X = X[counting.cases]
            case_groups = None if case_groups is None else case_groups[counting.cases]

        order, starts = class_starts(counting.codes)
        weights = None if counting.weights is None else counting.weights[order]
        mean, deviation = mean_and_deviation(X, counting.weights)
        deviation[deviation == 0] = np.inf
        rows = spare_rows(X.shape[1], len(X))  # F, r and ridge are blind to shift and scale, float32 is not
        for j in range(X.shape[1]):
            rows[j, : len(X)] = ((X[:, j] - mean[j]) / deviation[j])[order]
        scores = anova_f(rows, starts, weights)
        n_best = self.n_candidates or (SHORTLIST * n_least if self.method == "mrmr" else len(scores))
        shortlist = best(scores, np.arange(len(scores)), n_best)
        if len(shortlist) < n_least:
            warnings.warn(f"n_features={n_features}, but X has only {len(shortlist)}; all are kept.", stacklevel=2)
        if self.method == "mrmr":
            self.__dict__.pop("selection_path_", None)  # of an earlier fit
            n_chosen = min(n_least, len(shortlist))
            chosen = mrmr(rows[[*shortlist, -1]], len(X), scores[shortlist], n_chosen, weights=weights)
        else:
            if len(shortlist) < len(scores):
                shortlist = np.sort(shortlist)
                rows = rows[[*shortlist, -1]]
            else:
                shortlist = np.arange(len(scores))
            codes = counting.codes[order]
            left = detach(first_ridge(rows, len(X), codes, weights), n_features)
            path = unjudged(left.path)
            if n_features == "auto":
                how, sizes = (
                    CrossFit([RidgeHead()], case_groups, counting.classes),
                    sizes_of_path(left.path, n_features),
                )
                everything = rows[:-1, : len(X)]
                judged = cross_fitted(everything, order, codes, weights, sizes, how, penalty=left.penalty)
                assert judged is not None  # the library's own head does not fail
                left, _, _ = best_of(left, judged)
                path = left.path
            chosen = left.chosen[np.argsort(-left.importances, kind="stable")]
            self.selection_path_ = path
        self.ranking_ = shortlist[chosen]
        self.classes_ = counting.classes
        self.scores_ = scores
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(len(self.scores_), dtype=bool)
        mask[self.ranking_] = True
        return mask
