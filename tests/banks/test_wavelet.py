"""Wavelet scattering: both layouts against the oracle, against each other to the bit, and what must hold always."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide import sweep

import lightwaves.plans.wavelet_layout
from lightwaves import WaveletScattering
from lightwaves.loops.wavelet import LSPV, MAX_ABS, MIN_ABS, PPV
from lightwaves.plans.kernels import KERNELS
from lightwaves.plans.lanes import run
from lightwaves.plans.plan import standardisation

LENGTHS = sweep([1, 2, 3, 8, 9, 16, 17, 33, 100], [4, 5, 6, 7, 15, 31, 32])
LAYOUTS = pytest.mark.parametrize("by_cases", [True, False], ids=["by cases", "by times"])
ROW = ("channel", "kernel", "dilation", "level", "statistic")
examples = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def bank(n_channels=1, kernels=range(84), *, max_dilation=32):
    """The plan of all features of some kernels."""
    plan = WaveletScattering(max_dilation=max_dilation).fit(np.zeros((1, n_channels, 1))).plan_
    return plan[np.isin(plan.kernel, list(kernels))]


def compute(plan, x, by_cases, lengths=None):
    """The features in one layout, whichever would be the faster."""
    x = np.ascontiguousarray(x, np.float32)
    lengths = np.full(len(x), x.shape[2], np.int32) if lengths is None else np.asarray(lengths, np.int32)
    width = -(-len(x) // 16) * 16
    out = np.full((len(plan) + 1, width), np.nan, np.float32)
    standard = standardisation(plan.shift[plan.channels], plan.scale[plan.channels])
    run(plan.layout(x.shape[2], by_cases), x, lengths, plan.channels, standard, out.reshape(-1), width)
    return out[:-1, : len(x)].T


def in_both_layouts(plan, x):
    """The features in each layout: the oracle, which is slow, is asked once for both."""
    return np.stack([compute(plan, x, by_cases) for by_cases in (True, False)])


def arguments(plan):
    return [getattr(plan, name) for name in ROW] + [plan.shift, plan.scale]


def agrees(z, plan, x, lengths=None):
    """Whether features lie where float32 may find what the oracle defines."""
    lengths = [x.shape[2]] * len(x) if lengths is None else lengths
    low, high = (oracle.apply_by_cases(x, lengths, *arguments(plan), doubtful=sign) for sign in (-1, 1))
    assert (z >= low - 1e-7).all()
    assert (z <= high + 1e-7).all()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


# --- against the oracle -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("n_timepoints", LENGTHS)
def test_every_length_gives_what_the_oracle_gives(n_timepoints):
    plan, x = bank(2, range(n_timepoints % 7, 84, 7)), noise(3, 2, n_timepoints, seed=n_timepoints)
    agrees(in_both_layouts(plan, x), plan, x)


def test_every_kernel_gives_what_the_oracle_gives():
    plan, x = bank(), noise(1, 1, 40)
    agrees(in_both_layouts(plan, x), plan, x)


def test_the_oracle_leaves_hardly_a_sign_open():
    plan, x = bank(kernels=range(0, 84, 4)), noise(1, 1, 40)
    low, high = (oracle.apply_by_cases(x, [40], *arguments(plan), doubtful=sign) for sign in (-1, 1))
    assert (low == high)[:, np.isin(plan.statistic, [PPV, LSPV])].mean() > 0.99


@pytest.mark.slow
@LAYOUTS
def test_series_of_unequal_length_give_what_the_oracle_gives(by_cases):
    plan, x, lengths = bank(2, range(3, 84, 9)), noise(5, 2, 37), [37, 1, 18, 36, 5]
    agrees(compute(plan, x, by_cases, lengths), plan, x, lengths)


@LAYOUTS
def test_channels_are_standardised(by_cases):
    x = (noise(4, 2, 50) * [[[0.01], [30.0]]] + [[[1000.0], [-7.0]]]).astype(np.float32)
    shift, scale = (getattr(x, name)(axis=(0, 2), dtype=np.float64) for name in ("mean", "std"))
    plan = replace(bank(2, [0, 50]), shift=shift, scale=scale)
    z = compute(plan, x, by_cases)
    agrees(z, bank(2, [0, 50]), (x - shift[:, np.newaxis]) / scale[:, np.newaxis])


def test_a_positive_run_that_reaches_the_end_counts():
    plan = bank(kernels=[KERNELS.index((0, 1, 2))], max_dilation=1)
    plan = plan[(plan.level == 1) & (plan.statistic == LSPV)]
    x = np.zeros((1, 1, 20), np.float32)
    x[..., 16:] = 1
    z = oracle.scattering(x[0, 0], plan.kernel[0], 1, 1)[0]
    assert z[-1] > 0
    for by_cases in (True, False):
        assert compute(plan, x, by_cases)[0, 0] == np.float32(oracle.lspv(z))


@pytest.mark.parametrize("n_others", [0, 1])  # with another value at the end, what is constant is not the mean
@LAYOUTS
def test_nothing_is_positive_where_a_series_is_constant(by_cases, n_others):
    plan, n = bank(max_dilation=4), 400
    x = np.repeat([0.1, 1 / 3, 1e-3, -7.7, 12345.678, *np.random.RandomState(0).randn(59)], n).reshape(-1, 1, n)
    x[..., n - n_others :] *= 3
    z = compute(plan, x, by_cases)
    for level, n_outputs in ((1, n), (2, n // 2)):
        edges = (8 * plan.dilation * (1 + n_others) + n_others) / n_outputs
        assert (z <= edges + 1e-6)[:, (plan.level == level) & np.isin(plan.statistic, [PPV, LSPV])].all()
    assert (z[:, plan.statistic == MIN_ABS] == 0).all()


# --- against the research code ------------------------------------------------------------------------------

EXCERPT = Path(__file__).parents[1] / "golden" / "research_code_excerpt.npz"
WHOLE = Path(__file__).parents[3] / "shared" / "golden" / "lightwaves_features_basicmotions.npz"


@LAYOUTS
@pytest.mark.parametrize("part", ["even", "odd", "short"])
@pytest.mark.parametrize("file", [EXCERPT, WHOLE], ids=["excerpt", "whole"])
def test_features_are_those_of_the_mended_research_code(file, part, by_cases):
    if not file.exists():
        pytest.skip(f"{file.name}, which holds all features, lies beside this repository on few machines only")
    with np.load(file) as golden:
        x, expected = golden[f"x_{part}"], golden[f"features_{part}"].reshape(len(golden[f"x_{part}"]), -1)
    plan = bank(x.shape[1])
    z = compute(plan, x, by_cases)
    sizes = np.isin(plan.statistic, [MAX_ABS, MIN_ABS])
    np.testing.assert_allclose(z[:, sizes], expected[:, sizes], rtol=0, atol=1e-4)
    differs = np.abs(z - expected) > 1e-6
    assert differs[:, ~sizes].mean() < 0.02
    for i in range(len(x)):  # shares and runs may differ where an output is 0 but for rounding
        some = plan[differs[i] & ~sizes]
        for features in (z, expected):
            agrees(features[i : i + 1, differs[i] & ~sizes], some, x[i : i + 1])


# --- the same bits, whatever the way ------------------------------------------------------------------------


@pytest.mark.parametrize("n_timepoints", LENGTHS)
def test_both_layouts_give_the_same_bits(n_timepoints):
    plan, x = bank(2), noise(19, 2, n_timepoints)
    np.testing.assert_array_equal(compute(plan, x, True), compute(plan, x, False))


@pytest.mark.parametrize("arena", [1, 3000])
@LAYOUTS
def test_the_room_that_a_layout_may_take_changes_no_bit(by_cases, arena, monkeypatch):
    x = noise(18, 3, 45)
    expected = compute(bank(3), x, by_cases)
    monkeypatch.setattr(lightwaves.plans.wavelet_layout, "ARENA", {True: arena, False: arena})
    np.testing.assert_array_equal(compute(bank(3), x, by_cases), expected)


@LAYOUTS
def test_any_choice_of_levels_and_statistics_gives_the_same_bits(by_cases):
    plan, x = bank(1, range(10)), noise(3, 1, 21)
    expected = compute(plan, x, by_cases)
    for wanted in range(1, 256):
        rows = wanted >> (4 * (plan.level - 1) + plan.statistic) & 1 == 1
        np.testing.assert_array_equal(compute(plan[rows], x, by_cases), expected[:, rows])


# --- what must hold always ----------------------------------------------------------------------------------


@LAYOUTS
@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60), power=st.integers(-20, 20))
def test_a_power_of_two_scales_the_sizes_and_leaves_the_signs(by_cases, seed, n_timepoints, power):
    plan, x = bank(1, range(0, 84, 6)), noise(2, 1, n_timepoints, seed=seed)
    factors = np.where(np.isin(plan.statistic, [MAX_ABS, MIN_ABS]), 2.0**power, 1)
    np.testing.assert_array_equal(compute(plan, x * 2.0**power, by_cases), compute(plan, x, by_cases) * factors)


@LAYOUTS
@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_turning_a_series_upside_down_changes_no_size_and_nothing_of_level_2(by_cases, seed, n_timepoints):
    plan, x = bank(1, range(0, 84, 6)), noise(2, 1, n_timepoints, seed=seed)
    plan = plan[(plan.level == 2) | np.isin(plan.statistic, [MAX_ABS, MIN_ABS])]
    np.testing.assert_array_equal(compute(plan, -x, by_cases), compute(plan, x, by_cases))


@LAYOUTS
@examples
@given(seed=seeds, n_timepoints=st.integers(1, 60))
def test_a_mirrored_kernel_sees_in_the_mirrored_series_what_the_kernel_saw(by_cases, seed, n_timepoints):
    plan, x = bank(), np.random.default_rng(seed).integers(-50, 50, (2, 1, n_timepoints))  # integers add up exactly
    plan = plan[plan.level == 1]
    mirror = np.array([KERNELS.index(tuple(sorted(8 - k for k in kernel))) for kernel in KERNELS], np.int32)
    mirrored = replace(plan, kernel=mirror[plan.kernel])
    np.testing.assert_array_equal(compute(mirrored, x[..., ::-1], by_cases), compute(plan, x, by_cases))


@LAYOUTS
@examples
@given(levels=st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=4))
def test_plateaus_are_seen_at_their_edges_only(by_cases, levels):
    plan, n = bank(max_dilation=4), 50 * len(levels)
    plan = plan[(plan.level == 1) & (plan.statistic == PPV)]
    share = compute(plan, np.repeat(levels, 50)[np.newaxis, np.newaxis], by_cases)[0]
    assert (share * n <= 8 * plan.dilation * len(levels) + 0.5).all()
