"""Biases: quantiles of what training cases give, whatever is computed together with them."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_banks import X, offered

from lightwaves import MiniRocket, MultiRocket, Prism
from lightwaves.banks import biases
from lightwaves.banks.biases import PooledCandidates, quantiles
from lightwaves.loops.pooling import convolve_each
from lightwaves.panel import Panel
from lightwaves.plans.kernels import KERNELS, TAP_ORDER

examples = settings(deadline=None, max_examples=30)
seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=300)
@given(
    rows=st.lists(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=40), min_size=1, max_size=3),
    wanted=st.lists(st.floats(0, 1), min_size=1, max_size=9),
    data=st.data(),
)
@pytest.mark.slow
def test_quantiles_are_numpys_to_the_bit(rows, wanted, data):
    row = np.array([data.draw(st.integers(0, len(rows) - 1)) for _ in wanted])
    values = np.full((len(rows), 40), np.nan)
    for i, some in enumerate(rows):
        values[i, : len(some)] = np.sort(some)
    found = quantiles(values, np.array([len(some) for some in rows]), row, np.array(wanted))
    expected = np.array([np.quantile(rows[i], share) for i, share in zip(row, wanted, strict=True)])
    without_signs_of_zeros = [(some + 0.0).view(np.int64) for some in (found, expected)]
    np.testing.assert_array_equal(*without_signs_of_zeros)


def test_a_quantile_half_way_between_two_values_is_numpys_to_the_bit():
    values = np.full((1000, 16), np.nan)
    values[:, :2] = np.sort(np.random.default_rng(0).standard_normal((1000, 2)))
    low, high = values[:, 0], values[:, 1]
    assert (low + (high - low) * 0.5 != high - (high - low) * 0.5).any(), "it matters where one begins to count"
    found = quantiles(values, np.full(1000, 2), np.arange(1000), np.full(1000, 0.5))
    np.testing.assert_array_equal(found, np.quantile(values[:, :2], 0.5, axis=1))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_values", [1, 2])
def test_quantiles_of_negative_zeros_are_zeros_whose_sign_is_left_open(n_values, share):
    values = np.full((1, 16), np.nan)
    values[0, :n_values] = -0.0  # numpy keeps the sign where there is one value; no output lies between two zeros
    assert quantiles(values, np.array([n_values]), np.zeros(1, int), np.array([share])) == [0.0]


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 70))
def test_outputs_that_quantiles_are_taken_of_are_those_of_the_slow_twin(seed, n_timepoints):
    rng = np.random.default_rng(seed)
    n_members = rng.integers(1, 4, 6)
    x = rng.integers(-9, 9, (n_members.sum(), n_timepoints)).astype(np.float32)
    signs = rng.choice(np.array([-1, 1], np.float32), len(x))
    lengths, differences = rng.integers(0, n_timepoints + 1, 6), rng.integers(0, 2, 6)
    for end, length, n in zip(np.cumsum(n_members), lengths, n_members, strict=True):
        x[end - n : end, length:] = rng.choice([np.nan, np.inf, 1e30], (n, n_timepoints - length))
    kernel, dilation = rng.integers(0, 168, 6), rng.integers(1, 12, 6)
    n_values = np.maximum(lengths - differences, 1)
    begins = rng.integers(0, n_values)
    stops = rng.integers(begins, n_values) + 1
    standard = np.column_stack([np.full(len(x), 1.0), np.full(len(x), 0.5), 2.0 ** rng.integers(-3, 3, len(x))])
    out = np.full((6, 80), np.nan)
    convolve_each(
        np.concatenate([x.ravel(), np.full(16, np.nan, np.float32)]), n_timepoints, standard.astype(np.float32), signs,
        np.cumsum(n_members), lengths, differences, TAP_ORDER[kernel % 84] * dilation[:, np.newaxis], kernel < 84,
        begins, stops, out,
    )  # fmt: skip
    for o, end in enumerate(np.cumsum(n_members)):
        members = slice(end - n_members[o], end)
        series = (x[members, : lengths[o]] - 1.5) * standard[members, 2:]
        expected = oracle.convolve_each(
            series, signs[members], differences[o], kernel[o], dilation[o], begins[o], stops[o]
        )
        np.testing.assert_allclose(out[o, : len(expected)], expected, rtol=1e-12, atol=1e-12)
        assert np.isnan(out[o, len(expected) :]).all()


@pytest.mark.parametrize("room", [1, 3 * X.shape[2], 1 << 18])
def test_biases_do_not_depend_on_how_many_outputs_are_computed_together(room, monkeypatch):
    candidates = offered(Prism(800, windows=0.5))
    expected = candidates.plan(np.arange(len(candidates)))
    monkeypatch.setattr(biases, "ROOM", room)
    assert candidates.plan(np.arange(len(candidates))) == expected


def slow_bias(plan, row, quantile, case, panel, everywhere):
    """A quantile of the output of one case, calculated tap by tap; exact where series hold small whole numbers."""
    o = int(plan.output[row])
    ends = np.cumsum(plan.n_members)
    members = range(ends[o] - plan.n_members[o], ends[o])
    x = panel.values[case, :, : panel.lengths[case]].astype(float)
    series = sum(plan.sign[m] * x[plan.member[m]] for m in members)
    series = np.diff(series) if plan.differences[o] else series
    dilation, kernel = int(plan.dilation[o]), int(plan.kernel[o])
    values = []
    for t in range(max(1, len(series))):
        value = 0.0
        for tap in range(9):
            at = t + (tap - 4) * dilation
            weight = 2 if tap in KERNELS[kernel % 84] else -1 if kernel < 84 else 0
            value += weight * series[at] if 0 <= at < len(series) else 0
        values.append(value)
    if not everywhere:
        if not plan.padded[o] and len(series) > 8 * dilation:
            values = values[4 * dilation : -4 * dilation]
        n = len(values)
        values = values[int(np.floor(n * plan.begin[row] / 16)) : int(np.ceil(n * plan.end[row] / 16))]
    return np.float32(np.quantile(values, quantile))


@pytest.mark.parametrize("lengths", [[40] * 5, [40, 17, 9, 30, 2]], ids=["equal lengths", "unequal lengths"])
@pytest.mark.parametrize("bank", [Prism(800), Prism(800, windows=1.0), MiniRocket(1000), MultiRocket(2016)], ids=repr)
def test_the_biases_of_a_block_are_quantiles_of_what_its_cases_give(bank, lengths):
    x = np.random.default_rng(0).integers(-9, 9, (5, 4, 40)).astype(np.float32)
    panel = Panel(x, np.array(lengths, np.int32))
    candidates = bank.candidates(panel, np.zeros(4), np.ones(4), np.random.RandomState(0))
    assert isinstance(candidates, PooledCandidates)
    assert candidates.everywhere == (not isinstance(bank, Prism))
    source = candidates.source
    assert not source.bias.any()
    for number in range(candidates.n_blocks):
        ids, plan = candidates.block(number)
        assert replace(plan, bias=np.zeros_like(plan.bias)) == source[ids]
        for row, j in list(enumerate(ids.tolist()))[::5]:
            case = int(candidates.case[source.output[j]])
            expected = slow_bias(source, j, candidates.quantile[j], case, panel, candidates.everywhere)
            assert plan.bias[row] == expected
        assert len(np.unique(plan.bias)) > 10


@pytest.mark.parametrize("bank", [Prism(800), MiniRocket(1000), MultiRocket(2016)], ids=repr)
def test_a_bias_depends_neither_on_its_company_nor_on_the_order(bank):
    candidates = offered(bank)
    whole = candidates.plan(np.arange(len(candidates)))
    for ids in (np.array([700]), np.arange(5, 600, 7), np.random.default_rng(0).permutation(len(candidates))[:50]):
        assert candidates.plan(ids) == whole[ids]
