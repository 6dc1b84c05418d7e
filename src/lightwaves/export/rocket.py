"""Features of Rocket as C."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..entries import INT32
from ..plans.ragged import copies
from ..plans.rocket import STATISTICS, RocketPlan
from .features import Features, within
from .text import integer_type, numbers, part, rows

PADDED, PPV = 1, 2  # flags of a kernel; the other statistics follow PPV


@dataclass(frozen=True)
class Kernels:
    """The kernels of a plan, each with the rows of its statistics.

    Attributes
    ----------
    found : list of dict
        Of each kernel, the row of each statistic.
    inputs, weights : list of array
        Of each kernel, the places of its channels, and its weights.
    biases : float32 (n_kernels,)
    dilation, length : int64 (n_kernels,)
    padded : bool (n_kernels,)
    """

    found: list[dict[int, int]]
    inputs: list[NDArray[np.int64]]
    weights: list[NDArray[np.float32]]
    biases: NDArray[np.float32]
    dilation: NDArray[np.int64]
    length: NDArray[np.int64]
    padded: NDArray[np.bool_]

    @property
    def order(self) -> list[int]:
        """The rows as C computes them."""
        return [found[statistic] for found in self.found for statistic in sorted(found)]

    @property
    def farthest(self) -> int:
        """How far a tap is from the middle one."""
        return int((self.length // 2 * self.dilation).max())

    def reach(self, n_timepoints: int) -> int:
        """How many zeros must stand around a series."""
        return min(self.farthest, n_timepoints)

    def rows(self) -> list[tuple[int, ...]]:
        """Dilation, number of channels, length and flags of each."""
        flags = [
            PADDED * int(padded) | sum(PPV << statistic for statistic in found)
            for padded, found in zip(self.padded, self.found, strict=True)
        ]
        return list(zip(self.dilation.tolist(), map(len, self.inputs), self.length.tolist(), flags, strict=True))

    def types(self) -> dict[str, Any]:
        """What the tables of both kinds of numbers have in common."""
        inputs = np.concatenate(self.inputs)
        return {
            "t_dilation": integer_type(self.dilation),
            "t_n_inputs": integer_type(map(len, self.inputs)),
            "t_length": integer_type(self.length),
            "n_kernels": len(self.found),
            "t_input": integer_type(inputs),
            "n_inputs": len(inputs),
            "inputs": numbers(inputs),
        }


def kernels_of(plan: RocketPlan, slots: NDArray[np.int64], n_timepoints: int) -> Kernels:
    """The kernels of a plan. A feature that the plan has twice is computed twice.

    Raises
    ------
    ValueError
        If a kernel reaches farther than 31 bits count.
    """
    copy = copies(plan.kernel.astype(np.int64) * len(STATISTICS) + plan.statistic)
    found: dict[tuple[int, int], dict[int, int]] = {}
    for row, key in enumerate(zip(plan.kernel.tolist(), copy.tolist(), strict=True)):
        found.setdefault(key, {})[int(plan.statistic[row])] = row
    which = np.array([kernel for kernel, _ in sorted(found)])
    channels, weights = plan.channels_of_kernels, plan.weights_of_kernels
    kernels = Kernels(
        found=[found[key] for key in sorted(found)],
        inputs=[slots[channels[k]] for k in which],
        weights=[weights[k] for k in which],
        biases=plan.bias[which] + np.float32(0),  # no bias is -0
        dilation=within(plan.dilation[which], n_timepoints),
        length=plan.length[which].astype(np.int64),
        padded=plan.padded[which],
    )
    if kernels.farthest > INT32 // 4:
        raise ValueError(f"n_timepoints is too large for kernels of {kernels.length.max()} taps: {n_timepoints}.")
    return kernels


def rocket(plan: RocketPlan, slots: NDArray[np.int64], n_timepoints: int) -> Features:
    """All features of a plan; see `lightwaves.export.pooled.pooled`."""
    kernels = kernels_of(plan, slots, n_timepoints)
    weights = np.concatenate(kernels.weights)
    source = part(
        "rocket.c",
        kernels.types()
        | {
            "kernels": rows((bias, *row) for bias, row in zip(kernels.biases, kernels.rows(), strict=True)),
            "n_weights": len(weights),
            "weights": numbers(weights),
        },
        {"near" if kernels.farthest <= n_timepoints else "far"},
    )
    return Features(source, "rocket_features", kernels.order, kernels.reach(n_timepoints), 0)
