"""Candidates: what banks offer for some series. They come in blocks, so that memory need not hold all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..plans import Plan, Together
from ..sharing import cached_property

OF_A_SET = ("__len__", "n_blocks", "block", "ids", "plan", "outline")  # what a set of candidates has
DRAWN_BLOCK = 256  # candidates drawn at random come in blocks of so many


class Candidates(Protocol):
    """Features to choose from. Their ids count from 0. Any `Plan` is also a set of candidates.

    A class defines `block` or `ids`: each follows from the other.
    """

    def __len__(self) -> int:
        """The number of candidates."""

    @property
    def n_blocks(self) -> int:
        """The number of blocks. All have the same size, but the last can be smaller."""

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, and the plan that computes them in that order."""
        ids = self.ids(number)
        return ids, self.plan(ids)

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids. The ids must ascend."""

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block, as `block` gives them."""
        return self.block(number)[0]

    def outline(self, ids: NDArray[np.int64]) -> Plan:
        """A plan that knows the channels and costs of these candidates. It need not compute them."""
        return self.plan(ids)


def check_offer(offered: Any, bank: Any, n_channels: int) -> None:
    """Make sure that what a bank offers for series of so many channels is a set of candidates.

    Raises
    ------
    TypeError
        If it is none.
    ValueError
        If it is a plan whose rows do not fit together, or read channels that are not there.
    """
    of_bank = f"candidates of {type(bank).__name__}"
    if isinstance(offered, type) or not all(
        hasattr(type(offered), name) or hasattr(offered, name) for name in OF_A_SET
    ):
        raise TypeError(
            f"{of_bank} returned an object of type {type(offered).__name__}: return a Plan, or a set as "
            "lightwaves.banks.candidates.Candidates describes it."
        )
    for plan in getattr(offered, "parts", [offered]) if isinstance(offered, Plan) else []:
        if plan.n_channels != n_channels:
            raise ValueError(f"{of_bank} returned a plan of {plan.n_channels} channels, but there are {n_channels}.")
        if not plan.says_what_it_holds():
            try:
                plan.check()
            except ValueError as error:
                raise ValueError(f"{of_bank} returned a plan that cannot be used: {error}.") from error


