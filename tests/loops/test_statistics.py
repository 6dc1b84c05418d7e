"""Moments, overlaps and linear combinations: the loops against the oracle."""

import numpy as np
import oracle
import pytest
from features import rows_of

from lightwaves.loops import statistics

# --- moments ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("n_timepoints", [1, 15, 16, 17, 50])
def test_moments_are_those_of_all_values_that_count(n_timepoints, offset):
    rng = np.random.default_rng(n_timepoints)
    x = (rng.normal(size=(7, 3, n_timepoints)) * [[[0.05], [1], [30]]] + offset).astype(np.float32)
    lengths = rng.integers(1, n_timepoints + 1, 7).astype(np.int32)
    x[np.broadcast_to(np.arange(n_timepoints) >= lengths[:, np.newaxis, np.newaxis], x.shape)] = np.nan
    expected_mean, expected_deviation = oracle.channel_moments(x, lengths)
    for begin, n_measured in ((0, 3), (0, 1), (1, 2), (2, 1)):
        mean, deviation = np.empty(n_measured), np.empty(n_measured)
        statistics.channel_moments(x, lengths, begin, mean, deviation, None)
        some = slice(begin, begin + n_measured)
        np.testing.assert_allclose(mean, expected_mean[some], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(deviation, expected_deviation[some], rtol=1e-9)


@pytest.mark.parametrize("value", [0.1, 0.7, 3.3, np.pi, 1e6 + 0.1])
def test_equal_values_have_no_deviation_however_their_sum_is_rounded(value):
    """Once, a constant channel of float64 counted as varying by 1e-16, and was read."""
    x = np.full((40, 2, 100), value)
    x[3, 1, 99] *= 1 + 1e-9
    mean, deviation = np.empty(2), np.empty(2)
    statistics.channel_moments(x, np.full(40, 100, np.int32), 0, mean, deviation, None)
    assert (mean[0], deviation[0]) == (value, 0)
    assert deviation[1] == pytest.approx(oracle.channel_moments(x[:, 1:], np.full(40, 100))[1][0], rel=1e-6)


# --- redundancy ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_cases", "n_features"), [(2, 1), (9, 5), (16, 33), (50, 70)])
def test_unit_rows_and_overlaps_are_the_oracles(n_cases, n_features):
    z = np.random.default_rng(n_cases).normal(3, 2, (n_cases, n_features)).astype(np.float32)
    z[:, 0] = 7
    rows, size = rows_of(z), -(-n_cases // 16) * 16
    unit, overlap = np.zeros((n_features + 3, size)), np.empty((n_features + 3, n_features + 3), np.float32)
    statistics.unit_rows(rows.reshape(-1)[: n_features * rows.shape[1] + 16], rows.shape[1], n_cases, unit, None)
    for begin in range(0, n_features, statistics.TILE):
        statistics.overlaps(unit, begin, min(begin + statistics.TILE, n_features), overlap)
    np.testing.assert_allclose(unit[:n_features, :n_cases], oracle.unit_rows(z), atol=1e-14)
    assert not unit[n_features:].any()
    assert not unit[:, n_cases:].any()
    below = np.tril_indices(n_features)
    np.testing.assert_allclose(overlap[below], oracle.overlaps(z.astype(np.float64))[below], atol=1e-7)


# --- the linear combination ---------------------------------------------------------------------------------


def combined(z, coefficients, intercepts):
    rows, out = rows_of(z), np.empty((len(z), coefficients.shape[1]))
    statistics.combine(rows.reshape(-1), rows.shape[1], coefficients, intercepts, out)
    return out


@pytest.mark.parametrize("n_columns", [16, 32])
def test_combine_is_a_matrix_product_and_a_case_does_not_depend_on_its_company(n_columns):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(37, 23)).astype(np.float32)
    coefficients, intercepts = rng.normal(size=(23, n_columns)), rng.normal(size=n_columns)
    expected = combined(z, coefficients, intercepts)
    np.testing.assert_allclose(expected, oracle.combine(z, coefficients, intercepts), rtol=1e-12, atol=1e-12)
    for n_cases in (1, 2, 16, 17):
        np.testing.assert_array_equal(combined(z[:n_cases], coefficients, intercepts), expected[:n_cases])
