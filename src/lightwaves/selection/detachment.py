"""Choosing features by detachment: fit a ridge on all, drop those with the smallest coefficients, repeat.

After Uribarri, Barone, Ansuini, Fransén, "Detach-ROCKET: Sequential feature selection for time series
classification with random convolutional kernels", 2023, arXiv:2309.14518. While features outnumber cases the
ridge is solved in its dual, by the Gram matrix of the cases, from which dropped features are subtracted; then
by the products of the features.

Features are standardised and rounded to multiples of 2**-12, coarser where there are very many, so that every
entry of either matrix is a sum of integers that float64 holds exactly. Such sums have no order: neither the number
of threads nor the way in which parts are added changes a bit, and what has been subtracted leaves no trace.

So ranks can share the candidates. Each adds up the products of its own, the sum over the ranks is the Gram matrix of
all, one rank solves the ridge and hands out the duals, each rank has the coefficients of its own candidates, and the
first decides which of all go. Ranks solve in turn: how well the ridge of one round does, half the work on it, is found
out by its rank while the next solves the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymv, dsyr2
from scipy.linalg.lapack import dpotrf, dpotrs, dsfrk, dtfttr, dtrtri

from ..parallel.comm import Comm, SerialComm, allgather, attempt, bcast, gather, gather_and_bcast, reduce
from ..parallel.threads import one_blas_thread

# Times the number of candidates, the mean eigenvalue of their products: leave-one-out alone often ends far below, at
# penalties whose coefficients say little about what may be dropped.
PENALTIES = np.array([0.3, 1.0, 3.0])
DROPPED = 0.1  # the share of the features that go in each round
SHRINKING = 0.25  # the penalty follows the number of features left to this power
CONVOLUTIONS, FEW_CONVOLUTIONS = 0.26, 130  # for each feature: while there are more, and not few, whole ones go
FEWEST = 10  # where "auto" stops looking
GRAIN = 12  # features are multiples of 2**-GRAIN
BITS = 24  # of duals and importances
CHUNK = 512  # features widened to float64 at once
Judge = Callable[[NDArray[np.float64], list[float]], "NDArray[np.bool_] | None"]
PATH = np.dtype([("n_features", np.int64), ("score", np.float64)])


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
    """

    chosen: NDArray[np.int64]
    importances: NDArray[np.float64]
    penalty: float
    path: NDArray[Any]


