"""The search of LightWaveS: look at every candidate, and keep the few that tell the classes apart together.

The page reads as section 4 of docs/algorithm.md and, for detachment, as its "Beyond the paper". With mRMR it is section
3 of the paper (arXiv:2204.01379): the ranks score all candidates by ANOVA, and the best of all go through mRMR. "Best"
is a total order, highest score first and ties to the lowest id, so neither ranks nor threads change the plan. With
detachment, the ranks compute the candidates, and a ridge on all of them is pruned.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..banks import Bank
from ..banks.candidates import Candidates
from ..panel import Panel
from ..panel.held import HeldCases
from ..panel.precision import far_levels
from ..parallel.comm import bcast
from ..parallel.crew import Crew
from ..parallel.threads import team
from ..selection.detachment import n_rounds
from ..selection.products import some_of, total_weight
from ..selection.relevance import class_starts
from ..validation import warn_caller
from .cross_fitting import AllCandidates, CrossFit, chosen_without
from .found import Found
from .gathering import gathered
from .honest_choice import Best, judged_by_folds, unjudged
from .last_choice import MoreCases, choose_again
from .moments import moments
from .offers import Series, check_room, most_drawn, n_candidates, offered, size_of
from .passes import Cases
from .roles import FIRST, roles_of
from .screening import screen, without_constant
from .shared_ridge import detach, first_ridges
from .shares import (
    Work,
    best_candidates,
    columns,
    computed_by_ranks,
    convolutions_of,
    least_redundant_of,
    levels_of,
    plan_of,
    rows_of_all,
    units_of_all,
)
from .survey import surveyed

SHORTLIST = 3  # times n_features: how many candidates mRMR chooses from


def search(
    alternatives: list[list[Bank]],
    panel: Panel,
    y: NDArray[np.intp],
    *,
    weights: NDArray[np.float64] | None = None,
    values: NDArray[np.float64] | None = None,
    numbers: NDArray[np.intp] | None = None,
    n_features: int | str,
    selection: str = "detach",
    screen_channels: bool = True,
    search_candidates: int | None = None,
    frugality: float = 0.0,
    scale: bool = True,
    missing: str = "error",
    search_cases: int | None = None,
    groups: list[NDArray[np.intp]] | None = None,
    cross_fit: CrossFit | None = None,
    seed: int,
    crew: Crew | None = None,
) -> Found:
    """Choose features of some banks.

    Parameters
    ----------
    alternatives : list of lists of Bank
        Candidates of the banks of one list compete. Of several lists, with detachment only, one is chosen; see
        `lightwaves.search.survey`.
    panel : Panel
        Training series; on each rank, those of all channels and cases, or of those that it holds.
    y : int (n_cases,)
        Classes as 0, 1, ...
    weights : float64 (n_cases,), optional
        How often each case counts, above 0.
    values : float64 (n_cases,), optional
        What a regression shall predict. Classes are then bins of it: by them cases are drawn, channels screened, and,
        with mRMR, features scored.
    numbers : int (n_cases,), optional
        Of the cases among those that were given, as warnings call them; by default, all of them are here.
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
    search_cases : int, optional
        About so many cases take part in the choice, drawn class by class, at least one of each; by default, as many as
        help: see `lightwaves.search.roles`.
    groups : list of int arrays, optional
        Channels that may be read by one candidate together; all by default.
    cross_fit : CrossFit, optional
        With detachment: what to fit on features that are chosen without some of the cases, so that the cases left out
        judge honestly. Needed for "auto". Nothing by default.
    seed : int
        For drawing those cases, if there are more, and whatever banks and search_candidates draw. Equal on all ranks.
    crew : Crew, optional
        Who shares the work; nobody by default.

    Returns
    -------
    Found
        The same on every rank.
    """
    crew, groups = crew or Crew(), groups or [np.arange(panel.n_channels)]
    random_state, detached = np.random.RandomState(seed), selection == "detach"
    roles = roles_of(y, search_cases if detached else search_cases or FIRST, random_state)
    mean, spread = moments(panel, groups, crew, weights, numbers)
    shift, deviation = far_levels(mean, spread), np.ones(panel.n_channels)
    if scale:
        shift, deviation = mean, np.where(spread, spread, 1.0)
    given, panel = panel, panel.filled(missing, shift)

    order, starts = class_starts(y[roles.first])
    few, cases, first = panel, roles.first[order], roles.first[order]
    if len(first) < len(y) or isinstance(given, HeldCases):  # nothing of other cases decides which candidates there are
        few, cases = gathered(given, crew.comm, roles.first).filled(missing, shift), order
    of_first = [some_of(numbers, first) for numbers in (weights, values)]
    work = Work(few, shift, deviation, cases, starts, frugality, crew, *of_first)

    search_candidates = n_candidates(n_features, search_candidates) if detached else search_candidates
    screened = without_constant(spread > 0)
    if detached and screen_channels:
        screened = screen(work, groups, spread > 0, random_state)
    if screened.remark:
        crew.progress.say(screened.remark)
    series = Series(few, screened.channels, groups, shift, deviation)
    check_room(most_drawn(alternatives), 0, crew)  # a bank may draw far more than the search takes of it
    offers = offered(alternatives, series, search_candidates, random_state, crew)
    if detached:
        check_room(max(map(len, offers)), len(cases), crew)
    crew.progress.say(f"{size_of(offers)}, {len(cases)} cases, {selection}")

    if detached:
        more = MoreCases(panel, Cases.of(roles.more, y, weights, values)) if len(roles.more) else None
        with team(crew.n_threads):
            found = by_detachment(work, offers, n_features, random_state, cross_fit, first, more)
    else:
        found = by_mrmr(work, offers, n_features)
    n_offered = len(offers[found.alternative])
    if n_features != "auto" and n_offered < int(n_features):
        bcast(crew.comm, lambda: warn_of_few(n_offered, int(n_features), search_candidates))
    crew.progress.say(f"kept {len(found.plan)} features of {len(found.plan.channels)} channels")
    return replace(found, screened=screened, roles=roles, n_counted=total_weight(work.weights, len(cases)))


def by_mrmr(work: Work, offers: list[Candidates], n_features: int | str) -> Found:
    """The paper's choice: the best by ANOVA, and among them the least redundant.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
        One.
    n_features : int

    Returns
    -------
    Found
    """
    (candidates,) = offers
    ids, scores = best_candidates(work, candidates, SHORTLIST * int(n_features))
    computed = computed_by_ranks(work, candidates, ids)
    chosen, f = least_redundant_of(work, computed, ids, scores, int(n_features))
    return Found(plan_of(work, candidates, chosen), f)


def by_detachment(
    work: Work,
    offers: list[Candidates],
    n_features: int | str,
    random_state: np.random.RandomState,
    cross_fit: CrossFit | None,
    cases: NDArray[np.intp],
    more: MoreCases | None,
) -> Found:
    """What remains when a ridge on all candidates has dropped its smallest coefficients again and again.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
        Alternatives, of which one is taken; see `lightwaves.search.survey`.
    n_features : int or "auto"
    random_state : RandomState
    cross_fit : CrossFit or None
        What to fit on features that are chosen without some of the cases; needed for "auto".
    cases : int (n_cases,)
        Which of the training cases take part.
    more : MoreCases or None
        Those that make the last choice.

    Returns
    -------
    Found
    """
    comm = work.crew.comm
    chosen, errors = surveyed(work, offers, random_state)
    candidates = offers[chosen]
    pools, shares = columns(work, offers, range(chosen, chosen + 1))
    raw = levels_of(work, pools[0]) if cross_fit is not None and cross_fit.as_they_are else None
    (first,) = first_ridges(pools, shares, len(work.cases), work.y, work.weights)
    errors = np.array([first.error]) if errors is None else errors
    convolutions = convolutions_of(work, candidates)
    with work.crew.progress.stage("dropping features", n_rounds(first.n_candidates, n_features)) as advance:
        left = detach(
            first,
            comm,
            n_features,
            frugality=work.frugality,
            convolutions=convolutions,
            advance=advance,
            keep_rounds=more is not None,
        )
    best, without = Best(left, 0, None, None), []
    if cross_fit is not None:
        rows = rows_of_all(work, pools[0], shares[0])
        units = None if raw is None else units_of_all(work, pools[0], shares[0], raw)
        of_work = work.y, work.weights, first.penalty, convolutions, work.frugality
        everything = AllCandidates(rows, cases, *of_work, units)
        if cross_fit.fold is None or cross_fit.undecided or n_features == "auto":
            best = judged_by_folds(left, everything, n_features, cross_fit, work.crew)
        if cross_fit.fold is not None:
            n_folds = int(cross_fit.fold.max()) + 1
            n_kept = len(best.left.chosen)
            chosen_by_folds = chosen_without(everything, cross_fit.fold[cases], n_folds, n_kept, work.crew)
            without = [plan_of(work, candidates, ids) for ids in chosen_by_folds]
    left = best.left if more is None else choose_again(work, candidates, best.left, more, convolutions)
    return Found(
        plan_of(work, candidates, left.chosen),
        left.importances,
        path=unjudged(left.path) if best.judged is None else left.path,
        alternative=chosen,
        errors=errors,
        judged=best.judged,
        head=best.head,
        analysis=best.analysis,
        without=without,
    )


def warn_of_few(n_offered: int, n_features: int, search_candidates: int | None) -> None:
    """Warn that there are fewer candidates than features to keep."""
    asked = n_offered == search_candidates
    limit = f"search_candidates={n_offered}" if asked else f"the bank has only {n_offered} candidates here"
    warn_caller(f"n_features={n_features}, but {limit}; all are kept.")
