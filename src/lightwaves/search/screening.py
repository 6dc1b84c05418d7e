"""Screening: which channels tell classes apart at all.

Where hundreds of sensors are recorded, sums of channels drawn at random hold little but noise. So channels that do no
better than chance are left out before anything is drawn, on two conditions.

Each channel is scored by itself, by the F statistics of some of its features, and again with the classes of the cases
shuffled. Where the best channel does no better than the best of some shuffle, all of that may be chance, and all
channels stay.

Channels that say nothing by themselves may say much together. So a ridge is fitted on candidates of the promising
channels, and one on candidates of all; candidates are sums of channels. Only where the first errs clearly less on cases
that it has not seen are the other channels left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..banks import Prism
from ..entries import Array
from ..parallel.crew import Crew, by_group
from ..selection.products import Targets
from ..selection.relevance import anova_f, shuffled_f
from .merits import rough_mean_and_error
from .offers import Series, offered
from .shared_ridge import left_out_errors
from .shares import Work, columns

FEW_CHANNELS = 9  # not more than one sum takes: so many are kept in any case
N_OUTPUTS, N_FEATURES = 8, 64  # of each channel
COUNTED = 57  # a channel's score is the F of so many of its features, or more: nine tenths
CHANCE = 0.95  # the share of the channels that shuffled classes would rule out
N_SHUFFLES = 19  # without anything to find, the best channel beats all of them in one of twenty data sets
FEW_CASES = 10  # shuffled classes of fewer are too often the true ones
BLOCK = 16  # channels scored together
N_COMPARED = 2000  # candidates of each of the two ridges
PENALTY = 0.3  # times that number
CLEARLY = 3.0  # standard errors of the difference

VERDICTS = np.dtype([("score", np.float64), ("by_chance", np.float64), ("kept", np.bool_), ("reason", "U32")])
ERRORS = np.dtype([("promising", np.float64), ("all", np.float64), ("standard_error", np.float64)])

CONSTANT = "constant"
NOT_SCREENED = "not screened"
PROMISING = "above chance"
FILLS_UP = "among the nine best"
BY_CHANCE = "no better than chance"
STAYS = "no better than chance, but stays"


@dataclass(frozen=True)
class Screened:
    """What screening has found.

    Attributes
    ----------
    channels : int (n_kept,)
        Ascending.
    verdicts : structured array (n_channels,)
        For each channel, its score and the score that a twentieth of the channels reach by chance (NaN where there is
        none), whether it was kept, and why.
    errors : structured array ()
        The mean squared leave-one-out errors of a ridge on candidates of the promising channels, and of one on
        candidates of all, each class in units of the variance of its targets; and the standard error of their
        difference. NaN where no ridge was fitted.
    remark : str
        The same in one sentence; empty where nothing was dropped without a look.
    """

    channels: NDArray[np.intp]
    verdicts: NDArray[Any]
    errors: NDArray[Any]
    remark: str = ""


def unscreened(n_channels: int) -> Screened:
    """All channels stay, as nobody has looked at them."""
    verdicts = np.zeros(n_channels, VERDICTS)
    verdicts["score"] = verdicts["by_chance"] = np.nan
    verdicts["kept"], verdicts["reason"] = True, NOT_SCREENED
    return Screened(np.arange(n_channels, dtype=np.intp), verdicts, np.full((), np.nan, ERRORS))


def screen(
    work: Work,
    groups: list[NDArray[np.intp]],
    varies: NDArray[np.bool_],
    random_state: np.random.RandomState,
) -> Screened:
    """Choose channels.

    Parameters
    ----------
    work : Work
        The cases that take part, and who shares the channels.
    groups : list of int arrays
        Channels that are on the same rank.
    varies : bool (n_channels,)
        Which channels are not constant. Constant ones say nothing, but in new data may do anything: they are dropped,
        unless all are.
    random_state : RandomState

    Returns
    -------
    Screened
        Never fewer than nine channels that vary are kept; and all of them, where there are no more than nine, where
        there are fewer than ten cases or a class has only one, or where there is no evidence against the others.
    """
    found = without_constant(varies)
    channels = found.channels
    if len(channels) <= FEW_CHANNELS or len(work.cases) < FEW_CASES or np.diff(work.starts).min() < 2:
        return found

    seed = random_state.randint(2**31 - 1)
    real, *shuffled = scores_of(work, channels, groups, seed)
    by_chance = np.sort(np.ravel(shuffled))
    threshold, best_by_chance = by_chance[int(CHANCE * len(by_chance))], by_chance[-1]
    promising = real > threshold
    best = np.sort(np.argsort(-real, kind="stable")[: max(FEW_CHANNELS, int(promising.sum()))])
    errors = found.errors
    if len(best) < len(channels) and real.max() > best_by_chance:
        errors = compared(work, groups, [channels[best], channels], seed)
    others_go = errors["all"] - errors["promising"] > CLEARLY * errors["standard_error"]  # where nothing is NaN

    reason = np.full(len(channels), BY_CHANCE if others_go else STAYS, object)
    reason[best], reason[promising] = FILLS_UP, PROMISING
    verdicts = found.verdicts.copy()
    verdicts["score"][channels], verdicts["by_chance"][channels] = real, threshold
    verdicts["kept"][channels], verdicts["reason"][channels] = reason != BY_CHANCE, reason
    kept = channels[best] if others_go else channels
    counts = len(channels), len(best), len(kept)
    remarks = [found.remark, remark_on(*counts, real.max(), threshold, best_by_chance, errors)]
    return Screened(kept, verdicts, errors, "; ".join(filter(None, remarks)))


def without_constant(varies: NDArray[np.bool_]) -> Screened:
    """The channels that vary stay; all, where none does."""
    found = unscreened(len(varies))
    if varies.all() or not varies.any():
        return found
    found.verdicts["kept"], found.verdicts["reason"][~varies] = varies, CONSTANT
    remark = f"{np.count_nonzero(~varies)} of {len(varies)} channels dropped: constant"
    return Screened(np.flatnonzero(varies), found.verdicts, found.errors, remark)


def remark_on(
    n_channels: int,
    n_best: int,
    n_kept: int,
    score: float,
    threshold: float,
    best_by_chance: float,
    errors: NDArray[Any],
) -> str:
    """What was done and why, in one sentence."""
    if n_best == n_channels:
        return f"all {n_channels} channels stay: each tells classes apart"
    if np.isnan(errors["all"]):
        return (
            f"all {n_channels} channels stay: the best of them (F {score:.3g}) tells classes apart no better than the "
            f"best with shuffled classes (F {best_by_chance:.3g})"
        )
    others = f"{n_channels - n_best} of {n_channels} channels"
    compared = f"({errors['promising']:.3g} instead of {errors['all']:.3g})"
    if n_kept < n_channels:
        return (
            f"{others} dropped: they tell classes apart no better than chance (F {threshold:.3g}), and without them a "
            f"ridge errs less {compared}"
        )
    return (
        f"all {n_channels} channels stay: {others} tell classes apart no better than chance (F {threshold:.3g}), but "
        f"without them a ridge does not err clearly less {compared}"
    )


def scores_of(work: Work, channels: NDArray[np.intp], groups: list[NDArray[np.intp]], seed: int) -> NDArray[np.float64]:
    """The scores of some channels, (1 + N_SHUFFLES, n_channels), of which each rank finds a part; see `Score`."""
    blocks, group = [], []
    for number, present in by_group(channels, groups):
        for start in range(0, len(present), BLOCK):
            blocks.append(present[start : start + BLOCK])
            group.append(number)
    score = Score(replace(work, crew=Crew()), blocks, seed, shuffled(work, seed))
    found = work.crew.do_for_all("channels", score, work.crew.mine(group), title="screening channels")
    return np.concatenate([scores for (scores,) in found.values()], axis=1)


def shuffled(work: Work, seed: int) -> NDArray[np.intp]:
    """Orders of the cases, (N_SHUFFLES, n_cases), the same for all channels."""
    rng = np.random.RandomState(seed)
    return np.array([rng.permutation(len(work.cases)) for _ in range(N_SHUFFLES)])


@dataclass(frozen=True)
class Score:
    """The scores of a block of channels: one row for the classes as they are, one for each time they are shuffled."""

    work: Work
    blocks: list[NDArray[np.intp]]
    seed: int
    shuffles: NDArray[np.intp]

    def __call__(self, block: int) -> tuple[NDArray[np.float64]]:
        """The scores, (1 + N_SHUFFLES, n_channels_of_block)."""
        some, work = self.blocks[block], self.work
        member = np.repeat(some, N_OUTPUTS).astype(np.int32)
        rng = np.random.RandomState([self.seed, block])
        offered = Prism().draw(work.panel, work.shift, work.scale, np.ones(len(member), np.int32), member, rng)
        rows = offered.plan(np.arange(len(offered))).rows(work.panel, cases=work.cases)
        real = anova_f(rows, work.starts, work.weights)
        f = np.vstack([real, shuffled_f(rows, work.starts, self.shuffles, work.weights)])
        return (np.sort(f.reshape(len(f), len(some), N_FEATURES), axis=2)[..., COUNTED],)

    def results(self, block: int) -> tuple[Array]:
        """What the scores of a block are."""
        return (Array(np.float64, 1 + len(self.shuffles), len(self.blocks[block]), least=0, most=np.inf),)


def compared(work: Work, groups: list[NDArray[np.intp]], sets: list[NDArray[np.intp]], seed: int) -> NDArray[Any]:
    """How a ridge on candidates of some channels errs, and one on candidates of others; see `Screened.errors`."""
    offers = []
    for channels in sets:
        series = Series(work.panel, channels, groups, work.shift, work.scale)
        offers += offered([[Prism(N_COMPARED)]], series, None, np.random.RandomState(seed), work.crew)
    pools, shares = columns(work, offers, range(len(offers)), "compared", "comparing channels")
    targets = Targets.of(work.y, work.weights)
    promising, everything = left_out_errors(pools, shares, len(work.cases), targets, PENALTY)
    means = [rough_mean_and_error(errors, work.weights)[0] for errors in (promising, everything)]
    return np.array((*means, rough_mean_and_error(everything - promising, work.weights)[1]), ERRORS)
