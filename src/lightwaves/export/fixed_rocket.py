"""Features of Rocket as C, in integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..plans.rocket import RocketPlan
from .features import Features
from .fixed import NARROW, Units
from .integers import shifted
from .rocket import kernels_of
from .text import numbers, part, rows

MOST_WEIGHTS = 2**15 - 1  # that the weights of a kernel add up to
SHARE = 2.0**-15  # what a share is counted in


def fixed_rocket(plan: RocketPlan, slots: NDArray[np.int64], n_timepoints: int, units: Units) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    kernels = kernels_of(plan, slots, n_timepoints)
    weights, biases, sizes, values = [], [], [], []
    most = 2.0**29 if units.width is NARROW else 2.0**41
    dilation = kernels_of(plan, slots, max(n_timepoints, units.series.shape[2])).dilation  # of series of calibration
    for k, (inputs, own, found) in enumerate(zip(kernels.inputs, kernels.weights, kernels.found, strict=True)):
        per_unit = own.astype(np.float64) * np.repeat(2.0 ** -units.bits[inputs], len(own) // len(inputs))
        scale = (MOST_WEIGHTS - len(own)) / max(np.abs(per_unit).sum(), 1e-30)
        weights.append(np.rint(per_unit * scale).astype(np.int64))
        biases.append(int(np.rint(np.clip(float(kernels.biases[k]) * scale, -most, most))))
        sizes += [SHARE if statistic == 0 else 2.0**units.width.highest / scale for statistic in sorted(found)]
        of_case = statistics_of(units, inputs, weights[-1], biases[-1], int(dilation[k]), bool(kernels.padded[k]))
        values += [of_case[statistic] for statistic in sorted(found)]
    all_weights = np.concatenate(weights)
    source = part(
        "fixed_rocket.c",
        kernels.types()
        | {
            "kernels": rows((bias, *row) for bias, row in zip(biases, kernels.rows(), strict=True)),
            "product": units.width.product,
            "least": "INT32_MIN" if units.width is NARROW else "INT64_MIN",
            "highest": units.width.highest,
            "n_weights": len(all_weights),
            "weights": numbers(all_weights),
        },
    )
    return Features(
        source, "rocket_features", kernels.order, kernels.reach(n_timepoints), 0, sizes, np.array(values, np.int64)
    )


def statistics_of(
    units: Units, inputs: NDArray[np.int64], weights: NDArray[np.int64], bias: int, dilation: int, padded: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The share above 0, and the highest value, of a kernel for each case, as C computes them; int64 (n_cases,)."""
    series, n = units.integers, units.lengths[:, np.newaxis]
    length = len(weights) // len(inputs)
    output = np.full((len(series), series.shape[2]), bias, np.int64)
    for channel, own in zip(inputs, weights.reshape(len(inputs), length), strict=True):
        for k, weight in enumerate(own):
            output += weight * shifted(series[:, channel], (k - length // 2) * dilation).astype(np.int64)
    reach = length // 2 * dilation
    begin = np.where(padded | (reach > (n - 1) // 2), 0, reach)
    times = np.arange(output.shape[1])
    inside = (times >= begin) & (times < n - begin)
    highest = np.where(inside, output, np.iinfo(np.int64).min).max(axis=1) >> units.width.highest
    return ((output > 0) & inside).sum(axis=1) * 32768 // (n - 2 * begin)[:, 0], highest
