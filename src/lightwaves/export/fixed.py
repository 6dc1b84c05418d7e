"""Integers in place of real numbers: which units they count in, so that training series fit into 16 bits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plans import Plan
from ..plans.plan import features_of
from ..sharing import cached_property

ROOM = 1.1  # so much larger than in calibration a value may be before it is cut off
MANY = 0.25  # of the biases beyond all outputs, and these are not those of training
SMALL = 8.0  # units: about as much as roundings move an output
DETAILS = 64  # so many units the usual step of a channel must take, or 16 bits are too few
SOME_CASES = 1000  # are looked at,
FEW_CASES = 50  # and so few where series are so long that there are
SOME_VALUES = 2**20  # of a channel
LEAST_SIZE, MOST_SIZE, LARGEST_SIZE = 0.2, 5.0, 30.0  # of the usual standardised channel of calibration, and of any


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
    highest : int
        By how many bits the highest of such outputs is shifted, to have 32 bits.
    """

    value: str
    most: int
    most_summed: int
    finest: int
    widest: int
    product: str
    highest: int

    @property
    def most_output(self) -> int:
        """The largest value of an output: the sizes of nine weights add up to 12."""
        return 12 * self.most_summed


NARROW = Width("int16_t", 2**15 - 1, 2**15 - 1, 12, 8, "int32_t", 8)
WIDE = Width("int32_t", 2**26 - 1, 2**26 - 1, 24, 14, "int64_t", 16)


@dataclass(frozen=True)
class Units:
    """What an integer counts.

    Attributes
    ----------
    width : Width
    bits : int64 (n_channels_read,)
        A channel counts in deviations over ``2**bits``.
    series : float32 (n_cases, n_channels_read, n_timepoints)
        The standardised channels of some cases, 0 behind their ends.
    lengths : int64 (n_cases,)
        Their numbers of time points.
    features : float64 (n_features, n_cases)
        The features of these cases.
    """

    width: Width
    bits: NDArray[np.int64]
    series: NDArray[np.float32]
    lengths: NDArray[np.int64]
    features: NDArray[np.float64]

    @cached_property
    def integers(self) -> NDArray[np.int32]:
        """The series as C counts them."""
        most = self.width.most
        scaled = np.clip(np.ldexp(self.series, self.bits[:, np.newaxis]), -most, most)
        return np.trunc(scaled + np.copysign(0.5, scaled).astype(np.float32)).astype(np.int32)

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
        largest = float(np.abs(summed).max(initial=0.0)) * 2.0**self.common
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
        Of 16 bits, or of 32 where the usual step of a channel is small beside its largest value.
    """
    n_cases = panel.n_cases
    n_some = min(n_cases, SOME_CASES, max(FEW_CASES, SOME_VALUES // panel.n_timepoints))
    cases = np.unique(np.linspace(0, n_cases - 1, n_some).astype(np.intp))
    features = features_of(plan, panel, cases=cases).astype(np.float64)
    values = panel.take(cases, plan.channels)  # as C gets them, which is float32 whatever calibration is
    large, small, factor = plan.standard(False).T[..., np.newaxis]
    lengths = panel.lengths[cases].astype(np.int64)
    inside = np.arange(values.shape[2]) < lengths[:, np.newaxis, np.newaxis]
    series = np.where(inside, ((np.where(inside, values, 0) - large) - small) * factor, np.float32(0))
    units = Units(NARROW, bits_of(series, NARROW), series, lengths, features)
    steps = np.abs(np.diff(series, axis=2)) * (2.0 ** units.bits[:, np.newaxis] * inside[:, :, 1:])
    usual = [np.median(own[own > 0]) if (own > 0).any() else np.inf for own in np.moveaxis(steps, 1, 0)]
    return units if min(usual) >= DETAILS else widened(units)


def check_sizes(units: Units) -> None:
    """Make sure that the channels of a plan that standardises them are about as large as in training, which is 1.

    Raises
    ------
    ValueError
        If the usual channel does not, or one is far larger.
    """
    squares = (units.series.astype(np.float64) ** 2).sum(axis=2)
    together = np.sqrt(squares.sum(axis=0) / units.lengths.sum())
    usual = np.sqrt(np.median(squares / units.lengths[:, np.newaxis], axis=0))  # whatever outliers there are
    for size, fits in (
        (np.median(together), np.median(together) >= LEAST_SIZE),
        (np.median(usual), np.median(usual) <= MOST_SIZE),
        (usual.max(), usual.max() <= LARGEST_SIZE),
    ):
        if not fits:
            raise ValueError(
                "calibration does not resemble the series that the model was fitted on: standardised, a channel is "
                f"about {size:.3g} in size, where 1 is usual. Take more series from training, in the same units."
            )


def widened(units: Units) -> Units:
    """The same with 32 bits."""
    return replace(units, width=WIDE, bits=bits_of(units.series, WIDE))


def bits_of(series: NDArray[np.floating], width: Width) -> NDArray[np.int64]:
    """The bits of each channel's unit such that the largest value fits."""
    largest = np.maximum(np.abs(series).max(axis=(0, 2)), 2.0**-width.finest)
    bits = np.minimum(np.floor(np.log2(width.most / (ROOM * largest))), width.finest).astype(np.int64)
    return np.minimum(bits, bits.min() + width.widest)


def check_biases(biases: NDArray[np.float64]) -> None:
    """Make sure that calibration looks like training, from whose outputs biases were taken.

    Parameters
    ----------
    biases : float64 (n_biases, 3)
        In units of their outputs, each with the lowest and the highest of these in calibration.

    Raises
    ------
    ValueError
        If many biases are beyond all outputs.
    """
    bias, lowest, highest = biases.T
    outside = (bias < lowest - 1) | (bias > highest + 1)
    if outside.sum() > MANY * len(biases):
        raise ValueError(
            "calibration does not resemble the series that the model was fitted on: its values do not reach the "
            f"thresholds of {outside.sum()} of {len(biases)} features. Take series from training, in the same units."
        )


def is_coarse(biases: NDArray[np.float64]) -> bool:
    """Whether usual biases are so small that integers hardly count them; biases that are 0 are exact."""
    sizes = np.abs(biases[:, 0])
    return bool(len(sizes)) and bool((sizes > 0).any()) and float(np.median(sizes[sizes > 0])) < SMALL
