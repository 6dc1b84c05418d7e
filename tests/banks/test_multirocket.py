"""MiniRocket, MultiRocket and all that their plan can do: against the oracle, against aeon, and what always holds."""

import pickle
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pooled import (
    LOW,
    OUTPUTS,
    agrees,
    bounds,
    compute,
    every_kernel,
    integers,
    lies_between,
    noise,
    plan_of,
    random_plan,
)
from sklearn.base import clone
from wide import cover, sweep, times

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    MultiRocket,
    Prism,
    WaveletScattering,
    load,
    load_basic_motions,
    save,
)
from lightwaves.panel import Panel, as_panel
from lightwaves.plans import Together
from lightwaves.plans.kernels import KERNELS
from lightwaves.plans.pooled import STATISTICS

pytestmark = pytest.mark.slow

PPV, LONGEST, MEAN_POSITIVE, MEAN_INDEX, MEAN_EXCESS, MEAN_ABS = range(len(STATISTICS))
ITSELF = LOW + KERNELS.index((0, 4, 8))  # the series, doubled, where the outer taps lie outside
BANKS = pytest.mark.parametrize("bank", [MiniRocket, MultiRocket])
AND_PRISM = pytest.mark.parametrize(
    "bank", [MiniRocket, MultiRocket, partial(Prism, windows=0.5)], ids=["MiniRocket", "MultiRocket", "Prism"]
)
LENGTHS = 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100
examples = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


# --- by hand and against the oracle -------------------------------------------------------------------------


def test_the_statistics_of_a_single_peak_are_those_counted_by_hand():
    x = np.zeros((1, 1, 20))
    x[..., 10] = 1  # so the output is -1 at times 6 to 11, 2 at 12 to 14, else 0
    kernel = KERNELS.index((0, 1, 2))
    plan = plan_of(
        [(0, kernel, 1, 1, [0]), (0, kernel, 1, 0, [0])],  # pooled over times 0 to 19, and over 4 to 15
        [(o, n, bias, s) for o in (0, 1) for n, bias in enumerate((0.5, 0, -1, 2)) for s in range(len(STATISTICS))],
    )
    expected = [
        [3 / 20, 4, 2.5, 13, 4.5 / 20, 12 / 20],  # above 0.5, from 11 to 15
        [3 / 20, 8, 2, 13, 6 / 20, 12 / 20],  # above 0, from 11 to the end
        [14 / 20, 19, 6 / 14 - 1, (190 - 51) / 14, (9 + 11) / 20, 12 / 20],  # above -1, with nothing below
        [0, 4, 0, -1, 0, 12 / 20],  # above 2 is nothing; 12 to 14 are not below it either
        [3 / 12, 4, 2.5, 9, 4.5 / 12, 1],
        [3 / 12, 4, 2, 9, 6 / 12, 1],
        [6 / 12, 11, 6 / 6 - 1, (0 + 1 + 8 + 9 + 10 + 11) / 6, (9 + 3) / 12, 1],
        [0, 4, 0, -1, 0, 1],
    ]
    np.testing.assert_allclose(compute(plan, x)[0], np.ravel(expected), rtol=1e-6)
    shares = plan[plan.statistic == PPV]
    np.testing.assert_allclose(compute(shares, x)[0], [row[PPV] for row in expected], rtol=1e-6)


def test_the_left_taps_of_differences_stand_one_time_further_right():
    x = np.zeros((1, 1, 30))
    x[..., 15:] = 1  # the difference at time 14 is 1
    plans = [plan_of([(1, KERNELS.index(k), 2, 1, [0])], [(0, 0, 1.5, MEAN_INDEX)]) for k in ((3, 4, 5), (0, 1, 2))]
    # taps at -7, -5, -3, -1 and 0, 2, 4, 6, 8: the peak is seen with weight 2 at 14 minus each
    assert compute(plans[0], x)[0, 0] == pytest.approx((15 + 14 + 12) / 3)
    assert compute(plans[1], x)[0, 0] == pytest.approx((21 + 19 + 17) / 3)


def test_a_low_kernel_sees_the_level_that_the_whole_kernel_does_not():
    x = np.full((1, 1, 20), 1.5)
    rows = [(o, 0, 5, s) for o in (0, 1) for s in range(len(STATISTICS))]
    plan = plan_of([(0, 7, 2, 0, [0]), (0, LOW + 7, 2, 0, [0])], rows)  # pooled over 4 times
    np.testing.assert_array_equal(compute(plan, x), [[0, 1, 0, -1, 0, 0, 1, 3, 14, 1.5, 4, 9]])


def test_a_low_kernel_has_its_taps_where_the_whole_one_has_its_positive_ones():
    x = np.zeros((1, 1, 40))
    x[..., 20] = 1
    whole, low = (every_kernel(0, range(k, k + LOW), differences=[0], padded=[1]) for k in (0, LOW))
    same = np.isin(whole.statistic, [PPV, MEAN_POSITIVE, MEAN_INDEX, MEAN_EXCESS])
    np.testing.assert_array_equal(compute(low, x)[:, same], compute(whole, x)[:, same])
    np.testing.assert_allclose(compute(low, x)[:, whole.statistic == MEAN_ABS], 6 / 40, rtol=1e-6)
    below = replace(low, bias=np.full_like(low.bias, -0.5))
    assert (compute(below, x)[:, whole.statistic == PPV] == 1).all(), "no value is negative"


def test_a_channel_with_a_minus_is_taken_away():
    x = np.tile([[[7.0], [2.0], [100.0]]], (1, 1, 20))
    outputs = [(0, ITSELF, 50, 1, [0, 1], signs) for signs in ([1, 1], [1, -1], [-1, 1], [-1, -1])]
    plan = plan_of(outputs, [(o, 0, -11, s) for o in range(4) for s in (MEAN_POSITIVE, MEAN_ABS)], 3)
    np.testing.assert_array_equal(compute(plan, x), [[18 - 11, 18, 10 - 11, 10, -10 - 11, 10, 0, 18]])
    of_differences = plan_of([(1, ITSELF, 50, 1, [1, 0], [1, -1])], [(0, 0, -7, s) for s in (MEAN_POSITIVE, PPV)], 3)
    ramp = x * np.arange(20)  # the channels rise by 7 and by 2 from time to time
    np.testing.assert_array_equal(compute(of_differences, ramp), [[0, 0]])
    np.testing.assert_array_equal(compute(of_differences, -ramp), [[10 - 7, 1]])


def test_the_statistics_of_a_window_are_those_counted_by_hand():
    x = np.arange(32.0).reshape(1, 1, 32)  # in the window the output is 16, 18, ..., 30
    plan = plan_of([(0, ITSELF, 50, 1, [0])], [(0, 0, 22, s, 4, 8) for s in range(len(STATISTICS))])
    expected = [4 / 8, 5, (24 + 26 + 28 + 30) / 4 + 22, (4 + 5 + 6 + 7) / 4, (2 + 4 + 6 + 8) / 8, 23]
    np.testing.assert_array_equal(compute(plan, x)[0], expected)
    falling = [3 / 8, 4, (24 + 26 + 28) / 3 + 22, 1, (2 + 4 + 6) / 8, 21]
    np.testing.assert_array_equal(compute(plan, 22 - x)[0], falling)  # 28, 26, ..., 14; 22 is not below the bias


