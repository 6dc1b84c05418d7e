"""The survey: which of several lists of banks suits these series.

A ridge is fitted on some candidates of each list and some cases. The first list is taken, unless the ridge on another
one errs clearly less on cases that it has not seen.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..banks.candidates import Candidates, draw
from ..selection.products import Targets, some_of
from ..selection.relevance import class_starts
from .merits import rough_mean_and_error
from .roles import draw_cases
from .shared_ridge import left_out_errors
from .shares import Work, columns

N_CANDIDATES = 2500  # of each list
N_CASES = 800
PENALTY = 0.3  # times the number of candidates
CLEARLY = 2.0  # standard errors of the difference


def surveyed(
    work: Work, offers: list[Candidates], random_state: np.random.RandomState
) -> tuple[int, NDArray[np.float64] | None]:
    """Which of some offers to take.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
    random_state : RandomState
        For drawing candidates and cases.

    Returns
    -------
    chosen : int
        Its number.
    errors : float64 (n_offers,), or None
        The mean squared leave-one-out error of the ridge on each, each class in units of the variance of its targets;
        None of one offer, which nobody has to look at.
    """
    if len(offers) == 1:
        return 0, None
    few = some_cases(work, random_state)
    drawn = [draw(offer, N_CANDIDATES, random_state) for offer in offers]
    pools, shares = columns(few, drawn, range(len(drawn)), "surveyed", "comparing banks")
    left_out = left_out_errors(pools, shares, len(few.cases), Targets.of(few.y, few.weights), PENALTY)
    errors = np.array([rough_mean_and_error(errors_of_offer, few.weights)[0] for errors_of_offer in left_out])
    chosen = int(errors.argmin())
    gain, standard_error = rough_mean_and_error(left_out[0] - left_out[chosen], few.weights)
    return (chosen if gain > CLEARLY * standard_error else 0), errors


def some_cases(work: Work, random_state: np.random.RandomState) -> Work:
    """The same work on fewer cases, each class by its share and at least once."""
    codes = work.codes
    some = draw_cases(codes, N_CASES, random_state)
    weights, values = some_of(work.weights, some), some_of(work.values, some)
    starts = class_starts(codes[some])[1]
    return replace(work, cases=work.cases[some], starts=starts, weights=weights, values=values)
