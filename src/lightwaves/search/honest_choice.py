"""What cases that were left out decide: how many features to keep, and which head to fit on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..parallel.crew import Crew
from ..selection.calibration import calibration, probabilities
from ..selection.detachment import Detached
from .cross_fitting import AllCandidates, CrossFit, CrossFitted, cross_fitted
from .merits import accuracy

MOST = 1000  # features that "auto" keeps
MANY = 500  # cases on which heads compete; of fewer, the first is taken
CLEARLY = 2.0  # standard errors by which another head must be better than the first
FOR_SIMPLER = 1.0  # the same for a simpler form of the first

JUDGED_PATH = np.dtype(
    [("n_features", np.int64), ("score", np.float64), ("honest_score", np.float64), ("standard_error", np.float64)]
)


def judged_by_folds(
    left: Detached, candidates: AllCandidates, n_features: int | str, how: CrossFit, crew: Crew | None = None
) -> tuple[Detached, int, CrossFitted | None]:
    """Let cases that were left out judge how many features to keep, where that is open, and which head to fit.

    Parameters
    ----------
    left : Detached
        What detachment has kept of the candidates.
    candidates, how, crew : as for `cross_fitted`
    n_features : int or "auto"

    Returns
    -------
    left, head, judged
        As of `best_of`. What was given, the first head, and None where a head failed.

    Raises
    ------
    ValueError
        If "auto" has no estimate to go by.
    """
    judged = cross_fitted(candidates, sizes_of_path(left.path, n_features), how, crew)
    if judged is not None:
        return best_of(left, judged, how.simpler)
    if n_features == "auto":
        raise ValueError("n_features='auto' needs an estimate on cases left out: give a number, or another head.")
    return left, 0, None


def sizes_of_path(path: NDArray[Any], n_features: int | str) -> list[int]:
    """The numbers of features that are judged: that of the last round; with "auto", those of all small rounds."""
    sizes = [int(n) for n in path["n_features"]]
    if n_features != "auto":
        return sizes[-1:]
    return [n for n in sizes if n <= MOST] or sizes[-1:]


def best_of(left: Detached, judged: CrossFitted, simpler: Sequence[int] = ()) -> tuple[Detached, int, CrossFitted]:
    """How many features to keep, where that is open, and which head to fit on them.

    Parameters
    ----------
    left : Detached
    judged : CrossFitted
        By all heads, and by as many features as some rounds have left.
    simpler : sequence of int
        Which heads are simpler forms of the first.

    Returns
    -------
    left : Detached
        What is kept; its path says what was found.
    head : int
    judged : CrossFitted
        By this head, and by so many features.
    """
    path, of_sizes = unjudged(left.path), range(len(judged.sizes))
    heads = [best_head(judged, s, simpler) for s in of_sizes]
    decides = [heads[s] if judged.y.dtype.kind == "f" or heads[s] in simpler else 0 for s in of_sizes]
    right = np.array([judged.merits[decides[s], s] for s in of_sizes])
    for s, size in enumerate(judged.sizes):
        known = accuracy(right[s], judged.weights, judged.groups, judged.y if judged.y.dtype.kind == "f" else None)
        path["honest_score"][path["n_features"] == size] = known[0]
        path["standard_error"][path["n_features"] == size] = known[1]
    s = smallest_good(right, judged.weights, judged.groups)
    if left.rounds:
        left = left.at(int(np.flatnonzero(path["n_features"] == judged.sizes[s])[0]))
    of_head = {"scores": judged.scores[heads[s], s], "chances": judged.chances[heads[s], s]}
    return replace(left, path=path), heads[s], replace(judged, sizes=[judged.sizes[s]], **of_head)


def unjudged(path: NDArray[Any]) -> NDArray[Any]:
    """The path of a detachment, with room for honest scores."""
    wider = np.zeros(len(path), JUDGED_PATH)
    wider["n_features"], wider["score"] = path["n_features"], path["score"]
    wider["honest_score"] = wider["standard_error"] = np.nan
    return wider


def smallest_good(
    right: NDArray[Any], weights: NDArray[np.float64] | None = None, groups: NDArray[np.intp] | None = None
) -> int:
    """The smallest number of features that errs no more than the best, within one standard error of the difference.

    Parameters
    ----------
    right : bool or float64 (n_sizes, n_cases)
        Which cases are classified rightly by so many features, the largest number first; or their merits.
    weights, groups : as for `accuracy`

    Returns
    -------
    int
        Its row.
    """
    best = right[int(np.argmax([accuracy(row, weights)[0] for row in right]))].astype(float)
    differences = [accuracy(best - row, weights, groups) for row in right]
    return max(s for s, (loss, standard_error) in enumerate(differences) if loss <= standard_error)


def best_head(judged: CrossFitted, s: int, simpler: Sequence[int] = ()) -> int:
    """The head to take with so many features.

    Of numbers, that of the smallest squared error. Of classes, that whose calibrated probabilities are clearly more
    likely than the first one's; the first in doubt. Where cases are few, only a simpler form can take its place.
    """
    if judged.y.dtype.kind == "f":
        return int(np.argmax([accuracy(merit, judged.weights)[0] for merit in judged.merits[:, s]]))

    def surprise(head: int) -> NDArray[np.float64]:
        scores = judged.scores[head, s]
        likely = probabilities(scores, *calibration(scores, judged.y, judged.weights))
        return -np.log(likely[np.arange(len(scores)), judged.y])

    first, chosen, best = surprise(0), 0, 0.0
    for head in range(1, len(judged.scores)):
        if head not in simpler and len(judged.cases) < MANY:
            continue
        gain, standard_error = accuracy(first - surprise(head), judged.weights, judged.groups)
        if gain > max((FOR_SIMPLER if head in simpler else CLEARLY) * standard_error, best):
            chosen, best = head, gain
    return chosen
