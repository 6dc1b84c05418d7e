"""Values that cannot be used: NaN, infinity, and what float32 does not hold, each named with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .padding import remedy

CHUNK = 1 << 18  # values looked at together: they stay in a core's own cache while both extremes are sought
LARGEST = float(np.finfo(np.float32).max)
FAR = 1e37  # standardised: eighteen times as much, as a kernel may make of it, is still within float32
FILL_VALUE = 'If it stands for a missing value, put NaN there and say missing="interpolate".'


@dataclass(frozen=True)
class Look:
    """A look at series.

    Attributes
    ----------
    values : array (n_cases, n_channels, n_timepoints)
    lengths : int32 (n_cases,)
        What stands behind a case's end may be anything.
    names : tuple of str, or None
        Of the channels.
    name : str
        What error messages call the series.
    may_miss : bool
        Whether a value may be NaN.
    read : int (n_read,), or None
        The channels to look at; None is all.
    standard : (shift, scale), or None
        How channels, float64 (n_channels,), will be standardised.
    place : function of a case, or None
        Says where a case lies, if its number does not say it.
    doubt : bool
        Whether to note cases that are 0 in all channels at all times, as parts of a file are that were never written.
    blank : list of int
        These cases.
    """

    values: NDArray[Any]
    lengths: NDArray[np.int32]
    names: tuple[str, ...] | None
    name: str
    may_miss: bool = False
    read: NDArray[np.intp] | None = None
    standard: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    place: Callable[[int], str] | None = None
    doubt: bool = False
    blank: list[int] = field(default_factory=list)

    def at(self, first: int, end: int) -> bool:
        """Look at some cases, in blocks of a few.

        Returns
        -------
        bool
            Whether no value is missing.

        Raises
        ------
        ValueError
            Naming the first case, channel and time point with a value that cannot be used.
        """
        _, n_channels, n_timepoints = self.values.shape
        if n_channels == 0 or (self.values.dtype.kind in "iub" and self.standard is None and not self.doubt):
            return True
        low, high = self._bounds()
        least, most = low.max(), high.min()
        whole = self.read is None or len(self.read) == n_channels
        step = max(1, CHUNK // (n_channels * n_timepoints))
        complete = True
        for start in range(first, end, step):
            block = self.values[start : min(start + step, end)]
            block = block if whole else block[:, self.read]
            if self.doubt:
                beginning = np.flatnonzero(block[:, 0, 0] == 0)
                self.blank.extend(start + i for i in beginning if not block[i, :, : self.lengths[start + i]].any())
            if block.size and not (block.min() >= least and block.max() <= most):  # NaN is neither
                complete &= self._in_detail(block, start, low, high)
        return complete

    def _bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and the greatest value of each channel that is read, or of all alike."""
        if self.standard is None:
            return np.array([-LARGEST]), np.array([LARGEST])
        shift, scale = self.standard if self.read is None else (of_all[self.read] for of_all in self.standard)
        return np.maximum(shift - FAR * scale, -LARGEST), np.minimum(shift + FAR * scale, LARGEST)

    def _in_detail(self, block: NDArray[Any], start: int, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """What `at` does with a block in which some value may be beyond its bounds or NaN."""
        own = np.arange(block.shape[2]) < self.lengths[start : start + len(block), np.newaxis, np.newaxis]
        fine = (block >= low[:, np.newaxis]) & (block <= high[:, np.newaxis]) | ~own
        absent = np.isnan(block) & own if block.dtype.kind == "f" else np.zeros_like(fine)
        wrong = ~fine & ~absent if self.may_miss else ~fine
        if wrong.any():
            case, place, time = (int(i) for i in np.argwhere(wrong)[0])
            channel = place if self.read is None else int(self.read[place])
            seen, what_to_do = self._about(block[case, place, time], channel)
            if absent[case, place, time]:
                what_to_do = remedy(absent[case, :, : self.lengths[start + case]], place, time, self.name)
            raise ValueError(
                f"{self.name} contains {seen}: case {start + case}{self._place(start + case)}, channel "
                f"{self.label(channel)}, time point {time}. {what_to_do}"
            )
        return not absent.any()

    def _place(self, case: int) -> str:
        """Where a case lies, if its number does not say it."""
        place = self.place or getattr(self.values, "place", None)
        return "" if place is None else place(case)

    def label(self, channel: int) -> str | int:
        """The name of a channel, or its number where it has none."""
        return self.names[channel] if self.names else channel

    def _about(self, value: Any, channel: int) -> tuple[str, str]:
        """What is wrong with a value that is no gap, and what to do about it."""
        if np.isnan(value):
            return "NaN", ""
        if np.isinf(value):
            return "infinity", FILL_VALUE
        if abs(value) > LARGEST or self.standard is None:
            return f"{value:g}, too large for float32", FILL_VALUE
        shift, scale = (float(of_channels[channel]) for of_channels in self.standard)
        if (shift, scale) == (0, 1):
            return f"{value:g}, too large for sums in float32", FILL_VALUE
        return (
            f"{value:g}, too large for float32 once it is standardised by the training mean, {shift:g}, and deviation, "
            f"{scale:g}",
            FILL_VALUE,
        )
