"""Integers in place of real numbers: which units they count in, so that training series fit into 16 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plans import Plan

ROOM = 1.1  # so much larger than in calibration a value may be before it is cut off
DETAILS = 64  # so many units the usual step of a channel must take, or 16 bits are too few
SOME_CASES = 1000  # are looked at


class Width(NamedTuple):
    """How large integers become.

    Attributes
    ----------
    value : str
        The type of values of a series.
    most, most_summed : int
        The largest value of a channel, and of a sum of channels; what is larger is taken as this.
    finest : int
        A deviation is at most ``2**finest`` units.
    widest : int
        Units of channels differ by a factor of at most ``2**widest``.
    product : str
        The type of an output with weights of 16 bits.
    """

    value: str
    most: int
    most_summed: int
    finest: int
    widest: int
    product: str


NARROW = Width("int16_t", 2**15 - 1, 2**15 - 1, 12, 8, "int32_t")
WIDE = Width("int32_t", 2**20 - 1, 2**22 - 1, 17, 4, "int64_t")


@dataclass(frozen=True)
class Units:
    """What an integer counts.

    Attributes
    ----------
    width : Width
    bits : int64 (n_channels_read,)
        A channel counts in deviations over ``2**bits``.
    series : float32 (n_cases, n_channels_read, n_timepoints)
        The standardised channels of some cases, NaN behind their ends.
    features : float64 (n_features, n_cases)
        The features of these cases.
    """

    width: Width
    bits: NDArray[np.int64]
    series: NDArray[np.float32]
    features: NDArray[np.float64]

    @property
    def common(self) -> int:
        """In sums, all channels count in deviations over two to the power of this."""
        return int(self.bits.max())

    @property
    def factors(self) -> list[int]:
        """What the integers of a channel are multiplied by in sums."""
        return [1 << (self.common - int(bits)) for bits in self.bits]

    def shift(self, channels: NDArray[np.int64], signs: NDArray[Any], differences: bool) -> int:
        """By how many bits a sum of channels is shifted to be no larger than it may."""
        summed = (self.series[:, channels] * signs[:, np.newaxis].astype(np.float32)).sum(axis=1)
        summed = np.diff(summed) if differences else summed
        largest = float(np.nanmax(np.abs(summed), initial=0.0)) * 2.0**self.common
        return max(0, int(np.ceil(np.log2(max(ROOM * largest, 1.0) / self.width.most_summed))))


def units_of(plan: Plan, panel: Panel) -> Units:
    """The units for a plan, from series like those that it will see.

    Parameters
    ----------
    plan : Plan
    panel : Panel
        Checked, and without gaps.

    Returns
    -------
    Units
    """
    n_cases = panel.n_cases
    cases = np.unique(np.linspace(0, n_cases - 1, min(n_cases, SOME_CASES)).astype(np.intp))
    features = plan.finite_rows(panel, cases=cases)[:-1, : len(cases)].astype(np.float64)
    values, less_shift = panel.centred(cases, plan.channels, plan.shift[plan.channels])
    large, small, factor = plan.standard(less_shift).T[..., np.newaxis]
    behind = np.arange(values.shape[2]) >= panel.lengths[cases, np.newaxis, np.newaxis]
    series = np.where(behind, np.float32(np.nan), ((np.where(behind, 0, values) - large) - small) * factor)
    bits = bits_of(series, NARROW)
    steps = np.abs(np.diff(series, axis=2)) * 2.0 ** bits[:, np.newaxis]
    usual = [np.median(own[own > 0]) if (own > 0).any() else np.inf for own in np.moveaxis(steps, 1, 0)]
    width = NARROW if min(usual) >= DETAILS else WIDE
    return Units(width, bits_of(series, width), series.astype(np.float32), features)


def bits_of(series: NDArray[np.floating], width: Width) -> NDArray[np.int64]:
    """The bits of each channel's unit such that the largest value fits."""
    largest = np.maximum(np.nanmax(np.abs(series), axis=(0, 2)), 2.0**-width.finest)
    bits = np.minimum(np.floor(np.log2(width.most / (ROOM * largest))), width.finest).astype(np.int64)
    return np.maximum(bits, bits.max() - width.widest)
