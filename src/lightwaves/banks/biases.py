"""Biases that are quantiles of training outputs.

They are computed when a candidate is looked at, by the process that looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES, whole_vectors
from ..loops.pooling import SIXTEENTHS, convolve_each
from ..panel import Panel
from ..plans.kernels import KERNELS, TAP_ORDER
from ..plans.pooled import PooledPlan
from .candidates import Candidates

LARGEST = np.finfo(np.float32).max
ROOM = 1 << 18  # outputs are computed together that have so many times in all


@dataclass(frozen=True)
class PooledCandidates(Candidates):
    """Features that are drawn completely. Only their biases depend on the series.

    Attributes
    ----------
    source : PooledPlan
        The features, with biases 0.
    quantile : float64 (n_features,)
        The quantile that each bias is, from 0 to 1.
    case : int (n_outputs,)
        The training case whose output gives the quantiles of an output.
    panel : Panel
        The training series.
    everywhere : bool
        Whether quantiles are taken over all times. If not, they are taken over the times that are pooled.
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
        """The number of blocks."""
        return self.source.n_blocks

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        return self.source.ids(number)

    def outline(self, ids: NDArray[np.int64]) -> PooledPlan:
        """The plan without its biases."""
        return self.source[ids]

    def plan(self, ids: NDArray[np.int64]) -> PooledPlan:
        """The plan of the candidates with these ids."""
        if not len(ids):
            return self.source[ids]
        plan, case = self.source[ids], self.case[np.unique(self.source.output[ids])]
        bias, quantile = np.empty(len(plan), np.float32), self.quantile[ids]
        for outputs in self._turns(case):
            rows = np.flatnonzero(np.isin(plan.output, outputs))
            part = plan if len(rows) == len(plan) else plan[rows]
            values, counts = self._values(part, case[outputs])
            found = quantiles(values, counts, np.searchsorted(outputs, plan.output[rows]), quantile[rows])
            bias[rows] = np.clip(found, -LARGEST, LARGEST)
        return replace(plan, bias=bias)

    def _turns(self, case: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Which outputs are computed together, ascending: few enough, and of cases of like length."""
        lengths = self.panel.lengths[case].astype(np.int64)
        order = np.argsort(-lengths, kind="stable")
        turns, begin = [], 0
        while begin < len(order):
            longest = lengths[order[begin]]
            step = max(1, ROOM // int(longest))
            end = begin + int(np.searchsorted(-lengths[order[begin : begin + step]], -(longest // 2), side="right"))
            turns.append(np.sort(order[begin:end]))
            begin = end
        return turns

    def _values(self, plan: PooledPlan, case: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The values of outputs, from which the quantiles are taken.

        Returns
        -------
        values : float64 (n_outputs, width)
            The values of each output, ascending, and then NaN.
        counts : int64 (n_outputs,)
            The number of values of each output.
        """
        lengths = self.panel.lengths[case].astype(np.int64)
        n_timepoints = int(lengths.max())
        owner = np.repeat(np.arange(len(case)), plan.n_members)
        order = np.lexsort((plan.member, owner))
        member = plan.member[order].astype(np.intp)
        room = np.zeros(len(member) * n_timepoints + N_LANES, np.float32)
        series = room[:-N_LANES].reshape(len(member), n_timepoints)
        taken, less_shift = self.panel.pairs(case[owner], member, plan.shift[member])
        series[:] = taken[:, :n_timepoints]
        standard = plan.standard(less_shift)[np.searchsorted(plan.channels, member)]

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
        values = np.full((len(case), whole_vectors(int(counts.max()))), np.nan)
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
    """Quantiles of some rows of sorted values, as `numpy.quantile` computes them, but for the sign of a zero.

    Parameters
    ----------
    values : float64 (n_rows, width)
        Sorted rows.
    counts : int64 (n_rows,)
        The number of values of each row. They are the first of the row.
    row : int (n_wanted,)
        The row of each quantile.
    wanted : float64 (n_wanted,)
        The quantiles, from 0 to 1.

    Returns
    -------
    float64 (n_wanted,)
    """
    at = wanted * (counts[row] - 1)
    below = np.floor(at).astype(np.intp)
    low, high, share = values[row, below], values[row, np.minimum(below + 1, counts[row] - 1)], at - below
    with np.errstate(invalid="ignore"):  # of outputs that are infinite, as their features are, which are refused
        return np.where(share >= 0.5, high - (high - low) * (1 - share), low + (high - low) * share)
