"""Candidates: what a bank offers for certain series, in blocks, so that not all need to be held at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .plans import Plan, Together

DRAWN_BLOCK = 512  # candidates drawn at random come in blocks of so many


class Candidates(Protocol):
    """Features to choose from, each with an id. Any `Plan` is a set of candidates."""

    def __len__(self) -> int:
        """How many there are."""

    @property
    def n_blocks(self) -> int:
        """How many independent pieces they come in, all of one size but for a smaller last one."""

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, and the plan that computes them in that order."""

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""


@dataclass(frozen=True)
class Several:
    """Candidates of several banks, which compete; ids go on from one bank to the next."""

    parts: Sequence[Candidates]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first id of each part."""
        return np.cumsum([0, *map(len, self.parts)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def _first_blocks(self) -> NDArray[np.int64]:
        return np.cumsum([0, *(part.n_blocks for part in self.parts)])

    @property
    def n_blocks(self) -> int:
        """How many blocks all parts have."""
        return int(self._first_blocks[-1])

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, and its plan."""
        which = int(np.searchsorted(self._first_blocks, number, side="right")) - 1
        ids, plan = self.parts[which].block(number - int(self._first_blocks[which]))
        return ids + self.starts[which], plan

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        bounds = np.searchsorted(ids, self.starts)
        return Together.of(
            [
                part.plan(ids[begin:end] - start)
                for part, start, begin, end in zip(self.parts, self.starts, bounds, bounds[1:], strict=False)
            ]
        )


@dataclass(frozen=True)
class Moved:
    """Candidates that were drawn for some of the channels, as those of all; see `lightwaves.plans.Plan.moved`."""

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
        return ids, plan.moved(self.channels, self.shift, self.scale, self.channel_names)

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        return self.source.plan(ids).moved(self.channels, self.shift, self.scale, self.channel_names)


@dataclass(frozen=True)
class Drawn:
    """Some of other candidates, under their ids."""

    source: Candidates
    ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_blocks(self) -> int:
        """How many blocks they come in."""
        return -(-len(self.ids) // DRAWN_BLOCK)

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, and its plan."""
        ids = self.ids[number * DRAWN_BLOCK : (number + 1) * DRAWN_BLOCK]
        return ids, self.source.plan(ids)

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of the candidates with these ids, which are ascending."""
        return self.source.plan(ids)


def draw(source: Candidates, n_drawn: int, random_state: np.random.RandomState) -> Candidates:
    """Draw candidates at random and evenly: where blocks follow the channels, as many of each channel.

    Several banks give equal numbers, but for those that have fewer.

    Parameters
    ----------
    source : Candidates
    n_drawn : int
        All are kept where there are no more.
    random_state : RandomState

    Returns
    -------
    Candidates
    """
    if len(source) <= n_drawn:
        return source
    if isinstance(source, Several):
        drawn, left = {}, n_drawn
        smallest_first = sorted(range(len(source.parts)), key=lambda i: len(source.parts[i]))
        for n_taken, i in enumerate(smallest_first):
            quota = min(len(source.parts[i]), left // (len(source.parts) - n_taken))
            drawn[i] = _draw_ids(source.parts[i], quota, random_state) + source.starts[i]
            left -= quota
        return Drawn(source, np.concatenate([drawn[i] for i in range(len(source.parts))]))
    return Drawn(source, _draw_ids(source, n_drawn, random_state))


def _draw_ids(source: Candidates, n_drawn: int, random_state: np.random.RandomState) -> NDArray[np.int64]:
    """One from each of as many equal stretches of the blocks laid end to end."""
    if not len(source):
        return np.empty(0, np.int64)
    borders = np.arange(n_drawn + 1) * len(source) // max(n_drawn, 1)
    places = borders[:-1] + np.floor(random_state.random_sample(n_drawn) * np.diff(borders)).astype(np.int64)
    size = -(-len(source) // source.n_blocks)
    block, at = np.divmod(places, size)
    ids = [source.block(int(number))[0][at[block == number]] for number in np.unique(block)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *ids]))
