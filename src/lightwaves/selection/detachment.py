"""Choosing features by detachment: fit a ridge on all, drop those with the smallest coefficients, repeat.

After Uribarri, Barone, Ansuini, Fransén, "Detach-ROCKET: Sequential feature selection for time series
classification with random convolutional kernels", 2023, arXiv:2309.14518.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..parallel.threads import one_blas_thread
from .products import Targets, ridge_of

DROPPED = 0.2  # the share of the features that go in each round
SHRINKING = 0.25  # the penalty follows the number of features left to this power
CONVOLUTIONS, FEW_CONVOLUTIONS = 0.26, 130  # for each feature: while there are more, and not few, whole ones go
FEWEST, ENOUGH = 10, 100  # where "auto" stops looking: at a hundredth of the candidates, from so many to so many
PATH = np.dtype([("n_features", np.int64), ("score", np.float64)])


class Ridge(Protocol):
    """A ridge on the features that are left; see `lightwaves.selection.products`."""

    @property
    def left(self) -> NDArray[np.int64]:
        """Which candidates are left, ascending."""

    def fit(self, targets: Targets, penalty: float, scored: bool) -> tuple[NDArray[np.float64], float]:
        """The importance of each, and the leave-one-out accuracy, if it is to be scored."""

    def without(self, dropped: NDArray[np.bool_]) -> Ridge:
        """Go on without some of them."""


@dataclass(frozen=True)
class FirstRidge:
    """A ridge on all candidates, before any is dropped.

    Attributes
    ----------
    ridge : Ridge
    n_candidates : int
    targets : Targets
    penalty : float
        The best of three, by leave-one-out.
    error : float
        Mean squared leave-one-out error at that penalty.
    """

    ridge: Any
    n_candidates: int
    targets: Targets
    penalty: float
    error: float


@dataclass(frozen=True)
class Detached:
    """What is left.

    Attributes
    ----------
    chosen : int64 (n_kept,)
        Ascending.
    importances : float64 (n_kept,)
        Mean over the classes of each feature's absolute coefficient, at unit variance, in a ridge on the kept; each
        class in units of the deviation of its targets, so that a rare one counts like any other.
    penalty : float
        Of the first ridge.
    path : structured array (n_rounds,) with the fields n_features and score
        How many features were left in each round, and the accuracy of the ridge on them, each case classified by a
        ridge that was fitted without it.
    rounds : list of (int64 (n_left,), float64 (n_left,))
        What was left in each round, and its importances; empty unless they were asked for.
    """

    chosen: NDArray[np.int64]
    importances: NDArray[np.float64]
    penalty: float
    path: NDArray[Any]
    rounds: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = field(default_factory=list)

    def at(self, number: int) -> Detached:
        """What an earlier round has left."""
        chosen, importances = self.rounds[number]
        return replace(self, chosen=chosen, importances=importances, rounds=self.rounds[: number + 1])


@one_blas_thread()
def first_ridge(
    rows: NDArray[np.float32], n_cases: int, y: NDArray[np.intp], weights: NDArray[np.float64] | None = None
) -> FirstRidge:
    """Fit a ridge on all candidates.

    Parameters
    ----------
    rows : float32 (n_candidates + 1, width)
        Row j is feature j; see `lightwaves.selection.relevance.spare_rows`. Overwritten.
    n_cases : int
    y : int (n_cases,)
        Classes.
    weights : float64 (n_cases,), optional
        How often each case counts, above 0.

    Returns
    -------
    FirstRidge

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    targets, ridge = Targets.of(y, weights), ridge_of(rows, n_cases, weights)
    return FirstRidge(ridge, len(rows) - 1, targets, *ridge.best_penalty(targets))


@one_blas_thread()
def detach(
    first: FirstRidge,
    n_features: int | str,
    *,
    frugality: float = 0.0,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
    advance: Callable[[], None] = lambda: None,
    keep_rounds: bool = False,
) -> Detached:
    """Drop features until n_features are left, a fifth in each round, or whole convolutions.

    Parameters
    ----------
    first : FirstRidge
        Used up.
    n_features : int or "auto"
        With "auto", down to a few, and all rounds are kept.
    frugality : float, default=0
        Coefficients are compared after division by the feature's share of its convolution's cost to this power.
    convolutions : (int (n_candidates,), float64 (n_convolutions,)), optional
        Which convolution each feature is read off, and what each costs; see `lightwaves.plans.Plan.convolutions`.
        Where it is given, features that share one are preferred, and frugality counts.
    advance : function, optional
        Called after each round.
    keep_rounds : bool, default=False
        Whether the result tells what each round has left.

    Returns
    -------
    Detached
    """
    rounds = Rounds(first, n_features, frugality, convolutions, advance, keep_rounds=keep_rounds)
    drop_until_few(first.ridge, rounds)
    return rounds.detached()


def rounds_of(
    first: FirstRidge,
    n_features: int,
    *,
    frugality: float = 0.0,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
) -> list[NDArray[np.int64]]:
    """What each round of `detach` leaves; no accuracy is computed, which saves much of the work."""
    rounds = Rounds(first, n_features, frugality, convolutions, scored=False)
    drop_until_few(first.ridge, rounds)
    return rounds.left


