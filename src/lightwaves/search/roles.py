"""Which training cases do what: few are looked at on all candidates, many make the last choice."""

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
        All candidates are looked at on these.
    more : int (n_more,)
        These make the last choice; empty where the first do.
    """

    first: NDArray[np.intp]
    more: NDArray[np.intp]

    def unseen(self, n_cases: int) -> NDArray[np.intp]:
        """The cases, of so many, that do nothing."""
        return np.setdiff1d(np.arange(n_cases), np.union1d(self.first, self.more))


def roles_of(y: NDArray[np.intp], search_cases: int | None, random_state: np.random.RandomState) -> Roles:
    """Deal the roles.

    Parameters
    ----------
    y : int (n_cases,)
        Classes as 0, 1, ...
    search_cases : int or None
        How many cases the search looks at, at most. None is 1,500 for the first rounds, and 20,000 for the last choice
        where there are at least half as many again.
    random_state : RandomState
        For drawing, if there are more.
    """
    n_first = FIRST if search_cases is None else search_cases
    first, more = draw_cases(y, n_first, random_state), np.empty(0, np.intp)
    if search_cases is None and len(y) >= WORTH_IT * n_first:
        more = draw_cases(y, MORE, random_state)
    return Roles(first, more)


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
