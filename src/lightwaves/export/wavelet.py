"""Features of wavelet scattering as C."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..plans.kernels import KERNELS
from ..plans.ragged import copies
from ..plans.wavelet import STATISTICS, KernelPlan
from .features import LANES, Features, whole, within
from .text import integer_type, number, part, rows


def wavelet(plan: KernelPlan, slots: NDArray[np.int64], n_timepoints: int) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    of_output = np.unique(np.stack([plan.channel, plan.dilation, plan.kernel]), axis=1, return_inverse=True)[1]
    copy = copies((of_output.reshape(-1) * 2 + plan.level) * len(STATISTICS) + plan.statistic)
    groups: dict[tuple[int, int], dict[tuple[int, int], dict[tuple[int, int], int]]] = {}
    columns = (plan.channel, plan.dilation, plan.kernel, copy, plan.level, plan.statistic)
    for j, (channel, dilation, kernel, nth, level, statistic) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        outputs = groups.setdefault((channel, dilation), {})
        outputs.setdefault((kernel, nth), {})[level - 1, statistic] = j
    table, outputs_of, order = [], [], []
    for (channel, dilation), outputs in sorted(groups.items()):
        root = dilation * np.sqrt(np.float64(dilation))
        scales = (np.float32(3.0 / root), np.float32(3.0 / root**2))
        table.append((slots[channel], within(np.array([dilation]), n_timepoints)[0], len(outputs), scales))
        for (kernel, _), wanted in sorted(outputs.items()):
            bits = tuple(sum(1 << s for at, s in wanted if at == level) for level in (0, 1))
            outputs_of.append((KERNELS[kernel], bits))
            order += [wanted[what] for what in sorted(wanted)]

    widest = 4 * max(int(entry[1]) for entry in table)
    half = (n_timepoints + 1) // 2
    reach, size, half_size = min(widest, half), whole(n_timepoints), whole(half)
    source = part(
        "wavelet.c",
        {
            "t_channel": integer_type(entry[0] for entry in table),
            "t_dilation": integer_type(entry[1] for entry in table),
            "t_n_outputs": integer_type(entry[2] for entry in table),
            "n_groups": len(table),
            "groups": rows(table),
            "n_outputs": len(outputs_of),
            "outputs": rows(outputs_of),
            "reach": reach,
            "size": size,
            "half": half_size,
            "third": number(np.float32(1.0 / 3.0)),
        },
    )
    room = size + 2 * reach + half_size + LANES
    return Features(source, "wavelet_features", order, min(widest, n_timepoints), room)
