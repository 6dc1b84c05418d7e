"""Prism: what it draws, what its biases are, and what must hold of every bank."""

import re
from dataclasses import replace
from inspect import signature

import numpy as np
import pytest
from pooled import agrees, compute, integers, noise
from wide import cover

from lightwaves import LightWaveS, LightWaveSClassifier, Prism, load_basic_motions
from lightwaves.banks.prism import twins
from lightwaves.panel import Panel, as_panel
from lightwaves.plans.kernels import KERNELS
from lightwaves.plans.pooled import N_ABOVE, STATISTICS, PooledPlan

GOLDEN = (1 + 5**0.5) / 2
PER_OUTPUT = 8
MOST_MEMBERS = 9
LOW = len(KERNELS)  # from this kernel on, those that have three weights only
SHARES = ("differences", "low", "windows")
ROWS, OUTPUTS = PooledPlan.ROWS, (*PooledPlan.OUTPUTS, "member", "sign")


def drawn(x, n_features=2000, **parameters):
    """The plan of a bank on series x; without a random state of its own, that of seed 0."""
    return Prism(n_features, **{"random_state": 0} | parameters).fit(x).plan_


def everything(candidates):
    """The plan of all candidates."""
    return candidates.plan(np.arange(len(candidates)))


def members_of(plan):
    """The channels of each output."""
    return np.split(plan.member, np.cumsum(plan.n_members)[:-1])


def share_of(plan, name):
    """The share of the outputs that are what a parameter of that name asks for."""
    chosen = {
        "differences": plan.differences == 1,
        "low": plan.kernel >= LOW,
        "windows": (plan.end - plan.begin)[::PER_OUTPUT] < 16,
    }
    return chosen[name].mean()


# --- what is drawn ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_features", "n_drawn"), [(1, 8), (7, 8), (8, 8), (15, 8), (16, 16), (1003, 1000)])
@pytest.mark.parametrize("n_timepoints", [5, 60])
def test_the_number_of_features_is_rounded_down_to_eights_but_never_to_none(n_features, n_drawn, n_timepoints):
    x = noise(3, 2, n_timepoints)
    model = Prism(n_features, random_state=0).fit(x)
    assert len(model.plan_) == n_drawn == model.transform(x).shape[1] == len(model.get_feature_names_out())