@pytest.mark.parametrize(
    ("n_timepoints", "begin", "end", "times"),
    [
        (1, 0, 1, [0]), (1, 15, 16, [0]), (1, 7, 8, [0]), (2, 8, 16, [1]), (2, 7, 9, [0, 1]), (3, 0, 1, [0]),
        (3, 15, 16, [2]), (3, 5, 6, [0, 1]), (5, 3, 5, [0, 1]), (5, 4, 12, [1, 2, 3]), (15, 8, 9, [7, 8]),
        (16, 4, 5, [4]), (17, 8, 9, [8, 9]), (17, 15, 16, [15, 16]), (19, 1, 3, [1, 2, 3]), (20, 0, 16, range(20)),
    ],
)  # fmt: skip
def test_a_window_holds_every_time_of_which_it_holds_a_part(n_timepoints, begin, end, times):
    x = 2.0 ** np.arange(20) / 2  # so the output tells at which times it was summed
    plan = plan_of([(0, ITSELF, 50, 1, [0])], [(0, 0, 0, s, begin, end) for s in (MEAN_ABS, MEAN_EXCESS, LONGEST)])
    mean = np.float32(sum(2**t for t in times) / len(times))
    expected = [mean, mean, len(times) - 1]
    np.testing.assert_allclose(compute(plan, x[np.newaxis, np.newaxis, :n_timepoints])[0], expected, rtol=1e-6)
    in_company = compute(plan, np.tile(x, (20, 1, 1)), np.arange(1, 21))
    np.testing.assert_allclose(in_company[n_timepoints - 1], expected, rtol=1e-6)


def test_a_window_of_an_unpadded_output_counts_from_the_first_time_that_is_pooled():
    x = 2.0 ** np.arange(24) / 7  # so the output is 2**t at time t
    plan = plan_of(
        [(0, LOW + KERNELS.index((3, 4, 5)), 1, 0, [0])],
        [(0, 0, 1000, s, 4, 8) for s in (MEAN_ABS, MEAN_INDEX, PPV)],
    )
    z = compute(plan, x[np.newaxis, np.newaxis])[0]
    np.testing.assert_allclose(z, [(2**8 + 2**9 + 2**10 + 2**11) / 4, 2.5, 0.5], rtol=1e-6)  # times 8 to 11 of 4 to 19


def test_the_windows_of_one_output_do_not_disturb_each_other():
    windows = [(begin, end) for begin in range(16) for end in range(begin + 1, 17)]
    order = np.random.default_rng(0).permutation(len(windows))
    plan = plan_of(
        [(0, 30, 2, 0, [0]), (1, LOW + 9, 3, 1, [0])],
        [(o, n, n - 1, s, *windows[w]) for w in order for o in (0, 1) for n, s in [(0, PPV), (1, MEAN_INDEX), (2, 5)]],
    )
    x, lengths = noise(18, 1, 40), np.arange(23, 41)
    together = compute(plan, x, lengths)
    agrees(together, plan, x, lengths)
    for window in windows[::5]:
        rows = (plan.begin == window[0]) & (plan.end == window[1])
        np.testing.assert_array_equal(compute(plan[rows], x, lengths), together[:, rows])


def test_what_lies_outside_all_windows_does_not_matter():
    plan = plan_of(
        [(0, k, 1, 1, [0]) for k in (3, LOW + 3)],
        [(o, n, 0.3, s, *w) for o in (0, 1) for n, w in enumerate([(4, 6), (8, 10)]) for s in range(len(STATISTICS))],
    )
    x = noise(3, 1, 64)  # the windows reach from 16 to 39, the taps 4 further
    other = x.copy()
    other[..., :12], other[..., 44:] = 1e9, -1e9
    np.testing.assert_array_equal(compute(plan, other), compute(plan, x))
    other[..., 30] = 1e9
    assert (compute(plan, other) != compute(plan, x)).any()


@pytest.mark.parametrize("n_timepoints", sweep(LENGTHS, sorted({*range(1, 41)} - {*LENGTHS})))
def test_every_length_gives_what_the_oracle_gives(n_timepoints):
    plan, x = random_plan(3, n_timepoints, whole=False), noise(3, 3, n_timepoints, seed=n_timepoints)
    agrees(compute(plan, x), plan, x)


@pytest.mark.parametrize("n_channels", [1, 2, 12])
def test_any_number_of_channels_gives_what_the_oracle_gives(n_channels):
    plan, x = random_plan(n_channels, 1, n_outputs=60, n_biases=2, whole=False), noise(3, n_channels, 50)
    agrees(compute(plan, x), plan, x)


def test_every_kernel_gives_what_the_oracle_gives():
    plan, x = every_kernel(0.7), noise(2, 1, 40)
    agrees(compute(plan, x), plan, x)


def test_series_of_unequal_length_give_what_the_oracle_gives():
    lengths = [37, 1, 18, 36, 5, 2, 9, 8, 17, 16, 15, 25, 24, 33, 3, 37, 37, 12, 1]
    plan, x = random_plan(3, 2, whole=False), noise(len(lengths), 3, 37)
    agrees(compute(plan, x, lengths), plan, x, lengths)


def test_the_oracle_leaves_hardly_a_value_open():
    plan, x = random_plan(3, 4, whole=False), noise(5, 3, 60)
    low, high = bounds(plan, x)
    assert (low == high)[:, np.isin(plan.statistic, [PPV, LONGEST])].mean() > 0.99
    assert (high - low < 1e-3).mean() > 0.99
    for statistic in range(len(STATISTICS)):
        assert (high - low < 1e-3)[:, plan.statistic == statistic].mean() > 0.98


def test_channels_are_standardised():
    x = (noise(4, 2, 50) * [[[0.01], [30.0]]] + [[[1000.0], [-7.0]]]).astype(np.float32)
    shift, scale = (getattr(x, name)(axis=(0, 2), dtype=np.float64) for name in ("mean", "std"))
    plan = random_plan(2, 5, whole=False)
    z = compute(replace(plan, shift=shift, scale=scale), x)
    agrees(z, plan, (x - shift[:, np.newaxis]) / scale[:, np.newaxis])


def test_a_case_too_short_to_leave_out_its_ends_is_pooled_as_if_padded():
    whole = every_kernel(0.3, padded=[1], dilation=3)
    cut = replace(whole, padded=np.zeros_like(whole.padded))
    x, lengths = noise(27, 1, 27), np.arange(1, 28)
    z, expected = compute(cut, x, lengths), compute(whole, x, lengths)
    differences = cut.differences[cut.output]
    for row, of_whole, length in zip(z, expected, lengths, strict=True):
        short = length - differences <= 24
        np.testing.assert_array_equal(row[short], of_whole[short])
        assert short.all() or (row[~short] != of_whole[~short]).mean() > 0.5


