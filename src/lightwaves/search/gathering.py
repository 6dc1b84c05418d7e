"""Cases that lie apart, brought together: those that every rank needs whole travel, in messages of bounded size."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..panel.held import HeldCases, HeldChannels
from ..panel.ragged import RaggedPanel
from ..panel.stored import StoredPanel
from ..parallel.comm import Comm, all_ranks, allgather

AT_ONCE = 1 << 26  # bytes of series that travel in one message, about


def gathered(panel: Panel, comm: Comm, cases: NDArray[np.intp]) -> Panel:
    """Some cases on every rank, whose numbers are their places among them.

    Parameters
    ----------
    panel : Panel
        Of one that is whole on every rank nothing travels, and nothing is copied before it is taken.
    comm : Comm
    cases : int (n_cases,)
        Ascending.

    Returns
    -------
    Panel
    """
    if isinstance(panel, StoredPanel | HeldChannels):  # read here, and a disk may fail, of held channels on one rank
        return all_ranks(comm, lambda: panel.some_cases(cases))
    if not isinstance(panel, HeldCases):
        return panel.some_cases(cases)
    if panel.kind is RaggedPanel:
        parts = [allgather(comm, Take(panel, some, ragged=True)) for some in messages(panel, cases)]
        series = list(chain.from_iterable(chain.from_iterable(parts)))
        return RaggedPanel(series, panel.channel_names).looked_at(panel.complete)
    values = np.zeros((len(cases), panel.n_channels, panel.n_timepoints), panel.dtype)
    begin = 0
    for some in messages(panel, cases):
        for block in allgather(comm, Take(panel, some)):
            values[begin : begin + len(block), :, : block.shape[2]] = block
            begin += len(block)
    return Panel(values, panel.lengths[cases], panel.channel_names, panel.complete)


def messages(panel: HeldCases, cases: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Some cases in parts that travel together; the same on every rank."""
    longest = panel.lengths[cases] if panel.kind is RaggedPanel else np.full(len(cases), panel.n_timepoints)
    n_bytes = longest * np.int64(panel.n_channels * panel.dtype.itemsize)
    return np.split(cases, np.flatnonzero(np.diff((np.cumsum(n_bytes) - n_bytes) // AT_ONCE)) + 1)


class Take:
    """The series that this rank holds of some cases: an array of them, or one for each.

    Parameters
    ----------
    panel : HeldCases
    cases : int (n_cases,)
    ragged : bool, default=False
        Whether each is an array of its own.
    """

    def __init__(self, panel: HeldCases, cases: NDArray[np.intp], ragged: bool = False):
        self.panel, self.cases, self.ragged = panel, cases[panel.are_here(cases)], ragged

    def __call__(self) -> Any:
        """An array (n_mine, n_channels, n_timepoints), or a list of arrays (n_channels, n_timepoints_i)."""
        everything = np.arange(self.panel.n_channels)
        if not self.ragged:
            return self.panel.raw(self.cases, everything)
        lengths = self.panel.lengths[self.cases].tolist()
        of_each = (self.panel.raw(self.cases[i : i + 1], everything)[0] for i in range(len(self.cases)))
        return [x[:, :length] for x, length in zip(of_each, lengths, strict=True)]
