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
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError

from ..entries import Array
from ..parallel.comm import bcast
from ..parallel.crew import Crew
from ..parallel.threads import one_blas_thread
from ..selection.detachment import FirstRidge, rounds_of
from ..selection.discriminant import Analyses, Discriminant
from ..selection.products import Targets, ridge_of, some_of
from ..selection.relevance import anova_f, best, class_starts, spare_rows
from ..validation import kept_filters, shown, warn_caller
from .folds import folds_of, knows_all
from .merits import merits, n_scores

NEARLY = 1e-3  # how far from 1 the sum of probabilities of a head of one's own may be
WORDS = 1000  # bytes of what is told of a head that failed


@dataclass(frozen=True)
class CrossFit:
    """What to fit on the features that are left.

    Attributes
    ----------
    heads : list of scikit-learn classifiers
        Which compete; the first in doubt.
    groups : int (n_cases,), or None
        Of which group each training case is.
    classes : array (n_classes,), or None
        What the classes are called, for heads that know them by name; None of numbers.
    fold : int (n_cases,), or None
        In which fold each training case is, -1 in none, where heads can be fitted on many more cases than the search
        looks at: it then tells what it chooses without each fold.
    analyses : bool
        Whether other analyses of the first head's scores compete with its own; see `best_of`.
    """

    heads: Sequence[Any]
    groups: NDArray[np.intp] | None = None
    classes: NDArray[Any] | None = None
    fold: NDArray[np.intp] | None = None
    analyses: bool = False

    @property
    def undecided(self) -> bool:
        """Whether heads compete, or analyses."""
        return len(self.heads) > 1 or self.analyses

    @property
    def as_they_are(self) -> bool:
        """Whether a head is none of the library's own, which standardise features: it sees them as they are."""
        return not all(is_own(head) for head in self.heads)


