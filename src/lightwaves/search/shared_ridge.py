"""Detachment whose candidates ranks share.

Each rank adds up the products of its own candidates. The sum over the ranks is the Gram matrix of all. One rank solves
the ridge and hands out the duals. Each rank computes the coefficients of its own candidates, and the first rank decides
which of all go. The next round is solved by the next rank. Meanwhile the last solver finds out how accurate its ridge
was, which is half of the work on a round. Once candidates no longer outnumber cases, the first rank finishes alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtfttr, dtrttf

from ..parallel.comm import Comm, allgather, attempt, bcast, gather, gather_and_bcast, reduce
from ..parallel.threads import one_blas_thread
from ..selection.detachment import Detached, FirstRidge, Rounds, drop_until_few, first_ridge
from ..selection.detachment import detach as detach_alone
from ..selection.products import (
    Covariance,
    Dual,
    Gram,
    Targets,
    best_dual_penalty,
    centred_products,
    dual_errors,
    in_steps,
    prepared,
    ridge_of,
    rounded,
)


@dataclass(frozen=True)
class Share:
    """Which candidates each rank has.

    Attributes
    ----------
    comm : Comm
    of_rank : list of int64 arrays
        Those of each rank, ascending.
    """

    comm: Comm
    of_rank: list[NDArray[np.int64]]

    @property
    def mine(self) -> NDArray[np.int64]:
        """Which of the candidates this rank's rows are."""
        return self.of_rank[self.comm.rank]

    @property
    def n_candidates(self) -> int:
        """How many all ranks have."""
        return sum(map(len, self.of_rank))


