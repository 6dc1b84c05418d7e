"""Screening: which channels tell classes apart at all.

Where hundreds of sensors are recorded, sums of channels drawn at random hold little but noise. So channels that do no
better than chance are left out before anything is drawn: each is scored by itself, by the F statistics of some of its
features, and once more with the classes of the cases shuffled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .banks import Prism
from .comm import Comm, together
from .panel import Panel
from .parallel import share_out
from .selection import anova_f

FEW_CHANNELS = 9  # not more than one sum takes: so many are kept in any case
N_OUTPUTS, N_FEATURES = 8, 64  # of each channel
COUNTED = 57  # a channel's score is the F of so many of its features, or more: nine tenths
CHANCE = 0.95  # the share of the channels that shuffled classes would rule out
BLOCK = 16  # channels scored together


def screen(
    panel: Panel,
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
        Ascending. All, where there are no more than nine; never fewer than nine.
    """
    if panel.n_channels <= FEW_CHANNELS:
        return np.arange(panel.n_channels)
    shuffled, seed = random_state.permutation(len(cases)), random_state.randint(2**31 - 1)
    bank = Prism()

    def score(block: int) -> NDArray[np.float64]:
        channels = np.arange(block * BLOCK, min((block + 1) * BLOCK, panel.n_channels))
        member = np.repeat(channels, N_OUTPUTS).astype(np.int32)
        rng = np.random.RandomState([seed, block])
        plan = bank.draw(panel, shift, scale, np.ones(len(member), np.int32), member, rng)
        rows = plan.rows(panel, cases=cases)
        by_chance = rows.copy()
        by_chance[:, : len(cases)] = rows[:, shuffled]
        f = np.stack([anova_f(rows, starts), anova_f(by_chance, starts)])
        return np.sort(f.reshape(2, len(channels), N_FEATURES), axis=2)[..., COUNTED]

    blocks = np.arange(-(-panel.n_channels // BLOCK))
    mine = np.array_split(blocks, comm.size)[comm.rank]
    of_mine = together(comm, lambda: share_out(score, mine, n_jobs))
    scores, chance = np.concatenate([part for parts in comm.allgather(of_mine) for part in parts], axis=1)
    promising = scores > np.sort(chance)[int(CHANCE * len(chance))]
    best = np.argsort(-scores, kind="stable")[: max(FEW_CHANNELS, int(promising.sum()))]
    return np.sort(best)
