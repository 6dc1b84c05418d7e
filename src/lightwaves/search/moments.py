"""Mean and deviation of each channel, and whether the series are those of the other ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..panel.reading import look_again
from ..parallel.comm import all_ranks, allgather, digest
from ..parallel.crew import Crew
from ..parallel.threads import share_out
from ..validation import shown, warn_caller
from .block_moments import by_blocks, check_units, moments_by_blocks, moments_of_held, of_my_blocks, own_by_blocks
from .fill_values import Measured, fill_values, in_words, lost_in_words, lost_within

MOMENTS_BLOCK = 1 << 20  # values of X whose mean and deviation are taken together


def moments(
    panel: Panel,
    groups: list[NDArray[np.intp]],
    crew: Crew,
    weights: NDArray[np.float64] | None = None,
    numbers: NDArray[np.intp] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel over all cases and times that have a value.

    The deviation of a constant channel is 0; so are both of one without any value.

    Raises
    ------
    ValueError
        If no channel has a value. If one is NaN or infinite where this rank has not looked before. If the values of a
        channel are too small for float32.

    Warns
    -----
    UserWarning
        On the first rank, if one value carries most of a channel's variance, or cases lie so far apart that what
        happens within them is lost, see `lightwaves.search.fill_values`; or if a channel has no value.
    """
    if by_blocks(panel):
        shift, scale, found, lost = moments_by_blocks(panel, crew, weights)
    else:
        shift, scale, found, lost = moments_by_channels(panel, groups, crew, weights)
    empty = np.isnan(shift)
    if empty.all():
        raise ValueError("X has no value at all: every one is NaN.")

    def tell() -> None:
        if crew.comm.rank:
            return
        if found:
            first = min(found)
            called = first if numbers is None else first._replace(case=int(numbers[first.case]))
            warn_caller(in_words(called, len(found), panel.channel_names))
        if lost:
            warn_caller(lost_in_words(min(lost), len(lost), panel.channel_names))
        if empty.any():
            named = [panel.channel_names[c] if panel.channel_names else int(c) for c in np.flatnonzero(empty)]
            warn_caller(f"X has no value in the channels {shown(named)}: they count as constant.")

    if found or lost or empty.any():
        all_ranks(crew.comm, tell)  # a warning may be an error
    shift[empty] = scale[empty] = 0.0
    check_units(shift, scale, panel.channel_names)
    return shift, scale


def moments_by_channels(
    panel: Panel, groups: list[NDArray[np.intp]], crew: Crew, weights: NDArray[np.float64] | None
) -> Measured:
    """What `moments_by_blocks` returns, of channels that ranks share: a rank looks at all values of its own."""
    all_of_them = Measured(np.empty(panel.n_channels), np.empty(panel.n_channels), [], [])
    mine = my_stretches(panel, groups, crew).values()

    def measure(channels: NDArray[np.intp]) -> tuple[NDArray[np.intp], Measured]:
        mean, deviation = panel.moments(channels, weights)
        if not np.isfinite([mean, deviation]).all():
            look_again(panel, channels)
        as_they_are = (mean, deviation) if weights is None else panel.moments(channels)  # a large weight is no value
        suspects = fill_values(panel, channels, *as_they_are)
        return channels, Measured(mean, deviation, suspects, lost_within(panel, channels, deviation, suspects))

    def of_mine() -> list[tuple[NDArray[np.intp], Measured]]:
        if own_by_blocks(panel):
            return [moments_of_held(panel, crew, weights)]
        return share_out(measure, mine, crew.n_threads)

    for of_rank in allgather(crew.comm, of_mine):
        for channels, found in of_rank:
            all_of_them.mean[channels], all_of_them.deviation[channels] = found.mean, found.deviation
            all_of_them.fill_values.extend(found.fill_values)
            all_of_them.lost.extend(found.lost)
    return all_of_them


def my_stretches(panel: Panel, groups: list[NDArray[np.intp]], crew: Crew) -> dict[int, NDArray[np.intp]]:
    """Channels that are read together, a few neighbours of one group: those of this rank, by their number."""
    step = max(1, MOMENTS_BLOCK // int(panel.lengths.sum(dtype=np.int64)))
    stretches = [
        (number, group[start : start + step])
        for number, group in enumerate(groups)
        for start in range(0, len(group), step)
    ]
    if crew.held is None:  # neighbours of neighbours, so that of a file each rank touches its own pages
        mine = np.array_split(np.arange(len(stretches)), crew.comm.size)[crew.comm.rank]
    else:
        mine = crew.mine([number for number, _ in stretches])
    return {int(i): stretches[i][1] for i in mine}


def digests(panel: Panel, groups: list[NDArray[np.intp]], crew: Crew) -> list[tuple[int, str]]:
    """A digest of each part of the series that this rank reads, with the part's number."""
    if by_blocks(panel):
        everything = np.arange(panel.n_channels)
        return of_my_blocks(panel, crew, lambda block: (block.start, digest(panel.raw(block, everything))))

    def read(stretch: tuple[int, NDArray[np.intp]]) -> tuple[int, str]:
        return stretch[0], digest(panel.raw(slice(None), stretch[1]))

    return share_out(read, my_stretches(panel, groups, crew).items(), crew.n_threads)
