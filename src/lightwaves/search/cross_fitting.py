"""Cross-fitting: what is said of cases by models whose search has not seen them.

Features are chosen on training cases, so whatever is judged by the same cases looks too good. Cross-fitting makes the
choice again without some of the cases, and fits a head on what is left; see Chernozhukov et al., "Double/debiased
machine learning for treatment and structural parameters", 2018, section 3, for the word. Each case is left out once.
Cases of one group, such as windows of one engine, are left out together.

Three steps have seen all cases, as they choose among few things: the screening of channels and the choice among lists
of banks, both on clear evidence only, and the penalty of the first ridge, one of three. What is said of the values
alone, such as their means, is taken from all cases too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..entries import Array
from ..parallel.comm import allgather
from ..parallel.crew import Crew
from ..parallel.threads import one_blas_thread
from ..selection.calibration import calibration, probabilities
from ..selection.detachment import Detached, FirstRidge, rounds_of
from ..selection.products import Targets, ridge_of
from ..selection.relevance import spare_rows

N_FOLDS = 5
MOST = 1000  # features that "auto" keeps
MANY = 500  # cases on which heads compete; of fewer, the first is taken
CLEARLY = 2.0  # standard errors by which another head must be better than the first

PATH = np.dtype(
    [("n_features", np.int64), ("score", np.float64), ("honest_score", np.float64), ("standard_error", np.float64)]
)


@dataclass(frozen=True)
class CrossFit:
    """What to fit on the features that are left.

    Attributes
    ----------
    heads : list of scikit-learn classifiers
        Which compete; the first in doubt.
    groups : int (n_cases,), or None
        Of which group each training case is.
    """

    heads: Sequence[Any]
    groups: NDArray[np.intp] | None = None


@dataclass(frozen=True)
class CrossFitted:
    """What is said of cases that were left out.

    Attributes
    ----------
    cases : int (n_judged,)
        Which of the training cases these are.
    codes : int (n_judged,)
        Their classes as 0, 1, ...
    weights : float64 (n_judged,), or None
        How often each counts.
    groups : int (n_judged,), or None
        Of which group each is.
    sizes : list of int
        By how many features, at most.
    scores : float64 (n_heads, n_sizes, n_judged, n_classes), or (n_judged, n_classes) once both are chosen
        See `scores_of`.
    """

    cases: NDArray[np.intp]
    codes: NDArray[np.intp]
    weights: NDArray[np.float64] | None
    groups: NDArray[np.intp] | None
    sizes: list[int]
    scores: NDArray[np.float64]


@one_blas_thread()
def cross_fitted(
    rows: NDArray[np.float32],
    cases: NDArray[np.intp],
    codes: NDArray[np.intp],
    weights: NDArray[np.float64] | None,
    sizes: list[int],
    how: CrossFit,
    *,
    penalty: float,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
    frugality: float = 0.0,
    crew: Crew | None = None,
) -> CrossFitted:
    """Let each case of a search be judged by models whose search has not seen it.

    Parameters
    ----------
    rows : float32 (n_candidates, n_cases)
        All candidates, on every rank. Their scale does not count.
    cases : int (n_cases,)
        Which of the training cases these are.
    codes : int (n_cases,)
        Their classes as 0, 1, ...
    weights : float64 (n_cases,), or None
        How often each counts.
    sizes : list of int
        Numbers of features, descending.
    how : CrossFit
    penalty : float
        Of the ridge on all candidates, of which it was the best on all cases.
    convolutions, frugality : as for `lightwaves.selection.detachment.detach`
    crew : Crew, optional
        Who shares the folds; nobody by default.

    Returns
    -------
    CrossFitted
        The same on all ranks, and for any number of them and of threads.
    """
    crew = crew or Crew()
    groups = None if how.groups is None else how.groups[cases]
    fold = folds_of(codes, groups)
    judge = Fold(rows, codes, weights, fold, sizes, how.heads, convolutions, frugality, penalty)
    found: dict[int, NDArray[np.float64]] = {}

    def judge_mine() -> dict[int, NDArray[np.float64]]:
        mine = range(crew.comm.rank, int(fold.max()) + 1, crew.comm.size)
        keep = lambda number, scores: found.update({number: scores[0]})  # noqa: E731
        crew.do("folds", judge, mine, keep, title="judging by cases left out")
        return found

    for of_rank in allgather(crew.comm, judge_mine):
        found |= of_rank
    scores = np.empty((len(how.heads), len(sizes), len(fold), int(codes.max()) + 1))
    for number, of_fold in found.items():
        scores[:, :, fold == number] = of_fold
    return CrossFitted(cases, codes, weights, groups, sizes, scores)


@dataclass(frozen=True)
class Fold:
    """What heads say of the cases of one fold, fitted on features that were chosen by the other cases."""

    rows: NDArray[np.float32]
    codes: NDArray[np.intp]
    weights: NDArray[np.float64] | None
    fold: NDArray[np.intp]
    sizes: list[int]
    heads: Sequence[Any]
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None
    frugality: float
    penalty: float

    def __call__(self, number: int) -> tuple[NDArray[np.float64]]:
        """The scores, (n_heads, n_sizes, n_cases_of_fold, n_classes); -1 for a class that only this fold has."""
        held, training = np.flatnonzero(self.fold == number), np.flatnonzero(self.fold != number)
        scores = np.full(self.results(number)[0].shape({}), -1.0)
        present, codes = np.unique(self.codes[training], return_inverse=True)
        if len(present) < 2:
            scores[..., present] = 1.0
            return (scores,)
        weights = None if self.weights is None else self.weights[training]
        rows = spare_rows(len(self.rows), len(training))
        rows[:-1, : len(training)] = self.rows[:, training]
        first = FirstRidge(
            ridge_of(rows, len(training), weights), len(self.rows), Targets.of(codes, weights), self.penalty, np.nan
        )
        rounds = rounds_of(first, self.sizes[-1], frugality=self.frugality, convolutions=self.convolutions)
        options = {} if weights is None else {"sample_weight": weights}
        for s, size in enumerate(self.sizes):
            left = next((left for left in rounds if len(left) <= size), rounds[-1])
            features = np.ascontiguousarray(self.rows[left].T)
            for h, head in enumerate(self.heads):
                fitted = clone(head)
                fit = getattr(fitted, "fit_left_out", fitted.fit)  # the library's own: no need to calibrate
                fit(features[training], codes, **options)
                scores[h, s][:, present] = scores_of(fitted, features[held])
        return (scores,)

    def results(self, number: int) -> tuple[Array]:
        """What the scores of a fold are."""
        n_held, n_classes = int(np.count_nonzero(self.fold == number)), int(self.codes.max()) + 1
        return (Array(np.float64, len(self.heads), len(self.sizes), n_held, n_classes, most=np.inf),)


def scores_of(head: Any, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a fitted head says of each class: float64 (n_cases, n_classes), the higher the likelier.

    Decision scores, of two classes the score of the second and its negative; of a head that has none, probabilities;
    of one that has neither, 1 for the class that it predicts and -1 for the others.
    """
    if hasattr(head, "decision_function"):
        scores = np.asarray(head.decision_function(features), np.float64)
        if scores.ndim == 1:
            scores = np.column_stack([-scores, scores])
        if scores.shape == (len(features), len(head.classes_)):
            return scores
    if hasattr(head, "predict_proba"):
        return np.asarray(head.predict_proba(features), np.float64)
    return np.where(head.predict(features)[:, np.newaxis] == np.unique(head.classes_), 1.0, -1.0)


