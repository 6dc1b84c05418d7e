"""What a model keeps to learn from new cases: sums over all that it has been given, and features of a few to judge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plans import Plan
from ..search.passes import BLOCK
from ..selection.sums import Basis, Sums, n_outputs_of, targets_of, whole_targets
from .judging import left_out

N_FOLDS = 5
LONGEST = 64  # cases of a class that come into one fold, one after the other
MOST_KEPT = 4000  # cases that judge


class Learner:
    """Sums over all cases so far, fold by fold.

    Parameters
    ----------
    basis : Basis
    n_classes : int

    Attributes
    ----------
    sums : Sums
    n_seen : int64 (n_classes,)
        How many cases of each class have come.
    rows : float32 (n_features, n_kept)
        The features of every so many cases.
    codes, fold : int (n_kept,)
        Their classes and folds.
    weights : float64 (n_kept,)
    """

    def __init__(self, basis: Basis, n_classes: int):
        self.basis, self.n_classes, self.stride = basis, n_classes, 1
        self.sums = Sums(N_FOLDS, basis.n_features, n_outputs_of(n_classes))
        self.n_seen = np.zeros(n_classes, np.int64)
        self.rows: NDArray[np.float32] | None = None
        self.codes, self.fold = np.empty(0, np.intp), np.empty(0, np.intp)
        self.weights = np.empty(0)

    def add(
        self, plan: Plan, panel: Panel, codes: NDArray[np.intp], weights: NDArray[np.float64] | None, n_jobs: int
    ) -> None:
        """Add cases; all of them, or none where a feature is not finite."""
        sums, n_seen = Sums(N_FOLDS, self.basis.n_features, self.sums.n_outputs), self.n_seen.copy()
        n_before = int(n_seen.sum())
        stride = self._stride_for(n_before + panel.n_cases)
        judging: list[NDArray[np.float32]] = []
        fold = fold_of(codes, n_seen)
        for first in range(0, panel.n_cases, BLOCK):
            some = np.arange(first, min(first + BLOCK, panel.n_cases))
            rows = plan.finite_rows(panel, cases=some, n_jobs=n_jobs)[:-1, : len(some)]
            roots = None if weights is None else np.sqrt(weights[some])
            targets = whole_targets(targets_of(codes[some], self.n_classes), roots)
            sums.add(np.vstack([self.basis.whole(rows, roots), targets]), fold[some])
            judging.append(rows[:, (n_before + some) % stride == 0])
        self.sums.merge(sums.products)
        self.n_seen = n_seen
        old = slice(None, None, stride // self.stride)
        new = np.flatnonzero((n_before + np.arange(len(codes))) % stride == 0)
        of_new = np.ones(len(new)) if weights is None else weights[new]
        self.rows = np.concatenate([*([] if self.rows is None else [self.rows[:, old]]), *judging], axis=1)
        self.codes = np.concatenate([self.codes[old], codes[new]])
        self.fold = np.concatenate([self.fold[old], fold[new]])
        self.weights = np.concatenate([self.weights[old], of_new])
        self.stride = stride

    def _stride_for(self, n_cases: int) -> int:
        """Of how many cases one judges, so that no more than a few do."""
        stride = self.stride
        while -(-n_cases // stride) > MOST_KEPT:
            stride *= 2
        return stride

    def teach(self, head: Any, classes: NDArray[Any]) -> None:
        """Fit a head on all cases so far, and calibrate it by those that are kept."""
        assert self.rows is not None
        penalty = head.fit_sums(self.sums, self.basis, classes)
        scores = head.of_outputs(left_out(self.basis, self.sums, self.rows, self.fold, penalty))
        head.calibrate(scores, self.codes, self.weights)


def fold_of(codes: NDArray[np.intp], n_seen: NDArray[np.int64]) -> NDArray[np.intp]:
    """In which fold each new case comes, int (n_cases,); `n_seen` counts them.

    Cases of a class that follow each other stay together, first one by one, then in runs that double up to 64. So the
    fold of a case does not depend on what comes after it.
    """
    rank = np.empty(len(codes), np.int64)
    for k in np.unique(codes).tolist():
        members = np.flatnonzero(codes == k)
        rank[members] = n_seen[k] + np.arange(len(members))
        n_seen[k] += len(members)
    doubled = np.minimum(np.log2(rank / N_FOLDS + 1).astype(np.int64), int(np.log2(LONGEST)))
    return ((rank - N_FOLDS * (2**doubled - 1)) >> doubled) % N_FOLDS
