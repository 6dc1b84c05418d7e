"""Intervals: the loop against the oracle, the same bits in any company, and what plans and parameters must say."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import Intervals, LightWaveS, LightWaveSClassifier, Prism, Rocket, load_basic_motions
from lightwaves.banks.intervals import n_depths
from lightwaves.loops.intervals import DEVIATION, DIFFERENCES, MAGNITUDES, MEAN, QUANTILE, SERIES, SLOPE
from lightwaves.panel import Panel, as_panel
from lightwaves.plans.intervals import IntervalPlan

X, Y = load_basic_motions("train")
LENGTHS = [*range(1, 12), 16, 17, 31, 64, 100]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def plan_of(n_channels=1, n_timepoints=64, **parameters):
    """The plan of all features."""
    return Intervals(**parameters).fit(noise(1, n_channels, n_timepoints)).plan_


def rows_of(plan, **wanted):
    """Those rows that have such values."""
    return plan[np.logical_and.reduce([getattr(plan, name) == value for name, value in wanted.items()])]


def expected(plan, x, lengths=None):
    lengths = [x.shape[2]] * len(x) if lengths is None else lengths
    rows = [getattr(plan, name) for name in plan.ROWS]
    return oracle.apply_intervals(x, lengths, *rows, plan.shift, plan.scale)


def agrees(z, plan, x, lengths=None):
    np.testing.assert_allclose(z, expected(plan, x, lengths), rtol=2e-5, atol=3e-6)


# --- against the oracle -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("n_timepoints", LENGTHS)
def test_every_length_gives_what_the_oracle_gives(n_timepoints):
    plan, x = plan_of(2, depth=5)[::3], noise(2, 2, n_timepoints, seed=n_timepoints)
    agrees(plan.apply(as_panel(x)), plan, x)


def test_series_of_unequal_length_give_what_the_oracle_gives():
    plan, x, lengths = plan_of(2, depth=4), noise(6, 2, 40), np.array([40, 1, 2, 17, 39, 3], np.int32)
    agrees(plan.apply(Panel(x, lengths)), plan, x, lengths)


@pytest.mark.parametrize("quantiles", [0, 1, 2, 3, 16])
def test_any_number_of_quantiles_gives_what_the_oracle_gives(quantiles):
    plan, x = plan_of(quantiles=quantiles, depth=3), noise(3, 1, 50)
    assert len(plan) == 3 * 11 * (3 + quantiles)
    agrees(plan.apply(as_panel(x)), plan, x)


def test_channels_are_standardised():
    x = (noise(4, 2, 50) * [[[0.01], [30.0]]] + [[[1000.0], [-7.0]]]).astype(np.float32)
    shift, scale = (getattr(x, name)(axis=(0, 2), dtype=np.float64) for name in ("mean", "std"))
    plan = replace(plan_of(2, depth=3), shift=shift, scale=scale)
    agrees(plan.apply(as_panel(x)), plan, x)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=70), st.integers(0, 2**32 - 1))
def test_quantiles_of_values_with_ties_are_numpys(values, seed):
    rng, plan = np.random.default_rng(seed), rows_of(plan_of(quantiles=5, depth=3), statistic=QUANTILE)
    plan = plan[plan.representation != MAGNITUDES]
    plan = plan[rng.choice(len(plan), 12)]
    x = np.float32(values)[np.newaxis, np.newaxis]
    for found, wanted in zip(plan.apply(as_panel(x))[0], expected(plan, x)[0], strict=True):
        assert found == np.float32(wanted)


def test_sorting_is_right_for_every_number_of_values():
    plan = rows_of(plan_of(depth=1, quantiles=16), statistic=QUANTILE, representation=SERIES)
    for n in range(1, 140):
        plan = replace(plan, quantile=np.linspace(0, 1, 16))
        x = noise(1, 1, n, seed=n)
        np.testing.assert_allclose(
            plan.apply(as_panel(x))[0], np.quantile(x[0, 0], plan.quantile), rtol=1e-5, atol=1e-7
        )


# --- what must hold -----------------------------------------------------------------------------------------


def test_intervals_of_a_depth_cut_the_series_and_others_stand_between_them():
    plan = rows_of(plan_of(depth=3, quantiles=0), statistic=MEAN, representation=SERIES, depth=2)
    means = plan.apply(as_panel(np.arange(16, dtype=np.float32).reshape(1, 1, 16)))[0]
    assert plan.number.tolist() == [*range(7)]
    assert means.tolist() == [1.5, 3.5, 5.5, 7.5, 9.5, 11.5, 13.5]


@pytest.mark.parametrize("value", [0.1, 1 / 3, -12345.678, 1e30])
def test_a_constant_series_has_no_slope_no_deviation_and_no_differences(value):
    plan, x = plan_of(depth=4), np.full((1, 1, 77), value, np.float32)
    z = plan.apply(as_panel(x))[0]
    flat = np.isin(plan.statistic, [SLOPE, DEVIATION])
    assert (z[flat & (plan.representation == SERIES)] == 0).all()
    assert (z[~flat & (plan.representation == SERIES)] == x[0, 0, 0]).all()
    assert (z[plan.representation == DIFFERENCES] == 0).all()
    at_zero = (plan.number == 0) & (plan.representation == MAGNITUDES)
    assert (z[~at_zero & (plan.representation == MAGNITUDES)] == 0).all()
    assert (z[at_zero & (plan.statistic == MEAN)] != 0).all()


def test_the_slope_of_a_straight_line_is_its_rise():
    plan = rows_of(plan_of(depth=1), statistic=SLOPE, representation=SERIES)
    for n in (2, 3, 50):
        assert plan.apply(as_panel(np.linspace(3, 5, n).reshape(1, 1, n)))[0, 0] == pytest.approx(2)


def test_a_wave_stands_in_the_interval_of_its_frequency():
    plan = rows_of(plan_of(depth=4), statistic=MEAN, representation=MAGNITUDES, depth=3)
    plan = plan[plan.number % 2 == 0]
    x = np.cos(2 * np.pi * 0.22 * np.arange(200)).reshape(1, 1, 200)  # a fifth in cycles, so 0.44 of all frequencies
    assert plan.apply(as_panel(x))[0].argmax() == int(0.44 * 8)


def test_one_time_point_is_enough():
    plan, x = plan_of(depth=3), np.float32([[[2.5]]])
    z = plan.apply(as_panel(x))[0]
    values = np.select([plan.representation == SERIES, plan.representation == MAGNITUDES], [2.5, np.sqrt(2.5)], 0)
    np.testing.assert_array_equal(
        z, np.where(np.isin(plan.statistic, [SLOPE, DEVIATION]), 0, values).astype(np.float32)
    )


def test_large_values_do_not_overflow_and_too_large_ones_are_named():
    plan = plan_of(depth=2)
    x = noise(3, 1, 40)
    x[1, 0, 7] = 1e37
    assert np.isfinite(plan.apply(as_panel(x))).all()
    x[1, 0, 8] = -3.3e38
    x[1, 0, 7] = 3.3e38
    with pytest.raises(ValueError, match=r"too large for float32.*case 1, channel ch0, time point 7"):
        plan.apply(as_panel(x))


# --- the bank -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_timepoints", "depths"), [(1, 1), (7, 1), (8, 2), (15, 2), (16, 3), (127, 5), (128, 6), (10**6, 6)]
)
def test_intervals_have_four_values_at_least(n_timepoints, depths):
    assert n_depths(n_timepoints, 6) == depths


def test_there_are_as_many_features_as_the_docstring_says():
    bank = Intervals().fit(noise(1, 2, 128))
    assert len(bank.plan_) == 2 * 2520
    names = bank.get_feature_names_out()
    assert len(set(names)) == len(names)


def test_blocks_hold_all_features_in_order():
    offered = Intervals(depth=3).candidates(as_panel(noise(2, 2, 40)), np.zeros(2), np.ones(2), None)
    blocks = [offered.block(number) for number in range(offered.n_blocks)]
    np.testing.assert_array_equal(np.concatenate([ids for ids, _ in blocks]), np.arange(len(offered)))
    whole, x = offered.plan(np.arange(len(offered))), as_panel(noise(3, 2, 40))
    assert blocks[0][1].joined([plan for _, plan in blocks[1:]]) == whole
    np.testing.assert_array_equal(np.hstack([plan.apply(x) for _, plan in blocks]), whole.apply(x))


def test_a_number_of_features_is_drawn():
    x = noise(3, 4, 60)
    plans = [Intervals(n_features=100, random_state=seed).fit(x).plan_ for seed in (0, 0, 1)]
    assert plans[0] == plans[1] != plans[2]
    assert [len(plan) for plan in plans] == [100] * 3
    assert Intervals(n_features=10**6).fit(x).plan_ == Intervals().fit(x).plan_


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"depth": 0}, ValueError, "depth must be .*1"),
        ({"depth": 9}, ValueError, "depth must be at most 8, got 9"),
        ({"depth": 2.0}, TypeError, "depth must be an int"),
        ({"depth": True}, TypeError, "depth must be an int"),
        ({"quantiles": -1}, ValueError, "quantiles must be .*0"),
        ({"quantiles": 17}, ValueError, "quantiles must be at most 16, got 17"),
        ({"quantiles": [0.5]}, TypeError, "quantiles must be an int"),
        ({"n_features": 0}, ValueError, "n_features must be .*1"),
        ({"n_features": "all"}, TypeError, "n_features must be an int"),
        ({"random_state": "x"}, ValueError, "cannot be used to seed"),
    ],
)
def test_wrong_parameters_are_refused(parameters, error, message):
    for fit in (lambda: Intervals(**parameters).fit(X), lambda: LightWaveS(Intervals(**parameters)).fit(X, Y)):
        with pytest.raises(error, match=message):
            fit()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("representation", 3, "representation must be from 0 to 2"),
        ("depth", 8, "depth must be from 0 to 7"),
        ("depth", -1, "depth must be from 0 to 7"),
        ("number", -1, "number must be from 0"),
        ("number", 7, r"number must be from 0 to 2\*\*\(depth \+ 1\) - 2"),
        ("statistic", 4, "statistic must be from 0 to 3"),
        ("quantile", 1.5, "quantile must be from 0 to 1"),
        ("quantile", np.nan, "quantile must be from 0 to 1"),
        ("channel", 1, "channel must be from 0 to 0"),
    ],
)
def test_plans_that_cannot_be_are_refused(name, value, message):
    plan = plan_of(depth=3)
    plan.check()
    values = getattr(plan, name).copy()
    values[-1] = value
    with pytest.raises(ValueError, match=message):
        replace(plan, **{name: values}).check()


def test_an_interval_costs_the_values_that_it_looks_at():
    plan = plan_of(1, 64, depth=2)
    assert isinstance(plan, IntervalPlan)
    for representation, costs in ((SERIES, [33, 16, 16, 17]), (DIFFERENCES, [32] + 3 * [16]), (MAGNITUDES, None)):
        which, found = rows_of(plan, representation=representation).convolutions(33)
        np.testing.assert_array_equal(which, np.repeat(np.arange(4), 7))
        assert found.tolist() == (costs or [17 + 33, 8 + 33, 8 + 33, 9 + 33])
    assert plan.cost(33).n_convolutions == 12


@pytest.mark.slow
@pytest.mark.parametrize("selection", ["detach", "mrmr"])
@pytest.mark.parametrize(
    "bank", [Intervals(), [Prism(400), Intervals(n_features=400)], [[Intervals()], [Rocket(50)]]], ids=str
)
def test_a_classifier_chooses_among_intervals(bank, selection):
    if selection == "mrmr" and isinstance(bank, list) and isinstance(bank[0], list):
        bank = bank[0]
    model = LightWaveSClassifier(bank, 60, selection, random_state=0).fit(X, Y)
    x, y = load_basic_motions("test")
    assert model.score(x, y) > 0.8
    assert [model.predict_one(case) for case in x[:5]] == model.predict(x[:5]).tolist()
    assert len(set(model.get_feature_names_out())) == 60
