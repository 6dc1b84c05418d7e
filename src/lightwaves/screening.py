"""Screening: which channels tell classes apart at all.

Where hundreds of sensors are recorded, sums of channels drawn at random hold little but noise. So channels that do no
better than chance are left out before anything is drawn: each is scored by itself, by the F statistics of some of its
features, and again with the classes of the cases shuffled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .banks import Prism
from .comm import Comm, together
from .panel import Panel
from .parallel import share_out
from .plans.pooled import LONGEST_SERIES
from .selection import anova_f

FEW_CHANNELS = 9  # not more than one sum takes: so many are kept in any case
N_OUTPUTS, N_FEATURES = 8, 64  # of each channel
COUNTED = 57  # a channel's score is the F of so many of its features, or more: nine tenths
CHANCE = 0.95  # the share of the channels that shuffled classes would rule out
N_SHUFFLES = 4
FEW_CASES = 10  # shuffled classes of fewer are too often the true ones
BLOCK = 16  # channels scored together


def screen(
    panel: Panel,
    channels: NDArray[np.intp],
    cases: NDArray[np.intp],
    starts: NDArray[np.int64],
    shift: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    random_state: np.random.RandomState,
    n_jobs: int,
    comm: Comm,
) -> NDArray[np.intp]:
    """Choose channels.

    Parameters
    ----------
    panel : Panel
    channels : int (n_channels,)
        Those to choose from, ascending.
    cases : int (n_cases,)
        Those that take part, class by class.
    starts : int64 (n_classes + 1,)
        Where the classes begin among them.
    shift, scale : float64 (n_channels,)
        How channels are standardised.
    random_state : RandomState
    n_jobs : int
    comm : Comm
        Whose ranks share the channels.

    Returns
    -------
    int (n_kept,)
        Ascending. Never fewer than nine; and all, where there are no more than nine, where there are fewer than ten
        cases or a class has only one, or where series are too long for `Prism`.
    """
    n_cases = len(cases)
    few = n_cases < FEW_CASES or np.diff(starts).min() < 2
    if len(channels) <= FEW_CHANNELS or few or panel.n_timepoints > LONGEST_SERIES:
        return channels
    seed, bank = random_state.randint(2**31 - 1), Prism()

    def score(block: int) -> NDArray[np.float64]:
        some = channels[block * BLOCK : (block + 1) * BLOCK]
        member = np.repeat(some, N_OUTPUTS).astype(np.int32)
        rng = np.random.RandomState([seed, block])
        plan = bank.draw(panel, shift, scale, np.ones(len(member), np.int32), member, rng)
        rows = plan.rows(panel, cases=cases)
        by_chance, f = rows.copy(), [anova_f(rows, starts)]
        for _ in range(N_SHUFFLES):
            by_chance[:, :n_cases] = rows[:, rng.permutation(n_cases)]
            f.append(anova_f(by_chance, starts))
        return np.sort(np.reshape(f, (len(f), len(some), N_FEATURES)), axis=2)[..., COUNTED]

    blocks = np.arange(-(-len(channels) // BLOCK))
    mine = np.array_split(blocks, comm.size)[comm.rank]
    of_mine = together(comm, lambda: share_out(score, mine, n_jobs))
    scores, *shuffled = np.concatenate([part for parts in comm.allgather(of_mine) for part in parts], axis=1)
    chance = np.sort(np.ravel(shuffled))
    promising = scores > chance[int(CHANCE * len(chance))]
    best = np.argsort(-scores, kind="stable")[: max(FEW_CHANNELS, int(promising.sum()))]
    return channels[np.sort(best)]
