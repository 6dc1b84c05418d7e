"""Series far from 0: what varies is kept, whatever the level, the dtype and the way in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide import cover, sweep

from lightwaves import (
    Intervals,
    LightWaveSClassifier,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
)
from lightwaves.panel import as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.panel.precision import far_levels, narrowed

pytestmark = pytest.mark.slow

BANKS = {
    "default": None,
    "Prism": Prism(400),
    "MiniRocket": MiniRocket(420),
    "MultiRocket": MultiRocket(672),
    "Rocket": Rocket(200),
    "WaveletScattering": WaveletScattering(max_dilation=4),
    "Intervals": Intervals(depth=3),
    "MorletScattering": MorletScattering(J=3, Q=1),
}
LEVELS = {
    "float64 at 1e8": lambda x: x + 1e8,
    "float64 at -1e12": lambda x: x - 1e12,
    "epoch milliseconds": lambda x: np.round(1000 * x).astype(np.int64) + 1_600_000_000_000,
    "int64 near its end": lambda x: np.round(1000 * x).astype(np.int64) + (2**63 - 1_000_000),
    "uint64 beyond int64": lambda x: np.round(1000 * x + 1e6).astype(np.int64).astype(np.uint64) + np.uint64(2**63),
    "int32": lambda x: np.round(1000 * x).astype(np.int32) + 2_000_000_000,
    "long double": lambda x: x.astype(np.longdouble) + 1e12,
    "a list": lambda x: [case[:, : 40 + i % 9] + 1e9 for i, case in enumerate(x)],
    "a list of very unequal lengths": lambda x: [case[:, : 48 if i % 9 else 480] + 1e9 for i, case in enumerate(x)],
    "Fortran order": lambda x: np.asfortranarray(x + 1e8),
    "read-only": lambda x: _read_only(x + 1e8),
}


def _read_only(x):
    x.flags.writeable = False
    return x


def problem(n_cases, n_timepoints=48, seed=0):
    """Two classes that differ in the frequency of one of three channels."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_cases) % 2
    x = 0.2 * rng.standard_normal((n_cases, 3, n_timepoints))
    times = np.arange(n_timepoints)
    x[:, 1] += np.sin(times * (0.3 + 0.5 * y[:, np.newaxis]) + rng.uniform(0, 6, (n_cases, 1)))
    return x, y


AS_THEY_ARE = [("default", False, level) for level in LEVELS]


@pytest.mark.parametrize(
    ("bank", "scale", "level"),
    [("default", True, level) for level in LEVELS]
    + sweep(AS_THEY_ARE[:2], AS_THEY_ARE[2:])
    + cover([bank for bank in BANKS if bank != "default"], [True, False], LEVELS),
)
def test_classes_are_told_apart_at_any_level(bank, scale, level):
    if bank == "MorletScattering":
        pytest.importorskip("kymatio")
    (x, y), (x_test, y_test) = (
        problem(30, 480 if "very" in level else 48),
        problem(30, 480 if "very" in level else 48, 1),
    )
    options = {"search_candidates": 400, "honest": bank == "default", "random_state": 0}  # an estimate sees no levels
    model = LightWaveSClassifier(BANKS[bank], 40, scale=scale, **options).fit(LEVELS[level](x), y)
    moved = LEVELS[level](x_test)
    assert model.score(moved, y_test) > 0.9
    assert [model.predict_one(case) for case in moved] == model.predict(moved).tolist()


@pytest.mark.parametrize("bank", [name for name in BANKS if name not in ("default", "MorletScattering")])
def test_a_bank_alone_keeps_what_varies_at_any_level(bank):
    x, _ = problem(20)
    near = BANKS[bank].set_params(**{"random_state": 0} if bank != "WaveletScattering" else {}).fit(x).transform(x)
    far = BANKS[bank].fit(x + 1e8).transform(x + 1e8)
    differ = np.abs(near - far) > 0.05 * (1 + np.abs(near))
    assert differ.mean() < 0.2  # zeros outside the series are now at the mean, which was not quite 0


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.int32, np.float16, np.longdouble])
def test_values_that_float32_holds_give_the_same_model_in_any_dtype(dtype):
    x, y = problem(24)
    x = np.round(8 * x).astype(np.float32) + 100
    options = {"n_features": 20, "search_candidates": 400, "random_state": 0}
    plain = LightWaveSClassifier(**options).fit(x, y)
    other = LightWaveSClassifier(**options).fit(x.astype(dtype), y)
    if dtype is np.longdouble:
        np.testing.assert_allclose(other.predict_proba(x), plain.predict_proba(x), atol=0.05)
        return
    assert other.plan_ == plain.plan_
    np.testing.assert_array_equal(other.predict_proba(x.astype(dtype)), plain.predict_proba(x))
    assert plain.predict_proba_one(x[0].astype(dtype)).tolist() == plain.predict_proba(x[:1])[0].tolist()


