"""Which cases are left out together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

N_FOLDS = 5
N_BINS = 10  # of numbers, where they are dealt with as classes are
N_LEVELS = 4  # of numbers that folds have equally many of; more would cut neighbours apart more often


def folds_of(
    y: NDArray[Any], cases: NDArray[np.intp], groups: NDArray[np.intp] | None = None, n_folds: int = N_FOLDS
) -> NDArray[np.intp]:
    """In which fold each case is left out.

    Folds are equally large, and each class is spread evenly over them. Of each class, neighbours stay together, as they
    stand among the training cases: what was recorded one after the other is often alike, and would flatter. Numbers are
    cut into four classes of equal size, so that no fold asks for numbers that the others lack. With groups, whole
    groups are dealt, the large ones first, each into the fold where classes are then spread most evenly.

    Parameters
    ----------
    y : int or float64 (n_cases,)
        Classes or numbers.
    cases : int (n_cases,)
        Where each case stands among the training cases.
    groups : int (n_cases,), optional
    n_folds : int, default=5

    Returns
    -------
    int (n_cases,)
        From 0; so many folds, or as many as there are cases or groups.
    """
    n_cases = len(y)
    codes = np.unique(bins_of(y, N_LEVELS), return_inverse=True)[1] if y.dtype.kind == "f" else y
    if groups is None:
        n_folds, fold = min(n_folds, n_cases), np.empty(n_cases, np.intp)
        order = np.lexsort((cases, codes))
        dealt = np.arange(n_cases) % n_folds  # how many of each class each fold gets
        fold[order] = dealt[np.lexsort((dealt, codes[order]))]
        return fold
    random_state = np.random.RandomState(0)
    present, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(present), int(codes.max()) + 1))
    np.add.at(counts, (group, codes), 1)
    filled = np.zeros((min(n_folds, len(present)), counts.shape[1]))
    of_group, total = np.empty(len(present), np.intp), counts.sum(axis=0).clip(1)
    shuffled = random_state.permutation(len(present))
    for number in shuffled[np.argsort(-counts[shuffled].max(axis=1), kind="stable")]:
        tried = filled + np.eye(len(filled))[:, :, np.newaxis] * counts[number]  # if it came into each of the folds
        uneven = (tried / total).std(axis=1).mean(axis=1)
        of_group[number] = np.lexsort((filled.sum(axis=1), np.round(uneven, 12)))[0]
        filled[of_group[number]] += counts[number]
    return np.unique(of_group[group], return_inverse=True)[1]


def bins_of(values: NDArray[np.float64], most: int = N_BINS) -> NDArray[np.intp]:
    """Numbers of bins of about equal size, (n_cases,); equal values are in one bin."""
    n_bins = min(most, max(2, len(values) // 5))
    edges = np.quantile(values, np.arange(1, n_bins) / n_bins)
    bins = np.searchsorted(edges, values, side="right")
    return bins if len(np.unique(bins)) > 1 else (values > values.min()).astype(np.intp)


def classes_of_one_group(y: NDArray[np.intp], groups: NDArray[np.intp] | None) -> NDArray[np.intp]:
    """The classes, ascending, that only one group has: where it is left out, nobody knows them. None without groups."""
    if groups is None:
        return np.empty(0, np.intp)
    pairs = np.unique(np.column_stack([y, groups]), axis=0)
    return np.flatnonzero(np.bincount(pairs[:, 0]) == 1)


def knows_all(y: NDArray[Any], fold: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Of each case, whether the cases of other folds are of all classes; numbers have none."""
    if y.dtype.kind == "f":
        return np.ones(len(y), bool)
    counts = np.zeros((int(fold.max()) + 2, int(y.max()) + 1))
    np.add.at(counts, (fold + 1, y), 1)  # -1 is a case that is in no fold
    everywhere = counts.sum(axis=0)
    return ((counts < everywhere) | (everywhere == 0)).all(axis=1)[fold + 1]


def can_judge(y: NDArray[np.intp], groups: NDArray[np.intp] | None, needed: bool) -> bool:
    """Whether cases that are left out can judge: two classes or more must be known where a group is left out.

    Raises
    ------
    ValueError
        If they cannot, but something is to be chosen by them.
    """
    can = len(np.unique(y)) - len(classes_of_one_group(y, groups)) >= 2 or groups is None
    if needed and not can:
        raise ValueError(
            "'auto' needs an estimate on groups left out, but fewer than two classes are of more than one group: leave "
            "out groups, or choose n_features and the head yourself."
        )
    return can
