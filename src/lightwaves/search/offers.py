"""What banks offer: the candidates of a search, of which each rank makes those whose channels it holds."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..banks import Bank
from ..banks.bank import ROOM_OF_ONE, generator, n_drawn
from ..banks.candidates import ByGroup, Candidates, Renumbered, Several, check_offer, draw
from ..panel import Panel
from ..parallel.comm import all_ranks, allgather
from ..parallel.crew import Crew, by_group
from ..validation import MOST, check_memory

DETACHED_FROM = 10_000  # candidates that detachment begins with, unless told otherwise


def n_candidates(n_features: int | str, search_candidates: int | None) -> int:
    """How many candidates detachment begins with."""
    if search_candidates is not None:
        return int(search_candidates)
    return max(DETACHED_FROM, 0 if n_features == "auto" else min(4 * int(n_features), MOST // 2))


def most_drawn(alternatives: list[list[Bank]]) -> int:
    """How many features the largest bank draws that was given a number."""
    return max((n_drawn(bank) for banks in alternatives for bank in banks), default=0)


def check_room(n_candidates: int, n_cases: int, crew: Crew) -> None:
    """Make sure that one process can hold the features of all candidates: else the system would end it without a word.

    Of several, nobody knows who shares a machine, so they are not asked.

    Raises
    ------
    ValueError
        If they would take more memory than the machine has.
    """
    if crew.comm.size == 1:
        check_memory(
            n_candidates * (ROOM_OF_ONE + 4 * n_cases) + 3 * 8 * n_cases**2,
            f"{n_candidates} candidates" + (f" and {n_cases} cases" if n_cases else ""),
            "make n_features, search_candidates, search_cases or the bank smaller",
        )


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
            every = bank.candidates(self.panel, self.shift, self.scale, random_state)
            check_offer(every, bank, len(channels))
            return every
        some = bank.candidates(self.panel.only(channels), self.shift[channels], self.scale[channels], random_state)
        check_offer(some, bank, len(channels))
        return Renumbered(some, channels, self.shift, self.scale, self.panel.channel_names)


def offered(
    alternatives: list[list[Bank]],
    series: Series,
    n_drawn: int | None,
    random_state: np.random.RandomState,
    crew: Crew,
) -> list[Candidates]:
    """What some lists of banks offer: the candidates of each list, or so many drawn of them.

    Every rank knows how many candidates there are of each group of channels, but makes only those of groups that it
    holds. What it draws for a group does not depend on the others.
    """
    if crew.held is None:

        def all_here() -> list[Candidates]:
            parts = [offers_of(banks, series, random_state, crew) for banks in alternatives]
            return joined_and_drawn(alternatives, parts, n_drawn, random_state)

        return all_ranks(crew.comm, all_here)

    held: list[list[ByGroup]] = []

    def sizes() -> list[list[Any]]:
        held.extend(offers_of(banks, series, random_state, crew) for banks in alternatives)
        return [[part.sizes() for part in parts] for parts in held]

    of_ranks = allgather(crew.comm, sizes)

    def completed() -> list[Candidates]:
        parts = [
            [part.completed([of_rank[a][b] for of_rank in of_ranks]) for b, part in enumerate(of_banks)]
            for a, of_banks in enumerate(held)
        ]
        return joined_and_drawn(alternatives, parts, n_drawn, random_state)

    return all_ranks(crew.comm, completed)


def offers_of(banks: list[Bank], series: Series, random_state: np.random.RandomState, crew: Crew) -> list[Any]:
    """The candidates of each bank of one list: of all channels, or group by group."""
    one_group = len(series.groups) == 1
    if one_group and crew.held is None:
        return [series.candidates(bank, series.channels, random_state) for bank in banks]
    present = by_group(series.channels, series.groups)
    numbers = np.array([g for g, _ in present])
    weights = np.array([len(channels) for _, channels in present])
    states: list[Any] = [random_state]
    if not one_group:
        seed = random_state.randint(2**31 - 1)
        states = [np.random.RandomState([seed, g]) if crew.holds(g) else None for g in numbers]

    def of_groups(bank: Bank) -> ByGroup:
        own = getattr(bank, "random_state", None)
        own_seed = None if one_group or own is None else generator(own).randint(2**31 - 1)
        parts: list[Any] = []
        for (g, channels), weight, state in zip(present, weights, states, strict=True):
            if not crew.holds(g):
                parts.append(None)
                continue
            of_group = bank if one_group else bank.share(weight / weights.sum())
            if own_seed is not None:  # one group must not draw what another does, nor depend on who drew before
                of_group = copy(of_group)
                of_group.random_state = np.random.RandomState([own_seed, g])
            parts.append(series.candidates(of_group, channels, state))
        return ByGroup(parts, numbers, weights, states)

    return [of_groups(bank) for bank in banks]


def joined_and_drawn(
    alternatives: list[list[Bank]],
    offers: Sequence[list[Any]],
    n_drawn: int | None,
    random_state: np.random.RandomState,
) -> list[Candidates]:
    """The candidates of each list of banks as one set, or so many drawn of it."""
    found: list[Candidates] = []
    for banks, parts in zip(alternatives, offers, strict=True):
        offer: Candidates = parts[0] if len(parts) == 1 else Several(parts)
        if not len(offer):
            names = " and ".join(type(bank).__name__ for bank in banks)
            raise ValueError(f"{names} has no candidates for these series.")
        found.append(offer if n_drawn is None else draw(offer, n_drawn, random_state))
    return found


def size_of(offers: list[Candidates]) -> str:
    """How many candidates there are, in words."""

    def span(counts: list[int]) -> str:
        return " to ".join(map(str, sorted({min(counts), max(counts)})))

    size = f"{span([len(offer) for offer in offers])} candidates in {span([offer.n_blocks for offer in offers])} blocks"
    return size if len(offers) == 1 else f"{len(offers)} lists of banks, each with {size}"
