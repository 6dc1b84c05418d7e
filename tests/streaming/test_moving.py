"""Moving outputs: lines, zones and what is kept give what the oracle finds in each window, for any plan and length."""

from functools import cache

import numpy as np
import oracle
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pooled import OUTPUTS, ROWS, plan_of, random_plan
from wide import sweep, times

from lightwaves import Intervals, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from lightwaves.panel import as_panel
from lightwaves.plans import Together
from lightwaves.plans.pooled import STATISTICS
from lightwaves.streaming.moving import Moving

pytestmark = pytest.mark.slow

N_CHANNELS = 3
EXACT = {"ppv", "longest", "mean_index"}
BANKS = {
    "Prism": Prism(240, random_state=0),
    "Prism, windows": Prism(240, windows=1.0, random_state=0),
    "MultiRocket": MultiRocket(672, random_state=0),
    "Rocket": Rocket(60, random_state=0),
    "WaveletScattering": WaveletScattering(max_dilation=4),
    "Intervals": Intervals(depth=3),
    "MorletScattering": MorletScattering(J=2, Q=1),
}


@cache
def plan_of_bank(kind):
    """All features of a bank, fitted on series of 60 time points; with a shift and a scale."""
    if kind == "MorletScattering":
        pytest.importorskip("kymatio")
    if kind == "several":
        return Together.of([plan_of_bank(name)[::5] for name in BANKS if name != "MorletScattering"])
    x = np.random.default_rng(7).standard_normal((12, N_CHANNELS, 60)).astype(np.float32)
    offered = BANKS[kind].candidates(
        as_panel(x), np.array([0.3, -1.0, 0.0]), np.array([1.0, 2.0, 0.5]), np.random.RandomState(0)
    )
    return offered.plan(np.arange(len(offered)))


def walk(rng, n_times, kind):
    """Series of kinds that statistics find hard: noise, plateaus, ramps, single outliers."""
    noise = rng.standard_normal((N_CHANNELS, n_times))
    if kind == "plateaus":
        noise = np.round(np.cumsum(noise, axis=1) / 4)
    elif kind == "ramps":
        noise = np.abs(np.arange(n_times) % 23 - 11.0) + 0.01 * noise
    elif kind == "outliers":
        noise[rng.random(noise.shape) < 0.02] = 1e30
    return noise.astype(np.float32)


def moved(plan, x, n_timepoints, hop, sizes):
    """The features of every hop-th window, (n_windows, n_features), taken in chunks of these sizes in turn."""
    moving = Moving(plan, n_timepoints, by_steps=True)
    found, begin, passed = [], 0, 0
    while begin < x.shape[1]:
        n_now = min(moving.room(), sizes[len(found) % len(sizes)], x.shape[1] - begin)
        moving.take(x[np.newaxis], begin, begin + n_now, plan.channels, plan.standard(False))
        begin += n_now
        start = max(0, moving.at - n_now - n_timepoints + 1)
        told = range(start + -passed % hop, moving.at - n_timepoints + 1, hop)
        if moving.at >= n_timepoints:
            found.append(moving.features(start, told)[:-1, : len(told)].T)
            passed += moving.at - n_timepoints + 1 - start
        else:
            found.append(np.empty((0, len(plan)), np.float32))
    return np.concatenate(found)


def whole(plan, x, n_timepoints, hop):
    """The same, each window as a case of its own."""
    starts = range(0, x.shape[1] - n_timepoints + 1, hop)
    return np.stack([plan.apply_one(np.ascontiguousarray(x[:, s : s + n_timepoints])) for s in starts])


def exact_columns(plan):
    """Which features are whole numbers, or values of an output: not sums, that are added up in another order."""
    if isinstance(plan, Together):
        return np.concatenate([exact_columns(part) for part in plan.parts])[plan.order]
    names = np.array(STATISTICS)[plan.statistic] if hasattr(plan, "output") else np.full(len(plan), "ppv")
    return np.isin(names, list(EXACT))


def check(plan, x, n_timepoints, hop, sizes):
    """Features that move are those of each window: to the bit but for sums, which float32 and float64 round apart."""
    found, expected = moved(plan, x, n_timepoints, hop, sizes), whole(plan, x, n_timepoints, hop)
    exact = exact_columns(plan)
    np.testing.assert_array_equal(found[:, exact], expected[:, exact])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", [*BANKS, "several"])
@settings(max_examples=times(6, 12), deadline=None)
@given(
    n_timepoints=st.sampled_from([1, 2, 3, 9, 16, 17, 33, 60, 100]),
    hop=st.sampled_from([1, 1, 2, 5, 40]),
    sizes=st.lists(st.integers(1, 70), min_size=1, max_size=4),
    series=st.sampled_from(["noise", "plateaus", "ramps"]),
    seed=st.integers(0, 99),
)
@example(n_timepoints=60, hop=1, sizes=[1], series="plateaus", seed=0)
def test_features_that_move_are_those_of_each_window(kind, n_timepoints, hop, sizes, series, seed):
    rng, plan = np.random.default_rng(seed), plan_of_bank(kind)
    some = plan[rng.choice(len(plan), 40)]  # some of them twice
    check(some, walk(rng, n_timepoints + 90, series), n_timepoints, hop, sizes)


