"""What cases that were left out decide: how many features to keep, and which head to fit on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..parallel.crew import Crew
from ..selection.calibration import calibration, probabilities
from ..selection.detachment import Detached
from ..selection.discriminant import Analyses, Discriminant
from ..selection.products import targets_of
from .cross_fitting import AllCandidates, CrossFit, CrossFitted, cross_fitted
from .merits import mean_and_standard_error

MOST = 1000  # features that "auto" keeps
MANY = 500  # cases on which heads compete; of fewer, the first is taken
CLEARLY = 2.0  # standard errors by which another head must be better than the first
OF_ONE_RIDGE = 1.0  # the same for another analysis of the first one's scores

JUDGED_PATH = np.dtype(
    [("n_features", np.int64), ("score", np.float64), ("honest_score", np.float64), ("standard_error", np.float64)]
)


class Best(NamedTuple):
    """What is chosen.

    Attributes
    ----------
    left : Detached
        What is kept; its path says what was found.
    head : int
    analysis : Discriminant, or None
        Of the scores of its ridge, in place of that which the head would learn.
    judged : CrossFitted, or None
        By this head, and by so many features. None where a head failed.
    """

    left: Detached
    head: int
    analysis: Discriminant | None
    judged: CrossFitted | None


def judged_by_folds(
    left: Detached, candidates: AllCandidates, n_features: int | str, how: CrossFit, crew: Crew
) -> Best:
    """Let cases that were left out judge how many features to keep, where that is open, and which head to fit.

    Parameters
    ----------
    left : Detached
        What detachment has kept of the candidates.
    candidates, how, crew : as for `cross_fitted`
    n_features : int or "auto"

    Returns
    -------
    Best
        Where a head failed, what was given and the first head.

    Raises
    ------
    ValueError
        If "auto" has no estimate to go by.
    """
    judged = cross_fitted(candidates, sizes_of_path(left.path, n_features), how, crew)
    if judged is not None:
        return best_of(left, judged, how.analyses)
    if n_features == "auto":
        raise ValueError("n_features='auto' needs an estimate on cases left out: give a number, or another head.")
    return Best(left, 0, None, None)


def sizes_of_path(path: NDArray[Any], n_features: int | str) -> list[int]:
    """The numbers of features that are judged: that of the last round; with "auto", those of all small rounds."""
    sizes = [int(n) for n in path["n_features"]]
    if n_features != "auto":
        return sizes[-1:]
    return [n for n in sizes if n <= MOST] or sizes[-1:]


def best_of(left: Detached, judged: CrossFitted, analyses: bool = False) -> Best:
    """How many features to keep, where that is open, and which head to fit on them.

    Parameters
    ----------
    left : Detached
    judged : CrossFitted
        By all heads, and by as many features as some rounds have left.
    analyses : bool, default=False
        Whether two analyses of the first head's ridge compete with the one that it learns: none, and one by the scores
        of the cases left out. The head learns by scores of cases that have chosen its features, which look too good.

    Returns
    -------
    Best
    """
    path, of_sizes, n_heads = unjudged(left.path), range(len(judged.sizes)), len(judged.scores) - analyses
    others: list[list[Discriminant]] = [[] for _ in of_sizes]
    if analyses:
        judged, others = analysed(judged)
    heads = [best_head(judged, s, n_heads) for s in of_sizes]
    decides = [heads[s] if judged.y.dtype.kind == "f" or heads[s] >= n_heads else 0 for s in of_sizes]
    right = np.array([judged.merits[decides[s], s] for s in of_sizes])
    for s, size in enumerate(judged.sizes):
        known = mean_and_standard_error(
            right[s], judged.weights, judged.groups, judged.y if judged.y.dtype.kind == "f" else None
        )
        path["honest_score"][path["n_features"] == size] = known[0]
        path["standard_error"][path["n_features"] == size] = known[1]
    s = smallest_good(right, judged.weights, judged.groups)
    if left.rounds:
        left = left.at(int(np.flatnonzero(path["n_features"] == judged.sizes[s])[0]))
    head, analysis = (heads[s], None) if heads[s] < n_heads else (0, others[s][heads[s] - n_heads])
    of_head = {"scores": judged.scores[heads[s], s], "chances": judged.chances[heads[s], s]}
    return Best(replace(left, path=path), head, analysis, replace(judged, sizes=[judged.sizes[s]], **of_head))


def analysed(judged: CrossFitted) -> tuple[CrossFitted, list[list[Discriminant]]]:
    """The same, with a row behind that of the ridge; and the analyses of both rows, for each number of features.

    The ridge's scores stay as they are. The new row has an analysis of scores of cases left out: each fold is judged by
    one of the other folds. Folds teach that know all classes, if there are two of these. What teaches has one
    intercept for all folds.
    """
    of_ridge, n_classes = judged.scores[-1], judged.scores.shape[-1]
    others = [[Discriminant.none(n_classes)] for _ in judged.sizes]
    if len(np.unique(judged.fold[judged.knew])) < 2:
        return judged, others
    told = np.empty(of_ridge.shape)
    for s, scores in enumerate(of_ridge):
        level = of_one_intercept(scores, judged.y, judged.fold, judged.weights)
        learnt = Analyses.of_scores(level, judged.y, judged.fold, judged.weights, judged.knew)
        told[s] = learnt(scores, judged.fold)
        others[s].append(learnt.of_all)
    with_told = np.stack([*judged.scores, told]), np.stack([*judged.chances, np.full(told.shape, np.nan)])
    return replace(judged, scores=with_told[0], chances=with_told[1]), others


def of_one_intercept(
    scores: NDArray[np.float64], y: NDArray[np.intp], fold: NDArray[np.intp], weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Scores of cases by ridges without their fold, but with the intercept of all, (n_cases, n_classes).

    The intercept of a ridge without a fold depends on the classes in the fold, and would tell them: most where groups
    are of one class each. See `lightwaves.estimators.heads.at_one_level`. The mean residual of all cases is 0 then, if
    slopes stay, so that each fold's intercept lacks its mean residual times its part of all weight.
    """
    weights = np.ones(len(y)) if weights is None else weights
    residuals = (targets_of(y, scores.shape[1]) - scores) * weights[:, np.newaxis]
    lacks = np.stack([residuals[fold == number].sum(axis=0) for number in range(int(fold.max()) + 1)]) / weights.sum()
    return scores + lacks[fold]


