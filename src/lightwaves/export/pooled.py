"""Features of MiniRocket, MultiRocket and Prism as C."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..plans.kernels import KERNELS
from ..plans.pooled import N_ABOVE, STATISTICS, PooledPlan
from .features import LANES, Features, whole, within
from .text import integer_type, numbers, part, rows

PADDED, LOW, MEAN_ABS = 1, 2, 4  # flags of an output
Series = tuple[tuple[int, ...], int]  # its channels, counted from 1 and below 0 if subtracted; 1 if of differences
MEAN_POSITIVE, MEAN_EXCESS = (1 << STATISTICS.index(name) for name in ("mean_positive", "mean_excess"))
SHORT = 1 << 16  # the times of so many values are summed in 32 bits


class Pool(NamedTuple):
    """What is pooled of one output over one window: the columns of its statistics, bias by bias."""

    output: int
    begin: int
    end: int
    mean_abs: int | None
    above: list[tuple[np.float32, dict[int, int]]]  # bias, and the column of each statistic

    @property
    def order(self) -> Iterator[int]:
        """The columns as C computes them."""
        if self.mean_abs is not None:
            yield self.mean_abs
        for _, columns in self.above:
            yield from (columns[statistic] for statistic in sorted(columns))

    @property
    def wanted(self) -> list[int]:
        """For each bias, a bit for each statistic that is wanted."""
        return [sum(1 << statistic for statistic in columns) for _, columns in self.above]

    @property
    def n_sums(self) -> int:
        """How many sums of values are formed."""
        adds = sum(bool(wanted & (MEAN_POSITIVE | MEAN_EXCESS)) for wanted in self.wanted)
        return adds + (self.mean_abs is not None)


def pooled(plan: PooledPlan, slots: NDArray[np.int64], n_timepoints: int) -> Features:
    """All features of a plan.

    Parameters
    ----------
    plan : PooledPlan
    slots : int64 (n_channels,)
        The place of each channel among those that are supplied.
    n_timepoints : int
        Of the longest series.

    Returns
    -------
    Features
    """
    plan = plan[np.arange(len(plan))]  # without outputs that no row names
    dilation = within(plan.dilation, n_timepoints)
    series = layers(plan, slots)
    ordered = [pool for pools in series.values() for pool in pools]
    biases = [bias for pool in ordered for bias, _ in pool.above]
    reach = min(4 * int(dilation.max()), n_timepoints)
    size, count = whole(n_timepoints), "int32_t" if n_timepoints < SHORT else "int64_t"
    most_biases = max(len(pool.above) for pool in ordered)
    most_sums = max(pool.n_sums for pool in ordered)
    source = part(
        "pooled.c",
        tables(plan, series, ordered, dilation)
        | {
            "series": rows((len(key[0]), key[1], len(pools)) for key, pools in series.items()),
            "biases": numbers(biases or [np.float32(0)]),
            "count": count,
            "reach": reach,
            "size": size,
            "most_biases": most_biases,
            "most_sums": most_sums,
        },
    )
    room = 2 * reach + size + most_biases * (4 if count == "int32_t" else 6) + most_sums * LANES
    return Features(source, "pooled_features", [row for pool in ordered for row in pool.order], 0, room)


def layers(plan: PooledPlan, slots: NDArray[np.int64]) -> dict[Series, list[Pool]]:
    """What is pooled of each series, in the order in which C forms these."""
    signed_slots = (slots[plan.member] + 1) * plan.sign
    members = [tuple(signed_slots[of_output].tolist()) for of_output in plan.of_outputs]
    series: dict[Series, list[Pool]] = {}
    for pool in pools(plan):
        series.setdefault((members[pool.output], int(plan.differences[pool.output])), []).append(pool)
    return dict(sorted(series.items()))


def tables(
    plan: PooledPlan, series: dict[Series, list[Pool]], ordered: list[Pool], dilation: NDArray[np.int64]
) -> dict[str, Any]:
    """What the tables of both kinds of numbers have in common."""
    members = [member for channels, _ in series for member in channels]
    wanted = [bits for pool in ordered for bits in pool.wanted]
    return {
        "t_n_members": integer_type(len(channels) for channels, _ in series),
        "t_n_outputs": integer_type(map(len, series.values())),
        "n_series": len(series),
        "t_member": integer_type([*members, -1]),  # one that also holds numbers below 0
        "n_members": len(members),
        "members": numbers(members),
        "t_dilation": integer_type(dilation),
        "t_n_biases": integer_type(len(pool.above) for pool in ordered),
        "n_outputs": len(ordered),
        "outputs": output_rows(plan, dilation, ordered),
        "n_biases": max(1, len(wanted)),
        "wanted": numbers(wanted or [0]),
    }


def output_rows(plan: PooledPlan, dilation: NDArray[np.int64], ordered: list[Pool]) -> str:
    """The table of outputs."""
    return rows(
        (
            KERNELS[plan.kernel[pool.output] % len(KERNELS)],
            PADDED * plan.padded[pool.output]
            | LOW * (plan.kernel[pool.output] >= len(KERNELS))
            | MEAN_ABS * (pool.mean_abs is not None),
            pool.begin,
            pool.end,
            dilation[pool.output],
            len(pool.above),
        )
        for pool in ordered
    )


def pools(plan: PooledPlan) -> Iterator[Pool]:
    """What is pooled of each output and window. A feature that the plan has twice is computed twice."""
    found: dict[tuple[int, int, int], list[int]] = {}
    keys = zip(plan.output.tolist(), plan.begin.tolist(), plan.end.tolist(), strict=True)
    for row, key in enumerate(keys):
        found.setdefault(key, []).append(row)
    for key in sorted(found):
        sizes = [row for row in found[key] if plan.statistic[row] >= N_ABOVE]
        above: list[tuple[np.float32, dict[int, int]]] = []
        for row in found[key]:
            if plan.statistic[row] < N_ABOVE:
                add(above, plan.bias[row], int(plan.statistic[row]), row)
        above.sort(key=lambda entry: (len(entry[1]) > 1, entry[0]))
        yield Pool(*key, sizes[0] if sizes else None, above)
        for row in sizes[1:]:
            yield Pool(*key, row, [])


def add(above: list[tuple[np.float32, dict[int, int]]], bias: np.float32, statistic: int, row: int) -> None:
    """Add a statistic to those of its bias, or as one more bias if it is there already."""
    for other, columns in above:
        if other == bias and statistic not in columns:
            columns[statistic] = row
            return
    above.append((bias, {statistic: row}))
