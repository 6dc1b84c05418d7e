"""What ranks do of a search, each its part, and how the parts come together.

Each function here is called by all ranks alike. Pieces of work are classes whose objects can be pickled, since joblib
backends send them to other processes, and return tuples of arrays, since checkpoints keep them; what a checkpoint gives
back is held to their ``results``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..banks.candidates import Candidates, Several, assembled, leaves
from ..entries import Array
from ..panel import Panel
from ..panel.held import HeldCases, HeldChannels
from ..parallel.comm import all_ranks, allgather, bcast, gather_and_bcast
from ..parallel.crew import Crew
from ..plans import Plan
from ..plans.plan import features_of
from ..selection.products import few_at_once
from ..selection.relevance import TILE, anova_f, best, least_redundant, overlaps, spare_rows
from .shared_ridge import Share

ROUNDING = 1e-6  # of outputs of standardised series, which are about 1 in size
SCORED = 16  # blocks of candidates whose scores are one piece of work


@dataclass(frozen=True)
class Work:
    """The cases that candidates are looked at on, and who does it."""

    panel: Panel
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    cases: NDArray[np.intp]  # of the panel, sorted by class
    starts: NDArray[np.int64]
    frugality: float
    crew: Crew
    weights: NDArray[np.float64] | None = None  # how often each of these cases counts
    values: NDArray[np.float64] | None = None  # what a regression shall predict; classes are then bins of it

    @property
    def codes(self) -> NDArray[np.intp]:
        """The class of each of these cases."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @property
    def y(self) -> NDArray[Any]:
        """What a ridge shall predict: numbers, or classes."""
        return self.codes if self.values is None else self.values

    def divisors(self, plan: Plan) -> NDArray[np.float64]:
        """What scores are divided by: the cost of each feature alone, to the power of the frugality."""
        return plan.costs_alone(self.panel.n_timepoints) ** self.frugality


