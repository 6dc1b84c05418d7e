"""Series of very unequal lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.cases import WASTE
from ..sharing import cached_property
from .panel import Panel


class RaggedPanel(Panel):
    """Series of very unequal lengths, each in an array of its own: so memory follows the sum of their lengths.

    Parameters
    ----------
    series : list of arrays (n_channels, n_timepoints_i)
        Of one dtype.
    channel_names : tuple of str, or None
    """

    series: list[NDArray[Any]]

    def __init__(self, series: list[NDArray[Any]], channel_names: tuple[str, ...] | None = None):
        lengths = np.array([x.shape[1] for x in series], np.int32)
        self.__dict__.update(series=series, lengths=lengths, channel_names=channel_names, complete=True)

    @property
    def values(self) -> NDArray[Any]:
        """All series, padded to the longest: for what cannot work on some at a time."""
        return self.raw(slice(None), np.arange(self.n_channels))

    @property
    def to_look_at(self) -> RaggedPanel:
        """These series, of which slices are padded; see `Panel.to_look_at`."""
        return self

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return len(self.series)

    @property
    def n_channels(self) -> int:
        """How many channels each case has."""
        return int(self.series[0].shape[0])

    @property
    def n_timepoints(self) -> int:
        """The length of the longest case."""
        return int(self.lengths.max())

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the values are stored as."""
        return self.series[0].dtype

    @property
    def in_place(self) -> None:
        """There is no one array."""
        return None

    def raw(self, cases: slice | NDArray[np.intp], channels: NDArray[np.intp]) -> NDArray[Any]:
        """Some cases and channels, as long as the longest of these cases; see `Panel.raw`."""
        taken = np.arange(*cases.indices(self.n_cases)) if isinstance(cases, slice) else cases
        out = np.zeros((len(taken), len(channels), int(self.lengths[taken].max(initial=1))), self.dtype)
        for row, case in zip(out, taken.tolist(), strict=True):
            row[:, : self.lengths[case]] = self.series[case][channels]
        return out

    def raw_pairs(self, case: NDArray[np.intp], channel: NDArray[np.intp]) -> NDArray[Any]:
        """One channel of each of some cases, as long as the longest of them; see `Panel.raw_pairs`."""
        block = np.zeros((len(case), int(self.lengths[case].max(initial=1))), self.dtype)
        for row, i, c in zip(block, case.tolist(), channel.tolist(), strict=True):
            row[: self.lengths[i]] = self.series[i][c]
        return block

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of an array that would hold all of them."""
        return self.n_cases, self.n_channels, self.n_timepoints

    def __getitem__(self, cases: slice) -> NDArray[Any]:
        """Some cases, as long as the longest of these."""
        return self.raw(cases, np.arange(self.n_channels))

    def to_measure(self, channels: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Some channels of all cases, one after the other, as if they were one; see `Panel.moments`."""
        joined = np.concatenate([x[channels] for x in self.series], axis=1)
        return joined[np.newaxis], np.array([joined.shape[1]], np.int32)

    @cached_property
    def _groups(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length, the longest first: padded, a group is at most twice as large as its series."""
        order = np.argsort(-self.lengths.astype(np.int64), kind="stable")
        groups, begin, own = [], 0, 0
        for end, case in enumerate(order.tolist()):
            longest = int(self.lengths[order[begin]])
            own += int(self.lengths[case])
            if longest * (end + 1 - begin) > WASTE * own:
                groups.append(order[begin:end])
                begin, own = end, int(self.lengths[case])
        return [np.sort(group) for group in (*groups, order[begin:])]

    def by_length(self) -> list[NDArray[np.intp] | None]:
        """Cases of like length; see `Panel.by_length`."""
        return self._groups

    def of_cases(self, cases: NDArray[np.intp]) -> Panel:
        """Some cases only; see `Panel.of_cases`."""
        some = RaggedPanel([self.series[case] for case in cases.tolist()], self.channel_names)
        return some.looked_at(self.complete)
