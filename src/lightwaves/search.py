"""The search of LightWaveS: look at every candidate, and keep the few that tell the classes apart together.

With mRMR the page reads as section 3 of the paper (arXiv:2204.01379): each rank scores its share of the blocks of
candidates by ANOVA and keeps the best; the best of all ranks go through mRMR. "Best" is a total order, highest
score first and ties to the lowest id, so neither ranks nor threads change the plan. With detachment, each rank
computes its share of the candidates, and all of them together are pruned by ridge regression.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from .banks import Bank
from .candidates import Candidates, Moved, Several, draw
from .comm import Comm, agree, digest, together
from .detachment import Detached, detach, survey
from .loops.statistics import channel_moments
from .panel import Panel
from .parallel import share_out
from .plans import Plan
from .plans.plan import is_plain
from .screening import screen
from .selection import anova_f, best, class_starts, mrmr, spare_rows

SHORTLIST = 3  # times n_features: how many candidates mRMR chooses from
DETACHED_FROM = 10_000  # candidates that detachment begins with, unless told otherwise
MOMENTS_BLOCK = 1 << 20  # values of X whose mean and deviation are taken together


@dataclass(frozen=True)
class Found:
    """What a search returns.

    Attributes
    ----------
    plan : Plan
        Sorted by id.
    scores : float64 (n_features,)
        F statistic of each; with detachment, its importance in the last ridge, see
        `lightwaves.detachment.Detached`.
    path : structured array (n_rounds,), or None
        With detachment; see `lightwaves.detachment.Detached`.
    alternative : int
        Which list of banks was chosen.
    errors : float64 (n_alternatives,), or None
        With detachment: the leave-one-out error on each; see `lightwaves.detachment.Field`.
    channels : int (n_offered,), or None
        Those that candidates were drawn for.
    """

    plan: Plan
    scores: NDArray[np.float64]
    path: NDArray[Any] | None = None
    alternative: int = 0
    errors: NDArray[np.float64] | None = None
    channels: NDArray[np.intp] | None = None


def search(
    alternatives: list[list[Bank]],
    panel: Panel,
    y: NDArray[np.intp],
    *,
    n_features: int | str,
    selection: str = "detach",
    screen_channels: bool = True,
    search_candidates: int | None = None,
    frugality: float = 0.0,
    scale: bool = True,
    search_cases: int = 1500,
    random_state: np.random.RandomState,
    n_jobs: int = 1,
    comm: Comm,
    verbose: int = 0,
) -> Found:
    """Choose features of some banks.

    Parameters
    ----------
    alternatives : list of lists of Bank
        Candidates of the banks of one list compete. Of several lists, with detachment only, one is chosen: that on
        whose candidates, all of them, a ridge has the smallest leave-one-out error.
    panel : Panel
        Training series, the same on every rank.
    y : int (n_cases,)
        Classes as 0, 1, ...
    n_features : int or "auto"
        How many to keep; "auto" with detachment only.
    selection : {"detach", "mrmr"}, default="detach"
    screen_channels : bool, default=True
        With detachment, leave out channels that do not tell classes apart; see `lightwaves.screening`.
    search_candidates : int, optional
        Draw so many candidates and look at those only; by default at all, but for detachment at 10,000, or
        four times n_features, if that is more.
    frugality : float, default=0
        Scores are divided by the cost of a feature to this power.
    scale : bool, default=True
        Standardise each channel first.
    search_cases : int, default=1500
        At most so many cases, drawn class by class, take part in the choice.
    random_state : RandomState
        Draws those cases, if there are more, and whatever banks and search_candidates draw.
    n_jobs : int, default=1
        Threads.
    comm : Comm
        Who shares the work.
    verbose : int, default=0
        Whether rank 0 prints what it does.

    Returns
    -------
    Found
    """
    started = perf_counter()
    if comm.size > 1:
        parameters = (n_features, selection, screen_channels, search_candidates, frugality, scale, search_cases)
        bank = joblib.hash(alternatives)  # a repr would not do: that of a generator says where it lies in memory
        agree(comm, shape=panel.values.shape, data=_fingerprint(panel, y), parameters=parameters, bank=bank)
    random_state = np.random.RandomState(comm.bcast(random_state.randint(2**31 - 1)))

    def say(message: str) -> None:
        if verbose and comm.rank == 0:
            print(f"[lightwaves {perf_counter() - started:7.2f} s] {message}", flush=True)

    cases = draw_cases(y, search_cases, random_state)
    order, starts = class_starts(y[cases])
    cases = cases[order]
    shift, deviation = np.zeros(panel.n_channels), np.ones(panel.n_channels)
    channels = np.arange(panel.n_channels)
    screened = screen_channels and selection == "detach"
    if scale or screened:
        measured = moments(panel, n_jobs)
        if screened and measured[1].any():
            channels = np.flatnonzero(measured[1])  # constant ones say nothing, but in new data may do anything
        if scale:
            shift, deviation = measured[0], np.where(measured[1], measured[1], 1.0)
    if selection == "detach":
        search_candidates = n_candidates(n_features, search_candidates)
    if screened:
        channels = screen(
            panel, channels, cases, starts, shift, deviation, random_state=random_state, n_jobs=n_jobs, comm=comm
        )
        say(f"{len(channels)} of {panel.n_channels} channels tell classes apart")
    works = []
    for banks in alternatives:
        offer = partial(offered, banks, panel, channels, shift, deviation, search_candidates, random_state)
        candidates = together(comm, offer)
        works.append(Work(candidates, panel, cases, starts, frugality, n_jobs, comm))
        say(f"{len(candidates)} candidates in {candidates.n_blocks} blocks, {len(cases)} cases, {selection}")

    found = by_detachment(works, y[cases], n_features) if selection == "detach" else by_mrmr(works[0], int(n_features))
    n_offered = len(works[found.alternative].candidates)
    if n_features != "auto" and n_offered < int(n_features):
        limit = (
            f"search_candidates={search_candidates}"
            if n_offered == search_candidates
            else f"the bank has only {n_offered} candidates here"
        )
        warnings.warn(f"n_features={n_features}, but {limit}; all are kept.", stacklevel=4)
    say(f"kept {len(found.plan)} features of {len(found.plan.channels)} channels")
    return replace(found, channels=channels)


def offered(
    banks: list[Bank],
    panel: Panel,
    channels: NDArray[np.intp],
    shift: NDArray[np.float64],
    scale: NDArray[np.float64],
    n_drawn: int | None,
    random_state: np.random.RandomState,
) -> Candidates:
    """What some banks offer together for some of the channels, or so many drawn of it, as candidates of the panel."""
    some = len(channels) < panel.n_channels
    seen = panel.only(channels) if some else panel
    of_each = [bank.candidates(seen, shift[channels], scale[channels], random_state) for bank in banks]
    candidates: Candidates = of_each[0] if len(of_each) == 1 else Several(of_each)
    if not len(candidates):
        raise ValueError(f"{' and '.join(type(bank).__name__ for bank in banks)} has no candidates for these series.")
    if n_drawn is not None:
        candidates = draw(candidates, n_drawn, random_state)
    return Moved(candidates, channels, shift, scale, panel.channel_names) if some else candidates


def n_candidates(n_features: int | str, search_candidates: int | None) -> int:
    """How many candidates detachment begins with."""
    if search_candidates is not None:
        return search_candidates
    return max(DETACHED_FROM, 0 if n_features == "auto" else 4 * int(n_features))


@dataclass(frozen=True)
class Work:
    """What a search looks at, and who shares the work."""

    candidates: Candidates
    panel: Panel
    cases: NDArray[np.intp]  # sorted by class
    starts: NDArray[np.int64]
    frugality: float
    n_jobs: int
    comm: Comm

    @property
    def mine(self) -> NDArray[np.intp]:
        """The blocks that this rank looks at."""
        return np.array_split(np.arange(self.candidates.n_blocks), self.comm.size)[self.comm.rank]

    def dear(self, plan: Plan) -> NDArray[np.float64]:
        """What scores are divided by: the cost of each feature alone, to the power of the frugality."""
        return plan.costs_alone(self.panel.n_timepoints) ** self.frugality


def by_mrmr(work: Work, n_features: int) -> Found:
    """The paper's choice: the best by ANOVA, and among them the least redundant.

    Parameters
    ----------
    work : Work
    n_features : int

    Returns
    -------
    Found
    """
    n_best, n_cases = SHORTLIST * n_features, len(work.cases)

    def score(blocks: NDArray[np.intp]) -> Shortlist:
        shortlist = Shortlist(n_best)
        for number in blocks:
            ids, plan = work.candidates.block(int(number))
            values = plan.rows(work.panel, cases=work.cases)
            scores = anova_f(values, work.starts)
            shortlist.add(ids, scores / work.dear(plan) if work.frugality else scores, values)
        return shortlist.trimmed()

    def score_mine() -> Shortlist:
        shares = np.array_split(work.mine, min(len(work.mine), 4 * work.n_jobs) or 1)
        return Shortlist.merged(n_best, share_out(score, shares, work.n_jobs))

    shortlist = together(work.comm, score_mine)
    if work.comm.size > 1:
        shortlist = gather(work.comm, shortlist, n_best)

    rows = spare_rows(len(shortlist.ids), n_cases)
    rows[:-1, :n_cases] = shortlist.values[:, :n_cases]
    n_kept = min(n_features, len(shortlist.ids))
    chosen = mrmr(rows, n_cases, shortlist.scores, n_kept, n_jobs=work.n_jobs)
    chosen = chosen[np.argsort(shortlist.ids[chosen])]
    scores = anova_f(rows[[*chosen, -1]], work.starts) if work.frugality else shortlist.scores[chosen]
    return Found(work.candidates.plan(shortlist.ids[chosen]), scores)


def by_detachment(works: list[Work], y: NDArray[np.intp], n_features: int | str) -> Found:
    """What remains when a ridge on all candidates has dropped its smallest coefficients again and again.

    Parameters
    ----------
    works : list of Work
        Alternatives, of which the one with the smallest leave-one-out error is taken; on a tie the first.
    y : int (n_taken_cases,)
        The class of each of the cases.
    n_features : int or "auto"

    Returns
    -------
    Found
    """
    comm, n_cases = works[0].comm, len(works[0].cases)
    errors, chosen = np.empty(len(works)), 0
    for number, work in enumerate(works):
        ids, matrix = everything(work)
        surveyed = together(comm, partial(survey, matrix, n_cases, y))
        errors[number] = comm.bcast(surveyed.error)
        if number == 0 or errors[number] < errors[chosen]:
            chosen, best_ids, most = number, ids, surveyed
    work = works[chosen]

    def choose() -> Detached:
        convolutions = work.candidates.plan(best_ids).convolutions(work.panel.n_timepoints)
        return detach(most, n_features, frugality=work.frugality, convolutions=convolutions)

    result: Detached = comm.bcast(together(comm, choose))
    plan = work.candidates.plan(best_ids[result.chosen])
    return Found(plan, result.importances, result.path, chosen, errors)


def everything(work: Work) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ids of all candidates, ascending, and their values as rows, computed by all ranks together."""

    def prepare() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        ids = np.sort(np.concatenate([work.candidates.block(number)[0] for number in range(work.candidates.n_blocks)]))
        return ids, spare_rows(len(ids), len(work.cases))

    ids, matrix = together(work.comm, prepare)

    def compute(number: int) -> NDArray[np.intp]:
        of_block, plan = work.candidates.block(int(number))
        places = np.searchsorted(ids, of_block)
        matrix[places] = plan.rows(work.panel, cases=work.cases)[:-1]
        return places

    mine = together(work.comm, lambda: share_out(compute, work.mine, work.n_jobs))
    if work.comm.size > 1:
        places = np.concatenate([np.empty(0, np.intp), *mine])
        for of_rank, values in work.comm.allgather((places, matrix[places])):
            matrix[of_rank] = values
    return ids, matrix


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
    """Mean and standard deviation of each channel over all cases and times; that of a constant one is 0."""
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
    return shift, scale


def _fingerprint(panel: Panel, y: NDArray[np.intp]) -> str:
    """What must be equal on all ranks, without reading all of X: labels, lengths and the first channel."""
    return digest(y, panel.lengths, panel.take(slice(None), np.array([0])))
