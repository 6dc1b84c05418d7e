"""The search of LightWaveS: score every candidate, keep the best, choose among them without redundancy.

The page reads as section 3 of the paper (arXiv:2204.01379). Each rank scores its share of the bank's blocks
by ANOVA and keeps the best; the best of all ranks go through mRMR. "Best" is a total order, highest score
first and ties to the lowest id, so neither ranks nor threads change the plan.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from .banks import Bank
from .comm import Comm, agree, digest, together
from .loops.statistics import channel_moments
from .panel import Panel
from .parallel import share_out
from .plan import KernelPlan, is_plain, standardisation
from .selection import anova_f, best, class_starts, mrmr, spare_rows

SHORTLIST = 3  # times n_features: how many candidates mRMR chooses from
MOMENTS_BLOCK = 1 << 20  # values of X whose mean and deviation are taken together


def search(
    bank: Bank,
    panel: Panel,
    y: NDArray[np.intp],
    *,
    n_features: int,
    scale: bool = True,
    search_cases: int = 1500,
    random_state: np.random.RandomState,
    n_jobs: int = 1,
    comm: Comm,
    verbose: int = 0,
) -> tuple[KernelPlan, NDArray[np.float64]]:
    """Choose features of a bank.

    Parameters
    ----------
    bank : Bank
    panel : Panel
        Training series, the same on every rank.
    y : int (n_cases,)
        Classes as 0, 1, ...
    n_features : int
        How many to keep.
    scale : bool, default=True
        Standardise each channel first.
    search_cases : int, default=1500
        At most so many cases, drawn class by class, take part in the choice.
    random_state : RandomState
        Draws those cases, if there are more.
    n_jobs : int, default=1
        Threads.
    comm : Comm
        Who shares the work.
    verbose : int, default=0
        Whether rank 0 prints what it does.

    Returns
    -------
    plan : KernelPlan
        Sorted by id.
    scores : float64 (n_features,)
        F statistic of each.
    """
    started = perf_counter()
    if comm.size > 1:
        parameters = (repr(bank), n_features, scale, search_cases)
        agree(comm, shape=panel.values.shape, data=_fingerprint(panel, y), parameters=parameters)
    if len(y) > search_cases:
        random_state = np.random.RandomState(comm.bcast(random_state.randint(2**31 - 1)))

    def say(message: str) -> None:
        if verbose and comm.rank == 0:
            print(f"[lightwaves {perf_counter() - started:7.2f} s] {message}", flush=True)

    cases = draw_cases(y, search_cases, random_state)
    order, starts = class_starts(y[cases])
    cases = cases[order]
    shift, deviation = moments(panel, n_jobs) if scale else (np.zeros(panel.n_channels), np.ones(panel.n_channels))
    standard = standardisation(shift, deviation)

    n_blocks = bank.n_blocks(panel.n_channels)
    mine = np.array_split(np.arange(n_blocks), comm.size)[comm.rank]
    n_best = SHORTLIST * n_features
    say(f"scoring {n_blocks} blocks of candidates over {len(cases)} cases")

    def score(blocks: NDArray[np.intp]) -> Shortlist:
        shortlist = Shortlist(n_best)
        for number in blocks:
            ids, values = bank.block(int(number), panel, cases, standard)
            shortlist.add(ids, anova_f(values, starts), values)
        return shortlist.trimmed()

    def score_mine() -> Shortlist:
        return Shortlist.merged(n_best, share_out(score, np.array_split(mine, min(len(mine), 4 * n_jobs) or 1), n_jobs))

    shortlist = together(comm, score_mine)
    if comm.size > 1:
        shortlist = gather(comm, shortlist, n_best)

    n_kept = min(n_features, len(shortlist.ids))
    if n_kept < n_features:
        warnings.warn(
            f"n_features={n_features}, but the bank has only {n_kept} candidates here; all are kept.", stacklevel=4
        )
    say(f"choosing {n_kept} of the best {len(shortlist.ids)}")
    rows = spare_rows(len(shortlist.ids), len(cases))
    rows[:-1, : len(cases)] = shortlist.values[:, : len(cases)]
    chosen = mrmr(rows, len(cases), shortlist.scores, n_kept, n_jobs=n_jobs)
    chosen = chosen[np.argsort(shortlist.ids[chosen])]
    plan = bank.plan(shortlist.ids[chosen], shift, deviation, panel.channel_names)
    say(f"kept {len(plan)} features of {len(plan.channels)} channels")
    return plan, shortlist.scores[chosen]


@dataclass
class Shortlist:
    """The best candidates so far, with their values."""

    n_best: int
    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    scores: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    values: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    _new: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]] = field(default_factory=list)
    _n_new: int = 0
    _worst: float = -np.inf

    def add(self, ids: NDArray[np.int64], scores: NDArray[np.float64], values: NDArray[np.float32]) -> None:
        """Take what may be among the best; a score equal to the worst kept may still win by its id."""
        promising = np.flatnonzero(scores >= self._worst)
        if not len(promising):
            return
        if len(promising) > self.n_best:
            promising = best(scores, ids, self.n_best)
        kept = values[promising]
        self._new.append((ids[promising], scores[promising], kept))
        self._n_new += len(kept)
        if self._n_new >= self.n_best:
            self.trimmed()

    def trimmed(self) -> Shortlist:
        """Keep the best only, best first."""
        if self._new:
            parts = [(self.ids, self.scores, self.values), *self._new] if len(self.ids) else self._new
            ids, scores = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
            keep = best(scores, ids, self.n_best)
            values = np.concatenate([part[2] for part in parts])[keep]
            self.ids, self.scores, self.values = ids[keep], scores[keep], values
            self._new, self._n_new = [], 0
            if len(keep) == self.n_best:
                self._worst = float(self.scores[-1])
        return self

    @classmethod
    def merged(cls, n_best: int, shortlists: list[Shortlist]) -> Shortlist:
        """The best of several."""
        result = cls(n_best)
        result._new = [(s.ids, s.scores, s.values) for s in shortlists if len(s.ids)]
        return result.trimmed()


def gather(comm: Comm, shortlist: Shortlist, n_best: int) -> Shortlist:
    """The best of all ranks, on all ranks: first the scores travel, then the columns that made it."""
    everybody = comm.allgather((shortlist.ids, shortlist.scores))
    ids, scores = (np.concatenate([part[i] for part in everybody]) for i in (0, 1))
    keep = best(scores, ids, n_best)
    ids, scores = ids[keep], scores[keep]
    mine = np.isin(shortlist.ids, ids)
    columns = comm.allgather((shortlist.ids[mine], shortlist.values[mine]))
    where = np.concatenate([part[0] for part in columns])
    values = np.concatenate([part[1] for part in columns if len(part[0])])
    return Shortlist(n_best, ids, scores, values[np.argsort(where)][np.argsort(np.argsort(ids))])


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


def moments(panel: Panel, n_jobs: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel over all cases and times; a constant channel's is 1."""
    shift, scale = np.empty(panel.n_channels), np.empty(panel.n_channels)
    if is_plain(panel.values) and n_jobs == 1:
        channel_moments(panel.values, panel.lengths, shift, scale)
    else:
        step = max(1, MOMENTS_BLOCK // (panel.n_cases * panel.n_timepoints))

        def measure(start: int) -> None:
            span = slice(start, min(start + step, panel.n_channels))
            x = panel.take(slice(None), np.arange(panel.n_channels)[span])
            channel_moments(x, panel.lengths, shift[span], scale[span])

        share_out(measure, range(0, panel.n_channels, step), n_jobs)
    scale[scale == 0] = 1.0
    return shift, scale


def _fingerprint(panel: Panel, y: NDArray[np.intp]) -> str:
    """What must be equal on all ranks, without reading all of X: labels, lengths and the first channel."""
    return digest(y, panel.lengths, panel.take(slice(None), np.array([0])))
