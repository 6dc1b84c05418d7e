"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plans import Plan
from ..selection.discriminant import Discriminant
from .cross_fitting import CrossFitted
from .roles import Roles
from .screening import Screened, unscreened


@dataclass(frozen=True)
class Found:
    """What a search returns.

    Attributes
    ----------
    plan : Plan
        Sorted by id.
    scores : float64 (n_features,)
        F statistic of each; with detachment, its importance in the last ridge, see
        `lightwaves.selection.detachment.Detached`.
    path : structured array (n_rounds,), or None
        With detachment: how many features each round left, the leave-one-out score of the ridge on them, and, where
        cases were left out, the honest score with its standard error; else these are NaN.
    alternative : int
        Which list of banks was chosen.
    errors : float64 (n_alternatives,), or None
        With detachment: the leave-one-out error of a ridge on some candidates of each; see `lightwaves.search.survey`.
        Of one list, that of the ridge on all its candidates.
    judged : CrossFitted, or None
        What models whose search has not seen a case say of it, for the head and the number of features that were taken.
    head : int
        Which of the heads of the `CrossFit` was taken.
    analysis : Discriminant, or None
        Of the scores of its ridge, if not what the head learns; see `lightwaves.search.honest_choice`.
    without : list of Plan
        As many features, chosen without each of the folds of the `CrossFit`, where it has some.
    screened : Screened
        The channels that candidates were drawn for, and why those.
    roles : Roles
        Which of the training cases did what.
    n_counted : float
        How often those of the first rounds count together: their number, or the sum of their weights.
    """

    plan: Plan
    scores: NDArray[np.float64]
    path: NDArray[Any] | None = None
    alternative: int = 0
    errors: NDArray[np.float64] | None = None
    judged: CrossFitted | None = None
    head: int = 0
    analysis: Discriminant | None = None
    without: list[Plan] = field(default_factory=list)
    screened: Screened = field(default_factory=lambda: unscreened(0))
    roles: Roles = field(default_factory=lambda: Roles(*[np.empty(0, np.intp)] * 2))
    n_counted: float = 0.0
