"""Features of Rocket as C, in integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..plans.rocket import RocketPlan
from .features import Features
from .fixed import NARROW, Units
from .rocket import kernels_of
from .text import numbers, part, rows

MOST_WEIGHTS = 2**15 - 1  # that the weights of a kernel add up to
SHARE, HIGHEST = 2.0**-15, 8  # what a share is counted in, and by how many bits the highest value is shifted


def fixed_rocket(plan: RocketPlan, slots: NDArray[np.int64], n_timepoints: int, units: Units) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    kernels = kernels_of(plan, slots, n_timepoints)
    weights, biases, sizes = [], [], []
    most = 2.0**29 if units.width is NARROW else 2.0**34
    for inputs, own, bias, found in zip(kernels.inputs, kernels.weights, kernels.biases, kernels.found, strict=True):
        per_unit = own.astype(np.float64) * np.repeat(2.0 ** -units.bits[inputs], len(own) // len(inputs))
        scale = (MOST_WEIGHTS - len(own)) / max(np.abs(per_unit).sum(), 1e-30)
        weights.append(np.rint(per_unit * scale).astype(np.int64))
        biases.append(int(np.rint(np.clip(float(bias) * scale, -most, most))))
        sizes += [SHARE if statistic == 0 else 2.0**HIGHEST / scale for statistic in sorted(found)]
    all_weights = np.concatenate(weights)
    source = part(
        "fixed_rocket.c",
        kernels.types()
        | {
            "kernels": rows((bias, *row) for bias, row in zip(biases, kernels.rows(), strict=True)),
            "product": units.width.product,
            "least": "INT32_MIN" if units.width is NARROW else "INT64_MIN",
            "n_weights": len(all_weights),
            "weights": numbers(all_weights),
        },
    )
    return Features(source, "rocket_features", kernels.order, kernels.reach(n_timepoints), 0, sizes)