# --- against aeon -------------------------------------------------------------------------------------------

GOLDEN = Path(__file__).parents[1] / "golden" / "aeon_multirocket.npz"
DRAWN = ("n_members", "member", "dilations", "counts", "biases")


def plan_of_aeon(parts, n_channels, statistics):
    """The plan of what aeon drew for the series and, where there is a second part, for their differences."""
    outputs, rows = [], []
    for differences, part in enumerate(parts):
        size, first = 84 * len(part["dilations"]), len(outputs)
        n_members = part.get("n_members", parts[0].get("n_members", np.ones(size, int)))[:size]
        member = part.get("member", parts[0].get("member", np.zeros(size, int)))[: n_members.sum()]
        members = np.split(member, np.cumsum(n_members)[:-1])
        kinds = [(d, k) for d in range(len(part["dilations"])) for k in range(84)]
        outputs += [
            (differences, k, part["dilations"][d], (d + k) % 2 == 0, m)
            for (d, k), m in zip(kinds, members, strict=True)
        ]
        drawn = [(first + o, nth) for o, (d, _) in enumerate(kinds) for nth in range(part["counts"][d])]
        rows += [(*which, b, s) for s in statistics for which, b in zip(drawn, part["biases"], strict=True)]
    return plan_of(outputs, rows, n_channels)


def is_aeons(features, plan, x):
    """Whether aeon's features are those of a plan, but for values within rounding of their bias."""
    z, (low, high) = compute(plan, x), bounds(plan, x)
    lies_between(features, low, high)
    lies_between(z, low, high)
    certain = high - low < 1e-3 * (1 + np.abs(high))
    assert certain.mean() > 0.999
    np.testing.assert_allclose(z[certain], features[certain], rtol=1e-4, atol=1e-4)
    counted = certain & np.isin(plan.statistic, [PPV, LONGEST])
    np.testing.assert_allclose(z[counted], features[counted], rtol=0, atol=1e-6)


@pytest.mark.parametrize("channels", ["multivariate", "univariate"])
def test_features_are_those_of_a_saved_run_of_aeon(channels):
    with np.load(GOLDEN) as golden:
        arrays = dict(golden)

    def part(name):
        keys = {name_of: f"{name}_{channels}_{name_of}" for name_of in DRAWN}
        return {name_of: arrays[key] for name_of, key in keys.items() if key in arrays}

    some = slice(times(2, 6))  # the oracle takes long
    x = arrays[f"x_{channels}"][some]
    is_aeons(arrays[f"mini_{channels}_features"][some], plan_of_aeon([part("mini")], x.shape[1], [PPV]), x)
    plan = plan_of_aeon([part("multi"), part("differences")], x.shape[1], range(4))
    is_aeons(arrays[f"multi_{channels}_features"][some], plan, x)


@pytest.mark.parametrize("n_channels", [3, 1])
def test_features_are_those_of_aeon(n_channels):
    theirs = pytest.importorskip("aeon.transformations.collection.convolution_based")
    state = np.random.get_state()  # which aeon sets
    x = noise(5, n_channels, 70, seed=3)
    mini = theirs.MiniRocket(n_kernels=84 * 3, random_state=1).fit(x)
    multi = theirs.MultiRocket(n_kernels=84 * 3, random_state=2).fit(x)
    of_mini, of_multi, of_differences = (
        dict(zip(DRAWN[-len(drawn) :], drawn, strict=True))
        for drawn in (mini.parameters, multi.parameter, multi.parameter1[-3:])
    )
    is_aeons(mini.transform(x), plan_of_aeon([of_mini], n_channels, [PPV]), x)
    is_aeons(multi.transform(x), plan_of_aeon([of_multi, of_differences], n_channels, range(4)), x)
    np.random.set_state(state)


# --- the ends of what is possible ---------------------------------------------------------------------------


@BANKS
@pytest.mark.parametrize(("n_timepoints", "n_channels"), cover([1, 2, 8, 9, 10], [1, 2]))
def test_series_may_be_short(bank, n_timepoints, n_channels):
    x = noise(3, n_channels, n_timepoints)
    model = bank(n_features=672, random_state=0).fit(x)
    plan = model.plan_
    assert set(plan.dilation) == {1}
    for some in (x, noise(3, n_channels, 1), noise(3, n_channels, 30)):
        agrees(model.transform(some)[1:2], plan, some[1:2])  # the oracle takes long


