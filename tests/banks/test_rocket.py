"""Rocket: its kernels, and its features against the oracle, against aeon's, and to the bit whatever the way.

Wherever ``compute`` stands, both layouts are tested.
"""

import pickle
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import joblib
import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide import sweep, times

import lightwaves.plans.rocket
from lightwaves import LightWaveS, LightWaveSClassifier, Rocket, load, load_basic_motions, save
from lightwaves.banks.rocket import draw_channels
from lightwaves.panel import Panel, as_panel
from lightwaves.plans.plan import standardisation
from lightwaves.plans.rocket import FEW_CASES, RocketPlan, run

TABLES = ("length", "dilation", "padded", "bias", "n_inputs", "channel", "weight")
AEON_TABLES = ("weight", "length", "bias", "dilation", "padding", "n_inputs", "channel")  # in the order of its kernels
PPV, MAX = range(2)
EXCERPT = Path(__file__).parents[1] / "golden" / "aeon_rocket.npz"
LENGTHS = 1, 2, 3, 7, 8, 9, 10, 11, 12, 15, 16, 17, 31, 32, 33, 100, 257  # kernels have 7, 9 and 11 weights
examples = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def bank(n_channels=3, n_timepoints=40, n_kernels=40, seed=0):
    """The plan of some kernels for series of that shape."""
    return Rocket(n_kernels, random_state=seed).fit(np.zeros((1, n_channels, n_timepoints))).plan_


def plan_of(n_channels, **tables):
    """A plan of both features of given kernels."""
    n_kernels = len(tables["length"])
    kinds = {"padded": np.bool_, "bias": np.float32, "weight": np.float32}
    plan = RocketPlan(
        kernel=np.repeat(np.arange(n_kernels, dtype=np.int32), 2),
        statistic=np.tile(np.arange(2, dtype=np.int32), n_kernels),
        number=np.arange(n_kernels, dtype=np.int32),
        shift=np.zeros(n_channels),
        scale=np.ones(n_channels),
        n_timepoints=1,
        **{name: np.asarray(table, kinds.get(name, np.int32)) for name, table in tables.items()},
    )
    plan.check()
    return plan


def middle(padded, dilation=1, bias=0.0):
    """A plan of one kernel that gives back what stands at its middle tap, plus the bias."""
    weight = [0, 0, 0, 1, 0, 0, 0]
    return plan_of(
        1, length=[7], dilation=[dilation], padded=[padded], bias=[bias], n_inputs=[1], channel=[0], weight=weight
    )