def unjudged(path: NDArray[Any]) -> NDArray[Any]:
    """The path of a detachment, with room for honest scores."""
    wider = np.zeros(len(path), JUDGED_PATH)
    wider["n_features"], wider["score"] = path["n_features"], path["score"]
    wider["honest_score"] = wider["standard_error"] = np.nan
    return wider


def smallest_good(
    right: NDArray[Any], weights: NDArray[np.float64] | None = None, groups: NDArray[np.intp] | None = None
) -> int:
    """The smallest number of features that errs no more than the best, within one standard error of the difference.

    Parameters
    ----------
    right : bool or float64 (n_sizes, n_cases)
        Which cases are classified rightly by so many features, the largest number first; or their merits.
    weights, groups : as for `mean_and_standard_error`

    Returns
    -------
    int
        Its row.
    """
    best = right[int(np.argmax([mean_and_standard_error(row, weights)[0] for row in right]))].astype(float)
    differences = [mean_and_standard_error(best - row, weights, groups) for row in right]
    return max(s for s, (loss, standard_error) in enumerate(differences) if loss <= standard_error)


def best_head(judged: CrossFitted, s: int, n_heads: int) -> int:
    """The row of the scores to go by with so many features: that of one of the heads, or of an analysis behind them.

    Of numbers, that of the smallest squared error. Of classes, that whose calibrated probabilities are clearly more
    likely than the first one's; the first in doubt. Where cases are few, no other head can take its place.
    """
    if judged.y.dtype.kind == "f":
        return int(np.argmax([mean_and_standard_error(merit, judged.weights)[0] for merit in judged.merits[:, s]]))

    def surprise(row: int) -> NDArray[np.float64]:
        scores = judged.scores[row, s]
        likely = probabilities(scores, *calibration(scores, judged.y, judged.weights))
        return -np.log(likely[np.arange(len(scores)), judged.y])

    first, chosen, best = surprise(0), 0, 0.0
    for row in range(1, len(judged.scores)):
        if row < n_heads and len(judged.cases) < MANY:
            continue
        gain, standard_error = mean_and_standard_error(first - surprise(row), judged.weights, judged.groups)
        if gain > max((CLEARLY if row < n_heads else OF_ONE_RIDGE) * standard_error, best):
            chosen, best = row, gain
    return chosen
