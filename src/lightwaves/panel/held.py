"""Series of which other ranks hold some channels, or some cases."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .panel import ChannelsView, Panel, View


class HeldChannels(ChannelsView):
    """Series of many channels, of which only some are here; the others are as if they were, until they are read.

    Parameters
    ----------
    source : Panel
        The channels that are here.
    numbers : int (n_held,)
        Which they are among all, ascending.
    n_in_all : int
        How many there are in all.
    channel_names : tuple of str, or None
        Of all channels.
    """

    numbers: NDArray[np.intp]
    n_in_all: int

    def __init__(
        self, source: Panel, numbers: NDArray[np.intp], n_in_all: int, channel_names: tuple[str, ...] | None = None
    ):
        super().__init__(source, numbers=numbers, n_in_all=n_in_all, channel_names=channel_names)

    @property
    def n_channels(self) -> int:
        """How many channels there are in all."""
        return self.n_in_all

    @property
    def values(self) -> NDArray[Any]:
        """Of all channels, if they are all here."""
        if len(self.numbers) == self.n_in_all:
            return self.source.values
        raise ValueError(f"only {len(self.numbers)} of {self.n_channels} channels are here")

    def own(self, channels: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of some channels among those that are here.

        Raises
        ------
        LookupError
            If one of them is not here.
        """
        places = np.searchsorted(self.numbers, channels)
        if not np.isin(channels, self.numbers).all():
            elsewhere = sorted(set(np.asarray(channels).tolist()) - set(self.numbers.tolist()))
            raise LookupError(f"channel {elsewhere[0]} is not here, but with another rank")
        return places

    def filled(self, missing: str, values: NDArray[np.float64]) -> Panel:
        """The same series without gaps; see `Panel.filled`."""
        return self._of(self.source.filled(missing, values[self.numbers]))

    def some_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.some_cases`."""
        return self._of(self.source.some_cases(cases))

    def _of(self, source: Panel) -> Panel:
        """The same channels of another panel."""
        if source is self.source:
            return self
        return HeldChannels(source, self.numbers, self.n_in_all, self.channel_names)


class HeldCases(View):
    """Series of many cases, of which only some are here; the others are as if they were, until they are read.

    Parameters
    ----------
    source : Panel
        The cases that are here, neighbours among all; there may be none.
    rank : int
        Whose they are.
    starts : int (n_ranks,)
        The number, among all cases, of the first of each rank: all stand in the order of the ranks.
    lengths : int32 (n_cases,)
        Of all cases.
    kind : type
        The class of panel that one process would have, which held all cases.
    """

    rank: int
    starts: NDArray[np.intp]
    kind: type[Panel]

    def __init__(
        self, source: Panel, rank: int, starts: NDArray[np.intp], lengths: NDArray[np.int32], kind: type[Panel]
    ):
        super().__init__(source, rank=rank, starts=starts, lengths=lengths, kind=kind)

    @property
    def values(self) -> NDArray[Any]:
        """Of all cases, if they are all here."""
        if self.source.n_cases == self.n_cases:
            return self.source.values
        raise ValueError(f"only {self.source.n_cases} of {self.n_cases} cases are here")

    @property
    def n_cases(self) -> int:
        """How many cases there are in all."""
        return len(self.lengths)

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case, of all."""
        return int(self.lengths.max())

    @property
    def first(self) -> int:
        """The number of the first case that is here."""
        return int(self.starts[self.rank])

    @property
    def end(self) -> int:
        """One behind the number of the last case that is here."""
        return self.first + self.source.n_cases

    def are_here(self, cases: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of some cases are here."""
        return (cases >= self.first) & (cases < self.end)

    def own(self, cases: slice | NDArray[np.intp]) -> slice | NDArray[np.intp]:
        """The numbers of some cases among those that are here.

        Raises
        ------
        LookupError
            If one of them is not here.
        """
        if isinstance(cases, slice):
            start, stop, _ = cases.indices(self.n_cases)
            ends = np.array([start, stop - 1] if stop > start else [], np.intp)
            own: slice | NDArray[np.intp] = slice(start - self.first, stop - self.first)
        else:
            ends, own = cases, cases - self.first
        for case in ends[~self.are_here(ends)][:1]:
            raise LookupError(f"case {case} is not here, but with another rank")
        return own if len(ends) else slice(0, 0)

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some of the cases that are here, as long as the longest of them, or longer; see `Panel.raw`."""
        return self.source.raw(self.own(cases), channels)

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases that are here; see `Panel.raw_pairs`."""
        return self.source.raw_pairs(np.arange(self.source.n_cases)[self.own(case)], channel)

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """All cases together; see `Panel.by_length`."""
        return [None]

    def filled(self, missing: str, values: NDArray[np.float64]) -> Panel:
        """The same series without gaps; see `Panel.filled`."""
        source = self.source.filled(missing, values)
        return self if source is self.source else HeldCases(source, self.rank, self.starts, self.lengths, self.kind)

    def looked_at(self, complete: bool) -> Panel:
        """The same series, of which it is known whether no value is missing; see `Panel.looked_at`."""
        return HeldCases(self.source.looked_at(complete), self.rank, self.starts, self.lengths, self.kind)

    def that_count(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.that_count`."""
        here = self.are_here(cases)
        none = no_cases(self.source).looked_at(complete=True)
        source = self.source.that_count(cases[here] - self.first) if here.any() else none
        return HeldCases(source, self.rank, np.searchsorted(cases, self.starts), self.lengths[cases], self.kind)


def no_cases(like: Panel, dtype: Any = None) -> Panel:
    """A panel without cases, but for that, and for a dtype that is given, like another."""
    values = np.empty((0, like.n_channels, 1), like.dtype if dtype is None else dtype)
    return Panel(values, np.empty(0, np.int32), like.channel_names, like.complete)