@dataclass(frozen=True)
class AllCandidates:
    """All candidates of some cases, and how the search chooses among them.

    Attributes
    ----------
    rows : float32 (n_candidates, n_cases)
        On every rank. Their scale does not count.
    cases : int (n_cases,)
        Which of the training cases these are.
    y : int or float64 (n_cases,)
        Their classes as 0, 1, ..., or the numbers that a regression shall predict.
    weights : float64 (n_cases,), or None
        How often each counts.
    penalty : float
        Of the ridge on all candidates, of which it was the best on all cases.
    convolutions, frugality : as for `lightwaves.selection.detachment.detach`
    units : (float64 (n_candidates,), float64 (n_candidates,)), or None
        What a row is times the second, plus the first, is the feature as it is. None where rows are so already, or no
        head asks for that.
    n_first : int, or None
        With how many candidates a choice begins: those of the largest F among the cases that choose. Then all cases
        must stand in the order of their classes. None where a choice begins with all candidates.
    """

    rows: NDArray[np.float32]
    cases: NDArray[np.intp]
    y: NDArray[Any]
    weights: NDArray[np.float64] | None
    penalty: float
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None
    frugality: float = 0.0
    units: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    n_first: int | None = None

    def features(self, which: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of them, float32 (n_cases, n_some), as they are where `units` says how."""
        rows = self.rows[which].T
        if self.units is not None:
            level, unit = (of_all[which] for of_all in self.units)
            rows = (rows * unit + level).astype(np.float32)
        return np.ascontiguousarray(rows)

    def chosen(self, training: NDArray[np.intp], sizes: Sequence[int]) -> list[NDArray[np.int64]]:
        """What a search by some of the cases leaves in the first round of no more features than each of some sizes.

        They descend. If no round leaves so few, it is what the last one leaves.
        """
        y, weights = self.y[training], some_of(self.weights, training)
        rows, which = spare_rows(len(self.rows), len(training)), np.arange(len(self.rows))
        rows[:-1, : len(training)] = self.rows[:, training]
        if self.n_first is not None:
            which = np.sort(best(anova_f(rows, class_starts(y)[1], weights), which, self.n_first))
            rows = rows[[*which, -1]]
        ridge, targets = ridge_of(rows, len(training), weights), Targets.of(y, weights)
        first = FirstRidge(ridge, len(which), targets, self.penalty, np.nan)
        rounds = rounds_of(first, sizes[-1], frugality=self.frugality, convolutions=self.convolutions)
        return [which[next((left for left in rounds if len(left) <= size), rounds[-1])] for size in sizes]


@dataclass(frozen=True)
class CrossFitted:
    """What is said of cases that were left out.

    Attributes
    ----------
    cases : int (n_judged,)
        Which of the training cases these are.
    y : int or float64 (n_judged,)
        Their classes as 0, 1, ..., or the numbers that a regression shall predict.
    weights : float64 (n_judged,), or None
        How often each counts.
    groups : int (n_judged,), or None
        Of which group each is.
    sizes : list of int
        By how many features, at most.
    scores : float64 (n_heads, n_sizes, n_judged, n_classes), or (n_judged, n_classes) once both are chosen
        What heads of the library say; of others, 1 for the class that is predicted and -1 for the others. Where
        analyses compete, one more row holds what the ridge of the first head says.
    chances : float64, as `scores`
        The probabilities that heads of others give; NaN of those that have none, and of those of the library.
    fold : int (n_judged,)
        With which others each was left out.
    knew : bool (n_judged,)
        Whether the cases beside its fold are of all classes.
    """

    cases: NDArray[np.intp]
    y: NDArray[Any]
    weights: NDArray[np.float64] | None
    groups: NDArray[np.intp] | None
    sizes: list[int]
    scores: NDArray[np.float64]
    chances: NDArray[np.float64]
    fold: NDArray[np.intp]
    knew: NDArray[np.bool_]

    @property
    def merits(self) -> NDArray[Any]:
        """Whether each case is classified rightly; of numbers, one less the squared error, in units of the variance."""
        return merits(self.scores, self.y, self.weights)


@one_blas_thread()
def cross_fitted(candidates: AllCandidates, sizes: list[int], how: CrossFit, crew: Crew) -> CrossFitted | None:
    """Let each case of a search be judged by models whose search has not seen it.

    Parameters
    ----------
    candidates : AllCandidates
    sizes : list of int
        Numbers of features, descending.
    how : CrossFit
    crew : Crew
        Who shares the folds.

    Returns
    -------
    CrossFitted, or None
        The same on all ranks, and for any number of them and of threads. None where a head failed on a part of the
        cases.

    Raises
    ------
    ValueError
        If all cases are of one group.

    Warns
    -----
    UserWarning
        If a head fails on a part of the cases.
    """
    cases, y = candidates.cases, candidates.y
    groups = some_of(how.groups, cases)
    if groups is not None and len(np.unique(groups)) < 2:
        raise ValueError("the cases that the search looks at are all of one group: raise search_cases.")
    fold = folds_of(y, cases, groups)
    judge = Fold(candidates, fold, sizes, how)
    of_others = crew.n_threads > 1 and not all(map(is_own, how.heads))
    with kept_filters() if of_others else nullcontext():  # several threads of scikit-learn mix up filters of warnings
        found = of_each_fold(judge, int(fold.max()) + 1, crew, "folds", title="judging by cases left out")
    scores, chances = np.empty((2, judge.n_rows, len(sizes), len(fold), n_scores(y)))
    for number, of_fold in found.items():
        scores[:, :, fold == number], chances[:, :, fold == number], failure = of_fold
        if failure.any():
            what = failure.tobytes().rstrip(b"\0").decode(errors="replace")
            advice = "Say honest=False, or give it more cases."
            bcast(crew.comm, partial(warn_caller, f"There is no honest estimate: {what}. {advice}"))
            return None
    return CrossFitted(cases, y, candidates.weights, groups, sizes, scores, chances, fold, knows_all(y, fold))


@one_blas_thread()
def chosen_without(
    candidates: AllCandidates, fold: NDArray[np.intp], n_folds: int, n_features: int, crew: Crew
) -> list[NDArray[np.int64]]:
    """Which features the search chooses without each fold.

    Parameters
    ----------
    candidates : AllCandidates
    fold : int (n_cases,)
    n_folds : int
        There may be none of these cases in some of them.
    n_features : int
        How many are kept.
    crew : Crew
        Who shares the folds.

    Returns
    -------
    list of int64 (n_kept,)
        Of each fold, ascending. The same on all ranks. All features are of equal worth where the other cases are alike.
    """
    choose = Choice(candidates, fold, n_features)
    found = of_each_fold(choose, n_folds, crew, "choices", title="choosing without some of the cases")
    return [ids[ids >= 0] for (ids,) in found.values()]


def of_each_fold(
    work: Choice | Fold, n_folds: int, crew: Crew, stage: str, title: str
) -> dict[int, tuple[NDArray[Any], ...]]:
    """What a piece of work finds of each fold, in their order, on all ranks, which share the folds."""
    mine = range(crew.comm.rank, n_folds, crew.comm.size)
    return crew.do_for_all(stage, work, mine, title=title, in_teams=True)


def is_own(head: Any) -> bool:
    """Whether a head is one of the library's own."""
    return hasattr(head, "fit_left_out")


@dataclass(frozen=True)
class Choice:
    """The features that the search chooses without the cases of one fold."""

    candidates: AllCandidates
    fold: NDArray[np.intp]
    n_features: int

    def __call__(self, number: int) -> tuple[NDArray[np.int64]]:
        """Their ids, ascending; -1 where there are fewer."""
        y, training = self.candidates.y, np.flatnonzero(self.fold != number)
        if not len(training) or (y[training] == y[training[0]]).all():
            return (np.arange(self.n_features, dtype=np.int64),)
        chosen = np.full(self.n_features, -1, np.int64)
        (left,) = self.candidates.chosen(training, [self.n_features])
        chosen[: len(left)] = left[: self.n_features]
        return (chosen,)

    def results(self, number: int) -> tuple[Array]:
        """What the ids of a fold are."""
        return (Array(np.int64, self.n_features, least=-1, most=len(self.candidates.rows) - 1),)


@dataclass(frozen=True)
class Fold:
    """What heads say of the cases of one fold, fitted on features that were chosen by the other cases."""

    candidates: AllCandidates
    fold: NDArray[np.intp]
    sizes: list[int]
    how: CrossFit
    config: dict[str, Any] = field(default_factory=get_config)  # of scikit-learn: each thread and process has its own

    @property
    def n_rows(self) -> int:
        """How many say something of each case: the heads, and the ridge of the first, where analyses compete."""
        return len(self.how.heads) + self.how.analyses

    def __call__(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
        """Scores and chances, (n_rows, n_sizes, n_cases_of_fold, n_classes); see `CrossFitted`.

        A class that only this fold has gets the score -1 and no chance. Of numbers there is one column: what is
        predicted. Where the other cases are all alike, nothing is fitted: they are what is said. NaN is the score of a
        head that failed, and the third array holds the text that tells how, in UTF-8; else it is 0.
        """
        held, training = np.flatnonzero(self.fold == number), np.flatnonzero(self.fold != number)
        shape = self.results(number)[0].shape({})
        scores, chances, failure = np.full(shape, -1.0), np.full(shape, np.nan), np.zeros(WORDS, np.uint8)
        y = self.candidates.y[training]
        known = np.arange(1) if self.how.classes is None else np.unique(y)
        if (y == y[0]).all():
            scores[..., known] = y[0] if self.how.classes is None else 1.0
            return scores, chances, failure
        weights = some_of(self.candidates.weights, training)
        for s, left in enumerate(self.candidates.chosen(training, self.sizes)):
            features = self.candidates.features(left)
            for h, head in enumerate(self.how.heads):
                given = features[training], y, features[held], weights
                if self.how.analyses and h == 0:
                    scores[0, s][:, known], scores[-1, s][:, known] = said_by_ridge(head, *given)
                elif is_own(head):
                    scores[h, s][:, known] = said_by_own(head, *given, self.how.classes)
                else:
                    with config_context(**self.config):
                        self._ask(head, *given, scores[h, s], chances[h, s], failure)
        return scores, chances, failure

    def _ask(
        self,
        head: Any,
        features: NDArray[np.float32],
        y: NDArray[Any],
        held: NDArray[np.float32],
        weights: NDArray[np.float64] | None,
        scores: NDArray[np.float64],
        chances: NDArray[np.float64],
        failure: NDArray[np.uint8],
    ) -> None:
        """Fit a head of the user, and write down what it says of the cases held out, or how it failed."""
        fitted, options = clone(head), {} if weights is None else {"sample_weight": weights}
        labels = y if self.how.classes is None else self.how.classes[y]
        seen, unseen = features.astype(np.float64), held.astype(np.float64)  # in which y keeps its digits
        try:
            fitted.fit(seen, labels, **options)
            said = np.asarray(fitted.predict(unseen))
            usable = np.isfinite(said) if self.how.classes is None else np.isin(said, self.how.classes)
            if not usable.all():
                what = "finite number" if self.how.classes is None else "class of y"
                raise ValueError(f"predict said {shown(said[~usable][0])}, which is no {what}")
            if self.how.classes is None:
                scores[:, 0] = said.reshape(len(held))
                return
            scores[:] = np.where(said.reshape(len(held), 1) == self.how.classes, 1.0, -1.0)
            if hasattr(fitted, "predict_proba") and hasattr(fitted, "classes_"):
                chances[:] = 0.0
                chances[:, np.searchsorted(self.how.classes, fitted.classes_)] = fitted.predict_proba(unseen)
                if not (chances.min() >= 0 and np.abs(chances.sum(axis=1) - 1).max() < NEARLY):
                    raise ValueError("predict_proba said probabilities below 0, or such that do not sum to 1")
        except (UnsetMetadataPassedError, MemoryError):  # which say what to do; the first would come again
            raise
        except Exception as error:  # what a head of others may raise, nobody knows
            what = f"{type(head).__name__} failed on a part of the cases ({type(error).__name__}: {error})"
            failure[:] = np.frombuffer(what.encode(errors="replace")[:WORDS].ljust(WORDS, b"\0"), np.uint8)
            scores[:], chances[:] = np.nan, np.nan

    def results(self, number: int) -> tuple[Array, Array, Array]:
        """What the scores and chances of a fold are; of a head that failed, nothing is kept."""
        n_held = int(np.count_nonzero(self.fold == number))
        sizes = self.n_rows, len(self.sizes), n_held, n_scores(self.candidates.y)
        return Array(np.float64, *sizes), Array(np.float64, *sizes, nan=True), Array(np.uint8, WORDS, most=0)


def said_by_own(
    head: Any,
    features: NDArray[np.float32],
    y: NDArray[Any],
    held: NDArray[np.float32],
    weights: NDArray[np.float64] | None,
    classes: NDArray[Any] | None,
) -> NDArray[np.float64]:
    """What a head of the library, which need not calibrate, says of the cases held out, (n_held, n_known_classes)."""
    fitted = clone(head)
    fitted.fit_left_out(features, y, sample_weight=weights)
    said = fitted.predict(held) if classes is None else fitted.decision_function(held)
    both = classes is not None and said.ndim == 1
    return np.column_stack([-said, said]) if both else said.reshape(len(held), -1)


def said_by_ridge(
    head: Any,
    features: NDArray[np.float32],
    y: NDArray[np.intp],
    held: NDArray[np.float32],
    weights: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What `said_by_own` gives, and what the ridge says that the head analyses."""
    known, codes = np.unique(y, return_inverse=True)
    ridge = head._analysed_by(Discriminant.none(len(known)))
    left_out = ridge.fit_left_out(features, y, sample_weight=weights)
    said = ridge.decision_function(held)
    if len(known) == 2:
        said = np.column_stack([-said, said])
        return said, said
    return Analyses.of_scores(left_out, codes, np.zeros_like(codes), weights).of_all(said), said
