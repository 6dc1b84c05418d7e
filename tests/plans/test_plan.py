"""What all plans share, whatever their kind."""

from dataclasses import dataclass

import numpy as np
import pytest

from lightwaves import (
    Intervals,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
)
from lightwaves.plans import Plan, Together

X = load_basic_motions("train")[0][:8]
BANKS = [
    Intervals(depth=3),
    MiniRocket(n_features=84, random_state=0),
    MultiRocket(n_features=400, random_state=0),
    Prism(n_features=300, random_state=0),
    Rocket(n_kernels=20, random_state=0),
    WaveletScattering(levels=(1,)),
]


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanPlan(Plan):
    """A kind of plan as users write one."""

    channel: np.ndarray

    ROWS = ("channel",)

    def compute(self, x, lengths):
        """The mean of each channel."""
        return x.sum(axis=2) / lengths[:, np.newaxis]


def line(plan):
    """What a plan should say of itself."""
    cost = plan.cost()
    return (
        f"<{type(plan).__name__}: {len(plan)} features, {cost.n_convolutions} convolutions, {len(plan.channels)} of "
        f"{plan.n_channels} channels, {plan.n_bytes} bytes>"
    )


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: type(bank).__name__)
def test_a_plan_is_described_in_one_line(bank):
    plan = bank.fit(X).plan_
    assert repr(plan) == str(plan) == line(plan)
    assert " of 6 channels, " in repr(plan)
    assert repr(plan[:0]).startswith(f"<{type(plan).__name__}: 0 features, ")


def test_a_plan_of_morlet_wavelets_is_described_in_one_line():
    pytest.importorskip("kymatio")
    plan = MorletScattering().fit(X).plan_
    assert repr(plan) == line(plan)


def test_plans_together_and_plans_of_users_are_described_in_one_line():
    own = MeanPlan(channel=np.array([0, 2]), shift=np.zeros(6), scale=np.ones(6), n_timepoints=100)
    assert repr(own) == f"<MeanPlan: 2 features, 2 convolutions, 2 of 6 channels, {2 * 8 + 2 * 16} bytes>"
    both = Together.of([own, BANKS[1].fit(X).plan_])
    assert repr(both) == line(both)
    assert repr(both).startswith("<Together: 86 features, ")


def test_a_kind_of_plan_may_say_more():
    @dataclass(frozen=True, eq=False, kw_only=True)
    class Talkative(MeanPlan):
        def __repr__(self):
            return "of my own"

    plan = Talkative(channel=np.array([0]), shift=np.zeros(6), scale=np.ones(6), n_timepoints=100)
    assert repr(plan) == "of my own"