@pytest.mark.parametrize(
    ("seed", "n_timepoints"), sweep([(0, 20), (1, 5), (2, 64)], [(0, 5), (0, 64), (1, 20), (1, 64), (2, 5), (2, 20)])
)
def test_outputs_of_all_kinds_move_as_the_oracle_says(n_timepoints, seed):
    plan = random_plan(N_CHANNELS, seed)
    x = np.round(3 * np.random.default_rng(seed).standard_normal((N_CHANNELS, n_timepoints + 40))).astype(np.float32)
    arguments = [getattr(plan, name) for name in (*ROWS, *OUTPUTS, "shift", "scale")]
    expected = oracle.move(oracle.apply_pooled, x, n_timepoints, 1, *arguments)
    np.testing.assert_allclose(moved(plan, x, n_timepoints, 1, [7]), expected, rtol=1e-5, atol=1e-5)


def test_lines_hold_signed_sums_and_their_differences():
    shift, scale = np.array([1.0, 0.0, -2.0]), np.array([2.0, 1.0, 0.5])
    outputs = [(d, 0, 1, 1, members, signs) for d in (0, 1) for members, signs in (([0, 2], [1, -1]), ([1], [1]))]
    plan = plan_of(outputs, [(o, 0, 0.0, 0) for o in range(4)], N_CHANNELS, shift=shift, scale=scale)
    x = np.random.default_rng(0).standard_normal((N_CHANNELS, 50)).astype(np.float32)
    moving = Moving(plan, 30, by_steps=True)
    for begin, end in ((0, 1), (1, 17), (17, 50)):
        moving.take(x[np.newaxis], begin, end, plan.channels, plan.standard(False))
    lines = moving.series[: (len(moving.tables.lines) + 1) * moving.size].reshape(-1, moving.size)
    found = {tuple(line[:49].round(4)) for line in lines[:-1]}
    for differences, _, _, _, members, signs in outputs:
        expected = oracle.append(x, members, signs, differences, shift, scale)[:49]
        assert any(np.allclose(line, expected, atol=1e-4) for line in found)
    assert not lines[-1].any(), "what a tap reads that is outside the window"


def test_outputs_are_kept_as_the_oracle_sums_the_taps_inside_the_window():
    plan = plan_of([(0, 5, 7, 1, [0])], [(0, 0, 0.0, 0)])
    x = np.random.default_rng(0).standard_normal((1, 40)).astype(np.float32)
    weights = np.where(np.isin(np.arange(9), oracle.KERNELS[5]), 2, -1)
    taps = [((k - 4) * 7, w) for k, w in enumerate(weights)]
    moving = Moving(plan, 40, by_steps=True)
    moving.take(x[np.newaxis], 0, 40, plan.channels, plan.standard(False))
    moving.features(0, range(0, 1))
    np.testing.assert_allclose(moving.kept[:40], oracle.prime(x[0], taps, 0, 40), atol=1e-5)


def test_a_sum_recovers_at_once_from_an_outlier_that_has_left():
    rows = [(0, 0, -0.5, STATISTICS.index(name)) for name in ("mean_abs", "mean_excess", "mean_positive", "ppv")]
    plan = plan_of([(0, 90, 1, 1, [0])], rows)
    x = np.random.default_rng(0).standard_normal((1, 300)).astype(np.float32)
    x[0, 40] = 1e30
    found, expected = moved(plan, x, 30, 1, [300]), whole(plan, x, 30, 1)
    assert expected.max() > 1e28
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("slope", [-1, 1, 0])
def test_a_largest_value_that_has_left_is_looked_for_again(slope):
    plan = plan_of_bank("Rocket")
    largest = plan[np.flatnonzero((plan.statistic == 1) & (plan.dilation[plan.kernel] == 1))[:6]]
    x = np.tile(np.float32(slope) * np.exp(-np.arange(60, dtype=np.float32) / 9), (N_CHANNELS, 1))
    np.testing.assert_array_equal(moved(largest, x, 25, 1, [60]), whole(largest, x, 25, 1))


def test_lines_take_no_more_than_they_have_room_for():
    moving = Moving(plan_of_bank("Rocket")[:4], 30, by_steps=True)
    n_times = moving.room() + 1
    x = np.zeros((1, N_CHANNELS, n_times), np.float32)
    with pytest.raises(ValueError, match=f"no room for {n_times} times"):
        moving.take(x, 0, n_times, moving.plan.channels, moving.plan.standard(False))


@pytest.mark.parametrize("series", ["noise", "plateaus", "ramps"])
def test_nothing_drifts_while_lines_are_filled_many_times(series, monkeypatch):
    monkeypatch.setattr("lightwaves.streaming.moving.ROOM", 40)
    plan = plan_of_bank("several")[::4]
    check(plan, walk(np.random.default_rng(1), 700, series), 66, 3, [1, 30, 100])


def test_a_kernel_of_many_taps_is_computed_as_a_whole():
    plan = plan_of_bank("Rocket")
    one = plan[np.array([0, 1])]
    n_taps = 21
    long = type(one)(
        **{name: getattr(one, name) for name in ("kernel", "statistic", "shift", "scale", "n_timepoints")},
        number=one.number[:1], length=np.array([n_taps], np.int32), dilation=one.dilation[:1], padded=one.padded[:1],
        bias=one.bias[:1], n_inputs=np.array([1], np.int32), channel=np.zeros(1, np.int32),
        weight=np.linspace(-1, 1, n_taps, dtype=np.float32),
    )  # fmt: skip
    long.check()
    x = walk(np.random.default_rng(0), 120, "noise")
    np.testing.assert_array_equal(moved(long, x, 60, 1, [11]), whole(long, x, 60, 1))
