"""The parts of a model that are built of parameters: its plan, its banks and its heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from ..banks import Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from ..entries import Entry, arrays_of, entries_of, names_of_sizes, numbers_of, sizes_of
from ..estimators import LightWaveS
from ..estimators.predicting import Predicting, fitted_head, is_number
from ..plans import Plan, Together
from ..plans.intervals import IntervalPlan
from ..plans.morlet import ScatteringPlan
from ..plans.pooled import PooledPlan
from ..plans.rocket import RocketPlan
from ..plans.wavelet import KernelPlan
from .checks import Reader, check_names, sizes_from
from .learnt import HEADS, REGRESSION_HEADS

OTHER_WAYS = "use skops.io.dump or joblib.dump for this model"
PLANS = {plan.__name__: plan for plan in (IntervalPlan, KernelPlan, PooledPlan, RocketPlan, ScatteringPlan, Together)}
BANKS = {
    kind.__name__: kind
    for kind in (Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering)
}
KINDS_OF_HEADS = {kind.__name__: kind for kind in (*HEADS.values(), *REGRESSION_HEADS.values())}


def taken_apart(plan: Plan, prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """What JSON can say of a plan, but for what it says of series; its arrays go where the others are."""
    kind, parts = type(plan), plan.parts if isinstance(plan, Together) else ()
    foreign = [part for part in (plan, *parts) if type(part) not in PLANS.values()]
    if foreign or any(isinstance(part, Together) for part in parts):
        name = type(foreign[0]).__name__ if foreign else "plans within plans"
        raise TypeError(f"save keeps plans of the library's own banks, not {name}; {OTHER_WAYS}.")
    if isinstance(plan, Together):
        plan.check_alike()
    own = own_entries(kind)
    values = {name: getattr(plan, name) for name in own}
    arrays |= {f"{prefix}.{name}": values[name] for name in arrays_of(own)}
    return {
        "kind": kind.__name__,
        "sizes": sizes_of(own, values),
        "numbers": {name: plain(values[name]) for name in numbers_of(own)},
        "parts": [taken_apart(part, f"{prefix}.{i}", arrays) for i, part in enumerate(parts)],
    }


def put_together(facts: Any, prefix: str, series: dict[str, Any], reader: Reader, is_part: bool = False) -> Plan:
    """The plan of which that is left. Its values are unchecked; its arrays have the right dtypes and shapes."""
    check_names("plan", facts, ("kind", "sizes", "numbers", "parts"))
    kind = PLANS[facts["kind"]]
    own, parts = own_entries(kind), facts["parts"]
    check_names("numbers", facts["numbers"], numbers_of(own))
    values = facts["numbers"] | reader.arrays(f"{prefix}.", own, sizes_from(facts["sizes"], names_of_sizes(own)))
    if not isinstance(parts, list) or (kind is Together) == (is_part or not parts):
        raise ValueError("a plan has parts that it cannot have, or lacks them")
    if kind is Together:
        values["parts"] = tuple(put_together(f, f"{prefix}.{i}", series, reader, True) for i, f in enumerate(parts))
    return kind(**values, **series)


def own_entries(kind: type[Plan]) -> dict[str, Entry]:
    """What the fields of a kind of plan must be, but for those that all kinds have."""
    return {name: what for name, what in entries_of(kind).items() if name not in entries_of(Plan)}


def banks_taken_apart(bank: Any) -> Any:
    """What JSON can say of a bank, or of lists of banks; None where one of them is not the library's own."""
    if isinstance(bank, list | tuple):
        parts = [banks_taken_apart(part) for part in bank]
        return None if None in parts else parts
    if bank is None or BANKS.get(type(bank).__name__) is not type(bank):
        return None
    return {"kind": type(bank).__name__, "parameters": parameters_of_part(bank)}


def banks_put_together(facts: Any, depth: int = 0) -> Any:
    """The bank, or the lists of banks, of which that is left."""
    if facts is None:
        return None
    if isinstance(facts, list) and depth < 2:
        return [banks_put_together(part, depth + 1) for part in facts]
    check_names("bank", facts, ("kind", "parameters"))
    return part_of(BANKS[facts["kind"]], facts["parameters"])


def head_taken_apart(model: LightWaveS) -> dict[str, Any] | None:
    """What JSON can say of a head: which was asked for, and the parameters of the one that is there."""
    if not isinstance(model, Predicting):
        return None
    asked: Any = model.regressor if is_number(model) else model.classifier
    if type(asked) in KINDS_OF_HEADS.values():
        asked = {"kind": type(asked).__name__, "parameters": parameters_of_part(asked)}
    elif not isinstance(asked, str):  # none, or one of others that was set after the fit
        asked = None
    return {"asked_for": asked, "parameters": parameters_of_part(fitted_head(model))}


def heads_put_together(facts: Any, groups: list[str], heads: Mapping[str, Any]) -> tuple[Any, Any]:
    """The head that was asked for, and the one whose attributes are in a file, still without these."""
    check_names("head", facts, ("asked_for", "parameters"))
    asked = facts["asked_for"]
    if isinstance(asked, Mapping):
        check_names("head", asked, ("kind", "parameters"))
        asked = part_of(KINDS_OF_HEADS[asked["kind"]], asked["parameters"])
    kinds = [head for group, head in heads.items() if group in groups]
    if len(kinds) != 1:
        raise ValueError("a model has one head")
    head = kinds[0]() if facts["parameters"] is None else part_of(kinds[0], facts["parameters"])
    head.check()
    return asked, head


def parameters_of_part(part: Any) -> dict[str, Any]:
    """The parameters of a bank or of a head as JSON knows them."""
    return {name: of_part(value) for name, value in part.get_params(deep=False).items()}


def part_of(kind: Any, parameters: Any) -> Any:
    """The bank or the head with these parameters, which must be all that it has."""
    check_names(f"parameters of {kind.__name__}", parameters, kind._get_param_names())
    return kind(**parameters)


def of_part(value: Any) -> Any:
    """A parameter of a bank or of a head as JSON knows it."""
    if isinstance(value, list | tuple) or np.ndim(value) > 0:
        return [of_part(one) for one in value]
    return None if isinstance(value, np.random.RandomState) else plain(value)


def seed_of(random_state: Any) -> int | None:
    """A seed as JSON knows it; None for a generator, which each use changes."""
    return None if random_state is None or isinstance(random_state, np.random.RandomState) else int(random_state)


def plain(value: Any) -> Any:
    """A number or a parameter as JSON knows it: a mapping is a list of pairs, since its keys may be numbers."""
    if isinstance(value, Mapping):
        return [[plain(key), plain(of_key)] for key, of_key in value.items()]
    inside = value.item() if isinstance(value, np.generic) else value
    is_other = isinstance(inside, SupportsFloat) and not isinstance(inside, bool | int | float)
    return float(inside) if is_other else inside  # such as a Fraction
