"""Choosing features by detachment: fit a ridge on all, drop those with the smallest coefficients, repeat.

After Uribarri, Barone, Ansuini, Fransén, "Detach-ROCKET: Sequential feature selection for time series
classification with random convolutional kernels", 2023, arXiv:2309.14518. While features outnumber cases the
ridge is solved in its dual, by the Gram matrix of the cases, from which dropped features are subtracted; then
by the products of the features.

Features are standardised and rounded to multiples of 2**-12, coarser where there are very many, so that every
entry of either matrix is a sum of integers that float64 holds exactly. Such sums have no order: neither the number
of threads nor the way in which parts are added changes a bit, and what has been subtracted leaves no trace.

So ranks can share the candidates. Each adds up the products of its own, the sum over the ranks is the Gram matrix of
all, the first rank solves the ridge and hands out the duals, each rank has the coefficients of its own candidates, and
the first decides which of all go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.linalg.lapack import dpotrf, dtpttr, dtrtri, dtrttp

from .comm import Comm, SerialComm, added, at_root, exchange, from_root, kept_at_root
from .parallel import one_blas_thread

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
Judge = Callable[[NDArray[np.float64], NDArray[np.float64]], "NDArray[np.bool_] | None"]
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
class Field:
    """Candidates before any is dropped, and how well a ridge on all of them does.

    Attributes
    ----------
    comm : Comm
        Whose ranks share the candidates.
    products : Gram, Covariance or None
        None where another rank has them; see `products_of`.
    n_candidates : int
    codes : int (n_cases,)
        Classes as 0, 1, ...
    targets : float64 (n_cases, n_outputs)
        1 for a case's own class, -1 for the others; of two classes the second.
    penalty : float
    error : float
        Mean squared leave-one-out error of the ridge.
    """

    comm: Comm
    products: Any
    n_candidates: int
    codes: NDArray[np.intp]
    targets: NDArray[np.float64]
    penalty: float
    error: float


@dataclass(frozen=True)
class Share:
    """The part of the candidates that a rank has.

    Attributes
    ----------
    comm : Comm
    ids : int64 (n_mine,)
        Which candidates this rank's rows are, ascending.
    n_candidates : int
        How many all ranks have.
    """

    comm: Comm
    ids: NDArray[np.int64]
    n_candidates: int


def survey(rows: NDArray[np.float32], n_cases: int, y: NDArray[np.intp]) -> Field:
    """Fit a ridge on all candidates.

    Parameters
    ----------
    rows : float32 (n_candidates + 1, width)
        Row j is feature j; see `lightwaves.selection.spare_rows`. Overwritten.
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
    n_candidates = len(rows) - 1
    return surveys([rows], [Share(SerialComm(), np.arange(n_candidates), n_candidates)], n_cases, y)[0]


