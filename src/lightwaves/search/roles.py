"""Which training cases do what: a few show all candidates to the first rounds, many make the last choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST = 1500  # cases of the first rounds: as many as their equations can hold
MORE, WORTH_IT = 20_000, 1.5  # cases of the last choice, at most; times those of the first rounds, at least


@dataclass(frozen=True)
class Roles:
    """Which cases do what in a search.

    Attributes
    ----------
    first : int (n_first,)
        The cases of the first rounds: all candidates are computed for these.
    more : int (n_more,)
        The cases of the last choice; some of them may be among the first. Empty where there is no last choice.
    """

    first: NDArray[np.intp]
    more: NDArray[np.intp]

    def unseen(self, n_cases: int) -> NDArray[np.intp]:
        """Of cases 0 to n_cases - 1, those that have no role: the search does not look at them."""
        return np.setdiff1d(np.arange(n_cases), np.union1d(self.first, self.more))


def roles_of(y: NDArray[np.intp], search_cases: int | None, random_state: np.random.RandomState) -> Roles:
    """Deal the roles.

    Parameters
    ----------
    y : int (n_cases,)
        Classes as 0, 1, ...
    search_cases : int or None
        About so many cases are for the first rounds, and there is no last choice. None means about 1,500 cases for the
        first rounds, and a last choice by about 20,000 if there are 2,250 cases or more, or by all if there are fewer.
    random_state : RandomState
        Draws the cases where there are more than a role needs.

    Returns
    -------
    Roles
    """
    n_first = FIRST if search_cases is None else search_cases
    first, more = draw_cases(y, n_first, random_state), np.empty(0, np.intp)
    if search_cases is None and len(y) >= WORTH_IT * n_first:
        more = draw_cases(y, MORE, random_state)
    return Roles(first, more)


def draw_cases(y: NDArray[np.intp], n_drawn: int, random_state: np.random.RandomState) -> NDArray[np.intp]:
    """About n_drawn cases, or all if there are no more, ascending. Each class gives its share, but at least one."""
    if len(y) <= n_drawn:
        return np.arange(len(y))
    drawn = []
    for members in np.split(np.argsort(y, kind="stable"), np.cumsum(np.bincount(y))[:-1]):
        quota = min(len(members), max(1, len(members) * n_drawn // len(y)))
        drawn.append(random_state.choice(members, quota, replace=False))
    return np.sort(np.concatenate(drawn))
