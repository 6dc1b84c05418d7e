"""What must hold of every kind of plan: any rows, any lengths, either layout give what one case alone gives."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lightwaves.plans.lanes
import lightwaves.plans.plan
import lightwaves.plans.rocket
from lightwaves import Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from lightwaves.panel import Panel, as_panel
from lightwaves.plans import Together

N_CHANNELS = 3
BANKS = {
    "WaveletScattering": WaveletScattering(max_dilation=16),
    "MiniRocket": MiniRocket(420, random_state=0),
    "MultiRocket": MultiRocket(1344, random_state=0),
    "Prism": Prism(480, random_state=0),
    "Prism, windows": Prism(480, windows=1.0, random_state=0),
    "Rocket": Rocket(120, random_state=0),
    "Intervals": Intervals(depth=3),
    "MorletScattering": MorletScattering(J=2, Q=1),
}
KINDS = [*BANKS, "several"]
LIES = {
    "Fortran": np.asfortranarray,
    "float64": lambda x: x.astype(np.float64),
    "big endian": lambda x: x.astype(">f4"),
    "strided": lambda x: np.repeat(x, 2, axis=2)[..., ::2],
    "reversed": lambda x: x[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "read-only": lambda x: np.lib.stride_tricks.as_strided(x, x.shape, x.strides, writeable=False),
    "nested lists": lambda x: x.tolist(),
    "list": list,
}


@cache
def plan_of(kind):
    """All features of a bank, fitted on series of 60 time points; with a shift and a scale."""
    if kind == "MorletScattering":
        pytest.importorskip("kymatio")
    if kind == "several":
        return Together.of([plan_of(name)[::7] for name in BANKS if name != "MorletScattering"])
    x = np.random.default_rng(7).standard_normal((12, N_CHANNELS, 60)).astype(np.float32)
    offered = BANKS[kind].candidates(
        as_panel(x), np.array([0.3, -1.0, 0.0]), np.array([1.0, 2.0, 0.5]), np.random.RandomState(0)
    )
    return offered.plan(np.arange(len(offered)))


@pytest.fixture(params=["by cases", "by times"])
def layout(request, monkeypatch):
    """Whichever layout the number of cases would ask for."""
    few = 1 if request.param == "by cases" else 10**6
    for module in (lightwaves.plans.lanes, lightwaves.plans.rocket):
        monkeypatch.setattr(module, "FEW_CASES", few)
    return request.param


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_any_rows_of_series_of_any_lengths_are_those_of_each_case_alone(kind, seed, layout):
    rng, plan = np.random.default_rng([seed, KINDS.index(kind)]), plan_of(kind)
    n_cases, n_rows = int(rng.integers(1, 36)), int(rng.choice([1, 2, 5, 40]))
    part = plan[rng.choice(len(plan), n_rows)]
    longest = int(rng.choice([1, 2, 9, 17, 40, 61, 100]))
    lengths = rng.integers(1, longest + 1, n_cases).astype(np.int32)
    lengths[rng.integers(n_cases)] = longest
    x = rng.standard_normal((n_cases, N_CHANNELS, longest)).astype(np.float32)
    if seed % 3 == 0:
        x = np.round(x)  # many ties, and many values that are exactly 0
    alone = [part.apply_one(np.ascontiguousarray(case[:, :n])) for case, n in zip(x, lengths, strict=True)]
    for case, n in zip(x, lengths, strict=True):
        case[:, n:] = rng.choice([np.nan, 1e30, -7.0, -np.inf])
    np.testing.assert_array_equal(part.apply(Panel(x, lengths)), alone)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_cases", [2, 20])
def test_where_and_how_the_values_lie_changes_no_bit(kind, n_cases, tmp_path):
    plan = plan_of(kind)
    plan = plan[np.setdiff1d(np.arange(len(plan)), plan.reads[0][plan.reads[1] == 1])[::9]]  # channel 1 is not read
    plan = plan.renumbered(np.arange(N_CHANNELS), np.arange(3.0), np.ones(N_CHANNELS), None)
    x = np.random.default_rng(2).standard_normal((n_cases, N_CHANNELS, 30)).astype(np.float32)
    expected = plan.apply(as_panel(x))
    np.save(tmp_path / "x.npy", x)
    for way, lies in {**LIES, "file": lambda _: np.load(tmp_path / "x.npy", mmap_mode="r")}.items():
        np.testing.assert_array_equal(plan.apply(as_panel(lies(x))), expected, way)
    np.testing.assert_array_equal(plan.apply_one(np.asfortranarray(x[1], np.float64)), expected[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("block", [1, 2000])
def test_neither_blocks_nor_threads_change_a_bit(kind, block, layout, monkeypatch):
    plan = plan_of(kind)[::9]
    panel = as_panel(np.random.default_rng(3).standard_normal((50, N_CHANNELS, 30)))
    expected = plan.apply(panel)
    monkeypatch.setattr(lightwaves.plans.plan, "BLOCK", block)
    for n_jobs in (1, 2, 5):
        np.testing.assert_array_equal(plan.apply(panel, n_jobs=n_jobs), expected)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_part_of_a_plan_is_that_part_of_its_features(kind, seed):
    rng, plan = np.random.default_rng(seed), plan_of(kind)
    rows = rng.choice(len(plan), int(rng.integers(0, 30)))  # in any order, some of them twice
    part, names = plan[rows], plan.feature_names()
    part.check()
    assert kind == "several" or part.feature_names() == [names[j] for j in rows]
    panel = as_panel(rng.standard_normal((int(rng.integers(1, 20)), N_CHANNELS, int(rng.integers(1, 70)))))
    expected = plan.apply(panel)[:, rows]
    np.testing.assert_array_equal(part.apply(panel), expected)
    np.testing.assert_array_equal(part[::-1].apply(panel), expected[:, ::-1])
    assert plan[np.isin(np.arange(len(plan)), rows)] == plan[np.unique(rows)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_without_rows_gives_no_columns(kind):
    plan, x = plan_of(kind)[:0], np.zeros((5, N_CHANNELS, 21), np.float32)
    plan.check()
    assert plan.apply(as_panel(x)).shape == (5, 0)
    assert plan.apply_one(x[0]).shape == (0,)
    assert plan.feature_names() == []
    assert plan.cost().n_multiply_adds == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_that_is_renumbered_and_narrowed_computes_the_same(kind):
    plan = plan_of(kind)[::11]
    x = np.random.default_rng(1).standard_normal((5, 7, 30)).astype(np.float32)
    places = np.array([5, 0, 3])
    shift, scale = np.zeros(7), np.ones(7)
    shift[places], scale[places] = plan.shift, plan.scale
    wide = plan.renumbered(places, shift, scale, None)
    wide.check()
    names = tuple(f"ch{place}" for place in places)
    assert wide.feature_names() == plan.renumbered(np.arange(3), plan.shift, plan.scale, names).feature_names()
    expected = plan.apply(as_panel(x[:, places]))
    np.testing.assert_array_equal(wide.apply(as_panel(x)), expected)
    np.testing.assert_array_equal(wide.narrowed().apply(as_panel(x[:, wide.channels])), expected)