def compute(plan, x, lengths=None):
    """The features in both layouts, whichever would be the faster: they must be equal to the bit."""
    x = np.ascontiguousarray(x, np.float32)
    lengths = np.full(len(x), x.shape[2], np.int32) if lengths is None else np.asarray(lengths, np.int32)
    width = -(-len(x) // 16) * 16
    standard = standardisation(plan.shift[plan.channels], plan.scale[plan.channels])
    layout, results = plan.layout(x.shape[2]), []
    for by_cases in (True, False):
        out = np.full((len(plan) + 1, width), np.nan, np.float32)
        run(layout, by_cases, x, lengths, plan.channels, standard, out.reshape(-1), width)
        results.append(out[:-1, : len(x)].T)
    np.testing.assert_array_equal(*(z.copy().view(np.int32) for z in results))
    return results[0]


def bounds(plan, x, lengths=None):
    """The least and the most that float32 may find."""
    lengths = [x.shape[2]] * len(x) if lengths is None else lengths
    arguments = [getattr(plan, name) for name in ("kernel", "statistic", *TABLES, "shift", "scale")]
    return tuple(oracle.apply_rocket_by_cases(x, lengths, *arguments, doubtful=sign) for sign in (-1, 1))


def agrees(z, plan, x, lengths=None):
    """Whether features lie where float32 may find what the oracle defines."""
    low, high = bounds(plan, x, lengths)
    assert (z >= low - 1e-7).all()
    assert (z <= high + 1e-7).all()


# --- against the oracle -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("n_timepoints", sweep(LENGTHS, sorted({*range(1, 41)} - {*LENGTHS})))
def test_every_length_gives_what_the_oracle_gives(n_timepoints):
    plan, x = bank(3, n_timepoints, 20, seed=n_timepoints), noise(3, 3, n_timepoints)
    agrees(compute(plan, x), plan, x)


@pytest.mark.parametrize("n_channels", [1, 2, 12, 30])
def test_every_number_of_channels_gives_what_the_oracle_gives(n_channels):
    plan, x = bank(n_channels, 50), noise(3, n_channels, 50)
    agrees(compute(plan, x), plan, x)


@pytest.mark.parametrize("n_timepoints", [1, 5, 12, 13, 40, 61])
def test_series_of_another_length_than_in_fitting_give_what_the_oracle_gives(n_timepoints):
    plan, x = bank(2, 60), noise(3, 2, n_timepoints)
    agrees(compute(plan, x), plan, x)


@pytest.mark.slow
@pytest.mark.parametrize("n_timepoints", [13, 60, 130])
def test_series_of_unequal_length_give_what_the_oracle_gives(n_timepoints):
    plan, x = bank(3, n_timepoints), noise(20, 3, n_timepoints)
    lengths = np.random.default_rng(0).integers(1, n_timepoints + 1, 20).astype(np.int32)
    some = slice(None, None, times(3, 1))  # the oracle takes long
    agrees(compute(plan, x, lengths)[some], plan, x[some], lengths[some])


def test_the_oracle_leaves_hardly_a_sign_open():
    plan, x = bank(3, 100), noise(3, 3, 100)
    low, high = bounds(plan, x)
    assert (low == high)[:, plan.statistic == PPV].mean() > 0.95
    assert (high - low).max() < 1e-3
    assert not (low == high)[:, plan.statistic == MAX].any()


def test_a_kernel_that_only_sees_its_middle_gives_the_series_statistics():
    x = noise(20, 1, 30)
    z = compute(middle(padded=True), x)
    np.testing.assert_array_equal(z, np.column_stack([(x > 0).mean(axis=2, dtype=np.float32), x.max(axis=2)]))
    z = compute(middle(padded=False, dilation=2), x)
    inner = x[:, :, 6:-6]
    np.testing.assert_array_equal(z, np.column_stack([(inner > 0).mean(axis=2, dtype=np.float32), inner.max(axis=2)]))


def test_an_output_of_0_is_not_positive():
    z = compute(middle(padded=True), np.zeros((2, 1, 20)))
    np.testing.assert_array_equal(z, [[0, 0], [0, 0]])


def test_a_bias_counts_at_every_time():
    z = compute(middle(padded=True, bias=0.25), np.zeros((2, 1, 20)))
    np.testing.assert_array_equal(z, [[1, 0.25], [1, 0.25]])


@pytest.mark.parametrize("company", [slice(0, 1), slice(0, 2)], ids=["alone", "beside a longer one"])
def test_a_case_too_short_for_an_unpadded_kernel_is_pooled_as_if_padded(company):
    x = np.zeros((2, 1, 60), np.float32)
    x[:, 0, 0] = 1  # seen at the first time only
    for length, ppv, largest in ((30, np.float32(1 / 30), 1), (31, 0, 0)):  # the kernel spans 31 times
        lengths = np.array([length, 60], np.int32)[company]
        z = compute(middle(padded=False, dilation=5), x[company], lengths)
        np.testing.assert_array_equal(z[0], [ppv, largest])


def test_channels_are_standardised():
    x = (noise(4, 2, 50) * [[[0.01], [30.0]]] + [[[1000.0], [-7.0]]]).astype(np.float32)
    shift, scale = (getattr(x, name)(axis=(0, 2), dtype=np.float64) for name in ("mean", "std"))
    plan = bank(2, 50)
    z = compute(replace(plan, shift=shift, scale=scale), x)
    agrees(z, plan, (x - shift[:, np.newaxis]) / scale[:, np.newaxis])


# --- against aeon -------------------------------------------------------------------------------------------


def agrees_with_aeon(x, kernels, expected):
    """Whether a plan of aeon's kernels gives aeon's features, but for signs that float32 leaves open."""
    kernels = {**kernels, "padded": kernels["padding"] > 0}
    plan = plan_of(x.shape[1], **{name: kernels[name] for name in TABLES})
    z = compute(plan, x)
    np.testing.assert_allclose(z[:, 1::2], expected[:, 1::2], rtol=1e-4)
    n_lost = 2 * (plan.length // 2) * plan.dilation
    n_pooled = np.where(plan.padded, x.shape[2], x.shape[2] - n_lost)
    differences = np.abs(z[:, ::2] - expected[:, ::2]) * n_pooled
    low, high = bounds(plan, x)
    doubtful = (high - low)[:, ::2] > 0
    assert (differences[~doubtful] < 1e-3).all()
    assert (differences < 1 + 1e-3).all()
    assert doubtful.mean() < 0.05


@pytest.mark.parametrize("part", ["multivariate", "univariate"])
def test_features_are_those_of_aeon(part):
    with np.load(EXCERPT) as golden:
        kernels = {name: golden[f"{part}_{name}"] for name in AEON_TABLES}
        agrees_with_aeon(golden[f"{part}_x"], kernels, golden[f"{part}_features"])


@pytest.mark.parametrize("n_channels", [1, 4])
def test_features_are_those_that_aeon_computes_here(n_channels):
    aeon = pytest.importorskip("aeon.transformations.collection.convolution_based")
    x = noise(7, n_channels, 64, seed=1)
    theirs = aeon.Rocket(n_kernels=50, normalise=False, random_state=3).fit(x)
    agrees_with_aeon(x, dict(zip(AEON_TABLES, theirs.kernels, strict=True)), theirs.transform(x))


# --- the kernels --------------------------------------------------------------------------------------------


def test_kernels_are_drawn_as_rocket_draws_them():
    n_channels, n_timepoints = 12, 200
    plan = bank(n_channels, n_timepoints, 4000)
    assert len(plan) == 8000
    np.testing.assert_array_equal(plan.kernel, np.arange(8000) // 2)
    np.testing.assert_array_equal(plan.statistic, np.arange(8000) % 2)
    shares = [(plan.length == n).mean() for n in (7, 9, 11)]
    np.testing.assert_allclose(shares, 1 / 3, atol=0.04)
    assert abs(plan.padded.mean() - 0.5) < 0.04
    assert -1 <= plan.bias.min() < -0.99
    assert 0.99 < plan.bias.max() < 1
    for length in (7, 9, 11):
        some = plan.length == length
        widest = np.log2((n_timepoints - 1) / (length - 1))
        for d in (1, 2, 4, 8):  # the dilation, before it is rounded down, is below 2d with this probability
            assert abs((plan.dilation[some] < 2 * d).mean() - np.log2(2 * d) / widest) < 0.06
        assert ((length - 1) * plan.dilation[some] < n_timepoints).all()
        for n in range(1, length + 1):
            assert abs((plan.n_inputs[some] <= n).mean() - np.log2(n + 1) / np.log2(length + 1)) < 0.06
    taps = np.split(plan.weight, np.cumsum(np.repeat(plan.length, plan.n_inputs))[:-1])
    assert max(abs(some.sum(dtype=np.float64)) for some in taps) < 1e-5
    variance = np.mean([some.var(ddof=1) for some in taps])
    assert abs(variance - 1) < 0.03


@pytest.mark.parametrize("n_timepoints", [*range(1, 13), 17, 30])
def test_no_kernel_is_wider_than_the_series_unless_its_dilation_is_1(n_timepoints):
    plan = bank(1, n_timepoints, 300)
    assert (((plan.length - 1) * plan.dilation < n_timepoints) | (plan.dilation == 1)).all()
    assert plan.dilation.min() == 1


@pytest.mark.parametrize("n_timepoints", [12, 198, 200, 1000])
def test_the_widest_kernels_reach_over_the_whole_series(n_timepoints):
    class Highest(np.random.RandomState):
        """Draws the largest number below 1, nearly."""

        def random_sample(self, size=None):
            return np.full(size, 1 - 1e-12)

    panel = as_panel(noise(2, 3, n_timepoints))
    plan = Rocket(60).candidates(panel, np.zeros(3), np.ones(3), Highest(0))
    assert set(plan.length) == {7, 9, 11}
    np.testing.assert_array_equal(plan.dilation, (n_timepoints - 1) // (plan.length - 1))


def test_every_set_of_channels_is_as_likely_as_any_other():
    n_drawn = np.repeat([1, 2, 3, 5], 5000)
    channels = np.split(draw_channels(np.random.RandomState(0), n_drawn, 5), np.cumsum(n_drawn)[:-1])
    for n in (1, 2, 3, 5):
        subsets = [tuple(some) for some, k in zip(channels, n_drawn, strict=True) if k == n]
        possible = list(combinations(range(5), n))
        counts = [subsets.count(subset) for subset in possible]
        assert sum(counts) == len(subsets), "sets, in ascending order"
        np.testing.assert_allclose(counts, 5000 / len(possible), atol=4 * np.sqrt(5000 / len(possible)))


def test_the_random_state_decides_and_the_global_one_is_left_alone():
    x = noise(2, 3, 30)
    before = np.random.get_state()
    one, again, other = (Rocket(50, random_state=seed).fit(x).plan_ for seed in (0, 0, 1))
    assert one == again
    assert one != other
    assert Rocket(50, random_state=np.random.RandomState(0)).fit(x).plan_ == one
    assert Rocket(50).fit(x).plan_ != Rocket(50).fit(x).plan_
    np.testing.assert_equal(np.random.get_state(), before)


def test_only_the_shape_of_the_longest_series_matters_in_fitting():
    series = [noise(3, n) for n in (20, 55, 7)]
    assert Rocket(30, random_state=0).fit(series).plan_ == bank(3, 55, 30)
    assert bank(3, 55, 30) != bank(3, 56, 30)


# --- the same bits, whatever the way ------------------------------------------------------------------------


@pytest.mark.parametrize("n_timepoints", [*range(1, 41), 100])
def test_both_layouts_give_the_same_bits(n_timepoints):
    plan, x = bank(4, n_timepoints, 60, seed=n_timepoints), noise(19, 4, n_timepoints)
    lengths = np.random.default_rng(n_timepoints).integers(1, n_timepoints + 1, 19)
    for padded in (True, False):
        some = replace(plan, padded=np.full(60, padded))
        np.testing.assert_array_equal(some.apply(as_panel(x)), compute(some, x))
        np.testing.assert_array_equal(some.apply(Panel(x, lengths.astype(np.int32))), compute(some, x, lengths))


def test_zeros_of_either_sign_and_sums_that_overflow_give_the_same_bits_in_both_layouts():
    zeros = np.repeat(np.array([-0.0, 0.0], np.float32), 20)[np.newaxis, np.newaxis]
    for x in (zeros, zeros[..., ::-1]):
        compute(middle(padded=False, bias=-0.0), x)
    with np.errstate(all="ignore"):
        compute(bank(2, 40), noise(3, 2, 40) * np.float32(1e38))


def test_few_cases_and_large_ones_are_computed_by_times(monkeypatch):
    def by_cases(n_cases):
        return plan.runner(n_cases, 40).args[-1]

    plan = bank(2, 40)
    assert [by_cases(n) for n in (1, FEW_CASES - 1, FEW_CASES, 100)] == [False, False, True, True]
    monkeypatch.setattr(lightwaves.plans.rocket, "LARGE_CASE", 40)
    assert not by_cases(100)


def test_channels_that_no_kernel_reads_are_not_looked_at():
    plan, x = bank(6, 30), noise(20, 6, 30)
    plan = plan[np.setdiff1d(np.arange(len(plan)), plan.reads[0][np.isin(plan.reads[1], [0, 3])])]
    assert plan.channels.tolist() == [1, 2, 4, 5]
    changed = x.copy()
    changed[:, [0, 3]] = 1e30
    np.testing.assert_array_equal(compute(plan, changed), compute(plan, x))
    changed[:, 1] = 1e30
    assert (compute(plan, changed) != compute(plan, x)).any()


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 140))
def test_a_case_of_another_length_counts_as_if_it_were_alone(seed, n_timepoints):
    plan, x = bank(2, n_timepoints, 20, seed), noise(20, 2, n_timepoints)
    lengths = np.random.default_rng(seed).integers(1, n_timepoints + 1, 20).astype(np.int32)
    z = plan.apply(Panel(x, lengths))
    for row, series, length in zip(z, x, lengths, strict=True):
        np.testing.assert_array_equal(row, plan.apply_one(series[:, :length]))


@examples
@given(seed=seeds, n_channels=st.integers(1, 8), n_timepoints=st.integers(1, 60))
def test_a_permutation_of_the_channels_that_the_kernels_follow_changes_no_bit(seed, n_channels, n_timepoints):
    plan, x = bank(n_channels, n_timepoints, 10, seed), noise(3, n_channels, n_timepoints)
    order = np.random.default_rng(seed).permutation(n_channels)
    moved = replace(plan, channel=np.argsort(order).astype(np.int32)[plan.channel])
    np.testing.assert_array_equal(compute(moved, x[:, order]), compute(plan, x))


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60), power=st.integers(-20, 20))
def test_a_power_of_two_scales_the_maximum_and_leaves_the_signs(seed, n_timepoints, power):
    plan, x = bank(2, n_timepoints, 10, seed), noise(3, 2, n_timepoints)
    scaled = replace(plan, bias=plan.bias * np.float32(2.0**power))
    factors = np.where(plan.statistic == MAX, 2.0**power, 1)
    np.testing.assert_array_equal(compute(scaled, x * 2.0**power), compute(plan, x) * factors)