def drop_until_few(ridge: Ridge, rounds: Rounds) -> None:
    """The algorithm: fit a ridge, drop the weakest features, and go on with those that are left."""
    while True:
        importances, accuracy = ridge.fit(rounds.targets, rounds.penalty_for(len(ridge.left)), rounds.scored)
        rounds.scores.append(accuracy)
        dropped = rounds.weakest(ridge.left, importances)
        if dropped is None:
            return
        ridge = ridge.without(dropped)


class Rounds:
    """The rounds of one detachment: what was left in each, what goes next, and what to keep in the end.

    Parameters
    ----------
    first : FirstRidge
    n_features, frugality, convolutions, advance, keep_rounds : as for `detach`
    scored : bool, default=True
        Whether the accuracy of each round's ridge is asked for.

    Attributes
    ----------
    targets : Targets
    left : list of int64 arrays (n_left,)
        The features of each round.
    importances : list of float64 arrays (n_left,)
        Theirs.
    scores : list of float
        The leave-one-out accuracy of each round's ridge.
    """

    def __init__(
        self,
        first: FirstRidge,
        n_features: int | str,
        frugality: float = 0.0,
        convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
        advance: Callable[[], None] = lambda: None,
        scored: bool = True,
        keep_rounds: bool = False,
    ):
        self._advance, self.scored = advance, scored
        self.targets, self._first, self._keep = first.targets, first, keep_rounds or n_features == "auto"
        self._fewest = fewest(first.n_candidates, n_features)
        self._frugality, self._convolutions = frugality, convolutions
        self.left: list[NDArray[np.int64]] = []
        self.importances: list[NDArray[np.float64]] = []
        self.scores: list[float] = []

    def penalty_for(self, n_left: int) -> float:
        """The penalty of a ridge on so many features."""
        return self._first.penalty * (n_left / self._first.n_candidates) ** SHRINKING

    def weakest(self, left: NDArray[np.int64], importances: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        """Which features go after this round, or None where enough have gone.

        Parameters
        ----------
        left : int64 (n_left,)
        importances : float64 (n_left,)

        Returns
        -------
        bool (n_left,), or None
        """
        self.left.append(left)
        self.importances.append(importances)
        self._advance()
        if len(left) <= self._fewest:
            return None
        n_kept = next_size(len(left), self._fewest)
        return ~strongest(left, importances, n_kept, self._convolutions, self._frugality)

    def detached(self) -> Detached:
        """What the last round has left; and what all have left, if they are kept."""
        path = np.array([(len(left), score) for left, score in zip(self.left, self.scores, strict=True)], PATH)
        rounds = list(zip(self.left, self.importances, strict=True)) if self._keep else []
        return Detached(self.left[-1], self.importances[-1], self._first.penalty, path, rounds)


def strongest(
    left: NDArray[np.intp],
    importances: NDArray[np.float64],
    n_kept: int,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None,
    frugality: float,
) -> NDArray[np.bool_]:
    """Which of the features that are left stay.

    While they are read off more convolutions than they should, whole convolutions go, and a few more features than
    n_kept may stay; then single features. A convolution is worth what its features are worth above the median of all:
    many weak features are no reason to keep it, one strong feature is.
    """
    worth = importances
    if convolutions is not None:
        which, multiply_adds = convolutions[0][left], convolutions[1]
        n_sharing = np.bincount(which, minlength=len(multiply_adds))
        used = np.flatnonzero(n_sharing)
        if frugality:
            worth = importances / (multiply_adds / n_sharing.clip(1))[which] ** frugality
        if len(used) > max(CONVOLUTIONS * n_kept, FEW_CONVOLUTIONS):
            goes = np.zeros(len(multiply_adds), bool)
            surplus = np.bincount(which, np.maximum(worth - np.median(worth), 0), len(multiply_adds))[used]
            added_up = np.bincount(which, worth, len(multiply_adds))[used]
            order = used[np.lexsort((used, -added_up, -surplus))]
            n_whole = int(np.searchsorted(np.cumsum(n_sharing[order]), n_kept)) + 1
            goes[order[n_whole:]] = True
            if n_whole >= len(order):  # the last has too many features to go: smaller ones that are worth nothing
                n_spare, worthless = len(left) - n_kept, order[np.count_nonzero(surplus) :][::-1]
                for convolution, size in zip(worthless.tolist(), n_sharing[worthless].tolist(), strict=True):
                    if size <= n_spare:
                        goes[convolution] = True
                        n_spare -= size
            if goes.any():
                return ~goes[which]
    kept = np.zeros(len(left), bool)
    kept[np.argsort(-worth, kind="stable")[:n_kept]] = True  # of equal ones the first
    return kept


def fewest(n_candidates: int, n_features: int | str) -> int:
    """How many features the last round has."""
    if n_features == "auto":
        return min(max(FEWEST, min(n_candidates // 100, ENOUGH)), n_candidates)
    return min(int(n_features), n_candidates)


def next_size(n_left: int, n_fewest: int) -> int:
    """How many features a round of single features leaves."""
    return max(n_fewest, min(n_left - 1, int(n_left * (1 - DROPPED))))


def n_rounds(n_candidates: int, n_features: int | str) -> int:
    """How many rounds there will be; where whole convolutions are dropped, about so many."""
    n_left, n_fewest, count = n_candidates, fewest(n_candidates, n_features), 1
    while n_left > n_fewest:
        n_left, count = next_size(n_left, n_fewest), count + 1
    return count
