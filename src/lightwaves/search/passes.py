"""One pass over the cases: features are computed, added up and forgotten, block by block.

So memory does not grow with the number of cases. Sums are exact (`lightwaves.selection.sums`): no result depends on
blocks, threads or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..entries import Array
from ..panel import Panel
from ..panel.held import HeldCases
from ..parallel.comm import allgather, attempt, gather, reduce
from ..parallel.crew import Crew
from ..parallel.threads import one_blas_thread
from ..plans import Plan
from ..plans.plan import features_of
from ..selection.products import some_of
from ..selection.sums import EXACT, Basis, Sums, mean_and_deviation_of_rows, n_targets
from ..sharing import cached_property
from .shares import part_of, put_together

BLOCK = 1024  # cases whose features are computed together
PIECE, MOST_PIECES = 2048, 64  # the cases of a piece of work, but where that makes too many pieces


@dataclass(frozen=True)
class Numbers:
    """What is known of the numbers of all cases that a regression shall predict.

    Attributes
    ----------
    mean, deviation : float
        What sums are standardised by.
    least, largest : float
    """

    mean: float
    deviation: float
    least: float
    largest: float

    @classmethod
    def of(cls, values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> Numbers:
        """What is known of these, (n_cases,)."""
        (mean,), (deviation,) = mean_and_deviation_of_rows(values[np.newaxis], weights)
        return cls(float(mean), float(deviation), float(values.min()), float(values.max()))

    def standard(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers less the mean, in units of the deviation."""
        return (values - self.mean) / self.deviation

    def with_more(self, values: NDArray[np.float64]) -> Numbers:
        """When more have come: sums go on with the mean and the deviation that they began with."""
        return replace(self, least=min(self.least, float(values.min())), largest=max(self.largest, float(values.max())))


