"""The last choice: by far more cases than the first rounds look at.

The first rounds of detachment need all candidates of all their cases in memory, and so look at a few cases only. They
tell well which of ten thousand candidates are worth a second look, but not which five hundred are the best. The rounds
are made again from where a few thousand are left, by sums over many cases (`lightwaves.selection.sums`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..banks.candidates import Candidates
from ..panel import Panel
from ..parallel.comm import bcast
from ..selection.detachment import SHRINKING, Detached, FirstRidge, Rounds, drop_until_few
from ..selection.products import Targets, rounded
from ..selection.sums import Basis, Grid, SummedRidge, Sums
from .passes import AddUp, Cases, added_up, rows_of
from .shares import Work, plan_of

FROM = 5  # times as many features as shall be left: how many the first rounds leave,
MOST_AGAIN = 4000  # but no more than so many, unless so many shall be left


@dataclass(frozen=True)
class MoreCases:
    """The cases that make the last choice.

    Attributes
    ----------
    panel : Panel
        All training series.
    cases : Cases
        Which of them.
    """

    panel: Panel
    cases: Cases


def choose_again(
    work: Work,
    candidates: Candidates,
    left: Detached,
    more: MoreCases,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]],
) -> Detached:
    """What remains when the last rounds are made again by more cases.

    Parameters
    ----------
    work : Work
        The cases of the first rounds.
    candidates : Candidates
    left : Detached
        By those; with all its rounds.
    more : MoreCases
    convolutions : as for `lightwaves.selection.detachment.detach`, of all candidates

    Returns
    -------
    Detached
        The same number of features. The same on every rank.
    """
    n_features = len(left.chosen)
    limit = min(FROM * n_features, max(MOST_AGAIN, n_features))
    again = next(of_round for of_round, _ in left.rounds if len(of_round) <= limit)
    if len(again) <= n_features:
        return left
    plan, crew = plan_of(work, candidates, again), work.crew
    penalty = left.penalty * (len(again) / len(candidates)) ** SHRINKING / len(more.cases.which)
    penalty /= 1.0 if work.weights is None else float(work.weights.mean())  # which counts as 1 in sums
    basis = Basis(Grid.of(rows_of(plan, work.panel, crew, work.cases), work.weights), np.array([penalty]))
    cases = more.cases
    found = added_up(AddUp(plan, more.panel, cases, basis), crew, "last choice", "looking at more cases")

    def rounds() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        assert found is not None
        weights = None if cases.roots is None else cases.roots**2
        first = FirstRidge(SummedFeatures(found[0], again), len(again), Targets.of(cases.y, weights), penalty, np.nan)
        made = Rounds(first, n_features, work.frugality, convolutions, scored=False)
        drop_until_few(first.ridge, made)
        return made.left[-1], made.importances[-1]

    chosen, importances = bcast(crew.comm, rounds)
    return replace(left, chosen=chosen, importances=importances, rounds=[])


class SummedFeatures:
    """The features that are left, by sums over cases: what detachment calls a ridge.

    Parameters
    ----------
    sums : Sums
        Of one fold.
    left : int64 (n_left,)
        Which candidates they are, ascending.
    """

    def __init__(self, sums: Sums, left: NDArray[np.int64]):
        self._products, self.left = sums.products[0], left

    def fit(self, targets: Targets, penalty: float, scored: bool = False) -> tuple[NDArray[np.float64], float]:
        """The importance of each; how accurate the ridge is, nobody knows here."""
        ridge = SummedRidge(self._products, len(self.left))
        deviation = np.where(np.isfinite(ridge.deviation), ridge.deviation, 0.0)
        coefficients = ridge.coefficients(penalty)[:-1] * deviation[:, np.newaxis]
        return rounded(targets.importances(coefficients)), np.nan

    def without(self, dropped: NDArray[np.bool_]) -> SummedFeatures:
        """Go on without some of them."""
        stay = np.concatenate([~dropped, np.ones(len(self._products) - len(dropped), bool)])
        self._products, self.left = self._products[np.ix_(stay, stay)], self.left[~dropped]
        return self