def test_of_one_value_there_are_no_differences():
    plan = every_kernel(-0.5, differences=[1])
    expected = [0, 0, 0, -1, 0, 0]
    np.testing.assert_array_equal(compute(plan, noise(2, 1, 1)), np.tile(expected, (2, len(plan) // 6)))


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-3, -7.7, 12345.678])
def test_nothing_is_above_0_where_a_series_is_constant(value):
    plan = every_kernel(0, range(LOW), padded=[0], dilation=3, members=(2, 0, 1), n_channels=3)
    x = np.full((2, 3, 50), value, np.float32) * np.array([[[1], [-0.7], [3.3]]], np.float32)
    for shift, scale in ((np.zeros(3), np.ones(3)), (np.array([0.3, -7, 1000]), np.array([0.7, 1e-3, 9]))):
        z = compute(replace(plan, shift=shift, scale=scale), x)
        n_pooled = 50 - plan.differences[plan.output] - 24
        expected = np.choose(plan.statistic, [0, n_pooled - 1, 0, -1, 0, 0])
        np.testing.assert_array_equal(z, np.tile(expected, (2, 1)))
        shares = replace(plan[plan.statistic == PPV], shift=shift, scale=scale)
        assert not compute(shares, x).any()
    at_edges = every_kernel(0, differences=[1], padded=[1], dilation=3, members=(2, 0, 1), n_channels=3)
    assert not compute(at_edges, x)[:, at_edges.statistic == PPV].any()


@BANKS
@pytest.mark.parametrize("value", [0, 0.1, -1e30])
@pytest.mark.parametrize("n_timepoints", [1, 30])
def test_constant_series_give_numbers(bank, value, n_timepoints):
    x = np.full((3, 2, n_timepoints), value)
    model = bank(n_features=1344, random_state=0).fit(x)
    assert np.isfinite(model.plan_.bias).all()
    assert np.isfinite(model.transform(x)).all()
    assert np.isfinite(model.transform(noise(3, 2, 20))).all()


@pytest.mark.parametrize("n", [4095, 4096, 32_768, 65_535, 65_537, 300_001])
def test_times_of_the_longest_series_are_counted_right(n):
    plan = every_kernel(-1, differences=[0], padded=[1])[:4]
    expected = np.float32([1, n - 1, -1, np.float32(n * (n - 1) // 2) / np.float32(n)])
    np.testing.assert_array_equal(plan.apply(as_panel(np.zeros((1, 1, n), np.float32)))[0], expected)
    np.testing.assert_array_equal(plan.apply_one(np.zeros((1, n), np.float32)), expected)


@BANKS
def test_a_bank_takes_series_of_any_length(bank):
    x = noise(2, 1, 70_001)
    z = bank(n_features=1, random_state=0).fit_transform(x)
    model = bank(n_features=1, random_state=0).fit(noise(2, 1, 20))
    assert np.isfinite(z).all()
    assert np.isfinite(model.transform(x)).all()


# --- the same bits, whatever the way ------------------------------------------------------------------------


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 40), garbage=st.sampled_from([1e30, -1e30, np.nan, np.inf]))
def test_what_stands_behind_the_end_of_a_case_never_matters(seed, n_timepoints, garbage):
    rng, plan = np.random.default_rng(seed), random_plan(2, seed % 99, whole=False)
    lengths = rng.integers(1, n_timepoints + 1, 6)
    behind = np.arange(n_timepoints) >= lengths[:, np.newaxis, np.newaxis]
    x = np.where(behind, 0, noise(6, 2, n_timepoints, seed=seed))
    expected = compute(plan, x, lengths)
    np.testing.assert_array_equal(compute(plan, np.where(behind, garbage, x), lengths), expected)


# --- rows of a plan -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 5, 8, 9])
def test_any_number_of_shares_of_one_output_gives_the_same_bits(n_rows):
    plan = plan_of([(0, 3, 2, 1, [0])], [(0, n, n - 4, PPV) for n in range(9)])
    x = noise(3, 1, 40)
    expected = compute(plan, x)
    assert len(np.unique(expected[0])) > 4
    np.testing.assert_array_equal(compute(plan[9 - n_rows :], x), expected[:, 9 - n_rows :])
    np.testing.assert_array_equal(compute(plan[:n_rows], x), expected[:, :n_rows])


def test_any_choice_of_statistics_gives_the_same_bits():
    plan, x = random_plan(2, 3), noise(18, 2, 30)
    expected = compute(plan, x)
    for wanted in range(1, 1 << len(STATISTICS)):
        rows = wanted >> plan.statistic & 1 == 1
        np.testing.assert_array_equal(compute(plan[rows], x), expected[:, rows])


@pytest.mark.parametrize("statistic", range(len(STATISTICS)))
def test_a_row_that_stands_twice_gives_two_equal_columns(statistic):
    plan, x = random_plan(2), noise(3, 2, 31)
    one, *others = np.flatnonzero(plan.statistic == statistic)[:5]
    rows = [one, others[0], one, one, *others, one]
    np.testing.assert_array_equal(compute(plan[rows], x), compute(plan, x)[:, rows])


def test_outputs_that_no_row_uses_are_dropped_with_their_channels():
    plan = plan_of(
        [(0, 5, 1, 0, [1, 0]), (1, 6, 2, 1, [2]), (0, 7, 3, 0, [0, 3, 2], [-1, 1, 1])],
        [(o, 0, 0.5, s) for s in (PPV, MEAN_INDEX) for o in range(3)],
        n_channels=5,
    )
    part = plan[[5, 2, 1]]
    assert part.output.tolist() == [1, 1, 0]
    outputs = [[1, 0], [6, 7], [2, 3], [1, 0], [1, 3], [2, 0, 3, 2], [1, -1, 1, 1]]
    assert [getattr(part, name).tolist() for name in OUTPUTS] == outputs
    assert part.channels.tolist() == [0, 2, 3]
    assert [pairs.tolist() for pairs in part.reads] == [[0, 0, 0, 1, 1, 1, 2], [0, 3, 2, 0, 3, 2, 2]]
    assert plan.channels.tolist() == [0, 1, 2, 3]


def test_plans_of_two_kinds_stand_together():
    x = noise(20, 3, 40)
    parts = [WaveletScattering(max_dilation=2).fit(x).plan_[::13], random_plan(3, whole=False)]
    for plans in (parts, parts[::-1]):
        both = Together.of(plans)
        both.check()
        expected = np.concatenate([plan.apply(as_panel(x)) for plan in plans], axis=1)
        np.testing.assert_array_equal(both.apply(as_panel(x)), expected)
        np.testing.assert_array_equal(both.apply_one(x[3]), expected[3])
        rows = np.random.default_rng(0).permutation(len(both))[:70]
        np.testing.assert_array_equal(both[rows].apply(as_panel(x)), expected[:, rows])
        assert both[rows].feature_names() == [both.feature_names()[j] for j in rows]


# --- what must hold always ----------------------------------------------------------------------------------


@examples
@given(seed=seeds, n_timepoints=st.integers(9, 60), constant=st.integers(-1000, 1000).filter(bool))
def test_adding_a_constant_changes_nothing_where_all_taps_lie_inside(seed, n_timepoints, constant):
    most = (n_timepoints - 1) // 8
    plan = random_plan(3, seed % 99, dilations=range(1, most + 1))
    x = integers(2, 3, n_timepoints, seed=seed)
    z, moved = compute(plan, x), compute(plan, x + constant)
    free = ((plan.padded == 0) & (plan.kernel < LOW) | (plan.differences == 1))[plan.output]
    np.testing.assert_array_equal(z[:, free], moved[:, free])
    assert (z[:, ~free] != moved[:, ~free]).any()


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60), power=st.integers(-20, 20))
def test_a_power_of_two_scales_the_means_of_values_and_leaves_the_rest(seed, n_timepoints, power):
    plan, x = random_plan(2, seed % 99, whole=False), noise(2, 2, n_timepoints, seed=seed)
    scaled = replace(plan, bias=plan.bias * np.float32(2.0**power))
    factors = np.where(np.isin(plan.statistic, [MEAN_POSITIVE, MEAN_EXCESS, MEAN_ABS]), 2.0**power, 1)
    np.testing.assert_array_equal(compute(scaled, x * 2.0**power), compute(plan, x) * factors)


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_channels_that_are_added_count_as_one_that_is_their_sum(seed, n_timepoints):
    plan, x = random_plan(5, seed % 99), integers(2, 5, n_timepoints, seed=seed)
    ends = np.cumsum(plan.n_members)
    for o in range(0, len(plan.kernel), 5):
        part = plan[plan.output == o]
        own = slice(ends[o] - plan.n_members[o], ends[o])
        sums = (x[:, plan.member[own]] * plan.sign[own, np.newaxis]).sum(axis=1, keepdims=True)
        alone = {"member": np.zeros(1, np.int32)} | dict.fromkeys(("n_members", "sign"), np.ones(1, np.int32))
        single = replace(part, **alone, shift=np.zeros(1), scale=np.ones(1))
        np.testing.assert_array_equal(compute(part, x), compute(single, sums))


