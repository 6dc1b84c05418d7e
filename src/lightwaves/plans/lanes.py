"""Plans that are laid out in two ways: the lanes of a vector hold 16 cases, or 16 times of one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .plan import FLOAT32, Plan, Runner, aligned

FEW_CASES = 3  # fewer than this, and a vector of 16 cases would be too empty to pay
LONG_SERIES = 4096  # from here on 16 series at once do not fit into the caches


class Layout(NamedTuple):
    """A plan for series of one length: the loop that computes it, and the tables that this reads."""

    loop: Callable[..., None]
    tables: tuple[Any, ...]
    lengths: NDArray[np.int32]  # of one case
    n_features: int
    work_size: int


@dataclass(frozen=True, eq=False, kw_only=True)
class LanesPlan(Plan):
    """A plan with a loop for each of the two layouts. A subclass lays itself out."""

    def compute_one(
        self, x: NDArray[np.float32], channels: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The features of one case that has been checked; see `Plan.compute_one`."""
        layout = self.layouts.get((x.shape[2], False)) or self.layout(x.shape[2], False)
        out, work = np.empty(layout.n_features + 1, FLOAT32), np.zeros(layout.work_size, FLOAT32)
        if layout.n_features:
            layout.loop(x, layout.lengths, channels, standard, *layout.tables, work, out, 1)
        return out[:-1]

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """The function for the faster of the two layouts; see `Plan.runner`."""
        return partial(run, self.layout(n_timepoints, n_cases >= FEW_CASES and n_timepoints < LONG_SERIES))

    def layout(self, n_timepoints: int, by_cases: bool) -> Layout:
        """The plan laid out for series of that length; kept for the next time."""
        return self.laid_out((n_timepoints, by_cases), self._lay_out)

    def _lay_out(self, n_timepoints: int, by_cases: bool) -> Layout:
        """Where everything stands while the plan is computed."""
        raise NotImplementedError


def run(
    layout: Layout,
    x: NDArray[np.float32],
    lengths: NDArray[np.int32],
    channels: NDArray[np.intp],
    standard: NDArray[np.float32],
    out: NDArray[np.float32],
    width: int,
) -> None:
    """Compute a layout's features of the cases in x; see `lightwaves.plans.plan.Plan.runner`."""
    layout.loop(x, lengths, channels, standard, *layout.tables, aligned(layout.work_size), out, width)
