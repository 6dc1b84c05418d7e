"""How estimators fit their heads, and which cases judge them: such as the search has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..parallel.comm import gather_and_bcast
from ..plans import Plan
from ..search.search import Found
from ..search.shares import part_of, put_together
from .agreement import Agreed, Given

MANY_UNSEEN = 500  # cases that the search has not seen, and that can judge in place of cross-fitting


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


def many_unseen(given: Given, search_cases: int) -> bool:
    """Whether the search leaves out so many cases that those can judge: a head of the library leaves out each."""
    return given.groups is None and len(given.codes) - search_cases >= MANY_UNSEEN


def fit_head(
    head: Any, plan: Plan, found: Found, given: Given, agreed: Agreed, *, missing: str, unseen_judge: bool, title: str
) -> tuple[Any, Judges | None]:
    """Fit a head on the features of all cases, which ranks share.

    Parameters
    ----------
    head : scikit-learn estimator
        Not fitted yet. One of the library's own is calibrated by its leave-one-out scores.
    plan : Plan
        The features.
    found, given, agreed : what the search has found, and what it began with
    missing : {"error", "interpolate", "zero"}
    unseen_judge : bool
        Whether the cases that the search has not seen judge, by their leave-one-out scores; else those of
        cross-fitting.
    title : str
        What whoever waits is told.

    Returns
    -------
    head : the same, fitted
    judges : Judges, or None
        Where any case was judged by a model whose search has not seen it.
    """
    panel = agreed.panel.filled(missing, plan.shift)
    labels = given.classes[given.codes] if given.values is None else given.values
    options = {} if given.weights is None else {"sample_weight": given.weights}

    def fit(parts: list[Any]) -> tuple[Any, Judges | None]:
        features = put_together(parts, agreed.crew).T
        if not hasattr(head, "fit_left_out"):
            return head.fit(features, labels, **options), None
        left_out = head.fit_left_out(features, labels, **options)
        head.calibrate(left_out, given.y, given.weights)
        if not unseen_judge:
            return head, None
        unseen = np.setdiff1d(np.arange(len(left_out)), found.cases)
        return head, Judges(unseen, left_out[unseen], left_out[unseen])

    with agreed.crew.progress.stage(title):
        fitted, judges = gather_and_bcast(agreed.crew.comm, lambda: part_of(plan, panel, agreed.crew), fit)
    if judges is None and found.judged is not None:
        judges = Judges(found.judged.cases, found.judged.scores, found.judged.chances)
    return fitted, judges