@examples
@given(seed=seeds, n_timepoints=st.integers(2, 60))
def test_differences_by_the_bank_are_those_of_differences_by_hand_but_for_the_left_taps(seed, n_timepoints):
    # kernel 0 to 2 of weight 2, dilation 1, has its four left taps at -3 to 0 and the right ones at 0 to 4
    x = integers(3, 1, n_timepoints, seed=seed)
    plan = plan_of([(1, 0, 1, 1, [0])], [(0, n, n - 3.5, s) for n in range(8) for s in range(4)])
    padded = np.pad(np.diff(x[:, 0]), ((0, 0), (4, 4)))
    weights = {-3: 2, -2: 2, -1: 2, 0: -2, 1: -1, 2: -1, 3: -1, 4: -1}
    z = sum(w * padded[:, 4 + place :][:, : n_timepoints - 1] for place, w in weights.items())
    above = z[..., np.newaxis] > plan.bias[plan.statistic == PPV]
    np.testing.assert_allclose(compute(plan, x)[:, plan.statistic == PPV], above.mean(axis=1), atol=1e-6)


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_a_mirrored_kernel_sees_in_the_mirrored_series_what_the_kernel_saw(seed, n_timepoints):
    plan, x = random_plan(2, seed % 99), integers(2, 2, n_timepoints, seed=seed)
    plan = plan[plan.differences[plan.output] == 0]
    mirror = np.array([KERNELS.index(tuple(sorted(8 - k for k in kernel))) for kernel in KERNELS], np.int32)
    kernel = mirror[plan.kernel % LOW] + plan.kernel // LOW * LOW
    of_mirror = replace(plan, kernel=kernel, begin=16 - plan.end, end=16 - plan.begin)
    z, mirrored = compute(plan, x), compute(of_mirror, x[..., ::-1])
    times, others = plan.statistic == MEAN_INDEX, plan.statistic != MEAN_INDEX
    np.testing.assert_array_equal(mirrored[:, others], z[:, others])
    skipped = (8 * plan.dilation * (plan.padded == 0))[plan.output[times]]
    n_left = n_timepoints - skipped * (n_timepoints > skipped)
    n_pooled = -(-n_left * plan.end[times] // 16) - n_left * plan.begin[times] // 16
    expected = np.where(z[:, times] < 0, -1, n_pooled - 1 - z[:, times])
    np.testing.assert_allclose(mirrored[:, times], expected, rtol=1e-5, atol=1e-5)


@examples
@given(seed=seeds, n_timepoints=st.integers(2, 60))
def test_upside_down_what_was_above_is_below(seed, n_timepoints):
    plan, x = random_plan(2, seed % 99), integers(2, 2, n_timepoints, seed=seed)
    plan = plan[plan.statistic == PPV]
    share = compute(replace(plan, bias=-plan.bias), -x)  # biases end in a half, so no value is one
    np.testing.assert_allclose(share, 1 - compute(plan, x), atol=1e-6)


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_a_channel_that_is_negated_with_its_signs_changes_no_bit(seed, n_timepoints):
    plan, x = random_plan(4, seed % 99, whole=False), noise(3, 4, n_timepoints, seed=seed)
    negated = replace(plan, sign=np.where(plan.member == 2, -plan.sign, plan.sign))
    np.testing.assert_array_equal(compute(negated, x * [[1], [1], [-1], [1]]), compute(plan, x))


@examples
@given(seed=seeds, n_timepoints=st.integers(2, 60))
def test_with_all_signs_flipped_an_output_is_its_negative(seed, n_timepoints):
    plan, x = random_plan(3, seed % 99), integers(3, 3, n_timepoints, seed=seed)
    z, flipped = (compute(replace(plan, sign=s * plan.sign, bias=s * plan.bias), x) for s in (1, -1))
    shares, absolutes = plan.statistic == PPV, plan.statistic == MEAN_ABS
    np.testing.assert_array_equal(flipped[:, absolutes], z[:, absolutes])
    np.testing.assert_allclose(flipped[:, shares], 1 - z[:, shares], atol=1e-6)  # biases end in a half: no value is one
    of_excess = plan[plan.statistic == MEAN_EXCESS]
    of_excess = replace(of_excess, bias=np.zeros_like(of_excess.bias))
    either = compute(of_excess, x) + compute(replace(of_excess, sign=-of_excess.sign), x)
    of_all = replace(of_excess, statistic=np.full_like(of_excess.statistic, MEAN_ABS))
    np.testing.assert_allclose(either, compute(of_all, x), rtol=1e-6)


@examples
@given(seed=seeds, sixteenth=st.integers(1, 3), window=st.sampled_from([(0, 16), (2, 8), (6, 16), (4, 6)]))
def test_a_window_has_the_average_of_its_halves(seed, sixteenth, window):
    begin, end = window
    x, middle = integers(3, 2, 16 * sixteenth, seed=seed), (begin + end) // 2
    plan = random_plan(2, seed % 99)
    plan = plan[np.isin(plan.statistic, [PPV, MEAN_EXCESS, MEAN_ABS]) & (plan.differences == 0)[plan.output]]
    plan = replace(plan, padded=np.ones_like(plan.padded))
    z, first, second = (
        compute(replace(plan, begin=np.full_like(plan.begin, b), end=np.full_like(plan.end, e)), x)
        for b, e in (window, (begin, middle), (middle, end))
    )
    np.testing.assert_allclose(z, (first + second) / 2, rtol=1e-5, atol=1e-6)


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_the_mean_excess_is_the_share_times_what_the_mean_above_exceeds(seed, n_timepoints):
    plan, x = random_plan(2, seed % 99), integers(3, 2, n_timepoints, seed=seed)
    plan = plan[plan.statistic == MEAN_EXCESS]
    excess, share, mean = (
        compute(replace(plan, statistic=np.full_like(plan.statistic, s)), x) for s in (MEAN_EXCESS, PPV, MEAN_POSITIVE)
    )
    np.testing.assert_allclose(excess, share * (mean - 2 * plan.bias), rtol=1e-5, atol=1e-5)


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60), step=st.floats(0, 20, width=32))
def test_above_a_higher_bias_is_less_and_below_it_more(seed, n_timepoints, step):
    plan, x = random_plan(2, seed % 99, whole=False), noise(2, 2, n_timepoints, seed=seed)
    plan = plan[np.isin(plan.statistic, [PPV, LONGEST])]
    assert (compute(replace(plan, bias=plan.bias + np.float32(step)), x) <= compute(plan, x)).all()


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_statistics_keep_their_bounds(seed, n_timepoints):
    plan, x = random_plan(2, seed % 99, whole=False), noise(3, 2, n_timepoints, seed=seed)
    plan = plan[plan.nth % 2 == 1]
    plan = plan[np.lexsort((plan.nth, plan.output, plan.statistic))]
    share, stretch, mean, index, excess, size = np.split(compute(plan, x), len(STATISTICS), axis=1)
    bias = plan.bias[plan.statistic == PPV]
    assert ((share >= 0) & (share <= 1)).all()
    assert ((stretch >= 0) & (stretch < n_timepoints) & (stretch == np.round(stretch))).all()
    assert ((index >= -1) & (index < n_timepoints)).all()
    np.testing.assert_array_equal(share == 0, index == -1)
    assert (mean[share == 0] == 0).all()
    assert (mean - 2 * bias >= -1e-4)[share > 0].all(), "each value and its bias exceed the bias twice"
    assert (excess[share == 0] == 0).all()
    assert ((excess >= -1e-4) & (excess <= size + np.abs(bias) + 1e-4) & (size >= 0)).all()


