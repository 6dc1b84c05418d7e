"""Biases as quantiles of training outputs, taken when a candidate is looked at: by then, by whoever holds its data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES
from ..loops.pooling import SIXTEENTHS, convolve_each
from ..panel import Panel
from ..plans.layout import KERNELS, TAP_ORDER
from ..plans.plan import standardisation
from ..plans.pooled import PooledPlan
from .candidates import Candidates

LARGEST = np.finfo(np.float32).max
ROOM = 1 << 18  # outputs are computed together that have so many times in all


@dataclass(frozen=True)
class PooledCandidates(Candidates):
    """Features of which all has been drawn, and nothing but their biases depends on the series.

    Attributes
    ----------
    source : PooledPlan
        With biases 0.
    quantile : float64 (n_features,)
        Which quantile each bias is.
    case : int (n_outputs,)
        Of which training case's output.
    panel : Panel
        Training series.
    everywhere : bool
        Whether quantiles are taken of all times, or of those that are pooled.
    """

    source: PooledPlan
    quantile: NDArray[np.float64]
    case: NDArray[np.intp]
    panel: Panel
    everywhere: bool

    def __len__(self) -> int:
        return len(self.source)

    @property
    def n_blocks(self) -> int:
        """How many blocks they come in."""
        return self.source.n_blocks

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        return self.source.ids(number)

    def block(self, number: int) -> tuple[NDArray[np.int64], PooledPlan]:
        """The ids of one block, and its plan."""
        ids = self.ids(number)
        return ids, self.plan(ids)

    def outline(self, ids: NDArray[np.int64]) -> PooledPlan:
        """The plan without its biases."""
        return self.source[ids]

    def plan(self, ids: NDArray[np.int64]) -> PooledPlan:
        """The plan of the candidates with these ids."""
        if not len(ids):
            return self.source[ids]
        plan, case = self.source[ids], self.case[np.unique(self.source.output[ids])]
        bias, quantile = np.empty(len(plan), np.float32), self.quantile[ids]
        step = max(1, ROOM // self.panel.n_timepoints)
        for first in range(0, len(case), step):
            rows = np.flatnonzero((plan.output >= first) & (plan.output < first + step))
            values, counts = self._values(plan[rows], case[first : first + step])
            found = quantiles(values, counts, plan.output[rows].astype(np.intp) - first, quantile[rows])
            bias[rows] = np.clip(found, -LARGEST, LARGEST)
        return replace(plan, bias=bias)

    def _values(self, plan: PooledPlan, case: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """What quantiles are taken of.

        Returns
        -------
        values : float64 (n_outputs, width)
            Of each output, ascending; NaN behind.
        counts : int64 (n_outputs,)
            How many it has.
        """
        n_timepoints, lengths = self.panel.n_timepoints, self.panel.lengths[case].astype(np.int64)
        owner = np.repeat(np.arange(len(case)), plan.n_members)
        order = np.lexsort((plan.member, owner))
        member = plan.member[order].astype(np.intp)
        read = plan.channels
        standard = standardisation(plan.shift[read], plan.scale[read])[np.searchsorted(read, member)]
        room = np.zeros(len(member) * n_timepoints + N_LANES, np.float32)
        series = room[:-N_LANES].reshape(len(member), n_timepoints)
        series[:] = self.panel.each(case[owner], member)

        n_times = np.maximum(lengths - plan.differences, 0)
        n_values = np.maximum(n_times, 1)
        begin, end = np.zeros(len(case), np.int64), n_values
        if not self.everywhere:
            window = np.unique(plan.output, return_index=True)[1]  # that of all features of an output
            skipped = np.where((plan.padded != 0) | (n_times <= 8 * plan.dilation), 0, 4 * plan.dilation)
            n_left = n_values - 2 * skipped
            begin = skipped + n_left * plan.begin[window] // SIXTEENTHS
            end = skipped - (-n_left * plan.end[window] // SIXTEENTHS)
        counts = end - begin
        values = np.full((len(case), -(-int(counts.max()) // N_LANES) * N_LANES), np.nan)
        convolve_each(
            room, n_timepoints, standard, plan.sign[order].astype(np.float32), np.cumsum(plan.n_members), lengths,
            plan.differences.astype(np.int64), TAP_ORDER[plan.kernel % len(KERNELS)] * plan.dilation[:, np.newaxis],
            plan.kernel < len(KERNELS), begin, end, values,
        )  # fmt: skip
        values.sort(axis=1)  # what is behind the end is NaN, and stays there
        return values, counts


def quantiles(
    values: NDArray[np.float64], counts: NDArray[np.int64], row: NDArray[np.intp], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What `numpy.quantile` returns of some rows of sorted values.

    Parameters
    ----------
    values : float64 (n_rows, width)
    counts : int64 (n_rows,)
        Of how many values of each row, the first.
    row : int (n_wanted,)
        Of which row.
    wanted : float64 (n_wanted,)
        Which quantile, from 0 to 1.

    Returns
    -------
    float64 (n_wanted,)
    """
    at = wanted * (counts[row] - 1)
    below = np.floor(at).astype(np.intp)
    low, high, share = values[row, below], values[row, np.minimum(below + 1, counts[row] - 1)], at - below
    return np.where(share >= 0.5, high - (high - low) * (1 - share), low + (high - low) * share)