# --- parts of a plan ----------------------------------------------------------------------------------------


def test_kernels_that_no_row_names_are_dropped():
    plan = bank(3, 40, 1000)
    part = plan[[4, 5, 300]]
    assert part.number.tolist() == [2, 150]
    assert len(part.channel) == part.n_inputs.sum()
    assert part.n_bytes < 0.02 * plan.n_bytes
    assert part.reads[0].max() == 2


def test_kernels_that_no_row_names_are_not_computed_where_they_are_still_there():
    plan, x = bank(3, 40), noise(5, 3, 40)
    rows = np.array([7, 2])
    part = replace(plan, kernel=plan.kernel[rows], statistic=plan.statistic[rows])
    part.check()
    np.testing.assert_array_equal(compute(part, x), compute(plan, x)[:, rows])
    assert part.cost(40) != plan.cost(40)
    assert part.cost(40).n_multiply_adds == plan[rows].cost(40).n_multiply_adds


def test_names_say_which_channels_a_kernel_reads():
    tables = {"length": [7, 9], "dilation": [1, 1], "padded": [True, False], "bias": [0, 0], "n_inputs": [2, 1]}
    plan = plan_of(4, **tables, channel=[0, 3, 2], weight=np.ones(23))
    plan = replace(plan, number=np.array([42, 123456], np.int32))
    assert plan[[1, 2]].feature_names() == ["ch0+ch3_r00042_max", "ch2_r123456_ppv"]
    named = replace(plan, channel_names=("x", "y", "z", "w"))
    assert named[[0]].feature_names() == ["x+w_r00042_ppv"]
    fitted = Rocket(4, random_state=0, channel_names=["a", "b"]).fit(noise(2, 2, 20))
    assert list(fitted.get_feature_names_out()) == fitted.plan_.feature_names()
    assert len(set(fitted.plan_.feature_names())) == 8