# --- the banks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_features", "mini", "multi"), [
    (1, 84, 672), (83, 84, 672), (84, 84, 672), (671, 588, 672), (1344, 1344, 1344), (10_000, 9996, 9408),
])  # fmt: skip
@pytest.mark.parametrize("n_timepoints", [5, 60])
def test_the_number_of_features_is_rounded_down_but_never_to_none(n_features, mini, multi, n_timepoints):
    x = noise(3, 2, n_timepoints)
    for bank, expected in ((MiniRocket, mini), (MultiRocket, multi)):
        model = bank(n_features=n_features, random_state=0).fit(x)
        assert len(model.plan_) == expected == model.transform(x).shape[1] == len(model.get_feature_names_out())


@BANKS
def test_columns_stand_in_order(bank):
    plan = bank(n_features=5000, random_state=0).fit(noise(4, 3, 90)).plan_
    plan.check()
    of_row = [getattr(plan, name)[plan.output] for name in ("kernel", "dilation", "differences")]
    order = np.lexsort((plan.nth, of_row[0], of_row[1], plan.statistic, of_row[2]))
    np.testing.assert_array_equal(order, np.arange(len(plan)))
    assert set(plan.statistic) == ({PPV} if bank is MiniRocket else {PPV, LONGEST, MEAN_POSITIVE, MEAN_INDEX})
    assert set(plan.differences) == ({0} if bank is MiniRocket else {0, 1})
    for differences in set(plan.differences):  # every second kernel is padded, with every dilation another half
        some = plan.differences == differences
        of_dilation = np.unique(plan.dilation[some], return_inverse=True)[1]
        np.testing.assert_array_equal(plan.padded[some], (of_dilation + plan.kernel[some]) % 2 == 0)


