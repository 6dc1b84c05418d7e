"""From features back to times and channels: which cells of a case each feature was made of.

A plan's features stand in one array of *parts*, one for each pair of a feature and a channel that it reads, as
`Plan.reads` lists them. A part is a row over time. The parts of a feature sum to the feature less its reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..loops import attribution as loops
from ..loops.attribution import attribute
from ..plans import Plan, Together
from ..plans.kernels import KERNELS, TAP_ORDER
from ..plans.pooled import STATISTICS as POOLED_STATISTICS
from ..plans.pooled import PooledPlan
from ..plans.ragged import within
from ..plans.rocket import STATISTICS as ROCKET_STATISTICS
from ..plans.rocket import RocketPlan
from ..plans.wavelet import STATISTICS as WAVELET_STATISTICS
from ..plans.wavelet import KernelPlan

CODES = {
    "ppv": loops.PPV, "longest": loops.LONGEST, "mean_positive": loops.MEAN_POSITIVE, "mean_index": loops.MEAN_INDEX,
    "mean_excess": loops.MEAN_EXCESS, "mean_abs": loops.MEAN_ABS, "max": loops.MAX, "max_abs": loops.MAX_ABS,
    "min_abs": loops.MIN_ABS, "lspv": loops.LONGEST_ABOVE,
}  # fmt: skip

Parts = Callable[..., None]  # of x, lengths, standard, references, values and out; see `parts_of`


class Tables(NamedTuple):
    """What ``attribute`` reads of a plan."""

    outputs: NDArray[np.int64]
    members: NDArray[np.int64]
    signs: NDArray[np.float32]
    weights: NDArray[np.float32]
    positions: NDArray[np.int64]
    orders: NDArray[np.int64]
    biases: NDArray[np.float32]
    rows: NDArray[np.int64]


def parts_of(plan: Plan, part_rows: NDArray[np.intp]) -> Parts:
    """A function that lays features on the cells that made them.

    Parameters
    ----------
    plan : Plan
    part_rows : int (n_parts,)
        The row of ``out`` of each part.

    Returns
    -------
    function of x, lengths, standard, references, values and out
        ``x`` holds the channels of the plan's `channels`, raw; ``standard`` says how to standardise these;
        ``references`` (n_features,) and ``values`` (n_cases, n_features) are what is explained; ``out``, float64
        (n_cases, n_parts, n_timepoints), is written to.
    """
    if isinstance(plan, Together):
        return _together(plan, part_rows)
    if isinstance(plan, PooledPlan):
        tables, reach = _of_pooled(plan), 4 * plan.dilation.max(initial=1)
    elif isinstance(plan, KernelPlan):
        tables, reach = _of_wavelet(plan), 4 * plan.dilation.max(initial=1)
    elif isinstance(plan, RocketPlan):
        tables, reach = _of_rocket(plan), plan.reach.max(initial=1)
    else:
        return _evenly(plan, part_rows)

    def run(x, lengths, standard, references, values, out):
        attribute(x, lengths, standard, *tables, part_rows, int(reach), references, values, out)

    return run


def _together(plan: Together, part_rows: NDArray[np.intp]) -> Parts:
    """The parts of all plans in one."""
    n_read = np.bincount(plan.reads[0], minlength=len(plan))
    column = np.empty(len(plan), np.intp)
    column[plan.order] = np.arange(len(plan))
    runs = []
    for part, start in zip(plan.parts, plan.starts[:-1], strict=True):
        features = column[start : start + len(part)]  # where the rows of this part stand in the whole
        channels = np.searchsorted(plan.channels, part.channels)
        runs.append((parts_of(part, part_rows[within(n_read, features)]), features, channels))

    def run(x, lengths, standard, references, values, out):
        for run_part, features, channels in runs:
            own = np.ascontiguousarray(x[:, channels])
            run_part(
                own, lengths, standard[channels], references[features], np.ascontiguousarray(values[:, features]), out
            )

    return run


def _evenly(plan: Plan, part_rows: NDArray[np.intp]) -> Parts:
    """For a plan of which it is not known how it computes: all its channels and all times alike."""
    feature, _ = plan.reads
    n_read = np.bincount(feature, minlength=len(plan))

    def run(x, lengths, standard, references, values, out):
        for case, length in enumerate(lengths):
            each = (values[case] - references) / (np.maximum(n_read, 1) * length)
            out[case, part_rows, :length] = each[feature, np.newaxis]
            out[case, part_rows, length:] = 0

    return run


def _sorted_rows(
    output: NDArray[Any], n_outputs: int, statistic: NDArray[Any], begin: Any, end: Any, n_read: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]:
    """The features by their outputs: their order, their table, and the borders of the outputs in it."""
    order = np.argsort(output, kind="stable")
    first_part = np.cumsum(n_read) - n_read
    rows = np.column_stack([statistic, np.broadcast_to(begin, len(output)), np.broadcast_to(end, len(output)),
                            np.arange(len(output)), first_part])[order]  # fmt: skip
    borders = np.searchsorted(output[order], np.arange(n_outputs + 1))
    return order, rows.astype(np.int64), borders


def _codes(names: tuple[str, ...], statistic: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.array([CODES[name] for name in names])[statistic]


def _of_pooled(plan: PooledPlan) -> Tables:
    n_outputs = len(plan.kernel)
    order, rows, borders = _sorted_rows(
        plan.output, n_outputs, _codes(POOLED_STATISTICS, plan.statistic), plan.begin, plan.end,
        plan.n_members[plan.output],
    )  # fmt: skip
    ends, low = np.cumsum(plan.n_members), plan.kernel >= len(KERNELS)  # these read three taps only
    n_taps = np.where(low, 3, 9)
    ends_of_taps = np.cumsum(n_taps)
    outputs = np.column_stack([
        np.full(n_outputs, loops.POOLED), ends - plan.n_members, ends, plan.differences, plan.dilation,
        ends_of_taps - n_taps, n_taps, np.zeros(n_outputs), ~low, np.where(plan.padded, 0, 4 * plan.dilation),
        borders[:-1], borders[1:],
    ])  # fmt: skip
    orders = TAP_ORDER[plan.kernel % len(KERNELS)].copy()
    weights, positions = _taps(orders)
    is_read = np.where(low[:, np.newaxis], weights > 0, True)
    orders[low, :3] = np.arange(3)
    return _tables(plan, outputs, plan.member, plan.sign, weights[is_read], positions[is_read], orders,
                   plan.bias[order], rows)  # fmt: skip


def _taps(orders: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The weights of the nine taps of some kernels, and where they stand."""
    weights = np.full((len(orders), 9), -1.0)
    np.put_along_axis(weights, orders[:, :3], 2, axis=1)
    return weights, np.tile(np.arange(9) - 4, (len(orders), 1))


