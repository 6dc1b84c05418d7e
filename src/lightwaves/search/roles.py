"""Which training cases do what: few are looked at on all candidates, many make the last choice, some judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST = 1500  # cases of the first rounds: as many as their equations can hold
MORE, WORTH_IT = 20_000, 1.5  # cases of the last choice, at most; times those of the first rounds, at least
ASIDE, FEWEST_ASIDE, MOST_ASIDE = 0.125, 500, 5000  # cases that judge: their share, within bounds
RUNS = 5  # stretches of each class that those are from, as there are folds


@dataclass(frozen=True)
class Roles:
    """Which cases do what in a search.

    Attributes
    ----------
    first : int (n_first,)
        All candidates are looked at on these.
    more : int (n_more,)
        These make the last choice; empty where the first do.
    aside : int (n_aside,)
        The search sees none of these, so that they can judge; empty where others do.
    """

    first: NDArray[np.intp]
    more: NDArray[np.intp]
    aside: NDArray[np.intp]


def aside_from(search_cases: int | None) -> int:
    """Of how many cases some are set aside."""
    return (FIRST if search_cases is None else int(search_cases)) + FEWEST_ASIDE


def roles_of(y: NDArray[np.intp], search_cases: int | None, judged: bool, random_state: np.random.RandomState) -> Roles:
    """Deal the roles.

    Parameters
    ----------
    y : int (n_cases,)
        Classes as 0, 1, ...
    search_cases : int or None
        How many cases the search looks at, at most. None is 1,500 for the first rounds, and 20,000 for the last choice
        where there are at least half as many again.
    judged : bool
        Whether to set cases aside, if at least 500 are left: an eighth, up to 5,000.
    random_state : RandomState
        For drawing, if there are more.
    """
    n_first = FIRST if search_cases is None else search_cases
    rest, aside = np.arange(len(y)), np.empty(0, np.intp)
    if judged and len(y) >= aside_from(search_cases):
        n_aside = min(max(FEWEST_ASIDE, int(ASIDE * len(y))), MOST_ASIDE, len(y) - n_first)
        aside = set_aside(y, n_aside)
        rest = np.setdiff1d(rest, aside)
    first = rest[draw_cases(y[rest], n_first, random_state)]
    more = np.empty(0, np.intp)
    if search_cases is None and len(rest) >= WORTH_IT * n_first:
        more = rest[draw_cases(y[rest], MORE, random_state)]
    return Roles(first, more, aside)


def set_aside(y: NDArray[np.intp], n_aside: int) -> NDArray[np.intp]:
    """About so many cases, ascending, of each class its share: neighbours, from the middle of fifths of the class.

    Neighbours are often alike, as windows of one recording are. Where they are set aside together, few of them have a
    neighbour that the search sees.
    """
    chosen = [np.empty(0, np.intp)]
    for k in range(int(y.max()) + 1):
        members = np.flatnonzero(y == k)
        quota = len(members) * n_aside // len(y)
        for run in range(RUNS):
            first, end = len(members) * run // RUNS, len(members) * (run + 1) // RUNS
            size = quota // RUNS + (run < quota % RUNS)
            begin = first + (end - first - size) // 2
            chosen.append(members[begin : begin + size])
    return np.sort(np.concatenate(chosen))


def draw_cases(y: NDArray[np.intp], n_drawn: int, random_state: np.random.RandomState) -> NDArray[np.intp]:
    """At most n_drawn cases, ascending, each class by its share and at least once."""
    if len(y) <= n_drawn:
        return np.arange(len(y))
    drawn = []
    for k in range(int(y.max()) + 1):
        members = np.flatnonzero(y == k)
        quota = min(len(members), max(1, len(members) * n_drawn // len(y)))
        drawn.append(random_state.choice(members, quota, replace=False))
    return np.sort(np.concatenate(drawn))
