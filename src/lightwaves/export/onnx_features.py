"""The features of plans as nodes of a graph, for series of one length.

Sums are taken in the order of the compiled loops as far as a graph can say it: three taps are one convolution with
weights of 1. So a constant stretch gives exactly 0 here, too, and what equals a bias in Python equals it here.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plans import Plan
from ..plans.kernels import KERNELS, TAP_ORDER
from ..plans.pooled import SIXTEENTHS, PooledPlan
from ..plans.pooled import STATISTICS as POOLED
from ..plans.rocket import RocketPlan
from ..plans.wavelet import STATISTICS as WAVELET
from ..plans.wavelet import KernelPlan
from .kinds import NAMES, leaves
from .onnx_graph import Graph

Found = list[tuple[str, list[int]]]  # tensors (N, n_columns), and which columns these are
THIRD = np.float32(1 / 3)


def features_of(graph: Graph, plan: Plan, series: str, n_timepoints: int) -> str:
    """All features of a plan, (N, n_features).

    Parameters
    ----------
    graph : Graph
        Written to.
    plan : Plan
    series : str
        The standardised channels that are read, (N, n_channels_read, n_timepoints).
    n_timepoints : int

    Raises
    ------
    TypeError
        If the plan, or a part of it, is of a kind that a graph cannot express.
    """
    parts = list(leaves(plan))
    for part, _ in parts:
        kind = type(part)
        if kind not in WRITERS:
            bank = f", those of {NAMES[kind]}" if kind in NAMES else ""
            raise TypeError(
                f"ONNX cannot express the features of {kind.__name__}{bank}: fit the model with other banks."
            )
    places = {int(channel): i for i, channel in enumerate(plan.channels)}
    tensors, columns = [], []
    for part, of_plan in parts:
        for tensor, of_part in WRITERS[type(part)](graph, part, series, places, n_timepoints) if len(part) else []:
            tensors.append(tensor)
            columns.append(of_plan[of_part])
    return graph.rows(graph.beside(tensors), np.argsort(np.concatenate(columns)))


def three_sums(taps: NDArray[np.intp], whole: bool) -> NDArray[np.float32]:
    """The weights of the sum of the three taps that count twice, and of the others, three and three, (3, 9)."""
    weights = np.zeros((3, 9), np.float32)
    for row, some in enumerate((taps[:3], taps[3:6], taps[6:]) if whole else (taps[:3],)):
        weights[row, some] = 1
    return weights


def nine(graph: Graph, series: str, weights: NDArray[np.float32], dilation: int, padding: int) -> str:
    """Outputs of kernels with weights of 2 and -1 from three sums of each; see ``three_sums``."""
    sums = graph.taps(series, weights, dilation, padding)
    twice, once, more = (third_rows(graph, sums, first, len(weights)) for first in range(3))
    return graph.node("Sub", graph.node("Add", twice, twice), graph.node("Add", once, more))


def third_rows(graph: Graph, sums: str, first: int, n_rows: int) -> str:
    """Every third row of sums; named one by one, since tract refuses a step across the rows of a convolution."""
    return graph.rows(sums, np.arange(first, 3 * n_rows, 3))


# --- MiniRocket, MultiRocket, Prism ---------------------------------------------------------------------------


def pooled(graph: Graph, plan: PooledPlan, series: str, places: dict[int, int], n_timepoints: int) -> Found:
    """The features of a `PooledPlan`."""
    of_output = plan.of_outputs
    sums: dict[Any, str] = {}
    groups: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for o in np.unique(plan.output).tolist():
        differs, dilation = int(plan.differences[o]), int(plan.dilation[o])
        n_series = n_timepoints - differs
        if n_series < 1:
            raise ValueError("series of one time point have no differences: n_timepoints must be at least 2.")
        padding = 4 * dilation if plan.padded[o] or n_series <= 8 * dilation else 0
        groups[differs, dilation, padding].append(o)
    found: Found = []
    for (differs, dilation, padding), outputs in groups.items():
        tensors = []
        for o in outputs:
            members = [places[int(c)] for c in plan.member[of_output[o]]]
            key = (differs, *members, *plan.sign[of_output[o]].tolist())
            if key not in sums:
                sums[key] = signed_sum(graph, series, members, plan.sign[of_output[o]].tolist())
                if differs:
                    later, earlier = graph.part(sums[key], 1, n_timepoints), graph.part(sums[key], 0, n_timepoints - 1)
                    sums[key] = graph.node("Sub", later, earlier)
            tensors.append(sums[key])
        weights = np.stack(
            [three_sums(TAP_ORDER[plan.kernel[o] % len(KERNELS)], plan.kernel[o] < len(KERNELS)) for o in outputs]
        )[:, :, np.newaxis]
        if differs:  # the left four taps stand one time further right: they read a second row, a time ahead
            n_times = n_timepoints - 1 + 2 * padding
            wide = [graph.padded(tensor, padding, padding + 1) for tensor in tensors]
            tensors = [graph.part(tensor, ahead, n_times + ahead) for tensor in wide for ahead in (1, 0)]
            left = np.arange(9) < 4
            weights = np.concatenate([weights * left, weights * ~left], axis=2)
        z = nine(graph, graph.beside(tensors), weights, dilation, 0 if differs else padding)
        n_outputs = n_timepoints - differs - 8 * dilation + 2 * padding
        rows = np.flatnonzero(np.isin(plan.output, outputs))
        windows = sorted({(int(plan.begin[r]), int(plan.end[r])) for r in rows})
        for begin, end in windows:
            here = rows[(plan.begin[rows] == begin) & (plan.end[rows] == end)]
            first, last = n_outputs * begin // SIXTEENTHS, -(-n_outputs * end // SIXTEENTHS)
            values = z if (first, last) == (0, n_outputs) else graph.part(z, first, last)
            for statistic in np.unique(plan.statistic[here]).tolist():
                which = here[plan.statistic[here] == statistic]
                which = which[np.argsort(plan.output[which], kind="stable")]
                chosen = graph.rows(values, np.searchsorted(outputs, plan.output[which]), len(outputs))
                biases = plan.bias[which].astype(np.float32)
                found.append((pool(graph, POOLED[statistic], chosen, biases, last - first), which.tolist()))
    return found


def signed_sum(graph: Graph, series: str, members: list[int], signs: list[int]) -> str:
    """The sum of some channels by their signs, from the first to the last."""
    summed = graph.rows(series, members[:1])
    if signs[0] < 0:
        summed = graph.node("Neg", summed)
    for member, sign in zip(members[1:], signs[1:], strict=True):
        summed = graph.node("Add" if sign > 0 else "Sub", summed, graph.rows(series, [member]))
    return summed


def pool(graph: Graph, statistic: str, z: str, biases: NDArray[np.float32], n_times: int) -> str:
    """One statistic of outputs, (N, n_rows, n_times), each against its bias."""
    if statistic == "mean_abs":
        return graph.node("Div", graph.sum_of(graph.node("Abs", z)), graph.constant(n_times))
    levels = graph.constant(biases.reshape(1, -1, 1))
    if statistic == "longest":
        return graph.longest_way(graph.node("Less", z, levels), n_times)
    if statistic == "mean_excess":
        return graph.node("Div", excess(graph, z, levels), graph.constant(n_times))
    above = graph.as_float(graph.node("Greater", z, levels))
    n_above = graph.sum_of(above)
    if statistic == "ppv":
        return graph.node("Div", n_above, graph.constant(n_times))
    divisor, none = graph.node("Max", n_above, graph.constant(1)), graph.node("Equal", n_above, graph.constant(0))
    if statistic == "mean_positive":
        mean, row = graph.node("Div", excess(graph, z, levels), divisor), graph.constant(biases)
        mean = graph.node("Add", graph.node("Add", mean, row), row)
        return graph.node("Where", none, graph.constant(0), mean)
    times = graph.constant(np.arange(n_times).reshape(-1, 1))
    at = graph.node("Squeeze", graph.node("MatMul", above, times), graph.whole(2))
    return graph.node("Where", none, graph.constant(-1), graph.node("Div", at, divisor))


def excess(graph: Graph, z: str, levels: str) -> str:
    """The sum of what exceeds a bias."""
    return graph.sum_of(graph.node("Relu", graph.node("Sub", z, levels)))


# --- Rocket -----------------------------------------------------------------------------------------------------


def rocket(graph: Graph, plan: RocketPlan, series: str, places: dict[int, int], n_timepoints: int) -> Found:
    """The features of a `RocketPlan`."""
    channels, weights = plan.channels_of_kernels, plan.weights_of_kernels
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for k in np.unique(plan.kernel).tolist():
        length, dilation, reach = int(plan.length[k]), int(plan.dilation[k]), int(plan.reach[k])
        padding = reach if plan.padded[k] or n_timepoints <= 2 * reach else 0
        groups[length, dilation, padding, tuple(channels[k].tolist())].append(k)
    found: Found = []
    for (length, dilation, padding, read), kernels in groups.items():
        taps = np.stack([weights[k].reshape(len(read), length) for k in kernels])[np.newaxis]
        z = graph.taps(graph.rows(series, [places[c] for c in read]), taps.astype(np.float32), dilation, padding)
        z = graph.node("Add", z, graph.constant(plan.bias[kernels].reshape(1, -1, 1)))
        n_times = n_timepoints - 2 * (length // 2 * dilation - padding)
        for statistic in (0, 1):
            rows = np.flatnonzero(np.isin(plan.kernel, kernels) & (plan.statistic == statistic))
            if not len(rows):
                continue
            chosen = graph.rows(z, np.searchsorted(kernels, plan.kernel[rows]), len(kernels))
            if statistic:
                found.append((graph.largest_of(chosen), rows.tolist()))
            else:
                above = graph.as_float(graph.node("Greater", chosen, graph.constant(0)))
                found.append((graph.node("Div", graph.sum_of(above), graph.constant(n_times)), rows.tolist()))
    return found


# --- wavelet scattering ---------------------------------------------------------------------------------------


def wavelets(graph: Graph, plan: KernelPlan, series: str, places: dict[int, int], n_timepoints: int) -> Found:
    """The features of a `KernelPlan`."""
    found: Found = []
    for dilation in np.unique(plan.dilation).tolist():
        rows = np.flatnonzero(plan.dilation == dilation)
        outputs, which = np.unique(np.stack([plan.channel[rows], plan.kernel[rows]]), axis=1, return_inverse=True)
        which = which.reshape(-1)
        read, of_output = np.unique(outputs[0], return_inverse=True)
        taps, padding = TAP_ORDER[outputs[1]], 4 * dilation
        of_channels = graph.rows(series, [places[int(c)] for c in read])
        groups = np.stack([three_sums(np.arange(9), True)] * len(read))[:, :, np.newaxis]
        sums = graph.taps(of_channels, groups, dilation, padding)
        low, middle, high = (third_rows(graph, sums, first, len(read)) for first in range(3))
        slopes = graph.node("Add", graph.node("Sub", low, middle), graph.node("Sub", high, middle))
        mean = graph.node("Add", middle, graph.node("Mul", slopes, graph.constant(THIRD)))
        weights = np.stack([three_sums(row, True) for row in taps])[:, :, np.newaxis]
        # Runtimes may add in another order where a convolution has one output only; so it has all three here, too.
        sums = graph.taps(graph.rows(of_channels, of_output), weights, dilation, padding)
        threes = third_rows(graph, sums, 0, len(taps))
        first = graph.node("Sub", threes, graph.rows(mean, of_output))
        root = dilation * np.sqrt(np.float64(dilation))
        for level, scale in ((1, np.float32(3 / root)), (2, np.float32(3 / root**2))):
            of_level = np.flatnonzero(plan.level[rows] == level)
            if not len(of_level):
                continue
            z, n_times = first, n_timepoints
            if level == 2:
                n_times = (n_timepoints + 1) // 2
                halved = graph.part(graph.node("Abs", first), 0, n_timepoints, 2)
                z = nine(graph, halved, weights, dilation, padding)
            for statistic in np.unique(plan.statistic[rows[of_level]]).tolist():
                mine = of_level[plan.statistic[rows[of_level]] == statistic]
                chosen = graph.rows(z, which[mine])
                found.append((of_wavelet(graph, WAVELET[statistic], chosen, scale, n_times), rows[mine].tolist()))
    return found


def of_wavelet(graph: Graph, statistic: str, z: str, scale: np.float32, n_times: int) -> str:
    """One statistic of outputs of wavelet scattering."""
    if statistic == "max_abs":
        return graph.node("Mul", graph.largest_of(graph.node("Abs", z)), graph.constant(scale))
    if statistic == "min_abs":
        return graph.node("Mul", graph.smallest_of(graph.node("Abs", z)), graph.constant(scale))
    positive = graph.node("Greater", z, graph.constant(0))
    count = graph.sum_of(graph.as_float(positive)) if statistic == "ppv" else graph.longest_run(positive, n_times)
    return graph.node("Div", count, graph.constant(n_times))


WRITERS: dict[type[Plan], Any] = {PooledPlan: pooled, RocketPlan: rocket, KernelPlan: wavelets}