@one_blas_thread()
def surveys(pools: list[NDArray[np.float32]], shares: list[Share], n_cases: int, y: NDArray[np.intp]) -> list[Field]:
    """Fit a ridge on all candidates of each of several pools; different ranks solve the equations of different pools.

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
    classes, codes = np.unique(y, return_inverse=True)
    of_class = np.arange(1, 2) if len(classes) == 2 else np.arange(len(classes))
    targets = np.where(codes[:, np.newaxis] == of_class, 1.0, -1.0)
    comm = shares[0].comm
    products = [products_of(rows, n_cases, share) for rows, share in zip(pools, shares, strict=True)]

    def solve() -> dict[int, tuple[float, float]]:
        found = {}
        for number, pool in enumerate(products):
            solver = number % comm.size if isinstance(pool, Gram) else 0
            if pool is not None and solver == comm.rank:
                found[number] = pool.best_penalty(targets)
        return found

    solved = {number: best for of_rank in exchange(comm, solve) for number, best in of_rank.items()}
    return [
        Field(comm, pool, share.n_candidates, codes, targets, *solved[number])
        for number, (pool, share) in enumerate(zip(products, shares, strict=True))
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
    products, targets, comm = field.products, field.targets, field.comm
    n_candidates = field.n_candidates
    deviation = targets.std(axis=0)  # in units of which a rare class counts like any other
    fewest = min(FEWEST if n_features == "auto" else int(n_features), n_candidates)
    rounds, path = [], []

    def judge(importances: NDArray[np.float64], left_out: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        """What goes next, or None where enough has gone: the first rank's business."""
        left = products.left
        rounds.append((left, importances))
        path.append((len(left), (winner(left_out) == field.codes).mean()))
        if len(left) <= fewest:
            return None
        n_kept = max(fewest, min(len(left) - 1, int(len(left) * (1 - DROPPED))))
        return ~strongest(left, importances, n_kept, convolutions, frugality)

    def one_round() -> bool:
        """Fit, and go on with fewer; False when there shall not be fewer."""
        nonlocal products
        penalty = field.penalty * (len(products.left) / n_candidates) ** SHRINKING
        dropped = products.judged(targets, penalty, deviation, judge)
        if dropped is None:
            return False
        products = products.without(dropped)
        return True

    more = True
    while more and isinstance(products, Gram):
        more = one_round()

    def finish() -> Detached:
        """The rounds with fewer features than cases, which the first rank does alone; and what to keep."""
        unfinished = more
        while unfinished:
            unfinished = one_round()
        table = np.array(path, PATH)
        last = smallest_good(table, len(targets)) if n_features == "auto" else len(rounds) - 1
        return Detached(*rounds[last], field.penalty, table)

    return from_root(comm, finish)


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
            surplus = np.bincount(which, np.maximum(worth - np.median(worth), 0), len(multiply_adds))[used]
            added_up = np.bincount(which, worth, len(multiply_adds))[used]
            order = used[np.lexsort((used, -added_up, -surplus))]
            n_whole = int(np.searchsorted(np.cumsum(n_sharing[order]), n_kept)) + 1
            dropped = order[n_whole:].tolist()
            if not dropped:  # the last has too many features to go: smaller ones that are worth nothing either
                n_spare = len(left) - n_kept
                for convolution in order[np.count_nonzero(surplus) :][::-1].tolist():
                    if n_sharing[convolution] <= n_spare:
                        dropped.append(convolution)
                        n_spare -= n_sharing[convolution]
            if dropped:
                return ~np.isin(which, dropped)
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