def test_a_kernel_costs_its_taps_at_the_times_that_are_pooled():
    tables = {"length": [7, 9], "dilation": [2, 5], "padded": [True, False], "bias": [0, 0], "n_inputs": [2, 1]}
    plan = plan_of(3, **tables, channel=[0, 2, 0], weight=np.ones(23))
    cost = plan.cost(100)
    assert (cost.n_features, cost.n_convolutions, cost.n_channels) == (4, 2, 2)
    assert cost.n_multiply_adds == 2 * 7 * 100 + 9 * (100 - 40)
    assert plan[[3]].cost(100).n_multiply_adds == 9 * 60
    assert plan[[3]].cost(40).n_multiply_adds == 9 * 40, "too short, so pooled at all times"
    np.testing.assert_array_equal(plan.convolutions(100)[0], [0, 0, 1, 1])


def test_reads_pairs_each_feature_with_the_channels_of_its_kernel():
    tables = {"length": [7, 7], "dilation": [1, 1], "padded": [True, True], "bias": [0, 0], "n_inputs": [2, 1]}
    plan = plan_of(4, **tables, channel=[1, 3, 2], weight=np.ones(21))
    feature, channel = plan[[2, 0]].reads
    assert sorted(zip(feature.tolist(), channel.tolist(), strict=True)) == [(0, 2), (1, 1), (1, 3)]


