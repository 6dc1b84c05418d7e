"""Series that stay in files."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.stored import Chosen, Stored
from .panel import Panel, neighbours


class StoredPanel(Panel):
    """Series that stay in files, or wherever else they are, until a block of cases is taken.

    Parameters
    ----------
    series : Stored
    channel_names : tuple of str, or None
    """

    series: Stored

    def __init__(self, series: Stored, channel_names: tuple[str, ...] | None):
        lengths = np.full(len(series), series.shape[2], np.int32)
        self.__dict__.update(series=series, lengths=lengths, channel_names=channel_names, complete=False)

    @property
    def values(self) -> Any:
        """The series where they are: with a shape, a dtype, and slices along the cases."""
        return self.series

    @property
    def in_place(self) -> None:
        """No loop can read them where they are."""
        return None

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels; see `Panel.raw`."""
        cases = neighbours(cases)
        block = self.series[cases] if isinstance(cases, slice) else self.series.some(cases)
        return block if len(channels) == self.n_channels else block[:, channels]

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases; see `Panel.raw_pairs`."""
        cases, place = np.unique(case, return_inverse=True)
        return self.series.some(cases)[place, channel]

    def some_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only, in memory."""
        return self.of_cases(cases)

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.of_cases`."""
        return Panel(self.series.some(cases), self.lengths[cases], self.channel_names, self.complete)

    def that_count(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only, which stay where they are; see `Panel.that_count`."""
        some = StoredPanel(Chosen(self.series, cases), self.channel_names)
        return some.looked_at(self.complete).looked_at_anew()