@dataclass(frozen=True)
class Cases:
    """What is known of the cases of a pass before it begins.

    Attributes
    ----------
    which : int (n_cases,)
        Which of the panel's cases take part.
    y : int or float64 (n_cases,)
        Their classes as 0, 1, ..., or numbers.
    n_classes : int
        0 of numbers.
    fold : int (n_cases,)
        In which fold each is.
    kept : bool (n_cases,)
        Of which the features are kept, to judge.
    roots : float64 (n_cases,), or None
        The root of each case's weight; None where all count once.
    """

    which: NDArray[np.intp]
    y: NDArray[Any]
    n_classes: int
    fold: NDArray[np.intp]
    kept: NDArray[np.bool_]
    roots: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls,
        which: NDArray[np.intp],
        y: NDArray[np.intp],
        weights: NDArray[np.float64] | None,
        values: NDArray[np.float64] | None,
    ) -> Cases:
        """Some of all cases: in one fold, and none kept. Of numbers, the classes are bins of them."""
        wanted: NDArray[Any] = y if values is None else Numbers.of(values, weights).standard(values)
        n_classes = int(y.max()) + 1 if values is None else 0
        fold, kept = np.zeros(len(which), np.intp), np.zeros(len(which), bool)
        roots = None if weights is None else np.sqrt(weights[which] / weights.mean())
        return cls(which, wanted[which], n_classes, fold, kept, roots)

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return int(self.fold.max(initial=0)) + 1

    @property
    def pieces(self) -> list[slice]:
        """The pieces of work; they depend on the number of cases only."""
        step = max(PIECE, -(-len(self.which) // MOST_PIECES))
        return [slice(first, min(first + step, len(self.which))) for first in range(0, len(self.which), step)]


@dataclass(frozen=True)
class AddUp:
    """The sums over a piece of the cases, and the features of those that judge."""

    plan: Plan
    panel: Panel
    cases: Cases
    basis: Basis

    def __call__(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """The products, (n_folds, n_numbers, n_numbers), and the features kept, (n_features, n_kept)."""
        piece, sums, kept = self.pieces[number], self.empty(), []
        for first in range(piece.start, piece.stop, BLOCK):
            some = slice(first, min(first + BLOCK, piece.stop))
            which = self.cases.which[some]
            rows = features_of(self.plan, self.panel, cases=which)
            self.add(sums, rows, some)
            kept.append(rows[:, self.cases.kept[some]])
        sums.check()
        return sums.products, np.concatenate(kept, axis=1)

    @cached_property
    def pieces(self) -> list[slice]:
        """The pieces of work: those of the cases, cut where the cases of another rank begin."""
        begins = np.array([piece.start for piece in self.cases.pieces])
        if isinstance(self.panel, HeldCases):
            borders = np.searchsorted(self.cases.which, self.panel.starts)
            begins = np.union1d(begins, borders[borders < len(self.cases.which)])
        ends = [*begins[1:].tolist(), len(self.cases.which)]
        return [slice(begin, end) for begin, end in zip(begins.tolist(), ends, strict=True)]

    def mine(self, crew: Crew) -> NDArray[np.intp]:
        """The pieces that fall to this rank: those of its own cases, where it holds some, else every so manieth."""
        if isinstance(self.panel, HeldCases):
            return np.flatnonzero(self.panel.are_here(self.cases.which[[piece.start for piece in self.pieces]]))
        return crew.mine(np.zeros(len(self.pieces), np.intp))

    def empty(self) -> Sums:
        """No sums yet."""
        return Sums(self.cases.n_folds, self.basis.n_features, n_targets(self.cases.n_classes))

    def add(self, sums: Sums, rows: NDArray[np.float32], some: slice) -> None:
        """Add cases whose features, (n_features, n_cases), are known."""
        roots = some_of(self.cases.roots, some)
        sums.add(self.basis.numbers(rows, self.cases.y[some], self.cases.n_classes, roots), self.cases.fold[some])

    def results(self, number: int) -> tuple[Array, Array]:
        """What the sums of a piece, and the features kept of it, are."""
        n_kept = int(np.count_nonzero(self.cases.kept[self.pieces[number]]))
        return Array(np.float64, *self.empty().products.shape, least=-EXACT, most=EXACT), Array(
            np.float32, len(self.plan), n_kept
        )


@one_blas_thread()
def added_up(work: AddUp, crew: Crew, stage: str, title: str) -> tuple[Sums, NDArray[np.float32]] | None:
    """The sums over all cases, which ranks share, and the features of those that judge; on the first rank only.

    Parameters
    ----------
    work : AddUp
    crew : Crew
    stage : str
        What a checkpoint calls this pass.
    title : str
        The name of this stage in the progress messages.

    Returns
    -------
    sums : Sums
    kept : float32 (n_features, n_kept)
        In the order of the cases.

    Raises
    ------
    ValueError
        If a feature is not finite.
    OverflowError
        If there are too many cases for exact sums.
    """
    comm, lock = crew.comm, Lock()
    sums, rows_kept = work.empty(), dict[int, NDArray[np.float32]]()

    def keep(number: int, found: tuple[NDArray[Any], ...]) -> None:
        with lock:
            sums.merge(found[0])
        rows_kept[number] = found[1]

    def add_mine() -> None:
        mine = work.mine(crew) if crew.held is None else range(len(work.pieces))
        crew.do(stage, work, mine, keep, title=title)

    if comm.size == 1:
        add_mine()
        return sums, joined(work, rows_kept)
    room = np.zeros(sums.products.size + 1)
    failed = None if crew.held is None else add_gathered(work, crew, sums, rows_kept)  # ranks compute together

    def fill() -> None:
        if crew.held is None:
            add_mine()
        if failed is not None:
            raise failed
        room[:-1] = sums.products.reshape(-1)

    total, error = reduce(comm, room, fill, 0)

    def mine_kept() -> dict[int, NDArray[np.float32]]:
        if error is not None:
            raise error
        return rows_kept

    def whole(parts: list[dict[int, NDArray[np.float32]]]) -> tuple[Sums, NDArray[np.float32]]:
        sums.products[:] = np.asarray(total).reshape(sums.products.shape)
        sums.check()
        return sums, joined(work, {number: rows for part in parts for number, rows in part.items()})

    return gather(comm, mine_kept, whole)


def joined(work: AddUp, rows: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The features that were kept of all pieces."""
    empty = np.empty((len(work.plan), 0), np.float32)
    return np.concatenate([empty, *(rows[number] for number in sorted(rows))], axis=1)


def add_gathered(
    work: AddUp, crew: Crew, sums: Sums, rows_kept: dict[int, NDArray[np.float32]]
) -> BaseException | None:
    """Add what falls to this rank, where each holds some of the channels: features of all come together block by block.

    Every rank computes its own features of every block; each block is added up by one of them.

    Returns
    -------
    BaseException, or None
        With which adding failed on this rank: the others go on, and are told at the end.
    """
    comm, cases = crew.comm, work.cases
    failed: BaseException | None = None
    for number, piece in enumerate(work.pieces):
        kept = []
        for turn, first in enumerate(range(piece.start, piece.stop, BLOCK)):
            some = slice(first, min(first + BLOCK, piece.stop))
            rows = rows_of(work.plan, work.panel, crew, cases.which[some])
            if turn % comm.size == comm.rank and failed is None:
                failed = attempt(partial(work.add, sums, rows, some))[1]
            kept.append(rows[:, cases.kept[some]])
        if comm.rank == 0:
            rows_kept[number] = np.concatenate(kept, axis=1)
    return failed


def rows_of(plan: Plan, panel: Panel, crew: Crew, cases: NDArray[np.intp]) -> NDArray[np.float32]:
    """The features of some cases, (n_features, n_cases), which ranks share; on all of them."""
    return put_together(allgather(crew.comm, lambda: part_of(plan, panel, crew, cases)), crew)