def _of_wavelet(plan: KernelPlan) -> Tables:
    kinds, output = np.unique(
        np.stack([plan.channel, plan.kernel, plan.dilation, plan.level]), axis=1, return_inverse=True
    )
    channel, kernel, dilation, level = kinds
    n_outputs = len(channel)
    _, rows, borders = _sorted_rows(
        output.reshape(-1),
        n_outputs,
        _codes(WAVELET_STATISTICS, plan.statistic),
        0,
        loops.SIXTEENTHS,
        np.ones(len(plan), int),
    )
    each, none = np.arange(n_outputs), np.zeros(n_outputs)
    outputs = np.column_stack([
        np.where(level == 1, loops.FIRST, loops.SECOND), each, each + 1, none, dilation, 9 * each, none + 9, none,
        none + 1, none, borders[:-1], borders[1:],
    ])  # fmt: skip
    orders = TAP_ORDER[kernel]
    none = np.zeros(len(plan))
    return _tables(plan, outputs, channel, np.ones(n_outputs), *_taps(orders), orders, none, rows)


def _of_rocket(plan: RocketPlan) -> Tables:
    n_kernels = len(plan.length)
    order, rows, borders = _sorted_rows(
        plan.kernel,
        n_kernels,
        _codes(ROCKET_STATISTICS, plan.statistic),
        0,
        loops.SIXTEENTHS,
        plan.n_inputs[plan.kernel],
    )
    ends, taps = np.cumsum(plan.n_inputs), np.cumsum(plan.n_taps)
    outputs = np.column_stack([
        np.full(n_kernels, loops.ROCKET), ends - plan.n_inputs, ends, np.zeros(n_kernels), plan.dilation,
        taps - plan.n_taps, plan.length, np.ones(n_kernels), np.ones(n_kernels),
        np.where(plan.padded, 0, plan.reach), borders[:-1], borders[1:],
    ])  # fmt: skip
    orders, length = np.zeros((n_kernels, 9)), np.repeat(plan.length, plan.n_taps)
    positions = (np.arange(len(plan.weight)) - np.repeat(taps - plan.n_taps, plan.n_taps)) % length - length // 2
    biases = (plan.bias + np.float32(0))[plan.kernel][order]
    return _tables(plan, outputs, plan.channel, np.ones(len(plan.channel)), plan.weight, positions, orders, biases,
                   rows)  # fmt: skip


def _tables(
    plan: Plan, outputs: Any, members: Any, signs: Any, weights: Any, positions: Any, orders: Any, biases: Any,
    rows: Any,
) -> Tables:  # fmt: skip
    """Tables in the types of the loop, without outputs that no feature has; channels count among those read."""
    used = outputs[:, loops.ROWS] < outputs[:, loops.ROWS_END]
    read = np.searchsorted(plan.channels, members)
    return Tables(
        np.ascontiguousarray(outputs[used], np.int64), np.asarray(read, np.int64), np.asarray(signs, np.float32),
        np.asarray(weights, np.float32).reshape(-1), np.asarray(positions, np.int64).reshape(-1),
        np.ascontiguousarray(orders[used], np.int64),
        np.asarray(biases, np.float32), np.ascontiguousarray(rows),
    )  # fmt: skip
