"""Choosing features: relevance by analysis of variance, then least redundancy (mRMR)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..loops import statistics
from ..loops.lanes import N_LANES, whole_vectors
from ..loops.statistics import TILE
from ..parallel.threads import one_blas_thread, share_out

LARGEST_F = 1e30  # a perfect feature's relevance: finite, so that redundancy still tells perfect ones apart


def class_starts(y: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The order that sorts cases by class, and where each class begins in it.

    Parameters
    ----------
    y : int (n_cases,)
        Classes as 0, 1, ...; those without a case are left out.

    Returns
    -------
    order : int (n_cases,)
    starts : int64 (n_classes_present + 1,)
    """
    order = np.argsort(y, kind="stable")
    counts = np.bincount(y)
    return order, np.concatenate(([0], np.cumsum(counts[counts > 0]))).astype(np.int64)


def spare_rows(n_features: int, n_cases: int) -> NDArray[np.float32]:
    """Room for features as the loops read them: a row for each, and one more that vectors reach into.

    Returns
    -------
    float32 (n_features + 1, width)
        The width is n_cases rounded up to 16; what stands behind the cases does not matter.
    """
    return np.zeros((n_features + 1, whole_vectors(n_cases)), np.float32)


def anova_f(
    rows: NDArray[np.float32], starts: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """The F statistic of each feature over classes.

    Parameters
    ----------
    rows : float32 (n_features + 1, width), C order
        Row j is feature j, its cases sorted by class; see `spare_rows`.
    starts : int64 (n_classes + 1,)
        See `class_starts`.
    weights : float64 (n_cases,), optional
        How often each case counts: one of weight 2 as two equal cases. Where all together count no more often than
        there are classes, there is one degree of freedom within classes.

    Returns
    -------
    float64 (n_features,)
        0 for a constant feature; infinity for one that is constant within each class but not over all.
    """
    scores = np.empty(len(rows) - 1)
    statistics.anova_f(rows.reshape(-1), rows.shape[1], starts, scores, with_room(weights))
    return scores


@one_blas_thread()
def shuffled_f(
    rows: NDArray[np.float32],
    starts: NDArray[np.int64],
    shuffles: NDArray[np.intp],
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What `anova_f` gives, but for rounding, where the classes are those of other cases.

    Parameters
    ----------
    rows, starts, weights : as for `anova_f`
    shuffles : int (n_shuffles, n_cases)
        In each, the place of the case that takes part with the class and the weight of this place.

    Returns
    -------
    float64 (n_shuffles, n_features)
    """
    n_cases, n_classes, n_shuffles = int(starts[-1]), len(starts) - 1, len(shuffles)
    counted = np.ones(n_cases) if weights is None else weights
    codes = np.repeat(np.arange(n_classes), np.diff(starts))
    taking_part = np.zeros((n_cases, n_shuffles, n_classes))
    for number, places in enumerate(shuffles):
        taking_part[places, number, codes] = counted
    sizes = np.bincount(codes, counted)

    values = rows[:-1, :n_cases].astype(np.float64)
    values -= values[:, :1]  # so that a constant feature is 0 to the bit
    values -= values.mean(axis=1, keepdims=True)
    sums = (values @ taking_part.reshape(n_cases, -1)).reshape(-1, n_shuffles, n_classes)
    squares = values**2 @ taking_part.sum(axis=2)
    of_classes = (sums**2 / sizes).sum(axis=2)
    between = np.maximum(of_classes - sums.sum(axis=2) ** 2 / sizes.sum(), 0.0)
    within = np.maximum(squares - of_classes, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (between / (n_classes - 1)) / (within / max(sizes.sum() - n_classes, 1.0))
    return np.where(between > 0.0, f, 0.0).T


def with_room(weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    """Weights as the loops read them, with room behind that vectors reach into; None as it is."""
    return None if weights is None else np.concatenate([weights, np.zeros(N_LANES)])


def mrmr(
    rows: NDArray[np.float32],
    n_cases: int,
    relevance: NDArray[np.float64],
    n_features: int,
    *,
    weights: NDArray[np.float64] | None = None,
    n_jobs: int = 1,
) -> NDArray[np.int64]:
    """Choose the features with the largest relevance over mean absolute correlation to those chosen.

    Parameters
    ----------
    rows : float32 (n_candidates + 1, width), C order
        See `spare_rows`.
    n_cases : int
    relevance : float64 (n_candidates,)
        Such as `anova_f`; infinity counts as 1e30.
    n_features : int
        At most n_candidates.
    weights : float64 (n_cases,), optional
        How often each case counts.
    n_jobs : int, default=1
        Threads.

    Returns
    -------
    int64 (n_features,)
        In the order of choice; ties go to the lowest index.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379, section 3.
    .. [2] Z. Zhao, R. Anand, M. Wang, "Maximum Relevance and Minimum Redundancy Feature Selection Methods
       for a Marketing Machine Learning Platform", 2019, arXiv:1908.05376, the quotient FCQ.
    """
    return least_redundant(overlaps(rows, n_cases, weights=weights, n_jobs=n_jobs), relevance, n_features)


def overlaps(
    rows: NDArray[np.float32],
    n_cases: int,
    begins: Sequence[int] | None = None,
    *,
    weights: NDArray[np.float64] | None = None,
    n_jobs: int = 1,
) -> NDArray[np.float32]:
    """Absolute correlations of features with those before them.

    Parameters
    ----------
    rows, n_cases, weights, n_jobs : as for `mrmr`
    begins : sequence of int, optional
        Multiples of `TILE`: only so many features from each of these on. By default all.

    Returns
    -------
    float32 (n_candidates + 3, n_candidates + 3)
        Of those features, rows up to the diagonal; what else is there means nothing.
    """
    n_candidates, size = len(rows) - 1, whole_vectors(n_cases)
    room = np.zeros((n_candidates + 3) * size + 8)
    border = -room.ctypes.data % 64 // 8
    unit = room[border : border + (n_candidates + 3) * size].reshape(-1, size)
    flat = rows.reshape(-1)[: n_candidates * rows.shape[1] + N_LANES]
    statistics.unit_rows(flat, rows.shape[1], n_cases, unit, with_room(weights))
    overlap = np.empty((n_candidates + 3, n_candidates + 3), np.float32)

    def compare(begin: int) -> None:
        statistics.overlaps(unit, begin, min(begin + TILE, n_candidates), overlap)

    share_out(compare, range(0, n_candidates, TILE) if begins is None else begins, n_jobs)
    return overlap


def least_redundant(overlap: NDArray[np.float32], relevance: NDArray[np.float64], n_features: int) -> NDArray[np.int64]:
    """The choice of `mrmr`.

    Parameters
    ----------
    overlap : float32 (n_candidates + 3, n_candidates + 3)
        See `overlaps`. What is above the diagonal is overwritten.
    relevance, n_features : as for `mrmr`

    Returns
    -------
    int64 (n_features,)
    """
    chosen = np.empty(n_features, np.int64)
    statistics.mrmr(np.minimum(relevance, LARGEST_F), overlap, chosen)
    return chosen


def best(scores: NDArray[np.float64], ids: NDArray[np.int64], n_best: int) -> NDArray[np.intp]:
    """Where the best scores stand, best first; ties to the lowest id. A total order, whatever the input's."""
    if len(scores) <= 2 * n_best:
        return np.lexsort((ids, -scores))[:n_best]
    least = -np.partition(-scores, n_best - 1)[n_best - 1]
    promising = np.arange(len(scores)) if np.isnan(least) else np.flatnonzero(scores >= least)
    return promising[np.lexsort((ids[promising], -scores[promising]))[:n_best]]