def products_of(rows: NDArray[np.float32], n_cases: int, share: Share) -> Gram | Covariance | None:
    """The products of features that are not standardised yet; their rows are overwritten.

    Returns
    -------
    Gram, Covariance or None
        Where cases outnumber features, the products of the features, on the first rank; None on others.

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        products = Gram(rows, n_cases, share)
        return products.added_up() if share.n_candidates > n_cases else products.turned()


def check_finite(matrix: NDArray[np.float64]) -> None:
    """Raise a ValueError if a feature was not finite."""
    if not np.isfinite(matrix).all():
        raise ValueError("A feature is not finite: values of X are too large. Let scale=True standardise the channels.")


class Gram:
    """The features that are left, by the products of the cases: a ridge in its dual, which ranks share.

    Parameters
    ----------
    rows : float32 (n_mine + 1, width)
        The candidates that this rank has; overwritten by whole numbers of units.
    n_cases : int
    share : Share
        Which these are.
    """

    matrix: NDArray[np.float64]

    def __init__(self, rows: NDArray[np.float32], n_cases: int, share: Share):
        self.rows, self.n_cases, self.comm = rows[:-1, :n_cases], n_cases, share.comm
        grain = grain_for(share.n_candidates, n_cases)

        def prepare() -> NDArray[np.int64]:
            standardise(rows, n_cases, grain)
            return share.ids

        self.of_rank = exchange(self.comm, prepare)  # which candidates each rank has
        self.unit, self.left = 2.0**-grain, np.arange(share.n_candidates)
        self.mine = np.arange(len(share.ids))  # where this rank's stand among its rows

    def added_up(self) -> Gram:
        """With its matrix."""
        self.matrix = self._products(self.mine)
        check_finite(self.matrix)
        return self

    def _products(self, which: NDArray[np.intp]) -> NDArray[np.float64]:
        """The products of the cases over some of each rank's rows; only a triangle of them travels."""
        n = self.n_cases
        gram = np.zeros((n, n))

        def add_mine() -> None:
            for _, values in chunks(self.rows, which):
                np.add(gram, values.T @ values, out=gram)

        if self.comm.size == 1:
            add_mine()
            return gram

        def work(out: NDArray[np.float64]) -> None:
            add_mine()
            out[:] = dtrttp(gram.T)[0]  # which is gram, but LAPACK need not copy it

        upper = np.triu(dtpttr(n, added(self.comm, n * (n + 1) // 2, work))[0])
        return upper + np.triu(upper, 1).T

    def without(self, dropped: NDArray[np.bool_]) -> Gram | Covariance | None:
        """Go on without some of those that are left."""
        goes = np.zeros(int(self.left[-1]) + 1, bool)
        goes[self.left] = dropped
        going = goes[self.of_rank[self.comm.rank]]
        gone, self.mine, self.left = self.mine[going], self.mine[~going], self.left[~dropped]
        self.of_rank = [ids[~goes[ids]] for ids in self.of_rank]
        if len(self.left) <= self.n_cases:
            return self.turned()
        self.matrix = self.matrix - self._products(gone)
        return self

    def turned(self) -> Covariance | None:
        """The same features by their own products, on the first rank, which is sent them; None on others."""
        order = np.argsort(np.concatenate(self.of_rank), kind="stable")

        def turn(parts: list[NDArray[np.float32]]) -> Covariance:
            return Covariance(np.concatenate(parts)[order], self.unit, self.left)

        return kept_at_root(self.comm, lambda: self.rows[self.mine], turn)

    def best_penalty(self, targets: NDArray[np.float64]) -> tuple[float, float]:
        """The penalty with the smallest mean squared leave-one-out error, and that error; see `PENALTIES`."""
        values, vectors = eigh(self._centred(), driver="evd")
        values = np.maximum(values, 0)
        projected = vectors.T @ (targets - targets.mean(axis=0))
        penalties, errors = PENALTIES * len(self.left), []
        for penalty in penalties:
            duals = vectors @ (projected / (values + penalty)[:, np.newaxis])
            diagonal = vectors**2 @ (1 / (values + penalty)) - 1 / (penalty * self.n_cases)
            errors.append(((duals / diagonal[:, np.newaxis]) ** 2).mean())
        return float(penalties[int(np.argmin(errors))]), float(min(errors))

    def duals(self, targets: NDArray[np.float64], penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit a ridge with an intercept.

        Returns
        -------
        duals : float64 (n_cases, n_outputs)
        left_out : float64 (n_cases, n_outputs)
            The score of each case by a ridge fitted without it.
        """
        root = root_of_inverse(self._centred(), penalty)
        duals = root @ (root.T @ (targets - targets.mean(axis=0)))
        diagonal = np.einsum("ij,ij->i", root, root)
        residuals = duals / (diagonal - 1 / (penalty * self.n_cases))[:, np.newaxis]
        return duals, targets - residuals

    def judged(
        self, targets: NDArray[np.float64], penalty: float, deviation: NDArray[np.float64], judge: Judge
    ) -> NDArray[np.bool_] | None:
        """Fit a ridge on the first rank, compute coefficients on all, and let the first judge them.

        Parameters
        ----------
        targets : float64 (n_cases, n_outputs)
        penalty : float
        deviation : float64 (n_outputs,)
            In units of which the coefficients of each target are compared.
        judge : function
            Of importances, float64 (n_left,), and left-out scores, see `duals`.

        Returns
        -------
        bool (n_left,), or None
            Its judgement, on all ranks.
        """
        left_out = targets

        def solve() -> tuple[NDArray[np.float64], float]:
            nonlocal left_out
            duals, left_out = self.duals(targets, penalty)
            return in_steps(duals)

        duals, step = from_root(self.comm, solve)

        def put_together(parts: list[NDArray[np.float64]]) -> NDArray[np.bool_] | None:
            order = np.argsort(np.concatenate(self.of_rank), kind="stable")
            return judge(rounded(np.concatenate(parts)[order]), left_out)

        return at_root(self.comm, lambda: mean_size(self.coefficients(duals, step), deviation), put_together)

    def coefficients(self, duals: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        """Coefficients of this rank's features, (n_mine, n_outputs): exact sums, as the duals are whole numbers."""
        result = np.empty((len(self.mine), duals.shape[1]))
        for some, values in chunks(self.rows, self.mine):
            result[some] = values @ duals
        return result * (step * self.unit)

    def _centred(self) -> NDArray[np.float64]:
        """The products of centred features: rounding has left their means not quite 0."""
        means = self.matrix.mean(axis=0)
        centred = self.matrix - means
        centred -= (means - means.mean())[:, np.newaxis]
        centred *= self.unit**2
        return centred


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

    def best_penalty(self, targets: NDArray[np.float64]) -> tuple[float, float]:
        """The penalty with the smallest mean squared leave-one-out error, and that error; see `PENALTIES`."""
        check_finite(self.matrix)
        values, vectors = eigh(self._centred(), driver="evd")
        values = np.maximum(values, 0)
        scores = self._series().T @ vectors
        centred = targets - targets.mean(axis=0)
        projected = scores.T @ centred
        penalties, errors = PENALTIES * len(self.left), []
        for penalty in penalties:
            fitted = scores @ (projected / (values + penalty)[:, np.newaxis])
            leverage = scores**2 @ (1 / (values + penalty)) + 1 / len(targets)
            errors.append((((centred - fitted) / (1 - leverage)[:, np.newaxis]) ** 2).mean())
        return float(penalties[int(np.argmin(errors))]), float(min(errors))

    def ridge(self, targets: NDArray[np.float64], penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit a ridge with an intercept.

        Returns
        -------
        coefficients : float64 (n_left, n_outputs)
        left_out : float64 (n_cases, n_outputs)
            The score of each case by a ridge fitted without it.
        """
        centred, series = targets - targets.mean(axis=0), self._series()
        root = root_of_inverse(self._centred(), penalty)
        coefficients = root @ (root.T @ (series @ centred))
        leverage = ((root.T @ series) ** 2).sum(axis=0) + 1 / len(targets)
        residuals = (centred - series.T @ coefficients) / (1 - leverage)[:, np.newaxis]
        return coefficients, targets - residuals

    def judged(
        self, targets: NDArray[np.float64], penalty: float, deviation: NDArray[np.float64], judge: Judge
    ) -> NDArray[np.bool_] | None:
        """Fit a ridge, and let its importances be judged; see `Gram.judged`."""
        coefficients, left_out = self.ridge(targets, penalty)
        return judge(rounded(mean_size(coefficients, deviation)), left_out)

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


def mean_size(coefficients: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the targets of absolute coefficients, each in units of its target's deviation."""
    return (np.abs(coefficients) / deviation).mean(axis=1)


def root_of_inverse(matrix: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """An upper triangle R, for which R R' is the inverse of a symmetric matrix with a penalty on its diagonal."""
    matrix = matrix.copy()
    matrix[np.diag_indices_from(matrix)] += penalty
    factor, failed = dpotrf(matrix, clean=1)
    if not failed:
        root, failed = dtrtri(factor)
    if failed:
        raise np.linalg.LinAlgError("the ridge could not be solved: a feature is not finite")
    return root