finite = st.floats(-1e30, 1e30, allow_nan=False)


@settings(deadline=None, max_examples=50)
@given(st.lists(finite, min_size=1, max_size=40), finite)
def test_narrowing_loses_no_more_than_float32_rounds(values, shift):
    block = np.array(values)[np.newaxis, np.newaxis]
    found = narrowed(block, np.array([shift]))[0, 0].astype(np.float64)
    exact = block[0, 0] - shift
    # a value that float32 holds is taken from in two steps, whose second part of the shift is rounded
    allowed = 2.0**-22 * np.abs(exact) + 2.0**-46 * abs(shift) + 1e-37
    assert (np.abs(found - exact) <= allowed).all()


@settings(deadline=None, max_examples=50)
@given(st.integers(-(2**62), 2**62), st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=40))
def test_integers_are_subtracted_as_integers(level, steps):
    block = (np.array(steps, np.int64) + level)[np.newaxis, np.newaxis]
    found = narrowed(block, np.array([float(level)]))[0, 0]
    expected = [step + level - int(float(level)) for step in steps]
    assert np.abs(found - np.array(expected, np.float64)).max() <= 2.0**-23 * max(map(abs, expected))


@pytest.mark.parametrize("name", ["float64 at 1e8", "epoch milliseconds", "uint64 beyond int64"])
@pytest.mark.parametrize("way", ["whole", "some channels", "held"])
def test_moments_are_those_of_exact_arithmetic(name, way):
    x = LEVELS[name](problem(12)[0])
    panel, channels = as_panel(x), np.array([0, 1])
    if way == "some channels":
        panel = panel.only(np.array([0, 1, 2]))
    if way == "held":
        panel = HeldChannels(panel, np.array([1, 2, 5]), 7)
        channels = np.array([1, 2])
    mean, deviation = panel.moments(channels)
    exact = [[int(v) if name != "float64 at 1e8" else float(v) - 1e8 for v in x[:, c].ravel()] for c in range(2)]
    for c, values in enumerate(exact):
        base = values[0]
        centred = np.array([v - base for v in values], np.float64)
        np.testing.assert_allclose(deviation[c], centred.std(), rtol=1e-6)
        offset = 1e8 if name == "float64 at 1e8" else 0
        np.testing.assert_allclose(
            mean[c] - float(base) - offset, centred.mean(), atol=max(1e-6, abs(mean[c]) * 2**-52)
        )


def test_a_level_counts_as_far_only_where_something_varies():
    found = far_levels(np.array([5.0, 5.0, 5.0, -1e9, 0.0]), np.array([1.0, 0.0, 1e-4, 1.0, 0.0]))
    assert found.tolist() == [0, 0, 5.0, -1e9, 0]


@pytest.mark.parametrize("dtype", [np.uint64, np.int64])
def test_integers_that_no_difference_of_64_bits_tells_apart_are_rounded_as_floats_are(dtype):
    """Once, differences of more than 2**63 wrapped around."""
    rng, limits = np.random.default_rng(0), np.iinfo(dtype)
    x = rng.integers(limits.min, limits.max, (6, 2, 30), dtype, endpoint=True)
    x[0, 0, 0], x[0, 0, 1] = limits.min, limits.max
    panel, rounded = as_panel(x), as_panel(x.astype(np.float64))
    for found, expected in zip(panel.moments(np.arange(2)), rounded.moments(np.arange(2)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    shift = rounded.moments(np.arange(2))[0]
    for found, expected in ((panel, rounded), (as_panel(x[:, :1]), as_panel(x[:, :1].astype(np.float64)))):
        channels = np.arange(found.n_channels)
        np.testing.assert_allclose(
            found.centred(slice(None), channels, shift[channels])[0],
            expected.centred(slice(None), channels, shift[channels])[0],
            rtol=1e-5,
            atol=1e13,
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_of_some_channels_are_those_of_these(dtype):
    """Once, of float32, they were those of the channels that follow the first one in the array."""
    x = np.arange(6.0)[np.newaxis, :, np.newaxis] + np.random.default_rng(0).normal(0, 0.01, (4, 6, 50))
    mean, _ = as_panel(x.astype(dtype)).only(np.array([0, 2, 5])).moments(np.arange(3))
    np.testing.assert_allclose(mean, [0, 2, 5], atol=0.01)