def sizes_of_path(path: NDArray[Any], n_features: int | str) -> list[int]:
    """The numbers of features that are judged: that of the last round; with "auto", those of all small rounds."""
    sizes = [int(n) for n in path["n_features"]]
    if n_features != "auto":
        return sizes[-1:]
    return [n for n in sizes if n <= MOST] or sizes[-1:]


def best_of(left: Detached, judged: CrossFitted) -> tuple[Detached, int, CrossFitted]:
    """How many features to keep, where that is open, and which head to fit on them.

    Parameters
    ----------
    left : Detached
    judged : CrossFitted
        By all heads, and by as many features as some rounds have left.

    Returns
    -------
    left : Detached
        What is kept; its path says what was found.
    head : int
    judged : CrossFitted
        By this head, and by so many features.
    """
    path, right = unjudged(left.path), judged.scores.argmax(axis=3) == judged.codes
    for s, size in enumerate(judged.sizes):
        known = accuracy(right[0, s], judged.weights, judged.groups)
        path["honest_score"][path["n_features"] == size] = known[0]
        path["standard_error"][path["n_features"] == size] = known[1]
    s, head = smallest_good(right[0], judged.weights, judged.groups), 0
    if left.rounds:
        left = left.at(int(np.flatnonzero(path["n_features"] == judged.sizes[s])[0]))
    if len(judged.cases) >= MANY:
        head = clearly_best(judged, s)
    return replace(left, path=path), head, replace(judged, sizes=[judged.sizes[s]], scores=judged.scores[head, s])


