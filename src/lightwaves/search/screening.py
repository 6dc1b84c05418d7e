"""Screening: which channels tell classes apart at all.

Where hundreds of sensors are recorded, sums of channels drawn at random hold little but noise. So channels that do no
better than chance are left out before anything is drawn: each is scored by itself, by the F statistics of some of its
features, and again with the classes of the cases shuffled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..banks import Prism
from ..entries import Array
from ..panel import Panel
from ..parallel.comm import allgather
from ..parallel.crew import Crew, by_group
from ..plans.pooled import LONGEST_SERIES
from ..selection.relevance import anova_f

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
    groups: list[NDArray[np.intp]],
    cases: NDArray[np.intp],
    starts: NDArray[np.int64],
    shift: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    random_state: np.random.RandomState,
    crew: Crew,
) -> NDArray[np.intp]:
    """Choose channels.

    Parameters
    ----------
    panel : Panel
    channels : int (n_channels,)
        Those to choose from, ascending.
    groups : list of int arrays
        Channels that are on the same rank.
    cases : int (n_cases,)
        Those that take part, class by class.
    starts : int64 (n_classes + 1,)
        Where the classes begin among them.
    shift, scale : float64 (n_channels,)
        How channels are standardised.
    random_state : RandomState
    crew : Crew
        Who shares the channels.

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
    blocks, group = [], []
    for number, present in by_group(channels, groups):
        for start in range(0, len(present), BLOCK):
            blocks.append(present[start : start + BLOCK])
            group.append(number)
    score = Score(panel, blocks, cases, starts, shift, scale, random_state.randint(2**31 - 1))
    scores: dict[int, NDArray[np.float64]] = {}

    def score_mine() -> dict[int, NDArray[np.float64]]:
        crew.do("channels", score, crew.mine(group), lambda number, found: scores.update({number: found[0]}))
        return scores

    for of_rank in allgather(crew.comm, score_mine):
        scores |= of_rank
    real, *shuffled = np.concatenate([scores[number] for number in range(len(blocks))], axis=1)
    chance = np.sort(np.ravel(shuffled))
    promising = real > chance[int(CHANCE * len(chance))]
    best = np.argsort(-real, kind="stable")[: max(FEW_CHANNELS, int(promising.sum()))]
    return channels[np.sort(best)]


@dataclass(frozen=True)
class Score:
    """The scores of a block of channels: one row for the classes as they are, one for each time they are shuffled."""

    panel: Panel
    blocks: list[NDArray[np.intp]]
    cases: NDArray[np.intp]
    starts: NDArray[np.int64]
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    seed: int

    def __call__(self, block: int) -> tuple[NDArray[np.float64]]:
        """The scores, (1 + N_SHUFFLES, n_channels_of_block)."""
        some, n_cases = self.blocks[block], len(self.cases)
        member = np.repeat(some, N_OUTPUTS).astype(np.int32)
        rng = np.random.RandomState([self.seed, block])
        offered = Prism().draw(self.panel, self.shift, self.scale, np.ones(len(member), np.int32), member, rng)
        rows = offered.plan(np.arange(len(offered))).rows(self.panel, cases=self.cases)
        by_chance, f = rows.copy(), [anova_f(rows, self.starts)]
        for _ in range(N_SHUFFLES):
            by_chance[:, :n_cases] = rows[:, rng.permutation(n_cases)]
            f.append(anova_f(by_chance, self.starts))
        return (np.sort(np.reshape(f, (len(f), len(some), N_FEATURES)), axis=2)[..., COUNTED],)

    def results(self, block: int) -> tuple[Array]:
        """What the scores of a block are."""
        return (Array(np.float64, 1 + N_SHUFFLES, len(self.blocks[block]), least=0, most=np.inf),)