@dataclass(frozen=True)
class Several(Candidates):
    """Candidates of several banks, which compete. Ids continue from one bank to the next."""

    parts: Sequence[Candidates]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first id of each part."""
        return np.cumsum([0, *map(len, self.parts)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def first_blocks(self) -> NDArray[np.int64]:
        """The number of the first block of each part."""
        return np.cumsum([0, *(part.n_blocks for part in self.parts)])

    @property
    def n_blocks(self) -> int:
        """How many blocks all parts have."""
        return int(self.first_blocks[-1])

    def of_block(self, number: int) -> tuple[int, int]:
        """The part that a block belongs to, and its number in that part."""
        which = int(np.searchsorted(self.first_blocks, number, side="right")) - 1
        return which, number - int(self.first_blocks[which])

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, and its plan."""
        which, there = self.of_block(number)
        ids, plan = self.parts[which].block(there)
        return ids + self.starts[which], plan

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        which, there = self.of_block(number)
        return self.parts[which].ids(there) + self.starts[which]

    def by_part(self, ids: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """The ids that belong to each part, as that part counts them."""
        bounds = np.searchsorted(ids, self.starts)
        return [ids[bounds[i] : bounds[i + 1]] - self.starts[i] for i in range(len(self.parts))]

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        return Together.of([part.plan(some) for part, some in zip(self.parts, self.by_part(ids), strict=True)])


@dataclass(frozen=True)
class ByGroup(Several):
    """Candidates of one bank for several groups of channels; ids go on from one group to the next.

    Attributes
    ----------
    parts : list of Candidates
        Of each group. None for a group whose channels another rank holds, until `completed`; then `OnAnotherRank`.
    groups : int (n_groups,)
        The numbers of the groups, ascending.
    weights : int (n_groups,)
        How many channels of each take part.
    states : list of RandomState
        For whatever is drawn of each; None for a group whose channels another rank holds.
    """

    groups: NDArray[np.intp]
    weights: NDArray[np.intp]
    states: Sequence[np.random.RandomState | None]

    def sizes(self) -> dict[int, tuple[int, int]]:
        """How many candidates and blocks the parts have that are here, by their place among all."""
        here = {place: part for place, part in enumerate(self.parts) if part is not None}
        if any(isinstance(part, Several) for part in here.values()):
            raise TypeError("candidates of one bank and one group of channels must not be `Several`")
        return {place: (len(part), part.n_blocks) for place, part in here.items()}

    def completed(self, sizes: list[dict[int, tuple[int, int]]]) -> ByGroup:
        """With what ranks have said of their parts."""
        known = {place: size for of_rank in sizes for place, size in of_rank.items()}
        parts = [OnAnotherRank(*known[i]) if part is None else part for i, part in enumerate(self.parts)]
        return replace(self, parts=parts)

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        some = [(part, own) for part, own in zip(self.parts, self.by_part(ids), strict=True) if len(own)]
        if not some:  # then the first part that is here makes a plan without rows
            some = [(next((p for p in self.parts if not isinstance(p, OnAnotherRank)), self.parts[0]), ids)]
        return joined([part.plan(own) for part, own in some])


def joined(plans: list[Plan]) -> Plan:
    """The plans of one bank for several groups as one, where they can be; see `lightwaves.plans.Plan.joined`."""
    first, *others = plans
    as_one = first.joined(others) if others and all(type(other) is type(first) for other in others) else None
    return Together.of(plans) if as_one is None else as_one


@dataclass(frozen=True)
class Leaf:
    """Candidates of one bank and one group of channels.

    Attributes
    ----------
    bank, group : int
        Their numbers.
    candidates : Candidates
    start, end : int
        Their ids among those of all banks and groups.
    first_block, end_block : int
        Their blocks.
    """

    bank: int
    group: int
    candidates: Candidates
    start: int
    end: int
    first_block: int
    end_block: int

    def own(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some ascending ids that belong to it, as it counts them."""
        first, end = np.searchsorted(ids, (self.start, self.end))
        return ids[first:end] - self.start


def leaves(candidates: Candidates) -> list[Leaf]:
    """The candidates of each bank and each group of channels, in the order of their ids."""
    parts: list[tuple[int, int, Candidates]] = []
    several = isinstance(candidates, Several) and not isinstance(candidates, ByGroup)
    banks: Sequence[Candidates] = candidates.parts if several else [candidates]  # type: ignore[attr-defined]
    for number, bank in enumerate(banks):
        if isinstance(bank, ByGroup):
            parts += [(number, int(group), part) for group, part in zip(bank.groups, bank.parts, strict=True)]
        else:
            parts.append((number, 0, bank))
    starts = np.cumsum([0, *(len(part) for _, _, part in parts)]).tolist()
    blocks = np.cumsum([0, *(part.n_blocks for _, _, part in parts)]).tolist()
    return [
        Leaf(bank, group, part, starts[i], starts[i + 1], blocks[i], blocks[i + 1])
        for i, (bank, group, part) in enumerate(parts)
    ]


def assembled(parts: list[tuple[int, int, Plan]]) -> Plan:
    """One plan from parts that name their bank and their group, in any order: as `Several` makes it of the same."""
    of_bank: dict[int, list[Plan]] = {}
    for bank, _, plan in sorted(parts, key=lambda part: part[:2]):
        of_bank.setdefault(bank, []).append(plan)
    return Together.of([joined(plans) for plans in of_bank.values()])


@dataclass(frozen=True)
class OnAnotherRank(Candidates):
    """Candidates that another rank has: how many there are, and no more."""

    n_candidates: int
    n_pieces: int

    def __len__(self) -> int:
        return self.n_candidates

    @property
    def n_blocks(self) -> int:
        """How many blocks they come in, there."""
        return self.n_pieces

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """Not to be had."""
        raise LookupError("these candidates are with another rank")

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """Not to be had."""
        raise LookupError("these candidates are with another rank")


@dataclass(frozen=True)
class Renumbered(Candidates):
    """Candidates that were drawn for some of the channels, as those of all; see `lightwaves.plans.Plan.renumbered`."""

    source: Candidates
    channels: NDArray[np.intp]
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    channel_names: tuple[str, ...] | None

    def __len__(self) -> int:
        return len(self.source)

    @property
    def n_blocks(self) -> int:
        """How many blocks they come in."""
        return self.source.n_blocks

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, and its plan."""
        ids, plan = self.source.block(number)
        return ids, plan.renumbered(self.channels, self.shift, self.scale, self.channel_names)

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        return self.source.ids(number)

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        return self.source.plan(ids).renumbered(self.channels, self.shift, self.scale, self.channel_names)

    def outline(self, ids: NDArray[np.int64]) -> Plan:
        """A plan that tells their channels and costs."""
        return self.source.outline(ids).renumbered(self.channels, self.shift, self.scale, self.channel_names)


@dataclass(frozen=True)
class Drawn(Candidates):
    """Some of other candidates.

    Attributes
    ----------
    source : Candidates
    chosen : int64 (n_drawn,)
        Their ids there, ascending; here they count from 0.
    """

    source: Candidates
    chosen: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def n_blocks(self) -> int:
        """How many blocks they come in."""
        return -(-len(self.chosen) // DRAWN_BLOCK)

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        return np.arange(number * DRAWN_BLOCK, min((number + 1) * DRAWN_BLOCK, len(self.chosen)))

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        return self.source.plan(self.chosen[ids])

    def outline(self, ids: NDArray[np.int64]) -> Plan:
        """A plan that tells their channels and costs."""
        return self.source.outline(self.chosen[ids])


def draw(source: Candidates, n_drawn: int, random_state: Any) -> Candidates:
    """Draw candidates at random, evenly over the order of their blocks.

    Where blocks follow the channels, the draw is even over the channels. Several banks give equal numbers, but a bank
    with fewer candidates gives all. Groups of channels give numbers in proportion to their channels.

    Parameters
    ----------
    source : Candidates
    n_drawn : int
        The number to draw. If there are no more than this, all are kept.
    random_state : RandomState
        Groups of channels have random states of their own instead.

    Returns
    -------
    Candidates
    """
    if len(source) <= n_drawn:
        return source
    if isinstance(source, ByGroup):
        sizes = np.array([len(part) for part in source.parts])
        quota = np.minimum(np.diff(np.cumsum([0, *source.weights]) * n_drawn // source.weights.sum()), sizes)
        room = sizes - quota  # what some cannot give, the first of the others do
        quota += np.clip(n_drawn - quota.sum() - (np.cumsum(room) - room), 0, room)
        parts = zip(source.parts, quota.tolist(), source.states, strict=True)
        drawn = [draw(part, n, state) for part, n, state in parts]
        return replace(source, parts=drawn)
    if isinstance(source, Several):
        of_part, left = dict(enumerate(source.parts)), n_drawn
        smallest_first = sorted(of_part, key=lambda i: len(of_part[i]))
        for n_taken, i in enumerate(smallest_first):
            quota = min(len(of_part[i]), left // (len(of_part) - n_taken))
            of_part[i] = draw(of_part[i], quota, random_state)
            left -= quota
        return Several(list(of_part.values()))
    if isinstance(source, OnAnotherRank):
        return OnAnotherRank(n_drawn, -(-n_drawn // DRAWN_BLOCK))
    return Drawn(source, _draw_ids(source, n_drawn, random_state))


def _draw_ids(source: Candidates, n_drawn: int, random_state: np.random.RandomState) -> NDArray[np.int64]:
    """Ids drawn from the candidates in the order of their blocks: one from each of n_drawn stretches of equal size."""
    if not len(source):
        return np.empty(0, np.int64)
    borders = np.arange(n_drawn + 1, dtype=np.int64) * len(source) // max(n_drawn, 1)
    places = borders[:-1] + np.floor(random_state.random_sample(n_drawn) * np.diff(borders)).astype(np.int64)
    size = len(source.ids(0))
    block, at = np.divmod(places, size)
    ids = [source.ids(int(number))[at[block == number]] for number in np.unique(block)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *ids]))