def test_a_bias_is_the_same_for_all_statistics():
    plan = MultiRocket(n_features=3000, random_state=0).fit(noise(4, 3, 90)).plan_
    half = len(plan) // 2
    for name in ("output", "nth", "bias"):
        rows = getattr(plan, name).reshape(2, 4, half // 4)
        assert (rows == rows[:, :1]).all()
    assert set(plan.output[:half]).isdisjoint(plan.output[half:])


@BANKS
def test_the_expected_share_of_training_values_lies_above_a_bias(bank):
    x = noise(1, 1, 400)
    plan = bank(n_features=4032, random_state=0).fit(x).plan_
    for differences in set(plan.differences):
        part = plan[(plan.differences[plan.output] == differences) & (plan.statistic == PPV)]
        expected = 1 - np.arange(1, len(part) + 1) * ((1 + 5**0.5) / 2) % 1
        share, padded = compute(part, x)[0], (part.padded == 1)[part.output]
        if not differences:  # of these the taps stand elsewhere when features are computed
            np.testing.assert_allclose(share[padded], expected[padded], atol=1.01 / 400)
        assert np.abs(share - expected).mean() < 0.03


def test_biases_come_from_one_case_each_and_from_any():
    x = np.stack([np.full((1, 40), value) for value in (0, 1e3, 1e6)])
    plan = MiniRocket(n_features=84, random_state=0).fit(x + noise(3, 1, 40)).plan_
    assert len(plan) == 84
    sizes = np.searchsorted([100, 1e5], np.abs(plan.bias[plan.padded == 1]))
    assert (np.bincount(sizes, minlength=3) > 0).all()


def test_no_bias_comes_from_behind_the_end_of_a_case():
    x, garbage = noise(2, 1, 50), noise(2, 1, 50)
    x[:, :, 20:], garbage[:, :, 20:], garbage[:, :, :20] = 0, 1e6, x[:, :, :20]
    offers = [
        MiniRocket(n_features=500).candidates(
            Panel(values, np.array([20, 20], np.int32)), np.zeros(1), np.ones(1), np.random.RandomState(0)
        )
        for values in (x, garbage)
    ]
    plans = [offer.plan(np.arange(len(offer))) for offer in offers]
    assert plans[0] == plans[1]
    assert len(np.unique(plans[0].bias)) > 100


@BANKS
@pytest.mark.parametrize("n_timepoints", [9, 17, 50, 100, 1000])
def test_dilations_grow_up_to_an_eighth_of_the_length(bank, n_timepoints):
    plan = bank(n_features=84 * 32 * 8, random_state=0).fit(noise(2, 1, n_timepoints)).plan_
    for differences in set(plan.differences):
        some = plan.differences == differences
        dilations, most = np.unique(plan.dilation[some]), (n_timepoints - differences - 1) / 8
        assert dilations[0] == 1
        assert max(1, np.floor(most) - 1) <= dilations[-1] <= max(1, most)
        assert some.sum() == 84 * len(dilations)
    ratios = dilations[1:] / dilations[:-1]
    assert (ratios <= 2).all()


@BANKS
def test_there_are_no_more_dilations_than_asked_for_and_no_fewer_features(bank):
    x = noise(2, 1, 200)
    for most in (1, 2, 5):
        model = bank(n_features=10_000, max_dilations_per_kernel=most, random_state=0).fit(x)
        assert len(np.unique(model.plan_.dilation[model.plan_.differences == 0])) == most
        assert len(model.plan_) == len(bank(n_features=10_000, random_state=0).fit(x).plan_)


@pytest.mark.parametrize("n_channels", [1, 2, 9, 20])
def test_kernels_add_up_different_channels_at_most_nine(n_channels):
    plan = MiniRocket(n_features=5000, random_state=0).fit(noise(2, n_channels, 300)).plan_
    members = np.split(plan.member, np.cumsum(plan.n_members)[:-1])
    assert all(len(set(some)) == len(some) for some in members)
    assert set(plan.n_members) == set(range(1, min(n_channels, 9) + 1))
    assert set(plan.member) == set(range(n_channels))


# --- chance -------------------------------------------------------------------------------------------------


@AND_PRISM
def test_chance_is_what_random_state_makes_it(bank):
    x = noise(5, 3, 40)
    one, again, other = (bank(n_features=1000, random_state=seed).fit(x).plan_ for seed in (0, 0, 1))
    from_generator = bank(n_features=1000, random_state=np.random.RandomState(0)).fit(x).plan_
    assert one == again == from_generator
    assert one != other
    assert bank(n_features=1000).fit(x).plan_ != bank(n_features=1000).fit(x).plan_


@AND_PRISM
def test_the_random_state_of_a_search_is_that_of_its_bank_unless_it_has_one(bank):
    x, y = load_basic_motions("train")

    def found(seed, of_bank=None):
        return LightWaveS(bank(n_features=672, random_state=of_bank), n_features=10, random_state=seed).fit(x, y).plan_

    assert found(0) == found(0)
    assert found(0) != found(1)
    assert found(0, of_bank=5) == found(1, of_bank=5)


@AND_PRISM
@pytest.mark.parametrize("random_state", [None, 0])
def test_the_global_random_state_is_left_alone(bank, random_state):
    before = np.random.get_state()
    bank(n_features=672, random_state=random_state).fit_transform(noise(3, 2, 30))
    np.testing.assert_equal(np.random.get_state(), before)


# --- names, costs, copies and files -------------------------------------------------------------------------


@BANKS
@pytest.mark.parametrize("channel_names", [None, ["left", "right", "top"]])
def test_names_differ_and_say_what_a_feature_is(bank, channel_names):
    model = bank(n_features=2700, random_state=0, channel_names=channel_names).fit(noise(3, 3, 60))
    plan, names = model.plan_, model.get_feature_names_out()
    assert len(set(names)) == len(plan)
    members = np.split(plan.member, np.cumsum(plan.n_members)[:-1])
    pattern = re.compile(r"([a-z0-9+]+)(_diff)?_k(\d)(\d)(\d)_d(\d+)_b(\d+)_([a-z_]+)")
    known = channel_names or ["ch0", "ch1", "ch2"]
    for name, o, nth, statistic in zip(names, plan.output, plan.nth, plan.statistic, strict=True):
        channels, differences, a, b, c, dilation, bias, what = pattern.fullmatch(name).groups()
        assert [known.index(channel) for channel in channels.split("+")] == members[o].tolist()
        assert (differences is not None) == plan.differences[o]
        assert KERNELS[plan.kernel[o]] == (int(a), int(b), int(c))
        assert (int(dilation), int(bias), STATISTICS.index(what)) == (plan.dilation[o], nth, statistic)


def test_names_tell_signs_low_kernels_and_windows():
    plan = plan_of(
        [
            (0, KERNELS.index((0, 3, 7)), 4, 1, [0, 3], [1, -1]),
            (1, LOW + KERNELS.index((1, 2, 8)), 12, 0, [2, 0, 1], [-1, 1, -1]),
            (0, LOW, 1, 1, [3], [-1]),
        ],
        [(0, 2, 0, PPV, 4, 8), (0, 2, 0, MEAN_ABS), (1, 0, 0, MEAN_EXCESS), (1, 0, 0, MEAN_ABS, 0, 15), (2, 11, 0, 1)],
        n_channels=4,
    )
    assert plan.feature_names() == [
        "ch0-ch3_k037_d4_b2_ppv_t4to8",
        "ch0-ch3_k037_d4_b2_mean_abs",
        "-ch2+ch0-ch1_diff_low128_d12_b0_mean_excess",
        "-ch2+ch0-ch1_diff_low128_d12_b0_mean_abs_t0to15",
        "-ch3_low012_d1_b11_longest",
    ]
    assert replace(plan, channel_names=("a", "b", "c", "d")).feature_names()[2].startswith("-c+a-b_diff_low")


def test_a_cost_counts_taps_additions_and_channels_once_for_each_output():
    plan = plan_of(
        [(0, 5, 1, 1, [1]), (0, 6, 3, 0, [2, 4]), (1, 7, 3, 0, [0, 3, 2]), (0, 8, 20, 0, [1])],
        [(o, 0, 0.5, s) for o in range(4) for s in range(3)],
        n_channels=7,
        n_timepoints=100,
    )
    cost = plan.cost()
    assert (cost.n_features, cost.n_convolutions, cost.n_channels) == (12, 4, 5)
    assert cost.n_multiply_adds == 100 * 9 + (76 * 9 + 100) + (75 * 9 + 3 * 100) + 100 * 9
    assert plan.cost(50).n_multiply_adds == 50 * 9 + (26 * 9 + 50) + (25 * 9 + 3 * 50) + 50 * 9
    part = plan[[4, 3, 0]].cost()
    assert (part.n_features, part.n_convolutions, part.n_channels) == (3, 2, 3)
    assert part.n_multiply_adds == 100 * 9 + (76 * 9 + 100)
    assert part.n_bytes < cost.n_bytes


def test_a_low_kernel_costs_three_taps_and_a_window_only_its_own_times():
    outputs = [(0, LOW, 1, 1, [0]), (0, 3, 2, 0, [0]), (1, LOW + 3, 1, 1, [0, 1])]
    everywhere = [(o, 0, 0.5, s) for o in range(3) for s in (PPV, MEAN_ABS)]
    whole = plan_of(outputs, everywhere, 2, n_timepoints=100)
    assert whole.cost().n_multiply_adds == 100 * 3 + 84 * 9 + (99 * 3 + 2 * 100)
    windows = plan_of(outputs, [(*row, 4, 8) for row in everywhere], 2, n_timepoints=100)
    assert windows.cost().n_multiply_adds == 25 * 3 + 21 * 9 + (26 * 3 + 2 * 100)  # of 99 times, 24 to 49
    apart = plan_of(outputs[:1], [(0, 0, 0.5, PPV, 2, 4), (0, 0, 0.5, PPV, 8, 12)], 2, n_timepoints=100)
    assert apart.cost().n_multiply_adds == 63 * 3, "an output is computed from its first window to its last"
    assert apart[:1].cost().n_multiply_adds == 13 * 3


@AND_PRISM
def test_a_copy_computes_the_same_bits(bank):
    x = noise(5, 3, 40)
    model = bank(n_features=1000, random_state=0).fit(x)
    expected = model.transform(x)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.plan_ == model.plan_
    assert not copy.plan_.layouts, "tables are made, not kept"
    np.testing.assert_array_equal(copy.transform(x), expected)
    np.testing.assert_array_equal(clone(model).fit_transform(x), expected)


@pytest.mark.parametrize(
    "bank",
    [
        MiniRocket(n_features=500),
        MultiRocket(n_features=672),
        [MiniRocket(n_features=500), WaveletScattering(levels=(1,), max_dilation=2), MultiRocket(n_features=672)],
        Prism(800, windows=0.5),
        [Prism(800, windows=0.5), Prism(80, low=1)],
    ],
    ids=["MiniRocket", "MultiRocket", "several", "Prism", "Prisms"],
)
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_a_model_that_was_read_back_computes_the_same_bits(kind, bank, tmp_path):
    (x, y), (x_test, _) = load_basic_motions("train"), load_basic_motions("test")
    model = kind(bank=bank, n_features=20, selection="detach", random_state=0).fit(x, y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.plan_ == model.plan_
    assert type(copy.plan_) is type(model.plan_)
    np.testing.assert_array_equal(copy.transform(x_test), model.transform(x_test))
    assert list(copy.get_feature_names_out()) == list(model.get_feature_names_out())
    if kind is LightWaveSClassifier:
        np.testing.assert_array_equal(copy.predict_proba(x_test), model.predict_proba(x_test))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: {"output": p.output + 3}, "output must be from 0 to"),
        (lambda p: {"output": p.output - 1}, "output must be from 0 to"),
        (lambda p: {"output": p.output.astype(float)}, "output must be an array int32"),
        (lambda p: {"kernel": p.kernel + 168}, "kernel must be from 0 to 167"),
        (lambda p: {"kernel": p.kernel - 168}, "kernel must be from 0 to 167"),
        (lambda p: {"kernel": p.kernel[:-1]}, "must be an array int32"),
        (lambda p: {"padded": p.padded.astype(float)}, "padded must be an array int32"),
        (lambda p: {"statistic": p.statistic + 1}, "statistic must be from 0 to 5"),
        (lambda p: {"statistic": p.statistic - 1}, "statistic must be from 0 to 5"),
        (lambda p: {"sign": 0 * p.sign}, "sign must be 1 or -1"),
        (lambda p: {"sign": 2 * p.sign}, "sign must be from -1 to 1"),
        (lambda p: {"sign": p.sign * np.nan}, "sign must be an array int32"),
        (lambda p: {"sign": p.sign[:-1]}, "sign must be an array int32"),
        (lambda p: {"begin": p.begin - 16}, "begin must be from 0 to 15"),
        (lambda p: {"begin": p.begin + 16}, "begin must be from 0 to 15"),
        (lambda p: {"begin": p.begin.astype(float)}, "begin must be an array int32"),
        (lambda p: {"begin": p.begin[:-1]}, "begin must be an array"),
        (lambda p: {"end": p.end + 1}, "end must be"),
        (lambda p: {"end": p.end - 17}, "end must be"),
        (lambda p: {"end": p.end.astype(float)}, "end must be"),
        (lambda p: {"end": p.end[:-1]}, "end must be an array"),
        (
            lambda p: {"end": np.maximum(p.begin, 1), "begin": np.maximum(p.begin, 1)},
            "a window must end after it begins",
        ),
        (lambda p: {"begin": 15 - 0 * p.begin, "end": 0 * p.end + 3}, "a window must end after it begins"),
        (lambda p: {"statistic": p.statistic[:-1]}, "statistic must be an array"),
        (lambda p: {"dilation": 0 * p.dilation}, "dilation must be from 1 to"),
        (lambda p: {"bias": p.bias * np.float32(np.nan)}, "bias must be finite"),
        (lambda p: {"bias": p.bias[:-1]}, "bias must be an array"),
        (lambda p: {"nth": p.nth[:-1]}, "nth must be an array"),
        (lambda p: {"n_members": 0 * p.n_members}, "n_members must be from 1 to"),
        (lambda p: {"n_members": p.n_members + 1}, "n_members must say|must be an array"),
        (lambda p: {"member": p.member[:-1]}, "n_members must say|must be an array"),
        (lambda p: {"member": p.member + 2}, "member must be from 0 to 1"),
        (lambda p: {"member": p.member - 2}, "member must be from 0 to 1"),
        (lambda p: {"scale": 0 * p.scale}, "scale must be from 5e-324 to"),
        (lambda p: {"differences": p.differences + 2}, "differences"),
        (lambda p: {"differences": p.differences - 2}, "differences"),
        (lambda p: {"nth": p.nth - 1}, "nth"),
        (lambda p: {"nth": p.nth.astype(float)}, "nth"),
        (lambda p: {"member": p.member.astype(float)}, "member"),
        (lambda p: {"bias": p.bias + p.statistic}, "bias"),
    ],
)
def test_a_plan_from_outside_that_names_what_is_not_there_is_refused(change, message):
    plan = random_plan(2, n_outputs=3, n_biases=2)
    with pytest.raises(ValueError, match=message):
        replace(plan, **change(plan)).check()


