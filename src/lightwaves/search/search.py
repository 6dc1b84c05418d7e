"""The search of LightWaveS: look at every candidate, and keep the few that tell the classes apart together.

The page reads as section 4 of docs/algorithm.md and, for detachment, as its "Beyond the paper". With mRMR it is section
3 of the paper (arXiv:2204.01379): the ranks score all candidates by ANOVA, and the best of all go through mRMR. "Best"
is a total order, highest score first and ties to the lowest id, so neither ranks nor threads change the plan. With
detachment, the ranks compute the candidates, and a ridge on all of them is pruned.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..banks import Bank
from ..banks.candidates import Candidates
from ..panel import HeldCases, Panel, far_levels
from ..parallel.crew import Crew
from ..parallel.threads import team
from ..plans import Plan
from ..selection.detachment import n_rounds
from ..selection.products import total_weight
from ..selection.relevance import class_starts
from .cross_fitting import CrossFit, CrossFitted, best_of, chosen_without, cross_fitted, sizes_of_path, unjudged
from .gathering import gathered
from .last_choice import MoreCases, choose_again
from .offers import Series, n_candidates, offered
from .passes import Cases, Numbers
from .roles import FIRST, Roles, roles_of
from .screening import Screened, screen, unscreened
from .shared_ridge import detach, first_ridges
from .shares import (
    Work,
    best_candidates,
    columns,
    computed_by_ranks,
    convolutions_of,
    least_redundant_of,
    moments,
    plan_of,
    rows_of_all,
)
from .survey import surveyed

SMALLEST = 1e-43  # deviation of a channel
SHORTLIST = 3  # times n_features: how many candidates mRMR chooses from


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
        With detachment: the leave-one-out error of a ridge on some candidates of each; see `lightwaves.search.survey`.
        Of one list, that of the ridge on all its candidates.
    judged : CrossFitted, or None
        What models whose search has not seen a case say of it, for the head and the number of features that were taken.
    head : int
        Which of the heads of the `CrossFit` was taken.
    without : list of Plan
        As many features, chosen without each of the folds of the `CrossFit`, where it has some.
    screened : Screened
        The channels that candidates were drawn for, and why those.
    roles : Roles
        Which of the training cases did what.
    n_counted : float
        How often those of the first rounds count together: their number, or the sum of their weights.
    """

    plan: Plan
    scores: NDArray[np.float64]
    path: NDArray[Any] | None = None
    alternative: int = 0
    errors: NDArray[np.float64] | None = None
    judged: CrossFitted | None = None
    head: int = 0
    without: list[Plan] = field(default_factory=list)
    screened: Screened = field(default_factory=lambda: unscreened(0))
    roles: Roles = field(default_factory=lambda: Roles(*[np.empty(0, np.intp)] * 2))
    n_counted: float = 0.0


