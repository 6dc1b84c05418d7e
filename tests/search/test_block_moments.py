"""Levels block by block: those of all values at once, to the bit whatever the blocks, and fill values found."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks

from lightwaves import LightWaveS
from lightwaves.panel import Panel, as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.parallel.crew import Crew
from lightwaves.search import block_moments
from lightwaves.search.block_moments import by_blocks, exact_sum, moments_by_blocks, own_by_blocks
from lightwaves.search.fill_values import evenly
from lightwaves.search.moments import moments, moments_by_channels

RNG = np.random.default_rng(0)
X = RNG.standard_normal((300, 3, 20)) * [[1.0], [1e-3], [50.0]] + [[0.0], [7.0], [-3000.0]]


@pytest.mark.parametrize("kind", ["float32", "float64", "int16", "gaps", "lengths", "weights"])
def test_they_are_those_of_all_values_at_once(kind):
    x, weights, missing = X.astype(np.float32), None, "error"
    if kind == "float64":
        x = X.copy()
    elif kind == "int16":
        x = X.astype(np.int16)
    elif kind == "gaps":
        x = np.where(np.random.default_rng(1).random(X.shape) < 0.3, np.nan, X).astype(np.float32)
        missing = "zero"
    elif kind == "weights":
        weights = np.random.default_rng(1).uniform(0.1, 3, 300)
    panel = as_panel(x, missing=missing)
    if kind == "lengths":
        panel = Panel(x, (5 + np.arange(300) % 16).astype(np.int32))
    mean, deviation, fill, lost = moments_by_blocks(panel, Crew(), weights)
    wanted = moments_by_channels(panel, [np.arange(3)], Crew(), weights)
    np.testing.assert_allclose(mean, wanted[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(deviation, wanted[1], rtol=1e-5, atol=1e-9)
    assert fill == wanted[2] == []
    assert lost == wanted[3]


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.integers(1, 18_000), st.integers(1, 3))
def test_blocks_and_threads_change_no_bit(block, n_jobs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block_moments, "BLOCK", block)
        found = moments_by_blocks(as_panel(X), Crew(n_jobs=n_jobs))
    wanted = moments_by_blocks(as_panel(X), Crew())
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_array_equal(found[1], wanted[1])


def test_ranks_change_no_bit(monkeypatch):
    monkeypatch.setattr(block_moments, "BLOCK", 500)
    wanted = moments_by_blocks(as_panel(X), Crew())
    for of_rank in on_ranks(3, lambda comm: moments_by_blocks(as_panel(X), Crew(comm))):
        np.testing.assert_array_equal(of_rank[0], wanted[0])
        np.testing.assert_array_equal(of_rank[1], wanted[1])


@pytest.mark.parametrize("weights", [None, np.random.default_rng(1).uniform(0.1, 3, 300)], ids=["once", "weighed"])
def test_ranks_that_hold_channels_find_what_one_process_finds_to_the_bit(weights, monkeypatch):
    """Their channels were measured all at once however many values there were, and differed in the last bits."""
    monkeypatch.setattr(block_moments, "MANY_VALUES", 100)
    x = np.concatenate([X, X[:, :1] * 3 + 1e6, np.full((300, 1, 20), 5.0)], axis=1).astype(np.float32)
    x[7, 1, 3] = 1e9
    groups, dealt = [np.array([c]) for c in range(5)], [[1, 3], [], [0, 2, 4]]
    with pytest.warns(UserWarning, match="case 7, channel 1, time point 3"):
        wanted = moments(as_panel(x), groups, Crew(), weights)

    def of_rank(comm):
        held = np.array(dealt[comm.rank], np.intp)
        panel = HeldChannels(as_panel(x[:, held], may_lack="channels"), held, 5)
        assert own_by_blocks(panel) == (len(held) > 0)
        return moments(panel, groups, Crew(comm, held=held), weights)

    with pytest.warns(UserWarning, match="case 7, channel 1, time point 3"):
        found = on_ranks(3, of_rank)
    for mean, deviation in found:
        np.testing.assert_array_equal(mean, wanted[0])
        np.testing.assert_array_equal(deviation, wanted[1])


@pytest.mark.parametrize("unit", [1e-11, 1e9])
def test_the_unit_of_weights_does_not_count(unit):
    weights = np.random.default_rng(1).uniform(0.1, 3, 300)
    mean, deviation, _, _ = moments_by_blocks(as_panel(X), Crew(), unit * weights)
    wanted = moments_by_blocks(as_panel(X), Crew(), weights)
    np.testing.assert_allclose(mean, wanted[0], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(deviation, wanted[1], rtol=1e-6)


def test_a_constant_channel_has_its_value_and_no_deviation():
    x = X.copy()
    x[:, 1] = 0.1
    mean, deviation, _, _ = moments_by_blocks(as_panel(x), Crew())
    assert (mean[1], deviation[1]) == (0.1, 0.0)


@pytest.mark.parametrize("level", [0.0, 1e3])
@pytest.mark.parametrize("unit", [1e-3, 1e-9])
def test_events_that_are_small_and_rare_are_no_constant_channel(unit, level, monkeypatch):
    """Where the cases that show the unit have none of them."""
    monkeypatch.setattr(block_moments, "N_SHOWN", 50)
    x = X.copy()
    x[:, 1] = level
    x[np.setdiff1d(np.arange(300), evenly(300, 50))[::7], 1, 4] += unit
    mean, deviation, _, _ = moments_by_blocks(as_panel(x), Crew())
    wanted = moments_by_channels(as_panel(x), [np.arange(3)], Crew(), None)
    np.testing.assert_allclose(mean, wanted[0], rtol=1e-6)
    np.testing.assert_allclose(deviation, wanted[1], rtol=1e-5)


def test_a_channel_without_any_value_has_none():
    x = X.copy()
    x[:, 1] = np.nan
    mean, deviation, _, _ = moments_by_blocks(as_panel(x, missing="zero"), Crew())
    assert np.isnan(mean[1])
    assert np.isfinite(mean[[0, 2]]).all()
    assert np.isfinite(deviation[[0, 2]]).all()


@pytest.mark.parametrize(("value", "n_times"), [(-9999.0, 1), (-9999.0, 40), (1e30, 1), (1e30, 7)])
def test_a_fill_value_is_found_as_elsewhere(value, n_times, monkeypatch):
    monkeypatch.setattr(block_moments, "N_SHOWN", 50)
    x = X.copy()
    x[7 : 7 + n_times, 0, 4] = value
    mean, deviation, (fill,), _ = moments_by_blocks(as_panel(x), Crew())
    (wanted,) = moments_by_channels(as_panel(x), [np.arange(3)], Crew(), None)[2]
    assert fill._replace(share=0) == wanted._replace(share=0)
    assert fill.share == pytest.approx(wanted.share, abs=1e-3)
    assert np.isfinite(mean).all()
    assert deviation[0] == pytest.approx(x[:, 0].std(), rel=1e-3)


def often(share, value):
    rng = np.random.default_rng(4)
    return np.where(rng.random((60, 2, 50)) < share, value, rng.normal(size=(60, 2, 50)))


def once(x, value):
    x[3, 1, 7] = value
    return x


KINDS = {
    **{f"{share} of all are {value:g}": often(share, value) for share in (0.05, 0.1, 0.4) for value in (-9999.0, 1e15)},
    "mostly zeros, and one large value": once(often(0.6, 0.0), 1e6),
    "constant, but for one": once(np.full((60, 2, 50), 3.0), 1e6),
    "rare events": often(0, 0) > 2.5,
    "a value that a tenth of all have": np.where(often(0, 0) > 1.28, 9.0, often(0, 0)),
    "an outlier": once(often(0, 0), 9.0),
    "long tails": np.random.default_rng(1).standard_t(3, (60, 2, 50)),
    "longest tails": np.random.default_rng(0).standard_cauchy((60, 2, 50)),
    "counts": np.random.default_rng(0).poisson(0.05, (60, 2, 50)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_a_fill_value_in_memory_is_one_by_blocks(kind, monkeypatch):
    """Once, those that many values are, and those beside equal ones, were told of in memory alone."""
    monkeypatch.setattr(block_moments, "BLOCK", 1000)
    panel = as_panel(KINDS[kind])
    wanted = moments_by_channels(panel, [np.arange(2)], Crew(), None)[2]
    assert bool(wanted) == any(word in kind for word in ("999", "1e+15", "but for one", "one large", "longest"))
    found = moments_by_blocks(panel, Crew())[2]
    assert [value._replace(share=0) for value in found] == [value._replace(share=0) for value in wanted]


@pytest.mark.parametrize("weight", [0.01, 1.0, 20.0, 60.0])
def test_a_large_weight_is_no_fill_value_and_hides_none(weight):
    x, weights = np.random.default_rng(0).standard_normal((120, 2, 64)), np.ones(120)
    x[7, 1, 5], weights[7] = 400, weight
    ((found,), (wanted,)) = (
        moments_by_blocks(as_panel(x), Crew(), weights)[2],
        moments_by_channels(as_panel(x), [np.arange(2)], Crew(), weights)[2],
    )
    assert found._replace(share=0) == wanted._replace(share=0)
    assert found.share == pytest.approx(wanted.share, abs=0.01)


def test_whole_numbers_beyond_the_exact_ones_of_float64_are_summed_exactly():
    numbers = np.array([[2.0**60, 1.0], [1024.0, 2.0], [-(2.0**60), 3.0]])
    assert exact_sum(numbers).tolist() == [1024, 6]


def test_few_values_are_looked_at_together(monkeypatch):
    panel = as_panel(X)
    assert not by_blocks(panel)
    monkeypatch.setattr(block_moments, "MANY_VALUES", 100)
    assert by_blocks(panel)
    assert not by_blocks(as_panel(X.astype(np.int64)))
    np.testing.assert_allclose(moments(panel, [np.arange(3)], Crew())[0], X.mean(axis=(0, 2)), rtol=1e-6)


def test_what_is_lost_within_cases_is_told_as_elsewhere(monkeypatch):
    monkeypatch.setattr(block_moments, "N_SHOWN", 50)
    x = np.random.default_rng(2).standard_normal((300, 2, 20)) * np.random.default_rng(3).uniform(0.1, 9, (300, 1, 1))
    x[:, 1] += 1e7 * np.arange(300)[:, np.newaxis]
    wanted = moments_by_channels(as_panel(x), [np.arange(2)], Crew(), None)[3]
    ((channel, share),) = moments_by_blocks(as_panel(x), Crew())[3]
    assert channel == wanted[0][0] == 1
    assert share == pytest.approx(wanted[0][1], rel=1e-6)


@pytest.mark.slow
def test_many_channels_take_no_more_memory_than_a_few_blocks(monkeypatch):
    monkeypatch.setattr(block_moments, "BLOCK", 1 << 17)
    panel = as_panel(np.random.default_rng(0).standard_normal((60, 2_000, 40), dtype=np.float32))  # 18 MiB
    moments_by_blocks(panel, Crew())
    tracemalloc.start()
    moments_by_blocks(panel, Crew())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 8 * block_moments.BLOCK


@pytest.mark.parametrize("factor", [1e-39, 1e-45, 1e-170, 1e-320])
def test_values_that_float32_or_squares_of_float64_lose_are_refused(factor):
    X = np.random.default_rng(0).standard_normal((20, 2, 30))
    X[:, 1] *= factor
    with pytest.raises(
        ValueError, match=r"channel 1 of X varies by about .*, which is too small for float32: multiply"
    ):
        LightWaveS(n_features=5).fit(X, np.arange(20) % 2)
