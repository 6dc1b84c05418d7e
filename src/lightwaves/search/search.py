"""The search of LightWaveS: look at every candidate, and keep the few that tell the classes apart together.

With mRMR the page reads as section 3 of the paper (arXiv:2204.01379): each rank scores its share of the blocks of
candidates by ANOVA and keeps the best; the best of all ranks go through mRMR. "Best" is a total order, highest
score first and ties to the lowest id, so neither ranks nor threads change the plan. With detachment, each rank
computes its share of the candidates, and all of them together are pruned by ridge regression.
"""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..banks import Bank
from ..banks.bank import generator
from ..banks.candidates import Candidates, Grouped, Moved, Several, draw
from ..panel import Panel
from ..parallel.comm import all_ranks, allgather, gather_and_bcast
from ..parallel.crew import Crew, by_group
from ..plans import Plan
from ..selection.detachment import detach, surveys
from ..selection.relevance import TILE, anova_f, class_starts, least_redundant, overlaps, spare_rows
from .screening import screen
from .shares import ScoreBlocks, Work, best_of, columns, convolutions_of, moments, my_ids, pieces_of, plan_of

SHORTLIST = 3  # times n_features: how many candidates mRMR chooses from
DETACHED_FROM = 10_000  # candidates that detachment begins with, unless told otherwise