def search(
    alternatives: list[list[Bank]],
    panel: Panel,
    y: NDArray[np.intp],
    *,
    weights: NDArray[np.float64] | None = None,
    values: NDArray[np.float64] | None = None,
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
        At most so many cases take part in the choice, drawn class by class; by default, as many as help: see
        `lightwaves.search.roles`.
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
    random_state = np.random.RandomState(seed)
    roles = roles_of(y, search_cases if selection == "detach" else search_cases or FIRST, random_state)
    order, starts = class_starts(y[roles.first])
    first = roles.first[order]
    mean, spread = moments(panel, groups, crew, weights)
    check_units(spread, panel.channel_names)
    shift, deviation = far_levels(mean, spread), np.ones(panel.n_channels)
    if scale:
        shift, deviation = mean, np.where(spread, spread, 1.0)
    panel = panel.filled(missing, shift)
    of_first = [None if numbers is None else numbers[first] for numbers in (weights, values)]
    few, cases = panel, first
    if len(first) < len(y) or isinstance(panel, HeldCases):
        # nothing of the other cases decides which candidates there are
        few, cases = gathered(panel, crew.comm, roles.first), order
    work = Work(few, shift, deviation, cases, starts, frugality, crew, *of_first)
    screened = unscreened(panel.n_channels)
    if selection == "detach":
        search_candidates = n_candidates(n_features, search_candidates)
        if screen_channels:
            screened = screen(work, groups, spread > 0, random_state)
            if screened.remark:
                crew.progress.say(screened.remark)

    series = Series(few, screened.channels, groups, shift, deviation)
    offers = offered(alternatives, series, search_candidates, random_state, crew)
    crew.progress.say(f"{size_of(offers)}, {len(cases)} cases, {selection}")
    if selection == "detach":
        more = None
        if len(roles.more):
            more = MoreCases(panel, cases_of(roles.more, y, weights, values))
        with team(crew.n_threads):
            found = by_detachment(work, offers, n_features, random_state, cross_fit, first, more)
    else:
        found = by_mrmr(work, offers, n_features)
    found = replace(found, screened=screened, roles=roles, n_counted=total_weight(work.weights, len(cases)))

    n_offered = len(offers[found.alternative])
    if n_features != "auto" and n_offered < int(n_features):
        limit = (
            f"search_candidates={search_candidates}"
            if n_offered == search_candidates
            else f"the bank has only {n_offered} candidates here"
        )
        warnings.warn(f"n_features={n_features}, but {limit}; all are kept.", stacklevel=3)
    crew.progress.say(f"kept {len(found.plan)} features of {len(found.plan.channels)} channels")
    return found


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
    cross_fit: CrossFit | None = None,
    cases: NDArray[np.intp] | None = None,
    more: MoreCases | None = None,
) -> Found:
    """What remains when a ridge on all candidates has dropped its smallest coefficients again and again.

    Parameters
    ----------
    work : Work
    offers : list of Candidates
        Alternatives, of which one is taken; see `lightwaves.search.survey`.
    n_features : int or "auto"
    random_state : RandomState
    cross_fit : CrossFit, optional
        What to fit on features that are chosen without some of the cases; needed for "auto".
    cases : int (n_cases,), optional
        Which of the training cases take part; those of the work by default.
    more : MoreCases, optional
        Those that make the last choice.

    Returns
    -------
    Found
    """
    comm = work.crew.comm
    chosen, errors = surveyed(work, offers, random_state)
    candidates = offers[chosen]
    pools, shares = columns(work, offers, range(chosen, chosen + 1))
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
    head, judged, without = 0, None, []
    cases = work.cases if cases is None else cases
    if cross_fit is not None:
        rows = rows_of_all(work, pools[0], shares[0])
        if cross_fit.fold is None or cross_fit.undecided or n_features == "auto":
            judged = cross_fitted(
                rows,
                cases,
                work.y,
                work.weights,
                sizes_of_path(left.path, n_features),
                cross_fit,
                penalty=first.penalty,
                convolutions=convolutions,
                frugality=work.frugality,
                crew=work.crew,
            )
            if judged is not None:
                left, head, judged = best_of(left, judged)
            elif n_features == "auto":
                raise ValueError(
                    "n_features='auto' needs an estimate on cases left out: give a number, or another head."
                )
        if cross_fit.fold is not None:
            chosen_by_folds = chosen_without(
                rows,
                work.y,
                work.weights,
                cross_fit.fold[cases],
                len(left.chosen),
                penalty=first.penalty,
                convolutions=convolutions,
                frugality=work.frugality,
                crew=work.crew,
            )
            without = [plan_of(work, candidates, ids) for ids in chosen_by_folds]
    if more is not None:
        left = choose_again(work, candidates, left, more, convolutions)
    path = unjudged(left.path) if judged is None else left.path
    return Found(plan_of(work, candidates, left.chosen), left.importances, path, chosen, errors, judged, head, without)


def cases_of(
    which: NDArray[np.intp],
    y: NDArray[np.intp],
    weights: NDArray[np.float64] | None,
    values: NDArray[np.float64] | None,
) -> Cases:
    """What a pass over some cases is told of them: all are in one fold, and none is kept."""
    wanted, n_classes = (y, int(y.max()) + 1) if values is None else (Numbers.of(values).standard(values), 0)
    fold, kept = np.zeros(len(which), np.intp), np.zeros(len(which), bool)
    roots = None if weights is None else np.sqrt(weights[which] / weights.mean())
    return Cases(which, wanted[which], n_classes, fold, kept, roots)


def size_of(offers: list[Candidates]) -> str:
    """How many candidates there are, in words."""

    def span(counts: list[int]) -> str:
        return " to ".join(map(str, sorted({min(counts), max(counts)})))

    size = f"{span([len(offer) for offer in offers])} candidates in {span([offer.n_blocks for offer in offers])} blocks"
    return size if len(offers) == 1 else f"{len(offers)} lists of banks, each with {size}"


def check_units(spread: NDArray[np.float64], names: tuple[str, ...] | None) -> None:
    """Raise a ValueError for a channel whose values are so small that float32 does not hold them."""
    for channel in np.flatnonzero((spread > 0) & (spread < SMALLEST))[:1]:
        name = names[channel] if names else channel
        raise ValueError(
            f"channel {name} of X varies by {spread[channel]:.0e}, which is too small for float32: multiply it, by "
            f"{10.0 ** -np.floor(np.log10(spread[channel])):.0e} for example."
        )