def unjudged(path: NDArray[Any]) -> NDArray[Any]:
    """The path of a detachment, with room for honest scores."""
    wider = np.zeros(len(path), PATH)
    wider["n_features"], wider["score"] = path["n_features"], path["score"]
    wider["honest_score"] = wider["standard_error"] = np.nan
    return wider


def smallest_good(
    right: NDArray[np.bool_], weights: NDArray[np.float64] | None = None, groups: NDArray[np.intp] | None = None
) -> int:
    """The smallest number of features that errs no more than the best, within one standard error of the difference.

    Parameters
    ----------
    right : bool (n_sizes, n_cases)
        Which cases are classified rightly by so many features, the largest number first.
    weights, groups : as for `accuracy`

    Returns
    -------
    int
        Its row.
    """
    best = right[int(np.argmax([accuracy(row, weights)[0] for row in right]))].astype(float)
    differences = [accuracy(best - row, weights, groups) for row in right]
    return max(s for s, (loss, standard_error) in enumerate(differences) if loss <= standard_error)


def clearly_best(judged: CrossFitted, s: int) -> int:
    """The head whose calibrated probabilities are clearly more likely than the first one's; the first in doubt."""

    def surprise(head: int) -> NDArray[np.float64]:
        scores = judged.scores[head, s]
        likely = probabilities(scores, *calibration(scores, judged.codes, judged.weights))
        return -np.log(likely[np.arange(len(scores)), judged.codes])

    first, chosen, best = surprise(0), 0, 0.0
    for head in range(1, len(judged.scores)):
        gain, standard_error = accuracy(first - surprise(head), judged.weights, judged.groups)
        if gain > max(CLEARLY * standard_error, best):
            chosen, best = head, gain
    return chosen


def folds_of(codes: NDArray[np.intp], groups: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """In which fold each case is left out: drawn, but always in the same way.

    Folds are equally large, and each class is spread evenly over them; with groups, whole groups are, the large ones
    first, each into the fold that is the smallest by then.

    Parameters
    ----------
    codes : int (n_cases,)
        Classes.
    groups : int (n_cases,), optional

    Returns
    -------
    int (n_cases,)
        From 0; five folds, or as many as there are cases or groups.
    """
    n_cases, random_state = len(codes), np.random.RandomState(0)
    if groups is None:
        shuffled = random_state.permutation(n_cases)
        order = shuffled[np.argsort(codes[shuffled], kind="stable")]
        fold = np.empty(n_cases, np.intp)
        fold[order] = np.arange(n_cases) % min(N_FOLDS, n_cases)
        return fold
    present, group = np.unique(groups, return_inverse=True)
    sizes, of_group = np.bincount(group), np.empty(len(present), np.intp)
    shuffled, filled = random_state.permutation(len(present)), np.zeros(min(N_FOLDS, len(present)))
    for number in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        of_group[number] = filled.argmin()
        filled[of_group[number]] += sizes[number]
    return of_group[group]


def accuracy(
    right: NDArray[Any], weights: NDArray[np.float64] | None = None, groups: NDArray[np.intp] | None = None
) -> tuple[float, float]:
    """A mean over cases and its standard error; cases of one group count as one observation.

    Parameters
    ----------
    right : bool or float (n_cases,)
    weights : float64 (n_cases,), optional
    groups : int (n_cases,), optional

    Returns
    -------
    mean, standard_error : float
    """
    parts = np.ones(len(right)) if weights is None else weights
    parts = parts / parts.sum()
    mean = float(np.average(right, weights=weights))
    deviations = parts * (right - mean)
    if groups is not None:
        deviations = np.bincount(np.unique(groups, return_inverse=True)[1], deviations)
    n_observations = len(deviations)
    small = n_observations / max(n_observations - 1, 1)  # a mean of few observations lies nearer to them than the truth
    return mean, float(np.sqrt(small * (deviations**2).sum()))
