"""What a model keeps to learn from new cases: sums over all that it has been given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plans import Plan
from ..search.passes import BLOCK
from ..selection.sums import Basis, Sums, n_outputs_of
from .judging import Lesson

N_FOLDS = 5
LONGEST = 64  # cases of a class that come into one fold, one after the other


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
    unit : float
        The mean weight of the first cases, in which all are counted.
    """

    def __init__(self, basis: Basis, n_classes: int):
        self.basis, self.n_classes = basis, n_classes
        self.sums = Sums(N_FOLDS, basis.n_features, n_outputs_of(n_classes))
        self.n_seen = np.zeros(n_classes, np.int64)
        self.unit = 0.0

    @classmethod
    def of(cls, lesson: Lesson, head: Any) -> Learner:
        """What goes on from a fit.

        Parameters
        ----------
        lesson : Lesson
        head : CalibratedHead
            Of the kind that was fitted.
        """
        n_classes = len(lesson.n_seen)
        if lesson.sums is None:
            own = cls(head.basis(lesson.rows, lesson.y, lesson.weights), n_classes)
            own.add_rows(iter([lesson.rows]), lesson.y, lesson.weights)
            return own
        assert lesson.basis is not None
        own = cls(lesson.basis, n_classes)
        own.sums, own.n_seen, own.unit = lesson.sums, lesson.n_seen, lesson.unit
        return own

    def add(
        self, plan: Plan, panel: Panel, codes: NDArray[np.intp], weights: NDArray[np.float64] | None, n_jobs: int
    ) -> None:
        """Add cases; all of them, or none where a feature is not finite."""
        blocks = (np.arange(first, min(first + BLOCK, panel.n_cases)) for first in range(0, panel.n_cases, BLOCK))
        rows = (plan.finite_rows(panel, cases=some, n_jobs=n_jobs)[:-1, : len(some)] for some in blocks)
        self.add_rows(rows, codes, weights)

    def add_rows(
        self, blocks: Iterator[NDArray[np.float32]], codes: NDArray[np.intp], weights: NDArray[np.float64] | None
    ) -> None:
        """Add cases whose features, (n_features, n_cases_of_block), come block by block."""
        sums, n_seen = Sums(self.sums.n_folds, self.basis.n_features, self.sums.n_outputs), self.n_seen.copy()
        begin, fold = 0, fold_of(codes, n_seen, self.sums.n_folds)
        counted = np.ones(len(codes)) if weights is None else weights
        unit = self.unit or float(counted.mean())
        for rows in blocks:
            some = slice(begin, begin + rows.shape[1])
            roots = None if weights is None and unit == 1.0 else np.sqrt(counted[some] / unit)
            sums.add(self.basis.numbers(rows, codes[some], self.n_classes, roots), fold[some])
            begin = some.stop
        total = Sums(self.sums.n_folds, self.basis.n_features, self.sums.n_outputs)
        total.products = self.sums.products + sums.products
        total.check()
        self.sums, self.n_seen, self.unit = total, n_seen, unit

    def teach(self, head: Any, classes: NDArray[Any]) -> None:
        """Fit a head on all cases so far, but for its calibration."""
        head.fit_sums(self.sums, self.basis, classes)


def fold_of(codes: NDArray[np.intp], n_seen: NDArray[np.int64], n_folds: int = N_FOLDS) -> NDArray[np.intp]:
    """In which fold each new case comes, int (n_cases,); `n_seen` counts them.

    Cases of a class that follow each other stay together, first one by one, then in runs that double up to 64. So the
    fold of a case does not depend on what comes after it.
    """
    rank = np.empty(len(codes), np.int64)
    for k in np.unique(codes).tolist():
        members = np.flatnonzero(codes == k)
        rank[members] = n_seen[k] + np.arange(len(members))
        n_seen[k] += len(members)
    doubled = np.minimum(np.log2(rank / n_folds + 1).astype(np.int64), int(np.log2(LONGEST)))
    return ((rank - n_folds * (2**doubled - 1)) >> doubled) % n_folds
