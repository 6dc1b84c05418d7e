"""Loops that weigh cases: against the oracle, against cases that are repeated, and to the bit where weights are 1."""

import numpy as np
import oracle
import pytest
from features import rows_of

from lightwaves.loops import statistics
from lightwaves.selection.relevance import anova_f, class_starts, mrmr, overlaps, with_room


def problem(n_cases, n_features=9, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.sort(np.arange(n_cases) % n_classes)
    z = (rng.normal(3, 2, (n_cases, n_features)) + y[:, np.newaxis]).astype(np.float32)
    z[:, 0] = 0.1  # constant: weighted sums of it are rounded
    z[:, 1] = np.array([0.1, 0.3, 0.7, 0.9], np.float32)[y]  # constant within each class
    return z, y, rng


@pytest.mark.parametrize("n_cases", [4, 15, 16, 17, 50, 97])
@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_weighted_f_is_the_oracles(n_cases, n_classes):
    z, y, rng = problem(n_cases, n_classes=n_classes)
    for weights in (rng.uniform(0.01, 5, n_cases), 10.0 ** rng.uniform(-5, 3, n_cases)):
        found, starts = anova_f(rows_of(z), class_starts(y)[1], weights), class_starts(y)[1]
        np.testing.assert_allclose(found, oracle.anova_f(z, y, weights), rtol=1e-8)
        assert found[0] == 0
        assert found[1] == np.inf
        np.testing.assert_array_equal(found, anova_f(rows_of(z), starts, weights), "no trace of what stands behind")


@pytest.mark.parametrize("n_cases", [2, 9, 16, 33, 50])
def test_weighted_unit_rows_are_the_oracles(n_cases):
    z, _, rng = problem(n_cases)
    weights, rows = rng.uniform(0.01, 5, n_cases), rows_of(z)
    unit = np.zeros((12, -(-n_cases // 16) * 16))
    statistics.unit_rows(rows.reshape(-1)[: 9 * rows.shape[1] + 16], rows.shape[1], n_cases, unit, with_room(weights))
    np.testing.assert_allclose(unit[:9, :n_cases], oracle.unit_rows(z, weights), atol=1e-12)
    assert not unit[0].any()
    assert not unit[:, n_cases:].any()


@pytest.mark.parametrize("n_timepoints", [1, 15, 16, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weighted_moments_are_the_oracles(n_timepoints, dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(20, 3, (9, 4, n_timepoints)).astype(dtype)
    x[:, 2] = 0.1
    lengths, weights = rng.integers(1, n_timepoints + 1, 9).astype(np.int32), rng.uniform(0.01, 4, 9)
    mean, deviation = np.empty(3), np.empty(3)
    statistics.channel_moments(x, lengths, 1, mean, deviation, weights)
    expected = oracle.channel_moments(x[:, 1:], lengths, weights)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-12)
    np.testing.assert_allclose(deviation[[0, 2]], expected[1][[0, 2]], rtol=1e-9, atol=1e-14)
    assert deviation[1] == 0


def test_whole_weights_are_repeated_cases():
    z, y, rng = problem(40)
    weights = rng.integers(1, 5, 40)
    often = np.repeat(np.arange(40), weights)
    starts, starts_often = class_starts(y)[1], class_starts(y[often])[1]
    f, f_often = anova_f(rows_of(z), starts, weights.astype(float)), anova_f(rows_of(z[often]), starts_often)
    np.testing.assert_allclose(f, f_often, rtol=1e-9)
    below = np.tril_indices(9)
    np.testing.assert_allclose(
        overlaps(rows_of(z), 40, weights=weights.astype(float))[below],
        overlaps(rows_of(z[often]), len(often))[below],
        atol=1e-7,
    )
    chosen = mrmr(rows_of(z), 40, f, 6, weights=weights.astype(float))
    np.testing.assert_array_equal(chosen, mrmr(rows_of(z[often]), len(often), f_often, 6))
    x = rng.standard_normal((40, 3, 20)).astype(np.float32)
    for one, other in ((x, x[often]),):
        (mean, deviation), (expected, expected_deviation) = np.empty((2, 3)), np.empty((2, 3))
        statistics.channel_moments(one, np.full(40, 20, np.int32), 0, mean, deviation, weights.astype(float))
        lengths = np.full(len(often), 20, np.int32)
        statistics.channel_moments(other, lengths, 0, expected, expected_deviation, None)
        np.testing.assert_allclose(mean, expected, atol=1e-12)
        np.testing.assert_allclose(deviation, expected_deviation, rtol=1e-12)


def test_fewer_cases_than_classes_in_all_leave_one_degree_of_freedom():
    z, y, _ = problem(30)
    few, fewer = (anova_f(rows_of(z), class_starts(y)[1], np.full(30, weight)) for weight in (0.1, 0.01))
    np.testing.assert_allclose(few[2:], oracle.anova_f(z, y, np.full(30, 0.1))[2:], rtol=1e-9)
    np.testing.assert_allclose(few[2:], fewer[2:], rtol=1e-9)
    assert (few[2:] > 0).all()