# --- models, files and errors -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_a_model_of_these_features_is_pickled_and_saved(kind, tmp_path):
    X, y = load_basic_motions("train")
    X_test, y_test = load_basic_motions("test")
    model = kind(bank=Rocket(n_kernels=200), n_features=20, random_state=0).fit(X, y)
    assert len(model.plan_.number) <= 20
    save(model, tmp_path / "model")
    joblib.dump(model, tmp_path / "joblib")
    mapped = joblib.load(tmp_path / "joblib", mmap_mode="r")
    for copy in (load(tmp_path / "model"), pickle.loads(pickle.dumps(model)), mapped):
        assert copy.plan_ == model.plan_
        np.testing.assert_array_equal(copy.transform(X_test), model.transform(X_test))
    if kind is LightWaveSClassifier:
        assert model.score(X_test, y_test) >= 0.9
        assert [model.predict_one(x) for x in X_test] == model.predict(X_test).tolist()


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_a_search_draws_its_own_kernels_unless_the_bank_has_a_random_state(selection):
    X, y = load_basic_motions("train")

    def found(own, given):
        bank = Rocket(100, random_state=own)
        return LightWaveS(bank=bank, n_features=10, selection=selection, random_state=given).fit(X, y).plan_

    assert found(None, 0) == found(None, 0)
    assert found(None, 0) != found(None, 1)
    assert found(5, 0) == found(5, 1)
    assert found(5, 0) != found(6, 0)


