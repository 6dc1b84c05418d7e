"""Families of candidate features. The search knows only the `Bank` protocol."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..plan import KernelPlan
from .wavelet import WaveletScattering

__all__ = ["Bank", "WaveletScattering"]


class Bank(Protocol):
    """What the search needs of a bank: candidates in blocks, and a plan of those it chose."""

    def check(self) -> None:
        """Raise an error for parameters that make no sense."""

    def n_blocks(self, n_channels: int) -> int:
        """How many independent pieces the candidates come in."""

    def block(
        self, number: int, panel: Panel, cases: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids of a block's candidates and their values, (n_candidates + 1, width), for some cases."""

    def plan(
        self,
        ids: NDArray[np.int64],
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        channel_names: tuple[str, ...] | None = None,
    ) -> KernelPlan:
        """The plan that computes the candidates with these ids."""
