"""Features of MiniRocket, MultiRocket and Prism as C, in integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..plans.pooled import STATISTICS, PooledPlan
from .features import Features, whole, within
from .fixed import NARROW, Units
from .pooled import layers, output_rows, signed
from .text import integer_type, numbers, part, rows

WHOLE = 32  # flag of a bias of which nothing was rounded off
EXACT = {"ppv": 15, "longest": 0, "mean_index": 8}  # bits behind the point, of statistics that do not count values
SHORT = 1800  # values of 21 bits, of which so many are summed in 32


def fixed_pooled(plan: PooledPlan, slots: NDArray[np.int64], n_timepoints: int, units: Units) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    plan = plan[np.arange(len(plan))]  # without outputs that no row names
    dilation = within(plan.dilation, n_timepoints)
    series = layers(plan, slots)
    shifts = [
        units.shift(np.abs(members) - 1, np.sign(members), bool(differences))
        for members, differences in ((np.array(key[0]), key[1]) for key in series)
    ]
    ordered = [pool for pools in series.values() for pool in pools]
    bits_of = [units.common - shift for shift, pools in zip(shifts, series.values(), strict=True) for _ in pools]
    biases, wanted, order, sizes = [], [], [], []
    for pool, bits in zip(ordered, bits_of, strict=True):
        for (bias, _), asked in zip(pool.above, pool.wanted, strict=True):
            scaled = float(bias) * 2.0**bits
            biases.append(int(np.floor(np.clip(scaled, -(2.0**29), 2.0**29))))
            wanted.append(asked | WHOLE * (scaled == np.floor(scaled)))
        for row in pool.order:
            name = STATISTICS[plan.statistic[row]]
            order.append(row)
            sizes.append(2.0 ** -EXACT.get(name, bits))

    members = [member for key in series for member in key[0]]
    reach = min(4 * int(dilation.max()), n_timepoints)
    reach += reach % 2
    size, excess = whole(n_timepoints), "int32_t" if units.width is NARROW and n_timepoints <= SHORT else "int64_t"
    most_biases = max(len(pool.above) for pool in ordered)
    source = part(
        "fixed_pooled.c",
        {
            "t_n_members": integer_type(len(key[0]) for key in series),
            "t_n_outputs": integer_type(map(len, series.values())),
            "n_series": len(series),
            "series": rows(
                (len(key[0]), key[1], shift, len(pools))
                for (key, pools), shift in zip(series.items(), shifts, strict=True)
            ),
            "t_member": signed(members),
            "n_members": len(members),
            "members": numbers(members),
            "most": units.width.most_summed,
            "units": numbers(units.factors),
            "t_dilation": integer_type(dilation),
            "t_n_biases": integer_type(len(pool.above) for pool in ordered),
            "n_outputs": len(ordered),
            "outputs": output_rows(plan, dilation, ordered),
            "n_biases": max(1, len(biases)),
            "biases": numbers(biases or [0]),
            "wanted": numbers(wanted or [0]),
            "excess": excess,
            "reach": reach,
            "size": size,
        },
    )
    above = (20 if excess == "int32_t" else 24) // (2 if units.width is NARROW else 4)
    room = 2 * reach + size + most_biases * above
    return Features(source, "pooled_features", order, 0, room, sizes)