def test_equal_plans_are_equal_and_others_are_not():
    plan = bank()
    assert pickle.loads(pickle.dumps(plan)) == plan
    for name in ("bias", "weight", "dilation", "padded", "channel", "statistic"):
        table = getattr(plan, name).copy()
        table[0] = not table[0]
        assert replace(plan, **{name: table}) != plan


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_kernels": 0}, ValueError, "n_kernels must be at least 1, got 0"),
        ({"n_kernels": 10.0}, TypeError, "n_kernels must be an int"),
        ({"n_kernels": True}, TypeError, "n_kernels must be an int"),
        ({"random_state": "seed"}, ValueError, "seed"),
        ({"n_jobs": 0}, ValueError, "n_jobs == 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        Rocket(**parameters).fit(noise(2, 2, 20))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("kernel", lambda v: v + 1, "kernel must be from 0 to 39"),
        ("kernel", lambda v: v[:-1], "must be an array int32"),
        ("kernel", lambda v: v.astype(float), "kernel must be an array int32 .*, but is float64"),
        ("kernel", lambda v: v.reshape(-1, 1), "kernel must have 1 dimensions, but has 2"),
        ("statistic", lambda v: v + 1, "statistic must be from 0 to 1"),
        ("statistic", lambda v: -v, "statistic must be from 0 to 1"),
        ("number", lambda v: v[1:], "kernel must be from 0 to 38, but holds 39"),
        ("length", lambda v: v - 1, "length must be odd"),
        ("length", lambda v: v - 20, "length must be from 1 to"),
        ("length", lambda v: v + 2, "weight must have"),
        ("dilation", lambda v: v * 0, "dilation must be from 1 to"),
        ("dilation", lambda v: v[:3], "dilation must be an array int32 \\(40,\\)"),
        ("padded", lambda v: v.astype(np.int32), "padded must be an array bool"),
        ("bias", lambda v: v * np.float32(np.nan), "bias must be finite, but holds nan"),
        ("n_inputs", lambda v: v + 1, "channel must have"),
        ("n_inputs", lambda v: v * 0, "n_inputs must be from 1 to"),
        ("channel", lambda v: v + 1, "channel must be from 0 to 2"),
        ("channel", lambda v: -v, "channel must be from 0 to 2"),
        ("weight", lambda v: v[1:], "weight must have"),
        ("weight", lambda v: v.astype("U5"), "weight must be an array float32"),
        ("weight", lambda v: v + np.float32(np.inf), "weight must be from .*, but holds inf"),
        ("scale", lambda v: -v, "scale must be from 5e-324 to"),
    ],
)
def test_a_plan_whose_arrays_do_not_fit_together_is_refused(name, change, message):
    plan = bank()
    plan.check()
    with pytest.raises(ValueError, match=message):
        replace(plan, **{name: change(getattr(plan, name))}).check()