@BANKS
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_features": 0}, ValueError, "n_features must be at least 1, got 0"),
        ({"n_features": 84.0}, TypeError, "n_features must be an int, got 84.0 of type float"),
        ({"n_features": True}, TypeError, "n_features must be an int, got True of type bool"),
        ({"n_features": "all"}, TypeError, "n_features must be an int, got 'all' of type str"),
        ({"max_dilations_per_kernel": 0}, ValueError, "max_dilations_per_kernel must be at least 1, got 0"),
        ({"max_dilations_per_kernel": None}, TypeError, "max_dilations_per_kernel must be an int, got None"),
        ({"random_state": "chance"}, ValueError, "'chance' cannot be used to seed"),
        ({"channel_names": ["one"]}, ValueError, "channel_names has 1 names, but X has 2 channels"),
        ({"n_jobs": 0}, ValueError, "n_jobs == 0 has no meaning"),
    ],
)
def test_wrong_parameters_are_refused(bank, parameters, error, message):
    with pytest.raises(error, match=re.escape(message)):
        bank(**parameters).fit(noise(2, 2, 20))
    if not parameters.keys() & {"channel_names", "n_jobs"}:
        with pytest.raises(error, match=re.escape(message)):
            LightWaveS(bank(**parameters), n_features=5).fit(noise(4, 2, 20), [0, 0, 1, 1])


@AND_PRISM
def test_series_with_other_channels_are_refused(bank):
    model = bank(n_features=1, random_state=0).fit(noise(2, 2, 20))
    with pytest.raises(ValueError, match=f"X has 3 channels, but {type(model).__name__} is expecting 2 channels"):
        model.transform(noise(2, 3, 20))


# --- in use -------------------------------------------------------------------------------------------------


@AND_PRISM
def test_a_standardised_search_finds_what_one_on_standardised_series_finds(bank):
    x, y = load_basic_motions("train")
    x = x.astype(np.float64) * [[[1], [10], [100], [1], [0.1], [1]]]
    shift, scale = x.mean(axis=(0, 2), keepdims=True), x.std(axis=(0, 2), keepdims=True)
    model = LightWaveS(bank(n_features=672, random_state=0), n_features=10_000, random_state=0)
    with pytest.warns(UserWarning, match="has only .* candidates"):
        raw = model.fit(x, y).plan_
    with pytest.warns(UserWarning, match="has only .* candidates"):
        plain = model.set_params(scale=False).fit((x - shift) / scale, y).plan_
    np.testing.assert_allclose(raw.shift, shift.ravel(), rtol=1e-6)
    np.testing.assert_allclose(raw.scale, scale.ravel(), rtol=1e-6)
    np.testing.assert_allclose(raw.bias, plain.bias, rtol=1e-3, atol=1e-3)
    for name in ("output", "nth", "statistic", "begin", "end", *OUTPUTS):
        np.testing.assert_array_equal(getattr(raw, name), getattr(plain, name))


def test_few_features_tell_motions_apart():
    (x, y), (x_test, y_test) = load_basic_motions("train"), load_basic_motions("test")
    for bank in (MiniRocket(n_features=1000), MultiRocket(n_features=1344)):
        model = LightWaveSClassifier(bank=bank, selection="detach", n_features=50, random_state=0).fit(x, y)
        assert len(model.plan_) == 50
        assert model.score(x_test, y_test) > 0.9
        assert model.predict_one(x_test[0]) == model.predict(x_test[:1])[0]


@AND_PRISM
def test_threads_of_a_bank_change_no_bit(bank):
    x = noise(40, 2, 30)
    one, two = (bank(n_features=672, random_state=0, n_jobs=n_jobs).fit(x) for n_jobs in (1, 2))
    assert one.plan_ == two.plan_
    np.testing.assert_array_equal(one.transform(x), two.transform(x))
