"""Features of Rocket as C."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..plans.plan import copies
from ..plans.rocket import STATISTICS, RocketPlan
from .features import Features, within
from .text import integer_type, numbers, part, rows

PADDED, PPV = 1, 2  # flags of a kernel; the other statistics follow PPV


def rocket(plan: RocketPlan, slots: NDArray[np.int64], n_timepoints: int) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    copy = copies(plan.kernel.astype(np.int64) * len(STATISTICS) + plan.statistic)
    found: dict[tuple[int, int], dict[int, int]] = {}
    for j, key in enumerate(zip(plan.kernel.tolist(), copy.tolist(), strict=True)):
        found.setdefault(key, {})[int(plan.statistic[j])] = j
    kernels = sorted(found)
    numbers_of = [kernel for kernel, _ in kernels]
    dilation = within(plan.dilation, n_timepoints)
    input_ends, weight_ends = np.cumsum(plan.n_inputs), np.cumsum(plan.n_inputs.astype(np.int64) * plan.length)
    inputs = [slots[plan.channel[input_ends[k] - plan.n_inputs[k] : input_ends[k]]] for k in numbers_of]
    weights = [
        plan.weight[weight_ends[k] - int(plan.n_inputs[k]) * int(plan.length[k]) : weight_ends[k]] for k in numbers_of
    ]
    flags = [PADDED * plan.padded[key[0]] | sum(PPV << statistic for statistic in found[key]) for key in kernels]
    farthest = max(int(plan.length[k]) // 2 * int(dilation[k]) for k in numbers_of)
    all_inputs, all_weights = np.concatenate(inputs), np.concatenate(weights)
    source = part(
        "rocket.c",
        {
            "t_dilation": integer_type(dilation[numbers_of]),
            "t_n_inputs": integer_type(plan.n_inputs[numbers_of]),
            "t_length": integer_type(plan.length[numbers_of]),
            "n_kernels": len(kernels),
            "kernels": rows(
                (plan.bias[k] + np.float32(0), dilation[k], plan.n_inputs[k], plan.length[k], flag)
                for k, flag in zip(numbers_of, flags, strict=True)
            ),
            "t_input": integer_type(all_inputs),
            "n_inputs": len(all_inputs),
            "inputs": numbers(all_inputs),
            "n_weights": len(all_weights),
            "weights": numbers(all_weights),
        },
        {"near" if farthest <= n_timepoints else "far"},
    )
    order = [found[key][statistic] for key in kernels for statistic in sorted(found[key])]
    return Features(source, "rocket_features", order, min(farthest, n_timepoints), 0)