@dataclass(frozen=True)
class Targets:
    """What a ridge shall predict.

    Attributes
    ----------
    codes : int (n_cases,)
        Classes as 0, 1, ...
    values : float64 (n_cases, n_outputs)
        1 for a case's own class, -1 for the others; of two classes the second.
    """

    codes: NDArray[np.intp]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, y: NDArray[np.intp]) -> Targets:
        """Those of some classes, int (n_cases,)."""
        classes, codes = np.unique(y, return_inverse=True)
        of_class = np.arange(1, 2) if len(classes) == 2 else np.arange(len(classes))
        return cls(codes, np.where(codes[:, np.newaxis] == of_class, 1.0, -1.0))

    @property
    def centred(self) -> NDArray[np.float64]:
        """The values less their means, float64 (n_cases, n_outputs)."""
        return self.values - self.values.mean(axis=0)

    def accuracy(self, left_out: NDArray[np.float64]) -> float:
        """The share of cases that their left-out scores, float64 (n_cases, n_outputs), classify rightly."""
        return float((winner(left_out) == self.codes).mean())

    def importances(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of absolute coefficients, (n_features, n_outputs), over the outputs.

        Each is in units of its output's deviation, so that a rare class counts like any other.
        """
        return (np.abs(coefficients) / self.values.std(axis=0)).mean(axis=1)


@dataclass(frozen=True)
class Field:
    """Candidates before any is dropped, and how well a ridge on all of them does.

    Attributes
    ----------
    comm : Comm
        Whose ranks share the candidates.
    products : Gram, Covariance or None
        None where another rank has them; see `products_of`.
    n_candidates : int
    targets : Targets
    penalty : float
    error : float
        Mean squared leave-one-out error of the ridge.
    """

    comm: Comm
    products: Any
    n_candidates: int
    targets: Targets
    penalty: float
    error: float


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


def survey(rows: NDArray[np.float32], n_cases: int, y: NDArray[np.intp]) -> Field:
    """Fit a ridge on all candidates.

    Parameters
    ----------
    rows : float32 (n_candidates + 1, width)
        Row j is feature j; see `lightwaves.selection.relevance.spare_rows`. Overwritten.
    n_cases : int
    y : int (n_cases,)
        Classes.

    Returns
    -------
    Field

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    return surveys([rows], [Share(SerialComm(), [np.arange(len(rows) - 1)])], n_cases, y)[0]


@one_blas_thread()
def surveys(pools: list[NDArray[np.float32]], shares: list[Share], n_cases: int, y: NDArray[np.intp]) -> list[Field]:
    """Fit a ridge on all candidates of each of several pools; different ranks solve different ones, if in the dual.

    Parameters
    ----------
    pools : list of float32 (n_mine + 1, width)
        The candidates that this rank has; see `survey`.
    shares : list of Share
        Which these are.
    n_cases : int
    y : int (n_cases,)
        Classes.

    Returns
    -------
    list of Field
    """
    targets, comm = Targets.of(y), shares[0].comm
    products = [
        products_of(rows, n_cases, share, number % comm.size)
        for number, (rows, share) in enumerate(zip(pools, shares, strict=True))
    ]

    def solve() -> list[tuple[float, float] | None]:
        return [pool.best_penalty(targets) if pool is not None else None for pool in products]

    solved = [next(filter(None, of_ranks)) for of_ranks in zip(*allgather(comm, solve), strict=True)]
    return [
        Field(comm, pool, share.n_candidates, targets, *best)
        for pool, share, best in zip(products, shares, solved, strict=True)
    ]


@one_blas_thread()
def detach(
    field: Field,
    n_features: int | str,
    *,
    frugality: float = 0.0,
    convolutions: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None,
) -> Detached:
    """Drop features until n_features are left, a tenth in each round, or whole convolutions.

    Parameters
    ----------
    field : Field
        Used up.
    n_features : int or "auto"
        "auto" is the smallest number of the path whose error is within one standard error of the least.
    frugality : float, default=0
        Coefficients are compared after division by the feature's share of its convolution's cost to this power.
    convolutions : (int (n_candidates,), float64 (n_convolutions,)), optional
        Which convolution each feature is read off, and what each costs; see `lightwaves.plans.Plan.convolutions`.
        Where it is given, features that share one are preferred, and frugality counts.

    Returns
    -------
    Detached
    """
    products, n_candidates = field.products, field.n_candidates
    fewest = min(FEWEST if n_features == "auto" else int(n_features), n_candidates)
    rounds, scores = [], []

    def judge(importances: NDArray[np.float64], known: list[float]) -> NDArray[np.bool_] | None:
        """What goes next, or None where enough has gone: the first rank's business."""
        left = products.left
        rounds.append((left, importances))
        scores.extend(known)
        if len(left) <= fewest:
            return None
        n_kept = max(fewest, min(len(left) - 1, int(len(left) * (1 - DROPPED))))
        return ~strongest(left, importances, n_kept, convolutions, frugality)

    def one_round() -> bool:
        """Fit, and go on with fewer; False when there shall not be fewer."""
        nonlocal products
        penalty = field.penalty * (len(products.left) / n_candidates) ** SHRINKING
        dropped = products.judged(field.targets, penalty, judge)
        if dropped is None:
            return False
        products = products.without(dropped)
        return True

    shared, more = products, True
    while more and isinstance(products, Gram):
        more = one_round()

    def last_score() -> list[float]:
        return shared.score(field.targets) if isinstance(shared, Gram) else []

    def finish(known: list[list[float]]) -> Detached:
        """The rounds with fewer features than cases, which the first rank does alone; and what to keep."""
        scores.extend(chain(*known))
        unfinished = more
        while unfinished:
            unfinished = one_round()
        table = np.array([(len(left), score) for (left, _), score in zip(rounds, scores, strict=True)], PATH)
        last = smallest_good(table, len(field.targets.codes)) if n_features == "auto" else len(rounds) - 1
        return Detached(*rounds[last], field.penalty, table)

    return gather_and_bcast(field.comm, last_score, finish)


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
                n_spare = len(left) - n_kept
                for convolution in order[np.count_nonzero(surplus) :][::-1].tolist():
                    if n_sharing[convolution] <= n_spare:
                        goes[convolution] = True
                        n_spare -= n_sharing[convolution]
            if goes.any():
                return ~goes[which]
    kept = np.zeros(len(left), bool)
    kept[np.lexsort((left, -worth))[:n_kept]] = True
    return kept


def smallest_good(path: NDArray[Any], n_cases: int) -> int:
    """The round with the fewest features whose score is within one standard error of the best round's."""
    highest = path["score"].max()
    allowed = highest - np.sqrt(highest * (1 - highest) / n_cases)
    return int(np.flatnonzero(path["score"] >= allowed)[-1])


def winner(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class with the highest score; of one score, the second class where it is positive."""
    return (scores[:, 0] > 0).astype(np.intp) if scores.shape[1] == 1 else scores.argmax(axis=1)


def rounded(importances: NDArray[np.float64]) -> NDArray[np.float64]:
    """To 24 bits of the largest, so that what only rounding tells apart is equal."""
    step = 2.0 ** (np.ceil(np.log2(importances.max() or 1.0)) - BITS)
    return np.rint(importances / step) * step


def grain_for(n_candidates: int, n_cases: int) -> int:
    """The grain is 2 to the power of minus this: small enough for precision, large enough for exact sums.

    A sum of squares over all candidates and cases stays below 2**53.
    """
    return min(GRAIN, int((53 - np.log2(max(n_candidates, 1) * n_cases)) // 2))


def standardise(rows: NDArray[np.float32], n_cases: int, grain: int) -> None:
    """Centre each feature, scale it to unit variance, and round it to a whole number of grains, in place."""
    n_features = len(rows) - 1
    for start in range(0, n_features, CHUNK):
        values = rows[start : min(start + CHUNK, n_features), :n_cases].astype(np.float64)
        values -= values.mean(axis=1, keepdims=True)
        deviation = np.sqrt((values**2).mean(axis=1, keepdims=True))
        before = rows[start : start + len(values), :n_cases]
        deviation[deviation <= 1e-7 * np.abs(before).max(axis=1, keepdims=True)] = np.inf  # constant but for rounding
        before[:] = np.rint(values * (2.0**grain / deviation))


def products_of(rows: NDArray[np.float32], n_cases: int, share: Share, solver: int = 0) -> Gram | Covariance | None:
    """The products of features that are not standardised yet; their rows are overwritten.

    Parameters
    ----------
    rows : float32 (n_mine + 1, width)
    n_cases : int
    share : Share
        Which candidates these are.
    solver : int, default=0
        The rank that is to solve the first ridge, of a Gram matrix.

    Returns
    -------
    Gram, Covariance or None
        Where cases outnumber features, the products of the features, on the first rank; None on others.

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    n_candidates = share.n_candidates
    grain = grain_for(n_candidates, n_cases)

    def prepare() -> NDArray[np.float32]:
        with np.errstate(invalid="ignore", over="ignore"):
            standardise(rows, n_cases, grain)
        return rows[:-1, :n_cases]

    if n_candidates > n_cases:
        return Gram(prepare, n_cases, 2.0**-grain, share, solver)

    def turn(parts: list[NDArray[np.float32]]) -> Covariance:
        order = np.argsort(np.concatenate(share.of_rank))
        return Covariance(np.concatenate(parts)[order], 2.0**-grain, np.arange(n_candidates))

    return gather(share.comm, prepare, turn)


def check_finite(matrix: NDArray[np.float64]) -> None:
    """Raise a ValueError if a feature was not finite."""
    if not np.isfinite(matrix).all():
        raise ValueError("A feature is not finite: values of X are too large. Let scale=True standardise the channels.")


def least_error(left_out: Callable[[float], NDArray[np.float64]], n_left: int, targets: Targets) -> tuple[float, float]:
    """The penalty with the smallest mean squared leave-one-out error, and that error; see `PENALTIES`."""
    penalties = (PENALTIES * n_left).tolist()
    errors = [float(((targets.values - left_out(penalty)) ** 2).mean()) for penalty in penalties]
    return penalties[int(np.argmin(errors))], min(errors)


class Dual:
    """A ridge with an intercept, solved in its dual.

    Parameters
    ----------
    centred : float64 (n_cases, n_cases)
        Products of the cases over centred features; what is below the diagonal does not count. Overwritten.
    targets : Targets
    penalty : float

    Attributes
    ----------
    duals : float64 (n_cases, n_outputs)
    """

    def __init__(self, centred: NDArray[np.float64], targets: Targets, penalty: float):
        self.targets, self.penalty = targets, penalty
        self._factor = cholesky(centred, penalty)
        self.duals, _ = dpotrs(self._factor, targets.centred)

    def left_out(self) -> NDArray[np.float64]:
        """The score of each case by a ridge fitted without it, float64 (n_cases, n_outputs); as dear as the rest."""
        root, _ = dtrtri(self._factor)
        diagonal = np.einsum("ij,ij->i", root, root)
        return self.targets.values - self.duals / (diagonal - 1 / (self.penalty * len(root)))[:, np.newaxis]


class Gram:
    """The features that are left, by the products of the cases: a ridge in its dual, which ranks share.

    Each rank has the sum over its own features, in LAPACK's rectangular full packed form: one triangle, to which it is
    added at full speed and which travels as it is.

    Parameters
    ----------
    prepare : function
        Standardises the candidates that this rank has, and returns them: float32 (n_mine, n_cases), in units.
    n_cases : int
    unit : float
    share : Share
        Which candidates the ranks have.
    solver : int
        The rank that solves the first ridge. Then it is the next one's turn.

    Attributes
    ----------
    left : int64 (n_left,)
        Which candidates are left.
    rows : float32 (n_mine, n_cases)
        Those that this rank has had.
    mine, ids : int64 (n_mine_left,)
        Which rows are left, and which candidates they are.
    everybodys : int64 (n_left,)
        Those of all ranks, rank by rank; on the first.
    partial : float64 (n_cases * (n_cases + 1) / 2 + 1,)
        The products of this rank's; the last element is for `added`.
    total : float64 (n_cases * (n_cases + 1) / 2,), or None
        Of all; on the solver, until it has solved.
    error : Exception, or None
        With which adding up has failed here.
    solved : Dual, or None
        The last ridge, on the rank that solved it, until it has been scored.
    """

    def __init__(
        self, prepare: Callable[[], NDArray[np.float32]], n_cases: int, unit: float, share: Share, solver: int
    ):
        self.comm, self.n_cases, self.unit, self.solver = share.comm, n_cases, unit, solver
        self.ids, self.mine = share.mine, np.arange(len(share.mine))  # of those of this rank that are left: their rows
        self.everybodys = np.concatenate(share.of_rank)  # the ids of all ranks, kept up by the first
        self.left = np.arange(share.n_candidates)
        self.partial = np.zeros(n_cases * (n_cases + 1) // 2 + 1)
        self.solved: Dual | None = None

        def first() -> None:
            self.rows = prepare()
            self._add(self.mine, 1.0)

        self.total, self.error = reduce(self.comm, self.partial, first, solver)

    def _add(self, which: NDArray[np.intp], factor: float) -> None:
        """Add the products over some of this rank's rows, or take them away."""
        for _, values in chunks(self.rows, which):
            self.partial[:-1] = dsfrk(
                self.n_cases, len(values), factor, values.T, 1.0, self.partial[:-1], overwrite_c=True
            )

    def without(self, dropped: NDArray[np.bool_]) -> Gram | Covariance | None:
        """Go on without some of those that are left."""
        goes = np.zeros(int(self.left[-1]) + 1, bool)
        goes[self.left] = dropped
        going = goes[self.ids]
        gone, self.left = self.mine[going], self.left[~dropped]
        self.mine, self.ids = self.mine[~going], self.ids[~going]
        if self.comm.rank == 0:
            self.everybodys = self.everybodys[~goes[self.everybodys]]
        if len(self.left) <= self.n_cases:
            return self.turned()
        self.solver = (self.solver + 1) % self.comm.size
        self.total, self.error = reduce(self.comm, self.partial, lambda: self._add(gone, -1.0), self.solver)
        return self

    def turned(self) -> Covariance | None:
        """The same features by their own products, on the first rank, which is sent them; None on others."""

        def turn(parts: list[NDArray[np.float32]]) -> Covariance:
            return Covariance(np.concatenate(parts)[np.argsort(self.everybodys)], self.unit, self.left)

        return gather(self.comm, lambda: self.rows[self.mine], turn)

    def best_penalty(self, targets: Targets) -> tuple[float, float] | None:
        """On the solver, what `least_error` says."""
        if self.error is not None:
            raise self.error
        if self.total is None:
            return None
        check_finite(self.total)
        centred = self._centred(self.total)

        def left_out(penalty: float) -> NDArray[np.float64]:
            return Dual(centred.copy(order="F"), targets, penalty).left_out()

        return least_error(left_out, len(self.left), targets)

    def judged(self, targets: Targets, penalty: float, judge: Judge) -> NDArray[np.bool_] | None:
        """Fit a ridge on one rank, compute coefficients on all, and let the first judge them; once in each round.

        Parameters
        ----------
        targets : Targets
        penalty : float
        judge : function
            Of importances, float64 (n_left,), and the accuracies of earlier ridges that have become known.

        Returns
        -------
        bool (n_left,), or None
            Its judgement, on all ranks.
        """
        known, late = attempt(lambda: self.score(targets))  # of the last ridge, while the next rank solves this one

        def solve() -> tuple[NDArray[np.float64], float] | None:
            if self.total is None:  # a rank has failed, and will say so
                return None
            centred, self.total = self._centred(self.total), None
            self.solved = Dual(centred, targets, penalty)
            return in_steps(self.solved.duals)

        solution = bcast(self.comm, solve, self.solver)

        def offer() -> tuple[NDArray[np.float64], list[float]] | None:
            for error in (self.error, late):
                if error is not None:
                    raise error
            return None if solution is None else (targets.importances(self.coefficients(*solution)), known)

        def put_together(parts: list[tuple[NDArray[np.float64], list[float]]]) -> NDArray[np.bool_] | None:
            of_candidate = np.empty(int(self.left[-1]) + 1)
            of_candidate[self.everybodys] = np.concatenate([importances for importances, _ in parts])
            return judge(rounded(of_candidate[self.left]), list(chain(*(known for _, known in parts))))

        return gather_and_bcast(self.comm, offer, put_together)

    def score(self, targets: Targets) -> list[float]:
        """The accuracy of the last ridge, on the rank that solved it, once; on others nothing."""
        solved, self.solved = self.solved, None
        return [] if solved is None else [targets.accuracy(solved.left_out())]

    def coefficients(self, duals: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        """Coefficients of this rank's features, (n_mine, n_outputs): exact sums, as the duals are whole numbers."""
        result = np.empty((len(self.mine), duals.shape[1]))
        for some, values in chunks(self.rows, self.mine):
            result[some] = values @ duals
        return result * (step * self.unit)

    def _centred(self, total: NDArray[np.float64]) -> NDArray[np.float64]:
        """The products of centred features, an upper triangle: rounding has left their means not quite 0."""
        matrix, _ = dtfttr(self.n_cases, total * self.unit**2)
        ones = np.ones(self.n_cases)
        means = dsymv(1 / self.n_cases, matrix, ones)
        return dsyr2(-1.0, ones, means - means.mean() / 2, a=matrix, overwrite_a=True)


class Covariance:
    """The features that are left, by their own products: a ridge as one knows it, on one rank.

    Parameters
    ----------
    rows : float32 (n_left, n_cases)
        In whole numbers of units.
    unit : float
    left : int (n_left,)
    """

    def __init__(self, rows: NDArray[np.float32], unit: float, left: NDArray[np.intp]):
        self.rows, self.unit, self.left = rows, unit, left
        widened = rows.astype(np.float64)
        self.matrix = widened @ widened.T

    def without(self, dropped: NDArray[np.bool_]) -> Covariance:
        """Go on without some of those that are left."""
        self.matrix = self.matrix[np.ix_(~dropped, ~dropped)]
        self.rows, self.left = self.rows[~dropped], self.left[~dropped]
        return self

    def best_penalty(self, targets: Targets) -> tuple[float, float]:
        """What `least_error` says."""
        check_finite(self.matrix)
        return least_error(lambda penalty: self.ridge(targets, penalty)[1], len(self.left), targets)

    def ridge(self, targets: Targets, penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit a ridge with an intercept.

        Returns
        -------
        coefficients : float64 (n_left, n_outputs)
        left_out : float64 (n_cases, n_outputs)
            The score of each case by a ridge fitted without it.
        """
        series = self._series()
        root, _ = dtrtri(cholesky(self._centred(), penalty))
        coefficients = root @ (root.T @ (series @ targets.centred))
        leverage = ((root.T @ series) ** 2).sum(axis=0) + 1 / self.rows.shape[1]
        residuals = (targets.centred - series.T @ coefficients) / (1 - leverage)[:, np.newaxis]
        return coefficients, targets.values - residuals

    def judged(self, targets: Targets, penalty: float, judge: Judge) -> NDArray[np.bool_] | None:
        """Fit a ridge, and let its importances be judged; see `Gram.judged`."""
        coefficients, left_out = self.ridge(targets, penalty)
        return judge(rounded(targets.importances(coefficients)), [targets.accuracy(left_out)])

    def _series(self) -> NDArray[np.float64]:
        """The features, centred, in units of their deviation."""
        series = self.rows.astype(np.float64) * self.unit
        return series - series.mean(axis=1, keepdims=True)

    def _centred(self) -> NDArray[np.float64]:
        """The products of centred features."""
        sums = self.rows.sum(axis=1, dtype=np.float64)
        return (self.matrix - np.outer(sums, sums) / self.rows.shape[1]) * self.unit**2


def chunks(rows: NDArray[np.float32], which: NDArray[np.intp]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Some rows widened to float64, some at a time."""
    for start in range(0, len(which), CHUNK):
        yield slice(start, start + CHUNK), rows[which[start : start + CHUNK]].astype(np.float64)


def in_steps(duals: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Duals rounded to 24 bits, as whole numbers of a step; and the step."""
    step = 2.0 ** (np.ceil(np.log2(np.abs(duals).max() or 1.0)) - BITS)
    return np.rint((duals - duals.mean(axis=0)) / step), float(step)


def cholesky(matrix: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """The upper factor of a symmetric matrix with a penalty on its diagonal; the matrix may be overwritten."""
    matrix[np.diag_indices_from(matrix)] += penalty
    factor, failed = dpotrf(matrix, clean=True, overwrite_a=True)
    if failed:
        raise np.linalg.LinAlgError("the ridge could not be solved: its matrix is not positive definite")
    return factor