def test_every_output_is_read_in_the_same_eight_ways():
    plan = drawn(noise(4, 3, 90), windows=0.5)
    plan.check()
    np.testing.assert_array_equal(plan.output, np.repeat(np.arange(len(plan) // 8), 8))
    assert len(plan.kernel) == len(plan) // 8
    ways = np.stack([plan.statistic, plan.nth], axis=1).reshape(-1, 8, 2)
    assert (ways == ways[0]).all()
    assert len(set(map(tuple, ways[0]))) == 8
    read = [STATISTICS[s] for s in ways[0, :, 0]]
    assert {what: read.count(what) for what in read} == {
        "ppv": 4, "mean_excess": 1, "mean_index": 1, "longest": 1, "mean_abs": 1
    }  # fmt: skip
    for name in ("begin", "end"):
        of_outputs = getattr(plan, name).reshape(-1, 8)
        assert (of_outputs == of_outputs[:, :1]).all()


def test_an_output_has_four_biases():
    plan = drawn(noise(4, 3, 90))
    above = plan.statistic < N_ABOVE
    biases = {(o, n): bias for o, n, bias in zip(plan.output[above], plan.nth[above], plan.bias[above], strict=True)}
    assert len(biases) == 4 * len(plan.kernel)
    assert len(np.unique(list(biases.values()))) > 0.99 * len(biases)


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_so_many_outputs_are_what_a_share_asks_for(name, share):
    n_outputs = 2000
    plan = drawn(noise(2, 3, 60), 8 * n_outputs, **dict.fromkeys(SHARES, 0.5) | {name: share})
    for other in SHARES:
        wanted = share if other == name else 0.5
        assert share_of(plan, other) == pytest.approx(wanted, abs=4 * (wanted * (1 - wanted) / n_outputs) ** 0.5)


def test_shares_are_independent_of_each_other():
    plan = drawn(noise(2, 3, 60), 8 * 2000, **dict.fromkeys(SHARES, 0.5))
    low, windowed = plan.kernel >= LOW, plan.end[::PER_OUTPUT] - plan.begin[::PER_OUTPUT] < 16
    kinds = plan.differences + 2 * low + 4 * windowed + 8 * plan.padded
    np.testing.assert_allclose(np.bincount(kinds, minlength=16) / 2000, 1 / 16, atol=0.025)


def test_windows_are_halves_quarters_and_eighths_also_shifted_by_half_their_length():
    plan = drawn(noise(2, 1, 60), 8 * 2000, windows=1)
    found = set(zip(plan.begin, plan.end, strict=True))
    assert found == {(b, b + size) for size in (8, 4, 2) for b in range(0, 17 - size, size // 2)}
    sizes = np.bincount((plan.end - plan.begin)[::PER_OUTPUT])
    np.testing.assert_allclose(sizes[[2, 4, 8]] / 2000, 1 / 3, atol=0.05)


@pytest.mark.parametrize("n_timepoints", [1, 2, 5, 6, 9, 10, 50, 1000])
def test_dilations_reach_as_far_as_the_series_does_and_no_further(n_timepoints):
    dilations = drawn(noise(2, 1, n_timepoints), 8 * 2000).dilation
    most = max(1, (n_timepoints - 1) / 4)
    assert dilations.min() == 1
    assert most / 2 - 1 < dilations.max() <= most
    if n_timepoints == 1000:  # evenly on a logarithmic scale
        assert np.mean(dilations < most**0.5) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("n_channels", [1, 2, 9, 20])
def test_outputs_add_up_different_channels_at_most_nine(n_channels):
    plan = drawn(noise(2, n_channels, 30), 8 * 2000)
    for some in members_of(plan):
        assert (np.diff(some) > 0).all(), "distinct and ascending"
    assert set(plan.n_members) == set(range(1, min(n_channels, MOST_MEMBERS) + 1))
    assert set(plan.member) == set(range(n_channels))


def test_every_kernel_comes_with_and_without_its_negative_weights_padded_and_not():
    plan = drawn(noise(2, 1, 30), 8 * 4000, low=0.5)
    assert set(plan.kernel) == set(range(2 * LOW))
    assert np.bincount(plan.kernel % LOW).max() < 100, "none is much more frequent than any other"
    assert plan.padded.mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("n_channels", [1, 5])
def test_channels_are_as_often_taken_away_as_added(n_channels):
    plan = drawn(noise(2, n_channels, 30), 8 * 2000)
    assert set(plan.sign) == {-1, 1}
    assert (plan.sign == 1).mean() == pytest.approx(0.5, abs=0.05)
    if n_channels > 1:
        pairs = np.array([signs.sum() for signs in np.split(plan.sign, np.cumsum(plan.n_members)[:-1])])
        np.testing.assert_allclose(np.bincount(pairs[plan.n_members == 2] + 2)[::2], [125, 250, 125], rtol=0.5)


# --- biases -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("differences", [0, 1])
@pytest.mark.parametrize("windows", [0, 1])
def test_the_expected_share_of_training_values_lies_above_a_bias(windows, differences):
    x = noise(1, 3, 400)
    plan = drawn(x, 8 * 500, windows=windows, differences=differences)
    expected = 1 - (np.arange(1, 4 * len(plan.kernel) + 1) * GOLDEN % 1).reshape(-1, 4)
    plan = plan[np.lexsort((plan.nth, plan.output, plan.statistic != STATISTICS.index("ppv")))][: expected.size]
    # in computing features of differences, four taps stand elsewhere; not so where the differences are given
    given, plan = np.diff(x, n=differences), replace(plan, differences=np.zeros_like(plan.differences))
    share, n = compute(plan, given)[0].reshape(expected.shape), 400 - differences
    inside = (plan.padded == 0) & (8 * plan.dilation < n)
    n_values = (n - 8 * plan.dilation * inside) * (plan.end - plan.begin)[::4] / 16
    away = np.abs(share - expected) * n_values[:, np.newaxis]
    assert inside.mean() > 0.2
    assert away[inside].max() < 1.01
    # where taps lie outside, values may be equal: up to three times that of one tap, or 0
    assert away[plan.bias.reshape(-1, 4) != 0].max() < 3.01


def test_biases_of_a_panel_that_shows_some_channels_are_those_of_these_alone():
    x, channels = noise(4, 5, 40), np.array([4, 1])
    shift, scale = np.array([3.0, -2]), np.array([1.5, 0.1])
    plans = [
        everything(Prism(400).candidates(panel, shift, scale, np.random.RandomState(0)))
        for panel in (as_panel(x).only(channels), as_panel(x[:, channels]))
    ]
    assert plans[0] == plans[1]
    assert len(np.unique(plans[0].bias)) > 100


def test_features_may_be_drawn_for_given_sums():
    x = noise(4, 6, 40)
    n_members, member = np.array([2, 1, 3], np.int32), np.array([5, 0, 3, 1, 2, 4], np.int32)
    plan = everything(Prism().draw(as_panel(x), np.zeros(6), np.ones(6), n_members, member, np.random.RandomState(0)))
    plan.check()
    assert len(plan) == 3 * PER_OUTPUT
    np.testing.assert_array_equal(plan.n_members, n_members)
    np.testing.assert_array_equal(plan.member, member)
    agrees(compute(plan, x), plan, x)


def test_biases_come_from_one_case_each_and_from_any():
    x = np.stack([np.full((1, 40), value) for value in (1, 1e3, 1e6)])
    plan = drawn(x + noise(3, 1, 40), 8 * 200, differences=0, low=1)
    sizes = np.searchsorted([100, 1e5], np.abs(plan.bias).reshape(-1, 8).max(axis=1))
    np.testing.assert_allclose(np.bincount(sizes) / 200, 1 / 3, atol=0.15)


@pytest.mark.parametrize("windows", [0, 1])
def test_no_bias_comes_from_behind_the_end_of_a_case(windows):
    x, garbage = noise(2, 1, 50), noise(2, 1, 50)
    x[:, :, 20:], garbage[:, :, 20:], garbage[:, :, :20] = 0, 1e6, x[:, :, :20]
    plans = [
        everything(
            Prism(500, windows=windows).candidates(
                Panel(values, np.array([20, 20], np.int32)), np.zeros(1), np.ones(1), np.random.RandomState(0)
            )
        )
        for values in (x, garbage)
    ]
    assert plans[0] == plans[1]
    assert len(np.unique(plans[0].bias)) > 100


def test_a_bias_of_a_window_comes_from_that_window():
    x = np.tile(np.arange(1600.0), (3, 1, 1))
    plan = drawn(x, differences=0, low=1, windows=1)
    plan = plan[((plan.padded == 0) & (plan.dilation < 20))[plan.output]]  # the output is 6 times about the time itself
    time = np.abs(plan.bias) / 6
    assert len(time) > 100
    assert (time >= 100 * plan.begin - 200).all()
    assert (time <= 100 * plan.end + 200).all()


# --- the ends of what is possible ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("n_timepoints", "n_channels"), cover([1, 2, 8, 9], [1, 2]))
def test_series_may_be_short(n_timepoints, n_channels):
    x = noise(3, n_channels, n_timepoints)
    model = Prism(400, windows=0.5, random_state=0).fit(x)
    agrees(model.transform(x), model.plan_, x)
    for length in (1, 30):
        other = noise(3, n_channels, length)
        agrees(model.transform(other), model.plan_, other)


@pytest.mark.parametrize("windows", [0, 1])
def test_features_are_what_the_oracle_gives(windows):
    x = noise(5, 3, 50)
    model = Prism(800, windows=windows, random_state=0).fit(x)
    agrees(model.transform(x), model.plan_, x)


def test_series_may_differ_in_length():
    lengths = np.array([1, 2, 40, 17, 33, 8, 25])
    x = noise(7, 2, 40) * (np.arange(40) < lengths[:, np.newaxis, np.newaxis])
    model = Prism(400, windows=0.5, random_state=0).fit(ragged(x, lengths))
    z = model.transform(ragged(x, lengths))
    agrees(z, model.plan_, x, lengths)
    for i, series in enumerate(ragged(x, lengths)):
        np.testing.assert_array_equal(model.transform([series])[0], z[i])


def ragged(x, lengths):
    """Each series by itself."""
    return [series[:, :length] for series, length in zip(x, lengths, strict=True)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:X has 1000 channels")
def test_of_a_thousand_channels_all_are_used():
    x = noise(3, 1000, 20)
    model = Prism(8 * 4000, random_state=0).fit(x)
    assert len(np.unique(model.plan_.member)) > 990
    assert np.isfinite(model.transform(x)).all()
    part = model.plan_[::160]
    agrees(compute(part, x), part, x)


@pytest.mark.parametrize("value", [0, 0.1, -1e30, 9e36])
@pytest.mark.parametrize("n_timepoints", [1, 30])
def test_constant_series_give_numbers(value, n_timepoints):
    x = np.full((3, 2, n_timepoints), value)
    model = Prism(800, windows=0.5, random_state=0).fit(x)
    assert np.isfinite(model.plan_.bias).all()
    if abs(value) < 1e35:  # sums of larger values are beyond what float32 holds
        assert np.isfinite(model.transform(x)).all()
        assert np.isfinite(model.transform(noise(3, 2, 20))).all()


def test_series_may_be_of_any_length():
    model = Prism(80, random_state=0).fit(noise(1, 1, 70_000))
    assert np.isfinite(model.transform(noise(2, 1, 80_000))).all()
    assert np.isfinite(Prism(80, random_state=0).fit(noise(2, 1, 20)).transform(noise(1, 1, 70_000))).all()


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_features": 0}, ValueError, "n_features must be at least 1, got 0"),
        ({"n_features": 84.0}, TypeError, "n_features must be an int, got 84.0 of type float"),
        ({"n_features": True}, TypeError, "n_features must be an int, got True of type bool"),
        *[
            ({name: value}, error, message.format(name=name))
            for name in SHARES
            for value, error, message in [
                (-0.1, ValueError, "{name} must be from 0 to 1, got -0.1"),
                (1.5, ValueError, "{name} must be from 0 to 1, got 1.5"),
                (np.nan, ValueError, "{name} must be from 0 to 1, got nan"),
                (np.inf, ValueError, "{name} must be from 0 to 1, got inf"),
                ("half", TypeError, "{name} must be a number, got 'half' of type str"),
                (None, TypeError, "{name} must be a number, got None of type NoneType"),
                (True, TypeError, "{name} must be a number, got True of type bool"),
            ]
        ],
        ({"random_state": "chance"}, ValueError, "'chance' cannot be used to seed"),
        ({"channel_names": ["one"]}, ValueError, "channel_names has 1 names, but X has 2 channels"),
        ({"n_jobs": 0}, ValueError, "n_jobs == 0 has no meaning"),
    ],
)
def test_wrong_parameters_are_refused(parameters, error, message, monkeypatch):
    def candidates(*_):
        raise AssertionError("work was begun")

    monkeypatch.setattr(Prism, "candidates", candidates)
    with pytest.raises(error, match=re.escape(message)):
        Prism(**parameters).fit(noise(2, 2, 20))
    if not parameters.keys() & {"channel_names", "n_jobs"}:
        with pytest.raises(error, match=re.escape(message)):
            LightWaveS(Prism(**parameters), n_features=5).fit(noise(4, 2, 20), [0, 0, 1, 1])


# --- chance -------------------------------------------------------------------------------------------------


# --- names, copies and files --------------------------------------------------------------------------------


@pytest.mark.parametrize("channel_names", [None, ["left", "right", "top"]])
def test_names_say_what_a_feature_is(channel_names):
    model = Prism(2400, windows=0.5, random_state=0, channel_names=channel_names).fit(noise(3, 3, 60))
    plan, members = model.plan_, members_of(model.plan_)
    signs = np.split(plan.sign, np.cumsum(plan.n_members)[:-1])
    pattern = re.compile(
        r"(?P<sum>[-+a-z0-9]+)(?P<diff>_diff)?_(?P<kernel>k|low)(?P<taps>\d{3})_d(?P<dilation>\d+)\D*?"
        r"(_b(?P<nth>\d+))?_(?P<what>[a-z_]*[a-z])(_t(?P<begin>\d+)to(?P<end>\d+))?"
    )
    known = channel_names or ["ch0", "ch1", "ch2"]
    for name, j in zip(model.get_feature_names_out(), range(len(plan)), strict=True):
        found, o = pattern.fullmatch(name), plan.output[j]
        channels = re.findall(r"([-+]?)([a-z0-9]+)", found["sum"])
        assert [known.index(channel) for _, channel in channels] == members[o].tolist()
        assert [-1 if sign == "-" else 1 for sign, _ in channels] == signs[o].tolist()
        assert (found["diff"] is not None) == plan.differences[o]
        assert (found["kernel"] == "low") == (plan.kernel[o] >= LOW)
        assert tuple(map(int, found["taps"])) == KERNELS[plan.kernel[o] % LOW]
        assert int(found["dilation"]) == plan.dilation[o]
        assert found["what"] == STATISTICS[plan.statistic[j]]
        assert found["nth"] == str(plan.nth[j])
        assert (int(found["begin"] or 0), int(found["end"] or 16)) == (plan.begin[j], plan.end[j])


@pytest.mark.parametrize(("n_channels", "n_timepoints"), [(1, 9), (1, 100), (3, 60)])
def test_names_differ(n_channels, n_timepoints):
    names = Prism(10_000, random_state=0).fit(noise(3, n_channels, n_timepoints)).get_feature_names_out()
    assert len(set(names)) == len(names)


def test_every_parameter_is_kept_as_it_was_given():
    given = {name: object() for name in signature(Prism).parameters}
    assert Prism(**given).get_params() == given


# --- in use -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("windows", [0, 0.5])
def test_few_features_tell_motions_apart(windows):
    (x, y), (x_test, y_test) = load_basic_motions("train"), load_basic_motions("test")
    bank = Prism(2000, windows=windows)
    model = LightWaveSClassifier(bank=bank, selection="detach", n_features=40, random_state=0).fit(x, y)
    assert len(model.plan_) == 40
    assert model.score(x_test, y_test) > 0.9
    assert model.predict_one(x_test[0]) == model.predict(x_test[:1])[0]


def test_with_its_channels_all_negated_a_series_has_the_same_mean_absolute_values():
    x = integers(5, 3, 40)
    plan = drawn(x)
    plan = plan[plan.statistic == STATISTICS.index("mean_abs")]
    np.testing.assert_array_equal(compute(plan, -x), compute(plan, x))


def test_outputs_of_opposite_signs_are_no_twins():
    outputs = {name: np.zeros(4, np.int32) for name in ("differences", "kernel", "dilation")}
    outputs |= {"n_members": np.full(4, 2, np.int32), "member": np.tile(np.int32([0, 1]), 4)}
    outputs["sign"] = np.int32([1, 1, 1, -1, 1, 1, -1, 1])
    begin, end = np.zeros(4, np.int32), np.full(4, 10, np.int32)
    np.testing.assert_array_equal(twins(outputs, begin, end), [0, 0, 1, 0])
