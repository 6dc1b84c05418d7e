"""What all plans share, whatever their kind."""

import pickle
import tracemalloc
from copy import copy, deepcopy
from dataclasses import dataclass, replace

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
NOT_THERE = {"IntervalPlan": "depth", "PooledPlan": "end", "RocketPlan": "kernel", "KernelPlan": "channel"}


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


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: type(bank).__name__)
def test_a_plan_that_comes_through_a_pickle_is_held_to_what_a_file_is_held_to(bank):
    """Once, only `load` looked, and what came through skops or joblib made loops write outside arrays."""
    plan = bank.fit(X).plan_
    kind = type(plan).__name__
    for same in (pickle.loads(pickle.dumps(plan)), copy(plan), deepcopy(plan), pickle.loads(pickle.dumps(plan[:0]))):
        assert same in (plan, plan[:0])
    wrong = replace(plan, **{NOT_THERE[kind]: getattr(plan, NOT_THERE[kind]) + 1000})
    with pytest.raises(ValueError, match=rf"{kind} is not what a fit left, or was changed: {NOT_THERE[kind]} must be"):
        pickle.loads(pickle.dumps(wrong))


@pytest.mark.parametrize("name", ["layouts", "channels", "nth"])
def test_a_plan_takes_its_fields_and_nothing_else_of_a_state(name):
    plan = BANKS[3].fit(X).plan_
    state = plan.__getstate__()
    if state.pop(name, None) is None:
        state[name] = {}
    with pytest.raises(ValueError, match=f"PooledPlan was changed, or is of another version: it differs in '{name}'"):
        type(plan).__new__(type(plan)).__setstate__(state)


@pytest.mark.slow
def test_a_long_name_of_a_channel_takes_no_time():
    """Once, its square: a name of a million signs, which a file may say, had half a million beginnings looked up."""
    plan = MeanPlan(
        channel=np.array([0]), shift=np.zeros(2), scale=np.ones(2), n_timepoints=9, channel_names=("a+-" * 10**6, "a")
    )
    assert plan.names_in_features == [f'"{plan.channel_names[0]}"', "a"]
    named_otherwise = replace(plan, channel_names=("b+-" * 10**6, "a"))
    assert named_otherwise.names_in_features == list(named_otherwise.channel_names)


def test_a_number_of_numpy_is_a_number_of_a_plan():
    plan = replace(BANKS[1].fit(X).plan_, n_timepoints=np.int64(100))
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_a_kind_of_plan_of_ones_own_may_hold_what_it_wants_in_a_pickle():
    own = MeanPlan(channel=np.array([0, 2]), shift=np.zeros(6), scale=np.ones(6), n_timepoints=0)
    assert pickle.loads(pickle.dumps(own)) == own


@pytest.mark.parametrize("kind", ["Prism", "Rocket"])
def test_the_channels_of_a_plan_take_no_more_room_than_the_plan(kind):
    """Once, they were listed for each feature: 20,000 features of one sum of 20,000 channels took gigabytes."""
    n = 2000
    count, channels = np.full(1, n, np.int32), np.arange(n, dtype=np.int32) % 6
    plan = next(bank for bank in BANKS if type(bank).__name__ == kind).fit(X).plan_[np.zeros(n, int)]
    if kind == "Prism":
        plan = replace(plan, n_members=count, member=channels, sign=np.ones(n, np.int32))
    else:
        plan = replace(plan, n_inputs=count, channel=channels, weight=np.ones(n * plan.length[0], np.float32))
    tracemalloc.start()
    try:
        assert plan.channels.tolist() == list(range(6))
        assert tracemalloc.get_traced_memory()[1] < 100 * n
    finally:
        tracemalloc.stop()


def test_a_kind_of_plan_may_say_more():
    @dataclass(frozen=True, eq=False, kw_only=True)
    class Talkative(MeanPlan):
        def __repr__(self):
            return "of my own"

    plan = Talkative(channel=np.array([0]), shift=np.zeros(6), scale=np.ones(6), n_timepoints=100)
    assert repr(plan) == "of my own"