@dataclass(frozen=True)
class ScoreBlocks:
    """The best of some blocks of candidates by their F statistics."""

    work: Work
    candidates: Candidates
    n_best: int
    first: NDArray[np.intp]  # for each piece of work, the block that it begins with
    end: NDArray[np.intp]
    group: NDArray[np.intp]  # and the channels that it needs

    def __call__(self, piece: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Their ids and scores."""
        work, scored = self.work, []
        for number in range(self.first[piece], self.end[piece]):
            ids, plan = self.candidates.block(number)
            f = anova_f(plan.finite_rows(work.panel, cases=work.cases), work.starts, work.weights)
            scored.append((ids, f / work.divisors(plan) if work.frugality else f))
        return best_of(scored, self.n_best)

    def results(self, piece: int) -> tuple[Array, Array]:
        """What the ids and scores of a piece are."""
        n_ids = sum(len(self.candidates.ids(number)) for number in range(self.first[piece], self.end[piece]))
        n_kept = min(self.n_best, n_ids)
        ids = Array(np.int64, n_kept, least=0, most=len(self.candidates) - 1)
        return ids, Array(np.float64, n_kept, least=0, most=np.inf)


def best_of(parts: Sequence[tuple[NDArray[Any], ...]], n_best: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best of several lists of candidates, each of ids and scores, best first."""
    ids, scores = map(np.concatenate, zip(*parts, strict=True))
    keep = best(scores, ids, n_best)
    return ids[keep].astype(np.int64, copy=False), scores[keep]


def pieces_of(candidates: Candidates) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Blocks in runs of a few, each of one group of channels: where each run begins and ends, and its group."""
    first, end, group = [], [], []
    for leaf in leaves(candidates):
        for begin in range(leaf.first_block, leaf.end_block, SCORED):
            first.append(begin)
            end.append(min(begin + SCORED, leaf.end_block))
            group.append(leaf.group)
    return np.array(first), np.array(end), np.array(group)


def my_ids(crew: Crew, candidates: Candidates, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of some ascending ids this rank computes."""
    if crew.held is None:
        return np.array_split(ids, crew.comm.size)[crew.comm.rank]
    mine = [leaf.own(ids) + leaf.start for leaf in leaves(candidates) if crew.holds(leaf.group)]
    return np.concatenate([np.empty(0, np.int64), *mine])


def best_candidates(work: Work, candidates: Candidates, n_best: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best of all candidates by their F statistics: each rank scores its blocks, all learn the best of all.

    Returns
    -------
    ids : int64 (n_kept,)
        Best first.
    scores : float64 (n_kept,)
    """
    crew = work.crew
    score = ScoreBlocks(replace(work, crew=Crew()), candidates, n_best, *pieces_of(candidates))

    def of_mine() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        found: list[tuple[NDArray[Any], ...]] = [(np.empty(0, np.int64), np.empty(0))]
        mine = crew.mine(score.group)
        crew.do("scores", score, mine, lambda _, part: found.append(part), title="scoring candidates")
        return best_of(found, n_best)

    return best_of(allgather(crew.comm, of_mine), n_best)


def computed_by_ranks(
    work: Work, candidates: Candidates, ids: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The values of some candidates, of which each rank computes a part; all learn all.

    Returns
    -------
    list of (int64 (n_ids_of_rank,), float32 (n_ids_of_rank, n_cases))
        Of each rank.
    """
    crew, n_cases = work.crew, len(work.cases)

    def of_mine() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        mine = my_ids(crew, candidates, np.sort(ids))
        if not len(mine):
            return mine, np.empty((0, n_cases), np.float32)
        plan = candidates.plan(mine)
        return mine, features_of(plan, work.panel, cases=work.cases, n_jobs=crew.n_threads)

    return allgather(crew.comm, of_mine)


def least_redundant_of(
    work: Work,
    computed: list[tuple[NDArray[np.int64], NDArray[np.float32]]],
    ids: NDArray[np.int64],
    scores: NDArray[np.float64],
    n_features: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The choice of mRMR: each rank computes some of the correlations, the first rank chooses.

    Parameters
    ----------
    work : Work
    computed : list
        See `computed_by_ranks`.
    ids, scores : (n_ids,)
        Of these, best first.
    n_features : int

    Returns
    -------
    ids : int64 (n_chosen,)
        Ascending.
    f : float64 (n_chosen,)
        Their F statistics.
    """
    crew, n_cases = work.crew, len(work.cases)
    tiles = [slice(begin, min(begin + TILE, len(ids))) for begin in range(0, len(ids), TILE)]
    rows = overlap = np.empty((0, 0), np.float32)

    def compare_mine() -> list[tuple[slice, NDArray[np.float32]]]:
        nonlocal rows, overlap
        rows, place = spare_rows(len(ids), n_cases), np.argsort(ids)
        for which, values in computed:
            rows[place[np.searchsorted(ids[place], which)], :n_cases] = values
        mine = tiles[crew.comm.rank :: crew.comm.size]
        begins = [tile.start for tile in mine]
        overlap = overlaps(rows, n_cases, begins, weights=work.weights, n_jobs=crew.n_threads)
        return [(tile, overlap[tile, : tile.stop]) for tile in mine if crew.comm.rank]

    def choose(compared: list[list[tuple[slice, NDArray[np.float32]]]]) -> tuple[Any, Any]:
        for tile, values in chain(*compared):
            overlap[tile, : tile.stop] = values
        chosen = least_redundant(overlap, scores, min(n_features, len(ids)))
        chosen = chosen[np.argsort(ids[chosen])]
        f = anova_f(rows[[*chosen, -1]], work.starts, work.weights) if work.frugality else scores[chosen]
        return ids[chosen], f

    return gather_and_bcast(crew.comm, compare_mine, choose)


@dataclass(frozen=True)
class ComputeBlocks:
    """The values of blocks of candidates, as rows; blocks are counted over all offers.

    Of standardised series, a feature that is nowhere larger than what float32 rounds by is 0: what an output that
    equals its bias leaves behind in training, new cases can exceed a million times.
    """

    panel: Panel
    cases: NDArray[np.intp]
    offers: Several
    standardised: bool

    def __call__(self, number: int) -> tuple[NDArray[np.float32]]:
        """The rows of a block, (n_candidates_of_block, n_cases)."""
        rows = features_of(self.offers.block(number)[1], self.panel, cases=self.cases)
        if self.standardised:
            rows[np.maximum(rows.max(axis=1), -rows.min(axis=1)) < ROUNDING] = 0
        return (rows,)

    def results(self, number: int) -> tuple[Array]:
        """What the rows of a block are."""
        return (Array(np.float32, len(self.offers.ids(number)), len(self.cases)),)


def columns(
    work: Work,
    offers: list[Candidates],
    numbers: range,
    stage: str = "columns",
    title: str = "computing candidates",
) -> tuple[list[NDArray[np.float32]], list[Share]]:
    """The candidates of some offers that this rank looks at, computed: a row each, by ascending ids, and a spare one.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
    numbers : range
        Which of the offers.
    stage : str, default="columns"
        What a checkpoint calls this work.
    title : str, default="computing candidates"
        The name of this stage in the progress messages.

    Returns
    -------
    pools : list of float32 (n_mine + 1, width)
        Of each offer.
    shares : list of Share
        Which candidates the rows are.
    """
    crew, n_cases, several = work.crew, len(work.cases), Several(offers)
    compute = ComputeBlocks(work.panel, work.cases, several, bool((work.scale != 1).any()))
    pools: list[NDArray[np.float32]] = []

    def compute_mine() -> list[NDArray[np.int64]]:
        everything = [leaf for number in numbers for leaf in leaves(offers[number])]
        groups = [np.repeat(leaf.group, leaf.end_block - leaf.first_block) for leaf in everything]
        full = [np.arange(len(group)) < len(group) - 1 for group in groups]  # the last may be smaller
        mine = crew.mine(np.concatenate(groups), np.concatenate(full).astype(np.intp))
        of_block = {block: several.ids(block) for block in (several.first_blocks[numbers.start] + mine).tolist()}
        ids = np.sort(np.concatenate([np.empty(0, np.int64), *of_block.values()]))
        own = several.by_part(ids)[numbers.start : numbers.stop]
        pools.extend(spare_rows(len(some), n_cases) for some in own)

        def keep(block: int, found: tuple[NDArray[Any], ...]) -> None:
            number = several.of_block(block)[0]
            places = np.searchsorted(own[number - numbers.start], of_block[block] - several.starts[number])
            pools[number - numbers.start][places, :n_cases] = found[0]

        crew.do(stage, compute, list(of_block), keep, title=title)
        return own

    of_ranks = allgather(crew.comm, compute_mine)
    return pools, [Share(crew.comm, list(of_rank)) for of_rank in zip(*of_ranks, strict=True)]


def rows_of_all(work: Work, rows: NDArray[np.float32], share: Share) -> NDArray[np.float32]:
    """The candidates of all ranks, (n_candidates, n_cases), on each of them."""
    n_cases = len(work.cases)
    if share.comm.size == 1:
        return rows[:-1, :n_cases]
    everything = np.empty((share.n_candidates, n_cases), np.float32)
    for which, part in zip(share.of_rank, allgather(share.comm, lambda: rows[:-1, :n_cases]), strict=True):
        everything[which] = part
    return everything


def levels_of(work: Work, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean and deviation of the candidates of this rank as they stand in their rows, (2, n_mine)."""
    n_mine, n_cases = len(rows) - 1, len(work.cases)
    found = np.empty((2, n_mine))
    for some in few_at_once(n_mine, n_cases):
        values = rows[some, :n_cases].astype(np.float64)
        found[:, some] = values.mean(axis=1), values.std(axis=1)
    return found


def units_of_all(
    work: Work, rows: NDArray[np.float32], share: Share, raw: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level and unit of the candidates of all ranks: they turn standardised rows into features; see `AllCandidates`.

    Parameters
    ----------
    work : Work
    rows : float32 (n_mine + 1, width)
        Standardised.
    share : Share
    raw : float64 (2, n_mine)
        What `levels_of` said of them before.
    """
    now = levels_of(work, rows)
    unit = np.divide(raw[1], now[1], out=np.zeros_like(raw[1]), where=now[1] > 0)
    level, units = np.empty((2, share.n_candidates))
    for which, part in zip(share.of_rank, allgather(share.comm, lambda: (raw[0] - now[0] * unit, unit)), strict=True):
        level[which], units[which] = part
    return level, units


def convolutions_of(work: Work, candidates: Candidates) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which convolution each candidate is read off, and what each costs; see `lightwaves.plans.Plan.convolutions`."""
    comm, everything, n_timepoints = work.crew.comm, leaves(candidates), work.panel.n_timepoints

    def of_mine() -> dict[int, tuple[NDArray[np.intp], NDArray[np.float64]]]:
        return {
            number: leaf.candidates.outline(np.arange(leaf.end - leaf.start)).convolutions(n_timepoints)
            for number, leaf in enumerate(everything)
            if leaf.end > leaf.start and work.crew.holds(leaf.group)
        }

    found: dict[int, Any] = {}
    for of_rank in [all_ranks(comm, of_mine)] if work.crew.held is None else allgather(comm, of_mine):
        found |= of_rank
    parts = [found[number] for number in sorted(found)]
    begins = np.cumsum([0, *(len(multiply_adds) for _, multiply_adds in parts)])
    which = np.concatenate([begin + part[0] for begin, part in zip(begins, parts, strict=False)])
    return which, np.concatenate([multiply_adds for _, multiply_adds in parts])


def plan_of(work: Work, candidates: Candidates, ids: NDArray[np.int64]) -> Plan:
    """The plan of some candidates, on all ranks.

    If each rank holds channels of its own, it makes the part of the plan that reads them, and all ranks join the parts.
    A part names only the channels that it reads, since all ranks know how the others are standardised.
    """
    crew = work.crew
    if crew.held is None:
        return bcast(crew.comm, lambda: candidates.plan(ids))

    def of_mine() -> list[tuple[int, int, NDArray[np.intp], Plan]]:
        wanted = [(leaf, leaf.own(ids)) for leaf in leaves(candidates) if crew.holds(leaf.group)]
        plans = [(leaf, leaf.candidates.plan(some)) for leaf, some in wanted if len(some)]
        return [(leaf.bank, leaf.group, plan.channels, plan.narrowed()) for leaf, plan in plans]

    def renumbered(plan: Plan, channels: NDArray[np.intp]) -> Plan:
        return plan.renumbered(channels, work.shift, work.scale, work.panel.channel_names)

    def whole(of_ranks: list[Any]) -> tuple[Plan, NDArray[np.intp]]:
        parts = [part for of_rank in of_ranks for part in of_rank]
        plan = assembled([(bank, group, renumbered(part, channels)) for bank, group, channels, part in parts])
        return plan.narrowed(), plan.channels

    return renumbered(*gather_and_bcast(crew.comm, of_mine, whole))


def part_of(
    plan: Plan, panel: Panel, crew: Crew, cases: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The features that this rank computes: all of some cases, or, of all cases, those whose channels it holds.

    These cases are those that it holds, or else its share.

    Parameters
    ----------
    plan : Plan
    panel : Panel
    crew : Crew
    cases : int (n_cases,), optional
        Of which cases features are wanted, ascending; all by default.

    Returns
    -------
    which : int
        The places of those cases, or those features.
    rows : float32 (n_features, n_cases)
    """
    wanted = np.arange(panel.n_cases) if cases is None else cases
    if isinstance(panel, HeldChannels):
        feature, channel = plan.reads
        mine = np.flatnonzero(np.isin(channel[np.unique(feature, return_index=True)[1]], panel.numbers))
        return mine, features_of(plan[mine], panel, cases=cases, n_jobs=crew.n_threads)
    if isinstance(panel, HeldCases):
        mine = np.flatnonzero(panel.are_here(wanted))
    else:
        mine = np.array_split(np.arange(len(wanted)), crew.comm.size)[crew.comm.rank]
    some = None if cases is None and crew.comm.size == 1 else wanted[mine]
    return mine, features_of(plan, panel, cases=some, n_jobs=crew.n_threads)


def put_together(parts: list[tuple[NDArray[np.intp], NDArray[np.float32]]], crew: Crew) -> NDArray[np.float32]:
    """The features of all cases, as rows, from the parts of all ranks."""
    if crew.held is None:
        return parts[0][1] if len(parts) == 1 else np.concatenate([rows for _, rows in parts], axis=1)
    out = np.empty((sum(len(mine) for mine, _ in parts), parts[0][1].shape[1]), np.float32)
    for mine, rows in parts:
        out[mine] = rows
    return out