@dataclass(frozen=True)
class Found:
    """What a search returns.

    Attributes
    ----------
    plan : Plan
        Sorted by id.
    scores : float64 (n_features,)
        F statistic of each; with detachment, its importance in the last ridge, see
        `lightwaves.selection.detachment.Detached`.
    path : structured array (n_rounds,), or None
        With detachment; see `lightwaves.selection.detachment.Detached`.
    alternative : int
        Which list of banks was chosen.
    errors : float64 (n_alternatives,), or None
        With detachment: the leave-one-out error on each; see `lightwaves.selection.detachment.Field`.
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
    missing: str = "error",
    search_cases: int = 1500,
    groups: list[NDArray[np.intp]] | None = None,
    seed: int,
    crew: Crew | None = None,
    verbose: int = 0,
) -> Found:
    """Choose features of some banks.

    Parameters
    ----------
    alternatives : list of lists of Bank
        Candidates of the banks of one list compete. Of several lists, with detachment only, one is chosen: that on
        whose candidates, all of them, a ridge has the smallest leave-one-out error.
    panel : Panel
        Training series; on each rank, those of all channels or of those that it holds.
    y : int (n_cases,)
        Classes as 0, 1, ...
    n_features : int or "auto"
        How many to keep; "auto" with detachment only.
    selection : {"detach", "mrmr"}, default="detach"
    screen_channels : bool, default=True
        With detachment, leave out channels that do not tell classes apart; see `lightwaves.search.screening`.
    search_candidates : int, optional
        Draw so many candidates and look at those only; by default at all, but for detachment at 10,000, or
        four times n_features, if that is more.
    frugality : float, default=0
        Scores are divided by the cost of a feature to this power.
    scale : bool, default=True
        Standardise each channel first.
    missing : {"error", "interpolate", "zero"}, default="error"
        How gaps are filled; see `lightwaves.panel.Panel.filled`.
    search_cases : int, default=1500
        At most so many cases, drawn class by class, take part in the choice.
    groups : list of int arrays, optional
        Channels that may be read by one candidate together; all by default.
    seed : int
        For drawing those cases, if there are more, and whatever banks and search_candidates draw. Equal on all ranks.
    crew : Crew, optional
        Who shares the work; nobody by default.
    verbose : int, default=0
        Whether rank 0 prints what it does.

    Returns
    -------
    Found
        The same on every rank.
    """
    started, crew, groups = perf_counter(), crew or Crew(), groups or [np.arange(panel.n_channels)]
    random_state = np.random.RandomState(seed)

    def say(message: str) -> None:
        if verbose and crew.comm.rank == 0:
            print(f"[lightwaves {perf_counter() - started:7.2f} s] {message}", flush=True)

    cases = draw_cases(y, search_cases, random_state)
    order, starts = class_starts(y[cases])
    cases = cases[order]
    shift, deviation = np.zeros(panel.n_channels), np.ones(panel.n_channels)
    channels = np.arange(panel.n_channels)
    screened = screen_channels and selection == "detach"
    if scale or screened:
        measured = moments(panel, groups, crew)
        if screened and measured[1].any():
            channels = np.flatnonzero(measured[1])  # constant ones say nothing, but in new data may do anything
        if scale:
            shift, deviation = measured[0], np.where(measured[1], measured[1], 1.0)
    panel = panel.filled(missing, shift)
    if selection == "detach":
        search_candidates = n_candidates(n_features, search_candidates)
    if screened:
        channels = screen(
            panel, channels, groups, cases, starts, shift, deviation, random_state=random_state, crew=crew
        )
        say(f"{len(channels)} of {panel.n_channels} channels tell classes apart")

    series = Series(panel, channels, groups, shift, deviation)
    offers = offered(alternatives, series, search_candidates, random_state, crew)
    for offer in offers:
        say(f"{len(offer)} candidates in {offer.n_blocks} blocks, {len(cases)} cases, {selection}")
    work = Work(panel, shift, deviation, cases, starts, frugality, crew)
    choose = by_detachment if selection == "detach" else by_mrmr
    found = replace(choose(work, offers, y[cases], n_features), channels=channels)

    n_offered = len(offers[found.alternative])
    if n_features != "auto" and n_offered < int(n_features):
        limit = (
            f"search_candidates={search_candidates}"
            if n_offered == search_candidates
            else f"the bank has only {n_offered} candidates here"
        )
        warnings.warn(f"n_features={n_features}, but {limit}; all are kept.", stacklevel=4)
    say(f"kept {len(found.plan)} features of {len(found.plan.channels)} channels")
    return found


@dataclass(frozen=True)
class Series:
    """What banks are shown.

    Attributes
    ----------
    panel : Panel
    channels : int (n_shown,)
        Those that candidates may read.
    groups : list of int arrays
        Those of all channels that one candidate may read together.
    shift, scale : float64 (n_channels,)
    """

    panel: Panel
    channels: NDArray[np.intp]
    groups: list[NDArray[np.intp]]
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]

    def candidates(self, bank: Bank, channels: NDArray[np.intp], random_state: np.random.RandomState) -> Candidates:
        """What a bank offers for some of the channels."""
        if len(channels) == self.panel.n_channels:
            return bank.candidates(self.panel, self.shift, self.scale, random_state)
        some = bank.candidates(self.panel.only(channels), self.shift[channels], self.scale[channels], random_state)
        return Moved(some, channels, self.shift, self.scale, self.panel.channel_names)


def offered(
    alternatives: list[list[Bank]],
    series: Series,
    n_drawn: int | None,
    random_state: np.random.RandomState,
    crew: Crew,
) -> list[Candidates]:
    """What some lists of banks offer, each list together, or so many drawn of it.

    Every rank knows how many candidates there are of each group of channels, but makes only those of groups that it
    holds; what it draws for a group does not depend on the others.
    """
    present = by_group(series.channels, series.groups)
    numbers = np.array([g for g, _ in present])
    weights = np.array([len(channels) for _, channels in present])

    def of_banks(banks: list[Bank]) -> list[Any]:
        alone = len(series.groups) == 1
        if alone and crew.held is None:
            return [series.candidates(bank, series.channels, random_state) for bank in banks]
        seed, shares = 0 if alone else random_state.randint(2**31 - 1), weights / weights.sum()
        states: list[Any] = [random_state]
        if not alone:
            states = [np.random.RandomState([seed, g]) if crew.holds(g) else None for g in numbers]
        parts = []
        for bank in banks:
            own = getattr(bank, "random_state", None)
            own_seed = None if alone or own is None else generator(own).randint(2**31 - 1)
            of_groups: list[Any] = []
            for (g, channels), share, state in zip(present, shares, states, strict=True):
                if not crew.holds(g):
                    of_groups.append(None)
                    continue
                of_group = bank if alone else bank.share(share)
                if own_seed is not None:  # one group must not draw what another does, nor depend on who drew before
                    of_group = copy(of_group)
                    of_group.random_state = np.random.RandomState([own_seed, g])
                of_groups.append(series.candidates(of_group, channels, state))
            parts.append(Grouped(of_groups, numbers, weights, states))
        return parts

    def drawn(found: list[list[Any]]) -> list[Candidates]:
        offers: list[Candidates] = []
        for banks, parts in zip(alternatives, found, strict=True):
            offer: Candidates = parts[0] if len(parts) == 1 else Several(parts)
            if not len(offer):
                names = " and ".join(type(bank).__name__ for bank in banks)
                raise ValueError(f"{names} has no candidates for these series.")
            offers.append(offer if n_drawn is None else draw(offer, n_drawn, random_state))
        return offers

    if crew.held is None:
        return all_ranks(crew.comm, lambda: drawn([of_banks(banks) for banks in alternatives]))

    here: list[list[Grouped]] = []

    def sizes() -> list[list[Any]]:
        here.extend(of_banks(banks) for banks in alternatives)
        return [[part.sizes() for part in parts] for parts in here]

    of_ranks = allgather(crew.comm, sizes)
    return all_ranks(
        crew.comm,
        lambda: drawn(
            [
                [part.completed([of_rank[a][b] for of_rank in of_ranks]) for b, part in enumerate(parts)]
                for a, parts in enumerate(here)
            ]
        ),
    )


def n_candidates(n_features: int | str, search_candidates: int | None) -> int:
    """How many candidates detachment begins with."""
    if search_candidates is not None:
        return search_candidates
    return max(DETACHED_FROM, 0 if n_features == "auto" else 4 * int(n_features))


def by_mrmr(work: Work, offers: list[Candidates], y: NDArray[np.intp], n_features: int | str) -> Found:
    """The paper's choice: the best by ANOVA, and among them the least redundant.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
        One.
    y : ignored
    n_features : int

    Returns
    -------
    Found
    """
    crew, candidates, n_best, n_cases = work.crew, offers[0], SHORTLIST * int(n_features), len(work.cases)
    score = ScoreBlocks(replace(work, crew=Crew()), candidates, n_best, *pieces_of(candidates))

    def score_mine() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        found: list[tuple[NDArray[Any], ...]] = [(np.empty(0, np.int64), np.empty(0))]
        crew.do("scores", score, crew.mine(score.group), lambda _, part: found.append(part))
        return best_of([part[0] for part in found], [part[1] for part in found], n_best)

    of_ranks = allgather(crew.comm, score_mine)
    ids, scores = best_of([part[0] for part in of_ranks], [part[1] for part in of_ranks], n_best)

    def compute_mine() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        mine = my_ids(crew, candidates, np.sort(ids))
        plan = candidates.plan(mine) if len(mine) else None
        if plan is None:
            return mine, np.empty((0, n_cases), np.float32)
        return mine, plan.rows(work.panel, cases=work.cases, n_jobs=crew.n_threads)[:-1, :n_cases]

    computed = allgather(crew.comm, compute_mine)
    tiles = [slice(begin, min(begin + TILE, len(ids))) for begin in range(0, len(ids), TILE)]
    rows = overlap = np.empty((0, 0), np.float32)

    def compare_mine() -> list[tuple[slice, NDArray[np.float32]]]:
        nonlocal rows, overlap
        rows, place = spare_rows(len(ids), n_cases), np.argsort(ids)
        for which, values in computed:
            rows[place[np.searchsorted(ids[place], which)], :n_cases] = values
        mine = tiles[crew.comm.rank :: crew.comm.size]
        overlap = overlaps(rows, n_cases, [tile.start for tile in mine], n_jobs=crew.n_threads)
        return [(tile, overlap[tile, : tile.stop]) for tile in mine if crew.comm.rank]

    def choose(compared: list[list[tuple[slice, NDArray[np.float32]]]]) -> tuple[Any, Any]:
        for tile, values in chain(*compared):
            overlap[tile, : tile.stop] = values
        chosen = least_redundant(overlap, scores, min(int(n_features), len(ids)))
        chosen = chosen[np.argsort(ids[chosen])]
        f = anova_f(rows[[*chosen, -1]], work.starts) if work.frugality else scores[chosen]
        return ids[chosen], f

    chosen, f = gather_and_bcast(crew.comm, compare_mine, choose)
    return Found(plan_of(work, candidates, chosen), f)


def by_detachment(work: Work, offers: list[Candidates], y: NDArray[np.intp], n_features: int | str) -> Found:
    """What remains when a ridge on all candidates has dropped its smallest coefficients again and again.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
        Alternatives, of which the one with the smallest leave-one-out error is taken; on a tie the first.
    y : int (n_taken_cases,)
        The class of each of the cases.
    n_features : int or "auto"

    Returns
    -------
    Found
    """
    comm, n_cases = work.crew.comm, len(work.cases)
    errors, chosen = np.empty(len(offers)), 0
    for first in range(0, len(offers), comm.size):  # as many at a time as there are ranks to solve them
        numbers = range(first, min(first + comm.size, len(offers)))
        fields = surveys(*columns(work, offers, numbers), n_cases, y)
        for number, field in zip(numbers, fields, strict=True):
            errors[number] = field.error
            if number == 0 or field.error < errors[chosen]:
                chosen, most = number, field
        del fields, field
    candidates = offers[chosen]
    convolutions = convolutions_of(work, candidates)
    result = detach(most, n_features, frugality=work.frugality, convolutions=convolutions)
    plan = plan_of(work, candidates, result.chosen)
    return Found(plan, result.importances, result.path, chosen, errors)


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
