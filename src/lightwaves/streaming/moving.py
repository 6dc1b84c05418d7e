"""The features of a plan over a window that moves: lines of series, and what is kept of outputs between steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES
from ..loops.moving import append, move, prime
from ..plans import Plan
from ..plans.pooled import PooledPlan
from ..plans.rocket import RocketPlan
from ..validation import check_memory
from .layout import Drawing, parts_of

ROOM = 1024  # steps at least, after which all is computed anew: the lines are full then
MOST_TAPS = N_LANES - 1  # of a kernel that is moved: as many zones, and what leaves, are a vector
AS_THEY_ARE = (0.0, 0.0, 1.0)  # how series are standardised that are standardised already


class Moving:
    """Features of the newest window of series that arrive bit by bit.

    Parameters
    ----------
    plan : Plan
    n_timepoints : int
        The length of the window.
    by_steps : bool
        Whether outputs are kept and moved; if not, every window that is asked for is computed as a whole.

    Attributes
    ----------
    at : int
        How many times the lines hold. `take` and `features` go together: the one adds times, the other passes them.

    Raises
    ------
    ValueError
        If the lines would take more memory than the machine has.
    """

    def __init__(self, plan: Plan, n_timepoints: int, by_steps: bool):
        self.plan, self.n_timepoints = plan, n_timepoints
        self.size = n_timepoints + max(n_timepoints // 2, ROOM) + N_LANES
        self.n_columns = len(plan)
        drawing = Drawing(n_timepoints, self.size, plan.channels)
        self.others: list[tuple[Plan, NDArray[np.intp], NDArray[np.intp]]] = []
        by_steps = by_steps and n_timepoints > 1  # one time has no differences
        parts, copies = parts_of(plan)
        for part, columns in parts:
            if by_steps and type(part) is PooledPlan:
                drawing.add_pooled(part, columns)
            elif by_steps and type(part) is RocketPlan and part.length.max(initial=0) <= MOST_TAPS:
                drawing.add_rocket(part, columns)
            elif len(part):
                self.others.append((part, columns, np.searchsorted(plan.channels, part.channels)))
        self.lines_of_channels = np.array([drawing.line([channel]) for channel in plan.channels], np.intp)
        self.tables = t = drawing.tables()
        n_bytes = 4 * self.size * (len(t.lines) + len(t.outputs) + t.n_stretches)
        check_memory(n_bytes, f"a window of {n_timepoints} time points", "say a smaller n_timepoints")
        self.copies = [*drawing.copies, *copies]
        self.series = np.zeros((len(t.lines) + 1) * self.size + N_LANES, np.float32)  # the last line stays 0
        self.kept = np.zeros(len(t.outputs) * self.size + N_LANES, np.float32)
        self.stretches = np.zeros(t.n_stretches * self.size + N_LANES, np.int32)
        self.counts = np.zeros((len(t.levels), 4), np.int64)
        self.sums = np.zeros((len(t.levels), 2))
        self.of_windows = np.zeros((len(t.windows), 4))
        self.fixed = (t.outputs, t.offsets, t.zones, t.place, t.weight, t.windows, t.levels, t.biases)
        self.state = (self.kept, self.stretches, self.counts, self.sums, self.of_windows)
        self.standard = np.tile(np.array(AS_THEY_ARE, np.float32), (len(plan.channels), 1))
        self.places = np.arange(len(plan.channels))
        self.restart()

    def restart(self) -> None:
        """Forget all series."""
        self.at = 0
        self.primed: int | None = None  # the place of the window that the state is of

    def room(self) -> int:
        """How many times the lines can take now, at least 1; if they are full, the window goes back to their start."""
        if self.at == self.size - N_LANES:
            last = self.n_timepoints - 1
            lines = self.series[:-N_LANES].reshape(-1, self.size)
            lines[:-1, :last] = lines[:-1, self.at - last : self.at].copy()
            self.at, self.primed = last, None
        return self.size - N_LANES - self.at

    def take(
        self, x: NDArray[np.float32], begin: int, end: int, channels: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> None:
        """Put some times of a chunk into the lines, no more than `room` says."""
        if not 0 <= end - begin <= self.size - N_LANES - self.at:
            raise ValueError(f"the lines have no room for {end - begin} times")
        t = self.tables
        append(x, begin, end, channels, standard, t.lines, t.member, t.sign, self.size, self.series, self.at)
        self.at += end - begin

    def features(self, start: int, told: range) -> NDArray[np.float32]:
        """The features of some windows, and the state moved on to the newest.

        Parameters
        ----------
        start : int
            The place of the first window that is not passed yet. All values from there on must be present.
        told : range
            The places of windows that are asked for, from `start` on.

        Returns
        -------
        float32 (n_features + 1, >= len(told))
            Row j is feature j.
        """
        out = np.empty((self.n_columns + 1, max(1, len(told))), np.float32)
        newest = self.at - self.n_timepoints
        if len(self.tables.outputs):
            n_before = 0
            if self.primed is None or self.primed != start - 1:
                prime(self.series, start, *self.fixed, *self.state)
                if len(told) and told[0] == start:
                    out[:-1, 0] = self.features_of(start)
                    n_before = 1
                start += 1
            if newest >= start:
                ahead = told[n_before] - start if len(told) > n_before else newest + 1 - start
                flat = out.reshape(-1)[n_before:]
                steps = (start, newest + 1 - start, ahead, told.step, self.tables.ends)
                move(self.series, *steps, *self.fixed, *self.state, flat, out.shape[1])
            self.primed = newest
        if self.others:
            for number, place in enumerate(told):
                x = self.window(place)
                for part, columns, places in self.others:
                    out[columns, number] = part.compute_one(x, places, self.standard[places])
        for to, origin in self.copies:
            out[to] = out[origin]
        return out

    def features_of(self, place: int) -> NDArray[np.float32]:
        """The features of one window, computed as a whole."""
        return self.plan.compute_one(self.window(place), self.places, self.standard)

    def window(self, place: int) -> NDArray[np.float32]:
        """The standardised channels that are read, (1, n_channels_read, n_timepoints)."""
        lines = self.series[:-N_LANES].reshape(-1, self.size)
        return lines[self.lines_of_channels, place : place + self.n_timepoints][np.newaxis]