@one_blas_thread()
def first_ridges(
    pools: list[NDArray[np.float32]],
    shares: list[Share],
    n_cases: int,
    y: NDArray[np.intp],
    weights: NDArray[np.float64] | None = None,
) -> list[FirstRidge]:
    """Fit a ridge on all candidates of each of several pools; different ranks solve different ones, if in the dual.

    Parameters
    ----------
    pools : list of float32 (n_mine + 1, width)
        The candidates that this rank has; see `lightwaves.selection.detachment.first_ridge`. Overwritten.
    shares : list of Share
        Which these are.
    n_cases : int
    y : int (n_cases,)
        Classes.
    weights : float64 (n_cases,), optional
        How often each case counts.

    Returns
    -------
    list of FirstRidge
        Their ridges are `SharedGram`, or, where cases outnumber candidates, `Covariance` on the first rank and None
        on the others.

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    comm = shares[0].comm
    if comm.size == 1:
        return [first_ridge(rows, n_cases, y, weights) for rows in pools]
    targets, ridges = Targets.of(y, weights), ridges_of(pools, shares, n_cases, weights)
    solved = of_solvers(comm, ridges, lambda ridge: ridge.best_penalty(targets))
    return [
        FirstRidge(ridge, share.n_candidates, targets, *best)
        for ridge, share, best in zip(ridges, shares, solved, strict=True)
    ]


@one_blas_thread()
def left_out_errors(
    pools: list[NDArray[np.float32]], shares: list[Share], n_cases: int, targets: Targets, penalty: float
) -> list[NDArray[np.float64]]:
    """The squared leave-one-out errors of a ridge on all candidates of each of several pools.

    Parameters
    ----------
    pools, shares, n_cases : as for `first_ridges`
    targets : Targets
    penalty : float
        Times the number of candidates, that of each ridge.

    Returns
    -------
    list of float64 (n_cases,)
    """
    comm, ridges = shares[0].comm, ridges_of(pools, shares, n_cases, targets.weights)
    return of_solvers(comm, ridges, lambda ridge: ridge.errors(targets, penalty * len(ridge.left)))


def ridges_of(
    pools: list[NDArray[np.float32]], shares: list[Share], n_cases: int, weights: NDArray[np.float64] | None
) -> list[Any]:
    """A ridge on the candidates of each of several pools, not fitted yet; see `first_ridges`."""
    comm = shares[0].comm
    if comm.size == 1:
        return [ridge_of(rows, n_cases, weights) for rows in pools]
    return [
        SharedGram(rows, n_cases, share, number % comm.size, weights)
        if share.n_candidates > n_cases
        else covariance_at_root(share, rows, n_cases, weights)
        for number, (rows, share) in enumerate(zip(pools, shares, strict=True))
    ]


def of_solvers(comm: Comm, ridges: list[Any], fit: Callable[[Any], Any]) -> list[Any]:
    """What becomes of each ridge on the rank that can solve it, on all ranks."""
    of_ranks = allgather(comm, lambda: [None if ridge is None else fit(ridge) for ridge in ridges])
    return [next(found for found in of_ridge if found is not None) for of_ridge in zip(*of_ranks, strict=True)]


@one_blas_thread()
def detach(
    first: FirstRidge,
    comm: Comm,
    n_features: int | str,
    *,
    frugality: float = 0.0,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
    advance: Callable[[], None] = lambda: None,
    keep_rounds: bool = False,
) -> Detached:
    """What `lightwaves.selection.detachment.detach` does, on all ranks; the result is the same on each."""
    if comm.size == 1:
        options = {"frugality": frugality, "convolutions": convolutions, "advance": advance}
        return detach_alone(first, n_features, keep_rounds=keep_rounds, **options)  # type: ignore[arg-type]
    rounds = Rounds(first, n_features, frugality, convolutions, advance, keep_rounds=keep_rounds)
    ridge, shared = first.ridge, first.ridge if isinstance(first.ridge, SharedGram) else None
    more = True
    while more and isinstance(ridge, SharedGram):
        dropped = ridge.judged(rounds)
        more = dropped is not None
        if dropped is not None:
            ridge = ridge.without(dropped)

    def last_score() -> list[float]:
        return shared.late_score(rounds.targets) if shared is not None else []

    def finish(known: list[list[float]]) -> Detached:
        rounds.scores.extend(chain(*known))
        if more:
            drop_until_few(ridge, rounds)
        return rounds.detached()

    return gather_and_bcast(comm, last_score, finish)


def covariance_at_root(
    share: Share, rows: NDArray[np.float32], n_cases: int, weights: NDArray[np.float64] | None
) -> Covariance | None:
    """A ridge in its primal on candidates that are not standardised yet, on the first rank; None on others."""
    units: list[float] = []

    def standardised() -> NDArray[np.float32]:
        ready, unit = prepared(rows, n_cases, share.n_candidates, weights)
        units.append(unit)
        return ready

    return gather(
        share.comm,
        standardised,
        lambda parts: covariance_of(parts, units[0], np.concatenate(share.of_rank), weights),
    )


def covariance_of(
    parts: list[NDArray[np.float32]], unit: float, ids: NDArray[np.int64], weights: NDArray[np.float64] | None
) -> Covariance:
    """A ridge in its primal on the rows of all ranks, given with their ids rank by rank."""
    order = np.argsort(ids)
    return Covariance(np.concatenate(parts)[order], unit, ids[order], weights)


class SharedGram:
    """A `Gram` whose features ranks share: each has the sum over its own.

    Parameters
    ----------
    rows : float32 (n_mine + 1, width)
        Candidates that are not standardised yet. Overwritten.
    n_cases : int
    share : Share
        Which candidates the ranks have.
    solver : int
        The rank that solves the first ridge. The next rank solves the next one.
    weights : float64 (n_cases,), optional
        How often each case counts.

    Attributes
    ----------
    left : int64 (n_left,)
        Which candidates are left, on all ranks.
    part : Gram
        Those of this rank.
    everybodys : int64 (n_left,)
        `left` rank by rank.
    triangle : float64 (n_cases * (n_cases + 1) / 2,), or None
        The products over all, in LAPACK's rectangular full packed form; on the solver, until it has solved.
    error : BaseException, or None
        With which adding up has failed here.
    solved : Dual, or None
        The last ridge, on the rank that solved it, until its accuracy is known.
    """

    part: Gram

    def __init__(
        self,
        rows: NDArray[np.float32],
        n_cases: int,
        share: Share,
        solver: int,
        weights: NDArray[np.float64] | None = None,
    ):
        self.comm, self.n_cases, self.solver = share.comm, n_cases, solver
        self.everybodys, self.left = np.concatenate(share.of_rank), np.arange(share.n_candidates)
        self.solved: Dual | None = None
        self._room = np.zeros(n_cases * (n_cases + 1) // 2 + 1)  # a triangle, and an element for `reduce`

        def add_up() -> None:
            ready, unit = prepared(rows, n_cases, share.n_candidates, weights)
            self.part = Gram(ready, unit, share.mine, weights)

        self._sum_up(add_up)

    def _sum_up(self, change: Callable[[], None]) -> None:
        """Change the products of each rank, and let the solver have their sum: a triangle is half of the bytes."""

        def packed() -> None:
            change()
            self._room[:-1] = dtrttf(self.part.total.T)[0]

        self.triangle, self.error = reduce(self.comm, self._room, packed, self.solver)

    def best_penalty(self, targets: Targets) -> tuple[float, float] | None:
        """On the solver, what `lightwaves.selection.products.least_error` says."""
        self._raise_own_error()
        centred = self._centred()
        return None if centred is None else best_dual_penalty(centred, len(self.left), targets)

    def errors(self, targets: Targets, penalty: float) -> NDArray[np.float64] | None:
        """On the solver, what `lightwaves.selection.products.dual_errors` says."""
        self._raise_own_error()
        centred = self._centred()
        return None if centred is None else dual_errors(centred, targets, penalty)

    def _raise_own_error(self) -> None:
        if self.error is not None:
            raise self.error

    def _centred(self) -> NDArray[np.float64] | None:
        """The products of centred features, on the solver, unless a rank has failed; else None."""
        if self.triangle is None:
            return None
        return centred_products(dtfttr(self.n_cases, self.triangle)[0].T, self.part.unit, self.part.weights)

    def judged(self, rounds: Rounds) -> NDArray[np.bool_] | None:
        """Fit the ridge of one round on one rank, compute coefficients on all, and let the first rank judge them.

        Parameters
        ----------
        rounds : Rounds
            On the first rank, it learns of the importances, and of the scores that have become known.

        Returns
        -------
        bool (n_left,), or None
            What goes; the same on all ranks.
        """
        targets = rounds.targets
        known, late = attempt(lambda: self.late_score(targets))  # while the next rank solves this round

        def solve() -> tuple[NDArray[np.float64], float] | None:
            centred = self._centred()
            if centred is None:  # a rank has failed, and will say so
                return None
            self.triangle = None
            self.solved = Dual(centred, targets, rounds.penalty_for(len(self.left)))
            return in_steps(self.solved.duals)

        solution = bcast(self.comm, solve, self.solver)

        def importances() -> tuple[NDArray[np.float64], list[float]] | None:
            for error in (self.error, late):
                if error is not None:
                    raise error
            return None if solution is None else (targets.importances(self.part.coefficients(*solution)), known)

        def judge(of_ranks: list[tuple[NDArray[np.float64], list[float]]]) -> NDArray[np.bool_] | None:
            rounds.scores.extend(chain(*(scores for _, scores in of_ranks)))
            of_candidate = np.empty(int(self.left[-1]) + 1)
            of_candidate[self.everybodys] = np.concatenate([part for part, _ in of_ranks])
            return rounds.weakest(self.left, rounded(of_candidate[self.left]))

        return gather_and_bcast(self.comm, importances, judge)

    def late_score(self, targets: Targets) -> list[float]:
        """The accuracy of the last ridge, on the rank that solved it, once; on others nothing."""
        solved, self.solved = self.solved, None
        return [] if solved is None else [targets.accuracy(solved.left_out())]

    def without(self, dropped: NDArray[np.bool_]) -> SharedGram | Covariance | None:
        """Go on without some of those that are left; see `Gram.without`. The primal is on the first rank alone."""
        goes = np.zeros(int(self.left[-1]) + 1, bool)
        goes[self.left] = dropped
        going, self.left = goes[self.part.left], self.left[~dropped]
        self.everybodys = self.everybodys[~goes[self.everybodys]]
        if len(self.left) <= self.n_cases:
            return self.to_primal(going)
        self.solver = (self.solver + 1) % self.comm.size
        self._sum_up(lambda: self.part.subtract(going))
        return self

    def to_primal(self, going: NDArray[np.bool_]) -> Covariance | None:
        """What is left without some of this rank's, as a ridge in its primal on the first rank; None on others."""
        return gather(
            self.comm,
            lambda: self.part.rows[self.part.kept[~going]],
            lambda parts: covariance_of(parts, self.part.unit, self.everybodys, self.part.weights),
        )
