"""Integers in place of real numbers: which units they count in, so that training series fit into 16 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plans import Plan

MOST = 32767  # of 16 bits; what is larger is taken as this
ROOM = 1.1  # so much larger than in training a value may be before that
FINEST, WIDEST = 12, 8  # a deviation is at most 2**12, and units of channels differ by at most 2**8
SOME_CASES = 1000  # are looked at


@dataclass(frozen=True)
class Units:
    """What an integer counts.

    Attributes
    ----------
    bits : int64 (n_channels_read,)
        A channel counts in deviations over ``2**bits``.
    series : float32 (n_cases, n_channels_read, n_timepoints)
        The standardised channels of some cases, NaN behind their ends.
    mean, spread : float64 (n_features,)
        Of each feature, and the largest distance from it.
    """

    bits: NDArray[np.int64]
    series: NDArray[np.float32]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def common(self) -> int:
        """In sums, all channels count in deviations over two to the power of this."""
        return int(self.bits.max())

    @property
    def factors(self) -> list[int]:
        """What the integers of a channel are multiplied by in sums."""
        return [1 << (self.common - int(bits)) for bits in self.bits]

    def shift(self, channels: NDArray[np.int64], signs: NDArray[Any], differences: bool) -> int:
        """By how many bits a sum of channels is shifted to fit into 16."""
        summed = (self.series[:, channels] * signs[:, np.newaxis].astype(np.float32)).sum(axis=1)
        summed = np.diff(summed) if differences else summed
        largest = float(np.nanmax(np.abs(summed), initial=0.0)) * 2.0**self.common
        return max(0, int(np.ceil(np.log2(max(ROOM * largest, 1.0) / MOST))))


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
    mean = features.mean(axis=1)
    values, less_shift = panel.centred(cases, plan.channels, plan.shift[plan.channels])
    large, small, factor = plan.standard(less_shift).T[..., np.newaxis]
    behind = np.arange(values.shape[2]) >= panel.lengths[cases, np.newaxis, np.newaxis]
    series = np.where(behind, np.float32(np.nan), ((np.where(behind, 0, values) - large) - small) * factor)
    largest = np.nanmax(np.abs(series), axis=(0, 2))
    bits = np.floor(np.log2(MOST / (ROOM * np.maximum(largest, 2.0**-FINEST)))).astype(np.int64)
    bits = np.minimum(bits, FINEST)
    return Units(
        bits=np.maximum(bits, bits.max() - WIDEST),
        series=series.astype(np.float32),
        mean=mean,
        spread=np.abs(features - mean[:, np.newaxis]).max(axis=1),
    )
