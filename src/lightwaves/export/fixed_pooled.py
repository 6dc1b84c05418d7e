"""Features of MiniRocket, MultiRocket and Prism as C, in integers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plans.pooled import N_ABOVE, STATISTICS, PooledPlan
from .features import Features, whole, within
from .fixed import NARROW, Units
from .integers import Outputs, bias_in_units, convolved, formed, pooled_values
from .pooled import Pool, layers, tables
from .text import numbers, part, rows

EXACT = {"ppv": 15, "longest": 0, "mean_index": 8}  # bits behind the point, of statistics that do not count values
SHORT = 1800  # values of 21 bits, of which so many are summed in 32
MOST_SUM = 2**30  # of channels, before it is shifted: their differences have 31 bits
LONGEST = STATISTICS.index("longest")


def fixed_pooled(plan: PooledPlan, slots: NDArray[np.int64], n_timepoints: int, units: Units) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    plan = plan[np.arange(len(plan))]  # without outputs that no row names
    dilation = within(plan.dilation, n_timepoints)
    series = layers(plan, slots)
    shifts = []
    ordered, biases, sizes, values, ranges = [], [], [], [], []
    for (key, differences), pools in series.items():
        channels = np.array(key)
        shifts.append(units.shift(np.abs(channels) - 1, np.sign(channels), bool(differences)))
        bits = units.common - shifts[-1]
        integers, reals = formed(units, channels, differences, shifts[-1])
        for pool in map(parted, pools):
            outputs = outputs_of(plan, pool, integers, reals, units.lengths)
            ordered.append(pool)
            if pool.mean_abs is not None:
                values.append(pooled_values(outputs, 0, N_ABOVE))
            lowest, highest = extremes(outputs)
            for bias, columns in pool.above:
                biases.append(bias_in_units(outputs, bias, bits, units.width.most_output, LONGEST in columns))
                ranges.append((float(bias) * 2.0**bits, lowest, highest))
                values += [pooled_values(outputs, biases[-1], statistic) for statistic in sorted(columns)]
            sizes += [2.0 ** -EXACT.get(STATISTICS[plan.statistic[row]], bits) for row in pool.order]

    reach = min(4 * int(dilation.max()), n_timepoints)
    reach += reach % 2
    size, excess = whole(n_timepoints), "int32_t" if units.width is NARROW and n_timepoints <= SHORT else "int64_t"
    most_biases = max(len(pool.above) for pool in ordered)
    source = part(
        "fixed_pooled.c",
        tables(plan, series, ordered, dilation)
        | {
            "sum": type_of_sums((key[0] for key in series), units),
            "series": rows(
                (len(key[0]), key[1], shift, len(pools))
                for (key, pools), shift in zip(series.items(), shifts, strict=True)
            ),
            "most": units.width.most_summed,
            "units": numbers(units.factors),
            "biases": numbers(biases or [0]),
            "excess": excess,
            "reach": reach,
            "size": size,
        },
    )
    above = (20 if excess == "int32_t" else 24) // (2 if units.width is NARROW else 4)
    room = 2 * reach + size + most_biases * above
    return Features(
        source,
        "pooled_features",
        [row for pool in ordered for row in pool.order],
        0,
        room,
        sizes,
        np.array(values, np.int64),
        np.array(ranges, np.float64).reshape(-1, 3),
    )


def type_of_sums(series: Iterable[tuple[int, ...]], units: Units) -> str:
    """The type of sums of channels, for series that are named by their channels, counted from 1."""
    most = max(sum(units.factors[abs(member) - 1] for member in members) for members in series) * units.width.most
    return "int32_t" if most <= MOST_SUM else "int64_t"


def parted(pool: Pool) -> Pool:
    """The same with the longest stretch apart: a value that equals the bias does not end it, but is not above."""
    above = []
    for bias, columns in pool.above:
        stretch = {LONGEST: columns[LONGEST]} if LONGEST in columns else {}
        others = {statistic: row for statistic, row in columns.items() if statistic != LONGEST}
        above += [(bias, found) for found in (others, stretch) if found]
    return pool._replace(above=above)


def outputs_of(
    plan: PooledPlan, pool: Pool, integers: NDArray[Any], reals: NDArray[Any], lengths: NDArray[np.int64]
) -> Outputs:
    """The output of which something is pooled, and over which times."""
    differences, dilation = int(plan.differences[pool.output]), int(plan.dilation[pool.output])
    n_values = lengths[:, np.newaxis] - differences
    fits = (n_values - 1) // 8 >= dilation
    left_out = np.where(fits & (plan.padded[pool.output] == 0), 4 * dilation, 0)
    n_left = n_values - 2 * left_out
    kernel = int(plan.kernel[pool.output])
    made, expected = (convolved(values, kernel, dilation, differences) for values in (integers, reals))
    return Outputs(made, expected, left_out + n_left * pool.begin // 16, left_out + (n_left * pool.end + 15) // 16)


def extremes(outputs: Outputs) -> tuple[int, int]:
    """The lowest and the highest value that is pooled, in units."""
    pooled = outputs.integers[outputs.inside]
    return int(pooled.min(initial=0)), int(pooled.max(initial=0))
