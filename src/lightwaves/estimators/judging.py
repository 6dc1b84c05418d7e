"""How estimators fit their heads, and which cases judge them: such as the search has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..parallel.comm import bcast, gather_and_bcast
from ..parallel.crew import Crew
from ..plans import Plan
from ..search.cross_fitting import folds_of
from ..search.passes import AddUp, added_up, rows_of
from ..search.roles import MOST_ASIDE
from ..search.search import Found, cases_of
from ..search.shares import part_of, put_together
from ..selection.sums import Basis, Sums
from .agreement import Agreed, Given

MANY = 2000  # cases: of so many, a head of the library is fitted by sums


@dataclass(frozen=True)
class Judges:
    """Cases that the search has not seen, and what is said of them.

    Attributes
    ----------
    cases : int (n_judging,)
        Which of the cases that count these are.
    scores, chances : float64 (n_judging, n_classes), or (n_judging, 1) of numbers
        See `lightwaves.search.cross_fitting.CrossFitted`.
    """

    cases: NDArray[np.intp]
    scores: NDArray[np.float64]
    chances: NDArray[np.float64]

    def only(self, some: NDArray[np.bool_]) -> Judges:
        """Some of them."""
        return Judges(self.cases[some], self.scores[some], self.chances[some])

    def counted(self, given: Given) -> tuple[NDArray[Any], NDArray[np.float64] | None, NDArray[np.intp] | None]:
        """Their classes or numbers, weights and groups."""
        weights = None if given.weights is None else given.weights[self.cases]
        groups = None if given.groups is None else given.groups[self.cases]
        return given.y[self.cases], weights, groups

    def among_all(self, values: NDArray[np.float64], given: Given) -> NDArray[np.float64]:
        """Values of theirs, (n_judging, ...), at the places of the cases as they were given; NaN elsewhere."""
        placed = np.full((given.n_given, *values.shape[1:]), np.nan)
        placed[self.cases if given.cases is None else given.cases[self.cases]] = values
        return placed


def fit_head(
    head: Any, plan: Plan, found: Found, given: Given, agreed: Agreed, *, missing: str, title: str
) -> tuple[Any, Judges | None]:
    """Fit a head on the features of all cases, which ranks share.

    Parameters
    ----------
    head : scikit-learn estimator
        Not fitted yet. One of the library's own is calibrated by cases that it has not seen itself.
    plan : Plan
        The features.
    found, given, agreed : what the search has found, and what it began with
    missing : {"error", "interpolate", "zero"}
    title : str
        What whoever waits is told.

    Returns
    -------
    head : the same, fitted
    judges : Judges, or None
        Where any case was judged by a model whose search has not seen it.
    """
    judges: Judges | None
    panel, aside = agreed.panel.filled(missing, plan.shift), found.roles.aside
    if hasattr(head, "fit_sums") and given.n_counting >= MANY:
        head, judging = by_sums(head, plan, panel, found, given, agreed.crew, title)
        judges = judging if len(aside) else None
    else:
        with agreed.crew.progress.stage(title):
            head, judges = at_once(head, plan, panel, aside, given, agreed.crew)
    if judges is None and found.judged is not None:
        judges = Judges(found.judged.cases, found.judged.scores, found.judged.chances)
    return head, judges


def at_once(
    head: Any, plan: Plan, panel: Panel, aside: NDArray[np.intp], given: Given, crew: Crew
) -> tuple[Any, Judges | None]:
    """Fit a head on all features in memory; one of the library's own judges by leaving out each case."""
    labels = given.classes[given.codes] if given.values is None else given.values
    options = {} if given.weights is None else {"sample_weight": given.weights}

    def fit(parts: list[Any]) -> tuple[Any, Judges | None]:
        features = put_together(parts, crew).T
        if not hasattr(head, "fit_left_out"):
            return head.fit(features, labels, **options), None
        left_out = head.fit_left_out(features, labels, **options)
        head.calibrate(left_out, given.y, given.weights)
        return head, Judges(aside, left_out[aside], left_out[aside]) if len(aside) else None

    return gather_and_bcast(crew.comm, lambda: part_of(plan, panel, crew), fit)


def by_sums(
    head: Any, plan: Plan, panel: Panel, found: Found, given: Given, crew: Crew, title: str
) -> tuple[Any, Judges]:
    """Fit a head of the library by one pass over the cases; those that judge are left out fold by fold.

    Returns
    -------
    head : the same, fitted and calibrated
    judges : Judges
        The cases that were set aside, or else some that the search has seen.
    """
    n_classes, first = (0 if given.values is not None else len(given.classes)), found.roles.first
    judging = found.roles.aside if len(found.roles.aside) else spread(given.n_counting, MOST_ASIDE)
    kept = np.zeros(given.n_counting, bool)
    kept[judging] = True
    everyone = np.arange(given.n_counting)
    fold = folds_of(given.y, everyone, given.groups)
    cases = replace(cases_of(everyone, given.codes, given.weights, given.values), fold=fold, kept=kept)
    rows, weights = rows_of(plan, panel, crew, first), None if given.weights is None else given.weights[first]
    basis = bcast(crew.comm, lambda: head.basis(rows, cases.y[first], weights))
    sums = added_up(AddUp(plan, panel, cases, basis), crew, "head", title)

    def fit() -> tuple[Any, Judges]:
        assert sums is not None
        penalty = head.fit_sums(sums[0], basis, given.classes if n_classes else given.values)
        scores = head.of_outputs(left_out(basis, *sums, fold[judging], penalty))
        head.calibrate(scores, given.y[judging], None if given.weights is None else given.weights[judging])
        return head, Judges(judging, scores, scores)

    return bcast(crew.comm, fit)


def left_out(
    basis: Basis, sums: Sums, rows: NDArray[np.float32], fold: NDArray[np.intp], penalty: float
) -> NDArray[np.float64]:
    """What ridges say of cases in a fold that they have not seen, float64 (n_cases, n_outputs).

    Parameters
    ----------
    basis : Basis
    sums : Sums
        Over all cases.
    rows : float32 (n_features, n_cases)
        The features of these cases.
    fold : int (n_cases,)
        Of which fold they are.
    penalty : float
        For each case.
    """
    scores = np.empty((len(fold), sums.n_outputs))
    for number in np.unique(fold).tolist():
        ridge = sums.without(number) if sums.n_folds > 1 else sums.of_all()
        some = fold == number
        scores[some] = basis.scores(rows[:, some], ridge.coefficients(penalty, basis.units))
    return scores


def spread(n_cases: int, n_wanted: int) -> NDArray[np.intp]:
    """At most so many cases, evenly over all."""
    return np.arange(0, n_cases, max(1, -(-n_cases // n_wanted)))
