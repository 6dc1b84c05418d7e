"""What the moving loops read: the tables of a plan's outputs, for a window of one length.

The lines hold signed sums of channels and their differences, the newest time last. A tap is the distance from the place
of an output to the place of what it reads, so that one table serves at all times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES
from ..plans import Plan, Together
from ..plans.kernels import KERNELS, TAP_ORDER
from ..plans.pooled import SIXTEENTHS, PooledPlan
from ..plans.pooled import STATISTICS as POOLED
from ..plans.rocket import RocketPlan

NOWHERE = -1
OF_LEVEL = ("ppv", "longest", "mean_positive", "mean_index", "mean_excess")
N_TAPS = 9  # of a kernel


class Tables(NamedTuple):
    """The tables of ``lightwaves.loops.moving``, and how many lines of stretches these need."""

    lines: NDArray[np.int64]
    member: NDArray[np.int64]
    sign: NDArray[np.float32]
    outputs: NDArray[np.int64]
    offsets: NDArray[np.float32]
    zones: NDArray[np.int64]
    ends: NDArray[np.int32]
    place: NDArray[np.int64]
    weight: NDArray[np.float32]
    windows: NDArray[np.int64]
    levels: NDArray[np.int64]
    biases: NDArray[np.float32]
    n_stretches: int


@dataclass
class Pooled:
    """What is pooled of an output in one window: levels by their bias, and what needs none."""

    mean_abs: int = NOWHERE
    highest: int = NOWHERE
    levels: dict[float, list[int]] = field(default_factory=dict)


class Output(NamedTuple):
    """An output, and what is pooled of it.

    Attributes
    ----------
    nine : bool
        Whether its taps are added up as in the loops of ``pooling``.
    offset : float
        What is added to them.
    taps : list of (int, int, float)
        The line that each reads, how far from the place of the output, and its weight.
    n_series : int
        The time points of the series; outside, it is 0.
    pooled : dict of Pooled
        By the window of the output, from where to where.
    """

    nine: bool
    offset: float
    taps: list[tuple[int, int, float]]
    n_series: int
    pooled: dict[tuple[int, int], Pooled]

    @property
    def borders(self) -> list[int]:
        """Where its zones begin, from the first time that is pooled on, and where the last one ends."""
        begin, end = min(begin for begin, _ in self.pooled), max(end for _, end in self.pooled)
        changes = {border - offset for _, offset, _ in self.taps for border in (0, self.n_series)}
        return sorted({begin, end} | {time for time in changes if begin < time < end})


@dataclass
class Drawing:
    """Tables while they are drawn up.

    Parameters
    ----------
    n_timepoints : int
        The length of the window.
    size : int
        The room of a line.
    channels : int (n_channels_read,)
        What the plan reads, ascending.
    """

    n_timepoints: int
    size: int
    channels: NDArray[np.intp]
    lines: dict[Any, int] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    copies: list[tuple[int, int]] = field(default_factory=list)  # to which column, from which

    def line(self, channels: Sequence[int], signs: Sequence[int] = (1,), differences: bool = False) -> int:
        """The number of a line: the signed sum of some channels, or its differences."""
        key: Any = tuple(np.searchsorted(self.channels, channels).tolist()), tuple(map(int, signs))
        number = self.lines.setdefault(key, len(self.lines))
        return self.lines.setdefault(number, len(self.lines)) if differences else number

    def add_pooled(self, plan: PooledPlan, columns: NDArray[np.intp]) -> None:
        """The outputs of MiniRocket, MultiRocket and Prism."""
        of_output = plan.of_outputs
        for o in np.unique(plan.output).tolist():
            members, differs, dilation = of_output[o], int(plan.differences[o]), int(plan.dilation[o])
            line = self.line(plan.member[members].tolist(), plan.sign[members].tolist(), bool(differs))
            kernel = int(plan.kernel[o])
            offsets = [(k - 4) * dilation + (differs if k < 4 else 0) for k in TAP_ORDER[kernel % len(KERNELS)]]
            taps = [(line, offset, 1.0) for offset in (offsets if kernel < len(KERNELS) else offsets[:3])]
            n_series = self.n_timepoints - differs
            skipped = 4 * dilation if not plan.padded[o] and n_series > 8 * dilation else 0
            pooled: dict[tuple[int, int], Pooled] = {}
            for row in np.flatnonzero(plan.output == o):
                n_left = n_series - 2 * skipped
                begin = skipped + n_left * int(plan.begin[row]) // SIXTEENTHS
                end = skipped + -(-n_left * int(plan.end[row]) // SIXTEENTHS)
                here = pooled.setdefault((begin, end), Pooled())
                name, column = POOLED[plan.statistic[row]], int(columns[row])
                if name == "mean_abs":
                    here.mean_abs = self.once(here.mean_abs, column)
                else:
                    self.put(here, float(plan.bias[row]), name, column)
            self.outputs.append(Output(True, 0.0, taps, n_series, pooled))

    def add_rocket(self, plan: RocketPlan, columns: NDArray[np.intp]) -> None:
        """The outputs of Rocket."""
        channels, weights = plan.channels_of_kernels, plan.weights_of_kernels
        for k in np.unique(plan.kernel).tolist():
            length, dilation, reach = int(plan.length[k]), int(plan.dilation[k]), int(plan.reach[k])
            lines = [self.line([int(channel)]) for channel in channels[k]]
            offsets = [(nth - length // 2) * dilation for nth in range(length)]
            places = [(line, offset) for line in lines for offset in offsets]
            taps = [(*place, float(weight)) for place, weight in zip(places, weights[k], strict=True)]
            skipped = reach if not plan.padded[k] and self.n_timepoints > 2 * reach else 0
            here = Pooled()
            for row in np.flatnonzero(plan.kernel == k):
                column = int(columns[row])
                if plan.statistic[row]:
                    here.highest = self.once(here.highest, column)
                else:
                    self.put(here, 0.0, "ppv", column)
            pooled = {(skipped, self.n_timepoints - skipped): here}
            self.outputs.append(Output(False, float(plan.bias[k]) + 0.0, taps, self.n_timepoints, pooled))

    def put(self, here: Pooled, bias: float, name: str, column: int) -> None:
        """A statistic of a level goes to a column."""
        rows = here.levels.setdefault(bias, [NOWHERE] * len(OF_LEVEL))
        rows[OF_LEVEL.index(name)] = self.once(rows[OF_LEVEL.index(name)], column)

    def once(self, taken: int, column: int) -> int:
        """Where a statistic goes that may have a column already: then the other one is a copy."""
        if taken == NOWHERE:
            return column
        self.copies.append((column, taken))
        return taken

    def tables(self) -> Tables:
        """All of it, as the loops read it."""
        rows: dict[str, list[Any]] = {name: [] for name in ("outputs", "zones", "taps", "windows", "levels", "biases")}
        n_stretches = 0
        for o, output in enumerate(self.outputs):
            borders, first_zone, first_window = output.borders, len(rows["zones"]), len(rows["windows"])
            for begin, end in pairwise(borders):
                first_tap = len(rows["taps"])
                rows["taps"] += self.taps_at(begin, output)
                rows["zones"].append((begin, end, first_tap, len(rows["taps"])))
            for (begin, end), here in output.pooled.items():
                first_level = len(rows["levels"])
                n_shares = sum(map(only_share, here.levels.values()))
                for bias, to in sorted(here.levels.items(), key=lambda level: not only_share(level[1])):
                    has_stretches = to[OF_LEVEL.index("longest")] != NOWHERE
                    rows["levels"].append((*to, n_stretches * self.size if has_stretches else NOWHERE))
                    rows["biases"].append(bias)
                    n_stretches += has_stretches
                inner, inner_end = np.searchsorted(borders[1:], (begin + 1, end))
                levels = first_level, first_level + n_shares, len(rows["levels"])
                rows["windows"].append((begin, end, inner, inner_end, *levels, here.mean_abs, here.highest, o))
            rows["outputs"].append(
                (output.nine, o * self.size, first_zone, len(rows["zones"]), first_window, len(rows["windows"]))
            )
        zones = table(rows["zones"], 4)
        ends = np.zeros(len(zones) + N_LANES, np.int32)
        ends[: len(zones)] = zones[:, 1] - 1
        lines, member, sign = self.table_of_lines()
        return Tables(
            lines=lines,
            member=member,
            sign=sign,
            outputs=table(rows["outputs"], 6),
            offsets=np.array([output.offset for output in self.outputs], np.float32),
            zones=zones,
            ends=ends,
            place=np.array([place for place, _ in rows["taps"]], np.int64),
            weight=np.array([weight for _, weight in rows["taps"]], np.float32),
            windows=table(rows["windows"], 10),
            levels=table(rows["levels"], 6),
            biases=np.array(rows["biases"], np.float32),
            n_stretches=n_stretches,
        )

    def taps_at(self, time: int, output: Output) -> list[tuple[int, float]]:
        """The taps that are inside the window at a time: of nine, the others read from a line of zeros."""
        is_inside = [0 <= time + offset < output.n_series for _, offset, _ in output.taps]
        places = [(line * self.size + offset, weight) for line, offset, weight in output.taps]
        if not output.nine:
            return [place for place, inside in zip(places, is_inside, strict=True) if inside]
        zero = (len(self.lines) * self.size, 0.0)
        found = [place if inside else zero for place, inside in zip(places, is_inside, strict=True)]
        return found + [zero] * (N_TAPS - len(found))

    def table_of_lines(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """What each line holds, and the members of all sums with their signs."""
        rows: list[tuple[int, int, int]] = []
        member: list[int] = []
        sign: list[int] = []
        for key in self.lines:
            if isinstance(key, int):
                rows.append((key, 0, 0))
                continue
            rows.append((NOWHERE, len(member), len(member) + len(key[0])))
            member += key[0]
            sign += key[1]
        return table(rows, 3), np.array(member, np.int64), np.array(sign, np.float32)


def only_share(rows: list[int]) -> bool:
    """Whether nothing but the share of values above a bias is wanted."""
    return rows[OF_LEVEL.index("ppv")] != NOWHERE and set(rows[1:]) == {NOWHERE}


def table(rows: list[Any], n_columns: int) -> NDArray[np.int64]:
    """Rows of whole numbers as an array, which may be empty."""
    return np.array(rows, np.int64).reshape(-1, n_columns)


def parts_of(plan: Plan) -> tuple[list[tuple[Plan, NDArray[np.intp]]], list[tuple[int, int]]]:
    """The parts of a plan with the columns of each, and which further columns are copies of which."""
    if not isinstance(plan, Together):
        return [(plan, np.arange(len(plan)))], []
    _, firsts, of_column = np.unique(plan.order, return_index=True, return_inverse=True)
    copies = [(column, int(firsts[i])) for column, i in enumerate(of_column) if firsts[i] != column]
    ends = plan.starts
    return [(part, firsts[begin:end]) for part, begin, end in zip(plan.parts, ends[:-1], ends[1:], strict=True)], copies
