"""The kinds of features in a plan, and of heads: which can be written as C, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimators.kernel import KernelHead
from ..estimators.kernel_regression import KernelRegressionHead
from ..estimators.regression import RegressionHead
from ..estimators.ridge import RidgeHead
from ..plans import Plan, Together
from ..plans.intervals import IntervalPlan
from ..plans.morlet import ScatteringPlan
from ..plans.pooled import PooledPlan
from ..plans.rocket import RocketPlan
from ..plans.wavelet import KernelPlan
from .features import Features
from .fixed import Units
from .fixed_head import Seen, fixed_regression, fixed_ridge
from .fixed_kernel import fixed_kernel, fixed_kernel_regression
from .fixed_pooled import fixed_pooled
from .fixed_rocket import fixed_rocket
from .head import Head, kernel, kernel_regression, ridge
from .pooled import pooled
from .rocket import rocket
from .wavelet import wavelet

WRITERS: dict[type[Plan], Callable[[Any, NDArray[np.int64], int], Features]] = {
    PooledPlan: pooled,
    RocketPlan: rocket,
    KernelPlan: wavelet,
}
FIXED: dict[type[Plan], Callable[[Any, NDArray[np.int64], int, Units], Features]] = {
    PooledPlan: fixed_pooled,
    RocketPlan: fixed_rocket,
}
HEADS: dict[type, Callable[[Any, list[int]], Head]] = {
    RidgeHead: ridge,
    KernelHead: kernel,
    RegressionHead: ridge,
    KernelRegressionHead: kernel_regression,
}
FIXED_HEADS: dict[type, Callable[[Any, list[int], Seen], Head]] = {
    RidgeHead: fixed_ridge,
    KernelHead: fixed_kernel,
    RegressionHead: fixed_regression,
    KernelRegressionHead: fixed_kernel_regression,
}
# The banks that have such plans, where an error names them.
NAMES: dict[type[Plan], str] = {
    IntervalPlan: "Intervals",
    KernelPlan: "WaveletScattering",
    ScatteringPlan: "MorletScattering",
}
BANKS = {
    "float32": "Prism, MiniRocket, MultiRocket, Rocket, WaveletScattering, or several of them",
    "int16": "Prism, MiniRocket, MultiRocket, Rocket, or several of them",
}


def leaves(plan: Plan, columns: NDArray[np.intp] | None = None) -> Iterator[tuple[Plan, NDArray[np.intp]]]:
    """The plans of which a plan is made, each with the columns that it fills; by default it fills the first ones."""
    columns = np.arange(len(plan)) if columns is None else columns
    if not isinstance(plan, Together):
        yield plan, columns
        return
    for part, start in zip(plan.parts, plan.starts[:-1], strict=True):
        mine = np.flatnonzero((plan.order >= start) & (plan.order < start + len(part)))
        yield from leaves(part[plan.order[mine] - start], columns[mine])


def check_plan(plan: Plan, dtype: str) -> None:
    """Make sure that a plan can be written.

    Parameters
    ----------
    plan : Plan
    dtype : {"float32", "int16"}
        What C computes with.

    Raises
    ------
    TypeError
        If it has features of which there is no C.
    """
    for leaf, _ in leaves(plan):
        kind = type(leaf)
        if kind not in (WRITERS if dtype == "float32" else FIXED):
            real = ', or say dtype="float32"' if kind in WRITERS else ""
            raise TypeError(
                f"there is no C of {dtype} for the features of {NAMES.get(kind, kind.__name__)}: fit the model with "
                f"another bank, {BANKS[dtype]}{real}."
            )


def features_of(plan: Plan, n_timepoints: int, units: Units | None = None) -> list[Features]:
    """All features of a plan that has been checked, kind by kind.

    Parameters
    ----------
    plan : Plan
    n_timepoints : int
        Of the longest series.
    units : Units, optional
        What integers count. Without them, C computes with real numbers.

    Returns
    -------
    list of Features
    """
    slots = np.zeros(plan.n_channels, np.int64)
    slots[plan.channels] = np.arange(len(plan.channels))
    by_kind: dict[type[Plan], list[tuple[Plan, NDArray[np.intp]]]] = {}
    for leaf, columns in leaves(plan):
        if len(leaf):
            by_kind.setdefault(type(leaf), []).append((leaf, columns))
    found = []
    for kind, some in by_kind.items():
        first, *others = (leaf for leaf, _ in some)
        plan_of_kind = first.joined(others) if others else first
        if units is None:
            features = WRITERS[kind](plan_of_kind, slots, n_timepoints)
        else:
            features = FIXED[kind](plan_of_kind, slots, n_timepoints, units)
        columns = np.concatenate([columns for _, columns in some])
        found.append(replace(features, order=columns[features.order].tolist()))
    return found


def check_head(head: Any) -> None:
    """Make sure that a head can be written.

    Parameters
    ----------
    head : classifier or regressor

    Raises
    ------
    TypeError
        If there is no C for it.
    """
    if type(head) not in HEADS:
        raise TypeError(
            f"there is no C for the head {type(head).__name__}: fit with one of the library's own, such as "
            "classifier=None or regressor=None."
        )


def head_of(head: Any, found: list[Features], units: Units | None = None) -> Head:
    """The C of a head that has been checked.

    Parameters
    ----------
    head : classifier or regressor
    found : list of Features
        In the order in which they are computed.
    units : Units, optional
        With them, C computes with integers.

    Returns
    -------
    Head
    """
    order = [column for features in found for column in features.order]
    if units is None:
        return HEADS[type(head)](head, order)
    values = np.concatenate([features.values for features in found])
    sizes = np.array([size for features in found for size in features.sizes])
    return FIXED_HEADS[type(head)](head, order, Seen(values, sizes, units.features[order]))
